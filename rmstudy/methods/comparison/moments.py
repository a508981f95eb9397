"""Means and spreads of two arms, and what several comparisons make of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from rmstudy.methods.columns import Arms, Array
from rmstudy.results import Estimate, Note

# A spread below this share of the scores' size is binary rounding.
_GRAIN: Final = 1e-10


@dataclass(frozen=True, slots=True)
class Moments:
    """Numbers, means and standard deviations of both arms.

    Parameters
    ----------
    n1, n0 : int
        People of the programme's and the comparison's arm.
    mean1, mean0 : float
        Their means.
    sd1, sd0 : float
        Their standard deviations; NaN for one person alone.
    """

    n1: int
    n0: int
    mean1: float
    mean0: float
    sd1: float
    sd0: float

    @property
    def difference(self) -> float:
        """Programme minus comparison."""
        return self.mean1 - self.mean0

    @property
    def df(self) -> int:
        """Degrees of freedom within arms."""
        return self.n1 + self.n0 - 2

    @property
    def pooled(self) -> float:
        """Standard deviation within arms; one person alone adds nothing to it."""
        squares = sum((n - 1) * sd**2 for n, sd in ((self.n1, self.sd1), (self.n0, self.sd0)) if n > 1)
        return math.sqrt(squares / self.df)

    @property
    def harmonic(self) -> float:
        """1 / n1 + 1 / n0: the variance of a difference of means in units of the score's variance."""
        return 1 / self.n1 + 1 / self.n0


def moments(values: Array, treated: Array) -> Moments:
    """Moments of a score in both arms.

    Parameters
    ----------
    values : ndarray of shape (n,)
        The scores, free of binary rounding (`without_rounding`).
    treated : ndarray of shape (n,)
        1 for the programme's arm, 0 for the comparison's.
    """
    ours, theirs = values[treated == 1], values[treated == 0]
    sd1, sd0 = (float(part.std(ddof=1)) if len(part) > 1 else math.nan for part in (ours, theirs))
    return Moments(len(ours), len(theirs), float(ours.mean()), float(theirs.mean()), sd1, sd0)


def welch(m: Moments) -> tuple[float, float]:
    """Standard error of a difference of means and its df (Welch 1938; Satterthwaite 1946)."""
    v1, v0 = m.sd1**2 / m.n1, m.sd0**2 / m.n0
    pieces = v1**2 / (m.n1 - 1) + v0**2 / (m.n0 - 1)
    return math.sqrt(v1 + v0), ((v1 + v0) ** 2 / pieces if pieces > 0 else math.nan)


def without_rounding(values: Array, treated: Array, size: float | None = None) -> Array:
    """Values whose spread within an arm, where it is binary rounding only, is removed.

    Parameters
    ----------
    values, treated : ndarray of shape (n,)
        The scores and the arms.
    size : float, optional
        Size of the numbers that the scores come from, where they are differences.
    """
    size = float(np.abs(values).max()) if size is None else size
    clean = values.copy()
    for which in (0, 1):
        part = treated == which
        if np.ptp(values[part]) <= _GRAIN * size:
            clean[part] = values[part].mean()
    return clean


def changes(pre: Array, arms: Arms) -> Array:
    """Later minus earlier, free of binary rounding."""
    size = max(float(np.abs(pre).max()), float(np.abs(arms.post).max()))
    return without_rounding(arms.post - pre, arms.treated, size)


def spread_rows(m: Moments) -> tuple[Estimate, ...]:
    """The standard deviations that a standardised difference may be divided by."""
    return (
        Estimate("pooled standard deviation (points)", m.pooled),
        Estimate("standard deviation, programme (points)", m.sd1),
        Estimate("standard deviation, comparison (points)", m.sd0),
    )


def alone_notes(arms: Arms) -> tuple[Note, ...]:
    """Name each arm of one person, whose spread cannot be estimated."""
    return tuple(Note.of("one_in_arm", arm=label) for label in arms.labels if arms.n[label] == 1)
