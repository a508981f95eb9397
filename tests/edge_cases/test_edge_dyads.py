"""Pairs that are no pairs, partners who compete, and groups of one."""

import numpy as np
import pandas as pd
import pytest
from pytest import approx

from rmstudy.errors import DesignError
from rmstudy.methods.dyads import actor_partner, pair_similarity
from rmstudy.methods.mixed import mixed_model

Y1 = [
    -0.883, 1.756, -0.37, -3.163, 1.16, 1.183, 0.362, -0.911, -0.19, -0.056, -0.466, -0.197, -1.116,
    -0.124, -0.105, 0.328, -1.041, 0.671, -0.711, 0.565, 0.09, 0.908, -0.811, -1.552, 2.297, -0.699,
    -1.592, 0.331, -0.678, -1.942,
]  # fmt: skip
X1 = [
    -0.59, 0.03, -1.52, -1.36, 1.18, -0.93, 1.32, 0.62, -0.05, -1, -0.83, -0.35, -1.54, -0.26,
    -1.15, 0.01, -0.22, 0.89, -0.59, -0.66, -0.68, -0.02, -0.44, 0.35, 0.07, 0.01, -0.19, -0.77,
    -0.22, -0.98,
]  # fmt: skip
Y2 = [
    1.166, -3.06, 0.642, 1.173, -0.819, -1.075, 1.475, 2.208, 0.804, -1.479, -1.495, -0.415, 1.032,
    -1.148, -1.111, -0.356, -0.59, -0.738, 1.195, -0.311, -0.299, -0.217, -0.508, 1.111, -2.212,
    0.979, 1.335, 0.366, 1.425, 1.491,
]  # fmt: skip
X2 = [
    -1.1, -0.94, 0.68, -1.58, -0.87, 0.48, -0.19, 1.55, -0.61, -0.35, -1.64, 0.02, 0.89, -0.87,
    0.89, -0.34, -2.19, 0.88, 0.72, 0.22, 0.79, -0.23, -0.82, 0.5, 0.16, 0.54, -0.16, 0.44, 1.49,
    0.06,
]  # fmt: skip


def rows(y1, y2, x1, x2):
    n = range(len(y1))
    return pd.concat(
        [pd.DataFrame({"pair_id": n, "y": y1, "x": x1}), pd.DataFrame({"pair_id": n, "y": y2, "x": x2})],
        ignore_index=True,
    )


def value(result, term):
    return next(e for e in result.estimates if e.term == term)


def codes(result):
    return {note.code for note in result.notes}


def test_apim_negative_icc():
    data = rows(Y1, Y2, X1, X2)
    found = actor_partner(data, outcome="y", predictor="x")
    actor = value(found, "actor effect")
    assert actor.estimate == approx(0.520817397223151, rel=1e-8)
    assert actor.std_error == approx(0.173522440445476, rel=1e-8)
    assert actor.df == approx(34.8800857184562, rel=1e-8)
    assert value(found, "partner effect").estimate == approx(0.0715995564252127, rel=1e-8)
    assert value(found, "residual intraclass correlation").estimate == approx(-0.822430159948312, rel=1e-8)
    # a random intercept stops at zero, has another standard error, and says so
    other = data["x"].to_numpy().reshape(2, -1)[::-1].ravel()
    stopped = mixed_model(data.assign(other=other), outcome="y", covariates=["x", "other"], cluster="pair_id")
    assert stopped.headline.std_error == approx(0.176682739238506, rel=1e-6)
    assert {"singular", "negative_within_cluster"} <= codes(stopped)


def test_apim_triad():
    data = pd.DataFrame({"pair_id": [1, 1, 2, 2, 2, 3], "y": [1.0, 2, 3, 5, 4, 6], "x": [2.0, 1, 4, 3, 5, 7]})
    with pytest.raises(DesignError, match=r"2 dyads in 'pair_id' do not have two members: 2 \(3\), 3 \(1\)"):
        actor_partner(data, outcome="y", predictor="x")


def test_apim_same_role():
    data = pd.DataFrame({
        "pair_id": [1, 1, 2, 2], "role": ["mentor", "mentee", "mentor", "mentor"],
        "y": [1.0, 2, 3, 5], "x": [2.0, 1, 4, 3],
    })  # fmt: skip
    with pytest.raises(
        DesignError, match=r"1 dyads in 'pair_id' do not have one 'mentee' and one 'mentor' in 'role': 2"
    ):
        actor_partner(data, outcome="y", predictor="x", role="role")


@pytest.mark.parametrize("named", [True, False])
def test_apim_mentor_in_several_dyads(named):
    data = rows(Y1, Y2, X1, X2).assign(role=["mentor"] * 30 + ["mentee"] * 30)
    people = [f"R{max(i, 2)}" for i in range(30)] + [f"E{i}" for i in range(30)]
    told = {"person": "who"} if named else {}
    data = data.assign(who=people) if named else data.set_axis(people)
    found = actor_partner(data, outcome="y", predictor="x", role="role", **told)
    note = next(note for note in found.notes if note.code == "person_in_several_dyads")
    assert dict(note.params) == {"n": 1, "clusters": 28}
    assert "not independent" in note.text()
    assert found.n == {"mentee": 30, "mentor": 28}
    alone = actor_partner(data.reset_index(drop=True), outcome="y", predictor="x", role="role")
    assert found.headline.estimate == approx(alone.headline.estimate)
    assert found.headline.df < alone.headline.df == 27


def test_apim_x_shared():
    six = [1, 2, 3, 4, 5, 6]
    data = rows([1.0, 4, 2, 5, 5, 7], [2.0, 2, 5, 3, 6, 8], six, six)
    for told in ({}, {"role": "role"}):
        with pytest.raises(DesignError, match=r"does not vary within dyads.*only their sum"):
            actor_partner(data.assign(role=["a"] * 6 + ["b"] * 6), outcome="y", predictor="x", **told)


def test_icc_groups_of_one():
    data = pd.DataFrame({"y": [1.0, 5, 2, 6], "pair_id": range(4)})
    with pytest.raises(DesignError, match="without two there is no likeness within groups"):
        pair_similarity(data, outcome="y")


def test_icc_negative():
    data = pd.DataFrame({"y": [1, 5, 2, 6, 1.5, 5.5], "pair_id": [1, 1, 2, 2, 3, 3]})
    found = pair_similarity(data, outcome="y")
    assert found.headline.estimate == approx(-0.882352941176471, rel=1e-10)
    assert (found.headline.conf_low, found.headline.conf_high) == approx(
        (-0.992239209385983, 0.41992725248085)
    )
    assert "icc_negative" in codes(found)
    assert "would print 0" in next(note.text() for note in found.notes if note.code == "icc_negative")
    assert value(found, "design effect for unequal sizes").estimate == 1
    assert np.isclose(value(found, "mean square between over within (F)").estimate, 1 / 16)
