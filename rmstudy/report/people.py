"""Numbers of people as they may be shown: one set of numbers for the whole page."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import pandas as pd

from rmstudy import disclosure
from rmstudy.evaluation import CriterionVerdict, Evaluation, participation
from rmstudy.report.words import arm_label
from rmstudy.wording import count

STEPS = ("assigned", "matched", "met at least once", "answered before", "answered before and after")


def roles(evaluation: Evaluation) -> list[str]:
    """Roles that goals are about, without units."""
    return [role for role in dict.fromkeys(one.goal.role for one in evaluation.criteria) if role != "unit"]


@lru_cache(maxsize=16)  # every criterion's line asks for the same table
def shown(evaluation: Evaluation, role: str, lang: str) -> pd.DataFrame:
    """Participation flow of a role, followed by the people counted for each criterion, safe to be shown together.

    Numbers that differ by a few people would tell those few, wherever on the page they stand; so the
    flow and the counts of all criteria go through `disclosure.safe_flow` as one.

    Returns
    -------
    DataFrame
        Columns ``group``, ``step``, ``n``; a step is one of the flow or the id of a criterion.
    """
    flow = participation(evaluation.study, role)
    compared = {
        arm
        for one in evaluation.criteria
        if one.goal.role == role and one.criterion.contrast == "comparison"
        for arm in _arms(one)
    }
    flow = flow[flow["group"].isin(compared | {"programme"})]
    rows = [
        {"group": arm, "step": one.criterion.id, "n": people}
        for one in evaluation.criteria
        if one.goal.role == role
        for arm, people in _arms(one).items()
    ]
    table = pd.concat([flow, pd.DataFrame(rows, columns=["group", "step", "n"])], ignore_index=True)
    least = evaluation.study.plan.privacy.minimum_cell
    return disclosure.safe_flow(table, minimum=least, lang=lang)


def counted(evaluation: Evaluation, one: CriterionVerdict, lang: str) -> str:
    """The people counted for a criterion, by group, as they may be shown."""
    if one.result is None:
        return "–"
    if one.goal.role == "unit":
        return count(sum(one.result.n.values()), lang)
    table = shown(evaluation, one.goal.role, lang)
    texts = table[table["step"] == one.criterion.id].set_index("group")["n"]
    if len(texts) == 1:
        return str(texts.iloc[0])
    return ", ".join(f"{arm_label(arm, lang)} {texts[arm]}" for arm in texts.index)


def breakdown(evaluation: Evaluation, role: str, lang: str) -> pd.DataFrame | None:
    """People of a role by unit and group, small cells hidden; None when nothing could be shown.

    Returns
    -------
    DataFrame or None
        One row a unit, one column a group.
    """
    study = evaluation.study
    people = study.tables["participants"]
    if "unit" not in people.columns:
        return None
    members = people[people["role"] == role].set_index("person_id")
    arms = list(dict.fromkeys(shown(evaluation, role, lang)["group"]))
    placed = pd.DataFrame({"unit": members["unit"], "arm": study.arms.reindex(members.index)}).dropna()
    placed = placed[placed["arm"].isin(arms)]
    sizes = placed.groupby(["unit", "arm"]).size().reindex(_every(placed["unit"], arms), fill_value=0)
    table = sizes.rename("n").reset_index()
    least = study.plan.privacy.minimum_cell
    safe = disclosure.safe_counts(table, within=["arm"], minimum=least, lang=lang)
    totals = table.groupby("arm")["n"].transform("sum")
    revealed = (table["n"] >= least) & (safe["n"] == [count(n, lang) for n in table["n"]])
    if not (revealed & (totals >= least)).any():
        return None
    return safe.pivot_table(index="unit", columns="arm", values="n", aggfunc="first", sort=False)[arms]


def _every(units: pd.Series[str], arms: Sequence[str]) -> pd.MultiIndex:
    """Every unit with every group, units in alphabetical order."""
    return pd.MultiIndex.from_product([sorted(units.unique()), arms], names=["unit", "arm"])


def _arms(one: CriterionVerdict) -> dict[str, int]:
    """People counted by group; those of a contrast without a comparison are the programme's."""
    if one.result is None:
        return {}
    sizes = dict(one.result.n)
    return sizes if one.criterion.contrast == "comparison" else {"programme": sum(sizes.values())}
