"""Many outcomes."""

from __future__ import annotations

from functools import cache, partial
from typing import Any

import pandas as pd
from reference import HERE, Record, case, tolerance

from rmstudy.methods.multiplicity import benjamini_hochberg, holm, westfall_young
from rmstudy.results import Result
from validation import Row, estimate_of

OUTCOMES = {f"outcome {k}": (f"pre{k}", f"post{k}") for k in (1, 2, 3)}
# Neuhaus et al. (1992), fifteen p-values of Benjamini & Hochberg (1995), section 4.1.
NEUHAUS = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459,
    0.324, 0.4262, 0.5719, 0.6528, 0.759, 1.0,
]  # fmt: skip
DESIGNS: dict[str, dict[str, Any]] = {
    "people": {},
    "clusters": {"cluster": "pair"},
    "arms": {"arm": "lottery"},
    "strata": {"arm": "lottery", "strata": "stratum"},
    "cluster arms": {"arm": "arm", "cluster": "pair"},
}


@cache
def outcomes() -> pd.DataFrame:
    """Thirteen people in six clusters, three outcomes before and after, two scores missing."""
    return pd.read_csv(HERE / "outcomes.csv")


@cache
def _tested(design: str) -> Result:
    return westfall_young(outcomes(), outcomes=OUTCOMES, **DESIGNS[design])


def _p_values(name: str) -> dict[str, float | None]:
    return {key[4:]: record.get("p") for key, record in case(name).items() if key.startswith("raw.")}


def _adjusted(method: str, name: str, test: str) -> float:
    table = {"holm": holm, "BH": benjamini_hochberg}[method](_p_values(name))
    return float(table.loc[test, "adjusted"])


def _adjustments() -> list[Row]:
    functions = {"holm": "multiplicity.holm", "BH": "multiplicity.benjamini_hochberg"}
    data = {
        "multiplicity_fixed": "ten p-values, two of them tied",
        "multiplicity_anorexia": "anorexia, six tests and one missing",
    }
    found = []
    for name, about in data.items():
        records: dict[str, Record] = dict(case(name))
        for key, record in records.items():
            method, _, test = key.partition(".")
            if method in functions and not record.get("expect_missing"):
                found.append(Row(functions[method], f"adjusted, {test}", f"R p.adjust({method!r})", about,
                                 partial(_adjusted, method, name, test), record["p"],
                                 tolerance(record, "p")))  # fmt: skip
    return found


def _reached(adjust: Any) -> float:
    return float((adjust(NEUHAUS)["adjusted"] <= 0.05).sum())


def _step_down() -> list[Row]:
    table = pd.read_csv(HERE / "westfall_young.csv")
    fields = {"estimate": "estimate", "statistic": "statistic", "p_value": "adjusted"}

    def got(design: str, term: str, attribute: str) -> float | None:
        value: float | None = getattr(estimate_of(_tested(design), term), attribute)
        return value

    return [
        Row("multiplicity.westfall_young", f"outcome {record['outcome']}: {attribute}",
            "R, every reassignment listed; t of t.test and of clubSandwich (CR2)",
            f"13 people, {record['reassignments']} reassignments of {record['design']}",
            partial(got, record["design"], f"outcome {record['outcome']}", attribute),
            float(record[field]), 1e-10)
        for record in table.to_dict("records")
        for attribute, field in fields.items()
    ]  # fmt: skip


def _standard_error() -> float | None:
    return estimate_of(_tested("people"), "outcome 1").std_error


PUBLISHED = "Benjamini & Hochberg (1995), section 4.1"
ROWS: list[Row] = [
    *_adjustments(),
    Row("multiplicity.benjamini_hochberg", "tests at or below .05", PUBLISHED, "fifteen p-values",
        partial(_reached, benjamini_hochberg), 4, 0),
    Row("multiplicity.holm", "tests at or below .05", "by hand: .0019 x 13 = .025 holds, .0095 x 12 does not",
        "fifteen p-values of Benjamini & Hochberg (1995)", partial(_reached, holm), 3, 0),
    *_step_down(),
    Row("multiplicity.westfall_young", "outcome 1: standard error", "R: mean change over its t statistic",
        "13 people", _standard_error, 4.407692307692308 / 3.948345311810534, 1e-10),
]  # fmt: skip
