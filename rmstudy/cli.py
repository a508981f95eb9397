"""The same things from a shell: ``rmstudy check``, ``rmstudy evaluate``, ``rmstudy report``.

Exit codes: 0 fine; 1 the study is wrong, with its problems listed; 2 the command was used wrongly.
"""

from __future__ import annotations

import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer

from rmstudy import __version__
from rmstudy.errors import RmstudyError, listed

app = typer.Typer(
    help="Did this mentoring programme reach the goal it set itself?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
StudyFolder = Annotated[Path, typer.Argument(metavar="STUDY", help="Folder with study.yml and the tables.")]


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
    """Evaluate mentoring programmes against their own goals."""


@app.command()
def check(study: StudyFolder) -> None:
    """List everything that is wrong, to be decided or to be known about a study."""
    from rmstudy.study.load import load_study

    loaded = load_study(study)
    if loaded.findings:
        typer.echo(listed(loaded.findings))
    people = len(loaded.tables["participants"])
    typer.echo(f"{study}: the study can be used ({people} people, {len(loaded.answers)} answers).")


@app.command()
def evaluate(
    study: StudyFolder,
    as_json: Annotated[bool, typer.Option("--json", help="Write the verdicts as JSON.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Write the verdict table as CSV.")] = False,
    lang: Annotated[str, typer.Option(help="Language of the text: en or it.")] = "en",
) -> None:
    """Judge a study against its own plan."""
    from rmstudy.evaluation import evaluate as judge
    from rmstudy.evaluation.evaluate import FORMAT
    from rmstudy.study.load import load_study

    if as_json and as_csv:
        raise typer.BadParameter("choose one of --json and --csv")
    _known_language(lang)
    judged = judge(load_study(study))
    if as_json:
        typer.echo(judged.to_json())
    elif as_csv:
        typer.echo(judged.table.assign(format=FORMAT).to_csv(lineterminator="\n"), nl=False)
    else:
        typer.echo(judged.text(lang))


@app.command()
def report(
    study: StudyFolder,
    out: Annotated[Path, typer.Option(help="Folder to write into.")],
    lang: Annotated[
        str | None, typer.Option(help="en or it; the plan's first language when left out.")
    ] = None,
) -> None:
    """Write the client's page."""
    from rmstudy.evaluation import evaluate as judge
    from rmstudy.report import write
    from rmstudy.study.load import load_study
    from rmstudy.wording import say

    if lang is not None:
        _known_language(lang)
    loaded = load_study(study)
    page = write(loaded, out, lang=lang)
    language = lang or loaded.plan.report.languages[0]
    typer.echo(judge(loaded).text(language))
    typer.echo(say("The page: {path}", language, path=str(page)))


def _known_language(lang: str) -> None:
    """Refuse a language that has no catalogue."""
    from rmstudy.wording import LANGUAGES

    if lang not in LANGUAGES:
        raise typer.BadParameter(f"unknown language {lang!r}; known: {', '.join(LANGUAGES)}")


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


if __name__ == "__main__":
    main()
