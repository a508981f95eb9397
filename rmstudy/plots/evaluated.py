"""How a programme was evaluated: who was compared with whom, when each group was asked, and when it ran."""

from __future__ import annotations

import datetime as dt
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from matplotlib.axes import Axes

from rmstudy.errors import DesignError
from rmstudy.plots.canvas import BLUE, GREY, INK, ORANGE, PALE, blank_axes, style, titled, write
from rmstudy.wording import day, say

_CLOSE: Final = 0.16  # as a share of the width: nearer to one another, two labels stand at two heights
_DATES_CLOSE: Final = 0.22  # the same for the days below, which are longer


@dataclass(frozen=True, slots=True)
class Lane:
    """One group of people over time.

    Parameters
    ----------
    name : str
        Its name, as a reader knows it.
    mentored : bool
        Whether the programme is meant for it.
    answered : tuple of bool
        In which of the waves it was asked, in their order.
    against : str
        How it came to be compared with the lane above; empty where it is not.
    """

    name: str
    mentored: bool
    answered: tuple[bool, ...]
    against: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """A wave: its name, and its first and last day where they are known."""

    name: str
    opened: dt.date | None = None
    closed: dt.date | None = None


def design(
    lanes: Sequence[Lane],
    waves: Sequence[Moment],
    *,
    period: tuple[dt.date, dt.date] | None = None,
    ax: Axes | None = None,
    lang: str = "en",
) -> Axes:
    """Draw who was compared with whom, over time.

    Parameters
    ----------
    lanes : sequence of Lane
        The groups from the top; a comparison group stands below the one it is compared with.
    waves : sequence of Moment
        The waves in order. Where all of them and the programme have dates, the axis is the calendar;
        otherwise the waves stand at equal distances.
    period : tuple of date, optional
        First and last day of the programme.
    ax : Axes, optional
        Axes to draw into.
    lang : {'en', 'it'}
        Language of the picture.

    Returns
    -------
    Axes
        The picture; `alt_text` says it in words.

    Raises
    ------
    DesignError
        When there is nothing to draw, or a lane does not say for each wave whether it answered.

    Examples
    --------
    >>> from rmstudy.plots import alt_text
    >>> lanes = [Lane("Seniors in", True, (True, True)), Lane("Seniors waiting", False, (True, True), "by lot")]
    >>> print(alt_text(design(lanes, [Moment("before"), Moment("after")])))
    Waves of measurement: before; after. Seniors in: asked before, after. Seniors waiting: no programme,
    asked before, after; compared with the group above (by lot).
    """
    if not lanes or not waves:
        raise DesignError("There is nothing to draw. Give at least one lane and one wave.")
    if any(len(lane.answered) != len(waves) for lane in lanes):
        raise DesignError(f"Each lane must say for {len(waves)} waves whether it was asked.")
    spots, ran = _places(waves, period)
    with style():
        ax = blank_axes(ax, height=1.0 + 0.34 * len(lanes))
        left, right = min([*spots, ran[0]]), max([*spots, ran[1]])
        for y, lane in enumerate(lanes):
            _lane(ax, y, lane, spots, ran, left)
        _comparisons(ax, lanes, right, lang)
        _heads(ax, waves, spots, right - left, lang)
        width = right - left or 1.0
        ax.set_xlim(left - 0.04 * width, right + 0.26 * width)
        ax.set_ylim(len(lanes) - 0.3, -1.25)
        ax.set_yticks(range(len(lanes)), [textwrap.fill(lane.name, 26) for lane in lanes])
        _dates(ax, waves, spots, period, ran, lang)
        said = [_waves_said(waves, period, lang), *(_lane_said(lane, waves, lang) for lane in lanes)]
        return titled(ax, say("Who was compared with whom, and when", lang), said)


def _places(
    waves: Sequence[Moment], period: tuple[dt.date, dt.date] | None
) -> tuple[list[float], tuple[float, float]]:
    """Where the waves and the programme stand on the axis."""
    days = [_middle(wave) for wave in waves]
    known = [one for one in days if one is not None]
    if period and len(known) == len(waves) and all(a < b for a, b in pairwise(known)):
        return known, (float(period[0].toordinal()), float(period[1].toordinal()))
    last = float(len(waves) - 1) or 1.0
    return [float(i) for i in range(len(waves))], (0.08 * last, 0.92 * last)


def _middle(wave: Moment) -> float | None:
    """The day in the middle of a wave."""
    ends = [one.toordinal() for one in (wave.opened, wave.closed) if one]
    return sum(ends) / len(ends) if ends else None


