"""Checks across tables: that everybody named exists, in the right role, once, and that no wave is missing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

import pandas as pd

from rmstudy.errors import Problem, nearest
from rmstudy.study.cells import NUMBER
from rmstudy.study.plan import Criterion, Plan
from rmstudy.study.reading import ROW

Tables = Mapping[str, pd.DataFrame]
MOST_WORDS: Final = 10
RESERVED: Final = ("arm", "pair_id", "cluster", "dose", "stratum")
_PEOPLE_IN = {
    "assignments": ("person_id",),
    "profiles": ("person_id",),
    "pairs": ("mentor_id", "mentee_id"),
    "hr_outcomes": ("person_id",),
}


def study_problems(
    plan: Plan, tables: Tables, answers: pd.DataFrame, files: Mapping[str, str]
) -> Iterator[Problem]:
    """Everything that is wrong, to be decided or to be known between the tables of a study.

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
    yield from _roles(plan, tables["participants"], files["participants"])
    yield from _columns_of_the_plan(plan, tables["participants"], files["participants"])
    yield from _covariates(plan, tables["participants"], files["participants"])
    yield from _unasked_items(plan, answers, files["responses"])
    yield from _unknown_people(plan, tables, answers, people.index, files)
    if "pairs" in tables:
        yield from _pair_roles(plan, tables["pairs"], people, files["pairs"])
        yield from _overlapping_spells(tables["pairs"], files["pairs"])
        yield from _reversed_seniority(plan, tables["pairs"], people, files["pairs"])
    if "assignments" in tables:
        yield from _unassigned(plan, tables["assignments"], answers, people, files["assignments"])
        yield from _other_mechanism(plan, tables["assignments"], people, files["assignments"])
        yield from _crossed_over(tables, files)
    yield from _unknown_keys(tables, files)
    yield from _missing_truth(plan, tables, answers)
    yield from _empty_arms(plan, tables, people, files)
    yield from _missing_waves(plan, answers, people, files["responses"])


def _roles(plan: Plan, participants: pd.DataFrame, file: str) -> Iterator[Problem]:
    """Roles that the plan does not have."""
    for row, role in zip(participants[ROW], participants["role"], strict=True):
        if isinstance(role, str) and role not in plan.roles:
            yield Problem("no such role in the plan", nearest(role, plan.roles), file, row, "role", role)


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
    for name, instrument in plan.instruments.items():
        answered = answers.loc[answers["instrument_id"] == name, "item_id"].unique()
        for item in instrument.items if len(answered) else ():
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
    wanted = assignments["person_id"].map(people["role"]).map(planned)
    compared = {role: assignment.comparison for role, assignment in plan.design.assignment.items()}
    compares_with = assignments["person_id"].map(people["role"]).map(compared)
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
        if "assignments" not in tables:
            what = f"the table is missing, and {role}s are to be compared with {arm}"
            yield Problem(what, "Add it: one row a person with the arm.", "assignments.csv")
            continue
        assignments = tables["assignments"]
        found = sorted(
            assignments.loc[assignments["person_id"].map(people["role"]) == role, "arm"].dropna().unique()
        )
        if arm not in found:
            what = f"no {role} is in the arm {arm} that the plan compares with"
            next_step = f"The arms found are: {', '.join(found)}."
            yield Problem(what, next_step, files["assignments"], None, "arm", arm)


def _unknown_people(
    plan: Plan, tables: Tables, answers: pd.DataFrame, known: pd.Index, files: Mapping[str, str]
) -> Iterator[Problem]:
    """People named in a table who are not participants."""
    for table, columns in _PEOPLE_IN.items():
        for column in columns:
            if table in tables and column in tables[table].columns:
                yield from _strangers(tables[table], column, known, files[table])
    of_units = [name for name, instrument in plan.instruments.items() if "unit" in instrument.role]
    people = answers[~answers["instrument_id"].isin(of_units)]
    yield from _strangers(people, "person_id", known, files["responses"])
    if of_units:
        participants = tables["participants"]
        units = pd.Index(participants["unit"].dropna().unique()) if "unit" in participants else pd.Index([])
        about_units = answers[answers["instrument_id"].isin(of_units)]
        yield from _strangers(about_units, "person_id", units, files["responses"])


def _strangers(table: pd.DataFrame, column: str, known: pd.Index, file: str) -> Iterator[Problem]:
    """One problem for each id that nobody has."""
    strange = table[table[column].notna() & ~table[column].isin(known)].drop_duplicates(column)
    bare = {_bare(name): name for name in known}
    if len(strange) == table[column].nunique() > 0 and any(_bare(name) in bare for name in strange[column]):
        what = "no id of this file is in participants, though some differ only in zeros or case"
        example = next(name for name in strange[column] if _bare(name) in bare)
        next_step = f"Write ids the same way everywhere (participants has {bare[_bare(example)]!r})."
        yield Problem(what, next_step, file, strange[ROW].min(), column, example)
        return
    for row, name in zip(strange[ROW], strange[column], strict=True):
        similar = bare.get(_bare(name))
        next_step = f"Is it {similar!r}?" if similar else "Add the person to participants, or correct the id."
        yield Problem("nobody in participants has this id", next_step, file, row, column, name)


def _bare(name: object) -> str:
    """An id without case, leading zeros and punctuation."""
    return re.sub(r"(?<!\d)0+(?=\d)", "", re.sub(r"[\W_]", "", str(name)).casefold())


