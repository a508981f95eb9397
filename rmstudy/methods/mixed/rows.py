"""Rows of a long frame as checked arrays: who belongs to whom, and what is missing, counted."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from rmstudy.errors import DesignError
from rmstudy.methods.columns import Array, Labels, codes, column, columns_by_name, numeric
from rmstudy.results import Note


@dataclass(frozen=True, slots=True)
class Rows:
    """Complete rows of a long frame.

    Parameters
    ----------
    outcome : ndarray of shape (n,)
        The outcome.
    covariates : mapping of str to ndarray
        Numeric columns.
    levels : tuple of ndarray of int
        Cluster number of each row, the outermost level first; an inner cluster lies in one outer cluster.
    dropped : int
        Rows left out.
    notes : tuple of Note
        Why.
    """

    outcome: Array
    covariates: dict[str, Array]
    levels: tuple[Labels, ...]
    dropped: int
    notes: tuple[Note, ...]


def complete_rows(
    data: pd.DataFrame, outcome: str, covariates: tuple[str, ...], clusters: tuple[str, ...]
) -> Rows:
    """Take the rows that have every column asked for.

    Parameters
    ----------
    data : DataFrame
        One row an observation.
    outcome : str
        Column of the outcome.
    covariates : tuple of str
        Numeric columns.
    clusters : tuple of str
        Columns of cluster labels, the outermost first.

    Raises
    ------
    DesignError
        When a column is missing, there twice, or not numeric, or no row is complete.
    """
    columns_by_name(data, "an observation")
    _refuse_repeated(outcome, covariates)
    table = data.reset_index(drop=True)  # people may have several rows
    scores = numeric(table, outcome)
    known = {name: numeric(table, name) for name in covariates}
    labels = [column(table, name) for name in clusters]
    complete, notes = scores.notna(), []
    if not complete.all():
        notes.append(Note.of("column_missing", n=int((~complete).sum()), columns=(outcome,)))
    for name, code, lacking in (
        *((name, "covariate_missing", values.isna()) for name, values in known.items()),
        *((name, "cluster_missing", values.isna()) for name, values in zip(clusters, labels, strict=True)),
    ):
        if (complete & lacking).any():
            n = int((complete & lacking).sum())
            named = {"columns": (name,)} if code == "covariate_missing" else {"column": name}
            notes.append(Note.of(code, n=n, **named))
        complete &= ~lacking
    if not complete.any():
        raise DesignError(f"No row has all of {', '.join(map(repr, (outcome, *covariates, *clusters)))}.")
    chosen = complete.to_numpy()
    for outer, inner in pairwise(labels):
        if (
            pd.DataFrame({"inner": inner, "outer": outer})[chosen]
            .drop_duplicates()["inner"]
            .duplicated()
            .any()
        ):
            notes.append(Note.of("labels_reused", column=str(inner.name), outer=str(outer.name)))
    return Rows(
        np.asarray(scores[chosen], dtype=np.float64),
        {name: np.asarray(values[chosen], dtype=np.float64) for name, values in known.items()},
        _nested([codes(values[chosen]) for values in labels]),
        int((~chosen).sum()),
        tuple(notes),
    )


def _refuse_repeated(outcome: str, covariates: tuple[str, ...]) -> None:
    """Refuse a column with two places in the model."""
    taken = (outcome, "intercept", *covariates)
    for place, name in enumerate(covariates, start=2):
        if name in taken[:place]:
            raise DesignError(
                f"The covariate {name!r} already has a place in the model (outcome, intercept and covariates). "
                "Name each column once."
            )


def _nested(levels: list[Labels]) -> tuple[Labels, ...]:
    """Number the inner clusters within the outer ones: class 1 of two schools is two classes."""
    numbered = [levels[0]]
    for inner in levels[1:]:
        both = numbered[-1] * (int(inner.max()) + 1) + inner
        numbered.append(np.asarray(np.unique(both, return_inverse=True)[1], dtype=np.intp))
    return tuple(numbered)
