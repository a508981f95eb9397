"""The exhibits of the report's notebook, one function each: Results and verdicts, arranged and never computed.

Each takes the `Evaluation` and a language and returns an `Exhibit`, which JupyterLab shows and the
report prints. The researcher's annex is in `rmstudy.report.annex`, single goals in
`rmstudy.report.goal_pages`; both are reached from here.
"""

from __future__ import annotations

from typing import Literal

from rmstudy import plots
from rmstudy.disclosure import WITHHELD
from rmstudy.evaluation import CriterionVerdict, Evaluation, GoalVerdict
from rmstudy.evaluation.sentences import goal_answer, verdict_words
from rmstudy.report import people
from rmstudy.report.annex import annex
from rmstudy.report.exhibit import Exhibit, Part, Row, bullets, element, figure, join, table
from rmstudy.report.goal_pages import goal_page, goal_pages
from rmstudy.report.meetings import the_meetings
from rmstudy.report.numbers import short_words, unit_words
from rmstudy.report.words import (
    MERIT,
    SHAPES,
    arm_label,
    decisions,
    label,
    limits,
    role_label,
    tally,
    tone,
    unknowns,
    upper,
)
from rmstudy.wording import choose, percent, say, translate

Priority = Literal["primary", "secondary"]

__all__ = [
    "annex",
    "first_page",
    "goal_page",
    "goal_pages",
    "participation_flow",
    "the_answer",
    "the_decision",
    "the_limits",
    "the_meetings",
    "verdict_table",
    "what_is_not_known",
    "who_took_part",
]


def first_page(evaluation: Evaluation, *, lang: str = "en") -> Exhibit:
    """The page a director reads: the answer, the verdicts, the decision to take, and what is not known."""
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
        closing,
        verdict_table(evaluation, "secondary", lang=lang),
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
    several = len(evaluation.goals) > 1
    level = percent(evaluation.study.plan.analysis.level, lang)
    head = [
        say("Criterion", lang),
        *([say("Goal", lang)] if several else []),
        say("For whom", lang),
        say("Found", lang),
        say("{level} interval", lang, level=level),
        say("Target", lang),
        say("Unit", lang),
        say("Target reached?", lang),
        say("The programme's merit?", lang),
    ]
    number = {goal.goal.id: str(i) for i, goal in enumerate(evaluation.goals, start=1)}
    rows = []
    for one in chosen:
        cells: list[Part] = [
            _named(one, lang),
            *([number[one.goal.id]] if several else []),
            role_label(evaluation.study.plan, one.goal.role, lang),
            *_at_its_level(short_words(one, lang), one, evaluation, lang),
            unit_words(one, evaluation.study.plan, lang) or say("share of people", lang),
            badge(one, lang),
            say(MERIT[one.merit], lang),
        ]
        rows.append(Row(cells, one.criterion.priority))
    captions = {"primary": "Verdict by criterion", "secondary": "Criteria that explain and do not decide"}
    first = head.index(say("Found", lang))
    return table(
        say(captions[priority], lang),
        head,
        rows,
        cls="verdicts stack",
        numbers=(first, first + 1, first + 2),
        tight=(first - 1,),
    )


def _at_its_level(
    words: tuple[str, str, str], one: CriterionVerdict, evaluation: Evaluation, lang: str
) -> tuple[str, str, str]:
    """Name the level of an interval where it is not that of the column's head."""
    level = one.result.level if one.result else None
    if level is None or level == evaluation.study.plan.analysis.level:
        return words
    return words[0], f"{words[1]} ({percent(level, lang, 1)})", words[2]


def _named(one: CriterionVerdict, lang: str) -> Exhibit:
    """A criterion's name, with how it was judged where that is not by a comparison."""
    ways = {"change": say("before and after", lang), "share": say("share reached", lang)}
    told = [ways[one.criterion.contrast]] if one.criterion.contrast in ways else []
    if one.direction < 0:
        told.append(say("less is better", lang))
    parts: list[Part] = [" ", element("span", "; ".join(told), cls="way")] if told else []
    return join(label(one, lang), *parts)


def badge(one: CriterionVerdict, lang: str) -> Exhibit:
    """The verdict in words, with a shape and a colour."""
    shape = element("span", SHAPES[tone(one)], cls="shape", aria_hidden="true")
    return element("span", shape, " ", verdict_words(one, lang), cls=f"badge {tone(one)}")


