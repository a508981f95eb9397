"""Shares of people who reach a cut-off, and their differences.

Every interval is built from Wilson's, so that it stays inside its range and is right with nobody or
everybody at the cut-off, where the textbook interval collapses to a point.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep

from rmstudy.errors import DesignError
from rmstudy.methods.columns import Arms, Array, numeric, one_row_each, paired, two_arms
from rmstudy.methods.regression import confidence_level
from rmstudy.methods.wilson import wilson, wilson_limits
from rmstudy.results import Estimate, Note, Result

Flags = npt.NDArray[np.bool_]


def share(
    data: pd.DataFrame,
    *,
    outcome: str,
    cutoff: float,
    higher_is_better: bool = True,
    level: float = 0.95,
) -> Result:
    """Share of people at the cut-off or better.

    Parameters
    ----------
    data : DataFrame
        One row a person.
    outcome : str
        Column of the score.
    cutoff : float
        The score that counts as reached; somebody exactly on it has reached it.
    higher_is_better : bool
        Whether scores above the cut-off are the good ones.
    level : float
        Confidence level.

    Returns
    -------
    Result
        The share of those with the score, with Wilson's interval.

    Raises
    ------
    DesignError
        When the column is missing, not numeric or empty.

    Notes
    -----
    Wilson's score interval, ``(p + z² / (2n) ± z √(p (1 - p) / n + z² / (4n²))) / (1 + z² / n)``.

    When not to use: to say that a share rose (`paired_risk_difference`), or
    when the distance from the cut-off matters, which a share throws away.

    References
    ----------
    Wilson (1927), *JASA* 22, 209-212. Newcombe (1998), *Statistics in Medicine* 17, 857-872, method 3.

    Examples
    --------
    >>> import pandas as pd
    >>> data = pd.DataFrame({"test": [52, 61, 70, 58, 66, 80, 49, 73]})
    >>> print(share(data, outcome="test", cutoff=60).text())
    test: share of people at the cut-off or better, 0.62 of the people (95% interval 0.31 to 0.86); 8 people
    counted, 0 not.
    """
    level = confidence_level(level)
    one_row_each(data)
    values = numeric(data, outcome)
    observed = values.dropna().to_numpy(dtype=np.float64)
    lacking = len(values) - len(observed)
    notes = (Note.of("column_missing", n=lacking, columns=(outcome,)),) if lacking else ()
    reached = _reached(observed, cutoff, higher_is_better)
    return Result(
        "share",
        outcome,
        "share of people at the cut-off or better",
        "of the people",
        (share_of("share", reached, level),),
        level,
        {"all": len(observed)},
        {"all": lacking},
        notes,
    )


def paired_risk_difference(
    data: pd.DataFrame,
    *,
    pre: str = "pre",
    post: str = "post",
    cutoff: float | None = None,
    higher_is_better: bool = True,
    level: float = 0.95,
) -> Result:
    """Change in the share of people at the cut-off or better, after minus before.

    Parameters
    ----------
    data : DataFrame
        One row a person.
    pre, post : str
        Columns of the earlier and the later score, or of 0 and 1 without a cut-off.
    cutoff : float, optional
        The score that counts as reached; without it the columns hold 0 and 1.
    higher_is_better : bool
        Whether scores above the cut-off are the good ones.
    level : float
        Confidence level.

    Returns
    -------
    Result
        The difference of the two shares with its interval and the exact McNemar p-value; the share
        before and the share after, and the shares who came to it and who lost it.

    Raises
    ------
    DesignError
        With fewer than two people who have both scores, or values other than 0 and 1 without a
        cut-off.

    Notes
    -----
    Newcombe's method 10. With Wilson limits (l2, u2) of the share after, p2, and (l1, u1) of the share
    before, p1, and ``D = p2 - p1``, the limits are ``D - √(a² - 2φab + b²)`` with ``a = p2 - l2``,
    ``b = u1 - p1``, and ``D + √(c² - 2φcd + d²)`` with ``c = u2 - p2``, ``d = p1 - l1``. φ is ``k / √M``, M the
    product of the four margins and ``k = both × neither - gained × lost``; where k > 0 it is
    ``max(k - n / 2, 0)`` (his continuity correction, so that a table with few changes is not taken as
    perfectly correlated), and φ is 0 where a margin is empty. The p-value is the exact binomial test
    among those who changed side, which is conservative. The usual Wald interval is too narrow in small
    samples and can leave -1 to 1.

    When not to use: as proof that the programme caused it, since nobody is there to compare with.

    References
    ----------
    Newcombe (1998), *Statistics in Medicine* 17, 2635-2650, method 10. McNemar (1947),
    *Psychometrika* 12, 153-157.

    Examples
    --------
    >>> import pandas as pd
    >>> data = pd.DataFrame({"pre": [1, 1, 0, 0, 0, 0, 0, 1, 0, 0], "post": [1, 1, 1, 1, 0, 1, 0, 0, 1, 1]})
    >>> print(paired_risk_difference(data).text())
    post: change in the share at the cut-off or better, after minus before, 0.40 of the people (95% interval −0.04
    to 0.68); 10 people counted, 0 not.
    """
    level = confidence_level(level)
    pairs = paired(data, pre=pre, post=post)
    before = _reached_or_binary(pairs.pre, pre, cutoff, higher_is_better)
    after = _reached_or_binary(pairs.post, post, cutoff, higher_is_better)
    n = len(before)
    both, gained = int((before & after).sum()), int((~before & after).sum())
    lost, neither = int((before & ~after).sum()), int((~before & ~after).sum())
    low, high = _newcombe_paired(both, gained, lost, neither, level)
    p_value = float(stats.binomtest(gained, gained + lost).pvalue) if gained + lost else 1.0
    change = Estimate("change in share", (gained - lost) / n, p_value=p_value, conf_low=low, conf_high=high)
    return Result(
        "paired_risk_difference",
        post,
        "change in the share at the cut-off or better, after minus before",
        "of the people",
        (
            change,
            share_of("share before", before, level),
            share_of("share after", after, level),
            share_of("share who came to it", ~before & after, level),
            share_of("share who lost it", before & ~after, level),
        ),
        level,
        pairs.n,
        pairs.dropped,
        pairs.notes,
    )


def risk_difference(
    data: pd.DataFrame,
    *,
    outcome: str,
    arm: str = "arm",
    programme: Any = "programme",
    cutoff: float | None = None,
    higher_is_better: bool = True,
    level: float = 0.95,
) -> Result:
    """Difference in the share of people at the cut-off or better, programme minus comparison.

    Parameters
    ----------
    data : DataFrame
        One row a person.
    outcome : str
        Column of the score, or of 0 and 1 without a cut-off.
    arm : str
        Column with two labels.
    programme : object
        Label of the programme's arm; the other arm is the comparison.
    cutoff : float, optional
        The score that counts as reached; without it the column holds 0 and 1.
    higher_is_better : bool
        Whether scores above the cut-off are the good ones.
    level : float
        Confidence level.

    Returns
    -------
    Result
        The difference of the two shares with its interval and Fisher's exact p-value; the share of
        each arm.

    Raises
    ------
    DesignError
        When a column is missing, the labels are not two, an arm has no outcome, or there are values
        other than 0 and 1 without a cut-off.

    Notes
    -----
    Newcombe's method 10. With Wilson limits (l, u) of each share p and ``D = p1 - p0``, programme first,
    the limits are ``D - √((p1 - l1)² + (u0 - p0)²)`` and ``D + √((u1 - p1)² + (p0 - l0)²)``. It needs no
    correction when a cell is empty. Fisher's test is conservative: its p-value can stay above .05
    when the interval excludes zero.

    When not to use: for people who came in clusters, or groups that differed before the programme.

    References
    ----------
    Newcombe (1998), *Statistics in Medicine* 17, 873-890, method 10.

    Examples
    --------
    >>> import pandas as pd
    >>> data = pd.DataFrame({"reached": [1] * 56 + [0] * 14 + [1] * 48 + [0] * 32,
    ...                      "arm": ["programme"] * 70 + ["waiting"] * 80})
    >>> print(risk_difference(data, outcome="reached").text())
    reached: difference in the share at the cut-off or better, programme minus comparison, 0.20 of the people
    (95% interval 0.05 to 0.33); 150 people counted, 0 not.
    """
    level = confidence_level(level)
    arms = two_arms(data, post=outcome, pre=None, arm=arm, programme=programme)
    treated, control = reached_by_arm(arms, outcome, cutoff, higher_is_better)
    cells = int(treated.sum()), len(treated), int(control.sum()), len(control)
    low, high = _newcombe(*cells, level)
    table = [[cells[0], cells[1] - cells[0]], [cells[2], cells[3] - cells[2]]]
    difference = Estimate(
        "programme minus comparison",
        cells[0] / cells[1] - cells[2] / cells[3],
        p_value=float(stats.fisher_exact(table).pvalue),
        conf_low=low,
        conf_high=high,
    )
    return Result(
        "risk_difference",
        outcome,
        "difference in the share at the cut-off or better, programme minus comparison",
        "of the people",
        (
            difference,
            share_of("share, programme", treated, level),
            share_of("share, comparison", control, level),
        ),
        level,
        arms.n,
        arms.dropped,
        arms.notes,
    )


def _reached(values: Array, cutoff: float, higher_is_better: bool) -> Flags:
    """Who is at the cut-off or better; a mean of items that misses it by binary rounding is on it."""
    if not math.isfinite(cutoff):
        raise DesignError(f"cutoff={cutoff!r} is not a score. Give the score that counts as reached.")
    grain = 1e-10 * max(abs(cutoff), float(np.abs(values).max()))
    distance = values - cutoff if higher_is_better else cutoff - values
    return np.asarray(distance >= -grain)


def _reached_or_binary(values: Array, name: str, cutoff: float | None, higher_is_better: bool) -> Flags:
    """Who is at the cut-off or better, or whose value is 1 when there is no cut-off."""
    if cutoff is not None:
        return _reached(values, cutoff, higher_is_better)
    if not higher_is_better:
        raise DesignError(
            "higher_is_better=False needs a cut-off: cutoff=0.5 counts the zeros of a 0/1 column."
        )
    if not np.isin(values, (0.0, 1.0)).all():
        raise DesignError(
            f"The column {name!r} holds values other than 0 and 1. Name the score to reach: cutoff=..."
        )
    return np.asarray(values == 1.0)


def reached_by_arm(
    arms: Arms, outcome: str, cutoff: float | None, higher_is_better: bool
) -> tuple[Flags, Flags]:
    """Who is at the cut-off or better, in the programme's arm and in the comparison's."""
    reached = _reached_or_binary(arms.post, outcome, cutoff, higher_is_better)
    return reached[arms.treated == 1], reached[arms.treated == 0]


def share_of(term: str, reached: Flags, level: float) -> Estimate:
    """A share of people with Wilson's interval."""
    return wilson(term, int(reached.sum()), len(reached), level)


