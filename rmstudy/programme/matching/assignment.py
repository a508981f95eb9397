"""The best assignment of mentees to places with mentors, exact, in whole numbers.

Costs are whole numbers, so that equal means equal and the optimum can be proven: the prices (dual
values) of the places are recovered from the solution, and no pair that was left out may be cheaper than
they allow. Small problems are solved on all pairs at once. Large ones start from the most promising
pairs of every mentee; the pairs that the prices show to be missing are added until none is missing
(column generation), which keeps the memory proportional to the number of people.

Among equally good assignments a fixed lot decides, drawn from the ids: it favours nobody, and the order
of the rows does not matter.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import maximum_bipartite_matching, min_weight_full_bipartite_matching

Whole = NDArray[np.int64]
Lots = Callable[[Whole, Whole], Whole]  # from rows and columns to whole numbers that settle ties
SCALE: Final = 10**9  # a score of 1 in whole numbers
DENSE: Final = 200_000  # pairs up to which all of them are held at once
BLOCK: Final = 200_000  # pairs looked at in one go
KEPT: Final = (
    12,
    2,
)  # most promising places of each mentee at the start: the best, and some of each rung further down
ADDED: Final = (4, 3)  # missing pairs added for each mentee in a round, likewise
RUNGS: Final = 4  # each four times as long as all before it
SAMPLED: Final = (
    400,
    2000,
)  # least and most mentees from whom the first prices are guessed; a quarter between
NEVER: Final = -1  # cost of a pair that must not be


@dataclass(frozen=True, slots=True)
class Costs:
    """Costs of mentees (rows) with places (columns), made in blocks of rows when they are asked for.

    Parameters
    ----------
    rows, columns : int
        Number of mentees and of places.
    of : callable
        From an array of row numbers to whole numbers from 1, shape (rows asked for, columns); `NEVER`
        where a pair must not be.
    charge : int
        What some places cost on top, so that others are filled first; it is in what `of` returns.
    """

    rows: int
    columns: int
    of: Callable[[Whole], Whole]
    charge: int = 0

    @property
    def unmatched(self) -> int:
        """Cost of staying unmatched: more than all scores together, so that numbers come first.

        One more pair takes one more place, so that one charge is enough on top.
        """
        return (min(self.rows, self.columns) + 1) * (SCALE + 1) + self.charge

    def blocks(self) -> list[Whole]:
        """Row numbers in blocks that fit into memory."""
        step = max(1, BLOCK // max(self.columns, 1))
        return [np.arange(i, min(i + step, self.rows)) for i in range(0, self.rows, step)]


@dataclass(frozen=True)
class Edges:
    """Pairs looked at: row, column and cost, sorted by row and then column."""

    row: Whole
    column: Whole
    cost: Whole

    @cached_property
    def start(self) -> Whole:
        """Where the pairs of each row begin."""
        return np.flatnonzero(np.r_[self.row[:1] >= 0, np.diff(self.row) > 0])

    @classmethod
    def of(cls, row: Whole, column: Whole, cost: Whole, columns: int) -> Edges:
        """Sort and drop what comes twice or must not be."""
        allowed = cost != NEVER
        row, column, cost = row[allowed], column[allowed], cost[allowed]
        _, first = np.unique(row * columns + column, return_index=True)
        return cls(row[first], column[first], cost[first])


@dataclass(frozen=True, slots=True)
class Assignment:
    """A place for each mentee, and the proof that there is nothing better.

    Parameters
    ----------
    places : array of int, shape (rows,)
        Column of each row; -1 for nobody.
    prices : array of int, shape (columns,)
        Dual value of each place: what one place more would save.
    gap : int
        Cost of the assignment above the lower limit that the prices prove; 0 is optimal.
    rounds : int
        Times that missing pairs were looked for.
    """

    places: Whole
    prices: Whole
    gap: int
    rounds: int


def best_assignment(costs: Costs, *, lots: Lots | None = None) -> Assignment:
    """Match as many rows as possible, and among these ways find the one of least cost.

    Parameters
    ----------
    costs : Costs
        The problem.
    lots : callable, optional
        From rows and columns (-1: nobody) to whole numbers below 2**62 that settle ties; without it, ties
        are settled by the order of rows and columns.

    Returns
    -------
    Assignment
        Optimal, with its proof.

    Notes
    -----
    Shortest augmenting paths on all pairs (Crouse 2016, scipy's ``linear_sum_assignment``) or on kept pairs
    (Jonker and Volgenant 1987, scipy's ``min_weight_full_bipartite_matching``). The prices are the middle
    between the highest and the lowest that fit the solution.

    Examples
    --------
    >>> import numpy as np
    >>> table = np.array([[1, 5, NEVER], [1, 9, NEVER]])
    >>> found = best_assignment(Costs(2, 3, lambda rows: table[rows]))
    >>> found.places.tolist(), found.gap
    ([1, 0], 0)
    """
    if costs.rows == 0 or costs.columns == 0:
        return Assignment(
            np.full(costs.rows, -1, dtype=np.int64), np.zeros(costs.columns, dtype=np.int64), 0, 0
        )
    rounds = 1
    if costs.rows * costs.columns <= DENSE:
        edges, places, prices = _at_once(costs)
    else:
        edges, prices = _first_edges(costs)
        while True:
            places = _on_kept(edges, prices, costs)
            prices = _prices(edges, places, costs)
            missing = _missing(edges, prices, costs)
            if missing is None:
                break
            edges, rounds = missing, rounds + 1
    gap = _gap(edges, places, prices, costs)
    if lots is not None:
        places = _settled(edges, places, prices, costs, lots)
    return Assignment(places, prices, gap, rounds)


def filled_last(costs: Costs, late: NDArray[np.bool_]) -> Costs:
    """The same costs with a charge on some places: as few of these are filled as the number of pairs allows.

    The charge is more than all scores together. Filling another place instead of a late one changes one
    charge, and at most all scores.

    Parameters
    ----------
    costs : Costs
        The problem.
    late : array of bool, shape (columns,)
        Places to be filled last.

    Examples
    --------
    >>> table = np.array([[1, 2, 900], [2, 1, 900]])
    >>> costs = filled_last(Costs(2, 3, lambda rows: table[rows]), np.array([False, True, False]))
    >>> best_assignment(costs).places.tolist()
    [0, 2]
    """
    charge = costs.unmatched
    on_top = np.where(late, charge, 0)

    def of(rows: Whole) -> Whole:
        cost = costs.of(rows)
        return np.where(cost == NEVER, NEVER, cost + on_top)

    return Costs(costs.rows, costs.columns, of, charge)


def most_matched(costs: Costs, least: int | None = None, *, kept: int | None = None) -> int:
    """Largest number of rows that can be matched at once, with costs up to a limit.

    Parameters
    ----------
    costs : Costs
        The problem.
    least : int, optional
        Highest cost that a pair may have.
    kept : int, optional
        Look at the cheapest so many pairs of a row only; the number is then a lower limit.
    """
    rows, columns = [], []
    for block in costs.blocks():
        cost = costs.of(block)
        allowed = cost != NEVER
        if least is not None:
            allowed &= cost <= least
        if kept is not None and kept < costs.columns:
            # spread over the columns: the cheapest alone would be the same ones for all rows
            offset = (block[:, None] * kept + np.arange(kept)) % costs.columns
            near = np.argpartition(np.where(allowed, cost, costs.unmatched), kept, axis=1)[:, :kept]
            chosen = np.zeros_like(allowed)
            np.put_along_axis(chosen, near, values=True, axis=1)
            np.put_along_axis(chosen, offset, values=True, axis=1)
            allowed &= chosen
        r, c = np.nonzero(allowed)
        rows.append(block[r].astype(np.int32))
        columns.append(c.astype(np.int32))
    row, column = np.concatenate(rows), np.concatenate(columns)
    graph = csr_matrix((np.ones(len(row), dtype=np.int8), (row, column)), shape=(costs.rows, costs.columns))
    return int((maximum_bipartite_matching(graph, perm_type="column") >= 0).sum())


def _at_once(costs: Costs) -> tuple[Edges, Whole, Whole]:
    """Solve on the full table, where a pair that must not be costs as much as nobody: edges, places, prices."""
    cost = costs.of(np.arange(costs.rows))
    full = np.where(cost == NEVER, costs.unmatched, cost).astype("float64")
    row, column = linear_sum_assignment(full)
    places = np.full(costs.rows, -1, dtype=np.int64)
    places[row] = np.where(full[row, column] < costs.unmatched, column, -1)
    row, column = np.nonzero(cost != NEVER)
    edges = Edges(row, column, cost[row, column])
    return edges, places, _prices(edges, places, costs)


def _on_kept(edges: Edges, prices: Whole, costs: Costs) -> Whole:
    """Solve on the kept pairs; each row has a place of its own that means nobody.

    Costs less what prices explain are nearly solved already. What a row pays may always be taken off. A
    price may be added to its place as long as the solution then fills the place: any other way of filling
    the places would save no more than all prices together.
    """
    for tried in (True, True, False):
        prices = prices if tried else np.zeros_like(prices)
        paid = _asked(edges, prices, costs)
        reduced = edges.cost + prices[edges.column] - paid[edges.row] + 1
        places = _cheapest(Edges(edges.row, edges.column, reduced), costs.unmatched - paid + 1, costs)
        empty = np.ones(costs.columns, dtype=bool)
        empty[places[places >= 0]] = False
        if not prices[empty].any():
            break
        prices = np.where(empty, 0, prices)
    return places


def _cheapest(edges: Edges, alone: Whole, costs: Costs) -> Whole:
    """Cheapest way to give each row one of its columns, or nobody at a cost of its own (-1: impossible).

    Nobody costs more than everything else together. Where all rows can have a column, which the solver finds
    out, places that mean nobody need not be looked at: half the columns, and a square problem stays square.
    """
    row, column, value = edges.row, edges.column, edges.cost.astype("float64")
    if costs.rows <= costs.columns:
        with contextlib.suppress(ValueError):  # no full matching
            graph = csr_matrix((value, (row, column)), shape=(costs.rows, costs.columns))
            return np.asarray(min_weight_full_bipartite_matching(graph)[1], dtype=np.int64)
    may = np.flatnonzero(alone >= 0)
    row = np.concatenate([row, may])
    column = np.concatenate([column, costs.columns + may])
    value = np.concatenate([value, alone[may]])
    graph = csr_matrix((value, (row, column)), shape=(costs.rows, costs.columns + costs.rows))
    _, chosen = min_weight_full_bipartite_matching(graph)
    return np.where(chosen < costs.columns, chosen, -1).astype(np.int64)


def _first_edges(costs: Costs) -> tuple[Edges, Whole]:
    """The most promising places of each row under guessed prices, and a few spread over all places."""
    prices = _guessed_prices(costs)
    rows, columns, values = [], [], []
    noise = np.random.default_rng(0)
    for block in costs.blocks():
        cost = costs.of(block)
        asked = (np.where(cost == NEVER, costs.unmatched, cost) + prices).astype("float64")
        asked += noise.random(asked.shape)  # equal people would otherwise all keep the same places
        spread = (block[:, None] + np.arange(8) * (costs.columns // 8)) % costs.columns
        column = np.concatenate([_ladder(asked, *KEPT, noise), spread], axis=1)
        rows.append(np.repeat(block, column.shape[1]))
        columns.append(column.ravel())
        values.append(np.take_along_axis(cost, column, axis=1).ravel())
    edges = Edges.of(np.concatenate(rows), np.concatenate(columns), np.concatenate(values), costs.columns)
    return edges, prices


def _ladder(asked: Whole | NDArray[np.float64], best: int, each: int, noise: np.random.Generator) -> Whole:
    """Columns of each row: the lowest, and some at random from every rung further down.

    People with nearly the same needs have the same lowest ones; with these alone, all would be sent to the
    same few places round after round.
    """
    last = asked.shape[1] - 1
    ends = sorted({min(best * 4**rung, last) for rung in range(RUNGS + 1)})
    order = np.argpartition(asked, ends, axis=1)
    chosen = [np.broadcast_to(np.arange(ends[0]), (len(asked), ends[0]))]
    chosen += [noise.integers(low, high, (len(asked), each)) for low, high in pairwise(ends)]
    return np.take_along_axis(order, np.concatenate(chosen, axis=1), axis=1)


def _guessed_prices(costs: Costs) -> Whole:
    """Prices of a sample of rows and columns, carried over to all columns."""
    draw = np.random.default_rng(0)
    size = min(costs.rows, costs.columns)
    share = min(1.0, float(np.clip(size // 4, *SAMPLED)) / size)
    row = np.sort(draw.permutation(costs.rows)[: int(share * costs.rows)])
    column = np.sort(draw.permutation(costs.columns)[: int(share * costs.columns)])
    blocks = np.array_split(row, -(-len(row) * costs.columns // BLOCK))
    table = np.concatenate([costs.of(block)[:, column] for block in blocks])
    part = Costs(len(row), len(column), lambda rows: table[rows], costs.charge)
    prices = _at_once(part)[2] if share * size <= SAMPLED[0] else best_assignment(part).prices
    asked = (np.where(table == NEVER, costs.unmatched, table) + prices).min(axis=1)
    asked = np.minimum(asked, 2 * SCALE + costs.charge)
    found = np.zeros(costs.columns, dtype=np.int64)
    for block, most in zip(
        blocks, np.split(asked, np.cumsum([len(one) for one in blocks])[:-1]), strict=True
    ):
        wide = costs.of(block)
        np.maximum(found, np.where(wide == NEVER, 0, most[:, None] - wide).max(axis=0), out=found)
    return found


def _asked(edges: Edges, prices: Whole, costs: Costs) -> Whole:
    """What each row pays at least, price included: its dual value, with nobody as the last resort."""
    paid = np.full(costs.rows, costs.unmatched, dtype=np.int64)
    start = edges.start
    if len(start):
        least = np.minimum.reduceat(edges.cost + prices[edges.column], start)
        paid[edges.row[start]] = np.minimum(least, costs.unmatched)
    return paid


def _prices(edges: Edges, places: Whole, costs: Costs) -> Whole:
    """Prices under which nobody would rather have another of the pairs looked at: the middle ones."""
    return (_highest(edges, places, costs) + _lowest(edges, places, costs)) // 2


def _own(edges: Edges, places: Whole) -> tuple[Whole, Whole]:
    """Matched rows, and what their own pair costs."""
    matched = np.flatnonzero(places >= 0)
    own = edges.cost[places[edges.row] == edges.column]
    return matched, own


def _highest(edges: Edges, places: Whole, costs: Costs) -> Whole:
    """Highest prices that fit: shortest ways from the free places, which cost nothing."""
    matched, own = _own(edges, places)
    prices = np.zeros(costs.columns, dtype=np.int64)
    prices[places[matched]] = costs.unmatched - own
    while True:
        lower = _asked(edges, prices, costs)[matched] - own
        if np.array_equal(lower, prices[places[matched]]):
            return prices
        prices[places[matched]] = lower


def _lowest(edges: Edges, places: Whole, costs: Costs) -> Whole:
    """Lowest prices that fit: raised until everybody is content with the place they have."""
    matched, own = _own(edges, places)
    order = np.lexsort((edges.row, edges.column))
    row, column, cost = edges.row[order], edges.column[order], edges.cost[order]
    start = np.flatnonzero(np.r_[True, np.diff(column) > 0]) if len(column) else np.empty(0, dtype=np.int64)
    pays = np.full(costs.rows, costs.unmatched, dtype=np.int64)
    prices = np.zeros(costs.columns, dtype=np.int64)
    while True:
        pays[matched] = own + prices[places[matched]]
        higher = prices.copy()
        if len(start):
            most = np.maximum.reduceat(pays[row] - cost, start)
            higher[column[start]] = np.maximum(most, 0)
        if np.array_equal(higher, prices):
            return prices
        prices = higher


def _missing(edges: Edges, prices: Whole, costs: Costs) -> Edges | None:
    """The pairs with those added that the prices show to be cheaper; None when there are none."""
    paid = _asked(edges, prices, costs)
    rows, columns, values = [edges.row], [edges.column], [edges.cost]
    noise = np.random.default_rng(0)
    for block in costs.blocks():
        cost = costs.of(block)
        reduced = cost + prices
        reduced -= paid[block][:, None]
        reduced[cost == NEVER] = 0
        worse = np.flatnonzero(reduced.min(axis=1) < 0)
        if not len(worse):
            continue
        reduced = reduced[worse]
        column = _ladder(reduced, *ADDED, noise)
        row, rung = np.nonzero(np.take_along_axis(reduced, column, axis=1) < 0)
        column, row = column[row, rung], worse[row]
        rows.append(block[row])
        columns.append(column)
        values.append(cost[row, column])
    if len(rows) == 1:
        return None
    return Edges.of(np.concatenate(rows), np.concatenate(columns), np.concatenate(values), costs.columns)


def _gap(edges: Edges, places: Whole, prices: Whole, costs: Costs) -> int:
    """Cost of the assignment less the lower limit that the prices prove, in whole numbers."""
    _, own = _own(edges, places)
    spent = int(own.sum()) + costs.unmatched * int((places < 0).sum())
    return spent - (int(_asked(edges, prices, costs).sum()) - int(prices.sum()))


def _settled(edges: Edges, places: Whole, prices: Whole, costs: Costs, lots: Lots) -> Whole:
    """Among the equally good assignments, the one whose lots add up to least.

    An assignment is optimal exactly when it uses only pairs that the prices make free of loss and fills
    every place that has a price. The second is made sure of by a charge on places without a price.
    """
    paid = _asked(edges, prices, costs)
    tight = _tight(edges, paid, prices, costs)
    free = np.flatnonzero(paid == costs.unmatched)
    if len(tight.row) + len(free) <= costs.rows:
        return places
    bits = 52 - 2 * int(costs.rows + 2).bit_length()
    charge = (costs.rows + 2) << bits
    drawn = (lots(tight.row, tight.column) >> (62 - bits)) + 1
    alone = np.full(costs.rows, -1, dtype=np.int64)
    alone[free] = (lots(free, np.full_like(free, -1)) >> (62 - bits)) + 1 + charge
    value = drawn + np.where(prices[tight.column] > 0, 0, charge)
    return _cheapest(Edges(tight.row, tight.column, value), alone, costs)


def _tight(edges: Edges, paid: Whole, prices: Whole, costs: Costs) -> Edges:
    """All pairs without loss under the prices, looked for among all pairs."""
    if costs.rows * costs.columns <= DENSE:
        keep = edges.cost + prices[edges.column] == paid[edges.row]
        return Edges(edges.row[keep], edges.column[keep], edges.cost[keep])
    rows, columns = [], []
    for block in costs.blocks():
        cost = costs.of(block)
        r, c = np.nonzero((cost + prices == paid[block][:, None]) & (cost != NEVER))
        rows.append(block[r])
        columns.append(c)
    row, column = np.concatenate(rows), np.concatenate(columns)
    return Edges(row, column, np.zeros(len(row), dtype=np.int64))


def fixed_lots(rows: list[str], columns: list[str], seed: int) -> Lots:
    """Lots drawn from the ids of two people: whole numbers below 2**62, the same for the same ids.

    Parameters
    ----------
    rows, columns : list of str
        Ids by number.
    seed : int
        Another seed, other lots.

    Examples
    --------
    >>> lots = fixed_lots(["s1", "s2"], ["j1"], seed=0)
    >>> one, two = lots(np.array([0, 1]), np.array([0, 0]))
    >>> bool(one != two)
    True
    """
    left, right = _digests(rows, seed), _digests([*columns, ""], seed + 1)

    def lots(row: Whole, column: Whole) -> Whole:
        with np.errstate(over="ignore"):
            mixed: Any = left[row] + right[column] * np.uint64(0x9E3779B97F4A7C15)
            # finalising steps of splitmix64 (Steele, Lea and Flood 2014)
            mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            mixed = mixed ^ (mixed >> np.uint64(31))
        return np.asarray((mixed >> np.uint64(2)).astype(np.int64))

    return lots


def _digests(ids: list[str], seed: int) -> NDArray[np.uint64]:
    """SHA-256 of each id, cut to 64 bits."""
    from hashlib import sha256

    numbers = [int.from_bytes(sha256(f"{seed}:{one}".encode()).digest()[:8]) for one in ids]
    return np.array(numbers, dtype=np.uint64)
