"""Step one: what a plan leaves open, its theory of change, and the text to register."""

from __future__ import annotations

import copy
import datetime as dt
import functools
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import small_study
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import rmstudy as rm
from rmstudy.programme.goal import open_questions, preregistration, theory_of_change
from rmstudy.programme.goal.targets import target_words
from rmstudy.study.lock import lock_study
from rmstudy.study.planfile import parse_plan

SVG = "{http://www.w3.org/2000/svg}"

# A plan with an answer to everything that a critical reader asks.
ANSWERED = {
    "version": 1,
    "programme": {
        "name": "Digital buddies", "start": "2024-01-15", "end": "2024-07-15", "seats": 24, "planned_meetings": 6,
        "planned_minutes": 60, "recruitment": "open",
    },
    "goals": [
        {
            "id": "skills", "statement": "Seniors use digital tools.", "role": "mentee", "level": 2,
            "method": "Monthly meetings.",
            "criteria": [{
                "id": "test", "instrument": "test", "contrast": "comparison", "threshold": 2,
                "rationale": "A course gives as much.", "fixed_on": "2023-11-20",
            }],
        },
        {
            "id": "leaders", "statement": "Juniors lead.", "role": "mentor", "level": 3, "method": "They lead.",
            "criteria": [{
                "id": "lead", "instrument": "lead", "contrast": "comparison", "threshold": 1,
                "rationale": "Seen in a pilot.", "fixed_on": "2023-11-20",
            }],
        },
    ],
    "instruments": {
        "test": {
            "name": "Digital test", "role": "mentee", "range": [0, 20], "reference_mean": 10, "reference_sd": 4,
            "stability": 0.7, "licence": "own wording", "commercial_ok": "yes",
        },
        "lead": {"name": "Leadership", "role": "mentor", "licence": "own wording", "commercial_ok": "yes"},
    },
    "waves": {
        "pre": {"opened": "2023-12-04", "closed": "2024-01-12"}, "post": {"opened": "2024-07-15"},
    },
    "design": {
        "who_takes_part": "Those who apply.", "who_selects": "A draw.",
        "assignment": {
            "mentee": {"mechanism": "lottery", "comparison": "waitlist"},
            "mentor": {"mechanism": "lottery", "comparison": "comparison"},
        },
    },
    "monitoring": {"commitment": "Six meetings.", "progress": "The coordinator.", "legal_basis": "Agreement."},
    "privacy": {"basis": "Legitimate interest.", "contact": "the mailbox", "retention_until": "2026-12-31"},
}  # fmt: skip


@functools.cache
def sample_plan(name):
    """Plan of a sample study."""
    return rm.load_sample(name).plan


def plan_with(*changes):
    """The answered plan with some keys changed, or taken out where the value is None."""
    content = copy.deepcopy(ANSWERED)
    for path, value in changes:
        *way, last = path
        part = content
        for key in way:
            part = part[key] if isinstance(part, list) else part.setdefault(key, {})
        if value is None:
            part.pop(last, None)
        else:
            part[last] = value
    return parse_plan(content)


def codes(plan):
    """Codes of what a plan leaves open."""
    return [note.code for note in open_questions(plan)]


def test_a_plan_with_every_answer_leaves_nothing_open():
    assert codes(plan_with()) == []


