"""Change within people: intervals against their definition, refusals, who is counted, invariances.

The numbers themselves stand in validation/change.py, the inputs at the edge in edge_cases/.
"""

import math
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx
from scipy import stats

from rmstudy.errors import DesignError
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
from rmstudy.methods.comparison import adjusted_difference, post_difference
from rmstudy.methods.noncentral import noncentrality
from rmstudy.methods.proportions import share
from rmstudy.results import Estimate, Result

STANDARDISED = (hedges_gav, cohens_dz, cohens_drm, beckers_d)
RANKED = (median_change, probability_of_improvement, matched_rank_biserial)
EVERY = (mean_change, *STANDARDISED, *RANKED)
# Twelve people whose changes are all different in size.
PRE = [12.1, 15.3, 11.2, 18.4, 14.9, 16.6, 13.7, 10.5, 17.8, 12.9, 15.8, 11.6]
POST = [15.2, 16.9, 18.7, 20.1, 13.4, 21.5, 17.4, 10.9, 17.2, 16.8, 18.1, 14.0]


def people(pre, post, **columns):
    return pd.DataFrame({"pre": pre, "post": post, **columns})


def codes(result):
    return {note.code for note in result.notes}


def limits(estimate):
    return estimate.conf_low, estimate.conf_high


# against R, beyond the rows of validation/change.py


def test_signed_rank_interval_of_many_people_matches_r():
    # R: x <- round(qnorm((1:250 - .3)/250.7)*10 + 3 + (1:250)/977, 4); wilcox.test(x, exact = TRUE, conf.int = TRUE)
    # (pseudo)median 3.10965, 1.82970 4.38520, p-value 2.71965947988e-06
    order = np.arange(1, 251)
    change = np.round(stats.norm.ppf((order - 0.3) / 250.7) * 10 + 3 + order / 977, 4)
    e = median_change(people(np.zeros(250), change)).headline
    assert (e.estimate, *limits(e)) == approx((3.10965, 1.8297, 4.3852), abs=1e-8)
    assert e.p_value == approx(2.71965947988e-06, rel=1e-9)


def test_normal_approximation_joins_the_counted_distribution(monkeypatch):
    from rmstudy.methods.change import ranks

    # The same data counted out and by the normal distribution; R: wilcox.test(x, exact = FALSE, correct = FALSE)
    # p-value 3.52904168621e-06
    order = np.arange(1, 251)
    data = people(np.zeros(250), np.round(stats.norm.ppf((order - 0.3) / 250.7) * 10 + 3 + order / 977, 4))
    exact = median_change(data).headline
    monkeypatch.setattr(ranks, "_COUNTED", 10)
    normal = median_change(data).headline
    assert normal.p_value == approx(3.52904168621e-06, rel=1e-9)
    assert limits(normal) == approx(limits(exact), abs=0.01)


def test_few_clusters_are_said():
    y = [1.2, 0.4, 2.1, 3.3, 1.0, 0.2, -0.5, 1.7, 2.6, 0.9, 1.4, 0.1]
    result = mean_change(people(np.zeros(12), y, pair=[1, 1, 1, 2, 2, 3, 3, 3, 3, 4, 4, 5]), cluster="pair")
    assert "low_df" in codes(result)


# intervals against their definition


@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
def test_gav_limits_put_the_estimate_at_the_tails(level):
    data = people(PRE, POST)
    a, b, r = np.var(PRE, ddof=1), np.var(POST, ddof=1), np.corrcoef(PRE, POST)[0, 1]
    d = (np.mean(POST) - np.mean(PRE)) / np.sqrt((a + b) / 2)
    weighted = r * stats.hmean([a, b]) / np.mean([a, b])
    scale, df = np.sqrt(12 / (2 * (1 - weighted))), 2 * 11 / (1 + r**2)
    low, high = limits(hedges_gav(data, level=level).headline)
    assert stats.nct.sf(d * scale, df, low * scale) == approx((1 - level) / 2, rel=1e-9)
    assert stats.nct.cdf(d * scale, df, high * scale) == approx((1 - level) / 2, rel=1e-9)


def test_gav_interval_covers_the_truth():
    draw = np.random.default_rng(3)
    inside = 0
    for _ in range(400):
        pre = draw.standard_normal(15)
        post = 0.8 + 0.6 * pre + 0.8 * draw.standard_normal(15)
        low, high = limits(hedges_gav(people(pre, post)).headline)
        inside += low <= 0.8 <= high
    assert 0.92 <= inside / 400 <= 0.98  # binomial: .95 within 2.7 standard errors


