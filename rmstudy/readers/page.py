"""What our own page saves: one file a person, or many put together; a header and plain rows."""

from __future__ import annotations

from pathlib import Path

from rmstudy.errors import Problem
from rmstudy.readers.files.sheets import Sheets, from_lines
from rmstudy.readers.files.text import read_lines, shown
from rmstudy.readers.mapping import Form

META = ("questionnaire", "lang")


def read(path: Path, form: Form) -> tuple[Sheets, list[Problem]]:
    """Answers as they are: the page saves nothing else.

    Raises
    ------
    DataError
        When the file is no table.
    """
    rows, found = read_lines(path, form)
    return from_lines(rows, shown(path)), found
