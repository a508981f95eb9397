"""Two arms compared: adjusted for the starting score, on later scores alone, or change against change.

All differences are programme minus comparison, in the outcome's own units. Without clusters the
standard errors allow unequal spread (HC3, Welch); with `cluster` they are CR2 with Satterthwaite
degrees of freedom. With fewer than two clusters in an arm there is an estimate and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final, cast

import numpy as np
import pandas as pd
from scipy import stats

from rmstudy.errors import DesignError
from rmstudy.methods.columns import Arms, Array, Labels, two_arms
from rmstudy.methods.regression import (
    Fit,
    coefficient,
    confidence_level,
    design_matrix,
    least_squares,
    t_estimate,
    too_few_clusters,
)
from rmstudy.results import Estimate, Note, Result

_DIFFERENCE: Final = "programme minus comparison"
# Below this many effective degrees of freedom a cluster-robust interval needs a warning
# (Tipton 2015, Psychological Methods 20, 375-393).
_LOW_DF: Final = 4.0
# What Works Clearinghouse, Procedures and Standards Handbook 5.0, baseline equivalence.
_FINE: Final = 0.05
_ADJUST: Final = 0.25
# A spread below this share of the scores' size is binary rounding.
_GRAIN: Final = 1e-10


def adjusted_difference(
    data: pd.DataFrame,
    *,
    post: str = "post",
    pre: str = "pre",
    arm: str = "arm",
    programme: Any = "programme",
    covariates: Sequence[str] = (),
    cluster: str | None = None,
    level: float = 0.95,
) -> Result:
    """Difference of the later scores between people with the same starting score (ANCOVA).

    Parameters
    ----------
    data : DataFrame
        One row a person.
    post, pre : str
        Columns of the later and the starting score.
    arm : str
        Column with two labels.
    programme : object
        Label of the programme's arm; the other arm is the comparison.
    covariates : sequence of str
        Further numeric columns known before the programme.
    cluster : str, optional
        Column of cluster labels, such as the pair or the department.
    level : float
        Confidence level.

    Returns
    -------
    Result
        The difference, programme minus comparison, in points; the adjusted mean of each arm at the
        mean starting score (and mean covariates); the slope of the starting score.

    Raises
    ------
    DesignError
        When a column cannot be used, the arms are not two, covariates are collinear, there are
        more coefficients than people, or each arm is one cluster of its own.

    Notes
    -----
    Coefficient of the arm in ``post ~ arm + pre + covariates``; HC3 with n - p degrees of freedom,
    or CR2 with Satterthwaite df when `cluster` is given. The interaction of arm and starting score
    is tested too (the classical test, or CR2 with clusters); at p < .05 a note says that the
    difference holds at the mean starting score. An analysis of variance with sequential sums of squares, the default of
    some software, tests the unadjusted difference instead.

    When not to use: where groups chose themselves and start far apart, report it beside
    `difference_in_differences`, since the two bracket the truth only under assumptions (Lord's
    paradox). Covariates measured after the start of the programme do not belong here.

    References
    ----------
    Vickers & Altman (2001), *BMJ* 323, 1123-1124. Senn (2006), *Statistics in Medicine* 25,
    4334-4344. Standard errors: see `rmstudy.methods.regression.least_squares`.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({
    ...     "arm": ["programme"] * 5 + ["waiting"] * 5,
    ...     "pre": [40, 45, 50, 55, 60, 42, 47, 51, 56, 61],
    ...     "post": [52, 53, 61, 62, 70, 46, 50, 52, 60, 63]})
    >>> print(adjusted_difference(frame).text())
    post: difference between people with the same starting score, programme minus comparison,
    6.69 points (95% interval 3.70 to 9.67); 10 people counted, 0 not.
    """
    level = confidence_level(level)
    _refuse_reuse(covariates, {post: "outcome", pre: "starting score", arm: "arm"})
    arms = two_arms(
        data, post=post, pre=pre, arm=arm, programme=programme, covariates=covariates, cluster=cluster
    )
    columns = {arm: arms.treated, pre: _centred(cast(Array, arms.pre))}
    columns |= {name: _centred(column) for name, column in arms.covariates.items()}
    x, names, notes = design_matrix(columns)
    fit = least_squares(x, arms.post, cluster=arms.cluster)
    # The same model with a column for each arm: its first two coefficients are the adjusted means.
    cells = np.column_stack([arms.treated, 1 - arms.treated, x[:, 2:]])
    means = least_squares(cells, arms.post, cluster=arms.cluster)
    withheld = too_few_clusters(arms.cluster, arms.treated, arms.labels)
    if withheld:
        fit, means = _without_errors(fit), _without_errors(means)
    estimates = _adjusted_estimates(fit, means, names, pre, level)
    if pre in names and not withheld:
        notes += _slopes(columns, pre, arm, arms)
    return Result(
        method="adjusted_difference",
        outcome=post,
        estimand="difference between people with the same starting score, programme minus comparison",
        unit="points",
        estimates=tuple(estimates),
        level=level,
        n=arms.n,
        dropped=arms.dropped,
        notes=(
            *arms.notes,
            *notes,
            *withheld,
            *fit.notes,
            *(_low_df(estimates[0]) if arms.cluster is not None else ()),
        ),
    )


def post_difference(
    data: pd.DataFrame,
    *,
    post: str = "post",
    arm: str = "arm",
    programme: Any = "programme",
    cluster: str | None = None,
    level: float = 0.95,
) -> Result:
    """Difference of the mean later scores of two arms, whatever their starting scores.

    Parameters
    ----------
    data : DataFrame
        One row a person.
    post : str
        Column of the later score.
    arm : str
        Column with two labels.
    programme : object
        Label of the programme's arm; the other arm is the comparison.
    cluster : str, optional
        Column of cluster labels, such as the pair or the department.
    level : float
        Confidence level.

    Returns
    -------
    Result
        The difference, programme minus comparison, in points, and the mean of each arm.

    Raises
    ------
    DesignError
        When a column cannot be used, the arms are not two, an arm has one person (without
        clusters), or each arm is one cluster of its own.

    Notes
    -----
    Welch's t interval with Welch-Satterthwaite df, which allows unequal spread; with `cluster`, CR2
    with Satterthwaite df. Means of the arms carry an interval and no test.

    When not to use: where a starting score exists, `adjusted_difference` answers the same question
    more precisely after a lottery; without a lottery this difference contains whatever set the
    groups apart before.

    References
    ----------
    Welch (1938), *Biometrika* 29, 350-362. Clusters: see
    `rmstudy.methods.regression.least_squares`.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({
    ...     "arm": ["programme"] * 5 + ["waiting"] * 5,
    ...     "post": [52, 53, 61, 62, 70, 46, 50, 52, 60, 63]})
    >>> print(post_difference(frame).text())
    post: difference of mean later scores, programme minus comparison, 5.4 points
    (95% interval −5.1 to 15.9); 10 people counted, 0 not.
    """
    level = confidence_level(level)
    arms = two_arms(data, post=post, pre=None, arm=arm, programme=programme, cluster=cluster)
    scores = _without_rounding(arms.post, arms.treated, np.abs(arms.post).max())
    estimates, notes = _unadjusted(scores, arms, level, mean="mean")
    return Result(
        method="post_difference",
        outcome=post,
        estimand="difference of mean later scores, programme minus comparison",
        unit="points",
        estimates=estimates,
        level=level,
        n=arms.n,
        dropped=arms.dropped,
        notes=(*arms.notes, *notes),
    )


def difference_in_differences(
    data: pd.DataFrame,
    *,
    post: str = "post",
    pre: str = "pre",
    arm: str = "arm",
    programme: Any = "programme",
    cluster: str | None = None,
    level: float = 0.95,
) -> Result:
    """Difference of the mean changes of two arms.

    Parameters
    ----------
    data : DataFrame
        One row a person.
    post, pre : str
        Columns of the later and the starting score.
    arm : str
        Column with two labels.
    programme : object
        Label of the programme's arm; the other arm is the comparison.
    cluster : str, optional
        Column of cluster labels, such as the pair or the department.
    level : float
        Confidence level.

    Returns
    -------
    Result
        The mean change of the programme's arm minus that of the comparison, in points, and the mean
        change of each arm, later minus earlier.

    Raises
    ------
    DesignError
        When a column cannot be used, the arms are not two, an arm has one person (without
        clusters), or each arm is one cluster of its own.

    Notes
    -----
    Welch's t interval on the change of each person; with `cluster`, CR2 with Satterthwaite df. Only
    people with both scores count. The mean changes carry an interval and no test: one arm changing
    "significantly" and the other not says nothing about their difference.

    When not to use: where people were chosen by their starting score, regression to the mean differs
    between the arms and `adjusted_difference` is right; after a lottery it is right too, and more
    precise. Elsewhere this rests on both arms changing alike without the programme.

    References
    ----------
    Angrist & Pischke (2009), *Mostly Harmless Econometrics*, ch. 5.2. Van Breukelen (2006),
    *Journal of Clinical Epidemiology* 59, 920-925. Clusters: see
    `rmstudy.methods.regression.least_squares`.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({
    ...     "arm": ["programme"] * 5 + ["waiting"] * 5,
    ...     "pre": [40, 45, 50, 55, 60, 42, 47, 51, 56, 61],
    ...     "post": [52, 53, 61, 62, 70, 46, 50, 52, 60, 63]})
    >>> difference_in_differences(frame)
    post: difference of mean changes, programme minus comparison, 6.80 points
    (95% interval 4.19 to 9.41); 10 people counted, 0 not.
      mean change, programme: 9.6 (7.0 to 12.2)
      mean change, comparison: 2.80 (1.18 to 4.42)
    """
    level = confidence_level(level)
    arms = two_arms(data, post=post, pre=pre, arm=arm, programme=programme, cluster=cluster)
    before = cast(Array, arms.pre)
    size = max(np.abs(before).max(), np.abs(arms.post).max())
    change = _without_rounding(arms.post - before, arms.treated, size)
    estimates, notes = _unadjusted(change, arms, level, mean="mean change")
    return Result(
        method="difference_in_differences",
        outcome=post,
        estimand="difference of mean changes, programme minus comparison",
        unit="points",
        estimates=estimates,
        level=level,
        n=arms.n,
        dropped=arms.dropped,
        notes=(*arms.notes, *notes),
    )


def baseline_balance(
    data: pd.DataFrame, *, columns: Sequence[str], arm: str = "arm", programme: Any = "programme"
) -> pd.DataFrame:
    """Standardised differences of two arms before the programme, a row a column.

    Parameters
    ----------
    data : DataFrame
        One row a person. For the balance of those who stayed, give only those.
    columns : sequence of str
        Numeric columns known before the programme; a category enters as columns of 0 and 1.
    arm : str
        Column with two labels.
    programme : object
        Label of the programme's arm; the other arm is the comparison.

    Returns
    -------
    DataFrame
        Indexed by ``column``: people and people without a value in each arm (``n_programme``,
        ``n_comparison``, ``missing_programme``, ``missing_comparison``), ``mean_programme``,
        ``mean_comparison``, ``standardised_difference`` (programme minus comparison),
        ``variance_ratio`` (programme over comparison) and ``band``: ``"fine"`` up to .05 standard
        deviations, ``"adjust"`` up to .25, ``"fails"`` beyond. NaN (and no band) where a quantity
        does not exist.

    Raises
    ------
    DesignError
        When a column cannot be used, the arms are not two, or an arm has no value of a column.

    Notes
    -----
    The difference of means is divided by the root of the mean of the two variances (Rubin 2001;
    Austin 2009), so that neither group's size weighs. Where neither arm has any spread, equal means
    are ``"fine"`` and unequal ones ``"fails"``, though no standardised difference exists. No
    p-values: they measure the sample's size, not the balance.

    When not to use: after a lottery the differences are chance; adjust for the starting score in
    any case, and do not choose covariates by this table.

    References
    ----------
    What Works Clearinghouse (2022), *Procedures and Standards Handbook*, version 5.0. Austin (2009),
    *Statistics in Medicine* 28, 3083-3107.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"arm": ["programme"] * 4 + ["waiting"] * 4,
    ...                       "age": [44, 48, 51, 57, 45, 47, 50, 57]})
    >>> table = baseline_balance(frame, columns=["age"])
    >>> round(float(table.loc["age", "standardised_difference"]), 3), table.loc["age", "band"]
    (0.047, 'fine')
    """
    rows = []
    for name in columns:
        arms = two_arms(data, post=name, pre=None, arm=arm, programme=programme)
        rows.append({"column": name} | _balance(arms))
    if not rows:
        raise DesignError("No columns to compare. Name at least one: columns=['pre'].")
    return pd.DataFrame(rows).set_index("column")


def _balance(arms: Arms) -> dict[str, object]:
    """Standardised difference, variance ratio and band of one column."""
    values = _without_rounding(arms.post, arms.treated, np.abs(arms.post).max())
    ours, theirs = values[arms.treated == 1], values[arms.treated == 0]
    difference = float(ours.mean() - theirs.mean())
    v1, v0 = (float(part.var(ddof=1)) if len(part) > 1 else np.nan for part in (ours, theirs))
    spread = float(np.sqrt((v1 + v0) / 2))
    smd = difference / spread if spread > 0 else np.nan
    size = abs(smd) if spread > 0 else (0.0 if difference == 0 else np.inf)
    band = "fine" if size <= _FINE else "adjust" if size <= _ADJUST else "fails"
    return {
        "n_programme": arms.n[arms.labels[0]],
        "n_comparison": arms.n[arms.labels[1]],
        "missing_programme": arms.dropped[arms.labels[0]],
        "missing_comparison": arms.dropped[arms.labels[1]],
        "mean_programme": float(ours.mean()),
        "mean_comparison": float(theirs.mean()),
        "standardised_difference": smd,
        "variance_ratio": v1 / v0 if v0 > 0 else np.nan,
        "band": None if np.isnan(spread) else band,
    }


def _unadjusted(
    scores: Array, arms: Arms, level: float, *, mean: str
) -> tuple[tuple[Estimate, ...], tuple[Note, ...]]:
    """Difference of two means and both means, by Welch or CR2, with the notes."""
    terms = (_DIFFERENCE, f"{mean}, programme", f"{mean}, comparison")
    if arms.cluster is None:
        rows, notes = _by_welch(scores, arms, level, terms)
    else:
        rows, notes = _by_clusters(scores, arms, arms.cluster, level, terms)
    return (rows[0], _untested(rows[1]), _untested(rows[2])), notes


def _by_welch(
    scores: Array, arms: Arms, level: float, terms: tuple[str, ...]
) -> tuple[list[Estimate], tuple[Note, ...]]:
    """The three rows with Welch's standard error for the difference."""
    ours, theirs = scores[arms.treated == 1], scores[arms.treated == 0]
    for label, part in zip(arms.labels, (ours, theirs), strict=True):
        if len(part) < 2:
            raise DesignError(
                f"Arm {label!r} has one person: its spread cannot be estimated, so there is no Welch interval. "
                "Describe the scores instead."
            )
    moments = (_welch(ours, theirs), _mean(ours), _mean(theirs))
    rows = [
        t_estimate(term, value, std_error=error, df=df, level=level)
        for term, (value, error, df) in zip(terms, moments, strict=True)
    ]
    return rows, () if moments[0][1] > 0 else (Note.of("no_residual_spread"),)


