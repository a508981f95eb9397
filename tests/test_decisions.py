"""What the mapping decides is done, counted and written down; what it does not decide is refused."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

import rmstudy as rm
from rmstudy.cli import app
from rmstudy.errors import DataError
from rmstudy.readers import mapping as layout
from rmstudy.readers.mapping import parse_mapping
from rmstudy.readers.placing.decisions import Decision, log_with
from rmstudy.study.messes import MESSES
from rmstudy.study.tables import TABLES

COLUMNS = {
    "id": "person",
    "when": "answered_at",
    "a": "responses.calls",
    "b": "responses.hours",
    "name": "ignore",
}
TWICE = (
    "id,when,a,b,name\n"
    "s1,2024-01-09 09:00:00,3,,x\n"
    "s1,2024-01-08 09:00:00,4,5,x\n"
    "s2,2024-01-08 10:00:00,1,1,x\n"
)


def mapping(columns=None, sent=None, **export):
    return parse_mapping(
        {
            "format": 1,
            "questionnaires": {"pre": sent or {"wave": "pre", "role": "mentee"}},
            "sources": {"csv": {"pre": {"columns": columns or COLUMNS, **export}}},
        }
    )


def read(tmp_path, text, columns=None, sent=None, **export):
    path = tmp_path / "file.csv"
    path.write_text(text, encoding="utf-8")
    return rm.readers.read_answers(path, mapping(columns, sent, **export), source="csv")


def of(found, person):
    rows = found.responses[found.responses["person_id"] == person]
    return dict(zip(rows["instrument_id"], rows["value"], strict=True))


def test_two_sheets_of_one_person_are_refused_with_both_rows(tmp_path):
    with pytest.raises(DataError) as error:
        read(tmp_path, TWICE)
    (problem,) = error.value.problems
    assert (problem.row, problem.rule) == (3, "two_answers")
    assert "row 2" in problem.what
    assert "`keep`" in problem.next_step


@pytest.mark.parametrize(
    ("decision", "expected", "row"),
    [
        ({"keep": "first"}, {"calls": "3"}, 2),
        ({"keep": "last"}, {"calls": "4", "hours": "5"}, 3),
        ({"keep": "first", "order_by": "when"}, {"calls": "4", "hours": "5"}, 3),
        ({"keep": "last", "order_by": "when"}, {"calls": "3"}, 2),
        ({"keep": "most_complete"}, {"calls": "4", "hours": "5"}, 3),
    ],
)
def test_one_of_two_sheets_is_kept_whole_and_the_choice_is_logged(tmp_path, decision, expected, row):
    found = read(tmp_path, TWICE, **decision)
    assert of(found, "s1") == expected
    assert of(found, "s2") == {"calls": "1", "hours": "1"}
    (choice,) = found.decisions
    assert (choice.rule, choice.table, choice.key) == ("two_answers", "responses", "s1")
    assert "rows 2, 3" in choice.before
    assert f"row {row} kept" in choice.after
    assert [(one.rule, one.severity) for one in found.findings] == [("two_answers", "to know")]


def test_nothing_chooses_between_two_of_the_same_moment(tmp_path):
    text = TWICE.replace("2024-01-09", "2024-01-08")
    with pytest.raises(DataError, match="does not say which of the rows 2, 3 came last"):
        read(tmp_path, text, keep="last", order_by="when")


def test_an_extract_with_a_row_a_contract(tmp_path):
    text = "id,unit,from\ns1,Sales,2019-05-01\ns1,Legal,2022-01-01\ns2,Sales,2020-01-01\n"
    columns = {"id": "person", "unit": "participants.unit", "from": "ignore"}
    sent = {"table": "participants", "role": "mentee"}
    with pytest.raises(DataError) as error:
        read(tmp_path, text, columns, sent)
    (problem,) = error.value.problems
    assert (problem.row, problem.rule) == (3, "duplicate_person")
    found = read(tmp_path, text, columns, sent, keep="last", order_by="from")
    table = found.tables["participants"].set_index("person_id")["unit"]
    assert table.to_dict() == {"s1": "Legal", "s2": "Sales"}
    assert [(one.rule, one.table, one.key) for one in found.decisions] == [
        ("duplicate_person", "participants", "s1")
    ]


def test_every_decision_about_cells_is_counted_and_none_names_a_value_of_a_person(tmp_path):
    text = (
        "id;on;a;b;name\n"
        "s1;31/03/2024;99;1.234,5;Anna Rossi\n"
        "s2;01/04/2024;2;7,5;Bruno Bianchi\n"
        "s3;01/04/2024;4;1;Prova Prova\n"
    )
    columns = {
        "id": "person",
        "on": "answered_at",
        "a": "responses.comfort",
        "b": "responses.hours",
        "name": "ignore",
    }
    found = read(
        tmp_path,
        text,
        columns,
        decimal=",",
        thousands=".",
        dates="dmy",
        missing=["99"],
        rescale={"comfort": {"from": [1, 7], "to": [1, 5]}},
        leave_out=[{"column": "name", "values": ["prova prova"], "because": "a test"}],
    )
    said = {one.rule: (one.before, one.after) for one in found.decisions}
    assert set(said) == {"ambiguous_dates", "decimal_comma", "missing_code", "range_change", "test_rows"}
    assert said["missing_code"] == ("99 in comfort (pre), cells: 1", "no answer")
    assert said["test_rows"][1] == "left out: a test"
    assert "cells: 2" in said["ambiguous_dates"][0]
    assert "cells: 2" in said["decimal_comma"][0], "1.234,5 and 7,5; 1 is 1 either way"
    assert said["range_change"] == ("comfort (pre) from 1 to 7, cells: 1", "from 1 to 5")
    # by hand: 2 is a sixth of the way from 1 to 7
    assert float(of(found, "s2")["comfort"]) == pytest.approx(1 + 4 / 6)
    assert of(found, "s1") == {"hours": "1234.5"}
    assert set(found.responses["answered_at"]) == {"2024-03-31", "2024-04-01"}
    log = " ".join(f"{one.before} {one.after} {one.key}" for one in found.decisions)
    assert not any(name in log for name in ("Rossi", "Bianchi", "Prova"))
    assert {one.rule for one in found.decisions} <= set(MESSES)


def test_a_column_that_a_decision_names_must_be_there(tmp_path):
    out = [{"column": "Nome", "values": ["Test"]}]
    with pytest.raises(DataError, match="a column that leave_out names is missing"):
        read(tmp_path, TWICE, keep="last", leave_out=out)
    with pytest.raises(DataError, match="a column that order_by names is missing"):
        read(tmp_path, TWICE, keep="last", order_by="date")


def test_what_always_holds_does_not_overwrite_the_file(tmp_path):
    with pytest.raises(DataError, match="the file says something itself"):
        read(
            tmp_path,
            "id,a\ns1,3\n",
            {"id": "person", "a": "responses.calls"},
            always={"responses.calls": "1"},
        )


def test_the_log_goes_on_counting_and_says_nothing_twice():
    old = pd.DataFrame({"n": ["7"], "when": ["2024-01-01"], "rule": ["careless"], "table": ["responses"]})
    one = Decision("two_answers", "responses", "rows 2, 3", "row 3 kept", "s1")
    log = log_with(old, [one], who="HR", today=dt.date(2024, 3, 31))
    assert list(log.columns) == list(TABLES["decision_log"].columns)
    assert log.iloc[-1].tolist() == [
        *("8", "2024-03-31", "two_answers", "responses", "s1", "rows 2, 3", "row 3 kept", "HR")
    ]
    assert len(log_with(log, [one, one], who="HR", today=dt.date(2024, 4, 1))) == 2


PLAN = """version: 1
programme: {name: Buddies}
goals: [{id: g, statement: S, role: mentee, criteria: [{id: c, instrument: calls, contrast: change, threshold: 1}]}]
instruments: {calls: {name: Calls, role: mentee}}
waves: {pre: {closed: 2024-01-10}, post: {closed: 2024-07-10}}
"""


def folder(tmp_path, export):
    study = tmp_path / "study"
    study.mkdir()
    (study / "study.yml").write_text(PLAN)
    (study / "participants.csv").write_text("person_id,role\ns1,mentee\ns2,mentee\n")
    (tmp_path / "mapping.yml").write_text(
        f"format: 1\nquestionnaires: {{pre: {{wave: pre}}}}\nsources: {{csv: {{pre: {export}}}}}\n"
    )
    return study


def test_the_same_import_twice_adds_nothing_twice(tmp_path):
    study = folder(tmp_path, "{columns: {id: person, a: responses.calls}, keep: last, missing: ['99']}")
    (tmp_path / "pre.csv").write_text("id,a\ns1,3\ns1,4\ns2,99\n")
    run = CliRunner()
    command = ["import", "csv", str(tmp_path / "pre.csv"), "--study", str(study)]
    command += ["--map", str(tmp_path / "mapping.yml"), "--by", "LD"]
    assert run.invoke(app, command).exit_code == 0
    files = {path.name: path.read_bytes() for path in study.iterdir()}
    log = pd.read_csv(study / "decision_log.csv", dtype=str).fillna("")
    assert log[["n", "rule", "key", "who"]].to_numpy().tolist() == [
        ["1", "missing_code", "", "LD"],
        ["2", "two_answers", "s1", "LD"],
    ]
    assert run.invoke(app, command).exit_code == 0
    assert {path.name: path.read_bytes() for path in study.iterdir()} == files


def test_addresses_become_pseudonyms_and_stay_outside(tmp_path):
    study = folder(tmp_path, "{columns: {mail: person, a: responses.calls}, identify: email}")
    (tmp_path / "codes.csv").write_text(
        "code,person_id\nanna.rossi@example.org,s1\nb.bianchi@example.org,s2\n"
    )
    (tmp_path / "pre.csv").write_text(
        "mail,a\nanna.rossi@example.org,3\nB.Bianchi@Example.org,4\nnobody@example.com,5\n"
    )
    command = ["import", "csv", str(tmp_path / "pre.csv"), "--study", str(study)]
    command += ["--map", str(tmp_path / "mapping.yml")]
    run = CliRunner()
    without = run.invoke(app, command)
    assert "responses.csv" not in {path.name for path in study.iterdir()}
    assert "example" not in without.output
    done = run.invoke(app, [*command, "--codes", str(tmp_path / "codes.csv")])
    assert done.exit_code == 0, done.exception
    assert pd.read_csv(study / "linkage.csv")[["person_id", "wave_id", "match"]].to_numpy().tolist() == [
        ["s1", "pre", "exact"],
        ["s2", "pre", "normalised"],
    ]
    assert set(pd.read_csv(study / "responses.csv")["person_id"]) == {"s1", "s2"}
    written = b"".join(path.read_bytes() for path in study.iterdir())
    assert b"@" not in written
    assert b"ossi" not in written
    assert "example" not in done.output


def test_people_of_a_pair_are_named_by_the_list_as_well(tmp_path):
    columns = {"p": "pairs.pair_id", "a": "pairs.mentor_id", "b": "pairs.mentee_id"}
    path = tmp_path / "pairs.csv"
    path.write_text("p,a,b\np1,junior@example.org,senior@example.org\n")
    found = rm.readers.read_answers(
        path,
        mapping(columns, {"table": "pairs"}, identify="email"),
        source="csv",
        codes={"junior@example.org": "j1", "senior@example.org": "s1"},
    )
    assert found.tables["pairs"][["pair_id", "mentor_id", "mentee_id"]].to_numpy().tolist() == [
        ["p1", "j1", "s1"]
    ]


DOC = Path(__file__).resolve().parents[1] / "docs" / "importing.md"


def section(text, heading):
    """What stands under a heading, up to the next of any rank."""
    return re.split(r"^#+ ", text.split(f"\n{heading}\n")[1], maxsplit=1, flags=re.MULTILINE)[0]


@pytest.mark.parametrize(
    ("heading", "model"),
    [
        ("## The whole file", layout.Mapping),
        ("## A questionnaire", layout.Sent),
        ("## An export", layout.Export),
        ("### The file", layout.Form),
        ("### Another range", layout.Rescale),
        ("### Rows of nobody", layout.LeftOut),
    ],
)
def test_every_key_of_the_mapping_is_documented_and_nothing_else(heading, model):
    shown = re.findall(r"^\| `(\w+)` \|", section(DOC.read_text(encoding="utf-8"), heading), re.MULTILINE)
    assert shown == [field.alias or name for name, field in model.model_fields.items()]


def test_the_examples_of_the_page_are_mappings():
    whole, *parts = re.findall(
        r"^```yaml\n(.*?)^```$", DOC.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    assert parse_mapping(yaml.load(whole, Loader=layout._TextLoader)).sources["csv"]["after"].keep == "last"
    keys = set()
    for part in parts:
        content = yaml.load(part, Loader=layout._TextLoader)
        layout.Export.model_validate({"columns": {}, **content})
        keys |= set(content)
    # an example of every decision; digits and new_people are single words
    assert keys >= set(layout.Export.model_fields) - {"columns", "digits", "new_people"}


def test_the_sources_of_the_page_are_those_of_the_code():
    text = section(DOC.read_text(encoding="utf-8"), "## The whole file")
    row = next(line for line in text.splitlines() if line.startswith("| `sources`"))
    named = row.partition("by tool (")[2].partition(")")[0]
    assert re.findall(r"`(\w+)`", named) == list(rm.readers.SOURCES)


def test_the_example_of_the_page_imports(tmp_path):
    whole = re.search(r"^```yaml\n(.*?)^```$", DOC.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)[1]
    known = parse_mapping(yaml.load(whole, Loader=layout._TextLoader))
    path = tmp_path / "staff.csv"
    lines = [
        "Matricola;Cognome e nome;Reparto;In forza",
        "12;Rossi Maria;Qualità;sì",
        "345;Verdi Ugo;Vendite;No",
    ]
    path.write_bytes("\n".join([*lines, ";;Totale;"]).encode("cp1252"))
    found = rm.readers.read_answers(
        path, known, source="csv", questionnaire="staff", codes={"000012": "s1", "000345": "s2"}
    )
    assert found.tables["participants"].to_numpy().tolist() == [
        ["s1", "mentee", "Qualità"],
        ["s2", "mentee", "Vendite"],
    ]
    assert found.tables["hr_outcomes"]["value"].tolist() == ["1", "0"]
    after = tmp_path / "after.csv"
    after.write_text(
        "E-mail,Data,D1\na@example.org,30/06/2024,2\na@example.org,01/07/2024,4\nb@example.org,01/07/2024,99\n"
    )
    found = rm.readers.read_answers(
        after,
        known,
        source="csv",
        questionnaire="after",
        codes={"a@example.org": "s1", "b@example.org": "s2"},
    )
    assert found.responses[["person_id", "value", "answered_at"]].to_numpy().tolist() == [
        ["s1", "4", "2024-07-01"]
    ]
