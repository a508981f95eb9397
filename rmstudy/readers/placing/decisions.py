"""What was decided about the data, as rows of the decision log: counted, never with a name."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import pandas as pd

from rmstudy.readers.cells.personal import identifying
from rmstudy.study.tables import TABLES


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision that changed something: the rule, the table, the person where there is one, before and after."""

    rule: str
    table: str
    before: str
    after: str
    key: str = ""


@dataclass(slots=True)
class Decided:
    """Decisions of one import; those about many cells are counted.

    Examples
    --------
    >>> some = Decided()
    >>> some.count("missing_code", "responses", "99 in comfort (pre)", "no answer")
    >>> some.count("missing_code", "responses", "99 in comfort (pre)", "no answer")
    >>> some.all()[0].before
    '99 in comfort (pre), cells: 2'
    """

    single: list[Decision] = field(default_factory=list)
    counted: Counter[tuple[str, str, str, str, str]] = field(default_factory=Counter)

    def add(self, rule: str, table: str, before: str, after: str, key: str = "") -> None:
        """One decision about one person or thing."""
        self.single.append(Decision(rule, table, before, after, key))

    def count(self, rule: str, table: str, before: str, after: str, unit: str = "cells") -> None:
        """One more cell or row that a decision has changed."""
        self.counted[rule, table, before, after, unit] += 1

    def all(self) -> tuple[Decision, ...]:
        """Every decision, in the order of the rules."""
        many = [
            Decision(rule, table, f"{before}, {unit}: {number}", after)
            for (rule, table, before, after, unit), number in self.counted.items()
        ]
        whole = dict.fromkeys([*self.single, *many])
        return tuple(sorted(whole, key=lambda one: (one.rule, one.table, one.key, one.before)))


def log_with(
    log: pd.DataFrame | None, decisions: Iterable[Decision], *, who: str, today: dt.date
) -> pd.DataFrame:
    """The decision log with new rows below; what it says already is not said twice.

    Parameters
    ----------
    log : DataFrame or None
        The study's ``decision_log``, as text.
    decisions : iterable of Decision
        What was decided now.
    who : str
        Role or initials of whoever decided.
    today : date
        The day of the import.

    Examples
    --------
    >>> one = Decision("two_answers", "responses", "rows 2, 5", "row 5 kept", "s01")
    >>> log = log_with(None, [one], who="HR", today=dt.date(2024, 3, 31))
    >>> len(log_with(log, [one], who="HR", today=dt.date(2024, 4, 1)))
    1
    """
    columns = list(TABLES["decision_log"].columns)
    old = pd.DataFrame(columns=columns, dtype=object) if log is None else log
    keys = ["rule", "table", "key", "before", "after"]
    there = {
        tuple(map(str, row))
        for row in old.reindex(columns=keys).astype(object).fillna("").to_numpy(dtype=object)
    }
    numbers = pd.to_numeric(old["n"], errors="coerce").dropna() if len(old) else pd.Series(dtype=float)
    last = int(numbers.max()) if len(numbers) else 0
    fresh = [one for one in decisions if (one.rule, one.table, one.key, one.before, one.after) not in there]
    rows = [
        (str(n), today.isoformat(), one.rule, one.table, one.key or None, one.before, one.after, who)
        for n, one in enumerate(fresh, start=last + 1)
    ]
    more = [name for name in old.columns if name not in columns]
    below = pd.DataFrame(rows, columns=columns, dtype=object)
    return pd.concat([old.astype(object), below], ignore_index=True).reindex(columns=[*columns, *more])


def harmless(text: str) -> str:
    """A word for the log, or nothing where it could name a person.

    Examples
    --------
    >>> harmless("Test"), harmless("maria@example.org")
    ('Test', '(hidden)')
    """
    return "(hidden)" if identifying(text) else " ".join(text.split())[:80]
