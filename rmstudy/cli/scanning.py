"""``rmstudy scan``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rmstudy.cli.top import Spoken, app, spoken_language
from rmstudy.errors import listed

Scanned = Annotated[Path, typer.Argument(metavar="PATH", help="A file, or a folder with all that is in it.")]
Studies = Annotated[
    list[Path] | None, typer.Option("--study", help="Folder of a study whose people must not appear.")
]


@app.command()
def scan(
    path: Scanned,
    studies: Studies = None,
    minimum: Annotated[int, typer.Option(min=2, help="Fewest people that may be shown.")] = 5,
    lang: Spoken = None,
) -> None:
    """Look for persons, addresses and small groups in notebooks, reports and tables."""
    from rmstudy.study.scan import scan as look
    from rmstudy.wording import say

    spoken = spoken_language(lang)
    found = look(path, studies=studies or (), minimum=minimum)
    if found:
        typer.echo(listed(found))
    if any(problem.severity == "refused" for problem in found):
        raise typer.Exit(1)
    words = "{path}: nothing was found that has a form. Names and free text have none: read it once yourself."
    typer.echo(say(words, spoken, path=str(path)))
