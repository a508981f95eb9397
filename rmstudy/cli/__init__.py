"""The same things from a shell, a file for each group of commands.

Exit codes: 0 fine; 1 the study is wrong, with its problems listed; 2 the command was used wrongly.
"""

from __future__ import annotations

import sys
from io import TextIOWrapper

import typer

from rmstudy.cli import (
    design,
    forgetting,
    judging,
    match,
    monitor,
    people,
    planning,
    portfolio,
    questionnaire,
    reading,
    recruit,
    scanning,
)
from rmstudy.cli.top import app
from rmstudy.errors import RmstudyError

__all__ = [
    "app",
    "design",
    "forgetting",
    "judging",
    "main",
    "match",
    "monitor",
    "people",
    "planning",
    "portfolio",
    "questionnaire",
    "reading",
    "recruit",
    "scanning",
]


def main() -> None:
    """Run the command line; an error of ours is a message, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a Windows console would choke on a minus sign
            stream.reconfigure(encoding="utf-8")
    try:
        app()
    except RmstudyError as error:
        typer.echo(str(error), err=True)
        sys.exit(1)
    except OSError as error:
        typer.echo(f"{error.filename or 'A file'}: {error.strerror or error}.", err=True)
        sys.exit(1)