GOAL, CRITERION = ("goals", 0), ("goals", 0, "criteria", 0)


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("open_only_reaction", [((*GOAL, "level"), 1)]),
        (
            "open_only_reaction",
            [(("instruments", "test", "name"), {"en": "Satisfaction", "it": "Gradimento"})],
        ),
        ("open_level", [((*GOAL, "level"), None)]),
        ("open_method", [((*GOAL, "method"), None)]),
        ("open_method", [((*GOAL, "method"), "  ")]),
        ("open_rationale", [((*CRITERION, "rationale"), None)]),
        ("open_fixed_on", [((*CRITERION, "fixed_on"), None)]),
        ("open_fixed_late", [((*CRITERION, "fixed_on"), "2024-07-15")]),
        ("open_licence", [(("instruments", "test", "licence"), None)]),
        ("open_licence", [(("instruments", "test", "commercial_ok"), "unknown")]),
        ("open_non_commercial", [(("instruments", "test", "commercial_ok"), "no")]),
        ("open_waves", [(("waves", "post"), {})]),
        ("open_before_late", [(("waves", "pre", "closed"), "2024-01-20")]),
        ("open_after_early", [(("waves", "post", "opened"), "2024-07-01")]),
        ("open_who_takes_part", [(("design", "who_takes_part"), None)]),
        ("open_who_selects", [(("design", "who_selects"), None)]),
        ("open_seats", [(("programme", "seats"), None)]),
        ("open_recruitment", [(("programme", "recruitment"), None)]),
        ("open_no_lottery", [(("design", "assignment", "mentee", "mechanism"), "manager")]),
        ("open_length", [(("programme", "end"), None)]),
        ("open_meetings", [(("programme", "planned_meetings"), None)]),
        ("open_meetings_do_not_fit", [(("programme", "planned_meetings"), 27)]),
        ("open_commitment", [(("monitoring", "commitment"), None)]),
        ("open_progress", [(("monitoring", "progress"), None)]),
        ("open_legal_basis", [(("monitoring", "legal_basis"), None)]),
        ("open_privacy_basis", [(("privacy", "basis"), None)]),
        ("open_contact", [(("privacy", "contact"), None)]),
        ("open_retention", [(("privacy", "retention_until"), None)]),
        (
            "open_outcome_selects_compared",
            [(("design", "selection"), {"mentee": {"rule": "low", "instrument": "test"}})],
        ),
    ],
)
def test_each_gap_gives_its_own_note_and_no_other(code, changes):
    assert codes(plan_with(*changes)) == [code]


def test_the_trap_of_choosing_the_weakest_is_named():
    plan = sample_plan("picked-the-weakest")
    (note,) = [note for note in open_questions(plan) if note.code == "open_outcome_selects"]
    assert "regression to the mean" in note.text()
    assert "regressione verso la media" in note.text("it")


def test_a_change_without_a_comparison_asks_for_what_regression_to_the_mean_needs():
    change = [((*CRITERION, "contrast"), "change"), (("instruments", "test", "stability"), None)]
    found = open_questions(plan_with(*change))
    assert [note.code for note in found] == ["open_stability", "open_no_comparison"] or [
        note.code for note in found
    ] == ["open_no_comparison", "open_stability"]
    (stability,) = [note for note in found if note.code == "open_stability"]
    assert stability.text().endswith("without instruments.test.stability.")
    everyone = (("design", "assignment", "mentee"), {"mechanism": "everyone"})
    assert "open_stability" not in codes(plan_with(*change, everyone)), "nobody was selected"


def test_satisfaction_with_work_is_an_outcome_and_no_applause():
    assert codes(plan_with((("instruments", "test", "name"), "Job satisfaction"))) == []


def test_many_primary_criteria_are_counted_and_secondary_ones_are_not():
    base = ANSWERED["goals"][0]["criteria"][0]
    four = [base | {"id": f"c{n}"} for n in range(4)]
    assert codes(plan_with((("goals", 0, "criteria"), four))) == ["open_many_primary"]
    four[3] = four[3] | {"priority": "secondary"}
    assert codes(plan_with((("goals", 0, "criteria"), four))) == []


def test_more_applicants_than_seats_make_a_lottery_possible():
    managed = [(("design", "assignment", role, "mechanism"), "manager") for role in ("mentee", "mentor")]
    expected = (("design", "assumptions"), {"applicants": 60})
    assert "open_lottery_possible" in codes(plan_with(*managed, expected))
    assert "open_lottery_possible" not in codes(
        plan_with(*managed, (("design", "assumptions"), {"applicants": 20}))
    )
    assert "open_lottery_possible" not in codes(plan_with(expected))


def test_one_meeting_a_week_fits_and_one_more_does_not():
    fits = plan_with((("programme", "end"), "2024-02-26"))  # 42 days, six meetings
    assert fits.programme.days == 42
    assert "open_meetings_do_not_fit" not in codes(fits)
    assert "open_meetings_do_not_fit" in codes(plan_with((("programme", "end"), "2024-02-25")))


