"""What was to be reached and how it was evaluated: the plan's criteria, the design, and how strong it is."""

from __future__ import annotations

from typing import Final

from rmstudy import plots
from rmstudy.evaluation import CriterionVerdict, Evaluation
from rmstudy.plots import Lane, Moment
from rmstudy.report import commentary
from rmstudy.report.exhibit import PAGE, Exhibit, Part, Row, bullets, element, figure, join, table
from rmstudy.report.numbers import set_short, target_words
from rmstudy.report.words import arm_label, label, role_label
from rmstudy.study.plan import Plan
from rmstudy.wording import choose, count, day, say

CONTRASTS: Final = {
    "change": "before–after",
    "share": "share",
    "comparison": "comparison",
}
MECHANISMS: Final = {
    "lottery": "seats drawn by lot",
    "first_come": "first come, first served",
    "manager": "chosen by managers",
    "criteria": "chosen by fixed rules",
    "self": "chose themselves",
    "everyone": "everybody took part",
}
STRENGTHS: Final = {
    5: "Drawn by lot, and the groups stayed whole: a difference is the programme's, within the interval.",
    4: "Drawn by lot, but people were lost or changed sides unevenly: the programme is the likely cause.",
    3: "A comparison group that was not drawn, with the starting point taken into account: the programme is a "
    "plausible cause, and others remain.",
    2: "A comparison group that differed too much, or lost too many people: the cause cannot be told.",
    1: "The same people before and after: nothing tells what would have happened without the programme.",
}


def goals_and_criteria(evaluation: Evaluation, *, lang: str = "en") -> Exhibit:
    """Each goal with whom it is for, and each criterion with its measure, contrast, target and date."""
    plan = evaluation.study.plan
    ones = evaluation.criteria
    dates = {one.criterion.fixed_on for one in ones}
    parts: list[Part] = [element("h2", say("Goals and success criteria", lang))]
    parts.append(
        element("ol", *(_goal(evaluation, i, lang) for i in range(len(evaluation.goals))), cls="goals")
    )
    dated = len(dates) > 1
    head = [
        say("Criterion", lang),
        *([say("Goal", lang)] if len(evaluation.goals) > 1 else []),
        say("Measured by", lang),
        say("Contrast", lang),
        say("Target", lang),
        say("As planned", lang),
        *([say("Fixed on", lang)] if dated else []),
    ]
    several = len(evaluation.goals) > 1
    place = {goal.goal.id: count(i, lang) for i, goal in enumerate(evaluation.goals, start=1)}
    rows = [_criterion(one, plan, place[one.goal.id] if several else "", lang, dated=dated) for one in ones]
    caption = say("Success criteria, in the plan's order; those in bold decide", lang)
    parts.append(table(caption, head, rows, cls="plan stack"))
    parts.append(element("p", _fixed(evaluation, lang), cls="note"))
    return element("section", *parts, commentary.said(evaluation.study, "goals", lang), cls="planned")


def _goal(evaluation: Evaluation, place: int, lang: str) -> Exhibit:
    """One goal: what, for whom, by what means, and why the targets that decide are what they are."""
    goal, plan = evaluation.goals[place].goal, evaluation.study.plan
    whom = say("For whom: {role}.", lang, role=role_label(plan, goal.role, lang))
    rule = say("One of its criteria is enough.", lang) if goal.require == "any" else ""
    how = choose(goal.method, lang) if goal.method else ""
    decide = [one for one in evaluation.goals[place].criteria if one.criterion.priority == "primary"]
    why = [
        say("{label}: {note}", lang, label=label(one, lang), note=choose(one.criterion.rationale, lang))
        for one in decide
        if one.criterion.rationale
    ]
    reasons = say("Why these targets: {reasons}", lang, reasons=" ".join(why)) if why else ""
    rest = " ".join(words for words in (whom, how, rule, reasons) if words)
    return element("li", element("strong", choose(goal.statement, lang)), " ", rest)


def _criterion(one: CriterionVerdict, plan: Plan, goal: str, lang: str, *, dated: bool) -> Row:
    """One criterion as the plan set it."""
    criterion = one.criterion
    cells: list[Part] = [
        label(one, lang),
        *([goal] if goal else []),
        choose(one.instrument.name, lang),
        say(CONTRASTS[criterion.contrast], lang),
        target_words(one, plan, lang),
        set_short(one, lang),
        *([day(criterion.fixed_on, lang) if criterion.fixed_on else "–"] if dated else []),
    ]
    return Row(cells, criterion.priority)


