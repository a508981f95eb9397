"""The whole path on studies whose truth is known."""

from __future__ import annotations

import json

import numpy as np
import pytest
import small_study
import yaml

import rmstudy as rm
from rmstudy.errors import DataError
from rmstudy.evaluation import judge
from rmstudy.study.plan import Plan
from rmstudy.study.planfile import parse_plan
from rmstudy.study.sample import NAMES


@pytest.fixture(scope="module")
def job_training():
    return rm.evaluate(rm.load_sample("national-supported-work"))


@pytest.mark.parametrize(
    ("criterion", "dollars"),
    [
        ("adjusted", 1750),
        ("post-difference", 1794),
        ("difference-in-differences", 1529),
        ("one-group-gain", 4817),
    ],
)
def test_the_real_job_training_study_gives_the_published_numbers(job_training, criterion, dollars):
    # LaLonde (1986), Dehejia & Wahba (1999): mean earnings of 185 trainees and 260 controls
    assert job_training[criterion].result.headline.estimate == pytest.approx(dollars, abs=0.5)


def test_a_before_after_contrast_in_a_lottery_study_never_credits_the_programme(job_training):
    gain = job_training["one-group-gain"]
    assert gain.verdict == "met"
    assert gain.merit == "not shown"
    assert "cause not shown" in job_training.text()
    assert job_training["adjusted"].strength == 5
    assert job_training["adjusted"].merit == "shown"


def test_picking_the_weakest_never_reads_as_a_success_of_the_programme():
    judged = rm.evaluate(rm.load_sample("picked-the-weakest"))
    for one in judged.criteria:
        assert one.merit == "not shown"
        assert "rtm_covers" in [note.code for note in one.notes]
    sentences = {"en": "nothing is shown about the programme", "it": "sul programma non è dimostrato nulla"}
    for lang, sentence in sentences.items():
        answers = [line for line in judged.text(lang).splitlines() if line.startswith(("Senior", "I "))]
        assert answers
        assert all(sentence in line for line in answers)
    assert "brought it about" not in judged.text()


def test_the_flagship_meets_one_criterion_and_not_the_other():
    judged = rm.evaluate(rm.load_sample("digital-skills"))
    assert (judged["knowledge"].verdict, judged["knowledge"].merit) == ("met", "shown")
    assert judged["confidence"].verdict == "not_met"
    assert judged.goals[0].verdict == "not_met"


def test_eight_pairs_are_too_few_for_a_verdict():
    judged = rm.evaluate(rm.load_sample("eight-pairs"))
    assert {one.verdict for one in judged.criteria} == {"not_enough_data"}
    assert {one.gate.code for one in judged.criteria} == {"gate_people"}
    assert all(one.result is None for one in judged.criteria)


def lottery(rng: np.random.Generator, n: int = 60, effect: float = 0.0) -> dict[str, list[list[str]]]:
    """Tables of a lottery whose true effect is known."""
    start = rng.normal(50, 10, n)
    chosen = rng.permutation(n) < n // 2
    end = 50 + 0.7 * (start - 50) + rng.normal(0, 7, n) + effect * chosen
    participants = [["person_id", "role"]] + [[f"s{i}", "mentee"] for i in range(n)]
    assignments = [["person_id", "arm"]] + [
        [f"s{i}", "programme" if chosen[i] else "waitlist"] for i in range(n)
    ]
    responses = [["person_id", "wave_id", "score"]]
    for i in range(n):
        responses += [[f"s{i}", "pre", f"{start[i]:.3f}"], [f"s{i}", "post", f"{end[i]:.3f}"]]
    return {"participants": participants, "assignments": assignments, "responses": responses}


def lottery_plan(**criterion: object) -> dict:
    """Plan for `lottery`."""
    content = small_study.plan(
        instruments={"score": {"name": "Score", "role": "mentee", "range": [0, 100]}},
        design={"assignment": {"mentee": {"mechanism": "lottery", "comparison": "waitlist"}}},
    )
    content["goals"][0]["criteria"] = [
        {"id": "score", "instrument": "score", "contrast": "comparison", "threshold": 3, **criterion}
    ]
    return content


