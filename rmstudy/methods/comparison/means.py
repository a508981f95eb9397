"""Two arms compared: adjusted for the starting score, on later scores alone, or change against change.

All differences are programme minus comparison, in the outcome's own units. Without clusters the
standard errors allow unequal spread (HC2, Welch); with `cluster` they are CR2 with Satterthwaite
degrees of freedom. With fewer than two clusters in an arm there is an estimate and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, cast

import numpy as np
import pandas as pd

from rmstudy.errors import DesignError
from rmstudy.methods.columns import Arms, Array, Labels, two_arms
from rmstudy.methods.comparison.ancova import (
    AdjustedModel,
    adjusted_arms,
    adjusted_model,
    untested,
    without_errors,
)
from rmstudy.methods.comparison.moments import changes, moments, welch, without_rounding
from rmstudy.methods.regression import (
    coefficient,
    confidence_level,
    least_squares,
    low_df,
    t_estimate,
    too_few_clusters,
)
from rmstudy.results import Estimate, Note, Result

DIFFERENCE: Final = "programme minus comparison"


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
    The coefficient τ of the arm A in ``post = α + τ A + β (pre - mean(pre)) + γ'(x - mean(x))``, by least
    squares; without covariates ``τ = (Ȳ1 - Ȳ0) - b (X̄1 - X̄0)``, with b the slope of the starting score
    within arms. With u the row of ``(X'X)⁻¹ X'`` that gives τ, residuals e and leverages h the interval
    is ``τ ± t SE`` with ``SE² = Σ_i u_i² e_i² / (1 - h_i)`` (HC2), and with `cluster`
    ``SE² = Σ_g (u_g' (I - H_gg)^(-1/2) e_g)²`` (CR2); t has Satterthwaite df for this coefficient (Bell &
    McCaffrey). The adjusted means are ``α + τ`` and α. The interaction of arm and starting score
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
    6.69 points (95% interval 4.14 to 9.23); 10 people counted, 0 not.
    """
    level = confidence_level(level)
    arms = adjusted_arms(
        data, post=post, pre=pre, arm=arm, programme=programme, covariates=covariates, cluster=cluster
    )
    model = adjusted_model(arms, arm=arm, pre=pre)
    return Result(
        method="adjusted_difference",
        outcome=post,
        estimand="difference between people with the same starting score, programme minus comparison",
        unit="points",
        estimates=_adjusted_rows(model, arms, pre, level),
        level=level,
        n=arms.n,
        dropped=arms.dropped,
        notes=(*arms.notes, *model.notes),
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
    ``Ȳ1 - Ȳ0 ± t SE`` with ``SE² = v1 + v0``, ``v = s² / n`` of each arm, and
    ``(v1 + v0)² / (v1² / (n1 - 1) + v0² / (n0 - 1))`` df (Welch), which allows unequal spread; with `cluster`,
    the CR2 error of the same difference with Satterthwaite df. The means of the arms, ``Ȳ ± t s / √n`` on
    n - 1 df, carry an interval and no test.

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
    scores = without_rounding(arms.post, arms.treated)
    estimates, notes = unadjusted(scores, arms, level, mean="mean")
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
    With ``D = post - pre`` of each person, ``D̄1 - D̄0 ± t SE``, ``SE² = v1 + v0``, ``v = s_D² / n`` of each
    arm, on ``(v1 + v0)² / (v1² / (n1 - 1) + v0² / (n0 - 1))`` df (Welch); with `cluster`, the CR2 error of the
    same difference with Satterthwaite df. Only people with both scores count. The mean changes carry an
    interval and no test: one arm changing "significantly" and the other not says nothing about their difference.

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
    change = changes(cast(Array, arms.pre), arms)
    estimates, notes = unadjusted(change, arms, level, mean="mean change")
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


def unadjusted(
    scores: Array, arms: Arms, level: float, *, mean: str
) -> tuple[tuple[Estimate, ...], tuple[Note, ...]]:
    """Difference of two means and both means, by Welch or CR2, with the notes."""
    terms = (DIFFERENCE, f"{mean}, programme", f"{mean}, comparison")
    if arms.cluster is None:
        rows, notes = _by_welch(scores, arms, level, terms)
    else:
        rows, notes = _by_clusters(scores, arms, arms.cluster, level, terms)
    return (rows[0], untested(rows[1]), untested(rows[2])), notes


def _by_welch(
    scores: Array, arms: Arms, level: float, terms: tuple[str, ...]
) -> tuple[list[Estimate], tuple[Note, ...]]:
    """The three rows with Welch's standard error for the difference."""
    m = moments(scores, arms.treated)
    for label, people in zip(arms.labels, (m.n1, m.n0), strict=True):
        if people < 2:
            raise DesignError(
                f"Arm {label!r} has one person: its spread cannot be estimated, so there is no Welch interval. "
                "Describe the scores instead."
            )
    std_error, df = welch(m)
    rows = [
        t_estimate(terms[0], m.difference, std_error=std_error, df=df, level=level),
        t_estimate(terms[1], m.mean1, std_error=m.sd1 / m.n1**0.5, df=m.n1 - 1, level=level),
        t_estimate(terms[2], m.mean0, std_error=m.sd0 / m.n0**0.5, df=m.n0 - 1, level=level),
    ]
    return rows, () if std_error > 0 else (Note.of("no_residual_spread"),)


def _by_clusters(
    scores: Array, arms: Arms, cluster: Labels, level: float, terms: tuple[str, ...]
) -> tuple[list[Estimate], tuple[Note, ...]]:
    """The three rows with CR2 standard errors, withheld where an arm has too few clusters."""
    withheld = too_few_clusters(cluster, arms.treated, arms.labels)
    contrast = least_squares(np.column_stack([np.ones_like(scores), arms.treated]), scores, cluster=cluster)
    means = least_squares(np.column_stack([arms.treated, 1 - arms.treated]), scores, cluster=cluster)
    if withheld:
        contrast, means = without_errors(contrast), without_errors(means)
    rows = [
        coefficient(contrast, 1, term=terms[0], level=level),
        coefficient(means, 0, term=terms[1], level=level),
        coefficient(means, 1, term=terms[2], level=level),
    ]
    return rows, (*withheld, *contrast.notes, *low_df(cluster, rows[0].df))


def _adjusted_rows(model: AdjustedModel, arms: Arms, pre: str, level: float) -> tuple[Estimate, ...]:
    """The difference, the adjusted means and, where people started unlike, the slope of the starting score."""
    # The same model with a column for each arm: its first two coefficients are the adjusted means.
    cells = np.column_stack([arms.treated, 1 - arms.treated, model.x[:, 2:]])
    means = least_squares(cells, arms.post, cluster=arms.cluster, errors="hc2")
    if model.withheld:
        means = without_errors(means)
    rows = [
        coefficient(model.fit, 1, term=DIFFERENCE, level=level),
        untested(coefficient(means, 0, term="adjusted mean, programme", level=level)),
        untested(coefficient(means, 1, term="adjusted mean, comparison", level=level)),
    ]
    if pre in model.names:
        slope = model.names.index(pre)
        rows.append(coefficient(model.fit, slope, term="slope of the starting score", level=level))
    return tuple(rows)
