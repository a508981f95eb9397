"""Change within people."""

from __future__ import annotations

from functools import cache, partial

import numpy as np
import pandas as pd
from reference import HERE, Record, case, dataset
from scipy import stats

from rmstudy.methods.change import (
    beckers_d,
    cohens_drm,
    cohens_dz,
    equivalence,
    hedges_gav,
    matched_rank_biserial,
    mean_change,
    median_change,
    probability_of_improvement,
    reliable_change,
    reliable_change_index,
)
from rmstudy.methods.comparison import difference_in_differences, post_difference
from rmstudy.results import Estimate, Result
from validation import Row, estimate_of, printed, rows_of

EVERYTHING = ("estimate", "std_error", "statistic", "df", "p_value", "conf_low", "conf_high")
INTERVAL = ("estimate", "conf_low", "conf_high")


@cache
def made(what: str) -> Record:
    """A record of references/change.csv, which references/change.R wrote."""
    table = pd.read_csv(HERE / "change.csv").query("what == @what")
    return {"id": what, "tol_rel": 1e-8} | dict(zip(table["number"], table["value"], strict=True))


def people(pre: list[float], post: list[float]) -> pd.DataFrame:
    return pd.DataFrame({"pre": pre, "post": post})


def twelve() -> pd.DataFrame:
    """The twelve people of references/change.R."""
    return people([12.1, 15.3, 11.2, 18.4, 14.9, 16.6, 13.7, 10.5, 17.8, 12.9, 15.8, 11.6],
                  [15.2, 16.9, 18.7, 20.1, 13.4, 21.5, 17.4, 10.9, 17.2, 16.8, 18.1, 14.0])  # fmt: skip


def steps() -> pd.DataFrame:
    """The answers in five steps of references/change.R."""
    return people([3, 4, 2, 5, 3, 4, 2, 3, 3, 1, 4, 2], [4, 4, 3, 5, 5, 3, 4, 4, 3, 3, 5, 1])


def movies() -> pd.DataFrame:
    """Lakens (2013): ten people rate two films."""
    return people([9, 6, 7, 8, 7, 9, 8, 8, 8, 7], [9, 7, 8, 9, 8, 9, 9, 10, 9, 9])


def sleep() -> pd.DataFrame:
    return dataset("sleep").rename(columns={"drug1": "pre", "drug2": "post"})


def arm(label: str) -> pd.DataFrame:
    data = dataset("anorexia")
    return data[data["arm"] == label]


def number(
    method: str, result: partial[Result], attribute: str, want: float, allowed: float, *, data: str,
    reference: str, term: str | None = None,
) -> Row:  # fmt: skip
    """One number with its own tolerance."""

    def got() -> float | None:
        value: float | None = getattr(estimate_of(result(), term), attribute)
        return value

    return Row(method, f"{term or 'headline'}: {attribute}", reference, data, got, want, allowed)


PAIRED = (
    ("sleep", "sleep, 10 people", sleep),
    ("anorexia_ft", "anorexia, family therapy", partial(arm, "FT")),
    ("anorexia_cont", "anorexia, control", partial(arm, "Cont")),
)

MEANS = [
    row
    for name, data, frame in PAIRED
    for row in (
        *rows_of("change.mean_change", lambda frame=frame: mean_change(frame()),
                 case(f"paired_{name}")["mean_change"], EVERYTHING, data=data, reference="R t.test(paired = TRUE)"),
        *rows_of("change.mean_change", lambda frame=frame: mean_change(frame()),
                 case(f"paired_{name}")["mean_pre"], ("estimate",), data=data, reference="R mean()",
                 term="mean before"),
        *rows_of("change.mean_change", lambda frame=frame: mean_change(frame()),
                 case(f"paired_{name}")["mean_post"], ("estimate",), data=data, reference="R mean()",
                 term="mean after"),
    )
]  # fmt: skip
MEANS += [
    row
    for term in ("mean before", "mean after")
    for row in rows_of("change.mean_change", lambda: mean_change(twelve()), made(term),
                       ("estimate", "std_error", "df", "conf_low", "conf_high"), data="twelve people",
                       reference="R t.test", term=term)
]  # fmt: skip
MEANS += rows_of(
    "change.mean_change",
    lambda: mean_change(
        people([0.0] * 12, [1.2, 0.4, 2.1, 3.3, 1.0, 0.2, -0.5, 1.7, 2.6, 0.9, 1.4, 0.1]).assign(
            pair=[1, 1, 1, 2, 2, 3, 3, 3, 3, 4, 4, 5]
        ),
        cluster="pair",
    ),
    made("clusters"), EVERYTHING, data="twelve people in five clusters", reference="R clubSandwich coef_test, CR2",
)  # fmt: skip

