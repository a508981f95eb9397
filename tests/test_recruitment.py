"""Recruiting: the call, the way to the last answer, who came forward, the lottery, and what may be claimed."""

from __future__ import annotations

import ast
import hashlib
import json
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from typer.testing import CliRunner

import rmstudy as rm
from rmstudy import plots, wording
from rmstudy.cli import app
from rmstudy.errors import DataError, DesignError
from rmstudy.evaluation.question import question_of
from rmstudy.notes import NOTES
from rmstudy.programme import recruitment
from rmstudy.programme.recruitment import (
    call_for_applicants,
    claims,
    draw_lottery,
    funnel,
    representativeness,
    safe_funnel,
)
from rmstudy.programme.recruitment.lottery import largest_remainder, ticket_order
from rmstudy.programme.recruitment.represented import (
    Represented,
    standardised_distance,
    standardised_share,
)
from rmstudy.study.plan import Assignment, Design, Selection
from rmstudy.wording import LANGUAGES

ROOM = Path(recruitment.__file__).parent


@pytest.fixture(scope="module")
def study():
    return rm.load_sample("digital-skills")


def applicants(sizes: dict[str, int]) -> pd.DataFrame:
    """A list of applicants with a stratum each."""
    rows = [(f"{level}{i:03d}", level) for level, n in sizes.items() for i in range(n)]
    return pd.DataFrame(rows, columns=["person_id", "level"])


# --- the lottery -----------------------------------------------------------------------------------


def drawn_by_hand(people: pd.DataFrame, seats: dict[str, int], seed: str) -> set[str]:
    """The draw from its description alone, in other words than the package's."""
    won = set()
    for level in seats:
        tickets = {}
        for person in people.loc[people["level"] == level, "person_id"]:
            tickets[hashlib.sha256((seed + "|" + person).encode()).hexdigest()] = person
        won |= {tickets[ticket] for ticket in sorted(tickets)[: seats[level]]}
    return won


@pytest.mark.parametrize("seed", ["1", "7-31-44", "Venezia, 12 gennaio", 20240112])
def test_anybody_can_repeat_the_draw(seed):
    people = applicants({"a": 20, "b": 13, "c": 7})
    drawn = draw_lottery(people, seats=16, strata=["level"], seed=seed)
    # 16 x 20/40 = 8, 16 x 13/40 = 5.2, 16 x 7/40 = 2.8
    seats = {"a": 8, "b": 5, "c": 3}
    assert dict(zip(drawn.chances["stratum"], drawn.chances["seats"], strict=True)) == seats
    assert set(drawn.winners) == drawn_by_hand(people, seats, str(seed))
    lines = sorted(f"{person}|{level}" for person, level in people.itertuples(index=False))
    assert drawn.fingerprint == hashlib.sha256("\n".join(lines).encode()).hexdigest()
    assert drawn.audit["outcome"] == hashlib.sha256("\n".join(sorted(drawn.winners)).encode()).hexdigest()


def test_the_order_of_the_rows_does_not_matter():
    people = applicants({"a": 20, "b": 10})
    first = draw_lottery(people, seats=9, strata=["level"], seed="x")
    for seed in range(5):
        mixed = people.sample(frac=1, random_state=seed).set_index(np.arange(30)[::-1])
        again = draw_lottery(mixed, seats=9, strata=["level"], seed="x")
        pd.testing.assert_frame_equal(again.assignments, first.assignments)
        pd.testing.assert_frame_equal(again.waiting_list, first.waiting_list)
        assert again.audit_json() == first.audit_json()
    assert draw_lottery(people, seats=9, strata=["level"], seed="y").winners != first.winners


def test_one_applicant_more_or_in_another_stratum_has_another_fingerprint():
    people = applicants({"a": 20, "b": 10})
    moved = people.assign(level=people["level"].mask(people["person_id"] == "a003", "b"))
    renamed = people.assign(person_id=people["person_id"].replace("a003", "a999"))
    lists = [people, people.iloc[1:], moved, renamed]
    prints = {draw_lottery(one, seats=9, strata=["level"], seed="x").fingerprint for one in lists}
    assert len(prints) == len(lists)


