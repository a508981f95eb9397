"""Pandoc Markdown into one HTML file that asks for nothing outside itself."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Final

from rmstudy.errors import RmstudyError

_OUTSIDE: Final = re.compile(
    r"""(?:\bsrc\s*=\s*["']?|url\(\s*["']?|@import\s+["']?)\s*(?:https?:)?//[^\s"')>]*"""
)


def to_html(markdown: Path, *, words: Mapping[str, str]) -> str:
    """Turn Markdown and the figures beside it into a page.

    Parameters
    ----------
    markdown : Path
        From `rmstudy.report.hub.to_markdown`.
    words : mapping of str to str
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
    import pypandoc

    folder = markdown.parent
    template, reader = folder / "page.html", folder / "exhibits.lua"
    template.write_text(_template(), encoding="utf-8", newline="\n")
    reader.write_text(_file("exhibits.lua"), encoding="utf-8", newline="\n")
    given = [f"--metadata={name}={value}" for name, value in words.items() if value]
    command = [
        pypandoc.get_pandoc_path(), "--from=markdown", "--to=html5", "--standalone", "--embed-resources", "--mathml",
        "--toc", "--toc-depth=2", "--wrap=none", "--eol=lf", "--fail-if-warnings=true", "--lua-filter=exhibits.lua",
        "--template=page.html", *given, markdown.name,
    ]  # fmt: skip
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False)
    if done.returncode:
        raise RmstudyError(f"pandoc refused the report: {done.stderr.strip()}")
    outside = _OUTSIDE.search(done.stdout)
    if outside:
        raise RmstudyError(
            f"The page would fetch something from outside ({outside.group()}). Put the file into the report instead."
        )
    return done.stdout


def _template() -> str:
    """The page's template with its style inside; a dollar sign is pandoc's own there."""
    return _file("page.html").replace("/* style.css */", _file("style.css").replace("$", "$$"))


def _file(name: str) -> str:
    """A file of the templates."""
    return files("rmstudy.report").joinpath(f"templates/{name}").read_text(encoding="utf-8")
