"""Matching: exact, indifferent to the order of rows, and able to say why."""

from __future__ import annotations

import datetime as dt
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment
from typer.testing import CliRunner

import rmstudy as rm
from rmstudy import wording
from rmstudy.cli import app
from rmstudy.errors import DataError, DesignError
from rmstudy.plots import alt_text, close
from rmstudy.programme.matching import assignment, pool, solving, what_if
from rmstudy.programme.matching.assignment import NEVER, SCALE, Costs, best_assignment, fixed_lots
from rmstudy.study.plan import Matching
from rmstudy.study.tables import TABLES


def profiles(people: dict[str, dict[str, object]]) -> pd.DataFrame:
    """The long table of some people."""
    rows = [(person, name, str(value)) for person, one in people.items() for name, value in one.items()]
    return pd.DataFrame(rows, columns=["person_id", "attribute", "value"])


def matched(people, plan=None, **terms):
    """Juniors begin with j, seniors with s."""
    sides = {
        "mentors": [person for person in people if person.startswith("j")],
        "mentees": [person for person in people if person.startswith("s")],
    }
    return rm.match_pairs(profiles(people), **sides, plan=plan or Matching(), draws=5, **terms)


def together(matches) -> dict[str, str]:
    """Mentor of each mentee."""
    return dict(zip(matches.pairs["mentee_id"], matches.pairs["mentor_id"], strict=True))


# ---------------------------------------------------------------- against every possibility


def plain_score(senior: dict, junior: dict, weights: dict) -> float:
    """The score as docs/programme.md has it, written a second time without arrays."""
    parts = {}
    needs = {name[5:]: value for name, value in senior.items() if name.startswith("need_")}
    skills = {name[6:]: value for name, value in junior.items() if name.startswith("skill_")}
    if sum(needs.values()) > 0 and skills:
        own = {name[6:]: value for name, value in senior.items() if name.startswith("skill_")}
        useful = {x: v for x, v in skills.items() if x in needs and v > own.get(x, -1)}
        parts["skill"] = sum(min(needs[x], v) for x, v in useful.items()) / sum(needs.values())
    if "interest" in senior and "interest" in junior:
        one, two = set(senior["interest"].split("; ")), set(junior["interest"].split("; "))
        parts["interest"] = len(one & two) / len(one | two)
    known = {name: weights[name] for name in parts if weights.get(name)}
    return sum(parts[n] * w for n, w in known.items()) / sum(known.values()) if known else 0.0


level = st.integers(0, 4)
words = st.lists(st.sampled_from(["art", "golf", "music"]), min_size=1, max_size=2, unique=True).map(
    "; ".join
)
unit = st.sampled_from(["a", "b", "c"])
senior = st.fixed_dictionaries(
    {"need_data": level, "unit": unit}, optional={"need_ai": level, "skill_data": level, "interest": words}
)
junior = st.fixed_dictionaries(
    {"capacity": st.integers(0, 2), "unit": unit},
    optional={"skill_data": level, "skill_ai": level, "interest": words},
)


