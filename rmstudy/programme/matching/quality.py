"""How good a whole matching is, against chance, against greedy, and against everybody's own wish."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heapify, heappop, heappush
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rmstudy.programme.matching.assignment import NEVER, SCALE
from rmstudy.programme.matching.pool import Pool, Whole

SWEEPS: Final = 50
ROWS: Final = 200  # mentees looked at in one go
SOLUTIONS: Final = ("this", "greedy", "random", "wishes")


def quality(pool: Pool, mentor: Whole, random: pd.DataFrame) -> pd.DataFrame:
    """Compare a matching with others on the same people and rules.

    Parameters
    ----------
    pool : Pool
        The people and rules.
    mentor : array of int, shape (mentees,)
        The matching.
    random : DataFrame
        What `random_pairings` returned.

    Returns
    -------
    DataFrame
        A row for this matching, for ``greedy`` (the best pair first, then the best of the rest), for
        ``random`` pairings (means over the draws) and for ``wishes`` (each mentee with the best admissible
        mentor, as if places did not run out: a limit that no matching can pass). Columns: ``matched``
        mentees; ``total`` and ``mean`` score of the pairs; ``low`` and ``high`` (middle 95 % of the draws'
        means; random only); ``worst`` pair's score, ``lower`` and ``upper`` quartile, ``best`` pair's score;
        ``regret`` (how far a matched mentee's score is below the wish, on average); ``blocking`` (pairs of a
        mentee and a mentor who both would do better with each other).
    """
    wishes = best_for_each(pool)
    rows = [
        _described("this", pool, mentor, wishes),
        _described("greedy", pool, greedy(pool), wishes),
        {"solution": "random", **random.mean().to_dict(), **_middle(random["mean"])},
    ]
    wanted = wishes[wishes >= 0] / SCALE
    last = {"solution": "wishes", "matched": len(wanted), "total": wanted.sum(), "mean": wanted.mean()}
    rows.append(last | {"worst": wanted.min(), **_spread(wanted), "regret": 0.0})
    columns = ["solution", "matched", "total", "mean", "low", "high", "worst", "lower", "upper", "best"]
    return pd.DataFrame(rows, columns=[*columns, "regret", "blocking"])


def best_for_each(pool: Pool) -> Whole:
    """Best admissible score of each mentee, in whole numbers; -1 where there is none."""
    everybody = np.flatnonzero(pool.capacity > 0)
    if not len(everybody):
        return np.full(len(pool.pinned), NEVER, dtype=np.int64)
    return np.concatenate([table.max(axis=1) for _, table in _tables(pool, everybody)])


def greedy(pool: Pool) -> Whole:
    """The best pair first, then the best of those left, and so on; pins come before.

    Equal scores are taken in the order of the ids.
    """
    left = pool.capacity - np.bincount(pool.pinned[pool.pinned >= 0], minlength=len(pool.capacity))
    found = pool.pinned.copy()
    tables = {}
    queue: list[tuple[int, int, int]] = []
    mentors = np.arange(len(left))
    for block, table in _tables(pool, mentors):
        for i, row in zip(block.tolist(), table, strict=True):
            if found[i] < 0:
                tables[i] = row.astype(np.int32) if len(mentors) * len(found) <= 64_000_000 else None
                best = int(np.where(left > 0, row, NEVER).argmax())
                if row[best] != NEVER and left[best] > 0:
                    queue.append((-int(row[best]), i, best))
    heapify(queue)
    while queue:
        _, i, j = heappop(queue)
        if left[j] > 0:
            found[i] = j
            left[j] -= 1
            continue
        kept = tables[i]
        row = pool.whole(np.array([i]), mentors) if kept is None else kept
        row = np.where(left > 0, row, NEVER)
        best = int(row.argmax())
        if row[best] != NEVER:
            heappush(queue, (-int(row[best]), i, best))
    return found


def random_pairings(pool: Pool, draws: int, seed: int) -> pd.DataFrame:
    """Pair people at random as the rules allow, again and again.

    Mentees draw places; where the pair must not be, places are exchanged with others until it may be, and
    whoever still has no admissible place stays unmatched. Pins hold.

    Returns
    -------
    DataFrame
        A row a draw: ``matched``, ``total``, ``mean``, ``worst``, ``lower``, ``upper``, ``best``, ``regret``.
    """
    draw = np.random.default_rng(seed)
    wishes = best_for_each(pool)
    rows = []
    for _ in range(draws):
        row = _described("random", pool, _random(pool, draw), wishes, blocking=False)
        del row["solution"], row["blocking"]
        rows.append(row)
    return pd.DataFrame(rows, dtype="float64")


def _random(pool: Pool, draw: np.random.Generator) -> Whole:
    """One random admissible pairing."""
    found = pool.pinned.copy()
    open_ = np.flatnonzero(found < 0)
    left = pool.capacity - np.bincount(found[found >= 0], minlength=len(pool.capacity))
    places = draw.permutation(np.repeat(np.arange(len(left)), np.minimum(left, len(open_))))
    # those who draw no place may still exchange with others; a place of -1 is none
    places = np.concatenate([places, np.full(max(len(open_) - len(places), 0), -1)])
    places = draw.permutation(places) if len(places) == len(open_) else places
    size = len(open_)
    rows = np.full(len(places), -1)
    rows[:size] = open_
    for _ in range(SWEEPS):
        bad = np.flatnonzero(~_fits(pool, rows, places) & (rows >= 0) & (places >= 0))
        if not len(bad):
            break
        others = np.setdiff1d(np.arange(len(places)), bad)
        count = min(len(bad), len(others))
        bad, other = draw.permutation(bad)[:count], draw.permutation(others)[:count]
        works = _fits(pool, rows[bad], places[other]) & _fits(pool, rows[other], places[bad])
        one, two = bad[works], other[works]
        places[one], places[two] = places[two], places[one].copy()
    good = _fits(pool, rows, places) & (rows >= 0) & (places >= 0)
    found[rows[good]] = places[good]
    return found


def _fits(pool: Pool, rows: Whole, places: Whole) -> NDArray[np.bool_]:
    """Whether pairs are admissible; a free place and a missing place fit with anybody."""
    free = (rows < 0) | (places < 0)
    return np.asarray(free | pool.rules.admissible(np.maximum(rows, 0), np.maximum(places, 0)))


def scores_of(pool: Pool, mentor: Whole) -> NDArray[np.float64]:
    """Score of each mentee's pair; NaN without one."""
    matched = np.flatnonzero(mentor >= 0)
    score = np.full(len(mentor), np.nan)
    score[matched] = pool.scores.score(matched, mentor[matched])
    return score


