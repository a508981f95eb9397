"""A new study's folder: it loads at once, whatever was answered, and says what is still open."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import rmstudy as rm
from rmstudy.cli import app
from rmstudy.errors import DesignError, PlanError, RmstudyError
from rmstudy.study.new import QUESTIONS, questions, read_answers
from rmstudy.study.new.answers import answer_to, checked
from rmstudy.study.new.draft import draft
from rmstudy.study.planfile import parse_plan
from rmstudy.study.tables import TABLES

LEAST = {
    "name": "Digital buddies",
    "goal": "Seniors feel surer with digital tools.",
    "success": "Confidence",
    "threshold": 0.5,
    "instrument": "Confidence, 1 to 5",
}
FULL = LEAST | {
    "method": "A junior and a senior meet every month.",
    "level": 2,
    "rationale": "Managers of a pilot noticed as much.",
    "fixed_on": "2024-11-20",
    "items": ["I try new functions.", "I find help.", "I help others."],
    "lowest": 1,
    "highest": 5,
    "licence": "own wording",
    "commercial_ok": "yes",
    "before": "2024-12-02",
    "after": "2025-07-14",
    "start": dt.date(2025, 1, 13),
    "end": "2025-07-11",
    "seats": "12",
    "meetings": 6,
    "minutes": 60,
    "recruitment": "open",
    "who_takes_part": "Seniors who apply.",
    "who_selects": "A public draw.",
    "mechanism": "lottery",
    "comparison": "waitlist",
    "commitment": "Six meetings.",
    "progress": "The coordinator, every second week.",
    "legal_basis": "Agreement of 2024-09-18.",
    "privacy_basis": "Legitimate interest.",
    "contact": "the shared mailbox",
    "delete_on": "2027-12-31",
    "client": "Example Ltd",
}


def test_a_new_study_loads_at_once_with_no_people(tmp_path):
    study = rm.new_study(tmp_path / "new", answers=LEAST)
    names = {path.name for path in (tmp_path / "new").iterdir()}
    assert names == {"study.yml", "README.md", *(f"{name}.csv" for name in TABLES)}
    assert study.participation("mentee").empty or study.participation("mentee")["n"].sum() == 0
    assert {finding.severity for finding in study.findings} == {"to know"}
    (empty,) = [finding.what for finding in study.findings if "without rows" in finding.what]
    assert all(name in empty for name in TABLES)
    assert set(study.tables) == {"participants", "responses"}
    assert "goal" in repr(study)
    for name, table in TABLES.items():
        header = (tmp_path / "new" / f"{name}.csv").read_text(encoding="utf-8")
        assert header == ",".join(table.columns) + "\n"


@pytest.mark.parametrize("answers", [LEAST, FULL], ids=["least", "full"])
@pytest.mark.parametrize("lang", ["en", "it"])
def test_a_study_without_people_is_judged_as_not_enough_data(tmp_path, answers, lang):
    judged = rm.evaluate(rm.new_study(tmp_path / "new", answers=answers, lang=lang))
    assert {one.verdict for one in judged.criteria} == {"not_enough_data"}
    assert judged.criteria[0].gate.code == "gate_wave_open"
    assert judged.text(lang)


def test_what_was_answered_stands_in_the_plan(tmp_path):
    plan = rm.new_study(tmp_path, answers=FULL, lang="it").plan
    (goal,) = plan.goals
    (criterion,) = goal.criteria
    assert (goal.role, goal.level, criterion.contrast, criterion.threshold) == (
        "mentee",
        2,
        "comparison",
        0.5,
    )
    assert criterion.fixed_on == dt.date(2024, 11, 20)
    assert list(plan.instruments["confidence_1_to_5"].items.values()) == FULL["items"]
    assert plan.instruments["confidence_1_to_5"].range == (1, 5)
    assert plan.design.assignment["mentee"].mechanism == "lottery"
    assert plan.design.assignment["mentee"].comparison == "waitlist"
    assert (plan.programme.seats, plan.programme.days) == (12, 179)
    assert plan.waves["post"].opened == dt.date(2025, 7, 14)
    assert plan.waves["post"].closed is None
    assert plan.privacy.retention_until == dt.date(2027, 12, 31)
    assert plan.report.languages[0] == "it"


def test_a_comparison_needs_to_know_how_people_get_a_seat(tmp_path):
    with pytest.raises(PlanError, match="mechanism: needed where people are compared"):
        rm.new_study(tmp_path / "new", answers=LEAST | {"comparison": "waitlist"})
    assert not (tmp_path / "new").exists()


def test_everything_wrong_with_the_answers_is_said_at_once(tmp_path):
    with pytest.raises(PlanError) as error:
        rm.new_study(tmp_path / "new", answers={"threshold": "much", "seats": 1.5, "gaol": "x", "level": 5})
    text = str(error.value)
    for said in (
        "no question is called 'gaol'. Did you mean 'goal'?",
        "name: an answer is needed",
        "threshold: not a number",
        "seats: not a whole number",
        "level: '5' is not one of 1, 2, 3, 4",
    ):
        assert said in text
    assert not (tmp_path / "new").exists()


def test_answers_that_contradict_each_other_are_refused_before_anything_is_written(tmp_path):
    with pytest.raises(PlanError, match="ends before it starts"):
        rm.new_study(tmp_path / "new", answers=FULL | {"end": "2024-01-01"})
    with pytest.raises(PlanError, match="larger than the whole scale"):
        rm.new_study(tmp_path / "new", answers=FULL | {"threshold": 40})
    assert not (tmp_path / "new").exists()


def test_a_folder_with_something_in_it_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(DesignError, match="is not an empty folder"):
        rm.new_study(tmp_path, answers=LEAST)
    with pytest.raises(DesignError, match="is not an empty folder"):
        rm.new_study(tmp_path / "thesis.txt", answers=LEAST)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
    with pytest.raises(RmstudyError, match="Unknown language 'de'"):
        rm.new_study(tmp_path / "new", answers=LEAST, lang="de")


@pytest.mark.parametrize("lang", ["en", "it"])
def test_every_commented_key_is_a_key_of_the_plan(lang):
    """Whoever takes away a # gets a plan that is read: the comments are keys with room for a value."""
    text = draft(checked(LEAST), lang)
    written = {
        "end": "2025-07-11", "start": "2025-01-13", "opened": "2025-07-14", "closed": "2025-08-01",
        "fixed_on": "2024-11-20", "retention_until": "2027-12-31", "seats": 12, "planned_meetings": 6,
        "planned_minutes": 60, "recruitment": "open", "level": 2, "applicants": 30, "range": "[1, 5]",
        "reference_mean": 3.1, "reference_sd": 0.8, "stability": 0.7, "mechanism": "lottery",
        "comparison": "waitlist",
    }  # fmt: skip
    uncommented = re.sub(
        r"^( +)# (\w+): \.\.\.", lambda m: f"{m[1]}{m[2]}: {written.get(m[2], 'x')}", text, flags=re.M
    )
    uncommented = re.sub(r"^( +)# (assignment|mentee):$", r"\1\2:", uncommented, flags=re.M)
    assert "..." not in re.sub(r"#.*", "", uncommented)
    plan = parse_plan(yaml.safe_load(uncommented))
    assert plan.design.assignment["mentee"].comparison == "waitlist"
    assert plan.monitoring.legal_basis == "x"
    for section in ("programme", "goals", "instruments", "waves", "design", "analysis", "matching", "monitoring",
                    "privacy", "report"):  # fmt: skip
        assert re.search(rf"^# .+\n{section}:$", text, re.M), f"{section} is not explained"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(), st.text(), st.lists(st.text(), max_size=3))
