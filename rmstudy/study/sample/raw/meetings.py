"""Some of the flagship's meetings as Teams and a calendar know them: who was in a call, and who was invited."""

from __future__ import annotations

import codecs
import datetime as dt
from typing import Any, Final

from rmstudy.study.sample.raw.filled import Filled, filled
from rmstudy.study.sample.raw.invented import DOMAIN, Invented, invented
from rmstudy.study.sample.raw.mapping_text import Section, described
from rmstudy.study.sample.raw.planted import Source

ABOUT: Final = (
    "Some meetings of the flagship as the tools know them: attendance reports of Teams in Italian (UTF-16, tabs, day "
    "first) and in English (month first), and a calendar with invitations. Names and addresses are invented."
)
HEAD: Final = (
    "From attendance reports and a calendar to the study's meetings, written by hand after looking at each file.\n"
    "People are known by their e-mail address; the list of addresses and pseudonyms is kept outside the study."
)
ITALIAN: Final = {
    "parts": ("1. Riepilogo", "2. Partecipanti", "3. Attività durante la riunione"),
    "summary": ("Titolo della riunione", "Partecipanti presenti", "Ora di inizio", "Ora di fine"),
    "people": "Nome|Primo accesso|Ultima uscita|Durata della riunione|Indirizzo e-mail|ID partecipante (UPN)|Ruolo",
    "spells": "Nome|Ora di accesso|Ora di uscita|Durata|Indirizzo e-mail|Ruolo",
    "roles": ("Organizzatore", "Partecipante"),
}
ENGLISH: Final = {
    "parts": ("1. Summary", "2. Participants", "3. In-Meeting Activities"),
    "summary": ("Meeting title", "Attended participants", "Start time", "End time"),
    "people": "Name|First Join|Last Leave|In-Meeting Duration|Email|Participant ID (UPN)|Role",
    "spells": "Name|Join Time|Leave Time|Duration|Email|Role",
    "roles": ("Organizer", "Attendee"),
}
CALLS: Final = 6
GUEST: Final = "Ospite (esterno)"
Spell = tuple[str, str, dt.datetime, dt.datetime]


def meetings() -> Source:
    """The folder ``raw/meetings``."""
    data, source = filled(), Source("meetings", "teams", ABOUT, "email")
    online = [one for one in _known(data) if one["mode"] == "online" and one["source"] == "platform"]
    chosen = {str(one["pair_id"]): one for one in online}
    calls = [chosen[pair] for pair in sorted(chosen)][:CALLS]
    for number, one in enumerate(calls, start=1):
        words = ENGLISH if number > CALLS - 2 else ITALIAN
        _call(source, number, one, words)
    for name, why, begins in (("calls-it", "dmy", "presenze"), ("calls-en", "mdy", "attendance")):
        # both reports of a call that was started again belong into one import
        reports = [file for file in source.files if file.startswith(begins)]
        source.imports.append({"questionnaire": name, "files": reports})
        because = (
            "reports of an Italian account" if why == "dmy" else "two people have their Teams in English"
        )
        section = Section(name).put("identify", "email").put("dates", why, because)
        source.exports.append(section.columns({"person": "person"}).text())
        source.described.append(described(name, table="meetings"))
    _calendar(data, source)
    return source


def _known(data: Filled) -> list[dict[str, Any]]:
    """The meetings of the flagship with their people."""
    held = data.tables["meetings"].merge(data.tables["pairs"], on="pair_id")
    return [{str(k): v for k, v in row.items()} for row in held.astype(object).to_dict("records")]


def _start(one: dict[str, Any]) -> dt.datetime:
    """When a call began."""
    return dt.datetime.combine(dt.date.fromisoformat(str(one["date"])), dt.time(14, 3, 20))


