"""The flagship's answers as filled questionnaires: who ticked what, when, and how long it took."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

import pandas as pd

from rmstudy.study.plan import Instrument, Plan
from rmstudy.study.sample.digital_skills import NAME, SEED
from rmstudy.study.sample.digital_skills import contents as flagship
from rmstudy.study.sample.draws import Draws
from rmstudy.study.sample.writing import plan_of

QUESTIONNAIRES: Final = (
    "mentee-pre",
    "mentee-mid",
    "mentee-post",
    "mentor-pre",
    "mentor-post",
    "observer-pre",
    "observer-post",
    "departments-pre",
    "departments-post",
)
UNITS: Final = "learning_culture"
# How long a wave was open, in days, and the day it opened.
_OPEN: Final = {
    "pre": (dt.date(2023, 12, 4), 39),
    "mid": (dt.date(2024, 4, 8), 18),
    "post": (dt.date(2024, 7, 15), 18),
}
LETTERS: Final = "abcd"


@dataclass(frozen=True)
class Sheet:
    """One filled questionnaire: the answers by item, scales as the number of the label."""

    questionnaire: str
    person: str
    """Who filled it in; of the departments' sheets the department."""
    about: str
    """Whom an observer answers about; empty otherwise."""
    answers: dict[str, str]
    italian: bool
    at: dt.datetime
    seconds: int

    def with_answers(self, **changed: str) -> Sheet:
        """The same sheet with some answers otherwise."""
        return replace(self, answers=self.answers | changed)

    def later(self, minutes: int) -> Sheet:
        """The same sheet handed in later."""
        return replace(self, at=self.at + dt.timedelta(minutes=minutes))


@dataclass(frozen=True)
class Filled:
    """All sheets of the flagship by questionnaire, and what was asked in each."""

    plan: Plan
    sheets: dict[str, list[Sheet]]
    items: dict[str, list[str]]
    tables: dict[str, pd.DataFrame]
    where: dict[str, str]

    def instrument(self, item: str) -> str:
        """The instrument that an item belongs to."""
        return self.where[item]

    def spec(self, item: str) -> Instrument:
        """How an item is answered."""
        return self.plan.instruments[self.instrument(item)]

    def place(self, item: str) -> str:
        """Where an item's answers belong."""
        name = self.instrument(item)
        return f"responses.{name}" if item == name else f"responses.{name}.{item}"

    def words(self, item: str, lang: str = "it") -> str:
        """The wording of an item."""
        return _in(self.spec(item).items[item], lang)

    def options(self, item: str, lang: str = "it") -> list[str]:
        """The words that can be ticked: a test's four answers, a scale's labels, or none."""
        spec = self.spec(item)
        if spec.options and item in spec.options:
            return [_in(one, lang) for one in spec.options[item]]
        return next((list(words) for key, words in (spec.labels or {}).items() if key == lang), [])

    def tested(self, item: str) -> bool:
        """Whether an item is a question of the test."""
        return bool(self.spec(item).key)

    def scaled(self, item: str) -> bool:
        """Whether an item is ticked on the scale from 1 to 5."""
        return self.spec(item).range == (1, 5) and item != UNITS

    def position(self, item: str, answer: str) -> int:
        """Which of the options an answer is, from 1."""
        return LETTERS.index(answer) + 1 if self.tested(item) else int(answer)

    def ticked(self, sheet: Sheet, item: str, lang: str) -> str:
        """An answer in the words of a language; a plain number where there are none."""
        options = self.options(item, lang)
        answer = sheet.answers[item]
        return options[self.position(item, answer) - 1] if options else answer

    def blanks(self, name: str, fits: Callable[[str], bool]) -> list[tuple[int, str]]:
        """Answers that were left open: position of the sheet and item."""
        return [
            (number, item)
            for number, sheet in enumerate(self.sheets[name])
            for item in self.items[name]
            if fits(item) and item not in sheet.answers
        ]


def _in(text: object, lang: str) -> str:
    """A text of the plan in one language."""
    return str(text[lang]) if isinstance(text, dict) else str(text)


@cache
def filled() -> Filled:
    """Everything that was answered in the flagship."""
    plan, tables = plan_of(NAME), flagship().tables
    where = _instruments(plan)
    role = tables["participants"].set_index("person_id")["role"].to_dict()
    draws = Draws(SEED, "raw times")
    sheets: dict[str, list[Sheet]] = {name: [] for name in QUESTIONNAIRES}
    for row in tables["responses"].astype(object).to_dict("records"):
        given = {i: str(row[i]) for i in where if i in row and pd.notna(row[i])}
        person, wave, rater = str(row["person_id"]), str(row["wave_id"]), row["rater_id"]
        observed = isinstance(rater, str) and bool(rater)
        kind = "departments" if UNITS in given else "observer" if observed else str(role[person])
        italian, answers = _as_numbers(plan, where, given)
        at, seconds = _moment(draws, wave, len(answers))
        answerer, about = (str(rater), person) if observed else (person, "")
        name = f"{kind}-{wave}"
        sheets[name].append(Sheet(name, answerer, about, answers, italian, at, seconds))
    asked = {
        name: [item for item in where if any(item in sheet.answers for sheet in some)]
        for name, some in sheets.items()
    }
    ordered = {
        name: sorted(some, key=lambda sheet: (sheet.at, sheet.person)) for name, some in sheets.items()
    }
    return Filled(plan, ordered, asked, tables, where)


def _instruments(plan: Plan) -> dict[str, str]:
    """The instrument of each item; a single number goes by the instrument's own name."""
    return {
        item: name
        for name, instrument in plan.instruments.items()
        if not instrument.derived
        for item in (instrument.items or [name])
    }


def _as_numbers(plan: Plan, where: dict[str, str], given: dict[str, str]) -> tuple[bool, dict[str, str]]:
    """Labels as numbers, and whether the labels were Italian."""
    italian, answers = True, {}
    for item, answer in given.items():
        for lang, labels in (plan.instruments[where[item]].labels or {}).items():
            if answer in labels:
                italian, answer = lang == "it", str(labels.index(answer) + 1)
                break
        answers[item] = answer
    return italian, answers


def _moment(draws: Draws, wave: str, answers: int) -> tuple[dt.datetime, int]:
    """When a sheet was handed in, in working hours, and how many seconds it took."""
    opened, days = _OPEN[wave]
    day = opened + dt.timedelta(days=int(draws.integers(0, days - 1, 1)[0]))
    clock = int(draws.integers(8 * 3600, 18 * 3600, 1)[0])
    seconds = 45 + answers * int(draws.integers(5, 11, 1)[0]) + int(draws.integers(0, 60, 1)[0])
    return dt.datetime.combine(day, dt.time()) + dt.timedelta(seconds=clock), seconds
