"""Linear and logistic models: the engine, what is refused, who is counted, what must not matter."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from rmstudy.errors import DesignError
from rmstudy.methods.columns import codes
from rmstudy.methods.regression import (
    clusters_per_arm,
    coefficient,
    confidence_level,
    contrast,
    design_matrix,
    dose_response,
    least_squares,
    linear_model,
    logistic_model,
    moderation,
    too_few_clusters,
)

REFERENCES = Path(__file__).parent / "references"


@pytest.fixture(scope="module")
def two_arms():
    return pd.read_csv(REFERENCES / "two_arms.csv", index_col="person_id")


def ancova(frame):
    arm = (frame["arm"] == "mentored").to_numpy(float)
    pre = (frame["pre"] - frame["pre"].mean()).to_numpy()
    x, names, notes = design_matrix({"arm": arm, "pre": pre, "age": frame["age"].to_numpy(float)})
    assert names == ("intercept", "arm", "pre", "age")
    assert notes == ()
    return x, frame["post"].to_numpy()


# ---------------------------------------------------------------- reference values


def test_hc3_matches_sandwich(two_arms):
    # R: m <- lm(post ~ t + xc + age, d); sqrt(diag(vcovHC(m, "HC3"))); references/regression.R
    fit = least_squares(*ancova(two_arms))
    assert_allclose(
        fit.coefficients, [38.001925141118, 6.088444087236, 0.665428348795, 0.185985066305], rtol=1e-10
    )
    assert_allclose(
        fit.std_errors, [7.6813181089681, 1.9444773358491, 0.0799872819085, 0.1479552235248], rtol=1e-10
    )
    assert_allclose(fit.df, 38)


def test_cr2_matches_clubsandwich(two_arms):
    # R: coef_test(m, vcovCR(m, cluster = d$cluster, type = "CR2"), test = "Satterthwaite")
    fit = least_squares(*ancova(two_arms), cluster=codes(two_arms["cluster"]))
    assert_allclose(
        fit.std_errors, [8.9775953131513, 2.4389332728121, 0.0769901144951, 0.1624296270671], rtol=1e-10
    )
    assert_allclose(fit.df, [8.32995734169, 7.82671506081, 7.62090253140, 8.22959384810], rtol=1e-9)
    arm = coefficient(fit, 1, term="arm", level=0.95)
    assert arm.p_value == pytest.approx(3.77752125426e-02, rel=1e-9)


def test_cr2_equals_its_definition(two_arms):
    """The matrices of Bell & McCaffrey (2002) written out, n by n."""
    x, y = ancova(two_arms)
    cluster = codes(two_arms["cluster"])
    fit = least_squares(x, y, cluster=cluster)
    bread = np.linalg.inv(x.T @ x)
    residual_maker = np.eye(len(y)) - x @ bread @ x.T
    e = residual_maker @ y
    for j in range(x.shape[1]):
        columns = []
        for g in np.unique(cluster):
            rows = cluster == g
            values, vectors = np.linalg.eigh(residual_maker[np.ix_(rows, rows)])
            root = vectors @ np.diag(values**-0.5) @ vectors.T
            columns.append(residual_maker[:, rows] @ root @ x[rows] @ bread[j])
        s = np.column_stack(columns)
        eigenvalues = np.linalg.eigvalsh(s.T @ s)
        # residuals are already projected, so s'y is A_g X_g applied to e_g
        assert fit.std_errors[j] == pytest.approx(np.linalg.norm(s.T @ e), rel=1e-9)
        assert fit.df[j] == pytest.approx(eigenvalues.sum() ** 2 / (eigenvalues**2).sum(), rel=1e-9)


# ---------------------------------------------------------------- what cannot be estimated

NOISE = np.array([-1.678, -0.04, 0.411, -1.46, -0.757, -0.618, 1.309, 1.317, -1.797, 0.325, -0.949, -2.797])
GROUP = np.tile([0.0, 1.0], 6)
X1 = np.array([-0.962, -0.293, 0.259, -1.152, 0.196, 0.03, 0.085, 1.117, -1.219, 1.267, -0.745, -1.131])


def test_collinearity_names_every_partner():
    with pytest.raises(DesignError, match="'total' is an exact combination of 'group', 'x1'"):
        design_matrix({"group": GROUP, "x1": X1, "other": NOISE, "total": GROUP + X1})


def test_constant_covariate_is_left_out():
    x, names, notes = design_matrix({"group": GROUP, "pre": np.full(12, 5.0)})
    assert names == ("intercept", "group")
    assert x.shape == (12, 2)
    assert notes[0].text() == "The covariate pre has no variance and was left out."


def test_leverage_one_has_no_standard_error():
    y, x = np.array([1, 2, 1.5, 3, 9]), np.array([0.0, 0, 0, 0, 1])
    fit = least_squares(design_matrix({"x": x})[0], y)
    assert fit.coefficients[1] == pytest.approx(7.125)
    assert np.isnan(fit.std_errors[1])
    assert np.isnan(fit.df[1])
    assert [note.code for note in fit.notes] == ["leverage_one"]
    row = coefficient(fit, 1, term="x", level=0.95)
    assert (row.std_error, row.p_value, row.conf_low, row.conf_high) == (None, None, None, None)
    # the intercept is the mean of the other four: HC3 divides by 1 - 1/4
    others = y[:4] - y[:4].mean()
    assert fit.std_errors[0] == pytest.approx(np.sqrt(np.sum((others / 0.75 / 4) ** 2)))


def test_leverage_one_survives_clusters_of_one():
    y, x = np.array([1, 2, 1.5, 3, 9]), np.array([0.0, 0, 0, 0, 1])
    fit = least_squares(design_matrix({"x": x})[0], y, cluster=np.arange(5))
    assert np.isnan(fit.std_errors[1])


def test_saturated_model_has_estimates_only():
    x = np.array([[1.0, 0, 1], [1, 1, 2], [1, 1, 4]])
    fit = least_squares(x, np.array([1.0, 2.0, 4.0]))
    assert_allclose(x @ fit.coefficients, [1, 2, 4])
    assert np.isnan(fit.std_errors).all()
    assert fit.residual_df == 0
    assert [note.code for note in fit.notes] == ["no_residual_df"]


def test_perfect_fit_has_no_standard_error():
    fit = least_squares(design_matrix({"group": GROUP})[0], 3 + 2 * GROUP)
    assert_allclose(fit.coefficients, [3, 2])
    assert np.isnan(fit.std_errors).all()
    assert [note.code for note in fit.notes] == ["no_residual_spread"]


def test_too_many_columns_are_refused():
    with pytest.raises(DesignError, match="2 people cannot determine 3 coefficients"):
        design_matrix({"a": np.array([0.0, 1]), "b": np.array([1.0, 5])})
    with pytest.raises(DesignError, match="2 rows cannot determine 3 coefficients"):
        least_squares(np.ones((2, 3)), np.ones(2))


def test_single_cluster_is_refused():
    with pytest.raises(DesignError, match="only one cluster"):
        least_squares(np.ones((5, 1)), np.arange(5.0), cluster=np.zeros(5, dtype=np.intp))


def test_one_cluster_per_arm_is_refused():
    with pytest.raises(DesignError, match="cannot be told apart from the cluster"):
        too_few_clusters(np.repeat([0, 1], 10), np.repeat([0.0, 1.0], 10), ("yes", "no"))


def test_one_treated_cluster_is_named():
    cluster, treated = np.repeat(np.arange(11), 5), np.repeat([1.0] + [0.0] * 10, 5)
    assert clusters_per_arm(cluster, treated) == (1, 10)
    (note,) = too_few_clusters(cluster, treated, ("mentored", "waiting"))
    assert note.text().startswith("mentored: 1 cluster. Fewer than two clusters in a group")
    assert too_few_clusters(None, treated, ("mentored", "waiting")) == ()
    assert too_few_clusters(cluster, np.tile([0.0, 1.0], 28)[:55], ("mentored", "waiting")) == ()


@pytest.mark.parametrize("level", [0, 1, 95, -0.5, float("nan")])
def test_levels_outside_zero_to_one_are_refused(level):
    with pytest.raises(DesignError, match="is not a confidence level"):
        confidence_level(level)


# ---------------------------------------------------------------- invariances


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), n_clusters=st.integers(4, 12), scale=st.floats(0.01, 100))
def test_order_labels_and_units_do_not_matter(seed, n_clusters, scale):
    rng = np.random.default_rng(seed)
    n = 40
    cluster = np.concatenate([np.arange(n_clusters), rng.integers(0, n_clusters, n - n_clusters)])
    x = np.column_stack([np.ones(n), rng.normal(size=n), rng.normal(size=n_clusters)[cluster]])
    y = rng.normal(size=n)
    fit = least_squares(x, y, cluster=cluster)
    order, relabelled = rng.permutation(n), rng.permutation(n_clusters)[cluster] * 7
    moved = least_squares(x[order] * [1, scale, 1], 5 + scale * y[order], cluster=relabelled[order])
    per_unit = np.array([scale, 1, scale])
    assert_allclose(moved.coefficients[1:], (fit.coefficients * per_unit)[1:], rtol=1e-8, atol=1e-8 * scale)
    assert_allclose(moved.std_errors, fit.std_errors * per_unit, rtol=1e-6)
    assert_allclose(moved.df, fit.df, rtol=1e-4)  # a cluster that is nearly alone loses digits
    assert np.all(fit.df <= n_clusters)


def test_many_rows_and_singletons_stay_small():
    rng = np.random.default_rng(1)
    n = 6_000
    x = np.column_stack([np.ones(n), rng.normal(size=(n, 4))])
    y = x @ np.arange(5.0) + rng.normal(size=n)
    few = least_squares(x, y, cluster=rng.integers(0, 80, n))
    alone = least_squares(x, y, cluster=np.arange(n))
    assert_allclose(few.std_errors, 1 / np.sqrt(n), rtol=0.5)
    assert_allclose(alone.std_errors, 1 / np.sqrt(n), rtol=0.1)
    assert np.all(few.df < 80)
    assert np.all(alone.df > 1_000)


# ---------------------------------------------------------------- models by column names


@pytest.fixture
def people():
    return pd.read_csv(REFERENCES / "models.csv", index_col="person_id")


def rows(result):
    return {row.term: row for row in result.estimates}


def codes_of(result):
    return [note.code for note in result.notes]


def close(got, want, rel=1e-9):
    """The same numbers but for rounding, in the same places."""
    for one, other in zip(got.estimates, want.estimates, strict=True):
        assert one.term == other.term
        for name in ("estimate", "std_error", "df", "p_value", "conf_low", "conf_high"):
            a, b = getattr(one, name), getattr(other, name)
            assert (a is None) == (b is None), (one.term, name)
            assert a is None or a == pytest.approx(b, rel=rel, abs=1e-12), (one.term, name)


CALLS = {
    "linear": lambda d, **more: linear_model(d, outcome="post", covariates=["mentored", "pre"], **more),
    "logistic": lambda d, **more: logistic_model(d, outcome="passed", covariates=["mentored", "pre"], **more),
    "dose": lambda d, **more: dose_response(d, pre="pre", **more),
    "moderation": lambda d, **more: moderation(d, outcome="post", focal="mentored", moderator="age", **more),
}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("more", [{}, {"cluster": "cluster"}])
def test_the_order_of_rows_and_the_names_of_clusters_do_not_matter(people, name, more):
    want = CALLS[name](people, **more)
    shuffled = people.sample(frac=1, random_state=3)
    shuffled["cluster"] = "team " + (100 - shuffled["cluster"]).astype(str)
    close(CALLS[name](shuffled, **more), want, rel=1e-7)


@pytest.mark.parametrize("name", CALLS)
def test_people_without_a_value_are_counted_and_their_column_named(people, name):
    people.loc[["P03", "P50"], "pre" if name != "moderation" else "age"] = np.nan
    people.loc["P07", "cluster"] = np.nan
    result = CALLS[name](people, cluster="cluster")
    assert (dict(result.n), dict(result.dropped)) == ({"all": 87}, {"all": 3})
    found = {note.code: dict(note.params) for note in result.notes}
    assert found["column_missing"] == {"n": 2, "columns": ("age" if name == "moderation" else "pre",)}
    assert found["cluster_missing"]["n"] == 1
    close(result, CALLS[name](people.dropna(), cluster="cluster"))


@pytest.mark.parametrize("cluster", [None, "cluster"])
def test_only_the_proportions_of_weights_matter(people, cluster):
    def fit(weights):
        return linear_model(
            people.assign(w=weights),
            outcome="post",
            covariates=["mentored", "pre"],
            weights="w",
            cluster=cluster,
        )

    close(fit(people["weight"] * 20), fit(people["weight"]))
    plain = linear_model(people, outcome="post", covariates=["mentored", "pre"], cluster=cluster)
    close(fit(3.0), plain)  # by two ways of computing CR2


def test_weighted_cr2_with_one_person_a_cluster_is_hc2(people):
    alone = people.assign(own=np.arange(len(people)))
    got = linear_model(alone, outcome="post", covariates=["pre"], weights="weight", cluster="own").headline
    w, x = people["weight"].to_numpy(), np.column_stack([np.ones(len(people)), people["pre"]])
    bread = np.linalg.inv(x.T @ (w[:, None] * x))
    hat = x @ bread @ (x * w[:, None]).T
    out = np.eye(len(x)) - hat
    e = out @ people["post"].to_numpy()
    # a residual has the variance of its row of (I - H)(I - H)' under equal variances
    meat = (w * e) ** 2 / np.einsum("ij,ij->i", out, out)
    assert got.std_error == pytest.approx(math.sqrt((bread @ (x.T * meat) @ x @ bread)[1, 1]), rel=1e-9)


@pytest.mark.parametrize("bad", [0.0, -1.0, np.nan])
def test_a_weight_must_be_positive(people, bad):
    people.loc["P05", "weight"] = bad
    with pytest.raises(
        DesignError, match=r"weight 'weight' of 1 people is missing, zero or negative .*'P05'"
    ):
        linear_model(people, outcome="post", covariates=["pre"], weights="weight")
    people.loc["P05", "post"] = np.nan  # nobody asks the weight of somebody without an outcome
    assert linear_model(people, outcome="post", covariates=["pre"], weights="weight").dropped["all"] == 1


def test_the_first_covariate_is_the_headline_whatever_the_order(people):
    one = linear_model(people, outcome="post", covariates=["pre", "mentored"])
    other = linear_model(people, outcome="post", covariates=["mentored", "pre"])
    assert (one.headline.term, other.headline.term) == ("pre", "mentored")
    assert rows(one)["mentored"].std_error == pytest.approx(other.headline.std_error, rel=1e-10)


def test_a_constant_first_covariate_leaves_an_empty_headline(people):
    result = linear_model(people.assign(site=4), outcome="post", covariates=["site", "pre"])
    assert (result.headline.term, result.headline.estimate) == ("site", None)
    close(
        linear_model(people, outcome="post", covariates=["pre"]),
        result.__class__(**{name: getattr(result, name) for name in result.__slots__} | {
            "estimates": result.estimates[1:]}),
    )  # fmt: skip
    assert codes_of(result) == ["constant_covariate"]


def test_a_constant_outcome_has_no_errors(people):
    result = linear_model(people.assign(post=7.0), outcome="post", covariates=["pre"])
    assert result.headline.estimate == pytest.approx(0, abs=1e-12)
    assert result.headline.p_value is None
    assert rows(result)["R squared"].estimate is None
    assert codes_of(result) == ["no_residual_spread"]


@pytest.mark.parametrize(
    ("covariates", "sentence"),
    [
        ("pre", r"covariates takes a list of columns: covariates=\['pre'\]"),
        ([], "needs at least one covariate"),
        (["pre", "pre"], "'pre' is asked for twice"),
        (["post"], "'post' is asked for twice"),
        (["intercept"], "intercept is always in the model"),
        (["pres"], "There is no column 'pres'"),
        (["where"], "'where' holds .*, not numbers.*pandas.get_dummies"),
    ],
)
@pytest.mark.parametrize("model", [linear_model, logistic_model])
def test_covariates_that_cannot_be_used(people, model, covariates, sentence):
    with pytest.raises(DesignError, match=sentence):
        model(people.assign(where="north"), outcome="post", covariates=covariates)


def test_nobody_complete_is_refused(people):
    people.loc[people["mentored"] == 1, "pre"] = np.nan
    people.loc[people["mentored"] == 0, "age"] = np.nan
    with pytest.raises(DesignError, match="Nobody of 90 people has all of 'post', 'pre', 'age'"):
        linear_model(people, outcome="post", covariates=["pre", "age"])


def test_a_notebook_variable_is_never_read(people):
    dose = np.arange(90.0)  # what a formula would have taken
    assert dose.size == len(people)
    with pytest.raises(DesignError, match="There is no column 'dose'"):
        linear_model(people.drop(columns="dose"), outcome="post", covariates=["pre", "dose"])


def test_a_combination_of_coefficients_is_a_coefficient_of_another_design(two_arms):
    x, y = ancova(two_arms)
    cluster = codes(two_arms["cluster"])
    moved = x.copy()
    moved[:, 2] -= x[:, 1] * 5  # then 1 unit of the arm's coefficient is arm + 5 of the score's
    for groups in (None, cluster):
        fit, other = (least_squares(design, y, cluster=groups) for design in (x, moved))
        got = contrast(fit, np.array([0.0, 1.0, 5.0, 0.0]), term="sum", level=0.95)
        want = coefficient(other, 1, term="sum", level=0.95)
        assert_allclose(
            [got.estimate, got.std_error, got.df, got.conf_high],
            [want.estimate, want.std_error, want.df, want.conf_high],
            rtol=1e-9,
        )


def test_a_cluster_that_determines_a_coefficient_alone_gives_it_no_error(people):
    # one team has its own column: its coefficient comes from that team, the others' from everybody
    team = people.assign(own=(people["cluster"] == 4).astype(float))
    result = linear_model(team, outcome="post", covariates=["pre", "own"], cluster="cluster")
    assert rows(result)["own"].std_error is None
    assert rows(result)["pre"].p_value is not None
    assert codes_of(result) == ["few_clusters"]
    # nor has a column that is zero in every other team, where only the people of one differ in it
    ages = team.assign(own=team["own"] * team["age"])
    result = linear_model(ages, outcome="post", covariates=["pre", "own"], cluster="cluster")
    assert (rows(result)["own"].std_error, rows(result)["own"].p_value) == (None, None)
    assert rows(result)["pre"].p_value is not None
    assert codes_of(result) == ["cluster_alone"]
    weighted = linear_model(
        ages, outcome="post", covariates=["pre", "own"], cluster="cluster", weights="weight"
    )
    assert rows(weighted)["own"].std_error is None
    assert rows(weighted)["pre"].p_value is not None


# ---------------------------------------------------------------- logistic


def test_a_marginal_effect_is_the_slope_of_the_mean_prediction(people):
    result = rows(logistic_model(people, outcome="passed", covariates=["mentored", "pre"]))
    beta = [result[f"log odds ratio, {name}"].estimate for name in ("mentored", "pre")]
    constant = result["log odds, intercept"].estimate

    def share(mentored, pre):
        return (1 / (1 + np.exp(-(constant + beta[0] * mentored + beta[1] * pre)))).mean()

    step = 1e-5
    slope = (
        share(people["mentored"], people["pre"] + step) - share(people["mentored"], people["pre"] - step)
    ) / 2e-5
    assert result["average marginal effect, pre"].estimate == pytest.approx(slope, rel=1e-6)
    jump = share(1, people["pre"]) - share(0, people["pre"])
    assert result["average marginal effect, mentored"].estimate == pytest.approx(jump, rel=1e-10)


def test_turning_the_answers_round_turns_the_effects_round(people):
    one = rows(logistic_model(people, outcome="passed", covariates=["mentored", "pre"], cluster="cluster"))
    other = rows(
        logistic_model(
            people.assign(passed=1 - people["passed"]), outcome="passed", covariates=["mentored", "pre"],
            cluster="cluster",
        )
    )  # fmt: skip
    for name in ("mentored", "pre"):
        effect, turned = one[f"average marginal effect, {name}"], other[f"average marginal effect, {name}"]
        assert turned.estimate == pytest.approx(-effect.estimate, rel=1e-9)
        assert turned.conf_low == pytest.approx(-effect.conf_high, rel=1e-9)
        assert turned.df == pytest.approx(effect.df, rel=1e-7)
        ratio, inverse = one[f"odds ratio, {name}"], other[f"odds ratio, {name}"]
        assert inverse.estimate == pytest.approx(1 / ratio.estimate, rel=1e-9)


def test_units_of_a_covariate_do_not_matter_to_a_logistic_model(people):
    one = logistic_model(people, outcome="passed", covariates=["pre"]).headline
    other = logistic_model(
        people.assign(pre=people["pre"] * 1e5 + 1e6), outcome="passed", covariates=["pre"]
    ).headline
    assert other.estimate * 1e5 == pytest.approx(one.estimate, rel=1e-8)
    assert other.p_value == pytest.approx(one.p_value, rel=1e-6)


def test_an_odds_ratio_too_large_for_a_number_is_left_out():
    frame = pd.DataFrame({"passed": [0, 0, 1, 0, 1, 1, 0, 1], "share": np.arange(8) * 1e-8})
    found = rows(logistic_model(frame, outcome="passed", covariates=["share"]))
    ratio, log_ratio = found["odds ratio, share"], found["log odds ratio, share"]
    assert (ratio.estimate, ratio.conf_high) == (None, None)
    assert (ratio.p_value, ratio.conf_low) == (log_ratio.p_value, 0.0)
    assert log_ratio.estimate > 1e6


def test_hc2_where_one_person_is_an_arm_and_the_others_fit_exactly():
    frame = pd.DataFrame({"arm": [1, 1, 1, 0], "pre": [1.0, 4, 1, 2], "post": [1.0, 4, 0, 3]})
    result = linear_model(frame, outcome="post", covariates=["arm", "pre"], errors="hc2")
    assert result.headline.std_error is None
    assert codes_of(result) == ["leverage_one"]


@pytest.mark.parametrize(
    ("passed", "score"),
    [
        ([0, 0, 0, 0, 1, 1, 1, 1], [1, 2, 3, 4, 5, 6, 7, 8]),  # complete
        ([0, 0, 0, 0, 1, 1, 1, 1], [1, 2, 3, 4, 4, 6, 7, 8]),  # but for a tie on the border
        ([0, 0, 1, 0, 1, 1, 1, 1], [0, 0, 0, 0, 1, 1, 1, 1]),  # everybody of one group passed
    ],
)
def test_separation_gives_no_numbers(passed, score):
    frame = pd.DataFrame({"passed": passed, "score": score, "age": [3, 1, 4, 1, 5, 9, 2, 6]})
    result = logistic_model(frame, outcome="passed", covariates=["score"])
    assert all(row.estimate is None and row.p_value is None for row in result.estimates)
    (note,) = result.notes
    assert note.code == "separation"
    assert dict(note.params)["columns"] == ("score",)
    assert "no interval" in result.text()
    overlapping = frame.assign(passed=[0, 1, 0, 1, 0, 1, 1, 0])
    assert logistic_model(overlapping, outcome="passed", covariates=["score"]).headline.p_value > 0.3


def test_separation_by_two_columns_together_is_seen():
    a = np.tile([1.0, 2, 3, 4], 2)
    frame = pd.DataFrame({"a": a, "b": a + np.repeat([-0.5, 0.5], 4), "passed": np.repeat([0, 1], 4)})
    for name in ("a", "b"):
        assert "separation" not in codes_of(logistic_model(frame, outcome="passed", covariates=[name]))
    (note,) = logistic_model(frame, outcome="passed", covariates=["a", "b"]).notes
    assert dict(note.params)["columns"] == ("a", "b")


def test_few_people_of_the_rarer_answer_are_noted(people):
    few = people.assign(passed=0)
    few.loc[["P02", "P30", "P41", "P60", "P66", "P71", "P80", "P12", "P19", "P33", "P45"], "passed"] = 1
    one = logistic_model(few, outcome="passed", covariates=["age"])
    two = logistic_model(few, outcome="passed", covariates=["age", "pre"])
    assert "events_per_covariate" not in codes_of(one)
    assert {note.code: dict(note.params) for note in two.notes}["events_per_covariate"] == {"n": 11, "k": 2}


def test_answers_other_than_0_and_1_are_refused(people):
    with pytest.raises(DesignError, match=r"'post' holds .*; a logistic model needs 0 and 1.*>= cutoff"):
        logistic_model(people, outcome="post", covariates=["pre"])
    with pytest.raises(DesignError, match="Everybody counted has passed = 1"):
        logistic_model(people.assign(passed=True), outcome="passed", covariates=["pre"])


# ---------------------------------------------------------------- dose


def test_the_dose_is_never_called_an_effect(people):
    result = dose_response(people)
    assert codes_of(result)[:2] == ["dose_not_assigned", "start_not_adjusted"]
    assert "start_not_adjusted" not in codes_of(dose_response(people, pre="pre"))


def test_a_dose_that_nobody_varied_has_no_slope(people):
    result = dose_response(people.assign(dose=6), pre="pre")
    assert (result.headline.term, result.headline.estimate) == ("dose", None)
    assert "constant_covariate" in codes_of(result)
    nearly = people.assign(dose=np.where(np.arange(90) < 10, 5, 6))
    found = {note.code: dict(note.params) for note in dose_response(nearly, pre="pre").notes}
    assert found["dose_mostly_one"]["share"] == pytest.approx(80 / 90)


def test_a_bent_dose_is_noted():
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"dose": np.tile(np.arange(10.0), 6)})
    frame["pre"] = rng.normal(50, 8, 60)
    straight = frame.assign(post=frame["pre"] + frame["dose"] + rng.normal(0, 3, 60))
    bent = straight.assign(post=straight["post"] - 0.3 * frame["dose"] ** 2)
    assert "dose_curved" not in codes_of(dose_response(straight, pre="pre"))
    assert "dose_curved" in codes_of(dose_response(bent, pre="pre"))


# ---------------------------------------------------------------- moderation


def test_moving_focal_and_moderator_changes_no_slope(people):
    one = moderation(people, outcome="post", focal="mentored", moderator="age", covariates=["pre"])
    moved = people.assign(age=people["age"] + 1000, mentored=people["mentored"] - 40)
    other = moderation(moved, outcome="post", focal="mentored", moderator="age", covariates=["pre"])
    shift = [0 if row.term != "Johnson-Neyman bound" else 1000 for row in one.estimates]
    assert_allclose(
        [row.estimate for row in other.estimates],
        np.add([row.estimate for row in one.estimates], shift),
        rtol=1e-7,
    )
    assert_allclose(
        [row.std_error for row in other.estimates[:4]],
        [row.std_error for row in one.estimates[:4]],
        rtol=1e-7,
    )


@pytest.mark.parametrize("cluster", [None, "cluster"])
def test_the_interval_of_the_slope_touches_zero_at_each_bound(people, cluster):
    result = moderation(
        people, outcome="post", focal="mentored", moderator="age", covariates=["pre"], cluster=cluster
    )
    bounds = [row.estimate for row in result.estimates if row.term == "Johnson-Neyman bound"]
    assert bounds
    for bound in bounds:
        # the slope where the moderator is zero is the focal coefficient of a plain model
        at = people.assign(age=people["age"] - bound)
        at["both"] = at["age"] * at["mentored"]
        row = linear_model(
            at, outcome="post", covariates=["mentored", "age", "both", "pre"], cluster=cluster
        ).headline
        assert min(abs(row.conf_low), abs(row.conf_high)) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    ("effect", "code"),
    [
        (lambda m: 10 + 0 * m, "slope_clear_everywhere"),
        (lambda m: 3.0 * m, "slope_clear_outside"),
        (lambda m: 4 + m, "slope_clear_above"),
        (lambda m: 4 - m, "slope_clear_below"),
        (lambda m: 1.6 + 0 * m, "slope_clear_between"),
        (lambda m: 0 * m, "slope_clear_nowhere"),
    ],
)
def test_the_side_on_which_the_slope_is_clear_is_said(effect, code):
    # two people at each value of the moderator, one an arm, with the same error: the slope is the effect
    frame = pd.DataFrame({"arm": np.tile([0.0, 1.0], 60), "m": np.repeat(np.linspace(-4, 4, 60), 2)})
    error = np.repeat(np.random.default_rng(8).normal(0, 3, 60), 2)
    frame["y"] = effect(frame["m"]) * frame["arm"] + error
    result = moderation(frame, outcome="y", focal="arm", moderator="m")
    assert codes_of(result)[-1] == code
    bounds = [row.estimate for row in result.estimates if row.term == "Johnson-Neyman bound"]
    assert all(-4 <= bound <= 4 for bound in bounds)


def test_a_moderator_of_0_and_1_gives_the_two_groups(people):
    result = rows(moderation(people, outcome="post", focal="mentored", moderator="female"))
    means = people.groupby(["female", "mentored"])["post"].mean()
    for group in (0, 1):
        assert result[f"slope at {group}"].estimate == pytest.approx(means[group, 1] - means[group, 0])
    assert result["interaction"].estimate == pytest.approx(
        result["slope at 1"].estimate - result["slope at 0"].estimate
    )
    assert "Johnson-Neyman bound" not in result


def test_a_point_beyond_everybody_is_noted():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        {"arm": np.tile([0.0, 1.0], 20), "m": np.repeat([0.0] * 14 + [1, 2, 3, 4, 9, 10], 2)}
    )
    frame["y"] = frame["m"] + rng.normal(size=40)
    found = moderation(frame, outcome="y", focal="arm", moderator="m").notes
    assert [dict(note.params)["value"] < 0 for note in found if note.code == "moderator_beyond"] == [True]


def test_what_does_not_vary_cannot_moderate(people):
    with pytest.raises(DesignError, match="'site' is the same for everybody counted"):
        moderation(people.assign(site=1), outcome="post", focal="mentored", moderator="site")
    with pytest.raises(DesignError, match="'pre' is asked for twice"):
        moderation(people, outcome="post", focal="pre", moderator="pre")


def test_one_treated_cluster_moderates_nothing(people):
    one = people.assign(mentored=(people["cluster"] == 2).astype(float))
    result = moderation(one, outcome="post", focal="mentored", moderator="age", cluster="cluster")
    assert all(row.p_value is None and row.conf_low is None for row in result.estimates)
    assert "few_clusters" in codes_of(result)


# ---------------------------------------------------------------- what the errors are worth


def test_six_unequal_clusters_give_five_percent_of_false_alarms():
    # three against three, ICC .1, no effect; with 1,000 studies the rate has a standard error of .007
    rng = np.random.default_rng(11)
    cluster = np.repeat(np.arange(6), [22, 14, 9, 7, 5, 3])
    x = np.column_stack([np.ones(60), cluster % 2])
    alarms = 0
    for _ in range(1000):
        y = rng.normal(0, math.sqrt(0.1), 6)[cluster] + rng.normal(0, math.sqrt(0.9), 60)
        alarms += coefficient(least_squares(x, y, cluster=cluster), 1, term="arm", level=0.95).p_value < 0.05
    assert 0.03 < alarms / 1000 < 0.07
