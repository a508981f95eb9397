"""``rmstudy import``: other tools' exports into the study's tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rmstudy.cli.people import KeyFile, LinksFile, keep_outside, show_linkage, who_is_who
from rmstudy.cli.top import Lang, app, known_language
from rmstudy.errors import listed
from rmstudy.study.together import finish_writing, write_together
from rmstudy.wording import say

if TYPE_CHECKING:
    import pandas as pd

    from rmstudy.readers import Imported
    from rmstudy.readers.decisions import Decision
    from rmstudy.readers.identity import Identity
    from rmstudy.study.plan import Plan


@app.command(name="import")
def import_answers(
    source: Annotated[
        str, typer.Argument(metavar="SOURCE", help="The tool, such as html, qualtrics, excel.")
    ],
    files: Annotated[
        list[str], typer.Argument(metavar="FILE...", help="One or several exports; of a database its URL.")
    ],
    study: Annotated[Path, typer.Option("--study", help="Folder with study.yml.")],
    mapping: Annotated[Path, typer.Option("--map", help="The mapping.yml of the files.")],
    codes: Annotated[
        Path | None, typer.Option(help="List of linking codes and pseudonyms, kept outside the study.")
    ] = None,
    key: KeyFile = None,
    links: LinksFile = None,
    by: Annotated[
        str, typer.Option("--by", help="Role or initials of whoever decides, for the decision log.")
    ] = "not said",
    questionnaire: Annotated[
        str | None, typer.Option(help="Which questionnaire the files hold, where they do not say.")
    ] = None,
    guess: Annotated[
        bool, typer.Option("--guess", help="Propose the mapping, for you to confirm; nothing is imported.")
    ] = False,
    lang: Lang = None,
) -> None:
    """Read filled questionnaires, or any other table, into the study's tables, beside what is there already."""
    from rmstudy.readers import SOURCES, read_answers, read_mapping
    from rmstudy.study.contradictions import FILE
    from rmstudy.study.planfile import read_plan
    from rmstudy.study.reading import read_table

    if source not in SOURCES:
        raise typer.BadParameter(f"unknown source {source!r}; known: {', '.join(SOURCES)}")
    finish_writing(study)
    plan = read_plan(study / FILE)
    spoken = known_language(lang, plan.report.languages[0])
    people = _people(study)
    if guess:
        from rmstudy.cli.guessing import propose

        propose(source, [Path(file) for file in files], study, mapping, plan, people, spoken)
        return
    who, said = who_is_who(study, people, codes=codes, key=key, links=links)
    found = read_answers(
        files,
        read_mapping(mapping),
        source=source,
        questionnaire=questionnaire,
        plan=plan,
        who=who,
        pairs=read_table(study / "pairs.csv") if (study / "pairs.csv").exists() else None,
    )
    if said or found.findings:
        typer.echo(listed([*said, *found.findings]))
    whole, rows = _whole(study, found, plan, who, by)
    written = {f"{name}.csv": table.to_csv(index=False, lineterminator="\n") for name, table in whole.items()}
    for path in write_together(study, {name: text.encode() for name, text in written.items()}):
        typer.echo(say("written: {path}", spoken, path=str(path)))
    _say(found, rows, who, spoken)
    keep_outside(who, codes, links, spoken)
    words = "Next: rmstudy check {study} says whether the tables fit together."
    typer.echo(say(words, spoken, study=str(study)))


def _whole(
    study: Path, found: Imported, plan: Plan, who: Identity, by: str
) -> tuple[Mapping[str, pd.DataFrame], int]:
    """The tables as they will be, with the decision log; and how many rows the files had for them."""
    from rmstudy.readers.adding import beside
    from rmstudy.readers.decisions import log_with
    from rmstudy.readers.gatherings import not_again
    from rmstudy.readers.tables import known_meetings
    from rmstudy.study.reading import ROW, read_table

    meetings = study / "meetings.csv"
    tables = found.tables
    if meetings.exists():
        there = read_table(meetings)
        tables, said = not_again(tables, there)
        if said:
            typer.echo(listed(said))
        tables = known_meetings(tables, there)
    whole = beside(study, tables, plan)
    path = study / "decision_log.csv"
    log = read_table(path).drop(columns=[ROW]) if path.exists() else None
    today = dt.datetime.now(dt.UTC).date()
    longer = log_with(log, [*_key_used(who, log), *found.decisions], who=by, today=today)
    if len(longer) > (0 if log is None else len(log)):
        whole["decision_log"] = longer
    return whole, sum(len(table) for table in tables.values())


def _key_used(who: Identity, log: pd.DataFrame | None) -> list[Decision]:
    """Which key made the pseudonyms, so that another one is refused later."""
    from rmstudy.readers.decisions import Decision
    from rmstudy.readers.keys import RULE, fingerprint, same_key

    if who.key is None or same_key(who.key, log):
        return []
    return [Decision(RULE, "participants", "identifiers", fingerprint(who.key))]


def _say(found: Imported, rows: int, who: Identity, lang: str) -> None:
    """What was read, how it was linked, and what was decided."""
    from rmstudy.readers.links import linkage_report

    words = "Filled questionnaires: {sheets:count}; rows: {rows:count}."
    typer.echo(say(words, lang, sheets=found.sheets, rows=rows))
    if "linkage" in found.tables:
        show_linkage(linkage_report(found.tables["linkage"], who.unmatched), lang)
    if found.decisions:
        words = "Decisions of the mapping that changed something, in decision_log.csv: {n:count}."
        typer.echo(say(words, lang, n=len(found.decisions)))


def _people(study: Path) -> Sequence[str]:
    """Pseudonyms that the study knows already."""
    from rmstudy.study.reading import read_table

    path = study / "participants.csv"
    if not path.exists():
        return ()
    table = read_table(path).reindex(columns=["person_id"])
    return [str(person) for person in table["person_id"].dropna()]
