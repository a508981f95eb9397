"""Many programmes side by side: each drawn towards the mean as far as it is imprecise."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from rmstudy import wording
from rmstudy.errors import DesignError
from rmstudy.plots.canvas import BLUE, GREY, INK, Numbers, blank_axes, finish, style, titled
from rmstudy.results import Result
from rmstudy.wording import say

BY_NAME: Final = 40  # more programmes than that are shown as a distribution
_LIGHT: Final = "#9CC7E0"
_MARKS: Final = {"above": "^", "below": "v", "not told apart": "o"}


def side_by_side(programmes: pd.DataFrame, mean: Result, *, ax: Axes | None = None, lang: str = "en") -> Axes:
    """Draw the shrunken effects of many programmes around their mean.

    Parameters
    ----------
    programmes : DataFrame
        Rows of one outcome of `rmstudy.portfolio.Portfolio.side_by_side`.
    mean : Result
        Their mean effect (`random_effects`).
    ax : Axes, optional
        Axes to draw into.
    lang : {'en', 'it'}
        Language of the picture.

    Returns
    -------
    Axes
        Up to 40 programmes by name with their intervals, otherwise the distribution of the shrunken effects;
        `alt_text` says it in words.

    Raises
    ------
    DesignError
        When there is no programme.

    Examples
    --------
    >>> import pandas as pd
    >>> from rmstudy.methods.synthesis import random_effects
    >>> from rmstudy.plots import alt_text
    >>> rows = pd.DataFrame({"programme": ["a", "b"], "estimate": [0.1, 0.4], "std_error": 0.1,
    ...                      "conf_low": [-0.1, 0.2], "conf_high": [0.3, 0.6], "position": "not told apart"})
    >>> alt_text(side_by_side(rows, random_effects(rows, cohort="programme")))[:33]
    'Programmes: 2; above the mean: 0,'
    """
    if programmes.empty:
        raise DesignError("There is no programme to draw. Give at least one.")
    shown = programmes.dropna(subset=["estimate"])
    centre = mean.headline.estimate or 0.0
    with style():
        many = len(shown) > BY_NAME
        ax = blank_axes(ax, height=3.0 if many else 1.2 + 0.22 * len(shown))
        ax.axvline(0, color=GREY, lw=1, zorder=1, gid="zero")
        ax.axvline(centre, color=INK, lw=1.4, ls=(0, (5, 2)), zorder=5 if many else 2, gid="mean")
        axis = say("improvement; the dashed line is the mean of all programmes", lang)
        if many:
            _distribution(ax, shown, axis, lang)
        else:
            _by_name(ax, shown, axis, lang)
        return titled(ax, say("Programmes side by side", lang), [_said(shown, centre, lang)])


def _by_name(ax: Axes, shown: pd.DataFrame, axis: str, lang: str) -> None:
    """An interval a programme, by name."""
    for y, row in enumerate(shown.itertuples()):
        ax.plot([row.conf_low, row.conf_high], [y, y], color=BLUE, lw=2, zorder=3, gid=f"interval-{y}")
        mark: dict[str, Any] = {"marker": _MARKS[row.position], "color": BLUE, "mec": "white", "ms": 7}
        ax.plot([row.estimate], [y], zorder=4, gid=f"estimate-{y}", **mark)
    key = say("▲ above the mean   ▼ below   ● not told apart from it", lang)
    finish(ax, [str(name) for name in shown["programme"]], len(shown) - 0.4, f"{axis}\n{key}", lang)
    ax.tick_params(axis="y", labelsize=8)


def _distribution(ax: Axes, shown: pd.DataFrame, axis: str, lang: str) -> None:
    """How many programmes lie where, those apart from the mean darker."""
    edges = np.histogram_bin_edges(shown["estimate"], bins=min(40, max(10, len(shown) // 10)))
    apart = shown["position"].ne("not told apart")
    parts = [shown.loc[~apart, "estimate"], shown.loc[apart, "estimate"]]
    names = [say("not told apart from the mean", lang), say("apart from the mean", lang)]
    below = np.zeros(len(edges) - 1)
    for part, name, color, hatch in zip(parts, names, (_LIGHT, BLUE), ("", "///"), strict=True):
        counts = np.histogram(part, edges)[0]
        look: dict[str, Any] = {"color": color, "hatch": hatch, "edgecolor": "white", "zorder": 3}
        ax.bar(edges[:-1], counts, np.diff(edges), bottom=below, align="edge", label=name, **look)
        below = below + counts
    ax.legend(frameon=False, fontsize=8)
    ax.set_xlabel(axis)
    ax.set_ylabel(say("number of programmes", lang))
    ax.xaxis.set_major_formatter(Numbers(lang))


def _said(shown: pd.DataFrame, centre: float, lang: str) -> str:
    """The picture in words."""
    places = wording.decimals_for(*shown["estimate"])
    counts = shown["position"].value_counts()
    low, high = shown["estimate"].min(), shown["estimate"].max()
    return say(
        "Programmes: {n:count}; above the mean: {above:count}, below: {below:count}, not told apart: {same:count}. "
        "Mean {mean}; drawn towards it, effects go {limits}.",
        lang,
        n=len(shown),
        above=int(counts.get("above", 0)),
        below=int(counts.get("below", 0)),
        same=int(counts.get("not told apart", 0)),
        mean=wording.number(centre, places, lang),
        limits=wording.interval(low, high, places, lang),
    )
