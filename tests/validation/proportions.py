"""Shares, their differences and their ratios."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import pandas as pd
from reference import Record, case, dataset

from rmstudy.methods.proportions import (
    odds_ratio,
    paired_risk_difference,
    risk_difference,
    risk_ratio,
    share,
)
from rmstudy.results import Result
from validation import Row, rows_of
from validation.change import made, number

INTERVAL = ("estimate", "conf_low", "conf_high")
RESULT = Callable[..., Result]


def two_arms(a: int, n1: int, c: int, n0: int) -> pd.DataFrame:
    """A of n1 people reach it with the programme, and c of n0 without."""
    return pd.DataFrame({"reached": [1] * a + [0] * (n1 - a) + [1] * c + [0] * (n0 - c),
                         "arm": ["programme"] * n1 + ["waiting"] * n0})  # fmt: skip


def pairs(both: int, came: int, lost: int, neither: int) -> pd.DataFrame:
    """People at the cut-off in both waves, in the second, in the first, in none."""
    return pd.DataFrame({"pre": [1] * both + [0] * came + [1] * lost + [0] * neither,
                         "post": [1] * both + [1] * came + [0] * lost + [0] * neither})  # fmt: skip


def of_table(function: RESULT, *cells: int) -> Result:
    return function(two_arms(*cells), outcome="reached")


def of_lalonde(function: RESULT) -> Result:
    data = dataset("lalonde")
    return function(data.assign(employed=data["re78"] > 0), outcome="employed", arm="treat", programme=1)


def of_pairs() -> Result:
    data = dataset("lalonde")
    data = (data.loc[data["treat"] == 1, ["re75", "re78"]] > 0).astype(float)
    return paired_risk_difference(data, pre="re75", post="re78")


LALONDE, EMPLOYED = case("binary_lalonde"), "lalonde, employed in 1978"
ROWS: list[Row] = []

for _function, _record, _reference in (
    (risk_difference, "risk_difference_newcombe", "Newcombe 1998, method 10, formulas in R"),
    (risk_ratio, "risk_ratio", "Katz's log interval, formula in R"),
    (odds_ratio, "odds_ratio", "Woolf's log interval, formula in R"),
):
    _method, _result = f"proportions.{_function.__name__}", partial(of_lalonde, _function)
    ROWS += rows_of(_method, _result, LALONDE[_record], INTERVAL, data=EMPLOYED, reference=_reference)
    ROWS += rows_of(_method, _result, LALONDE["odds_ratio_cmle"], ("p_value",), data=EMPLOYED,
                    reference="R fisher.test")  # fmt: skip
    for _term, _record in (("share, programme", "p_treated"), ("share, comparison", "p_control")):
        ROWS += rows_of(_method, _result, LALONDE[_record], INTERVAL, data=EMPLOYED, reference="R prop.test",
                        term=_term)  # fmt: skip
ROWS += rows_of("proportions.odds_ratio", partial(of_lalonde, odds_ratio), LALONDE["odds_ratio_cmle"],
                (*INTERVAL, "p_value"), data=EMPLOYED,
                reference="R noncentral hypergeometric, tails solved; fisher.test",
                term="conditional odds ratio, exact")  # fmt: skip


def logged(record: Record) -> Record:
    """A ratio's record on the log scale; its standard error is there already."""
    return record | {name: math.log(record[name]) for name in ("estimate", "ci_low", "ci_high")}


for _function in (risk_ratio, odds_ratio):
    _words = _function.__name__.replace("_", " ")
    _method = f"proportions.{_function.__name__}"
    ROWS += rows_of(_method, partial(of_lalonde, _function), logged(LALONDE[_function.__name__]),
                    (*INTERVAL, "std_error"), data=EMPLOYED, reference="R, logarithms of the limits; error by formula",
                    term=f"log {_words}")  # fmt: skip
    _result = partial(of_table, _function, 56, 70, 48, 80)
    ROWS += rows_of(
        _method, _result, made(_words), INTERVAL, data="56 of 70, 48 of 80", reference="R metafor escalc()"
    )
    ROWS += rows_of(_method, _result, made(_words), {"estimate": "log", "std_error": "se"},
                    data="56 of 70, 48 of 80", reference="R metafor escalc()", term=f"log {_words}")  # fmt: skip
    ROWS += rows_of(_method, _result, made("exact"), ("p_value",), data="56 of 70, 48 of 80",
                    reference="R fisher.test")  # fmt: skip
ROWS += rows_of("proportions.odds_ratio", partial(of_table, odds_ratio, 56, 70, 48, 80), made("exact"), INTERVAL,
                data="56 of 70, 48 of 80", reference="R dhyper, tails solved",
                term="conditional odds ratio, exact")  # fmt: skip

