"""Who left, and what stands in for them."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache, partial

import numpy as np
import pandas as pd
from reference import HERE, case, dataset

from rmstudy.methods.missing import (
    attrition,
    attrition_weights,
    effective_sample_size,
    impute,
    lee_bounds,
    missing_information,
    pool,
    tipping_point,
)
from rmstudy.methods.regression import linear_model
from rmstudy.results import Estimate, Result
from validation import Row, estimate_of, printed, rows_of

OWN = "44 people, 9 lost (missing.csv)"
BTHEB = "btheb, 100 people, 48 lost"
START = ("bdi_pre", "drugY", "long")


@cache
def _btheb() -> pd.DataFrame:
    data = dataset("btheb")
    return data.assign(
        treated=(data["arm"] == "BtheB").astype(float),
        drugY=(data["drug"] == "Yes").astype(float),
        long=(data["length"] == ">6m").astype(float),
    )


@cache
def _own() -> pd.DataFrame:
    return pd.read_csv(HERE / "missing.csv")


@cache
def _r() -> dict[str, float]:
    """Results of missing.R."""
    found = pd.read_csv(HERE / "missing_results.csv")
    return dict(zip(found["id"], found["value"], strict=True))


def _row(method: str, number: str, reference: str, data: str, got: Callable[[], float | None], want: float,
         rel: float = 1e-8) -> Row:  # fmt: skip
    return Row(method, number, reference, data, got, want, max(rel * abs(want), 1e-12))


def _number(
    result: Callable[[], Result], term: str, attribute: str = "estimate"
) -> Callable[[], float | None]:
    return lambda: getattr(estimate_of(result(), term), attribute)


# attrition


@cache
def _left() -> Result:
    return attrition(_btheb(), post="bdi_8m", programme="BtheB", covariates=START)


@cache
def _left_one_group() -> Result:
    return attrition(_own(), arm=None, covariates=["pre", "age"])


def _attrition_rows() -> list[Row]:
    records = case("attrition_btheb")
    rows = partial(rows_of, "missing.attrition", _left, data=BTHEB)
    wald = ("estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high")
    found = [
        *rows(records["lost_by_arm.risk_difference_newcombe"], ("estimate", "conf_low", "conf_high"),
              reference="Newcombe (1998) method 10, formula in R"),
        *rows(records["lost_by_arm.odds_ratio_cmle"], ("p_value",), reference="R fisher.test"),
        *rows(records["overall_attrition"], ("estimate",), term="share lost", reference="counted in R, by definition"),
        *rows(records["lost_by_arm.p_treated"], ("estimate", "conf_low", "conf_high"),
              term="share lost, programme", reference="Wilson (1927), formula in R"),
        *rows(records["lost_by_arm.p_control"], ("estimate", "conf_low", "conf_high"),
              term="share lost, comparison", reference="Wilson (1927), formula in R"),
        *rows(records["logit.A"], wald, term="log-odds of leaving, programme", reference="R glm"),
        *rows(records["logit.(Intercept)"], wald, term="log-odds of leaving, intercept", reference="R glm"),
        *rows(records["logit.lr_test"], ("statistic", "df", "p_value"),
              term="model of who left, likelihood ratio test", reference="R anova(glm, glm)"),
        *rows(records["logit.mcfadden_r2"], ("estimate",), term="model of who left, McFadden R²",
              reference="R glm deviances"),
        *rows(records["logit.differential_selection_lr"], ("statistic", "df", "p_value"),
              term="different people left the two arms, likelihood ratio test", reference="R anova(glm, glm)"),
    ]  # fmt: skip
    for name in START:
        found += [
            *rows(records[f"lost_vs_kept.{name}.welch"],
                  ("estimate", "statistic", "df", "p_value", "conf_low", "conf_high"),
                  term=f"left minus stayed, {name}", reference="R t.test"),
            *rows(records[f"lost_vs_kept.{name}.smd"], ("estimate",), term=f"left minus stayed in SD, {name}",
                  reference="R, by definition: (m1 - m0) / sqrt((v1 + v0) / 2)"),
            *rows(records[f"completers.{name}.smd_treated_minus_control"], ("estimate",),
                  term=f"programme minus comparison of those who stayed in SD, {name}",
                  reference="R, by definition: (m1 - m0) / sqrt((v1 + v0) / 2)"),
            *rows(records[f"logit.{name}"], wald, term=f"log-odds of leaving, {name}", reference="R glm"),
        ]  # fmt: skip
    term = "model of who left, likelihood ratio test"
    return [
        *found,
        _row("missing.attrition", "one group: likelihood ratio", "R anova(glm, glm)", OWN,
             _number(_left_one_group, term, "statistic"), _r()["one_group.lr"]),
        _row("missing.attrition", "one group: likelihood ratio, p", "R anova(glm, glm)", OWN,
             _number(_left_one_group, term, "p_value"), _r()["one_group.lr_p"]),
    ]  # fmt: skip


# weights


@cache
def _weights() -> pd.DataFrame:
    return attrition_weights(_btheb(), post="bdi_8m", covariates=START, arm="arm")


@cache
def _own_weights() -> pd.DataFrame:
    return attrition_weights(_own(), covariates=["pre", "age"], arm="arm")


def _weight_rows() -> list[Row]:
    records = case("ipw_attrition_btheb")
    size = partial(
        rows_of, "missing.effective_sample_size", lambda: effective_sample_size(_weights()), data=BTHEB
    )
    own = cache(lambda: effective_sample_size(_own_weights()))
    glm = "R glm(binomial), one over the fitted probability"
    return [
        *size(records["ess"], ("estimate",), reference=glm),
        *size(records["weight_sum"], ("estimate",), reference=glm, term="sum of the weights"),
        *size(records["weight_max"], ("estimate",), reference=glm, term="largest weight"),
        _row("missing.effective_sample_size", "headline", glm, OWN, _number(own, "effective sample size"),
             _r()["ess"], 1e-7),
        _row("missing.effective_sample_size", "smallest weight", "the smaller of 1 and 3", "two people",
             lambda: estimate_of(effective_sample_size(pd.DataFrame({"weight": [1.0, 3.0]})),
                                 "smallest weight").estimate, 1.0),
        _row("missing.attrition_weights", "largest weight", glm, OWN,
             lambda: float(_own_weights()["weight"].max()), _r()["weight_max"], 1e-7),
        _row("missing.attrition_weights", "sum of the stabilised weights", "R glm and the share of each arm", OWN,
             lambda: float(_own_weights()["stabilised_weight"].sum()), _r()["stabilised_sum"], 1e-7),
    ]  # fmt: skip


# bounds


def _lee_rows() -> list[Row]:
    records = case("ipw_attrition_btheb")
    lee = partial(rows_of, "missing.lee_bounds",
                  lambda: lee_bounds(_btheb(), post="bdi_8m", programme="BtheB"), data=BTHEB,
                  reference="Lee (2009), trimmed means in R")  # fmt: skip
    own = cache(lambda: lee_bounds(_own()))
    other = cache(lambda: lee_bounds(_own(), programme="waiting"))
    reference = "Lee (2009), trimmed means in R; references/missing.R"
    return [
        *lee(records["lee_lower"], ("estimate",), term="lower bound"),
        *lee(records["lee_upper"], ("estimate",), term="upper bound"),
        *lee(records["lee_trim_fraction"], ("estimate",), term="share to trim"),
        *lee(records["lee_k_trimmed"], ("estimate",), term="people trimmed"),
        *(_row("missing.lee_bounds", f"{which}: {number}", reference, OWN, _number(result, number), _r()[record])
          for which, result, name in (("comparison trimmed", own, "lee"), ("programme trimmed", other, "lee_exchanged"))
          for number, record in (("lower bound", f"{name}.lower"), ("upper bound", f"{name}.upper"))),
        _row("missing.lee_bounds", "share to trim", reference, OWN, _number(own, "share to trim"), _r()["lee.share"]),
    ]  # fmt: skip


# pooling


@cache
def _fits(df: float | None, std_error: str) -> tuple[Result, ...]:
    """Twenty analyses by R, as results."""
    table = pd.read_csv(HERE / "mi_btheb_estimates.csv")
    return tuple(
        Result("linear_model", "bdi_8m", "coefficients", "points",
               tuple(Estimate(row.term, row.estimate, getattr(row, std_error), df=df) for row in part.itertuples()),
               0.95, {"all": 100}, {"all": 0})
        for _, part in table.groupby("imp")
    )  # fmt: skip


@cache
def _information(df: float | None, std_error: str) -> pd.DataFrame:
    return missing_information(_fits(df, std_error))


@cache
def _tested(df: float | None, std_error: str) -> Result:
    """Pooled, with the tests that the analyses carry."""
    analyses = [
        Result(one.method, one.outcome, one.estimand, one.unit,
               tuple(Estimate(e.term, e.estimate, e.std_error, df=e.df, p_value=0.5) for e in one.estimates),
               one.level, one.n, one.dropped)
        for one in _fits(df, std_error)
    ]  # fmt: skip
    return pool(analyses)


def _pool_rows() -> list[Row]:
    records, found = case("mi_btheb_frozen"), []
    everything = ("estimate", "std_error", "statistic", "df", "p_value", "conf_low", "conf_high")
    for convention, df, std_error, reference in (
        ("pool", 95.0, "se", "R mice::pool"),
        ("pool_dfinf", None, "se", "R mice::pool, dfcom = Inf"),
        ("pool_hc3", 95.0, "se_hc3", "R mice rules on sandwich::vcovHC"),
    ):
        for name in (
            ("bdi_pre", "arm") if convention != "pool" else ("(Intercept)", "bdi_pre", "arm", "drug", "long")
        ):
            record, data = records[f"{convention}.{name}"], f"btheb, 20 imputations, {std_error}, df {df}"
            found += rows_of("missing.pool", partial(_tested, df, std_error), record, everything, data=data,
                             reference=reference, term=name)  # fmt: skip
            for column, field in (
                ("within_variance", "within_var"),
                ("between_variance", "between_var"),
                ("total_variance", "total_var"),
                ("relative_increase", "riv"),
                ("share_from_missing", "lambda"),
                ("fraction_of_missing_information", "fmi"),
                ("df", "df"),
            ):
                found.append(
                    _row("missing.missing_information", f"{name}: {column}", reference, data,
                         lambda df=df, std_error=std_error, name=name, column=column:
                             float(_information(df, std_error).loc[name, column]),
                         float(record[field]))
                )  # fmt: skip
    return found


def _oxygen() -> tuple[Result, ...]:
    estimates = (47.012, 47.2407, 47.4995, 47.1485, 47.0042)
    errors = (0.95984, 0.9354, 1.00766, 0.95439, 0.96528)
    return tuple(
        Result(
            "mean", "oxygen", "mean", "points", (Estimate("mean", mean, error, df=30),), 0.95, {"all": 31}, {}
        )
        for mean, error in zip(estimates, errors, strict=True)
    )


def _sas_rows() -> list[Row]:
    """SAS/STAT, PROC MIANALYZE, Fitness data, EDF = 30; recomputed, the printed inputs being rounded."""
    source = "SAS/STAT PROC MIANALYZE, Fitness, EDF=30"
    data = "oxygen, 5 imputations"

    def information(column: str) -> Callable[[], float]:
        return lambda: float(missing_information(_oxygen()).loc["mean", column])

    return [
        Row("missing.pool", "mean", source, data, lambda: pool(_oxygen()).headline.estimate, 47.18098,
            printed(47.18098, 5)),
        Row("missing.pool", "df", source, data, lambda: pool(_oxygen()).headline.df, 26.298, 2e-3),
        Row("missing.missing_information", "between", source, data, information("between_variance"), 0.041478, 2e-5),
        Row("missing.missing_information", "within", source, data, information("within_variance"), 0.930853, 2e-5),
        Row("missing.missing_information", "total", source, data, information("total_variance"), 0.980626, 2e-5),
    ]  # fmt: skip


# imputation


@cache
def _drawn() -> np.ndarray:
    """A thousand imputed scores of one person."""
    frames = impute(_own(), columns=["post"], predictors=["pre"], arm="arm", imputations=1000, seed=3)
    return np.array([frame["post"].iloc[1] for frame in frames])


@cache
def _imputed_trial() -> Result:
    names = ["bdi_pre", "treated", "drugY", "long"]
    frames = impute(_btheb(), columns=["bdi_2m", "bdi_3m", "bdi_5m", "bdi_8m"], predictors=names,
                    imputations=100, seed=11)  # fmt: skip
    return pool([linear_model(frame, outcome="bdi_8m", covariates=names) for frame in frames])


def _impute_rows() -> list[Row]:
    mean, sd, source = _r()["predictive.mean"], _r()["predictive.sd"], "R predict.lm: t around the line"
    records = case("mi_btheb_approx")
    names = {"bdi_pre": "bdi_pre", "treated": "arm", "drugY": "drug", "long": "long"}
    return [
        Row("missing.impute", "mean of a person's draws", source, OWN, lambda: float(_drawn().mean()), mean,
            4 * sd / math.sqrt(1000)),
        Row("missing.impute", "SD of a person's draws", source, OWN, lambda: float(_drawn().std(ddof=1)), sd,
            0.08 * sd),
        *(Row("missing.impute", f"{name}: pooled estimate", "R mice, method norm, m = 400 (simulation error allowed)",
              BTHEB, _number(_imputed_trial, name), records[f"mice_norm.{r}"]["estimate"],
              4 * math.sqrt(records[f"mice_norm.{r}"]["between_var"] * (1 / 400 + 1 / 100))
              + 0.05 * records[f"mice_norm.{r}"]["se"])
          for name, r in names.items()),
        # the standard errors of linear_model are HC3, those of the reference classical
        *(Row("missing.impute", f"{name}: pooled standard error", "R mice, method norm, m = 400, within 12 %", BTHEB,
              _number(_imputed_trial, name, "std_error"), records[f"mice_norm.{r}"]["se"],
              0.12 * records[f"mice_norm.{r}"]["se"])
          for name, r in names.items()),
    ]  # fmt: skip


# tipping point


@cache
def _tipping(name: str) -> Result:
    shared = {"covariates": ["age"], "imputations": 20, "seed": 1}
    if name == "one_group":
        return tipping_point(_own(), **shared)
    estimator = {"did": "difference_in_differences", "post_cr2": "post_difference"}.get(name, name)
    cluster = "site" if name == "post_cr2" else None
    return tipping_point(_own(), arm="arm", estimator=estimator, cluster=cluster, **shared)


def _tipping_rows() -> list[Row]:
    sources = {
        "adjusted": "R clubSandwich (HC2), mice barnard.rubin, uniroot",
        "did": "R t.test, mice barnard.rubin, uniroot",
        "post_cr2": "R clubSandwich, mice barnard.rubin, uniroot",
        "one_group": "R t.test(paired = TRUE), mice barnard.rubin, uniroot",
    }
    numbers = {"estimate": "estimate", "se": "std_error", "df": "df", "low": "conf_low"}
    found = []
    for name, source in sources.items():
        result = partial(_tipping, name)
        found += [
            _row("missing.tipping_point", f"{name}, nobody shifted: {attribute}", source, OWN,
                 _number(result, "estimate, nobody shifted", attribute), _r()[f"tipping.{name}.{field}"])
            for field, attribute in numbers.items()
        ]  # fmt: skip
        found += [
            _row("missing.tipping_point", f"{name}: shift", source, OWN, _number(result, "shift of the lost"),
                 _r()[f"tipping.{name}.delta"]),
            # by definition the interval at the shift ends at the threshold
            Row("missing.tipping_point", f"{name}: lower limit at the shift", "the threshold", OWN,
                _number(result, "estimate, lost shifted", "conf_low"), 0.0, 1e-9),
        ]  # fmt: skip
    return found


ROWS: list[Row] = [
    *_attrition_rows(),
    *_weight_rows(),
    *_lee_rows(),
    *_pool_rows(),
    *_sas_rows(),
    *_impute_rows(),
    *_tipping_rows(),
]
