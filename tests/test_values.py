"""One cell into one value: every reading is written down here by hand, and what has two is refused."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rmstudy.readers.cells.days import day_of, moment_of
from rmstudy.readers.cells.labels import answer_of, labels_of
from rmstudy.readers.cells.numbers import Writing, number_of
from rmstudy.readers.cells.personal import free_text, identifying
from rmstudy.readers.cells.refusing import Refused
from rmstudy.readers.cells.values import Asked, Value, codes_of, value_of
from rmstudy.readers.mapping import Rescale

AGREE = {
    "Strongly disagree": "1",
    "Disagree": "2",
    "Neither": "3",
    "Agree": "4",
    "Strongly agree": "5",
    "Per nulla d'accordo": "1",
    "Poco d'accordo": "2",
    "Né d'accordo né in disaccordo": "3",
    "Abbastanza d'accordo": "4",
    "Del tutto d'accordo": "5",
}
LABELS = labels_of(AGREE)
ITALIAN = Writing(decimal=",", thousands=".")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Strongly agree", "5"),
        ("STRONGLY  AGREE ", "5"),
        ("5 - Strongly agree", "5"),
        ("5 = strongly agree", "5"),
        ("(5) Strongly agree", "5"),
        ("Strongly agree (5)", "5"),
        ("4. Abbastanza d'accordo", "4"),
        ("abbastanza d’accordo", "4"),
        ("ABBASTANZA D`ACCORDO", "4"),
        ("Ne d'accordo ne in disaccordo", "3"),
        ("NÉ D’ACCORDO NÉ IN DISACCORDO", "3"),
        ("1 – Per nulla d'accordo", "1"),
        ("2", "2"),
        ("2.0", "2"),
    ],
)
def test_labels_however_they_are_spelled(written, meant):
    read = answer_of(written, LABELS)
    assert not isinstance(read, Refused), read
    assert read[0] == meant


def test_a_figure_beside_another_label_is_refused():
    read = answer_of("1 - Strongly agree", LABELS)
    assert isinstance(read, Refused)
    assert "different things" in read.what


def test_an_unknown_label_is_refused_with_the_nearest():
    read = answer_of("Abastanza d'acordo", LABELS)
    assert isinstance(read, Refused)
    assert "Abbastanza d'accordo" in read.next_step


def test_a_figure_is_no_answer_where_figures_are_codes_of_something_else():
    recoded = labels_of({"11": "1", "12": "2"})
    assert answer_of("11", recoded) == ("1", "figure")
    assert isinstance(answer_of("2", recoded), Refused)


def test_two_labels_that_differ_in_signs_only_are_never_mixed_up():
    some = labels_of({"< 5": "1", "> 5": "2"})
    assert some.meaning("< 5") == "1"
    assert some.meaning("5") is None


@pytest.mark.parametrize(
    ("written", "writing", "meant"),
    [
        ("12.5", Writing(), "12.5"),
        ("4.000", Writing(exact=True), "4"),
        ("0.125", Writing(), "0.125"),
        ("2,5", Writing(typed=True), "2.5"),
        ("12,5", ITALIAN, "12.5"),
        ("1.234", ITALIAN, "1234"),
        ("1.234.567,8", ITALIAN, "1234567.8"),
        ("12,5 %", ITALIAN, "12.5"),
        ("1\u202f234", Writing(decimal=",", thousands=" "), "1234"),
        ("1'234.5", Writing(decimal=".", thousands="'"), "1234.5"),
        ("1,234", Writing(decimal=".", thousands=","), "1234"),
        ("\u22123", Writing(), "-3"),
        ("+3", Writing(), "3"),
        (".0", Writing(), "0"),
    ],
)
def test_numbers_with_one_reading(written, writing, meant):
    assert number_of(written, writing) == meant


@pytest.mark.parametrize(
    ("written", "writing", "shown"),
    [
        ("1.234", Writing(), ("1234", "1.234")),
        ("1,234", Writing(), ("1234", "1.234")),
        ("12,5", Writing(), ("decimal comma",)),
        ("1.234,5", Writing(), ("decimal comma",)),
        ("12 %", Writing(), ("per cent",)),
        ("12.5", ITALIAN, ("decimal ','",)),
        ("1.23.456", ITALIAN, ("decimal ','",)),
    ],
)
def test_numbers_with_two_readings_or_none_are_refused(written, writing, shown):
    read = number_of(written, writing)
    assert isinstance(read, Refused)
    assert read.rule == "decimal_comma"
    assert all(word in read.what for word in shown)


def test_a_reading_beyond_the_range_is_none():
    assert number_of("1.234", Writing(), highest=5) == "1.234"
    assert isinstance(number_of("1.234", Writing(), highest=5000), Refused)


def test_days_with_one_reading():
    assert day_of("2024-03-31", None) == "2024-03-31"
    assert day_of("2024-03-31T23:59:59Z", None) == "2024-03-31"
    assert day_of("31/03/2024", "dmy") == "2024-03-31"
    assert day_of("3.4.2024", "dmy") == "2024-04-03"
    assert day_of("03/04/2024", "mdy") == "2024-03-04"
    assert day_of("2024/03/31", "ymd") == "2024-03-31"
    assert moment_of("3/31/2024 12:30 AM", "mdy") == ("2024-03-31", 1800)


@pytest.mark.parametrize(
    ("written", "order", "said"),
    [
        ("03/04/2024", None, "2024-04-03 with the day first, 2024-03-04 with the month first"),
        ("31/03/2024", None, "not written as 2024-03-31"),
        ("31/03/24", "dmy", "year of four digits"),
        ("31/03/2024", "mdy", "no such day"),
        ("2024-02-30", None, "no such day"),
        ("45382", "dmy", "Excel"),
        ("spring", "dmy", "not a date"),
    ],
)
def test_days_with_two_readings_or_none_are_refused(written, order, said):
    read = day_of(written, order)
    assert isinstance(read, Refused)
    assert said in read.what


def test_a_code_of_no_answer_counts_only_where_it_is_declared():
    five = Asked("number", bounds=(1, 5))
    for code in ("99", "999", "-1", "77", "88", "n.d.", "N/A", "-", "n/a", "non so"):
        read = value_of(code, five)
        assert isinstance(read, Refused), code
        assert read.rule == "missing_code"
        assert f"missing: [{code!r}]" in read.next_step
        declared = Asked("number", bounds=(1, 5), missing=codes_of((code,)))
        assert value_of(code, declared) == Value(None, "no answer")
    # where there is no range, 99 may be 99 hours
    assert value_of("99", Asked("number")) == Value("99")
    assert value_of("99.0", Asked("number", missing=codes_of(("99",)))).text is None


def test_another_range_only_with_its_line():
    assert value_of("7", Asked("number", bounds=(1, 5))).rule == "out_of_range"
    scale = Rescale.model_validate({"from": [1, 7], "to": [1, 5]})
    asked = Asked("number", bounds=(1, 5), scale=scale)
    # by hand: (4 - 1) / 6 of the way from 1 to 5 is 3
    assert [value_of(one, asked).text for one in "147"] == ["1", "3", "5"]
    assert float(value_of("2", asked).text) == pytest.approx(1 + 4 / 6)
    assert value_of("8", asked).outside == 8


@pytest.mark.parametrize(
    "text", ["Maria Rossi", "ROSSI, MARIA", "Anna de Luca", "anna@example.org", "+39 347 123 4567", "x " * 60]
)
def test_what_names_a_person_is_no_word_of_a_table(text):
    read = value_of(text, Asked("text"))
    assert isinstance(read, Refused)
    assert read.rule == "names_in_text"


@pytest.mark.parametrize(
    "text", ["Human Resources", "Risorse Umane", "35-44", "Sales", "1-junior", "Under 30"]
)
def test_departments_and_bands_name_nobody(text):
    assert identifying(text) is None


def test_free_text_is_long_and_different():
    assert free_text([f"In week {n} I learned how to share my calendar" for n in range(8)])
    assert not free_text(["Research and development of new products"] * 8)


KINDS = st.sampled_from(
    [
        Asked("number"),
        Asked("number", bounds=(1, 5)),
        Asked("number", bounds=(1, 5), writing=ITALIAN),
        Asked("number", writing=Writing(exact=True, decimal=",", thousands=".")),
        Asked("answer", LABELS, bounds=(1, 5)),
        Asked("date", dates="dmy"),
        Asked("date"),
        Asked("choice", choices=("yes", "no")),
        Asked("test"),
        Asked("text"),
    ]
)
NEAR = st.text(alphabet="0123456789.,-+%eE '/:()d", max_size=14)


@settings(max_examples=600, deadline=None)
@given(st.one_of(st.text(max_size=60), NEAR), KINDS)
def test_any_text_is_a_value_or_refused(text, asked):
    read = value_of(text, asked)
    assert isinstance(read, Refused | Value)
    if isinstance(read, Value) and read.text is not None:
        if asked.kind in ("number", "answer"):
            assert math.isfinite(float(read.text))
        if asked.kind == "number" and asked.bounds:
            assert 1 <= float(read.text) <= 5
        if asked.kind == "date":
            assert len(read.text) == 10
    else:
        assert isinstance(read, Value) or read.what


@settings(max_examples=300, deadline=None)
@given(
    st.decimals(-99999, 99999, places=2), st.sampled_from([(",", "."), (".", ","), (",", " "), (".", "'")])
)
def test_a_number_written_with_declared_marks_comes_back(number, marks):
    decimal, thousands = marks
    table = str.maketrans({",": thousands, ".": decimal})
    written = f"{number:,.2f}".translate(table)
    read = number_of(written, Writing(decimal=decimal, thousands=thousands))
    assert float(read) == float(number)
