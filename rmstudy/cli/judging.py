"""``rmstudy check``, ``rmstudy evaluate``, ``rmstudy report``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from rmstudy.cli.top import Lang, OutFolder, StudyFolder, app, known_language
from rmstudy.errors import listed

if TYPE_CHECKING:
    from rmstudy.evaluation import Evaluation


@app.command()
def check(study: StudyFolder) -> None:
    """List everything that is wrong, to be decided or to be known about a study."""
    from rmstudy.programme.goal import open_questions
    from rmstudy.study.load import load_study

    loaded = load_study(study)
    if loaded.findings:
        typer.echo(listed(loaded.findings))
    notes = open_questions(loaded.plan)
    if notes:
        typer.echo("\n".join([f"about the plan ({len(notes)}):", *(f"  - {note.text()}" for note in notes)]))
    people = len(loaded.tables["participants"])
    typer.echo(f"{study}: the study can be used ({people} people, {len(loaded.answers)} answers).")


@app.command()
def evaluate(
    study: StudyFolder,
    as_json: Annotated[bool, typer.Option("--json", help="Write the verdicts as JSON.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Write the verdict table as CSV.")] = False,
    lang: Annotated[str, typer.Option(help="Language of the text: en or it.")] = "en",
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
    from rmstudy.study.load import load_study

    if as_json and as_csv:
        raise typer.BadParameter("choose one of --json and --csv")
    known_language(lang)
    judged = judge(load_study(study))
    if as_json:
        typer.echo(judged.to_json())
    elif as_csv:
        typer.echo(judged.table.assign(format=FORMAT).to_csv(lineterminator="\n"), nl=False)
    else:
        typer.echo(judged.text(lang))
    if fail_on_deviation:
        _refuse_deviations(judged, lang)


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
    lang: Lang = None,
) -> None:
    """Write the client's page."""
    from rmstudy.evaluation import evaluate as judge
    from rmstudy.report import write
    from rmstudy.study.load import load_study
    from rmstudy.wording import say

    known_language(lang)
    loaded = load_study(study)
    page = write(loaded, out, lang=lang)
    language = lang or loaded.plan.report.languages[0]
    typer.echo(judge(loaded).text(language))
    typer.echo(say("The page: {path}", language, path=str(page)))
