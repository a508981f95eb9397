"""Days with a time of day, as survey tools write them in the languages of their accounts."""

from __future__ import annotations

import re
from typing import Final

_DAY: Final = r"(?P<day>\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})"
_TIME: Final = r"(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:\.\d+)?)?"
_HALF: Final = r"(?:[\s\u202f\u00a0]*(?P<half>[AaPp])\.?\s?[Mm]\.?)?"
_ZONE: Final = r"(?:\s*(?P<zone>[A-Za-z]{2,6}(?:[-+−]\d{1,2}(?::?\d{2})?)?|[-+]\d{2}:?\d{2}|Z))?"
MOMENT: Final = re.compile(rf"{_DAY}(?:,|T)?[\s\u202f\u00a0]*{_TIME}{_HALF}{_ZONE}")


def moment(text: str) -> str:
    """A day and a time in one spelling: the time with 24 hours, and the day, where the year stands first, as ISO.

    Which of day and month comes first is not guessed: such a day stays as it was written. So does anything
    that is no day with a time.

    Examples
    --------
    >>> moment("2024/03/05 9:12:33 PM CET")
    '2024-03-05 21:12:33'
    >>> moment("05/03/2024 9.12.33")
    '05/03/2024 09:12:33'
    >>> moment("soon")
    'soon'
    """
    found = MOMENT.fullmatch(text.strip())
    if not found:
        return text
    hour, half = int(found["hour"]), (found["half"] or "").lower()
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    day = re.sub(
        r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$",
        lambda one: f"{one[1]}-{int(one[2]):02d}-{int(one[3]):02d}",
        found["day"],
    )
    return f"{day} {hour:02d}:{found['minute']}:{found['second'] or '00'}"
