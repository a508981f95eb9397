"""How alike the members of a pair, or of a group, are: the intraclass correlation."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from rmstudy.errors import DesignError
from rmstudy.methods.columns import Array, Labels, codes, numeric
from rmstudy.methods.dyads.members import members, people_counted
from rmstudy.methods.regression import confidence_level
from rmstudy.results import Estimate, Note, Result


def pair_similarity(
    data: pd.DataFrame, *, outcome: str, dyad: str = "pair_id", level: float = 0.95
) -> Result:
    """Intraclass correlation of the members of pairs or larger groups, ICC(1); it may be negative.

    Parameters
    ----------
    data : DataFrame
        One row a member.
    outcome : str
        Column of the outcome.
    dyad : str
        Column of the pair's, or the group's, label.
    level : float
        Confidence level.

    Returns
    -------
    Result
        The intraclass correlation with its interval; the mean squares between and within groups, their
        ratio with its F test, the typical group size, the reliability of a group's mean, and the design
        effects (at the mean size, and for unequal sizes), and how many unrelated people would be as
        informative about the mean; for pairs the double-entry correlation.

    Raises
    ------
    DesignError
        When no group has two members, or there is one group only.

    Notes
    -----
    ``(MSB - MSW) / (MSB + (n0 - 1) MSW)`` with ``n0 = (N - Σ n_j² / N) / (J - 1)``. The interval
    inverts F, and is exact for normal scores in groups of one size; with unequal sizes n0 stands for the
    size, which is an approximation, and a note says so. Members without a group, or alone in it, say
    nothing about likeness and are left out. A negative value is reported: members are less alike than
    strangers, where a mixed model would print 0. The design effect, ``1 + (size - 1) ICC``, takes a
    negative ICC as 0; for unequal sizes the size is ``(1 + CV²) mean``.

    When not to use: to say that two raters agree (other intraclass correlations do that), nor as evidence
    of influence: partners may have been alike before they met.

    References
    ----------
    Shrout & Fleiss (1979), *Psychological Bulletin* 86, 420-428. Searle (1971), *Linear Models*, ch. 11.
    Eldridge, Ashby & Kerry (2006), *International Journal of Epidemiology* 35, 1292-1300.

    Examples
    --------
    >>> import pandas as pd
    >>> data = pd.DataFrame({"pair_id": [1, 1, 2, 2, 3, 3, 4, 4], "score": [3, 4, 7, 6, 5, 5, 2, 1]})
    >>> print(pair_similarity(data, outcome="score").text())
    score: likeness of members of a pair or group, 0.92 intraclass correlation (95% interval 0.42 to 0.99);
    8 people counted, 0 not.
    """
    level = confidence_level(level)
    table = members(data, dyad)
    values = numeric(table, outcome)
    complete, notes = values.notna(), []
    if not complete.all():
        notes.append(Note.of("column_missing", n=int((~complete).sum()), columns=(outcome,)))
    lost = complete & table["_dyad"].isna()
    if lost.any():
        notes.append(Note.of("cluster_missing", n=int(lost.sum()), column=dyad))
        complete &= ~lost
    sizes = table["_dyad"].where(complete).map(table["_dyad"][complete].value_counts())
    alone = complete & (sizes == 1)
    if alone.any():
        notes.append(Note.of("alone_in_group", n=int(alone.sum())))
        complete &= ~alone
    cluster = codes(table.loc[complete, "_dyad"])
    _refuse_without_replication(cluster, dyad)
    rows, more = _likeness(np.asarray(values[complete], dtype=np.float64), cluster, level)
    if table.loc[complete, "_person"].duplicated().any():
        notes.append(Note.of("same_people_in_groups"))
    return Result(
        "pair_similarity",
        outcome,
        "likeness of members of a pair or group",
        "intraclass correlation",
        rows,
        level,
        *people_counted(table, np.full(len(table), "all"), np.flatnonzero(complete)),
        (*notes, *more),
    )


def _refuse_without_replication(cluster: Labels, dyad: str) -> None:
    """Refuse groups that cannot show likeness."""
    if len(cluster) == 0:
        raise DesignError(
            f"Every group in {dyad!r} has one member with a score: without two there is no likeness within groups. "
            "Check the column of the groups."
        )
    if int(cluster.max()) < 1:
        raise DesignError(f"{dyad!r} has one group with two members only; two or more groups are needed.")


def _likeness(values: Array, cluster: Labels, level: float) -> tuple[tuple[Estimate, ...], tuple[Note, ...]]:
    """All rows from the one-way analysis of variance."""
    sizes = np.bincount(cluster).astype(float)
    n, groups = len(values), len(sizes)
    centred = values - values.mean()
    means = np.bincount(cluster, centred) / sizes
    between = float(sizes @ means**2) / (groups - 1)
    within = float(((centred - means[cluster]) ** 2).sum()) / (n - groups)
    size = (n - float(sizes @ sizes) / n) / (groups - 1)
    grain = (1e-10 * float(np.abs(values).max())) ** 2
    if max(between, within) <= grain:
        return (Estimate("intraclass correlation", None),), (Note.of("no_spread"),)
    ratio = between / within if within > grain else np.inf
    icc = (between - within) / (between + (size - 1) * within)
    limits: tuple[float | None, float | None] = (None, None)
    notes = []
    if np.isfinite(ratio) and between > grain:
        quantiles = stats.f.ppf([(1 + level) / 2, (1 - level) / 2], groups - 1, n - groups)
        low, high = ratio / quantiles
        limits = (low - 1) / (low + size - 1), (high - 1) / (high + size - 1)
    else:
        notes.append(Note.of("interval_degenerate"))
    if sizes.min() < sizes.max():
        notes.append(Note.of("unequal_groups", low=int(sizes.min()), high=int(sizes.max())))
    if icc < 0:
        notes.append(Note.of("icc_negative"))
    p_value = float(stats.f.sf(ratio, groups - 1, n - groups))
    mean, spread = float(sizes.mean()), float((sizes**2).mean() / sizes.mean())
    alike = max(icc, 0.0)
    return (
        Estimate("intraclass correlation", icc, conf_low=limits[0], conf_high=limits[1]),
        Estimate("mean square between groups", between),
        Estimate("mean square within groups", within),
        Estimate("mean square between over within (F)", ratio, None, ratio, groups - 1, p_value),
        Estimate("typical group size (n0)", size),
        Estimate("reliability of a group's mean", 1 - 1 / ratio if ratio > 0 else None),
        Estimate("design effect at the mean size", 1 + (mean - 1) * alike),
        Estimate("design effect for unequal sizes", 1 + (spread - 1) * alike),
        Estimate("people over the design effect", n / (1 + (mean - 1) * alike)),
        *_double_entry(centred, cluster, sizes),
    ), tuple(notes)


def _double_entry(centred: Array, cluster: Labels, sizes: Array) -> tuple[Estimate, ...]:
    """Correlation of every member with the partner, each pair entered both ways round."""
    if sizes.max() > 2:
        return ()
    pairs = centred[np.argsort(cluster, kind="stable")].reshape(-1, 2)
    value = 2 * float(pairs.prod(axis=1).sum()) / float((pairs**2).sum())
    return (Estimate("double-entry correlation", value),)
