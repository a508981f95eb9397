"""Monitoring: the planted pairs are found, the healthy ones are not, and a client sees neither."""

from __future__ import annotations

import datetime as dt
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

import rmstudy as rm
from rmstudy.cli import app
from rmstudy.errors import DesignError
from rmstudy.programme.monitoring import (
    Healthy,
    Rules,
    control_chart,
    false_alarms,
    kaplan_meier,
    retention,
)
from rmstudy.programme.monitoring.endings import joined_steps
from rmstudy.programme.monitoring.rules import in_a_row, row_level, signs, silence_level
from rmstudy.programme.monitoring.spells import lines
from rmstudy.programme.monitoring.told import told_apart

ROOT = Path(__file__).resolve().parents[1]
FLAGSHIP = ROOT / "data" / "sample" / "digital-skills"
COUNTS = yaml.safe_load((FLAGSHIP / "codebook.yml").read_text(encoding="utf-8"))["known_counts"]
DAYS = ["2024-01-15", "2024-02-15", "2024-03-22", "2024-04-15", "2024-05-31", "2024-07-01", "2024-07-15"]


@pytest.fixture(scope="module")
def study():
    return rm.load_sample("digital-skills")


@pytest.fixture(scope="module")
def rules(study):
    return Rules.of(study.plan)


def with_plan(study, **changes):
    """The study with other keys of its monitoring section."""
    monitoring = study.plan.monitoring.model_copy(update=changes)
    return replace(study, plan=study.plan.model_copy(update={"monitoring": monitoring}))


def with_tables(study, **changes):
    """The study with other tables; None takes one away."""
    tables = {name: table for name, table in (dict(study.tables) | changes).items() if table is not None}
    return replace(study, tables=tables)


def listed(seen, level, sign):
    """Pairs on the coordinator's list with a level and a sign."""
    found = seen.coordinator.act_on()
    return found.loc[(found["level"] == level) & found["sign"].str.contains(sign), "pair_id"].tolist()


# --- the flagship --------------------------------------------------------------------------------------------


def test_the_planted_pairs_are_found_and_no_other(study):
    seen = rm.monitor(study)
    assert seen.as_of == dt.date(2024, 7, 15)
    assert sorted(listed(seen, "clear", "never met")) == COUNTS["silent_pairs"]
    assert sorted(listed(seen, "clear", "hierarchy")) == COUNTS["relapsing_pairs"]
    found = seen.coordinator.act_on()
    assert not found["sign"].str.contains("apart").any()
    assert set(found.loc[found["sign"].str.contains("hierarchy"), "pair_id"]) == set(
        COUNTS["relapsing_pairs"]
    )


def test_no_healthy_pair_is_listed_as_clear_on_any_day(study):
    planted = {*COUNTS["silent_pairs"], *COUNTS["relapsing_pairs"]}
    for day in pd.date_range("2024-01-22", "2024-07-15", freq="14D"):
        seen = rm.monitor(study, as_of=day.date())
        spells = seen.coordinator.spells
        healthy = set(spells.loc[~spells["behind"], "pair_id"]) - planted
        found = seen.coordinator.act_on()
        assert not healthy & set(found.loc[found["level"] == "clear", "pair_id"]), day
        assert not healthy & set(found.loc[found["sign"] == "hierarchy", "pair_id"]), day


def test_in_the_middle_of_the_programme_the_list_is_short_and_has_them(study):
    seen = rm.monitor(study, as_of="2024-04-15")
    assert sorted(listed(seen, "clear", "never met")) == COUNTS["silent_pairs"]
    # by that day p12 has had three bad meetings; p04 and p43 one each, the first
    assert listed(seen, "clear", "hierarchy") == ["p12"]
    assert listed(seen, "soft", "hierarchy") == ["p43", "p04"]
    assert len(seen.coordinator.act_on()) <= 8
    ended = {"p33", "p40", "p47"}  # reassigned three weeks before
    assert not ended & set(seen.coordinator.act_on()["pair_id"])
    spells = seen.coordinator.spells.set_index("pair_id")
    assert not spells.loc[sorted(ended), "running"].any()
    assert spells.loc["p49", "days"] == 14


def test_the_clear_stand_before_the_soft_and_the_longest_first(study):
    found = rm.monitor(study, as_of="2024-04-15").coordinator.act_on()
    assert found["level"].tolist() == sorted(found["level"])  # clear before soft
    for _, part in found.groupby("level"):
        assert part["since"].is_monotonic_increasing
    assert found[["reason", "next_step"]].map(len).min(axis=None) > 30


