"""Whether it was worth the money.

A return on investment takes the change for the programme's doing. So it is refused where the evidence
does not carry that, below level 3 of the Maryland scale, unless somebody insists and prints the caveat.
"""

from __future__ import annotations

import html
import math
from dataclasses import dataclass
from typing import Final

import pandas as pd

from rmstudy.display import bullets
from rmstudy.display import table as html_table
from rmstudy.errors import DesignError
from rmstudy.programme.value.costs import costs_of, criterion_of, money, positive
from rmstudy.results import Note, Result
from rmstudy.study.plan import Value
from rmstudy.study.study import Study
from rmstudy.wording import choose, number, percent, say, translate

LEAST_STRENGTH: Final = 3
# Units of standardised sizes and of shares, which no money stands behind.
_NO_POINTS: Final = ("standard deviation", "SD", "probability", "of the people")


@dataclass(frozen=True, slots=True)
class Worksheet:
    """A return on investment in three scenarios, with what would be needed to break even.

    Parameters
    ----------
    outcome : str
        What improved.
    people : int
        People the effect is counted for.
    cost : float
        Cost of the programme.
    value : Value
        What a point is worth a person, from the plan.
    effects : tuple of float
        Improvement in points: lower limit, estimate, upper limit.
    strength : int
        Level of the evidence on the Maryland Scientific Methods Scale.
    notes : tuple of Note
        The caveats.
    """

    outcome: str
    people: int
    cost: float
    value: Value
    effects: tuple[float, float, float]
    strength: int
    notes: tuple[Note, ...] = ()

    @property
    def table(self) -> pd.DataFrame:
        """Unrounded: effect, value, benefit, net benefit, return and break-even effect of each scenario."""
        low, central, high = self.effects
        cheap, dear = self.value.low, self.value.high
        # a loss is worst where a point is worth most
        scenarios = [
            ("low", low, cheap if low >= 0 else dear),
            ("central", central, self.value.central),
            ("high", high, dear if high >= 0 else cheap),
        ]
        rows = []
        for name, effect, value in scenarios:
            benefit = effect * self.people * value
            each = self.people * value
            even = self.cost / each if each else math.inf
            net = benefit - self.cost
            rows.append((name, effect, value, self.people, benefit, self.cost, net, net / self.cost, even))
        head = [
            "scenario",
            "effect",
            "value",
            "people",
            "benefit",
            "cost",
            "net_benefit",
            "roi",
            "break_even_effect",
        ]
        return pd.DataFrame(rows, columns=head)

    def text(self, lang: str = "en") -> str:
        """Say the return with its range, and the effect at which the programme pays for itself."""
        table = self.table.set_index("scenario")
        shown = {name: percent(float(value), lang) for name, value in table["roi"].items()}
        even = float(table.loc["central", "break_even_effect"])
        return say(
            "{outcome}: return on investment {central} (low {low}, high {high}) on a cost of {cost}; the programme "
            "pays for itself from an effect of {even:number} points on, and {effect:number} were estimated.",
            lang,
            outcome=self.outcome,
            cost=money(self.cost, self.value.currency, lang),
            even=even,
            effect=self.effects[1],
            **shown,
        )

    def __repr__(self) -> str:
        return "\n".join([self.text(), *(f"  note: {note.text()}" for note in self.notes)])

    def _repr_html_(self) -> str:
        rows = [
            [
                translate(row.scenario),
                number(row.effect),
                number(row.value, 0),
                number(row.benefit, 0),
                number(row.net_benefit, 0),
                percent(row.roi),
                number(row.break_even_effect),
            ]
            for row in self.table.itertuples(index=False)
        ]
        unit = self.value.currency
        head = (
            "scenario",
            "effect, points",
            f"value of a point, {unit}",
            f"benefit, {unit}",
            f"net benefit, {unit}",
            "return",
            "break-even effect",
        )
        notes = bullets(note.text() for note in self.notes)
        return f"<p>{html.escape(self.text())}</p>{html_table(head, rows)}{notes}"


