"""What the two said after each meeting: their reports side by side, the signs in them, their disagreement."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from rmstudy.programme.monitoring.rules import Floats, Rules, in_a_row, signs
from rmstudy.study.plan import Plan
from rmstudy.study.study import Study

PARTS: Final = ("mentor", "mentee")
_ASKED: Final = (
    "talk_share_mentor",
    "agenda_by",
    "questions_by",
    "advice_direction",
    "held_back",
    "usefulness",
)


def meeting_table(study: Study, meetings: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Put the two reports of each meeting side by side and read them by the plan's rule.

    Parameters
    ----------
    study : Study
        A study; without ``meeting_log`` every report is missing.
    meetings : DataFrame
        The meetings to look at, in order of time.
    rules : Rules
        The plan's rules.

    Returns
    -------
    DataFrame
        One row a meeting: ``meeting_id``, ``pair_id``, ``date``, ``number`` of the meeting within the spell;
        ``mentor_reported``, ``mentee_reported``; the junior's share of the talk by each
        (``share_by_mentor``, ``share_by_mentee``) and their mean ``share``; ``useful_to_mentor``,
        ``useful_to_mentee``; ``held_back`` (the higher of two); the signs ``low``, ``upward``, ``apart``,
        ``held``; two that only stand beside them, ``agenda_by_senior`` and ``questions_by_junior`` (nobody
        says otherwise); ``known``, ``bad``, and ``row``, the bad ones in a row up to here.
    """
    log = _both_reports(study)
    table = meetings[["meeting_id", "pair_id", "date"]].reset_index(drop=True)
    table["number"] = table.groupby("pair_id").cumcount() + 1
    sheet = {
        name: np.column_stack(
            [log.get((name, part), pd.Series(dtype="object")).reindex(table["meeting_id"]) for part in PARTS]
        )
        for name in (*_ASKED, "reported")
    }
    share, held, useful = (_numbers(sheet[n]) for n in ("talk_share_mentor", "held_back", "usefulness"))
    found = signs(
        rules, share=share, upward=_says(sheet["advice_direction"], "mentee_to_mentor"), held_back=held
    )
    for place, part in enumerate(PARTS):
        table[f"{part}_reported"] = sheet["reported"][:, place] == "yes"
        table[f"share_by_{part}"] = share[:, place]
        table[f"useful_to_{part}"] = useful[:, place]
    table["share"] = found.share
    table["held_back"] = pd.DataFrame(held).max(axis=1)
    for name in ("low", "upward", "apart", "held", "known", "bad"):
        table[name] = getattr(found, name)
    senior = study.plan.role_acting_as("mentee")
    table["agenda_by_senior"] = _nobody_differs(_says(sheet["agenda_by"], "mentee", senior or "mentee"))
    table["questions_by_junior"] = _nobody_differs(_says(sheet["questions_by"], "mentor"))
    table["row"] = 0
    for rows in table.groupby("pair_id").indices.values():
        bad, known = (table[name].to_numpy()[rows] for name in ("bad", "known"))
        table.loc[rows, "row"] = in_a_row(bad, known)
    return table


def expected(meetings: pd.DataFrame) -> pd.DataFrame:
    """Count the reports of each role against the meetings: one row a role, with how many are missing."""
    rows = [
        {
            "role": part,
            "meetings": len(meetings),
            "reports": int(meetings[f"{part}_reported"].sum()),
            "missing": int((~meetings[f"{part}_reported"]).sum()),
        }
        for part in PARTS
    ]
    return pd.DataFrame(rows)


def _both_reports(study: Study) -> pd.DataFrame:
    """The log, wide: a row a meeting, columns (what was asked, part of the reporter)."""
    log = study.tables.get("meeting_log")
    if log is None or log.empty:
        return pd.DataFrame()
    part = log["reporter_role"].map(_parts(study.plan))
    asked = [name for name in _ASKED if name in log.columns]
    long = log.assign(part=part, reported="yes")[part.notna().to_numpy()]
    return long.pivot(index="meeting_id", columns="part", values=[*asked, "reported"])  # noqa: PD010 - refuses duplicates


def _parts(plan: Plan) -> dict[str, str]:
    """The part each of the study's own role names plays in a pair."""
    own = {name: role.acts_as for name, role in plan.roles.items() if role.acts_as}
    return {part: part for part in PARTS} | own


def _numbers(sheet: np.ndarray) -> Floats:
    """Text as numbers, missing where it is missing."""
    found = pd.DataFrame(sheet).apply(pd.to_numeric).to_numpy("float64")
    return np.asarray(found, dtype="float64")


def _says(sheet: np.ndarray, *answers: str) -> Floats:
    """1 where a report says one of some things, 0 where another, missing where it says nothing."""
    frame = pd.DataFrame(sheet)
    return np.asarray(frame.isin(answers).astype("float64").where(frame.notna()), dtype="float64")


def _nobody_differs(said: Floats) -> np.ndarray:
    """Whether at least one report says it and none says otherwise."""
    return np.asarray((said == 1).any(axis=-1) & ~(said == 0).any(axis=-1))
