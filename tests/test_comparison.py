"""Two arms compared: published examples, reference values, edge cases, invariances."""

from pathlib import Path

import causaldata
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx
from scipy import stats

from rmstudy.errors import DesignError
from rmstudy.methods.comparison import (
    adjusted_difference,
    baseline_balance,
    difference_in_differences,
    post_difference,
)

REFERENCES = Path(__file__).parent / "references"
ALL = (adjusted_difference, post_difference, difference_in_differences)


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


def with_moments(seed, n, means, sds, sd_change):
    """Pre and post scores with exactly these means, SDs and SD of the change."""
    raw = np.random.default_rng(seed).normal(size=(n, 2))
    raw -= raw.mean(axis=0)
    white = raw @ np.linalg.inv(np.linalg.cholesky(np.cov(raw.T))).T
    shared = (sds[0] ** 2 + sds[1] ** 2 - sd_change**2) / 2
    wanted = np.array([[sds[0] ** 2, shared], [shared, sds[1] ** 2]])
    return white @ np.linalg.cholesky(wanted).T + means


def codes_of(result):
    return [note.code for note in result.notes]


def row(result, term):
    return next(e for e in result.estimates if e.term == term)


# ---------------------------------------------------------------- published examples


def test_acupuncture_trial():
    # Vickers & Altman (2001), BMJ 323:1123-4, table: acupuncture 25, placebo 27;
    # adjusted 12.7, later score alone 17.3 (7.5 to 27.1), change 10.8 (2.3 to 19.4)
    placebo = with_moments(1, 27, (53.9, 62.3), (14.0, 17.9), 14.6)
    needles = with_moments(2, 25, (60.4, 79.6), (12.3, 17.1), 16.1)
    data = pd.DataFrame(np.vstack([placebo, needles]), columns=["pre", "post"])
    data["arm"] = ["placebo"] * 27 + ["acupuncture"] * 25
    adjusted, post, change = (f(data, programme="acupuncture") for f in ALL)
    assert adjusted.headline.estimate == approx(12.7, abs=0.05)
    assert post.headline.estimate == approx(17.3, abs=0.05)
    assert change.headline.estimate == approx(10.8, abs=0.05)
    # the published intervals pool the variances; with arms this alike Welch's differ in the next digit
    assert (post.headline.conf_low, post.headline.conf_high) == approx((7.5, 27.1), abs=0.1)
    assert (change.headline.conf_low, change.headline.conf_high) == approx((2.3, 19.4), abs=0.1)
    assert dict(adjusted.n) == {"acupuncture": 25, "placebo": 27}


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
        "1,750 points (95% interval 429 to 3,071); 445 people counted, 0 not."
    )


# ---------------------------------------------------------------- reference values


@pytest.mark.parametrize(
    ("programme", "case", "low", "high"),
    [
        # R: m <- lm(post ~ t + x); coef + qt(.975, df) * sqrt(vcovHC(m, "HC3")), arms against Cont
        ("FT", "o_ppc_anorexia_ft", 4.28217950988, 13.78496563901),
        ("CBT", "o_ppc_anorexia_cbt", 0.5336342713898, 7.9545902595603),
    ],
)
def test_two_arms_of_the_anorexia_trial(oracle, programme, case, low, high):
    data = oracle.data("anorexia").query("arm in [@programme, 'Cont']")
    records = oracle.records(case)
    adjusted = adjusted_difference(data, programme=programme)
    oracle.check(adjusted.headline.estimate, records["ancova_difference"])
    assert (adjusted.headline.conf_low, adjusted.headline.conf_high) == approx((low, high), rel=1e-9)
    change = difference_in_differences(data, programme=programme).headline
    for value, field in (
        (change.estimate, "estimate"),
        (change.std_error, "se"),
        (change.df, "df"),
        (change.statistic, "statistic"),
        (change.p_value, "p"),
        (change.conf_low, "ci_low"),
        (change.conf_high, "ci_high"),
    ):
        oracle.check(value, records["did_welch"], field)


