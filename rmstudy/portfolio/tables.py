"""What is said of many programmes: verdicts counted, effects pooled, programmes side by side."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import pandas as pd

from rmstudy import verdicts
from rmstudy.errors import DesignError, masked
from rmstudy.methods.synthesis import random_effects, random_effects_by, shrunken_effects
from rmstudy.results import Result

FEWEST: Final = 3
MINIMUM_CELL: Final = 5  # fewer people than that are never shown
KEY: Final = ("outcome", "role", "contrast")
COLUMNS: Final = (
    "programme",
    *KEY,
    "criterion",
    "priority",
    "n",
    "estimate",
    "std_error",
    "df",
    "conf_low",
    "conf_high",
    "threshold",
    "verdict",
    "merit",
    "reason",
)
_NUMBERS: Final = ("n", "estimate", "std_error", "df", "conf_low", "conf_high", "threshold")
_QUOTED: Final = re.compile(r"'([^'\n]*)'")

Outcome = tuple[str, str, str]
"""An outcome, whose it is, and how it is contrasted."""


@dataclass(frozen=True, eq=False)
class Portfolio:
    """Many programmes, judged; made by `portfolio_of_studies` and `portfolio_of_people`.

    Parameters
    ----------
    judged : DataFrame
        A row a programme and criterion (`COLUMNS`), improvement positive; ``reason`` says why there is no estimate.
        Then a column for each feature of the programmes.
    features : tuple of str
        Names of those columns.
    level : float
        Confidence level of what is pooled.
    """

    judged: pd.DataFrame
    features: tuple[str, ...]
    level: float

    @cached_property
    def counted(self) -> pd.DataFrame:
        """Rows that are pooled: of criteria with the same outcome the first one of a programme, a primary one first."""
        rows = self.judged[self.judged["std_error"].gt(0)]
        if rows["programme"].is_unique:
            return rows
        last = rows["priority"].ne("primary").sort_values(kind="stable").index
        return rows.loc[last].drop_duplicates(["programme", *KEY]).sort_index()

    @cached_property
    def outcomes(self) -> tuple[Outcome, ...]:
        """Outcomes that three programmes or more have an estimate of, by name."""
        sizes = self.counted.groupby(list(KEY)).size()
        return tuple((str(a), str(b), str(c)) for a, b, c in sizes[sizes >= FEWEST].index)

    @cached_property
    def verdicts(self) -> pd.DataFrame:
        """How many programmes have each verdict, a row an outcome (`KEY`)."""
        known = self.judged[self.judged["outcome"].ne("")]
        first = known.loc[known["priority"].ne("primary").sort_values(kind="stable").index]
        first = first.drop_duplicates(["programme", *KEY])
        rows = first.groupby([*KEY, "verdict"]).size().unstack(fill_value=0)  # noqa: PD010
        return rows.reindex(columns=list(reversed(verdicts.ORDER)), fill_value=0)

    @cached_property
    def pooled(self) -> Mapping[Outcome, Result]:
        """The mean effect over programmes of each outcome (`random_effects`)."""
        return {
            one: random_effects(self.of(one), cohort="programme", level=self.level) for one in self.outcomes
        }

    @cached_property
    def side_by_side(self) -> pd.DataFrame:
        """Every programme drawn towards the mean as far as it is imprecise (`shrunken_effects`), by name.

        ``position`` says ``above`` or ``below`` where its interval lies apart from the mean, otherwise ``not told
        apart``. There is no rank: the first and the last of many raw effects are mostly luck.
        """
        parts = [pd.DataFrame(columns=[*KEY, "programme", "estimate", "position"])]
        for one in self.outcomes:
            drawn = shrunken_effects(self.of(one), cohort="programme", level=self.level)
            told = [drawn["apart_low"] > 0, drawn["apart_high"] < 0]
            drawn["position"] = np.select(told, ["above", "below"], "not told apart")
            rows = drawn.rename_axis("programme").reset_index().sort_values("programme")
            parts.append(rows.assign(**dict(zip(KEY, one, strict=True))))
        table = pd.concat(parts[1:] or parts, ignore_index=True)
        return table[[*KEY, *table.columns.drop(list(KEY))]]

    @cached_property
    def by_feature(self) -> Mapping[tuple[Outcome, str], Result]:
        """Means of kinds of programmes (`random_effects_by`) by outcome and feature, where they exist."""
        found = {}
        for one in self.outcomes:
            for feature in self.features:
                try:
                    result = random_effects_by(
                        self.of(one), kind=feature, cohort="programme", level=self.level
                    )
                except DesignError:  # fewer than two kinds of two programmes: nothing to set side by side
                    continue
                found[one, feature] = result
        return found

    @property
    def unusable(self) -> pd.DataFrame:
        """Programmes without an estimate, and why."""
        lacking = self.judged["estimate"].isna()
        return self.judged.loc[lacking, ["programme", *KEY, "criterion", "reason"]].reset_index(drop=True)

    def of(self, outcome: Outcome) -> pd.DataFrame:
        """Programmes with an estimate of one outcome, each once."""
        rows = self.counted
        same = [rows[name].eq(value) for name, value in zip(KEY, outcome, strict=True)]
        return rows[np.logical_and.reduce(same)]


def portfolio(rows: pd.DataFrame, features: Sequence[str], level: float) -> Portfolio:
    """Put judged rows in order: columns in their places, small counts hidden, nobody named in a reason."""
    nothing = pd.Series(None, index=rows.index, dtype=object)
    columns = {name: rows.get(name, nothing) for name in (*COLUMNS, *features)}
    columns |= {name: columns[name].astype("float64") for name in _NUMBERS}
    columns["n"] = columns["n"].mask(columns["n"] < MINIMUM_CELL)
    said = columns["reason"].tolist()
    given = {reason: _masked(reason) for reason in set(said) if isinstance(reason, str)}
    columns["reason"] = pd.Series([given.get(reason) for reason in said], index=rows.index, dtype=object)
    return Portfolio(pd.DataFrame(columns), tuple(features), level)


def _masked(reason: str) -> str:
    """A reason without values that look like a person."""
    return _QUOTED.sub(lambda found: masked(found[1]), reason)
