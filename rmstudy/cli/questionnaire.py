"""``rmstudy questionnaire``: what is sent out, and the mapping that reads the answers back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rmstudy.cli.output import write_out
from rmstudy.cli.top import OutFolder, StudyFolder, app, known_language
from rmstudy.errors import PlanError, listed, nearest

if TYPE_CHECKING:
    import pandas as pd

    from rmstudy.study.plan import Plan


@app.command()
def questionnaire(
    study: StudyFolder,
    out: OutFolder,
    wave: Annotated[
        str | None, typer.Option(help="Only this wave, such as pre; everything when left out.")
    ] = None,
    lang: Annotated[
        str | None, typer.Option(help="Languages, such as en,it; those of the plan's report when left out.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the draw of a test's versions.")] = 0,
) -> None:
    """Write questionnaires for Word, a browser, Qualtrics and LimeSurvey, and the mapping."""
    from rmstudy.programme.questionnaire import gaps, package
    from rmstudy.study.contradictions import FILE
    from rmstudy.study.planfile import read_plan
    from rmstudy.wording import say

    plan = read_plan(study / FILE)
    asked = [one.strip() for one in lang.split(",")] if lang else list(plan.report.languages)
    languages = [known_language(one) for one in dict.fromkeys(asked)]
    if wave is not None and wave not in plan.waves:
        raise typer.BadParameter(f"the plan has no wave {wave!r}. {nearest(wave, plan.waves)}")
    waves = [wave] if wave else None
    attributes, interests = _in_use(study)
    found = gaps(plan, languages=languages, waves=waves, attributes=attributes, interests=interests)
    if any(problem.severity == "refused" for problem in found):
        raise PlanError(found)
    if found:
        typer.echo(listed(found))
    files = package(plan, languages=languages, waves=waves, attributes=attributes, interests=interests)
    write_out(out, texts=files, tables=_versions(plan, study, out, seed), lang=languages[0])
    words = say(
        "Next: send them out; rmstudy import html FILE... --study {study} --map {mapping} reads the saved answers "
        "(for the survey tools, qualtrics or limesurvey in the place of html).",
        languages[0],
        study=str(study),
        mapping=str(out / "mapping.yml"),
    )
    typer.echo(words)


def _in_use(study: Path) -> tuple[list[str], list[str]]:
    """Attributes and interests of the profiles that are there already."""
    from rmstudy.study.reading import read_table

    path = study / "profiles.csv"
    if not path.exists():
        return [], []
    profiles = read_table(path).dropna(subset=["attribute", "value"])
    liked = profiles.loc[profiles["attribute"] == "interest", "value"]
    interests = {one.strip() for cell in liked for one in str(cell).split(";")}
    return sorted(set(profiles["attribute"])), sorted(interests - {""})


def _versions(plan: Plan, study: Path, out: Path, seed: int) -> dict[str, pd.DataFrame]:
    """Who gets which version of a test with parallel forms; who has one already keeps it."""
    import pandas as pd

    from rmstudy.programme.questionnaire import assign_versions, versions
    from rmstudy.study.reading import read_table

    people = (
        read_table(study / "participants.csv") if (study / "participants.csv").exists() else pd.DataFrame()
    )
    if people.empty:
        return {}
    given = read_table(out / "versions.csv") if (out / "versions.csv").exists() else pd.DataFrame()
    had = set(given["person_id"]) if len(given) else set()
    drawn = [given.reindex(columns=["person_id", "version"])]
    for role in plan.roles:
        forms = next((found for wave in plan.waves if (found := versions(plan, wave=wave, role=role))), ())
        new = set(people.loc[people["role"] == role, "person_id"]) - had
        if forms and new:
            drawn.append(assign_versions(new, versions=forms, seed=seed))
    table = pd.concat(drawn).sort_values("person_id", ignore_index=True)
    return {"versions": table} if len(table) else {}
