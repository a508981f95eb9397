"""Files of rows: text with separators, and workbooks that are the same on every day."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

Cell = str | int | float | dt.date | None
_WRITTEN: Final = (2024, 9, 2, 9, 0, 0)
_NUMBERS_FROM: Final = dt.datetime(1899, 12, 30)
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"


def separated(rows: Sequence[Sequence[str]], separator: str = ",", quoted: bool = False) -> str:
    """Rows as text."""
    file = io.StringIO()
    quoting: Final = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    csv.writer(file, delimiter=separator, quoting=quoting, lineterminator="\n").writerows(rows)
    return file.getvalue()


@dataclass(frozen=True)
class Grid:
    """One sheet of a workbook: rows of cells, and ranges that are one merged cell."""

    name: str
    rows: Sequence[Sequence[Cell]]
    merged: Sequence[str] = ()


def workbook(*grids: Grid) -> bytes:
    """An ``.xlsx`` file, with a fixed date in it.

    Days and times become Excel's numbers with a date format, numbers stay numbers, text becomes shared strings.
    """
    strings: dict[str, int] = {}
    parts: dict[str, str] = {}
    for number, grid in enumerate(grids, start=1):
        parts[f"xl/worksheets/sheet{number}.xml"] = _sheet(grid, strings)
    parts = _frame(grids) | parts
    listed = "".join(f'<si><t xml:space="preserve">{escape(text)}</t></si>' for text in strings)
    parts["xl/sharedStrings.xml"] = f'{_HEAD}<sst xmlns="{_MAIN}">{listed}</sst>'
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as package:
        for name, text in parts.items():
            info = zipfile.ZipInfo(name, _WRITTEN)
            info.compress_type = zipfile.ZIP_DEFLATED
            package.writestr(info, text)
    return file.getvalue()


def unpacked(content: bytes) -> dict[str, bytes]:
    """The parts of a workbook: what two of them are compared by, whoever compressed them."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return {name: package.read(name) for name in package.namelist()}


def _sheet(grid: Grid, strings: dict[str, int]) -> str:
    """One sheet."""
    lines = []
    for row, cells in enumerate(grid.rows, start=1):
        given = "".join(_cell(f"{letters(at)}{row}", value, strings) for at, value in enumerate(cells))
        if given:
            lines.append(f'<row r="{row}">{given}</row>')
    one = "".join(f'<mergeCell ref="{place}"/>' for place in grid.merged)
    merged = f'<mergeCells count="{len(grid.merged)}">{one}</mergeCells>' if one else ""
    return f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>{"".join(lines)}</sheetData>{merged}</worksheet>'


def _cell(place: str, value: Cell, strings: dict[str, int]) -> str:
    """One cell; nothing where it is empty."""
    if value is None or value == "":
        return ""
    if isinstance(value, dt.datetime):
        return f'<c r="{place}" s="2"><v>{(value - _NUMBERS_FROM) / dt.timedelta(days=1):.8f}</v></c>'
    if isinstance(value, dt.date):
        return f'<c r="{place}" s="1"><v>{(value - _NUMBERS_FROM.date()).days}</v></c>'
    if isinstance(value, (int, float)):
        return f'<c r="{place}"><v>{value}</v></c>'
    number = strings.setdefault(re.sub(r"[\x00-\x08\x0b-\x1f]", "", value), len(strings))
    return f'<c r="{place}" t="s"><v>{number}</v></c>'


def letters(column: int) -> str:
    """The letters of a column, counted from 0.

    Examples
    --------
    >>> letters(0), letters(26)
    ('A', 'AA')
    """
    name = ""
    while column >= 0:
        name = chr(ord("A") + column % 26) + name
        column = column // 26 - 1
    return name


def _frame(grids: Sequence[Grid]) -> dict[str, str]:
    """What a workbook has around its sheets."""
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    overrides: Mapping[str, str] = {
        "/xl/workbook.xml": f"{kind}.sheet.main+xml",
        "/xl/styles.xml": f"{kind}.styles+xml",
        "/xl/sharedStrings.xml": f"{kind}.sharedStrings+xml",
        "/docProps/core.xml": "application/vnd.openxmlformats-package.core-properties+xml",
        **{f"/xl/worksheets/sheet{n}.xml": f"{kind}.worksheet+xml" for n in range(1, len(grids) + 1)},
    }
    types = "".join(f'<Override PartName="{name}" ContentType="{one}"/>' for name, one in overrides.items())
    sheets = "".join(
        f'<sheet name="{escape(grid.name)}" sheetId="{n}" r:id="rId{n}"/>'
        for n, grid in enumerate(grids, start=1)
    )
    targets = [("worksheet", f"worksheets/sheet{n}.xml") for n in range(1, len(grids) + 1)]
    targets += [("styles", "styles.xml"), ("sharedStrings", "sharedStrings.xml")]
    core = f"{_PACKAGE}/metadata/core-properties"
    day = "{:04d}-{:02d}-{:02d}T{:02d}:{:02d}:{:02d}Z".format(*_WRITTEN)
    return {
        "[Content_Types].xml": f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{types}</Types>',
        "_rels/.rels": _relations(
            [("officeDocument", "xl/workbook.xml")], f"{_PACKAGE}/relationships/metadata"
        ),
        "docProps/core.xml": f'{_HEAD}<cp:coreProperties xmlns:cp="{core}" '
        'xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f'<dcterms:created xsi:type="dcterms:W3CDTF">{day}</dcterms:created>'
        f'<dcterms:modified xsi:type="dcterms:W3CDTF">{day}</dcterms:modified></cp:coreProperties>',
        "xl/workbook.xml": f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{sheets}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _relations(targets),
        "xl/styles.xml": f'{_HEAD}<styleSheet xmlns="{_MAIN}"><fonts count="1"><font/></fonts><fills count="2">'
        '<fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border/></borders>'
        '<cellStyleXfs count="1"><xf/></cellStyleXfs>'
        '<cellXfs count="3"><xf/><xf numFmtId="14" applyNumberFormat="1"/><xf numFmtId="22" applyNumberFormat="1"/>'
        '</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
    }


def _relations(targets: Sequence[tuple[str, str]], core: str = "") -> str:
    """What belongs to what."""
    some = "".join(
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(targets, start=1)
    )
    if core:
        some += f'<Relationship Id="rIdCore" Type="{core}/core-properties" Target="docProps/core.xml"/>'
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{some}</Relationships>'
