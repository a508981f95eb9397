"""The canvas of every picture: style, axes, labels, intervals, and numbers on ticks."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.text import Annotation
from matplotlib.ticker import Formatter, MaxNLocator

from rmstudy import wording
from rmstudy.plots.rows import Row, exact
from rmstudy.wording import say

WIDTH: Final = 6.3  # inches: the text width of an A4 page
BLUE, ORANGE = "#0072B2", "#E69F00"  # Okabe and Ito (2008): told apart by every kind of colour vision
INK, GREY, PALE = "#222222", "#767676", "#D9D9D9"
STYLE: Final[dict[Any, Any]] = {
    "figure.dpi": 150,
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same letters everywhere
    "font.size": 9,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "text.color": INK,
    "text.parse_math": False,  # a label with two dollar signs is a label
    "hatch.linewidth": 0.6,
    "svg.hashsalt": "rmstudy",
}


class Numbers(Formatter):
    """Tick labels written by `wording`, with as many decimals as the ticks need."""

    def __init__(self, lang: str) -> None:
        self.lang, self.places = lang, 0

    def set_locs(self, locs: Any) -> None:
        """Choose the fewest decimals that keep the ticks apart."""
        exact = (p for p in range(6) if np.allclose(np.round(locs, p), locs, rtol=0, atol=1e-9))
        self.places = next(exact, 6)

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Write one tick."""
        return wording.number(x, self.places, self.lang)


@contextmanager
def style() -> Iterator[None]:
    """Settings of all pictures, for as long as a ``with`` block lasts.

    Examples
    --------
    >>> with style():
    ...     plt.rcParams["figure.dpi"]
    150.0
    """
    with plt.rc_context(STYLE):
        yield
        # a notebook's backend loads with the first picture and switches interactive drawing on; leaving
        # the settings would switch it off again, and every later picture would stay unseen
        interactive = mpl.is_interactive()
    mpl.interactive(interactive)


def close(ax: Axes) -> None:
    """Close the figure of a picture, so that a notebook does not show it a second time."""
    plt.close(ax.figure)  # type: ignore[arg-type]


def alt_text(ax: Axes) -> str:
    """Return the alternative text of a picture made here, in the language of the picture."""
    return str(ax.get_label())


def blank_axes(ax: Axes | None, *, height: float) -> Axes:
    """The axes given, or new ones as wide as a page, without ornament."""
    if ax is None:
        ax = plt.subplots(figsize=(WIDTH, height), layout="constrained")[1]
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.spines["bottom"].set_color(GREY)
    # said here as well, because ticks that are made later do not see the style
    ax.tick_params(length=0, labelsize=9, labelcolor=INK)
    return ax


def write(ax: Axes, at: tuple[float, float], text: str, gid: str, **look: Any) -> None:
    """Write a direct label, readable over lines."""
    shift, transform = look.pop("shift", (0, 0)), look.pop("transform", ax.transData)
    # a white ground keeps the words readable over lines; it stays behind intervals and markers
    look = {"bbox": {"facecolor": "white", "edgecolor": "none", "pad": 1}, "zorder": 2.5, "gid": gid, **look}
    ax.annotate(text, at, xytext=shift, xycoords=transform, textcoords="offset points", **look)


def keep_inside(ax: Axes) -> None:
    """Move the words of estimates that would run over the names at the left, or out of the picture at the right.

    For the size that the picture has now; called when that is final.
    """
    figure: Any = ax.figure
    figure.draw_without_rendering()
    for label in ax.texts:
        if not (isinstance(label, Annotation) and str(label.get_gid()).startswith("words-")):
            continue
        box, (right, left) = label.get_window_extent(), (figure.bbox.x1, ax.bbox.x0)
        over = max(left - box.x0, 0.0) - max(box.x1 - right, 0.0)
        across, up = label.xyann
        label.xyann = (across + over * 72 / figure.dpi, up)


def draw_intervals(ax: Axes, rows: Sequence[Row], *, size: float = 9, words: bool = True) -> None:
    """Draw intervals and estimates, the first row on top, and the line of no difference."""
    ax.axvline(0, color=GREY, lw=1, zorder=1, gid="zero")
    for y, row in enumerate(rows):
        color, marker = (BLUE, "o") if row.compared else (ORANGE, "s")
        if row.low is not None and row.high is not None:
            ends = [row.low, row.high]
            ax.plot(
                ends, [y, y], color=color, lw=size / 3, solid_capstyle="butt", zorder=3, gid=f"interval-{y}"
            )
        if row.estimate is not None:
            look: dict[str, Any] = {"color": color, "marker": marker, "mec": "white", "ms": size, "zorder": 4}
            ax.plot([row.estimate], [y], gid=f"estimate-{y}", **look)
        if words:
            place: dict[str, Any] = {"va": "center"}
            if row.estimate is not None:
                place = {"va": "bottom", "shift": (0, 0.75 * size)}
            write(ax, (row.estimate or 0.0, y), row.words, f"words-{y}", ha="center", **place)


def _line(ax: Axes, x: float, words: str) -> None:
    """Draw the target's line with its label above the picture."""
    ax.axvline(x, color=INK, lw=1.4, ls=(0, (5, 2)), zorder=2, gid="threshold")
    look: dict[str, Any] = {"ha": "center", "va": "bottom", "weight": "bold", "shift": (0, 2)}
    write(ax, (x, 1.0), words, "threshold-label", transform=ax.get_xaxis_transform(), **look)


def draw_target(ax: Axes, threshold: float, unit: str, lang: str) -> str:
    """Draw the target and say it."""
    value = exact(threshold, lang)
    _line(ax, threshold, say("target {value}", lang, value=value))
    return say("The target is {value} {unit}.", lang, value=value, unit=unit)


def finish(ax: Axes, names: Sequence[str], bottom: float, axis: str, lang: str) -> None:
    """Set limits, labels and the writing of numbers."""
    ax.set_ylim(bottom, -0.75)
    wrapped = ["\n".join(textwrap.fill(line, 26) for line in name.splitlines()) for name in names]
    ax.set_yticks(range(len(names)), wrapped)
    ax.margins(x=0.1)
    ax.set_xlabel(axis)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=7, steps=[1, 2, 2.5, 5, 10]))
    ax.xaxis.set_major_formatter(Numbers(lang))


def titled(ax: Axes, title: str, said: Sequence[str], *, raised: bool = False) -> Axes:
    """Give the picture its title, above the target's label where there is one, and its words."""
    ax.set_title(title, loc="left", fontsize=10.5, weight="bold", color=INK, pad=20 if raised else 8)
    ax.set_label(" ".join(said))
    return ax
