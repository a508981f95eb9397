"""Values with a type as text: numbers without noise, days and moments in one spelling."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import isfinite


def value_text(value: object) -> str:
    """Any value of a workbook or a database as text; nothing where there is none.

    Examples
    --------
    >>> value_text(3.0), value_text(True), value_text(None), value_text(Decimal("2.50"))
    ('3', 'TRUE', '', '2.50')
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return number_text(value)
    if isinstance(value, Decimal):
        return format(value, "f") if value.is_finite() else ""
    return moment_text(value)


def number_text(value: float) -> str:
    """A number as a spreadsheet shows it: fifteen digits, and no point where it is whole.

    Examples
    --------
    >>> number_text(3.0), number_text(0.1 + 0.2), number_text(12.5)
    ('3', '0.3', '12.5')
    """
    if isinstance(value, int):
        return str(value)
    if not isfinite(value):
        return ""
    if abs(value) < 1e15 and value.is_integer():
        return str(int(value))
    return format(value, ".15g")


def moment_text(value: object) -> str:
    """A day as 2024-03-31, a moment as 2024-03-31 09:12:33, a length as 1:02:03.

    Examples
    --------
    >>> moment_text(datetime(2024, 3, 31, 9, 12, 32, 999_997))
    '2024-03-31 09:12:33'
    >>> moment_text(datetime(2024, 3, 31))
    '2024-03-31'
    """
    if isinstance(value, datetime):
        whole = (value + timedelta(microseconds=500_000)).replace(microsecond=0, tzinfo=None)
        shape = "%Y-%m-%d" if whole.time() == time(0) else "%Y-%m-%d %H:%M:%S"
        return whole.strftime(shape)
    if isinstance(value, time):
        return value.replace(microsecond=0).isoformat()
    if isinstance(value, timedelta):
        seconds = int(value.total_seconds() + 0.5)
        return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return value.isoformat() if isinstance(value, date) else str(value).strip()
