"""Text files as they come: which encoding, which separator, which rows; what is not certain is refused."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rmstudy.errors import DataError, Problem
from rmstudy.readers.mapping import Form

Row = tuple[int, list[str]]

LARGEST: Final = 100_000_000  # bytes
COLUMNS: Final = 16_384  # as many as a spreadsheet has
CELLS: Final = 10_000_000
SEPARATORS: Final = ",;\t|"
LOOKED_AT: Final = 50  # rows that are tried with each separator

# How files begin that are no text, and what to do with them.
_WORKBOOK: Final = "Name the file .xlsx and take the source excel, or save it as CSV UTF-8."
_AGAIN: Final = "Export it again as CSV UTF-8."
BINARY: Final = {
    b"PK\x03\x04": ("an archive or a workbook of Excel, not text", _WORKBOOK),
    b"\xd0\xcf\x11\xe0": ("an old or an encrypted workbook of Excel, not text", "Save it as CSV UTF-8."),
    b"%PDF": ("a PDF, not text", _AGAIN),
    b"\x1f\x8b": ("a compressed file, not text", "Unpack it first."),
    b"$FL": ("a file of SPSS, not text", "Take the source spss."),
    b"PAR1": ("a Parquet file, not text", "Name the file .parquet."),
    b"SQLite format 3": ("a database of SQLite, not text", "Take the source sql."),
    b"<!doctype": ("a web page, not text", _AGAIN),
    b"<html": ("a web page, not text", _AGAIN),
    b"<?xml": ("XML, not a table of text", _AGAIN),
}
_MARKS: Final = {b"\xef\xbb\xbf": "utf-8", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_NAMES: Final = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "cp1252": "cp1252",
    "latin-1": "latin-1",
    "mac-roman": "mac-roman",
}
# What makes a spreadsheet show 007 as it is.
_AS_TEXT: Final = re.compile(r'^="([^"]*)"$')
# UTF-8 that was once read as cp1252 and saved again: an è has become two characters.
_TWICE: Final = re.compile("[ÃÂ][\u0080-\u00bfŠšŽžŸŒœ€™š›–—‘’“”•…]|â€|(?<=[a-z])[ÃÂ]")


def read_lines(path: Path, form: Form) -> tuple[list[Row], list[Problem]]:
    """Read a text file with a header into rows of cells.

    Parameters
    ----------
    path : Path
        The file.
    form : Form
        Encoding, separator and row of the header, where they have to be said.

    Returns
    -------
    rows : list of (int, list of str)
        Header first; every row with its number as a spreadsheet shows it, and as many cells as the header.
        Empty rows are left out, but count.
    findings : list of Problem
        What is to be decided or known.

    Raises
    ------
    DataError
        When the text cannot be read for certain, or the rows do not fit the header.

    Examples
    --------
    >>> read_lines(Path("answers.csv"), Form())
    Traceback (most recent call last):
    rmstudy.errors.DataError: answers.csv: the file is not there. Say where it is.
    """
    text, findings = decoded(path, form)
    file = shown(path)
    text, told = _told(text)
    separator = form.separator or told or _separator(text, file, form.header or 1)
    rows = list(records(text, separator, file))
    wanted = form.header or (rows[0][0] if rows else 1)
    rows = [one for one in rows if one[0] >= wanted]
    if not rows or rows[0][0] != wanted:
        what, next_step = "the file is empty", "Export it again."
        if form.header:
            what, next_step = f"row {form.header} is no header: it is empty", "Correct header in the mapping."
        raise DataError(Problem(what, next_step, file, form.header))
    return _even(rows, file), [*findings, *_damaged(rows, file)]


def shown(path: Path) -> str:
    r"""The name of a file as a message may show it: in one line, without control characters, not too long.

    Examples
    --------
    >>> shown(Path("wave\n1.csv"))
    'wave?1.csv'
    """
    name = "".join(one if one.isprintable() else "?" for one in path.name)
    return name if len(name) <= 100 else f"{name[:80]}...{name[-15:]}"


def contents(path: Path, largest: int = LARGEST) -> bytes:
    """The bytes of a file that is one, may be read, and is not too large.

    Raises
    ------
    DataError
        Otherwise.
    """
    file = shown(path)
    try:
        if not path.exists():
            raise DataError(Problem("the file is not there", "Say where it is.", file))
        if not path.is_file():
            raise DataError(Problem("not a file", "Name the file itself.", file))
        size = path.stat().st_size
        if size > largest:
            what = f"the file is too large ({size // 1_000_000} MB; at most {largest // 1_000_000} MB)"
            raise DataError(Problem(what, "Export only the columns and rows that are needed.", file))
        return path.read_bytes()
    except OSError as error:
        what = f"the file cannot be read ({error.strerror or type(error).__name__})"
        raise DataError(Problem(what, "Put a file there that you may read.", file)) from None
    except ValueError:  # a NUL in the name
        raise DataError(Problem("not the name of a file", "Give it another name.", file)) from None


def decoded(path: Path, form: Form) -> tuple[str, list[Problem]]:
    """The text of a file, in the encoding that its mark or the mapping says, otherwise UTF-8.

    Raises
    ------
    DataError
        When it is no text, or not in that encoding; rule ``encoding``.
    """
    raw, file = contents(path), shown(path)
    if not raw.strip():
        raise DataError(Problem("the file is empty", "Export it again.", file))
    start = raw[:64].lstrip().lower()
    for begins, (what, next_step) in BINARY.items():
        if raw.startswith(begins) or (begins.startswith(b"<") and start.startswith(begins)):
            raise DataError(Problem(what, next_step, file))
    text = _text(raw, file, form.encoding)
    position = text.find("\x00")
    if position >= 0:
        what = "a NUL character, so the file is damaged or no text"
        row = text.count("\n", 0, position) + 1
        raise DataError(Problem(what, _AGAIN, file, row, rule="encoding"))
    return text, []


def _text(raw: bytes, file: str, said: str | None) -> str:
    """Bytes as text; refused where mark, mapping and bytes contradict each other."""
    marked = next((name for mark, name in _MARKS.items() if raw.startswith(mark)), None)
    if raw.startswith((b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")):
        raise DataError(Problem("UTF-32 text", _AGAIN, file, rule="encoding"))
    if marked and said and marked != said:
        what = f"the file says that it is {_NAMES[marked]}, the mapping that it is {_NAMES[said]}"
        raise DataError(Problem(what, "Take `encoding` out of the mapping.", file, rule="encoding"))
    name = marked or said or "utf-8"
    if not marked and name != "utf-16" and _is_utf16(raw):
        next_step = "Write `file: {encoding: utf-16}` in the mapping, or save the file as CSV UTF-8."
        raise DataError(Problem("UTF-16 text without its mark", next_step, file, 1, rule="encoding"))
    codec = {"utf-8": "utf-8-sig"}.get(name, name)
    if name == "utf-16" and not marked:
        codec = "utf-16-be" if raw[:1] == b"\x00" else "utf-16-le"
    try:
        text = raw.decode(codec)
    except UnicodeDecodeError as error:
        raise DataError(_unreadable(raw, error, file, name, said)) from None
    if name not in ("utf-8", "utf-16"):
        _refuse_wrong(raw, text, file, name)
    return text


def _is_utf16(raw: bytes) -> bool:
    """Whether nearly every second byte is zero, as in UTF-16 of a European language."""
    head = raw[:2000]
    zeros = max(head[::2].count(0), head[1::2].count(0))
    return len(head) >= 4 and zeros > 0.4 * len(head)


def _unreadable(raw: bytes, error: UnicodeDecodeError, file: str, name: str, said: str | None) -> Problem:
    """Where text is not in an encoding, and what to write."""
    at = error.start + (3 if raw.startswith(b"\xef\xbb\xbf") else 0)
    row = raw.count(b"\n", 0, at) + 1
    what = f"not {_NAMES[name]} text: line {row}, byte 0x{raw[at]:02X} at position {at + 1} of the file"
    next_step = "Correct `encoding` in the mapping, or save the file as CSV UTF-8."
    if said is None:
        next_step = (
            "Save the file as CSV UTF-8, or say what it is: `file: {encoding: cp1252}` in the mapping "
            "(Excel on Windows writes cp1252)."
        )
    return Problem(what, next_step, file, row, rule="encoding")


def _refuse_wrong(raw: bytes, text: str, file: str, name: str) -> None:
    """Refuse an encoding of single bytes, in which everything can be read, where the bytes say another one."""
    try:
        if raw.isascii():
            return
        raw.decode("utf-8")
    except UnicodeDecodeError:
        control = re.search("[\u0080-\u009f]", text) if name == "latin-1" else None
        if control is None:
            return
        what = "characters that latin-1 does not have"
        next_step, row = "Try `encoding: cp1252`.", text.count("\n", 0, control.start()) + 1
        raise DataError(Problem(what, next_step, file, row, rule="encoding")) from None
    what = f"the text is UTF-8, the mapping says that it is {name}"
    raise DataError(Problem(what, "Take `encoding` out of the mapping.", file, rule="encoding"))


def _told(text: str) -> tuple[str, str | None]:
    """Text without a first line such as ``sep=;``, which spreadsheets do not show, and the separator in it."""
    first = re.match(r"\"?sep=([,;\t|])\"?[ \t]*(?:\r\n|\n|\r)", text, re.IGNORECASE)
    return (text[first.end() :], first[1]) if first else (text, None)


def _separator(text: str, file: str, header: int) -> str:
    """The separator that the header tells; where several could be, the one that fits the rows below."""
    head = list(records(text, ",", file, only=header, strict=False))
    line = next((",".join(cells) for row, cells in head if row == header or header == 1), "")
    possible = [one for one in SEPARATORS if one in line]
    if len(possible) < 2:
        return possible[0] if possible else ","
    fits = {one: _fits(text, one, file, header) for one in possible}
    best = [one for one in possible if fits[one] == max(fits.values())]
    if len(best) != 1 or fits[best[0]] < 0.5:
        what = f"the separator cannot be told: {' or '.join(map(repr, best))}"
        next_step = "Say which in the mapping, such as `file: {separator: ';'}`."
        raise DataError(Problem(what, next_step, file, header))
    return best[0]


def _fits(text: str, separator: str, file: str, header: int) -> float:
    """The share of the rows below the header that a separator gives as many cells as the header, more than one."""
    rows = list(records(text, separator, file, only=header + LOOKED_AT, strict=False))
    widths = [len(cells) for row, cells in rows if row >= header]
    if not widths or widths[0] < 2:
        return 0.0
    return sum(width == widths[0] for width in widths[1:]) / max(1, len(widths) - 1)


def records(
    text: str, separator: str, file: str, *, only: int | None = None, strict: bool = True
) -> Iterator[Row]:
    r"""The filled rows of a text, with their numbers as a spreadsheet shows them.

    A cell with line breaks in quotes is one cell of one row.

    Raises
    ------
    DataError
        When a quote does not end, a cell or a row is too long, or there are too many cells.

    Examples
    --------
    >>> list(records('who,says\n\na,"two\nlines"\nb,one\n', ",", "answers.csv"))
    [(1, ['who', 'says']), (3, ['a', 'two\nlines']), (4, ['b', 'one'])]
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=strict)
    row, count = 0, 0
    try:
        for row, cells in enumerate(reader, start=1):
            count += len(cells)
            if len(cells) > COLUMNS or count > CELLS:
                what = f"more than {COLUMNS} columns" if len(cells) > COLUMNS else f"more than {CELLS} cells"
                raise DataError(Problem(what, "Export only the columns that are needed.", file, row))
            texts = [_AS_TEXT.sub(r"\1", cell.strip()) for cell in cells]
            if any(texts):
                yield row, texts
            if row == only:
                return
    except csv.Error as error:
        if "end of data" in str(error):
            what, next_step = "a quote does not end: the file may be cut off", "Export it again."
        elif "field limit" in str(error):
            what, next_step = "a cell is too long: a quote may be missing", "Mend the row."
        else:
            what, next_step = f"not a table: {error}", "Mend the row, or correct the separator."
        raise DataError(Problem(what, next_step, file, row + 1)) from None