def test_the_list_is_italian_throughout(study):
    coordinator = rm.monitor(study, as_of="2024-04-15").coordinator
    english, italian = coordinator.act_on(), coordinator.act_on("it")
    assert english["pair_id"].tolist() == italian["pair_id"].tolist()
    for name in ("level", "sign", "reason", "next_step"):
        assert not set(english[name]) & set(italian[name])
    seen = rm.monitor(study)
    assert not set(seen.table().iloc[:, 1]) & set(seen.table("it").iloc[:, 1])
    assert "al 15 luglio 2024" in seen.coordinator.text("it")


# --- a day, and what was not known then ------------------------------------------------------------------------


@pytest.mark.parametrize("day", DAYS)
def test_the_later_data_do_not_matter(study, day):
    pairs, meetings = study.tables["pairs"], study.tables["meetings"]
    known = pairs[pairs["start"] <= day].copy()
    later = known["end"] > day
    known.loc[later, ["end", "end_reason"]] = None
    held = meetings[meetings["date"] <= day]
    log = study.tables["meeting_log"]
    then = with_tables(
        study, pairs=known, meetings=held, meeting_log=log[log["meeting_id"].isin(held["meeting_id"])]
    )
    now, before = rm.monitor(study, as_of=day), rm.monitor(then, as_of=day)
    pd.testing.assert_frame_equal(now.aggregate, before.aggregate)
    pd.testing.assert_frame_equal(now.retention, before.retention)
    pd.testing.assert_frame_equal(now.coordinator.act_on(), before.coordinator.act_on())


def test_the_order_of_rows_does_not_matter(study):
    mixed = {
        name: study.tables[name].sample(frac=1, random_state=3)
        for name in ("pairs", "meetings", "meeting_log")
    }
    one, other = rm.monitor(study), rm.monitor(with_tables(study, **mixed))
    pd.testing.assert_frame_equal(one.aggregate, other.aggregate)
    pd.testing.assert_frame_equal(one.coordinator.act_on(), other.coordinator.act_on())
    pd.testing.assert_frame_equal(one.coordinator.spells, other.coordinator.spells)


def test_without_a_day_it_is_the_last_one_known_and_a_planned_end_is_not(study):
    pairs = study.tables["pairs"].copy()
    pairs["end_reason"] = None
    pairs["end"] = "2030-01-01"
    last = study.tables["meetings"]["date"].max()
    seen = rm.monitor(with_tables(study, pairs=pairs))
    assert seen.as_of.isoformat() == last
    assert seen.coordinator.spells["running"].all()


def test_pairs_without_an_end_go_on_and_start_with_the_programme(study):
    pairs = study.tables["pairs"][["pair_id", "mentor_id", "mentee_id"]]
    seen = rm.monitor(with_tables(study, pairs=pairs, meeting_log=None), as_of="2024-04-15")
    assert seen.coordinator.spells["running"].all()
    assert (seen.coordinator.spells["start"] == pd.Timestamp("2024-01-15")).all()
    assert {"monitor_no_log"} <= {note.code for note in seen.notes}
    assert not seen.coordinator.act_on()["sign"].str.contains("hierarchy").any()


# --- one spell -------------------------------------------------------------------------------------------------


def test_commitment_silence_and_rhythm_of_a_spell(study):
    pairs = study.tables["pairs"].query("pair_id == 'p01'")
    dates = ["2024-01-25", "2024-02-04", "2024-02-24", "2024-03-25", "2024-05-04"]  # gaps 10, 20, 30, 40
    meetings = study.tables["meetings"].head(5).assign(pair_id="p01", date=dates, minutes=["60"] * 4 + ["30"])
    seen = rm.monitor(
        with_tables(study, pairs=pairs, meetings=meetings, meeting_log=None), as_of="2024-05-15"
    )
    spell = seen.coordinator.spells.iloc[0]
    assert (spell["held"], spell["days"], spell["silent"], spell["days_to_first"]) == (5, 121, 11, 10)
    assert spell["due"] == pytest.approx(6 * 121 / 182)
    assert (spell["gap"], spell["gap_longest"], spell["gap_change"]) == (25, 40, 10)
    assert spell["trend"] == "gaps grow"
    assert spell["spread"] == pytest.approx(np.std([10, 20, 30, 40], ddof=1) / 25)
    assert spell["minutes"] == 54
    assert not spell["behind"]


def test_a_pair_that_keeps_its_commitment_may_pause(rules):
    level = silence_level(rules, held=[4, 3, 3, 3], silent=[80, 80, 91, 45], due=[4.0, 4.0, 4.0, 4.0])
    assert level.tolist() == [0, 1, 2, 0]
    assert silence_level(rules, held=0, silent=[30, 31, 60, 61], due=0.5).tolist() == [0, 1, 1, 2]


