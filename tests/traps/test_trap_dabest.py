"""What dabest 2025.10.20 gets wrong without a word, and what is right: one test a trap."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from pytest import approx
from scipy import special, stats
from small_study import tables, write

import rmstudy as rm
from rmstudy.errors import DataError, DesignError
from rmstudy.methods.change import hedges_gav, mean_change, median_change, probability_of_improvement
from rmstudy.methods.resampling import bootstrap, permutation_test


@pytest.fixture
def people():
    """Twenty people whose scores differ much and change little."""
    rng = np.random.default_rng(21)
    pre = rng.normal(50, 7, 20)
    index = pd.Index([f"P{i:02d}" for i in range(20)], name="person_id")
    return pd.DataFrame({"pre": pre, "post": pre + rng.normal(1.6, 2.6, 20)}, index=index)


def wide(long):
    """One row a person, joined by id, as a study frames it."""
    return pd.concat(
        {wave: rows.set_index("person_id")["score"] for wave, rows in long.groupby("wave")}, axis=1
    )


def as_long(people):
    return people.reset_index().melt("person_id", var_name="wave", value_name="score")


def test_shuffled_rows_give_the_same_answer(people):
    # id_col="id" both times: the same rows shuffled, and [.33, 2.61], p .014 become [-3.25, 7.63], p .586
    shuffled = wide(as_long(people).sample(frac=1, random_state=1))
    assert mean_change(shuffled).headline == mean_change(people).headline
    mixed = people.sample(frac=1, random_state=2)
    assert mean_change(mixed).headline.p_value == approx(mean_change(people).headline.p_value)
    for function in (hedges_gav, median_change, probability_of_improvement):
        one, other = (function(frame).headline for frame in (people, mixed))
        assert (one.estimate, one.conf_low, one.conf_high) == approx(
            (other.estimate, other.conf_low, other.conf_high)
        )
    p_values = [permutation_test(frame, pre="pre").headline.p_value for frame in (people, shuffled)]
    assert p_values == approx([mean_change(people).headline.p_value] * 2, abs=0.01)

    def gain(pre, post, axis):
        return (post - pre).mean(axis=axis)

    drawn = [bootstrap(f, gain, columns=["pre", "post"], resamples=2000).headline for f in (people, mixed)]
    assert drawn[0].conf_low == approx(drawn[1].conf_low, abs=0.2)
    assert drawn[0].conf_high == approx(drawn[1].conf_high, abs=0.2)


def test_one_person_without_pre_and_another_without_post(people):
    # lengths are still equal: everybody in between is paired with a neighbour (1.12, p .55, N 19 and 19
    # where 1.77, p .013 of eighteen people is right)
    long = as_long(people)
    gone = ((long["person_id"] == "P04") & (long["wave"] == "pre")) | (
        (long["person_id"] == "P15") & (long["wave"] == "post")
    )
    result = mean_change(wide(long[~gone]))
    both = people.drop(index=["P04", "P15"])
    expected = stats.ttest_rel(both["post"], both["pre"])
    assert (result.headline.estimate, result.headline.p_value) == approx(
        ((both["post"] - both["pre"]).mean(), expected.pvalue)
    )
    assert (result.n, result.dropped) == ({"all": 18}, {"all": 2})
    assert {note.code: dict(note.params)["n"] for note in result.notes} == {
        "pre_only": 1,
        "post_only": 1,
    }
    by_position = stats.ttest_rel(people["post"].drop("P15").to_numpy(), people["pre"].drop("P04").to_numpy())
    assert expected.pvalue < 0.05 < by_position.pvalue, "the order of rows would turn the answer"


def test_a_study_with_one_wave_missing_for_each_of_two_people(tmp_path):
    # the same trap from a folder of tables, its answers in any order
    rows = tables()
    head, *answers = rows["responses"]
    kept = [row for row in answers if tuple(row[:2]) not in {("s1", "pre"), ("s6", "post")}]
    order = np.random.default_rng(22).permutation(len(kept))
    rows["responses"] = [head, *(kept[i] for i in order)]
    frame = rm.load_study(write(tmp_path, rows=rows)).frame("confidence", role="mentee")
    complete = frame.dropna(subset=["pre", "post"])
    assert set(frame.index) - set(complete.index) == {"s1", "s6"}
    assert set(complete["post"] - complete["pre"]) == {1.0}, "everybody who answered twice rose by one"
    assert mean_change(frame).n == {"all": 6}


def test_a_row_twice_is_refused(people, tmp_path):
    # duplicate ids are accepted: N = 21 of twenty people
    with pytest.raises(DesignError, match="1 people have more than one row"):
        mean_change(pd.concat([people, people.iloc[[3]]]))
    rows = tables()
    rows["responses"].append(list(rows["responses"][1]))
    with pytest.raises(DataError, match="a second answer of the same wave"):
        rm.load_study(write(tmp_path, rows=rows))


def test_the_correction_of_twenty_pairs_is_not_that_of_two_groups(people):
    # J(2n - 2) = .9801 for twenty pairs, whatever their correlation
    g_av, d_av = (e.estimate for e in hedges_gav(people).estimates[:2])
    r = people.corr().iloc[0, 1]
    df = 2 * 19 / (1 + r**2)
    exact = math.exp(special.gammaln(df / 2) - special.gammaln((df - 1) / 2)) / math.sqrt(df / 2)
    assert g_av / d_av == approx(exact, rel=1e-9)
    assert g_av / d_av < 0.970 < 0.9801
