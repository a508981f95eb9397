"""Designs that mislead whatever the tool, and no tool warns about: one test a trap."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from pytest import approx
from scipy import stats

import rmstudy as rm
from rmstudy.errors import DesignError
from rmstudy.methods.change import mean_change
from rmstudy.methods.dyads import actor_partner
from rmstudy.methods.multiplicity import holm, westfall_young
from rmstudy.methods.regression import dose_response
from rmstudy.methods.sensitivity import regression_to_the_mean


def test_the_lowest_scorers_rise_without_a_programme():
    # lowest 30 % chosen, stability .6, no effect: a "gain" of 4.7 points, significant in 99 % of studies
    rng = np.random.default_rng(81)
    seen = []
    for _ in range(100):
        pre = rng.normal(50, 10, 180)
        post = 50 + 0.6 * (pre - 50) + 8 * rng.normal(size=180)
        chosen = pre <= np.quantile(pre, 0.3)
        people = pd.DataFrame({"pre": pre[chosen], "post": post[chosen]})
        change = mean_change(people).headline
        alone = regression_to_the_mean(people, stability=0.6, reference_mean=50).headline
        seen.append(
            (
                change.estimate,
                change.p_value < 0.05,
                alone.estimate,
                change.conf_low <= alone.estimate <= change.conf_high,
            )
        )
    gain, significant, expected, explained = np.mean(seen, axis=0)
    assert gain == approx(4.7, abs=0.3)
    assert significant > 0.95
    assert expected == approx(gain, abs=0.3)
    assert explained > 0.9, "what selection alone gives lies in the interval of the change"


def test_a_gain_of_the_weakest_is_never_the_programmes_merit():
    for one in rm.evaluate(rm.load_sample("picked-the-weakest")).criteria:
        assert one.merit == "not shown"
        assert "rtm_covers" in {note.code for note in one.notes}


def test_both_members_of_a_pair_share_their_meetings():
    # meetings of a pair on the outcomes of both, as if they were strangers: 12 % false alarms at r = .5
    rng = np.random.default_rng(82)
    pair = np.repeat(np.arange(20), 2)
    alarms = []
    for _ in range(180):
        people = pd.DataFrame({"pair_id": pair, "dose": rng.poisson(6, 20)[pair].astype(float)})
        people["post"] = math.sqrt(0.5) * (rng.normal(size=20)[pair] + rng.normal(size=40))
        ours = dose_response(people, cluster="pair_id").headline.p_value
        alarms.append((ours < 0.05, stats.pearsonr(people["dose"], people["post"]).pvalue < 0.05))
    by_pair, as_strangers = np.mean(alarms, axis=0)
    assert by_pair == approx(0.05, abs=0.04)
    assert as_strangers > 0.085
    assert as_strangers > by_pair


def test_what_both_members_share_is_no_actor_or_partner_effect():
    # meetings are one number for the pair: nobody's own and nobody's partner's
    rng = np.random.default_rng(83)
    people = pd.DataFrame({"pair_id": np.repeat(np.arange(12), 2), "role": ["mentor", "mentee"] * 12})
    people["meetings"] = rng.poisson(6, 12)[people["pair_id"]].astype(float)
    people["post"] = rng.normal(size=24)
    with pytest.raises(DesignError, match="meetings"):
        actor_partner(people, outcome="post", predictor="meetings", role="role")


def test_six_outcomes_are_six_chances_of_luck():
    # six outcomes that correlate .4, each tested at 5 %: a false alarm in 24 % of studies
    rng = np.random.default_rng(84)
    names = list("abcdef")
    root = np.linalg.cholesky(np.full((6, 6), 0.4) + 0.6 * np.eye(6))
    alarms = []
    for seed in range(150):
        changes = pd.DataFrame(rng.normal(size=(40, 6)) @ root.T, columns=names)
        alone = stats.ttest_1samp(changes, 0).pvalue
        together = westfall_young(changes, outcomes=names, permutations=200, seed=seed)
        alarms.append(
            (
                alone.min() < 0.05,
                holm(alone)["adjusted"].min() < 0.05,
                min(e.p_value for e in together.estimates) < 0.05,
            )
        )
    apart, by_holm, by_reassignment = np.mean(alarms, axis=0)
    assert apart > 0.17
    assert by_holm < 0.1
    assert by_reassignment < 0.1