def test_a_role_without_a_goal_is_asked_about():
    plan = plan_with((("goals",), ANSWERED["goals"][:1]))
    (note,) = open_questions(plan)
    assert note.text() == "No goal is for the role mentor: what is it to gain?"


def test_keys_are_named_as_they_stand_in_the_plan_in_both_languages():
    plan = plan_with((("design", "assignment", "mentor", "mechanism"), "self"))
    (note,) = open_questions(plan)
    assert note.text().startswith("design.assignment.mentor:")
    assert note.text("it").startswith("design.assignment.mentor:")


# --- targets -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("criterion", "said", "detto"),
    [
        (
            {"contrast": "change", "threshold": 2},
            "at least 2 points better than before",
            "almeno 2 punti meglio di prima",
        ),
        (
            {"contrast": "comparison", "threshold": 0.25, "unit": "sd"},
            "at least 0.25 standard deviations better than the waiting list",
            "almeno 0,25 deviazioni standard meglio della lista d'attesa",
        ),
        (
            {"contrast": "change", "threshold": 5, "unit": "percent"},
            "at least 5% of the highest score better than before",
            "almeno 5% del punteggio massimo meglio di prima",
        ),
        (
            {"contrast": "change", "threshold": -1.5},
            "not worse by more than 1.5 points",
            "non peggio di 1,5 punti",
        ),
        (
            {"contrast": "share", "threshold": 80, "unit": "percent", "cutoff": 14},
            "at least 80% of the people at 14 or better",
            "almeno 80% delle persone a 14 o meglio",
        ),
        (
            {"contrast": "share", "threshold": 0.8, "cutoff": 14},
            "at least 80% of the people at 14 or better",
            "almeno 80% delle persone a 14 o meglio",
        ),
    ],
)
def test_a_target_in_words(criterion, said, detto):
    plan = plan_with(((*GOAL, "criteria"), [{"id": "test", "instrument": "test", **criterion}]))
    assert target_words(plan, *plan.criteria[0]) == f"Digital test: {said}"
    assert target_words(plan, *plan.criteria[0], "it") == f"Digital test: {detto}"


# --- theory of change ----------------------------------------------------------------------------------------


def words_of(svg: str) -> str:
    """What is written on the page, line by line, joined."""
    lines = [span.text or "" for span in ET.fromstring(svg).iter(f"{SVG}tspan")]
    return " ".join(" ".join(lines).split())


@pytest.mark.parametrize("lang", ["en", "it"])
def test_the_picture_says_all_that_the_text_says(lang):
    theory = theory_of_change(sample_plan("digital-skills"), lang=lang)
    seen = words_of(theory.svg())
    for name, boxes in theory.steps:
        assert name in seen
        for box in boxes:
            assert box.text in seen
    for one in theory.assumptions:
        assert one.text in seen
        assert one.tested_by in seen
    root = ET.fromstring(theory.svg())
    assert root.get("role") == "img"
    named = {root.find(f"{SVG}{tag}").get("id") for tag in ("title", "desc")}
    assert named == set(root.get("aria-labelledby").split())
    assert theory.title in root.find(f"{SVG}title").text
    assert theory.svg() == theory_of_change(sample_plan("digital-skills"), lang=lang)._repr_svg_()


def test_nothing_on_the_page_leaves_its_box_or_the_page():
    root = ET.fromstring(theory_of_change(sample_plan("digital-skills")).svg())
    width, height = (float(x) for x in root.get("viewBox").split()[2:])
    boxes = [
        [float(one.get(k, 0)) for k in ("x", "y", "width", "height")] for one in root.iter(f"{SVG}rect")
    ][1:]
    for x, y, wide, tall in boxes:
        assert 0 < x < x + wide < width
        assert 0 < y < y + tall < height
    for n, (x, y, wide, tall) in enumerate(boxes):
        for a, b, c, d in boxes[n + 1 :]:
            assert x + wide <= a or a + c <= x or y + tall <= b or b + d <= y, "boxes overlap"
    for text in root.iter(f"{SVG}text"):
        for span in text.iter(f"{SVG}tspan"):
            x, y = float(span.get("x")), float(span.get("y"))
            inside = [
                box for box in boxes if box[0] <= x <= box[0] + box[2] and box[1] <= y <= box[1] + box[3]
            ]
            for bx, by, wide, tall in inside:
                # 0.6 of the size is a wide letter of these fonts
                assert x + 0.53 * float(text.get("font-size")) * len(span.text) <= bx + wide
                assert y <= by + tall - 4


