"""``study.yml`` as types: what the programme set out to do and how it will be judged.

The plan is written before the outcome data. Every key is typed and every section closed; reading the
file and saying what is wrong with it is the business of `rmstudy.study.planfile`.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from rmstudy.display import table
from rmstudy.wording import choose, number

Id = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$")]
Text = str | dict[Literal["en", "it"], str]
Contrast = Literal["change", "comparison", "share"]
Estimator = Literal["adjusted", "post_difference", "difference_in_differences"]
ComparisonArm = Literal["waitlist", "comparison", "not_selected"]
Mechanism = Literal["lottery", "first_come", "manager", "criteria", "self", "everyone"]
Attribute = Literal["skill", "interest", "trait", "language", "site", "hours"]
Constraint = Literal[
    "different_unit", "no_reporting_line", "shared_language", "same_site", "overlapping_hours"
]


def _yes_no(value: object) -> object:
    """YAML reads a bare yes or no as true or false; take both spellings."""
    return {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value


def _one_or_more(value: object) -> object:
    """A single name may stand without brackets."""
    return (value,) if isinstance(value, str) else value


def _no_booleans(value: object) -> object:
    """A bare yes or no in a key would silently become true or false."""
    if isinstance(value, dict) and any(isinstance(answer, bool) for answer in value.values()):
        raise ValueError("YAML reads a bare yes, no, true or false as something else: put it in quotes")
    return value


def _items(value: object) -> object:
    """Items may be a list of names, or names with their wording."""
    if isinstance(value, str):
        value = (value,)
    return dict.fromkeys(value) if isinstance(value, list | tuple) else value


Colour = Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$")]
Answer = Annotated[Literal["yes", "no", "unknown"], BeforeValidator(_yes_no)]
Ids = Annotated[tuple[Id, ...], BeforeValidator(_one_or_more)]
Items = Annotated[dict[Id, Text | None], BeforeValidator(_items)]


class Section(BaseModel):
    """A section of the plan: frozen, and closed to unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Programme(Section):
    """The programme itself."""

    name: Text
    start: dt.date | None = None
    end: dt.date | None = None
    seats: int | None = Field(None, ge=1)
    planned_meetings: int | None = Field(None, ge=1)
    planned_minutes: int | None = Field(None, ge=1)
    recruitment: Literal["open", "closed", "mixed"] | None = None

    @property
    def days(self) -> int | None:
        """Length of the programme, where the plan has both of its ends."""
        return (self.end - self.start).days if self.start and self.end else None


class Call(Section):
    """What the call for applicants says besides the programme itself."""

    benefits: dict[Id, tuple[Text, ...]] = Field(default_factory=dict)
    apply_by: dt.date | None = None
    apply_to: Text | None = None
    waiting_list: Text | None = None


class Role(Section):
    """A role in the programme, under the study's own name."""

    label: Text | None = None
    acts_as: Literal["mentor", "mentee"] | None = None


class Criterion(Section):
    """What must be seen for the goal to count as reached."""

    id: Id
    label: Text | None = None
    instrument: Id
    contrast: Contrast
    estimator: Estimator = "adjusted"
    threshold: float
    unit: Literal["raw", "sd", "percent"] = "raw"
    cutoff: float | None = None
    priority: Literal["primary", "secondary"] = "primary"
    before: Id = "pre"
    after: Id = "post"
    rationale: Text | None = None
    fixed_on: dt.date | None = None

    @property
    def waves(self) -> tuple[str, ...]:
        """Waves that a person must have answered to be counted; a later difference needs no start."""
        if self.contrast == "comparison" and self.estimator == "post_difference":
            return (self.after,)
        return (self.before, self.after)


class Goal(Section):
    """A goal, whom it is for, and its criteria."""

    id: Id
    statement: Text
    role: Id
    method: Text | None = None
    level: Literal[1, 2, 3, 4] | None = None
    require: Literal["all", "any"] = "all"
    criteria: tuple[Criterion, ...] = Field(min_length=1)