@st.composite
def small(draw):
    """A small programme with constraints, capacities, pins and pairs that are forbidden."""
    people = {f"s{n}": one for n, one in enumerate(draw(st.lists(senior, min_size=1, max_size=4)))}
    people |= {f"j{n}": one for n, one in enumerate(draw(st.lists(junior, min_size=1, max_size=4)))}
    juniors = [person for person in people if person[0] == "j"]
    seniors = [person for person in people if person[0] == "s"]
    every = [{"mentor": j, "mentee": s} for j in juniors for s in seniors]
    plan = Matching(
        weights={"skill": draw(st.integers(1, 3)), "interest": draw(st.integers(0, 3))},
        constraints=draw(st.sampled_from([(), ("different_unit",)])),
        forbidden=draw(st.lists(st.sampled_from(every), max_size=3)),
        pinned=draw(st.lists(st.sampled_from(every), max_size=1)),
        first=draw(st.sampled_from(["total", "worst_off", "mentors"])),
    )
    return people, plan


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(small())
def test_it_is_the_best_of_all_possibilities(case):
    people, plan = case
    juniors = sorted(person for person in people if person[0] == "j")
    seniors = sorted(person for person in people if person[0] == "s")
    forbidden = {(pin.mentor, pin.mentee) for pin in plan.forbidden}
    pins = {pin.mentee: pin.mentor for pin in plan.pinned}

    def allowed(choice):
        if any(choice.count(j) > people[j]["capacity"] for j in juniors):
            return False
        if any(dict(zip(seniors, choice, strict=True))[s] != j for s, j in pins.items()):
            return False
        return not any(
            (j, s) in forbidden or (plan.constraints and people[j]["unit"] == people[s]["unit"])
            for s, j in zip(seniors, choice, strict=True)
            if j
        )

    def worth(choice):
        made = [(s, j) for s, j in zip(seniors, choice, strict=True) if j]
        scores = {s: plain_score(people[s], people[j], plan.weights) for s, j in made}
        free = [score for s, score in scores.items() if s not in pins]
        before = {"worst_off": min(free, default=1.0), "mentors": len({j for _, j in made}), "total": 0}
        return len(made), round(before[plan.first], 7), round(sum(scores.values()), 6)

    possible = [choice for choice in product([None, *juniors], repeat=len(seniors)) if allowed(choice)]
    best = max(map(worth, possible), default=(0, 0, 0))
    try:
        found = matched(people, plan)
    except DesignError:
        assert best[0] == 0
        return
    chosen = together(found)
    choice = tuple(chosen.get(s) for s in seniors)
    assert allowed(choice)
    assert worth(choice) == best
    assert found.solution.gap == 0
    quality = found.quality.set_index("solution")
    greedy = quality.loc["greedy"]
    if plan.first == "total" and greedy["matched"] == best[0]:
        assert quality.loc["this", "total"] >= greedy["total"] - 1e-6
    assert quality.loc["this", "matched"] >= max(greedy["matched"], quality.loc["random", "matched"])
    assert (
        greedy["blocking"] == 0 or pins
    )  # with one score for both, the best pair first is a stable matching


# ---------------------------------------------------------------- the engine