def test_each_person_and_each_pair_wins_as_often_as_they_should_in_ten_thousand_draws():
    sizes, seats, draws = {"a": 10, "b": 12, "c": 8}, {"a": 5, "b": 6, "c": 2}, 10_000
    people = applicants(sizes)
    drawn = draw_lottery(people, seats=seats, strata=["level"], seed="17")
    ids = {level: list(people.loc[people["level"] == level, "person_id"]) for level in sizes}
    # the inner step of draw_lottery, which the first assertion holds to it, for speed
    tops = [{p for k in ids for p in ticket_order(ids[k], seed=str(s))[: seats[k]]} for s in range(draws)]
    assert tops[17] == set(drawn.winners)
    won = pd.DataFrame([[p in top for p in people["person_id"]] for top in tops], columns=people["person_id"])
    won = won.to_numpy(dtype=float)
    column = {person: i for i, person in enumerate(people["person_id"])}
    for level, n in sizes.items():
        share = seats[level] / n
        mine = won[:, [column[p] for p in ids[level]]]
        assert (mine.sum(axis=1) == seats[level]).all()
        # with s of n drawn, the counts have variance N p (1 - p) n / (n - 1) around their own mean
        spread = draws * share * (1 - share) * n / (n - 1)
        chi2 = float(((mine.sum(axis=0) - draws * share) ** 2).sum() / spread)
        assert stats.chi2.ppf(0.001, n - 1) < chi2 < stats.chi2.ppf(0.999, n - 1)
        both = seats[level] * (seats[level] - 1) / (n * (n - 1))
        together = [(mine[:, i] * mine[:, j]).mean() for i, j in combinations(range(n), 2)]
        assert np.abs(np.array(together) - both).max() < 4.5 * np.sqrt(both * (1 - both) / draws)
    across = [(won[:, column[i]] * won[:, column[j]]).mean() for i in ids["a"] for j in ids["b"]]
    assert np.abs(np.array(across) - 0.25).max() < 4.5 * np.sqrt(0.25 * 0.75 / draws)


def test_probabilities_waiting_list_and_arms_fit_together(study):
    drawn = draw_lottery(study, seed="2024")
    table = drawn.assignments.set_index("person_id")
    # 48 x 72/108 = 32 and 48 x 36/108 = 16: the sample's own lottery had the same seats
    planned = study.tables["assignments"].set_index("person_id")
    mine = planned[planned["mechanism"] == "lottery"].groupby(["stratum", "arm"]).size()
    lottery = table[table["mechanism"] == "lottery"]
    pd.testing.assert_series_equal(lottery.groupby(["stratum", "arm"]).size(), mine)
    assert lottery["probability"].tolist() == pytest.approx([48 / 108] * 108)
    assert set(table.index[table["mechanism"] == "criteria"]) == set(
        planned.index[planned["mechanism"] == "criteria"]
    )
    waiting = drawn.waiting_list
    assert set(waiting["person_id"]) == set(table.index[table["arm"] == "waitlist"])
    for level, rows in waiting.groupby("stratum"):
        assert rows["rank"].tolist() == list(range(1, len(rows) + 1))
        everybody = lottery.index[lottery["stratum"] == level].tolist()
        assert ticket_order(everybody, seed="2024")[-len(rows) :] == rows["person_id"].tolist()


