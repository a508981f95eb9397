"""Standard errors where somebody is in several dyads: CR2 by everybody who is connected."""

from __future__ import annotations

import numpy as np

from rmstudy.methods.columns import Array, Labels
from rmstudy.methods.regression import contrast, least_squares
from rmstudy.results import Estimate, Note


def connected(
    x: Array, y: Array, joined: Labels, turn: Array, level: float
) -> tuple[list[Estimate], tuple[Note, ...]]:
    """Combinations of coefficients with cluster-robust tests; the terms are put in later.

    Parameters
    ----------
    x : ndarray of shape (2n, p)
        Design of all members.
    y : ndarray of shape (2n,)
        Their outcome.
    joined : ndarray of int, shape (2n,)
        Connected group of each member's dyad.
    turn : ndarray of shape (k, p)
        The combinations, one a row.
    level : float
        Confidence level.
    """
    if int(joined.max()) < 1:
        q, r = np.linalg.qr(x)
        values = turn @ np.linalg.solve(r, q.T @ y)
        return [Estimate("", value) for value in values], (Note.of("all_dyads_joined"),)
    fit = least_squares(x, y, cluster=joined)
    return [contrast(fit, shares, term="", level=level) for shares in turn], fit.notes
