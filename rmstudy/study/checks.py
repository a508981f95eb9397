"""Checks across tables: that everybody named exists, in the right role, once, and that no wave is missing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final, Literal

import pandas as pd

from rmstudy.errors import Problem, nearest
from rmstudy.study.days import day_problems
from rmstudy.study.decisions import log_problems
from rmstudy.study.identities import candidates, identity_problems, looks_like_a_test
from rmstudy.study.keys import among, looked_up
from rmstudy.study.people import missing_from_staff_records
from rmstudy.study.plan import Plan
from rmstudy.study.reading import ROW
from rmstudy.study.spells import spell_problems, swapped_columns

Tables = Mapping[str, pd.DataFrame]
_PARTS: Final[tuple[Literal["mentor", "mentee"], ...]] = ("mentor", "mentee")
_MANY_STRANGERS: Final = 100
_PEOPLE_IN = {
    "assignments": ("person_id",),
    "profiles": ("person_id",),
    "pairs": ("mentor_id", "mentee_id"),
    "hr_outcomes": ("person_id",),
    "consent": ("person_id",),
    "linkage": ("person_id",),
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
    yield from identity_problems(plan, tables, answers, files)
    yield from spell_problems(plan, tables, files)
    yield from day_problems(plan, tables, files)
    yield from missing_from_staff_records(plan, tables, files)
    yield from log_problems(plan, tables, files)


def _roles(plan: Plan, participants: pd.DataFrame, file: str) -> Iterator[Problem]:
    """Roles that the plan does not have."""
    roles = participants["role"]
    unknown = participants[roles.notna() & ~roles.isin(list(plan.roles))]
    for row, role in zip(unknown[ROW], unknown["role"], strict=True):
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
    strange = table[table[column].notna() & ~among(table[column], known)].drop_duplicates(column)
    if strange.empty:
        return
    strange = strange[~strange[column].str.contains("@", regex=False)]  # said already: no key
    tests = looks_like_a_test(strange[column], pd.Series(known, dtype="object"))
    for row, name in zip(strange.loc[tests, ROW], strange.loc[tests, column], strict=True):
        what = "an id of a test or a preview, and nobody in participants has it"
        next_step = "Remove the row (`leave_out` in mapping.yml does so for a whole file)."
        yield Problem(what, next_step, file, row, column, name, rule="test_rows")
    strange = strange[~tests]
    bare = {_bare(name): name for name in known}
    if len(strange) == table[column].nunique() > 0 and any(_bare(name) in bare for name in strange[column]):
        what = "no id of this file is in participants, though some differ only in zeros or case"
        example = next(name for name in strange[column] if _bare(name) in bare)
        next_step = f"Write ids the same way everywhere (participants has {bare[_bare(example)]!r})."
        first = int(strange[ROW].min())
        yield Problem(what, next_step, file, first, column, example, rule="unmatched_ids")
        return
    others = [name for name in strange[column] if _bare(name) not in bare]
    likely = candidates(others, known, _without_that_wave(table, column, others))
    for row, name in zip(strange[ROW], strange[column], strict=True):
        similar = bare.get(_bare(name))
        next_step = f"Is it {similar!r}?" if similar else "Add the person to participants, or correct the id."
        if likely.get(name):
            next_step = f"Most alike (of 100): {', '.join(likely[name])}. {next_step}"
        what = "nobody in participants has this id"
        yield Problem(what, next_step, file, row, column, name, rule="unmatched_ids")


def _without_that_wave(table: pd.DataFrame, column: str, strangers: list[str]) -> dict[str, set[str]]:
    """For each stranger in the answers, everybody who answered the wave: they are less likely to be the one."""
    if "wave_id" not in table.columns or len(strangers) > _MANY_STRANGERS:
        return {}
    by_wave = {wave: set(rows) for wave, rows in table.groupby("wave_id")[column]}
    waves = table[table[column].isin(strangers)].groupby(column)["wave_id"].first()
    return {name: by_wave[wave] for name, wave in waves.items()}


def _bare(name: object) -> str:
    """An id without case, leading zeros and punctuation."""
    return re.sub(r"(?<!\d)0+(?=\d)", "", re.sub(r"[\W_]", "", str(name)).casefold())


def _pair_roles(plan: Plan, pairs: pd.DataFrame, people: pd.DataFrame, file: str) -> Iterator[Problem]:
    """Mentors recorded as mentees and the other way round."""
    wanted = {part: plan.role_acting_as(part) for part in _PARTS}
    for part in _PARTS:
        if wanted[part] is None:
            what = f"pairs need a role that acts as {part}"
            yield Problem(what, f"Add acts_as: {part} to a role in study.yml.", file, 1, f"{part}_id")
    roles = {part: looked_up(pairs[f"{part}_id"], people["role"]) for part in _PARTS}
    crosswise = (roles["mentor"] == wanted["mentee"]) & (roles["mentee"] == wanted["mentor"])
    whole = swapped_columns(pairs, pairs[crosswise], file)
    if whole is not None:
        yield whole
    for part in _PARTS:
        if wanted[part] is None:
            continue
        role, column = roles[part], f"{part}_id"
        swapped = pairs[role.notna() & (role != wanted[part]) & ~(crosswise & (whole is not None))]
        for row, person, found in zip(swapped[ROW], swapped[column], role[swapped.index], strict=True):
            what = f"a {found} stands where the {wanted[part]} belongs"
            next_step = "In reverse mentoring the mentor is the junior: swap the two, or correct the role."
            yield Problem(what, next_step, file, row, column, person, rule="role_swapped")


def _overlapping_spells(pairs: pd.DataFrame, file: str) -> Iterator[Problem]:
    """Spells that end before they start, and mentees with two mentors at once."""
    if "start" not in pairs.columns:
        return
    spells = pairs.assign(end=pairs["end"].fillna("9999-12-31") if "end" in pairs.columns else "9999-12-31")
    # a day written in another way is refused for that, and compares with nothing
    written = spells[["start", "end"]].astype("string")
    days = written.apply(lambda one: one.str.fullmatch(r"\d{4}-\d{2}-\d{2}").fillna(False).astype(bool))
    spells = spells[days.all(axis="columns")]
    backwards = spells[spells["start"] > spells["end"]]
    for row, end in zip(backwards[ROW], backwards["end"], strict=True):
        what = "the spell ends before it starts"
        yield Problem(what, "Correct the dates.", file, row, "end", end, rule="impossible_dates")
    spells = spells.dropna(subset=["start", "mentee_id"]).sort_values(["mentee_id", "start"])
    until = spells.groupby("mentee_id")["end"].shift()
    at_once = spells[until.notna() & (spells["start"] < until)]
    for row, person in zip(at_once[ROW], at_once["mentee_id"], strict=True):
        what = "the spell starts before the mentee's earlier one ended"
        yield Problem(what, "Correct the dates.", file, row, "mentee_id", person, rule="impossible_dates")


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
            place = (file, row, "pair_id", pair)
            yield Problem(what, next_step, *place, severity="to decide", rule="role_swapped")


def _unassigned(
    plan: Plan, assignments: pd.DataFrame, answers: pd.DataFrame, people: pd.DataFrame, file: str
) -> Iterator[Problem]:
    """People without an arm: refused when they answered, to be decided when they might have been lost."""
    answered = answers["person_id"][among(answers["person_id"], people.index)]
    for person in answered[~among(answered, assignments["person_id"])].unique():
        what = "the person answered but has no assignment"
        yield Problem(what, "Add a row with the arm.", file, None, "person_id", person)
    compared = [role for role, assignment in plan.design.assignment.items() if assignment.comparison]
    compared_ids = people.index[people["role"].isin(compared)].to_series()
    silent = compared_ids[~among(compared_ids, assignments["person_id"]) & ~among(compared_ids, answered)]
    for person in sorted(silent):
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
        where = looked_up(pairs[column], arm)
        crossed = pairs[where.notna() & (where != "programme")].drop_duplicates(column)
        for row, person, found in zip(crossed[ROW], crossed[column], where[crossed.index], strict=True):
            what = f"assigned to {found} but in a pair; counted as assigned"
            place = (files["pairs"], row, column, person)
            yield Problem(what, "", *place, severity="to know", rule="crossed_over")


def _unknown_keys(tables: Tables, files: Mapping[str, str]) -> Iterator[Problem]:
    """Meetings of pairs, and logs of meetings, that do not exist."""
    for table, column, parent in (
        ("meetings", "pair_id", "pairs"),
        ("meeting_log", "meeting_id", "meetings"),
    ):
        if table not in tables or column not in tables[table].columns:
            continue
        known = tables[parent][column] if parent in tables else pd.Series(dtype="object")
        given = tables[table].dropna(subset=column)
        strange = given[~among(given[column], known)].drop_duplicates(column)
        for row, name in zip(strange[ROW], strange[column], strict=True):
            yield Problem(
                f"not in {parent}", "Correct it.", files[table], row, column, name, rule="unmatched_ids"
            )