@pytest.mark.parametrize(
    ("case", "data", "outcome", "arm", "labels"),
    [
        ("o_indep_anorexia", "anorexia", "post", "arm", ("FT", "Cont")),
        ("o_indep_star_college", "star_college_men", "gpa_year1", "sfsp", ("1", "0")),
        ("o_indep_star_k", "star_k", "read", "cltype", ("small", "reg")),
    ],
)
def test_welch_difference(oracle, case, data, outcome, arm, labels):
    everybody = oracle.data(data)
    chosen = everybody[everybody[arm].astype(str).isin(labels)]
    result = post_difference(chosen, post=outcome, arm=arm, programme=labels[0])
    record = oracle.records(case)["mean_difference_welch"]
    for value, field in (
        (result.headline.estimate, "estimate"),
        (result.headline.std_error, "se"),
        (result.headline.df, "df"),
        (result.headline.p_value, "p"),
        (result.headline.conf_low, "ci_low"),
        (result.headline.conf_high, "ci_high"),
    ):
        oracle.check(value, record, field)
    assert sum(result.n.values()) + sum(result.dropped.values()) == len(chosen)


def test_adjusted_difference_with_hc3(two_arms):
    # R: m <- lm(post ~ t + xc); vcovHC(m, "HC3"); t with 39 df; references/regression.R
    result = adjusted_difference(two_arms, programme="mentored")
    e = result.headline
    assert (e.estimate, e.std_error, e.df) == approx((6.286819575142, 1.9839075937604, 39), rel=1e-10)
    assert (e.conf_low, e.conf_high) == approx((2.273987699051, 10.299651451233), rel=1e-10)
    assert e.p_value == approx(0.00297318310515, rel=1e-9)
    # R: m <- lm(post ~ 0 + t + c + xc)
    ours, theirs = row(result, "adjusted mean, programme"), row(result, "adjusted mean, comparison")
    assert (ours.estimate, ours.conf_low, ours.conf_high) == approx(
        (53.647046018510, 51.700692269224, 55.593399767796), rel=1e-10
    )
    assert (theirs.estimate, theirs.std_error) == approx((47.360226443368, 1.7423795368907), rel=1e-10)
    assert ours.p_value is None
    slope = row(result, "slope of the starting score")
    assert (slope.estimate, slope.std_error) == approx((0.685109761728, 0.0784583542242), rel=1e-10)
    assert result.notes == ()


def test_adjusted_difference_with_clusters(two_arms):
    # R: coef_test(m, vcovCR(m, cluster = cluster, type = "CR2"), test = "Satterthwaite"), conf_int
    result = adjusted_difference(two_arms, programme="mentored", cluster="cluster")
    e = result.headline
    assert (e.estimate, e.std_error) == approx((6.286819575142, 2.6566629567994), rel=1e-10)
    assert (e.df, e.p_value) == approx((7.86087242942, 0.0460361252344), rel=1e-9)
    assert (e.conf_low, e.conf_high) == approx((0.142, 12.432), abs=5e-4)
    theirs = row(result, "adjusted mean, comparison")
    assert (theirs.std_error, theirs.df) == approx((2.3422270515587, 3.94182151492), rel=1e-9)


def test_adjusted_difference_with_a_covariate(two_arms):
    # R: lm(post ~ t + xc + age): HC3 and CR2
    plain = adjusted_difference(two_arms, programme="mentored", covariates=["age"]).headline
    assert (plain.estimate, plain.std_error, plain.df) == approx(
        (6.088444087236, 1.9444773358491, 38), rel=1e-10
    )
    clustered = adjusted_difference(two_arms, programme="mentored", covariates=["age"], cluster="cluster")
    assert clustered.headline.df == approx(7.82671506081, rel=1e-9)
    assert clustered.headline.p_value == approx(0.0377752125426, rel=1e-9)


def test_differences_with_clusters(two_arms):
    # R: lm(post ~ t) and lm(post - pre ~ t), CR2 with Satterthwaite
    post = post_difference(two_arms, programme="mentored", cluster="cluster").headline
    assert (post.estimate, post.std_error, post.df) == approx((5.26141176471, 4.13778825009, 7.89838733405))
    assert post.p_value == approx(0.239694960785, rel=1e-9)
    change = difference_in_differences(two_arms, programme="mentored", cluster="cluster")
    e = change.headline
    assert (e.estimate, e.std_error, e.df) == approx((6.75811764706, 2.64906792261, 7.89838733405))
    assert e.p_value == approx(0.0344638368589, rel=1e-9)
    theirs = row(change, "mean change, comparison")
    assert (theirs.estimate, theirs.std_error) == approx((-1.79411764706, 2.35177291652))


