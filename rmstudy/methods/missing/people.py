"""Who is counted when lost scores are imputed: those with the score, and those with what it takes to impute it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from rmstudy.errors import DesignError
from rmstudy.methods.columns import (
    Array,
    Labels,
    codes,
    column,
    names_of,
    numeric,
    one_row_each,
    two_arms,
)
from rmstudy.results import Note

Estimator = Literal["adjusted", "post_difference", "difference_in_differences"]
ESTIMATORS: Final[tuple[str, ...]] = get_args(Estimator)
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class People:
    """Everybody who is counted.

    Parameters
    ----------
    outcome : str
        Name of the later score.
    post : ndarray of shape (n,)
        Later scores, NaN for the lost.
    start : mapping of str to ndarray
        Starting score and covariates; complete for the lost.
    treated : ndarray of shape (n,), or None
        1 for the programme's arm, 0 for the comparison's; None for one group.
    cluster : ndarray of int, shape (n,), or None
        Cluster numbers.
    labels : tuple of str
        The programme's and the comparison's label; empty for one group.
    n, dropped : mapping of str to int
        People counted and left out.
    notes : tuple of Note
        Why they were left out.
    """

    outcome: str
    post: Array
    start: Mapping[str, Array]
    treated: Array | None
    cluster: Labels | None
    labels: tuple[str, str]
    n: Mapping[str, int]
    dropped: Mapping[str, int]
    notes: tuple[Note, ...]

    @property
    def lost(self) -> Flags:
        """Who has no later score."""
        return np.isnan(self.post)

    @property
    def by_label(self) -> list[tuple[str, Flags]]:
        """The arms with their labels, the programme's first, or everybody."""
        if self.treated is None:
            return [("all", np.ones(len(self.post), dtype=bool))]
        return [(label, self.treated == value) for label, value in zip(self.labels, (1, 0), strict=True)]

    @property
    def strata(self) -> list[tuple[str, Flags]]:
        """The arms in the order of their first person, as `impute` takes them, or everybody."""
        if self.treated is None:
            return [("Everybody", np.ones(len(self.post), dtype=bool))]
        arms = sorted(self.by_label, key=lambda arm: int(np.argmax(arm[1])))
        return [(f"Arm {label!r}", who) for label, who in arms]


def arranged(
    data: pd.DataFrame,
    *,
    post: str,
    pre: str,
    arm: str | None,
    programme: Any,
    estimator: str,
    covariates: Sequence[str],
    cluster: str | None,
) -> People:
    """Take the people who can be counted, and count the others.

    Parameters
    ----------
    data, post, pre, arm, programme, estimator, covariates, cluster
        As for `tipping_point`.
    """
    one_row_each(data)
    scores = numeric(data, post)
    start = _start(data, post, pre, arm, covariates)
    usable = _needed(start, estimator if arm is not None else "difference_in_differences", pre) & (
        scores.notna() | start.notna().all(axis=1)
    )
    notes = []
    if not usable.all():
        notes.append(Note.of("column_missing", n=int((~usable).sum()), columns=tuple(start)))
    if cluster is not None:
        lacking = usable & column(data, cluster).isna()
        if lacking.any():
            notes.append(Note.of("cluster_missing", n=int(lacking.sum()), column=cluster))
        usable &= ~lacking
    treated: Array | None = None
    labels = ("", "")
    n, dropped = {"all": int(usable.sum())}, {"all": int((~usable).sum())}
    if arm is not None:
        # whoever can be used has a number here, so that the others are dropped, and counted by arm
        flags = pd.DataFrame({post: scores.fillna(0.0).where(usable), arm: column(data, arm)})
        arms = two_arms(flags, post=post, pre=None, arm=arm, programme=programme)
        treated, labels, n, dropped = arms.treated, arms.labels, dict(arms.n), dict(arms.dropped)
        notes += arms.notes
        usable &= flags[arm].notna()
    chosen = usable.to_numpy()
    return People(
        post,
        scores[chosen].to_numpy(dtype=np.float64),
        {name: values[chosen].to_numpy(dtype=np.float64) for name, values in start.items()},
        treated,
        None if cluster is None else codes(data.loc[chosen, cluster]),
        labels,
        n,
        dropped,
        tuple(notes),
    )


def _start(
    data: pd.DataFrame, post: str, pre: str, arm: str | None, covariates: Sequence[str]
) -> pd.DataFrame:
    """The starting score and the covariates."""
    covariates = names_of("covariates", covariates)
    roles = {post: "outcome", pre: "starting score", arm: "arm"}
    for name in covariates:
        if name in roles:
            raise DesignError(
                f"The covariate {name!r} is already the {roles[name]}. Leave it out of covariates=."
            )
    return pd.DataFrame({name: numeric(data, name) for name in (pre, *covariates)})


def _needed(start: pd.DataFrame, estimator: str, pre: str) -> pd.Series[bool]:
    """Who has the starting values that the estimator itself uses, whether or not the later score is there."""
    columns = {"adjusted": list(start), "post_difference": [], "difference_in_differences": [pre]}
    return start[columns[estimator]].notna().all(axis=1)
