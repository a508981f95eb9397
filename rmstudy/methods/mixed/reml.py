"""Restricted likelihood of a linear mixed model, its exact derivatives, and Satterthwaite's df.

With ``V = σ² (I + Z Γ Z')`` and Γ a sum of known matrices with unknown weights, everything the criterion and
its first two derivatives need is a sum over clusters of products as small as the random effects. So the
maximum is found by Newton's method to the last digits, and the degrees of freedom come from the exact
Hessian; usual software stops at six digits and differentiates numerically.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from rmstudy.methods.columns import Array, Labels

# A step of Newton's method ends the search when the gradient is below this, per unit of log-likelihood.
_FLAT: Final = 1e-9
_STEPS: Final = 100
# lme4 calls a fit failed above this largest scaled gradient.
_FAILED: Final = 2e-3
# A relative variance below this is tried at zero.
_NEAR_ZERO: Final = 1e-3
# An eigenvalue of the scaled Hessian below this is a direction that the data say nothing about.
_UNDETERMINED: Final = 1e-7
# Starting values: standard deviations of the random effects in residual standard deviations.
_STARTS: Final = (0.05, 0.3, 0.6, 1.0, 2.0, 5.0, 20.0, 100.0)


@dataclass(frozen=True, slots=True)
class Blocks:
    """What the likelihood needs to know of the data, cluster by cluster.

    Clusters with the same ``Z_g' Z_g`` (all pairs, all classes of twenty) enter by the sum of the products of
    their `cross` only: a few blocks with the same sum stand for all of them, however many there are.

    Parameters
    ----------
    gram : ndarray of shape (G, q, q)
        ``Z_g' Z_g``.
    cross : ndarray of shape (G, q, p + 1)
        ``Z_g' [Q_g, e_g]``, with Q an orthonormal basis of the design and e the least-squares residuals.
    pulled : ndarray of shape (G, q, p + 1)
        The least-squares coefficients of ``[Q_g, e_g]`` on ``Z_g``.
    count : ndarray of shape (G,)
        How many clusters a block stands for, where only ``Z_g' Z_g`` matters.
    within : ndarray of shape (p + 1, p + 1)
        Products of what these leave, summed.
    n : int
        Rows.
    """

    gram: Array
    cross: Array
    pulled: Array
    count: Array
    within: Array
    n: int

    @property
    def p(self) -> int:
        """Columns of the design."""
        return int(self.cross.shape[2]) - 1


@dataclass(frozen=True, slots=True)
class Structure:
    """How free parameters make the relative covariance of the random effects.

    Parameters
    ----------
    basis : ndarray of shape (k, q, q)
        Γ is the sum of these with weights γ.
    weights : callable
        Gives γ, its Jacobian and its second derivatives from the free parameters.
    starts : tuple of ndarray
        Free parameters to begin from.
    at_zero : tuple of int
        Free parameters whose value 0 is the boundary of the model.
    """

    basis: Array
    weights: Callable[[Array], tuple[Array, Array, Array]]
    starts: tuple[Array, ...]
    at_zero: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Solution:
    """A fitted mixed model, in the orthonormal basis of the design.

    Parameters
    ----------
    shift : ndarray of shape (p,)
        Coefficients of the basis, beyond those of least squares.
    covariance : ndarray of shape (p, p)
        Their covariance.
    slopes : ndarray of shape (m, p, p)
        Its derivatives by the free parameters and the residual variance.
    information : ndarray of shape (m, m)
        Covariance of these parameters: twice the inverse Hessian of the deviance.
    weights : ndarray of shape (k,)
        γ, relative to the residual variance.
    residual : float
        Residual variance.
    criterion : float
        Minus twice the restricted log-likelihood, but for the determinant of the design.
    boundary : tuple of int
        Free parameters that ended at zero.
    converged : bool
        Whether this is a maximum.
    """

    shift: Array
    covariance: Array
    slopes: Array
    information: Array
    weights: Array
    residual: float
    criterion: float
    boundary: tuple[int, ...]
    converged: bool

    def satterthwaite(self, contrast: Array) -> tuple[float, float]:
        """Variance and degrees of freedom of a combination of the basis' coefficients."""
        variance = float(contrast @ self.covariance @ contrast)
        slope = np.einsum("i,mij,j->m", contrast, self.slopes, contrast)
        return variance, 2 * variance**2 / float(slope @ self.information @ slope)


