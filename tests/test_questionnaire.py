"""What is sent out: the right things asked of the right people, whatever stands in the plan's texts."""

from __future__ import annotations

import io
import re
import zipfile
from xml.etree import ElementTree

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from survey_tools import LimeSurvey, Page, Qualtrics, clean
from typer.testing import CliRunner

import rmstudy as rm
from rmstudy.cli import app
from rmstudy.errors import DesignError, PlanError
from rmstudy.programme import questionnaire as q
from rmstudy.programme.questionnaire.sending import questionnaires
from rmstudy.study.planfile import parse_plan
from rmstudy.study.sample import REPOSITORY_FOLDER

FLAGSHIP = REPOSITORY_FOLDER / "digital-skills"


@pytest.fixture(scope="module")
def plan():
    return rm.load_sample("digital-skills").plan


def small(**instrument) -> dict:
    """A plan of one instrument and a goal."""
    scale = {"name": "Comfort", "role": "mentee", "items": {"c1": "I try things."}, "range": [1, 3]}
    return {
        "version": 1,
        "programme": {"name": "Buddies"},
        "goals": [
            {
                "id": "g",
                "statement": "Better.",
                "role": "mentee",
                "criteria": [{"id": "k", "instrument": "comfort", "contrast": "change", "threshold": 0.5}],
            }
        ],
        "instruments": {"comfort": {**scale, **instrument}},
    }


def asked_instruments(one) -> list[str]:
    return [section.id for section in one.sections if section.id not in ("information", "code", "about")]


def test_each_role_is_asked_what_the_plan_has_for_it(plan):
    assert asked_instruments(q.questionnaire(plan, role="mentor")) == [
        "leadership",
        "communication",
        "self_confidence",
        "inclusion",
        "generational_attitudes",
    ]
    assert asked_instruments(q.questionnaire(plan, role="mentor", rater="observer")) == [
        "leadership_observed",
        "communication_observed",
    ]
    everything = questionnaires(plan)
    # a gap is computed and a department's outcome comes from elsewhere
    places = {row.goes_to for one in everything for question in one.questions for row in question.rows}
    assert not [place for place in places if "self_awareness" in place or "learning_culture" in place]


def test_a_wave_asks_what_it_names(plan):
    assert asked_instruments(q.questionnaire(plan, role="mentee", wave="mid")) == [
        "digital_skill",
        "tech_confidence",
    ]
    with pytest.raises(DesignError, match="nothing is asked of the role 'mentor'"):
        q.questionnaire(plan, role="mentor", wave="mid")
    with pytest.raises(PlanError, match="no such instrument"):
        parse_plan(small() | {"waves": {"pre": {"instruments": ["comfrt"]}, "post": {}}})


def test_the_forms_of_a_test_change_sides_between_the_waves(plan):
    items = plan.instruments["digital_test"].forms
    asked = {
        (wave, version): [
            c
            for c in q.questionnaire(plan, role="mentee", wave=wave, version=version).codes
            if c[1:].isdigit()
        ]
        for wave in ("pre", "post")
        for version in ("A", "B")
    }
    assert asked["pre", "A"] == asked["post", "B"] == list(items["A"])
    assert asked["pre", "B"] == asked["post", "A"] == list(items["B"])


def test_versions_are_drawn_evenly_and_reproducibly_whatever_the_order():
    people = [f"s{number:03d}" for number in range(101)]
    drawn = q.assign_versions(people, versions=["A", "B"], seed=7)
    assert sorted(drawn["version"].value_counts()) == [50, 51]
    assert drawn.equals(q.assign_versions(reversed(people), versions=["A", "B"], seed=7))
    assert not drawn.equals(q.assign_versions(people, versions=["A", "B"], seed=8))
    with pytest.raises(DesignError, match="no versions"):
        q.assign_versions(people, versions=[])


def test_kinds_follow_the_instrument():
    def kind(**instrument):
        one = q.questionnaire(parse_plan(small(**instrument)), role="mentee")
        return [(question.kind, len(question.options)) for question in one.questions][6:]

    assert kind() == [("matrix", 3)]
    assert kind(range=[0, 100]) == [("numbers", 0)]
    assert kind(range=[0, 1.5]) == [("numbers", 0)]
    assert kind(items={}, range=[0, 40]) == [("number", 0)]
    assert kind(items={}, labels={"en": ["No", "Some", "Much"]}) == [("choice", 3)]
    assert kind(range=None, key={"c1": "b"}, options={"c1": ["One", "Two"]}) == [("choice", 2)]
    assert kind(range=None, key={"c1": 12}) == [("text", 0)]


