"""What statsmodels 0.15.0 gets wrong without a word, and what is right: one test a trap."""

from __future__ import annotations

import math

import causaldata
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from pytest import approx
from reference import dataset
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.weightstats import DescrStatsW

from rmstudy.errors import DesignError
from rmstudy.methods.change import mean_change, probability_of_improvement
from rmstudy.methods.comparison import adjusted_difference, cliffs_delta, probability_of_superiority
from rmstudy.methods.dyads import pair_similarity
from rmstudy.methods.missing import effective_sample_size, impute, pool
from rmstudy.methods.mixed import mixed_model
from rmstudy.methods.multiplicity import benjamini_hochberg, holm
from rmstudy.methods.regression import linear_model

# a notebook variable left over from another analysis; no column of the data below has this name
dose = np.arange(12.0)[::-1]


def codes(result):
    return {note.code for note in result.notes}


def named(result, term):
    return next(e for e in result.estimates if e.term == term)


def grouped(rng, groups, size, icc):
    """Scores without any effect, in groups of which every second one was treated."""
    group = np.repeat(np.arange(groups), size)
    score = math.sqrt(icc) * rng.normal(size=groups)[group] + math.sqrt(1 - icc) * rng.normal(size=len(group))
    return pd.DataFrame({"score": score, "treated": group % 2, "group": group})


@pytest.mark.parametrize(("groups", "theirs"), [(6, 0.162), (10, 0.106)])
def test_few_clusters_keep_their_false_alarms(groups, theirs):
    # cov_type="cluster" uses the normal distribution: 16 % false alarms with 6 clusters, 11 % with 10
    # (GEE with its robust error 14 % with 10)
    rng = np.random.default_rng(41)
    p_values = [
        linear_model(grouped(rng, groups, 10, 0.1), outcome="score", covariates=["treated"], cluster="group")
        .headline.p_value
        for _ in range(220)
    ]  # fmt: skip
    share = np.mean(np.array(p_values) < 0.05)
    assert share == approx(0.05, abs=0.04)
    assert share < theirs


def test_a_cluster_robust_test_knows_how_many_clusters_there_are():
    # use_t=False by default: the p-value is that of infinitely many clusters
    people = grouped(np.random.default_rng(42), 6, 10, 0.1)
    fit = smf.ols("score ~ treated", people).fit(cov_type="cluster", cov_kwds={"groups": people["group"]})
    assert fit.pvalues["treated"] == approx(2 * stats.norm.sf(abs(fit.tvalues["treated"])))
    ours = linear_model(people, outcome="score", covariates=["treated"], cluster="group").headline
    assert ours.df == approx(4), "three groups against three"
    assert ours.p_value == approx(2 * stats.t.sf(abs(ours.statistic), 4))
    assert ours.p_value > fit.pvalues["treated"]


def test_a_mixed_model_has_degrees_of_freedom():
    # MixedLM has z only: p = 1.3e-11 for eighteen people, where t(17) gives 3.3e-06
    result = mixed_model(
        dataset("sleepstudy"), outcome="Reaction", covariates=["Days"], cluster="Subject", slope="Days"
    )
    assert result.headline.df == approx(17, abs=1e-3)
    assert result.headline.p_value == approx(3.26e-06, rel=5e-3)


def test_no_variance_between_clusters_does_not_take_the_effects_away():
    # MixedLM below Var(RE) = 1e-10: all fixed effects exactly 0; singular fits may not converge
    rng = np.random.default_rng(43)
    people = grouped(rng, 20, 2, 0.0).assign(x=rng.normal(size=40))
    people["score"] += 5 + 0.7 * people["x"]
    people["score"] -= people.groupby("group")["score"].transform("mean") * 0.6
    mixed = mixed_model(people, outcome="score", covariates=["x"], cluster="group")
    plain = sm.OLS(people["score"], sm.add_constant(people[["x"]])).fit()
    assert named(mixed, "x").estimate == approx(plain.params["x"], rel=1e-6)
    assert named(mixed, "intercept").estimate == approx(plain.params["const"], rel=1e-6)
    assert codes(mixed) & {"singular", "negative_within_cluster"}


@pytest.mark.parametrize(("n", "theirs"), [(24, (0.489, 0.73)), (60, (0.649, 0.67))])
def test_imputation_keeps_the_slope(n, theirs):
    # MICE with its 20 donors: a slope of .80 becomes .49 with 24 people (coverage .73), .65 with 60 (.67)
    rng = np.random.default_rng(144)
    found = []
    for seed in range(60):
        x = rng.normal(size=n)
        y = np.where(rng.random(n) < 0.35, np.nan, 0.8 * x + rng.normal(size=n))
        frames = impute(
            pd.DataFrame({"x": x, "y": y}), columns=["y"], predictors=["x"], imputations=10, seed=seed
        )
        found.append(pool([linear_model(f, outcome="y", covariates=["x"]) for f in frames]).headline)
    slope = np.mean([e.estimate for e in found])
    coverage = np.mean([e.conf_low <= 0.8 <= e.conf_high for e in found])
    assert slope == approx(0.8, abs=0.1 if n == 24 else 0.06)
    assert coverage > 0.88
    assert slope > theirs[0] + 0.05
    assert coverage > theirs[1] + 0.1


