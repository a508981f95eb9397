"""Pandoc, called the same way for every format: nothing of the user's own, no clock, no folder's name."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from rmstudy.errors import RmstudyError
from rmstudy.report.exhibit import printable

_FROM: Final = "markdown-yaml_metadata_block-raw_tex-latex_macros-pandoc_title_block"


def convert(
    markdown: Path,
    to: str,
    *,
    words: Mapping[str, Any],
    filters: Sequence[str] = ("exhibits.lua",),
    more: Sequence[str] = (),
    epoch: int = 0,
) -> bytes:
    """Turn Markdown and the figures beside it into a format.

    Parameters
    ----------
    markdown : Path
        From `rmstudy.report.hub.to_markdown`; the folder it stands in is worked in.
    to : str
        Pandoc's name of the format.
    words : mapping of str to str or list of str
        What the template says besides; plain text, never read as markup.
    filters : sequence of str
        Files of the templates, applied in turn.
    more : sequence of str
        Further arguments.
    epoch : int
        Seconds since 1970 that stand for the day of writing.

    Returns
    -------
    bytes
        The file.

    Raises
    ------
    RmstudyError
        When pandoc refuses the text.
    """
    import pypandoc

    folder = markdown.parent
    said = {
        name: printable(one) if isinstance(one, str) else list(map(printable, one))
        for name, one in words.items()
    }
    (folder / "words.json").write_text(json.dumps(said), encoding="utf-8", newline="\n")
    for name in filters:
        (folder / name).write_text(template(name), encoding="utf-8", newline="\n")
    made = folder / "made"
    command = [
        pypandoc.get_pandoc_path(), f"--from={_FROM}", f"--to={to}", "--standalone", "--data-dir=.", "--wrap=none",
        "--eol=lf", "--fail-if-warnings=true", *(f"--lua-filter={name}" for name in filters), *more,
        markdown.name, "--output=made",
    ]  # fmt: skip
    env = {**os.environ, "SOURCE_DATE_EPOCH": str(epoch)}
    done = subprocess.run(
        command, cwd=folder, env=env, capture_output=True, text=True, encoding="utf-8", check=False
    )
    if done.returncode:
        raise RmstudyError(f"pandoc refused the report: {done.stderr.strip()}")
    return made.read_bytes()


def template(name: str) -> str:
    """A file of the templates."""
    return files("rmstudy.report").joinpath(f"templates/{name}").read_text(encoding="utf-8")
