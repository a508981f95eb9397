"""The exhibits of the report's notebook, one function each: Results and verdicts, arranged and never computed.

Each takes the `Evaluation` and a language and returns an `Exhibit`, which JupyterLab shows and the
report prints. `REPORT` and `ANNEX` name them in the order of the two documents; the sections live in
modules of their own and are reached from here.
"""

from __future__ import annotations

from typing import Final, Literal

from rmstudy import plots
from rmstudy.evaluation import CriterionVerdict, Evaluation, GoalVerdict
from rmstudy.evaluation.sentences import goal_answer, verdict_words
from rmstudy.report import commentary, people
from rmstudy.report.annex import annex, estimates, sensitivity, standardised
from rmstudy.report.benefit import who_benefited
from rmstudy.report.checklist import checklist
from rmstudy.report.costs import cost_sentence, costs_and_value
from rmstudy.report.exhibit import Exhibit, Part, Row, bullets, element, figure, join, table
from rmstudy.report.goal_pages import found_words, goal_page, goal_pages
from rmstudy.report.instruments import codebook, instruments
from rmstudy.report.lessons import the_limits, what_follows
from rmstudy.report.meetings import monitoring
from rmstudy.report.numbers import target_words
from rmstudy.report.origin import deviations, missing_data, where_from
from rmstudy.report.planned import goals_and_criteria, how_we_evaluated
from rmstudy.report.recruited import recruitment
from rmstudy.report.taking_part import who_took_part
from rmstudy.report.words import (
    MERIT,
    SHAPES,
    UNKNOWN_ON_PAGE_ONE,
    arm_label,
    decisions,
    label,
    role_label,
    tally,
    tone,
    unknowns,
    upper,
)
from rmstudy.wording import choose, count, percent, say

Priority = Literal["primary", "secondary"]

REPORT: Final = (
    "first_page",
    "goals_and_criteria",
    "how_we_evaluated",
    "participation_flow",
    "who_took_part",
    "goal_pages",
    "who_benefited",
    "monitoring",
    "costs_and_value",
    "what_follows",
    "the_limits",
)
ANNEX: Final = (
    "instruments",
    "missing_data",
    "recruitment",
    "estimates",
    "standardised",
    "sensitivity",
    "deviations",
    "checklist",
    "codebook",
    "where_from",
)

__all__ = [
    "ANNEX",
    "REPORT",
    "annex",
    "checklist",
    "codebook",
    "costs_and_value",
    "deviations",
    "estimates",
    "first_page",
    "goal_page",
    "goal_pages",
    "goals_and_criteria",
    "how_we_evaluated",
    "instruments",
    "missing_data",
    "monitoring",
    "participation_flow",
    "recruitment",
    "sensitivity",
    "standardised",
    "the_answer",
    "the_cost",
    "the_decision",
    "the_limits",
    "verdict_table",
    "what_follows",
    "what_is_not_known",
    "where_from",
    "who_benefited",
    "who_took_part",
]


def first_page(evaluation: Evaluation, *, lang: str = "en") -> Exhibit:
    """The page a director reads: the answer, the verdicts, the cost, the decision, and what is not known."""
    closing = element(
        "div",
        the_decision(evaluation, lang=lang),
        what_is_not_known(evaluation, lang=lang),
        cls="closing",
    )
    return element(
        "div",
        the_answer(evaluation, lang=lang),
        verdict_table(evaluation, "primary", lang=lang),
        the_cost(evaluation, lang=lang),
        closing,
        commentary.said(evaluation.study, "summary", lang),
        cls="first-page",
        id="answer",
    )


def the_answer(evaluation: Evaluation, *, lang: str = "en") -> Exhibit:
    """What was asked and the answer, one sentence a goal."""
    goals = evaluation.goals
    head = element("h2", say("The answer", lang), cls="unlisted unnumbered")
    lead = [element("div", tally(goals, lang), cls="lead")] if len(goals) > 1 else []
    asked = [_asked(goal, number, lang, alone=len(goals) == 1) for number, goal in enumerate(goals, start=1)]
    return element("div", head, *lead, *asked, cls="answer")


def _asked(goal: GoalVerdict, number: int, lang: str, *, alone: bool) -> Exhibit:
    """One goal and its answer."""
    statement = choose(goal.goal.statement, lang)
    asked = statement if alone else f"{number}. {statement}"
    shape = element("span", SHAPES[tone(goal)], cls="shape", aria_hidden="true")
    said = element("strong", shape, " ", goal_answer(goal, lang))
    return element(
        "div", element("div", asked, cls="question"), element("div", said, cls=f"said {tone(goal)}"),
        cls="asked alone" if alone else "asked",
    )  # fmt: skip


