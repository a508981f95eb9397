"""The chance of each verdict, by design and true effect: bars of equal length, divided."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any, Final

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from rmstudy import verdicts, wording
from rmstudy.methods import columns
from rmstudy.plots.canvas import BLUE, GREY, INK, ORANGE, PALE, blank_axes, style, titled, write
from rmstudy.programme.design import Outlook, label
from rmstudy.wording import VERDICTS, say

# From the best verdict to the worst: dark to light, and hatched where people would be worse off or unseen.
_LOOKS: Final[dict[str, tuple[str, str, str]]] = {
    "met": (BLUE, "", "white"),
    "met_unconfirmed": ("#56B4E9", "", INK),
    "improved": ("#BFE3F7", "", INK),
    "inconclusive": (PALE, "", INK),
    "not_met": (ORANGE, "////", INK),
    "worse": ("#D55E00", "xxxx", INK),
    "not_enough_data": ("white", "....", INK),
}
_LEAST_WRITTEN: Final = 0.06


def chances(outlook: Outlook | pd.DataFrame, *, ax: Axes | None = None, lang: str = "en") -> Axes:
    """Draw the chance of each verdict as a divided bar, a bar for each true effect under each design.

    Parameters
    ----------
    outlook : Outlook or DataFrame
        What `rmstudy.programme.design.what_can_be_learned` returns, or its table.
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

    Examples
    --------
    >>> from rmstudy.programme.design import Setting, what_can_be_learned
    >>> ax = chances(what_can_be_learned(Setting(seats=48, applicants=110, threshold=0.3), simulations=200))
    >>> ax.get_title(loc="left")
    'Chance of each verdict'
    """
    table = outlook.table if isinstance(outlook, Outlook) else outlook
    for name in ("option", "effect", "shown", "simulations", "largest_error", *verdicts.ORDER):
        columns.column(table, name)
    options = list(dict.fromkeys(table["option"]))
    said: list[str] = [say("Chance of each verdict by design and true effect.", lang)]
    with style():
        ax = blank_axes(ax, height=1.35 + 0.27 * len(table) + 0.38 * len(options))
        y, ticks = 0.0, []
        for option in options:
            rows = table[table["option"] == option].to_dict("records")
            name = label(str(option), lang)
            write(ax, (0, y), name, f"option-{option}", weight="bold", va="center")
            y += 0.85
            for row in rows:
                effect = _effect(float(row["effect"]), lang)
                _bar(ax, row, y, lang)
                ticks.append((y, effect))
                said.append(_words(name, effect, row, lang))
                y += 1
            y += 0.35
        _frame(ax, ticks, y, lang)
        ax.set_xlabel(_studies(table, lang))
        _legend(ax, table, lang)
        return titled(ax, say("Chance of each verdict", lang), said)


def _bar(ax: Axes, row: dict[Any, Any], y: float, lang: str) -> None:
    """One bar with its numbers."""
    left = 0.0
    for verdict, (color, hatch, ink) in _LOOKS.items():
        share = float(row[verdict])
        if not share:
            continue
        look: dict[str, Any] = {"facecolor": color, "edgecolor": "white" if not hatch else GREY, "lw": 0.8}
        gid = f"{verdict}-{row['option']}-{row['effect']}"
        ax.barh(y, share, left=left, height=0.78, hatch=hatch, gid=gid, **look)
        if share >= _LEAST_WRITTEN:
            ground = {"facecolor": color, "edgecolor": "none", "pad": 0.8}
            number = wording.percent(share, lang)
            place = (left + share / 2, y)
            write(ax, place, number, f"n-{gid}", ha="center", va="center", color=ink, fontsize=8, bbox=ground)
        left += share
    merit = wording.percent(float(row["shown"]), lang)
    write(ax, (1.02, y), merit, f"shown-{row['option']}-{row['effect']}", va="center", fontsize=8)


def _frame(ax: Axes, ticks: Sequence[tuple[float, str]], bottom: float, lang: str) -> None:
    """Ticks, limits and the head of the column at the right."""
    ax.set_yticks([y for y, _ in ticks], [effect for _, effect in ticks])
    ax.set_ylim(bottom - 0.4, -0.6)
    ax.set_xlim(0, 1.16)
    ax.set_xticks([0, 0.25, 0.5, 0.75, 1], [wording.percent(x / 4, lang) for x in range(5)])
    ax.spines["bottom"].set_bounds(0, 1)
    head = textwrap.fill(say("merit shown", lang), 9, break_long_words=False)
    write(ax, (1.02, 0), head, "shown-head", va="center", fontsize=8, weight="bold")


def _legend(ax: Axes, table: pd.DataFrame, lang: str) -> None:
    """What each part of a bar stands for, in the order of the bars."""
    seen = [verdict for verdict in _LOOKS if float(table[verdict].max()) > 0]
    patches = []
    for verdict in seen:
        color, hatch, _ = _LOOKS[verdict]
        look: dict[str, Any] = {"facecolor": color, "edgecolor": GREY, "hatch": hatch, "lw": 0.5}
        patches.append(Patch(label=say(VERDICTS[verdict], lang), **look))
    place: dict[str, Any] = {"loc": "upper center", "bbox_to_anchor": (0.4, -0.06 - 0.5 / len(table))}
    ax.legend(handles=patches, ncols=3, frameon=False, fontsize=8, **place)


def _studies(table: pd.DataFrame, lang: str) -> str:
    """What the axis counts, and how far chance may have moved a share."""
    return say(
        "share of {n:count} simulated studies (Monte Carlo error {error} points)",
        lang,
        n=int(table["simulations"].iloc[0]),
        error=wording.number(100 * float(table["largest_error"].max()), 1, lang),
    )


def _effect(effect: float, lang: str) -> str:
    """A true effect as the axis writes it."""
    if effect == 0:
        return say("no effect", lang)
    return say(
        "effect {value} SD", lang, value=wording.number(effect, wording.decimals_of(effect, most=2), lang)
    )


def _words(name: str, effect: str, row: dict[Any, Any], lang: str) -> str:
    """One bar in words."""
    parts = [
        f"{say(VERDICTS[verdict], lang)} {wording.percent(float(row[verdict]), lang)}"
        for verdict in _LOOKS
        if float(row[verdict]) >= _LEAST_WRITTEN
    ]
    merit = wording.percent(float(row["shown"]), lang)
    return say(
        "{name}, {effect}: {parts}; merit shown {merit}.",
        lang,
        name=name,
        effect=effect,
        parts=", ".join(parts),
        merit=merit,
    )
