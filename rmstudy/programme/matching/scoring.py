"""How well a mentor suits a mentee: components from 0 to 1, and their weighted mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rmstudy.programme.matching.attributes import STEP, Side, common

COMPONENTS: Final = ("skill", "interest", "trait", "language", "site", "hours")
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of pairs of a mentee and a mentor, by their numbers in the two sides.

    Parameters
    ----------
    mentees, mentors : Side
        Both sides.
    weights : mapping of str to float
        Weight of each component; those of a pair's known components are made to add up to 1.

    Examples
    --------
    >>> from rmstudy.programme.matching.attributes import sides
    >>> people = {"s1": {"need_data": "4", "need_law": "2"}, "j1": {"skill_data": "3", "skill_law": "4"}}
    >>> mentors, mentees = sides(people, ["j1"], ["s1"], None)
    >>> float(Scores(mentees, mentors, {"skill": 1}).score(np.array([0]), np.array([0]))[0])  # (3 + 2) / 6
    0.8333333333333334
    """

    mentees: Side
    mentors: Side
    weights: Mapping[str, float]

    def parts(self, i: Any, j: Any) -> dict[str, Floats]:
        """Each component that has a weight, be it 0, NaN where it is not known.

        Parameters
        ----------
        i, j : arrays of int
            Numbers of mentees and of mentors, of shapes that go together.
        """
        of = {
            "skill": self._skill,
            "interest": self._interest,
            "trait": self._trait,
            "language": self._language,
            "site": self._site,
            "hours": self._hours,
        }
        return {name: of[name](i, j) for name in COMPONENTS if name in self.weights}

    def score(self, i: Any, j: Any) -> Floats:
        """Weighted mean of the components that are known for both; 0 when none is."""
        total: Any = 0.0
        weight: Any = 0.0
        for name, part in self.parts(i, j).items():
            if not self.weights[name]:
                continue
            known = ~np.isnan(part)
            total = total + self.weights[name] * np.where(known, part, 0.0)
            weight = weight + self.weights[name] * known
        return np.asarray(np.divide(total, weight, out=np.zeros_like(total), where=weight > 0))

    def _skill(self, i: Any, j: Any) -> Floats:
        """Share of the mentee's needs that the mentor's skills cover.

        A skill counts up to the need, and only where it is above the mentee's own level, if that is known.
        """
        covered: Any = 0.0
        needed: Any = 0.0
        for name in self.mentees.names("need_"):
            need = np.nan_to_num(self.mentees.numbers[f"need_{name}"])[i]
            needed = needed + need
            if f"skill_{name}" not in self.mentors.numbers:
                continue
            skill = np.nan_to_num(self.mentors.numbers[f"skill_{name}"])[j]
            own = self.mentees.numbers[f"skill_{name}"][i]
            useful = ~(skill <= own) if not np.isnan(own).all() else True
            covered = covered + np.minimum(need, skill) * useful
        offers = np.zeros(len(self.mentors), dtype=bool)
        for name in self.mentors.names("skill_"):
            offers |= ~np.isnan(self.mentors.numbers[f"skill_{name}"])
        known = (np.asarray(needed) > 0) & offers[j]
        share = np.full(known.shape, np.nan)
        return np.asarray(np.divide(covered, needed, out=share, where=known))

    def _interest(self, i: Any, j: Any) -> Floats:
        """Interests in common, of those that either has (Jaccard)."""
        left, right = self.mentees.sets["interest"], self.mentors.sets["interest"]
        shared = common(left, right, i, j)
        mine, theirs = _sizes(left)[i], _sizes(right)[j]
        share = np.full(shared.shape, np.nan)
        known = (mine > 0) & (theirs > 0)
        return np.asarray(np.divide(shared, mine + theirs - shared, out=share, where=known))

    def _trait(self, i: Any, j: Any) -> Floats:
        """Closeness in traits: 1 less the distance, as a share of the range seen among all, on average."""
        total: Any = np.zeros(np.broadcast(i, j).shape)
        seen: Any = np.zeros(np.broadcast(i, j).shape)
        for name, (low, high) in self.trait_ranges().items():
            left = self.mentees.numbers[f"trait_{name}"][i]
            distance = np.abs(left - self.mentors.numbers[f"trait_{name}"][j]) / ((high - low) or 1.0)
            known = ~np.isnan(distance)
            total, seen = total + np.where(known, 1 - distance, 0.0), seen + known
        return np.asarray(np.divide(total, seen, out=np.full(total.shape, np.nan), where=seen > 0))

    def trait_ranges(self) -> dict[str, tuple[float, float]]:
        """Lowest and highest value of each trait that both sides have."""
        shared = sorted(set(self.mentees.names("trait_")) & set(self.mentors.names("trait_")))
        both = {
            name: np.concatenate([side.numbers[f"trait_{name}"] for side in (self.mentees, self.mentors)])
            for name in shared
        }
        return {name: (float(np.nanmin(all_)), float(np.nanmax(all_))) for name, all_ in both.items()}

    def _language(self, i: Any, j: Any) -> Floats:
        """1 with a language in common, 0 without."""
        left, right = self.mentees.sets["language"], self.mentors.sets["language"]
        known = (_sizes(left)[i] > 0) & (_sizes(right)[j] > 0)
        return np.where(known, common(left, right, i, j) > 0, np.nan)

    def _site(self, i: Any, j: Any) -> Floats:
        """1 at the same site, 0 at another."""
        left, right = self.mentees.labels["site"][i], self.mentors.labels["site"][j]
        return np.where((left >= 0) & (right >= 0), left == right, np.nan)

    def _hours(self, i: Any, j: Any) -> Floats:
        """Working hours in common, of the shorter day of the two."""
        mine, theirs = _sizes(self.mentees.sets["hours"])[i], _sizes(self.mentors.sets["hours"])[j]
        shorter = np.minimum(mine, theirs)
        shared = self.shared_hours(i, j) * (60 / STEP)
        share = np.full(shared.shape, np.nan)
        return np.asarray(np.divide(shared, shorter, out=share, where=shorter > 0))

    def shared_hours(self, i: Any, j: Any) -> Floats:
        """Working hours in common a day; 0 where somebody's are not known."""
        steps = common(self.mentees.sets["hours"], self.mentors.sets["hours"], i, j)
        return np.asarray(steps * (STEP / 60), dtype=np.float64)


def _sizes(sets: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Members of each set."""
    return np.asarray(np.bitwise_count(sets).sum(axis=1), dtype=np.int64)
