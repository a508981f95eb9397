"""What is asked before a programme begins, and whether the answers can be used.

The order is that of a conversation with the client: goal, method, success, measurement, and then the
programme itself. Only what a plan cannot do without is required.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, Final, Literal

import yaml

from rmstudy.errors import PlanError, Problem, nearest
from rmstudy.study.nodes import UNREADABLE, Bounded
from rmstudy.wording import say

Kind = Literal["text", "number", "count", "date", "texts"]
_LONGEST: Final = 100_000


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that is asked.

    Parameters
    ----------
    key : str
        Name of the answer.
    asks : str
        The question in English; it stands in the catalogue.
    kind : {'text', 'number', 'count', 'date', 'texts'}
        What the answer must be.
    required : bool
        Whether a plan can do without it.
    choices : tuple of str
        Allowed answers, where only some are.
    default : object
        Taken where nothing is answered.
    """

    key: str
    asks: str
    kind: Kind = "text"
    required: bool = False
    choices: tuple[str, ...] = ()
    default: Any = None


def questions(lang: str = "en") -> tuple[tuple[str, str], ...]:
    """Every key with its question in a language.

    Examples
    --------
    >>> questions("it")[1]
    ('goal', 'Obiettivo: che cosa si vuole raggiungere, in una frase?')
    """
    return tuple((one.key, say(one.asks, lang)) for one in QUESTIONS)