def test_the_evaluation_reads_the_chances_that_the_lottery_writes(study):
    goal, criterion = next((goal, one) for goal, one in study.plan.criteria if one.id == "knowledge")

    def asked(seats):
        drawn = draw_lottery(study, seed="1", seats=seats)
        text = drawn.assignments.astype(object).where(drawn.assignments.notna(), None)
        text["probability"] = [None if p is None else str(p) for p in text["probability"]]
        return drawn, question_of(
            replace(study, tables={**study.tables, "assignments": text}), goal, criterion
        )

    fair, question = asked(None)
    assert not fair.notes
    assert not [name for name in question.covariates if name.startswith("stratum")]
    unfair, question = asked({"3-senior": 30, "4-executive": 18})
    assert [note.code for note in unfair.notes] == ["lottery_unequal_chances"]
    assert [name for name in question.covariates if name.startswith("stratum")]


def test_seats_follow_the_largest_remainders():
    # the Alabama paradox as it is usually told: three states of 6, 6 and 2; the eleventh seat costs the third one
    states = {"A": 6, "B": 6, "C": 2}
    assert largest_remainder(states, seats=10) == {"A": 4, "B": 4, "C": 2}
    assert largest_remainder(states, seats=11) == {"A": 5, "B": 5, "C": 1}


@given(st.lists(st.integers(1, 60), min_size=1, max_size=8), st.data())
def test_seats_always_add_up_and_stay_next_to_their_quota(sizes, data):
    strata = {f"s{i}": n for i, n in enumerate(sizes)}
    seats = data.draw(st.integers(1, sum(sizes)))
    found = largest_remainder(strata, seats=seats)
    assert sum(found.values()) == seats
    for name, n in strata.items():
        assert abs(found[name] - seats * n / sum(sizes)) < 1
        assert 0 <= found[name] <= n


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"seed": None}, "The lottery has no seed"),
        ({"seed": "  "}, "The lottery has no seed"),
        ({"seats": None}, "How many seats"),
        ({"seats": 0}, "no number of seats"),
        ({"seats": 30}, "30 seats for 30 applicants: everybody can have one, so no lottery is needed"),
        ({"seats": {"a": 3}}, "Seats are stated for a; the strata are a, b"),
        ({"seats": {"a": 3, "b": 11}}, "'b' has 10 applicants and 11 seats"),
        ({"strata": ["unit"]}, "no column 'unit'"),
    ],
)
def test_a_lottery_that_cannot_be_fair_is_refused(more, message):
    given_ = {"seats": 9, "strata": ["level"], "seed": "x"} | more
    with pytest.raises(DesignError, match=message):
        draw_lottery(applicants({"a": 20, "b": 10}), **given_)


def test_everything_wrong_with_the_list_is_said_at_once():
    people = applicants({"a": 20, "b": 10})
    people.loc[3, "person_id"] = "a002"
    people.loc[[5, 6], "level"] = [None, " "]
    with pytest.raises(DataError) as refused:
        draw_lottery(people, seats=9, strata=["level"], seed="x")
    found = {(problem.row, problem.column) for problem in refused.value.problems}
    assert found == {(5, "person_id"), (7, "level"), (8, "level")}


def test_what_is_shown_of_a_lottery_names_nobody_and_no_few():
    people = applicants({"few": 3, "many": 30, "more": 20})
    drawn = draw_lottery(people, seats=20, strata=["level"], seed="x")
    assert {note.code for note in drawn.notes} >= {"lottery_small_strata"}
    for shown in (repr(drawn), drawn._repr_html_(), drawn.text("it")):
        assert not [person for person in people["person_id"] if person in shown]
    few = next(line for line in repr(drawn).splitlines() if line.strip().startswith("few"))
    assert few.split(" | ")[1:] == ["withheld"] * 4
    assert json.loads(drawn.audit_json())["seed"] == "x"


# --- the funnel ------------------------------------------------------------------------------------


def test_the_funnel_counts_what_the_sample_was_made_with(study):
    found = funnel(study, role="mentee")
    numbers = {(row.group, row.step, row.reason): row.n for row in found.itertuples(index=False)}
    assert numbers["all", "applied", ""] == 150
    assert sum(n for (_, step, _), n in numbers.items() if step == "not eligible") == 42
    assert numbers["all", "eligible", ""] == numbers["all", "assigned", ""] == 108
    assert numbers["programme", "assigned", ""] == 48
    assert numbers["waitlist", "assigned", ""] == 60
    assert numbers["programme", "met at least once", ""] == 44
    mentors = funnel(study, role="mentor")
    assert "applied" not in set(mentors["step"])  # juniors volunteered without a form