def verdict_table(evaluation: Evaluation, priority: Priority, *, lang: str = "en") -> Exhibit:
    """Verdict and merit of each criterion that decides, or of each that only explains."""
    chosen = [one for one in evaluation.criteria if one.criterion.priority == priority]
    if not chosen:
        return Exhibit("")
    plan = evaluation.study.plan
    several = len(evaluation.goals) > 1
    names = ("Criterion (goal)" if several else "Criterion", "Found", "Target", "Target reached?", "Merit")
    head = [say(name, lang) for name in names]
    number = {goal.goal.id: i for i, goal in enumerate(evaluation.goals, start=1) if several}
    rows = []
    for one in chosen:
        cells: list[Part] = [
            _named(one, number.get(one.goal.id), lang),
            found_words(one, evaluation, lang, unit=False),
            target_words(one, plan, lang),
            badge(one, lang),
            say(MERIT[one.merit], lang) if one.result else "–",
        ]
        rows.append(Row(cells, one.criterion.priority))
    level = percent(plan.analysis.level, lang)
    captions = {
        "primary": "Verdict by criterion, with {level} intervals in brackets",
        "secondary": "Criteria that explain and do not decide, with {level} intervals in brackets",
    }
    return table(say(captions[priority], lang, level=level), head, rows, cls="verdicts stack")


def _named(one: CriterionVerdict, goal: int | None, lang: str) -> Exhibit:
    """A criterion's name with its goal's number, and how it was judged where that is not by a comparison."""
    ways = {"change": say("before and after", lang), "share": say("share reached", lang)}
    told = [ways[one.criterion.contrast]] if one.criterion.contrast in ways else []
    if one.direction < 0:
        told.append(say("less is better", lang))
    parts: list[Part] = [" ", element("span", "; ".join(told), cls="way")] if told else []
    return join(label(one, lang), f" ({count(goal, lang)})" if goal else "", *parts)


def badge(one: CriterionVerdict, lang: str) -> Exhibit:
    """The verdict in words, with a shape and a colour."""
    shape = element("span", SHAPES[tone(one)], cls="shape", aria_hidden="true")
    return element("span", shape, " ", verdict_words(one, lang), cls=f"badge {tone(one)}")


def the_cost(evaluation: Evaluation, *, lang: str = "en") -> Exhibit:
    """What it cost, in one sentence."""
    head = element("strong", say("What it cost:", lang))
    return element("p", head, " ", cost_sentence(evaluation, lang), cls="cost")


def the_decision(evaluation: Evaluation, *, lang: str = "en") -> Exhibit:
    """The decision that verdicts and merit ask for."""
    lines = decisions(evaluation.goals, lang)
    head = element("h2", say("The decision to take", lang), cls="unlisted unnumbered")
    body = element("p", lines[0]) if len(lines) == 1 else bullets(lines)
    return element("div", head, body, cls="decision")


def what_is_not_known(evaluation: Evaluation, *, lang: str = "en") -> Exhibit:
    """What stays open, the heaviest doubts first; the rest stands among the limits."""
    head = element("h2", say("What we do not know", lang), cls="unlisted unnumbered")
    lines = unknowns(evaluation, lang)[:UNKNOWN_ON_PAGE_ONE]
    return element("div", head, bullets(lines), cls="unknown")


def participation_flow(evaluation: Evaluation, *, lang: str = "en") -> Exhibit:
    """Who was there at each step, a figure a role and one table, no few people to be told from two numbers."""
    plan = evaluation.study.plan
    least = plan.privacy.minimum_cell
    figures: list[Exhibit] = []
    columns: dict[str, dict[str, str]] = {}
    for role in people.roles(evaluation):
        name = role_label(plan, role, lang)
        flow = people.shown(evaluation, role, lang)
        flow = flow[flow["step"].isin(people.STEPS)]
        for arm, group in flow.groupby("group", sort=False):
            head = say("{role}, {group}", lang, role=name, group=arm_label(str(arm), lang))
            columns[head] = dict(zip(group["step"], group["n"], strict=True))
        flow = flow.assign(group=[upper(arm_label(arm, lang)) for arm in flow["group"]])
        caption = say("{role}: who was there at each step", lang, role=name)
        figures.append(figure(plots.flow(flow, lang=lang), name=f"flow-{role}", caption=caption, height=2.3))
    rows = [
        Row([upper(say(step, lang)), *(there.get(step, "–") for there in columns.values())])
        for step in people.STEPS
        if any(step in there for there in columns.values())
    ]
    heads = [say("Step", lang), *columns]
    beside = table(say("People at each step", lang), heads, rows, numbers=tuple(range(1, len(heads))))
    words = (
        "A number with ≈ is less than {n:count} away from the true one, and <{n:count} stands for fewer than "
        "{n:count} people: so that nobody can be singled out."
    )
    return element(
        "section",
        element("h2", say("Participation flow", lang)),
        *([element("div", *figures, cls="beside pair")] if len(figures) > 1 else []),
        *([element("div", *figures, beside, cls="beside")] if len(figures) == 1 else [beside]),
        element("p", say(words, lang, n=least), cls="note"),
        cls="people",
    )
