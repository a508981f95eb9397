"""Shares of people as they may be shown: nobody is counted in or out."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rmstudy.disclosure import WITHHELD, safe_share
from rmstudy.errors import DesignError

minimums = st.integers(3, 8)


@given(of=st.integers(1, 300), minimum=minimums)
@settings(max_examples=150, deadline=None)
def test_a_share_beside_an_exact_number_isolates_nobody(of, minimum):
    meant: dict[str, set[int]] = {}
    for reached in range(of + 1):
        meant.setdefault(safe_share(reached, of, minimum=minimum), set()).add(reached)
    few = set(range(min(minimum, of + 1)))
    most = {of - n for n in few}
    for text, numbers in meant.items():
        # a text that may mean a few people may mean any few people
        if numbers & few:
            assert few <= numbers, (text, numbers)
        if numbers & most:
            assert most <= numbers, (text, numbers)


@given(fewest=st.integers(1, 120), spread=st.integers(1, 9), minimum=minimums, data=st.data())
@settings(max_examples=150, deadline=None)
def test_a_share_beside_an_inexact_number_does_not_tell_it(fewest, spread, minimum, data):
    told = (fewest, fewest + spread)
    meant: dict[str, set[tuple[int, int]]] = {}
    for of in range(fewest, fewest + spread + 1):
        for reached in range(of + 1):
            text = safe_share(reached, of, minimum=minimum, told=told)
            meant.setdefault(text, set()).add((reached, of))
    for text, pairs in meant.items():
        # whatever is told, every number of people that was possible is still possible
        assert {of for _, of in pairs} == set(range(fewest, fewest + spread + 1)), text
        for few in ({r for r, of in pairs if r < minimum}, {of - r for r, of in pairs if of - r < minimum}):
            assert not few or few >= set(range(min(minimum, fewest + 1))), text


@given(of=st.integers(10, 400), minimum=st.integers(3, 5), data=st.data())
@settings(max_examples=150, deadline=None)
def test_what_is_said_of_a_share_is_true(of, minimum, data):
    reached = data.draw(st.integers(0, of))
    text = safe_share(reached, of, minimum=minimum)
    value = float(text.strip("<>≈%")) / 100
    if text[0] == "<":
        assert reached / of < value
    elif text[0] == ">":
        assert reached / of > value
    else:
        assert abs(reached / of - value) <= 0.005 + 1e-9


def test_shares_by_hand():
    assert [safe_share(n, 20) for n in (0, 4, 5, 15, 16, 20)] == [
        "<25%",
        "<25%",
        "25%",
        "75%",
        ">75%",
        ">75%",
    ]
    assert safe_share(4, 8) == safe_share(1, 8) == WITHHELD
    assert safe_share(5, 10) == "50%"
    assert safe_share(1, 4, minimum=1) == "25%"
    assert safe_share(31, 48, lang="it") == "65%"
    assert safe_share(2, 8, lang="it") == "non riportato"
    assert safe_share(4, 9) == "<56%"
    # people told as about 48: their number must not be had from the share
    assert [safe_share(n, 46, told=(44, 52)) for n in (4, 9, 28, 44)] == ["<20%", "<20%", "60–70%", ">80%"]
    assert safe_share(10, 15, told=(12, 20)) == "≥50%"
    assert safe_share(7, 9, told=(8, 16)) == WITHHELD
    with pytest.raises(DesignError):
        safe_share(5, 4)
    with pytest.raises(DesignError):
        safe_share(0, 0)
