"""Small programmes without a comparison group: sixteen pairs, and eight pairs in tiny departments."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from rmstudy.study.plan import Instrument
from rmstudy.study.sample import answers
from rmstudy.study.sample.draws import Draws, Floats
from rmstudy.study.sample.writing import Contents, plan_of

# The first seed with which both estimates lie within a tenth of a standard deviation of the truth.
SIXTEEN_SEED = 4
EIGHT_SEED = 1

KNOWLEDGE_SHIFT = 1.08  # on the scale of true knowledge: 0.90 SD of the test score, 0.10 of it from practice
CONFIDENCE, LEADERSHIP = 0.05, 0.40
SMALL_UNITS = ("sales", "sales", "finance", "finance", "legal", "people", "logistics", "operations")
SMALL_UNITS_JUNIORS = (
    "marketing",
    "finance",
    "marketing",
    "sales",
    "people",
    "legal",
    "technology",
    "logistics",
)


def sixteen_pairs(seed: int = SIXTEEN_SEED) -> Contents:
    """The study "no-comparison": everybody in the programme, 14 of 16 answer again."""
    plan = plan_of("no-comparison")
    draws = Draws(seed, "sixteen")
    mentees, mentors = [f"s{n:02d}" for n in range(1, 17)], [f"j{n:02d}" for n in range(1, 17)]
    units = draws.choose(("operations", "sales", "finance", "people"), (6, 5, 3, 2), 16)
    people = _people(mentees, mentors, units, ["technology"] * 16)
    test, scale = plan.instruments["digital_test"], plan.instruments["tech_confidence"]
    first = draws.normal(16)
    last = answers.later(draws, first, answers.true_stability(test)) + KNOWLEDGE_SHIFT
    forms = np.where(np.isin(np.arange(16), draws.order(16)[:8]), "A", "B")
    stayed = answers.who_stays(draws, first, 14)
    parts = [
        _long("digital_test", "pre", mentees, answers.test_answers(draws, test, forms.tolist(), first)),
        *_scale_waves(draws, "tech_confidence", scale, mentees, CONFIDENCE, stayed),
        _long(
            "digital_test",
            "post",
            mentees,
            answers.test_answers(draws, test, np.where(forms == "A", "B", "A").tolist(), last),
            stayed,
        ),
    ]
    pairs = _pairs(mentors, mentees, dt.date(2024, 2, 5), dt.date(2024, 7, 31))
    tables = {"participants": people, "pairs": pairs, "responses": pd.concat(parts, ignore_index=True)}
    return Contents(
        about="Synthetic. Sixteen pairs, seniors nominated by their managers, nobody to compare with.",
        tables=tables,
        known_counts={"pairs": 16, "answered_before": 16, "answered_after": 14},
        true_effects={
            "knowledge": {"value": 0.90, "unit": "sd", "note": "change; 0.80 of it from the programme"},
            "confidence": {"value": CONFIDENCE, "unit": "sd", "note": "change"},
        },
        verdicts={
            "knowledge": {"verdict": "met", "merit": "not shown"},
            "confidence": {"verdict": "inconclusive", "merit": "not shown"},
        },
    )


def eight_pairs(seed: int = EIGHT_SEED) -> Contents:
    """The study "eight-pairs": fewer people than the gates ask for, in departments of one to three."""
    plan = plan_of("eight-pairs")
    draws = Draws(seed, "eight")
    mentees, mentors = [f"s{n}" for n in range(1, 9)], [f"j{n}" for n in range(1, 9)]
    people = _people(mentees, mentors, list(SMALL_UNITS), list(SMALL_UNITS_JUNIORS))
    confidence, leadership = plan.instruments["tech_confidence"], plan.instruments["leadership"]
    everybody = list(range(8))
    seven = answers.who_stays(draws, np.zeros(8), 7)
    parts = [
        *_scale_waves(draws, "tech_confidence", confidence, mentees, 0.30, everybody),
        *_scale_waves(draws, "leadership", leadership, mentors, LEADERSHIP, seven),
    ]
    pairs = _pairs(mentors, mentees, dt.date(2024, 3, 4), dt.date(2024, 8, 30))
    tables = {"participants": people, "pairs": pairs, "responses": pd.concat(parts, ignore_index=True)}
    units = people["unit"].value_counts()
    return Contents(
        about="Synthetic. Eight pairs in small departments: no verdict, and nothing to break down.",
        tables=tables,
        known_counts={
            "pairs": 8,
            "answered_after": {"mentee": 8, "mentor": 7},
            "people_by_unit": {str(unit): int(units[unit]) for unit in sorted(units.index)},
        },
        true_effects={
            "confidence": {"value": 0.30, "unit": "sd", "note": "change"},
            "leadership": {"value": LEADERSHIP, "unit": "sd", "note": "change"},
        },
        verdicts={
            "confidence": {"verdict": "not_enough_data", "merit": "not shown"},
            "leadership": {"verdict": "not_enough_data", "merit": "not shown"},
        },
    )


def _people(mentees: list[str], mentors: list[str], *units: list[str]) -> pd.DataFrame:
    """Participants: seniors and juniors with their department."""
    role = ["mentee"] * len(mentees) + ["mentor"] * len(mentors)
    band = {"mentee": "3-senior", "mentor": "1-junior"}
    age = {"mentee": "45-54", "mentor": "25-34"}
    return pd.DataFrame(
        {
            "person_id": mentees + mentors,
            "role": role,
            "age_band": [age[name] for name in role],
            "seniority_band": [band[name] for name in role],
            "unit": [unit for some in units for unit in some],
        }
    )


def _pairs(mentors: list[str], mentees: list[str], start: dt.date, end: dt.date) -> pd.DataFrame:
    """One completed spell a pair; nobody works in the department of the other."""
    return pd.DataFrame(
        {
            "pair_id": [f"p{n:02d}" for n in range(1, len(mentees) + 1)],
            "mentor_id": mentors,
            "mentee_id": mentees,
            "start": start.isoformat(),
            "end": end.isoformat(),
            "end_reason": "completed",
        }
    )


def _scale_waves(
    draws: Draws, name: str, instrument: Instrument, ids: list[str], effect: float, stayed: list[int]
) -> list[pd.DataFrame]:
    """Answers to a rating scale before, and after by those who stayed."""
    size = answers.spread(instrument)
    first: Floats = draws.normal(len(ids))
    last = answers.later(draws, first, answers.true_stability(instrument))
    before = answers.scale_answers(draws, instrument, size * first)
    after = answers.scale_answers(draws, instrument, size * last + effect)
    return [_long(name, "pre", ids, before), _long(name, "post", ids, after, stayed)]


def _long(
    name: str, wave: str, ids: list[str], sheet: pd.DataFrame, chosen: list[int] | None = None
) -> pd.DataFrame:
    """A sheet of answers with one row an answer; items that were not asked have no row."""
    sheet = sheet.iloc[chosen if chosen is not None else list(range(len(ids)))]
    rows = [
        (ids[int(number)], wave, name, item, answer)
        for number, answers_of_one in zip(sheet.index, sheet.to_numpy(dtype=object), strict=True)
        for item, answer in zip(sheet.columns, answers_of_one, strict=True)
        if not pd.isna(answer)
    ]
    return pd.DataFrame(rows, columns=["person_id", "wave_id", "instrument_id", "item_id", "value"])