def test_goals_for_the_organisation_are_impact_and_all_others_outcomes():
    plan = sample_plan("digital-skills")
    theory = theory_of_change(plan)
    assert [box.text for box in theory.impact] == [
        "Learning becomes part of everyday work in every department."
    ]
    assert len(theory.outcomes) == len(plan.goals) - 1
    assert theory.outcomes[0].seen_when[0] == (
        "Digital knowledge: at least 1.25 right answers out of 20 better than the waiting list"
    )


def test_assumptions_name_the_data_that_would_test_them():
    theory = theory_of_change(plan_with())
    by = {one.text: one.tested_by for one in theory.assumptions}
    assert by["It would not have happened without the programme."] == "assignments (waitlist, comparison)"
    assert by["The measures show what was meant."] == "responses (test, lead)"
    alone = plan_with(*[((*("goals", n), "criteria", 0, "contrast"), "change") for n in (0, 1)])
    by = {one.text: one.tested_by for one in theory_of_change(alone).assumptions}
    assert by["It would not have happened without the programme."] == "nothing in this plan"
    closed = plan_with((("monitoring", "legal_basis"), None))
    by = {one.text: one.tested_by for one in theory_of_change(closed).assumptions}
    assert by["The junior leads; pairs do not fall back into hierarchy."] == "meeting_log, aggregated only"


def test_what_the_plan_does_not_say_stands_there_as_not_stated():
    theory = theory_of_change(parse_plan(small_study.plan()))
    assert [box.text for box in theory.inputs] == ["not stated in the plan"]
    assert [box.text for box in theory.impact] == ["not stated in the plan"]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(min_size=1), st.text(min_size=1, max_size=400))
def test_any_label_gives_a_well_formed_picture_and_chart(statement, method):
    """Markup, quotation marks, control characters: a label is only a label."""
    plan = plan_with(((*GOAL, "statement"), statement), ((*GOAL, "method"), method))
    theory = theory_of_change(plan)
    ET.fromstring(theory.svg())
    lines = theory.mermaid().splitlines()
    assert lines[0] == "flowchart LR"
    for line in lines[1:]:
        assert re.fullmatch(
            r'  subgraph s\d\["[^"]*"\]|    s\db\d+\["[^"]*"\]|  end|  s\d -->(\|"[\d, ]+"\|)? s\d|  %% \d+: .*',
            line,
        ), line


def test_hostile_labels_stay_text():
    bad = '<script>alert("x")</script>"] --> evil & \\ `'
    plan = plan_with(((*GOAL, "statement"), bad), (("programme", "name"), bad))
    theory = theory_of_change(plan)
    assert not list(ET.fromstring(theory.svg()).iter(f"{SVG}script"))
    assert "<script" not in theory.svg()
    assert "<script" not in theory.mermaid()
    assert '"] --> evil' not in theory.mermaid()


def test_the_chart_numbers_the_assumptions_on_its_arrows():
    chart = theory_of_change(plan_with()).mermaid()
    assert '  s0 -->|"1"| s1' in chart
    assert '  s2 -->|"4, 5, 6, 7"| s3' in chart


def test_the_table_has_one_row_an_assumption():
    theory = theory_of_change(plan_with())
    assert list(theory.table.columns) == ["between", "assumption", "tested by"]
    assert len(theory.table) == len(theory.assumptions)
    assert theory.table.loc[1, "between"] == "Inputs → Activities"


# --- registration --------------------------------------------------------------------------------------------

