"""Days in an impossible order: afterwards before before, answers outside their wave, meetings outside their pair."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pandas as pd

from rmstudy.errors import Problem
from rmstudy.study.plan import Plan
from rmstudy.study.reading import ROW

Tables = Mapping[str, pd.DataFrame]
RULE: Final = "impossible_dates"
_NEXT: Final = "Correct the day, or note the decision that it is right."


def day_problems(plan: Plan, tables: Tables, files: Mapping[str, str]) -> Iterator[Problem]:
    """Days that cannot follow each other as they stand.

    Parameters
    ----------
    plan : Plan
        The plan: its period and its waves.
    tables : mapping of str to DataFrame
        The tables by name, as text.
    files : mapping of str to str
        File name of each table, for the messages.
    """
    spells = _spells(tables)
    if "answered_at" in tables["responses"].columns:
        yield from _answers(plan, tables, files["responses"])
    if "meetings" in tables:
        yield from _meetings(tables, files["meetings"])
    yield from _steps(tables, spells, files)


def _dated(days: pd.Series[Any]) -> pd.Series[Any]:
    """Days as days; those written otherwise are missing here, and said elsewhere."""
    return pd.to_datetime(days.astype(object), format="%Y-%m-%d", errors="coerce")


def _of(keys: pd.Series[Any], days: pd.Series[Any]) -> pd.Series[Any]:
    """The day of each key; `map` refuses an empty list of days."""
    return pd.Series(pd.DatetimeIndex(days.reindex(keys)), index=keys.index)


def _limit(day: dt.date | None) -> Any:
    """A day of the plan to hold days of tables against; nothing is before or after no day."""
    return pd.NaT if day is None else pd.Timestamp(day)


def _spells(tables: Tables) -> pd.DataFrame:
    """The first day of each person in a pair."""
    if "pairs" not in tables or "start" not in tables["pairs"].columns:
        return pd.DataFrame(columns=["person_id", "start"])
    long = tables["pairs"].melt(["pair_id", "start"], ["mentor_id", "mentee_id"], value_name="person_id")
    long["start"] = _dated(long["start"])
    return long.dropna(subset=["start"]).groupby("person_id", as_index=False)["start"].min()


def _first_meetings(tables: Tables) -> pd.Series[Any]:
    """Day of each person's first meeting."""
    if not {"pairs", "meetings"} <= set(tables):
        return pd.Series(dtype="datetime64[ns]")
    first = _dated(tables["meetings"]["date"]).groupby(tables["meetings"]["pair_id"]).min()
    long = tables["pairs"].melt("pair_id", ["mentor_id", "mentee_id"], value_name="person_id")
    return long.assign(day=_of(long["pair_id"], first)).dropna(subset="day").groupby("person_id")["day"].min()


def _answers(plan: Plan, tables: Tables, file: str) -> Iterator[Problem]:
    """Days of answers beside each other, their wave, the programme and the first meeting, one a person and wave."""
    rows = tables["responses"]
    if "rater_id" in rows.columns:
        rows = rows[rows["rater_id"].isna()]  # an observer answers on another day
    given = rows.assign(answered_at=_dated(rows["answered_at"])).dropna(subset=["answered_at", "person_id"])
    if given.empty:
        return
    day = given.groupby(["person_id", "wave_id"], as_index=False).agg(
        day=("answered_at", "max"), **{ROW: (ROW, "min")}
    )
    said: dict[tuple[str, str], str] = {}
    waves = list(plan.waves)
    for wave, spec in plan.waves.items():
        of_wave = given[given["wave_id"] == wave]
        answered = of_wave["answered_at"]
        for limit, late, outside in (
            (spec.opened, answered < _limit(spec.opened), "before the wave opened"),
            (spec.closed, answered > _limit(spec.closed), "after the wave closed"),
        ):
            for person in of_wave.loc[late, "person_id"]:
                said.setdefault((person, wave), f"answered {outside} ({limit})")
    by_person = day.set_index(["person_id", "wave_id"])["day"].unstack("wave_id")  # noqa: PD010 - one a key
    for position, wave in enumerate(waves):
        for earlier in waves[:position]:
            if wave in by_person.columns and earlier in by_person.columns:
                wrong = by_person.index[by_person[wave] < by_person[earlier]]
                said |= {(person, wave): f"answered {wave} before {earlier}" for person in wrong}
    said |= _against_the_programme(plan, tables, by_person, said)
    place = day.set_index(["person_id", "wave_id"])
    for (person, wave), what in said.items():
        where = (file, int(place.loc[(person, wave), ROW]), "answered_at", person)
        yield Problem(what, _NEXT, *where, severity="to decide", rule=RULE)