def test_dz_interval_agrees_with_its_test():
    for shift in np.linspace(0, 3, 13):
        e = cohens_dz(people(PRE, np.array(POST) - shift)).headline
        assert (e.p_value < 0.05) == (e.conf_low > 0 or e.conf_high < 0)


def test_probability_interval_is_wilson_without_ties_and_never_a_point():
    # R: prop.test(9, 12, correct = FALSE)$conf.int: .467694665066 .911058331606
    data = people(np.zeros(12), [1] * 9 + [-1] * 3)
    assert limits(probability_of_improvement(data).headline) == approx(
        (0.467694665066, 0.911058331606), abs=1e-11
    )
    nobody = limits(probability_of_improvement(people([1, 2, 3], [1, 2, 3])).headline)
    everybody = limits(probability_of_improvement(people([1, 2, 3], [2, 3, 4])).headline)
    assert nobody[0] < 0.5 < nobody[1]
    assert everybody[0] < 0.5 and everybody[1] == 1.0


def test_probability_interval_covers_with_ties():
    # exact coverage over all tables of ten people: 30 % unchanged, 50 % better, 20 % worse
    covered = 0.0
    for better, worse in product(range(11), repeat=2):
        if better + worse <= 10:
            chance = stats.multinomial.pmf([better, worse, 10 - better - worse], 10, [0.5, 0.2, 0.3])
            data = people(np.zeros(10), [1] * better + [-1] * worse + [0] * (10 - better - worse))
            low, high = limits(probability_of_improvement(data).headline)
            covered += chance * (low <= 0.65 <= high)
    assert 0.93 <= covered <= 0.98


def test_signed_rank_p_counts_all_flips():
    pre, post = [3, 4, 2, 5, 3, 4, 2, 3], [4, 4, 3, 5, 5, 3, 4, 4]
    change = np.subtract(post, pre)
    ranks = stats.rankdata(np.abs(change)) * (change != 0)
    sums = np.array([np.dot(signs, ranks) for signs in product((-1, 1), repeat=8)])
    observed = abs(np.dot(np.sign(change), ranks))
    expected = np.mean(np.abs(sums) >= observed - 1e-9)
    assert median_change(people(pre, post)).headline.p_value == approx(expected, abs=1e-12)


# edge cases, beyond edge_cases/


def test_two_people_always_lie_on_a_line():
    with pytest.raises(DesignError, match="at least 3 are needed"):
        cohens_drm(people([1, 2], [2, 5]))


def test_constant_scores_after_and_no_spread_at_all():
    after = people([1, 2, 4, 3], [5, 5, 5, 5])
    assert hedges_gav(after).headline.estimate is None
    assert "constant_post" in codes(hedges_gav(after))
    nothing = people([3, 3, 3], [4, 4, 4])
    assert [e.estimate for e in hedges_gav(nothing).estimates[:2]] == [None, None]
    assert "no_spread" in codes(hedges_gav(nothing))


def test_perfect_correlation_leaves_no_drm():
    result = cohens_drm(people([1, 2, 3, 4], [2, 4, 6, 8]))
    assert result.headline.estimate is None
    assert "perfect_correlation" in codes(result)


def test_spread_that_changed_is_said():
    note = next(
        n for n in hedges_gav(people([1, 2, 3, 4, 5], [1, 4, 6, 7, 12])).notes if n.code == "spread_changed"
    )
    assert dict(note.params) == approx({"before": np.sqrt(2.5), "after": np.sqrt(16.5)})
    assert "spread_changed" not in codes(hedges_gav(people(PRE, POST)))


def test_one_cluster_is_refused():
    with pytest.raises(DesignError, match="only one cluster"):
        mean_change(people(PRE, POST, pair=1), cluster="pair")


def test_missing_cluster_is_counted_not_made_a_cluster():
    data = people(PRE, POST, pair=[None, None, *"aabbccddee"])
    result = mean_change(data, cluster="pair")
    assert (result.n["all"], result.dropped["all"]) == (10, 2)
    assert "cluster_missing" in codes(result)