@given(st.integers(0, 10), st.integers(0, 300), st.integers(0, 60), st.floats(0, 6))
def test_longer_silence_never_lowers_the_level(held, silent, more, due):
    rules = Rules(30, 45, 35, 30, 3, 2, 6, 60, dt.date(2024, 1, 15), dt.date(2024, 7, 15))
    now, later = silence_level(rules, held=held, silent=[silent, silent + more], due=due)
    assert now <= later


def test_a_new_mentor_carries_the_seat_on(study):
    seen = rm.monitor(study)
    found = lines(seen.coordinator.spells)
    assert found[["p49", "p50", "p51", "p01"]].tolist() == ["p33", "p40", "p47", "p01"]
    states = seen.coordinator.milestones
    assert states.groupby("milestone")["pair_id"].nunique().tolist() == [48, 48]
    held = study.tables["meetings"]
    dates = sorted(held.loc[held["pair_id"].isin(["p33", "p49"]), "date"])
    halfway = states.set_index(["milestone", "pair_id"]).loc[("halfway", "p33"), "state"]
    third = dates[2] if len(dates) > 2 else "9999"
    assert halfway == (
        "reached in time" if third <= "2024-04-15" else "reached late" if len(dates) > 2 else "missed"
    )


def test_silence_comes_from_the_commitment_where_the_plan_has_no_limit(study):
    assert Rules.of(with_plan(study, silent_after_days=None).plan).silent_after == pytest.approx(
        1.5 * 182 / 6
    )
    plan = study.plan
    bare = plan.model_copy(
        update={
            "programme": plan.programme.model_copy(update={"planned_meetings": None}),
            "monitoring": plan.monitoring.model_copy(update={"silent_after_days": None}),
        }
    )
    seen = rm.monitor(replace(study, plan=bare))
    assert {"monitor_no_commitment", "monitor_no_silence"} <= {note.code for note in seen.notes}
    assert sorted(listed(seen, "clear", "never met")) == COUNTS["silent_pairs"]
    assert listed(seen, "clear", "silent") == []


# --- the slide back into hierarchy -------------------------------------------------------------------------------

NAN = float("nan")


@pytest.mark.parametrize(
    ("share", "upward", "held", "bad"),
    [
        ((20, 30), (1, 1), (0, 0), True),  # both say so
        ((20, NAN), (1, NAN), (NAN, NAN), True),  # one report is taken as it is
        ((20, 30), (1, 0), (0, 0), False),  # one of the two says otherwise
        ((20, 30), (0, 0), (0, 0), False),  # a low share alone
        ((50, 50), (1, 1), (0, 0), False),  # advice alone
        ((30, 45), (1, 1), (0, 0), False),  # on average above the limit
        ((30, 60), (0, 0), (0, 0), False),  # thirty points apart are not more than thirty
        ((30, 61), (0, 0), (0, 0), True),  # reports apart
        ((50, 50), (0, 0), (3, 0), True),  # one of the two saw the junior hold back
        ((NAN, NAN), (NAN, NAN), (NAN, NAN), False),
    ],
)
def test_the_rule_of_a_bad_meeting(rules, share, upward, held, bad):
    found = signs(rules, share=share, upward=upward, held_back=held)
    assert bool(found.bad) is bad
    assert bool(found.known) is not all(np.isnan((*share, *upward, *held)))


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=12))
def test_rows_of_bad_meetings_skip_the_unknown(meetings):
    bad, known = [b for b, _ in meetings], [k for _, k in meetings]
    row = 0
    for n, (is_bad, is_known) in enumerate(meetings):
        row = (row + 1 if is_bad else 0) if is_known else row
        assert in_a_row(bad, known)[n] == row


def test_the_first_is_soft_the_second_clear_and_a_good_meeting_ends_it(study, rules):
    assert row_level(rules, [0, 1, 2, 5]).tolist() == [0, 1, 2, 2]
    log = study.tables["meeting_log"].copy()
    last = log["meeting_id"] == "m023"  # the last one of p04
    log.loc[last, ["talk_share_mentor", "advice_direction", "held_back"]] = ["55", "both", "0"]
    assert "p04" not in set(rm.monitor(with_tables(study, meeting_log=log)).coordinator.act_on()["pair_id"])


def test_agenda_and_questions_stand_beside_and_never_flag(study):
    log = study.tables["meeting_log"].copy()
    before = rm.monitor(study).coordinator.act_on()
    log["agenda_by"], log["questions_by"] = "mentee", "mentor"
    after = rm.monitor(with_tables(study, meeting_log=log)).coordinator
    assert after.act_on()["pair_id"].tolist() == before["pair_id"].tolist()
    assert after.meetings.loc[after.meetings["known"], "agenda_by_senior"].all()


