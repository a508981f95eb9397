"""The estimators that judge real data, for thousands of data sets at once.

Same numbers as `adjusted_difference`, `difference_in_differences`, `post_difference` and
`mean_change`: HC2 or CR2 with Satterthwaite degrees of freedom, or Welch's. No model has to be solved:
the columns of an adjusted comparison have closed orthonormal forms (each arm's indicator and the
starting score centred inside its arm), and a cluster enters as a small matrix.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from rmstudy.methods.columns import Array
from rmstudy.study.plan import Estimator

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Arm:
    """One arm of many data sets.

    Parameters
    ----------
    pre, post : ndarray of shape (data sets, clusters, people in a cluster)
        The scores; people who stand alone are clusters of one.
    there : ndarray of bool, the same shape
        Who has both scores. What the others would have scored is not looked at.
    """

    pre: Array
    post: Array
    there: Flags

    @property
    def n(self) -> Array:
        """People counted in each data set."""
        return np.asarray(np.count_nonzero(self.there, axis=(1, 2)), dtype=np.float64)

    @property
    def clusters(self) -> Array:
        """Clusters with somebody counted, in each data set."""
        return np.asarray(self.there.any(axis=2).sum(axis=1), dtype=np.float64)

    @property
    def shared(self) -> Flags:
        """Whether two people counted share a cluster, in each data set."""
        return np.asarray((self.there.sum(axis=2) > 1).any(axis=1))

    @property
    def alone(self) -> Arm:
        """The same people, each a cluster of one."""
        flat = (len(self.pre), -1, 1)
        return Arm(self.pre.reshape(flat), self.post.reshape(flat), self.there.reshape(flat))

    def mean(self, values: Array) -> Array:
        """Mean of the people counted, in each data set."""
        return np.asarray(np.einsum("rgm->r", np.where(self.there, values, 0.0)) / self.n)

    def centred(self, values: Array) -> Array:
        """Values minus their mean, zero for people who are not counted."""
        return np.where(self.there, values - self.mean(values)[:, None, None], 0.0)


@dataclass(frozen=True, slots=True)
class Batch:
    """One estimate a data set; NaN where it does not exist.

    Parameters
    ----------
    estimate, std_error, df, low, high : ndarray of shape (data sets,)
        As in `rmstudy.results.Estimate`.
    """

    estimate: Array
    std_error: Array
    df: Array
    low: Array
    high: Array


def estimate(ours: Arm, theirs: Arm | None, *, estimator: Estimator, level: float) -> Batch:
    """Estimate every data set: the change of one group, or the difference of two.

    Parameters
    ----------
    ours : Arm
        The programme.
    theirs : Arm or None
        The comparison; without it the mean change is estimated.
    estimator : {'adjusted', 'post_difference', 'difference_in_differences'}
        How two arms are compared.
    level : float
        Confidence level.

    Examples
    --------
    >>> pre, post = np.array([[40.0, 45, 50, 55, 60]]), np.array([[52.0, 53, 61, 62, 70]])
    >>> arm = Arm(pre[..., None], post[..., None], np.ones((1, 5, 1), dtype=bool))
    >>> found = estimate(arm, None, estimator="adjusted", level=0.95)
    >>> float(found.estimate[0]), float(found.df[0])
    (9.6, 4.0)
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        if theirs is None:
            return _intervals(*_change(ours), [ours], level)
        if estimator == "adjusted":
            return _intervals(*_adjusted(ours, theirs), [ours, theirs], level)
        scores = [
            arm.post - arm.pre if estimator == "difference_in_differences" else arm.post
            for arm in (ours, theirs)
        ]
        return _intervals(*_difference(ours, theirs, scores), [ours, theirs], level)


def _change(arm: Arm) -> tuple[Array, Array, Array]:
    """Mean change with CR2, which is the t interval where nobody shares a cluster."""
    change = arm.post - arm.pre
    d = np.sqrt(1 / arm.n)[:, None]
    column = np.where(arm.there, d[:, :, None], 0.0)[..., None]
    return arm.mean(change), *_robust([column], [arm.centred(change)], d)


def _adjusted(ours: Arm, theirs: Arm) -> tuple[Array, Array, Array]:
    """Difference at the same starting score, by the closed form of the analysis of covariance.

    The columns ``1_arm / √n_arm`` of both arms and ``x / √Σx²``, with x the starting score centred
    inside its arm, are orthonormal and span the model; the difference is ``d`` in their coordinates.
    """
    arms = (ours, theirs)
    x, y = [arm.centred(arm.pre) for arm in arms], [arm.centred(arm.post) for arm in arms]
    spread = sum(np.einsum("rgm,rgm->r", part, part) for part in x)
    slope = sum(np.einsum("rgm,rgm->r", one, two) for one, two in zip(x, y, strict=True)) / spread
    start = ours.mean(ours.pre) - theirs.mean(theirs.pre)
    found = ours.mean(ours.post) - theirs.mean(theirs.post) - slope * start
    residuals = [b - slope[:, None, None] * a for a, b in zip(x, y, strict=True)]
    d = np.stack([1 / np.sqrt(ours.n), -1 / np.sqrt(theirs.n), -start / np.sqrt(spread)], axis=1)
    columns = []
    for position, (arm, part) in enumerate(zip(arms, x, strict=True)):
        q = np.zeros((*part.shape, 3))
        q[..., position] = np.where(arm.there, 1 / np.sqrt(arm.n)[:, None, None], 0.0)
        q[..., 2] = part / np.sqrt(spread)[:, None, None]
        columns.append(q)
    return found, *_robust(columns, residuals, d)