def checked(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Check answers and fill in what was left out.

    Parameters
    ----------
    answers : mapping of str to object
        By the keys of `QUESTIONS`; text stands for numbers and days as well.

    Returns
    -------
    dict of str to object
        One value for every question; None where nothing was answered.

    Raises
    ------
    PlanError
        With every answer that cannot be used, and every one that is missing.

    Examples
    --------
    >>> checked({"name": "Buddies", "goal": "Seniors feel surer.", "success": "Confidence",
    ...          "threshold": "0.5", "instrument": "Confidence"})["threshold"]
    0.5
    """
    known = [one.key for one in QUESTIONS]
    problems = [
        Problem(f"no question is called {key!r}", nearest(str(key), known))
        for key in answers
        if key not in known
    ]
    values: dict[str, Any] = {}
    for question in QUESTIONS:
        given = answers.get(question.key)
        try:
            values[question.key] = answer_to(question, given)
        except ValueError as error:
            problems.append(Problem(f"{question.key}: {error}", say(question.asks)))
    if values.get("comparison") not in (None, "none") and not values.get("mechanism"):
        next_step = "Say how it is decided who gets a seat: only a lottery makes the two groups alike."
        problems.append(Problem("mechanism: needed where people are compared", next_step))
    if problems:
        raise PlanError(problems)
    return values


def answer_to(question: Question, given: Any, lang: str = "en") -> Any:
    """One answer in its type.

    Parameters
    ----------
    question : Question
        What was asked.
    given : object
        The answer; empty for none.
    lang : {'en', 'it'}
        Language of the reason.

    Raises
    ------
    ValueError
        When it cannot be used, with the reason.

    Examples
    --------
    >>> answer_to(Question("seats", "How many seats?", "count"), "48")
    48
    """
    if given is None or (isinstance(given, str) and not given.strip()) or given == []:
        if question.required:
            raise ValueError(say("an answer is needed", lang))
        return question.default
    if question.kind == "texts":
        parts = given.split(";") if isinstance(given, str) else given
        if not isinstance(parts, list | tuple) or not all(isinstance(one, str) for one in parts):
            raise ValueError(say("write a list of texts, or texts with a semicolon between them", lang))
        return [_clean(one) for one in parts if one.strip()]
    if question.kind == "date":
        return _date(given, lang)
    if question.kind in ("number", "count"):
        return _number(given, lang, whole=question.kind == "count")
    if isinstance(given, bool) and "yes" in question.choices:
        given = "yes" if given else "no"  # YAML reads an unquoted yes as true
    if not isinstance(given, str | int | float) or isinstance(given, bool):
        raise ValueError(say("write a text", lang))
    text = _clean(str(given))
    if question.choices and text not in question.choices:
        raise ValueError(
            say("{given} is not one of {known}", lang, given=repr(text), known=", ".join(question.choices))
        )
    return text


class _Loader(Bounded, yaml.SafeLoader):
    """Plain YAML of a bearable size."""


def read_answers(path: str | PathLike[str]) -> dict[str, Any]:
    """Read answers from a YAML file.

    Parameters
    ----------
    path : str or path
        A file with a key and an answer a line.

    Raises
    ------
    PlanError
        When it is no such file.
    """
    file = Path(path)
    try:
        content = yaml.load(file.read_text(encoding="utf-8")[:_LONGEST], Loader=_Loader)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise PlanError(
            Problem(f"the answers cannot be read ({reason})", "Give a YAML file.", file.name)
        ) from None
    except UNREADABLE:
        raise PlanError(
            Problem("not valid YAML", "Write a line a question: key: answer.", file.name)
        ) from None
    if not isinstance(content, dict):
        raise PlanError(Problem("no answers in it", "Write a line a question: key: answer.", file.name))
    return {str(key): value for key, value in content.items()}


def as_yaml(answers: Mapping[str, Any]) -> str:
    """Write answers as the YAML that `read_answers` reads; what was not answered is left out.

    Examples
    --------
    >>> print(as_yaml({"goal": "Seniors feel surer.", "seats": None}).strip())
    goal: Seniors feel surer.
    """
    stated = {key: value for key, value in answers.items() if value is not None}
    return yaml.safe_dump(stated, allow_unicode=True, sort_keys=False)


def _clean(text: str) -> str:
    """A text in one line, without what cannot be written into a file."""
    words = " ".join(text.split())
    return "".join(c for c in words if c.isprintable()).strip()


def _date(given: Any, lang: str) -> dt.date:
    """A day, as YAML reads it or as text."""
    if isinstance(given, dt.date) and not isinstance(given, dt.datetime):
        return given
    try:
        return dt.date.fromisoformat(str(given).strip())
    except ValueError:
        raise ValueError(say("not a date; write it as 2024-03-31", lang)) from None


def _number(given: Any, lang: str, *, whole: bool) -> float | int:
    """A number; a decimal comma is read as one, and what may be thousands is refused: 1,000, or 1.000 seats."""
    thousands = r"[-+]?\d{1,3}[.,]\d{3}" if whole else r"[-+]?\d{1,3},\d{3}"
    if isinstance(given, str) and re.fullmatch(thousands, given.strip()):
        raise ValueError("not clear whether these are thousands; write 1000 or 12.5")
    try:
        value = float(str(given).strip().replace(",", ".")) if not isinstance(given, bool) else math.nan
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(say("not a number; write it as {example:number}", lang, example=12.5))
    if whole and (value != int(value) or value < 1):
        raise ValueError(say("not a whole number from 1", lang))
    return int(value) if whole else value


QUESTIONS: Final[tuple[Question, ...]] = (
    Question("name", "What is the programme called?", required=True),
    Question("goal", "Goal: what is to be reached, in a sentence?", required=True),
    Question(
        "role",
        "For whom: the mentee (senior) or the mentor (junior)?",
        choices=("mentee", "mentor"),
        default="mentee",
    ),
    Question("method", "Method: how is the programme to bring it about?"),
    Question("success", "Success: what must have grown, in a few words?", required=True),
    Question(
        "level",
        "Is that reaction (1), learning (2), behaviour (3) or a result for the organisation (4)?",
        choices=("1", "2", "3", "4"),
    ),
    Question("threshold", "By how much at the least, in points of the measure?", "number", required=True),
    Question("rationale", "Why that much and not less?"),
    Question("fixed_on", "On which day was that fixed (such as 2024-03-31)?", "date"),
    Question("instrument", "Measurement: which test or questionnaire?", required=True),
    Question("items", "Its questions, with a semicolon between them (nothing for a single number)?", "texts"),
    Question("lowest", "Lowest possible answer?", "number"),
    Question("highest", "Highest possible answer?", "number"),
    Question(
        "higher_is", "Is a higher score better or worse?", choices=("better", "worse"), default="better"
    ),
    Question("licence", "Under which licence may it be used?"),
    Question(
        "commercial_ok", "May a paid report use it?", choices=("yes", "no", "unknown"), default="unknown"
    ),
    Question("before", "First day of the measurement before?", "date"),
    Question("after", "First day of the measurement after?", "date"),
    Question("start", "First day of the programme?", "date"),
    Question("end", "Last day of the programme?", "date"),
    Question("seats", "How many seats?", "count"),
    Question("meetings", "How many meetings for each pair?", "count"),
    Question("minutes", "How many minutes is a meeting?", "count"),
    Question(
        "recruitment",
        "Do people apply (open), are they picked (closed), or both (mixed)?",
        choices=("open", "closed", "mixed"),
    ),
    Question("who_takes_part", "Who may take part?"),
    Question("who_selects", "Who decides who gets a seat?"),
    Question(
        "mechanism",
        "How do they decide: lottery, first_come, manager, criteria, self, everyone?",
        choices=("lottery", "first_come", "manager", "criteria", "self", "everyone"),
    ),
    Question(
        "comparison",
        "Whom are they compared with: waitlist, comparison (others), not_selected, none?",
        choices=("waitlist", "comparison", "not_selected", "none"),
        default="none",
    ),
    Question("commitment", "What is asked of each pair?"),
    Question("progress", "Who looks at how the pairs get on, and how often?"),
    Question(
        "legal_basis",
        "On what does looking at the meetings rest, such as an agreement with the works council?",
    ),
    Question("privacy_basis", "On what does the use of people's answers rest?"),
    Question("contact", "Where can people ask about their data (a shared mailbox)?"),
    Question("delete_on", "When are the data deleted?", "date"),
    Question("client", "For whom is the report?"),
)
