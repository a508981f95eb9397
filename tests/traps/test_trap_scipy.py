"""What scipy 1.17.1 answers to a question that nobody asked, and what is right: one test a trap."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from pytest import approx
from scipy import stats

from rmstudy.methods.change import matched_rank_biserial, mean_change, median_change
from rmstudy.methods.resampling import bootstrap, permutation_test


@pytest.fixture
def people():
    """Twelve people who differ much and change a little."""
    pre = np.array([31.0, 44, 52, 38, 60, 47, 55, 41, 36, 49, 58, 43])
    change = np.array([3.0, -1, 4, 2, -2, 5, 1, 3, -1, 4, 0.5, 2])
    return pd.DataFrame({"pre": pre, "post": pre + change}, index=[f"P{i}" for i in range(12)])


def mean_difference(after, before, axis=-1):
    return np.mean(after, axis=axis) - np.mean(before, axis=axis)


def test_the_permutation_test_turns_signs(people):
    # permutation_type="independent" by default: .453 where "samples" gives .055, and "pairings" 1.0
    ours = permutation_test(people, pre="pre").headline.p_value
    scores = (people["post"], people["pre"])
    paired, apart, pairings = (
        stats.permutation_test(
            scores, mean_difference, permutation_type=kind, n_resamples=5000, vectorized=True, rng=1
        ).pvalue
        for kind in ("samples", "independent", "pairings")
    )
    assert ours == approx(paired, abs=1e-12), "both list all 4,096 sign changes"
    assert ours == approx(mean_change(people).headline.p_value, abs=0.01)
    assert ours < 0.05 < 0.4 < apart < pairings == 1


def test_the_bootstrap_draws_people(people):
    # paired=False by default: [-2.8, 6.1] where the pairs give [.18, 3.15]
    def gain(pre, post, axis):
        return mean_difference(post, pre, axis)

    ours = bootstrap(people, gain, columns=["pre", "post"], resamples=4000).headline
    limits = {
        paired: stats.bootstrap(
            (people["pre"], people["post"]), gain, paired=paired, n_resamples=4000, rng=1
        ).confidence_interval
        for paired in (True, False)
    }
    assert (ours.conf_low, ours.conf_high) == approx(tuple(limits[True]), abs=0.15)
    assert limits[False].low < 0 < ours.conf_low
    assert limits[False].high - limits[False].low > 3 * (ours.conf_high - ours.conf_low)


def test_the_index_says_who_is_who(people):
    # ttest_rel pairs two Series by position: p .0496 of aligned rows, .505 of the same people shuffled
    shuffled = people["post"].sample(frac=1, random_state=5)
    aligned = stats.ttest_rel(people["post"], people["pre"]).pvalue
    assert stats.ttest_rel(shuffled, people["pre"]).pvalue > 0.3
    assert mean_change(pd.DataFrame({"pre": people["pre"], "post": shuffled})).headline.p_value == approx(
        aligned
    )


def test_a_missing_score_is_counted_and_no_nan(people):
    # nan_policy="propagate": nothing but nan
    people.loc["P3", "post"] = np.nan
    assert np.isnan(stats.ttest_rel(people["post"], people["pre"]).pvalue)
    result = mean_change(people)
    assert (result.n, result.dropped) == ({"all": 11}, {"all": 1})
    assert result.headline.p_value is not None


def test_people_who_did_not_change_are_ranked_and_nothing_is_chosen():
    # wilcoxon on answers of five steps: p .257 or .459 by zero_method
    change = np.array([0, 0, 1, 0, -3, -1, -2, 0, 1, 0, 1, 0, -2, 0])
    people = pd.DataFrame({"pre": np.full(14, 4), "post": 4 + change})

    def signed_rank_p(change):
        """Rank the sizes, then count every way of turning the signs of those who changed."""
        ranks = stats.rankdata(np.abs(change))[change != 0]
        flips = np.abs(np.array(list(product((-1, 1), repeat=len(ranks)))) @ ranks)
        return (flips >= abs(ranks @ np.sign(change[change != 0]))).mean()

    assert signed_rank_p(change[change != 0]) == approx(0.28125), "without those who stayed"
    for function in (median_change, matched_rank_biserial):
        result = function(people)
        assert result.headline.p_value == approx(signed_rank_p(change)) == approx(0.515625)
        assert "ties" in {note.code for note in result.notes}, function.__name__


def test_departments_are_not_people():
    # no clusters: 60 changes in 5 departments, intraclass correlation .10: 19 % false alarms
    rng = np.random.default_rng(31)
    department = np.repeat(np.arange(5), 12)
    alarms = []
    for _ in range(200):
        post = np.sqrt(0.1) * rng.normal(size=5)[department] + np.sqrt(0.9) * rng.normal(size=60)
        people = pd.DataFrame({"pre": 0.0, "post": post, "unit": department})
        ours = mean_change(people, cluster="unit").headline.p_value
        alarms.append((ours < 0.05, stats.ttest_1samp(post, 0).pvalue < 0.05))
    clustered, naive = np.mean(alarms, axis=0)
    assert clustered == approx(0.05, abs=0.035)
    assert naive > 0.13