def _difference(ours: Arm, theirs: Arm, scores: Sequence[Array]) -> tuple[Array, Array, Array]:
    """Difference of two means: Welch, or CR2 where people counted share a cluster."""
    arms = (ours, theirs)
    found = ours.mean(scores[0]) - theirs.mean(scores[1])
    centred = [arm.centred(values) for arm, values in zip(arms, scores, strict=True)]
    v = [(part**2).sum(axis=(1, 2)) / (arm.n - 1) / arm.n for arm, part in zip(arms, centred, strict=True)]
    std_error = np.sqrt(v[0] + v[1])
    df = (v[0] + v[1]) ** 2 / (v[0] ** 2 / (ours.n - 1) + v[1] ** 2 / (theirs.n - 1))
    shared = ours.shared | theirs.shared
    if shared.any():
        d = np.stack([1 / np.sqrt(ours.n), -1 / np.sqrt(theirs.n)], axis=1)
        columns = []
        for position, arm in enumerate(arms):
            q = np.zeros((*arm.there.shape, 2))
            q[..., position] = np.where(arm.there, 1 / np.sqrt(arm.n)[:, None, None], 0.0)
            columns.append(q)
        clustered = _robust(columns, centred, d)
        std_error, df = np.where(shared, clustered[0], std_error), np.where(shared, clustered[1], df)
    return found, std_error, df


def _robust(columns: Sequence[Array], residuals: Sequence[Array], d: Array) -> tuple[Array, Array]:
    """CR2 standard errors of one combination of coefficients, with Satterthwaite df.

    With orthonormal columns Q, ``u = Q d``, ``H = QQ'`` and ``v_g = (I - H_gg)^(-1/2) u_g``, the variance
    is ``Σ_g (v_g'e_g)²``, and with ``a_g = Q_g'v_g`` the df are
    ``(Σ u_g'u_g)² / (Σ (u_g'u_g)² + |Σ a_g a_g'|² - Σ (a_g'a_g)²)``. HC2 is the case of clusters of one.

    Parameters
    ----------
    columns : sequence of ndarray of shape (data sets, clusters, people, coefficients)
        Rows of Q of each arm; zero for people who are not counted.
    residuals : sequence of ndarray of shape (data sets, clusters, people)
        Residuals, zero likewise.
    d : ndarray of shape (data sets, coefficients)
        The combination, in the coordinates of Q.
    """
    variance, trace, squares, outer = 0.0, 0.0, 0.0, 0.0
    for q, e in zip(columns, residuals, strict=True):
        u = np.einsum("rgmp,rp->rgm", q, d)
        v = _inverse_root(q, u)
        own = np.einsum("rgm,rgm->rg", u, u)
        a = np.einsum("rgm,rgmp->rgp", v, q)
        variance = variance + (np.einsum("rgm,rgm->rg", v, e) ** 2).sum(axis=1)
        trace = trace + own.sum(axis=1)
        squares = squares + (own**2 - np.einsum("rgp,rgp->rg", a, a) ** 2).sum(axis=1)
        outer = outer + a.transpose(0, 2, 1) @ a
    df = trace**2 / (squares + (np.asarray(outer) ** 2).sum(axis=(1, 2)))
    return np.sqrt(variance), np.asarray(df)


def _inverse_root(q: Array, u: Array) -> Array:
    """``(I - H_gg)^(-1/2) u_g`` for every cluster."""
    people = q.shape[2]
    if people == 1:
        return np.asarray(u / np.sqrt(1 - np.einsum("rgmp,rgmp->rgm", q, q)))
    block = np.eye(people) - q @ q.transpose(0, 1, 3, 2)
    if people == 2:
        # the symmetric root of a 2 x 2 matrix B is (B + s I) / t with s² = det B, t² = trace B + 2 s
        first, off, second = block[..., 0, 0], block[..., 0, 1], block[..., 1, 1]
        s = np.sqrt(first * second - off**2)
        t = s * np.sqrt(first + second + 2 * s)
        turned = [(second + s) * u[..., 0] - off * u[..., 1], (first + s) * u[..., 1] - off * u[..., 0]]
        return np.asarray(np.stack(turned, axis=2) / t[..., None])
    values, vectors = np.linalg.eigh(np.where(np.isfinite(block), block, 0.0))
    rotated = np.einsum("rgij,rgi->rgj", vectors, u) / np.sqrt(values)
    return np.asarray(np.einsum("rgij,rgj->rgi", vectors, rotated))


def _intervals(found: Array, std_error: Array, df: Array, arms: Sequence[Arm], level: float) -> Batch:
    """Limits at a level, withheld where an arm has fewer than two people or clusters."""
    enough = np.logical_and.reduce([arm.clusters >= 2 for arm in arms]) & (std_error > 0) & (df > 0)
    std_error, df = np.where(enough, std_error, np.nan), np.where(enough, df, np.nan)
    half = special.stdtrit(df, (1 + level) / 2) * std_error
    return Batch(found, std_error, df, found - half, found + half)
