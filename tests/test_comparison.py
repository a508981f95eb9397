"""Two arms compared: published examples, reference values, edge cases, invariances."""

from itertools import product
from pathlib import Path

import causaldata
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx
from reference import dataset
from scipy import special, stats

from rmstudy.errors import DesignError
from rmstudy.methods.comparison import (
    adjusted_difference,
    adjusted_g,
    baseline_balance,
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
from rmstudy.methods.comparison.ranks import _delta_variance, _dominance, _rank_sums, _rearranged_p

REFERENCES = Path(__file__).parent / "references"
ALL = (adjusted_difference, post_difference, difference_in_differences)
STANDARDISED = (hedges_g, glass_delta, dppc2, adjusted_g)
RANKS = (cliffs_delta, probability_of_superiority)


@pytest.fixture(scope="module")
def two_arms():
    return pd.read_csv(REFERENCES / "two_arms.csv", index_col="person_id")


@pytest.fixture(scope="module")
def job_training():
    """The job-training lottery of LaLonde (1986) in the sample of Dehejia & Wahba (1999): 445 men."""
    data = causaldata.nsw_mixtape.load_pandas().data
    return data.assign(arm=data["treat"].map({1: "programme", 0: "control"}))


def frame(programme, comparison, *, pre=None, label="waiting"):
    """A frame from the scores of two arms."""
    arm = ["programme"] * len(programme) + [label] * len(comparison)
    columns = {"arm": arm, "post": [*programme, *comparison]}
    return pd.DataFrame(columns if pre is None else {**columns, "pre": pre})


def codes_of(result):
    return [note.code for note in result.notes]


def row(result, term):
    return next(e for e in result.estimates if e.term == term)


# ---------------------------------------------------------------- published examples


def test_job_training_lottery(job_training):
    # Dehejia & Wahba (1999), JASA 94:1053-62: difference of 1978 earnings 1,794 (SE 633 pooled)
    post = post_difference(job_training, post="re78")
    assert post.headline.estimate == approx(1794.34, abs=0.01)
    # R: t.test(re78 ~ treat), Welch: 95 % CI 474.0103 to 3114.6744
    assert (post.headline.conf_low, post.headline.conf_high) == approx((474.0103, 3114.6744), abs=2e-3)
    change = difference_in_differences(job_training, pre="re75", post="re78")
    assert change.headline.estimate == approx(1529, abs=0.5)
    adjusted = adjusted_difference(job_training, pre="re75", post="re78")
    assert adjusted.headline.estimate == approx(1750, abs=1)
    assert change.headline.estimate < adjusted.headline.estimate < post.headline.estimate
    assert dict(adjusted.n) == {"programme": 185, "control": 260}
    assert adjusted.text() == (
        "re78: difference between people with the same starting score, programme minus comparison, "
        "1,750 points (95% interval 434 to 3,066); 445 people counted, 0 not."
    )


# ---------------------------------------------------------------- balance


def test_balance_of_an_observational_comparison():
    races = dataset("lalonde")
    data = races.assign(black=(races["race"] == "black") * 1, hispan=(races["race"] == "hispan") * 1)
    columns = ["age", "educ", "black", "hispan", "married", "nodegree", "re74", "re75"]
    table = baseline_balance(data, columns=columns, arm="treat", programme=1)
    assert table["band"].to_dict() == {
        "age": "adjust", "educ": "fine", "black": "fails", "hispan": "fails",
        "married": "fails", "nodegree": "adjust", "re74": "fails", "re75": "fails",
    }  # fmt: skip
    assert set(table["n_programme"]) == {185}
    assert set(table["n_comparison"]) == {429}


# ---------------------------------------------------------------- who is counted


def test_everybody_is_accounted_for():
    data = frame([5, 6, None, 8, 9, 7], [4, 3, 5, None, 4, 6], pre=[1, 2, 3, None, 4, 2, 1, 3, 2, 2, None, 5])
    data.loc[[5, 11], "arm"] = None
    data.index = [f"P{i}" for i in range(12)]
    result = adjusted_difference(data)
    assert dict(result.n) == {"programme": 3, "waiting": 3}
    assert dict(result.dropped) == {"programme": 2, "waiting": 2}
    assert {note.code: dict(note.params) for note in result.notes} == {
        "arm_missing": {"n": 2},
        "pre_only": {"n": 2},
        "post_only": {"n": 2},
    }


def test_missing_clusters_and_covariates_are_counted(two_arms):
    data = two_arms.astype({"cluster": object})
    data.loc[data.index[:2], "cluster"] = None
    data.loc[data.index[-3:], "age"] = np.nan
    result = adjusted_difference(data, programme="mentored", covariates=["age"], cluster="cluster")
    assert sum(result.n.values()) == 37
    assert {"covariate_missing", "cluster_missing"} <= set(codes_of(result))


# ---------------------------------------------------------------- edge cases


def test_the_difference_is_taken_at_the_mean_starting_score():
    # exact lines: 10 + 2 pre for one arm, 4 + pre for the other; small balanced errors keep a spread
    pre = np.array([1.0, 2, 3, 4, 5, 6, 7, 8] * 2)
    noise = np.array([1.0, -1, -1, 1, 1, -1, -1, 1] * 2) / 10
    post = np.where(np.arange(16) < 8, 10 + 2 * pre, 4 + pre) + noise
    result = adjusted_difference(frame(post[:8], post[8:], pre=pre))
    assert result.headline.estimate == approx(6 + 4.5)
    assert codes_of(result) == ["slopes_differ"]


def test_constant_changes_are_not_rounding_noise():
    result = difference_in_differences(
        frame([0.4, 0.5, 0.6, 0.7], [0.3, 0.4, 0.5, 0.6], pre=[0.1, 0.2, 0.3, 0.4] * 2)
    )
    assert result.headline.estimate == approx(0.1)
    assert result.headline.p_value is None
    assert codes_of(result) == ["no_residual_spread"]


@pytest.mark.parametrize("method", [post_difference, difference_in_differences])
def test_one_person_in_an_arm_has_no_welch_interval(method):
    with pytest.raises(DesignError, match="Arm 'programme' has one person"):
        method(frame([5], [3, 4, 6], pre=[1, 2, 3, 4]))


def test_one_person_in_an_arm_decides_the_coefficient_alone():
    result = adjusted_difference(frame([9], [3, 4, 6, 8], pre=[2, 1, 2, 4, 3]))
    assert result.headline.estimate is not None
    assert (result.headline.std_error, result.headline.p_value) == (None, None)
    assert codes_of(result) == ["leverage_one"]


@pytest.mark.parametrize("method", ALL)
def test_the_programme_must_be_named(method):
    data = pd.DataFrame({"arm": ["BtheB", "TAU"] * 3, "pre": range(6), "post": [3, 1, 4, 1, 5, 9]})
    with pytest.raises(DesignError, match="labels are 'BtheB', 'TAU'"):
        method(data)


@pytest.mark.parametrize("method", ALL)
def test_labels_that_differ_in_case_or_spaces_are_refused(method):
    data = pd.DataFrame({"arm": ["Control", "control ", "Treat", "Treat"], "pre": range(4), "post": range(4)})
    with pytest.raises(DesignError, match="differ only in case or spaces"):
        method(data, programme="Treat")


def test_an_arm_called_none_is_an_arm():
    data = frame([5, 6, 8], [3, 4, 3], label="None")
    assert dict(post_difference(data).n) == {"programme": 3, "None": 3}


def test_a_constant_starting_score_is_left_out():
    # R: lm(y ~ g): the covariate's coefficient is NA and the group's is the plain difference
    data = frame([5, 6, 8, 7], [3, 4, 6, 5], pre=[5.0] * 8)
    result = adjusted_difference(data)
    assert result.headline.estimate == approx(2)
    assert codes_of(result) == ["constant_covariate"]
    assert len(result.estimates) == 3


def test_as_many_coefficients_as_people():
    result = adjusted_difference(frame([5, 6], [3], pre=[1, 3, 2]))
    assert result.headline.estimate == approx(2.5)
    assert (result.headline.std_error, result.headline.conf_low) == (None, None)
    assert codes_of(result) == ["no_residual_df"]


def test_more_coefficients_than_people_are_refused(two_arms):
    with pytest.raises(DesignError, match="3 people cannot determine 4 coefficients"):
        adjusted_difference(
            two_arms.groupby("arm").head(2).iloc[:3].assign(arm=["a", "b", "b"]),
            programme="a",
            covariates=["age"],
        )


def test_collinear_covariates_are_refused_by_name(two_arms):
    with pytest.raises(DesignError, match="'double' is an exact combination of 'pre'"):
        adjusted_difference(
            two_arms.assign(double=2 * two_arms["pre"] + 1), programme="mentored", covariates=["double"]
        )


@pytest.mark.parametrize("name", ["pre", "post", "arm"])
def test_a_covariate_with_another_role_is_refused(two_arms, name):
    with pytest.raises(DesignError, match=f"{name!r} is already the"):
        adjusted_difference(two_arms, programme="mentored", covariates=[name])


@pytest.mark.parametrize("method", ALL)
def test_one_treated_cluster_gives_the_estimate_alone(method):
    rng = np.random.default_rng(4)
    data = frame(rng.normal(size=5), rng.normal(size=50), pre=rng.normal(size=55))
    data["cluster"] = np.repeat(np.arange(11), 5)
    result = method(data, cluster="cluster")
    plain = method(data)
    assert result.headline.estimate == approx(plain.headline.estimate)
    for e in result.estimates:
        assert (e.std_error, e.df, e.p_value, e.conf_low, e.conf_high) == (None,) * 5
    assert codes_of(result) == ["few_clusters"]
    assert "programme: 1 cluster" in result.notes[0].text()


@pytest.mark.parametrize("method", ALL)
def test_one_cluster_per_arm_is_refused(method):
    data = frame([1, 2, 4, 5], [4, 5, 5, 7], pre=[1, 2, 3, 5, 2, 3, 4, 6]).assign(cluster=[1] * 4 + [2] * 4)
    with pytest.raises(DesignError, match="cannot be told apart from the cluster"):
        method(data, cluster="cluster")


@pytest.mark.parametrize("method", ALL)
def test_a_single_cluster_is_refused(method):
    data = frame([1, 2, 4, 5], [4, 5, 5, 7], pre=[1, 2, 3, 5, 2, 3, 4, 6]).assign(cluster=1)
    with pytest.raises(DesignError, match="only one cluster"):
        method(data, cluster="cluster")


@pytest.mark.parametrize("method", ALL)
def test_few_degrees_of_freedom_are_noted(method):
    rng = np.random.default_rng(8)
    data = frame(rng.normal(size=12), rng.normal(size=12), pre=rng.normal(size=24))
    data["cluster"] = np.repeat([0, 1, 2, 3], [10, 2, 9, 3])
    result = method(data, cluster="cluster")
    assert 1 <= result.headline.df < 4
    assert "low_df" in codes_of(result)


@pytest.mark.parametrize("method", ALL)
def test_levels_are_checked(method):
    with pytest.raises(DesignError, match="between 0 and 1"):
        method(frame([1, 2, 4], [4, 5, 5], pre=[1, 2, 3, 5, 2, 3]), level=95)


def test_balance_counts_the_missing_and_survives_constants():
    data = pd.DataFrame(
        {
            "arm": ["programme"] * 4 + ["waiting"] * 4,
            "age": [40, None, 44, 48, 41, 45, None, None],
            "site": [1] * 8,
            "floor": [1] * 4 + [2] * 4,
        }
    )
    table = baseline_balance(data, columns=["age", "site", "floor"])
    assert table.loc["age", ["n_programme", "missing_programme", "n_comparison", "missing_comparison"]].tolist() == [
        3, 1, 2, 2,
    ]  # fmt: skip
    # means 44 and 43, variances 16 and 8
    assert table.loc["age", "standardised_difference"] == approx(1 / np.sqrt(12))
    assert table.loc["age", "variance_ratio"] == approx(2)
    assert table["band"].tolist() == ["fails", "fine", "fails"]
    assert table.loc[["site", "floor"], ["standardised_difference", "variance_ratio"]].isna().all(axis=None)


def test_balance_has_nothing_to_say_about_one_person():
    table = baseline_balance(frame([5], [3, 4, 6]), columns=["post"])
    assert np.isnan(table.loc["post", "standardised_difference"])
    assert table.loc["post", "band"] is None


def test_balance_needs_columns():
    with pytest.raises(DesignError, match="Name at least one"):
        baseline_balance(frame([5, 4], [3, 4]), columns=[])


@pytest.mark.parametrize(
    ("shift", "band"), [(0.0499, "fine"), (0.0501, "adjust"), (0.2499, "adjust"), (-0.2501, "fails")]
)
def test_balance_bands(shift, band):
    scores = stats.zscore([1.0, 2, 3, 4, 7], ddof=1)
    table = baseline_balance(frame(scores + shift, scores), columns=["post"])
    assert table.loc["post", "standardised_difference"] == approx(shift)
    assert table.loc["post", "band"] == band


# ---------------------------------------------------------------- invariances


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 5_000), scale=st.floats(0.1, 50), shift=st.floats(-100, 100), clustered=st.booleans()
)
@pytest.mark.parametrize("method", ALL)
def test_order_labels_and_units(method, seed, scale, shift, clustered):
    rng = np.random.default_rng(seed)
    data = frame(rng.normal(1, 2, 14), rng.normal(0, 1, 16), pre=rng.normal(size=30))
    data["cluster"] = rng.permutation(np.arange(30) // 3)
    cluster = "cluster" if clustered else None
    base = method(data, cluster=cluster).headline
    swapped = method(data, programme="waiting", cluster=cluster).headline
    assert (swapped.estimate, swapped.conf_low, swapped.conf_high) == approx(
        (-base.estimate, -base.conf_high, -base.conf_low), rel=1e-6, abs=1e-9
    )
    other = data.sample(frac=1, random_state=seed)
    other[["pre", "post"]] = shift + scale * other[["pre", "post"]]
    moved = method(other, cluster=cluster).headline
    assert (moved.estimate, moved.std_error) == approx(
        (scale * base.estimate, scale * base.std_error), rel=1e-6, abs=1e-7
    )
    assert (moved.df, moved.p_value) == approx((base.df, base.p_value), rel=1e-5, abs=1e-9)


# ---------------------------------------------------------------- in standard deviations


def trial(seed, n1=14, n0=16):
    """Two arms of a trial with an effect."""
    rng = np.random.default_rng(seed)
    pre = rng.normal(size=n1 + n0)
    post = 0.6 * pre + rng.normal(size=n1 + n0)
    return frame(post[:n1] + 0.5, post[n1:], pre=pre)


@settings(max_examples=20)
@given(seed=st.integers(0, 5_000), scale=st.floats(0.1, 50), shift=st.floats(-100, 100))
@pytest.mark.parametrize("method", STANDARDISED)
def test_standardised_differences_have_no_unit(method, seed, scale, shift):
    data = trial(seed)
    other = data.sample(frac=1, random_state=seed)
    other[["pre", "post"]] = shift + scale * other[["pre", "post"]]
    base, moved = method(data).headline, method(other).headline
    for field in ("estimate", "std_error", "statistic", "df", "p_value", "conf_low", "conf_high"):
        assert getattr(moved, field) == approx(getattr(base, field), rel=1e-6, abs=1e-9)
    if method is not glass_delta:  # whose standardiser is the comparison's
        swapped = method(data, programme="waiting").headline
        assert (swapped.estimate, swapped.conf_low, swapped.conf_high) == approx(
            (-base.estimate, -base.conf_high, -base.conf_low), rel=1e-8
        )


@settings(max_examples=30)
@given(seed=st.integers(0, 5_000), level=st.sampled_from([0.5, 0.8, 0.95]))
def test_standardised_limits_exclude_zero_with_those_in_points(seed, level):
    data = trial(seed, 8, 11)
    for standardised, points in ((dppc2, difference_in_differences), (adjusted_g, adjusted_difference)):
        g, difference = (method(data, level=level).headline for method in (standardised, points))
        assert g.p_value == approx(difference.p_value)
        assert (g.conf_low > 0, g.conf_high < 0) == (difference.conf_low > 0, difference.conf_high < 0)
    d = row(hedges_g(data, level=level), "d")
    assert (d.conf_low > 0 or d.conf_high < 0) == (d.p_value < 1 - level)


def test_limits_of_d_put_t_at_the_tails():
    d = row(hedges_g(trial(3), level=0.9), "d")
    root = np.sqrt(1 / 14 + 1 / 16)
    for limit, tail in ((d.conf_low, 0.95), (d.conf_high, 0.05)):
        assert stats.nct.cdf(d.statistic, d.df, limit / root) == approx(tail, abs=1e-9)


def test_limits_of_d_ppc2_cover_where_the_spread_grows():
    # the programme doubles the spread of the change; the textbook takes the spread as equal in both waves
    rng = np.random.default_rng(20)
    delta, runs, covered, textbook = 0.8, 250, 0, 0
    for _ in range(runs):
        pre = rng.normal(size=36)
        change = 0.5 * pre + rng.normal(size=36)
        change[:12] = delta + 2 * change[:12]
        result = dppc2(frame((pre + change)[:12], (pre + change)[12:], pre=pre))
        e, book = result.headline, row(result, "d_ppc2, equal spread before and after")
        covered += e.conf_low <= delta <= e.conf_high
        textbook += book.conf_low <= delta <= book.conf_high
    assert covered / runs == approx(0.95, abs=3 * np.sqrt(0.95 * 0.05 / runs))
    assert textbook / runs < 0.85


def test_unlike_spreads_are_noted():
    scores = np.array([-2.0, -1, 0, 1, 2])
    assert codes_of(hedges_g(frame(1 + 3 * scores, scores))) == ["spreads_differ", "small_sample"]
    wider = dppc2(frame(1 + 3 * scores, 2.5 * scores, pre=[*scores, *scores[::-1]]))
    assert "spread_changed" in codes_of(wider)


def test_too_few_people_for_a_correction():
    result = hedges_g(frame([5, 7], [3]))
    assert (result.headline.estimate, row(result, "d").estimate) == (None, approx(3 / np.sqrt(2)))
    assert codes_of(result) == ["one_in_arm", "correction_undefined", "small_sample"]
    with pytest.raises(DesignError, match="one person in each arm"):
        hedges_g(frame([5], [3]))
    with pytest.raises(DesignError, match="one person in each arm"):
        adjusted_g(frame([5], [3], pre=[1, 2]))
    with pytest.raises(DesignError, match="Arm 'programme' has one person: the spread of its change"):
        dppc2(frame([5], [3, 4, 7], pre=[1, 2, 4, 4]))


def test_changes_without_spread_have_no_interval():
    result = dppc2(frame([3, 4, 5], [1.5, 2.5, 3.5], pre=[1, 2, 3] * 2))
    assert result.headline.estimate == approx((1 - 3 / 15) * 1.5)
    assert (result.headline.std_error, result.headline.p_value, result.headline.conf_low) == (
        None,
        None,
        None,
    )
    assert codes_of(result) == ["no_residual_spread", "small_sample"]
    constant = dppc2(frame([3, 4, 6], [1, 2, 2], pre=[1] * 6))
    assert constant.headline.estimate is None
    assert "constant_pre" in codes_of(constant)


def test_a_perfect_fit_has_no_standardised_interval():
    result = adjusted_g(frame([3, 4, 5, 6], [1, 2, 3, 4], pre=[1, 2, 3, 4] * 2))
    assert row(result, "adjusted difference (points)").estimate == approx(2)
    assert (result.headline.conf_low, result.headline.p_value) == (None, None)
    assert "no_residual_spread" in codes_of(result)
    flat = adjusted_g(frame([3] * 4, [1] * 4, pre=[1, 2, 3, 4] * 2))
    assert flat.headline.estimate is None
    assert "no_spread_within" in codes_of(flat)


@pytest.mark.parametrize("method", [*STANDARDISED, *RANKS, change_or_adjusted])
def test_the_left_out_are_counted(method):
    data = trial(1)
    data.loc[0:2, "post"] = np.nan
    data.loc[20, "arm"] = None
    result = method(data)
    assert dict(result.n) == {"programme": 11, "waiting": 15}
    assert dict(result.dropped) == {"programme": 3, "waiting": 0}
    assert "arm_missing" in codes_of(result)


@pytest.mark.parametrize("method", [*STANDARDISED, *RANKS, change_or_adjusted, slope_homogeneity])
def test_every_level_is_checked(method):
    with pytest.raises(DesignError, match="between 0 and 1"):
        method(trial(1), level=95)


# ---------------------------------------------------------------- ranks


@settings(max_examples=60)
@given(
    ours=st.lists(st.integers(1, 5), min_size=2, max_size=9),
    theirs=st.lists(st.integers(1, 5), min_size=2, max_size=9),
)
def test_delta_is_a_count_of_pairs(ours, theirs):
    result = cliffs_delta(frame(ours, theirs))
    e = result.headline
    signs = np.sign(np.subtract.outer(ours, theirs))
    assert e.estimate == approx(signs.mean(), abs=1e-15)
    assert sum(one.estimate for one in result.estimates[1:]) == approx(1)
    assert 0 < e.p_value <= 1
    if e.conf_low is not None:
        assert -1 <= e.conf_low < e.conf_high <= 1
        assert e.conf_low <= e.estimate <= e.conf_high
    chance = probability_of_superiority(frame(ours, theirs))
    assert chance.headline.estimate == approx((1 + e.estimate) / 2)
    assert (chance.headline.p_value, chance.notes) == (e.p_value, result.notes)
    swapped = cliffs_delta(frame(ours, theirs), programme="waiting").headline
    assert swapped.estimate == approx(-e.estimate, abs=1e-15)
    assert swapped.p_value == approx(e.p_value)
    if e.conf_low is not None:
        assert (swapped.conf_low, swapped.conf_high) == approx((-e.conf_high, -e.conf_low), abs=1e-12)
    tripled = cliffs_delta(frame(np.exp(ours), np.exp(theirs))).headline  # order is all that counts
    assert (tripled.estimate, tripled.p_value) == approx((e.estimate, e.p_value), abs=1e-14)


def test_the_permutation_p_counts_every_rearrangement():
    ours, theirs = np.array([3.0, 5, 5, 8, 4]), np.array([1.0, 3, 2, 5, 2, 4])
    everybody = np.concatenate([ours, theirs])

    def rank_sum(x, y, axis=-1):
        ranks = stats.rankdata(np.concatenate([x, y], axis=axis), axis=axis)
        total = np.take(ranks, np.arange(x.shape[axis]), axis=axis).sum(axis=axis)
        return np.abs(total - 5 * 12 / 2)

    wanted = stats.permutation_test(
        (ours, theirs), rank_sum, alternative="greater", n_resamples=np.inf
    ).pvalue
    assert _rearranged_p(ours, theirs) == approx(wanted, rel=1e-12)
    ways = _rank_sums(np.rint(2 * stats.rankdata(everybody)).astype(int), 5)
    assert ways.sum() == special.comb(11, 5, exact=True)


@pytest.mark.parametrize(("n1", "n0"), [(2, 3), (2, 5), (3, 4)])
def test_the_variance_of_delta_is_unbiased_in_unequal_arms(n1, n0):
    # every sample of n1 from {0, 2, 5} and of n0 from {1, 2, 4}, each as likely as any other
    found = [
        _dominance(np.array(ours), np.array(theirs))
        for ours in product((0.0, 2.0, 5.0), repeat=n1)
        for theirs in product((1.0, 2.0, 4.0), repeat=n0)
    ]
    assert np.mean([_delta_variance(pairs) for pairs in found]) == approx(np.var([p.delta for p in found]))


def test_decimal_ties_are_ties():
    data = frame([8.2 - 7.9, 0.5], [7.7 - 7.4, 0.3])
    assert row(cliffs_delta(data), "share of pairs tied").estimate == 0.5


@pytest.mark.parametrize("method", RANKS)
def test_one_person_alone_has_ranks_but_no_interval(method):
    result = method(frame([5], [3, 4, 6]))
    assert result.headline.p_value == 1
    assert result.headline.conf_low is None
    assert codes_of(result) == ["one_in_arm_no_interval"]


def test_many_people_are_compared_with_the_normal_distribution():
    data = trial(5, 60, 60)
    p_value = cliffs_delta(data).headline.p_value
    ours, theirs = (data.loc[data["arm"] == label, "post"] for label in ("programme", "waiting"))
    assert p_value == approx(
        stats.mannwhitneyu(ours, theirs, method="asymptotic", use_continuity=False).pvalue
    )


# ---------------------------------------------------------------- both views, and slopes


def test_both_views_are_those_of_their_methods(two_arms):
    both = change_or_adjusted(two_arms, programme="mentored", covariates=["age"], cluster="cluster")
    single = (
        adjusted_difference(two_arms, programme="mentored", covariates=["age"], cluster="cluster"),
        difference_in_differences(two_arms, programme="mentored", cluster="cluster"),
    )
    for e, one in zip(both.estimates, single, strict=False):
        assert (e.estimate, e.std_error, e.df, e.conf_low) == approx(
            (one.headline.estimate, one.headline.std_error, one.headline.df, one.headline.conf_low)
        )


@settings(max_examples=20)
@given(seed=st.integers(0, 5_000))
def test_both_views_part_at_the_start(seed):
    data = trial(seed)
    adjusted, change, start = (e.estimate for e in change_or_adjusted(data).estimates)
    slope = row(adjusted_difference(data), "slope of the starting score").estimate
    assert adjusted - change == approx((1 - slope) * start)


def test_disagreement_is_said():
    # Lord's diet: nobody changes on average in either group, and the heavier group stays heavier
    rng = np.random.default_rng(2)
    level = np.repeat([2.0, 0.0], 60)
    pre, post = (level + rng.normal(size=120) for _ in range(2))
    result = change_or_adjusted(frame(post[:60], post[60:], pre=pre))
    assert {"lords_paradox", "lords_paradox_zero"} <= set(codes_of(result))
    pre[:60] += 0.6
    assert "lords_paradox_signs" in codes_of(change_or_adjusted(frame(post[:60], post[60:], pre=pre)))
    alike = trial(4, 200, 200)
    alike.loc[alike["arm"] == "programme", "post"] += 1
    assert codes_of(change_or_adjusted(alike)) == ["lords_paradox"]


def test_clusters_too_few_for_both_views():
    data = trial(9).assign(cluster=[0] * 14 + [1 + i // 4 for i in range(16)])
    result = change_or_adjusted(data, cluster="cluster")
    assert codes_of(result) == ["few_clusters", "lords_paradox"]
    assert {e.conf_low for e in result.estimates} == {None}


def test_two_slopes_agree_with_the_interaction():
    data = trial(12)
    result = slope_homogeneity(data)
    x = np.column_stack([np.ones(30), data["arm"] == "programme", data["pre"]]).astype(float)
    x = np.column_stack([x, x[:, 1] * x[:, 2]])
    coefficients, rss, *_ = np.linalg.lstsq(x, data["post"], rcond=None)
    t = coefficients[3] / np.sqrt(rss[0] / 26 * np.linalg.inv(x.T @ x)[3, 3])
    assert (result.headline.estimate, result.headline.statistic, result.headline.df) == approx(
        (abs(coefficients[3]), t**2, 26)
    )
    assert row(result, "waiting").estimate == approx(coefficients[2])
    assert dict(result.n) == {"programme": 14, "waiting": 16}


def test_slopes_of_the_left_out_and_of_perfect_lines():
    data = frame([1, 2, 3, 4], [2, 4, 6, 9], pre=[1, 2, 3, 4, 1, 2, 3, None])
    result = slope_homogeneity(data)
    assert (result.headline.estimate, result.headline.p_value, result.headline.df) == (approx(1), None, None)
    assert codes_of(result) == ["post_only", "no_residual_spread"]
    assert dict(result.dropped) == {"programme": 0, "waiting": 1}


def test_an_arm_without_a_slope_is_named():
    with pytest.raises(DesignError, match="Arm 'waiting': everybody starts with the same score"):
        slope_homogeneity(frame([1, 2, 4], [3, 4, 6], pre=[1, 2, 3, 5, 5, 5]))
    with pytest.raises(DesignError, match="Arm 'programme': 1 complete, so it has no slope"):
        slope_homogeneity(frame([1, None], [3, 4, 6], pre=[1, 2, 3, 5, 4]))
    with pytest.raises(DesignError, match="1 label; slopes are compared between two arms"):
        slope_homogeneity(frame([1, 2], [], pre=[1, 2]))
    with pytest.raises(DesignError, match="4 people cannot determine 2 lines and an error"):
        slope_homogeneity(frame([1, 2], [3, 5], pre=[1, 2, 2, 4]))
