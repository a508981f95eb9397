"""Who could have stood in whose place if the programme did nothing: signs of changes, or arms, reassigned.

A person's scores always move together, and so do the people of a cluster. With few units every
reassignment is listed; otherwise some are drawn.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from math import comb, prod
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from rmstudy.errors import DesignError
from rmstudy.methods.columns import Array, Labels, codes, column, numeric, one_row_each, two_labels
from rmstudy.methods.regression import too_few_clusters
from rmstudy.methods.resampling.moments import by_unit
from rmstudy.results import Note

Rows = npt.NDArray[np.int8]
Flags = npt.NDArray[np.bool_]

# Reassigned values held in memory at once. Part of what a seed stands for: other batches draw other reassignments.
_BATCH: Final = 2_000_000


@dataclass(frozen=True, slots=True)
class Units:
    """People, or whole clusters of people, that may change places if the programme did nothing.

    Parameters
    ----------
    sums, counts : ndarray of shape (units, outcomes)
        Sum of the scores of a unit, and how many people of it have one.
    treated : ndarray of shape (units,), or None
        1 for the programme's arm, 0 for the comparison's; ``None`` for one group.
    stratum : ndarray of int, shape (units,)
        Stratum number; units change places inside it only.
    n, dropped : mapping of str to int
        People counted and left out, by group.
    notes : tuple of Note
        Why people were left out, and what is withheld.
    withheld : bool
        Whether an arm has fewer than two clusters, so that there is no p-value.
    """

    sums: Array
    counts: Array
    treated: Rows | None
    stratum: Labels
    n: Mapping[str, int]
    dropped: Mapping[str, int]
    notes: tuple[Note, ...]
    withheld: bool

    @property
    def possible(self) -> int:
        """Number of different reassignments."""
        if self.treated is None:
            return 1 << len(self.sums)
        parts = [self.treated[self.stratum == label] for label in np.unique(self.stratum)]
        return prod(comb(len(part), int(part.sum())) for part in parts)


@dataclass(frozen=True, slots=True)
class Reassignments:
    """Reassignments in batches.

    Parameters
    ----------
    batches : iterator of ndarray of shape (reassignments, units)
        1 and -1 for the signs of one group, 1 and 0 for the arms of two.
    exact : bool
        Whether every possible one is there, the actual one among them.
    """

    batches: Iterator[Rows]
    exact: bool


def exchangeable_units(
    data: pd.DataFrame,
    outcomes: Mapping[str, tuple[str | None, str]],
    *,
    arm: str | None,
    programme: Any,
    cluster: str | None,
    strata: str | None,
) -> Units:
    """Sum the scores of everybody who counts by person, or by cluster.

    Parameters
    ----------
    data : DataFrame
        One row a person.
    outcomes : mapping of str to (str or None, str)
        Columns of the earlier and the later score; without the earlier, the later score itself.
    arm, cluster, strata : str or None
        Columns of the arm, the cluster labels, and the strata that arms were drawn within.
    programme : object
        Label of the programme's arm.

    Raises
    ------
    DesignError
        When a column cannot be used, a cluster lies in two arms or two strata, or nothing can change
        places.
    """
    one_row_each(data)
    if strata is not None and arm is None:
        raise DesignError("strata= are what arms were drawn within: name the arms as well, arm='arm'.")
    group, labels = (None, ("all", "")) if arm is None else two_labels(data, arm, programme)
    scores = np.column_stack([_scores(data, *pair) for pair in outcomes.values()])
    counted, notes = _who_counts(data, outcomes, ~np.isnan(scores), arm, cluster, strata)
    kept, scores = data.loc[counted], scores[counted]
    unit = np.arange(len(kept)) if cluster is None else codes(kept[cluster])
    stratum = np.zeros(len(kept), dtype=np.intp) if strata is None else codes(kept[strata])
    treated = None if group is None else (group[counted] == labels[0]).to_numpy().astype(np.int8)
    withheld: tuple[Note, ...] = ()
    if treated is not None:
        _refuse_empty_arms(treated, labels)
    if treated is not None and cluster is not None:
        _refuse_split(unit, {str(arm): treated, str(strata): stratum}, cluster)
        withheld = too_few_clusters(unit, treated, labels)
    first = np.unique(unit, return_index=True)[1]
    units = Units(
        by_unit(np.nan_to_num(scores).T, unit).T,
        by_unit((~np.isnan(scores)).astype(np.float64).T, unit).T,
        None if treated is None else treated[first],
        stratum[first],
        _people(group, labels, counted),
        _people(group, labels, ~counted),
        (*notes, *withheld),
        bool(withheld),
    )
    if len(units.sums) < 2 or units.possible < 2:
        raise DesignError(
            f"No two {'people' if cluster is None else 'clusters'} can change places: a permutation test needs "
            f"two or more{'' if arm is None else ', and both arms inside a stratum'}. Describe the scores instead."
        )
    return units


def reassignments(units: Units, *, most: int, seed: int) -> Reassignments:
    """List every reassignment when there are few, or draw some.

    Parameters
    ----------
    units : Units
        What may change places.
    most : int
        Reassignments listed or drawn at most.
    seed : int
        Seed of the random numbers.
    """
    if units.treated is None:
        return signs(len(units.sums), most=most, seed=seed, width=units.sums.size)
    _refuse_few(most)
    exact = units.possible <= most
    size = max(1, _BATCH // units.sums.size)
    starts = range(0, units.possible if exact else most, size)
    if exact:
        rows = _every_assignment(units.treated, units.stratum)
        return Reassignments((rows[start : start + size] for start in starts), exact)
    treated, draw = units.treated, np.random.default_rng(seed)
    return Reassignments(
        (_places(treated, units.stratum, min(size, most - start), draw) for start in starts), exact
    )


def signs(units: int, *, most: int, seed: int, width: int | None = None) -> Reassignments:
    """List every pattern of signs when there are few, or draw some.

    Parameters
    ----------
    units : int
        How many have a sign.
    most, seed : int
        As in `reassignments`.
    width : int, optional
        Values that one pattern takes where it is used; the units unless said.
    """
    _refuse_few(most)
    size, exact = max(1, _BATCH // (width or units)), 1 << units <= most
    starts = range(0, 1 << units if exact else most, size)
    if exact:
        rows = _every_sign(units)
        return Reassignments((rows[start : start + size] for start in starts), exact)
    draw = np.random.default_rng(seed)
    return Reassignments((_coins(min(size, most - start), units, draw) for start in starts), exact)


def how_counted(smallest: float, *, exact: bool, most: int, seed: int) -> Note:
    """Say how the reassignments were made and the smallest p-value that could come out.

    Parameters
    ----------
    smallest : float
        The smallest p-value possible.
    exact : bool
        Whether all reassignments were counted.
    most, seed : int
        Reassignments drawn otherwise, and the seed.
    """
    if exact:
        return Note.of("permutations_exact", smallest=smallest)
    return Note.of("permutations_drawn", n=most, seed=seed, smallest=smallest)


def _scores(data: pd.DataFrame, pre: str | None, post: str) -> Array:
    """A person's score or change, missing where a part of it is."""
    later: Array = numeric(data, post).to_numpy()
    if pre is None:
        return later
    earlier: Array = numeric(data, pre).to_numpy()
    change = later - earlier
    if np.isnan(change).all():
        raise DesignError(f"Nobody has both {pre!r} and {post!r}: there is no change to test.")
    return change


