"""Single people's change against measurement error: how many moved further than the instrument wavers.

A mean can rise because everybody rose a little or a few rose much. Here each person's change is held
against the error of the instrument, so its reliability must come from a source that is named, and be high.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final, NamedTuple, cast

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from rmstudy.errors import DesignError
from rmstudy.methods.columns import Array, paired, two_arms
from rmstudy.methods.regression import confidence_level
from rmstudy.methods.wilson import wilson
from rmstudy.results import Estimate, Note, Result

# Jacobson & Truax (1991) print 1.96, not the quantile 1.959964: with whole scores the difference can
# move people. A change of exactly so much is not beyond it.
_BEYOND: Final = 1.96
# Below this reliability the index calls nearly everybody unchanged.
_LEAST_RELIABILITY: Final = 0.70
# Two scores closer than this share of their size differ by binary rounding.
_GRAIN: Final = 1e-10
_CLASSES: Final = ("improved", "unchanged", "worse")
_ESTIMAND: Final = "share of people who improved by more than measurement error"
_EXPECTED: Final = Estimate(
    "share expected by measurement error alone, each way", float(stats.norm.sf(_BEYOND))
)


class _People(NamedTuple):
    """People with both scores: their change, who is the programme's, and the standard deviation to use."""

    change: Array
    treated: npt.NDArray[np.bool_]
    sd: float
    n: Mapping[str, int]
    dropped: Mapping[str, int]
    notes: tuple[Note, ...]


class _Error(NamedTuple):
    """What measurement error does to one score and to a change, in points."""

    score: float
    change: float

    @property
    def threshold(self) -> float:
        """Largest change that is still within error."""
        return _BEYOND * self.change


def reliable_change(
    data: pd.DataFrame,
    *,
    pre: str = "pre",
    post: str = "post",
    reliability: float,
    reliability_source: str,
    reliability_interval: tuple[float, float] | None = None,
    sd: float | None = None,
    higher_is_better: bool = True,
    arm: str | None = None,
    programme: Any = "programme",
    level: float = 0.95,
) -> Result:
    """Share of people whose own change is larger than measurement error (Jacobson and Truax).

    Parameters
    ----------
    data : DataFrame
        One row a person.
    pre, post : str
        Columns of the earlier and the later score.
    reliability : float
        Reliability of one score, at least .70: test-retest over a short while, or omega, in a
        reference group.
    reliability_source : str
        Where it comes from, such as the manual or the study; it is printed with the result.
    reliability_interval : (float, float), optional
        Lowest and highest plausible reliability, such as the source's confidence limits.
    sd : float, optional
        Standard deviation of the scores in the group that the reliability comes from; by default
        that of the people counted, before, and a note says so.
    higher_is_better : bool
        Whether a rise is an improvement.
    arm : str, optional
        Column with two labels; the comparison's shares are then printed beside the programme's.
    programme : object
        Label of the programme's arm; the other arm is the comparison.
    level : float
        Confidence level of the shares' intervals.

    Returns
    -------
    Result
        The shares improved, unchanged and worse, of the programme's arm when there are two, with
        Wilson's interval; the share that measurement error alone would put on either side; the
        comparison's shares; the share improved at either end of `reliability_interval`; the standard
        deviation used, the standard error of one score and of a change, and the largest change within
        error, in points; the people in each class.

    Raises
    ------
    DesignError
        When the reliability is below .70 or not between 0 and 1, has no source or lies outside its
        interval, the standard deviation is not above zero, or a column cannot be used.

    Notes
    -----
    ``SEM = s √(1 - r)``, ``S_diff = √2 SEM``, ``RC = (post - pre) / S_diff``; improved or worse when
    ``|RC| > 1.96``, so that somebody exactly on it counts as unchanged. With two arms and no `sd`, s
    is that of everybody counted in both. Only people with both scores enter s. The intervals of the
    shares take the reliability as known: `reliability_interval` shows what that hides.

    When not to use: as the programme's effect. Error alone puts 2.5% on either side, and people chosen
    for low scores drift upwards: read it beside the comparison's shares. Nor to judge one person in a
    report; a group's `mean_change` needs no such reliability. Whether people reached a level is
    another question (`rmstudy.methods.proportions.share`).

    References
    ----------
    Jacobson & Truax (1991), *Journal of Consulting and Clinical Psychology* 59, 12-19. Maassen (2004),
    *Journal of the International Neuropsychological Society* 10, 888-893 (the error of a change).

    Examples
    --------
    >>> import pandas as pd
    >>> data = pd.DataFrame({"pre": [40, 46, 35, 52, 44, 39, 48, 41], "post": [52, 49, 51, 50, 58, 42, 47, 56]})
    >>> found = reliable_change(data, reliability=0.85, reliability_source="manual, table 3", sd=9)
    >>> print(found.text())
    post: share of people who improved by more than measurement error, 0.50 of the people
    (95% interval 0.22 to 0.78); 8 people counted, 0 not.
    >>> found.estimates[7].term, round(found.estimates[7].estimate, 2)
    ('largest change within error, in points', 9.66)
    """
    level = confidence_level(level)
    limits = _reliabilities(reliability, reliability_source, reliability_interval)
    people = _people(data, pre, post, sd, arm, programme)
    rise = people.change if higher_is_better else -people.change
    ours, theirs = rise[people.treated], rise[~people.treated]
    error = _error(reliability, people.sd)
    counts = _counts(ours, error)
    notes = [
        *people.notes,
        Note.of("reliability_source", value=reliability, source=reliability_source.strip()),
    ]
    if sd is None:
        notes.append(Note.of("reliable_change_own_spread", sd=people.sd))
    estimates = [*_shares("share {}", counts, level), _EXPECTED]
    if len(theirs):
        estimates += _shares("share {}, comparison", _counts(theirs, error), level)
    if limits is not None:
        more, note = _over_reliabilities(ours, people.sd, limits, level)
        estimates += more
        notes.append(note)
    estimates += [
        Estimate("standard deviation used, in points", people.sd),
        Estimate("standard error of measurement, in points", error.score),
        Estimate("standard error of a change, in points", error.change),
        Estimate("largest change within error, in points", error.threshold),
        *(Estimate(f"people {name}", count) for name, count in zip(_CLASSES, counts, strict=True)),
    ]
    return Result(
        "reliable_change",
        post,
        _ESTIMAND if arm is None else f"{_ESTIMAND}, programme",
        "of the people",
        tuple(estimates),
        level,
        people.n,
        people.dropped,
        tuple(notes),
    )


