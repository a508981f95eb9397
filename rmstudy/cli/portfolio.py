"""``rmstudy portfolio``: many programmes at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rmstudy.cli.top import Spoken, app, spoken_language

if TYPE_CHECKING:
    from rmstudy.portfolio import Portfolio

Where = Annotated[
    Path, typer.Argument(metavar="PATH", help="Folder of study folders, or a Parquet or CSV file of people.")
]


@app.command()
def portfolio(
    path: Where,
    out: Annotated[Path, typer.Option("--out", metavar="FILE.html", help="The page to write.")],
    jobs: Annotated[int | None, typer.Option(min=1, help="Processes at once.")] = None,
    scheduler: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Dask scheduler, such as tcp://10.0.0.1:8786.")
    ] = None,
    features: Annotated[
        str, typer.Option(help="Columns of the file that describe a programme, with commas between.")
    ] = "",
    threshold: Annotated[
        float, typer.Option(help="Least improvement that counts, in a file of people.")
    ] = 0.0,
    lang: Spoken = None,
) -> None:
    """Judge many programmes, pool them and set them side by side, without a ranking."""
    from rmstudy.cli.output import write_out
    from rmstudy.report.portfolio import portfolio_page
    from rmstudy.wording import say

    spoken = spoken_language(lang)
    if path.is_file():
        found = _of_file(path, features, threshold)
    else:
        from rmstudy.portfolio import portfolio_of_studies
        from rmstudy.workers import on_scheduler

        with on_scheduler(scheduler):
            found = portfolio_of_studies(path, jobs=jobs, lang=spoken)
    write_out(out.parent, texts={out.name: portfolio_page(found, title=path.name, lang=spoken)}, lang=spoken)
    programmes = found.judged["programme"].nunique()
    judged = found.judged.loc[found.judged["estimate"].notna(), "programme"].nunique()
    words = "Programmes: {n:count}; with at least one criterion that could be judged: {judged:count}."
    typer.echo(say(words, spoken, n=programmes, judged=judged))


def _of_file(path: Path, features: str, threshold: float) -> Portfolio:
    """The portfolio of a file of people; columns `outcome`, `mechanism` and `cluster` count where they are there."""
    from rmstudy.portfolio import portfolio_of_people
    from rmstudy.study.many import read_people

    people = read_people(path)
    known: dict[str, Any] = {
        name: name for name in ("outcome", "mechanism", "cluster") if name in people.columns
    }
    kinds = [name.strip() for name in features.split(",") if name.strip()]
    return portfolio_of_people(people, threshold=threshold, features=kinds, **known)