def independent(levels: int, sizes: tuple[int, ...]) -> Structure:
    """One variance for each level of clusters, none below zero.

    Parameters
    ----------
    levels : int
        Levels of clusters.
    sizes : tuple of int
        Random effects of each level in a block.
    """
    owner = np.repeat(np.arange(levels), sizes)
    basis = np.stack([np.diag((owner == level).astype(float)) for level in range(levels)])

    def weights(theta: Array) -> tuple[Array, Array, Array]:
        second = np.zeros((levels, levels, levels))
        second[(np.arange(levels),) * 3] = 2.0
        return theta**2, np.diag(2 * theta), second

    starts = tuple(np.array(start) for start in itertools.product(_STARTS, repeat=levels))
    return Structure(basis, weights, starts, tuple(range(levels)))


def intercept_and_slope() -> Structure:
    """A variance for the intercept, one for the slope, and their covariance, from a Cholesky factor."""
    basis = np.array([[[1.0, 0], [0, 0]], [[0, 1], [1, 0]], [[0, 0], [0, 1]]])
    second = np.zeros((3, 3, 3))
    second[0, 0, 0] = second[2, 1, 1] = second[2, 2, 2] = 2.0
    second[1, 0, 1] = second[1, 1, 0] = 1.0

    def weights(theta: Array) -> tuple[Array, Array, Array]:
        a, b, c = theta
        jacobian = np.array([[2 * a, 0, 0], [b, a, 0], [0, 2 * b, 2 * c]])
        return np.array([a * a, a * b, b * b + c * c]), jacobian, second

    starts = tuple(np.array([a, 0.0, c]) for a, c in itertools.product(_STARTS, repeat=2))
    return Structure(basis, weights, starts, (2,))


def exchangeable(largest: int) -> Structure:
    """One correlation within clusters, which may be negative: down to -1 / (largest - 1)."""
    floor = -1.0 / largest

    def weights(theta: Array) -> tuple[Array, Array, Array]:
        above = float(np.exp(theta[0]))
        return np.array([floor + above]), np.array([[above]]), np.array([[[above]]])

    starts = tuple(np.array([np.log(s * s / largest)]) for s in (0.1, 0.3, 0.6, 0.9, 1.0, 1.2, 1.5, 2, 3, 5))
    return Structure(np.ones((1, 1, 1)), weights, starts, ())


def blocks(q: Array, z: Array, residuals: Array, cluster: Labels) -> Blocks:
    """Sum the products over each cluster.

    Parameters
    ----------
    q : ndarray of shape (n, p)
        Orthonormal basis of the design.
    z : ndarray of shape (n, q)
        Columns of the random effects.
    residuals : ndarray of shape (n,)
        Least-squares residuals.
    cluster : ndarray of int, shape (n,)
        Cluster of each row.
    """
    known = np.column_stack([q, residuals])
    left = np.empty_like(known)
    order, sizes = np.argsort(cluster, kind="stable"), np.bincount(cluster)
    first = np.cumsum(sizes) - sizes
    pieces = []
    for size in np.unique(sizes):
        rows = order[first[sizes == size][:, None] + np.arange(size)]
        by = z[rows].transpose(0, 2, 1)
        gram, cross = by @ z[rows], by @ known[rows]
        alike = bool((gram == gram[0]).all())
        inverse = np.linalg.pinv(gram[:1] if alike else gram, rcond=1e-10, hermitian=True)
        pulled = inverse @ cross
        # row by row: the difference of two sums would lose the digits that clusters far apart need
        left[rows] = known[rows] - z[rows] @ pulled
        many = len(cross)
        if alike and many > cross[0].size:
            cross = _stand_ins(cross)
            gram, pulled = gram[: len(cross)], inverse @ cross
        pieces.append((gram, cross, pulled, np.full(len(cross), many / len(cross))))
    gram, cross, pulled, count = (np.concatenate(part) for part in zip(*pieces, strict=True))
    return Blocks(gram, cross, pulled, count, left.T @ left, len(residuals))


