"""A folder into a `Study`, or one list of everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from rmstudy.errors import DataError, PlanError, Problem, Severity, nearest
from rmstudy.study.agreement import plan_problems
from rmstudy.study.answers import (
    answer_problems,
    is_wide,
    to_long,
    to_numbers,
    to_sheets,
)
from rmstudy.study.cells import table_problems
from rmstudy.study.checks import study_problems
from rmstudy.study.consent import consent_problems
from rmstudy.study.contradictions import FILE
from rmstudy.study.decisions import decided
from rmstudy.study.identities import looks_like_a_test
from rmstudy.study.layout import layout_problems
from rmstudy.study.people import too_fast
from rmstudy.study.placed import misplaced_cells, response_problems
from rmstudy.study.plan import Plan
from rmstudy.study.planfile import read_plan
from rmstudy.study.reading import ROW, read_table
from rmstudy.study.scoring import scores, straight_lines
from rmstudy.study.sheets import Sheets
from rmstudy.study.study import Study
from rmstudy.study.tables import REQUIRED, TABLES
from rmstudy.study.together import finish_writing

SUFFIXES = (".csv", ".parquet")


def load_study(path: str | PathLike[str]) -> Study:
    """Load a study folder.

    Parameters
    ----------
    path : str or path
        The folder with ``study.yml`` and the tables.

    Returns
    -------
    Study
        Checked and scored; what is only to be decided or known stands in ``study.findings``.

    Raises
    ------
    PlanError
        When ``study.yml`` cannot be used, with every problem and its key.
    DataError
        When the tables cannot be used, with every problem, its file, row, column and value.

    Examples
    --------
    >>> import rmstudy as rm
    >>> rm.load_study("a/folder/that/is/not/there")
    Traceback (most recent call last):
        ...
    rmstudy.errors.DataError: a/folder/that/is/not/there: there is no such folder. Give the folder with study.yml.
    """
    folder = Path(path)
    if not folder.is_dir():
        raise DataError(Problem("there is no such folder", f"Give the folder with {FILE}.", str(path)))
    finish_writing(folder)
    return checked(folder, *read_tables(folder))


def checked(
    folder: Path, tables: dict[str, pd.DataFrame], files: dict[str, str], problems: list[Problem]
) -> Study:
    """Check tables as if they stood in a folder, and score them.

    Parameters
    ----------
    folder : Path
        The folder with ``study.yml``.
    tables : dict of str to DataFrame
        The tables as `read_tables` gives them.
    files : dict of str to str
        File name of each table.
    problems : list of Problem
        What reading found already.

    Returns
    -------
    Study
        As from `load_study`, which says what is raised.
    """
    problems = list(problems)
    for name, frame in list(tables.items()):
        found, tables[name] = layout_problems(name, frame, files[name])
        problems += found
        if any(one.row == 1 and not one.column for one in found):
            del tables[name]  # what stands below a title cannot be read as columns
        else:
            problems += _cell_problems(name, tables[name], files[name])
    try:
        plan = read_plan(folder / FILE)
    except PlanError as error:  # what can be said of the tables without a plan is said as well
        raise PlanError(_once([*error.problems, *problems])) from None
    if any(_blocks_the_rest(tables, name) for name in REQUIRED):
        raise DataError(problems)
    roles = tables["participants"].drop_duplicates("person_id").set_index("person_id")["role"]
    given, found = answers_given(tables["responses"], plan, roles, files["responses"])
    problems += found
    answers = given.firsts(_of_tests(given, tables["participants"])) if isinstance(given, Sheets) else given
    whole = {
        name: frame
        for name, frame in tables.items()
        if (name == "responses" or _has_required_columns(name, frame)) and (name in REQUIRED or len(frame))
    }
    problems += study_problems(plan, whole, answers, files)
    problems += consent_problems(plan, whole, answers, files)
    problems += plan_problems(plan, whole, answers, files)
    if any(problem.severity == "refused" for problem in problems):
        raise DataError(_once(problems))
    problems += straight_lines(given, plan, files["responses"])
    problems += too_fast(tables, given, files["responses"])
    scored = scores(given, plan, tables.get("reference_values"))
    problems += _still_empty(tables)
    # a table without rows counts as one that is not there: nobody was assigned, nobody was matched
    tidy = {name: frame.drop(columns=ROW) for name, frame in tables.items() if name in REQUIRED or len(frame)}
    findings = tuple(_once(decided(problems, tables.get("decision_log"))))
    return Study(plan, tidy, given, scored, findings, folder)


def answers_given(
    responses: pd.DataFrame, plan: Plan, roles: pd.Series[str], file: str
) -> tuple[pd.DataFrame | Sheets, list[Problem]]:
    """Check answers by themselves: a row an answer with its number, or a column an item as sheets.

    Parameters
    ----------
    responses : DataFrame
        The table, as text with its ``row``.
    plan : Plan
        The plan.
    roles : Series of str
        Role of each participant, by person_id.
    file : str
        File name for the messages.
    """
    if not is_wide(responses):
        answers, problems = to_long(responses, plan, file)
        answers, found = to_numbers(answers, plan, file)
        return answers, [*problems, *found, *response_problems(answers, plan, roles, file)]
    sheets, problems = to_sheets(responses, plan, file)
    problems += answer_problems(sheets, plan, file)
    suspects = sheets.of_sheets(misplaced_cells(sheets, plan, roles))
    return sheets, [*problems, *response_problems(suspects, plan, roles, file)]


def _of_tests(sheets: Sheets, people: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Sheets of people who look like tests: of these all answers are looked at."""
    ids = people["person_id"]
    tests = ids[looks_like_a_test(ids, ids) & ids.notna()]
    return np.asarray(sheets.keys["person_id"].isin(tests), dtype=np.bool_)


