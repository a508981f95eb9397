"""Many cohorts into one answer: refusals, names, which interval is read first, invariances."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx

from rmstudy.errors import DesignError
from rmstudy.methods.change import mean_change
from rmstudy.methods.synthesis import leave_one_out, random_effects

PLAIN = "mean effect (Hartung-Knapp)"
WIDENED = "mean effect (Hartung-Knapp, never narrower than normal)"


@pytest.fixture
def cohorts():
    return pd.DataFrame(
        {"estimate": [0.42, 0.10, 0.35, 0.55, 0.21], "std_error": [0.15, 0.12, 0.2, 0.18, 0.14]},
        index=["2020", "2021", "2022", "2023", "2024"],
    )


def codes(result):
    return [note.code for note in result.notes]


def row(result, term):
    return next(e for e in result.estimates if e.term == term)


def edition(seed, n=25):
    rng = np.random.default_rng(seed)
    pre = rng.normal(50, 10, n)
    return mean_change(pd.DataFrame({"pre": pre, "post": pre + rng.normal(3, 5, n)}))


def test_tables_of_results_go_together():
    results = [edition(seed) for seed in (1, 2, 3)]
    tables = [one.table.query("term == @one.headline.term") for one in results]
    by_key = random_effects(pd.concat(tables, keys=["2022", "2023", "2024"]))
    assert [e.term for e in by_key.estimates[-3:]] == ["2022", "2023", "2024"]
    assert [e.estimate for e in by_key.estimates[-3:]] == [one.headline.estimate for one in results]
    assert by_key.outcome == "post"
    numbered = random_effects(pd.concat(tables))
    assert numbered.headline == by_key.headline
    assert [e.term for e in numbered.estimates[-3:]] == ["1", "2", "3"]


def test_different_quantities_are_not_pooled(cohorts):
    table = cohorts.assign(outcome="test", estimand="change", term=["g", "g", "d", "g", "g"])
    with pytest.raises(DesignError, match="the column 'term' has 'd', 'g'"):
        random_effects(table)
    with pytest.raises(DesignError, match="the column 'estimand' has 'change', 'difference'"):
        random_effects(table.assign(term="g", estimand=["change", *["difference"] * 4]))


def test_a_cohort_counts_once(cohorts):
    with pytest.raises(DesignError, match="more than one row: '2020'"):
        random_effects(pd.concat([cohorts, cohorts.head(1)]))
    with pytest.raises(DesignError, match="more than one row: 'x'"):
        random_effects(cohorts.assign(name=["x", "x", "y", "z", "w"]), cohort="name")


def test_a_cohort_without_an_effect_is_named(cohorts):
    lacking = cohorts.copy()
    lacking.loc["2022"] = np.nan
    result = random_effects(lacking)
    assert result.headline == random_effects(cohorts.drop(index="2022")).headline
    assert (dict(result.n), dict(result.dropped)) == ({"cohorts": 4}, {"cohorts": 1})
    assert ("cohort_missing", (("cohorts", ("2022",)),)) in [
        (note.code, note.params) for note in result.notes
    ]


def test_other_refusals(cohorts):
    with pytest.raises(DesignError, match="A data frame is needed"):
        random_effects(cohorts["estimate"])
    with pytest.raises(DesignError, match="no column 'se'"):
        random_effects(cohorts, std_error="se")
    with pytest.raises(DesignError, match="between 0 and 1"):
        random_effects(cohorts, level=95)
    with pytest.raises(DesignError, match="no column 'edition'"):
        random_effects(cohorts, cohort="edition")


def test_which_interval_is_read_first(cohorts):
    assert random_effects(cohorts).headline.term == PLAIN
    assert random_effects(cohorts.head(4)).headline.term == WIDENED
    # effects that agree too well: no variance between cohorts, and the plain interval would be the narrower
    alike = cohorts.assign(estimate=[0.30, 0.31, 0.29, 0.30, 0.30])
    result = random_effects(alike)
    assert result.headline.term == WIDENED
    assert result.headline.std_error == row(result, "common effect").std_error
    assert {"hartung_knapp_widened", "tau_zero"} & set(codes(result)) == {"hartung_knapp_widened"}
    assert "tau_no_interval" in codes(result)
    assert (row(result, "tau²").estimate, row(result, "tau²").conf_high) == (0, None)


def test_no_differences_found_is_not_none(cohorts):
    close = cohorts.assign(estimate=[0.35, 0.14, 0.35, 0.35, 0.21])
    result = random_effects(close)
    (note,) = [note for note in result.notes if note.code == "tau_zero"]
    assert dict(note.params)["high"] == row(result, "tau").conf_high > 0


def test_equal_effects():
    result = random_effects(pd.DataFrame({"estimate": [0.3] * 3, "std_error": [0.1, 0.2, 0.3]}))
    assert result.headline.estimate == approx(0.3)
    assert row(result, PLAIN).conf_low is None or row(result, PLAIN).std_error < 1e-15
    assert result.headline.conf_low < 0.3 < result.headline.conf_high


def test_equal_variances_are_a_t_test_of_the_effects():
    # with one sampling variance Hartung-Knapp is the t interval of the effects themselves
    effects = np.array([0.1, 0.5, 0.9, 0.2, 0.7, 1.4])
    e = random_effects(pd.DataFrame({"estimate": effects, "std_error": 0.1})).headline
    assert (e.estimate, e.std_error) == (approx(effects.mean()), approx(effects.std(ddof=1) / np.sqrt(6)))


def test_the_higher_of_two_peaks_is_taken():
    # precise cohorts apart from vague ones: the restricted likelihood is compared with a fine grid
    effects, variances = np.array([0.0, 0.1, 3.0, 3.2, 1.5]), np.array([1e-4, 1e-4, 4.0, 4.0, 1.0])
    tau2 = row(
        random_effects(pd.DataFrame({"estimate": effects, "std_error": np.sqrt(variances)})), "tau²"
    ).estimate

    def likelihood(x):
        w = 1 / (variances + x)
        mean = w @ effects / w.sum()
        return np.log(w).sum() - np.log(w.sum()) - w @ (effects - mean) ** 2

    assert likelihood(tau2) >= max(likelihood(x) for x in np.r_[0, np.geomspace(1e-7, 20, 4000)]) - 1e-9


def test_leave_one_out_is_the_analysis_of_the_rest(cohorts):
    table = leave_one_out(cohorts)
    for name in cohorts.index:
        rest = random_effects(cohorts.drop(index=name))
        assert table.loc[name, "estimate"] == approx(rest.headline.estimate)
        assert table.loc[name, "conf_low"] == approx(rest.headline.conf_low)
        assert table.loc[name, "moved"] == approx(
            rest.headline.estimate - random_effects(cohorts).headline.estimate
        )


@settings(max_examples=40)
@given(
    seed=st.integers(0, 10_000),
    k=st.integers(2, 12),
    scale=st.floats(0.001, 1000),
    shift=st.floats(-5, 5),
)
def test_order_and_units_do_not_matter(seed, k, scale, shift):
    rng = np.random.default_rng(seed)
    data = pd.DataFrame({"estimate": rng.normal(0.3, 0.3, k), "std_error": rng.uniform(0.05, 0.4, k)})
    base = random_effects(data)
    moved = random_effects(pd.DataFrame({
        "estimate": -scale * (data["estimate"] + shift), "std_error": scale * data["std_error"],
    }).sample(frac=1, random_state=seed))  # fmt: skip
    assert moved.headline.estimate == approx(
        -scale * (base.headline.estimate + shift), rel=1e-6, abs=1e-6 * scale
    )
    assert moved.headline.std_error == approx(scale * base.headline.std_error, rel=1e-6)
    assert row(moved, "tau²").estimate == approx(
        scale**2 * row(base, "tau²").estimate, rel=1e-6, abs=1e-9 * scale**2
    )
    assert row(moved, "I² (percent)").estimate == approx(
        row(base, "I² (percent)").estimate, rel=1e-6, abs=1e-6
    )
    assert row(base, PLAIN).std_error <= row(base, WIDENED).std_error
    assert row(base, "mean effect (normal interval)").std_error <= row(base, WIDENED).std_error


def test_coverage_with_few_cohorts():
    # eight cohorts that differ; .948 in a long simulation
    rng = np.random.default_rng(4)
    hits = 0
    for _ in range(400):
        error = rng.uniform(0.1, 0.3, 8)
        data = pd.DataFrame(
            {"estimate": rng.normal(0, 0.3, 8) + rng.normal(size=8) * error, "std_error": error}
        )
        e = random_effects(data).headline
        hits += e.conf_low <= 0 <= e.conf_high
    assert 0.92 <= hits / 400 <= 0.975


def test_a_column_that_is_there_twice_is_refused(cohorts):
    data = cohorts.copy()
    with pytest.raises(DesignError, match="more than once"):
        random_effects(pd.concat([data, data.iloc[:, :1]], axis=1))


def test_a_standard_error_whose_square_vanishes_is_refused(cohorts):
    data = cohorts.copy()
    data.iloc[0, data.columns.get_loc("std_error")] = 1e-200
    with pytest.raises(
        DesignError, match="smallest value of 'std_error' is 1e-200, beyond what can be squared"
    ):
        random_effects(data)