def test_without_staff_and_applications_the_funnel_starts_at_the_assignment():
    found = funnel(rm.load_sample("no-comparison"), role="mentee")
    assert found.iloc[0][["group", "step"]].tolist() == ["all", "assigned"]


def test_an_unknown_role_is_refused_by_name(study):
    for ask in (
        lambda: funnel(study, role="mente"),
        lambda: representativeness(study, role="mente"),
        lambda: call_for_applicants(study.plan, role="mente"),
        lambda: claims(study.plan, role="mente"),
    ):
        with pytest.raises(DesignError, match="Did you mean 'mentee'"):
            ask()


def way(staff: int, applied: int, out: dict[str, int], arms: dict[str, list[int]]) -> pd.DataFrame:
    """A funnel with numbers of one's own."""
    rows = [("all", "eligible staff", "", staff), ("all", "applied", "", applied)]
    rows += [("all", "not eligible", reason, n) for reason, n in out.items()]
    rows.append(("all", "eligible", "", applied - sum(out.values())))
    rows.append(("all", "assigned", "", sum(steps[0] for steps in arms.values())))
    names = ("assigned", "answered before", "answered before and after")
    rows += [(arm, step, "", n) for arm, steps in arms.items() for step, n in zip(names, steps, strict=True)]
    return pd.DataFrame(rows, columns=["group", "step", "reason", "n"])


people_left = st.lists(st.integers(0, 12), min_size=2, max_size=2)


@settings(max_examples=200, deadline=None)
@given(
    st.integers(0, 30),
    st.integers(0, 30),
    st.lists(st.integers(1, 9), max_size=3),
    st.integers(0, 4),
    people_left,
    people_left,
    st.integers(0, 20),
)
def test_no_few_people_can_be_told_from_a_shown_funnel(one, two, reasons, unassigned, left1, left2, silent):
    arms = {
        name: [n, max(n - left[0], 0), max(n - sum(left), 0)]
        for name, n, left in (("programme", one, left1), ("waitlist", two, left2))
    }
    applied = one + two + unassigned + sum(reasons)
    table = way(applied + silent, applied, {f"r{i}": n for i, n in enumerate(reasons)}, arms)
    shown = safe_funnel(table, minimum=5)
    exact = shown[shown["n"].str[:1].str.isdigit()].assign(n=lambda rows: rows["n"].astype(int))
    whole = exact[exact["reason"] == ""]
    for _, rows in whole.groupby("group"):
        apart = [abs(a - b) for a, b in combinations(rows["n"], 2)]
        assert all(gap == 0 or gap >= 5 for gap in apart)
    starts = whole[(whole["group"] != "all") & (whole["step"] == "assigned")]
    if len(starts) == 2:  # their sum is known, whether or not it is written
        gaps = (whole.loc[whole["group"] == "all", "n"] - starts["n"].sum()).abs()
        assert all(gap == 0 or gap >= 5 for gap in gaps)
    parts = exact.loc[exact["reason"] != "", "n"]
    if len(parts):
        assert parts.min() >= 5
        hidden = sum(reasons) - parts.sum()
        assert hidden == 0 or hidden >= 5