def test_singleton_clusters_are_hc2():
    # with one person a cluster CR2 is HC2, which for a mean is the ordinary standard error
    alone = mean_change(people(PRE, POST, pair=range(12)), cluster="pair").headline
    plain = mean_change(people(PRE, POST)).headline
    assert (alone.std_error, alone.df, alone.p_value) == approx(
        (plain.std_error, plain.df, plain.p_value), rel=1e-10
    )


def test_everybody_up_gives_no_interval_of_a_point():
    result = matched_rank_biserial(people(range(10), range(2, 12)))
    assert (result.headline.estimate, *limits(result.headline)) == (1.0, None, None)
    assert result.headline.p_value == approx(2 / 2**10)
    assert "interval_degenerate" in codes(result)


def test_most_people_unchanged():
    # 6 of 50 improve: programs that drop the 44 print 1 with the interval 1 to 1
    data = people(np.zeros(50), [1] * 6 + [0] * 44)
    result = matched_rank_biserial(data)
    assert result.headline.estimate == approx(6 * 47.5 / 1275)
    assert 0 < result.headline.conf_low < result.headline.estimate < result.headline.conf_high < 0.5
    assert [e.estimate for e in result.estimates[1:]] == approx([0.12, 0.88, 0.0])
    median = median_change(data)
    assert (median.headline.estimate, *limits(median.headline)) == (0, None, None)
    assert {"ties", "interval_ties"} <= codes(median)


def test_ranks_of_five_people_cannot_reach_the_level():
    # the smallest two-sided p-value of five people is 2 / 32
    few = median_change(people([1, 2, 3, 4, 5], [2.1, 3.3, 4.6, 4.1, 7.2]))
    assert limits(few.headline) == (None, None)
    assert "level_unreachable" in codes(few)
    assert few.headline.p_value == approx(2 / 32)
    six = median_change(people([1, 2, 3, 4, 5, 6], [2.1, 3.3, 4.6, 4.1, 7.2, 6.4])).headline
    assert limits(six) == approx((0.1, 2.2))


# who is counted


@pytest.mark.parametrize("function", EVERY)
def test_people_with_one_score_are_counted_as_left_out(function):
    data = people([*PRE, 11.0, None, None], [*POST, None, 12.0, None])
    result = function(data)
    assert (dict(result.n), dict(result.dropped)) == ({"all": 12}, {"all": 3})
    assert {"pre_only", "post_only"} <= codes(result)
    assert result.estimates == function(people(PRE, POST)).estimates


@pytest.mark.parametrize("function", EVERY)
def test_refusals(function):
    with pytest.raises(DesignError, match="Did you mean 'post'"):
        function(people(PRE, POST), post="pst")
    with pytest.raises(DesignError, match="level=95 is not a confidence level"):
        function(people(PRE, POST), level=95)
    with pytest.raises(DesignError, match="not numbers"):
        function(people(PRE, ["high"] * 12))


@pytest.mark.parametrize("function", EVERY)
def test_results_say_themselves_in_both_languages(function):
    result = function(people(PRE, POST))
    assert result.outcome == "post"
    assert result.text("it") != result.text("en")
    assert all(note.text("it") for note in result.notes)


def test_columns_by_name_and_mean_rows():
    data = people(PRE, POST).rename(columns={"pre": "march", "post": "june"})
    result = mean_change(data, pre="march", post="june")
    assert result.outcome == "june"
    assert [e.term for e in result.estimates] == ["change", "mean before", "mean after"]
    assert result.estimates[2].estimate - result.estimates[1].estimate == approx(result.headline.estimate)
    assert result.estimates[1].p_value is None


# invariances

scores = st.lists(
    st.tuples(st.integers(-20, 20), st.integers(-20, 20)).map(lambda pair: (pair[0] / 2, pair[1] / 2)),
    min_size=4,
    max_size=12,
)


def numbers(result):
    return [(e.estimate, e.p_value, e.conf_low, e.conf_high) for e in result.estimates]


def close(got, want):
    return all(
        (a is None) == (b is None) and (a is None or a == approx(b, rel=1e-7, abs=1e-9))
        for row, other in zip(got, want, strict=True)
        for a, b in zip(row, other, strict=True)
    )


@pytest.mark.parametrize("function", [f for f in EVERY if f is not matched_rank_biserial])
@settings(max_examples=25, deadline=None)
@given(pairs=scores, data=st.data())
def test_row_order_does_not_matter(function, pairs, data):
    frame = people(*map(list, zip(*pairs, strict=True)))
    shuffled = frame.iloc[data.draw(st.permutations(range(len(frame))))]
    assert close(numbers(function(frame)), numbers(function(shuffled)))