def _by_clusters(
    scores: Array, arms: Arms, cluster: Labels, level: float, terms: tuple[str, ...]
) -> tuple[list[Estimate], tuple[Note, ...]]:
    """The three rows with CR2 standard errors, withheld where an arm has too few clusters."""
    withheld = too_few_clusters(cluster, arms.treated, arms.labels)
    contrast = least_squares(np.column_stack([np.ones_like(scores), arms.treated]), scores, cluster=cluster)
    means = least_squares(np.column_stack([arms.treated, 1 - arms.treated]), scores, cluster=cluster)
    if withheld:
        contrast, means = _without_errors(contrast), _without_errors(means)
    rows = [
        coefficient(contrast, 1, term=terms[0], level=level),
        coefficient(means, 0, term=terms[1], level=level),
        coefficient(means, 1, term=terms[2], level=level),
    ]
    return rows, (*withheld, *contrast.notes, *_low_df(rows[0]))


def _welch(ours: Array, theirs: Array) -> tuple[float, float, float]:
    """Difference of two means, its standard error and its df (Welch 1938; Satterthwaite 1946)."""
    v1, v0 = ours.var(ddof=1) / len(ours), theirs.var(ddof=1) / len(theirs)
    pieces = v1**2 / (len(ours) - 1) + v0**2 / (len(theirs) - 1)
    df = (v1 + v0) ** 2 / pieces if pieces > 0 else np.nan
    return float(ours.mean() - theirs.mean()), float(np.sqrt(v1 + v0)), float(df)


