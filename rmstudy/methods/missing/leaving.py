"""Logistic models of who left and who stayed, and whether such a model exists at all.

Maximum likelihood has no answer when a combination of columns separates those who left from those who
stayed: usual software then prints a huge coefficient with a huge standard error and p near 1, or
weights from probabilities of zero. Whether that is so is a linear programme, not a matter of
convergence, and is asked before anything is fitted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog
from scipy.special import expit, xlog1py, xlogy

from rmstudy.methods.columns import Array
from rmstudy.methods.regression.logistic import logistic_fit

# A direction that separates has a sum of the order of one; a solver's zero is below this.
_SEPARATES = 1e-6


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


def separating(x: Array, y: Array, names: Sequence[str]) -> tuple[str, ...]:
    """Columns that tell the ones from the zeros, wholly or for some people; none when a model exists.

    A direction b with ``(2y - 1) x'b >= 0`` for everybody and ``> 0`` for somebody carries the
    likelihood up for ever (Albert & Anderson 1984, *Biometrika* 71, 1-10; as a linear programme:
    Konis 2007, DPhil thesis, Oxford).

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
        The columns that separate by themselves; all of them when only a combination does.
    """
    if not _separated(x, y):
        return ()
    alone = tuple(name for j, name in enumerate(names) if j and _separated(x[:, [0, j]], y))
    return alone or tuple(names[1:])


def _separated(x: Array, y: Array) -> bool:
    """Whether some combination of columns, the intercept first, separates."""
    centred = np.column_stack([x[:, 0], x[:, 1:] - x[:, 1:].mean(axis=0)])
    towards = (2 * y - 1)[:, None] * (centred / np.abs(centred).max(axis=0))
    found = linprog(-towards.sum(axis=0), A_ub=-towards, b_ub=np.zeros(len(y)), bounds=(-1, 1))
    return bool(-found.fun > _SEPARATES)


def logistic(x: Array, y: Array) -> Logistic:
    """Fit a logistic model whose estimates exist (see `separating`).

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
