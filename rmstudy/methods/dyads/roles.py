"""Two roles: a regression for each on both members' predictors, and the covariance that joins them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from scipy import stats

from rmstudy.errors import DesignError
from rmstudy.methods.columns import Array, Labels
from rmstudy.methods.dyads.connected import connected
from rmstudy.methods.dyads.members import Dyads
from rmstudy.methods.regression import design_matrix, t_estimate
from rmstudy.results import Estimate, Note

_PLACES = {"actor": 1, "partner": 2}  # columns of the design, after the intercept
# A sum below this share of its terms is binary rounding.
_ROUNDING = 1e-12


def by_role(
    pairs: Dyads, shared: Mapping[str, Array], own: Mapping[str, Array], level: float
) -> tuple[tuple[Estimate, ...], tuple[Note, ...]]:
    """Actor and partner effects of each role, with what joins the two regressions.

    Parameters
    ----------
    pairs : Dyads
        The dyads, with roles.
    shared : mapping of str to ndarray of shape (n,)
        Covariates of the dyad.
    own : mapping of str to ndarray of shape (n, 2)
        Covariates that differ between the members.
    level : float
        Confidence level.
    """
    designs, names, notes = _designs(pairs, shared, own)
    n, p = designs[0].shape
    solvers = [_solver(x) for x in designs]
    fits = [solver @ y for solver, y in zip(solvers, pairs.outcome.T, strict=True)]
    residuals = np.column_stack([y - x @ b for x, y, b in zip(designs, pairs.outcome.T, fits, strict=True)])
    perfect = np.abs(residuals).max(axis=0) <= 1e-10 * np.abs(pairs.outcome).max(axis=0)
    if n == p or perfect.any():
        notes = (*notes, Note.of("no_residual_df" if n == p else "no_residual_spread"))
        errors = np.full((2 * p, 2 * p), np.nan)
        spread = np.full((2, 2), np.nan)
    else:
        spread = residuals.T @ residuals / (n - p)
        # seemingly unrelated regressions (Zellner 1962): what two outcomes share joins their coefficients
        errors = np.block([[spread[i, j] * solvers[i] @ solvers[j].T for j in range(2)] for i in range(2)])
    stacked = np.concatenate(fits)
    turns = _turns(p)
    found = {
        key: _tested(turn @ stacked, _variances(turn, errors), float(n - p), level)
        for key, turn in turns.items()
    }
    if pairs.joined is not None:
        found, more = _robust(designs, pairs.outcome, pairs.joined, turns, level)
        notes = (*notes, *more)
    independent = pairs.joined is None and np.isfinite(spread).all()
    return (
        *_effects(found, pairs.roles or ("", ""), p),
        *_equal(stacked, errors, p, n - p, tested=independent),
        *_ratios(stacked, errors, pairs.roles or ("", ""), p, known=independent),
        *_rest(found, names, pairs.roles or ("", ""), p),
        *_residual(spread, pairs, n - p, level, tested=independent),
    ), notes


def _designs(
    pairs: Dyads, shared: Mapping[str, Array], own: Mapping[str, Array]
) -> tuple[list[Array], list[tuple[str, ...]], tuple[Note, ...]]:
    """The design of each role: its own and the other's predictor, and the covariates."""
    designs, names, notes = [], [], []
    for me, label in enumerate(pairs.roles or ()):
        columns = {"actor": pairs.predictor[:, me], "partner": pairs.predictor[:, 1 - me], **shared}
        for name, both in own.items():
            columns |= {name: both[:, me], f"{name} of the partner": both[:, 1 - me]}
        x, terms, more = design_matrix(columns)
        if terms[1:3] != ("actor", "partner"):
            raise DesignError(
                f"The predictor is the same for all members of one role (seen from {label!r}): its effect cannot be "
                "estimated. Use regression.linear_model for the other role alone."
            )
        designs.append(x)
        names.append(terms)
        notes += [note for note in more if note not in notes]
    return designs, names, tuple(notes)


def _solver(x: Array) -> Array:
    """What gives the least-squares coefficients when it multiplies an outcome, shape (p, n)."""
    q, r = np.linalg.qr(x)
    return np.asarray(np.linalg.solve(r, q.T), dtype=np.float64)


def _turns(p: int) -> dict[str, Array]:
    """From the two roles' coefficients to themselves, to their differences, and to their averages."""
    one, none = np.eye(p), np.zeros((p, p))
    return {
        "first": np.hstack([one, none]),
        "second": np.hstack([none, one]),
        "difference": np.hstack([one, -one]),
        "average": np.hstack([one, one]) / 2,
    }


def _variances(turn: Array, errors: Array) -> Array:
    """Variances of combinations of coefficients; 0 where they cancel but for binary rounding."""
    exact = np.diag(turn @ errors @ turn.T)
    return np.where(exact > _ROUNDING * np.diag(abs(turn) @ abs(errors) @ abs(turn.T)), exact, 0.0)


def _tested(values: Array, variances: Array, df: float, level: float) -> list[Estimate]:
    """Coefficients with their t tests; the terms are put in later."""
    return [
        t_estimate("", float(value), std_error=float(error), df=df, level=level)
        for value, error in zip(values, np.sqrt(variances), strict=True)
    ]


