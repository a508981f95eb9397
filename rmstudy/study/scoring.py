"""Answers into scores: one number a person, wave and instrument.

========= ==========================================================================================
scoring   score
========= ==========================================================================================
mean      mean of the answers given
sum       mean of the answers given times the number of items
percent   of the maximum: 0 at the lowest possible answers, 100 at the highest
========= ==========================================================================================

A scale needs ``minimum_answered`` answers (all of them unless the plan says fewer). In a test with a
key an item left open counts as wrong, as long as anything was answered. Several observers are averaged.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from rmstudy.errors import Problem
from rmstudy.study.answers import ANSWER, numbered, values_of
from rmstudy.study.plan import Instrument, Plan
from rmstudy.study.reading import ROW
from rmstudy.study.sheets import SHEET, Sheets

LEAST_ITEMS_FOR_A_PATTERN = 4
LEAST_ANSWERS_FOR_A_PATTERN = 6


def scores(
    answers: pd.DataFrame | Sheets, plan: Plan, reference_values: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Score every instrument.

    Parameters
    ----------
    answers : DataFrame or Sheets
        Answers as numbers (`rmstudy.study.answers.to_numbers`), or as sheets.
    plan : Plan
        Says how each instrument is scored.
    reference_values : DataFrame, optional
        What predictions are scored against.

    Returns
    -------
    DataFrame
        Columns person_id, wave_id, instrument_id, score.
    """
    parts = []
    for name, instrument in plan.instruments.items():
        sheets = _sheets(answers, name, plan, reference_values)
        if sheets is None:
            continue
        one = _sheet_scores(sheets, instrument).dropna()
        mean = one.groupby(level=["person_id", "wave_id"]).mean().rename("score").reset_index()
        parts.append(mean.assign(instrument_id=name))
    columns = ["person_id", "wave_id", "instrument_id", "score"]
    table = pd.concat(parts)[columns] if parts else pd.DataFrame(columns=columns).astype({"score": "float64"})
    for name, instrument in plan.instruments.items():
        if instrument.gap_between:
            table = pd.concat([table, _gap(table, name, instrument.gap_between)])
    return table.reset_index(drop=True)


def _sheets(
    answers: pd.DataFrame | Sheets, name: str, plan: Plan, reference_values: pd.DataFrame | None
) -> pd.DataFrame | None:
    """Answers to an instrument as a sheet, where there are any."""
    instrument = plan.instruments[name]
    if isinstance(answers, Sheets):
        if instrument.derived or name not in answers.instruments:
            return None
        if not instrument.scored_against and not answers.repeated.any():
            return answers.item_sheet(name, values_of(answers, name, instrument))
        answers = numbered(answers, plan, name)
    rows = answers[answers["instrument_id"] == name]
    if instrument.derived or rows.empty:
        return None
    if instrument.scored_against:
        rows = _distance_from_truth(rows, reference_values)
    return item_sheet(rows)


def item_sheet(rows: pd.DataFrame) -> pd.DataFrame:
    """Answers to one instrument as a sheet: a row a person, wave and rater, a column an item."""
    rows = rows.assign(rater_id=rows["rater_id"].fillna(""), item_id=rows["item_id"].fillna("score"))
    return rows.set_index([*SHEET, "item_id"])[ANSWER].unstack("item_id")  # noqa: PD010 - refuses duplicates


def _sheet_scores(sheets: pd.DataFrame, instrument: Instrument) -> pd.Series[float]:
    """Score of each row of a sheet."""
    if not instrument.items:
        values = sheets.iloc[:, 0]
        return _percent(values, instrument) if instrument.scoring == "percent" else values
    forms = instrument.forms or {"": tuple(instrument.items)}
    asked = pd.Series(0.0, index=sheets.index)
    for items in forms.values():
        present = sheets[[item for item in items if item in sheets.columns]]
        asked += present.notna().any(axis=1) * float(len(items))
    answered = sheets.notna().sum(axis=1)
    if instrument.key:
        least = pd.Series(instrument.minimum_answered or 1, index=sheets.index)
        mean = sheets.sum(axis=1) / asked
    else:
        least = (
            asked
            if instrument.minimum_answered is None
            else pd.Series(instrument.minimum_answered, sheets.index)
        )
        mean = sheets.mean(axis=1)
    score = {"mean": lambda: mean, "sum": lambda: mean * asked, "percent": lambda: _percent(mean, instrument)}
    return score[instrument.scoring]().where(answered >= least)


