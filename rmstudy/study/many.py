"""One table with the people of many programmes."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from rmstudy.errors import DataError, Problem
from rmstudy.study.reading import ROW, read_table


def read_people(path: Path) -> pd.DataFrame:
    """Read a Parquet or CSV file of people, numbers as numbers.

    Parameters
    ----------
    path : Path
        A ``.parquet`` file, whose columns keep their types, or a ``.csv`` file, in which a column of nothing but
        numbers is one of numbers.

    Raises
    ------
    DataError
        When the file cannot be read as a table.
    """
    if path.suffix.lower() != ".parquet":
        table = read_table(path).drop(columns=[ROW])
        return pd.DataFrame({name: _numbers(values) for name, values in table.items()})
    try:
        return pd.read_parquet(path)
    except ImportError:
        what = "Parquet needs an extra package"
        raise DataError(Problem(what, "Install it: pip install 'rmstudy[readers]'.", path.name)) from None
    except (OSError, ValueError) as error:
        raise DataError(Problem(f"not a Parquet file ({error})", "Export it again.", path.name)) from None


def _numbers(values: pd.Series[str]) -> pd.Series[float] | pd.Series[str]:
    """A column of text as numbers, where all of it is."""
    found = pd.to_numeric(values, errors="coerce")
    lost = found.isna() & values.notna()
    return values if lost.any() or found.isna().all() else found.astype("float64")
