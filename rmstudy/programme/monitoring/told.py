"""Groupings of the same pairs side by side: no few pairs may be told from two of them."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

import pandas as pd

from rmstudy.wording import count


def told_apart(table: pd.DataFrame, *, minimum: int = 5) -> pd.DataFrame:
    """Protect numbers of the same pairs against being subtracted from each other.

    Parameters
    ----------
    table : DataFrame
        ``topic``, ``value``, ``unit`` (``pairs`` for the parts of a grouping), ``pairs`` (how many are behind
        the value), ``withheld``; each grouping is safe by itself.
    minimum : int
        Fewest pairs that may be told apart.

    Returns
    -------
    DataFrame
        The same with ``about``, the numbers of ``pairs`` as text. When a part of a grouping, or a sum of its
        parts, comes within fewer than the minimum of what an earlier grouping tells, all of its parts lose
        their exact number: one that is that close to a number told before becomes about that number, the
        others are withheld.

    Notes
    -----
    33 pairs met within 30 days, 34 before a milestone one day later: the difference is one pair, and it may
    be known who met late. Which pairs two parts have in common is not looked at, so a mere coincidence is
    protected as well.

    Examples
    --------
    >>> import pandas as pd
    >>> parts = pd.DataFrame({"topic": ["first", "first", "by day", "by day"], "value": [33.0, 15, 34, 14],
    ...                       "unit": "pairs", "pairs": 48, "withheld": False})
    >>> told_apart(parts)[["value", "about"]].to_numpy().tolist()
    [[33.0, False], [15.0, False], [33.0, True], [15.0, True]]
    """
    table = table.assign(about=False)
    told: set[int] = set()
    for _, part in table[table["unit"] == "pairs"].groupby("topic", sort=False):
        sums = _sums(part)
        if all(_close(n, told, minimum) is None for n in sums):
            told |= sums
            continue
        for row in part.index[~part["withheld"]]:
            n = int(part.loc[row, "value"])
            near = n if n in told else _close(n, told, minimum)
            table.loc[row, "value"] = float("nan") if near is None else float(near)
            table.loc[row, ["withheld", "about"]] = [near is None, near is not None]
    return table.assign(pairs=_written(table["pairs"], told, minimum))


def _sums(part: pd.DataFrame) -> set[int]:
    """Every number that the parts of one grouping tell, alone or added up; what is hidden is one part."""
    total, known = int(part["pairs"].iloc[0]), part.loc[~part["withheld"], "value"].astype(int).tolist()
    parts = [n for n in (*known, total - sum(known)) if n]
    return {sum(some) for size in range(1, len(parts) + 1) for some in combinations(parts, size)}


def _close(n: int, told: Iterable[int], minimum: int) -> int | None:
    """The nearest number told before that lies too close; None where there is none."""
    near = [other for other in told if 0 < abs(other - n) < minimum]
    return min(near, key=lambda other: (abs(other - n), other)) if near else None


def _written(numbers: Iterable[int], told: set[int], minimum: int) -> list[str]:
    """Numbers of pairs as text, held against all that was told before them."""
    shown, texts = set(told), []
    for n in map(int, numbers):
        near = None if n in shown else _close(n, shown, minimum)
        if near is not None:
            texts.append(f"≈{count(near)}")
        elif n < minimum:
            texts.append(f"<{count(minimum)}")
        else:
            shown.add(n)
            texts.append(count(n))
    return texts
