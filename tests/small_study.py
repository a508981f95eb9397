"""A small, valid study folder that tests can spoil."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import yaml

PLAN: dict[str, Any] = {
    "version": 1,
    "programme": {"name": {"en": "Small programme", "it": "Piccolo programma"}},
    "goals": [
        {
            "id": "confident",
            "statement": {"en": "Seniors feel surer with technology", "it": "I senior si sentono più sicuri"},
            "role": "mentee",
            "criteria": [
                {"id": "confidence", "instrument": "confidence", "contrast": "change", "threshold": 0.3}
            ],
        }
    ],
    "instruments": {
        "confidence": {
            "name": {"en": "Confidence", "it": "Fiducia"},
            "role": "mentee",
            "items": ["c1", "c2", "c3"],
            "range": [1, 5],
            "reverse": ["c2"],
            "labels": {
                "en": ["Never", "Rarely", "Sometimes", "Often", "Always"],
                "it": ["Mai", "Raramente", "Qualche volta", "Spesso", "Sempre, è così"],
            },
        }
    },
    "waves": {"pre": {"closed": "2024-01-10"}, "post": {"closed": "2024-07-10"}},
    "analysis": {"gates": {"least_people": 5}},
}

PEOPLE = 8


def plan(**changes: Any) -> dict[str, Any]:
    """The plan, with top-level sections replaced."""
    return copy.deepcopy(PLAN) | changes


def tables() -> dict[str, list[list[str]]]:
    """The tables as rows of text, headers first."""
    participants = [["person_id", "role", "age_band", "unit"]]
    participants += [[f"s{i}", "mentee", "55-64", "north" if i < 6 else "south"] for i in range(PEOPLE)]
    participants += [[f"j{i}", "mentor", "25-34", "north"] for i in range(PEOPLE)]
    pairs = [["pair_id", "mentor_id", "mentee_id", "start", "end"]]
    pairs += [[f"p{i}", f"j{i}", f"s{i}", "2024-01-15", "2024-07-01"] for i in range(PEOPLE)]
    responses = [["person_id", "wave_id", "instrument_id", "item_id", "value"]]
    for i in range(PEOPLE):
        for wave, shift in (("pre", 0), ("post", 1)):
            for item in ("c1", "c2", "c3"):
                value = 2 + i % 2 + shift
                responses.append(
                    [f"s{i}", wave, "confidence", item, str(6 - value if item == "c2" else value)]
                )
    return {"participants": participants, "pairs": pairs, "responses": responses}


def write(
    folder: Path, content: dict[str, Any] | None = None, rows: dict[str, list[list[str]]] | None = None
) -> Path:
    """Write a study folder."""
    folder.mkdir(exist_ok=True)
    text = yaml.safe_dump(content or plan(), allow_unicode=True, sort_keys=False)
    (folder / "study.yml").write_text(text, encoding="utf-8")
    for name, lines in (rows or tables()).items():
        text = "".join(
            ",".join(f'"{cell}"' if "," in cell else cell for cell in line) + "\n" for line in lines
        )
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder
