"""Many cohorts into one answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, partial

import numpy as np
import pandas as pd
from reference import HERE, case, tolerance

from rmstudy.methods.synthesis import leave_one_out, random_effects, random_effects_by, shrunken_effects
from validation import Row, estimate_of, rows_of

EVERYTHING = ("estimate", "std_error", "statistic", "df", "p_value", "conf_low", "conf_high")
NORMAL = tuple(name for name in EVERYTHING if name != "df")
PLAIN = "mean effect (Hartung-Knapp)"
WIDENED = "mean effect (Hartung-Knapp, never narrower than normal)"
LIMITS = ("conf_low", "conf_high")

# Raudenbush (1985), table 1: teachers who expect more of some pupils, effect and sampling variance of 19 studies
EFFECTS = (0.03, 0.12, -0.14, 1.18, 0.26, -0.06, -0.02, -0.32, 0.27, 0.80,
           0.54, 0.18, -0.02, 0.23, -0.18, -0.06, 0.30, 0.07, -0.07)  # fmt: skip
VARIANCES = (0.0156, 0.0216, 0.0279, 0.1391, 0.1362, 0.0106, 0.0106, 0.0484, 0.0269, 0.0630,
             0.0912, 0.0497, 0.0835, 0.0841, 0.0253, 0.0279, 0.0193, 0.0088, 0.0303)  # fmt: skip


def _expectancy() -> pd.DataFrame:
    return pd.DataFrame({"estimate": EFFECTS, "std_error": np.sqrt(VARIANCES)}, index=range(1, 20))


def _star() -> pd.DataFrame:
    """Small classes against ordinary ones: g of four kinds of schools."""
    records = case("cohort_meta_star_k")
    kinds = ("inner", "rural", "suburb", "urban")
    effects = [(records[f"g.{kind}"]["estimate"], records[f"g.{kind}"]["se"]) for kind in kinds]
    return pd.DataFrame(effects, columns=["estimate", "std_error"], index=list(kinds))


@cache
def _r() -> dict[str, float]:
    """What synthesis.R found."""
    return dict(pd.read_csv(HERE / "synthesis.csv").itertuples(index=False))


def _cohorts() -> pd.DataFrame:
    return pd.read_csv(HERE / "cohorts.csv", dtype={"cohort": str})


def _records(name: str, cohorts: Callable[[], pd.DataFrame], data: str) -> Iterator[Row]:
    """Everything of one published or computed set of effects."""
    c = case(name)
    rows = partial(rows_of, "synthesis.random_effects", lambda: random_effects(cohorts()), data=data)
    yield from rows(c["REML.knha"], EVERYTHING, term=PLAIN, reference='R metafor::rma(test = "knha")')
    yield from rows(
        c["REML.knha_adhoc"],
        ("estimate", "std_error", "df", *LIMITS),
        term=WIDENED,
        reference='R metafor::rma(test = "adhoc")',
    )
    yield from rows(c["REML.mu"], NORMAL, term="mean effect (normal interval)", reference="R metafor::rma")
    yield from rows(c["FE"], NORMAL, term="common effect", reference='R metafor::rma(method = "EE")')
    for error, record in (("Hartung-Knapp", "pi_knha_riley_kminus2"), ("normal", "pi_hts_kminus2")):
        yield from rows(
            c[f"REML.{record}"],
            ("estimate", "df", *LIMITS),
            term=f"a new cohort ({error} error)",
            reference="Higgins et al. (2009); R metafor::predict",
        )
    yield from rows(c["REML.tau2"], ("estimate", "std_error"), term="tau²", reference="R metafor::rma")
    confint = "R metafor::confint (Q-profile)"
    yield from rows(c["REML.tau2_qprofile"], LIMITS, term="tau²", reference=confint)
    yield from rows(c["REML.I2_qprofile"], ("estimate", *LIMITS), term="I² (percent)", reference=confint)
    yield from rows(c["REML.H2"], ("estimate",), term="H²", reference="R metafor::rma")
    yield from rows(
        c["Q"],
        {"estimate": "statistic", "statistic": "statistic", "df": "df", "p_value": "p"},
        term="Q",
        reference="R metafor::rma",
    )
    yield from rows(c["I2_Q"], ("estimate",), term="I² from Q (percent)", reference="R metafor::rma")
    without = cache(lambda: leave_one_out(cohorts()))
    for number, record, got in (
        ("smallest estimate", "loo_min", lambda: float(without()["estimate"].min())),
        ("largest estimate", "loo_max", lambda: float(without()["estimate"].max())),
        (
            "the cohort that moves most",
            "loo_most_influential_index",
            lambda: float(without()["moved"].abs().argmax() + 1),
        ),
    ):
        yield Row("synthesis.leave_one_out", number, "R metafor::leave1out", data, got,
                  c[record]["estimate"], tolerance(c[record]))  # fmt: skip


def _six(term: str, attribute: str, name: str, reference: str, level: float = 0.95) -> Row:
    """One number of the six cohorts against synthesis.csv."""
    want = _r()[name]
    return Row("synthesis.random_effects", f"{term}: {attribute}", reference, f"six cohorts, {name}",
               lambda: getattr(estimate_of(random_effects(_cohorts(), cohort="cohort", level=level), term), attribute),
               want, 1e-7 * max(abs(want), 1.0))  # fmt: skip


def _without() -> Iterator[Row]:
    """Leave-one-out of the six cohorts."""
    table = cache(lambda: leave_one_out(_cohorts(), cohort="cohort"))
    names = {
        "estimate": "",
        "tau2": ".tau2",
        "std_error": ".se",
        "conf_low": ".lower",
        "conf_high": ".upper",
    }
    for cohort in _cohorts()["cohort"]:
        for column, name in names.items():
            want = _r()[f"without.{cohort}{name}"]
            yield Row("synthesis.leave_one_out", f"without {cohort}: {column}", "R metafor::rma without the cohort",
                      "six cohorts", lambda cohort=cohort, column=column: float(table().loc[cohort, column]),
                      want, 1e-7 * max(abs(want), 1.0))  # fmt: skip


def _drawn() -> Iterator[Row]:
    """The six cohorts drawn towards their mean."""
    table = cache(lambda: shrunken_effects(_cohorts(), cohort="cohort"))
    names = {
        "estimate": "drawn.{}",
        "std_error": "drawn.{}.se",
        "conf_low": "drawn.{}.lower",
        "conf_high": "drawn.{}.upper",
        "apart": "apart.{}",
        "apart_low": "apart.{}.lower",
        "apart_high": "apart.{}.upper",
    }
    for cohort in _cohorts()["cohort"]:
        for column, name in names.items():
            want = _r()[name.format(cohort)]
            yield Row("synthesis.shrunken_effects", f"{cohort}: {column}", "R metafor::blup, ranef",
                      "six cohorts", lambda cohort=cohort, column=column: float(table().loc[cohort, column]),
                      want, 1e-7 * max(abs(want), 1.0))  # fmt: skip


def _kinds() -> Iterator[Row]:
    """The six cohorts in two kinds."""
    kinds = ["open", "closed", "open", "open", "closed", "closed"]
    result = cache(lambda: random_effects_by(_cohorts().assign(kind=kinds), kind="kind", cohort="cohort"))
    for term, attribute, name, reference in (
        ("kinds differ (Q)", "estimate", "kinds.q", "R metafor::rma of the two means (normal errors)"),
        ("kinds differ (Q)", "p_value", "kinds.p", "R metafor::rma of the two means (normal errors)"),
        ("closed", "estimate", "kinds.closed", 'R metafor::rma(test = "adhoc")'),
        ("closed", "std_error", "kinds.closed.se", 'R metafor::rma(test = "adhoc")'),
        ("open", "estimate", "kinds.open", 'R metafor::rma(test = "adhoc")'),
        ("open", "std_error", "kinds.open.se", 'R metafor::rma(test = "adhoc")'),
    ):
        want = _r()[name]
        yield Row("synthesis.random_effects_by", f"{term}: {attribute}", reference, "six cohorts of two kinds",
                  lambda term=term, attribute=attribute: getattr(estimate_of(result(), term), attribute),
                  want, 1e-7 * max(abs(want), 1.0))  # fmt: skip


ROWS: list[Row] = [
    *_records("meta_raudenbush", _expectancy, "Raudenbush (1985), 19 studies"),
    *_records("cohort_meta_star_k", _star, "Project STAR, four kinds of schools"),
    *(_six(PLAIN, attribute, name, 'R metafor::rma(test = "knha")') for attribute, name in (
        ("estimate", "mean"), ("std_error", "mean.se"), ("statistic", "mean.t"), ("p_value", "mean.p"),
        ("conf_low", "mean.lower"), ("conf_high", "mean.upper"))),
    *(_six(term, attribute, f"{name}.{column}", "R metafor::confint (Q-profile)")
      for term, name in (("tau", "tau"), ("tau²", "tau^2"), ("I² (percent)", "I^2(%)"), ("H²", "H^2"))
      for attribute, column in (("estimate", "estimate"), ("conf_low", "ci.lb"), ("conf_high", "ci.ub"))),
    _six("tau²", "std_error", "tau2.se", "R metafor::rma"),
    _six("tau", "conf_low", "tau.90.lower", "R metafor::confint(level = 90)", level=0.90),
    _six("a new cohort (Hartung-Knapp error)", "conf_low", "new.lower", 'R metafor::predict(pi.type = "riley")'),
    _six("a new cohort (Hartung-Knapp error)", "conf_high", "new.upper", 'R metafor::predict(pi.type = "riley")'),
    *(_six("2019", attribute, f"one.{name}", 'R metafor::rma(method = "FE")') for attribute, name in (
        ("statistic", "z"), ("p_value", "p"), ("conf_low", "lower"), ("conf_high", "upper"))),
    *_without(),
    *_drawn(),
    *_kinds(),
]  # fmt: skip
