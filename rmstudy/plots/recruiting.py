"""Pictures of recruiting: who was lost on the way, and whom the applicants stand for."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from rmstudy import wording
from rmstudy.errors import DesignError
from rmstudy.methods import columns
from rmstudy.plots.canvas import (
    BLUE,
    GREY,
    INK,
    ORANGE,
    PALE,
    WIDTH,
    Numbers,
    blank_axes,
    style,
    titled,
    write,
)
from rmstudy.programme.recruitment import Represented, safe_funnel
from rmstudy.programme.recruitment.funnel import ALL, NOT_ELIGIBLE
from rmstudy.programme.recruitment.represented import NOTICEABLE, words
from rmstudy.wording import say

_LINE: Final = 0.155  # inches: the height of a line of text
_PAD: Final = 0.17  # inches: what a box adds to its lines
_GAP: Final = 0.26  # inches: between boxes, room for an arrow
_TEXT, _SMALL = 8.0, 7.5
_MAIN, _MAIN_SIDE = 2.3, 2.0  # inches: widths of the boxes before the arms part
_ARM, _ARM_SIDE = 1.62, 1.30
_ARMS: Final = {
    "programme": "Programme",
    "waitlist": "Waiting list",
    "comparison": "Comparison group",
    "not_selected": "Not selected",
}
_MIDDLES: Final = {1: (WIDTH / 2,), 2: (WIDTH / 2 - 0.92, WIDTH / 2 + 0.92)}
_MARKS: Final[dict[str, dict[str, Any]]] = {
    "applicants": {"color": ORANGE, "marker": "s", "ms": 8.5, "mfc": "white", "mew": 1.8, "ls": ""},
    "participants": {"color": BLUE, "marker": "o", "ms": 6, "ls": ""},
}
# What the box of a step says of those who did not come as far as it.
_LOSSES: Final = {
    "invited": "not invited",
    "applied": "did not apply",
    "assigned": "not assigned",
    "matched": "not matched",
    "met at least once": "did not meet",
    "answered before": "did not answer",
    "answered before and after": "no answer after",
}


class _Box(NamedTuple):
    """A step with its number in words, the arm it opens, and what its side box says."""

    step: str
    text: str
    side: str
    head: str = ""


class _Place(NamedTuple):
    """Where a column of boxes stands: middle, widths of box and side box, direction of losses, colour, name."""

    x: float
    width: float
    side_width: float
    side: int
    color: str
    gid: str


def consort(table: pd.DataFrame, *, minimum: int = 5, ax: Axes | None = None, lang: str = "en") -> Axes:
    """Draw the way from the staff to the last answer as a flow diagram, in the manner of CONSORT.

    Parameters
    ----------
    table : DataFrame
        As `rmstudy.programme.recruitment.funnel` returns it, with all numbers; small ones are protected here.
    minimum : int
        Fewest people that may be shown or told apart; 1 hides nothing.
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
        When a column is missing, or there are more than two arms.

    Notes
    -----
    ``≈48`` is 48 give or take fewer than the minimum. A side box has the people lost since the box above, and
    beside *answered before* those lost since the assignment; a small loss is said without its number.

    Examples
    --------
    >>> import rmstudy as rm
    >>> from rmstudy.programme.recruitment import funnel
    >>> ax = consort(funnel(rm.load_sample("digital-skills"), role="mentee"))
    >>> ax.get_title(loc="left")
    'From the staff to the last answer'
    >>> rm.plots.close(ax)
    """
    for name in ("group", "step", "reason", "n"):
        columns.column(table, name)
    shown = safe_funnel(table, minimum=minimum, lang=lang)
    arms = [name for name in dict.fromkeys(shown["group"]) if name != ALL]
    if len(arms) > 2:
        raise DesignError(f"A flow diagram has two arms at most, not {len(arms)}: {', '.join(arms)}.")
    trunk = _trunk(shown, minimum, lang)
    if len(arms) == 1 and [box.step for box in trunk] == ["assigned"]:
        trunk = []  # the only arm says the same
    branches = [_branch(shown[shown["group"] == arm], minimum, lang) for arm in arms]
    middle = _Place(WIDTH / 2, _MAIN, _MAIN_SIDE, 1, INK, "all")
    places = [
        _Place(x, _ARM, _ARM_SIDE, side, color, f"arm{i}")
        for i, (x, side, color) in enumerate(
            zip(
                _MIDDLES.get(len(arms), ()), (-1, 1) if len(arms) == 2 else (1,), (BLUE, ORANGE), strict=False
            )
        )
    ]
    tops, bottom = _rows([(trunk, middle)], 0.0)
    start = bottom - 2 * _GAP if trunk else 0.0
    arm_tops, end = _rows(list(zip(branches, places, strict=True)), start) if arms else ({}, bottom)
    with style():
        if ax is None:
            ax = plt.subplots(figsize=(WIDTH, 0.5 - end), layout="constrained")[1]
        ax.set_axis_off()
        ax.set_xlim(-0.06, WIDTH + 0.06)
        rough = any("≈" in str(n) for n in shown["n"])
        ax.set_ylim(end - (0.3 if rough else 0.05), 0.05)
        if rough:
            legend = say("≈: give or take fewer than {n:count} people", lang, n=minimum)
            ax.text(0, end - 0.2, legend, fontsize=_SMALL, color=GREY, va="center")
        _column(ax, trunk, middle, tops)
        for boxes, place in zip(branches, places, strict=True):
            if trunk:
                _arrow(ax, (middle.x, bottom), (place.x, start), bent=True)
            _column(ax, boxes, place, arm_tops)
        said = [say("Participation flow.", lang), *(_told(boxes) for boxes in (trunk, *branches) if boxes)]
        return titled(ax, say("From the staff to the last answer", lang), said)


def represented(found: Represented, *, minimum: int = 5, ax: Axes | None = None, lang: str = "en") -> Axes:
    """Draw how far the applicants and the participants are from the staff they come from.

    Parameters
    ----------
    found : Represented
        As `rmstudy.programme.recruitment.representativeness` returns it; small cells are joined here.
    minimum : int
        Fewest people that may be shown or told apart; 1 joins nothing.
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
        When nothing is left that may be shown.

    Examples
    --------
    >>> import rmstudy as rm
    >>> from rmstudy.programme.recruitment import representativeness
    >>> ax = represented(representativeness(rm.load_sample("digital-skills"), role="mentee"))
    >>> ax.get_title(loc="left")
    'Applicants and participants beside the staff'
    >>> rm.plots.close(ax)
    """
    safe = found.safe(minimum=minimum, lang=lang)
    if safe.counts.empty:
        raise DesignError("Too few people stand behind every row: nothing may be shown.")
    rows = safe.shown.to_dict("records")
    names = [f"{words(row['characteristic'], lang)}: {row['value']}" for row in rows]
    with style():
        ax = blank_axes(ax, height=1.35 + 0.3 * len(rows))
        ax.axvspan(-NOTICEABLE, NOTICEABLE, color=PALE, alpha=0.5, lw=0, zorder=0, gid="alike")
        ax.axvline(0, color=GREY, lw=1, zorder=1, gid="zero")
        for y, row in enumerate(rows):
            ends = [_finite(row[f"{group}_difference"]) for group in _MARKS]
            ax.plot(ends, [y, y], color=PALE, lw=2, zorder=2)
            for x, look in zip(ends, _MARKS.values(), strict=True):
                ax.plot([x], [y], zorder=3, **look)
            if y and row["characteristic"] != rows[y - 1]["characteristic"]:
                ax.axhline(y - 0.5, color=PALE, lw=0.8, zorder=0)
        ax.set_yticks(range(len(rows)), [textwrap.fill(name, 34) for name in names])
        ax.set_ylim(len(rows) - 0.4, -2.1)
        reach = 1.15 * max(abs(x) for x in (*ax.get_xlim(), 0.3))
        ax.set_xlim(-reach, reach)
        for x, (name, look) in zip((-0.6, 0.12), _MARKS.items(), strict=True):
            ax.plot([x * reach], [-1.7], **look)
            label = wording.translate(name, lang)
            write(ax, (x * reach, -1.7), label, f"key-{name}", va="center", shift=(8, 0), bbox=None)
        side: dict[str, Any] = {"va": "center", "fontsize": 8, "color": GREY, "bbox": None}
        write(ax, (-reach, -0.9), say("← fewer than in the staff", lang), "fewer", ha="left", **side)
        write(ax, (reach, -0.9), say("more than in the staff →", lang), "more", ha="right", **side)
        ax.xaxis.set_major_formatter(Numbers(lang))
        ax.set_xlabel(say("standardised difference (grey: hardly any)", lang))
        return titled(ax, say("Applicants and participants beside the staff", lang), [safe.text(lang)])


def _trunk(shown: pd.DataFrame, minimum: int, lang: str) -> list[_Box]:
    """Boxes from the staff to the assignment; the reasons stand beside those who applied."""
    part = shown[shown["group"] == ALL]
    steps = part[part["reason"] == ""]
    numbers = dict(zip(steps["step"], steps["n"], strict=True))
    if numbers.get("invited") == numbers.get("eligible staff"):
        numbers.pop("invited", None)  # everybody was invited: one box says both
    if (
        "eligible" in numbers
        and numbers["assigned" if "assigned" in numbers else "eligible"] == numbers["eligible"]
    ):
        numbers.pop("assigned", None)
    reasons = part[part["reason"] != ""]
    boxes: list[_Box] = []
    last: str | None = None
    for step, n in numbers.items():
        side = "" if last is None else _lost(last, n, step, minimum, lang)
        if step == "eligible" and len(reasons):
            side = _reasons(reasons, last or "", n, minimum, lang)
        boxes.append(_Box(step, _counted(step, n, lang), side))
        last = n
    return boxes


def _branch(part: pd.DataFrame, minimum: int, lang: str) -> list[_Box]:
    """Boxes of one arm; who answered is held against those assigned, whatever they did in between."""
    arm = str(part["group"].iloc[0])
    head = wording.translate(_ARMS.get(arm, arm), lang)
    boxes: list[_Box] = []
    start = last = None
    for step, n in zip(part["step"], part["n"], strict=True):
        if step == "assigned":
            start, side = n, ""
        else:
            since = start if step == "answered before" else last
            side = "" if since is None else _lost(since, n, step, minimum, lang)
        boxes.append(_Box(step, _counted(step, n, lang), side, head if not boxes else ""))
        last = n
    return boxes


def _counted(step: str, n: str, lang: str) -> str:
    """A step and its number, beginning with a capital letter."""
    text = wording.translate(step, lang)
    return f"{text[:1].upper()}{text[1:]}: {n}"


def _exact(n: str) -> bool:
    """Whether a number is shown as it is."""
    return n[:1].isdigit()


def _plain(n: str) -> int:
    """A shown number as a whole number."""
    return int("".join(letter for letter in n if letter.isdigit()))


def _lost(before: str, after: str, step: str, minimum: int, lang: str) -> str:
    """What the side box says between two boxes; nothing where nobody was lost or nothing can be said."""
    words_of = wording.translate(_LOSSES.get(step, "lost"), lang)
    if after.startswith("≈") and _plain(after) == _plain(before):
        return f"{words_of}: <{minimum}"
    if not (_exact(before) and _exact(after)) or _plain(before) <= _plain(after):
        return ""
    return f"{words_of}: {wording.count(_plain(before) - _plain(after), lang)}"


def _reasons(reasons: pd.DataFrame, before: str, after: str, minimum: int, lang: str) -> str:
    """Those who were not eligible, in all and by reason."""
    total = ""
    if _exact(before) and _exact(after):
        total = f": {wording.count(_plain(before) - _plain(after), lang)}"
    elif "≈" in before + after and _plain(before) == _plain(after):
        total = f": <{minimum}"
    lines = [f"{wording.translate(NOT_ELIGIBLE, lang)}{total}"]
    hidden = wording.translate("withheld", lang)
    for reason, n in zip(reasons["reason"], reasons["n"], strict=True):
        lines.append(f"– {words(str(reason), lang)}: {n}")
    if all(n == hidden for n in reasons["n"]):
        lines = lines[:1]
    return "\n".join(lines)


def _wrapped(text: str, width: float, size: float = _TEXT) -> list[str]:
    """A box's text in lines that fit; a number stays with the word before it."""
    letters = int(width / (0.0086 * size))
    lines = text.replace(": ", ":\u00a0").splitlines()
    return [
        part
        for line in lines
        for part in textwrap.wrap(line, letters, subsequent_indent="  " * line.startswith("–"))
    ]


