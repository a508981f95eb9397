"""Who left: how many, from which arm, and whether those who left were like those who stayed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from rmstudy.errors import DesignError
from rmstudy.methods.columns import Array, column, names_of, numeric, one_row_each, two_arms
from rmstudy.methods.missing.leaving import Logistic, logistic, telling
from rmstudy.methods.regression import confidence_level, design_matrix, t_estimate
from rmstudy.results import Estimate, Note, Result

Flags = npt.NDArray[np.bool_]

_PROGRAMME: Final = "programme"


def attrition(
    data: pd.DataFrame,
    *,
    post: str = "post",
    arm: str | None = "arm",
    programme: Any = "programme",
    covariates: Sequence[str] = (),
    level: float = 0.95,
) -> Result:
    """Share of people lost, programme minus comparison, and how they differed from those who stayed.

    Parameters
    ----------
    data : DataFrame
        One row a person: everybody who started, the lost included.
    post : str
        Column of the later score; without a value, a person is lost.
    arm : str, optional
        Column with two labels; None for one group.
    programme : object
        Label of the programme's arm; the other arm is the comparison.
    covariates : sequence of str
        Numeric columns known at the start, the starting score among them.
    level : float
        Confidence level.

    Returns
    -------
    Result
        The difference of the shares lost (one group: the share lost), and the shares of everybody and
        of each arm. For each covariate: left minus stayed, in its own units and in standard
        deviations, and programme minus comparison among those who stayed, in standard deviations.
        Then the logistic model of who left: log-odds of each column, its likelihood ratio test and
        McFadden's R², and the test that different kinds of people left the two arms.

    Raises
    ------
    DesignError
        When a column cannot be used or the arms are not two.

    Notes
    -----
    Newcombe's interval for the difference, ``D - √((p1 - l1)² + (u0 - p0)²)`` to
    ``D + √((u1 - p1)² + (p0 - l0)²)`` from the Wilson limits (l, u) of the two shares, with Fisher's exact
    p-value; Wilson's for the shares. Left minus stayed has Welch's interval; in standard deviations it is
    ``(mean_left - mean_stayed) / √((s_left² + s_stayed²) / 2)``. The model is
    ``log(P(lost) / (1 - P(lost))) = β0 + β_A A + β'x``, fitted by maximum likelihood, with Wald tests and
    intervals ``β ± z SE``. With L its log-likelihood and L0 that of the intercept alone, the likelihood
    ratio is ``2 (L - L0)`` against chi-square, and McFadden's R² ``1 - L / L0``. The test of differential
    selection adds the products ``A (x - mean(x))`` and is ``2 (L_products - L)``. Where columns tell
    the lost from the others without error the model has no finite coefficients: they are withheld, where
    usual software prints a coefficient of 46 and p near 1. Nobody lost: 0 %, and no model.

    When not to use: as proof that nothing was lost by losing people. Equal shares may hide different
    people, and columns show only what was measured; `tipping_point` asks what that could change.

    References
    ----------
    Newcombe (1998), *Statistics in Medicine* 17, 873-890, method 10. Hosmer, Lemeshow & Sturdivant
    (2013), *Applied Logistic Regression*, ch. 3 to 5. What Works Clearinghouse (2022), *Procedures and
    Standards Handbook*, version 5.0.

    Examples
    --------
    >>> import pandas as pd
    >>> data = pd.DataFrame({"arm": ["programme"] * 10 + ["waiting"] * 10,
    ...                      "post": [7.0] * 6 + [None] * 4 + [6.0] * 9 + [None]})
    >>> attrition(data)
    post: difference in the share of people lost, programme minus comparison, 0.30 of the people
    (95% interval −0.08 to 0.60); 20 people counted, 0 not.
      share lost: 0.25 (0.11 to 0.47)
      share lost, programme: 0.40 (0.17 to 0.69)
      share lost, comparison: 0.10 (0.02 to 0.40)
    """
    level = confidence_level(level)
    covariates = names_of("covariates", covariates)
    _refuse_covariates(covariates, (post, arm, None if arm is None else _PROGRAMME))
    one_row_each(data)
    lost = column(data, post).isna().astype("float64")
    if arm is None:
        left, treated, labels, n, notes = lost.to_numpy() == 1, None, ("", ""), {"all": len(data)}, []
        start = {name: _values(data, name) for name in covariates}
    else:
        arms = two_arms(
            pd.DataFrame({post: lost, arm: column(data, arm)}),
            post=post,
            pre=None,
            arm=arm,
            programme=programme,
        )
        left, treated, labels = arms.post == 1, arms.treated == 1, arms.labels
        n, notes = dict(arms.n), list(arms.notes)
        start = {name: _values(data, name)[data[arm].notna().to_numpy()] for name in covariates}
    if not len(left):
        raise DesignError("There is nobody in the data.")
    described, more = _who_left(start, left, treated, labels, level)
    notes += more
    for label, who in _by_arm(treated, labels):
        if left[who].all():
            notes.append(Note.of("everybody_lost", arm=label))
    return Result(
        "attrition",
        post,
        "share of people lost"
        if arm is None
        else "difference in the share of people lost, programme minus comparison",
        "of the people",
        (*_shares(left, treated, level), *described),
        level,
        n,
        dict.fromkeys(n, 0),
        tuple(notes),
    )


def _refuse_covariates(covariates: Sequence[str], taken: Sequence[str | None]) -> None:
    """Refuse a name that already has a place in the model."""
    for name in covariates:
        if name in taken:
            raise DesignError(
                f"The covariate {name!r} already has a place here, as the outcome or the arm. "
                "Leave it out of covariates=, or give it another name."
            )


def _values(data: pd.DataFrame, name: str) -> Array:
    """A numeric column as an array."""
    return np.asarray(numeric(data, name), dtype=np.float64)


def _by_arm(treated: Flags | None, labels: tuple[str, str]) -> list[tuple[str, Flags | slice]]:
    """The arms by their labels, or everybody."""
    if treated is None:
        return [("all", slice(None))]
    return [(labels[0], treated), (labels[1], ~treated)]


def _shares(left: Flags, treated: Flags | None, level: float) -> list[Estimate]:
    """Difference of the shares lost, and the shares."""
    overall = _share("share lost", left, level)
    if treated is None:
        return [overall]
    ours, theirs = left[treated], left[~treated]
    x1, n1, x0, n0 = int(ours.sum()), len(ours), int(theirs.sum()), len(theirs)
    low, high = confint_proportions_2indep(
        x1, n1, x0, n0, method="newcomb", compare="diff", alpha=1 - level, correction=False
    )
    p_value = float(stats.fisher_exact([[x1, n1 - x1], [x0, n0 - x0]]).pvalue)
    return [
        Estimate(
            "programme minus comparison", x1 / n1 - x0 / n0, p_value=p_value, conf_low=low, conf_high=high
        ),
        overall,
        _share("share lost, programme", ours, level),
        _share("share lost, comparison", theirs, level),
    ]


def _share(term: str, left: Flags, level: float) -> Estimate:
    """A share of people with Wilson's interval; rounding must not carry it past 0 or 1."""
    count, n = int(left.sum()), len(left)
    low, high = proportion_confint(count, n, alpha=1 - level, method="wilson")
    return Estimate(
        term, count / n, conf_low=0.0 if count == 0 else low, conf_high=1.0 if count == n else high
    )


