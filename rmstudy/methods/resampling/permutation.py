"""A p-value from the design alone: how often reassigning people by chance gives so large a difference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from rmstudy.errors import DesignError
from rmstudy.methods.columns import Array
from rmstudy.methods.resampling.moments import weighted_sums
from rmstudy.methods.resampling.reassignment import (
    Rows,
    Units,
    exchangeable_units,
    how_counted,
    reassignments,
)
from rmstudy.results import Estimate, Result

Whole = npt.NDArray[np.int64]

# Steps of the exact count that take about a second; beyond them reassignments are drawn.
_MOST_STEPS: Final = 300_000_000
# Scores on a grid: whole points, means of up to sixty items, or up to four decimals.
_GRIDS: Final = (*range(1, 61), 100, 1_000, 10_000)
# Farther than this from a whole number of grid steps is off the grid, not binary rounding.
_OFF_GRID: Final = 1e-6
# Two differences this close, as a share of the largest score, are tied.
_TIED: Final = 1e-9


def permutation_test(
    data: pd.DataFrame,
    *,
    post: str = "post",
    pre: str | None = None,
    arm: str | None = None,
    programme: Any = "programme",
    strata: str | None = None,
    cluster: str | None = None,
    permutations: int = 10_000,
    seed: int = 0,
) -> Result:
    """P-value of a mean change, or of a difference of two arms, without assuming any distribution.

    Parameters
    ----------
    data : DataFrame
        One row a person.
    post, pre : str
        Columns of the later and the earlier score. One group needs both; with `arm` and without
        `pre`, the later scores are compared.
    arm : str, optional
        Column with two labels. Without it the change of one group is tested.
    programme : object
        Label of the programme's arm; the other arm is the comparison.
    strata : str, optional
        Column of the strata that the arms were drawn within.
    cluster : str, optional
        Column of cluster labels; whole clusters are then reassigned.
    permutations : int
        Most reassignments to list, and how many to draw where more cannot be counted exactly.
    seed : int
        Seed of the random numbers.

    Returns
    -------
    Result
        The mean change, or the difference of means (of the changes, when `pre` is given), programme
        minus comparison, with its two-sided p-value, and the mean of each arm. A note says whether
        every reassignment was counted or some were drawn, and the smallest p-value that could come out.

    Raises
    ------
    DesignError
        When a column cannot be used, one group has no `pre`, a cluster lies in two arms or two
        strata, each arm is one cluster of its own, or nothing can change places.

    Notes
    -----
    One group: if the programme does nothing, each person's change could as well have had the other
    sign. Two arms: each person could as well have stood in the other arm (of the same stratum). The
    p-value is the share of reassignments whose difference lies as far from its mean as the actual one
    or farther. Up to `permutations` reassignments are listed. Of more, where scores lie on a grid (whole
    points, decimals, means of items), each is counted exactly by adding people one at a time (Streitberg
    & Röhmel 1986); otherwise `permutations` of them are drawn and the p-value is ``(b + 1) / (B + 1)``,
    never zero (Phipson & Smyth 2010). With fewer than two clusters in an arm there is no p-value.

    scipy's `permutation_test` shuffles the two waves as if they were two groups unless told
    ``permutation_type="samples"``, and knows neither strata nor clusters.

    When not to use: for an interval (`mean_change`, `adjusted_difference`), or where arms with
    different spread and size are compared on their means (Welch, `post_difference`): the hypothesis
    tested here is that the programme changes nobody's score.

    References
    ----------
    Fisher (1935), *The Design of Experiments*, section 21. Streitberg & Röhmel (1986), *Statistical
    Software Newsletter* 12, 10-17. Phipson & Smyth (2010), *Statistical Applications in Genetics and
    Molecular Biology* 9:39.

    Examples
    --------
    >>> import pandas as pd
    >>> data = pd.DataFrame({"pre": [9, 6, 7, 8, 7, 9, 8, 8, 8, 7], "post": [9, 7, 8, 9, 8, 9, 9, 10, 9, 9]})
    >>> result = permutation_test(data, pre="pre", post="post")
    >>> result.headline.estimate, result.headline.p_value
    (1.0, 0.0078125)
    """
    if arm is None and pre is None:
        raise DesignError(
            "One group is tested on its change: name the earlier score, pre='pre'. Two arms need arm='arm'."
        )
    units = exchangeable_units(
        data, {post: (pre, post)}, arm=arm, programme=programme, cluster=cluster, strata=strata
    )
    notes, p_value = list(units.notes), None
    if not units.withheld:
        p_value, smallest, exact = _p_value(units, permutations, seed)
        notes.append(how_counted(smallest, exact=exact, most=permutations, seed=seed))
    change = pre is not None
    terms = (
        ("change",)
        if arm is None
        else ("programme minus comparison", *_arms("mean change" if change else "mean"))
    )
    estimates = [Estimate(term, value) for term, value in zip(terms, _means(units), strict=True)]
    estimates[0] = Estimate(terms[0], estimates[0].estimate, p_value=p_value)
    return Result(
        "permutation_test",
        post,
        "mean change, after minus before"
        if arm is None
        else f"difference of mean {'changes' if change else 'later scores'}, programme minus comparison",
        "points",
        tuple(estimates),
        None,
        units.n,
        units.dropped,
        tuple(notes),
    )


def _arms(mean: str) -> tuple[str, str]:
    """Terms of the means of the arms."""
    return f"{mean}, programme", f"{mean}, comparison"


def _means(units: Units) -> tuple[float, ...]:
    """The mean change; or the difference of two means, and both."""
    sums, counts = units.sums[:, 0], units.counts[:, 0]
    if units.treated is None:
        return (float(sums.sum() / counts.sum()),)
    ours, theirs = (
        float(sums[arm].sum() / counts[arm].sum()) for arm in (units.treated == 1, units.treated == 0)
    )
    return ours - theirs, ours, theirs


def _p_value(units: Units, permutations: int, seed: int) -> tuple[float, float, bool]:
    """The p-value, the smallest possible one, and whether all reassignments were counted."""
    counted = _distribution(units) if units.possible > permutations else None  # few are listed faster
    if counted is not None:
        distances, probabilities, actual = counted
        at_least = distances >= actual - _TIED * max(1.0, actual)
        largest = distances >= distances[probabilities > 0].max() - _TIED
        return _share(probabilities[at_least]), _share(probabilities[largest]), True
    centred = units.sums[:, 0] - units.counts[:, 0] * _stratum_means(units)
    scale = float(np.abs(units.sums).max())
    actual = _distance(units, centred, _actual(units))[0]
    found = reassignments(units, most=permutations, seed=seed)
    distances = np.concatenate([_distance(units, centred, rows) for rows in found.batches])
    beyond = int((distances >= actual - _TIED * scale).sum())
    if found.exact:
        largest = distances >= distances.max() - _TIED * scale
        return beyond / len(distances), float(largest.mean()), True
    return (beyond + 1) / (len(distances) + 1), 1 / (len(distances) + 1), False


def _share(probabilities: Array) -> float:
    """A sum of probabilities; rounding must not carry it past one."""
    return min(float(probabilities.sum()), 1.0)


def _actual(units: Units) -> Rows:
    """The reassignment that leaves everybody in place."""
    return np.ones((1, len(units.sums)), dtype=np.int8) if units.treated is None else units.treated[None, :]


def _stratum_means(units: Units) -> Array:
    """Mean score of each unit's stratum, or zero for one group, whose signs turn around zero."""
    means = np.zeros(len(units.sums))
    if units.treated is not None:
        for label in np.unique(units.stratum):
            members = units.stratum == label
            means[members] = units.sums[members, 0].sum() / units.counts[members, 0].sum()
    return means


