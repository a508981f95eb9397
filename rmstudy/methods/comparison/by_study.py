"""The comparisons of many studies in one pass, each as if it had been asked for alone.

People stand study after study; every sum over a study is one ``reduceat``, and every small system is solved with all
others. A study that is not plain (clusters, a constant start, an arm of one or two, a perfect fit) is handed to the
function for one study, whose answer, or refusal, is taken.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from scipy import special, stats

from rmstudy.errors import DesignError
from rmstudy.methods.columns import Array, Flags, Labels, column, columns_by_name, numeric
from rmstudy.methods.comparison.means import adjusted_difference
from rmstudy.methods.comparison.standardised import hedges_g
from rmstudy.methods.noncentral import noncentralities
from rmstudy.methods.regression import confidence_level
from rmstudy.results import Result

COLUMNS: Final = ("estimate", "std_error", "df", "conf_low", "conf_high")
# Fewest people of an arm, and the least share of spread or of room, with which a study is plain.
_FEWEST: Final = 3
_GRAIN: Final = 1e-7


def adjusted_difference_by(
    data: pd.DataFrame,
    *,
    study: str = "study",
    post: str = "post",
    pre: str = "pre",
    arm: str = "arm",
    programme: Any = "programme",
    cluster: str | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """`adjusted_difference` of each of many studies.

    Parameters
    ----------
    data : DataFrame
        One row a person; the index may be anything.
    study : str
        Column with the name of the person's study.
    post, pre, arm, programme, cluster, level
        As for `adjusted_difference`; every study has its own comparison arm.

    Returns
    -------
    DataFrame
        A row a study, in the order of their first person: ``n_programme``, ``n_comparison``, ``dropped``;
        ``estimate``, ``std_error``, ``df``, ``conf_low``, ``conf_high``, missing where the study cannot be
        compared; ``reason``, the sentence why, otherwise missing.

    Raises
    ------
    DesignError
        When a column is missing or not numeric.

    Notes
    -----
    With the starting score centred by study, A the inverse of X'X, h the leverages, u the arm's row of
    ``A X'`` and ``w = u² / (1 - h)``: ``SE² = Σ w e²`` and, with ``S = Σ w x x'``,
    ``df = (Σ u²)² / (Σ w² ((1 - h)² - h²) + tr(A S A S))``, which is HC2 with Satterthwaite df.

    When not to use: for one study (`adjusted_difference` says the caveats as well).

    References
    ----------
    See `adjusted_difference`.

    Examples
    --------
    >>> import pandas as pd
    >>> one = pd.DataFrame({
    ...     "study": "2024", "arm": ["programme"] * 5 + ["waiting"] * 5,
    ...     "pre": [40, 45, 50, 55, 60, 42, 47, 51, 56, 61],
    ...     "post": [52, 53, 61, 62, 70, 46, 50, 52, 60, 63]})
    >>> float(adjusted_difference_by(one).loc["2024", "estimate"])
    6.685...
    """
    level = confidence_level(level)
    people = _sorted(data, study, post, pre, arm, programme, cluster)

    def alone(frame: pd.DataFrame) -> Result:
        return adjusted_difference(
            frame, post=post, pre=pre, arm=arm, programme=programme, cluster=cluster, level=level
        )

    return people.table(data, _adjusted(people, level), alone)


def hedges_g_by(
    data: pd.DataFrame,
    *,
    study: str = "study",
    post: str = "post",
    arm: str = "arm",
    programme: Any = "programme",
    level: float = 0.95,
) -> pd.DataFrame:
    """`hedges_g` of each of many studies.

    Parameters
    ----------
    data, study, post, arm, programme, level
        As for `adjusted_difference_by`.

    Returns
    -------
    DataFrame
        As `adjusted_difference_by`, in standard deviations within arms.

    Raises
    ------
    DesignError
        When a column is missing or not numeric.

    Notes
    -----
    When not to use: for one study; where people share mentors or units (`adjusted_difference_by` with
    ``cluster=``).

    References
    ----------
    See `hedges_g`.

    Examples
    --------
    >>> import pandas as pd
    >>> one = pd.DataFrame({"study": "2024", "arm": ["programme"] * 4 + ["waiting"] * 4,
    ...                     "post": [9, 7, 8, 9, 8, 6, 7, 8]})
    >>> float(hedges_g_by(one).loc["2024", "estimate"])
    0.907...
    """
    level = confidence_level(level)
    people = _sorted(data, study, post, None, arm, programme, None)

    def alone(frame: pd.DataFrame) -> Result:
        return hedges_g(frame, post=post, arm=arm, programme=programme, level=level)

    return people.table(data, _standardised(people, level), alone)


@dataclass(frozen=True, slots=True)
class _People:
    """Complete people, study after study.

    ``names`` (k,) and ``rows`` (all rows of `data` by study, with ``ends``); ``starts`` (k,) where each study's
    complete people begin, ``sizes`` (k,), ``of`` (n,) the number of each one's study; scores ``y``, ``x`` (n,)
    centred by study, ``t`` (n,) 1 in the programme; ``plain`` (k,) whether a study can be worked out with the others.
    """

    names: pd.Index[Any]
    rows: Labels
    ends: Labels
    starts: Labels
    sizes: Labels
    of: Labels
    y: Array
    x: Array | None
    t: Array
    plain: Flags

    def sums(self, values: Array) -> Array:
        """Sums by study; none of those without anybody."""
        found = np.zeros((len(self.sizes), *values.shape[1:]))
        there = self.sizes > 0
        if there.any():
            found[there] = np.add.reduceat(values, self.starts[there], axis=0)
        return found

    def table(
        self,
        data: pd.DataFrame,
        found: tuple[Array, Flags],
        alone: Callable[[pd.DataFrame], Result],
    ) -> pd.DataFrame:
        """The studies' rows; those that are not plain are asked one by one."""
        values, sound = found
        treated = np.rint(self.sums(self.t)).astype(np.int64)
        totals = np.diff(self.ends, prepend=0)
        table = pd.DataFrame(values, index=self.names, columns=list(COLUMNS))
        counts = {
            "n_programme": treated,
            "n_comparison": self.sizes - treated,
            "dropped": totals - self.sizes,
        }
        for place, (name, numbers) in enumerate(counts.items()):
            table.insert(place, name, numbers)
        table["reason"] = None
        for i in np.flatnonzero(~(self.plain & sound)):
            rows = self.rows[self.ends[i] - totals[i] : self.ends[i]]
            one, reason = _alone(data.iloc[rows].reset_index(drop=True), alone)
            table.loc[self.names[i], [*counts, *COLUMNS]] = one
            table.loc[self.names[i], "reason"] = reason
        return table.astype(dict.fromkeys(counts, "int64"))