def _tall(box: _Box, width: float) -> float:
    """Height of a box."""
    return _LINE * (len(_wrapped(box.text, width)) + bool(box.head)) + _PAD


def _side_tall(box: _Box, width: float) -> float:
    """Height of the side box, none without one."""
    return _LINE * len(_wrapped(box.side, width, _SMALL)) + _PAD if box.side else 0.0


def _rows(columns_of: Sequence[tuple[Sequence[_Box], _Place]], top: float) -> tuple[dict[str, float], float]:
    """Upper edge of each step, the same for all columns so that they can be read across, and the lower end."""
    order = list(dict.fromkeys(box.step for boxes, _ in columns_of for box in boxes))
    tops: dict[str, float] = {}
    y = top
    for step in order:
        here = [(box, place) for boxes, place in columns_of for box in boxes if box.step == step]
        if tops:
            y -= max(_GAP, *(_side_tall(box, place.side_width) + 0.1 for box, place in here))
        tops[step] = y
        y -= max(_tall(box, place.width) for box, place in here)
    return tops, y


def _column(ax: Axes, boxes: Sequence[_Box], place: _Place, tops: dict[str, float]) -> None:
    """Draw boxes one below the other with arrows, losses branching off to a side."""
    end = None
    for i, box in enumerate(boxes):
        top = tops[box.step]
        if end is not None:
            _arrow(ax, (place.x, end), (place.x, top))
        if box.side:
            tall = _side_tall(box, place.side_width)
            y = top + (tall + 0.1) / 2
            away = place.width / 2 + 0.14 if place.width == _ARM else 0.45
            at = place.x + place.side * away
            _arrow(ax, (place.x, y), (at, y))
            edge = at if place.side > 0 else at - place.side_width
            corner = (edge, y + tall / 2)
            _draw(
                ax,
                _wrapped(box.side, place.side_width, _SMALL),
                corner,
                (place.side_width, GREY),
                f"side-{place.gid}-{i}",
            )
        lines = [*([box.head] if box.head else []), *_wrapped(box.text, place.width)]
        look = (place.width, place.color)
        _draw(ax, lines, (place.x - place.width / 2, top), look, f"box-{place.gid}-{i}", bold=bool(box.head))
        end = top - _tall(box, place.width)


