"""What lies in a sheet besides values: merged and hidden cells, filters, formulas; read as a stream."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from typing import Any, Final
from xml.etree.ElementTree import Element, iterparse

from rmstudy.errors import DataError, Problem
from rmstudy.readers.files.text import CELLS, COLUMNS

ROWS: Final = 1_048_576  # as many as a spreadsheet has
_SPACE: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_TOTALS: Final = re.compile(r"(SUM|SUBTOTAL|AVERAGE|COUNT|COUNTA|AGGREGATE)\(", re.IGNORECASE)

Range = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Outline:
    """A sheet without its values.

    Parameters
    ----------
    rows : int
        Last row with a value or a formula.
    merged : tuple of (left, top, right, bottom)
        Merged cells.
    hidden : tuple of int
        Rows that are hidden, by hand or by a filter.
    hidden_columns : int
        Columns that are hidden.
    formulas : int
        Cells with formulas.
    unknown : tuple of (int, str)
        Row and column of formulas without a value.
    summed : tuple of int
        Rows whose formulas sum up others.
    """

    rows: int = 0
    merged: tuple[Range, ...] = ()
    hidden: tuple[int, ...] = ()
    hidden_columns: int = 0
    formulas: int = 0
    unknown: tuple[tuple[int, str], ...] = ()
    summed: tuple[int, ...] = ()


class _Seen:
    """What a stream of cells has shown so far."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.row = self.last = self.count = self.place = self.formulas = self.hidden_columns = 0
        self.merged: list[Range] = []
        self.hidden: list[int] = []
        self.unknown: list[tuple[int, str]] = []
        self.summed: list[int] = []

    def begin_row(self, element: Element) -> None:
        """A row: its number, and whether it is hidden."""
        self.row = int(float(element.get("r") or self.row + 1))
        self.place = 0
        if not 0 < self.row <= ROWS:
            what = f"a row beyond the last row of a spreadsheet ({ROWS})"
            raise DataError(Problem(what, "Export it again.", self.file))
        if element.get("hidden") in ("1", "true"):
            self.hidden.append(self.row)

    def end_cell(self, element: Element) -> None:
        """A cell: its place, its formula, and whether it has a value."""
        name = element.get("r") or ""
        place = _column(name) or self.place + 1
        if place > COLUMNS:
            what = f"more than {COLUMNS} columns"
            raise DataError(Problem(what, "Export only the columns that are needed.", self.file, self.row))
        self.place, self.count = place, self.count + 1
        if self.count > CELLS:
            what = f"more than {CELLS} cells"
            raise DataError(Problem(what, "Export only the columns that are needed.", self.file, self.row))
        formula, value = element.find(f"{_SPACE}f"), element.find(f"{_SPACE}v")
        text = element.find(f"{_SPACE}is")
        if formula is None and text is None and (value is None or not value.text):
            return
        self.last = max(self.last, self.row)
        if formula is not None:
            self.formulas += 1
            if _TOTALS.match(formula.text or "") and self.row not in self.summed[-1:]:
                self.summed.append(self.row)
            if value is None or (not value.text and element.get("t") != "str"):
                self.unknown.append((self.row, re.sub(r"\d", "", name) or str(place)))


def outline(archive: zipfile.ZipFile, part: str, file: str) -> Outline:
    """Go through a sheet once, without keeping it.

    Parameters
    ----------
    archive : ZipFile
        The workbook.
    part : str
        Name of the sheet's part.
    file : str
        File name for the messages.

    Raises
    ------
    DataError
        When the sheet is larger than a spreadsheet can be.

    Examples
    --------
    >>> import io
    >>> row = '<row r="3"><c r="B3"><v>1</v></c></row>'
    >>> sheet = f'<worksheet xmlns="{_SPACE[1:-1]}"><sheetData>{row}</sheetData></worksheet>'
    >>> archive = zipfile.ZipFile(io.BytesIO(), "w")
    >>> archive.writestr("sheet.xml", sheet)
    >>> outline(archive, "sheet.xml", "staff.xlsx").rows
    3
    """
    seen = _Seen(file)
    with archive.open(part) as stream:
        rows: Element | None = None
        events: Any = iterparse(stream, events=("start", "end"))
        for event, element in events:
            if event == "start":
                if element.tag == f"{_SPACE}sheetData":
                    rows = element
                elif element.tag == f"{_SPACE}row":
                    seen.begin_row(element)
            elif element.tag == f"{_SPACE}c":
                seen.end_cell(element)
                element.clear()
            elif element.tag == f"{_SPACE}row" and rows is not None:
                rows.clear()
            elif element.tag == f"{_SPACE}mergeCell":
                seen.merged += _range(element.get("ref") or "")
            elif element.tag == f"{_SPACE}col" and element.get("hidden") in ("1", "true"):
                seen.hidden_columns += (
                    min(COLUMNS, int(element.get("max", 1))) - int(element.get("min", 1)) + 1
                )
    return Outline(
        seen.last,
        tuple(seen.merged),
        tuple(row for row in seen.hidden if row <= seen.last),
        seen.hidden_columns,
        seen.formulas,
        tuple(seen.unknown),
        tuple(seen.summed),
    )


def _column(name: str) -> int:
    """The number of a column from a cell's name; 0 where it has none."""
    letters = re.match(r"[A-Z]{1,7}", name)
    place = 0
    for letter in letters[0] if letters else "":
        place = place * 26 + ord(letter) - 64
    return place


def _range(name: str) -> list[Range]:
    """Merged cells such as B1:D1."""
    found = re.fullmatch(r"([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})", name)
    return [(_column(found[1]), int(found[2]), _column(found[3]), int(found[4]))] if found else []
