"""A person taken out of a study: every row that is about, by or with this person, wherever it stands."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from rmstudy.errors import DataError, Problem
from rmstudy.study.reading import ROW
from rmstudy.study.tables import TABLES

Tables = Mapping[str, pd.DataFrame]
RULE: Final = "forgotten"
_HIDDEN: Final = "(forgotten)"
_ABOUT: Final = ("person_id", "rater_id", "mentor_id", "mentee_id")
# Tables whose further cells are answers and figures: what looks like a pseudonym there is none.
_ANSWERS: Final = ("responses", "hr_outcomes", "staff", "costs", "reference_values")


@dataclass(frozen=True, slots=True)
class Forgotten:
    """A study's tables without some people.

    Parameters
    ----------
    tables : dict of str to DataFrame
        All tables; those without change are the same objects.
    removed : dict of str to int
        Rows taken out, by table.
    emptied : dict of str to int
        Cells in the rows that stay, out of which a pseudonym was taken, by table.
    """

    tables: dict[str, pd.DataFrame]
    removed: dict[str, int]
    emptied: dict[str, int]


def forget(tables: Tables, people: Collection[str]) -> Forgotten:
    """Take people out of a study's tables.

    Rows about a person go, rows that the person gave about others, the person's pairs with their meetings
    and logs. In the rows that stay, the person's pseudonym is taken out of the cells that name it: a
    reporting line, a predecessor, a line of the decision log.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        Tables as text.
    people : collection of str
        Pseudonyms.

    Returns
    -------
    Forgotten
        New tables and what was taken out.

    Examples
    --------
    >>> people = pd.DataFrame({"person_id": ["s1", "s2"], "role": ["mentee", "mentor"]})
    >>> forget({"participants": people}, ["s1"]).removed
    {'participants': 1}
    """
    gone = frozenset(people)
    pairs, meetings = _gone_with(tables, gone)
    kept: dict[str, pd.DataFrame] = {}
    removed: dict[str, int] = {}
    emptied: dict[str, int] = {}
    for name, table in tables.items():
        out = pd.Series(False, index=table.index)
        for column, those in (*((one, gone) for one in _ABOUT), ("pair_id", pairs), ("meeting_id", meetings)):
            if column in table.columns:
                out |= table[column].isin(those)
        rest = table[~out]
        cleaned, cells = _cleaned(name, rest, gone, pairs | meetings)
        also_out = _left_empty(name, rest, cleaned)
        changed = cells - int(also_out.sum())
        kept[name] = cleaned[~also_out] if out.any() or cells else table
        if out.any() or also_out.any():
            removed[name] = int(out.sum() + also_out.sum())
        if changed:
            emptied[name] = changed
    return Forgotten(kept, removed, emptied)


def _gone_with(tables: Tables, gone: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Pairs that somebody was in, and the meetings of these pairs."""
    pairs: set[str] = set()
    if "pairs" in tables:
        table = tables["pairs"]
        for column in ("mentor_id", "mentee_id"):
            if column in table.columns and "pair_id" in table.columns:
                pairs |= set(table.loc[table[column].isin(gone), "pair_id"].dropna())
    meetings: set[str] = set()
    if "meetings" in tables and {"pair_id", "meeting_id"} <= set(tables["meetings"].columns):
        table = tables["meetings"]
        meetings = set(table.loc[table["pair_id"].isin(pairs), "meeting_id"].dropna())
    return frozenset(pairs), frozenset(meetings)


def _cleaned(
    name: str, table: pd.DataFrame, people: frozenset[str], keys: frozenset[str]
) -> tuple[pd.DataFrame, int]:
    """The rows that stay, without cells that name somebody, and how many cells that were."""
    if name in _ANSWERS:
        return table, 0
    cleaned, cells = table, 0
    own = set(TABLES[name].key) if name in TABLES else set()
    for column in table.columns:
        if column == ROW or (column in own and column != "key"):
            continue
        at = _named_in(name, column, table)
        given = table.loc[at, column]
        among = people | keys if name == "decision_log" or column == "predecessor_pair_id" else people
        new = given.map(lambda cell, among=among: _without(cell, among), na_action="ignore")
        different = given.notna() & ((new != given) | new.isna()).fillna(True)
        if different.any():
            cleaned = cleaned if cells else cleaned.astype(object)
            where = different[different].index
            cleaned.loc[where, column] = new[where].astype(object)
            cells += int(different.sum())
    return cleaned, cells


