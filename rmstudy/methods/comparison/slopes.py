"""Whether the starting score matters alike in every arm, which one adjusted difference takes for granted."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from scipy import stats

from rmstudy.errors import DesignError
from rmstudy.methods.columns import Arms, Array, Labels, column, numeric, one_row_each
from rmstudy.methods.regression import (
    coefficient,
    confidence_level,
    design_matrix,
    least_squares,
    t_estimate,
)
from rmstudy.results import Estimate, Note, Result

# From this p-value on, slopes count as different.
_DIFFER: Final = 0.05
# Residuals below this share of the outcome's size are binary rounding of a perfect fit.
_GRAIN: Final = 1e-10


def slope_homogeneity(
    data: pd.DataFrame, *, post: str = "post", pre: str = "pre", arm: str = "arm", level: float = 0.95
) -> Result:
    """Test whether the slope of the later score on the starting score is the same in every arm.

    Parameters
    ----------
    data : DataFrame
        One row a person.
    post, pre : str
        Columns of the later and the starting score.
    arm : str
        Column with two labels or more.
    level : float
        Confidence level of the slopes.

    Returns
    -------
    Result
        The steepest slope minus the flattest, with the F test of equal slopes: ``statistic`` is F,
        ``df`` its denominator (the numerator is the number of arms minus one). Then the slope of each
        arm, named by its label, in the order of the labels, with its interval.

    Raises
    ------
    DesignError
        When a column cannot be used, there are fewer than two arms, an arm has no slope (one person,
        or the same starting score for everybody), or nothing is left to estimate an error from.

    Notes
    -----
    The classical F test of ``post ~ arm * pre`` against ``post ~ arm + pre``, residuals of equal
    variance. The steepest slope minus the flattest carries no interval, since the pair was picked by the
    data. Below p = .05 a note says that an adjusted difference holds at the mean starting score.

    When not to use: as leave to adjust. In small studies the test misses most differences of slope,
    and an adjusted difference is an average effect even where slopes differ.

    References
    ----------
    Huitema (2011), *The Analysis of Covariance and Alternatives*, ch. 8. Fox (2016), *Applied
    Regression Analysis and Generalized Linear Models*, ch. 7.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({
    ...     "arm": ["programme"] * 5 + ["waiting"] * 5,
    ...     "pre": [40, 45, 50, 55, 60, 42, 47, 51, 56, 61],
    ...     "post": [52, 53, 61, 62, 70, 46, 50, 52, 60, 63]})
    >>> print(slope_homogeneity(frame).text())
    post: difference of the slopes of the starting score, steepest minus flattest, 0.04 points per point
    (no interval; p = 0.830); 10 people counted, 0 not.
    """
    level = confidence_level(level)
    y, x, group, labels, dropped, notes = _by_arm(data, post, pre, arm)
    slopes, f, df, p_value = _equal_slopes(y, x, group, labels)
    found = [slope for slope, _ in slopes]
    rows = [
        Estimate(
            "steepest minus flattest slope",
            max(found) - min(found),
            None,
            f,
            None if f is None else df,
            p_value,
        ),
        *(
            t_estimate(label, slope, std_error=error, df=df, level=level)
            for label, (slope, error) in zip(labels, slopes, strict=True)
        ),
    ]
    if f is None:
        notes.append(Note.of("no_residual_spread"))
    return Result(
        "slope_homogeneity",
        post,
        "difference of the slopes of the starting score, steepest minus flattest",
        "points per point",
        tuple(rows),
        level,
        {label: int((group == code).sum()) for code, label in enumerate(labels)},
        dropped,
        (*notes, *_said(p_value)),
    )


def slopes_note(columns: dict[str, Array], pre: str, arm: str, arms: Arms) -> tuple[Note, ...]:
    """Say when the slope of the starting score differs between two arms (p < .05).

    A caveat should not be missed for want of power, so without clusters this is the classical test
    of homogeneous slopes, sharper than one with HC3; with clusters it is CR2. Where an arm is too
    small or too uniform to have a slope there is nothing to test.

    Parameters
    ----------
    columns : dict of str to ndarray
        The model's columns by name.
    pre, arm : str
        Names of the two columns that interact.
    arms : Arms
        The people.
    """
    product = {f"{arm} x {pre}": columns[arm] * columns[pre]}
    try:
        x, names, _ = design_matrix(columns | product)
        fit = least_squares(x, arms.post, cluster=arms.cluster)
    except DesignError:
        return ()
    if arms.cluster is not None:
        return _said(coefficient(fit, len(names) - 1, term="interaction", level=0.95).p_value)
    return _said(_f_test(x[:, :-1], x, arms.post)[1]) if np.isfinite(fit.std_errors).any() else ()


def _said(p_value: float | None) -> tuple[Note, ...]:
    """The caveat, when the slopes differ."""
    return (Note.of("slopes_differ", p=p_value),) if p_value is not None and p_value < _DIFFER else ()


def _by_arm(
    data: pd.DataFrame, post: str, pre: str, arm: str
) -> tuple[Array, Array, Labels, list[str], dict[str, int], list[Note]]:
    """Both scores and the arm's number of complete people, the labels, who is left out and why."""
    one_row_each(data)
    label = column(data, arm).map(str, na_action="ignore")
    before, after = numeric(data, pre), numeric(data, post)
    known, complete = label.notna(), label.notna() & before.notna() & after.notna()
    masks = {
        "arm_missing": ~known,
        "pre_only": known & before.notna() & after.isna(),
        "post_only": known & before.isna() & after.notna(),
    }
    notes = [Note.of(code, n=int(mask.sum())) for code, mask in masks.items() if mask.any()]
    labels = sorted(label[known].unique())
    if len(labels) < 2:
        raise DesignError(
            f"The column {arm!r} has {len(labels)} label; slopes are compared between two arms."
        )
    for name in labels:
        starts = before[complete & (label == name)]
        if len(starts) == 0 or np.ptp(starts) <= _GRAIN * np.abs(starts).max():
            reason = f"{len(starts)} complete" if len(starts) < 2 else "everybody starts with the same score"
            raise DesignError(
                f"Arm {name!r}: {reason}, so it has no slope of {post!r} on {pre!r}. Leave it out."
            )
    group = np.asarray(pd.Categorical(label[complete], categories=labels).codes, dtype=np.intp)
    dropped = {name: int((~complete & (label == name)).sum()) for name in labels}
    return after[complete].to_numpy(), before[complete].to_numpy(), group, labels, dropped, notes


