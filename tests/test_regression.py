"""Least squares with HC3 and CR2: reference values, edge cases, invariances."""

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
    design_matrix,
    least_squares,
    too_few_clusters,
)

REFERENCES = Path(__file__).parent / "references"


@pytest.fixture(scope="module")
def two_arms():
    return pd.read_csv(REFERENCES / "two_arms.csv", index_col="person_id")


def floats(frame, *names):
    return {name: frame[name].to_numpy(float) for name in names}


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


@pytest.mark.parametrize(
    ("case", "keep", "columns", "cluster"),
    [
        ("o_cr2_star_k", lambda d: d["read"].notna(), ("small", "aide", "lunch_free", "female"), "school"),
        (
            "o_cr2_star_k_inner",
            lambda d: d["read"].notna() & (d["schtype"] == "inner"),
            ("small", "aide", "lunch_free"),
            "school",
        ),
        (
            "o_cr2_star_k_urban_class",
            lambda d: d["read"].notna() & (d["schtype"] == "urban") & d["exp"].notna(),
            ("small", "lunch_free", "exp"),
            "class",
        ),
    ],
)
def test_cr2_on_schools(oracle, case, keep, columns, cluster):
    data = oracle.data("star_k")
    data = data[keep(data) & data["lunch"].notna() & data["sex"].notna()].assign(
        aide=lambda d: (d["cltype"] == "reg+A").astype(float),
        lunch_free=lambda d: (d["lunch"] == "F").astype(float),
        female=lambda d: (d["sex"] == "F").astype(float),
    )
    x, names, _ = design_matrix(floats(data, *columns))
    fit = least_squares(x, data["read"].to_numpy(float), cluster=codes(data[cluster]))
    records = oracle.records(case)
    assert len(data) == records["n"]["estimate"]
    for position, name in enumerate(("(Intercept)", *names[1:])):
        record = records[f"CR2.satt.{name}"]
        got = coefficient(fit, position, term=name, level=0.95)
        oracle.check(got.estimate, record)
        oracle.check(got.std_error, record, "se")
        oracle.check(got.df, record, "df")
        oracle.check(got.p_value, record, "p")
        oracle.check(got.conf_low, record, "ci_low")
        oracle.check(got.conf_high, record, "ci_high")


def test_cr2_with_fixed_effects_of_the_clusters(oracle):
    # Each state's dummy lies inside its cluster, so every block I - H_gg is singular.
    # clubSandwich vignette: legal 7.59 (SE 2.51, df 24.58), beertaxa 3.82 (SE 5.27, df 5.77)
    # R: lm(mrate ~ 0 + legal + beertaxa + factor(state) + factor(year)); references/regression.R
    data = oracle.data("mort").dropna(subset=["beertaxa"])
    dummies = pd.get_dummies(data[["state", "year"]].astype(str), drop_first=True, dtype=float)
    x, names, _ = design_matrix({**floats(data, "legal", "beertaxa"), **floats(dummies, *dummies.columns)})
    fit = least_squares(x, data["mrate"].to_numpy(), cluster=codes(data["state"]))
    assert names[1:3] == ("legal", "beertaxa")
    assert_allclose(fit.coefficients[1:3], [7.58770762349, 3.81867072123], rtol=1e-8)
    assert_allclose(fit.std_errors[1:3], [2.51308216558, 5.26501612283], rtol=1e-8)
    assert_allclose(fit.df[1:3], [24.57851893920, 5.76841458755], rtol=1e-8)


@pytest.mark.parametrize(
    ("case", "data", "outcome", "columns"),
    [
        ("o_hc_star_college", "star_college_men", "gpa_year2", ("sfsp", "gpa0")),
        (
            "o_hc_lalonde",
            "lalonde",
            "re78",
            ("treat", "age", "educ", "black", "hispan", "married", "nodegree", "re74", "re75"),
        ),
    ],
)
def test_hc3_on_people(oracle, case, data, outcome, columns):
    frame = oracle.data(data).dropna(subset=[outcome])
    if "race" in frame:
        frame = frame.assign(
            black=(frame["race"] == "black").astype(float), hispan=(frame["race"] == "hispan").astype(float)
        )
    x, names, _ = design_matrix(floats(frame, *columns))
    fit = least_squares(x, frame[outcome].to_numpy(float))
    for position, name in enumerate(("(Intercept)", *names[1:])):
        record = oracle.records(case)[f"HC3.{name}"]
        got = coefficient(fit, position, term=name, level=0.95)
        for field, value in (
            ("estimate", got.estimate),
            ("se", got.std_error),
            ("df", got.df),
            ("p", got.p_value),
            ("ci_low", got.conf_low),
            ("ci_high", got.conf_high),
        ):
            oracle.check(value, record, field)


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


# ---------------------------------------------------------------- edge cases

NOISE = np.array([-1.678, -0.04, 0.411, -1.46, -0.757, -0.618, 1.309, 1.317, -1.797, 0.325, -0.949, -2.797])
GROUP = np.tile([0.0, 1.0], 6)
X1 = np.array([-0.962, -0.293, 0.259, -1.152, 0.196, 0.03, 0.085, 1.117, -1.219, 1.267, -0.745, -1.131])


def test_perfect_collinearity_is_refused_by_name():
    with pytest.raises(DesignError, match="'x2' is an exact combination of 'x1'"):
        design_matrix({"group": GROUP, "x1": X1, "x2": 2 * X1 + 1})
    # R: lm(y ~ group + x1): group -0.443976225735595, HC3 SE 0.559570472801282
    x, _, _ = design_matrix({"group": GROUP, "x1": X1})
    fit = least_squares(x, NOISE)
    assert fit.coefficients[1] == pytest.approx(-0.443976225735595, rel=1e-9)
    assert fit.std_errors[1] == pytest.approx(0.559570472801282, rel=1e-9)


def test_collinearity_names_every_partner():
    with pytest.raises(DesignError, match="'total' is an exact combination of 'group', 'x1'"):
        design_matrix({"group": GROUP, "x1": X1, "other": NOISE, "total": GROUP + X1})


def test_near_collinearity_is_noted_and_leaves_the_group_alone():
    # The tiny column is the index in disguise: the group's coefficient is that of y ~ group + x1 + index.
    index = np.arange(1.0, 13.0)
    near, names, notes = design_matrix({"group": GROUP, "x1": X1, "x2": X1 + 1e-9 * index})
    plain, _, none = design_matrix({"group": GROUP, "x1": X1, "index": index})
    assert names[-1] == "x2"
    assert [note.code for note in notes] == ["condition_number"]
    assert dict(notes[0].params)["value"] > 1e8
    assert none == ()
    got, want = least_squares(near, NOISE), least_squares(plain, NOISE)
    assert got.coefficients[1] == pytest.approx(want.coefficients[1], rel=1e-5)


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


def test_all_singletons_is_hc2():
    # R: vcovCR(m, cluster = 1:n, type = "CR2") - vcovHC(m, "HC2") is 0 to 7e-17
    x, _, _ = design_matrix({"group": GROUP, "x1": X1})
    fit = least_squares(x, NOISE, cluster=np.arange(12))
    bread = np.linalg.inv(x.T @ x)
    h = np.einsum("ij,jk,ik->i", x, bread, x)
    e = NOISE - x @ fit.coefficients
    hc2 = np.sqrt(np.diag(bread @ (x.T * (e**2 / (1 - h))) @ x @ bread))
    assert_allclose(fit.std_errors, hc2, rtol=1e-12)


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
