"""The sample studies: written again byte for byte, and everything their codebooks claim counted afresh."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
import yaml

from rmstudy.errors import DataError
from rmstudy.study.planfile import read_plan
from rmstudy.study.sample import NAMES, REPOSITORY_FOLDER, build, load_sample, write

SYNTHETIC = [name for name in NAMES if name != "national-supported-work"]


def table(study: str, name: str) -> pd.DataFrame:
    return pd.read_csv(REPOSITORY_FOLDER / study / f"{name}.csv", keep_default_na=False, na_values=[""])


def codebook(study: str) -> dict[str, Any]:
    return yaml.safe_load((REPOSITORY_FOLDER / study / "codebook.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", NAMES)
def test_the_tracked_files_are_what_the_generator_makes(name):
    tracked = {file.name: file.read_bytes() for file in (REPOSITORY_FOLDER / name).iterdir()}
    assert tracked == {file: text.encode("utf-8") for file, text in build(name).items()}


def test_writing_twice_leaves_the_same_whole_files(tmp_path):
    write(tmp_path)
    first = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    write(tmp_path)
    assert {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()} == first
    assert not [file for file in first if file.name.startswith(".")]


@pytest.mark.parametrize("name", NAMES)
def test_the_codebook_describes_every_table_and_column(name):
    described = codebook(name)["tables"]
    files = sorted((REPOSITORY_FOLDER / name).glob("*.csv"))
    assert sorted(described) == [file.name for file in files]
    for file in files:
        frame = table(name, file.stem)
        assert described[file.name]["rows"] == len(frame)
        assert list(described[file.name]["columns"]) == list(frame.columns)
        assert all(described[file.name]["columns"].values())


@pytest.mark.parametrize("name", NAMES)
def test_every_criterion_has_its_truth_and_its_verdict(name):
    plan = read_plan(REPOSITORY_FOLDER / name / "study.yml")
    criteria = {criterion.id for _, criterion in plan.criteria}
    assert set(codebook(name)["true_effects"]) == set(codebook(name)["verdicts"]) == criteria


@pytest.mark.parametrize("name", NAMES)
def test_every_study_loads_without_anything_to_refuse_or_to_decide(name):
    found = [finding for finding in load_sample(name).findings if finding.severity != "to know"]
    # questionnaires filled in with one and the same answer: planted, counted in the codebook
    assert [
        str(finding) for finding in found if (finding.severity, finding.rule) != ("to decide", "careless")
    ] == []
    assert len(found) == (9 if name == "digital-skills" else 0)


@pytest.mark.parametrize("name", NAMES)
def test_texts_for_reports_are_given_in_both_languages(name):
    plan = read_plan(REPOSITORY_FOLDER / name / "study.yml")
    texts = [goal.statement for goal in plan.goals]
    texts += [text for _, criterion in plan.criteria for text in (criterion.label, criterion.rationale)]
    texts += [instrument.name for instrument in plan.instruments.values()]
    texts += [text for instrument in plan.instruments.values() for text in instrument.items.values()]
    texts += [wave.label for wave in plan.waves.values()]
    assert [text for text in texts if not isinstance(text, dict) or set(text) != {"en", "it"}] == []


def test_an_unknown_sample_is_refused_with_the_nearest_name():
    with pytest.raises(DataError, match="Did you mean 'eight-pairs'"):
        load_sample("eight_pairs")
    with pytest.raises(DataError, match="Allowed: digital-skills, eight-pairs"):
        build("xyz")


def test_flagship_people_and_pairs_are_counted_right():
    known = codebook("digital-skills")["known_counts"]
    applications, pairs = table("digital-skills", "applications"), table("digital-skills", "pairs")
    assert known["applicants"] == len(applications) == 150
    assert known["eligible"] == (applications["eligible"] == "yes").sum() == 108
    people = table("digital-skills", "participants").merge(
        table("digital-skills", "assignments"), on="person_id"
    )
    counted = people.groupby(["role", "arm"]).size()
    assert known["people"] == {f"{role}, {arm}": n for (role, arm), n in counted.items()}
    assert counted.to_dict() == {
        ("mentee", "programme"): 48,
        ("mentee", "waitlist"): 60,
        ("mentee", "not_selected"): 42,
        ("mentor", "programme"): 44,
        ("mentor", "comparison"): 44,
    }
    first = pairs[pairs["predecessor_pair_id"].isna()]
    assert known["pairs"] == len(first) == first["mentee_id"].nunique() == 48
    assert known["spells"] == len(pairs) == 48 + known["mentor_swaps"]
    assert known["mentor_swaps"] == 3
    assert (
        known["mentors_with_two_seniors_at_the_start"] == (first["mentor_id"].value_counts() == 2).sum() == 4
    )
    assert known["ended"] == pairs["end_reason"].value_counts().to_dict()
    unit = people.set_index("person_id")["unit"]
    assert (unit[first["mentor_id"]].to_numpy() != unit[first["mentee_id"]].to_numpy()).all()


def test_flagship_lottery_gives_everyone_of_a_stratum_the_same_chance():
    drawn = table("digital-skills", "assignments").dropna(subset="stratum")
    seats = drawn.groupby("stratum")["arm"].agg(lambda arm: (arm == "programme").mean())
    assert seats.round(4).to_dict() == drawn.groupby("stratum")["probability"].first().to_dict()


def test_flagship_answers_are_counted_right():
    known = codebook("digital-skills")["known_counts"]
    responses = table("digital-skills", "responses")
    people = table("digital-skills", "participants").merge(
        table("digital-skills", "assignments"), on="person_id"
    )
    own = responses[responses["rater_id"].isna()].merge(people, on="person_id")
    counted = own.groupby(["role", "arm", "wave_id"]).size()
    assert known["answered"] == {", ".join(place): n for place, n in counted.items()}
    observers = responses.dropna(subset="rater_id")
    assert known["observer_rows"] == observers["wave_id"].value_counts().to_dict()
    assert not set(observers["rater_id"]) & set(people["person_id"])
    after = {
        arm: known["answered"][f"mentee, {arm}, post"] / n for arm, n in (("programme", 48), ("waitlist", 60))
    }
    assert 0 < after["programme"] - after["waitlist"] < 0.10


def test_flagship_straight_liners_tick_one_answer_and_nobody_else_does():
    known = codebook("digital-skills")["known_counts"]["straight_liners"]
    plan = read_plan(REPOSITORY_FOLDER / "digital-skills" / "study.yml")
    responses = table("digital-skills", "responses")
    scales = [
        i
        for name, i in plan.instruments.items()
        if i.range == (1, 5) and i.rater == "self" and name != "inclusion"  # whose answers are in words
    ]
    ticked = responses[[item for scale in scales for item in scale.items]]
    alike = (ticked.min(axis=1) == ticked.max(axis=1)) & (ticked.notna().sum(axis=1) > 10)
    assert set(responses.loc[alike, "person_id"]) == {*known["mentee"], *known["mentor"]}
    assert set(responses.loc[alike, "wave_id"]) == {"post"}


def test_flagship_test_forms_change_places_between_the_waves():
    responses = table("digital-skills", "responses").set_index(["person_id", "wave_id"])
    forms = {form: responses[[f"{form}{n:02d}" for n in range(1, 21)]].notna().sum(axis=1) for form in "ab"}
    assert set(forms["a"]) == set(forms["b"]) == {0, 20}
    taken = forms["a"][forms["a"] + forms["b"] > 0] == 20
    before, after = taken.xs("pre", level="wave_id"), taken.xs("post", level="wave_id")
    assert (before[after.index] != after).all()
    assert before.sum() == len(before) / 2 == 54


def test_flagship_silent_and_relapsing_pairs_are_the_planted_ones_and_no_others():
    known = codebook("digital-skills")["known_counts"]
    pairs, meetings = table("digital-skills", "pairs"), table("digital-skills", "meetings")
    assert known["meetings"] == len(meetings)
    never = set(pairs["pair_id"]) - set(meetings["pair_id"])
    assert (
        never == set(known["silent_pairs"]) == set(pairs.loc[pairs["end_reason"] == "never_met", "pair_id"])
    )
    log = table("digital-skills", "meeting_log").merge(meetings, on="meeting_id")
    bad = (log["talk_share_mentor"] < 35) & (log["advice_direction"] == "mentee_to_mentor")
    # a meeting counts when each report of it says so; a relapse is two such meetings in a row
    by_meeting = bad.groupby([log["pair_id"], log["date"], log["meeting_id"]]).all()
    twice = by_meeting & by_meeting.groupby(level="pair_id").shift(fill_value=False)
    assert set(twice[twice].index.get_level_values("pair_id")) == set(known["relapsing_pairs"])
    spell = pairs.set_index("pair_id").loc[meetings["pair_id"]]
    assert (meetings["date"].to_numpy() >= spell["start"].to_numpy()).all()
    assert (meetings["date"].to_numpy() <= spell["end"].to_numpy()).all()
    assert (pd.to_datetime(meetings["date"]).dt.day_of_week < 5).all()


def test_small_samples_are_counted_right():
    known = codebook("no-comparison")["known_counts"]
    answered = table("no-comparison", "responses").groupby("wave_id")["person_id"].nunique()
    assert (known["pairs"], known["answered_before"], known["answered_after"]) == (16, 16, 14)
    assert answered.to_dict() == {"pre": 16, "post": 14}
    assert len(table("no-comparison", "pairs")) == 16
    known = codebook("eight-pairs")["known_counts"]
    units = table("eight-pairs", "participants")["unit"].value_counts()
    assert known["people_by_unit"] == units.to_dict()
    assert set(units) == {1, 2, 3}
    assert len(table("eight-pairs", "pairs")) == known["pairs"] == 8
    responses = table("eight-pairs", "responses")
    after = responses[responses["wave_id"] == "post"].groupby("instrument_id")["person_id"].nunique()
    assert after.to_dict() == {"tech_confidence": 8, "leadership": 7}
    assert known["answered_after"] == {"mentee": 8, "mentor": 7}


def test_the_weakest_third_was_picked_on_the_first_score():
    known = codebook("picked-the-weakest")["known_counts"]
    responses = table("picked-the-weakest", "responses")
    score = responses[responses["wave_id"] == "pre"].set_index("person_id")["digital_test"]
    arm = table("picked-the-weakest", "assignments").set_index("person_id")["arm"].loc[score.index]
    assert (len(score), (arm == "programme").sum()) == (known["tested"], known["chosen"]) == (90, 30)
    assert score[arm == "programme"].max() <= score[arm == "not_selected"].min()
    again = set(responses.loc[responses["wave_id"] == "post", "person_id"])
    assert len(again) == known["tested_again"]
    assert set(arm[list(again)]) == {"programme"}


def test_national_supported_work_keeps_the_source_and_its_published_difference():
    causaldata = pytest.importorskip("causaldata.nsw_mixtape")
    source = causaldata.load_pandas().data
    responses = table("national-supported-work", "responses").set_index(["person_id", "wave_id"])
    wide = responses["earnings"].unstack("wave_id")  # noqa: PD010 - refuses duplicates
    for wave, column in (("earlier", "re74"), ("pre", "re75"), ("post", "re78")):
        assert wide[wave].tolist() == source[column].astype(float).tolist()
    arm = table("national-supported-work", "assignments").set_index("person_id")["arm"].loc[wide.index]
    assert codebook("national-supported-work")["known_counts"] == {
        "people": len(arm),
        "programme": (arm == "programme").sum(),
        "comparison": (arm == "comparison").sum(),
    }
    readme = (REPOSITORY_FOLDER / "national-supported-work" / "README.md").read_text(encoding="utf-8")
    assert "LaLonde, R. (1986)" in readme and "MIT" in readme
    treated, others = wide[arm == "programme"], wide[arm == "comparison"]
    # Dehejia and Wahba (1999): the benchmark of the experiment is 1,794
    assert treated["post"].mean() - others["post"].mean() == pytest.approx(1794, abs=0.5)


@pytest.mark.parametrize("name", SYNTHETIC)
def test_synthetic_files_stay_small_and_hold_no_address(name):
    texts = [file.read_text(encoding="utf-8") for file in (REPOSITORY_FOLDER / name).iterdir()]
    assert sum(map(len, texts)) < 500_000
    assert not any("@" in text for text in texts)


def test_the_readme_names_every_sample():
    readme = (REPOSITORY_FOLDER / "README.md").read_text(encoding="utf-8")
    assert [name for name in NAMES if f"`{name}`" not in readme] == []
