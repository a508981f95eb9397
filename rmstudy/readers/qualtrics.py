"""An export of Qualtrics: *CSV* or *TSV*, with numeric values or with choice texts.

Three rows stand above the answers: the tags, the questions, and the ImportIds. The ImportIds are the same in
every language of the account, so that a column of Qualtrics itself is known by them, whatever its tag.
Previews and tests are answers of the people who built the survey: they are left out, and counted.
``Finished``, or else ``Progress``, says whether somebody reached the end. The TSV is UTF-16. The older format
has two rows above the answers and no ImportIds; it is read where the ids of the answers show where they begin.
Source: Qualtrics, *Understanding Your Dataset* and *Data Export Formats*.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rmstudy.errors import DataError, Problem
from rmstudy.readers.files.sheets import Sheets, either, from_lines, tidy
from rmstudy.readers.files.text import Row, read_lines, shown
from rmstudy.readers.mapping import Form
from rmstudy.study.cells import folded

META = (
    "StartDate",
    "EndDate",
    "Status",
    "IPAddress",
    "Progress",
    "Duration (in seconds)",
    "Finished",
    "RecordedDate",
    "ResponseId",
    "ResponseSet",
    "RecipientLastName",
    "RecipientFirstName",
    "RecipientEmail",
    "ExternalReference",
    "LocationLatitude",
    "LocationLongitude",
    "DistributionChannel",
    "UserLanguage",
    "questionnaire",
)
IMPORTED: Final = {
    "startDate": "StartDate",
    "endDate": "EndDate",
    "status": "Status",
    "ipAddress": "IPAddress",
    "progress": "Progress",
    "duration": "Duration (in seconds)",
    "finished": "Finished",
    "recordedDate": "RecordedDate",
    "_recordId": "ResponseId",
    "recipientLastName": "RecipientLastName",
    "recipientFirstName": "RecipientFirstName",
    "recipientEmail": "RecipientEmail",
    "externalDataReference": "ExternalReference",
    "locationLatitude": "LocationLatitude",
    "locationLongitude": "LocationLongitude",
    "distributionChannel": "DistributionChannel",
    "userLanguage": "UserLanguage",
}
# The older format calls its own columns V1, V2 and so on, and says in the second row what they are.
OLDER: Final = {
    "ResponseID": "ResponseId",
    "ResponseSet": "ResponseSet",
    "Name": "RecipientLastName",
    "ExternalDataReference": "ExternalReference",
    "EmailAddress": "RecipientEmail",
} | {name: name for name in ("IPAddress", "Status", "StartDate", "EndDate", "Finished")}
# Status as number, and as text in the languages of the account; without capitals and accents.
PREVIEWS: Final = either(
    "1|2|9|17|survey preview|survey test|survey preview spam|offline survey preview|preview|test"
    "|anteprima sondaggio|anteprima del sondaggio|test sondaggio|test del sondaggio|anteprima indagine"
    "|umfragevorschau|umfragenvorschau|vorschau der umfrage|umfragetest|test der umfrage"
    "|apercu de l'enquete|apercu enquete|apercu du sondage|test de l'enquete|test du sondage"
    "|vista previa de la encuesta|vista previa de encuesta|prueba de la encuesta|prueba de encuesta"
    "|pre-visualizacao da pesquisa|visualizacao da pesquisa|teste da pesquisa"
)
SPAM: Final = either("8|12|40|spam|imported spam|ex spam|possible spam|possibile spam")
PEOPLE: Final = either(
    "0|4|16|32|48|ip address|imported|offline|offline survey|ex|ex offline"
    "|indirizzo ip|importato|importata|ip-adresse|importiert|adresse ip|importe|importee|direccion ip|importado"
    "|importada|endereco ip|ip-adres"
)
FINISHED: Final = either("true|1|vero|wahr|vrai|verdadero|verdadeiro|waar")
UNFINISHED: Final = either("false|0|falso|falsch|faux|onwaar")
_ANSWER: Final = re.compile(r"R_[0-9A-Za-z]{11,20}")


def read(path: Path, form: Form) -> tuple[Sheets, list[Problem]]:
    """Read an export, and say what was left out.

    Raises
    ------
    DataError
        When the file is no table, or it cannot be told where the answers begin.
    """
    rows, found = read_lines(path, form)
    file = shown(path)
    above, older = _above(rows, file)
    names = _names(rows, above)
    lines = [(rows[0][0], names), *rows[above:]]
    sheets = from_lines(lines, file)
    asked = [tidy(words) for words in rows[1][1]] if above > 1 and not _imports(rows[1][1]) else []
    words = {tidy(name): text for name, text in zip(names, asked, strict=False) if text and tidy(name)}
    kept, left_out = _people(sheets)
    return Sheets(file, sheets.columns, kept, words=words), [*found, *older, *left_out]


def _imports(cells: Sequence[str]) -> bool:
    """Whether a row holds ImportIds."""
    return any('"ImportId"' in cell for cell in cells)


def _above(rows: Sequence[Row], file: str) -> tuple[int, list[Problem]]:
    """How many rows stand above the answers.

    Raises
    ------
    DataError
        When neither ImportIds nor the ids of the answers tell it.
    """
    for above in (3, 2):
        if len(rows) >= above and _imports(rows[above - 1][1]):
            if above == 3:
                return above, []
            what = "the row with the questions is not there: the file was edited after the export"
            next_step = "Look whether anything else was changed."
            return above, [Problem(what, next_step, file, 2, severity="to know")]
    first = next((at for at, (_, cells) in enumerate(rows) if any(map(_ANSWER.fullmatch, cells))), None)
    if first in (1, 2):
        what = f"an older or edited export, with {first} of the three header rows; the answers begin in row"
        what = f"{what} {rows[first][0]}, where the first id of an answer stands"
        return first, [Problem(what, "Look whether the first sheet is there.", file, 1, severity="to know")]
    next_step = "Export it again as CSV (Data & Analysis, Export Data), and do not edit it in between."
    raise DataError(Problem("the three header rows of Qualtrics are not there", next_step, file, 1))


def _names(rows: Sequence[Row], above: int) -> list[str]:
    """Names of the columns: the tags, and those of Qualtrics itself as it calls them in English."""
    tags, second = [tidy(tag) for tag in rows[0][1]], rows[above - 1][1]
    if _imports(second):
        known = [IMPORTED.get(_import_id(cell), "") for cell in second]
    else:
        older = all(re.fullmatch(r"V\d+", tag) for tag in tags[:5])
        known = [OLDER.get(tidy(cell), "") if older else "" for cell in second]
    known += [""] * (len(tags) - len(known))
    # an embedded field may be called status as well: then neither takes the other's name
    return [
        name if name and name not in tags and known.count(name) == 1 else tag
        for tag, name in zip(tags, known, strict=True)
    ]


def _import_id(cell: str) -> str:
    """The ImportId of a column."""
    try:
        content = json.loads(cell)
    except (ValueError, RecursionError):
        return ""
    found = content.get("ImportId") if isinstance(content, dict) else None
    return found if isinstance(found, str) else ""


def _people(sheets: Sheets) -> tuple[tuple[tuple[int, dict[str, str]], ...], list[Problem]]:
    """The rows of people; previews and tests are left out, and counted with spam and unfinished sheets."""
    found: list[Problem] = []
    kept, previews, unfinished = [], [], 0
    unclear: dict[str, list[int]] = {"Status": [], "Finished": []}
    for row, cells in sheets.rows:
        if not cells:
            continue
        status = folded(cells.get("Status", ""))
        channel = folded(cells.get("DistributionChannel", ""))
        if status in PREVIEWS or channel in ("preview", "test"):
            previews.append(row)
            continue
        kept.append((row, cells))
        if status in SPAM:
            what, next_step = "Qualtrics takes this sheet for spam", "Keep it, or leave it out."
            found.append(
                Problem(what, next_step, sheets.file, row, "Status", severity="to decide", rule="test_rows")
            )
        elif status and status not in PEOPLE and not channel:
            unclear["Status"].append(row)
        reached = _finished(cells)
        unfinished += reached is False
        if reached is None:
            unclear["Finished"].append(row)
    if previews:
        what = f"rows of previews and tests, left out: {len(previews)}"
        problem = Problem(what, "", sheets.file, previews[0], "Status", severity="to know", rule="test_rows")
        found.insert(0, problem)
    if unfinished:
        what = f"sheets that were not finished, kept with the answers they have: {unfinished}"
        found.append(Problem(what, "", sheets.file, column="Finished", severity="to know"))
    return tuple(kept), [*found, *_unclear(unclear, sheets.file)]


def _finished(cells: dict[str, str]) -> bool | None:
    """Whether a sheet was finished; None when a word says it in a language that is not known."""
    said = folded(cells.get("Finished", ""))
    if said in FINISHED or said in UNFINISHED:
        return said in FINISHED
    progress = cells.get("Progress", "")
    if re.fullmatch(r"\d{1,3}", progress):
        return int(progress) >= 100
    return None if said else True


def _unclear(rows: dict[str, list[int]], file: str) -> list[Problem]:
    """Words of Qualtrics in a language that is not known: a person has to read them."""
    found: list[Problem] = []
    if status := rows["Status"]:
        what = "words for the status that are not known, so previews cannot be told from people, rows: "
        next_step = "Rows of previews: write their word under leave_out in the mapping, with column Status."
        what, rule = f"{what}{len(status)}", "test_rows"
        found.append(Problem(what, next_step, file, status[0], "Status", severity="to decide", rule=rule))
    if finished := rows["Finished"]:
        what = f"words that are not known, so it cannot be told who reached the end, rows: {len(finished)}"
        next_step = "Export it again with Progress, or with numeric values."
        found.append(Problem(what, next_step, file, finished[0], "Finished", severity="to decide"))
    return found
