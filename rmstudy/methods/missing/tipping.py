"""How much worse than expected the lost would have to be for the conclusion to fall.

Scores of the lost are imputed as if they were like those who stayed; then those of the programme's
lost are shifted, all by the same delta, until the interval's limit reaches the threshold. The contrast
is linear in the scores and its variance a quadratic form, so nothing is fitted again: an imputation
gives three numbers, and every delta follows from them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any, Final

import numpy as np
import pandas as pd
from scipy import special
from scipy.optimize import brentq

from rmstudy.errors import DesignError
from rmstudy.methods.columns import Array
from rmstudy.methods.missing.imputation import draw_scores, generator, usable_predictors
from rmstudy.methods.missing.people import ESTIMATORS, Estimator, People, arranged
from rmstudy.methods.missing.shifting import Shifted, contrast_of
from rmstudy.methods.regression import confidence_level, t_estimate
from rmstudy.results import Estimate, Note, Result

# Shifts up to ten standard deviations are tried, in steps of a twentieth.
_FURTHEST: Final = 10.0
_STEP: Final = 0.05


def tipping_point(
    data: pd.DataFrame,
    *,
    post: str = "post",
    pre: str = "pre",
    arm: str | None = None,
    programme: Any = "programme",
    estimator: Estimator = "adjusted",
    covariates: Sequence[str] = (),
    cluster: str | None = None,
    threshold: float = 0.0,
    higher_is_better: bool = True,
    imputations: int = 50,
    level: float = 0.95,
    seed: int = 0,
) -> Result:
    """Shift of the lost people's scores at which the conclusion no longer holds.

    Parameters
    ----------
    data : DataFrame
        One row a person, the lost included.
    post, pre : str
        Columns of the later and the starting score.
    arm : str, optional
        Column with two labels. Without it there is one group, and the conclusion is about its mean
        change.
    programme : object
        Label of the programme's arm; the other arm is the comparison.
    estimator : {'adjusted', 'post_difference', 'difference_in_differences'}
        The comparison of the two arms.
    covariates : sequence of str
        Further numeric columns known at the start: they predict the lost scores, and enter the
        adjusted difference.
    cluster : str, optional
        Column of cluster labels, such as the pair or the department.
    threshold : float
        The conclusion is that the interval lies at or above the threshold (at or below it when lower
        is better), in the outcome's own points and sign: a fall of 5 is -5.
    higher_is_better : bool
        Whether high scores are the good ones.
    imputations, seed : int
        Number of imputations and seed of the random numbers.
    level : float
        Confidence level.

    Returns
    -------
    Result
        The shift, in points, added to every imputed later score of the programme's lost (one group:
        of all lost), in the direction that speaks against the programme, and the same in standard
        deviations of the later score within arms. Then the estimate with nobody shifted (missing at
        random), with its pooled interval, and the estimate at the shift. The shift is None where
        nobody was lost, where the conclusion does not hold without any shift, or where ten standard
        deviations do not change it; a note says which.

    Raises
    ------
    DesignError
        When a column cannot be used, the arms are not two, or an arm has too few later scores to
        impute the others.

    Notes
    -----
    Imputed within each arm by Bayesian normal regression on the starting score and the covariates,
    as `impute` does with the same seed; the lost of the comparison are imputed and not shifted. The
    estimator and its standard error are those of `rmstudy.methods.comparison` (`mean_change` for one
    group), pooled by Rubin's rules with Barnard & Rubin's degrees of freedom, on each shifted frame.

    With every shifted score moved by δ, imputation j of m gives ``θ_j(δ) = θ_j + c δ``, where c is the
    estimator applied to the column that is 1 for the shifted and 0 for the others (one group, and the
    comparisons without adjustment: the share of the arm that is lost), and the squared standard error
    ``U_j(δ) = U_j + 2 b_j δ + k δ²``. The pooled estimate is ``θ(δ) = mean(θ_j) + c δ``, its total variance
    ``T(δ) = mean(U_j(δ)) + (1 + 1/m) B`` with ``B = var(θ_j)``, which δ does not change, and its interval
    ``θ(δ) ± t √T(δ)`` on the Barnard-Rubin df at δ. The tipping point is the first δ from zero, against the
    programme, at which the limit equals `threshold`: ``θ(δ) - t √T(δ) = threshold``, with a plus where
    lower is better.

    A shift says how wrong "missing at random" may be; whether people can be that different is a
    judgement about the programme, not a computation.

    When not to use: in place of asking those who left.

    References
    ----------
    Carpenter & Kenward (2013), *Multiple Imputation and its Application*, ch. 10. Cro, Morris, Kenward
    & Carpenter (2020), *Statistics in Medicine* 39, 2815-2842. Rubin (1987); Barnard & Rubin (1999).

    Examples
    --------
    >>> import pandas as pd
    >>> data = pd.DataFrame({"pre": [40, 45, 50, 55, 60, 65, 70, 48], "post": [46, 50, 58, 61, 67, 73, 75, None]})
    >>> result = tipping_point(data)
    >>> result.headline.estimate < 0, round(result.estimates[2].estimate, 1)
    (True, 6.4)
    """
    level = confidence_level(level)
    if estimator not in ESTIMATORS:
        raise DesignError(f"estimator={estimator!r} is not known; the names are {', '.join(ESTIMATORS)}.")
    if not (isinstance(threshold, Real) and math.isfinite(threshold)):
        raise DesignError(f"threshold={threshold!r} is not a number of points. Give a finite number: 0.")
    rng = generator(seed, imputations, least=2)
    people = arranged(
        data,
        post=post,
        pre=pre,
        arm=arm,
        programme=programme,
        estimator=estimator,
        covariates=covariates,
        cluster=cluster,
    )
    scores = _completed(people, imputations, rng)
    if people.treated is None or estimator == "difference_in_differences":
        scores = scores - people.start[pre]
    contrast, notes = contrast_of(people, estimator, scores)
    moved = people.lost if people.treated is None else people.lost & (people.treated == 1)
    shifted = Shifted.of(contrast, scores, moved.astype(np.float64))
    spread = _spread(people)
    question = _Question(shifted, threshold, 1.0 if higher_is_better else -1.0, level)
    delta, more = _tipped(question, spread, bool(moved.any()))
    return Result(
        "tipping_point",
        post,
        "shift of the later scores of the lost at which the conclusion no longer holds",
        "points",
        _rows(question, delta, spread),
        level,
        people.n,
        people.dropped,
        (*people.notes, *_imputed(people), *notes, *more),
    )


@dataclass(frozen=True, slots=True)
class _Question:
    """Whether the conclusion holds at a shift.

    Parameters
    ----------
    shifted : Shifted
        The pooled estimate at any shift.
    threshold : float
        What the interval must reach.
    sign : float
        1 where higher is better, -1 where lower is.
    level : float
        Confidence level.
    """

    shifted: Shifted
    threshold: float
    sign: float
    level: float

    def margin(self, deltas: Array) -> Array:
        """How far the interval's limit lies on the good side of the threshold, at each shift."""
        estimates, errors, df = self.shifted(deltas)
        half = special.stdtrit(df, (1 + self.level) / 2) * errors
        return np.asarray(self.sign * (estimates - self.threshold) - half)

    def row(self, term: str, delta: float) -> Estimate:
        """The pooled estimate at one shift."""
        estimate, error, df = (float(value[0]) for value in self.shifted(np.array([delta])))
        return t_estimate(term, estimate, std_error=error, df=df, level=self.level)