def test_the_study_s_own_role_names_are_understood(study):
    from rmstudy.study.plan import Role

    plan = study.plan.model_copy(
        update={"roles": {"junior": Role(acts_as="mentor"), "senior": Role(acts_as="mentee")}}
    )
    log = study.tables["meeting_log"].replace(
        {"reporter_role": {"mentor": "junior", "mentee": "senior"}, "agenda_by": {"mentee": "senior"}}
    )
    one, other = rm.monitor(study), rm.monitor(with_tables(replace(study, plan=plan), meeting_log=log))
    pd.testing.assert_frame_equal(one.coordinator.meetings, other.coordinator.meetings)


def test_reports_and_disagreement_by_hand(study):
    log = study.tables["meeting_log"]
    seen = rm.monitor(study).aggregate.set_index(["topic", "measure"])["value"]
    juniors = log[log["reporter_role"] == "mentor"]
    assert seen["reports by juniors", "reports"] == len(juniors)
    assert seen["reports by juniors", "missing reports"] == COUNTS["meetings"] - len(juniors)
    both = (
        log.pivot(index="meeting_id", columns="reporter_role", values="talk_share_mentor")  # noqa: PD010
        .astype(float)
        .dropna()
    )
    gap = both["mentor"] - both["mentee"]
    assert seen["disagreement", "juniors' minus seniors' report"] == pytest.approx(gap.mean())
    assert seen["disagreement", "the two reports lie too far apart"] == (gap.abs() > 30).mean()


# --- the control chart -----------------------------------------------------------------------------------------


def chart_data(shares: dict[str, list[float]]) -> pd.DataFrame:
    """Meetings of some pairs, one a day."""
    rows = [
        {"pair_id": pair, "date": pd.Timestamp(2024, 1, 1 + k), "share": share}
        for pair, values in shares.items()
        for k, share in enumerate(values)
    ]
    return pd.DataFrame(rows)


def test_the_limits_are_those_of_a_chart_for_individual_values():
    # moving ranges 0, 30, 5, of both pairs; sigma is their mean over d2 = 2 / sqrt(pi)
    data = chart_data({"a": [50, 50, 20], "b": [40, 45]})
    chart = control_chart(data, pair_id="a")
    wide = 3 * (35 / 3) / (2 / np.sqrt(np.pi)) * np.sqrt(1 + 1 / 2)
    assert chart["centre"].unique().tolist() == [50]
    assert chart["lower"].iloc[0] == pytest.approx(50 - wide)
    assert chart["upper"].iloc[0] == pytest.approx(50 + wide)


def test_the_two_rules_of_the_chart():
    steady = {f"q{n}": [50, 52, 50, 48, 50] for n in range(30)}
    sigma = None
    chart = control_chart(chart_data(steady | {"p": [50, 50, 50, 50]}), pair_id="p")
    sigma = (chart["centre"] - chart["lower"]).iloc[0] / 3
    near, far = 50 - 2.5 * sigma, 50 - 4 * sigma
    shown = control_chart(chart_data(steady | {"p": [50, 50, near, 50, near, 50, 50, far]}), pair_id="p")
    assert shown["signal"].tolist()[:4] == ["", "", "", ""]
    assert shown["signal"].tolist()[4] == "two of three beyond two sigma"
    assert shown["signal"].tolist()[7] == "beyond the limit"


def test_the_planted_pairs_leave_their_own_limits(study):
    coordinator = rm.monitor(study).coordinator
    beyond = {
        pair
        for pair in coordinator.meetings.dropna(subset=["share"])
        .groupby("pair_id")
        .filter(lambda g: len(g) > 2)["pair_id"]
        if coordinator.control_chart(pair)["signal"].eq("beyond the limit").any()
    }
    assert beyond == set(COUNTS["relapsing_pairs"])


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"a": [50, 50]}, "a has 2 meetings with a reported share"),
        ({"b": [50, 60]}, "No meeting of a pair 'a'"),
        ({"a": [50, 50, 50]}, "shares never differ"),
    ],
)
def test_a_chart_that_says_nothing_is_refused(data, words):
    with pytest.raises(DesignError, match=words):
        control_chart(chart_data(data), pair_id="a")


# --- retention -------------------------------------------------------------------------------------------------


