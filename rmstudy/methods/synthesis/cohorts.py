"""Effects of cohorts with their sampling variances, one row a cohort."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from rmstudy.errors import DesignError
from rmstudy.methods.columns import Array, column, columns_by_name, numeric
from rmstudy.results import Note

# A standard error below this is zero: its square would be, or its weight would be infinite.
_NO_ERROR: Final = 1e-100
# The names by which the table of a Result is known.
_OF_RESULTS: Final = ("outcome", "estimand", "term")


@dataclass(frozen=True, slots=True)
class Cohorts:
    """Effects with their sampling variances; `incomplete` names the cohorts without an effect."""

    names: tuple[str, ...]
    effect: Array
    variance: Array
    incomplete: tuple[str, ...]
    outcome: str

    @property
    def k(self) -> int:
        """Cohorts."""
        return len(self.effect)

    @property
    def typical(self) -> float:
        """Typical sampling variance (Higgins & Thompson 2002, eq. 9)."""
        w = 1 / self.variance
        return float((self.k - 1) * w.sum() / (w @ others(w)))

    @property
    def notes(self) -> tuple[Note, ...]:
        """Who was left out."""
        return (Note.of("cohort_missing", cohorts=self.incomplete),) if self.incomplete else ()

    def mean(self, tau2: float) -> tuple[float, float]:
        """Weighted mean and its normal standard error, at a variance between cohorts."""
        w = 1 / (self.variance + tau2)
        return float(w @ self.effect / w.sum()), float(w.sum()) ** -0.5

    def q(self, tau2: float) -> float:
        """Weighted squares around the weighted mean."""
        return float(((self.effect - self.mean(tau2)[0]) ** 2 / (self.variance + tau2)).sum())

    def without(self, i: int) -> Cohorts:
        """All cohorts but one."""
        keep = np.arange(self.k) != i
        names = tuple(name for name, stays in zip(self.names, keep, strict=True) if stays)
        return Cohorts(names, self.effect[keep], self.variance[keep], self.incomplete, self.outcome)


def others(w: Array) -> Array:
    """Sum of all weights but one, for each; subtracting from the whole would cancel where one weight dominates."""
    before, after = np.cumsum(w)[:-1], np.cumsum(w[::-1])[:-1][::-1]
    return np.asarray(np.r_[0.0, before] + np.r_[after, 0.0], dtype=np.float64)


def cohorts_of(data: pd.DataFrame, estimate: str, std_error: str, cohort: str | None) -> Cohorts:
    """Effects and variances of the cohorts that have them."""
    columns_by_name(data, "a cohort")
    effects, errors = numeric(data, estimate), numeric(data, std_error)
    names = _names(data, cohort)
    _refuse_mixed_quantities(data)
    lacking = effects.isna().to_numpy()
    incomplete = tuple(names[i] for i in np.flatnonzero(lacking))
    kept = [names[i] for i in np.flatnonzero(~lacking)]
    error = errors.to_numpy()[~lacking]
    unusable = [name for name, value in zip(kept, error, strict=True) if not value > _NO_ERROR]
    if unusable:
        raise DesignError(
            f"The standard error in {std_error!r} is zero, negative or missing for {', '.join(map(repr, unusable))}: "
            "it must be above 0, or a cohort's weight is undefined. Correct it, or leave the cohort out."
        )
    outcomes = data["outcome"].dropna().unique() if "outcome" in data.columns else []
    outcome = str(outcomes[0]) if len(outcomes) == 1 else estimate
    return Cohorts(tuple(kept), effects.to_numpy()[~lacking], error**2, incomplete, outcome)


def _names(data: pd.DataFrame, cohort: str | None) -> list[str]:
    """Names of the cohorts, each once; rows put under each other without names are numbered."""
    labels: Sequence[Any] = list(data.index.get_level_values(0) if cohort is None else column(data, cohort))
    if cohort is None and len(set(labels)) < len(labels) and pd.api.types.is_integer_dtype(data.index):
        labels = range(1, len(data) + 1)
    names = [str(label) for label in labels]
    twice = sorted(name for name, times in Counter(names).items() if times > 1)
    if twice:
        raise DesignError(
            f"Cohorts with more than one row: {', '.join(map(repr, twice))}. Keep one row a cohort, with one "
            "effect; name the column of the cohorts: cohort=..."
        )
    return names


def _refuse_mixed_quantities(data: pd.DataFrame) -> None:
    """Refuse rows of Results that are not the same quantity."""
    if not set(_OF_RESULTS) <= set(data.columns):
        return
    for name in ("estimand", "term"):
        found = sorted(map(str, data[name].dropna().unique()))
        if len(found) > 1:
            raise DesignError(
                f"The rows are different quantities: the column {name!r} has {', '.join(map(repr, found))}. "
                f"Keep one, for example data[data[{name!r}] == {found[0]!r}]."
            )
