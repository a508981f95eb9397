"""The bootstrap and permutations."""

from __future__ import annotations

from functools import cache, partial
from typing import Any

import numpy as np
import pandas as pd
from reference import HERE, case, dataset

from rmstudy.methods.columns import Array
from rmstudy.methods.resampling import bootstrap, permutation_test, wild_cluster_bootstrap
from rmstudy.results import Result
from validation import Row, printed, rows_of

# Efron & Tibshirani (1993), table 14.1: spatial test, part A, 26 children.
SPATIAL = [
    48,
    36,
    20,
    29,
    42,
    42,
    20,
    42,
    22,
    41,
    45,
    14,
    6,
    0,
    33,
    28,
    34,
    4,
    32,
    24,
    47,
    41,
    24,
    26,
    30,
    41,
]

# The data, the outcome, the covariates (the first is tested) and the clusters of each model in references/wild.csv.
WILD = {
    "after on stratum": ("outcomes", "post1", ["north", "pre1"], "pair"),
    "after on arm": ("outcomes", "post1", ["programme", "pre1"], "pair"),
    "after on before": ("outcomes", "post1", ["pre1"], "pair"),
    "reading on small class": ("star_k", "read", ["small", "exp"], "school"),
    "mathematics on small class": ("star_k", "math", ["small"], "school"),
}


def wild_data(model: tuple[str, str, list[str], str]) -> pd.DataFrame:
    """The people of a model: thirteen in six pairs, or those of the first eleven schools."""
    if model[0] == "outcomes":
        data = pd.read_csv(HERE / "outcomes.csv")
        return data.assign(
            north=data["stratum"].eq("north") * 1.0, programme=data["arm"].eq("programme") * 1.0
        )
    data = dataset("star_k").dropna(subset=["read", "math", "exp", "cltype"])
    schools = np.sort(data["school"].unique())[:11]
    return data[data["school"].isin(schools)].assign(small=lambda d: d["cltype"].eq("small") * 1.0)


def _wild(name: str) -> Result:
    _, outcome, covariates, cluster = model = WILD[name]
    return wild_cluster_bootstrap(wild_data(model), outcome=outcome, covariates=covariates, cluster=cluster)


def _wild_rows() -> list[Row]:
    found: list[Row] = []
    if not (HERE / "wild.csv").exists():  # being written
        return found
    for record in pd.read_csv(HERE / "wild.csv").to_dict("records"):
        name = str(record["model"])
        data = "13 people in 6 pairs" if WILD[name][0] == "outcomes" else "STAR kindergartens, 11 schools"
        reference = "wildboottest, every pattern of signs, ties counted"
        known = {"statistic": float(record["t"]), "p": float(record["p"])}
        found += rows_of(
            "resampling.wild_cluster_bootstrap", partial(_wild, name),
            known | {"tol_rel": 1e-8, "tol_abs": 1e-10}, ("statistic", "p_value"), data=f"{data}: {name}",
            reference=reference,
        )  # fmt: skip
    return found


def _variance(x: Array, axis: int) -> Array:
    return np.asarray(np.var(x, axis=axis))


def _mean(pre: Array, post: Array, axis: int = -1) -> Array:
    return np.asarray(np.mean(post - pre, axis=axis))


def _dz(pre: Array, post: Array, axis: int = -1) -> Array:
    change = post - pre
    return np.asarray(change.mean(axis=axis) / change.std(axis=axis, ddof=1))


@cache
def _people() -> pd.DataFrame:
    return pd.read_csv(HERE / "outcomes.csv")


def _spatial() -> Result:
    return bootstrap(pd.DataFrame({"a": SPATIAL}), _variance, columns=["a"], level=0.9, resamples=100_000)


def _resampled(name: str) -> Result:
    options: dict[str, Any] = (
        {"cluster": "pair", "resamples": 20_000} if "clusters" in name else {"resamples": 100_000}
    )
    statistic = _dz if name == "d_z" else _mean
    return bootstrap(_people(), statistic, columns=["pre1", "post1"], **options)


