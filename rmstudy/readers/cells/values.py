"""One cell into the value that the study holds: a label, a number, a day or a word; or refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from rmstudy.readers.cells.days import Order, day_of
from rmstudy.readers.cells.labels import Labels, answer_of, bare
from rmstudy.readers.cells.numbers import PLAIN, Writing, number_of
from rmstudy.readers.cells.personal import identifying
from rmstudy.readers.cells.refusing import Refused
from rmstudy.readers.files.sheets import either
from rmstudy.readers.mapping import Rescale
from rmstudy.study.cells import folded
from rmstudy.wording import number

Kind = Literal["answer", "number", "date", "choice", "text", "test", "raw"]
How = Literal["as it is", "label", "figure", "no answer", "number", "day", "rescaled"]

# What people and tools write for no answer, where it can be nothing else or lies outside the range.
USUAL_WORDS: Final = either(
    "n.d.|nd|n/d|n.a.|na|n/a|#n/a|-|--|---|.|?|non so|non saprei|non risponde|non risposto|nessuna risposta|"
    "non disponibile|non applicabile|don't know|dont know|do not know|not applicable|no answer|not answered|"
    "prefer not to say|preferisco non rispondere|missing|null|nan|none|k.a."
)
USUAL_SIGNS: Final = either("n.d.|n/d|n.a.|n/a|#n/a|-|--|---|.|?|null|nan")
USUAL_FIGURES: Final = frozenset(
    (-1, -7, -8, -9, -77, -88, -99, -999, 66, 77, 88, 97, 98, 99, 888, 999, 9999)
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a cell may hold, from the place it belongs to and the decisions about its file.

    Parameters
    ----------
    kind : str
        ``answer``: a label or a code; ``number``; ``date``; ``choice``: one of a few words; ``text``;
        ``test``: an answer of a test; ``raw``: what names a person, taken as it is.
    labels : Labels or None
        What answers stand for.
    bounds : tuple of float or None
        The range of the instrument.
    missing : frozenset of str
        Codes of no answer, folded.
    """

    kind: Kind
    labels: Labels | None = None
    bounds: tuple[float, float] | None = None
    scale: Rescale | None = None
    missing: frozenset[str] = frozenset()
    writing: Writing = PLAIN
    dates: Order | None = None
    choices: tuple[str, ...] = ()
    named: str = ""


@dataclass(frozen=True, slots=True)
class Value:
    """What the study holds for a cell, and how it was read; None where it is no answer."""

    text: str | None
    how: How = "as it is"


def value_of(given: str, asked: Asked) -> Value | Refused:
    """Read a cell.

    Parameters
    ----------
    given : str
        What stands in it.
    asked : Asked
        What it may hold.

    Returns
    -------
    Value or Refused
        Never anything else, and never an exception.

    Examples
    --------
    >>> value_of("7", Asked("number", bounds=(1, 5))).what
    'outside the range 1 to 5'
    >>> value_of("n.d.", Asked("number")).next_step
    "If it means no answer, write `missing: ['n.d.']` in the mapping; if not, correct it."
    """
    if _code(given) in asked.missing:
        return Value(None, "no answer")
    if asked.kind == "raw":
        return Value(given)
    read = _READ[asked.kind](given, asked) if not asked.labels else _answer(given, asked)
    if isinstance(read, Refused):
        usual = USUAL_SIGNS if asked.kind == "text" else USUAL_WORDS
        return _undeclared(given) if folded(given) in usual else read
    if asked.kind not in ("answer", "number") or read.text is None:
        return read
    return _within(given, read, asked)


def _code(given: str) -> str:
    """A code of no answer as it is looked up: 99.0 and 99 are one."""
    text = folded(given)
    head, point, tail = text.replace(",", ".").partition(".")
    return head if point and tail and not tail.strip("0") and head.lstrip("-").isdigit() else text


def codes_of(missing: tuple[str, ...]) -> frozenset[str]:
    """Declared codes of no answer, as they are looked up.

    Examples
    --------
    >>> sorted(codes_of(("99.0", "N.D.")))
    ['99', 'n.d.']
    """
    return frozenset(_code(one) for one in missing)


