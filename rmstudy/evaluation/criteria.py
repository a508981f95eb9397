"""One criterion judged: gates, then the estimand, then verdict and merit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import pandas as pd

from rmstudy import verdicts
from rmstudy.errors import DesignError
from rmstudy.evaluation.caveats import about_units, caveats, follow_up, improvement, nobody_selected
from rmstudy.evaluation.contrast import contrast_of
from rmstudy.evaluation.lost import about_the_lost, tipping_of
from rmstudy.evaluation.question import Question, question_of
from rmstudy.methods.change import hedges_gav, mean_change
from rmstudy.methods.comparison import (
    adjusted_difference,
    difference_in_differences,
    post_difference,
)
from rmstudy.methods.proportions import paired_risk_difference, share
from rmstudy.methods.reliability import cronbach_alpha
from rmstudy.methods.sensitivity import regression_to_the_mean
from rmstudy.results import Note, Result
from rmstudy.study.plan import Criterion, Goal, Instrument
from rmstudy.study.study import Study

LEAST_UNITS: Final = 5


@dataclass(frozen=True, eq=False)
class CriterionVerdict:
    """A criterion with its verdict, the merit of the programme, and everything they rest on.

    Parameters
    ----------
    goal : Goal
        The goal it belongs to.
    criterion : Criterion
        The criterion.
    instrument : Instrument
        How it is measured.
    verdict : str
        One of `rmstudy.verdicts.ORDER`.
    merit : str
        ``shown``, ``plausible`` or ``not shown``.
    strength : int
        Level of the contrast on the Maryland Scientific Methods Scale.
    reasons : tuple of Note
        Why the merit is what it is.
    threshold : float
        The target in the result's unit and direction.
    direction : float
        1 where a larger estimate is better, -1 where a smaller one is.
    gate : Note or None
        Why there is not enough data.
    result : Result or None
        The estimate that was judged, in the instrument's own direction; None when a gate failed.
    beside : mapping of str to Result
        What stands beside the result: ``standardised``, ``expected`` (regression to the mean),
        ``reliability``, ``paired`` (change of a share), ``tipping`` (how different those who left would
        have to be to change the verdict).
    balance : DataFrame or None
        Starting scores of the two arms.
    notes : tuple of Note
        Caveats of the evaluation; those of the estimate are in the result.
    """

    goal: Goal
    criterion: Criterion
    instrument: Instrument
    verdict: verdicts.Verdict
    merit: verdicts.Merit
    strength: int
    reasons: tuple[Note, ...]
    threshold: float
    direction: float
    gate: Note | None = None
    result: Result | None = None
    beside: Mapping[str, Result] = field(default_factory=dict)
    balance: pd.DataFrame | None = None
    notes: tuple[Note, ...] = ()


def judge(study: Study, goal: Goal, criterion: Criterion, *, level: float | None = None) -> CriterionVerdict:
    """Judge one criterion of a study.

    Parameters
    ----------
    study : Study
        A loaded study.
    goal, criterion : Goal, Criterion
        From the study's plan.
    level : float, optional
        Confidence level; the plan's when left out.
    """
    question = question_of(study, goal, criterion)
    compared = criterion.contrast == "comparison"
    direction = 1.0 if criterion.contrast == "share" else question.sign
    strength, reasons = verdicts.strength(contrast_of(study, question))
    if goal.role == "unit":
        reasons = tuple(about_units(note) for note in reasons)
    judged = CriterionVerdict(
        goal=goal,
        criterion=criterion,
        instrument=question.instrument,
        verdict="not_enough_data",
        merit="not shown",
        strength=strength,
        reasons=reasons,
        threshold=direction * question.target,
        direction=direction,
        gate=_gate(study, question),
    )
    if judged.gate is not None:
        return judged
    try:
        result, beside = _estimate(study, question, level or study.plan.analysis.level)
    except DesignError as error:
        return replace(judged, gate=Note.of("gate_method", reason=str(error)))
    gate = _after_gate(question, result, beside)
    if gate is not None:
        return replace(judged, gate=gate)
    better = improvement(result, direction)
    verdict = _verdict(question, better, beside)
    tipping = tipping_of(question, verdict, result.level or study.plan.analysis.level)
    if tipping is not None:
        beside["tipping"] = tipping
    return replace(
        judged,
        verdict=verdict,
        merit=verdicts.merit(strength, better[1]) if compared else "not shown",
        result=_reworded(question, result),
        beside={name: replace(one, outcome=criterion.instrument) for name, one in beside.items()},
        balance=question.balance if compared else None,
        notes=(*follow_up(question), *caveats(study, question, result, beside), *about_the_lost(tipping)),
    )


def _reworded(question: Question, result: Result) -> Result:
    """The result under the study's own names: its instrument, units instead of people, covariates as planned."""
    notes = result.notes
    if question.goal.role == "unit":
        notes = tuple(about_units(note) for note in notes)
    if question.planned:
        notes = tuple(
            replace(note, params=(("columns", question.planned), ("n", dict(note.params)["n"])))
            if note.code == "covariate_missing"
            else note
            for note in notes
        )
    return replace(result, outcome=question.criterion.instrument, notes=notes)


def _gate(study: Study, question: Question) -> Note | None:
    """Look at what must be there before the estimate is looked at."""
    gates, criterion = study.plan.analysis.gates, question.criterion
    for wave in criterion.waves:
        if study.plan.waves[wave].closed is None and question.frame[wave].isna().all():
            return Note.of("gate_wave_open", wave=wave)
    least = max(gates.least_people, study.plan.privacy.minimum_cell)
    if question.goal.role == "unit":
        least = LEAST_UNITS
    for group in question.groups:
        if group.complete < least:
            code = "gate_people" if len(criterion.waves) > 1 else "gate_people_assigned"
            return Note.of(code, group=group.name, least=least)
        stayed = group.complete / group.started
        if stayed < gates.least_follow_up:
            code = "gate_follow_up" if len(criterion.waves) > 1 else "gate_follow_up_assigned"
            return Note.of(code, group=group.name, share=stayed, least=gates.least_follow_up)
    unsure = unsure_share(study, question)
    if unsure > gates.unsure_links:
        return Note.of("gate_unsure_links", share=unsure, most=gates.unsure_links)
    return None


