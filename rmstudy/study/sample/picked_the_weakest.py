"""The trap: no effect at all, but the lowest third of the first test was chosen and tested again."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rmstudy.study.sample import answers
from rmstudy.study.sample.draws import Draws
from rmstudy.study.sample.writing import Contents, plan_of

NAME = "picked-the-weakest"
# The first seed whose gain lies within a tenth of a point of what regression to the mean gives on average (6.5).
SEED = 16
TESTED, CHOSEN, ANSWERED = 90, 30, 28
UNITS = ("operations", "technology", "sales", "finance", "people")


def contents(seed: int = SEED) -> Contents:
    """The tables of the study and what is true of them."""
    test = plan_of(NAME).instruments["digital_test"]
    draws = Draws(seed, NAME)
    mean, sd = test.reference_mean or 0.0, test.reference_sd or 1.0
    first = draws.normal(TESTED)
    last = answers.later(draws, first, test.stability or 1.0)  # the programme adds nothing
    before, after = (np.clip(np.floor(mean + sd * z + 0.5), 0, 100).astype(np.int64) for z in (first, last))
    # the luck of the draw decides between equal scores
    chosen = sorted(np.lexsort((draws.uniform(TESTED), before))[:CHOSEN].tolist())
    answered = [chosen[i] for i in answers.who_stays(draws, np.zeros(CHOSEN), ANSWERED)]
    seniors, juniors = (
        [f"s{n:02d}" for n in range(1, TESTED + 1)],
        [f"j{n:02d}" for n in range(1, CHOSEN + 1)],
    )
    rows = [(seniors[i], "pre", before[i]) for i in range(TESTED)]
    rows += [(seniors[i], "post", after[i]) for i in answered]
    responses = pd.DataFrame(rows, columns=["person_id", "wave_id", "digital_test"])
    return Contents(
        about="Synthetic. A programme without any effect; the lowest third of the first test took part.",
        tables={**_tables(draws, seniors, juniors, chosen), "responses": responses},
        known_counts={"tested": TESTED, "chosen": CHOSEN, "tested_again": ANSWERED, "pairs": CHOSEN},
        true_effects={
            "knowledge": {
                "value": 0.0,
                "unit": "points",
                "note": "scores of the lowest third rise by 6.5 points on average without any programme",
            }
        },
        verdicts={"knowledge": {"verdict": "met_unconfirmed", "merit": "not shown"}},
    )


def _tables(
    draws: Draws, seniors: list[str], juniors: list[str], chosen: list[int]
) -> dict[str, pd.DataFrame]:
    """Everybody tested, the arm of each, and one junior for each of those chosen."""
    people = pd.DataFrame(
        {
            "person_id": seniors + juniors,
            "role": ["mentee"] * TESTED + ["mentor"] * CHOSEN,
            "age_band": draws.choose(("45-54", "55-64"), (5, 4), TESTED) + ["25-34"] * CHOSEN,
            "seniority_band": ["3-senior"] * TESTED + ["1-junior"] * CHOSEN,
            "unit": draws.choose(UNITS, (7, 5, 4, 3, 1), TESTED + CHOSEN),
        }
    )
    arm = ["programme" if i in set(chosen) else "not_selected" for i in range(TESTED)]
    assignments = pd.DataFrame(
        {
            "person_id": seniors + juniors,
            "arm": arm + ["programme"] * CHOSEN,
            "mechanism": ["criteria"] * TESTED + ["self"] * CHOSEN,
            "assigned_on": "2024-01-17",
        }
    )
    pairs = pd.DataFrame(
        {
            "pair_id": [f"p{n:02d}" for n in range(1, CHOSEN + 1)],
            "mentor_id": juniors,
            "mentee_id": [seniors[i] for i in chosen],
            "start": "2024-01-22",
            "end": "2024-07-19",
            "end_reason": "completed",
        }
    )
    return {"participants": people, "assignments": assignments, "pairs": pairs}
