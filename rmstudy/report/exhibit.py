"""What a notebook cell shows: a piece of HTML with its figures, for JupyterLab and for every file format.

The HTML is plain and semantic, so that pandoc can read it and write any format from it. Figures are
named in it (``src="change-knowledge.png"``) and travel beside it as PNG and SVG.
"""

from __future__ import annotations

import base64
import html
import io
import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from rmstudy import plots

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MIME: Final = "application/vnd.rmstudy.exhibit+json"
DPI: Final = 230  # about twice the dots of a screen at the width a figure is shown
INCHES: Final = 4.2  # narrower than a page of paper: beside its table the writing stays readable
PAGE: Final = 6.8  # the width of the text on a page
_UNSEEN: Final = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
_LETTERS_AN_INCH: Final = 13  # of the writing beside an axis
_BELOW: Final = 0.5  # inches below the axis


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure's file contents."""

    png: bytes
    svg: str


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A piece of a page.

    Parameters
    ----------
    html : str
        The piece; figures are named ``NAME.png``.
    pictures : mapping of str to Picture
        The figures by name.
    """

    html: str
    pictures: Mapping[str, Picture] = field(default_factory=dict)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        shown = self.html
        for name, picture in self.pictures.items():
            data = base64.b64encode(picture.png).decode()
            shown = shown.replace(f'src="{name}.png"', f'src="data:image/png;base64,{data}"')
        pictures = {
            name: {"png": base64.b64encode(picture.png).decode(), "svg": picture.svg}
            for name, picture in self.pictures.items()
        }
        return {
            "text/plain": "(an exhibit of the report)",
            "text/html": shown,
            MIME: {"html": self.html, "pictures": pictures},
        }


Part = Exhibit | str
"""A piece of a page, or plain text."""


def printable(words: str) -> str:
    r"""Words without what nobody sees: control characters, and those that turn the order of writing round.

    Word refuses to open a document with the former, and the latter make a reader read what is not written.

    Examples
    --------
    >>> printable("met\u202e\x1b[31m")
    'met[31m'
    """
    return _UNSEEN.sub("", words)


def text(words: str) -> Exhibit:
    """Plain text, in one line: a line of its own could mean something in the Markdown around it."""
    return Exhibit(html.escape(" ".join(words.split("\n"))))


def element(tag: str, *parts: Part, **attributes: str) -> Exhibit:
    """Put parts into an element; ``cls`` is its class, and ``_`` in a name stands for ``-``.

    Examples
    --------
    >>> element("p", "more than ", element("strong", "1 < 2"), cls="note").html
    '<p class="note">more than <strong>1 &lt; 2</strong></p>'
    """
    names = {"cls": "class"}
    given = "".join(
        f' {names.get(name, name.replace("_", "-"))}="{html.escape(value)}"'
        for name, value in attributes.items()
        if value
    )
    inside = join(*parts)
    return Exhibit(f"<{tag}{given}>{inside.html}</{tag}>", inside.pictures)


def join(*parts: Part) -> Exhibit:
    """Put parts one after the other."""
    pieces = [part if isinstance(part, Exhibit) else text(part) for part in parts]
    pictures: dict[str, Picture] = {}
    for piece in pieces:
        pictures |= piece.pictures
    return Exhibit("".join(piece.html for piece in pieces), pictures)


def bullets(items: Iterable[Part], *, cls: str = "") -> Exhibit:
    """A list, or nothing when there is nothing to list."""
    listed = [element("li", item) for item in items]
    if not listed:
        return Exhibit("")
    return element("div", element("ul", *listed), cls=cls) if cls else element("ul", *listed)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: its cells, the first of which names it, and its class."""

    cells: Sequence[Part]
    cls: str = ""


def table(
    caption: str,
    head: Sequence[str],
    rows: Iterable[Row],
    *,
    cls: str = "",
    numbers: Sequence[int] = (),
    tight: Sequence[int] = (),
) -> Exhibit:
    """A table with a caption and scoped headers; `numbers` and `tight` are columns that do not wrap.

    Each cell repeats its column's name as ``data-label``, for screens too narrow for columns.
    """
    looks = ["num" if i in numbers else "tight" if i in tight else "" for i in range(len(head))]
    tops = [element("th", name, scope="col", cls=look) for name, look in zip(head, looks, strict=True)]
    lines = []
    for row in rows:
        cells = [element("th", row.cells[0], scope="row")]
        for cell, name, look in zip(row.cells[1:], head[1:], looks[1:], strict=True):
            cells.append(element("td", cell, cls=look, data_label=name))
        lines.append(element("tr", *cells, cls=row.cls))
    content = (
        element("caption", caption),
        element("thead", element("tr", *tops)),
        element("tbody", *lines),
    )
    # the frame lets a wide table scroll by itself instead of the whole page
    return element("div", element("table", *content, cls=cls), cls="frame")


def facts(caption: str, rows: Iterable[tuple[str, Part]]) -> Exhibit:
    """A table of two columns: what, and how much. It needs no header row."""
    lines = [element("tr", element("th", name, scope="row"), element("td", value)) for name, value in rows]
    return element("table", element("caption", caption), element("tbody", *lines), cls="facts")


def figure(
    ax: Axes,
    *,
    name: str,
    caption: str,
    rows: Sequence[str] | None = None,
    inches: float = INCHES,
    height: float | None = None,
) -> Exhibit:
    """A picture made by `rmstudy.plots` with its alternative text, as PNG and SVG.

    The title goes, because the caption says it; `rows` are shorter names of the rows, none where the heading
    says them. A picture stands beside its table, or with ``inches=PAGE`` by itself.
    """
    drawn: Any = ax.figure
    alt = plots.alt_text(ax)
    ax.set_title("", loc="left")
    below = ax.get_xlabel()
    ax.set_xlabel(below if inches == PAGE else below.replace("; ", "\n").replace("   ", "\n"))
    tall = height or drawn.get_size_inches()[1]
    ax.set_ylabel(textwrap.fill(ax.get_ylabel(), int(_LETTERS_AN_INCH * (tall - _BELOW))))
    if rows is not None:
        ax.set_yticks(range(len(rows)), [textwrap.fill(one, 24) for one in rows])
    png, svg = io.BytesIO(), io.StringIO()
    with plots.style():
        drawn.set_size_inches(inches, tall)
        plots.keep_inside(ax)
        drawn.savefig(png, format="png", dpi=DPI, metadata={"Software": None})
        drawn.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
    plots.close(ax)
    image = Exhibit(
        f'<img src="{html.escape(name)}.png" alt="{html.escape(alt)}">',
        {name: Picture(png.getvalue(), svg.getvalue())},
    )
    return element("figure", image, element("figcaption", caption))
