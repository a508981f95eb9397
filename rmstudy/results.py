"""What every analysis returns: estimates, who was counted, who was not, and the caveats.

One closed class for all methods. More numbers are more rows; what can be derived is derived.
"""

from __future__ import annotations

import html
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from rmstudy import wording
from rmstudy.display import bullets, table
from rmstudy.notes import NOTES

if TYPE_CHECKING:
    import pandas as pd

_NUMBERS: Final = ("estimate", "std_error", "statistic", "df", "p_value", "conf_low", "conf_high")
# The sentence by what is counted, which is people where groups have other labels.
_COUNTED: Final = {
    "people": "{outcome}: {estimand}, {value} {unit} ({limits}); {n:count} people counted, {dropped:count} not.",
    "cohorts": "{outcome}: {estimand}, {value} {unit} ({limits}); {n:count} cohorts counted, {dropped:count} not.",
    "rows": "{outcome}: {estimand}, {value} {unit} ({limits}); {n:count} rows counted, {dropped:count} not.",
}


def _plain(value: Any) -> float | None:
    """Return a Python float, or None where a quantity does not exist."""
    if value is None:
        return None
    value = float(value)
    return value if math.isfinite(value) else None


@dataclass(frozen=True, slots=True)
class Note:
    """A caveat as a code with its parameters, so that it can be said in either language.

    Examples
    --------
    >>> print(Note.of("pre_only", n=3).text())
    Answered before but not after, and not counted: 3.
    """

    code: str
    params: tuple[tuple[str, Any], ...] = ()

    @classmethod
    def of(cls, code: str, **params: Any) -> Note:
        """Make a note from a code of `rmstudy.notes.NOTES` and its parameters."""
        if code not in NOTES:
            raise KeyError(f"no sentence for the note {code!r} in rmstudy.notes.NOTES")
        return cls(code, tuple(sorted(params.items())))

    def text(self, lang: str = "en") -> str:
        """Write the note as a sentence."""
        return wording.note(self.code, self.params, lang)


@dataclass(frozen=True, slots=True)
class Estimate:
    """One estimated quantity; ``None`` where a number does not exist.

    Parameters
    ----------
    term : str
        What the row is about, such as ``"change"`` or ``"programme minus comparison"``.
    estimate : float or None
        The estimate, in the result's unit.
    std_error, statistic, df, p_value : float or None
        Standard error, test statistic against zero, its degrees of freedom, two-sided p-value.
    conf_low, conf_high : float or None
        Limits of the confidence interval at the result's level.
    """

    term: str
    estimate: float | None
    std_error: float | None = None
    statistic: float | None = None
    df: float | None = None
    p_value: float | None = None
    conf_low: float | None = None
    conf_high: float | None = None

    def __post_init__(self) -> None:
        for name in _NUMBERS:
            object.__setattr__(self, name, _plain(getattr(self, name)))


