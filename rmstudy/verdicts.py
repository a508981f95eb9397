"""The rules of verdict and merit: two separate answers, from numbers alone.

*Was the target reached?* is the verdict: where an interval lies against a threshold fixed beforehand.
*Is it the programme's merit?* comes from the contrast and its design. They are never merged.
Everything here is pure; improvement is always positive.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from rmstudy.results import Note

Verdict = Literal["worse", "not_met", "not_enough_data", "inconclusive", "improved", "met_unconfirmed", "met"]
Merit = Literal["not shown", "plausible", "shown"]

ORDER: Final[tuple[Verdict, ...]] = (
    "worse",
    "not_met",
    "not_enough_data",
    "inconclusive",
    "improved",
    "met_unconfirmed",
    "met",
)
"""Verdicts from weakest to strongest."""

RANDOM: Final = 5
ADJUSTED: Final = 3
UNADJUSTED: Final = 2
BEFORE_AFTER: Final = 1
"""Levels of the Maryland Scientific Methods Scale, as the What Works Centre for Local Economic Growth uses it."""


def verdict(estimate: float, low: float, high: float, threshold: float) -> Verdict:
    """Judge an estimate and its interval against a threshold.

    Parameters
    ----------
    estimate, low, high : float
        Estimate and limits of its interval, improvement positive.
    threshold : float
        The least improvement that counts; zero or negative means "must not worsen by more than".

    Returns
    -------
    str
        One of `ORDER` except ``not_enough_data``.

    Examples
    --------
    >>> verdict(4.1, 2.9, 5.3, threshold=2.0), verdict(0.1, -0.2, 0.3, threshold=0.5)
    ('met', 'not_met')
    """
    if low >= threshold:
        return "met"
    if threshold <= 0:
        return "not_met" if high < threshold else "inconclusive"
    if low > 0:
        return "met_unconfirmed" if estimate >= threshold else "improved"
    if high >= threshold:
        return "inconclusive"
    return "not_met" if high >= 0 else "worse"


def share_verdict(
    share: tuple[float, float, float], change: tuple[float, float], threshold: float
) -> Verdict:
    """Judge a share of people against a threshold; the paired change must be above zero as well.

    Parameters
    ----------
    share : tuple of float
        Share afterwards with the limits of its interval.
    change : tuple of float
        Limits of the interval of the share's paired change.
    threshold : float
        Share to be reached, above the share at the start.

    Examples
    --------
    >>> share_verdict((0.9, 0.82, 0.95), (0.1, 0.3), 0.8), share_verdict((0.9, 0.82, 0.95), (-0.1, 0.3), 0.8)
    ('met', 'inconclusive')
    """
    estimate, low, high = share
    if change[0] > 0:
        if low >= threshold:
            return "met"
        return "met_unconfirmed" if estimate >= threshold else "improved"
    if change[1] < 0:
        return "worse"
    return "inconclusive" if high >= threshold else "not_met"


def goal_verdict(primary: Sequence[Verdict], require: Literal["all", "any"] = "all") -> Verdict:
    """Verdict of a goal: its weakest primary criterion, or with ``any`` its strongest.

    Examples
    --------
    >>> goal_verdict(["met", "inconclusive"]), goal_verdict(["met", "inconclusive"], "any")
    ('inconclusive', 'met')
    """
    if not primary:
        raise ValueError("a goal needs at least one primary criterion")
    choose = min if require == "all" else max
    return choose(primary, key=ORDER.index)


@dataclass(frozen=True, slots=True)
class Contrast:
    """What the merit of one contrast depends on.

    Parameters
    ----------
    compared : bool
        Whether there is a comparison group at all.
    random : bool
        Whether a lottery decided who took part.
    adjusted : bool
        Whether the estimator takes the starting point into account.
    differential_attrition : float
        Difference between the arms in the share lost, in absolute value.
    largest_allowed_attrition : float
        The plan's limit for it.
    baseline_difference : float or None
        Largest absolute standardised difference at the start.
    crossed_over : int
        People of the comparison arm who took part after all.
    unequal_odds : bool
        Whether the lottery's chances differed and the estimator does not take that into account.
    """

    compared: bool
    random: bool = False
    adjusted: bool = False
    differential_attrition: float = 0.0
    largest_allowed_attrition: float = 0.1
    baseline_difference: float | None = None
    crossed_over: int = 0
    unequal_odds: bool = False


def strength(contrast: Contrast) -> tuple[int, tuple[Note, ...]]:
    """Level of a contrast on the Maryland Scientific Methods Scale, with its reasons.

    A chance imbalance after a lottery is adjusted for and never punished. In groups that were not drawn,
    a baseline difference up to .05 SD is fine, up to .25 needs an adjusted estimator, and beyond fails
    (What Works Clearinghouse standards).

    Returns
    -------
    level : int
        1 to 5.
    reasons : tuple of Reason
        What raised or lowered it.

    Examples
    --------
    >>> strength(Contrast(compared=False))[0], strength(Contrast(compared=True, random=True))[0]
    (1, 5)
    """
    if not contrast.compared:
        return BEFORE_AFTER, (Note.of("merit_before_after"),)
    reasons = []
    if contrast.random:
        level = RANDOM
        reasons.append(Note.of("merit_lottery"))
        if contrast.unequal_odds:
            level = UNADJUSTED
            reasons = [Note.of("merit_unequal_odds")]
    else:
        level = ADJUSTED if contrast.adjusted else UNADJUSTED
        reasons.append(Note.of("merit_adjusted" if contrast.adjusted else "merit_unadjusted"))
        level, more = _baseline(level, contrast)
        reasons += more
    if contrast.differential_attrition > contrast.largest_allowed_attrition:
        level -= 1
        reasons.append(Note.of("merit_attrition", points=100 * contrast.differential_attrition))
    if contrast.crossed_over:
        level -= 1
        reasons.append(Note.of("merit_crossed_over", n=contrast.crossed_over))
    return max(level, BEFORE_AFTER), tuple(reasons)


def _baseline(level: int, contrast: Contrast) -> tuple[int, list[Note]]:
    """Lower the level of groups that were not drawn for how they differ at the start."""
    difference = contrast.baseline_difference
    if difference is None:
        return min(level, UNADJUSTED), [Note.of("merit_baseline_unknown")]
    if difference <= 0.05:
        return level, [Note.of("merit_baseline_alike")]
    if difference > 0.25:
        return min(level, UNADJUSTED), [Note.of("merit_baseline_fails", smd=difference)]
    return level, [
        Note.of(
            "merit_baseline_adjusted" if contrast.adjusted else "merit_baseline_not_adjusted", smd=difference
        )
    ]


def merit(level: int, low: float | None) -> Merit:
    """Whether an improvement is the programme's, from the strength of the contrast and the interval.

    Parameters
    ----------
    level : int
        From `strength`.
    low : float or None
        Lower limit of the interval, improvement positive.

    Examples
    --------
    >>> merit(5, 0.2), merit(5, -0.1), merit(3, 0.2), merit(1, 3.0)
    ('shown', 'not shown', 'plausible', 'not shown')
    """
    if low is None or low <= 0:
        return "not shown"
    if level >= RANDOM:
        return "shown"
    return "plausible" if level >= ADJUSTED else "not shown"
