"""Exports into a study's folder: read, put beside what is there, and noted in the decision log."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from rmstudy.errors import DataError, Problem
from rmstudy.readers.answers import Imported, read_answers
from rmstudy.readers.mapping import Mapping, read_codes, read_mapping
from rmstudy.readers.people.identity import Identity, identity
from rmstudy.readers.people.keys import RULE, fingerprint, same_key
from rmstudy.readers.placing.adding import beside
from rmstudy.readers.placing.decisions import Decision, log_with
from rmstudy.readers.placing.gatherings import not_again
from rmstudy.readers.placing.tables import known_meetings
from rmstudy.study.contradictions import FILE
from rmstudy.study.plan import Plan
from rmstudy.study.planfile import read_plan
from rmstudy.study.reading import ROW, read_table
from rmstudy.study.together import finish_writing, write_tables


@dataclass(frozen=True, slots=True)
class Written:
    """What an import changed in a study.

    Parameters
    ----------
    imported : Imported
        What the files became, with findings and decisions.
    files : tuple of Path
        Tables that were written.
    rows : int
        Rows that the files had for them.
    """

    imported: Imported
    files: tuple[Path, ...]
    rows: int


def import_files(
    source: str,
    files: Path | str | Iterable[Path | str],
    *,
    study: Path | str,
    mapping: Mapping | Path | str,
    codes: Path | str | None = None,
    questionnaire: str | None = None,
    by: str = "not said",
    who: Identity | None = None,
    plan: Plan | None = None,
) -> Written:
    """Bring exports into a study's tables, beside what is there: everything, or nothing at all.

    Parameters
    ----------
    source : str
        The tool, one of `SOURCES`.
    files : Path, str, or iterable of them
        One or several exports; of a database its URL.
    study : Path or str
        Folder with ``study.yml``.
    mapping : Mapping, Path or str
        The mapping of the files, or where it is.
    codes : Path or str, optional
        List of identifiers and pseudonyms, kept outside the study.
    questionnaire : str, optional
        Which questionnaire the files hold, where they do not say.
    by : str
        Role or initials of whoever decides, for the decision log.
    who : Identity, optional
        Who is who, instead of ``codes``: with a key and confirmed links. Whom it met anew, and candidates
        for links, are yours to keep (``rmstudy import`` does).
    plan : Plan, optional
        The study's plan, where it was read already.

    Returns
    -------
    Written
        What was read and written.

    Raises
    ------
    DataError
        Everything that is refused, at once; then nothing is written.

    Examples
    --------
    >>> import_files("google", "answers.csv", study="no-study", mapping="mapping.yml")
    Traceback (most recent call last):
    rmstudy.errors.PlanError: no-study: there is no such folder. Give the folder with study.yml.
    """
    home = Path(study)
    finish_writing(home)
    plan = plan or read_plan(home / FILE)
    who = who or _listed(home, codes)
    found = read_answers(
        files,
        mapping if isinstance(mapping, Mapping) else read_mapping(Path(mapping)),
        source=source,
        questionnaire=questionnaire,
        plan=plan,
        who=who,
        pairs=read_table(home / "pairs.csv") if (home / "pairs.csv").exists() else None,
    )
    found = _new(home, found)
    try:
        whole = beside(home, found.tables, plan)
    except DataError as error:
        raise DataError([*found.findings, *error.problems]) from None
    log = _table(home, "decision_log")
    today = dt.datetime.now(dt.UTC).date()
    longer = log_with(log, [*_key_used(who, log), *found.decisions], who=by, today=today)
    if len(longer) > (0 if log is None else len(log)):
        whole["decision_log"] = longer
    return Written(found, write_tables(home, whole), sum(len(table) for table in found.tables.values()))


def people_of(study: Path) -> Sequence[str]:
    """Pseudonyms that a study knows already.

    Examples
    --------
    >>> people_of(Path("no-study"))
    ()
    """
    table = _table(study, "participants")
    return () if table is None else [str(one) for one in table.get("person_id", pd.Series()).dropna()]


def _listed(study: Path, codes: Path | str | None) -> Identity:
    """Who is who by a list that lies outside the study."""
    if codes is not None and study.resolve() in Path(codes).resolve().parents:
        what, next_step = "the list of codes lies inside the study", "Keep it outside: it tells who is who."
        raise DataError(Problem(what, next_step, Path(codes).name))
    return identity(None if codes is None else read_codes(Path(codes)), None, None, people_of(study))


def _new(study: Path, found: Imported) -> Imported:
    """What was imported without meetings that the study has already."""
    there = _table(study, "meetings")
    if there is None:
        return found
    tables, said = not_again(found.tables, there)
    return replace(found, tables=known_meetings(tables, there), findings=(*found.findings, *said))


def _key_used(who: Identity, log: pd.DataFrame | None) -> list[Decision]:
    """Which key made the pseudonyms, so that another one is refused later."""
    if who.key is None or same_key(who.key, log):
        return []
    return [Decision(RULE, "participants", "identifiers", fingerprint(who.key))]


def _table(study: Path, name: str) -> pd.DataFrame | None:
    """A table of the study as text, where it is there."""
    path = study / f"{name}.csv"
    return read_table(path).drop(columns=[ROW], errors="ignore") if path.exists() else None
