"""Two arms compared."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

import numpy as np
import pandas as pd
from reference import HERE, case, dataset, tolerance
from scipy import stats

from rmstudy.methods.comparison import (
    adjusted_difference,
    adjusted_difference_by,
    adjusted_g,
    baseline_balance,
    change_or_adjusted,
    cliffs_delta,
    difference_in_differences,
    dppc2,
    glass_delta,
    hedges_g,
    hedges_g_by,
    post_difference,
    probability_of_superiority,
    slope_homogeneity,
)
from rmstudy.methods.comparison.moments import Moments
from rmstudy.methods.comparison.prepost import _ppc2_rows
from rmstudy.results import Result
from validation import USUAL, WORDS, Row, estimate_of, printed, rows_of

EVERYTHING = ("estimate", "std_error", "statistic", "df", "p_value", "conf_low", "conf_high")
LIMITS = ("estimate", "conf_low", "conf_high")


# ---------------------------------------------------------------- the data


def _anorexia(arm: str) -> pd.DataFrame:
    """One treatment against the control, with the change to one decimal's own size."""
    data = dataset("anorexia")
    data = data[data["arm"].isin([arm, "Cont"])]
    return data.assign(change=data["post"] - data["pre"])


def _star_k() -> pd.DataFrame:
    """Pupils in small and in regular classes."""
    data = dataset("star_k")
    return data[data["cltype"].isin(["small", "reg"])]


def _lalonde() -> pd.DataFrame:
    """The job-training study with the races as columns of 0 and 1."""
    data = dataset("lalonde")
    return data.assign(black=(data["race"] == "black") * 1, hispan=(data["race"] == "hispan") * 1)


def two_arms() -> pd.DataFrame:
    """Forty-two made-up people in thirteen clusters; references/regression.R made them."""
    return pd.read_csv(HERE / "two_arms.csv", index_col="person_id")


def _three_arms() -> pd.DataFrame:
    """The same people with the comparison split by age, as in references/comparison.R."""
    data = two_arms()
    older = np.where(data["age"] > 50, "older", "younger")
    return data.assign(arm=np.where(data["arm"] == "mentored", "mentored", older))


def _lakens() -> pd.DataFrame:
    """Lakens (2013), ratings of two movies by twenty people."""
    first, second = [9, 7, 8, 9, 8, 9, 9, 10, 9, 9], [9, 6, 7, 8, 7, 9, 8, 8, 8, 7]
    return pd.DataFrame({"arm": ["programme"] * 10 + ["other"] * 10, "post": first + second})


def with_moments(n: int, mean: float, sd: float) -> np.ndarray:
    """Scores with exactly this mean and standard deviation."""
    return mean + sd * stats.zscore(np.arange(n, dtype=float), ddof=1)


def _borenstein() -> pd.DataFrame:
    """Borenstein et al. (2009), chapter 4: means 103 and 100, standard deviations 5.5 and 4.5, 50 each."""
    scores = np.concatenate([with_moments(50, 103, 5.5), with_moments(50, 100, 4.5)])
    return pd.DataFrame({"arm": ["programme"] * 50 + ["other"] * 50, "post": scores})


def _waves(
    seed: int, n: int, means: tuple[float, float], sds: tuple[float, float], sd_change: float
) -> np.ndarray:
    """Scores before and after with exactly these means, standard deviations and spread of the change."""
    raw = np.random.default_rng(seed).normal(size=(n, 2))
    raw -= raw.mean(axis=0)
    white = raw @ np.linalg.inv(np.linalg.cholesky(np.cov(raw.T))).T
    shared = (sds[0] ** 2 + sds[1] ** 2 - sd_change**2) / 2
    return white @ np.linalg.cholesky([[sds[0] ** 2, shared], [shared, sds[1] ** 2]]).T + means


def _acupuncture() -> pd.DataFrame:
    """Vickers & Altman (2001), table: 27 people with placebo, 25 with acupuncture."""
    placebo = _waves(1, 27, (53.9, 62.3), (14.0, 17.9), 14.6)
    needles = _waves(2, 25, (60.4, 79.6), (12.3, 17.1), 16.1)
    data = pd.DataFrame(np.vstack([placebo, needles]), columns=["pre", "post"])
    return data.assign(arm=["placebo"] * 27 + ["acupuncture"] * 25)


