"""A study in memory: the plan, the checked tables, the scores, and one row a person for the methods."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from rmstudy.disclosure import safe_flow
from rmstudy.display import bullets
from rmstudy.errors import DesignError, Problem, nearest
from rmstudy.study.agreement import RESERVED
from rmstudy.study.answers import numbered
from rmstudy.study.cells import NUMBER
from rmstudy.study.dyads import dyads
from rmstudy.study.participation import participation
from rmstudy.study.plan import Plan
from rmstudy.study.reading import ROW
from rmstudy.study.scoring import item_sheet
from rmstudy.study.sheets import Sheets
from rmstudy.wording import choose


@dataclass(frozen=True, eq=False)
class Study:
    """A checked study; made by `rmstudy.load_study`.

    Parameters
    ----------
    plan : Plan
        What the programme set out to do and how it will be judged.
    tables : mapping of str to DataFrame
        The study's tables, as text.
    given : DataFrame or Sheets
        The answers: one row each, or a column an item, as the table had them.
    scores : DataFrame
        One row a person, wave and instrument.
    findings : tuple of Problem
        What is to be decided or to be known about the data.
    path : Path
        The folder.
    """

    plan: Plan
    tables: Mapping[str, pd.DataFrame]
    given: pd.DataFrame | Sheets
    scores: pd.DataFrame
    findings: tuple[Problem, ...]
    path: Path

    @cached_property
    def answers(self) -> pd.DataFrame:
        """One row an answer, with the answer as a number."""
        long = numbered(self.given, self.plan) if isinstance(self.given, Sheets) else self.given
        return long.drop(columns=ROW)

    def frame(
        self, instrument: str, *, role: str | None = None, covariates: Sequence[str] = ()
    ) -> pd.DataFrame:
        """Return one row a person, with the scores before and after, joined by key.

        Parameters
        ----------
        instrument : str
            Instrument named in the plan.
        role : str, optional
            Whose scores; may be left out when the instrument is for one role only.
        covariates : sequence of str
            Further columns of ``participants``.

        Returns
        -------
        DataFrame
            Index ``person_id`` (``unit`` for an instrument about units). A column for each wave in which
            the instrument was answered, and for ``pre`` and ``post`` wherever the plan has them; ``arm``;
            ``pair_id`` (all of the person's spells, joined by ``+``); ``cluster`` (everybody joined by
            pairs, over all spells); ``unit``; ``dose`` (meetings held, missing without a meetings table);
            then the covariates.
            Everybody in the role has a row, answered or not, so that who is missing can be counted.

        Raises
        ------
        DesignError
            When the instrument, the role or a covariate is unknown.

        Examples
        --------
        >>> import rmstudy as rm
        >>> frame = rm.load_sample("digital-skills").frame("digital_test", role="mentee")
        >>> frame.columns.tolist()
        ['pre', 'post', 'arm', 'pair_id', 'cluster', 'unit', 'dose']
        """
        role = self._role(instrument, role)
        scored = self._waves(instrument)
        if role == "unit" and "unit" not in self.tables["participants"].columns:
            raise DesignError("participants has no column 'unit'. Instruments about units need it.")
        if role == "unit":
            units = self.tables["participants"].groupby("unit").size().rename("people")
            return scored.reindex(units.index).join(units).rename_axis("unit")
        people = self._people(role)
        unknown = [name for name in covariates if name not in people.columns]
        if unknown:
            raise DesignError(
                f"participants has no column {unknown[0]!r}. {nearest(unknown[0], people.columns)}"
            )
        taken = [name for name in covariates if name in RESERVED or name in self.plan.waves]
        if taken:
            raise DesignError(
                f"A covariate cannot be called {taken[0]!r}: the frame has a column of that name."
            )
        frame = scored.reindex(people.index).join(self._placed.reindex(people.index))
        for name in covariates:
            frame[name] = _typed(people[name])
        return frame

    def participation(self, role: str, instrument: str | None = None) -> pd.DataFrame:
        """Count the people of a role at each step, by arm; see `rmstudy.study.participation`."""
        return participation(self, role, instrument)

    def dyads(self, instrument: str) -> pd.DataFrame:
        """Return one row a member of a pair, with the scores of both; see `rmstudy.study.dyads`."""
        return dyads(self, instrument)

    def items(self, instrument: str, *, role: str | None = None, wave: str = "pre") -> pd.DataFrame:
        """Return one row a person and a column an item, reversed and keyed, for reliability.

        Parameters
        ----------
        instrument : str
            Instrument named in the plan.
        role : str, optional
            Whose answers.
        wave : str
            Wave of the answers.
        """
        role = self._role(instrument, role)
        people = self.tables["participants"]
        members = people.loc[people["role"] == role, "person_id"]
        rows = self._answered.get((instrument, wave), self.answers.head(0))
        sheet = item_sheet(rows[rows["person_id"].isin(members)])
        return sheet.groupby(level="person_id").mean()

    def _people(self, role: str) -> pd.DataFrame:
        """The participants of a role by id."""
        people = self.tables["participants"]
        return people[people["role"] == role].set_index("person_id")

    @cached_property
    def _placed(self) -> pd.DataFrame:
        """Where each participant stands: arm, spells, cluster, unit and dose."""
        people = self.tables["participants"].set_index("person_id")
        meetings = self.doses.reindex(people.index) if "meetings" in self.tables else float("nan")
        return pd.DataFrame(
            {
                "arm": self.arms.reindex(people.index),
                "pair_id": self.spells.reindex(people.index),
                "cluster": self.clusters.reindex(people.index),
                "unit": people["unit"] if "unit" in people.columns else None,
                "dose": meetings,
            },
            index=people.index,
        )

    @cached_property
    def arms(self) -> pd.Series[str]:
        """Arm of each person, as assigned; without assignments, those in pairs are in the programme."""
        people = self.tables["participants"]["person_id"]
        if "assignments" in self.tables:
            return self.tables["assignments"].set_index("person_id")["arm"].reindex(people)
        if "pairs" in self.tables:
            return pd.Series("programme", index=self.spells.index).reindex(people)
        return pd.Series("programme", index=pd.Index(people))

    @cached_property
    def spells(self) -> pd.Series[str]:
        """All spells of each person, in order of their start, joined by ``+``."""
        if "pairs" not in self.tables:
            return pd.Series(dtype="object")
        pairs = self.tables["pairs"]
        order = pairs.sort_values("start", kind="stable") if "start" in pairs.columns else pairs
        long = order.melt("pair_id", ["mentor_id", "mentee_id"], value_name="person_id")
        return long.groupby("person_id", sort=True)["pair_id"].agg("+".join)

    @cached_property
    def clusters(self) -> pd.Series[str]:
        """Cluster of each person: the smallest id among all who are joined by pairs, over all spells."""
        root = {person: person for person in self.tables["participants"]["person_id"]}

        def top(person: str) -> str:
            while root[person] != person:
                root[person] = root[root[person]]
                person = root[person]
            return person

        if "pairs" in self.tables:
            pairs = self.tables["pairs"]
            for mentor, mentee in zip(pairs["mentor_id"], pairs["mentee_id"], strict=True):
                low, high = sorted((top(mentor), top(mentee)))
                root[high] = low
        return pd.Series({person: top(person) for person in root}, dtype="object")

    @cached_property
    def doses(self) -> pd.Series[int]:
        """Meetings held by each person, over all spells."""
        people = self.tables["participants"]["person_id"]
        if not {"meetings", "pairs"} <= set(self.tables):
            return pd.Series(0, index=pd.Index(people))
        held = self.tables["meetings"].groupby("pair_id").size()
        long = self.tables["pairs"].melt("pair_id", ["mentor_id", "mentee_id"], value_name="person_id")
        meetings = long["pair_id"].map(held).fillna(0).astype(int)
        return meetings.groupby(long["person_id"]).sum().reindex(people, fill_value=0)

    def __repr__(self) -> str:
        return "\n".join([self._title, *self._goal_lines(), *self._people_lines(), *self._finding_lines()])

    def _repr_html_(self) -> str:
        parts = (("Goals", self._goal_lines()), ("Who is in the study", self._people_lines()))
        lists = "".join(f"<p>{name}</p>{bullets(lines)}" for name, lines in parts)
        findings = self._finding_lines()
        return f"<p><strong>{html.escape(self._title)}</strong></p>{lists}" + (
            f"<p>About the data</p>{bullets(findings)}" if findings else ""
        )

    @property
    def _title(self) -> str:
        programme = self.plan.programme
        period = f" ({programme.start} to {programme.end})" if programme.start and programme.end else ""
        return f"{choose(programme.name)}{period}"

    def _goal_lines(self) -> list[str]:
        return [f"goal {goal.id} ({goal.role}): {choose(goal.statement)}" for goal in self.plan.goals]

    def _people_lines(self) -> list[str]:
        """People at each step, by role and arm, with small numbers protected."""
        lines = []
        for role in self.plan.roles:
            flow = safe_flow(self.participation(role), minimum=self.plan.privacy.minimum_cell)
            for arm, steps in flow.groupby("group", sort=False):
                counts = ", ".join(f"{n} {step}" for step, n in zip(steps["step"], steps["n"], strict=True))
                lines.append(f"{role}, {arm}: {counts}")
        return lines

    def _finding_lines(self) -> list[str]:
        """What is missing, to be decided or to be known, counted; ``rmstudy check`` lists it."""
        still_open = [name for name, wave in self.plan.waves.items() if wave.closed is None]
        lines = [f"still open: wave {name}" for name in still_open]
        kinds = Counter(finding.severity for finding in self.findings)
        return lines + [f"{kind}: {n} (study.findings lists them)" for kind, n in sorted(kinds.items())]

    def _role(self, instrument: str, role: str | None) -> str:
        """Check the instrument and settle whose scores are meant."""
        if instrument not in self.plan.instruments:
            raise DesignError(f"No instrument {instrument!r}. {nearest(instrument, self.plan.instruments)}")
        roles = self.plan.instruments[instrument].role
        if role is None and len(roles) == 1:
            return roles[0]
        if role not in roles:
            given = f"not for {role!r}" if role else "for several roles"
            raise DesignError(
                f"{instrument!r} is {given}. Say role=..., one of {', '.join(map(repr, roles))}."
            )
        return role

    def _waves(self, instrument: str) -> pd.DataFrame:
        """Scores of an instrument, a column a wave in the plan's order."""
        there = self._scored.columns.get_level_values("instrument_id")
        wide = self._scored[instrument] if instrument in there else pd.DataFrame(index=self._scored.index)
        wide = wide.dropna(axis="columns", how="all")
        waves = [wave for wave in self.plan.waves if wave in wide.columns or wave in ("pre", "post")]
        return wide.reindex(columns=waves).astype("float64").rename_axis(columns=None)

    @cached_property
    def _scored(self) -> pd.DataFrame:
        """All scores: a row a person or unit, a column an instrument and wave."""
        keys = ["instrument_id", "wave_id"]
        return self.scores.set_index(["person_id", *keys])["score"].unstack(keys)  # noqa: PD010 - refuses duplicates

    @cached_property
    def _answered(self) -> dict[tuple[str, str], pd.DataFrame]:
        """The answers by instrument and wave."""
        return dict(iter(self.answers.groupby(["instrument_id", "wave_id"], sort=False)))


def _typed(column: pd.Series[str]) -> pd.Series[float] | pd.Series[str]:
    """A covariate as numbers when every value is one."""
    if column.dropna().str.fullmatch(NUMBER).all():
        return pd.to_numeric(column)
    return column
