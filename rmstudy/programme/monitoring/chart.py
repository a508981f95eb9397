"""A control chart of one pair: the junior's share of the talk, against the pair's own first meetings."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from rmstudy.errors import DesignError, nearest
from rmstudy.programme.monitoring.rules import Floats

# Mean distance of two independent normal values in standard deviations, 2 / sqrt(pi).
_MEAN_RANGE: Final = 1.1283791670955126
BEYOND: Final = "beyond the limit"
TWO_OF_THREE: Final = "two of three beyond two sigma"


def control_chart(meetings: pd.DataFrame, *, pair_id: str, early: int = 2) -> pd.DataFrame:
    """Compare each meeting of a pair with the pair's own first ones (chart for individual values).

    Parameters
    ----------
    meetings : DataFrame
        Meetings of all pairs in order of time, with ``pair_id``, ``date`` and ``share`` (the junior's, in
        percent), such as ``monitor(study).coordinator.meetings``.
    pair_id : str
        The pair.
    early : int
        First meetings with a report that make the centre line; two, as a slide back may begin with the third.

    Returns
    -------
    DataFrame
        One row a meeting with a report: ``number`` among these, ``date``, ``share``, ``centre``, ``lower``
        and ``upper`` limit, ``warning`` (the line at two sigma below), ``early``, ``signal``.

    Raises
    ------
    DesignError
        When the pair is unknown or has no more meetings with a report than `early`, or shares never differ.

    Notes
    -----
    An XmR chart (Shewhart 1931; Wheeler and Chambers 1992) with two changes that few meetings ask for.
    Sigma comes from the moving ranges of **all** pairs, their mean over 1.128, because two or three ranges
    of one pair say nothing and a slide back should hardly widen its own limits. The limits are
    3 sigma * sqrt(1 + 1/early) around the centre, because the centre is a mean of few meetings too. A
    signal is a meeting below the lower limit, or two of three successive ones below two sigma (a Western
    Electric rule); only the low side is read. Such wide limits see a landslide, not a slope.

    Examples
    --------
    >>> import rmstudy as rm
    >>> seen = rm.monitor(rm.load_sample("digital-skills")).coordinator
    >>> control_chart(seen.meetings, pair_id="p43")["signal"].tolist()[:4]
    ['', '', 'beyond the limit', 'beyond the limit']
    """
    known = meetings[meetings["share"].notna()]
    if pair_id not in set(meetings["pair_id"]):
        raise DesignError(f"No meeting of a pair {pair_id!r}. {nearest(pair_id, meetings['pair_id'])}")
    own = known[known["pair_id"] == pair_id].reset_index(drop=True)
    if early < 1 or len(own) <= early:
        raise DesignError(
            f"{pair_id} has {len(own)} meetings with a reported share; a chart needs more than the "
            f"{early} that make its centre line, at least one. Wait for the next meeting."
        )
    sigma = _sigma(known)
    share = own["share"].to_numpy("float64")
    centre, wide = float(share[:early].mean()), sigma * float(np.sqrt(1 + 1 / early))
    lower, warning = centre - 3 * wide, centre - 2 * wide
    return pd.DataFrame(
        {
            "number": np.arange(1, len(own) + 1),
            "date": own["date"],
            "share": share,
            "centre": centre,
            "lower": max(lower, 0.0),
            "upper": min(centre + 3 * wide, 100.0),
            "warning": max(warning, 0.0),
            "early": np.arange(len(own)) < early,
            "signal": _signals(share, early, lower, warning),
        }
    )


def _sigma(known: pd.DataFrame) -> float:
    """Spread from meeting to meeting within pairs, from the moving ranges of all."""
    ranges = known.groupby("pair_id")["share"].diff().abs().dropna().to_numpy("float64")
    sigma = float(np.mean(ranges)) / _MEAN_RANGE if len(ranges) else 0.0
    if not sigma > 0:
        raise DesignError(
            "The reported shares never differ within a pair: there is no spread to chart against."
        )
    return sigma


def _signals(share: Floats, early: int, lower: float, warning: float) -> list[str]:
    """The signal of each meeting; the first ones are what the others are compared with."""
    below = share < warning
    below[:early] = False
    found = []
    for k, value in enumerate(share):
        if k >= early and value < lower:
            found.append(BEYOND)
        else:
            twice = below[k] and below[max(early, k - 2) : k + 1].sum() >= 2
            found.append(TWO_OF_THREE if twice else "")
    return found
