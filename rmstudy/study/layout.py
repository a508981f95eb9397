"""Sheets that are laid out for reading: titles above, two header rows, merged cells, totals below."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import pandas as pd

from rmstudy.errors import Problem
from rmstudy.study.reading import ROW
from rmstudy.study.tables import TABLES
from rmstudy.study.written import MOJIBAKE, NUMBER, plain

RULE: Final = "sheet_layout"
UNNAMED: Final = r"(?:Unnamed: \d+(?:_level_\d+)?|)"
_TOTALS: Final = frozenset(
    (
        *("total", "totals", "grand total", "subtotal", "sub-total", "sum", "mean", "average", "count"),
        *(
            "totale",
            "totali",
            "totale generale",
            "totale complessivo",
            "subtotale",
            "somma",
            "media",
            "conteggio",
        ),
        *("gesamt", "summe", "mittelwert", "total général"),
    )
)
_DAY: Final = r"\d{4}-\d{2}-\d{2}"
_LOOKED_AT: Final = 200
_MOST_NUMBERS: Final = 0.8


def layout_problems(name: str, frame: pd.DataFrame, file: str) -> tuple[list[Problem], pd.DataFrame]:
    """Find what is no table in a sheet.

    Parameters
    ----------
    name : str
        A key of `TABLES`.
    frame : DataFrame
        What `read_table` returned.
    file : str
        File name for the messages.

    Returns
    -------
    problems : list of Problem
        What was found.
    frame : DataFrame
        The rows that are rows; empty of columns where the header is none.
    """
    columns = pd.Index([str(one) for one in frame.columns if one != ROW])
    unnamed = [one for one in columns if re.fullmatch(UNNAMED, one)]
    known = [one for one in TABLES[name].columns if one in columns]
    if len(unnamed) * 2 >= len(columns) > 1 and not known:
        what = "the first row is a title, not the header"
        if _is_header(frame, name):
            what += f" (the header stands in row {frame[ROW].iloc[0]})"
        step = "Remove what stands above the header (`header` in mapping.yml says where it is)."
        return [Problem(what, step, file, 1, rule=RULE)], frame.iloc[:0]
    problems = list(_unnamed_columns(frame, unnamed, file))
    frame = frame.drop(columns=unnamed)
    second = _second_header(name, frame)
    totals = _totals(name, frame) & ~second
    for row in frame.loc[second, ROW]:
        what = "a second header row: it names the columns again, or holds the questions"
        step = "Keep one header row, with the columns' names."
        problems.append(Problem(what, step, file, row, rule=RULE))
    for row in frame.loc[totals, ROW]:
        step = "Remove the row (`leave_out` in mapping.yml does so for a whole file)."
        problems.append(Problem("a row of totals, not of data", step, file, row, rule=RULE))
    kept = frame[~second & ~totals]
    return [*problems, *_damaged(kept, file)], kept.reset_index(drop=True)


def _unnamed_columns(frame: pd.DataFrame, unnamed: list[str], file: str) -> Iterator[Problem]:
    """Columns without a name that hold something; empty ones are only paper."""
    for column in unnamed:
        held = frame[frame[column].notna()]
        if len(held):
            position = list(frame.columns).index(column) + 1
            what = f"column {position} has no name, and {len(held)} cells are filled: merged cells in the header?"
            step = "Give every column its own name in the first row."
            yield Problem(what, step, file, 1, f"(column {position})", rule=RULE)


def _is_header(frame: pd.DataFrame, name: str) -> bool:
    """Whether the first row below the title names the table's columns."""
    if frame.empty:
        return False
    first = {plain(cell) for cell in frame.drop(columns=ROW).iloc[0].dropna()}
    return bool(first & set(TABLES[name].columns))


def _keys(name: str, frame: pd.DataFrame) -> list[str]:
    """Columns in which a row of totals, or a second header, shows: the first one and the key."""
    given = [str(one) for one in frame.columns if one != ROW]
    return list(dict.fromkeys([*given[:1], *(one for one in TABLES[name].key if one in given)]))


def _totals(name: str, frame: pd.DataFrame) -> pd.Series[bool]:
    """Rows whose first cell or key says that they are a total."""
    found = pd.Series(False, index=frame.index)
    for column in _keys(name, frame):
        kinds = frame[column].drop_duplicates().dropna().astype(str)
        kinds = kinds[~kinds.str.contains("[0-9]").to_numpy(bool)]  # no total is called by a figure
        wanted = [one for one in kinds if plain(one).rstrip(":.") in _TOTALS]
        if wanted:
            found |= frame[column].isin(wanted)
    return found


def _second_header(name: str, frame: pd.DataFrame) -> pd.Series[bool]:
    """Rows that repeat the header, and a first row that alone has words where all others have numbers."""
    found = pd.Series(False, index=frame.index)
    if frame.empty:
        return found
    for column in _keys(name, frame):
        found |= frame[column].eq(column).fillna(False).astype(bool)
    found |= frame[frame.columns[0]].astype(str).str.startswith('{"ImportId"').to_numpy(bool)
    rest = frame.iloc[1 : _LOOKED_AT + 1].drop(columns=ROW)
    first: dict[str, Any] = frame.iloc[0].drop(ROW).dropna().to_dict()
    if len(rest) < 3 or len(first) < 2:
        return found
    numeric = []
    for column, cell in first.items():
        given = rest[column].dropna().astype(str)
        # days count as numbers: no word belongs among them either
        if len(given) and given.str.fullmatch(rf"(?:{NUMBER})|{_DAY}").mean() >= _MOST_NUMBERS:
            numeric.append(str(cell))
    words = [cell for cell in numeric if not re.search(r"\d", cell) and len(cell) > 3]
    if len(numeric) >= 2 and len(words) >= _MOST_NUMBERS * len(numeric) and len(set(words)) == len(words):
        found.iloc[0] = True
    return found


def _damaged(frame: pd.DataFrame, file: str) -> Iterator[Problem]:
    """Cells whose accents were lost when a file was read in another encoding than its own."""
    for column in frame.columns.drop(ROW):
        text = frame[column].dropna().astype(str)
        text = text[
            ~text.str.isascii().to_numpy(bool)
        ]  # few have accents at all, and looking closer takes time
        hurt = text[text.str.contains(MOJIBAKE).to_numpy(bool)]
        for row in frame.loc[hurt.index, ROW]:
            what = "letters with accents were lost: the text was once read in another encoding"
            step = "Export the table again, as CSV UTF-8."
            yield Problem(what, step, file, row, str(column), rule="encoding")
