"""The decision log: what a person decided is known, not asked again; what is refused stays refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import PurePath
from typing import Final

import pandas as pd

from rmstudy.errors import Problem, closest
from rmstudy.study.messes import MESSES
from rmstudy.study.plan import Plan
from rmstudy.study.reading import ROW
from rmstudy.study.tables import TABLES

Tables = Mapping[str, pd.DataFrame]
NAME: Final = "decision_log"
# What the tool itself notes down besides: which key made the pseudonyms, and that somebody was removed.
OWN_RULES: Final = ("key", "forgotten")
# An import notes what it left out or rescaled without a key: that is no decision about what still stands there.
_ONE_BY_ONE: Final = ("test_rows", "range_change", "decimal_comma")
_NEEDED: Final = ["rule", "table"]


def decided(problems: Iterable[Problem], log: pd.DataFrame | None) -> list[Problem]:
    """Turn what was to be decided, and is decided in the log, into what is to be known.

    Parameters
    ----------
    problems : iterable of Problem
        What was found.
    log : DataFrame or None
        The study's ``decision_log``.

    Returns
    -------
    list of Problem
        The same in order; refusals are never lifted.

    Examples
    --------
    >>> import pandas as pd
    >>> found = Problem("seems careless", "", "responses.csv", 9, "seconds", "s07", "to decide", "careless")
    >>> row = {"when": "2024-05-02", "rule": "careless", "table": "responses", "key": "s07", "after": "kept"}
    >>> (known,) = decided([found], pd.DataFrame([row]))
    >>> known.severity, known.what
    ('to know', 'seems careless (decided on 2024-05-02: kept)')
    """
    if log is None or log.empty or not set(_NEEDED) <= set(log.columns):
        return list(problems)
    rows = (
        log.reindex(columns=["rule", "table", "key", "when", "after"]).astype(object).fillna("").astype(str)
    )
    said = {(row.rule, row.table, row.key): (row.when, row.after) for row in rows.itertuples()}
    return [_known(problem, said) for problem in problems]


def _known(problem: Problem, said: Mapping[tuple[str, str, str], tuple[str, str]]) -> Problem:
    """One finding with its decision, where there is one."""
    if problem.severity != "to decide" or not problem.rule:
        return problem
    table = PurePath(problem.file).stem
    key = "" if problem.value is None else str(problem.value)
    whole = None if problem.rule in _ONE_BY_ONE else said.get((problem.rule, table, ""))
    decision = said.get((problem.rule, table, key), whole)
    if decision is None:
        return problem
    when, after = decision
    told = f"{problem.what.removesuffix('?')} (decided on {when}{': ' + after if after else ''})"
    return replace(problem, what=told, next_step="", severity="to know")


def log_problems(plan: Plan, tables: Tables, files: Mapping[str, str]) -> list[Problem]:
    """Decisions that cannot be honoured: about no rule, no table, nobody, or made on no day.

    Parameters
    ----------
    plan : Plan
        Names what a decision may be about.
    tables : mapping of str to DataFrame
        The tables by name, as text.
    files : mapping of str to str
        File name of each table, for the messages.
    """
    if NAME not in tables or not set(_NEEDED) <= set(tables[NAME].columns):
        return []
    log, file = tables[NAME], files[NAME]
    problems = [
        problem
        for column, known in (("rule", (*MESSES, *OWN_RULES)), ("table", tuple(TABLES)))
        for problem in _unknown(log, column, known, file)
    ]
    if "key" in log.columns:
        about = _keys(plan, tables)
        there = log[log["key"].notna() & log["rule"].isin(MESSES) & (log["rule"] != "test_rows")]
        for row, key in zip(there[ROW], there["key"], strict=True):
            if key not in about:
                what = "the decision is about nobody and nothing in the study"
                step = "Nothing, where that person was removed; else correct the key."
                problems.append(Problem(what, step, file, row, "key", key, severity="to know"))
    if "when" in log.columns:
        tomorrow = (dt.datetime.now(dt.UTC).date() + dt.timedelta(days=1)).isoformat()
        late = log[log["when"].notna() & (log["when"].fillna("") > tomorrow)]
        what = "the decision lies in the future"
        problems += [
            Problem(what, "Correct the day.", file, row, "when", when, severity="to decide")
            for row, when in zip(late[ROW], late["when"], strict=True)
        ]
    return problems


def _unknown(log: pd.DataFrame, column: str, known: tuple[str, ...], file: str) -> list[Problem]:
    """Words of the log that nothing has as its name: misspelt, or of something else."""
    strange = log[log[column].notna() & ~log[column].isin(known)]
    problems = []
    for row, name in zip(strange[ROW], strange[column], strict=True):
        similar = closest(name, known)
        what = f"no such {column}" if similar else f"no {column} that is checked here"
        step = f"Did you mean {similar!r}?" if similar else "The decision changes no finding."
        severe = "refused" if similar else "to know"
        problems.append(Problem(what, step, file, row, column, name, severity=severe))  # type: ignore[arg-type]
    return problems


def _keys(plan: Plan, tables: Tables) -> set[str]:
    """Everything that a decision may be about."""
    found = {
        *plan.instruments,
        *plan.waves,
        *(item for one in plan.instruments.values() for item in one.items),
    }
    for name, column in (
        ("participants", "person_id"),
        ("applications", "person_id"),
        ("assignments", "person_id"),
        ("pairs", "pair_id"),
        ("meetings", "meeting_id"),
        ("hr_outcomes", "measure"),
        ("costs", "cost_id"),
    ):
        if name in tables and column in tables[name].columns:
            found |= set(tables[name][column].dropna())
    for column in tables["participants"].columns:
        found.add(str(column))
    return found