def the_decision(evaluation: Evaluation, *, lang: str = "en") -> Exhibit:
    """The decision that verdicts and merit ask for."""
    lines = decisions(evaluation.goals, lang)
    head = element("h2", say("The decision to take", lang), cls="unlisted unnumbered")
    body = element("p", lines[0]) if len(lines) == 1 else bullets(lines)
    return element("div", head, body, cls="decision")


def what_is_not_known(evaluation: Evaluation, *, lang: str = "en") -> Exhibit:
    """What stays open."""
    head = element("h2", say("What we do not know", lang), cls="unlisted unnumbered")
    return element("div", head, bullets(unknowns(evaluation, lang)), cls="unknown")


def participation_flow(evaluation: Evaluation, *, lang: str = "en") -> Exhibit:
    """Who was there at each step, one figure and table a role, no few people to be told from two numbers."""
    plan = evaluation.study.plan
    least = plan.privacy.minimum_cell
    parts = [element("h2", say("Participation flow", lang))]
    for role in people.roles(evaluation):
        flow = people.shown(evaluation, role, lang)
        flow = flow[flow["step"].isin(people.STEPS)]
        flow = flow.assign(group=[upper(arm_label(arm, lang)) for arm in flow["group"]])
        caption = say("{role}: who was there at each step", lang, role=role_label(plan, role, lang))
        drawn = figure(plots.flow(flow, lang=lang), name=f"flow-{role}", caption=caption)
        groups, steps = list(dict.fromkeys(flow["group"])), list(dict.fromkeys(flow["step"]))
        texts = flow.set_index(["step", "group"])["n"]
        rows = [
            Row([upper(say(step, lang)), *(str(texts.get((step, g), "–")) for g in groups)]) for step in steps
        ]
        columns = tuple(range(1, len(groups) + 1))
        head = [say("Step", lang), *groups]
        beside = table(say("People at each step", lang), head, rows, numbers=columns)
        parts += [element("div", drawn, beside, cls="beside")]
    words = (
        "A number with ≈ is within {n:count} of the true one, and <{n:count} stands for fewer than {n:count} people: "
        "so that nobody can be singled out."
    )
    parts.append(element("p", say(words, lang, n=least), cls="note"))
    return element("section", *parts, cls="people")


def who_took_part(evaluation: Evaluation, *, lang: str = "en") -> Exhibit:
    """People by unit and group; where groups are too small to be shown, a sentence."""
    plan = evaluation.study.plan
    least = plan.privacy.minimum_cell
    parts: list[Exhibit] = [element("h2", say("Who took part", lang))]
    told = (
        (say("Who takes part:", lang), plan.design.who_takes_part),
        (say("Who selects:", lang), plan.design.who_selects),
    )
    parts.append(
        bullets(join(element("strong", name), " ", choose(words, lang)) for name, words in told if words)
    )
    hidden = False
    for role in people.roles(evaluation):
        name = role_label(plan, role, lang)
        if "unit" not in evaluation.study.tables["participants"].columns:
            parts.append(
                element("p", say("{role}: the study has no units to break down by.", lang, role=name))
            )
            continue
        sizes = people.breakdown(evaluation, role, lang)
        if sizes is None:
            words = (
                "{role}: no breakdown by unit is shown. The groups are too small: somebody could be recognised in a "
                "group of fewer than {n:count} people."
            )
            parts.append(element("p", say(words, lang, role=name, n=least)))
            continue
        hidden = hidden or sizes.eq(translate(WITHHELD, lang)).any(axis=None)
        rows = [
            Row([str(unit), *(str(n) for n in line)])
            for unit, line in zip(sizes.index, sizes.to_numpy(), strict=True)
        ]
        head = [say("Department or site", lang), *(upper(arm_label(arm, lang)) for arm in sizes.columns)]
        columns = tuple(range(1, len(head)))
        parts.append(table(say("{role}: people by unit", lang, role=name), head, rows, numbers=columns))
    if hidden:
        words = "Groups of fewer than {n:count} people, and those that would give them away, are not shown."
        parts.append(element("p", say(words, lang, n=least)))
    return element("section", *parts, cls="people")


def the_limits(evaluation: Evaluation, *, lang: str = "en") -> Exhibit:
    """What cannot be known from these data."""
    return element(
        "section", element("h2", say("Limits", lang)), bullets(limits(evaluation, lang)), cls="limits"
    )