SPREADS = {
    "standard deviation before (points)": "sd_pre",
    "standard deviation after (points)": "sd_post",
    "standard deviation of the change (points)": "sd_diff",
    "correlation of before and after": "r_prepost",
}
STANDARDISED = [
    row
    for name, data, frame in PAIRED
    for record in (case(f"paired_{name}"),)
    for row in (
        *rows_of("change.cohens_dz", lambda frame=frame: cohens_dz(frame()), record["d_z"], INTERVAL, data=data,
                 reference="R pt() inverted; effectsize cohens_d(paired = TRUE)"),
        *rows_of("change.cohens_dz", lambda frame=frame: cohens_dz(frame()), record["mean_change"],
                 ("statistic", "df", "p_value"), data=data, reference="R t.test(paired = TRUE)"),
        *rows_of("change.cohens_dz", lambda frame=frame: cohens_dz(frame()), record["g_z"], ("estimate",), data=data,
                 reference="R effectsize hedges_g(paired = TRUE)", term="g_z"),
        *rows_of("change.cohens_drm", lambda frame=frame: cohens_drm(frame()), record["d_rm"], INTERVAL, data=data,
                 reference="noncentral t inverted in R; Morris & DeShon 2002"),
        *rows_of("change.cohens_drm", lambda frame=frame: cohens_drm(frame()), record["mean_change"], ("df",),
                 data=data, reference="R t.test(paired = TRUE)"),
        *rows_of("change.beckers_d", lambda frame=frame: beckers_d(frame()), record["d_pre_bonett"],
                 ("estimate", "std_error", "conf_low", "conf_high"), data=data,
                 reference="Bonett 2008; R statpsych ci.stdmean.ps"),
        *rows_of("change.beckers_d", lambda frame=frame: beckers_d(frame()), record["SMCR"], ("estimate",), data=data,
                 reference="R metafor escalc(\"SMCR\")", term="g_pre"),
        *rows_of("change.beckers_d", lambda frame=frame: beckers_d(frame()), record["SMCRH_consistent"],
                 ("std_error",), data=data, reference="Bonett 2008, J times; R metafor escalc(\"SMCRH\") with d for g",
                 term="g_pre"),
        *rows_of("change.hedges_gav", lambda frame=frame: hedges_gav(frame()), record["d_av_bonett"],
                 ("std_error", "conf_low", "conf_high"), data=data,
                 reference="Bonett 2008; R statpsych ci.stdmean.ps", term="d_av"),
        *(one for term, name in SPREADS.items()
          for one in rows_of("change.hedges_gav", lambda frame=frame: hedges_gav(frame()), record[name],
                             ("estimate",), data=data, reference="R sd(), cor()", term=term)),
        *rows_of("change.hedges_gav", lambda frame=frame: hedges_gav(frame()), record["d_av"], ("estimate",),
                 data=data, reference="R, mean change / sqrt((v1 + v2) / 2), by definition", term="d_av"),
    )
]  # fmt: skip
STANDARDISED += [
    *rows_of("change.hedges_gav", lambda: hedges_gav(twelve()), made("g_av"),
             ("estimate", "std_error", "df", "conf_low", "conf_high"), data="twelve people",
             reference="R pt() inverted, df of Cousineau 2020; Bonett 2008; references/change.R"),
    *rows_of("change.hedges_gav", lambda: hedges_gav(twelve()), made("g_av"), {"estimate": "d_av"},
             data="twelve people", reference="R, mean change / sqrt((v1 + v2) / 2), by definition", term="d_av"),
]  # fmt: skip

