"""Shares and their comparisons: edge cases, refusals, who is counted, invariances.

The numbers themselves stand in validation/proportions.py.
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx
from scipy import stats

from rmstudy.errors import DesignError
from rmstudy.methods.proportions import odds_ratio, paired_risk_difference, risk_difference, risk_ratio, share


def two_arms(x1, n1, x2, n2):
    return pd.DataFrame(
        {
            "reached": [1] * x1 + [0] * (n1 - x1) + [1] * x2 + [0] * (n2 - x2),
            "arm": ["programme"] * n1 + ["waiting"] * n2,
        }
    )


def table(both, gained, lost, neither):
    return pd.DataFrame(
        {
            "pre": [1] * both + [0] * gained + [1] * lost + [0] * neither,
            "post": [1] * both + [1] * gained + [0] * lost + [0] * neither,
        }
    )


def limits(e):
    return e.conf_low, e.conf_high


def codes(result):
    return {note.code for note in result.notes}


def test_nobody_or_everybody_at_the_cutoff():
    data = pd.DataFrame({"test": [4, 5, 6]})
    nobody = share(data, outcome="test", cutoff=7).headline
    everybody = share(data, outcome="test", cutoff=4).headline
    # Wilson with 0 of n: upper limit z^2 / (n + z^2)
    assert limits(nobody) == (0, approx(3.8414588 / 6.8414588, abs=1e-7))
    assert limits(everybody) == (approx(3 / 6.8414588, abs=1e-7), 1)


def test_nobody_changes_side():
    e = paired_risk_difference(table(5, 0, 0, 5)).headline
    assert (e.estimate, e.p_value) == (0, 1)
    assert e.conf_low < 0 < e.conf_high


def test_everybody_reaches_it():
    e = paired_risk_difference(table(0, 8, 0, 0)).headline
    assert (e.estimate, e.conf_high) == (1, 1)
    assert 0 < e.conf_low < 1


def test_exactly_on_the_cutoff_counts_even_in_binary():
    # 0.1 + 0.2 is 0.30000000000000004 and 0.7 - 0.4 is 0.29999999999999993
    data = pd.DataFrame({"test": [0.1 + 0.2, 0.7 - 0.4, 0.29]})
    assert share(data, outcome="test", cutoff=0.3).headline.estimate == approx(2 / 3)
    assert share(data, outcome="test", cutoff=0.3, higher_is_better=False).headline.estimate == 1


def test_lower_can_be_better():
    data = pd.DataFrame(
        {"pre": [9, 8, 7, 6], "post": [5, 8, 4, 3], "arm": ["programme", "programme", "c", "c"]}
    )
    lower = {"cutoff": 5, "higher_is_better": False}
    assert paired_risk_difference(data, **lower).headline.estimate == 0.75
    assert share(data, outcome="post", **lower).headline.estimate == 0.75
    assert risk_difference(data, outcome="post", **lower).headline.estimate == -0.5


def test_a_cutoff_is_the_same_as_zero_and_one():
    scores = pd.DataFrame({"pre": [3, 6, 4, 7, 2, 5], "post": [6, 6, 5, 3, 5, 8]})
    assert (
        paired_risk_difference(scores, cutoff=5).estimates == paired_risk_difference(scores.ge(5)).estimates
    )


def test_left_out_people_are_counted():
    data = pd.DataFrame(
        {"pre": [1, 0, None, 1, 0], "post": [1, 1, 1, None, 1], "arm": ["programme", "c", "c", "c", None]}
    )
    one = share(data, outcome="post", cutoff=1)
    pairs = paired_risk_difference(data)
    arms = risk_difference(data, outcome="post")
    assert (dict(one.n), dict(one.dropped), codes(one)) == ({"all": 4}, {"all": 1}, {"column_missing"})
    assert (dict(pairs.n), dict(pairs.dropped)) == ({"all": 3}, {"all": 2})
    assert (dict(arms.n), dict(arms.dropped)) == ({"programme": 1, "c": 2}, {"programme": 0, "c": 1})
    assert "arm_missing" in codes(arms)


def test_refusals():
    data = pd.DataFrame({"pre": [1, 4, 2], "post": [3, 5, 2], "arm": ["programme", "c", "c"]})
    with pytest.raises(DesignError, match="'pre' holds values other than 0 and 1"):
        paired_risk_difference(data)
    with pytest.raises(DesignError, match="'post' holds values other than 0 and 1"):
        risk_difference(data, outcome="post")
    with pytest.raises(DesignError, match="is not a score"):
        share(data, outcome="post", cutoff=np.nan)
    with pytest.raises(DesignError, match="No arm in 'arm' is called 'treated'"):
        risk_difference(data, outcome="post", cutoff=3, programme="treated")
    with pytest.raises(DesignError, match="Did you mean 'post'"):
        share(data, outcome="pots", cutoff=3)
    with pytest.raises(DesignError, match="1 of 1 people have both"):
        paired_risk_difference(table(1, 0, 0, 0))
    with pytest.raises(DesignError, match="not a confidence level"):
        share(data, outcome="post", cutoff=3, level=95)


def test_results_say_themselves_in_both_languages():
    data = table(3, 4, 1, 2).assign(arm=["programme"] * 5 + ["c"] * 5)
    for result in (
        share(data, outcome="post", cutoff=1),
        paired_risk_difference(data),
        risk_difference(data, outcome="post"),
        risk_ratio(data, outcome="post"),
        odds_ratio(data, outcome="post"),
    ):
        assert result.text("it") != result.text("en")


counts = st.integers(0, 15)


@settings(max_examples=60, deadline=None)
@given(both=counts, gained=counts, lost=counts, neither=st.integers(2, 15))
def test_paired_difference_keeps_its_rules(both, gained, lost, neither):
    data = table(both, gained, lost, neither)
    e = paired_risk_difference(data).headline
    assert -1 <= e.conf_low < e.conf_high <= 1
    assert e.conf_low <= e.estimate + 1e-12 and e.estimate <= e.conf_high + 1e-12
    back = paired_risk_difference(data, pre="post", post="pre").headline
    assert (back.estimate, *limits(back)) == approx((-e.estimate, -e.conf_high, -e.conf_low), abs=1e-12)
    failed = paired_risk_difference(1 - data).headline
    assert (failed.estimate, *limits(failed)) == approx((-e.estimate, -e.conf_high, -e.conf_low), abs=1e-12)
    shuffled = paired_risk_difference(data.iloc[::-1]).headline
    assert shuffled == e


@settings(max_examples=60, deadline=None)
@given(x1=counts, m1=st.integers(1, 15), x2=counts, m2=st.integers(1, 15))
def test_difference_of_arms_keeps_its_rules(x1, m1, x2, m2):
    data = two_arms(x1, x1 + m1, x2, x2 + m2)
    e = risk_difference(data, outcome="reached").headline
    back = risk_difference(data, outcome="reached", programme="waiting").headline
    assert -1 <= e.conf_low <= e.estimate + 1e-12 and e.estimate - 1e-12 <= e.conf_high <= 1
    assert (back.estimate, *limits(back)) == approx((-e.estimate, -e.conf_high, -e.conf_low), abs=1e-12)
    assert back.p_value == approx(e.p_value)


def test_which_value_counts_must_be_said_where_less_is_better():
    frame = pd.DataFrame({"arm": ["programme", "waiting"] * 10, "post": [0, 1] * 10})
    with pytest.raises(DesignError, match="needs a cut-off"):
        risk_difference(frame, outcome="post", higher_is_better=False)


# ratios

RATIOS = (risk_ratio, odds_ratio)


def row(result, term):
    return next(e for e in result.estimates if e.term == term)


def inverse(value):
    return None if value == 0 else 0 if value is None else 1 / value


@settings(max_examples=25, deadline=None)
@given(x1=counts, m1=counts, x2=counts, m2=counts)
def test_ratios_keep_their_rules(x1, m1, x2, m2):
    data = two_arms(x1, x1 + m1 + 1, x2, x2 + m2 + 1)
    for function in RATIOS:
        result = function(data, outcome="reached")
        e = result.headline
        back = function(data, outcome="reached", programme="waiting").headline
        assert back.p_value == approx(e.p_value)
        assert function(data.iloc[::-1], outcome="reached").headline == e
        if e.estimate is not None:
            assert 0 <= e.conf_low <= e.estimate <= e.conf_high
            assert back.conf_low == approx(1 / e.conf_high)
            assert (back.estimate, back.conf_high) == approx((inverse(e.estimate), inverse(e.conf_low)))
        elif x1 + x2 > 0:
            assert (e.conf_high, back.estimate, back.conf_low) == (None, 0, 0)
        logarithm = result.estimates[1]
        assert (logarithm.estimate is None) == (e.estimate is None or e.estimate == 0)


@settings(max_examples=25, deadline=None)
@given(x1=counts, m1=counts, x2=counts, m2=counts)
def test_the_odds_ratio_of_missing_the_cutoff_is_the_inverse(x1, m1, x2, m2):
    data = two_arms(x1, x1 + m1 + 1, x2, x2 + m2 + 1)
    e = odds_ratio(data, outcome="reached").headline
    failed = odds_ratio(data.assign(reached=1 - data["reached"]), outcome="reached").headline
    if e.estimate and e.conf_low:
        assert (failed.estimate, failed.conf_low, failed.conf_high) == approx(
            (1 / e.estimate, 1 / e.conf_high, 1 / e.conf_low)
        )


def test_the_odds_ratio_lies_further_from_one():
    data = two_arms(80, 100, 60, 100)
    risk, odds = (function(data, outcome="reached").headline.estimate for function in RATIOS)
    assert (risk, odds) == approx((4 / 3, 8 / 3))
    back = [function(data, outcome="reached", programme="waiting").headline.estimate for function in RATIOS]
    assert back == approx([3 / 4, 3 / 8])


def test_ratio_intervals_are_symmetric_on_the_log_scale():
    data = two_arms(12, 40, 7, 35)
    for function, term in ((risk_ratio, "log risk ratio"), (odds_ratio, "log odds ratio")):
        result = function(data, outcome="reached", level=0.9)
        logarithm = row(result, term)
        assert logarithm.estimate == approx(np.log(result.headline.estimate))
        assert np.exp(limits(logarithm)) == approx(limits(result.headline))
        half = 1.6448536269514722 * logarithm.std_error
        assert limits(logarithm) == approx((logarithm.estimate - half, logarithm.estimate + half))


def test_the_exact_limits_agree_with_the_exact_test():
    # Fisher's two-sided p sums small probabilities, so the two need not agree, except for clear tables
    for cells in ((14, 20, 3, 20), (3, 20, 14, 20), (10, 20, 9, 20)):
        exact = row(odds_ratio(two_arms(*cells), outcome="reached"), "conditional odds ratio, exact")
        assert (exact.p_value < 0.05) == (not exact.conf_low < 1 < exact.conf_high)


def test_everybody_in_both_arms():
    data = two_arms(20, 20, 25, 25)
    risk, odds = risk_ratio(data, outcome="reached"), odds_ratio(data, outcome="reached")
    assert risk.headline.estimate == 1
    assert risk.headline.conf_low < 1 < risk.headline.conf_high, "the log interval would be a point"
    assert codes(risk) == {"ratio_half_added"}
    assert (odds.headline.estimate, *limits(odds.headline)) == (None, None, None)
    assert codes(odds) == {"ratio_everybody"}


def test_everybody_in_one_arm():
    data = two_arms(20, 20, 10, 20)
    risk, odds = risk_ratio(data, outcome="reached"), odds_ratio(data, outcome="reached")
    assert risk.headline.estimate == 2 and codes(risk) == set()
    assert odds.headline.estimate is None and odds.headline.conf_low > 1
    assert codes(odds) == {"ratio_exact", "ratio_unbounded"}


@pytest.mark.parametrize("function", RATIOS)
def test_ratios_refuse_and_count_like_the_difference(function):
    data = pd.DataFrame({"post": [3, 5, 2, 4], "arm": ["programme", "c", "c", None]})
    with pytest.raises(DesignError, match="'post' holds values other than 0 and 1"):
        function(data, outcome="post")
    with pytest.raises(DesignError, match="No arm in 'arm' is called 'treated'"):
        function(data, outcome="post", cutoff=3, programme="treated")
    with pytest.raises(DesignError, match="needs a cut-off"):
        function(data, outcome="post", higher_is_better=False)
    with pytest.raises(DesignError, match="not a confidence level"):
        function(data, outcome="post", cutoff=3, level=95)
    result, difference = (f(data, outcome="post", cutoff=3) for f in (function, risk_difference))
    assert (result.n, result.dropped) == (difference.n, difference.dropped)
    assert "arm_missing" in codes(result)
    assert result.estimates[-2:] == difference.estimates[-2:], "the shares of the arms"


def test_the_risk_ratio_covers_the_truth():
    # exact coverage over all tables of 20 and 20 people, with shares of .6 and .4
    covered = 0.0
    for x1 in range(21):
        for x2 in range(21):
            chance = stats.binom.pmf(x1, 20, 0.6) * stats.binom.pmf(x2, 20, 0.4)
            if chance > 1e-4:
                low, high = limits(risk_ratio(two_arms(x1, 20, x2, 20), outcome="reached").headline)
                covered += chance * (low <= 1.5 <= (high or np.inf))
    assert 0.93 <= covered <= 0.975