def _undeclared(given: str) -> Refused:
    """A usual code of no answer that nobody declared."""
    what = "looks like a code for no answer, which the mapping does not know"
    step = f"If it means no answer, write `missing: [{given.strip()[:20]!r}]` in the mapping; if not, correct it."
    return Refused(what, step, "missing_code")


def _answer(given: str, asked: Asked) -> Value | Refused:
    """A label or a code."""
    read = answer_of(given, asked.labels) if asked.labels else Refused("not a known answer")
    if isinstance(read, Refused):
        if _usual_figure(given):
            return _undeclared(given)
        return _figure(given, asked) or read
    if asked.choices and read[0] not in asked.choices:
        allowed = f"Allowed: {', '.join(asked.choices)}."
        return Refused("stands for something that the table does not allow", allowed)
    return Value(*read)


def _figure(given: str, asked: Asked) -> Value | Refused | None:
    """A figure that is no label or code: an answer within the range where figures are no codes."""
    figure = number_of(given, asked.writing)
    if asked.bounds is None or isinstance(figure, Refused):
        return None
    if asked.labels and not asked.labels.coded:
        return Value(figure, "figure")
    low, high = asked.scale.from_ if asked.scale else asked.bounds
    outside = float(figure)
    if low <= outside <= high:
        return None
    step = "Say under answers what it stands for, or correct it."
    return Refused("not a known answer", step, "out_of_range", outside=outside)


def _number(given: str, asked: Asked) -> Value | Refused:
    """A number."""
    highest = None if asked.bounds is None else (asked.scale.from_ if asked.scale else asked.bounds)[1]
    read = number_of(given, asked.writing, highest)
    if isinstance(read, Refused):
        return read
    plain = read == given or float(read) == _float(given)
    return Value(read, "as it is" if plain else "number")


def _date(given: str, asked: Asked) -> Value | Refused:
    """A day."""
    read = day_of(given, asked.dates)
    if isinstance(read, Refused):
        return read
    return Value(read, "as it is" if given.strip().startswith(read) else "day")


def _choice(given: str, asked: Asked) -> Value | Refused:
    """One of a few words."""
    for one in asked.choices:
        if bare(one) == bare(given):
            return Value(one)
    allowed = f"Allowed: {', '.join(asked.choices)}. Say under answers what stands for them."
    return Refused("not an allowed value", allowed)


def _text(given: str, asked: Asked) -> Value | Refused:
    """A word or two that name nobody."""
    if folded(given) in USUAL_SIGNS:
        return _undeclared(given)
    found = identifying(given)
    if found:
        step = (
            "Write ignore for the column; or, where these are labels, say under answers what they stand for."
        )
        return Refused(f"{found}, which must not enter a study", step, "names_in_text")
    return Value(" ".join(given.split()))


def _test(given: str, asked: Asked) -> Value | Refused:
    """An answer of a test: a number, or a word of one piece."""
    if len(given) > 40 or len(given.split()) > 1 or identifying(given):
        step = "Say under answers what stands for the letters of the right and wrong answers."
        return Refused("not an answer of a test", step)
    return Value(given)


_READ: Final = {
    "answer": _answer,
    "number": _number,
    "date": _date,
    "choice": _choice,
    "text": _text,
    "test": _test,
}


def _within(given: str, read: Value, asked: Asked) -> Value | Refused:
    """A value within its range, brought to the plan's range where the mapping says so."""
    figure = _float(read.text or "")
    if figure is None or asked.bounds is None:
        return read
    low, high = asked.scale.from_ if asked.scale else asked.bounds
    if not low <= figure <= high:
        if figure in USUAL_FIGURES:
            return _undeclared(given)
        what = f"outside the range {number(low, 0)} to {number(high, 0)}"
        what += f" of {asked.named}" if asked.named else ""
        step = "Correct the answer, or leave the cell empty."
        return Refused(what, step, "out_of_range", outside=figure)
    if asked.scale is None:
        return read
    bottom, top = asked.scale.to
    moved = bottom + (figure - low) / (high - low) * (top - bottom)
    return Value(f"{moved:.12g}", "rescaled")


def _usual_figure(given: str) -> bool:
    """Whether a figure is a usual code of no answer."""
    return _float(given) in USUAL_FIGURES


def _float(text: str) -> float | None:
    """A text as a number, if it is one."""
    try:
        return float(text)
    except ValueError:
        return None
