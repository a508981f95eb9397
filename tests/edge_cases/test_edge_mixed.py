"""Clusters that a mixed model cannot tell from the error, or can only just."""

import numpy as np
import pandas as pd
import pytest
from pytest import approx
from reference import dataset

from rmstudy.errors import DesignError
from rmstudy.methods.change import mean_change
from rmstudy.methods.mixed import mixed_model, reml

# lme4's Dyestuff2 (Box & Tiao 1973): six batches of five, with no variance between them
DYESTUFF = [
    7.298, 3.846, 2.434, 9.566, 7.99, 5.22, 6.556, 0.608, 11.788, -0.892, 0.11, 10.386, 13.434,
    5.51, 8.166, 2.212, 4.852, 7.092, 9.288, 4.98, 0.282, 9.014, 4.458, 9.446, 7.198, 1.722, 4.782,
    8.106, 0.758, 3.758,
]  # fmt: skip


def dyestuff():
    return pd.DataFrame({"y": DYESTUFF, "batch": np.repeat(list("ABCDEF"), 5)})


def value(result, term):
    return next(e for e in result.estimates if e.term == term)


def codes(result):
    return {note.code for note in result.notes}


def test_mixed_no_replication():
    data = pd.DataFrame({"y": [1.0, 2, 4, 3, 6], "id": range(5)})
    with pytest.raises(DesignError, match=r"its own cluster in 'id': the random intercept is not identified"):
        mixed_model(data, outcome="y", cluster="id")


def test_mixed_singular():
    found = mixed_model(dyestuff(), outcome="y", cluster="batch")
    assert "singular" in codes(found)
    assert found.headline.estimate == approx(5.6656, rel=1e-7)
    assert found.headline.std_error == approx(0.678388031232524, rel=1e-7)
    assert found.headline.df == approx(29)
    assert value(found, "variance between clusters").estimate == 0
    (note,) = (note.text() for note in found.notes if note.code == "singular")
    assert "estimated at zero" in note
    assert "Kenward-Roger" in note


def test_mixed_overparameterised():
    data = pd.DataFrame({"y": np.arange(20.0) ** 1.5, "time": [0, 1] * 10, "id": np.repeat(range(10), 2)})
    with pytest.raises(DesignError, match=r"Random slopes are not identified: 20 rows for 20 random effects"):
        mixed_model(data, outcome="y", covariates=["time"], cluster="id", slope="time")


def test_mixed_nonconvergence(monkeypatch):
    # a search that is stopped before it arrives leaves a gradient
    monkeypatch.setattr(reml, "_STEPS", 0)
    data = dyestuff().assign(y=lambda one: one["y"] + 9 * (one["batch"] < "D"))
    found = mixed_model(data, outcome="y", cluster="batch")
    assert "not_converged" in codes(found)
    assert found.headline.estimate is not None
    for e in found.estimates:
        assert (e.std_error, e.p_value, e.conf_low, e.conf_high) == (None,) * 4


def test_mixed_equals_paired_t():
    wide = dataset("sleep")
    long = pd.concat(
        pd.DataFrame({"hours": wide[f"drug{i}"], "drug": i - 1, "person": wide.index}) for i in (1, 2)
    )
    found = mixed_model(long, outcome="hours", covariates=["drug"], cluster="person").headline
    paired = mean_change(wide, pre="drug1", post="drug2").headline
    assert found.statistic == approx(4.0621276832955, rel=1e-8)
    assert found.df == approx(9, rel=1e-8)
    assert found.p_value == approx(0.00283289019738427, rel=1e-7)
    assert (found.conf_low, found.conf_high) == approx((paired.conf_low, paired.conf_high), rel=1e-8)