def test_pooled_p_values_are_those_of_t():
    # a column headed "t" with p-values of the normal distribution: t = 2.5555, P>|t| = .0106
    rng = np.random.default_rng(45)
    x = rng.normal(size=24)
    y = np.where(rng.random(24) < 0.35, np.nan, 0.5 * x + rng.normal(size=24))
    frames = impute(pd.DataFrame({"x": x, "y": y}), columns=["y"], predictors=["x"], imputations=10)
    e = pool([linear_model(f, outcome="y", covariates=["x"]) for f in frames]).headline
    assert e.df < 22, "never more than the complete data would have"
    assert e.p_value == approx(2 * stats.t.sf(abs(e.statistic), e.df))
    assert e.p_value > 2 * stats.norm.sf(abs(e.statistic))


def test_partners_may_be_less_alike_than_strangers():
    # MixedLM stops at zero: with r = -.59 within pairs the error of the role is 22 % too small
    rng = np.random.default_rng(46)
    raw = rng.normal(size=(20, 2))
    raw -= raw.mean(axis=0)
    one, other = np.linalg.qr(raw)[0].T * math.sqrt(19)
    wide = pd.DataFrame({"junior": one, "senior": -0.59 * one + math.sqrt(1 - 0.59**2) * other + 0.4})
    rows = wide.rename_axis("pair_id").reset_index().melt("pair_id", var_name="role", value_name="score")
    rows["is_senior"] = (rows["role"] == "senior") * 1.0
    paired = mean_change(wide, pre="junior", post="senior").headline.std_error
    options = {"outcome": "score", "covariates": ["is_senior"], "cluster": "pair_id"}
    symmetric = mixed_model(rows, **options, correlation="compound symmetry")
    assert symmetric.headline.std_error == approx(paired, rel=1e-6)
    assert symmetric.headline.df == approx(19, rel=1e-4)
    at_zero = mixed_model(rows, **options)
    assert at_zero.headline.std_error / paired == approx(1 / math.sqrt(1.59), rel=1e-4)
    assert "negative_within_cluster" in codes(at_zero)
    rows["within"] = rows["score"] - rows.groupby("role")["score"].transform("mean")
    likeness = pair_similarity(rows, outcome="within")
    assert likeness.headline.estimate < -0.5
    assert "icc_negative" in codes(likeness)


def test_the_adjusted_difference_is_adjusted():
    # anova_lm has typ=1, and categories come first however the formula is written: both orders test
    # the unadjusted groups, p = .177, where the adjusted test has .094
    rng = np.random.default_rng(47)
    pre = rng.normal(size=40)
    people = pd.DataFrame({"pre": pre, "arm": ["programme", "waiting"] * 20})
    people["post"] = 0.7 * pre + 0.1 * (people["arm"] == "programme") + 0.7 * rng.normal(size=40)
    people.loc[people["arm"] == "programme", "pre"] -= 0.3
    theirs = [
        sm.stats.anova_lm(smf.ols(f"post ~ {terms}", people).fit()).loc["C(arm)", "PR(>F)"]
        for terms in ("C(arm) + pre", "pre + C(arm)")
    ]
    assert theirs[0] == approx(theirs[1])
    people["ours"] = (people["arm"] == "programme") * 1.0
    fit = smf.ols("post ~ pre + ours", people).fit()
    ours = adjusted_difference(people).headline
    assert ours.estimate == approx(fit.params["ours"])
    assert ours.p_value == approx(fit.pvalues["ours"], rel=0.3), "HC2 in place of one variance for all"
    assert ours.p_value < 0.3 * theirs[0]
    for covariates in (["ours", "pre"], ["pre", "ours"]):
        assert named(
            linear_model(people, outcome="post", covariates=covariates), "ours"
        ).estimate == approx(fit.params["ours"])  # fmt: skip


def test_a_missing_p_value_is_no_test():
    # multipletests counts NaN as a test: Holm gives .06 instead of .04; fdr_bh gives nothing but NaN
    p_values = [0.02, 0.03, np.nan]
    assert multipletests(p_values, method="holm")[1][0] == approx(0.06)
    assert list(holm(p_values)["adjusted"])[:2] == approx([0.04, 0.04])
    assert list(benjamini_hochberg(p_values)["adjusted"])[:2] == approx([0.03, 0.03])
    for function in (holm, benjamini_hochberg):
        table = function(p_values)
        assert np.isnan(table["adjusted"].iloc[2])
        assert list(table["adjusted"])[:2] == approx(list(function(p_values[:2])["adjusted"]))