def table_of(kind: str, rows: int, columns: int, seed: int) -> np.ndarray:
    """Costs of a kind: anything, many ties, or nearly the same for all rows."""
    draw = np.random.default_rng(seed)
    if kind == "any":
        cost = draw.integers(1, SCALE, (rows, columns))
    elif kind == "ties":
        cost = draw.integers(1, 4, (rows, columns))
    else:
        cost = draw.integers(1, SCALE // 2, (1, columns)) + draw.integers(0, 1000, (rows, columns))
    return np.where(draw.random((rows, columns)) < 0.1, NEVER, cost)


@pytest.mark.parametrize("kind", ["any", "ties", "near"])
@pytest.mark.parametrize(("rows", "columns"), [(90, 90), (60, 110), (110, 60)])
def test_kept_pairs_and_prices_give_what_all_pairs_give(kind, rows, columns, monkeypatch):
    table = table_of(kind, rows, columns, seed=rows)
    costs = Costs(rows, columns, lambda chosen: table[chosen])
    lots = fixed_lots([f"s{n}" for n in range(rows)], [f"j{n}" for n in range(columns)], seed=3)
    dense = best_assignment(costs, lots=lots)
    monkeypatch.setattr(assignment, "DENSE", 0)
    monkeypatch.setattr(assignment, "KEPT", (2, 1))
    monkeypatch.setattr(assignment, "ADDED", (2, 1))
    monkeypatch.setattr(assignment, "SAMPLED", (20, 20))
    monkeypatch.setattr(assignment, "BLOCK", 17 * columns)
    sparse = best_assignment(costs, lots=lots)
    assert dense.gap == sparse.gap == 0
    assert sparse.places.tolist() == dense.places.tolist()  # the same of many equally good ones
    full = np.where(table == NEVER, costs.unmatched, table)
    by_scipy = full[linear_sum_assignment(full.astype(float))].sum()
    got = sparse.places >= 0
    alone = costs.unmatched * (min(rows, columns) - got.sum())
    assert full[np.flatnonzero(got), sparse.places[got]].sum() + alone == by_scipy


@pytest.mark.parametrize("first", ["total", "worst_off", "mentors"])
def test_a_large_programme_is_matched_as_a_small_one_is(first, monkeypatch):
    draw = np.random.default_rng(7)
    people = {}
    for n in range(60):
        people[f"s{n}"] = {
            "need_a": draw.integers(1, 5),
            "need_b": draw.integers(0, 5),
            "unit": draw.integers(4),
        }
    for n in range(40):
        people[f"j{n}"] = {
            "skill_a": draw.integers(0, 5),
            "skill_b": draw.integers(0, 5),
            "unit": draw.integers(4),
        }
        people[f"j{n}"]["capacity"] = draw.integers(0, 3)
    plan = Matching(constraints=("different_unit",), first=first, pinned=[{"mentor": "j1", "mentee": "s1"}])
    people["j1"] |= {"unit": 8, "capacity": 2}
    small = matched(people, plan)
    for name, value in {
        "DENSE": 0,
        "KEPT": (2, 1),
        "ADDED": (2, 1),
        "SAMPLED": (15, 15),
        "BLOCK": 300,
    }.items():
        monkeypatch.setattr(assignment, name, value)
    monkeypatch.setattr(solving, "KEPT_FIRST", 5)
    monkeypatch.setattr(pool, "HELD", 0)
    large = matched(people, plan)
    pd.testing.assert_frame_equal(small.pairs, large.pairs)
    assert large.solution.gap == 0
    assert together(large)["s1"] == "j1"


def test_the_prices_prove_the_optimum():
    table = table_of("ties", 40, 50, seed=1)
    costs = Costs(40, 50, lambda rows: table[rows])
    best = best_assignment(costs)
    reduced = np.where(table == NEVER, costs.unmatched, table) + best.prices
    paid = np.minimum(reduced.min(axis=1), costs.unmatched)
    own = table[np.arange(40), best.places]
    assert own.sum() == paid.sum() - best.prices.sum()  # weak duality met with equality
    assert (best.prices >= 0).all()


@pytest.mark.parametrize("seed", range(6))
def test_ties_go_to_the_least_lots_of_all_equally_good_ways(seed):
    table = np.random.default_rng(seed).integers(1, 3, (4, 5))
    table[0, :3] = NEVER
    lots = fixed_lots(list("abcd"), list("vwxyz"), seed)
    found = best_assignment(Costs(4, 5, lambda rows: table[rows]), lots=lots)
    ways = [
        way
        for way in product(range(5), repeat=4)
        if len(set(way)) == 4 and all(table[i, j] != NEVER for i, j in enumerate(way))
    ]
    cost = {way: sum(table[i, j] for i, j in enumerate(way)) for way in ways}
    equal = [way for way in ways if cost[way] == min(cost.values())]
    drawn = {
        way: sum(int(lots(np.array([i]), np.array([j]))[0]) >> 16 for i, j in enumerate(way)) for way in equal
    }
    assert len(equal) > 1
    assert tuple(found.places.tolist()) == min(equal, key=drawn.__getitem__)


def test_the_best_pair_first_is_not_the_best():
    people = {
        "s1": {"need_a": 10},
        "s2": {"need_a": 5, "need_b": 5},
        "j1": {"skill_a": 10},
        "j2": {"skill_a": 4, "skill_b": 0},
    }
    # j1-s1 = 1, j1-s2 = .5, j2-s1 = .4, j2-s2 = .4: here greedy is right
    assert together(matched(people)) == {"s1": "j1", "s2": "j2"}
    people["j2"] = {"skill_a": 9}
    people["s2"] = {"need_b": 5, "need_a": 0}
    people["j1"] = {"skill_a": 10, "skill_b": 4.9}
    # j1-s1 = 1, j2-s1 = .9, j1-s2 = .98, j2-s2 = 0: greedy takes 1 and 0, the best is .9 and .98
    found = matched(people)
    quality = found.quality.set_index("solution")
    assert together(found) == {"s1": "j2", "s2": "j1"}
    assert quality.loc["this", "total"] == pytest.approx(1.88)
    assert quality.loc["greedy", "total"] == pytest.approx(1.0)
    assert quality.loc["this", "blocking"] == 1  # s1 and j1 would both rather have each other
    assert quality.loc["this", "regret"] == pytest.approx(0.05)
    assert quality.loc["wishes", "total"] == pytest.approx(1.98)


def test_a_forbidden_pair_that_would_go_unnoticed_is_refused():
    people = {"s1": {"need_a": 4}, "j1": {"skill_a": 4}, "j2": {"skill_a": 1}}
    for mentor, mentee, sentence in (
        ("j9", "s1", "j9 cannot be found"),
        ("s1", "j1", "mentor is named first"),
    ):
        with pytest.raises(DesignError, match=sentence):
            matched(people, Matching(forbidden=[{"mentor": mentor, "mentee": mentee}]))


def test_names_are_those_of_the_profiles():
    numbers = pd.DataFrame(
        [(1, "need_a", "3"), (2, "skill_a", "3")], columns=["person_id", "attribute", "value"]
    )
    assert rm.match_pairs(numbers, mentors=[2], mentees=[1]).pairs["match_score"][0] == 1
    with pytest.raises(DesignError, match="'2' is one name"):
        rm.match_pairs(numbers, mentors="2", mentees=[1])
    with pytest.raises(DesignError, match="profiles of the study: j999"):
        rm.match_pairs(rm.load_sample("digital-skills"), mentors=["j001", "j999"])
    with pytest.raises(DesignError, match="is not a date"):
        rm.match_pairs(numbers, mentors=[2], mentees=[1], start="2024-01-01")


def test_a_capacity_is_a_whole_number_and_may_be_huge():
    people = {"s1": {"need_a": 4}, "s2": {"need_a": 4}, "j1": {"skill_a": 4}, "j2": {"skill_a": 1}}
    assert len(matched(people, capacity=10**12).quality) == 4
    assert together(matched(people, capacity=np.int64(2))) == {"s1": "j1", "s2": "j1"}
    for capacity in (1.5, {"j1": 1.9}):
        with pytest.raises(DesignError, match="whole number from 0"):
            matched(people, capacity=capacity)
    with pytest.raises(DesignError, match="is not a seed"):
        matched(people, seed=-1)


def test_nobody_gets_two_before_everybody_has_one_if_the_plan_says_so():
    people = {
        **{f"s{n}": {"need_a": 4} for n in range(3)},
        "j1": {"skill_a": 4, "capacity": 3},
        "j2": {"skill_a": 2},
        "j3": {"skill_a": 1, "unit": "x"},
        "j4": {"skill_a": 4, "capacity": 0},
    }
    whole = matched(people)
    assert set(together(whole).values()) == {"j1"}
    note = next(note for note in whole.notes if note.code == "match_idle")
    assert dict(note.params) == {"n": 2, "several": 1}
    spread = matched(people, first="mentors")
    assert sorted(together(spread).values()) == ["j1", "j2", "j3"]
    assert spread.pairs["match_method"].unique().tolist() == ["mentors_first"]
    assert not any(note.code.endswith("idle") for note in spread.notes)
    assert "match_mentors_first" in [note.code for note in spread.notes]
    # a pin fills the first place of its mentor; and nobody stays without a mentor for it
    pinned = Matching(first="mentors", pinned=[{"mentor": "j1", "mentee": "s0"}])
    assert sorted(together(matched(people, pinned)).values()) == ["j1", "j2", "j3"]
    ruled_out = [{"mentor": j, "mentee": f"s{n}"} for j in ("j2", "j3") for n in range(3)]
    forced = matched(people, Matching(first="mentors", forbidden=ruled_out))
    assert set(together(forced).values()) == {"j1"}
    assert "match_rules_idle" in [note.code for note in forced.notes]


def test_it_beats_greedy_and_chance_on_many_people():
    draw = np.random.default_rng(2)
    people = {}
    for n in range(250):
        people[f"s{n}"] = {f"need_{x}": draw.integers(1, 5) for x in "abcd"} | {
            "trait_o": draw.integers(1, 8)
        }
        people[f"j{n}"] = {f"skill_{x}": draw.integers(0, 5) for x in "abcd"} | {
            "trait_o": draw.integers(1, 8)
        }
    found = matched(people, Matching(weights={"skill": 1, "trait": 1}))
    rows = found.quality.set_index("solution")
    assert rows.loc["this", "total"] > rows.loc["greedy", "total"] + 1
    assert rows.loc["greedy", "total"] > rows.loc["random", "total"]
    assert rows.loc["random", "low"] < rows.loc["random", "mean"] < rows.loc["random", "high"]
    assert rows.loc["greedy", "blocking"] == 0
    worst = matched(people, Matching(weights={"skill": 1, "trait": 1}, first="worst_off"))
    raised = worst.quality.set_index("solution").loc["this"]
    assert raised["worst"] > rows.loc["this", "worst"]
    assert raised["total"] < rows.loc["this", "total"]


@pytest.mark.parametrize("first", ["total", "worst_off", "mentors"])
def test_the_order_of_rows_does_not_matter(first):
    study = rm.load_sample("digital-skills")
    sides = {"mentors": [], "mentees": []}
    table = study.tables["profiles"]
    for person in table["person_id"].unique():
        sides["mentors" if person.startswith("j") else "mentees"].append(person)
    plan = Matching(weights={"skill": 1}, first=first)  # skill alone ties often
    one = rm.match_pairs(table, **sides, plan=plan, draws=5)
    shuffled = {name: side[::-1] for name, side in sides.items()}
    other = rm.match_pairs(table.sample(frac=1, random_state=5), **shuffled, plan=plan, draws=5)
    pd.testing.assert_frame_equal(one.pairs, other.pairs)
    pd.testing.assert_frame_equal(one.quality, other.quality)
    drawn_again = rm.match_pairs(table, **sides, plan=plan, seed=1, draws=5)
    assert together(drawn_again) != together(one)  # another lot, another of the equally good ways
    assert drawn_again.pairs["match_score"].sum() == pytest.approx(one.pairs["match_score"].sum(), abs=1e-6)


# ---------------------------------------------------------------- the score


def test_only_what_the_mentee_cannot_do_already_counts():
    people = {"s1": {"need_a": 2, "need_b": 2, "skill_a": 3}, "j1": {"skill_a": 3, "skill_b": 1}}
    assert matched(people).pairs["match_score"][0] == pytest.approx(1 / 4)
    people["j1"]["skill_a"] = 4
    assert matched(people).pairs["match_score"][0] == pytest.approx(3 / 4)


def test_what_is_not_known_does_not_count_and_is_said():
    people = {
        "s1": {"need_a": 4, "interest": "art"},
        "s2": {"need_a": 4},
        "s3": {},
        "j1": {"skill_a": 2, "interest": "art; golf"},
        "j2": {"skill_a": 3, "interest": "golf"},
        "j3": {"skill_a": 0},
    }
    found = matched(people, Matching(weights={"skill": 3, "interest": 1}))
    assert together(found) == {"s1": "j1", "s2": "j2", "s3": "j3"}
    assert found.pairs["match_score"].tolist() == pytest.approx([0.75 * 0.5 + 0.25 * 0.5, 0.75, 0])
    said = [note.text() for note in found.notes]
    assert "Not known for one of the two, and not counted there (interests): 2 of 3 pairs." in said
    assert "Pairs about which nothing that counts is known, with a score of 0: 1." in said


def test_traits_language_site_and_hours():
    people = {
        "s1": {"trait_o": 1, "language": "it; en", "site": "Rome", "hours": "9-17"},
        "s2": {"trait_o": 5, "language": "en", "site": "Oslo", "hours": "12-20"},
        "j1": {"trait_o": 2, "language": "IT", "site": "Rome", "hours": "9-13"},
        "j2": {"trait_o": 3, "language": "de", "site": "Rome", "hours": "15-19; 20-22"},
    }
    names = ("trait", "language", "site", "hours")
    found = matched(people, Matching(weights=dict.fromkeys(names, 1)))
    table = found.table.set_index("pair_id")
    assert together(found) == {"s1": "j1", "s2": "j2"}
    assert table.loc["p01", list(names)].tolist() == pytest.approx([3 / 4, 1, 1, 1])
    assert table.loc["p02", list(names)].tolist() == pytest.approx([2 / 4, 0, 0, 4 / 6])
    why = dict(zip(found.why()["pair_id"], found.why()["why"], strict=True))
    assert why["p01"] == "4 working hours in common a day; a language in common: it"


@pytest.mark.parametrize(
    ("day", "hours"),
    [(dt.date(2024, 1, 15), 2), (dt.date(2024, 3, 20), 3), (dt.date(2024, 7, 1), 2)],
)
def test_working_hours_follow_the_clocks_of_the_day(day, hours):
    # New York is six hours behind Rome, but five between the second Sunday of March and the last one
    people = {
        "s1": {"hours": "9-17", "time_zone": "Europe/Rome"},
        "j1": {"hours": "9-17", "time_zone": "America/New_York"},
    }
    found = matched(people, Matching(weights={"hours": 1}), start=day)
    assert found.pairs["match_score"][0] == pytest.approx(hours / 8)
    assert found.pairs["start"][0] == day.isoformat()
    with pytest.raises(DesignError, match=r"different time zones.*start="):
        matched(people, Matching(weights={"hours": 1}))
    asked = Matching(constraints=("overlapping_hours",), least_hours=2.5)
    if hours < 2.5:
        with pytest.raises(DesignError, match=r"of 1 possible pairs, overlapping_hours rules out 1"):
            matched(people, asked, start=day)
    else:
        assert len(matched(people, asked, start=day).pairs) == 1


def test_scores_do_not_depend_on_the_scale_of_weights_or_skills():
    people = {
        "s1": {"need_a": 2, "interest": "art"},
        "s2": {"need_a": 4, "interest": "golf"},
        "j1": {"skill_a": 3, "interest": "art"},
        "j2": {"skill_a": 1, "interest": "golf"},
    }
    one = matched(people, weights={"skill": 1, "interest": 2})
    tenfold = {
        person: {name: value if name == "interest" else value * 10 for name, value in profile.items()}
        for person, profile in people.items()
    }
    other = matched(tenfold, weights={"skill": 5, "interest": 10})
    assert other.pairs["match_score"].tolist() == pytest.approx(one.pairs["match_score"].tolist())


# ---------------------------------------------------------------- constraints, pins and what is left over

PEOPLE = {
    "s1": {"need_a": 4, "unit": "sales"},
    "s2": {"need_a": 2, "unit": "sales"},
    "j1": {"skill_a": 4, "unit": "law"},
    "j2": {"skill_a": 1, "unit": "sales"},
}


def test_a_pin_holds_and_a_forbidden_pair_is_never_made():
    assert together(matched(PEOPLE)) == {"s1": "j1", "s2": "j2"}
    pinned = Matching(pinned=[{"mentor": "j2", "mentee": "s1"}])
    assert together(matched(PEOPLE, pinned)) == {"s1": "j2", "s2": "j1"}
    forbidden = Matching(forbidden=[{"mentor": "j1", "mentee": "s1"}])
    assert together(matched(PEOPLE, forbidden)) == {"s1": "j2", "s2": "j1"}


def test_reporting_lines_are_followed_both_ways_and_through_others():
    people = {
        "s1": {"need_a": 1},
        "s2": {"need_a": 1},
        "j1": {"skill_a": 1, "reports_to": "boss"},
        "j2": {"skill_a": 1},
        "boss": {"reports_to": "s1"},
    }
    plan = Matching(constraints=("no_reporting_line",))
    assert together(matched(people, plan)) == {"s1": "j2", "s2": "j1"}
    people["s2"]["reports_to"] = "j1"
    left = matched(people, plan)
    assert len(left.pairs) == 1
    assert left.why_unmatched()["why"].tolist()[-1].startswith("Nobody is allowed: a reporting line")
    people["s1"]["reports_to"] = "j1"  # a ring does not hang
    assert len(matched(people, plan).pairs) == 1


def test_contradictory_pins_are_refused_by_name_all_at_once():
    plan = Matching(
        constraints=("different_unit",),
        pinned=[
            {"mentor": "j2", "mentee": "s1"},
            {"mentor": "j2", "mentee": "s2"},
            {"mentor": "j9", "mentee": "s2"},
        ],
        forbidden=[{"mentor": "j2", "mentee": "s2"}],
    )
    with pytest.raises(DesignError) as refused:
        matched(PEOPLE, plan)
    said = str(refused.value)
    assert "j2-s1 breaks different_unit: in the same unit" in said
    assert "j2-s2 breaks forbidden: forbidden by name in the plan" in said
    assert "j9-s2 is pinned, but j9 is not there" in said
    assert "j2 has 2 pinned mentees and a capacity of 1" in said


def test_constraints_that_leave_no_pair_are_named():
    same = {person: one | {"unit": "law"} for person, one in PEOPLE.items()}
    with pytest.raises(DesignError, match=r"leave no pair: of 4 possible pairs, different_unit rules out 4"):
        matched(same, Matching(constraints=("different_unit",)))
    unknown = {person: {k: v for k, v in one.items() if k != "unit"} for person, one in PEOPLE.items()}
    with pytest.raises(DesignError, match="different_unit rules out 4"):
        matched(unknown, Matching(constraints=("different_unit",)))
    with pytest.raises(DesignError, match="every capacity is 0"):
        matched({p: one | {"capacity": 0} for p, one in PEOPLE.items()})


def test_a_shortage_leaves_people_over_with_the_reason():
    people = PEOPLE | {"s3": {"need_a": 1, "unit": "law"}}
    found = matched(people)
    assert len(found.pairs) == 2
    assert [note.code for note in found.notes] == ["match_few_places"]
    assert "Mentees without a mentor: 1. Places: 2, for 3 mentees." in found.notes[0].text()
    assert found.why_unmatched()["why"].tolist() == [
        "No place left: the 2 mentors who are allowed have other mentees."
    ]
    # two of sales may only have the one mentor who is not in sales, so the third place helps neither
    apart = matched(
        people | {"j3": {"skill_a": 4, "unit": "sales"}}, Matching(constraints=("different_unit",))
    )
    assert len(apart.pairs) == 2
    few = next(note for note in apart.notes if note.code == "match_few_allowed")
    assert few.text() == (
        "Mentees without a mentor: 1. In a group of 2 mentees, all mentors whom the rules allow together have places "
        "for 1; the others are ruled out: in the same unit, or a unit not known."
    )
    assert "stesso reparto" in few.text("it")


def test_capacity_comes_from_the_call_then_the_profile_then_the_plan():
    people = PEOPLE | {"s3": {"need_a": 4}, "s4": {"need_a": 4}}
    assert matched(people).pairs["mentor_id"].value_counts().to_dict() == {"j1": 1, "j2": 1}
    people["j1"] |= {"capacity": 2}
    assert matched(people).pairs["mentor_id"].value_counts().to_dict() == {"j1": 2, "j2": 1}
    plan = Matching(capacity=2)
    assert len(matched(people, plan).pairs) == 4
    counts = matched(people, plan, capacity={"j1": 0}).pairs["mentor_id"].value_counts().to_dict()
    assert counts == {"j2": 2}
    with pytest.raises(DesignError, match="no mentors here: x"):
        matched(people, capacity={"x": 2})


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"s1": {"need_a": "much"}}, "value 'much': not a number, 0 or more"),
        ({"s1": {"need_a": -1}}, "not a number, 0 or more"),
        ({"j1": {"hours": "9 to 5"}}, "not working hours such as 9-17"),
        ({"j1": {"time_zone": "Rome"}}, "not a time zone such as Europe/Rome"),
        ({"j1": {"capacity": 1.5}}, "not a number, 0 or more"),
    ],
)
def test_profiles_that_cannot_be_read_are_refused(change, sentence):
    with pytest.raises(DataError) as refused:
        matched(PEOPLE | change)
    assert sentence in str(refused.value)


