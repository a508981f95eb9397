"""Days as people and tools write them: year first always, another order only when the mapping says it."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final, Literal

from rmstudy.readers.cells.refusing import Refused

Order = Literal["ymd", "dmy", "mdy"]
_TIME: Final = r"(?:[T ,]+[0-9]{1,2}[:.][0-9]{2}.{0,40})?"
_ISO: Final = re.compile(rf"([0-9]{{4}})-([0-9]{{2}})-([0-9]{{2}}){_TIME}")
_PARTS: Final = re.compile(rf"([0-9]{{1,4}})([/.-])([0-9]{{1,2}})\2([0-9]{{1,4}}){_TIME}")
_SERIAL: Final = re.compile(r"[0-9]{5}(?:[.,][0-9]+)?")
_CLOCK: Final = re.compile(r"[T ,]+([0-9]{1,2})[:.]([0-9]{2})(?:[:.]([0-9]{2}))?(?:\.[0-9]+)?\s*([AaPp])?")
RULE: Final = "ambiguous_dates"


def day_of(given: str, order: Order | None) -> str | Refused:
    """Read a day.

    Parameters
    ----------
    given : str
        What stands in the cell, perhaps with a time behind it.
    order : {'ymd', 'dmy', 'mdy'} or None
        The order that the mapping says.

    Returns
    -------
    str or Refused
        The day as ``2024-03-31``, or why there is none.

    Examples
    --------
    >>> day_of("31/03/2024 10:15", "dmy")
    '2024-03-31'
    >>> day_of("03/04/2024", None).what
    'is not one day: 2024-04-03 with the day first, 2024-03-04 with the month first'
    """
    text = given.strip()
    if iso := _ISO.fullmatch(text):
        return _real(iso[1], iso[2], iso[3]) or Refused("there is no such day", "Correct it.", RULE)
    if _SERIAL.fullmatch(text):
        what = "is not a date but a number such as Excel stores days"
        return Refused(what, "Format the column as a date in Excel and export it again.", RULE)
    parts = _PARTS.fullmatch(text)
    if not parts:
        return Refused("is not a date written as 2024-03-31", "Correct it.")
    first, second, third = parts[1], parts[3], parts[4]
    if len(first) == 4 and len(third) <= 2:
        return _year_first(first, second, third, order)
    if len(first) > 2 or len(third) != 4:
        return Refused("is not a date with a year of four digits", "Write the whole year.", RULE)
    return _year_last(first, second, third, order)


def moment_of(given: str, order: Order | None) -> tuple[str, int] | None:
    """Day and second of the day of a time stamp; None when the day cannot be read.

    Examples
    --------
    >>> moment_of("31/03/2024 1:30 PM", "dmy")
    ('2024-03-31', 48600)
    """
    day = day_of(given, order)
    if isinstance(day, Refused):
        return None
    clock = _CLOCK.search(given.strip())
    if clock is None:
        return day, 0
    hour, minute, second = int(clock[1]), int(clock[2]), int(clock[3] or 0)
    if clock[4]:
        hour = hour % 12 + (12 if clock[4] in "Pp" else 0)
    return day, hour * 3600 + minute * 60 + second


def _year_first(year: str, month: str, day: str, order: Order | None) -> str | Refused:
    """Year, month and day, not divided as ISO does it."""
    read = _real(year, month, day)
    if read is None:
        return Refused("there is no such day", "Correct it.", RULE)
    if order is None:
        return Refused(f"is not written as {read}", "Say `dates: ymd` in the mapping.", RULE)
    return read


def _year_last(first: str, second: str, year: str, order: Order | None) -> str | Refused:
    """Day and month in an order that must be said."""
    day_first, month_first = _real(year, second, first), _real(year, first, second)
    if order in ("dmy", "mdy"):
        read = day_first if order == "dmy" else month_first
        if read is not None:
            return read
        step = "Correct it, or `dates` in the mapping."
        return Refused(f"there is no such day in the order {order}", step, RULE)
    if day_first is None and month_first is None:
        return Refused("there is no such day", "Correct it.", RULE)
    step = "Say `dates: dmy` or `dates: mdy` in the mapping."
    if day_first and month_first:
        what = f"is not one day: {day_first} with the day first, {month_first} with the month first"
        return Refused(what if day_first != month_first else f"is not written as {day_first}", step, RULE)
    proves: Literal["dmy", "mdy"] = "dmy" if day_first else "mdy"
    return Refused(f"is not written as {day_first or month_first}", step, RULE, proves=proves)


def _real(year: str, month: str, day: str) -> str | None:
    """A day of the calendar."""
    try:
        return dt.date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None
