"""Regression to the mean: known truth by simulation and in closed form, bands, refusals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest import approx
from scipy import stats

from rmstudy.errors import DesignError
from rmstudy.methods.sensitivity import regression_to_the_mean

CHOSEN = pd.DataFrame({"pre": [31.0, 35.0, 38.0, 40.0, 41.0]})  # mean 37


def two_waves(stability, n=400_000, seed=11):
    """Two scores of everybody, mean 50 and SD 10 at both waves, without any programme."""
    rng = np.random.default_rng(seed)
    first, noise = rng.normal(size=(2, n))
    second = stability * first + np.sqrt(1 - stability**2) * noise
    return pd.DataFrame({"pre": 50 + 10 * first, "post": 50 + 10 * second})


@pytest.mark.parametrize(("stability", "share"), [(0.6, 1 / 3), (0.85, 1 / 3), (0.7, 1 / 2), (0.6, 1 / 5)])
def test_the_lowest_scorers_gain_this_much_without_a_programme(stability, share):
    people = two_waves(stability)
    chosen = people[people["pre"] <= people["pre"].quantile(share)]
    result = regression_to_the_mean(chosen, stability=stability, reference_mean=50)
    gain = (chosen["post"] - chosen["pre"]).mean()
    assert result.headline.estimate == approx(gain, abs=4 * 10 / np.sqrt(len(chosen)))
    assert gain > 1  # the simulated trap is there to be seen


def test_selection_by_another_score_lies_inside_the_band():
    people = two_waves(0.6)
    other = 0.5 * (people["pre"] - 50) / 10 + np.sqrt(0.75) * np.random.default_rng(3).normal(
        size=len(people)
    )
    chosen = people[other <= np.quantile(other, 1 / 3)]
    gain = (chosen["post"] - chosen["pre"]).mean()
    result = regression_to_the_mean(chosen, stability=0.6, reference_mean=50, selected_on="other")
    assert result.headline.conf_low == 0
    assert result.headline.conf_low < gain < result.headline.conf_high


@pytest.mark.parametrize(
    ("share", "stability", "shift"),
    [
        # (1 - stability) * phi(z) / share, in SD, normal scores cut at z = Phi^-1(share)
        (1 / 5, 0.60, 0.56),
        (1 / 5, 0.90, 0.14),
        (1 / 3, 0.60, 0.44),
        (1 / 3, 0.70, 0.33),
        (1 / 3, 0.80, 0.22),
        (1 / 2, 0.60, 0.32),
        (1 / 2, 0.70, 0.24),
        (1 / 2, 0.90, 0.08),
    ],
)
def test_share_selected_and_stability(share, stability, shift):
    mean_of_chosen = -stats.norm.pdf(stats.norm.ppf(share)) / share
    result = regression_to_the_mean(
        pd.DataFrame({"pre": [mean_of_chosen]}), stability=stability, reference_mean=0
    )
    assert result.headline.estimate == approx(shift, abs=0.005)


def test_the_band_follows_the_stability():
    result = regression_to_the_mean(CHOSEN, stability=0.7, reference_mean=50, stability_interval=(0.55, 0.8))
    e = result.headline
    assert (e.estimate, e.conf_low, e.conf_high) == approx((0.3 * 13, 0.2 * 13, 0.45 * 13))
    assert (e.std_error, e.df, e.p_value, result.level) == (None, None, None, None)
    assert [note.code for note in result.notes] == ["rtm_selected_on_outcome", "rtm_band"]
    assert result.notes[1].text() == (
        "The limits 2.60 and 5.85 are a band of what could be expected, not a confidence interval."
    )


def test_an_assumed_band_says_so_and_stays_a_correlation():
    result = regression_to_the_mean(CHOSEN, stability=0.95, reference_mean=50)
    assert (result.headline.conf_low, result.headline.conf_high) == approx((0, 0.15 * 13))
    assert dict(result.notes[-1].params) == approx({"low": 0.85, "high": 1.0})
    assert result.notes[-1].code == "rtm_stability_assumed_band"


def test_high_scorers_fall_back():
    result = regression_to_the_mean(CHOSEN, stability=0.7, reference_mean=30, selected_on="other")
    e = result.headline
    assert (e.estimate, e.conf_low, e.conf_high) == approx((0.3 * -7, 0.4 * -7, 0))
    assert result.notes[0].code == "rtm_selected_otherwise"
    assert dict(result.notes[0].params)["full"] == approx(-2.1)


def test_who_is_counted():
    data = pd.DataFrame({"pre": [31, None, 40, None, 43]}, index=list("abcde"))
    result = regression_to_the_mean(data, stability=0.5, reference_mean=50)
    assert (dict(result.n), dict(result.dropped)) == ({"all": 3}, {"all": 2})
    assert result.headline.estimate == approx(0.5 * 12)


@given(
    stability=st.floats(0, 1),
    scale=st.floats(0.1, 100),
    shift=st.floats(-100, 100),
    selected_on=st.sampled_from(["outcome", "other"]),
)
def test_units_and_origin(stability, scale, shift, selected_on):
    base = regression_to_the_mean(CHOSEN, stability=stability, reference_mean=50, selected_on=selected_on)
    moved = regression_to_the_mean(
        CHOSEN * scale + shift,
        stability=stability,
        reference_mean=50 * scale + shift,
        selected_on=selected_on,
    )
    for name in ("estimate", "conf_low", "conf_high"):
        assert getattr(moved.headline, name) == approx(scale * getattr(base.headline, name), abs=1e-9)
    assert base.headline.conf_low <= base.headline.estimate <= base.headline.conf_high


@pytest.mark.parametrize("stability", [-0.1, 1.2, float("nan"), 70])
def test_impossible_stabilities_are_refused(stability):
    with pytest.raises(DesignError, match="not a test-retest correlation between 0 and 1"):
        regression_to_the_mean(CHOSEN, stability=stability, reference_mean=50)


@pytest.mark.parametrize("interval", [(0.8, 0.6), (0.75, 0.9), (0.5, 0.6), (-0.2, 0.9), (0.5, 1.1)])
def test_impossible_intervals_are_refused(interval):
    with pytest.raises(DesignError, match=r"must run from low to high .* around stability=0\.7"):
        regression_to_the_mean(CHOSEN, stability=0.7, reference_mean=50, stability_interval=interval)


def test_other_refusals():
    with pytest.raises(DesignError, match=r"selected_on='random' is unknown\. Allowed: outcome, other"):
        regression_to_the_mean(CHOSEN, stability=0.7, reference_mean=50, selected_on="random")
    with pytest.raises(DesignError, match="reference_mean=nan is not a number"):
        regression_to_the_mean(CHOSEN, stability=0.7, reference_mean=float("nan"))
    with pytest.raises(DesignError, match="There is no column 'before'"):
        regression_to_the_mean(CHOSEN, pre="before", stability=0.7, reference_mean=50)
    with pytest.raises(DesignError, match="more than one row"):
        regression_to_the_mean(pd.concat([CHOSEN, CHOSEN]), stability=0.7, reference_mean=50)
