"""Exchangeable members: the mean and the difference of a pair, each with an ordinary regression."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from rmstudy.errors import DesignError
from rmstudy.methods.columns import Array, Labels
from rmstudy.methods.dyads.connected import connected
from rmstudy.methods.dyads.members import Dyads
from rmstudy.methods.regression import design_matrix, t_estimate
from rmstudy.results import Estimate, Note


@dataclass(frozen=True, slots=True)
class _Half:
    """Coefficients of one of the two regressions, their variances, and what it leaves."""

    values: Array
    variances: Array
    df: int
    spread: float


def exchangeable(
    pairs: Dyads, shared: Mapping[str, Array], own: Mapping[str, Array], level: float
) -> tuple[tuple[Estimate, ...], tuple[Note, ...]]:
    """One actor and one partner effect, by compound symmetry in closed form.

    Parameters
    ----------
    pairs : Dyads
        The dyads.
    shared : mapping of str to ndarray of shape (n,)
        Covariates of the dyad.
    own : mapping of str to ndarray of shape (n, 2)
        Covariates that differ between the members.
    level : float
        Confidence level.
    """
    acting = {"actor": pairs.predictor, **own}
    x, names, notes = design_matrix({**{k: v.mean(axis=1) for k, v in acting.items()}, **shared})
    own = {name: both for name, both in own.items() if name in names}
    shared = {name: values for name, values in shared.items() if name in names}
    w = np.column_stack([v[:, 0] - v[:, 1] for v in (pairs.predictor, *own.values())])
    _refuse_dependent(w, ("the predictor", *own))
    between = _half(x, pairs.outcome.mean(axis=1))
    within = _half(w, pairs.outcome[:, 0] - pairs.outcome[:, 1])
    size = float(np.abs(pairs.outcome).max())
    if min(between.df, within.df) < 1:
        notes = (*notes, Note.of("no_residual_df"))
    elif max(between.spread, within.spread) <= (1e-10 * size) ** 2:
        notes = (*notes, Note.of("no_residual_spread"))
    elif pairs.joined is None:
        return _classical(between, within, own, shared, level), notes
    else:
        rows, more = _robust(pairs, pairs.joined, own, shared, level)
        return (*rows, *_remaining(between, within, None)), (*notes, *more)
    plain = [Estimate(e.term, e.estimate) for e in _classical(between, within, own, shared, level)]
    return tuple(plain), notes


def _half(x: Array, y: Array) -> _Half:
    """Least squares with the classical variance."""
    q, r = np.linalg.qr(x)
    values = np.linalg.solve(r, q.T @ y)
    df = len(y) - x.shape[1]
    spread = float(((y - x @ values) ** 2).sum()) / df if df > 0 else float("nan")
    variances = np.asarray(spread * (np.linalg.inv(r) ** 2).sum(axis=1), dtype=np.float64)
    return _Half(np.asarray(values, dtype=np.float64), variances, df, spread)


def _classical(
    between: _Half, within: _Half, own: Mapping[str, Array], shared: Mapping[str, Array], level: float
) -> tuple[Estimate, ...]:
    """All rows, from the two independent regressions."""

    def row(half: _Half, place: int, term: str) -> Estimate:
        error = float(np.sqrt(half.variances[place]))
        return t_estimate(term, float(half.values[place]), std_error=error, df=half.df, level=level)

    effects = [_halves(between, within, place, level) for place in range(1 + len(own))]
    (actor, partner), members = effects[0], effects[1:]
    return (
        replace(actor, term="actor effect"),
        replace(partner, term="partner effect"),
        row(between, 1, "actor plus partner (between dyads)"),
        row(within, 0, "actor minus partner (within dyads)"),
        *_ratio(actor, partner, (between.variances[1] - within.variances[0]) / 4),
        row(between, 0, "intercept"),
        *(row(between, 2 + len(own) + i, name) for i, name in enumerate(shared)),
        *(
            replace(one, term=name + suffix)
            for name, both in zip(own, members, strict=True)
            for one, suffix in zip(both, ("", " of the partner"), strict=True)
        ),
        *_remaining(between, within, level),
    )


def _halves(between: _Half, within: _Half, place: int, level: float) -> tuple[Estimate, Estimate]:
    """Half the sum and half the difference of two independent coefficients, with Satterthwaite's df."""
    total, gap = float(between.values[place + 1]), float(within.values[place])
    parts = float(between.variances[place + 1]), float(within.variances[place])
    error = float(np.sqrt(sum(parts))) / 2
    spoilt = parts[0] ** 2 / between.df + parts[1] ** 2 / within.df if min(between.df, within.df) > 0 else 0.0
    df = sum(parts) ** 2 / spoilt if spoilt > 0 else float("nan")
    return (
        t_estimate("", (total + gap) / 2, std_error=error, df=df, level=level),
        t_estimate("", (total - gap) / 2, std_error=error, df=df, level=level),
    )


