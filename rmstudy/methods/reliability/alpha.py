"""Cronbach's alpha: what share of a score's variance its items have in common."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from rmstudy.methods.columns import Array
from rmstudy.methods.regression import confidence_level
from rmstudy.methods.reliability.answers import GRAIN, complete_answers, correlations, is_constant
from rmstudy.results import Estimate, Note, Result


def cronbach_alpha(data: pd.DataFrame, *, items: Sequence[str] | None = None, level: float = 0.95) -> Result:
    """Cronbach's alpha of a scale, with Feldt's interval; of items scored 0 and 1 it is the KR-20.

    Parameters
    ----------
    data : DataFrame
        One row a person, one column an item, all items keyed in the same direction (reversed items
        already reversed).
    items : sequence of str, optional
        The scale's items; every column by default.
    level : float
        Confidence level.

    Returns
    -------
    Result
        Alpha, a share of the score's variance (1 at best; negative where items work against each
        other); then alpha of the standardised items, the mean correlation between two items, and the
        standard error of measurement of the sum score, in points of the sum (for a mean score divide it
        by the number of items). `dropped` counts the people who left an item unanswered. Notes name the
        items that run against the rest, those with the same answer from everybody (left out), a negative
        alpha, and the KR-20.

    Raises
    ------
    DesignError
        When a column cannot be used, fewer than two items vary, or fewer than two people answered
        every item.

    Notes
    -----
    ``k / (k - 1) * (1 - sum of item variances / variance of the sum)`` over the people who answered
    every item. The interval is ``1 - (1 - alpha) F``, with the upper and the lower quantile of
    ``F(n - 1, (n - 1)(k - 1))`` and n the people actually used; software that takes covariances
    pair by pair and n from all rows prints too narrow an interval. The standard error is the large-sample
    one for normal answers (Duhachek & Iacobucci 2004) and is not used for the interval. Alpha is the
    reliability only when all items measure one thing equally well; otherwise it is usually a little too
    low (`omega_total`). The standard error of measurement is ``SD of the sum * √(1 - alpha)``.

    With items marked right or wrong (1 and 0) this is Kuder and Richardson's formula 20. A KR-20 worked by
    hand can differ in the second decimal when it divides the variance of the total by n - 1 and the item
    variances ``p q`` by n; here both are divided by the same.

    When not to use: for a scale that is meant to cover unrelated things (a checklist), or to show
    that items measure one thing: many items give a high alpha whatever they measure. With two items
    it is the Spearman-Brown value when their variances are equal.

    References
    ----------
    Cronbach (1951), *Psychometrika* 16, 297-334. Kuder & Richardson (1937), *Psychometrika* 2, 151-160,
    formula 20. Feldt, Woodruff & Salih (1987), *Applied Psychological Measurement* 11, 93-103. Duhachek &
    Iacobucci (2004), *Journal of Applied Psychology* 89, 792-808.

    Examples
    --------
    >>> import pandas as pd
    >>> answers = pd.DataFrame({"q1": [4, 5, 2, 3, 1, 4], "q2": [4, 4, 2, 2, 1, 5], "q3": [5, 4, 1, 3, 2, 4]})
    >>> print(cronbach_alpha(answers).text())
    q1 … q3: Cronbach's alpha, 0.93 of the score's variance (95% interval 0.72 to 0.99);
    6 people counted, 0 not.
    """
    level = confidence_level(level)
    answers = complete_answers(data, items, quantity="alpha")
    estimates, more = _estimates(answers.scores, level)
    kr20 = [Note.of("kr20")] if np.isin(answers.scores, (0, 1)).all() else []
    return Result(
        method="cronbach_alpha",
        outcome=answers.outcome,
        estimand="Cronbach's alpha",
        unit="of the score's variance",
        estimates=estimates,
        level=level,
        n={"all": answers.n},
        dropped={"all": answers.unanswered},
        notes=(*answers.notes, *more, *kr20),
    )


def _estimates(scores: Array, level: float) -> tuple[tuple[Estimate, ...], list[Note]]:
    """Alpha of complete answers and what belongs to it, or nothing where the sum has no spread."""
    k, total = scores.shape[1], scores.sum(axis=1)
    mean_r = float(correlations(scores)[np.triu_indices(k, 1)].mean())
    spread = 1 + (k - 1) * mean_r  # variance of the standardised sum over k
    standardised = k * mean_r / spread if spread > GRAIN else None
    rows = [
        Estimate("alpha of standardised items", standardised),
        Estimate("mean correlation between items", mean_r),
    ]
    error = "standard error of measurement (points of the sum)"
    headline = alpha_estimate(scores, level)
    alpha, notes, measurement = headline.estimate, [], None
    if alpha is None:
        notes.append(Note.of("total_constant"))
    elif alpha < 0:  # no share of the variance, so there is no error of measurement either
        notes.append(Note.of("alpha_negative"))
    else:
        measurement = float(total.std(ddof=1)) * math.sqrt(max(1 - alpha, 0.0))
        notes += [Note.of("interval_degenerate")] if headline.conf_low is None else []
    return (headline, *rows, Estimate(error, measurement)), notes


def alpha_estimate(scores: Array, level: float) -> Estimate:
    """Alpha of complete answers with Feldt's interval; None where the sum has no spread."""
    if is_constant(scores.sum(axis=1)):
        return Estimate("alpha", None)
    alpha = cronbach(scores)
    # Where everybody gives the same answer to every item alpha is one, and the interval a point.
    if 1 - alpha <= GRAIN:
        return Estimate("alpha", alpha)
    low, high = _feldt(alpha, scores.shape[0], scores.shape[1], level)
    return Estimate("alpha", alpha, _duhachek(scores), conf_low=low, conf_high=high)


def cronbach(scores: Array) -> float:
    """Cronbach's alpha of complete answers, people in rows (Cronbach 1951)."""
    k = scores.shape[1]
    items, total = scores.var(axis=0, ddof=1).sum(), scores.sum(axis=1).var(ddof=1)
    return float(k / (k - 1) * (1 - items / total))


def _feldt(alpha: float, n: int, k: int, level: float) -> tuple[float, float]:
    """Interval of alpha from the F distribution of (1 - population alpha) / (1 - alpha)."""
    df = (n - 1, (n - 1) * (k - 1))
    upper, lower = stats.f.ppf([(1 + level) / 2, (1 - level) / 2], *df)
    return float(1 - (1 - alpha) * upper), float(1 - (1 - alpha) * lower)


def _duhachek(scores: Array) -> float:
    """Large-sample standard error of alpha for normal answers (Duhachek & Iacobucci 2004, eq. 2)."""
    n, k = scores.shape
    v = np.cov(scores.T)
    total, trace = v.sum(), np.trace(v)
    inner = total * (np.trace(v @ v) + trace**2) - 2 * trace * (v @ v).sum()
    return float(math.sqrt(2 * max(inner, 0.0) / (n * total**3)) * k / (k - 1))
