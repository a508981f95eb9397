"""Placed cells as the study's tables, where a column is an answer, an attribute or a part of a report."""

from __future__ import annotations

from typing import Final

import pandas as pd

from rmstudy.errors import DataError, Problem
from rmstudy.study.reading import ROW
from rmstudy.study.tables import TABLES as DICTIONARY

TABLES: Final[dict[str, tuple[str, ...]]] = {name: tuple(table.columns) for name, table in DICTIONARY.items()}
KEYS: Final[dict[str, tuple[str, ...]]] = {name: table.key for name, table in DICTIONARY.items()}
ASIDE: Final = ("answered_at", "seconds")  # of answers; a column only where somebody said it


def arrange(cells: pd.DataFrame) -> tuple[dict[str, pd.DataFrame], list[Problem]]:
    """Bring cells into tables: answers, profiles, and reports of meetings.

    Parameters
    ----------
    cells : DataFrame
        A row a cell: person_id, rater_id, wave, role, goes_to, value, and where it came from.

    Returns
    -------
    tables : dict of str to DataFrame
        Only those that have rows; sorted by their key.
    problems : list of Problem
        Answers that were given twice, and reports of one meeting that contradict each other.
    """
    tables: dict[str, pd.DataFrame] = {}
    problems: list[Problem] = []
    place = cells["goes_to"].astype(str).str.split(".", n=2, expand=True).reindex(columns=[0, 1, 2])
    place = place.astype(object)
    answers = cells[place[0] == "responses"]
    if len(answers):
        parts = place.loc[answers.index]
        long = answers.assign(instrument_id=parts[1], item_id=parts[2], wave_id=answers["wave"])
        problems += _twice(long, KEYS["responses"])
        empty = [name for name in ASIDE if name not in long.columns or long[name].isna().all()]
        tables["responses"] = _sorted(long, "responses").drop(columns=empty)
    people = cells[place[0] == "profiles"]
    if len(people):
        made, more = _profiles(people, place.loc[people.index])
        tables |= made
        problems += more
    log = cells[place[0] == "meeting_log"]
    if len(log):
        made, more = _meetings(log.assign(field=place.loc[log.index, 1]))
        tables |= made
        problems += more
    return tables, problems


def _sorted(frame: pd.DataFrame, table: str) -> pd.DataFrame:
    """The columns of a table, in the order of its key, whatever the order of the files."""
    ordered = frame.sort_values(list(KEYS[table]), kind="stable", na_position="first")
    return ordered.reindex(columns=list(TABLES[table])).reset_index(drop=True)


def _twice(long: pd.DataFrame, key: tuple[str, ...], column: str = "person_id") -> list[Problem]:
    """Sheets that answer what another sheet has answered already."""
    again = long.duplicated(list(key), keep="first")
    if not again.any():
        return []
    filled = long.astype(object).fillna(dict.fromkeys(key, ""))
    first = filled.groupby(list(key), sort=False)["sheet"].transform("first")
    sheets = long[again].assign(first=first[again]).drop_duplicates(["sheet", "first"])
    return [
        Problem(
            f"a second answer of the same wave (the first is in {one.first.rpartition(':')[0]}, "
            f"row {one.first.rpartition(':')[2]})",
            "Keep one: say `keep` in the mapping (first, last or most_complete), or take one out.",
            str(one.file),
            int(one.row),
            column,
            getattr(one, column),
            rule="two_answers",
        )
        for one in sheets.itertuples()
    ]


def _profiles(cells: pd.DataFrame, place: pd.DataFrame) -> tuple[dict[str, pd.DataFrame], list[Problem]]:
    """Profiles, a row an attribute, several interests in one."""
    profile = cells.assign(attribute=place[1], part=place[2].fillna(""))
    problems = _twice(profile, ("person_id", "attribute", "part"))
    # of several answers to one attribute those that were ticked count; the others are no rows
    kept = profile[(profile["part"] == "") | (profile["value"] == "yes")]
    if not len(kept):
        return {}, problems
    words = kept["value"].where(kept["part"] == "", kept["part"])
    joined = kept.assign(value=words).groupby(["person_id", "attribute"], sort=True)["value"]
    return {"profiles": joined.agg(lambda some: ";".join(sorted(map(str, some)))).reset_index()}, problems


