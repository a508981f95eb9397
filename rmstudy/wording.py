"""Numbers, dates and notes into words, English and Italian. The only place that rounds.

Sentences are written in English where they are used and translated through one gettext
catalogue (``locale/it.po``). A sentence is a template whose fields name how a value is to be
written: ``say("Follow-up reached {share:percent}.", "it", share=0.72)``.

========== ===================================================
field      writes
========== ===================================================
number     a measurement, with decimals that suit its size
count      a whole number, with thousands separators
percent    a proportion as a percentage
p          a p-value, never as zero
compared   the same with its sign, such as "= 0.03"
date       a day in full
list       several texts, comma separated
(none)     a text as it is, translated when the catalogue has it
========== ===================================================
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.resources import files
from string import Formatter
from typing import Any, Final, Literal, get_args

from babel.dates import format_date
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent, format_scientific

from rmstudy.notes import NOTES

Language = Literal["en", "it"]
LANGUAGES: Final[tuple[str, ...]] = get_args(Language)

VERDICTS: Final[dict[str, str]] = {
    "met": "Target met",
    "met_unconfirmed": "Met in the data, not confirmed",
    "improved": "Improved, short of target",
    "inconclusive": "Inconclusive",
    "not_met": "Target not met",
    "worse": "Worse",
    "not_enough_data": "Not enough data",
}

# Larger numbers are written with an exponent.
_HUGE: Final = 1e15


class _Fields(Formatter):
    """A formatter whose field specifications are the words of the module's table."""

    def __init__(self, lang: str) -> None:
        self.lang = lang

    def format_field(self, value: Any, format_spec: str) -> str:
        """Write one value in the way its field asks for."""
        writers = {
            "number": lambda: number(value, lang=self.lang),
            "count": lambda: count(value, lang=self.lang),
            "percent": lambda: percent(value, lang=self.lang),
            "p": lambda: p_value(value, lang=self.lang),
            "compared": lambda: p_compared(value, lang=self.lang),
            "date": lambda: day(value, lang=self.lang),
            "list": lambda: ", ".join(translate(str(item), self.lang) for item in value),
        }
        if format_spec in writers:
            return writers[format_spec]()
        if format_spec:
            raise ValueError(f"unknown field {format_spec!r}; known: {', '.join(writers)}")
        if isinstance(value, float):
            raise ValueError("a float needs a field such as {x:number}")
        return translate(str(value), self.lang)


@lru_cache
def _catalogue(lang: str) -> Mapping[str, str]:
    """Translations of one language; English is written in the source."""
    if lang not in LANGUAGES:
        raise ValueError(f"unknown language {lang!r}; known: {', '.join(LANGUAGES)}")
    if lang == "en":
        return {}
    with files("rmstudy").joinpath(f"locale/{lang}.po").open("rb") as file:
        return {str(m.id): str(m.string) for m in read_po(file, locale=lang) if m.id and m.string}


def translate(text: str, lang: str = "en") -> str:
    """Return the catalogue's translation of an English text, or the text itself."""
    return _catalogue(lang).get(text, text)


def say(template: str, lang: str = "en", /, **values: Any) -> str:
    """Translate a sentence and fill in its fields.

    Examples
    --------
    >>> say("Follow-up reached {share:percent}.", share=0.724)
    'Follow-up reached 72%.'
    """
    return _Fields(lang).vformat(translate(template, lang), (), values)


def choose(texts: str | Mapping[Any, str], lang: str = "en") -> str:
    """Pick a language from a text given once or per language, falling back to the other one.

    Examples
    --------
    >>> choose({"en": "Before", "it": "Prima"}, "it")
    'Prima'
    """
    if isinstance(texts, str):
        return texts
    return texts.get(lang) or next(iter(texts.values()))


def decimals_for(*values: float | None) -> int:
    """Decimals that suit the largest of some values that stand in one sentence or column.

    Examples
    --------
    >>> decimals_for(4.12, 2.9, 5.3), decimals_for(1794.3, 473.1), decimals_for(12.3)
    (2, 0, 1)
    """
    sizes = [abs(v) for v in values if v is not None and math.isfinite(v)]
    largest = max(sizes, default=0.0)
    if largest >= 100:
        return 0
    if largest >= 10:
        return 1
    return 3 if 0 < largest < 0.01 else 2


