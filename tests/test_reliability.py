"""Reliability: who is counted, what runs against the rest, what cannot be computed, invariances."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pytest import approx

from rmstudy.errors import DesignError
from rmstudy.methods.reliability import cronbach_alpha, item_analysis, omega_total, retest_correlation

REFERENCES = Path(__file__).parent / "references"


@pytest.fixture(scope="module")
def items():
    return pd.read_csv(REFERENCES / "items.csv")


@pytest.fixture(scope="module")
def pairs(items):
    return items.rename(columns={"q1": "pre", "q4": "post"})[["pre", "post"]]


def six_items(turned=(), n=200, seed=3):
    """Six items of one trait; the turned ones run the other way."""
    rng = np.random.default_rng(seed)
    data = pd.DataFrame(
        rng.normal(size=(n, 1)) + rng.normal(size=(n, 6)), columns=[f"q{i}" for i in range(6)]
    )
    return data.assign(**{name: -data[name] for name in turned})


def row(result, term):
    return next(e for e in result.estimates if e.term == term)


def notes_of(result):
    return [(note.code, dict(note.params)) for note in result.notes]


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


def test_only_one_item_varies(items):
    with pytest.raises(DesignError, match="Only 1 of the items"):
        cronbach_alpha(items[["q1"]].assign(k=3, m=4))


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


@pytest.mark.parametrize("turned", [("q2",), ("q0", "q4"), ("q1", "q2", "q5"), ()])
def test_every_turned_item_is_found(turned):
    data = six_items(turned)
    named = [dict(note.params)["item"] for note in cronbach_alpha(data).notes if note.code == "item_negative"]
    table = item_analysis(data)
    assert table.index[table["against"]].tolist() == named
    # with three of six turned nobody can tell which side is the wrong one
    assert named == (list(data) if len(turned) == 3 else list(turned))
    assert (table["remark"] == "runs against the others: reversed?").equals(table["against"])


def test_two_turned_items_escape_the_correlation_with_the_rest():
    # ten items, four turned: each sound item goes up with five and down with four others
    rng = np.random.default_rng(1)
    data = pd.DataFrame(rng.normal(size=(300, 1)) + rng.normal(size=(300, 9)), columns=list("abcdefghi"))
    turned = data.assign(**{name: -data[name] for name in "abcd"})
    table = item_analysis(turned)
    assert table.index[table["against"]].tolist() == list("abcd")


def test_items_without_spread_stay_in_the_table(items):
    table = item_analysis(items.assign(k=3.1), items=["k", *items])
    sound = item_analysis(items)
    assert list(table.index) == ["k", *items]
    pd.testing.assert_frame_equal(
        table.loc[list(items), ["mean", "sd", "r_drop", "alpha_if_dropped"]],
        sound[["mean", "sd", "r_drop", "alpha_if_dropped"]],
    )
    assert (table.loc["k", "mean"], table.loc["k", "sd"]) == (approx(3.1), 0)
    assert np.isnan(table.loc["k", "r_drop"])
    assert not table.loc["k", "against"]
    assert table.loc["k", "remark"] == "same answer from everybody"


def test_item_analysis_counts_everybody(items):
    data = items.astype(float)
    data.iloc[0, 1] = data.iloc[7, 0] = data.iloc[7, 3] = np.nan
    table = item_analysis(data)
    assert table["n"].tolist() == [38] * 4
    assert table["missing"].tolist() == [1, 1, 0, 1]
    pd.testing.assert_frame_equal(
        table.drop(columns="missing"), item_analysis(data.dropna()).drop(columns="missing")
    )


def test_two_items_have_no_alpha_without_one(items):
    table = item_analysis(items[["q1", "q2"]])
    assert table["alpha_if_dropped"].isna().all()
    assert table["r_drop"].tolist() == approx([items["q1"].corr(items["q2"])] * 2)


def test_kr20_is_said(items):
    right = (items >= 3).astype(int)
    assert ("kr20", {}) in notes_of(cronbach_alpha(right))
    assert ("kr20", {}) not in notes_of(cronbach_alpha(items))
    assert cronbach_alpha(right.astype(bool).astype(float)).headline == cronbach_alpha(right).headline


def test_measurement_error_of_the_sum_grows_with_the_unit(items):
    term = "standard error of measurement (points of the sum)"
    assert row(cronbach_alpha(items * 10), term).estimate == approx(
        10 * row(cronbach_alpha(items), term).estimate
    )


def test_more_people_than_items_are_needed_for_omega():
    with pytest.raises(DesignError, match="5 people answered all items; a one-factor model of 6 items"):
        omega_total(six_items(n=5))
    with pytest.raises(DesignError, match="Omega needs at least 2 items"):
        omega_total(six_items(), items=["q1"])


def test_items_that_are_copies_have_no_omega():
    data = six_items()
    result = omega_total(data.assign(q5=data["q4"]))
    assert result.headline.estimate is None
    assert notes_of(result) == [("omega_dependent", {})]
    assert row(result, "alpha").estimate > 0.8


def test_two_traits_are_not_one():
    # six items of a second trait, made exactly unrelated to the first six: nothing was turned
    first, second = six_items(), six_items(seed=9).add_prefix("other ")
    known = np.column_stack([np.ones(len(first)), first])
    data = first.join(second - known @ np.linalg.lstsq(known, second, rcond=None)[0])
    assert [code for code, _ in notes_of(omega_total(data))] == ["one_factor_poor"]
    assert notes_of(omega_total(six_items())) == []


def test_omega_of_equal_items_is_alpha():
    # covariances all alike: every loading and every error variance is the same
    rng = np.random.default_rng(2)
    raw = rng.normal(size=(50, 4))
    raw -= raw.mean(axis=0)
    white = raw @ np.linalg.inv(np.linalg.cholesky(np.cov(raw.T))).T
    data = pd.DataFrame(
        white @ np.linalg.cholesky(np.full((4, 4), 0.5) + 0.5 * np.eye(4)).T, columns=list("abcd")
    )
    result = omega_total(data)
    assert result.headline.estimate == approx(0.8)
    assert row(result, "alpha").estimate == approx(0.8)
    # loadings go with the standard deviation that divides by n
    assert row(result, "loading of a").estimate == approx(np.sqrt(0.5 * 49 / 50))


@settings(max_examples=8)
@given(seed=st.integers(0, 5_000), k=st.integers(3, 7), scale=st.floats(0.01, 100), shift=st.floats(-50, 50))
def test_omega_does_not_depend_on_order_and_units(seed, k, scale, shift):
    rng = np.random.default_rng(seed)
    data = pd.DataFrame(
        rng.normal(size=(80, 1)) + rng.normal(size=(80, k)), columns=[f"q{i}" for i in range(k)]
    )
    base = omega_total(data)
    assume(base.headline.estimate is not None)
    moved = omega_total(
        data.sample(frac=1, random_state=seed)[list(rng.permutation(data.columns))] * -scale + shift
    )
    for name in ("estimate", "std_error", "conf_low", "conf_high"):
        assert getattr(moved.headline, name) == approx(getattr(base.headline, name), rel=1e-6)
    assert row(moved, "loading of q0").estimate == approx(
        scale * row(base, "loading of q0").estimate, rel=1e-6
    )
    assert 0 < base.headline.conf_low < base.headline.estimate < base.headline.conf_high < 1


def test_retest_does_not_depend_on_order_direction_and_units(pairs):
    base = retest_correlation(pairs)
    back = retest_correlation(pairs.sample(frac=1, random_state=1), pre="post", post="pre")
    for one, other in zip(base.estimates, back.estimates, strict=True):
        assert one.term == other.term
        assert (one.estimate, one.conf_low) == (approx(other.estimate), approx(other.conf_low))
    moved = retest_correlation(pairs.assign(post=pairs["post"] * 3 + 2))
    assert moved.headline.conf_high == approx(base.headline.conf_high)
    assert row(moved, "ICC(A,1)").estimate < row(base, "ICC(A,1)").estimate  # agreement sees the shift


def test_retest_counts_everybody(pairs):
    data = pairs.astype(float)
    data.iloc[0, 0] = data.iloc[1, 1] = np.nan
    result = retest_correlation(data)
    assert (dict(result.n), dict(result.dropped)) == ({"all": 38}, {"all": 2})
    assert [code for code, _ in notes_of(result)] == ["pre_only", "post_only", "retest_meaning"]


def test_retest_without_spread_or_with_too_few():
    result = retest_correlation(pd.DataFrame({"pre": [3, 3, 3, 3], "post": [1, 2, 3, 4]}))
    assert [e.estimate for e in result.estimates] == [None, None]
    assert ("constant_pre", {}) in notes_of(result)
    result = retest_correlation(pd.DataFrame({"pre": [1, 2, 3, 4], "post": [1, 3, 5, 7]}))
    assert (result.headline.estimate, result.headline.conf_low, result.headline.p_value) == (1, None, None)
    assert ("interval_degenerate", {}) in notes_of(result)
    result = retest_correlation(pd.DataFrame({"pre": [1, 2, 4], "post": [1, 3, 2]}))
    assert result.headline.df == 1
    assert (result.headline.conf_low, ("correlation_few", {}) in notes_of(result)) == (None, True)
    with pytest.raises(DesignError, match="at least 3 are needed"):
        retest_correlation(pd.DataFrame({"pre": [1, 2], "post": [1, 3]}))