def test_any_text_makes_a_plan_that_says_it(goal, measure, items):
    """Quotation marks, colons, line breaks, emoji, YAML's own words: a text is only a text."""
    answers = LEAST | {"goal": goal, "instrument": measure, "success": measure, "items": items}
    try:
        values = checked(answers)
    except PlanError as error:
        assert "an answer is needed" in str(error)
        return
    if not values["goal"] or not values["instrument"]:
        return
    plan = parse_plan(yaml.safe_load(draft(values)))
    assert plan.goals[0].statement == values["goal"]
    (instrument,) = plan.instruments.values()
    assert instrument.name == values["instrument"]
    assert list(instrument.items.values()) == (values["items"] or [])


@pytest.mark.parametrize(
    "word", ["no", "yes", "On", "null", "1e5", "2024-01-01", "~", "<b>", "{x: 1}", "- a"]
)
def test_words_that_yaml_reads_otherwise_stay_words(tmp_path, word):
    plan = rm.new_study(
        tmp_path, answers=dict.fromkeys(("name", "goal", "success", "instrument"), word) | {"threshold": 1}
    ).plan
    assert (plan.programme.name, plan.goals[0].statement) == (word, word)


def test_answers_are_read_with_a_comma_or_a_point_and_days_as_days():
    by = {question.key: question for question in QUESTIONS}
    assert answer_to(by["threshold"], "0,5") == answer_to(by["threshold"], 0.5) == 0.5
    assert answer_to(by["start"], " 2024-01-15 ") == dt.date(2024, 1, 15)
    assert answer_to(by["items"], "one; two;") == ["one", "two"]
    for key, bad in (
        ("start", "15/01/2024"),
        ("seats", "0"),
        ("threshold", "nan"),
        ("seats", True),
        ("goal", ["x"]),
    ):
        with pytest.raises(ValueError, match=r"write|not a"):
            answer_to(by[key], bad)


