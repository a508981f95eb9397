"""Two arms' shares as a ratio: of the shares themselves, or of their odds.

A ratio has no value where it divides by an empty cell, and its usual interval, symmetric on the log
scale, does not exist where any cell is empty. There the limits come from another method, a note names
it, and what is infinite is left out instead of printed.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import pandas as pd
from scipy import special, stats
from scipy.stats import contingency

from rmstudy.methods.columns import two_arms
from rmstudy.methods.proportions.shares import Flags, reached_by_arm, share_of
from rmstudy.methods.regression import confidence_level
from rmstudy.results import Estimate, Note, Result

Limits = tuple[float | None, float | None]


class _Cells(NamedTuple):
    """How many reached the cut-off and how many did not, in the programme's arm and the comparison's."""

    a: float
    b: float
    c: float
    d: float


class _Ratio(NamedTuple):
    """A ratio with its limits, None where infinite or undefined, and its standard error on the log scale."""

    value: float | None
    low: float | None = None
    high: float | None = None
    log_error: float | None = None
    notes: tuple[Note, ...] = ()


def risk_ratio(
    data: pd.DataFrame,
    *,
    outcome: str,
    arm: str = "arm",
    programme: Any = "programme",
    cutoff: float | None = None,
    higher_is_better: bool = True,
    level: float = 0.95,
) -> Result:
    """Ratio of the shares of people at the cut-off or better, programme over comparison.

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
        The ratio (1 means no difference) with its interval and Fisher's exact p-value; its natural
        logarithm with the standard error; the share of each arm.

    Raises
    ------
    DesignError
        When a column is missing, the labels are not two, an arm has no outcome, or there are values
        other than 0 and 1 without a cut-off.

    Notes
    -----
    Katz's interval: ``log RR ± z √(1/a - 1/n₁ + 1/c - 1/n₀)``, with a of n₁ and c of n₀ people at the
    cut-off. Where it does not exist (nobody at the cut-off in an arm, or everybody in both) the same
    is computed after one half is added to every cell, a limit that must be zero or infinite is put
    there, and a note says so; with nobody in either arm the ratio does not exist. Some programs print
    ``-Inf``, or add the half in silence to every table.

    When not to use: alone. From 1 to 2 people in a hundred, and from 40 to 80, the ratio is the same
    2; put `risk_difference` beside it. And the ratio of those who reach the cut-off says nothing about
    the ratio of those who do not.

    References
    ----------
    Katz, Baptista, Azen & Pike (1978), *Biometrics* 34, 469-474. Haldane (1956), *Annals of Human
    Genetics* 20, 309-311 (one half).

    Examples
    --------
    >>> import pandas as pd
    >>> data = pd.DataFrame({"reached": [1] * 56 + [0] * 14 + [1] * 48 + [0] * 32,
    ...                      "arm": ["programme"] * 70 + ["waiting"] * 80})
    >>> print(risk_ratio(data, outcome="reached").text())
    reached: ratio of the shares at the cut-off or better, programme over comparison, 1.33 times
    (95% interval 1.08 to 1.65); 150 people counted, 0 not.
    """
    level = confidence_level(level)
    arms = two_arms(data, post=outcome, pre=None, arm=arm, programme=programme)
    ours, theirs = reached_by_arm(arms, outcome, cutoff, higher_is_better)
    cells = _cells(ours, theirs)
    ratio = _risk_ratio(cells, level)
    return Result(
        "risk_ratio",
        outcome,
        "ratio of the shares at the cut-off or better, programme over comparison",
        "times",
        (
            _headline("risk ratio", ratio, cells),
            _logarithm("log risk ratio", ratio),
            share_of("share, programme", ours, level),
            share_of("share, comparison", theirs, level),
        ),
        level,
        arms.n,
        arms.dropped,
        (*arms.notes, *ratio.notes),
    )


def odds_ratio(
    data: pd.DataFrame,
    *,
    outcome: str,
    arm: str = "arm",
    programme: Any = "programme",
    cutoff: float | None = None,
    higher_is_better: bool = True,
    level: float = 0.95,
) -> Result:
    """Ratio of the odds of being at the cut-off or better, programme over comparison.

    An odds ratio misleads when it is read as a risk ratio: it lies further from 1, and the commoner
    the outcome the further. When 80 of 100 reach the cut-off instead of 60, the risk ratio is 1.33 and
    the odds ratio 2.67; "2.67 times as likely" would be wrong.

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
        The ratio (1 means no difference) with its interval and Fisher's exact p-value; its natural
        logarithm with the standard error; the conditional odds ratio with the exact interval that
        belongs to Fisher's test; the share of each arm.

    Raises
    ------
    DesignError
        When a column is missing, the labels are not two, an arm has no outcome, or there are values
        other than 0 and 1 without a cut-off.

    Notes
    -----
    The cross product ``ad / bc`` with Woolf's interval, ``log OR ± z √(1/a + 1/b + 1/c + 1/d)``. With
    an empty cell the exact conditional limits take its place, and a note says so; with nobody or
    everybody at the cut-off in both arms the ratio does not exist. R's ``fisher.test`` prints the
    conditional ratio, and its limits only to four digits.

    When not to use: for readers who want to know how many more people reached the cut-off
    (`risk_difference`, `risk_ratio`). Its use is in logistic models and case-control data.

    References
    ----------
    Woolf (1955), *Annals of Human Genetics* 19, 251-253. Bland & Altman (2000), *BMJ* 320, 1468.
    Cornfield (1956), *Proceedings of the Third Berkeley Symposium* 4, 135-148 (exact limits).

    Examples
    --------
    >>> import pandas as pd
    >>> data = pd.DataFrame({"reached": [1] * 80 + [0] * 20 + [1] * 60 + [0] * 40,
    ...                      "arm": ["programme"] * 100 + ["waiting"] * 100})
    >>> print(odds_ratio(data, outcome="reached").text())
    reached: ratio of the odds of being at the cut-off or better, programme over comparison, 2.67 times
    (95% interval 1.42 to 5.02); 200 people counted, 0 not.
    """
    level = confidence_level(level)
    arms = two_arms(data, post=outcome, pre=None, arm=arm, programme=programme)
    ours, theirs = reached_by_arm(arms, outcome, cutoff, higher_is_better)
    cells = _cells(ours, theirs)
    exact = _conditional(cells, level)
    ratio = _odds_ratio(cells, exact, level)
    return Result(
        "odds_ratio",
        outcome,
        "ratio of the odds of being at the cut-off or better, programme over comparison",
        "times",
        (
            _headline("odds ratio", ratio, cells),
            _logarithm("log odds ratio", ratio),
            _headline("conditional odds ratio, exact", exact, cells),
            share_of("share, programme", ours, level),
            share_of("share, comparison", theirs, level),
        ),
        level,
        arms.n,
        arms.dropped,
        (*arms.notes, *ratio.notes),
    )


def _cells(ours: Flags, theirs: Flags) -> _Cells:
    """The table of arm by cut-off."""
    return _Cells(*(int(part.sum()) for part in (ours, ~ours, theirs, ~theirs)))


def _headline(term: str, ratio: _Ratio, cells: _Cells) -> Estimate:
    """The ratio with its limits and Fisher's p-value."""
    p_value = float(stats.fisher_exact([cells[:2], cells[2:]]).pvalue)
    return Estimate(term, ratio.value, p_value=p_value, conf_low=ratio.low, conf_high=ratio.high)


