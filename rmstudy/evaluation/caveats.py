"""What a reader must know beside a verdict: follow-up, regression to the mean, reliability, ceilings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from rmstudy.evaluation.question import Question
from rmstudy.results import Note, Result
from rmstudy.study.study import Study

LEAST_RELIABILITY: Final = 0.70
CEILING: Final = 0.20
GRAIN: Final = 1e-9
_ITEM_NOTES: Final = ("item_negative", "item_constant", "alpha_negative")


def about_units(note: Note) -> Note:
    """The same caveat said of units instead of people."""
    codes = {"merit_before_after": "merit_before_after_units", "small_sample": "few_units_counted"}
    return replace(note, code=codes.get(note.code, note.code))


def follow_up(question: Question) -> tuple[Note, ...]:
    """Share of each group that answered again; units do not answer."""
    if not question.arms:
        return ()
    code = "follow_up" if len(question.criterion.waves) > 1 else "follow_up_assigned"
    return tuple(Note.of(code, group=one.name, share=one.answered / one.started) for one in question.groups)


def caveats(
    study: Study, question: Question, result: Result, beside: Mapping[str, Result]
) -> tuple[Note, ...]:
    """What the reader must know beside the verdict."""
    notes = [
        Note.of("wave_open", wave=wave)
        for wave in question.criterion.waves
        if study.plan.waves[wave].closed is None
    ]
    if question.criterion.contrast == "change":
        notes.append(_regression_note(study, question, result, beside))
    if question.criterion.contrast == "share":
        selection = study.plan.design.selection.get(question.goal.role)
        if selection is not None and selection.instrument == question.criterion.instrument:
            notes.append(Note.of("rtm_share"))
        if question.cluster is not None:
            notes.append(Note.of("shares_ignore_clusters"))
    if (
        question.criterion.contrast == "comparison"
        and study.plan.analysis.covariates
        and not question.planned
    ):
        notes.append(Note.of("covariates_unused"))
    if question.goal.role == "unit":
        notes.append(Note.of("few_units"))
    reliability = beside.get("reliability")
    if reliability is not None:
        notes += [note for note in reliability.notes if note.code in _ITEM_NOTES]
        if (reliability.headline.estimate or 0.0) < LEAST_RELIABILITY:
            notes.append(Note.of("low_reliability", value=reliability.headline.estimate))
    best = question.instrument.maximum if question.sign > 0 else question.instrument.minimum
    if best is not None:
        start = question.sign * question.complete[question.criterion.before]
        at_best = float((start >= question.sign * best - GRAIN).mean())
        if at_best >= CEILING:
            notes.append(Note.of("ceiling", share=at_best))
    return tuple(notes)


def _regression_note(study: Study, question: Question, result: Result, beside: Mapping[str, Result]) -> Note:
    """What regression to the mean means for a one-group change.

    It covers a change that lies within what it alone could give; where only the interval reaches down to
    it, neither it nor chance can be told from the change.
    """
    if "expected" not in beside:
        if nobody_selected(study, question.goal.role):
            return Note.of("rtm_everyone")
        needed = {
            "stability": question.instrument.stability,
            "reference mean": question.instrument.reference_mean,
        }
        return Note.of("rtm_unknown", missing=tuple(name for name, value in needed.items() if value is None))
    band = beside["expected"].headline
    limits = [question.sign * limit for limit in (band.conf_low, band.conf_high) if limit is not None]
    estimate, low, high = improvement(result, question.sign)
    if low > max(limits):
        return Note.of("rtm_beyond")
    if high < min(limits):
        return Note.of("rtm_below")
    return Note.of("rtm_covers" if 0 < estimate <= max(limits) else "rtm_unclear")


def nobody_selected(study: Study, role: str) -> bool:
    """Whether nobody of a role was selected."""
    assignment = study.plan.design.assignment.get(role)
    return (
        role not in study.plan.design.selection
        and assignment is not None
        and assignment.mechanism == "everyone"
    )


def improvement(result: Result, direction: float) -> tuple[float, float, float]:
    """Estimate and limits with improvement positive."""
    e = result.headline
    estimate, low, high = (float(x) for x in (e.estimate, e.conf_low, e.conf_high) if x is not None)
    return (estimate, low, high) if direction > 0 else (-estimate, -high, -low)
