"""What all commands share: the application, its arguments, its languages."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from rmstudy import __version__

ORDER: Final = (
    *("new", "check", "design", "lock", "questionnaire", "recruit", "match", "key", "import", "monitor"),
    *("evaluate", "report", "portfolio", "scan", "forget"),
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

Spoken = Annotated[
    str | None, typer.Option("--lang", help="en or it; the language of the system when left out.")
]
# The first one that is set decides, as everywhere on such systems.
_SETTINGS: Final = ("LC_ALL", "LC_MESSAGES", "LANG")


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


def system_language(settings: Mapping[str, str] | None = None) -> str:
    """Return the language of the system: Italian where it is set to Italian, English otherwise.

    Parameters
    ----------
    settings : mapping of str to str, optional
        Environment variables; those of the process when left out.

    Examples
    --------
    >>> system_language({"LANG": "it_IT.UTF-8"}), system_language({"LC_ALL": "C", "LANG": "it_IT.UTF-8"})
    ('it', 'en')
    """
    given = os.environ if settings is None else settings
    name = next((given[key] for key in _SETTINGS if given.get(key)), "")
    return "it" if name.lower().replace(".", "_").replace("@", "_").split("_")[0] == "it" else "en"


def spoken_language(lang: str | None) -> str:
    """Return the language asked for, or that of the system."""
    return known_language(lang, system_language())