@pytest.mark.parametrize("function", [mean_change, hedges_gav, cohens_dz, cohens_drm, median_change])
@settings(max_examples=25, deadline=None)
@given(pairs=scores)
def test_swapping_the_waves_turns_the_sign(function, pairs):
    frame = people(*map(list, zip(*pairs, strict=True)))
    e, back = function(frame).headline, function(frame, pre="post", post="pre").headline
    low, high = (None if limit is None else -limit for limit in (back.conf_high, back.conf_low))
    turned = [(None if back.estimate is None else -back.estimate, back.p_value, low, high)]
    assert close([(e.estimate, e.p_value, e.conf_low, e.conf_high)], turned)


@pytest.mark.parametrize("function", [*STANDARDISED, probability_of_improvement])
@settings(max_examples=25, deadline=None)
@given(pairs=scores, scale=st.sampled_from([0.25, 2.0, 8.0]), shift=st.integers(-50, 50))
def test_standardised_values_do_not_depend_on_the_scale(function, pairs, scale, shift):
    frame = people(*map(list, zip(*pairs, strict=True)))
    one, other = function(frame), function(frame * scale + shift)
    assert close(numbers(one)[:2], numbers(other)[:2])
    points = [(row, turned) for row, turned in zip(one.estimates, other.estimates, strict=True)
              if row.term.endswith("(points)")]  # fmt: skip
    assert all(turned.estimate == approx(scale * row.estimate, abs=1e-9) for row, turned in points)


@settings(max_examples=25, deadline=None)
@given(pairs=scores)
def test_probability_of_improvement_and_its_opposite_add_to_one(pairs):
    frame = people(*map(list, zip(*pairs, strict=True)))
    up = probability_of_improvement(frame)
    down = probability_of_improvement(frame, pre="post", post="pre").headline
    e = up.headline
    assert e.estimate + down.estimate == approx(1)
    assert (e.conf_low + down.conf_high, e.conf_high + down.conf_low) == approx((1, 1))
    assert 0 <= e.conf_low < e.conf_high <= 1
    assert sum(share.estimate for share in up.estimates[1:]) == approx(1)


def test_rank_biserial_is_reproducible_and_depends_on_the_seed():
    data = people(PRE, POST)
    first, again, other = (matched_rank_biserial(data, seed=seed).headline for seed in (1, 1, 2))
    assert first == again
    assert first.estimate == other.estimate
    assert first.std_error != other.std_error
    assert -1 <= first.conf_low < first.estimate < first.conf_high <= 1


def test_a_nearly_constant_change_has_an_interval_at_once():
    # t is two million: scipy.special.nctdtrinc would not return
    pre = np.arange(200) % 7 + 1.0
    post = pre + 1
    post[0] += 1e-4
    data = pd.DataFrame({"pre": pre, "post": post})
    for row in (hedges_gav(data).headline, cohens_dz(data).headline):
        # what is unknown is the spread alone: the limits are those of a standard deviation turned round
        df = row.df
        low, high = (math.sqrt(stats.chi2.ppf(tail, df) / df) for tail in (0.025, 0.975))
        centre = row.estimate / (1 - 3 / (4 * df - 1)) if row.statistic is None else row.estimate
        assert (row.conf_low, row.conf_high) == approx((centre * low, centre * high), rel=1e-4)


@pytest.mark.parametrize("df", [1, 4.5, 30, 300])
def test_limits_of_a_huge_t_go_on_where_the_sum_ends(df):
    for tail in (0.025, 0.975):
        near, far = noncentrality(9_999, df, tail) / 9_999, noncentrality(10_001, df, tail) / 10_001
        assert far == approx(near, rel=1e-6)
        assert noncentrality(-1e6, df, tail) == approx(-noncentrality(1e6, df, 1 - tail))


def test_decimal_ties_do_not_make_an_interval():
    pre = [2.8, 4, 4.6, 1.7, 1.9, 1.9, 4.3, 1.8, 3.1, 4.1, 3.2, 4.7]
    post = [3.1, 4.3, 4.9, 2, 2.2, 2.2, 4.6, 2.1, 3.2, 4.4, 3.5, 5]
    tenths = median_change(pd.DataFrame({"pre": pre, "post": post}))
    whole = median_change(
        pd.DataFrame({"pre": np.round(np.multiply(pre, 10)), "post": np.round(np.multiply(post, 10))})
    )
    assert (tenths.headline.conf_low is None) == (whole.headline.conf_low is None)
    assert [note.code for note in tenths.notes] == [note.code for note in whole.notes]


