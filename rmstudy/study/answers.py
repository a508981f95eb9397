"""Answers as they were given into numbers: wide tables into long ones, labels and test answers into scores.

The result has one row an answer, with the line and the column it came from, so that whatever is wrong
with an answer can be pointed at.
"""

from __future__ import annotations

import re
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from rmstudy.errors import Problem, nearest
from rmstudy.study.cells import NUMBER, folded
from rmstudy.study.plan import Instrument, Plan
from rmstudy.study.reading import ROW
from rmstudy.study.scale import (
    COLUMN,
    at,
    labels_used,
    narrower_wave,
    not_numbers,
    outside_the_range,
    unremarkable,
)
from rmstudy.study.sheets import Sheets, sheets_of
from rmstudy.study.written import CODES, coded, no_answer

ANSWER: Final = "answer"
_KEYS: Final = ("person_id", "wave_id", "rater_id", "answered_at", "seconds")


def is_wide(responses: pd.DataFrame) -> bool:
    """Whether the responses have a column an item instead of a row an answer."""
    return "instrument_id" not in responses.columns and "value" not in responses.columns


def to_long(responses: pd.DataFrame, plan: Plan, file: str) -> tuple[pd.DataFrame, list[Problem]]:
    """Bring responses to one row an answer; unanswered cells are left out.

    Parameters
    ----------
    responses : DataFrame
        Text cells with their ``row``, long or wide.
    plan : Plan
        Names the instruments and items.
    file : str
        File name for the messages.

    Returns
    -------
    answers : DataFrame
        Columns person_id, wave_id, rater_id, instrument_id, item_id, value, row, column.
    problems : list of Problem
        Columns that belong to no instrument.
    """
    for column in ("rater_id", "item_id"):
        if column not in responses.columns:
            responses = responses.assign(**{column: pd.NA})
    if not is_wide(responses):
        own_name = responses["item_id"] == responses["instrument_id"]
        single = responses["instrument_id"].map(
            lambda name: name in plan.instruments and not plan.instruments[name].items
        )
        long = responses.assign(
            **{COLUMN: "value", "item_id": responses["item_id"].mask(own_name & single.astype(bool))}
        )
        return long.dropna(subset="value").reset_index(drop=True), []
    places, problems = _places(responses, plan, file)
    long = responses.melt(["person_id", "wave_id", "rater_id", ROW], list(places), COLUMN, "value").dropna(
        subset="value"
    )
    long["instrument_id"] = long[COLUMN].map({c: name for c, (name, _) in places.items()})
    long["item_id"] = long[COLUMN].map({c: item for c, (_, item) in places.items()})
    return long.reset_index(drop=True), problems


def to_sheets(responses: pd.DataFrame, plan: Plan, file: str) -> tuple[Sheets, list[Problem]]:
    """Take wide responses as they are; see `to_long` for the parameters and the problems."""
    places, problems = _places(responses, plan, file)
    return sheets_of(responses, places), problems


def _places(
    responses: pd.DataFrame, plan: Plan, file: str
) -> tuple[dict[str, tuple[str, str | None]], list[Problem]]:
    """Columns of wide responses with their instrument and item, and those that belong to none."""
    columns = _item_columns(plan)
    found = [c for c in responses.columns if c not in (*_KEYS, "item_id", ROW)]
    problems = [
        Problem("the column belongs to no instrument", nearest(c, columns), file, 1, c)
        for c in found
        if c not in columns
    ]
    return {c: columns[c] for c in found if c in columns}, problems


def _item_columns(plan: Plan) -> dict[str, tuple[str, str | None]]:
    """Column names a wide table may use, with the instrument and item each stands for.

    An item goes by its own name where only one instrument has it, and always by ``instrument.item``.
    """
    columns: dict[str, tuple[str, str | None]] = {}
    shared: set[str] = set()
    for name, instrument in plan.instruments.items():
        if instrument.derived:
            continue
        if not instrument.items:
            columns[name] = (name, None)
        for item in instrument.items:
            columns[f"{name}.{item}"] = (name, item)
            if item in columns:
                shared.add(item)
            columns[item] = (name, item)
    return {column: place for column, place in columns.items() if column not in shared}


def to_numbers(answers: pd.DataFrame, plan: Plan, file: str) -> tuple[pd.DataFrame, list[Problem]]:
    """Add the column ``answer``: each answer as a number, reversed or keyed where the plan says so.

    Parameters
    ----------
    answers : DataFrame
        What `to_long` returned.
    plan : Plan
        Says how each instrument is answered.
    file : str
        File name for the messages.

    Returns
    -------
    answers : DataFrame
        With ``answer`` as float; 1 for right and 0 for wrong in a test.
    problems : list of Problem
        Answers that are no number, no label, or out of range.
    """
    problems: list[Problem] = []
    numbers = pd.Series(float("nan"), index=answers.index, dtype="float64")
    for name, rows in answers.groupby("instrument_id", sort=False):
        instrument = plan.instruments.get(str(name))
        if instrument is None or instrument.derived:
            continue
        if instrument.key:
            problems += _codes_in_a_test(rows, instrument, file)
            numbers.loc[rows.index] = _right(rows, instrument)
            continue
        values, bad = _as_numbers(rows["value"], instrument)
        problems += not_numbers(rows[bad], instrument, file)
        problems += outside_the_range(rows[~bad], values[~bad], str(name), instrument, file)
        problems += labels_used(rows[~bad], values[~bad], str(name), instrument, file)
        problems += narrower_wave(rows[~bad], values[~bad], str(name), instrument, file)
        if instrument.range:
            low, high = instrument.range
            reverse = rows["item_id"].isin(instrument.reverse)
            values = values.mask(reverse, low + high - values)
        numbers.loc[rows.index] = values
    return answers.assign(**{ANSWER: numbers}), problems