LAKENS = {"data": "two films, 10 people", "reference": "Lakens 2013"}
STANDARDISED += [
    number("change.mean_change", partial(mean_change, movies()), attribute, want, 0.0051, **LAKENS)
    for attribute, want in (("statistic", 4.74), ("p_value", 0.001), ("conf_low", 0.52), ("conf_high", 1.48))
]
STANDARDISED += [
    number("change.cohens_dz", partial(cohens_dz, movies()), "estimate", 1.50, printed(1.5, 2), **LAKENS),
    number("change.cohens_drm", partial(cohens_drm, movies()), "estimate", 1.11, printed(1.11, 2), **LAKENS),
    # r = .7255 and nu = 11.79; R: d_av * exp(lgamma(nu / 2) - lgamma((nu - 1) / 2)) * sqrt(2 / nu)
    number("change.hedges_gav", partial(hedges_gav, movies()), "estimate", 1.05245601874, 1e-10,
           data="two films, 10 people", reference="noncentral t inverted in R, df of Cousineau 2020"),
    # by numerical integration of the noncentral t, where R's pt() is off in the third digit
    *(number("change.cohens_dz", partial(lambda: cohens_dz(huge())), attribute, want, 1e-8 * want,
             data="200 people, t = 70.7", reference="noncentral t integrated numerically")
      for attribute, want in (("conf_low", 4.48922687683415), ("conf_high", 5.50927235567677))),
]  # fmt: skip
STUDENT = {"data": "sleep, 10 people", "reference": "Student 1908; R t.test"}
STANDARDISED += [
    number("change.cohens_dz", partial(lambda: cohens_dz(sleep())), "statistic", 4.0621, 6e-5, **STUDENT),
    number("change.cohens_dz", partial(lambda: cohens_dz(sleep())), "p_value", 0.002833, 1e-6, **STUDENT),
    number("change.cohens_dz", partial(lambda: cohens_dz(sleep())), "estimate", 1.284558, 1e-6, **STUDENT),
]


def huge() -> pd.DataFrame:
    """Two hundred people whose changes have mean 5 and standard deviation 1."""
    change = stats.norm.ppf((np.arange(1, 201) - 0.5) / 200)
    return people([0.0] * 200, list(5 + (change - change.mean()) / change.std(ddof=1)))


ORDINAL = (
    ("sleep", "sleep, 10 people", sleep),
    ("anorexia_cbt", "anorexia, cognitive therapy", partial(arm, "CBT")),
)


def _share(record: str, of: str) -> Record:
    """A count as a share of the pairs."""
    records = case(record)
    return {"id": of, "tol_rel": 1e-8, "estimate": records[of]["estimate"] / records["n_pairs"]["estimate"]}


