"""Many outcomes, few false alarms: p-values adjusted for how many were looked at.

Six outcomes that correlate .4, each tested at 5 %, give at least one false alarm in a quarter of all
studies where nothing happened.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, Final, TypeAlias

import numpy as np
import pandas as pd
from scipy import stats

from rmstudy.errors import DesignError
from rmstudy.methods.columns import Array
from rmstudy.methods.resampling import (
    Units,
    blocks,
    exchangeable_units,
    how_counted,
    reassignments,
    squares_of_t,
    statistics_of,
)
from rmstudy.results import Estimate, Result

__all__ = ["benjamini_hochberg", "holm", "westfall_young"]

PValues: TypeAlias = "Mapping[Any, float | None] | Sequence[float | None] | pd.Series[Any]"
Outcomes: TypeAlias = Mapping[str, str | tuple[str, str]] | Sequence[str | tuple[str, str]]

# Two statistics this close, as a share of their size, are tied.
_TIED: Final = 1e-9


def holm(p_values: PValues) -> pd.DataFrame:
    """Adjust p-values so that the chance of even one false alarm stays at the level (Holm).

    Parameters
    ----------
    p_values : Series, mapping or sequence of float
        The p-values, by name or in order; a missing one (None, NaN) is a test that was not made.

    Returns
    -------
    DataFrame
        ``p_value`` and ``adjusted``, one row a test, under the names given (or 0, 1, 2, ...). A
        missing p-value stays missing, and is not counted among the tests.

    Raises
    ------
    DesignError
        When a value is not a number between 0 and 1.

    Notes
    -----
    With the m observed p-values sorted, ``adjusted_(i) = min(1, max_{j ≤ i} (m - j + 1) p_(j))``. For the
    primary outcomes of a plan; holds however the outcomes depend on each other. Compare the adjusted
    values with the level as usual. statsmodels counts a missing p-value as a test (.02 becomes .06 instead of .04).

    When not to use: when every outcome must improve (then no adjustment is needed), or on a long list
    to be explored (`benjamini_hochberg`). Where the raw scores are at hand, `westfall_young` uses
    how the outcomes go together and loses less.

    References
    ----------
    Holm (1979), *Scandinavian Journal of Statistics* 6, 65-70.

    Examples
    --------
    >>> holm({"confidence": 0.010, "skill": 0.040, "wellbeing": None})
                p_value  adjusted
    confidence     0.01      0.02
    skill          0.04      0.04
    wellbeing       NaN       NaN
    """
    return _adjusted(p_values, _step_down_bonferroni)


def benjamini_hochberg(p_values: PValues) -> pd.DataFrame:
    """Adjust p-values so that among the findings the expected share of false ones stays at the level.

    Parameters
    ----------
    p_values : Series, mapping or sequence of float
        The p-values, by name or in order; a missing one (None, NaN) is a test that was not made.

    Returns
    -------
    DataFrame
        ``p_value`` and ``adjusted``, one row a test, under the names given (or 0, 1, 2, ...). A
        missing p-value stays missing, and is not counted among the tests.

    Raises
    ------
    DesignError
        When a value is not a number between 0 and 1.

    Notes
    -----
    With the m observed p-values sorted, ``adjusted_(i) = min(1, min_{j ≥ i} m p_(j) / j)``. The false
    discovery rate holds for independent tests and for those that depend positively, as outcomes of the same
    people usually do. statsmodels returns nothing but NaN as soon as one p-value is missing, and still says
    which to reject.

    When not to use: to confirm what the plan promised (`holm`): one in twenty of what is found may be
    false, and a single outcome taken from the list has no guarantee of its own.

    References
    ----------
    Benjamini & Hochberg (1995), *Journal of the Royal Statistical Society B* 57, 289-300.
    Benjamini & Yekutieli (2001), *Annals of Statistics* 29, 1165-1188 (positive dependence).

    Examples
    --------
    >>> benjamini_hochberg([0.010, 0.040, 0.045])
       p_value  adjusted
    0    0.010     0.030
    1    0.040     0.045
    2    0.045     0.045
    """
    return _adjusted(p_values, stats.false_discovery_control)


def westfall_young(
    data: pd.DataFrame,
    *,
    outcomes: Outcomes,
    arm: str | None = None,
    programme: Any = "programme",
    strata: str | None = None,
    cluster: str | None = None,
    permutations: int = 10_000,
    seed: int = 0,
) -> Result:
    """Test several outcomes together, by reassigning whole people (step-down maxT).

    Parameters
    ----------
    data : DataFrame
        One row a person.
    outcomes : mapping or sequence
        For each outcome a pair of columns ``(pre, post)``, whose change is tested, or one column: a
        change already computed or, with `arm`, a later score. In a mapping under the outcome's name;
        in a sequence an outcome is named after its (later) column.
    arm : str, optional
        Column with two labels; without it the changes of one group are tested.
    programme : object
        Label of the programme's arm; the other arm is the comparison.
    strata : str, optional
        Column of the strata that the arms were drawn within.
    cluster : str, optional
        Column of cluster labels; whole clusters are then reassigned.
    permutations : int
        Most reassignments to list; where more are possible, so many are drawn.
    seed : int
        Seed of the random numbers.

    Returns
    -------
    Result
        One row an outcome, in the order given: mean change, or difference of means (programme minus
        comparison), in points, with its standard error and t statistic; the p-value is the adjusted
        one. A note says whether all reassignments were listed or some drawn, and the smallest
        p-value that could come out.

    Raises
    ------
    DesignError
        When a column cannot be used, an outcome has fewer than two people (or clusters) in a group, a
        cluster lies in two arms or two strata, or nothing can change places.

    Notes
    -----
    The statistic is the t of `mean_change` or of Welch, with `cluster` the CR2 t, from those who have
    the outcome. One group: each person's whole row of changes keeps or turns its sign. Two arms:
    people change places with all their scores, within strata. The adjusted p-value of the largest
    t is the share of reassignments whose largest t reaches it; of the second largest, the same
    without the first outcome; and so on, made to rise (step-down). This keeps the chance of even one
    false alarm at the level, and loses less than Holm when outcomes go together. Who lacks an outcome
    lacks it in every reassignment.

    When not to use: when every outcome must improve (then no adjustment is needed), and for arms where
    the programme may change the spread alone.

    References
    ----------
    Westfall & Young (1993), *Resampling-Based Multiple Testing*, algorithm 2.8. Ge, Dudoit & Speed
    (2003), *Test* 12, 1-77, box 2.

    Examples
    --------
    >>> import pandas as pd
    >>> changes = pd.DataFrame({"skill": [2, 3, 1, 4, 2, 3, 5, 1], "confidence": [1, 0, 2, -1, 1, 2, 0, 1]})
    >>> westfall_young(changes, outcomes=["skill", "confidence"]).table[["term", "statistic", "p_value"]]
             term  statistic   p_value
    0       skill   5.273596  0.007812
    1  confidence   2.049390  0.156250
    """
    pairs = _named(outcomes)
    units = exchangeable_units(data, pairs, arm=arm, programme=programme, cluster=cluster, strata=strata)
    _refuse_thin(units, tuple(pairs))
    actual = np.ones(len(units.sums), dtype=np.int8) if units.treated is None else units.treated
    estimates, errors, t = (values[0] for values in statistics_of(units, actual[None, :]))
    notes, p_values = list(units.notes), np.full(len(pairs), np.nan)
    if units.withheld:
        errors, t = np.full_like(errors, np.nan), np.full_like(t, np.nan)
    else:
        p_values, smallest, exact = _step_down(units, np.abs(t), permutations=permutations, seed=seed)
        notes.append(how_counted(smallest, exact=exact, most=permutations, seed=seed))
    rows = [
        Estimate(name, estimates[k], errors[k] if errors[k] > 0 else None, t[k], p_value=p_values[k])
        for k, name in enumerate(pairs)
    ]
    what = "mean changes" if arm is None else "differences of means, programme minus comparison"
    return Result(
        "westfall_young",
        ", ".join(pairs),
        f"{what}, tested together",
        "points",
        tuple(rows),
        None,
        units.n,
        units.dropped,
        tuple(notes),
    )


def _adjusted(p_values: PValues, adjust: Callable[[Array], Array]) -> pd.DataFrame:
    """The p-values beside the adjusted ones, missing where they are missing."""
    try:
        given = pd.Series(p_values, dtype="float64")
    except (TypeError, ValueError) as error:
        raise DesignError(
            f"The p-values are not all numbers ({error}). Leave a missing one as None."
        ) from None
    observed = given.dropna()
    outside = observed[(observed < 0) | (observed > 1)]
    if len(outside):
        listed = ", ".join(f"{name!r}: {value:g}" for name, value in outside.items())
        raise DesignError(
            f"A p-value lies between 0 and 1; these do not: {listed}. Give p-values, not statistics."
        )
    adjusted = pd.Series(np.nan, index=given.index)
    if len(observed):
        adjusted[given.notna()] = adjust(observed.to_numpy())
    return pd.DataFrame({"p_value": given, "adjusted": adjusted})


def _step_down_bonferroni(p: Array) -> Array:
    """Holm's adjusted p-values."""
    order = np.argsort(p)
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)), 1.0)
    return adjusted


