"""Regression to the mean: what people chosen for a low score would have gained anyway."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from numbers import Real
from typing import Final, Literal, get_args

import pandas as pd

from rmstudy.errors import DesignError
from rmstudy.methods.columns import numeric, one_row_each
from rmstudy.results import Estimate, Note, Result

SelectedOn = Literal["outcome", "other"]
_SELECTED_ON: Final[tuple[str, ...]] = get_args(SelectedOn)
# Width given to a stability that comes without any statement of its uncertainty.
_ASSUMED_BAND: Final = 0.10


def regression_to_the_mean(
    data: pd.DataFrame,
    *,
    pre: str = "pre",
    stability: float,
    reference_mean: float,
    stability_interval: tuple[float, float] | None = None,
    selected_on: SelectedOn = "outcome",
) -> Result:
    """Change that a selected group would show with no programme at all.

    People chosen because they scored low (or high) score nearer to the ordinary mean the next time,
    whatever happens in between. Put this number beside every change of one group.

    Parameters
    ----------
    data : DataFrame
        One row a person: the people whose change is reported.
    pre : str
        Column of the starting score.
    stability : float
        Correlation of the score with itself over the programme's length, in the population that the
        people were chosen from and without any programme (test-retest).
    reference_mean : float
        Mean of that population, on the same scale.
    stability_interval : (float, float), optional
        Lowest and highest plausible stability, such as the source's confidence limits; by default
        0.10 to either side, and a note says so.
    selected_on : {'outcome', 'other'}
        Whether people were chosen by this very score, or in some other way that may go with it
        (a manager's choice, another test, their own wish).

    Returns
    -------
    Result
        The full shift in points, later minus earlier. ``conf_low`` and ``conf_high`` hold a **band**,
        not a sampling interval, and `level` is None. Chosen by the outcome: the shifts over
        `stability_interval`. Chosen otherwise: from no shift to the largest of those, since how far
        the other criterion goes with the score is unknown.

    Raises
    ------
    DesignError
        When the column cannot be used, a stability is outside 0 to 1 or outside its interval, or
        `selected_on` is unknown.

    Notes
    -----
    ``(1 - stability) * (reference_mean - mean of pre)``: the expected change when the two scores have
    the same mean and variance in the population and a straight regression of one on the other. The
    stability is not the internal consistency (alpha) of the scale: that leaves out real ups and
    downs between the waves, and understates the shift.

    When not to use: with a comparison group chosen in the same way, which shows the same shift and
    cancels it; or where the population's own mean drifts over the period, which adds to it.

    References
    ----------
    Davis (1976), *American Journal of Epidemiology* 104, 493-498. Barnett, van der Pols & Dobson
    (2005), *International Journal of Epidemiology* 34, 215-220.

    Examples
    --------
    >>> import pandas as pd
    >>> chosen = pd.DataFrame({"pre": [31.0, 35.0, 38.0, 40.0, 41.0]})
    >>> shift = regression_to_the_mean(chosen, stability=0.70, reference_mean=50, stability_interval=(0.6, 0.8))
    >>> round(shift.headline.estimate, 2), round(shift.headline.conf_low, 2), round(shift.headline.conf_high, 2)
    (3.9, 2.6, 5.2)
    """
    low, high, assumed = _stabilities(stability, stability_interval)
    if selected_on not in _SELECTED_ON:
        raise DesignError(f"selected_on={selected_on!r} is unknown. Allowed: {', '.join(_SELECTED_ON)}.")
    if not (isinstance(reference_mean, Real) and isfinite(reference_mean)):
        raise DesignError(
            f"reference_mean={reference_mean!r} is not a number. Give the mean of the population that the people "
            "were chosen from."
        )
    one_row_each(data)
    scores = numeric(data, pre).dropna()
    distance = float(reference_mean) - float(scores.mean())
    full = _shift(distance, stability)
    ends = [_shift(distance, low), _shift(distance, high)]
    if selected_on == "outcome":
        selection = Note.of("rtm_selected_on_outcome")
    else:
        selection = Note.of("rtm_selected_otherwise", full=full)
        ends.append(0.0)
    notes = [selection, Note.of("rtm_band", low=min(ends), high=max(ends))]
    if assumed:
        notes.append(Note.of("rtm_stability_assumed_band", low=low, high=high))
    return Result(
        method="regression_to_the_mean",
        outcome=pre,
        estimand="change expected without any programme (regression to the mean), later minus earlier",
        unit="points",
        estimates=(Estimate("regression to the mean", full, conf_low=min(ends), conf_high=max(ends)),),
        level=None,
        n={"all": len(scores)},
        dropped={"all": len(data) - len(scores)},
        notes=tuple(notes),
    )


def _shift(distance: float, stability: float) -> float:
    """Expected change of a group at this distance below the population's mean."""
    return (1 - stability) * distance


def _stabilities(stability: float, interval: tuple[float, float] | None) -> tuple[float, float, bool]:
    """Lowest and highest stability, and whether they are assumed."""
    if not (isinstance(stability, Real) and 0 <= stability <= 1):
        raise DesignError(
            f"stability={stability!r} is not a test-retest correlation between 0 and 1. Take it from a source "
            "that measured people twice, about as far apart as the programme is long."
        )
    if interval is None:
        return max(stability - _ASSUMED_BAND, 0.0), min(stability + _ASSUMED_BAND, 1.0), True
    two = isinstance(interval, Sequence) and len(interval) == 2 and all(isinstance(x, Real) for x in interval)
    if not (two and 0 <= interval[0] <= stability <= interval[1] <= 1):
        raise DesignError(
            f"stability_interval={interval!r} must run from low to high within 0 and 1, around "
            f"stability={stability!r}."
        )
    return *interval, False