def _fast_food() -> pd.DataFrame:
    """Card & Krueger (1994), table 3: mean changes .59 (SE .54) and -2.16 (SE 1.25), here of 100 and 50 restaurants."""
    change = np.concatenate(
        [with_moments(100, 0.59, 0.54 * 10), with_moments(50, -2.16, 1.25 * math.sqrt(50))]
    )
    return pd.DataFrame(
        {"pre": 20.0, "post": 20 + change, "arm": ["New Jersey"] * 100 + ["Pennsylvania"] * 50}
    )


def _apart(n1: int, n0: int) -> pd.DataFrame:
    """Two arms that do not overlap."""
    return pd.DataFrame({"arm": ["programme"] * n1 + ["other"] * n0, "post": range(n1 + n0, 0, -1)})


# ---------------------------------------------------------------- rows


def _single(
    method: str,
    result: Callable[[], Result],
    term: str | None,
    want: float,
    allowed: float,
    *,
    data: str,
    reference: str,
    attribute: str = "estimate",
    number: str | None = None,
) -> Row:
    """A row for one number of one estimate."""
    return Row(
        method,
        number or f"{term or 'headline'}: {attribute}",
        reference,
        data,
        lambda: getattr(estimate_of(result(), term), attribute),
        want,
        allowed,
    )


INDEPENDENT: tuple[tuple[str, str, Callable[[], Any]], ...] = (
    (
        "indep_anorexia",
        "anorexia, family therapy against control",
        lambda method: method(_anorexia("FT"), programme="FT"),
    ),
    (
        "indep_star_college",
        "STAR college men, first-year grades",
        lambda method: method(dataset("star_college_men"), post="gpa_year1", arm="sfsp", programme=1),
    ),
    (
        "indep_star_k",
        "STAR kindergarten, reading, small against regular",
        lambda method: method(_star_k(), post="read", arm="cltype", programme="small"),
    ),
)


def _independent() -> list[Row]:
    """Later scores only: three data sets of R's effectsize, metafor and t.test."""
    rows: list[Row] = []
    for name, data, call in INDEPENDENT:
        records = case(name)
        g, delta, plain = (
            cache(partial(call, method)) for method in (hedges_g, glass_delta, post_difference)
        )
        for result, method, term, record, fields, reference in (
            (
                g,
                "hedges_g",
                "g",
                "hedges_g",
                LIMITS,
                "noncentral t inverted, times J; R effectsize hedges_g()",
            ),
            (g, "hedges_g", "g", "SMD_metafor", ("std_error",), "R metafor escalc('SMD')"),
            (g, "hedges_g", "d", "cohens_d", LIMITS, "noncentral t inverted; R effectsize cohens_d()"),
            (g, "hedges_g", "d", "d_hedges_olkin_se", ("std_error",), "Hedges & Olkin, computed in R"),
            (
                g,
                "hedges_g",
                "d",
                "mean_difference_student",
                ("statistic", "df", "p_value"),
                "R t.test(var.equal = TRUE)",
            ),
            (
                g,
                "hedges_g",
                "g",
                "mean_difference_student",
                ("statistic", "df", "p_value"),
                "R t.test(var.equal = TRUE)",
            ),
            (
                g,
                "hedges_g",
                "d_av",
                "d_av_welch",
                (*LIMITS, "df"),
                "R effectsize cohens_d(pooled_sd = FALSE)",
            ),
            (g, "hedges_g", "d_av", "mean_difference_welch", ("statistic", "p_value"), "R t.test()"),
            (
                g,
                "hedges_g",
                "mean difference (points)",
                "mean_difference_student",
                EVERYTHING,
                "R t.test(var.equal = TRUE)",
            ),
            (
                g,
                "hedges_g",
                "chance of scoring higher than the comparison, normal scores",
                "cles_parametric",
                LIMITS,
                "R effectsize p_superiority()",
            ),
            (
                g,
                "hedges_g",
                "U3: share of the comparison below the programme's mean, normal scores",
                "cohens_u3",
                LIMITS,
                "R effectsize cohens_u3()",
            ),
            (g, "hedges_g", "standard deviation, programme (points)", "sd_treated", ("estimate",), "R sd()"),
            (g, "hedges_g", "standard deviation, comparison (points)", "sd_control", ("estimate",), "R sd()"),
            (
                delta,
                "glass_delta",
                "delta",
                "glass_delta",
                (*LIMITS, "df"),
                "noncentral t inverted; R effectsize glass_delta()",
            ),
            (
                delta,
                "glass_delta",
                "delta",
                "glass_delta_bonett",
                ("std_error",),
                "Bonett 2008, computed in R",
            ),
            (delta, "glass_delta", "delta", "mean_difference_welch", ("statistic",), "R t.test()"),
            (
                delta,
                "glass_delta",
                "standard deviation, programme (points)",
                "sd_treated",
                ("estimate",),
                "R sd()",
            ),
            (
                delta,
                "glass_delta",
                "standard deviation, comparison (points)",
                "sd_control",
                ("estimate",),
                "R sd()",
            ),
            (plain, "post_difference", None, "mean_difference_welch", EVERYTHING, "R t.test()"),
            (plain, "post_difference", "mean, programme", "mean_treated", ("estimate",), "R mean()"),
            (plain, "post_difference", "mean, comparison", "mean_control", ("estimate",), "R mean()"),
        ):
            rows += rows_of(
                f"comparison.{method}",
                result,
                records[record],
                fields,
                data=data,
                reference=reference,
                term=term,
            )
        # d = difference / pooled SD, and Hedges' J from the gamma function
        pooled = records["mean_difference_student"]["estimate"] / records["cohens_d"]["estimate"]
        for result, method in ((g, "hedges_g"), (delta, "glass_delta")):
            rows.append(
                _single(
                    f"comparison.{method}",
                    result,
                    "pooled standard deviation (points)",
                    pooled,
                    1e-7 * pooled,
                    data=data,
                    reference="R: difference of t.test() over effectsize cohens_d(), by definition",
                )
            )
        df = int(records["glass_delta"]["df"])
        j = (
            math.gamma(df / 2) / (math.sqrt(df / 2) * math.gamma((df - 1) / 2))
            if df < 200
            else 1 - 3 / (4 * df - 1)
        )
        t = records["mean_difference_welch"]["statistic"]
        rows.append(
            _single(
                "comparison.glass_delta",
                delta,
                "delta, corrected for small samples",
                j * records["glass_delta"]["estimate"],
                1e-5,
                data=data,
                reference="Hedges 1981, eq. 6e",
            )
        )
        rows.append(
            _single(
                "comparison.glass_delta",
                delta,
                "delta",
                2 * stats.t.sf(abs(t), df),
                1e-9,
                data=data,
                reference="t distribution at R's Welch t, n - 1 df of the comparison",
                attribute="p_value",
            )
        )
    return rows