# Borenstein et al. (2009), chapter 5: 5 of 100 against 10 of 100; they print the variances.
BORENSTEIN = {"data": "5 of 100, 10 of 100", "reference": "Borenstein et al. 2009, chapter 5"}
ROWS += [
    number("proportions.risk_ratio", partial(of_table, risk_ratio, 5, 100, 10, 100), attribute, want, 6e-5,
           term="log risk ratio", **BORENSTEIN)
    for attribute, want in (("estimate", -0.6931), ("std_error", math.sqrt(0.28)))
] + [
    number("proportions.odds_ratio", partial(of_table, odds_ratio, 5, 100, 10, 100), attribute, want, 6e-5,
           term="log odds ratio", **BORENSTEIN)
    for attribute, want in (("estimate", -0.7472), ("std_error", math.sqrt(0.3216)))
] + [
    number("proportions.risk_difference", partial(of_table, risk_difference, 5, 100, 10, 100), "estimate", -0.05,
           1e-12, **BORENSTEIN)
]  # fmt: skip
# Bland & Altman (2000): hay fever in 141 of 561 children with eczema and 928 of 14 453 without.
BLAND = {"data": "eczema and hay fever", "reference": "Bland & Altman 2000"}
ROWS += [
    number("proportions.odds_ratio", partial(of_table, odds_ratio, 141, 561, 928, 14453), attribute, want, allowed,
           term=term, **BLAND)
    for term, attribute, want, allowed in (
        (None, "estimate", 4.89, 0.005), (None, "conf_low", 4.00, 0.005), (None, "conf_high", 5.99, 0.005),
        ("log odds ratio", "estimate", 1.588, 0.0005), ("log odds ratio", "std_error", 0.103, 0.0005))
]  # fmt: skip

# Empty cells: the limits that are neither zero nor infinite.
for _function, _cells, _what, _field, _reference in (
    (risk_ratio, (0, 20, 5, 20), "risk ratio, half added", "conf_high", "R metafor escalc(add = 1/2, to = \"all\")"),
    (risk_ratio, (5, 20, 0, 20), "risk ratio, half added, turned", "conf_low",
     "R metafor escalc(add = 1/2, to = \"all\")"),
    (odds_ratio, (0, 20, 5, 20), "exact, nobody", "conf_high", "R dhyper, tail solved"),
    (odds_ratio, (5, 20, 0, 20), "exact, turned", "conf_low", "R dhyper, tail solved"),
):  # fmt: skip
    _text = f"{_cells[0]} of {_cells[1]}, {_cells[2]} of {_cells[3]}"
    ROWS += rows_of(f"proportions.{_function.__name__}", partial(of_table, _function, *_cells), made(_what), (_field,),
                    data=_text, reference=_reference)  # fmt: skip

# Newcombe (1998), Statistics in Medicine 17, 873-890, table II (a), and 17, 2635-2650: e, f, g, h = 36, 12, 2, 0.
# His difference of pairs is f - g: here the second column is the earlier one.
ROWS += [
    number("proportions.risk_difference", partial(of_table, risk_difference, 56, 70, 48, 80), attribute, want, 6e-5,
           data="56 of 70, 48 of 80", reference="Newcombe 1998, table II (a), method 10")
    for attribute, want in (("estimate", 0.2), ("conf_low", 0.0524), ("conf_high", 0.3339))
] + [
    number("proportions.paired_risk_difference", partial(paired_risk_difference, pairs(36, 12, 2, 0)), attribute, want,
           6e-5, data="36, 12, 2 and 0 pairs", reference="Newcombe 1998, paired method 10")
    for attribute, want in (("estimate", 0.2), ("conf_low", 0.0569), ("conf_high", 0.3404))
]  # fmt: skip

MCNEMAR = case("mcnemar_lalonde")
ROWS += [
    *rows_of("proportions.paired_risk_difference", of_pairs, MCNEMAR["paired_risk_difference"], ("estimate",),
             data="lalonde, treated, employed in 1975 and 1978", reference="difference of the shares, counted in R"),
    *rows_of("proportions.paired_risk_difference", of_pairs, MCNEMAR["mcnemar_exact"], ("p_value",),
             data="lalonde, treated, employed in 1975 and 1978", reference="R binom.test (exact McNemar)"),
    *(number("proportions.paired_risk_difference", partial(of_pairs), "estimate",
             MCNEMAR[record]["estimate"] / MCNEMAR["n"]["estimate"], 1e-12,
             data="lalonde, treated, employed in 1975 and 1978",
             reference="counted in R, by definition", term=term)
      for term, record in (("share who came to it", "b_0to1"), ("share who lost it", "c_1to0"))),
    *(row
      for what, term, fields in (
          ("paired risk difference", None, (*INTERVAL, "p_value")),
          ("share before", "share before", INTERVAL), ("share after", "share after", INTERVAL),
          ("came to it", "share who came to it", INTERVAL), ("lost it", "share who lost it", INTERVAL))
      for row in rows_of("proportions.paired_risk_difference",
                         partial(paired_risk_difference, pairs(80, 20, 9, 41)), made(what), fields,
                         data="80, 20, 9 and 41 pairs",
                         reference="Newcombe's formulas in R on prop.test(); binom.test; references/change.R",
                         term=term)),
]  # fmt: skip


def of_share(reached: int, n: int) -> Result:
    return share(pd.DataFrame({"test": [60] * reached + [59] * (n - reached)}), outcome="test", cutoff=60)


for _reached, _n, _what in (
    (56, 70, "share, programme"),
    (48, 80, "share, comparison"),
    (0, 20, "share, nobody"),
):
    ROWS += rows_of("proportions.share", partial(of_share, _reached, _n), made(_what), INTERVAL,
                    data=f"{_reached} of {_n}", reference="R prop.test(correct = FALSE)")  # fmt: skip
