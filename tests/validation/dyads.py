"""Members of pairs: actor and partner effects, and how alike they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache, partial

import pandas as pd
from reference import HERE, Record, case, dataset

from rmstudy.methods.dyads import actor_partner, pair_similarity
from rmstudy.results import Result
from validation import Row, estimate_of, printed, rows_of

EVERYTHING = ("estimate", "std_error", "statistic", "df", "p_value", "conf_low", "conf_high")
TESTED = ("std_error", "df")
ACTOR_PARTNER, SIMILARITY = "dyads.actor_partner", "dyads.pair_similarity"


def couples() -> pd.DataFrame:
    """Husbands and wives, a row each."""
    wide = dataset("husbands_wives")
    return pd.concat(
        pd.DataFrame(
            {"pair_id": wide.index, "role": who, "age": wide[f"age_{who}"], "height": wide[f"ht_{who}"] / 10}
        )
        for who in ("husband", "wife")
    )


def twins() -> pd.DataFrame:
    """Twins, a row each."""
    wide = dataset("twins_mzf")
    return pd.concat(
        pd.DataFrame(
            {
                "pair_id": wide["pair"],
                "age": wide["age"],
                "weight": wide[f"wt{i}"],
                "height": 100 * wide[f"ht{i}"],
            }
        )
        for i in (1, 2)
    )


def pairs() -> pd.DataFrame:
    """Twenty-four pairs in which six mentors have two mentees each."""
    return pd.read_csv(HERE / "pairs.csv")


@cache
def made(name: str) -> dict[str, Record]:
    """Results of dyads.R, by term."""
    table = pd.read_csv(HERE / "dyads_results.csv")
    rows = table[table["case"] == name].set_index("term")
    return {
        term: {"id": term, "tol_rel": 1e-9} | row
        for term, row in rows.drop(columns="case").T.to_dict().items()
    }


def of(
    method: str,
    result: Callable[[], Result],
    records: dict[str, Record],
    wanted: Iterable[tuple[str, str, Iterable[str]]],
    *,
    data: str,
    reference: str,
) -> list[Row]:
    """Rows for several terms of one result."""
    once = cache(result)
    return [
        row
        for term, key, fields in wanted
        for row in rows_of(method, once, records[key], fields, data=data, reference=reference, term=term)
    ]


def _couples() -> list[Row]:
    roles = ("husband", "wife")
    effects = [
        *((f"actor effect, {who}", f"actor.{who}", EVERYTHING) for who in roles),
        *((f"partner effect on {who}", f"partner.{who}", EVERYTHING) for who in roles),
        *((f"intercept, {who}", f"intercept.{who}", EVERYTHING) for who in roles),
        *((f"residual variance, {who}", f"resid_var.{who}", ("estimate",)) for who in roles),
        *((f"partner over actor (k), {who}", f"ml.k.{who}", ("estimate",)) for who in roles),
        *(
            (f"{kind} effect, husband minus wife", f"{kind}_difference", EVERYTHING)
            for kind in ("actor", "partner")
        ),
        *(
            (f"{kind} effect, average of both roles", f"{kind}_average", EVERYTHING)
            for kind in ("actor", "partner")
        ),
        ("both effects equal in both roles (Wald)", "equal_effects_wald", ("statistic", "df", "p_value")),
        ("residual covariance", "resid_cov", ("estimate",)),
        ("residual correlation", "resid_cor", ("estimate",)),
        ("correlation of the predictors", "r_predictor", ("estimate",)),
        ("correlation of the outcomes", "r_outcome", ("estimate",)),
    ]
    return of(
        ACTOR_PARTNER,
        lambda: actor_partner(couples(), outcome="height", predictor="age", role="role"),
        case("apim_dist_couples"),
        effects,
        data="husbands and wives, 170 couples",
        reference="R lm by role = nlme gls(corSymm, varIdent), REML",
    )


def _equal_effects() -> list[Row]:
    """The F test of equal effects, from the Wald statistic that R gives."""
    result = cache(lambda: actor_partner(couples(), outcome="height", predictor="age", role="role"))
    half, term = (
        case("apim_dist_couples")["equal_effects_wald"]["statistic"] / 2,
        "both effects equal in both roles (F)",
    )
    # with 2 numerator df the tail of F is a power
    wanted = {"statistic": half, "df": 167, "p_value": (1 + 2 * half / 167) ** (-167 / 2)}
    return [
        Row(
            ACTOR_PARTNER,
            f"{term}: {name}",
            "half of R's Wald statistic; the tail of F(2, v) is (1 + 2F/v)^(-v/2)",
            "husbands and wives, 170 couples",
            lambda name=name: getattr(estimate_of(result(), term), name),
            value,
            1e-8,
        )
        for name, value in wanted.items()
    ]


def _k_errors() -> list[Row]:
    """The delta method under maximum likelihood, whose variances divide by n and not by n - p."""
    result = cache(lambda: actor_partner(couples(), outcome="height", predictor="age", role="role"))
    records = case("apim_dist_couples")
    return [
        Row(
            ACTOR_PARTNER,
            f"partner over actor (k), {who}: standard error",
            "R lavaan's times √(n / (n - p))",
            "husbands and wives, 170 couples",
            lambda who=who: estimate_of(result(), f"partner over actor (k), {who}").std_error,
            records[f"ml.k.{who}"]["se"] * (170 / 167) ** 0.5,
            1e-6,
        )
        for who in ("husband", "wife")
    ]


def _twins(covariates: tuple[str, ...], name: str) -> list[Row]:
    wanted = [
        ("actor effect", "actor", EVERYTHING),
        ("partner effect", "partner", EVERYTHING),
        ("actor plus partner (between dyads)", "between_slope", ("estimate", *TESTED)),
        ("actor minus partner (within dyads)", "within_slope", ("estimate", *TESTED)),
        ("partner over actor (k)", "k", ("estimate", "std_error")),
        ("intercept", "intercept", ("estimate", *TESTED, "conf_low", "conf_high")),
        ("residual variance", "resid_var", ("estimate",)),
        ("residual intraclass correlation", "resid_icc", ("estimate",)),
        *((covariate, covariate, EVERYTHING) for covariate in covariates),
    ]
    result = partial(actor_partner, twins(), outcome="weight", predictor="height", covariates=covariates)
    return of(
        ACTOR_PARTNER,
        result,
        case(name),
        wanted,
        data="twins, 534 pairs",
        reference="closed form; R lmerTest and nlme gls(corCompSymm), REML",
    )


def _joined() -> list[Row]:
    """Mentors with two mentees: CR2 by connected people."""
    roles = [
        ("intercept, mentee", "e", EVERYTHING),
        ("intercept, mentor", "m", EVERYTHING),
        ("actor effect, mentee", "e:pre", EVERYTHING),
        ("actor effect, mentor", "m:pre", EVERYTHING),
        ("partner effect on mentee", "e:partner", EVERYTHING),
        ("partner effect on mentor", "m:partner", EVERYTHING),
    ]
    contrasts = [
        ("actor effect, average of both roles", "pre", EVERYTHING),
        ("partner effect, average of both roles", "partner", EVERYTHING),
        ("actor effect, mentee minus mentor", "s:pre", EVERYTHING),
        ("partner effect, mentee minus mentor", "s:partner", EVERYTHING),
    ]
    same = [
        (term, key, EVERYTHING)
        for term, key in (
            ("actor effect", "pre"),
            ("partner effect", "partner"),
            ("intercept", "(Intercept)"),
        )
    ]
    sums = [
        ("actor plus partner (between dyads)", "mean", EVERYTHING),
        ("actor minus partner (within dyads)", "gap", EVERYTHING),
    ]
    told = {"data": "24 pairs, six mentors twice", "reference": "R clubSandwich, CR2 by connected people"}
    distinct = partial(actor_partner, pairs(), outcome="post", predictor="pre", role="role", person="person")
    alike = partial(actor_partner, pairs(), outcome="post", predictor="pre", person="person")
    return [
        *of(ACTOR_PARTNER, distinct, made("roles_joined"), roles, **told),
        *of(ACTOR_PARTNER, distinct, made("contrasts_joined"), contrasts, **told),
        *of(ACTOR_PARTNER, alike, made("exchangeable_joined"), same, **told),
        *of(ACTOR_PARTNER, alike, made("sums_joined"), sums, **told),
    ]


def _covariates() -> list[Row]:
    """Covariates of the pair, and of both members."""
    held = {"outcome": "post", "predictor": "pre", "covariates": ["meetings", "age"]}
    distinct = partial(actor_partner, pairs(), role="role", **held)
    found = []
    for who, own, other in (("mentee", "1", "2"), ("mentor", "2", "1")):
        wanted = [
            (f"actor effect, {who}", f"x{own}", EVERYTHING),
            (f"partner effect on {who}", f"x{other}", EVERYTHING),
            (f"meetings, {who}", "k", EVERYTHING),
            (f"age, {who}", f"a{own}", EVERYTHING),
            (f"age of the partner, {who}", f"a{other}", EVERYTHING),
        ]
        found += of(
            ACTOR_PARTNER, distinct, made(who), wanted, data="24 pairs, covariates", reference="R lm by role"
        )
    found += of(
        ACTOR_PARTNER,
        distinct,
        made("residual"),
        [
            (
                "residual correlation",
                "correlation",
                ("estimate", "statistic", "df", "p_value", "conf_low", "conf_high"),
            )
        ],
        data="24 pairs, covariates",
        reference="R lm (partial correlation) and psych r.con",
    )
    gls = {term: record | {"tol_rel": 1e-6} for term, record in made("gls").items()}
    wanted = [
        ("actor effect", "pre", ("estimate", "std_error")),
        ("partner effect", "partner", ("estimate", "std_error")),
        ("intercept", "(Intercept)", ("estimate", "std_error")),
        ("meetings", "meetings", ("estimate", "std_error")),
        ("age", "age", ("estimate", "std_error")),
        ("age of the partner", "age_partner", ("estimate", "std_error")),
        ("residual variance", "variance", ("estimate",)),
        ("residual intraclass correlation", "rho", ("estimate",)),
    ]
    return found + of(
        ACTOR_PARTNER,
        partial(actor_partner, pairs(), **held),
        gls,
        wanted,
        data="24 pairs, covariates",
        reference="R nlme gls(corCompSymm), REML",
    )


def _residual_interval() -> list[Row]:
    """Two slopes of zero leave the F interval of an intraclass correlation with 2 and 3 df, done by hand."""
    data = pd.DataFrame(
        {
            "pair_id": [1, 1, 2, 2, 3, 3, 4, 4],
            "x": [1.0, 3.0, 1.0, 3.0, 2.0, 4.0, 4.0, 2.0],
            "y": [5.0, 6.0, 9.0, 8.0, 6.0, 6.0, 8.0, 8.0],
        }
    )
    result = cache(lambda: actor_partner(data, outcome="y", predictor="x"))
    # means 5.5, 8.5, 6, 8 leave 6.5 / 2, twice for a pair; differences -1, 1, 0, 0 leave 2 / 3, half for a pair
    ratio = 6.5 / (1 / 3)
    # F with 2 and 3 df is 1.5 ((1 - p)^(-2/3) - 1) at probability p
    want = {
        side: (ratio / f - 1) / (ratio / f + 1)
        for side, f in (
            ("conf_low", 1.5 * (0.025 ** (-2 / 3) - 1)),
            ("conf_high", 1.5 * (0.975 ** (-2 / 3) - 1)),
        )
    }
    return [
        Row(
            ACTOR_PARTNER,
            f"residual intraclass correlation: {word}",
            "exact: F with 2 and 3 df by hand",
            "four pairs",
            lambda side=side: getattr(estimate_of(result(), "residual intraclass correlation"), side),
            want[side],
            1e-12,
        )
        for side, word in (("conf_low", "lower limit"), ("conf_high", "upper limit"))
    ]


def _similarity() -> list[Row]:
    wanted = [
        ("intraclass correlation", "icc1_anova_n0", ("estimate", "conf_low", "conf_high")),
        ("mean square between groups", "MSB", ("estimate",)),
        ("mean square within groups", "MSW", ("estimate",)),
        ("mean square between over within (F)", "F", {"estimate": "statistic", "df": "df", "p_value": "p"}),
        ("typical group size (n0)", "n0", ("estimate",)),
        ("reliability of a group's mean", "icc2_group_mean", ("estimate",)),
        ("design effect at the mean size", "design_effect", ("estimate",)),
        ("design effect for unequal sizes", "design_effect_cv", ("estimate",)),
        ("people over the design effect", "effective_n", ("estimate",)),
    ]
    metres = twins().assign(height=lambda one: one["height"] / 100)
    complete = (
        twins().groupby("pair_id")[["weight", "height"]].transform(lambda one: one.notna().all()).all(axis=1)
    )
    weights = partial(pair_similarity, twins()[complete], outcome="weight")
    return [
        *of(
            SIMILARITY,
            partial(pair_similarity, metres, outcome="height"),
            case("icc_twins_height"),
            wanted,
            data="twins, 549 pairs",
            reference="R aov, ICC(1) with Searle's F interval",
        ),
        *of(
            SIMILARITY,
            partial(pair_similarity, dataset("star_k"), outcome="read", dyad="school"),
            case("icc_star_k"),
            wanted,
            data="Project STAR, 79 schools",
            reference="R aov, ICC(1) with Searle's F interval",
        ),
        *of(
            SIMILARITY,
            weights,
            case("apim_indist_twins"),
            [
                ("double-entry correlation", "icc_outcome_pairwise", ("estimate",)),
                ("intraclass correlation", "icc_outcome_anova", ("estimate",)),
            ],
            data="twins' weight, 534 pairs",
            reference="R aov, cor of the doubled entries",
        ),
    ]


def _shrout_fleiss() -> Row:
    ratings = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    long = pd.DataFrame([{"target": i, "rating": r} for i, row in enumerate(ratings) for r in row])
    return Row(
        SIMILARITY,
        "headline: estimate",
        "Shrout & Fleiss 1979, Table 4",
        "six targets, four ratings each",
        lambda: pair_similarity(long, outcome="rating", dyad="target").headline.estimate,
        0.17,
        printed(0.17, 2),
    )


ROWS: list[Row] = [
    *_couples(),
    *_equal_effects(),
    *_k_errors(),
    *_twins((), "apim_indist_twins"),
    *_twins(("age",), "apim_indist_twins_age"),
    *_joined(),
    *_covariates(),
    *_residual_interval(),
    *_similarity(),
    _shrout_fleiss(),
]
