"""The reporting checklist: CONSORT after a lottery, TREND otherwise; what stands where, and what is not reported."""

from __future__ import annotations

from typing import Final, Literal

from rmstudy.evaluation import Evaluation
from rmstudy.report.exhibit import Exhibit, Part, Row, element, table
from rmstudy.report.words import role_label
from rmstudy.wording import say

Place = Literal[
    "page one", "goals", "evaluation", "flow", "people", "results", "benefit", "limits", "limits and lessons",
    "measures", "missing", "models", "sensitivity", "design and deviations", "none",
]  # fmt: skip
Item = tuple[str, str, Place]

PLACES: Final[dict[str, str]] = {
    "page one": "report, page one",
    "goals": "report, goals and success criteria",
    "evaluation": "report, how we evaluated",
    "flow": "report, participation flow",
    "people": "report, who took part",
    "results": "report, each goal",
    "benefit": "report, who benefited",
    "limits": "report, limits",
    "limits and lessons": "report, page one, recommendations and limits",
    "measures": "annex, instruments",
    "missing": "annex, missing data",
    "models": "annex, models and estimates",
    "sensitivity": "annex, sensitivity",
    "design and deviations": "report, how we evaluated; annex, deviations from the plan",
    "none": "not reported",
}
# Topics after Des Jarlais, Lyles & Crepaz (2004), American Journal of Public Health 94, 361-366.
TREND: Final[tuple[Item, ...]] = (
    ("1", "Title and summary: how groups were made", "page one"),
    ("2", "Background: why, and the theory behind it", "none"),
    ("3", "Participants: who could take part, how recruited, where", "people"),
    ("4", "The programme: what, by whom, how often", "goals"),
    ("5", "Objectives", "goals"),
    ("6", "Outcomes and how they were measured", "measures"),
    ("7", "Sample size and how it was decided", "none"),
    ("8", "How people came into their group", "evaluation"),
    ("9", "Blinding: who knew who was in which group", "none"),
    ("10", "Unit of analysis", "models"),
    ("11", "Statistical methods", "models"),
    ("12", "Flow of participants", "flow"),
    ("13", "Dates of recruitment and follow-up", "evaluation"),
    ("14", "People at the start, those lost included", "people"),
    ("15", "Were the groups alike before?", "people"),
    ("16", "Numbers analysed", "models"),
    ("17", "Estimates with their precision", "results"),
    ("18", "Further analyses, planned and explored", "benefit"),
    ("19", "Unwanted effects", "none"),
    ("20", "Interpretation, limits, and what follows for practice", "limits and lessons"),
    ("21", "For whom the results hold", "limits"),
    ("22", "The results beside what is known from elsewhere", "none"),
)
# Topics after Schulz, Altman & Moher (2010), BMJ 340, c332.
CONSORT: Final[tuple[Item, ...]] = (
    ("1", "Title and summary", "page one"),
    ("2", "Background and objectives", "goals"),
    ("3", "Design, and changes to it after the start", "design and deviations"),
    ("4", "Participants: who could take part, and where", "people"),
    ("5", "The programme and the comparison", "goals"),
    ("6", "Outcomes, fixed beforehand", "goals"),
    ("7", "Sample size and how it was decided", "none"),
    ("8", "The draw: how, and in which strata", "evaluation"),
    ("9", "Concealment of the draw", "none"),
    ("10", "Who drew, who enrolled, who assigned", "none"),
    ("11", "Blinding: who knew who was in which group", "none"),
    ("12", "Statistical methods", "models"),
    ("13", "Flow of participants, with losses", "flow"),
    ("14", "Dates of recruitment and follow-up", "evaluation"),
    ("15", "People at the start, by group", "people"),
    ("16", "Numbers analysed, by the group drawn", "models"),
    ("17", "Estimates with their precision", "results"),
    ("18", "Further analyses, planned and explored", "benefit"),
    ("19", "Unwanted effects", "none"),
    ("20", "Limits", "limits"),
    ("21", "For whom the results hold", "limits"),
    ("22", "Interpretation", "page one"),
    ("23", "Registration: number and register", "none"),
    ("24", "Where the whole plan can be read", "none"),
    ("25", "Funding: who paid, and what part they had", "none"),
)


def checklist(evaluation: Evaluation, *, lang: str = "en") -> Exhibit:
    """Each topic of the checklist that fits the design, and where it is reported."""
    drawn, others = _roles(evaluation, lang)
    items = CONSORT if drawn else TREND
    parts: list[Part] = [element("h2", say("Reporting checklist", lang))]
    if drawn:
        words = "CONSORT 2010, because a lottery decided who took part: {names}."
        parts.append(element("p", say(words, lang, names=", ".join(drawn))))
    else:
        parts.append(element("p", say("TREND, because no lottery decided who took part.", lang)))
    if drawn and others:
        words = "The groups of other roles were not drawn by lot, which each goal says: {names}."
        parts.append(element("p", say(words, lang, names=", ".join(others))))
    rows = [
        Row([number, say(topic, lang), _where(evaluation, topic, place, lang)])
        for number, topic, place in items
    ]
    head = [say(words, lang) for words in ("Item", "Topic", "Where")]
    parts.append(table(say("What is reported, and where", lang), head, rows, cls="checklist"))
    return element("section", *parts, cls="annex")


def _roles(evaluation: Evaluation, lang: str) -> tuple[list[str], list[str]]:
    """Roles compared after a lottery, and the other ones."""
    plan = evaluation.study.plan
    compared = {one.goal.role for one in evaluation.criteria if one.criterion.contrast == "comparison"}
    every = dict.fromkeys(goal.goal.role for goal in evaluation.goals)
    drawn = [
        role for role in every if role in compared and plan.design.assignment[role].mechanism == "lottery"
    ]
    others = [role for role in every if role not in drawn]
    return [role_label(plan, role, lang) for role in drawn], [role_label(plan, role, lang) for role in others]


def _where(evaluation: Evaluation, topic: str, place: Place, lang: str) -> str:
    """The place of a topic; not reported where this study has nothing on it."""
    plan = evaluation.study.plan
    if topic.startswith("Registration"):
        return say("not reported (a lock of the plan: annex, deviations from the plan)", lang)
    if topic.startswith("Were the groups alike") and not any(
        one.balance is not None for one in evaluation.criteria
    ):
        return say("not applicable: no comparison group", lang)
    if topic.startswith("The programme") and not any(goal.goal.method for goal in evaluation.goals):
        return say("not reported", lang)
    if topic.startswith("Dates") and not plan.programme.start:
        return say("not reported", lang)
    return say(PLACES[place], lang)
