"""An export of LimeSurvey: *CSV*, with question codes as headings and answer codes (or full answers).

A part of an array is ``Q[SQ]`` or ``Q_SQ``, as the export was set. A sheet without ``submitdate`` was not
finished. Source: LimeSurvey manual, *Exporting results*.
"""

from __future__ import annotations

import re
from pathlib import Path

from rmstudy.errors import Problem
from rmstudy.readers.mapping import Form
from rmstudy.readers.sheets import Sheets, from_table
from rmstudy.study.reading import read_table

META = (
    "id",
    "submitdate",
    "lastpage",
    "startlanguage",
    "seed",
    "startdate",
    "datestamp",
    "ipaddr",
    "refurl",
    "token",
    "questionnaire",
)


def read(path: Path, form: Form) -> tuple[Sheets, list[Problem]]:
    """Read an export, and count the sheets that were not finished; they are kept.

    Raises
    ------
    DataError
        When the file is no table.
    """
    sheets = from_table(read_table(path), path.name)
    found: list[Problem] = []
    missing = sum("submitdate" not in cells for _, cells in sheets.rows)
    if "submitdate" in sheets.columns and missing:
        what = f"sheets that were not finished, kept with the answers they have: {missing}"
        found.append(Problem(what, "", path.name, column="submitdate", severity="to know"))
    return sheets, found


def same_name(column: str) -> str:
    """A column's name however the export writes its parts.

    Examples
    --------
    >>> same_name("leadership[le1]") == same_name("leadership_le1")
    True
    """
    return re.sub(r"\[([^\]]*)\]$", r"_\1", column).casefold()
