"""The bootstrap: frozen resamples, a published interval, scipy on the same resamples, edge cases."""

import numpy as np
import pandas as pd
import pytest
from pytest import approx
from scipy import stats

from rmstudy.errors import DesignError
from rmstudy.methods import resampling
from rmstudy.methods.resampling import bootstrap, resampled

# Efron & Tibshirani (1993), An Introduction to the Bootstrap, table 14.1: spatial test, part A, 26 children.
SPATIAL = [
    48,
    36,
    20,
    29,
    42,
    42,
    20,
    42,
    22,
    41,
    45,
    14,
    6,
    0,
    33,
    28,
    34,
    4,
    32,
    24,
    47,
    41,
    24,
    26,
    30,
    41,
]
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


def test_spatial_test_of_efron_and_tibshirani():
    # Section 14.3: variance 171.5, acceleration .061, 90 % BCa interval (115.8, 259.6) from 2,000 resamples;
    # With many resamples the limits settle near (115.6, 261.3), so the book's last digits are its own draw.
    scores = np.array(SPATIAL, dtype=float)
    jackknife = np.array([np.var(np.delete(scores, i)) for i in range(26)])
    assert resampling._acceleration(jackknife) == approx(0.061, abs=0.0005)
    e = bootstrap(
        pd.DataFrame({"a": SPATIAL}), variance, columns=["a"], level=0.9, resamples=100_000
    ).headline
    assert e.estimate == approx(171.5, abs=0.05)
    assert (e.conf_low, e.conf_high) == approx((115.8, 259.6), abs=3.0)


@pytest.mark.parametrize(("case", "statistic"), [("mean", gain), ("dz", dz)])
def test_frozen_resamples(oracle, case, statistic):
    data = oracle.data("anorexia")
    pre, post = data.loc[data["arm"] == "FT", ["pre", "post"]].to_numpy().T
    rows = np.loadtxt(oracle.path / "data" / "boot_idx_anorexia_ft.csv", delimiter=",", dtype=int) - 1
    records = oracle.records(f"o_bootstrap_anorexia_{case}")
    replicates = statistic(pre[rows], post[rows])
    estimate = float(statistic(pre, post))
    jackknife = np.array([statistic(np.delete(pre, i), np.delete(post, i)) for i in range(len(pre))])
    oracle.check(estimate, records["observed"])
    oracle.check(float(stats.norm.ppf(resampling._share_below(replicates, estimate))), records["bca_z0"])
    oracle.check(resampling._acceleration(jackknife), records["bca_a"])
    low, high = resampling._bca(replicates, estimate, jackknife, 0.95)
    oracle.check(low, records["bca_type7"], "ci_low")
    oracle.check(high, records["bca_type7"], "ci_high")


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
    monkeypatch.setattr(resampling, "_BATCH", 36)
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
