"""Estimates with their intervals, targets, and what would be expected without any programme."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from rmstudy import wording
from rmstudy.errors import DesignError
from rmstudy.plots.canvas import (
    GREY,
    INK,
    PALE,
    _line,
    blank_axes,
    draw_intervals,
    draw_target,
    finish,
    style,
    titled,
    write,
)
from rmstudy.plots.people import bars_of_people, draw_people, say_people
from rmstudy.plots.rows import arranged, axis_words, exact, fitting, headline, listed, one_unit, with_target
from rmstudy.results import Estimate, Result
from rmstudy.wording import say


def change(
    results: Result | Sequence[Result],
    *,
    threshold: float | None = None,
    expected: Result | None = None,
    labels: Sequence[str] | None = None,
    frame: pd.DataFrame | None = None,
    pre: str = "pre",
    post: str = "post",
    minimum_cell: int = 5,
    ax: Axes | None = None,
    lang: str = "en",
) -> Axes:
    """Draw estimates of one unit with their intervals, the target, and what no programme would give.

    Parameters
    ----------
    results : Result or sequence of Result
        Estimates in one unit; the headline of each is drawn.
    threshold : float, optional
        Target, in the same unit.
    expected : Result, optional
        Result of `regression_to_the_mean`: its interval is the band of points to be expected with no
        programme at all.
    labels : sequence of str, optional
        One name a result; the outcomes' names when left out.
    frame : DataFrame, optional
        One row a person with both scores: the spread of people's changes is drawn below, in bars of at
        least `minimum_cell` people. With fewer than four such bars' worth it is left out, and the
        alternative text says so.
    pre, post : str
        Columns of `frame`.
    minimum_cell : int
        Fewest people a bar may stand for.
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
        When units differ, labels do not fit the results, or the frame lacks a column.

    Examples
    --------
    >>> from rmstudy.plots import alt_text
    >>> from rmstudy.results import Estimate, Result
    >>> gain = Result("mean_change", "test", "mean change", "points",
    ...               (Estimate("change", 4.12, conf_low=2.9, conf_high=5.3),), 0.95, {"all": 41}, {"all": 7})
    >>> print(alt_text(change(gain, threshold=3)))
    test: 4.12 points (95% interval 2.90 to 5.30). The target is 3 points.
    """
    given = listed(results)
    rows = arranged(given, labels, lang)
    names, said = [row.label for row in rows], [row.said for row in rows]
    unit = one_unit([*given, expected] if expected else given)
    bars = None if frame is None else bars_of_people(frame, pre, post, minimum_cell)
    if frame is not None and unit != "points":
        raise DesignError(
            f"People's changes are in points and the result is in {unit!r}. Leave the frame out."
        )
    with style():
        ax = blank_axes(ax, height=1.5 + 0.55 * len(rows) + 0.8 * bool(bars) + 0.3 * bool(expected))
        draw_intervals(ax, rows)
        bottom = len(rows) - 0.4
        if bars is not None:
            draw_people(ax, bars, len(rows))
            names.append(say("changes of {n:count} people", lang, n=sum(bars[0])))
            bottom += 1.1
            said.append(say_people(bars, minimum_cell, unit, lang))
        elif frame is not None:
            said.append(
                say("The spread of people's changes is left out: there are too few people to hide in.", lang)
            )
        target = draw_target(ax, threshold, unit, lang) if threshold is not None else None
        if expected is not None:
            bottom += 0.5
            said.append(_expected(ax, expected.headline, bottom, unit, lang))
        if target is not None:
            said.append(target)
        finish(ax, names, bottom, axis_words(given, lang), lang)
        return titled(ax, headline(given, lang), said, raised=threshold is not None)


def forest(
    results: Sequence[Result],
    *,
    thresholds: Sequence[float] | None = None,
    labels: Sequence[str] | None = None,
    verdicts: Sequence[str] | None = None,
    less_is_better: Sequence[bool] | None = None,
    ax: Axes | None = None,
    lang: str = "en",
) -> Axes:
    """Draw one row a criterion, each against its own target.

    Parameters
    ----------
    results : sequence of Result
        One result a criterion; the headline of each is drawn.
    thresholds : sequence of float, optional
        One target a result, above zero, in the result's own unit. The axis then counts in targets: at 1
        the target is reached, whatever the unit. Without it the axis is in the common raw unit.
    labels : sequence of str, optional
        One name a result; the outcomes' names when left out.
    verdicts : sequence of str, optional
        One text a result, written at the right.
    less_is_better : sequence of bool, optional
        Where true, the target lies below zero, and the axis still counts in targets.
    ax : Axes, optional
        Axes to draw into.
    lang : {'en', 'it'}
        Language of the picture.

    Returns
    -------
    Axes
        The picture; `alt_text` says it in words, with the estimates in their own units.

    Raises
    ------
    DesignError
        When a threshold is not above zero, units differ and there are no thresholds, or the lengths differ.
    """
    given = listed(results)
    targets = fitting(given, thresholds, "thresholds")
    endings = fitting(given, verdicts, "verdicts") or []
    turned = fitting(given, less_is_better, "directions") or [False] * len(given)
    axis = None
    if targets is None:
        one_unit(given)
        rows = arranged(given, labels, lang)
    elif any(not (-target if less else target) > 0 for target, less in zip(targets, turned, strict=True)):
        raise DesignError(
            "A threshold that is not above zero cannot be a unit of length. Use change() for it."
        )
    else:
        axis = say("multiples of each target", lang)
        plain = arranged(given, labels, lang, targets)
        rows = [with_target(row, t, r.unit, lang) for row, t, r in zip(plain, targets, given, strict=True)]
    said = [row.said for row in rows]
    with style():
        ax = blank_axes(ax, height=1.6 + 0.62 * len(rows))
        draw_intervals(ax, rows)
        if targets is not None:
            _line(ax, 1.0, say("target", lang))
        for y, ending in enumerate(endings):
            words = wording.translate(ending, lang)
            said[y] += f" {words}."
            look: dict[str, Any] = {"va": "center", "weight": "bold", "transform": ax.get_yaxis_transform()}
            write(ax, (1.06, y), textwrap.fill(words, 20), f"verdict-{y}", **look)
        finish(ax, [row.label for row in rows], len(rows) - 0.4, axis_words(given, lang, axis), lang)
        return titled(ax, say("Each criterion and its target", lang), said, raised=targets is not None)


def three_ways(
    results: Sequence[Result],
    labels: Sequence[str],
    *,
    threshold: float | None = None,
    truth: float | None = None,
    ax: Axes | None = None,
    lang: str = "en",
) -> Axes:
    """Draw the same programme judged in several ways, one large interval a way.

    Parameters
    ----------
    results : sequence of Result
        Estimates in one unit, such as before and after on the weakest, before and after on everyone,
        and against the waiting list.
    labels : sequence of str
        How each was judged.
    threshold : float, optional
        Target, in the same unit.
    truth : float, optional
        The true effect, where the data were made with one.
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
        When units differ or labels do not fit the results.
    """
    given = listed(results)
    rows = arranged(given, labels, lang)
    unit = one_unit(given)
    said = [say("The same programme, judged in {n:count} ways.", lang, n=len(rows))]
    bottom = len(rows) - 0.55 + 0.35 * (truth is not None)
    with style():
        ax = blank_axes(ax, height=1.4 + 0.95 * len(rows))
        draw_intervals(ax, rows, size=11, words=False)
        look: dict[str, Any] = {"size": 11, "transform": ax.get_yaxis_transform()}
        for y, row in enumerate(rows):
            said.append(row.said)
            write(ax, (0.0, y - 0.33), row.label, f"label-{y}", **look)
            write(ax, (1.0, y - 0.33), row.words, f"words-{y}", ha="right", **look)
        if threshold is not None:
            said.append(draw_target(ax, threshold, unit, lang))
        if truth is not None:
            value = exact(truth, lang)
            said.append(say("The true effect is {value} {unit}.", lang, value=value, unit=unit))
            ax.axvline(truth, color=INK, lw=1.4, ls=":", zorder=1, gid="truth")
            words = say("true effect {value}", lang, value=value)
            write(ax, (truth, bottom - 0.08), words, "truth-label", ha="center", va="bottom", weight="bold")
        finish(ax, [], bottom, axis_words(given, lang), lang)
        title = say("The same programme, judged in {n:count} ways", lang, n=len(rows))
        return titled(ax, title, said, raised=threshold is not None)


def _expected(ax: Axes, e: Estimate, bottom: float, unit: str, lang: str) -> str:
    """Draw the band, or the line, of what no programme would give, and say it."""
    words = say("expected with no programme at all", lang)
    places = wording.decimals_for(e.estimate, e.conf_low, e.conf_high)
    if e.conf_low is not None and e.conf_high is not None:
        look: dict[str, Any] = {
            "facecolor": PALE,
            "edgecolor": GREY,
            "hatch": "////",
            "alpha": 0.45,
            "lw": 0,
            "zorder": 1,
        }
        ax.axvspan(e.conf_low, e.conf_high, gid="expected", **look)
        middle = (e.conf_low + e.conf_high) / 2
        values = {"limits": wording.interval(e.conf_low, e.conf_high, places, lang), "unit": unit}
        said = say("With no programme at all, {limits} {unit} would be expected.", lang, **values)
    elif e.estimate is not None:
        ax.axvline(e.estimate, color=GREY, lw=1.4, ls="-.", zorder=1, gid="expected")
        middle = e.estimate
        values = {"value": wording.number(e.estimate, places, lang), "unit": unit}
        said = say("With no programme at all, {value} {unit} would be expected.", lang, **values)
    else:
        return say("What would be expected with no programme at all is not known.", lang)
    # the words grow away from the nearer edge of the picture
    left, right = ax.get_xlim()
    place = (middle - left) / (right - left)
    side = "left" if place < 0.3 else "right" if place > 0.7 else "center"
    write(ax, (middle, bottom - 0.12), words, "expected-label", ha=side, va="bottom", style="italic")
    return said
