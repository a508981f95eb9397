"""The noncentral t distribution turned round: limits of a standardised change."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from scipy import special, stats

from rmstudy.errors import DesignError

# More steps than this mean a change that is constant but for rounding.
_MOST_STEPS: Final = 1_000_000
_NOT_FOUND: Final = (
    "The interval of a t of {t:.4g} with {df:.4g} degrees of freedom was not found: nearly everybody changed by the "
    "same amount. Report the mean change."
)


def noncentrality(t: float, df: float, probability: float) -> float:
    """Noncentrality at which a noncentral t stays below t with the given probability.

    ``scipy.special.nctdtrinc`` is off in the seventh digit, and in the fourth for a huge t with few
    degrees of freedom, so its answer is only the start of Newton's method on
    ``P(T <= t) = E Φ(t s - λ)``, where ``s² df`` is chi-squared. In log s the integrand is smooth and
    dies out at both ends, where the trapezoid rule is exact to rounding; t may have either sign.
    """
    start = float(special.nctdtrinc(df, probability, t))
    if not math.isfinite(start):
        start = t - float(special.ndtri(probability)) * math.sqrt(1 + t * t / (2 * df))
    edges = stats.chi2.ppf(1e-17, df), stats.chi2.isf(1e-17, df)
    left, right = (math.log(edge / df) / 2 for edge in edges)
    step = min(1 / math.sqrt(2 * df), 1 / (1 + abs(start))) / 8
    steps = math.ceil((right - left) / step)
    if steps > _MOST_STEPS:
        raise DesignError(_NOT_FOUND.format(t=t, df=df))
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
