"""An export of Microsoft Forms: the *Excel* workbook of the answers.

The first columns are the form's own: number, start, completion, e-mail and name of whoever answered. A
statement of a Likert question is a column without its stem; a heading that occurs again gets a figure behind
it. Several answers stand in one cell, with semicolons. A quiz adds points and feedback to each question. A
form that is answered without signing in writes ``anonymous`` as the e-mail. Headings hold spaces that do not
break. Source: Microsoft Support, *Check and share your form results*.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from rmstudy.errors import Problem
from rmstudy.readers.cells.moments import moment
from rmstudy.readers.files.sheets import Sheets, either, from_lines, tidy
from rmstudy.readers.files.text import read_lines, shown
from rmstudy.readers.mapping import Form
from rmstudy.study.cells import folded

META = ("questionnaire",)
# The form's own columns in the languages of the account; without capitals and accents.
NUMBER: Final = frozenset(("id",))
START: Final = either("start time|ora di inizio|startzeit|heure de debut|hora de inicio")
END: Final = either(
    "completion time|ora di completamento|fertigstellungszeit|abschlusszeit|heure de fin"
    "|hora de finalizacion|hora de conclusao"
)
EMAIL: Final = either(
    "email|e-mail|posta elettronica|indirizzo di posta elettronica|adresse de messagerie|correo electronico"
    "|courriel"
)
NAME: Final = either("name|nome|nom|nombre")
CHANGED: Final = either(
    "last modified time|ora dell'ultima modifica|ora ultima modifica|uhrzeit der letzten anderung"
    "|zeitpunkt der letzten anderung|heure de la derniere modification|hora de la ultima modificacion"
)
OTHER: Final = either(
    "language|lingua|sprache|langue|idioma|total points|punti totali|totale punti|gesamtpunktzahl"
    "|total des points|puntos totales|quiz feedback|feedback sul quiz|feedback del quiz|quizfeedback"
    "|grade posted time|ora di pubblicazione del voto"
)
OWN: Final = NUMBER | START | END | EMAIL | NAME | CHANGED | OTHER
ANONYMOUS: Final = either("anonymous|anonimo|anonym|anonyme")
_MARK: Final = re.compile(
    r"(?:points?|punti|punteggio|punkte|puntos|feedback|commentaires?|comentarios)\s?[-–:]\s?(.+)",
    re.IGNORECASE | re.DOTALL,
)


def read(path: Path, form: Form) -> tuple[Sheets, list[Problem]]:
    """Read an export; what the form wrote of itself is told from the questions.

    Raises
    ------
    DataError
        When the file is no workbook, or no table.
    """
    from rmstudy.readers.files.workbook import open_rows

    text = path.suffix.lower() in (".csv", ".tsv", ".txt")
    lines, found = read_lines(path, form) if text else open_rows(path, form)
    sheets = from_lines(lines, shown(path), repeated=True)
    meta = _own(sheets.columns)
    nameless = [name for name in meta if folded(name) in EMAIL | NAME]
    moments = [name for name in meta if folded(name) in START | END | CHANGED]
    rows, anonymous = [], 0
    for row, cells in sheets.rows:
        nobody = [name for name in nameless if folded(cells.get(name, "")) in ANONYMOUS]
        anonymous += bool(nobody)
        kept = {name: text for name, text in cells.items() if name not in nobody}
        rows.append((row, kept | {name: moment(kept[name]) for name in moments if name in kept}))
    if anonymous:
        what = f"sheets that were sent without signing in, so their e-mail says nothing: {anonymous}"
        found = [*found, Problem(what, "", sheets.file, column=nameless[0], severity="to know")]
    return Sheets(sheets.file, sheets.columns, tuple(rows), meta), found


def _own(columns: tuple[str, ...]) -> tuple[str, ...]:
    """Columns that the form writes itself: those at the beginning, and points and feedback of a quiz."""
    own: list[str] = []
    for name in columns:
        if folded(name) not in OWN or folded(name) in map(folded, own):
            break
        own.append(name)
    asked = {same_name(name) for name in columns}
    own += [
        name for name in columns if (mark := _MARK.fullmatch(name)) and same_name(mark[1].strip()) in asked
    ]
    return tuple(own)


def same_name(column: str) -> str:
    r"""A question without differences that nobody sees, and without capitals.

    Examples
    --------
    >>> same_name("Start time\u00a0") == same_name("Start Time")
    True
    """
    return tidy(column).casefold()