def _stand_ins(cross: Array) -> Array:
    """As few blocks as a block has numbers, with the same sum of products: the triangle of a QR decomposition."""
    triangle = np.linalg.qr(cross.reshape(len(cross), -1), mode="r")
    return np.asarray(triangle).reshape(-1, *cross.shape[1:])


@dataclass(frozen=True, slots=True)
class _At:
    """The likelihood's pieces at one value of the weights, the residual variance apart."""

    log_det: float
    inner: Array  # Z' V^-1 Z, a block a cluster
    outer: Array  # Z' V^-1 Q
    scores: Array  # Z' P e
    phi: Array  # (Q' V^-1 Q)^-1
    shift: Array
    squares: float  # e' P e


def _at(data: Blocks, psi: Array) -> _At | None:
    """Evaluate the pieces; None where V is not positive definite."""
    lifted = np.eye(len(psi)) + psi @ data.gram
    sign, log_det = np.linalg.slogdet(lifted)
    if (sign <= 0).any():
        return None
    inner = np.asarray(data.gram @ np.linalg.inv(lifted), dtype=np.float64)
    turned = np.asarray(np.linalg.solve(lifted.transpose(0, 2, 1), data.cross), dtype=np.float64)
    whole = data.within + np.einsum("gqa,gqb->ab", data.pulled, turned)
    precision, right = whole[:-1, :-1], whole[:-1, -1]
    sign, log_precision = np.linalg.slogdet(precision)
    if sign <= 0:
        return None
    phi = np.linalg.inv(precision)
    shift = phi @ right
    squares = float(whole[-1, -1] - right @ shift)
    outer = turned[:, :, :-1]
    scores = turned[:, :, -1] - outer @ shift
    total = float(data.count @ log_det) + float(log_precision)
    return _At(total, inner, outer, scores, phi, shift, squares)


@dataclass(frozen=True, slots=True)
class _Slopes:
    """First and second derivatives by the weights of the log-determinants and of e'Pe."""

    log_det: Array
    log_det_twice: Array
    squares: Array
    squares_twice: Array
    narrowed: Array  # minus the derivative of Q' V^-1 Q


def _slopes(at: _At, basis: Array, count: Array) -> _Slopes:
    """Differentiate: with ``K_j = Z E_j Z'``, d log|.| is tr(P K_j) and d e'Pe is -e'P K_j P e."""
    by = basis[:, None]
    with_inner, with_outer = by @ at.inner, by @ at.outer
    pushed = np.einsum("jab,gb->jga", basis, at.scores)
    narrowed = np.einsum("gap,jgaq->jpq", at.outer, with_outer)
    share = at.phi @ narrowed
    first = np.einsum("g,jgaa->j", count, with_inner) - np.einsum("jpp->j", share)
    crossed = np.einsum("igap,jgaq->ijpq", with_outer, at.inner @ with_outer)
    second = (
        np.einsum("g,igab,jgba->ij", count, with_inner, with_inner)
        - 2 * np.einsum("pq,ijqp->ij", at.phi, crossed)
        + np.einsum("ipq,jqp->ij", share, share)
    )
    leaning = np.einsum("gap,jga->jp", at.outer, pushed)
    bent = np.einsum("iga,gab,jgb->ij", pushed, at.inner, pushed) - leaning @ at.phi @ leaning.T
    return _Slopes(first, -second, -np.einsum("ga,jga->j", at.scores, pushed), 2 * bent, narrowed)


def _chained(gradient: Array, hessian: Array, jacobian: Array, second: Array) -> tuple[Array, Array]:
    """Derivatives by the free parameters from those by the weights."""
    return jacobian.T @ gradient, jacobian.T @ hessian @ jacobian + np.einsum("w,wij->ij", gradient, second)


def _deviance(data: Blocks, structure: Structure, theta: Array) -> float:
    """Minus twice the restricted log-likelihood, the residual variance profiled out, but for constants."""
    at = _at(data, np.tensordot(structure.weights(theta)[0], structure.basis, 1))
    if at is None or not at.squares > 0:
        return np.inf
    return at.log_det + (data.n - data.p) * float(np.log(at.squares))


