"""Every public number beside its reference, a module a room; docs/validation.md is written from these rows.

A row is a fact that can be checked: the number a public function gives, the number that R, a paper or an
exact argument gives for the same data, and how far apart the two may be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from reference import Record, tolerance

from rmstudy.results import Estimate, Result


@dataclass(frozen=True)
class Row:
    """One number held against its reference.

    Parameters
    ----------
    method : str
        Public name below ``rmstudy.methods``, such as ``comparison.hedges_g``.
    number : str
        Which number of its result.
    reference : str
        The R call with its package, or the paper with its table.
    data : str
        The data, in a few words.
    got : callable
        Computes the number.
    want : float
        The reference's number.
    allowed : float
        Largest distance that counts as equal.
    """

    method: str
    number: str
    reference: str
    data: str
    got: Callable[[], float | None]
    want: float
    allowed: float

    def distance(self) -> float:
        """How far the two numbers are apart."""
        found = self.got()
        if found is None:
            raise AssertionError(f"{self.method}: no {self.number}, should be {self.want}")
        return abs(found - self.want)


def printed(value: float, places: int) -> float:
    """Distance that still rounds to a printed number with so many decimals."""
    return 0.5 * 10.0**-places + 1e-12 * abs(value)


def rows_of(
    method: str,
    result: Callable[[], Result],
    record: Record,
    fields: Mapping[str, str] | Iterable[str],
    *,
    data: str,
    reference: str,
    term: str | None = None,
    sign: float = 1.0,
) -> list[Row]:
    """Rows for several numbers of one estimate against one record.

    Parameters
    ----------
    method, data, reference : str
        As in `Row`.
    result : callable
        Computes the Result; called once.
    record : mapping
        A reference result, see `reference.case`.
    fields : mapping or iterable of str
        Attributes of the estimate (``"estimate"``, ``"conf_low"``, ...), with the record's field where
        it has another name than the usual one.
    term : str, optional
        The estimate; the headline when left out.
    sign : float
        -1 where the reference subtracts the other way round (limits must then be named crosswise).
    """
    once = cache(result)
    names = dict(fields) if isinstance(fields, Mapping) else {name: USUAL[name] for name in fields}

    def number(attribute: str) -> Callable[[], float | None]:
        def got() -> float | None:
            value: float | None = getattr(estimate_of(once(), term), attribute)
            return None if value is None else sign * value

        return got

    shown = term or "headline"
    return [
        Row(method, f"{shown}: {WORDS[attribute]}", reference, data, number(attribute),
            float(record[field]), tolerance(record, field))
        for attribute, field in names.items()
    ]  # fmt: skip


def estimate_of(result: Result, term: str | None = None) -> Estimate:
    """The estimate with a term, or the headline."""
    return result.headline if term is None else next(e for e in result.estimates if e.term == term)


USUAL = {
    "estimate": "estimate",
    "std_error": "se",
    "statistic": "statistic",
    "df": "df",
    "p_value": "p",
    "conf_low": "ci_low",
    "conf_high": "ci_high",
}
WORDS = {
    "estimate": "estimate",
    "std_error": "standard error",
    "statistic": "test statistic",
    "df": "df",
    "p_value": "p",
    "conf_low": "lower limit",
    "conf_high": "upper limit",
}


@cache
def all_rows() -> tuple[Row, ...]:
    """The rows of every module here, in the order of their names."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py"))
    found: list[Any] = [import_module(f"validation.{name}").ROWS for name in names]
    return tuple(row for rows in found for row in rows)
