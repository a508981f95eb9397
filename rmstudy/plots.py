"""Pictures of Results: they draw what was estimated and estimate nothing.

Every function returns the matplotlib Axes it drew into, in English or Italian, with an alternative
text that says the same in words (`alt_text`). Blue circles are comparisons of two groups, orange
squares are changes within one group; targets are dashed, and what would be expected without any
programme is a hatched grey band, so that nothing depends on colour alone.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import Formatter, MaxNLocator

from rmstudy import wording
from rmstudy.disclosure import merged_bins
from rmstudy.errors import DesignError
from rmstudy.methods import columns
from rmstudy.results import Estimate, Result
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
    "hatch.linewidth": 0.6,
    "svg.hashsalt": "rmstudy",
}
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Row:
    """One interval to draw: where it lies, its direct label, its sentence, and what kind of contrast it is."""

    label: str
    estimate: float | None
    low: float | None
    high: float | None
    words: str
    said: str
    compared: bool


class _Numbers(Formatter):
    """Tick labels written by `wording`, with as many decimals as the ticks need."""

    def __init__(self, lang: str) -> None:
        self.lang, self.places = lang, 0

    def set_locs(self, locs: Any) -> None:
        """Choose the fewest decimals that keep the ticks apart."""
        exact = (p for p in range(6) if np.allclose(np.round(locs, p), locs, rtol=0, atol=1e-9))
        self.places = next(exact, 6)

    def __call__(self, x: float, pos: int | None = None) -> str:
        return wording.number(x, self.places, self.lang)


def style() -> AbstractContextManager[None]:
    """Settings of all pictures, for as long as a ``with`` block lasts.

    Examples
    --------
    >>> with style():
    ...     plt.rcParams["figure.dpi"]
    150.0
    """
    return plt.rc_context(STYLE)


def alt_text(ax: Axes) -> str:
    """Return the alternative text of a picture made here, in the language of the picture."""
    return str(ax.get_label())


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
    >>> from rmstudy.results import Estimate, Result
    >>> gain = Result("mean_change", "test", "mean change", "points",
    ...               (Estimate("change", 4.12, conf_low=2.9, conf_high=5.3),), 0.95, {"all": 41}, {"all": 7})
    >>> print(alt_text(change(gain, threshold=3)))
    test: 4.12 points (95% interval 2.90 to 5.30). The target is 3 points.
    """
    given = _listed(results)
    rows = _rows(given, labels, lang)
    names, said = [row.label for row in rows], [row.said for row in rows]
    unit = _one_unit([*given, expected] if expected else given)
    bars = None if frame is None else _bars_of_people(frame, pre, post, minimum_cell)
    if frame is not None and unit != "points":
        raise DesignError(
            f"People's changes are in points and the result is in {unit!r}. Leave the frame out."
        )
    with style():
        ax = _axes(ax, height=1.5 + 0.55 * len(rows) + 0.8 * bool(bars) + 0.3 * bool(expected))
        _intervals(ax, rows)
        bottom = len(rows) - 0.4
        if bars is not None:
            _people(ax, bars, len(rows))
            names.append(say("changes of {n:count} people", lang, n=sum(bars[0])))
            bottom += 1.1
            said.append(_say_people(bars, minimum_cell, unit, lang))
        elif frame is not None:
            said.append(
                say("The spread of people's changes is left out: there are too few people to hide in.", lang)
            )
        if expected is not None:
            bottom += 0.5
            said.append(_expected(ax, expected.headline, bottom, unit, lang))
        if threshold is not None:
            said.append(_target(ax, threshold, unit, lang))
        _finish(ax, names, bottom, _axis_words(given, lang), lang)
        return _titled(ax, _headline(given, lang), said, raised=threshold is not None)


