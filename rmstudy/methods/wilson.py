"""A share of people with Wilson's score interval, which every room prints in the same way."""

from __future__ import annotations

from statsmodels.stats.proportion import proportion_confint

from rmstudy.results import Estimate


def wilson(term: str, count: int, n: int, level: float) -> Estimate:
    """A share of people with its interval.

    Parameters
    ----------
    term : str
        What the row is about.
    count, n : int
        People who have it, and people.
    level : float
        Confidence level.

    References
    ----------
    Wilson (1927), *JASA* 22, 209-212.

    Examples
    --------
    >>> found = wilson("share improved", 5, 8, 0.95)
    >>> [round(number, 3) for number in (found.estimate, found.conf_low, found.conf_high)]
    [0.625, 0.306, 0.863]
    """
    low, high = wilson_limits(count, n, level)
    return Estimate(term, count / n, conf_low=low, conf_high=high)


def wilson_limits(count: int, n: int, level: float) -> tuple[float, float]:
    """Wilson's limits; with nobody or everybody one is exactly 0 or 1, which rounding may miss by a hair."""
    low, high = proportion_confint(count, n, alpha=1 - level, method="wilson")
    return (0.0 if count == 0 else float(low)), (1.0 if count == n else float(high))
