"""What people allowed, and until when."""

from __future__ import annotations

import datetime as dt
import shutil

import pytest
from typer.testing import CliRunner

import rmstudy as rm
from rmstudy.cli import app
from rmstudy.errors import DataError
from rmstudy.study.consent import retention_problems

HEAD = "person_id,notice_version,basis,allow_hr_link,allow_quotes,given_on,withdrawn_on\n"


@pytest.fixture
def study(tmp_path):
    folder = tmp_path / "study"
    shutil.copytree(rm.load_sample("eight-pairs").path, folder)
    plan = (folder / "study.yml").read_text(encoding="utf-8")
    if "notice_version" not in plan:
        plan = plan.replace("privacy:\n", 'privacy:\n  notice_version: "2"\n', 1)
    (folder / "study.yml").write_text(plan, encoding="utf-8")
    return folder


def everybody(folder):
    lines = (folder / "participants.csv").read_text(encoding="utf-8").splitlines()
    return [line.partition(",")[0] for line in lines[1:]]


def give(folder, **other):
    """A consent table in which everybody allows everything, but for some people."""
    rows = [f"{one},{other.get(one, '2,consent,yes,yes,2023-12-01,')}" for one in everybody(folder)]
    (folder / "consent.csv").write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")


def answered(folder):
    """Somebody who answered."""
    return rm.load_study(folder).answers["person_id"].iloc[0]


def about_consent(problems):
    words = ("the person withdrew", "no row in consent", "another notice", "does not allow the link")
    return [one for one in problems if any(word in one.what for word in words)]


def test_without_the_table_and_with_everybodys_yes_nothing_is_said(study):
    assert about_consent(rm.load_study(study).findings) == []
    give(study)
    assert about_consent(rm.load_study(study).findings) == []


def test_who_withdrew_and_has_answers_is_to_be_decided(study):
    person = answered(study)
    give(study, **{person: "2,consent,yes,yes,2023-12-01,2999-01-01"})
    (one,) = about_consent(rm.load_study(study).findings)
    assert (one.severity, one.file, one.column, one.value) == (
        "to decide",
        "consent.csv",
        "withdrawn_on",
        person,
    )
    assert one.row == 2 + everybody(study).index(person) and "rmstudy forget" in one.next_step


def test_an_answer_after_the_withdrawal_is_refused_by_its_day_or_that_of_its_wave(study):
    person = answered(study)
    give(study, **{person: "2,consent,yes,yes,2000-01-01,2000-02-01"})
    opened = [
        wave.opened for wave in rm.load_study.__globals__["read_plan"](study / "study.yml").waves.values()
    ]
    if not any(opened):
        plan = (study / "study.yml").read_text(encoding="utf-8")
        (study / "study.yml").write_text(plan.replace("  pre:\n", "  pre:\n    opened: 2024-01-01\n", 1))
    with pytest.raises(DataError, match="an answer given after the person withdrew") as refused:
        rm.load_study(study)
    assert {one.file for one in about_consent(refused.value.problems)} == {"responses.csv"}
    assert all(one.row > 1 for one in about_consent(refused.value.problems))


def test_data_of_somebody_without_a_row_are_to_be_decided(study):
    person = answered(study)
    give(study)
    table = (study / "consent.csv").read_text().splitlines(keepends=True)
    (study / "consent.csv").write_text("".join(line for line in table if not line.startswith(f"{person},")))
    (one,) = about_consent(rm.load_study(study).findings)
    assert one.value == person and one.file == "participants.csv" and one.severity == "to decide"


def test_another_notice_is_to_be_decided(study):
    person = answered(study)
    give(study, **{person: "1,consent,yes,yes,2023-12-01,"})
    (one,) = about_consent(rm.load_study(study).findings)
    assert one.column == "notice_version" and one.value == "1" and one.severity == "to decide"


def test_hr_outcomes_of_who_does_not_allow_the_link_are_refused(study):
    person = answered(study)
    head = "person_id,measure,as_of,value\n"
    (study / "hr_outcomes.csv").write_text(f"{head}{person},still_employed,2024-12-01,1\n")
    give(study)
    rm.load_study(study)
    give(study, **{person: "2,consent,no,yes,2023-12-01,"})
    with pytest.raises(DataError, match=r"hr_outcomes.csv, row 2.*does not allow the link"):
        rm.load_study(study)


def test_somebody_in_consent_who_is_no_participant_is_refused(study):
    give(study)
    with (study / "consent.csv").open("a") as file:
        file.write("nobody9,2,consent,yes,yes,2023-12-01,\n")
    with pytest.raises(DataError, match=r"consent.csv, row"):
        rm.load_study(study)


@pytest.mark.parametrize(
    ("day", "severity"),
    [
        ("2026-11-01", None),
        ("2026-12-01", None),
        ("2026-12-02", "to know"),
        ("2026-12-31", "to know"),
        ("2027-01-01", "to decide"),
    ],
)
def test_the_day_of_deletion(day, severity):
    plan = rm.load_sample("digital-skills").plan
    assert plan.privacy.retention_until == dt.date(2026, 12, 31)
    found = retention_problems(plan, dt.date.fromisoformat(day))
    assert [one.severity for one in found] == ([severity] if severity else [])


def test_check_and_evaluate_say_it_once_and_evaluate_still_judges(monkeypatch, study):
    monkeypatch.setattr("rmstudy.study.consent.today", lambda: dt.date(2030, 1, 1))
    for command in (["check", str(study)], ["evaluate", str(study)], ["evaluate", str(study), "--json"]):
        result = CliRunner().invoke(app, command)
        assert result.exit_code == 0
        assert result.output.count("were to be deleted by 2026-12-31") == 1
    assert "deleted" not in CliRunner().invoke(app, ["evaluate", str(study), "--json"]).stdout
