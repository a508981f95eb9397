"""Mixed models: invariances, refusals, counts, boundaries, false alarms."""

import numpy as np
import pandas as pd
import pytest
from pytest import approx

from rmstudy.errors import DesignError
from rmstudy.methods.mixed import mixed_model, reml
from rmstudy.methods.regression import linear_model

FIELDS = ("estimate", "std_error", "df", "p_value", "conf_low", "conf_high")


def people(seed=3, clusters=9, between=2.0, slopes=0.8):
    """Unequal clusters with an intercept and a slope of their own."""
    rng = np.random.default_rng(seed)
    who = np.repeat(np.arange(clusters), rng.integers(3, 7, clusters))
    time = pd.Series(who).groupby(who).cumcount().to_numpy(dtype=float)
    arm = (who % 2).astype(float)
    score = 20 + arm + time + rng.normal(0, between, clusters)[who]
    score += rng.normal(0, slopes, clusters)[who] * time + rng.normal(0, 1, len(who))
    return pd.DataFrame({"score": score, "time": time, "arm": arm, "who": [f"P{i}" for i in who]})


def fit(data, **told):
    return mixed_model(data, **({"outcome": "score", "covariates": ["time", "arm"], "cluster": "who"} | told))


def value(result, term):
    return next(e for e in result.estimates if e.term == term)


def codes(result):
    return {note.code for note in result.notes}


def numbers(result):
    found = [getattr(e, name) for e in result.estimates for name in FIELDS]
    return [value for value in found if value is not None]


MODELS = ({}, {"slope": "time"}, {"correlation": "compound symmetry"})


# invariances


@pytest.mark.parametrize("told", MODELS)
def test_row_order_and_names_of_clusters_do_not_matter(told):
    data = people()
    other = data.sample(frac=1, random_state=1).assign(
        who=lambda one: one["who"].map(lambda name: f"x{name[::-1]}")
    )
    assert numbers(fit(other, **told)) == approx(numbers(fit(data, **told)), rel=1e-6)


@pytest.mark.parametrize("told", MODELS)
def test_units_of_the_outcome_go_through(told):
    data = people()
    here, there = fit(data, **told), fit(data.assign(score=lambda one: 1000 + 50 * one["score"]), **told)
    for term in ("time", "arm"):
        a, b = value(here, term), value(there, term)
        assert (b.estimate, b.std_error) == approx((50 * a.estimate, 50 * a.std_error), rel=1e-6)
        assert (b.df, b.p_value) == approx((a.df, a.p_value), rel=1e-5)
    error = "total variance" if "correlation" in told else "residual variance"
    assert value(there, error).estimate == approx(2500 * value(here, error).estimate, rel=1e-6)


def test_the_origin_and_unit_of_time_do_not_change_the_slope():
    data = people()
    here = fit(data, slope="time")
    there = fit(data.assign(time=2020 + data["time"] / 12), slope="time")
    assert value(there, "time").estimate == approx(12 * value(here, "time").estimate, rel=1e-6)
    assert value(there, "time").df == approx(value(here, "time").df, rel=1e-4)
    name = "variance of the slope between clusters"
    assert value(there, name).estimate == approx(144 * value(here, name).estimate, rel=1e-5)


def test_positive_correlation_is_the_same_in_both_forms():
    data = people()
    random, symmetric = fit(data), fit(data, correlation="compound symmetry")
    assert numbers(symmetric)[: 3 * len(FIELDS)] == approx(numbers(random)[: 3 * len(FIELDS)], rel=1e-6)
    assert value(symmetric, "intraclass correlation").estimate == approx(
        value(random, "intraclass correlation").estimate, rel=1e-6
    )


def test_at_the_boundary_it_is_ordinary_regression():
    data = people(seed=1, between=0, slopes=0)
    found = fit(data)
    assert "singular" in codes(found)
    plain = linear_model(data, outcome="score", covariates=["time", "arm"])
    x = np.column_stack([np.ones(len(data)), data[["time", "arm"]]])
    left = data["score"] - x @ np.linalg.lstsq(x, data["score"], rcond=None)[0]
    classical = np.sqrt(np.diag(np.linalg.inv(x.T @ x)) * (left @ left) / (len(data) - 3))
    for e, want in zip(found.estimates[:2], classical[1:], strict=True):
        assert e.estimate == approx(value(plain, e.term).estimate)
        assert (e.std_error, e.df) == approx((want, len(data) - 3))


