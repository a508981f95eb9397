"""Whether people who met more ended up better: the slope on a dose that nobody assigned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import pandas as pd

from rmstudy.errors import DesignError
from rmstudy.methods.columns import Array
from rmstudy.methods.regression.designs import design_matrix
from rmstudy.methods.regression.fitting import coefficient, confidence_level, least_squares
from rmstudy.methods.regression.linear import coefficient_rows, error_notes
from rmstudy.methods.regression.people import People, complete_people
from rmstudy.results import Note, Result

# With so large a share of the people at one dose, the slope rests on the few others.
_MOSTLY_ONE_DOSE: Final = 0.8


def dose_response(
    data: pd.DataFrame,
    *,
    post: str = "post",
    pre: str | None = None,
    dose: str = "dose",
    covariates: Sequence[str] = (),
    cluster: str | None = None,
    level: float = 0.95,
) -> Result:
    """Difference in the later score per unit of dose, among participants.

    Parameters
    ----------
    data : DataFrame
        One row a participant. People outside the programme have no dose and do not belong here.
    post : str
        Column of the later score.
    pre : str, optional
        Column of the starting score; the slope then compares people with the same start.
    dose : str
        Column of the dose, such as the number of meetings held.
    covariates : sequence of str
        Further numeric columns known before the programme.
    cluster : str, optional
        Column of cluster labels. Where both members of a pair are in the data they share their
        meetings: give the pair.
    level : float
        Confidence level.

    Returns
    -------
    Result
        The slope per unit of dose, in points; the slopes of the starting score and the covariates,
        and the intercept.

    Raises
    ------
    DesignError
        When a column cannot be used or columns are collinear; see `linear_model`.

    Notes
    -----
    Coefficient of the dose in ``post ~ dose + pre + covariates``; HC3 with n - p degrees of freedom,
    or CR2 with Satterthwaite df when `cluster` is given. People without a dose, or without a score,
    are left out and counted. A note tells when the slope itself changes with the dose (p < .05 of the
    squared dose), when most people had the same dose, and always that the dose was not assigned.

    Two members of one pair are not two observations of a dose: with a correlation of .5 within pairs
    and no `cluster`, 12 % false alarms instead of 5 %.

    When not to use: as the effect of the programme. Those who meet more may be keener or have more
    time, and those who gain little may stop meeting. Doses that depend on how things went (meetings
    held after an early disappointment) bias the slope even among equals at the start.

    References
    ----------
    Angrist & Pischke (2009), *Mostly Harmless Econometrics*, ch. 3.2. Standard errors: see
    `rmstudy.methods.regression.least_squares`.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"dose": [2, 3, 4, 5, 6, 7, 8, 9], "pre": [40, 52, 45, 55, 60, 42, 50, 47],
    ...                       "post": [42, 55, 49, 59, 66, 49, 58, 57]})
    >>> print(dose_response(frame, pre="pre").text())
    post: difference per unit of dose, 1.11 points (95% interval 0.83 to 1.38); 8 people counted, 0 not.
    """
    level = confidence_level(level)
    start = [] if pre is None else [pre]
    people = complete_people(data, outcome=post, covariates=[dose, *start, *covariates], cluster=cluster)
    x, names, notes = design_matrix(people.columns)
    fit = least_squares(x, people.outcome, cluster=people.cluster)
    rows = coefficient_rows(fit, names, (*people.columns, "intercept"), level)
    return Result(
        method="dose_response",
        outcome=post,
        estimand="difference per unit of dose",
        unit="points",
        estimates=rows,
        level=level,
        n=people.n,
        dropped=people.dropped,
        notes=(
            Note.of("dose_not_assigned"),
            *([] if start else [Note.of("start_not_adjusted")]),
            *people.notes,
            *notes,
            *error_notes(fit, rows[0], people),
            *_spread_notes(people.columns[dose]),
            *_curvature(people, dose),
        ),
    )


def _spread_notes(dose: Array) -> tuple[Note, ...]:
    """Say when most people had the same dose."""
    _, counts = np.unique(dose, return_counts=True)
    share = float(counts.max() / len(dose))
    return (Note.of("dose_mostly_one", share=share),) if _MOSTLY_ONE_DOSE <= share < 1 else ()


def _curvature(people: People, dose: str) -> tuple[Note, ...]:
    """Say when the squared dose tells more than the dose alone (p < .05)."""
    columns: Mapping[str, Array] = people.columns
    centred = columns[dose] - columns[dose].mean()
    try:
        x, names, _ = design_matrix({**columns, f"{dose} squared": centred**2})
        fit = least_squares(x, people.outcome, cluster=people.cluster)
    except DesignError:  # two different doses, or too few people: nothing to test
        return ()
    if f"{dose} squared" not in names:
        return ()
    p_value = coefficient(fit, len(names) - 1, term="squared dose", level=0.95).p_value
    return (Note.of("dose_curved", p=p_value),) if p_value is not None and p_value < 0.05 else ()
