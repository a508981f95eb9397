"""Freeze the plan before the outcome data, and say later what was changed.

``study.lock`` is JSON. Every lock of a study stands in it, the last one in force; each carries the whole
plan, what the folder held that day, and the fingerprint of the lock before it. A fingerprint is the
SHA-256 of all that, written with sorted keys and no spaces, so that the order of keys, comments and the
layout of ``study.yml`` make no difference, and a lock changed by hand no longer fits its fingerprint.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

import rmstudy
from rmstudy.display import table
from rmstudy.errors import DataError, DesignError, Problem
from rmstudy.study.files import write_files
from rmstudy.study.plan import Plan
from rmstudy.study.study import Study
from rmstudy.wording import day as in_full
from rmstudy.wording import decimals_of, number, say

LOCK: Final = "study.lock"
FORMAT: Final = 1
DIGITS: Final = 12
SHOWN: Final = 70
# What a study fills in while it runs, and how the page looks: neither changes what was promised.
_FILLED_IN: Final = ("opened", "closed")
_NOT_PROMISED: Final = ("report.",)
_OF_PEOPLE: Final = ("matching.pinned", "matching.forbidden")


@dataclass(frozen=True, slots=True)
class Deviation:
    """One key of the plan that is not what it was when the plan was locked.

    Parameters
    ----------
    key : str
        Dotted key, with goals and criteria under their ids.
    planned, now : object
        Plain values; None where the plan has no such key.

    Examples
    --------
    >>> print(Deviation("goals.digital.criteria.test.threshold", 1.25, 0.8).text())
    goals.digital.criteria.test.threshold: planned 1.25, now 0.8
    """

    key: str
    planned: object
    now: object

    def text(self, lang: str = "en") -> str:
        """Write the change as a line.

        Parameters
        ----------
        lang : {'en', 'it'}
            Language of the line.
        """
        planned, now = (self._words(value, lang) for value in (self.planned, self.now))
        if planned == now:  # the first words of a long text, or a very small number: show where they part
            planned, now = _apart(self.planned, self.now)
        return say("{key}: planned {planned}, now {now}", lang, key=self.key, planned=planned, now=now)

    def _words(self, value: object, lang: str) -> str:
        """A value in a line; of named pairs only how many, since the line may stand in a report."""
        if self.key in _OF_PEOPLE and isinstance(value, list) and value:
            return say("pairs: {n:count}", lang, n=len(value))
        return value_words(value, lang)


@dataclass(frozen=True, slots=True)
class Lock:
    """A frozen plan and what the folder held that day; made by `lock_study`, read by `read_lock`.

    Parameters
    ----------
    date : date
        Day of the lock.
    fingerprint : str
        64 hexadecimal digits over everything else here and the lock before.
    plan : mapping
        The plan as plain data, defaults included.
    tables : mapping of str to mapping
        ``rows`` and ``sha256`` of every table.
    answers : mapping of str to mapping
        For each wave its answers by instrument (``counts``) and their ``sha256``.
    reason : str or None
        Why the plan was locked again.
    before : str or None
        Fingerprint of the lock before this one.
    rmstudy : str
        Version that wrote it.
    earlier : tuple of Lock
        The locks before this one, the oldest first.
    """

    date: dt.date
    fingerprint: str
    plan: Mapping[str, Any]
    tables: Mapping[str, Mapping[str, Any]]
    answers: Mapping[str, Mapping[str, Any]]
    reason: str | None
    before: str | None
    rmstudy: str
    earlier: tuple[Lock, ...] = ()

    @property
    def short(self) -> str:
        """The first digits of the fingerprint, as they are quoted."""
        return self.fingerprint[:DIGITS]

    def deviations(self, plan: Plan) -> tuple[Deviation, ...]:
        """What is not as it was locked, in the order of the keys.

        Parameters
        ----------
        plan : Plan
            The plan as it is now.

        Returns
        -------
        tuple of Deviation
            Without the days of waves that were filled in since, and without the section ``report``.
        """
        stated = _flat(plan.model_dump(mode="json", exclude_defaults=True))
        # a key that a later version of the plan's format brings with its default was not changed by anybody
        return tuple(
            one
            for one in _differences(self.plan, plain_plan(plan))
            if one.planned is not None or one.key in stated
        )

    @property
    def amendments(self) -> tuple[Deviation, ...]:
        """What this lock changed in the lock before it."""
        return _differences(self.earlier[-1].plan, self.plan) if self.earlier else ()

    def already_answered(self) -> tuple[str, ...]:
        """Criteria whose later answers existed when the plan was locked."""
        return tuple(
            criterion["id"]
            for goal in self.plan["goals"]
            for criterion in goal["criteria"]
            if any(
                self.answers.get(criterion["after"], {}).get("counts", {}).get(name)
                for name in self._parts(criterion["instrument"])
            )
        )

    def altered_waves(self, study: Study) -> tuple[str, ...]:
        """Waves that were closed when the plan was locked, and whose answers are not the same any more."""
        now = _answers(study)
        closed = [name for name, wave in self.plan["waves"].items() if wave.get("closed")]
        return tuple(name for name in closed if self.answers.get(name) != now.get(name))

    def _parts(self, instrument: str) -> tuple[str, ...]:
        """An instrument, or the two that a gap is made of."""
        between = self.plan["instruments"].get(instrument, {}).get("gap_between")
        return tuple(between) if between else (instrument,)

    def __repr__(self) -> str:
        return self.text()

    def text(self, lang: str = "en") -> str:
        """Say when the plan was locked and with which fingerprint, and what that proves.

        Parameters
        ----------
        lang : {'en', 'it'}
            Language of the lines.
        """
        return "\n".join(
            [
                say(
                    "Plan locked on {day}. Fingerprint: {digits}",
                    lang,
                    day=in_full(self.date, lang),
                    digits=self.fingerprint,
                ),
                say(
                    "It proves that day only if the fingerprint is kept where nobody can change it: in a message to "
                    "the client, or in a public registration.",
                    lang,
                ),
            ]
        )

    def _repr_html_(self) -> str:
        rows = [(name, number(of["rows"], 0), of["sha256"][:DIGITS]) for name, of in self.tables.items()]
        head = ("table", "rows", "fingerprint")
        return table(head, rows, caption=self.text().replace("\n", " "))


def fingerprint(study: Study) -> str:
    """SHA-256 of the plan and the tables, independent of the order of rows and columns.

    Parameters
    ----------
    study : Study
        A loaded study.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    digest = hashlib.sha256(study.plan.model_dump_json(exclude_defaults=True).encode())
    for name in sorted(study.tables):
        digest.update(_rows_of(name, study.tables[name]))
    return digest.hexdigest()