def _mean(values: Array) -> tuple[float, float, float]:
    """A mean, its standard error and its df."""
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values))), float(len(values) - 1)


def _adjusted_estimates(
    fit: Fit, means: Fit, names: tuple[str, ...], pre: str, level: float
) -> list[Estimate]:
    """The difference, the adjusted means and, where people started unlike, the slope of the starting score."""
    estimates = [
        coefficient(fit, 1, term=_DIFFERENCE, level=level),
        _untested(coefficient(means, 0, term="adjusted mean, programme", level=level)),
        _untested(coefficient(means, 1, term="adjusted mean, comparison", level=level)),
    ]
    if pre in names:
        estimates.append(coefficient(fit, names.index(pre), term="slope of the starting score", level=level))
    return estimates


def _slopes(columns: dict[str, Array], pre: str, arm: str, arms: Arms) -> tuple[Note, ...]:
    """Say when the slope of the starting score differs between the arms (p < .05).

    A caveat should not be missed for want of power, so without clusters this is the classical test
    of homogeneous slopes, sharper than one with HC3; with clusters it is CR2. Where an arm is too
    small or too uniform to have a slope there is nothing to test.
    """
    product = {f"{arm} x {pre}": columns[arm] * columns[pre]}
    try:
        x, names, _ = design_matrix(columns | product)
        fit = least_squares(x, arms.post, cluster=arms.cluster)
    except DesignError:
        return ()
    if arms.cluster is None:
        p_value = _last_column_p(x, arms.post) if np.isfinite(fit.std_errors).any() else None
    else:
        p_value = coefficient(fit, len(names) - 1, term="interaction", level=0.95).p_value
    return (Note.of("slopes_differ", p=p_value),) if p_value is not None and p_value < 0.05 else ()


