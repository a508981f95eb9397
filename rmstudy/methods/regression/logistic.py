"""A logistic model by column names: average marginal effects for the reader, odds ratios beside them."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd
from scipy import optimize, special
from statsmodels.discrete.discrete_model import Logit

from rmstudy.errors import DesignError
from rmstudy.methods.columns import Array, Labels
from rmstudy.methods.regression.clusters import cr2
from rmstudy.methods.regression.designs import design_matrix
from rmstudy.methods.regression.fitting import (
    Fit,
    RowErrors,
    coefficient,
    combined_errors,
    confidence_level,
    t_estimate,
    with_errors,
)
from rmstudy.methods.regression.linear import error_notes
from rmstudy.methods.regression.people import complete_people
from rmstudy.results import Estimate, Note, Result

# Peduzzi et al. (1996), Journal of Clinical Epidemiology 49, 1373-1379.
_EVENTS_PER_COVARIATE: Final = 10
# A separating direction reaches further than this for each person; less is the linear programme's tolerance.
_SEPARATES: Final = 1e-6
# The exponential of more than this is no number.
_LARGEST_LOG: Final = math.log(sys.float_info.max)


def logistic_model(
    data: pd.DataFrame,
    *,
    outcome: str,
    covariates: Sequence[str],
    cluster: str | None = None,
    level: float = 0.95,
) -> Result:
    """Fit a logistic model of an outcome of 0 and 1 on some columns.

    Parameters
    ----------
    data : DataFrame
        One row a person.
    outcome : str
        Column of 0 and 1 (or False and True).
    covariates : sequence of str
        Numeric columns that explain it; the first one is the headline.
    cluster : str, optional
        Column of cluster labels, such as the pair or the department.
    level : float
        Confidence level.

    Returns
    -------
    Result
        For each covariate ``average marginal effect, <column>`` (as a probability), then for each
        ``odds ratio, <column>``, then for each ``log odds ratio, <column>`` and the ``log odds,
        intercept``. An odds ratio has no standard error: its interval is that of the log odds ratio.

    Raises
    ------
    DesignError
        When a column cannot be used, the outcome is not 0 and 1 or the same for everybody, columns
        are collinear, or there are too few clusters; see `linear_model`.

    Notes
    -----
    Maximum likelihood. Without clusters the standard errors come from the information matrix, with the
    normal distribution, as in R ``glm``. With `cluster` they are CR2 with Satterthwaite df on the scale of
    the probabilities, with ``p (1 - p)`` as the working variance, as clubSandwich does for ``glm``.

    The average marginal effect of a column of 0 and 1 is the mean difference between the predicted
    probabilities with 1 and with 0; of any other column, the mean derivative of the probability. Their
    standard errors come from the delta method, with the people as they are. An odds ratio grows when a
    covariate is added that has nothing to do with the others (it is not collapsible) and is easily
    read as a ratio of probabilities; the marginal effect is neither.

    Where a combination of columns separates the answers, for all or for some people, the likelihood has
    no maximum: nothing is estimated and a note names the columns. (Usual software stops somewhere and
    prints a large odds ratio with p near one.) Close to separation the test of an odds ratio loses its
    power while the effect grows (Hauck & Donner 1977): read the marginal effect.

    When not to use: for two groups without covariates, `risk_difference`; with fewer than ten people of
    the rarer answer for each covariate (a note says so).

    References
    ----------
    Agresti (2013), *Categorical Data Analysis*, ch. 5. Albert & Anderson (1984), *Biometrika* 71, 1-10
    (separation); Konis (2007), *Linear programming algorithms for detecting separated data*. Hauck &
    Donner (1977), *JASA* 72, 851-853. Norton & Dowd (2018), *Health Services Research* 53, 859-878 (odds
    ratios). Clusters: see
    `rmstudy.methods.regression.least_squares`.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"mentored": [0] * 20 + [1] * 20,
    ...                       "passed": [1] * 6 + [0] * 14 + [1] * 13 + [0] * 7})
    >>> result = logistic_model(frame, outcome="passed", covariates=["mentored"])
    >>> [(row.term, round(row.estimate, 3)) for row in result.estimates[:2]]
    [('average marginal effect, mentored', 0.35), ('odds ratio, mentored', 4.333)]
    """
    level = confidence_level(level)
    people = complete_people(data, outcome=outcome, covariates=covariates, cluster=cluster)
    y = people.outcome
    _refuse_other_answers(y, outcome)
    x, names, notes = design_matrix(people.columns)
    apart = separating(x, y, names)
    fit = None if apart else logistic_fit(x, y, cluster=people.cluster)
    rows = _rows(fit, x, names, tuple(people.columns), level)
    if fit is None:
        more: tuple[Note, ...] = (Note.of("separation", columns=apart),)
    else:
        more = (*error_notes(fit, rows[0], people), *_few_events(y, x.shape[1] - 1))
    return Result(
        method="logistic_model",
        outcome=outcome,
        estimand="change in the probability per unit of the first covariate, averaged over the people",
        unit="probability",
        estimates=rows,
        level=level,
        n=people.n,
        dropped=people.dropped,
        notes=(*people.notes, *notes, *more),
    )


def logistic_fit(x: Array, y: Array, *, cluster: Labels | None = None) -> Fit:
    """Fit a logistic model by maximum likelihood; the answers must not be separated.

    Parameters
    ----------
    x : ndarray of shape (n, p)
        Design with independent columns, the intercept among them.
    y : ndarray of shape (n,)
        Answers, 0 or 1.
    cluster : ndarray of int, shape (n,), optional
        Cluster number of each row.
    """
    n, p = x.shape
    q, r = np.linalg.qr(x)  # columns of one size, whatever their units
    solved = Logit(y, q * math.sqrt(n)).fit(method="newton", maxiter=200, disp=0, warn_convergence=False)
    log_odds = q @ (solved.params * math.sqrt(n))
    # One last weighted least-squares step takes the solver's tolerance down to rounding.
    fitted, against = special.expit(log_odds), special.expit(-log_odds)
    root = np.sqrt(fitted * against)
    error = np.where(y == 1, against, -fitted) / root
    q, r = np.linalg.qr(root[:, None] * x)
    target = root * log_odds + error
    coefficients = np.linalg.solve(r, q.T @ target)
    nobody = np.zeros((0, p))
    information = RowErrors(np.eye(p), math.inf, nobody)
    kind = information if cluster is None else cr2(q, error, cluster, weights=root**-2, variance=root**2)
    return with_errors(coefficients, r, kind, n - p, nobody)


def _rows(
    fit: Fit | None, x: Array, names: Sequence[str], wanted: Sequence[str], level: float
) -> tuple[Estimate, ...]:
    """Marginal effects, odds ratios and log odds ratios of the columns wanted; empty without a fit."""

    def rows(kind: str, row: Callable[[Fit, int, str], Estimate]) -> list[Estimate]:
        terms = [(name, f"{kind}, {name}") for name in wanted]
        return [
            row(fit, names.index(name), term) if fit is not None and name in names else Estimate(term, None)
            for name, term in terms
        ]

    def log_odds(fit: Fit, position: int, term: str) -> Estimate:
        return coefficient(fit, position, term=term, level=level)

    return (
        *rows("average marginal effect", lambda fit, j, term: _marginal_effect(fit, x, j, term, level)),
        *rows("odds ratio", lambda fit, j, term: _exponential(log_odds(fit, j, term))),
        *rows("log odds ratio", log_odds),
        Estimate("log odds, intercept", None) if fit is None else log_odds(fit, 0, "log odds, intercept"),
    )


def _exponential(log_ratio: Estimate) -> Estimate:
    """The ratio of a log ratio: estimate and limits exponentiated, the test unchanged, no standard error.

    A ratio too large for a number, as of a column measured in millionths, does not exist.
    """
    estimate, low, high = (
        None if value is None or value > _LARGEST_LOG else math.exp(value)
        for value in (log_ratio.estimate, log_ratio.conf_low, log_ratio.conf_high)
    )
    return replace(log_ratio, estimate=estimate, std_error=None, conf_low=low, conf_high=high)


def _marginal_effect(fit: Fit, x: Array, position: int, term: str, level: float) -> Estimate:
    """Average marginal effect of one column with the delta-method standard error."""
    beta, column = fit.coefficients, x[:, position]
    log_odds = x @ beta
    if np.isin(column, (0.0, 1.0)).all():
        effect, gradient = 0.0, np.zeros_like(beta)
        for value, sign in ((1.0, 1.0), (0.0, -1.0)):
            asked = x.copy()
            asked[:, position] = value
            shifted = log_odds + (value - column) * beta[position]
            effect += sign * float(special.expit(shifted).mean())
            gradient += sign * (_variance(shifted) @ asked) / len(x)
    else:
        spread = _variance(log_odds)
        bend = spread * (special.expit(-log_odds) - special.expit(log_odds))
        effect = float(spread.mean() * beta[position])
        gradient = beta[position] * (bend @ x) / len(x)
        gradient[position] += spread.mean()
    std_errors, df = combined_errors(fit, gradient[:, None])
    return t_estimate(term, effect, std_error=float(std_errors[0]), df=float(df[0]), level=level)


def _variance(log_odds: Array) -> Array:
    """Variance of an answer of 0 or 1: its probability times that of the other answer."""
    return np.asarray(special.expit(log_odds) * special.expit(-log_odds))


def separating(x: Array, y: Array, names: Sequence[str]) -> tuple[str, ...]:
    """Columns of a combination that puts the answers on two sides, wholly or with ties on the border.

    Konis (2007): the largest sum of distances to the right side, none on the wrong one, by linear
    programming in a box; above zero the likelihood has no maximum (Albert & Anderson 1984).
    """
    n, p = x.shape
    q, r = np.linalg.qr(x)
    sides = np.where(y == 1, 1.0, -1.0)[:, None] * q * math.sqrt(n)
    found = optimize.linprog(-sides.sum(axis=0), A_ub=-sides, b_ub=np.zeros(n), bounds=[(-1, 1)] * p)
    if not found.success or -found.fun <= _SEPARATES * n:
        return ()
    direction = np.linalg.solve(r, found.x * math.sqrt(n)) * np.linalg.norm(x, axis=0) / n
    strong = np.abs(direction) > 1e-6 * np.abs(direction).max()
    return tuple(name for name, used in zip(names[1:], strong[1:], strict=True) if used)


def _refuse_other_answers(y: Array, outcome: str) -> None:
    """Refuse an outcome that is not 0 and 1, or the same for everybody."""
    if not np.isin(y, (0.0, 1.0)).all():
        other = float(y[~np.isin(y, (0.0, 1.0))][0])
        raise DesignError(
            f"The outcome {outcome!r} holds {other:g}; a logistic model needs 0 and 1. Make a column such as "
            f"data[{outcome!r}] >= cutoff, or use linear_model."
        )
    if np.ptp(y) == 0:
        raise DesignError(
            f"Everybody counted has {outcome} = {y[0]:g}: there are no odds to model. Describe the share instead."
        )


def _few_events(y: Array, covariates: int) -> tuple[Note, ...]:
    """Say when there are few people of the rarer answer for so many covariates."""
    events = int(min(y.sum(), len(y) - y.sum()))
    if events >= _EVENTS_PER_COVARIATE * covariates:
        return ()
    return (Note.of("events_per_covariate", n=events, k=covariates),)
