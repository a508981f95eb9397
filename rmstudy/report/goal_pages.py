"""One section a goal, half a page: the answer, one picture, raw units beside their targets, and what to mind."""

from __future__ import annotations

from rmstudy import plots
from rmstudy.evaluation import CriterionVerdict, Evaluation, GoalVerdict
from rmstudy.evaluation.sentences import goal_answer, verdict_words
from rmstudy.report import commentary, people
from rmstudy.report.exhibit import Exhibit, Part, Row, bullets, element, figure, join, table
from rmstudy.report.numbers import (
    expected_words,
    level_words,
    named,
    short_words,
    target_drawn,
    target_words,
    unit_words,
)
from rmstudy.report.words import (
    MERIT,
    label,
    note_words,
    reasons,
    role_label,
    upper,
)
from rmstudy.results import Note
from rmstudy.wording import choose, decimals_for, number, say, translate

_MEANS = (
    ("mean before", "mean before"),
    ("mean after", "mean after"),
    ("adjusted mean, programme", "adjusted mean after, programme"),
    ("adjusted mean, comparison", "adjusted mean after, comparison group"),
    ("mean, programme", "mean after, programme"),
    ("mean, comparison", "mean after, comparison group"),
    ("mean change, programme", "mean change, programme"),
    ("mean change, comparison", "mean change, comparison group"),
)
_REGRESSION = (
    "rtm_covers",
    "rtm_below",
    "rtm_beyond",
    "rtm_unclear",
    "rtm_unknown",
    "rtm_everyone",
    "rtm_share",
)
_TIPPING = ("verdict_tips_lower", "verdict_tips_higher", "verdict_holds", "verdict_tipped")


def goal_pages(evaluation: Evaluation, *, lang: str = "en") -> Exhibit:
    """Every goal, one section each."""
    pages = [goal_page(evaluation, goal.goal.id, lang=lang) for goal in evaluation.goals]
    return join(*pages, commentary.said(evaluation.study, "results", lang))


