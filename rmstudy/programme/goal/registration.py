"""The plan as a text to register: the items of the OSF Prereg template, filled as far as the plan goes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from rmstudy.programme.goal.targets import arm_words, label_words, target_words
from rmstudy.study.lock import Lock
from rmstudy.study.plan import Criterion, Goal, Instrument, Plan
from rmstudy.wording import choose, confidence, day, decimals_of, number, percent, say

_ESTIMATORS: Final = {
    "adjusted": "difference between the groups after, adjusted for the score before (analysis of covariance)",
    "post_difference": "difference between the groups after",
    "difference_in_differences": "difference between the changes of the groups",
}
_MECHANISMS: Final = {
    "lottery": "seats are drawn by lot",
    "first_come": "the first to apply get the seats",
    "manager": "managers decide",
    "criteria": "criteria decide",
    "self": "people decide for themselves",
    "everyone": "everybody takes part",
}
_CLUSTERS: Final = {
    "pairs": "People joined by pairs are taken as one cluster: cluster-robust standard errors (CR2, Satterthwaite).",
    "unit": "People of one department are taken as one cluster: cluster-robust standard errors (CR2, Satterthwaite).",
    "none": "People are taken as independent.",
}
_SCORING: Final = {
    "mean": "mean of the answers",
    "sum": "sum of the answers",
    "percent": "percent of the highest possible score",
}


def preregistration(plan: Plan, *, lang: str = "en", lock: Lock | None = None) -> str:
    """Write the plan as a registration before the data: the items of OSF Prereg.

    Parameters
    ----------
    plan : Plan
        A valid plan.
    lang : {'en', 'it'}
        Language of the text.
    lock : Lock, optional
        From `rmstudy.study.lock.lock_study`: says which data existed, and adds the fingerprint.

    Returns
    -------
    str
        Markdown; an item that the plan does not answer says so.

    Notes
    -----
    Items after Bowman et al. (2020), *OSF Prereg Template*.

    Examples
    --------
    >>> import rmstudy as rm
    >>> text = preregistration(rm.load_sample("no-comparison").plan)
    >>> text.splitlines()[0]
    '# Preregistration: Digital Pairs'
    """
    lines = [f"# {say('Preregistration: {name}', lang, name=_safe(choose(plan.programme.name, lang)))}"]
    for heading, items in _sections(plan, lang, lock):
        lines += ["", f"## {heading}"]
        for name, answers in items:
            lines += ["", f"**{name}.** {answers[0] if answers else _unstated(lang)}"]
            lines += ["", *(f"- {answer}" for answer in answers[1:])] if len(answers) > 1 else []
    return "\n".join(lines) + "\n"


Items = list[tuple[str, list[str]]]


def _sections(plan: Plan, lang: str, lock: Lock | None) -> list[tuple[str, Items]]:
    """Headings with their items; an item without an answer is one that the plan does not state."""
    return [
        (say("Study information", lang), _study(plan, lang)),
        (say("Design plan", lang), _design(plan, lang)),
        (say("Sampling plan", lang), _sampling(plan, lang, lock)),
        (say("Variables", lang), _variables(plan, lang)),
        (say("Analysis plan", lang), _analysis(plan, lang)),
        (say("Other", lang), _other(lang, lock)),
    ]


def _study(plan: Plan, lang: str) -> Items:
    """Authors, description, questions, hypotheses."""
    goals = [_safe(choose(goal.statement, lang)) for goal in plan.goals]
    methods = list(dict.fromkeys(_safe(choose(goal.method, lang)) for goal in plan.goals if goal.method))
    hypotheses = [_hypothesis(plan, goal, one, lang) for goal, one in plan.criteria]
    return [
        (say("Authors", lang), []),
        (say("Description", lang), _list(methods, lang, "How the programme is to work:")),
        (say("Research questions", lang), _list(goals, lang, "Does the programme reach these goals?")),
        (
            say("Hypotheses", lang),
            _list(
                hypotheses,
                lang,
                "Directional; a primary one decides about its goal, a secondary one explains:",
            ),
        ),
    ]


def _hypothesis(plan: Plan, goal: Goal, criterion: Criterion, lang: str) -> str:
    """What is expected to be seen, in its direction."""
    target = _safe(target_words(plan, goal, criterion, lang))
    kind = say("primary" if criterion.priority == "primary" else "secondary", lang)
    line = f"{target} ({kind}; {_code(criterion.id)})"
    if criterion.rationale:
        line += ". " + say("Why: {reason}", lang, reason=_safe(choose(criterion.rationale, lang)))
    return line


def _design(plan: Plan, lang: str) -> Items:
    """Type of the study, its groups, and how people come into them."""
    ways = plan.design.assignment
    compared = {goal.role for goal, one in plan.criteria if one.contrast == "comparison"}
    kinds = [
        say("{role}: {way}", lang, role=_role(plan, role, lang), way=say(_kind(plan, role, compared), lang))
        for role in dict.fromkeys(goal.role for goal in plan.goals)
    ]
    goals = {goal.role: goal for goal in plan.goals}
    groups = [
        say(
            "{role}: programme against {arm}",
            lang,
            role=_role(plan, role, lang),
            arm=arm_words(plan, goals[role], lang),
        )
        for role, one in ways.items()
        if one.comparison and role in goals
    ]
    chances = [
        say("{role}: {way}", lang, role=_role(plan, role, lang), way=say(_MECHANISMS[one.mechanism], lang))
        + (f" ({say('strata', lang)}: {', '.join(map(_code, one.strata))})" if one.strata else "")
        for role, one in ways.items()
    ]
    who = [
        _safe(choose(text, lang)) for text in (plan.design.who_takes_part, plan.design.who_selects) if text
    ]
    return [
        (say("Study type", lang), _list(kinds, lang, "For each group of people:")),
        (say("Blinding", lang), [say("None: people know whether they take part.", lang)]),
        (say("Study design", lang), _list([*groups, *who], lang, "Groups, who takes part and who selects:")),
        (say("Randomization", lang), _list(chances, lang, "How seats are given:")),
    ]


def _kind(plan: Plan, role: str, compared: set[str]) -> str:
    """What kind of study it is for a role."""
    way = plan.design.assignment.get(role)
    if role not in compared or way is None:
        return "observational study, before and after, without a comparison group"
    if way.mechanism == "lottery":
        return "experiment, seats are drawn by lot"
    return "observational study with a comparison group"


def _sampling(plan: Plan, lang: str, lock: Lock | None) -> Items:
    """Which data exist, how the others come, how many, and when it ends."""
    existing = []
    if lock is not None:
        waves = [wave for wave, of in lock.answers.items() if of["counts"]]
        words = "When the plan was locked there were answers of: {waves:list}."
        none = say("When the plan was locked there were no answers.", lang)
        existing = [say(words, lang, waves=tuple(waves)) if waves else none]
    waves_said = [_wave(plan, name, lang) for name in plan.waves]
    programme, assumed = plan.programme, plan.design.assumptions
    size = [say("{n:count} seats", lang, n=programme.seats)] if programme.seats else []
    if assumed.applicants:
        size.append(say("{n:count} applicants are expected", lang, n=assumed.applicants))
    if size:
        size.append(say("{share:percent} are expected to answer again", lang, share=assumed.follow_up))
    why = [_safe(assumed.source)] if assumed.source else []
    last = list(plan.waves)[-1]
    closes = say("With the end of the last wave ({wave}), whatever the results.", lang, wave=_code(last))
    return [
        (say("Existing data", lang), existing),
        (say("Data collection procedures", lang), _list(waves_said, lang, "Measured in these waves:")),
        (say("Sample size", lang), _list(size, lang, "As planned:") if size else []),
        (say("Sample size rationale", lang), why),
        (say("Stopping rule", lang), [closes]),
    ]


def _variables(plan: Plan, lang: str) -> Items:
    """What is done to people, what is measured, and how scores are made."""
    programme = plan.programme
    manipulated = []
    if plan.design.assignment:
        manipulated.append(say("A seat in the programme, or none.", lang))
    if programme.planned_meetings and programme.planned_minutes:
        words = "A seat means {n:count} meetings of {minutes:count} minutes."
        manipulated.append(say(words, lang, n=programme.planned_meetings, minutes=programme.planned_minutes))
    used = dict.fromkeys(one.instrument for _, one in plan.criteria)
    measured = [_measure(name, plan.instruments[name], lang) for name in used]
    indices = [
        f"{_code(name)}: {_score(plan.instruments[name], lang)}"
        for name in used
        if plan.instruments[name].items
    ]
    gaps = [(name, plan.instruments[name].gap_between) for name in used]
    indices += [
        say(
            "{name}: how far {one} and {other} are apart",
            lang,
            name=_code(name),
            one=_code(b[0]),
            other=_code(b[1]),
        )
        for name, b in gaps
        if b
    ]
    return [
        (say("Manipulated variables", lang), [" ".join(manipulated)] if manipulated else []),
        (say("Measured variables", lang), _list(measured, lang, "Outcomes:")),
        (say("Indices", lang), _list(indices, lang, "Scores are made of the answers:") if indices else []),
    ]


def _analysis(plan: Plan, lang: str) -> Items:
    """Models, inference, who is left out, what is missing."""
    models = [_model(plan, goal, one, lang) for goal, one in plan.criteria]
    gates = plan.analysis.gates
    level = confidence(plan.analysis.level, lang)
    inference = say(
        "Intervals at {level}. A target is met when the whole interval reaches the threshold; not met when the "
        "interval holds zero and stays below the threshold; otherwise the data do not decide. All primary criteria "
        "of a goal must be met, unless the goal says that any is enough (then Holm's method).",
        lang,
        level=level,
    )
    exclusion = say(
        "People are analysed as assigned, whatever came of it. No verdict with fewer than {n:count} people in a "
        "group, or when fewer than {share} answer again.",
        lang,
        n=gates.least_people,
        share=percent(gates.least_follow_up, lang),
    )
    missing = say(
        "Complete cases; beside each verdict, how different those who left would have to be to change it.",
        lang,
    )
    models.append(say(_CLUSTERS[plan.analysis.cluster], lang))
    if plan.analysis.covariates:
        models.append(
            say("Covariates: {names:list}", lang, names=tuple(map(_code, plan.analysis.covariates)))
        )
    return [
        (say("Statistical models", lang), _list(models, lang, "For each hypothesis:")),
        (say("Transformations", lang), [say("None beyond the scoring above.", lang)]),
        (say("Inference criteria", lang), [inference]),
        (say("Data exclusion", lang), [exclusion]),
        (say("Missing data", lang), [missing]),
        (
            say("Exploratory analysis", lang),
            [say("Everything not named here, and marked as exploratory where it is reported.", lang)],
        ),
    ]


def _other(lang: str, lock: Lock | None) -> Items:
    """The fingerprint of the locked plan."""
    if lock is None:
        return [(say("Fingerprint of the locked plan", lang), [say("not locked yet", lang)])]
    return [
        (say("Fingerprint of the locked plan", lang), [f"{_code(lock.fingerprint)}, {day(lock.date, lang)}"])
    ]


def _model(plan: Plan, goal: Goal, criterion: Criterion, lang: str) -> str:
    """The estimate that a criterion asks for."""
    ways: dict[str, Callable[[], str]] = {
        "change": lambda: say(
            "mean change of departments, after minus before"
            if goal.role == "unit"
            else "mean change within people, after minus before",
            lang,
        ),
        "comparison": lambda: say(_ESTIMATORS[criterion.estimator], lang),
        "share": lambda: say("share of people at the cut-off or better, with Wilson's interval", lang),
    }
    label = _safe(label_words(plan, criterion, lang))
    return f"{label} ({_role(plan, goal.role, lang)}): {ways[criterion.contrast]()}"


def _measure(name: str, instrument: Instrument, lang: str) -> str:
    """A measure with what is known about it."""
    facts = [_safe(choose(instrument.name, lang))]
    if instrument.range:
        low, high = (number(x, decimals_of(x), lang) for x in instrument.range)
        facts.append(say("answers from {low} to {high}", lang, low=low, high=high))
    facts.append(say("higher is better" if instrument.higher_is == "better" else "lower is better", lang))
    if instrument.reliability is not None:
        facts.append(say("reliability {value:number}", lang, value=instrument.reliability))
    return f"{_code(name)}: {'; '.join(facts)}"


def _score(instrument: Instrument, lang: str) -> str:
    """How answers become a score."""
    if instrument.scored_against:
        return say("mean distance of the predictions from the true values", lang)
    if instrument.key and instrument.scoring == "sum":
        return say("number of right answers", lang)
    return say(_SCORING[instrument.scoring], lang)


def _wave(plan: Plan, name: str, lang: str) -> str:
    """A wave with its days."""
    wave = plan.waves[name]
    label = _safe(choose(wave.label, lang)) if wave.label else name
    if wave.opened and wave.closed:
        return say(
            "{label}: {first:date} to {last:date}", lang, label=label, first=wave.opened, last=wave.closed
        )
    if wave.opened:
        return say("{label}: from {first:date}", lang, label=label, first=wave.opened)
    return f"{label}: {_unstated(lang)}"


def _role(plan: Plan, role: str, lang: str) -> str:
    """A role under the study's own name."""
    known = plan.roles.get(role)
    return _safe(choose(known.label, lang)) if known and known.label else say(role, lang)


def _list(answers: list[str], lang: str, lead: str) -> list[str]:
    """Answers under a line of their own; one alone needs none."""
    return [say(lead, lang), *answers] if answers else []


def _unstated(lang: str) -> str:
    """What stands where the plan says nothing."""
    return say("not stated in the plan", lang)


def _code(text: str) -> str:
    """An id as it stands in the plan."""
    return f"`{text}`"


def _safe(text: str) -> str:
    """A text that Markdown takes for text: in one line, its marks escaped."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return re.sub(r"([\\`*_{}\[\]<>#|])", r"\\\1", plain)
