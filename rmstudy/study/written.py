"""How values are written: figures with commas, days in another order, codes for no answer, free text.

Each function looks at values that are not as a study writes them and says which mess they are.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

NUMBER: Final = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_MONEY: Final = r"(?:[€$£]|EUR|USD|GBP|CHF)?\s*"
COMMA: Final = (
    rf"{_MONEY}[-+]?(?:\d+,\d+|\d{{1,3}}(?:[.'’ \u00a0\u202f]\d{{3}})+(?:,\d+)?"
    rf"|\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+(?:[.,]\d+)?(?=\s*[%€$£]))\s*(?:[%€$£]|EUR)?"
)
# A figure with a point and three decimals everywhere may be thousands: 1.250 for one thousand and more.
THOUSANDS: Final = r"[1-9]\d{0,2}(?:\.\d{3})+"
DAY: Final = r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4}|\d{2})(?:[ T,].*)?"
YEAR_FIRST: Final = r"(\d{4})[/.\-](\d{1,2})[/.\-](\d{1,2})"
NO_ANSWER: Final = frozenset(
    (
        *(
            "n/a",
            "#n/a",
            "na",
            "n.a.",
            "n.a",
            "nan",
            "null",
            "#null!",
            "none",
            "nil",
            "n.d.",
            "n.d",
            "nd",
            "n/d",
        ),
        *("n.r.", "n.p.", "n.v.", "k.a.", "-", "--", "---", "–", "—", ".", "..", "?", "??", "*", "/"),
        *("missing", "mancante", "non disponibile", "not available", "not applicable", "non applicabile"),
        *("no answer", "nessuna risposta", "non risponde", "prefer not to say", "preferisco non rispondere"),
        *("refused", "unknown", "sconosciuto", "#value!", "#ref!", "#div/0!"),
    )
)
# Where any word may stand, only what can hardly be one: NA may be a country, none an answer.
NO_ANSWER_AMONG_WORDS: Final = frozenset(
    (
        *("n/a", "#n/a", "n.a.", "nan", "null", "#null!", "n.d.", "n.d", "n/d", "-", "--", "---", "–", "—"),
        *(".", "..", "?", "??", "#value!", "#ref!", "#div/0!"),
    )
)
CODES: Final = frozenset(
    (
        *(-1.0, -2.0, -7.0, -8.0, -9.0, -66.0, -77.0, -88.0, -98.0, -99.0, -999.0, -9999.0),
        *(88.0, 97.0, 98.0, 99.0, 888.0, 998.0, 999.0, 8888.0, 9998.0, 9999.0, 99999.0),
    )
)
_LONE: Final = 1.5
LEAST_WORDS: Final = 6
_SENTENCE: Final = re.compile(r"(?:\S+\s+){2,}\S+.*[.!?…]\s*$|[.!?;]\s+\S+\s+\S+", re.DOTALL)
_CAPITAL: Final = r"[^\W\d_a-zà-öø-ÿ][a-zà-öø-ÿ'’-]+"
PERSON: Final = rf"{_CAPITAL}(?:\s+(?:de|di|del|della|van|von|la|lo))?(?:\s+{_CAPITAL}){{1,2}}"
_TITLED: Final = re.compile(
    rf"\b(?:Mr|Mrs|Ms|Dr|Sig|Sig\.ra|Dott|Dott\.ssa|Ing|Prof|signora?|dottor(?:essa)?)\.?\s+{_CAPITAL}"
)
MOJIBAKE: Final = r"Ã[\u0080-\u00bf]|[a-z]Ã(?=\s|$)|â€|Â[\u00a0-\u00bf]|\ufffd"


@dataclass(frozen=True, slots=True)
class Written:
    """What is wrong with how a value is written, what to do, and which mess it is."""

    what: str
    next_step: str
    rule: str = ""


def plain(text: object) -> str:
    """A text without differences of case and spaces."""
    return " ".join(unicodedata.normalize("NFKC", str(text)).casefold().split())


def no_answer(value: object, *, among_words: bool = False) -> bool:
    """Whether a value is a word or sign that stands for no answer.

    Examples
    --------
    >>> no_answer("N/A"), no_answer("n.d."), no_answer("na", among_words=True), no_answer("Never")
    (True, True, False, False)
    """
    return plain(value) in (NO_ANSWER_AMONG_WORDS if among_words else NO_ANSWER)


def coded() -> Written:
    """What is said of a code for no answer."""
    next_step = (
        "If it means no answer, leave the cell empty (`missing` in mapping.yml does so for a whole file)."
    )
    return Written("a code that stands for no answer, not a value", next_step, "missing_code")


def not_a_number(value: str, *, whole: bool = False) -> Written:
    """Say what a text is that stands where a number belongs.

    Examples
    --------
    >>> not_a_number("12,5").rule, not_a_number("n.d.").rule, not_a_number("twelve").rule
    ('decimal_comma', 'missing_code', '')
    """
    if no_answer(value):
        return coded()
    if re.fullmatch(COMMA, value.strip()):
        what = "a decimal comma, thousands or a sign (write 12.5, with a point)"
        next_step = "Write plain numbers with a point (`decimal: ','` in mapping.yml reads them as they are)."
        return Written(what, next_step, "decimal_comma")
    if whole and re.fullmatch(NUMBER, value):
        return Written("is not a whole number", "Correct it.")
    kind = "whole number" if whole else "number (write 12.5, with a point)"
    return Written(f"is not a {kind}", "Correct it.")


def not_a_date(value: str, order: str) -> Written:
    """Say what a text is that stands where a day belongs.

    Parameters
    ----------
    value : str
        The text.
    order : str
        From `order_of`.

    Examples
    --------
    >>> print(not_a_date("03/04/2024", "").what)
    the day may be 2024-04-03 (day first) or 2024-03-04 (month first)
    >>> print(not_a_date("13/04/2024", "day").what)
    the day is not written as 2024-03-31: with the day first it is 2024-04-13
    """
    if no_answer(value):
        return coded()
    rule = "ambiguous_dates"
    found = re.fullmatch(DAY, value.strip())
    if found:
        first, second, year = (int(part) for part in found.groups())
        year += 2000 if year < 100 else 0
        day_first, month_first = _day(year, second, first), _day(year, first, second)
        next_step = "Write days as 2024-03-31 (`dates: dmy` or `dates: mdy` in mapping.yml says which)."
        readings = [f"{day_first} (day first)"] if day_first else []
        readings += [f"{month_first} (month first)"] if month_first else []
        if not readings:
            return Written("there is no such day", "Correct it.", "impossible_dates")
        if len(readings) == 2 and day_first != month_first:
            told = {"day": " (other rows have the day first)", "month": " (other rows have the month first)"}
            return Written(f"the day may be {' or '.join(readings)}{told.get(order, '')}", next_step, rule)
        mixed = ", but other rows have it the other way round" if order == "both" else ""
        which = "day" if day_first else "month"
        what = f"the day is not written as 2024-03-31: with the {which} first it is {day_first or month_first}{mixed}"
        return Written(what, next_step, rule)
    other = re.fullmatch(YEAR_FIRST, value.strip())
    if other:
        year, month, day = (int(part) for part in other.groups())
        swapped = _day(year, day, month)
        if _day(year, month, day):
            return Written("the day is not written as 2024-03-31", f"Write {_day(year, month, day)}.", rule)
        if swapped:
            return Written(f"day and month may be swapped: {swapped}?", "Write days as 2024-03-31.", rule)
        return Written("there is no such day", "Correct it.", "impossible_dates")
    if re.fullmatch(r"[2-6]\d{4}(?:\.\d+)?", value):
        counted = dt.date(1899, 12, 30) + dt.timedelta(days=int(float(value)))
        what = f"a day as a spreadsheet counts it: {counted}, or four years and a day later in old Mac files"
        return Written(what, "Format the column as a date (2024-03-31), and save again.", rule)
    return Written("is not a date written as 2024-03-31", "Correct it.")


def order_of(values: pd.Series[Any]) -> str:
    """Which comes first in a column of days with slashes: ``day``, ``month``, ``both`` or unknown (empty)."""
    parts = values.dropna().astype(str).str.strip().str.extract(rf"^{DAY}$")
    first, second = pd.to_numeric(parts[0]), pd.to_numeric(parts[1])
    day, month = bool((first > 12).any()), bool((second > 12).any())
    return "both" if day and month else "day" if day else "month" if month else ""


def _day(year: int, month: int, day: int) -> dt.date | None:
    """A day, where there is such a one."""
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def lone_codes(numbers: pd.Series[float]) -> pd.Series[bool]:
    """Which of some numbers without a known range are codes for no answer: far from all the others.

    Parameters
    ----------
    numbers : Series of float
        A column of numbers.

    Examples
    --------
    >>> import pandas as pd
    >>> lone_codes(pd.Series([31.0, 99.0, 44.0, -1.0, 52.0])).tolist()
    [False, True, False, True, False]
    """
    code = numbers.isin(list(CODES))
    if not code.any():
        return code
    others = numbers[~code].dropna()
    if others.empty:
        return code & False
    below = code & (numbers < 0) & bool(others.min() >= 0)
    return below | (code & (numbers > 0) & (numbers > _LONE * float(others.max())))


def sentences(values: pd.Series[Any]) -> pd.Series[bool]:
    """Which of some texts are free text: sentences, or many words that hardly anybody else wrote.

    Examples
    --------
    >>> import pandas as pd
    >>> sentences(pd.Series(["Sales", "My mentor was late. Ask him!", "Research and development"])).tolist()
    [False, True, False]
    """
    found = pd.Series(False, index=values.index)
    given = values.dropna().astype(str)
    given = given[given.str.len() > 8]
    if given.empty:
        return found
    kinds = given.drop_duplicates()
    words = kinds.str.count(r"\S+")
    told = kinds[(words >= 3) & kinds.str.contains(_SENTENCE)]
    long = kinds[words >= LEAST_WORDS]
    titled = kinds[kinds.str.contains(_TITLED)]
    times = given.value_counts()
    rare = [text for text in long if times[text] <= 2]
    found.loc[given.index] = given.isin([*told, *titled, *rare])
    return found


def like_names(values: pd.Series[Any]) -> pd.Series[bool]:
    """Which of some texts look like names of people, where they hardly repeat.

    Examples
    --------
    >>> import pandas as pd
    >>> like_names(pd.Series(["Maria Rossi", "Luca Bianchi", "Anna de Santis"])).tolist()
    [True, True, True]
    >>> like_names(pd.Series(["Human Resources"] * 4 + ["Customer Care"] * 3)).any()
    np.False_
    """
    none = pd.Series(False, index=values.index)
    given = values.dropna().astype(str)
    if given.empty:
        return none
    looks = given.str.fullmatch(PERSON)
    alone = looks & ~given.duplicated(keep=False)
    # a department is shared; names are as many as people
    if alone.sum() < 3 and alone.sum() < max(1, looks.sum()):
        return none
    shared = given.duplicated(keep=False).mean()
    if shared > 0.5 and alone.sum() < 2:
        return none
    return alone.reindex(values.index, fill_value=False).astype(bool)
