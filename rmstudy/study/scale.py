"""Answers beside their scale: codes for no answer, other ranges, labels among figures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from rmstudy.errors import Problem, nearest
from rmstudy.study import written
from rmstudy.study.cells import NUMBER
from rmstudy.study.plan import Instrument
from rmstudy.study.reading import ROW
from rmstudy.wording import number

COLUMN: Final = "column"
LEAST_OUTSIDE: Final = 5
LEAST_SHARE: Final = 0.03
_TOP: Final = 11.0  # the widest scale that people answer by ticking has eleven points, from 0 to 10
WIDE: Final = 6
LEAST_PEOPLE: Final = 20
CLEARLY_ABOVE: Final = 0.25
CLEARLY_AT: Final = 0.10


def not_numbers(rows: pd.DataFrame, instrument: Instrument, file: str) -> list[Problem]:
    """Answers that are neither figures nor labels: codes, commas, free text, or labels nobody knows.

    Parameters
    ----------
    rows : DataFrame
        The answers.
    instrument : Instrument
        Whose labels they should be.
    file : str
        File name for the messages.
    """
    if rows.empty:
        return []
    known = [label for labels in (instrument.labels or {}).values() for label in labels]
    free = written.sentences(rows["value"])
    problems = at(rows[free], "the answer is free text (not shown)", _FREE, file, "names_in_text", hide=True)
    for value, some in rows[~free].groupby("value", sort=False):
        said = written.not_a_number(str(value))
        if known and not said.rule:
            problems += at(some, "not a known answer", nearest(str(value), known), file, "label_answers")
        elif said.rule:
            problems += at(some, said.what, said.next_step, file, said.rule)
        else:
            next_step = "Write a number with a point, or give the instrument its labels in study.yml."
            rule = "label_answers" if instrument.range else ""
            problems += at(some, "is not a number", next_step, file, rule)
    return problems


_FREE: Final = "Take it out of the study: free text may name people."


def outside_the_range(
    rows: pd.DataFrame, values: pd.Series[float], name: str, instrument: Instrument, file: str
) -> list[Problem]:
    """Numbers that the scale does not have: codes, a wave with another range, or single slips.

    Parameters
    ----------
    rows : DataFrame
        All answers to one instrument.
    values : Series of float
        The answers as numbers.
    name : str
        The instrument.
    instrument : Instrument
        Its description.
    file : str
        File name for the messages.
    """
    if instrument.range is None:
        codes = written.lone_codes(values)
        said = written.coded()
        return at(rows[codes], said.what, said.next_step, file, said.rule)
    low, high = instrument.range
    outside = values.notna() & ~values.between(low, high)
    if not outside.any():
        return []
    said = written.coded()
    codes = outside & values.isin(list(written.CODES))
    problems = at(rows[codes], said.what, said.next_step, file, said.rule)
    outside &= ~codes
    for wave, there in values[outside].groupby(rows.loc[outside, "wave_id"]):
        answered = rows["wave_id"] == wave
        elsewhere = outside & ~answered
        all_there = values[answered & values.notna() & ~codes]
        first = rows.loc[there.index].sort_values(ROW).iloc[0]
        if not elsewhere.any() and _other_range(rows, there, all_there):
            shown = {"low": number(all_there.min(), 0), "high": number(all_there.max(), 0)}
            what = (
                f"{name} was answered from {shown['low']} to {shown['high']} in the wave {wave} ({len(there)} "
                f"answers outside {number(low, 0)} to {number(high, 0)}): another scale than the plan's?"
            )
            next_step = "If the questionnaire changed, import it again with `rescale` in mapping.yml; else correct it."
            place = (file, int(first[ROW]), str(first[COLUMN]), first["value"])
            problems.append(Problem(what, next_step, *place, rule="range_change"))
            continue
        what = f"outside the range {number(low, 0)} to {number(high, 0)} of {name}"
        next_step = "Correct the answer, or leave the cell empty."
        problems += at(rows.loc[there.index], what, next_step, file, "out_of_range")
    return problems


def _other_range(rows: pd.DataFrame, there: pd.Series[float], all_there: pd.Series[float]) -> bool:
    """Whether the numbers outside look like another scale: many, of several people, and whole."""
    many = len(there) >= max(LEAST_OUTSIDE, LEAST_SHARE * len(all_there))
    people = rows.loc[there.index, "person_id"].nunique() >= 3
    ticked = bool((there % 1 == 0).all()) and bool(there.between(0, _TOP).all())
    percent = bool(all_there.between(0, 100).all()) and float((all_there > _TOP).mean()) > CLEARLY_ABOVE
    return many and people and (ticked or percent)


def narrower_wave(
    rows: pd.DataFrame, values: pd.Series[float], name: str, instrument: Instrument, file: str
) -> Iterator[Problem]:
    """A wave that stays within the lower points of a wide scale, as if it had been asked with fewer.

    Only clear cases: the top of the shorter scale is used a good deal, nothing above it, and elsewhere a
    quarter of the answers lies above.
    """
    if instrument.range is None or instrument.key or not instrument.items:
        return
    low, high = instrument.range
    if high - low + 1 < WIDE or high > _TOP or (values % 1 != 0).any():
        return
    waves = rows["wave_id"]
    for wave in waves.dropna().unique():
        there, elsewhere = values[waves == wave], values[waves != wave]
        top = there.max()
        if not low + 2 <= top <= high - 2 or elsewhere.empty:
            continue
        many = rows.loc[there.index, "person_id"].nunique() >= LEAST_PEOPLE
        if many and (there == top).mean() >= CLEARLY_AT and (elsewhere > top).mean() >= CLEARLY_ABOVE:
            first = rows.loc[there.index].sort_values(ROW).iloc[0]
            what = (
                f"no answer to {name} is above {number(float(top), 0)} in the wave {wave}, and many are in "
                "others: was it asked with fewer points?"
            )
            next_step = "If so, import it again with `rescale` in mapping.yml."
            place = (file, int(first[ROW]), str(first[COLUMN]), name)
            yield Problem(what, next_step, *place, severity="to decide", rule="range_change")


def labels_used(
    rows: pd.DataFrame, values: pd.Series[float], name: str, instrument: Instrument, file: str
) -> Iterator[Problem]:
    """Known labels instead of figures: to know, or to decide where both stand in one column.

    Parameters
    ----------
    rows : DataFrame
        All answers to one instrument.
    values : Series of float
        The answers as numbers.
    name : str
        The instrument.
    instrument : Instrument
        Its description.
    file : str
        File name for the messages.
    """
    if not instrument.labels:
        return
    figures = rows["value"].str.fullmatch(NUMBER).fillna(False).astype(bool)
    words = values.notna() & ~figures
    if not words.any():
        return
    first = rows[words].sort_values(ROW).iloc[0]
    item = rows["item_id"].fillna("")
    both = words & item.isin(item[figures & values.notna()])
    if not both.any():
        what = f"{name} has labels for answers ({int(words.sum())}), read as the plan's labels say"
        yield Problem(
            what,
            "",
            file,
            int(first[ROW]),
            str(first[COLUMN]),
            name,
            severity="to know",
            rule="label_answers",
        )
        return
    mixed = rows[both].sort_values(ROW).iloc[0]
    items = ", ".join(dict.fromkeys(item[both].replace("", name)))
    what = f"{name} has labels ({int(both.sum())}) and figures in one column ({items}): do they mean the same scale?"
    next_step = "Look whether 1 is the first label; write one kind, or note the decision."
    yield Problem(
        what,
        next_step,
        file,
        int(mixed[ROW]),
        str(mixed[COLUMN]),
        name,
        severity="to decide",
        rule="label_answers",
    )


def unremarkable(
    kinds: pd.Series[str], values: pd.Series[float], counts: npt.NDArray[np.int64], instrument: Instrument
) -> bool:
    """Whether nothing in this module has anything to say of answers, told by their texts.

    Parameters
    ----------
    kinds : Series of str
        Each text that was given.
    values : Series of float
        The number it stands for.
    counts : array of int
        How often it was given: a row a wave.
    instrument : Instrument
        Its description.
    """
    if instrument.range is None:
        return not written.lone_codes(values).any()
    low, high = instrument.range
    inside = bool(values.between(low, high).all())
    words = bool(instrument.labels) and not kinds.str.fullmatch(NUMBER).all()
    if not inside or words:
        return False
    if high - low + 1 < WIDE or high > _TOP or instrument.key or not instrument.items:
        return True
    tops = np.where(counts > 0, values.to_numpy(np.float64), -np.inf).max(axis=1)
    return bool((tops[counts.any(axis=1)] > high - 2).all())


def at(
    rows: pd.DataFrame, what: str, next_step: str, file: str, rule: str = "", *, hide: bool = False
) -> list[Problem]:
    """The same problem at each of some answers; a value that must not be shown is hidden."""
    places = zip(rows[ROW], rows[COLUMN], rows["value"], strict=True)
    return [
        Problem(what, next_step, file, row, column, None if hide else value, rule=rule)
        for row, column, value in places
    ]