def _spells(number: int, one: dict[str, Any]) -> list[Spell]:
    """Who was there from when to when: both together as long as the flagship says."""
    mentor, mentee = (invented()[str(one[f"{role}_id"])] for role in ("mentor", "mentee"))
    begun, minutes = _start(one), dt.timedelta(minutes=int(one["minutes"]))
    early, late = dt.timedelta(minutes=3), dt.timedelta(minutes=2)
    spells: list[Spell] = [(mentor.name, mentor.email, begun - early, begun + minutes + late)]
    if number == 2:  # the line broke, and the senior came back
        middle, away = begun + minutes / 2, dt.timedelta(minutes=4)
        spells.append((mentee.name, mentee.email, begun, middle))
        spells.append((mentee.name, mentee.email, middle + away, begun + minutes + away))
        spells[0] = (mentor.name, mentor.email, begun - early, begun + minutes + away + late)
    else:
        address = mentee.email.upper() if number == 3 else mentee.email
        spells.append((mentee.name, address, begun, begun + minutes))
    if number == 4:
        spells.append((GUEST, "", begun + early, begun + 2 * early))
    return spells


def _call(source: Source, number: int, one: dict[str, Any], words: dict[str, Any]) -> None:
    """One attendance report; the fifth call was started again, so that it has two."""
    italian = words is ITALIAN
    spells, name = _spells(number, one), f"presenze-{number}.csv" if italian else f"attendance-{number}.csv"
    parts = [spells]
    if number == CALLS - 1:
        half = [(who, mail, a, a + (b - a) / 2) for who, mail, a, b in spells]
        rest = [(who, mail, a + (b - a) / 2, b) for who, mail, a, b in spells]
        parts = [half, rest]
    for place, some in enumerate(parts):
        file = name if place == 0 else name.replace(".csv", "-again.csv")
        text = _report(some, words)
        source.files[file] = codecs.BOM_UTF16_LE + text.encode("utf-16-le")
        rows = _spell_rows(text, words)
        about = "days with the day first" if italian else "days with the month first"
        decision = "dates: dmy" if italian else "dates: mdy"
        source.plant("ambiguous_dates", file, about, decision, rows=rows)
        if place == 0:
            about = "the report is UTF-16, as Teams writes it"
            source.plant("encoding", file, about, "none: the file says so itself", cells=1, seen="never")
    if number == 3:
        about = "an address in capitals"
        row = _spell_rows(_report(spells, words), words)[1]
        decision = "none: one spelling for all"
        source.plant("email_key", name, about, decision, rows=[row], seen="never")


def _spell_rows(text: str, words: dict[str, Any]) -> list[int]:
    """Lines of a report that say who came and went, guests apart."""
    lines = text.split("\n")
    first = lines.index(words["parts"][2]) + 3
    return [n for n in range(first, len(lines) + 1) if "@" in lines[n - 1]]


def _moment(at: dt.datetime, words: dict[str, Any]) -> str:
    """A moment as the account's country writes it."""
    if words is ITALIAN:
        return f"{at:%d/%m/%Y, %H:%M:%S}"
    return f"{at.month}/{at.day}/{at.year}, {at.hour % 12 or 12}:{at:%M:%S} {'PM' if at.hour > 11 else 'AM'}"


def _length(seconds: float) -> str:
    """A length as Teams writes it."""
    whole = int(seconds)
    hours = f"{whole // 3600}h " if whole >= 3600 else ""
    return f"{hours}{whole % 3600 // 60}m {whole % 60}s"


def _report(spells: list[Spell], words: dict[str, Any]) -> str:
    """A report with its three parts."""
    begun, ended = min(a for _, _, a, _ in spells), max(b for _, _, _, b in spells)
    people = dict.fromkeys((who, mail) for who, mail, _, _ in spells)
    told = ("Reverse mentoring", str(len(people)), _moment(begun, words), _moment(ended, words))
    summary = [f"{label}\t{text}" for label, text in zip(words["summary"], told, strict=True)]
    lines = [words["parts"][0], *summary, "", words["parts"][1], words["people"].replace("|", "\t")]
    for place, (who, mail) in enumerate(people):
        own = [(a, b) for name, _, a, b in spells if name == who]
        length = _length(sum((b - a).total_seconds() for a, b in own))
        times = [_moment(own[0][0], words), _moment(own[-1][1], words), length]
        lines.append("\t".join([who, *times, mail, mail, words["roles"][place > 0]]))
    lines += ["", words["parts"][2], words["spells"].replace("|", "\t")]
    for who, mail, a, b in spells:
        role = words["roles"][who != spells[0][0]]
        cells = [_moment(a, words), _moment(b, words), _length((b - a).total_seconds()), mail, role]
        lines.append("\t".join([who, *cells]))
    return "\n".join([*lines, ""])


