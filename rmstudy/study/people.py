"""People in the other tables: those missing from the staff records, and answers given too fast."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np
import pandas as pd

from rmstudy.errors import Problem
from rmstudy.study.cells import NUMBER
from rmstudy.study.plan import Plan
from rmstudy.study.reading import ROW
from rmstudy.study.sheets import Sheets

Tables = Mapping[str, pd.DataFrame]
SECONDS_AN_ITEM: Final = 2.0  # Huang et al. 2012: faster than that nobody reads the item
LEAST_ITEMS: Final = 4
MOST_HAVE_IT: Final = 0.5


def missing_from_staff_records(plan: Plan, tables: Tables, files: Mapping[str, str]) -> Iterator[Problem]:
    """Measures of the staff records that some of an arm do not have, though the others do.

    Whoever left is often taken out of the records: those who stay then look better than the arm was.

    Parameters
    ----------
    plan : Plan
        Says who is compared.
    tables : mapping of str to DataFrame
        The tables by name, as text.
    files : mapping of str to str
        File name of each table, for the messages.
    """
    if "hr_outcomes" not in tables:
        return
    arms = _arms(plan, tables)
    for measure, rows in tables["hr_outcomes"].groupby("measure", sort=False):
        there = arms.index.isin(rows["person_id"])
        for (role, arm), group in arms.groupby(["role", "arm"], sort=False):
            has = pd.Series(there, index=arms.index)[group.index]
            of_role = pd.Series(there, index=arms.index)[arms["role"] == role]
            missing = group.index[~has]
            if not len(missing) or of_role.mean() < MOST_HAVE_IT:
                continue
            shown = ", ".join(map(str, missing[:4])) + (", ..." if len(missing) > 4 else "")
            what = (
                f"{len(missing)} of {len(group)} {role}s of the arm {arm} have no row for {measure} ({shown}): "
                "did they leave?"
            )
            next_step = "Add their rows, leavers included; else say why they are missing."
            place = (files["hr_outcomes"], None, "measure", measure)
            yield Problem(what, next_step, *place, severity="to decide", rule="leavers_missing")


def _arms(plan: Plan, tables: Tables) -> pd.DataFrame:
    """Role and arm of everybody in the programme or the comparison."""
    people = tables["participants"].drop_duplicates("person_id").set_index("person_id")[["role"]]
    if "assignments" in tables:
        arm = tables["assignments"].drop_duplicates("person_id").set_index("person_id")["arm"]
    elif "pairs" in tables:
        paired = pd.concat([tables["pairs"]["mentor_id"], tables["pairs"]["mentee_id"]]).dropna().unique()
        arm = pd.Series("programme", index=paired)
    else:
        arm = pd.Series("programme", index=people.index)
    compared = {role: one.comparison for role, one in plan.design.assignment.items()}
    people = people.assign(arm=arm.reindex(people.index))
    return people[(people["arm"] == "programme") | (people["arm"] == people["role"].map(compared))]


def too_fast(tables: Tables, answers: pd.DataFrame | Sheets, file: str) -> list[Problem]:
    """Questionnaires answered faster than they can be read.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        The tables by name, as text.
    answers : DataFrame or Sheets
        Responses with one row an answer, or as sheets.
    file : str
        File name for the messages.

    Notes
    -----
    Less than two seconds an item, the rule of Huang, Curran, Keeney, Poposki & DeShon (2012), Journal of
    Business and Psychology 27, 99-114.
    """
    rows = tables["responses"]
    if "seconds" not in rows.columns:
        return []
    by = ["person_id", "wave_id", "rater_id"]
    rows = rows.assign(rater_id=rows["rater_id"].fillna("") if "rater_id" in rows.columns else "")
    given = rows[rows["seconds"].str.fullmatch(NUMBER).fillna(False).astype(bool)]
    if isinstance(
        answers, Sheets
    ):  # whoever took two seconds for each item of a sheet is not looked at again
        seconds = pd.to_numeric(given["seconds"]).reindex(answers.keys.index, fill_value=np.inf)
        hasty = seconds.to_numpy(np.float64) < SECONDS_AN_ITEM * answers.given.sum(axis=0)
        answers = answers.of_sheets(hasty | answers.repeated)
    taken = (
        given.assign(seconds=pd.to_numeric(given["seconds"]))
        .groupby(by)
        .agg(seconds=("seconds", "max"), row=(ROW, "min"))
    )
    items = answers.assign(rater_id=answers["rater_id"].fillna("")).groupby(by).size().rename("items")
    both = taken.join(items, how="inner").reset_index()
    fast = both[(both["items"] >= LEAST_ITEMS) & (both["seconds"] < SECONDS_AN_ITEM * both["items"])]
    return [
        Problem(
            f"{seconds:.0f} seconds for {items} answers in {wave}: faster than anybody reads",
            "Look whether the questionnaire was read; note the decision.",
            file,
            int(row),
            "seconds",
            person,
            severity="to decide",
            rule="careless",
        )
        for seconds, items, wave, row, person in zip(
            fast["seconds"], fast["items"], fast["wave_id"], fast["row"], fast["person_id"], strict=True
        )
    ]