def _bootstraps() -> list[Row]:
    """Both sides draw, so they agree within chance: 2 % of the standard error for itself, 8 % for a limit."""
    found = []
    for record in pd.read_csv(HERE / "bootstrap.csv").to_dict("records"):
        error = float(record["std_error"])
        names = {"estimate": ("estimate", 1e-9), "std_error": ("std_error", 0.02 * error),
                 "conf_low": ("low", 0.08 * error), "conf_high": ("high", 0.08 * error)}  # fmt: skip
        once = cache(partial(_resampled, record["name"]))
        for attribute, (field, allowed) in names.items():
            found.append(Row("resampling.bootstrap", f"{record['name']}: {attribute}",
                             "R boot::boot.ci(type = \"bca\"), 200,000 resamples", "13 people in 6 clusters",
                             partial(_number, once, attribute), float(record[field]), allowed))  # fmt: skip
    return found


def _number(result: Any, attribute: str) -> float | None:
    value: float | None = getattr(result().headline, attribute)
    return value


DESIGNS: dict[str, dict[str, Any]] = {
    "people": {"pre": "pre1"},
    "clusters": {"pre": "pre1", "cluster": "pair"},
    "arms": {"pre": "pre1", "arm": "lottery"},
    "later scores": {"arm": "lottery"},
    "strata": {"pre": "pre1", "arm": "lottery", "strata": "stratum"},
    "cluster arms": {"pre": "pre1", "arm": "arm", "cluster": "pair"},
}


def _permutations() -> list[Row]:
    found = []
    for record in pd.read_csv(HERE / "permutation.csv").to_dict("records"):
        once = cache(partial(permutation_test, _people(), post="post1", **DESIGNS[record["design"]]))
        for attribute, field in {"estimate": "estimate", "p_value": "p"}.items():
            found.append(Row("resampling.permutation_test", f"headline: {attribute}",
                             "R, every reassignment listed and counted",
                             f"13 people, {record['design']}", partial(_number, once, attribute),
                             float(record[field]), 1e-12))  # fmt: skip
    return found


def _anorexia() -> Result:
    data = dataset("anorexia")
    data = data[data["arm"].isin(["FT", "Cont"])]
    return permutation_test(data, pre="pre", arm="arm", programme="FT")


def _sleep() -> Result:
    return permutation_test(dataset("sleep"), pre="drug1", post="drug2")


once = cache(_spatial)
BOOK = "Efron & Tibshirani (1993), section 14.3"
ROWS: list[Row] = [
    Row("resampling.bootstrap", "variance: estimate", BOOK, "spatial test, 26 children",
        partial(_number, once, "estimate"), 171.5, printed(171.5, 1)),
    # the book drew 2,000 times, so its last digits are its own draw
    Row("resampling.bootstrap", "variance: lower limit, 90 %", BOOK, "spatial test, 26 children",
        partial(_number, once, "conf_low"), 115.8, 3.0),
    Row("resampling.bootstrap", "variance: upper limit, 90 %", BOOK, "spatial test, 26 children",
        partial(_number, once, "conf_high"), 259.6, 3.0),
    *_bootstraps(),
    *_permutations(),
    *rows_of("resampling.permutation_test", _sleep, case("ordinal_paired_sleep")["sign_flip_mean_p_exact"],
             ("p_value",), data="sleep, 10 people", reference="R, the mean under all 1,024 signs, counted"),
    *rows_of("resampling.permutation_test", _anorexia, case("ordinal_indep_anorexia")["permutation_mean_p_exact"],
             ("p_value",), data="anorexia, family therapy against control",
             reference='R coin::oneway_test(distribution = "exact")'),
    *rows_of("resampling.permutation_test", _anorexia, case("paired_anorexia_ft")["mean_change"], ("estimate",),
             term="mean change, programme", data="anorexia, family therapy", reference="R mean(post - pre)"),
    *rows_of("resampling.permutation_test", _anorexia, case("paired_anorexia_cont")["mean_change"], ("estimate",),
             term="mean change, comparison", data="anorexia, control", reference="R mean(post - pre)"),
    *_wild_rows(),
]  # fmt: skip
