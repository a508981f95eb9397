"""The mean change in the outcome's own points: the first number of any report."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from rmstudy.methods.columns import Array, Labels, paired
from rmstudy.methods.regression import confidence_level, least_squares, low_df, small_sample, t_estimate
from rmstudy.results import Estimate, Note, Result


def mean_change(
    data: pd.DataFrame,
    *,
    pre: str = "pre",
    post: str = "post",
    cluster: str | None = None,
    level: float = 0.95,
) -> Result:
    """Mean change of the people with both scores, in points.

    Parameters
    ----------
    data : DataFrame
        One row a person.
    pre, post : str
        Columns of the earlier and the later score.
    cluster : str, optional
        Column of cluster labels, such as the pair or the department.
    level : float
        Confidence level.

    Returns
    -------
    Result
        The mean of later minus earlier, in the outcome's own points, with its t test against no
        change; the mean before and the mean after of the same people.

    Raises
    ------
    DesignError
        With fewer than two people who have both scores, or only one cluster.

    Notes
    -----
    ``mean(D) ± t(n - 1) s_D / √n`` with ``D`` = later minus earlier. With `cluster`, the CR2 standard
    error and its Satterthwaite degrees of freedom. People are the rows of `data`: a score that is
    missing in one wave leaves the person out, and is counted, where software that pairs by position
    would join two different people.

    When not to use: as proof that the programme caused the change (there is nobody to compare with),
    nor for answers with few ordered steps, where `probability_of_improvement` says more.

    References
    ----------
    Student (1908), *Biometrika* 6, 1-25. Bell & McCaffrey (2002), *Survey Methodology* 28, 169-181.

    Examples
    --------
    >>> import pandas as pd
    >>> data = pd.DataFrame({"pre": [9, 6, 7, 8, 7, 9, 8, 8, 8, 7], "post": [9, 7, 8, 9, 8, 9, 9, 10, 9, 9]})
    >>> print(mean_change(data).text())
    post: mean change, after minus before, 1.00 points (95% interval 0.52 to 1.48); 10 people counted, 0 not.
    """
    level = confidence_level(level)
    pairs = paired(data, pre=pre, post=post, cluster=cluster)
    difference = pairs.change
    change = _mean("change", difference, pairs.cluster, level)
    before = _mean("mean before", pairs.pre, pairs.cluster, level)
    after = _mean("mean after", pairs.post, pairs.cluster, level)
    notes = list(pairs.notes)
    if np.ptp(difference) == 0:
        notes.append(Note.of("constant_difference"))
    else:
        notes += low_df(pairs.cluster, change.df)
    notes += small_sample(len(difference))
    return Result(
        "mean_change",
        post,
        "mean change, after minus before",
        "points",
        # a test of a mean score against zero asks nothing
        (change, *(replace(mean, statistic=None, p_value=None) for mean in (before, after))),
        level,
        pairs.n,
        pairs.dropped,
        tuple(notes),
    )


def _mean(term: str, values: Array, cluster: Labels | None, level: float) -> Estimate:
    """A mean with its t interval, or with CR2 and Satterthwaite when there are clusters."""
    n, mean = len(values), float(values.mean())
    if cluster is not None:
        fit = least_squares(np.ones((n, 1)), values, cluster=cluster)
        return t_estimate(term, mean, std_error=float(fit.std_errors[0]), df=float(fit.df[0]), level=level)
    std_error = 0.0 if np.ptp(values) == 0 else float(values.std(ddof=1) / np.sqrt(n))
    return t_estimate(term, mean, std_error=std_error, df=float(n - 1), level=level)
