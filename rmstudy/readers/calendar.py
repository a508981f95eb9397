"""A calendar (``.ics``): who was invited to what, and who said yes. An invitation is not attendance.

Recurring events are written out, exceptions and cancelled ones taken into account. Whoever declined, has not
answered or is not sure was not there. Titles, places and texts are passed over. Sources: RFC 5545; the
packages icalendar and recurring-ical-events.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rmstudy.errors import DataError, Problem
from rmstudy.readers.files.sheets import Sheets
from rmstudy.readers.files.text import contents, decoded, shown
from rmstudy.readers.mapping import Form
from rmstudy.readers.teams import COLUMNS

META = ("meeting", "date", "start", "end", "minutes", "status", "questionnaire")
LARGEST: Final = 20_000_000
EVENTS: Final = 20_000
OCCURRENCES: Final = 100_000
RECURRING: Final = 2_000
ROWS: Final = 500_000  # people at events
SECONDS: Final = 60
DAYS: Final = 366  # in one rule
YEARS: Final = 10
_ANSWERS: Final = {"ACCEPTED": "accepted", "DECLINED": "declined", "TENTATIVE": "tentative"}
# Rules that make events by the hour or less: no meetings, but enough to fill a memory.
_DENSE: Final = re.compile(r"FREQ=(SECONDLY|MINUTELY|HOURLY)|BY(SECOND|MINUTE|HOUR)=[^;=]*,", re.IGNORECASE)


def read(path: Path, form: Form) -> tuple[Sheets, list[Problem]]:
    """Read a calendar.

    Parameters
    ----------
    path : Path
        A ``.ics`` file.
    form : Form
        ``zone``: the time zone whose days count; needed where the calendar writes world time.

    Returns
    -------
    sheets : Sheets
        A row a person and event: ``person`` is the e-mail address, ``status`` the answer.
    found : list of Problem
        That invitations are not attendance; all-day and cancelled events.

    Raises
    ------
    DataError
        When it is no calendar, or its events are too many.

    Examples
    --------
    >>> read(Path("calendar.ics"), Form())
    Traceback (most recent call last):
    rmstudy.errors.DataError: calendar.ics: the file is not there. Say where it is.
    """
    file = shown(path)
    contents(path, LARGEST)
    text, _ = decoded(path, form)
    calendar = _calendar(text, file)
    zone = _zone(form, file)
    lines = _lines(text)
    rows: list[tuple[int, dict[str, str]]] = []
    seen: Counter[str] = Counter()
    days: list[int] = []
    for number, event in enumerate(_events(calendar, file), start=1):
        row = lines.get(str(event.get("UID", "")), 1)
        start, end = _times(event, row, zone, file)
        if not isinstance(start, datetime):
            days.append(row)
        elif str(event.get("STATUS", "")).upper() == "CANCELLED":
            seen["cancelled"] += 1
        else:
            seen["events"] += 1
            length = f"{(end - start).total_seconds() / 60:g}"
            when = {"date": start.date().isoformat(), "start": f"{start:%Y-%m-%d %H:%M:%S}"}
            when |= {"end": f"{end:%Y-%m-%d %H:%M:%S}", "minutes": length}
            rows += [(row, {"meeting": str(number), **when, **one}) for one in _people(event)]
        if len(rows) > ROWS:
            what = f"more than {ROWS} people at events"
            raise DataError(Problem(what, "Export only the months of the programme.", file, row))
    if not rows and not days and not seen:
        raise DataError(Problem("a calendar without events", "Export the months of the programme.", file))
    return Sheets(file, COLUMNS, tuple(rows), META), list(_to_know(seen, days, file))


def _to_know(seen: Counter[str], days: list[int], file: str) -> Iterator[Problem]:
    """What a calendar cannot say, and what was left out of it."""
    what = "a calendar says who was invited, not who came: these meetings are marked with the source calendar"
    next_step = "Where an attendance report or the pairs' own log says otherwise, that holds."
    yield Problem(what, next_step, file, severity="to know")
    if seen["cancelled"]:
        yield Problem(f"cancelled events, left out: {seen['cancelled']}", "", file, severity="to know")
    for row in sorted(set(days)):
        yield Problem("an event of whole days, left out", "", file, row, severity="to know")


def _calendar(text: str, file: str) -> Any:
    """The calendar as the package reads it."""
    try:
        from icalendar import Calendar
    except ImportError:
        what = "calendars need an extra package"
        raise DataError(Problem(what, "Install it: pip install 'rmstudy[readers]'.", file)) from None
    if not re.match(r"\s*BEGIN:VCALENDAR", text, re.IGNORECASE):
        raise DataError(Problem("not a calendar (.ics)", "Export it again.", file, 1))
    if text.upper().count("BEGIN:VEVENT") > EVENTS:
        what = f"more than {EVENTS} events"
        raise DataError(Problem(what, "Export only the months of the programme.", file))
    if not re.search(r"END:VCALENDAR\s*$", text, re.IGNORECASE):
        raise DataError(Problem("the calendar is cut off", "Export it again.", file))
    unfolded = re.sub(r"(?:\r?\n)+[ \t]", "", text)
    for line, one in enumerate(unfolded.splitlines(), start=1):
        if one.upper().startswith(("RRULE", "EXRULE")) and _DENSE.search(one):
            what = "an event that recurs by the hour or more often"
            raise DataError(Problem(what, "Take it out of the calendar.", file, line))
    try:
        calendar = Calendar.from_ical(text)
        _refuse_endless(calendar, file)
    except (
        ValueError,
        KeyError,
        IndexError,
        TypeError,
        AttributeError,
        OverflowError,
        RecursionError,
    ) as error:
        what = f"the calendar is damaged ({type(error).__name__})"
        raise DataError(Problem(what, "Export it again.", file)) from None
    return calendar


def _refuse_endless(calendar: Any, file: str) -> None:
    """Refuse rules that make no meetings but work without end, as the package has understood them."""
    recurring = 0
    for part in calendar.walk():
        for name in ("RRULE", "EXRULE"):
            given = part.get(name, [])
            for rule in given if isinstance(given, list) else [given]:
                recurring += part.name == "VEVENT"
                every = [int(one) for one in rule.get("INTERVAL", [1])]
                often = str(rule.get("FREQ", ["?"])[0]).upper() not in (
                    "DAILY",
                    "WEEKLY",
                    "MONTHLY",
                    "YEARLY",
                )
                if often or min(every, default=1) < 1 or any(len(one) > DAYS for one in rule.values()):
                    what = "an event that recurs by the hour or more often, or without any order"
                    raise DataError(Problem(what, "Take it out of the calendar.", file))
    if recurring > RECURRING:
        what = f"more than {RECURRING} recurring events"
        raise DataError(Problem(what, "Export only the months of the programme.", file))


def _zone(form: Form, file: str) -> ZoneInfo | None:
    """The zone that the mapping names."""
    if form.zone is None:
        return None
    try:
        return ZoneInfo(form.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        what, next_step = "an unknown time zone", "Use a name such as Europe/Rome."
        raise DataError(
            Problem(what, next_step, "mapping.yml", column="file.zone", value=form.zone)
        ) from None


def _events(calendar: Any, file: str) -> list[Any]:
    """Every event, recurring ones written out, within ten years of the first."""
    from recurring_ical_events import of

    broken = (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError, RecursionError)
    found: list[Any] = []
    try:
        starts = [event.decoded("DTSTART") for event in calendar.walk("VEVENT") if "DTSTART" in event]
        days = [one.date() if isinstance(one, datetime) else one for one in starts]
        days = [one for one in days if isinstance(one, date) and 1990 <= one.year < 2100]
        if not days:
            return []
        query, first = of(calendar), min(days) - timedelta(days=1)
        last = min(date(first.year + YEARS, 12, 31), date.today() + timedelta(days=1))
        seen: set[tuple[str, str]] = set()
        stop = time.monotonic() + SECONDS
        while first < last and len(found) <= OCCURRENCES:
            if time.monotonic() > stop:
                what = f"its events could not be written out in {SECONDS} seconds"
                raise DataError(Problem(what, "Export only the months of the programme.", file))
            until = first + timedelta(days=92)
            for event in query.between(first, min(until, last)):
                key = (str(event.get("UID", "")), str(event["DTSTART"].dt))
                if key not in seen:  # an event over the end of a window comes twice
                    seen.add(key)
                    found.append(event)
            first = until
    except broken as error:
        what = f"an event cannot be read ({type(error).__name__})"
        raise DataError(Problem(what, "Export the calendar again.", file)) from None
    if len(found) > OCCURRENCES:
        what = f"more than {OCCURRENCES} events"
        raise DataError(Problem(what, "Export only the months of the programme.", file))
    return found


def _times(event: Any, row: int, zone: ZoneInfo | None, file: str) -> tuple[Any, Any]:
    """Start and end of an event on the clock of the zone; a day for an event of whole days."""
    start = event["DTSTART"].dt
    if not isinstance(start, datetime):
        return start, start
    end = event["DTEND"].dt if "DTEND" in event else start
    end = end if isinstance(end, datetime) else start
    if start.tzinfo is not None and zone is None and start.tzinfo in (UTC, ZoneInfo("UTC")):
        next_step = "Say whose clock counts: `file: {zone: Europe/Rome}` in the mapping."
        raise DataError(Problem("times are written as world time", next_step, file, row))
    if start.tzinfo is not None and zone is not None:
        start = start.astimezone(zone)
        end = end.astimezone(zone) if end.tzinfo is not None else end
    return start.replace(tzinfo=None), max(end.replace(tzinfo=None), start.replace(tzinfo=None))


def _people(event: Any) -> Iterator[dict[str, str]]:
    """Everybody who was invited and has an address, with the answer; rooms are nobody."""
    given = event.get("ATTENDEE", [])
    organiser = _address(event.get("ORGANIZER", ""))
    answers: dict[str, str] = {}
    for one in given if isinstance(given, list) else [given]:
        about = getattr(one, "params", {})
        if str(about.get("CUTYPE", "INDIVIDUAL")).upper() in ("ROOM", "RESOURCE"):
            continue
        answers[_address(one)] = _ANSWERS.get(str(about.get("PARTSTAT", "")).upper(), "no answer")
    if organiser and answers.get(organiser) != "declined":
        answers[organiser] = "organiser"
    for address, answer in answers.items():
        if "@" in address:
            yield {"person": address, "status": answer}


def _address(value: Any) -> str:
    """An address without what stands before it."""
    return re.sub(r"^mailto:", "", str(value).strip(), flags=re.IGNORECASE).strip()


def _lines(text: str) -> dict[str, int]:
    """The line on which each event begins, by its name in the calendar."""
    found: dict[str, int] = {}
    begins = 1
    for line, one in enumerate(text.splitlines(), start=1):
        if one.upper().startswith("BEGIN:VEVENT"):
            begins = line
        elif one.upper().startswith("UID:"):
            found.setdefault(one[4:].strip(), begins)
    return found
