"""Exports of the questionnaires into the study's tables: every cell is placed, or listed with its row."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Final

import pandas as pd

from rmstudy.errors import DataError, Problem, nearest
from rmstudy.readers import limesurvey, page, qualtrics
from rmstudy.readers.linking import linking_code, plain
from rmstudy.readers.mapping import Form
from rmstudy.readers.mapping import Mapping as Layout
from rmstudy.readers.sheets import Sheets
from rmstudy.readers.tables import TABLES, arrange
from rmstudy.study.cells import NUMBER, folded
from rmstudy.study.reading import ROW

SOURCES: Final[dict[str, ModuleType]] = {"html": page, "qualtrics": qualtrics, "limesurvey": limesurvey}
CONSENT: Final = "consent"
FREE: Final = (
    "meeting_log.pair_id",
    "meeting_log.date",
    "profiles.site",
    "profiles.hours",
    "profiles.time_zone",
)


@dataclass(frozen=True, slots=True)
class Imported:
    """What exports became: tables by name, in the study's columns, and everything that was found.

    Parameters
    ----------
    tables : dict of str to DataFrame
        ``responses`` (long), and of the other forms ``meetings``, ``meeting_log``, ``profiles`` and
        ``applications``; only those that have rows.
    sheets : int
        Filled questionnaires that were read, without those that do not take part.
    findings : tuple of Problem
        What is to be decided or known; what is refused stops the import.
    """

    tables: dict[str, pd.DataFrame]
    sheets: int
    findings: tuple[Problem, ...]

    @property
    def responses(self) -> pd.DataFrame:
        """The answers, a row each."""
        columns = TABLES["responses"]
        return self.tables.get("responses", pd.DataFrame(columns=list(columns), dtype=object))


def read_answers(
    files: Path | Iterable[Path],
    mapping: Layout,
    *,
    source: str,
    codes: Mapping[str, str] | None = None,
    questionnaire: str | None = None,
    people: Iterable[str] = (),
) -> Imported:
    """Read filled questionnaires from one source.

    Parameters
    ----------
    files : Path or iterable of Path
        Exports; of the page's own files as many as there are people.
    mapping : Mapping
        Where columns belong (`read_mapping`).
    source : {'html', 'qualtrics', 'limesurvey'}
        The tool.
    codes : mapping of str to str, optional
        Pseudonym of each linking code (`read_codes`). Without it the code itself is the pseudonym.
    questionnaire : str, optional
        Which questionnaire the files hold, where their column ``questionnaire`` does not say.
    people : iterable of str
        Pseudonyms of those who are in the study. Where there are some and no list of codes, a sheet of
        anybody else is left out and listed; the intake form may bring somebody new.

    Returns
    -------
    Imported
        Tables and findings. Sheets whose code is incomplete or on no list are left out and listed; no
        code is ever guessed. Sheets without a yes to taking part are left out unread, and counted.

    Raises
    ------
    DataError
        Everything that is refused, at once: unknown columns and answers, answers twice, no questionnaire.

    Examples
    --------
    >>> from rmstudy.readers.mapping import parse_mapping
    >>> exports = {"html": {"pre": {"columns": {"who": "person", "c1": "responses.comfort.c1"}}}}
    >>> sent = {"pre": {"wave": "pre"}}
    >>> mapping = parse_mapping({"format": 1, "questionnaires": sent, "sources": exports})
    >>> read_answers(Path("answers.csv"), mapping, source="html")
    Traceback (most recent call last):
    rmstudy.errors.DataError: answers.csv: the file cannot be read (No such file or directory). Put a file
    there that you may read.
    """
    if source not in SOURCES:
        raise DataError(Problem("an unknown source", nearest(source, SOURCES), value=source))
    if source not in mapping.sources:
        raise DataError(
            Problem(f"the mapping has no source {source!r}", "Write the mapping again.", "mapping.yml")
        )
    found: list[Problem] = []
    cells: list[tuple[object, ...]] = []
    sheets = 0
    placing = _Placing(mapping, source, questionnaire)
    form = _form(mapping, source, questionnaire)
    for path in [files] if isinstance(files, Path) else sorted(files):
        export, problems = SOURCES[source].read(path, form)
        found += problems
        placed, problems = placing.cells(export)
        found += problems
        cells += placed
        sheets += len({cell[0] for cell in placed})
    if placing.declined:
        what = f"sheets without a yes to taking part, left out: {placing.declined}"
        found.append(Problem(what, "", column="consent", severity="to know"))
    answers = pd.DataFrame(cells, columns=list(_CELLS), dtype=object)
    answers, problems = _named(answers, codes, {plain(one): one for one in people} or None)
    tables, more = arrange(answers)
    found += [*problems, *more]
    if any(problem.severity == "refused" for problem in found):
        raise DataError(found)
    return Imported(tables, sheets, tuple(found))


def _form(mapping: Layout, source: str, questionnaire: str | None) -> Form:
    """How the files are written; where the questionnaires of a source differ in it, one must be named.

    Raises
    ------
    DataError
        When it is not said which of several forms holds.
    """
    exports = mapping.sources[source]
    if questionnaire in exports:
        return exports[questionnaire].file
    forms = {export.file for export in exports.values()}
    if len(forms) > 1:
        what = "the questionnaires of this source come in files of different form"
        next_step = f"Say which it is; the mapping has {', '.join(exports)}."
        raise DataError(Problem(what, next_step, "mapping.yml", column=f"sources.{source}"))
    return forms.pop() if forms else Form()


_CELLS: Final = (
    "sheet",
    "file",
    ROW,
    "column",
    "questionnaire",
    "table",
    "wave",
    "role",
    "rater",
    "goes_to",
    "value",
)


class _Placing:
    """Where the cells of a source belong; what is the same for every file is worked out once."""

    def __init__(self, mapping: Layout, source: str, only: str | None) -> None:
        self.exports = mapping.sources[source]
        self.sent = mapping.questionnaires
        self.only = only
        self.declined = 0
        self.meta: tuple[str, ...] = SOURCES[source].META
        self.same: Callable[[str], str] = limesurvey.same_name if source == "limesurvey" else str
        self.places = {
            name: {self.same(column): to for column, to in export.columns.items()}
            for name, export in self.exports.items()
        }
        self.answers = {
            name: {place: _both(answers) for place, answers in export.answers.items()}
            for name, export in self.exports.items()
        }

    def cells(self, sheets: Sheets) -> tuple[list[tuple[object, ...]], list[Problem]]:
        """Every filled cell of a file with the place it belongs to."""
        if self.only is None and "questionnaire" not in sheets.columns:
            next_step = f"Say which it is; the mapping has {', '.join(self.exports)}."
            what = "the file does not say which questionnaire it holds"
            return [], [Problem(what, next_step, sheets.file, 1)]
        placed: list[tuple[object, ...]] = []
        problems: list[Problem] = []
        names: set[str] = set()
        for row, cells in sheets.rows:
            if cells.keys() <= set(self.meta) - {"questionnaire"}:  # opened, and nothing filled in
                continue
            name = self.only or cells.get("questionnaire", "(empty)")
            if name not in self.exports:
                next_step = nearest(name, self.exports)
                what = "no such questionnaire"
                problems.append(Problem(what, next_step, sheets.file, row, "questionnaire", name))
                continue
            names.add(name)
            takes_part, asked = self._takes_part(sheets.file, row, name, cells)
            problems += asked
            if not takes_part:
                continue
            for column, given in cells.items():
                one, problem = self._cell(sheets.file, row, name, column, given)
                placed += [one] if one else []
                problems += [problem] if problem else []
        for name in sorted(names):
            problems += self._missing(sheets, name)
        return placed, problems

    def _takes_part(
        self, file: str, row: int, name: str, cells: dict[str, str]
    ) -> tuple[bool, list[Problem]]:
        """Whether a sheet says yes to taking part, or was never asked; an answer that is neither is refused."""
        place = self.places[name]
        if CONSENT not in place.values():
            return True, []
        given = [(column, text) for column, text in cells.items() if place.get(self.same(column)) == CONSENT]
        read = [self._cell(file, row, name, column, text) for column, text in given]
        problems = [problem for _, problem in read if problem]
        yes = any(one is not None and one[-1] == "yes" for one, _ in read)
        self.declined += not yes
        return yes, problems

    def _cell(
        self, file: str, row: int, name: str, column: str, given: str
    ) -> tuple[tuple[object, ...] | None, Problem | None]:
        """One cell in its place, or why it has none."""
        place = self.places[name].get(self.same(column))
        if place is None:
            if column in self.meta:
                return None, None
            next_step = nearest(column, self.exports[name].columns)
            return None, Problem("the mapping does not know this column", next_step, file, row, column)
        answers = self.answers[name].get(place) or self.answers[name].get(place.rpartition(".")[0])
        value = _read(given, answers, place)
        if value is None and answers:
            export = self.exports[name].answers
            known = export.get(place) or export.get(place.rpartition(".")[0], {})
            return None, Problem("not a known answer", nearest(given, known), file, row, column, given)
        if value is None:
            return None, Problem("is not a number", "Write a number with a point.", file, row, column, given)
        sent = self.sent[name]
        where = (f"{file}:{row}", file, row, column, name)
        return (*where, sent.table, sent.wave, sent.role, sent.rater, place, value), None

    def _missing(self, sheets: Sheets, name: str) -> list[Problem]:
        """Columns of a questionnaire that a file does not have."""
        there = {self.same(column) for column in sheets.columns}
        lacking = [column for column in self.exports[name].columns if self.same(column) not in there]
        if not lacking:
            return []
        some = f"{', '.join(lacking[:8])}{', ...' if len(lacking) > 8 else ''}"
        next_step = "Export all questions, or correct the mapping."
        return [Problem(f"columns of {name} that are missing: {some}", next_step, sheets.file, 1)]


def _both(answers: Mapping[str, str]) -> dict[str, str]:
    """Answers by what is written, and by the same without capitals and accents."""
    by_label: dict[str, str] = {}
    for label, code in answers.items():
        by_label.setdefault(folded(label), code)
    return by_label | dict(answers)


def _read(given: str, answers: Mapping[str, str] | None, place: str) -> str | None:
    """One answer as the study holds it; None when it cannot be one."""
    if answers:
        whole = re.sub(r"^(-?\d+)\.0+$", r"\1", given)  # LimeSurvey and Excel write 3 as 3.0000000000
        return answers.get(given) or answers.get(folded(given)) or answers.get(whole)
    table = place.partition(".")[0]
    if table in ("code", "about", "person") or place in FREE:
        return given
    # three digits after a comma may be thousands: such a number is not guessed
    number = given.replace(",", ".") if re.fullmatch(r"[-+]?\d*,(\d{1,2}|\d{4,})", given) else given
    if not re.fullmatch(NUMBER, number):
        return None
    return re.sub(r"\.?0+$", "", number) if "." in number and "e" not in number.lower() else number


def _named(
    answers: pd.DataFrame, codes: Mapping[str, str] | None, there: dict[str, str] | None
) -> tuple[pd.DataFrame, list[Problem]]:
    """Whose sheet each is, from its code; sheets of nobody known are left out and listed."""
    problems: list[Problem] = []
    people: dict[str, tuple[str, str | None]] = {}
    lists = {plain(code): person for code, person in codes.items()} if codes is not None else None
    for sheet, cells in answers.groupby("sheet", sort=False):
        if str(cells["table"].iloc[0]) == "meeting_log":
            people[str(sheet)] = ("", None)
            continue
        known = there if lists is None and str(cells["table"].iloc[0]) != "profiles" else lists
        who, problem = _whose(cells, known)
        if who is None:
            problems += [problem] if problem else []
        else:
            people[str(sheet)] = who
    kept = answers[answers["sheet"].isin(people)]
    found = [people[str(sheet)] for sheet in kept["sheet"]]
    named = kept.assign(
        person_id=pd.Series([person for person, _ in found], index=kept.index, dtype=object),
        rater_id=pd.Series([rater for _, rater in found], index=kept.index, dtype=object),
    )
    return named, problems


def _whose(
    cells: pd.DataFrame, codes: dict[str, str] | None
) -> tuple[tuple[str, str | None] | None, Problem | None]:
    """Person and rater of one sheet, or why nobody can be named."""
    given = dict(zip(cells["goes_to"], cells["value"], strict=True))
    file, row = str(cells["file"].iloc[0]), int(cells[ROW].iloc[0])
    parts = {place.partition(".")[2]: value for place, value in given.items() if place.startswith("code.")}
    answerer = str(given["person"]) if "person" in given else None
    if answerer is None:
        code = linking_code(parts)
        if code is None:
            what = "the linking code is incomplete, so the sheet is nobody's: left out"
            next_step = "Ask the person, or leave it out."
            return None, Problem(what, next_step, file, row, "code", severity="to decide")
        answerer = code if codes is None else codes.get(code)
        if answerer is None:
            what = "the linking code is on no list, so the sheet is nobody's: left out"
            next_step = "Complete the list of codes, or leave it out; a code is never guessed."
            return None, Problem(what, next_step, file, row, "code", code, severity="to decide")
    if str(cells["rater"].iloc[0]) != "observer":
        return (answerer, None), None
    about = given.get("about")
    if not about or (codes is not None and about not in codes.values()):
        what = (
            "it is not said whom the observer answers about: left out"
            if not about
            else "nobody on the list: left out"
        )
        return None, Problem(what, "Ask the observer.", file, row, "about", about, severity="to decide")
    return (str(about), answerer), None


def combined(existing: pd.DataFrame, added: pd.DataFrame, key: Sequence[str]) -> tuple[pd.DataFrame, int]:
    """Rows of a table with new ones below, and how many of the new ones were there already, word for word.

    A row that is there already only has its empty cells filled in: whoever applied without saying why may say
    it in the form.

    Raises
    ------
    DataError
        When a new row says something else than a row with the same key.

    Examples
    --------
    >>> old = pd.DataFrame({"person_id": ["s1"], "value": ["3"]})
    >>> combined(old, old, ["person_id"])[1]
    1
    """
    columns = [*existing.columns, *(name for name in added.columns if name not in existing.columns)]
    both = pd.concat([existing, added], ignore_index=True).reindex(columns=columns)
    keys = [both[name].fillna("").rename(f"key {name}") for name in key]
    rows = both.groupby(keys, sort=False)
    twice = rows[list(columns)].nunique().gt(1).any(axis=1)
    if twice.any():
        people = sorted({str(one[0]) if isinstance(one, tuple) else str(one) for one in twice[twice].index})
        what = f"new answers that differ from those already in the study, rows: {int(twice.sum())}"
        next_step = "Decide which of the two holds, and take the other out."
        raise DataError(Problem(what, next_step, column=key[0], value=", ".join(people[:5])))
    merged = rows.first().reset_index(drop=True)[columns]
    return merged, len(both) - len(merged)
