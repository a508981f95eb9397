"""Which question of the plan a column holds, by its name or by its words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from rmstudy.errors import DataError, Problem
from rmstudy.study.cells import folded
from rmstudy.study.plan import Plan, Text

ALIKE: Final = 88.0  # of 100: a question with a word changed
APART: Final = 5.0  # how much less the next question must be alike
LANGUAGES: Final = {"en": "English", "it": "Italian"}


@dataclass(frozen=True, slots=True)
class Fit:
    """A place that a column may belong to, how sure that is, and why."""

    place: str
    sure: bool
    why: str


class Questions:
    """The questions of a plan by their names and by their words in every language.

    Examples
    --------
    >>> import rmstudy as rm
    >>> known = Questions(rm.load_sample("digital-skills").plan)
    >>> known.by_name("digitalskill[sk1]").place
    'responses.digital_skill.sk1'
    """

    def __init__(self, plan: Plan) -> None:
        self.names: dict[str, set[str]] = {}
        self.texts: dict[str, set[tuple[str, str]]] = {}
        for name, instrument in plan.instruments.items():
            if instrument.derived:
                continue
            if not instrument.items:
                place = f"responses.{name}"
                self._add(place, (name,), instrument.name)
            for item, text in instrument.items.items():
                place = f"responses.{name}.{item}"
                self._add(place, (item, name + item), text)

    def _add(self, place: str, names: Iterable[str], text: Text | None) -> None:
        """A question by its names and its words."""
        for name in names:
            self.names.setdefault(_letters(name), set()).add(place)
        said = {"": text} if isinstance(text, str) else (text or {})
        for lang, words in said.items():
            self.texts.setdefault(folded(words), set()).add((place, LANGUAGES.get(lang, "")))

    def by_name(self, column: str) -> Fit | None:
        """The question whose id a column's name is, with or without its instrument's."""
        places = self.names.get(_letters(column), set())
        if len(places) == 1:
            return Fit(next(iter(places)), True, "the name of the item in the plan")
        part = re.fullmatch(r".+?[\[_. -]([0-9A-Za-z]+)\]?", column)
        places = self.names.get(_letters(part[1]), set()) if part else set()
        if len(places) == 1 and part and not part[1].isdigit():
            return Fit(next(iter(places)), False, "the last part of its name is the item's in the plan")
        return None

    def by_words(self, phrases: Iterable[str]) -> Fit | None:
        """The question whose words a column's heading are, or nearly are."""
        asked = [folded(phrase) for phrase in phrases if phrase]
        for phrase in asked:
            found = self.texts.get(phrase, set())
            if len({place for place, _ in found}) == 1:
                place, lang = min(found)
                return Fit(place, True, f"the words of the item{f' in {lang}' if lang else ''}")
        return max((fit for phrase in asked if (fit := self._nearly(phrase))), key=_score, default=None)

    def _nearly(self, phrase: str) -> Fit | None:
        """The one question that is much more alike than all others."""
        best: dict[str, float] = {}
        for text, places in self.texts.items():
            alike = ratio(phrase, text)
            for place, _ in places:
                best[place] = max(alike, best.get(place, 0.0))
        ranked = sorted(best.items(), key=lambda one: -one[1])
        if not ranked or ranked[0][1] < ALIKE or (len(ranked) > 1 and ranked[0][1] - ranked[1][1] < APART):
            return None
        return Fit(ranked[0][0], False, f"its words are like the item's, {ranked[0][1]:.0f} of 100")


def _score(fit: Fit) -> str:
    """Order of fits that are not sure."""
    return fit.why


def ratio(one: str, other: str) -> float:
    """How alike two texts are, from 0 to 100.

    Raises
    ------
    DataError
        When the package that compares texts is missing.

    Examples
    --------
    >>> ratio("abcd", "abcx")
    75.0
    """
    try:
        from rapidfuzz import fuzz
    except ImportError:
        what, next_step = "guessing needs an extra package", "Install it: pip install 'rmstudy[readers]'."
        raise DataError(Problem(what, next_step)) from None
    return float(fuzz.ratio(one, other))


def phrases(column: str, words: str = "") -> tuple[str, ...]:
    """What may be the question in a heading: all of it, the row of a grid, what follows a stem or a figure.

    Examples
    --------
    >>> phrases("Q2_1", "How often? - I ask for help")
    ('How often? - I ask for help', 'I ask for help', 'Q2_1')
    """
    found: list[str] = []
    for text in (words, column):
        if not text:
            continue
        found.append(text)
        if row := re.fullmatch(r".+ ?\[(.+)\](?: \(\d+\))?", text, re.DOTALL):
            found.append(row[1])
        if " - " in text:
            found.append(text.rpartition(" - ")[2])
        if figure := re.fullmatch(r"[A-Za-z]?\d{1,3}[.)]\s*(.+)", text, re.DOTALL):
            found.append(figure[1])
        if again := re.fullmatch(r"(.{8,}?) ?(?:\(\d+\)|\d)", text, re.DOTALL):
            found.append(again[1])
    return tuple(dict.fromkeys(found))


def _letters(name: str) -> str:
    """A name's letters and digits."""
    return re.sub(r"[\W_]+", "", folded(name))