def test_kaplan_meier_agrees_with_r():
    # R 4.2.2, survival 3.5-3: summary(survfit(Surv(time, status) ~ 1,
    #   data = aml[aml$x == "Maintained", ], conf.type = "log-log"))
    time, ended = [9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161], [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0]
    found = kaplan_meier(time, np.array(ended, dtype=bool)).query("ended > 0")
    assert found["at_risk"].tolist() == [11, 10, 8, 7, 5, 4, 2]
    share = [0.9090909091, 0.8181818182, 0.7159090909, 0.6136363636, 0.4909090909, 0.3681818182, 0.1840909091]
    low = [
        0.50808020577,
        0.44742861468,
        0.35019038591,
        0.26575204,
        0.16733090978,
        0.09282957494,
        0.01173848012,
    ]
    high = [0.9866738227, 0.9511622286, 0.8990239742, 0.8352992433, 0.7533997904, 0.6570408324, 0.5250148427]
    for name, values in (("share", share), ("low", low), ("high", high)):
        assert found[name].tolist() == pytest.approx(values, abs=1e-9)


def test_the_retention_of_the_flagship_agrees_with_r(study):
    # R: survfit(Surv(days, end_reason != "completed") ~ 1, conf.type = "log-log") on pairs.csv, days = end - start
    found = retention(study).query("ended > 0")
    assert found["day"].tolist() == [67, 106, 137, 182]
    assert found["at_risk"].tolist() == [51, 45, 42, 41]
    assert found["share"].tolist() == pytest.approx([0.9411764706, 0.8784313725, 0.8575163399, 0.7738562092])
    assert found["low"].tolist() == pytest.approx([0.8286118750, 0.7489857748, 0.7239220054, 0.6286431043])
    assert found["high"].tolist() == pytest.approx([0.9806404986, 0.9435303061, 0.9294739841, 0.8679765312])


def test_an_end_without_a_reason_is_early_only_before_the_planned_one(study):
    pairs = study.tables["pairs"].assign(end_reason=None)
    assert (
        retention(with_tables(study, pairs=pairs), as_of="2024-07-15")["ended"].sum() == 7
    )  # all before July
    assert retention(study, as_of="2024-04-15")["ended"].sum() == 3


@given(st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=1, max_size=60))
def test_no_step_shown_stands_for_few_pairs(spells):
    table = kaplan_meier([day for day, _ in spells], [ended for _, ended in spells])
    steps = joined_steps(table, minimum=5)
    total = sum(ended for _, ended in spells)
    assert steps.empty == (0 < total < 5)
    assert not ((steps["ended"] > 0) & (steps["ended"] < 5)).any()
    if not steps.empty:
        assert steps["ended"].sum() == total
        assert steps["share"].iloc[-1] == pytest.approx(table["share"].iloc[-1], abs=0.005)
        assert steps["day"].is_monotonic_increasing


def test_kaplan_meier_refuses_impossible_times():
    for time in ([], [-1.0], [NAN]):
        with pytest.raises(DesignError, match="Times must be days"):
            kaplan_meier(time, [True] * len(time))


# --- what a client may see -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("day", DAYS)
def test_no_figure_stands_for_few_pairs(study, day):
    seen = rm.monitor(study, as_of=day)
    counts = seen.aggregate[seen.aggregate["unit"] == "pairs"]
    shown = counts.loc[~counts["withheld"], "value"]
    assert not ((shown > 0) & (shown < 5)).any()
    assert counts.loc[counts["withheld"], "value"].isna().all()
    for _, part in counts.groupby("topic"):
        if part["withheld"].any():
            hidden = int(part["pairs"].iloc[0]) - part["value"].sum()
            assert hidden >= 5
            assert hidden > part["withheld"].sum()
    exact = sorted({0, *(int(text) for text in seen.aggregate["pairs"] if text.isdigit())})
    assert np.diff(exact).min() >= 5  # no few pairs can be told from two numbers of pairs
    assert set(counts["pairs"]) == {"48"}  # a new mentor makes no further pair


def test_pairs_are_counted_by_seat(study):
    seen = rm.monitor(study)
    parts = seen.aggregate.set_index(["topic", "measure"])
    spells = seen.coordinator.spells
    first = lines(spells)
    seats = spells.assign(seat=spells["pair_id"].map(first)).groupby("seat")[["held", "due"]].sum()
    kept = (seats["held"] + 1 > seats["due"]).sum()
    assert parts.loc[("commitment", "kept"), "value"] == kept
    assert parts.loc[("commitment", "behind"), "value"] == 48 - kept
    assert parts.loc[("ended", "completed"), "value"] == COUNTS["ended"]["completed"]
    assert ("ended", "reassigned") not in parts.index  # the seat went on with a new mentor


def told(numbers):
    """All numbers that an onlooker gets from parts of one total, alone and added up."""
    found = {0}
    for n in numbers:
        found |= {n + other for other in found}
    return found


