"""How a file is written, where it does not say so itself: proposed for a person to confirm."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from rmstudy.errors import DataError
from rmstudy.readers.mapping import Form
from rmstudy.readers.text import contents, read_lines

ENCODINGS: Final = ("cp1252", "mac-roman", "latin-1")
_USUAL: Final = re.compile("[àèéìòùÀÈÉÌÒÙáíóúñçäöüßÄÖÜâêîôûëïœ’“”–€]")
_TEXT: Final = (".csv", ".tsv", ".txt", "")


def told_form(path: Path, source: str) -> tuple[Form, str]:
    """The form that lets a file be read, and why it is proposed.

    Parameters
    ----------
    path : Path
        The file.
    source : str
        The tool.

    Returns
    -------
    form : Form
        Empty where the file can be read as it is.
    why : str
        The reason, for the comment in the mapping.

    Examples
    --------
    >>> told_form(Path("answers.xlsx"), "microsoft")
    (Form(encoding=None, separator=None, sheet=None, header=None, query=None), '')
    """
    if path.suffix.lower() not in _TEXT:
        return Form(), ""
    why: list[str] = []
    form = Form()
    for _ in range(2):
        try:
            read_lines(path, form)
        except DataError as error:
            better, reason = _better(path, form, error)
            if better is None:
                break
            form = better
            why.append(reason)
        else:
            break
    return form, "; ".join(why)


def _better(path: Path, form: Form, error: DataError) -> tuple[Form | None, str]:
    """A form that says what the refusal asks for."""
    what = " ".join(problem.what for problem in error.problems)
    if any(problem.rule == "encoding" for problem in error.problems) and form.encoding is None:
        if "UTF-16" in what:
            return form.model_copy(update={"encoding": "utf-16"}), "every second byte is zero"
        raw = contents(path)
        letters = {name: _letters(raw, name) for name in ENCODINGS}
        best = max(ENCODINGS, key=lambda name: letters[name])
        if letters[best] > 0:
            reason = (
                "the encoding in which most letters with accents make sense: look at some words with accents"
            )
            return form.model_copy(update={"encoding": best}), reason
    return None, ""


def _letters(raw: bytes, encoding: str) -> float:
    """Share of the characters outside ASCII that are usual in European languages."""
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        return 0.0
    unusual = [c for c in text if not c.isascii()]
    return len(_USUAL.findall(text)) / max(1, len(unusual))
