"""What may be shown: small groups of people are hidden, and so is what would give them away.

Four kinds of publication are protected. Parts of a total (`suppressed`, `safe_counts`): no part of
fewer people than the minimum, and no remainder of fewer. Steps of a flow (`safe_flow`): no difference
of fewer people between two numbers. Bars of a distribution (`merged_bins`): no bar of fewer people.
Shares (`safe_share`): no share that counts a few people in, or out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from rmstudy import wording
from rmstudy.errors import DesignError, nearest

WITHHELD = "withheld"


def suppressed(counts: Iterable[int], *, minimum: int = 5) -> tuple[bool, ...]:
    """Say which parts of one published total must be hidden.

    A part of 1 to ``minimum - 1`` people is hidden (primary suppression). As the total gives away the
    sum of all that is hidden, the smallest further parts are hidden as well (complementary suppression)
    until at least ``minimum`` people stand behind that sum, and more people than hidden parts, or else
    each part would be known to be one person. An empty part is no person and is shown, unless this
    cannot be reached: then all parts are hidden. A total below the minimum must be hidden by the caller,
    and a breakdown in which every part is one person must not be published at all.

    Parameters
    ----------
    counts : iterable of int
        People in each part; together they make one published total.
    minimum : int
        Fewest people that may be shown; 1 hides nothing.

    Returns
    -------
    tuple of bool
        True where a part must be hidden, in the order of `counts`.

    Raises
    ------
    DesignError
        When a count is not a whole number of people, or the minimum is 2 or below 1.

    Notes
    -----
    One total over these parts may be published, and nothing that crosses it: a second grouping of the
    same people is a second way to the hidden numbers. The rule protects against subtraction; in a table
    of a few tiny parts somebody may still reason back from which parts were chosen. The terms are those
    of Hundepool et al. (2012), Statistical Disclosure Control.

    Examples
    --------
    >>> suppressed([3, 6])      # a unit of 9: both parts go, the unit stays
    (True, True)
    >>> suppressed([3, 6, 4])   # a unit of 13: the part of 6 stays, 7 people are left in the dark
    (True, False, True)
    """
    people = _whole(counts)
    _check_minimum(minimum)
    hidden = [0 < n < minimum for n in people]
    if not any(hidden):
        return tuple(hidden)
    for part in sorted((i for i, n in enumerate(people) if n >= minimum), key=people.__getitem__):
        if _in_the_dark(people, hidden, minimum):
            break
        hidden[part] = True
    return tuple(hidden) if _in_the_dark(people, hidden, minimum) else (True,) * len(people)


def safe_counts(
    table: pd.DataFrame,
    *,
    n: str = "n",
    within: Sequence[str] = (),
    minimum: int = 5,
    lang: str = "en",
) -> pd.DataFrame:
    """Write the counts of a table, with small ones and those that would give them away hidden.

    Parameters
    ----------
    table : DataFrame
        One row a part, without rows of totals.
    n : str
        Column of people in each part.
    within : sequence of str
        Columns that name the published total a part belongs to; without them, the whole table.
    minimum : int
        Fewest people that may be shown; 1 hides nothing.
    lang : {'en', 'it'}
        Language of the numbers and of the mark.

    Returns
    -------
    DataFrame
        The same table, the counts as text.

    Raises
    ------
    DesignError
        When a column is missing or a count is not a whole number of people.

    Notes
    -----
    Every hidden count carries the same mark, ``withheld``. A mark of its own for the small ones would
    undo the protection: of 1 and 5 people in a unit of 6, "fewer than 5" beside "5 or more" leaves one
    solution only. Shares and means worked out from a hidden count must be dropped by the caller, and
    only the totals named by `within` may stand beside the table, those below the minimum hidden.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"unit": ["X", "X", "Y", "Y"], "role": list("abab"), "n": [3, 6, 8, 12]})
    >>> safe_counts(table, within=["unit"])["n"].tolist()
    ['withheld', 'withheld', '8', '12']
    """
    for name in (n, *within):
        _known(table, name)
    groups = (
        table.groupby(list(within), sort=False, dropna=False).indices.values()
        if within
        else [range(len(table))]
    )
    people = _whole(table[n])
    shown = [wording.count(value, lang) for value in people]
    for rows in groups:
        places = [int(row) for row in rows]
        for row, hide in zip(
            places, suppressed([people[row] for row in places], minimum=minimum), strict=True
        ):
            if hide:
                shown[row] = wording.translate(WITHHELD, lang)
    return table.assign(**{n: pd.Series(shown, index=table.index, dtype=object)})


def safe_flow(
    table: pd.DataFrame,
    *,
    group: str = "group",
    step: str = "step",
    n: str = "n",
    minimum: int = 5,
    lang: str = "en",
) -> pd.DataFrame:
    """Write the numbers of a participation flow so that no few people can be told from two of them.

    Within a group, in order: a number is shown when it equals each number shown before it or differs
    from it by at least ``minimum``. When it comes closer, it is written as about that number: ``≈48``
    is 48 give or take fewer than the minimum. A number below the minimum, none included, is written
    ``<5``.

    Parameters
    ----------
    table : DataFrame
        One row a group and step, the steps in order.
    group, step, n : str
        Columns of the group, the step and the people who reached it.
    minimum : int
        Fewest people that may be shown or told apart; 1 hides nothing.
    lang : {'en', 'it'}
        Language of the numbers.

    Returns
    -------
    DataFrame
        The same table, the numbers as text.

    Raises
    ------
    DesignError
        When a column is missing, a step stands twice in a group, or a number is not a whole number.

    Notes
    -----
    The sum over groups must not stand beside the table: it would give the hidden numbers away.
    A later step may be larger (answering does not need completing); it is held against all the
    numbers shown before, because the people of one step may be part of those of any other.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"group": "programme", "n": [60, 48, 46, 40, 3],
    ...                       "step": ["invited", "applied", "matched", "met", "left early"]})
    >>> safe_flow(table)["n"].tolist()
    ['60', '48', '≈48', '40', '<5']
    """
    for name in (group, step, n):
        _known(table, name)
    if table.duplicated([group, step]).any():
        first = table.loc[table.duplicated([group, step]), [group, step]].iloc[0]
        raise DesignError(
            f"The step {first[step]!r} stands twice in the group {first[group]!r}. Keep one row for each."
        )
    people = _whole(table[n])
    _check_minimum(minimum)
    texts = [""] * len(table)
    for rows in table.groupby(group, sort=False, dropna=False).indices.values():
        places = [int(row) for row in rows]
        for row, text in zip(places, _steps([people[row] for row in places], minimum, lang), strict=True):
            texts[row] = text
    return table.assign(**{n: pd.Series(texts, index=table.index, dtype=object)})


def safe_share(
    reached: int, of: int, *, minimum: int = 5, told: tuple[int, int] | None = None, lang: str = "en"
) -> str:
    """Write a share of people so that it counts no few of them in or out.

    Parameters
    ----------
    reached, of : int
        People who did, of how many.
    minimum : int
        Fewest people that may be told; 1 hides nothing.
    told : tuple of int, optional
        The fewest and the most people that the number published beside the share may stand for; left
        out, that number is published exactly.
    lang : {'en', 'it'}
        Language of the number.

    Returns
    -------
    str
        In whole percent. Where fewer than the minimum reached it, none included, ``<11%``; where all but
        fewer did, ``>89%``; withheld where both may be so. Beside a number of people that is not exact,
        a range of tens (``60–70%``), because a sharper share would tell that number.

    Raises
    ------
    DesignError
        When the numbers are not whole, or more reached it than there are.

    Notes
    -----
    Only a share in whole percent may stand with its interval: any other would be told by its limits.

    Examples
    --------
    >>> safe_share(31, 48), safe_share(2, 48), safe_share(46, 48)
    ('65%', '<11%', '>89%')
    >>> safe_share(28, 46, told=(44, 52)), safe_share(3, 7)
    ('60–70%', 'withheld')
    """
    reached, of = _whole((reached, of))
    _check_minimum(minimum)
    if not 0 < of >= reached:
        raise DesignError(f"{reached} of {of} people is no share. Count the people before writing it.")
    if told is not None and told[0] < told[1]:
        return _in_tens(reached, of, min(told[0], of), minimum, lang)
    few, rest = reached < minimum, of - reached < minimum
    if minimum == 1 or not (few or rest):
        return wording.percent(reached / of, lang)
    if of < 2 * minimum - 1:  # both may be so
        return wording.translate(WITHHELD, lang)
    # the bound is the same for all the numbers that it hides
    bound = -(-100 * minimum // of)
    return "<" + wording.percent(bound / 100, lang) if few else ">" + wording.percent(1 - bound / 100, lang)


def merged_bins(
    counts: Iterable[int], edges: Sequence[float], *, minimum: int = 5
) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """Join neighbouring bars of a distribution until each holds enough people.

    Parameters
    ----------
    counts : iterable of int
        People in each bar, from left to right.
    edges : sequence of float
        Edges of the bars, one more than there are bars.
    minimum : int
        Fewest people a bar may hold.

    Returns
    -------
    tuple
        People in each joined bar, and its edges. Empty when there are fewer people than the minimum.

    Raises
    ------
    DesignError
        When the edges do not fit the bars.

    Examples
    --------
    >>> merged_bins([1, 6, 2, 9, 3], [0, 1, 2, 3, 4, 5])
    ((7, 14), (0, 2, 5))
    """
    people = _whole(counts)
    _check_minimum(minimum)
    if len(edges) != len(people) + 1:
        raise DesignError(f"{len(people)} bars need {len(people) + 1} edges, not {len(edges)}.")
    sizes: list[int] = []
    ends: list[float] = []
    held = 0
    for size, right in zip(people, edges[1:], strict=True):
        held += size
        if held >= minimum:
            sizes.append(held)
            ends.append(right)
            held = 0
    if not sizes:
        return (), ()
    # too few are left at the right end to stand alone: they join the last bar
    return (*sizes[:-1], sizes[-1] + held), (edges[0], *ends[:-1], edges[-1])


def _in_tens(reached: int, of: int, fewest: int, minimum: int, lang: str) -> str:
    """Write a share of an unknown number of people, at least `fewest`; each text is possible for all of them."""
    bound = -(-10 * minimum // fewest)
    if fewest < 10 or bound > 5:
        return wording.translate(WITHHELD, lang)
    if bound == 5:
        return ("<" if 2 * reached < of else "≥") + wording.percent(0.5, lang)
    if 10 * reached < bound * of:
        return "<" + wording.percent(bound / 10, lang)
    if 10 * reached > (10 - bound) * of:
        return ">" + wording.percent(1 - bound / 10, lang)
    low = min(10 * reached // of, 9 - bound)
    return f"{wording.count(10 * low, lang)}–{wording.percent((low + 1) / 10, lang)}"


def _steps(people: Sequence[int], minimum: int, lang: str) -> list[str]:
    """Write the numbers of one group's steps; the rule of `safe_flow`."""
    shown: list[int] = []
    texts: list[str] = []
    for n in people:
        close = [number for number in shown if 0 < abs(number - n) < minimum]
        if close:
            texts.append("≈" + wording.count(close[-1], lang))
        elif n < minimum and minimum > 1:
            texts.append("<" + wording.count(minimum, lang))
        else:
            shown.append(n)
            texts.append(wording.count(n, lang))
    return texts


