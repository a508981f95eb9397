"""Any file into any table: what is written down here as a small file comes out as the rows written beside it."""

from __future__ import annotations

import pandas as pd
import pytest
from typer.testing import CliRunner

import rmstudy as rm
from rmstudy.cli import app
from rmstudy.errors import DataError
from rmstudy.readers.mapping import parse_mapping
from rmstudy.study.planfile import read_plan

PLAN = """version: 1
programme: {name: Buddies}
goals:
  - id: g
    statement: Surer.
    role: mentee
    criteria: [{id: c, instrument: comfort, contrast: change, threshold: 0.5}]
instruments:
  comfort:
    name: Comfort
    role: mentee
    range: [1, 5]
    items: {c1: One, c2: Two}
    labels: {en: [Never, Seldom, Sometimes, Often, Always], it: [Mai, Di rado, Talvolta, Spesso, Sempre]}
  calls: {name: Calls, role: mentee}
waves: {pre: {closed: 2024-01-10}, post: {closed: 2024-07-10}}
"""


@pytest.fixture
def study(tmp_path):
    folder = tmp_path / "study"
    folder.mkdir()
    (folder / "study.yml").write_text(PLAN)
    return folder


def mapping(columns, sent=None, **export):
    content = {
        "format": 1,
        "questionnaires": {"file": sent or {"wave": "pre", "role": "mentee"}},
        "sources": {"csv": {"file": {"columns": columns, **export}}},
    }
    return parse_mapping(content)


def read(tmp_path, text, columns, sent=None, plan=None, name="file.csv", **export):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return rm.readers.read_answers(path, mapping(columns, sent, **export), source="csv", plan=plan)


def refused(tmp_path, text, columns, sent=None, plan=None, **export):
    with pytest.raises(DataError) as error:
        read(tmp_path, text, columns, sent, plan, **export)
    return error.value.problems


def rows(table):
    return table.astype(object).where(table.notna(), None).to_dict("records")


def test_one_extract_feeds_several_tables(tmp_path):
    text = (
        "Id,Job,Unit,Stay,Hired,Ratings\n"
        "s1,Senior,Sales,1,2019-05-01,4\n"
        "s2,Junior,Human Resources,0,2021-09-15,\n"
    )
    columns = {
        "Id": "person",
        "Job": "participants.role",
        "Unit": "participants.unit",
        "Stay": "hr_outcomes.value.still_employed",
        "Ratings": "hr_outcomes.value.rating",
        "Hired": "ignore",
    }
    found = read(
        tmp_path,
        text,
        columns,
        {"table": "participants"},
        answers={"participants.role": {"Senior": "mentee", "Junior": "mentor"}},
        always={"hr_outcomes.as_of": "2024-07-01"},
    )
    assert rows(found.tables["participants"]) == [
        {"person_id": "s1", "role": "mentee", "unit": "Sales"},
        {"person_id": "s2", "role": "mentor", "unit": "Human Resources"},
    ]
    assert found.tables["hr_outcomes"].to_numpy().tolist() == [
        ["s1", "rating", "2024-07-01", "4"],
        ["s1", "still_employed", "2024-07-01", "1"],
        ["s2", "still_employed", "2024-07-01", "0"],
    ]
    assert found.sheets == 2