def forest(
    results: Sequence[Result],
    *,
    thresholds: Sequence[float] | None = None,
    labels: Sequence[str] | None = None,
    verdicts: Sequence[str] | None = None,
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
    given = _listed(results)
    targets = _fitting(given, thresholds, "thresholds")
    endings = _fitting(given, verdicts, "verdicts") or []
    axis = None
    if targets is None:
        _one_unit(given)
        rows = _rows(given, labels, lang)
    elif any(not target > 0 for target in targets):
        raise DesignError(
            "A threshold that is not above zero cannot be a unit of length. Use change() for it."
        )
    else:
        axis = say("multiples of each target", lang)
        plain = _rows(given, labels, lang, targets)
        rows = [_with_target(row, t, r.unit, lang) for row, t, r in zip(plain, targets, given, strict=True)]
    said = [row.said for row in rows]
    with style():
        ax = _axes(ax, height=1.6 + 0.62 * len(rows))
        _intervals(ax, rows)
        if targets is not None:
            _line(ax, 1.0, say("target", lang))
        for y, ending in enumerate(endings):
            words = wording.translate(ending, lang)
            said[y] += f" {words}."
            look: dict[str, Any] = {"va": "center", "weight": "bold", "transform": ax.get_yaxis_transform()}
            _write(ax, (1.06, y), textwrap.fill(words, 20), f"verdict-{y}", **look)
        _finish(ax, [row.label for row in rows], len(rows) - 0.4, _axis_words(given, lang, axis), lang)
        return _titled(ax, say("Each criterion and its target", lang), said, raised=targets is not None)


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
    given = _listed(results)
    rows = _rows(given, labels, lang)
    unit = _one_unit(given)
    said = [say("The same programme, judged in {n:count} ways.", lang, n=len(rows))]
    bottom = len(rows) - 0.55 + 0.35 * (truth is not None)
    with style():
        ax = _axes(ax, height=1.4 + 0.95 * len(rows))
        _intervals(ax, rows, size=11, words=False)
        look: dict[str, Any] = {"size": 11, "transform": ax.get_yaxis_transform()}
        for y, row in enumerate(rows):
            said.append(row.said)
            _write(ax, (0.0, y - 0.33), row.label, f"label-{y}", **look)
            _write(ax, (1.0, y - 0.33), row.words, f"words-{y}", ha="right", **look)
        if threshold is not None:
            said.append(_target(ax, threshold, unit, lang))
        if truth is not None:
            value = _exact(truth, lang)
            said.append(say("The true effect is {value} {unit}.", lang, value=value, unit=unit))
            ax.axvline(truth, color=INK, lw=1.4, ls=":", zorder=1, gid="truth")
            words = say("true effect {value}", lang, value=value)
            _write(ax, (truth, bottom - 0.08), words, "truth-label", ha="center", va="bottom", weight="bold")
        _finish(ax, [], bottom, _axis_words(given, lang), lang)
        title = say("The same programme, judged in {n:count} ways", lang, n=len(rows))
        return _titled(ax, title, said, raised=threshold is not None)


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
    unit = _one_unit(_listed(list(groups.values())))
    means = {name: (_term(r, "mean before"), _term(r, "mean after")) for name, r in groups.items()}
    looks = ((BLUE, "o", "-"), (ORANGE, "s", "--"), (GREY, "D", ":"), (INK, "^", "-."))
    said = []
    with style():
        ax = _axes(ax, height=3.2)
        for i, (name, pair) in enumerate(means.items()):
            color, marker, line = looks[i % len(looks)]
            shown = wording.translate(name, lang)
            ax.plot([0, 1], pair, color=color, marker=marker, ls=line, lw=2, ms=8, gid=f"means-{i}")
            first, last = (wording.number(mean, wording.decimals_for(*pair), lang) for mean in pair)
            sides = [_side(mean, [other[wave] for other in means.values()]) for wave, mean in enumerate(pair)]
            _write(ax, (0, pair[0]), first, f"before-{i}", ha="right", va=sides[0], shift=(-9, 0))
            _write(ax, (1, pair[1]), f"{last}  {shown}", f"after-{i}", va=sides[1], shift=(9, 0))
            values = {"label": shown, "before": first, "after": last, "unit": unit}
            said.append(say("{label}: mean before {before}, mean after {after} {unit}.", lang, **values))
        ax.set_xlim(-0.25, 1.5)
        ax.spines["bottom"].set_bounds(-0.1, 1.1)
        ax.set_xticks([0, 1], [say("before", lang), say("after", lang)])
        ax.set_ylabel(wording.translate(unit, lang))
        ax.yaxis.set_major_formatter(_Numbers(lang))
        ax.yaxis.set_major_locator(MaxNLocator(nbins=5))
        ax.margins(y=0.2)
        return _titled(ax, say("Means before and after", lang), said)


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
        ax = _axes(ax, height=0.9 + 0.36 * len(steps))
        for x, y, text, size, exact in cells:
            color, width = (BLUE, ORANGE, GREY)[x % 3], 0.66 * size / largest
            look: dict[str, Any] = {"facecolor": color if exact else "white", "edgecolor": color}
            ax.barh(y, width, left=x, height=0.62, hatch="" if exact else "////", gid=f"bar-{x}-{y}", **look)
            _write(ax, (x + width, y), text, f"n-{x}-{y}", va="center", shift=(4, 0))
        for x, head in enumerate(heads):
            parts = ", ".join(f"{names[y]} {text}" for i, y, text, *_ in cells if i == x)
            said.append(f"{head}: {parts}.")
            wrapped = textwrap.fill(head, 56 // len(heads) - 2)
            _write(ax, (x, -0.5), wrapped, f"group-{x}", weight="bold", va="bottom")
        ax.set_xlim(0, len(groups))
        ax.set_ylim(len(steps) - 0.5, -1.5)
        ax.set_xticks([])
        ax.set_yticks(range(len(steps)), [textwrap.fill(name, 26) for name in names])
        ax.spines["bottom"].set_visible(False)
        return _titled(ax, say("Participation flow", lang), said)


def _listed(results: Result | Sequence[Result]) -> list[Result]:
    """One or several results as a list with something in it."""
    given = [results] if isinstance(results, Result) else list(results)
    if not given:
        raise DesignError("There is no result to draw. Give at least one.")
    return given


def _fitting(given: Sequence[Result], values: Sequence[T] | None, name: str) -> list[T] | None:
    """One value for each result, or a refusal."""
    if values is not None and len(values) != len(given):
        raise DesignError(f"{len(given)} results need as many {name}, not {len(values)}.")
    return None if values is None else list(values)


def _one_unit(given: Sequence[Result]) -> str:
    """The unit of all results, or a refusal."""
    units = list(dict.fromkeys(result.unit for result in given))
    if len(units) != 1:
        raise DesignError(
            f"The results are in {len(units)} units ({', '.join(units)}) and cannot share an axis. "
            "Draw them apart, or use forest() with thresholds."
        )
    return units[0]


def _term(result: Result, term: str) -> float:
    """The estimate of a named row."""
    for e in result.estimates:
        if e.term == term and e.estimate is not None:
            return e.estimate
    raise DesignError(f"The result of {result.method} has no row {term!r}. Use the result of mean_change.")


def _rows(
    given: Sequence[Result], labels: Sequence[str] | None, lang: str, scales: Sequence[float] | None = None
) -> list[_Row]:
    """Arrange headlines for drawing, with the same decimals for all numbers of one unit."""
    numbers: dict[str, list[float | None]] = {}
    for result in given:
        e = result.headline
        numbers.setdefault(result.unit, []).extend((e.estimate, e.conf_low, e.conf_high))
    names = _fitting(given, labels, "labels") or [result.outcome for result in given]
    return [
        _row(result, name, scale, wording.decimals_for(*numbers[result.unit]), lang)
        for result, name, scale in zip(given, names, scales or [1.0] * len(given), strict=True)
    ]


def _row(result: Result, name: str, scale: float, places: int, lang: str) -> _Row:
    """Arrange one headline, drawn in multiples of a scale and said in raw numbers."""
    e, label = result.headline, wording.translate(name, lang)
    values = {"label": label, "value": wording.number(e.estimate, places, lang), "unit": result.unit}
    words, said = "{value}, no interval", "{label}: {value} {unit}, no interval."
    if e.estimate is None:
        words, said = "no estimate", "{label}: no estimate."
    elif e.conf_low is not None and e.conf_high is not None and result.level is not None:
        words, said = "{value} ({limits})", "{label}: {value} {unit} ({level} interval {limits})."
        values["level"] = wording.percent(result.level, lang)
        values["limits"] = wording.interval(e.conf_low, e.conf_high, places, lang)
    estimate, low, high = (None if v is None else v / scale for v in (e.estimate, e.conf_low, e.conf_high))
    return _Row(
        label, estimate, low, high, say(words, lang, **values), say(said, lang, **values), len(result.n) > 1
    )


def _with_target(row: _Row, target: float, unit: str, lang: str) -> _Row:
    """Add its own target to a row's label and sentence."""
    values = {"value": _exact(target, lang), "unit": unit}
    label = f"{row.label}\n{say('target {value} {unit}', lang, **values)}"
    return replace(
        row, label=label, said=f"{row.said} {say('The target is {value} {unit}.', lang, **values)}"
    )


def _exact(value: float, lang: str) -> str:
    """A number that somebody chose, with no more decimals than it has."""
    places = wording.decimals_of(value)
    return wording.number(value, places, lang)


def _axis_words(given: Sequence[Result], lang: str, unit: str | None = None) -> str:
    """What the axis measures, what the lines are and, where both occur, what the two markers are."""
    levels = {result.level for result in given}
    words = wording.translate(given[0].unit if unit is None else unit, lang)
    if len(levels) == 1 and None not in levels:
        level = wording.percent(next(iter(levels)), lang)
        words = say("{unit}; each line is a {level} interval", lang, unit=words, level=level)
    if len({len(result.n) > 1 for result in given}) == 2:
        words += "\n" + say("● against a comparison group   ■ before and after", lang)
    return words


def _headline(given: Sequence[Result], lang: str) -> str:
    """The estimand, where all results share it."""
    estimands = {result.estimand for result in given}
    if len(estimands) > 1:
        return say("Estimates and their intervals", lang)
    words = wording.translate(estimands.pop(), lang)
    return words[:1].upper() + words[1:]


def _axes(ax: Axes | None, *, height: float) -> Axes:
    """The axes given, or new ones as wide as a page, without ornament."""
    if ax is None:
        ax = plt.subplots(figsize=(WIDTH, height), layout="constrained")[1]
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.spines["bottom"].set_color(GREY)
    # said here as well, because ticks that are made later do not see the style
    ax.tick_params(length=0, labelsize=9, labelcolor=INK)
    return ax


def _write(ax: Axes, at: tuple[float, float], text: str, gid: str, **look: Any) -> None:
    """Write a direct label, readable over lines."""
    shift, transform = look.pop("shift", (0, 0)), look.pop("transform", ax.transData)
    # a white ground keeps the words readable over lines; it stays behind intervals and markers
    look = {"bbox": {"facecolor": "white", "edgecolor": "none", "pad": 1}, "zorder": 2.5, "gid": gid, **look}
    ax.annotate(text, at, xytext=shift, xycoords=transform, textcoords="offset points", **look)


def _intervals(ax: Axes, rows: Sequence[_Row], *, size: float = 9, words: bool = True) -> None:
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
            _write(ax, (row.estimate or 0.0, y), row.words, f"words-{y}", ha="center", **place)


def _line(ax: Axes, x: float, words: str) -> None:
    """Draw the target's line with its label above the picture."""
    ax.axvline(x, color=INK, lw=1.4, ls=(0, (5, 2)), zorder=2, gid="threshold")
    look: dict[str, Any] = {"ha": "center", "va": "bottom", "weight": "bold", "shift": (0, 2)}
    _write(ax, (x, 1.0), words, "threshold-label", transform=ax.get_xaxis_transform(), **look)


def _target(ax: Axes, threshold: float, unit: str, lang: str) -> str:
    """Draw the target and say it."""
    value = _exact(threshold, lang)
    _line(ax, threshold, say("target {value}", lang, value=value))
    return say("The target is {value} {unit}.", lang, value=value, unit=unit)


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
    _write(ax, (middle, bottom - 0.12), words, "expected-label", ha="center", va="bottom", style="italic")
    return said


def _bars_of_people(
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


def _people(ax: Axes, bars: tuple[tuple[int, ...], tuple[float, ...]], y: int) -> None:
    """Draw the spread of people's changes in a lane below the estimates."""
    sizes, edges = bars
    widths = np.diff(edges)
    heights = np.asarray(sizes) / widths
    look: dict[str, Any] = {"color": PALE, "edgecolor": "white", "zorder": 0.5, "align": "edge"}
    drawn = ax.bar(edges[:-1], -0.85 * heights / heights.max(), widths, bottom=y + 0.5, **look)
    for i, bar in enumerate(drawn):
        bar.set_gid(f"people-{i}")


def _say_people(bars: tuple[tuple[int, ...], tuple[float, ...]], minimum: int, unit: str, lang: str) -> str:
    """Say how many people's changes are drawn and where they lie."""
    sizes, edges = bars
    template = (
        "The changes of {n:count} people are drawn in bars of at least {minimum:count} people from {low} to "
        "{high} {unit}; the outermost bars hold those beyond as well."
    )
    low, high = _exact(edges[0], lang), _exact(edges[-1], lang)
    return say(template, lang, n=sum(sizes), low=low, high=high, unit=unit, minimum=minimum)


def _finish(ax: Axes, names: Sequence[str], bottom: float, axis: str, lang: str) -> None:
    """Set limits, labels and the writing of numbers."""
    ax.set_ylim(bottom, -0.75)
    wrapped = ["\n".join(textwrap.fill(line, 26) for line in name.splitlines()) for name in names]
    ax.set_yticks(range(len(names)), wrapped)
    ax.margins(x=0.1)
    ax.set_xlabel(axis)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=7, steps=[1, 2, 2.5, 5, 10]))
    ax.xaxis.set_major_formatter(_Numbers(lang))


def _titled(ax: Axes, title: str, said: Sequence[str], *, raised: bool = False) -> Axes:
    """Give the picture its title, above the target's label where there is one, and its words."""
    ax.set_title(title, loc="left", fontsize=10.5, weight="bold", color=INK, pad=20 if raised else 8)
    ax.set_label(" ".join(said))
    return ax


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