def test_a_number_has_its_own_title_and_limits():
    one = q.questionnaire(parse_plan(small(items={}, range=[0, 40])), role="mentee")
    assert (one.questions[-1].text, one.questions[-1].low, one.questions[-1].high) == ("Comfort", 0, 40)
    assert 'min="0" max="40"' in q.html_page(one)


def test_an_item_that_two_instruments_share_goes_by_both_names():
    content = small()
    content["instruments"]["ease"] = {**content["instruments"]["comfort"], "name": "Ease"}
    assert q.questionnaire(parse_plan(content), role="mentee").codes[6:] == ("comfort.c1", "ease.c1")


def test_what_is_missing_is_listed_and_never_invented():
    content = small(items={"c1": "I try things.", "c2": None}, key=None)
    content["instruments"]["quiz"] = {
        "name": "Quiz",
        "role": "mentee",
        "items": {"q1": "Which?"},
        "key": {"q1": "b"},
    }
    found = {(problem.severity, problem.column, problem.value) for problem in q.gaps(parse_plan(content))}
    assert {
        ("refused", "instruments.comfort.items", "c2"),
        ("refused", "instruments.quiz.options", "q1"),
        ("to decide", "instruments.comfort.labels", None),
        ("to decide", "instruments.comfort.commercial_ok", None),
        ("to decide", "privacy.controller", None),
        ("to decide", "privacy.contact", None),
        ("to decide", "privacy.basis", None),
        ("to decide", "privacy.retention_until", None),
        ("to decide", "privacy.notice_version", None),
    } <= found
    text = " ".join(q.questionnaire(parse_plan(content), role="mentee").sections[0].paragraphs)
    assert "[to be completed: who is responsible]" in text
    assert "[to be completed: the day]" in text


def test_missing_translations_are_listed():
    content = small(name={"en": "Comfort"}, labels={"en": ["No", "Some", "Much"]})
    found = [str(problem) for problem in q.gaps(parse_plan(content), languages=["en", "it"])]
    for key in ("name", "labels"):
        assert any(
            f"instruments.comfort.{key}" in one and "no text in the language it" in one for one in found
        )
    assert any("instruments.comfort.items" in one and "one text for all languages" in one for one in found)


def test_a_right_answer_that_is_not_offered_is_refused():
    content = small(range=None, key={"c1": "d"}, options={"c1": ["One", "Two"]})
    found = [p for p in q.gaps(parse_plan(content)) if p.severity == "refused"]
    assert [p.what for p in found] == ["the right answer is not among the options"]


def test_the_flagship_lacks_nothing_in_either_language(plan):
    assert q.gaps(plan, languages=["en", "it"]) == ()


@pytest.mark.parametrize("lang", ["en", "it"])
def test_no_language_shows_words_of_the_other(plan, lang):
    """Every sentence of a questionnaire differs between the languages, names and letters apart."""
    both = [
        {one.id: one for one in questionnaires(plan, languages=[x])}
        for x in (lang, {"en": "it", "it": "en"}[lang])
    ]
    for name, one in both[0].items():
        other = both[1][name]
        for mine, theirs in zip(one.sections, other.sections, strict=True):
            for here, there in zip(mine.paragraphs, theirs.paragraphs, strict=True):
                assert here != there, here
            for question, its in zip(mine.questions, theirs.questions, strict=True):
                assert [row.code for row in question.rows] == [row.code for row in its.rows]
                assert [option.code for option in question.options] == [option.code for option in its.options]
                for row, its_row in zip(question.rows, its.rows, strict=True):
                    assert (row.text or question.text) != (its_row.text or its.text) or not row.text