def _logarithm(term: str, ratio: _Ratio) -> Estimate:
    """The natural logarithm of what is above zero, with its standard error."""
    value, low, high = (math.log(x) if x else None for x in ratio[:3])
    return Estimate(term, value, ratio.log_error, conf_low=low, conf_high=high)


def _risk_ratio(cells: _Cells, level: float) -> _Ratio:
    """The ratio of two shares with limits on the log scale (Katz et al. 1978)."""
    a, b, c, d = cells
    if a == c == 0:
        return _Ratio(None, notes=(Note.of("ratio_nobody"),))
    value = math.inf if c == 0 else (a / (a + b)) / (c / (c + d))
    if a > 0 and c > 0 and b + d > 0:
        return _symmetric(value, _katz_error(cells), level)
    added = _Cells(*(count + 0.5 for count in cells))
    half = (added.a / (added.a + added.b)) / (added.c / (added.c + added.d))
    near = _symmetric(half, _katz_error(added), level)
    return _bounded(value, (near.low, near.high), Note.of("ratio_half_added"))


def _katz_error(cells: _Cells) -> float:
    """Standard error of the log risk ratio."""
    a, b, c, d = cells
    return math.sqrt(1 / a - 1 / (a + b) + 1 / c - 1 / (c + d))


def _odds_ratio(cells: _Cells, exact: _Ratio, level: float) -> _Ratio:
    """The cross product with limits on the log scale (Woolf 1955), or with the exact ones."""
    a, b, c, d = cells
    if a == c == 0:
        return _Ratio(None, notes=(Note.of("ratio_nobody"),))
    if b == d == 0:
        return _Ratio(None, notes=(Note.of("ratio_everybody"),))
    if min(cells) > 0:
        return _symmetric(a * d / (b * c), math.sqrt(sum(1 / count for count in cells)), level)
    value = math.inf if b * c == 0 else 0.0
    return _bounded(value, (exact.low, exact.high), Note.of("ratio_exact"))


def _conditional(cells: _Cells, level: float) -> _Ratio:
    """The odds ratio given the margins, with the limits that Fisher's exact test does not reject."""
    if 0 in (cells.a + cells.c, cells.b + cells.d):
        return _Ratio(None)
    found = contingency.odds_ratio([cells[:2], cells[2:]], kind="conditional")
    low, high = found.confidence_interval(level)
    value, low, high = (float(x) if math.isfinite(x) else None for x in (found.statistic, low, high))
    return _Ratio(value, low, high)


def _symmetric(value: float, log_error: float, level: float) -> _Ratio:
    """A ratio with an interval that is symmetric on the log scale."""
    factor = math.exp(float(special.ndtri((1 + level) / 2)) * log_error)
    return _Ratio(value, value / factor, value * factor, log_error)


def _bounded(value: float, limits: Limits, method: Note) -> _Ratio:
    """A ratio that may be zero or infinite: its open end has no limit, its closed end is zero."""
    low, high = limits
    if math.isinf(value):
        return _Ratio(None, low, None, notes=(method, Note.of("ratio_unbounded", low=low)))
    return _Ratio(value, 0.0 if value == 0 else low, high, notes=(method,))
