"""What else could have produced a number."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
from reference import HERE, case, dataset
from scipy import optimize, stats

from rmstudy.methods.comparison import adjusted_difference
from rmstudy.methods.proportions import odds_ratio, risk_ratio
from rmstudy.methods.sensitivity import e_value, regression_to_the_mean, robustness_value, specification_curve
from rmstudy.results import Result
from validation import Row, printed, rows_of

FIRST, SECOND, RATIO = None, "E-value of the interval", "risk ratio"


def _lalonde(ratio: str) -> Result:
    data = dataset("lalonde").assign(employed=lambda d: (d["re78"] > 0).astype(int))
    method = {"risk_ratio": risk_ratio, "odds_ratio": odds_ratio}[ratio]
    return e_value(method(data, outcome="employed", arm="treat", programme=1))


def _difference() -> Result:
    record = case("indep_anorexia")["d_hedges_olkin_se"]
    return e_value(standardised_difference=record["estimate"], std_error=record["se"])


def _e_values() -> list[Row]:
    calls = {
        "RR": (partial(_lalonde, "risk_ratio"), "lalonde, employed at all"),
        "OR_common": (partial(_lalonde, "odds_ratio"), "lalonde, employed at all"),
        "d_se": (_difference, "anorexia, family therapy against control"),
        "fixed_rr.RR": (partial(e_value, risk_ratio=3.9, conf_low=1.8, conf_high=8.7), "breastfeeding"),
        "fixed_hr.HR_common": (
            partial(e_value, hazard_ratio=0.56, conf_low=0.46, conf_high=0.69),
            "a hazard ratio",
        ),
    }
    found = []
    for key, (call, data) in calls.items():
        for name, term, fields in (
            ("evalue_point", FIRST, ("estimate",)),
            ("evalue_ci", SECOND, ("estimate",)),
            ("rr", RATIO, ("estimate", "conf_low", "conf_high")),
        ):
            found += rows_of("sensitivity.e_value", call, case("evalue")[f"{key}.{name}"], fields, term=term,
                             data=data, reference="R, formulas of EValue::evalues")  # fmt: skip
    return found


# --- the robustness value --------------------------------------------------------------------------------------


def darfur() -> Result:
    """Cinelli & Hazlett (2020), table 1: being harmed and attitudes towards peace."""
    return robustness_value(statistic=4.184, df=783)


def explained_away(t: float, df: float, critical: float) -> float:
    """Smallest bound on both partial R² under which the t statistic can reach a critical value, by search.

    Omitting a cause with partial R² of y (outcome) and d (treatment) turns the estimate's t into
    ``(f √(1 - d) - √(y d)) / √(1 - y) · √(df - 1)`` (Cinelli & Hazlett 2020, section 3).
    """
    f = abs(t) / np.sqrt(df)

    def worst(bound: float) -> float:
        y = np.linspace(0, bound, 40_001)
        adjusted = (f * np.sqrt(1 - bound) - np.sqrt(y * bound)) / np.sqrt(1 - y) * np.sqrt(df - 1)
        return float(adjusted.min() - critical)

    return float(optimize.brentq(worst, 1e-9, 1 - 1e-9))


def _anorexia() -> Result:
    data = dataset("anorexia")
    return adjusted_difference(data[data["arm"].isin(["FT", "Cont"])], programme="FT")


def _row_of(result: Result, position: int) -> float | None:
    return result.estimates[position].estimate


def _robustness() -> list[Row]:
    paper = "Cinelli & Hazlett (2020), table 1"
    numbers = [
        ("robustness value", 0, 0.139),
        ("robustness value of the test", 1, 0.076),
        ("partial R²", 2, 0.022),
    ]
    found = [
        Row("sensitivity.robustness_value", term, paper, "Darfur", lambda k=k: _row_of(darfur(), k), want,
            printed(want, 3))
        for term, k, want in numbers
    ]  # fmt: skip
    for t, df in ((4.184, 783.0), (2.5, 17.0), (9.0, 3.4), (6.0, 4.0)):
        critical = float(stats.t.isf(0.025, df - 1))
        for term, k, goal in (("robustness value", 0, 0.0), ("robustness value of the test", 1, critical)):
            found.append(
                Row("sensitivity.robustness_value", term, "search over all causes, Cinelli & Hazlett (2020), section 3",
                    f"t {t}, df {df}", lambda t=t, df=df, k=k: _row_of(robustness_value(statistic=t, df=df), k),
                    explained_away(t, df, goal), 1e-7)
            )  # fmt: skip
    return found


# --- regression to the mean ------------------------------------------------------------------------------------


def _shift(share: float, stability: float) -> float | None:
    chosen = pd.DataFrame({"pre": [-stats.norm.pdf(stats.norm.ppf(share)) / share]})
    return regression_to_the_mean(chosen, stability=stability, reference_mean=0).headline.estimate


def _band() -> Result:
    people = pd.DataFrame({"pre": [31.0, 35.0, 38.0, 40.0, 41.0]})  # mean 37
    return regression_to_the_mean(people, stability=0.7, reference_mean=50, stability_interval=(0.55, 0.8))


def _expected_gain(share: float, stability: float) -> float:
    """Mean of later minus earlier below a cut-off of the bivariate normal, by integration."""
    cut = stats.norm.ppf(share)
    x = np.linspace(-12, cut, 400_001)
    later = stability * x  # the mean of the later score, given the earlier one
    return float(np.trapezoid((later - x) * stats.norm.pdf(x), x) / share)


def _shifts() -> list[Row]:
    found = [
        Row("sensitivity.regression_to_the_mean", "headline: estimate",
            "mean gain below the cut-off of a bivariate normal, integrated", f"lowest {share:.0%}, stability {r}",
            partial(_shift, share, r), _expected_gain(share, r), 1e-8)
        for share, r in ((1 / 3, 0.7), (0.3, 0.6), (0.5, 0.9))
    ]  # fmt: skip
    hand = {
        "estimate": ("(1 - .7) x 13", 3.9),
        "conf_low": ("(1 - .8) x 13", 2.6),
        "conf_high": ("(1 - .55) x 13", 5.85),
    }
    return found + [
        Row("sensitivity.regression_to_the_mean", f"headline: {name}", f"by hand: {words}", "five people, mean 37",
            lambda name=name: getattr(_band().headline, name), want, 1e-12)
        for name, (words, want) in hand.items()
    ]  # fmt: skip


def _curve() -> list[Row]:
    people = pd.read_csv(HERE / "two_arms.csv", index_col="person_id")
    results = (
        pd.read_csv(HERE / "comparison_results.csv")
        .set_index(["case", "term", "field"])["value"]
        .sort_index()
    )
    terms = {
        "adjusted": "adjusted; complete cases",
        "adjusted_age": "adjusted (age); complete cases",
        "change": "difference of changes; complete cases",
        "post": "later scores only; complete cases",
    }
    fields = {name: name for name in ("estimate", "std_error", "df", "conf_low", "conf_high")}
    return [
        row
        for name, term in terms.items()
        for row in rows_of(
            "sensitivity.specification_curve",
            lambda: specification_curve(people, programme="mentored", covariates=["age"]),
            results[name, "programme minus comparison"].to_dict() | {"tol_rel": 1e-8},
            fields,
            data="42 made-up people",
            reference="R lm() with clubSandwich, t.test(); references/comparison.R",
            term=term,
        )
    ]


ROWS: list[Row] = [*_e_values(), *_robustness(), *_shifts(), *_curve()]
