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
# Part of a column, as a share of its size, that others must leave unexplained for sums of products to be used.
_NEARLY: Final = 1e-2
# The same share of a column's largest value beyond any doubt about binary rounding.
_APART: Final = 1e-6
# Numbers of a table of predictors that stay in the cache (half a megabyte).
_CACHED: Final = 65_536


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
    lacking = np.isnan(part.scores)
    order = np.argsort(lacking.sum(axis=0), kind="stable")
    ranked, first = lacking[:, order], part.known.shape[1]
    names = [*part.predictors, *(part.columns[j] for j in order)]
    # predictors, then the columns from the fewest missing to the most: those given are the ones before and after
    everything = np.repeat(np.hstack([part.known, part.scores[:, order]])[None], m, axis=0)

    def draw(place: int, given: Sequence[slice]) -> None:
        """Draw the missing values of one column, in place, given some of the others."""
        unseen = ranked[:, place - first]
        if unseen.any():
            x = [everything[:, :, some] for some in given]
            known = [name for some in given for name in names[some]]
            used = usable_predictors(
                np.hstack([one[0] for one in x]), ~unseen, known, names[place], part.label
            )
            if len(used) < len(known):
                x = [np.concatenate(x, axis=2)[:, :, used]]
            y = part.scores[:, order[place - first]]
            everything[:, unseen, place] = draw_scores(x, y, ~unseen, m, rng)

    places = range(first, len(names))
    for place in places:
        draw(place, [slice(place)])
    monotone = bool((ranked[:, :-1] <= ranked[:, 1:]).all())
    for _ in range(0 if monotone else _SWEEPS):
        for place in places:
            draw(place, [slice(place), slice(place + 1, None)])
    filled = np.empty((m, *part.scores.shape))
    filled[:, :, order] = everything[:, :, first:]
    return filled


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
    if _clearly_apart(x, seen):
        return list(range(x.shape[1]))
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


def _clearly_apart(x: Array, seen: Flags) -> bool:
    """Whether every predictor has a part of its own among those seen, and they can carry them all."""
    shown = x[seen]
    if len(shown) < x.shape[1] + 1 + _LEAST_DF:
        return False
    own = np.abs(_triangle(np.column_stack([np.ones(len(shown)), shown])[None])[0].diagonal())[1:]
    # the largest residual is at least the root of their mean square
    return bool((own > _APART * np.sqrt(len(shown)) * np.abs(x).max(axis=0)).all())


def draw_scores(x: Sequence[Array], y: Array, seen: Flags, m: int, rng: np.random.Generator) -> Array:
    """Draw the missing scores m times by Bayesian normal regression (Rubin 1987, p. 167).

    Parameters
    ----------
    x : sequence of ndarray of shape (m, n, columns) or (1, n, columns)
        Predictors, for each version or for all, in one or more parts.
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
    there, lost, p = np.flatnonzero(seen), np.flatnonzero(~seen), sum(part.shape[2] for part in x)
    spread = 1 / np.sqrt(rng.chisquare(len(there) - p - 1, m))
    noise, error = rng.standard_normal((m, p + 1)), rng.standard_normal((m, len(lost)))
    drawn = np.empty_like(error)
    # so many versions at a time that their tables stay in the cache; one table serves all where x is the same
    step = max(1, _CACHED // (len(there) * (p + 2))) if len(x[0]) > 1 else m
    for start in range(0, m, step):
        block = slice(start, start + step)
        shown = [part[block] for part in x]
        middle, triangle = _regressed([part[:, there] for part in shown], y[there])
        left = np.abs(triangle[:, -1, -1:]) * spread[block, None]
        right = triangle[:, :-1, -1] + left * noise[block]
        root = np.broadcast_to(triangle[:, :-1, :-1], (len(right), p + 1, p + 1))
        coefficients = np.linalg.solve(root, right[:, :, None])
        away = np.concatenate([part[:, lost] for part in shown], axis=2) - middle
        drawn[block] = coefficients[:, :1, 0] + (away @ coefficients[:, 1:])[:, :, 0] + left * error[block]
    return drawn


def _regressed(parts: Sequence[Array], y: Array) -> tuple[Array, Array]:
    """Means of the predictors, and the triangle R of ones, centred predictors and the score."""
    shape, place = parts[0].shape[:2], 1
    table = np.empty((*shape, sum(part.shape[2] for part in parts) + 2))
    table[:, :, 0], table[:, :, -1] = 1.0, y
    for part in parts:
        table[:, :, place : place + part.shape[2]] = part
        place += part.shape[2]
    middle = table[:, :, 1:-1].mean(axis=1, keepdims=True)
    table[:, :, 1:-1] -= middle
    return middle, _triangle(table)


def _triangle(table: Array) -> Array:
    """The triangle R of a QR decomposition of each table, shape (versions, columns, columns).

    Below the first rows, which settle the signs, only the sums of products matter: another block with the
    same sums, a Cholesky factor, is much shorter. Where columns nearly repeat each other, sums of products
    lose digits, and all rows are decomposed.
    """
    width = table.shape[2]
    if table.shape[1] > 3 * width:
        below = table[:, width:]
        try:
            short = np.linalg.cholesky(below.transpose(0, 2, 1) @ below).transpose(0, 2, 1)
            found: Array = np.asarray(
                np.linalg.qr(np.concatenate([table[:, :width], short], axis=1), mode="r")
            )
        except np.linalg.LinAlgError:
            return np.asarray(np.linalg.qr(table, mode="r"))
        own = np.abs(found.diagonal(axis1=1, axis2=2)) / np.sqrt((found**2).sum(axis=1))
        if own.min() > _NEARLY:
            return found
    return np.asarray(np.linalg.qr(table, mode="r"))


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
