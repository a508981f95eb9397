"""Attendance reports of Teams: who was in a call, and from when to when.

The older report is text of UTF-16 with tabs: a row each time somebody joined and left. The newer has three
parts, *1. Summary*, *2. Participants*, *3. In-Meeting Activities*; the last says the same in rows. Words and
days are in the organiser's language. A call that is started again gets another report. Titles of calls and
names of people are passed over. Source: Microsoft Support, *Manage meeting attendance reports*.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rmstudy.errors import DataError, Problem
from rmstudy.readers.cells.moments import moment
from rmstudy.readers.files.sheets import Sheets, tidy
from rmstudy.readers.files.text import SEPARATORS, Row, decoded, records, shown
from rmstudy.readers.mapping import Form
from rmstudy.study.cells import folded

META = ("meeting", "date", "start", "end", "minutes", "status", "questionnaire")
COLUMNS: Final = ("meeting", "date", "start", "end", "minutes", "person", "status")

# Words of the headers, folded; in the order in which they are tried.
_HEADERS: Final = {
    "email": r"e-?mail.*|.*posta elettronica.*|.*courriel|.*messagerie|correo.*|adresse e-mail|indirizzo e-?mail",
    "upn": r".*\bupn\b.*|participant id|id partecipante|teilnehmer-id|id de participant.*|id\.? de participante",
    "role": r"role|ruolo|rolle|rol|funzione",
    "duration": r".*(duration|durata|dauer|duree|duracion).*",
    "action": r"user action|azione( dell'?)? ?utente|benutzeraktion|action de l'utilisateur|accion del usuario",
    "moment": r"timestamp|data e ora|zeitstempel|horodatage|marca de tiempo",
    "leave": r".*(leave|left|uscita|abbandono|verlass|depart|sortie|salida|abandono).*",
    "join": r".*(join|ingresso|accesso|partecipazione|entrata|beitritt|teilnahme|beigetreten|participation|connexion"
    r"|arrivee|union|entrada|incorporacion).*",
    "name": r"(full |vollstandiger )?name|nome( e cognome| completo)?|nom( complet)?|nombre( completo)?",
}
_FIRST: Final = re.compile(r".*\b(first|prim[oa]|erste[nrs]?|premiere?|primera?)\b.*")
_SECTION: Final = re.compile(r"\d\s*[.)]\s*\S.*")
_JOINED: Final = re.compile(r"join|acced|entra|unit|partecip|beig|beit|rejoi|connect|uni")
_LENGTH: Final = re.compile(
    r"(?:(?P<d>\d+)\s*(?:d|g|j|t)\w*\.?\s*)?(?:(?P<h>\d+)\s*(?:h|o|st)\w*\.?\s*)?(?:(?P<m>\d+)\s*m\w*\.?\s*)?"
    r"(?:(?P<s>\d+)\s*s\w*\.?)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Part:
    """One table of a report: where its columns are, and its rows."""

    places: dict[str, int]
    whole: bool
    rows: list[Row]

    def cell(self, cells: Sequence[str], column: str) -> str:
        """A cell by what it is; empty where the report does not have it."""
        place = self.places.get(column, len(cells))
        return cells[place].strip() if place < len(cells) else ""


def read(path: Path, form: Form) -> tuple[Sheets, list[Problem]]:
    """Read a report.

    Parameters
    ----------
    path : Path
        The report.
    form : Form
        Encoding and separator, where they have to be said.

    Returns
    -------
    sheets : Sheets
        A row each time somebody was there: ``person`` is the e-mail address, ``start`` and ``end`` as written.
    found : list of Problem
        People without an address, and times without an end.

    Raises
    ------
    DataError
        When it is no such report.

    Examples
    --------
    >>> read(Path("report.csv"), Form())
    Traceback (most recent call last):
    rmstudy.errors.DataError: report.csv: the file is not there. Say where it is.
    """
    text, found = decoded(path, form)
    file = shown(path)
    part = _chosen(_parts(text, form, file), file)
    rows: list[tuple[int, dict[str, str]]] = []
    nameless = endless = 0
    for row, cells in _spells(part):
        nameless += "person" not in cells
        endless += "end" not in cells
        if "person" in cells and "end" in cells:
            rows.append((row, {"meeting": "1", **cells, "status": cells.get("status", "there")}))
    if nameless:
        what = f"rows of people without an e-mail address, such as guests, left out: {nameless}"
        found.append(Problem(what, "", file, severity="to know"))
    if part.whole and "action" not in part.places:
        what = "only the first and the last time of each person, so minutes may be too many"
        found.append(Problem(what, "Download the whole report.", file, severity="to know"))
    if endless:
        what = f"times in the call without an end, left out: {endless}"
        found.append(Problem(what, "Download the report after the call.", file, severity="to decide"))
    return Sheets(file, COLUMNS, tuple(rows), META), found


def _parts(text: str, form: Form, file: str) -> list[_Part]:
    """The tables of a report, with the separator that shows any."""
    separators = [form.separator] if form.separator else sorted(SEPARATORS, key=lambda one: -text.count(one))
    for separator in separators:
        parts: list[_Part] = []
        for row, cells in records(text, separator, file, strict=False):
            places = _places(cells)
            if {"join", "leave"} <= places.keys() or {"action", "moment"} <= places.keys():
                head = folded(tidy(cells[places["join"]])) if "join" in places else ""
                parts.append(_Part(places, bool(_FIRST.fullmatch(head)), []))
            elif parts and (_SECTION.fullmatch(cells[0]) and not any(cells[1:])):
                parts.append(_Part({}, True, []))  # another section, perhaps of another kind
            elif parts:
                parts[-1].rows.append((row, cells))
        if any(part.places for part in parts):
            return [part for part in parts if part.places]
    return []


def _places(cells: Sequence[str]) -> dict[str, int]:
    """Which columns a row names, if it is a header."""
    places: dict[str, int] = {}
    for place, cell in enumerate(cells):
        name = folded(tidy(cell))
        if not name or len(name) > 60:
            continue
        kind = next((kind for kind, words in _HEADERS.items() if re.fullmatch(words, name)), None)
        if kind is not None:
            places.setdefault(kind, place)
    return places if "name" in places or "email" in places else {}


def _chosen(parts: list[_Part], file: str) -> _Part:
    """The part with every time that somebody came and went; otherwise the one with the first and the last."""
    filled = [part for part in parts if part.rows]
    if not filled:
        what = "not an attendance report of Teams, or nobody was there"
        next_step = "Download the report of the call (Attendance) as CSV, and do not edit it."
        raise DataError(Problem(what, next_step, file))
    part = next((one for one in filled if not one.whole), filled[0])
    if not {"email", "upn"} & part.places.keys():
        what = "the report has no e-mail addresses, and names are nobody's key"
        raise DataError(Problem(what, "Ask the organiser to download it.", file, rule="email_key"))
    return part


def _spells(part: _Part) -> list[tuple[int, dict[str, str]]]:
    """A row each time somebody was in the call."""
    if "action" in part.places:
        return _joined_and_left(part)
    found = []
    for row, cells in part.rows:
        one = _person(part, cells)
        start, end = (moment(part.cell(cells, column)) for column in ("join", "leave"))
        seconds = length_of(part.cell(cells, "duration"))
        one |= {"date": start.split(" ")[0], "start": start} if start else {}
        one |= {"end": end} if end else {}
        one |= {"minutes": f"{seconds / 60:g}"} if seconds is not None else {}
        if start:
            found.append((row, one))
    return found


def _person(part: _Part, cells: Sequence[str]) -> dict[str, str]:
    """Who a row is about, by address, and as what."""
    address = part.cell(cells, "email") or part.cell(cells, "upn")
    role = folded(part.cell(cells, "role"))
    one = {"person": address} if "@" in address else {}
    return one | ({"status": "organiser"} if role.startswith(("organi", "veranst")) else {})


def _joined_and_left(part: _Part) -> list[tuple[int, dict[str, str]]]:
    """The oldest report: a row when somebody joins, another when somebody leaves."""
    found: list[tuple[int, dict[str, str]]] = []
    here: dict[str, dict[str, str]] = {}
    for row, cells in part.rows:
        one, time = _person(part, cells), moment(part.cell(cells, "moment"))
        who = one.get("person", part.cell(cells, "name"))
        if _JOINED.search(folded(part.cell(cells, "action"))):
            if who not in here:
                here[who] = one | {"date": time.split(" ")[0], "start": time}
                found.append((row, here[who]))
        elif who in here:
            here.pop(who)["end"] = time
    return found


def length_of(text: str) -> int | None:
    """A length such as ``1h 2m 3s`` in seconds; None where it is none.

    Examples
    --------
    >>> length_of("1h 2m 3s"), length_of("1 h 2 min"), length_of("45 sec."), length_of("01:02:03")
    (3723, 3720, 45, 3723)
    """
    clock = re.fullmatch(r"(\d{1,3}):(\d{2}):(\d{2})", text.strip())
    if clock:
        return int(clock[1]) * 3600 + int(clock[2]) * 60 + int(clock[3])
    found = _LENGTH.fullmatch(text.strip())
    if not found or not any(found.groups()):
        return None
    days, hours, minutes, seconds = (int(found[unit] or 0) for unit in "dhms")
    return days * 86_400 + hours * 3600 + minutes * 60 + seconds
