"""The effect on those who would stay in either arm, between its worst and its best case."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from rmstudy.errors import DesignError
from rmstudy.methods.columns import Array, column, two_arms
from rmstudy.results import Estimate, Note, Result


def lee_bounds(
    data: pd.DataFrame,
    *,
    post: str = "post",
    arm: str = "arm",
    programme: Any = "programme",
) -> Result:
    """Bounds of the difference when more people stayed in one arm than in the other.

    Parameters
    ----------
    data : DataFrame
        One row a person, the lost included.
    post : str
        Column of the later score; without a value, a person is lost.
    arm : str
        Column with two labels.
    programme : object
        Label of the programme's arm; the other arm is the comparison.

    Returns
    -------
    Result
        The lower and the upper bound of programme minus comparison, in points; the difference of
        those observed; the share to trim and the people trimmed.

    Raises
    ------
    DesignError
        When a column cannot be used, the arms are not two, an arm has no outcome, or everybody
        observed would be trimmed.

    Notes
    -----
    The arm in which more people stayed (``q`` of them, against ``q'``) holds people who would have
    left the other one: a share ``(q - q') / q`` of those observed. They are trimmed from its top for
    one bound and from its bottom for the other. Whole people are removed, rounded down; software that
    trims fractions of a person gives slightly wider bounds. The limits are bounds from an assumption,
    not a confidence interval: sampling error comes on top.

    When not to use: without a lottery; or where the programme keeps some people and drives others
    away, since taking part may move staying in one direction only.

    References
    ----------
    Lee (2009), *Review of Economic Studies* 76, 1071-1102.

    Examples
    --------
    >>> import pandas as pd
    >>> data = pd.DataFrame({"arm": ["programme"] * 5 + ["waiting"] * 5,
    ...                      "post": [6, 8, 9, 10, 12, 5, 6, 7, 8, None]})
    >>> lee_bounds(data)
    post: bounds of the difference of mean later scores, programme minus comparison, 1.75 points (no interval);
    9 people counted, 1 not.
      upper bound: 3.25
      difference of those observed: 2.50
      share to trim: 0.20
      people trimmed: 1.00
      note: waiting lost more people, so as many are set aside in programme as would have left waiting: 1.
    """
    observed = two_arms(data, post=post, pre=None, arm=arm, programme=programme)
    everybody = _people(data, post, arm, programme, observed.labels)
    ours, theirs = observed.post[observed.treated == 1], observed.post[observed.treated == 0]
    trims_ours = len(ours) * everybody[1] >= len(theirs) * everybody[0]
    seen, lost_in = (0, 1) if trims_ours else (1, 0)
    stayed = (len(ours), len(theirs))
    surplus = stayed[seen] * everybody[lost_in] - stayed[lost_in] * everybody[seen]
    share, people = surplus / (stayed[seen] * everybody[lost_in]), surplus // everybody[lost_in]
    if people == stayed[seen]:
        raise DesignError(f"All of {observed.labels[seen]!r} would be trimmed. Describe who left instead.")
    lower, upper = _bounds(ours, theirs, people, trims_ours)
    rows = (
        Estimate("lower bound", lower),
        Estimate("upper bound", upper),
        Estimate("difference of those observed", float(ours.mean() - theirs.mean())),
        Estimate("share to trim", share),
        Estimate("people trimmed", people),
    )
    trimmed = Note.of("lee_trimmed", kept=observed.labels[seen], lost=observed.labels[lost_in], n=people)
    return Result(
        "lee_bounds",
        post,
        "bounds of the difference of mean later scores, programme minus comparison",
        "points",
        rows,
        None,
        observed.n,
        observed.dropped,
        (*observed.notes, trimmed if people else Note.of("lee_untrimmed")),
    )


def _people(
    data: pd.DataFrame, post: str, arm: str, programme: Any, labels: tuple[str, str]
) -> tuple[int, int]:
    """Everybody of each arm, the lost included."""
    flags = pd.DataFrame({post: 0.0, arm: column(data, arm)})
    arms = two_arms(flags, post=post, pre=None, arm=arm, programme=programme)
    return arms.n[labels[0]], arms.n[labels[1]]


def _bounds(ours: Array, theirs: Array, people: int, trims_ours: bool) -> tuple[float, float]:
    """Difference of means with the top of the fuller arm removed, and with its bottom removed."""
    fuller, other = (ours, theirs) if trims_ours else (theirs, ours)
    ranked = np.sort(fuller)
    low, high = float(ranked[: len(ranked) - people].mean()), float(ranked[people:].mean())
    rest = float(other.mean())
    return (low - rest, high - rest) if trims_ours else (rest - high, rest - low)
