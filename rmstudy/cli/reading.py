"""``rmstudy import``: other tools' exports into the study's tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rmstudy.cli.top import Lang, app, known_language
from rmstudy.errors import DataError, Problem, listed
from rmstudy.study.files import write_files
from rmstudy.wording import say

if TYPE_CHECKING:
    import pandas as pd

    from rmstudy.study.plan import Plan


@app.command(name="import")
def import_answers(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="html, qualtrics or limesurvey.")],
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="One or several exports.")],
    study: Annotated[Path, typer.Option("--study", help="Folder with study.yml.")],
    mapping: Annotated[Path, typer.Option("--map", help="The mapping.yml of the questionnaires.")],
    codes: Annotated[
        Path | None, typer.Option(help="List of linking codes and pseudonyms, kept outside the study.")
    ] = None,
    questionnaire: Annotated[
        str | None, typer.Option(help="Which questionnaire the files hold, where they do not say.")
    ] = None,
    lang: Lang = None,
) -> None:
    """Read filled questionnaires into the study's tables, beside what is there already."""
    from rmstudy.readers import SOURCES, read_answers, read_mapping
    from rmstudy.readers.tables import KEYS, known_meetings
    from rmstudy.study.contradictions import FILE
    from rmstudy.study.planfile import read_plan
    from rmstudy.study.reading import read_table

    if source not in SOURCES:
        raise typer.BadParameter(f"unknown source {source!r}; known: {', '.join(SOURCES)}")
    plan = read_plan(study / FILE)
    spoken = known_language(lang, plan.report.languages[0])
    known, meetings = _codes(study, codes), study / "meetings.csv"
    found = read_answers(
        files,
        read_mapping(mapping),
        source=source,
        codes=known,
        questionnaire=questionnaire,
        people=_people(study),
    )
    if found.findings:
        typer.echo(listed(found.findings))
    tables = known_meetings(found.tables, read_table(meetings)) if meetings.exists() else found.tables
    written = {f"{name}.csv": _beside(study, name, table, plan, KEYS[name]) for name, table in tables.items()}
    for path in write_files(study, written):
        typer.echo(say("written: {path}", spoken, path=str(path)))
    rows = sum(len(table) for table in tables.values())
    words = "Filled questionnaires: {sheets:count}; rows: {rows:count}."
    typer.echo(say(words, spoken, sheets=found.sheets, rows=rows))
    words = "Next: rmstudy check {study} says whether the tables fit together."
    typer.echo(say(words, spoken, study=str(study)))


def _codes(study: Path, codes: Path | None) -> Mapping[str, str] | None:
    """Who is behind a linking code, from a list that must not lie in the study."""
    from rmstudy.readers import read_codes

    if codes is None:
        return None
    if study.resolve() in codes.resolve().parents:
        what, next_step = "the list of codes lies inside the study", "Keep it outside: it tells who is who."
        raise DataError(Problem(what, next_step, codes.name))
    return read_codes(codes)


def _people(study: Path) -> Sequence[str]:
    """Pseudonyms that the study knows already."""
    from rmstudy.study.reading import read_table

    path = study / "participants.csv"
    if not path.exists():
        return ()
    table = read_table(path).reindex(columns=["person_id"])
    return [str(person) for person in table["person_id"].dropna()]


def _beside(study: Path, name: str, added: pd.DataFrame, plan: Plan, key: tuple[str, ...]) -> str:
    """A table of the study with the new rows below."""
    from rmstudy.readers.answers import combined
    from rmstudy.study.answers import is_wide, to_long
    from rmstudy.study.reading import ROW, read_table

    path = study / f"{name}.csv"
    if path.with_suffix(".parquet").exists():
        next_step = "Save it as CSV first."
        raise DataError(Problem("a Parquet table cannot be added to", next_step, f"{name}.parquet"))
    if path.exists():
        there = read_table(path)
        if name == "responses" and is_wide(there) and len(there):
            if "answered_at" in there.columns:
                next_step = "Write the table long first (a row an answer): the days would be lost."
                raise DataError(Problem("a wide table with days", next_step, path.name, 1, "answered_at"))
            there, problems = to_long(there, plan, path.name)
            if problems:
                raise DataError(problems)
            there = there[[*key, "value"]]
        added, _ = combined(there.drop(columns=[ROW], errors="ignore").astype(object), added, key)
    return str(added.to_csv(index=False, lineterminator="\n"))