class Instrument(Section):
    """How an outcome is measured: a scale, a test, a single number, or a score built from others.

    Without ``items`` the instrument is a single number (a test score, earnings). With ``key`` it is a
    test, and ``forms`` divides its items into parallel forms. ``gap_between`` names a self-rating and an
    observer's rating: the score is how far they are apart. ``scored_against: reference_values`` scores
    predictions by their mean distance from the truth. ``options`` are the answers a test offers, in the
    order of the letters a, b, c and so on.
    """

    name: Text
    role: Ids
    instruction: Text | None = None
    rater: Literal["self", "observer"] = "self"
    items: Items = Field(default_factory=dict)
    options: dict[Id, tuple[Text, ...]] = Field(default_factory=dict)
    forms: dict[Id, tuple[Id, ...]] = Field(default_factory=dict)
    key: Annotated[dict[Id, str | int | float] | None, BeforeValidator(_no_booleans)] = None
    range: tuple[float, float] | None = None
    reverse: tuple[Id, ...] = ()
    labels: dict[Literal["en", "it"], tuple[str, ...]] | None = None
    scoring: Literal["mean", "sum", "percent"] = "mean"
    minimum_answered: int | None = Field(None, ge=1)
    higher_is: Literal["better", "worse"] = "better"
    gap_between: tuple[Id, Id] | None = None
    scored_against: Literal["reference_values"] | None = None
    unit_name: Text | None = None
    reference_mean: float | None = None
    reference_sd: float | None = Field(None, gt=0)
    reference_source: str | None = None
    reliability: float | None = Field(None, ge=0, le=1)
    reliability_source: str | None = None
    stability: float | None = Field(None, ge=0, le=1)
    stability_interval: tuple[float, float] | None = None
    stability_source: str | None = None
    citation: str | None = None
    licence: str | None = None
    commercial_ok: Answer = "unknown"

    @property
    def derived(self) -> bool:
        """Whether the score is built from other instruments instead of answers."""
        return self.gap_between is not None

    @property
    def span(self) -> float | None:
        """Distance from the lowest possible score to the highest, where the range says so."""
        return None if self.maximum is None or self.minimum is None else self.maximum - self.minimum

    @property
    def minimum(self) -> float | None:
        """Lowest possible score, where the range says so."""
        if self.maximum is None:
            return None
        low = 0.0 if self.key or self.scoring == "percent" or not self.range else self.range[0]
        return low * len(self.items) if self.scoring == "sum" and self.items and not self.key else low

    @property
    def maximum(self) -> float | None:
        """Highest possible score, where the range says so."""
        if self.scoring == "percent":
            return 100.0
        top = 1.0 if self.key else (self.range[1] if self.range else None)
        if top is None:
            return None
        answered = len(next(iter(self.forms.values()))) if self.forms else len(self.items)
        return top * answered if self.scoring == "sum" and answered else top


class Wave(Section):
    """A round of measurement; without ``closed`` it is still open."""

    label: Text | None = None
    instruments: Ids = ()
    opened: dt.date | None = None
    closed: dt.date | None = None


class Assignment(Section):
    """How the people of a role came into the programme or the comparison."""

    mechanism: Mechanism
    comparison: ComparisonArm | None = None
    strata: tuple[Id, ...] = ()


class Selection(Section):
    """What the people of a role were chosen on, before anything else."""

    rule: Text
    instrument: Id | None = None


class Assumptions(Section):
    """What is expected before there are data; planning rests on it, and no verdict does."""

    applicants: int | None = Field(None, ge=1)
    effects: tuple[float, ...] = (0.0, 0.2, 0.4)
    stability: float = Field(0.7, gt=-1, lt=1)
    follow_up: float = Field(0.7, gt=0, le=1)
    follow_up_comparison: float | None = Field(None, gt=0, le=1)
    within_pairs: float = Field(0.1, ge=0, lt=1)
    self_selection: float = 0.2
    source: str | None = None


class Design(Section):
    """Who takes part, who selects, and how arms were filled."""

    who_takes_part: Text | None = None
    who_selects: Text | None = None
    assignment: dict[Id, Assignment] = Field(default_factory=dict)
    selection: dict[Id, Selection] = Field(default_factory=dict)
    assumptions: Assumptions = Assumptions()


class Gates(Section):
    """What must be there before an estimate is looked at."""

    least_people: int = Field(10, ge=2)
    least_follow_up: float = Field(0.5, ge=0, le=1)
    differential_attrition: float = Field(0.10, ge=0, le=1)
    unsure_links: float = Field(0.10, ge=0, le=1)