def _published() -> list[Row]:
    """Worked examples in print."""
    rows: list[Row] = []
    lakens = cache(lambda: hedges_g(_lakens()))
    for term, attribute, want, places in (
        ("d", "statistic", 2.52, 2),
        ("d", "df", 18, 0),
        ("d", "p_value", 0.022, 3),
        ("d", "estimate", 1.13, 2),
        ("g", "estimate", 1.08, 2),
        ("d", "conf_low", 0.16, 2),
        ("d", "conf_high", 2.06, 2),
        ("chance of scoring higher than the comparison, normal scores", "estimate", 0.79, 2),
    ):
        rows.append(
            _single(
                "comparison.hedges_g",
                lakens,
                term,
                want,
                printed(want, places),
                attribute=attribute,
                data="two movies, 20 ratings",
                reference="Lakens (2013), Frontiers in Psychology 4:863",
            )
        )
    book = cache(lambda: hedges_g(_borenstein()))
    for term, attribute, want, places in (
        ("pooled standard deviation (points)", "estimate", 5.0249, 4),
        ("d", "estimate", 0.5970, 4),
        ("d", "std_error", math.sqrt(0.0418), 3),
        ("g", "estimate", 0.5924, 4),
        ("g", "std_error", math.sqrt(0.0411), 2),
    ):
        rows.append(
            _single(
                "comparison.hedges_g",
                book,
                term,
                want,
                printed(want, places),
                attribute=attribute,
                data="two groups of 50",
                reference="Borenstein et al. (2009), ch. 4",
            )
        )
    vickers = "Vickers & Altman (2001), BMJ 323:1123-4, table; pooled variances there, Welch and HC2 here"
    for method, numbers in (
        (post_difference, (("estimate", 17.3, 0.05), ("conf_low", 7.5, 0.1), ("conf_high", 27.1, 0.1))),
        (
            difference_in_differences,
            (("estimate", 10.8, 0.05), ("conf_low", 2.3, 0.1), ("conf_high", 19.4, 0.1)),
        ),
        (adjusted_difference, (("estimate", 12.7, 0.05),)),
    ):
        result = cache(lambda method=method: method(_acupuncture(), programme="acupuncture"))
        rows += [
            _single(
                f"comparison.{method.__name__}",
                result,
                None,
                want,
                allowed,
                attribute=attribute,
                data="acupuncture for the shoulder, 52 people",
                reference=vickers,
            )
            for attribute, want, allowed in numbers
        ]
    both = cache(lambda: change_or_adjusted(_acupuncture(), programme="acupuncture"))
    rows += [
        _single(
            "comparison.change_or_adjusted",
            both,
            term,
            want,
            0.05,
            reference=vickers,
            data="acupuncture for the shoulder, 52 people",
        )
        for term, want in (("adjusted for the starting score", 12.7), ("difference of mean changes", 10.8))
    ]
    fast = cache(lambda: difference_in_differences(_fast_food(), programme="New Jersey"))
    rows += [
        _single(
            "comparison.difference_in_differences",
            fast,
            None,
            want,
            allowed,
            attribute=attribute,
            data="fast food, made from the means and standard errors",
            reference="Card & Krueger (1994), AER 84, table 3 (2.75 from the printed means, 2.76 printed)",
        )
        for attribute, want, allowed in (("estimate", 2.76, 0.011), ("std_error", 1.36, 0.005))
    ]
    return rows