def answer_problems(sheets: Sheets, plan: Plan, file: str) -> list[Problem]:
    """Answers that are no number, no label, or out of range: as `to_numbers`, answer by answer only where needed.

    Parameters
    ----------
    sheets : Sheets
        What `to_sheets` returned.
    plan : Plan
        Says how each instrument is answered.
    file : str
        File name for the messages.
    """
    problems: list[Problem] = []
    waves = sheets.numbers_of_keys[1]["wave_id"]
    for name, columns in sheets.instruments.items():
        instrument = plan.instruments[name]
        counts = _kinds_by_wave(sheets, columns, waves)
        used = sheets.kinds[counts.any(axis=0)]
        if instrument.key:
            fine = not _codes_in_a_test(
                used.to_frame("value").assign(**{ROW: 0, COLUMN: ""}), instrument, file
            )
        else:
            values, bad = _as_numbers(used, instrument)
            fine = not bad.any() and unremarkable(used, values, counts[:, counts.any(axis=0)], instrument)
        if not fine:
            mine = np.zeros(sheets.codes.shape, dtype=np.bool_)
            mine[columns] = True
            problems += to_numbers(sheets.long(mine), plan, file)[1]
    return problems


def numbered(sheets: Sheets, plan: Plan, name: str | None = None) -> pd.DataFrame:
    """Answers of sheets with a row each, as `to_numbers` gives them; to one instrument or to all."""
    cells = sheets.given
    if name is not None:
        mine = [place[0] == name for place in sheets.places.values()]
        cells = cells & np.array(mine, dtype=np.bool_)[:, None]
    return to_numbers(sheets.long(cells), plan, "")[0]


def _kinds_by_wave(sheets: Sheets, columns: list[int], waves: npt.NDArray[np.intp]) -> npt.NDArray[np.int64]:
    """How often each text was given in each wave; the last row is of no wave."""
    kinds = len(sheets.kinds)
    shape = (int(waves.max(initial=-1)) + 2, kinds + 1)
    counts = np.zeros(shape[0] * shape[1], dtype=np.int64)
    start = np.where(waves < 0, shape[0] - 1, waves) * shape[1] + 1
    for column in columns:
        counts += np.bincount(start + sheets.codes[column], minlength=len(counts))
    return counts.reshape(shape)[:, 1:]


def values_of(sheets: Sheets, name: str, instrument: Instrument) -> npt.NDArray[np.float64]:
    """The number that each text stands for, in each column of an instrument: reversed or keyed."""
    texts = pd.DataFrame({"value": sheets.kinds})
    rows = []
    for column in sheets.instruments[name]:
        item = list(sheets.places.values())[column][1]
        mine = texts.assign(item_id=pd.Series([item] * len(texts), dtype="str"))
        rows.append(_numbers(mine, instrument)[0].to_numpy(np.float64))
    return np.array(rows)


def _numbers(rows: pd.DataFrame, instrument: Instrument) -> tuple[pd.Series[float], pd.Series[bool]]:
    """Answers to one instrument as numbers, reversed or keyed, and which are none."""
    if instrument.key:
        return _right(rows, instrument), pd.Series(False, index=rows.index)
    values, bad = _as_numbers(rows["value"], instrument)
    if instrument.range and instrument.reverse:
        low, high = instrument.range
        reverse = rows["item_id"].isin(instrument.reverse)
        values = values.mask(reverse, low + high - values)
    return values, bad


def _right(rows: pd.DataFrame, instrument: Instrument) -> pd.Series[float]:
    """1 for the right answer, 0 for any other."""
    key = {item: _comparable(answer) for item, answer in (instrument.key or {}).items()}
    kinds = {kind: _comparable(kind) for kind in rows["value"].unique()}
    return (rows["value"].map(kinds) == rows["item_id"].map(key)).astype("float64")


def _comparable(answer: object) -> str:
    """An answer to hold against a key: 4, 4.0 and 04 are one number, words are folded."""
    text = folded(str(answer))
    return str(float(text)) if re.fullmatch(NUMBER, text) else text


def _as_numbers(values: pd.Series[str], instrument: Instrument) -> tuple[pd.Series[float], pd.Series[bool]]:
    """Values as numbers, from figures or from labels, and which are neither."""
    figures = values.str.fullmatch(NUMBER).fillna(False).astype(bool)
    numbers = pd.to_numeric(values.where(figures), errors="coerce").astype("float64")
    if instrument.labels and instrument.range:
        low = instrument.range[0]
        step = {
            folded(label): low + position
            for labels in instrument.labels.values()
            for position, label in enumerate(labels)
        }
        words = values[~figures]
        known = {label: step.get(folded(label), float("nan")) for label in words.unique()}
        numbers = numbers.fillna(words.map(known).astype("float64"))
    return numbers, numbers.isna()


def _codes_in_a_test(rows: pd.DataFrame, instrument: Instrument, file: str) -> list[Problem]:
    """Codes for no answer in a test, where they would count as wrong answers."""
    options = {folded(text) for texts in instrument.options.values() for text in texts}
    right = {_comparable(answer) for answer in (instrument.key or {}).values()}
    figures = any(re.fullmatch(NUMBER, answer) for answer in right)
    kinds = rows["value"].drop_duplicates()
    codes = [
        kind
        for kind in kinds
        if (no_answer(kind) and folded(kind) not in options and folded(kind) not in right)
        or (not figures and re.fullmatch(NUMBER, kind) and float(kind) in CODES)
    ]
    said = coded()
    return at(rows[rows["value"].isin(codes)], said.what, said.next_step, file, said.rule) if codes else []
