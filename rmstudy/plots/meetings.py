"""How the pairs are doing: meetings against the commitment, pairs still together, one pair's chart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from rmstudy import wording
from rmstudy.errors import DesignError
from rmstudy.methods import columns
from rmstudy.plots.canvas import BLUE, GREY, INK, ORANGE, Numbers, blank_axes, style, titled, write
from rmstudy.wording import say

if TYPE_CHECKING:
    from rmstudy.programme.monitoring import Monitored

_HEIGHT: Final = 3.2


def meetings(monitored: Monitored, *, ax: Axes | None = None, lang: str = "en") -> Axes:
    """Draw the meetings held so far by all pairs together, beside those that their commitment asks for.

    Parameters
    ----------
    monitored : Monitored
        What `rm.monitor` returned.
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
        When there are too few pairs to show how often they met.
    """
    table = monitored.progress
    if table.empty:
        raise DesignError("There are too few pairs to show how often they met: somebody could be recognised.")
    weeks = (table["date"] - table["date"].iloc[0]).dt.days / 7
    final = table.iloc[-1]
    known = bool(pd.notna(final["due"]))
    words = {"held": say("held: {n:count}", lang, n=final["held"])}
    with style():
        ax = blank_axes(ax, height=_HEIGHT)
        ax.plot(weeks, table["held"], color=BLUE, lw=2.4, gid="held")
        if known:
            ax.plot(weeks, table["due"], color=INK, lw=1.4, ls=(0, (5, 2)), gid="due")
            words["due"] = say("due: {n:count}", lang, n=final["due"])
        behind = known and final["held"] < final["due"]
        for name, color in (("held", BLUE), ("due", INK)):
            if name in words:
                low = (name == "held") == behind
                look: dict[str, Any] = {"va": "top" if low else "bottom", "weight": "bold", "color": color}
                shift = (7, -1 if low else 1)
                write(ax, (weeks.iloc[-1], final[name]), words[name], f"{name}-label", shift=shift, **look)
        ax.set_ylim(0, None)
        ax.set_xlim(0, 1.16 * max(weeks.iloc[-1], 1))
        ax.xaxis.set_major_locator(MaxNLocator(nbins=9, integer=True))
        ax.xaxis.set_major_formatter(Numbers(lang))
        ax.set_xlabel(say("weeks since the first pair started", lang))
        ax.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
        ax.yaxis.set_major_formatter(Numbers(lang))
        ax.set_ylabel(say("meetings of all pairs so far", lang))
        return titled(ax, say("Meetings held and due", lang), [monitored.text(lang)])


def retention(table: pd.DataFrame, *, ax: Axes | None = None, lang: str = "en") -> Axes:
    """Draw the share of pairs still together, by days since they started, with its interval.

    Parameters
    ----------
    table : DataFrame
        ``monitor(study).retention``, or a table of `rmstudy.programme.monitoring.kaplan_meier`.
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
        When there is nothing to draw: too few pairs have ended early to show when.
    """
    for name in ("day", "share", "low", "high"):
        columns.column(table, name)
    if table.empty:
        raise DesignError(
            "Too few pairs have ended early to show when. Draw the retention once more of them have ended."
        )
    if table["day"].iloc[0] > 0:
        table = pd.concat([pd.DataFrame({"day": [0.0], "share": [1.0]}), table], ignore_index=True)
    final = table.iloc[-1]
    last = 1.05 * float(final["day"])
    limits = [100 * float(final[name]) for name in ("low", "high") if pd.notna(final[name])]
    shown = say("{share:percent} after {days:count} days", lang, share=final["share"], days=final["day"])
    # joined steps say where the curve is on a few days, not when it fell: straight lines between them
    exact = "at_risk" in table.columns
    with style():
        ax = blank_axes(ax, height=_HEIGHT)
        # the last step is drawn a little beyond its day, so that its interval can be seen
        days = [*table["day"], last]
        share, low, high = (
            [*(100 * table[name].fillna(table["share"])), 100 * float(final.fillna(final["share"])[name])]
            for name in ("share", "low", "high")
        )
        band: dict[str, Any] = {"step": "post"} if exact else {}
        ax.fill_between(days, low, high, color=BLUE, alpha=0.18, lw=0, gid="band", **band)
        draw = "steps-post" if exact else "default"
        ax.plot(days, share, drawstyle=draw, color=BLUE, lw=2.4, gid="share")
        ax.plot(
            [final["day"]], [100 * final["share"]], "o", color=BLUE, mec="white", ms=9, zorder=4, gid="end"
        )
        look: dict[str, Any] = {"ha": "right", "va": "top", "weight": "bold", "shift": (-10, -8)}
        lowest = limits[0] if limits else 100 * float(final["share"])
        write(ax, (final["day"], lowest), shown, "end-label", **look)
        ax.set_ylim(0, 104)
        ax.set_xlim(0, last)
        ax.set_xlabel(say("days since the pair started", lang))
        ax.set_ylabel(say("pairs still together, %", lang))
        ax.yaxis.set_major_formatter(Numbers(lang))
        ax.xaxis.set_major_formatter(Numbers(lang))
        said = [say("Pairs still together: {words}.", lang, words=shown)]
        if limits:
            words = wording.interval(limits[0], limits[-1], 0, lang)
            said.append(say("Interval in percent: {words}.", lang, words=words))
        return titled(ax, say("Pairs still together", lang), said)


def control_chart(
    table: pd.DataFrame, *, limit: float | None = None, ax: Axes | None = None, lang: str = "en"
) -> Axes:
    """Draw one pair's talk shares against its own first meetings, for the coordinator only.

    Parameters
    ----------
    table : DataFrame
        ``monitor(study).coordinator.control_chart(pair_id)``.
    limit : float, optional
        The plan's limit of the talk share, drawn as a line of its own.
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
        When a column is missing.
    """
    for name in ("number", "share", "centre", "lower", "upper", "early", "signal"):
        columns.column(table, name)
    flagged = table["signal"].ne("")
    kinds = (
        (table["early"], "s", "white", GREY, say("first meetings", lang)),
        (~table["early"] & ~flagged, "o", BLUE, BLUE, say("within the limits", lang)),
        (flagged, "D", ORANGE, INK, say("signal", lang)),
    )
    with style():
        ax = blank_axes(ax, height=_HEIGHT)
        ax.plot(table["number"], table["share"], color=GREY, lw=1.2, zorder=2)
        for chosen, marker, face, edge, label in kinds:
            part = table[chosen.astype(bool)]
            look: dict[str, Any] = {"ls": "", "mfc": face, "mec": edge, "ms": 8, "zorder": 4, "label": label}
            if len(part):
                ax.plot(part["number"], part["share"], marker=marker, **look)
        for y, text, dash, color, side in _lines(table, limit, lang):
            ax.axhline(y, color=color, lw=1.2, ls=dash, zorder=1)
            place: dict[str, Any] = {"transform": ax.get_yaxis_transform(), "va": side, "color": color}
            write(ax, (1.0, y), text, "line", ha="right", fontsize=8, **place)
        ax.set_ylim(0, 100)
        ax.set_xlim(0.5, len(table) + 1.6)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.set_xticks(range(1, len(table) + 1))
        ax.xaxis.set_major_formatter(Numbers(lang))
        ax.yaxis.set_major_formatter(Numbers(lang))
        ax.set_xlabel(say("meeting with a report", lang))
        ax.set_ylabel(say("junior's share of the talk, %", lang))
        ax.legend(loc="upper right", ncols=3, frameon=False, fontsize=8)
        said = say(
            "For the coordinator only. Meetings with a report: {n:count}; with a signal: {out:count}.",
            lang,
            n=len(table),
            out=int(flagged.sum()),
        )
        return titled(ax, say("Talk of one pair, for the coordinator only", lang), [said])


def _lines(table: pd.DataFrame, limit: float | None, lang: str) -> list[tuple[float, str, Any, str, str]]:
    """Lines of a control chart with their labels: height, words, dashes, colour, side of the label."""
    own, lower = say("the pair's limit", lang), float(table["lower"].iloc[0])
    plan_above = limit is not None and limit > lower
    lines: list[tuple[float, str, Any, str, str]] = [
        (float(table["centre"].iloc[0]), say("own first meetings", lang), "-", GREY, "bottom"),
        (float(table["upper"].iloc[0]), own, ":", GREY, "bottom"),
        (lower, own, ":", GREY, "top" if plan_above else "bottom"),
    ]
    if limit is not None:
        side = "bottom" if plan_above else "top"
        lines.append((limit, say("limit of the plan", lang), (0, (5, 2)), INK, side))
    return lines
