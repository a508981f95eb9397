"""Checks inside one table: its columns, its cells, its keys, and that it holds no personal data."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors

from rmstudy.errors import Problem, Severity, closest
from rmstudy.study import written
from rmstudy.study.reading import ROW
from rmstudy.study.tables import TABLES, Column, Kind, Table
from rmstudy.wording import number

Array = npt.NDArray[np.bool_]
NUMBER: Final = written.NUMBER
_PATTERN: Final[dict[Kind, tuple[str, str]]] = {
    "number": (NUMBER, "is not a number (write 12.5, with a point)"),
    "count": (r"\d+", "is not a whole number"),
    "date": (r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", "is not a date written as 2024-03-31"),
}
_PERSONAL: Final = re.compile(
    r"^(name|full_?name|first_?name|last_?name|surname|e_?-?mail|phone|telephone|mobile|address|birth_?date|"
    r"date_of_birth|nome|cognome|nominativo|telefono|cellulare|indirizzo|data_di_nascita|codice_fiscale)$",
    re.IGNORECASE,
)
_FREE_TEXT: Final = re.compile(
    r"^(comments?|notes?|remarks?|free_?text|open_?(answer|text|question)\w*|feedback|commento|commenti|osservazioni|"
    r"annotazioni|testo_libero|altro_specificare|suggerimenti|suggestions?)$",
    re.IGNORECASE,
)
# Where a table says what its numbers mean, other numbers are none of them.
BOUNDS: Final[dict[tuple[str, str], tuple[float, float]]] = {
    ("applications", "motivation"): (1, 5),
    ("assignments", "probability"): (0, 1),
    ("meetings", "minutes"): (0, 1440),
    ("meeting_log", "talk_share_mentor"): (0, 100),
    ("meeting_log", "held_back"): (0, 4),
    ("meeting_log", "usefulness"): (0, 4),
    ("costs", "hours"): (0, 1e6),
    ("linkage", "similarity"): (0, 100),
}
# Texts in which a person explains something; the others hold a few words that repeat.
_COLUMN_OF_NAMES: Final = 3
_IN_WORDS: Final = frozenset(
    {("costs", "assumption"), ("decision_log", "before"), ("decision_log", "after"), ("decision_log", "who")}
)
# who reported, or set the agenda: a role. Whatever looks like a name there is one, even a single time.
_ROLES: Final = frozenset({("meetings", "reported_by"), ("meeting_log", "agenda_by")})
_EMAIL: Final = r"[^@\s]+@[^@\s]+\.[^@\s]+"


def table_problems(name: str, frame: pd.DataFrame, file: str) -> list[Problem]:
    """Check the columns and cells of one table, all failures at once.

    Parameters
    ----------
    name : str
        A key of `TABLES`.
    frame : DataFrame
        What `read_table` returned.
    file : str
        File name for the messages.
    """
    table = TABLES[name]
    problems = list(_column_problems(table, frame, file))
    present = {c: spec for c, spec in table.columns.items() if c in frame.columns}
    try:
        pa.DataFrameSchema({c: _schema(spec) for c, spec in present.items()}).validate(frame, lazy=True)
    except SchemaErrors as error:
        problems += _cell_problems(table, frame, file, error.failure_cases)
    if name != "responses":  # answers are compared one by one, whichever shape the table has
        problems += list(_repeated_keys(table, frame, file))
    problems += list(_personal_values(table, frame, file))
    problems += list(_coded_words(table, name, frame, file))
    problems += list(_written_numbers(name, frame, file))
    problems += list(_unlikely_days(table, frame, file))
    problems += list(_free_text(name, frame, file))
    return problems


def _schema(spec: Column) -> pa.Column:
    """One column as pandera checks it."""
    checks = []
    if spec.kind in _PATTERN:
        checks.append(pa.Check.str_matches(rf"^(?:{_PATTERN[spec.kind][0]})\Z", name=spec.kind))
    if spec.choices:
        checks.append(pa.Check.isin(spec.choices, name="choices"))
    return pa.Column(checks=checks, nullable=not spec.filled)


def _column_problems(table: Table, frame: pd.DataFrame, file: str) -> Iterator[Problem]:
    """Columns that lack, are misspelt, or have no place in a study."""
    found = [str(column) for column in frame.columns if column != ROW]
    unknown = [column for column in found if column not in table.columns]
    absent = [column for column in table.columns if column not in found]
    for column in absent:
        if table.columns[column].required:
            similar = closest(column, unknown)
            next_step = f"Rename {similar!r} to {column!r}." if similar else "Add it."
            yield Problem("a required column is missing", next_step, file, 1, column)
    optional = [column for column in absent if not table.columns[column].required]
    for column in unknown:
        if _PERSONAL.match(column):
            next_step = "Remove it: a study holds pseudonyms only."
            what = "the column looks personal"
            yield Problem(what, next_step, file, 1, column, rule="names_in_text")
        elif _FREE_TEXT.match(column):
            next_step = "Remove it: free text may name people. Keep it outside the study."
            yield Problem("the column holds free text", next_step, file, 1, column, rule="names_in_text")
        elif similar := closest(column, optional):
            severity: Severity = "to decide" if table.open else "refused"
            next_step = f"Did you mean {similar!r}?"
            yield Problem("unknown column", next_step, file, 1, column, severity=severity)
        elif not table.open:
            yield Problem("the column is not used", "", file, 1, column, severity="to know")


def _cell_problems(table: Table, frame: pd.DataFrame, file: str, failures: pd.DataFrame) -> Iterator[Problem]:
    """Pandera's failure cases as located problems."""
    failures = failures.dropna(subset="index")
    orders = {
        column: written.order_of(frame[column])
        for column in failures["column"].unique()
        if table.columns[str(column)].kind == "date"
    }
    rows = frame.loc[failures["index"], ROW]
    for name, row, index in zip(failures["column"], rows, failures["index"], strict=True):
        column, spec = str(name), table.columns[str(name)]
        value = frame.loc[index, column]
        if pd.isna(value):
            merged = spec.kind == "id" and index > 0 and pd.notna(frame.loc[index - 1, column])
            next_step = "Fill it in." if not merged else "Fill it in; merged cells must be split first."
            rule = "sheet_layout" if spec.kind == "id" else ""
            yield Problem("the cell is empty", next_step, file, row, column, rule=rule)
            continue
        said = _said_of(value, spec, orders.get(name, ""))
        yield Problem(said.what, said.next_step, file, row, column, value, rule=said.rule)


