"""Clusters: CR2 standard errors with Satterthwaite degrees of freedom, and how many clusters are enough.

Nothing of the size of the data squared is ever made: a cluster enters as matrices of the size of the
coefficients, so that any combination of coefficients has its standard error and df at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from rmstudy.errors import DesignError
from rmstudy.methods.columns import Array, Labels
from rmstudy.results import Note

# One minus a leverage (or an eigenvalue of I - H_gg) below this is zero: a direction that one
# observation, or one cluster, determines alone.
ALONE = 1e-10
# Below this many effective degrees of freedom a cluster-robust interval needs a warning
# (Tipton 2015, Psychological Methods 20, 375-393).
LOW_DF = 4.0
# An eigenvalue below this share of what it could be is zero but for rounding.
_ROUNDING = 1e-13


@dataclass(frozen=True, slots=True)
class ClusterErrors:
    """Standard errors and df of combinations of coefficients, given in the coordinates of Q (X = QR).

    Parameters
    ----------
    scores : ndarray of shape (g, p)
        ``Q_g' A_g e_g`` of each cluster.
    diagonal, left, right : ndarray of shape (g, p, p)
        The quadratic form that estimates a variance has ``d' diagonal_g d`` on its diagonal over
        clusters and ``-a_g'b_h - b_g'a_h + a_g' middle a_h`` elsewhere, with ``a = left d`` and
        ``b = right d``.
    middle : ndarray of shape (p, p)
        See above; the identity without weights.
    alone : ndarray of shape (k, p)
        Directions that one cluster determines alone.
    """

    scores: Array
    diagonal: Array
    left: Array
    right: Array
    middle: Array
    alone: Array

    def __call__(self, directions: Array) -> tuple[Array, Array]:
        """Standard errors and Satterthwaite df of each column of `directions`."""
        std_errors = np.linalg.norm(self.scores @ directions, axis=0)
        own = np.einsum("gpk,pk->gk", self.diagonal @ directions, directions)
        stacked = np.concatenate([self.left @ directions, self.right @ directions], axis=1)
        p = len(directions)
        form = np.block([[self.middle, -np.eye(p)], [-np.eye(p), np.zeros((p, p))]])
        between = np.array([_off_diagonal(z, form) for z in stacked.transpose(2, 0, 1)])
        trace, squares = own.sum(axis=0), (own**2).sum(axis=0) + between
        sound = (trace > ALONE * (directions**2).sum(axis=0)) & ~rests_on(self.alone, directions)
        df = np.divide(trace**2, squares, out=np.full_like(trace, np.nan), where=sound)
        return np.where(sound, std_errors, np.nan), df


def cr2(
    q: Array,
    residuals: Array,
    cluster: Labels,
    *,
    weights: Array | None = None,
    variance: Array | None = None,
) -> ClusterErrors:
    """Prepare CR2 for a least-squares fit.

    Parameters
    ----------
    q : ndarray of shape (n, p)
        Orthonormal columns of the design, each row multiplied by the root of its weight before.
    residuals : ndarray of shape (n,)
        Residuals, multiplied likewise.
    cluster : ndarray of int, shape (n,)
        Cluster number of each row.
    weights : ndarray of shape (n,), optional
        Weights of the fit.
    variance : ndarray of shape (n,), optional
        Variance of each row under the working model, up to a factor; equal unless said.
    """
    order = np.argsort(cluster, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(cluster[order])) + 1)
    grams = np.stack([q[rows].T @ q[rows] for rows in groups])
    values, vectors = np.linalg.eigh(grams)
    alone = vectors.transpose(0, 2, 1)[1 - values <= ALONE]
    if weights is None:
        scores = np.stack([q[rows].T @ residuals[rows] for rows in groups])
        return _unweighted(scores, grams, values, vectors, alone)
    return _weighted(
        q, residuals, groups, weights, np.ones_like(weights) if variance is None else variance, alone
    )


def _unweighted(scores: Array, grams: Array, values: Array, vectors: Array, alone: Array) -> ClusterErrors:
    """With ``M_g = Q_g'Q_g``, ``A_g Q_g = Q_g (I - M_g)^(-1/2)``: only M_g has to be decomposed."""
    shared = 1 - values > ALONE
    root = np.zeros_like(values)
    np.power(1 - values, -0.5, out=root, where=shared)
    turned = vectors.transpose(0, 2, 1)
    adjust = (vectors * root[:, None, :]) @ turned
    diagonal = (vectors * np.where(shared, values, 0)[:, None, :]) @ turned
    spread = grams @ adjust
    scores = np.einsum("gp,gpq->gq", scores, adjust)
    return ClusterErrors(scores, diagonal, spread, spread, np.eye(grams.shape[1]), alone)


