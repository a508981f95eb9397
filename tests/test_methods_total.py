"""All methods at once: a sound answer or a sentence, whatever the frame, and what must not change it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx
from test_docs import public_methods

from rmstudy.errors import DesignError
from rmstudy.methods import (
    change,
    comparison,
    dyads,
    missing,
    mixed,
    multiplicity,
    proportions,
    regression,
    reliability,
    resampling,
    sensitivity,
)
from rmstudy.results import Estimate, Result

Answer = Callable[..., Any]

LIMITS = ("conf_low", "conf_high")
NUMBERS = ("estimate", "std_error", "statistic", "df", "p_value", *LIMITS)
# What needs no frame of people: numbers, other results, or a table of cohorts.
OTHERS = (
    "missing.missing_information", "missing.pool", "multiplicity.benjamini_hochberg", "multiplicity.holm",
    "sensitivity.e_value", "sensitivity.robustness_value", "synthesis.leave_one_out", "synthesis.random_effects",
    "synthesis.random_effects_by", "synthesis.shrunken_effects",
)  # fmt: skip


def mean_gain(pre, post, axis):
    return (post - pre).mean(axis=axis)


def binary(data: pd.DataFrame) -> pd.DataFrame:
    """The frame with an answer of 0 and 1 where there is a later score."""
    later = data["post"].astype("float64")
    return data.assign(reached=(later >= 3).astype(float).where(later.notna()))


def held_against_bounds(data: pd.DataFrame) -> Result:
    return change.equivalence(change.mean_change(data), low=-1, high=1)


def with_binary(data: pd.DataFrame, **asked: Any) -> Result:
    return regression.logistic_model(binary(data), outcome="reached", **asked)


def many(method: Answer, data: pd.DataFrame, **asked: Any) -> pd.DataFrame:
    """All people as one study among many."""
    return method(data.assign(study="one"), **asked)


def cut(method: Answer, data: pd.DataFrame, **asked: Any) -> Result:
    """A share of people at a cut-off, which moves with the scores."""
    return method(data, cutoff=data.attrs.get("cutoff", 3.0), **asked)


RC = {"reliability": 0.8, "reliability_source": "manual", "reliability_interval": (0.7, 0.9)}
ONE_GROUP: dict[str, Answer] = {
    f"change.{name}": getattr(change, name)
    for name in ("beckers_d", "cohens_drm", "cohens_dz", "hedges_gav", "matched_rank_biserial", "mean_change",
                 "median_change", "probability_of_improvement")
} | {
    "change.mean_change, clusters": partial(change.mean_change, cluster="cluster"),
    "change.equivalence": held_against_bounds,
    "change.reliable_change": partial(change.reliable_change, **RC),
    "change.reliable_change_index": partial(change.reliable_change_index, reliability=0.8),
    "proportions.paired_risk_difference": partial(cut, proportions.paired_risk_difference),
    "proportions.share": partial(cut, proportions.share, outcome="post"),
    "regression.linear_model": partial(regression.linear_model, outcome="post", covariates=["x", "pre"]),
    "regression.linear_model, hc2": partial(
        regression.linear_model, outcome="post", covariates=["x", "pre"], errors="hc2"),
    "regression.linear_model, clusters and weights": partial(
        regression.linear_model, outcome="post", covariates=["x"], cluster="cluster", weights="weight"),
    "regression.logistic_model": partial(with_binary, covariates=["x", "pre"]),
    "regression.logistic_model, clusters": partial(with_binary, covariates=["x"], cluster="cluster"),
    "regression.dose_response": partial(regression.dose_response, pre="pre", dose="x", cluster="cluster"),
    "regression.moderation": partial(regression.moderation, outcome="post", focal="x", moderator="pre"),
    "regression.moderation, clusters": partial(
        regression.moderation, outcome="post", focal="x", moderator="pre", cluster="cluster"),
    "resampling.bootstrap": partial(
        resampling.bootstrap, statistic=mean_gain, columns=["pre", "post"], resamples=100),
    "resampling.bootstrap, clusters": partial(
        resampling.bootstrap, statistic=mean_gain, columns=["pre", "post"], resamples=100, cluster="cluster"),
    "resampling.bootstrap, from sums": partial(
        resampling.bootstrap, statistic=resampling.quantities.g_av, columns=["pre", "post"], resamples=100),
    "resampling.bootstrap, several outcomes": partial(
        resampling.bootstrap, statistic=resampling.quantities.mean_change, resamples=100, cluster="cluster",
        columns={"post": ["pre", "post"], "x": ["pre", "x"]}),
    "resampling.wild_cluster_bootstrap": partial(
        resampling.wild_cluster_bootstrap, outcome="post", covariates=["x", "pre"], cluster="cluster"),
    "resampling.permutation_test": partial(resampling.permutation_test, pre="pre", permutations=200),
    "multiplicity.westfall_young": partial(
        multiplicity.westfall_young, outcomes=[("pre", "post"), "x"], permutations=200),
    "mixed.mixed_model": partial(mixed.mixed_model, outcome="post", covariates=["x", "pre"], cluster="cluster"),
    "mixed.mixed_model, compound symmetry": partial(
        mixed.mixed_model, outcome="post", covariates=["x"], cluster="cluster",
        correlation="compound symmetry"),
    "dyads.actor_partner": partial(dyads.actor_partner, outcome="post", predictor="pre", dyad="pair"),
    "dyads.actor_partner, roles": partial(
        dyads.actor_partner, outcome="post", predictor="pre", dyad="pair", role="role"),
    "dyads.pair_similarity": partial(dyads.pair_similarity, outcome="post", dyad="pair"),
    "missing.attrition_weights": partial(missing.attrition_weights, covariates=["pre"]),
    "missing.effective_sample_size": missing.effective_sample_size,
    "missing.impute": partial(missing.impute, columns=["pre", "post"], predictors=["x"], imputations=2),
    "missing.tipping_point": partial(missing.tipping_point, imputations=2),
    "reliability.cronbach_alpha": partial(reliability.cronbach_alpha, items=["pre", "post", "x"]),
    "reliability.item_analysis": partial(reliability.item_analysis, items=["pre", "post", "x"]),
    "reliability.omega_total": partial(reliability.omega_total, items=["pre", "post", "x"]),
    "reliability.retest_correlation": reliability.retest_correlation,
    "sensitivity.regression_to_the_mean": partial(
        sensitivity.regression_to_the_mean, stability=0.7, reference_mean=3.0),
}  # fmt: skip
TWO_ARMS: dict[str, Answer] = {
    f"comparison.{name}": getattr(comparison, name)
    for name in ("adjusted_difference", "adjusted_g", "change_or_adjusted", "cliffs_delta",
                 "difference_in_differences", "dppc2", "glass_delta", "hedges_g", "post_difference",
                 "probability_of_superiority")
} | {
    f"comparison.{name}, clusters": partial(getattr(comparison, name), cluster="cluster")
    for name in ("adjusted_difference", "change_or_adjusted", "difference_in_differences", "post_difference")
} | {
    f"comparison.{name}, covariate": partial(getattr(comparison, name), covariates=["x"])
    for name in ("adjusted_difference", "adjusted_g", "change_or_adjusted")
} | {
    "change.reliable_change, arms": partial(change.reliable_change, **RC, arm="arm"),
    "proportions.odds_ratio": partial(cut, proportions.odds_ratio, outcome="post"),
    "proportions.risk_difference": partial(cut, proportions.risk_difference, outcome="post"),
    "proportions.risk_ratio": partial(cut, proportions.risk_ratio, outcome="post"),
    "comparison.adjusted_difference_by": partial(many, comparison.adjusted_difference_by),
    "comparison.hedges_g_by": partial(many, comparison.hedges_g_by),
    "comparison.baseline_balance": partial(comparison.baseline_balance, columns=["pre", "x"]),
    "resampling.permutation_test, arms": partial(resampling.permutation_test, arm="arm", permutations=200),
    "resampling.permutation_test, clusters": partial(
        resampling.permutation_test, pre="pre", arm="arm", cluster="cluster", permutations=200),
    "resampling.permutation_test, strata": partial(
        resampling.permutation_test, pre="pre", arm="arm", strata="cluster", permutations=200),
    "multiplicity.westfall_young, arms": partial(
        multiplicity.westfall_young, outcomes=["post", "x"], arm="arm", permutations=200),
    "missing.attrition": partial(missing.attrition, covariates=["pre"]),
    "missing.lee_bounds": missing.lee_bounds,
    "missing.tipping_point, arms": partial(missing.tipping_point, arm="arm", imputations=2),
    "sensitivity.specification_curve": partial(
        sensitivity.specification_curve, covariates=["x"], imputations=2),
}  # fmt: skip
NO_PROGRAMME = {"comparison.slope_homogeneity": comparison.slope_homogeneity}
EVERY = ONE_GROUP | TWO_ARMS | NO_PROGRAMME
SLOW = ("reliability.omega_total", "sensitivity.specification_curve")

# --- an answer or a refusal, whatever the frame ----------------------------------------------------------------

COLUMNS = {
    "steps": st.integers(1, 5).map(float),
    "one value": st.just(3.0),
    "two values": st.sampled_from((3.0, 4.0)),
    "points": st.integers(0, 100).map(float),
    "decimals": st.integers(0, 60).map(lambda tenths: tenths / 10),
    "real": st.floats(-50, 50, allow_subnormal=False),
    "far from zero": st.integers(0, 3).map(lambda tenths: 1e6 + tenths / 10),
    "tiny": st.integers(0, 40).map(lambda steps: steps * 1e-8),
    "huge": st.integers(-9, 9).map(lambda steps: steps * 1e8),
}


def in_pairs(n: int) -> np.ndarray:
    """Two people a pair; the odd one has none."""
    pair = np.arange(n) // 2 + 0.0
    pair[2 * (n // 2) :] = np.nan
    return pair


@st.composite
def frames(draw: st.DrawFn) -> pd.DataFrame:
    """A small frame: 0 to 8 people an arm, ties, constants, missing values, labels of several kinds."""
    programme, waiting = draw(st.integers(0, 8)), draw(st.integers(0, 8))
    n = programme + waiting

    def column() -> np.ndarray:
        values = COLUMNS[draw(st.sampled_from(sorted(COLUMNS)))]
        given_ = np.array(draw(st.lists(values, min_size=n, max_size=n)), dtype=float)
        lost = draw(st.sets(st.integers(0, max(n - 1, 0)), max_size=n)) if draw(st.booleans()) else ()
        given_[[person for person in lost if person < n]] = np.nan
        return given_

    pre = column()
    post = draw(st.sampled_from(("apart", "same gain", "gain")))
    post = column() if post == "apart" else pre + (1.0 if post == "same gain" else column() % 3)
    arm = draw(st.permutations(["programme"] * programme + ["waiting"] * waiting))
    nobody = draw(st.integers(0, 3 * n + 3))  # now and then a person without an arm
    arm = [None if person == nobody else label for person, label in enumerate(arm)]
    clusters = draw(st.lists(st.integers(0, 4), min_size=n, max_size=n))
    labels = {"numbers": clusters, "words": [f"unit {c}" for c in clusters],
              "some missing": [None if c == 4 else f"unit {c}" for c in clusters]}  # fmt: skip
    frame = pd.DataFrame(
        {"pre": pre, "post": post, "x": column(), "weight": 1.0 + np.arange(n) % 3,
         "arm": pd.Series(arm, dtype=object),
         "cluster": pd.Series(labels[draw(st.sampled_from(sorted(labels)))], dtype=object),
         "pair": in_pairs(n), "role": np.where(np.arange(n) % 2, "mentor", "mentee")}
    ).set_index(pd.Index([f"p{person}" for person in range(n)], name="person_id"))  # fmt: skip
    if draw(st.booleans()):
        frame = frame.astype({"arm": "category", "post": "Float64"})
    return frame


def whole(found: Result, people: int) -> None:
    """A result with finite numbers in order, everybody accounted for, and notes for both languages."""
    for row in found.estimates:
        numbers = [getattr(row, name) for name in NUMBERS]
        assert all(number is None or np.isfinite(number) for number in numbers), row
        assert row.std_error is None or row.std_error >= 0, row
        assert row.p_value is None or 0 <= row.p_value <= 1, row
        if row.conf_low is not None and row.conf_high is not None:
            grain = 1e-9 * max(abs(row.conf_low), abs(row.conf_high))
            middle = row.conf_low if row.estimate is None else row.estimate
            assert row.conf_low - grain <= middle <= row.conf_high + grain, row
    unlabelled = sum(dict(note.params)["n"] for note in found.notes if note.code == "arm_missing")
    assert sum(found.n.values()) + sum(found.dropped.values()) + unlabelled == people
    for lang in ("en", "it"):
        assert found.text(lang)
        assert all(note.text(lang) for note in found.notes)
    assert repr(found)
    assert len(found.table) == len(found.estimates)


@pytest.mark.parametrize("name", EVERY)
def test_an_answer_or_a_sentence_whatever_the_frame(name):
    @settings(max_examples=8 if name in SLOW else 15)
    @given(frames())
    def holds(frame):
        before = frame.copy()
        try:
            found = EVERY[name](frame)
        except DesignError as refusal:
            assert str(refusal).rstrip().endswith((".", "?", ")")), str(refusal)
        else:
            if isinstance(found, Result):
                whole(found, len(frame))
        pd.testing.assert_frame_equal(frame, before)

    holds()


def test_every_method_of_people_is_tried():
    tried = {name.split(",")[0] for name in EVERY}
    assert tried | set(OTHERS) == {name for name in public_methods() if not name.startswith("power.")}


# --- what must not matter, and what must turn round ------------------------------------------------------------


def people(seed: int = 1) -> pd.DataFrame:
    """Two arms of twelve and nine with ties, missing scores and unequal clusters."""
    draw = np.random.default_rng(seed)
    n = 21
    pre = draw.integers(1, 9, n) / 2 + 1.0
    frame = pd.DataFrame(
        {"pre": pre, "post": pre + draw.integers(-2, 5, n) / 2, "x": draw.integers(0, 12, n) + 0.25,
         "arm": ["programme"] * 12 + ["waiting"] * 9,
         "cluster": [0, 0, 0, 1, 1, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 7, 7, 7, 8, 8, 8],
         "weight": 1.0 + np.arange(n) % 3, "pair": in_pairs(n),
         "role": np.where(np.arange(n) % 2, "mentor", "mentee")},
        index=[f"p{person}" for person in range(n)],
    )  # fmt: skip
    frame.iloc[[4, 15], 1] = np.nan
    frame.iloc[7, 0] = np.nan
    return frame


# Draws depend on the order of the people, and so do numbers made of them.
DRAWN = (
    "change.matched_rank_biserial", "missing.tipping_point", "missing.tipping_point, arms",
    "resampling.bootstrap", "resampling.bootstrap, clusters", "resampling.bootstrap, from sums",
    "resampling.bootstrap, several outcomes", "sensitivity.specification_curve",
    "multiplicity.westfall_young", "multiplicity.westfall_young, arms", "resampling.permutation_test, strata",
    "resampling.permutation_test, clusters",
)  # fmt: skip
TABLES = (
    "change.reliable_change_index", "comparison.adjusted_difference_by", "comparison.baseline_balance",
    "comparison.hedges_g_by", "missing.attrition_weights", "missing.impute",
    "reliability.item_analysis",
)  # fmt: skip
STEADY = [name for name in EVERY if name not in (*DRAWN, *TABLES)]


def close(found: float | None, want: float | None, rel: float = 1e-7) -> bool:
    """Whether two numbers are the same, or both missing."""
    return found == want if found is None or want is None else found == approx(want, rel=rel, abs=1e-9)


def same(found: Result, want: Result, rel: float = 1e-7) -> None:
    """Two results with the same numbers."""
    assert [row.term for row in found.estimates] == [row.term for row in want.estimates]
    for row, other in zip(found.estimates, want.estimates, strict=True):
        for name in NUMBERS:
            assert close(getattr(row, name), getattr(other, name), rel), (row.term, name)
    assert sorted(found.n.values()) == sorted(want.n.values())
    assert {note.code for note in found.notes} == {note.code for note in want.notes}


@pytest.mark.parametrize("name", STEADY)
def test_the_order_of_the_people_does_not_matter(name):
    shuffled = people().sample(frac=1, random_state=3)
    same(EVERY[name](shuffled), EVERY[name](people()))


@pytest.mark.parametrize("name", [n for n in STEADY if n in TWO_ARMS])
def test_the_names_of_the_arms_do_not_matter(name):
    data = people()
    renamed = data.assign(arm=data["arm"].map({"programme": "zzz", "waiting": "aaa"}))
    found, want = EVERY[name](renamed, programme="zzz"), EVERY[name](data)
    assert dict(zip(("programme", "waiting"), found.n.values(), strict=True)) == dict(want.n)
    same(found, want)


@pytest.mark.parametrize("name", [n for n in STEADY if "cluster" in n or n == "mixed.mixed_model"])
def test_the_names_of_the_clusters_do_not_matter(name):
    data = people()
    renamed = data.assign(cluster=("unit " + (97 - data["cluster"] * 7 % 9).astype(str)))
    same(EVERY[name](renamed), EVERY[name](data))


# Where post or pre alone stands in for something else, or bounds and reference values are in points.
OWN_UNIT = (
    "change.equivalence", "sensitivity.regression_to_the_mean", "regression.logistic_model",
    "regression.logistic_model, clusters", "reliability.cronbach_alpha", "reliability.omega_total",
)  # fmt: skip


def moved(data: pd.DataFrame, factor: float, shift: float) -> pd.DataFrame:
    """Scores in another unit, with the cut-off."""
    found = data.assign(pre=data["pre"] * factor + shift, post=data["post"] * factor + shift)
    found.attrs["cutoff"] = 3.0 * factor + shift
    return found


# The headline is a slope of a score on a score.
POINTS_PER_POINT = (
    "dyads.actor_partner", "dyads.actor_partner, roles", "regression.moderation", "regression.moderation, clusters"
)  # fmt: skip


@pytest.mark.parametrize("name", [n for n in STEADY if n not in OWN_UNIT])
def test_the_unit_of_the_scores_scales_points_and_nothing_else(name):
    found, want = EVERY[name](moved(people(), 4.0, 0.0)), EVERY[name](people())
    for row, other in zip(found.estimates, want.estimates, strict=True):
        for number in ("statistic", "df", "p_value"):
            assert close(getattr(row, number), getattr(other, number)), (row.term, number)
        sizes = [scaled(other, 4.0**power) for power in (-1, 0, 1, 2)]
        assert row.term == "REML criterion" or any(row_close(row, size) for size in sizes), (row, other)
    if want.unit == "points" and name not in POINTS_PER_POINT:
        assert row_close(found.headline, scaled(want.headline, 4.0))


def scaled(row: Estimate, factor: float) -> dict[str, float | None]:
    """The sizes of an estimate in another unit."""
    sizes = {name: getattr(row, name) for name in ("estimate", "std_error", *LIMITS)}
    return {name: None if size is None else factor * size for name, size in sizes.items()}


def row_close(row: Estimate, sizes: dict[str, float | None]) -> bool:
    return all(close(getattr(row, name), size, 1e-6) for name, size in sizes.items())


@pytest.mark.parametrize("name", [n for n in STEADY if n not in OWN_UNIT])
def test_a_shift_of_all_scores_leaves_the_headline_alone(name):
    found, want = EVERY[name](moved(people(), 1.0, 64.0)).headline, EVERY[name](people()).headline
    for number in NUMBERS:
        assert close(getattr(found, number), getattr(want, number), 1e-6), number


TURNED = ["comparison.adjusted_difference", "comparison.adjusted_difference, clusters",
          "comparison.adjusted_difference, covariate", "comparison.adjusted_g", "comparison.change_or_adjusted",
          "comparison.cliffs_delta", "comparison.difference_in_differences",
          "comparison.difference_in_differences, clusters", "comparison.dppc2", "comparison.hedges_g",
          "comparison.post_difference", "comparison.post_difference, clusters",
          "comparison.probability_of_superiority", "proportions.odds_ratio", "proportions.risk_difference",
          "proportions.risk_ratio"]  # fmt: skip
AROUND: dict[str, Callable[[float], float]] = {
    "change.probability_of_improvement": lambda value: 1 - value,
    "comparison.probability_of_superiority": lambda value: 1 - value,
    "proportions.odds_ratio": lambda value: 1 / value,
    "proportions.risk_ratio": lambda value: 1 / value,
}


@pytest.mark.parametrize("name", TURNED)
def test_swapping_the_arms_turns_the_comparison_round(name):
    there = EVERY[name](people()).headline
    back = EVERY[name](people(), programme="waiting").headline
    turn = AROUND.get(name, lambda value: -value)
    assert back.estimate == approx(turn(there.estimate))
    assert close(back.conf_low, turn(there.conf_high), 1e-6)
    assert close(back.conf_high, turn(there.conf_low), 1e-6)
    for number in ("std_error", "df", "p_value"):
        assert close(getattr(back, number), getattr(there, number), 1e-6), number


SWAPPED = ["change.cohens_drm", "change.cohens_dz", "change.hedges_gav", "change.matched_rank_biserial",
           "change.mean_change", "change.mean_change, clusters", "change.median_change",
           "change.probability_of_improvement", "proportions.paired_risk_difference"]  # fmt: skip


@pytest.mark.parametrize("name", SWAPPED)
def test_swapping_the_waves_turns_the_change_round(name):
    data = people()
    there, back = (
        EVERY[name](data, pre=one, post=other).headline for one, other in (("pre", "post"), ("post", "pre"))
    )
    turn = AROUND.get(name, lambda value: -value)
    assert back.estimate == approx(turn(there.estimate))
    assert close(back.p_value, there.p_value)
    if name not in DRAWN:
        assert close(back.conf_low, turn(there.conf_high), 1e-6)
        assert close(back.conf_high, turn(there.conf_low), 1e-6)


def test_a_value_too_small_to_be_squared_is_refused_whoever_has_it():
    frame = pd.DataFrame({"pre": [1.0, 0, 0, 2.5e-263], "post": [np.nan, 0, 1, 2]})
    with pytest.raises(
        DesignError, match=r"The smallest value of 'pre' is 2\.5e-263, beyond what can be squared"
    ):
        change.mean_change(frame)