def _said_of(value: str, spec: Column, order: str) -> written.Written:
    """What is wrong with one value that its column does not take."""
    if spec.choices:
        allowed = f"Allowed: {', '.join(spec.choices)}."
        if written.no_answer(value):  # it may as well be the name of something that is not allowed
            said = written.coded()
            return written.Written("not an allowed value", f"{allowed} {said.next_step}", said.rule)
        return written.Written("not an allowed value", allowed)
    if spec.kind == "date":
        return written.not_a_date(value, order)
    return written.not_a_number(value, whole=spec.kind == "count")


def _repeated_keys(table: Table, frame: pd.DataFrame, file: str) -> Iterator[Problem]:
    """Rows that claim to be the same thing."""
    key = [column for column in table.key if column in frame.columns]
    if any(column not in key for column in table.key if table.columns[column].required):
        return  # a column of the key is missing or misspelt: rows only look alike
    again = frame[frame.duplicated(key, keep="first") & frame[key[0]].notna()]
    if again.empty:
        return
    first = frame.groupby(key, dropna=False)[ROW].transform("min").loc[again.index]
    rule = "duplicate_person" if table.key == ("person_id",) else ""
    for row, first_row, value in zip(again[ROW], first, again[key[0]], strict=True):
        what = f"the same {', '.join(key)} as in row {first_row}"
        yield Problem(what, "Keep one and remove the other.", file, row, key[0], value, rule=rule)