def test_the_picture_has_the_numbers_of_the_table_and_no_others(study):
    ax = plots.consort(funnel(study, role="mentee"))
    texts = " ".join(text.get_text() for text in ax.texts).replace("\u00a0", " ")
    for words in ("640", "490", "150", "not eligible: 42", "108", "48", "60", "35", "40"):
        assert words in texts
    assert "44" not in texts  # four people never met, which is fewer than five
    assert "did not meet: <5" in plots.alt_text(ax)
    plots.close(ax)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_nothing_in_the_picture_runs_out_of_it_or_over_its_neighbour(study, lang):
    for table in (
        funnel(study, role="mentee"),
        funnel(study, role="mentor"),
        way(90, 60, {"late": 2}, {"programme": [29, 29, 20], "waitlist": [26, 20, 12]}),
    ):
        ax = plots.consort(table, lang=lang)
        ax.figure.canvas.draw()
        frame = ax.figure.bbox
        boxes = [patch.get_window_extent() for patch in ax.patches if patch.get_gid()]
        assert len(boxes) >= 5
        assert all(
            frame.x0 <= b.x0 and b.x1 <= frame.x1 and frame.y0 <= b.y0 and b.y1 <= frame.y1 for b in boxes
        )
        assert not [
            1 for a, b in combinations(boxes, 2) if a.shrunk(0.99, 0.99).overlaps(b.shrunk(0.99, 0.99))
        ]
        written = [
            text.get_window_extent() for text in ax.texts if text.get_text() and "≈:" not in text.get_text()
        ]
        for extent in written:
            assert any(
                b.x0 <= extent.x0 and extent.x1 <= b.x1 and b.y0 - 1 <= extent.y0 and extent.y1 <= b.y1 + 1
                for b in boxes
            )
        plots.close(ax)


def test_one_arm_alone_and_arms_too_small_are_drawn_as_far_as_they_may_be():
    ax = plots.consort(funnel(rm.load_sample("eight-pairs"), role="mentee"))
    assert plots.alt_text(ax).startswith("Participation flow. Programme. Assigned: 8;")
    plots.close(ax)
    ax = plots.consort(way(90, 62, {"late": 2}, {"programme": [57, 50, 40], "waitlist": [3, 3, 2]}))
    said = plots.alt_text(ax)
    plots.close(ax)
    assert "Applied: ≈60; Eligible: 60 (not eligible: <5)" in said
    assert "Programme. Assigned: withheld" in said
    assert "Waiting list. Assigned: withheld" in said
    assert "57" not in said  # with sixty in all it would give the three away


def test_three_arms_do_not_fit_a_flow_diagram():
    arms = {name: [10, 10, 10] for name in ("programme", "waitlist", "comparison")}
    with pytest.raises(DesignError, match="two arms at most, not 3"):
        plots.consort(way(50, 40, {}, arms))


# --- who came forward ------------------------------------------------------------------------------


def test_distances_agree_with_r():
    # R 4.2, Yang & Dalton's formula written out:
    # yd <- function(t, c) { t <- t/sum(t); c <- c/sum(c); t <- t[-1]; c <- c[-1]
    #   S <- ((diag(t, length(t)) - t %o% t) + (diag(c, length(c)) - c %o% c)) / 2
    #   sqrt(drop(t(t - c) %*% solve(S) %*% (t - c))) }
    assert standardised_distance([6, 18, 24], [90, 310, 240]) == pytest.approx(0.257837688045842, abs=1e-12)
    assert standardised_distance([10, 16, 8, 7, 7], [186, 96, 120, 78, 160]) == pytest.approx(
        0.491470962056122, abs=1e-12
    )
    # two values: by hand (0.3 - 0.4) / sqrt((0.3 x 0.7 + 0.4 x 0.6) / 2), Austin's formula
    assert standardised_distance([30, 70], [200, 300]) == pytest.approx(0.210818510677892, abs=1e-12)
    assert standardised_share(0.3, 0.4) == pytest.approx(-0.210818510677892, abs=1e-12)


@given(st.lists(st.tuples(st.integers(1, 50), st.integers(1, 500)), min_size=2, max_size=6), st.data())
def test_a_distance_does_not_depend_on_order_or_size(pairs, data):
    group, staff = zip(*pairs, strict=True)
    found = standardised_distance(group, staff)
    order = data.draw(st.permutations(range(len(pairs))))
    assert standardised_distance([group[i] for i in order], [staff[i] for i in order]) == pytest.approx(
        found, abs=1e-9
    )
    assert standardised_distance([3 * n for n in group], staff) == pytest.approx(found, abs=1e-9)
    assert standardised_distance([*group, 0], [*staff, 0]) == pytest.approx(found, abs=1e-9)
    assert standardised_distance(staff, staff) == pytest.approx(0, abs=1e-9)


