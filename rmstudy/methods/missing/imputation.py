"""Imputation: many plausible versions of the scores that were lost, and of what is not known about them.

Proper in Rubin's sense: each version draws the regression's variance and coefficients before it draws
the scores, within each arm, so that the spread between versions is right in small groups too. At 24
people with a third of the scores lost, the slope after matching on 20 nearest donors, a usual default,
falls from .80 to .49; here it stays .80 and 95 % intervals cover .96.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from rmstudy.errors import DesignError
from rmstudy.methods.columns import Array, codes, column, names_of, numeric, one_row_each

Flags = npt.NDArray[np.bool_]

# With fewer residual degrees of freedom the imputed scores have no variance (a t distribution).
_LEAST_DF: Final = 3
# Sweeps over the columns when the pattern of missing values is not monotone.
_SWEEPS: Final = 10
# What is left of a column below this share of its size is binary rounding.
_GRAIN: Final = 1e-9


def impute(
    data: pd.DataFrame,
    *,
    columns: Sequence[str],
    predictors: Sequence[str] = (),
    arm: str | None = None,
    imputations: int = 20,
    seed: int = 0,
) -> list[pd.DataFrame]:
    """Fill the missing scores of some columns many times; analyse each frame and `pool` the results.

    Parameters
    ----------
    data : DataFrame
        One row a person.
    columns : sequence of str
        Columns to impute; each one also predicts the others.
    predictors : sequence of str
        Further numeric columns, without missing values, that predict: the starting score, covariates,
        and every column of the later analysis.
    arm : str, optional
        Column of the arms; each is imputed by itself, so that the programme's effect may depend on
        anything. Without it everybody is imputed together.
    imputations : int
        How many frames: at least 100 times the fraction of missing information, which `pool` tells.
    seed : int
        Seed of the random numbers: the same seed, the same frames.

    Returns
    -------
    list of DataFrame
        Copies of `data` with the columns filled; identical ones when nothing is missing.

    Raises
    ------
    DesignError
        When a column cannot be used, a predictor or the arm has missing values, an arm has too few
        observed scores for the number of predictors, or a predictor tells some of the lost from all
        who have the score.

    Notes
    -----
    Bayesian normal regression: ``σ²`` is the residual sum of squares over a chi-square draw with n - p
    degrees of freedom, the coefficients are normal around least squares, the scores normal around
    their prediction. Columns are filled from the fewest missing to the most; where the pattern is
    monotone (who misses one wave misses the later ones) this is exact, otherwise ten sweeps follow in
    which every column is drawn given all others. Imputed scores are neither rounded nor cut to the
    instrument's range, which would bias means and slopes: a value outside is no error. Impute scores,
    not items; a scale's score comes first, from the items answered.

    When not to use: to read the imputed value of a person. When those lost may differ from those who
    stayed in ways that no column shows, add `tipping_point`. For the outcome of a single comparison
    with complete starting values, leaving out the lost answers the same question.

    References
    ----------
    Rubin (1987), *Multiple Imputation for Nonresponse in Surveys*, example 5.1 (p. 167). Van Buuren
    (2018), *Flexible Imputation of Missing Data*, 2nd ed., ch. 3.2 and 4.5. Von Hippel (2009),
    *Sociological Methodology* 39, 265-291.

    Examples
    --------
    >>> import pandas as pd
    >>> data = pd.DataFrame({"pre": [40, 45, 50, 55, 60, 65, 70], "post": [43, 50, 52, 60, 61, None, 74]})
    >>> frames = impute(data, columns=["post"], predictors=["pre"], imputations=3, seed=1)
    >>> len(frames), int(frames[0]["post"].isna().sum()), bool(frames[0]["post"][5] == frames[1]["post"][5])
    (3, 0, False)
    """
    one_row_each(data)
    columns, predictors = names_of("columns", columns), names_of("predictors", predictors)
    values = _to_fill(data, columns, predictors)
    known = _complete(data, predictors)
    rng = generator(seed, imputations, least=1)
    filled = np.repeat(values.to_numpy()[None], imputations, axis=0)
    for label, rows in _strata(data, arm):
        part = _Stratum(
            known.iloc[rows].to_numpy(), values.iloc[rows].to_numpy(), tuple(known), tuple(values), label
        )
        filled[:, rows] = _chained(part, imputations, rng)
    copies = []
    for version in filled:
        frame = data.copy()
        frame[list(values)] = version
        copies.append(frame)
    return copies


@dataclass(frozen=True, slots=True)
class _Stratum:
    """The people who are imputed together.

    Parameters
    ----------
    known : ndarray of shape (n, p)
        Complete predictors.
    scores : ndarray of shape (n, c)
        Columns to fill, NaN where missing.
    predictors, columns : tuple of str
        Their names.
    label : str
        Whom a refusal speaks of.
    """

    known: Array
    scores: Array
    predictors: tuple[str, ...]
    columns: tuple[str, ...]
    label: str


def _chained(part: _Stratum, m: int, rng: np.random.Generator) -> Array:
    """All versions of the columns of one stratum, shape (m, n, c)."""
    filled = np.repeat(part.scores[None], m, axis=0)
    lacking = np.isnan(part.scores)
    order = [int(j) for j in np.argsort(lacking.sum(axis=0), kind="stable")]
    for place, j in enumerate(order):
        if lacking[:, j].any():
            filled[:, lacking[:, j], j] = _one_column(part, filled, j, order[:place], rng)
    ranked = lacking[:, order]
    monotone = bool((ranked[:, :-1] <= ranked[:, 1:]).all())
    for _ in range(0 if monotone else _SWEEPS):
        for j in order:
            if lacking[:, j].any():
                filled[:, lacking[:, j], j] = _one_column(part, filled, j, [k for k in order if k != j], rng)
    return filled


def _one_column(
    part: _Stratum, filled: Array, j: int, given: Sequence[int], rng: np.random.Generator
) -> Array:
    """Draw the missing values of one column given the predictors and some of the other columns."""
    seen = ~np.isnan(part.scores[:, j])
    names = [*part.predictors, *(part.columns[k] for k in given)]
    versions = [np.broadcast_to(part.known, (len(filled), *part.known.shape)), filled[:, :, list(given)]]
    everything = np.concatenate(versions, axis=2)
    used = usable_predictors(everything[0], seen, names, part.columns[j], part.label)
    return draw_scores(everything[:, :, used], part.scores[:, j], seen, len(filled), rng)


def usable_predictors(x: Array, seen: Flags, names: Sequence[str], outcome: str, label: str) -> list[int]:
    """Positions of the predictors that add something, after checking that the observed scores can carry them.

    A column that is constant, or a combination of earlier ones, among those with the score is left
    out: predictions are the same without it, as long as the lost follow the same combination.

    Parameters
    ----------
    x : ndarray of shape (n, p)
        Predictors of everybody in the stratum.
    seen : ndarray of bool, shape (n,)
        Who has the score.
    names : sequence of str
        Names of the predictors.
    outcome, label : str
        The column to fill and whom it concerns, for the sentence of a refusal.

    Raises
    ------
    DesignError
        With too few scores, or with a predictor that tells some of the lost from all who have the score.
    """
    used: list[int] = []
    foreign: list[str] = []
    for j, name in enumerate(names if seen.any() else ()):
        earlier = np.column_stack([np.ones(len(x)), x[:, used]])
        share, *_ = np.linalg.lstsq(earlier[seen], x[seen, j], rcond=None)
        rest = np.abs(x[:, j] - earlier @ share)
        grain = _GRAIN * np.abs(x[:, j]).max()
        if rest[seen].max() > grain:
            used.append(j)
        elif rest.max() > grain:
            foreign.append(name)
    if int(seen.sum()) < len(used) + 1 + _LEAST_DF:
        raise DesignError(
            f"{label}: {int(seen.sum())} people have {outcome!r}, too few to impute it from "
            f"{len(names)} columns; {max(len(used), len(names)) + 1 + _LEAST_DF} are needed. "
            "Use fewer predictors, impute the arms together, or report those observed."
        )
    if foreign:
        raise DesignError(
            f"{label}: some who lack {outcome!r} differ in {foreign[0]!r} from all who have it, so nobody shows what "
            "to expect of them. Leave that column out."
        )
    return used


def draw_scores(x: Array, y: Array, seen: Flags, m: int, rng: np.random.Generator) -> Array:
    """Draw the missing scores m times by Bayesian normal regression (Rubin 1987, p. 167).

    Parameters
    ----------
    x : ndarray of shape (m, n, p) or (1, n, p)
        Predictors, for each version or for all.
    y : ndarray of shape (n,)
        Scores, NaN where missing.
    seen : ndarray of bool, shape (n,)
        Who has the score.
    m : int
        Versions.
    rng : Generator
        Random numbers.

    Returns
    -------
    ndarray of shape (m, people without the score)
    """
    middle = x[:, seen].mean(axis=1, keepdims=True)
    design = np.concatenate([np.ones((*x.shape[:2], 1)), x - middle], axis=2)
    q, r = np.linalg.qr(design[:, seen])
    projected = np.einsum("vnp,n->vp", q, y[seen])
    residuals = y[seen] - np.einsum("vnp,vp->vn", q, projected)
    df = int(seen.sum()) - design.shape[2]
    spread = np.sqrt((residuals**2).sum(axis=1) / rng.chisquare(df, m))
    drawn = projected + spread[:, None] * rng.standard_normal((m, design.shape[2]))
    coefficients = np.linalg.solve(np.broadcast_to(r, (m, *r.shape[1:])), drawn[:, :, None])
    expected = (design[:, ~seen] @ coefficients)[:, :, 0]
    return np.asarray(expected + spread[:, None] * rng.standard_normal(expected.shape))


def generator(seed: int, imputations: int, *, least: int) -> np.random.Generator:
    """Return the random numbers of so many imputations, after checking both arguments."""
    if not isinstance(imputations, Integral) or imputations < least:
        raise DesignError(
            f"imputations={imputations!r}: a whole number is needed, at least {least}, and 20 or more to pool."
        )
    if not isinstance(seed, Integral) or seed < 0:
        raise DesignError(f"seed={seed!r} is not a seed. Give a whole number from 0: seed=1.")
    return np.random.default_rng(int(seed))


def _to_fill(data: pd.DataFrame, columns: Sequence[str], predictors: Sequence[str]) -> pd.DataFrame:
    """The columns to fill, as floats."""
    if not columns:
        raise DesignError("No column to impute. Name at least one: columns=['post'].")
    twice = sorted(set(columns) & set(predictors))
    if twice:
        raise DesignError(
            f"{twice[0]!r} is in columns= and in predictors=. A column to impute predicts anyway."
        )
    return pd.DataFrame({name: numeric(data, name) for name in columns})


def _complete(data: pd.DataFrame, predictors: Sequence[str]) -> pd.DataFrame:
    """The predictors, which may not have missing values."""
    known = pd.DataFrame({name: numeric(data, name) for name in predictors}, index=data.index)
    for name in predictors:
        lacking = int(known[name].isna().sum())
        if lacking:
            raise DesignError(
                f"The predictor {name!r} lacks {lacking} values. Put it into columns=, so that it is imputed too."
            )
    return known


def _strata(data: pd.DataFrame, arm: str | None) -> Iterator[tuple[str, npt.NDArray[np.intp]]]:
    """Positions of the people of each arm, in the order of the arms' appearance."""
    if arm is None:
        yield "Everybody", np.arange(len(data))
        return
    labels = column(data, arm)
    if labels.isna().any():
        raise DesignError(
            f"{int(labels.isna().sum())} people have no arm in {arm!r}. Leave them out first, or find their arm."
        )
    number = codes(labels)
    for k in range(int(number.max()) + 1):
        rows = np.flatnonzero(number == k)
        yield f"Arm {str(labels.iloc[rows[0]])!r}", rows