def _who_left(
    start: Mapping[str, Array], left: Flags, treated: Flags | None, labels: tuple[str, str], level: float
) -> tuple[list[Estimate], list[Note]]:
    """How those who left differed at the start, column by column and in one model."""
    if not left.any():
        return [], [Note.of("nobody_lost")]
    if left.all() or not start:
        return [], []
    rows: list[Estimate] = []
    for name, values in start.items():
        rows += _left_against_stayed(name, values, left, treated, level)
    complete = ~np.isnan(np.column_stack(list(start.values()))).any(axis=1)
    notes = []
    if not complete.all():
        notes.append(Note.of("start_missing", n=int((~complete).sum()), columns=tuple(start)))
    columns = {name: values[complete] for name, values in start.items()}
    if treated is not None:
        columns = {_PROGRAMME: treated[complete].astype(float)} | columns
    modelled, more = _model(columns, left[complete].astype(float), treated is not None, level)
    return rows + modelled, notes + more


def _left_against_stayed(
    name: str, values: Array, left: Flags, treated: Flags | None, level: float
) -> list[Estimate]:
    """One column: left minus stayed, and the arms among those who stayed."""
    known = ~np.isnan(values)
    gone, there = values[known & left], values[known & ~left]
    rows = [
        _welch(f"left minus stayed, {name}", gone, there, level),
        Estimate(f"left minus stayed in SD, {name}", _standardised(gone, there)),
    ]
    if treated is not None:
        ours, theirs = values[known & ~left & treated], values[known & ~left & ~treated]
        rows.append(
            Estimate(
                f"programme minus comparison of those who stayed in SD, {name}", _standardised(ours, theirs)
            )
        )
    return rows


