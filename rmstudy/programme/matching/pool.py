"""Who is to be matched, on what terms, and whether the terms contradict each other."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rmstudy.errors import DesignError, nearest
from rmstudy.programme.matching.assignment import NEVER, SCALE, Costs
from rmstudy.programme.matching.attributes import Person, by_person, sides
from rmstudy.programme.matching.rules import BROKEN, Rules, numbered, reporting_lines
from rmstudy.programme.matching.scoring import COMPONENTS, Scores
from rmstudy.study.plan import Matching

if TYPE_CHECKING:
    from rmstudy.study.study import Study

HELD: Final = 64_000_000  # pairs up to which all costs are held, four bytes each
Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Pool:
    """Both sides, the rules, and what is fixed beforehand.

    Parameters
    ----------
    scores : Scores
        How well pairs fit.
    rules : Rules
        Which pairs must not be.
    capacity : array of int, shape (mentors,)
        Mentees that each mentor may take.
    pinned : array of int, shape (mentees,)
        Mentor whom the plan fixes for a mentee; -1 for nobody.
    first : {'total', 'worst_off', 'mentors'}
        What is maximised after the number of pairs.
    day : date or None
        Day on which the pairs start and time zones are compared.
    unassigned : int
        People taken in although the study does not say in which arm they are.
    """

    scores: Scores
    rules: Rules
    capacity: Whole
    pinned: Whole
    first: str
    day: dt.date | None
    unassigned: int = 0

    def whole(self, i: Any, j: Any) -> Whole:
        """Scores in whole numbers, so that equal is equal; `NEVER` where a pair must not be."""
        score = np.rint(self.scores.score(i, j) * SCALE).astype(np.int64)
        return np.where(self.rules.admissible(i, j), score, NEVER)

    def costs(self) -> tuple[Costs, Whole, Whole]:
        """Costs of the mentees who are not pinned with the places that are left; mentees; mentor of a place."""
        mentees = np.flatnonzero(self.pinned < 0)
        left = self.capacity - np.bincount(self.pinned[self.pinned >= 0], minlength=len(self.capacity))
        places = np.repeat(np.arange(len(left)), np.minimum(left, len(mentees)))
        mentors, column = np.unique(places, return_inverse=True)
        repeated = len(mentors) < len(places)

        def table(rows: Whole) -> Whole:
            score = self.whole(mentees[rows][:, None], mentors[None, :])
            cost = np.where(score == NEVER, NEVER, SCALE - score + 1)
            return cost[:, column] if repeated else cost

        costs = Costs(len(mentees), len(places), table)
        return (_held(costs) if len(mentees) * len(places) <= HELD else costs), mentees, places


def _held(costs: Costs) -> Costs:
    """The same costs, computed once."""
    kept = np.empty((costs.rows, costs.columns), dtype=np.int32)
    for block in costs.blocks():
        kept[block] = costs.of(block)
    return Costs(costs.rows, costs.columns, lambda rows: kept[rows].astype(np.int64))


def pool_of(
    data: Study | pd.DataFrame,
    *,
    mentors: Sequence[str] | None,
    mentees: Sequence[str] | None,
    plan: Matching | None,
    weights: Mapping[str, float] | None,
    first: str | None,
    capacity: int | Mapping[str, int] | None,
    start: dt.date | None,
) -> Pool:
    """Check what is asked for and arrange it; the parameters are those of `match_pairs`."""
    unassigned = 0
    if isinstance(data, pd.DataFrame):
        people = by_person(data)
        if mentors is None or mentees is None:
            raise DesignError(
                "A table of profiles does not say who is who. Name both sides: mentors=..., mentees=..."
            )
        plan = plan or Matching()
    else:
        people = _of_study(data)
        plan = plan or data.plan.matching
        start = start or data.plan.programme.start
        mentors, first_unknown = _taking_part(data, "mentor") if mentors is None else (_names(mentors), 0)
        mentees, second_unknown = _taking_part(data, "mentee") if mentees is None else (_names(mentees), 0)
        unassigned = first_unknown + second_unknown
        _refuse_strangers([*mentors, *mentees], people)
    mentors, mentees = _names(mentors), _names(mentees)
    _refuse_sides(mentors, mentees)
    if start is not None and not isinstance(start, dt.date):
        raise DesignError(f"start={start!r} is not a date. Give a datetime.date.")
    asked = _weights({**plan.weights} if weights is None else weights)
    if first not in (None, "total", "worst_off", "mentors"):
        raise DesignError(f"first={first!r} is not known. Allowed: 'total', 'worst_off', 'mentors'.")
    right, left = sides(people, mentors, mentees, start)
    scores = Scores(left, right, asked)
    lines = reporting_lines(people, scores) if "no_reporting_line" in plan.constraints else []
    forbidden = _forbidden(plan, scores, set(people))
    rules = Rules(
        scores,
        tuple(dict.fromkeys(plan.constraints)),
        plan.least_hours,
        numbered(lines, scores),
        numbered(forbidden, scores),
    )
    room = _capacity(scores, plan.capacity, capacity)
    pinned = _pinned(plan, scores, rules, room)
    return Pool(scores, rules, room, pinned, first or plan.first, start, unassigned)


def _of_study(study: Study) -> dict[str, dict[str, str]]:
    """Profiles, with unit and site of the participants where the profiles do not have them."""
    if "profiles" not in study.tables:
        raise DesignError(
            "The study has no table 'profiles'. What mentors offer and mentees need belongs into profiles.csv; "
            "the intake questionnaires ask for it, and rmstudy import reads the answers."
        )
    people = by_person(study.tables["profiles"])
    participants = study.tables["participants"]
    for person in participants["person_id"]:
        people.setdefault(person, {})
    for name in ("unit", "site"):
        if name in participants.columns:
            for person, value in zip(participants["person_id"], participants[name], strict=True):
                if isinstance(value, str):
                    people.setdefault(person, {}).setdefault(name, value)
    return people


def _taking_part(study: Study, part: str) -> tuple[list[str], int]:
    """People of a role in the programme, and how many of them have no arm.

    Juniors are often matched before anybody assigned them to anything: a role without any arm takes part
    as a whole.
    """
    role = study.plan.role_acting_as("mentor" if part == "mentor" else "mentee")
    table = study.tables["participants"]
    people = table.loc[table["role"] == role, "person_id"]
    arms = study.arms.reindex(people)
    if "assignments" not in study.tables or arms.isna().all():
        return sorted(people), len(people) if "assignments" in study.tables else 0
    return sorted(arms.index[arms == "programme"]), 0


def _names(side: Sequence[str]) -> list[str]:
    """Pseudonyms as text, as profiles have them; one name alone is no side."""
    if isinstance(side, str):
        raise DesignError(f"{side!r} is one name. Give a list of names.")
    return [str(one) for one in side]


def _refuse_strangers(asked: Sequence[str], people: Mapping[str, Person]) -> None:
    """Refuse names that the study does not know: a slip would otherwise be matched with somebody."""
    unknown = sorted({str(one) for one in asked} - set(people))
    if unknown:
        raise DesignError(f"Not among the participants and profiles of the study: {_some(unknown)}.")


def _refuse_sides(mentors: Sequence[str], mentees: Sequence[str]) -> None:
    """Refuse an empty side, and people on both sides."""
    for name, side in (("mentors", mentors), ("mentees", mentees)):
        if not len(side):
            raise DesignError(f"There are no {name} to match.")
    both = set(mentors) & set(mentees)
    if both:
        raise DesignError(f"On both sides: {_some(sorted(both))}. A person is a mentor or a mentee.")


def _weights(weights: Mapping[Any, float]) -> dict[str, float]:
    """Weights that add up to 1; skill alone when none are given."""
    for name, weight in weights.items():
        if name not in COMPONENTS:
            raise DesignError(f"No component {name!r}. {nearest(name, COMPONENTS)}")
        if not (np.isfinite(weight) and weight >= 0):
            raise DesignError(f"The weight of {name} is {weight}. Weights are numbers of 0 or more.")
    whole = sum(weights.values())
    if weights and not whole:
        raise DesignError("Every weight is zero. Say what matters.")
    return {name: float(weights[name]) / whole for name in COMPONENTS if name in weights} or {"skill": 1.0}


def _capacity(scores: Scores, usual: int, asked: int | Mapping[str, int] | None) -> Whole:
    """Mentees that each mentor may take: as asked for, else as the profile says, else as usual."""
    ids = scores.mentors.ids
    said = [int(float(one.get("capacity", usual))) for one in scores.mentors.said]
    given = [] if asked is None else list(asked.values()) if isinstance(asked, Mapping) else [asked]
    for value in given:
        if not isinstance(value, Integral):
            raise DesignError(f"A capacity of {value!r} is not possible. Give a whole number from 0.")
    if isinstance(asked, Integral):
        said = [int(asked)] * len(ids)
    elif isinstance(asked, Mapping):
        unknown = sorted(set(asked) - set(ids))
        if unknown:
            raise DesignError(f"capacity names people who are no mentors here: {_some(unknown)}.")
        said = [int(asked.get(person, usual)) for person, usual in zip(ids, said, strict=True)]
    if min(said) < 0:
        raise DesignError("A capacity is below 0. It is the number of mentees that a mentor may take.")
    return np.array(said, dtype=np.int64)


def _forbidden(plan: Matching, scores: Scores, known: set[str]) -> list[tuple[str, str]]:
    """Forbidden pairs; one that names nobody, or names the two the wrong way round, would go unnoticed."""
    mentors, mentees = set(scores.mentors.ids), set(scores.mentees.ids)
    wrong = []
    for one in plan.forbidden:
        unknown = sorted({one.mentor, one.mentee} - known - mentors - mentees)
        if unknown:
            wrong.append(
                f"Forbidden is {one.mentor}-{one.mentee}, but {' and '.join(unknown)} cannot be found."
            )
        elif one.mentor in mentees or one.mentee in mentors:
            wrong.append(f"Forbidden is {one.mentor}-{one.mentee}, but the mentor is named first.")
    if wrong:
        raise DesignError(" ".join(wrong) + " Correct matching.forbidden in the plan.")
    return [(one.mentor, one.mentee) for one in plan.forbidden]


def _pinned(plan: Matching, scores: Scores, rules: Rules, capacity: Whole) -> Whole:
    """Mentor fixed for each mentee; contradictions are refused, all at once."""
    mentors = {person: n for n, person in enumerate(scores.mentors.ids)}
    mentees = {person: n for n, person in enumerate(scores.mentees.ids)}
    pinned = np.full(len(mentees), -1, dtype=np.int64)
    wrong: list[str] = []
    for pin in plan.pinned:
        absent = [one for one, side in ((pin.mentor, mentors), (pin.mentee, mentees)) if one not in side]
        if absent:
            wrong.append(
                f"The pair {pin.mentor}-{pin.mentee} is pinned, but {' and '.join(absent)} "
                f"{'is' if len(absent) == 1 else 'are'} not there to be matched."
            )
            continue
        i, j = mentees[pin.mentee], mentors[pin.mentor]
        wrong += _against(pin.mentor, pin.mentee, i, j, rules)
        if pinned[i] not in (-1, j):
            wrong.append(f"{pin.mentee} is pinned to two mentors. A mentee has one.")
        pinned[i] = j
    wrong += _too_many(pinned, scores.mentors.ids, capacity)
    if wrong:
        raise DesignError(
            "The pinned pairs cannot be made: " + " ".join(wrong) + " Change the pins or the constraints."
        )
    return pinned


def _against(mentor: str, mentee: str, i: int, j: int, rules: Rules) -> Iterator[str]:
    """Constraints that a pinned pair breaks, as sentences."""
    for name, broken in rules.broken(np.array([i]), np.array([j])).items():
        if broken[0]:
            yield f"{mentor}-{mentee} breaks {name}: {BROKEN[name]}."


def _too_many(pinned: Whole, ids: tuple[str, ...], capacity: Whole) -> Iterator[str]:
    """Mentors with more pinned mentees than places, as sentences."""
    for mentor, pins in sorted(Counter(pinned[pinned >= 0].tolist()).items()):
        if pins > capacity[mentor]:
            yield f"{ids[mentor]} has {pins} pinned mentees and a capacity of {capacity[mentor]}."


def _some(people: Sequence[str]) -> str:
    """The first few of a list."""
    return ", ".join(people[:4]) + (f" and {len(people) - 4} more" if len(people) > 4 else "")