def test_questions_that_make_no_sense_are_refused():
    with pytest.raises(DesignError, match=r"No component 'skil'. Did you mean 'skill'\?"):
        matched(PEOPLE, weights={"skil": 1})
    with pytest.raises(DesignError, match="Every weight is zero"):
        matched(PEOPLE, weights={"skill": 0})
    with pytest.raises(DesignError, match="There are no mentees"):
        rm.match_pairs(profiles(PEOPLE), mentors=["j1"], mentees=[])
    with pytest.raises(DesignError, match="Name both sides"):
        rm.match_pairs(profiles(PEOPLE))
    with pytest.raises(DesignError, match="On both sides: j1"):
        rm.match_pairs(profiles(PEOPLE), mentors=["j1"], mentees=["j1"])
    with pytest.raises(DesignError, match=r"first='best' is not known"):
        matched(PEOPLE, first="best")
    with pytest.raises(DesignError, match="no table 'profiles'"):
        rm.match_pairs(rm.load_sample("no-comparison"))


# ---------------------------------------------------------------- words and the flagship


def test_the_reasons_are_about_the_two_and_in_both_languages():
    people = {
        "s1": {"need_data": 4, "need_security": 2, "need_ai": 4, "interest": "travel; art", "trait_calm": 3},
        "j1": {"skill_data": 4, "skill_security": 3, "skill_ai": 1, "interest": "travel", "trait_calm": 3},
    }
    found = matched(people, Matching(weights={"skill": 3, "interest": 1, "trait": 0.1}))
    assert found.why()["why"][0] == "covers the needs: data, security; both like travel"
    assert found.why("it")["why"][0] == "copre i bisogni: data, security; interessi in comune: travel"
    found = matched({"s1": {"need_data": 4}, "j1": {"skill_data": 1}})
    assert found.why()["why"][0] == "helps with data"
    found = matched({"s1": {}, "j1": {"skill_data": 1}})
    assert found.why()["why"][0] == "too little is known about the two to say"