@pytest.mark.parametrize(
    ("text", "columns", "always", "table", "expected"),
    [
        (
            "id,how\ns1,lottery\n",
            {"id": "person", "how": "assignments.mechanism"},
            {"assignments.arm": "programme"},
            "assignments",
            {"person_id": "s1", "arm": "programme", "mechanism": "lottery"},
        ),
        (
            "id,on,why\ns1,2024-01-08,4\n",
            {
                "id": "applications.person_id",
                "on": "applications.applied_on",
                "why": "applications.motivation",
            },
            {},
            "applications",
            {"person_id": "s1", "applied_on": "2024-01-08", "motivation": "4"},
        ),
        (
            "pair,junior,senior,from\np1,j1,s1,2024-01-15\n",
            {
                "pair": "pairs.pair_id",
                "junior": "pairs.mentor_id",
                "senior": "pairs.mentee_id",
                "from": "pairs.start",
            },
            {},
            "pairs",
            {"pair_id": "p1", "mentor_id": "j1", "mentee_id": "s1", "start": "2024-01-15"},
        ),
        (
            "id,measure,day,value\ns1,promoted,2024-07-01,1\n",
            {
                "id": "person",
                "measure": "hr_outcomes.measure",
                "day": "hr_outcomes.as_of",
                "value": "hr_outcomes.value",
            },
            {},
            "hr_outcomes",
            {"person_id": "s1", "measure": "promoted", "as_of": "2024-07-01", "value": "1"},
        ),
        (
            "id,link\ns1,YES\n",
            {"id": "person", "link": "consent.allow_hr_link"},
            {"consent.basis": "consent"},
            "consent",
            {"person_id": "s1", "basis": "consent", "allow_hr_link": "yes"},
        ),
        (
            "no,what,money\nc1,training,1200.5\n",
            {"no": "costs.cost_id", "what": "costs.category", "money": "costs.amount"},
            {},
            "costs",
            {"cost_id": "c1", "category": "training", "amount": "1200.5"},
        ),
        (
            "id,what,much\ns1,need_data,3\n",
            {"id": "person", "what": "profiles.attribute", "much": "profiles.value"},
            {},
            "profiles",
            {"person_id": "s1", "attribute": "need_data", "value": "3"},
        ),
        (
            "id,excel,where\ns1,2,Milan\n",
            {"id": "person", "excel": "profiles.skill_excel", "where": "ignore"},
            {},
            "profiles",
            {"person_id": "s1", "attribute": "skill_excel", "value": "2"},
        ),
        (
            "pair,day,length\np1,2024-02-06,45\n",
            {"pair": "meetings.pair_id", "day": "meetings.date", "length": "meetings.minutes"},
            {"meetings.source": "self"},
            "meetings",
            {
                "meeting_id": "p1-2024-02-06",
                "pair_id": "p1",
                "date": "2024-02-06",
                "minutes": "45",
                "source": "self",
            },
        ),
    ],
)
def test_a_row_of_a_file_is_a_row_of_a_table(tmp_path, text, columns, always, table, expected):
    found = read(tmp_path, text, columns, {"table": table}, always=always)
    assert rows(found.tables[table]) == [expected]


def test_whoever_is_named_has_a_row_were_all_else_empty(tmp_path):
    text, columns = "id,unit\ns1,Sales\ns2,\n", {"id": "person", "unit": "participants.unit"}
    found = read(tmp_path, text, columns, {"table": "participants", "role": "mentee"})
    assert rows(found.tables["participants"]) == [
        {"person_id": "s1", "role": "mentee", "unit": "Sales"},
        {"person_id": "s2", "role": "mentee", "unit": None},
    ]
    # an arm that is missing is said, not passed over
    (problem,) = refused(
        tmp_path,
        "id,arm\ns1,waitlist\ns2,\n",
        {"id": "person", "arm": "assignments.arm"},
        {"table": "assignments"},
    )
    assert (problem.row, problem.column) == (3, "arm")
    # a column of answers that is empty is no answer
    assert len(read(tmp_path, "id,n\ns1,3\ns2,\n", {"id": "person", "n": "responses.calls"}).responses) == 1


def test_answers_long_and_wide_with_their_day_and_time(tmp_path, study):
    plan = read_plan(study / "study.yml")
    long = "id,wave,what,item,value\ns1,pre,comfort,c1,Spesso\ns1,post,calls,,7\n"
    columns = {
        "id": "person",
        "wave": "responses.wave_id",
        "what": "responses.instrument_id",
        "item": "responses.item_id",
        "value": "responses.value",
    }
    found = read(tmp_path, long, columns, {}, plan)
    assert found.responses.drop(columns="rater_id").astype(object).fillna("").to_numpy().tolist() == [
        ["s1", "post", "calls", "", "7"],
        ["s1", "pre", "comfort", "c1", "4"],
    ]
    wide = "id,c1,c2,when,took\ns1,Always,2,2024-01-08 10:00:00,95\n"
    columns = {
        "id": "person",
        "c1": "responses.comfort.c1",
        "c2": "responses.comfort.c2",
        "when": "answered_at",
        "took": "seconds",
    }
    table = read(tmp_path, wide, columns, None, plan).responses
    assert table[["item_id", "value", "answered_at", "seconds"]].to_numpy().tolist() == [
        ["c1", "5", "2024-01-08", "95"],
        ["c2", "2", "2024-01-08", "95"],
    ]


