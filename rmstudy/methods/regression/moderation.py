"""For whom: whether a slope depends on another column, and where it can be told from zero."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from scipy import optimize, stats

from rmstudy.errors import DesignError
from rmstudy.methods.columns import Array
from rmstudy.methods.regression.designs import design_matrix
from rmstudy.methods.regression.fitting import (
    Fit,
    coefficient,
    combined_errors,
    confidence_level,
    contrast,
    least_squares,
)
from rmstudy.methods.regression.linear import error_notes
from rmstudy.methods.regression.people import People, complete_people
from rmstudy.results import Estimate, Note, Result

# Steps over the observed range in which a bound is looked for before it is solved exactly.
_STEPS: Final = 256


def moderation(
    data: pd.DataFrame,
    *,
    outcome: str,
    focal: str,
    moderator: str,
    covariates: Sequence[str] = (),
    cluster: str | None = None,
    level: float = 0.95,
) -> Result:
    """How the slope of one column changes with another one, and where it can be told from zero.

    Parameters
    ----------
    data : DataFrame
        One row a person.
    outcome : str
        Numeric column to explain.
    focal : str
        Numeric column whose slope is asked for, such as 1 for the programme's arm and 0 for the
        comparison's.
    moderator : str
        Numeric column that the slope may depend on, known before the programme.
    covariates : sequence of str
        Further numeric columns.
    cluster : str, optional
        Column of cluster labels, such as the pair or the department.
    level : float
        Confidence level.

    Returns
    -------
    Result
        ``interaction``: by how much the slope of `focal` changes per unit of the moderator. Then the
        slope of `focal` at the moderator's mean and one standard deviation on either side, or at 0
        and 1 where the moderator has only these values. Then each ``Johnson-Neyman bound``: a value
        of the moderator, within the observed range, at which the interval of the slope begins or
        ceases to exclude zero; a note says on which side it does.

    Raises
    ------
    DesignError
        When a column cannot be used or columns are collinear; see `linear_model`.

    Notes
    -----
    Coefficients of ``outcome ~ focal + moderator + focal x moderator + covariates``; the slope at m is
    ``b_focal + m b_interaction`` with the variance of that combination. HC3 with n - p degrees of
    freedom, or CR2 with Satterthwaite df, computed for each combination, when `cluster` is given. A
    bound solves ``|slope(m)| = t SE(m)``; bounds outside the observed range are extrapolation and are
    not given. The mean and the standard deviation are those of the people counted.

    The bounds hold at each value on its own, not over all values at once (Esarey & Sumner 2018). That
    a slope differs from zero in one group and not in another does not show that the groups differ:
    the interaction does.

    When not to use: to look for the people in whom a programme "worked" after it did not on average.
    An interaction half as large as the main effect needs sixteen times the people; ask one question,
    written down before.

    References
    ----------
    Aiken & West (1991), *Multiple Regression*, ch. 2. Johnson & Neyman (1936), *Statistical Research
    Memoirs* 1, 57-93. Bauer & Curran (2005), *Multivariate Behavioral Research* 40, 373-400. Esarey &
    Sumner (2018), *Comparative Political Studies* 51, 1144-1176. Gelman, Hill & Vehtari (2020),
    *Regression and Other Stories*, ch. 16.4.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"mentored": [0, 1] * 6, "age": [31, 33, 36, 38, 42, 44, 47, 49, 53, 55, 58, 60],
    ...                       "score": [50, 52, 49, 53, 51, 56, 50, 59, 48, 60, 49, 63]})
    >>> result = moderation(frame, outcome="score", focal="mentored", moderator="age")
    >>> [(row.term, round(row.estimate, 2)) for row in result.estimates]
    [('interaction', 0.46), ('slope at the mean minus 1 SD', 2.79), ('slope at the mean', 7.3),
    ('slope at the mean plus 1 SD', 11.81), ('Johnson-Neyman bound', 33.76)]
    >>> print(result.notes[-1].text())
    The interval of the slope excludes zero where age is above 33.8.
    """
    level = confidence_level(level)
    people = complete_people(
        data, outcome=outcome, covariates=[focal, moderator, *covariates], cluster=cluster
    )
    _refuse_constant(people, focal, moderator)
    values = people.columns[moderator]
    centre = float(values.mean())
    product = (people.columns[focal] - people.columns[focal].mean()) * (values - centre)
    x, names, notes = design_matrix({**people.columns, f"{focal} x {moderator}": product})
    fit = least_squares(x, people.outcome, cluster=people.cluster)
    slope = _Slope(fit, names.index(focal), len(names) - 1, centre, level)
    interaction = slope.interaction()
    probes, probe_notes = _probes(slope, values, moderator)
    bounds, bound_notes = _johnson_neyman(slope, values, moderator)
    return Result(
        method="moderation",
        outcome=outcome,
        estimand="change of the focal slope per unit of the moderator",
        unit="points",
        estimates=(interaction, *probes, *bounds),
        level=level,
        n=people.n,
        dropped=people.dropped,
        notes=(
            *people.notes,
            *notes,
            *error_notes(fit, interaction, people),
            *probe_notes,
            *bound_notes,
        ),
    )


@dataclass(frozen=True, slots=True)
class _Slope:
    """The focal slope as a function of the moderator."""

    fit: Fit
    focal: int
    product: int
    centre: float
    level: float

    def shares(self, moderator: Array) -> Array:
        """Shares of the coefficients in the slope at each value of the moderator, one a column."""
        shares = np.zeros((len(self.fit.coefficients), len(moderator)))
        shares[self.focal] = 1
        shares[self.product] = moderator - self.centre
        return shares

    def interaction(self) -> Estimate:
        """By how much the slope changes per unit of the moderator."""
        return coefficient(self.fit, self.product, term="interaction", level=self.level)

    def at(self, value: float, term: str) -> Estimate:
        """The slope at one value of the moderator."""
        return contrast(self.fit, self.shares(np.array([value]))[:, 0], term=term, level=self.level)

    def clear_by(self, moderator: Array) -> Array:
        """How far the interval of the slope stays from zero; negative where it covers zero."""
        shares = self.shares(moderator)
        std_errors, df = combined_errors(self.fit, shares)
        half = stats.t.ppf((1 + self.level) / 2, df) * std_errors
        return np.asarray(np.abs(self.fit.coefficients @ shares) - half)


def _refuse_constant(people: People, focal: str, moderator: str) -> None:
    """Refuse a focal column or a moderator that is the same for everybody."""
    for name in (focal, moderator):
        if np.ptp(people.columns[name]) == 0:
            raise DesignError(
                f"The column {name!r} is the same for everybody counted, so no slope can depend on it. "
                "Choose a column that varies."
            )


def _probes(slope: _Slope, values: Array, moderator: str) -> tuple[list[Estimate], list[Note]]:
    """The slope at chosen values of the moderator."""
    if set(np.unique(values)) == {0.0, 1.0}:
        return [slope.at(0.0, "slope at 0"), slope.at(1.0, "slope at 1")], []
    mean, sd = slope.centre, float(values.std(ddof=1))
    points = {
        "slope at the mean minus 1 SD": mean - sd,
        "slope at the mean": mean,
        "slope at the mean plus 1 SD": mean + sd,
    }
    notes = [Note.of("moderator_values", column=moderator, mean=mean, sd=sd)]
    outside = [value for value in points.values() if not values.min() <= value <= values.max()]
    notes += [Note.of("moderator_beyond", column=moderator, value=value) for value in outside]
    return [slope.at(value, term) for term, value in points.items()], notes


def _johnson_neyman(slope: _Slope, values: Array, moderator: str) -> tuple[list[Estimate], list[Note]]:
    """Bounds, within the observed range, of where the slope can be told from zero."""
    low, high = float(values.min()), float(values.max())
    grid = np.linspace(low, high, _STEPS + 1)
    clear = slope.clear_by(grid)
    if set(np.unique(values)) == {0.0, 1.0} or not np.isfinite(clear).all():
        return [], []
    turns = np.flatnonzero((clear[:-1] > 0) != (clear[1:] > 0))
    bounds = [
        float(
            optimize.brentq(lambda m: float(slope.clear_by(np.array([m]))[0]), *grid[i : i + 2], xtol=1e-12)
        )
        for i in turns
    ]
    rows = [Estimate("Johnson-Neyman bound", bound) for bound in bounds]
    return rows, [_region(bounds, bool(clear[0] > 0), moderator)]


def _region(bounds: list[float], clear_below: bool, moderator: str) -> Note:
    """Say where the interval of the slope excludes zero, within the observed range."""
    if not bounds:
        return Note.of("slope_clear_everywhere" if clear_below else "slope_clear_nowhere", column=moderator)
    if len(bounds) == 1:
        return Note.of(
            "slope_clear_below" if clear_below else "slope_clear_above", column=moderator, bound=bounds[0]
        )
    if len(bounds) == 2:
        code = "slope_clear_outside" if clear_below else "slope_clear_between"
        return Note.of(code, column=moderator, low=bounds[0], high=bounds[1])
    return Note.of("slope_clear_in_parts", column=moderator)
