"""The one-factor model of a scale's items, by maximum likelihood."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import optimize, stats

from rmstudy.methods.columns import Array
from rmstudy.methods.reliability.answers import correlations

# Least error variance, as a share of an item's variance, that counts as one; at or below it the solution
# lies on the border or beyond.
_LEAST: Final = 1e-4
# Largest slope of the discrepancy at a solution.
_FLAT: Final = 1e-8
# Largest condition number of the information; beyond it the answers do not tell the parameters apart.
_IDENTIFIED: Final = 1e10


@dataclass(frozen=True, slots=True)
class OneFactor:
    """Each item as loading times factor plus error, fitted to n complete answers.

    Parameters
    ----------
    loadings : ndarray of shape (k,)
        Loadings in the items' own points, for a factor with variance one; their sum is not negative.
    errors : ndarray of shape (k,)
        Error variances.
    covariance : ndarray of shape (k, k)
        Observed covariances, divided by n.
    n : int
        People.
    """

    loadings: Array
    errors: Array
    covariance: Array
    n: int

    @property
    def implied(self) -> Array:
        """Covariances that the model implies."""
        return np.outer(self.loadings, self.loadings) + np.diag(self.errors)

    @property
    def information(self) -> Array:
        """Expected information of one person about the loadings and error variances."""
        a = np.linalg.inv(self.implied)
        b = a @ self.loadings
        both = a * b  # loading in rows, error variance in columns
        return np.block([[(self.loadings @ b) * a + np.outer(b, b), both], [both.T, a**2 / 2]])

    def variances(self) -> Array:
        """Sampling covariances of the loadings and error variances."""
        return np.asarray(np.linalg.inv(self.n * self.information))


@dataclass(frozen=True, slots=True)
class Fit:
    """How well one factor reproduces the covariances; None where the model has no degrees of freedom."""

    chi2: float
    df: int
    p_value: float | None
    cfi: float | None
    tli: float | None
    rmsea: float | None
    srmr: float


def one_factor(scores: Array) -> tuple[OneFactor | None, list[int]]:
    """Fit the one-factor model, or name the items whose error variance would be zero or negative.

    Parameters
    ----------
    scores : ndarray of shape (n, k)
        Complete answers to at least three items, people in rows, no item a combination of others.

    Returns
    -------
    model : OneFactor or None
        None where there is no proper solution.
    improper : list of int
        Positions of the items at fault (Heywood case).

    Notes
    -----
    The discrepancy ``log|Σ| + tr(S Σ⁻¹)`` is minimised over the error variances of the standardised items,
    with the loadings at their best for each (Jöreskog 1967); the solution is then polished as the root
    of the gradient in loadings and error variances together.
    """
    n, k = scores.shape
    r = correlations(scores)
    start = np.clip(1 / (2 * np.diag(np.linalg.inv(r))), 2 * _LEAST, 1.0)
    found = optimize.minimize(
        _discrepancy, start, args=(r,), jac=True, method="L-BFGS-B", bounds=[(_LEAST, 1.0)] * k,
        options={"maxiter": 1000, "ftol": 1e-13, "gtol": 1e-7},
    )  # fmt: skip
    improper = np.flatnonzero(found.x <= _LEAST)
    if improper.size:
        return None, improper.tolist()
    polished = optimize.root(_slope, np.r_[_best_loadings(found.x, r), found.x], args=(r,), tol=1e-14).x
    loadings, errors = polished[:k], polished[k:]
    improper = np.flatnonzero(errors <= _LEAST)
    if improper.size or np.abs(_slope(polished, r)).max() > _FLAT:
        return None, improper.tolist()
    if np.linalg.cond(OneFactor(loadings, errors, r, n).information) > _IDENTIFIED:
        return None, []
    if loadings.sum() < 0:
        loadings = -loadings
    covariance = np.cov(scores.T, ddof=0)
    spread = np.sqrt(np.diag(covariance))
    return OneFactor(loadings * spread, errors * spread**2, covariance, n), []


def fit_of(model: OneFactor) -> Fit:
    """Test of fit and the usual indices, as lavaan defines them (n times the discrepancy, not n - 1)."""
    k, n = len(model.loadings), model.n
    s, implied = model.covariance, model.implied
    logdet = np.linalg.slogdet(s)[1]
    discrepancy = np.linalg.slogdet(implied)[1] - logdet + np.trace(np.linalg.solve(implied, s)) - k
    chi2, df = max(n * float(discrepancy), 0.0), k * (k - 3) // 2
    base, base_df = n * float(np.log(np.diag(s)).sum() - logdet), k * (k - 1) // 2
    scale = np.sqrt(np.diag(s))
    residual = (s - implied) / np.outer(scale, scale)
    srmr = math.sqrt(float((residual[np.tril_indices(k)] ** 2).mean()))
    if df == 0:
        return Fit(chi2, df, None, None, None, None, srmr)
    excess, base_excess = chi2 - df, base - base_df
    worst = max(excess, base_excess, 0.0)
    return Fit(
        chi2,
        df,
        float(stats.chi2.sf(chi2, df)),
        1 - max(excess, 0.0) / worst if worst > 0 else 1.0,
        1 - excess / df * base_df / base_excess if base_excess != 0 else None,
        math.sqrt(max(excess, 0.0) / (df * n)),
        srmr,
    )


def _best_loadings(errors: Array, r: Array) -> Array:
    """Loadings that suit given error variances best: the first principal axis after weighting by them."""
    root = np.sqrt(errors)
    values, vectors = np.linalg.eigh(r / np.outer(root, root))
    return np.asarray(root * vectors[:, -1] * math.sqrt(max(values[-1] - 1, 0.0)))


def _discrepancy(errors: Array, r: Array) -> tuple[float, Array]:
    """Discrepancy at given error variances and the best loadings, and its slope in the error variances."""
    loadings = _best_loadings(errors, r)
    implied = np.outer(loadings, loadings) + np.diag(errors)
    value = np.linalg.slogdet(implied)[1] + np.trace(np.linalg.solve(implied, r))
    return float(value), np.diag(implied - r) / errors**2


def _slope(parameters: Array, r: Array) -> Array:
    """Slope of the discrepancy in loadings and error variances."""
    loadings, errors = np.split(parameters, 2)
    implied = np.outer(loadings, loadings) + np.diag(errors)
    inverse = np.linalg.inv(implied)
    g = inverse @ (implied - r) @ inverse
    return np.concatenate([2 * g @ loadings, np.diag(g)])
