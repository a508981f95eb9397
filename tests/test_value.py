"""Costs and value: what one success cost, and what a return on investment may say."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rmstudy as rm
from rmstudy import wording
from rmstudy.errors import DesignError
from rmstudy.methods.change import reliable_change
from rmstudy.methods.wilson import wilson
from rmstudy.programme.value import (
    programme_costs,
    return_on_investment,
    study_costs,
    study_return,
    unit_costs,
)
from rmstudy.results import Estimate, Result
from rmstudy.study.plan import Value
from rmstudy.wording import LANGUAGES


@pytest.fixture(scope="module")
def study():
    return rm.load_sample("digital-skills")


def effect(low: float | None, middle: float, high: float | None, unit: str = "points") -> Result:
    """A result with an interval."""
    row = Estimate("difference", middle, conf_low=low, conf_high=high)
    return Result(
        "adjusted_difference", "test", "programme minus comparison", unit, (row,), 0.95, {"all": 80}, {}
    )


def worth(low: float, central: float, high: float) -> Value:
    """What a point is worth."""
    return Value(criterion="test", low=low, central=central, high=high, rationale="the finance department")


# --- costs -----------------------------------------------------------------------------------------


def test_the_amount_counts_and_what_does_not_fit_is_found():
    costs = pd.DataFrame(
        {
            "cost_id": ["fits", "rounded", "apart", "reckoned", "empty"],
            "category": "x",
            "hours": ["10", "229.2", "10", "4", None],
            "rate": ["30", "62", "30", "25.5", "9"],
            "amount": ["300", "14214", "400", None, None],
        }
    )
    found = programme_costs(costs)
    # 300 + 14214 + 400 + 4 x 25.5; 229.2 x 62 = 14210.4 is rounding, 10 x 30 against 400 is not
    assert found.total == pytest.approx(15016)
    assert [(problem.row, problem.severity) for problem in found.findings] == [
        (4, "to decide"),
        (6, "to decide"),
    ]
    assert "hours times rate, which is 300" in str(found.findings[0])
    assert [note.code for note in found.notes] == ["cost_amount_differs", "cost_not_stated"]
    mixed = programme_costs(costs.sample(frac=1, random_state=1))
    assert mixed.total == pytest.approx(found.total)


def test_no_amounts_at_all_are_refused():
    with pytest.raises(DesignError, match="No cost has an amount"):
        programme_costs(pd.DataFrame({"cost_id": ["a"], "category": ["x"]}))
    with pytest.raises(DesignError, match="no table costs"):
        study_costs(rm.load_sample("no-comparison"))


def test_unit_costs_of_the_sample_by_hand(study):
    found = study_costs(study).table.set_index("what")
    total = 9880 + 5280 + 2700 + 14214 + 10316 + 2400
    pairs = study.tables["pairs"]
    completed = (pairs["end_reason"] == "completed").sum()
    assert found.loc["completed pair", "cost"] == pytest.approx(total / completed)
    # 48 with a seat, of whom four never met: too few to be told, so the cost lies between that of 44 and of 48
    met = found.loc["mentee who met at least once"]
    assert pd.isna(met["people"])
    assert pd.isna(met["cost"])
    assert met[["conf_low", "conf_high"]].tolist() == pytest.approx([total / 48, total / 44])
    frame = study.frame("digital_test", role="mentee")
    ours = frame[frame["arm"] == "programme"].dropna(subset=["pre", "post"])
    instrument = study.plan.instruments["digital_test"]
    beyond = 1.96 * instrument.reference_sd * (2 * (1 - instrument.reliability)) ** 0.5
    improved = int((ours["post"] - ours["pre"] > beyond).sum())
    share = wilson("share", improved, len(ours), 0.95)
    row = found.loc["reliably improved person"]
    assert row["people"] == improved
    assert row["cost"] == pytest.approx(total / improved)
    assert row["conf_low"] == pytest.approx(total / (share.conf_high * len(ours)))
    assert row["conf_high"] == pytest.approx(total / (share.conf_low * len(ours)))


def changed(n: int, improved: int) -> Result:
    """People of whom so many improved far beyond error."""
    frame = pd.DataFrame({"pre": [10.0 + i % 3 for i in range(n)]})
    frame["post"] = frame["pre"] + [20.0 if i < improved else 0.0 for i in range(n)]
    return reliable_change(frame, reliability=0.9, reliability_source="manual", sd=4)


def test_few_people_are_never_put_beside_a_price():
    found = unit_costs(1000, completed_pairs=4, met_once=5, improved=changed(20, 4))
    assert found.table["cost"].isna().tolist() == [True, False, True]
    assert found.table["people"].isna().tolist() == [True, False, True]
    assert [note.code for note in found.notes] == ["cost_too_few", "cost_too_few"]
    assert "One completed pair" not in found.text()


def test_a_price_does_not_give_away_the_few_who_are_left_out():
    # 37 of 40: the three others must not be told; of 35 the five others may be
    close, apart = (unit_costs(4000, met_once=n, assigned=40, pairs=40, completed_pairs=n) for n in (37, 35))
    assert [(row.cost, row.low, row.high) for row in close.rows] == [
        (None, 100, pytest.approx(4000 / 36))
    ] * 2
    assert [row.cost for row in apart.rows] == [pytest.approx(4000 / 35)] * 2
    assert "37" not in repr(close)
    assert unit_costs(4000, met_once=40, assigned=40).rows[0].cost == 100
    assert unit_costs(4000, improved=changed(20, 17)).rows[0].cost is None


def test_the_price_of_an_improved_person_follows_the_share():
    found = unit_costs(1000, improved=changed(20, 10)).rows[0]
    # Wilson's interval of 10 of 20: 0.2993 to 0.7007
    assert (found.cost, found.low, found.high) == (
        pytest.approx(100),
        pytest.approx(1000 / (0.7007 * 20), rel=1e-3),
        pytest.approx(1000 / (0.2993 * 20), rel=1e-3),
    )
    with pytest.raises(DesignError, match="improved is a result of adjusted_difference"):
        unit_costs(1000, improved=effect(1, 2, 3))
    with pytest.raises(DesignError, match="not above zero"):
        unit_costs(0, completed_pairs=10)


def test_an_unreliable_instrument_gives_a_reason_in_place_of_a_price(study):
    plan = study.plan
    for reliability, message in ((0.6, "below 0.7"), (None, "no reliability")):
        test = plan.instruments["digital_test"].model_copy(update={"reliability": reliability})
        weaker = plan.model_copy(update={"instruments": {**plan.instruments, "digital_test": test}})
        found = study_costs(replace(study, plan=weaker))
        assert found.rows[-1].cost is None
        assert [message in note.text() for note in found.notes if note.code == "cost_improved_refused"] == [
            True
        ]
    with pytest.raises(DesignError, match="Did you mean 'knowledge'"):
        study_costs(study, criterion="knowledg")


# --- return on investment --------------------------------------------------------------------------


def test_published_returns():
    # Phillips & Phillips, Measuring the Success of Learning Through Technology (2014), the case Transoft:
    # 3,800 dollars a month more than the comparison group, 12 months, 25 people, 20 percent margin: 228,000
    sold = return_on_investment(
        effect(3800, 3800, 3800), people=25, value=worth(2.4, 2.4, 2.4), cost=100_000, strength=3
    )
    assert sold.table["benefit"].tolist() == pytest.approx([228_000] * 3)
    # ASTD Links, July 2003, "ROI on the Fly", dealers: (1,200,000 - 208,460) / 208,460, printed as 476 percent
    dealers = return_on_investment(
        effect(1, 1, 1), people=1, value=worth(1.2e6, 1.2e6, 1.2e6), cost=208_460, strength=3
    )
    assert dealers.table["roi"].tolist() == pytest.approx([4.76] * 3, abs=0.005)
    assert "476%" in dealers.text()


def test_the_worksheet_by_hand():
    table = return_on_investment(
        effect(1, 3, 5), people=50, value=worth(100, 200, 300), cost=20_000, strength=5
    ).table.set_index("scenario")
    assert table["benefit"].tolist() == [5_000, 30_000, 75_000]
    assert table["net_benefit"].tolist() == [-15_000, 10_000, 55_000]
    assert table["roi"].tolist() == [-0.75, 0.5, 2.75]
    assert table["break_even_effect"].tolist() == [4, 2, pytest.approx(4 / 3)]


def test_a_loss_is_not_made_smaller_than_it_may_be():
    sheet = return_on_investment(
        effect(-2, 1, 4), people=10, value=worth(100, 200, 300), cost=1000, strength=5
    )
    # the lower limit with the dear point: -2 x 10 x 300
    assert sheet.table["benefit"].tolist() == [-6_000, 2_000, 12_000]
    assert sheet.table["roi"].tolist() == [-7, 1, 11]
    assert "value_may_be_loss" in {note.code for note in sheet.notes}
    worse = return_on_investment(
        effect(-4, -3, -1), people=10, value=worth(100, 200, 300), cost=1000, strength=5
    )
    assert worse.table["benefit"].tolist() == [-12_000, -6_000, -1_000]


amounts = st.floats(0, 1000)


@given(
    st.lists(st.floats(-50, 50), min_size=3, max_size=3).map(sorted),
    st.lists(amounts, min_size=3, max_size=3).map(sorted),
    st.integers(1, 500),
    st.floats(1, 1e6),
)
def test_low_is_never_above_central_nor_central_above_high(limits, values, people, cost):
    sheet = return_on_investment(effect(*limits), people=people, value=worth(*values), cost=cost, strength=4)
    low, central, high = sheet.table["benefit"]
    assert low <= central <= high
    central_row = sheet.table.iloc[1]
    even = central_row["break_even_effect"]
    if values[1] > 1e-6:
        assert even * people * values[1] == pytest.approx(cost)
        if abs(limits[1] - even) > 1e-9 * even:
            assert (central_row["roi"] >= 0) == (limits[1] >= even)


def test_where_less_is_better_a_fall_is_the_benefit():
    table = return_on_investment(
        effect(-5, -3, -1),
        people=50,
        value=worth(100, 200, 300),
        cost=20_000,
        strength=5,
        higher_is_better=False,
    ).table
    assert table["effect"].tolist() == [1, 3, 5]


@pytest.mark.parametrize("strength", [1, 2])
def test_without_evidence_there_is_no_return_unless_somebody_insists(strength):
    given_ = {"people": 50, "value": worth(100, 200, 300), "cost": 20_000, "strength": strength}
    with pytest.raises(DesignError, match=f"level {strength} of the Maryland scale; .* needs 3"):
        return_on_investment(effect(1, 3, 5), **given_)
    sheet = return_on_investment(effect(1, 3, 5), **given_, override=True)
    assert sheet.notes[0].code == "value_cause_not_shown"
    for shown in (repr(sheet), sheet._repr_html_()):
        assert "which nobody has shown" in shown.replace("&#x27;", "'")
    sure = return_on_investment(effect(1, 3, 5), **given_ | {"strength": 3}, override=True)
    assert "value_cause_not_shown" not in {note.code for note in sure.notes}


@pytest.mark.parametrize(
    ("found", "more", "message"),
    [
        (effect(None, 3, None), {}, "has no interval"),
        (effect(1, 3, 5, "standard deviations (within arms)"), {}, "needs points of the outcome"),
        (effect(1, 3, 5), {"people": 0}, "counted for somebody"),
        (effect(1, 3, 5), {"cost": 0.0}, "not above zero"),
    ],
)
def test_what_cannot_be_multiplied_is_refused(found, more, message):
    given_ = {"people": 50, "value": worth(1, 2, 3), "cost": 20_000, "strength": 5} | more
    with pytest.raises(DesignError, match=message):
        return_on_investment(found, **given_)


def test_the_return_of_the_sample(study):
    judged = {one.criterion.id: one for one in rm.evaluate(study).criteria}
    found = judged["knowledge"]
    sheet = study_return(study, found.result, strength=found.strength)
    e, value, total = found.result.headline, study.plan.value, 44_790
    assert sheet.people == 48
    assert sheet.table["roi"].tolist() == pytest.approx(
        [
            (limit * 48 * worth_ - total) / total
            for limit, worth_ in (
                (e.conf_low, value.low),
                (e.estimate, value.central),
                (e.conf_high, value.high),
            )
        ]
    )
    before_after = judged["knowledge-change"]
    with pytest.raises(DesignError, match="level 1 of the Maryland scale"):
        study_return(study, before_after.result, strength=before_after.strength)
    with pytest.raises(DesignError, match="does not say what a point is worth"):
        study_return(rm.load_sample("no-comparison"), found.result, strength=5)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_everything_is_said_in_both_languages(study, lang, monkeypatch):
    known, missed, plain = wording._catalogue("it"), set(), wording.translate

    def listening(text: str, asked: str = "en") -> str:
        if asked == "it" and "{" in text and text not in known:
            missed.add(text)
        return plain(text, asked)

    monkeypatch.setattr(wording, "translate", listening)
    found = next(one for one in rm.evaluate(study).criteria if one.criterion.id == "knowledge")
    for one in (
        study_costs(study),
        unit_costs(1000, completed_pairs=3, improved=changed(20, 10)),
        study_return(study, found.result, strength=1, override=True, lang=lang),
    ):
        assert one.text(lang)
        assert all(note.text(lang) for note in one.notes)
    assert not missed


def test_the_effect_must_be_that_of_the_outcome_with_a_value():
    study = rm.load_sample("digital-skills")
    other = next(one for one in rm.evaluate(study).criteria if one.criterion.id == "leadership")
    with pytest.raises(
        DesignError, match="a point of 'digital_test'; the effect given is one on 'leadership'"
    ):
        study_return(study, other.result, strength=5)


def test_who_met_and_did_not_complete_cannot_be_had_from_two_costs():
    # 44 met and 40 completed: four people, whoever else had a seat
    completed, met = unit_costs(44000, completed_pairs=40, met_once=44, pairs=60, assigned=60).rows
    assert completed.people == 40
    assert met.people is None
    assert (met.low, met.high) == (44000 / 44, 44000 / 36)
    assert unit_costs(44000, completed_pairs=40, met_once=50, pairs=60, assigned=60).rows[1].people == 50


def test_the_table_of_costs_has_figures_and_no_stray_words():
    shown = study_costs(rm.load_sample("digital-skills"))._repr_html_()
    assert "933 to 1,018<" in shown
    assert "2,517 to 6,143<" in shown
