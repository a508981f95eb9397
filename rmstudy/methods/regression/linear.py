"""A linear model by column names: one row a coefficient, with errors that hold in small studies."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, get_args

import numpy as np
import pandas as pd

from rmstudy.errors import DesignError
from rmstudy.methods.columns import Array
from rmstudy.methods.regression.clusters import low_df, single_clusters
from rmstudy.methods.regression.designs import design_matrix
from rmstudy.methods.regression.fitting import Fit, RowKind, coefficient, confidence_level, least_squares
from rmstudy.methods.regression.people import People, complete_people
from rmstudy.results import Estimate, Note, Result

_ROW_KINDS: Final[tuple[str, ...]] = get_args(RowKind)


def linear_model(
    data: pd.DataFrame,
    *,
    outcome: str,
    covariates: Sequence[str],
    cluster: str | None = None,
    weights: str | None = None,
    errors: RowKind = "hc3",
    level: float = 0.95,
) -> Result:
    """Fit a linear model of an outcome on some columns.

    Parameters
    ----------
    data : DataFrame
        One row a person.
    outcome : str
        Numeric column to explain.
    covariates : sequence of str
        Numeric columns that explain it; the first one is the headline.
    cluster : str, optional
        Column of cluster labels, such as the pair or the department.
    weights : str, optional
        Column of probability weights, such as those of people who might have left. Only their
        proportions matter.
    errors : {'hc3', 'hc2', 'classical'}
        Standard errors of people who stand alone; ``"hc2"``, with Satterthwaite df, are those of
        `adjusted_difference`, ``"classical"`` those of a textbook, for equal spread. With `cluster` they
        are CR2 in any case.
    level : float
        Confidence level.

    Returns
    -------
    Result
        One row a coefficient under its column's name, the intercept last; then ``R squared``,
        ``adjusted R squared`` and ``residual standard deviation``.

    Raises
    ------
    DesignError
        When a column cannot be used, columns are collinear, there are more coefficients than people,
        there is one cluster only, each value of a covariate is one cluster, a weight is not a
        positive number, or `errors` is unknown.

    Notes
    -----
    Least squares; HC3 standard errors with n - p degrees of freedom (or HC2, see `errors`), or CR2
    with Satterthwaite df, coefficient by coefficient, when `cluster` is given. Where a 0/1 covariate was given to whole
    clusters and only one of them has (or lacks) it, its error, interval and p-value are withheld.
    People without one of the columns are left out and counted. With `weights`, which are taken as
    known, R squared and the residual standard deviation are weighted, the weights scaled to a mean of
    one.

    Formulas are not accepted: where a formula names a column that the data lack, statsmodels takes a
    variable of the notebook with that name, in whatever row order. Its ``cov_type="cluster"`` uses the
    normal distribution: with six clusters, 16 % false alarms instead of 5 %.

    When not to use: for the effect of a programme with a starting score, `adjusted_difference` gives
    the means and checks the slopes as well; for an outcome of 0 and 1, `logistic_model`.

    References
    ----------
    See `rmstudy.methods.regression.least_squares`. HC3 and the t distribution: Long & Ervin (2000),
    *American Statistician* 54, 217-224.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"mentored": [0, 0, 0, 0, 1, 1, 1, 1], "age": [44, 51, 47, 58, 45, 50, 49, 57],
    ...                       "score": [50, 47, 49, 43, 58, 54, 52, 51]})
    >>> linear_model(frame, outcome="score", covariates=["mentored", "age"])
    score: difference per unit of the first covariate, the others equal, 6.63 points
    (95% interval 3.74 to 9.52); 8 people counted, 0 not.
      age: −0.51 (−0.76 to −0.27)
      intercept: 72.9 (60.5 to 85.3)
      R squared: 0.94
      adjusted R squared: 0.91
      residual standard deviation: 1.33
    """
    level = confidence_level(level)
    if errors not in _ROW_KINDS:
        raise DesignError(f"errors={errors!r} is unknown. Allowed: {', '.join(map(repr, _ROW_KINDS))}.")
    people = complete_people(data, outcome=outcome, covariates=covariates, cluster=cluster, weights=weights)
    x, names, notes = design_matrix(people.columns)
    fit = least_squares(x, people.outcome, cluster=people.cluster, weights=people.weights, errors=errors)
    rows = coefficient_rows(fit, names, (*people.columns, "intercept"), level)
    return Result(
        method="linear_model",
        outcome=outcome,
        estimand="difference per unit of the first covariate, the others equal",
        unit="points",
        estimates=(*rows, *_fit_rows(x, people, fit)),
        level=level,
        n=people.n,
        dropped=people.dropped,
        notes=(*people.notes, *notes, *error_notes(fit, rows[0], people)),
    )


def coefficient_rows(
    fit: Fit, names: Sequence[str], wanted: Sequence[str], level: float
) -> tuple[Estimate, ...]:
    """One row a column in the order wanted, empty where the column was left out of the design.

    Parameters
    ----------
    fit : Fit
        The fitted model.
    names : sequence of str
        Name of each column of the design.
    wanted : sequence of str
        The rows asked for.
    level : float
        Confidence level.
    """
    positions = {name: position for position, name in enumerate(names)}
    return tuple(
        coefficient(fit, positions[name], term=name, level=level)
        if name in positions
        else Estimate(name, None)
        for name in wanted
    )


def error_notes(fit: Fit, headline: Estimate, people: People) -> tuple[Note, ...]:
    """Why standard errors are missing, and when the headline's rests on few degrees of freedom.

    Parameters
    ----------
    fit : Fit
        The fitted model.
    headline : Estimate
        The first row.
    people : People
        Whom the model was fitted to.

    Raises
    ------
    DesignError
        Where each value of a covariate is one cluster.
    """
    few = single_clusters(people.cluster, people.columns)
    notes = [*few, *(note for note in fit.notes if not (few and note.code == "cluster_alone"))]
    return (*notes, *low_df(people.cluster, headline.df))


def _fit_rows(x: Array, people: People, fit: Fit) -> tuple[Estimate, ...]:
    """Share of the variance explained, and the spread that is left."""
    y, n = people.outcome, len(people.outcome)
    w = np.ones(n) if people.weights is None else people.weights / people.weights.mean()
    left = float(np.sum(w * (y - x @ fit.coefficients) ** 2))
    total = float(np.sum(w * (y - np.average(y, weights=w)) ** 2))
    constant = np.ptp(y) == 0
    df = fit.residual_df
    explained = None if constant else 1 - left / total
    adjusted = None if constant or df == 0 else 1 - left / df / (total / (n - 1))
    return (
        Estimate("R squared", explained),
        Estimate("adjusted R squared", adjusted),
        Estimate("residual standard deviation", math.sqrt(left / df) if df > 0 else None),
    )
