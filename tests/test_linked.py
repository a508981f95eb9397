"""What links change: the gate, and the estimate under other choices."""

from __future__ import annotations

import clean_study
import numpy as np
import pandas as pd
import pytest

import rmstudy as rm
from rmstudy.evaluation.linked import linkage_effect, with_false_links


def linked(tmp_path, unsure: int, **gates: float):
    """A clean study in which some of the programme's seniors are linked by a confirmed code."""
    study = clean_study.clean(8)
    if gates:
        study.plan["analysis"]["gates"] |= gates
    rows = study.tables["responses"]
    both = rows.groupby("person_id")["wave_id"].nunique()
    mentees = study.tables["participants"].query("role == 'mentee'")["person_id"]
    people = [person for person in mentees if both[person] == 2]
    pairs = [(person, wave) for person in people for wave in ("pre", "post")]
    study.tables["linkage"] = pd.DataFrame(
        [
            (person, wave, "confirmed" if wave == "post" and people.index(person) < unsure else "exact")
            for person, wave in pairs
        ],
        columns=["person_id", "wave_id", "match"],
    )
    return rm.load_study(study.write(tmp_path / f"{unsure}")), people


def test_the_gate_names_itself(tmp_path):
    study, people = linked(tmp_path, 2)
    assert rm.evaluate(study)["gain"].gate is None
    study, people = linked(tmp_path, 5)
    gate = rm.evaluate(study)["gain"].gate
    assert gate.code == "gate_unsure_links"
    assert dict(gate.params)["share"] == pytest.approx(5 / len(people))
    assert rm.evaluate(study)["gain"].verdict == "not_enough_data"
    allowed, _ = linked(tmp_path, 6, unsure_links=0.5)
    assert rm.evaluate(allowed)["gain"].gate is None


def test_false_links_shrink_the_covariance_by_their_share():
    rng = np.random.default_rng(3)
    n, share = 400, 0.25
    pre = rng.normal(0, 1, n)
    frame = pd.DataFrame({"pre": pre, "post": 0.8 * pre + rng.normal(0, 0.6, n), "arm": "programme"})
    drawn = [
        with_false_links(frame, post="post", share=share, rng=rng)[["pre", "post"]].cov().loc["pre", "post"]
        for _ in range(400)
    ]
    # a falsely linked score is somebody else's: the expectation is cov (1 - f), and - f cov / (n - 1) beside it
    expected = frame["pre"].cov(frame["post"]) * (1 - share * n / (n - 1))
    error = np.std(drawn) / np.sqrt(len(drawn))
    assert np.mean(drawn) == pytest.approx(expected, abs=4 * error)
    assert error < 0.01


@pytest.mark.parametrize("n", [3, 20])
def test_the_share_of_false_links_is_right_in_small_groups(n):
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"post": np.arange(n, dtype=float), "arm": "programme"})
    moved = [
        (with_false_links(frame, post="post", share=0.1, rng=rng)["post"] != frame["post"]).mean()
        for _ in range(4000)
    ]
    assert np.mean(moved) == pytest.approx(0.1, abs=0.01)


def test_scores_are_exchanged_within_an_arm_only():
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"post": np.arange(40.0), "arm": ["programme"] * 20 + ["waitlist"] * 20})
    after = with_false_links(frame, post="post", share=0.5, rng=rng)
    assert sorted(after["post"][:20]) == list(range(20))
    assert (after["post"] != frame["post"]).any()


def test_every_choice_of_links_has_its_row(tmp_path):
    study, people = linked(tmp_path, 6, unsure_links=1.0)
    table = linkage_effect(study, draws=20).set_index(["criterion", "links"])
    assert table.index.get_level_values("criterion").unique().tolist() == ["gain", "skilled", "calls"]
    judged = rm.evaluate(study)
    for criterion in ("gain", "skilled", "calls"):
        e = judged[criterion].result.headline
        assert table.loc[(criterion, "all"), "estimate"] == e.estimate
        assert table.loc[(criterion, "all"), "conf_low"] == e.conf_low
    assert table.loc[("gain", "sure"), "n"] == len(people) - 6
    assert table.loc[("gain", "all"), "unsure"] == pytest.approx(6 / len(people))
    # a mean change does not depend on who is linked to whom; its interval does
    change = table.loc["skilled"]
    assert change.loc["simulated", "lowest"] == pytest.approx(change.loc["all", "estimate"])
    assert change.loc["simulated", "highest"] == pytest.approx(change.loc["all", "estimate"])
    assert change.loc["simulated", "conf_low"] < change.loc["all", "conf_low"]
    frame = study.frame("skill", role="mentee").query("arm == 'programme'")
    by_hand = frame["post"].mean() - frame["pre"].mean()
    assert change.loc["unlinked", "estimate"] == pytest.approx(by_hand)
    error = np.sqrt(frame["post"].var() / frame["post"].count() + frame["pre"].var() / frame["pre"].count())
    half = (change.loc["unlinked", "conf_high"] - change.loc["unlinked", "conf_low"]) / 2
    assert 1.96 * error < half < 2.3 * error
    assert "false links" in table.loc[("gain", "all"), "sentence"]
    assert "collegamenti" in linkage_effect(study, draws=2, lang="it")["sentence"].iloc[0]


def test_the_same_seed_gives_the_same_table(tmp_path):
    study, _ = linked(tmp_path, 2)
    pd.testing.assert_frame_equal(linkage_effect(study, draws=5), linkage_effect(study, draws=5))
