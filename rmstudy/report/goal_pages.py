"""One section a goal: each picture beside its table, raw units first, then the reasons and the caveats."""

from __future__ import annotations

from rmstudy import plots
from rmstudy.evaluation import CriterionVerdict, Evaluation, GoalVerdict
from rmstudy.evaluation.sentences import goal_answer, verdict_words
from rmstudy.report import people
from rmstudy.report.exhibit import Exhibit, Part, Row, bullets, element, facts, figure, join, table
from rmstudy.report.numbers import (
    estimate_words,
    headline_words,
    in_reference_sd,
    named,
    set_as,
    short_words,
    signed,
    target_drawn,
    target_words,
    unit_words,
)
from rmstudy.report.words import (
    MERIT,
    caveats,
    follow_up_words,
    label,
    note_words,
    reasons,
    role_label,
    upper,
)
from rmstudy.wording import choose, day, decimals_for, number, say, translate

_MEANS = (
    ("mean before", "Mean before"),
    ("mean after", "Mean after"),
    ("adjusted mean, programme", "Adjusted mean, programme"),
    ("adjusted mean, comparison", "Adjusted mean, comparison group"),
    ("mean, programme", "Mean, programme"),
    ("mean, comparison", "Mean, comparison group"),
    ("mean change, programme", "Mean change, programme"),
    ("mean change, comparison", "Mean change, comparison group"),
)


def goal_pages(evaluation: Evaluation, *, lang: str = "en") -> Exhibit:
    """Every goal, one section each."""
    return join(*(goal_page(evaluation, goal.goal.id, lang=lang) for goal in evaluation.goals))


def goal_page(evaluation: Evaluation, goal: str, *, lang: str = "en") -> Exhibit:
    """One goal: what was aimed for, and each criterion with its picture, its table and its caveats.

    Parameters
    ----------
    evaluation : Evaluation
        From `rmstudy.evaluate`.
    goal : str
        The goal's id.
    lang : {'en', 'it'}
        Language.
    """
    number_, found = next((i, g) for i, g in enumerate(evaluation.goals, start=1) if g.goal.id == goal)
    plan = evaluation.study.plan
    title = say("Goal {n:count}: {statement}", lang, n=number_, statement=choose(found.goal.statement, lang))
    if len(evaluation.goals) == 1:
        title = choose(found.goal.statement, lang)
    whom = say("For whom: {role}.", lang, role=role_label(plan, found.goal.role, lang))
    how = choose(found.goal.method, lang) if found.goal.method else ""
    parts: list[Part] = [
        element("h2", title),
        element("p", element("strong", goal_answer(found, lang)), " ", whom, " ", how),
    ]
    full = [one for one in found.criteria if stands_alone(one, found)]
    rest = [one for one in found.criteria if one not in full]
    parts += [_criterion(evaluation, one, lang) for one in full]
    if rest:
        parts.append(_together(evaluation, rest, lang))
    if found.goal.require == "any" and sum(one.criterion.priority == "primary" for one in found.criteria) > 1:
        words = "One of several criteria is enough for this goal, so the intervals are widened (Holm)."
        parts.append(element("p", say(words, lang), cls="note"))
    return element("section", *parts, cls="goal")


def stands_alone(one: CriterionVerdict, goal: GoalVerdict) -> bool:
    """Whether a criterion has a picture of its own: it decides, or must be held against regression to the mean."""
    secondary = [other for other in goal.criteria if other.criterion.priority == "secondary"]
    apart = one.criterion.contrast == "change" or one.threshold <= 0  # no common axis of targets
    return one.criterion.priority == "primary" or apart or len(secondary) == 1


def _criterion(evaluation: Evaluation, one: CriterionVerdict, lang: str) -> Exhibit:
    """One criterion in full."""
    head = element("h3", label(one, lang), " – ", verdict_words(one, lang))
    if one.result is None:
        gate = note_words(one.gate, evaluation.study.plan.privacy.minimum_cell, lang) if one.gate else ""
        return element("div", head, element("p", gate), _aimed_for(evaluation, one, lang), cls="criterion")
    plan = evaluation.study.plan
    least = plan.privacy.minimum_cell
    expected = one.beside.get("expected")
    drawn = plots.change(
        named(one, one.result, plan, lang),
        threshold=target_drawn(one),
        expected=named(one, expected, plan, lang) if expected else None,
        lang=lang,
    )
    caption = upper(translate(one.result.estimand, lang))
    picture = figure(drawn, name=f"criterion-{one.goal.id}-{one.criterion.id}", caption=caption, rows=False)
    beside = element("div", picture, facts(label(one, lang), _rows(evaluation, one, lang)), cls="beside")
    merit = say("The programme's merit: {merit}.", lang, merit=say(MERIT[one.merit], lang).lower())
    why = element("p", element("strong", merit), " ", " ".join(reasons(one, least, lang)))
    there = people.counted(evaluation, one, lang)
    notes = bullets(
        [
            *follow_up_words(one, least, there, lang),
            *caveats(one, least, there, lang),
        ],
        cls="notes",
    )
    return element("div", head, beside, why, notes, cls="criterion")


