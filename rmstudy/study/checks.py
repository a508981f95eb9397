"""Checks across tables: that everybody named exists, in the right role, once, and that no wave is missing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import pandas as pd

from rmstudy.errors import Problem, nearest
from rmstudy.study.plan import Plan
from rmstudy.study.reading import ROW

Tables = Mapping[str, pd.DataFrame]
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
    yield from _unknown_people(plan, tables, answers, people.index, files)
    if "pairs" in tables:
        yield from _pair_roles(plan, tables["pairs"], people, files["pairs"])
        yield from _overlapping_spells(tables["pairs"], files["pairs"])
        yield from _reversed_seniority(plan, tables["pairs"], people, files["pairs"])
    if "assignments" in tables:
        yield from _unassigned(plan, tables["assignments"], answers, people, files["assignments"])
        yield from _crossed_over(tables, files)
    yield from _unknown_keys(tables, files)


def _roles(plan: Plan, participants: pd.DataFrame, file: str) -> Iterator[Problem]:
    """Roles that the plan does not have."""
    for row, role in zip(participants[ROW], participants["role"], strict=True):
        if isinstance(role, str) and role not in plan.roles:
            yield Problem("no such role in the plan", nearest(role, plan.roles), file, row, "role", role)


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
