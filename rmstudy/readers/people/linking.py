"""Self-made linking codes: parts typed by people into one code, the same however they are typed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final, Literal

# What is kept of each part: so many letters from one end, or a number of two digits.
PARTS: Final[dict[str, tuple[Literal["first", "last", "number"], int]]] = {
    "mother": ("first", 2),
    "day": ("number", 2),
    "town": ("first", 2),
    "name": ("last", 1),
    "siblings": ("number", 2),
}


def linking_code(parts: Mapping[str, str]) -> str | None:
    """Join the parts of a code: capitals without accents, only the letters asked for, days with two digits.

    Parameters
    ----------
    parts : mapping of str to str
        What was typed, by the name of the part (`PARTS`).

    Returns
    -------
    str or None
        The code; None when a part is missing or cannot be one.

    Examples
    --------
    >>> linking_code({"mother": "Zoë", "day": "7", "town": " l'Aquila", "name": "o", "siblings": "0"})
    'ZO07LAO00'
    >>> linking_code({"mother": "Zo"}) is None
    True
    """
    made = [_part(parts.get(name, ""), *rule) for name, rule in PARTS.items()]
    return None if None in made else "".join(part for part in made if part)


def plain(text: str) -> str:
    """A typed text as capitals and digits without accents, spaces and punctuation.

    Examples
    --------
    >>> plain("José-Ã 7")
    'JOSEA7'
    """
    decomposed = unicodedata.normalize("NFKD", text)
    return re.sub(r"[^0-9A-Z]", "", decomposed.casefold().upper())


def _part(typed: str, rule: str, length: int) -> str | None:
    """One part as it enters the code."""
    text = plain(typed)
    if rule == "number":
        return text.zfill(length)[-length:] if text.isdigit() and len(text.lstrip("0")) <= length else None
    letters = re.sub(r"[0-9]", "", text)
    if len(letters) < length:
        return None
    return letters[:length] if rule == "first" else letters[-length:]
