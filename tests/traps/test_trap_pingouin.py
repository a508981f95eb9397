"""What pingouin 0.7.0 gets wrong without a word, and what is right: one test a trap."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pingouin
import pytest
from pytest import approx
from scipy import special, stats

from rmstudy.errors import DesignError
from rmstudy.methods.change import (
    cohens_dz,
    equivalence,
    hedges_gav,
    matched_rank_biserial,
    mean_change,
    probability_of_improvement,
)
from rmstudy.methods.comparison import (
    adjusted_difference,
    difference_in_differences,
    hedges_g,
    post_difference,
)
from rmstudy.methods.mixed import mixed_model
from rmstudy.methods.power import power_change
from rmstudy.methods.reliability import cronbach_alpha, item_analysis
from rmstudy.methods.resampling import bootstrap

# Lakens (2013), Frontiers in Psychology 4:863: ten people; here they get worse by one point
HIGH, LOW = [9, 7, 8, 9, 8, 9, 9, 10, 9, 9], [9, 6, 7, 8, 7, 9, 8, 8, 8, 7]


@pytest.fixture
def worse():
    return pd.DataFrame({"pre": HIGH, "post": LOW}, index=[f"P{i}" for i in range(10)])


def drawn(rng, n, *, r, change=0.0):
    """People whose two scores have standard deviation one and correlate r."""
    pre = rng.normal(size=n)
    return pd.DataFrame({"pre": pre, "post": change + r * pre + math.sqrt(1 - r * r) * rng.normal(size=n)})


def gamma_correction(df):
    """Exact small-sample factor of a standardised difference (Hedges 1981)."""
    return math.exp(special.gammaln(df / 2) - special.gammaln((df - 1) / 2)) / math.sqrt(df / 2)


def codes(result):
    return {note.code for note in result.notes}


def test_the_sign_survives(worse):
    # ttest(paired=True) prints cohen_d = +1.126 for people who got worse, T = -4.74 beside it
    assert hedges_gav(worse).estimates[1].estimate == approx(-1.12588, abs=5e-6)
    assert cohens_dz(worse).headline.estimate == approx(-1.5)
    for function in (mean_change, hedges_gav, cohens_dz):
        e = function(worse).headline
        assert e.conf_low < e.estimate < e.conf_high < 0, function.__name__


def test_a_claim_in_the_wrong_direction_fails(worse):
    # alternative="greater" has p = .999 and still prints cohen_d = +1.126
    claim = equivalence(mean_change(worse), low=0)
    assert claim.headline.p_value == approx(0.9995, abs=1e-4)
    assert claim.headline.estimate == -1
    assert "beyond_lower_bound" not in codes(claim)


def test_the_standard_deviation_that_divides_is_named(worse):
    # one name, "Cohen's d", for 1.13 here and for 1.50 in other programs
    assert hedges_gav(worse).unit == "standard deviations (average of before and after)"
    assert cohens_dz(worse).unit == "standard deviations of the change"


def test_the_interval_belongs_to_the_number_beside_it(worse):
    # CI95 [-1.48, -0.52] stands beside cohen_d and is the interval of the raw change
    raw, standardised = mean_change(worse).headline, hedges_gav(worse).headline
    assert (raw.conf_low, raw.conf_high) == approx((-1.48, -0.52), abs=5e-3)
    assert (standardised.conf_low, standardised.conf_high) == approx((-1.7644, -0.4628), abs=5e-5)


def test_power_of_a_change_follows_the_correlation():
    # power from d_av: .56 whatever r is; truth (simulated) .39, .56, .92 for r = .2, .5, .8
    table = power_change(effect=0.4, correlation=[0.2, 0.5, 0.8], n=30)
    assert list(table["power"]) == approx([0.388, 0.563, 0.917], abs=5e-4)
    # Lakens' ten people: .885 printed, .987 with the spread of the change
    r = float(np.corrcoef(HIGH, LOW)[0, 1])
    same_spread = power_change(effect=1.5 * math.sqrt(2 * (1 - r)), correlation=r, n=10)
    assert same_spread["power"].item() == approx(0.987, abs=5e-4)


@pytest.mark.parametrize(("n", "r", "theirs"), [(100, 0.3, 0.903), (20, 0.85, 1.0)])
def test_the_interval_of_a_standardised_change_covers(n, r, theirs):
    # compute_esci(paired=True) takes the error of d_z for d_av: coverage .903 and 1.000 where .95 is said
    rng = np.random.default_rng(7)
    limits = [hedges_gav(drawn(rng, n, r=r)).headline for _ in range(300)]
    covered = np.mean([e.conf_low <= 0 <= e.conf_high for e in limits])
    assert covered == approx(0.95, abs=0.025)
    assert abs(covered - theirs) > 0.025


def test_the_standardised_interval_does_not_contradict_the_test():
    # twelve people: p = .008 of the paired test, and an interval of -.33 to .98 beside it
    rng = np.random.default_rng(8)
    clear = 0
    for _ in range(60):
        people = drawn(rng, 12, r=0.85, change=0.35)
        p = mean_change(people).headline.p_value
        found = p < 0.05
        for function in (cohens_dz, hedges_gav):
            e = function(people).headline
            if abs(p - 0.05) > 0.01:  # at the border the two may part, as they use different distributions
                assert (e.conf_low > 0 or e.conf_high < 0) == found, function.__name__
        clear += found
    assert 10 < clear < 58


@pytest.mark.parametrize("r", [0.0, 0.3, 0.6, 0.85])
def test_the_correction_for_few_people_knows_that_they_are_pairs(r):
    # J(2n - 2) whatever r is: a true .8 comes out as .802, .810, .825 at r = .3, .6, .85 with ten people
    rng = np.random.default_rng(9)
    raw = rng.normal(size=(10, 2))
    raw -= raw.mean(axis=0)
    pre, other = np.linalg.qr(raw)[0].T
    people = pd.DataFrame({"pre": pre, "post": 0.2 + r * pre + math.sqrt(1 - r * r) * other})
    g_av, d_av = (e.estimate for e in hedges_gav(people).estimates[:2])
    assert g_av / d_av == approx(gamma_correction(2 * 9 / (1 + r**2)), rel=1e-9)
    if r:
        assert gamma_correction(9) < g_av / d_av < gamma_correction(18)


def test_everybody_who_improves_is_an_improvement():
    # wilcoxon() of twenty people who each gain a point prints CLES = .525
    pre = np.random.default_rng(10).normal(50, 10, 20)
    result = probability_of_improvement(pd.DataFrame({"pre": pre, "post": pre + 1}))
    assert {e.term: e.estimate for e in result.estimates} == {
        "probability of improvement": 1.0,
        "share improved": 1.0,
        "share unchanged": 0.0,
        "share worse": 0.0,
    }


def test_those_who_did_not_change_are_part_of_the_answer():
    # six of fifty improve, nobody else moves: RBC = 1.0
    people = pd.DataFrame({"pre": [3.0] * 50, "post": [4.0] * 6 + [3.0] * 44})
    result = matched_rank_biserial(people)
    assert result.headline.estimate == approx(0.22, abs=5e-3)
    assert {e.term: e.estimate for e in result.estimates}["share unchanged"] == approx(0.88)
    assert probability_of_improvement(people).headline.estimate == approx(0.56)


def test_dropped_people_are_counted():
    # mixed_anova, rm_anova, ancova: forty people become thirty-six, which only DF2 = 34 betrays
    rng = np.random.default_rng(11)
    people = drawn(rng, 40, r=0.5).assign(arm=["programme", "waiting"] * 20)
    people.loc[[0, 1, 2], "post"] = np.nan
    people.loc[[3], "pre"] = np.nan
    for function in (adjusted_difference, difference_in_differences):
        result = function(people)
        assert sum(result.n.values()) == 36
        assert dict(result.dropped) == {"programme": 2, "waiting": 2}
        assert {note.code: dict(note.params)["n"] for note in result.notes} == {
            "pre_only": 3,
            "post_only": 1,
        }
    assert (mean_change(people).n, mean_change(people).dropped) == ({"all": 36}, {"all": 4})


def test_a_person_in_two_rows_is_refused_and_not_averaged(worse):
    # pairwise_tests averages two answers of one person in one wave, 99 among them, silently
    twice = pd.concat([worse, pd.DataFrame({"pre": [9], "post": [99]}, index=["P0"])])
    with pytest.raises(DesignError, match="1 people have more than one row"):
        mean_change(twice)


@pytest.fixture
def answers():
    rng = np.random.default_rng(12)
    trait = rng.normal(size=60)
    return pd.DataFrame({f"q{k}": trait + rng.normal(size=60) for k in range(4)})


def test_alpha_counts_the_people_it_used(answers):
    # nan_policy="listwise" with 30 of 60 complete: [.679, .858] where those 30 alone give [.626, .884]
    for k in range(30):
        answers.loc[k, f"q{k % 4}"] = np.nan
    result = cronbach_alpha(answers)
    assert result.headline == cronbach_alpha(answers.dropna()).headline
    assert (result.n, result.dropped) == ({"all": 30}, {"all": 30})


def test_an_item_that_was_not_reversed_is_found(answers):
    # alpha .48 instead of .81, and no word
    turned = answers.assign(q2=-answers["q2"])
    found = [
        dict(note.params)["item"] for note in cronbach_alpha(turned).notes if note.code == "item_negative"
    ]
    assert found == ["q2"]
    assert cronbach_alpha(turned).headline.estimate < 0.5 < cronbach_alpha(answers).headline.estimate
    assert list(item_analysis(turned).query("against").index) == ["q2"]


def test_equivalence_needs_a_bound():
    # tost() takes one raw unit: on a scale of 1 to 5 a gain of .51 (t = 6.2) is "equivalent", p = .0001
    noise = stats.zscore(np.random.default_rng(13).normal(size=50), ddof=1)
    pre = np.tile([2.5, 3.0, 3.5, 4.0, 2.0], 10)
    change = mean_change(pd.DataFrame({"pre": pre, "post": pre + 0.51 + 0.51 * math.sqrt(50) / 6.2 * noise}))
    assert (change.headline.estimate, change.headline.statistic) == approx((0.51, 6.2))
    with pytest.raises(DesignError, match="there is none by default"):
        equivalence(change)
    result = equivalence(change, low=-0.3, high=0.3)
    assert not {"equivalent", "equivalent_but_different"} & codes(result)
    assert result.headline.conf_low is not None
    named = equivalence(change, low=-1, high=1)
    assert "equivalent_but_different" in codes(named), "with that bound it says that the change is not zero"
    assert equivalence(change, low=0.3).headline.p_value < 0.05, "a margin may be on one side only"


def test_d_of_pairs_is_t_over_the_root_of_n(worse):
    # compute_effsize_from_t: 3.0 (N=10) or 2.12 (nx=ny=10) from t = 4.74 of ten pairs
    t = abs(mean_change(worse).headline.statistic)
    assert pingouin.compute_effsize_from_t(t, N=10, eftype="cohen") == approx(3.0)
    assert pingouin.compute_effsize_from_t(t, nx=10, ny=10, eftype="cohen") == approx(2.1213, abs=1e-4)
    assert abs(cohens_dz(worse).headline.estimate) == approx(t / math.sqrt(10)) == approx(1.5)


def test_people_are_paired_by_key(worse):
    # ttest ignores the index of a Series: the same ten people, shuffled, T = -4.74 becomes -2.4 to -3.0
    post = worse["post"].sample(frac=1, random_state=3)
    assert list(post.index) != list(worse.index)
    joined = mean_change(pd.DataFrame({"pre": worse["pre"], "post": post}))
    assert joined.headline.statistic == approx(-4.743416, abs=1e-6)
    assert mean_change(worse.sample(frac=1, random_state=4)).headline.statistic == approx(-4.743416, abs=1e-6)


def test_unequal_lengths_do_not_become_another_test(worse):
    # two columns of unlike length: an independent Welch test instead, and a warning
    frame = pd.DataFrame({"pre": worse["pre"], "post": worse["post"].iloc[1:]})
    result = mean_change(frame)
    expected = stats.ttest_rel(LOW[1:], HIGH[1:])
    assert (result.headline.statistic, result.headline.df) == approx((expected.statistic, 8))
    assert (result.n, result.dropped) == ({"all": 9}, {"all": 1})


def test_a_difference_in_differences_is_not_a_later_difference():
    # rows "time * group" of pairwise_tests are later-only and earlier-only comparisons: .589 and .185
    # where the change of one group against that of the other has .054
    rng = np.random.default_rng(14)
    people = drawn(rng, 40, r=0.7).assign(arm=["programme", "waiting"] * 20)
    people.loc[people["arm"] == "programme", "pre"] -= 0.6
    result = difference_in_differences(people)
    change = people["post"] - people["pre"]
    ours, theirs = (change[people["arm"] == label] for label in ("programme", "waiting"))
    welch = stats.ttest_ind(ours, theirs, equal_var=False)
    assert (result.headline.statistic, result.headline.p_value) == approx((welch.statistic, welch.pvalue))
    assert result.headline.estimate != approx(post_difference(people).headline.estimate, abs=0.2)
    # it is the interaction of wave and arm in a model of both waves
    rows = people.reset_index(names="person").melt(["person", "arm"], ["pre", "post"], "wave", "score")
    rows["later"] = (rows["wave"] == "post") * 1.0
    rows["treated"] = (rows["arm"] == "programme") * 1.0
    rows["both"] = rows["later"] * rows["treated"]
    model = mixed_model(rows, outcome="score", covariates=["both", "later", "treated"], cluster="person")
    assert model.headline.estimate == approx(result.headline.estimate)
    assert model.headline.p_value == approx(stats.ttest_ind(ours, theirs).pvalue, rel=1e-4)


def test_names_and_labels_do_not_choose_the_sign(worse):
    # A and B in alphabetical order: "post" before "pre", so a gain comes out below zero
    renamed = worse.rename(columns={"pre": "z_first", "post": "a_second"})
    for function in (mean_change, hedges_gav, cohens_dz):
        there = function(renamed, pre="z_first", post="a_second").headline
        assert there == function(worse).headline, function.__name__
    people = pd.DataFrame({"post": [5, 6, 7, 8, 1, 2, 3, 4.5], "arm": ["z"] * 4 + ["a"] * 4})
    turned = people.replace({"arm": {"z": "a", "a": "z"}})
    for function in (post_difference, hedges_g):
        assert function(people, programme="z").headline.estimate > 0
        assert function(people, programme="z").headline == function(turned, programme="a").headline


def test_missing_scores_do_not_enter_the_bootstrap(worse):
    # compute_bootci: [nan nan] for a mean; for "cohen" rows with NaN are drawn too; and unpaired by default
    holes = pd.concat([worse, pd.DataFrame({"pre": [5, np.nan], "post": [np.nan, 5]}, index=["Q1", "Q2"])])

    def gain(pre, post, axis):
        return (post - pre).mean(axis=axis)

    ours = bootstrap(holes, gain, columns=["pre", "post"], resamples=2000)
    whole = bootstrap(worse, gain, columns=["pre", "post"], resamples=2000)
    assert ours.headline == whole.headline
    assert (ours.n, ours.dropped) == ({"all": 10}, {"all": 2})
    paired = mean_change(worse).headline
    width = ours.headline.conf_high - ours.headline.conf_low
    assert 0.6 < width / (paired.conf_high - paired.conf_low) < 1.1, "people are drawn, not single scores"