def test_probabilities_stay_between_zero_and_one():
    # rank_compare_2indep: .953 with an interval of .870 to 1.036
    rng = np.random.default_rng(48)
    near_one = 0
    for _ in range(60):
        people = pd.DataFrame({"post": np.r_[rng.normal(2.2, 1, 10), rng.normal(0, 1, 10)]})
        people["arm"] = ["programme"] * 10 + ["waiting"] * 10
        e = probability_of_superiority(people).headline
        assert 0 <= e.conf_low < e.estimate <= e.conf_high <= 1
        d = cliffs_delta(people).headline
        assert -1 <= d.conf_low < d.estimate <= d.conf_high <= 1
        near_one += e.estimate > 0.95
    assert near_one > 10
    for better in range(11):
        gains = pd.DataFrame({"pre": [3] * 10, "post": [4] * better + [2] * (10 - better)})
        e = probability_of_improvement(gains).headline
        assert 0 <= e.conf_low <= e.estimate <= e.conf_high <= 1


def test_only_the_proportions_of_weights_count():
    # DescrStatsW takes weights for frequencies: [-.135, .448], and [.094, .219] with 20 times the weights
    rng = np.random.default_rng(49)
    people = pd.DataFrame({"score": rng.normal(0.16, 1, 48), "x": rng.normal(size=48)})
    people["weight"] = rng.uniform(0.3, 2, 48)
    people["twenty"] = 20 * people["weight"]
    limits = [DescrStatsW(people["score"], people[w]).tconfint_mean() for w in ("weight", "twenty")]
    assert np.ptp(limits[1]) < 0.3 * np.ptp(limits[0])
    one, other = (
        linear_model(people, outcome="score", covariates=["x"], weights=w) for w in ("weight", "twenty")
    )
    for a, b in zip(one.estimates[:2], other.estimates[:2], strict=True):
        assert (a.conf_low, a.conf_high, a.df) == approx((b.conf_low, b.conf_high, b.df))
    sizes = [effective_sample_size(people, weights=w).headline.estimate for w in ("weight", "twenty")]
    assert sizes[0] == approx(sizes[1])
    assert sizes[0] < 48


def test_the_error_of_a_weighted_difference_is_the_sandwich():
    # TreatmentEffect.ipw on the smokers of Hernán & Robins: 3.4405 with an error of .657, where the
    # sandwich has .525 and the bootstrap .515
    people = causaldata.nhefs_complete.load_pandas().data
    squares = " + ".join(f"I({c} ** 2)" for c in ("age", "smokeintensity", "smokeyrs", "wt71"))
    chance = smf.logit(
        "qsmk ~ C(sex) + C(race) + age + C(education) + smokeintensity + smokeyrs + C(exercise) + C(active) + wt71 + "
        + squares,
        people,
    ).fit(disp=0)
    p = chance.predict(people)
    people["weight"] = np.where(people["qsmk"] == 1, 1 / p, 1 / (1 - p))
    e = linear_model(people, outcome="wt82_71", covariates=["qsmk"], weights="weight").headline
    assert e.estimate == approx(3.4405, abs=5e-5)
    assert e.std_error == approx(0.525, abs=5e-3)


@pytest.fixture
def twelve():
    rng = np.random.default_rng(50)
    people = pd.DataFrame({"pre": rng.normal(size=12)})
    return people.assign(post=people["pre"] + rng.normal(size=12))


def test_a_variable_of_the_notebook_is_not_a_column(twelve):
    # "post ~ pre + dose" fits without a column dose: it finds the variable above, in its own order
    assert "dose" in smf.ols("post ~ pre + dose", twelve).fit().params
    with pytest.raises(DesignError, match="There is no column 'dose'"):
        linear_model(twelve, outcome="post", covariates=["pre", "dose"])


def test_a_column_may_have_any_name(twelve):
    # a variable called C breaks C(x) in a formula; a name with a space or a bracket cannot be written
    for name in ("C", "Q", "log(x)", "a b", "1"):
        result = linear_model(
            twelve.rename(columns={"pre": name}), outcome="post", covariates=[name]
        ).headline
        plain = linear_model(twelve, outcome="post", covariates=["pre"]).headline
        assert (result.term, result.estimate, result.p_value) == (name, plain.estimate, plain.p_value)


def test_the_people_of_each_outcome_are_shown():
    # formula models drop rows without a word: N = 60, 52 and 44 for three outcomes of one table
    rng = np.random.default_rng(51)
    people = pd.DataFrame(rng.normal(size=(60, 4)), columns=["x", "a", "b", "c"])
    people.loc[:7, "b"] = np.nan
    people.loc[:15, "c"] = np.nan
    results = [linear_model(people, outcome=name, covariates=["x"]) for name in ("a", "b", "c")]
    assert [r.n["all"] for r in results] == [60, 52, 44]
    assert [r.dropped["all"] for r in results] == [0, 8, 16]
    assert [set(r.table["n"]) for r in results] == [{60}, {52}, {44}]
    assert "44 people counted, 16 not" in results[2].text()
    assert "column_missing" in codes(results[2])
