"""Groups side by side: means before and after, and who was there at each step."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from rmstudy import wording
from rmstudy.methods import columns
from rmstudy.plots.canvas import BLUE, GREY, INK, ORANGE, Numbers, blank_axes, style, titled, write
from rmstudy.plots.rows import listed, one_unit, row_of
from rmstudy.results import Result
from rmstudy.wording import say


def before_after(groups: Mapping[str, Result], *, ax: Axes | None = None, lang: str = "en") -> Axes:
    """Draw the mean before and the mean after of each group, joined by a line.

    Parameters
    ----------
    groups : mapping of str to Result
        A result of `mean_change` for each group's name; its rows ``mean before`` and ``mean after`` are drawn.
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
        When a result has no such rows, or units differ.
    """
    unit = one_unit(listed(list(groups.values())))
    means = {name: (row_of(r, "mean before"), row_of(r, "mean after")) for name, r in groups.items()}
    looks = ((BLUE, "o", "-"), (ORANGE, "s", "--"), (GREY, "D", ":"), (INK, "^", "-."))
    said = []
    with style():
        ax = blank_axes(ax, height=3.2)
        for i, (name, pair) in enumerate(means.items()):
            color, marker, line = looks[i % len(looks)]
            shown = wording.translate(name, lang)
            ax.plot([0, 1], pair, color=color, marker=marker, ls=line, lw=2, ms=8, gid=f"means-{i}")
            first, last = (wording.number(mean, wording.decimals_for(*pair), lang) for mean in pair)
            sides = [_side(mean, [other[wave] for other in means.values()]) for wave, mean in enumerate(pair)]
            write(ax, (0, pair[0]), first, f"before-{i}", ha="right", va=sides[0], shift=(-9, 0))
            write(ax, (1, pair[1]), f"{last}  {shown}", f"after-{i}", va=sides[1], shift=(9, 0))
            values = {"label": shown, "before": first, "after": last, "unit": unit}
            said.append(say("{label}: mean before {before}, mean after {after} {unit}.", lang, **values))
        ax.set_xlim(-0.25, 1.5)
        ax.spines["bottom"].set_bounds(-0.1, 1.1)
        ax.set_xticks([0, 1], [say("before", lang), say("after", lang)])
        ax.set_ylabel(wording.translate(unit, lang))
        ax.yaxis.set_major_formatter(Numbers(lang))
        ax.yaxis.set_major_locator(MaxNLocator(nbins=5))
        ax.margins(y=0.2)
        return titled(ax, say("Means before and after", lang), said)


def flow(table: pd.DataFrame, *, ax: Axes | None = None, lang: str = "en") -> Axes:
    """Draw who was there at each step, in bars that shrink, one column a group.

    Parameters
    ----------
    table : DataFrame
        Columns ``group``, ``step`` and ``n`` in the order to be drawn, such as `disclosure.safe_flow`
        returns; a text that is no plain number (``≈48``, ``<5``) gets a hatched bar.
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
    for name in ("group", "step", "n"):
        columns.column(table, name)
    groups, steps = list(dict.fromkeys(table["group"])), list(dict.fromkeys(table["step"]))
    heads, names = ([wording.translate(str(name), lang) for name in found] for found in (groups, steps))
    cells = [
        (groups.index(group), steps.index(step), *_count_text(n, lang))
        for group, step, n in zip(table["group"], table["step"], table["n"], strict=True)
    ]
    largest = max((size for *_, size, _ in cells), default=0) or 1
    said = [say("Participation flow.", lang)]
    with style():
        ax = blank_axes(ax, height=0.9 + 0.36 * len(steps))
        for x, y, text, size, exact in cells:
            color, width = (BLUE, ORANGE, GREY)[x % 3], 0.66 * size / largest
            look: dict[str, Any] = {"facecolor": color if exact else "white", "edgecolor": color}
            ax.barh(y, width, left=x, height=0.62, hatch="" if exact else "////", gid=f"bar-{x}-{y}", **look)
            write(ax, (x + width, y), text, f"n-{x}-{y}", va="center", shift=(4, 0))
        for x, head in enumerate(heads):
            parts = ", ".join(f"{names[y]} {text}" for i, y, text, *_ in cells if i == x)
            said.append(f"{head}: {parts}.")
            wrapped = textwrap.fill(head, 56 // len(heads) - 2)
            write(ax, (x, -0.5), wrapped, f"group-{x}", weight="bold", va="bottom")
        ax.set_xlim(0, len(groups))
        ax.set_ylim(len(steps) - 0.5, -1.5)
        ax.set_xticks([])
        ax.set_yticks(range(len(steps)), [textwrap.fill(name, 26) for name in names])
        ax.spines["bottom"].set_visible(False)
        return titled(ax, say("Participation flow", lang), said)


def _side(value: float, values: Sequence[float]) -> str:
    """Whether a label stands above its point, below it or beside it, away from the other groups'."""
    if len(values) == 1 or min(values) < value < max(values):
        return "center"
    return "bottom" if value == max(values) else "top"


def _count_text(n: object, lang: str) -> tuple[str, int, bool]:
    """A number of people as it is shown, the length of its bar, and whether it is an exact number."""
    if not isinstance(n, str):
        people = int(str(n))
        return wording.count(people, lang), people, True
    digits = re.sub(r"\D", "", n)
    return wording.translate(n, lang), int(digits or 0), n[:1].isdigit()
