"""A programme as it stood on a day: figures for everybody, and a list for the coordinator alone."""

from __future__ import annotations

import datetime as dt
import html
from dataclasses import dataclass, field

import pandas as pd

from rmstudy.display import bullets, table
from rmstudy.errors import DesignError
from rmstudy.programme.monitoring import actions, chart
from rmstudy.programme.monitoring.aggregate import aggregate, milestone_states, progress
from rmstudy.programme.monitoring.endings import joined_steps, kaplan_meier, lengths
from rmstudy.programme.monitoring.reports import meeting_table
from rmstudy.programme.monitoring.rules import LEVELS, Rules
from rmstudy.programme.monitoring.spells import by_seat, dated, lines, spell_table, the_day
from rmstudy.results import Note
from rmstudy.study.plan import Plan
from rmstudy.study.study import Study
from rmstudy.wording import choose, count, number, percent, say, translate


@dataclass(frozen=True, slots=True, eq=False)
class Coordinator:
    """What the coordinator needs to support pairs. **For the coordinator only**, never for a report.

    Parameters
    ----------
    as_of : date
        The day it is about.
    rules : Rules
        The plan's rules, not validated.
    spells : DataFrame
        One row a spell of a pair; see `rmstudy.programme.monitoring.spells.spell_table`.
    meetings : DataFrame
        One row a meeting with the reports of both; see `rmstudy.programme.monitoring.reports.meeting_table`.
    milestones : DataFrame
        One row a milestone and seat.
    """

    as_of: dt.date
    rules: Rules
    spells: pd.DataFrame
    meetings: pd.DataFrame
    milestones: pd.DataFrame

    def act_on(self, lang: str = "en") -> pd.DataFrame:
        """List the pairs that need support now; see `rmstudy.programme.monitoring.actions.act_on`."""
        return actions.act_on(self.spells, self.meetings, self.rules, lang)

    def control_chart(self, pair_id: str, *, early: int = 2) -> pd.DataFrame:
        """Chart one pair; see `rmstudy.programme.monitoring.control_chart`."""
        return chart.control_chart(self.meetings, pair_id=pair_id, early=early)

    def text(self, lang: str = "en") -> str:
        """Say in one sentence how long the list is, and for whom it is."""
        levels = self.act_on(lang)["level"]
        soft, clear = (int((levels == translate(LEVELS[n], lang)).sum()) for n in (1, 2))
        return say(
            "For the coordinator only: on {date:date}, pairs to act on: {clear:count} with a clear sign, "
            "{soft:count} with a first, soft one. To support pairs, never to judge people.",
            lang,
            date=self.as_of,
            clear=clear,
            soft=soft,
        )

    def __repr__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        shown = self.act_on()
        rows = [[str(cell) for cell in row] for row in shown.itertuples(index=False)]
        head = [name.replace("_", " ") for name in shown.columns]
        return f"<p><strong>{html.escape(self.text())}</strong></p>{table(head, rows)}"


@dataclass(frozen=True, slots=True, eq=False)
class Monitored:
    """A programme as it stood on a day; made by `monitor`.

    Parameters
    ----------
    as_of : date
        The day.
    plan : Plan
        The plan.
    aggregate : DataFrame
        Figures over all pairs, small cells withheld; see `rmstudy.programme.monitoring.aggregate.aggregate`.
    progress : DataFrame
        Meetings held and due by the end of each week, over all pairs; no rows for fewer than the minimum.
    retention : DataFrame
        Share of pairs still together, a pair with a new mentor counted on, steps joined until each stands
        for enough pairs; see
        `rmstudy.programme.monitoring.endings.joined_steps`.
    notes : tuple of Note
        What to know about the figures.
    """

    as_of: dt.date
    plan: Plan
    aggregate: pd.DataFrame
    progress: pd.DataFrame
    retention: pd.DataFrame
    notes: tuple[Note, ...]
    _coordinator: Coordinator | None = field(repr=False)

    @property
    def coordinator(self) -> Coordinator:
        """What concerns single pairs, for the coordinator only.

        Raises
        ------
        DesignError
            When the plan states no legal basis for the analysis of meetings.
        """
        if self._coordinator is None:
            raise DesignError(
                "The plan states no legal basis for looking at the meetings of single pairs, so only "
                "aggregated figures are made. Agree on it first (in Italy with the workers' representatives: "
                "Statuto dei lavoratori, art. 4), tell the participants, and write the agreement into "
                "monitoring.legal_basis."
            )
        return self._coordinator

    def table(self, lang: str = "en") -> pd.DataFrame:
        """Write the aggregated figures in words: ``topic``, ``measure``, ``value``, ``pairs``.

        Parameters
        ----------
        lang : {'en', 'it'}
            Language of the words and numbers.
        """
        rows = [
            (
                self._topic(one["topic"], lang),
                translate(one["measure"], lang),
                ("≈" if one["about"] else "") + _figure(one["value"], one["unit"], one["withheld"], lang),
                one["pairs"],
            )
            for one in self.aggregate.to_dict("records")
        ]
        head = [translate(name, lang) for name in ("topic", "measure", "value", "pairs")]
        return pd.DataFrame(rows, columns=head)

    def text(self, lang: str = "en") -> str:
        """Write the meetings of all pairs against their commitment as one sentence."""
        rows = self.aggregate[self.aggregate["topic"] == "meetings"].set_index("measure")["value"]
        values = {"date": self.as_of, "held": rows["held"], "due": rows["due by now"]}
        if rows[["held", "due by now"]].isna().any():
            return say("On {date:date}: too few pairs, or no commitment, to say more.", lang, date=self.as_of)
        template = (
            "By {date:date} the pairs had held {held:count} meetings of {due:count} due ({share:percent})."
        )
        return say(template, lang, **values, share=rows["held of those due"])

    def _topic(self, topic: str, lang: str) -> str:
        """A topic in words; a milestone by its label."""
        head, _, name = topic.partition(": ")
        if not name:
            return translate(topic, lang)
        label = self.plan.monitoring.milestones[name].label
        return f"{translate(head, lang)}: {choose(label, lang) if label else name}"

    def __repr__(self) -> str:
        return "\n".join([self.text(), *(f"  note: {note.text()}" for note in self.notes)])

    def _repr_html_(self) -> str:
        shown = self.table()
        rows = [[str(cell) for cell in row] for row in shown.itertuples(index=False)]
        notes = bullets(note.text() for note in self.notes)
        return f"<p>{html.escape(self.text())}</p>{table(list(shown.columns), rows)}{notes}"


