"""The variance between cohorts: restricted maximum likelihood, and its Q-profile interval."""

from __future__ import annotations

import math

import numpy as np
from scipy import optimize, stats

from rmstudy.methods.columns import Array
from rmstudy.methods.synthesis.cohorts import Cohorts, others


def reml(cohorts: Cohorts) -> float:
    """Variance between cohorts that maximises the restricted likelihood.

    The likelihood can have several maxima, so every fall of its slope through zero on a fine grid is
    followed up, and no variance at all is a candidate. Above ten times the squared range of the effects
    plus the largest sampling variance the slope is negative.
    """
    top = 10 * (float(np.ptp(cohorts.effect)) ** 2 + float(cohorts.variance.max()))
    grid = np.r_[0.0, np.geomspace(1e-8, 1, 200) * top]
    slopes = _slope(cohorts, grid)

    def slope(tau2: float) -> float:
        return float(_slope(cohorts, np.array([tau2]))[0])

    falls = np.flatnonzero((slopes[:-1] > 0) & (slopes[1:] <= 0))
    peaks = [optimize.brentq(slope, grid[i], grid[i + 1], xtol=1e-16 * top, rtol=1e-14) for i in falls]
    candidates = np.array([0.0, *peaks])
    return float(candidates[np.argmax(_likelihood(cohorts, candidates))])


def reml_error(cohorts: Cohorts, tau2: float) -> float:
    """Standard error of the variance between cohorts, from the expected information."""
    w = 1 / (cohorts.variance + tau2)
    return math.sqrt(2 / float(w**2 @ (others(w**2) + others(w) ** 2))) * float(w.sum())


def q_profile(cohorts: Cohorts, level: float) -> tuple[float, float] | None:
    """Interval of the variance between cohorts (Viechtbauer 2007); None where it is empty.

    Q falls as the variance grows, and has a chi-square distribution at the true one.
    """
    small, large = (float(x) for x in stats.chi2.ppf([(1 - level) / 2, (1 + level) / 2], cohorts.k - 1))
    q = cohorts.q(0.0)
    if q < small:
        return None
    # Q is at most the sum of squares, itself at most a quarter of k times the squared range, over tau².
    top = cohorts.k * float(np.ptp(cohorts.effect)) ** 2 / 4

    def crossing(quantile: float) -> float:
        return float(
            optimize.brentq(lambda x: cohorts.q(x) - quantile, 0.0, top / quantile, xtol=1e-300, rtol=1e-14)
        )

    return (crossing(large) if q > large else 0.0), crossing(small)


def _slope(cohorts: Cohorts, tau2: Array) -> Array:
    """Twice the slope of the restricted likelihood (Viechtbauer 2005, eq. 11)."""
    w, deviation = _weighted(cohorts, tau2)
    squares = w**2
    return np.asarray(
        (squares * deviation**2).sum(axis=1) - w.sum(axis=1) + squares.sum(axis=1) / w.sum(axis=1)
    )


def _likelihood(cohorts: Cohorts, tau2: Array) -> Array:
    """Twice the restricted log-likelihood, without its constant."""
    w, deviation = _weighted(cohorts, tau2)
    return np.asarray(np.log(w).sum(axis=1) - np.log(w.sum(axis=1)) - (w * deviation**2).sum(axis=1))


def _weighted(cohorts: Cohorts, tau2: Array) -> tuple[Array, Array]:
    """Weights and deviations from the weighted mean, a row a value of the variance between cohorts."""
    w = 1 / (cohorts.variance + tau2[:, None])
    mean = (w * cohorts.effect).sum(axis=1, keepdims=True) / w.sum(axis=1, keepdims=True)
    return w, cohorts.effect - mean
