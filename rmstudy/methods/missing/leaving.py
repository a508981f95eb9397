"""Logistic models of who left and who stayed, with the likelihoods that compare them.

Maximum likelihood has no answer when a combination of columns separates those who left from those who
stayed: usual software then prints a huge coefficient with a huge standard error and p near 1, or
weights from probabilities of zero. So that is asked before anything is fitted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, xlog1py, xlogy

from rmstudy.methods.columns import Array
from rmstudy.methods.regression import logistic_fit, separating


@dataclass(frozen=True, slots=True)
class Logistic:
    """A logistic model fitted by maximum likelihood.

    Parameters
    ----------
    coefficients, std_errors : ndarray of shape (p,)
        Log-odds and their Wald standard errors.
    probabilities : ndarray of shape (n,)
        Fitted probabilities.
    log_likelihood, null_log_likelihood : float
        Of this model and of the one with an intercept only.
    """

    coefficients: Array
    std_errors: Array
    probabilities: Array
    log_likelihood: float
    null_log_likelihood: float


def telling(x: Array, y: Array, names: Sequence[str]) -> tuple[str, ...]:
    """Columns that tell the ones from the zeros, wholly or for some people; none when a model exists.

    Parameters
    ----------
    x : ndarray of shape (n, p)
        Design, the intercept first.
    y : ndarray of shape (n,)
        Zeros and ones.
    names : sequence of str
        Names of the columns, the intercept's first.

    Returns
    -------
    tuple of str
        The columns that separate by themselves, or else those of a combination that does.
    """
    together = separating(x, y, names)
    if not together:
        return ()
    alone = (separating(x[:, [0, j]], y, (names[0], names[j])) for j in range(1, len(names)))
    return tuple(name for one in alone for name in one) or together


def logistic(x: Array, y: Array) -> Logistic:
    """Fit a logistic model whose estimates exist (see `telling`).

    Parameters
    ----------
    x : ndarray of shape (n, p)
        Design with an intercept.
    y : ndarray of shape (n,)
        Zeros and ones.
    """
    fit = logistic_fit(x, y)
    probabilities = expit(x @ fit.coefficients)
    return Logistic(
        fit.coefficients,
        fit.std_errors,
        probabilities,
        _log_likelihood(y, probabilities),
        _log_likelihood(y, np.full(len(y), y.mean())),
    )


def _log_likelihood(y: Array, probabilities: Array) -> float:
    """Log-likelihood of zeros and ones."""
    return float(np.sum(xlogy(y, probabilities) + xlog1py(1 - y, -probabilities)))
