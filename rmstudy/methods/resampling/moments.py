"""The fast path of every resampling: people enter as sums, and a resample is a vector of counts.

Count, means and cross-products are all that a mean change, a standardised change or difference and an adjusted
difference need. They are sums over people, so that many resamples at once are one product of the counts with what
every person (or cluster) adds to the sums, and leaving somebody out is a subtraction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Final

import numpy as np
import numpy.typing as npt

from rmstudy.methods.columns import Array, Labels

# Values that stay in a processor's cache, and come from memory already at hand: drawing and counting in larger blocks
# takes twice as long.
BLOCK: Final = 32_768
# Products of matrices up to this size stay on one core; larger ones, spread over threads that wait for each other, take
# several times as long on a busy machine.
_PRODUCT: Final = 262_144
# A sum of squares about the mean below this share of the sum about the centre is rounding: there is no spread.
_ROUNDING: Final = 1e-12
# So is a distance below this share of where it is measured from: 8.2 - 7.9 and 7.7 - 7.4 are the same 0.3.
_GRAIN: Final = 4e-14


@dataclass(frozen=True, slots=True)
class Moments:
    """Count, means and cross-products of some columns, of many data sets at once.

    Parameters
    ----------
    n : ndarray
        Number of people.
    mean : sequence of ndarray
        Mean of each column.
    scatter : sequence of sequences of ndarray
        ``scatter[i][j]``: sum of the products of the columns i and j about their means.
    """

    n: Array
    mean: Sequence[Array]
    scatter: Sequence[Sequence[Array]]

    def variance(self, i: int) -> Array:
        """Variance of a column."""
        return self.scatter[i][i] / (self.n - 1)


@dataclass(frozen=True, slots=True)
class MomentStatistic:
    """A statistic that can be told from count, means and cross-products; `bootstrap` is fastest with these.

    Parameters
    ----------
    name : str
        What the rows of a result call it.
    value : callable
        Takes `Moments`, returns an array of one value a data set.
    made_of : callable, optional
        Takes the columns as given, returns those whose moments are wanted; the columns themselves unless said.

    Examples
    --------
    >>> import numpy as np
    >>> correlation = MomentStatistic(
    ...     "correlation", lambda m: m.scatter[0][1] / np.sqrt(m.scatter[0][0] * m.scatter[1][1])
    ... )
    >>> float(correlation([1, 2, 3, 4], [2, 4, 6, 8]))
    1.0
    """

    name: str
    value: Callable[[Moments], Array]
    made_of: Callable[..., Sequence[Array]] = lambda *columns: columns

    def __call__(self, *columns: Array, axis: int = -1) -> Array:
        """The statistic of people along an axis, without any short cut."""
        given = [np.moveaxis(np.asarray(values, dtype=np.float64), axis, -1) for values in columns]
        made = self.made_of(*given)
        mean = [values.mean(axis=-1) for values in made]
        about = [_distance(values, centre[..., None]) for values, centre in zip(made, mean, strict=True)]
        scatter = [[np.asarray((a * b).sum(axis=-1)) for b in about] for a in about]
        return self.value(Moments(np.full(np.shape(mean[0]), float(made[0].shape[-1])), mean, scatter))


@dataclass(frozen=True, slots=True)
class Sums:
    """What each unit (a person, or a cluster of people) adds to the moments of several outcomes.

    Parameters
    ----------
    terms : ndarray of shape (1 + outcomes * sums, units)
        People of a unit, then for each outcome the sums of its columns and of their products.
    centre : ndarray of shape (outcomes, columns)
        What was subtracted from each column: its median, which no single person can move far.
    """

    terms: Array
    centre: Array

    def moments(self, sums: Array) -> Moments:
        """Moments by outcome (first axis) and data set (last), from sums of the terms, a column a data set."""
        (outcomes, columns), n = self.centre.shape, sums[0]
        each = sums[1:].reshape(outcomes, -1, sums.shape[1]).swapaxes(0, 1)
        off = each[:columns] / n
        scatter: list[list[Array]] = [[n] * columns for _ in range(columns)]
        for k, (i, j) in enumerate(combinations_with_replacement(range(columns), 2), start=columns):
            about = each[k] - each[i] * off[j]
            scatter[i][j] = scatter[j][i] = (
                np.where(about > _ROUNDING * each[k], about, 0.0) if i == j else about
            )
        return Moments(n, self.centre.T[:, :, None] + off, scatter)


def sums_of(outcomes: Sequence[Sequence[Array]], statistic: MomentStatistic, cluster: Labels | None) -> Sums:
    """Sum what people add to the moments, by person or by cluster.

    Parameters
    ----------
    outcomes : sequence of sequences of ndarray of shape (n,)
        The columns of each outcome, for the same people.
    statistic : MomentStatistic
        Says which columns' moments are wanted.
    cluster : ndarray of int, shape (n,), or None
        Cluster number of each person.
    """
    made = np.array([statistic.made_of(*columns) for columns in outcomes], dtype=np.float64)
    centre = np.median(made, axis=-1)
    made = _distance(made, centre[..., None])
    pairs = list(combinations_with_replacement(range(made.shape[1]), 2))
    terms = np.ones((1 + len(made) * (made.shape[1] + len(pairs)), made.shape[2]))
    each = terms[1:].reshape(len(made), -1, made.shape[2])
    each[:, : made.shape[1]] = made
    for k, (i, j) in enumerate(pairs, start=made.shape[1]):
        np.multiply(made[:, i], made[:, j], out=each[:, k])
    if cluster is not None:
        number = np.unique(cluster, return_inverse=True)[1]
        terms = by_unit(terms, number)
    return Sums(terms, centre)


def of_the_data(sums: Sums, statistic: MomentStatistic) -> Array:
    """The statistic of each outcome as it is."""
    return statistic.value(sums.moments(sums.terms.sum(axis=1, keepdims=True)))[:, 0]


def of_resamples(sums: Sums, statistic: MomentStatistic, resamples: int, draw: np.random.Generator) -> Array:
    """The statistic of each outcome (first axis) in each resample of units; outcomes share the resamples."""
    units, found = sums.terms.shape[1], []
    for many in blocks(resamples, len(sums.terms)):
        drawn = np.empty((len(sums.terms), many.stop - many.start))
        for few in blocks(drawn.shape[1], units):
            drawn[:, few] = weighted_sums(sums.terms, counts(draw, few.stop - few.start, units))
        found.append(statistic.value(sums.moments(drawn)))
    return np.concatenate(found, axis=1)


def of_all_but_one(sums: Sums, statistic: MomentStatistic) -> Array:
    """The statistic of each outcome (first axis) without each unit in turn."""
    total, found = sums.terms.sum(axis=1, keepdims=True), []
    for part in blocks(sums.terms.shape[1], len(sums.terms)):
        found.append(statistic.value(sums.moments(total - sums.terms[:, part])))
    return np.concatenate(found, axis=1)


def counts(draw: np.random.Generator, resamples: int, units: int) -> Array:
    """How often each unit is in each resample, a row a resample."""
    rows = draw.integers(0, units, size=(resamples, units), dtype=np.intp)
    rows += np.arange(0, rows.size, units)[:, None]
    return np.bincount(rows.ravel(), minlength=rows.size).reshape(rows.shape).astype(np.float64)


def _distance(values: Array, centre: Array) -> Array:
    """How far values lie from their centre, and exactly none where they differ by binary rounding only."""
    about = values - centre
    about[np.abs(about) <= _GRAIN * np.abs(centre)] = 0.0
    return np.asarray(about)


def by_unit(rows: Array, unit: Labels) -> Array:
    """Sums of each row over the people of each unit, which are numbered from zero."""
    units = int(unit.max(initial=-1)) + 1
    return np.array([np.bincount(unit, weights=row, minlength=units) for row in rows], dtype=np.float64)


def weighted_sums(terms: Array, weights: Array | npt.NDArray[np.int8]) -> Array:
    """Sums of the terms (a row each) under many weights of the units (a row each)."""
    found = np.empty((len(terms), len(weights)))
    for block in blocks(len(weights), terms.shape[1]):
        heavy, sums = weights[block].astype(np.float64, copy=False), found[:, block]
        for part in blocks(len(heavy), terms.size, _PRODUCT):
            few = heavy[part]  # a product with a single vector is spread over threads however short it is
            sums[:, part] = terms @ few.T if len(few) > 1 else np.einsum("kn,rn->kr", terms, few)
    return found


def blocks(number: int, width: int, room: int = BLOCK) -> Iterator[slice]:
    """Slices of so many rows, with `width` values each, that all of a slice fits the room."""
    size = max(1, room // width)
    return (slice(start, min(start + size, number)) for start in range(0, number, size))