def plain_plan(plan: Plan) -> dict[str, Any]:
    """The plan as plain data: every key, defaults included, days as text.

    Examples
    --------
    >>> import rmstudy as rm
    >>> plain_plan(rm.load_sample("no-comparison").plan)["version"]
    1
    """
    plain: dict[str, Any] = _composed(plan.model_dump(mode="json"))
    return plain


def plan_fingerprint(plan: Plan) -> str:
    """SHA-256 of the plan alone, whatever the order of its keys, its comments and its layout.

    Examples
    --------
    >>> import rmstudy as rm
    >>> len(plan_fingerprint(rm.load_sample("no-comparison").plan))
    64
    """
    return _sha256(plain_plan(plan))


def lock_study(study: Study, *, again: str | None = None, today: dt.date | None = None) -> Lock:
    """Freeze the plan: write ``study.lock`` into the study's folder.

    Parameters
    ----------
    study : Study
        A loaded study, best before anybody answered the later waves.
    again : str, optional
        Why the plan is locked again; needed where a lock exists, which is kept.
    today : date, optional
        Day of the lock; today in UTC when left out.

    Returns
    -------
    Lock
        The lock now in force.

    Raises
    ------
    DesignError
        When there is a lock and no reason, or a reason and no lock.
    DataError
        When the lock in the folder cannot be read or was changed by hand.

    Examples
    --------
    >>> import datetime as dt, tempfile, rmstudy as rm
    >>> with tempfile.TemporaryDirectory() as home:
    ...     answers = {"name": "Buddies", "goal": "Seniors feel surer.", "success": "Confidence",
    ...                "threshold": 0.5, "instrument": "Confidence, 1 to 5"}
    ...     study = rm.new_study(home, answers=answers)
    ...     print(lock_study(study, today=dt.date(2024, 1, 8)).date)
    2024-01-08
    """
    last = read_lock(study.path)
    if last is not None and not (again or "").strip():
        raise DesignError(
            f"The plan was locked on {last.date} ({last.short}). To lock it again, give the reason: it is kept "
            "in the file beside the old lock."
        )
    if last is None and again is not None:
        raise DesignError(
            "There is no lock yet, so there is nothing to lock again. Lock the plan without a reason."
        )
    entry: dict[str, Any] = {
        "date": (today or dt.datetime.now(dt.UTC).date()).isoformat(),
        "reason": again.strip() if again else None,
        "before": last.fingerprint if last else None,
        "rmstudy": rmstudy.__version__,
        "plan": plain_plan(study.plan),
        "tables": {
            name: {"rows": len(rows), "sha256": hashlib.sha256(_rows_of(name, rows)).hexdigest()}
            for name, rows in sorted(study.tables.items())
        },
        "answers": _answers(study),
    }
    entries = [*_entries(last), {"fingerprint": _sha256(entry), **entry}]
    content = json.dumps({"format": FORMAT, "locks": entries}, indent=2, ensure_ascii=False) + "\n"
    write_files(study.path, {LOCK: content})
    return _locks(entries)


