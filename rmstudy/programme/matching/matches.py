"""Match mentors and mentees, and look at the result."""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd

from rmstudy.display import bullets, table
from rmstudy.errors import DesignError
from rmstudy.programme.matching.pool import Pool, pool_of
from rmstudy.programme.matching.quality import quality, random_pairings, scores_of
from rmstudy.programme.matching.reasons import why_not, why_table
from rmstudy.programme.matching.rules import BROKEN
from rmstudy.programme.matching.solving import Solution, bottleneck, left_over, solve
from rmstudy.results import Note
from rmstudy.wording import decimals_for, interval, number, say, translate

if TYPE_CHECKING:
    from rmstudy.study.plan import Matching
    from rmstudy.study.study import Study

METHODS: Final = {"total": "best_total", "worst_off": "worst_off_first", "mentors": "mentors_first"}
WORDS: Final = {
    "this": "this matching",
    "greedy": "best pair first, then the rest",
    "random": "at random, as the rules allow",
    "wishes": "everybody's own best (out of reach)",
}
COMPONENT: Final = {
    "skill": "skills and needs",
    "interest": "interests",
    "trait": "traits",
    "language": "language",
    "site": "site",
    "hours": "working hours",
}


@dataclass(frozen=True, eq=False)
class Matches:
    """Mentors and mentees brought together; made by `match_pairs`.

    Shown, it holds counts and scores only. ``pairs``, ``unmatched`` and ``why()`` are about people: for the
    coordinator, never for a report.

    Parameters
    ----------
    pool : Pool
        The people and the rules.
    solution : Solution
        Who is with whom.
    draws, seed : int
        Random pairings to compare with, and the number that starts the lots and the draws.
    """

    pool: Pool
    solution: Solution
    draws: int
    seed: int

    @cached_property
    def pairs(self) -> pd.DataFrame:
        """Table ``pairs`` of a study: a row a pair, in the order of the mentees' ids."""
        i, j = self.solution.pairs()
        width = max(2, len(str(len(i))))
        mentors, mentees = self.pool.scores.mentors.ids, self.pool.scores.mentees.ids
        return pd.DataFrame(
            {
                "pair_id": [f"p{n:0{width}}" for n in range(1, len(i) + 1)],
                "mentor_id": [mentors[n] for n in j],
                "mentee_id": [mentees[n] for n in i],
                "start": self.pool.day.isoformat() if self.pool.day else None,
                "match_method": METHODS[self.pool.first],
                "match_score": self.pool.scores.score(i, j),
            }
        )

    @cached_property
    def table(self) -> pd.DataFrame:
        """A row a pair without people: ``pair_id``, ``score``, and each component that counts."""
        parts = self.pool.scores.parts(*self.solution.pairs())
        return pd.DataFrame({"pair_id": self.pairs["pair_id"], "score": self.pairs["match_score"], **parts})

    @cached_property
    def unmatched(self) -> pd.DataFrame:
        """People without a partner and the reason; see `rmstudy.programme.matching.solving.left_over`."""
        return left_over(self.pool, self.solution)

    @cached_property
    def random(self) -> pd.DataFrame:
        """Random pairings, a row a draw."""
        return random_pairings(self.pool, self.draws, self.seed)

    @cached_property
    def quality(self) -> pd.DataFrame:
        """The matching against others; see `rmstudy.programme.matching.quality.quality`."""
        return quality(self.pool, self.solution.mentor, self.random)

    def why(self, lang: str = "en") -> pd.DataFrame:
        """What speaks for each pair, in words; for the coordinator only.

        Parameters
        ----------
        lang : {'en', 'it'}
            Language of the reasons.
        """
        return why_table(self.pool, self.pairs, self.solution.pairs(), lang)

    def why_unmatched(self, lang: str = "en") -> pd.DataFrame:
        """Who has no partner and why, in words; for the coordinator only."""
        rows = self.unmatched
        said = [why_not(row, lang) for row in rows.to_dict("records")]
        return rows[["person_id", "role"]].assign(why=pd.Series(said, dtype="object"))

    @cached_property
    def notes(self) -> tuple[Note, ...]:
        """What has to be known to read the scores."""
        return (*self._shortage(), *self._idle(), *self._unknown(), *self._scales())

    def _shortage(self) -> list[Note]:
        """Why mentees are left."""
        waiting = int((self.solution.mentor < 0).sum())
        group = bottleneck(self.pool, self.solution)
        if group is None:
            return []
        mentees, places, names = group
        if not names:
            return [Note.of("match_few_places", n=waiting, mentees=mentees, places=places)]
        words = tuple(BROKEN[name] for name in names)
        return [Note.of("match_few_allowed", n=waiting, mentees=mentees, places=places, rules=words)]

    def _idle(self) -> list[Note]:
        """Mentors with nobody while others have several."""
        held = np.bincount(self.solution.pairs()[1], minlength=len(self.pool.capacity))
        idle, several = int(((held == 0) & (self.pool.capacity > 0)).sum()), int((held > 1).sum())
        if not (idle and several):
            return []
        return [
            Note.of(
                "match_rules_idle" if self.pool.first == "mentors" else "match_idle", n=idle, several=several
            )
        ]

    def _unknown(self) -> list[Note]:
        """Components that are not known for some pairs."""
        parts = self.table[[name for name, weight in self.pool.scores.weights.items() if weight]].isna()
        notes = [
            Note.of("match_part_unknown", part=COMPONENT[name], n=int(unknown.sum()), pairs=len(parts))
            for name, unknown in parts.items()
            if unknown.any()
        ]
        nothing = int(parts.all(axis=1).sum())
        if nothing:
            notes.append(Note.of("match_nothing_known", n=nothing))
        if self.pool.unassigned:
            notes.append(Note.of("match_without_arm", n=self.pool.unassigned))
        return notes

    def _scales(self) -> list[Note]:
        """How traits and hours were put on their scales, and what was taken for granted."""
        notes = []
        if self.pool.scores.weights.get("trait"):
            notes += [
                Note.of("match_trait_range", trait=name, low=low, high=high)
                for name, (low, high) in self.pool.scores.trait_ranges().items()
            ]
        hours = self.pool.scores.weights.get("hours") or "overlapping_hours" in self.pool.rules.constraints
        zones = any(
            "time_zone" in one for one in self.pool.scores.mentees.said + self.pool.scores.mentors.said
        )
        if hours and zones and self.pool.day:
            notes.append(Note.of("match_day", day=self.pool.day))
        if self.pool.first == "worst_off":
            notes.append(Note.of("match_worst_off"))
        if self.pool.first == "mentors" and (self.pool.capacity > 1).any():
            notes.append(Note.of("match_mentors_first"))
        return notes

    def text(self, lang: str = "en") -> str:
        """Say in a few sentences how many are matched, and how well.

        Parameters
        ----------
        lang : {'en', 'it'}
            Language.
        """
        rows = self.quality.set_index("solution")
        this, greedy, random = rows.loc["this"], rows.loc["greedy"], rows.loc["random"]
        places = decimals_for(1.0)
        said = [
            say(
                "{n:count} of {all:count} mentees have a mentor; {used:count} of {mentors:count} mentors have a "
                "mentee.",
                lang,
                n=int(this["matched"]),
                all=len(self.pool.pinned),
                used=int(np.unique(self.solution.pairs()[1]).size),
                mentors=len(self.pool.capacity),
            ),
            say(
                "Mean score of the pairs, from 0 to 1: {mean}; at random it would be {random} (in 95 of 100 draws "
                "{limits}), taking the best pair first {greedy}.",
                lang,
                mean=number(this["mean"], places, lang),
                random=number(random["mean"], places, lang),
                limits=interval(random["low"], random["high"], places, lang),
                greedy=number(greedy["mean"], places, lang),
            ),
            say(
                "The worst-off pair scores {worst}; at random {random}, taking the best pair first {greedy}.",
                lang,
                worst=number(this["worst"], places, lang),
                random=number(random["worst"], places, lang),
                greedy=number(greedy["worst"], places, lang),
            ),
        ]
        left = int(this["matched"] - greedy["matched"])
        if left > 0:
            words = "Taking the best pair first would leave {n:count} more without a mentor."
            said.append(say(words, lang, n=left))
        if not self.solution.gap:
            said.append(say("No other way of matching them does better by the plan's own measure.", lang))
        return " ".join(said)

    def quality_rows(self, lang: str = "en") -> tuple[list[str], list[list[str]]]:
        """Head and rows of the comparison, written out."""
        names = (
            "",
            "matched",
            "mean score",
            "95 of 100 draws",
            "worst pair",
            "short of own best",
            "blocking pairs",
        )
        head = [translate(name, lang) for name in names]
        return head, [
            [
                translate(WORDS[row.solution], lang),
                number(row.matched, 0, lang),
                number(row.mean, 2, lang),
                interval(None if np.isnan(row.low) else row.low, row.high, 2, lang),
                number(row.worst, 2, lang),
                number(row.regret, 2, lang),
                number(row.blocking, 0, lang),
            ]
            for row in self.quality.itertuples()
        ]

    def scores(self) -> pd.DataFrame:
        """Scores of the pairs of this matching, one a mentee; NaN without a mentor. No people."""
        return pd.DataFrame({"score": scores_of(self.pool, self.solution.mentor)})

    def __repr__(self) -> str:
        return "\n".join([self.text(), *(f"  note: {note.text()}" for note in self.notes)])

    def _repr_html_(self) -> str:
        head, rows = self.quality_rows()
        notes = bullets(note.text() for note in self.notes) if self.notes else ""
        return f"<p>{html.escape(self.text())}</p>{table(head, rows)}{notes}"


