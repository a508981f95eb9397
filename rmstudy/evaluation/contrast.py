"""What the merit of one contrast depends on: who was drawn, lost, alike at the start, or crossed over."""

from __future__ import annotations

from typing import Final

import pandas as pd

from rmstudy import verdicts
from rmstudy.errors import DesignError
from rmstudy.evaluation.question import Question
from rmstudy.methods.comparison import baseline_balance
from rmstudy.study.study import Study

_ADJUSTING: Final = ("adjusted", "difference_in_differences")


def contrast_of(study: Study, question: Question) -> verdicts.Contrast:
    """What the merit of this contrast depends on."""
    if question.criterion.contrast != "comparison":
        return verdicts.Contrast(compared=False)
    assignment = study.plan.design.assignment[question.goal.role]
    lost = []
    for _, frame in question.groups:
        started, both = question.counts(frame)
        lost.append(1 - both / started if started else 1.0)
    balance = balance_of(question)
    return verdicts.Contrast(
        compared=True,
        random=assignment.mechanism == "lottery",
        adjusted=question.criterion.estimator in _ADJUSTING,
        differential_attrition=abs(lost[0] - lost[1]),
        largest_allowed_attrition=study.plan.analysis.gates.differential_attrition,
        baseline_difference=_largest_difference(balance),
        crossed_over=_crossed_over(study, question),
    )


def balance_of(question: Question) -> pd.DataFrame | None:
    """Starting scores and covariates of the people counted, by arm."""
    counted = question.complete
    columns = [
        name for name in (question.criterion.before, *question.covariates) if counted[name].notna().any()
    ]
    try:
        return baseline_balance(counted, columns=columns) if columns else None
    except DesignError:
        return None


def _largest_difference(balance: pd.DataFrame | None) -> float | None:
    """Largest absolute standardised difference at the start."""
    if balance is None:
        return None
    differences = balance["standardised_difference"].dropna().abs()
    return float(differences.max()) if len(differences) else None


def _crossed_over(study: Study, question: Question) -> int:
    """People of the comparison arm who are in a pair."""
    others = question.frame[question.frame["arm"] != "programme"]
    return int(others["pair_id"].notna().sum())
