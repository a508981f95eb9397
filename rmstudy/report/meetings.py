"""How the programme ran: meetings, how pairs ended, and whether they fell back into hierarchy, summed up.

Single pairs are the coordinator's business and never stand in a report. Everything here is worked out by
`summary`, the one place to put a richer account of the monitoring.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pandas as pd

from rmstudy.disclosure import suppressed
from rmstudy.evaluation import Evaluation
from rmstudy.report import commentary, people
from rmstudy.report.exhibit import Exhibit, Part, Row, element, facts, join, table
from rmstudy.study.study import Study
from rmstudy.wording import number, percent, say, translate

ENDS: Final = {
    "completed": "completed",
    "withdrawn": "withdrew",
    "left_company": "left the company",
    "reassigned": "changed partner",
    "never_met": "never met",
}


@dataclass(frozen=True, slots=True)
class Summary:
    """What the records of meetings and pairs say, without anybody in it; None where nothing can be said.

    Parameters
    ----------
    held : float or None
        Meetings held as a share of those planned.
    minutes : float or None
        Middle length of a meeting.
    talk : float or None
        Mean share of the talk that the junior had, 0 to 1.
    advice : float or None
        Share of the logged meetings in which advice went mainly from the senior to the junior.
    questions : float or None
        Share of the logged meetings in which mainly the senior asked, as the programme wants it.
    """

    held: float | None = None
    minutes: float | None = None
    talk: float | None = None
    advice: float | None = None
    questions: float | None = None


def summary(study: Study) -> Summary:
    """Sum up meetings and log; nothing is told of fewer pairs than twice the minimum.

    Examples
    --------
    >>> import rmstudy as rm
    >>> summary(rm.load_sample("eight-pairs"))
    Summary(held=None, minutes=None, talk=None, advice=None, questions=None)
    """
    meetings, pairs = study.tables.get("meetings"), study.tables.get("pairs")
    least = 2 * study.plan.privacy.minimum_cell
    if meetings is None or pairs is None or meetings["pair_id"].nunique() < least:
        return Summary()
    planned = study.plan.programme.planned_meetings
    minutes = _numbers(meetings, "minutes")
    log = study.tables.get("meeting_log")
    if log is None or log["meeting_id"].map(meetings.set_index("meeting_id")["pair_id"]).nunique() < least:
        log = pd.DataFrame()
    talk = _numbers(log, "talk_share_mentor")
    return Summary(
        held=len(meetings) / (planned * pairs["mentee_id"].nunique()) if planned else None,
        minutes=float(minutes.median()) if minutes.notna().any() else None,
        talk=float(talk.mean()) / 100 if talk.notna().any() else None,
        advice=_share(log, "advice_direction", "mentee_to_mentor"),
        questions=_share(log, "questions_by", "mentee"),
    )


def _numbers(rows: pd.DataFrame, column: str) -> pd.Series[float]:
    """A column as numbers, empty where it is not there."""
    return (
        pd.to_numeric(rows[column], errors="coerce") if column in rows.columns else pd.Series(dtype="float64")
    )


def _share(rows: pd.DataFrame, column: str, value: str) -> float | None:
    """Share of a value among the entries that were filled in."""
    filled = rows[column].dropna() if column in rows.columns else pd.Series(dtype="object")
    return float((filled == value).mean()) if len(filled) else None


def monitoring(evaluation: Evaluation, *, lang: str = "en") -> Exhibit:
    """Meetings against the plan, how pairs ended, and signs of hierarchy, summed up over all pairs."""
    study = evaluation.study
    found = summary(study)
    parts: list[Part] = [element("h2", say("How the programme ran, and fall back into hierarchy", lang))]
    rows = _rows(found, study, lang)
    ends = _ends(evaluation, lang)
    if not rows:
        words = (
            "Nothing is said about meetings: none were recorded, or too few pairs have records to say anything "
            "without pointing at one of them."
        )
        parts.append(element("p", say(words, lang)))
    told = [facts(say("Meetings and talk, all pairs together", lang), rows)] if rows else []
    tables = told + ([ends] if ends is not None else [])
    parts.append(element("div", *tables, cls="beside") if len(tables) > 1 else join(*tables))
    said = [_relapse(found, lang)] if found.advice is not None else []
    said.append(say("Single pairs are followed by the programme's coordinator and are never reported.", lang))
    parts.append(element("p", " ".join(said)))
    return element("section", *parts, commentary.said(study, "monitoring", lang), cls="monitoring")


def _rows(found: Summary, study: Study, lang: str) -> list[tuple[str, Part]]:
    """What is known, line by line."""
    planned = study.plan.programme.planned_meetings
    lines: list[tuple[str, Part]] = []
    if found.held is not None and planned:
        name = say("Meetings held, of {n:count} planned for each pair", lang, n=planned)
        lines.append((name, percent(found.held, lang)))
    if found.minutes is not None:
        lines.append((say("Middle length of a meeting, minutes", lang), number(found.minutes, 0, lang)))
    if found.talk is not None:
        lines.append((say("Share of the talk that the junior had, mean", lang), percent(found.talk, lang)))
    if found.questions is not None:
        lines.append((say("Meetings in which mainly the senior asked", lang), percent(found.questions, lang)))
    if found.advice is not None:
        name = say("Meetings in which advice went mainly from senior to junior", lang)
        lines.append((name, percent(found.advice, lang)))
    return lines


def _relapse(found: Summary, lang: str) -> str:
    """What the signs of hierarchy say."""
    words = (
        "Fall back into hierarchy: in {share:percent} of the logged meetings the senior mainly gave advice to the "
        "junior, the direction that reverse mentoring turns round. These are reports of those who met, not "
        "observations."
    )
    return say(words, lang, share=found.advice)


def _ends(evaluation: Evaluation, lang: str) -> Exhibit | None:
    """How the last pair of each mentee ended, small numbers and those that would give them away hidden."""
    role = evaluation.study.plan.role_acting_as("mentee")
    if role is None or role not in people.roles(evaluation):
        return None
    reasons = people.last_reasons(evaluation.study, role)
    done = people.step(evaluation, role, "completed", lang)
    if reasons is None or done is None:
        return None
    least = evaluation.study.plan.privacy.minimum_cell
    sizes = {reason: int((reasons == reason).sum()) for reason in ENDS}
    hidden = dict(zip(sizes, suppressed(sizes.values(), minimum=least), strict=True))
    plain = done.isdigit() and not hidden["completed"]
    rows = []
    for reason, size in sizes.items():
        if size == 0 and plain:
            continue
        # where the flow does not tell how many completed, no part of the rest may tell it either
        told = (
            done
            if reason == "completed"
            else str(size)
            if plain and not hidden[reason]
            else translate("withheld", lang)
        )
        rows.append(Row([say(ENDS[reason], lang), told]))
    if len(rows) == 1 and not plain:
        return None
    head = [say("How the last pair of each mentee ended", lang), say("Mentees", lang)]
    return table(say("How pairs ended", lang), head, rows, cls="ends", numbers=(1,))