@dataclass(frozen=True, slots=True)
class Result:
    """An estimate with its interval, the people behind it, and the caveats that travel with it.

    Parameters
    ----------
    method : str
        Name of the function that made it.
    outcome : str
        Name of the outcome, as the data call it.
    estimand : str
        What is estimated, with its direction, in words.
    unit : str
        Unit of the estimates, in words; ``"points"`` are those of the outcome itself.
    estimates : tuple of Estimate
        The headline first.
    level : float or None
        Confidence level of the intervals.
    n, dropped : mapping of str to int
        People counted and people left out, by group label; under ``"rows"`` or ``"cohorts"`` alone, these
        are counted instead.
    notes : tuple of Note
        The caveats.

    Examples
    --------
    >>> result = Result("mean_change", "test", "mean change, post minus pre", "points",
    ...                 (Estimate("change", 4.12, conf_low=2.9, conf_high=5.3),), 0.95, {"all": 41}, {"all": 7})
    >>> print(result.text())
    test: mean change, post minus pre, 4.12 points (95% interval 2.90 to 5.30); 41 people counted, 7 not.
    """

    method: str
    outcome: str
    estimand: str
    unit: str
    estimates: tuple[Estimate, ...]
    level: float | None
    n: Mapping[str, int]
    dropped: Mapping[str, int]
    notes: tuple[Note, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "estimates", tuple(self.estimates))
        object.__setattr__(self, "notes", tuple(self.notes))
        for name in ("n", "dropped"):
            counts = {str(label): int(people) for label, people in getattr(self, name).items()}
            object.__setattr__(self, name, counts)

    @property
    def headline(self) -> Estimate:
        """The first estimate."""
        return self.estimates[0]

    @property
    def table(self) -> pd.DataFrame:
        """Unrounded estimates, one row each, with tidy column names."""
        import pandas as pd

        rows = [
            {
                "outcome": self.outcome,
                "estimand": self.estimand,
                "term": e.term,
                **{name: getattr(e, name) for name in _NUMBERS},
                "n": sum(self.n.values()),
            }
            for e in self.estimates
        ]
        return pd.DataFrame(rows).astype(dict.fromkeys(_NUMBERS, "float64"))

    def text(self, lang: str = "en") -> str:
        """Write the headline as one rounded sentence.

        Parameters
        ----------
        lang : {'en', 'it'}
            Language of the sentence.
        """
        e = self.headline
        places = wording.decimals_for(e.estimate, e.conf_low, e.conf_high)
        values: dict[str, Any] = {
            "outcome": self.outcome,
            "estimand": self.estimand,
            "value": wording.number(e.estimate, places, lang),
            "unit": self.unit,
            "n": sum(self.n.values()),
            "dropped": sum(self.dropped.values()),
        }
        if e.conf_low is None or e.conf_high is None:
            words = "no interval" if e.p_value is None else "no interval; p {p:compared}"
            limits = wording.say(words, lang, p=e.p_value)
        else:
            limits = wording.interval(e.conf_low, e.conf_high, places, lang)
            kind = "range {limits}" if self.level is None else "{level} interval {limits}"
            limits = wording.say(kind, lang, level=wording.confidence(self.level, lang), limits=limits)
        label = next(iter(self.n)) if len(self.n) == 1 else "people"
        return wording.say(_COUNTED.get(label, _COUNTED["people"]), lang, limits=limits, **values)

    def __repr__(self) -> str:
        lines = [self.text()]
        lines += [f"  {e.term}: {_numbers(e)}" for e in self.estimates[1:]]
        lines += [f"  note: {note.text()}" for note in self.notes]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        rows = [_cells(e) for e in self.estimates]
        notes = bullets(note.text() for note in self.notes) if self.notes else ""
        return (
            f"<p>{html.escape(self.text())}</p>{table(('', 'estimate', 'interval', 'df', 'p'), rows)}{notes}"
        )


def _numbers(e: Estimate) -> str:
    """An estimate with its interval; without one its p-value, and a test's statistic where nothing is estimated."""
    places = wording.decimals_for(e.estimate, e.conf_low, e.conf_high)
    if e.conf_low is not None:
        return f"{wording.number(e.estimate, places)} ({wording.interval(e.conf_low, e.conf_high, places)})"
    shown = e.estimate if e.estimate is not None or e.statistic is None else e.statistic
    evidence = "" if e.p_value is None else f" (p {wording.p_compared(e.p_value)})"
    return f"{wording.number(shown, wording.decimals_for(shown))}{evidence}"


def _cells(e: Estimate) -> tuple[str, ...]:
    """One estimate as the cells of a table."""
    places = wording.decimals_for(e.estimate, e.conf_low, e.conf_high)
    return (
        e.term,
        wording.number(e.estimate, places),
        wording.interval(e.conf_low, e.conf_high, places),
        wording.number(e.df, 1),
        wording.p_value(e.p_value),
    )