def _against_the_programme(
    plan: Plan,
    tables: Tables,
    by_person: pd.DataFrame,
    said: Mapping[tuple[str, str], str],
) -> dict[tuple[str, str], str]:
    """First waves answered after the programme, or after the first meeting; last waves before it."""
    found: dict[tuple[str, str], str] = {}
    met = _of(by_person.index.to_series(), _first_meetings(tables))
    before = {one.before for _, one in plan.criteria if len(one.waves) > 1}
    after = {one.after for _, one in plan.criteria}
    end = _limit(plan.programme.end)
    for wave in by_person.columns:
        days = by_person[wave]
        if wave in before - after:
            found |= {(p, wave): f"answered {wave} after the first meeting" for p in days.index[days > met]}
            late = days.index[days > end]
            found |= {(p, wave): f"answered {wave} after the programme had ended" for p in late}
        elif wave in after:
            found |= {(p, wave): f"answered {wave} before the first meeting" for p in days.index[days < met]}
    return {key: what for key, what in found.items() if key not in said}


def _meetings(tables: Tables, file: str) -> Iterator[Problem]:
    """Meetings before their pair began or after it ended."""
    if "pairs" not in tables:
        return
    pairs = tables["pairs"].drop_duplicates("pair_id").set_index("pair_id")
    meetings = tables["meetings"]
    days = _dated(meetings["date"])
    for column, word in (("start", "before the pair began"), ("end", "after the pair ended")):
        if column not in pairs.columns:
            continue
        limit = _of(meetings["pair_id"], _dated(pairs[column]))
        wrong = meetings[(days < limit) if column == "start" else (days > limit)]
        for row, meeting in zip(wrong[ROW], wrong["meeting_id"], strict=True):
            place = (file, row, "date", meeting)
            yield Problem(f"the meeting is {word}", _NEXT, *place, severity="to decide", rule=RULE)


def _steps(tables: Tables, spells: pd.DataFrame, files: Mapping[str, str]) -> Iterator[Problem]:
    """Assignments after the pair began or before the application, and pairs of other days than that."""
    start = spells.set_index("person_id")["start"] if len(spells) else pd.Series(dtype="datetime64[ns]")
    if "assignments" in tables and "assigned_on" in tables["assignments"].columns:
        table = tables["assignments"]
        table = table.assign(assigned_on=_dated(table["assigned_on"]))
        mine = _of(table["person_id"], start)
        # the comparison may start later, when its turn comes
        late = table[(table["assigned_on"] > mine) & (table["arm"] == "programme")]
        for row, person in zip(late[ROW], late["person_id"], strict=True):
            place = (files["assignments"], row, "assigned_on", person)
            yield Problem("assigned after the pair began", _NEXT, *place, severity="to decide", rule=RULE)
        if "applications" in tables and "applied_on" in tables["applications"].columns:
            applied = _dated(
                tables["applications"].drop_duplicates("person_id").set_index("person_id")["applied_on"]
            )
            early = table[table["assigned_on"] < _of(table["person_id"], applied)]
            for row, person in zip(early[ROW], early["person_id"], strict=True):
                place = (files["assignments"], row, "assigned_on", person)
                yield Problem(
                    "assigned before the application", _NEXT, *place, severity="to decide", rule=RULE
                )
    if "hr_outcomes" in tables and {"event_date", "as_of"} <= set(tables["hr_outcomes"].columns):
        table = tables["hr_outcomes"]
        late = table[_dated(table["event_date"]) > _dated(table["as_of"])]
        for row, person in zip(late[ROW], late["person_id"], strict=True):
            place = (files["hr_outcomes"], row, "event_date", person)
            what = "the event is after the day the record speaks of"
            yield Problem(what, _NEXT, *place, severity="to decide", rule=RULE)
    if "consent" in tables and {"given_on", "withdrawn_on"} <= set(tables["consent"].columns):
        table = tables["consent"]
        wrong = table[_dated(table["withdrawn_on"]) < _dated(table["given_on"])]
        for row, person in zip(wrong[ROW], wrong["person_id"], strict=True):
            place = (files["consent"], row, "withdrawn_on", person)
            yield Problem("withdrawn before it was given", _NEXT, *place, severity="to decide", rule=RULE)
