"""From a pool to its best pairs, and why somebody is left over."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from rmstudy.errors import DesignError
from rmstudy.programme.matching.assignment import (
    NEVER,
    SCALE,
    Costs,
    Lots,
    best_assignment,
    filled_last,
    fixed_lots,
    most_matched,
)
from rmstudy.programme.matching.pool import Pool, Whole
from rmstudy.programme.matching.rules import BROKEN

KEPT_FIRST = 60  # pairs of a mentee looked at before all are, when a threshold is tried


@dataclass(frozen=True, slots=True)
class Solution:
    """A mentor for each mentee.

    Parameters
    ----------
    mentor : array of int, shape (mentees,)
        Number of the mentor; -1 for nobody.
    gap : float
        Total score that a better solution could still have; 0 is optimal.
    """

    mentor: Whole
    gap: float

    def pairs(self) -> tuple[Whole, Whole]:
        """Numbers of the matched mentees and of their mentors."""
        matched = np.flatnonzero(self.mentor >= 0)
        return matched, self.mentor[matched]


def solve(pool: Pool, seed: int, *, keep: Whole | None = None) -> Solution:
    """Make as many pairs as possible, and of these the best ones.

    Parameters
    ----------
    pool : Pool
        The people and the rules.
    seed : int
        Starts the lots that settle ties.
    keep : array of int, shape (mentees,), optional
        An earlier mentor of each mentee: among equally good ways, the one that keeps most pairs is taken.

    Raises
    ------
    DesignError
        When the constraints leave no pair at all, by their names.
    """
    costs, mentees, places = pool.costs()
    found = pool.pinned.copy()
    gap = 0
    if costs.rows and costs.columns:
        if pool.first == "worst_off":
            costs = _raised(costs)
        if pool.first == "mentors":
            second = np.r_[False, places[1:] == places[:-1]] | np.isin(places, pool.pinned)
            costs = filled_last(costs, second)
        ids, others = pool.scores.mentees.ids, pool.scores.mentors.ids
        lots = fixed_lots([ids[i] for i in mentees], [others[j] for j in places], seed)
        if keep is not None:
            lots = _keeping(lots, keep[mentees], places)
        best = best_assignment(costs, lots=lots)
        matched = best.places >= 0
        found[mentees[matched]] = places[best.places[matched]]
        gap = best.gap
    if (found < 0).all():
        raise DesignError(_nothing(pool))
    return Solution(found, gap / SCALE)


def _keeping(lots: Lots, keep: Whole, places: Whole) -> Lots:
    """Lots that first count the pairs that are not kept, and then draw."""

    def both(row: Whole, column: Whole) -> Whole:
        new = (column < 0) | (places[np.maximum(column, 0)] != keep[row])
        return np.asarray(new.astype(np.int64) * 2**61 + (lots(row, column) >> 20))

    return both


def _raised(costs: Costs) -> Costs:
    """The same costs without the pairs below the highest score that the worst-off pair can have."""
    high = _dearest(costs)

    def table_of(rows: Whole) -> Whole:
        cost = costs.of(rows)
        return np.where(cost > high, NEVER, cost)

    return Costs(costs.rows, costs.columns, table_of)


def _dearest(costs: Costs) -> int:
    """Least cost of the worst-off pair, by halving: the lowest at which as many mentees as ever can be matched."""
    most = most_matched(costs)
    low = 0
    if most == costs.rows:
        table = (costs.of(block) for block in costs.blocks())
        low = max(int(np.where(rows == NEVER, SCALE + 1, rows).min(axis=1).max()) for rows in table) - 1
        # nobody can do better than their own best, and often everybody comes that far
        if _reaches(costs, low + 1, most):
            return low + 1
    worst = best_assignment(costs)
    own = [costs.of(np.array([i]))[0, j] for i, j in enumerate(worst.places) if j >= 0]
    high = int(max(own, default=SCALE + 1))
    levels = _levels(costs, low, high)
    below, found = -1, len(levels) - 1
    guesses = [found - 1]  # often nothing can be raised
    while found - below > 1:
        tried = guesses.pop(0) if guesses else (below + found) // 2
        if not below < tried < found:
            continue
        if _reaches(costs, int(levels[tried]), most):
            found = tried
        else:
            below = tried
    return int(levels[found]) if len(levels) else high


def _levels(costs: Costs, low: int, high: int) -> Whole:
    """Different costs above one limit and up to another, in order."""
    seen = np.empty(0, dtype=np.int64)
    for block in costs.blocks():
        cost = costs.of(block)
        seen = np.union1d(seen, cost[(cost > low) & (cost <= high)])
    return seen


def _reaches(costs: Costs, least: int, most: int) -> bool:
    """Whether as many can be matched with costs up to a limit; the most promising pairs are tried first."""
    if costs.columns > 4 * KEPT_FIRST and most_matched(costs, least, kept=KEPT_FIRST) == most:
        return True
    return most_matched(costs, least) == most


def _nothing(pool: Pool) -> str:
    """Why there is no pair at all."""
    if not pool.capacity.any():
        return "No mentor has a place: every capacity is 0."
    counts = {
        name: int(
            sum(
                pool.rules.broken(np.array([[i]]), np.arange(len(pool.capacity))[None, :])[name].sum()
                for i in range(len(pool.pinned))
            )
        )
        for name in pool.rules.broken(np.array([0]), np.array([0]))
    }
    pairs = len(pool.pinned) * len(pool.capacity)
    said = ", ".join(f"{name} rules out {n}" for name, n in counts.items() if n)
    return f"The constraints leave no pair: of {pairs} possible pairs, {said}. Drop or change a constraint."


def left_over(pool: Pool, solution: Solution) -> pd.DataFrame:
    """People without a partner, and why.

    Returns
    -------
    DataFrame
        ``person_id``; ``role`` (``mentee`` or ``mentor``); ``reason``: ``taken`` (all who may be matched with
        this person have no place left, or are with others), ``none_admissible``, ``no_place`` (a capacity
        of 0); ``admissible``: how many of the other side no constraint excludes; then for each constraint how
        many of the other side it excludes.
    """
    lists = []
    everybody = {"mentee": np.arange(len(pool.pinned)), "mentor": np.arange(len(pool.capacity))}
    alone = {
        "mentee": np.flatnonzero(solution.mentor < 0),
        "mentor": np.setdiff1d(everybody["mentor"], solution.mentor),
    }
    for role, numbers in alone.items():
        ids = pool.scores.mentees.ids if role == "mentee" else pool.scores.mentors.ids
        for n in numbers:
            one = np.array([n])
            i, j = (one, everybody["mentor"]) if role == "mentee" else (everybody["mentee"], one)
            broken = pool.rules.broken(i, j)
            free = int(pool.rules.admissible(i, j).sum())
            reason = "taken" if free else "none_admissible"
            if role == "mentor" and pool.capacity[n] == 0:
                reason = "no_place"
            counts = {name: int(where.sum()) for name, where in broken.items()}
            lists.append({"person_id": ids[n], "role": role, "reason": reason, "admissible": free, **counts})
    columns = ["person_id", "role", "reason", "admissible", *[n for n in BROKEN if _asked(pool, n)]]
    return pd.DataFrame(lists, columns=columns)


def _asked(pool: Pool, name: str) -> bool:
    """Whether a constraint is asked for."""
    return name in pool.rules.constraints or (name == "forbidden" and bool(len(pool.rules.forbidden)))


def bottleneck(pool: Pool, solution: Solution) -> tuple[int, int, list[str]] | None:
    """The mentees who together have too few places (a violated condition of Hall), if somebody is left.

    Returns
    -------
    tuple or None
        Number of these mentees, number of places that they could have, and the constraints that exclude them
        from the rest. No constraint: there are simply more mentees than places.
    """
    waiting = np.flatnonzero(solution.mentor < 0).tolist()
    if not waiting:
        return None
    members, reached = set(waiting), np.zeros(len(pool.capacity), dtype=bool)
    mentors = np.arange(len(pool.capacity))
    holders: dict[int, list[int]] = {}
    for i in np.flatnonzero((solution.mentor >= 0) & (pool.pinned < 0)).tolist():
        holders.setdefault(int(solution.mentor[i]), []).append(i)
    while waiting and not reached.all():
        new = pool.rules.admissible(np.array([waiting.pop()]), mentors) & (pool.capacity > 0) & ~reached
        reached |= new
        for j in np.flatnonzero(new).tolist():
            waiting += [i for i in holders.get(j, []) if i not in members]
            members |= set(holders.get(j, []))
    pins = np.bincount(pool.pinned[pool.pinned >= 0], minlength=len(mentors))
    places = int((pool.capacity - pins)[reached].sum())
    outside = np.flatnonzero(~reached & (pool.capacity > pins))
    if not len(outside):
        return int((pool.pinned < 0).sum()), places, []
    names = [
        name
        for name in pool.rules.broken(np.array([0]), np.array([0]))
        if any(pool.rules.broken(np.array([i]), outside)[name].any() for i in sorted(members))
    ]
    return len(members), places, names