def test_where_nothing_can_be_compared_no_number_is_made_up():
    assert np.isnan(standardised_distance([0, 0], [3, 4]))
    assert standardised_distance([5, 0], [0, 5]) == float("inf")
    assert standardised_share(0.0, 0.0) == 0
    assert standardised_share(1.0, 0.0) == float("inf")


def test_applicants_are_the_eligible_ones_and_rows_in_any_order_give_the_same(study):
    found = representativeness(study, role="mentee")
    levels = found.counts[found.counts["characteristic"] == "seniority_band"].set_index("value")
    # 72 and 36 in the draw, 32 and 16 of them with a seat, of 550 and 90
    assert levels.loc[
        ["3-senior", "4-executive"], ["staff", "applicants", "participants"]
    ].to_numpy().tolist() == [
        [550, 72, 32],
        [90, 36, 16],
    ]
    tables = {name: table.sample(frac=1, random_state=3) for name, table in study.tables.items()}
    mixed = representativeness(replace(study, tables=tables), role="mentee")
    key = ["characteristic", "value"]
    pd.testing.assert_frame_equal(
        mixed.counts.sort_values(key, ignore_index=True), found.counts.sort_values(key, ignore_index=True)
    )


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 15), st.integers(0, 15), st.integers(0, 40)), min_size=1, max_size=7)
)
def test_small_cells_are_joined_until_nobody_can_be_told_by_subtraction(cells):
    rows = [("unit", f"u{i}", p + o + s, p + o, p) for i, (p, o, s) in enumerate(cells)]
    counts = pd.DataFrame(rows, columns=["characteristic", "value", "staff", "applicants", "participants"])
    safe = Represented(counts, {}, "mentee").safe(minimum=5)
    if safe.counts.empty:
        assert [note.code for note in safe.notes] == ["represented_withheld"]
        return
    columns = ["staff", "applicants", "participants"]
    assert safe.counts[columns].sum().tolist() == counts[columns].sum().tolist()
    for row in safe.counts.itertuples(index=False):
        for n in (row.participants, row.applicants - row.participants, row.staff - row.applicants):
            assert n == 0 or n >= 5


def test_a_study_without_counts_of_the_staff_says_what_to_add():
    with pytest.raises(DesignError, match="no table staff, so nobody knows who could have applied"):
        representativeness(rm.load_sample("no-comparison"), role="mentee")


def test_values_that_the_staff_table_lacks_are_said(study):
    people = study.tables["participants"].copy()
    chosen = study.arms.index[study.arms == "programme"][:3]
    people.loc[people["person_id"].isin(chosen), "unit"] = "cellar"
    found = representativeness(replace(study, tables={**study.tables, "participants": people}), role="mentee")
    assert [note.text() for note in found.notes if note.code == "staff_lacks_value"] == [
        "Values that applicants have and the table staff does not: 1. Count the staff again, with the same words."
    ]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_picture_of_who_came_forward_is_of_joined_rows(study, lang):
    found = representativeness(study, role="mentee")
    ax = plots.represented(found, lang=lang)
    assert len(ax.get_yticks()) == len(found.safe().counts)
    assert "legal" not in [label.get_text() for label in ax.get_yticklabels()]
    assert plots.alt_text(ax) == found.safe(lang=lang).text(lang)
    plots.close(ax)


# --- the call and the claims -----------------------------------------------------------------------