def _morris() -> list[Row]:
    """Morris (2008), table 5: five training studies, from their summary numbers."""
    programme = {
        "before": (30.6, 23.5, 0.5, 53.4, 35.6),
        "after": (38.5, 26.8, 0.7, 75.9, 36.0),
        "sd": (15.0, 3.1, 0.1, 14.5, 4.7),
        "n": (20, 50, 9, 10, 14),
    }
    comparison = {
        "before": (23.1, 24.9, 0.6, 55.7, 34.8),
        "after": (19.7, 25.3, 0.6, 60.7, 33.4),
        "sd": (13.8, 4.1, 0.2, 17.3, 3.1),
        "n": (20, 42, 9, 11, 14),
    }
    correlations, published = (0.47, 0.64, 0.77, 0.89, 0.44), (0.77, 0.80, 1.20, 1.05, 0.44)
    rows: list[Row] = []
    for i, (r, want) in enumerate(zip(correlations, published, strict=True)):
        n1, n0 = programme["n"][i], comparison["n"][i]
        before = Moments(
            n1, n0, programme["before"][i], comparison["before"][i], programme["sd"][i], comparison["sd"][i]
        )
        change = Moments(
            n1, n0, programme["after"][i] - before.mean1, comparison["after"][i] - before.mean0, 1.0, 1.0
        )
        _, textbook, _ = _ppc2_rows(change, before.pooled, r, 0.95)
        record = case("ppc_morris_table5")[f"study{i + 1}.d_ppc2"]
        data = f"training study {i + 1}, summary numbers"
        rows.append(
            Row(
                "comparison.dppc2",
                "d_ppc2: estimate",
                "Morris (2008), table 5",
                data,
                lambda e=textbook: e.estimate,
                want,
                printed(want, 2),
            )
        )
        for attribute, field in (
            ("estimate", "estimate"),
            ("std_error", "se"),
            ("conf_low", "ci_low"),
            ("conf_high", "ci_high"),
        ):
            rows.append(
                Row(
                    "comparison.dppc2",
                    f"equal spread: {attribute}",
                    "Morris (2008), eqs. 8-10 and 25, in R",
                    data,
                    lambda e=textbook, a=attribute: getattr(e, a),
                    record[field],
                    1e-8 * abs(record[field]),
                )
            )
    return rows