def decimals_of(value: float, most: int = 3) -> int:
    """Decimals that a value really has, up to a limit.

    Examples
    --------
    >>> decimals_of(2.0), decimals_of(0.25), decimals_of(1 / 3)
    (0, 2, 3)
    """
    return next((places for places in range(most) if abs(round(value, places) - value) < 1e-9), most)


def number(value: float | None, decimals: int | None = None, lang: str = "en") -> str:
    """Write a measurement.

    Examples
    --------
    >>> number(-1234.5, 1), number(-1234.5, 1, "it"), number(None), number(-0.001, 2)
    ('−1,234.5', '−1.234,5', '–', '0.00')
    """
    if value is None or math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if abs(value) >= _HUGE:
        return format_scientific(value, format="0.0E0", locale=lang).replace("-", "−")
    places = decimals_for(value) if decimals is None else decimals
    shown = round(float(value), places) + 0.0
    pattern = "#,##0" + ("." + "0" * places if places else "")
    return format_decimal(shown, format=pattern, locale=lang).replace("-", "−")


def count(value: float, lang: str = "en") -> str:
    """Write a whole number.

    Examples
    --------
    >>> count(12345), count(12345, "it")
    ('12,345', '12.345')
    """
    return number(float(value), 0, lang)


def percent(value: float | None, lang: str = "en", decimals: int = 0) -> str:
    """Write a proportion as a percentage.

    Examples
    --------
    >>> percent(0.724), percent(0.724, "it", 1)
    ('72%', '72,4%')
    """
    if value is None or math.isnan(value):
        return "–"
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "") + "%"
    return format_percent(round(float(value), decimals + 2) + 0.0, format=pattern, locale=lang).replace(
        "-", "−"
    )


def confidence(level: float | None, lang: str = "en") -> str:
    """Write a confidence level, with a decimal only where it has one.

    Examples
    --------
    >>> confidence(0.95), confidence(0.975, "it")
    ('95%', '97,5%')
    """
    return percent(level, lang, decimals_of(100 * (level or 0.0), most=1))


def p_value(value: float | None, lang: str = "en") -> str:
    """Write a p-value: three decimals, never zero.

    Examples
    --------
    >>> p_value(0.0312), p_value(0.00001), p_value(0.00001, "it")
    ('0.031', '<0.001', '<0,001')
    """
    if value is None or math.isnan(value):
        return "–"
    if value < 0.001:
        return "<" + number(0.001, 3, lang)
    return number(value, 3, lang)


def p_compared(value: float | None, lang: str = "en") -> str:
    """Write a p-value with its sign, to stand after the letter p.

    Examples
    --------
    >>> p_compared(0.0312), p_compared(0.00001, "it")
    ('= 0.031', '< 0,001')
    """
    words = p_value(value, lang)
    return f"< {words[1:]}" if words.startswith("<") else f"= {words}"


def interval(low: float | None, high: float | None, decimals: int | None = None, lang: str = "en") -> str:
    """Write the limits of an interval.

    Examples
    --------
    >>> interval(0.1, 0.8), interval(0.1, 0.8, lang="it"), interval(None, None)
    ('0.10 to 0.80', 'da 0,10 a 0,80', '–')
    """
    if low is None or high is None:
        return "–"
    places = decimals_for(low, high) if decimals is None else decimals
    limits = {"low": number(low, places, lang), "high": number(high, places, lang)}
    return say("{low} to {high}", lang, **limits)


def day(value: dt.date, lang: str = "en") -> str:
    """Write a day in full.

    Examples
    --------
    >>> import datetime as dt
    >>> day(dt.date(2024, 3, 11)), day(dt.date(2024, 3, 11), "it")
    ('11 March 2024', '11 marzo 2024')
    """
    return format_date(value, format="d MMMM yyyy", locale=lang)


def note(code: str, params: Mapping[str, Any] | Iterable[tuple[str, Any]], lang: str = "en") -> str:
    """Write a note as a sentence.

    Examples
    --------
    >>> note("pre_only", {"n": 3})
    'Answered before but not after, and not counted: 3.'
    """
    return say(NOTES[code], lang, **dict(params))