def unsure_share(study: Study, question: Question) -> float:
    """Share of the people counted whose answers of a wave were linked by a candidate that somebody confirmed.

    An id in another spelling is the same id: capitals, a domain that has moved, zeros that were lost.

    Parameters
    ----------
    study : Study
        A loaded study.
    question : Question
        A criterion with its people.
    """
    people = question.complete.index
    if "linkage" not in study.tables or question.goal.role == "unit" or not len(people):
        return 0.0
    links = study.tables["linkage"]
    unsure = links[links["wave_id"].isin(question.criterion.waves) & (links["match"] == "confirmed")]
    return float(people.isin(unsure["person_id"]).mean())


def _estimate(study: Study, question: Question, level: float) -> tuple[Result, dict[str, Result]]:
    """Run the method the criterion asks for, and what stands beside it."""
    criterion, frame = question.criterion, question.frame
    waves: dict[str, Any] = {"pre": criterion.before, "post": criterion.after}
    result, beside = contrast_estimate(question, level), {}
    if criterion.contrast == "share":
        beside = {"paired": paired_risk_difference(frame, **waves, **_reached(question, level))}
    elif criterion.contrast == "change":
        beside = {"standardised": hedges_gav(frame, **waves, level=level)}
        expected = _expected(study, question)
        if expected is not None:
            beside["expected"] = expected
    reliability = _reliability(study, question)
    if reliability is not None:
        beside["reliability"] = reliability
    return result, beside


def contrast_estimate(question: Question, level: float) -> Result:
    """Estimate what a criterion asks, in the instrument's own direction, and nothing beside it.

    Parameters
    ----------
    question : Question
        A criterion with its people.
    level : float
        Confidence level.
    """
    criterion, frame = question.criterion, question.frame
    if criterion.contrast == "comparison":
        return _compared(question, level)
    if criterion.contrast == "share":
        # a share afterwards counts those who also have a start; the others are counted as left out
        both = frame[criterion.before].notna()
        return share(
            frame.assign(**{criterion.after: frame[criterion.after].where(both)}),
            outcome=criterion.after,
            **_reached(question, level),
        )
    waves: dict[str, Any] = {"pre": criterion.before, "post": criterion.after}
    return mean_change(frame, **waves, cluster=question.cluster, level=level)


def _reached(question: Question, level: float) -> dict[str, Any]:
    """What counts as having reached the cut-off."""
    cutoff = question.criterion.cutoff
    return {"cutoff": cutoff, "higher_is_better": question.sign > 0, "level": level}


def _compared(question: Question, level: float) -> Result:
    """The comparison with the estimator that the plan names."""
    criterion = question.criterion
    common: dict[str, Any] = {"post": criterion.after, "cluster": question.cluster, "level": level}
    estimators: dict[str, Callable[[], Result]] = {
        "adjusted": lambda: adjusted_difference(
            question.frame, pre=criterion.before, covariates=question.covariates, **common
        ),
        "difference_in_differences": lambda: difference_in_differences(
            question.frame, pre=criterion.before, **common
        ),
        "post_difference": lambda: post_difference(question.frame, **common),
    }
    return estimators[criterion.estimator]()


def _expected(study: Study, question: Question) -> Result | None:
    """Points that regression to the mean alone could give a one-group change."""
    instrument, role = question.instrument, question.goal.role
    if instrument.stability is None or instrument.reference_mean is None or nobody_selected(study, role):
        return None
    selection = study.plan.design.selection.get(role)
    on_outcome = selection is not None and selection.instrument == question.criterion.instrument
    return regression_to_the_mean(
        question.complete,
        pre=question.criterion.before,
        stability=instrument.stability,
        stability_interval=instrument.stability_interval,
        reference_mean=instrument.reference_mean,
        selected_on="outcome" if on_outcome else "other",
    )


def _reliability(study: Study, question: Question) -> Result | None:
    """Alpha of a scale at the first wave, where it can be had."""
    instrument, criterion = question.instrument, question.criterion
    if len(instrument.items) < 2 or instrument.forms or instrument.scored_against:
        return None
    try:
        return cronbach_alpha(
            study.items(criterion.instrument, role=question.goal.role, wave=criterion.before)
        )
    except DesignError:
        return None


def _after_gate(question: Question, result: Result, beside: Mapping[str, Result]) -> Note | None:
    """What can only be seen once the estimate is there."""
    if result.headline.conf_low is None:
        return Note.of("gate_no_interval")
    if question.criterion.contrast == "share":
        paired = beside["paired"].headline
        start = next(e.estimate or 0.0 for e in beside["paired"].estimates if e.term == "share before")
        if question.target <= start + 1e-9:
            return Note.of("gate_share_threshold", threshold=question.target, start=start)
        if paired.conf_low is None:
            return Note.of("gate_no_interval")
    return None


def _verdict(
    question: Question, better: tuple[float, float, float], beside: Mapping[str, Result]
) -> verdicts.Verdict:
    """Hold the improvement against the threshold."""
    if question.criterion.contrast == "share":
        paired = beside["paired"].headline
        change = (float(paired.conf_low or 0.0), float(paired.conf_high or 0.0))
        return verdicts.share_verdict(better, change, question.target)
    return verdicts.verdict(*better, threshold=question.target)
