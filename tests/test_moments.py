"""The fast path is the slow one: sums and counts against the people themselves, to ten digits."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx
from scipy import stats
from validation.multiplicity import OUTCOMES, outcomes

from rmstudy.errors import DesignError
from rmstudy.methods.change import cohens_dz, hedges_gav, mean_change
from rmstudy.methods.comparison import adjusted_difference, hedges_g
from rmstudy.methods.resampling import (
    MomentStatistic,
    bootstrap,
    exchangeable_units,
    moments,
    quantities,
    reassignments,
    resampled,
    squares_of_t,
    statistics_of,
)

COLUMNS = {
    quantities.mean_change: ["pre", "post"],
    quantities.g_z: ["pre", "post"],
    quantities.g_av: ["pre", "post"],
    quantities.two_group_g: ["post", "arm"],
    quantities.adjusted_difference: ["post", "arm", "pre", "age"],
}


def frame(n, seed=0, shift=0.0, far=0.0):
    draw = np.random.default_rng(seed)
    pre, pair = draw.normal(shift, 2, n), np.arange(n) // 2
    arm = np.where(pair % 2, "programme", "waiting")
    age = draw.normal(40, 8, n)
    post = 0.5 * pre + 0.7 * (pair % 2) + 0.02 * age + draw.normal(shift / 2 + 0.5, 2, n)
    post[0] += far
    return pd.DataFrame(
        {"pre": pre, "post": post, "arm": (pair % 2).astype(float), "age": age, "pair": pair, "group": arm}
    )


def slowly(statistic):
    """The same numbers from the people of each resample."""

    def value(*columns, axis):
        return statistic(*columns, axis=axis)

    return value


def numbers(found):
    return [found.estimate, found.std_error, found.low, found.high, found.undefined]


@settings(max_examples=15, deadline=None)
@given(
    statistic=st.sampled_from(list(COLUMNS)),
    cluster=st.booleans(),
    seed=st.integers(0, 50),
    shift=st.sampled_from([0.0, 50.0, -1e3]),
    far=st.sampled_from([0.0, 300.0]),
)
def test_sums_give_what_the_people_give(statistic, cluster, seed, shift, far):
    data = frame(24, seed, shift, far)
    columns = [data[name].to_numpy() for name in COLUMNS[statistic]]
    options = {"level": 0.9, "resamples": 300, "seed": seed}
    options |= {"cluster": data["pair"].to_numpy()} if cluster else {}
    fast, slow = (resampled(columns, each, **options) for each in (statistic, slowly(statistic)))
    assert numbers(fast) == approx(numbers(slow), rel=1e-10, abs=1e-12)


def test_the_ready_ones_are_the_numbers_of_the_reports():
    data = frame(40)
    same = {
        quantities.mean_change: mean_change(data).headline,
        quantities.g_z: next(e for e in cohens_dz(data).estimates if e.term == "g_z"),
        quantities.g_av: hedges_gav(data).headline,
        quantities.two_group_g: hedges_g(data, post="post", arm="group").headline,
        quantities.adjusted_difference: adjusted_difference(
            data, pre="pre", post="post", arm="group", covariates=["age"]
        ).headline,
    }
    for statistic, want in same.items():
        found = bootstrap(data, statistic, columns=COLUMNS[statistic], resamples=200).headline
        assert (found.term, found.estimate) == (statistic.name, approx(want.estimate, rel=1e-12))
        assert float(statistic(*data[COLUMNS[statistic]].to_numpy().T)) == approx(want.estimate, rel=1e-12)


def test_scipy_has_the_same_interval_from_the_same_seed():
    data = frame(60)
    pre, post = data[["pre", "post"]].to_numpy().T
    mine = bootstrap(data, quantities.g_av, columns=["pre", "post"], resamples=999, seed=7).headline
    scipys = stats.bootstrap(
        (pre, post), quantities.g_av, paired=True, vectorized=True, n_resamples=999, rng=np.random.default_rng(7)
    )  # fmt: skip
    assert (mine.conf_low, mine.conf_high) == approx(tuple(scipys.confidence_interval), rel=1e-11)


def test_leaving_one_out_is_a_subtraction():
    data = frame(30)
    columns = [data[name].to_numpy() for name in ("post", "arm", "pre", "age")]
    sums = moments.sums_of([columns], quantities.adjusted_difference, None)
    want = [quantities.adjusted_difference(*(np.delete(c, i) for c in columns)) for i in range(30)]
    assert moments.of_all_but_one(sums, quantities.adjusted_difference)[0] == approx(
        np.array(want), rel=1e-11
    )


def test_resamples_without_a_spread_have_no_value():
    # three people: one resample in nine draws a single one; a tenth cannot be written in binary
    data = pd.DataFrame({"pre": [0.1, 0.2, 0.4], "post": [0.3, 0.7, 1.1]})
    columns = data.to_numpy().T
    fast, slow = (
        resampled(columns, each, level=0.95, resamples=2000)
        for each in (quantities.g_z, slowly(quantities.g_z))
    )
    assert fast.undefined == slow.undefined == approx(1 / 9, abs=0.03)
    with pytest.raises(DesignError, match="no finite value"):
        bootstrap(data.assign(post=data["pre"] + 0.3), quantities.g_z, columns=["pre", "post"])


def test_a_resample_with_one_arm_has_no_difference():
    data = frame(8)
    for statistic in (quantities.two_group_g, quantities.adjusted_difference):
        columns = [data[name].to_numpy() for name in COLUMNS[statistic]]
        fast = resampled(columns, statistic, level=0.95, resamples=2000, cluster=data["pair"].to_numpy())
        assert fast.undefined > 2 / 16 - 0.05  # four pairs, two in each arm


def test_several_outcomes_are_each_one_alone():
    data = frame(50).assign(other=lambda d: d["post"] ** 2, partly=lambda d: d["post"].where(d.index > 4))
    columns = {"first": ("pre", "post"), "partly": ("pre", "partly"), "other": ("pre", "other")}
    for statistic in (quantities.g_av, slowly(quantities.g_av)):
        result = bootstrap(data, statistic, columns=columns, resamples=400, cluster="pair")
        for row in result.estimates:
            alone = bootstrap(
                data, statistic, columns=columns[row.term], resamples=400, cluster="pair"
            ).headline
            assert (row.estimate, row.std_error, row.conf_low, row.conf_high) == approx(
                (alone.estimate, alone.std_error, alone.conf_low, alone.conf_high), rel=1e-12
            )
    assert [row.term for row in result.estimates] == list(columns)
    assert (dict(result.n), dict(result.dropped)) == ({"all": 50}, {"all": 0})
    assert [note.code for note in result.notes] == ["outcome_partly_missing", "bootstrap_few"]


def test_columns_of_several_outcomes_are_checked():
    for wrong in ({"first": "pre"}, {}, {"first": []}):
        with pytest.raises(DesignError, match="or one for each outcome"):
            bootstrap(frame(10), quantities.g_av, columns=wrong)


def test_memory_does_not_grow_with_people_times_resamples():
    data = frame(20_000)[["pre", "post"]]
    tracemalloc.start()
    bootstrap(data, quantities.g_av, columns=["pre", "post"], resamples=400)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10e6  # all resamples at once: 64 MB for their counts alone


def test_a_statistic_of_ones_own():
    ratio = MomentStatistic("spread after over before", lambda m: np.sqrt(m.variance(1) / m.variance(0)))
    data = frame(60)
    found = bootstrap(data, ratio, columns=["pre", "post"], resamples=500)
    assert found.headline.term == "spread after over before"
    assert found.headline.estimate == approx(data["post"].std() / data["pre"].std(), rel=1e-12)


# --- reassignments -----------------------------------------------------------------------------------------------


def units_of(data, names, **options):
    settings = {"arm": None, "programme": "programme", "cluster": None, "strata": None} | options
    return exchangeable_units(data, {name: (None, name) for name in names}, **settings)


@pytest.mark.parametrize("arm", [None, "group"])
@pytest.mark.parametrize("cluster", [None, "pair", "uneven"])
@pytest.mark.parametrize("shift", [0.0, 1e4])
def test_t_from_sums_is_t_from_units(arm, cluster, shift):
    # among the outcomes: many ties, somebody missing, one person alone, all the same, nothing at all
    draw = np.random.default_rng(3)
    data = frame(40).assign(
        plain=lambda d: d["post"] + shift,
        tied=lambda d: np.rint(d["post"]),
        one=lambda d: (d.index == 7) * 1.0,
        same=2.0,
        none=0.0,
        uneven=lambda d: (d["pair"] // 3) * 2 + d["pair"] % 2,
    )
    names = ["plain", "tied", "one", "same", "none"]
    if cluster != "pair":
        data["partly"] = data["plain"].where(draw.random(40) > 0.2)
        names.append("partly")
    units = units_of(data, names, arm=arm, cluster=cluster)
    for rows in reassignments(units, most=400, seed=1).batches:
        actual = np.ones_like(rows[:1]) if arm is None else units.treated[None, :]
        both = np.concatenate([actual, -actual if arm is None else 1 - actual, rows])
        want = statistics_of(units, both)[2].T ** 2
        assert squares_of_t(units)(both) == approx(want, rel=1e-9, abs=1e-9)


def test_t_of_everybody_up_by_nearly_the_same():
    # the spread is lost in a sum of squares: these reassignments are gone through unit by unit
    data = pd.DataFrame({"x": 1e6 + np.arange(9) * 1e-3})
    units = units_of(data, ["x"])
    for rows in reassignments(units, most=600, seed=1).batches:
        want = statistics_of(units, rows)[2].T ** 2
        assert squares_of_t(units)(rows) == approx(want, rel=1e-9)


def test_the_reference_data_go_both_ways():
    data = outcomes()
    for options in ({}, {"arm": "arm"}, {"cluster": "pair"}, {"arm": "arm", "cluster": "pair"}):
        units = exchangeable_units(
            data,
            OUTCOMES,
            **{"arm": None, "programme": "programme", "cluster": None, "strata": None} | options,
        )
        for rows in reassignments(units, most=2000, seed=1).batches:
            want = statistics_of(units, rows)[2].T ** 2
            assert squares_of_t(units)(rows) == approx(want, rel=1e-10)
