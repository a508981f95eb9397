"""An export of Google Forms: the *CSV* of the form, or of the sheet that is linked to it.

The first column is the moment of sending, in the spelling of the account's country; the form itself writes
``2024/03/05 9:12:33 PM CET``. Headings are the questions, a row of a grid ``Question [Row]``. A question that
was changed gets a new column, perhaps with the same heading: the second is called ``Heading (2)``. Several
answers stand in one cell. Source: Google Docs Editors Help, *View and manage form responses*.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from rmstudy.errors import Problem
from rmstudy.readers.cells.moments import MOMENT, moment
from rmstudy.readers.files.sheets import Sheets, either, from_lines, tidy
from rmstudy.readers.files.text import read_lines, shown
from rmstudy.readers.mapping import Form
from rmstudy.study.cells import folded

META = ("questionnaire",)
SENT: Final = either(
    "timestamp|informazioni cronologiche|zeitstempel|horodateur|marca temporal|carimbo de data/hora"
    "|tijdstempel"
)
EMAIL: Final = either(
    "email address|username|indirizzo email|indirizzo e-mail|nome utente|e-mail-adresse|nutzername"
    "|adresse e-mail|nom d'utilisateur|direccion de correo electronico|nombre de usuario|endereco de e-mail"
    "|nome de usuario|e-mailadres|gebruikersnaam"
)
SCORE: Final = either("score|punteggio|punktzahl|puntuacion|pontuacao|note")
_SCORE: Final = re.compile(r"\d+(?:[.,]\d+)? / \d+(?:[.,]\d+)?")
_MARK: Final = re.compile(r"(.*) \[(?:score|feedback|punteggio|punktzahl|commentaires?)\]", re.IGNORECASE)


def read(path: Path, form: Form) -> tuple[Sheets, list[Problem]]:
    """Read an export; what the form wrote of itself is told from the questions.

    Raises
    ------
    DataError
        When the file is no table.
    """
    lines, found = read_lines(path, form)
    sheets = from_lines(lines, shown(path), repeated=True)
    meta = _own(sheets)
    first = sheets.columns[0]
    rows = tuple(
        (row, cells | {first: moment(cells[first])} if first in meta and first in cells else cells)
        for row, cells in sheets.rows
    )
    found += twice(lines[0][1], sheets)
    return Sheets(sheets.file, sheets.columns, rows, meta, {one: grid(one) for one in sheets.columns}), found


def _own(sheets: Sheets) -> tuple[str, ...]:
    """Columns that the form writes itself."""
    first = sheets.columns[0]
    given = [cells[first] for _, cells in sheets.rows if first in cells]
    own = [first] if folded(first) in SENT or (given and all(map(MOMENT.fullmatch, given))) else []
    for name in sheets.columns[:3]:
        if folded(name) in EMAIL:
            own.append(name)
        scores = [cells[name] for _, cells in sheets.rows if name in cells]
        if folded(name) in SCORE and scores and all(map(_SCORE.fullmatch, scores)):
            own.append(name)
    # of a quiz: a question's mark and comment, beside the question itself
    own += [name for name in sheets.columns if (of := _MARK.fullmatch(name)) and of[1] in sheets.columns]
    return tuple(dict.fromkeys(own))


def twice(heads: list[str], sheets: Sheets) -> list[Problem]:
    """Columns with one heading, which the mapping has to place each."""
    names = [tidy(head) for head in heads]
    again = [name for name in dict.fromkeys(names) if name and names.count(name) > 1]
    return [
        Problem(
            f"{names.count(name)} columns with the same heading; they are named by their order, the second "
            "with (2) behind it",
            "Place each in the mapping: a question that was changed is not always the same question.",
            sheets.file,
            1,
            name,
            severity="to know",
            rule="sheet_layout",
        )
        for name in again
    ]


def grid(column: str) -> str:
    """The words of a row of a grid; of any other column its own.

    Examples
    --------
    >>> grid("How often? [I ask for help]")
    'I ask for help'
    """
    found = re.fullmatch(r".+ \[(.+)\](?: \(\d+\))?", column, re.DOTALL)
    return found[1] if found else column


def same_name(column: str) -> str:
    """A question without differences that nobody sees, and without capitals.

    Examples
    --------
    >>> same_name("Indirizzo  Email") == same_name("indirizzo email")
    True
    """
    return tidy(column).casefold()
