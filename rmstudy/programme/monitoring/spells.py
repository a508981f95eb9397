"""One row a spell of a pair, as it stood on a day: meetings against the commitment, silence and rhythm."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

import numpy as np
import pandas as pd
from scipy.stats import theilslopes

from rmstudy.errors import DesignError
from rmstudy.programme.monitoring.rules import Rules, silence_level
from rmstudy.study.study import Study

LEFT: Final = ("withdrawn", "left_company", "reassigned")
_LEAST_GAPS, _STEADY = 3, 1.0


def dated(study: Study) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Pairs and meetings of a study with days as days, or a refusal.

    Parameters
    ----------
    study : Study
        A study with ``pairs``; without ``meetings`` none has been held.

    Returns
    -------
    tuple of DataFrame
        Pairs with ``start``, ``end``, ``end_reason`` and ``predecessor_pair_id`` (a spell without a start
        gets the programme's), and meetings in order of time.

    Raises
    ------
    DesignError
        When there are no pairs, or a spell has no start and the programme neither.
    """
    if "pairs" not in study.tables:
        raise DesignError(
            "Monitoring needs the table pairs, and this study has none yet. Match people first (rmstudy match), "
            "then fill in pairs; docs/data-dictionary.md has its columns."
        )
    pairs = study.tables["pairs"].copy()
    for name in ("start", "end"):
        given = pairs[name] if name in pairs.columns else pd.Series(None, pairs.index, dtype="object")
        pairs[name] = pd.to_datetime(given)
    for name in ("end_reason", "predecessor_pair_id"):
        if name not in pairs.columns:
            pairs[name] = None
    pairs["start"] = pairs["start"].fillna(pd.to_datetime(study.plan.programme.start))
    if pairs["start"].isna().any():
        raise DesignError(
            "A pair has no start. Fill in start in pairs, or programme.start in the plan: silence and "
            "commitment are counted from there."
        )
    # before the first meeting there is no table of them, or one without rows: nobody has met yet
    none = pd.DataFrame(columns=["meeting_id", "pair_id", "date"], dtype="object")
    meetings = study.tables.get("meetings", none).assign(date=lambda table: pd.to_datetime(table["date"]))
    return pairs, meetings.sort_values(["date", "meeting_id"], kind="stable")


def last_known_day(pairs: pd.DataFrame, meetings: pd.DataFrame) -> pd.Timestamp:
    """The last day of which the data know: a meeting, a start, or an end that has a reason."""
    days = [meetings["date"], pairs["start"], pairs.loc[pairs["end_reason"].notna(), "end"]]
    return pd.Timestamp(pd.concat(days).max())


def the_day(as_of: dt.date | str | None, pairs: pd.DataFrame, meetings: pd.DataFrame) -> pd.Timestamp:
    """The day asked for, or the last known one; refuses a day before the first pair started."""
    try:
        day = last_known_day(pairs, meetings) if as_of is None else _whole_day(as_of)
    except (ValueError, AttributeError):
        raise DesignError(f"as_of={as_of!r} is not a day. Write it as 2024-04-15.") from None
    if pd.isna(day) or day < pairs["start"].min():
        first = pairs["start"].min()
        raise DesignError(f"No pair had started by then. Choose a day from {first:%Y-%m-%d} on.")
    return day


def _whole_day(day: dt.date | str) -> pd.Timestamp:
    """A day, written as in the tables: 04/05/2024 is two days, and so is none."""
    day = dt.date.fromisoformat(day.strip()) if isinstance(day, str) else day
    return pd.Timestamp(day.year, day.month, day.day)


def spell_table(pairs: pd.DataFrame, meetings: pd.DataFrame, day: pd.Timestamp, rules: Rules) -> pd.DataFrame:
    """Describe every spell that had started by a day, with what was known then.

    Parameters
    ----------
    pairs, meetings : DataFrame
        What `dated` returned.
    day : Timestamp
        The day; later meetings and ends are not known yet.
    rules : Rules
        The plan's rules.

    Returns
    -------
    DataFrame
        One row a spell, by ``pair_id``: ``start``; ``end`` and ``end_reason`` (missing while not known);
        ``running`` (its last day is part of a spell); ``days`` so far; ``held`` meetings and ``due`` ones
        (pro rata, see `Rules.due`); ``behind`` (by a whole meeting); ``minutes`` a meeting on average;
        ``days_to_first``; ``last`` meeting; ``silent`` days since then, or since the start; the gaps
        between meetings in days: ``gap`` (median), ``gap_longest``, ``spread`` (their coefficient of
        variation, 0 is regular), ``gap_change`` (Theil-Sen slope: days by which a gap differs from the one
        before), ``trend`` in a word; ``never_met`` (too late for the first meeting); ``silence`` level.
    """
    known = pairs[pairs["start"] <= day].sort_values("pair_id", kind="stable")
    table = known[["pair_id", "predecessor_pair_id", "start", "end", "end_reason"]].reset_index(drop=True)
    over = table["end"] <= day
    table["end"] = table["end"].where(over)
    table["end_reason"] = table["end_reason"].where(over)
    gone = (table["end"] < day) | table["end_reason"].isin(LEFT)
    table["running"] = ~gone
    held = meetings[meetings["date"] <= day]
    dates = {str(pair): rows.to_numpy("datetime64[D]") for pair, rows in held.groupby("pair_id")["date"]}
    table["days"] = (table["end"].fillna(day) - table["start"]).dt.days
    table["held"] = [len(dates.get(pair, ())) for pair in table["pair_id"]]
    table["due"] = rules.due(table["days"])
    table["behind"] = table["held"] + 1 <= table["due"]
    if "minutes" in held.columns:
        minutes = pd.to_numeric(held["minutes"]).groupby(held["pair_id"]).mean()
        table["minutes"] = minutes.reindex(table["pair_id"]).to_numpy("float64")
    else:
        table["minutes"] = np.nan
    first, last = (held.groupby("pair_id")["date"].agg(which) for which in ("min", "max"))
    table["days_to_first"] = (
        pd.to_datetime(first.reindex(table["pair_id"]).to_numpy()) - table["start"]
    ).dt.days
    table["last"] = pd.to_datetime(last.reindex(table["pair_id"]).to_numpy())
    table["silent"] = (table["end"].fillna(day) - table["last"].fillna(table["start"])).dt.days
    nothing = np.empty(0, dtype="datetime64[D]")
    rhythm = [_rhythm(dates.get(pair, nothing)) for pair in table["pair_id"]]
    table = table.join(pd.DataFrame(rhythm, index=table.index))
    table["silence"] = silence_level(rules, held=table["held"], silent=table["silent"], due=table["due"])
    table["never_met"] = (table["held"] == 0) & (table["silence"] > 0)
    return table


