"""Whether the tables agree with the plan: columns, arms, waves, items and true values that it needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import pandas as pd

from rmstudy.errors import Problem, nearest
from rmstudy.study.cells import NUMBER
from rmstudy.study.keys import among, looked_up
from rmstudy.study.plan import Criterion, Plan
from rmstudy.study.reading import ROW

Tables = Mapping[str, pd.DataFrame]
MOST_WORDS: Final = 10
RESERVED: Final = ("arm", "pair_id", "cluster", "dose", "stratum")


def plan_problems(
    plan: Plan, tables: Tables, answers: pd.DataFrame, files: Mapping[str, str]
) -> Iterator[Problem]:
    """Everything that the plan needs and the tables do not have, or have otherwise.

    Parameters
    ----------
    plan : Plan
        The plan.
    tables : mapping of str to DataFrame
        The tables by name, as text.
    answers : DataFrame
        Responses with one row an answer.
    files : mapping of str to str
        File name of each table, for the messages.
    """
    people = tables["participants"].drop_duplicates("person_id").set_index("person_id")
    yield from _columns_of_the_plan(plan, tables["participants"], files["participants"])
    yield from _covariates(plan, tables["participants"], files["participants"])
    yield from _unasked_items(plan, answers, files["responses"])
    if "assignments" in tables:
        yield from _other_mechanism(plan, tables["assignments"], people, files["assignments"])
    yield from _empty_arms(plan, tables, people, files)
    yield from _missing_truth(plan, tables, answers)
    yield from _missing_waves(plan, answers, people, files["responses"])


def _columns_of_the_plan(plan: Plan, participants: pd.DataFrame, file: str) -> Iterator[Problem]:
    """Columns that the analysis needs and participants lacks."""
    strata = [name for assignment in plan.design.assignment.values() for name in assignment.strata]
    needed = dict.fromkeys(plan.analysis.covariates, "analysis.covariates")
    needed |= dict.fromkeys(strata, "design.assignment.strata")
    if plan.analysis.cluster == "unit":
        needed["unit"] = "analysis.cluster"
    if any("unit" in instrument.role for instrument in plan.instruments.values()):
        needed["unit"] = "an instrument about units"
    for name in plan.analysis.covariates:
        if name in RESERVED or name in plan.waves:
            what = f"a covariate cannot be called {name}"
            yield Problem(what, "Rename the column and the covariate.", file, 1, name)
    for name, key in needed.items():
        if name not in participants.columns:
            next_step = nearest(name, participants.columns.drop(ROW))
            yield Problem(f"{key} names a column that is missing", next_step, file, 1, name)


def _covariates(plan: Plan, participants: pd.DataFrame, file: str) -> Iterator[Problem]:
    """Covariates that are neither numbers nor a few words."""
    for name in plan.analysis.covariates:
        if name not in participants.columns:
            continue
        given = participants[[name, ROW]].dropna()
        figures = given[name].str.fullmatch(NUMBER).to_numpy(bool)
        looks_numeric = given[name].str.fullmatch(r"[-+]?\d+(?:[.,]\d+)*%?").to_numpy(bool)
        if figures.all():
            continue
        if looks_numeric.any():
            for value, row in zip(given.loc[~figures, name], given.loc[~figures, ROW], strict=True):
                what = "not a number, in a covariate that has numbers"
                next_step = "Write 12.5 with a point, or leave the cell empty."
                yield Problem(what, next_step, file, row, name, value)
        elif given[name].nunique() > MOST_WORDS:
            what = f"the covariate has {given[name].nunique()} different words"
            yield Problem(what, f"Bring them to {MOST_WORDS} groups at most.", file, 1, name)


def _unasked_items(plan: Plan, answers: pd.DataFrame, file: str) -> Iterator[Problem]:
    """Items of an instrument in use that nobody answered in any wave."""
    asked = answers[["instrument_id", "item_id"]].drop_duplicates()
    for name, instrument in plan.instruments.items():
        answered = set(asked.loc[asked["instrument_id"] == name, "item_id"].dropna())
        for item in instrument.items if answered else ():
            if item not in answered:
                what = f"no answers to item {item} of {name} in any wave"
                next_step = "Add the answers, or take the item out of the instrument."
                yield Problem(what, next_step, file, None, "item_id", item, severity="to decide")


def _other_mechanism(
    plan: Plan, assignments: pd.DataFrame, people: pd.DataFrame, file: str
) -> Iterator[Problem]:
    """Assignments that were made in another way than the plan says."""
    if "mechanism" not in assignments.columns:
        return
    planned = {role: assignment.mechanism for role, assignment in plan.design.assignment.items()}
    role = looked_up(assignments["person_id"], people["role"])
    wanted = role.map(planned)
    compared = {role: assignment.comparison for role, assignment in plan.design.assignment.items()}
    compares_with = role.map(compared)
    taking_part = (assignments["arm"] != "not_selected") | (compares_with == "not_selected")
    other = assignments[
        wanted.notna() & assignments["mechanism"].notna() & (wanted != assignments["mechanism"])
    ]
    other = other[taking_part[other.index]]
    for row, found, plan_says in zip(other[ROW], other["mechanism"], wanted[other.index], strict=True):
        what = f"the plan says {plan_says}"
        yield Problem(
            what, "Correct the table, or design.assignment in the plan.", file, row, "mechanism", found
        )


def _empty_arms(
    plan: Plan, tables: Tables, people: pd.DataFrame, files: Mapping[str, str]
) -> Iterator[Problem]:
    """Comparison arms that a criterion needs and nobody is in."""
    for role in dict.fromkeys(goal.role for goal, one in plan.criteria if one.contrast == "comparison"):
        arm = plan.design.assignment[role].comparison
        over = any(plan.waves[one.after].closed for goal, one in plan.criteria if goal.role == role)
        if "assignments" not in tables and not over and ("assignments" in files or people.empty):
            what = f"nobody is assigned yet, and {role}s are to be compared with {arm}"
            yield Problem(what, "", "assignments.csv", severity="to know")
            continue
        if "assignments" not in tables:
            what = f"the table is missing, and {role}s are to be compared with {arm}"
            yield Problem(what, "Add it: one row a person with the arm.", "assignments.csv")
            continue
        assignments = tables["assignments"]
        roles = looked_up(assignments["person_id"], people["role"])
        found = sorted(assignments.loc[roles == role, "arm"].dropna().unique())
        if arm not in found:
            what = f"no {role} is in the arm {arm} that the plan compares with"
            next_step = f"The arms found are: {', '.join(found)}."
            yield Problem(what, next_step, files["assignments"], None, "arm", arm)


def _missing_truth(plan: Plan, tables: Tables, answers: pd.DataFrame) -> Iterator[Problem]:
    """Predictions without a value to score them against."""
    file = "reference_values.csv"
    truth = tables.get(
        "reference_values", pd.DataFrame(columns=["instrument_id", "item_id", "wave_id", "value"])
    )
    for name, instrument in plan.instruments.items():
        if not instrument.scored_against or not (answers["instrument_id"] == name).any():
            continue
        mine = truth[truth["instrument_id"] == name]
        for item in instrument.items:
            if item not in set(mine["item_id"]):
                what = f"no true value for {item} of {name}"
                yield Problem(what, "Add it: predictions are scored against it.", file, None, "item_id", item)
        if "wave_id" in mine.columns and mine["wave_id"].notna().any() and mine["wave_id"].isna().any():
            what = f"{name} has true values with a wave and others without"
            yield Problem(what, "Give every one its wave, or none.", file, None, "wave_id")


def _missing_waves(plan: Plan, answers: pd.DataFrame, people: pd.DataFrame, file: str) -> Iterator[Problem]:
    """Waves a criterion needs: a closed one without answers is refused, an open one is worth knowing."""
    needs: dict[tuple[str, str, str], list[Criterion]] = {}
    for goal, criterion in plan.criteria:
        instrument = plan.instruments[criterion.instrument]
        for name in instrument.gap_between or (criterion.instrument,):
            for wave in criterion.waves:
                needs.setdefault((wave, name, goal.role), []).append(criterion)
    for (wave, name, role), criteria in needs.items():
        there = answers[(answers["instrument_id"] == name) & (answers["wave_id"] == wave)]
        if role != "unit":
            there = there[among(there["person_id"], people.index[people["role"] == role])]
        if not there.empty:
            continue
        waiting = ", ".join(criterion.id for criterion in criteria)
        closed = plan.waves[wave].closed
        if closed is None:
            what = f"no answers to {name} yet: the wave is still open ({waiting} wait for it)"
            yield Problem(what, "", file, None, "wave_id", wave, severity="to know")
            continue
        what = f"no answers to {name} from any {role} although the wave closed on {closed}"
        next_step = f"Needed by {waiting}: add the answers, or leave closed empty."
        if any(wave == criterion.before for criterion in criteria):
            next_step += " What is measured only afterwards can be compared: estimator post_difference."
        yield Problem(what, next_step, file, None, "wave_id", wave)
