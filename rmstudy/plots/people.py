"""The spread of people's changes, in bars that nobody can be told from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from rmstudy.disclosure import merged_bins
from rmstudy.methods import columns
from rmstudy.plots.canvas import PALE
from rmstudy.plots.rows import exact
from rmstudy.wording import say


def bars_of_people(
    frame: pd.DataFrame, pre: str, post: str, minimum: int
) -> tuple[tuple[int, ...], tuple[float, ...]] | None:
    """People's changes counted in bars of round limits; None when there are too few people."""
    pairs = columns.paired(frame, pre=pre, post=post, least=0)
    if len(pairs.pre) < 4 * minimum:
        return None
    # the outermost bar holds all that lie beyond it: its limits must not betray one extreme person
    inner = np.sort(pairs.change)[[minimum - 1, -minimum]]
    changes = np.clip(pairs.change, *inner)
    ticks = MaxNLocator(nbins=12, steps=[1, 2, 2.5, 5, 10]).tick_values(*inner)
    width = float(ticks[1] - ticks[0])
    # bars are centred on round numbers, so that "no change" stands in the middle of its bar
    places = np.floor(np.round(changes / width + 0.5, 9)).astype(int)
    sizes = np.bincount(places - places.min())
    edges = [float(width * (places.min() + i - 0.5)) for i in range(len(sizes) + 1)]
    return merged_bins(sizes.tolist(), edges, minimum=minimum)


def draw_people(ax: Axes, bars: tuple[tuple[int, ...], tuple[float, ...]], y: int) -> None:
    """Draw the spread of people's changes in a lane below the estimates."""
    sizes, edges = bars
    widths = np.diff(edges)
    heights = np.asarray(sizes) / widths
    look: dict[str, Any] = {"color": PALE, "edgecolor": "white", "zorder": 0.5, "align": "edge"}
    drawn = ax.bar(edges[:-1], -0.85 * heights / heights.max(), widths, bottom=y + 0.5, **look)
    for i, bar in enumerate(drawn):
        bar.set_gid(f"people-{i}")


def say_people(bars: tuple[tuple[int, ...], tuple[float, ...]], minimum: int, unit: str, lang: str) -> str:
    """Say how many people's changes are drawn and where they lie."""
    sizes, edges = bars
    template = (
        "The changes of {n:count} people are drawn in bars of at least {minimum:count} people from {low} to "
        "{high} {unit}; the outermost bars hold those beyond as well."
    )
    low, high = exact(edges[0], lang), exact(edges[-1], lang)
    return say(template, lang, n=sum(sizes), low=low, high=high, unit=unit, minimum=minimum)