def _downhill(data: Blocks, structure: Structure, theta: Array) -> tuple[Array, Array]:
    """Gradient and Hessian of the profiled deviance by the free parameters."""
    weights, jacobian, second = structure.weights(theta)
    at = _at(data, np.tensordot(weights, structure.basis, 1))
    if at is None:
        raise ArithmeticError("outside the parameter space")
    by, rows = _slopes(at, structure.basis, data.count), data.n - data.p
    share = by.squares / at.squares
    gradient = by.log_det + rows * share
    hessian = by.log_det_twice + rows * (by.squares_twice / at.squares - np.outer(share, share))
    return _chained(gradient, hessian, jacobian, second)


def _search(data: Blocks, structure: Structure, theta: Array) -> Array:
    """Newton's method with the absolute eigenvalues, so that it only ever goes down, and shorter steps."""
    value = _deviance(data, structure, theta)
    for _ in range(_STEPS):
        gradient, hessian = _downhill(data, structure, theta)
        if np.abs(gradient).max() < _FLAT:
            break
        values, vectors = np.linalg.eigh(hessian)
        held = np.maximum(np.abs(values), 1e-6 * max(1.0, float(np.abs(values).max())))
        step = -vectors @ ((vectors.T @ gradient) / held)
        step *= min(1.0, 2.0 * (1 + float(np.abs(theta).max())) / float(np.linalg.norm(step)))
        for _ in range(40):
            reached = _deviance(data, structure, theta + step)
            if reached <= value + 1e-13 * abs(value):
                break
            step = step / 2
        else:
            break
        theta, value = theta + step, reached
    return theta


def solve(data: Blocks, structure: Structure) -> Solution:
    """Maximise the restricted likelihood.

    Parameters
    ----------
    data : Blocks
        The data.
    structure : Structure
        Which covariances are possible.
    """
    start = min(structure.starts, key=lambda theta: _deviance(data, structure, theta))
    theta = _search(data, structure, start)
    theta, boundary = _at_boundary(data, structure, theta)
    free = [j for j in range(len(theta)) if j not in boundary]
    weights, jacobian, second = structure.weights(theta)
    at = _at(data, np.tensordot(weights, structure.basis, 1))
    if at is None:
        raise ArithmeticError("outside the parameter space")
    rows = data.n - data.p
    residual = at.squares / rows
    by = _slopes(at, structure.basis, data.count)
    gradient, curved = _chained(
        by.log_det + by.squares / residual, by.log_det_twice + by.squares_twice / residual, jacobian, second
    )
    mixed = -(jacobian.T @ by.squares) / residual**2
    hessian = np.block(
        [
            [curved[np.ix_(free, free)], mixed[free][:, None]],
            [mixed[free][None], np.array([[rows / residual**2]])],
        ]
    )
    determined, information = _inverse(hessian)
    scaled = np.abs(gradient[free]) / np.sqrt(np.maximum(np.diag(curved)[free], 1e-300))
    covariance = residual * at.phi
    widened = residual * at.phi @ by.narrowed @ at.phi
    slopes = np.concatenate([np.tensordot(jacobian.T, widened, 1)[free], at.phi[None]])
    return Solution(
        at.shift, covariance, slopes, 2 * information, weights, residual,
        at.log_det + rows * (1 + float(np.log(2 * np.pi * residual))), boundary,
        determined and bool((scaled <= _FAILED).all()),
    )  # fmt: skip


def _at_boundary(data: Blocks, structure: Structure, theta: Array) -> tuple[Array, tuple[int, ...]]:
    """Put at zero each parameter that is near it and does not want to leave it."""
    boundary = []
    for j in structure.at_zero:
        if theta[j] ** 2 > _NEAR_ZERO:
            continue
        there = theta.copy()
        there[j] = 0.0
        if _deviance(data, structure, there) <= _deviance(data, structure, theta) + 1e-9:
            theta = there
            boundary.append(j)
    return theta, tuple(boundary)


def _inverse(hessian: Array) -> tuple[bool, Array]:
    """Whether a Hessian is positive definite, with its inverse (of the determined directions)."""
    scale = np.sqrt(np.maximum(np.abs(np.diag(hessian)), 1e-300))
    values, vectors = np.linalg.eigh(hessian / np.outer(scale, scale))
    sound = values > _UNDETERMINED
    inverse = (vectors[:, sound] / values[sound]) @ vectors[:, sound].T
    return bool(sound.all()), inverse / np.outer(scale, scale)
