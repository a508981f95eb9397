"""Loading, checking and scoring a whole folder, beside pandas, pandera and pingouin on the same files.

The folder is generated: people with a role and an arm, twenty items with five answers, two waves, a column an item and
some answers left open. The peer reads the same table, checks its columns with pandera, and scores; it looks at no
other table, and at none of the messes of which rmstudy tells.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import yaml

import rmstudy as rm
from benchmarks.job import Job

Format = Literal["csv", "parquet"]
ITEMS = tuple(f"q{k:02d}" for k in range(1, 21))
LEFT_OPEN = 0.02
PLAN = {
    "version": 1,
    "programme": {"name": "Everybody", "start": "2024-01-15", "end": "2024-07-15"},
    "goals": [
        {
            "id": "learn",
            "statement": "Seniors learn",
            "role": "mentee",
            "criteria": [
                {
                    "id": "skill_up",
                    "instrument": "skill",
                    "contrast": "comparison",
                    "threshold": 0.2,
                    "before": "pre",
                    "after": "post",
                }
            ],
        }
    ],
    "instruments": {
        "skill": {
            "name": "Skill",
            "role": ["mentee", "mentor"],
            "items": list(ITEMS),
            "range": [1, 5],
            "reverse": ["q03", "q11"],
            "minimum_answered": 15,
        },
    },
    "waves": {"pre": {}, "post": {}},
    "design": {"assignment": {"mentee": {"mechanism": "lottery", "comparison": "waitlist"}}},
}


@dataclass(frozen=True)
class Folder:
    """A study folder for as long as somebody holds it."""

    held: tempfile.TemporaryDirectory[str]
    suffix: Format

    @property
    def path(self) -> Path:
        """Where it stands."""
        return Path(self.held.name)


def tables(people: int, seed: int = 0) -> dict[str, pa.Table]:
    """The tables of a study of so many people, all in order."""
    draw = np.random.default_rng(seed)
    ids = np.char.add("p", np.char.zfill(draw.permutation(people).astype(str), 7))
    trait = draw.normal(3.2, 0.7, people)[:, None]
    sheets = []
    for wave, gain in (("pre", 0.0), ("post", 0.2)):
        items = trait + gain + draw.normal(0, 0.9, (people, len(ITEMS)))
        items[:, [2, 10]] = 6 - items[:, [2, 10]]
        cells = np.clip(np.rint(items), 1, 5).astype(np.int8)
        left = draw.random(items.shape) < LEFT_OPEN
        columns = {name: pa.array(cells[:, k], mask=left[:, k]) for k, name in enumerate(ITEMS)}
        sheets.append(pa.table({"person_id": ids, "wave_id": np.repeat(wave, people), **columns}))
    role = np.where(draw.random(people) < 0.5, "mentee", "mentor")
    arm = np.where(draw.random(people) < 0.5, "programme", "waitlist")
    mechanism = np.where(role == "mentee", "lottery", "criteria")
    return {
        "participants": pa.table({"person_id": ids, "role": role}),
        "assignments": pa.table({"person_id": ids, "arm": arm, "mechanism": mechanism}),
        "responses": pa.concat_tables(sheets),
    }


def folder(people: int, suffix: Format) -> Folder:
    """Write such a study."""
    made = Folder(tempfile.TemporaryDirectory(prefix="rmstudy-"), suffix)
    (made.path / "study.yml").write_text(yaml.safe_dump(PLAN, sort_keys=False), encoding="utf-8")
    for name, table in tables(people).items():
        file = made.path / f"{name}.{suffix}"
        if suffix == "parquet":
            pyarrow.parquet.write_table(table, file)
        else:
            pyarrow.csv.write_csv(table, file, pyarrow.csv.WriteOptions(quoting_style="none"))
    return made


def _ours(made: Folder) -> pd.Series[float]:
    scores = rm.load_study(made.path).scores
    return scores.groupby("wave_id")["score"].mean()


def _theirs(made: Folder) -> pd.Series[float]:
    import pandera.pandas as pandera
    import pingouin

    file = made.path / f"responses.{made.suffix}"
    rows = pd.read_csv(file) if made.suffix == "csv" else pd.read_parquet(file)
    items = {
        name: pandera.Column(float, pandera.Check.in_range(1, 5), nullable=True, coerce=True)
        for name in ITEMS
    }
    waves = pandera.Column(checks=pandera.Check.isin(["pre", "post"]))
    schema = pandera.DataFrameSchema({"wave_id": waves, **items}, unique=["person_id", "wave_id"])
    rows = schema.validate(rows, lazy=True)
    for name in PLAN["instruments"]["skill"]["reverse"]:  # type: ignore[index]
        rows[name] = 6 - rows[name]
    pingouin.cronbach_alpha(rows[list(ITEMS)].dropna())
    answered = rows[list(ITEMS)].notna().sum(axis=1) >= 15
    return rows[list(ITEMS)].mean(axis=1).where(answered).groupby(rows["wave_id"]).mean()


def _apart(ours: pd.Series[float], theirs: pd.Series[float]) -> float:
    return float((ours - theirs).abs().max())


def _job(people: int, suffix: Format) -> Job:
    million = people == 1_000_000
    return Job(
        f"load, check and score 20 items x 2 waves ({suffix})",
        people,
        "pandas + pandera + pingouin",
        lambda: folder(people, suffix),
        _ours,
        _theirs,
        _apart,
        seconds=10 if million else None,
        megabytes=4000 if million else None,
        runs=1 if million else 3,
        note="the peer reads one table of three and looks for none of the messes",
    )


JOBS: list[Job] = [
    _job(people, suffix) for suffix in ("csv", "parquet") for people in (10_000, 100_000, 1_000_000)
]
