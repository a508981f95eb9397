"""Cronbach's alpha: published values, reference values, edge cases, invariances."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx

from rmstudy.errors import DesignError
from rmstudy.methods.reliability import cronbach_alpha

REFERENCES = Path(__file__).parent / "references"
KEYS = {
    "A": (-1, 1, 1, 1, 1),
    "C": (1, 1, 1, -1, -1),
    "E": (-1, -1, 1, 1, 1),
    "N": (1, 1, 1, 1, 1),
    "O": (1, -1, 1, 1, -1),
}


@pytest.fixture(scope="module")
def items():
    return pd.read_csv(REFERENCES / "items.csv")


def keyed(data, scale):
    """The five items of a scale, all in one direction on the 1 to 6 scale."""
    names = [f"{scale}{i}" for i in range(1, 6)]
    return pd.DataFrame(
        {
            name: data[name] if key == 1 else 7 - data[name]
            for name, key in zip(names, KEYS[scale], strict=True)
        }
    )


def notes_of(result):
    return [(note.code, dict(note.params)) for note in result.notes]


def test_matches_psych(items):
    # R: psych::alpha(d)$feldt: lower .622955453683, alpha .767765826133, upper .866319697193
    e = cronbach_alpha(items).headline
    assert (e.conf_low, e.estimate, e.conf_high) == approx(
        (0.622955453683, 0.767765826133, 0.866319697193), rel=1e-10
    )


@pytest.mark.parametrize("scale", KEYS)
def test_personality_scales(oracle, scale):
    data = oracle.data("bfi")
    result = cronbach_alpha(keyed(data, scale))
    records = oracle.records(f"o_reliability_bfi_{scale}")
    oracle.check(result.headline.estimate, records["alpha_listwise"])
    oracle.check(result.headline.conf_low, records["alpha_listwise"], "ci_low")
    oracle.check(result.headline.conf_high, records["alpha_listwise"], "ci_high")
    assert result.n["all"] == records["n_complete"]["estimate"]
    assert result.n["all"] + result.dropped["all"] == records["n_any"]["estimate"]
    assert notes_of(result) == [("item_missing", {"n": result.dropped["all"]})]


@pytest.mark.parametrize(
    ("names", "alpha"),
    [(["x1", "x2", "x3"], 0.6261171), (["x4", "x5", "x6"], 0.8827069), (["x7", "x8", "x9"], 0.688455)],
)
def test_holzinger_swineford(oracle, names, alpha):
    # semTools::reliability documentation: alpha .6261171, .8827069, .688455
    assert cronbach_alpha(oracle.data("HS1939"), items=names).headline.estimate == approx(alpha, abs=1e-6)


def test_an_item_left_unreversed_is_named(oracle):
    # alpha falls from .70 to .430616923048094 when A1 is not reversed
    data = oracle.data("bfi")[["A1", "A2", "A3", "A4", "A5"]]
    result = cronbach_alpha(data)
    assert result.headline.estimate == approx(0.430616923048094, rel=1e-9)
    assert ("item_negative", {"item": "A1"}) in notes_of(result)
    assert sum(code == "item_negative" for code, _ in notes_of(result)) == 1


def test_one_item_is_refused(items):
    with pytest.raises(DesignError, match="at least 2 items; 1 given: q1"):
        cronbach_alpha(items, items=["q1"])
    with pytest.raises(DesignError, match="'q1' is one name"):
        cronbach_alpha(items, items="q1")
    with pytest.raises(DesignError, match="more than once: 'q1'"):
        cronbach_alpha(items, items=["q1", "q2", "q1"])


def test_two_items_are_spearman_brown(items):
    standardised = (items - items.mean()) / items.std()
    r = standardised["q1"].corr(standardised["q2"])
    assert cronbach_alpha(standardised, items=["q1", "q2"]).headline.estimate == approx(2 * r / (1 + r))


def test_a_constant_item_is_left_out(items):
    result = cronbach_alpha(items.assign(k=3.1))
    assert result.headline == cronbach_alpha(items).headline
    assert notes_of(result) == [("item_constant", {"item": "k"})]


def test_only_one_item_varies(items):
    with pytest.raises(DesignError, match="Only 1 of the items"):
        cronbach_alpha(items[["q1"]].assign(k=3, m=4))


def test_nobody_answered_everything():
    data = pd.DataFrame({"a": [1, 2, None, None], "b": [None, 3, 4, None], "c": [2, None, 4, 5]})
    with pytest.raises(DesignError, match="0 of 4 people answered all 3 items"):
        cronbach_alpha(data)


def test_negative_alpha_is_not_cut_at_zero():
    # three standardised items with correlations of -.3: 3 / 2 * (1 - 3 / (3 - 1.8)) = -2.25
    wanted = np.full((3, 3), -0.3) + 1.3 * np.eye(3)
    raw = np.random.default_rng(5).normal(size=(30, 3))
    raw -= raw.mean(axis=0)
    white = raw @ np.linalg.inv(np.linalg.cholesky(np.cov(raw.T))).T
    data = pd.DataFrame(white @ np.linalg.cholesky(wanted).T, columns=list("abc"))
    result = cronbach_alpha(data)
    assert result.headline.estimate == approx(-2.25)
    assert result.headline.conf_low < -2.25 < result.headline.conf_high < 0
    assert ("alpha_negative", {}) in notes_of(result)


def test_items_that_cancel_out():
    result = cronbach_alpha(pd.DataFrame({"a": [1, 2, 3, 4], "b": [4, 3, 2, 1]}))
    assert (result.headline.estimate, result.headline.conf_low) == (None, None)
    assert "total_constant" in [code for code, _ in notes_of(result)]


def test_identical_items_have_no_interval():
    result = cronbach_alpha(pd.DataFrame({"a": [1, 2, 3, 4], "b": [1, 2, 3, 4]}))
    assert (result.headline.estimate, result.headline.conf_low, result.headline.conf_high) == (
        approx(1),
        None,
        None,
    )
    assert notes_of(result) == [("interval_degenerate", {})]


def test_who_is_counted(items):
    data = items.astype(float)
    data.iloc[0, 1] = data.iloc[7, 0] = data.iloc[7, 3] = np.nan
    result = cronbach_alpha(data)
    assert (dict(result.n), dict(result.dropped)) == ({"all": 38}, {"all": 2})
    assert result.headline == cronbach_alpha(data.dropna()).headline


def test_other_refusals(items):
    with pytest.raises(DesignError, match="Did you mean 'q2'"):
        cronbach_alpha(items, items=["q1", "q22"])
    with pytest.raises(DesignError, match="not numbers"):
        cronbach_alpha(items.assign(q2="agree"))
    with pytest.raises(DesignError, match="between 0 and 1"):
        cronbach_alpha(items, level=95)
    with pytest.raises(DesignError, match="more than one row"):
        cronbach_alpha(pd.concat([items, items]))


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 5_000),
    n=st.integers(3, 30),
    k=st.integers(2, 8),
    scale=st.floats(0.01, 100),
    shift=st.floats(-50, 50),
)
def test_order_and_units_do_not_matter(seed, n, k, scale, shift):
    rng = np.random.default_rng(seed)
    data = pd.DataFrame(
        rng.normal(size=(n, 1)) + rng.normal(size=(n, k)), columns=[f"q{i}" for i in range(k)]
    )
    base = cronbach_alpha(data).headline
    mixed = data.sample(frac=1, random_state=seed)[list(rng.permutation(data.columns))]
    moved = cronbach_alpha(mixed * -scale + shift).headline
    assert moved.estimate == approx(base.estimate, rel=1e-6, abs=1e-9)
    assert moved.conf_low == approx(base.conf_low, rel=1e-6, abs=1e-9)
    assert base.conf_low < base.estimate < base.conf_high <= 1
    assert base.estimate <= 1
