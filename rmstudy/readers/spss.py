"""A file of SPSS (``.sav``, ``.zsav``): codes as values, labels and declared missing codes in the findings.

A row is a case, numbered as SPSS does. Codes that the file declares as missing are no answers; they are
counted by code. Source: IBM SPSS Statistics, *Missing values* and *Value labels*.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from rmstudy.errors import DataError, Problem, masked
from rmstudy.readers.files import sav
from rmstudy.readers.files.sheets import Sheets
from rmstudy.readers.files.text import contents, shown
from rmstudy.readers.files.typed import number_text
from rmstudy.readers.mapping import Form
from rmstudy.study.cells import folded

META = ("questionnaire",)
ROWS: Final = 1_000_000
SECONDS: Final = 300
SHOWN: Final = 12  # labels of one column
_CODECS: Final = {
    "cp1252": "WINDOWS-1252",
    "latin-1": "ISO-8859-1",
    "mac-roman": "MACINTOSH",
    "utf-8": "UTF-8",
}


def read(path: Path, form: Form) -> tuple[Sheets, list[Problem]]:
    """Read a file of SPSS.

    Parameters
    ----------
    path : Path
        The file.
    form : Form
        ``encoding``, where the file does not say its own rightly.

    Raises
    ------
    DataError
        When it is none, damaged, or cannot be read in its encoding.

    Examples
    --------
    >>> read(Path("wave1.sav"), Form())
    Traceback (most recent call last):
    rmstudy.errors.DataError: wave1.sav: the file is not there. Say where it is.
    """
    file = shown(path)
    if not contents(path).startswith((b"$FL2", b"$FL3")):
        raise DataError(Problem("not a file of SPSS (.sav or .zsav)", "Export it again.", file))
    if find_spec("pyreadstat") is None:
        what = "files of SPSS need an extra package"
        raise DataError(Problem(what, "Install it: pip install 'rmstudy[readers]'.", file))
    found = _from_child(path, form, file)
    columns = [str(name) for name in found["columns"]]
    if found["values"] and len(found["values"][0]) > ROWS:
        raise DataError(Problem(f"more than {ROWS} cases", "Export only those that are needed.", file))
    findings: list[Problem] = []
    texts: list[list[str]] = []
    for name, values in zip(columns, found["values"], strict=True):
        missing = Counter(
            _text(value) for value in values if _is_missing(value, found["missing"].get(name, []))
        )
        if missing:
            codes = ", ".join(f"{masked(code)} ({count} times)" for code, count in sorted(missing.items()))
            what = f"codes that the file declares as missing, read as no answer: {codes}"
            findings.append(Problem(what, "", file, column=name, severity="to know", rule="missing_code"))
        texts.append(["" if _text(value) in missing else _text(value) for value in values])
    labels = {name: {_text(code): text for code, text in found["labels"][name]} for name in found["labels"]}
    findings += list(_labelled(labels, file))
    rows = tuple(
        (case, {name: text for name, text in zip(columns, cells, strict=True) if text})
        for case, cells in enumerate(zip(*texts, strict=True), start=1)
    )
    return Sheets(file, tuple(columns), rows, (), found["words"], labels, found["widths"]), findings


def _from_child(path: Path, form: Form, file: str) -> dict[str, Any]:
    """What the process that reads the file says."""
    encoding = _CODECS.get(form.encoding or "", "")
    # -P: the folder of this package must not hide modules of the standard library
    command = [sys.executable, "-P", str(sav.__file__), str(path.resolve()), encoding, str(ROWS)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        what = f"the file could not be read in {SECONDS} seconds"
        raise DataError(Problem(what, "Export only the columns that are needed.", file)) from None
    said = done.stderr.decode("utf-8", "replace").casefold()
    if done.returncode == 0:
        try:
            return dict(json.loads(done.stdout))
        except ValueError:
            said = "damaged"
    if "convert string" in said or "unicodedecodeerror" in said or "character encoding" in said:
        what, next_step = (
            "text that is not in the encoding that the file says",
            "Say which it is: `file: {encoding: cp1252}` in the mapping.",
        )
        raise DataError(Problem(what, next_step, file, rule="encoding"))
    what = "the file is damaged or cut off"
    if "memoryerror" in said or "allocat" in said:
        what = "the file is damaged or too large"
    raise DataError(Problem(what, "Save it again in SPSS, or export it as CSV UTF-8.", file))


def _text(value: object) -> str:
    """A value as text."""
    if isinstance(value, float | int):
        return number_text(value)
    return "" if value is None else str(value)


def _is_missing(value: object, ranges: Sequence[Sequence[Any]]) -> bool:
    """Whether a value lies in a range that stands for no answer."""
    for low, high in ranges:
        if isinstance(value, str) and isinstance(low, str) and value.rstrip() == low.rstrip():
            return True
        numbers = [one for one in (value, low, high) if isinstance(one, float | int)]
        if len(numbers) == 3 and low <= value <= high:
            return True
    return False


def _labelled(labels: dict[str, dict[str, str]], file: str) -> Iterator[Problem]:
    """The labels of each column; those that could be names of people are not shown."""
    for name, words in labels.items():
        if not words:
            continue
        some = ", ".join(f"{code} = {_shown(text)}" for code, text in list(words.items())[:SHOWN])
        what = f"codes with labels, read as codes: {some}{', ...' if len(words) > SHOWN else ''}"
        yield Problem(what, "", file, column=name, severity="to know", rule="label_answers")


def _shown(label: str) -> str:
    """A label as a message may show it: every word with a capital letter could be a name."""
    words = label.split()
    if len(words) > 1 and any(word[:1].islower() or word[:1].isdigit() for word in words[1:]):
        shortened = label if len(label) <= 40 else label[:37] + "..."
        return masked(label) if "@" in label else repr(shortened)
    return masked(label)


def drift(files: Sequence[Sheets]) -> list[Problem]:
    """What the same column says differently in several files: labels, and widths that may cut ids.

    Parameters
    ----------
    files : sequence of Sheets
        The files of one import.

    Examples
    --------
    >>> first = Sheets("t0.sav", ("q1",), (), labels={"q1": {"1": "never", "5": "always"}})
    >>> then = Sheets("t1.sav", ("q1",), (), labels={"q1": {"1": "Always", "5": "Never"}})
    >>> [(one.file, one.column, one.severity) for one in drift([first, then])]
    [('t1.sav', 'q1', 'to decide')]
    """
    found: list[Problem] = []
    before: dict[str, Sheets] = {}
    for one in files:
        for column in one.columns:
            first = before.setdefault(column, one)
            if first is not one:
                found += list(_differences(first, one, column))
    return found


def _differences(first: Sheets, then: Sheets, column: str) -> Iterator[Problem]:
    """How one column differs in two files."""
    old, new = first.labels.get(column, {}), then.labels.get(column, {})
    changed = [code for code in old if code in new and folded(old[code]) != folded(new[code])]
    if changed:
        some = ", ".join(changed[:SHOWN])
        what = f"other labels than in {first.file} for the codes {some}"
        next_step = "Find out which codes mean the same, and write the answers of each file in the mapping."
        yield Problem(what, next_step, then.file, column=column, severity="to decide", rule="label_answers")
    lacking = [code for code in {**old, **new} if (code in old) != (code in new)]
    if old and new and lacking:
        what = f"other codes than in {first.file} have labels: {', '.join(lacking[:SHOWN])}"
        next_step = "Look whether the range of the scale is the same; if not, write `rescale` in the mapping."
        yield Problem(what, next_step, then.file, column=column, severity="to decide", rule="range_change")
    narrow, wide = sorted((first, then), key=lambda one: one.widths.get(column, 0))
    width = narrow.widths.get(column, 0)
    full = sum(len(cells.get(column, "").encode()) >= width for _, cells in narrow.rows)
    longer = any(len(cells.get(column, "").encode()) > width for _, cells in wide.rows)
    if width and full and longer:
        what = f"text that may be cut: {width} characters wide here, wider in {wide.file}; full cells: {full}"
        next_step = "Widen the variable in SPSS and fill it again."
        yield Problem(what, next_step, narrow.file, column=column, severity="to decide")
