"""``rmstudy forget``: a person out of a study, everywhere."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rmstudy.cli.people import KeyFile
from rmstudy.cli.top import Spoken, app, spoken_language
from rmstudy.errors import DataError, Problem, RmstudyError
from rmstudy.wording import number, say

if TYPE_CHECKING:
    import pandas as pd

    from rmstudy.evaluation import Evaluation
    from rmstudy.readers.people.spelling import Kind
    from rmstudy.study.forgetting import Forgotten

KINDS = ("pseudonym", "email", "number", "code")


@app.command()
def forget(
    people: Annotated[list[str], typer.Argument(metavar="PERSON...", help="One or several people.")],
    study: Annotated[Path, typer.Option("--study", help="Folder with study.yml.")],
    identify: Annotated[
        str, typer.Option("--identify", help="What PERSON is: pseudonym, email, number or code.")
    ] = "pseudonym",
    key: KeyFile = None,
    codes: Annotated[
        Path | None, typer.Option(help="List of codes and pseudonyms, kept outside the study.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would go, and change nothing.")
    ] = False,
    lang: Spoken = None,
) -> None:
    """Take a person out of a study, with everything about, by and with that person."""
    from rmstudy.study.forgetting import forget as without
    from rmstudy.study.forgetting import still_named
    from rmstudy.study.load import read_tables
    from rmstudy.study.together import finish_writing

    if identify not in KINDS:
        raise typer.BadParameter(f"unknown kind {identify!r}; known: {', '.join(KINDS)}")
    spoken = spoken_language(lang)
    if not study.is_dir():
        raise DataError(Problem("there is no such folder", "Give the folder with study.yml.", str(study)))
    finish_writing(study)
    tables, files, problems = read_tables(study)
    unread = [one for one in problems if one.severity == "refused" and one.file not in files.values()]
    if any(name not in tables for name in files):
        unread = problems
    if unread:  # somebody might stand in a table that cannot be read
        raise DataError(unread)
    gone = _looked_for(people, identify, study, key, codes, tables)
    forgotten = without(tables, gone)
    written = _written(study, files, tables, forgotten, len(gone))
    left = still_named(study, gone, written)
    _show(forgotten, files, left, spoken)
    before = _judged(study, tables, files, problems)
    after = _judged(study, forgotten.tables, files, problems)
    _compare(before, after, spoken)
    if dry_run:
        typer.echo(say("Nothing was changed: --dry-run only shows.", spoken))
        return
    _write(study, written, spoken)


def _looked_for(
    people: Sequence[str],
    identify: str,
    study: Path,
    key: Path | None,
    codes: Path | None,
    tables: dict[str, pd.DataFrame],
) -> tuple[str, ...]:
    """The pseudonyms of those who are to be forgotten; one who is unknown refuses all."""
    from rmstudy.study.forgetting import everybody

    known = everybody(tables)
    found: dict[str, None] = {}
    problems: list[Problem] = []
    for given in people:
        names = (
            [given.strip()] if identify == "pseudonym" else _pseudonyms(given, identify, study, key, codes)
        )
        there = [name for name in names if name in known]
        found |= dict.fromkeys(there)
        if not there:
            # whoever cannot be found may have been given by name: only the first sign is shown
            shown = f"{given.strip()[:1]}... ({len(given.strip())} signs, read as {identify})"
            step = "Give the pseudonym, or say with --identify, --key and --codes who it is."
            problems.append(Problem("nobody in this study", step, "participants.csv", value=shown))
    if problems:
        raise DataError(problems)
    return tuple(found)


def _pseudonyms(given: str, kind: str, study: Path, key: Path | None, codes: Path | None) -> list[str]:
    """Every pseudonym that an identifier has: in the list, by the key, or a code that is its own."""
    from typing import cast

    from rmstudy.readers.mapping import read_codes
    from rmstudy.readers.people.identity import pseudonym
    from rmstudy.readers.people.keys import read_key, same_key
    from rmstudy.readers.people.spelling import spelled
    from rmstudy.study.reading import read_table

    sort = cast("Kind", kind)
    normal = spelled(given, sort)
    if isinstance(normal, Problem):
        raise DataError(normal)
    secret, _ = read_key(key, study)
    if secret is None and codes is None and kind != "code":
        what = "a person given by e-mail or number, and neither key nor list"
        raise DataError(Problem(what, "Give --key FILE or --codes LIST.", value=None))
    found = [given.strip(), normal] if kind == "code" else []
    if secret is not None:
        log = study / "decision_log.csv"
        same_key(secret, read_table(log) if log.exists() else None)
        found.append(pseudonym(normal, sort, secret))
    if codes is not None:
        found += [person for code, person in read_codes(codes).items() if spelled(code, sort) == normal]
    return list(dict.fromkeys(found))


def _written(
    study: Path,
    files: dict[str, str],
    tables: dict[str, pd.DataFrame],
    forgotten: Forgotten,
    people: int,
) -> dict[str, bytes]:
    """The files that change, with their new contents; the log says that somebody was forgotten, not who."""
    from rmstudy.study.forgetting import new_content, new_log, noted

    today = dt.datetime.now(dt.UTC).date()
    changed = {*forgotten.removed, *forgotten.emptied} - {"decision_log"}
    written = {
        files[name]: new_content(study / files[name], forgotten.tables[name]) for name in sorted(changed)
    }
    log = noted(forgotten.tables.get("decision_log"), people, today)
    if "decision_log" in tables:
        written[files["decision_log"]] = new_content(study / files["decision_log"], log)
    else:
        written["decision_log.csv"] = new_log(log)
    return written


def _show(forgotten: Forgotten, files: dict[str, str], left: Sequence[Problem], lang: str) -> None:
    """What goes, file by file, and what this command cannot reach."""
    typer.echo(say("Rows that go, by file:", lang))
    for name, rows in forgotten.removed.items():
        typer.echo(f"- {files[name]}: {number(rows, 0, lang)}")
    for name, cells in forgotten.emptied.items():
        words = "{file}: named in cells of other rows, taken out there: {n:count}"
        typer.echo(f"- {say(words, lang, file=files[name], n=cells)}")
    if left:
        typer.echo(say("Files of the folder that still name the person, to be changed by you:", lang))
        for problem in left:
            typer.echo(f"- {problem}")
    typer.echo(say("What this command cannot reach, and you look after:", lang))
    for words in UNREACHED:
        typer.echo(f"- {say(words, lang)}")


UNREACHED = (
    "the list of codes and pseudonyms, and the file of links: take the person's lines out",
    "the key: it stays, and with it and the e-mail address the pseudonym could be made again",
    "the exports of the survey tools, and the answers that the tools themselves still hold",
    "reports and pictures that were already handed out: they show groups, never people",
    "backups, and the history of git",
)


def _judged(
    study: Path, tables: dict[str, pd.DataFrame], files: dict[str, str], problems: list[Problem]
) -> Evaluation | RmstudyError:
    """The verdicts of some tables, or why there are none."""
    from rmstudy.evaluation import evaluate
    from rmstudy.study.load import checked

    try:
        return evaluate(checked(study, dict(tables), files, problems))
    except RmstudyError as error:
        return error


def _compare(before: Evaluation | RmstudyError, after: Evaluation | RmstudyError, lang: str) -> None:
    """The verdicts before and after, side by side."""
    for judged, words in (
        (before, "As it is, the study cannot be judged:"),
        (after, "Without the person the study cannot be judged:"),
    ):
        if isinstance(judged, RmstudyError):
            typer.echo(say(words, lang))
            typer.echo(str(judged))
    if isinstance(before, RmstudyError) or isinstance(after, RmstudyError):
        return
    from rmstudy.evaluation.sentences import verdict_words

    typer.echo(say("Verdicts before, and without the person:", lang))
    for one, other in zip(before.criteria, after.criteria, strict=True):
        # no numbers: the difference between the two would be the person's own answers
        typer.echo(f"- {one.criterion.id}: {verdict_words(one, lang)} -> {verdict_words(other, lang)}")
    if after.lock is not None:
        words = "The lock of the plan stays; the evaluation will say that answers have changed since."
        typer.echo(say(words, lang))


def _write(study: Path, written: dict[str, bytes], lang: str) -> None:
    """Write all files or none, and say where."""
    from rmstudy.study.together import write_together

    for path in write_together(study, written):
        typer.echo(say("written: {path}", lang, path=str(path)))
