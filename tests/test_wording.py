"""Numbers, dates and notes in two languages, from one catalogue."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rmstudy import wording
from rmstudy.notes import NOTES
from rmstudy.results import Note

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


def test_the_catalogue_has_no_sentence_twice():
    text = (PACKAGE / "locale" / "it.po").read_text(encoding="utf-8")
    ids = re.findall(r'^msgid "(.+)"$', text, re.MULTILINE)
    assert len(ids) == len(set(ids))


def test_every_note_can_be_said_in_both_languages():
    values = {"number": 1.5, "count": 3, "percent": 0.5, "p": 0.01, "list": ("a", "b"), "": "x"}
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