HOSTILE = [
    '<script>alert("x")</script> & <b>bold</b>',
    "tab\there, new\nline, return\r\nand \x0b more",
    "[[Question:MC]] [[Choices]] [[PageBreak]]",
    "{TOKEN:FIRSTNAME} {if(1==1,'a','b')} ${e://Field/x}",
    "'single' \"double\" “curly” `tick` \\ back",
    '=HYPERLINK("http://example.org") ]]> --> <!-- %s {0}',
    "emoji 🦉, accents àéîõü, 漢字",
]


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_stay_words_in_every_format(words):
    content = small(
        name=words + " name",
        instruction=words,
        items={"c1": words + " item", "c2": "plain"},
        labels={"en": [words + " low", "middle", "high"]},
    )
    content["programme"]["name"] = words
    content["privacy"] = {"controller": words}
    content["instruments"]["quiz"] = {
        "name": "Quiz",
        "role": "mentee",
        "items": {"q1": words + " question"},
        "key": {"q1": "a"},
        "options": {"q1": [words + " answer", "other"]},
    }
    one = q.questionnaire(parse_plan(content), role="mentee")
    seen = " ".join(words.replace("\x0b", " ").split())
    item, low, question, answer = (f"{seen} {what}" for what in ("item", "low", "question", "answer"))

    page = q.html_page(one)
    browser = Page(page)
    assert not browser.sources
    assert page.count("<script>") == 1
    assert "alert(" not in re.sub(r"&lt;script&gt;alert\(", "", page)
    lime = LimeSurvey(q.limesurvey([one]))
    for survey in (browser, lime, Qualtrics(q.qualtrics(one))):
        fields = {squeezed(text): column for text, column in survey.fields.items()}
        assert {squeezed(item), squeezed(question), "plain"} <= set(fields)
        assert squeezed(low) in map(squeezed, fields[squeezed(item)][1])
        assert squeezed(answer) in map(squeezed, fields[squeezed(question)][1])
    with zipfile.ZipFile(io.BytesIO(q.word(one))) as archive:
        document = ElementTree.fromstring(archive.read("word/document.xml"))
    paragraphs = {squeezed("".join(part.itertext())) for part in document.iter() if part.tag.endswith("}p")}
    assert squeezed(item) in paragraphs


def squeezed(text: str) -> str:
    """Words without spaces and tags that a test browser of ours may have taken for tags."""
    return re.sub(r"[\s\x0b]|<[^>]*>", "", clean(text))


@settings(max_examples=30, deadline=None)
@given(st.text(min_size=1, max_size=40).filter(str.strip))
def test_any_text_keeps_the_shape_of_the_files(text):
    content = small(items={"c1": text, "c2": "plain"})
    one = q.questionnaire(parse_plan(content), role="mentee")
    rows = q.limesurvey([one]).rstrip("\n").split("\n")
    assert len({row.count("\t") for row in rows}) == 1
    # head, settings, title, groups, the hidden question, taking part, the code, the matrix
    assert len(rows) == 1 + 6 + 1 + 3 + 1 + (1 + 2) + 5 + (1 + 2 + 3)
    assert len(Qualtrics(q.qualtrics(one)).fields) == 6 + (2 if clean(text) != "plain" else 1)
    with zipfile.ZipFile(io.BytesIO(q.word(one))) as archive:
        ElementTree.fromstring(archive.read("word/document.xml"))


def test_the_page_asks_for_nothing_from_elsewhere_and_is_labelled(plan):
    for one in questionnaires(plan, languages=["it"]):
        page = q.html_page(one)
        browser = Page(page)
        assert not browser.sources
        assert "default-src 'none'" in page
        assert not re.search(r"url\(|@import|https?://", page)
        assert page.startswith('<!DOCTYPE html>\n<html lang="it">')
        # every answer belongs to words: each radio to a legend, each other field to a label
        names = set(re.findall(r'<input type="(?:radio|text|number|date)"[^>]* name="([^"]+)"', page))
        assert names == {column for column, _ in browser.fields.values()} == set(browser.codes)
        ids = re.findall(r' id="([^"]+)"', page)
        assert len(ids) == len(set(ids))


@pytest.mark.parametrize(("lang", "words"), [("en", "I take part"), ("it", "partecipo")])
def test_everybody_is_first_asked_whether_they_take_part(plan, lang, words):
    for one in questionnaires(plan, languages=[lang]):
        first = one.questions[0]
        assert (first.code, first.rows[0].goes_to, first.required) == ("consent", "consent", True)
        assert words in first.text
        assert [option.code for option in first.options] == ["yes", "no"]
        # a page does not let it be cleared by the way, and does not tick it beforehand
        page = q.html_page(one)
        assert not re.search(r"<input[^>]* checked", page)
        assert page.count('name="consent"') == page.count('name="consent" value="yes" required') + 1 == 2


