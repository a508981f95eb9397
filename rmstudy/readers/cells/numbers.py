"""Numbers as people and tools write them: one reading, or a refusal that shows both."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final

from rmstudy.readers.cells.refusing import Refused

_PLAIN: Final = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_COMMA: Final = re.compile(r"[-+]?[0-9]*,(?:[0-9]{1,2}|[0-9]{4,})")
_EITHER: Final = re.compile(r"([-+]?[1-9][0-9]{0,2})[.,]([0-9]{3})")
_GROUPED: Final = re.compile(r"[-+]?[0-9]{1,3}(?:[., '][0-9]{3})+(?:[.,][0-9]+)?")
_ALIKE: Final = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2212": "-", "’": "'"})
LONGEST: Final = 40
RULE: Final = "decimal_comma"


@dataclass(frozen=True, slots=True)
class Writing:
    """How the numbers of a file are written.

    Parameters
    ----------
    decimal, thousands : str or None
        The marks that the mapping says; None where it says nothing.
    exact : bool
        The file stores numbers as numbers, so that a point is always a decimal point.
    typed : bool
        People typed them into our own questions: one or two digits after a comma are decimals.
    """

    decimal: str | None = None
    thousands: str | None = None
    exact: bool = False
    typed: bool = False


PLAIN: Final = Writing()


def number_of(given: str, writing: Writing, highest: float | None = None) -> str | Refused:
    """Read a number.

    Parameters
    ----------
    given : str
        What stands in the cell.
    writing : Writing
        How the file writes numbers.
    highest : float, optional
        The largest number that can be meant: a reading above it is none.

    Returns
    -------
    str or Refused
        The number with a point and without empty decimals, or why there is none.

    Examples
    --------
    >>> number_of("1.234,5", Writing(decimal=",", thousands="."))
    '1234.5'
    >>> number_of("1.234", Writing()).what
    'is not a number that can be read in one way: 1234 or 1.234'
    """
    text = given.translate(_ALIKE).strip()
    if not text or len(text) > LONGEST:
        return Refused("is not a number", "Write a number with a point.")
    share = text.endswith("%")
    text = text.removesuffix("%").strip()
    if share and writing.decimal is None:
        step = 'Say `decimal: "."` or `decimal: ","` in the mapping: then 12 % is read as 12.'
        return Refused("is not a number but a share in per cent", step, RULE)
    if writing.decimal is None and writing.thousands is None:
        read = _undeclared(text, writing, highest)
    else:
        read = _declared(text, writing)
    return read if isinstance(read, Refused) else _tidy(read)


def _undeclared(text: str, writing: Writing, highest: float | None) -> str | Refused:
    """A number where the mapping says nothing about its marks: a point, and no other reading."""
    either = _EITHER.fullmatch(text)
    whole = int(either[1] + either[2]) if either else 0
    possible = highest is None or whole <= highest
    if _PLAIN.fullmatch(text) and not (either and possible and not writing.exact):
        return text
    if writing.typed and _COMMA.fullmatch(text) and any(c.isdigit() for c in text):
        return text.replace(",", ".")
    if either:
        what = f"is not a number that can be read in one way: {whole} or {either[1]}.{either[2]}"
        step = "Say `decimal` (and `thousands`, if there are any) in the mapping."
        return Refused(what, step, RULE)
    if _COMMA.fullmatch(text) or _GROUPED.fullmatch(text):
        what = "is not a number with a point alone: it has a decimal comma or thousands"
        step = 'Say `decimal: ","` (and `thousands`, if there are any) in the mapping.'
        return Refused(what, step, RULE)
    return Refused("is not a number", "Write a number with a point.")


def _declared(text: str, writing: Writing) -> str | Refused:
    """A number with the marks that the mapping says."""
    decimal = writing.decimal or ("," if writing.thousands == "." else ".")
    thousands = writing.thousands
    point = writing.exact and decimal == "," and "." in text and "," not in text
    if point and _PLAIN.fullmatch(text):
        if thousands != "." or not re.fullmatch(r"[-+]?[0-9]{1,3}(?:\.[0-9]{3})+", text):
            return text
        what = "is not a number that can be read in one way: the point may divide thousands or decimals"
        return Refused(what, "Store the column as numbers, or leave `thousands` out.", RULE)
    whole = (
        r"[0-9]+" if thousands is None else rf"(?:[0-9]{{1,3}}(?:{re.escape(thousands)}[0-9]{{3}})+|[0-9]+)"
    )
    pattern = (
        rf"[-+]?(?:{whole}(?:{re.escape(decimal)}[0-9]*)?|{re.escape(decimal)}[0-9]+)(?:[eE][-+]?[0-9]+)?"
    )
    if not re.fullmatch(pattern, text):
        marks = f"decimal {decimal!r}" + (f", thousands {thousands!r}" if thousands else ", no thousands")
        step = "Correct the cell, or the marks in the mapping."
        return Refused(f"is not a number as the mapping says numbers are written ({marks})", step, RULE)
    return (text.replace(thousands, "") if thousands else text).replace(decimal, ".")


def _tidy(number: str) -> str | Refused:
    """A number without plus and empty decimals."""
    if not math.isfinite(float(number)):
        return Refused("is not a number: it is too large for one", "Write a number with a point.")
    if "." in number and "e" not in number.lower():
        number = re.sub(r"\.?0*$", "", number)
    number = number.removeprefix("+")
    return number if number not in ("", "-") else "0"
