"""Pairs over time: roles swapped, mentors changed, mentors with several mentees, people who withdrew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import pandas as pd

from rmstudy.errors import Problem
from rmstudy.study.plan import Plan
from rmstudy.study.reading import ROW

Tables = Mapping[str, pd.DataFrame]
WHOLE: Final = 0.8
LEAST_PAIRS: Final = 3
_NEVER: Final = "9999-12-31"


def spell_problems(plan: Plan, tables: Tables, files: Mapping[str, str]) -> Iterator[Problem]:
    """What is to be known about the spells of pairs.

    Parameters
    ----------
    plan : Plan
        The plan.
    tables : mapping of str to DataFrame
        The tables by name, as text.
    files : mapping of str to str
        File name of each table, for the messages.
    """
    start = plan.programme.start.isoformat() if plan.programme.start else None
    if "pairs" in tables:
        pairs = tables["pairs"].dropna(subset=["mentor_id", "mentee_id", "pair_id"])
        yield from _other_mentor(pairs, files["pairs"])
        yield from _several_mentees(pairs, files["pairs"])
        yield from _ended_early(pairs, start, files["pairs"])
    if "consent" in tables and "withdrawn_on" in tables["consent"].columns:
        yield from _withdrew(tables["consent"], start, files["consent"])
    if "applications" in tables and "assignments" in tables:
        yield from _applied_and_gone(tables, files)


def _other_mentor(pairs: pd.DataFrame, file: str) -> Iterator[Problem]:
    """Mentees who had another mentor later."""
    order = pairs.sort_values("start", kind="stable") if "start" in pairs.columns else pairs
    before = order.groupby("mentee_id")["mentor_id"].shift()
    spell = order.groupby("mentee_id")["pair_id"].shift()
    changed = order[before.notna() & (before != order["mentor_id"])]
    for index, row, mentee, pair in zip(
        changed.index, changed[ROW], changed["mentee_id"], changed["pair_id"], strict=True
    ):
        since = (
            f" from {changed.loc[index, 'start']}"
            if "start" in changed and pd.notna(changed.loc[index, "start"])
            else ""
        )
        what = f"another mentor{since}: the spell {pair} follows {spell[index]}"
        place = (file, row, "mentee_id", mentee)
        yield Problem(what, "", *place, severity="to know", rule="mentor_swapped")


def _several_mentees(pairs: pd.DataFrame, file: str) -> Iterator[Problem]:
    """Mentors with more than one mentee; they are one cluster."""
    many = pairs.groupby("mentor_id")["mentee_id"].transform("nunique") > 1
    for mentor, spells in pairs[many].groupby("mentor_id", sort=False):
        what = (
            f"a mentor with {spells['mentee_id'].nunique()} mentees (pairs {', '.join(spells['pair_id'])}); "
            "analysed as one cluster"
        )
        place = (file, int(spells[ROW].iloc[1]), "mentor_id", mentor)
        yield Problem(what, "", *place, severity="to know", rule="several_mentees")


def _ended_early(pairs: pd.DataFrame, start: str | None, file: str) -> Iterator[Problem]:
    """Pairs that never met, or ended because somebody withdrew or left."""
    if "end_reason" not in pairs.columns:
        return
    gone = pairs[pairs["end_reason"].isin(["withdrawn", "left_company", "never_met"])]
    end = gone["end"].fillna(_NEVER) if "end" in gone.columns else pd.Series(_NEVER, index=gone.index)
    begun = gone["start"].fillna(start or "") if "start" in gone.columns else pd.Series("", index=gone.index)
    before = (end <= begun) | gone["end_reason"].eq("never_met")
    kinds = before.map({True: "before the start: never took part", False: "after the start"})
    counts = kinds.value_counts()
    for index, row, pair, reason in zip(
        gone.index, gone[ROW], gone["pair_id"], gone["end_reason"], strict=True
    ):
        what = f"the pair ended {kinds[index]} ({reason}; {counts[kinds[index]]} such pairs); still counted as assigned"
        place = (file, row, "pair_id", pair)
        yield Problem(what, "", *place, severity="to know", rule="withdrawn")


def _withdrew(consent: pd.DataFrame, start: str | None, file: str) -> Iterator[Problem]:
    """People who took their consent back."""
    gone = consent.dropna(subset=["withdrawn_on"])
    before = gone["withdrawn_on"] < (start or "")
    counts = before.value_counts()
    for index, row, person in zip(gone.index, gone[ROW], gone["person_id"], strict=True):
        when = "before the start" if before[index] else "after the start" if start else "on that day"
        what = f"withdrew {when} ({counts[before[index]]} such people); counted as assigned until removed"
        next_step = "Where the person's data must go, `rmstudy forget` removes them everywhere."
        place = (file, row, "person_id", person)
        yield Problem(what, next_step, *place, severity="to know", rule="withdrawn")


def _applied_and_gone(tables: Tables, files: Mapping[str, str]) -> Iterator[Problem]:
    """Eligible applicants whose reason says that they took their application back."""
    applications, assigned = tables["applications"], tables["assignments"]["person_id"]
    if "reason" not in applications.columns:
        return
    reason = applications["reason"].fillna("").str.casefold()
    gone = applications[reason.str.contains(r"withdr|ritir|rinunc") & applications["person_id"].notna()]
    for row, person in zip(gone[ROW], gone["person_id"], strict=True):
        there = bool((assigned == person).any())
        what = f"withdrew before the start ({len(gone)} such people); " + (
            "still counted as assigned" if there else "never took part, and is not counted"
        )
        place = (files["applications"], row, "person_id", person)
        yield Problem(what, "", *place, severity="to know", rule="withdrawn")


def swapped_columns(pairs: pd.DataFrame, wrong: pd.DataFrame, file: str) -> Problem | None:
    """One problem where nearly all pairs have the two people the wrong way round.

    Parameters
    ----------
    pairs : DataFrame
        The pairs.
    wrong : DataFrame
        Those with a mentee as mentor and a mentor as mentee.
    file : str
        File name for the message.
    """
    if len(wrong) < LEAST_PAIRS or len(wrong) < WHOLE * len(pairs):
        return None
    what = f"mentor_id and mentee_id are swapped in {len(wrong)} of {len(pairs)} pairs"
    next_step = "In reverse mentoring the mentor is the junior: rename the two columns."
    return Problem(what, next_step, file, int(wrong[ROW].iloc[0]), "mentor_id", rule="role_swapped")