def _equal_slopes(
    y: Array, x: Array, group: Labels, labels: list[str]
) -> tuple[list[tuple[float, float]], float | None, float, float | None]:
    """Slope and standard error of each arm, F of equal slopes, its denominator df, and p."""
    dummies = (group[:, None] == np.arange(len(labels))).astype(float)
    centred = x - (dummies @ ((dummies.T @ x) / dummies.sum(axis=0)))
    own = dummies * centred[:, None]
    df = len(y) - 2 * len(labels)
    if df < 1:
        raise DesignError(
            f"{len(y)} people cannot determine {len(labels)} lines and an error. Compare the means instead."
        )
    squares = (own**2).sum(axis=0)
    slopes = (own.T @ y) / squares
    f, p_value = _f_test(np.column_stack([dummies, centred]), np.column_stack([dummies, own]), y)
    residual = y - dummies @ ((dummies.T @ y) / dummies.sum(axis=0)) - own @ slopes
    variance = float(residual @ residual) / df if f is not None else np.nan
    errors = np.sqrt(variance / squares)
    return [(float(b), float(e)) for b, e in zip(slopes, errors, strict=True)], f, float(df), p_value


def _f_test(smaller: Array, larger: Array, y: Array) -> tuple[float | None, float | None]:
    """F and p of the columns that a larger model adds, or nothing when it fits every score exactly."""
    errors = []
    for design in (smaller, larger):
        q, _ = np.linalg.qr(design)
        residuals = y - q @ (q.T @ y)
        errors.append(float(residuals @ residuals))
    if np.abs(residuals).max() <= _GRAIN * np.abs(y).max():
        return None, None
    added, df = larger.shape[1] - smaller.shape[1], len(y) - larger.shape[1]
    f = (errors[0] - errors[1]) / added / (errors[1] / df)
    return f, float(stats.f.sf(f, added, df))
