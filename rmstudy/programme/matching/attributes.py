"""Profiles as arrays: what mentors offer and mentees need, by person."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rmstudy.errors import DataError, DesignError, Problem

FILE: Final = "profiles.csv"
STEP: Final = 5  # minutes: the finest working hours told apart
DAY: Final = 24 * 60 // STEP
_SPELL = re.compile(r"(\d{1,2})(?::(\d\d))?\s*[-–]\s*(\d{1,2})(?::(\d\d))?")
_SETS: Final = ("interest", "language")

Person = Mapping[str, str]
Bits = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Side:
    """One side, people in order of their ids, an entry a person in every array.

    Parameters
    ----------
    ids : tuple of str
        Pseudonyms, sorted.
    numbers : mapping of str to array of float
        ``skill_X``, ``need_X``, ``trait_X``; NaN where not known.
    sets : mapping of str to array of uint64, shape (people, words)
        ``interest`` and ``language`` as bits, no bit where not known; ``hours`` as five-minute steps of a
        UTC day.
    labels : mapping of str to array of int
        ``site`` and ``unit`` as numbers; -1 where not known.
    said : tuple of mapping
        The profile as it was given, for the reasons in words.
    """

    ids: tuple[str, ...]
    numbers: Mapping[str, NDArray[np.float64]]
    sets: Mapping[str, Bits]
    labels: Mapping[str, NDArray[np.int64]]
    said: tuple[Person, ...]

    def __len__(self) -> int:
        return len(self.ids)

    def names(self, prefix: str) -> list[str]:
        """Names behind a prefix that somebody has a value of, in alphabetical order."""
        return sorted(
            name.removeprefix(prefix)
            for name, values in self.numbers.items()
            if name.startswith(prefix) and not np.isnan(values).all()
        )


def by_person(profiles: pd.DataFrame) -> dict[str, dict[str, str]]:
    """The long table as one mapping a person.

    Parameters
    ----------
    profiles : DataFrame
        Columns ``person_id``, ``attribute``, ``value``.

    Raises
    ------
    DesignError
        When a column is missing.
    DataError
        When a person has an attribute twice.
    """
    lacking = {"person_id", "attribute", "value"} - set(profiles.columns)
    if lacking:
        raise DesignError(f"Profiles have no column {sorted(lacking)[0]!r}. One row a person and attribute.")
    twice = profiles[profiles.duplicated(["person_id", "attribute"])]
    if len(twice):
        raise DataError(
            [
                Problem("a second value for the same person", "Keep one.", FILE, None, "attribute", name)
                for name in sorted(set(twice["attribute"]))
            ]
        )
    people: dict[str, dict[str, str]] = {}
    rows = profiles.dropna(subset=["value"])
    for person, attribute, value in zip(rows["person_id"], rows["attribute"], rows["value"], strict=True):
        people.setdefault(str(person), {})[str(attribute)] = str(value).strip()
    return people


def sides(
    people: Mapping[str, Person], mentors: Iterable[str], mentees: Iterable[str], day: dt.date | None
) -> tuple[Side, Side]:
    """Both sides as arrays on common codes.

    Parameters
    ----------
    people : mapping
        Profile by person; people without one are known by name only.
    mentors, mentees : iterable of str
        Pseudonyms.
    day : date or None
        Day on which time zones are compared.

    Raises
    ------
    DataError
        With every value that cannot be read.
    DesignError
        When time zones differ and there is no day to compare them on.
    """
    groups = [sorted(set(mentors)), sorted(set(mentees))]
    said = [tuple(people.get(person, {}) for person in group) for group in groups]
    everybody = [one for side in said for one in side]
    problems = [problem for one in everybody for problem in _unreadable(one)]
    if problems:
        raise DataError(list(dict.fromkeys(problems)))
    if day is None and len({one["time_zone"] for one in everybody if "time_zone" in one}) > 1:
        raise DesignError(
            "People are in different time zones, and summer time makes their distance depend on the day. "
            "Give the plan programme.start, or say start=..."
        )
    zoned = any("time_zone" in one for one in everybody)
    numeric = sorted({name for one in everybody for name in one if _numeric(name)})
    words = {name: sorted({w for one in everybody for w in split(one.get(name))}) for name in _SETS}
    codes = {name: sorted({one[name] for one in everybody if name in one}) for name in ("site", "unit")}
    made = []
    for ids, profiles in zip(groups, said, strict=True):
        numbers = {name: np.array([float(one.get(name, "nan")) for one in profiles]) for name in numeric}
        sets = {name: _bits([split(one.get(name)) for one in profiles], words[name]) for name in _SETS}
        sets["hours"] = _packed([_steps(one, day, zoned) for one in profiles], DAY)
        labels = {
            name: np.array(
                [known.index(one[name]) if name in one else -1 for one in profiles], dtype=np.int64
            )
            for name, known in codes.items()
        }
        made.append(Side(tuple(ids), numbers, sets, labels, profiles))
    return made[0], made[1]


def split(value: str | None) -> list[str]:
    """Several words divided by semicolons, in lower case.

    Examples
    --------
    >>> split("Travel; music ;")
    ['travel', 'music']
    """
    return [word.strip().casefold() for word in (value or "").split(";") if word.strip()]


def spells(hours: str) -> list[tuple[int, int]]:
    """Working hours as minutes from midnight; one that ends before it starts goes over midnight.

    Examples
    --------
    >>> spells("9-12:30; 14-18"), spells("22-6")
    ([(540, 750), (840, 1080)], [(1320, 1800)])
    """
    found = []
    for part in hours.split(";"):
        match = _SPELL.fullmatch(part.strip())
        if match is None:
            raise ValueError(part)
        first, last = (int(match[i]) * 60 + int(match[i + 1] or 0) for i in (1, 3))
        if max(first, last) > 24 * 60 or first == last or first % STEP or last % STEP:
            raise ValueError(part)
        found.append((first, last if last > first else last + 24 * 60))
    return found


def _numeric(name: str) -> bool:
    """Whether an attribute holds numbers."""
    return name.startswith(("skill_", "need_", "trait_")) or name == "capacity"


def _unreadable(one: Person) -> Iterator[Problem]:
    """Values of a profile that cannot be read."""
    for name, value in one.items():
        if _numeric(name) and not _is_number(value, name):
            least = "" if name.startswith("trait_") else ", 0 or more"
            yield Problem(f"not a number{least}", "Correct it, or leave it out.", FILE, None, name, value)
    if "hours" in one:
        try:
            spells(one["hours"])
        except ValueError:
            what = "not working hours such as 9-17 or 9:30-13; 14-18, in steps of five minutes"
            yield Problem(what, "Correct them.", FILE, None, "hours", one["hours"])
    if "time_zone" in one:
        try:
            ZoneInfo(one["time_zone"])
        except (ZoneInfoNotFoundError, ValueError, OSError):
            what = "not a time zone such as Europe/Rome"
            yield Problem(what, "Use a name of the IANA list.", FILE, None, "time_zone", one["time_zone"])


def _is_number(value: str, name: str) -> bool:
    """Whether a value is a number that its attribute may have."""
    try:
        number = float(value)
    except ValueError:
        return False
    if name == "capacity":
        return number >= 0 and number.is_integer()
    return bool(np.isfinite(number)) and (name.startswith("trait_") or number >= 0)


def _bits(lists: Sequence[list[str]], known: Sequence[str]) -> Bits:
    """Sets of words as bits."""
    place = {word: n for n, word in enumerate(known)}
    return _packed([[place[word] for word in words] for words in lists], max(len(known), 1))


def _packed(places: Sequence[Iterable[int]], size: int) -> Bits:
    """Places of set bits as rows of 64-bit words."""
    words = np.zeros((len(places), -(-size // 64)), dtype=np.uint64)
    for row, chosen in enumerate(places):
        for place in chosen:
            words[row, place // 64] |= np.uint64(1) << np.uint64(place % 64)
    return words


def _steps(one: Person, day: dt.date | None, zoned: bool) -> list[int]:
    """Working hours as steps of a UTC day; none where hours, or the zone that others have, is not known."""
    if "hours" not in one or (zoned and "time_zone" not in one):
        return []
    shift = 0
    if zoned and day is not None:
        # the time of day at which the offset is read hardly matters; noon is never in a change of the clocks
        noon = dt.datetime.combine(day, dt.time(12), ZoneInfo(one["time_zone"]))
        shift = int((noon.utcoffset() or dt.timedelta()).total_seconds()) // 60
    return [
        (minute - shift) % (24 * 60) // STEP
        for first, last in spells(one["hours"])
        for minute in range(first, last, STEP)
    ]


def common(left: Bits, right: Bits, i: Any, j: Any) -> NDArray[np.int64]:
    """Number of bits that people i of one side and j of the other have in common."""
    shared = sum(
        np.bitwise_count(left[i, word] & right[j, word]).astype(np.int64) for word in range(left.shape[1])
    )
    return np.asarray(shared)
