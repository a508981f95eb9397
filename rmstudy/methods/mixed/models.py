"""Rows that belong together: people measured several times, or pupils of one class.

Ordinary regression would take forty answers of ten people for forty people. A mixed model gives every cluster
its own intercept (and slope); the standard errors of small studies then need degrees of freedom, which
Satterthwaite's method supplies. statsmodels' MixedLM uses the normal distribution instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, get_args

import numpy as np
import pandas as pd

from rmstudy.errors import DesignError
from rmstudy.methods.columns import Array, Labels, names_of
from rmstudy.methods.mixed.reml import (
    Blocks,
    Solution,
    Structure,
    blocks,
    exchangeable,
    independent,
    intercept_and_slope,
    solve,
)
from rmstudy.methods.mixed.rows import Rows, complete_rows
from rmstudy.methods.regression import confidence_level, design_matrix, t_estimate
from rmstudy.methods.regression.clusters import single_clusters
from rmstudy.results import Estimate, Note, Result

Correlation = Literal["random intercept", "compound symmetry"]

# Residuals below this share of the outcome's size are binary rounding.
_GRAIN: Final = 1e-10


def mixed_model(
    data: pd.DataFrame,
    *,
    outcome: str,
    covariates: Sequence[str] = (),
    cluster: str | Sequence[str],
    slope: str | None = None,
    correlation: Correlation = "random intercept",
    level: float = 0.95,
) -> Result:
    """Linear model of rows in clusters, by restricted maximum likelihood with Satterthwaite's df.

    Parameters
    ----------
    data : DataFrame
        One row an observation: a person in one wave, or a person of a unit. The index may repeat.
    outcome : str
        Column of the outcome.
    covariates : sequence of str
        Numeric columns, the one of interest first. An interaction is a column too: multiply them.
    cluster : str or sequence of str
        Column of cluster labels (the person, the pair, the unit), or several, the outermost first, when
        the inner clusters lie within the outer ones.
    slope : str, optional
        A covariate, such as time, whose effect may differ between the clusters.
    correlation : {'random intercept', 'compound symmetry'}
        With ``"compound symmetry"`` rows of a cluster may also be less alike than rows of different ones.
    level : float
        Confidence level.

    Returns
    -------
    Result
        A row for each covariate, with its t test and interval, and the intercept after them; then, without
        intervals, the variances, the intraclass correlation given the covariates, the REML criterion, and
        with a random intercept alone the shares of variance explained by the covariates (marginal) and by
        covariates and clusters (conditional). ``n`` counts rows, and a note says how many clusters.

    Raises
    ------
    DesignError
        When the clusters cannot be told from the error: every row its own cluster, one cluster, no more
        rows than random effects, an outcome without spread within clusters, covariates that tell the
        clusters apart.

    Notes
    -----
    ``y = Xβ + Zb + e`` with ``b ~ N(0, σ²Γ)``; Γ and σ² maximise the restricted likelihood (as R lme4 does,
    here by Newton's method to the last digits). The df of an effect with variance f are
    ``2 f² / (g'Ag)``, where g is the gradient of f and A twice the inverse Hessian of the deviance, by the
    variance parameters (as R lmerTest, here exactly). Where a variance is estimated at zero a note says so
    and the standard errors are those without it; Kenward-Roger's df would be fewer. A random intercept
    cannot be negative: rows of a cluster that compete are treated as unrelated, and the note points to
    ``correlation="compound symmetry"``, where the correlation may go down to -1 / (size - 1). A fit that
    did not converge has estimates but no p-values and no intervals, nor has a covariate that only one whole
    cluster has (or lacks). The shares of variance are Nakagawa's.

    When not to use: for two waves of the same people (`change.mean_change` is the same and says more), for
    clusters that are only a nuisance (`regression.linear_model` with `cluster` assumes less), nor for
    pairs whose members influence each other (`dyads.actor_partner`).

    References
    ----------
    Laird & Ware (1982), *Biometrics* 38, 963-974. Bates et al. (2015), *Journal of Statistical Software*
    67(1). Kuznetsova, Brockhoff & Christensen (2017), *JSS* 82(13). Nakagawa & Schielzeth (2013), *Methods
    in Ecology and Evolution* 4, 133-142.

    Examples
    --------
    >>> import pandas as pd
    >>> long = pd.DataFrame({"person": [1, 1, 2, 2, 3, 3, 4, 4], "wave": [0, 1] * 4,
    ...                      "score": [10, 13, 12, 14, 9, 13, 15, 18]})
    >>> print(mixed_model(long, outcome="score", covariates=["wave"], cluster="person").text())
    score: difference per unit of the first covariate, the others equal, clusters modelled, 3.00 points
    (95% interval 1.70 to 4.30); 8 rows counted, 0 not.
    """
    level = confidence_level(level)
    names = tuple(cluster) if isinstance(cluster, list | tuple) else (cluster,)
    covariates = names_of("covariates", covariates)
    _sound_question(names, covariates, slope, correlation)
    rows = complete_rows(data, outcome, covariates, names)
    _replicated(rows, names, slope)
    x, terms, notes = _design(rows)
    z, structure, turn = _random_effects(rows, slope, correlation)
    notes = (*rows.notes, _counted(rows, names), *notes)
    q, r = np.linalg.qr(x)
    start = np.linalg.solve(r, q.T @ rows.outcome)
    residuals = rows.outcome - x @ start
    if np.abs(residuals).max() <= _GRAIN * max(float(np.abs(rows.outcome).max()), 1e-290):
        estimates = _ordered([Estimate(*pair) for pair in zip(terms, start, strict=True)], covariates)
        return _result(outcome, estimates, level, rows, (*notes, Note.of("no_residual_spread")))
    sums = blocks(q, z, residuals, rows.levels[0])
    _identified(sums, names[-1], float(np.linalg.norm(rows.outcome)))
    found = solve(sums, structure)
    inverse = np.linalg.inv(r)
    coefficients = start + inverse @ found.shift
    few = {name: single_clusters(rows.levels[0], {name: v}) for name, v in rows.covariates.items()}
    fixed = [
        Estimate(term, value) if few.get(term) else _effect(term, value, contrast, found, level)
        for term, value, contrast in zip(terms, coefficients, inverse, strict=True)
    ]
    notes = (*notes, *(note for one in few.values() for note in one))
    parts = _parts(found, names, slope, correlation, turn)
    criterion = found.criterion + 2 * float(np.log(np.abs(np.diag(r))).sum())
    simple = slope is None and correlation == "random intercept" and x.shape[1] > 1
    explained = _explained(x @ coefficients, found) if simple else ()
    estimates = (*_ordered(fixed, covariates), *parts, *explained, Estimate("REML criterion", criterion))
    return _result(outcome, estimates, level, rows, (*notes, *_caveats(found, rows, names, slope, residuals)))


def _result(
    outcome: str, estimates: Sequence[Estimate], level: float, rows: Rows, notes: Sequence[Note]
) -> Result:
    """Wrap the rows of the table."""
    estimand = "difference per unit of the first covariate, the others equal, clusters modelled"
    if not rows.covariates:
        estimand = "mean, clusters modelled"
    counts = {"rows": len(rows.outcome)}, {"rows": rows.dropped}
    return Result("mixed_model", outcome, estimand, "points", tuple(estimates), level, *counts, tuple(notes))


def _sound_question(
    clusters: tuple[str, ...], covariates: Sequence[str], slope: str | None, correlation: str
) -> None:
    """Refuse combinations that no model stands behind."""
    if correlation not in get_args(Correlation):
        known = ", ".join(map(repr, get_args(Correlation)))
        raise DesignError(f"correlation={correlation!r} is not known. Say one of {known}.")
    if not clusters:
        raise DesignError("cluster= names no column. Without clusters use regression.linear_model.")
    if len(clusters) > 1 and (slope is not None or correlation != "random intercept"):
        raise DesignError(
            "Several levels of clusters have random intercepts only, no slope and no correlation=."
        )
    if slope is not None and correlation != "random intercept":
        raise DesignError("Compound symmetry is one correlation for all rows of a cluster: leave slope= out.")
    if slope is not None and slope not in covariates:
        raise DesignError(
            f"The slope {slope!r} is not among the covariates: its differences need a mean to differ from. "
            f"Write covariates=[..., {slope!r}]."
        )


def _replicated(rows: Rows, names: tuple[str, ...], slope: str | None) -> None:
    """Refuse clusters that cannot be told from the error by the number of rows."""
    n, counts = len(rows.outcome), [int(level.max()) + 1 for level in rows.levels]
    if counts[0] < 2:
        raise DesignError(f"{names[0]!r} has one label only: a variance between clusters needs two or more.")
    if counts[-1] >= n:
        raise DesignError(
            f"Every row is its own cluster in {names[-1]!r}: the random intercept is not identified. "
            "Use regression.linear_model, or cluster by what the rows share."
        )
    for outer, inner, more, fewer in zip(names, names[1:], counts, counts[1:], strict=False):
        if fewer <= more:
            raise DesignError(
                f"Every {outer!r} has one {inner!r} only: the two cannot be told apart. Keep one."
            )
    if slope is not None and n <= 2 * counts[0]:
        raise DesignError(
            f"Random slopes are not identified: {n} rows for {2 * counts[0]} random effects ({counts[0]} "
            f"clusters in {names[0]!r}, an intercept and a slope each). Two occasions are not enough: "
            "leave slope= out, or use change.mean_change for two waves."
        )


def _design(rows: Rows) -> tuple[Array, tuple[str, ...], tuple[Note, ...]]:
    """The columns of the fixed effects."""
    if not rows.covariates:
        return np.ones((len(rows.outcome), 1)), ("intercept",), ()
    return design_matrix(rows.covariates)


def _random_effects(rows: Rows, slope: str | None, correlation: str) -> tuple[Array, Structure, Array]:
    """Columns of the random effects, their possible covariances, and the way back to the data's scale."""
    n, outer = len(rows.outcome), rows.levels[0]
    ones = np.ones((n, 1))
    if slope is not None:
        if max(np.ptp(rows.covariates[slope][outer == one]) for one in np.unique(outer)) == 0:
            raise DesignError(f"{slope!r} does not vary within the clusters: leave slope= out.")
        # on an orthonormal scale the two variances are of one size, whatever the unit of time
        q, r = np.linalg.qr(np.column_stack([ones, rows.covariates[slope]]))
        return q * np.sqrt(n), intercept_and_slope(), np.linalg.inv(r / np.sqrt(n))
    if correlation == "compound symmetry":
        return ones, exchangeable(int(np.bincount(outer).max())), np.eye(1)
    columns, sizes = [ones], [1]
    for level in rows.levels[1:]:
        place = _place_within(level, outer)
        columns.append(np.eye(int(place.max()) + 1)[place])
        sizes.append(columns[-1].shape[1])
    return np.hstack(columns), independent(len(sizes), tuple(sizes)), np.eye(len(sizes))


def _place_within(inner: Labels, outer: Labels) -> Labels:
    """Number the inner clusters from zero within each outer one."""
    first = pd.Series(outer).groupby(inner).first()
    place = first.groupby(first).cumcount()
    return np.asarray(place.reindex(inner), dtype=np.intp)


def _identified(data: Blocks, name: str, size: float) -> None:
    """Refuse an outcome without spread within clusters, and covariates that leave none between them."""
    values, vectors = np.linalg.eigh(data.within[:-1, :-1])
    seen = values > 1e-10
    along = vectors[:, seen].T @ data.within[:-1, -1]
    if data.within[-1, -1] - float(along @ (along / values[seen])) <= (_GRAIN * size) ** 2:
        raise DesignError(
            f"Within {name!r} nothing of the outcome is left to explain: its rows repeat the cluster's value. "
            "Keep one row a cluster and use regression.linear_model."
        )
    ranks = np.linalg.matrix_rank(data.gram, tol=1e-10, hermitian=True)
    if int(np.rint(data.count @ ranks)) - int((~seen).sum()) <= 0:
        raise DesignError(
            f"The covariates tell every cluster of {name!r} apart: no variance between clusters is left to "
            "estimate. Use regression.linear_model with these covariates."
        )


def _effect(term: str, value: float, contrast: Array, found: Solution, level: float) -> Estimate:
    """A fixed effect, with its test when the fit can be trusted."""
    variance, df = found.satterthwaite(contrast)
    if not found.converged:
        return Estimate(term, float(value))
    return t_estimate(term, float(value), std_error=float(np.sqrt(variance)), df=df, level=level)


def _ordered(fixed: list[Estimate], covariates: Sequence[str]) -> tuple[Estimate, ...]:
    """The covariates as they were asked for, empty where one was left out, then the intercept."""
    found = {one.term: one for one in fixed}
    return *(found.get(name, Estimate(name, None)) for name in covariates), found["intercept"]


def _parts(
    found: Solution, names: tuple[str, ...], slope: str | None, correlation: str, turn: Array
) -> tuple[Estimate, ...]:
    """Variances, and the correlation of two rows of a cluster."""
    between, error = found.weights * found.residual, found.residual
    if slope is not None:
        intercept, shared, steep = between
        covariance = turn @ np.array([[intercept, shared], [shared, steep]]) @ turn.T
        return (
            Estimate("variance of the intercept between clusters", covariance[0, 0]),
            Estimate("variance of the slope between clusters", covariance[1, 1]),
            Estimate("covariance of intercept and slope", covariance[0, 1]),
            Estimate("residual variance", error),
        )
    total = float(between.sum()) + error
    if correlation == "compound symmetry":
        return Estimate("total variance", total), Estimate("intraclass correlation", between[0] / total)
    if len(names) == 1:
        return (
            Estimate("variance between clusters", between[0]),
            Estimate("residual variance", error),
            Estimate("intraclass correlation", between[0] / total),
        )
    return (
        *(Estimate(f"variance between clusters: {name}", v) for name, v in zip(names, between, strict=True)),
        Estimate("residual variance", error),
        *(
            Estimate(f"intraclass correlation: same {name}", shared / total)
            for name, shared in zip(names, np.cumsum(between), strict=True)
        ),
    )


def _explained(fitted: Array, found: Solution) -> tuple[Estimate, Estimate]:
    """Shares of the variance that covariates, and covariates and clusters, explain."""
    known, between = float(fitted.var(ddof=1)), float(found.weights.sum()) * found.residual
    total = known + between + found.residual
    return (
        Estimate("R² of the covariates (marginal)", known / total),
        Estimate("R² with the clusters (conditional)", (known + between) / total),
    )


def _counted(rows: Rows, names: tuple[str, ...]) -> Note:
    """Say that the count is of rows, and of how many clusters."""
    return Note.of(
        "rows_in_clusters", n=len(rows.outcome), clusters=int(rows.levels[0].max()) + 1, column=names[0]
    )


def _caveats(
    found: Solution, rows: Rows, names: tuple[str, ...], slope: str | None, residuals: Array
) -> list[Note]:
    """What the reader must know of the fit."""
    if not found.converged:
        return [Note.of("not_converged")]
    if not found.boundary:
        return []
    if slope is not None:
        return [Note.of("singular_slope", column=slope)]
    notes = [Note.of("singular", columns=tuple(names[j] for j in found.boundary))]
    moment = _moment_correlation(residuals, rows.levels[0])
    if len(names) == 1 and moment < 0:
        notes.append(Note.of("negative_within_cluster", value=moment))
    return notes


def _moment_correlation(values: Array, cluster: Labels) -> float:
    """Intraclass correlation from the mean squares between and within clusters; it may be negative."""
    sizes = np.bincount(cluster)
    means = np.bincount(cluster, values) / sizes
    between = float(sizes @ (means - values.mean()) ** 2) / (len(sizes) - 1)
    within = float(((values - means[cluster]) ** 2).sum()) / (len(values) - len(sizes))
    typical = (len(values) - float(sizes @ sizes) / len(values)) / (len(sizes) - 1)
    return (between - within) / (between + (typical - 1) * within)