def _prepost() -> list[Row]:
    """Before and after in two arms of the anorexia trial."""
    rows: list[Row] = []
    within, uncorrected = "correlation of before and after, within arms", "d_ppc2, uncorrected"
    before, after = (f"standard deviation {wave}, within arms (points)" for wave in ("before", "after"))
    for arm in ("FT", "CBT"):
        records, data = case(f"ppc_anorexia_{arm.lower()}"), f"anorexia, {arm} against control"
        d, g, did, ancova, both = (
            cache(lambda method=method, arm=arm: method(_anorexia(arm), programme=arm))
            for method in (
                dppc2,
                adjusted_g,
                difference_in_differences,
                adjusted_difference,
                change_or_adjusted,
            )
        )
        for result, method, term, record, fields, reference in (
            (d, "dppc2", "d_ppc2", "d_ppc2", ("estimate",), "Morris (2008), eqs. 8-10, in R"),
            (d, "dppc2", "d_ppc2", "did_welch", ("statistic", "df", "p_value"), "R t.test() on the changes"),
            (
                d,
                "dppc2",
                "d_ppc2, equal spread before and after",
                "d_ppc2",
                ("estimate", "std_error", "conf_low", "conf_high"),
                "Morris (2008), eq. 25, in R",
            ),
            (d, "dppc2", uncorrected, "d_ppc2_uncorrected", ("estimate",), "computed in R"),
            (
                d,
                "dppc2",
                "difference of mean changes (points)",
                "did_welch",
                ("estimate",),
                "R t.test() on the changes",
            ),
            (d, "dppc2", before, "sd_pre_pooled", ("estimate",), "computed in R"),
            (d, "dppc2", after, "sd_post_pooled", ("estimate",), "computed in R"),
            (d, "dppc2", within, "r_prepost_within", ("estimate",), "computed in R"),
            (g, "adjusted_g", "d", "d_ancova_sdpost", ("estimate", "std_error"), "R lm() over the pooled SD"),
            (
                g,
                "adjusted_g",
                "g, What Works Clearinghouse",
                "g_ancova_wwc",
                ("estimate",),
                "WWC handbook, in R",
            ),
            (g, "adjusted_g", "adjusted difference (points)", "ancova_difference", ("estimate",), "R lm()"),
            (g, "adjusted_g", after, "sd_post_pooled", ("estimate",), "computed in R"),
            (did, "difference_in_differences", None, "did_welch", EVERYTHING, "R t.test() on the changes"),
            (
                did,
                "difference_in_differences",
                "mean change, programme",
                "change_treated",
                ("estimate",),
                "R mean()",
            ),
            (
                did,
                "difference_in_differences",
                "mean change, comparison",
                "change_control",
                ("estimate",),
                "R mean()",
            ),
            (ancova, "adjusted_difference", None, "ancova_difference", ("estimate",), "R lm()"),
            (
                both,
                "change_or_adjusted",
                "adjusted for the starting score",
                "ancova_difference",
                ("estimate",),
                "R lm()",
            ),
            (
                both,
                "change_or_adjusted",
                "difference of mean changes",
                "did_welch",
                EVERYTHING,
                "R t.test() on the changes",
            ),
        ):
            rows += rows_of(
                f"comparison.{method}",
                result,
                records[record],
                fields,
                data=data,
                reference=reference,
                term=term,
            )
    return rows


def _college() -> list[Row]:
    """Robust errors and slopes in the STAR college men."""
    rows: list[Row] = []
    for outcome in ("gpa_year2", "gpa_year1"):
        result = cache(
            lambda outcome=outcome: adjusted_difference(
                dataset("star_college_men"), post=outcome, pre="gpa0", arm="sfsp", programme=1
            )
        )
        for term in ("programme minus comparison", "slope of the starting score"):
            record = made()[f"star_{outcome}", term]
            rows += rows_of(
                "comparison.adjusted_difference",
                result,
                record,
                {field: field for field in record if field != "tol_rel"},
                term=term,
                data=f"STAR college men, {outcome}",
                reference="R clubSandwich CR2, everybody a cluster; references/comparison.R",
            )
    rows += rows_of(
        "comparison.adjusted_difference",
        result,
        case("lin_star_college")["ancova_hc2"],
        ("estimate", "std_error"),
        data="STAR college men, gpa_year1",
        reference="R estimatr lm_robust(se_type = 'HC2')",
    )
    for arm in ("SSP", "SFSP"):
        term = f"adjusted mean, {'programme' if arm == 'SFSP' else 'comparison'}"
        rows += rows_of(
            "comparison.adjusted_difference",
            result,
            case("ancova_star_college")[f"adjusted_mean.{arm}"],
            ("estimate",),
            term=term,
            data="STAR college men, gpa_year1",
            reference="R emmeans()",
        )
    students = dataset("star_college_men").dropna(subset=["gpa_year1", "gpa0"])
    plain = cache(lambda: post_difference(students, post="gpa_year1", arm="sfsp", programme=1))
    rows += rows_of(
        "comparison.post_difference",
        plain,
        case("lin_star_college")["diff_in_means_hc2"],
        ("estimate", "std_error"),
        data="STAR college men, gpa_year1",
        reference="R estimatr (HC2, which is Welch's standard error)",
    )
    for name, call in (
        ("anorexia", lambda: slope_homogeneity(dataset("anorexia"))),
        (
            "star_college",
            lambda: slope_homogeneity(dataset("star_college_men"), post="gpa_year1", pre="gpa0", arm="sfsp"),
        ),
    ):
        record = dict(case(f"ancova_{name}")["slopes_homogeneity"])
        rows += rows_of(
            "comparison.slope_homogeneity",
            call,
            record,
            {"statistic": "statistic", "df": "df2", "p_value": "p"},
            data=name,
            reference="R anova(lm(post ~ pre + arm), lm(post ~ pre * arm))",
        )
    return rows