def _who_counts(
    data: pd.DataFrame,
    outcomes: Mapping[str, tuple[str | None, str]],
    observed: Flags,
    arm: str | None,
    cluster: str | None,
    strata: str | None,
) -> tuple[Flags, list[Note]]:
    """Who has an outcome, an arm, a cluster and a stratum, with the notes on who has not."""
    known = np.ones(len(data), dtype=np.bool_) if arm is None else data[arm].notna().to_numpy()
    notes = [] if known.all() else [Note.of("arm_missing", n=int((~known).sum()))]
    if len(outcomes) == 1:
        notes += _why_missing(data, *next(iter(outcomes.values())), known)
    counted = known & observed.any(axis=1)
    for code, label in (("cluster_missing", cluster), ("stratum_missing", strata)):
        if label is not None:
            lacking = counted & column(data, label).isna().to_numpy()
            counted &= ~lacking
            notes += [Note.of(code, n=int(lacking.sum()), column=label)] if lacking.any() else []
    if len(outcomes) > 1:
        nobody = int((known & ~observed.any(axis=1)).sum())
        notes += [Note.of("column_missing", n=nobody, columns=tuple(outcomes))] if nobody else []
        notes += [
            Note.of("outcome_partly_missing", outcome=name, n=int(n))
            for name, n in zip(outcomes, (counted[:, None] & ~observed).sum(axis=0), strict=True)
            if n
        ]
    return counted, notes