def crossing(parts, total=48):
    """Least distance above none of two numbers told by different groupings of the same pairs."""
    groups = []
    for _, part in parts.groupby("topic"):
        exact = part[~part["withheld"] & ~part["about"]]
        rest = total - exact["value"].sum()
        groups.append(told([*exact["value"], *([rest] if rest and len(exact) else [])]))
    near = [abs(a - b) for i, one in enumerate(groups) for other in groups[:i] for a in one for b in other]
    return min((n for n in near if n), default=total)


@pytest.mark.parametrize("day", DAYS)
def test_two_groupings_of_the_same_pairs_tell_no_few_apart(study, day):
    seen = rm.monitor(study, as_of=day)
    counts = seen.aggregate[seen.aggregate["unit"] == "pairs"]
    assert crossing(counts) >= 5
    exact = counts.loc[~counts["withheld"] & ~counts["about"]]
    assert exact["topic"].nunique() >= 2  # it is not won by saying nothing
    assert seen.table("it").iloc[:, 2].str.startswith("≈").tolist() == seen.aggregate["about"].tolist()


def test_pairs_met_by_a_day_and_by_the_milestone_one_day_later(study):
    spells = study.tables["pairs"]
    met = study.tables["meetings"].groupby("pair_id")["date"].min()
    first = met.reindex(spells.loc[spells["predecessor_pair_id"].isna(), "pair_id"])
    assert [(first <= f"2024-02-{day}").sum() for day in (14, 15)] == [33, 34]  # one pair, if both were shown
    parts = rm.monitor(study).aggregate.set_index(["topic", "measure"])
    assert parts.loc[("first meeting", "met in time"), ["value", "about"]].tolist() == [33, False]
    assert parts.loc[("milestone: started", "reached in time"), ["value", "about"]].tolist() == [33, True]


@given(st.lists(st.tuples(st.integers(5, 25), st.integers(0, 25)), min_size=2, max_size=4))
def test_groupings_told_apart_hold_for_any_pairs(groupings):
    rows = []
    for k, (one, two) in enumerate(groupings):
        two = two if two >= 5 else 0  # no part is small by itself
        rows += [(f"t{k}", n, "pairs", 60, False) for n in (one, two, 60 - one - two) if n]
    table = pd.DataFrame(rows, columns=["topic", "value", "unit", "pairs", "withheld"])
    table = table.astype({"value": float})
    found = told_apart(table)
    assert crossing(found, total=60) >= 5
    true = table["value"].to_numpy()
    about, shown = found["about"].to_numpy(), found["value"].to_numpy()
    assert (np.abs(shown[about] - true[about]) < 5).all()
    assert (shown[~about & ~found["withheld"]] == true[~about & ~found["withheld"]]).all()


def test_the_curve_of_a_client_does_not_count_changes_of_mentor(study):
    seen = rm.monitor(study)
    assert retention(study)["ended"].sum() == 11  # three of them got a new mentor
    assert seen.retention["ended"].sum() == 48 - COUNTS["ended"]["completed"]
    # nobody is censored before the end: 40 of 48, and log-log limits 40/48 ** exp(±1.96 √(8 / (48 · 40)) / ln(40/48))
    spread = 1.959964 * np.sqrt(8 / (48 * 40)) / np.log(40 / 48)
    last = [40 / 48, (40 / 48) ** np.exp(-spread), (40 / 48) ** np.exp(spread)]
    assert seen.retention[["share", "low", "high"]].iloc[-1].tolist() == pytest.approx(last, abs=0.005)


def test_before_the_first_meeting_everybody_is_looked_at(study):
    seen = rm.monitor(with_tables(study, meetings=None, meeting_log=None), as_of="2024-02-20")
    found = seen.coordinator.act_on()
    assert set(found["sign"]) == {"never met"}
    assert len(found) == 48
    assert "monitor_no_meetings" in [note.code for note in seen.notes]


def test_an_end_without_a_day_is_said(study):
    endless = with_tables(study, pairs=study.tables["pairs"].assign(end=None))
    assert "monitor_end_without_day" in [note.code for note in rm.monitor(endless).notes]
    assert "monitor_end_without_day" not in [note.code for note in rm.monitor(study).notes]


def test_three_pairs_that_slid_back_are_not_told_to_the_client(study):
    figures = rm.monitor(study).aggregate.set_index("measure")
    assert figures.loc["a bad meeting by the plan's rule", "withheld"]
    assert figures.loc["the junior talked less than the plan asks", "withheld"]


