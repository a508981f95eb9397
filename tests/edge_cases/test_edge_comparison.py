"""Two arms where something is missing: spread, people, overlap, a whole arm."""

import numpy as np
import pandas as pd
import pytest
from pytest import approx
from reference import dataset

from rmstudy.errors import DesignError
from rmstudy.methods.comparison import (
    adjusted_difference,
    adjusted_g,
    change_or_adjusted,
    cliffs_delta,
    difference_in_differences,
    dppc2,
    glass_delta,
    hedges_g,
    post_difference,
    probability_of_superiority,
    slope_homogeneity,
)

LATER = (post_difference, hedges_g, glass_delta, cliffs_delta, probability_of_superiority)
WAVES = (adjusted_difference, difference_in_differences, dppc2, adjusted_g, change_or_adjusted)


def frame(treated, control, pre=None):
    """A frame from the later scores of two arms."""
    data = pd.DataFrame({"arm": ["T"] * len(treated) + ["C"] * len(control), "post": [*treated, *control]})
    return data if pre is None else data.assign(pre=pre)


def codes_of(result):
    return {note.code for note in result.notes}


def nothing_but_the_estimate(estimate):
    """Whether an estimate has neither error nor test nor limits."""
    return {
        estimate.std_error,
        estimate.statistic,
        estimate.p_value,
        estimate.conf_low,
        estimate.conf_high,
    } == {None}


def term(result, name):
    return next(e for e in result.estimates if e.term == name)


def test_indep_both_constant_equal():
    data = frame([3, 3, 3], [3, 3, 3])
    plain = post_difference(data, programme="T")
    assert plain.headline.estimate == 0
    assert nothing_but_the_estimate(plain.headline)
    assert codes_of(plain) == {"no_residual_spread"}
    standardised = hedges_g(data, programme="T")
    assert (standardised.headline.estimate, term(standardised, "d").estimate) == (None, None)
    assert nothing_but_the_estimate(standardised.headline)
    assert "no_spread_within" in codes_of(standardised)
    assert term(standardised, "mean difference (points)").estimate == 0
    assert glass_delta(data, programme="T").headline.estimate is None


def test_indep_both_constant_different():
    data = frame([5, 5, 5], [3, 3, 3])
    plain = post_difference(data, programme="T")
    assert plain.headline.estimate == 2
    assert nothing_but_the_estimate(plain.headline)
    standardised = hedges_g(data, programme="T")
    assert (standardised.headline.estimate, term(standardised, "d").estimate) == (None, None)
    assert "no_spread_within" in codes_of(standardised)
    ranks = cliffs_delta(data, programme="T")
    assert ranks.headline.estimate == 1
    assert ranks.headline.conf_low < 1
    assert "separated" in codes_of(ranks)


def test_indep_control_constant():
    data = frame([4, 6, 5, 7], [3, 3, 3, 3])
    plain = post_difference(data, programme="T").headline
    assert (plain.estimate, plain.df) == approx((2.5, 3), abs=1e-10)
    delta = glass_delta(data, programme="T")
    assert delta.headline.estimate is None
    assert nothing_but_the_estimate(delta.headline)
    assert "no_spread_comparison" in codes_of(delta)


def test_indep_one_per_arm():
    data = frame([5], [3, 4, 6])
    with pytest.raises(DesignError, match="Arm 'T' has one person: its spread cannot be estimated"):
        post_difference(data, programme="T")
    pooled = hedges_g(data, programme="T")
    assert term(pooled, "d").p_value == approx(0.741801110252839, abs=1e-10)
    assert "one_in_arm" in codes_of(pooled)
    assert term(pooled, "d_av").estimate is None
    delta = glass_delta(data, programme="T")
    assert delta.headline.estimate == approx((5 - 13 / 3) / np.std([3, 4, 6], ddof=1))
    assert nothing_but_the_estimate(delta.headline)
    assert codes_of(delta) == {"one_in_arm_no_interval"}
    with pytest.raises(DesignError, match="Arm 'T' has one person: it has no standard deviation"):
        glass_delta(frame([3, 4, 6], [5]).replace({"T": "C", "C": "T"}), programme="C")


@pytest.mark.parametrize("method", LATER)
def test_indep_empty_arm(method):
    with pytest.raises(DesignError, match="No arm in 'arm' is called 'T'; the labels are 'C'"):
        method(frame([], [3, 4, 6]), programme="T")


@pytest.mark.parametrize(("method", "middle"), [(cliffs_delta, 0), (probability_of_superiority, 0.5)])
def test_mw_all_tied(method, middle):
    result = method(frame([2, 2, 2], [2, 2, 2, 2]), programme="T")
    assert (result.headline.estimate, result.headline.p_value) == (middle, 1)
    assert (result.headline.statistic, result.headline.conf_low) == (None, None)
    assert codes_of(result) == {"all_tied"}


@pytest.mark.parametrize(("method", "least"), [(cliffs_delta, -1), (probability_of_superiority, 0)])
def test_mw_complete_separation(method, least):
    result = method(frame([8, 9, 10], [1, 2, 3]), programme="T")
    assert (result.headline.estimate, result.headline.conf_high) == (1, 1)
    assert least < result.headline.conf_low < 0.6
    assert result.headline.p_value == approx(0.1, abs=1e-12)
    assert codes_of(result) == {"separated"}


@pytest.mark.parametrize("method", [*LATER, *WAVES])
def test_outcome_all_missing(method):
    data = frame([None] * 5, [None] * 5, pre=range(10))
    with pytest.raises(DesignError, match="'post' has no observed values"):
        method(data, programme="T")


@pytest.mark.parametrize("method", [*LATER, *WAVES])
def test_one_arm_all_missing(method):
    data = frame([None] * 5, [4, 5, 6, 7, 8], pre=range(10))
    with pytest.raises(DesignError, match=r"Arm 'T': nobody has the outcome \('post'\)"):
        method(data, programme="T")


@pytest.mark.parametrize("method", [adjusted_difference, adjusted_g, change_or_adjusted])
def test_constant_covariate(method):
    rng = np.random.default_rng(12)
    data = frame(rng.normal(size=6), rng.normal(size=6), pre=[5] * 12)
    result = method(data, programme="T")
    assert "constant_covariate" in codes_of(result)
    means = data.groupby("arm")["post"].mean()
    points = term(result, "adjusted difference (points)") if method is adjusted_g else result.headline
    assert points.estimate == approx(means["T"] - means["C"])


def test_slopes_differ():
    data = dataset("anorexia")
    result = slope_homogeneity(data)
    assert result.headline.p_value == approx(0.0066655907, abs=1e-6)
    (note,) = result.notes
    assert note.code == "slopes_differ"
    assert note.text().endswith("the adjusted difference holds at the mean starting score.")
    with pytest.raises(DesignError, match="3 labels"):
        adjusted_difference(data, programme="FT")
    adjusted = adjusted_difference(data[data["arm"] != "CBT"], programme="FT")
    assert adjusted.headline.estimate is not None
    assert "slopes_differ" in codes_of(adjusted)