def test_word_has_every_question_once_and_is_the_same_each_time(plan):
    one = q.questionnaire(plan, role="mentee", lang="it", version="B")
    content = q.word(one)
    assert content == q.word(one)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        parts = {name: archive.read(name) for name in archive.namelist()}
    for name, text in parts.items():
        ElementTree.fromstring(text)
        assert name == "word/document.xml" or b"rmstudy" not in text
    document = ElementTree.fromstring(parts["word/document.xml"])
    text = ["".join(part.itertext()) for part in document.iter() if part.tag.endswith("}p")]
    for question in one.questions:
        for row in question.rows:
            words = row.text or question.text
            assert sum(words in paragraph for paragraph in text) >= 1, words
    boxes = sum(paragraph.count("☐") for paragraph in text)
    assert boxes == sum(len(question.options) * len(question.rows) for question in one.questions)


def test_limesurvey_codes_are_short_and_never_twice():
    items = {f"a-very-long-item-name-{n:02d}": f"Item {n}" for n in range(12)} | {
        "a_b": "x",
        "ab": "y",
        "A-B": "z",
    }
    survey = LimeSurvey(q.limesurvey([q.questionnaire(parse_plan(small(items=items)), role="mentee")]))
    columns = [column for column, _ in survey.fields.values()]
    assert len({column.casefold() for column in columns}) == len(columns) == 1 + 5 + len(items)


def test_a_label_that_reads_like_another_answers_code_is_not_taken_for_it():
    content = small(range=None, key={"c1": "a"}, options={"c1": ["2", "1"]})
    one = q.questionnaire(parse_plan(content), role="mentee")
    answers = q.mapping([one])["sources"]["qualtrics"]["pre-mentee"]["answers"]["responses.comfort.c1"]
    assert answers == {"1": "a", "2": "b"}


def test_the_intake_asks_what_the_matching_uses(plan):
    assert [s.id for s in q.intake(plan, role="mentor").sections][2:] == [
        "application",
        "skill",
        "interest",
        "trait",
    ]
    content = small() | {
        "matching": {"weights": {"skill": 1}, "constraints": ["shared_language", "overlapping_hours"]}
    }
    form = q.intake(parse_plan(content), role="mentee", attributes=["need_data", "skill_ai"])
    assert [s.id for s in form.sections][2:] == ["application", "need", "language", "practical"]
    assert [row.code for row in form.questions[7].rows] == ["need_ai", "need_data"]


def test_unknown_names_are_refused_with_the_nearest(plan):
    for more, said in (({"role": "mente"}, "mentee"), ({"role": "mentee", "wave": "pos"}, "post")):
        with pytest.raises(DesignError, match=said):
            q.questionnaire(plan, **more)
    with pytest.raises(DesignError, match="no version 'C'"):
        q.questionnaire(plan, role="mentee", version="C")


def test_the_shell_writes_everything_and_keeps_a_version_once_drawn(tmp_path):
    run, out = CliRunner(), tmp_path / "out"
    first = run.invoke(app, ["questionnaire", str(FLAGSHIP), "--out", str(out), "--lang", "en,it"])
    assert first.exit_code == 0, first.output
    names = {path.name for path in out.iterdir()}
    for name in ("pre-mentee-A", "post-mentor-observer", "log-mentor", "intake-mentee"):
        endings = ("en.html", "it.docx", "it.qualtrics.txt", "limesurvey.txt")
        assert {f"{name}.{ending}" for ending in endings} <= names
    versions = (out / "versions.csv").read_text()
    run.invoke(app, ["questionnaire", str(FLAGSHIP), "--out", str(out), "--wave", "mid", "--seed", "3"])
    assert (out / "versions.csv").read_text() == versions
    whole = yaml.safe_load((out / "mapping.yml").read_text())
    assert "post-mentee-B" in whole["questionnaires"]


def test_the_shell_refuses_before_it_writes(tmp_path):
    study = tmp_path / "study"
    study.mkdir()
    (study / "study.yml").write_text(yaml.safe_dump(small(items={"c1": None})))
    result = CliRunner().invoke(app, ["questionnaire", str(study), "--out", str(tmp_path / "out")])
    assert isinstance(result.exception, PlanError)
    assert "the item has no text" in str(result.exception)
    assert not (tmp_path / "out").exists()


def test_a_notebook_shows_it_as_a_table(plan):
    one = q.questionnaire(plan, role="mentee", wave="mid", lang="it")
    assert "Trovo in poco tempo informazioni affidabili in rete." in one._repr_html_()
    assert list(one.table_of_questions["code"]) == list(one.codes)
