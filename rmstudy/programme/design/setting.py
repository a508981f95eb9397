"""What is assumed before there are data: seats, applicants, follow-up, effects; from a plan or plain numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from numbers import Integral
from typing import Final, Literal, get_args

from rmstudy import wording
from rmstudy.display import table
from rmstudy.errors import DesignError, PlanError, Problem, nearest
from rmstudy.study.contradictions import FILE
from rmstudy.study.plan import Criterion, Estimator, Goal, Instrument, Plan
from rmstudy.study.study import Study
from rmstudy.wording import say

Selection = Literal["open", "weakest", "other", "second_baseline"]
SELECTIONS: Final[tuple[str, ...]] = get_args(Selection)
ESTIMATORS: Final[tuple[str, ...]] = get_args(Estimator)
LEAST_WAITING: Final = 2
LARGEST: Final = 5_000
"""More people than this need no simulation: everything is then a matter of bias."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A programme that is being planned, and what is assumed about its people.

    Effects, threshold and self-selection are in standard deviations of the reference group, improvement
    positive.

    Parameters
    ----------
    seats : int
        People who can take part.
    applicants : int or None
        People who apply and could take part; those without a seat can be the comparison. None where it is
        not known: every seat is then taken, and one group alone is looked at.
    threshold : float
        Improvement that counts as reaching the target.
    effects : tuple of float
        True effects to look at.
    stability : float
        Correlation of a score with itself over the programme's length, without a programme.
    follow_up : float
        Share of the programme's people expected to answer again.
    follow_up_comparison : float or None
        The same in the comparison; as `follow_up` when left out.
    per_mentor : int
        Participants who share a mentor.
    within_pairs : float
        Correlation of what the starting score leaves unexplained, between people who share a mentor.
    self_selection : float
        How much further volunteers would move than others without any programme.
    selection : {'open', 'weakest', 'other', 'second_baseline'}
        How a programme without a comparison fills its seats: anybody; the lowest starting scores; the
        lowest on another measure; the lowest on an earlier measurement of the outcome.
    estimator : {'adjusted', 'post_difference', 'difference_in_differences'}
        How two groups are compared.
    level : float
        Confidence level.
    clustered : bool
        Whether the analysis takes shared mentors into account.
    least_people : int
        Fewest people with both scores in a group.
    least_follow_up : float
        Smallest follow-up in a group.
    differential_attrition : float
        Largest difference in follow-up that leaves the merit untouched.
    points : float or None
        One standard deviation in the instrument's points, where texts should say them too.

    Raises
    ------
    DesignError
        With everything that is impossible, at once.

    Examples
    --------
    >>> setting = Setting(seats=48, applicants=110, threshold=0.3)
    >>> setting.waiting, setting.counted
    (62, (34, 43))
    """

    seats: int
    applicants: int | None = None
    threshold: float
    effects: tuple[float, ...] = (0.0, 0.2, 0.4)
    stability: float = 0.7
    follow_up: float = 0.7
    follow_up_comparison: float | None = None
    per_mentor: int = 1
    within_pairs: float = 0.1
    self_selection: float = 0.2
    selection: Selection = "open"
    estimator: Estimator = "adjusted"
    level: float = 0.95
    clustered: bool = True
    least_people: int = 10
    least_follow_up: float = 0.5
    differential_attrition: float = 0.10
    points: float | None = None

    def __post_init__(self) -> None:
        problems = list(_impossible(self))
        if problems:
            raise DesignError("\n".join(problems))

    def _repr_html_(self) -> str:
        return table([say("assumed"), ""], _said(self))

    @property
    def applying(self) -> int:
        """People who apply: as many as there are seats where it is not known."""
        return self.seats if self.applicants is None else self.applicants

    @property
    def taking_part(self) -> int:
        """People who take part: as many as there are seats, or all applicants."""
        return min(self.seats, self.applying)

    @property
    def waiting(self) -> int:
        """Applicants without a seat."""
        return max(self.applying - self.seats, 0)

    @property
    def shares(self) -> tuple[float, float]:
        """Follow-up expected in the programme and in the comparison."""
        other = self.follow_up_comparison
        return self.follow_up, self.follow_up if other is None else other

    @property
    def counted(self) -> tuple[int, int]:
        """People expected with both scores, in the programme and in the comparison."""
        ours, theirs = self.shares
        return math.floor(self.taking_part * ours + 0.5), math.floor(self.waiting * theirs + 0.5)

    @property
    def shared(self) -> float:
        """Correlation inside clusters, zero where nobody shares a mentor."""
        return self.within_pairs if self.per_mentor > 1 else 0.0


def _said(setting: Setting, lang: str = "en") -> list[tuple[str, str]]:
    """What is assumed, in words."""

    def sd(value: float) -> str:
        return wording.number(value, wording.decimals_of(value, most=2), lang)

    ours, theirs = setting.shares
    return [
        (say("seats", lang), wording.count(setting.seats, lang)),
        (
            say("applicants", lang),
            say("not stated", lang)
            if setting.applicants is None
            else wording.count(setting.applicants, lang),
        ),
        (say("target (standard deviations)", lang), sd(setting.threshold)),
        (say("true effects to look at", lang), "; ".join(sd(effect) for effect in setting.effects)),
        (say("stability of the score without a programme", lang), sd(setting.stability)),
        (say("answering again, programme", lang), wording.percent(ours, lang)),
        (say("answering again, comparison", lang), wording.percent(theirs, lang)),
        (say("people who share a mentor", lang), wording.count(setting.per_mentor, lang)),
        (say("applicants move on by themselves by", lang), sd(setting.self_selection)),
    ]


def _impossible(setting: Setting) -> Iterator[str]:
    """Everything about a setting that cannot be."""
    whole = {"seats": 1, "applicants": 1, "per_mentor": 1, "least_people": 2}
    for name, least in whole.items():
        value = getattr(setting, name)
        if value is None and name == "applicants":
            continue
        if not isinstance(value, Integral) or isinstance(value, bool) or not least <= int(value) <= LARGEST:
            yield f"{name}={value!r} is not possible. Give a whole number from {least} to {LARGEST:,}."
    shares = {
        "stability": (0.0, 0.99),
        "follow_up": (0.01, 1.0),
        "follow_up_comparison": (0.01, 1.0),
        "within_pairs": (0.0, 0.6),
        "level": (0.5, 0.999),
        "least_follow_up": (0.0, 1.0),
        "differential_attrition": (0.0, 1.0),
        "threshold": (-5.0, 5.0),
        "self_selection": (-5.0, 5.0),
    }
    for name, (low, high) in shares.items():
        value = getattr(setting, name)
        if not (value is None and name == "follow_up_comparison") and not _between(value, low, high):
            yield f"{name}={value!r} is not possible. Give a number from {low:g} to {high:g}."
    if not setting.effects or not all(_between(effect, -5, 5) for effect in setting.effects):
        yield f"effects={setting.effects!r} is not possible. Give one or more numbers from -5 to 5."
    if setting.selection not in SELECTIONS:
        yield f"selection={setting.selection!r} is unknown. Allowed: {', '.join(SELECTIONS)}."
    if setting.estimator not in ESTIMATORS:
        yield f"estimator={setting.estimator!r} is unknown. Allowed: {', '.join(ESTIMATORS)}."
    sizes = (setting.seats, setting.applying)
    if (
        setting.selection in SELECTIONS[1:]
        and all(isinstance(n, Integral) for n in sizes)
        and sizes[0] >= sizes[1]
    ):
        yield (
            f"selection={setting.selection!r} chooses nobody where all applicants get a seat. Give the number of "
            "people from whom they are chosen as applicants, or selection='open'."
        )


def _between(value: object, low: float, high: float) -> bool:
    """Whether a value is a number between two others."""
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def setting_of(plan: Plan | Study, *, criterion: str | None = None) -> Setting:
    """Read a setting from a plan: programme, one criterion with its instrument, and the assumptions.

    Parameters
    ----------
    plan : Plan or Study
        The plan, or a study that has one.
    criterion : str, optional
        Id of the criterion; the first primary one that two numbers a person can answer when left out.

    Returns
    -------
    Setting
        With the plan's effects, the threshold in standard deviations of the reference group, the
        instrument's stability (the assumed one where it has none) and the plan's gates.

    Raises
    ------
    PlanError
        With everything that the plan lacks, each with its key.
    DesignError
        When the criterion is unknown or cannot be simulated.

    Examples
    --------
    >>> import rmstudy as rm
    >>> setting = setting_of(rm.load_sample("digital-skills"))
    >>> setting.seats, setting.applicants, f"{setting.threshold:.3f}", setting.effects
    (48, 110, '0.298', (0.0, 0.3, 0.5))
    """
    plan = plan.plan if isinstance(plan, Study) else plan
    goal, chosen = _criterion(plan, criterion)
    instrument = plan.instruments[chosen.instrument]
    selection = _selection(plan, goal, chosen)
    problems = list(_lacking(plan, chosen, instrument, selection))
    if problems:
        raise PlanError(problems)
    assumed, gates = plan.design.assumptions, plan.analysis.gates
    mentee = goal.role == plan.role_acting_as("mentee")
    return Setting(
        seats=plan.programme.seats or 0,
        applicants=assumed.applicants,
        threshold=_threshold(chosen, instrument),
        effects=assumed.effects,
        stability=assumed.stability if instrument.stability is None else instrument.stability,
        follow_up=assumed.follow_up,
        follow_up_comparison=assumed.follow_up_comparison,
        per_mentor=plan.matching.capacity if mentee else 1,
        within_pairs=assumed.within_pairs,
        self_selection=assumed.self_selection,
        selection=selection,
        estimator=chosen.estimator if chosen.contrast == "comparison" else "adjusted",
        level=plan.analysis.level,
        clustered=plan.analysis.cluster != "none",
        least_people=max(gates.least_people, plan.privacy.minimum_cell),
        least_follow_up=gates.least_follow_up,
        differential_attrition=gates.differential_attrition,
        points=instrument.reference_sd,
    )


def _criterion(plan: Plan, name: str | None) -> tuple[Goal, Criterion]:
    """The criterion that is meant, with its goal."""
    known = {criterion.id: (goal, criterion) for goal, criterion in plan.criteria}
    if name is not None and name not in known:
        raise DesignError(f"The plan has no criterion {name!r}. {nearest(name, known)}")
    able = {
        each: (goal, criterion)
        for each, (goal, criterion) in known.items()
        if goal.role != "unit" and criterion.contrast != "share"
    }
    if name is not None and name not in able:
        raise DesignError(
            f"The criterion {name!r} is about units or a share of people, whose chances are not simulated. "
            f"{nearest('', able)}"
        )
    primary = [each for each, (_, criterion) in able.items() if criterion.priority == "primary"]
    if name is None and not able:
        raise DesignError(
            "The plan has no criterion about a change or a comparison of people, and only these can be simulated."
        )
    return able[name or (primary or list(able))[0]]


def _lacking(
    plan: Plan, criterion: Criterion, instrument: Instrument, selection: Selection
) -> Iterator[Problem]:
    """What the plan does not say and a simulation needs.

    A before-after reading of people who were not chosen by a score needs no number of applicants.
    """
    needed: dict[str, tuple[float | None, str]] = {
        "programme.seats": (plan.programme.seats, "Say how many seats there are."),
    }
    if criterion.contrast == "comparison" or selection != "open":
        needed["design.assumptions.applicants"] = (
            plan.design.assumptions.applicants,
            "Say how many people are expected to apply.",
        )
    key = f"instruments.{criterion.instrument}"
    if criterion.unit != "sd":
        needed[f"{key}.reference_sd"] = (
            instrument.reference_sd,
            "Give the spread of scores among people like these, from a pilot or the literature.",
        )
    if criterion.unit == "percent":
        needed[f"{key}.range"] = (instrument.maximum, "Give the lowest and the highest possible score.")
    for column, (value, next_step) in needed.items():
        if value is None:
            yield Problem("needed to plan the design, and missing", next_step, FILE, column=column)
    stability = plan.design.assumptions.stability if instrument.stability is None else instrument.stability
    if not 0 <= stability <= 0.99:
        yield Problem(
            "no simulation is possible with this stability",
            "Give a correlation from 0 to 0.99.",
            FILE,
            column=f"{key}.stability",
            value=stability,
        )


def _threshold(criterion: Criterion, instrument: Instrument) -> float:
    """The threshold in standard deviations of the reference group."""
    sd = instrument.reference_sd or math.nan
    if criterion.unit == "sd":
        return criterion.threshold
    if criterion.unit == "percent":
        return criterion.threshold / 100 * (instrument.maximum or math.nan) / sd
    return criterion.threshold / sd


def _selection(plan: Plan, goal: Goal, criterion: Criterion) -> Selection:
    """How the plan chooses people for the seats."""
    selection = plan.design.selection.get(goal.role)
    if selection is None or selection.instrument is None:
        return "open"
    return "weakest" if selection.instrument == criterion.instrument else "other"
