"""Who came forward: from the staff to the last answer, and how far those who take part resemble the staff."""

from __future__ import annotations

import pandas as pd

from rmstudy.disclosure import WITHHELD
from rmstudy.errors import DesignError
from rmstudy.evaluation import Evaluation
from rmstudy.programme.recruitment import Represented, funnel, representativeness, safe_funnel
from rmstudy.programme.recruitment.represented import APPLICANTS, NOTICEABLE, PARTICIPANTS, words
from rmstudy.report import people
from rmstudy.report.exhibit import Exhibit, Part, Row, element, table
from rmstudy.report.words import arm_label, role_label, upper
from rmstudy.wording import count, number, percent, say, translate

_ALL = "all"


def represented(evaluation: Evaluation, role: str, lang: str) -> Represented | None:
    """Those who take part beside the staff, safe together with everything else of the report; None without.

    A characteristic is left out when a few people lack it, and the units when the breakdown by unit
    hides cells that these rows would open again.
    """
    least = evaluation.study.plan.privacy.minimum_cell
    try:
        found = representativeness(evaluation.study, role=role)
    except DesignError:  # no counts of the staff, or nobody yet
        return None
    safe = found.safe(minimum=least, lang=lang)
    kept = []
    for name, part in safe.counts.groupby("characteristic", sort=False):
        lost = [found.missing.get(f"{name}, {group}", 0) for group in (PARTICIPANTS, APPLICANTS)]
        few = any(0 < n < least for n in (lost[0], lost[1] - lost[0]))
        if not few and not (name == "unit" and _opens(evaluation, role, part, lang)):
            kept.append(part)
    if not kept:
        return None
    return Represented(pd.concat(kept, ignore_index=True), {}, role)


def _opens(evaluation: Evaluation, role: str, part: pd.DataFrame, lang: str) -> bool:
    """Whether the units shown here give away what the breakdown by unit withholds."""
    cells = people.breakdown(evaluation, role, lang)
    if cells is None:
        return False
    study = evaluation.study
    members = study.tables["participants"].set_index("person_id")
    arms = study.arms.reindex(members.index[members["role"] == role])
    joined = set(cells.index) - set(part["value"])
    for arm in cells.columns:
        hidden = set(cells.index[cells[arm] == translate(WITHHELD, lang)]) & joined
        unseen = int(members.loc[arms.index[arms == arm], "unit"].isin(hidden).sum())
        if unseen and unseen < max(study.plan.privacy.minimum_cell, len(hidden) + 1):
            return True
    return False


def resemblance(evaluation: Evaluation, lang: str) -> str:
    """In what those who take part differ most from the staff, role by role, in one sentence."""
    told = []
    for role in people.roles(evaluation):
        found = represented(evaluation, role, lang)
        rows = None if found is None else found.table[found.table["group"] == PARTICIPANTS]
        if rows is None or rows["difference"].isna().all():
            continue
        size = rows["difference"].abs()
        # of two that mirror each other, the one that is more often found
        row = rows.loc[rows.loc[size >= size.max() - 1e-9, "difference"].idxmax()]
        template = "{role}, {share:percent} {value} against {staff:percent}"
        if size.max() < NOTICEABLE:
            template = "{role}, none worth a look by {names:list}"
        names = [words(str(name), lang) for name in dict.fromkeys(rows["characteristic"])]
        values = {"value": str(row["value"]), "names": names}
        shares = {"share": float(row["share"]), "staff": float(row["staff_share"])}
        name = role_label(evaluation.study.plan, role, lang)
        told.append(say(template, lang, role=name, **values, **shares))
    if told:
        return say("Largest difference to the staff who could take part: {told}.", lang, told="; ".join(told))
    if "staff" in evaluation.study.tables:
        words_ = "How far those who take part resemble the staff is not told: the groups are too small."
    else:
        words_ = (
            "How far those who take part resemble the staff is not told: there are no counts of the staff."
        )
    return say(words_, lang)


