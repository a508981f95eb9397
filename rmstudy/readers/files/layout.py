"""Sheets that were laid out to be looked at: titles, second header rows, merged cells, totals, notes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from rmstudy.errors import DataError, Problem
from rmstudy.readers.files.outline import Outline
from rmstudy.readers.files.sheets import Sheets, from_lines
from rmstudy.readers.files.text import Row
from rmstudy.readers.mapping import Export
from rmstudy.readers.placing.stray import left_out
from rmstudy.study.cells import folded

RULE: Final = "sheet_layout"
_FIGURE: Final = re.compile(
    r"[-+]?[\d.,'’  ]*\d[\d.,'’  ]*\s*%?|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.*|TRUE|FALSE"
)
# What stands at the beginning of a row that sums up the others, folded.
_TOTALS: Final = re.compile(
    r"(grand |sub)?total[ei]?( (generale|complessivo|complessiva|parziale))?|totals|subtotale|somma|sum|media|average"
    r"|mean|conteggio|count|n\.? totale"
)
_FEW: Final = 3


def layout_problems(kept: Sequence[Row], plan: Outline, file: str, *, said: bool) -> list[Problem]:
    """What makes a sheet no plain table; each with the row that the mapping has to speak about.

    Parameters
    ----------
    kept : sequence of (int, list of str)
        Rows from the header on, of one width.
    plan : Outline
        Merged and summing cells.
    file : str
        File name for the messages.
    said : bool
        Whether the mapping says which row the header is.

    Examples
    --------
    >>> rows = [(1, ["id", "mood"]), (2, ["a1", "3"]), (3, ["a2", "5"]), (4, ["Total", "8"])]
    >>> print(*layout_problems(rows, Outline(), "staff.xlsx", said=False))
    staff.xlsx, row 4: a row of totals. Take it out, or leave it out in the mapping (`leave_out`).
    """
    problems = list(_merged(plan, kept[0][0], kept[-1][0], file))
    title = None if said else _title(kept, file)
    if title is not None:
        return [*problems, title]
    second = None if said else _second_header(kept, file)
    if second is not None:
        return [*problems, second, *_ends(kept, plan, file)]
    return [*problems, *_nameless(kept, file), *_ends(kept, plan, file)]


def _filled(cells: Sequence[str]) -> int:
    """How many cells of a row hold something."""
    return sum(map(bool, cells))


def _merged(plan: Outline, header: int, last: int, file: str) -> Iterator[Problem]:
    """Merged cells in or below the header, except names that reach down into it."""
    for left, top, right, bottom in plan.merged:
        if bottom < header or top > last or (left == right and bottom == header):
            continue
        row, what = max(top, header), f"merged cells: {letter(left)}{top} to {letter(right)}{bottom}"
        next_step = "Say which row is the header (`file: {header: 2}`), or separate them and fill each."
        yield Problem(what, next_step, file, row, letter(left), rule=RULE)


def _title(kept: Sequence[Row], file: str) -> Problem | None:
    """A row above the header that names the table instead of its columns."""
    width = max(_filled(cells) for _, cells in kept)
    if width < _FEW or _filled(kept[0][1]) > max(1, width // 3):
        return None
    row = next(number for number, cells in kept if _filled(cells) > width // 2)
    what, next_step = "the first row is no header", f"Say which is: `file: {{header: {row}}}` in the mapping."
    return Problem(what, next_step, file, kept[0][0], rule=RULE)


def _second_header(kept: Sequence[Row], file: str) -> Problem | None:
    """A second row of words above columns of figures, or one that completes the first."""
    if len(kept) < 4:
        return None
    first, (row, second), below = kept[0][1], kept[1], [cells for _, cells in kept[2:]]
    figures = [
        place
        for place in range(len(first))
        if (given := [cells[place] for cells in below if cells[place]]) and all(map(_FIGURE.fullmatch, given))
    ]
    words = [place for place in figures if second[place] and not _FIGURE.fullmatch(second[place])]
    completes = [place for place, name in enumerate(first) if not name and second[place]]
    if (len(words) >= 2 and len(words) == len([place for place in figures if second[place]])) or (
        completes and set(completes) <= set(words) and words
    ):
        what = "a second header row"
        next_step = f"Say which row names the columns: `file: {{header: {row}}}` in the mapping."
        return Problem(what, next_step, file, row, rule=RULE)
    return None


def _nameless(kept: Sequence[Row], file: str) -> Iterator[Problem]:
    """Columns that hold something, but have no name."""
    header, names = kept[0]
    for place, name in enumerate(names):
        if not name:
            row = next((number for number, cells in kept[1:] if cells[place]), None)
            if row is not None:
                what = f"a column without a name, filled in row {row}"
                yield Problem(what, "Name it in the header.", file, header, letter(place + 1), rule=RULE)


def _ends(kept: Sequence[Row], plan: Outline, file: str) -> Iterator[Problem]:
    """Rows that sum up the others, and a note below the table."""
    next_step = "Take it out, or leave it out in the mapping (`leave_out`)."
    rows = kept[1:]
    for row, cells in rows:
        first = next((cell for cell in cells if cell), "")
        if _TOTALS.fullmatch(folded(first).rstrip(" :")) or (row in plan.summed and not cells[0]):
            yield Problem("a row of totals", next_step, file, row, rule=RULE)
            return
    if len(rows) < _FEW:
        return
    (before, _), (row, last) = rows[-2], rows[-1]
    if not last[0] and _adds_up([cells for _, cells in rows[:-1]], last):
        yield Problem("a row of totals", next_step, file, row, rule=RULE)
    elif _filled(last) == 1 and _filled(kept[0][1]) >= _FEW and row > before + 1:
        yield Problem("a note below the table", next_step, file, row, rule=RULE)


def _adds_up(above: Sequence[Sequence[str]], last: Sequence[str]) -> bool:
    """Whether a figure of the last row is the sum of those above it."""
    for place, cell in enumerate(last):
        try:
            total, parts = float(cell), [float(cells[place]) for cells in above if cells[place]]
        except ValueError:
            continue
        if (
            len(parts) >= _FEW
            and len(set(parts)) > 1
            and abs(sum(parts) - total) <= 1e-9 * max(1.0, abs(total))
        ):
            return True
    return False


def as_sheets(lines: Sequence[Row], found: Sequence[Problem], file: str) -> Sheets:
    """Sheets of rows whose layout was looked at: where the header fails, the layout says why.

    Raises
    ------
    DataError
        When a column has no name, or two have the same.

    Examples
    --------
    >>> as_sheets([(1, ["id"]), (2, ["a1"])], [], "staff.xlsx").columns
    ('id',)
    """
    try:
        return from_lines(lines, file)
    except DataError as error:
        explained = [one for one in found if one.severity == "refused"]
        raise DataError(explained or error.problems) from None


def unexplained(
    problems: Sequence[Problem], sheets: Sheets, exports: Mapping[str, Export], name: str | None
) -> list[Problem]:
    """What was found in a file, without what stands in rows that the mapping leaves out.

    Examples
    --------
    >>> total = Problem("a row of totals", "", "staff.xlsx", 4, rule=RULE)
    >>> export = Export(columns={}, leave_out=({"column": "id", "values": ("Total",)},))
    >>> unexplained([total], Sheets("staff.xlsx", ("id",), ((4, {"id": "Total"}),)), {"staff": export}, None)
    []
    """
    chosen = [exports[name]] if name is not None and name in exports else list(exports.values())
    out = {row for row, cells in sheets.rows if any(left_out(cells, export) for export in chosen)}
    return [one for one in problems if not (one.severity == "refused" and one.row in out)]


def once(problems: Sequence[Problem]) -> list[Problem]:
    """Problems without a second one about the layout of the same row.

    Examples
    --------
    >>> total = Problem("a row of totals", "", "staff.xlsx", 4, rule=RULE)
    >>> len(once([total, Problem("the row looks like totals", "", "staff.xlsx", 4, rule=RULE)]))
    1
    """
    seen: set[tuple[str, int]] = set()
    kept: list[Problem] = []
    for one in problems:
        if one.rule == RULE and one.severity == "refused" and one.row is not None and "total" in one.what:
            if (one.file, one.row) in seen:
                continue
            seen.add((one.file, one.row))
        kept.append(one)
    return kept


def letter(place: int) -> str:
    """The letters of a column, as a spreadsheet shows them.

    Examples
    --------
    >>> letter(1), letter(28)
    ('A', 'AB')
    """
    letters = ""
    while place > 0:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
