"""Results arranged for drawing: what each row shows, and what the alternative text says of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from rmstudy import wording
from rmstudy.errors import DesignError
from rmstudy.results import Result
from rmstudy.wording import say

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Row:
    """One interval to draw: where it lies, its direct label, its sentence, and what kind of contrast it is."""

    label: str
    estimate: float | None
    low: float | None
    high: float | None
    words: str
    said: str
    compared: bool


def listed(results: Result | Sequence[Result]) -> list[Result]:
    """One or several results as a list with something in it."""
    given = [results] if isinstance(results, Result) else list(results)
    if not given:
        raise DesignError("There is no result to draw. Give at least one.")
    return given


def fitting(given: Sequence[Result], values: Sequence[T] | None, name: str) -> list[T] | None:
    """One value for each result, or a refusal."""
    if values is not None and len(values) != len(given):
        raise DesignError(f"{len(given)} results need as many {name}, not {len(values)}.")
    return None if values is None else list(values)


def one_unit(given: Sequence[Result]) -> str:
    """The unit of all results, or a refusal."""
    units = list(dict.fromkeys(result.unit for result in given))
    if len(units) != 1:
        raise DesignError(
            f"The results are in {len(units)} units ({', '.join(units)}) and cannot share an axis. "
            "Draw them apart, or use forest() with thresholds."
        )
    return units[0]


def row_of(result: Result, term: str) -> float:
    """The estimate of a named row."""
    for e in result.estimates:
        if e.term == term and e.estimate is not None:
            return e.estimate
    raise DesignError(f"The result of {result.method} has no row {term!r}. Use the result of mean_change.")


def arranged(
    given: Sequence[Result], labels: Sequence[str] | None, lang: str, scales: Sequence[float] | None = None
) -> list[Row]:
    """Arrange headlines for drawing, with the same decimals for all numbers of one unit."""
    numbers: dict[str, list[float | None]] = {}
    for result in given:
        e = result.headline
        numbers.setdefault(result.unit, []).extend((e.estimate, e.conf_low, e.conf_high))
    names = fitting(given, labels, "labels") or [result.outcome for result in given]
    return [
        _row(result, name, scale, wording.decimals_for(*numbers[result.unit]), lang)
        for result, name, scale in zip(given, names, scales or [1.0] * len(given), strict=True)
    ]


def _row(result: Result, name: str, scale: float, places: int, lang: str) -> Row:
    """Arrange one headline, drawn in multiples of a scale and said in raw numbers."""
    e, label = result.headline, wording.translate(name, lang)
    values = {"label": label, "value": wording.number(e.estimate, places, lang), "unit": result.unit}
    words, said = "{value}, no interval", "{label}: {value} {unit}, no interval."
    if e.estimate is None:
        words, said = "no estimate", "{label}: no estimate."
    elif e.conf_low is not None and e.conf_high is not None and result.level is not None:
        words, said = "{value} ({limits})", "{label}: {value} {unit} ({level} interval {limits})."
        values["level"] = wording.confidence(result.level, lang)
        values["limits"] = wording.interval(e.conf_low, e.conf_high, places, lang)
    estimate, low, high = (None if v is None else v / scale for v in (e.estimate, e.conf_low, e.conf_high))
    return Row(
        label, estimate, low, high, say(words, lang, **values), say(said, lang, **values), len(result.n) > 1
    )


def with_target(row: Row, target: float, unit: str, lang: str) -> Row:
    """Add its own target to a row's label and sentence."""
    values = {"value": exact(target, lang), "unit": unit}
    label = f"{row.label}\n{say('target {value} {unit}', lang, **values)}"
    return replace(
        row, label=label, said=f"{row.said} {say('The target is {value} {unit}.', lang, **values)}"
    )


def exact(value: float, lang: str) -> str:
    """A number that somebody chose, with no more decimals than it has."""
    places = wording.decimals_of(value, most=wording.decimals_for(value))
    return wording.number(value, places, lang)


def axis_words(given: Sequence[Result], lang: str, unit: str | None = None) -> str:
    """What the axis measures, what the lines are and, where both occur, what the two markers are."""
    levels = {result.level for result in given}
    words = wording.translate(given[0].unit if unit is None else unit, lang)
    if len(levels) == 1 and None not in levels:
        level = wording.confidence(next(iter(levels)), lang)
        words = say("{unit}; each line is a {level} interval", lang, unit=words, level=level)
    if len({len(result.n) > 1 for result in given}) == 2:
        words += "\n" + say("● against a comparison group   ■ before and after", lang)
    return words


def headline(given: Sequence[Result], lang: str) -> str:
    """The estimand, where all results share it."""
    estimands = {result.estimand for result in given}
    if len(estimands) > 1:
        return say("Estimates and their intervals", lang)
    words = wording.translate(estimands.pop(), lang)
    return words[:1].upper() + words[1:]