def test_the_derivatives_are_those_of_the_criterion():
    data = people()
    cluster = pd.factorize(data["who"])[0]
    x = np.column_stack([np.ones(len(data)), data[["time", "arm"]]])
    q, _ = np.linalg.qr(x)
    y = data["score"].to_numpy()
    z = np.column_stack([np.ones(len(data)), data["time"]])
    made, structure = reml.blocks(q, z, y - q @ (q.T @ y), cluster), reml.intercept_and_slope()
    theta, step = np.array([0.8, -0.3, 0.5]), 1e-4
    gradient, hessian = reml._downhill(made, structure, theta)
    for j, e in enumerate(np.eye(3) * step):
        ends = [reml._deviance(made, structure, theta + s * e) for s in (1, -1)]
        assert (ends[0] - ends[1]) / (2 * step) == approx(gradient[j], rel=1e-5)
        slopes = [reml._downhill(made, structure, theta + s * e)[0] for s in (1, -1)]
        assert (slopes[0] - slopes[1]) / (2 * step) == approx(hessian[j], rel=1e-5, abs=1e-5)


# boundaries


def test_a_slope_that_the_data_do_not_carry_is_said():
    found = fit(people(seed=5, slopes=0), slope="time")
    assert "singular_slope" in codes(found)
    assert value(found, "time").p_value is not None


def test_compound_symmetry_goes_below_zero():
    rng = np.random.default_rng(2)
    scores = rng.normal(size=(12, 4))
    scores -= 0.9 * scores.mean(axis=1, keepdims=True)
    data = pd.DataFrame({"score": scores.ravel(), "who": np.repeat(range(12), 4)})
    found = mixed_model(data, outcome="score", cluster="who", correlation="compound symmetry")
    below = value(found, "intraclass correlation").estimate
    assert -1 / 3 < below < 0
    assert found.headline.df == approx(11)
    stopped = mixed_model(data, outcome="score", cluster="who")
    assert {"singular", "negative_within_cluster"} <= codes(stopped)
    assert value(stopped, "intraclass correlation").estimate == 0
    assert stopped.headline.std_error > found.headline.std_error


def test_an_outcome_without_spread_has_no_errors():
    data = people().assign(score=7.0)
    found = fit(data)
    assert "no_residual_spread" in codes(found)
    assert value(found, "intercept").estimate == approx(7)
    assert found.headline.p_value is None


def test_a_covariate_that_one_cluster_alone_has_is_not_tested():
    data = people().assign(one=lambda rows: (rows["who"] == "P3").astype(float))
    found = fit(data, covariates=["one", "time"])
    assert found.headline.estimate is not None
    assert found.headline.p_value is None
    assert value(found, "time").p_value is not None
    assert "few_clusters" in codes(found)


# counts


def test_rows_left_out_are_counted_and_said():
    data = people()
    data.loc[0, "score"] = data.loc[3, "arm"] = np.nan
    data.loc[5, "who"] = None
    found = fit(data.set_index(np.zeros(len(data), dtype=int)))
    assert found.n == {"rows": len(data) - 3}
    assert "35 rows counted, 3 not" in found.text()
    assert "righe conteggiate 35, non conteggiate 3" in found.text("it")
    assert found.dropped == {"rows": 3}
    assert {"column_missing", "covariate_missing", "cluster_missing", "rows_in_clusters"} <= codes(found)
    assert numbers(found) == approx(numbers(fit(data.dropna())))


