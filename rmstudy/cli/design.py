"""``rmstudy design``: what the programme that is planned can tell afterwards."""

from __future__ import annotations

from typing import Annotated

import typer

from rmstudy.cli.top import Lang, OutFolder, StudyFolder, app, known_language


@app.command()
def design(
    study: StudyFolder,
    out: OutFolder,
    criterion: Annotated[
        str | None,
        typer.Option("--criterion", help="Id of a criterion; the first primary one when left out."),
    ] = None,
    lang: Lang = None,
    simulations: Annotated[int, typer.Option("--simulations", help="Simulated studies a design.")] = 2000,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the simulation.")] = 0,
) -> None:
    """Foresee what the planned programme can show; needs the plan alone."""
    from rmstudy.cli.output import write_out
    from rmstudy.plots.chances import chances
    from rmstudy.programme.design import what_can_be_learned
    from rmstudy.study.contradictions import FILE
    from rmstudy.study.lock import LOCK
    from rmstudy.study.planfile import read_plan
    from rmstudy.wording import say

    known_language(lang)
    plan = read_plan(study / FILE)
    language = lang or plan.report.languages[0]
    outlook = what_can_be_learned(plan, criterion=criterion, simulations=simulations, seed=seed)
    typer.echo(outlook.text(language))
    tables = {"chances": outlook.table, "power": outlook.power, "diagnosis": outlook.diagnosis}
    pictures = {"chances": chances(outlook, lang=language)}
    write_out(out, tables=tables, pictures=pictures, lang=language)
    if not (study / LOCK).exists():
        words = say(
            "Next: when the plan is settled, rmstudy lock {study} freezes it.", language, study=str(study)
        )
        typer.echo(words)