def _alone(
    frame: pd.DataFrame, ask: Callable[[pd.DataFrame], Result]
) -> tuple[list[float | None], str | None]:
    """Counts and numbers of a study asked by itself, and why there are none."""
    try:
        result = ask(frame)
    except DesignError as error:
        return [0, 0, len(frame), *([None] * len(COLUMNS))], str(error)
    numbers = [getattr(result.headline, name) for name in COLUMNS]
    return [*result.n.values(), sum(result.dropped.values()), *numbers], None


def _sorted(
    data: pd.DataFrame, study: str, post: str, pre: str | None, arm: str, programme: Any, cluster: str | None
) -> _People:
    """Bring people into the order of their studies, and see which studies are plain."""
    columns_by_name(data, "a person")
    number, names = pd.factorize(column(data, study))
    if (number < 0).any():
        raise DesignError(f"{int((number < 0).sum())} people have no study in {study!r}. Fill it in.")
    later = numeric(data, post).to_numpy()
    start = None if pre is None else numeric(data, pre).to_numpy()
    labels, found = pd.factorize(column(data, arm))
    ours = labels == (list(found).index(programme) if programme in list(found) else -2)
    complete = ~np.isnan(later) & (labels >= 0)
    if start is not None:
        complete &= ~np.isnan(start)
    rows = np.argsort(number, kind="stable")
    kept = rows[complete[rows]]
    of = number[kept]
    sizes = np.bincount(of, minlength=len(names))
    starts = np.cumsum(sizes) - sizes
    people = _People(
        pd.Index(names, name=study),
        rows,
        np.cumsum(np.bincount(number, minlength=len(names))),
        starts,
        sizes,
        of,
        later[kept],
        None if start is None else start[kept],
        ours[kept].astype(np.float64),
        _two_arms(number, labels, ours, len(names), len(found)),
    )
    return _centred(people, _shared(data, kept, of, cluster, len(names)))


def _two_arms(number: Labels, labels: Labels, ours: Flags, studies: int, arms: int) -> Flags:
    """Studies with the programme's label and exactly one other."""
    seen = np.zeros((studies, arms), dtype=bool)
    known = labels >= 0
    seen[number[known], labels[known]] = True
    with_programme = np.bincount(number[ours & known], minlength=studies) > 0
    return np.asarray((seen.sum(axis=1) == 2) & with_programme)


def _shared(data: pd.DataFrame, kept: Labels, of: Labels, cluster: str | None, studies: int) -> Flags:
    """Studies in which somebody has no cluster, or shares one."""
    if cluster is None:
        return np.zeros(studies, dtype=bool)
    labels = column(data, cluster).iloc[kept]
    twice = pd.DataFrame({"study": of, "cluster": labels.to_numpy()}).duplicated().to_numpy()
    return np.bincount(of[twice | labels.isna().to_numpy()], minlength=studies) > 0


