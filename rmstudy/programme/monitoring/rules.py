"""The rules behind the signs, on arrays: the same for real pairs and for simulated ones.

None of them is validated against outcomes. The limits are the plan's; a first sign is soft, several in a
row are clear.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rmstudy.study.plan import Plan

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Levels = NDArray[np.int64]
LEVELS: Final = ("on track", "soft", "clear")
_LONGER_THAN_PLANNED, _LEAST_SILENCE = 1.5, 21.0


@dataclass(frozen=True, slots=True)
class Rules:
    """What the plan asks of pairs, and when to look closer.

    Parameters
    ----------
    first_meeting_within : float
        Days from the start of a pair to its first meeting.
    silent_after : float or None
        Days without a meeting; None where neither the plan nor its commitment says.
    talk_share_below, talk_share_apart : float
        Least share of the talk for the junior, and largest distance of the two reports of it, in percent.
    held_back_from : float
        From here on "the junior held back" (0 to 4) is a sign.
    in_a_row : int
        Signs in a row that make a clear one of a soft one.
    meetings, minutes : int or None
        Planned meetings of a pair, and minutes of each.
    start, end : date or None
        The programme's first and last day.
    """

    first_meeting_within: float
    silent_after: float | None
    talk_share_below: float
    talk_share_apart: float
    held_back_from: float
    in_a_row: int
    meetings: int | None
    minutes: int | None
    start: dt.date | None
    end: dt.date | None

    @classmethod
    def of(cls, plan: Plan) -> Rules:
        """Read the rules from a plan, silence from its commitment where the plan has no limit of its own.

        Examples
        --------
        >>> import rmstudy as rm
        >>> Rules.of(rm.load_sample("digital-skills").plan).silent_after
        45.0
        """
        said, programme = plan.monitoring, plan.programme
        silent = None if said.silent_after_days is None else float(said.silent_after_days)
        if silent is None and programme.days and programme.planned_meetings:
            silent = max(_LONGER_THAN_PLANNED * programme.days / programme.planned_meetings, _LEAST_SILENCE)
        return cls(
            float(said.first_meeting_within_days),
            silent,
            said.talk_share_below,
            said.talk_share_apart,
            said.held_back_from,
            said.in_a_row,
            programme.planned_meetings,
            programme.planned_minutes,
            programme.start,
            programme.end,
        )

    @property
    def days(self) -> int | None:
        """Length of the programme in days."""
        return (self.end - self.start).days if self.start and self.end else None

    def due(self, days: Any) -> Floats:
        """Meetings due after some days of a pair, pro rata; missing where the plan has no commitment.

        Parameters
        ----------
        days : array_like
            Days since the pair started; more than the programme's length asks for no more meetings.

        Returns
        -------
        array
            Meetings, with fractions.
        """
        days = np.asarray(days, dtype="float64")
        if not self.meetings or not self.days:
            return np.full(days.shape, np.nan)
        return np.asarray(self.meetings * np.clip(days, 0, self.days) / self.days)


def silence_level(rules: Rules, *, held: Any, silent: Any, due: Any) -> Levels:
    """Say how far a pair's silence has gone: 0 not, 1 soft, 2 clear.

    Parameters
    ----------
    rules : Rules
        The limits.
    held : array_like
        Meetings held so far.
    silent : array_like
        Days since the last meeting, or since the start where there was none.
    due : array_like
        Meetings due so far.

    Returns
    -------
    array
        Levels, in the common shape of the three.

    Notes
    -----
    Before the first meeting the limit is `first_meeting_within`, afterwards `silent_after`. Beyond the
    limit the silence is soft, beyond `in_a_row` times the limit clear. A pair that is not behind its
    commitment by a whole meeting may pause: its silence is no sign.

    Examples
    --------
    >>> import rmstudy as rm
    >>> rules = Rules.of(rm.load_sample("digital-skills").plan)
    >>> silence_level(rules, held=[0, 0, 2, 5], silent=[31, 61, 50, 50], due=[1, 2, 4, 4]).tolist()
    [1, 2, 1, 0]
    """
    held, silent, due = (np.asarray(given, dtype="float64") for given in (held, silent, due))
    later = np.inf if rules.silent_after is None else rules.silent_after
    limit = np.where(held == 0, rules.first_meeting_within, later)
    behind = (held == 0) | np.isnan(due) | (held + 1 <= due)
    beyond = (silent > limit).astype("int64") + (silent > rules.in_a_row * limit)
    return np.where(behind, beyond, 0)


@dataclass(frozen=True, slots=True)
class Signs:
    """What the reports of some meetings show, an array each; the last axis of the reports is gone.

    ``low`` the junior talked too little; ``upward`` advice went from the senior to the junior only;
    ``apart`` the two reports of the talk share lie too far apart; ``held`` the junior held back;
    ``known`` whether anybody reported anything; ``bad`` the rule.
    """

    share: Floats
    low: Flags
    upward: Flags
    apart: Flags
    held: Flags
    known: Flags
    bad: Flags


def signs(rules: Rules, *, share: Any, upward: Any, held_back: Any) -> Signs:
    """Read the reports of meetings by the plan's rule.

    Parameters
    ----------
    rules : Rules
        The limits.
    share, upward, held_back : array_like, shape (..., 2)
        By the mentor's and the mentee's report, missing where there is none: the junior's share of the talk
        in percent; 1 where advice went from the senior to the junior only, else 0; how far the junior
        held back.

    Returns
    -------
    Signs
        A meeting is bad when the junior talked too little *and* advice went upwards; or the two reports
        of the share lie too far apart; or the junior held back.

    Notes
    -----
    Of two reports, the talk share is the mean; advice went from senior to junior only when nobody who answered says
    otherwise; holding back is the higher one, because it may be seen by one side alone. One report is
    taken as it is. A meeting without a report is not known, and neither good nor bad.

    Examples
    --------
    >>> import numpy as np
    >>> import rmstudy as rm
    >>> rules = Rules.of(rm.load_sample("digital-skills").plan)
    >>> found = signs(rules, share=[[20, np.nan], [80, 40]], upward=[[1, np.nan], [0, 0]],
    ...               held_back=[[0, np.nan], [0, 1]])
    >>> found.bad.tolist(), found.apart.tolist()
    ([True, True], [False, True])
    """
    share, upward, held_back = (np.asarray(given, dtype="float64") for given in (share, upward, held_back))
    filled = ~np.isnan(share)
    reports = filled.sum(axis=-1)
    mean = np.where(reports > 0, np.nansum(share, axis=-1) / np.maximum(reports, 1), np.nan)
    said = ~np.isnan(upward)
    only_up = said.any(axis=-1) & ((upward == 1) | ~said).all(axis=-1)
    apart = np.abs(share[..., 0] - share[..., 1]) > rules.talk_share_apart
    held = (held_back >= rules.held_back_from).any(axis=-1)
    low = mean < rules.talk_share_below
    known = filled.any(axis=-1) | said.any(axis=-1) | ~np.isnan(held_back).all(axis=-1)
    return Signs(mean, low, only_up, apart, held, known, (low & only_up) | apart | held)


def in_a_row(bad: Any, known: Any) -> Levels:
    """Count the bad meetings in a row that end at each meeting.

    Parameters
    ----------
    bad, known : array_like of bool, shape (..., meetings)
        Meetings in order of time. An unknown meeting neither adds to a row nor ends it.

    Returns
    -------
    array
        Length of the row, 0 after a good meeting.

    Examples
    --------
    >>> in_a_row([True, False, True, False, True], [True, True, True, False, True]).tolist()
    [1, 0, 1, 1, 2]
    """
    bad, known = np.asarray(bad, dtype=bool), np.asarray(known, dtype=bool)
    rows = np.zeros(bad.shape, dtype="int64")
    before = np.zeros(bad.shape[:-1], dtype="int64")
    for k in range(bad.shape[-1]):
        before = np.where(known[..., k], np.where(bad[..., k], before + 1, 0), before)
        rows[..., k] = before
    return rows


def row_level(rules: Rules, row: Any) -> Levels:
    """Level of a row of bad meetings: 0 none, 1 soft (the first), 2 clear (`in_a_row` or more)."""
    row = np.asarray(row, dtype="int64")
    return np.asarray((row >= 1).astype("int64") + (row >= rules.in_a_row))