def _rows(evaluation: Evaluation, one: CriterionVerdict, lang: str) -> list[tuple[str, Part]]:
    """The table beside a picture: raw units first, standardised second."""
    plan, result = evaluation.study.plan, one.result
    if result is None:
        return []
    unit, shares = unit_words(one, plan, lang), one.criterion.contrast == "share"
    rows: list[tuple[str, Part]] = [(say("Estimate", lang), estimate_words(one, plan, lang))]
    rows.append((say("Target", lang), target_words(one, plan, lang)))
    if set_as(one, lang):
        rows.append((say("Set as", lang), set_as(one, lang)))
    if one.direction < 0:
        rows.append((say("Direction", lang), say("less is better", lang)))
    means = {e.term: e.estimate for e in result.estimates}
    places = decimals_for(*(means[term] for term, _ in _MEANS if term in means))
    rows += [(say(words, lang), number(means[term], places, lang)) for term, words in _MEANS if term in means]
    expected = one.beside.get("expected")
    if expected and not shares:
        e = expected.headline
        own = result.headline
        fit = decimals_for(e.conf_low, e.conf_high, own.estimate, own.conf_low, own.conf_high)
        limits = [signed(limit, fit, lang) for limit in (e.conf_low, e.conf_high)]
        band = say("{low} to {high}", lang, low=limits[0], high=limits[1])
        rows.append((say("Expected with no programme at all", lang), f"{band} {unit}"))
    rows += _standardised(evaluation, one, lang)
    paired = one.beside.get("paired")
    if paired:
        rows.append((say("Change of the share", lang), headline_words(paired, "", lang, share=True)))
    units = one.goal.role == "unit"
    who = say("Units counted", lang) if units else say("People counted", lang)
    rows.append((who, people.counted(evaluation, one, lang)))
    return rows


def _standardised(evaluation: Evaluation, one: CriterionVerdict, lang: str) -> list[tuple[str, Part]]:
    """The estimate in standard deviations."""
    rows: list[tuple[str, Part]] = []
    scaled = in_reference_sd(one, evaluation.study.plan)
    if scaled:
        name = say("In standard deviations of the reference group", lang)
        rows.append((name, headline_words(scaled, "", lang)))
    own = one.beside.get("standardised")
    if own and own.headline.estimate is not None:
        name = say("Standardised change (Hedges' g)", lang)
        rows.append((name, headline_words(own, "", lang)))
    return rows


def _aimed_for(evaluation: Evaluation, one: CriterionVerdict, lang: str) -> Exhibit:
    """What the plan aimed for, where there is no estimate."""
    rows: list[tuple[str, Part]] = [(say("Target", lang), target_words(one, evaluation.study.plan, lang))]
    if one.criterion.fixed_on:
        rows.append((say("Fixed on", lang), day(one.criterion.fixed_on, lang)))
    return facts(label(one, lang), rows)


def _together(evaluation: Evaluation, ones: list[CriterionVerdict], lang: str) -> Exhibit:
    """The secondary criteria of a goal in one picture, each against its own target, beside their table."""
    plan = evaluation.study.plan
    least = plan.privacy.minimum_cell
    drawn = [one for one in ones if one.result is not None]
    head = [say("Criterion", lang), say("Found", lang), say("Target", lang), say("Target reached?", lang)]
    rows = []
    for one in ones:
        found, limits, _ = short_words(one, lang)
        value = say("{value} ({limits})", lang, value=found, limits=limits) if one.result else "–"
        rows.append(Row([label(one, lang), value, target_words(one, plan, lang), verdict_words(one, lang)]))
    beside = [table(say("Criteria that explain", lang), head, rows, cls="stack")]
    if drawn:
        ax = plots.forest(
            [named(one, one.result, plan, lang) for one in drawn if one.result],
            thresholds=[target_drawn(one) for one in drawn],
            lang=lang,
        )
        caption = say("Criteria that explain, each against its own target", lang)
        beside.insert(0, figure(ax, name=f"secondary-{ones[0].goal.id}", caption=caption))
    notes = [
        say("{label}: {note}", lang, label=label(one, lang), note=note_words(one.gate, least, lang))
        for one in ones
        if one.gate
    ]
    title = element("h3", say("Criteria that explain and do not decide", lang))
    return element(
        "div", title, element("div", *beside, cls="beside"), bullets(notes, cls="notes"), cls="criterion"
    )