def _pair_roles(plan: Plan, pairs: pd.DataFrame, people: pd.DataFrame, file: str) -> Iterator[Problem]:
    """Mentors recorded as mentees and the other way round."""
    for column, part in (("mentor_id", "mentor"), ("mentee_id", "mentee")):
        wanted = plan.role_acting_as("mentor" if part == "mentor" else "mentee")
        if wanted is None:
            what = f"pairs need a role that acts as {part}"
            yield Problem(what, f"Add acts_as: {part} to a role in study.yml.", file, 1, column)
            continue
        role = pairs[column].map(people["role"])
        swapped = pairs[role.notna() & (role != wanted)]
        for row, person, found in zip(swapped[ROW], swapped[column], role[swapped.index], strict=True):
            what = f"a {found} stands where the {wanted} belongs"
            next_step = "In reverse mentoring the mentor is the junior: swap the two, or correct the role."
            yield Problem(what, next_step, file, row, column, person)


def _overlapping_spells(pairs: pd.DataFrame, file: str) -> Iterator[Problem]:
    """Spells that end before they start, and mentees with two mentors at once."""
    if "start" not in pairs.columns:
        return
    spells = pairs.assign(end=pairs["end"].fillna("9999-12-31") if "end" in pairs.columns else "9999-12-31")
    backwards = spells[spells["start"] > spells["end"]]
    for row, end in zip(backwards[ROW], backwards["end"], strict=True):
        yield Problem("the spell ends before it starts", "Correct the dates.", file, row, "end", end)
    spells = spells.dropna(subset=["start", "mentee_id"]).sort_values(["mentee_id", "start"])
    until = spells.groupby("mentee_id")["end"].shift()
    at_once = spells[until.notna() & (spells["start"] < until)]
    for row, person in zip(at_once[ROW], at_once["mentee_id"], strict=True):
        what = "the spell starts before the mentee's earlier one ended"
        yield Problem(what, "Correct the dates.", file, row, "mentee_id", person)


def _reversed_seniority(
    plan: Plan, pairs: pd.DataFrame, people: pd.DataFrame, file: str
) -> Iterator[Problem]:
    """Pairs whose mentor is the older or the more senior of the two."""
    mentees = people.index[people["role"] == plan.role_acting_as("mentee")]
    for column in ("seniority_band", "age_band"):
        if column not in people.columns:
            continue
        rank = pd.to_numeric(people[column].str.extract(r"(\d+)", expand=False), errors="coerce")
        mentor, mentee = pairs["mentor_id"].map(rank), pairs["mentee_id"].map(rank)
        swapped = pairs["mentor_id"].map(people["role"]) == pairs["mentee_id"].map(people["role"])
        swapped |= pairs["mentor_id"].isin(mentees)  # said already, and more surely
        above = pairs[(mentor > mentee) & ~swapped]
        for row, pair in zip(above[ROW], above["pair_id"], strict=True):
            what = f"the mentor is above the mentee in {column}: were the roles swapped?"
            next_step = "In reverse mentoring the mentor is the junior."
            yield Problem(what, next_step, file, row, "pair_id", pair, severity="to decide")


def _unassigned(
    plan: Plan, assignments: pd.DataFrame, answers: pd.DataFrame, people: pd.DataFrame, file: str
) -> Iterator[Problem]:
    """People without an arm: refused when they answered, to be decided when they might have been lost."""
    answered = answers[answers["person_id"].isin(people.index)]["person_id"]
    for person in answered[~answered.isin(assignments["person_id"])].unique():
        what = "the person answered but has no assignment"
        yield Problem(what, "Add a row with the arm.", file, None, "person_id", person)
    compared = [role for role, assignment in plan.design.assignment.items() if assignment.comparison]
    silent = (
        people.index[people["role"].isin(compared)].difference(assignments["person_id"]).difference(answered)
    )
    for person in silent:
        what = "a participant without an assignment: nobody can say whether this person was lost"
        next_step = "Add a row with the arm, not_selected included."
        yield Problem(what, next_step, file, None, "person_id", person, severity="to decide")


def _crossed_over(tables: Tables, files: Mapping[str, str]) -> Iterator[Problem]:
    """People of a comparison arm who took part after all."""
    if "pairs" not in tables:
        return
    arm = tables["assignments"].drop_duplicates("person_id").set_index("person_id")["arm"]
    for column in ("mentor_id", "mentee_id"):
        pairs = tables["pairs"]
        where = pairs[column].map(arm)
        crossed = pairs[where.notna() & (where != "programme")].drop_duplicates(column)
        for row, person, found in zip(crossed[ROW], crossed[column], where[crossed.index], strict=True):
            what = f"assigned to {found} but in a pair; counted as assigned"
            yield Problem(what, "", files["pairs"], row, column, person, severity="to know")


def _unknown_keys(tables: Tables, files: Mapping[str, str]) -> Iterator[Problem]:
    """Meetings of pairs, and logs of meetings, that do not exist."""
    for table, column, parent in (
        ("meetings", "pair_id", "pairs"),
        ("meeting_log", "meeting_id", "meetings"),
    ):
        if table not in tables or column not in tables[table].columns:
            continue
        known = tables[parent][column] if parent in tables else pd.Series(dtype="object")
        strange = tables[table][~tables[table][column].isin(known)].drop_duplicates(column)
        for row, name in zip(strange[ROW], strange[column], strict=True):
            yield Problem(f"not in {parent}", "Correct it.", files[table], row, column, name)


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
            there = there[there["person_id"].isin(people.index[people["role"] == role])]
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