def _named(outcomes: Outcomes) -> dict[str, tuple[str | None, str]]:
    """The earlier and the later column of each outcome, by its name."""
    if isinstance(outcomes, str) or not len(outcomes):
        raise DesignError(
            "outcomes= needs several: ['skill_change', 'confidence_change'], or "
            "{'skill': ('skill_pre', 'skill_post'), ...}."
        )
    named: dict[str, tuple[str | None, str]] = {}
    items = outcomes.items() if isinstance(outcomes, Mapping) else ((None, each) for each in outcomes)
    for name, each in items:
        if not isinstance(each, str) and len(each) != 2:
            raise DesignError(f"An outcome is one column or a pair (pre, post), not {each!r}.")
        pre, post = (None, each) if isinstance(each, str) else each
        if (name or post) in named:
            raise DesignError(f"The outcome {name or post!r} is there twice. Name each once.")
        named[name or post] = (pre, post)
    return named


def _refuse_thin(units: Units, names: tuple[str, ...]) -> None:
    """Refuse an outcome that fewer than two people, or clusters, of a group have."""
    if units.withheld:
        return
    present = units.counts > 0
    groups = [present] if units.treated is None else [present[units.treated == which] for which in (1, 0)]
    for group in groups:
        for name, n in zip(names, group.sum(axis=0), strict=True):
            if n < 2:
                raise DesignError(
                    f"{name!r}: {n} with a value in one group, and its spread needs two. Leave this outcome out."
                )


