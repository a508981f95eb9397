"""Mixed models."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial

import pandas as pd
from reference import HERE, case, dataset

from rmstudy.methods.mixed import mixed_model
from validation import Row, estimate_of, printed, rows_of
from validation.dyads import EVERYTHING, made, of

METHOD = "mixed.mixed_model"
LMER = "R lmerTest (REML, Satterthwaite)"


def depression() -> pd.DataFrame:
    """Beat the Blues, a row a visit."""
    wide = dataset("btheb").reset_index(drop=True)
    visits = {"bdi_2m": 2, "bdi_3m": 3, "bdi_5m": 5, "bdi_8m": 8}
    long = wide.reset_index(names="id").melt(
        ["id", "bdi_pre", "arm", "drug", "length"], list(visits), value_name="bdi"
    )
    long["month"] = long["variable"].map(visits)
    long["trt"] = (long["arm"] == "BtheB").astype(float)
    long["drugY"] = (long["drug"] == "Yes").astype(float)
    long["long"] = (long["length"] == ">6m").astype(float)
    return long.assign(**{"month:trt": long["month"] * long["trt"]})


def pupils(kind: str | None = None) -> pd.DataFrame:
    """Project STAR in kindergarten, all schools or those of a kind."""
    found = dataset("star_k")
    for name, column, label in (
        ("small", "cltype", "small"),
        ("aide", "cltype", "reg+A"),
        ("lunch_free", "lunch", "F"),
        ("female", "sex", "F"),
    ):
        found[name] = (found[column] == label).astype(float).where(found[column].notna())
    return found if kind is None else found[found["schtype"] == kind]


def sleepers() -> pd.DataFrame:
    """Student's ten sleepers, a row a night."""
    wide = dataset("sleep")
    return pd.concat(
        pd.DataFrame({"extra": wide[f"drug{i}"], "drug": i - 1, "id": wide.index}) for i in (1, 2)
    )


def waves() -> pd.DataFrame:
    """Twenty-four people of twelve pairs in three waves, some rows lost."""
    return pd.read_csv(HERE / "waves.csv")


def _against(
    name: str,
    data: pd.DataFrame,
    told: str,
    *,
    outcome: str,
    covariates: Sequence[str],
    cluster: str | list[str],
    slope: str | None = None,
) -> list[Row]:
    """Everything a fit prints against a case."""
    records = case(name)
    wanted: list[tuple[str, str, Sequence[str]]] = [
        *((covariate, f"satt.{covariate}", EVERYTHING) for covariate in covariates),
        ("intercept", "satt.(Intercept)", EVERYTHING),
        ("residual variance", "vc.Residual", ("estimate",)),
        ("REML criterion", "REML_criterion", ("estimate",)),
    ]
    if slope is not None:
        wanted += [
            ("variance of the intercept between clusters", f"vc.{cluster}.(Intercept)", ("estimate",)),
            ("variance of the slope between clusters", f"vc.{cluster}.{slope}", ("estimate",)),
            ("covariance of intercept and slope", f"vc.{cluster}.(Intercept).{slope}", ("estimate",)),
        ]
    elif isinstance(cluster, list):
        wanted += [
            (f"variance between clusters: {one}", f"vc.{one}.(Intercept)", ("estimate",)) for one in cluster
        ]
    else:
        wanted += [
            ("variance between clusters", f"vc.{cluster}.(Intercept)", ("estimate",)),
            ("intraclass correlation", "icc_residual", ("estimate",)),
            ("R² of the covariates (marginal)", "r2_marginal", ("estimate",)),
            ("R² with the clusters (conditional)", "r2_conditional", ("estimate",)),
        ]
    fit = partial(mixed_model, data, outcome=outcome, covariates=covariates, cluster=cluster, slope=slope)
    return of(METHOD, fit, dict(records), wanted, data=told, reference=LMER)


def _nested() -> list[Row]:
    wanted = [
        *((name, name, EVERYTHING) for name in ("arm", "wave")),
        ("intercept", "(Intercept)", EVERYTHING),
        *((f"variance between clusters: {name}", name, ("estimate",)) for name in ("pair", "person")),
        ("residual variance", "Residual", ("estimate",)),
        ("REML criterion", "criterion", ("estimate",)),
    ]
    records = {term: record | {"tol_rel": 1e-5} for term, record in made("nested").items()}
    fit = cache(
        partial(mixed_model, waves(), outcome="score", covariates=["arm", "wave"], cluster=["pair", "person"])
    )
    pair, person, error = (records[name]["estimate"] for name in ("pair", "person", "Residual"))
    shares = {"pair": pair / (pair + person + error), "person": (pair + person) / (pair + person + error)}
    return [
        *of(METHOD, fit, records, wanted, data="three waves of people in pairs", reference=LMER),
        *(
            Row(
                METHOD,
                f"intraclass correlation: same {name}: estimate",
                "from lme4's variances",
                "three waves of people in pairs",
                lambda name=name: estimate_of(fit(), f"intraclass correlation: same {name}").estimate,
                share,
                1e-6,
            )
            for name, share in shares.items()
        ),
    ]


