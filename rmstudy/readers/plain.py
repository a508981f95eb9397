"""Any table with a header, the source ``csv``: CSV or TSV in any encoding that is said, or Parquet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rmstudy.errors import DataError, Problem
from rmstudy.readers.files.layout import as_sheets, layout_problems
from rmstudy.readers.files.outline import Outline
from rmstudy.readers.files.sheets import Sheets, from_lines
from rmstudy.readers.files.text import CELLS, COLUMNS, Row, contents, read_lines, shown
from rmstudy.readers.files.typed import value_text
from rmstudy.readers.mapping import Form

META = ("questionnaire",)


def read(path: Path, form: Form) -> tuple[Sheets, list[Problem]]:
    """Read a table as it is.

    Parameters
    ----------
    path : Path
        A text file, or a ``.parquet`` file.
    form : Form
        Encoding, separator and row of the header, where they have to be said.

    Raises
    ------
    DataError
        When it is no table, or its header has a name twice.

    Examples
    --------
    >>> read(Path("survey.csv"), Form())
    Traceback (most recent call last):
    rmstudy.errors.DataError: survey.csv: the file is not there. Say where it is.
    """
    if path.suffix.lower() == ".parquet":
        return from_lines(_parquet(path), shown(path)), []
    lines, found = read_lines(path, form)
    found = [*found, *layout_problems(lines, Outline(), shown(path), said=form.header is not None)]
    return as_sheets(lines, found, shown(path)), found


def _parquet(path: Path) -> list[Row]:
    """The rows of a Parquet file, the header as row 1."""
    raw, file = contents(path), shown(path)
    if not raw.startswith(b"PAR1"):
        raise DataError(Problem("not a Parquet file", "Export it again.", file))
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError:
        what = "Parquet needs an extra package"
        raise DataError(Problem(what, "Install it: pip install 'rmstudy[readers]'.", file)) from None
    try:
        source: Any = parquet.ParquetFile(pa.BufferReader(raw))
        about = source.metadata
        if about.num_columns > COLUMNS or about.num_rows * max(1, about.num_columns) > CELLS:
            what = f"more than {COLUMNS} columns or {CELLS} cells"
            raise DataError(Problem(what, "Export only the columns that are needed.", file))
        table = source.read()
        columns = [_column(field, table.column(place), file) for place, field in enumerate(table.schema)]
    except (pa.ArrowException, OSError, ValueError, OverflowError, MemoryError) as error:
        what = f"the Parquet file is damaged or cut off ({type(error).__name__})"
        raise DataError(Problem(what, "Export it again.", file)) from None
    names = [str(name) for name in table.schema.names]
    return [
        (1, names),
        *((row, list(cells)) for row, cells in enumerate(zip(*columns, strict=True), start=2)),
    ]


def _column(field: Any, column: Any, file: str) -> list[str]:
    """One column as text."""
    kind = str(field.type)
    if kind.startswith(("list", "struct", "map", "binary", "large_binary", "large_list", "fixed_size")):
        what, next_step = f"a column of {kind}, not of values", "Leave it out of the file."
        raise DataError(Problem(what, next_step, file, 1, str(field.name)))
    values = column.to_pylist()
    if kind in ("float", "halffloat"):  # as many digits as such a number has
        return ["" if value is None else value_text(float(f"{value:.7g}")) for value in values]
    return [value_text(value) for value in values]