def monitor(study: Study, *, as_of: dt.date | str | None = None) -> Monitored:
    """Look at the pairs of a programme as they stood on a day.

    Parameters
    ----------
    study : Study
        A study with ``pairs``; ``meetings`` (without it none has been held) and ``meeting_log`` for what the
        two said afterwards.
    as_of : date or str, optional
        The day. Later meetings and ends are ignored. Without it, the last day of which the data know (a
        meeting, a start, or an end with a reason), never today.

    Returns
    -------
    Monitored
        Aggregated figures, and under ``coordinator`` what concerns single pairs.

    Raises
    ------
    DesignError
        When there are no pairs, a start is missing, or no pair had started by that day.

    Notes
    -----
    Silence and hierarchy put a pair on the coordinator's list; the rules are in docs/programme.md, are
    the plan's, and are not validated.

    Examples
    --------
    >>> import rmstudy as rm
    >>> rm.monitor(rm.load_sample("digital-skills"), as_of="2024-04-15").coordinator.act_on()["pair_id"].tolist()[:5]
    ['p06', 'p23', 'p44', 'p46', 'p12']
    """
    rules = Rules.of(study.plan)
    pairs, every = dated(study)
    when = the_day(as_of, pairs, every)
    known = pairs[pairs["start"] <= when]
    held = every[(every["date"] <= when) & every["pair_id"].isin(known["pair_id"])]
    spells = spell_table(known, held, when, rules)
    meetings = meeting_table(study, held, rules)
    ends = lengths(by_seat(known), when, rules.end)
    curve = kaplan_meier(ends["days"], ends["ended"], level=study.plan.analysis.level)
    milestones = milestone_states(study.plan, spells, meetings, when)
    steps = joined_steps(curve, minimum=study.plan.privacy.minimum_cell)
    coordinator = Coordinator(when.date(), rules, spells, meetings, milestones)
    return Monitored(
        when.date(),
        study.plan,
        aggregate(study.plan, known, spells, meetings, when),
        _shown_progress(study.plan, spells, progress(known, held, when, rules)),
        steps,
        _notes(study, known, spells, meetings, rules, steps),
        coordinator if study.plan.monitoring.legal_basis else None,
    )


def _shown_progress(plan: Plan, spells: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Meetings by week, without rows when they are those of too few pairs."""
    return table if lines(spells).nunique() >= plan.privacy.minimum_cell else table.head(0)


def _notes(
    study: Study,
    pairs: pd.DataFrame,
    spells: pd.DataFrame,
    meetings: pd.DataFrame,
    rules: Rules,
    steps: pd.DataFrame,
) -> tuple[Note, ...]:
    """What to know about the figures."""
    notes = [Note.of("monitor_not_validated")]
    if not study.plan.monitoring.legal_basis:
        notes.append(Note.of("monitor_no_legal_basis"))
    if not rules.meetings or not rules.days:
        notes.append(Note.of("monitor_no_commitment"))
    if rules.silent_after is None:
        notes.append(Note.of("monitor_no_silence"))
    if (pairs["end_reason"].notna() & pairs["end"].isna()).any():
        notes.append(Note.of("monitor_end_without_day"))
    if meetings.empty:
        notes.append(Note.of("monitor_no_meetings"))
    elif not meetings["known"].any():
        notes.append(Note.of("monitor_no_log"))
    elif not meetings["known"].all():
        notes.append(Note.of("monitor_unknown_meetings", n=int((~meetings["known"]).sum())))
    outside = meetings.merge(spells, on="pair_id")
    outside = outside[(outside["date"] < outside["start"]) | (outside["date"] > outside["end"])]
    if len(outside):
        notes.append(Note.of("monitor_outside", n=len(outside)))
    if steps.empty:
        notes.append(Note.of("monitor_few_ends", least=study.plan.privacy.minimum_cell))
    return tuple(notes)


def _figure(value: float, unit: str, withheld: bool, lang: str) -> str:
    """One aggregated figure in words."""
    if withheld:
        return translate("withheld", lang)
    if unit == "share":
        return percent(value, lang)
    whole = unit in ("pairs", "meetings", "reports", "minutes")
    shown = count(value, lang) if whole and pd.notna(value) else number(value, lang=lang)
    return f"{shown} {translate(unit, lang)}"