def test_a_small_programme_shows_nothing_about_its_pairs(study):
    few = study.tables["pairs"].head(4)
    seen = rm.monitor(with_tables(study, pairs=few))
    assert seen.aggregate.query("unit != 'minutes'")["withheld"].all()
    assert "too few pairs" in seen.text()
    assert seen.progress.empty
    with pytest.raises(DesignError, match="too few pairs to show how often they met"):
        rm.plots.meetings(seen)


def test_no_pair_is_in_what_a_client_may_see(study):
    seen = rm.monitor(study)
    shown = " ".join(
        [
            repr(seen),
            seen._repr_html_(),
            seen.text("it"),
            *(t.to_csv() for t in (seen.aggregate, seen.table("it"), seen.retention, seen.progress)),
        ]
    )
    for pair in study.tables["pairs"]["pair_id"]:
        assert pair not in shown


def test_the_report_does_not_know_the_coordinator_s_part():
    for path in [*(ROOT / "rmstudy" / "report").rglob("*.py"), *(ROOT / "reports").glob("*.ipynb")]:
        text = path.read_text(encoding="utf-8")
        for word in (".coordinator", "act_on", "control_chart"):
            assert word not in text, f"{path.name}: {word}"


def test_without_a_legal_basis_there_are_aggregated_figures_only(study):
    seen = rm.monitor(with_plan(study, legal_basis=None))
    pd.testing.assert_frame_equal(seen.aggregate, rm.monitor(study).aggregate)
    assert "monitor_no_legal_basis" in {note.code for note in seen.notes}
    with pytest.raises(DesignError, match=r"no legal basis .* monitoring\.legal_basis"):
        _ = seen.coordinator


def test_the_coordinator_s_page_says_whose_it_is(study):
    coordinator = rm.monitor(study).coordinator
    page = coordinator._repr_html_()
    for shown in (repr(coordinator), page):
        assert "For the coordinator only" in shown
        assert "never to judge people" in shown
    people = study.tables["participants"]["person_id"]
    assert not [person for person in people if person in page]


# --- refusals --------------------------------------------------------------------------------------------------


def test_what_cannot_be_monitored_is_refused(study):
    with pytest.raises(DesignError, match="needs the table pairs, and this study has none yet"):
        rm.monitor(with_tables(study, meetings=None, pairs=None))
    for day in ("04/05/2024", "now", 20240415):  # two days, another one tomorrow, and 1970
        with pytest.raises(DesignError, match="is not a day"):
            rm.monitor(study, as_of=day)
    with pytest.raises(DesignError, match=r"No pair had started by then\. Choose a day from 2024-01-15 on"):
        rm.monitor(study, as_of="2023-12-24")
    with pytest.raises(DesignError, match="'soon' is not a day"):
        rm.monitor(study, as_of="soon")
    bare = study.plan.model_copy(
        update={"programme": study.plan.programme.model_copy(update={"start": None})}
    )
    with pytest.raises(DesignError, match="A pair has no start"):
        rm.monitor(with_tables(replace(study, plan=bare), pairs=study.tables["pairs"].drop(columns="start")))


# --- false alarms ------------------------------------------------------------------------------------------------


def of(table, sign, level):
    """Share and Monte Carlo error of one row."""
    row = table[(table["sign"] == sign) & (table["level"] == level)].iloc[0]
    return row["share"], row["mc_error"]


def test_two_in_a_row_agrees_with_the_recursion(study):
    p, meetings = 0.2, 6  # meetings at clockwork, the first after half a gap: six in the programme
    model = Healthy(
        talk_between=0, talk_within=0, upward=0, held_back=(1 - p, 0, 0, p, 0), reports=(1, 0), regularity=1e9
    )
    found = false_alarms(study.plan, pairs=50, simulations=400, healthy=model, every=1)
    none, one = 1.0, 0.0  # chance of no two in a row so far, by whether the last meeting was bad
    for _ in range(meetings):
        none, one = (none + one) * (1 - p), none * p
    for level, truth in (("soft", 1 - (1 - p) ** meetings), ("clear", 1 - none - one)):
        share, error = of(found, "hierarchy", level)
        assert 0 < error < 0.005
        assert share == pytest.approx(truth, abs=4 * error)


def test_a_late_first_meeting_agrees_with_the_exponential(study):
    plan = with_plan(study, silent_after_days=100_000).plan
    found = false_alarms(
        plan, pairs=50, simulations=400, healthy=Healthy(regularity=1, first_gap=1), every=1, seed=4
    )
    for level, day in (("soft", 31), ("clear", 61)):  # seen on the first whole day beyond the limit
        share, error = of(found, "silence", level)
        assert share == pytest.approx(np.exp(-day / (182 / 6)), abs=4 * error)