def _fixed(evaluation: Evaluation, lang: str) -> str:
    """When the criteria were fixed, and whether that is proven."""
    dates = sorted({one.criterion.fixed_on for one in evaluation.criteria if one.criterion.fixed_on})
    unlocked = any(note.code == "plan_not_locked" for note in evaluation.notes)
    known = len({one.criterion.fixed_on for one in evaluation.criteria}) == 1 and dates
    start = evaluation.study.plan.programme.start
    said = []
    if known:
        said.append(
            say("According to the plan, all criteria were fixed on {date:date}.", lang, date=dates[0])
        )
    if dates and start:
        before = dates[-1] <= start
        said.append(
            say("That is before the programme started.", lang)
            if before
            else say("That is after the programme started.", lang)
        )
    if any(one.criterion.unit == "sd" for one in evaluation.criteria):
        said.append(say("SD: standard deviations of the reference group that the plan names.", lang))
    if any(one.criterion.priority == "secondary" and one.criterion.rationale for one in evaluation.criteria):
        said.append(say("The reasons for the other targets stand in the annex.", lang))
    if unlocked:
        said.append(say("The date is not proven: the plan was not locked.", lang))
    return " ".join(said)


def how_we_evaluated(evaluation: Evaluation, *, lang: str = "en") -> Exhibit:
    """The design as a picture over time, and how strong the evidence is."""
    plan = evaluation.study.plan
    parts: list[Part] = [element("h2", say("How we evaluated", lang))]
    lanes = _lanes(evaluation, lang)
    if lanes:
        programme = plan.programme
        period = (programme.start, programme.end) if programme.start and programme.end else None
        waves = [
            Moment(choose(wave.label, lang) if wave.label else say(name, lang), wave.opened, wave.closed)
            for name, wave in plan.waves.items()
        ]
        drawn = plots.design(lanes, waves, period=period, lang=lang)
        caption = say("Who was compared with whom, and when they were asked", lang)
        parts.append(figure(drawn, name="design", caption=caption, inches=PAGE))
    parts.append(_ways(evaluation, lang))
    parts.append(_strength(evaluation, lang))
    return element("section", *parts, commentary.said(evaluation.study, "evaluation", lang), cls="evaluated")


def _lanes(evaluation: Evaluation, lang: str) -> list[Lane]:
    """Each role's groups: the programme's, and below it the one it is compared with."""
    study = evaluation.study
    lanes = []
    for role in dict.fromkeys(goal.goal.role for goal in evaluation.goals):
        name = role_label(study.plan, role, lang)
        if role == "unit":
            lanes.append(Lane(name, True, _asked(evaluation, role)))
            continue
        compared = any(one.criterion.contrast == "comparison" for one in _of(evaluation, role))
        assignment = study.plan.design.assignment.get(role)
        asked = _asked(evaluation, role)
        programme = say("{role}, {group}", lang, role=name, group=arm_label("programme", lang))
        lanes.append(Lane(programme, True, asked))
        if compared and assignment and assignment.comparison:
            other = say("{role}, {group}", lang, role=name, group=arm_label(assignment.comparison, lang))
            drawn = assignment.mechanism == "lottery"
            how = say("drawn by lot" if drawn else "not drawn by lot", lang)
            lanes.append(Lane(other, False, asked, how))
    return lanes


def _of(evaluation: Evaluation, role: str) -> list[CriterionVerdict]:
    """Criteria of a role."""
    return [one for one in evaluation.criteria if one.goal.role == role]


def _asked(evaluation: Evaluation, role: str) -> tuple[bool, ...]:
    """In which waves the measures of a role's criteria were answered."""
    study = evaluation.study
    names = {one.criterion.instrument for one in _of(evaluation, role)}
    for name in tuple(names):
        names |= set(study.plan.instruments[name].gap_between or ())
    there = set(study.scores.loc[study.scores["instrument_id"].isin(names), "wave_id"])
    return tuple(wave in there for wave in study.plan.waves)


def _ways(evaluation: Evaluation, lang: str) -> Exhibit:
    """How people came into their group, by role."""
    plan = evaluation.study.plan
    lines = []
    for role, assignment in plan.design.assignment.items():
        if role not in {goal.goal.role for goal in evaluation.goals}:
            continue
        selection = plan.design.selection.get(role)
        rule = choose(selection.rule, lang) if selection else ""
        way = say(MECHANISMS[assignment.mechanism], lang)
        words = say("{role}: {way}.", lang, role=role_label(plan, role, lang), way=way)
        same = rule.strip(". ").casefold() == way.casefold()
        lines.append(join(words, " ", rule) if rule and not same else join(words))
    return bullets(lines, cls="ways")


def _strength(evaluation: Evaluation, lang: str) -> Exhibit:
    """What each level of evidence means, with the criteria at that level."""
    levels: dict[int, list[str]] = {}
    for one in evaluation.criteria:
        if one.criterion.priority == "primary":
            levels.setdefault(one.strength, []).append(label(one, lang))
    rows = [
        Row([count(level, lang), say(STRENGTHS[level], lang), ", ".join(dict.fromkeys(levels[level]))])
        for level in sorted(levels, reverse=True)
    ]
    head = [
        say(words, lang)
        for words in ("Level", "What it rests on, and what can be said", "Criteria that decide")
    ]
    caption = say("Strength of the evidence for the programme's merit, from 1 (weak) to 5 (strong)", lang)
    return table(caption, head, rows, cls="stack")
