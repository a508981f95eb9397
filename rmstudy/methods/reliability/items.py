"""Item analysis: which item lowers the precision of a scale, and which was never turned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from rmstudy.methods.columns import Array
from rmstudy.methods.reliability.alpha import cronbach
from rmstudy.methods.reliability.answers import against_the_others, complete_answers, is_constant

_AGAINST: Final = "runs against the others: reversed?"
_CONSTANT: Final = "same answer from everybody"
_ORDER: Final = (
    "n",
    "missing",
    "mean",
    "sd",
    "r_drop",
    "alpha_if_dropped",
    "floor",
    "ceiling",
    "against",
    "remark",
)


def item_analysis(data: pd.DataFrame, *, items: Sequence[str] | None = None) -> pd.DataFrame:
    """Describe the items of a scale, and find those that somebody forgot to reverse.

    Parameters
    ----------
    data : DataFrame
        One row a person, one column an item.
    items : sequence of str, optional
        The scale's items; every column by default.

    Returns
    -------
    DataFrame
        A row an item, in the order asked for: ``n`` people who answered every item, on whom the numbers
        rest; ``missing``, people who left this item unanswered; ``mean``, ``sd``; ``r_drop``, correlation
        with the sum of the other items; ``alpha_if_dropped``, alpha without the item; ``floor`` and
        ``ceiling``, share of people at the lowest and at the highest answer given to any of the items;
        ``against``, whether the item runs against the others; ``remark``, the same in words. Items with
        the same answer from everybody have no correlation and are left out of the sums.

    Raises
    ------
    DesignError
        When a column cannot be used, fewer than two items vary, or fewer than two people answered
        every item.

    Notes
    -----
    An item runs against the others when its sign on the first principal component of the correlations is
    that of the smaller side, and it goes down with the sum of the other side by more than chance (below
    ``-1.645 / √n``). This finds several turned items at once, where ``r_drop`` does not: the rest is spoilt
    by the other turned items. If half of the items run against the other half, all are marked.

    When not to use: to throw out items one by one until alpha is high. The best of many alphas is
    flattered by chance, and what the scale covers changes.

    References
    ----------
    Nunnally & Bernstein (1994), *Psychometric Theory*, ch. 8.

    Examples
    --------
    >>> import pandas as pd
    >>> answers = pd.DataFrame({"q1": [4, 5, 2, 3, 1, 4], "q2": [4, 4, 2, 2, 1, 5], "q3": [5, 4, 1, 3, 2, 4]})
    >>> table = item_analysis(answers.assign(q2=6 - answers["q2"]))
    >>> table["remark"].tolist()
    ['', 'runs against the others: reversed?', '']
    """
    answers = complete_answers(data, items, quantity="an item analysis")
    complete = answers.complete
    lowest, highest = complete.min(axis=None), complete.max(axis=None)
    table = pd.DataFrame(
        {
            "n": answers.n,
            "missing": pd.Series(answers.missing),
            "mean": complete.mean(),
            "sd": complete.std(ddof=1).where(complete.columns.isin(answers.varying), 0.0),
            "floor": (complete == lowest).mean(),
            "ceiling": (complete == highest).mean(),
        },
        index=complete.columns,
    )
    of_the_varying = pd.DataFrame(_agreement(answers.scores), index=pd.Index(answers.varying))
    table = table.join(of_the_varying).rename_axis("item")
    table["against"] = table["against"].eq(True)
    table["remark"] = np.select(
        [table["against"], table.index.isin(answers.constant)], [_AGAINST, _CONSTANT], default=""
    )
    return table[[*_ORDER]]


def _agreement(scores: Array) -> dict[str, list[float] | list[bool]]:
    """Each item beside the sum of the others: correlation, alpha without it, and direction."""
    rest = scores.sum(axis=1, keepdims=True) - scores
    k = scores.shape[1]
    return {
        "r_drop": [_correlation(scores[:, i], rest[:, i]) for i in range(k)],
        "alpha_if_dropped": [_alpha_or_nan(np.delete(scores, i, axis=1)) for i in range(k)],
        "against": against_the_others(scores),
    }


def _correlation(item: Array, rest: Array) -> float:
    """Correlation of an item with the rest, not a number where the rest has no spread."""
    return float("nan") if is_constant(rest) else float(np.corrcoef(item, rest)[0, 1])


def _alpha_or_nan(scores: Array) -> float:
    """Alpha, not a number where a single item is left or the sum has no spread."""
    if scores.shape[1] < 2 or is_constant(scores.sum(axis=1)):
        return float("nan")
    return cronbach(scores)
