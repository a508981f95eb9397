"""How long pairs stay together: Kaplan-Meier with its interval, and why they ended."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

import numpy as np
import pandas as pd
from scipy.stats import norm

from rmstudy.errors import DesignError
from rmstudy.programme.monitoring.spells import dated, the_day
from rmstudy.study.study import Study

NOT_SAID: Final = "no reason given"


def kaplan_meier(time: Any, ended: Any, *, level: float = 0.95) -> pd.DataFrame:
    """Estimate the share still together after each day, with Greenwood's variance and log-log limits.

    Parameters
    ----------
    time : array_like
        Days until the end or, where nothing has ended, until the last day known.
    ended : array_like of bool
        Whether it ended; the others are censored.
    level : float
        Confidence level.

    Returns
    -------
    DataFrame
        One row a day on which something ended or was censored: ``day``, ``at_risk``, ``ended``,
        ``censored``, ``share``, ``low``, ``high`` (missing where the share is 0 or 1).

    Raises
    ------
    DesignError
        When there is nothing, or a time is missing or negative.

    Notes
    -----
    On one day, ends come before censoring. The limits are those of log(-log share) (Kalbfleisch and
    Prentice 1980), ``conf.type = "log-log"`` of R's ``survival::survfit``.

    Examples
    --------
    >>> kaplan_meier([1, 2, 2, 3], [True, True, False, False])["share"].tolist()
    [0.75, 0.5, 0.5]
    """
    time, ended = np.asarray(time, dtype="float64"), np.asarray(ended, dtype=bool)
    if not len(time) or not np.isfinite(time).all() or (time < 0).any():
        raise DesignError("Times must be days from 0 on, none missing, at least one.")
    days, place = np.unique(time, return_inverse=True)
    events = np.bincount(place, weights=ended, minlength=len(days))
    lost = np.bincount(place, weights=~ended, minlength=len(days))
    at_risk = len(time) - np.concatenate([[0], np.cumsum(events + lost)[:-1]])
    share = np.cumprod(1 - events / at_risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(events / (at_risk * (at_risk - events)))
        spread = norm.ppf((1 + level) / 2) * np.sqrt(greenwood) / np.log(share)
        low, high = share ** np.exp(-spread), share ** np.exp(spread)
    inside = (share > 0) & (share < 1)
    return pd.DataFrame(
        {
            "day": days,
            "at_risk": at_risk.astype("int64"),
            "ended": events.astype("int64"),
            "censored": lost.astype("int64"),
            "share": share,
            "low": np.where(inside, low, np.nan),
            "high": np.where(inside, high, np.nan),
        }
    )


def retention(study: Study, *, as_of: dt.date | str | None = None, level: float = 0.95) -> pd.DataFrame:
    """Estimate the share of pairs still together, by days since they started.

    Parameters
    ----------
    study : Study
        A study with ``pairs`` and ``meetings``.
    as_of : date or str, optional
        The day to look from; the last one the data know when left out.
    level : float
        Confidence level.

    Returns
    -------
    DataFrame
        See `kaplan_meier`. Every end counts here, however few: what goes to a client is
        ``monitor(study).retention``.

    Examples
    --------
    >>> import rmstudy as rm
    >>> int(rm.programme.monitoring.retention(rm.load_sample("digital-skills"))["ended"].sum())
    11
    """
    pairs, meetings = dated(study)
    day = the_day(as_of, pairs, meetings)
    known = lengths(pairs, day, study.plan.programme.end)
    return kaplan_meier(known["days"], known["ended"], level=level)


def lengths(pairs: pd.DataFrame, day: pd.Timestamp, last: dt.date | None) -> pd.DataFrame:
    """How long each spell has lasted by a day, and whether it ended early.

    Parameters
    ----------
    pairs : DataFrame
        Pairs with days.
    day : Timestamp
        The day to look from.
    last : date or None
        The programme's last day: an end without a reason before it is an early one.

    Returns
    -------
    DataFrame
        One row a spell that had started: ``pair_id``, ``days``, ``ended`` (early), ``reason`` (``running``,
        ``completed`` or why it ended). Completed pairs are censored at their planned end.
    """
    known = pairs[pairs["start"] <= day]
    over = known["end"] <= day
    reason = known["end_reason"].where(known["end_reason"].notna(), NOT_SAID)
    in_full = over & known["end_reason"].isna() & (last is not None and known["end"] >= pd.Timestamp(last))
    reason = reason.mask(in_full, "completed").where(over, "running")
    days = (known["end"].where(over, day) - known["start"]).dt.days
    return pd.DataFrame(
        {
            "pair_id": known["pair_id"],
            "days": days.clip(lower=0),
            "ended": ~reason.isin(("running", "completed")),
            "reason": reason,
        }
    )


def joined_steps(table: pd.DataFrame, *, minimum: int = 5) -> pd.DataFrame:
    """Join the steps of a retention curve until each stands for enough pairs.

    Parameters
    ----------
    table : DataFrame
        What `kaplan_meier` returned.
    minimum : int
        Fewest pairs that a step may stand for.

    Returns
    -------
    DataFrame
        ``day``, ``share``, ``low``, ``high``, ``ended`` (pairs that ended since the row before): day 0, then
        the days on which the joined steps are complete, then the last day. What is left over at the end joins the
        last step. Shares and limits in whole percents, as more digits would tell the counts behind them.
        No rows when some pairs ended and fewer than the minimum: then nothing may be shown.

    Examples
    --------
    >>> import pandas as pd
    >>> table = kaplan_meier([3, 5, 8, 9, 9, 9], [True, True, True, True, False, False])
    >>> joined_steps(table, minimum=3)[["day", "ended"]].to_numpy().tolist()
    [[0.0, 0.0], [9.0, 4.0]]
    """
    columns = ["day", "share", "low", "high", "ended"]
    total = int(table["ended"].sum())
    if 0 < total < minimum:
        return pd.DataFrame(columns=columns)
    rows: list[dict[str, float]] = [{"day": 0.0, "share": 1.0, "low": np.nan, "high": np.nan, "ended": 0}]
    held, seen = 0, 0
    for row in table.to_dict("records"):
        held += row["ended"]
        seen += row["ended"]
        rest = total - seen
        if row["ended"] and held >= minimum and (rest == 0 or rest >= minimum):
            rows.append({name: row[name] for name in columns[:-1]} | {"ended": held})
            held = 0
    final = table.iloc[-1]
    if final["day"] > rows[-1]["day"]:
        rows.append({name: final[name] for name in columns[:-1]} | {"ended": 0})
    steps = pd.DataFrame(rows, columns=columns)
    shares = ["share", "low", "high"]
    steps[shares] = np.rint(100 * steps[shares]) / 100
    return steps
