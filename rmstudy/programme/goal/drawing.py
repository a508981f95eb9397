"""One page of SVG: five columns of boxes, arrows between them, and under them what must hold.

Text is wrapped by an estimate of its width, so that the page needs no engine and is the same everywhere.
"""

from __future__ import annotations

import html
import textwrap
from typing import Final

Boxes = tuple[tuple[str, tuple[str, ...]], ...]

_WIDTHS: Final = (190, 215, 180, 300, 205)
_GAP: Final = 34
_MARGIN: Final = 24
_PAD: Final = 10
_SIZE: Final = 13
_LINE: Final = 17
_LETTER: Final = 0.56  # mean width of a letter in its size, for the fonts named below
_FONT: Final = "DejaVu Sans, Verdana, Arial, sans-serif"
_TOP: Final = 96
_INK, _QUIET, _PAPER = "#222222", "#5A5A5A", "#FFFFFF"
# Okabe and Ito's blue in one pale fill; the column in which success is seen has the strong one
_FILL, _EDGE, _GOAL_FILL = "#EEF4F9", "#0072B2", "#FDF3DC"
_GOAL_EDGE: Final = "#B87900"
_OUTCOMES: Final = 3


def drawn(
    *,
    title: str,
    described: str,
    steps: tuple[tuple[str, Boxes], ...],
    heads: tuple[str, str],
    assumptions: tuple[tuple[int, str, str], ...],
) -> str:
    """Draw five steps with their assumptions.

    Parameters
    ----------
    title : str
        Stands on the page and is read aloud.
    described : str
        All words of the page in reading order, for those who cannot see it.
    steps : tuple
        Name of each step with its boxes: a text, and what must be seen.
    heads : tuple of str
        Headings of the list under the columns.
    assumptions : tuple
        The arrow each stands on, its text, and what would show it.

    Returns
    -------
    str
        A whole SVG document.
    """
    width = sum(_WIDTHS) + _GAP * (len(_WIDTHS) - 1) + 2 * _MARGIN
    parts = [_text(_MARGIN, 40, [_cut(title, width - 2 * _MARGIN, 20)], size=20, bold=True)]
    left, bottom = _MARGIN, _TOP
    for n, ((name, boxes), wide) in enumerate(zip(steps, _WIDTHS, strict=True)):
        parts.append(
            _text(left, _TOP - 14, [name], size=14, bold=True, ink=_GOAL_EDGE if n >= _OUTCOMES else _EDGE)
        )
        column, low = _column(left, wide, boxes, strong=n >= _OUTCOMES)
        parts += column
        bottom = max(bottom, low)
        if n + 1 < len(_WIDTHS):
            numbers = [str(i) for i, one in enumerate(assumptions, 1) if one[0] == n]
            parts += _arrow(left + wide, numbers)
        left += wide + _GAP
    listed, bottom = _listed(bottom + 34, width, heads, assumptions)
    height = bottom + _MARGIN
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="100%" '
        f'style="max-width: {width}px; background: {_PAPER}" role="img" aria-labelledby="toc-title toc-text" '
        f'font-family="{_FONT}">'
    )
    said = f'<title id="toc-title">{_safe(title)}</title><desc id="toc-text">{_safe(described)}</desc>'
    paper = f'<rect width="{width}" height="{height}" fill="{_PAPER}"/>'
    return "\n".join([head, said, paper, *parts, *listed, "</svg>"]) + "\n"


def _column(left: int, wide: int, boxes: Boxes, *, strong: bool) -> tuple[list[str], int]:
    """Boxes under one another, and where the last one ends."""
    parts, top = [], _TOP
    fill, edge = (_GOAL_FILL, _GOAL_EDGE) if strong else (_FILL, _EDGE)
    for text, details in boxes:
        lines = _wrapped(text, wide - 2 * _PAD, letter=0.63 if strong else _LETTER)
        more = [line for one in details for line in _wrapped(one, wide - 2 * _PAD - 12, size=12)]
        starts = _starts(details, wide)
        tall = 2 * _PAD + _LINE * len(lines) + (16 * len(more) + 4 if more else 0) - 3
        parts.append(
            f'<rect x="{left}" y="{top}" width="{wide}" height="{tall}" rx="5" fill="{fill}" stroke="{edge}"/>'
        )
        parts.append(_text(left + _PAD, top + _PAD + 11, lines, bold=strong))
        if more:
            y = top + _PAD + _LINE * len(lines) + 14
            parts += [_text(left + _PAD, y + 16 * n, ["✓"], size=12, ink=edge) for n in starts]
            parts.append(_text(left + _PAD + 14, y, more, size=12, step=16))
        top += tall + 10
    return parts, top - 10


