"""What standardised changes and differences share: the noncentral t turned round, Hedges' correction."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from scipy import special, stats

from rmstudy.errors import DesignError
from rmstudy.methods.columns import Array

# From here on, in t or in steps of the sum, the normal part is a small correction to the chi-squared one.
_FAR: Final = 1e4
_MOST_STEPS: Final = 1_000_000
# Chi-squared mass left out at either end; numbers of grid points worked on at once.
_EDGE: Final = 1e-17
_CELLS: Final = 20_000
# Beyond this the normal distribution has nothing left; below that a slope leads nowhere.
_NOWHERE: Final = 40.0
_FLAT: Final = 1e-200
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

    Raises
    ------
    DesignError
        When it is not found.
    """
    found = float(noncentralities(np.array([t]), np.array([df]), np.array([probability]))[0])
    if not math.isfinite(found):
        raise DesignError(_NOT_FOUND.format(t=t, df=df))
    return found


def noncentralities(t: Array, df: Array, probability: Array, start: Array | None = None) -> Array:
    """Noncentralities at which noncentral t's stay below t with the given probabilities; NaN where not found.

    Newton's method on ``P(T <= t) = E Φ(t s - λ)``, where ``s² df`` is chi-squared. In log s the integrand is
    smooth and dies out at both ends, where the trapezoid rule is exact to rounding; t may have either sign.
    ``scipy.special.nctdtrinc`` is off in the sixth digit, in the fourth for a huge t with few degrees of
    freedom, and never returns for a t of a million (nearly everybody changed alike).

    Parameters
    ----------
    t, df, probability : ndarray of shape (k,)
        As many questions as wanted; near ones are answered together.
    start : ndarray of shape (k,), optional
        Where to begin; the normal approximation, and where that leads nowhere scipy's answer, otherwise.
    """
    again = start is None
    if start is None:
        start = t - special.ndtri(probability) * np.sqrt(1 + t * t / (2 * df))
    left, right = (np.log(edge(_EDGE, df) / df) / 2 for edge in (stats.chi2.ppf, stats.chi2.isf))
    step = np.minimum(1 / np.sqrt(2 * df + 16), 1 / (1 + np.maximum(np.abs(start), np.abs(t)))) / 2
    steps = np.ceil((right - left) / step)
    far = (np.abs(t) > _FAR) | ~(steps <= _MOST_STEPS)
    found = np.full(len(t), np.nan)
    found[far] = [_far(*one) for one in zip(t[far], df[far], probability[far], strict=True)]
    near = np.flatnonzero(~far)
    near = near[np.argsort(steps[near], kind="stable")]
    together = max(1, int(_CELLS // max(1.0, float(steps[near].max(initial=0.0)))))
    for first in range(0, len(near), together):
        some = near[first : first + together]
        x = np.linspace(left[some], right[some], int(steps[some].max()) + 1, axis=1)
        found[some] = _newton(t[some], df[some], probability[some], start[some], x)
    lost = near[np.isnan(found[near])]
    if again and len(lost):  # few degrees of freedom: the normal approximation was too far off
        better = special.nctdtrinc(df[lost], probability[lost], t[lost])
        found[lost] = noncentralities(t[lost], df[lost], probability[lost], better)
    return found


def _newton(t: Array, df: Array, probability: Array, value: Array, x: Array) -> Array:
    """Newton's steps on the grid of log s in the rows of `x`."""
    weight = np.exp(df[:, None] * (x - np.expm1(2 * x) / 2))  # up to a constant, which the sum removes
    weight /= weight.sum(axis=1, keepdims=True)
    deviation = t[:, None] * np.exp(x)
    for _ in range(20):
        there = np.clip(deviation - value[:, None], -_NOWHERE, _NOWHERE)
        missing = np.einsum("ij,ij->i", weight, special.ndtr(there)) - probability
        slope = np.einsum("ij,ij->i", weight, np.exp(-(there**2) / 2)) / math.sqrt(2 * math.pi)
        change = np.divide(missing, slope, out=np.full_like(slope, np.nan), where=slope > _FLAT)
        value = value + change
        if np.all(~(np.abs(change) > 1e-12 * np.maximum(1.0, np.abs(value)))):
            return value
    return np.where(np.abs(change) <= 1e-12 * np.maximum(1.0, np.abs(value)), value, np.nan)


def _far(t: float, df: float, probability: float) -> float:
    """The same for a huge t: a quantile of ``t s``, moved by what a normal of variance 1 adds to it.

    A small independent error of variance v moves the quantile q of a density f by ``-v f'(q) / (2 f(q))``;
    what is left out is of the order of ``v²``, with ``v = 1 / t²``.
    """
    tail = stats.chi2.isf(probability, df) if t > 0 else stats.chi2.ppf(probability, df)
    q = math.sqrt(float(tail) / df)
    return t * q - ((df - 1) / q - df * q) / (2 * t)