def _personal_values(table: Table, frame: pd.DataFrame, file: str) -> Iterator[Problem]:
    """Cells that hold an e-mail address: as a key, or between other words."""
    for column in frame.columns.drop(ROW):
        text = frame[column].dropna()
        text = text[text.str.contains("@", regex=False).to_numpy(bool)]
        found = text[text.str.contains(_EMAIL, regex=True).to_numpy(bool)]
        if found.empty:
            continue
        is_id = column in table.columns and table.columns[str(column)].kind == "id"
        rule = "email_key" if is_id else "names_in_text"
        spelled = found.map(_one_spelling) if is_id else found
        first = frame.loc[found.index, ROW].groupby(spelled).transform("min")
        other = found.groupby(spelled).transform("nunique") > 1
        for row, value, again, twice in zip(frame.loc[found.index, ROW], found, first, other, strict=True):
            what, next_step = "the cell holds an e-mail address", "Use a pseudonym instead."
            if twice and again != row:
                what += f", the one of row {again} spelled otherwise: one person?"
            yield Problem(what, next_step, file, row, str(column), value, rule=rule)


def _one_spelling(address: str) -> str:
    """An e-mail address without what does not change whose it is: case, and what follows a plus."""
    name, _, domain = address.strip().casefold().rpartition("@")
    return f"{name.partition('+')[0]}@{domain}"


def _coded_words(table: Table, name: str, frame: pd.DataFrame, file: str) -> Iterator[Problem]:
    """Cells of words that hold a code for no answer."""
    for column in frame.columns.drop(ROW):
        spec = table.columns.get(str(column))
        if (spec and (spec.choices or spec.kind in _PATTERN)) or (name, column) in _IN_WORDS:
            continue  # said already, or a text in which anything may stand
        if (name == "responses" and spec is None) or (name, column) == ("responses", "value"):
            continue  # answers are looked at with their instrument
        kinds = frame[column].drop_duplicates().dropna()
        kinds = kinds[~kinds.str.contains("[1-9]").to_numpy(bool)]  # no such word has a figure in it
        codes = [kind for kind in kinds if written.no_answer(kind, among_words=True)]
        held = frame[frame[column].isin(codes)] if codes else frame.iloc[:0]
        for row, value in zip(held[ROW], held[column], strict=True):
            said = written.coded()
            yield Problem(said.what, said.next_step, file, row, str(column), value, rule=said.rule)


def _written_numbers(name: str, frame: pd.DataFrame, file: str) -> Iterator[Problem]:
    """Numbers that are none of their column: codes, what lies outside, commas, points for thousands."""
    table = TABLES[name]
    for column in frame.columns.drop(ROW):
        spec = table.columns.get(str(column))
        number_column = spec is not None and spec.kind in ("number", "count")
        if name == "responses" or not (number_column or (spec is None and table.open)):
            continue
        text = frame[column].dropna()
        figures = text.str.fullmatch(NUMBER).to_numpy(bool)
        if spec is None:
            commas = text.str.fullmatch(written.COMMA).to_numpy(bool)
            codes = (
                text.map(written.no_answer).to_numpy(bool)
                if 0 < figures.sum() < len(text)
                else commas & False
            )
            if not (figures | commas | codes).all() or not (figures.any() or commas.any()):
                continue  # words
            for index in text.index[commas | (codes & ~_among_words(text))]:
                said = written.not_a_number(text[index])
                place = (file, frame.loc[index, ROW], str(column), text[index])
                yield Problem(said.what, said.next_step, *place, rule=said.rule)
        yield from _outlying(name, str(column), frame, text[figures], file)


def _among_words(text: pd.Series[str]) -> Array:
    """Which codes are said already, because they are codes anywhere."""
    return np.array([written.no_answer(value, among_words=True) for value in text], dtype=np.bool_)


