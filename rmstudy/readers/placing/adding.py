"""New rows beside those that a study has: nothing is overwritten, and nothing counts twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from rmstudy.errors import DataError, Problem
from rmstudy.readers.people.whose import SURENESS
from rmstudy.study.answers import is_wide, to_long
from rmstudy.study.plan import Plan
from rmstudy.study.reading import ROW, read_table
from rmstudy.study.tables import TABLES


def beside(study: Path, tables: Mapping[str, pd.DataFrame], plan: Plan) -> dict[str, pd.DataFrame]:
    """The study's tables with new rows below.

    Parameters
    ----------
    study : Path
        The study's folder.
    tables : mapping of str to DataFrame
        New rows by table.
    plan : Plan
        Says what the columns of wide responses are.

    Returns
    -------
    dict of str to DataFrame
        The whole tables.

    Raises
    ------
    DataError
        When a table cannot be added to, or a new row says something else than one that is there; of all
        tables at once.
    """
    whole: dict[str, pd.DataFrame] = {}
    problems: list[Problem] = []
    for name, rows in tables.items():
        try:
            whole[name] = _with(study, name, rows, plan)
        except DataError as error:
            problems += error.problems
    if problems:
        raise DataError(problems)
    return whole


def _with(study: Path, name: str, rows: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """One table of the study with its new rows."""
    path = study / f"{name}.csv"
    if path.with_suffix(".parquet").exists():
        step = "Save it as CSV first."
        raise DataError(Problem("a Parquet table cannot be added to", step, f"{name}.parquet"))
    if not path.exists():
        return rows
    there = read_table(path)
    key = TABLES[name].key
    if name == "responses" and is_wide(there) and len(there):
        there = _lengthened(there, plan, path.name)
    there = there.drop(columns=[ROW], errors="ignore").astype(object)
    if name == "linkage":
        return surest(there, rows)
    return combined(there, rows, key, f"{name}.csv")[0]


def _lengthened(there: pd.DataFrame, plan: Plan, file: str) -> pd.DataFrame:
    """Wide answers as a row an answer, where nothing is lost by it."""
    for column in ("answered_at", "seconds"):
        if column in there.columns:
            step = "Write the table long first (a row an answer): the days and times would be lost."
            raise DataError(Problem("a wide table with days or times", step, file, 1, column))
    long, problems = to_long(there, plan, file)
    if problems:
        raise DataError(problems)
    return long[[*TABLES["responses"].key, "value"]]


def surest(there: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Links of a person and wave, once each: a wave is as sure as its least sure sheet.

    Examples
    --------
    >>> old = pd.DataFrame({"person_id": ["s1"], "wave_id": ["pre"], "match": ["exact"]})
    >>> surest(old, old.assign(match="confirmed"))["match"].tolist()
    ['confirmed']
    """
    both = pd.concat([there, rows], ignore_index=True)
    order = both["match"].map({match: place for place, match in enumerate(SURENESS)}).fillna(-1)
    chosen = both.loc[order.sort_values(kind="stable").index].drop_duplicates(["person_id", "wave_id"])
    return chosen.sort_values(["person_id", "wave_id"], kind="stable", ignore_index=True)


def combined(
    existing: pd.DataFrame, added: pd.DataFrame, key: Sequence[str], file: str = ""
) -> tuple[pd.DataFrame, int]:
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
    both = pd.concat([existing, added], ignore_index=True)
    both = both.reindex(columns=[*columns, *(name for name in key if name not in columns)])
    keys = [both[name].astype(object).fillna("").rename(f"key {name}") for name in key]
    rows = both.groupby(keys, sort=False)
    twice = rows[list(columns)].nunique().gt(1).any(axis=1)
    if twice.any():
        people = sorted({str(one[0]) if isinstance(one, tuple) else str(one) for one in twice[twice].index})
        what = f"new answers that differ from those already in the study, rows: {int(twice.sum())}"
        next_step = "Decide which of the two holds, and take the other out."
        raise DataError(Problem(what, next_step, file, column=key[0], value=", ".join(people[:5])))
    merged = rows.first().reset_index(drop=True)[columns]
    return merged, len(both) - len(merged)
