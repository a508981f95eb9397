"""Other tools' exports into the study's tables: every cell is placed, or listed with its row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pandas as pd

from rmstudy.errors import DataError, Problem, nearest
from rmstudy.readers import (
    calendar,
    excel,
    google,
    limesurvey,
    microsoft,
    page,
    plain,
    qualtrics,
    spss,
    sql,
    teams,
)
from rmstudy.readers.files.layout import once, unexplained
from rmstudy.readers.files.sheets import Sheets
from rmstudy.readers.mapping import Export, Form
from rmstudy.readers.mapping import Mapping as Layout
from rmstudy.readers.people.identity import Identity, identity
from rmstudy.readers.people.whose import Named, named
from rmstudy.readers.placing.adding import combined
from rmstudy.readers.placing.decisions import Decision
from rmstudy.readers.placing.gatherings import RECORDED, meetings
from rmstudy.readers.placing.keeping import kept
from rmstudy.readers.placing.placed import Placing
from rmstudy.readers.placing.planned import unplanned
from rmstudy.readers.placing.rows import tables_of
from rmstudy.readers.placing.sheet import Cell, Sheet
from rmstudy.readers.placing.tables import TABLES, arrange
from rmstudy.readers.spss import drift
from rmstudy.study.plan import Plan
from rmstudy.study.reading import ROW

__all__ = ["SOURCES", "Imported", "combined", "read_answers"]

SOURCES: Final[dict[str, ModuleType]] = {
    "html": page,
    "qualtrics": qualtrics,
    "limesurvey": limesurvey,
    "google": google,
    "microsoft": microsoft,
    "csv": plain,
    "excel": excel,
    "spss": spss,
    "sql": sql,
    "teams": teams,
    "calendar": calendar,
}


@dataclass(frozen=True, slots=True)
class Imported:
    """What exports became: tables by name, in the study's columns, and everything that was found.

    Parameters
    ----------
    tables : dict of str to DataFrame
        ``responses`` (long) and every other table that the files have rows for; ``linkage`` says how answers
        were found to be somebody's, where that was not by pseudonym.
    sheets : int
        Filled questionnaires and rows that were read, without those that do not take part.
    findings : tuple of Problem
        What is to be decided or known; what is refused stops the import.
    decisions : tuple of Decision
        What the decisions in the mapping changed, for the decision log.
    """

    tables: dict[str, pd.DataFrame]
    sheets: int
    findings: tuple[Problem, ...]
    decisions: tuple[Decision, ...] = field(default=())

    @property
    def responses(self) -> pd.DataFrame:
        """The answers, a row each."""
        columns = TABLES["responses"]
        return self.tables.get("responses", pd.DataFrame(columns=list(columns), dtype=object))


def read_answers(
    files: Path | str | Iterable[Path | str],
    mapping: Layout,
    *,
    source: str,
    codes: Mapping[str, str] | None = None,
    questionnaire: str | None = None,
    people: Iterable[str] = (),
    plan: Plan | None = None,
    who: Identity | None = None,
    pairs: pd.DataFrame | None = None,
) -> Imported:
    """Read the files of one source: filled questionnaires, or rows for any table.

    Parameters
    ----------
    files : Path, str, or iterable of them
        Exports; of the page's own files as many as there are people. Of a database its URL.
    mapping : Mapping
        Where columns belong, and what was decided (`read_mapping`).
    source : str
        The tool, one of `SOURCES`.
    codes : mapping of str to str, optional
        Pseudonym of each linking code (`read_codes`). Without it the code itself is the pseudonym.
    questionnaire : str, optional
        Which questionnaire the files hold, where their column ``questionnaire`` does not say.
    people : iterable of str
        Pseudonyms of those who are in the study. Where there are some and no list of codes, a sheet of
        anybody else is left out and listed; the intake form may bring somebody new.
    plan : Plan, optional
        Gives the instruments their labels and ranges.
    who : Identity, optional
        Who is who, with a key and confirmed links; made from ``codes`` and ``people`` when left out.
    pairs : DataFrame, optional
        The study's pairs, where the source says who was in a call with whom.

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
    rmstudy.errors.DataError: answers.csv: the file is not there. Say where it is.
    """
    form = _form(mapping, source, questionnaire)
    exports, found = _read(files, source, form, mapping.sources[source], questionnaire)
    who = who or identity(codes, None, None, people)
    if source in RECORDED:
        return _recorded([sheets for _, sheets in exports], found, mapping, source, questionnaire, who, pairs)
    placing = Placing(mapping, source, SOURCES[source], questionnaire, plan)
    rows: list[Sheet] = []
    for path, sheets in exports:
        placed, problems = placing.sheets(sheets, path)
        found += problems
        rows += placed
    if placing.declined:
        what = f"sheets without a yes to taking part, left out: {placing.declined}"
        found.append(Problem(what, "", column="consent", severity="to know"))
    filled = sum(bool(sheet.cells) for sheet in rows)
    whose = named(rows, who, placing.decided)
    found += whose.problems
    found += unplanned(whose.sheets, plan)
    found += kept(whose.sheets, placing.decided)
    tables, problems = _tables(whose)
    found += problems
    _refuse(found)
    return Imported(tables, filled, tuple(found), placing.decided.all())


def _read(
    files: Path | str | Iterable[Path | str],
    source: str,
    form: Form,
    said: Mapping[str, Export],
    questionnaire: str | None,
) -> tuple[list[tuple[Path, Sheets]], list[Problem]]:
    """Every file that can be read, and what is wrong with the others."""
    exports: list[tuple[Path, Sheets]] = []
    found: list[Problem] = []
    for one in [files] if isinstance(files, Path | str) else sorted(files, key=str):
        try:
            sheets, problems = SOURCES[source].read(one if source == "sql" else Path(one), form)
        except DataError as error:
            found += error.problems
        else:
            exports.append((Path("a.db") if source == "sql" else Path(one), sheets))
            found += unexplained(problems, sheets, said, questionnaire)
    return exports, [*found, *drift([sheets for _, sheets in exports])]


def _recorded(
    exports: Sequence[Sheets],
    found: list[Problem],
    mapping: Layout,
    source: str,
    questionnaire: str | None,
    who: Identity,
    pairs: pd.DataFrame | None,
) -> Imported:
    """Meetings out of who was in a call with whom."""
    known = mapping.sources[source]
    if questionnaire is None and len(known) != 1:
        step = f"Say which it is; the mapping has {', '.join(known)}."
        raise DataError([*found, Problem("the files do not say what they hold", step, "mapping.yml")])
    export = known[questionnaire] if questionnaire else next(iter(known.values()))
    tables, more = meetings(exports, export, who, pairs, source=source)
    found += more
    _refuse(found)
    return Imported(tables, sum(len(one.rows) for one in exports), tuple(found))


def _refuse(found: Sequence[Problem]) -> None:
    """Stop where anything is refused.

    Raises
    ------
    DataError
        With everything that was found.
    """
    if any(problem.severity == "refused" for problem in found):
        raise DataError(once(found))


def _form(mapping: Layout, source: str, questionnaire: str | None) -> Form:
    """How the files are written; where the questionnaires of a source differ in it, one must be named.

    Raises
    ------
    DataError
        When the source or the questionnaire is unknown, when the mapping is a proposal, or when it is not
        said which of several forms holds.
    """
    if source not in SOURCES:
        raise DataError(Problem("an unknown source", nearest(source, SOURCES), value=source))
    if mapping.confirmed == "no":
        what = "the mapping is a proposal that nobody has confirmed"
        step = "Read it, correct it, and write `confirmed: yes`."
        raise DataError(Problem(what, step, "mapping.yml", column="confirmed"))
    if source not in mapping.sources:
        what = f"the mapping has no source {source!r}"
        raise DataError(Problem(what, "Write the mapping again.", "mapping.yml"))
    exports = mapping.sources[source]
    if questionnaire in exports:
        return exports[questionnaire].file
    if questionnaire is not None:
        raise DataError(
            Problem("no such questionnaire", nearest(questionnaire, exports), value=questionnaire)
        )
    forms = {export.file for export in exports.values()}
    if len(forms) > 1:
        what = "the questionnaires of this source come in files of different form"
        next_step = f"Say which it is; the mapping has {', '.join(exports)}."
        raise DataError(Problem(what, next_step, "mapping.yml", column=f"sources.{source}"))
    return forms.pop() if forms else Form()


def _tables(whose: Named) -> tuple[dict[str, pd.DataFrame], list[Problem]]:
    """Rows and their people as the study's tables."""
    tables, problems = arrange(_cells(whose.sheets))
    more, found = tables_of(whose.sheets)
    for name, rows in more.items():
        tables[name] = pd.concat([tables[name], rows], ignore_index=True) if name in tables else rows
    if whose.linkage:
        linked = [
            (person, wave, match, None if similarity is None else f"{similarity:.1f}")
            for (person, wave), (match, similarity) in sorted(whose.linkage.items())
        ]
        tables["linkage"] = pd.DataFrame(linked, columns=list(TABLES["linkage"]), dtype=object)
    return tables, [*problems, *found]


