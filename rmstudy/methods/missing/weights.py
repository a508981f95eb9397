"""Weights by which those who stayed stand for those like them who left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from rmstudy.errors import DesignError
from rmstudy.methods.columns import Array, column, names_of, numeric, one_row_each
from rmstudy.methods.missing.leaving import logistic, telling
from rmstudy.methods.regression import design_matrix
from rmstudy.results import Estimate, Note, Result

# Weights worth less than half of the people, or one person worth ten average ones, are a warning.
_WORTH: Final = 0.5
_EXTREME: Final = 10.0


def attrition_weights(
    data: pd.DataFrame,
    *,
    post: str = "post",
    covariates: Sequence[str] = (),
    arm: str | None = None,
) -> pd.DataFrame:
    """Weight those who stayed by one over their probability of staying.

    Parameters
    ----------
    data : DataFrame
        One row a person, the lost included.
    post : str
        Column of the later score; without a value, a person is lost.
    covariates : sequence of str
        Numeric columns known before anybody left, without missing values.
    arm : str, optional
        Column of the arms; enters the model, and the stabilised weight.

    Returns
    -------
    DataFrame
        Indexed as `data`: ``stayed``; ``probability`` of staying; ``weight``, one over it; and
        ``stabilised_weight``, the share of the person's arm that stayed over it. Weights are NaN for
        the lost. Join it to the data and give the column as ``weights=`` to
        `rmstudy.methods.regression.linear_model`; `effective_sample_size` says what they cost.

    Raises
    ------
    DesignError
        When nobody stayed, in all or in one arm; when a covariate has missing values; or when some
        columns tell those who stayed from those who left: then a probability is 0 or 1, and no weight
        can stand for people of whom nobody stayed.

    Notes
    -----
    Probabilities are fitted by a logistic model with main effects. In an arm that nobody left all
    weights are 1. The weights sum to about the number of people at the start; the stabilised ones to about the
    number of those who stayed, and vary less between arms. Standard errors must be robust (HC3 or by
    cluster). Software that takes weights for frequencies makes an interval as narrow as the weights
    are large.

    When not to use: when few left, or no covariate tells who did: then the weights add noise only;
    and never with people of whom all left (see the refusal), for whom `impute` at least says what it
    assumes.

    References
    ----------
    Robins, Rotnitzky & Zhao (1995), *Journal of the American Statistical Association* 90, 106-121.
    Hernán & Robins (2020), *Causal Inference: What If*, ch. 12.

    Examples
    --------
    >>> import pandas as pd
    >>> data = pd.DataFrame({"senior": [0, 0, 0, 0, 1, 1, 1, 1], "post": [5, 6, 7, None, 8, None, None, 9]})
    >>> weights = attrition_weights(data, covariates=["senior"])
    >>> [round(float(value), 2) for value in weights["weight"].dropna()]
    [1.33, 1.33, 1.33, 2.0, 2.0]
    """
    covariates = names_of("covariates", covariates)
    one_row_each(data)
    stayed = column(data, post).notna().to_numpy()
    if not stayed.any():
        raise DesignError(f"Nobody has {post!r}: there is nobody to weight.")
    columns = {name: _complete(data, name) for name in covariates}
    labels = pd.Series("all", index=data.index) if arm is None else _known(data, arm)
    share = stayed.astype(float)
    share[:] = pd.Series(share).groupby(labels.to_numpy()).transform("mean")
    if not share.all():
        lost = str(labels[share == 0].iloc[0])
        raise DesignError(f"Everybody of {lost!r} in {arm!r} was lost: nobody can stand for them.")
    # an arm that nobody left needs no model: each of its people stands for one
    left = share < 1
    probability = np.ones(len(data))
    if left.any():
        arms = pd.get_dummies(labels[left], drop_first=True, dtype=float)
        part = {name: values[left] for name, values in columns.items()}
        part |= {f"{arm} {label}": arms[label].to_numpy() for label in arms}
        probability[left] = _staying(part, stayed[left])
    return pd.DataFrame(
        {
            "stayed": stayed,
            "probability": probability,
            "weight": np.where(stayed, 1 / probability, np.nan),
            "stabilised_weight": np.where(stayed, share / probability, np.nan),
        },
        index=data.index,
    )


def effective_sample_size(data: pd.DataFrame, *, weights: str = "weight") -> Result:
    """How many people of equal weight would be as informative as these weighted ones.

    Parameters
    ----------
    data : DataFrame
        One row a person, such as `attrition_weights` gives.
    weights : str
        Column of the weights; people without one are not counted.

    Returns
    -------
    Result
        Kish's effective sample size, the sum of the weights, the largest one and the smallest one.

    Raises
    ------
    DesignError
        When the column is missing or holds negative weights only or no positive one.

    Notes
    -----
    ``(Σ w)² / Σ w²``. A note says when it is below half of the people, or when one person weighs ten
    times the average: the result then hangs on a few.

    When not to use: as the n of a test; it describes the weights, not the outcome.

    References
    ----------
    Kish (1965), *Survey Sampling*, ch. 11.7.

    Examples
    --------
    >>> import pandas as pd
    >>> print(effective_sample_size(pd.DataFrame({"weight": [1.0, 1.0, 2.0, None]})).text())
    weight: effective sample size of weighted people, 2.67 people (no interval); 3 people counted, 1 not.
    """
    one_row_each(data)
    values = numeric(data, weights)
    w = values.dropna().to_numpy(dtype=np.float64)
    if (w < 0).any() or not (w > 0).any():
        raise DesignError(f"The weights in {weights!r} must not be negative, nor all zero.")
    lacking = len(values) - len(w)
    size = float(w.sum() ** 2 / (w**2).sum())
    rows = (
        Estimate("effective sample size", size),
        Estimate("sum of the weights", float(w.sum())),
        Estimate("largest weight", float(w.max())),
        Estimate("smallest weight", float(w.min())),
    )
    notes = [Note.of("column_missing", n=lacking, columns=(weights,))] if lacking else []
    if np.ptp(w) == 0:
        notes.append(Note.of("weights_equal"))
    elif size < _WORTH * len(w) or w.max() > _EXTREME * w.mean():
        notes.append(Note.of("weights_extreme", size=size, n=len(w), largest=float(w.max() / w.mean())))
    return Result(
        "effective_sample_size",
        weights,
        "effective sample size of weighted people",
        "people",
        rows,
        None,
        {"all": len(w)},
        {"all": lacking},
        tuple(notes),
    )


def _staying(columns: dict[str, Array], stayed: Array) -> Array:
    """Fitted probability of staying."""
    if not columns:
        return np.full(len(stayed), stayed.mean())
    x, names, _ = design_matrix(columns)
    alone = telling(x, stayed.astype(float), names)
    if alone:
        raise DesignError(
            f"{', '.join(map(repr, alone))} can tell, for some people without error, whether they stayed: their "
            "probability of staying is 0 or 1, and nobody who stayed can stand for people like them. Leave the "
            "column out, merge its rare values, or impute with a stated assumption (impute, tipping_point)."
        )
    return logistic(x, stayed.astype(float)).probabilities


def _complete(data: pd.DataFrame, name: str) -> Array:
    """A covariate without missing values."""
    values = numeric(data, name)
    lacking = int(values.isna().sum())
    if lacking:
        raise DesignError(
            f"The covariate {name!r} lacks {lacking} values, and people without it would have no weight. "
            "Impute it first, or leave it out."
        )
    return np.asarray(values, dtype=np.float64)


def _known(data: pd.DataFrame, arm: str) -> pd.Series[str]:
    """The arms, none of them missing."""
    labels = column(data, arm)
    if labels.isna().any():
        raise DesignError(f"{int(labels.isna().sum())} people have no arm in {arm!r}. Leave them out first.")
    return labels
