"""The bootstrap and permutations: frozen resamples, scipy on the same draws, exact counts, invariances."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx
from reference import HERE
from scipy import stats
from validation.resampling import SPATIAL

from rmstudy.errors import DesignError
from rmstudy.methods.change import mean_change
from rmstudy.methods.comparison import difference_in_differences, post_difference
from rmstudy.methods.resampling import bca, bootstrap, moments, permutation, permutation_test, resampled

PRE = [2, 3, 3, 4, 5, 5, 6, 7, 4, 3, 6, 5]
POST = [4, 3, 5, 5, 8, 6, 9, 8, 3, 5, 7, 9]


def variance(x, axis):
    return np.var(x, axis=axis)


def gain(pre, post, axis=-1):
    return np.mean(post - pre, axis=axis)


def dz(pre, post, axis=-1):
    change = post - pre
    return change.mean(axis=axis) / change.std(axis=axis, ddof=1)


def people(**columns):
    return pd.DataFrame({"pre": PRE, "post": POST, **columns})


def codes(result):
    return {note.code for note in result.notes}


def test_acceleration_of_the_spatial_test():
    # Efron & Tibshirani (1993), section 14.3: .061; its interval is a row of validation/resampling.py
    scores = np.array(SPATIAL, dtype=float)
    jackknife = np.array([np.var(np.delete(scores, i)) for i in range(26)])
    assert bca._acceleration(jackknife) == approx(0.061, abs=0.0005)


def test_frozen_resamples():
    # references/bootstrap.R, last lines: z0 and acceleration by hand, quantile() of type 7
    rows = np.loadtxt(HERE / "bootstrap_rows.csv", delimiter=",", dtype=int) - 1
    pre, post = pd.read_csv(HERE / "outcomes.csv")[["pre1", "post1"]].to_numpy().T
    replicates, estimate = dz(pre[rows], post[rows]), float(dz(pre, post))
    jackknife = np.array([dz(np.delete(pre, i), np.delete(post, i)) for i in range(len(pre))])
    assert estimate == approx(1.095073959613133, rel=1e-12)
    assert stats.norm.ppf(bca._share_below(replicates, estimate)) == approx(-0.145365742878816, rel=1e-12)
    assert bca._acceleration(jackknife) == approx(-0.053788939551562, rel=1e-11)
    limits = bca._bca(replicates, estimate, jackknife, 0.95)
    assert limits == approx((0.575382837704966, 1.733607293601668), rel=1e-12)


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_same_interval_as_scipy_on_the_same_resamples(level):
    pre, post = np.array(PRE, dtype=float), np.array(POST, dtype=float)
    mine = resampled([pre, post], gain, level=level, resamples=999, seed=5)
    rows = np.random.default_rng(5).integers(0, 12, size=(999, 12), dtype=np.intp)
    frozen = stats.bootstrap((pre, post), gain, paired=True, n_resamples=2, rng=1, method="percentile")
    frozen.bootstrap_distribution = gain(pre[rows], post[rows])
    scipys = stats.bootstrap(
        (pre, post), gain, paired=True, n_resamples=0, bootstrap_result=frozen, confidence_level=level,
        method="BCa", vectorized=True,
    )  # fmt: skip
    assert (mine.low, mine.high) == approx(tuple(scipys.confidence_interval), rel=1e-12)
    assert mine.std_error == approx(scipys.standard_error, rel=1e-12)


def test_people_are_kept_together():
    # the two columns are one person's: resampled apart, the standard error would be that of two groups
    together = bootstrap(people(), gain, columns=["pre", "post"], resamples=4000).headline.std_error
    change = np.subtract(POST, PRE)
    assert together == approx(change.std() / np.sqrt(12), rel=0.05)
    assert together < 0.6 * np.sqrt((np.var(PRE) + np.var(POST)) / 12)


def test_batches_do_not_change_who_is_drawn(monkeypatch):
    whole = bootstrap(people(), dz, columns=["pre", "post"], resamples=500)
    monkeypatch.setattr(bca, "blocks", lambda number, width: moments.blocks(number, width, 36))
    assert bootstrap(people(), dz, columns=["pre", "post"], resamples=500) == whole


def test_a_statistic_with_and_without_axis_is_the_same():
    def slowly(pre, post):
        return float(np.mean(post - pre))

    fast = bootstrap(people(), gain, columns=["pre", "post"], resamples=400).headline
    slow = bootstrap(people(), slowly, columns=["pre", "post"], resamples=400).headline
    assert (slow.conf_low, slow.conf_high) == approx((fast.conf_low, fast.conf_high), rel=1e-12)
    assert (fast.term, slow.term) == ("gain", "slowly")


def test_clusters_of_one_are_people():
    alone = bootstrap(people(pair=range(12)), gain, columns=["pre", "post"], cluster="pair", resamples=4000)
    plain = bootstrap(people(), gain, columns=["pre", "post"], resamples=4000)
    assert (alone.headline.conf_low, alone.headline.conf_high) == approx(
        (plain.headline.conf_low, plain.headline.conf_high), abs=0.15
    )


def test_doubling_everybody_inside_a_cluster_changes_nothing():
    # two copies of each person are one cluster: the interval is that of the people, not of twice as many
    twice = pd.concat([people(pair=range(12))] * 2, ignore_index=True)
    e = bootstrap(twice, gain, columns=["pre", "post"], cluster="pair", resamples=1000).headline
    once = bootstrap(
        people(pair=range(12)), gain, columns=["pre", "post"], cluster="pair", resamples=1000
    ).headline
    assert (e.estimate, e.conf_low, e.conf_high) == approx((once.estimate, once.conf_low, once.conf_high))
    naive = bootstrap(twice, gain, columns=["pre", "post"], resamples=1000).headline
    assert naive.std_error < 0.8 * e.std_error


def test_same_seed_same_interval():
    first, again, other = (
        bootstrap(people(), dz, columns=["pre", "post"], resamples=500, seed=seed) for seed in (3, 3, 4)
    )
    assert first == again
    assert first.headline.conf_low != other.headline.conf_low
    assert first.headline.estimate == other.headline.estimate


def test_scaling_the_scores_scales_the_interval():
    e = bootstrap(people(), gain, columns=["pre", "post"], resamples=500).headline
    scaled = bootstrap(people() * 4 + 8, gain, columns=["pre", "post"], resamples=500).headline
    assert (scaled.conf_low, scaled.conf_high, scaled.std_error) == approx(
        (4 * e.conf_low, 4 * e.conf_high, 4 * e.std_error)
    )


def test_incomplete_people_are_counted_as_left_out():
    data = people(pair=[None, *"aabbccddeef"])
    data.loc[11, "post"] = np.nan
    result = bootstrap(data, gain, columns=["pre", "post"], cluster="pair", resamples=200)
    assert (dict(result.n), dict(result.dropped)) == ({"all": 10}, {"all": 2})
    assert {"column_missing", "cluster_missing", "bootstrap_few"} <= codes(result)


def test_constant_statistic_has_no_interval():
    result = bootstrap(people(post=np.add(PRE, 2)), gain, columns=["pre", "post"], resamples=200)
    e = result.headline
    assert (e.estimate, e.conf_low, e.conf_high) == (2, None, None)
    assert "bootstrap_withheld" in codes(result)


def test_resamples_without_a_value_are_said():
    # three people: one resample in nine draws a single person, whose change has no spread
    data = pd.DataFrame({"pre": [1, 2, 4], "post": [2, 5, 5.5]})
    result = bootstrap(data, dz, columns=["pre", "post"], resamples=3000)
    share = next(dict(note.params)["share"] for note in result.notes if note.code == "resamples_undefined")
    assert share == approx(1 / 9, abs=0.03)
    assert (result.headline.std_error, result.headline.conf_low) == (None, None)
    assert "bootstrap_withheld" in codes(result)


def test_many_people_carry_no_warning():
    draw = np.random.default_rng(0)
    data = pd.DataFrame({"x": draw.normal(size=60)})
    result = bootstrap(data, variance, columns=["x"], resamples=300)
    assert result.notes == ()
    assert result.headline.conf_low < result.headline.estimate < result.headline.conf_high


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"columns": "pre"}, "needs a list of column names"),
        ({"columns": ["pre", "pst"]}, "Did you mean 'post'"),
        ({"columns": ["pre", "post"], "cluster": "pair"}, "only one cluster in 'pair'"),
        ({"columns": ["pre", "post"], "resamples": 20}, "too few for an interval"),
        ({"columns": ["pre", "post"], "level": 95}, "not a confidence level"),
    ],
)
def test_refusals(options, sentence):
    with pytest.raises(DesignError, match=sentence):
        bootstrap(people(pair="a"), gain, **options)


def test_one_person_or_no_value_is_refused():
    with pytest.raises(DesignError, match="1 of 1 people have 'pre'"):
        bootstrap(pd.DataFrame({"pre": [1.0]}), variance, columns=["pre"])
    with pytest.raises(DesignError, match="no finite value"):
        bootstrap(people(post=PRE), dz, columns=["pre", "post"])


# --- permutations ------------------------------------------------------------------------------------------------


def two_arms(**columns):
    arm = ["programme"] * 5 + ["waiting"] * 7
    return people(arm=arm, **columns)


def p_of(data, **options):
    return permutation_test(data, pre="pre", **options).headline.p_value


def smallest(result):
    (note,) = [note for note in result.notes if note.code.startswith("permutations_")]
    return dict(note.params)["smallest"]


def off_the_grid(data):
    """The same order and nearly the same distances, on no grid of decimals."""
    return data.assign(post=data["post"] + np.sqrt(np.arange(1, len(data) + 1)) * 1e-3)


@pytest.mark.parametrize("options", [{}, {"cluster": "pair"}])
def test_the_signs_are_those_of_scipy(options):
    data = people(pair=list("aabbccddeeff") if options else range(12))
    sums = (data["post"] - data["pre"]).groupby(data["pair"]).sum().to_numpy()
    scipys = stats.permutation_test(
        (sums,), np.mean, permutation_type="samples", vectorized=True, n_resamples=np.inf
    )
    assert p_of(data, **options) == approx(scipys.pvalue, rel=1e-12)


def test_the_arms_are_those_of_scipy():
    data = two_arms()
    ours, theirs = (part.to_numpy() for _, part in (data["post"] - data["pre"]).groupby(data["arm"]))
    every = stats.permutation_test(
        (ours, theirs), lambda x, y, axis: np.abs(x.mean(axis) - y.mean(axis)), alternative="greater",
        n_resamples=np.inf,
    )  # fmt: skip
    assert p_of(data, arm="arm") == approx(every.pvalue, rel=1e-12)


@given(
    changes=st.lists(st.integers(-4, 6), min_size=4, max_size=9),
    first=st.integers(1, 3),
    seed=st.integers(0, 5),
)
def test_counting_and_listing_agree(changes, first, seed):
    # the count adds people one at a time; where there are few reassignments they are listed instead
    n = len(changes)
    rng = np.random.default_rng(seed)
    arm = np.where(rng.permutation(n) < first, "programme", "waiting")
    data = pd.DataFrame({"pre": 10.0, "post": 10.0 + np.array(changes), "arm": arm})
    units = permutation.exchangeable_units(
        data, {"post": ("pre", "post")}, arm="arm", programme="programme", cluster=None, strata=None
    )
    counted, listed = (permutation._p_value(units, most, 0) for most in (0, 10_000))
    assert counted == approx(listed, rel=1e-10)


def test_the_strata_are_counted_as_listed():
    data = two_arms(site=list("xyxyxyxyxyxy"))
    counted = permutation_test(data, pre="pre", arm="arm", strata="site", permutations=100)
    listed = permutation_test(data, pre="pre", arm="arm", strata="site")
    assert counted.headline.p_value == approx(listed.headline.p_value, rel=1e-12)
    assert smallest(counted) == approx(smallest(listed), rel=1e-12)
    assert smallest(counted) >= 1 / (15 * 20)  # three of six places, two of six; ties can only add to it


@pytest.mark.parametrize("permutations", [100, 10_000])
def test_a_stratum_with_one_arm_only_changes_nothing(permutations):
    # counted, listed, and off the grid: nobody of site z can change places
    data = two_arms(site=list("xyxyxyxyxyxy"))
    alone = data.assign(arm="waiting", site="z").iloc[:3].set_axis(["z1", "z2", "z3"])
    for frame in (data, off_the_grid(data)):
        own = permutation._p_value(
            permutation.exchangeable_units(
                frame, {"post": (None, "post")}, arm="arm", programme="programme", cluster=None, strata="site"
            ), 10_000, 0,
        )  # fmt: skip
        more = permutation_test(
            pd.concat([frame, alone]), arm="arm", strata="site", permutations=permutations
        )
        drawn = any(note.code == "permutations_drawn" for note in more.notes)
        assert more.headline.p_value == approx(own[0], abs=0.15 if drawn else 1e-12)


def test_scores_far_from_zero_or_of_many_strata_take_no_longer():
    # five people a million points apart, and strata whose sums have millions of values
    few = pd.DataFrame({"pre": [0.0] * 5, "post": [1e6, 1e6 + 0.1, 1e6 + 0.2, 1e6, 1e6 + 0.1]})
    assert p_of(few) == 1 / 16
    scores = np.random.default_rng(1).normal(0, 50, 18).round(4)
    many = pd.DataFrame(
        {"post": scores, "arm": ["programme", "waiting", "waiting"] * 6, "site": np.arange(18) // 3}
    )
    assert "permutations_drawn" in codes(permutation_test(many, arm="arm", strata="site", permutations=200))


def test_drawn_p_values_scatter_around_the_exact_one():
    data = off_the_grid(two_arms())
    exact = permutation_test(data, pre="pre", arm="arm", permutations=1000)
    drawn = permutation_test(data, pre="pre", arm="arm", permutations=700)
    assert [note.code for note in (*exact.notes, *drawn.notes)] == [
        "permutations_exact",
        "permutations_drawn",
    ]
    p = exact.headline.p_value
    assert drawn.headline.p_value == approx(p, abs=4 * np.sqrt(p * (1 - p) / 700) + 1 / 701)
    assert smallest(drawn) == approx(1 / 701)
    assert smallest(exact) == approx(1 / 792)


def test_a_drawn_p_value_is_never_zero_and_has_its_seed():
    rng = np.random.default_rng(1)
    data = pd.DataFrame({"pre": rng.normal(size=30), "post": 5 + rng.normal(size=30)})
    first, again, other = (permutation_test(data, pre="pre", permutations=500, seed=s) for s in (3, 3, 4))
    assert first == again
    assert first.headline.p_value == other.headline.p_value == approx(1 / 501)
    assert first.notes[-1].text() == (
        "500 reassignments were drawn at random (seed 3); the smallest p-value that could come out is 0.002."
    )


def test_the_estimates_are_those_of_the_other_methods():
    data = two_arms()
    assert permutation_test(data, pre="pre").headline.estimate == approx(mean_change(data).headline.estimate)
    for pre, method in (("pre", difference_in_differences), (None, post_difference)):
        found, same = permutation_test(data, pre=pre, arm="arm"), method(data)
        assert (found.estimand, found.n, found.dropped) == (same.estimand, same.n, same.dropped)
        assert [e.term for e in found.estimates] == [e.term for e in same.estimates]
        assert [e.estimate for e in found.estimates] == approx([e.estimate for e in same.estimates])
        assert found.level is None


@settings(max_examples=20)
@given(scale=st.sampled_from([0.1, 0.25, 1, 3, 40]), shift=st.integers(-20, 20), seed=st.integers(0, 99))
def test_neither_units_nor_row_order_matter(scale, shift, seed):
    data = two_arms(site=list("xyxyxyxyxyxy"), pair=list("aabccdeffggh"))
    other = data.sample(frac=1, random_state=seed).assign(
        pre=lambda d: d["pre"] * scale + shift, post=lambda d: d["post"] * scale + shift
    )
    for options in ({}, {"cluster": "pair"}, {"arm": "arm"}, {"arm": "arm", "strata": "site"}):
        assert p_of(other, **options) == approx(p_of(data, **options), rel=1e-9)
    assert p_of(data, arm="arm", programme="waiting") == approx(p_of(data, arm="arm"), rel=1e-9)


def test_clusters_of_one_are_people_and_doubled_people_are_clusters():
    data = two_arms(pair=range(12))
    twice = pd.concat([data, data], ignore_index=True)
    for options in ({}, {"arm": "arm"}):
        assert p_of(data, cluster="pair", **options) == approx(p_of(data, **options), rel=1e-12)
        assert p_of(twice, cluster="pair", **options) == approx(p_of(data, **options), rel=1e-9)
    assert p_of(twice) < p_of(data)  # as if copies were people


def test_many_people_are_counted_exactly():
    # 400 answers on five steps: more assignments than there are atoms, counted in a moment
    rng = np.random.default_rng(2)
    data = pd.DataFrame({"post": rng.integers(1, 6, 400), "arm": np.repeat(["programme", "waiting"], 200)})
    result = permutation_test(data, arm="arm")
    # a sum drawn without replacement is nearly normal; half a point is the continuity correction
    distance = 200 * abs(result.headline.estimate) / 2
    spread = np.sqrt(200 * 200 / 400 * data["post"].var())
    assert result.notes[-1].code == "permutations_exact"
    assert result.headline.p_value == approx(2 * stats.norm.sf((distance - 0.5) / spread), abs=1e-3)


def test_nobody_changed():
    e = permutation_test(people(post=PRE), pre="pre").headline
    assert (e.estimate, e.p_value) == (0, 1)


def test_everybody_is_counted_somewhere():
    data = two_arms(pair=list("aabbcdeeffgh"), site="x").astype({"pre": float, "post": float, "pair": object})
    data.loc[0, "post"], data.loc[1, "pre"], data.loc[2, "arm"], data.loc[11, "pair"] = (
        np.nan,
        np.nan,
        None,
        None,
    )
    data.loc[10, "site"] = None
    result = permutation_test(data, pre="pre", arm="arm", cluster="pair", strata="site")
    assert (dict(result.n), dict(result.dropped)) == (
        {"programme": 2, "waiting": 5},
        {"programme": 2, "waiting": 2},
    )
    assert {"pre_only", "post_only", "arm_missing", "cluster_missing", "stratum_missing"} <= codes(result)
    assert all(dict(note.params)["n"] == 1 for note in result.notes[:-1])


def test_an_arm_of_one_cluster_has_no_p_value():
    data = two_arms(pair=list("aaaaabbccdde"))
    result = permutation_test(data, pre="pre", arm="arm", cluster="pair")
    assert (result.headline.p_value, "few_clusters" in codes(result)) == (None, True)
    assert result.headline.estimate is not None


def test_false_alarms_stay_at_the_level():
    # four clusters an arm, intraclass correlation .3, no effect: whole clusters are reassigned
    rng = np.random.default_rng(8)
    data = pd.DataFrame({"pair": np.repeat(range(8), 5), "arm": np.repeat(["programme", "waiting"], 20)})
    naive, honest = [], []
    for _ in range(200):
        scores = rng.normal(size=8)[data["pair"]] * 0.55 + rng.normal(size=40) * 0.84
        data["post"] = scores
        honest.append(permutation_test(data, arm="arm", cluster="pair").headline.p_value)
        naive.append(permutation_test(data, arm="arm", permutations=200).headline.p_value)
    assert np.mean(np.array(honest) <= 0.06) < 0.06 + 3 * np.sqrt(0.06 * 0.94 / 200)
    assert np.mean(np.array(naive) <= 0.05) > 0.15


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({}, "name the earlier score, pre='pre'"),
        ({"pre": "pree"}, "Did you mean 'pre'"),
        ({"pre": "pre", "strata": "site"}, "name the arms as well"),
        ({"arm": "arm", "programme": "x"}, "No arm in 'arm' is called 'x'"),
        ({"arm": "arm", "cluster": "site"}, "2 clusters of 'site' have people in more than one 'arm'"),
        ({"arm": "arm", "cluster": "pair", "strata": "halves"}, "more than one 'halves'"),
        ({"arm": "arm", "cluster": "arm"}, "cannot be told apart from the cluster"),
        ({"arm": "arm", "strata": "arm"}, "both arms inside a stratum"),
        ({"pre": "pre", "cluster": "all"}, "No two clusters can change places"),
    ],
)
def test_permutation_refusals(options, sentence):
    data = two_arms(site=list("xyxyxyxyxyxy"), pair=list("aabbcddeeffg"), all="x")
    data["halves"] = list("xyxxxxxxxxxx")
    with pytest.raises(DesignError, match=sentence):
        permutation_test(data, **options)


def test_too_few_draws_and_nobody_with_both_are_refused():
    data = off_the_grid(people())
    with pytest.raises(DesignError, match="permutations=20 is too few"):
        permutation_test(data, pre="pre", permutations=20)
    half = pd.DataFrame({"pre": [1.0, None], "post": [None, 2.0]})
    with pytest.raises(DesignError, match="Nobody has both 'pre' and 'post'"):
        permutation_test(half, pre="pre")


def test_a_statistic_that_is_no_function_is_refused():
    data = pd.DataFrame({"pre": PRE, "post": POST})
    with pytest.raises(DesignError, match=r"statistic='mean' is no function\. Give one of arrays and axis"):
        bootstrap(data, "mean", columns=["pre", "post"])
