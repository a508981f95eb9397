"""A contrast of completed scores as a linear form, and its variance as a quadratic one.

Estimates of `rmstudy.methods.comparison` are ``a'y`` and their squared standard errors ``Σ_g (Σ_i u_i e_i)²``
over people or clusters g, with residuals ``e`` that are linear in y too: with a and u known, a shift of
some scores changes three numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rmstudy.errors import DesignError
from rmstudy.methods.columns import Array, Labels
from rmstudy.methods.missing.people import People
from rmstudy.methods.missing.pooling import barnard_rubin
from rmstudy.methods.regression import design_matrix, least_squares, low_df, too_few_clusters
from rmstudy.methods.regression.clusters import ALONE
from rmstudy.results import Note


@dataclass(frozen=True, slots=True)
class Contrast:
    """An estimate ``a'y`` with its robust variance.

    Parameters
    ----------
    q : ndarray of shape (n, p)
        Orthonormal columns that the residuals are taken from.
    a, u : ndarray of shape (n,)
        Weights of the scores in the estimate, and of the residuals in the variance.
    cluster : ndarray of int, shape (n,)
        Whose residuals are added before they are squared.
    df : float
        Degrees of freedom; NaN where there is no standard error.
    arms : ndarray of shape (n,), or None
        The arm of each person where the df are Welch's, which depend on the scores.
    """

    q: Array
    a: Array
    u: Array
    cluster: Labels
    df: float
    arms: Array | None = None

    def parts(self, scores: Array) -> list[Array]:
        """What is squared and added, shape (m, groups); for Welch's df an array an arm."""
        weighted = self.u * (scores - (scores @ self.q) @ self.q.T)
        if self.arms is not None:
            return [weighted[..., self.arms == value] for value in (1, 0)]
        groups = int(self.cluster.max()) + 1
        if groups == len(self.cluster):
            return [weighted]
        member = np.zeros((len(self.cluster), groups))
        member[np.arange(len(self.cluster)), self.cluster] = 1.0
        return [weighted @ member]

    def complete_df(self, variances: list[Array]) -> Array:
        """Degrees of freedom without missing values (Welch 1938, or those of the model)."""
        if self.arms is None:
            return np.full_like(variances[0], self.df)
        sizes = [float((self.arms == value).sum()) for value in (1, 0)]
        pieces = sum(v**2 / (size - 1) for v, size in zip(variances, sizes, strict=True))
        total = np.asarray(sum(variances), dtype=np.float64)
        return np.divide(total**2, pieces, out=np.full_like(total, np.nan), where=total > 0)


@dataclass(frozen=True, slots=True)
class Shifted:
    """A pooled estimate as a function of the shift of some scores.

    Parameters
    ----------
    contrast : Contrast
        The estimate.
    points : ndarray of shape (m,)
        Estimates with nobody shifted, one an imputation.
    slope : float
        Change of the estimate by a shift of one point.
    quadratics : list of tuple
        Constant (m,), half the linear term (m,) and square term of the variance, a tuple a part.
    """

    contrast: Contrast
    points: Array
    slope: float
    quadratics: list[tuple[Array, Array, float]]

    @classmethod
    def of(cls, contrast: Contrast, scores: Array, moved: Array) -> Shifted:
        """Prepare the shift of those marked in `moved` (n,) for completed scores (m, n)."""
        quadratics = [
            (np.einsum("mg,mg->m", s, s), s @ d, float(d @ d))
            for s, d in zip(contrast.parts(scores), contrast.parts(moved), strict=True)
        ]
        return cls(contrast, scores @ contrast.a, float(moved @ contrast.a), quadratics)

    def __call__(self, deltas: Array) -> tuple[Array, Array, Array]:
        """Pooled estimate, standard error and df at each shift."""
        variances = [a[:, None] + 2 * b[:, None] * deltas + c * deltas**2 for a, b, c in self.quadratics]
        within = np.asarray(sum(variances), dtype=np.float64).mean(axis=0)
        complete = self.contrast.complete_df(variances).mean(axis=0)
        # without anybody lost the imputations differ by rounding only
        same = np.ptp(self.points) <= 1e-12 * np.abs(self.points).max()
        between = 0.0 if same else float(self.points.var(ddof=1))
        total, _, df = barnard_rubin(within, between, len(self.points), complete)
        return self.points.mean() + self.slope * deltas, np.sqrt(total), df