# single people's change

RELIABLE = {"reliability": 0.85, "reliability_source": "manual, table 3"}


def rows(result):
    return {e.term: e for e in result.estimates}


def test_shares_of_single_people_add_to_one_and_count_them():
    result = reliable_change(people(PRE, POST), **RELIABLE)
    found = rows(result)
    names = ("improved", "unchanged", "worse")
    assert sum(found[f"share {name}"].estimate for name in names) == approx(1)
    assert sum(found[f"people {name}"].estimate for name in names) == result.n["all"] == 12
    table = reliable_change_index(people(PRE, POST), reliability=0.85)
    counted = table["direction"].value_counts()
    assert {name: counted.get(name, 0) for name in names} == {
        name: found[f"people {name}"].estimate for name in names
    }


def test_less_can_be_better():
    up = rows(reliable_change(people(PRE, POST), **RELIABLE))
    down = rows(reliable_change(people(PRE, POST), higher_is_better=False, **RELIABLE))
    assert up["share improved"].estimate == down["share worse"].estimate > 0
    table = reliable_change_index(people(PRE, POST), reliability=0.85, higher_is_better=False)
    assert (np.sign(table["rc"]) == np.sign(table["change"])).all(), "the index keeps later minus earlier"
    assert set(table.loc[table["rc"] > 1.96, "direction"]) == {"worse"}


def test_the_comparison_stands_beside():
    data = people(PRE, POST, arm=["programme", "waiting"] * 6)
    both = reliable_change(data, arm="arm", **RELIABLE)
    spread = float(np.std(PRE, ddof=1))
    for label, suffix in (("programme", ""), ("waiting", ", comparison")):
        alone = rows(reliable_change(data[data["arm"] == label], sd=spread, **RELIABLE))
        for name in ("improved", "unchanged", "worse"):
            assert rows(both)[f"share {name}{suffix}"].estimate == alone[f"share {name}"].estimate
    assert dict(both.n) == {"programme": 6, "waiting": 6}
    assert both.estimand.endswith(", programme")


def test_the_source_and_the_spread_are_said():
    own = reliable_change(people(PRE, POST), **RELIABLE)
    given = reliable_change(people(PRE, POST), sd=3.0, **RELIABLE)
    assert "from: manual, table 3." in repr(own)
    assert "reliable_change_own_spread" in codes(own) - codes(given)
    assert rows(given)["standard deviation used, in points"].estimate == 3.0
    assert own.text("it") != own.text("en")


def test_an_uncertain_reliability_gives_a_range():
    result = reliable_change(people(PRE, POST), reliability_interval=(0.6, 0.95), **RELIABLE)
    found = rows(result)
    ends = [found[f"share improved, {end} reliability"].estimate for end in ("lowest", "highest")]
    assert ends[0] <= found["share improved"].estimate <= ends[1]
    assert ends[0] < ends[1]
    note = next(note for note in result.notes if note.code == "reliable_change_range")
    assert (dict(note.params)["least"], dict(note.params)["most"]) == (ends[0], ends[1])


def test_error_alone_makes_the_share_it_says():
    draw = np.random.default_rng(5)
    true = draw.normal(50, 10 * np.sqrt(0.8), 20_000)
    data = people(*(true + draw.normal(0, 10 * np.sqrt(0.2), (2, 20_000))))
    found = rows(reliable_change(data, reliability=0.8, reliability_source="by construction"))
    expected = found["share expected by measurement error alone, each way"].estimate
    for name in ("share improved", "share worse"):  # binomial: within 3.5 standard errors
        assert found[name].estimate == approx(expected, abs=3.5 * np.sqrt(0.025 * 0.975 / 20_000))


def test_one_person_needs_a_reference_spread():
    assert reliable_change(people([32.5], [47.5]), sd=7.5, **RELIABLE).headline.estimate == 1
    with pytest.raises(DesignError, match="at least 2 are needed"):
        reliable_change(people([32.5], [47.5]), **RELIABLE)
    with pytest.raises(
        DesignError, match=r"All starting scores in 'pre' are equal.*Give the standard deviation"
    ):
        reliable_change(people([4, 4, 4], [5, 6, 7]), **RELIABLE)