def test_healthy_pairs_of_the_sample_s_kind_are_hardly_ever_clear(study):
    found = false_alarms(study.plan, simulations=300)
    assert of(found, "hierarchy", "clear")[0] < 0.001
    assert of(found, "any", "clear")[0] < 0.02
    again = false_alarms(study.plan, simulations=300)
    pd.testing.assert_frame_equal(found, again)
    other = false_alarms(study.plan, simulations=300, seed=1)
    share, error = of(found, "any", "soft")
    assert share != of(other, "any", "soft")[0]
    assert share == pytest.approx(of(other, "any", "soft")[0], abs=6 * error)


def test_impossible_simulations_are_refused(study):
    bare = study.plan.model_copy(
        update={"programme": study.plan.programme.model_copy(update={"planned_meetings": None})}
    )
    with pytest.raises(DesignError, match="how often healthy pairs meet"):
        false_alarms(bare)
    for wrong in ({"pairs": 0}, {"simulations": 0}, {"every": 0}):
        with pytest.raises(DesignError, match="whole numbers from 1"):
            false_alarms(study.plan, **wrong)
    for model in (Healthy(held_back=(1, 1, 0, 0, 0)), Healthy(held_back=(1,))):
        with pytest.raises(DesignError, match="five chances"):
            false_alarms(study.plan, healthy=model)
    with pytest.raises(DesignError, match="above 0"):
        false_alarms(study.plan, healthy=Healthy(regularity=0))


# --- pictures and shell ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "it"])
def test_the_pictures_say_what_they_show(study, lang):
    seen = rm.monitor(study)
    ax = rm.plots.meetings(seen, lang=lang)
    assert "230" in rm.plots.alt_text(ax)
    assert "278" in rm.plots.alt_text(ax)
    rm.plots.close(ax)
    ax = rm.plots.retention(seen.retention, lang=lang)
    assert "83%" in rm.plots.alt_text(ax)
    assert ("69 to 91" if lang == "en" else "da 69 a 91") in rm.plots.alt_text(ax)
    rm.plots.close(ax)
    ax = rm.plots.control_chart(seen.coordinator.control_chart("p43"), limit=35, lang=lang)
    assert ("coordinator" if lang == "en" else "coordina") in rm.plots.alt_text(ax)
    assert ": 5" in rm.plots.alt_text(ax)
    rm.plots.close(ax)


def test_retention_of_few_ends_is_not_drawn(study):
    with pytest.raises(DesignError, match="Too few pairs have ended early"):
        rm.plots.retention(rm.monitor(study, as_of="2024-05-31").retention)


def test_the_shell_keeps_the_coordinator_s_part_apart(tmp_path):
    out = tmp_path / "out"
    done = CliRunner().invoke(app, ["monitor", str(FLAGSHIP), "--out", str(out), "--as-of", "2024-07-15"])
    assert done.exit_code == 0, done.output
    assert "13 with a clear sign" in done.output
    names = {path.name for path in out.iterdir()}
    assert {"aggregate.csv", "retention.csv", "meetings.png", "retention.png", "coordinator"} <= names
    acted = pd.read_csv(out / "coordinator" / "act-on.csv")
    assert set(COUNTS["silent_pairs"]) <= set(acted["pair_id"])
    for path in out.glob("*.csv"):
        assert "p06" not in path.read_text(encoding="utf-8")


def test_the_shell_makes_no_list_without_a_legal_basis(tmp_path):
    folder, out = tmp_path / "study", tmp_path / "out"
    shutil.copytree(FLAGSHIP, folder)
    plan = yaml.safe_load((folder / "study.yml").read_text(encoding="utf-8"))
    del plan["monitoring"]["legal_basis"]
    (folder / "study.yml").write_text(
        yaml.safe_dump(plan, allow_unicode=True, sort_keys=False), encoding="utf-8"
    )
    done = CliRunner().invoke(app, ["monitor", str(folder), "--out", str(out), "--lang", "it"])
    assert done.exit_code == 0, done.output
    assert "base giuridica" in done.output
    assert not (out / "coordinator").exists()


@pytest.mark.parametrize("lang", ["en", "it"])
def test_the_report_s_page_has_the_figures_and_no_pair(study, lang):
    from rmstudy.report import exhibits

    shown = exhibits.monitoring(rm.evaluate(study), lang=lang).html
    assert ("How the programme ran" if lang == "en" else "Come si è svolto il programma") in shown
    assert "230" in shown
    for pair in study.tables["pairs"]["pair_id"]:
        assert f">{pair}<" not in shown
    without = rm.evaluate(with_tables(study, meetings=None, meeting_log=None))
    assert "<img" not in exhibits.monitoring(without, lang=lang).html
