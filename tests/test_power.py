"""Power and precision: simulated truth, what must rise and fall, arithmetic of seats, refusals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest import approx
from scipy import stats

from rmstudy.errors import DesignError
from rmstudy.methods.power import power_adjusted, power_change, precision

CLUSTERS = {"cluster_size": 8, "icc": 0.1}


def only(table, column):
    assert len(table) == 1
    return float(table[column].iloc[0])


@pytest.mark.parametrize("r", [0.2, 0.5, 0.8])
def test_the_correlation_decides_the_power_of_a_change(r):
    # 4,000 studies of 30 people, effect .4: about .39, .56 and .92; d_av in place of d_z says .56 always
    rng = np.random.default_rng(1)
    pre = rng.normal(size=(4000, 30))
    post = 0.4 + r * pre + np.sqrt(1 - r**2) * rng.normal(size=(4000, 30))
    found = np.mean(stats.ttest_rel(post, pre, axis=1).pvalue < 0.05)
    assert only(power_change(effect=0.4, correlation=r, n=30), "power") == approx(
        found, abs=4 * np.sqrt(0.25 / 4000)
    )


def test_the_power_of_an_adjusted_difference_is_that_of_simulated_studies():
    rng = np.random.default_rng(2)
    arm = np.repeat([1.0, 0.0], [20, 30])
    hits = []
    for _ in range(2000):
        pre = rng.normal(size=50)
        post = 0.6 * arm + 0.7 * pre + np.sqrt(1 - 0.49) * rng.normal(size=50)
        x = np.column_stack([np.ones(50), arm, pre])
        q, r = np.linalg.qr(x)
        b = np.linalg.solve(r, q.T @ post)
        error = np.sqrt(np.sum((post - x @ b) ** 2) / 47 * (np.linalg.inv(r) ** 2).sum(1)[1])
        hits.append(abs(b[1] / error) > stats.t.isf(0.025, 47))
    expected = only(power_adjusted(effect=0.6, correlation=0.7, n=20, ratio=1.5), "power")
    # the formula takes the arms' starting scores as balanced: chance imbalance costs a little power
    assert np.mean(hits) == approx(expected, abs=0.01 + 3 * np.sqrt(0.2 * 0.8 / 2000))


def test_clusters_in_simulated_studies():
    # ten clusters an arm, sizes 2 to 14, means of clusters weighted by size, correlation .2 inside
    rng = np.random.default_rng(4)
    sizes = np.tile([2, 5, 8, 11, 14], 4)
    arm = np.repeat([1.0, 0.0], 10)
    noise = np.sqrt(0.2 + 0.8 / sizes)
    means = 0.7 * arm + noise * rng.normal(size=(20_000, 20))
    spread = np.std(
        (means[:, :10] @ sizes[:10] - means[:, 10:] @ sizes[10:]) / sizes[:10].sum()
    )  # the standard error of the difference of the arms' means
    cv = sizes.std() / 8
    table = power_adjusted(effect=0.7, correlation=None, n=80, cluster_size=8, cluster_size_cv=cv, icc=0.2)
    ncp = 0.7 / spread
    critical = stats.t.isf(0.025, 18)
    assert only(table, "power") == approx(stats.nct.sf(critical, 18, ncp), abs=0.01)


@given(
    effect=st.floats(0.1, 1.5),
    r=st.floats(-0.5, 0.95),
    power=st.floats(0.2, 0.99),
    m=st.integers(1, 12),
    icc=st.floats(0, 0.5),
)
def test_the_number_found_is_the_fewest(effect, r, power, m, icc):
    for solve in (power_change, power_adjusted):
        table = solve(effect=effect, correlation=r, power=power, cluster_size=m, icc=icc)
        n = only(table, "n")
        assert only(table, "power") >= power
        assert n % m == 0
        assert only(table, "clusters") * m == n
        if n > 2 * m:
            try:
                fewer = solve(effect=effect, correlation=r, n=n - m, cluster_size=m, icc=icc)
            except DesignError:
                continue  # no degrees of freedom left
            assert only(fewer, "power") < power


@given(effect=st.floats(0.05, 2), r=st.floats(-0.9, 0.95), n=st.integers(4, 300))
def test_effect_and_power_are_two_sides_of_one_number(effect, r, n):
    for solve in (power_change, power_adjusted):
        power = only(solve(effect=effect, correlation=r, n=n), "power")
        assert only(solve(effect=-effect, correlation=r, n=n), "power") == approx(power, rel=1e-12)
        if 0.06 < power < 0.9999:
            assert only(solve(power=power, correlation=r, n=n), "effect") == approx(effect, rel=1e-6)


def test_what_helps_and_what_hurts():
    def needed(**options):
        return only(power_adjusted(**({"effect": 0.4, "correlation": 0.6, "power": 0.8} | options)), "n")

    base = needed()
    assert needed(correlation=0.8) < base < needed(correlation=0.3) < needed(correlation=None)
    assert needed(correlation=-0.6) == base  # its square counts
    assert needed(effect=0.5) < base < needed(power=0.9)
    assert needed(alpha=0.1) < base
    assert base < needed(**CLUSTERS) < needed(**CLUSTERS, cluster_size_cv=0.8)
    assert needed(ratio=2) < base < needed(ratio=0.5)
    # Borm's factor: adjusting needs (1 - r²) of the people, and two or so for the degrees of freedom
    assert base == approx((1 - 0.36) * needed(correlation=None), abs=2)


def test_a_huge_effect_is_certain():
    # where scipy's noncentral t has no value for the far tail
    for n in (4, 40, 4000):
        assert only(power_change(effect=3, correlation=0.9, n=n), "power") == approx(1, abs=1e-3)
    assert only(power_adjusted(effect=1.984375, correlation=0.0, n=40), "power") == approx(1, abs=1e-9)


def test_no_clusters_to_speak_of():
    plain = only(power_change(effect=0.5, correlation=0.5, n=40), "power")
    assert (
        only(power_change(effect=0.5, correlation=0.5, n=40, icc=0.5), "power") == plain
    )  # alone in a cluster
    assert only(power_change(effect=0.5, correlation=0.5, n=40, **CLUSTERS), "power") < plain


def test_a_row_for_every_scenario_and_whole_numbers_of_people():
    table = power_change(effect=[0.3, 0.5], correlation=[0.4, 0.6, 0.8], power=0.8, attrition=[0, 0.25])
    assert len(table) == 12
    assert table["effect"].tolist() == [0.3] * 6 + [0.5] * 6
    assert (table[["n", "clusters", "seats"]].dtypes == "int64").all()
    kept = table.groupby(["effect", "correlation"])["seats"].agg(["min", "max"])
    assert (kept["max"] == np.ceil(kept["min"] / 0.75)).all()
    assert len(power_change(effect=0.3, correlation=0.5, n=range(10, 60, 10))) == 5
    assert len(power_change(effect=0.3, correlation=0.5, n=np.array([10, 20]))) == 2
    assert power_adjusted(effect=0.3, correlation=[None, 0.5], n=10)["correlation"].isna().tolist() == [
        True,
        False,
    ]


def test_binary_noise_adds_no_seat():
    # 64 / .8 is 80.00000000000001 in some orders of multiplication
    assert only(power_adjusted(effect=0.5, correlation=None, n=64, attrition=0.2), "seats") == 80
    assert only(power_change(effect=0.5, correlation=0.5, n=63, attrition=0.1), "seats") == 70


def test_the_interval_to_expect_is_the_interval_of_such_data():
    rng = np.random.default_rng(9)
    change = stats.zscore(rng.normal(size=25), ddof=1) * np.sqrt(2 * (1 - 0.7))  # exactly the assumed spread
    low, high = stats.t.interval(0.9, 24, change.mean(), stats.sem(change))
    table = precision(contrast="change", correlation=0.7, n=25, level=0.9)
    assert only(table, "half_width") == approx((high - low) / 2, rel=1e-12)


@given(half=st.floats(0.05, 1), r=st.floats(-0.5, 0.95), contrast=st.sampled_from(["change", "comparison"]))
def test_a_wanted_half_width_is_reached_and_no_earlier(half, r, contrast):
    table = precision(contrast=contrast, correlation=r, half_width=half)
    n = only(table, "n")
    assert only(table, "half_width") <= half
    if n > 3:
        assert only(precision(contrast=contrast, correlation=r, n=n - 1), "half_width") > half


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"effect": 0.5}, "Give two of effect=, n= and power="),
        ({"effect": 0.5, "n": 20, "power": 0.8}, "Give two of effect=, n= and power="),
        ({"effect": 0.5, "power": 1.0}, "stay below 1"),
        ({"effect": float("nan"), "n": 20}, "not a number of standard deviations"),
        ({"effect": 1e-6, "power": 0.8}, "More than 100,000,000 people"),
        ({"effect": 0.5, "n": []}, "n= is empty"),
        ({"effect": 0.5, "n": 20, "alpha": 5}, "alpha=5 is not a level"),
        ({"effect": 0.5, "n": 20, "correlation": 60}, "correlation=60 is not a correlation"),
        ({"effect": 0.5, "n": 20, "correlation": 1}, "correlation=1 leaves"),
        ({"effect": 0.5, "n": 20, "attrition": 20}, "attrition=20 is not a share"),
        ({"effect": 0.5, "n": 20, "icc": 1.5}, "icc=1.5 is not an intraclass"),
        ({"effect": 0.5, "n": 20, "cluster_size": 0.5}, "cluster_size=0.5 is not possible"),
        (
            {"effect": 0.5, "n": 20, "cluster_size_cv": 0.5},
            "cluster_size_cv=0.5 is not possible with cluster_size=1",
        ),
    ],
)
def test_refusals(options, sentence):
    for solve in (power_change, power_adjusted):
        with pytest.raises(DesignError, match=sentence):
            solve(**({"correlation": 0.5} | options))


def test_refusals_of_one_function():
    with pytest.raises(DesignError, match="needs the correlation of the two waves"):
        power_change(effect=0.5, correlation=None, n=20)
    with pytest.raises(DesignError, match=r"ratio=0\.0 is not possible"):
        power_adjusted(effect=0.5, correlation=0.5, n=20, ratio=0)
    with pytest.raises(DesignError, match=r"contrast='adjusted' is unknown\. Allowed: change, comparison"):
        precision(contrast="adjusted", correlation=0.5, n=20)
    with pytest.raises(DesignError, match="either n= or half_width="):
        precision(contrast="change", correlation=0.5)
    with pytest.raises(DesignError, match=r"half_width=-0\.1 is not possible"):
        precision(contrast="change", correlation=0.5, half_width=-0.1)


@pytest.mark.parametrize("value", ["0.5", "half", [0.5, "x"]])
def test_words_are_refused(value):
    with pytest.raises(DesignError, match="is not a number"):
        power_change(effect=value, correlation=0.5, n=20)


def test_an_effect_beyond_doubt_has_a_power_of_one():
    assert only(power_change(effect=1e300, correlation=0.5, n=20), "power") == 1


def test_a_correlation_of_one_has_no_interval():
    with pytest.raises(DesignError, match="no spread of the change"):
        precision(contrast="change", correlation=1, n=20)