def _ordinal() -> list[Row]:
    """Ranks of the changes in the anorexia trial, and arms that do not overlap."""
    records, data = case("ordinal_indep_anorexia"), "anorexia, change, family therapy against control"
    delta, chance = (
        cache(lambda method=method: method(_anorexia("FT"), post="change", programme="FT"))
        for method in (cliffs_delta, probability_of_superiority)
    )
    rows: list[Row] = []
    for result, method, term, record, fields, reference in (
        (delta, "cliffs_delta", None, "cliffs_delta", ("estimate",), "R effectsize rank_biserial()"),
        (delta, "cliffs_delta", None, "mann_whitney_p_exact", ("p_value",), "R coin wilcox_test('exact')"),
        (chance, "probability_of_superiority", None, "prob_superiority", ("estimate",), "computed in R"),
        (
            chance,
            "probability_of_superiority",
            None,
            "mann_whitney_p_exact",
            ("p_value",),
            "R coin wilcox_test('exact')",
        ),
        (
            chance,
            "probability_of_superiority",
            "probability of superiority, Brunner-Munzel",
            "brunner_munzel",
            EVERYTHING,
            "computed in R; scipy.stats.brunnermunzel",
        ),
        (
            chance,
            "probability_of_superiority",
            "Mann-Whitney U",
            "mann_whitney_U",
            ("estimate",),
            "R wilcox.test()",
        ),
        (
            chance,
            "probability_of_superiority",
            "median difference of all pairs (points)",
            "hodges_lehmann",
            ("estimate",),
            "computed in R",
        ),
    ):
        rows += rows_of(
            f"comparison.{method}", result, records[record], fields, data=data, reference=reference, term=term
        )
    many = cache(lambda: cliffs_delta(_star_k(), post="read", arm="cltype", programme="small"))
    pupils = _star_k().dropna(subset=["read"])
    small, regular = (pupils.loc[pupils["cltype"] == kind, "read"] for kind in ("small", "reg"))
    asymptotic = stats.mannwhitneyu(small, regular, method="asymptotic", use_continuity=False)
    rows.append(
        _single(
            "comparison.cliffs_delta",
            many,
            None,
            float(asymptotic.pvalue),
            1e-12,
            attribute="p_value",
            data="STAR kindergarten, reading",
            reference="scipy.stats.mannwhitneyu, normal, corrected for ties",
        )
    )
    for n1, n0 in ((3, 3), (10, 6)):
        apart = cache(lambda n1=n1, n0=n0: cliffs_delta(_apart(n1, n0)))
        source = "references/comparison.R: uniroot() on Newcombe (2006), method 5"
        rows += rows_of(
            "comparison.cliffs_delta",
            apart,
            made()[f"apart_{n1}_{n0}", "Cliff's delta"],
            {"conf_low": "conf_low"},
            data=f"{n1} against {n0}",
            reference=source,
        )
        rows.append(
            _single(
                "comparison.cliffs_delta",
                apart,
                None,
                1.0,
                0.0,
                attribute="conf_high",
                data=f"{n1} against {n0}",
                reference="the largest value of the measure, by definition",
            )
        )
        rows.append(
            _single(
                "comparison.cliffs_delta",
                apart,
                None,
                2 / math.comb(n1 + n0, n1),
                1e-15,
                attribute="p_value",
                data=f"{n1} against {n0}",
                reference="2 of all choose(n1 + n0, n1) rearrangements, by counting",
            )
        )
    return rows


