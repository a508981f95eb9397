"""An executed notebook into pandoc Markdown and figure files: what every file format starts from."""

from __future__ import annotations

import base64
import html
import re
from pathlib import Path
from typing import Any, Final

from rmstudy.report.exhibit import MIME, printable
from rmstudy.wording import say

HIDDEN: Final = "remove-cell"
_FENCE: Final = 12
_PARAGRAPH: Final = re.compile(r'<p class="([\w -]+)">(.*?)</p>', re.DOTALL)


def to_markdown(notebook: Any, folder: Path, *, lang: str = "en") -> Path:
    """Write ``report.md`` and its figures into a folder.

    Markdown cells are taken over as they are, so that a consultant's own words reach the client, and so
    are exhibits, tables and figures that cells show. Code, printed text and cells with the tag
    ``remove-cell`` are left out. Figures are written as PNG, those of exhibits as SVG as well.

    Parameters
    ----------
    notebook : NotebookNode
        An executed notebook.
    folder : Path
        Where to write.
    lang : {'en', 'it'}
        Language of what is said about a figure without a description.

    Returns
    -------
    Path
        The Markdown file.
    """
    parts: list[str] = []
    for number, cell in enumerate(notebook.cells):
        if HIDDEN in cell.metadata.get("tags", []):
            continue
        if cell.cell_type == "markdown":
            parts.append(cell.source)
        elif cell.cell_type == "code":
            for place, output in enumerate(cell.outputs):
                parts.append(_shown(output, folder, f"cell-{number}-{place}", lang))
    target = folder / "report.md"
    words = printable("\n\n".join(part for part in parts if part))
    target.write_text(f"{words}\n", encoding="utf-8", newline="\n")
    return target


def _shown(output: Any, folder: Path, name: str, lang: str) -> str:
    """One output as Markdown; the richest form that can be printed is taken."""
    data = output.get("data", {})
    if MIME in data:
        for figure, picture in data[MIME]["pictures"].items():
            (folder / f"{figure}.png").write_bytes(base64.b64decode(picture["png"]))
            (folder / f"{figure}.svg").write_text(picture["svg"], encoding="utf-8", newline="\n")
        return _raw(data[MIME]["html"])
    if "text/markdown" in data:
        return str(data["text/markdown"])
    if "image/png" in data:
        (folder / f"{name}.png").write_bytes(base64.b64decode(data["image/png"]))
        alt = output.get("metadata", {}).get("alt") or say("A figure without a description.", lang)
        return _raw(f'<p><img src="{name}.png" alt="{html.escape(alt)}"></p>')
    return _raw(str(data["text/html"])) if "text/html" in data else ""


def _raw(content: str) -> str:
    """HTML inside Markdown; `templates/exhibits.lua` reads it back, for every format."""
    content = _PARAGRAPH.sub(r'<div class="\1"><p>\2</p></div>', content)  # pandoc's paragraphs have no class
    ticks = max((len(run) for run in re.findall("`+", content)), default=0)
    fence = "`" * max(_FENCE, ticks + 1)  # nothing in the content may close it
    return f"{fence}{{=html}}\n{content}\n{fence}"
