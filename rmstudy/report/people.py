"""Numbers of people as they may be shown: one set of numbers for the whole page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import pandas as pd

from rmstudy import disclosure
from rmstudy.evaluation import CriterionVerdict, Evaluation, participation
from rmstudy.report.words import arm_label, follow_up_counts, follow_up_elsewhere, follow_up_words
from rmstudy.study.study import Study
from rmstudy.wording import count, translate

STEPS = (
    "assigned",
    "matched",
    "met at least once",
    "completed",
    "answered before",
    "answered before and after",
)
STARTED = ", started"


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
    flow = _with_completed(evaluation, role, participation(evaluation.study, role))
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
    # a share of those who answered again tells how many had started: these numbers are published as well
    rows += [
        {"group": arm, "step": f"{one.criterion.id}{STARTED}", "n": started}
        for one in evaluation.criteria
        if one.goal.role == role
        for arm, (_, started) in follow_up_counts(one).items()
    ]
    table = pd.concat([flow, pd.DataFrame(rows, columns=["group", "step", "n"])], ignore_index=True)
    least = evaluation.study.plan.privacy.minimum_cell
    return disclosure.safe_flow(table, minimum=least, lang=lang)


def follow_up(evaluation: Evaluation, one: CriterionVerdict, lang: str) -> list[str]:
    """Who answered again for a criterion, so far as no number beside it tells a few people then."""
    least = evaluation.study.plan.privacy.minimum_cell
    if one.goal.role == "unit" or one.result is None:
        return []
    table = shown(evaluation, one.goal.role, lang)
    started = table[table["step"] == f"{one.criterion.id}{STARTED}"].set_index("group")["n"]
    for arm, (there, before) in follow_up_counts(one).items():
        if not started[arm][0].isdigit() and not 0 < before - there < least:
            return [follow_up_elsewhere(lang)]
    return follow_up_words(one, least, counted(evaluation, one, lang), lang)


def counted_short(evaluation: Evaluation, one: CriterionVerdict, lang: str) -> str:
    """The people counted for a criterion, programme first, the same numbers without the groups' names."""
    if one.result is None or one.goal.role == "unit":
        return counted(evaluation, one, lang)
    table = shown(evaluation, one.goal.role, lang)
    return " / ".join(str(n) for n in table.loc[table["step"] == one.criterion.id, "n"])


def _with_completed(evaluation: Evaluation, role: str, flow: pd.DataFrame) -> pd.DataFrame:
    """The flow with those of the programme whose last pair completed it, behind those who met."""
    reasons = last_reasons(evaluation.study, role)
    if reasons is None:
        return flow
    there = flow[(flow["group"] == "programme") & flow["step"].isin(["matched", "met at least once"])]
    if there.empty:
        return flow
    done = pd.DataFrame(
        {"group": "programme", "step": "completed", "n": int((reasons == "completed").sum())}, index=[0]
    )
    at = flow.index.get_loc(there.index[-1]) + 1
    return pd.concat([flow.iloc[:at], done, flow.iloc[at:]], ignore_index=True)


def last_reasons(study: Study, role: str) -> pd.Series[str] | None:
    """Why the last pair of each person of the programme ended; None where that was not kept for all."""
    pairs = study.tables.get("pairs")
    side = {
        study.plan.role_acting_as("mentee"): "mentee_id",
        study.plan.role_acting_as("mentor"): "mentor_id",
    }
    if pairs is None or role not in side or not {"end_reason", "start"} <= set(pairs.columns):
        return None
    if pairs["end_reason"].isna().any():
        return None
    last = pairs.sort_values("start", kind="stable").drop_duplicates(side[role], keep="last")
    reasons = last.set_index(side[role])["end_reason"]
    return reasons[study.arms.reindex(reasons.index).eq("programme").to_numpy()]


def between(text: str, least: int) -> tuple[int, int]:
    """The fewest and the most people that a published number may stand for.

    Examples
    --------
    >>> between("48", 5), between("≈48", 5), between("<5", 5)
    ((48, 48), (44, 52), (0, 4))
    """
    digits = int("".join(c for c in text if c.isdigit()))
    if text[0] == "<":
        return 0, digits - 1
    return (digits - least + 1, digits + least - 1) if text[0] == "≈" else (digits, digits)


def step(evaluation: Evaluation, role: str, name: str, lang: str) -> str | None:
    """The number of people of the programme at a step, as it is published."""
    flow = shown(evaluation, role, lang)
    found = flow.loc[(flow["group"] == "programme") & (flow["step"] == name), "n"]
    return None if found.empty else str(found.iloc[0])


def reached(evaluation: Evaluation, name: str, lang: str) -> tuple[int, int] | None:
    """How many mentees reached a step: the fewest and the most that the published flow allows."""
    role = evaluation.study.plan.role_acting_as("mentee")
    text = step(evaluation, role, name, lang) if role in roles(evaluation) else None
    if role is None or text is None:
        return None
    low, high = between(text, evaluation.study.plan.privacy.minimum_cell)
    most = step(evaluation, role, "assigned", lang)
    if most:
        high = min(high, between(most, evaluation.study.plan.privacy.minimum_cell)[1])
    return (low, high) if low > 0 else None


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


def share_words(evaluation: Evaluation, one: CriterionVerdict, lang: str) -> str:
    """The share of a criterion as it may be shown beside the people counted for it."""
    if one.result is None:
        return "–"
    of, share = sum(one.result.n.values()), one.result.headline.estimate or 0.0
    least, told = evaluation.study.plan.privacy.minimum_cell, None
    if one.goal.role != "unit":
        text = counted(evaluation, one, lang)
        if text.startswith("<"):
            return translate(disclosure.WITHHELD, lang)
        told = between(text, least)
    return disclosure.safe_share(math.floor(share * of + 0.5), of, minimum=least, told=told, lang=lang)


def share_is_shown(evaluation: Evaluation, one: CriterionVerdict) -> bool:
    """Whether a criterion's number may be told sharply, with its interval and in a picture."""
    if one.criterion.contrast != "share" or one.result is None:
        return True
    return share_words(evaluation, one, "en").removesuffix("%").isdigit()


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
