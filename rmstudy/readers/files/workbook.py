"""Workbooks of Excel as rows of text: one sheet, one header, values as the sheet holds them."""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from xml.etree.ElementTree import ParseError

from rmstudy.errors import DataError, Problem, nearest
from rmstudy.readers.files.archive import UNREADABLE, damaged, sound_archive
from rmstudy.readers.files.layout import layout_problems
from rmstudy.readers.files.outline import Outline, outline
from rmstudy.readers.files.text import CELLS, Row, shown
from rmstudy.readers.files.typed import value_text
from rmstudy.readers.mapping import Form

# What the package that reads workbooks raises on damaged ones.
BROKEN: Final = (
    *UNREADABLE,
    ParseError,
    AttributeError,
    IndexError,
    OverflowError,
    TypeError,
    AssertionError,
)
_PADDED: Final = re.compile(r"0{2,20}")


def open_rows(path: Path, form: Form) -> tuple[list[Row], list[Problem]]:
    """Read one sheet of a workbook.

    Parameters
    ----------
    path : Path
        A ``.xlsx`` file.
    form : Form
        ``sheet`` and ``header``, where they have to be said.

    Returns
    -------
    rows : list of (int, list of str)
        Header first; every row with its number, and as many cells as the header.
    findings : list of Problem
        What is to be known; and, refused, rows and cells that the mapping has to speak about: merged cells,
        a second header row, a row of totals, errors, formulas without a value (rule ``sheet_layout``).

    Raises
    ------
    DataError
        When the file is no sound workbook, or it is not said which sheet.

    Examples
    --------
    >>> open_rows(Path("staff.xlsx"), Form())
    Traceback (most recent call last):
    rmstudy.errors.DataError: staff.xlsx: the file is not there. Say where it is.
    """
    archive, file = sound_archive(path), shown(path)
    try:
        from openpyxl import load_workbook
    except ImportError:
        what = "workbooks need an extra package"
        raise DataError(Problem(what, "Install it: pip install 'rmstudy[readers]'.", file)) from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # drawings and the like that the package leaves out
            book = load_workbook(archive.fp, read_only=True, data_only=True, keep_links=False)
            sheet, plan, findings = _sheet(book, archive, form, file)
            rows, more = _read(sheet, plan, file)
    except BROKEN as error:
        raise damaged(file, error) from None
    header = form.header or (rows[0][0] if rows else 1)
    rows = _named_by_merges(rows, plan, header)
    kept = [one for one in rows if one[0] >= header]
    if not kept or kept[0][0] != header:
        what = f"the sheet is empty from row {header} on" if not kept else f"row {header} is empty"
        raise DataError(Problem(what, "Say `header` in the mapping, or export it again.", file, header))
    kept = _as_wide(kept)
    findings += layout_problems(kept, plan, file, said=form.header is not None)
    return kept, [*findings, *(one for one in more if one.row is None or one.row >= header)]


def _sheet(book: Any, archive: zipfile.ZipFile, form: Form, file: str) -> tuple[Any, Outline, list[Problem]]:
    """The sheet that is meant, what lies in it besides values, and what is to be known of the others."""
    sheets = {str(one.title): one for one in book.worksheets}
    hidden = [name for name, one in sheets.items() if one.sheet_state != "visible"]
    findings: list[Problem] = []
    if hidden:
        what = f"hidden sheets in the workbook: {len(hidden)}"
        findings.append(
            Problem(what, "Look whether they are meant to be handed on.", file, severity="to know")
        )
    if form.sheet is not None:
        if form.sheet not in sheets:
            raise DataError(Problem("no such sheet", nearest(form.sheet, sheets), file, value=form.sheet))
        one = sheets[form.sheet]
        return one, outline(archive, one._worksheet_path, file), findings
    seen = {
        name: plan
        for name, one in sheets.items()
        if name not in hidden
        for plan in (outline(archive, one._worksheet_path, file),)
        if plan.rows
    }
    if len(seen) != 1:
        what = f"the workbook has several sheets: {', '.join(map(repr, seen))}"
        next_step = "Say which in the mapping, such as `file: {sheet: NAME}`."
        if not seen:
            what, next_step = "the workbook has no sheet with anything in it", "Export it again."
        raise DataError(Problem(what, next_step, file))
    name = next(iter(seen))
    return sheets[name], seen[name], findings