RANKS = [
    row
    for name, data, frame in ORDINAL
    for record in (case(f"ordinal_paired_{name}"),)
    for row in (
        *rows_of("change.median_change", lambda frame=frame: median_change(frame()),
                 record["hodges_lehmann_pseudomedian"], ("estimate",), data=data,
                 reference="R, median of the Walsh averages, by definition"),
        *rows_of("change.median_change", lambda frame=frame: median_change(frame()),
                 record["wilcoxon_p_exact_pratt"], ("p_value",), data=data, reference="R coin wilcoxsign_test, exact"),
        *rows_of("change.matched_rank_biserial", lambda frame=frame: matched_rank_biserial(frame()),
                 record["matched_rank_biserial_pratt"], ("estimate",), data=data,
                 reference="R, signed ranks with Pratt's zeros, by definition"),
        *rows_of("change.matched_rank_biserial", lambda frame=frame: matched_rank_biserial(frame()),
                 record["wilcoxon_p_exact_pratt"], ("p_value",), data=data, reference="R coin wilcoxsign_test, exact"),
        *rows_of("change.probability_of_improvement", lambda frame=frame: probability_of_improvement(frame()),
                 record["prob_improvement"], ("estimate",), data=data,
                 reference="R, better plus half the unchanged, by definition"),
        *rows_of("change.probability_of_improvement", lambda frame=frame: probability_of_improvement(frame()),
                 record["sign_test"], ("p_value",), data=data, reference="R binom.test"),
        *(one for count, term in (("n_positive", "share improved"), ("n_zero", "share unchanged"),
                                  ("n_negative", "share worse"))
          for one in rows_of("change.probability_of_improvement",
                             lambda frame=frame: probability_of_improvement(frame()),
                             _share(f"ordinal_paired_{name}", count), ("estimate",), data=data,
                             reference="counted in R, by definition", term=term)),
    )
]  # fmt: skip
RANKS += [
    *rows_of("change.median_change", lambda: median_change(twelve()), made("pseudomedian"),
             (*INTERVAL, "p_value"), data="twelve people",
             reference="R wilcox.test(exact = TRUE, conf.int = TRUE)"),
    *rows_of("change.probability_of_improvement", lambda: probability_of_improvement(steps()), made("improvement"),
             (*INTERVAL, "p_value"), data="twelve people, five steps",
             reference="R uniroot() on Tango's score; binom.test; references/change.R"),
    *(row for share in ("share improved", "share unchanged", "share worse")
      for function in (probability_of_improvement, matched_rank_biserial)
      for row in rows_of(f"change.{function.__name__}", lambda function=function: function(steps()), made(share),
                         INTERVAL, data="twelve people, five steps", reference="R prop.test(correct = FALSE)",
                         term=share)),
    *rows_of("change.matched_rank_biserial", lambda: matched_rank_biserial(steps()), made("rank-biserial"),
             ("estimate", "p_value"), data="twelve people, five steps",
             reference="R expand.grid(), all sign flips; references/change.R"),
    # two sets of resamples: three Monte Carlo errors, and a step of the statistic for the limits
    *(number("change.matched_rank_biserial", partial(lambda: matched_rank_biserial(steps())), attribute,
             made("rank-biserial")[field], allowed, data="twelve people, five steps",
             reference="R boot.ci(type = \"bca\"), 200 000 resamples")
      for attribute, field, allowed in (("std_error", "se", 0.006), ("conf_low", "ci_low", 0.04),
                                        ("conf_high", "ci_high", 0.02))),
]  # fmt: skip


# single people


def _ft() -> Result:
    return reliable_change(arm("FT"), reliability=0.8, reliability_source="assumed")


def _btheb() -> pd.DataFrame:
    return dataset("btheb").rename(columns={"bdi_pre": "pre", "bdi_2m": "post"})


def _beck() -> Result:
    return reliable_change(_btheb(), reliability=0.93, reliability_source="assumed", higher_is_better=False)


INDIVIDUAL: list[Row] = []
for _name, _data, _result, _records in (
    ("anorexia", "anorexia, family therapy", _ft, case("rci_anorexia_ft")),
    ("btheb", "btheb, after two months", _beck, case("rci_btheb_2m")),
):
    for _term, _record in {
        "standard deviation used, in points": _records["sd_pre"],
        "standard error of measurement, in points": _records["SEM"],
        "standard error of a change, in points": _records["S_diff"],
        "largest change within error, in points": _records["reliable_change_threshold"],
        "people improved": _records["n_improved"],
        "people unchanged": _records["n_unchanged"],
        "people worse": _records["n_deteriorated"],
        "share improved": _records["pct_improved"] | {"estimate": _records["pct_improved"]["estimate"] / 100},
    }.items():
        INDIVIDUAL += rows_of("change.reliable_change", _result, _record, ("estimate",), data=_data,
                              reference="Jacobson & Truax 1991, formulas in R", term=_term)  # fmt: skip


def _index(which: str, of: str) -> float:
    """A summary of everybody's index."""
    table = (
        reliable_change_index(arm("FT"), reliability=0.8)
        if which == "rci_anorexia_ft"
        else reliable_change_index(_btheb(), reliability=0.93, higher_is_better=False)
    )
    rc = table["rc"]
    found = {"first": rc.iloc[0], "mean": rc.mean(), "sd": rc.std(), "max": rc.max(), "min": rc.min(),
             "sum_abs": rc.abs().sum()}  # fmt: skip
    return float(found[of])


INDIVIDUAL += [
    Row("change.reliable_change_index", f"rc: {of}", "Jacobson & Truax 1991, formulas in R", data,
        partial(_index, name, of),
        case(name)[f"rci_{of}"]["estimate"], 1e-8 * abs(case(name)[f"rci_{of}"]["estimate"]))
    for name, data in (("rci_anorexia_ft", "anorexia, family therapy"), ("rci_btheb_2m", "btheb, after two months"))
    for of in ("first", "mean", "sd", "max", "min", "sum_abs")
]  # fmt: skip