def test_the_flagship_within_its_constraints():
    study = rm.load_sample("digital-skills")
    people = study.tables["participants"].set_index("person_id")
    first_spells = study.tables["pairs"][study.tables["pairs"]["predecessor_pair_id"].isna()]
    twice = first_spells["mentor_id"].value_counts()
    found = rm.match_pairs(study)  # the profiles say who takes two
    pairs = found.pairs
    assert len(pairs) == 48 == pairs["mentee_id"].nunique()
    assert pairs["mentor_id"].nunique() == 44
    assert pairs["mentor_id"].value_counts().to_dict() == twice.to_dict()
    units = people["unit"]
    assert (units[pairs["mentor_id"]].to_numpy() != units[pairs["mentee_id"]].to_numpy()).all()
    lines = study.tables["profiles"].query("attribute == 'reports_to'").set_index("person_id")["value"]
    assert not (lines.reindex(pairs["mentor_id"]).to_numpy() == pairs["mentee_id"].to_numpy()).any()
    assert set(pairs.columns) <= set(TABLES["pairs"].columns)
    assert pairs["pair_id"].is_unique
    rows = found.quality.set_index("solution")
    assert rows.loc["this", "total"] > rows.loc["greedy", "total"] > rows.loc["random", "total"]
    # with one senior each there are four places fewer than seniors
    assert len(rm.match_pairs(study, capacity=1).pairs) == 44
    people_in_it = set(study.tables["participants"]["person_id"])
    shown = found._repr_html_() + repr(found) + found.table.to_csv()
    assert not any(person in shown for person in people_in_it)


