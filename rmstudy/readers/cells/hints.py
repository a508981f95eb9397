"""Refused cells as problems: what a whole column shows makes the next step of each of its cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rmstudy.errors import Problem
from rmstudy.readers.cells.refusing import Refused
from rmstudy.readers.cells.values import Asked

SEVERAL = 2  # one answer outside the range is a slip, several are another range
WIDEST = 10  # answers of rating scales


@dataclass(frozen=True, slots=True)
class Unread:
    """A cell that was refused, with its place and what was asked for."""

    file: str
    row: int
    column: str
    given: str
    refused: Refused
    asked: Asked


def explained(unread: Sequence[Unread]) -> list[Problem]:
    """Problems of one file's cells, in their order.

    Parameters
    ----------
    unread : sequence of Unread
        All cells of the file that were refused.
    """
    columns: dict[str, list[Unread]] = {}
    for one in unread:
        columns.setdefault(one.column, []).append(one)
    orders = {column: _proof(some) for column, some in columns.items()}
    scales: dict[str, list[Unread]] = {}
    for one in unread:
        if one.refused.outside is not None and one.asked.named:
            scales.setdefault(one.asked.named, []).append(one)
    ranges = {name: _range(name, some) for name, some in scales.items()}
    problems = []
    for one in unread:
        refused = one.refused
        if refused.rule == "ambiguous_dates" and orders[one.column] and "Say `dates" in refused.next_step:
            refused = replace(refused, next_step=orders[one.column])
        if refused.outside is not None and ranges.get(one.asked.named):
            refused = replace(refused, next_step=ranges[one.asked.named], rule="range_change")
        problems.append(_problem(one, refused))
    return problems


def _problem(one: Unread, refused: Refused) -> Problem:
    """A refusal with its place."""
    return Problem(
        refused.what, refused.next_step, one.file, one.row, one.column, one.given, rule=refused.rule
    )


def _proof(column: Sequence[Unread]) -> str:
    """What the days of a column that can be read in one way only say of all of them."""
    proofs = {one.refused.proves: one for one in reversed(column) if one.refused.proves}
    if len(proofs) == 2:
        first, second = proofs["dmy"], proofs["mdy"]
        return f"Rows {first.row} and {second.row} prove two orders: write all days as 2024-03-31."
    for order, one in proofs.items():
        where = "day" if order == "dmy" else "month"
        return f"{one.given[:10]} in row {one.row} puts the {where} first: write `dates: {order}` in the mapping."
    return ""


def _range(name: str, answers: Sequence[Unread]) -> str:
    """The range that answers seem to have when several lie outside the plan's."""
    figures = [one.refused.outside for one in answers if one.refused.outside is not None]
    bounds = next((one.asked.bounds for one in answers if one.asked.bounds), None)
    scaled = any(one.asked.scale for one in answers)
    rating = all(abs(figure) <= WIDEST and figure == int(figure) for figure in figures)
    if len(figures) < SEVERAL or bounds is None or scaled or not rating:
        return ""
    low, high = min(bounds[0], *figures), max(bounds[1], *figures)
    line = f"rescale: {{{name}: {{from: [{low:g}, {high:g}], to: [{bounds[0]:g}, {bounds[1]:g}]}}}}"
    return (
        f"The answers seem to run from {low:g} to {high:g}: if they were asked so, write `{line}` in the mapping; "
        "if not, correct them."
    )