def test_a_thousand_null_lotteries_are_not_marked_down_for_chance_imbalance(tmp_path, monkeypatch):
    study = rm.load_study(small_study.write(tmp_path, lottery_plan(), lottery(np.random.default_rng(0))))
    goal, criterion = study.plan.criteria[0]
    rng = np.random.default_rng(20240115)
    plain = study.frame("score")
    shown, imbalanced = 0, 0
    for _ in range(1000):
        frame = plain.assign(pre=rng.normal(50, 10, len(plain)))
        frame["post"] = 50 + 0.7 * (frame["pre"] - 50) + rng.normal(0, 7, len(plain))
        frame["arm"] = np.where(rng.permutation(len(plain)) < len(plain) // 2, "programme", "waitlist")
        monkeypatch.setattr(type(study), "frame", lambda *_, frame=frame, **__: frame)
        one = judge(study, goal, criterion)
        assert one.strength == 5
        assert [note.code for note in one.reasons] == ["merit_lottery"]
        shown += one.merit == "shown"
        imbalanced += abs(one.balance["standardised_difference"].iloc[0]) > 0.25
    assert imbalanced > 200  # the imbalance that is not punished does occur
    assert shown <= 45  # 2.5 % in truth; the 99.9th percentile of Binomial(1000, .025) is 42


def test_lower_is_better_mirrors_everything(tmp_path):
    rows = lottery(np.random.default_rng(3), effect=8)
    up = rm.evaluate(rm.load_study(small_study.write(tmp_path / "up", lottery_plan(), rows)))["score"]
    for line in rows["responses"][1:]:
        line[2] = f"{100 - float(line[2]):.3f}"
    content = lottery_plan()
    content["instruments"]["score"]["higher_is"] = "worse"
    down = rm.evaluate(rm.load_study(small_study.write(tmp_path / "down", content, rows)))["score"]
    assert (up.verdict, up.merit) == (down.verdict, down.merit)
    assert down.result.headline.estimate == pytest.approx(-up.result.headline.estimate)
    assert (up.threshold, down.threshold) == (3, -3)


def test_self_selected_groups_are_at_most_plausible_and_crossing_over_lowers_them(tmp_path):
    rows = lottery(np.random.default_rng(3), effect=8)
    content = lottery_plan()
    content["design"]["assignment"]["mentee"]["mechanism"] = "self"
    content["roles"] = {"mentor": {}, "mentee": {}}
    free = rm.evaluate(rm.load_study(small_study.write(tmp_path / "self", content, rows)))["score"]
    assert free.strength <= 3
    assert free.merit in {"plausible", "not shown"}
    waiting = next(line[0] for line in rows["assignments"][1:] if line[1] == "waitlist")
    rows["participants"].append(["j1", "mentor"])
    rows["assignments"].append(["j1", "programme"])
    rows["pairs"] = [["pair_id", "mentor_id", "mentee_id"], ["p1", "j1", waiting]]
    crossed = rm.evaluate(rm.load_study(small_study.write(tmp_path / "crossed", lottery_plan(), rows)))[
        "score"
    ]
    assert crossed.strength == 4
    assert "merit_crossed_over" in [note.code for note in crossed.reasons]


def test_differential_attrition_lowers_a_lottery(tmp_path):
    rows = lottery(np.random.default_rng(3), effect=8)
    arm = dict(rows["assignments"][1:])
    gone = [person for person in arm if arm[person] == "waitlist"][:8]
    rows["responses"] = [line for line in rows["responses"] if not (line[1] == "post" and line[0] in gone)]
    one = rm.evaluate(rm.load_study(small_study.write(tmp_path, lottery_plan(), rows)))["score"]
    assert one.strength == 4
    assert one.merit == "plausible"
    assert dict(one.result.dropped) == {"programme": 0, "waitlist": 8}


@pytest.mark.parametrize(
    ("gates", "code"),
    [({"least_people": 40}, "gate_people"), ({"least_follow_up": 0.95}, "gate_follow_up")],
)
def test_gates_are_looked_at_before_the_estimate(tmp_path, gates, code):
    rows = lottery(np.random.default_rng(3), effect=8)
    gone = {f"s{i}" for i in range(8)}
    rows["responses"] = [line for line in rows["responses"] if not (line[1] == "post" and line[0] in gone)]
    content = lottery_plan() | {"analysis": {"gates": gates}}
    one = rm.evaluate(rm.load_study(small_study.write(tmp_path, content, rows)))["score"]
    assert (one.verdict, one.gate.code, one.result) == ("not_enough_data", code, None)


def test_a_share_needs_the_rise_as_well_and_a_target_above_the_start(tmp_path):
    rows = lottery(np.random.default_rng(3), effect=15)
    share = {"contrast": "share", "cutoff": 50, "unit": "percent"}
    reached = rm.evaluate(
        rm.load_study(small_study.write(tmp_path / "a", lottery_plan(threshold=60, **share), rows))
    )["score"]
    assert reached.verdict in {"met", "met_unconfirmed"}
    assert reached.merit == "not shown"
    below = rm.evaluate(
        rm.load_study(small_study.write(tmp_path / "b", lottery_plan(threshold=10, **share), rows))
    )
    assert below["score"].gate.code == "gate_share_threshold"


def test_thresholds_in_sd_and_percent_are_points_of_the_plan(tmp_path):
    rows = lottery(np.random.default_rng(3))
    content = lottery_plan(unit="sd", threshold=0.3)
    content["instruments"]["score"]["reference_sd"] = 12
    sd = rm.evaluate(rm.load_study(small_study.write(tmp_path / "sd", content, rows)))["score"]
    assert sd.threshold == pytest.approx(3.6)
    content = lottery_plan(unit="percent", threshold=5)
    content["instruments"]["score"]["range"] = [-20, 120]
    percent = rm.load_study(small_study.write(tmp_path / "percent", content, rows))
    assert rm.evaluate(percent)["score"].threshold == pytest.approx(6)


def test_any_of_several_criteria_is_judged_at_holms_levels(tmp_path):
    rows = lottery(np.random.default_rng(3), effect=8)
    for line in rows["responses"]:
        line.append("other" if line[0] == "person_id" else line[2])
    content = lottery_plan()
    content["instruments"]["other"] = content["instruments"]["score"]
    content["goals"][0]["criteria"].append(
        content["goals"][0]["criteria"][0] | {"id": "other", "instrument": "other"}
    )
    together = rm.evaluate(rm.load_study(small_study.write(tmp_path / "all", content, rows)))
    content["goals"][0]["require"] = "any"
    single = rm.evaluate(rm.load_study(small_study.write(tmp_path / "any", content, rows)))
    assert {one.result.level for one in together.criteria} == {0.95}
    levels = sorted(one.result.level for one in single.criteria)
    first = next(one for one in single.criteria if one.result.level == pytest.approx(0.975))
    assert levels[0] == pytest.approx(0.95 if first.verdict == "met" else 0.975)


def test_a_later_difference_needs_no_starting_score(tmp_path):
    rows = lottery(np.random.default_rng(3), effect=8)
    rows["responses"] = [line for line in rows["responses"] if line[1] != "pre"][:-3]
    content = lottery_plan(estimator="post_difference")
    one = rm.evaluate(rm.load_study(small_study.write(tmp_path / "drawn", content, rows)))["score"]
    assert sum(one.result.n.values()) == 57
    assert (one.strength, one.balance) == (5, None)
    assert {note.code for note in one.notes} == {"follow_up_assigned"}
    content["design"]["assignment"]["mentee"]["mechanism"] = "self"
    free = rm.evaluate(rm.load_study(small_study.write(tmp_path / "self", content, rows)))["score"]
    assert free.strength == 2
    assert "merit_baseline_unknown" in [note.code for note in free.reasons]
    with pytest.raises(DataError, match="from any mentee although the wave closed"):
        rm.load_study(small_study.write(tmp_path / "adjusted", lottery_plan(), rows))


def test_json_and_table_say_the_same(job_training):
    content = json.loads(job_training.to_json())
    assert content["format"] == 1
    assert len(content["fingerprint"]) == 64
    for row in content["criteria"]:
        assert job_training.table.loc[row["criterion"], "estimate"] == row["estimate"]
        assert job_training.table.loc[row["criterion"], "verdict"] == row["verdict"]


def test_an_unknown_criterion_is_named_with_the_nearest(job_training):
    with pytest.raises(KeyError, match="Did you mean 'adjusted'"):
        _ = job_training["ajusted"]


def test_the_plan_is_frozen():
    plan = parse_plan(small_study.plan())
    assert isinstance(plan, Plan)
    with pytest.raises(ValueError, match="frozen"):
        plan.version = 2


@pytest.mark.parametrize("name", NAMES)
def test_every_sample_gives_the_verdicts_of_its_codebook(name):
    study = rm.load_sample(name)
    codebook = yaml.safe_load((study.path / "codebook.yml").read_text(encoding="utf-8"))
    judged = rm.evaluate(study)
    found = {one.criterion.id: {"verdict": one.verdict, "merit": one.merit} for one in judged.criteria}
    assert found == codebook["verdicts"]


def test_people_who_share_a_mentor_are_one_cluster():
    study = rm.load_sample("digital-skills")
    frame = study.frame("digital_test")
    frame = frame[frame["arm"].isin(["programme", "waitlist"])]
    direct = rm.adjusted_difference(frame, cluster="cluster").headline
    plain = rm.adjusted_difference(frame).headline
    judged = rm.evaluate(study)["knowledge"].result.headline
    assert (judged.std_error, judged.df) == (direct.std_error, direct.df)
    assert judged.df != plain.df


def test_a_small_change_near_the_band_is_not_explained_by_it():
    judged = rm.evaluate(rm.load_sample("no-comparison"))
    codes = {one.criterion.id: {note.code for note in one.notes} for one in judged.criteria}
    assert "rtm_beyond" in codes["knowledge"]
    assert "rtm_unclear" in codes["confidence"]
    weakest = rm.evaluate(rm.load_sample("picked-the-weakest"))["knowledge"]
    assert "rtm_covers" in {note.code for note in weakest.notes}


def test_units_are_not_called_people():
    culture = rm.evaluate(rm.load_sample("digital-skills"))["learning-culture"]
    said = [note.text() for note in (*culture.reasons, *culture.notes, *culture.result.notes)]
    assert not [sentence for sentence in said if "people" in sentence.lower()]


def stratified(rng: np.random.Generator, *, probability: bool) -> dict[str, list[list[str]]]:
    """A lottery without effect in which the better stratum has three times the chance of a seat."""
    rows = lottery(rng, n=160)
    start = rng.normal(50, 5, 160) + np.repeat([8, 0], 80)
    rows["responses"] = [["person_id", "wave_id", "score"]]
    rows["assignments"] = [["person_id", "arm", "stratum", "probability"]]
    for i in range(160):
        better = i < 80
        seat = i % 80 < (60 if better else 20)
        chance = ["0.75" if better else "0.25"] if probability else [""]
        arm = "programme" if seat else "waitlist"
        rows["assignments"].append([f"s{i}", arm, "hq" if better else "branch", *chance])
        end = start[i] + rng.normal(0, 2)
        rows["responses"] += [[f"s{i}", "pre", f"{start[i]:.3f}"], [f"s{i}", "post", f"{end:.3f}"]]
    return rows


@pytest.mark.parametrize("probability", [True, False])
def test_unequal_chances_are_taken_into_account_or_cost_the_merit(tmp_path, probability):
    rows = stratified(np.random.default_rng(5), probability=probability)
    later = rm.evaluate(
        rm.load_study(small_study.write(tmp_path / "p", lottery_plan(estimator="post_difference"), rows))
    )["score"]
    assert (later.strength, later.merit) == (2, "not shown")
    assert "merit_unequal_odds" in [note.code for note in later.reasons]
    adjusted = rm.evaluate(rm.load_study(small_study.write(tmp_path / "a", lottery_plan(), rows)))["score"]
    assert adjusted.strength == 5
    assert adjusted.result.headline.conf_low < 0 < adjusted.result.headline.conf_high


@pytest.mark.parametrize("probability", [True, False])
@pytest.mark.parametrize("finer", [False, True])
def test_a_stratum_that_is_also_a_covariate_is_taken_into_account_once(tmp_path, probability, finer):
    rows = stratified(np.random.default_rng(5), probability=probability)
    rows["participants"][0].append("site")
    for i, line in enumerate(rows["participants"][1:]):
        line.append(("hq" if i < 80 else "branch") + (str(i % 2) if finer else ""))
    content = lottery_plan() | {"analysis": {"covariates": ["site"]}}
    one = rm.evaluate(rm.load_study(small_study.write(tmp_path, content, rows)))["score"]
    assert one.gate is None
    assert one.strength == 5
    assert one.result.headline.conf_low < 0 < one.result.headline.conf_high


def test_people_without_a_covariate_are_lost_people(tmp_path):
    rows = lottery(np.random.default_rng(3), effect=8)
    arm = dict(rows["assignments"][1:])
    rows["participants"][0].append("tenure")
    waiting = [person for person in arm if arm[person] == "waitlist"]
    for line in rows["participants"][1:]:
        line.append("" if line[0] in waiting[:15] else "3" if line[0] in waiting else "4")
    for i, line in enumerate(rows["participants"][1:]):
        line[2] = line[2] and str(1 + i % 4)
    content = lottery_plan() | {"analysis": {"covariates": ["tenure"]}}
    one = rm.evaluate(rm.load_study(small_study.write(tmp_path / "half", content, rows)))["score"]
    assert one.strength == 4
    for line in rows["participants"][1:]:
        line[2] = "" if line[0] in waiting[:25] else line[2]
    few = rm.evaluate(rm.load_study(small_study.write(tmp_path / "few", content, rows)))["score"]
    assert few.gate.code == "gate_people"


def test_silence_before_the_start_is_attrition_after_a_lottery(tmp_path):
    rows = lottery(np.random.default_rng(3), effect=8)
    arm = dict(rows["assignments"][1:])
    gone = [person for person in arm if arm[person] == "waitlist"][:12]
    rows["responses"] = [line for line in rows["responses"] if line[0] not in gone]
    one = rm.evaluate(rm.load_study(small_study.write(tmp_path, lottery_plan(), rows)))["score"]
    assert (one.strength, one.merit) == (4, "plausible")


def free_groups(tmp_path, site_of, **criterion):
    """Self-selected groups that differ, or not, in where they work."""
    rows = lottery(np.random.default_rng(3), effect=8)
    arm = dict(rows["assignments"][1:])
    rows["participants"] = [["person_id", "role", "site"]] + [
        [person, "mentee", site_of(i, arm[person])] for i, person in enumerate(arm)
    ]
    content = lottery_plan(estimator="difference_in_differences", **criterion)
    content["design"]["assignment"]["mentee"]["mechanism"] = "self"
    content["analysis"] = {"covariates": ["site"]}
    return rm.evaluate(rm.load_study(small_study.write(tmp_path, content, rows)))["score"]


def test_a_covariate_that_is_not_used_cannot_be_adjusted_for(tmp_path):
    apart = free_groups(tmp_path / "apart", lambda i, arm: "a" if arm == "programme" else "b")
    assert apart.strength == 2
    assert "covariates_unused" in [note.code for note in apart.notes]


def test_lotteries_that_were_none_are_found_whatever_the_comparison(tmp_path):
    rows = lottery(np.random.default_rng(3))
    rows["assignments"][0].append("mechanism")
    for line in rows["assignments"][1:]:
        line[1] = line[1].replace("waitlist", "not_selected")
        line.append("lottery" if line[1] == "programme" else "manager")
    content = lottery_plan()
    content["design"]["assignment"]["mentee"]["comparison"] = "not_selected"
    with pytest.raises(DataError, match="the plan says lottery"):
        rm.load_study(small_study.write(tmp_path, content, rows))


def test_a_participant_without_an_arm_is_put_to_the_person(tmp_path):
    rows = lottery(np.random.default_rng(3))
    rows["participants"].append(["s999", "mentee"])
    (finding,) = rm.load_study(small_study.write(tmp_path, lottery_plan(), rows)).findings
    assert (finding.severity, finding.value) == ("to decide", "s999")


def test_a_share_of_people_chosen_by_their_score_is_no_success(tmp_path):
    rows = lottery(np.random.default_rng(3), effect=15)
    content = lottery_plan(contrast="share", cutoff=50, unit="percent", threshold=60)
    content["design"]["selection"] = {"mentee": {"rule": "lowest third", "instrument": "score"}}
    judged = rm.evaluate(rm.load_study(small_study.write(tmp_path, content, rows)))
    assert "rtm_share" in [note.code for note in judged["score"].notes]
    assert "nothing is shown about the programme" in judged.text()
    counted = judged["score"].result
    assert sum(counted.n.values()) + sum(counted.dropped.values()) == 30


def test_a_ceiling_is_seen_whichever_way_is_up(tmp_path):
    rows = lottery(np.random.default_rng(3))
    for i, line in enumerate(rows["responses"][1:]):
        if line[1] == "pre" and i % 4 == 0:
            line[2] = "0"
    content = lottery_plan()
    content["instruments"]["score"]["higher_is"] = "worse"
    one = rm.evaluate(rm.load_study(small_study.write(tmp_path, content, rows)))["score"]
    assert "ceiling" in [note.code for note in one.notes]


# --- those who left ------------------------------------------------------------------------------------------


def test_the_tipping_point_is_where_the_verdict_turns():
    judged = rm.evaluate(rm.load_sample("digital-skills"))
    seen = set()
    for one in judged.criteria:
        tipping = one.beside.get("tipping")
        if one.verdict == "inconclusive" or one.goal.role == "unit":
            assert tipping is None
            continue
        shifted = {e.term: e for e in tipping.estimates}.get("estimate, lost shifted")
        if shifted is None or one.direction < 0:
            continue
        if one.verdict == "met_unconfirmed":  # the interval reaches zero, or the estimate the target
            distances = abs(shifted.conf_low), abs(shifted.estimate - one.threshold)
            assert min(distances) == pytest.approx(0, abs=1e-8), one.criterion.id
            assert shifted.estimate >= one.threshold - 1e-8
        else:
            limit = getattr(shifted, {"met": "conf_low", "not_met": "conf_high"}[one.verdict])
            assert limit == pytest.approx(one.threshold, abs=1e-8), one.criterion.id
        code = "verdict_tips_higher" if one.verdict == "not_met" else "verdict_tips_lower"
        assert code in {note.code for note in one.notes}
        seen.add(one.verdict)
    assert seen == {"met", "met_unconfirmed", "not_met"}


def test_where_nobody_was_lost_nothing_is_said_about_the_lost():
    judged = rm.evaluate(rm.load_sample("national-supported-work"))
    assert not [note for one in judged.criteria for note in one.notes if note.code.startswith("verdict")]
