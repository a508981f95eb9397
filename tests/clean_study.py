"""A clean study folder with every table, random where it may be, for tests that spoil it."""

from __future__ import annotations

import copy
import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

PLAN: dict[str, Any] = {
    "version": 1,
    "programme": {"name": "A clean programme", "start": "2024-01-15", "end": "2024-07-15"},
    "goals": [
        {
            "id": "surer",
            "statement": "Seniors feel surer with technology",
            "role": "mentee",
            "criteria": [
                {"id": "gain", "instrument": "confidence", "contrast": "comparison", "threshold": 0.3},
                {"id": "skilled", "instrument": "skill", "contrast": "change", "threshold": 0.3},
                {"id": "calls", "instrument": "helpdesk_calls", "contrast": "change", "threshold": -1},
            ],
        }
    ],
    "instruments": {
        "confidence": {
            "name": "Confidence",
            "role": "mentee",
            "items": ["c1", "c2", "c3", "c4", "c5"],
            "range": [1, 5],
            "reverse": ["c2"],
            "labels": {
                "en": ["Never", "Rarely", "Sometimes", "Often", "Always"],
                "it": ["Mai", "Raramente", "Qualche volta", "Spesso", "Sempre"],
            },
        },
        "skill": {
            "name": "Skill",
            "role": ["mentee", "mentor"],
            "items": ["k1", "k2", "k3", "k4"],
            "range": [1, 7],
        },
        "helpdesk_calls": {"name": "Calls", "role": "mentee", "higher_is": "worse"},
    },
    "waves": {
        "pre": {"opened": "2024-01-02", "closed": "2024-01-12"},
        "post": {"opened": "2024-07-16", "closed": "2024-07-31"},
    },
    "design": {"assignment": {"mentee": {"mechanism": "lottery", "comparison": "waitlist"}}},
    "analysis": {"gates": {"least_people": 5}},
}


@dataclass
class Clean:
    """Tables that tests may spoil, then write."""

    plan: dict[str, Any]
    tables: dict[str, pd.DataFrame]
    wide: bool

    def cells(self, instrument: str | None = None, wave: str | None = None) -> list[tuple[int, str]]:
        """Places of answers in ``responses``: position of the row and column."""
        rows = self.tables["responses"]
        keep = rows["wave_id"].eq(wave) if wave else rows["wave_id"].notna()
        if not self.wide:
            if instrument:
                keep &= rows["instrument_id"] == instrument
            return [(int(i), "value") for i in rows.index[keep & rows["value"].notna()]]
        names = [name for name in self.plan["instruments"] if instrument in (None, name)]
        columns = [c for n in names for c in self.plan["instruments"][n].get("items", [n])]
        return [(int(i), column) for column in columns for i in rows.index[keep & rows[column].notna()]]

    def write(self, folder: Path) -> Path:
        """Write the folder."""
        folder.mkdir(exist_ok=True)
        text = yaml.safe_dump(self.plan, allow_unicode=True, sort_keys=False)
        (folder / "study.yml").write_text(text, encoding="utf-8")
        for name, table in self.tables.items():
            table.to_csv(folder / f"{name}.csv", index=False)
        return folder


