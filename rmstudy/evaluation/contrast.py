"""What the merit of one contrast depends on: who was drawn, lost, alike at the start, or crossed over."""

from __future__ import annotations

import math
from typing import Final

import pandas as pd

from rmstudy import verdicts
from rmstudy.evaluation.question import Question, balance_table, indicators
from rmstudy.study.study import Study

INF: Final = math.inf
FINE: Final = 0.05


def contrast_of(study: Study, question: Question) -> verdicts.Contrast:
    """What the merit of this contrast depends on."""
    if question.criterion.contrast != "comparison":
        return verdicts.Contrast(compared=False)
    random = study.plan.design.assignment[question.goal.role].mechanism == "lottery"
    difference, adjusted = _difference_at_the_start(study, question)
    return verdicts.Contrast(
        compared=True,
        random=random,
        adjusted=adjusted,
        differential_attrition=_differential_attrition(question, random=random),
        largest_allowed_attrition=study.plan.analysis.gates.differential_attrition,
        baseline_difference=difference,
        crossed_over=_crossed_over(study, question),
        unequal_odds=question.unequal_odds,
    )


def _differential_attrition(question: Question, *, random: bool) -> float:
    """Difference between the arms in the share lost since the start and, after a lottery, since the draw."""
    groups = question.groups
    since_start = [1 - one.complete / one.started if one.started else 1.0 for one in groups]
    since_draw = [1 - one.complete / one.assigned if one.assigned else 1.0 for one in groups]
    differences = [abs(since_start[0] - since_start[1])]
    if random:
        differences.append(abs(since_draw[0] - since_draw[1]))
    return max(differences)


def _difference_at_the_start(study: Study, question: Question) -> tuple[float | None, bool]:
    """Largest absolute standardised difference at the start, and whether the estimator takes it into account.

    Only an adjusted comparison uses the covariates; a difference in differences uses the starting score.
    """
    estimator = question.criterion.estimator
    at_start = _largest_difference(question.balance)
    unused = _largest_difference(_unused(study, question))
    if estimator == "post_difference" or (unused is not None and unused > FINE):
        return _larger(at_start, unused), False
    return at_start, at_start is not None


def _unused(study: Study, question: Question) -> pd.DataFrame | None:
    """Balance of the plan's covariates, where the estimator does not use them."""
    planned = study.plan.analysis.covariates
    if question.criterion.estimator == "adjusted" or not planned:
        return None
    people = study.frame(question.criterion.instrument, role=question.goal.role, covariates=planned)
    return balance_table(*indicators(people.loc[question.complete.index], planned))


def _larger(first: float | None, second: float | None) -> float | None:
    """The larger of two differences, where there is one."""
    return max((value for value in (first, second) if value is not None), default=None)


def _largest_difference(balance: pd.DataFrame | None) -> float | None:
    """Largest absolute standardised difference at the start."""
    if balance is None:
        return None
    # groups that differ without any spread inside them have no standardised difference, and fail all the same
    apart = balance["band"] == "fails"
    differences = (
        balance["standardised_difference"].abs().mask(apart & balance["standardised_difference"].isna(), INF)
    )
    return float(differences.max()) if differences.notna().any() else None


def _crossed_over(study: Study, question: Question) -> int:
    """People of the comparison arm who are in a pair."""
    others = question.frame[question.frame["arm"] != "programme"]
    return int(others["pair_id"].notna().sum())