def _calendar(data: Filled, source: Source) -> None:
    """Invitations: three that were kept, one with a date that was taken out, one refused, one cancelled, a holiday."""
    planned = [one for one in _known(data) if one["source"] == "calendar"]
    chosen = {str(one["pair_id"]): one for one in planned}
    kept = [chosen[pair] for pair in sorted(chosen)][:4]
    events = [_event(number, one) for number, one in enumerate(kept, start=1)]
    refused = dict(kept[0]) | {"date": "2024-05-14"}
    events.append(_event(5, refused, answer="DECLINED"))
    events.append(_event(6, dict(kept[1]) | {"date": "2024-05-15"}, extra=["STATUS:CANCELLED"]))
    series = dict(kept[2]) | {"date": "2024-05-06"}
    # every second Monday, three times, of which the second was taken out and nobody answered the others
    rule = ["RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=3", "EXDATE:20240520T120320Z"]
    events.append(_event(7, series, answer="NEEDS-ACTION", extra=rule))
    day = ["BEGIN:VEVENT", "UID:8@example.org", "DTSTAMP:20240101T080000Z", "DTSTART;VALUE=DATE:20240425"]
    events.append([*day, "DTEND;VALUE=DATE:20240426", "SUMMARY:Festa", "END:VEVENT"])
    head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//example.org//calendar//IT"]
    lines = [*head, *(line for event in events for line in event), "END:VCALENDAR", ""]
    source.files["calendario.ics"] = "\r\n".join(lines).encode()
    entry = {"questionnaire": "calendar", "files": ["calendario.ics"], "source": "calendar"}
    source.imports.append(entry)
    section = Section("calendar").put("identify", "email")
    section.put("file", {"zone": "Europe/Rome"}, "the calendar writes world time; our clock is Rome's")
    source.exports.append("  calendar:\n" + section.columns({"person": "person"}).text())
    source.described.append(described("calendar", table="meetings"))


def _event(
    number: int, one: dict[str, Any], answer: str = "ACCEPTED", extra: list[str] | None = None
) -> list[str]:
    """One event, with the mentor as its organiser."""
    mentor, mentee = (invented()[str(one[f"{role}_id"])] for role in ("mentor", "mentee"))
    # in summer Rome is two hours ahead of world time, in winter one
    begun = _start(one)
    begun -= dt.timedelta(hours=2 if dt.date(2024, 3, 31) <= begun.date() < dt.date(2024, 10, 27) else 1)
    ended = begun + dt.timedelta(minutes=int(one["minutes"]))
    return [
        "BEGIN:VEVENT",
        f"UID:{number}@{DOMAIN}",
        "DTSTAMP:20240101T080000Z",
        f"DTSTART:{begun:%Y%m%dT%H%M%SZ}",
        f"DTEND:{ended:%Y%m%dT%H%M%SZ}",
        *(extra or []),
        "SUMMARY:Reverse mentoring",
        f"ORGANIZER;CN={mentor.name}:mailto:{mentor.email}",
        _invited(mentor, "ACCEPTED"),
        _invited(mentee, answer),
        "END:VEVENT",
    ]


def _invited(who: Invented, answer: str) -> str:
    """Somebody who was invited, over two lines as the format asks for."""
    line = f"ATTENDEE;CUTYPE=INDIVIDUAL;PARTSTAT={answer};CN={who.name}:mailto:{who.email}"
    return "\r\n ".join(line[n : n + 73] for n in range(0, len(line), 73))
