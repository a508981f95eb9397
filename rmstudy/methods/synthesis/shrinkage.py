"""Many cohorts side by side: each drawn towards the mean as far as it is imprecise, and kinds of cohorts."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import pandas as pd
from scipy import stats

from rmstudy.errors import DesignError
from rmstudy.methods.columns import column
from rmstudy.methods.regression import confidence_level
from rmstudy.methods.synthesis.cohorts import cohorts_of
from rmstudy.methods.synthesis.pooling import random_effects
from rmstudy.methods.synthesis.variance import reml
from rmstudy.results import Estimate, Note, Result

# Fewest cohorts that can be drawn towards their mean, and fewest of a kind.
_FEWEST: Final = 3
_FEWEST_OF_A_KIND: Final = 2


def shrunken_effects(
    data: pd.DataFrame,
    *,
    estimate: str = "estimate",
    std_error: str = "std_error",
    cohort: str | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Effects of many cohorts, each drawn towards their mean as far as it is imprecise.

    Parameters
    ----------
    data, estimate, std_error, cohort, level
        As in `random_effects`.

    Returns
    -------
    DataFrame
        A row a cohort, in the order given: ``estimate``, ``std_error``, ``conf_low``, ``conf_high`` of its true
        effect; ``own``, how much of it is its own data, 0 to 1; ``apart``, ``apart_low``, ``apart_high``, how far
        it lies from the mean effect. Cohorts without an effect are missing.

    Raises
    ------
    DesignError
        With fewer than three cohorts, and as `random_effects`.

    Notes
    -----
    With λ = tau² / (tau² + v): ``λ y + (1 - λ) mean``, variance ``λ v + (1 - λ)² SE²``; distance from the mean
    ``λ (y - mean)``, variance ``λ v + λ² SE²``; SE is the Hartung-Knapp one, t with k - 1 degrees of freedom. The
    largest of many raw effects is mostly luck: a small cohort comes first or last most often. The variance tau² is
    taken as known.

    When not to use: to name a best cohort. Order the table by name; say only which lie apart from the mean.

    References
    ----------
    Morris (1983), *JASA* 78, 47-55. Raudenbush & Bryk (1985), *Journal of Educational Statistics* 10, 75-98.

    Examples
    --------
    >>> import pandas as pd
    >>> cohorts = pd.DataFrame({"estimate": [0.9, 0.1, 0.3], "std_error": [0.4, 0.1, 0.1]}, index=list("abc"))
    >>> shrunken_effects(cohorts)["estimate"].idxmax(), shrunken_effects(cohorts)["own"].idxmin()
    ('a', 'a')
    """
    level = confidence_level(level)
    cohorts = cohorts_of(data, estimate, std_error, cohort)
    if cohorts.k < _FEWEST:
        raise DesignError(
            f"{cohorts.k} cohorts: how much cohorts differ is not known from fewer than {_FEWEST}. Show each by "
            "itself: random_effects lists them."
        )
    tau2 = reml(cohorts)
    mean, normal = cohorts.mean(tau2)
    squared = normal**2 * cohorts.q(tau2) / (cohorts.k - 1)
    own = tau2 / (tau2 + cohorts.variance)
    times = float(stats.t.ppf((1 + level) / 2, cohorts.k - 1))
    found = own * cohorts.effect + (1 - own) * mean
    error = np.sqrt(own * cohorts.variance + (1 - own) ** 2 * squared)
    apart = own * (cohorts.effect - mean)
    half = times * np.sqrt(own * cohorts.variance + own**2 * squared)
    table = pd.DataFrame(
        {
            "estimate": found,
            "std_error": error,
            "conf_low": found - times * error,
            "conf_high": found + times * error,
            "own": own,
            "apart": apart,
            "apart_low": apart - half,
            "apart_high": apart + half,
        },
        index=pd.Index(cohorts.names, name="cohort"),
    )
    everybody = pd.Index(
        [str(name) for name in (data.index if cohort is None else data[cohort])], name="cohort"
    )
    return table.reindex(everybody) if cohorts.incomplete else table