def test_the_call_says_what_the_plan_says(study):
    text = call_for_applicants(study.plan, role="mentee").text
    for words in (
        "48 places",
        "a lottery decides",
        "waiting list",
        "Six meetings of one hour",
        "27 October 2023",
        "the programme page of the intranet",
        "An hour a month with a junior colleague",
        "any worse off",
    ):
        assert words in text
    italian = call_for_applicants(study.plan, role="mentee", lang="it").text
    assert "lista d'attesa" in italian
    assert "27 ottobre 2023" in italian
    assert study.plan.call.waiting_list["en"] in text
    assert study.plan.call.waiting_list["it"] in italian
    assert not call_for_applicants(study.plan, role="mentee").missing
    silent = study.plan.call.model_copy(update={"waiting_list": None})
    asked = call_for_applicants(study.plan.model_copy(update={"call": silent}), role="mentee").missing
    assert asked == ("when people on the waiting list get their turn (study.yml: call.waiting_list)",)
    assert "48" not in call_for_applicants(study.plan, role="mentor").text.replace("2024", "")


def test_what_the_plan_does_not_say_is_listed_and_never_made_up():
    plan = rm.load_sample("eight-pairs").plan
    bare = plan.model_copy(
        update={
            "programme": plan.programme.model_copy(
                update=dict.fromkeys(("start", "end", "seats", "planned_meetings", "recruitment"))
            ),
            "call": type(plan.call)(),
            "design": Design(),
            "monitoring": type(plan.monitoring)(),
            "privacy": type(plan.privacy)(),
        }
    )
    call = call_for_applicants(bare, role="mentee")
    keys = {part.split("study.yml: ")[-1].rstrip(")") for part in call.missing}
    assert keys == {
        "call.benefits.mentee",
        "monitoring.commitment",
        "programme.start, programme.end",
        "design.who_takes_part",
        "programme.recruitment",
        "programme.seats",
        "design.assignment.mentee",
        "privacy.retention_until",
        "privacy.contact",
        "call.apply_by",
        "call.apply_to",
    }
    assert "None" not in call.text
    assert "lottery" not in call.text


def test_nobody_is_in_the_programme_before_anybody_is_assigned(study):
    tables = {name: table for name, table in study.tables.items() if name not in ("assignments", "pairs")}
    before = replace(study, tables=tables)
    found = funnel(before, role="mentee")
    assert set(found["group"]) == {"all"}
    assert "assigned" not in set(found["step"])
    people = representativeness(before, role="mentee")
    assert people.counts["participants"].sum() == 0
    one = people.counts[people.counts["characteristic"] == "unit"]
    assert one["applicants"].sum() == 108  # those who applied and could take part
    shown = people.safe().shown
    assert shown["participants_share"].isna().all()
    assert shown["applicants_share"].notna().all()
    rm.plots.close(rm.plots.represented(people))
    rm.plots.close(rm.plots.consort(found))


@pytest.mark.parametrize(
    ("recruitment_", "mechanism", "comparison", "codes"),
    [
        ("open", "lottery", "waitlist", ["claim_open", "claim_volunteers", "claim_lottery"]),
        ("closed", "manager", None, ["claim_closed", "claim_manager"]),
        (
            "mixed",
            "self",
            "comparison",
            ["claim_mixed", "claim_volunteers", "claim_self", "claim_compared_not_drawn"],
        ),
        (None, "first_come", None, ["claim_way_in_unknown", "claim_first_come"]),
        ("open", "everyone", None, ["claim_everyone"]),
        ("closed", None, None, ["claim_closed", "claim_places_unknown"]),
    ],
)
def test_the_way_in_decides_what_may_be_claimed(study, recruitment_, mechanism, comparison, codes):
    plan = study.plan
    given_ = {"mentee": Assignment(mechanism=mechanism, comparison=comparison)} if mechanism else {}
    changed = plan.model_copy(
        update={
            "programme": plan.programme.model_copy(update={"recruitment": recruitment_}),
            "design": Design(assignment=given_),
        }
    )
    assert [note.code for note in claims(changed, role="mentee")] == codes


