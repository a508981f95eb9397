"""``rmstudy import``: other tools' exports into the study's tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rmstudy.cli.people import KeyFile, LinksFile, keep_outside, show_linkage, who_is_who
from rmstudy.cli.top import Lang, app, known_language
from rmstudy.errors import listed
from rmstudy.study.together import finish_writing
from rmstudy.wording import say

if TYPE_CHECKING:
    from rmstudy.readers import Imported
    from rmstudy.readers.people.identity import Identity


@app.command(name="import")
def import_answers(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="The tool: html, qualtrics, limesurvey, google, microsoft, csv, excel, spss, sql, teams, calendar.",
        ),
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
    """Bring exports of other tools into the study's tables, beside what is there already.

    Begin with --guess: it proposes the mapping, which you read, correct and confirm. What the mapping does not
    decide is refused, everything at once, and then nothing is written.
    """
    from rmstudy.readers import SOURCES, import_files, people_of
    from rmstudy.study.contradictions import FILE
    from rmstudy.study.planfile import read_plan

    if source not in SOURCES:
        raise typer.BadParameter(f"unknown source {source!r}; known: {', '.join(SOURCES)}")
    finish_writing(study)
    plan = read_plan(study / FILE)
    spoken = known_language(lang, plan.report.languages[0])
    people = people_of(study)
    if guess:
        from rmstudy.cli.guessing import propose

        propose(source, [Path(file) for file in files], study, mapping, plan, people, spoken)
        return
    who, said = who_is_who(study, people, codes=codes, key=key, links=links)
    done = import_files(
        source, files, study=study, mapping=mapping, questionnaire=questionnaire, by=by, who=who, plan=plan
    )
    if said or done.imported.findings:
        typer.echo(listed([*said, *done.imported.findings]))
    for path in done.files:
        typer.echo(say("written: {path}", spoken, path=str(path)))
    _say(done.imported, done.rows, who, spoken)
    keep_outside(who, codes, links, spoken)
    words = "Next: rmstudy check {study} says whether the tables fit together."
    typer.echo(say(words, spoken, study=str(study)))


def _say(found: Imported, rows: int, who: Identity, lang: str) -> None:
    """What was read, how it was linked, and what was decided."""
    from rmstudy.readers.people.links import linkage_report

    words = "Filled questionnaires: {sheets:count}; rows: {rows:count}."
    typer.echo(say(words, lang, sheets=found.sheets, rows=rows))
    if "linkage" in found.tables:
        show_linkage(linkage_report(found.tables["linkage"], who.unmatched), lang)
    if found.decisions:
        words = "Decisions of the mapping that changed something, in decision_log.csv: {n:count}."
        typer.echo(say(words, lang, n=len(found.decisions)))
