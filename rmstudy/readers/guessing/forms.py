"""How a file is written, where it does not say so itself: proposed for a person to confirm."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from rmstudy.errors import DataError, Problem
from rmstudy.readers.files.sheets import Sheets
from rmstudy.readers.files.text import contents
from rmstudy.readers.mapping import Form

ENCODINGS: Final = ("cp1252", "mac-roman", "latin-1")
_USUAL: Final = re.compile("[àèéìòùÀÈÉÌÒÙáíóúñçäöüßÄÖÜâêîôûëïœ’“”–€]")
_HEADER: Final = re.compile(r"\{header: (\d+)\}")  # what a refused layout asks for

Read = Callable[[Path, Form], tuple[Sheets, list[Problem]]]


def told_form(path: Path, read: Read) -> tuple[Sheets, list[Problem], Form, str]:
    """Read a file, with the form that lets it be read.

    Parameters
    ----------
    path : Path
        The file.
    read : callable
        The reader of its source.

    Returns
    -------
    sheets, findings : Sheets, list of Problem
        What the reader gives.
    form : Form
        Empty where the file can be read as it is.
    why : str
        The reason, for the comment in the mapping.

    Raises
    ------
    DataError
        When no form that could be proposed lets it be read.

    Examples
    --------
    >>> from rmstudy.readers import page
    >>> told_form(Path("answers.csv"), page.read)
    Traceback (most recent call last):
    rmstudy.errors.DataError: answers.csv: the file is not there. Say where it is.
    """
    form, why = Form(), list[str]()
    while True:
        refused: DataError | None = None
        try:
            sheets, findings = read(path, form)
            problems = [problem for problem in findings if problem.severity == "refused"]
        except DataError as error:
            refused, problems = error, list(error.problems)
        better, reason = _better(path, form, problems)
        if better is not None:
            form = better
            why.append(reason)
        elif refused is not None:
            raise refused
        else:
            return sheets, findings, form, "; ".join(why)


def _better(path: Path, form: Form, problems: Sequence[Problem]) -> tuple[Form | None, str]:
    """A form that says what a refusal asks for, if that was not said yet."""
    header = next((found for one in problems if (found := _HEADER.search(one.next_step))), None)
    if header and form.header is None:
        reason = f"row {header[1]} looks like the header: look at the first rows"
        return form.model_copy(update={"header": int(header[1])}), reason
    if any("several sheets" in one.what for one in problems) and form.sheet is None:
        return _largest(path, form)
    if any(one.rule == "encoding" for one in problems) and form.encoding is None:
        return _encoding(path, form, problems)
    return None, ""


def _largest(path: Path, form: Form) -> tuple[Form | None, str]:
    """The sheet of a workbook with most cells."""
    from openpyxl import load_workbook

    from rmstudy.readers.files.archive import sound_archive
    from rmstudy.readers.files.workbook import open_rows

    book = load_workbook(sound_archive(path).fp, read_only=True)
    cells: dict[str, int] = {}
    for name in (str(one.title) for one in book.worksheets if one.sheet_state == "visible"):
        try:
            rows, _ = open_rows(path, form.model_copy(update={"sheet": name}))
        except DataError:
            continue
        cells[name] = sum(bool(cell) for _, line in rows for cell in line)
    if not cells:
        return None, ""
    best = max(cells, key=lambda name: cells[name])
    reason = f"the largest of {len(cells)} sheets: look whether it is the one"
    return form.model_copy(update={"sheet": best}), reason


def _encoding(path: Path, form: Form, problems: Sequence[Problem]) -> tuple[Form | None, str]:
    """The encoding in which the text makes most sense."""
    if any("UTF-16" in one.what for one in problems):
        return form.model_copy(update={"encoding": "utf-16"}), "every second byte is zero"
    raw = contents(path)
    letters = {name: _letters(raw, name) for name in ENCODINGS}
    best = max(ENCODINGS, key=lambda name: letters[name])
    if letters[best] <= 0:
        return None, ""
    reason = "the encoding in which most letters with accents make sense: look at some words with accents"
    return form.model_copy(update={"encoding": best}), reason


def _letters(raw: bytes, encoding: str) -> float:
    """Share of the characters outside ASCII that are usual in European languages."""
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        return 0.0
    unusual = [c for c in text if not c.isascii()]
    return len(_USUAL.findall(text)) / max(1, len(unusual))
