"""Scales that a careless tool would judge wrongly, and what is said of them instead."""

import numpy as np
import pandas as pd
import pytest
from pytest import approx
from reference import dataset

from rmstudy.errors import DesignError
from rmstudy.methods.reliability import cronbach_alpha, item_analysis, omega_total

AGREEABLE = ["A1", "A2", "A3", "A4", "A5"]


def codes(result):
    return [note.code for note in result.notes]


def with_correlations(wanted, n):
    """Data of n people that have exactly these correlations."""
    wanted = np.asarray(wanted)
    raw = np.random.default_rng(5).normal(size=(n, len(wanted)))
    raw -= raw.mean(axis=0)
    white = raw @ np.linalg.inv(np.linalg.cholesky(np.cov(raw.T))).T
    return pd.DataFrame(white @ np.linalg.cholesky(wanted).T, columns=list("abcdefgh")[: len(wanted)])


def test_alpha_unreversed():
    # alpha falls from .70 to .43 when A1 is not turned
    result = cronbach_alpha(dataset("bfi")[AGREEABLE])
    assert result.headline.estimate == approx(0.430616923048094, rel=1e-9)
    named = [dict(note.params)["item"] for note in result.notes if note.code == "item_negative"]
    assert named == ["A1"]
    table = item_analysis(dataset("bfi")[AGREEABLE])
    assert table.index[table["against"]].tolist() == ["A1"]
    assert table.loc["A1", "r_drop"] < 0


def test_alpha_one_item():
    with pytest.raises(DesignError, match="at least 2 items; 1 given: A1"):
        cronbach_alpha(dataset("bfi"), items=["A1"])


def test_omega_two_items():
    two = dataset("bfi")[["A2", "A3"]].dropna()
    standardised = (two - two.mean()) / two.std()
    result = omega_total(standardised)
    assert result.headline.term == "omega"
    assert (result.headline.estimate, result.headline.conf_low) == (None, None)
    assert codes(result) == ["omega_two_items"]
    r = float(standardised["A2"].corr(standardised["A3"]))
    alpha = next(e for e in result.estimates if e.term == "alpha")
    assert alpha.estimate == approx(2 * r / (1 + r))  # Spearman-Brown


def test_alpha_constant_item():
    sound = dataset("bfi")[["A2", "A3", "A4", "A5"]]
    result = cronbach_alpha(sound.assign(k=3))
    assert result.headline == cronbach_alpha(sound).headline
    assert ("item_constant", (("item", "k"),)) in [(note.code, note.params) for note in result.notes]
    omega = omega_total(sound.assign(k=3))
    assert omega.headline == omega_total(sound).headline
    assert "item_constant" in codes(omega)


def test_omega_heywood():
    # loadings .9 * .2 / .1 = 1.34 squared: more than the item's whole variance
    result = omega_total(with_correlations([[1, 0.9, 0.2], [0.9, 1, 0.1], [0.2, 0.1, 1]], 100))
    assert (result.headline.estimate, result.headline.conf_low) == (None, None)
    assert [(note.code, dict(note.params)) for note in result.notes] == [("omega_heywood", {"items": ("a",)})]
    assert next(e for e in result.estimates if e.term == "alpha").estimate is not None


def test_alpha_no_complete_case():
    planned = pd.DataFrame({"a": [1, 2, None, None], "b": [None, 3, 4, None], "c": [2, None, 4, 5]})
    for method in (cronbach_alpha, omega_total, item_analysis):
        with pytest.raises(DesignError, match="0 of 4 people answered all 3 items"):
            method(planned)


def test_alpha_negative():
    # three items with correlations of -.3: 3 / 2 * (1 - 3 / (3 - 1.8)) = -2.25
    result = cronbach_alpha(with_correlations(np.full((3, 3), -0.3) + 1.3 * np.eye(3), 30))
    assert result.headline.estimate == approx(-2.25, abs=1e-10)
    assert result.headline.conf_low < -2.25 < result.headline.conf_high < 0
    assert "alpha_negative" in codes(result)
    measurement = next(e for e in result.estimates if e.term.startswith("standard error of measurement"))
    assert measurement.estimate is None