def _standardised(first: Array, second: Array) -> float | None:
    """Difference of means over the root of the mean of both variances."""
    if min(len(first), len(second)) < 2:
        return None
    spread = np.sqrt((first.var(ddof=1) + second.var(ddof=1)) / 2)
    return float((first.mean() - second.mean()) / spread) if spread > 0 else None


def _welch(term: str, first: Array, second: Array, level: float) -> Estimate:
    """Difference of means with Welch's interval."""
    if not len(first) or not len(second):
        return Estimate(term, None)
    difference = float(first.mean() - second.mean())
    if min(len(first), len(second)) < 2:
        return Estimate(term, difference)
    v1, v0 = first.var(ddof=1) / len(first), second.var(ddof=1) / len(second)
    pieces = v1**2 / (len(first) - 1) + v0**2 / (len(second) - 1)
    df = float((v1 + v0) ** 2 / pieces) if pieces > 0 else np.nan
    return t_estimate(term, difference, std_error=float(np.sqrt(v1 + v0)), df=df, level=level)


def _model(
    columns: Mapping[str, Array], left: Array, arms: bool, level: float
) -> tuple[list[Estimate], list[Note]]:
    """The logistic model of who left, and whether it differs between the arms."""
    products = {
        f"{_PROGRAMME} x {name}": columns[_PROGRAMME] * (values - values.mean())
        for name, values in columns.items()
        if arms and name != _PROGRAMME
    }
    try:
        x, names, notes = design_matrix(columns)
    except DesignError as refusal:
        return [], [Note.of("leaving_not_modelled", reason=str(refusal))]
    if np.ptp(left) == 0:
        reason = "among the people with all starting values, either all were lost or all stayed."
        return [], [*notes, Note.of("leaving_not_modelled", reason=reason)]
    alone = telling(x, left, names)
    if alone:
        return [], [*notes, Note.of("leaving_separated", columns=alone)]
    fit = logistic(x, left)
    order = [*range(1, len(names)), 0]  # the intercept after the columns
    rows = [_log_odds(f"log-odds of leaving, {names[j]}", fit, j, level) for j in order]
    rows.append(
        _likelihood_ratio(
            "model of who left, likelihood ratio test", fit.null_log_likelihood, fit, len(names) - 1
        )
    )
    rows.append(Estimate("model of who left, McFadden R²", 1 - fit.log_likelihood / fit.null_log_likelihood))
    if not products:
        return rows, list(notes)
    selection, more = _differential_selection(
        {name: columns[name] for name in names[1:]}, products, fit, left
    )
    return [*rows, selection], [*notes, *more]


def _differential_selection(
    columns: Mapping[str, Array], products: Mapping[str, Array], fit: Logistic, left: Array
) -> tuple[Estimate, list[Note]]:
    """Whether different kinds of people left the two arms."""
    term = "different people left the two arms, likelihood ratio test"
    try:
        x, names, _ = design_matrix(dict(columns) | dict(products))
    except DesignError:
        return Estimate(term, None), [Note.of("selection_not_tested")]
    if telling(x, left, names):
        return Estimate(term, None), [Note.of("selection_not_tested")]
    return _likelihood_ratio(term, fit.log_likelihood, logistic(x, left), len(names) - 1 - len(columns)), []


def _log_odds(term: str, fit: Logistic, j: int, level: float) -> Estimate:
    """One coefficient with its Wald test and interval."""
    # the normal distribution is the t distribution with infinite df
    row = t_estimate(
        term, float(fit.coefficients[j]), std_error=float(fit.std_errors[j]), df=np.inf, level=level
    )
    return replace(row, df=None)


def _likelihood_ratio(term: str, smaller: float, larger: Logistic, df: int) -> Estimate:
    """Twice the gain in log-likelihood against chi-square."""
    if not df:
        return Estimate(term, None)
    statistic = max(2 * (larger.log_likelihood - smaller), 0.0)
    return Estimate(term, None, statistic=statistic, df=df, p_value=float(stats.chi2.sf(statistic, df)))
