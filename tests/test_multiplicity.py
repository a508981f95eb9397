"""Adjusted p-values: order, names, refusals; the step-down against Holm and against false alarms."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx
from validation.multiplicity import OUTCOMES, outcomes

from rmstudy.errors import DesignError
from rmstudy.methods.change import mean_change
from rmstudy.methods.comparison import difference_in_differences
from rmstudy.methods.multiplicity import benjamini_hochberg, holm, westfall_young
from rmstudy.methods.resampling import permutation_test

CHANGES = [f"change{k}" for k in (1, 2, 3)]


def changed():
    data = outcomes()
    return data.assign(**{f"change{k}": data[f"post{k}"] - data[f"pre{k}"] for k in (1, 2, 3)})


def p_values(result):
    return [e.p_value for e in result.estimates]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_what_every_adjustment_keeps(p):
    plain = np.array(p)
    for adjust in (holm, benjamini_hochberg):
        adjusted = adjust(p)["adjusted"].to_numpy()
        assert (adjusted >= plain - 1e-15).all()
        assert (adjusted <= 1).all()
        assert (np.diff(adjusted[np.argsort(plain, kind="stable")]) >= -1e-15).all()
        assert adjust(p[::-1])["adjusted"].to_numpy() == approx(adjusted[::-1])
    assert (benjamini_hochberg(p)["adjusted"] <= holm(p)["adjusted"] + 1e-15).all()


def test_names_are_kept_whatever_holds_the_p_values():
    named = {"skill": 0.01, "confidence": 0.04}
    want = pd.DataFrame({"p_value": [0.01, 0.04], "adjusted": [0.02, 0.04]}, index=list(named))
    pd.testing.assert_frame_equal(holm(named), want)
    pd.testing.assert_frame_equal(holm(pd.Series(named)), want)
    pd.testing.assert_frame_equal(holm([0.01, 0.04]), want.reset_index(drop=True))
    assert holm([0.3, None])["adjusted"].tolist()[0] == 0.3  # a single test needs no adjustment
    assert holm([None, float("nan")])["adjusted"].isna().all()


def test_p_values_that_are_no_numbers_are_refused():
    with pytest.raises(DesignError, match="not all numbers"):
        holm(["<0.001", 0.04])
    with pytest.raises(DesignError, match=r"'b': 2.3\. Give p-values, not statistics"):
        benjamini_hochberg({"a": 0.1, "b": 2.3})


# --- Westfall and Young ----------------------------------------------------------------------------------------


def test_the_statistics_are_those_of_the_other_methods():
    data = outcomes()
    for cluster in (None, "pair"):
        one = westfall_young(data, outcomes=OUTCOMES, cluster=cluster)
        two = westfall_young(data, outcomes=OUTCOMES, arm="arm", cluster=cluster)
        for k, (pre, post) in enumerate(OUTCOMES.values()):
            change = mean_change(data, pre=pre, post=post, cluster=cluster).headline
            difference = difference_in_differences(data, pre=pre, post=post, cluster=cluster).headline
            for got, want in ((one.estimates[k], change), (two.estimates[k], difference)):
                assert (got.estimate, got.std_error, got.statistic) == approx(
                    (want.estimate, want.std_error, want.statistic), rel=1e-9
                )


def test_one_outcome_is_a_permutation_test_on_t():
    # the t of one group rises with its mean change, whatever the signs
    data = changed()
    alone = westfall_young(data, outcomes=["change1"])
    assert p_values(alone) == approx([permutation_test(data, pre="pre1", post="post1").headline.p_value])


def test_columns_pairs_and_names_are_the_same_question():
    data = changed()
    by_pair = westfall_young(data, outcomes=OUTCOMES)
    by_column = westfall_young(data, outcomes=CHANGES)
    in_order = westfall_young(data, outcomes=list(OUTCOMES.values()))
    assert p_values(by_pair) == p_values(by_column) == p_values(in_order)
    assert [e.term for e in by_pair.estimates] == list(OUTCOMES)
    assert [e.term for e in by_column.estimates] == CHANGES
    assert [e.term for e in in_order.estimates] == ["post1", "post2", "post3"]


@settings(max_examples=20)
@given(seed=st.integers(0, 50), scales=st.lists(st.sampled_from([0.1, 1, 7]), min_size=3, max_size=3))
def test_neither_order_nor_units_matter(seed, scales):
    data = changed()
    rng = np.random.default_rng(seed)
    names = list(rng.permutation(CHANGES))
    other = data.sample(frac=1, random_state=seed)
    other[CHANGES] *= scales
    for options in ({"cluster": "pair"}, {"arm": "arm", "cluster": "pair"}):
        want = dict(zip(CHANGES, p_values(westfall_young(data, outcomes=CHANGES, **options)), strict=True))
        got = dict(zip(names, p_values(westfall_young(other, outcomes=names, **options)), strict=True))
        assert got == approx(want)
    turned = westfall_young(data, outcomes=CHANGES, arm="arm", programme="waiting", cluster="pair")
    assert p_values(turned) == approx(
        p_values(westfall_young(data, outcomes=CHANGES, arm="arm", cluster="pair"))
    )


def test_copies_of_an_outcome_cost_nothing():
    # one outcome asked four times: Holm multiplies by four, the joint test knows it is one
    data = changed().assign(again=lambda d: d["change1"], more=lambda d: -2 * d["change1"])
    joint = westfall_young(data, outcomes=["change1", "again", "more"])
    assert p_values(joint) == approx([p_values(westfall_young(data, outcomes=["change1"]))[0]] * 3)


def test_drawn_reassignments_scatter_around_the_listed_ones():
    exact = westfall_young(outcomes(), outcomes=OUTCOMES)
    drawn = westfall_young(outcomes(), outcomes=OUTCOMES, permutations=4000, seed=2)
    again = westfall_young(outcomes(), outcomes=OUTCOMES, permutations=4000, seed=2)
    assert drawn == again
    assert (exact.notes[-1].code, drawn.notes[-1].code) == ("permutations_exact", "permutations_drawn")
    assert dict(exact.notes[-1].params)["smallest"] == approx(2 / 2**13)
    for p, q in zip(p_values(exact), p_values(drawn), strict=True):
        assert q == approx(p, abs=4 * np.sqrt(p * (1 - p) / 4000) + 1 / 4001)


def test_who_is_counted_outcome_by_outcome():
    data = outcomes().astype({"pair": object})
    data.loc[0, "pair"] = None
    data.loc[1, ["post1", "pre3"]] = np.nan  # this person has nothing left: post2 is missing already
    result = westfall_young(data, outcomes=OUTCOMES, cluster="pair")
    assert (dict(result.n), dict(result.dropped)) == ({"all": 11}, {"all": 2})
    assert [note.code for note in result.notes[:-1]] == [
        "cluster_missing",
        "column_missing",
        "outcome_partly_missing",
    ]
    assert result.notes[2].text() == (
        "outcome 3: of the people counted, 1 have no value of it and count for the other outcomes only."
    )


def test_an_arm_of_one_cluster_has_no_p_values():
    data = outcomes().assign(one=lambda d: np.where(d["pair"] == 2, "programme", "waiting"))
    result = westfall_young(data, outcomes=OUTCOMES, arm="one", cluster="pair")
    assert {(e.p_value, e.statistic, e.std_error) for e in result.estimates} == {(None, None, None)}
    assert result.notes[-1].code == "few_clusters"
    assert all(e.estimate is not None for e in result.estimates)


def test_outcomes_without_a_spread():
    data = pd.DataFrame({"all_two": 2.0, "none": 0.0, "some": [1.0, 2, 0, 3, 1, 2]})
    result = westfall_young(data, outcomes=["all_two", "none", "some"])
    constant, none, some = result.estimates
    assert (constant.estimate, constant.std_error, constant.p_value) == (2, None, 2 / 64)
    assert (none.estimate, none.p_value) == (0, 1)
    assert some.p_value < 0.2


def test_false_alarms_of_six_outcomes():
    # correlation .4, nothing happens: tested apart, one study in four has a finding
    rng = np.random.default_rng(3)
    names = list("abcdef")
    apart, together = [], []
    for _ in range(300):
        scores = np.sqrt(0.4) * rng.normal(size=(20, 1)) + np.sqrt(0.6) * rng.normal(size=(20, 6))
        data = pd.DataFrame(scores, columns=names)
        together.append(min(p_values(westfall_young(data, outcomes=names, permutations=199))))
        t = scores.mean(0) / scores.std(0, ddof=1) * np.sqrt(20)
        apart.append(np.abs(t).max() > 2.093024)
    assert np.mean(apart) > 0.18
    assert np.mean(np.array(together) <= 0.05) == approx(0.05, abs=3 * np.sqrt(0.05 * 0.95 / 300))


def test_more_is_found_than_with_holm_when_outcomes_go_together():
    rng = np.random.default_rng(6)
    names = list("abcdef")
    scores = np.sqrt(0.9) * rng.normal(size=(40, 1)) + np.sqrt(0.1) * rng.normal(size=(40, 6)) + 0.45
    data = pd.DataFrame(scores, columns=names)
    singly = {name: westfall_young(data, outcomes=[name]).headline.p_value for name in names}
    joint = p_values(westfall_young(data, outcomes=names))
    assert max(joint) >= max(singly.values())
    assert (np.array(joint) < holm(singly)["adjusted"].to_numpy()).all()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"outcomes": "change1"}, "outcomes= needs several"),
        ({"outcomes": []}, "outcomes= needs several"),
        ({"outcomes": ["change1", "change1"]}, "'change1' is there twice"),
        ({"outcomes": [("pre1", "post1", "post2")]}, r"one column or a pair \(pre, post\)"),
        ({"outcomes": ["change1", "change"]}, "There is no column 'change'"),
        ({"outcomes": CHANGES, "cluster": "stratum", "arm": "lottery"}, "people in more than one 'lottery'"),
        ({"outcomes": CHANGES, "permutations": 5}, "permutations=5 is too few"),
        ({"outcomes": ["change1", "thin"]}, "'thin': 1 with a value in one group"),
    ],
)
def test_refusals(options, sentence):
    data = changed().assign(thin=[3.0] + [np.nan] * 12)
    with pytest.raises(DesignError, match=sentence):
        westfall_young(data, **options)