def _in_the_dark(people: Sequence[int], hidden: Sequence[bool], minimum: int) -> bool:
    """Whether what is hidden cannot be worked out from the total and what is shown."""
    unseen = sum(n for n, hide in zip(people, hidden, strict=True) if hide)
    return unseen >= minimum and unseen > sum(hidden)


def _whole(counts: Iterable[int]) -> list[int]:
    """Counts as whole numbers of people, or a refusal."""
    values = np.asarray(list(counts), dtype="float64")
    if not (np.isfinite(values).all() and (values >= 0).all() and (values == np.floor(values)).all()):
        raise DesignError(
            "The counts must be whole numbers of people, zero or more, none missing. "
            "Count the people before hiding small groups."
        )
    return [int(value) for value in values]


def _check_minimum(minimum: int) -> None:
    """Refuse a minimum that would protect nobody without saying so."""
    if minimum < 1 or minimum == 2:
        raise DesignError(
            f"A minimum of {minimum} protects nobody: fewer than 2 people are one person. "
            "Use 3 or more (5 is usual), or 1 to hide nothing."
        )


def _known(table: pd.DataFrame, name: str) -> None:
    """Refuse a column that the table does not have."""
    if name not in table.columns:
        raise DesignError(f"There is no column {name!r}. {nearest(name, map(str, table.columns))}")
