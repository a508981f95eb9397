"""What is only explored once the verdicts are there: who gained more, and what an unseen cause would have to be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from rmstudy.errors import DesignError
from rmstudy.evaluation.criteria import CriterionVerdict
from rmstudy.evaluation.evaluate import Evaluation
from rmstudy.evaluation.question import Question, question_of
from rmstudy.methods.multiplicity import holm
from rmstudy.methods.regression import dose_response, moderation
from rmstudy.methods.sensitivity import robustness_value
from rmstudy.results import Result
from rmstudy.verdicts import RANDOM


@dataclass(frozen=True, slots=True)
class Explored:
    """One criterion looked at by where people started and by how often they met.

    Parameters
    ----------
    one : CriterionVerdict
        The criterion.
    start : Result or None
        How the difference between the groups depends on the starting score; see `moderation`.
    dose : Result or None
        How the later score of participants goes with the meetings they held; see `dose_response`.
    p_start, p_dose : float or None
        Their p-values, adjusted for all that was explored in the study (Holm).
    """

    one: CriterionVerdict
    start: Result | None = None
    dose: Result | None = None
    p_start: float | None = None
    p_dose: float | None = None


def who_gained(evaluation: Evaluation) -> list[Explored]:
    """Explore each deciding criterion of people, where each group has twice the least number of people.

    Nothing here was asked beforehand: p-values are adjusted for every question asked at once, and a slope
    on the number of meetings is no effect of meeting.
    """
    found = []
    for one in evaluation.criteria:
        if one.criterion.priority != "primary" or one.result is None or one.goal.role == "unit":
            continue
        if one.criterion.contrast == "share" or min(one.result.n.values()) < _least(evaluation):
            continue
        question = question_of(evaluation.study, one.goal, one.criterion)
        by_dose = partial(_by_dose, question, evaluation)
        explored = Explored(one, _tried(partial(_by_start, question)), _tried(by_dose))
        if explored.start or explored.dose:
            found.append(explored)
    return _adjusted(found)


def _least(evaluation: Evaluation) -> int:
    """Fewest people a group must have to be looked into."""
    plan = evaluation.study.plan
    return max(2 * plan.privacy.minimum_cell, plan.analysis.gates.least_people)


def _tried(ask: Callable[[], Result | None]) -> Result | None:
    """An answer, or none where these data cannot give it."""
    try:
        return ask()
    except DesignError:
        return None


def _by_start(question: Question) -> Result | None:
    """Whether those who started lower gained more, against the comparison."""
    if question.criterion.contrast != "comparison" or question.criterion.estimator == "post_difference":
        return None
    frame = question.complete.assign(programme=(question.complete["arm"] == "programme").astype(float))
    waves: dict[str, Any] = {"outcome": question.criterion.after, "moderator": question.criterion.before}
    return moderation(
        frame, focal="programme", cluster=question.cluster, covariates=question.covariates, **waves
    )


def _by_dose(question: Question, evaluation: Evaluation) -> Result | None:
    """Whether those who met more often ended higher, among participants."""
    waves = [question.criterion.before, question.criterion.after]
    frame = question.frame[question.frame["arm"] == "programme"].dropna(subset=[*waves, "dose"])
    if len(frame) < 2 * _least(evaluation):
        return None
    return dose_response(frame, pre=waves[0], post=waves[1], cluster=question.cluster)


def _adjusted(found: list[Explored]) -> list[Explored]:
    """Adjust all p-values together."""
    named = {
        (i, kind): result.headline.p_value
        for i, one in enumerate(found)
        for kind, result in (("p_start", one.start), ("p_dose", one.dose))
        if result is not None and result.headline.p_value is not None
    }
    if not named:
        return found
    together = dict(zip(named, holm(list(named.values()))["adjusted"].tolist(), strict=True))
    return [
        replace(one, p_start=together.get((i, "p_start")), p_dose=together.get((i, "p_dose")))
        for i, one in enumerate(found)
    ]


def unseen(one: CriterionVerdict) -> Result | None:
    """How strong an unmeasured cause would have to be, where groups were compared that no lottery made."""
    if one.result is None or one.criterion.contrast != "comparison" or one.strength == RANDOM:
        return None
    if one.result.method != "adjusted_difference" or any(
        note.code == "merit_lottery" for note in one.reasons
    ):
        return None
    try:
        return robustness_value(one.result)
    except DesignError:
        return None
