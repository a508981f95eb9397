"""What semopy, tableone, marginaleffects and linearmodels get wrong, and what is right: one test a trap."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pytest import approx
from scipy import stats

from rmstudy.errors import DesignError
from rmstudy.methods.change import equivalence, mean_change
from rmstudy.methods.comparison import (
    adjusted_difference,
    baseline_balance,
    difference_in_differences,
    post_difference,
)
from rmstudy.methods.reliability import omega_total


@pytest.fixture
def answers():
    """Answers of 300 people to six items that one trait explains."""
    rng = np.random.default_rng(61)
    trait = rng.normal(size=300)
    return pd.DataFrame({f"q{k}": 3 + 0.8 * trait + rng.normal(size=300) for k in range(6)})


def test_the_factor_does_not_depend_on_where_zero_is(answers):
    # semopy 2.3.11, obj="FIML", has no means: a loading of 1.21 (SE .02) on complete data, truth .56 (.11)
    shifted = answers + np.array([-3, 0, 50, 7, 100, -40])
    ours, theirs = (omega_total(frame).headline for frame in (answers, shifted))
    assert (ours.estimate, ours.conf_low, ours.conf_high) == approx(
        (theirs.estimate, theirs.conf_low, theirs.conf_high), rel=1e-6
    )
    centred = omega_total(answers - answers.mean()).headline
    assert centred.estimate == approx(ours.estimate, rel=1e-6)


def test_the_factor_is_that_of_the_people_counted(answers):
    # MLW of semopy: covariances of whoever has the two items, with n = 301 where 158 are complete
    for k in range(142):
        answers.loc[k, f"q{k % 6}"] = np.nan
    result = omega_total(answers)
    assert (result.n, result.dropped) == ({"all": 158}, {"all": 142})
    assert result.headline == omega_total(answers.dropna()).headline


@pytest.fixture
def two_waves():
    rng = np.random.default_rng(62)
    pre = rng.normal(50, 10, 24)
    wide = pd.DataFrame({"pre": pre, "post": pre + rng.normal(2.4, 2.6, 24)})
    wide.index = pd.Index([f"P{i}" for i in range(24)], name="person_id")
    return wide, wide.melt(var_name="wave", value_name="score", ignore_index=False)


def test_two_waves_of_the_same_people_are_not_two_groups(two_waves):
    # tableone groupby="time": p = .159 of an independent test; the same people paired have .0002
    wide, rows = two_waves
    paired = mean_change(wide).headline
    assert paired.p_value < 0.001 < 0.1 < stats.ttest_ind(wide["post"], wide["pre"]).pvalue
    with pytest.raises(DesignError, match="24 people have more than one row"):
        post_difference(rows, post="score", arm="wave", programme="post")
    with pytest.raises(DesignError, match="24 people have more than one row"):
        baseline_balance(rows, columns=["score"], arm="wave", programme="post")
    clustered = post_difference(
        rows.reset_index(), post="score", arm="wave", programme="post", cluster="person_id"
    ).headline
    assert (clustered.estimate, clustered.std_error, clustered.df) == approx(
        (paired.estimate, paired.std_error, paired.df)
    )


def test_margins_use_the_t_of_the_estimate():
    # marginaleffects 0.6.0 equivalence=: the normal distribution, .0232 where t gives .0348, fifteen people
    rng = np.random.default_rng(63)
    people = pd.DataFrame({"pre": rng.normal(size=15), "arm": ["programme"] * 8 + ["waiting"] * 7})
    people["post"] = people["pre"] + 0.8 * (people["arm"] == "programme") + 0.6 * rng.normal(size=15)
    result = adjusted_difference(people)
    e = result.headline
    bound = e.estimate - 1.9918 * e.std_error
    claim = equivalence(result, low=bound).headline
    assert stats.norm.sf(1.9918) == approx(0.0232, abs=5e-5)
    assert claim.p_value == approx(stats.t.sf(1.9918, e.df))
    assert 0.033 < claim.p_value < 0.037
    assert (claim.p_value < 0.05) == (claim.conf_low > bound)


def test_margins_may_be_whole_numbers():
    # equivalence=[.05, 5] raises, because 5 is no float
    people = pd.DataFrame({"pre": [3, 4, 2, 5, 3, 4], "post": [5, 5, 4, 7, 4, 7]})
    change = mean_change(people)
    assert (
        equivalence(change, low=0.05, high=5).estimates == equivalence(change, low=0.05, high=5.0).estimates
    )


@pytest.mark.parametrize("seed", [64, 65])
def test_two_waves_and_two_arms_are_a_t_test_of_changes(seed):
    # clustered PanelOLS without group_debias=True: SE .433, p .029 where the changes have .443 and .035
    rng = np.random.default_rng(seed)
    people = pd.DataFrame({"pre": rng.normal(size=30), "arm": ["programme", "waiting"] * 15})
    people["post"] = people["pre"] + 0.6 * (people["arm"] == "programme") + rng.normal(size=30)
    change = people["post"] - people["pre"]
    exact = stats.ttest_ind(*(change[people["arm"] == a] for a in ("programme", "waiting")), equal_var=False)
    e = difference_in_differences(people).headline
    assert (e.statistic, e.df, e.p_value) == approx((exact.statistic, exact.df, exact.pvalue))
    pooled = (change[people["arm"] == "programme"].var() + change[people["arm"] == "waiting"].var()) / 15
    assert e.std_error == approx(pooled**0.5), "divided by people less one, not by people"