# Items of the OSF Preregistration template (Bowman et al. 2020) that a programme's evaluation has.
ITEMS = [
    "Authors", "Description", "Research questions", "Hypotheses", "Study type", "Blinding", "Study design",
    "Randomization", "Existing data", "Data collection procedures", "Sample size", "Sample size rationale",
    "Stopping rule", "Manipulated variables", "Measured variables", "Indices", "Statistical models",
    "Transformations", "Inference criteria", "Data exclusion", "Missing data", "Exploratory analysis",
]  # fmt: skip


def items_of(text: str) -> dict[str, str]:
    """Items of a registration with what stands under them."""
    parts = re.split(r"^\*\*(.+?)\.\*\* ", re.sub(r"^##? .*$", "", text, flags=re.M), flags=re.M)
    return dict(zip(parts[1::2], (part.strip() for part in parts[2::2]), strict=True))


def test_every_item_is_there_and_filled_from_the_plan_or_said_to_be_open():
    items = items_of(preregistration(plan_with()))
    assert [name for name in items if name in ITEMS] == ITEMS
    assert items["Authors"] == "not stated in the plan"
    assert items["Sample size rationale"] == "not stated in the plan"
    assert (
        "Digital test: at least 2 points better than the waiting list (primary; `test`)"
        in items["Hypotheses"]
    )
    assert "experiment, seats are drawn by lot" in items["Study type"]
    assert "From" not in items["Data collection procedures"]
    assert "pre: 4 December 2023 to 12 January 2024" in items["Data collection procedures"]
    assert "24 seats" in items["Sample size"]
    assert "6 meetings of 60 minutes" in items["Manipulated variables"]
    assert "analysis of covariance" in items["Statistical models"]
    assert "95%" in items["Inference criteria"]
    assert "fewer than 10 people" in items["Data exclusion"]
    bare = items_of(preregistration(parse_plan(small_study.plan())))
    assert [name for name in bare if name in ITEMS] == ITEMS
    for name in ("Description", "Study design", "Randomization", "Sample size", "Manipulated variables"):
        assert bare[name] == "not stated in the plan", name
    assert "without a comparison group" in bare["Study type"]


def test_the_registration_is_italian_throughout():
    plan = sample_plan("digital-skills")
    english, italian = (items_of(preregistration(plan, lang=lang)) for lang in ("en", "it"))
    assert len(english) == len(italian)
    # the plan gives this source in one language only
    same = (set(english.values()) & set(italian.values())) - {plan.design.assumptions.source}
    assert not same, same
    assert "non indicato nel piano" in italian.values()


def test_a_lock_says_which_answers_existed(tmp_path):
    content = small_study.plan()
    content["waves"] = {"pre": {"closed": "2024-01-10"}, "post": {}}
    rows = small_study.tables()
    rows["responses"] = [row for row in rows["responses"] if row[1] != "post"]
    study = rm.load_study(small_study.write(tmp_path, content, rows))
    lock = lock_study(study, today=dt.date(2024, 1, 11))
    items = items_of(preregistration(study.plan, lock=lock))
    assert items["Existing data"] == "When the plan was locked there were answers of: pre."
    assert items["Fingerprint of the locked plan"] == f"`{lock.fingerprint}`, 11 January 2024"


def test_hostile_texts_are_escaped_in_markdown():
    text = preregistration(plan_with(((*GOAL, "statement"), "# Title\n\n- *x* <b>bold</b> [a](b) | `c`")))
    assert "<b>" not in text
    assert "\\# Title - \\*x\\* \\<b\\>bold" in text
    assert len(re.findall(r"^# ", text, re.M)) == 1


def test_the_texts_name_every_goal_of_every_sample():
    for name in ("digital-skills", "eight-pairs", "national-supported-work"):
        plan = sample_plan(name)
        assert preregistration(plan, lang="it")
        assert len(items_of(preregistration(plan))["Hypotheses"].splitlines()) == len(plan.criteria) + 2
        ET.fromstring(theory_of_change(plan, lang="it").svg())


def test_the_chart_in_the_documents_is_the_one_that_is_written():
    text = (Path(__file__).resolve().parents[1] / "docs" / "programme.md").read_text(encoding="utf-8")
    shown = re.search(r"^```mermaid\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)[1]
    written = theory_of_change(rm.load_sample("no-comparison").plan).mermaid()
    assert shown.rstrip() == written.rstrip()