def _cells(sheets: Sequence[Sheet]) -> pd.DataFrame:
    """The cells of answers, profiles in columns and reports of meetings, a row each."""
    rows: list[tuple[Any, ...]] = []
    for sheet in sheets:
        sent, wave = sheet.sent, sheet.wave
        at = sheet.said("answered_at") or sheet.said("responses.answered_at")
        seconds = sheet.said("seconds") or sheet.said("responses.seconds")
        where = (sheet.id, sheet.file, sheet.row)
        about = (sheet.name, sent.table, wave, sent.role, sheet.person, sheet.rater, at, seconds)
        rows += [(*where, column, *about, place, value) for column, place, value in _answers(sheet)]
    return pd.DataFrame(rows, columns=list(_CELLS), dtype=object)


_CELLS: Final = (
    "sheet",
    "file",
    ROW,
    "column",
    "questionnaire",
    "table",
    "wave",
    "role",
    "person_id",
    "rater_id",
    "answered_at",
    "seconds",
    "goes_to",
    "value",
)


def _answers(sheet: Sheet) -> list[tuple[str, str, str]]:
    """Column, place and value of the cells that make a row of a table each."""
    long = sheet.first("responses.value")
    found: list[Cell] = []
    if long is not None:
        parts = (sheet.said("responses.instrument_id"), sheet.said("responses.item_id"))
        place = ".".join(["responses", *(part for part in parts if part)])
        found.append(Cell(long.column, place, long.value))
    aside = {f"responses.{name}" for name in TABLES["responses"]}
    for cell in sheet.cells:
        wide = cell.table == "responses" and cell.place not in aside
        attribute = cell.table == "profiles" and cell.rest not in ("attribute", "value")
        report = cell.table == "meeting_log" and sheet.first("meeting_log.meeting_id") is None
        found += [cell] if wide or attribute or report else []
    return [(cell.column, cell.place, cell.value) for cell in found]