def goal_page(evaluation: Evaluation, goal: str, *, lang: str = "en") -> Exhibit:
    """One goal: what was aimed for, the answer, its criteria in one picture and one table, and what to mind.

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
    title = say("Goal {n:count}: {statement}", lang, n=number_, statement=choose(found.goal.statement, lang))
    if len(evaluation.goals) == 1:
        title = choose(found.goal.statement, lang)
    whom = say("For whom: {role}.", lang, role=role_label(evaluation.study.plan, found.goal.role, lang))
    parts: list[Part] = [element("h2", title)]
    merit = say("The programme's merit: {merit}.", lang, merit=say(MERIT[found.merit], lang).lower())
    judged = found.verdict != "not_enough_data"
    answer = element("strong", goal_answer(found, lang), f" {merit}" if judged else "")
    parts.append(element("p", answer, " ", whom))
    picture, mind = _picture(evaluation, found, lang), _to_mind(evaluation, found, lang)
    parts.append(element("div", picture, mind, cls="beside") if picture.html else mind)
    parts.append(_table(evaluation, found, lang))
    return element("section", *parts, cls="goal")


def _picture(evaluation: Evaluation, goal: GoalVerdict, lang: str) -> Exhibit:
    """The criteria against their targets; one that must be held against regression to the mean by itself."""
    plan = evaluation.study.plan
    there = [one for one in goal.criteria if one.result and people.share_is_shown(evaluation, one)]
    if not there:
        return Exhibit("")
    first = there[0]
    if len(there) == 1 or "expected" in first.beside or not _on_targets(first):
        return _alone(evaluation, first, lang)
    drawn = [one for one in there if _on_targets(one)]
    ax = plots.forest(
        [named(one, one.result, plan, lang) for one in drawn if one.result],
        thresholds=[target_drawn(one) for one in drawn],
        less_is_better=[one.direction < 0 for one in drawn],
        lang=lang,
    )
    caption = say("Each criterion of the goal against its own target", lang)
    names = [label(one, lang) for one in drawn]
    height = 1.0 + 0.43 * len(drawn)
    return figure(ax, name=f"goal-{goal.goal.id}", caption=caption, rows=names, height=height)


def _on_targets(one: CriterionVerdict) -> bool:
    """Whether a criterion can be drawn in multiples of its target."""
    return one.direction * one.threshold > 0


def _alone(evaluation: Evaluation, one: CriterionVerdict, lang: str) -> Exhibit:
    """One criterion with its target line and, where it is known, what no programme at all would give."""
    plan, expected = evaluation.study.plan, one.beside.get("expected")
    if one.result is None:
        return Exhibit("")
    ax = plots.change(
        named(one, one.result, plan, lang),
        threshold=target_drawn(one),
        expected=named(one, expected, plan, lang) if expected else None,
        lang=lang,
    )
    words = {"label": label(one, lang), "estimand": translate(one.result.estimand, lang)}
    caption = say("{label}: {estimand}", lang, **words)
    return figure(ax, name=f"goal-{one.goal.id}", caption=caption, rows=(), height=2.4 if expected else 1.8)


def _table(evaluation: Evaluation, goal: GoalVerdict, lang: str) -> Exhibit:
    """Each criterion in its own unit: found, target, verdict, merit, people counted."""
    plan = evaluation.study.plan
    names = ("Criterion", "Found", "Target", "Reached?", "Merit", "People counted")
    head = [say(name, lang) for name in names]
    if goal.goal.role == "unit":
        head[-1] = say("Units counted", lang)
    rows = []
    for one in goal.criteria:
        value = found_words(one, evaluation, lang)
        merit = say(MERIT[one.merit], lang) if one.result else "–"
        counted = people.counted_short(evaluation, one, lang)
        cells: list[Part] = [
            label(one, lang),
            value,
            target_words(one, plan, lang),
            verdict_words(one, lang),
            merit,
            counted,
        ]
        rows.append(Row(cells, one.criterion.priority))
    said = ["What was found"]
    if any(one.criterion.priority == "secondary" for one in goal.criteria):
        said.append("the criteria in bold decide, the others explain")
    if any(one.criterion.contrast == "comparison" and one.result for one in goal.criteria):
        said.append("people counted: programme / comparison group")
    caption = "; ".join(say(words, lang) for words in said)
    return table(caption, head, rows, cls="found stack", tight=(len(head) - 1,))


def found_words(one: CriterionVerdict, evaluation: Evaluation, lang: str, *, unit: bool = True) -> str:
    """What was found with its interval, its unit unless the target beside it has it, and its own level."""
    value, limits, _ = short_words(one, evaluation, lang)
    if one.result is None:
        return "–"
    if limits == "–":
        return value
    words = unit_words(one, evaluation.study.plan, lang) if unit else ""
    level = level_words(one, evaluation, lang)
    return say("{value} ({limits})", lang, value=f"{value} {words}".strip(), limits=f"{limits}{level}")


def _to_mind(evaluation: Evaluation, goal: GoalVerdict, lang: str) -> Exhibit:
    """Reasons of the verdict, regression to the mean and attrition for the criteria that decide.

    What holds for all of them is said once, behind what each has for itself.
    """
    decide = [one for one in goal.criteria if one.criterion.priority == "primary"]
    each = {label(one, lang): _minded(evaluation, one, lang) for one in decide}
    shared = [
        words for words in next(iter(each.values()), []) if all(words in said for said in each.values())
    ]
    if len(each) > 1:
        lines: list[Part] = [
            join(
                element("strong", say("{label}:", lang, label=name)),
                " ",
                " ".join(w for w in said if w not in shared),
            )
            for name, said in each.items()
            if any(words not in shared for words in said)
        ]
        lines += shared
    else:
        lines = list(shared)
    if goal.goal.require == "any" and len(decide) > 1:
        lines.append(
            say("One of several criteria is enough for this goal, so the intervals are widened (Holm).", lang)
        )
    return bullets(lines, cls="notes")


def _minded(evaluation: Evaluation, one: CriterionVerdict, lang: str) -> list[str]:
    """Means, reasons of the merit, regression to the mean, and who did not answer again."""
    least = evaluation.study.plan.privacy.minimum_cell
    if one.result is None:
        return [note_words(one.gate, least, lang)] if one.gate else []
    notes = [note_words(note, least, lang) for note in one.notes if note.code in _REGRESSION]
    if notes and "expected" in one.beside:
        notes[0] = f"{notes[0]} {expected_words(one, evaluation.study.plan, lang)}".strip()
    lost = " ".join(people.follow_up(evaluation, one, lang))
    return [
        *_means(one, evaluation, lang),
        *reasons(one, least, lang),
        *notes,
        *([lost] if lost else []),
        *(_tipping(note, one, evaluation, lang) for note in one.notes if note.code in _TIPPING),
    ]


def _tipping(note: Note, one: CriterionVerdict, evaluation: Evaluation, lang: str) -> str:
    """What would take the verdict back, in raw units; the annex has it in standard deviations as well."""
    templates = {
        "verdict_tips_lower": "The verdict would not hold if those of the programme who left had scored {value} "
        "{unit} lower than people like them who stayed.",
        "verdict_tips_higher": "The verdict would not hold if those of the programme who left had scored {value} "
        "{unit} higher than people like them who stayed.",
    }
    if note.code not in templates:
        return note.text(lang)
    points = float(dict(note.params)["points"])
    value = number(points, decimals_for(points), lang)
    return say(templates[note.code], lang, value=value, unit=unit_words(one, evaluation.study.plan, lang))


def _means(one: CriterionVerdict, evaluation: Evaluation, lang: str) -> list[str]:
    """The means behind an estimate, in raw units."""
    if one.result is None:
        return []
    means = {e.term: e.estimate for e in one.result.estimates}
    known = [(words, means[term]) for term, words in _MEANS if means.get(term) is not None]
    if not known:
        return []
    places = decimals_for(*(value for _, value in known))
    parts = [f"{say(words, lang)} {number(value, places, lang)}" for words, value in known]
    unit = unit_words(one, evaluation.study.plan, lang)
    return [upper(say("{means} ({unit}).", lang, means="; ".join(parts), unit=unit))]
