"""Inputs at the edge of what a linear model can answer."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rmstudy.errors import DesignError
from rmstudy.methods.regression import linear_model

Y = [-1.678, -0.04, 0.411, -1.46, -0.757, -0.618, 1.309, 1.317, -1.797, 0.325, -0.949, -2.797]
GROUP = [0, 1] * 6
X1 = [-0.962, -0.293, 0.259, -1.152, 0.196, 0.03, 0.085, 1.117, -1.219, 1.267, -0.745, -1.131]
TWELVE = pd.DataFrame({"y": Y, "group": GROUP, "x1": X1})
TWENTY = [-0.841, 1.384, -1.255, 0.07, 1.711, -0.603, -0.472, -0.635, -0.286, 0.138, 1.728, -0.302, -0.58, 0.342,
          -0.572, 0.361, -0.097, -1.684, 0.741, 0.241]  # fmt: skip


def rows(result):
    return {row.term: row for row in result.estimates}


def codes(result):
    return [note.code for note in result.notes]


def nothing_but_an_estimate(row):
    return (row.std_error, row.statistic, row.df, row.p_value, row.conf_low, row.conf_high) == (None,) * 6


def test_perfect_collinearity():
    with pytest.raises(DesignError, match="'x2' is an exact combination of 'x1'"):
        linear_model(TWELVE.assign(x2=2 * TWELVE["x1"] + 1), outcome="y", covariates=["group", "x1", "x2"])
    fit = linear_model(TWELVE, outcome="y", covariates=["group", "x1"])
    assert fit.headline.estimate == pytest.approx(-0.443976225735595, abs=1e-9)
    assert fit.headline.std_error == pytest.approx(0.559570472801282, abs=1e-9)


def test_near_collinearity():
    # x2 is x1 and a trace of the row's number: the group's coefficient is that beside x1 and the number
    index = np.arange(1.0, 13.0)
    data = TWELVE.assign(x2=TWELVE["x1"] + 1e-9 * index, index=index)
    near = linear_model(data, outcome="y", covariates=["group", "x1", "x2"])
    plain = linear_model(data, outcome="y", covariates=["group", "x1", "index"])
    (note,) = near.notes
    assert note.code == "condition_number"
    assert dict(note.params)["columns"] == ("x1", "x2")
    assert dict(note.params)["value"] > 1e8
    assert near.headline.estimate == pytest.approx(plain.headline.estimate, rel=1e-5)
    assert near.headline.std_error == pytest.approx(plain.headline.std_error, rel=1e-5)
    assert plain.notes == ()


def test_leverage_one():
    data = pd.DataFrame({"y": [1, 2, 1.5, 3, 9], "x": [0, 0, 0, 0, 1]})
    result = linear_model(data, outcome="y", covariates=["x"])
    assert result.headline.estimate == pytest.approx(7.125)
    assert nothing_but_an_estimate(result.headline)
    assert codes(result) == ["leverage_one"]


def test_saturated_model():
    data = pd.DataFrame({"y": [1.0, 2.0, 4.0], "a": [0, 1, 1], "b": [1, 2, 4]})
    result = linear_model(data, outcome="y", covariates=["a", "b"])
    found = rows(result)
    # three people, three coefficients: y = 0 + 0 a + 1 b passes through all of them
    assert [found[name].estimate for name in ("a", "b", "intercept")] == pytest.approx([0, 1, 0], abs=1e-12)
    assert all(nothing_but_an_estimate(row) for row in result.estimates)
    assert found["residual standard deviation"].estimate is None
    assert codes(result) == ["no_residual_df"]


def test_single_cluster():
    data = pd.DataFrame({"y": TWENTY, "x": np.arange(20), "cluster": 1})
    with pytest.raises(
        DesignError, match="only one cluster: cluster-robust standard errors need two or more"
    ):
        linear_model(data, outcome="y", covariates=["x"], cluster="cluster")


def test_one_cluster_per_arm():
    data = pd.DataFrame({"y": TWENTY, "treat": [0] * 10 + [1] * 10, "cluster": [1] * 10 + [2] * 10})
    with pytest.raises(DesignError, match="'treat = 1' is one cluster and arm 'treat = 0' another"):
        linear_model(data, outcome="y", covariates=["treat"], cluster="cluster")


def test_one_treated_cluster():
    y = [1.354, 0.455, 1.953, 2.812, 1.109, -1.161, -2.838, -0.79, -1.484, -2.577, 0.154, -2.752, -0.921, -1.942,
         -2.173, -0.059, 1.594, -1.208, -0.403, 2.093, 0.63, -1.294, 2.126, -1.077, 0.302, -0.956, 0.176, 2.568,
         1.608, -0.346, -0.118, 1.046, -0.626, -0.505, 1.692, -1.22, -0.429, 0.557, -1.253, -2.667, -2.495, -2.042,
         -2.032, -1.781, -1.364, -1.084, -0.612, 1.486, -0.324, -0.15, 0.151, 0.667, -0.392, 1.468, -0.94]  # fmt: skip
    data = pd.DataFrame({"y": y, "treat": [1] * 5 + [0] * 50, "cluster": np.repeat(np.arange(1, 12), 5)})
    result = linear_model(data, outcome="y", covariates=["treat"], cluster="cluster")
    assert result.headline.estimate == pytest.approx(np.mean(y[:5]) - np.mean(y[5:]))
    assert nothing_but_an_estimate(result.headline)
    (note,) = result.notes
    assert note.text().startswith("treat = 1: 1 cluster. Fewer than two clusters in a group")
    # ten clusters stand behind the mean of the others, which keeps its interval
    assert rows(result)["intercept"].df == pytest.approx(9)


def test_all_singletons():
    # R: vcovCR(m, cluster = 1:n, type = "CR2") is vcovHC(m, "HC2")
    alone = TWELVE.assign(cluster=np.arange(12))
    result = linear_model(alone, outcome="y", covariates=["group", "x1"], cluster="cluster")
    x = np.column_stack([np.ones(12), GROUP, X1])
    bread = np.linalg.inv(x.T @ x)
    leverage = np.einsum("ij,jk,ik->i", x, bread, x)
    residuals = np.array(Y) - x @ bread @ x.T @ Y
    hc2 = np.sqrt(np.diag(bread @ (x.T * (residuals**2 / (1 - leverage))) @ x @ bread))
    found = rows(result)
    got = [found[name].std_error for name in ("intercept", "group", "x1")]
    assert got == pytest.approx(hc2, abs=1e-10)


def test_missing_cluster_id():
    cluster = pd.Series([1, 1, 2, 2, 3, 3, 4, 4, 5, 5] * 2, dtype="float64")
    cluster[[3, 11]] = np.nan
    data = pd.DataFrame({"y": TWENTY, "x": np.arange(20) % 7, "cluster": cluster})
    result = linear_model(data, outcome="y", covariates=["x"], cluster="cluster")
    assert (dict(result.n), dict(result.dropped)) == ({"all": 18}, {"all": 2})
    (note,) = [note for note in result.notes if note.code == "cluster_missing"]
    assert note.text() == "Without a value in the cluster column cluster, and not counted: 2."
    known = linear_model(data.dropna(), outcome="y", covariates=["x"], cluster="cluster")
    assert result.estimates == known.estimates
