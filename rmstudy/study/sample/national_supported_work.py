"""Real data: the lottery of the National Supported Work programme, as Dehejia and Wahba used it."""

from __future__ import annotations

from importlib import import_module

import pandas as pd

from rmstudy.errors import DataError, Problem
from rmstudy.study.sample.writing import Contents

NAME = "national-supported-work"
WAVES = {"earlier": "re74", "pre": "re75", "post": "re78"}
README = """\
# National Supported Work

Real data of 445 men who had applied for a place in the National Supported Work programme (USA, 1970s): guaranteed
work with guidance for people without steady work. A lottery decided who took part: 185 did, 260 did not. It was no
mentoring programme; it is here because the lottery makes the effect as well known as an effect can be, and because
the estimates below have been published and recomputed many times.

| estimate, dollars in 1978 | value |
|---|---|
| difference in 1978 | 1,794 |
| difference adjusted for 1975 | 1,750 |
| difference in differences, 1975 to 1978 | 1,529 |
| gain of the participants alone, 1975 to 1978 | 4,817 |

The last line is what a look at the participants alone would have claimed: most of it would have come without the
programme.

## Source and licence

- LaLonde, R. (1986). Evaluating the econometric evaluations of training programs with experimental data.
  *American Economic Review* 76(4), 604-620.
- Dehejia, R., and Wahba, S. (1999). Causal effects in nonexperimental studies: reevaluating the evaluation of
  training programs. *Journal of the American Statistical Association* 94(448), 1053-1062; and (2002) Propensity
  score-matching methods for nonexperimental causal studies. *Review of Economics and Statistics* 84(1), 151-161.
- The copy used is `nsw_mixtape` of the Python package `causaldata` (N. Huntington-Klein), MIT
  licence; it goes back to the book *Causal Inference: The Mixtape* by S. Cunningham.

## What was changed

- The columns on ethnicity were left out: no analysis here needs them, and they are a special category of personal
  data. The people cannot be identified from what remains.
- People got pseudonyms in the order of the source; `marr` is `married`, `nodegree` is `no_degree` (yes or no).
- Earnings keep every digit of the source. They stand in `responses.csv` with a wave a year: `earlier` is 1974,
  `pre` 1975, `post` 1978.
- The thresholds in `study.yml` were chosen for this sample, not by the programme.
"""

ESTIMATES = {
    "adjusted": {"value": 1750, "unit": "points", "note": "dollars; computed, see README.md"},
    "post-difference": {"value": 1794, "unit": "points", "note": "dollars; as published"},
    "difference-in-differences": {"value": 1529, "unit": "points", "note": "dollars; computed"},
    "one-group-gain": {"value": 4817, "unit": "points", "note": "dollars; a change, not an effect"},
}
VERDICTS = {
    "adjusted": {"verdict": "met_unconfirmed", "merit": "shown"},
    "post-difference": {"verdict": "met_unconfirmed", "merit": "shown"},
    "difference-in-differences": {"verdict": "met_unconfirmed", "merit": "shown"},
    "one-group-gain": {"verdict": "met", "merit": "not shown"},
}
MEANINGS = {
    "age": "years",
    "education": "years of schooling",
    "married": "yes or no",
    "no_degree": "whether a school degree is missing",
}


def contents() -> Contents:
    """The tables of the study and the published estimates."""
    try:
        source = import_module("causaldata.nsw_mixtape").load_pandas().data
    except ImportError:
        what = "the package causaldata holds the source and is not installed"
        raise DataError(Problem(what, "Install it: pip install causaldata.")) from None
    ids = [f"t{n:03d}" for n in range(1, len(source) + 1)]
    yes_no = {0: "no", 1: "yes"}
    participants = pd.DataFrame(
        {
            "person_id": ids,
            "role": "trainee",
            "age": source["age"].to_numpy(),
            "education": source["educ"].to_numpy(),
            "married": [yes_no[int(value)] for value in source["marr"]],
            "no_degree": [yes_no[int(value)] for value in source["nodegree"]],
        }
    )
    arm = ["programme" if treated else "comparison" for treated in source["treat"]]
    assignments = pd.DataFrame({"person_id": ids, "arm": arm, "mechanism": "lottery"})
    # repr gives the shortest text that reads back as the same number
    earnings = {wave: [repr(float(x)) for x in source[column]] for wave, column in WAVES.items()}
    responses = pd.concat(
        pd.DataFrame({"person_id": ids, "wave_id": wave, "earnings": values})
        for wave, values in earnings.items()
    )
    return Contents(
        about="Real. 445 applicants of the National Supported Work programme; see README.md.",
        tables={"participants": participants, "assignments": assignments, "responses": responses},
        known_counts={
            "people": len(ids),
            "programme": arm.count("programme"),
            "comparison": arm.count("comparison"),
        },
        true_effects=ESTIMATES,
        verdicts=VERDICTS,
        meanings=MEANINGS,
        readme=README,
    )
