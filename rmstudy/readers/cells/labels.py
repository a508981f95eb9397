"""Answers as labels: however they are spelled, with or without their figure, one meaning or a refusal."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from rmstudy.errors import nearest
from rmstudy.readers.cells.refusing import Refused
from rmstudy.study.cells import folded

LONGEST: Final = 300
_WHOLE: Final = re.compile(r"(-?[0-9]+)[.,]0+")
_FIGURE: Final = re.compile(r"-?[0-9]+")
_AHEAD: Final = re.compile(r"[(\[]?(-?[0-9]+)[)\]]?\s*[-–—=.:;)]*\s*(.*[^\W\d_].*)", re.DOTALL)
_BEHIND: Final = re.compile(r"(.*[^\W\d_].*?)\s*[-–—=:;(\[]+\s*(-?[0-9]+)\s*[)\]]?", re.DOTALL)
_QUOTES: Final = re.compile("[‘’ʼʹ`´′']")

Answered = tuple[str, Literal["label", "figure"]]


@dataclass(frozen=True, slots=True)
class Labels:
    """What each label or code means, by the ways it may be spelled; a spelling with two meanings has none."""

    exact: Mapping[str, str]
    spelled: Mapping[str, str]
    bare: Mapping[str, str]
    coded: bool
    known: tuple[str, ...]

    def meaning(self, text: str) -> str | None:
        """What a label or code stands for, as it is or however spelled."""
        whole = _WHOLE.sub(r"\1", text) if _WHOLE.fullmatch(text) else text
        for some, key in ((self.exact, text), (self.spelled, folded(text)), (self.exact, whole)):
            if key in some:
                return some[key]
        return None if _FIGURE.fullmatch(whole) else self.bare.get(bare(text))


def labels_of(answers: Mapping[str, str]) -> Labels:
    """Labels and codes, ready to be looked up.

    Examples
    --------
    >>> labels_of({"Per nulla d'accordo": "1"}).meaning("PER NULLA D’ACCORDO")
    '1'
    """
    coded = any(_FIGURE.fullmatch(label) for label in answers)
    figures = [label for label in answers if not _FIGURE.fullmatch(label)]
    spelled, plain = _clear(answers, answers, folded), _clear(answers, figures, bare)
    return Labels(dict(answers), spelled, plain, coded, tuple(answers))


def bare(text: str) -> str:
    """A label's letters and digits only: no case, accents, apostrophes or punctuation.

    Examples
    --------
    >>> bare("Sì,  d’accordo!") == bare("si d'accordo")
    True
    """
    plain = unicodedata.normalize("NFKD", _QUOTES.sub("", text)).casefold()
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join(re.sub(r"[\W_]+", " ", plain).split())


def _clear(answers: Mapping[str, str], labels: Iterable[str], way: Callable[[str], str]) -> dict[str, str]:
    """Meanings by one way of spelling, without those that would have two."""
    meanings: dict[str, set[str]] = {}
    for label in labels:
        meanings.setdefault(way(label), set()).add(answers[label])
    return {key: next(iter(some)) for key, some in meanings.items() if key and len(some) == 1}


def answer_of(given: str, labels: Labels) -> Answered | Refused:
    """The meaning of an answer, and whether it was a label or a figure.

    Parameters
    ----------
    given : str
        What stands in the cell: a code, a label, a figure where the answers have labels only, or both.
    labels : Labels
        What is known.

    Examples
    --------
    >>> some = labels_of({"Strongly disagree": "1", "Strongly agree": "5"})
    >>> answer_of("5 - strongly agree", some)
    ('5', 'label')
    >>> answer_of("4 - strongly agree", some).what
    'not a known answer: the figure and the label say different things'
    """
    text = " ".join(given.split())
    figure = _WHOLE.sub(r"\1", text) if _WHOLE.fullmatch(text) else text
    is_figure = _FIGURE.fullmatch(figure) is not None
    meaning = labels.meaning(given)
    if meaning is not None:
        return meaning, "figure" if is_figure else "label"
    if is_figure:
        value = str(int(figure)) if len(figure) < 9 else figure
        if not labels.coded and value in labels.exact.values():
            return value, "figure"
        return Refused("not a known answer", nearest(given, labels.known))
    both = (_AHEAD.fullmatch(text) or _BEHIND.fullmatch(text)) if len(text) <= LONGEST else None
    if both is None:
        return Refused("not a known answer", nearest(given, labels.known))
    number, words = (both[1], both[2]) if _FIGURE.fullmatch(both[1]) else (both[2], both[1])
    meaning = labels.meaning(words)
    if meaning is None:
        return Refused("not a known answer", nearest(words, labels.known))
    if number != meaning and labels.exact.get(number) != meaning:
        what = "not a known answer: the figure and the label say different things"
        return Refused(
            what, "Say in the mapping under answers what the whole text stands for.", "label_answers"
        )
    return meaning, "label"
