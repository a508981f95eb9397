"""``rmstudy check``, ``rmstudy evaluate``, ``rmstudy report``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from rmstudy.cli.top import OutFolder, Spoken, StudyFolder, app, known_language, spoken_language
from rmstudy.errors import listed

if TYPE_CHECKING:
    from rmstudy.errors import DataError
    from rmstudy.evaluation import Evaluation
    from rmstudy.report.writing import Format, Progress
    from rmstudy.study.study import Study


@app.command()
def check(
    study: StudyFolder,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write a page about the data's quality.")
    ] = None,
    lang: Spoken = None,
) -> None:
    """List everything that is wrong, to be decided or to be known about a study."""
    from rmstudy.errors import DataError
    from rmstudy.evaluation.quality import findings
    from rmstudy.programme.goal import open_questions
    from rmstudy.study.consent import retention_problems
    from rmstudy.study.load import load_study
    from rmstudy.wording import say

    spoken = spoken_language(lang)
    try:
        loaded = load_study(study)
    except DataError as error:
        if html is not None and study.is_dir():
            _write_refused(error, study, html, spoken)
        raise
    found = (*findings(loaded), *retention_problems(loaded.plan))
    if found:
        typer.echo(listed(found))
    notes = open_questions(loaded.plan)
    if notes:
        typer.echo(say("about the plan ({n:count}):", spoken, n=len(notes)))
        typer.echo("\n".join(f"  - {note.text(spoken)}" for note in notes))
    _say_what_was_not_looked_for(loaded, spoken)
    if html is not None:
        from rmstudy.report.quality import quality_page

        _write_page(html, quality_page(loaded, lang=spoken), spoken)
    people = len(loaded.tables["participants"])
    words = "{folder}: the study can be used ({people:count} people, {answers:count} answers)."
    typer.echo(say(words, spoken, folder=str(study), people=people, answers=len(loaded.answers)))


def _say_what_was_not_looked_for(loaded: Study, lang: str) -> None:
    """Name the rules that nothing in the study lets one look for, briefly."""
    from rmstudy.evaluation.quality import unchecked
    from rmstudy.wording import say, translate

    reasons = unchecked(loaded)
    if not reasons:
        return
    typer.echo(say("not looked for, or only in part ({n:count}):", lang, n=len(reasons)))
    by_reason: dict[str, list[str]] = {}
    for rule, reason in reasons.items():
        by_reason.setdefault(reason, []).append(rule)
    for reason, rules in by_reason.items():
        typer.echo(f"  - {', '.join(rules)}: {translate(reason, lang)}")


def _write_page(path: Path, page: str, lang: str) -> None:
    """One page, whole or not at all."""
    from rmstudy.study.files import write_files
    from rmstudy.wording import say

    name = path if path.suffix else path / "data-quality.html"
    for written in write_files(name.parent, {name.name: page}):
        typer.echo(say("written: {path}", lang, path=str(written)))


def _write_refused(error: DataError, study: Path, html: Path, lang: str) -> None:
    """The page about data that cannot be used yet; the command fails all the same."""
    from rmstudy.report.quality import refused_page

    _write_page(html, refused_page(error.problems, study.resolve().name, lang=lang), lang)


@app.command()
def evaluate(
    study: StudyFolder,
    as_json: Annotated[bool, typer.Option("--json", help="Write the verdicts as JSON.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Write the verdict table as CSV.")] = False,
    lang: Spoken = None,
    fail_on_deviation: Annotated[
        bool,
        typer.Option(
            "--fail-on-deviation", help="Fail when the plan is not the locked one, or was never locked."
        ),
    ] = False,
) -> None:
    """Judge a study against its own plan."""
    from rmstudy.evaluation import evaluate as judge
    from rmstudy.evaluation.evaluate import FORMAT
    from rmstudy.study.consent import retention_problems
    from rmstudy.study.load import load_study

    if as_json and as_csv:
        raise typer.BadParameter("choose one of --json and --csv")
    spoken = spoken_language(lang)
    judged = judge(load_study(study))
    if as_json:
        typer.echo(judged.to_json())
    elif as_csv:
        typer.echo(judged.table.assign(format=FORMAT).to_csv(lineterminator="\n"), nl=False)
    else:
        typer.echo(judged.text(spoken))
    for problem in retention_problems(judged.study.plan):  # said, and never a reason not to judge
        typer.echo(str(problem), err=True)
    if fail_on_deviation:
        _refuse_deviations(judged, spoken)


def _refuse_deviations(judged: Evaluation, lang: str) -> None:
    """Stop with exit code 1 where the plan is not the one that was promised."""
    from rmstudy.wording import say

    if judged.lock is None:
        words = say("There is no lock to compare the plan with: rmstudy lock makes one.", lang)
        typer.echo(words, err=True)
        raise typer.Exit(1)
    if judged.deviations:
        keys = ", ".join(one.key for one in judged.deviations)
        words = say(
            "The plan was changed after it was locked on {day:date}: {keys}",
            lang,
            day=judged.lock.date,
            keys=keys,
        )
        typer.echo(words, err=True)
        raise typer.Exit(1)


@app.command()
def report(
    study: StudyFolder,
    out: OutFolder,
    formats: Annotated[
        str, typer.Option("--format", help="html, pdf, docx, or several with commas between them.")
    ] = "html",
    lang: Annotated[
        str | None,
        typer.Option("--lang", help="en, it, or both as en,it; the plan's first language when left out."),
    ] = None,
    template: Annotated[
        Path | None, typer.Option("--template", metavar="NOTEBOOK", help="A report notebook of your own.")
    ] = None,
    reference_doc: Annotated[
        Path | None, typer.Option("--reference-doc", metavar="DOCX", help="A client's template for Word.")
    ] = None,
) -> None:
    """Write the client's report and its technical annex."""
    from rmstudy.evaluation import evaluate as judge
    from rmstudy.report import open_points, write
    from rmstudy.study.load import load_study
    from rmstudy.wording import say

    asked = _several(lang) if lang else ()
    for one in asked:
        known_language(one)
    loaded = load_study(study)
    languages = asked or loaded.plan.report.languages[:1]
    spoken = languages[0]
    points = open_points(loaded.plan, languages, lang=spoken)
    if points:
        typer.echo(say("To be decided before the report goes to the client:", spoken))
        for point in points:
            typer.echo(f"- {point}")
    with _bar(say("The report", spoken)) as progress:
        written = write(
            loaded,
            out,
            formats=_formats(_several(formats)),
            languages=languages,
            template=template,
            reference_doc=reference_doc,
            progress=progress,
        )
    typer.echo(judge(loaded).text(spoken))
    for path in written:
        typer.echo(say("written: {path}", spoken, path=str(path)))


def _several(words: str) -> tuple[str, ...]:
    """What was given with commas between."""
    return tuple(dict.fromkeys(word.strip() for word in words.split(",") if word.strip()))


def _formats(words: tuple[str, ...]) -> tuple[Format, ...]:
    """The formats asked for; an unknown one is a wrong use of the command."""
    from rmstudy.report.writing import FORMATS

    wrong = [word for word in words if word not in FORMATS]
    if wrong or not words:
        raise typer.BadParameter(f"unknown format {', '.join(wrong)!r}; known: {', '.join(FORMATS)}")
    return cast("tuple[Format, ...]", words)


@contextmanager
def _bar(label: str) -> Iterator[Progress | None]:
    """A progress bar, where somebody sits in front of it."""
    if not sys.stderr.isatty():
        yield None
        return
    with typer.progressbar(length=1, label=label, file=sys.stderr) as bar:

        def show(done: int, steps: int, name: str) -> None:
            bar.length = steps
            bar.label = f"{label}: {name}"
            bar.update(done - bar.pos)

        yield show
