"""A criterion with the people and columns that answer it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import pandas as pd

from rmstudy.errors import DesignError
from rmstudy.methods.comparison import baseline_balance
from rmstudy.study.plan import Criterion, Goal, Instrument
from rmstudy.study.study import Study

SAME_CHANCE: Final = 0.01
LEAST_STRATUM: Final = 10
ALIKE_SHARES: Final = 0.10


@dataclass(frozen=True, slots=True)
class Group:
    """People of one arm at each step."""

    name: str
    assigned: int
    started: int
    answered: int
    complete: int


@dataclass(frozen=True, eq=False)
class Question:
    """What one criterion asks, of whom.

    Parameters
    ----------
    goal, criterion, instrument : Goal, Criterion, Instrument
        From the plan.
    frame : DataFrame
        One row a person of the arms concerned (a unit, for an instrument about units).
    arms : tuple of str
        The programme's arm, and the comparison's where there is one; empty for units.
    cluster : str or None
        Column of clusters, where people share one.
    covariates : tuple of str
        Numeric columns to adjust for.
    sign : float
        1 where more is better, -1 where less is.
    planned : tuple of str
        The covariates as the plan names them.
    unequal_odds : bool
        Whether the chance of a seat differed and the estimator does not take it into account.
    """

    goal: Goal
    criterion: Criterion
    instrument: Instrument
    frame: pd.DataFrame
    arms: tuple[str, ...]
    cluster: str | None
    covariates: tuple[str, ...]
    sign: float
    planned: tuple[str, ...]
    unequal_odds: bool = False

    @property
    def needed(self) -> list[str]:
        """Columns that a person must have to be counted."""
        cluster = [] if self.cluster is None else [self.cluster]
        return [*self.criterion.waves, *self.covariates, *cluster]

    @property
    def target(self) -> float:
        """The threshold in the estimate's unit, improvement positive."""
        criterion, instrument = self.criterion, self.instrument
        if criterion.contrast == "share":
            return criterion.threshold / 100 if criterion.unit == "percent" else criterion.threshold
        if criterion.unit == "sd":
            return criterion.threshold * (instrument.reference_sd or float("nan"))
        if criterion.unit == "percent":
            return criterion.threshold / 100 * (instrument.maximum or float("nan"))
        return criterion.threshold

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """Who was assigned, started, answered and can be counted, by arm; units are one group.

        Everybody who answered before has started; where no starting score is needed, everybody assigned.
        """
        waves = list(self.criterion.waves)
        there = self.frame.notna()
        started = there[waves[0]] if len(waves) > 1 else pd.Series(data=True, index=self.frame.index)
        steps = pd.DataFrame(
            {
                "assigned": True,
                "started": started,
                "answered": there[waves].all(axis=1),
                "complete": there[self.needed].all(axis=1),
            }
        )
        return tuple(
            Group(name, *map(int, steps[(self.frame["arm"] == name).to_numpy()].sum())) for name in self.arms
        ) or (Group("unit", *map(int, steps.sum())),)

    @cached_property
    def complete(self) -> pd.DataFrame:
        """People with everything that is needed."""
        return self.frame.dropna(subset=self.needed)

    @cached_property
    def balance(self) -> pd.DataFrame | None:
        """Starting scores and covariates of the people counted, by arm; None where nothing is compared."""
        return balance_table(self.complete, [self.criterion.before, *self.covariates])