def _lane(
    ax: Axes, y: int, lane: Lane, spots: Sequence[float], ran: tuple[float, float], left: float
) -> None:
    """Draw one group: a bar while the programme ran, a thin line otherwise, a mark where it was asked."""
    asked = [spot for spot, there in zip(spots, lane.answered, strict=True) if there]
    ax.plot([left, max([*asked, ran[1]])], [y, y], color=PALE, lw=1.2, zorder=1, gid=f"lane-{y}")
    if lane.mentored:
        ax.barh(y, ran[1] - ran[0], left=ran[0], height=0.34, color=BLUE, alpha=0.35, gid=f"programme-{y}")
    look: dict[str, Any] = {"ls": "", "ms": 8, "mec": "white", "zorder": 3}
    marker, color = ("o", BLUE) if lane.mentored else ("D", ORANGE)
    ax.plot(asked, [y] * len(asked), marker=marker, color=color, gid=f"asked-{y}", **look)


def _comparisons(ax: Axes, lanes: Sequence[Lane], right: float, lang: str) -> None:
    """Join each comparison group with the one above it and say how it came about."""
    for y, lane in enumerate(lanes):
        if not lane.against:
            continue
        ax.annotate(
            "", (right, y - 1), (right, y), xycoords="data", textcoords="data",
            arrowprops={"arrowstyle": "<->", "color": INK, "lw": 1.1, "shrinkA": 5, "shrinkB": 5},
        )  # fmt: skip
        words = textwrap.fill(say("compared: {how}", lang, how=lane.against), 19)
        write(ax, (right, y - 0.5), words, f"against-{y}", va="center", shift=(9, 0), fontsize=8)


def _heads(ax: Axes, waves: Sequence[Moment], spots: Sequence[float], width: float, lang: str) -> None:
    """Write the waves' names above, on a second line where two stand close together."""
    raised = False
    for i, (wave, spot) in enumerate(zip(waves, spots, strict=True)):
        near = i > 0 and spot - spots[i - 1] < _CLOSE * width
        raised = near and not raised
        write(
            ax, (spot, -0.42), textwrap.fill(wave.name, 16), f"wave-{i}", ha="center",
            va="bottom", weight="bold", shift=(0, 11 if raised else 0), fontsize=8.5,
        )  # fmt: skip


def _dates(
    ax: Axes,
    waves: Sequence[Moment],
    spots: Sequence[float],
    period: tuple[dt.date, dt.date] | None,
    ran: tuple[float, float],
    lang: str,
) -> None:
    """Write the months below, where the axis is the calendar, and what the marks mean."""
    ax.set_xticks([])
    key = say("● ◆ asked   ▬ programme", lang)
    if period and ran[0] == period[0].toordinal():
        labels = _apart([_when(wave, lang) for wave in waves], spots, ax.get_xlim())
        ax.set_xticks(list(spots), labels, fontsize=8, color=GREY)
        ran_from_to = say("{start:date} to {end:date}", lang, start=period[0], end=period[1])
        key = say("● ◆ asked   ▬ programme, {when}", lang, when=ran_from_to)
    ax.set_xlabel(key, fontsize=8)


def _apart(labels: Sequence[str], spots: Sequence[float], limits: tuple[float, float]) -> list[str]:
    """Labels below one another where two waves stand so close that their days would overlap."""
    near, said, below = _DATES_CLOSE * abs(limits[1] - limits[0]), list(labels), False
    for i, (left, right) in enumerate(pairwise(spots), start=1):
        below = right - left < near and not below
        if below:
            said[i] = "\n" * (labels[i - 1].count("\n") + 1) + labels[i]
    return said


def _when(wave: Moment, lang: str) -> str:
    """The days of a wave, in two short lines."""
    ends = list(dict.fromkeys(one for one in (wave.opened, wave.closed) if one))
    return "\n".join(day(one, lang) for one in ends)


def _waves_said(waves: Sequence[Moment], period: tuple[dt.date, dt.date] | None, lang: str) -> str:
    """The waves with their days, and the programme's."""
    parts = []
    for wave in waves:
        if wave.opened and wave.closed and wave.opened != wave.closed:
            span = say("{start:date} to {end:date}", lang, start=wave.opened, end=wave.closed)
            parts.append(f"{wave.name} ({span})")
        else:
            parts.append(wave.name)
    said = say("Waves of measurement: {waves}.", lang, waves="; ".join(parts))
    if period:
        span = say("{start:date} to {end:date}", lang, start=period[0], end=period[1])
        said += " " + say("The programme ran {when}.", lang, when=span)
    return said


def _lane_said(lane: Lane, waves: Sequence[Moment], lang: str) -> str:
    """One group in words."""
    asked = ", ".join(wave.name for wave, there in zip(waves, lane.answered, strict=True) if there)
    values = {"name": lane.name, "waves": asked, "how": lane.against}
    if lane.against:
        template = "{name}: no programme, asked {waves}; compared with the group above ({how})."
    else:
        template = "{name}: asked {waves}." if lane.mentored else "{name}: no programme, asked {waves}."
    return say(template, lang, **values)