def test_people_with_one_score_are_not_in_the_index():
    data = people([*PRE, 11.0, None], [*POST, None, 12.0])
    result = reliable_change(data, **RELIABLE)
    assert (dict(result.n), dict(result.dropped)) == ({"all": 12}, {"all": 2})
    assert {"pre_only", "post_only"} <= codes(result)
    table = reliable_change_index(data, reliability=0.85)
    assert list(table.index) == list(range(12))
    whole = reliable_change_index(people(PRE, POST), reliability=0.85)
    pd.testing.assert_frame_equal(table, whole)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"reliability": 0.65}, r"is below 0.7: .* Report the group with mean_change"),
        ({"reliability_source": "  "}, "reliability_source is empty"),
        ({"reliability_source": None}, "reliability_source is empty"),
        ({"reliability_interval": (0.9, 0.95)}, "around reliability=0.85"),
        ({"reliability_interval": (0.8, 1.0)}, "must run from low to high between 0 and 1"),
        ({"sd": 0}, "is not a standard deviation above zero"),
        ({"sd": -3.0}, "is not a standard deviation above zero"),
        ({"sd": float("nan")}, "is not a standard deviation above zero"),
        ({"post": "pst"}, "Did you mean 'post'"),
        ({"level": 95}, "not a confidence level"),
        ({"arm": "group"}, "no column 'group'"),
    ],
)
def test_reliable_change_refuses(changes, sentence):
    with pytest.raises(DesignError, match=sentence):
        reliable_change(people(PRE, POST), **(RELIABLE | changes))


@settings(max_examples=40, deadline=None)
@given(pairs=scores, data=st.data())
def test_reliable_change_keeps_its_rules(pairs, data):
    frame = people(*map(list, zip(*pairs, strict=True)))
    found = numbers(reliable_change(frame, sd=4.0, **RELIABLE))
    shuffled = frame.iloc[data.draw(st.permutations(range(len(frame))))]
    assert found == numbers(reliable_change(shuffled, sd=4.0, **RELIABLE))
    shares = [row[0] for row in found[:3]]
    assert shares == [row[0] for row in numbers(reliable_change(frame * 8 + 5, sd=32.0, **RELIABLE))[:3]]
    turned = numbers(reliable_change(frame, pre="post", post="pre", sd=4.0, **RELIABLE))[:3]
    assert shares == [row[0] for row in reversed(turned)]


# margins


@pytest.fixture
def change():
    return mean_change(people(PRE, POST))


def conclusion(result):
    return result.notes[0].code


def test_equivalence_is_the_interval_within_the_bounds(change):
    found = equivalence(change, low=0, high=10)
    low, high = limits(found.headline)
    assert found.level == approx(0.9)
    assert limits(mean_change(people(PRE, POST), level=0.9).headline) == approx((low, high))
    for margin in (1e-6, -1e-6):
        inside = {"low": low - margin, "high": high + margin}
        shown = conclusion(equivalence(change, **inside)) == "equivalent"
        assert shown == (margin > 0)
        assert (equivalence(change, **inside).headline.p_value < 0.05) == shown


def test_both_different_and_equivalent(change):
    found = equivalence(change, low=-20, high=20)
    assert [note.code for note in found.notes[:2]] == ["equivalent", "equivalent_but_different"]
    assert rows(found)["against zero"].p_value == change.headline.p_value < 0.05


def test_one_margin(change):
    e = change.headline
    least = equivalence(change, low=0.5)
    assert least.headline.p_value == approx(stats.t.sf((e.estimate - 0.5) / e.std_error, e.df))
    assert conclusion(least) == "beyond_lower_bound"
    most = equivalence(change, high=5)
    assert most.headline.p_value == approx(stats.t.cdf((e.estimate - 5) / e.std_error, e.df))
    assert conclusion(most) == "beyond_upper_bound"
    assert conclusion(equivalence(change, low=e.estimate)) == "margin_inconclusive"
    assert equivalence(change, low=e.estimate).headline.p_value == approx(0.5)


def test_the_opposite_can_be_shown(change):
    assert conclusion(equivalence(change, high=-2)) == "outside_bounds"
    assert conclusion(equivalence(change, low=20)) == "outside_bounds"
    assert conclusion(equivalence(change, low=-3, high=-2)) == "outside_bounds"