def question_of(study: Study, goal: Goal, criterion: Criterion) -> Question:
    """Gather the people a criterion is about."""
    plan = study.plan
    adjusted = criterion.contrast == "comparison" and criterion.estimator == "adjusted"
    planned = covariates = plan.analysis.covariates if adjusted else ()
    frame = study.frame(criterion.instrument, role=goal.role, covariates=covariates)
    for wave in (criterion.before, criterion.after):
        if wave not in frame.columns:
            frame[wave] = float("nan")
    arms: tuple[str, ...] = ()
    cluster, unequal = None, False
    if goal.role != "unit":
        assignment = plan.design.assignment.get(goal.role)
        other = assignment.comparison if assignment and criterion.contrast == "comparison" else None
        arms = ("programme", other) if other else ("programme",)
        frame = frame[frame["arm"].isin(arms)]
        strata = _strata_of_unequal_chance(study, goal.role, frame) if other else None
        unequal = strata is not None and not adjusted
        if strata is not None and adjusted:
            frame = frame.assign(stratum=strata)
            covariates = _with_strata(frame, covariates)
        frame, covariates = indicators(frame, covariates)
        cluster = _cluster(frame, plan.analysis.cluster, criterion)
    instrument = plan.instruments[criterion.instrument]
    sign = 1.0 if instrument.higher_is == "better" else -1.0
    return Question(
        goal, criterion, instrument, frame, arms, cluster, tuple(covariates), sign, planned, unequal
    )


def balance_table(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame | None:
    """Balance of some columns, or None where there is nothing to compare."""
    there = [name for name in columns if frame[name].notna().any()]
    try:
        return baseline_balance(frame, columns=there) if there else None
    except DesignError:
        return None


def _strata_of_unequal_chance(study: Study, role: str, frame: pd.DataFrame) -> pd.Series[str] | None:
    """Stratum of each person in a lottery whose seats were not equally likely; None where they were.

    The chances are those of the assignments table, or else the shares of seats in the strata of the plan.
    """
    assignment = study.plan.design.assignment[role]
    table = study.tables.get("assignments")
    if assignment.mechanism != "lottery" or table is None:
        return None
    drawn = table.set_index("person_id").reindex(frame.index)
    if "probability" in drawn.columns and drawn["probability"].notna().all():
        chance = pd.to_numeric(drawn["probability"])
        differ = float(chance.max() - chance.min()) > SAME_CHANCE
        return drawn["probability"] if differ else None
    strata = drawn["stratum"] if "stratum" in drawn.columns and drawn["stratum"].notna().all() else None
    if strata is None and assignment.strata:
        people = study.tables["participants"].set_index("person_id").reindex(frame.index)
        strata = people[list(assignment.strata)].fillna("").agg(" / ".join, axis=1)
    if strata is None:
        return None
    seats = (frame["arm"] == "programme").groupby(strata).agg(["mean", "size"])
    large = seats.loc[seats["size"] >= LEAST_STRATUM, "mean"]
    return strata if len(large) and float(large.max() - large.min()) > ALIKE_SHARES else None


def _with_strata(frame: pd.DataFrame, covariates: tuple[str, ...]) -> tuple[str, ...]:
    """Covariates with the strata among them, without those that would say the same thing twice."""
    in_words = [
        name
        for name in covariates
        if not pd.api.types.is_numeric_dtype(frame[name]) or frame[name].nunique() <= 2
    ]
    if any(frame.groupby(name)["stratum"].nunique().le(1).all() for name in in_words):
        return covariates
    within = frame.groupby("stratum")
    return (*(name for name in covariates if within[name].nunique().gt(1).any()), "stratum")


def indicators(frame: pd.DataFrame, covariates: Sequence[str]) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Covariates in words as 0/1 columns, the first value being the reference."""
    names: list[str] = []
    for name in covariates:
        if pd.api.types.is_numeric_dtype(frame[name]):
            names.append(name)
            continue
        dummies = pd.get_dummies(frame[name], prefix=name, drop_first=True, dtype="float64")
        frame = frame.join(dummies.mask(frame[name].isna()))
        names += list(dummies.columns)
    return frame, tuple(names)


def _cluster(frame: pd.DataFrame, wish: str, criterion: Criterion) -> str | None:
    """Column to cluster on: only where somebody shares a cluster with somebody else."""
    column = {"pairs": "cluster", "unit": "unit", "none": None}[wish]
    if column is None:
        return None
    counted = frame.dropna(subset=list(criterion.waves))[column].dropna()
    return column if counted.duplicated().any() else None