def _last_column_p(x: Array, y: Array) -> float:
    """P-value of the last column under independent errors of equal variance."""
    q, _ = np.linalg.qr(x)
    df = len(y) - x.shape[1]
    error = float(np.sum((y - q @ (q.T @ y)) ** 2)) / df
    return float(stats.f.sf(float(q[:, -1] @ y) ** 2 / error, 1, df))


def _low_df(difference: Estimate) -> tuple[Note, ...]:
    """Warn when a difference rests on few effective degrees of freedom."""
    if difference.df is None or difference.df >= _LOW_DF:
        return ()
    return (Note.of("low_df", df=difference.df),)


def _without_errors(fit: Fit) -> Fit:
    """The same coefficients with everything else withheld."""
    missing = np.full(len(fit.coefficients), np.nan)
    return replace(fit, std_errors=missing, df=missing, notes=())


def _untested(estimate: Estimate) -> Estimate:
    """A mean with its interval but no test: nobody asks whether a mean score is zero."""
    return replace(estimate, statistic=None, p_value=None)


def _centred(values: Array) -> Array:
    """Values minus their mean, and exactly zero where they differ by binary rounding only."""
    if np.ptp(values) <= _GRAIN * np.abs(values).max():
        return np.zeros_like(values)
    return np.asarray(values - values.mean())


def _without_rounding(values: Array, treated: Array, size: float) -> Array:
    """Values whose spread within an arm, where it is binary rounding only, is removed."""
    clean = values.copy()
    for which in (0, 1):
        part = treated == which
        if np.ptp(values[part]) <= _GRAIN * size:
            clean[part] = values[part].mean()
    return clean


def _refuse_reuse(covariates: Sequence[str], roles: dict[str, str]) -> None:
    """Refuse a covariate that already has a place in the model."""
    for name in covariates:
        if name in roles:
            raise DesignError(
                f"The covariate {name!r} is already the {roles[name]}. Leave it out of covariates=."
            )
