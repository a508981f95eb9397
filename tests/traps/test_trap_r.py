"""What R's effectsize, rstatix and psych get wrong, so that agreement with R is not our only test."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from pytest import approx
from scipy import stats

from rmstudy.methods.change import (
    cohens_drm,
    hedges_gav,
    matched_rank_biserial,
    mean_change,
    probability_of_improvement,
)

# Lakens (2013), Frontiers in Psychology 4:863
LAKENS = pd.DataFrame({"pre": [9, 6, 7, 8, 7, 9, 8, 8, 8, 7], "post": [9, 7, 8, 9, 8, 9, 9, 10, 9, 9]})


def coverage(function, n, r, change, studies=250):
    """Share of studies whose interval holds the true standardised change."""
    rng = np.random.default_rng(71)
    hits = 0
    for _ in range(studies):
        pre = rng.normal(size=n)
        post = change + r * pre + math.sqrt(1 - r * r) * rng.normal(size=n)
        e = function(pd.DataFrame({"pre": pre, "post": post})).headline
        hits += e.conf_low <= change <= e.conf_high
    return hits / studies


@pytest.mark.parametrize(
    ("function", "cell", "theirs"),
    [
        (hedges_gav, (10, 0.85, 1.5), 0.56),
        (hedges_gav, (20, 0.6, 0.8), 0.90),
        (hedges_gav, (40, 0.6, 0.8), 0.91),
        (cohens_drm, (10, 0.85, 1.5), 0.70),
    ],
)
def test_the_standard_deviation_that_divides_is_itself_uncertain(function, cell, theirs):
    # effectsize (development) rm_d: the standardiser counts as known; coverage .56, .90, .91 ("av"), .70 ("rm")
    found = coverage(function, *cell)
    if function is hedges_gav:
        assert found == approx(0.95, abs=0.03)
    else:
        assert found > 0.88, "a little narrow in small samples, as its page says"
    assert found > theirs


def test_three_of_fifteen_are_not_certainty():
    # rank_biserial(paired=TRUE): 1, with an interval of 1 to 1, beside a Wilcoxon p of .149
    people = pd.DataFrame({"pre": [3] * 15, "post": [4] * 3 + [3] * 12})
    result = matched_rank_biserial(people)
    e = result.headline
    assert e.estimate == approx(0.35)
    assert e.conf_low is None or e.conf_high - e.conf_low > 0.4
    assert e.p_value == approx(0.25), "three signs can turn in eight ways, and two are as one-sided"
    assert {row.term: row.estimate for row in result.estimates}["share unchanged"] == approx(0.8)
    assert "ties" in {note.code for note in result.notes}
    chance = probability_of_improvement(people).headline
    assert chance.estimate == approx(0.6)
    assert chance.conf_low < 0.5 < chance.conf_high


def test_a_missing_row_does_not_pair_strangers():
    # rstatix 0.7.2 on long data: d = .65, p = .086 where those who answered twice have p = .0016
    rng = np.random.default_rng(72)
    pre = rng.normal(50, 4, 12)
    wide = pd.DataFrame({"pre": pre, "post": pre + rng.normal(2, 1.6, 12)}, index=range(100, 112))
    long = wide.rename_axis("id").reset_index().melt("id", var_name="wave", value_name="score")
    long = long.drop(index=[2, 12 + 9])
    waves = {wave: rows.set_index("id")["score"] for wave, rows in long.groupby("wave")}
    result = mean_change(pd.concat(waves, axis=1))
    both = wide.drop(index=[102, 109])
    assert result.headline.p_value == approx(stats.ttest_rel(both["post"], both["pre"]).pvalue)
    by_position = stats.ttest_rel(
        long.query("wave == 'post'")["score"].to_numpy(), long.query("wave == 'pre'")["score"].to_numpy()
    )
    assert result.headline.p_value < 0.01 < by_position.pvalue


def test_the_people_counted_are_the_pairs_used():
    # wide data with a missing value: n1 = n2 = 9 is printed where eight pairs were used
    people = LAKENS.astype(float)
    people.loc[1, "pre"] = people.loc[4, "post"] = np.nan
    for function in (mean_change, hedges_gav, matched_rank_biserial):
        result = function(people)
        assert (result.n, result.dropped) == ({"all": 8}, {"all": 2}), function.__name__


def test_people_are_not_compared_with_themselves_as_strangers():
    # psych::cohen.d: 1.187, two independent groups with n below the variances; d_av is 1.126
    two_groups = 1 / math.sqrt((LAKENS["pre"].var(ddof=0) + LAKENS["post"].var(ddof=0)) / 2)
    assert two_groups == approx(1.187, abs=5e-4)
    assert hedges_gav(LAKENS).estimates[1].estimate == approx(1.12588, abs=5e-6)
    closer = LAKENS.apply(np.sort)
    assert hedges_gav(closer).estimates[1].estimate == approx(1.12588, abs=5e-6), (
        "the same two sets of scores"
    )
    widths = [e.conf_high - e.conf_low for e in (hedges_gav(f).headline for f in (LAKENS, closer))]
    assert widths[1] < widths[0], "but the pairing makes the interval"