def _robust(
    designs: Sequence[Array], outcome: Array, joined: Labels, turns: Mapping[str, Array], level: float
) -> tuple[dict[str, list[Estimate]], tuple[Note, ...]]:
    """The same coefficients with CR2 by connected people."""
    p = designs[0].shape[1]
    none = np.zeros_like(designs[0])
    stacked = np.vstack([np.hstack([designs[0], none]), np.hstack([none, designs[1]])])
    turn = np.vstack(list(turns.values()))
    rows, notes = connected(stacked, outcome.T.ravel(), np.tile(joined, 2), turn, level)
    return {key: rows[i * p : (i + 1) * p] for i, key in enumerate(turns)}, notes


def _effects(found: Mapping[str, list[Estimate]], roles: tuple[str, str], p: int) -> list[Estimate]:
    """Actor and partner effects by role, then how they differ and their averages."""
    first, second = roles
    rows = [
        replace(found[key][place], term=f"{words} {label}")
        for words, place in (("actor effect,", 1), ("partner effect on", 2))
        for key, label in (("first", first), ("second", second))
    ]
    for kind, place in _PLACES.items():
        rows.append(replace(found["difference"][place], term=f"{kind} effect, {first} minus {second}"))
    for kind, place in _PLACES.items():
        rows.append(replace(found["average"][place], term=f"{kind} effect, average of both roles"))
    return rows


def _equal(stacked: Array, errors: Array, p: int, df: int, *, tested: bool) -> list[Estimate]:
    """Test that both effects are the same in both roles: Wald's statistic, and the F that it makes."""
    if not tested:
        return []
    turn = _turns(p)["difference"][1:3]
    away, covariance = turn @ stacked, turn @ errors @ turn.T
    if not (_variances(turn, errors) > 0).all() or np.linalg.cond(covariance) > 1 / _ROUNDING:
        return []
    wald = float(away @ np.linalg.solve(covariance, away))
    term = "both effects equal in both roles"
    p_f, p_wald = float(stats.f.sf(wald / 2, 2, df)), float(stats.chi2.sf(wald, 2))
    return [
        Estimate(f"{term} (F)", wald / 2, statistic=wald / 2, df=df, p_value=p_f),
        Estimate(f"{term} (Wald)", wald, statistic=wald, df=2, p_value=p_wald),
    ]


def _ratios(stacked: Array, errors: Array, roles: tuple[str, str], p: int, *, known: bool) -> list[Estimate]:
    """Partner effect over actor effect, with its delta-method standard error."""
    rows = []
    for start, label in zip((0, p), roles, strict=True):
        actor, partner = stacked[start + 1 : start + 3]
        if actor == 0:
            continue
        k = partner / actor
        part = errors[start + 1 : start + 3, start + 1 : start + 3]
        slope = np.array([[-k, 1]]) / actor
        error = float(np.sqrt(_variances(slope, part)[0])) if known else None
        rows.append(Estimate(f"partner over actor (k), {label}", k, error))
    return rows


def _rest(
    found: Mapping[str, list[Estimate]], names: Sequence[tuple[str, ...]], roles: tuple[str, str], p: int
) -> list[Estimate]:
    """Intercepts and covariates by role."""
    places = [0, *range(3, p)]
    return [
        replace(found[key][place], term=f"{terms[place]}, {label}")
        for key, terms, label in zip(("first", "second"), names, roles, strict=True)
        for place in places
    ]


def _residual(spread: Array, pairs: Dyads, df: int, level: float, *, tested: bool) -> list[Estimate]:
    """What the regressions leave: variances, and how alike partners remain."""
    variances = [
        Estimate(f"residual variance, {label}", value)
        for label, value in zip(pairs.roles or (), np.diag(spread), strict=True)
    ]
    r = float(spread[0, 1] / np.sqrt(spread[0, 0] * spread[1, 1]))
    return [
        *variances,
        Estimate("residual covariance", spread[0, 1]),
        _correlation(r, df, level) if tested else Estimate("residual correlation", r),
        *_plain_correlation("correlation of the predictors", pairs.predictor),
        *_plain_correlation("correlation of the outcomes", pairs.outcome),
    ]


def _correlation(r: float, df: int, level: float) -> Estimate:
    """Residual correlation as the partial correlation it is: exact t test, Fisher's interval."""
    if df < 3 or abs(r) >= 1:
        return Estimate("residual correlation", r)
    t = r * np.sqrt((df - 1) / (1 - r * r))
    half = float(stats.norm.ppf((1 + level) / 2)) / np.sqrt(df - 2)
    return Estimate(
        "residual correlation", r, None, t, df - 1, 2 * float(stats.t.sf(abs(t), df - 1)),
        float(np.tanh(np.arctanh(r) - half)), float(np.tanh(np.arctanh(r) + half)),
    )  # fmt: skip


def _plain_correlation(term: str, both: Array) -> list[Estimate]:
    """Pearson's correlation of the two members, where both vary."""
    if np.ptp(both, axis=0).min() == 0:
        return []
    return [Estimate(term, float(np.corrcoef(both[:, 0], both[:, 1])[0, 1]))]
