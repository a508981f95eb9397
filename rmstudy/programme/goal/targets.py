"""What must be seen for a criterion to count, in words."""

from __future__ import annotations

from rmstudy.study.plan import Criterion, Goal, Plan
from rmstudy.wording import choose, decimals_of, number, percent, say

ARMS = {
    "waitlist": "the waiting list",
    "comparison": "the comparison group",
    "not_selected": "those not selected",
}

_BETTER = {
    "waitlist": "{label}: at least {amount} better than the waiting list",
    "comparison": "{label}: at least {amount} better than the comparison group",
    "not_selected": "{label}: at least {amount} better than those not selected",
}


def target_words(plan: Plan, goal: Goal, criterion: Criterion, lang: str = "en") -> str:
    """Say what must be seen for a criterion to count as reached.

    Parameters
    ----------
    plan : Plan
        The plan.
    goal, criterion : Goal, Criterion
        From the plan.
    lang : {'en', 'it'}
        Language of the words.

    Examples
    --------
    >>> import rmstudy as rm
    >>> plan = rm.load_sample("digital-skills").plan
    >>> target_words(plan, *plan.criteria[0])
    'Digital knowledge: at least 1.25 right answers out of 20 better than the waiting list'
    """
    label = label_words(plan, criterion, lang)
    if criterion.contrast == "share":
        share = criterion.threshold / (100 if criterion.unit == "percent" else 1)
        cutoff = _plain(criterion.cutoff or 0.0, lang)
        words = "{label}: at least {share} of the people at {cutoff} or better"
        return say(words, lang, label=label, share=percent(share, lang), cutoff=cutoff)
    amount = _amount(plan, criterion, lang)
    if criterion.threshold <= 0:
        return say("{label}: not worse by more than {amount}", lang, label=label, amount=amount)
    if criterion.contrast == "change":
        return say("{label}: at least {amount} better than before", lang, label=label, amount=amount)
    assignment = plan.design.assignment.get(goal.role)
    words = _BETTER[assignment.comparison if assignment and assignment.comparison else "comparison"]
    return say(words, lang, label=label, amount=amount)


def label_words(plan: Plan, criterion: Criterion, lang: str = "en") -> str:
    """Name of a criterion as people read it."""
    return choose(criterion.label or plan.instruments[criterion.instrument].name, lang)


def arm_words(plan: Plan, goal: Goal, lang: str = "en") -> str:
    """The group that a goal's people are compared with."""
    assignment = plan.design.assignment.get(goal.role)
    arm = assignment.comparison if assignment else None
    return say(ARMS[arm or "comparison"], lang)


def _amount(plan: Plan, criterion: Criterion, lang: str) -> str:
    """The least improvement with its unit."""
    value = _plain(abs(criterion.threshold), lang)
    if criterion.unit == "sd":
        return say("{value} standard deviations", lang, value=value)
    if criterion.unit == "percent":
        return say("{value}% of the highest score", lang, value=value)
    unit = plan.instruments[criterion.instrument].unit_name
    return f"{value} {choose(unit, lang) if unit else say('points', lang)}"


def _plain(value: float, lang: str) -> str:
    """A number with the decimals that it has."""
    return number(value, decimals_of(value), lang)