def _centred(people: _People, shared: Flags) -> _People:
    """Scores as distances from their study's mean, and the studies that have spread enough to be plain."""
    size = np.maximum(people.sizes, 1)
    treated = people.sums(people.t)
    plain = people.plain & ~shared & (treated >= _FEWEST) & (people.sizes - treated >= _FEWEST)
    arm = 2 * people.of + people.t.astype(np.intp)
    scores: dict[str, Array | None] = {"y": people.y, "x": people.x}
    for name, values in scores.items():
        if values is None:
            continue
        centred = values - (people.sums(values) / size)[people.of]
        scores[name] = centred
        means = np.bincount(arm, centred, 2 * len(size)) / np.maximum(
            np.bincount(arm, minlength=2 * len(size)), 1
        )
        within = np.bincount(arm, (centred - means[arm]) ** 2, 2 * len(size)).reshape(-1, 2)
        largest = np.zeros(len(size))
        np.maximum.at(largest, people.of, np.abs(values))
        plain &= (within > (_GRAIN * largest[:, None]) ** 2 * size[:, None]).all(axis=1)
    y = scores["y"]
    return _People(
        people.names,
        people.rows,
        people.ends,
        people.starts,
        people.sizes,
        people.of,
        people.y if y is None else y,
        scores["x"],
        people.t,
        plain,
    )


def _adjusted(people: _People, level: float) -> tuple[Array, Flags]:
    """The numbers of each plain study, and which of them are sound."""
    t, y = people.t, people.y
    x = people.x if people.x is not None else y
    grams = _crossed(people, np.ones_like(y), x)
    grams[~people.plain] = np.eye(3)
    inverse = np.linalg.inv(grams)
    seen = np.column_stack([people.sums(y), people.sums(t * y), people.sums(x * y)])
    coefficients = np.einsum("kij,kj->ki", inverse, seen)
    constant, effect, slope = coefficients[people.of].T
    residuals = y - constant - effect * t - slope * x
    # of each person's row z = (1, t, x): z A z', and the arm's part of A z'; t is its own square
    a00, a01, a02, a11, a12, a22 = inverse[:, *np.triu_indices(3)][people.of].T
    leverage = a00 + (2 * a01 + a11) * t + (2 * a02 + 2 * a12 * t + a22 * x) * x
    room = np.maximum(1 - leverage, _GRAIN)
    weight = (a01 + a11 * t + a12 * x) ** 2 / room
    variance = people.sums(weight * residuals**2)
    turned = inverse @ _crossed(people, weight, x)
    squares = people.sums(weight**2 * (room**2 - leverage**2)) + np.einsum("kij,kji->k", turned, turned)
    df = np.divide(
        people.sums(weight * room) ** 2, squares, out=np.full_like(squares, np.nan), where=squares > 0
    )
    tight = np.zeros(len(df), dtype=bool)
    np.logical_or.at(tight, people.of, leverage > 1 - 1e3 * _GRAIN)
    spread = people.sums(residuals**2) > _GRAIN * people.sums(y**2)
    estimate, error = coefficients[:, 1], np.sqrt(variance)
    half = stats.t.ppf((1 + level) / 2, df) * error
    return np.column_stack([estimate, error, df, estimate - half, estimate + half]), spread & ~tight


def _crossed(people: _People, weight: Array, x: Array) -> Array:
    """Each study's sums of ``weight z z'`` over its people's rows z = (1, t, x)."""
    parts = (weight, weight * people.t, weight * x, weight * people.t * x, weight * x**2)
    whole, ours, start, both, square = map(people.sums, parts)
    rows = [[whole, ours, start], [ours, ours, both], [start, both, square]]
    return np.moveaxis(np.array(rows), 2, 0)


def _standardised(people: _People, level: float) -> tuple[Array, Flags]:
    """The numbers of each plain study; every one of them is sound."""
    n1 = people.sums(people.t)
    n0 = people.sizes - n1
    n1, n0 = (np.where(people.plain, n, _FEWEST) for n in (n1, n0))
    mean1, mean0 = people.sums(people.y * people.t) / n1, people.sums(people.y * (1 - people.t)) / n0
    means = np.where(people.t > 0, mean1[people.of], mean0[people.of])
    df = n1 + n0 - 2
    pooled = np.sqrt(people.sums((people.y - means) ** 2) / df)
    pooled[~people.plain] = 1.0
    root, d = np.sqrt(1 / n1 + 1 / n0), (mean1 - mean0) / pooled
    tails = np.tile([(1 + level) / 2, (1 - level) / 2], (len(d), 1))
    limits = noncentralities(np.repeat(d / root, 2), np.repeat(df, 2), tails.ravel()).reshape(-1, 2)
    factor = np.exp(special.gammaln(df / 2) - special.gammaln((df - 1) / 2)) * np.sqrt(2 / df)
    error = np.sqrt(root**2 + (factor * d) ** 2 / (2 * (n1 + n0)))
    numbers = [factor * d, error, df, *(factor * root * limits.T)]
    return np.column_stack(numbers), np.asarray(np.isfinite(limits).all(axis=1))
