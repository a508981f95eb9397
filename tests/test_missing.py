"""Who left: what is counted, what does not depend on order or names, and what is refused."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx

from rmstudy.errors import DesignError
from rmstudy.methods.change import mean_change
from rmstudy.methods.comparison import adjusted_difference, difference_in_differences, post_difference
from rmstudy.methods.missing import (
    attrition,
    attrition_weights,
    effective_sample_size,
    imputation,
    impute,
    lee_bounds,
    missing_information,
    pool,
    tipping_point,
)
from rmstudy.results import Estimate, Result


def people(n: int = 60, seed: int = 1, effect: float = 8.0) -> pd.DataFrame:
    """Two arms in sites of five; a quarter lost, weak starters more often."""
    rng = np.random.default_rng(seed)
    arm = np.where(np.arange(n) % 2, "programme", "waiting")
    pre, age = rng.normal(50, 10, n), rng.normal(45, 8, n)
    post = 15 + 0.7 * pre + effect * (arm == "programme") + rng.normal(0, 5, n)
    lost = rng.random(n) < np.where(pre < 50, 0.4, 0.15)
    data = pd.DataFrame({"arm": arm, "site": np.arange(n) % 12, "pre": pre, "age": age, "post": post})
    return data.assign(post=data["post"].mask(lost)).set_index(pd.Index([f"p{k}" for k in range(n)]))


def row(result: Result, term: str) -> Estimate:
    return next(e for e in result.estimates if e.term == term)


def codes(result: Result) -> list[str]:
    return [note.code for note in result.notes]


def numbers(result: Result) -> np.ndarray:
    """All numbers of a result, NaN where there is none."""
    return result.table.select_dtypes("float64").to_numpy()


# attrition


def test_attrition_ignores_the_order_of_rows_and_the_names_of_arms():
    data = people()
    plain = attrition(data, covariates=["pre", "age"])
    shuffled = attrition(data.sample(frac=1, random_state=3), covariates=["pre", "age"])
    renamed = attrition(
        data.assign(arm=data["arm"].map({"programme": 1, "waiting": 0})),
        programme=1,
        covariates=["pre", "age"],
    )
    assert numbers(shuffled) == approx(numbers(plain), rel=1e-7, nan_ok=True)
    assert numbers(renamed) == approx(numbers(plain), rel=1e-9, nan_ok=True)


def test_attrition_turns_round_with_the_arms():
    ours = attrition(people(), covariates=["pre"])
    theirs = attrition(people(), programme="waiting", covariates=["pre"])
    assert theirs.headline.estimate == approx(-ours.headline.estimate)
    assert theirs.headline.conf_low == approx(-ours.headline.conf_high)
    assert row(theirs, "left minus stayed, pre") == row(ours, "left minus stayed, pre")
    term = "log-odds of leaving, programme"
    assert row(theirs, term).estimate == approx(-row(ours, term).estimate)


def test_attrition_in_other_units_is_the_same_in_standard_deviations():
    data = people()
    one, other = (
        attrition(frame, covariates=["pre"]) for frame in (data, data.assign(pre=100 + 20 * data["pre"]))
    )
    assert row(other, "left minus stayed, pre").estimate == approx(
        20 * row(one, "left minus stayed, pre").estimate
    )
    for term in ("left minus stayed in SD, pre", "model of who left, McFadden R²"):
        assert row(other, term).estimate == approx(row(one, term).estimate)


def test_attrition_counts_everybody():
    data = people()
    data.loc["p0", "pre"] = np.nan
    result = attrition(data, covariates=["pre", "age"])
    assert result.n == {"programme": 30, "waiting": 30}
    (note,) = [note for note in result.notes if note.code == "start_missing"]
    assert dict(note.params) == {"n": 1, "columns": ("pre", "age")}
    data.loc["p1", "arm"] = None
    result = attrition(data)
    assert (sum(result.n.values()), codes(result)) == (59, ["arm_missing"])
    assert attrition(data, arm=None).n == {"all": 60}


def test_attrition_of_words_and_of_everybody():
    words = pd.DataFrame({"post": ["yes", None, "no", "no"]})
    assert attrition(words, arm=None).headline.estimate == 0.25
    nobody = attrition(words.assign(post=None, pre=[1.0, 2, 3, 4]), arm=None, covariates=["pre"])
    assert (nobody.headline.estimate, nobody.headline.conf_high) == (1.0, 1.0)
    assert codes(nobody) == ["everybody_lost"]


def test_attrition_names_the_column_that_separates():
    data = people().assign(left_office=lambda frame: frame["post"].isna().astype(float))
    result = attrition(data, covariates=["pre", "left_office"])
    (note,) = [note for note in result.notes if note.code == "leaving_separated"]
    assert dict(note.params)["columns"] == ("left_office",)


def test_attrition_without_enough_people_for_a_model_still_gives_the_shares():
    data = pd.DataFrame({"post": [1.0, None, 2.0], "a": [1.0, 2, 4], "b": [5.0, 1, 2], "c": [0.0, 1, 5]})
    result = attrition(data, arm=None, covariates=["a", "b", "c"])
    assert result.headline.estimate == approx(1 / 3)
    assert "leaving_not_modelled" in codes(result)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"covariates": "pre"}, "covariates takes a list"),
        ({"covariates": ["agee"]}, "There is no column 'agee'"),
        ({"covariates": ["arm"]}, "'arm' already has a place"),
        ({"programme": "treatment"}, "the labels are 'programme', 'waiting'"),
        ({"post": "posst"}, "There is no column 'posst'"),
        ({"level": 95}, "level=95"),
    ],
)
def test_attrition_refuses(arguments, sentence):
    with pytest.raises(DesignError, match=sentence):
        attrition(people(), **arguments)


# imputation


def test_impute_fills_only_what_is_missing_and_repeats_itself():
    data = people()
    before = data.copy()
    frames, again = (
        impute(data, columns=["post"], predictors=["pre"], arm="arm", imputations=4, seed=7) for _ in range(2)
    )
    pd.testing.assert_frame_equal(data, before)
    observed = data["post"].notna()
    for frame, same in zip(frames, again, strict=True):
        pd.testing.assert_frame_equal(frame, same)
        pd.testing.assert_frame_equal(frame[observed], data[observed])
        assert frame["post"].notna().all()
    assert not frames[0].equals(frames[1])
    assert not frames[0].equals(impute(data, columns=["post"], predictors=["pre"], arm="arm", seed=8)[0])


def test_impute_follows_the_units():
    data = people()
    plain = impute(data, columns=["post"], predictors=["pre"], imputations=3)
    scaled = impute(
        data.assign(post=10 + 2 * data["post"], pre=data["pre"] / 7),
        columns=["post"],
        predictors=["pre"],
        imputations=3,
    )
    for one_frame, other in zip(plain, scaled, strict=True):
        assert other["post"].to_numpy() == approx(10 + 2 * one_frame["post"].to_numpy())


def test_a_redundant_predictor_changes_nothing():
    data = people().assign(again=lambda f: 3 - 2 * f["pre"], same=1.0)
    plain = impute(data, columns=["post"], predictors=["pre", "age"], arm="arm", imputations=3)
    more = impute(
        data, columns=["post"], predictors=["pre", "again", "age", "same"], arm="arm", imputations=3
    )
    for one_frame, other in zip(plain, more, strict=True):
        assert other["post"].to_numpy() == approx(one_frame["post"].to_numpy())


def test_impute_several_columns_whether_or_not_the_pattern_is_monotone():
    data = people().assign(mid=lambda frame: (frame["pre"] + 3).mask(np.arange(60) % 9 == 0))
    frames = impute(data, columns=["post", "mid"], predictors=["pre", "age"], arm="arm", imputations=3)
    assert all(frame.notna().all(axis=None) for frame in frames)
    # mid is pre + 3 without error, and is filled without error
    assert frames[0]["mid"].to_numpy() == approx((data["pre"] + 3).to_numpy())


def test_pooled_intervals_cover():
    """Slope .8, 24 people, 35 % lost: matching on 20 donors covers .73 of the time here, and gives .49."""
    rng, covered, estimates = np.random.default_rng(2), 0, []
    for k in range(150):
        x = rng.normal(size=24)
        data = pd.DataFrame({"pre": x, "post": 0.8 * x + rng.normal(0, 0.6, 24)})
        data["post"] = data["post"].mask(rng.random(24) < 0.35)
        frames = impute(data, columns=["post"], predictors=["pre"], imputations=10, seed=k)
        pooled = pool([slope(frame) for frame in frames]).headline
        covered += pooled.conf_low <= 0.8 <= pooled.conf_high
        estimates.append(pooled.estimate)
    assert 0.91 <= covered / 150 <= 1.0
    assert np.mean(estimates) == approx(0.8, abs=4 * np.std(estimates) / np.sqrt(150))


def slope(frame: pd.DataFrame) -> Result:
    """A classical regression of post on pre."""
    x, y = frame["pre"].to_numpy(), frame["post"].to_numpy()
    x = x - x.mean()
    b = x @ y / (x @ x)
    error = np.sqrt(np.sum((y - y.mean() - b * x) ** 2) / (len(x) - 2) / (x @ x))
    found = Estimate("slope", b, error, df=len(x) - 2)
    return Result("slope", "post", "slope", "", (found,), 0.95, {"all": len(x)}, {})


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"columns": []}, "No column to impute"),
        ({"columns": "post"}, r"columns=\['post'\]"),
        ({"columns": ["post"], "predictors": ["post"]}, "is in columns= and in predictors="),
        ({"columns": ["post"], "predictors": ["gap"]}, "lacks 1 values. Put it into columns="),
        ({"columns": ["post"], "predictors": ["word"]}, "not numbers"),
        ({"columns": ["post"], "imputations": 0}, "at least 1"),
        ({"columns": ["post"], "predictors": ["only_lost"]}, "differ in 'only_lost' from all who have it"),
        (
            {"columns": ["few"], "predictors": ["pre", "age"]},
            "too few to impute it from 2 columns; 6 are needed",
        ),
        ({"columns": ["post"], "arm": "half"}, "1 people have no arm"),
    ],
)
def test_impute_refuses(arguments, sentence):
    data = people().assign(word="a", gap=lambda f: f["pre"], half=lambda f: f["arm"])
    data["only_lost"] = data["post"].isna().astype(float)
    data["few"] = data["post"].where(np.arange(60) < 4)
    data.loc["p3", ["gap", "half"]] = None
    with pytest.raises(DesignError, match=sentence):
        impute(data, **arguments)


@pytest.mark.parametrize(("n", "close"), [(120, 1.0), (120, 0.01), (400, 1.0), (60, 1.0)])
def test_the_short_way_to_impute_draws_what_the_long_way_draws(n, close, monkeypatch):
    rng = np.random.default_rng(n)
    scores = 40 + 5 * rng.normal(size=(n, 1)) + close * rng.normal(size=(n, 5)) * [1, 2, 3, 50, 0.1]
    scores[rng.random((n, 5)) < 0.15] = np.nan
    data = pd.DataFrame(scores, columns=list("abcde")).assign(x=rng.normal(size=n))
    told = {"columns": list("abcde"), "predictors": ["x"], "imputations": 12}
    short = np.stack(impute(data, **told))
    monkeypatch.setattr(imputation, "_triangle", lambda table: np.linalg.qr(table, mode="r"))
    monkeypatch.setattr(imputation, "_clearly_apart", lambda x, seen: False)
    monkeypatch.setattr(imputation, "_CACHED", 10**9)
    long = np.stack(impute(data, **told))
    assert np.abs(short - long).max(axis=(0, 1)) == approx(0, abs=1e-9 * scores[~np.isnan(scores)].std())


# pooling


def one(estimate: float, std_error: float | None = 1.0, df: float | None = 20, **other) -> Result:
    """A result with one term."""
    fields = {
        "method": "m",
        "outcome": "o",
        "estimand": "e",
        "unit": "points",
        "level": 0.95,
        "n": {"all": 22},
    }
    fields |= other
    return Result(estimates=(Estimate("a", estimate, std_error, df=df),), dropped={}, **fields)


@given(
    st.lists(st.tuples(st.floats(-50, 50), st.floats(0.1, 20)), min_size=2, max_size=12),
    st.one_of(st.none(), st.floats(1, 500)),
)
@settings(max_examples=60)
def test_pooling_never_claims_more_than_the_complete_data(pairs, df):
    results = [one(estimate, error, df) for estimate, error in pairs]
    pooled, table = pool(results).headline, missing_information(results).loc["a"]
    assert pooled.std_error**2 >= np.mean([error**2 for _, error in pairs]) * (1 - 1e-9)
    assert 0 <= table["share_from_missing"] <= table["fraction_of_missing_information"] + 1e-9 <= 1 + 1e-9
    if df is not None:
        assert pooled.df is not None
        assert pooled.df <= df * (df + 1) / (df + 3) * (1 + 1e-9)


def test_pooling_matches_terms_by_name():
    rows = Estimate("a", 1.0, 1.0, df=20), Estimate("b", 5.0, 2.0, df=20)
    results = [Result("m", "o", "e", "points", order, 0.95, {"all": 22}, {}) for order in (rows, rows[::-1])]
    pooled = pool(results)
    assert [(e.term, e.estimate) for e in pooled.estimates] == [("a", 1.0), ("b", 5.0)]


def test_pooling_keeps_shared_caveats_and_counts_imputations():
    data = people(14, seed=8)
    frames = impute(data, columns=["post"], predictors=["pre"], imputations=3)
    results = [mean_change(frame) for frame in frames]
    pooled = pool(results)
    assert "small_sample" in codes(pooled)
    few = dict(next(note for note in pooled.notes if note.code == "imputations_few").params)
    assert few["least"] > 3
    assert few["fmi"] == missing_information(results)["fraction_of_missing_information"].max()
    assert pooled.n == results[0].n
    # a mean score is not tested by the method, and pooling does not begin to
    assert row(pooled, "mean after").p_value is None
    assert row(pooled, "mean after").conf_low is not None


def test_pooling_without_standard_errors_gives_the_mean():
    pooled = pool([one(1.0, None, None), one(2.0, None, None)])
    assert (pooled.headline.estimate, pooled.headline.std_error, pooled.notes) == (1.5, None, ())
    assert missing_information([one(1.0, None, None), one(2.0, None, None)])["df"].isna().all()


@pytest.mark.parametrize(
    ("results", "sentence"),
    [
        ([one(1.0)], "there is 1"),
        ([one(1.0), one(2.0, method="n")], "different method"),
        ([one(1.0), one(2.0, outcome="n")], "different outcome"),
        ([one(1.0), one(2.0, level=0.9)], "different level"),
        ([one(1.0), one(2.0, n={"all": 21})], "count different people"),
        (one(1.0), "takes a list of Results"),
        ([1.0, 2.0], "takes a list of Results"),
        (
            [one(1.0), Result("m", "o", "e", "points", (Estimate("b", 1.0),), 0.95, {"all": 22}, {})],
            r"\(a, b\)",
        ),
    ],
)
def test_pooling_refuses(results, sentence):
    with pytest.raises(DesignError, match=sentence):
        pool(results)


# weights


def test_weights_make_those_who_stayed_look_like_everybody():
    data = people(200)
    weights = attrition_weights(data, covariates=["pre", "age"], arm="arm")
    assert list(weights.index) == list(data.index)
    assert weights["weight"].notna().equals(data["post"].notna())
    joined = data.join(weights).dropna(subset="weight")
    plain, weighted = joined["pre"].mean(), np.average(joined["pre"], weights=joined["weight"])
    assert abs(weighted - data["pre"].mean()) < 0.3 * abs(plain - data["pre"].mean())
    assert joined["weight"].sum() == approx(200, rel=0.03)
    assert joined["stabilised_weight"].sum() == approx(len(joined), rel=0.03)


def test_weights_without_covariates_are_the_share_that_stayed():
    data = people()
    weights = attrition_weights(data)
    assert weights["probability"].to_numpy() == approx(data["post"].notna().mean())
    assert weights["stabilised_weight"].dropna().to_numpy() == approx(1.0)
    assert effective_sample_size(weights).headline.estimate == approx(data["post"].notna().sum())


def test_an_arm_that_nobody_left_keeps_weight_one():
    data = people(80)
    data = data[(data["arm"] == "programme") | data["post"].notna()]
    weights = attrition_weights(data, covariates=["pre"], arm="arm")
    assert (weights.loc[data["arm"] == "waiting", "weight"] == 1.0).all()
    assert weights.loc[data["arm"] == "programme", "weight"].min() > 1.0


def test_effective_sample_size_does_not_depend_on_the_size_of_the_weights():
    weights = pd.DataFrame({"weight": [0.5, 1.0, 2.0, 4.0]})
    assert effective_sample_size(1000 * weights).headline.estimate == approx(
        effective_sample_size(weights).headline.estimate
    )
    result = effective_sample_size(pd.DataFrame({"w": [1.0, 2.0, None]}), weights="w")
    assert (result.n, result.dropped, codes(result)) == ({"all": 2}, {"all": 1}, ["column_missing"])


def test_weights_refuse():
    data = people()
    with pytest.raises(DesignError, match="lacks 1 values"):
        attrition_weights(data.assign(age=data["age"].mask(data.index == "p3")), covariates=["age"])
    with pytest.raises(DesignError, match="Nobody has 'post'"):
        attrition_weights(data.assign(post=np.nan))
    with pytest.raises(DesignError, match="1 people have no arm"):
        attrition_weights(data.assign(arm=data["arm"].mask(data.index == "p3")), arm="arm")
    with pytest.raises(DesignError, match="must not be negative"):
        effective_sample_size(pd.DataFrame({"weight": [1.0, -1.0]}))


# bounds


@given(st.integers(0, 10_000))
@settings(max_examples=40)
def test_lee_bounds_hold_the_difference_observed_and_turn_round(seed):
    data = people(30, seed)
    result, other = lee_bounds(data), lee_bounds(data, programme="waiting")
    low, high, observed = (e.estimate for e in result.estimates[:3])
    assert low - 1e-12 <= observed <= high + 1e-12
    assert (other.estimates[0].estimate, other.estimates[1].estimate) == approx((-high, -low))


# tipping point

ESTIMATORS = {
    "adjusted": (adjusted_difference, {"covariates": ["age"], "pre": "pre"}),
    "post_difference": (post_difference, {}),
    "difference_in_differences": (difference_in_differences, {"pre": "pre"}),
}


@pytest.mark.parametrize("cluster", [None, "site"])
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_tipping_point_is_the_comparison_on_imputed_frames(estimator, cluster):
    data = people()
    found = tipping_point(data, arm="arm", estimator=estimator, covariates=["age"], cluster=cluster, imputations=8,
                          seed=5)  # fmt: skip
    assert found.headline.estimate < 0
    compare, columns = ESTIMATORS[estimator]
    frames = impute(data, columns=["post"], predictors=["pre", "age"], arm="arm", imputations=8, seed=5)
    lost = data["post"].isna() & (data["arm"] == "programme")
    for term, delta in (
        ("estimate, nobody shifted", 0.0),
        ("estimate, lost shifted", found.headline.estimate),
    ):
        shifted = [frame.assign(post=frame["post"] + delta * lost) for frame in frames]
        pooled = pool([compare(frame, cluster=cluster, **columns) for frame in shifted]).headline
        ours = row(found, term)
        for name in ("estimate", "std_error", "df", "conf_low", "conf_high", "p_value"):
            assert getattr(ours, name) == approx(getattr(pooled, name), rel=1e-8, abs=1e-9)


@pytest.mark.parametrize("cluster", [None, "site"])
def test_tipping_point_of_one_group_is_the_mean_change(cluster):
    data = people(effect=10.0)
    found = tipping_point(data, cluster=cluster, imputations=8, seed=2)
    frames = impute(data, columns=["post"], predictors=["pre"], imputations=8, seed=2)
    pooled = pool([mean_change(frame, cluster=cluster) for frame in frames]).headline
    ours = row(found, "estimate, nobody shifted")
    assert (ours.estimate, ours.std_error, ours.df) == approx((pooled.estimate, pooled.std_error, pooled.df))
    assert found.n == {"all": 60}


def test_tipping_point_turns_with_the_direction_of_the_scale():
    data = people()
    low = tipping_point(
        data.assign(post=-data["post"]),
        arm="arm",
        seed=3,
        threshold=-2.0,
        higher_is_better=False,
        imputations=4000,
    )
    steady = tipping_point(data, arm="arm", seed=4, threshold=2.0, imputations=4000)
    assert low.headline.estimate == approx(-steady.headline.estimate, rel=0.05)
    assert low.headline.estimate > 0


def test_tipping_point_does_not_depend_on_units_or_origin():
    data = people()
    plain = tipping_point(data, arm="arm", seed=3)
    scaled = tipping_point(
        data.assign(post=100 + 3 * data["post"], pre=5 * data["pre"] - 2), arm="arm", seed=3
    )
    assert scaled.headline.estimate == approx(3 * plain.headline.estimate)
    assert scaled.estimates[1].estimate == approx(plain.estimates[1].estimate)


def test_tipping_point_without_a_conclusion_or_without_loss():
    data = people()
    nobody = tipping_point(data[data["post"].notna() | (data["arm"] == "waiting")], arm="arm")
    assert nobody.headline.estimate is None
    assert "tipping_nobody_lost" in codes(nobody)
    unshown = tipping_point(people(effect=0.0), arm="arm")
    assert unshown.headline.estimate is None
    assert "tipping_not_shown" in codes(unshown)
    assert row(unshown, "estimate, nobody shifted").conf_low < 0
    beyond = tipping_point(data, arm="arm", threshold=-1e6)
    assert beyond.headline.estimate is None
    assert "tipping_beyond" in codes(beyond)
    complete = tipping_point(data.dropna(), arm="arm")
    alone = adjusted_difference(data.dropna()).headline
    same = row(complete, "estimate, nobody shifted")
    assert (same.estimate, same.std_error) == approx((alone.estimate, alone.std_error))


def test_tipping_point_withholds_what_one_cluster_cannot_give():
    data = people().assign(site=lambda f: np.where(f["arm"] == "programme", 0, f["site"] + 1))
    result = tipping_point(data, arm="arm", cluster="site")
    assert result.headline.estimate is None
    assert row(result, "estimate, nobody shifted").conf_low is None
    assert "few_clusters" in codes(result)


def test_tipping_point_counts_people():
    data = people()
    lost, stayed = data.index[data["post"].isna()][0], data.index[data["post"].notna()][0]
    data.loc[[lost, stayed], "pre"] = np.nan
    adjusted = tipping_point(data, arm="arm")
    assert (sum(adjusted.n.values()), sum(adjusted.dropped.values())) == (58, 2)
    # a difference of later scores needs no starting score of those who have the later one
    later = tipping_point(data, arm="arm", estimator="post_difference")
    assert (sum(later.n.values()), sum(later.dropped.values())) == (59, 1)
    imputed = {dict(n.params)["arm"]: dict(n.params)["n"] for n in later.notes if n.code == "imputed_lost"}
    assert sum(imputed.values()) == int(data["post"].isna().sum()) - 1


def test_tipping_point_is_fast():
    data = people(108)
    tipping_point(data, arm="arm", cluster="site")
    fastest = min(_seconds(lambda: tipping_point(data, arm="arm", cluster="site")) for _ in range(5))
    assert fastest < 0.1


def _seconds(call) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"arm": "arm", "estimator": "ancova"}, "the names are adjusted, post_difference"),
        ({"arm": "arm", "imputations": 1}, "at least 2"),
        ({"arm": "arm", "covariates": ["pre"]}, "already the starting score"),
        ({"arm": "arm", "programme": "x"}, "No arm in 'arm' is called 'x'"),
        ({"arm": "arm", "covariates": "age"}, "takes a list"),
    ],
)
def test_tipping_point_refuses(arguments, sentence):
    with pytest.raises(DesignError, match=sentence):
        tipping_point(people(), **arguments)
    few = people(12)
    few.loc[few.index[:9], "post"] = np.nan
    with pytest.raises(DesignError, match="too few to impute"):
        tipping_point(few, arm="arm")


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"seed": -1}, "not a seed"),
        ({"seed": 1.5}, "not a seed"),
        ({"imputations": "5"}, "whole number"),
        ({"imputations": 2.5}, "whole number"),
        ({"predictors": None}, "list of columns"),
        ({"predictors": [["pre"]]}, "names of columns"),
    ],
)
def test_impute_refuses_arguments_of_another_kind(told, says):
    with pytest.raises(DesignError, match=says):
        impute(people(), **{"columns": ["post"], "predictors": ["pre"], **told})


@pytest.mark.parametrize("threshold", [np.nan, np.inf, "0"])
def test_a_threshold_is_a_number(threshold):
    with pytest.raises(DesignError, match="not a number of points"):
        tipping_point(people(), threshold=threshold)


def test_the_shift_does_not_depend_on_the_unit():
    data = people()
    tiny = data.assign(pre=data["pre"] * 1e-8, post=data["post"] * 1e-8)
    ours, scaled = (tipping_point(one, arm="arm").headline.estimate for one in (data, tiny))
    assert scaled * 1e8 == approx(ours, rel=1e-9)


def test_results_may_come_one_by_one():
    frames = impute(people(), columns=["post"], predictors=["pre"], arm="arm", imputations=3)
    results = [
        adjusted_difference(frame, pre="pre", post="post", arm="arm", programme="programme")
        for frame in frames
    ]
    assert pool(iter(results)) == pool(results)
    with pytest.raises(DesignError, match="takes a list of Results"):
        pool(None)


@pytest.mark.parametrize(
    ("spoilt", "says"),
    [
        (lambda data: data.assign(pre=data["pre"] * 1e80), "change the unit"),
        (lambda data: data.assign(pre=data["pre"] * 1e-80), "change the unit"),
        (lambda data: data.assign(pre=data["pre"].astype(complex)), "not numbers"),
        (lambda data: data.assign(arm=[[label] for label in data["arm"]]), "lists or the like"),
    ],
)
def test_columns_that_no_formula_can_use_are_refused(spoilt, says):
    with pytest.raises(DesignError, match=says):
        attrition(spoilt(people()), covariates=["pre"])
