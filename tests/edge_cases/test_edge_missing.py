"""Who left, at the edges: nobody, everybody, everybody of an arm, or exactly those of one kind."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rmstudy.errors import DesignError
from rmstudy.methods.comparison import adjusted_difference
from rmstudy.methods.missing import (
    attrition,
    attrition_weights,
    effective_sample_size,
    impute,
    lee_bounds,
    missing_information,
    pool,
)
from rmstudy.results import Result


def codes(result: Result) -> set[str]:
    return {note.code for note in result.notes}


def row(result: Result, term: str):
    return next(e for e in result.estimates if e.term == term)


def test_separation_in_dropout_model():
    # glm gives x the coefficient 45.8 with p = 1
    data = pd.DataFrame({"x": range(1, 9), "post": [5.0, 6, 7, 8, None, None, None, None]})
    result = attrition(data, arm=None, covariates=["x"])
    assert result.headline.estimate == 0.5
    assert "leaving_separated" in codes(result)
    assert not any("log-odds" in e.term or "model" in e.term for e in result.estimates)
    assert row(result, "left minus stayed, x").estimate == 4.0
    with pytest.raises(DesignError, match="probability of staying is 0 or 1"):
        attrition_weights(data, covariates=["x"])


def test_attrition_total_in_one_arm():
    data = pd.DataFrame({
        "arm": ["programme"] * 10 + ["waiting"] * 10,
        "pre": np.arange(20.0) % 7,
        "post": [None] * 10 + [float(k) for k in range(10)],
    })  # fmt: skip
    result = attrition(data, covariates=["pre"])
    assert result.headline.estimate == 1.0
    assert result.headline.p_value == pytest.approx(1.0825088224469e-05, rel=1e-9)  # R fisher.test
    assert row(result, "share lost, programme").estimate == 1.0
    assert row(result, "share lost, comparison").estimate == 0.0
    assert result.n == {"programme": 10, "waiting": 10}
    assert {"everybody_lost", "leaving_separated"} <= codes(result)
    for analysis in (adjusted_difference, lee_bounds):
        with pytest.raises(DesignError, match="nobody has the outcome"):
            analysis(data)
    with pytest.raises(DesignError, match="Everybody of 'programme' in 'arm' was lost"):
        attrition_weights(data, arm="arm")


def test_no_attrition():
    data = pd.DataFrame({
        "arm": ["programme"] * 5 + ["waiting"] * 5,
        "pre": [3.0, 1, 4, 1, 5, 9, 2, 6, 5, 3],
        "post": np.arange(10.0),
    })  # fmt: skip
    result = attrition(data, covariates=["pre"])
    assert [e.estimate for e in result.estimates] == [0.0, 0.0, 0.0, 0.0]
    assert codes(result) == {"nobody_lost"}
    weights = attrition_weights(data, covariates=["pre"], arm="arm")
    assert (weights[["probability", "weight", "stabilised_weight"]] == 1.0).all(axis=None)
    size = effective_sample_size(weights)
    assert size.headline.estimate == 10.0
    assert codes(size) == {"weights_equal"}


def test_mi_m1():
    data = pd.DataFrame({"pre": [1.0, 2, 3, 4, 5, 6], "post": [2.0, 1, 4, 3, 6, None], "arm": ["a", "b"] * 3})
    frames = impute(data, columns=["post"], predictors=["pre"], imputations=1)
    with pytest.raises(DesignError, match="at least two imputations; there is 1"):
        pool([adjusted_difference(frame, programme="a") for frame in frames])
    with pytest.raises(DesignError, match="at least two imputations; there is 0"):
        pool([])


def test_mi_nothing_missing():
    rng = np.random.default_rng(4)
    data = pd.DataFrame({"pre": rng.normal(50, 9, 14), "arm": ["programme", "waiting"] * 7})
    data["post"] = data["pre"] + rng.normal(0, 3, 14)
    frames = impute(data, columns=["post"], predictors=["pre"], arm="arm", imputations=5)
    assert all(frame.equals(data) for frame in frames)
    alone = adjusted_difference(data).headline
    pooled = pool([adjusted_difference(frame) for frame in frames])
    assert pooled.headline.estimate == pytest.approx(alone.estimate, rel=1e-12)
    assert pooled.headline.std_error == pytest.approx(alone.std_error, rel=1e-12)
    assert pooled.headline.df == pytest.approx(alone.df * (alone.df + 1) / (alone.df + 3), rel=1e-12)
    assert missing_information([adjusted_difference(f) for f in frames])["share_from_missing"].eq(0).all()
    assert "imputations_agree" in codes(pooled)


def test_ipw_positivity():
    # everybody of a kind left: nobody stands for them
    data = pd.DataFrame({"kind": [0.0] * 10 + [1.0] * 4, "post": [1.0, None] * 5 + [None] * 4})
    with pytest.raises(DesignError, match="'kind' can tell"):
        attrition_weights(data, covariates=["kind"])
    # one of twenty-five stayed: weights exist, and the Result says what they are worth
    data = pd.DataFrame({"kind": [0.0] * 50 + [1.0] * 25, "post": [1.0] * 49 + [None, 1.0] + [None] * 24})
    size = effective_sample_size(attrition_weights(data, covariates=["kind"]))
    assert row(size, "largest weight").estimate == pytest.approx(25.0, rel=1e-9)
    assert size.headline.estimate == pytest.approx(75.0**2 / (49 * (50 / 49) ** 2 + 25.0**2), rel=1e-9)
    assert "weights_extreme" in codes(size)


def test_lee_bounds_direction():
    # 3 of 6 stayed in the programme, 5 of 6 in the comparison: two of the latter are set aside
    data = pd.DataFrame({
        "arm": ["programme"] * 6 + ["waiting"] * 6,
        "post": [4.0, 5, 9, None, None, None, 1, 2, 3, 4, 10, None],
    })  # fmt: skip
    result = lee_bounds(data)
    assert row(result, "people trimmed").estimate == 2
    assert row(result, "share to trim").estimate == pytest.approx(0.4)
    assert row(result, "lower bound").estimate == pytest.approx(6 - (3 + 4 + 10) / 3)
    assert row(result, "upper bound").estimate == pytest.approx(6 - (1 + 2 + 3) / 3)
    assert row(result, "lower bound").estimate < row(result, "difference of those observed").estimate