def _weighted(
    q: Array, residuals: Array, groups: list[Labels], weights: Array, variance: Array, alone: Array
) -> ClusterErrors:
    """CR2 with weights W and the working variance V (diagonal), cluster by cluster.

    ``A_g = D_g (D_g [(I - H) V (I - H)']_gg D_g)^(-1/2) D_g`` with ``D = V^(1/2)`` (Pustejovsky & Tipton
    2018, eq. 6) and ``H = u u'W``, where ``u = X R^-1 = W^(-1/2) Q``.
    """
    root = np.sqrt(weights)
    u, e, d = q / root[:, None], residuals / root, np.sqrt(variance)
    heavy = u * weights[:, None]
    known = heavy * variance[:, None]
    middle = heavy.T @ known
    scores, diagonal, left, right = [], [], [], []
    for rows in groups:
        ug, vg = u[rows], known[rows]
        block = np.diag(variance[rows]) - ug @ vg.T - vg @ ug.T + ug @ middle @ ug.T
        values, vectors = np.linalg.eigh(d[rows, None] * block * d[rows])
        kept = values > _ROUNDING * variance[rows].max() ** 2
        half = d[rows, None] * vectors[:, kept]
        t = (half / np.sqrt(values[kept])) @ (half.T @ heavy[rows])
        a, b = ug.T @ t, vg.T @ t
        scores.append(t.T @ e[rows])
        diagonal.append((t * variance[rows, None]).T @ t - a.T @ b - b.T @ a + a.T @ middle @ a)
        left.append(a)
        right.append(b)
    return ClusterErrors(np.stack(scores), np.stack(diagonal), np.stack(left), np.stack(right), middle, alone)


def _off_diagonal(z: Array, form: Array) -> float:
    """Sum of the squares of ``z form z'`` off its diagonal."""
    turned = form @ (z.T @ z)
    own = np.einsum("gp,gp->g", z @ form, z)
    return float(max(np.sum(turned * turned.T) - np.sum(own**2), 0.0))


def rests_on(alone: Array, directions: Array) -> Labels:
    """Which combinations load on a direction that one observation, or one cluster, determines alone."""
    lengths = np.linalg.norm(alone, axis=1, keepdims=True)
    reach = np.abs((alone / lengths) @ directions)
    return np.asarray((reach > 1e-7 * np.linalg.norm(directions, axis=0)).any(axis=0))


def low_df(cluster: Labels | None, df: float | None) -> tuple[Note, ...]:
    """Warn when a cluster-robust interval rests on few effective degrees of freedom.

    Parameters
    ----------
    cluster : ndarray of int, shape (n,), or None
        Cluster number of each person; None where people stand alone.
    df : float or None
        Degrees of freedom of the headline.
    """
    return (Note.of("low_df", df=df),) if cluster is not None and df is not None and df < LOW_DF else ()


def clusters_per_arm(cluster: Labels, treated: Array) -> tuple[int, int]:
    """Count the clusters with somebody in the programme's arm and in the comparison's.

    Parameters
    ----------
    cluster : ndarray of int, shape (n,)
        Cluster number of each person.
    treated : ndarray of shape (n,)
        1 for the programme's arm, 0 for the comparison's.
    """
    return len(np.unique(cluster[treated == 1])), len(np.unique(cluster[treated == 0]))


def too_few_clusters(cluster: Labels | None, treated: Array, labels: tuple[str, str]) -> tuple[Note, ...]:
    """Name each arm with fewer than two clusters; its standard error, interval and p-value are withheld.

    One treated cluster passes every guard on the degrees of freedom (five treated people in one
    cluster against ten clusters: df 9, p = .0001 from pure noise), so the clusters of each arm are
    counted.

    Parameters
    ----------
    cluster : ndarray of int, shape (n,), or None
        Cluster number of each person.
    treated : ndarray of shape (n,)
        1 for the programme's arm, 0 for the comparison's.
    labels : tuple of str
        The programme's and the comparison's label.

    Raises
    ------
    DesignError
        With fewer than two clusters, or with each arm in a single cluster of its own.
    """
    if cluster is None:
        return ()
    at_least_two(cluster)
    counts = clusters_per_arm(cluster, treated)
    if counts == (1, 1):
        raise DesignError(
            f"Arm {labels[0]!r} is one cluster and arm {labels[1]!r} another: the programme cannot be told "
            "apart from the cluster. Describe the means of both, without a test."
        )
    return tuple(
        Note.of("few_clusters", arm=label, n=count)
        for label, count in zip(labels, counts, strict=True)
        if count < 2
    )


def single_clusters(cluster: Labels | None, columns: Mapping[str, Array]) -> tuple[Note, ...]:
    """Name the values of two-valued columns that were given to whole clusters, and only to one.

    Parameters
    ----------
    cluster : ndarray of int, shape (n,), or None
        Cluster number of each person.
    columns : mapping of str to ndarray of shape (n,)
        Covariates by name.

    Raises
    ------
    DesignError
        With fewer than two clusters, or where each value of a column is one cluster.
    """
    if cluster is None:
        return ()
    notes: list[Note] = []
    for name, values in columns.items():
        low, high = float(values.min()), float(values.max())
        upper = values == high
        mixed = np.intersect1d(cluster[upper], cluster[~upper]).size > 0
        if low < high and (upper | (values == low)).all() and not mixed:
            labels = (f"{name} = {high:g}", f"{name} = {low:g}")
            notes += too_few_clusters(cluster, upper.astype(np.float64), labels)
    return tuple(notes)


def at_least_two(cluster: Labels) -> None:
    """Refuse a cluster column with a single label."""
    if len(np.unique(cluster)) < 2:
        raise DesignError(
            "There is only one cluster: cluster-robust standard errors need two or more. "
            "Leave cluster= out if people answered independently."
        )
