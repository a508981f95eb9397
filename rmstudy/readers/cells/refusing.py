"""What cannot be read, and why: one cell that has no place yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a cell cannot be read.

    Parameters
    ----------
    what : str
        What is wrong, as a sentence without a full stop.
    next_step : str
        What to do about it.
    rule : str
        Name of the mess that it belongs to, where there is one.
    outside : float or None
        A figure that lies outside its range.
    proves : {'dmy', 'mdy'} or None
        Of a day: the order that is the only one to fit.
    """

    what: str
    next_step: str = ""
    rule: str = ""
    outside: float | None = None
    proves: Literal["dmy", "mdy"] | None = None