def _read(sheet: Any, plan: Outline, file: str) -> tuple[list[Row], list[Problem]]:
    """Every filled row as text, and the cells that are errors or formulas."""
    sheet.reset_dimensions()  # what a file says about its own size is often wrong
    rows: list[Row] = []
    problems: list[Problem] = []
    shares: dict[str, int] = {}
    without_value = {row for row, _ in plan.unknown}
    count = 0
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        if number > plan.rows:
            break
        count += len(cells)  # with the empty ones before the last: few cells may be far to the right
        if count > CELLS:
            what = f"more than {CELLS} cells"
            raise DataError(Problem(what, "Export only the columns that are needed.", file, number))
        texts = [_text(cell) for cell in cells]
        for cell in cells:
            if isinstance(cell.value, float) and "%" in str(cell.number_format):
                shares.setdefault(cell.column_letter, number)
        problems += list(_errors(cells, number, file))
        if any(texts) or number in without_value:
            rows.append((number, texts))
    for row, column in plan.unknown:
        what = "a formula whose value was never calculated"
        next_step = "Open the workbook in Excel and save it, or paste the values."
        problems.append(Problem(what, next_step, file, row, column, rule="sheet_layout"))
    for column, row in shares.items():
        what = "shown with a per cent sign, read as the fraction that the sheet holds (12.5 % is 0.125)"
        problems.append(Problem(what, "", file, row, column, severity="to know", rule="decimal_comma"))
    problems += list(_to_know(plan, file))
    return rows, problems


def _errors(cells: tuple[Any, ...], row: int, file: str) -> Iterator[Problem]:
    """Cells such as #N/A."""
    for cell in cells:
        if cell.value is not None and cell.data_type == "e":
            next_step = "Correct the formula, or empty the cell."
            yield Problem("an error of the workbook", next_step, file, row, cell.column_letter, cell.value)


def _to_know(plan: Outline, file: str) -> Iterator[Problem]:
    """What is hidden, filtered or calculated: it is read like everything else."""
    for what, count in (
        ("rows that are hidden or filtered out, read like the others", len(plan.hidden)),
        ("columns that are hidden, read like the others", plan.hidden_columns),
        ("cells with formulas, taken as they were last calculated", plan.formulas - len(plan.unknown)),
    ):
        if count > 0:
            yield Problem(f"{what}: {count}", "", file, severity="to know", rule="sheet_layout")


def _text(cell: Any) -> str:
    """The value of a cell as text."""
    value = cell.value
    text = value_text(value)
    if isinstance(value, int | float) and text.isdigit():
        shape = str(cell.number_format or "")
        # a format of zeros alone is how ids are shown with their zeros
        return text.zfill(len(shape)) if _PADDED.fullmatch(shape) else text
    return text


def _named_by_merges(rows: list[Row], plan: Outline, header: int) -> list[Row]:
    """Names of columns that stand above the last header row, in a cell that reaches down into it."""
    cells = dict(rows)
    if header not in cells:
        return rows
    names = list(cells[header])
    for left, top, right, bottom in plan.merged:
        if left == right and top < header == bottom and top in cells and left <= len(cells[top]):
            names += [""] * (left - len(names))
            names[left - 1] = names[left - 1] or cells[top][left - 1]
    return [(row, names if row == header else texts) for row, texts in rows]


def _as_wide(rows: list[Row]) -> list[Row]:
    """Rows of one width: as wide as the last column with anything in it."""
    width = max(
        (place for _, texts in rows for place, text in enumerate(texts, start=1) if text),
        default=0,
    )
    return [(row, [*texts[:width], *[""] * (width - len(texts))]) for row, texts in rows]