def _rows(question: _Question, delta: float | None, spread: float) -> tuple[Estimate, ...]:
    """The shift, in points and in standard deviations, and the estimate without it and with it."""
    shown = [question.row("estimate, nobody shifted", 0.0)]
    if delta is not None:
        shown.append(question.row("estimate, lost shifted", delta))
    in_sd = delta / spread if delta is not None and spread > 0 else None
    return (
        Estimate("shift of the lost", delta),
        Estimate("shift of the lost, in SD of the later score", in_sd),
        *shown,
    )


def _tipped(question: _Question, spread: float, anybody: bool) -> tuple[float | None, tuple[Note, ...]]:
    """The smallest shift against the programme at which the conclusion fails, or why there is none."""
    if not anybody:
        return None, (Note.of("tipping_nobody_lost"),)
    # away from the programme, in standard deviations
    deltas = -question.sign * spread * np.arange(0, _FURTHEST + _STEP / 2, _STEP)
    margins = question.margin(deltas)
    if not margins[0] >= 0:
        return None, (Note.of("tipping_not_shown"),)
    fallen = np.flatnonzero(margins < 0)
    if not len(fallen):
        return None, (Note.of("tipping_beyond", furthest=_FURTHEST),)
    before, after = float(deltas[fallen[0] - 1]), float(deltas[fallen[0]])

    def margin(delta: float) -> float:
        return float(question.margin(np.array([delta]))[0])

    return float(brentq(margin, before, after, xtol=1e-13 * spread, rtol=1e-13)), ()


def _completed(people: People, m: int, rng: np.random.Generator) -> Array:
    """Later scores of everybody, m times, shape (m, n); drawn within the arms."""
    scores = np.repeat(people.post[None], m, axis=0)
    names = tuple(people.start)
    start = np.column_stack([people.start[name] for name in names])
    imputable = ~np.isnan(start).any(axis=1)
    for label, arm in people.strata:
        rows = np.flatnonzero(arm & imputable)
        seen = ~people.lost[rows]
        if not seen.all():
            used = usable_predictors(start[rows], seen, names, people.outcome, label)
            scores[:, rows[~seen]] = draw_scores(
                [start[None, rows][:, :, used]], people.post[rows], seen, m, rng
            )
    return scores


def _spread(people: People) -> float:
    """Standard deviation of the observed later scores, pooled within the arms."""
    parts = [people.post[arm & ~people.lost] for _, arm in people.strata]
    df = sum(len(part) - 1 for part in parts)
    squares = sum(float(np.sum((part - part.mean()) ** 2)) for part in parts if len(part))
    return float(np.sqrt(squares / df)) if df > 0 else 0.0


def _imputed(people: People) -> tuple[Note, ...]:
    """How many scores of each arm are imputed."""
    counts = {label: int((arm & people.lost).sum()) for label, arm in people.by_label}
    return tuple(Note.of("imputed_lost", arm=label, n=count) for label, count in counts.items() if count)