class Analysis(Section):
    """How the data will be analysed; fixed before they are seen."""

    level: float = Field(0.95, gt=0.5, lt=1)
    covariates: Ids = ()
    cluster: Literal["pairs", "unit", "none"] = "pairs"
    missing: Literal["complete_cases"] = "complete_cases"
    gates: Gates = Gates()


class Together(Section):
    """A mentor and a mentee who must, or must not, be matched."""

    mentor: Id
    mentee: Id


class Matching(Section):
    """What matters when mentors and mentees are brought together."""

    weights: dict[Attribute, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)
    constraints: tuple[Constraint, ...] = ()
    capacity: int = Field(1, ge=1)
    pinned: tuple[Together, ...] = ()
    forbidden: tuple[Together, ...] = ()
    first: Literal["total", "worst_off", "mentors"] = "total"
    least_hours: float = Field(1.0, gt=0)


class Milestone(Section):
    """What a pair should have done by a day."""

    label: Text | None = None
    due: dt.date
    meetings: int = Field(1, ge=1)


class Monitoring(Section):
    """The commitment asked of pairs, and when to look closer."""

    commitment: Text | None = None
    progress: Text | None = None
    legal_basis: Text | None = None
    first_meeting_within_days: int = Field(21, ge=1)
    silent_after_days: int | None = Field(None, ge=1)
    talk_share_below: float = Field(35.0, ge=0, le=100)
    talk_share_apart: float = Field(30.0, ge=0, le=100)
    held_back_from: float = Field(3.0, ge=0, le=4)
    in_a_row: int = Field(2, ge=2)
    milestones: dict[Id, Milestone] = Field(default_factory=dict)


class Value(Section):
    """What one point of improvement is worth a person; an assumption, and printed as one."""

    criterion: Id
    low: float = Field(ge=0)
    central: float = Field(ge=0)
    high: float = Field(ge=0)
    currency: str = "EUR"
    rationale: Text


class Privacy(Section):
    """Protection of the people in the data."""

    minimum_cell: int = Field(5, ge=3)
    retention_until: dt.date | None = None
    controller: Text | None = None
    contact: Text | None = None
    basis: Text | None = None
    notice_version: str | None = None


class Report(Section):
    """What the client's page carries."""

    client: Text | None = None
    languages: tuple[Literal["en", "it"], ...] = ("en",)
    confidentiality: Text | None = None
    logo: str | None = None
    colours: dict[Id, Colour] = Field(default_factory=dict)


class Plan(Section):
    """A whole ``study.yml``.

    Examples
    --------
    >>> import rmstudy as rm
    >>> plan = rm.load_sample("digital-skills").plan
    >>> [goal.id for goal in plan.goals][:2]
    ['digital', 'young-leaders']
    """

    version: Literal[1]
    programme: Programme
    call: Call = Call()
    roles: dict[Id, Role] = Field(default_factory=lambda: {"mentor": Role(), "mentee": Role()})
    goals: tuple[Goal, ...] = Field(min_length=1)
    instruments: dict[Id, Instrument] = Field(min_length=1)
    waves: dict[Id, Wave] = Field(default_factory=lambda: {"pre": Wave(), "post": Wave()})
    design: Design = Design()
    analysis: Analysis = Analysis()
    matching: Matching = Matching()
    monitoring: Monitoring = Monitoring()
    value: Value | None = None
    privacy: Privacy = Privacy()
    report: Report = Report()

    @property
    def criteria(self) -> tuple[tuple[Goal, Criterion], ...]:
        """Every criterion with its goal, in the plan's order."""
        return tuple((goal, criterion) for goal in self.goals for criterion in goal.criteria)

    def role_acting_as(self, part: Literal["mentor", "mentee"]) -> str | None:
        """The study's own name for the mentor's or the mentee's role, if it has one."""
        named = [name for name, role in self.roles.items() if role.acts_as == part]
        return named[0] if named else (part if part in self.roles else None)

    def _repr_html_(self) -> str:
        rows = [
            (
                choose(goal.statement),
                goal.role,
                c.id,
                c.contrast,
                f"{number(c.threshold)} {c.unit}",
                c.priority,
            )
            for goal, c in self.criteria
        ]
        head = ("goal", "role", "criterion", "contrast", "threshold", "priority")
        return table(head, rows, caption=choose(self.programme.name))
