"""Shares: published intervals, reference values, edge cases, invariances."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx

from rmstudy.errors import DesignError
from rmstudy.methods.proportions import paired_risk_difference, risk_difference, share


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


def test_newcombe_1998_independent():
    # Newcombe (1998), Statistics in Medicine 17, 873-890, table II (a), method 10: 56/70 against 48/80
    e = risk_difference(two_arms(56, 70, 48, 80), outcome="reached").headline
    assert (e.estimate, *limits(e)) == approx((0.2, 0.0524, 0.3339), abs=6e-5)


def test_newcombe_1998_paired():
    # Newcombe (1998), Statistics in Medicine 17, 2635-2650, method 10: e, f, g, h = 36, 12, 2, 0.
    # His difference is f - g: here the second column is the earlier one.
    e = paired_risk_difference(table(36, 12, 2, 0)).headline
    assert (e.estimate, *limits(e)) == approx((0.2, 0.0569, 0.3404), abs=6e-5)


def test_wilson_matches_r():
    # R: prop.test(9, 12, correct = FALSE)$conf.int: .467694665066 .911058331606
    data = pd.DataFrame({"test": [60] * 9 + [59] * 3})
    e = share(data, outcome="test", cutoff=60).headline
    assert (e.estimate, *limits(e)) == approx((0.75, 0.467694665066, 0.911058331606), abs=1e-11)


def test_reference_arms(oracle):
    records = oracle.records("o_binary_lalonde")
    data = oracle.data("lalonde")
    data = data.assign(employed=data["re78"] > 0)
    result = risk_difference(data, outcome="employed", arm="treat", programme=1)
    difference, treated, control = result.estimates
    for e, name in (
        (difference, "risk_difference_newcombe"),
        (treated, "p_treated"),
        (control, "p_control"),
    ):
        oracle.check(e.estimate, records[name])
        oracle.check(e.conf_low, records[name], "ci_low")
        oracle.check(e.conf_high, records[name], "ci_high")
    oracle.check(difference.p_value, records["odds_ratio_cmle"], "p")


def test_reference_pairs(oracle):
    records = oracle.records("o_mcnemar_lalonde")
    data = oracle.data("lalonde")
    data = (data.loc[data["treat"] == 1, ["re75", "re78"]] > 0).astype(float)
    result = paired_risk_difference(data, pre="re75", post="re78")
    e, n = result.headline, records["n"]["estimate"]
    oracle.check(e.estimate, records["paired_risk_difference"])
    oracle.check(e.p_value, records["mcnemar_exact"], "p")
    assert [e.estimate * n for e in result.estimates[3:]] == approx([80, 14])
    # the Wald interval of so many people is close
    assert limits(e) == approx((0.2678, 0.4457), abs=0.01)


def test_nobody_in_one_arm():
    e = risk_difference(two_arms(0, 20, 5, 20), outcome="reached").headline
    assert (e.estimate, *limits(e)) == approx((-0.25, -0.468700877618744, -0.0377654455666304), abs=1e-10)


def test_nobody_in_either_arm():
    e = risk_difference(two_arms(0, 20, 0, 25), outcome="reached").headline
    assert (e.estimate, e.p_value) == (0, 1)
    assert e.conf_low < 0 < e.conf_high


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
