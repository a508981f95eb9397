"""The t of every outcome under a reassignment: from sums where units are alike, unit by unit otherwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np

from rmstudy.methods.columns import Array
from rmstudy.methods.resampling.moments import blocks, weighted_sums
from rmstudy.methods.resampling.reassignment import Rows, Units

_BySums: TypeAlias = Callable[[Rows], tuple[Array, Array, Array]]

# A standard error below this share of the largest sum of scores is binary rounding.
_GRAIN: Final = 1e-12
# A variance below this share of what it is the rest of has lost digits in the subtraction.
_THIN: Final = 1e-6


def statistics_of(units: Units, rows: Rows) -> tuple[Array, Array, Array]:
    """Estimates, standard errors and t of each reassignment (first axis) and outcome (last), unit by unit.

    Parameters
    ----------
    units : Units
        What changes places.
    rows : ndarray of shape (reassignments, units)
        Signs of one group, or arms of two.
    """
    with np.errstate(all="ignore"):  # a reassignment may leave an arm without a spread
        if units.treated is None:
            mean, variance = _group(
                units.sums * rows[:, :, None], np.broadcast_to(units.counts, (len(rows), *units.counts.shape))
            )
        else:
            ours = rows[:, :, None].astype(np.float64)
            arms = [_group(units.sums * share, units.counts * share) for share in (ours, 1 - ours)]
            mean, variance = arms[0][0] - arms[1][0], arms[0][1] + arms[1][1]
        error = np.sqrt(variance)
        error[error <= _GRAIN * np.abs(units.sums).max(axis=0)] = 0.0
        t = np.where(
            (error == 0) & (np.abs(mean) <= _GRAIN * np.abs(units.sums).max(axis=0)), 0.0, mean / error
        )
    # An arm without two values: counted as the most extreme, so that no p-value becomes too small.
    return mean, error, np.where(np.isnan(t), np.inf, t)


def squares_of_t(units: Units) -> Callable[[Rows], Array]:
    """A function from reassignments to the squared t of each outcome (first axis) in each of them (last).

    Where the units that have an outcome are of one size (people, or pairs), a sum and a sum of squares by arm say
    everything; the few reassignments that such sums cannot tell to ten digits are gone through unit by unit.

    Parameters
    ----------
    units : Units
        What changes places.
    """
    size = units.counts.max(axis=0)
    if not ((units.counts == 0) | (units.counts == size)).all():
        return lambda rows: _unit_by_unit(units, rows)
    sums = _signs(units, size[:, None]) if units.treated is None else _arms(units, size[:, None])

    def squares(rows: Rows) -> Array:
        with np.errstate(all="ignore"):
            squared, variance, whole = sums(rows)
            found = squared / variance
            sound = variance > _THIN * whole
        if not sound.all():
            thin = ~sound.all(axis=0)
            found[:, thin] = _unit_by_unit(units, rows[thin])
        return np.asarray(found)

    return squares


def _signs(units: Units, size: Array) -> _BySums:
    """The squared sum, its variance and what that is the rest of, when signs turn: squares stay what they are."""
    scores, people = np.ascontiguousarray(units.sums.T), units.counts.sum(axis=0)[:, None]
    whole = (scores**2).sum(axis=1, keepdims=True) / (1 - size / people)
    taken = size / (people - size)

    def by_sums(rows: Rows) -> tuple[Array, Array, Array]:
        squared = weighted_sums(scores, rows) ** 2
        return squared, whole - taken * squared, whole

    return by_sums


def _arms(units: Units, size: Array) -> _BySums:
    """The same of the difference of two arms."""
    people = units.counts.T
    mean = units.sums.sum(axis=0) / units.counts.sum(axis=0)
    scores = units.sums.T - people * mean[:, None]
    terms = np.concatenate([scores, scores**2, people])
    total = terms.sum(axis=1, keepdims=True)

    def by_sums(rows: Rows) -> tuple[Array, Array, Array]:
        ours = weighted_sums(terms, rows)
        one, other = _arm(ours, size), _arm(total - ours, size)
        return (one[0] - other[0]) ** 2, one[1] + other[1], one[2] + other[2]

    return by_sums


def _arm(sums: Array, size: Array) -> tuple[Array, Array, Array]:
    """Mean of an arm, its variance and what that is the rest of, from sums, squares and people."""
    scores, squares, people = np.split(sums, 3)
    room = (1 - size / people) * people**2
    return scores / people, (squares - size * scores**2 / people) / room, squares / room


def _unit_by_unit(units: Units, rows: Rows) -> Array:
    """The squared t of each outcome, a few reassignments at a time."""
    few = blocks(len(rows), units.sums.size)
    return np.concatenate([statistics_of(units, rows[part])[2].T ** 2 for part in few], axis=1)


def _group(sums: Array, counts: Array) -> tuple[Array, Array]:
    """Mean of a group and its CR2 variance; with one person a unit this is the variance over n.

    Units outside the group have neither sum nor count, and add nothing.
    """
    people = counts.sum(axis=1)
    mean = sums.sum(axis=1) / people
    residual = sums - counts * mean[:, None, :]
    room = 1 - counts / people[:, None, :]
    return mean, (residual**2 / room).sum(axis=1) / people**2
