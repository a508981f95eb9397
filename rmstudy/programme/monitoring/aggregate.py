"""Figures about all pairs together, safe to show to a client: no pair, and no few pairs, can be told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from rmstudy.disclosure import suppressed
from rmstudy.programme.monitoring.actions import act_on
from rmstudy.programme.monitoring.endings import lengths
from rmstudy.programme.monitoring.reports import PARTS, expected
from rmstudy.programme.monitoring.rules import LEVELS, Rules
from rmstudy.programme.monitoring.spells import lines, seat_table
from rmstudy.programme.monitoring.told import told_apart
from rmstudy.study.plan import Plan

COLUMNS: Final = ["topic", "measure", "value", "unit", "pairs", "withheld"]
SIGNS: Final = {
    "low": "the junior talked less than the plan asks",
    "upward": "advice went from the senior to the junior only",
    "held": "the junior held back",
    "apart": "the two reports lie too far apart",
    "agenda_by_senior": "the senior alone set the agenda",
    "questions_by_junior": "the questions came from the junior",
    "bad": "a bad meeting by the plan's rule",
}


def aggregate(
    plan: Plan, pairs: pd.DataFrame, spells: pd.DataFrame, meetings: pd.DataFrame, day: pd.Timestamp
) -> pd.DataFrame:
    """Count and average over all pairs, small cells withheld.

    Parameters
    ----------
    plan : Plan
        The plan; its minimum cell protects pairs as it does people.
    pairs, spells, meetings : DataFrame
        What `dated`, `spell_table` and `meeting_table` returned.
    day : Timestamp
        The day.

    Returns
    -------
    DataFrame
        ``topic``, ``measure``, ``value`` (missing where withheld or not known), ``unit``, ``pairs`` behind
        the value (its total where parts are counted), as a text: ``≈48`` is within the minimum of 48;
        ``withheld``; ``about`` (the value is within the minimum of the true one).

    Notes
    -----
    A pair is a seat here: a new mentor for the same senior goes on with it, or else the number of pairs
    would tell how many were changed.
    Parts of one total are protected by `disclosure.suppressed`; a mean or share needs the minimum of pairs
    behind it; a share of meetings is withheld as well when the meetings it counts or leaves out belong to
    some pairs, but fewer than the minimum. Two groupings of the same pairs are held against each other by
    `rmstudy.programme.monitoring.told.told_apart`.
    """
    minimum, rules = plan.privacy.minimum_cell, Rules.of(plan)
    seats = seat_table(spells)
    meetings = meetings.assign(seat=meetings["pair_id"].map(lines(spells)))
    reasons = lengths(pairs, day, rules.end).set_index("pair_id")["reason"].str.replace("_", " ")
    rows = [
        *_meetings(spells, seats, rules, minimum),
        *_parts("first meeting", _first_meeting(seats, rules), minimum),
        *_parts("commitment", _commitment(seats, rules), minimum),
        *_parts("standing", _standing(spells, seats, meetings, rules), minimum),
        *_parts("ended", reasons.reindex(seats["pair_id"]), minimum),
        *_milestones(plan, spells, meetings, day, minimum),
        *_feedback(meetings, rules, minimum),
        *_signs(meetings, minimum),
    ]
    return told_apart(pd.DataFrame(rows, columns=COLUMNS), minimum=minimum)


def progress(pairs: pd.DataFrame, meetings: pd.DataFrame, day: pd.Timestamp, rules: Rules) -> pd.DataFrame:
    """Count the meetings held and due by the end of each week, over all pairs.

    Parameters
    ----------
    pairs, meetings : DataFrame
        What `dated` returned.
    day : Timestamp
        The last day looked at.
    rules : Rules
        The plan's rules.

    Returns
    -------
    DataFrame
        ``date``, ``held`` and ``due`` so far; due grows only while a spell lasts.
    """
    dates = pd.date_range(pairs["start"].min(), day, freq="7D")
    dates = dates if dates[-1] == day else dates.append(pd.DatetimeIndex([day]))
    end = pairs["end"].where(pairs["end"] <= day, day)
    due = [float(rules.due((end.clip(upper=d) - pairs["start"]).dt.days).sum()) for d in dates]
    held = [int((meetings["date"] <= d).sum()) for d in dates]
    return pd.DataFrame({"date": dates, "held": held, "due": due})


def milestone_states(
    plan: Plan, spells: pd.DataFrame, meetings: pd.DataFrame, day: pd.Timestamp
) -> pd.DataFrame:
    """Say for each milestone of the plan and each seat whether it was reached.

    Parameters
    ----------
    plan : Plan
        The plan.
    spells, meetings : DataFrame
        What `spell_table` and `meeting_table` returned.
    day : Timestamp
        The day.

    Returns
    -------
    DataFrame
        ``milestone``, ``pair_id`` (the first spell of a seat; meetings with a later mentor count), ``state``:
        ``reached in time``, ``reached late``, ``missed`` (late and not reached), ``still open``, or ``ended before``
        (the seat was empty by then, without reaching it).
    """
    first = lines(spells)
    seat = spells.assign(seat=spells["pair_id"].map(first)).groupby("seat")
    last_day = seat["end"].agg(lambda ends: ends.max() if ends.notna().all() else pd.NaT)
    held = meetings.assign(seat=meetings["pair_id"].map(first)).groupby("seat")["date"]
    dates = {str(name): sorted(days) for name, days in held}
    rows = []
    for name, milestone in plan.monitoring.milestones.items():
        due, needed = pd.Timestamp(milestone.due), milestone.meetings
        for one, ended in last_day.items():
            met = dates.get(str(one), [])
            reached = met[needed - 1] if len(met) >= needed else None
            if reached is not None:
                state = "reached in time" if reached <= due else "reached late"
            elif pd.notna(ended) and ended < due:
                state = "ended before"
            else:
                state = "missed" if due < day else "still open"
            rows.append((name, one, state))
    return pd.DataFrame(rows, columns=["milestone", "pair_id", "state"])


def _row(topic: str, measure: str, value: float, unit: str, pairs: int, hide: bool) -> dict[str, Any]:
    """One figure, withheld where it must be."""
    shown = float("nan") if hide else float(value)
    return dict(zip(COLUMNS, (topic, measure, shown, unit, pairs, hide), strict=True))


def _parts(topic: str, states: Iterable[str], minimum: int) -> list[dict[str, Any]]:
    """Parts of one total, small ones and what would give them away withheld."""
    found = pd.Series(list(states), dtype="object")
    counts = found.value_counts(sort=False)
    total, hidden = len(found), suppressed(counts.tolist(), minimum=minimum)
    if 0 < total < minimum:
        hidden = (True,) * len(counts)
    order = sorted(zip(counts.index, counts, hidden, strict=True), key=lambda part: _place(part[0]))
    return [_row(topic, str(name), int(n), "pairs", total, hide) for name, n, hide in order]


_STANDING: Final = ("on track", "a first, soft sign", "a clear sign")
_ORDER: Final = (
    *_STANDING,
    "met in time",
    "met later",
    "too late and not met",
    "too early to tell",
    "kept",
    "behind",
    "reached in time",
    "reached late",
    "missed",
    "still open",
    "ended before",
    "running",
    "completed",
)


def _place(name: str) -> tuple[int, str]:
    """Order of the parts of a total: from good to bad, the rest by name."""
    return (_ORDER.index(name) if name in _ORDER else len(_ORDER), name)


def _meetings(spells: pd.DataFrame, seats: pd.DataFrame, rules: Rules, minimum: int) -> list[dict[str, Any]]:
    """Meetings held and due, and their length."""
    n, few = len(seats), len(seats) < minimum
    held, due = int(spells["held"].sum()), float(spells["due"].sum(skipna=False))
    timed = spells[spells["minutes"].notna()]
    length = float(np.average(timed["minutes"], weights=timed["held"])) if len(timed) else float("nan")
    rows = [
        _row("meetings", "held", held, "meetings", n, few),
        _row("meetings", "due by now", due, "meetings", n, few),
        _row("meetings", "held of those due", held / due if due > 0 else float("nan"), "share", n, few),
        _row("meetings", "mean length", length, "minutes", min(len(timed), n), len(timed) < minimum),
    ]
    if rules.minutes:
        rows.append(_row("meetings", "planned length", rules.minutes, "minutes", n, False))
    return rows


def _first_meeting(seats: pd.DataFrame, rules: Rules) -> list[str]:
    """Whether each pair met in time for the first time."""
    limit = rules.first_meeting_within
    late = np.where(seats["days"] > limit, "too late and not met", "too early to tell")
    met = np.where(seats["days_to_first"] <= limit, "met in time", "met later")
    return [str(state) for state in np.where(seats["held"] > 0, met, late)]


def _commitment(seats: pd.DataFrame, rules: Rules) -> list[str]:
    """Whether each pair is behind its commitment by a whole meeting."""
    if not rules.meetings or not rules.days:
        return []
    return ["behind" if behind else "kept" for behind in seats["behind"]]


def _standing(spells: pd.DataFrame, seats: pd.DataFrame, meetings: pd.DataFrame, rules: Rules) -> list[str]:
    """The level of each running pair, in words that stand alone; the others have ended."""
    words = dict(zip(LEVELS, _STANDING, strict=True))
    found = act_on(spells, meetings, rules)
    listed = dict(zip(found["pair_id"], found["level"], strict=True))
    return [
        words[listed.get(pair, LEVELS[0])] if running else "ended"
        for pair, running in zip(seats["pair_id"], seats["running"], strict=True)
    ]


def _milestones(
    plan: Plan, spells: pd.DataFrame, meetings: pd.DataFrame, day: pd.Timestamp, minimum: int
) -> list[dict[str, Any]]:
    """Milestones of the plan over all seats."""
    states = milestone_states(plan, spells, meetings, day)
    rows = []
    for name in plan.monitoring.milestones:
        rows += _parts(f"milestone: {name}", states.loc[states["milestone"] == name, "state"], minimum)
    return rows


def _feedback(meetings: pd.DataFrame, rules: Rules, minimum: int) -> list[dict[str, Any]]:
    """Reports of both sides: how many came, what they say, and how far they disagree."""
    rows = []
    for part, missing in zip(PARTS, expected(meetings)["missing"], strict=True):
        said = meetings[meetings[f"{part}_reported"]]
        lacking = meetings.loc[~meetings[f"{part}_reported"], "seat"].nunique()
        n, few = said["seat"].nunique(), said["seat"].nunique() < minimum
        label = {"mentor": "reports by juniors", "mentee": "reports by seniors"}[part]
        useful = meetings[f"useful_to_{part}"].mean()
        share = meetings[f"share_by_{part}"].mean()
        rows += [
            _row(label, "reports", len(said), "reports", n, few),
            _row(label, "missing reports", missing, "reports", n, few or 0 < lacking < minimum),
            _row(label, "usefulness, 0 to 4", useful, "points", n, few),
            _row(label, "junior's share of the talk", share / 100, "share", n, few),
        ]
    both = meetings.dropna(subset=["share_by_mentor", "share_by_mentee"])
    n = both["seat"].nunique()
    gap = both["share_by_mentor"] - both["share_by_mentee"]
    apart = gap.abs() > rules.talk_share_apart
    rows.append(_row("disagreement", "meetings with both reports", len(both), "meetings", n, n < minimum))
    mean = float(gap.mean()) if len(both) else float("nan")
    rows.append(
        _row("disagreement", "juniors' minus seniors' report", mean, "percentage points", n, n < minimum)
    )
    rows.append(_share("disagreement", SIGNS["apart"], both, apart, minimum))
    return rows


def _signs(meetings: pd.DataFrame, minimum: int) -> list[dict[str, Any]]:
    """Signs of hierarchy, as shares of the meetings with a report."""
    known = meetings[meetings["known"]]
    chosen: Mapping[str, str] = {name: text for name, text in SIGNS.items() if name != "apart"}
    return [_share("hierarchy", text, known, known[name], minimum) for name, text in chosen.items()]


def _share(
    topic: str, measure: str, known: pd.DataFrame, has: pd.Series[bool], minimum: int
) -> dict[str, Any]:
    """A share of meetings, withheld when it rests on few pairs or counts meetings of few."""
    n = known["seat"].nunique()
    sides = [known.loc[has == side, "seat"].nunique() for side in (True, False)]
    hide = n < minimum or any(0 < pairs < minimum for pairs in sides)
    return _row(topic, measure, float(has.mean()) if len(known) else float("nan"), "share", n, hide)