def _distance(units: Units, centred: Array, rows: Rows) -> Array:
    """How far each reassignment's difference lies from none; ``centred`` are sums less the stratum's mean."""
    if units.treated is None:
        return np.asarray(np.abs(weighted_sums(centred[None], rows)[0]) / units.counts.sum())
    ours, people = weighted_sums(np.stack([centred, units.counts[:, 0]]), rows)
    return np.asarray(np.abs(ours / people - (centred.sum() - ours) / (units.counts.sum() - people)))


def _distribution(units: Units) -> tuple[Array, Array, float] | None:
    """Distances from the mean with their probabilities, and the actual distance, where scores lie on a grid.

    A difference of means is a fixed function of the sum of the programme's scores as long as every
    unit has as many people, so only that sum has to be followed.
    """
    whole = _on_grid(units.sums[:, 0])
    if whole is None:
        return None
    if units.treated is None:
        probabilities = _signs(np.abs(whole))
        if probabilities is None:
            return None
        total = len(probabilities) - 1
        return np.abs(2.0 * np.arange(total + 1) - total), probabilities, float(abs(whole.sum()))
    if np.ptp(units.counts) > 0:
        return None
    parts = [_places(whole, units.treated, units.stratum == label) for label in np.unique(units.stratum)]
    return _joined(parts)


