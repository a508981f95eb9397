"""How well the items of a scale agree: what share of a score's variance is not item noise."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from rmstudy.errors import DesignError
from rmstudy.methods.columns import Array, numeric, one_row_each
from rmstudy.methods.regression import confidence_level
from rmstudy.results import Estimate, Note, Result

# A spread below this share of an item's size is binary rounding.
_GRAIN = 1e-10


def cronbach_alpha(data: pd.DataFrame, *, items: Sequence[str] | None = None, level: float = 0.95) -> Result:
    """Cronbach's alpha of a scale, with Feldt's interval.

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
        other). `dropped` counts the people who left an item unanswered. Notes name the items that
        run against the rest, those with the same answer from everybody (left out), and a negative
        alpha.

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
    pair by pair and n from all rows prints too narrow an interval. Alpha is the reliability only
    when all items measure one thing equally well; otherwise it is usually a little too low.

    When not to use: for a scale that is meant to cover unrelated things (a checklist), or to show
    that items measure one thing: many items give a high alpha whatever they measure. With two items
    it is the Spearman-Brown value when their variances are equal.

    References
    ----------
    Cronbach (1951), *Psychometrika* 16, 297-334. Feldt, Woodruff & Salih (1987), *Applied
    Psychological Measurement* 11, 93-103.

    Examples
    --------
    >>> import pandas as pd
    >>> answers = pd.DataFrame({"q1": [4, 5, 2, 3, 1, 4], "q2": [4, 4, 2, 2, 1, 5], "q3": [5, 4, 1, 3, 2, 4]})
    >>> print(cronbach_alpha(answers).text())
    q1 … q3: Cronbach's alpha, 0.93 of the score's variance (95% interval 0.72 to 0.99);
    6 people counted, 0 not.
    """
    level = confidence_level(level)
    one_row_each(data)
    names = _scale(data, items)
    answers = pd.DataFrame({name: numeric(data, name) for name in names})
    complete = answers.notna().all(axis=1)
    n, unanswered = int(complete.sum()), int((~complete).sum())
    if n < 2:
        raise DesignError(
            f"{n} of {len(data)} people answered all {len(names)} items; at least 2 are needed. "
            "Use fewer items, or score people on the items they answered."
        )
    used = answers[complete]
    constant = [name for name in names if _is_constant(used[name].to_numpy())]
    varying = [name for name in names if name not in constant]
    if len(varying) < 2:
        raise DesignError(
            f"Only {len(varying)} of the items ({', '.join(names)}) vary between people; alpha needs two. "
            "Describe the answers instead."
        )
    scores = used[varying].to_numpy()
    notes = [Note.of("item_missing", n=unanswered)] if unanswered else []
    notes += [Note.of("item_constant", item=name) for name in constant]
    notes += [Note.of("item_negative", item=name) for name in _running_against(scores, varying)]
    estimate, more = _estimate(scores, level)
    return Result(
        method="cronbach_alpha",
        outcome=f"{names[0]} … {names[-1]}",
        estimand="Cronbach's alpha",
        unit="of the score's variance",
        estimates=(estimate,),
        level=level,
        n={"all": n},
        dropped={"all": unanswered},
        notes=(*notes, *more),
    )


def _scale(data: pd.DataFrame, items: Sequence[str] | None) -> list[str]:
    """Names of the items, at least two and each once."""
    if isinstance(items, str):
        raise DesignError(f"items={items!r} is one name; give a list of at least two items.")
    names = list(data.columns if items is None else items)
    if len(names) < 2:
        raise DesignError(f"Alpha needs at least 2 items; {len(names)} given: {', '.join(map(str, names))}.")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DesignError(f"Items named more than once: {', '.join(map(repr, twice))}. Name each item once.")
    return names


def _estimate(scores: Array, level: float) -> tuple[Estimate, list[Note]]:
    """Alpha of complete answers with Feldt's interval, or nothing where the sum has no spread."""
    n, k = scores.shape
    total = scores.sum(axis=1)
    if _is_constant(total):
        return Estimate("alpha", None), [Note.of("total_constant")]
    alpha = _alpha(scores)
    # Where everybody gives the same answer to every item alpha is one, and the interval a point.
    degenerate = 1 - alpha <= _GRAIN
    low, high = (None, None) if degenerate else _feldt(alpha, n, k, level)
    notes = [Note.of("interval_degenerate")] if degenerate else []
    notes += [Note.of("alpha_negative")] if alpha < 0 else []
    return Estimate("alpha", alpha, conf_low=low, conf_high=high), notes


def _alpha(scores: Array) -> float:
    """Cronbach's alpha of complete answers, people in rows (Cronbach 1951)."""
    k = scores.shape[1]
    items, total = scores.var(axis=0, ddof=1).sum(), scores.sum(axis=1).var(ddof=1)
    return float(k / (k - 1) * (1 - items / total))


def _feldt(alpha: float, n: int, k: int, level: float) -> tuple[float, float]:
    """Interval of alpha from the F distribution of (1 - population alpha) / (1 - alpha)."""
    df = (n - 1, (n - 1) * (k - 1))
    upper, lower = stats.f.ppf([(1 + level) / 2, (1 - level) / 2], *df)
    return float(1 - (1 - alpha) * upper), float(1 - (1 - alpha) * lower)


def _running_against(scores: Array, names: Sequence[str]) -> list[str]:
    """Items whose covariance with the sum of the others is negative."""
    centred = scores - scores.mean(axis=0)
    rest = centred.sum(axis=1, keepdims=True) - centred
    covariance = (centred * rest).sum(axis=0)
    scale = np.linalg.norm(centred, axis=0) * np.linalg.norm(rest, axis=0)
    return [name for name, c, s in zip(names, covariance, scale, strict=True) if c < -_GRAIN * s]


def _is_constant(values: Array) -> bool:
    """Whether values differ by binary rounding only."""
    return bool(np.ptp(values) <= _GRAIN * np.abs(values).max())