def _even(rows: list[Row], file: str) -> list[Row]:
    """Rows as wide as the header; other widths are refused, unless only empty cells are too many."""
    width = len(rows[0][1])
    named = max((place for place, cell in enumerate(rows[0][1], start=1) if cell), default=0)
    if not any(any(cells[named:width]) for _, cells in rows):  # columns at the end without name and content
        width = named
    problems: list[Problem] = []
    even: list[Row] = []
    for row, cells in rows:
        if len(cells) < width:
            what = "fewer cells than the header"
            problems.append(Problem(what, "Complete the row, or export it again.", file, row))
        elif any(cells[width:]):
            what = "more cells than the header"
            problems.append(Problem(what, "Mend the row, or say the `separator`.", file, row))
        even.append((row, cells[:width]))
    if problems:
        raise DataError(problems)
    return even


def _damaged(rows: list[Row], file: str) -> list[Problem]:
    """Formulas, and characters that were lost or read in the wrong encoding before."""
    found: list[Problem] = []
    formulas = [row for row, cells in rows[1:] if any(cell.startswith(("=", "@")) for cell in cells)]
    if formulas:
        what = f"cells that a spreadsheet would take for formulas, read as text, rows: {len(formulas)}"
        step = "Look at them before anybody opens the file in a spreadsheet."
        found.append(Problem(what, step, file, formulas[0], severity="to decide"))
    next_step = (
        "Export it again from the tool itself; what is in answers that count is not to be mended here."
    )
    for what, pattern in (
        ("characters that were lost when the file was saved before", re.compile("\ufffd")),
        ("text that was saved in one encoding and read in another before", _TWICE),
    ):
        hits = [row for row, cells in rows if any(pattern.search(cell) for cell in cells)]
        if hits:
            what = f"{what}, rows: {len(hits)}"
            found.append(Problem(what, next_step, file, hits[0], severity="to decide", rule="encoding"))
    return found