def test_bounds_in_standard_deviations(change):
    raw, sd = equivalence(change, low=-2, high=3), equivalence(change, low=-0.5, high=0.75, unit="sd", sd=4)
    assert raw.estimates == sd.estimates
    assert codes(sd) - codes(raw) == {"bounds_in_sd"}


def test_margins_turn_with_the_waves(change):
    back = equivalence(mean_change(people(PRE, POST), pre="post", post="pre"), low=-3, high=1)
    there = equivalence(change, low=-1, high=3)
    assert there.headline.p_value == approx(back.headline.p_value)
    assert rows(there)["distance from the lower bound"].p_value == approx(
        rows(back)["distance from the upper bound"].p_value
    )


def test_the_result_keeps_who_was_counted_and_its_notes():
    data = people([*PRE, 11.0], [*POST, None])
    found = equivalence(mean_change(data), low=0)
    assert (dict(found.n), dict(found.dropped), found.unit) == ({"all": 12}, {"all": 1}, "points")
    assert "pre_only" in codes(found)
    assert found.text("it") != found.text("en")


def test_margins_of_robust_differences():
    data = people(PRE, POST, arm=["programme", "waiting"] * 6, pair=[1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6])
    for result in (
        adjusted_difference(data),
        adjusted_difference(data, cluster="pair"),
        post_difference(data),
        mean_change(data, cluster="pair"),
    ):
        e, found = result.headline, equivalence(result, low=-10).headline
        assert (found.estimate, found.std_error, found.df) == (e.estimate, e.std_error, e.df)
        assert found.p_value == approx(stats.t.sf((e.estimate + 10) / e.std_error, e.df))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({}, "there is none by default"),
        ({"low": 1, "high": 1}, "must be below"),
        ({"low": float("nan")}, "a bound is a number"),
        ({"low": -float("inf"), "high": 1}, "Leave out the one that is not needed"),
        ({"low": 0.2, "unit": "sd"}, "need both unit='sd' and the standard deviation"),
        ({"low": 0.2, "sd": 3}, "need both unit='sd' and the standard deviation"),
        ({"low": 0.2, "unit": "sd", "sd": 0}, "not a standard deviation above zero"),
        ({"low": 0.2, "unit": "percent"}, "Allowed: raw, sd"),
        ({"low": 0.2, "level": 0.4}, "leaves no interval"),
        ({"low": 0.2, "level": 95}, "not a confidence level"),
    ],
)
def test_margins_refuse(change, arguments, sentence):
    with pytest.raises(DesignError, match=sentence):
        equivalence(change, **arguments)


def test_margins_refuse_what_is_no_t_interval():
    data = people(PRE, POST)
    for result in (hedges_gav(data), beckers_d(data), cohens_dz(data), median_change(data),
                   probability_of_improvement(data), share(data, outcome="post", cutoff=15),
                   mean_change(people([1, 2, 3], [2, 3, 4]))):  # fmt: skip
        with pytest.raises(DesignError, match="Use a difference in points with a t interval"):
            equivalence(result, low=-1)
    e = Estimate("change", 1.0, 0.5, 2.0, 20, None, 0.02, 1.98)  # a normal interval beside degrees of freedom
    with pytest.raises(DesignError, match="is not its estimate ± t standard errors"):
        equivalence(Result("mine", "x", "y", "points", (e,), 0.95, {"all": 21}, {}), low=0)
    with pytest.raises(DesignError, match="takes a Result, not DataFrame"):
        equivalence(data, low=0)


def test_three_of_fifteen_up_does_not_shun_zero_while_the_test_does_not_reject():
    # every resample of such data lies at zero or above, so that the bootstrap's lower limit is above zero
    result = matched_rank_biserial(people(np.zeros(15), [1, 2, 3] + [0] * 12))
    assert result.headline.p_value == approx(0.25)
    assert limits(result.headline) == (None, None)
    assert "interval_degenerate" in codes(result)


def test_several_arms_in_one_group_are_said():
    data = people(PRE, POST, arm=["programme"] * 6 + ["waitlist"] * 6)
    assert dict(mean_change(data).notes[0].params) == {"arms": ("programme", "waitlist")}
    assert "arms_together" not in codes(mean_change(data[data["arm"] == "programme"]))