def test_labels_and_figures_in_one_column_are_known(tmp_path, study):
    plan = read_plan(study / "study.yml")
    text = "id,c1\ns1,Always\ns2,4\n"
    found = read(tmp_path, text, {"id": "person", "c1": "responses.comfort.c1"}, None, plan)
    assert [(one.rule, one.severity) for one in found.findings] == [("label_answers", "to know")]


def test_a_wave_with_another_range_says_the_line_to_write(tmp_path, study):
    plan = read_plan(study / "study.yml")
    text = "id,c1\ns1,7\ns2,6\ns3,2\n"
    columns = {"id": "person", "c1": "responses.comfort.c1"}
    problems = refused(tmp_path, text, columns, None, plan)
    assert [(one.row, one.rule) for one in problems] == [(2, "range_change"), (3, "range_change")]
    assert "rescale: {comfort: {from: [1, 7], to: [1, 5]}}" in problems[0].next_step
    # one answer outside is a slip
    (problem,) = refused(tmp_path, "id,c1\ns1,7\ns2,2\n", columns, None, plan)
    assert problem.rule == "out_of_range"


def test_one_day_that_proves_the_order_is_named_for_all(tmp_path):
    text = "id,on\ns1,03/04/2024\ns2,31/03/2024\n"
    columns = {"id": "person", "on": "applications.applied_on"}
    problems = refused(tmp_path, text, columns, {"table": "applications"})
    assert [one.row for one in problems] == [2, 3]
    assert all("`dates: dmy`" in one.next_step and "row 3" in one.next_step for one in problems)


def test_columns_that_the_mapping_does_not_name_are_refused_at_once_with_the_way_out(tmp_path):
    problems = refused(tmp_path, "id,a,b\ns1,1,2\ns2,3,4\n", {"id": "person"})
    assert [one.column for one in problems] == ["a", "b"]
    assert all("`ignore`" in one.next_step for one in problems)


@pytest.mark.parametrize(
    ("cell", "column"),
    [("Maria Rossi", "Boss"), ("maria@example.org", "Boss"), ("x", "Full name"), ("y " * 50, "Boss")],
)
def test_names_and_free_text_never_become_a_covariate(tmp_path, cell, column):
    text = f"id,{column}\ns1,{cell}\n"
    problems = refused(
        tmp_path,
        text,
        {"id": "person", column: "participants.boss"},
        {"table": "participants", "role": "mentee"},
    )
    assert {one.rule for one in problems} == {"names_in_text"}
    assert "Rossi" not in str(problems[0])
    assert "maria@" not in str(problems[0])


def test_a_column_of_comments_is_refused_even_where_no_cell_looks_like_a_name(tmp_path):
    lines = "".join(f"s{n},in week {n} we talked about calendars and mail\n" for n in range(8))
    columns = {"id": "person", "Comment": "participants.comment"}
    problems = refused(tmp_path, "id,Comment\n" + lines, columns, {"table": "participants", "role": "mentee"})
    assert [(one.column, one.rule) for one in problems] == [("Comment", "names_in_text")]


@pytest.mark.parametrize("given", ["maria.rossi@example.org", "Maria Rossi"])
def test_a_name_is_no_pseudonym(tmp_path, given):
    (problem,) = refused(tmp_path, f"id,n\n{given},3\n", {"id": "person", "n": "responses.calls"})
    assert problem.rule in ("email_key", "names_in_text")
    assert "aria" not in str(problem)


@pytest.mark.parametrize(
    ("cell", "rule"), [("Test", "test_rows"), ("prova 2", "test_rows"), ("Totale", "sheet_layout")]
)
def test_rows_that_look_like_tests_or_totals_are_refused_until_decided(tmp_path, cell, rule):
    text = f"id,n\ns1,3\n{cell},5\n"
    (problem,) = refused(tmp_path, text, {"id": "person", "n": "responses.calls"})
    assert (problem.row, problem.rule) == (3, rule)
    out = [{"column": "id", "values": [cell], "because": "not a person"}]
    found = read(tmp_path, text, {"id": "person", "n": "responses.calls"}, leave_out=out)
    assert found.responses["person_id"].tolist() == ["s1"]


