"""Who was in a call with whom, into the study's meetings: a pair, a day, and the minutes both were there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import pandas as pd

from rmstudy.errors import DataError, Problem
from rmstudy.readers.cells.days import Order, day_of, moment_of
from rmstudy.readers.cells.refusing import Refused
from rmstudy.readers.files.sheets import Sheets
from rmstudy.readers.mapping import Export
from rmstudy.readers.people.identity import Identity
from rmstudy.readers.placing.stray import left_out
from rmstudy.readers.placing.tables import TABLES

# What the study calls each source, and how its meetings were held.
RECORDED: Final = {"teams": ("platform", "online"), "calendar": ("calendar", None)}
THERE: Final = ("there", "organiser", "accepted")
CLOSE: Final = 120  # seconds by which a length may differ from its start and end

Interval = tuple[datetime, datetime]


@dataclass(slots=True)
class _Call:
    """One call or event: who was there when, and where it stands."""

    file: str
    row: int
    people: dict[str, list[Interval]] = field(default_factory=dict)
    others: set[str] = field(default_factory=set)
    lengths: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Spell:
    """A pair with its days."""

    pair: str
    people: frozenset[str]
    start: str
    end: str

    def holds(self, day: str) -> bool:
        """Whether the pair was one on a day."""
        return (not self.start or self.start <= day) and (not self.end or day <= self.end)


def meetings(
    files: Sequence[Sheets], export: Export, who: Identity, pairs: pd.DataFrame | None, *, source: str
) -> tuple[dict[str, pd.DataFrame], list[Problem]]:
    """Make meetings of those who were in the same calls.

    Parameters
    ----------
    files : sequence of Sheets
        Rows with meeting, date, start, end, minutes, person and status.
    export : Export
        What names people, and how days are written.
    who : Identity
        Whom an identifier means.
    pairs : DataFrame or None
        The study's pairs.
    source : {'teams', 'calendar'}
        Where the files come from.

    Returns
    -------
    tables : dict of str to DataFrame
        ``meetings``, where there are any: one of a pair and a day, what was started again added up.
    found : list of Problem
        Calls that are no meeting of a pair, counted; calls with more than two people of the programme.

    Examples
    --------
    >>> rows = [(2, {"meeting": "1", "start": "2024-03-05 09:00:00", "end": "2024-03-05 09:40:00", "person": "j1"}),
    ...         (3, {"meeting": "1", "start": "2024-03-05 09:10:00", "end": "2024-03-05 10:00:00", "person": "s1"})]
    >>> pairs = pd.DataFrame({"pair_id": ["p1"], "mentor_id": ["j1"], "mentee_id": ["s1"]})
    >>> from rmstudy.readers.people.identity import identity
    >>> found = meetings([Sheets("a.csv", (), tuple(rows))], Export(columns={}),
    ...                  identity(None, None, None, ["j1", "s1"]), pairs, source="teams")
    >>> found[0]["meetings"].iloc[0].dropna().to_dict()  # doctest: +NORMALIZE_WHITESPACE
    {'meeting_id': 'p1-2024-03-05', 'pair_id': 'p1', 'date': '2024-03-05', 'minutes': '30', 'mode': 'online',
     'source': 'platform'}
    """
    if pairs is None or not len(pairs):
        what = "the study has no pairs, so nobody's meetings can be told"
        raise DataError(Problem(what, "Import or write pairs.csv first.", "pairs.csv"))
    spells = _spells(pairs)
    known = frozenset(person for spell in spells for person in spell.people)
    calls, found = _calls(files, export, who, known)
    together, more = _together(calls, spells)
    found += more
    if source == "calendar" and together:
        what = "meetings that a calendar names, as nobody recorded who came"
        found.append(Problem(f"{what}: {len(together)}", "", severity="to know"))
    if not together:
        return {}, found
    recorded, mode = RECORDED[source]
    rows = [
        (f"{pair}-{day}", pair, day, _minutes(spans), mode, recorded, None)
        for (pair, day), spans in sorted(together.items())
    ]
    return {"meetings": pd.DataFrame(rows, columns=list(TABLES["meetings"]), dtype=object)}, found


def _spells(pairs: pd.DataFrame) -> list[_Spell]:
    """The pairs of a study with their days."""
    frame = pairs.reindex(columns=["pair_id", "mentor_id", "mentee_id", "start", "end"]).astype(object)
    return [
        _Spell(str(pair), frozenset((str(mentor), str(mentee))), str(start), str(end))
        for pair, mentor, mentee, start, end in frame.where(frame.notna(), "").itertuples(index=False)
        if mentor and mentee
    ]


def _calls(
    files: Sequence[Sheets], export: Export, who: Identity, known: frozenset[str]
) -> tuple[list[_Call], list[Problem]]:
    """The calls of all files, with the people of the programme who were there."""
    calls: dict[tuple[int, str], _Call] = {}
    found: list[Problem] = []
    seen: Counter[str] = Counter()
    problems: dict[str, Problem] = {}
    for number, sheets in enumerate(files):
        for row, cells in sheets.rows:
            if left_out(cells, export):
                seen["rows that the mapping leaves out"] += 1
                continue
            status = cells.get("status", "there")
            if status not in THERE:
                seen[f"invitations that were not accepted ({status}), left out"] += 1
                continue
            interval = _interval(cells, export.dates, sheets.file, row)
            if isinstance(interval, Problem):
                found.append(interval)
                continue
            given = cells.get("person", "")
            person = who.person(given, export, new=False)
            if person.problem is not None and person.problem.severity == "refused":
                problems.setdefault(person.problem.what, person.problem)
            call = calls.setdefault(
                (number, cells.get("meeting", "1")), _Call(sheets.file, row, {}, set(), {})
            )
            if person.person is None or person.person not in known:
                call.others.add(given.casefold())
                continue
            call.people.setdefault(person.person, []).append(interval)
            if not _fits(cells, interval):
                seen["times whose length does not fit their start and end"] += 1
    found += _counted(seen)
    if not any(call.people for call in calls.values()):
        found += problems.values()  # nobody was found at all: why
    return list(calls.values()), found


def _counted(seen: Counter[str]) -> Iterator[Problem]:
    """What was left out, or looks wrong, with its number."""
    for what, count in seen.items():
        wrong = what.startswith("times")
        next_step = "Look at `dates` in the mapping, and at the report." if wrong else ""
        yield Problem(f"{what}: {count}", next_step, severity="to decide" if wrong else "to know")


def _interval(cells: Mapping[str, str], order: Order | None, file: str, row: int) -> Interval | Problem:
    """From when to when somebody was there; a day that can be two is refused."""
    ends: list[datetime] = []
    for column in ("start", "end"):
        text = re.sub(r"^(\d{1,2}[/.-]\d{1,2}[/.-])(\d{2})(?!\d)", r"\g<1>20\2", cells.get(column, ""))
        day = day_of(text, order)
        if isinstance(day, Refused):
            return Problem(day.what, day.next_step, file, row, column, cells.get(column), rule=day.rule)
        moment = moment_of(text, order)
        seconds = moment[1] if moment else 0
        if seconds >= 86_400:
            return Problem("there is no such time", "Correct it.", file, row, column, cells.get(column))
        clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
        ends.append(datetime.fromisoformat(f"{day} {clock}"))
    if ends[1] < ends[0] or (ends[1] - ends[0]).days > 1:
        what, next_step = (
            "the end does not come after the start, on the same day",
            "Look at `dates` in the mapping.",
        )
        return Problem(what, next_step, file, row, "end", cells.get("end"), rule="impossible_dates")
    return ends[0], ends[1]


def _fits(cells: Mapping[str, str], interval: Interval) -> bool:
    """Whether a length that the file says is not longer than from start to end."""
    try:
        said = float(cells["minutes"]) * 60
    except (KeyError, ValueError):
        return True
    return said <= (interval[1] - interval[0]).total_seconds() + CLOSE


def _together(
    calls: Sequence[_Call], spells: Sequence[_Spell]
) -> tuple[dict[tuple[str, str], list[Interval]], list[Problem]]:
    """The times that both of a pair were in a call, by pair and day; and what was no meeting."""
    found: list[Problem] = []
    together: dict[tuple[str, str], list[Interval]] = {}
    seen: Counter[str] = Counter()
    for call in calls:
        if len(call.people) < 2:
            seen["with one of a pair only" if call.people else "with nobody of the programme"] += 1
            continue
        day = min(spans[0][0] for spans in call.people.values()).date().isoformat()
        here = [spell for spell in spells if spell.people <= call.people.keys() and spell.holds(day)]
        if not here:
            former = any(spell.people <= call.people.keys() for spell in spells)
            seen["of a pair outside its days" if former else "with people who are no pair"] += 1
            continue
        if len(call.people) > 2:
            problem, counts = _crowd(call, here)
            found.append(problem)
            if not counts:
                continue
        seen["with others besides the pair"] += bool(call.others)
        for spell in here:
            spans = _both(*(call.people[person] for person in sorted(spell.people)))
            if spans:
                for span in spans:
                    together.setdefault((spell.pair, span[0].date().isoformat()), []).append(span)
            else:
                seen["of a pair, but never at the same time"] += 1
    kept = seen.pop("with others besides the pair", 0)
    found += [
        Problem(f"calls {what}, no meetings: {count}", "", severity="to know") for what, count in seen.items()
    ]
    if kept:
        what = f"meetings of a pair at which people were who are not in the programme: {kept}"
        found.append(Problem(what, "", severity="to know"))
    return together, found


def _crowd(call: _Call, here: Sequence[_Spell]) -> tuple[Problem, bool]:
    """More than two people of the programme in one call: a meeting when the pairs share a person."""
    shared = frozenset.intersection(*(spell.people for spell in here))
    everybody = frozenset.union(*(spell.people for spell in here))
    count = len(call.people)
    if len(here) > 1 and shared and everybody == call.people.keys():
        what = f"a call of one person with {len(here)} partners, a meeting of each pair"
        next_step = "If it was no meeting of pairs, take it out of the files."
        return Problem(
            what, next_step, call.file, call.row, severity="to decide", rule="several_mentees"
        ), True
    what = f"a call with {count} people of the programme, no meeting of a pair"
    next_step = "If a pair met there, write it into meetings.csv."
    return Problem(what, next_step, call.file, call.row, severity="to decide"), False


def _merged(spans: Sequence[Interval]) -> list[Interval]:
    """Times that overlap or touch as one, such as those of two devices."""
    merged: list[Interval] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _both(one: Sequence[Interval], other: Sequence[Interval]) -> list[Interval]:
    """The times that two people were there together."""
    spans = [
        (max(first[0], second[0]), min(first[1], second[1]))
        for first in _merged(one)
        for second in _merged(other)
    ]
    return [span for span in spans if span[0] < span[1]]


def _minutes(spans: Sequence[Interval]) -> str:
    """Whole minutes of some times; what two reports say of the same time counts once."""
    seconds = sum((end - start).total_seconds() for start, end in _merged(spans))
    return str(int((seconds + 30) // 60))


def not_again(
    tables: Mapping[str, pd.DataFrame], there: pd.DataFrame
) -> tuple[dict[str, pd.DataFrame], list[Problem]]:
    """Meetings that the study does not have yet: what is recorded there of a pair and a day stands.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        From `meetings`.
    there : DataFrame
        The study's meetings.

    Examples
    --------
    >>> new = {"meetings": pd.DataFrame({"meeting_id": ["p1-2024-03-05"], "pair_id": ["p1"], "date": ["2024-03-05"]})}
    >>> old = pd.DataFrame({"meeting_id": ["m7"], "pair_id": ["p1"], "date": ["2024-03-05"]})
    >>> len(not_again(new, old)[0])
    0
    """
    if "meetings" not in tables or "meeting_log" in tables or not len(there):
        return dict(tables), []  # a report of a meeting that is there is still a report
    new = tables["meetings"]
    known = set(zip(there["pair_id"], there["date"], strict=True))
    again = pd.Series(
        [key in known for key in zip(new["pair_id"], new["date"], strict=True)], index=new.index
    )
    if not again.any():
        return dict(tables), []
    what = f"meetings of a pair and a day that the study has already, not added again: {int(again.sum())}"
    kept = new[~again].reset_index(drop=True)
    problem = Problem(what, "", "meetings.csv", severity="to know")
    return ({"meetings": kept} if len(kept) else {}), [problem]
