"""Each mess of the register, put into a clean study at a random place, is found there, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import clean_study
import numpy as np
import pandas as pd
import pytest
from clean_study import Clean

import rmstudy as rm
from rmstudy.errors import DataError, Problem, masked
from rmstudy.evaluation.quality import findings, looked
from rmstudy.study.messes import MESSES

# one seed is enough for a change to be seen; the others show that it does not hang on that one
SEEDS = (1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (2, 3, 4, 5)))


@dataclass
class Planted:
    """Where a mess was put, how serious it is, and what else may be done to the files."""

    file: str
    row: int | None = None
    column: str | None = None
    severity: str = "refused"
    count: int | None = 1
    words: str = ""
    secret: tuple[str, ...] = ()
    files: dict[str, bytes] = field(default_factory=dict)


Injector = Callable[[Clean, np.random.Generator], Planted]
INJECTORS: dict[str, list[Injector]] = {}


def plants(rule: str) -> Callable[[Injector], Injector]:
    """Register an injector of a rule."""

    def registered(function: Injector) -> Injector:
        INJECTORS.setdefault(rule, []).append(function)
        return function

    return registered


def line(position: int) -> int:
    """Line of a row of a table as a spreadsheet counts it."""
    return position + 2


def put(study: Clean, table: str, position: int, column: str, value: object) -> None:
    """Write one cell."""
    study.tables[table].loc[position, column] = value


def any_row(study: Clean, rng: np.random.Generator, table: str, **where: str) -> int:
    """A random row of a table, with some values."""
    rows = study.tables[table]
    for column, value in where.items():
        rows = rows[rows[column] == value]
    return int(rng.choice(rows.index))


def add(study: Clean, table: str, **cells: object) -> int:
    """Add a row below, and give its position."""
    rows = study.tables[table]
    study.tables[table] = pd.concat([rows, pd.DataFrame([cells])], ignore_index=True).astype(object)
    return len(rows)


def everywhere(study: Clean, person: str, other: str) -> None:
    """Give a person another id in every table."""
    study.tables = {name: table.replace({person: other}) for name, table in study.tables.items()}


def free_mentor(study: Clean, rng: np.random.Generator) -> str:
    """A junior without a mentee, who is then of the programme."""
    people, pairs = study.tables["participants"], study.tables["pairs"]
    idle = people[(people["role"] == "mentor") & ~people["person_id"].isin(pairs["mentor_id"])]
    person = str(rng.choice(idle["person_id"]))
    assigned = study.tables["assignments"]
    put(study, "assignments", int(assigned.index[assigned["person_id"] == person][0]), "arm", "programme")
    for measure in ("still_employed", "pay"):
        add(study, "hr_outcomes", person_id=person, measure=measure, as_of="2024-12-31", value="1")
    return person


@plants("duplicate_person")
def one_id_twice(study, rng):
    row = study.tables["participants"].loc[any_row(study, rng, "participants")]
    at = add(study, "participants", **row.to_dict())
    return Planted("participants.csv", line(at), "person_id")


@plants("duplicate_person")
def two_spellings(study, rng):
    row = study.tables["participants"].loc[any_row(study, rng, "participants", role="mentor")]
    person = row["person_id"]
    assert not person.startswith("Z")
    other = f"0{person}" if person[0].isdigit() else person.upper()
    at = add(study, "participants", **{**row.to_dict(), "person_id": other})
    add(study, "assignments", person_id=other, arm="not_selected")
    return Planted("participants.csv", line(at), "person_id")


@plants("two_answers")
def answered_again(study, rng):
    rows = study.tables["responses"]
    at = add(study, "responses", **rows.loc[any_row(study, rng, "responses")].to_dict())
    return Planted("responses.csv", line(at), "person_id")


@plants("email_key")
def address_as_id(study, rng):
    person = study.tables["participants"]["person_id"][any_row(study, rng, "participants", role="mentee")]
    everywhere(study, person, "maria.rossi@example.org")
    at = study.tables["participants"].index[
        study.tables["participants"]["person_id"] == "maria.rossi@example.org"
    ]
    return Planted("participants.csv", line(at[0]), "person_id", count=None, secret=("maria.rossi",))


@plants("email_key")
def address_with_an_alias(study, rng):
    people = study.tables["participants"]
    (first, second) = rng.choice(people.index[people["role"] == "mentor"][-8:], 2, replace=False)
    everywhere(study, people.loc[first, "person_id"], "maria.rossi@example.org")
    everywhere(study, people.loc[second, "person_id"], "Maria.Rossi+work@Example.org")
    last = max(first, second)
    return Planted(
        "participants.csv", line(last), "person_id", count=None, words="one person?", secret=("aria.", "work")
    )


@plants("unmatched_ids")
def a_slip_in_an_id(study, rng):
    rows = study.tables["responses"]
    person = rows["person_id"][any_row(study, rng, "responses", wave_id="post")]
    mine = rows["person_id"].eq(person) & rows["wave_id"].eq("post")
    slip = f"{person[:-1]}{'Q' if person[-1] != 'Q' else 'W'}"
    study.tables["responses"].loc[mine, "person_id"] = slip
    return Planted("responses.csv", line(int(rows.index[mine][0])), "person_id", words=repr(person))


@plants("unmatched_ids")
def waves_that_do_not_fit(study, rng):
    people = study.tables["participants"]
    mine = people[(people["role"] == "mentee")]
    rows = study.tables["responses"]
    for person in mine["person_id"]:
        wave = rng.choice(["pre", "post"])
        rows = rows[~(rows["person_id"].eq(person) & rows["wave_id"].eq(wave))]
    study.tables["responses"] = rows.reset_index(drop=True)
    study.plan["analysis"]["gates"]["least_people"] = 3
    return Planted("responses.csv", None, "wave_id", words="answered both")


@plants("role_swapped")
def one_pair_swapped(study, rng):
    at = any_row(study, rng, "pairs")
    mentor, mentee = study.tables["pairs"].loc[at, ["mentor_id", "mentee_id"]]
    put(study, "pairs", at, "mentor_id", mentee)
    put(study, "pairs", at, "mentee_id", mentor)
    return Planted("pairs.csv", line(at), "mentor_id", count=2)


@plants("role_swapped")
def all_pairs_swapped(study, rng):
    study.tables["pairs"] = study.tables["pairs"].rename(
        columns={"mentor_id": "mentee_id", "mentee_id": "mentor_id"}
    )
    return Planted("pairs.csv", 2, "mentor_id", words="12 of 12")


@plants("role_swapped")
def a_senior_as_mentor(study, rng):
    at = any_row(study, rng, "pairs")
    people = study.tables["participants"].set_index("person_id")
    mentor, mentee = study.tables["pairs"].loc[at, ["mentor_id", "mentee_id"]]
    bands = people.loc[[mentor, mentee], "seniority_band"].tolist()
    everyone = study.tables["participants"]
    everyone.loc[everyone["person_id"] == mentor, "seniority_band"] = "5-board"
    assert bands[1] != "5-board"
    return Planted("pairs.csv", line(at), "pair_id", severity="to decide")


@plants("mentor_swapped")
def another_mentor(study, rng):
    mentor, at = free_mentor(study, rng), any_row(study, rng, "pairs")
    pair = study.tables["pairs"].loc[at].to_dict()
    meetings = study.tables["meetings"]
    of_pair = meetings["pair_id"].eq(pair["pair_id"])
    study.tables["meetings"].loc[of_pair & (meetings["date"] > "2024-04-01"), "pair_id"] = "p99"
    put(study, "pairs", at, "end", "2024-04-01")
    put(study, "pairs", at, "end_reason", "reassigned")
    new = {**pair, "pair_id": "p99", "mentor_id": mentor, "start": "2024-04-01"}
    return Planted("pairs.csv", line(add(study, "pairs", **new)), "mentee_id", "to know")


@plants("several_mentees")
def one_mentor_two_mentees(study, rng):
    first, second = rng.choice(study.tables["pairs"].index, 2, replace=False)
    put(study, "pairs", second, "mentor_id", study.tables["pairs"].loc[first, "mentor_id"])
    return Planted("pairs.csv", line(max(first, second)), "mentor_id", "to know")


@plants("withdrawn")
def a_pair_that_withdrew(study, rng):
    at = any_row(study, rng, "pairs")
    pair = study.tables["pairs"].loc[at, "pair_id"]
    meetings = study.tables["meetings"]
    study.tables["meetings"] = meetings[meetings["pair_id"] != pair].reset_index(drop=True)
    put(study, "pairs", at, "end", "2024-03-01")
    put(study, "pairs", at, "end_reason", "withdrawn")
    return Planted("pairs.csv", line(at), "pair_id", "to know", words="after the start")


@plants("withdrawn")
def a_pair_that_never_met(study, rng):
    at = any_row(study, rng, "pairs")
    pair = study.tables["pairs"].loc[at, "pair_id"]
    meetings = study.tables["meetings"]
    study.tables["meetings"] = meetings[meetings["pair_id"] != pair].reset_index(drop=True)
    put(study, "pairs", at, "end", "2024-01-15")
    put(study, "pairs", at, "end_reason", "never_met")
    return Planted("pairs.csv", line(at), "pair_id", "to know", words="before the start")


@plants("crossed_over")
def from_the_waiting_list(study, rng):
    waiting = any_row(study, rng, "assignments", arm="waitlist")
    person = study.tables["assignments"].loc[waiting, "person_id"]
    new = {"pair_id": "p99", "mentor_id": free_mentor(study, rng), "mentee_id": person}
    at = add(study, "pairs", **new, start="2024-05-01", end="2024-07-15", end_reason="completed")
    return Planted("pairs.csv", line(at), "mentee_id", "to know")


LABELS = {"1": "mai", "2": "RARAMENTE", "3": "Qualche  volta", "4": "Spesso", "5": "Sempre"}


@plants("label_answers")
def labels_everywhere(study, rng):
    cells = study.cells("confidence")
    for at, column in cells:
        put(study, "responses", at, column, LABELS[study.tables["responses"].loc[at, column]])
    return Planted("responses.csv", min(line(at) for at, _ in cells), None, "to know")


@plants("label_answers")
def labels_among_figures(study, rng):
    cells = study.cells("confidence")
    for at, column in (cells[i] for i in rng.permutation(len(cells))[:20]):
        put(study, "responses", at, column, LABELS[study.tables["responses"].loc[at, column]])
    return Planted("responses.csv", None, None, "to decide")


@plants("label_answers")
def an_unknown_label(study, rng):
    cells = study.cells("confidence")
    at, column = cells[rng.integers(len(cells))]
    put(study, "responses", at, column, "Raremente")
    return Planted("responses.csv", line(at), column, words="'Raramente'")


@plants("reversed_items")
def a_reversed_item_not_reversed(study, rng):
    study.plan["instruments"]["confidence"]["reverse"] = []
    return Planted("responses.csv", None, None, "to decide", count=None, words="c2 of confidence")


@plants("reversed_items")
def an_item_reversed_twice(study, rng):
    study.plan["instruments"]["confidence"]["reverse"] = ["c2", "c4"]
    return Planted("responses.csv", None, None, "to decide", count=None, words="reversed twice")


@plants("range_change")
def seven_points_afterwards(study, rng):
    cells = study.cells("confidence", "post")
    for at, column in cells:
        value = int(study.tables["responses"].loc[at, column])
        put(study, "responses", at, column, str({1: 1, 2: 2, 3: 4, 4: 6, 5: 7}[value]))
    return Planted("responses.csv", None, None, words="wave post")


@plants("range_change")
def five_points_before(study, rng):
    rows = study.tables["responses"]
    for wave, values in (("pre", "1223455"), ("post", "2345677")):
        for at, column in study.cells("skill", wave):
            rows.loc[at, column] = values[int(rows.loc[at, column]) - 1]
    return Planted("responses.csv", None, None, "to decide", words="fewer points")


@plants("decimal_comma")
def a_comma_in_an_answer(study, rng):
    cells = study.cells("helpdesk_calls")
    at, column = cells[rng.integers(len(cells))]
    put(study, "responses", at, column, rng.choice(["12,5", "1.250,5", "12,5 %", "12%"]))
    return Planted("responses.csv", line(at), column)


@plants("decimal_comma")
def a_comma_in_a_table(study, rng):
    table, column = (("pairs", "match_score"), ("meetings", "minutes"), ("hr_outcomes", "value"))[
        rng.integers(3)
    ]
    at = any_row(study, rng, table)
    put(study, table, at, column, rng.choice(["0,75", "12,5", "1.250,00"]))
    return Planted(f"{table}.csv", line(at), column)


@plants("decimal_comma")
def a_comma_in_a_covariate(study, rng):
    at = any_row(study, rng, "participants")
    put(study, "participants", at, "years", "7,5")
    return Planted("participants.csv", line(at), "years")


@plants("ambiguous_dates")
def days_either_way(study, rng):
    table, column = (("meetings", "date"), ("responses", "answered_at"), ("pairs", "start"))[rng.integers(3)]
    at = any_row(study, rng, table)
    put(study, table, at, column, "03/04/2024")
    return Planted(
        f"{table}.csv", line(at), column, words="2024-04-03 (day first) or 2024-03-04 (month first)"
    )


@plants("ambiguous_dates")
def days_one_way(study, rng):
    at = any_row(study, rng, "assignments")
    put(study, "assignments", at, "assigned_on", "13.01.2024")
    return Planted("assignments.csv", line(at), "assigned_on", words="2024-01-13")


@plants("missing_code")
def a_code_among_answers(study, rng):
    cells = study.cells(str(rng.choice(["confidence", "skill"])))
    at, column = cells[rng.integers(len(cells))]
    put(study, "responses", at, column, rng.choice(["99", "999", "-1", "-99", "N/A", "n.d.", "-", "NA"]))
    return Planted("responses.csv", line(at), column)


@plants("missing_code")
def a_code_among_numbers(study, rng):
    cells = study.cells("helpdesk_calls")
    at, column = cells[rng.integers(len(cells))]
    put(study, "responses", at, column, rng.choice(["99", "999", "-1", "N/A", "-"]))
    return Planted("responses.csv", line(at), column)


@plants("missing_code")
def a_code_in_a_table(study, rng):
    table, column, codes = (
        ("participants", "unit", ["N/A", "n.d.", "-"]),
        ("participants", "age_band", ["n/a", "-"]),
        ("participants", "years", ["99", "-1", "N/A", "na"]),
        ("hr_outcomes", "value", ["-99", "n.d.", "-"]),
        ("meetings", "minutes", ["-1", "9999", "NA"]),
        ("meetings", "mode", ["n.d.", "--"]),
        ("applications", "motivation", ["99", "-9", "N/A"]),
        ("pairs", "end_reason", ["N/A", "-"]),
        ("assignments", "assigned_on", ["n.d.", "-"]),
    )[rng.integers(9)]
    at = any_row(study, rng, table)
    put(study, table, at, column, rng.choice(codes))
    return Planted(f"{table}.csv", line(at), column)


@plants("out_of_range")
def an_answer_outside(study, rng):
    instrument, values = (("confidence", ["0", "6", "7", "55"]), ("skill", ["0", "8", "9", "41"]))[
        rng.integers(2)
    ]
    cells = study.cells(instrument)
    at, column = cells[rng.integers(len(cells))]
    put(study, "responses", at, column, rng.choice(values))
    return Planted("responses.csv", line(at), column)


@plants("out_of_range")
def a_number_outside(study, rng):
    at = any_row(study, rng, "applications")
    put(study, "applications", at, "motivation", "7")
    return Planted("applications.csv", line(at), "motivation")


@plants("careless")
def the_same_everywhere(study, rng):
    rows = study.tables["responses"]
    person = rows["person_id"][any_row(study, rng, "responses", wave_id="pre")]
    people = study.tables["participants"]
    person = str(rng.choice(people.loc[people["role"] == "mentee", "person_id"]))
    mine = [
        (at, column)
        for name in ("confidence", "skill")
        for at, column in study.cells(name, "pre")
        if rows.loc[at, "person_id"] == person
    ]
    for at, column in mine:
        rows.loc[at, column] = "3"
    return Planted("responses.csv", min(line(at) for at, _ in mine), "person_id", "to decide")


@plants("careless")
def too_fast(study, rng):
    rows = study.tables["responses"]
    people = study.tables["participants"]
    person = str(rng.choice(people.loc[people["role"] == "mentee", "person_id"]))
    mine = rows["person_id"].eq(person) & rows["wave_id"].eq("pre")
    rows.loc[mine, "seconds"] = "11"
    return Planted("responses.csv", line(int(rows.index[mine][0])), "seconds", "to decide")


@plants("test_rows")
def a_test_among_the_people(study, rng):
    person = rng.choice(["test", "Prova", "TEST_1", "demo", "xxx", "999", "test user"])
    at = add(study, "participants", person_id=person, role="mentor", years="3", unit="IT")
    add(study, "assignments", person_id=person, arm="not_selected")
    return Planted("participants.csv", line(at), "person_id", "to decide")


@plants("test_rows")
def a_test_among_the_answers(study, rng):
    rows = study.tables["responses"]
    row = rows.loc[any_row(study, rng, "responses")].to_dict()
    at = add(study, "responses", **{**row, "person_id": rng.choice(["test", "prova2", "xxxx"])})
    return Planted("responses.csv", line(at), "person_id")


@plants("encoding")
def another_encoding(study, rng):
    table = str(rng.choice(["participants", "meetings", "responses"]))
    rows = study.tables[table]
    at = any_row(study, rng, table)
    column = {"participants": "unit", "meetings": "mode", "responses": "person_id"}[table]
    put(study, table, at, column, "Qualità")
    encoding = str(rng.choice(["cp1252", "latin-1", "utf-16"]))
    data = rows.to_csv(index=False).encode(encoding)
    where = None if encoding == "utf-16" else line(at)
    words = "UTF-16" if encoding == "utf-16" else "1252"
    del study.tables[table]
    return Planted(f"{table}.csv", where, None, words=words, files={f"{table}.csv": data})


@plants("encoding")
def lost_accents(study, rng):
    at = any_row(study, rng, "participants")
    twice = "Qualità".encode().decode("latin-1")
    put(study, "participants", at, "unit", str(rng.choice([twice, f"{twice} e servizi", "Qualit\ufffd"])))
    return Planted("participants.csv", line(at), "unit")


@plants("sheet_layout")
def a_row_of_totals(study, rng):
    table, column, key = (("meetings", "minutes", "meeting_id"), ("hr_outcomes", "value", "person_id"))[
        rng.integers(2)
    ]
    at = add(study, table, **{key: rng.choice(["Totale", "TOTAL", "Totale:"]), column: "12345"})
    return Planted(f"{table}.csv", line(at))


@plants("sheet_layout")
def merged_cells(study, rng):
    at = int(rng.integers(1, len(study.tables["meetings"])))
    put(study, "meetings", at, "pair_id", None)
    return Planted("meetings.csv", line(at), "pair_id")


@plants("sheet_layout")
def a_second_header(study, rng):
    rows = study.tables["responses"]
    again = pd.DataFrame([dict(zip(rows.columns, rows.columns, strict=True))])
    study.tables["responses"] = pd.concat([again, rows], ignore_index=True).astype(object)
    return Planted("responses.csv", 2)


@plants("sheet_layout")
def a_title_above(study, rng):
    rows = study.tables["participants"]
    text = "Elenco partecipanti" + "," * (rows.shape[1] - 1) + "\n" + rows.to_csv(index=False)
    del study.tables["participants"]
    return Planted("participants.csv", 1, files={"participants.csv": text.encode()})


@plants("sheet_layout")
def a_column_without_a_name(study, rng):
    rows = study.tables["participants"]
    position = int(rng.integers(1, rows.shape[1]))
    lines = rows.assign(more="x").to_csv(index=False).splitlines(keepends=True)
    assert position
    text = lines[0].replace(",more", ",") + "".join(lines[1:])
    del study.tables["participants"]
    return Planted("participants.csv", 1, files={"participants.csv": text.encode()})


@plants("impossible_dates")
def afterwards_before_before(study, rng):
    rows = study.tables["responses"]
    person = rows["person_id"][any_row(study, rng, "responses", wave_id="post")]
    mine = rows["person_id"].eq(person) & rows["wave_id"].eq("post")
    study.plan["waves"]["post"] = {"closed": "2024-07-31"}
    rows.loc[mine, "answered_at"] = "2023-07-20"
    return Planted("responses.csv", line(int(rows.index[mine][0])), "answered_at", "to decide")


@plants("impossible_dates")
def outside_the_wave(study, rng):
    rows = study.tables["responses"]
    person = rows["person_id"][any_row(study, rng, "responses", wave_id="pre")]
    mine = rows["person_id"].eq(person) & rows["wave_id"].eq("pre")
    rows.loc[mine, "answered_at"] = "2024-03-20"
    words = "after the wave closed"
    return Planted("responses.csv", line(int(rows.index[mine][0])), "answered_at", "to decide", words=words)


@plants("impossible_dates")
def a_meeting_before_the_pair(study, rng):
    at = any_row(study, rng, "meetings")
    put(study, "meetings", at, "date", rng.choice(["2024-01-10", "2024-08-20"]))
    study.plan["waves"] = {"pre": {"closed": "2024-01-12"}, "post": {"closed": "2024-07-31"}}
    study.tables["responses"] = study.tables["responses"].drop(columns="answered_at")
    return Planted("meetings.csv", line(at), "date", "to decide")


@plants("impossible_dates")
def assigned_late(study, rng):
    at = any_row(study, rng, "assignments", arm="programme")
    people = study.tables["pairs"][["mentor_id", "mentee_id"]].to_numpy().ravel().tolist()
    assigned = study.tables["assignments"]
    at = int(rng.choice(assigned.index[assigned["person_id"].isin(people)]))
    put(study, "assignments", at, "assigned_on", "2024-02-20")
    return Planted("assignments.csv", line(at), "assigned_on", "to decide")


@plants("impossible_dates")
def no_such_day(study, rng):
    at = any_row(study, rng, "meetings")
    put(study, "meetings", at, "date", "2024-02-30")
    return Planted("meetings.csv", line(at), "date")


@plants("ceiling")
def many_at_the_top(study, rng):
    people = study.tables["participants"]
    top = set(rng.permutation(people.loc[people["role"] == "mentee", "person_id"])[:6])
    rows = study.tables["responses"]
    for at, column in study.cells("confidence", "pre"):
        if rows.loc[at, "person_id"] in top:
            item = column if study.wide else rows.loc[at, "item_id"]
            rows.loc[at, column] = "1" if item == "c2" else "5"
    return Planted("responses.csv", None, None, "to know", words="25%")


@plants("leavers_missing")
def leavers_taken_out(study, rng):
    assigned = study.tables["assignments"]
    people = study.tables["participants"].set_index("person_id")["role"]
    arm = str(rng.choice(["programme", "waitlist"]))
    mine = assigned[(assigned["arm"] == arm) & (assigned["person_id"].map(people) == "mentee")]
    gone = rng.permutation(mine["person_id"])[:3]
    rows = study.tables["hr_outcomes"]
    out = rows["person_id"].isin(gone) & rows["measure"].eq("still_employed")
    study.tables["hr_outcomes"] = rows[~out].reset_index(drop=True)
    return Planted("hr_outcomes.csv", None, "measure", "to decide", words=f"3 of 12 mentees of the arm {arm}")


@plants("names_in_text")
def somebody_wrote_freely(study, rng):
    at = any_row(study, rng, "participants")
    said = rng.choice(
        ["Ask Maria Rossi, she was late. Not happy!", "Il mio mentor Luca non si presenta mai agli incontri"]
    )
    put(study, "participants", at, "unit", said)
    return Planted("participants.csv", line(at), "unit", secret=("Maria", "Rossi", "Luca"))


@plants("names_in_text")
def free_text_for_an_answer(study, rng):
    cells = study.cells("confidence")
    at, column = cells[rng.integers(len(cells))]
    put(study, "responses", at, column, "Dipende: con Maria Rossi mi trovo bene, con altri no.")
    return Planted("responses.csv", line(at), column, secret=("Maria", "Rossi"))


@plants("names_in_text")
def a_column_of_names(study, rng):
    first = ["Maria", "Luca", "Anna", "Paolo", "Giulia", "Marco", "Elena"]
    last = ["Rossi", "Bianchi", "Verdi", "De Santis", "Ferrari", "Conti", "Galli"]
    names = [f"{a} {b}" for a in first for b in last][: len(study.tables["participants"])]
    study.tables["participants"]["who"] = rng.permutation(names)
    return Planted("participants.csv", 2, "who", count=len(names), secret=tuple(last[:3]))


@plants("names_in_text")
def a_column_of_comments(study, rng):
    table = str(rng.choice(["participants", "meetings"]))
    study.tables[table]["comments"] = "good"
    return Planted(f"{table}.csv", 1, "comments")


def found_in(folder) -> tuple[Problem, ...]:
    """Everything that is found in a folder, refused or not."""
    try:
        return findings(rm.load_study(folder))
    except DataError as error:
        return error.problems


@pytest.mark.parametrize("wide", [False, True], ids=["long", "wide"])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_clean_study_gives_no_finding(tmp_path, seed, wide):
    folder = clean_study.clean(seed, wide=wide).write(tmp_path / "study")
    assert [str(problem) for problem in found_in(folder)] == []


@pytest.mark.parametrize("rule", MESSES)
def test_every_rule_can_be_injected(rule):
    assert INJECTORS.get(rule), f"no test puts {rule} into a study"
    assert set(INJECTORS) <= set(MESSES)


CASES = [(rule, one) for rule, some in INJECTORS.items() for one in some]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("rule", "inject"), CASES, ids=lambda one: getattr(one, "__name__", one))
def test_a_mess_is_found_where_it_is_and_nothing_else_is(tmp_path, rule, inject, seed):
    rng = np.random.default_rng([seed, len(rule)])
    study = clean_study.clean(seed + 10, wide=bool(rng.integers(2)))
    planted = inject(study, rng)
    folder = study.write(tmp_path / "study")
    for name, data in planted.files.items():
        (folder / name).write_bytes(data)
    found = found_in(folder)
    said = "\n".join(map(str, found))
    assert {problem.rule for problem in found} == {rule}, said
    if planted.count is not None:
        assert len(found) == planted.count, said
    there = [
        problem
        for problem in found
        if problem.file == planted.file
        and (planted.row is None or problem.row == planted.row)
        and (planted.column is None or problem.column == planted.column)
        and problem.severity == planted.severity
        and planted.words in str(problem)
    ]
    assert there, said
    assert all(problem.what and (problem.next_step or problem.severity == "to know") for problem in found)
    for secret in planted.secret:
        assert secret not in said, said


def test_the_severity_of_a_rule_is_what_it_can_be():
    """The register names the severity that a finding of the rule has at its plainest."""
    severities: dict[str, set[str]] = {}
    for rule, some in INJECTORS.items():
        for inject in some:
            rng = np.random.default_rng(5)
            severities.setdefault(rule, set()).add(inject(clean_study.clean(7), rng).severity)
    assert {rule for rule, mess in MESSES.items() if mess.severity not in severities[rule]} == set()
    numbers = [mess.number for mess in MESSES.values()]
    assert numbers == list(range(1, 25))


def test_every_rule_says_whether_it_could_be_looked_for(tmp_path):
    study = clean_study.clean(3)
    everything = looked(rm.load_study(study.write(tmp_path / "whole")))
    assert [one.rule for one in everything] == list(MESSES)
    assert [one.unchecked for one in everything if one.unchecked] == []
    study.tables = {name: study.tables[name] for name in ("participants", "responses")}
    study.tables["responses"] = study.tables["responses"].drop(columns=["answered_at", "seconds"])
    study.plan["goals"][0]["criteria"][0]["contrast"] = "change"
    del study.plan["design"]
    less = {one.rule: one.unchecked for one in looked(rm.load_study(study.write(tmp_path / "less")))}
    assert {rule for rule, why in less.items() if why} >= {
        "role_swapped",
        "several_mentees",
        "careless",
        "impossible_dates",
        "leavers_missing",
    }


def test_a_decision_makes_known_what_was_to_be_decided(tmp_path):
    study = clean_study.clean(4)
    planted = too_fast(study, np.random.default_rng(4))
    (open_one,) = found_in(study.write(tmp_path / "open"))
    assert open_one.severity == "to decide"
    row = {
        "n": "1",
        "when": "2024-08-02",
        "rule": "careless",
        "table": "responses",
        "after": "kept",
        "who": "HR",
    }
    study.tables["decision_log"] = pd.DataFrame([{**row, "key": open_one.value}])
    (known,) = found_in(study.write(tmp_path / "decided"))
    assert (known.severity, known.row) == ("to know", planted.row)
    assert "decided on 2024-08-02: kept" in known.what
    other = study.tables["participants"]["person_id"]
    study.tables["decision_log"] = pd.DataFrame(
        [{**row, "key": next(p for p in other if p != open_one.value)}]
    )
    (still,) = found_in(study.write(tmp_path / "other"))
    assert still.severity == "to decide", "a decision about somebody else decides nothing"


def test_a_decision_never_lifts_a_refusal(tmp_path):
    study = clean_study.clean(5)
    planted = an_answer_outside(study, np.random.default_rng(5))
    row = {"n": "1", "when": "2024-08-02", "rule": "out_of_range", "table": "responses", "after": "kept"}
    study.tables["decision_log"] = pd.DataFrame([row])
    (refused,) = found_in(study.write(tmp_path / "study"))
    assert (refused.severity, refused.row) == ("refused", planted.row)


@pytest.mark.parametrize(
    ("changed", "severity", "what"),
    [
        ({"rule": "carelss"}, "refused", "no such rule"),
        ({"rule": "weather"}, "to know", "no rule that is checked here"),
        ({"table": "respnses"}, "refused", "no such table"),
        ({"key": "nobody-at-all"}, "to know", "about nobody"),
        ({"when": "2099-01-01"}, "to decide", "in the future"),
        ({"when": "01/02/2024"}, "refused", "the day may be"),
    ],
)
def test_the_log_itself_is_checked(tmp_path, changed, severity, what):
    study = clean_study.clean(6)
    row = {
        "n": "1",
        "when": "2024-08-02",
        "rule": "careless",
        "table": "responses",
        "key": "",
        "after": "kept",
    }
    study.tables["decision_log"] = pd.DataFrame([row | changed])
    found = found_in(study.write(tmp_path / "study"))
    assert [problem.severity for problem in found] == [severity]
    assert what in found[0].what
    assert (found[0].file, found[0].row) == ("decision_log.csv", 2)


def test_values_that_could_name_somebody_are_hidden():
    assert masked("my mentor was Maria and she never came") == "(hidden: looks like free text)"
    assert masked("not a number") != "'not a number'"


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20, 60))
def test_many_clean_studies_give_no_finding(tmp_path, seed):
    folder = clean_study.clean(seed, wide=seed % 2 == 0).write(tmp_path / "study")
    assert [str(problem) for problem in found_in(folder)] == []


@pytest.mark.parametrize(
    "lacking", [("pairs", "meetings"), ("meetings",), ("assignments",), ("applications",)]
)
def test_a_study_without_some_of_its_tables_is_clean_as_well(tmp_path, lacking):
    study = clean_study.clean(9)
    for name in lacking:
        del study.tables[name]
    if lacking == ("assignments",):  # nobody is compared then, and only those in pairs are there
        study.plan["goals"][0]["criteria"][0]["contrast"] = "change"
        del study.plan["design"]
        pairs = study.tables["pairs"]
        there = {*pairs["mentor_id"], *pairs["mentee_id"]}
        for name in ("participants", "responses", "hr_outcomes", "applications"):
            table = study.tables[name]
            study.tables[name] = table[table["person_id"].isin(there)].reset_index(drop=True)
    folder = study.write(tmp_path / "study")
    assert [str(problem) for problem in found_in(folder)] == []


@pytest.mark.parametrize("column", ["start", "end", "end_reason", "match_score"])
def test_columns_that_nobody_filled_in_are_no_finding(tmp_path, column):
    study = clean_study.clean(9)
    study.tables["pairs"][column] = None
    folder = study.write(tmp_path / "study")
    assert [str(problem) for problem in found_in(folder)] == []
