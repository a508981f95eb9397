"""The mapping of an export's columns, and the list of codes and pseudonyms: read and checked."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rmstudy.errors import DataError, Problem, closest, nearest
from rmstudy.readers.people.linking import PARTS
from rmstudy.readers.people.spelling import looks_like_email, spelled
from rmstudy.study.nodes import UNREADABLE, Bounded
from rmstudy.study.reading import ROW, read_table
from rmstudy.study.tables import TABLES

LARGEST = 5_000_000


class _Closed(BaseModel):
    """A section that is closed to unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Table = Literal[
    "responses",
    "participants",
    "applications",
    "assignments",
    "profiles",
    "pairs",
    "meetings",
    "meeting_log",
    "hr_outcomes",
    "costs",
    "consent",
]


class Sent(_Closed):
    """A questionnaire that was sent out, or another file with rows for a table of the study."""

    table: Table = "responses"
    wave: str = ""
    role: str = ""
    rater: Literal["self", "observer"] = "self"


class Form(_Closed):
    """How a file is written; what is not said is not guessed.

    ``encoding``: UTF-8 unless a byte order mark says otherwise. ``separator``: told by the header unless given.
    ``sheet`` and ``header``: of a workbook, the sheet's name and the row of its header. ``query``: what to ask
    a database for. ``zone``: the time zone whose days count, such as ``Europe/Rome``, where times have one.
    """

    encoding: Literal["utf-8", "utf-16", "cp1252", "latin-1", "mac-roman"] | None = None
    separator: Literal[",", ";", "\t", "|"] | None = None
    sheet: str | None = None
    header: int | None = Field(None, ge=1)
    query: str | None = None
    zone: str | None = None


class Rescale(_Closed):
    """Another range of answers than the plan's, brought to it as per cent of the maximum."""

    from_: tuple[float, float] = Field(alias="from")
    to: tuple[float, float]


class LeftOut(_Closed):
    """Rows that are nobody's answers: those whose column holds one of some values."""

    column: str
    values: tuple[str, ...] = Field(min_length=1)
    because: str = ""


class Export(_Closed):
    """How one source exports one questionnaire, and what was decided about it.

    ``columns`` says where the answers of a column go; ``answers`` what stands for a code or a label, by
    ``TABLE.COLUMN`` or ``responses.INSTRUMENT[.ITEM]``. ``identify`` says what names the people in the file.
    ``always`` says what holds for every row of the file, by place. The other keys are decisions: each one that
    changes something is written to the decision log.
    """

    columns: dict[str, str]
    answers: dict[str, dict[str, str]] = Field(default_factory=dict)
    file: Form = Form()
    identify: Literal["pseudonym", "code", "email", "number"] = "pseudonym"
    digits: int | None = Field(None, ge=1, le=20)
    domains: dict[str, str] = Field(default_factory=dict)
    new_people: bool = False
    missing: tuple[str, ...] = ()
    decimal: Literal[".", ","] | None = None
    thousands: Literal[".", ",", "'", " "] | None = None
    dates: Literal["ymd", "dmy", "mdy"] | None = None
    rescale: dict[str, Rescale] = Field(default_factory=dict)
    keep: Literal["first", "last", "most_complete"] | None = None
    order_by: str | None = None
    leave_out: tuple[LeftOut, ...] = ()
    always: dict[str, str] = Field(default_factory=dict)


class Mapping(_Closed):
    """A whole ``mapping.yml``.

    ``questionnaires`` says what each is about; ``sources`` says, for each source and questionnaire, where
    the answers of a column go (``columns``) and what the study's tables hold for a code or a label
    (``answers``). A column may also go to ``person``, when it holds the pseudonym itself.

    Examples
    --------
    >>> mapping = Mapping.model_validate({"format": 1, "questionnaires": {}, "sources": {}})
    >>> mapping.format
    1
    """

    format: Literal[1]
    confirmed: Literal["yes", "no"] = "yes"
    questionnaires: dict[str, Sent]
    sources: dict[str, dict[str, Export]]


class _TextLoader(Bounded, getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML in which a bare yes, no, number or day stays what was written, except the format's number."""


_TextLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag == "tag:yaml.org,2002:null"]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_mapping(path: Path) -> Mapping:
    """Read a mapping.

    Parameters
    ----------
    path : Path
        A ``mapping.yml`` that `rmstudy questionnaire` has written, perhaps changed by hand.

    Returns
    -------
    Mapping
        The checked mapping.

    Raises
    ------
    DataError
        When the file cannot be read, or a key is unknown; everything at once.
    """
    try:
        if path.exists() and not path.is_file():
            raise DataError(Problem("not a file", "Name the file itself.", path.name))
        if path.stat().st_size > LARGEST:
            raise DataError(Problem("too large to be a mapping", "Write it again.", path.name))
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_TextLoader)
    except FileNotFoundError:
        next_step = "`rmstudy questionnaire STUDY --out DIR` writes one."
        raise DataError(Problem("the mapping is missing", next_step, path.name)) from None
    except (OSError, *UNREADABLE) as error:
        what = f"not a readable YAML file ({type(error).__name__})"
        raise DataError(Problem(what, "Write it again, or mend it.", path.name)) from None
    return parse_mapping(content, path.name)


