"""An export of LimeSurvey: *CSV* or *Excel*, with answer codes or full answers.

Headings are question codes, codes with their questions, or the questions themselves (abbreviated or whole). A
part of an array is ``Q[SQ]`` or ``Q_SQ``, as the export was set; the text of an own answer is ``Q[other]``. A
sheet without ``submitdate`` was not finished; a survey that keeps no days writes 1980-01-01 there. A question
that was not shown is ``N/A``. Source: LimeSurvey manual, *Exporting results*.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from rmstudy.errors import Problem
from rmstudy.readers.files.sheets import Sheets, from_lines, tidy
from rmstudy.readers.files.text import read_lines, shown
from rmstudy.readers.mapping import Form
from rmstudy.study.cells import folded

META = (
    "id",
    "submitdate",
    "lastpage",
    "startlanguage",
    "seed",
    "startdate",
    "datestamp",
    "ipaddr",
    "refurl",
    "token",
    "questionnaire",
)
NOTHING: Final = ("", "N/A")
UNDATED: Final = "1980-01-01"
# LimeSurvey's own columns when the headings are words; without capitals and accents.
WORDS: Final = {
    "id": "response id|id risposta|id della risposta|antwort id|antwort-id|id de la reponse|id de respuesta",
    "submitdate": "date submitted|data invio|data di invio|data inviata|datum abgeschickt|abgeschickt am"
    "|datum der absendung|date de soumission|fecha de envio",
    "lastpage": "last page|ultima pagina|letzte seite|derniere page",
    "startlanguage": "start language|lingua iniziale|lingua di partenza|lingua di inizio|start-sprache"
    "|startsprache|langue de depart|langue initiale|idioma inicial",
    "seed": "seed|seme|zufallsstartwert|startwert|tete de serie|graine|semilla",
    "startdate": "date started|data di inizio|data inizio|datum gestartet|begonnen am|startdatum"
    "|date de lancement|date de debut|fecha de inicio",
    "datestamp": "date last action|data ultima azione|data dell'ultima azione|datum letzte aktivitat"
    "|datum der letzten aktion|date de la derniere action|fecha de la ultima accion",
    "ipaddr": "ip address|indirizzo ip|ip-adresse|adresse ip|direccion ip",
    "refurl": "referrer url|url di provenienza|url referrer|weiterleitungs-url|verweis-url|url referente",
    "token": "token|access code|codice di accesso|codice d'accesso|zugangscode|zugangsschlussel"
    "|code d'acces|codigo de acceso",
}
_OWN: Final = {word: code for code, words in WORDS.items() for word in words.split("|")}
_CODED: Final = re.compile(r"([A-Za-z][0-9A-Za-z_]*(?:\[[^\]]*\])*)\. (.*)", re.DOTALL)


def read(path: Path, form: Form) -> tuple[Sheets, list[Problem]]:
    """Read an export, and count the sheets that were not finished; they are kept.

    Raises
    ------
    DataError
        When the file is no table.
    """
    from rmstudy.readers.files.workbook import open_rows

    workbook = path.suffix.lower() == ".xlsx"
    lines, found = open_rows(path, form) if workbook else read_lines(path, form)
    file = shown(path)
    names, words = _names([tidy(name) for name in lines[0][1]] if lines else [])
    head = [(lines[0][0], names)] if lines else []
    sheets = from_lines([*head, *lines[1:]], file, nothing=NOTHING, repeated=True)
    sheets, finished = _finished(sheets)
    return Sheets(sheets.file, sheets.columns, sheets.rows, words=words), [*found, *finished]


def _names(heads: list[str]) -> tuple[list[str], dict[str, str]]:
    """Names of the columns, and the words of the questions where the headings hold both."""
    words: dict[str, str] = {}
    coded = [_CODED.fullmatch(head) for head in heads]
    if heads and all(coded):
        words = {one[1]: one[2] for one in coded if one}
        heads = [one[1] for one in coded if one]
    own = [_OWN.get(folded(head), "") for head in heads]
    names = [
        code if code and own.count(code) == 1 and code not in heads else head
        for head, code in zip(heads, own, strict=True)
    ]
    return names, words


def _finished(sheets: Sheets) -> tuple[Sheets, list[Problem]]:
    """Sheets without days that were never kept, and how many were not finished."""
    found: list[Problem] = []
    if "submitdate" not in sheets.columns:
        return sheets, found
    missing = sum("submitdate" not in cells for _, cells in sheets.rows)
    if missing:
        what = f"sheets that were not finished, kept with the answers they have: {missing}"
        found.append(Problem(what, "", sheets.file, column="submitdate", severity="to know"))
    undated = sum(cells.get("submitdate", "").startswith(UNDATED) for _, cells in sheets.rows)
    if not undated:
        return sheets, found
    what = f"sheets whose day is 1980-01-01, because the survey keeps no days; left without a day: {undated}"
    found.append(Problem(what, "", sheets.file, column="submitdate", severity="to know"))
    rows = tuple(
        (row, {name: text for name, text in cells.items() if not _undated(name, text)})
        for row, cells in sheets.rows
    )
    return Sheets(sheets.file, sheets.columns, rows), found


def _undated(name: str, text: str) -> bool:
    """Whether a cell holds the day that stands for none."""
    return name in ("submitdate", "startdate", "datestamp") and text.startswith(UNDATED)


def same_name(column: str) -> str:
    """A column's name however the export writes its parts, and in whatever language its own columns are.

    Examples
    --------
    >>> same_name("leadership[le1]") == same_name("leadership_le1")
    True
    >>> same_name("ID risposta")
    'id'
    """
    name = tidy(column)
    return _OWN.get(folded(name)) or re.sub(r"\[([^\]]*)\]", r"_\1", name).casefold()