def test_what_a_table_needs_and_a_row_lacks_is_said(tmp_path):
    problems = refused(tmp_path, "id,how\ns1,lottery\n", {"id": "person", "how": "assignments.mechanism"})
    assert "assignments needs arm" in problems[0].what
    assert "under always" in problems[0].next_step


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("pairs.mentorid", "mentor_id"),
        ("pairs", "pairs.COLUMN"),
        ("code.mom", "mother"),
        ("person.x", "person"),
    ],
)
def test_a_place_that_is_none_is_refused_with_the_nearest(place, said):
    with pytest.raises(DataError, match=said):
        mapping({"a": place})


def test_what_the_plan_does_not_know_is_refused(tmp_path, study):
    plan = read_plan(study / "study.yml")
    columns = {"id": "person", "a": "responses.comfrt.c1", "b": "responses.comfort.c9"}
    problems = refused(tmp_path, "id,a,b\ns1,1,2\n", columns, {"wave": "late"}, plan)
    assert [one.what for one in problems] == [
        "the plan has no such wave",
        "the plan has no such instrument",
        "the plan has no such item of comfort",
    ]


def test_everything_wrong_in_all_files_is_said_at_once(tmp_path):
    (tmp_path / "a.csv").write_text("id,n\ns1,many\n")
    (tmp_path / "b.csv").write_text("id,n\ns2,few\n")
    paths = [tmp_path / "a.csv", tmp_path / "b.csv", tmp_path / "none.csv"]
    with pytest.raises(DataError) as error:
        rm.readers.read_answers(paths, mapping({"id": "person", "n": "responses.calls"}), source="csv")
    assert {one.file for one in error.value.problems} == {"a.csv", "b.csv", "none.csv"}


def test_a_proposal_is_not_imported(tmp_path):
    content = {"format": 1, "confirmed": "no", "questionnaires": {}, "sources": {"csv": {}}}
    with pytest.raises(DataError, match="confirmed: yes"):
        rm.readers.read_answers(tmp_path / "a.csv", parse_mapping(content), source="csv")


def test_the_command_writes_all_tables_or_none(tmp_path, study):
    (tmp_path / "m.yml").write_text(
        "format: 1\nquestionnaires: {hr: {table: participants, role: mentee}}\n"
        "sources: {csv: {hr: {columns: {id: person, unit: participants.unit, stay: hr_outcomes.value.stay},"
        " always: {hr_outcomes.as_of: 2024-07-01}}}}\n"
    )
    options = ["--study", str(study), "--map", str(tmp_path / "m.yml")]
    run = CliRunner()
    (tmp_path / "bad.csv").write_text("id,unit,stay\ns1,Sales,1\ns2,Sales,perhaps\n")
    before = sorted(path.name for path in study.iterdir())
    assert isinstance(
        run.invoke(app, ["import", "csv", str(tmp_path / "bad.csv"), *options]).exception, DataError
    )
    assert sorted(path.name for path in study.iterdir()) == before
    (tmp_path / "good.csv").write_text("id,unit,stay\ns1,Sales,1\ns2,Sales,0\n")
    done = run.invoke(app, ["import", "csv", str(tmp_path / "good.csv"), *options])
    assert done.exit_code == 0, done.exception
    assert pd.read_csv(study / "participants.csv").to_numpy().tolist() == [
        ["s1", "mentee", "Sales"],
        ["s2", "mentee", "Sales"],
    ]
    assert len(pd.read_csv(study / "hr_outcomes.csv")) == 2
    # the same again changes nothing; another value for the same person does not overwrite
    kept = (study / "hr_outcomes.csv").read_bytes()
    assert run.invoke(app, ["import", "csv", str(tmp_path / "good.csv"), *options]).exit_code == 0
    assert (study / "hr_outcomes.csv").read_bytes() == kept
    (tmp_path / "other.csv").write_text("id,unit,stay\ns1,Sales,0\n")
    again = run.invoke(app, ["import", "csv", str(tmp_path / "other.csv"), *options])
    assert "differ from those already in the study" in str(again.exception)
    assert (study / "hr_outcomes.csv").read_bytes() == kept
