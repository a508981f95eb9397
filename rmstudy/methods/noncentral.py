"""What standardised changes and differences share: the noncentral t turned round, Hedges' correction."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from scipy import special, stats

from rmstudy.errors import DesignError

# From here on, in t or in steps of the sum, the normal part is a small correction to the chi-squared one.
_FAR: Final = 1e4
_MOST_STEPS: Final = 1_000_000
_NOT_FOUND: Final = (
    "The interval of a t of {t:.4g} with {df:.4g} degrees of freedom was not found: nearly everybody changed by the "
    "same amount. Report the mean change."
)

# A ratio of standard deviations outside this band changes a standardised effect visibly with the one
# that divides it.
_ALIKE: Final = (0.75, 4 / 3)


def noncentral_limits(t: float, df: float, level: float) -> tuple[float, float]:
    """Noncentralities that put t at either tail of the noncentral t."""
    return noncentrality(t, df, (1 + level) / 2), noncentrality(t, df, (1 - level) / 2)


def correction(df: float) -> float | None:
    """Hedges' exact small-sample factor J (Hedges 1981, eq. 6e), or nothing below two degrees of freedom."""
    if df < 2:
        return None
    return math.exp(math.lgamma(df / 2) - math.lgamma((df - 1) / 2)) * math.sqrt(2 / df)


def spread_alike(one: float, other: float) -> bool:
    """Whether a standardised effect hardly depends on which of two standard deviations divides it."""
    return other > 0 and _ALIKE[0] <= one / other <= _ALIKE[1]


def noncentrality(t: float, df: float, probability: float) -> float:
    """Noncentrality at which a noncentral t stays below t with the given probability.

    ``scipy.special.nctdtrinc`` is off in the seventh digit, and in the fourth for a huge t with few
    degrees of freedom, so its answer is only the start of Newton's method on
    ``P(T <= t) = E Φ(t s - λ)``, where ``s² df`` is chi-squared. In log s the integrand is smooth and
    dies out at both ends, where the trapezoid rule is exact to rounding; t may have either sign. For a
    t of a million (nearly everybody changed alike) ``nctdtrinc`` never returns, so it is not asked.
    """
    if abs(t) > _FAR:
        return _far(t, df, probability)
    start = float(special.nctdtrinc(df, probability, t))
    if not math.isfinite(start):
        start = t - float(special.ndtri(probability)) * math.sqrt(1 + t * t / (2 * df))
    edges = stats.chi2.ppf(1e-17, df), stats.chi2.isf(1e-17, df)
    left, right = (math.log(edge / df) / 2 for edge in edges)
    step = min(1 / math.sqrt(2 * df), 1 / (1 + abs(start))) / 8
    steps = math.ceil((right - left) / step)
    if steps > _MOST_STEPS:
        return _far(t, df, probability)
    x = np.linspace(left, right, steps + 1)
    log_density = df * (x - np.expm1(2 * x) / 2)  # up to a constant, which the sum removes
    weight = np.exp(log_density)
    weight /= weight.sum()
    deviation = t * np.exp(x)
    value = start
    for _ in range(20):
        missing = float(weight @ special.ndtr(deviation - value)) - probability
        slope = float(weight @ np.exp(-((deviation - value) ** 2) / 2)) / math.sqrt(2 * math.pi)
        if slope == 0.0:
            break
        value += missing / slope
        if abs(missing / slope) <= 1e-12 * max(1.0, abs(value)):
            return value
    raise DesignError(_NOT_FOUND.format(t=t, df=df))


def _far(t: float, df: float, probability: float) -> float:
    """The same for a huge t: a quantile of ``t s``, moved by what a normal of variance 1 adds to it.

    A small independent error of variance v moves the quantile q of a density f by ``-v f'(q) / (2 f(q))``;
    what is left out is of the order of ``v²``, with ``v = 1 / t²``.
    """
    tail = stats.chi2.isf(probability, df) if t > 0 else stats.chi2.ppf(probability, df)
    q = math.sqrt(float(tail) / df)
    return t * q - ((df - 1) / q - df * q) / (2 * t)