def match_pairs(
    data: Study | pd.DataFrame,
    *,
    mentors: Sequence[str] | None = None,
    mentees: Sequence[str] | None = None,
    plan: Matching | None = None,
    weights: Mapping[str, float] | None = None,
    first: Literal["total", "worst_off", "mentors"] | None = None,
    capacity: int | Mapping[str, int] | None = None,
    start: dt.date | None = None,
    draws: int = 200,
    seed: int = 0,
) -> Matches:
    """Bring mentors and mentees together so that the whole is best.

    As many mentees as possible get a mentor; among the ways to do so the one with the highest total score
    is taken. With ``first="worst_off"`` the one whose worst-off pair scores highest comes before the total; with
    ``first="mentors"`` the one in which most mentors have a mentee, so that nobody has two before all have one.
    Equally good ways are settled by a fixed lot drawn from the ids.

    Parameters
    ----------
    data : Study or DataFrame
        A study with profiles: those of either role who are in the programme are matched. Or profiles alone
        (``person_id``, ``attribute``, ``value``; see the data dictionary; ``unit`` is an attribute here), with
        both sides named.
    mentors, mentees : sequence of str, optional
        Whom to match.
    plan : Matching, optional
        Weights, constraints, pins and capacity; the study's own when left out.
    weights : mapping of str to float, optional
        Weights of ``skill``, ``interest``, ``trait``, ``language``, ``site``, ``hours`` instead of the plan's.
    first : {'total', 'worst_off', 'mentors'}, optional
        What is maximised, instead of the plan's.
    capacity : int or mapping of str to int, optional
        Mentees a mentor may take, for all or by mentor, instead of profiles and plan.
    start : date, optional
        Day on which the pairs start, instead of the plan's; time zones are compared on it.
    draws : int
        Random pairings to compare with.
    seed : int
        Starts the lots that settle ties, and the random pairings.

    Returns
    -------
    Matches
        ``pairs``, ``table``, ``unmatched``, ``quality``, ``why()``, ``text()``.

    Raises
    ------
    DesignError
        When pinned pairs break a constraint or a capacity, when no pair is allowed, or a name is unknown;
        all contradictions at once.
    DataError
        When a profile cannot be read.

    Notes
    -----
    A component that is not known for one of the two does not count for this pair: the weights of the others
    are made to add up to 1. Scores are compared to nine decimals. The assignment is exact, and proves it by
    its prices (Kuhn 1955; Jonker and Volgenant 1987).

    Examples
    --------
    >>> import rmstudy as rm
    >>> matches = rm.match_pairs(rm.load_sample("digital-skills"), capacity=2)
    >>> len(matches.pairs)
    48
    """
    if not isinstance(draws, int) or draws < 1:
        raise DesignError(f"draws={draws}: at least one random pairing is needed to compare with.")
    if not isinstance(seed, int) or seed < 0:
        raise DesignError(f"seed={seed!r} is not a seed. Give a whole number from 0.")
    pool = pool_of(
        data,
        mentors=mentors,
        mentees=mentees,
        plan=plan,
        weights=weights,
        first=first,
        capacity=capacity,
        start=start,
    )
    return Matches(pool, solve(pool, seed), draws, seed)