def _step_down(units: Units, actual: Array, *, permutations: int, seed: int) -> tuple[Array, float, bool]:
    """Adjusted p-values of the actual absolute t, the smallest that could come out, and whether all were listed."""
    order = np.argsort(actual, kind="stable")
    rising = replace(units, sums=units.sums[:, order], counts=units.counts[:, order])
    found, squares = reassignments(units, most=permutations, seed=seed), squares_of_t(rising)
    wanted = (actual[order, None] * (1 - _TIED)) ** 2
    reached, overall = np.zeros(len(actual)), []
    for rows in found.batches:
        for part in blocks(len(rows), sum(units.sums.shape)):
            # for each outcome the largest t among it and all that are smaller in the actual data
            largest = squares(rows[part])
            for smaller, larger in pairwise(largest):
                np.maximum(smaller, larger, out=larger)
            reached += np.count_nonzero(largest >= wanted, axis=1)
            overall.append(largest[-1].copy())
    top, p_values = np.concatenate(overall), np.empty(len(actual))
    shares = reached / len(top) if found.exact else (reached + 1) / (len(top) + 1)
    p_values[order[::-1]] = np.maximum.accumulate(shares[::-1])
    smallest = float((top >= top.max() * (1 - _TIED) ** 2).mean()) if found.exact else 1 / (len(top) + 1)
    return p_values, smallest, found.exact
