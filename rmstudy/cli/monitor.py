"""``rmstudy monitor``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from rmstudy.cli.top import Lang, OutFolder, StudyFolder, app, known_language

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from rmstudy.programme.monitoring import Monitored

COORDINATOR = "coordinator"


@app.command()
def monitor(
    study: StudyFolder,
    out: OutFolder,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="Day to look from, as 2024-04-15; the last one known.")
    ] = None,
    lang: Lang = None,
) -> None:
    """Look at the pairs: figures over all of them, and the coordinator's list in a folder of its own."""
    from rmstudy import plots
    from rmstudy.cli.output import write_out
    from rmstudy.programme.monitoring import monitor as look
    from rmstudy.study.load import load_study
    from rmstudy.wording import say

    known_language(lang)
    loaded = load_study(study)
    language = known_language(lang, loaded.plan.report.languages[0])
    seen = look(loaded, as_of=as_of)
    typer.echo(seen.text(language))
    for note in seen.notes:
        typer.echo(f"- {note.text(language)}")
    pictures = {"meetings": plots.meetings(seen, lang=language)} if len(seen.progress) else {}
    if len(seen.retention):
        pictures["retention"] = plots.retention(seen.retention, lang=language)
    tables = {
        "aggregate": seen.aggregate,
        "aggregate-in-words": seen.table(language),
        "retention": seen.retention,
        "meetings": seen.progress,
    }
    write_out(out, tables=tables, pictures=pictures, lang=language)
    if not seen.plan.monitoring.legal_basis:
        typer.echo(say("No list for the coordinator: see the notes above.", language))
        return
    typer.echo(seen.coordinator.text(language))
    write_out(
        out / COORDINATOR,
        tables={"act-on": seen.coordinator.act_on(language), "pairs": seen.coordinator.spells},
        pictures=_charts(seen, language),
        lang=language,
    )


def _charts(seen: Monitored, lang: str) -> dict[str, Axes]:
    """A control chart of every pair on the list that has enough meetings for one."""
    from rmstudy import plots
    from rmstudy.errors import DesignError

    limit, charts = seen.coordinator.rules.talk_share_below, {}
    for pair in seen.coordinator.act_on(lang)["pair_id"]:
        try:
            table = seen.coordinator.control_chart(pair)
        except DesignError:  # too few meetings: nothing to draw
            continue
        charts[f"chart-{pair}"] = plots.control_chart(table, limit=limit, lang=lang)
    return charts
