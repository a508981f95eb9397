"""Files into tables of text.

Everything is read as text, so that nothing is converted before it is checked: an arm called "None"
stays an arm, and a leading zero stays in an id.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from rmstudy.errors import DataError, Problem

ROW: Final = "row"
COLUMNS: Final = 4_000
LARGE: Final = 1_000_000  # bytes; smaller files are read before a second reader is loaded


def read_table(path: Path) -> pd.DataFrame:
    """Read a CSV or Parquet file as text, with the line of each row in the column ``row``.

    Empty rows are left out, but they count as lines, as they do in a spreadsheet.

    Parameters
    ----------
    path : Path
        A ``.csv`` file (UTF-8; comma, semicolon or tab, told by the header) or a ``.parquet`` file.

    Raises
    ------
    DataError
        When the file cannot be read as a table.
    """
    try:
        frame = _read_parquet(path) if path.suffix.lower() == ".parquet" else _read_csv(path)
    except OSError as error:
        what = f"the file cannot be read ({error.strerror or error})"
        raise DataError(Problem(what, "Put a file there that you may read.", path.name)) from None
    frame.columns = frame.columns.map(lambda name: str(name).strip())
    frame[ROW] = range(2, len(frame) + 2)
    return frame[frame.drop(columns=ROW).notna().any(axis=1)].reset_index(drop=True)


def _read_csv(path: Path) -> pd.DataFrame:
    """Read a CSV file as text; an empty cell is missing, and nothing else is."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline()
        if "\x00" in first:
            raise DataError(_other_encoding(path))
        separator = max(",;\t", key=first.count)
        header = next(csv.reader([first], delimiter=separator), [])
        if len(header) > COLUMNS:
            what, next_step = f"more than {COLUMNS} columns", "Keep only those that the study needs."
            raise DataError(Problem(what, next_step, path.name, 1, rule="sheet_layout"))
        plain = _read_plain(path, separator, header) if path.stat().st_size >= LARGE else None
        frame = (
            plain
            if plain is not None
            else pd.read_csv(
                path,
                sep=separator,
                dtype=str,
                keep_default_na=False,
                na_values=[""],
                encoding="utf-8-sig",
                skip_blank_lines=False,
            )
        )
    except UnicodeDecodeError:
        raise DataError(_other_encoding(path)) from None
    except pd.errors.EmptyDataError:
        raise DataError(Problem("the file is empty", "Export it again.", path.name)) from None
    except (pd.errors.ParserError, csv.Error, ValueError) as error:
        what = str(error).strip().removeprefix("Error tokenizing data. C error: ")
        next_step = "Give every row the header's columns."
        raise DataError(Problem(f"not a table: {what}", next_step, path.name, rule="sheet_layout")) from None
    names = [name.strip() for name in header]
    if names.count("") > 1:
        what = "several columns have no name: two header rows, or merged cells"
        next_step = "Keep one header row, with a name in every column."
        raise DataError(Problem(what, next_step, path.name, 1, rule="sheet_layout"))
    twice = sorted(name for name, times in Counter(names).items() if times > 1)
    if twice:
        what = f"the header has {twice[0]!r} more than once"
        next_step = "Give each column its own name."
        raise DataError(Problem(what, next_step, path.name, 1, twice[0], rule="sheet_layout"))
    if first.lower().startswith("sep="):
        next_step = "Remove the first line; the header tells the separator."
        what = "the file starts with a line for Excel"
        raise DataError(Problem(what, next_step, path.name, 1, value=first.strip(), rule="sheet_layout"))
    if not isinstance(frame.index, pd.RangeIndex):
        what = "rows have more cells than the header"
        raise DataError(Problem(what, "Mend the header.", path.name, 1, rule="sheet_layout"))
    if plain is None and frame.iloc[:, -1].isna().any():
        _refuse_short_rows(path, separator, len(header))
    return _stripped(frame)


