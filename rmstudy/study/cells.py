"""Checks inside one table: its columns, its cells, its keys, and that it holds no personal data."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors

from rmstudy.errors import Problem, Severity, closest
from rmstudy.study.reading import ROW
from rmstudy.study.tables import TABLES, Column, Kind, Table

NUMBER: Final = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_PATTERN: Final[dict[Kind, tuple[str, str]]] = {
    "number": (NUMBER, "is not a number (write 12.5, with a point)"),
    "count": (r"\d+", "is not a whole number"),
    "date": (r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", "is not a date written as 2024-03-31"),
}
_PERSONAL: Final = re.compile(
    r"^(name|full_?name|first_?name|last_?name|surname|e_?-?mail|phone|telephone|mobile|address|birth_?date|"
    r"date_of_birth|nome|cognome|nominativo|telefono|cellulare|indirizzo|data_di_nascita|codice_fiscale)$",
    re.IGNORECASE,
)
_EMAIL: Final = r"[^@\s]+@[^@\s]+\.[^@\s]+"


def table_problems(name: str, frame: pd.DataFrame, file: str) -> list[Problem]:
    """Check the columns and cells of one table, all failures at once.

    Parameters
    ----------
    name : str
        A key of `TABLES`.
    frame : DataFrame
        What `read_table` returned.
    file : str
        File name for the messages.
    """
    table = TABLES[name]
    problems = list(_column_problems(table, frame, file))
    present = {c: spec for c, spec in table.columns.items() if c in frame.columns}
    try:
        pa.DataFrameSchema({c: _schema(spec) for c, spec in present.items()}).validate(frame, lazy=True)
    except SchemaErrors as error:
        problems += _cell_problems(table, frame, file, error.failure_cases)
    if name != "responses":  # answers are compared one by one, whichever shape the table has
        problems += list(_repeated_keys(table, frame, file))
    problems += list(_personal_values(frame, file))
    return problems


def _schema(spec: Column) -> pa.Column:
    """One column as pandera checks it."""
    checks = []
    if spec.kind in _PATTERN:
        checks.append(pa.Check.str_matches(rf"^(?:{_PATTERN[spec.kind][0]})\Z", name=spec.kind))
    if spec.choices:
        checks.append(pa.Check.isin(spec.choices, name="choices"))
    return pa.Column(checks=checks, nullable=not spec.filled)


def _column_problems(table: Table, frame: pd.DataFrame, file: str) -> Iterator[Problem]:
    """Columns that lack, are misspelt, or have no place in a study."""
    found = [str(column) for column in frame.columns if column != ROW]
    unknown = [column for column in found if column not in table.columns]
    absent = [column for column in table.columns if column not in found]
    for column in absent:
        if table.columns[column].required:
            similar = closest(column, unknown)
            next_step = f"Rename {similar!r} to {column!r}." if similar else "Add it."
            yield Problem("a required column is missing", next_step, file, 1, column)
    optional = [column for column in absent if not table.columns[column].required]
    for column in unknown:
        if _PERSONAL.match(column):
            next_step = "Remove it: a study holds pseudonyms only."
            yield Problem("the column looks personal", next_step, file, 1, column)
        elif similar := closest(column, optional):
            severity: Severity = "to decide" if table.open else "refused"
            next_step = f"Did you mean {similar!r}?"
            yield Problem("unknown column", next_step, file, 1, column, severity=severity)
        elif not table.open:
            yield Problem("the column is not used", "", file, 1, column, severity="to know")


def _cell_problems(table: Table, frame: pd.DataFrame, file: str, failures: pd.DataFrame) -> Iterator[Problem]:
    """Pandera's failure cases as located problems."""
    failures = failures.dropna(subset="index")
    rows = frame.loc[failures["index"], ROW]
    for name, row, index in zip(failures["column"], rows, failures["index"], strict=True):
        column, spec = str(name), table.columns[str(name)]
        value = frame.loc[index, column]
        if pd.isna(value):
            yield Problem("the cell is empty", "Fill it in.", file, row, column)
        elif spec.choices:
            allowed = f"Allowed: {', '.join(spec.choices)}."
            yield Problem("not an allowed value", allowed, file, row, column, value)
        else:
            yield Problem(_PATTERN[spec.kind][1], "Correct it.", file, row, column, value)


def _repeated_keys(table: Table, frame: pd.DataFrame, file: str) -> Iterator[Problem]:
    """Rows that claim to be the same thing."""
    key = [column for column in table.key if column in frame.columns]
    if any(column not in key for column in table.key if table.columns[column].required):
        return  # a column of the key is missing or misspelt: rows only look alike
    again = frame[frame.duplicated(key, keep="first") & frame[key[0]].notna()]
    if again.empty:
        return
    first = frame.groupby(key, dropna=False)[ROW].transform("min").loc[again.index]
    for row, first_row, value in zip(again[ROW], first, again[key[0]], strict=True):
        what = f"the same {', '.join(key)} as in row {first_row}"
        yield Problem(what, "Keep one and remove the other.", file, row, key[0], value)


def _personal_values(frame: pd.DataFrame, file: str) -> Iterator[Problem]:
    """Cells that hold an e-mail address."""
    for column in frame.columns.drop(ROW):
        text = frame[column].dropna()
        found = text[text.str.contains(_EMAIL, regex=True).to_numpy(bool)]
        for row, value in zip(frame.loc[found.index, ROW], found, strict=True):
            next_step = "Use a pseudonym instead."
            yield Problem("the cell holds an e-mail address", next_step, file, row, str(column), value)


def folded(label: object) -> str:
    """A label without differences of case, accents, apostrophes and spaces."""
    text = unicodedata.normalize("NFKD", str(label)).replace("’", "'").casefold()
    return " ".join("".join(c for c in text if not unicodedata.combining(c)).split())