def test_numbers_that_may_be_thousands_are_asked_for_again():
    for answer in ({"seats": "1,000"}, {"seats": "1.000"}, {"threshold": "1,250"}):
        with pytest.raises(PlanError, match="not clear whether these are thousands"):
            checked(LEAST | answer)
    assert checked(LEAST | {"seats": "1000", "threshold": "1.250"})["threshold"] == 1.25
    assert checked(LEAST | {"threshold": "1,25"})["threshold"] == 1.25


def test_a_file_of_answers_is_read_or_refused(tmp_path):
    file = tmp_path / "answers.yml"
    file.write_text("goal: Seniors feel surer.\nstart: 2024-01-15\n", encoding="utf-8")
    assert read_answers(file) == {"goal": "Seniors feel surer.", "start": dt.date(2024, 1, 15)}
    for content, said in (("- a\n", "no answers in it"), ("a: [", "not valid YAML")):
        file.write_text(content, encoding="utf-8")
        with pytest.raises(PlanError, match=said):
            read_answers(file)
    with pytest.raises(PlanError, match="cannot be read"):
        read_answers(tmp_path / "none.yml")


def test_every_question_is_asked_in_both_languages():
    english, italian = dict(questions("en")), dict(questions("it"))
    assert list(english) == list(italian) == [one.key for one in QUESTIONS]
    assert not [key for key in english if english[key] == italian[key]]


# --- people arrive step by step ------------------------------------------------------------------------------


def test_answers_may_come_before_anybody_is_assigned(tmp_path):
    rm.new_study(tmp_path, answers=FULL)
    people = [f"s{i},mentee,,,,,," for i in range(6)]
    (tmp_path / "participants.csv").write_text(
        ",".join(TABLES["participants"].columns) + "\n" + "\n".join(people) + "\n", encoding="utf-8"
    )
    answers = [f"s{i},pre,confidence_1_to_5,i{n},3,,," for i in range(6) for n in (1, 2, 3)]
    (tmp_path / "responses.csv").write_text(
        ",".join(TABLES["responses"].columns) + "\n" + "\n".join(answers) + "\n", encoding="utf-8"
    )
    study = rm.load_study(tmp_path)
    assert any("nobody is assigned yet" in finding.what for finding in study.findings)
    assert rm.evaluate(study).criteria[0].verdict == "not_enough_data"


def test_an_empty_table_of_assignments_is_refused_once_the_outcome_wave_is_closed(tmp_path):
    rm.new_study(tmp_path, answers=FULL)
    path = tmp_path / "study.yml"
    head, _, tail = path.read_text(encoding="utf-8").partition("  post:\n")
    path.write_text(
        head + "  post:\n" + tail.replace("# closed: ...", "closed: 2025-08-01", 1), encoding="utf-8"
    )
    people = ",".join(TABLES["participants"].columns) + "\ns1,mentee,,,,,,\n"
    (tmp_path / "participants.csv").write_text(people, encoding="utf-8")
    with pytest.raises(RmstudyError, match="mentees are to be compared with waitlist"):
        rm.load_study(tmp_path)


