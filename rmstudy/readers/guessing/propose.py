"""A mapping proposed from the plan and the files: every line with its reason, for a person to confirm."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, get_args

from rmstudy.errors import DataError, Problem
from rmstudy.readers.answers import SOURCES
from rmstudy.readers.cells.numbers import Writing
from rmstudy.readers.files.sheets import Sheets
from rmstudy.readers.guessing.evidence import Evidence, order_of
from rmstudy.readers.guessing.fitting import Column, Sure, fitting, once
from rmstudy.readers.guessing.forms import told_form
from rmstudy.readers.guessing.likeness import Questions
from rmstudy.readers.mapping import Export, Form, Table
from rmstudy.readers.placing.placed import EXACT, TYPED
from rmstudy.readers.placing.places import Places
from rmstudy.study.cells import folded
from rmstudy.study.plan import Plan
from rmstudy.study.tables import TABLES

WORDS: Final = {
    "pre": "baseline before prima t0 vorher avant inizio start",
    "post": "after dopo nachher apres finale final",
    "mid": "midterm intermedia intermedio meta",
    "follow_up": "followup follow",
    "mentor": "mentors junior juniors",
    "mentee": "mentees senior seniors",
}
# Sources whose rows are who was at a meeting, and tables that a file may be rows of.
GATHERINGS: Final = ("teams", "calendar")
OPEN: Final = tuple(one for one in get_args(Table) if one in TABLES)
_NAMED: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,60}")


@dataclass(slots=True)
class Guessed:
    """What is proposed for one questionnaire.

    Parameters
    ----------
    name : str
        Its name.
    files : list of str
        Files that hold it.
    form : Form
        How they are written.
    about : dict
        ``table``, ``wave``, ``role`` and ``rater``, each with why.
    columns : tuple of Column
        A proposal for each column.
    evidence : dict
        What the cells of each instrument hold.
    dates : tuple of str or None, and str
        The order of day and month, and why.
    several : int
        People with more than one row.
    people : tuple of str
        What names them; never written down.
    words : dict
        Of a question for a yes, the words of its answers.
    said : bool
        Whether the files themselves say which questionnaire a row belongs to.
    """

    name: str
    files: list[str]
    form: Form
    why_form: str
    about: dict[str, tuple[str, str]]
    columns: tuple[Column, ...]
    evidence: dict[str, Evidence] = field(default_factory=dict)
    dates: tuple[str | None, str] = (None, "")
    several: int = 0
    people: tuple[str, ...] = ()
    words: dict[str, set[str]] = field(default_factory=dict)
    said: bool = False

    def count(self, sure: Sure) -> int:
        """How many columns fit surely, perhaps or not."""
        return sum(one.sure == sure for one in self.columns)


def guess(
    files: Sequence[Path], plan: Plan, *, source: str, people: Collection[str] = ()
) -> tuple[list[Guessed], list[Problem]]:
    """Propose where the columns of some files belong.

    Parameters
    ----------
    files : sequence of Path
        Exports of one source.
    plan : Plan
        Has the items with their words, the waves and the roles.
    source : str
        The tool.
    people : collection of str
        Pseudonyms of those who are in the study.

    Returns
    -------
    guessed : list of Guessed
        A proposal for each questionnaire; files with the same name and columns hold one together.
    findings : list of Problem
        What the readers found.

    Raises
    ------
    DataError
        When a file cannot be read.

    Examples
    --------
    >>> import rmstudy as rm
    >>> guess([Path("answers.csv")], rm.load_sample("digital-skills").plan, source="google")
    Traceback (most recent call last):
    rmstudy.errors.DataError: answers.csv: the file is not there. Say where it is.
    """
    known, found = Questions(plan), []
    guessed: dict[str, Guessed] = {}
    read: dict[str, Sheets] = {}
    for path in sorted(files):
        whole, findings, form, why = told_form(path, SOURCES[source].read)
        found += findings
        for said, sheets in _parts(whole):
            one = _one(sheets, said or path.stem, path, plan, known, source, people)
            one.name, one.said = said or one.name, bool(said)
            same = guessed.get(one.name)
            if same and same.form == form and (said or read[one.name].columns == sheets.columns):
                sheets = _together(read[one.name], sheets)
                one = _one(sheets, said or path.stem, path, plan, known, source, people)
                one.name, one.said = same.name, same.said
                one.files = list(dict.fromkeys([*same.files, path.name]))
            else:
                while one.name in guessed:
                    one.name = f"{one.name}-2"
            one.form, one.why_form = form, why
            guessed[one.name], read[one.name] = one, sheets
    return list(guessed.values()), found


def _parts(sheets: Sheets) -> list[tuple[str, Sheets]]:
    """The rows of each questionnaire, where the file itself names them, with the columns that they fill."""
    if "questionnaire" not in sheets.columns:
        return [("", sheets)]
    rows: dict[str, list[tuple[int, dict[str, str]]]] = {}
    for row, cells in sheets.rows:
        rows.setdefault(cells.get("questionnaire", ""), []).append((row, cells))
    if not rows or not all(map(_NAMED.fullmatch, rows)):
        return [("", sheets)]
    return [
        (name, Sheets(sheets.file, columns, tuple(some), sheets.meta, sheets.words))
        for name, some in rows.items()
        for filled in ({column for _, cells in some for column in cells},)
        for columns in (tuple(column for column in sheets.columns if column in filled or len(rows) == 1),)
    ]


def _together(one: Sheets, other: Sheets) -> Sheets:
    """The rows of two files of one questionnaire."""
    columns = tuple(dict.fromkeys([*one.columns, *other.columns]))
    words = {**one.words, **other.words}
    return Sheets(other.file, columns, (*one.rows, *other.rows), other.meta, words)


def _one(
    sheets: Sheets,
    called: str,
    path: Path,
    plan: Plan,
    known: Questions,
    source: str,
    people: Collection[str],
) -> Guessed:
    """A proposal for one file."""
    cells = {name: [row[name] for _, row in sheets.rows if name in row] for name in sheets.columns}
    own = {*SOURCES[source].META, *sheets.meta}
    writing = Writing(exact=path.suffix.lower() in EXACT, typed=source in TYPED)
    places = Places(Export(columns={}), plan, writing)
    columns = [
        fitting(name, sheets.words.get(name, ""), cells[name], known, places, people)
        for name in sheets.columns
        if name != "questionnaire"
    ]
    columns = once(_of_table([one for one in columns if one.place != "ignore" or _listed(one, own)]), cells)
    if source in GATHERINGS:
        columns = [Column("person", "person", "surely", "who was there, by address", "email")]
    evidence: dict[str, Evidence] = {}
    for one in columns:
        if one.place.startswith("responses."):
            key = ".".join(one.place.split(".")[:2])
            evidence.setdefault(key, Evidence()).add(cells[one.name], one.place, places)
    about = _about(called, columns, plan, source)
    rater = [] if about["rater"][0] == "self" else [about["rater"][0]]
    named = [about[key][0] for key in ("wave", "role") if about[key][0] not in ("", "?")]
    name = "-".join([*named, *rater])
    days = [text for name in _days(columns, source, cells) for text in cells[name]]
    person = next((one.name for one in columns if one.place == "person"), None)
    rows = Counter(folded(text) for text in cells[person]) if person else Counter()
    return Guessed(
        name or about["table"][0],
        [path.name],
        Form(),
        "",
        about,
        tuple(columns),
        evidence,
        order_of(days),
        sum(times > 1 for times in rows.values()),
        tuple(cells[person]) if person else (),
        {one.name: set(cells[one.name]) for one in columns if one.place == "consent"},
    )


def _listed(column: Column, own: set[str]) -> bool:
    """Whether a column that is left out is worth a line: the tool's own are not, unless they name people."""
    return column.name not in own or "personal" in column.why


