"""Two arms in which nobody, or everybody, reaches the cut-off."""

from __future__ import annotations

import pandas as pd
from pytest import approx

from rmstudy.methods.proportions import odds_ratio, risk_difference, risk_ratio


def two_arms(a, n1, b, n2):
    return pd.DataFrame(
        {
            "reached": [1] * a + [0] * (n1 - a) + [1] * b + [0] * (n2 - b),
            "arm": ["programme"] * n1 + ["waiting"] * n2,
        }
    )


def codes(result):
    return {note.code for note in result.notes}


def numbers(e):
    return e.estimate, e.conf_low, e.conf_high


def test_zero_events_one_arm():
    data = two_arms(0, 20, 5, 20)
    assert numbers(risk_difference(data, outcome="reached").headline) == approx(
        (-0.25, -0.468700877618744, -0.0377654455666304), rel=1e-10
    )
    risk, odds = risk_ratio(data, outcome="reached"), odds_ratio(data, outcome="reached")
    # R: metafor escalc("RR", add = 1/2, to = "all"), upper limit; the conditional distribution solved, upper limit
    assert numbers(risk.headline) == (0, 0, approx(1.54229658111717, rel=1e-9))
    assert numbers(odds.headline) == (0, 0, approx(0.97645836821834, rel=1e-9))
    assert risk.headline.p_value == odds.headline.p_value == approx(0.0471240471240471, rel=1e-9)
    assert "ratio_half_added" in codes(risk)
    assert "ratio_exact" in codes(odds)
    assert numbers(risk.estimates[1])[:2] == numbers(odds.estimates[1])[:2] == (None, None)
    assert risk.estimates[1].std_error is odds.estimates[1].std_error is None

    # turned round the ratio is infinite: no value, no upper limit, and the lower one is said
    turned = risk_ratio(data, outcome="reached", programme="waiting")
    assert numbers(turned.headline) == (None, approx(1 / 1.54229658111717, rel=1e-9), None)
    assert "ratio_unbounded" in codes(turned)
    assert "0.65" in repr(turned)


def test_zero_events_both_arms():
    data = two_arms(0, 20, 0, 25)
    difference = risk_difference(data, outcome="reached").headline
    assert (difference.estimate, difference.p_value) == (0, 1)
    assert -0.2 < difference.conf_low < 0 < difference.conf_high < 0.2
    for function in (risk_ratio, odds_ratio):
        result = function(data, outcome="reached")
        assert (*numbers(result.headline), result.headline.p_value) == (None, None, None, 1)
        assert codes(result) == {"ratio_nobody"}
