"""Filled questionnaires of one file, whatever the source: a header, and a row a sheet with what was filled in."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd

from rmstudy.errors import DataError, Problem
from rmstudy.study.reading import ROW

# What the tools write where nothing was answered.
NOTHING: Final = ("", "N/A")


@dataclass(frozen=True, slots=True)
class Sheets:
    """The sheets of one file: its columns, and for each line the cells that are not empty."""

    file: str
    columns: tuple[str, ...]
    rows: tuple[tuple[int, dict[str, str]], ...]


def from_table(table: pd.DataFrame, file: str) -> Sheets:
    """Sheets of a table of text with its lines in ``row``.

    Examples
    --------
    >>> from_table(pd.DataFrame({"c1": ["3", None], "row": [2, 3]}), "answers.csv").rows
    ((2, {'c1': '3'}), (3, {}))
    """
    columns = tuple(str(name) for name in table.columns if name != ROW)
    cells = table[list(columns)].to_numpy(dtype=object)
    rows = [
        {
            name: text
            for name, value in zip(columns, line, strict=True)
            if (text := _text(value)) not in NOTHING
        }
        for line in cells
    ]
    return Sheets(file, columns, tuple(zip(map(int, table[ROW]), rows, strict=True)))


def _text(value: object) -> str:
    """A cell as text; nothing where it is missing."""
    return value.strip() if isinstance(value, str) else ""


def from_small_file(path: Path) -> Sheets:
    """Sheets of a small CSV file, of which there may be hundreds: read without a data frame.

    Raises
    ------
    DataError
        When the file is no such table.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline()
            file.seek(0)
            lines = list(csv.reader(file, delimiter=max(",;\t", key=first.count), strict=True))
    except UnicodeDecodeError:
        raise DataError(Problem("not UTF-8 text", "Save the file again as CSV UTF-8.", path.name)) from None
    except csv.Error as error:
        raise DataError(
            Problem(f"not a table: {error}", "Take the file as it was saved.", path.name)
        ) from None
    except OSError as error:
        what = f"the file cannot be read ({error.strerror or error})"
        raise DataError(Problem(what, "Put a file there that you may read.", path.name)) from None
    if not lines or not any(lines[0]):
        raise DataError(Problem("the file is empty", "Save it again.", path.name))
    columns = tuple(name.strip().lstrip("\ufeff") for name in lines[0])
    filled = [(number, line) for number, line in enumerate(lines[1:], start=2) if any(line)]
    problems = [
        Problem(
            "another number of cells than the header", "Take the file as it was saved.", path.name, number
        )
        for number, line in filled
        if len(line) != len(columns)
    ]
    if len(set(columns)) != len(columns):
        problems.append(Problem("the header has a column more than once", "Name each once.", path.name, 1))
    if problems:
        raise DataError(problems)
    rows = [
        (
            number,
            {
                name: cell.strip()
                for name, cell in zip(columns, line, strict=True)
                if cell.strip() not in NOTHING
            },
        )
        for number, line in filled
    ]
    return Sheets(path.name, columns, tuple(rows))
