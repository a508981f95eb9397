"""Which pairs must not be: the plan's constraints, checked pair by pair and counted by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rmstudy.programme.matching.attributes import Person
from rmstudy.programme.matching.scoring import Scores

BROKEN: Final = {
    "different_unit": "in the same unit, or a unit not known",
    "no_reporting_line": "a reporting line between the two",
    "shared_language": "no language in common known",
    "same_site": "not known to be at the same site",
    "overlapping_hours": "too few working hours in common known",
    "forbidden": "forbidden by name in the plan",
}


@dataclass(frozen=True, slots=True)
class Rules:
    """Constraints on pairs of a mentee and a mentor, by their numbers.

    What a constraint asks for must be shown: a unit, a site, a language or hours that are not known do not
    fulfil it. Only a reporting line counts as absent as long as no ``reports_to`` says otherwise.

    Parameters
    ----------
    scores : Scores
        Both sides.
    constraints : tuple of str
        Names of the constraints, as in the plan.
    least_hours : float
        Hours a day that ``overlapping_hours`` asks for.
    lines, forbidden : arrays of int, shape (pairs,)
        Mentee times number of mentors plus mentor, sorted: pairs with a reporting line, and pairs that are
        forbidden by name.
    """

    scores: Scores
    constraints: tuple[str, ...]
    least_hours: float
    lines: NDArray[np.int64]
    forbidden: NDArray[np.int64]

    def broken(self, i: Any, j: Any) -> dict[str, NDArray[np.bool_]]:
        """Where each constraint is broken, by its name; ``forbidden`` comes last."""
        asked = {name: self._broken(name, i, j) for name in self.constraints}
        if len(self.forbidden):
            asked["forbidden"] = self._among(self.forbidden, i, j)
        return asked

    def admissible(self, i: Any, j: Any) -> NDArray[np.bool_]:
        """Where no constraint is broken."""
        free = np.ones(np.broadcast(i, j).shape, dtype=bool)
        for broken in self.broken(i, j).values():
            free &= ~broken
        return free

    def _broken(self, name: str, i: Any, j: Any) -> NDArray[np.bool_]:
        mentees, mentors = self.scores.mentees, self.scores.mentors
        if name == "no_reporting_line":
            return self._among(self.lines, i, j)
        if name == "overlapping_hours":
            # a five-minute step is exact in binary only by luck
            return np.asarray(self.scores.shared_hours(i, j) < self.least_hours - 1e-9)
        if name == "shared_language":
            return np.asarray(~(self.scores._language(i, j) == 1))
        label = "unit" if name == "different_unit" else "site"
        left, right = mentees.labels[label][i], mentors.labels[label][j]
        unknown = (left < 0) | (right < 0)
        return np.asarray(unknown | ((left == right) == (label == "unit")))

    def _among(self, listed: NDArray[np.int64], i: Any, j: Any) -> NDArray[np.bool_]:
        """Whether a pair is in a sorted list."""
        key = np.asarray(i * len(self.scores.mentors) + j)
        if not len(listed):
            return np.zeros(key.shape, dtype=bool)
        place = np.minimum(np.searchsorted(listed, key), len(listed) - 1)
        return np.asarray(listed[place] == key)


def numbered(pairs: Iterable[tuple[str, str]], scores: Scores) -> NDArray[np.int64]:
    """Pairs of a mentor and a mentee, those that are on the two sides, as sorted numbers."""
    mentor = {person: n for n, person in enumerate(scores.mentors.ids)}
    mentee = {person: n for n, person in enumerate(scores.mentees.ids)}
    found = {mentee[e] * len(mentor) + mentor[r] for r, e in pairs if r in mentor and e in mentee}
    return np.array(sorted(found), dtype=np.int64)


def reporting_lines(people: Mapping[str, Person], scores: Scores) -> list[tuple[str, str]]:
    """Pairs of a mentor and a mentee of whom one is above the other, directly or through others.

    Examples
    --------
    >>> from rmstudy.programme.matching.attributes import sides
    >>> people = {"j1": {"reports_to": "x"}, "x": {"reports_to": "s1"}}
    >>> mentors, mentees = sides(people, ["j1"], ["s1", "s2"], None)
    >>> reporting_lines(people, Scores(mentees, mentors, {}))
    [('j1', 's1')]
    """
    boss = {person: one["reports_to"] for person, one in people.items() if "reports_to" in one}
    mentors, mentees = set(scores.mentors.ids), set(scores.mentees.ids)
    found = set()
    for person in sorted(mentors | mentees):
        for above in _chain(person, boss):
            if person in mentors and above in mentees:
                found.add((person, above))
            if person in mentees and above in mentors:
                found.add((above, person))
    return sorted(found)


def _chain(person: str, boss: Mapping[str, str]) -> list[str]:
    """Everybody above a person; a ring ends where it began."""
    above: list[str] = []
    while person in boss and boss[person] not in above:
        person = boss[person]
        above.append(person)
    return above
