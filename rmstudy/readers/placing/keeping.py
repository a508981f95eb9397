"""One row of several that say the same thing of the same person: chosen as the mapping says, and logged."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence

from rmstudy.errors import Problem
from rmstudy.readers.placing.decisions import Decided
from rmstudy.readers.placing.sheet import ROW_A_PERSON, Cell, Sheet
from rmstudy.study.tables import TABLES

Unit = tuple[Hashable, ...]
HOW = {"first": "the first", "last": "the last", "most_complete": "the most complete"}
ASIDE = {"answered_at": "responses", "seconds": "responses"}


def kept(sheets: Sequence[Sheet], decided: Decided) -> list[Problem]:
    """Take the cells of a table out of the rows that are not kept; rows without ``keep`` stay as they are.

    Parameters
    ----------
    sheets : sequence of Sheet
        Rows with their people; their cells change.
    decided : Decided
        Takes each choice.

    Returns
    -------
    list of Problem
        How many were not kept; and rows between which nothing can choose.
    """
    units: dict[tuple[str, str, Unit], list[Sheet]] = {}
    for sheet in sheets:
        if sheet.export.keep is None:
            continue
        for table in sheet.tables:
            for unit in dict.fromkeys(_units(sheet, table)):
                units.setdefault((sheet.name, table, unit), []).append(sheet)
    problems: list[Problem] = []
    dropped: dict[tuple[str, str], int] = {}
    for (name, table, _), some in units.items():
        if len(some) < 2 or not _overlap(some, table):
            continue
        one, problem = _chosen(some, table)
        if problem is not None or one is None:
            problems += [problem] if problem else []
            continue
        dropped[name, table] = dropped.get((name, table), 0) + len(some) - 1
        _log(some, one, table, decided)
        for other in some:
            if other is not one:
                other.cells = [cell for cell in other.cells if _table(cell) != table]
                other.given_up.add(table)
    for (name, table), number in dropped.items():
        what = f"rows of {name} for {table} that repeat another row of the same person, not kept: {number}"
        rule = "two_answers" if table == "responses" else "duplicate_person"
        problems.append(Problem(what, "decision_log.csv says which.", severity="to know", rule=rule))
    return problems


def _table(cell: Cell) -> str:
    """The table that a cell belongs to."""
    return ASIDE.get(cell.place, cell.table if "." in cell.place else "")


def _units(sheet: Sheet, table: str) -> Iterator[Unit]:
    """What a row must be the only one of: a sheet of a person and wave, or a row of a table."""
    if table == "responses":
        long = sheet.first("responses.value")
        about = (sheet.said("responses.instrument_id"), sheet.said("responses.item_id")) if long else ()
        yield sheet.person, sheet.wave, sheet.rater, *about
        return
    if table in ("participants", "applications", "assignments", "consent", "profiles"):
        yield sheet.person, sheet.said(f"{table}.attribute")
        return
    said = {cell.rest: cell.value for cell in sheet.cells if cell.table == table}
    key = TABLES[table].key
    if table == "meeting_log" and "meeting_id" not in said:
        key = ("pair_id", "date")
    values = tuple(sheet.person if name == "person_id" else said.get(name) for name in key)
    yield (*values, sheet.sent.role if table == "meeting_log" else None)


def _overlap(some: Sequence[Sheet], table: str) -> bool:
    """Whether two rows fill the same place, so that both cannot hold."""
    if table in ROW_A_PERSON:
        return True
    seen: set[str] = set()
    for sheet in some:
        places = {cell.place for cell in sheet.cells if _table(cell) == table}
        if places & seen:
            return True
        seen |= places
    return False


def _chosen(some: Sequence[Sheet], table: str) -> tuple[Sheet | None, Problem | None]:
    """The row that is kept."""
    how, by = some[0].export.keep, some[0].export.order_by
    if how == "most_complete":
        filled = [sum(_table(cell) == table for cell in sheet.cells) for sheet in some]
        most = [sheet for sheet, number in zip(some, filled, strict=True) if number == max(filled)]
        return most[0], None
    if by is None:
        return some[0 if how == "first" else -1], None
    rows = ", ".join(str(sheet.row) for sheet in some)
    orders = [sheet.order for sheet in some if sheet.order is not None]
    if len(orders) < len(some) or len(set(orders)) < len(some):
        what = f"{by} does not say which of the rows {rows} came {how}"
        step = "Complete the column, or take one row out."
        return None, Problem(what, step, some[0].file, some[0].row, by, rule=_rule(table))
    ordered = sorted(some, key=lambda sheet: sheet.order or ("", 0.0))
    return ordered[0 if how == "first" else -1], None


def _rule(table: str) -> str:
    """The mess that several rows of one person are."""
    return "two_answers" if table == "responses" else "duplicate_person"


def _log(some: Sequence[Sheet], one: Sheet, table: str, decided: Decided) -> None:
    """The choice, with the person's pseudonym."""
    several = len({sheet.number for sheet in some}) > 1
    rows = [f"{sheet.row} of file {sheet.number}" if several else str(sheet.row) for sheet in some]
    kept_row = rows[[sheet is one for sheet in some].index(True)]
    wave = f", {one.wave}" if table == "responses" and one.wave else ""
    by = f" by {one.export.order_by}" if one.export.order_by and one.export.keep != "most_complete" else ""
    after = f"row {kept_row} kept: {HOW[str(one.export.keep)]}{by}"
    decided.add(_rule(table), table, f"rows {', '.join(rows)} ({one.name}{wave})", after, one.person)
