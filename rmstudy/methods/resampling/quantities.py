"""The quantities that reports show, as statistics of moments, ready for `bootstrap`."""

from __future__ import annotations

import numpy as np
from scipy import special

from rmstudy.methods.columns import Array
from rmstudy.methods.resampling.moments import Moments, MomentStatistic


def _correction(df: Array) -> Array:
    """Hedges' exact factor of each df, and none below two."""
    df = np.where(df >= 2, df, np.nan)
    return np.asarray(np.exp(special.gammaln(df / 2) - special.gammaln((df - 1) / 2)) * np.sqrt(2 / df))


def _change(pre: Array, post: Array) -> tuple[Array]:
    """Each person's change."""
    return (post - pre,)


def _g_z(m: Moments) -> Array:
    """``J(n - 1) mean(D) / s_D``."""
    return np.asarray(_correction(m.n - 1) * m.mean[0] / np.sqrt(m.variance(0)))


def _g_av(m: Moments) -> Array:
    """``J(ν) mean(D) / √((s_pre² + s_post²) / 2)`` with ``ν = 2 (n - 1) / (1 + r²)``."""
    before, after = m.scatter[0][0], m.scatter[1][1]
    squared = m.scatter[0][1] ** 2 / (before * after)
    spread = np.sqrt((before + after) / (2 * (m.n - 1)))
    return np.asarray(_correction(2 * (m.n - 1) / (1 + squared)) * (m.mean[1] - m.mean[0]) / spread)


def _adjusted(m: Moments) -> Array:
    """Coefficient of the second column when the first is regressed on all others.

    The others are swept out of both, one at a time; in a resample where they depend on each other there is no value.
    """
    outcome, arm, *others = range(len(m.mean))
    s = {(i, j): m.scatter[i][j] for i in range(len(m.mean)) for j in range(len(m.mean))}
    for step, k in enumerate(others):
        left = [outcome, arm, *others[step + 1 :]]
        pivot = np.where(s[k, k] > 1e-12 * m.scatter[k][k], s[k, k], np.nan)
        s |= {(i, j): s[i, j] - s[i, k] * s[k, j] / pivot for i in left for j in left}
    return np.asarray(
        s[outcome, arm] / np.where(s[arm, arm] > 1e-12 * m.scatter[arm][arm], s[arm, arm], np.nan)
    )


def _two_groups(m: Moments) -> Array:
    """``J(n - 2)`` times the difference of two means over the pooled standard deviation.

    With the arm as 0 and 1 the difference is a slope, and the pooled spread what is left about it.
    """
    slope = m.scatter[0][1] / m.scatter[1][1]
    left = m.scatter[0][0] - slope * m.scatter[0][1]
    within = np.where(left > 1e-12 * m.scatter[0][0], left, 0.0) / (m.n - 2)
    return np.asarray(_correction(m.n - 2) * slope / np.sqrt(within))


mean_change = MomentStatistic("mean change", lambda m: m.mean[0], _change)
g_z = MomentStatistic("g_z", _g_z, _change)
g_av = MomentStatistic("g_av", _g_av)
two_group_g = MomentStatistic("g", _two_groups)
adjusted_difference = MomentStatistic("adjusted difference", _adjusted)