def read_tables(folder: Path) -> tuple[dict[str, pd.DataFrame], dict[str, str], list[Problem]]:
    """Read every table of the folder that can be read; say what is missing, double or misnamed."""
    tables: dict[str, pd.DataFrame] = {}
    files: dict[str, str] = {}
    problems: list[Problem] = []
    for path in sorted(file for file in folder.iterdir() if file.suffix.lower() in SUFFIXES):
        name = path.stem
        if name not in TABLES:
            near = nearest(name, TABLES)
            severity: Severity = "refused" if near.startswith("Did") else "to know"
            problems.append(Problem("not a table of a study, not read", near, path.name, severity=severity))
        elif name in files:
            problems.append(Problem(f"the same table as {files[name]}", "Keep one.", path.name))
        else:
            files[name] = path.name
            try:
                tables[name] = read_table(path)
            except DataError as error:
                problems += error.problems
    for name in REQUIRED:
        if name not in files:
            others = sorted(other.name for other in folder.iterdir() if other.stem.lower() == name)
            next_step = f"Save {others[0]!r} as CSV." if others else "Every study needs it."
            problems.append(Problem("the table is missing", next_step, f"{name}.csv"))
    return tables, files, problems


def _still_empty(tables: Mapping[str, pd.DataFrame]) -> list[Problem]:
    """Tables that have their header and no rows yet, in one line."""
    empty = [name for name in TABLES if name in tables and tables[name].empty]
    what = f"still without rows, and taken as not there: {', '.join(empty)}"
    return [Problem(what, "Fill in those you need.", severity="to know")] if empty else []


def _cell_problems(name: str, frame: pd.DataFrame, file: str) -> list[Problem]:
    """Problems inside one table; wide responses have item columns instead of instrument and value."""
    problems = table_problems(name, frame, file)
    if name == "responses" and "instrument_id" in frame.columns and "value" not in frame.columns:
        next_step = "Add it; or give every item a column of its own and leave instrument_id out."
        problems.append(Problem("a required column is missing", next_step, file, 1, "value"))
    if name != "responses" or "instrument_id" in frame.columns or "value" in frame.columns:
        return problems
    return [
        problem
        for problem in problems
        if (
            problem.column in frame.columns
            and not (problem.row == 1 and problem.what in {"unknown column", "the column is not used"})
        )
        or problem.column in {"person_id", "wave_id"}
    ]


def _has_required_columns(name: str, frame: pd.DataFrame) -> bool:
    """Whether a table can take part in checks across tables; what it lacks is said already."""
    return {column for column, spec in TABLES[name].columns.items() if spec.required} <= set(frame.columns)


def _blocks_the_rest(tables: Mapping[str, pd.DataFrame], name: str) -> bool:
    """Whether a compulsory table lacks the columns that every further check needs."""
    needed = {"participants": {"person_id", "role"}, "responses": {"person_id", "wave_id"}}[name]
    if name not in tables or not needed <= set(tables[name].columns):
        return True
    given = {"instrument_id", "value"} & set(tables[name].columns)
    return name == "responses" and len(given) == 1


def _once(problems: list[Problem]) -> list[Problem]:
    """Problems without repetitions, in order; what a rule has said of a place is not said again without one."""
    ruled = {(one.file, one.row, one.column) for one in problems if one.rule and one.row is not None}
    return [
        one
        for one in dict.fromkeys(problems)
        if one.rule or one.severity == "to know" or (one.file, one.row, one.column) not in ruled
    ]
