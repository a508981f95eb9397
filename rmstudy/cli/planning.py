"""``rmstudy new``, ``rmstudy lock``: before the programme begins."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from rmstudy.cli.top import Spoken, StudyFolder, app, spoken_language


@app.command()
def new(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to make; empty or not there yet.")],
    answers: Annotated[
        Path | None, typer.Option("--answers", metavar="FILE", help="Answers as YAML, a line a question.")
    ] = None,
    given: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="One answer; may be repeated.")
    ] = None,
    no_input: Annotated[bool, typer.Option("--no-input", help="Ask nothing; use what was given.")] = False,
    show: Annotated[bool, typer.Option("--questions", help="List the questions and their keys.")] = False,
    lang: Spoken = None,
) -> None:
    """Make the folder of a new study: goal, method, success, measurement."""
    from rmstudy.errors import PlanError
    from rmstudy.programme.goal import open_questions
    from rmstudy.study.new import as_yaml, free_folder, new_study, questions, read_answers
    from rmstudy.wording import say

    spoken = spoken_language(lang)
    if show:
        typer.echo("\n".join(f"{key}: {asked}" for key, asked in questions(spoken)))
        return
    known: dict[str, Any] = read_answers(answers) if answers else {}
    known |= dict(_key_and_value(one) for one in given or [])
    free_folder(folder)
    if not no_input:
        known = _ask(known, spoken)
    try:
        study = new_study(folder, answers=known, lang=spoken)
    except PlanError:
        if not no_input:  # nobody should have to type all of it again
            typer.echo(
                say("These were your answers. Correct them in a file, and give it with --answers:", spoken)
            )
            typer.echo(as_yaml(known))
        raise
    typer.echo(say("The new study: {folder}", spoken, folder=str(folder)))
    notes = open_questions(study.plan)
    if notes:
        typer.echo(say("Still open in the plan ({n:count}):", spoken, n=len(notes)))
        typer.echo("\n".join(f"  - {note.text(spoken)}" for note in notes))
    typer.echo(
        say(
            "Next: read study.yml and fill in what is still a comment, then rmstudy design {folder} --out OUT.",
            spoken,
            folder=str(folder),
        )
    )


def _key_and_value(text: str) -> tuple[str, str]:
    """An answer given as KEY=VALUE."""
    key, mark, value = text.partition("=")
    if not mark:
        raise typer.BadParameter(f"write --set KEY=VALUE, not {text!r}")
    return key.strip(), value


def _ask(known: dict[str, Any], lang: str) -> dict[str, Any]:
    """Ask what is not answered yet; an answer that cannot be used is asked for again."""
    from rmstudy.study.new import QUESTIONS
    from rmstudy.study.new.answers import Question, answer_to
    from rmstudy.wording import say

    def asked(question: Question) -> Any:
        while True:
            default = question.default if question.default is not None else ""
            text = typer.prompt(say(question.asks, lang), default=default, show_default=bool(default))
            try:
                return answer_to(question, text, lang)
            except ValueError as error:
                typer.echo(f"{error}.", err=True)

    typer.echo(say("An empty answer leaves a question open.", lang))
    unanswered = [question for question in QUESTIONS if question.key not in known]
    return known | {question.key: asked(question) for question in unanswered}


@app.command()
def lock(
    study: StudyFolder,
    again: Annotated[
        str | None, typer.Option("--again", metavar="REASON", help="Lock a second time; the reason is kept.")
    ] = None,
    preregistration: Annotated[
        Path | None,
        typer.Option(
            "--preregistration", metavar="FILE", help="Write the plan as a text to register as well."
        ),
    ] = None,
    lang: Spoken = None,
) -> None:
    """Freeze the plan, so that later changes can be seen."""
    from rmstudy.cli.output import write_out
    from rmstudy.programme.goal import open_questions
    from rmstudy.programme.goal import preregistration as as_text
    from rmstudy.results import Note
    from rmstudy.study.load import load_study
    from rmstudy.study.lock import LOCK, lock_study
    from rmstudy.wording import say

    spoken = spoken_language(lang)
    loaded = load_study(study)
    locked = lock_study(loaded, again=again)
    typer.echo(say("written: {path}", spoken, path=str(study / LOCK)))
    if preregistration is not None:
        texts = {preregistration.name: as_text(loaded.plan, lang=spoken, lock=locked)}
        write_out(preregistration.parent, texts=texts, lang=spoken)
    late = locked.already_answered()
    if late:
        every = len(loaded.plan.criteria)
        typer.echo(Note.of("plan_locked_late", late=len(late), all=every).text(spoken))
    notes = open_questions(loaded.plan)
    if notes:
        typer.echo(say("Still open in the plan ({n:count}): see rmstudy check.", spoken, n=len(notes)))
    typer.echo(locked.text(spoken))
    typer.echo(
        say(
            "Next: rmstudy questionnaire {study} --out OUT writes what is sent out, rmstudy recruit {study} --out "
            "OUT the call for applicants.",
            spoken,
            study=str(study),
        )
    )
