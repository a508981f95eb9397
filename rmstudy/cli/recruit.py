"""``rmstudy recruit``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rmstudy.cli.output import write_out
from rmstudy.cli.top import Lang, OutFolder, StudyFolder, app, known_language
from rmstudy.errors import DesignError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from rmstudy.programme.recruitment import Lottery
    from rmstudy.study.study import Study


@app.command()
def recruit(
    study: StudyFolder,
    out: OutFolder,
    role: Annotated[str | None, typer.Option(help="Only this role; all roles when left out.")] = None,
    draw: Annotated[bool, typer.Option("--draw", help="Draw the lottery as well.")] = False,
    seats: Annotated[int | None, typer.Option(help="Seats to draw; the plan's when left out.")] = None,
    seed: Annotated[str | None, typer.Option(help="Seed of the lottery, drawn in public.")] = None,
    lang: Lang = None,
) -> None:
    """Write the call for applicants, who came forward, and with --draw the lottery."""
    from rmstudy.programme.recruitment import call_for_applicants, claims
    from rmstudy.study.load import load_study

    known_language(lang)
    if not draw and (seats is not None or seed is not None):
        raise typer.BadParameter("--seats and --seed go with --draw")
    loaded = load_study(study)
    plan = loaded.plan
    language = lang or plan.report.languages[0]
    tables: dict[str, pd.DataFrame] = {}
    pictures: dict[str, Axes] = {}
    texts: dict[str, str | bytes] = {}
    # the draw first: when it is refused, nothing has been said or written yet
    if draw:
        drawn = _drawn(loaded, out, role or plan.role_acting_as("mentee") or "mentee", seats, seed)
        tables |= {"assignments": drawn.assignments, "waiting-list-coordinator-only": drawn.waiting_list}
        texts["lottery.json"] = drawn.audit_json()
        for line in (drawn.text(language), *(note.text(language) for note in drawn.notes)):
            typer.echo(line)
    for name in [role] if role else list(plan.roles):
        for spoken in [lang] if lang else plan.report.languages:
            texts[f"call-{name}-{spoken}.md"] = f"{call_for_applicants(plan, role=name, lang=spoken)!r}\n"
        _came_forward(loaded, name, language, tables, pictures)
        for note in claims(plan, role=name):
            typer.echo(f"{name}: {note.text(language)}")
    write_out(out, tables=tables, pictures=pictures, texts=texts, lang=language)
    typer.echo(_next_step(loaded, study, out, language, drawn=draw))


def _next_step(loaded: Study, study: Path, out: Path, lang: str, *, drawn: bool) -> str:
    """What comes after the call, after the list was closed, and after the draw."""
    from rmstudy.wording import say

    folder = str(study)
    if drawn:
        return say(
            "Next: add the rows of {file} to assignments.csv in {study}; then rmstudy match {study} --out OUT.",
            lang,
            file=str(out / "assignments.csv"),
            study=folder,
        )
    if "applications" not in loaded.tables:
        return say(
            "Next: send the call; whoever applies goes into participants.csv and applications.csv in {study}.",
            lang,
            study=folder,
        )
    if "assignments" not in loaded.tables:
        return say(
            "Next: close the list and have a number drawn in public, then rmstudy recruit {study} --out OUT --draw "
            "--seed NUMBER; or write into assignments.csv who has a seat.",
            lang,
            study=folder,
        )
    return say("Next: rmstudy match {study} --out OUT brings the pairs together.", lang, study=folder)


def _drawn(study: Study, out: Path, role: str, seats: int | None, seed: str | None) -> Lottery:
    """The lottery, unless its folder holds one already."""
    from rmstudy.programme.recruitment import draw_lottery

    names = ("assignments.csv", "assignments.parquet", "lottery.json")
    taken = [name for name in names if (out / name).exists()]
    if taken:
        raise DesignError(
            f"{out} has {taken[0]} already. A lottery is drawn once: choose another folder to check the draw."
        )
    return draw_lottery(study, role=role, seats=seats, seed=seed)


def _came_forward(
    study: Study, role: str, lang: str, tables: dict[str, pd.DataFrame], pictures: dict[str, Axes]
) -> None:
    """Add the funnel and the representativeness of a role; what there is no table for yet is said."""
    from rmstudy import plots
    from rmstudy.programme.recruitment import funnel, representativeness, safe_funnel

    minimum = study.plan.privacy.minimum_cell
    try:
        flow = funnel(study, role=role)
        tables[f"funnel-{role}"] = safe_funnel(flow, minimum=minimum, lang=lang)
        pictures[f"funnel-{role}"] = plots.consort(flow, minimum=minimum, lang=lang)
        found = representativeness(study, role=role)
    except DesignError as error:  # before anybody has applied there is only the call
        typer.echo(f"{role}: {error}")
        return
    safe = found.safe(minimum=minimum, lang=lang)
    for note in safe.notes:
        typer.echo(f"{role}: {note.text(lang)}")
    if len(safe.counts):
        tables[f"representativeness-{role}"] = safe.shown
        pictures[f"representativeness-{role}"] = plots.represented(found, minimum=minimum, lang=lang)
