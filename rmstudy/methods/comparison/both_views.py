"""The adjusted difference and the difference of the changes side by side: Lord's paradox, said aloud."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import pandas as pd

from rmstudy.methods.columns import Array
from rmstudy.methods.comparison.ancova import adjusted_arms, adjusted_model
from rmstudy.methods.comparison.means import unadjusted
from rmstudy.methods.comparison.moments import changes, without_rounding
from rmstudy.methods.regression import coefficient, confidence_level
from rmstudy.results import Estimate, Note, Result


def change_or_adjusted(
    data: pd.DataFrame,
    *,
    post: str = "post",
    pre: str = "pre",
    arm: str = "arm",
    programme: Any = "programme",
    covariates: Sequence[str] = (),
    cluster: str | None = None,
    level: float = 0.95,
) -> Result:
    """Adjusted difference and difference of the changes of the same people, with what each one assumes.

    Parameters
    ----------
    data : DataFrame
        One row a person.
    post, pre : str
        Columns of the later and the starting score.
    arm : str
        Column with two labels.
    programme : object
        Label of the programme's arm; the other arm is the comparison.
    covariates : sequence of str
        Further numeric columns known before the programme, for the adjusted difference.
    cluster : str, optional
        Column of cluster labels, such as the pair or the department.
    level : float
        Confidence level.

    Returns
    -------
    Result
        The adjusted difference, the difference of the mean changes, and the difference of the starting
        scores, from which the first two part.

    Raises
    ------
    DesignError
        As `adjusted_difference` and `difference_in_differences`.

    Notes
    -----
    The two are those of the functions of these names, for the people who have everything. Without
    covariates ``adjusted = (Ȳ1 - Ȳ0) - b (X̄1 - X̄0)`` and ``change = (Ȳ1 - Ȳ0) - (X̄1 - X̄0)``, so that
    ``adjusted - change = (1 - b) (X̄1 - X̄0)`` with b the slope of the starting score X within arms: they
    agree where the arms start alike. Which one to believe is not in the data but in how people came into their
    arm, and the notes say so: after a lottery both are right on average and the adjusted one is more
    precise; after selection on the starting score only the adjusted one is right; where groups chose
    themselves each has its own assumption, and if either holds, the truth lies between the two. Further
    notes say when the signs differ and when only one interval excludes zero.

    When not to use: to choose the more pleasing of two numbers. Fix the estimator before the data.

    References
    ----------
    Lord (1967), *Psychological Bulletin* 68, 304-305. Van Breukelen (2006), *Journal of Clinical
    Epidemiology* 59, 920-925. Ding & Li (2019), *Political Analysis* 27, 605-615.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({
    ...     "arm": ["programme"] * 5 + ["waiting"] * 5,
    ...     "pre": [40, 45, 50, 55, 60, 42, 47, 51, 56, 61],
    ...     "post": [52, 53, 61, 62, 70, 46, 50, 52, 60, 63]})
    >>> for e in change_or_adjusted(frame).estimates:
    ...     print(f"{e.term}: {e.estimate:.2f}")
    adjusted for the starting score: 6.69
    difference of mean changes: 6.80
    difference of starting scores: -1.40
    """
    level = confidence_level(level)
    arms = adjusted_arms(
        data, post=post, pre=pre, arm=arm, programme=programme, covariates=covariates, cluster=cluster
    )
    model = adjusted_model(arms, arm=arm, pre=pre)
    before = cast(Array, arms.pre)
    adjusted = coefficient(model.fit, 1, term="adjusted for the starting score", level=level)
    change, more = unadjusted(changes(before, arms), arms, level, mean="mean change")
    start, _ = unadjusted(without_rounding(before, arms.treated), arms, level, mean="mean")
    changed = replace(change[0], term="difference of mean changes")
    notes = dict.fromkeys((*arms.notes, *model.notes, *more, *_lord(adjusted, changed)))
    return Result(
        "change_or_adjusted",
        post,
        "adjusted difference beside the difference of mean changes, programme minus comparison",
        "points",
        (adjusted, changed, replace(start[0], term="difference of starting scores")),
        level,
        arms.n,
        arms.dropped,
        tuple(notes),
    )


def _lord(adjusted: Estimate, changed: Estimate) -> list[Note]:
    """Which of the two to believe, and where they disagree."""
    notes = [Note.of("lords_paradox")]
    if (adjusted.estimate or 0.0) * (changed.estimate or 0.0) < 0:
        notes.append(Note.of("lords_paradox_signs"))
    sides = [_excludes_zero(adjusted), _excludes_zero(changed)]
    if None not in sides and sides[0] != sides[1]:
        notes.append(Note.of("lords_paradox_zero"))
    return notes


def _excludes_zero(estimate: Estimate) -> bool | None:
    """Whether the interval excludes zero, or nothing without an interval."""
    if estimate.conf_low is None or estimate.conf_high is None:
        return None
    return estimate.conf_low > 0 or estimate.conf_high < 0
