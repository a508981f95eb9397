"""The people a model can use: every column present, everybody else counted and the reason said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rmstudy.errors import DesignError
from rmstudy.methods.columns import Array, Labels, codes, column, numeric, one_row_each
from rmstudy.results import Note


@dataclass(frozen=True, slots=True)
class People:
    """People with an outcome and all covariates.

    Parameters
    ----------
    outcome : ndarray of shape (n,)
        The outcome.
    columns : mapping of str to ndarray of shape (n,)
        The covariates, in the order asked for.
    cluster : ndarray of int, shape (n,), or None
        Cluster number of each person.
    weights : ndarray of shape (n,) or None
        Weight of each person.
    dropped : mapping of str to int
        People left out.
    notes : tuple of Note
        Why they were left out.
    """

    outcome: Array
    columns: Mapping[str, Array]
    cluster: Labels | None
    weights: Array | None
    dropped: Mapping[str, int]
    notes: tuple[Note, ...]

    @property
    def n(self) -> Mapping[str, int]:
        """People counted."""
        return {"all": len(self.outcome)}


def complete_people(
    data: pd.DataFrame,
    *,
    outcome: str,
    covariates: Sequence[str],
    cluster: str | None = None,
    weights: str | None = None,
) -> People:
    """Take the people who have every column asked for.

    Parameters
    ----------
    data : DataFrame
        One row a person.
    outcome : str
        Column of the outcome.
    covariates : sequence of str
        Numeric columns.
    cluster, weights : str, optional
        Columns of cluster labels and of probability weights.

    Raises
    ------
    DesignError
        When a column is missing, not numeric or asked for twice, nobody is complete, or a weight is
        not a positive number.
    """
    one_row_each(data)
    names = _distinct(outcome, covariates)
    values = pd.concat([numeric(data, name) for name in names], axis=1, keys=names)
    complete, notes = values.notna().all(axis=1), []
    if not complete.all():
        lacking = tuple(name for name in names if values[name].isna().any())
        notes.append(Note.of("column_missing", n=int((~complete).sum()), columns=lacking))
    if cluster is not None:
        unknown = complete & column(data, cluster).isna()
        if unknown.any():
            notes.append(Note.of("cluster_missing", n=int(unknown.sum()), column=cluster))
        complete &= ~unknown
    chosen = complete.to_numpy()
    if not chosen.any():
        raise DesignError(
            f"Nobody of {len(data)} people has all of {', '.join(map(repr, names))}. Leave out the columns "
            "that few people have."
        )
    kept = values.to_numpy(dtype=np.float64)[chosen]
    return People(
        kept[:, 0],
        {name: kept[:, place] for place, name in enumerate(names) if place > 0},
        None if cluster is None else codes(data.loc[chosen, cluster]),
        None if weights is None else _weights(data, weights, chosen),
        {"all": int((~chosen).sum())},
        tuple(notes),
    )


def _distinct(outcome: str, covariates: Sequence[str]) -> list[str]:
    """The outcome and the covariates, each asked for once."""
    if isinstance(covariates, str):
        raise DesignError(f"covariates takes a list of columns: covariates=[{covariates!r}].")
    names = [outcome, *covariates]
    if len(names) == 1:
        raise DesignError("A model needs at least one covariate: covariates=['pre'].")
    if "intercept" in names[1:]:
        raise DesignError(
            "The intercept is always in the model: leave the column 'intercept' out of covariates=."
        )
    for place, name in enumerate(names):
        if name in names[:place]:
            raise DesignError(
                f"The column {name!r} is asked for twice. Give each column one place in the model."
            )
    return names


def _weights(data: pd.DataFrame, name: str, chosen: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Array:
    """Weights of the people chosen, all of them positive numbers."""
    values = numeric(data, name)[chosen]
    wrong = ~(values > 0)
    if wrong.any():
        raise DesignError(
            f"The weight {name!r} of {int(wrong.sum())} people is missing, zero or negative (first: person "
            f"{str(wrong.index[wrong][0])!r}). Give everybody who has the outcome a positive weight, or leave them "
            "out of the data."
        )
    return np.asarray(values, dtype=np.float64)
