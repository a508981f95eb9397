"""Several estimates of one Result on one axis: other analyses, other people, both sides of a pair."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import replace

from matplotlib.axes import Axes

from rmstudy.errors import DesignError, nearest
from rmstudy.plots.canvas import blank_axes, draw_intervals, draw_target, finish, style, titled
from rmstudy.plots.rows import arranged, axis_words, headline
from rmstudy.results import Result
from rmstudy.wording import say


def terms(
    result: Result,
    *,
    terms: Sequence[str] | None = None,
    labels: Sequence[str] | None = None,
    threshold: float | None = None,
    ax: Axes | None = None,
    lang: str = "en",
) -> Axes:
    """Draw rows of one Result, each with its interval.

    Parameters
    ----------
    result : Result
        Such as that of `specification_curve`, `actor_partner` or `moderation`.
    terms : sequence of str, optional
        The rows to draw, from the top; all that have an interval when left out.
    labels : sequence of str, optional
        One name a row; the terms themselves when left out.
    threshold : float, optional
        Target, in the same unit.
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
        When a term is not in the result, nothing has an interval, or labels do not fit.

    Examples
    --------
    >>> from rmstudy.plots import alt_text
    >>> from rmstudy.results import Estimate, Result
    >>> effects = Result("actor_partner", "trust", "effect of one's own start and the partner's", "points",
    ...                  (Estimate("own", 0.5, conf_low=0.2, conf_high=0.8),
    ...                   Estimate("partner's", 0.1, conf_low=-0.2, conf_high=0.4)), 0.95, {"all": 48}, {"all": 0})
    >>> print(alt_text(terms(effects, labels=["own start", "partner's start"])))
    own start: 0.50 points (95% interval 0.20 to 0.80). partner's start: 0.10 points (95% interval −0.20 to 0.40).
    """
    rows = {e.term: e for e in result.estimates}
    wanted = [e.term for e in result.estimates if e.conf_low is not None] if terms is None else list(terms)
    for name in wanted:
        if name not in rows:
            raise DesignError(f"The result of {result.method} has no row {name!r}. {nearest(name, rows)}")
    if not wanted:
        raise DesignError(f"No row of {result.method} has an interval. Name the rows: terms=[...].")
    each = [replace(result, estimates=(rows[name],)) for name in wanted]
    # one colour: rows of one result are of one kind
    drawn = [
        replace(row, compared=True) for row in arranged(each, wanted if labels is None else labels, lang)
    ]
    said = [row.said for row in drawn]
    with style():
        ax = blank_axes(ax, height=1.5 + 0.5 * len(drawn))
        draw_intervals(ax, drawn, size=8)
        if threshold is not None:
            said.append(draw_target(ax, threshold, result.unit, lang))
        finish(ax, [row.label for row in drawn], len(drawn) - 0.4, axis_words(each, lang), lang)
        whole = headline(each, lang) if terms is None else say("Estimates and their intervals", lang)
        title = textwrap.fill(whole, 46)  # the rows' names take part of the width
        return titled(ax, title, said, raised=threshold is not None)
