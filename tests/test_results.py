"""What every analysis returns: plain, frozen, honest about what does not exist, and sayable twice."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from rmstudy.results import Estimate, Note, Result


def result(**changes) -> Result:
    """A result with an interval, a second row and a note."""
    values = {
        "method": "mean_change",
        "outcome": "test",
        "estimand": "mean change, after minus before",
        "unit": "points",
        "estimates": [
            Estimate("change", np.float64(4.125), 0.6, 6.9, 40, 1e-6, 2.9, 5.3),
            Estimate("d", 0.5),
        ],
        "level": 0.95,
        "n": {"programme": np.int64(41)},
        "dropped": {"programme": 7},
        "notes": [Note.of("pre_only", n=7)],
    }
    return Result(**values | changes)


def test_everything_inside_is_plain_python():
    one = result()
    assert type(one.headline.estimate) is float
    assert {type(n) for n in one.n.values()} == {int}
    assert isinstance(one.estimates, tuple)
    assert isinstance(one.notes, tuple)


@pytest.mark.parametrize("missing", [None, float("nan"), float("inf"), np.nan])
def test_what_does_not_exist_is_none(missing):
    one = Estimate("change", 1.0, std_error=missing, conf_low=missing)
    assert one.std_error is None
    assert one.conf_low is None


def test_it_cannot_be_changed_and_survives_a_journey():
    one = result()
    with pytest.raises(FrozenInstanceError):
        one.unit = "dollars"
    assert pickle.loads(pickle.dumps(one)) == one


def test_the_table_is_tidy_and_unrounded():
    table = result().table
    assert table.columns.tolist() == [
        "outcome",
        "estimand",
        "term",
        "estimate",
        "std_error",
        "statistic",
        "df",
        "p_value",
        "conf_low",
        "conf_high",
        "n",
    ]
    assert table.loc[0, "estimate"] == 4.125
    assert np.isnan(table.loc[1, "conf_low"])
    assert table["n"].tolist() == [41, 41]


@pytest.mark.parametrize(
    ("changes", "lang", "words"),
    [
        ({}, "en", "4.12 points (95% interval 2.90 to 5.30); 41 people counted, 7 not."),
        ({}, "it", "4,12 punti (intervallo al 95% da 2,90 a 5,30)"),
        ({"level": None}, "en", "(range 2.90 to 5.30)"),
        ({"level": 0.975}, "it", "97,5%"),
        ({"estimates": [Estimate("change", 4.0)]}, "en", "4.00 points (no interval)"),
    ],
)
def test_the_sentence(changes, lang, words):
    assert words in result(**changes).text(lang)


def test_its_displays_are_the_same_twice_and_hold_no_markup_of_the_data():
    one = result(outcome="<b>test</b>")
    assert repr(one) == repr(result(outcome="<b>test</b>"))
    assert one._repr_html_() == result(outcome="<b>test</b>")._repr_html_()
    assert "<b>" not in one._repr_html_()
    assert "Answered before but not after, and not counted: 7." in repr(one)