def test_what_if_keeps_what_it_can():
    study = rm.load_sample("digital-skills")
    same = what_if(study, weights={"skill": 5, "interest": 3, "trait": 2})
    assert same.kept == len(same.before.pairs)
    other = what_if(study, weights={"skill": 1})
    freely = rm.match_pairs(study, weights={"skill": 1})
    assert other.after.pairs["match_score"].sum() == pytest.approx(
        freely.pairs["match_score"].sum(), abs=1e-6
    )
    kept_freely = sum(together(other.before).get(s) == j for s, j in together(freely).items())
    assert kept_freely < other.kept < 44
    assert other.table["change"].dropna().is_monotonic_increasing
    assert other.table["after"].mean() < other.table["before"].mean()
    assert "Coppie che restano insieme" in other.text("it")


def test_the_picture_says_what_the_table_has():
    found = rm.match_pairs(rm.load_sample("digital-skills"), draws=30)
    ax = rm.plots.matches(found, lang="it")
    rows = found.quality
    drawn = [line.get_xdata()[0] for line in ax.lines if str(line.get_gid()).startswith("mean-")]
    assert drawn == pytest.approx(rows["mean"].tolist())
    assert "questo abbinamento: media " + wording.number(rows["mean"][0], 2, "it") in alt_text(ax)
    close(ax)


def test_the_shell_writes_the_tables_and_never_over_the_study(tmp_path):
    runner = CliRunner()
    study = rm.load_sample("digital-skills")
    done = runner.invoke(app, ["match", str(study.path), "--out", str(tmp_path), "--first", "worst_off"])
    assert done.exit_code == 0, done.output
    assert "48 of 48 mentees have a mentor" in done.output
    assert {path.name for path in tmp_path.iterdir()} == {
        "pairs.csv",
        "why.csv",
        "unmatched.csv",
        "quality.csv",
        "matches.png",
    }
    pairs = pd.read_csv(tmp_path / "pairs.csv")
    assert pairs["match_method"].unique().tolist() == ["worst_off_first"]
    refused = runner.invoke(app, ["match", str(study.path), "--out", str(study.path)])
    assert isinstance(refused.exception, DesignError)
    assert "over those of the study" in str(refused.exception)
