"""What the cells of a column show about it: whether its answers fit, what is no answer, how days are written."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from rmstudy.readers.cells.days import day_of
from rmstudy.readers.cells.personal import free_text, identifying
from rmstudy.readers.cells.refusing import Refused
from rmstudy.readers.cells.values import value_of
from rmstudy.readers.people.spelling import looks_like_email
from rmstudy.readers.placing.places import Places

SHOWN: Final = 3  # a cell that stands fewer times is never written down
_IP: Final = re.compile(r"\d{1,3}(\.\d{1,3}){3}|[0-9a-f:]{6,39}", re.IGNORECASE)


@dataclass(slots=True)
class Evidence:
    """What some columns of one place hold: answers that are understood, codes of no answer, and the rest.

    Parameters
    ----------
    fit : Counter
        Answers that are understood.
    unknown : Counter
        Answers that are not.
    missing : dict
        Usual codes of no answer, in the order in which they were seen.
    commas : int
        Numbers that cannot be read without knowing their marks.
    """

    fit: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)
    missing: dict[str, None] = field(default_factory=dict)
    commas: int = 0

    def add(self, cells: Sequence[str], place: str, places: Places) -> Evidence:
        """Look at the cells of a column of a place."""
        asked = places.asked(place)
        for text, times in Counter(cells).items():
            read = value_of(text, asked)
            if not isinstance(read, Refused):
                self.fit[text] += times
            elif read.rule == "missing_code":
                self.missing[text] = None
            elif read.rule == "decimal_comma":
                self.commas += times
            else:
                self.unknown[text] += times
        return self

    @property
    def share(self) -> float:
        """Share of the answers that are understood."""
        known = self.fit.total() + self.commas
        return known / max(1, known + self.unknown.total())

    def shown(self) -> list[tuple[str, int]]:
        """Labels that are not understood and stand often enough to be written down; never what names people."""
        return [
            (text, times)
            for text, times in self.unknown.most_common(20)
            if times >= SHOWN and len(text) <= 60 and not identifying(text)
        ]


def personal(column: str, cells: Sequence[str]) -> str | None:
    """Why a column looks as if it names people; None when it does not.

    Examples
    --------
    >>> personal("Nome e cognome", ["x"]), personal("Q3", ["4", "5"])
    ('its name says that it names people', None)
    """
    name = re.sub(r"[\W_]+", " ", column.casefold()).strip()
    if _NAMING.search(name):
        return "its name says that it names people"
    if not cells:
        return None
    if sum(map(looks_like_email, cells)) > len(cells) / 2:
        return "e-mail addresses"
    if sum(bool(_IP.fullmatch(cell) and not cell.isdigit()) for cell in cells) > len(cells) / 2:
        return "addresses of computers"
    if free_text(cells) or any(len(cell) > 120 for cell in cells):
        return "free text, which may name people"
    few = len(set(cells)) <= max(2, len(cells) // SHOWN)
    if not few and sum(identifying(cell) is not None for cell in cells) > len(cells) / 2:
        return "cells that look like names or telephone numbers"
    return None


_NAMING: Final = re.compile(
    r"^(name|nome|nom|nombre|vorname|nachname|cognome|surname|prenom|last name|first name|full name|nominativo"
    r"|recipient ?(last|first) ?name|nome e cognome|name and surname|(your|il tuo) (name|nome)|ip ?addr(ess)?"
    r"|indirizzo ip|(phone|telephone|mobile)( number)?|telefono|cellulare|indirizzo|address"
    r"|location ?(latitude|longitude)|date of birth|birth ?date|data di nascita|codice fiscale)$"
    r"|\b(first|last|full|your) name\b|\bnome e cognome\b|\bil tuo nome\b|\bdata di nascita\b"
)


def order_of(cells: Sequence[str]) -> tuple[str | None, str]:
    """The order of day and month, where a cell proves it, and why.

    Returns
    -------
    order : str or None
        ``ymd``, ``dmy`` or ``mdy``; None when none is needed or none is proven.
    why : str
        Empty when none is needed.

    Examples
    --------
    >>> order_of(["05/03/2024", "31/03/2024"])
    ('dmy', 'a day above 12 proves it')
    >>> order_of(["05/03/2024"])[0] is None
    True
    """
    read = [day for cell in cells if isinstance(day := day_of(cell, None), Refused)]
    proven = {day.proves for day in read if day.proves}
    if len(proven) == 1:
        return proven.pop(), "a day above 12 proves it"
    if len(proven) > 1:
        return None, "some days prove dmy, others mdy: the file mixes both"
    if any("dates: ymd" in day.next_step for day in read):
        return "ymd", "the year stands first"
    both = next((day.what for day in read if "with the day first" in day.what), "")
    if both:
        readings = both.partition(": ")[2]
        return None, f"dmy or mdy? No day tells; the first could be {readings}"
    return None, ""
