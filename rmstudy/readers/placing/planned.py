"""Answers to what the plan knows: instruments, items and waves, before anything is written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rmstudy.errors import Problem, nearest
from rmstudy.readers.placing.sheet import Sheet
from rmstudy.study.plan import Plan
from rmstudy.study.tables import TABLES

_ASIDE = {f"responses.{name}" for name in TABLES["responses"].columns}


def unplanned(sheets: Sequence[Sheet], plan: Plan | None) -> list[Problem]:
    """Instruments, items, waves and roles that the plan does not have, each once.

    Parameters
    ----------
    sheets : sequence of Sheet
        Rows with their cells in place.
    plan : Plan or None
        Without a plan nothing can be said.
    """
    if plan is None:
        return []
    problems: dict[tuple[str, str], Problem] = {}
    for sheet in sheets:
        for kind, given, known, column in _named(sheet, plan):
            if given not in known:
                what = f"the plan has no such {kind}"
                problem = Problem(what, nearest(given, known), sheet.file, sheet.row, column, given)
                problems.setdefault((kind, given), problem)
    return list(problems.values())


def _named(sheet: Sheet, plan: Plan) -> Iterable[tuple[str, str, Iterable[str], str]]:
    """What a row names that the plan must know."""
    if "responses" in sheet.tables:
        yield "wave", sheet.wave, list(plan.waves), "wave"
    role = sheet.first("participants.role")
    if role is not None:
        yield "role", role.value, list(plan.roles), role.column
    long = sheet.first("responses.instrument_id")
    answers = (cell for cell in sheet.cells if cell.table == "responses" and cell.place not in _ASIDE)
    places = [(cell.column, cell.rest) for cell in answers]
    if long is not None:
        item = sheet.said("responses.item_id")
        places.append((long.column, f"{long.value}.{item}" if item else long.value))
    for column, rest in places:
        name, _, item_id = rest.partition(".")
        yield "instrument", name, list(plan.instruments), column
        instrument = plan.instruments.get(name)
        if instrument is not None and item_id:
            yield f"item of {name}", item_id, list(instrument.items), column
