"""The contents of a sample study into files."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

import pandas as pd
import yaml

from rmstudy.study.plan import Plan
from rmstudy.study.planfile import parse_plan
from rmstudy.study.tables import TABLES
from rmstudy.wording import choose

PLANS = "plans"


@dataclass(frozen=True)
class Contents:
    """A sample study before it becomes files: its tables, and what is known to be true of them."""

    about: str
    tables: dict[str, pd.DataFrame]
    known_counts: dict[str, Any]
    true_effects: dict[str, dict[str, Any]]
    verdicts: dict[str, dict[str, str]]
    meanings: dict[str, str] = field(default_factory=dict)
    readme: str = ""


def plan_text(name: str) -> str:
    """The hand-written ``study.yml`` of a sample study."""
    return (files(__package__) / PLANS / f"{name}.yml").read_text(encoding="utf-8")


def plan_of(name: str) -> Plan:
    """The plan of a sample study."""
    return parse_plan(yaml.safe_load(plan_text(name)))


def as_files(name: str, contents: Contents) -> dict[str, str]:
    """The files of a study folder: file name and text.

    Examples
    --------
    >>> table = pd.DataFrame({"person_id": ["s001"], "role": ["mentee"]})
    >>> folder = as_files("eight-pairs", Contents("one person", {"participants": table}, {}, {}, {}))
    >>> sorted(folder)
    ['codebook.yml', 'participants.csv', 'study.yml']
    """
    written = {"study.yml": plan_text(name)}
    for table, frame in contents.tables.items():
        written[f"{table}.csv"] = frame.to_csv(index=False, lineterminator="\n")
    written["codebook.yml"] = _codebook(name, contents)
    if contents.readme:
        written["README.md"] = contents.readme
    return written


def _codebook(name: str, contents: Contents) -> str:
    """What the tables hold and what is true of them, readable by people and programs."""
    items = _item_meanings(plan_of(name))
    tables = {}
    for table, frame in contents.tables.items():
        known = {column: spec.about for column, spec in TABLES[table].columns.items()}
        meanings = {**items, **known, **contents.meanings}
        columns = {str(column): meanings[str(column)] for column in frame.columns}
        tables[f"{table}.csv"] = {"rows": len(frame), "columns": columns}
    book = {
        "about": contents.about,
        "tables": tables,
        "known_counts": contents.known_counts,
        "true_effects": contents.true_effects,
        "verdicts": contents.verdicts,
    }
    return yaml.safe_dump(book, sort_keys=False, allow_unicode=True, width=110)


def _item_meanings(plan: Plan) -> dict[str, str]:
    """What the columns of a wide table mean: the wording of the item."""
    meanings = {}
    for name, instrument in plan.instruments.items():
        if not instrument.items:
            meanings[name] = f"{choose(instrument.name)}, a single number"
        for item, text in instrument.items.items():
            meanings[item] = f"{choose(instrument.name)}: {choose(text)}" if text else choose(instrument.name)
    return meanings
