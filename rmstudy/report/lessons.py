"""What follows: the recommendations that were accepted, and what would make the next edition more certain."""

from __future__ import annotations

from typing import Final

from rmstudy.evaluation import Evaluation
from rmstudy.report import commentary
from rmstudy.report.exhibit import Exhibit, Part, bullets, element
from rmstudy.report.words import limits, role_label
from rmstudy.verdicts import RANDOM
from rmstudy.wording import say

_ENOUGH: Final = 0.8
_FOLLOW_UP: Final = ("follow_up", "follow_up_assigned")


def what_follows(evaluation: Evaluation, *, lang: str = "en") -> Exhibit:
    """Accepted recommendations with who has taken them on, then what the next edition could do better."""
    accepted = [one for one in commentary.recommendations(evaluation.study, lang) if one.accepted]
    parts: list[Part] = [element("h2", say("Recommendations, and the next edition", lang))]
    for one in accepted:
        taken = say("Taken on by {owner}, accepted on {date:date}.", lang, owner=one.owner, date=one.date)
        parts.append(
            element(
                "div", commentary.paragraphs(one.text), element("p", taken, cls="owner"), cls="recommendation"
            )
        )
    if not accepted:
        words = "No recommendation has been accepted yet. Drafts are not printed."
        parts.append(element("p", say(words, lang)))
    lines = surer(evaluation, lang)
    if lines:
        parts.append(element("h3", say("What would make the next edition more certain", lang)))
        parts.append(bullets(lines))
    return element("section", *parts, commentary.said(evaluation.study, "lessons", lang), cls="lessons")


def surer(evaluation: Evaluation, lang: str) -> list[str]:
    """What the design, the follow-up and the plan of this edition ask of the next one."""
    plan = evaluation.study.plan
    ones = [one for one in evaluation.criteria if one.goal.role != "unit"]
    named = {role: role_label(plan, role, lang) for role in dict.fromkeys(one.goal.role for one in ones)}
    alone = [
        name
        for role, name in named.items()
        if all(one.criterion.contrast != "comparison" for one in ones if one.goal.role == role)
    ]
    undrawn = [
        name
        for role, name in named.items()
        if name not in alone
        and role in plan.design.assignment
        and plan.design.assignment[role].mechanism != "lottery"
    ]
    codes = {note.code for one in evaluation.criteria for note in (*one.reasons, *one.notes)}
    gates = {one.gate.code for one in evaluation.criteria if one.gate}
    rules = (
        (
            alone,
            "{names}: a waiting list drawn by lot, so that it can be told what the programme itself adds.",
        ),
        (
            undrawn,
            "{names}: seats drawn by lot among those who want them, in place of a group that chose itself.",
        ),
    )
    lines = [say(words, lang, names=", ".join(names)) for names, words in rules if names]
    plain = (
        (_low_follow_up(evaluation), "More people who answer again: reminders, shorter questionnaires, and answers "
         "asked of those who drop out as well. Below four in five, who is missing begins to matter."),
        ("merit_attrition" in codes, "The same effort to reach both groups again: they lost people unevenly, which "
         "blurs the comparison."),
        (bool(gates & {"gate_people", "gate_people_assigned"}) and not _undecided(evaluation), "More people, or "
         "several editions judged together: there were too few people to judge every goal."),
        (_undecided(evaluation), "More people, or several editions judged together: some questions stay open because "
         "the intervals are wide."),
        (codes & {"rtm_unknown"}, "The stability of each measure in the plan, from its source, so that regression to "
         "the mean can be sized."),
        (codes & {"rtm_covers", "rtm_unclear", "rtm_share"}, "A second measurement before the start, which shows how "
         "far scores move by themselves."),
        (any(note.code == "plan_not_locked" for note in evaluation.notes), "The plan locked before the answers come "
         "in, so that nobody can doubt when the targets were fixed."),
        (_ends_at_once(evaluation), "A later wave, some months after the end, to see whether effects last."),
    )  # fmt: skip
    return lines + [say(words, lang) for holds, words in plain if holds]


def _low_follow_up(evaluation: Evaluation) -> bool:
    """Whether fewer than four in five answered again for a criterion."""
    shares = [
        float(dict(note.params)["share"])
        for one in evaluation.criteria
        for note in one.notes
        if note.code in _FOLLOW_UP
    ]
    return any(share < _ENOUGH for share in shares)


def _undecided(evaluation: Evaluation) -> bool:
    """Whether a deciding criterion of a sound contrast was left open by its width alone."""
    return any(
        one.verdict in ("inconclusive", "met_unconfirmed")
        and one.criterion.priority == "primary"
        and one.strength <= RANDOM
        for one in evaluation.criteria
    )


def _ends_at_once(evaluation: Evaluation) -> bool:
    """Whether nothing was measured after the wave that decides."""
    waves = list(evaluation.study.plan.waves)
    return all(one.criterion.after == waves[-1] for one in evaluation.criteria)


def the_limits(evaluation: Evaluation, *, lang: str = "en") -> Exhibit:
    """What cannot be known from these data."""
    return element(
        "section",
        element("h2", say("Limits", lang)),
        bullets(limits(evaluation, lang)),
        commentary.said(evaluation.study, "limits", lang),
        cls="limits",
    )