def _days(columns: Iterable[Column], source: str, cells: dict[str, list[str]]) -> list[str]:
    """Columns that hold days."""
    if source in GATHERINGS:
        return [name for name in ("date",) if name in cells]
    return [one.name for one in columns if one.place == "answered_at" or _kind(one.place) == "date"]


def _kind(place: str) -> str:
    """What a column of a table holds."""
    table, _, column = place.partition(".")
    found = TABLES[table].columns.get(column) if table in TABLES else None
    return found.kind if found else ""


def _table(columns: Iterable[Column]) -> str:
    """The table with most of the names that a file's columns have; answers, where there is a question."""
    columns = list(columns)
    names = {one.name for one in columns}
    if any(one.place.startswith("responses.") for one in columns):
        return "responses"
    alike = {table: len(names & set(TABLES[table].columns)) for table in OPEN}
    best = max(OPEN, key=lambda table: alike[table])
    return best if alike[best] > 1 else "responses"


def _of_table(columns: list[Column]) -> list[Column]:
    """Columns that are called like those of the table that they are rows of."""
    table = _table(columns)
    taken = ("ignore",) if table == "responses" else ("ignore", "answered_at", "person")
    return [
        Column(one.name, f"{table}.{one.name}", "surely", f"a column of the table {table}", one.identify)
        if one.name in TABLES[table].columns and one.name != "person_id" and one.place in taken
        else one
        for one in columns
    ]


def _about(stem: str, columns: Sequence[Column], plan: Plan, source: str) -> dict[str, tuple[str, str]]:
    """Table, wave, role and rater of a file, from its name and its questions."""
    asked = {one.place.split(".")[1] for one in columns if one.place.startswith("responses.")}
    table = "meetings" if source in GATHERINGS else _table(columns)
    each = any(one.place == "responses.wave_id" for one in columns)
    tokens = set(re.split(r"[\W_]+", folded(stem))) | {folded(stem)}
    wave = _named(plan.waves, tokens)
    if not wave[0]:
        one = len(plan.waves) == 1
        wave = (next(iter(plan.waves)), "the plan has no other") if one else ("?", "")
    role = _named(plan.roles, tokens) if source not in GATHERINGS else ("", "")
    roles = [set(plan.instruments[name].role) for name in asked if name in plan.instruments]
    shared = set.intersection(*roles) if roles else set()
    if not role[0] and len(shared) == 1:
        role = (shared.pop(), "the role of the instruments")
    raters = {plan.instruments[name].rater for name in asked if name in plan.instruments}
    rater = ("observer", "the instruments are an observer's") if raters == {"observer"} else ("self", "")
    return {
        "table": (table, ""),
        "wave": wave if table == "responses" and not each else ("", ""),
        "role": role,
        "rater": rater,
    }


def _named(names: Iterable[str], tokens: set[str]) -> tuple[str, str]:
    """Which of some names stands in the name of a file."""
    names = list(names)
    exact = [
        name for name in names if folded(name) in tokens or set(re.split(r"[\W_]+", folded(name))) <= tokens
    ]
    if len(exact) == 1:
        return exact[0], "the name of the file"
    alike = [name for name in names if tokens & set(WORDS.get(name, "").split())]
    if not exact and len(alike) == 1:
        return alike[0], "perhaps: a word in the name of the file"
    return "", ""


def refuse_unknown(source: str) -> None:
    """Refuse a source whose columns cannot be guessed.

    Raises
    ------
    DataError
        When there is no such source.

    Examples
    --------
    >>> refuse_unknown("qualtrics")
    """
    if source not in SOURCES:
        raise DataError(Problem("an unknown source", f"Allowed: {', '.join(SOURCES)}.", value=source))