def _joined(parts: Sequence[tuple[Array, float, int] | None]) -> tuple[Array, Array, float] | None:
    """The strata's distributions added up, or nothing where one is missing or the sum takes too long."""
    probabilities, mean, actual = np.ones(1), 0.0, 0
    for part in parts:
        if part is None or len(probabilities) * len(part[0]) > _MOST_STEPS:
            return None
        own, own_mean, own_actual = part
        probabilities = np.convolve(probabilities, own)
        mean, actual = mean + own_mean, actual + own_actual
    return np.abs(np.arange(len(probabilities)) - mean), probabilities, abs(actual - mean)


def _on_grid(values: Array) -> Whole | None:
    """The scores as whole numbers of the coarsest grid they lie on, if there is one."""
    for steps in _GRIDS:
        scaled = values * steps
        whole = np.rint(scaled)
        if np.abs(scaled - whole).max() <= _OFF_GRID and np.abs(whole).max() < 2**40:
            divisor = max(int(np.gcd.reduce(np.abs(whole).astype(np.int64))), 1)
            return np.asarray(whole.astype(np.int64) // divisor)
    return None


def _signs(sizes: Whole) -> Array | None:
    """Probability of each sum of the sizes whose sign stays, when every sign is a coin's."""
    if len(sizes) * int(sizes.sum()) > _MOST_STEPS:
        return None
    probabilities = np.zeros(int(sizes.sum()) + 1)
    probabilities[0] = 1.0
    for size in sizes:
        moved = probabilities[: len(probabilities) - size].copy()
        probabilities *= 0.5
        probabilities[size:] += 0.5 * moved
    return probabilities


def _places(whole: Whole, treated: Rows, members: npt.NDArray[np.bool_]) -> tuple[Array, float, int] | None:
    """Distribution, mean and actual value of the sum over a stratum's places in the programme.

    The smaller arm is followed, person by person, as in drawing without replacement; the other's sum
    lies as far from its own mean, on the other side.
    """
    values, taken = whole[members], treated[members]
    values = values - values.min()
    places = int(taken.sum())
    turned = 2 * places > len(values)
    k = len(values) - places if turned else places
    top = int(np.sort(values)[len(values) - k :].sum())
    if len(values) * (k + 1) * (top + 1) > _MOST_STEPS:
        return None
    table = np.zeros((k + 1, top + 1))
    table[0, 0] = 1.0
    chosen = np.arange(k + 1)[:, None]
    for seen, value in enumerate(values):
        chance = (k - chosen) / (len(values) - seen)
        moved = (table * chance)[:-1, : top + 1 - value]
        table *= 1 - chance
        table[1:, value:] += moved
    probabilities = table[k]
    total = int(values.sum())
    if turned:  # from the comparison's sum to the programme's
        probabilities = np.concatenate([np.zeros(total - top), probabilities[::-1]])
    return probabilities, places * total / len(values), int(values[taken == 1].sum())
