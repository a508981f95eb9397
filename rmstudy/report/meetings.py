"""How the programme ran: meetings, how pairs ended, and whether they fell back into hierarchy, summed up.

Single pairs are the coordinator's business and never stand in a report: the figures are those of monitoring
that may leave the coordinator's desk.
"""

from __future__ import annotations

from typing import Final

from rmstudy import plots
from rmstudy.disclosure import suppressed
from rmstudy.errors import DesignError
from rmstudy.evaluation import Evaluation
from rmstudy.programme.monitoring import Monitored, monitor
from rmstudy.report import commentary, people
from rmstudy.report.exhibit import Exhibit, Part, Row, element, facts, figure, join, table
from rmstudy.report.words import upper
from rmstudy.study.study import Study
from rmstudy.wording import say, translate

_HEIGHT: Final = 2.3  # inches: as tall as the table beside it
ENDS: Final = {
    "completed": "completed",
    "withdrawn": "withdrew",
    "left_company": "left the company",
    "reassigned": "changed partner",
    "never_met": "never met",
}


# What a client asks about; the other figures are in the files of `rmstudy monitor`.
_SHOWN: Final = {
    "meetings": ("held of those due",),
    "commitment": ("kept",),
    "reports by juniors": ("junior's share of the talk",),
    "reports by seniors": ("junior's share of the talk",),
    "hierarchy": (
        "advice went from the senior to the junior only",
        "the senior alone set the agenda",
        "the questions came from the junior",
        "a bad meeting by the plan's rule",
    ),
}


def monitoring(evaluation: Evaluation, *, lang: str = "en") -> Exhibit:
    """Meetings against the plan, how pairs ended, and signs of hierarchy, summed up over all pairs."""
    study = evaluation.study
    seen = _seen(study)
    rows = _rows(seen, lang) if seen else []
    ends = _ends(evaluation, lang)
    parts: list[Part] = [element("h2", say("How the programme ran, and fall back into hierarchy", lang))]
    if seen is None or not rows:
        words = (
            "Nothing is said about meetings: none were recorded, or too few pairs have records to say anything "
            "without pointing at one of them."
        )
        parts.append(element("p", " ".join([say(words, lang), *_caveats(study, seen, lang)])))
        parts += [] if ends is None else [ends]
    else:
        parts.append(element("p", seen.text(lang)))
        drawn = figure(
            plots.meetings(seen, lang=lang),
            name="meetings",
            caption=say("Meetings held and due", lang),
            height=_HEIGHT,
        )
        told = facts(say("Meetings and talk, all pairs together", lang), rows)
        parts.append(element("div", told, join(drawn, ends or Exhibit("")), cls="beside"))
        parts.append(element("p", " ".join(_caveats(study, seen, lang))))
    return element("section", *parts, commentary.said(study, "monitoring", lang), cls="monitoring")


def _seen(study: Study) -> Monitored | None:
    """The monitored programme; None without meetings, without a start of the pairs, or with too few pairs."""
    if not {"pairs", "meetings"} <= set(study.tables):
        return None
    try:
        seen = monitor(study)
    except DesignError:  # no pair has a start: when meetings were due cannot be said
        return None
    return None if seen.progress.empty else seen


def _rows(seen: Monitored, lang: str) -> list[tuple[str, Part]]:
    """The figures that may be shown and that a client asks for."""
    asked = [
        measure in _SHOWN.get(topic, ()) and known
        for topic, measure, known in zip(
            seen.aggregate["topic"], seen.aggregate["measure"], seen.aggregate["value"].notna(), strict=True
        )
    ]
    return [
        (f"{upper(topic)}: {measure}", value)
        for topic, measure, value, _ in seen.table(lang)[asked].itertuples(index=False)
    ]


def _caveats(study: Study, seen: Monitored | None, lang: str) -> list[str]:
    """What the figures are not."""
    words = (
        "Advice, agenda and questions come from the reports of those who met; they are not observations, and the "
        "rules behind them are not validated."
    )
    said = [say(words, lang)] if seen and "hierarchy" in set(seen.aggregate["topic"]) else []
    if "pairs" in study.tables:
        said.append(
            say("Single pairs are followed by the programme's coordinator and are never reported.", lang)
        )
    return said


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
    if sum(row.cells[1] != translate("withheld", lang) for row in rows) < 2:
        return None  # a table of one number is told by the participation flow
    head = [say("How the last pair of each mentee ended", lang), say("Mentees", lang)]
    return table(say("How pairs ended", lang), head, rows, cls="ends", numbers=(1,))