def reliable_change_index(
    data: pd.DataFrame,
    *,
    pre: str = "pre",
    post: str = "post",
    reliability: float,
    sd: float | None = None,
    higher_is_better: bool = True,
) -> pd.DataFrame:
    """Each person's change over its measurement error, a row a person: the numbers behind `reliable_change`.

    Parameters
    ----------
    data : DataFrame
        One row a person.
    pre, post : str
        Columns of the earlier and the later score.
    reliability : float
        Reliability of one score, at least .70.
    sd : float, optional
        Standard deviation of the scores in the group that the reliability comes from; by default
        that of the people with both scores, before.
    higher_is_better : bool
        Whether a rise is an improvement.

    Returns
    -------
    DataFrame
        The people with both scores, indexed as in `data`: ``change`` (later minus earlier), ``rc``
        (the change over its standard error, with the same sign) and ``direction`` (``"improved"``,
        ``"unchanged"`` or ``"worse"``).

    Raises
    ------
    DesignError
        As `reliable_change`.

    Notes
    -----
    ``RC = (post - pre) / (√2 s √(1 - r))``; beyond 1.96 on either side it is called a reliable change.

    When not to use: to show to anybody but the person. One in twenty unchanged people is beyond 1.96
    by error alone, and nobody can tell who.

    References
    ----------
    Jacobson & Truax (1991), *Journal of Consulting and Clinical Psychology* 59, 12-19.

    Examples
    --------
    >>> import pandas as pd
    >>> person = pd.DataFrame({"pre": [32.5], "post": [47.5]}, index=["s01"])
    >>> reliable_change_index(person, reliability=0.80, sd=7.5).round(2)
         change    rc direction
    s01    15.0  3.16  improved
    """
    _reliability(reliability)
    people = _people(data, pre, post, sd, None, None)
    error = _error(reliability, people.sd)
    rise = people.change if higher_is_better else -people.change
    columns = {
        "change": people.change,
        "rc": people.change / error.change,
        "direction": np.array(_CLASSES)[1 - _direction(rise, error)],
    }
    complete = data[[pre, post]].notna().all(axis=1)
    return pd.DataFrame(columns, index=data.index[complete])


