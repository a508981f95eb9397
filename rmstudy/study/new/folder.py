"""A new study's folder: written whole, and loaded at once."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any, Final

import yaml

from rmstudy.errors import DesignError
from rmstudy.study.contradictions import FILE
from rmstudy.study.files import write_files
from rmstudy.study.load import load_study
from rmstudy.study.new.answers import checked
from rmstudy.study.new.draft import draft
from rmstudy.study.planfile import parse_plan
from rmstudy.study.study import Study
from rmstudy.study.tables import TABLES
from rmstudy.study.together import BEGUN, finish_writing, write_together
from rmstudy.wording import LANGUAGES, say

README: Final = "README.md"


def new_study(
    folder: str | PathLike[str], *, answers: Mapping[str, Any] | None = None, lang: str = "en"
) -> Study:
    """Make the folder of a new study: a plan with comments, empty tables, and the next steps.

    Parameters
    ----------
    folder : str or path
        A folder that is empty or not there yet.
    answers : mapping of str to object, optional
        By the keys of `rmstudy.study.new.QUESTIONS`; ``name``, ``goal``, ``success``, ``threshold`` and
        ``instrument`` are needed.
    lang : {'en', 'it'}
        Language of the comments and of the client's page.

    Returns
    -------
    Study
        The study as it was written: no people yet.

    Raises
    ------
    DesignError
        When the folder has something in it, or the language is unknown.
    PlanError
        With every answer that is missing or cannot be used; nothing is written then.

    Examples
    --------
    >>> import tempfile, rmstudy as rm
    >>> with tempfile.TemporaryDirectory() as home:
    ...     study = rm.new_study(home, answers={
    ...         "name": "Digital buddies", "goal": "Seniors feel surer with digital tools.",
    ...         "success": "Confidence", "threshold": 0.5, "instrument": "Confidence, 1 to 5"})
    >>> study.plan.goals[0].criteria[0].threshold
    0.5
    """
    if lang not in LANGUAGES:
        raise DesignError(f"Unknown language {lang!r}. Allowed: {', '.join(LANGUAGES)}.")
    home = free_folder(folder)
    text = draft(checked(answers or {}), lang)
    parse_plan(yaml.safe_load(text))
    written = {FILE: text, README: _readme(lang)}
    written |= {f"{name}.csv": ",".join(table.columns) + "\n" for name, table in TABLES.items()}
    write_files(home, {})  # the folder alone: what goes into it comes all at once
    write_together(home, {name: content.encode("utf-8") for name, content in written.items()})
    return load_study(home)


def free_folder(folder: str | PathLike[str]) -> Path:
    """Return a folder that can take a new study, or refuse one with something in it.

    Parameters
    ----------
    folder : str or path
        A folder that is empty or not there yet.

    Raises
    ------
    DesignError
        When it is a file, or holds anything.
    """
    home = Path(folder)
    if home.is_dir():
        finish_writing(home)
    # what a writer left that was stopped before it decided is nothing
    if home.exists() and (not home.is_dir() or any(not one.name.startswith(BEGUN) for one in home.iterdir())):
        raise DesignError(
            f"{folder} exists and is not an empty folder. A new study needs a folder of its own."
        )
    return home


def _readme(lang: str) -> str:
    """What is in the folder and what comes next."""
    steps = [
        say("Read {file} line by line and fill in what is still a comment.", lang, file=FILE),
        say("Ask what is still open: {command}", lang, command="`rmstudy check .`"),
        say(
            "Ask what the programme will be able to show: {command}",
            lang,
            command="`rmstudy design . --out OUT`",
        ),
        say(
            "Before anybody answers the second time, freeze the plan: {command}",
            lang,
            command="`rmstudy lock .`",
        ),
        say("Write the questionnaires: {command}", lang, command="`rmstudy questionnaire . --out OUT`"),
        say(
            "Call for applicants, and draw the seats: {command}",
            lang,
            command="`rmstudy recruit . --out OUT`",
        ),
        say("Bring the pairs together: {command}", lang, command="`rmstudy match . --out OUT`"),
        say(
            "While they meet, see which pairs need help: {command}",
            lang,
            command="`rmstudy monitor . --out OUT`",
        ),
        say("Read the answers back: {command}", lang, command="`rmstudy import --help`"),
        say("At the end, ask whether the goal was reached: {command}", lang, command="`rmstudy evaluate .`"),
        say("Write the client's page: {command}", lang, command="`rmstudy report . --out OUT`"),
    ]
    where = say(
        "OUT is a folder outside this one. Fill the tables as the programme goes on. Pseudonyms only: no names, no "
        "addresses.",
        lang,
    )
    title = say("A mentoring programme and its evaluation", lang)
    about = say(
        "The plan is in {file}, the data are in the tables beside it. A table without rows counts as one that is "
        "not there.",
        lang,
        file=FILE,
    )
    numbered = [f"{n}. {step}" for n, step in enumerate(steps, 1)]
    return "\n".join([f"# {title}", "", about, "", *numbered, "", where, ""])
