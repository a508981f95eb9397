"""How alike two arms were before the programme."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from rmstudy.errors import DesignError
from rmstudy.methods.columns import Arms, two_arms
from rmstudy.methods.comparison.moments import without_rounding

# What Works Clearinghouse, Procedures and Standards Handbook 5.0, baseline equivalence.
_FINE: Final = 0.05
_ADJUST: Final = 0.25


def baseline_balance(
    data: pd.DataFrame, *, columns: Sequence[str], arm: str = "arm", programme: Any = "programme"
) -> pd.DataFrame:
    """Standardised differences of two arms before the programme, a row a column.

    Parameters
    ----------
    data : DataFrame
        One row a person. For the balance of those who stayed, give only those.
    columns : sequence of str
        Numeric columns known before the programme; a category enters as columns of 0 and 1.
    arm : str
        Column with two labels.
    programme : object
        Label of the programme's arm; the other arm is the comparison.

    Returns
    -------
    DataFrame
        Indexed by ``column``: people and people without a value in each arm (``n_programme``,
        ``n_comparison``, ``missing_programme``, ``missing_comparison``), ``mean_programme``,
        ``mean_comparison``, ``standardised_difference`` (programme minus comparison),
        ``variance_ratio`` (programme over comparison) and ``band``: ``"fine"`` up to .05 standard
        deviations, ``"adjust"`` up to .25, ``"fails"`` beyond. NaN (and no band) where a quantity
        does not exist.

    Raises
    ------
    DesignError
        When a column cannot be used, the arms are not two, or an arm has no value of a column.

    Notes
    -----
    ``d = (mean1 - mean0) / √((s1² + s0²) / 2)`` and ``variance ratio = s1² / s0²``, programme first, with
    n - 1 in the variances (Rubin 2001; Austin 2009), so that neither group's size weighs; the band goes by
    the size of d. Where neither arm has any spread, equal means
    are ``"fine"`` and unequal ones ``"fails"``, though no standardised difference exists. No
    p-values: they measure the sample's size, not the balance.

    When not to use: after a lottery the differences are chance; adjust for the starting score in
    any case, and do not choose covariates by this table.

    References
    ----------
    What Works Clearinghouse (2022), *Procedures and Standards Handbook*, version 5.0. Austin (2009),
    *Statistics in Medicine* 28, 3083-3107.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"arm": ["programme"] * 4 + ["waiting"] * 4,
    ...                       "age": [44, 48, 51, 57, 45, 47, 50, 57]})
    >>> table = baseline_balance(frame, columns=["age"])
    >>> round(float(table.loc["age", "standardised_difference"]), 3), table.loc["age", "band"]
    (0.047, 'fine')
    """
    rows = []
    for name in columns:
        arms = two_arms(data, post=name, pre=None, arm=arm, programme=programme)
        rows.append({"column": name} | _balance(arms))
    if not rows:
        raise DesignError("No columns to compare. Name at least one: columns=['pre'].")
    return pd.DataFrame(rows).set_index("column")


def _balance(arms: Arms) -> dict[str, object]:
    """Standardised difference, variance ratio and band of one column."""
    values = without_rounding(arms.post, arms.treated)
    ours, theirs = values[arms.treated == 1], values[arms.treated == 0]
    difference = float(ours.mean() - theirs.mean())
    v1, v0 = (float(part.var(ddof=1)) if len(part) > 1 else np.nan for part in (ours, theirs))
    spread = float(np.sqrt((v1 + v0) / 2))
    smd = difference / spread if spread > 0 else np.nan
    size = abs(smd) if spread > 0 else (0.0 if difference == 0 else np.inf)
    band = "fine" if size <= _FINE else "adjust" if size <= _ADJUST else "fails"
    return {
        "n_programme": arms.n[arms.labels[0]],
        "n_comparison": arms.n[arms.labels[1]],
        "missing_programme": arms.dropped[arms.labels[0]],
        "missing_comparison": arms.dropped[arms.labels[1]],
        "mean_programme": float(ours.mean()),
        "mean_comparison": float(theirs.mean()),
        "standardised_difference": smd,
        "variance_ratio": v1 / v0 if v0 > 0 else np.nan,
        "band": None if np.isnan(spread) else band,
    }