def _jacobson_truax() -> Result:
    """Jacobson & Truax (1991): one person from 32.5 to 47.5, standard deviation 7.5, reliability .80."""
    return reliable_change(people([32.5], [47.5]), reliability=0.8, reliability_source="the paper", sd=7.5)


INDIVIDUAL += [
    number("change.reliable_change", partial(_jacobson_truax), "estimate", want, 0.0051, data="one person",
           reference="Jacobson & Truax 1991, worked example", term=term)
    for term, want in (("standard error of measurement, in points", 3.35),
                       ("standard error of a change, in points", 4.74))
]  # fmt: skip
INDIVIDUAL.append(
    Row("change.reliable_change_index", "rc", "Jacobson & Truax 1991, worked example", "one person",
        lambda: float(reliable_change_index(people([32.5], [47.5]), reliability=0.8, sd=7.5)["rc"].iloc[0]),
        3.16, printed(3.16, 2))
)  # fmt: skip

# Claus et al. (2020), as the vignette of R clinicalsignificance counts them: HAM-D, less is better.
_HAMD_PRE = [25, 15, 28, 30, 21, 26, 31, 21, 27, 28, 23, 24, 28, 26, 27, 32, 27, 25, 28, 25,
             22, 24, 24, 21, 18, 27, 25, 27, 22, 23, 25, 25, 26, 22, 24, 23, 26, 28, 24, 21]  # fmt: skip
_HAMD_POST = [13, 11, 4, 25, 9, 17, 15, 2, 8, 7, 13, 30, 9, 8, 14, 27, 20, 28, 14, 24,
              10, 18, 22, 8, 20, 2, 13, 18, 2, 16, 16, 24, 8, 6, 22, 20, 18, 24, 9, 25]  # fmt: skip
_AMPLIFIED = [0, 1, 1, 0, 1, 0, 1, 1, 1, 0, 1, 0, 1, 1, 1, 0, 1, 0, 1, 0,
              1, 0, 0, 1, 0, 1, 0, 1, 1, 0, 1, 0, 1, 1, 0, 0, 1, 0, 0, 0]  # fmt: skip


def claus(*, by_arm: bool) -> Result:
    data = people(_HAMD_PRE, _HAMD_POST).assign(arm=_AMPLIFIED)
    arms = {"arm": "arm", "programme": 1} if by_arm else {}
    return reliable_change(
        data, reliability=0.8, reliability_source="vignette", higher_is_better=False, **arms
    )


INDIVIDUAL += [
    number("change.reliable_change", partial(claus, by_arm=by_arm), "estimate", want, 1e-12, data=data,
           reference="R clinicalsignificance, distribution-based vignette", term=term)
    for by_arm, data, counts in (
        (False, "Claus et al. 2020", {"people improved": 29, "people unchanged": 10, "people worse": 1}),
        (True, "Claus et al. 2020, by arm", {"people improved": 20, "people unchanged": 1, "people worse": 0}),
    )
    for term, want in counts.items()
]  # fmt: skip


def _between() -> Result:
    return reliable_change(
        arm("FT"), reliability=0.8, reliability_source="assumed", reliability_interval=(0.7, 0.9)
    )


# R: pnorm(-1.96); prop.test(count, n, correct = FALSE)
_ONE, _TWO, _ENDS = "anorexia, family therapy", "Claus et al. 2020, by arm", "anorexia, reliability .7 to .9"
_SHARES = (
    (_ft, _ONE, "share improved", 10 / 17, 0.360054426429998, 0.783889432097852),
    (_ft, _ONE, "share unchanged", 7 / 17, 0.216110567902148, 0.639945573570002),
    (_ft, _ONE, "share worse", 0.0, 0.0, 0.184318135008852),
    (_between, _ENDS, "share improved, lowest reliability", 9 / 17, 0.309632350600044, 0.738348935575906),
    (_between, _ENDS, "share improved, highest reliability", 12 / 17, 0.468668899334602, 0.867200103897048),
    (partial(claus, by_arm=True), _TWO, "share improved, comparison", 9 / 19, 0.273298051611796, 0.682921907548868),
    (partial(claus, by_arm=True), _TWO, "share unchanged, comparison", 9 / 19, 0.273298051611796, 0.682921907548868),
    (partial(claus, by_arm=True), _TWO, "share worse, comparison", 1 / 19, 0.00935199406230037, 0.24638731166898778),
)  # fmt: skip
INDIVIDUAL += [
    number("change.reliable_change", partial(result), attribute, want, 1e-9, data=data,
           reference="R prop.test(correct = FALSE)", term=term)
    for result, data, term, *wanted in _SHARES
    for attribute, want in zip(INTERVAL, wanted, strict=True)
] + [
    number("change.reliable_change", partial(_ft), "estimate", 0.0249978951482204, 1e-12, data=_ONE,
           reference="R pnorm(-1.96)", term="share expected by measurement error alone, each way")
]  # fmt: skip