def contrast_of(people: People, estimator: str, scores: Array) -> tuple[Contrast, tuple[Note, ...]]:
    """The contrast of an estimator, as `rmstudy.methods.comparison` and `mean_change` compute it.

    Parameters
    ----------
    people : People
        Who is counted.
    estimator : str
        Name of the comparison; one group has its mean only.
    scores : ndarray of shape (m, n)
        Completed later scores, or changes.
    """
    treated, clustered = people.treated, people.cluster is not None
    if not clustered and (treated is None or estimator != "adjusted"):
        return _of_means(np.ones(len(people.post)) if treated is None else treated, treated is None), ()
    x, notes = _design(people, estimator)
    withheld = () if treated is None else too_few_clusters(people.cluster, treated, people.labels)
    position = 0 if treated is None else 1
    fit = least_squares(x, scores[0], cluster=people.cluster, errors="hc2")
    df = np.nan if withheld or np.isnan(fit.std_errors[position]) else float(fit.df[position])
    few = low_df(people.cluster, df)
    return _of_model(x, position, people.cluster, df), (*notes, *withheld, *fit.notes, *few)


def _design(people: People, estimator: str) -> tuple[Array, tuple[Note, ...]]:
    """Intercept, arm, and for the adjusted difference the starting values."""
    if people.treated is None:
        return np.ones((len(people.post), 1)), ()
    columns = {"the arm": people.treated}
    if estimator == "adjusted":
        columns |= {name: values - values.mean() for name, values in people.start.items()}
    x, _, notes = design_matrix(columns)
    return x, notes


def _of_means(treated: Array, one_group: bool) -> Contrast:
    """A mean, or a difference of two means with Welch's standard error."""
    arms = [treated == 1] if one_group else [treated == 1, treated == 0]
    sizes = [int(arm.sum()) for arm in arms]
    if min(sizes) < 2:
        raise DesignError(
            "An arm has one person: its spread cannot be estimated. Describe the scores instead."
        )
    q = np.column_stack([arm / np.sqrt(size) for arm, size in zip(arms, sizes, strict=True)])
    signs = (1.0, -1.0)[: len(arms)]
    a = np.sum([sign * arm / size for sign, arm, size in zip(signs, arms, sizes, strict=True)], axis=0)
    u = np.sum([arm / np.sqrt(size * (size - 1)) for arm, size in zip(arms, sizes, strict=True)], axis=0)
    alone = np.arange(len(treated))
    return Contrast(q, a, u, alone, float(len(treated) - 1), None if one_group else treated)


def _of_model(x: Array, position: int, cluster: Labels | None, df: float) -> Contrast:
    """A coefficient with HC2 or, in clusters, CR2; as `rmstudy.methods.regression.least_squares` has it."""
    q, r = np.linalg.qr(x)
    direction = np.linalg.inv(r).T[:, position]
    a = q @ direction
    if cluster is None:
        room = 1 - np.einsum("ij,ij->i", q, q)
        u = np.divide(a, np.sqrt(np.abs(room)), out=np.zeros_like(a), where=room > ALONE)
        return Contrast(q, a, u, np.arange(len(x)), df)
    adjusted = np.empty((int(cluster.max()) + 1, q.shape[1]))
    for g in range(len(adjusted)):
        values, vectors = np.linalg.eigh(q[cluster == g].T @ q[cluster == g])
        root = np.zeros_like(values)
        np.power(1 - values, -0.5, out=root, where=1 - values > ALONE)
        adjusted[g] = vectors @ (root * (vectors.T @ direction))
    return Contrast(q, a, np.einsum("ij,ij->i", q, adjusted[cluster]), cluster, df)
