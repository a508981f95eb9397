"""How well matched pairs fit, beside other ways of matching the same people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from matplotlib.axes import Axes

from rmstudy import wording
from rmstudy.plots.canvas import BLUE, GREY, INK, blank_axes, finish, style, titled, write
from rmstudy.wording import say, translate

if TYPE_CHECKING:
    from rmstudy.programme.matching import Matches

NAMES: Final = {
    "this": "this matching",
    "greedy": "best pair first, then the rest",
    "random": "at random, as the rules allow",
    "wishes": "everybody's own best (out of reach)",
}


def matches(matches: Matches, *, ax: Axes | None = None, lang: str = "en") -> Axes:
    """Draw how well the pairs of a matching fit, against other ways of matching the same people.

    Parameters
    ----------
    matches : Matches
        What `rmstudy.match_pairs` returned.
    ax : Axes, optional
        Axes to draw into.
    lang : {'en', 'it'}
        Language of the picture.

    Returns
    -------
    Axes
        The picture; `alt_text` says it in words. The thin line goes from the worst to the best pair, the
        thick one holds the middle half of the pairs, the mark is the mean; of random pairings, the means
        over the draws.

    Examples
    --------
    >>> import rmstudy as rm
    >>> from rmstudy.plots import alt_text
    >>> found = rm.match_pairs(rm.load_sample("digital-skills"), draws=20)
    >>> alt_text(matches(found)).startswith("this matching: mean ")
    True
    """
    rows = list(matches.quality.itertuples())
    said = []
    with style():
        ax = blank_axes(ax, height=1.5 + 0.55 * len(rows))
        for y, row in enumerate(rows):
            color, marker = (BLUE, "o") if row.solution == "this" else (GREY, "D")
            look: dict[str, Any] = {"color": color, "solid_capstyle": "butt", "zorder": 3}
            ax.plot([row.worst, row.best], [y, y], lw=1.2, gid=f"range-{y}", **look)
            ax.plot([row.lower, row.upper], [y, y], lw=7, alpha=0.45, gid=f"middle-{y}", **look)
            ax.plot([row.mean], [y], color=color, marker=marker, ms=8, mec="white", zorder=4, gid=f"mean-{y}")
            mean = wording.number(row.mean, 2, lang)
            write(ax, (row.mean, y), mean, f"words-{y}", ha="center", va="bottom", shift=(0, 7), color=INK)
            said.append(
                say(
                    "{name}: mean {mean}, worst pair {worst}, {n:count} pairs.",
                    lang,
                    name=NAMES[row.solution],
                    mean=mean,
                    worst=wording.number(row.worst, 2, lang),
                    n=row.matched,
                )
            )
        names = [translate(NAMES[row.solution], lang) for row in rows]
        key = say("thin line: all pairs; thick line: the middle half; mark: the mean", lang)
        axis = f"{say('score of a pair', lang)}\n{key}"
        finish(ax, names, len(rows) - 0.4, axis, lang)
        ax.set_xlim(-0.02, 1.04)
        return titled(ax, say("How well the pairs fit, from 0 to 1", lang), said)
