"""Pandoc Markdown into one HTML file that asks for nothing outside itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final

from rmstudy.errors import RmstudyError
from rmstudy.report.pandoc import convert, template

_FETCHED: Final = ("src", "srcset", "poster", "data", "background", "action", "formaction")
_OUTSIDE: Final = re.compile(r"\s*(?:https?:)?//", re.IGNORECASE)
_STYLED: Final = re.compile(r"""(?:url\(|@import)\s*["']?\s*(?:https?:)?//[^\s"')]*""", re.IGNORECASE)


def to_html(markdown: Path, *, words: Mapping[str, Any]) -> str:
    """Turn Markdown and the figures beside it into a page.

    Parameters
    ----------
    markdown : Path
        From `rmstudy.report.hub.to_markdown`.
    words : mapping of str to str or list of str
        What the template says besides: title, language, client and so on.

    Returns
    -------
    str
        The page.

    Raises
    ------
    RmstudyError
        When pandoc refuses the text, or the page would ask for something outside itself.
    """
    (markdown.parent / "page.html").write_text(_template(), encoding="utf-8", newline="\n")
    more = ("--embed-resources", "--mathml", "--toc", "--toc-depth=2", "--template=page.html")
    page = convert(markdown, "html5", words=words, more=more).decode("utf-8")
    outside = _Requests(page).found
    if outside:
        raise RmstudyError(
            f"The page would fetch something from outside ({outside[0]}). Put the file into the report instead."
        )
    return page


class _Requests(HTMLParser):
    """What a page would fetch from elsewhere by itself; a link that somebody follows is none."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.styled = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.styled = tag == "style"
        for name, value in attrs:
            fetched = name in _FETCHED or (name.endswith("href") and tag not in ("a", "area"))
            if value and fetched and _OUTSIDE.match(value):
                self.found.append(value)
            if value and name == "style":
                self.found += _STYLED.findall(value)

    def handle_data(self, data: str) -> None:
        if self.styled:
            self.found += _STYLED.findall(data)


def _template() -> str:
    """The page's template with its style inside; a dollar sign is pandoc's own there."""
    return template("page.html").replace("/* style.css */", template("style.css").replace("$", "$$"))
