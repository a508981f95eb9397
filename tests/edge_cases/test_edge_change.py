"""Inputs at the edge of what a change within people, a margin or a reliable change can answer."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pytest import approx
from reference import dataset
from scipy import stats

from rmstudy.errors import DesignError
from rmstudy.methods.change import (
    beckers_d,
    cohens_drm,
    cohens_dz,
    equivalence,
    hedges_gav,
    matched_rank_biserial,
    mean_change,
    median_change,
    probability_of_improvement,
    reliable_change,
    reliable_change_index,
)
from rmstudy.methods.comparison import adjusted_difference, difference_in_differences

SIX = {"pre": [40, 46, 35, 52, 44, 39], "post": [52, 49, 51, 50, 58, 42]}


def people(pre, post):
    return pd.DataFrame({"pre": pre, "post": post})


def codes(result):
    return {note.code for note in result.notes}


def test_of(e):
    return e.std_error, e.statistic, e.p_value, e.conf_low, e.conf_high


test_of.__test__ = False


def constant(data, change, standardised):
    result = mean_change(data)
    assert result.headline.estimate == approx(change, abs=1e-12)
    assert test_of(result.headline) == (None,) * 5
    assert [e.estimate for e in cohens_dz(data).estimates] == [None, None]
    assert cohens_drm(data).headline.estimate is None
    g_av, d_av = hedges_gav(data).estimates[:2]
    assert (d_av.estimate, beckers_d(data).headline.estimate) == approx((standardised, standardised))
    assert test_of(g_av) == test_of(beckers_d(data).headline) == (None,) * 5
    for function in (mean_change, hedges_gav, cohens_dz, cohens_drm, beckers_d):
        assert "constant_difference" in codes(function(data)), function.__name__


def test_paired_constant_difference():
    constant(people([1, 2, 3, 4, 5], [3, 4, 5, 6, 7]), 2, 1.26491106406735)


def test_paired_constant_difference_float_noise():
    pre, post = [0.1, 0.2, 0.3, 0.4], [0.4, 0.5, 0.6, 0.7]
    assert np.ptp(np.subtract(post, pre)) > 0, "binary floating point makes them differ"
    constant(people(pre, post), 0.3, 0.3 / np.std(pre, ddof=1))


def test_paired_no_change_at_all():
    data = people([1, 4, 2, 5], [1, 4, 2, 5])
    assert (mean_change(data).headline.estimate, mean_change(data).headline.p_value) == (0, None)
    assert cohens_dz(data).headline.estimate is None, "nothing over nothing is not nothing"
    assert hedges_gav(data).estimates[1].estimate == 0
    assert beckers_d(data).headline.estimate == 0
    assert "constant_difference" in codes(mean_change(data)) & codes(cohens_dz(data))


@pytest.mark.parametrize(
    "function",
    [mean_change, hedges_gav, cohens_dz, cohens_drm, beckers_d, median_change, probability_of_improvement,
     matched_rank_biserial],
)  # fmt: skip
def test_paired_n1(function):
    with pytest.raises(DesignError, match="1 of 1 people have both 'pre' and 'post'; at least"):
        function(people([3], [5]))


def test_paired_n2():
    data = people([1, 2], [2, 5])
    d_z, g_z = cohens_dz(data).estimates
    assert (d_z.estimate, d_z.statistic, d_z.df, d_z.p_value) == approx(
        (1.4142135623731, 2, 1, 0.295167235300866), rel=1e-10
    )
    assert mean_change(data).headline.estimate == 2
    assert mean_change(data).headline.p_value == approx(0.295167235300866, rel=1e-10)
    assert g_z.estimate is None, "the correction is zero whatever the data"
    assert hedges_gav(data).headline.estimate is None
    assert beckers_d(data).estimates[1].estimate is None
    for function in (cohens_dz, hedges_gav, beckers_d):
        assert {"correction_undefined", "small_sample"} <= codes(function(data))


def test_paired_n3():
    data = people([1, 2, 4], [2, 5, 5])
    d_z, g_z = cohens_dz(data).estimates
    assert (d_z.estimate, g_z.estimate) == approx((1.44337567297406, 0.8143375198382), rel=1e-10)
    assert d_z.conf_low < d_z.estimate < d_z.conf_high
    assert "small_sample" in codes(cohens_dz(data))
    for function in (hedges_gav, cohens_drm, beckers_d):
        assert function(data).headline.estimate is not None


def test_paired_constant_pre():
    data = people([4, 4, 4, 4, 4], [5, 6, 4, 7, 5])
    assert cohens_dz(data).headline.estimate == approx(1.22788122702984, rel=1e-10)
    assert [e.estimate for e in beckers_d(data).estimates] == [None, None]
    assert cohens_drm(data).headline.estimate is None
    assert hedges_gav(data).headline.estimate is None, "its degrees of freedom need the correlation"
    for function in (hedges_gav, cohens_drm, beckers_d):
        assert "constant_pre" in codes(function(data))
    assert "constant_pre" not in codes(cohens_dz(data))


def test_paired_huge_t():
    change = stats.norm.ppf((np.arange(1, 201) - 0.5) / 200)
    change = 5 + (change - change.mean()) / change.std(ddof=1)
    up = cohens_dz(people(np.zeros(200), change)).headline
    assert (up.estimate, up.conf_low, up.conf_high) == approx(
        (5, 4.48922687683415, 5.50927235567677), rel=1e-8
    )
    down = cohens_dz(people(np.zeros(200), -change)).headline
    assert (down.conf_low, down.conf_high) == approx((-up.conf_high, -up.conf_low), rel=1e-8)


def test_wilcoxon_all_zero():
    data = people([1, 2, 3], [1, 2, 3])
    rank, median = matched_rank_biserial(data), median_change(data)
    assert (rank.headline.estimate, rank.headline.p_value) == (0, 1)
    assert (rank.headline.conf_low, rank.headline.conf_high) == (None, None)
    assert (median.headline.estimate, median.headline.p_value) == (0, 1)
    assert "no_nonzero_difference" in codes(rank) & codes(median)
    assert probability_of_improvement(data).headline.estimate == 0.5


def test_float_ties():
    data = people([8.8, 7.9, 7.4], [9.1, 8.2, 7.7])
    whole = people([88, 79, 74], [91, 82, 77])
    assert len(np.unique(data["post"] - data["pre"])) > 1, "binary floating point splits the ties"
    for function in (matched_rank_biserial, median_change, probability_of_improvement):
        split, tied = function(data).headline, function(whole).headline
        assert split.p_value == tied.p_value
    assert median_change(data).headline.estimate == approx(0.3, rel=1e-9)
    cbt = dataset("anorexia").query("arm == 'CBT'")
    assert matched_rank_biserial(cbt).headline.p_value == approx(0.0599075332283974, abs=1e-9)
    assert median_change(cbt).headline.p_value == approx(0.0599075332283974, abs=1e-9)


def test_rci_rxx_one():
    with pytest.raises(DesignError, match="both excluded: at 1 every change would count"):
        reliable_change(people(**SIX), reliability=1, reliability_source="manual")
    with pytest.raises(DesignError, match="both excluded"):
        reliable_change_index(people(**SIX), reliability=1)


@pytest.mark.parametrize("reliability", [1.02, 0, -0.3, float("nan"), float("inf")])
def test_rci_rxx_out_of_range(reliability):
    with pytest.raises(DesignError, match="must lie between 0 and 1"):
        reliable_change(people(**SIX), reliability=reliability, reliability_source="manual")


def test_rci_exactly_on_cutoff():
    # 1 - .875 = 1/8, so with a standard deviation of one the error of a change is 1/2, and 1.96 of it .98
    data = people([0, 0, 0, 0], [0.98, -0.98, 0.9801, -0.9801])
    result = reliable_change(data, reliability=0.875, reliability_source="exact", sd=1)
    assert [e.estimate for e in result.estimates[:3]] == [0.25, 0.5, 0.25]
    table = reliable_change_index(data, reliability=0.875, sd=1)
    assert list(table["direction"]) == ["unchanged", "unchanged", "improved", "worse"]
    # 1.96 and not its quantile 1.959964: .97999 lies between the two
    between = reliable_change_index(people([0.0], [0.97999]), reliability=0.875, sd=1)
    assert list(between["direction"]) == ["unchanged"]
    # and binary rounding does not carry anybody over it
    shifted = reliable_change_index(people([7.9], [7.9 + 0.98]), reliability=0.875, sd=1)
    assert list(shifted["direction"]) == ["unchanged"]
    assert "exactly on it counts as unchanged" in " ".join((reliable_change.__doc__ or "").split())


def test_tost_bounds_reversed():
    with pytest.raises(DesignError, match=r"low=2 must be below high=-2"):
        equivalence(mean_change(people(**SIX)), low=2, high=-2)
    with pytest.raises(DesignError, match="must be below"):
        equivalence(mean_change(people(**SIX)), low=2, high=2)


def test_tost_ns_is_not_equivalence():
    data = dataset("anorexia")
    change = difference_in_differences(data[data["arm"].isin(["CBT", "Cont"])], programme="CBT")
    assert change.headline.p_value > 0.05
    result = equivalence(change, low=-3, high=3)
    assert result.headline.p_value == approx(0.586789943955723, abs=1e-9)
    assert result.notes[0].code == "margin_inconclusive"
    assert "Inconclusive" in repr(result)


def test_post_without_pre_and_reverse():
    data = people([1, 2, None, 4, 5], [2, None, 3, 5, 7])
    result = mean_change(data)
    assert result.headline.estimate == approx(1.33333333333333, rel=1e-10)
    assert (dict(result.n), dict(result.dropped)) == ({"all": 3}, {"all": 2})
    assert {note.code: dict(note.params) for note in result.notes if note.code.endswith("_only")} == {
        "pre_only": {"n": 1},
        "post_only": {"n": 1},
    }
    # the spread before is that of the three complete people, 1, 4 and 5
    assert beckers_d(data).headline.estimate == approx(4 / 3 / np.std([1, 4, 5], ddof=1))
    arms = pd.concat([data, data]).reset_index(drop=True).assign(arm=["programme"] * 5 + ["waiting"] * 5)
    for function in (difference_in_differences, adjusted_difference):
        compared = function(arms)
        assert dict(compared.n) == {"programme": 3, "waiting": 3}
        assert dict(compared.dropped) == {"programme": 2, "waiting": 2}


def test_pingouin_paired_d_is_not_dz():
    data = people([1, 2, 3, 5], [3, 4, 5, 9])
    d_z, d_av = cohens_dz(data).headline, hedges_gav(data).estimates[1]
    assert (d_z.term, d_z.estimate) == ("d_z", approx(2.5, rel=1e-10))
    assert (d_av.term, d_av.estimate) == ("d_av", approx(1.12746904200424, rel=1e-10))
    units = [function(data).unit for function in (hedges_gav, cohens_dz, cohens_drm, beckers_d)]
    assert len(set(units)) == 4