def _rhythm(dates: Any) -> dict[str, Any]:
    """Gaps between the meetings of one spell: how long, how regular, and whether they grow."""
    gaps = np.diff(dates).astype("timedelta64[D]").astype("float64")
    nan = float("nan")
    found: dict[str, Any] = {"gap": nan, "gap_longest": nan, "spread": nan, "gap_change": nan}
    if len(gaps):
        found |= {"gap": float(np.median(gaps)), "gap_longest": float(gaps.max())}
    if len(gaps) >= 2 and gaps.mean() > 0:
        found["spread"] = float(gaps.std(ddof=1) / gaps.mean())
    found["trend"] = "too few meetings"
    if len(gaps) >= _LEAST_GAPS:
        slope = float(theilslopes(gaps).slope)
        found["gap_change"] = slope
        found["trend"] = "steady" if abs(slope) < _STEADY else "gaps grow" if slope > 0 else "gaps shrink"
    return found


def lines(table: pd.DataFrame) -> pd.Series[str]:
    """Join the spells of a mentee's seat: the first spell of each, followed back over the mentor's changes.

    Parameters
    ----------
    table : DataFrame
        A table of spells with ``pair_id`` and ``predecessor_pair_id``.

    Returns
    -------
    Series
        Name of the first spell, by ``pair_id``.

    Examples
    --------
    >>> import pandas as pd
    >>> lines(pd.DataFrame({"pair_id": ["a", "b"], "predecessor_pair_id": [None, "a"]})).to_dict()
    {'a': 'a', 'b': 'a'}
    """
    before = dict(zip(table["pair_id"], table["predecessor_pair_id"], strict=True))
    first = {}
    for pair in table["pair_id"]:
        seen = [pair]
        while isinstance(before.get(seen[-1]), str) and before[seen[-1]] not in seen:
            seen.append(before[seen[-1]])
        first[pair] = seen[-1]
    return pd.Series(first, dtype="object")


def by_seat(pairs: pd.DataFrame) -> pd.DataFrame:
    """One row a seat, from the start of its first spell to the end of its last one.

    Parameters
    ----------
    pairs : DataFrame
        Pairs with days, those that had started.

    Returns
    -------
    DataFrame
        The last spell of each seat, its ``start`` that of the first.
    """
    ordered = pairs.sort_values(["start", "pair_id"], kind="stable")
    seats = ordered.groupby(ordered["pair_id"].map(lines(pairs)))
    return ordered.assign(start=seats["start"].transform("min")).loc[seats.tail(1).index]


def seat_table(table: pd.DataFrame) -> pd.DataFrame:
    """Take the spells of a seat together, so that a change of mentor makes no further pair.

    Parameters
    ----------
    table : DataFrame
        What `spell_table` returned.

    Returns
    -------
    DataFrame
        One row a seat: ``seat`` (its first spell), ``pair_id`` (its last one), ``days`` since it was taken,
        ``held``, ``due``, ``behind``, ``days_to_first`` meeting, ``running``.
    """
    first = lines(table)
    rows = []
    ordered = table.sort_values(["start", "pair_id"], kind="stable")
    for seat, part in ordered.groupby(ordered["pair_id"].map(first), sort=True):
        last, start = part.iloc[-1], part["start"].iloc[0]
        shift = (part["start"] - start).dt.days
        held, due = int(part["held"].sum()), float(part["due"].sum(skipna=False))
        rows.append(
            {
                "seat": seat,
                "pair_id": last["pair_id"],
                "days": int(shift.iloc[-1] + last["days"]),
                "held": held,
                "due": due,
                "behind": held + 1 <= due,
                "days_to_first": float((shift + part["days_to_first"]).min()),
                "running": bool(last["running"]),
            }
        )
    return pd.DataFrame(rows)