def recruitment(evaluation: Evaluation, *, lang: str = "en") -> Exhibit:
    """The way from the staff to the last answer, and the staff beside applicants and participants, by role."""
    parts: list[Part] = [element("h2", say("From the staff to the last answer", lang))]
    shown = [way(evaluation, role, lang) for role in people.roles(evaluation)]
    shown += [_beside(evaluation, role, lang) for role in people.roles(evaluation)]
    tables = [part for part in shown if part.html]
    if not tables:
        words_ = (
            "The study has no applications and no counts of the staff: the report has the participation flow."
        )
        parts.append(element("p", say(words_, lang)))
    else:
        words_ = (
            "A standardised difference beyond 0.1 is worth a look. Alike in what a table holds does not mean alike in "
            "motivation. Small groups are joined, so that nobody can be recognised."
        )
        parts += [*tables, element("p", say(words_, lang), cls="note")]
    return element("section", *parts, cls="annex")


def way(evaluation: Evaluation, role: str, lang: str) -> Exhibit:
    """Staff, invited, applied, eligible and assigned, then each group's steps as the report has them."""
    study = evaluation.study
    least = study.plan.privacy.minimum_cell
    try:
        safe = safe_funnel(funnel(study, role=role), minimum=least, lang=lang)
    except DesignError:
        return Exhibit("")
    everybody = safe[safe["group"] == _ALL]
    hidden = safe.loc[safe["group"] != _ALL, "n"].eq(translate(WITHHELD, lang)).any()
    # one step is the assignment, which the report has; and a group that is withheld must not be had by subtraction
    if hidden or set(everybody["step"]) <= {"assigned"}:
        return Exhibit("")
    flow = people.shown(evaluation, role, lang)
    flow = flow[flow["step"].isin(people.STEPS)]
    arms = list(dict.fromkeys(flow["group"]))
    rows = []
    for line in everybody.itertuples(index=False):
        if line.step == "assigned":  # said with the groups, below
            continue
        step = upper(translate(str(line.step), lang))
        if line.reason:
            reason = words(str(line.reason), lang)
            step = say("{step}: {reason}", lang, step=step, reason=reason)
        rows.append(Row([step, str(line.n), *("–" for _ in arms)]))
    for step in people.STEPS:
        there = flow[flow["step"] == step].set_index("group")["n"]
        if len(there):
            all_ = everybody.loc[everybody["step"] == step, "n"]
            n = str(all_.iloc[0]) if len(all_) else "–"
            rows.append(Row([upper(say(step, lang)), n, *(str(there.get(arm, "–")) for arm in arms)]))
    name = role_label(study.plan, role, lang)
    head = [say("Step", lang), say("All", lang), *(upper(arm_label(arm, lang)) for arm in arms)]
    caption = say("{role}: from the staff to the last answer", lang, role=name)
    return table(caption, head, rows, numbers=tuple(range(1, len(head))))


def _beside(evaluation: Evaluation, role: str, lang: str) -> Exhibit:
    """Shares of the staff, the applicants and the participants, characteristic by characteristic."""
    found = represented(evaluation, role, lang)
    if found is None:
        return Exhibit("")
    rows = []
    for line in found.shown.to_dict("records"):
        what = say(
            "{label}: {note}",
            lang,
            label=upper(words(str(line["characteristic"]), lang)),
            note=str(line["value"]),
        )
        cells: list[Part] = [what, percent(line["staff_share"], lang)]
        for group in (APPLICANTS, PARTICIPANTS):
            cells += [percent(line[f"{group}_share"], lang), number(line[f"{group}_difference"], 2, lang)]
        rows.append(Row(cells))
    sizes = found.counts.groupby("characteristic", sort=False)["staff"].sum()
    names = ("Characteristic", "Staff", "Applicants", "Difference (SD)", "Take part", "Difference (SD)")
    caption = say(
        "{role}: staff who could take part ({n}), applicants, and those who take part",
        lang,
        role=role_label(evaluation.study.plan, role, lang),
        n=count(int(sizes.max()), lang),
    )
    head = [say(name, lang) for name in names]
    return table(caption, head, rows, numbers=(1, 2, 3, 4, 5))
