"""Numbers, dates and notes in two languages, from one catalogue."""

from __future__ import annotations

import ast
import datetime as dt
import re
from dataclasses import replace
from pathlib import Path
from string import Formatter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rmstudy as rm
from rmstudy import methods, wording
from rmstudy.notes import NOTES
from rmstudy.results import Note, Result
from rmstudy.study.sample import NAMES

PACKAGE = Path(wording.__file__).parent


def fields(template: str) -> set[tuple[str, str]]:
    """Names and writers of a template's fields."""
    return {(name, spec or "") for _, name, spec, _ in Formatter().parse(template) if name}


def templates_in_the_code() -> set[str]:
    """Every literal text handed to say() or translate(), and every text of the tables of words."""
    found = set(NOTES.values()) | set(wording.VERDICTS.values())
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and ast.unparse(node.func).split(".")[-1] in {"say", "translate"}
                and node.args
            ):
                found |= {
                    leaf.value
                    for leaf in ast.walk(node.args[0])
                    if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str) and " " in leaf.value
                }
    return found


def test_every_sentence_has_an_italian_one_with_the_same_fields():
    catalogue = wording._catalogue("it")
    lacking = sorted(text for text in templates_in_the_code() if text not in catalogue)
    assert not lacking, "\n".join(lacking)
    for english, italian in catalogue.items():
        assert fields(english) == fields(italian), english


def test_the_catalogue_translates_no_sentence_that_nobody_says():
    said = {
        node.value
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert [text for text in wording._catalogue("it") if fields(text) and text not in said] == []


def test_the_catalogue_has_no_sentence_twice():
    text = (PACKAGE / "locale" / "it.po").read_text(encoding="utf-8")
    ids = re.findall(r'^msgid "(.+)"$', text, re.MULTILINE)
    assert len(ids) == len(set(ids))


def test_every_note_can_be_said_in_both_languages():
    values = {
        "number": 1.5,
        "count": 3,
        "percent": 0.5,
        "p": 0.01,
        "compared": 0.01,
        "list": ("a", "b"),
        "date": dt.date(2024, 1, 8),
        "": "x",
    }
    for code, template in NOTES.items():
        note = Note.of(code, **{name: values[spec] for name, spec in fields(template)})
        assert note.text("en")
        assert note.text("it") != note.text("en")


@given(st.floats(-1e9, 1e9), st.integers(0, 6))
def test_italian_numbers_swap_point_and_comma(value, places):
    english, italian = wording.number(value, places, "en"), wording.number(value, places, "it")
    assert italian == english.translate(str.maketrans(".,", ",."))
    assert english not in {"−0", "−0.0", "−0.00"}


@given(st.floats(0, 1))
def test_a_p_value_is_never_written_as_zero(p):
    assert float(wording.p_value(p).lstrip("<")) > 0


def test_a_float_without_a_field_is_refused():
    with pytest.raises(ValueError, match="a float needs a field"):
        wording.say("{x}", x=0.1 + 0.2)
    with pytest.raises(ValueError, match="unknown field 'numer'"):
        wording.say("{x:numer}", x=0.3)
    with pytest.raises(ValueError, match="unknown language 'de'"):
        wording.say("x", "de")


def test_an_unknown_note_is_refused():
    with pytest.raises(KeyError, match="no sentence for the note 'typo'"):
        Note.of("typo")


def lacking_italian(monkeypatch, say_everything) -> list[str]:
    """Sentences, as they are said, that the Italian catalogue does not have."""
    catalogue, missed = wording._catalogue("it"), set()
    plain = wording.translate

    def listening(text: str, lang: str = "en") -> str:
        if lang == "it" and "{" in text and text not in catalogue:  # a template; values come filled in
            missed.add(text)
        return plain(text, lang)

    monkeypatch.setattr(wording, "translate", listening)
    say_everything()
    return sorted(missed)


@pytest.mark.parametrize("name", NAMES)
def test_everything_said_of_a_study_is_italian(monkeypatch, name):
    judged = rm.evaluate(rm.load_sample(name))

    def say_everything():
        judged.text("it")
        for one in judged.criteria:
            for note in (*one.reasons, *one.notes, *([one.gate] if one.gate else [])):
                note.text("it")
            for found in [one.result, *one.beside.values()]:
                if found is not None:
                    # an outcome goes by its own name, which is data and not a sentence of ours
                    replace(found, outcome="x").text("it")
                    for note in found.notes:
                        note.text("it")

    assert lacking_italian(monkeypatch, say_everything) == []
    results = [found for one in judged.criteria for found in [one.result, *one.beside.values()] if found]
    assert untranslated(results) == []


def untranslated(results: list[Result]) -> list[str]:
    """Estimands, units and terms that the Italian catalogue does not have."""
    words = {text for one in results for text in (one.estimand, one.unit, *(e.term for e in one.estimates))}
    symbols = {"d_z", "g_z", "g_av", "d_av", "d_rm", "d_pre", "g_pre", "alpha"}
    return sorted(words - set(wording._catalogue("it")) - symbols)


def test_every_method_speaks_italian(monkeypatch):
    rng = np.random.default_rng(7)
    frame = pd.DataFrame({"pre": rng.normal(50, 10, 40), "arm": np.repeat(["programme", "waitlist"], 20)})
    frame["post"] = frame["pre"] + rng.normal(2, 5, 40)
    frame["half"] = frame["post"] > 50
    found = [
        *(
            getattr(methods.change, name)(frame)
            for name in methods.change.__all__
            if name not in {"equivalence", "reliable_change", "reliable_change_index"}
        ),
        *(
            methods.change.equivalence(methods.change.mean_change(frame), **bounds)
            for bounds in (
                {"low": -9, "high": 9},
                {"low": 0},
                {"high": 9},
                {"high": -9},
                {"low": 2, "high": 3},
                {"low": -1, "unit": "sd", "sd": 5},
            )
        ),
        *(
            methods.change.reliable_change(frame, reliability=0.8, reliability_source="manual", **more)
            for more in ({}, {"arm": "arm", "reliability_interval": (0.7, 0.9)})
        ),
        methods.comparison.adjusted_difference(frame),
        methods.comparison.post_difference(frame),
        methods.comparison.difference_in_differences(frame),
        methods.proportions.share(frame, outcome="post", cutoff=50),
        methods.proportions.risk_difference(frame, outcome="post", cutoff=50),
        *(
            ratio(frame, outcome="post", cutoff=cutoff)
            for ratio in (methods.proportions.risk_ratio, methods.proportions.odds_ratio)
            for cutoff in (50, 0, 999)
        ),
        methods.proportions.paired_risk_difference(frame, cutoff=50),
        methods.reliability.cronbach_alpha(frame[["pre", "post"]]),
        methods.sensitivity.regression_to_the_mean(frame, stability=0.7, reference_mean=55),
    ]

    def say_everything():
        for one in found:
            replace(one, outcome="x").text("it")
            for note in one.notes:
                note.text("it")

    assert lacking_italian(monkeypatch, say_everything) == []
    assert untranslated(found) == []