def return_on_investment(
    effect: Result,
    *,
    people: int,
    value: Value,
    cost: float,
    strength: int,
    higher_is_better: bool = True,
    override: bool = False,
    lang: str = "en",
) -> Worksheet:
    """Return on investment from an effect in points, its interval, and what a point is worth.

    Parameters
    ----------
    effect : Result
        The effect in points of the outcome; its headline has an interval.
    people : int
        People it is counted for.
    value : Value
        What a point of improvement is worth a person: low, central, high; from the plan.
    cost : float
        Cost of the programme.
    strength : int
        Level of the evidence on the Maryland Scientific Methods Scale, 1 to 5.
    higher_is_better : bool
        Whether a positive effect is an improvement.
    override : bool
        Whether to go on below level 3; the caveat is then among the notes.
    lang : {'en', 'it'}
        Language of the plan's rationale in the notes.

    Returns
    -------
    Worksheet
        Three scenarios and the effect at which each breaks even.

    Raises
    ------
    DesignError
        When the evidence is below level 3 and nobody insists, the effect has no interval or is in standard
        deviations, or people or cost are not above zero.

    Notes
    -----
    ``benefit = effect x people x value``, ``ROI = (benefit - cost) / cost`` (Phillips), ``break-even effect =
    cost / (people x value)``. Low takes the lower limit of the effect with the low value, high the upper
    limit with the high value; a limit below zero takes the value that makes the loss larger (for the
    lower) or smaller (for the upper). Nothing is cut off at zero.

    What it cannot tell: whether a point is worth that much. That is an assumption, and often decides alone.

    References
    ----------
    Phillips & Phillips (2016), *Handbook of Training Evaluation and Measurement Methods*, 4th edition.

    Examples
    --------
    >>> from rmstudy.results import Estimate, Result
    >>> effect = Result("adjusted_difference", "test", "programme minus comparison", "points",
    ...                 (Estimate("difference", 3.0, conf_low=1.0, conf_high=5.0),), 0.95, {"all": 80}, {})
    >>> value = Value(criterion="test", low=100, central=200, high=300, rationale="finance")
    >>> return_on_investment(effect, people=50, value=value, cost=20000, strength=5).table["roi"].tolist()
    [-0.75, 0.5, 2.75]
    """
    if strength < LEAST_STRENGTH and not override:
        raise DesignError(
            f"The evidence is at level {strength} of the Maryland scale; a return on investment needs "
            f"{LEAST_STRENGTH}, because it takes the change for the programme's doing. Report the cost of a "
            "completed pair instead, or say override=True and print the caveat."
        )
    if people < 1:
        raise DesignError(f"people={people!r}: the effect must be counted for somebody.")
    positive(cost)
    effects = _effects(effect, higher_is_better)
    notes = [
        Note.of("value_assumption", rationale=choose(value.rationale, lang)),
        Note.of("value_corners"),
        Note.of("value_as_assigned"),
    ]
    if strength < LEAST_STRENGTH:
        notes.insert(0, Note.of("value_cause_not_shown", level=strength, least=LEAST_STRENGTH))
    if effects[0] < 0:
        notes.append(Note.of("value_may_be_loss"))
    return Worksheet(effect.outcome, people, cost, value, effects, strength, tuple(notes))


def study_return(
    study: Study,
    effect: Result,
    *,
    strength: int,
    people: int | None = None,
    override: bool = False,
    lang: str = "en",
) -> Worksheet:
    """Return on investment of a study, from the result of the criterion that its plan puts a value on.

    Parameters
    ----------
    study : Study
        A study with the table ``costs`` and a plan with ``value``.
    effect : Result
        Result of the criterion named in ``value``.
    strength : int
        Level of its evidence.
    people : int, optional
        People the effect is counted for; everybody assigned to the programme when left out.
    override : bool
        Whether to go on below level 3.
    lang : {'en', 'it'}
        Language of the criterion's name, and of the plan's rationale in the notes.

    Returns
    -------
    Worksheet
        As `return_on_investment`.

    Raises
    ------
    DesignError
        As `return_on_investment`, or when there are no costs or no value in the plan, or the effect is one
        on another outcome.

    Examples
    --------
    >>> import rmstudy as rm
    >>> study = rm.load_sample("digital-skills")
    >>> found = next(one for one in rm.evaluate(study).criteria if one.criterion.id == "knowledge")
    >>> study_return(study, found.result, strength=found.strength).people
    48
    """
    value = study.plan.value
    if value is None:
        raise DesignError(
            "The plan does not say what a point is worth. Fill in value (criterion, low, central, high, rationale) in "
            "study.yml, before the outcome is known."
        )
    goal, criterion = criterion_of(study, value.criterion)
    if people is None:
        roles = study.tables["participants"].set_index("person_id")["role"]
        arms = study.arms
        people = int(((arms == "programme") & (roles.reindex(arms.index) == goal.role)).sum())
    if effect.outcome != criterion.instrument:
        raise DesignError(
            f"The plan puts a value on a point of {criterion.instrument!r}; the effect given is one on "
            f"{effect.outcome!r}. Give the result of the criterion {criterion.id!r}."
        )
    costs = costs_of(study)
    found = return_on_investment(
        effect,
        people=people,
        value=value,
        cost=costs.total,
        strength=strength,
        higher_is_better=study.plan.instruments[criterion.instrument].higher_is == "better",
        override=override,
        lang=lang,
    )
    notes = (*found.notes, *costs.notes)
    outcome = choose(criterion.label or criterion.id, lang)
    return Worksheet(outcome, people, found.cost, value, found.effects, strength, notes)


def _effects(effect: Result, higher_is_better: bool) -> tuple[float, float, float]:
    """Lower limit, estimate and upper limit, improvement positive."""
    e = effect.headline
    if e.estimate is None or e.conf_low is None or e.conf_high is None:
        raise DesignError(
            f"The effect on {effect.outcome!r} has no interval, so there is no low and no high. Use a "
            "method that gives one."
        )
    if any(word in effect.unit for word in _NO_POINTS):
        raise DesignError(
            f"The effect is in {effect.unit!r}; what a point is worth needs points of the outcome. Use "
            "adjusted_difference or mean_change."
        )
    if higher_is_better:
        return e.conf_low, e.estimate, e.conf_high
    return -e.conf_high, -e.estimate, -e.conf_low