def _described(
    name: str, pool: Pool, mentor: Whole, wishes: Whole, *, blocking: bool = True
) -> dict[str, object]:
    """One row of the comparison."""
    score = scores_of(pool, mentor)
    known = score[~np.isnan(score)]
    regret = np.maximum(wishes / SCALE - score, 0)[~np.isnan(score) & (wishes >= 0)]
    some = bool(len(known))
    return {
        "solution": name,
        "matched": len(known),
        "total": float(known.sum()),
        "mean": float(known.mean()) if some else np.nan,
        "worst": float(known.min()) if some else np.nan,
        **_spread(known),
        "regret": float(regret.mean()) if len(regret) else np.nan,
        "blocking": _blocking(pool, mentor) if blocking else np.nan,
    }


def _blocking(pool: Pool, mentor: Whole) -> int:
    """Pairs not made in which both would score higher than now; a free place counts as lower than any."""
    everybody = np.arange(len(pool.capacity))
    now = np.full(len(mentor), NEVER, dtype=np.int64)
    matched = np.flatnonzero(mentor >= 0)
    now[matched] = np.rint(pool.scores.score(matched, mentor[matched]) * SCALE)
    lowest = np.full(len(everybody), 2 * SCALE, dtype=np.int64)
    np.minimum.at(lowest, mentor[matched], now[matched])
    used = np.bincount(mentor[matched], minlength=len(everybody))
    lowest[used < pool.capacity] = NEVER
    count = 0
    for block, table in _tables(pool, everybody):
        count += int(((table > now[block][:, None]) & (table > lowest)).sum())
    return count


def _tables(pool: Pool, mentors: Whole) -> Iterator[tuple[Whole, Whole]]:
    """Scores in whole numbers, a block of mentees at a time."""
    for start in range(0, len(pool.pinned), ROWS):
        block = np.arange(start, min(start + ROWS, len(pool.pinned)))
        yield block, pool.whole(block[:, None], mentors[None, :])


def _spread(scores: NDArray[np.float64]) -> dict[str, float]:
    """Quartiles and highest of some scores."""
    if not len(scores):
        return dict.fromkeys(("lower", "upper", "best"), np.nan)
    lower, upper, best = np.quantile(scores, [0.25, 0.75, 1.0])
    return {"lower": float(lower), "upper": float(upper), "best": float(best)}


def _middle(means: pd.Series[float]) -> dict[str, float]:
    """Limits of the middle 95 % of the draws."""
    low, high = np.quantile(means, [0.025, 0.975])
    return {"low": float(low), "high": float(high)}
