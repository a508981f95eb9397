"""What is asked of somebody, described once; every format is only written from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from rmstudy.display import table
from rmstudy.wording import say

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["choice", "matrix", "number", "numbers", "text", "date"]
KINDS: Final[dict[Kind, str]] = {
    "choice": "one answer",
    "matrix": "one answer a row",
    "number": "a number",
    "numbers": "a number a row",
    "text": "a word",
    "date": "a day",
}


@dataclass(frozen=True, slots=True)
class Option:
    """An answer that can be chosen: its code in the study's tables, and its words."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that is answered: its code, its words where it has some of its own, and its destination.

    ``goes_to`` is the place of the answer: ``responses.INSTRUMENT.ITEM`` (or ``responses.INSTRUMENT`` for
    a single number), ``consent`` for taking part at all, ``code.N`` for a part of the linking code,
    ``about`` for the person an observer answers about, ``TABLE.COLUMN`` for the other tables.
    """

    code: str
    goes_to: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its rows; a question without a matrix has one row of its own code."""

    code: str
    kind: Kind
    rows: tuple[Row, ...]
    text: str = ""
    options: tuple[Option, ...] = ()
    low: float | None = None
    high: float | None = None
    required: bool = False
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Questions that stand together under a heading."""

    id: str
    title: str
    paragraphs: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """All that is sent to one kind of people at one time, in one language.

    Parameters
    ----------
    id : str
        Name, such as ``pre-mentee-A``; files and exports carry it.
    title, lang : str
        Heading, and its language.
    table : str
        Table that the answers belong to.
    wave, role, rater, version : str
        Wave of the plan, role it is about, ``self`` or ``observer``, and the form answered first; empty
        where there is none.
    sections : tuple of Section
        What is said and asked, in order.
    """

    id: str
    title: str
    lang: str
    table: str
    sections: tuple[Section, ...]
    wave: str = ""
    role: str = ""
    rater: str = "self"
    version: str = ""

    @property
    def questions(self) -> tuple[Question, ...]:
        """Every question, in order."""
        return tuple(question for section in self.sections for question in section.questions)

    @property
    def codes(self) -> tuple[str, ...]:
        """Code of everything that is answered, in order: the columns of a filled questionnaire."""
        return tuple(row.code for question in self.questions for row in question.rows)

    @property
    def table_of_questions(self) -> pd.DataFrame:
        """A row a thing answered: section, code, kind, text, options and destination."""
        import pandas as pd

        rows = [
            {
                "section": section.title,
                "code": row.code,
                "kind": question.kind,
                "text": row.text or question.text,
                "options": " | ".join(option.text for option in question.options),
                "required": question.required,
                "goes_to": row.goes_to,
            }
            for section in self.sections
            for question in section.questions
            for row in question.rows
        ]
        return pd.DataFrame(rows)

    def __repr__(self) -> str:
        return f"Questionnaire({self.id!r}, lang={self.lang!r}, {len(self.codes)} answers)"

    def _repr_html_(self) -> str:
        head = [say(name, self.lang) for name in ("code", "question", "answers")]
        rows = [
            (row.code, row.text or question.text, _answers(question, self.lang))
            for question in self.questions
            for row in question.rows
        ]
        return table(head, rows, caption=self.title)


def _answers(question: Question, lang: str) -> str:
    """How a question is answered, in words."""
    if question.options:
        return " | ".join(option.text for option in question.options)
    return say(KINDS[question.kind], lang)
