"""People's true levels into the answers they tick.

The plan itself carries the parameters: a scale gets the reference mean and SD, the reliability and the
stability that its ``study.yml`` states, so that plan and data agree.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rmstudy.study.plan import Instrument
from rmstudy.study.sample.draws import Draws, Floats

# The two ends of a scale cut a little off high and low levels; this much wider, mean and SD come out as meant.
WIDER = 1.035

# Slope and place of the test's items on the scale of true knowledge (mean 0, SD 1): with these a form of
# twenty questions has a mean of 10.4, an SD of 4.2, a KR-20 of .78 (found by numerical integration).
TEST_SLOPE = 0.95
TEST_CENTRE = -0.11
TEST_SPREAD = 1.2


def later(
    draws: Draws, first: Floats, stability: float, shared: Floats | None = None, weight: float = 0.0
) -> Floats:
    """Standardised levels at a later wave, with a given correlation to the first.

    ``shared`` (standard normal) enters the new part with ``weight``: what a person has in common with
    somebody else.
    """
    fresh = draws.normal(*first.shape)
    if shared is not None:
        fresh = math.sqrt(1 - weight**2) * fresh + weight * shared
    return stability * first + math.sqrt(1 - stability**2) * fresh


def true_stability(instrument: Instrument) -> float:
    """Correlation of the true levels at two waves: that of the scores, freed of measurement error."""
    return (instrument.stability or 1.0) / (instrument.reliability or 1.0)


def scale_answers(draws: Draws, instrument: Instrument, levels: Floats) -> pd.DataFrame:
    """Answers to a rating scale, a row a person and a column an item, as ticked (reversed where asked).

    ``levels`` are standardised: 0 is the reference mean, 1 one reference SD of the score above it.
    """
    items = list(instrument.items)
    k, sd, reliability = len(items), instrument.reference_sd or 1.0, instrument.reliability or 1.0
    low, high = instrument.range or (1.0, 5.0)
    # the errors of k items average out to the unreliable part of the score; rounding gives 1/12 of it
    noise = math.sqrt(sd**2 * (1 - reliability) * k - 1 / 12)
    easiness = np.linspace(-0.3, 0.3, k)
    expected = (instrument.reference_mean or 3.0) + WIDER * sd * levels[:, None] + easiness[None, :]
    ticked = np.floor(expected + noise * draws.normal(len(levels), k) + 0.5)
    ticked = np.clip(ticked, low, high).astype(np.int64)
    sheet = pd.DataFrame(ticked, columns=items)
    for item in instrument.reverse:
        sheet[item] = int(low + high) - sheet[item]
    return sheet


def spread(instrument: Instrument) -> float:
    """SD of the true levels in reference SDs: the part of the score's SD that is not error."""
    return math.sqrt(instrument.reliability or 1.0)


def test_answers(draws: Draws, instrument: Instrument, form: list[str], levels: Floats) -> pd.DataFrame:
    """Answers a to d to one form of a test each; the items of the other form stay empty."""
    sheet = pd.DataFrame(None, index=range(len(levels)), columns=list(instrument.items), dtype=object)
    key = instrument.key or {}
    luck = draws.uniform(len(levels), len(instrument.items))
    wrong = draws.integers(0, 2, len(levels), len(instrument.items))
    column = {item: number for number, item in enumerate(instrument.items)}
    for person, (name, level) in enumerate(zip(form, levels, strict=True)):
        items = instrument.forms[name]
        for item, difficulty in zip(items, _difficulties(len(items)), strict=True):
            right = luck[person, column[item]] < 1 / (1 + math.exp(-TEST_SLOPE * (level - difficulty)))
            others = [letter for letter in "abcd" if letter != key[item]]
            sheet.loc[person, item] = key[item] if right else others[wrong[person, column[item]]]
    return sheet


def _difficulties(k: int) -> list[float]:
    """Difficulties of a form's questions, the same in both forms, in mixed order."""
    even = np.linspace(TEST_CENTRE - TEST_SPREAD, TEST_CENTRE + TEST_SPREAD, k)
    return [float(even[(7 * i) % k]) for i in range(k)]


def who_stays(draws: Draws, levels: Floats, k: int, gone: NDArray[np.bool_] | None = None) -> list[int]:
    """Numbers of the k people who answer again: those with a low first score a little less often."""
    inclination = draws.normal(len(levels)) + 0.35 * levels
    if gone is not None:
        inclination = np.where(gone, inclination - 100, inclination)
    return sorted(np.argsort(-inclination, kind="stable")[:k].tolist())


def leave_blanks(draws: Draws, sheet: pd.DataFrame, share: float) -> pd.DataFrame:
    """The same answers with a share of them left open."""
    return sheet.astype(object).mask(draws.uniform(*sheet.shape) < share)


def in_words(sheet: pd.DataFrame, instrument: Instrument, italian: NDArray[np.bool_]) -> pd.DataFrame:
    """The same answers with an instrument's numbers as labels: of each person in one language."""
    items = [item for item in instrument.items if item in sheet.columns]
    labels, low = instrument.labels or {}, int(instrument.range[0]) if instrument.range else 1
    worded = sheet.copy()
    for item in items:
        worded[item] = [
            None if pd.isna(answer) else labels["it" if own else "en"][int(answer) - low]
            for answer, own in zip(sheet[item], italian, strict=True)
        ]
    return worded