def read_lock(folder: Path) -> Lock | None:
    """Read ``study.lock``, or return None where a study was never locked.

    Parameters
    ----------
    folder : Path
        The study's folder.

    Raises
    ------
    DataError
        When the file is damaged or was changed by hand: what it holds does not fit its fingerprint.

    Examples
    --------
    >>> import rmstudy as rm
    >>> read_lock(rm.load_sample("digital-skills").path) is None
    True
    """
    path = folder / LOCK
    if not path.exists():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        entries = content["locks"]
        before = None
        for entry in entries:
            rest = {name: value for name, value in entry.items() if name != "fingerprint"}
            if _sha256(rest) != entry["fingerprint"] or entry["before"] != before:
                raise DataError(_changed(entry.get("date")))
            before = entry["fingerprint"]
        return _locks(entries)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
        what = "the lock cannot be read"
        raise DataError(Problem(what, "Put the file back as it was written.", LOCK)) from None


def value_words(value: object, lang: str = "en") -> str:
    """A value of the plan in a line: numbers as people write them, long texts cut.

    Examples
    --------
    >>> value_words(None), value_words(1.25, "it"), value_words(["a", "b"])
    ('not stated', '1,25', 'a, b')
    >>> value_words([0.1, 0.25], "it"), value_words([{"en": "yes", "it": "sì"}], "it")
    ('0,1; 0,25', 'sì')
    """
    if value is None or value in ("", [], {}):
        return say("not stated", lang)
    if isinstance(value, int | float):
        return number(value, decimals_of(value), lang)
    if isinstance(value, list):
        words = [value_words(one, lang) for one in value]
        return ("; " if any("," in one for one in words) else ", ").join(words)
    if isinstance(value, dict):
        return value_words(value.get(lang) or value.get("en") or next(iter(value.values())), lang)
    text = " ".join(str(value).split())
    return text if len(text) <= SHOWN else text[: SHOWN - 1].rstrip() + "…"


def _apart(one: object, other: object) -> tuple[str, str]:
    """Two values from a little before the place where they begin to differ."""
    first, second = (" ".join(_sorted_json(value).split()) for value in (one, other))
    pairs = enumerate(zip(first, second, strict=False))
    begin = max(0, next((place for place, (a, b) in pairs if a != b), min(len(first), len(second))) - 20)
    shown = [
        f"{'…' if begin else ''}{text[begin : begin + SHOWN]}{'…' if len(text) > begin + SHOWN else ''}"
        for text in (first, second)
    ]
    return shown[0], shown[1]


def _changed(date: object) -> Problem:
    """The sentence for a lock that does not fit its fingerprint."""
    what = f"the lock of {date} does not fit its fingerprint: it was changed after it was written"
    step = "Put the file back as it was written; to change the plan, lock it again with a reason."
    return Problem(what, step, LOCK)


def _sorted_json(content: Any, separators: tuple[str, str] = (", ", ": ")) -> str:
    """Plain data as JSON with sorted keys."""
    return json.dumps(content, sort_keys=True, separators=separators, ensure_ascii=False)