def _named_in(name: str, column: str, table: pd.DataFrame) -> pd.Series[bool]:
    """Rows whose cell of a column may name somebody; of the profiles only what is no figure."""
    may = table[column].notna()
    if name == "profiles" and column == "value" and "attribute" in table.columns:
        return may & table["attribute"].isin(["reports_to"])
    typed = TABLES[name].columns.get(column) if name in TABLES else None
    return may & (typed is None or (typed.kind in ("id", "text") and not typed.choices))


def _without(cell: Any, people: frozenset[str]) -> str | None:
    """A cell without the people it names; None when nothing is left."""
    text = str(cell)
    parts = [part.strip() for part in text.split(";")]
    if any(part in people for part in parts):
        return ";".join(part for part in parts if part not in people) or None
    # inside a sentence a pseudonym that is a bare number is a number
    words = [re.escape(one) for one in sorted(people) if not one.isdecimal()]
    if not words:
        return text
    return re.sub(rf"(?<![\w-])(?:{'|'.join(words)})(?![\w-])", _HIDDEN, text)


def _left_empty(name: str, before: pd.DataFrame, after: pd.DataFrame) -> pd.Series[bool]:
    """Rows that say nothing any more: a reporting line to nobody."""
    if name != "profiles" or "value" not in after.columns:
        return pd.Series(False, index=after.index)
    return before["value"].notna() & after["value"].isna()


def everybody(tables: Tables) -> frozenset[str]:
    """Every pseudonym that a study's tables name as a person's, participant or not.

    Examples
    --------
    >>> sorted(everybody({"responses": pd.DataFrame({"person_id": ["s1"], "rater_id": ["o7"]})}))
    ['o7', 's1']
    """
    columns = [table[one].dropna() for table in tables.values() for one in _ABOUT if one in table.columns]
    return frozenset(str(person) for column in columns for person in column)


def new_log(log: pd.DataFrame) -> bytes:
    """A decision log as a new file."""
    text: str = log.reindex(columns=list(TABLES["decision_log"].columns)).to_csv(
        index=False, lineterminator="\n"
    )
    return text.encode("utf-8")


def noted(log: pd.DataFrame | None, people: int, today: dt.date) -> pd.DataFrame:
    """The decision log with a line for each person who was forgotten, without saying who.

    Examples
    --------
    >>> noted(None, 1, dt.date(2024, 5, 1)).iloc[0]["after"]
    'a person was forgotten'
    """
    columns = list(TABLES["decision_log"].columns)
    log = pd.DataFrame(columns=columns, dtype=object) if log is None else log
    numbers = pd.to_numeric(log["n"], errors="coerce").dropna() if "n" in log.columns else pd.Series()
    last = int(numbers.max()) if len(numbers) else 0
    rows = [
        {
            "n": str(last + one),
            "when": today.isoformat(),
            "rule": RULE,
            "table": "participants",
            "after": "a person was forgotten",
        }
        for one in range(1, people + 1)
    ]
    return pd.concat([log.astype(object), pd.DataFrame(rows, dtype=object)], ignore_index=True)