def test_choosing_people_by_the_outcome_is_named():
    plan = rm.load_sample("picked-the-weakest").plan
    assert "claim_selected_on_outcome" in {note.code for note in claims(plan, role="mentee")}
    other = plan.design.model_copy(update={"selection": {"mentee": Selection(rule="Open")}})
    free = plan.model_copy(update={"design": other})
    assert "claim_selected_on_outcome" not in {note.code for note in claims(free, role="mentee")}


def test_every_sentence_of_the_room_is_italian():
    found = {
        text
        for code, text in NOTES.items()
        if code.startswith(("claim_", "lottery_", "represented_", "staff_"))
    }
    for path in (*ROOM.glob("*.py"), Path(plots.__file__).parent / "recruiting.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and ast.unparse(node.func).split(".")[-1] in {"said", "say"}
                and node.args
            ):
                leaves = [leaf for leaf in ast.walk(node.args[0]) if isinstance(leaf, ast.Constant)]
                found |= {leaf.value for leaf in leaves if isinstance(leaf.value, str)}
            if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) in {
                "_PART",
                "_PLACES",
                "_LOSSES",
                "_ARMS",
            }:
                found |= {leaf.value for leaf in node.value.values}  # noqa: PD011 - a dictionary of the source
    assert len(found) > 60
    assert sorted(found - set(wording._catalogue("it"))) == []


# --- the shell -------------------------------------------------------------------------------------


def test_the_shell_writes_protected_tables_and_never_draws_twice(study, tmp_path):
    out = tmp_path / "out"
    command = ["recruit", str(study.path), "--out", str(out), "--role", "mentee", "--draw", "--seed", "5"]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    names = {path.name for path in out.iterdir()}
    assert names == {
        "assignments.csv",
        "call-mentee-en.md",
        "call-mentee-it.md",
        "funnel-mentee.csv",
        "funnel-mentee.png",
        "lottery.json",
        "representativeness-mentee.csv",
        "representativeness-mentee.png",
        "waiting-list-coordinator-only.csv",
    }
    assert ",44\n" not in (out / "funnel-mentee.csv").read_text(encoding="utf-8")
    audit = json.loads((out / "lottery.json").read_text(encoding="utf-8"))
    again = draw_lottery(study, seed="5")
    assert audit == json.loads(again.audit_json())
    written = pd.read_csv(out / "assignments.csv", dtype={"person_id": str})
    assert set(written.loc[written["arm"] == "programme", "person_id"]) == set(again.winners)
    before = (out / "assignments.csv").read_bytes()
    command[-1] = "6"
    refused = CliRunner().invoke(app, command)
    assert isinstance(refused.exception, DesignError)
    assert "A lottery is drawn once" in str(refused.exception)
    assert (out / "assignments.csv").read_bytes() == before


def test_the_shell_does_not_draw_without_a_seed(study, tmp_path):
    refused = CliRunner().invoke(app, ["recruit", str(study.path), "--out", str(tmp_path / "x"), "--draw"])
    assert "has no seed" in str(refused.exception)
    assert not (tmp_path / "x").exists()
    misused = CliRunner().invoke(app, ["recruit", str(study.path), "--out", str(tmp_path), "--seed", "1"])
    assert misused.exit_code == 2


def test_nobody_undecided_is_left_out_of_the_draw_in_silence(study):
    forms = study.tables["applications"].copy()
    forms.loc[forms.index[:3], "eligible"] = None
    open_forms = replace(study, tables=dict(study.tables) | {"applications": forms})
    with pytest.raises(DesignError, match="not decided for 3 applicants"):
        draw_lottery(open_forms, seed="1")


def test_seats_are_whole_numbers_of_any_make(study):
    assert draw_lottery(study, seed="1", seats=np.int64(48)).winners == draw_lottery(study, seed="1").winners
    for wrong in (True, 48.0, {"3-senior": 24.0, "4-executive": 24}):
        with pytest.raises(DesignError, match="is no number of seats"):
            draw_lottery(study, seed="1", seats=wrong)
