"""Rows of any file as rows of any table: one row of the file is one row of each table it has cells for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from rmstudy.errors import Problem
from rmstudy.readers.people.whose import OF_PEOPLE
from rmstudy.readers.placing.sheet import Sheet
from rmstudy.study.tables import TABLES

Values = dict[str, str]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table with the sheet it came from; made by the program where nobody wrote it."""

    sheet: Sheet
    said: Values
    made: bool = False


def tables_of(sheets: Sequence[Sheet]) -> tuple[dict[str, pd.DataFrame], list[Problem]]:
    """Tables whose rows are rows of files.

    Parameters
    ----------
    sheets : sequence of Sheet
        Rows with their people.

    Returns
    -------
    tables : dict of str to DataFrame
        Only those that have rows; the dictionary's columns first, sorted by their key.
    problems : list of Problem
        Cells that a table needs and that are empty, and rows that claim to be the same thing.
    """
    rows: dict[str, list[Row]] = {}
    for sheet in sheets:
        for table in sorted(sheet.tables):
            rows.setdefault(table, []).extend(Row(sheet, values) for values in _rows(sheet, table))
        applicant = sheet.sent.table == "profiles" and sheet.sent.role and "participants" not in sheet.tables
        if applicant and sheet.tables & {"profiles", "applications"}:
            values = {"person_id": sheet.person, "role": sheet.sent.role}
            rows.setdefault("participants", []).append(Row(sheet, values, made=True))
    tables: dict[str, pd.DataFrame] = {}
    problems: list[Problem] = []
    for table, some in rows.items():
        if not some:
            continue
        once = _once(some)
        problems += [*_empty(table, once), *_twice(table, once)]
        tables[table] = _frame(table, once)
    return tables, problems


def _rows(sheet: Sheet, table: str) -> Iterator[Values]:
    """The rows of a table that a row of a file makes; answers, profiles and logs in columns are made elsewhere."""
    said = {cell.rest: cell.value for cell in sheet.cells if cell.table == table and "." in cell.place}
    if table == "responses" or (table == "meeting_log" and "meeting_id" not in said):
        return
    if table == "profiles" and "attribute" not in said:
        return
    shared = {name: value for name, value in said.items() if "." not in name}
    if table in OF_PEOPLE:
        shared = {"person_id": sheet.person, **shared}
    if table == "participants" and sheet.sent.role:
        shared.setdefault("role", sheet.sent.role)
    if table == "meetings" and {"pair_id", "date"} <= shared.keys():
        shared.setdefault("meeting_id", f"{shared['pair_id']}-{shared['date']}")
    measures = [name.partition(".")[2] for name in said if "." in name]
    if table != "hr_outcomes" or not measures:
        yield shared
        return
    for measure in dict.fromkeys(measures):
        own = {
            name.partition(".")[0]: value for name, value in said.items() if name.partition(".")[2] == measure
        }
        yield shared | {"measure": measure} | own


def _once(rows: Sequence[Row]) -> list[Row]:
    """Rows without those the program made that are there already."""
    found = [row for row in rows if not row.made]
    seen = {frozenset(row.said.items()) for row in found}
    for row in rows:
        values = frozenset(row.said.items())
        if row.made and values not in seen:
            seen.add(values)
            found.append(row)
    return found


def _empty(table: str, rows: Sequence[Row]) -> list[Problem]:
    """Cells that the table needs."""
    needed = [name for name, column in TABLES[table].columns.items() if column.filled]
    return [
        Problem(
            f"the table {table} needs {name}, and the row has none",
            f"Complete the cell, give a column the place {table}.{name}, or say it under always.",
            row.sheet.file,
            row.sheet.row,
            _column(row, f"{table}.{name}"),
        )
        for row in rows
        for name in needed
        if not row.said.get(name)
    ]


def _column(row: Row, place: str) -> str:
    """The column of the file that goes to a place."""
    return next((column for column, to in row.sheet.export.columns.items() if to == place), "")


def _twice(table: str, rows: Sequence[Row]) -> list[Problem]:
    """Rows that claim to be the same thing as an earlier one."""
    key = TABLES[table].key
    first: dict[tuple[str | None, ...], Row] = {}
    problems = []
    for row in rows:
        one = tuple(row.said.get(name) for name in key)
        before = first.setdefault(one, row)
        if before is row or None in one:
            continue
        where = f"row {before.sheet.row}"
        where = where if before.sheet.file == row.sheet.file else f"{before.sheet.file}, {where}"
        what = f"the same {', '.join(key)} of {table} as in {where}"
        step = (
            "Say `keep` in the mapping (first, last or most_complete; order_by names the column that orders them), "
            "or take one out."
        )
        value = row.said.get(key[0])
        problems.append(
            Problem(what, step, row.sheet.file, row.sheet.row, key[0], value, rule="duplicate_person")
        )
    return problems


def _frame(table: str, rows: Sequence[Row]) -> pd.DataFrame:
    """Rows as a table: the columns of the dictionary that are there, then others by name, sorted by key."""
    names = {name for row in rows for name in row.said}
    columns = [name for name in TABLES[table].columns if name in names]
    columns += sorted(names - set(columns))
    frame = pd.DataFrame([row.said for row in rows], dtype=object).reindex(columns=columns)
    key = [name for name in TABLES[table].key if name in columns]
    return frame.sort_values(key, kind="stable", na_position="first", ignore_index=True) if key else frame