def _symmetry() -> list[Row]:
    wanted = [
        ("wave", "wave", ("estimate", "std_error")),
        ("intercept", "(Intercept)", ("estimate", "std_error")),
        ("intraclass correlation", "rho", ("estimate",)),
        ("total variance", "variance", ("estimate",)),
        ("REML criterion", "criterion", ("estimate",)),
    ]
    records = {term: record | {"tol_rel": 1e-6} for term, record in made("symmetry").items()}
    fit = partial(
        mixed_model,
        waves(),
        outcome="share",
        covariates=["wave"],
        cluster="pair",
        correlation="compound symmetry",
    )
    return of(
        METHOD,
        fit,
        records,
        wanted,
        data="pairs in three waves, negative correlation",
        reference="R nlme gls(corCompSymm), REML",
    )


def _symmetry_df() -> list[Row]:
    """In balanced pairs the exchangeable actor-partner model is the same, with its df in closed form."""
    couples = {
        "y1": [2, -3, 1, 4, -1, 0],
        "y2": [-1, 4, 0, -2, 2, 1],
        "x1": [1, 0, 2, 3, 1, 2],
        "x2": [0, 2, 2, 1, 0, 3],
    }
    wide = pd.DataFrame(couples)
    long = pd.concat(
        pd.DataFrame(
            {
                "pair": wide.index,
                "y": wide[f"y{i}"],
                "mean": (wide["x1"] + wide["x2"]) / 2,
                "gap": wide[f"x{i}"] - wide[f"x{3 - i}"],
            }
        )
        for i in (1, 2)
    )
    fit = cache(
        partial(
            mixed_model,
            long,
            outcome="y",
            covariates=["mean", "gap"],
            cluster="pair",
            correlation="compound symmetry",
        )
    )
    return [
        Row(
            METHOD,
            f"{term}: df",
            "exact: pairs less coefficients, between or within",
            "six pairs",
            lambda term=term: estimate_of(fit(), term).df,
            want,
            1e-7,
        )
        for term, want in (("mean", 4.0), ("intercept", 4.0), ("gap", 5.0))
    ]


def _sleepstudy() -> list[Row]:
    """Published: Bates et al. (2015), and the df of Kuznetsova et al. (2017)."""
    fit = cache(
        partial(
            mixed_model,
            dataset("sleepstudy"),
            outcome="Reaction",
            covariates=["Days"],
            cluster="Subject",
            slope="Days",
        )
    )
    wanted = [
        ("Days", "estimate", 10.467, 3),
        ("Days", "std_error", 1.546, 3),
        ("Days", "statistic", 6.771, 3),
        ("Days", "df", 17.0, 1),
        ("intercept", "estimate", 251.405, 3),
        ("intercept", "std_error", 6.825, 3),
    ]
    squares = [
        ("variance of the intercept between clusters", 24.740),
        ("variance of the slope between clusters", 5.922),
        ("residual variance", 25.592),
    ]
    bates = "Bates et al. 2015, JSS 67(1); Kuznetsova et al. 2017, JSS 82(13)"
    return [
        *(
            Row(
                METHOD,
                f"{term}: {field}",
                bates,
                "sleepstudy, 18 people",
                lambda term=term, field=field: getattr(estimate_of(fit(), term), field),
                want,
                printed(want, places),
            )
            for term, field, want, places in wanted
        ),
        *(
            Row(
                METHOD,
                f"{term}, its root: estimate",
                bates,
                "sleepstudy, 18 people",
                lambda term=term: (estimate_of(fit(), term).estimate or 0) ** 0.5,
                want,
                printed(want, 3),
            )
            for term, want in squares
        ),
    ]


def _paired() -> list[Row]:
    record = case("paired_sleep")["mean_change"]
    fit = partial(mixed_model, sleepers(), outcome="extra", covariates=["drug"], cluster="id")
    return rows_of(
        METHOD,
        fit,
        record | {"tol_rel": 1e-8},
        EVERYTHING,
        data="sleep, 10 people, two nights",
        reference="R t.test(paired = TRUE)",
    )


ROWS: list[Row] = [
    *_against(
        "mixed_btheb_ri",
        depression(),
        "Beat the Blues, 97 people",
        outcome="bdi",
        cluster="id",
        covariates=["bdi_pre", "month", "trt", "drugY", "long"],
    ),
    *_against(
        "mixed_btheb_rs",
        depression(),
        "Beat the Blues, 97 people, slopes",
        outcome="bdi",
        cluster="id",
        covariates=["bdi_pre", "month", "trt", "month:trt"],
        slope="month",
    ),
    *_against(
        "mixed_sleep",
        sleepers(),
        "sleep, 10 people, two nights",
        outcome="extra",
        cluster="id",
        covariates=["drug"],
    ),
    *_against(
        "mixed_star_k_full",
        pupils(),
        "Project STAR, 79 schools",
        outcome="read",
        cluster="school",
        covariates=["small", "aide", "lunch_free", "female"],
    ),
    *_against(
        "mixed_star_k_inner",
        pupils("inner"),
        "Project STAR, inner city",
        outcome="read",
        cluster="school",
        covariates=["small", "aide", "lunch_free"],
    ),
    *_against(
        "mixed_star_k_nested",
        pupils("urban"),
        "Project STAR, classes in urban schools",
        outcome="read",
        cluster=["school", "class"],
        covariates=["small", "lunch_free"],
    ),
    *_nested(),
    *_symmetry(),
    *_symmetry_df(),
    *_sleepstudy(),
    *_paired(),
]
