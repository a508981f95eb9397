"""Answers where they cannot belong: unknown waves and items, the wrong people or raters, the same answer twice."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from rmstudy.errors import Problem, nearest
from rmstudy.study.keys import among, looked_up
from rmstudy.study.plan import Instrument, Plan
from rmstudy.study.reading import ROW
from rmstudy.study.sheets import Sheets


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


def misplaced_cells(sheets: Sheets, plan: Plan, roles: pd.Series[str]) -> npt.NDArray[np.bool_]:
    """Answers of sheets that `response_problems` might have something to say of.

    Parameters
    ----------
    sheets : Sheets
        What `to_sheets` returned.
    plan : Plan
        Names waves, instruments and roles.
    roles : Series of str
        Role of each participant, by person_id.
    """
    keys = sheets.keys
    person, rater = keys["person_id"], keys["rater_id"]
    rated = rater.notna().to_numpy(np.bool_)
    whole = sheets.repeated | (~keys["wave_id"].isin(list(plan.waves)) & keys["wave_id"].notna()).to_numpy()
    whole |= rated & (rater == person).fillna(False).to_numpy(np.bool_)
    suspects = np.broadcast_to(whole, sheets.codes.shape).copy()
    for name, columns in sheets.instruments.items():
        instrument = plan.instruments[name]
        others = roles.index[
            ~roles.isin(instrument.role).to_numpy(np.bool_) & roles.notna().to_numpy(np.bool_)
        ]
        wrong = ~rated if instrument.rater == "observer" else rated
        suspects[columns] |= wrong | among(person, others).to_numpy(np.bool_)
    return suspects


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
    role = looked_up(rows["person_id"], roles)
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