def _read_plain(path: Path, separator: str, names: list[str]) -> pd.DataFrame | None:
    """Read a large file with pyarrow, where that is there; None leaves it to pandas, and with it what is wrong.

    A file with quotes below its header, or an endless line, is left to pandas as well: the two do not read broken
    quotes alike.
    """
    try:
        import pyarrow as pa
        from pyarrow import csv as arrow
    except ImportError:
        return None
    data = path.read_bytes()
    quoted = data.find(b'"', data.find(b"\n")) >= 0 or data.count(b"\r") not in (0, data.count(b"\r\n"))
    ends = np.flatnonzero(np.frombuffer(data, dtype=np.uint8) == ord("\n"))
    endless = int(np.diff(ends, prepend=-1, append=len(data)).max()) > csv.field_size_limit()
    if quoted or endless or not all(names) or len(set(names)) < len(names):
        return None
    try:
        table = arrow.read_csv(
            pa.BufferReader(data),
            arrow.ReadOptions(column_names=names, skip_rows=1),
            arrow.ParseOptions(delimiter=separator, quote_char=False, ignore_empty_lines=False),
            arrow.ConvertOptions(
                column_types=dict.fromkeys(names, pa.large_string()),
                strings_can_be_null=True,
                null_values=[""],
            ),
        )
    except pa.ArrowInvalid:
        return None
    return pd.DataFrame({name: pd.Series(table[name], dtype="str") for name in names})


def _refuse_short_rows(path: Path, separator: str, width: int) -> None:
    """Refuse rows with fewer cells than the header: pandas would fill them up in silence."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = enumerate(csv.reader(file, delimiter=separator), start=1)
            short = [number for number, row in rows if row and len(row) < width]
    except csv.Error:
        what, next_step = "a cell is too long: a quote may be missing", "Mend the row."
        raise DataError(Problem(what, next_step, path.name, rule="sheet_layout")) from None
    if short:
        what = "fewer cells than the header"
        raise DataError(
            [Problem(what, "Complete the row.", path.name, number, rule="sheet_layout") for number in short]
        )


def _other_encoding(path: Path) -> Problem:
    """Say which encoding a file probably has that is not UTF-8, and on which line that shows."""
    data = path.read_bytes()
    line, probably = None, "UTF-16, what some programs call Unicode text"
    if not data.startswith((b"\xff\xfe", b"\xfe\xff")) and b"\x00" not in data[:1000]:
        line = data[: _first_bad_byte(data)].count(b"\n") + 1
        windows = re.search(rb"[\x80-\x9f]", data) is not None
        probably = "Windows-1252 (cp1252)" if windows else "Windows-1252 (cp1252) or Latin-1"
        if re.search(rb"[a-z][\x82\x85\x87\x8a\x8d\x95\x97]", data) and not re.search(rb"[\xe0-\xff]", data):
            probably = "an old DOS or Mac encoding (cp850, mac-roman)"
    what = f"the text is not UTF-8 but probably {probably}"
    next_step = "In the spreadsheet choose Save as, CSV UTF-8 (`encoding` in mapping.yml reads it as it is)."
    return Problem(what, next_step, path.name, line, rule="encoding")


def _first_bad_byte(data: bytes) -> int:
    """Where text stops being UTF-8."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start
    return len(data)


def _read_parquet(path: Path) -> pd.DataFrame:
    """Read a Parquet file and write its values as text."""
    try:
        frame = pd.read_parquet(path)
    except ImportError:
        what = "Parquet needs an extra package"
        raise DataError(Problem(what, "Install it: pip install 'rmstudy[readers]'.", path.name)) from None
    except (OSError, ValueError) as error:
        raise DataError(Problem(f"not a Parquet file ({error})", "Export it again.", path.name)) from None
    return pd.DataFrame({name: _as_text(column) for name, column in frame.items()})


def _as_text(column: pd.Series[Any]) -> pd.Series[str]:
    """Write a typed column as text; whole floats lose their point, days their midnight."""
    if not pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_datetime64_any_dtype(column):
        return _without_spaces(column.astype("string"))
    numbers, kinds = pd.factorize(column)  # of a million answers five differ
    different = pd.Series(kinds)
    if pd.api.types.is_datetime64_any_dtype(different):
        different = different.dt.strftime("%Y-%m-%d")
    if pd.api.types.is_float_dtype(different) and (different % 1 == 0).all():
        different = different.astype("Int64")
    return different.astype("string").reindex(numbers).set_axis(column.index)


def _stripped(frame: pd.DataFrame) -> pd.DataFrame:
    """Cells without spaces around them; what is then empty is missing."""
    return pd.DataFrame({name: _without_spaces(column) for name, column in frame.items()})


def _without_spaces(column: pd.Series[str]) -> pd.Series[str]:
    """One column of text, which stays as it is where no cell has spaces around it."""
    kinds = pd.Series(column.unique()).dropna()
    if (kinds.str.strip() == kinds).all() and not (kinds == "").any():
        return column
    stripped = column.str.strip()
    return stripped.mask(stripped == "")
