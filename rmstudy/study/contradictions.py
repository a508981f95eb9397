"""Problems between the parts of a plan whose parts are each well formed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from rmstudy.errors import Problem, nearest
from rmstudy.study.cells import NUMBER, folded
from rmstudy.study.plan import Criterion, Goal, Instrument, Plan
from rmstudy.wording import number

FILE: Final = "study.yml"


def contradictions(plan: Plan) -> Iterator[Problem]:
    """Problems between the parts of a plan whose parts are each well formed."""
    yield from _repeated_ids(plan)
    yield from _swapped_roles(plan)
    for name, instrument in plan.instruments.items():
        yield from _instrument_problems(plan, name, instrument)
    for g, goal in enumerate(plan.goals):
        if goal.role not in (*plan.roles, "unit"):
            yield _bad(f"goals.{g}.role", goal.role, "no such role", (*plan.roles, "unit"))
        if not any(criterion.priority == "primary" for criterion in goal.criteria):
            yield Problem(
                "the goal has no primary criterion", "Make one primary.", FILE, column=f"goals.{g}.criteria"
            )
        for c, criterion in enumerate(goal.criteria):
            yield from _criterion_problems(plan, goal, criterion, f"goals.{g}.criteria.{c}")
    for part in ("assignment", "selection"):
        for role in getattr(plan.design, part):
            if role not in plan.roles:
                yield _bad(f"design.{part}.{role}", role, "no such role", plan.roles)
    for role, selection in plan.design.selection.items():
        if selection.instrument is not None and selection.instrument not in plan.instruments:
            key = f"design.selection.{role}.instrument"
            yield _bad(key, selection.instrument, "no such instrument", plan.instruments)
    yield from _programme_problems(plan)
    yield from _wave_and_value_problems(plan)
    yield from _matching_problems(plan)


def _programme_problems(plan: Plan) -> Iterator[Problem]:
    """Dates and benefits that do not fit the rest of the plan."""
    programme = plan.programme
    if programme.days is not None and programme.days <= 0:
        what = "the programme ends before it starts"
        yield Problem(
            what, "Correct one of the two days.", FILE, column="programme.end", value=str(programme.end)
        )
    for role in plan.call.benefits:
        if role not in plan.roles:
            yield _bad(f"call.benefits.{role}", role, "no such role", plan.roles)
    if plan.call.apply_by and programme.start and plan.call.apply_by >= programme.start:
        what = "people could still apply when the programme has begun"
        yield Problem(
            what, "Close the call earlier.", FILE, column="call.apply_by", value=str(plan.call.apply_by)
        )
    for name, milestone in plan.monitoring.milestones.items():
        key = f"monitoring.milestones.{name}"
        if programme.start and programme.end and not programme.start <= milestone.due <= programme.end:
            what = "due before the programme starts or after it ends"
            yield Problem(what, "Correct the day.", FILE, column=f"{key}.due", value=str(milestone.due))
        if programme.planned_meetings and milestone.meetings > programme.planned_meetings:
            what = "more meetings than the programme plans"
            yield Problem(what, "Lower it.", FILE, column=f"{key}.meetings", value=milestone.meetings)


def _wave_and_value_problems(plan: Plan) -> Iterator[Problem]:
    """Instruments of a wave and the criterion of a value that the plan does not have."""
    for name, wave in plan.waves.items():
        for instrument in wave.instruments:
            if instrument not in plan.instruments:
                yield _bad(f"waves.{name}.instruments", instrument, "no such instrument", plan.instruments)
    value = plan.value
    if value is None:
        return
    names = [criterion.id for _, criterion in plan.criteria]
    if value.criterion not in names:
        yield _bad("value.criterion", value.criterion, "no such criterion", names)
    if not value.low <= value.central <= value.high:
        yield Problem("low, central and high must rise", "Put them in order.", FILE, column="value")


def _matching_problems(plan: Plan) -> Iterator[Problem]:
    """Pairs that are asked for and forbidden at once, or asked for more often than a mentor has room."""
    matching = plan.matching
    pinned = [(one.mentor, one.mentee) for one in matching.pinned]
    forbidden = {(one.mentor, one.mentee) for one in matching.forbidden}
    for n, pair in enumerate(pinned):
        if pair in forbidden:
            what = f"{pair[0]} with {pair[1]} is pinned and forbidden"
            yield Problem(what, "Take it out of one of the two.", FILE, column=f"matching.pinned.{n}")
    for mentee, times in Counter(mentee for _, mentee in pinned).items():
        if times > 1:
            what = f"{mentee} is pinned to {times} mentors"
            yield Problem(what, "A mentee has one mentor.", FILE, column="matching.pinned")
    if matching.weights and not any(matching.weights.values()):
        yield Problem("every weight is zero", "Say what matters.", FILE, column="matching.weights")


def _swapped_roles(plan: Plan) -> Iterator[Problem]:
    """A mentor who acts as mentee, or two roles with one part."""
    for name, role in plan.roles.items():
        if role.acts_as and name in ("mentor", "mentee") and name != role.acts_as:
            next_step = "In reverse mentoring the mentor is the junior."
            yield Problem(
                f"a {name} cannot act as {role.acts_as}", next_step, FILE, column=f"roles.{name}.acts_as"
            )
    for part, times in Counter(role.acts_as for role in plan.roles.values() if role.acts_as).items():
        if times > 1:
            yield Problem(f"{times} roles act as {part}", "One role acts as each.", FILE, column="roles")


def _bad(key: str, value: object, what: str, known: Any) -> Problem:
    """A name that stands for nothing."""
    return Problem(what, nearest(str(value), known), FILE, column=key, value=value)


def _repeated_ids(plan: Plan) -> Iterator[Problem]:
    """Goals and criteria need names of their own."""
    for what, ids in (
        ("goals", [goal.id for goal in plan.goals]),
        ("criteria", [criterion.id for _, criterion in plan.criteria]),
    ):
        for name, times in Counter(ids).items():
            if times > 1:
                yield Problem(
                    f"{times} {what} have this id",
                    "Give each its own.",
                    FILE,
                    column=f"{what}.id",
                    value=name,
                )


def _instrument_problems(plan: Plan, name: str, instrument: Instrument) -> Iterator[Problem]:
    """What contradicts itself inside one instrument."""
    key = f"instruments.{name}"
    for role in instrument.role:
        if role not in (*plan.roles, "unit"):
            yield _bad(f"{key}.role", role, "no such role", (*plan.roles, "unit"))
    for other in instrument.gap_between or ():
        if other not in plan.instruments:
            yield _bad(f"{key}.gap_between", other, "no such instrument", plan.instruments)
    parts = [plan.instruments[other] for other in instrument.gap_between or () if other in plan.instruments]
    if len({(part.range, part.scoring) for part in parts}) > 1:
        what = "the two instruments have different ranges or scoring"
        yield Problem(what, "A gap needs one yardstick.", FILE, column=f"{key}.gap_between")
    yield from _item_problems(key, instrument)
    yield from _range_problems(key, instrument)


def _item_problems(key: str, instrument: Instrument) -> Iterator[Problem]:
    """Names of items that do not fit together."""
    items = instrument.items
    in_forms = tuple(item for form in instrument.forms.values() for item in form)
    for field, named in (
        ("reverse", instrument.reverse),
        ("key", tuple(instrument.key or ())),
        ("options", tuple(instrument.options)),
        ("forms", in_forms),
    ):
        for item in named:
            if item not in items:
                yield _bad(f"{key}.{field}", item, "no such item", items)
    if instrument.key and set(items) - set(instrument.key):
        lacking = ", ".join(sorted(set(items) - set(instrument.key)))
        yield Problem(
            f"items without a right answer: {lacking}", "Complete the key.", FILE, column=f"{key}.key"
        )
    if instrument.forms and (len(in_forms) != len(set(in_forms)) or set(in_forms) != set(items)):
        yield Problem(
            "forms must hold each item once", "Name every item in one form.", FILE, column=f"{key}.forms"
        )
    if instrument.scoring == "sum" and len({len(form) for form in instrument.forms.values()}) > 1:
        next_step = "Use scoring: percent for forms of different length."
        yield Problem("sums of forms with different numbers of items", next_step, FILE, column=f"{key}.forms")
    if instrument.minimum_answered and items and instrument.minimum_answered > len(items):
        yield Problem(
            "more answers asked for than items", "Lower it.", FILE, column=f"{key}.minimum_answered"
        )


def _range_problems(key: str, instrument: Instrument) -> Iterator[Problem]:
    """Ranges and labels that are missing or do not fit together."""
    items, limits = instrument.items, instrument.range
    if limits and limits[0] >= limits[1]:
        yield Problem("the range must go from low to high", "Swap the two.", FILE, column=f"{key}.range")
    if items and not instrument.key and not limits:
        yield Problem("the range of an answer is missing", "Add for example range: [1, 5].", FILE, column=key)
    if not items and not limits and instrument.scoring == "percent":
        yield Problem("percent scoring needs a range", "Add range: [low, high].", FILE, column=key)
    if instrument.labels and limits:
        steps = int(limits[1] - limits[0]) + 1
        for lang, labels in instrument.labels.items():
            if len(labels) != steps:
                what = f"{len(labels)} labels for {steps} answers"
                yield Problem(what, "Name every step from low to high.", FILE, column=f"{key}.labels.{lang}")
        yield from _ambiguous_labels(key, instrument.labels, limits[0])
    within = instrument.stability_interval
    if within and instrument.stability is not None and not within[0] <= instrument.stability <= within[1]:
        what = "stability lies outside its interval"
        yield Problem(what, "Correct one of the two.", FILE, column=f"{key}.stability_interval")


def _ambiguous_labels(key: str, labels: Mapping[Any, Sequence[str]], low: float) -> Iterator[Problem]:
    """Labels that stand for two different answers."""
    means: dict[str, set[float]] = {}
    for names in labels.values():
        for position, name in enumerate(names):
            means.setdefault(folded(name), set()).add(low + position)
    for name, answers in means.items():
        figure = {float(name)} if re.fullmatch(NUMBER, name) else set()
        if len(answers | figure) > 1:
            yield Problem(
                f"the label {name!r} stands for two answers",
                "Make labels differ.",
                FILE,
                column=f"{key}.labels",
            )


def _criterion_problems(plan: Plan, goal: Goal, criterion: Criterion, key: str) -> Iterator[Problem]:
    """What a criterion asks for that the plan does not give."""
    for field in ("before", "after"):
        wave = getattr(criterion, field)
        if wave not in plan.waves:
            yield _bad(f"{key}.{field}", wave, "no such wave", plan.waves)
    instrument = plan.instruments.get(criterion.instrument)
    if instrument is None:
        yield _bad(f"{key}.instrument", criterion.instrument, "no such instrument", plan.instruments)
        return
    if goal.role not in instrument.role:
        what = f"the instrument is for {', '.join(instrument.role)}, the goal for {goal.role}"
        yield Problem(
            what, "Add the role to the instrument or choose another.", FILE, column=f"{key}.instrument"
        )
    if criterion.unit == "sd" and instrument.reference_sd is None:
        what = "a threshold in SD needs the instrument's reference_sd"
        yield Problem(
            what, "Never the selected sample's own; give a published one.", FILE, column=f"{key}.unit"
        )
    if criterion.unit == "percent" and criterion.contrast != "share" and (instrument.maximum or 0.0) <= 0:
        what = "a threshold in percent needs the instrument's range, with a maximum above zero"
        next_step = "Add it, or give the threshold in points."
        yield Problem(what, next_step, FILE, column=f"{key}.unit")
    assignment = plan.design.assignment.get(goal.role)
    if criterion.contrast == "comparison" and (assignment is None or assignment.comparison is None):
        next_step = f"Add design.assignment.{goal.role}.comparison, or use contrast: change."
        yield Problem("a comparison needs a comparison arm", next_step, FILE, column=f"{key}.contrast")
    order = [wave for wave in plan.waves if wave in (criterion.before, criterion.after)]
    if order in ([criterion.after, criterion.before], [criterion.before]) and criterion.after in plan.waves:
        next_step = "Waves stand in the plan in their order."
        yield Problem("before does not come before after", next_step, FILE, column=f"{key}.before")
    if criterion.contrast == "share":
        yield from _share_problems(criterion, key)
    elif (
        criterion.unit == "raw" and instrument.span is not None and abs(criterion.threshold) > instrument.span
    ):
        what = f"larger than the whole scale ({number(instrument.span)} points)"
        next_step = "Give the least change that counts, not a score."
        yield Problem(what, next_step, FILE, column=f"{key}.threshold", value=criterion.threshold)


def _share_problems(criterion: Criterion, key: str) -> Iterator[Problem]:
    """A share needs a cut-off and a threshold that is a share."""
    if criterion.cutoff is None:
        yield Problem("a share needs the score that counts", "Add cutoff.", FILE, column=f"{key}.cutoff")
    top = 100 if criterion.unit == "percent" else 1
    if not 0 < criterion.threshold <= top or criterion.unit == "sd":
        next_step = "Write 80 with unit: percent, or 0.8 with unit: raw."
        yield Problem(
            "not a share of people", next_step, FILE, column=f"{key}.threshold", value=criterion.threshold
        )
