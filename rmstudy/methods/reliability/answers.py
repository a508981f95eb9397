"""The answers to the items of a scale: complete, varying, and keyed in one direction or not."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from rmstudy.errors import DesignError
from rmstudy.methods.columns import Array, numeric, one_row_each
from rmstudy.results import Note

# A spread below this share of an item's size is binary rounding.
GRAIN = 1e-10
# Normal quantile that a correlation falls below by chance once in twenty times.
_CHANCE = 1.645


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers of the people who answered every item.

    Parameters
    ----------
    complete : DataFrame
        The answers, a column an item.
    varying, constant : tuple of str
        Items that differ between people, and items with the same answer from everybody.
    missing : mapping of str to int
        People who left an item unanswered, by item.
    unanswered : int
        People who left at least one item unanswered.
    """

    complete: pd.DataFrame
    varying: tuple[str, ...]
    constant: tuple[str, ...]
    missing: dict[str, int]
    unanswered: int

    @property
    def scores(self) -> Array:
        """Answers to the items that vary, people in rows."""
        return np.asarray(self.complete[list(self.varying)], dtype=np.float64)

    @property
    def n(self) -> int:
        """People counted."""
        return len(self.complete)

    @property
    def outcome(self) -> str:
        """Name of the scale: its first and its last item."""
        return f"{self.complete.columns[0]} … {self.complete.columns[-1]}"

    @property
    def notes(self) -> tuple[Note, ...]:
        """Who and what was left out, and which items run against the others."""
        notes = [Note.of("item_missing", n=self.unanswered)] if self.unanswered else []
        notes += [Note.of("item_constant", item=name) for name in self.constant]
        against = against_the_others(self.scores)
        turned = [name for name, turn in zip(self.varying, against, strict=True) if turn]
        return (*notes, *(Note.of("item_negative", item=name) for name in turned))


def complete_answers(data: pd.DataFrame, items: Sequence[str] | None, *, quantity: str) -> Answers:
    """Take the people who answered every item of a scale.

    Parameters
    ----------
    data : DataFrame
        One row a person, one column an item.
    items : sequence of str, optional
        The scale's items; every column by default.
    quantity : str
        What is to be computed, for the sentence that refuses.

    Raises
    ------
    DesignError
        When a column cannot be used, fewer than two items vary, or fewer than two people answered
        every item.
    """
    one_row_each(data)
    names = _named(data, items, quantity)
    answers = pd.DataFrame({name: numeric(data, name) for name in names})
    complete = answers.notna().all(axis=1)
    n, unanswered = int(complete.sum()), int((~complete).sum())
    if n < 2:
        raise DesignError(
            f"{n} of {len(data)} people answered all {len(names)} items; at least 2 are needed. "
            "Use fewer items, or score people on the items they answered."
        )
    used = answers[complete]
    constant = tuple(name for name in names if is_constant(used[name].to_numpy()))
    varying = tuple(name for name in names if name not in constant)
    if len(varying) < 2:
        raise DesignError(
            f"Only {len(varying)} of the items ({', '.join(names)}) vary between people; {quantity} needs two. "
            "Describe the answers instead."
        )
    missing = {name: int(count) for name, count in answers.isna().sum().items()}
    return Answers(used, varying, constant, missing, unanswered)


def is_constant(values: Array) -> bool:
    """Whether values differ by binary rounding only."""
    return bool(np.ptp(values) <= GRAIN * np.abs(values).max())


def correlations(scores: Array) -> Array:
    """Correlations between the items."""
    return np.asarray(np.corrcoef(scores.T), dtype=np.float64)


def against_the_others(scores: Array) -> list[bool]:
    """Tell which items run against the others: those that a forgotten reversal would leave turned.

    The correlation of an item with the sum of the others finds one turned item. With two or more, the sum
    itself is spoilt and a sound item can look turned. The first principal component is not spoilt: its
    sign splits the items into two sides, and the smaller side is the turned one, as far as its items go
    down with the sum of the other side by more than chance (5%). Where both sides have as many items
    nobody can tell, and both are held against each other.
    """
    r = correlations(scores)
    up = np.linalg.eigh(r)[1][:, -1] > 0
    smaller = ~up if up.sum() >= (~up).sum() else up
    tied = 2 * smaller.sum() == len(up)
    limit = -_CHANCE / math.sqrt(len(scores))
    return [bool((tied or smaller[i]) and _with_sum(r, i, up != up[i]) < limit) for i in range(len(up))]


def _with_sum(r: Array, i: int, others: npt.NDArray[np.bool_]) -> float:
    """Correlation of an item with the sum of other standardised items; zero where that has no spread."""
    variance = float(r[np.ix_(others, others)].sum())
    return float(r[i, others].sum()) / math.sqrt(variance) if variance > GRAIN else 0.0


def _named(data: pd.DataFrame, items: Sequence[str] | None, quantity: str) -> list[str]:
    """Names of the items, at least two and each once."""
    if isinstance(items, str):
        raise DesignError(f"items={items!r} is one name; give a list of at least two items.")
    names = list(data.columns if items is None else items)
    if len(names) < 2:
        raise DesignError(
            f"{quantity[0].upper()}{quantity[1:]} needs at least 2 items; {len(names)} given: "
            f"{', '.join(map(str, names))}."
        )
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DesignError(f"Items named more than once: {', '.join(map(repr, twice))}. Name each item once.")
    return names
