"""Answers as they were given into numbers: wide tables into long ones, labels and test answers into scores.

The result has one row an answer, with the line and the column it came from, so that whatever is wrong
with an answer can be pointed at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import pandas as pd

from rmstudy.errors import Problem, nearest
from rmstudy.study.cells import NUMBER, folded
from rmstudy.study.plan import Instrument, Plan
from rmstudy.study.reading import ROW
from rmstudy.study.scale import COLUMN, at, labels_used, narrower_wave, not_numbers, outside_the_range
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
    columns = _item_columns(plan)
    found = [c for c in responses.columns if c not in (*_KEYS, "item_id", ROW)]
    problems = [
        Problem("the column belongs to no instrument", nearest(c, columns), file, 1, c)
        for c in found
        if c not in columns
    ]
    known = [c for c in found if c in columns]
    long = responses.melt(["person_id", "wave_id", "rater_id", ROW], known, COLUMN, "value").dropna(
        subset="value"
    )
    long["instrument_id"] = long[COLUMN].map({c: columns[c][0] for c in known})
    long["item_id"] = long[COLUMN].map({c: columns[c][1] for c in known})
    return long.reset_index(drop=True), problems


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


def _right(rows: pd.DataFrame, instrument: Instrument) -> pd.Series[float]:
    """1 for the right answer, 0 for any other."""
    key = {item: _comparable(answer) for item, answer in (instrument.key or {}).items()}
    given = rows["value"].map(_comparable)
    return (given == rows["item_id"].map(key)).astype("float64")


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


def response_problems(
    answers: pd.DataFrame, plan: Plan, roles: pd.Series[str], file: str
) -> Iterator[Problem]:
    """Answers to what the plan does not know, about the wrong people, by the wrong raters, or twice.

    Parameters
    ----------
    answers : DataFrame
        What `to_long` returned.
    plan : Plan
        Names waves, instruments, items and roles.
    roles : Series of str
        Role of each participant, by person_id.
    file : str
        File name for the messages.
    """
    for column, known in (("wave_id", plan.waves), ("instrument_id", plan.instruments)):
        unknown = answers[~answers[column].isin(list(known)) & answers[column].notna()]
        for name, rows in unknown.groupby(column):
            what = f"not in the plan ({len(rows)} answers)"
            yield Problem(what, nearest(str(name), known), file, rows[ROW].min(), column, name)
    for name, rows in answers.groupby("instrument_id", sort=False):
        instrument = plan.instruments.get(str(name))
        if instrument is not None:
            yield from _misplaced(rows, str(name), instrument, roles, file)
    key = ["person_id", "wave_id", "instrument_id", "item_id", "rater_id"]
    # rows without a person are refused for that; they are not one person's
    again = answers.duplicated(key, keep="first") & answers["person_id"].notna()
    if again.any():
        first = answers.groupby(key, dropna=False)[ROW].transform("min")
        twice = (
            answers[again]
            .assign(first=first[again])
            .drop_duplicates(["person_id", "wave_id", "rater_id", ROW])
        )
        for row, first_row, person in zip(twice[ROW], twice["first"], twice["person_id"], strict=True):
            what = f"a second answer of the same wave (the first is in row {first_row})"
            next_step = "Keep one (`keep` in mapping.yml says which)."
            yield Problem(what, next_step, file, row, "person_id", person, rule="two_answers")


def _misplaced(
    rows: pd.DataFrame, name: str, instrument: Instrument, roles: pd.Series[str], file: str
) -> Iterator[Problem]:
    """Answers to one instrument that cannot belong there."""
    if instrument.derived:
        yield Problem(
            f"{name} is computed, not answered", "Remove the rows.", file, rows[ROW].min(), "instrument_id"
        )
        return
    unknown = rows[
        ~rows["item_id"].isin(list(instrument.items)) & (rows["item_id"].notna() | bool(instrument.items))
    ]
    for item, some in unknown.groupby("item_id", dropna=False):
        next_step = nearest(str(item), instrument.items)
        value = None if pd.isna(item) else item
        yield Problem(f"no such item of {name}", next_step, file, some[ROW].min(), "item_id", value)
    role = rows["person_id"].map(roles)
    wrong = rows[role.notna() & ~role.isin(instrument.role)].drop_duplicates(["person_id"])
    for row, person, found in zip(wrong[ROW], wrong["person_id"], role[wrong.index], strict=True):
        what = f"answers to {name}, which is for {', '.join(instrument.role)}, but the person is a {found}"
        next_step = "Correct the role or the instrument."
        yield Problem(what, next_step, file, row, "person_id", person, rule="role_swapped")
    same = rows[rows["rater_id"] == rows["person_id"]].drop_duplicates("person_id")
    for row, person in zip(same[ROW], same["person_id"], strict=True):
        yield Problem(
            "the rater is the person", "An observer is somebody else.", file, row, "rater_id", person
        )
    observed = instrument.rater == "observer"
    bad = rows[rows["rater_id"].isna() if observed else rows["rater_id"].notna()]
    if len(bad):
        found = "an observer, but rater_id is empty" if observed else "the person, but rater_id is set"
        what = f"{name} is answered by {found}"
        yield Problem(what, "Correct rater_id or the instrument's rater.", file, bad[ROW].min(), "rater_id")