def _ratio(actor: Estimate, partner: Estimate, covariance: float) -> tuple[Estimate, ...]:
    """Partner over actor, with its delta-method standard error."""
    if not actor.estimate or partner.estimate is None:
        return ()
    k, error = partner.estimate / actor.estimate, None
    if actor.std_error is not None:
        variance = actor.std_error**2 * (1 + k * k) - 2 * k * covariance
        error = float(np.sqrt(max(variance, 0.0))) / abs(actor.estimate)
    return (Estimate("partner over actor (k)", k, error),)


def _remaining(between: _Half, within: _Half, level: float | None) -> tuple[Estimate, ...]:
    """Residual variance and intraclass correlation, from the residuals of means and differences.

    With variance σ² and correlation ρ a mean has σ² (1 + ρ) / 2 and a difference 2 σ² (1 - ρ), so their
    ratio is an F up to (1 + ρ) / (1 - ρ).
    """
    alike, apart = 2 * between.spread, within.spread / 2
    total = alike + apart
    icc = (alike - apart) / total if total > 0 else None
    limits: tuple[float | None, float | None] = (None, None)
    if level is not None and apart > 0 and alike > 0 and min(between.df, within.df) > 0:
        quantiles = stats.f.ppf([(1 + level) / 2, (1 - level) / 2], between.df, within.df)
        low, high = (alike / apart) / quantiles
        limits = (low - 1) / (low + 1), (high - 1) / (high + 1)
    return (
        Estimate("residual variance", total / 2),
        Estimate("residual intraclass correlation", icc, conf_low=limits[0], conf_high=limits[1]),
    )


def _robust(
    pairs: Dyads, joined: Labels, own: Mapping[str, Array], shared: Mapping[str, Array], level: float
) -> tuple[list[Estimate], tuple[Note, ...]]:
    """The same coefficients with CR2 by connected people.

    Least squares of all members on their own and the partner's columns gives the same coefficients,
    because symmetric and antisymmetric columns are orthogonal.
    """
    acting = {"predictor": pairs.predictor, **own}
    mine = [np.concatenate([both[:, 0], both[:, 1]]) for both in acting.values()]
    other = [np.concatenate([both[:, 1], both[:, 0]]) for both in acting.values()]
    alike = [np.ones(2 * len(pairs.outcome)), *(np.tile(values, 2) for values in shared.values())]
    x = np.column_stack([*mine, *other, *alike])
    m = len(acting)
    one = np.eye(x.shape[1])
    turn = np.vstack([one, one[0] + one[m], one[0] - one[m]])
    effects, notes = connected(x, pairs.outcome.T.ravel(), np.tile(joined, 2), turn, level)
    rows = [
        replace(effects[0], term="actor effect"),
        replace(effects[m], term="partner effect"),
        replace(effects[-2], term="actor plus partner (between dyads)"),
        replace(effects[-1], term="actor minus partner (within dyads)"),
        *_ratio(replace(effects[0], std_error=None), effects[m], 0.0),
        *(replace(e, term=term) for e, term in zip(effects[2 * m : -2], ("intercept", *shared), strict=True)),
    ]
    for i, name in enumerate(own, start=1):
        rows += [replace(effects[i], term=name), replace(effects[i + m], term=f"{name} of the partner")]
    return rows, notes


def _refuse_dependent(w: Array, names: Sequence[str]) -> None:
    """Refuse differences within dyads that cannot be told apart."""
    lengths = np.linalg.norm(w, axis=0)
    if len(w) < w.shape[1] or np.linalg.matrix_rank(w / lengths, tol=1e-10) < w.shape[1]:
        raise DesignError(
            f"Within dyads the differences of {', '.join(names)} cannot be told apart. Use fewer covariates, or more "
            "dyads."
        )