def test_differences_without_clusters(two_arms):
    # R: t.test(post ~ arm) and t.test(post - pre ~ arm), Welch
    post = post_difference(two_arms, programme="mentored").headline
    assert (post.df, post.p_value) == approx((33.10416631, 0.0615578053), rel=1e-8)
    assert (post.conf_low, post.conf_high) == approx((-0.269601624831, 10.792425154242), rel=1e-9)
    change = difference_in_differences(two_arms, programme="mentored")
    assert (change.headline.std_error, change.headline.df) == approx((2.15778122565, 25.78516597), rel=1e-9)
    assert row(change, "mean change, programme").estimate == approx(4.964)


def test_balance_of_an_observational_comparison(oracle):
    data = oracle.data("lalonde").assign(
        black=lambda d: (d["race"] == "black").astype(int),
        hispan=lambda d: (d["race"] == "hispan").astype(int),
    )
    columns = ["age", "educ", "black", "hispan", "married", "nodegree", "re74", "re75"]
    table = baseline_balance(data, columns=columns, arm="treat", programme=1)
    records = oracle.records("o_balance_lalonde")
    for name in columns:
        oracle.check(table.loc[name, "standardised_difference"], records[f"{name}.smd_avgvar"])
        oracle.check(table.loc[name, "variance_ratio"], records[f"{name}.variance_ratio"])
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


def test_slopes_that_differ_are_noted(oracle):
    # R: lm(post ~ t * x), FT against Cont: p = .006170998608093 (all three arms: F test, p = .00667)
    data = oracle.data("anorexia")
    result = adjusted_difference(data.query("arm in ['FT', 'Cont']"), programme="FT")
    (note,) = result.notes
    assert note.code == "slopes_differ"
    assert dict(note.params)["p"] == approx(0.006170998608093, rel=1e-9)
    assert note.text().endswith("the adjusted difference holds at the mean starting score.")


def test_the_difference_is_taken_at_the_mean_starting_score():
    # exact lines: 10 + 2 pre for one arm, 4 + pre for the other; small balanced errors keep a spread
    pre = np.array([1.0, 2, 3, 4, 5, 6, 7, 8] * 2)
    noise = np.array([1.0, -1, -1, 1, 1, -1, -1, 1] * 2) / 10
    post = np.where(np.arange(16) < 8, 10 + 2 * pre, 4 + pre) + noise
    result = adjusted_difference(frame(post[:8], post[8:], pre=pre))
    assert result.headline.estimate == approx(6 + 4.5)
    assert codes_of(result) == ["slopes_differ"]


def test_three_arms_are_refused(oracle):
    with pytest.raises(DesignError, match=r"3 labels .* a comparison needs two"):
        adjusted_difference(oracle.data("anorexia"), programme="FT")


@pytest.mark.parametrize(("ours", "theirs", "difference"), [([3] * 3, [3] * 3, 0), ([5] * 3, [3] * 3, 2)])
def test_no_spread_in_either_arm(ours, theirs, difference):
    result = post_difference(frame(ours, theirs))
    assert result.headline.estimate == difference
    assert (result.headline.p_value, result.headline.conf_low, result.headline.std_error) == (
        None,
        None,
        None,
    )
    assert codes_of(result) == ["no_residual_spread"]


def test_constant_changes_are_not_rounding_noise():
    result = difference_in_differences(
        frame([0.4, 0.5, 0.6, 0.7], [0.3, 0.4, 0.5, 0.6], pre=[0.1, 0.2, 0.3, 0.4] * 2)
    )
    assert result.headline.estimate == approx(0.1)
    assert result.headline.p_value is None
    assert codes_of(result) == ["no_residual_spread"]


def test_spread_in_one_arm_only():
    result = post_difference(frame([4, 6, 5, 7], [3, 3, 3, 3]))
    assert (result.headline.estimate, result.headline.df) == approx((2.5, 3))


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
def test_an_outcome_without_values_is_refused(method):
    with pytest.raises(DesignError, match="'post' has no observed values"):
        method(frame([None] * 5, [None] * 5, pre=range(10)))


@pytest.mark.parametrize("method", ALL)
def test_an_arm_without_values_is_named(method):
    with pytest.raises(DesignError, match="Arm 'programme': nobody has the outcome"):
        method(frame([None] * 5, [4, 5, 6, 7, 8], pre=range(10)))


@pytest.mark.parametrize("method", ALL)
def test_an_arm_without_people_is_refused(method):
    with pytest.raises(DesignError, match="labels are 'waiting'"):
        method(frame([], [3, 4, 6], pre=[1, 2, 3]))


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
