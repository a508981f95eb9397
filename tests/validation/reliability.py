"""Reliability of scales and of scores over time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, partial

import numpy as np
import pandas as pd
from reference import HERE, case, dataset, tolerance

from rmstudy.methods.reliability import cronbach_alpha, item_analysis, omega_total, retest_correlation
from rmstudy.results import Result
from validation import Row, estimate_of, printed, rows_of

# 1 where an item of the personality inventory is keyed as the scale, -1 where it is turned
KEYS = {
    "A": (-1, 1, 1, 1, 1),
    "C": (1, 1, 1, -1, -1),
    "E": (-1, -1, 1, 1, 1),
    "N": (1, 1, 1, 1, 1),
    "O": (1, -1, 1, 1, -1),
}
INDICES = ("cfi", "tli", "rmsea", "srmr")

# Holzinger & Swineford (1939), nine tests of 301 pupils: covariances within the three triples; alpha as the
# documentation of semTools::reliability prints it
TRIPLES = {
    "visual": ([1.36289774, 0.408729235, 0.58183232, 1.38638981, 0.452567483, 1.27911441], 0.6261171),
    "textual": ([1.35516672, 1.10141196, 0.898500762, 1.66531838, 1.01790579, 1.20034624], 0.8827069),
    "speed": ([1.18708326, 0.537029372, 0.374541543, 1.02538942, 0.458840948, 1.01838722], 0.688455),
}


@cache
def _scale(scale: str) -> pd.DataFrame:
    """Five items of the inventory, all in one direction on the 1 to 6 scale."""
    data, names = dataset("bfi"), [f"{scale}{i}" for i in range(1, 6)]
    return pd.DataFrame(
        {
            name: data[name] if key == 1 else 7 - data[name]
            for name, key in zip(names, KEYS[scale], strict=True)
        }
    )


@cache
def _items() -> pd.DataFrame:
    return pd.read_csv(HERE / "items.csv")


@cache
def _r() -> dict[str, float]:
    """What reliability.R found."""
    return dict(pd.read_csv(HERE / "reliability.csv").itertuples(index=False))


def _with_covariance(upper: list[float], n: int) -> pd.DataFrame:
    """Data that have exactly the covariances whose upper triangle is given."""
    covariance = np.zeros((3, 3))
    covariance[np.triu_indices(3)] = upper
    covariance = np.triu(covariance) + np.triu(covariance, 1).T
    raw = np.random.default_rng(0).normal(size=(n, 3))
    raw -= raw.mean(axis=0)
    white = raw @ np.linalg.inv(np.linalg.cholesky(np.cov(raw.T))).T
    return pd.DataFrame(white @ np.linalg.cholesky(covariance).T, columns=["a", "b", "c"])


def _inventory(scale: str) -> Iterator[Row]:
    """Everything of one scale of the personality inventory."""
    c, data = case(f"reliability_bfi_{scale}"), f"bfi, items {scale}1 to {scale}5"
    alpha, omega = cache(partial(cronbach_alpha, _scale(scale))), cache(partial(omega_total, _scale(scale)))
    psych, lavaan = "R psych::alpha on complete answers", "R lavaan::cfa, estimates polished"
    of_alpha = partial(rows_of, "reliability.cronbach_alpha", alpha, data=data, reference=psych)
    yield from of_alpha(c["alpha_listwise"], ("estimate", "std_error", "conf_low", "conf_high"))
    yield from of_alpha(c["alpha_standardized_listwise"], ("estimate",), term="alpha of standardised items")
    yield from of_alpha(c["mean_interitem_r"], ("estimate",), term="mean correlation between items")
    measurement = "standard error of measurement (points of the sum)"
    yield from of_alpha(c["sem_alpha"], ("estimate",), term=measurement)
    of_omega = partial(rows_of, "reliability.omega_total", omega, data=data, reference=lavaan)
    # lavaan differentiates omega numerically, so its standard error is good to some 2e-6 only
    numerically = {**c["omega_u"], "tol_rel": 5e-6}
    yield from of_omega(c["omega_u"], ("estimate",))
    yield from of_omega(numerically, ("std_error", "conf_low", "conf_high"), term="omega, normal interval")
    yield from of_omega(
        c["omega_u_observed_variance"], ("estimate",), term="omega over the observed variance"
    )
    yield from of_omega(c["omega_standardized"], ("estimate",), term="omega of standardised items")
    yield from of_omega(c["alpha_listwise"], ("estimate", "std_error", "conf_low", "conf_high"), term="alpha")
    for name in _scale(scale):
        yield from of_omega(c[f"loading.{name}"], ("estimate", "std_error"), term=f"loading of {name}")
    yield from of_omega(
        c["cfa_chisq"],
        {"estimate": "statistic", "statistic": "statistic", "df": "df", "p_value": "p"},
        term="chi-square of one factor",
    )
    for index in INDICES:
        yield from of_omega(c[f"cfa_{index}"], ("estimate",), term=index.upper())
    table = cache(partial(item_analysis, _scale(scale)))
    for name in _scale(scale):
        for column in ("mean", "sd", "r_drop", "alpha_if_dropped"):
            record = c[f"item.{name}.{column}"]
            yield Row("reliability.item_analysis", f"{name}: {column}", psych, data,
                      lambda name=name, column=column: float(table().loc[name, column]),
                      record["estimate"], tolerance(record))  # fmt: skip
    for who, got in (
        ("n_complete", lambda: float(table()["n"].iloc[0])),
        ("n_any", lambda: float(alpha().n["all"] + alpha().dropped["all"])),
    ):
        yield Row("reliability.item_analysis", who, psych, data, got, c[who]["estimate"], 0.0)


def _counted(scale: str) -> Iterator[Row]:
    """Shares at the lowest and the highest answer, counted one by one."""
    complete = _scale(scale).dropna()
    for name in complete:
        for column, answer in (("floor", 1), ("ceiling", 6)):
            want = sum(given == answer for given in complete[name]) / len(complete)
            yield Row("reliability.item_analysis", f"{name}: {column}", f"people who answered {answer}, counted",
                      f"bfi, items {scale}1 to {scale}5",
                      lambda name=name, column=column: float(item_analysis(_scale(scale)).loc[name, column]),
                      want, 1e-12)  # fmt: skip
    missing = dataset("bfi")[f"{scale}1"].isna().sum()
    yield Row("reliability.item_analysis", f"{scale}1: missing", "empty cells, counted",
              f"bfi, items {scale}1 to {scale}5",
              lambda: float(item_analysis(_scale(scale)).loc[f"{scale}1", "missing"]), float(missing), 0.0)  # fmt: skip


def _own(
    method: str, result: Callable[[], Result], reference: str, names: dict[tuple[str | None, str], str]
) -> Iterator[Row]:
    """Rows against reliability.csv: (term, attribute) and the name there."""
    once = cache(result)
    for (term, attribute), name in names.items():
        want = _r()[name]
        yield Row(method, f"{term or 'headline'}: {attribute}", reference, f"items, {name}",
                  lambda term=term, attribute=attribute: getattr(estimate_of(once(), term), attribute),
                  want, 2e-5 * abs(want) if "lavaan" in reference else 1e-9)  # fmt: skip


def _pairs() -> pd.DataFrame:
    return _items().rename(columns={"q1": "pre", "q4": "post"})


ROWS: list[Row] = [
    *(row for scale in KEYS for row in _inventory(scale)),
    *_counted("A"),
    *(
        Row("reliability.cronbach_alpha", "headline: estimate", "semTools::reliability, documentation",
            f"Holzinger & Swineford, {name}",
            lambda upper=upper: cronbach_alpha(_with_covariance(upper, 301)).headline.estimate, want, printed(want, 6))
        for name, (upper, want) in TRIPLES.items()
    ),
    *_own("reliability.cronbach_alpha", lambda: cronbach_alpha(_items()), "R psych::alpha",
          {(None, "estimate"): "alpha", (None, "conf_low"): "alpha.lower", (None, "conf_high"): "alpha.upper"}),
    *_own("reliability.cronbach_alpha", lambda: cronbach_alpha((_items() >= 3).astype(int)), "R psych::alpha (KR-20)",
          {(None, "estimate"): "kr20", (None, "conf_low"): "kr20.lower", (None, "conf_high"): "kr20.upper"}),
    *_own("reliability.cronbach_alpha", lambda: cronbach_alpha((_items() >= 3).astype(int)),
          "Kuder & Richardson (1937), formula 20", {(None, "estimate"): "kr20.formula"}),
    *_own("reliability.omega_total", lambda: omega_total(_items(), items=["q1", "q2", "q3"]), "R lavaan::cfa",
          {(None, "estimate"): "omega3", (None, "std_error"): "omega3.se",
           (None, "conf_low"): "omega3.logit.lower", (None, "conf_high"): "omega3.logit.upper",
           ("omega, normal interval", "conf_low"): "omega3.lower",
           ("omega, normal interval", "conf_high"): "omega3.upper",
           ("loading of q1", "estimate"): "loading", ("loading of q1", "std_error"): "loading.se",
           ("loading of q1", "conf_low"): "loading.lower", ("loading of q1", "conf_high"): "loading.upper"}),
    *_own("reliability.retest_correlation", lambda: retest_correlation(_pairs()), "R cor.test",
          {(None, "estimate"): "r", (None, "statistic"): "r.t", (None, "df"): "r.df", (None, "p_value"): "r.p",
           (None, "conf_low"): "r.lower", (None, "conf_high"): "r.upper"}),
    *_own("reliability.retest_correlation", lambda: retest_correlation(_pairs()), "R psych::ICC",
          {("ICC(A,1)", "estimate"): "icc", ("ICC(A,1)", "conf_low"): "icc.lower",
           ("ICC(A,1)", "conf_high"): "icc.upper"}),
]  # fmt: skip
