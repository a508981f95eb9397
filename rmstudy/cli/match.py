"""``rmstudy match``."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from rmstudy.cli.top import Lang, OutFolder, StudyFolder, app, known_language


@app.command()
def match(
    study: StudyFolder,
    out: OutFolder,
    first: Annotated[
        str | None,
        typer.Option("--first", help="What comes first, instead of the plan's: total, worst_off or mentors."),
    ] = None,
    capacity: Annotated[int | None, typer.Option(min=1, help="Mentees each mentor may take.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Starts the lots that settle ties.")] = 0,
    lang: Lang = None,
) -> None:
    """Match mentors and mentees: pairs, why, quality and a picture; for the coordinator."""
    from rmstudy import plots
    from rmstudy.cli.output import write_out
    from rmstudy.errors import DesignError
    from rmstudy.programme.matching import match_pairs
    from rmstudy.study.load import load_study
    from rmstudy.wording import say

    loaded = load_study(study)
    language = known_language(lang, loaded.plan.report.languages[0])
    if (out / "study.yml").exists():
        raise DesignError(
            "The pairs would be written over those of the study. Choose another folder for --out, look at them, "
            "and then copy pairs.csv into the study yourself."
        )
    asked: Any = first  # checked by match_pairs, with the names that it knows
    found = match_pairs(loaded, first=asked, capacity=capacity, seed=seed)
    typer.echo(found.text(language))
    for note in found.notes:
        typer.echo(f"  {note.text(language)}")
    typer.echo(
        say("pairs.csv, why.csv and unmatched.csv are about people: for the coordinator only.", language)
    )
    tables = {
        "pairs": found.pairs,
        "why": found.why(language),
        "unmatched": found.why_unmatched(language),
        "quality": found.quality,
    }
    write_out(out, tables=tables, pictures={"matches": plots.matches(found, lang=language)}, lang=language)
    words = say(
        "Next: look at the pairs, then copy {file} into {study}; once they meet, rmstudy monitor {study} --out OUT.",
        language,
        file=str(out / "pairs.csv"),
        study=str(study),
    )
    typer.echo(words)