# --- the shell -----------------------------------------------------------------------------------------------


def test_the_shell_asks_and_takes_answers(tmp_path):
    file = tmp_path / "answers.yml"
    file.write_text(
        yaml.safe_dump({k: v for k, v in FULL.items() if k not in ("name", "seats")}), encoding="utf-8"
    )
    asked = CliRunner().invoke(
        app,
        [
            "new",
            str(tmp_path / "asked"),
            "--answers",
            str(file),
            "--set",
            "higher_is=better",
            "--set",
            "role=mentee",
        ],
        input="Digital buddies\nmany\n12\n",
    )
    assert asked.exit_code == 0, asked.output
    assert "How many seats?" in asked.output
    assert rm.load_study(tmp_path / "asked").plan.programme.seats == 12
    told = CliRunner().invoke(
        app, ["new", str(tmp_path / "told"), "--no-input", "--lang", "it", *_set(LEAST)]
    )
    assert told.exit_code == 0, told.output
    assert "manca rationale" in told.output
    assert rm.load_study(tmp_path / "told").plan.goals[0].statement == LEAST["goal"]
    refused = CliRunner().invoke(app, ["new", str(tmp_path / "x"), "--no-input", "--set", "goal"])
    assert refused.exit_code == 2
    assert not (tmp_path / "x").exists()


def test_nobody_has_to_type_all_answers_again(tmp_path):
    answers = FULL | {"threshold": 40}
    file = tmp_path / "answers.yml"
    file.write_text(yaml.safe_dump({k: v for k, v in answers.items() if k != "client"}), encoding="utf-8")
    rest = ["--set", "higher_is=better", "--set", "role=mentee"]
    done = CliRunner().invoke(
        app, ["new", str(tmp_path / "new"), "--answers", str(file), *rest], input="Example\n"
    )
    assert isinstance(done.exception, PlanError)
    assert "larger than the whole scale" in str(done.exception)
    (tmp_path / "again.yml").write_text(done.output.partition("--answers:\n")[2], encoding="utf-8")
    kept = read_answers(tmp_path / "again.yml")
    assert kept["goal"] == FULL["goal"]
    assert rm.new_study(tmp_path / "new", answers=kept | {"threshold": 1}).plan.report.client == "Example"


def test_a_taken_folder_is_refused_before_anything_is_asked(tmp_path):
    (tmp_path / "x.txt").write_text("x", encoding="utf-8")
    done = CliRunner().invoke(app, ["new", str(tmp_path)], input="")
    assert isinstance(done.exception, DesignError)
    assert "?" not in done.output


def _set(answers: dict) -> list[str]:
    """Answers as options of the shell."""
    return [word for key, value in answers.items() for word in ("--set", f"{key}={value}")]


def test_the_shell_lists_its_questions_and_check_lists_what_is_open(tmp_path):
    listed = CliRunner().invoke(app, ["new", str(tmp_path / "x"), "--questions"])
    assert [line.split(":")[0] for line in listed.output.splitlines()] == [one.key for one in QUESTIONS]
    rm.new_study(tmp_path / "new", answers=LEAST)
    checked_study = CliRunner().invoke(app, ["check", str(tmp_path / "new")])
    assert checked_study.exit_code == 0
    assert "still without rows" in checked_study.output
    assert "about the plan" in checked_study.output
    assert "Criterion confidence: rationale is missing" in checked_study.output


def test_a_yes_without_quotes_in_the_answers_is_a_yes(tmp_path):
    (tmp_path / "answers.yml").write_text("commercial_ok: yes\n", encoding="utf-8")
    answers = LEAST | read_answers(tmp_path / "answers.yml")
    assert (
        rm.new_study(tmp_path / "new", answers=answers).plan.instruments["confidence_1_to_5"].commercial_ok
        == "yes"
    )
    assert checked(LEAST | {"commercial_ok": False})["commercial_ok"] == "no"
