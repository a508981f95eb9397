"""Tables and lists as JupyterLab shows them: plain HTML, the same every time, readable aloud."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

_LEFT = ' style="text-align: left"'


def bullets(lines: Iterable[str]) -> str:
    """Lines as an HTML list.

    Examples
    --------
    >>> bullets(["a < b"])
    '<ul><li>a &lt; b</li></ul>'
    """
    return "<ul>" + "".join(f"<li>{html.escape(line)}</li>" for line in lines) + "</ul>"


def table(head: Sequence[str], rows: Iterable[Sequence[str]], caption: str = "") -> str:
    """Rows of text as an HTML table, the first cell of each naming its row.

    Examples
    --------
    >>> table(["a", "b"], [["1", "2"]])[:62]
    '<table><thead><tr><th scope="col" style="text-align: left">a</'
    """
    title = f"<caption>{html.escape(caption)}</caption>" if caption else ""
    names = "".join(f'<th scope="col"{_LEFT}>{html.escape(name)}</th>' for name in head)
    body = "".join(_row(cells) for cells in rows)
    return f"<table>{title}<thead><tr>{names}</tr></thead><tbody>{body}</tbody></table>"


def _row(cells: Sequence[str]) -> str:
    """One row of a table."""
    first, *rest = (html.escape(cell) for cell in cells)
    return (
        f'<tr><th scope="row"{_LEFT}>{first}</th>' + "".join(f"<td{_LEFT}>{c}</td>" for c in rest) + "</tr>"
    )