# margins


def _tost_sleep() -> Result:
    return equivalence(mean_change(sleep()), low=-2, high=2)


def _tost_cbt() -> Result:
    data = dataset("anorexia")
    found = difference_in_differences(data[data["arm"].isin(["CBT", "Cont"])], programme="CBT")
    return equivalence(found, low=-3, high=3)


def _tost_aide() -> Result:
    data = dataset("star_k")
    found = post_difference(
        data[data["cltype"].isin(["reg", "reg+A"])], post="read", arm="cltype", programme="reg+A"
    )
    return equivalence(found, low=-3, high=3)


def _moery() -> Result:
    """Moery & Calin-Jageman (2016), study 2, from the printed means and standard deviations."""
    df, pooled = 182, (94 * 0.95**2 + 88 * 0.83**2) / 182
    error = (pooled * (1 / 95 + 1 / 89)) ** 0.5
    half = float(stats.t.ppf(0.975, df)) * error
    e = Estimate("programme minus comparison", 0.03, error, 0.03 / error, df, None, 0.03 - half, 0.03 + half)
    found = Result("post_difference", "rating", "difference", "points", (e,), 0.95, {"a": 95, "b": 89}, {})
    return equivalence(found, low=-0.43, high=0.43, unit="sd", sd=pooled**0.5)


TOST = "R, (mean change - bound) / se, two one-sided t tests by definition"
MARGINS = [
    row
    for name, data, result in (
        ("tost_sleep", "sleep, bounds ±2 hours", _tost_sleep),
        ("tost_anorexia_cbt", "anorexia, cognitive therapy against control, ±3 lb", _tost_cbt),
        ("tost_star_k_aide", "STAR, aide against regular class, ±3 points", _tost_aide),
    )
    for record in (case(name),)
    for row in (
        *rows_of("change.equivalence", result, record["estimate"], ("std_error", "df"), data=data, reference=TOST),
        *rows_of("change.equivalence", result, record["ci90"], INTERVAL, data=data, reference=TOST),
        *rows_of("change.equivalence", result, record["tost_p"], ("p_value",), data=data, reference=TOST),
        *rows_of("change.equivalence", result, record["estimate"], ("estimate", "std_error", "statistic", "df",
                 "p_value"), data=data, reference="R t.test", term="against zero"),
        *(one for side in ("lower", "upper")
          for one in rows_of("change.equivalence", result, record[f"tost_{side}"], ("statistic", "df", "p_value"),
                             data=data, reference=TOST, term=f"distance from the {side} bound")),
        *(one for side, field in (("lower", "bounds_low"), ("upper", "bounds_high"))
          for one in rows_of("change.equivalence", result, record[field], ("estimate",), data=data, reference=TOST,
                             term=f"{side} bound")),
    )
]  # fmt: skip
MARGINS += [
    number("change.equivalence", partial(_moery), attribute, want, 0.0051 if attribute != "estimate" else 0.0005,
           data="Moery & Calin-Jageman 2016, bounds ±0.43 SD", reference="Lakens 2017; R TOSTER", term=term)
    for term, attribute, want in (("distance from the upper bound", "statistic", -2.69), (None, "df", 182),
                                  (None, "p_value", 0.004), ("upper bound", "estimate", 0.384))
]  # fmt: skip

ROWS: list[Row] = [*MEANS, *STANDARDISED, *RANKS, *INDIVIDUAL, *MARGINS]