def _outlying(
    name: str, column: str, frame: pd.DataFrame, text: pd.Series[str], file: str
) -> Iterator[Problem]:
    """Numbers outside the bounds of their column, or far from all others."""
    numbers = pd.to_numeric(text).astype("float64")
    grouped = [numbers]
    if (name, column) == ("hr_outcomes", "value") and "measure" in frame.columns:
        grouped = [part for _, part in numbers.groupby(frame.loc[numbers.index, "measure"])]
    bounds = BOUNDS.get((name, column))
    for part in grouped:
        outside = ~part.between(*bounds) if bounds else written.lone_codes(part)
        for index in part.index[outside]:
            place = (file, frame.loc[index, ROW], column, text[index])
            if part[index] in written.CODES:
                said = written.coded()
                yield Problem(said.what, said.next_step, *place, rule=said.rule)
            elif bounds:
                what = f"outside {number(bounds[0], 0)} to {number(bounds[1], 0)}"
                yield Problem(what, "Correct it, or leave the cell empty.", *place, rule="out_of_range")
        dotted = text[part.index][text[part.index].str.contains(".", regex=False)]
        if not bounds and len(dotted) and dotted.str.fullmatch(written.THOUSANDS).all():
            for index in dotted.index:
                plain = text[index].replace(".", "")
                what = f"is the point one of thousands ({plain}) or of decimals?"
                place = (file, frame.loc[index, ROW], column, text[index])
                next_step = "Write thousands without a point; write decimals with other than three figures."
                yield Problem(what, next_step, *place, severity="to decide", rule="decimal_comma")


def _unlikely_days(table: Table, frame: pd.DataFrame, file: str) -> Iterator[Problem]:
    """Days that are written as days and are none, or of another century."""
    for column, spec in table.columns.items():
        if spec.kind != "date" or column not in frame.columns:
            continue
        text = frame[column].dropna()
        text = text[text.str.fullmatch(_PATTERN["date"][0]).to_numpy(bool)]
        days = pd.to_datetime(text, format="%Y-%m-%d", errors="coerce")
        for index in text.index[days.isna().to_numpy()]:
            place = (file, frame.loc[index, ROW], column, text[index])
            yield Problem("there is no such day", "Correct it.", *place, rule="impossible_dates")
        far = days.notna() & ~days.dt.year.between(1950, 2100)
        for index in text.index[far.to_numpy()]:
            place = (file, frame.loc[index, ROW], column, text[index])
            what = "a day of another century"
            yield Problem(what, "Correct it.", *place, severity="to decide", rule="impossible_dates")


def _free_text(name: str, frame: pd.DataFrame, file: str) -> Iterator[Problem]:
    """Cells in which somebody wrote freely, or wrote a name; they are never shown."""
    table = TABLES[name]
    for column in frame.columns.drop(ROW):
        spec = table.columns.get(str(column))
        plain_words = spec is None or (spec.kind == "text" and not spec.choices)
        if not plain_words or (name, column) in _IN_WORDS:
            continue
        if (name == "responses") and (column == "value" or spec is None):
            continue  # answers are held against the labels of their instrument
        text = frame[column]
        free = written.sentences(text)
        for row in frame.loc[free, ROW]:
            next_step = "Take it out of the study: free text may name people."
            what = "the cell holds free text (not shown)"
            yield Problem(what, next_step, file, row, str(column), rule="names_in_text")
        named = written.like_names(text) & ~free if spec is None else free & False
        # a column of names is one; a single text that looks like a name may be a department of one person
        many = int(named.sum()) >= _COLUMN_OF_NAMES and named.sum() > text.notna().sum() / 2
        severe: Severity = "refused" if many else "to decide"
        if (name, column) in _ROLES:
            of_one = text.astype("string").str.fullmatch(written.PERSON).fillna(False).astype(bool) & ~free
            for row in frame.loc[of_one, ROW]:
                what, next_step = "the cell looks like a name (not shown)", "Write the role instead."
                yield Problem(what, next_step, file, row, str(column), rule="names_in_text")
        for row in frame.loc[named, ROW]:
            next_step = "Use pseudonyms, or groups that several people share."
            what = "the cell looks like a name (not shown)"
            yield Problem(what, next_step, file, row, str(column), severity=severe, rule="names_in_text")


def folded(label: object) -> str:
    """A label without differences of case, accents, apostrophes and spaces."""
    text = unicodedata.normalize("NFKD", str(label)).replace("’", "'").casefold()
    return " ".join("".join(c for c in text if not unicodedata.combining(c)).split())
