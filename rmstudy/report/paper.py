"""Pandoc Markdown into PDF by typst, checked against PDF/UA-1: a picture without a description is refused."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from rmstudy.errors import RmstudyError
from rmstudy.report.pandoc import convert, template

STANDARD: Final = "ua-1"


def to_pdf(markdown: Path, *, words: Mapping[str, Any], epoch: int = 0) -> bytes:
    """Turn Markdown and the figures beside it into a PDF.

    Parameters
    ----------
    markdown : Path
        From `rmstudy.report.hub.to_markdown`.
    words : mapping of str to str or list of str
        What the cover says: title, language, client and so on.
    epoch : int
        Seconds since 1970 that stand for the day of writing.

    Returns
    -------
    bytes
        The PDF, the same for the same text. Typst has checked it against PDF/UA-1; nobody has certified it.

    Raises
    ------
    RmstudyError
        When a picture has no description, a font is missing, or the text cannot be set.
    """
    import typst

    source = markdown.parent / "paper.typ"
    (markdown.parent / "cover.typ").write_text(template("paper.typ"), encoding="utf-8", newline="\n")
    filters, more = ("exhibits.lua", "paper.lua"), ("--template=cover.typ",)
    words = {**words, "written": dt.datetime.fromtimestamp(epoch, dt.UTC).date().isoformat()}
    text = convert(markdown, "typst", words=words, filters=filters, more=more, epoch=epoch)
    source.write_bytes(text.replace(b"align(center)[#table(", b"align(left)[#table("))
    try:
        made, warned = typst.compile_with_warnings(
            str(source),
            root=str(markdown.parent),
            font_paths=[str(_fonts())],
            ignore_system_fonts=True,
            format="pdf",
            pdf_standards=[STANDARD],
        )
    except typst.TypstError as error:
        raise RmstudyError(_refused(str(error.message), list(error.hints))) from error
    if warned:
        raise RmstudyError(_refused("; ".join(str(one.message) for one in warned), []))
    return bytes(made)


def _fonts() -> Path:
    """The fonts that come with the pictures' library; no font of the system is used."""
    found = find_spec("matplotlib")
    origin = found.origin if found else None
    return Path(origin or ".").parent / "mpl-data" / "fonts" / "ttf"


def _refused(message: str, hints: list[str]) -> str:
    """Why typst made no PDF, with what to do."""
    if re.search(r"missing alt", message):
        step = "Give every picture a description: display(..., metadata={'alt': '...'})."
        return f"The PDF was not made, because a picture or a formula has no description (PDF/UA-1). {step}"
    return f"The PDF was not made: {'. '.join([message, *hints])}."