def _balance() -> list[Row]:
    """Balance at the start of the job-training study."""
    columns = ["age", "educ", "black", "hispan", "married", "nodegree", "re74", "re75"]
    table = cache(lambda: baseline_balance(_lalonde(), columns=columns, arm="treat", programme=1))
    records, data = case("balance_lalonde"), "job training, 614 men"
    rows = [
        Row(
            "comparison.baseline_balance",
            f"{name}: {number.replace('_', ' ')}",
            f"R, by definition: {formula}",
            data,
            lambda name=name, number=number: float(table().loc[name, number]),
            record["estimate"],
            1e-8 * abs(record["estimate"]),
        )
        for name in columns
        for number, key, formula in (
            ("standardised_difference", "smd_avgvar", "difference / sqrt((v1 + v0) / 2)"),
            ("variance_ratio", "variance_ratio", "v1 / v0"),
        )
        for record in (records[f"{name}.{key}"],)
    ]
    # Dehejia & Wahba (1999), JASA 94:1053-62, table 1: the treated men of this sample
    for name, want in (("age", 25.81), ("educ", 10.35), ("black", 0.84), ("married", 0.19)):
        rows.append(
            Row(
                "comparison.baseline_balance",
                f"{name}: mean of the programme",
                "Dehejia & Wahba (1999), table 1 (cut to two decimals)",
                data,
                lambda name=name: float(table().loc[name, "mean_programme"]),
                want,
                0.01,
            )
        )
    men = _lalonde()
    rows += [
        Row(
            "comparison.baseline_balance",
            f"{name}: mean of the {arm}",
            "numpy.mean, by definition",
            data,
            lambda name=name, arm=arm: float(table().loc[name, f"mean_{arm}"]),
            float(np.mean(men.loc[men["treat"] == value, name].to_numpy())),
            1e-9 * max(1.0, abs(men[name].max())),
        )
        for name in columns
        for arm, value in (("programme", 1), ("comparison", 0))
    ]
    return rows


@cache
def made() -> Mapping[tuple[str, str], Mapping[str, Any]]:
    """What references/comparison.R computed, by case and term."""
    table = pd.read_csv(HERE / "comparison_results.csv")
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for name, term, field, value in table.itertuples(index=False):
        found.setdefault((name, term), {"tol_rel": 1e-8})[field] = value
    return found


# What references/comparison.R called, by its case.
CALLED = {
    "adjusted": "R lm(), clubSandwich CR2 with everybody a cluster",
    "adjusted_clusters": "R lm(), clubSandwich CR2 with Satterthwaite df",
    "adjusted_age": "R lm(), clubSandwich CR2 with everybody a cluster",
    "adjusted_age_clusters": "R lm(), clubSandwich CR2 with Satterthwaite df",
    "post": "R t.test()",
    "post_clusters": "R lm(), clubSandwich CR2 with Satterthwaite df",
    "change": "R t.test() on the changes",
    "change_clusters": "R lm() on the changes, clubSandwich CR2 with Satterthwaite df",
    "pre": "R t.test()",
    "pre_clusters": "R lm(), clubSandwich CR2 with Satterthwaite df",
    "dppc2": "R t.test() on the changes, pt() inverted; Morris 2008, eq. 25",
    "adjusted_g": "R lm() over the pooled SD, clubSandwich CR2 with everybody a cluster, pt() inverted",
    "adjusted_g_age": "R lm() over the pooled SD, clubSandwich CR2 with everybody a cluster, pt() inverted",
    "ranks": "R sign(outer()) over all pairs, Feng & Cliff's limits; wilcox.test()",
}


def _called(name: str) -> str:
    """The reference of a case of references/comparison.R."""
    return f"{CALLED[name]}; references/comparison.R"


