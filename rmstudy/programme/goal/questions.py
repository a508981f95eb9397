"""What a plan leaves open, as notes: each names the key to fill in or the doubt that will stay.

A plan may be valid and still promise nothing. These are the questions that a critical reader asks before
the programme begins, when an answer costs least.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from rmstudy.results import Note
from rmstudy.study.plan import Criterion, Goal, Instrument, Plan, Text
from rmstudy.wording import choose

MOST_PRIMARY: Final = 3
DAYS_BETWEEN: Final = 7
# Words by which a measure of satisfaction can be known, in either language.
_REACTION: Final = re.compile(
    r"satisf|soddisf|gradiment|enjoy|piaciut|net.?promoter|\bnps\b|would.recommend|consiglierei", re.I
)
_OF_WORK: Final = re.compile(r"\bjob\b|\bwork|lavor", re.I)  # satisfaction with one's work is an outcome


def open_questions(plan: Plan) -> tuple[Note, ...]:
    """List what a plan leaves open or what will weaken its answers.

    Parameters
    ----------
    plan : Plan
        A valid plan.

    Returns
    -------
    tuple of Note
        In the order of the steps: goals, measures, design, monitoring, privacy. Empty where nothing is open.

    Notes
    -----
    The levels are Kirkpatrick's (reaction, learning, behaviour, results). That people chosen by a low score
    score higher the next time without any programme is regression to the mean (Galton 1886).

    Examples
    --------
    >>> import rmstudy as rm
    >>> plan = rm.load_sample("picked-the-weakest").plan
    >>> [note.code for note in open_questions(plan) if "selects" in note.code]
    ['open_outcome_selects']
    """
    found: list[Note] = []
    for goal in plan.goals:
        found += _about_goal(plan, goal)
        for criterion in goal.criteria:
            found += _about_criterion(plan, goal, criterion)
    found += _about_instruments(plan)
    found += _about_waves(plan)
    found += _about_design(plan)
    found += _about_length(plan)
    found += _about_people(plan)
    return tuple(dict.fromkeys(found))


def _about_goal(plan: Plan, goal: Goal) -> Iterator[Note]:
    """Whether a goal asks for more than applause, and for something that can be learned."""
    if goal.level == 1 or all(_asks_for_satisfaction(plan, one) for one in goal.criteria):
        yield Note.of("open_only_reaction", goal=goal.id)
    elif goal.level is None:
        yield Note.of("open_level", goal=goal.id)
    if not _said(goal.method):
        yield Note.of("open_method", goal=goal.id)
    primary = [one for one in goal.criteria if one.priority == "primary"]
    if goal.require == "all" and len(primary) > MOST_PRIMARY:
        yield Note.of("open_many_primary", goal=goal.id, n=len(primary))
    if not any(one.contrast == "comparison" for one in goal.criteria):
        yield Note.of("open_no_comparison", goal=goal.id)


def _asks_for_satisfaction(plan: Plan, criterion: Criterion) -> bool:
    """Whether the name of a measure says that it asks people how they liked it."""
    instrument = plan.instruments[criterion.instrument]
    words = [instrument.name] if isinstance(instrument.name, str) else [*instrument.name.values()]
    names = [text.replace("_", " ") for text in (criterion.instrument, *words)]
    return any(map(_REACTION.search, names)) and not any(map(_OF_WORK.search, names))


def _about_criterion(plan: Plan, goal: Goal, criterion: Criterion) -> Iterator[Note]:
    """Where a threshold comes from, and what else could move the score."""
    if not _said(criterion.rationale):
        yield Note.of("open_rationale", criterion=criterion.id)
    if criterion.fixed_on is None:
        yield Note.of("open_fixed_on", criterion=criterion.id)
    opened = plan.waves[criterion.after].opened
    if criterion.fixed_on and opened and criterion.fixed_on >= opened:
        yield Note.of("open_fixed_late", criterion=criterion.id, wave=criterion.after)
    compared = criterion.contrast == "comparison"
    chosen = plan.design.selection.get(goal.role)
    instrument = plan.instruments[criterion.instrument]
    if chosen and chosen.instrument in (criterion.instrument, *(instrument.gap_between or ())):
        code = "open_outcome_selects_compared" if compared else "open_outcome_selects"
        yield Note.of(code, criterion=criterion.id, instrument=criterion.instrument)
    if compared or goal.role == "unit":
        return
    assignment = plan.design.assignment.get(goal.role)
    if chosen is None and assignment is not None and assignment.mechanism == "everyone":
        return
    needed = ("stability", "reference_mean", "reference_sd")
    key = f"instruments.{criterion.instrument}"
    missing = tuple(f"{key}.{name}" for name in needed if getattr(instrument, name) is None)
    if missing:
        yield Note.of("open_stability", criterion=criterion.id, missing=missing)


def _about_instruments(plan: Plan) -> Iterator[Note]:
    """Whether the measures may be used in a report that is paid for."""
    used = dict.fromkeys(
        name
        for _, criterion in plan.criteria
        for name in (criterion.instrument, *(plan.instruments[criterion.instrument].gap_between or ()))
    )
    asked = {name: plan.instruments[name] for name in used if not plan.instruments[name].derived}
    if unknown := tuple(name for name, one in asked.items() if _unlicensed(one)):
        yield Note.of("open_licence", instruments=unknown)
    if refused := tuple(name for name, one in asked.items() if one.commercial_ok == "no"):
        yield Note.of("open_non_commercial", instruments=refused)


def _unlicensed(instrument: Instrument) -> bool:
    """Whether nobody has looked up if the measure may be used."""
    return instrument.commercial_ok == "unknown" or not _said(instrument.licence)


def _about_waves(plan: Plan) -> Iterator[Note]:
    """Whether the first wave comes before the programme, and the last one after it."""
    used = dict.fromkeys(wave for _, criterion in plan.criteria for wave in criterion.waves)
    undated = tuple(wave for wave in used if not (plan.waves[wave].opened or plan.waves[wave].closed))
    if undated:
        yield Note.of("open_waves", waves=undated)
    start, end = plan.programme.start, plan.programme.end
    for before in dict.fromkeys(one.before for _, one in plan.criteria if one.before in one.waves):
        day = plan.waves[before].closed or plan.waves[before].opened
        if start and day and day > start:
            yield Note.of("open_before_late", wave=before)
    for after in dict.fromkeys(one.after for _, one in plan.criteria):
        day = plan.waves[after].opened or plan.waves[after].closed
        if end and day and day < end:
            yield Note.of("open_after_early", wave=after)


def _about_design(plan: Plan) -> Iterator[Note]:
    """Who takes part, who selects, how many, and what that lets one claim."""
    design, programme = plan.design, plan.programme
    if not _said(design.who_takes_part):
        yield Note.of("open_who_takes_part")
    if not _said(design.who_selects):
        yield Note.of("open_who_selects")
    if programme.seats is None:
        yield Note.of("open_seats")
    if programme.recruitment is None:
        yield Note.of("open_recruitment")
    roles = dict.fromkeys(goal.role for goal in plan.goals if goal.role != "unit")
    compared = {goal.role for goal, one in plan.criteria if one.contrast == "comparison"}
    for role in roles:
        assignment = design.assignment.get(role)
        if assignment is None:
            yield Note.of("open_assignment", key=f"design.assignment.{role}")
        elif role in compared and assignment.mechanism != "lottery":
            yield Note.of("open_no_lottery", key=f"design.assignment.{role}")
        if assignment and assignment.mechanism == "criteria" and role not in design.selection:
            yield Note.of("open_selection", key=f"design.selection.{role}")
    applicants = design.assumptions.applicants
    drawn = any(one.mechanism == "lottery" for one in design.assignment.values())
    if programme.seats and applicants and applicants > programme.seats and not drawn:
        yield Note.of("open_lottery_possible", applicants=applicants, seats=programme.seats)
    for other in (plan.role_acting_as("mentor"), plan.role_acting_as("mentee")):
        if other and other not in roles:
            yield Note.of("open_role_without_goal", role=other)


def _about_length(plan: Plan) -> Iterator[Note]:
    """How long, how often, and whether the two fit."""
    programme = plan.programme
    if programme.start is None or programme.end is None:
        yield Note.of("open_length")
    if programme.planned_meetings is None or programme.planned_minutes is None:
        yield Note.of("open_meetings")
    days = programme.days
    if days and programme.planned_meetings and days < DAYS_BETWEEN * programme.planned_meetings:
        yield Note.of("open_meetings_do_not_fit", meetings=programme.planned_meetings, days=days)
    if not _said(plan.monitoring.commitment):
        yield Note.of("open_commitment")
    if not _said(plan.monitoring.progress):
        yield Note.of("open_progress")


def _about_people(plan: Plan) -> Iterator[Note]:
    """On what the use of people's data rests, and until when."""
    if not _said(plan.monitoring.legal_basis):
        yield Note.of("open_legal_basis")
    if not _said(plan.privacy.basis):
        yield Note.of("open_privacy_basis")
    if not _said(plan.privacy.contact):
        yield Note.of("open_contact")
    if plan.privacy.retention_until is None:
        yield Note.of("open_retention")


def _said(text: Text | None) -> bool:
    """Whether a text says anything in any language."""
    return bool(text and choose(text).strip())
