"""What would change if other things mattered: two matchings of the same people side by side."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from rmstudy.programme.matching.matches import Matches, match_pairs
from rmstudy.programme.matching.quality import scores_of
from rmstudy.programme.matching.solving import solve
from rmstudy.wording import number, say

if TYPE_CHECKING:
    from rmstudy.study.study import Study


@dataclass(frozen=True, slots=True, eq=False)
class WhatIf:
    """Two matchings of the same people; made by `what_if`.

    Parameters
    ----------
    before, after : Matches
        The matching on the plan's terms, and on the other ones.
    table : DataFrame
        A row a mentee who is matched in either: ``pair_id`` of the pair before (missing where there was
        none), ``kept`` (whether the same two are together), ``before`` and ``after``: the score of the
        mentee's pair by the measure of *before*, and ``change``. Those who lose most come first. No people.
    """

    before: Matches
    after: Matches
    table: pd.DataFrame

    @property
    def kept(self) -> int:
        """Pairs that stay together."""
        return int(self.table["kept"].sum())

    def text(self, lang: str = "en") -> str:
        """Say how many pairs stay, and what it costs by the measure of before."""
        both = self.table.dropna(subset=["before", "after"])
        lost = both[both["change"] < -1e-9]
        said = [
            say(
                "{kept:count} of {n:count} pairs stay together.",
                lang,
                kept=self.kept,
                n=len(self.before.pairs),
            ),
            say(
                "By the measure of before, the mean score goes from {before} to {after}; {n:count} mentees get a pair "
                "that fits less well.",
                lang,
                before=number(float(self.table["before"].mean()), 3, lang),
                after=number(float(self.table["after"].mean()), 3, lang),
                n=len(lost),
            ),
        ]
        if len(lost):
            most = number(-float(lost["change"].min()), 2, lang)
            said.append(say("The most that a mentee loses is {loss}.", lang, loss=most))
        return " ".join(said)

    def __repr__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        return f"<p>{html.escape(self.text())}</p>"


def what_if(
    data: Study | pd.DataFrame,
    *,
    weights: Mapping[str, float] | None = None,
    first: Literal["total", "worst_off", "mentors"] | None = None,
    capacity: int | Mapping[str, int] | None = None,
    seed: int = 0,
    **terms: Any,
) -> WhatIf:
    """Match on the plan's terms and on other ones, and compare.

    Where several ways are equally good on the other terms, the one that keeps most pairs together is taken.

    Parameters
    ----------
    data : Study or DataFrame
        As in `match_pairs`.
    weights, first, capacity
        What would be different, as in `match_pairs`.
    seed : int
        Starts the lots of both.
    **terms
        What both have in common: other arguments of `match_pairs`.

    Returns
    -------
    WhatIf
        Both matchings and what changes for each mentee, by pair id.

    Examples
    --------
    >>> import rmstudy as rm
    >>> same = what_if(rm.load_sample("digital-skills"), first="total")
    >>> same.kept == len(same.before.pairs)
    True
    """
    before = match_pairs(data, seed=seed, **terms)
    pool = match_pairs(data, weights=weights, first=first, capacity=capacity, seed=seed, **terms).pool
    after = Matches(pool, solve(pool, seed, keep=before.solution.mentor), before.draws, seed)
    old, new = before.solution.mentor, after.solution.mentor
    either = np.flatnonzero((old >= 0) | (new >= 0))
    names = dict(zip(before.solution.pairs()[0].tolist(), before.pairs["pair_id"], strict=True))
    table = pd.DataFrame(
        {
            "pair_id": [names.get(i) for i in either.tolist()],
            "kept": old[either] == new[either],
            "before": scores_of(before.pool, old)[either],
            "after": scores_of(before.pool, new)[either],
        }
    )
    table["change"] = table["after"] - table["before"]
    return WhatIf(before, after, table.sort_values(["change", "pair_id"], ignore_index=True))