def _newcombe(x1: int, n1: int, x2: int, n2: int, level: float) -> tuple[float, float]:
    """Limits of a difference of independent shares (Newcombe 1998, 873-890, method 10)."""
    low, high = confint_proportions_2indep(
        x1, n1, x2, n2, method="newcomb", compare="diff", alpha=1 - level, correction=False
    )
    return float(low), float(high)


def _newcombe_paired(both: int, gained: int, lost: int, neither: int, level: float) -> tuple[float, float]:
    """Limits of the share after minus the share before (Newcombe 1998, 2635-2650, method 10)."""
    n = both + gained + lost + neither
    after, before = both + gained, both + lost
    low_after, high_after = wilson_limits(after, n, level)
    low_before, high_before = wilson_limits(before, n, level)
    phi = _corrected_phi(both, gained, lost, neither)
    down = after / n - low_after, high_before - before / n
    up = high_after - after / n, before / n - low_before
    difference = (gained - lost) / n
    below, above = (math.sqrt(max(a * a - 2 * phi * a * b + b * b, 0.0)) for a, b in (down, up))
    return difference - below, difference + above


def _corrected_phi(both: int, gained: int, lost: int, neither: int) -> float:
    """Correlation of the two answers, drawn towards zero by Newcombe's continuity correction."""
    margins = (both + gained) * (lost + neither) * (both + lost) * (gained + neither)
    if margins == 0:
        return 0.0
    covariance: float = both * neither - gained * lost
    if covariance > 0:
        covariance = max(covariance - (both + gained + lost + neither) / 2, 0.0)
    return covariance / math.sqrt(margins)