def new_content(path: Path, table: pd.DataFrame) -> bytes:
    """A file with only the rows of a table; a row that was not changed keeps its every sign.

    Parameters
    ----------
    path : Path
        The file that the table was read from.
    table : DataFrame
        Rows that stay, with the column ``row``; rows without a number come below.
    """
    if path.suffix.lower() == ".parquet":
        return _parquet(path, table)
    text = path.read_bytes().decode("utf-8")
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    records = list(_records(text.removeprefix(mark)))
    header = records[0][0] if records else ""
    separator = max(",;\t", key=header.count)
    names = [name.strip() for name in next(csv.reader([header], delimiter=separator), [])]
    stay = {int(row): at for at, row in table[ROW].dropna().items()}
    lines = [header]
    for number, (raw, cells) in enumerate(records[1:], start=2):
        if not any(cell.strip() for cell in cells):
            lines.append(raw)
        elif number in stay:
            wanted = ["" if pd.isna(one) else str(one) for one in table.loc[stay[number], names]]
            same = [cell.strip() for cell in cells] == wanted
            lines.append(raw if same else _line(wanted, separator))
    if lines and not lines[-1].endswith(("\n", "\r")):
        lines[-1] += "\n"
    for _, row in table[table[ROW].isna()].iterrows():
        lines.append(_line(["" if pd.isna(row.get(one)) else str(row[one]) for one in names], separator))
    return (mark + "".join(lines)).encode("utf-8")


def _records(text: str) -> Iterator[tuple[str, list[str]]]:
    """Records of a CSV text: as they are written, and their cells."""
    lines = list(io.StringIO(text, newline=""))
    separator = max(",;\t", key=lines[0].count) if lines else ","
    reader = csv.reader(iter(lines), delimiter=separator)
    before = 0
    for cells in reader:
        yield "".join(lines[before : reader.line_num]), cells
        before = reader.line_num


def _line(cells: list[str], separator: str) -> str:
    """One record as text."""
    file = io.StringIO()
    csv.writer(file, delimiter=separator, lineterminator="\n").writerow(cells)
    return file.getvalue()


def _parquet(path: Path, table: pd.DataFrame) -> bytes:
    """A Parquet file with the rows that stay, in their types; a changed cell is text or empty."""
    frame = pd.read_parquet(path)
    rows = [int(row) - 2 for row in table[ROW].dropna()]
    kept = frame.iloc[rows].reset_index(drop=True)
    new = table[table[ROW].notna()].drop(columns=ROW).reset_index(drop=True)
    kept.columns = kept.columns.map(lambda name: str(name).strip())
    for name in new.columns:
        text = kept[name].astype("string").str.strip()
        if name in kept.columns and kept[name].dtype == object and not text.equals(new[name]):
            kept[name] = new[name].astype(object).where(new[name].notna(), None)
    below = table[table[ROW].isna()].drop(columns=ROW)
    whole = pd.concat([kept, below.reindex(columns=kept.columns)], ignore_index=True) if len(below) else kept
    file = io.BytesIO()
    whole.to_parquet(file, index=False)
    return file.getvalue()


def still_named(folder: Path, people: Collection[str], written: Mapping[str, bytes]) -> list[Problem]:
    """Places of a folder in which a pseudonym will stand after all that is written.

    Parameters
    ----------
    folder : Path
        The study.
    people : collection of str
        Pseudonyms; those that are bare numbers cannot be told from figures, and are not looked for.
    written : mapping of str to bytes
        Files that will be written anew.
    """
    named = [re.escape(one) for one in sorted(people) if not one.isdecimal()]
    if not named:
        return []
    words = re.compile(rf"(?<![A-Za-z0-9-])(?:{'|'.join(named)})(?![A-Za-z0-9-])")
    found: list[Problem] = []
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if not path.is_file() or ".git" in inside.parts:
            continue
        try:
            content = written.get(str(inside), None) or path.read_bytes()
        except OSError:
            raise DataError(Problem("cannot be read", "Make it readable.", str(inside))) from None
        lines = content.decode("utf-8", errors="ignore").splitlines()
        for number in (n for n, line in enumerate(lines, start=1) if words.search(line)):
            what = "still names the person"
            found.append(Problem(what, _step(path), str(inside), number, severity="to decide"))
    return found


def _step(path: Path) -> str:
    """What to do about a file that still names somebody."""
    if path.name == "study.yml":
        return "Take the pseudonym out of this line, then lock the plan again if it was locked."
    if path.name == "study.lock":
        return "The lock keeps the plan as it was: it cannot be changed without being broken."
    return "Take it out, or delete the file."
