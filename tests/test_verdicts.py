"""The rules of verdict and merit: exhaustive, disjoint, and never merged."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rmstudy import verdicts
from rmstudy.verdicts import ORDER, Contrast, goal_verdict, merit, share_verdict, strength, verdict

numbers = st.floats(-1e6, 1e6)
intervals = st.tuples(numbers, numbers, numbers).map(sorted)


@given(intervals, st.floats(1e-6, 1e6))
def test_exactly_one_rule_fits_a_positive_threshold(limits, threshold):
    low, estimate, high = limits
    rules = {
        "met": low >= threshold,
        "met_unconfirmed": 0 < low < threshold <= estimate,
        "improved": low > 0 and low < threshold and estimate < threshold,
        "inconclusive": low <= 0 and high >= threshold and low < threshold,
        "not_met": low <= 0 <= high < threshold,
        "worse": high < 0,
    }
    fitting = [name for name, fits in rules.items() if fits]
    assert fitting == [verdict(estimate, low, high, threshold)]


@given(intervals, st.floats(-1e6, 0))
def test_exactly_one_rule_fits_a_margin(limits, threshold):
    low, estimate, high = limits
    rules = {"met": low >= threshold, "not_met": high < threshold}
    fitting = [name for name, fits in rules.items() if fits] or ["inconclusive"]
    assert fitting == [verdict(estimate, low, high, threshold)]


@given(intervals, st.floats(1e-6, 1e6), st.floats(0.01, 100))
def test_the_verdict_does_not_depend_on_the_unit(limits, threshold, factor):
    low, estimate, high = limits
    scaled = [factor * value for value in (estimate, low, high, threshold)]
    distances = [abs(value) for value in (low, high, low - threshold, high - threshold, estimate - threshold)]
    if min(distances) > 1e-3:  # away from the borders, where one rounding decides
        assert verdict(*scaled) == verdict(estimate, low, high, threshold)


@pytest.mark.parametrize(
    ("estimate", "low", "high", "threshold", "expected"),
    [
        (5, 3, 7, 3, "met"),
        (5, 2, 8, 3, "met_unconfirmed"),
        (2, 1, 2.5, 3, "improved"),
        (2, 1, 5, 3, "improved"),
        (1, -1, 3, 3, "inconclusive"),
        (1, -1, 2.9, 3, "not_met"),
        (0, 0, 0, 3, "not_met"),
        (-2, -3, -0.1, 3, "worse"),
        (-1, -2, 0, -2, "met"),
        (-3, -4, -2.5, -2, "not_met"),
        (-2, -3, 1, -2, "inconclusive"),
    ],
)
def test_verdicts_at_and_around_the_borders(estimate, low, high, threshold, expected):
    assert verdict(estimate, low, high, threshold) == expected


shares = st.tuples(*[st.floats(0, 1)] * 3).map(sorted)
changes = st.tuples(*[st.floats(-1, 1)] * 2).map(sorted)


@given(shares, changes, st.floats(0.01, 1))
def test_a_share_is_met_only_when_it_also_rose(limits, change, threshold):
    low, estimate, high = limits
    found = share_verdict((estimate, low, high), tuple(change), threshold)
    assert found in ORDER
    assert (found == "met") == (low >= threshold and change[0] > 0)
    if found == "worse":
        assert change[1] < 0


def test_every_combination_at_goal_level():
    for size in (1, 2, 3):
        for combination in product(ORDER, repeat=size):
            weakest = goal_verdict(combination, "all")
            strongest = goal_verdict(combination, "any")
            ranks = [ORDER.index(one) for one in combination]
            assert ORDER.index(weakest) == min(ranks)
            assert ORDER.index(strongest) == max(ranks)
            assert (weakest == "met") == all(one == "met" for one in combination)


def test_a_goal_without_primary_criteria_has_no_verdict():
    with pytest.raises(ValueError, match="at least one primary"):
        goal_verdict([])


contrasts = st.builds(
    Contrast,
    compared=st.booleans(),
    random=st.booleans(),
    adjusted=st.booleans(),
    differential_attrition=st.floats(0, 1),
    largest_allowed_attrition=st.just(0.1),
    baseline_difference=st.none() | st.floats(0, 3),
    crossed_over=st.integers(0, 5),
)


@given(contrasts, st.none() | numbers)
def test_merit_speaks_about_the_contrast(contrast, low):
    level, reasons = strength(contrast)
    assert 1 <= level <= 5
    assert reasons
    found = merit(level, low)
    if not contrast.compared or low is None or low <= 0:
        assert found == "not shown" or contrast.compared
    if not contrast.compared:
        assert level == 1
        assert found == "not shown"
    if found == "shown":
        assert contrast.random
        assert contrast.differential_attrition <= 0.1
        assert not contrast.crossed_over


@given(st.floats(0, 3))
def test_chance_imbalance_after_a_lottery_is_never_punished(difference):
    level, reasons = strength(Contrast(compared=True, random=True, baseline_difference=difference))
    assert level == verdicts.RANDOM
    assert [note.code for note in reasons] == ["merit_lottery"]


@pytest.mark.parametrize(
    ("difference", "adjusted", "level"),
    [(0.05, True, 3), (0.05, False, 2), (0.2, True, 3), (0.2, False, 2), (0.26, True, 2), (None, True, 2)],
)
def test_groups_not_drawn_by_lot_are_held_to_the_baseline_bands(difference, adjusted, level):
    assert strength(Contrast(compared=True, adjusted=adjusted, baseline_difference=difference))[0] == level
