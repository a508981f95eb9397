"""Filled questionnaires of one file, whatever the source: a header, and a row a sheet with what was filled in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import pandas as pd

from rmstudy.errors import DataError, Problem
from rmstudy.study.reading import ROW

NOTHING: Final = ("",)
# What tools put into a header without anybody seeing it.
_UNSEEN: Final = re.compile("[\ufeff\u200b\u200c\u200d\u2060\u00ad]")


@dataclass(frozen=True, slots=True)
class Sheets:
    """The sheets of one file: its columns, and for each line the cells that are not empty.

    Parameters
    ----------
    file : str
        Its name.
    columns : tuple of str
        Names of the columns, each once.
    rows : tuple of (int, dict)
        The number of each row as a spreadsheet shows it, and its filled cells.
    meta : tuple of str
        Columns that the tool itself wrote into this file, besides those it writes into every file.
    words : mapping of str to str
        What the file says of a column besides its name, such as the words of the question.
    labels : mapping of str to mapping of str to str
        What the file says of the codes in a column.
    widths : mapping of str to int
        How many bytes a column of text has room for, where the file says it.
    """

    file: str
    columns: tuple[str, ...]
    rows: tuple[tuple[int, dict[str, str]], ...]
    meta: tuple[str, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    widths: Mapping[str, int] = field(default_factory=dict)


def tidy(text: str) -> str:
    r"""Words without what nobody sees: marks, and more than one space, of whatever kind, between words.

    Examples
    --------
    >>> tidy("\ufeffI feel\u00a0 sure \n")
    'I feel sure'
    """
    return " ".join(_UNSEEN.sub("", text).split())


def either(words: str) -> frozenset[str]:
    """Words that a tool uses for one thing, divided by strokes.

    Examples
    --------
    >>> sorted(either("true|vero"))
    ['true', 'vero']
    """
    return frozenset(words.split("|"))


def same_name(column: str) -> str:
    r"""A column's name without differences that nobody sees.

    Examples
    --------
    >>> same_name("Start\u00a0time ") == same_name("Start time")
    True
    """
    return tidy(column)


def numbered(names: Iterable[str]) -> tuple[str, ...]:
    """Names of columns, the second of the same name with its number: two questions never become one.

    Examples
    --------
    >>> numbered(["Text", "Other", "Text"])
    ('Text', 'Other', 'Text (2)')
    """
    given = list(names)
    taken, found = set(given), []
    seen: dict[str, int] = {}
    for name in given:
        seen[name] = seen.get(name, 0) + 1
        number, one = seen[name], name
        while number > 1 and (one == name or one in taken):
            one, number = f"{name} ({number})", number + 1
        taken.add(one)
        found.append(one)
    return tuple(found)


def from_lines(
    lines: Sequence[tuple[int, Sequence[str]]],
    file: str,
    *,
    nothing: Sequence[str] = NOTHING,
    repeated: bool = False,
) -> Sheets:
    """Sheets of rows of cells, the header first.

    Parameters
    ----------
    lines : sequence of (int, sequence of str)
        Rows with their numbers.
    file : str
        File name for the messages.
    nothing : sequence of str
        What the tool writes where nothing was answered.
    repeated : bool
        Whether the tool may give two columns one name; the second is then called ``Name (2)``.

    Raises
    ------
    DataError
        When there is no header, a column with content has no name, or two have the same.

    Examples
    --------
    >>> from_lines([(1, ["c1", "c2"]), (3, ["3", ""])], "answers.csv").rows
    ((3, {'c1': '3'}),)
    """
    if not lines:
        raise DataError(Problem("the file is empty", "Export it again.", file))
    number, head = lines[0]
    names = [tidy(name) for name in head]
    problems = [
        Problem(
            f"column number {place + 1} has no name, and cells with content",
            "Name it, or take it out.",
            file,
            number,
            rule="sheet_layout",
        )
        for place, name in enumerate(names)
        if not name and any(len(cells) > place and cells[place].strip() for _, cells in lines[1:])
    ]
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if not repeated:
        problems += [
            Problem("the header has a column more than once", "Name each once.", file, number, name)
            for name in twice
        ]
    if problems:
        raise DataError(problems)
    kept = [place for place, name in enumerate(names) if name]
    columns = numbered(names[place] for place in kept)
    rows = [
        (
            row,
            {
                name: text
                for name, place in zip(columns, kept, strict=True)
                if (text := cells[place].strip() if place < len(cells) else "") not in nothing
            },
        )
        for row, cells in lines[1:]
    ]
    return Sheets(file, columns, tuple(rows))


def from_table(table: pd.DataFrame, file: str) -> Sheets:
    """Sheets of a table of text with its lines in ``row``.

    Examples
    --------
    >>> from_table(pd.DataFrame({"c1": ["3", None], "row": [2, 3]}), "answers.csv").rows
    ((2, {'c1': '3'}), (3, {}))
    """
    columns = [str(name) for name in table.columns if name != ROW]
    cells = [[_text(value) for value in line] for line in table[columns].to_numpy(dtype=object)]
    return from_lines([(1, columns), *zip(map(int, table[ROW]), cells, strict=True)], file)


def _text(value: object) -> str:
    """A cell as text; nothing where it is missing."""
    return value if isinstance(value, str) else ""
