"""Small groups stay hidden, whatever the counts."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations_with_replacement, product

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rmstudy.disclosure import merged_bins, safe_counts, safe_flow, suppressed
from rmstudy.errors import DesignError

counts = st.lists(st.integers(0, 40), min_size=1, max_size=8)
minima = st.integers(3, 10)


def flow(*people: int, minimum: int = 5, lang: str = "en") -> list[str]:
    table = pd.DataFrame(
        {"group": "programme", "step": [f"step {i}" for i in range(len(people))], "n": people}
    )
    return list(safe_flow(table, minimum=minimum, lang=lang)["n"])


# --- parts of a total


def test_unit_of_nine_hides_both_parts() -> None:
    assert suppressed([3, 6]) == (True, True)


def test_unit_of_thirteen_may_show_the_part_of_six() -> None:
    assert suppressed([3, 6, 4]) == (True, False, True)


def test_the_smallest_further_part_is_hidden() -> None:
    assert suppressed([4, 30, 8, 12]) == (True, False, True, False)


def test_nothing_small_nothing_hidden_and_empty_parts_are_shown() -> None:
    assert suppressed([5, 0, 12]) == (False, False, False)
    assert suppressed([2, 0, 7, 9]) == (True, False, True, False)


def test_a_total_below_the_minimum_hides_everything() -> None:
    assert suppressed([1, 0, 2]) == (True, True, True)
    assert suppressed([1, 1, 1, 1, 1, 0]) == (True,) * 6


def test_five_single_people_hide_a_sixth_part() -> None:
    # a hidden sum of 5 in five parts, none of them empty, would say that each is one person
    assert suppressed([1, 1, 1, 1, 1, 9]) == (True,) * 6


@given(counts, minima)
def test_every_small_part_and_every_small_remainder_is_hidden(people: list[int], minimum: int) -> None:
    hidden = suppressed(people, minimum=minimum)
    assert all(hide for n, hide in zip(people, hidden, strict=True) if 0 < n < minimum)
    unseen = sum(n for n, hide in zip(people, hidden, strict=True) if hide)
    assert unseen == 0 or unseen >= minimum or all(hidden)


@given(counts, minima)
def test_no_more_is_hidden_than_needed(people: list[int], minimum: int) -> None:
    hidden = suppressed(people, minimum=minimum)
    extra = [n for n, hide in zip(people, hidden, strict=True) if hide and n >= minimum]
    kept = [n for n, hide in zip(people, hidden, strict=True) if not hide and n > 0]
    assert len(extra) <= 1
    assert not extra or all(extra[0] <= n for n in kept)
    if not any(0 < n < minimum for n in people):
        assert not any(hidden)


@given(counts, minima, st.randoms(use_true_random=False))
def test_order_does_not_change_how_many_of_a_size_are_hidden(
    people: list[int], minimum: int, random: object
) -> None:
    shuffled = list(people)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    before = sorted(zip(people, suppressed(people, minimum=minimum), strict=True))
    after = sorted(zip(shuffled, suppressed(shuffled, minimum=minimum), strict=True))
    assert before == after


@pytest.mark.parametrize("minimum", [3, 5])
def test_subtraction_gives_no_hidden_part_away(minimum: int) -> None:
    for people in product(range(8), repeat=4):
        hidden = suppressed(people, minimum=minimum)
        unseen = sum(n for n, hide in zip(people, hidden, strict=True) if hide)
        if any(hidden) and not all(hidden):
            # every hidden part is at least one person: solve for all that the total allows
            solutions = [
                parts for parts in product(range(1, unseen), repeat=sum(hidden)) if sum(parts) == unseen
            ]
            assert all(len(set(values)) > 1 for values in zip(*solutions, strict=True)), people


@pytest.mark.parametrize("bad", [[-1, 4], [2.5, 4], [float("nan"), 4]])
def test_only_whole_numbers_of_people(bad: list[float]) -> None:
    with pytest.raises(DesignError, match="whole numbers of people"):
        suppressed(bad)  # type: ignore[arg-type]


@pytest.mark.parametrize("minimum", [2, 0, -3])
def test_a_minimum_that_protects_nobody_is_refused(minimum: int) -> None:
    with pytest.raises(DesignError, match="protects nobody"):
        suppressed([1, 9], minimum=minimum)
    with pytest.raises(DesignError, match="protects nobody"):
        flow(9, 1, minimum=minimum)


def test_a_minimum_of_one_hides_nothing() -> None:
    assert suppressed([1, 0, 9], minimum=1) == (False, False, False)
    assert flow(9, 8, 1, 0, minimum=1) == ["9", "8", "1", "0"]


# --- tables


def test_counts_are_hidden_within_each_total() -> None:
    table = pd.DataFrame({"unit": ["X", "Y", "X", "Y"], "n": [3, 1200, 6, 40]}, index=[7, 8, 9, 3])
    safe = safe_counts(table, within=["unit"])
    assert list(safe["n"]) == ["withheld", "1,200", "withheld", "40"]
    assert list(safe.index) == [7, 8, 9, 3] and list(table["n"]) == [3, 1200, 6, 40]
    assert list(safe_counts(table, within=["unit"], lang="it")["n"]) == [
        "non riportato",
        "1.200",
        "non riportato",
        "40",
    ]


def test_without_within_the_whole_table_is_one_total() -> None:
    table = pd.DataFrame({"unit": ["X", "X", "Y"], "n": [3, 6, 4]})
    assert list(safe_counts(table)["n"]) == ["withheld", "6", "withheld"]


def test_a_missing_label_is_a_group_of_its_own() -> None:
    table = pd.DataFrame({"unit": ["X", None, None], "n": [8, 2, 9]})
    assert list(safe_counts(table, within=["unit"])["n"]) == ["8", "withheld", "withheld"]


def test_a_misspelt_column_names_the_nearest() -> None:
    table = pd.DataFrame({"unit": ["X"], "n": [8]})
    with pytest.raises(DesignError, match=r"no column 'units'. Did you mean 'unit'"):
        safe_counts(table, within=["units"])


def test_an_empty_table_stays_empty() -> None:
    assert safe_counts(pd.DataFrame({"n": []})).empty


# --- flows


def test_a_small_drop_is_written_as_about_the_number_before() -> None:
    assert flow(60, 48, 46, 44, 40, 40, 3) == ["60", "48", "≈48", "≈48", "40", "40", "<5"]


def test_small_drops_do_not_add_up_in_secret() -> None:
    # each step loses 2; a number reappears once 5 or more are gone since the last one shown
    assert flow(20, 18, 16, 14, 12, 10) == ["20", "≈20", "≈20", "14", "≈14", "≈14"]


def test_a_later_larger_step_is_held_against_every_number_shown() -> None:
    # 46 is 6 above 40, but 2 below 48
    assert flow(48, 40, 46) == ["48", "40", "≈48"]


def test_italian_thousands() -> None:
    assert flow(1200, 1198, lang="it") == ["1.200", "≈1.200"]


def test_groups_do_not_disturb_each_other() -> None:
    table = pd.DataFrame(
        {"group": ["a", "b", "a", "b"], "step": ["in", "in", "out", "out"], "n": [20, 18, 12, 17]}
    )
    assert list(safe_flow(table)["n"]) == ["20", "18", "12", "≈18"]


def test_a_step_that_stands_twice_is_refused() -> None:
    table = pd.DataFrame({"group": ["a", "a"], "step": ["in", "in"], "n": [20, 12]})
    with pytest.raises(DesignError, match="'in' stands twice in the group 'a'"):
        safe_flow(table)


@given(st.lists(st.integers(0, 60), min_size=1, max_size=8), minima)
def test_no_two_shown_numbers_differ_by_a_few_people(people: list[int], minimum: int) -> None:
    texts = flow(*people, minimum=minimum)
    shown = [int(text) for text in texts if text.isdigit()]
    assert all(n >= minimum for n in shown)
    assert all(a == b or abs(a - b) >= minimum for a in shown for b in shown)
    for n, text in zip(people, texts, strict=True):
        if text.startswith("≈"):
            assert abs(int(text[1:]) - n) < minimum
        else:
            assert text == str(n) or (n < minimum and text == f"<{minimum}")


@pytest.mark.parametrize("minimum", [3, 5])
def test_knowing_the_rule_and_that_a_flow_only_shrinks_gives_no_small_difference_away(minimum: int) -> None:
    published: dict[tuple[str, ...], list[tuple[int, ...]]] = defaultdict(list)
    for rising in combinations_with_replacement(range(13), 3):
        people = rising[::-1]
        published[tuple(flow(*people, minimum=minimum))].append(people)
    assert len(published) > 30
    for possible in published.values():
        for earlier, later in ((0, 1), (1, 2), (0, 2)):
            differences = {people[earlier] - people[later] for people in possible}
            assert len(differences) > 1 or not 0 < differences.pop() < minimum
        for place in range(3):
            sizes = {people[place] for people in possible}
            assert len(sizes) > 1 or not 0 < sizes.pop() < minimum


# --- distributions


@given(counts, minima)
def test_every_bar_holds_enough_people_and_nobody_is_lost(people: list[int], minimum: int) -> None:
    sizes, edges = merged_bins(people, list(range(len(people) + 1)), minimum=minimum)
    if sum(people) < minimum:
        assert (sizes, edges) == ((), ())
        return
    assert min(sizes) >= minimum and sum(sizes) == sum(people)
    assert list(edges) == sorted(set(edges)) and (edges[0], edges[-1]) == (0, len(people))
    for size, left, right in zip(sizes, edges, edges[1:], strict=False):
        assert size == sum(people[int(left) : int(right)])


def test_bars_need_their_edges() -> None:
    with pytest.raises(DesignError, match="2 bars need 3 edges"):
        merged_bins([5, 5], [0, 1])