def _draw(
    ax: Axes,
    lines: Sequence[str],
    corner: tuple[float, float],
    look: tuple[float, str],
    gid: str,
    bold: bool = False,
) -> None:
    """Draw one box from its upper left corner down, line by line; its first line may be a heading."""
    (x, y), (width, color) = corner, look
    height, side = _LINE * len(lines) + _PAD, gid.startswith("side")
    edge: dict[str, Any] = {"edgecolor": color, "facecolor": "white", "lw": 0.8 if side else 1.5, "zorder": 3}
    ax.add_patch(
        FancyBboxPatch(
            (x, y - height), width, height, boxstyle="round,pad=0,rounding_size=0.05", gid=gid, **edge
        )
    )
    for i, line in enumerate(lines):
        place: dict[str, Any] = {"ha": "left" if side else "center", "fontsize": _SMALL if side else _TEXT}
        weight = "bold" if bold and not i else "normal"
        at = (x + 0.08 if side else x + width / 2, y - _PAD / 2 - _LINE * (i + 0.5))
        ax.text(*at, line, zorder=4, color=INK, va="center", weight=weight, **place)


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float], *, bent: bool = False) -> None:
    """Draw an arrow, straight or round two corners."""
    look: dict[str, Any] = {
        "arrowstyle": "-|>",
        "color": GREY,
        "lw": 1,
        "shrinkA": 0,
        "shrinkB": 0,
        "mutation_scale": 8,
    }
    if bent and start[0] != end[0]:
        middle = (start[1] + end[1]) / 2
        ax.plot([start[0], start[0], end[0]], [start[1], middle, middle], color=GREY, lw=1, zorder=1)
        start = (end[0], middle)
    ax.annotate("", end, start, arrowprops=look, zorder=1)


def _told(boxes: Sequence[_Box]) -> str:
    """The boxes of a column as a sentence."""
    parts = []
    for box in boxes:
        side = f" ({box.side.replace(chr(10), ' ')})" if box.side else ""
        head = f"{box.head}. " if box.head else ""
        parts.append(f"{head}{box.text}{side}")
    return "; ".join(parts) + "."


def _finite(value: float) -> float:
    """A difference that can be drawn; what is infinite stands at the edge of what is usual."""
    return max(min(value, 2.0), -2.0)
