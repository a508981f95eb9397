"""``rmstudy import --guess``: a mapping proposed for a person to confirm."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from rmstudy.errors import DataError, Problem, listed
from rmstudy.study.files import write_files
from rmstudy.wording import say

if TYPE_CHECKING:
    from rmstudy.readers.guessing.propose import Guessed
    from rmstudy.study.plan import Plan


def propose(
    source: str,
    files: Sequence[Path],
    study: Path,
    mapping: Path,
    plan: Plan,
    people: Sequence[str],
    lang: str,
) -> None:
    """Write a proposed mapping, say what fits, and what comes next; nothing is imported.

    Raises
    ------
    DataError
        When the mapping is there already, or a file cannot be read.
    """
    from rmstudy.readers.guessing.proposal import proposal_text
    from rmstudy.readers.guessing.propose import guess

    if mapping.exists() or mapping.is_symlink():
        what, next_step = "the mapping is there already", "Name another file: nothing is written over it."
        raise DataError(Problem(what, next_step, mapping.name))
    guessed, findings = guess(files, plan, source=source, people=people)
    if findings:
        typer.echo(listed(findings))
    text = proposal_text(guessed, plan, source)
    for path in write_files(mapping.resolve().parent, {mapping.name: text}):
        typer.echo(say("written: {path}", lang, path=str(path)))
    typer.echo(say("This is a proposal: nothing was imported.", lang))
    for one in guessed:
        words = (
            "{name} ({files:list}): columns that fit surely: {sure:count}, perhaps: {perhaps:count}, not placed: "
            "{left:count}."
        )
        counts = {"sure": one.count("surely"), "perhaps": one.count("perhaps"), "left": one.count("not")}
        typer.echo(say(words, lang, name=one.name, files=_few(one.files), **counts))
    typer.echo(say("Next: read every line of it, write confirmed: yes, and import:", lang))
    typer.echo("\n".join(dict.fromkeys(_command(source, files, study, mapping, one) for one in guessed)))


def _command(source: str, files: Sequence[Path], study: Path, mapping: Path, one: Guessed) -> str:
    """The command that imports a questionnaire; where the files name it themselves, it need not be said."""
    named = [str(path) for path in files if path.name in one.files]
    options = ["--study", str(study), "--map", str(mapping)]
    said = [] if one.said else ["--questionnaire", one.name]
    return f"  rmstudy import {shlex.join([source, *named, *options, *said])}"


def _few(files: Sequence[str]) -> list[str]:
    """The names of files, unless there are many."""
    return [*files[:3], *(["..."] if len(files) > 3 else [])]
