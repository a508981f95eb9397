"""The model behind every adjusted comparison: the later score on the arm, the starting score and covariates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, cast

import numpy as np
import pandas as pd

from rmstudy.errors import DesignError
from rmstudy.methods.columns import Arms, Array, two_arms
from rmstudy.methods.comparison.slopes import slopes_note
from rmstudy.methods.regression import Fit, design_matrix, least_squares, low_df, too_few_clusters
from rmstudy.results import Estimate, Note

# A spread below this share of the scores' size is binary rounding.
_GRAIN: Final = 1e-10


@dataclass(frozen=True, slots=True)
class AdjustedModel:
    """A fitted analysis of covariance.

    Parameters
    ----------
    x : ndarray of shape (n, p)
        Intercept, arm, starting score and covariates, the last two centred; constant ones are left out.
    names : tuple of str
        Name of each column of `x`.
    fit : Fit
        Coefficients with HC2 or CR2 standard errors; withheld where an arm has too few clusters.
    withheld : bool
        Whether they are.
    notes : tuple of Note
        The caveats of the model.
    """

    x: Array
    names: tuple[str, ...]
    fit: Fit
    withheld: bool
    notes: tuple[Note, ...]


def adjusted_arms(
    data: pd.DataFrame,
    *,
    post: str,
    pre: str,
    arm: str,
    programme: Any,
    covariates: Sequence[str],
    cluster: str | None = None,
) -> Arms:
    """People with everything an adjusted comparison needs; a covariate must not have another role already."""
    roles = {post: "outcome", pre: "starting score", arm: "arm"}
    for name in covariates:
        if name in roles:
            raise DesignError(
                f"The covariate {name!r} is already the {roles[name]}. Leave it out of covariates=."
            )
    return two_arms(
        data, post=post, pre=pre, arm=arm, programme=programme, covariates=covariates, cluster=cluster
    )


def adjusted_model(arms: Arms, *, arm: str, pre: str) -> AdjustedModel:
    """Fit the later score on the arm, the starting score and the covariates.

    Parameters
    ----------
    arms : Arms
        The people, with a starting score.
    arm, pre : str
        Names of the two columns.
    """
    columns = {arm: arms.treated, pre: _centred(cast(Array, arms.pre))}
    columns |= {name: _centred(column) for name, column in arms.covariates.items()}
    x, names, notes = design_matrix(columns)
    fit = least_squares(x, arms.post, cluster=arms.cluster, errors="hc2")
    withheld = too_few_clusters(arms.cluster, arms.treated, arms.labels)
    if withheld:
        fit = without_errors(fit)
    elif pre in names:
        notes += slopes_note(columns, pre, arm, arms)
    df = float(fit.df[1])
    few = low_df(arms.cluster, df)
    return AdjustedModel(x, names, fit, bool(withheld), (*notes, *withheld, *fit.notes, *few))


def without_errors(fit: Fit) -> Fit:
    """The same coefficients with everything else withheld."""
    missing = np.full(len(fit.coefficients), np.nan)
    return replace(fit, std_errors=missing, df=missing, notes=())


def untested(estimate: Estimate) -> Estimate:
    """A mean with its interval but no test: nobody asks whether a mean score is zero."""
    return replace(estimate, statistic=None, p_value=None)


def _centred(values: Array) -> Array:
    """Values minus their mean, and exactly zero where they differ by binary rounding only."""
    if np.ptp(values) <= _GRAIN * np.abs(values).max():
        return np.zeros_like(values)
    return np.asarray(values - values.mean())