def _percent(mean: pd.Series[float], instrument: Instrument) -> pd.Series[float]:
    """Percent of the maximum possible score (Cohen, Cohen, Aiken & West 1999)."""
    low, high = (0.0, 1.0) if instrument.key else (instrument.range or (0.0, 100.0))
    return 100 * (mean - low) / (high - low)


def _distance_from_truth(rows: pd.DataFrame, reference_values: pd.DataFrame | None) -> pd.DataFrame:
    """Replace each prediction by its absolute distance from the truth."""
    truth = (
        reference_values
        if reference_values is not None
        else pd.DataFrame(columns=["instrument_id", "item_id"])
    )
    keys = ["instrument_id", "item_id"]
    if "wave_id" in truth.columns and truth["wave_id"].notna().any():
        keys.append("wave_id")
    true = truth.assign(truth=pd.to_numeric(truth.get("value"), errors="coerce"))[[*keys, "truth"]]
    joined = rows.merge(true, on=keys, how="left", validate="many_to_one")
    return rows.assign(**{ANSWER: np.abs(rows[ANSWER].to_numpy() - joined["truth"].to_numpy())})


def _gap(table: pd.DataFrame, name: str, between: tuple[str, str]) -> pd.DataFrame:
    """How far two scores of the same person and wave are apart."""
    first, second = (table[table["instrument_id"] == other] for other in between)
    both = first.merge(second, on=["person_id", "wave_id"], suffixes=("", "_other"), validate="one_to_one")
    return both.assign(score=(both["score"] - both["score_other"]).abs(), instrument_id=name)[table.columns]


def straight_lines(answers: pd.DataFrame | Sheets, plan: Plan, file: str) -> list[Problem]:
    """Questionnaires in which every scale was answered with one and the same answer throughout.

    Parameters
    ----------
    answers : DataFrame or Sheets
        Answers as they were given, with their ``row``.
    plan : Plan
        Names the scales; tests, predictions and single numbers have no such pattern.
    file : str
        File name for the messages.
    """
    scales = [
        name
        for name, one in plan.instruments.items()
        if not one.key and not one.scored_against and len(one.items) >= LEAST_ITEMS_FOR_A_PATTERN
    ]
    if isinstance(answers, Sheets):
        answers = answers.of_sheets(_level(answers, scales))
    rows = answers[answers["instrument_id"].isin(scales)]
    rows = rows.assign(rater_id=rows["rater_id"].fillna(""))
    one_scale = rows.groupby([*SHEET, "instrument_id"], sort=False).agg(
        kinds=("value", "nunique"), given=("value", "size"), row=(ROW, "min")
    )
    one_scale["flat"] = (one_scale["kinds"] == 1) & (one_scale["given"] >= LEAST_ITEMS_FOR_A_PATTERN)
    sheets = one_scale.groupby(level=SHEET, sort=False).agg(
        flat=("flat", "all"), given=("given", "sum"), scales=("flat", "size"), row=("row", "min")
    )
    found = sheets[sheets["flat"] & (sheets["given"] >= LEAST_ANSWERS_FOR_A_PATTERN)]
    return [
        Problem(
            f"one and the same answer to all items of each scale ({given} answers, {scales} scales)",
            "Look whether the questionnaire was read; note the decision.",
            file,
            row,
            "person_id",
            person,
            severity="to decide",
            rule="careless",
        )
        for given, scales, row, person in zip(
            found["given"],
            found["scales"],
            found["row"],
            found.index.get_level_values("person_id"),
            strict=True,
        )
    ]


def _level(sheets: Sheets, scales: list[str]) -> npt.NDArray[np.bool_]:
    """Sheets in which no scale has two different answers, and all of people with several sheets."""
    level = np.ones(len(sheets.keys), dtype=np.bool_)
    enough = np.zeros(len(sheets.keys), dtype=np.int64)
    for name in scales:
        columns = sheets.instruments.get(name, [])
        low = np.full(len(level), len(sheets.kinds), dtype=np.int64)
        high = np.full(len(level), -1, dtype=np.int64)
        for codes, given in zip(sheets.codes[columns], sheets.given[columns], strict=True):
            np.minimum(low, codes, out=low, where=given)
            np.maximum(high, codes, out=high)
            enough += given
        level &= high <= low
    return (level & (enough >= LEAST_ANSWERS_FOR_A_PATTERN)) | sheets.repeated