def parse_mapping(content: Any, file: str = "mapping.yml") -> Mapping:
    """Check the content of a mapping.

    Raises
    ------
    DataError
        With every key that is wrong.
    """
    if not isinstance(content, dict):
        raise DataError(Problem("not a mapping", "Write it again.", file))
    if str(content.get("format")) != "1":
        what, value = "an unknown format of the mapping", content.get("format")
        raise DataError(Problem(what, "This version reads format 1.", file, column="format", value=value))
    try:
        mapping = Mapping.model_validate({**content, "format": 1})
    except ValidationError as error:
        problems = [
            Problem(
                details["msg"][:1].lower() + details["msg"][1:],
                "Mend the key.",
                file,
                column=".".join(map(str, details["loc"])),
            )
            for details in error.errors()
        ]
        raise DataError(problems) from None
    problems = [
        Problem(
            "a questionnaire that is not described", "Describe it under questionnaires.", file, column=key
        )
        for source, exports in mapping.sources.items()
        for name in exports
        if name not in mapping.questionnaires
        for key in (f"sources.{source}.{name}",)
    ]
    problems += [
        Problem(what, next_step, file, column=f"sources.{source}.{name}.{column}", value=to)
        for source, exports in mapping.sources.items()
        for name, export in exports.items()
        for column, to in [*export.columns.items(), *((f"always.{to}", to) for to in export.always)]
        for what, next_step in _misplaced(to)
    ]
    if problems:
        raise DataError(problems)
    return mapping


# Where a cell may go: the person it is about, a column of a table, or nowhere.
PLACES: Final = ("person", "about", "code", "consent", "answered_at", "seconds", "ignore", *TABLES)


# Tables that have other columns than the dictionary's, or that are written wide.
OPEN: Final = ("responses", "participants", "profiles")


def _misplaced(to: str) -> list[tuple[str, str]]:
    """What is wrong with a place, and what to do about it."""
    table, _, rest = to.partition(".")
    if table not in PLACES:
        return [
            ("no such place for an answer", f"Did you mean {closest(table, PLACES) or ', '.join(PLACES)}?")
        ]
    if table in ("person", "about", "answered_at", "seconds", "ignore") or (table == "consent" and not rest):
        return [("no such place for an answer", f"Write {table}.")] if rest else []
    if table == "code":
        return [] if rest in PARTS else [("no such part of a linking code", nearest(rest, PARTS))]
    if not rest:
        return [("a table without a column", f"Write {table}.COLUMN.")]
    column, _, part = rest.partition(".")
    known = {**TABLES[table].columns, **(TABLES["meetings"].columns if table == "meeting_log" else {})}
    if table in OPEN:
        return []
    if column not in known:
        return [("no such column of the table", nearest(column, known))]
    if part and table != "hr_outcomes":
        return [("no such column of the table", f"Write {table}.{column}.")]
    return []


def read_codes(path: Path) -> dict[str, str]:
    """Read the list of linking codes and pseudonyms, which is kept outside the study.

    Parameters
    ----------
    path : Path
        A CSV file with the columns ``code`` and ``person_id``; a person may have several codes, a code
        belongs to one person.

    Returns
    -------
    dict of str to str
        Pseudonym of each code, as it stands in the list. A code may be a self-made code, an e-mail address or
        a staff number.

    Raises
    ------
    DataError
        When a column is missing, a cell is empty, or a code, however it is spelled, belongs to two people.
    """
    table = read_table(path)
    lacking = [name for name in ("code", "person_id") if name not in table.columns]
    if lacking:
        what = f"columns that are missing: {', '.join(lacking)}"
        raise DataError(Problem(what, "The list needs code and person_id.", path.name, 1))
    problems: list[Problem] = []
    codes: dict[str, str] = {}
    owners: dict[str, tuple[str, int]] = {}
    for row, code, person in zip(table[ROW], table["code"], table["person_id"], strict=True):
        normal = _spelled(code)
        if not isinstance(person, str) or not normal:
            problems.append(Problem("a code or a pseudonym is empty", "Complete the row.", path.name, row))
            continue
        owner, first = owners.setdefault(normal, (person, row))
        if owner != person:
            what = f"the code belongs to somebody else in row {first}"
            step, shown = "Find out whose it is.", code if _shown(code) else None
            problems.append(Problem(what, step, path.name, row, "code", shown, rule="duplicate_person"))
        codes[code] = person
    if problems:
        raise DataError(problems)
    return codes


def _shown(code: str) -> bool:
    """Whether a code may stand in a message: figures alone may be a staff number, letters alone a name."""
    return any(sign.isdigit() for sign in code) and not code.isdecimal()


def _spelled(code: object) -> str:
    """A code of the list in its one spelling; empty when there is none."""
    if not isinstance(code, str):
        return ""
    normal = spelled(code, "email" if looks_like_email(code) else "code")
    return normal if isinstance(normal, str) else ""
