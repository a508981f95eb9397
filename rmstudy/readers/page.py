"""What our own page saves: one file a person, or many put together; a header and plain rows."""

from __future__ import annotations

from pathlib import Path

from rmstudy.errors import Problem
from rmstudy.readers.mapping import Form
from rmstudy.readers.sheets import Sheets, from_small_file

META = ("questionnaire", "lang")


def read(path: Path, form: Form) -> tuple[Sheets, list[Problem]]:
    """Answers as they are: the page saves nothing else.

    Raises
    ------
    DataError
        When the file is no table.
    """
    return from_small_file(path), []
