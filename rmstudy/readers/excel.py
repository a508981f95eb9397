"""An extract of a personnel system, the source ``excel``: a workbook, or a text file that is called one.

Such an extract has a row for each spell of employment, days that may be stored as numbers, and ids that have
lost their zeros. What follows from that is said; nothing is changed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from rmstudy.errors import Problem
from rmstudy.readers.files.layout import as_sheets, layout_problems
from rmstudy.readers.files.outline import Outline
from rmstudy.readers.files.sheets import Sheets
from rmstudy.readers.files.text import contents, read_lines, shown
from rmstudy.readers.files.workbook import open_rows
from rmstudy.readers.mapping import Form
from rmstudy.study.cells import folded

META = ("questionnaire",)
_ID: Final = re.compile(
    r"\b(matricola|id|codice|cod|badge|dipendente|employee|personnel|personale|personalnummer|staff|cid|pernr"
    r"|number|numero|nummer|person)\b"
)
_DAY: Final = re.compile(
    r"\b(data|date|da|day|giorno|inizio|fine|start|end|from|to|dal|al|hired?|assunzione|cessazione|leaving|entry|exit"
    r"|datum|eintritt|austritt)\b"
)
_LOST: Final = re.compile(r"#(N/A|N/D|RIF!|REF!|DIV/0!|VALUE!|VALORE!|NAME\?|NOME\?|NUM!|NULL!|NULLO!|####*)")
_ROUNDED: Final = re.compile(r"\d(?:[.,]\d+)?[eE]\+\d{2,}")
# Days that a number of Excel can mean in the working life of a person.
FIRST, LAST = 14_000, 60_000


def read(path: Path, form: Form) -> tuple[Sheets, list[Problem]]:
    """Read an extract.

    Parameters
    ----------
    path : Path
        A ``.xlsx`` file, or a text file.
    form : Form
        Sheet, header, encoding and separator, where they have to be said.

    Raises
    ------
    DataError
        When it is no table, or its header has a name twice.

    Examples
    --------
    >>> read(Path("staff.xlsx"), Form())
    Traceback (most recent call last):
    rmstudy.errors.DataError: staff.xlsx: the file is not there. Say where it is.
    """
    file = shown(path)
    if contents(path).startswith((b"PK", b"\xd0\xcf\x11\xe0")):
        lines, found = open_rows(path, form)
    else:
        lines, found = read_lines(path, form)
        found = [*found, *layout_problems(lines, Outline(), file, said=form.header is not None)]
        found += [
            Problem("an error of the workbook", "Empty the cell, or correct it.", file, row, name, cell)
            for row, cells in lines[1:]
            for name, cell in zip(lines[0][1], cells, strict=True)
            if _LOST.fullmatch(cell)
        ]
        if path.suffix.lower() in (".xls", ".xlsx"):
            what = "called a workbook, but text: read as such"
            found.append(Problem(what, "", file, severity="to know", rule="sheet_layout"))
    sheets = as_sheets(lines, found, file)
    for column in sheets.columns:
        found += list(_column(sheets, column))
    return sheets, found


def _column(sheets: Sheets, column: str) -> Iterator[Problem]:
    """What is to be known of one column."""
    given = [(row, cells[column]) for row, cells in sheets.rows if column in cells]
    name = folded(re.sub(r"[_./-]", " ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", column)))
    texts = [text for _, text in given]
    figures = all(text.isdecimal() for text in texts) and bool(texts)
    if _ID.search(name) and not _DAY.search(name):
        yield from _ids(texts, figures, sheets.file, column)
    elif _DAY.search(name) and figures and all(FIRST <= int(text) <= LAST for text in texts):
        row, text = given[0]
        windows = date(1899, 12, 30) + timedelta(days=int(text))
        mac = date(1904, 1, 1) + timedelta(days=int(text))
        what = f"numbers in a column of days: {text} would be {windows}, or {mac} in workbooks of old Macs"
        next_step = "Format the column as a date in Excel and save it; it is not guessed."
        yield Problem(what, next_step, sheets.file, row, column, severity="to decide", rule="ambiguous_dates")


def _ids(texts: list[str], figures: bool, file: str, column: str) -> Iterator[Problem]:
    """Ids that may have lost their zeros, and several rows of one."""
    lengths = Counter(map(len, texts))
    if figures and len(lengths) > 1 and not any(text.startswith("0") for text in texts):
        what = f"ids of {min(lengths)} to {max(lengths)} digits: zeros in front may be lost"
        next_step = f"If so, write `digits: {max(lengths)}` (or as many as they have) in the mapping."
        yield Problem(what, next_step, file, column=column, severity="to know")
    if figures and max(lengths) > 15:
        what = "numbers of more than 15 digits, which a spreadsheet does not keep"
        yield Problem(what, "Export the column as text.", file, column=column, severity="to decide")
    if any(_ROUNDED.fullmatch(text) for text in texts):
        what = "ids that a spreadsheet has made numbers such as 1.2E+12, so that digits are lost"
        yield Problem(what, "Export the column as text.", file, column=column, severity="to decide")
    again = sum(count > 1 for count in Counter(texts).values())
    if again:
        what = f"several rows of one id, as spells of employment have them: {again} ids"
        next_step = "Where only one may count, say which in the mapping (`keep`, `order_by`)."
        yield Problem(what, next_step, file, column=column, severity="to know")