def _made_rows() -> list[Row]:
    """Everything that references/comparison.R computed on the made-up people."""
    people = two_arms()

    def call(method: Callable[..., Result], **options: Any) -> Callable[[], Result]:
        return cache(lambda: method(people, programme="mentored", **options))

    results = {
        "adjusted": (adjusted_difference, {}),
        "adjusted_clusters": (adjusted_difference, {"cluster": "cluster"}),
        "adjusted_age": (adjusted_difference, {"covariates": ["age"]}),
        "adjusted_age_clusters": (adjusted_difference, {"covariates": ["age"], "cluster": "cluster"}),
        "post": (post_difference, {}),
        "post_clusters": (post_difference, {"cluster": "cluster"}),
        "change": (difference_in_differences, {}),
        "change_clusters": (difference_in_differences, {"cluster": "cluster"}),
        "dppc2": (dppc2, {}),
        "adjusted_g": (adjusted_g, {}),
        "adjusted_g_age": (adjusted_g, {"covariates": ["age"]}),
    }
    found = {
        name: (f"comparison.{method.__name__}", call(method, **options))
        for name, (method, options) in results.items()
    }
    rows: list[Row] = []
    data = "42 made-up people in 13 clusters"
    for (name, term), record in made().items():
        fields = {field: field for field in record if field != "tol_rel"}
        if name in found:
            method, result = found[name]
            if "mean" in term and name.startswith(("adjusted", "post", "change")):  # means carry no test
                fields = {field: field for field in fields if field not in ("statistic", "p_value")}
            rows += rows_of(
                method, result, record, fields, data=f"{data}: {name}", reference=_called(name), term=term
            )
        elif name == "ranks":
            for method in (cliffs_delta, probability_of_superiority):
                if term in {e.term for e in call(method)().estimates}:
                    rows += rows_of(
                        f"comparison.{method.__name__}",
                        call(method),
                        record,
                        fields,
                        data=data,
                        reference=_called(name),
                        term=term,
                    )
        elif name == "slopes":
            three = cache(lambda: slope_homogeneity(_three_arms()))
            rows += rows_of(
                "comparison.slope_homogeneity",
                three,
                record,
                fields,
                data="42 made-up people in three arms",
                reference="R lm() and anova(); references/comparison.R",
                term=term,
            )
    both = {"": {}, "_clusters": {"cluster": "cluster"}}
    for suffix, options in both.items():
        result = call(change_or_adjusted, **options)
        for name, term in (
            ("adjusted", "adjusted for the starting score"),
            ("change", "difference of mean changes"),
            ("pre", "difference of starting scores"),
        ):
            record = made()[name + suffix, "programme minus comparison"]
            rows += rows_of(
                "comparison.change_or_adjusted",
                result,
                record,
                {f: f for f in EVERYTHING},
                data=f"{data}{suffix.replace('_', ': ')}",
                reference=_called(name + suffix),
                term=term,
            )
    return rows


def _by_study() -> list[Row]:
    """The made-up people as one study of two, and two treatments of the anorexia trial as two studies."""
    people = two_arms().assign(arm=lambda data: data["arm"].replace("mentored", "programme"), study="made up")
    other = people.assign(study="other", post=people["post"] * 2 + people["pre"])
    trials = pd.concat(
        [_anorexia(arm).assign(study=arm).replace({"arm": {arm: "programme"}}) for arm in ("FT", "CBT")]
    )
    made_up, treated = pd.concat([other, people]), cache(lambda: hedges_g_by(trials))

    rows: list[Row] = []
    for name, options in (("adjusted", {}), ("adjusted_clusters", {"cluster": "cluster"})):
        record = made()[name, "programme minus comparison"]
        table = cache(lambda options=options: adjusted_difference_by(made_up, **options))
        rows += [
            Row(
                "comparison.adjusted_difference_by",
                f"made up: {WORDS[field]}",
                _called(name),
                f"42 made-up people as one study of two: {name}",
                lambda field=field, table=table: float(table().loc["made up", field]),
                float(record[field]),
                tolerance(record, field),
            )
            for field in ("estimate", "std_error", "df", "conf_low", "conf_high")
        ]
    record = case("indep_anorexia")["hedges_g"]
    reference = "noncentral t inverted, times J; R effectsize hedges_g()"
    rows += [
        Row(
            "comparison.hedges_g_by",
            f"FT: {WORDS[field]}",
            reference,
            "anorexia, two treatments against control as two studies",
            lambda field=field: float(treated().loc["FT", field]),
            float(record[USUAL[field]]),
            tolerance(record, USUAL[field]),
        )
        for field in LIMITS
    ]
    return rows


ROWS: list[Row] = [
    *_independent(),
    *_published(),
    *_morris(),
    *_prepost(),
    *_college(),
    *_ordinal(),
    *_balance(),
    *_made_rows(),
    *_by_study(),
]