def clean(seed: int, *, wide: bool = False) -> Clean:
    """A clean study of 44 people: 24 seniors by lottery, 12 of them in pairs, and 20 juniors.

    Parameters
    ----------
    seed : int
        Of everything that may vary: ids, bands, answers, days, meetings.
    wide : bool
        Whether responses have a column an item.
    """
    rng = np.random.default_rng(seed)
    seniors, juniors = _ids(rng)
    units = ["sales", "Human Resources", "Ricerca e sviluppo", "IT", "Nord Ovest"]
    people = pd.DataFrame(
        [
            (p, "mentee", rng.choice(["45-54", "55-64"]), rng.choice(["3-manager", "4-executive"]))
            for p in seniors
        ]
        + [
            (p, "mentor", rng.choice(["25-34", "35-44"]), rng.choice(["1-junior", "2-professional"]))
            for p in juniors
        ],
        columns=["person_id", "role", "age_band", "seniority_band"],
    )
    people["unit"] = rng.choice(units, len(people))
    people["years"] = rng.integers(1, 31, len(people)).astype(str)
    seats = set(rng.permutation(seniors)[:12])
    arm = {p: "programme" if p in seats else "waitlist" for p in seniors}
    arm |= {p: "programme" if i < 12 else "not_selected" for i, p in enumerate(juniors)}
    assignments = pd.DataFrame(
        [(p, arm[p], "lottery" if p in seniors else "criteria", "2024-01-13") for p in arm],
        columns=["person_id", "arm", "mechanism", "assigned_on"],
    )
    applications = pd.DataFrame(
        [(p, _day(rng, "2023-12-01", 15), "self", "yes", str(rng.integers(1, 6))) for p in arm],
        columns=["person_id", "applied_on", "source", "eligible", "motivation"],
    )
    matched = list(zip(juniors[:12], rng.permutation(sorted(seats)), strict=True))
    pairs = pd.DataFrame(
        [
            (
                f"p{i:02d}",
                mentor,
                mentee,
                "2024-01-15",
                "2024-07-15",
                "completed",
                f"{rng.uniform(0.4, 1):.2f}",
            )
            for i, (mentor, mentee) in enumerate(matched, 1)
        ],
        columns=["pair_id", "mentor_id", "mentee_id", "start", "end", "end_reason", "match_score"],
    )
    meetings = pd.DataFrame(
        [
            (
                f"m{i:02d}{k}",
                f"p{i:02d}",
                _day(rng, "2024-01-20", 170),
                str(rng.choice([30, 45, 60])),
                "online",
            )
            for i in range(1, 13)
            for k in range(1, 1 + rng.integers(2, 5))
        ],
        columns=["meeting_id", "pair_id", "date", "minutes", "mode"],
    )
    measured = [p for p in arm if arm[p] != "not_selected"]
    hr = pd.DataFrame(
        [(p, measure, "2024-12-31", value) for p in measured
         for measure, value in (("still_employed", "1"), ("pay", f"{rng.uniform(2000, 6000):.2f}"))],
        columns=["person_id", "measure", "as_of", "value"],
    )  # fmt: skip
    plan = copy.deepcopy(PLAN)
    tables = {
        "participants": people,
        "assignments": assignments,
        "applications": applications,
        "pairs": pairs,
        "meetings": meetings,
        "hr_outcomes": hr,
        "responses": _responses(rng, plan, people, arm, wide=wide),
    }
    order = rng.permutation(len(tables["responses"]))
    tables["responses"] = tables["responses"].iloc[order].reset_index(drop=True)
    return Clean(plan, {name: one.astype(object) for name, one in tables.items()}, wide)


def _ids(rng: np.random.Generator) -> tuple[list[str], list[str]]:
    """Pseudonyms: counted through, drawn, or plain numbers."""
    kind = rng.integers(0, 3)
    if kind == 0:
        return [f"s{i:03d}" for i in range(1, 25)], [f"j{i:03d}" for i in range(1, 21)]
    if kind == 1:
        drawn = ["".join(rng.choice(list("0123456789abcdef"), 16)) for _ in range(44)]
    else:
        drawn = [str(n) for n in rng.permutation(np.arange(1001, 1600))[:44]]
    return drawn[:24], drawn[24:]


def _day(rng: np.random.Generator, first: str, days: int) -> str:
    """A day within some days of another."""
    return str(dt.date.fromisoformat(first) + dt.timedelta(days=int(rng.integers(0, days))))


def _responses(
    rng: np.random.Generator, plan: dict[str, Any], people: pd.DataFrame, arm: dict[str, str], *, wide: bool
) -> pd.DataFrame:
    """Answers to every instrument, one person in eight silent afterwards."""
    rows = []
    for person, role in zip(people["person_id"], people["role"], strict=True):
        trait = rng.normal()
        for wave, first in (("pre", "2024-01-02"), ("post", "2024-07-16")):
            if wave == "post" and rng.random() < 0.12:
                continue
            gain = 0.5 * (wave == "post") * (arm[person] == "programme")
            at, seconds = _day(rng, first, 10), str(rng.integers(60, 400))
            for name, one in plan["instruments"].items():
                roles = [one["role"]] if isinstance(one["role"], str) else one["role"]
                if role not in roles:
                    continue
                low, high = one.get("range", (0, 30))
                middle, spread = low + 0.42 * (high - low), (high - low) / 4
                for item in one.get("items", [None]):
                    felt = middle + spread * (0.9 * trait + gain + rng.normal(0, 0.9))
                    value = int(np.clip(np.rint(felt), low, high))
                    if item in one.get("reverse", ()):
                        value = low + high - value
                    rows.append((person, wave, name, item, str(value), at, seconds))
    columns = ["person_id", "wave_id", "instrument_id", "item_id", "value", "answered_at", "seconds"]
    long = pd.DataFrame(rows, columns=columns)
    if not wide:
        return long
    keys = ["person_id", "wave_id", "answered_at", "seconds"]
    long["column"] = long["item_id"].fillna(long["instrument_id"])
    wide_one = long.set_index([*keys, "column"])["value"].unstack("column")  # noqa: PD010 - refuses duplicates
    return wide_one.reset_index().rename_axis(columns=None)
