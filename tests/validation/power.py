"""Power and precision."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd
from reference import HERE, case, tolerance

from rmstudy.methods.power import power_adjusted, power_change, precision
from validation import Row

FUNCTIONS = {"power_change": power_change, "power_adjusted": power_adjusted, "precision": precision}
CLUSTERS = {"n": 200, "cluster_size": 20, "icc": 0.1}
Call = tuple[str, dict[str, Any], str]

# Numbers of R package pwr, or of formulas where it has none; a number of people is pwr's, rounded up.
RECORDS: dict[str, Call] = {
    "paired": ("power_change", {"effect": 0.4, "correlation": 0.5, "n": 40}, "power"),
    "paired_n": ("power_change", {"effect": 0.4, "correlation": 0.5, "power": 0.8}, "n"),
    "paired_from_dav": ("power_change", {"effect": 0.4, "correlation": 0.6, "n": 40}, "power"),
    "two_sample": ("power_adjusted", {"effect": 0.5, "correlation": None, "n": 40}, "power"),
    "two_sample_n": ("power_adjusted", {"effect": 0.5, "correlation": None, "power": 0.8}, "n"),
    "unequal": ("power_adjusted", {"effect": 0.5, "correlation": None, "n": 40, "ratio": 1.5}, "power"),
    "mdes_unequal": ("power_adjusted", {"correlation": None, "n": 40, "ratio": 1.5, "power": 0.8}, "effect"),
    "ancova": ("power_adjusted", {"effect": 0.5, "correlation": 0.6, "n": 40}, "power"),
    "ancova_n": ("power_adjusted", {"effect": 0.5, "correlation": 0.6, "power": 0.8}, "n"),
    "change_score": ("power_adjusted", {"effect": 0.5 / 0.8**0.5, "correlation": None, "n": 40}, "power"),
    "crt": ("power_adjusted", {"effect": 0.5, "correlation": None, **CLUSTERS}, "power"),
    "crt_design_effect": ("power_adjusted", {"effect": 0.5, "correlation": None, **CLUSTERS}, "design_effect"),
    "crt_mdes_exact": ("power_adjusted", {"power": 0.8, "correlation": None, **CLUSTERS}, "effect"),
    "crt_clusters_per_arm": ("power_adjusted", {"effect": 0.5, "power": 0.8, "correlation": None,
                                                "cluster_size": 20, "icc": 0.1}, "clusters"),
    "attrition_inflated_n": ("power_adjusted", {"effect": 0.5, "correlation": None, "power": 0.8,
                                                "attrition": 0.2}, "seats"),
}  # fmt: skip
PAIRED = {"effect": 0.35, "correlation": 0.6, "cluster_size": 4, "cluster_size_cv": 0.5, "icc": 0.08}
ARMS = {"effect": 0.5, "correlation": 0.6, "cluster_size": 10, "cluster_size_cv": 0.4, "icc": 0.05}
WIDTH = {"contrast": "change", "correlation": 0.6}
PLANNING: dict[str, Call] = {
    "change_20": ("power_change", {"effect": 0.4, "correlation": 0.2, "n": 30}, "power"),
    "change_50": ("power_change", {"effect": 0.4, "correlation": 0.5, "n": 30}, "power"),
    "change_80": ("power_change", {"effect": 0.4, "correlation": 0.8, "n": 30}, "power"),
    "change_negative": ("power_change", {"effect": -0.6, "correlation": 0.7, "n": 18, "alpha": 0.01}, "power"),
    "change_clusters": ("power_change", PAIRED | {"n": 96}, "power"),
    "change_clusters_n": ("power_change", PAIRED | {"power": 0.8}, "n"),
    "change_effect": ("power_change", {"correlation": 0.6, "n": 40, "power": 0.9}, "effect"),
    "adjusted_unequal": ("power_adjusted", {"effect": 0.45, "correlation": 0.7, "n": 48, "ratio": 1.25}, "power"),
    "adjusted_clusters": ("power_adjusted", ARMS | {"n": 100}, "power"),
    "adjusted_clusters_j": ("power_adjusted", ARMS | {"power": 0.8}, "clusters"),
    "adjusted_n_third": ("power_adjusted", {"effect": 0.5, "correlation": 0.6, "power": 0.8, "ratio": 1 / 3}, "n"),
    "adjusted_effect": ("power_adjusted", {"correlation": 0.7, "n": 48, "ratio": 1.25, "power": 0.8}, "effect"),
    "width_change": ("precision", WIDTH | {"n": 40}, "half_width"),
    "width_change_clusters": ("precision", WIDTH | {"n": 96, "level": 0.9, "cluster_size": 4,
                                                    "cluster_size_cv": 0.5, "icc": 0.08}, "half_width"),
    "width_adjusted": ("precision", {"contrast": "comparison", "correlation": 0.7, "n": 48, "ratio": 1.25},
                       "half_width"),
    "width_adjusted_n": ("precision", {"contrast": "comparison", "correlation": 0.7, "half_width": 0.25}, "n"),
}  # fmt: skip
# What follows from a definition: d_z, the factor 1 - r², and the arithmetic of arms, clusters and seats.
BY_HAND: list[tuple[Call, float, str]] = [
    (("power_change", {"effect": 0.4, "correlation": 0.68, "n": 40}, "d_z"), 0.5, "d / √(2 (1 - r)) = .4 / .8"),
    (("power_change", {"effect": 0.4, "correlation": 0.5, "n": 40}, "df"), 39, "n - 1"),
    (("power_change", PAIRED | {"n": 96}, "clusters"), 24, "96 / 4"),
    (("power_change", PAIRED | {"n": 96}, "design_effect"), 1.32, "1 + (1.25 x 4 - 1) x .08"),
    (("power_change", {"effect": 0.4, "correlation": 0.5, "n": 40, "attrition": 0.2}, "seats"), 50, "40 / .8"),
    (("power_adjusted", {"effect": 0.5, "correlation": 0.6, "n": 40}, "variance_factor"), 0.64, "Borm (2007): 1 - r²"),
    (("power_adjusted", {"effect": 0.5, "correlation": 0.6, "n": 40}, "df"), 77, "80 - 3"),
    (("power_adjusted", {"effect": 0.5, "correlation": 0.6, "n": 41, "ratio": 0.5}, "n_comparison"), 21, "41 / 2, up"),
    (("power_adjusted", ARMS | {"n": 100, "ratio": 0.5}, "clusters_comparison"), 5, "50 / 10"),
    (("power_adjusted", ARMS | {"n": 100, "ratio": 0.5, "attrition": 0.2}, "seats_comparison"), 63, "50 / .8, up"),
    (("precision", WIDTH | {"n": 20}, "std_error"), 0.2, "√(2 (1 - .6) / 20)"),
    (("precision", WIDTH | {"n": 20, "attrition": 0.2}, "seats"), 25, "20 / .8"),
]  # fmt: skip


def _number(call: Call) -> float:
    name, options, column = call
    return float(FUNCTIONS[name](**options)[column].iloc[0])


def _row(call: Call, reference: str, want: float, allowed: float) -> Row:
    name, options, column = call
    shown = ", ".join(
        f"{key} {value:.3g}" if isinstance(value, float) else f"{key} {value}"
        for key, value in options.items()
    )
    return Row(f"power.{name}", column, reference, shown, partial(_number, call), want, allowed)


def _published() -> list[Row]:
    found = []
    for name, call in RECORDS.items():
        record = case("power")[name]
        want = record.get("n_ceiling", record["estimate"])
        found.append(_row(call, "R pwr 1.3.0, or its formula", float(want), tolerance(record)))
    return found


def _planned() -> list[Row]:
    table = pd.read_csv(HERE / "planning.csv").set_index("id")["value"]
    return [
        _row(call, "R, from the noncentral t (pt) or qt", float(table[name]), 1e-9)
        for name, call in PLANNING.items()
    ]


ROWS: list[Row] = [
    *_published(),
    *_planned(),
    *(_row(call, f"by definition: {words}", want, 1e-12) for call, want, words in BY_HAND),
]