def random_effects_by(
    data: pd.DataFrame,
    *,
    kind: str,
    estimate: str = "estimate",
    std_error: str = "std_error",
    cohort: str | None = None,
    level: float = 0.95,
) -> Result:
    """Mean effects of kinds of cohorts, and whether the kinds differ.

    Parameters
    ----------
    data, estimate, std_error, cohort, level
        As in `random_effects`.
    kind : str
        Column with the kind of each cohort, such as how people were recruited.

    Returns
    -------
    Result
        The heterogeneity between kinds (Q with its test), then the mean effect of each kind as
        `random_effects` has it first. `n` counts cohorts by kind; kinds with a single cohort are left out and noted.

    Raises
    ------
    DesignError
        With fewer than two kinds of two cohorts, and as `random_effects`.

    Notes
    -----
    Each kind has its own variance between cohorts; the means are held against each other by
    ``Q = Σ (m - m̄)² / SE²`` with the normal standard errors, chi-squared with one degree of freedom less than
    there are kinds. Kinds were not drawn by lot: a difference between them may come from anything else that they
    differ in.

    When not to use: with a handful of cohorts, which agree with any explanation; for a feature that was looked for
    after seeing the effects.

    References
    ----------
    Borenstein et al. (2009), *Introduction to Meta-Analysis*, chapter 19 (separate estimates of tau²).

    Examples
    --------
    >>> import pandas as pd
    >>> cohorts = pd.DataFrame({"estimate": [0.5, 0.6, 0.4, 0.1, 0.0, 0.2], "std_error": 0.1,
    ...                         "kind": ["open"] * 3 + ["closed"] * 3}, index=list("abcdef"))
    >>> result = random_effects_by(cohorts, kind="kind")
    >>> [row.term for row in result.estimates], result.headline.p_value < 0.001
    (['kinds differ (Q)', 'closed', 'open'], True)
    """
    level = confidence_level(level)
    kinds = column(data, kind).map(str, na_action="ignore")
    usable = data[column(data, estimate).notna() & kinds.notna()]
    sizes = kinds[usable.index].value_counts() if usable.index.is_unique else kinds.value_counts()
    kept = sorted(name for name, times in sizes.items() if times >= _FEWEST_OF_A_KIND)
    if len(kept) < 2:
        raise DesignError(
            f"The column {kind!r} has {len(kept)} kinds with two cohorts or more; two are needed. Pool all cohorts: "
            "random_effects."
        )
    pooled = {
        name: random_effects(
            data[(kinds == name).to_numpy()],
            estimate=estimate,
            std_error=std_error,
            cohort=cohort,
            level=level,
        )
        for name in kept
    }
    normal = [_normal(result) for result in pooled.values()]
    q, df = _between(normal), len(kept) - 1
    first = Estimate("kinds differ (Q)", q, None, q, df, float(stats.chi2.sf(q, df)))
    rows = (Estimate(name, *_numbers(result.headline)) for name, result in pooled.items())
    left = tuple(sorted(str(name) for name in sizes.index if name not in kept))
    return Result(
        "random_effects_by",
        next(iter(pooled.values())).outcome,
        "mean effects of kinds of cohorts (random effects)",
        "in the unit of the cohorts",
        (first, *rows),
        level,
        {name: result.n["cohorts"] for name, result in pooled.items()},
        {"all": len(data) - sum(result.n["cohorts"] for result in pooled.values())},
        (
            Note.of("kinds_observed"),
            *((Note.of("kinds_alone", kinds=left),) if left else ()),
            Note.of("cohorts_counted"),
        ),
    )


def _numbers(e: Estimate) -> tuple[float | None, ...]:
    """Everything of an estimate but its term."""
    return e.estimate, e.std_error, e.statistic, e.df, e.p_value, e.conf_low, e.conf_high


def _normal(result: Result) -> tuple[float, float]:
    """Mean effect with its normal standard error."""
    row = next(row for row in result.estimates if row.term == "mean effect (normal interval)")
    return float(row.estimate or 0.0), float(row.std_error or math.nan)


def _between(means: list[tuple[float, float]]) -> float:
    """Weighted squares of the kinds' means around theirs."""
    mean, error = np.array(means).T
    weight = 1 / error**2
    return float(weight @ (mean - weight @ mean / weight.sum()) ** 2)
