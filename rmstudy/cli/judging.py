"""``rmstudy check``, ``rmstudy evaluate``, ``rmstudy report``."""

from __future__ import annotations

from typing import Annotated

import typer

from rmstudy.cli.top import Lang, OutFolder, StudyFolder, app, known_language
from rmstudy.errors import listed


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
    known_language(lang)
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
