"""Files into tables of text.

Everything is read as text, so that nothing is converted before it is checked: an arm called "None"
stays an arm, and a leading zero stays in an id.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any, Final

import pandas as pd

from rmstudy.errors import DataError, Problem

ROW: Final = "row"


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
        separator = max(",;\t", key=first.count)
        header = next(csv.reader([first], delimiter=separator), [])
        frame = pd.read_csv(
            path,
            sep=separator,
            dtype=str,
            keep_default_na=False,
            na_values=[""],
            encoding="utf-8-sig",
            skip_blank_lines=False,
        )
    except UnicodeDecodeError:
        raise DataError(Problem("not UTF-8 text", "Save the file again as CSV UTF-8.", path.name)) from None
    except pd.errors.EmptyDataError:
        raise DataError(Problem("the file is empty", "Export it again.", path.name)) from None
    except (pd.errors.ParserError, csv.Error, ValueError) as error:
        what = str(error).strip().removeprefix("Error tokenizing data. C error: ")
        raise DataError(
            Problem(f"not a table: {what}", "Give every row the header's columns.", path.name)
        ) from None
    names = [name.strip() for name in header]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        what = f"the header has {twice[0]!r} more than once"
        raise DataError(Problem(what, "Give each column its own name.", path.name, 1, twice[0]))
    if first.lower().startswith("sep="):
        next_step = "Remove the first line; the header tells the separator."
        raise DataError(
            Problem("the file starts with a line for Excel", next_step, path.name, 1, value=first.strip())
        )
    if not isinstance(frame.index, pd.RangeIndex):
        raise DataError(Problem("rows have more cells than the header", "Mend the header.", path.name, 1))
    if frame.iloc[:, -1].isna().any():
        _refuse_short_rows(path, separator, len(header))
    return _stripped(frame)


def _refuse_short_rows(path: Path, separator: str, width: int) -> None:
    """Refuse rows with fewer cells than the header: pandas would fill them up in silence."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = enumerate(csv.reader(file, delimiter=separator), start=1)
        short = [number for number, row in rows if row and len(row) < width]
    if short:
        what = "fewer cells than the header"
        raise DataError([Problem(what, "Complete the row.", path.name, number) for number in short])


def _read_parquet(path: Path) -> pd.DataFrame:
    """Read a Parquet file and write its values as text."""
    try:
        frame = pd.read_parquet(path)
    except ImportError:
        what = "Parquet needs an extra package"
        raise DataError(Problem(what, "Install it: pip install 'rmstudy[readers]'.", path.name)) from None
    except (OSError, ValueError) as error:
        raise DataError(Problem(f"not a Parquet file ({error})", "Export it again.", path.name)) from None
    return _stripped(pd.DataFrame({name: _as_text(column) for name, column in frame.items()}))


def _as_text(column: pd.Series[Any]) -> pd.Series[str]:
    """Write a typed column as text; whole floats lose their point, days their midnight."""
    if pd.api.types.is_datetime64_any_dtype(column):
        column = column.dt.strftime("%Y-%m-%d")
    if pd.api.types.is_float_dtype(column) and (column.dropna() % 1 == 0).all():
        column = column.astype("Int64")
    return column.astype("string")


def _stripped(frame: pd.DataFrame) -> pd.DataFrame:
    """Cells without spaces around them; what is then empty is missing."""
    columns = {name: column.str.strip() for name, column in frame.items()}
    return pd.DataFrame({name: column.mask(column == "") for name, column in columns.items()})