def _meetings(cells: pd.DataFrame) -> tuple[dict[str, pd.DataFrame], list[Problem]]:
    """Meetings and their logs: a pair and a day make a meeting, which each of the two may report."""
    problems: list[Problem] = []
    sheets = cells.pivot_table(index="sheet", columns="field", values="value", aggfunc="first", sort=False)
    about = cells.drop_duplicates("sheet").set_index("sheet")[["file", ROW, "role"]]
    logs = sheets.reindex(columns=[*dict.fromkeys(("pair_id", "date", "minutes", "mode", *sheets.columns))])
    logs = logs.join(about)
    unplaced = logs["pair_id"].isna() | ~logs["date"].astype(str).str.fullmatch(r"\d{4}-\d{2}-\d{2}")
    for one in logs[unplaced].itertuples():
        what = "the pair or the day of the meeting cannot be read"
        problems.append(
            Problem(what, "Write the day as 2024-03-31.", str(one.file), int(one.row), "date", one.date)
        )
    logs = logs[~unplaced]
    logs = logs.assign(
        meeting_id=logs["pair_id"].astype(str) + "-" + logs["date"].astype(str),
        reporter_role=logs["role"],
        person_id="",
    )
    problems += _twice(logs.reset_index(), KEYS["meeting_log"], "meeting_id")
    for field in ("minutes", "mode"):
        told = logs.dropna(subset=[field]).groupby("meeting_id")[field].nunique()
        for meeting in told[told > 1].index:
            row = logs[logs["meeting_id"] == meeting].iloc[-1]
            what, next_step = f"the two reports differ in {field}: the first is kept", "Ask the pair."
            problems.append(
                Problem(
                    what, next_step, str(row["file"]), int(row[ROW]), field, meeting, severity="to decide"
                )
            )
    first = logs.sort_values(["meeting_id", "reporter_role"], kind="stable").drop_duplicates("meeting_id")
    meetings = first.assign(source="self", reported_by=first["role"])
    return {"meetings": _sorted(meetings, "meetings"), "meeting_log": _sorted(logs, "meeting_log")}, problems


def known_meetings(tables: dict[str, pd.DataFrame], there: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Give reports of meetings that the study has already the names that these have there.

    A meeting is a pair and a day. The platform may have recorded it, or the other of the two may have
    reported it before: it must not count twice, and what is there stands.

    Parameters
    ----------
    tables : dict of str to DataFrame
        From `arrange`.
    there : DataFrame
        The study's meetings.

    Raises
    ------
    DataError
        When the study has two meetings of a pair on a reported day.

    Examples
    --------
    >>> new = {"meetings": pd.DataFrame({"meeting_id": ["p1-2024-01-08"], "pair_id": ["p1"], "date": ["2024-01-08"]})}
    >>> old = pd.DataFrame({"meeting_id": ["m7"], "pair_id": ["p1"], "date": ["2024-01-08"]})
    >>> len(known_meetings(new, old)["meetings"])
    0
    """
    if "meetings" not in tables or not len(there):
        return tables
    about = ["pair_id", "date"]
    again = tables["meetings"].merge(
        there.reindex(columns=["meeting_id", *about]), on=about, suffixes=("", "_there")
    )
    problems = [
        Problem(
            "the study has more than one meeting of this pair on this day",
            "Say in meetings.csv which is which.",
            "meetings.csv",
            column="meeting_id",
            value=name,
        )
        for name in again.loc[again.duplicated("meeting_id"), "meeting_id"].unique()
    ]
    if problems:
        raise DataError(problems)
    names = dict(zip(again["meeting_id"], again["meeting_id_there"], strict=True))
    fresh = tables["meetings"][~tables["meetings"]["meeting_id"].isin(names)]
    renamed = {"meetings": fresh.reset_index(drop=True)}
    if "meeting_log" in tables:
        log = tables["meeting_log"]
        renamed["meeting_log"] = log.assign(meeting_id=log["meeting_id"].replace(names))
    return tables | renamed