def _composed(content: Any) -> Any:
    """Plain data with every letter in one way of writing it: an accent may be a character of its own or not."""
    if isinstance(content, str):
        return unicodedata.normalize("NFC", content)
    if isinstance(content, Mapping):
        return {_composed(key): _composed(value) for key, value in content.items()}
    return [_composed(one) for one in content] if isinstance(content, list) else content


def _sha256(content: Mapping[str, Any]) -> str:
    """SHA-256 of plain data in its canonical form: sorted keys, no spaces, UTF-8."""
    text = _sorted_json(content, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", errors="surrogatepass")).hexdigest()


def _rows_of(name: str, rows: pd.DataFrame) -> bytes:
    """A table as bytes, whatever the order of its rows and columns."""
    cells = [rows[column].fillna("").astype(str).tolist() for column in sorted(rows.columns)]
    lines = sorted(map("\x1f".join, zip(*cells, strict=True)))
    return "\x1e".join([name, *sorted(rows.columns), *lines]).encode()


def _answers(study: Study) -> dict[str, Any]:
    """Answers of each wave: how many to which instrument, and their fingerprint."""
    found: dict[str, Any] = {}
    kept = ["person_id", "wave_id", "rater_id", "instrument_id", "item_id", "value"]
    for wave, rows in study.answers.groupby("wave_id", sort=True):
        counts = {str(name): int(n) for name, n in sorted(rows.groupby("instrument_id").size().items())}
        digest = hashlib.sha256(_rows_of(str(wave), rows[kept])).hexdigest()
        found[str(wave)] = {"counts": counts, "sha256": digest}
    return found


def _entries(lock: Lock | None) -> list[dict[str, Any]]:
    """Locks as they stand in the file."""
    if lock is None:
        return []
    return [
        {
            "fingerprint": one.fingerprint,
            "date": one.date.isoformat(),
            "reason": one.reason,
            "before": one.before,
            "rmstudy": one.rmstudy,
            "plan": one.plan,
            "tables": one.tables,
            "answers": one.answers,
        }
        for one in (*lock.earlier, lock)
    ]


def _locks(entries: list[dict[str, Any]]) -> Lock:
    """The last lock with those before it."""
    made: tuple[Lock, ...] = ()
    for entry in entries:
        date = dt.date.fromisoformat(entry["date"])
        held = [*entry["tables"].values(), *entry["answers"].values()]
        if not _is_plan(entry["plan"]) or not all(isinstance(one, dict) for one in held):
            raise ValueError("no plan in the lock")
        made = (*made, Lock(**{**entry, "date": date}, earlier=made))
    return made[-1]


def _is_plan(plan: Mapping[str, Any]) -> bool:
    """Whether plain data have the parts of a plan that are read here; a missing one is a KeyError."""
    criteria = [one for goal in plan["goals"] for one in goal["criteria"]]
    named = all(isinstance(one[key], str) for one in criteria for key in ("id", "after", "instrument"))
    return named and all(
        isinstance(one, dict) for part in ("waves", "instruments") for one in plan[part].values()
    )


def _flat(content: Any, prefix: str = "") -> dict[str, Any]:
    """Plain data as dotted keys; goals and criteria go by their ids, so that their order does not matter."""
    if (
        isinstance(content, list)
        and content
        and all(isinstance(one, dict) and "id" in one for one in content)
    ):
        content = {one["id"]: {k: v for k, v in one.items() if k != "id"} for one in content}
    if not isinstance(content, dict) or not content:
        return {prefix: content if content not in ({}, []) else None}
    flat: dict[str, Any] = {}
    for key, value in content.items():
        # an item without its wording stands for itself, so that one taken out is seen
        named = key if value is None and prefix.endswith(".items") else value
        flat |= _flat(named, f"{prefix}.{key}" if prefix else str(key))
    return flat


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Deviation, ...]:
    """Keys with different values, without those that a study fills in as it runs."""
    planned, now = _flat(_composed(before)), _flat(_composed(after))
    keys = [key for key in sorted({*planned, *now}) if planned.get(key) != now.get(key)]
    return tuple(
        Deviation(key, planned.get(key), now.get(key)) for key in keys if not _expected(key, planned.get(key))
    )


def _expected(key: str, planned: object) -> bool:
    """Whether a study fills in this key as it runs, or the key says nothing about what was promised."""
    if key.startswith(_NOT_PROMISED):
        return True
    return planned is None and key.startswith("waves.") and key.rsplit(".", 1)[-1] in _FILLED_IN