def _people(
    data: pd.DataFrame, pre: str, post: str, sd: float | None, arm: str | None, programme: Any
) -> _People:
    """The people with both scores, and the standard deviation that their error is reckoned from."""
    if sd is not None and not (sd > 0 and math.isfinite(sd)):
        raise DesignError(
            f"sd={sd!r} is not a standard deviation above zero. Give that of the reference group."
        )
    if arm is None:
        pairs = paired(data, pre=pre, post=post, least=2 if sd is None else 1)
        before, change, treated = pairs.pre, pairs.post - pairs.pre, np.ones(len(pairs.pre), dtype=bool)
        counted: tuple[Any, ...] = (pairs.n, pairs.dropped, pairs.notes)
    else:
        arms = two_arms(data, post=post, pre=pre, arm=arm, programme=programme)
        before = cast(Array, arms.pre)
        change, treated = arms.post - before, arms.treated == 1
        counted = (arms.n, arms.dropped, arms.notes)
    if sd is None:
        if np.ptp(before) <= _GRAIN * np.abs(before).max():
            raise DesignError(
                f"All starting scores in {pre!r} are equal, so their spread says nothing about the error of the "
                "instrument. Give the standard deviation of the reference group: sd=..."
            )
        sd = float(before.std(ddof=1))
    return _People(change, treated, float(sd), *counted)


def _reliability(reliability: float) -> None:
    """Refuse a reliability that single people's changes cannot be read with."""
    if not 0 < reliability < 1:
        raise DesignError(
            f"reliability={reliability!r} must lie between 0 and 1, both excluded: at 1 every change would count, "
            "however small. Take it from the instrument's manual or a test-retest study."
        )
    if reliability < _LEAST_RELIABILITY:
        raise DesignError(
            f"reliability={reliability!r} is below {_LEAST_RELIABILITY}: changes of single people cannot be told from "
            "error. Report the group with mean_change, or probability_of_improvement with its shares."
        )


def _reliabilities(
    reliability: float, source: str, interval: tuple[float, float] | None
) -> tuple[float, float] | None:
    """Check the reliability, its source and its interval."""
    _reliability(reliability)
    if not (isinstance(source, str) and source.strip()):
        raise DesignError(
            "reliability_source is empty. Say where the reliability comes from: the manual, the study, the sample."
        )
    if interval is None:
        return None
    low, high = interval
    if not 0 < low <= reliability <= high < 1:
        raise DesignError(
            f"reliability_interval={interval!r} must run from low to high between 0 and 1, around "
            f"reliability={reliability!r}."
        )
    return float(low), float(high)


def _error(reliability: float, sd: float) -> _Error:
    """Standard errors of a score and of a change (Jacobson & Truax 1991, p. 14)."""
    score = sd * math.sqrt(1 - reliability)
    return _Error(score, math.sqrt(2) * score)


def _direction(rise: Array, error: _Error) -> npt.NDArray[np.intp]:
    """1 for a rise beyond error, -1 for a fall beyond it, 0 within; exactly on the limit is within."""
    beyond = np.abs(rise) > error.threshold * (1 + _GRAIN)
    return np.where(beyond, np.sign(rise), 0).astype(np.intp)


def _counts(rise: Array, error: _Error) -> tuple[int, int, int]:
    """People improved, unchanged and worse."""
    direction = _direction(rise, error)
    improved, worse = int((direction > 0).sum()), int((direction < 0).sum())
    return improved, len(rise) - improved - worse, worse


def _shares(term: str, counts: tuple[int, int, int], level: float) -> list[Estimate]:
    """The shares improved, unchanged and worse, each with its Wilson interval."""
    named = zip(_CLASSES, counts, strict=True)
    return [wilson(term.format(name), count, sum(counts), level) for name, count in named]


def _over_reliabilities(
    rise: Array, sd: float, limits: tuple[float, float], level: float
) -> tuple[list[Estimate], Note]:
    """The share improved at the lowest and at the highest reliability."""
    rows = [
        _shares(f"share {{}}, {end} reliability", _counts(rise, _error(limit, sd)), level)[0]
        for end, limit in zip(("lowest", "highest"), limits, strict=True)
    ]
    least, most = (row.estimate for row in rows)
    low, high = limits
    return rows, Note.of("reliable_change_range", low=low, high=high, least=least, most=most)
