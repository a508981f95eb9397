"""What all commands share: the application, its arguments, its languages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from rmstudy import __version__

ORDER: Final = (
    *("new", "check", "design", "lock", "questionnaire", "recruit", "match", "monitor"),
    *("import", "evaluate", "report"),
)


class InOrder(TyperGroup):
    """The commands in the order in which a programme needs them."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Names as the help shows them."""
        return sorted(super().list_commands(ctx), key=ORDER.index)


app = typer.Typer(
    cls=InOrder,
    help="Did this mentoring programme reach the goal it set itself?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
StudyFolder = Annotated[Path, typer.Argument(metavar="STUDY", help="Folder with study.yml and the tables.")]
OutFolder = Annotated[Path, typer.Option("--out", help="Folder to write into.")]
Lang = Annotated[
    str | None, typer.Option("--lang", help="en or it; the plan's first language when left out.")
]


def _version(wanted: bool) -> None:
    """Print the version and stop."""
    if wanted:
        typer.echo(f"rmstudy {__version__}")
        raise typer.Exit


@app.callback()
def _top(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show it.")
    ] = False,
) -> None:
    """Run mentoring programmes well, and evaluate them against their own goals."""


def known_language(lang: str | None, otherwise: str = "en") -> str:
    """Return the language asked for, or refuse one that has no catalogue."""
    from rmstudy.wording import LANGUAGES

    if lang is not None and lang not in LANGUAGES:
        raise typer.BadParameter(f"unknown language {lang!r}; known: {', '.join(LANGUAGES)}")
    return lang or otherwise