def _starts(details: tuple[str, ...], wide: int) -> list[int]:
    """Lines on which a new detail begins."""
    found, line = [], 0
    for one in details:
        found.append(line)
        line += len(_wrapped(one, wide - 2 * _PAD - 12, size=12))
    return found


def _arrow(left: int, numbers: list[str]) -> list[str]:
    """An arrow to the next column, with the numbers of what must hold there."""
    y, right = _TOP - 18, left + _GAP - 9
    parts = [
        f'<path d="M{left + 4} {y} H{right}" stroke="{_QUIET}" stroke-width="2" fill="none"/>',
        f'<path d="M{right - 6} {y - 5} L{right + 1} {y} L{right - 6} {y + 5}" stroke="{_QUIET}" '
        f'stroke-width="2" fill="none"/>',
    ]
    for n, number in enumerate(numbers):
        parts += _badge(left + _GAP // 2, _TOP + 16 + 26 * n, number)
    return parts


def _badge(x: int, y: int, number: str) -> list[str]:
    """A number in a circle."""
    return [
        f'<circle cx="{x}" cy="{y}" r="10" fill="{_PAPER}" stroke="{_QUIET}"/>',
        f'<text x="{x}" y="{y + 4}" font-size="12" text-anchor="middle" fill="{_INK}">{number}</text>',
    ]


def _listed(
    top: int, width: int, heads: tuple[str, str], assumptions: tuple[tuple[int, str, str], ...]
) -> tuple[list[str], int]:
    """What must hold, numbered, beside what would show it; and where the list ends."""
    middle = _MARGIN + 30 + (width - 2 * _MARGIN) // 2
    first, second = middle - _MARGIN - 50, width - _MARGIN - middle
    parts = [
        _text(_MARGIN, top, [_cut(heads[0], first, 14)], size=14, bold=True),
        _text(middle, top, [_cut(heads[1], second, 14)], size=14, bold=True),
    ]
    y = top + 12
    for n, (_, text, shown) in enumerate(assumptions, 1):
        left_lines, right_lines = _wrapped(text, first), _wrapped(shown, second)
        tall = _LINE * max(len(left_lines), len(right_lines)) + 10
        parts.append(
            f'<path d="M{_MARGIN} {y} H{width - _MARGIN}" stroke="#D9D9D9" stroke-width="1" fill="none"/>'
        )
        parts += _badge(_MARGIN + 11, y + 14, str(n))
        parts += [_text(_MARGIN + 32, y + 18, left_lines), _text(middle, y + 18, right_lines, ink=_QUIET)]
        y += tall
    return parts, y


def _wrapped(text: str, room: int, *, size: int = _SIZE, letter: float = _LETTER) -> list[str]:
    """A text in lines that fit."""
    return textwrap.wrap(text, max(int(room / (letter * size)), 4)) or [""]


def _cut(text: str, room: int, size: int) -> str:
    """A text in one line, cut where there is no more room."""
    return textwrap.shorten(text, max(int(room / (0.62 * size)), 4), placeholder="…")


def _text(
    x: int,
    y: int,
    lines: list[str],
    *,
    size: int = _SIZE,
    bold: bool = False,
    ink: str = _INK,
    step: int = _LINE,
) -> str:
    """Lines of text."""
    weight = ' font-weight="bold"' if bold else ""
    spans = "".join(
        f'<tspan x="{x}" y="{y + step * n}">{_safe(line)}</tspan>' for n, line in enumerate(lines)
    )
    return f'<text font-size="{size}" fill="{ink}"{weight}>{spans}</text>'


def _safe(text: str) -> str:
    """A text that is nothing but text in XML."""
    return html.escape("".join(c if c.isprintable() or c == "\n" else " " for c in text))