def test_labels_used_again_in_another_cluster_are_another_cluster():
    data = people().assign(unit=lambda one: one["who"].map(lambda name: int(name[1:]) % 3))
    again = data.assign(who=data["who"].map(lambda name: int(name[1:]) // 3))
    plain, reused = (fit(one, cluster=["unit", "who"]) for one in (data, again))
    assert numbers(reused) == approx(numbers(plain), rel=1e-6)
    assert "labels_reused" in codes(reused) - codes(plain)


# refusals


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"cluster": "when"}, "no column 'when'"),
        ({"covariates": "time"}, r"covariates takes a list of columns: covariates=\['time'\]"),
        ({"correlation": "autoregressive"}, "one of 'random intercept', 'compound symmetry'"),
        ({"covariates": ["arm"], "slope": "time"}, "'time' is not among the covariates"),
        ({"slope": "arm"}, "'arm' does not vary within the clusters"),
        ({"slope": "time", "correlation": "compound symmetry"}, "leave slope= out"),
        ({"cluster": ["arm", "who"], "slope": "time"}, "random intercepts only"),
        ({"cluster": []}, "names no column"),
        ({"cluster": "same"}, "'same' has one label only"),
        ({"cluster": ["who", "twin"]}, "Every 'who' has one 'twin' only"),
        ({"outcome": "arm", "covariates": ["time"]}, "its rows repeat the cluster's value"),
        ({"level": 95}, "not a confidence level"),
        ({"outcome": "who"}, "not numbers"),
    ],
)
def test_refused(told, sentence):
    data = people().assign(same=1, twin=lambda one: one["who"] + "b")
    with pytest.raises(DesignError, match=sentence):
        fit(data, **told)


def test_covariates_that_tell_the_clusters_apart_are_refused():
    data = people()
    dummies = pd.get_dummies(data["who"], dtype=float).iloc[:, 1:]
    with pytest.raises(DesignError, match="tell every cluster of 'who' apart"):
        fit(data.join(dummies), covariates=["time", *dummies.columns])


def test_only_a_data_frame():
    with pytest.raises(DesignError, match="A data frame is needed, not list"):
        mixed_model([1, 2], outcome="score", cluster="who")


# what it promises


def test_false_alarms_with_six_clusters():
    # an arm given to whole clusters, and no effect: the normal distribution calls too much significant
    rng = np.random.default_rng(11)
    who, alarms, normal = np.repeat(np.arange(6), 8), 0, 0
    for _ in range(150):
        score = rng.normal(0, 0.65, 6)[who] + rng.normal(size=48)
        found = fit(pd.DataFrame({"score": score, "arm": who % 2.0, "who": who}), covariates=["arm"]).headline
        alarms += found.p_value < 0.05
        normal += abs(found.statistic) > 1.96
    assert alarms <= 0.07 * 150 < normal


@pytest.mark.parametrize("covariates", [["time", "time"], ["score"], ["intercept"]])
def test_a_column_has_one_place_in_the_model(covariates):
    with pytest.raises(DesignError, match="already has a place"):
        fit(people().assign(intercept=1.0), covariates=covariates)


def test_no_cluster_is_refused():
    with pytest.raises(DesignError, match="no column None"):
        fit(people(), cluster=None)


# many clusters of one kind


@pytest.mark.parametrize(
    "told",
    [
        {"covariates": ["time", "arm"]},
        {"covariates": ["time", "arm"], "slope": "time"},
        {"covariates": ["time", "arm"], "correlation": "compound symmetry"},
    ],
)
def test_a_few_blocks_stand_for_all_clusters_of_one_kind(told, monkeypatch):
    data = pd.concat([people(clusters=40), people(seed=5, clusters=40).assign(who=lambda d: "Q" + d["who"])])
    few = fit(data, **told)
    monkeypatch.setattr(reml, "_stand_ins", lambda cross: cross)
    assert numbers(few) == approx(numbers(fit(data, **told)), rel=1e-10)


def test_fewer_blocks_than_clusters():
    rng = np.random.default_rng(0)
    pair, x = np.repeat(np.arange(500), 2), rng.normal(size=(1000, 2))
    q, _ = np.linalg.qr(np.column_stack([np.ones(1000), x]))
    found = reml.blocks(q, np.ones((1000, 1)), rng.normal(size=1000), pair)
    assert len(found.gram) == 4
    assert found.count.sum() == approx(500)