def _why_missing(data: pd.DataFrame, pre: str | None, post: str, known: Flags) -> list[Note]:
    """Count those without the one outcome, by what they lack."""
    later = data[post].notna().to_numpy()
    if pre is None:
        lacking = int((known & ~later).sum())
        return [Note.of("column_missing", n=lacking, columns=(post,))] if lacking else []
    earlier = data[pre].notna().to_numpy()
    masks = {"pre_only": known & earlier & ~later, "post_only": known & later & ~earlier}
    return [Note.of(code, n=int(mask.sum())) for code, mask in masks.items() if mask.any()]


def _refuse_empty_arms(treated: Rows, labels: tuple[str, str]) -> None:
    """Refuse an arm that nobody is counted in."""
    for label, present in zip(labels, (treated == 1, treated == 0), strict=True):
        if not present.any():
            raise DesignError(
                f"Arm {label!r}: nobody has all the columns asked for. Without it there is nothing to compare."
            )


def _refuse_split(unit: Labels, parts: Mapping[str, npt.NDArray[Any]], cluster: str) -> None:
    """Refuse a cluster with people of both arms, or of two strata."""
    for name, values in parts.items():
        pairs = np.unique(np.column_stack([unit, values]), axis=0)
        mixed = len(pairs) - len(np.unique(unit))
        if mixed:
            raise DesignError(
                f"{mixed} clusters of {cluster!r} have people in more than one {name!r}, so whole clusters cannot "
                f"change places. If arms were drawn inside {cluster!r}, say strata={cluster!r} instead of cluster=."
            )


def _people(group: pd.Series[Any] | None, labels: tuple[str, str], who: Flags) -> dict[str, int]:
    """People by arm, or all of them."""
    if group is None:
        return {"all": int(who.sum())}
    return {label: int((group[who] == label).sum()) for label in labels}


def _refuse_few(most: int) -> None:
    """Refuse a number of reassignments that no p-value can be told from."""
    if most < 100:
        raise DesignError(f"permutations={most} is too few for a p-value. Use 2,000 or more.")


def _every_sign(units: int) -> Rows:
    """All ways to turn signs round."""
    bits = (np.arange(2**units)[:, None] >> np.arange(units)) & 1
    return (1 - 2 * bits).astype(np.int8)


def _every_assignment(treated: Rows, stratum: Labels) -> Rows:
    """All ways to give the programme's places away inside each stratum."""
    rows = np.zeros((1, len(treated)), dtype=np.int8)
    for label in np.unique(stratum):
        members = np.flatnonzero(stratum == label)
        places = int(treated[members].sum())
        chosen = np.array(list(combinations(members, places)), dtype=np.intp)
        block = np.zeros((len(chosen), len(treated)), dtype=np.int8)
        np.put_along_axis(block, chosen, 1, axis=1)
        rows = (rows[:, None, :] + block[None, :, :]).reshape(-1, len(treated))
    return rows


def _coins(size: int, units: int, draw: np.random.Generator) -> Rows:
    """Some patterns of signs."""
    coins = np.frombuffer(draw.bytes(size * units), dtype=np.int8).reshape(size, units)
    return (coins >> 7) | np.int8(1)  # the sign of a byte, which is -1 or 0 after the shift


def _places(treated: Rows, stratum: Labels, size: int, draw: np.random.Generator) -> Rows:
    """Some ways to give the programme's places away inside each stratum."""
    rows = np.tile(treated, (size, 1))
    for label in np.unique(stratum):
        members = np.flatnonzero(stratum == label)
        rows[:, members] = draw.permuted(rows[:, members], axis=1)
    return rows
