"""An export of Qualtrics: *CSV*, with numeric values or with choice texts.

Three rows stand above the answers: the export tags, the questions, and the ImportIds. Previews and tests
are answers of the people who built the survey; they are left out, and counted. ``Finished`` says whether
somebody reached the end. Source: Qualtrics, *Understanding Your Dataset*.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from rmstudy.errors import DataError, Problem
from rmstudy.readers.mapping import Form
from rmstudy.readers.sheets import Sheets, from_table
from rmstudy.study.reading import read_table

META = (
    "StartDate",
    "EndDate",
    "Status",
    "IPAddress",
    "Progress",
    "Duration (in seconds)",
    "Finished",
    "RecordedDate",
    "ResponseId",
    "RecipientLastName",
    "RecipientFirstName",
    "RecipientEmail",
    "ExternalReference",
    "LocationLatitude",
    "LocationLongitude",
    "DistributionChannel",
    "UserLanguage",
    "questionnaire",
)
# Status as text and as number.
PREVIEWS = ("survey preview", "survey test", "1", "2")
SPAM = ("spam", "survey preview spam", "8", "9")
UNFINISHED = ("false", "0")


def read(path: Path, form: Form) -> tuple[Sheets, list[Problem]]:
    """Read an export, and say what was left out.

    Raises
    ------
    DataError
        When the file is no table, or without its three header rows.
    """
    rows, found = cleaned(read_table(path), path.name)
    return from_table(rows, path.name), found


def cleaned(export: pd.DataFrame, file: str) -> tuple[pd.DataFrame, list[Problem]]:
    """Leave out the two further header rows, previews and tests; list them, spam and unfinished sheets.

    Parameters
    ----------
    export : DataFrame
        Text cells, with the line of each row in ``row``.
    file : str
        File name for the messages.

    Returns
    -------
    answers : DataFrame
        The rows of people.
    found : list of Problem
        What was left out, and what is to be looked at.

    Raises
    ------
    DataError
        When the three header rows are not there.
    """
    head = export.head(2)
    imports = head.tail(1).astype("string").apply(lambda column: column.str.contains("ImportId", regex=False))
    if len(head) < 2 or not imports.fillna(False).to_numpy().any():
        next_step = "Export it again as CSV (Data & Analysis, Export Data), and do not edit it in between."
        raise DataError(Problem("the three header rows of Qualtrics are not there", next_step, file, 1))
    rows = export.iloc[2:]
    found: list[Problem] = []
    status = _folded(rows, "Status")
    previews = status.isin(PREVIEWS)
    if previews.any():
        what = f"rows of previews and tests, left out: {int(previews.sum())}"
        found.append(Problem(what, "", file, column="Status", severity="to know"))
    rows = rows[~previews]
    for row in rows.loc[status[~previews].isin(SPAM), "row"]:
        what = "Qualtrics takes this sheet for spam"
        found.append(Problem(what, "Keep it, or delete the row.", file, row, "Status", severity="to decide"))
    unfinished = _folded(rows, "Finished").isin(UNFINISHED)
    if unfinished.any():
        what = f"sheets that were not finished, kept with the answers they have: {int(unfinished.sum())}"
        found.append(Problem(what, "", file, column="Finished", severity="to know"))
    return rows, found


def _folded(rows: pd.DataFrame, column: str) -> pd.Series[str]:
    """A column in small letters; empty where the export does not have it."""
    if column not in rows.columns:
        return pd.Series("", index=rows.index, dtype="object")
    return rows[column].fillna("").astype(str).str.strip().str.casefold()
