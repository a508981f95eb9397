"""Criterion, gates, method, result, verdict and merit."""

from rmstudy.evaluation.criteria import CriterionVerdict, judge
from rmstudy.evaluation.evaluate import Evaluation, GoalVerdict, evaluate
from rmstudy.study.participation import participation

__all__ = ["CriterionVerdict", "Evaluation", "GoalVerdict", "evaluate", "judge", "participation"]
