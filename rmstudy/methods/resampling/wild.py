"""A test of a coefficient with few clusters: the wild cluster bootstrap-t, from sums by cluster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from rmstudy.errors import DesignError
from rmstudy.methods.columns import Array, Labels
from rmstudy.methods.regression import design_matrix
from rmstudy.methods.regression.clusters import single_clusters
from rmstudy.methods.regression.people import complete_people
from rmstudy.methods.resampling.moments import blocks, by_unit, weighted_sums
from rmstudy.methods.resampling.reassignment import signs
from rmstudy.results import Estimate, Note, Result

# With four clusters no p-value can be smaller than an eighth.
_FEWEST: Final = 5
# With so few clusters on one side the test hardly ever finds anything (MacKinnon & Webb 2018).
_ONE_SIDE: Final = 4
# Two statistics this close, as a share of their size, are tied.
_TIED: Final = 1e-9


@dataclass(frozen=True, slots=True)
class _Scores:
    """What clusters add to the coefficient and to its variance, when it is zero and their signs turn.

    With ``X = QR``, ``d = R'^-1 e_j`` and the residuals u of the model without the column j: ``scores`` are
    ``Q_g'u_g``, ``own`` these along d, and ``pull`` is ``Q_g'Q_g d``, what a bootstrap fit takes back.
    """

    estimate: float
    scores: Array
    own: Array
    pull: Array

    def __call__(self, rows: npt.NDArray[np.int8]) -> tuple[Array, Array]:
        """Coefficient and sum of the squared cluster scores under each pattern of signs."""
        coefficients, squares = np.empty(len(rows)), np.empty(len(rows))
        for part in blocks(len(rows), self.pull.size):
            turned = rows[part] * self.own
            fitted = weighted_sums(self.scores.T, rows[part])
            coefficients[part] = turned.sum(axis=1)
            squares[part] = ((turned - fitted.T @ self.pull.T) ** 2).sum(axis=1)
        return coefficients, squares


def wild_cluster_bootstrap(
    data: pd.DataFrame,
    *,
    outcome: str,
    covariates: Sequence[str],
    cluster: str,
    resamples: int = 9_999,
    seed: int = 0,
) -> Result:
    """P-value of a coefficient of a linear model with few clusters, by turning the signs of whole clusters.

    Parameters
    ----------
    data : DataFrame
        One row a person.
    outcome : str
        Numeric column to explain.
    covariates : sequence of str
        Numeric columns that explain it; the coefficient of the first one is tested.
    cluster : str
        Column of cluster labels, such as the department.
    resamples : int
        Patterns of signs that are drawn; where there are no more than so many, each is used once.
    seed : int
        Seed of the random numbers.

    Returns
    -------
    Result
        The coefficient with its CR1 standard error and t, and the two-sided p-value of the bootstrap. A
        note says whether every pattern of signs was used or some were drawn, and the smallest p-value that
        could come out.

    Raises
    ------
    DesignError
        When a column cannot be used, the first covariate is the same for everybody, columns are
        collinear, or there are fewer than five clusters.

    Notes
    -----
    The model is fitted without the first covariate (the null is imposed). Each resample turns the
    residuals of whole clusters by a coin (Rademacher weights), adds them to that fit, and fits the
    whole model again; the p-value is the share of resamples whose t is as far from zero as the actual
    one, which is counted among them: ``(b + 1) / (B + 1)`` for draws. All fits come from sums by
    cluster, none is made (Roodman et al. 2019).

    When not to use: for an interval (`linear_model` with ``cluster=``, CR2 with Satterthwaite df); with
    fewer than four clusters that have (or lack) what was given to whole clusters, where it hardly ever finds
    anything; or where one cluster is far larger than the others. A share of all signs depends on how the
    programmes count the actual ones: wildboottest leaves them out, so that its p-value can be zero.

    References
    ----------
    Cameron, Gelbach & Miller (2008), *Review of Economics and Statistics* 90, 414-427. MacKinnon & Webb
    (2018), *Econometrics Journal* 21, 114-135. Roodman, Nielsen, MacKinnon & Webb (2019), *Stata Journal*
    19, 4-60.

    Examples
    --------
    >>> import pandas as pd
    >>> data = pd.DataFrame({"site": list("aabbccddeeffgg"), "mentored": [1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1],
    ...                      "score": [7, 9, 5, 6, 8, 7, 4, 6, 9, 6, 5, 7, 8, 8]})
    >>> result = wild_cluster_bootstrap(data, outcome="score", covariates=["mentored"], cluster="site")
    >>> round(result.headline.estimate, 2), result.headline.p_value
    (2.25, 0.015625)
    """
    people = complete_people(data, outcome=outcome, covariates=covariates, cluster=cluster)
    labels = people.cluster if people.cluster is not None else np.arange(len(people.outcome))
    number, name = int(labels.max()) + 1, covariates[0]
    if number < _FEWEST:
        raise DesignError(
            f"{number} clusters in {cluster!r}: with fewer than {_FEWEST} no pattern of signs is rare enough to be "
            "told from chance. Describe the clusters' means instead."
        )
    x, names, notes = design_matrix(people.columns)
    if name not in names:
        raise DesignError(f"{name!r} is the same for everybody: it has no coefficient to test.")
    alone = single_clusters(labels, {name: people.columns[name]})
    scores = _scores(x, people.outcome, labels, names.index(name))
    n, p = x.shape
    correction = number / (number - 1) * (n - 1) / (n - p) if n > p else np.nan
    squares = scores(np.ones((1, number), dtype=np.int8))[1][0]
    row = Estimate(name, scores.estimate)
    if not alone and n > p and squares > 0:
        error = float(np.sqrt(correction * squares))
        p_value, counted = _p_value(scores, number, resamples, seed)
        row = Estimate(name, scores.estimate, error, scores.estimate / error, p_value=p_value)
        alone = (*_few_on_a_side(name, people.columns[name], labels), counted)
    return Result(
        "wild_cluster_bootstrap",
        outcome,
        "difference per unit of the first covariate, the others equal",
        "points",
        (row,),
        None,
        people.n,
        people.dropped,
        (*people.notes, *notes, *alone),
    )


def _scores(x: Array, y: Array, cluster: Labels, position: int) -> _Scores:
    """Sums by cluster of the model without one column."""
    q, r = np.linalg.qr(x)
    direction = np.linalg.solve(r.T, np.eye(len(r))[position])
    y = y - y.mean()  # the intercept takes the mean; fewer digits are lost without it
    fitted = q.T @ y
    estimate = float(direction @ fitted)
    along = q @ direction
    left = y - q @ fitted + along * estimate / (direction @ direction)
    scores, pull = (by_unit((q * values[:, None]).T, cluster).T for values in (left, along))
    return _Scores(estimate, scores, scores @ direction, pull)


def _p_value(scores: _Scores, clusters: int, resamples: int, seed: int) -> tuple[float, Note]:
    """Share of the patterns of signs whose t reaches the actual one, and how they were made."""
    found = signs(clusters, most=resamples, seed=seed)
    actual = _size_of_t(scores, np.ones((1, clusters), dtype=np.int8))[0]
    sizes = np.concatenate([_size_of_t(scores, rows) for rows in found.batches])
    reached = int((sizes >= actual * (1 - _TIED)).sum())
    if found.exact:
        smallest = 2 / len(sizes)
        return reached / len(sizes), Note.of(
            "wild_listed", n=len(sizes), clusters=clusters, smallest=smallest
        )
    smallest = 1 / (len(sizes) + 1)
    return (reached + 1) / (len(sizes) + 1), Note.of("wild_drawn", n=len(sizes), seed=seed, smallest=smallest)


def _size_of_t(scores: _Scores, rows: npt.NDArray[np.int8]) -> Array:
    """Absolute t, up to a constant; infinite where there is no spread, so that no p-value becomes too small."""
    coefficients, squares = scores(rows)
    with np.errstate(all="ignore"):
        t = np.abs(coefficients) / np.sqrt(squares)
    return np.where(np.isnan(t), np.inf, t)


def _few_on_a_side(name: str, values: Array, cluster: Labels) -> tuple[Note, ...]:
    """Warn where a two-valued covariate was given to whole clusters, and few of them have one of its values."""
    upper = values == values.max()
    if not (upper | (values == values.min())).all() or np.intersect1d(cluster[upper], cluster[~upper]).size:
        return ()
    n = min(len(np.unique(cluster[upper])), len(np.unique(cluster[~upper])))
    return (Note.of("wild_few_on_a_side", n=n, column=name),) if n < _ONE_SIDE else ()
