"""Change by its order: how likely an improvement is, the median change, and the rank correlation.

For answers with few ordered steps and for outliers. Decimal ties are restored before ranking (8.2 - 7.9
and 7.7 - 7.4 are the same 0.3), and people who did not change stay in: they are part of the answer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd
from scipy import special, stats

from rmstudy.methods.columns import Array, paired
from rmstudy.methods.regression import confidence_level
from rmstudy.methods.resampling import resampled
from rmstudy.methods.wilson import wilson
from rmstudy.results import Estimate, Note, Result

# Up to this many ranked people the sign-flip distribution is counted out, beyond it is normal.
_COUNTED: Final = 300


def probability_of_improvement(
    data: pd.DataFrame, *, pre: str = "pre", post: str = "post", level: float = 0.95
) -> Result:
    """Probability that a person scores higher after than before, those who did not change counted half.

    Parameters
    ----------
    data : DataFrame
        One row a person.
    pre, post : str
        Columns of the earlier and the later score; a higher score is read as better.
    level : float
        Confidence level.

    Returns
    -------
    Result
        The probability with its interval and the exact sign test against one half; the shares
        improved, unchanged and worse, each with a Wilson interval.

    Raises
    ------
    DesignError
        With fewer than two people who have both scores.

    Notes
    -----
    ``P(post > pre) + P(post = pre) / 2``. With the shares better and worse, it is
    ``(1 + better - worse) / 2``, so its interval is Tango's score interval for a paired difference
    of proportions: it uses the variance of all three categories, stays inside 0 to 1 and never
    collapses to a point. Its exact coverage in 65 designs of 8 to 40 people with 0 to 60 % unchanged is
    .914 to .983, mean .955. (A Wilson interval on the half-counted share is too wide with ties; a
    logit interval covers as little as .28 near one.) The p-value is the exact binomial test among
    those who changed, which is conservative: it can stay above .05 when the interval excludes one half.

    When not to use: to say how far people moved; and it is not the probability that a person after
    outscores *another* person before, which some programs print beside a paired test.

    References
    ----------
    Tango (1998), *Statistics in Medicine* 17, 891-908. Wilson (1927), *JASA* 22, 209-212.

    Examples
    --------
    >>> import pandas as pd
    >>> data = pd.DataFrame({"pre": [3, 4, 2, 5, 3, 4, 2, 3], "post": [4, 4, 3, 5, 5, 3, 4, 4]})
    >>> probability_of_improvement(data)
    post: chance that a person improved, 0.75 probability (95% interval 0.45 to 0.91); 8 people counted, 0 not.
      share improved: 0.62 (0.31 to 0.86)
      share unchanged: 0.25 (0.07 to 0.59)
      share worse: 0.12 (0.02 to 0.47)
    """
    level = confidence_level(level)
    pairs = paired(data, pre=pre, post=post)
    sign = np.sign(pairs.ranked_change)
    n, better, worse = len(sign), int((sign > 0).sum()), int((sign < 0).sum())
    low, high = _tango(better, worse, n, level)
    p_value = float(stats.binomtest(better, better + worse).pvalue) if better + worse else 1.0
    headline = Estimate(
        "probability of improvement",
        (1 + (better - worse) / n) / 2,
        p_value=p_value,
        conf_low=(1 + low) / 2,
        conf_high=(1 + high) / 2,
    )
    return Result(
        "probability_of_improvement",
        post,
        "chance that a person improved",
        "probability",
        (headline, *_shares(better, worse, n, level)),
        level,
        pairs.n,
        pairs.dropped,
        pairs.notes,
    )


def median_change(data: pd.DataFrame, *, pre: str = "pre", post: str = "post", level: float = 0.95) -> Result:
    """Median of the change, estimated by Hodges and Lehmann's pseudomedian, in points.

    Parameters
    ----------
    data : DataFrame
        One row a person.
    pre, post : str
        Columns of the earlier and the later score.
    level : float
        Confidence level.

    Returns
    -------
    Result
        The pseudomedian of later minus earlier with the signed-rank interval and p-value.

    Raises
    ------
    DesignError
        With fewer than two people who have both scores.

    Notes
    -----
    The median of all averages of two changes, each with itself included (Walsh averages); it is the
    median of the change when the change is symmetric. The limits are the k-th smallest and k-th
    largest Walsh average, with k from the distribution of the signed-rank statistic (counted out up
    to 300 people, normal beyond); with ties the interval covers at least as often as it says. The
    p-value is the sign-flip distribution of the ranks, with Pratt's zeros: exact up to 300 people who
    changed. People who did not change are kept, where ``wilcox.test`` in R drops them first, which
    moves its estimate away from zero.

    When not to use: on a scale of few steps, where the interval can collapse
    (`probability_of_improvement`); nor as the difference of the two medians, which is another number.

    References
    ----------
    Hodges & Lehmann (1963), *Annals of Mathematical Statistics* 34, 598-611. Pratt (1959), *JASA* 54,
    655-667. Hollander, Wolfe & Chicken (2014), *Nonparametric Statistical Methods*, sections 3.2-3.3.

    Examples
    --------
    >>> import pandas as pd
    >>> data = pd.DataFrame({"pre": [12, 15, 11, 18, 14, 16, 13], "post": [15, 16, 18, 20, 13, 21, 17]})
    >>> print(median_change(data).text())
    post: median change, after minus before, 3.00 points (95% interval 0.50 to 5.50); 7 people counted, 0 not.
    """
    level = confidence_level(level)
    pairs = paired(data, pre=pre, post=post)
    ranked, n = pairs.ranked_change, len(pairs.pre)
    estimate, limits, unreachable = _hodges_lehmann(ranked, level)
    notes = list(pairs.notes)
    if not ranked.any():
        notes.append(Note.of("no_nonzero_difference"))
    elif (ranked == 0).any():
        notes.append(Note.of("ties", share=float((ranked == 0).mean())))
    if unreachable:
        notes.append(Note.of("level_unreachable", n=n, level=level))
    elif limits is None:
        notes.append(Note.of("interval_ties"))
    low, high = limits or (None, None)
    return Result(
        "median_change",
        post,
        "median change, after minus before",
        "points",
        (Estimate("change", estimate, p_value=_signed_rank_p(ranked), conf_low=low, conf_high=high),),
        level,
        pairs.n,
        pairs.dropped,
        tuple(notes),
    )


def matched_rank_biserial(
    data: pd.DataFrame,
    *,
    pre: str = "pre",
    post: str = "post",
    level: float = 0.95,
    seed: int = 0,
) -> Result:
    """Rank correlation between the wave and the score within people, those who did not change included.

    Parameters
    ----------
    data : DataFrame
        One row a person.
    pre, post : str
        Columns of the earlier and the later score.
    level : float
        Confidence level.
    seed : int
        Seed of the bootstrap.

    Returns
    -------
    Result
        The correlation, between -1 (all changes down) and 1 (all up), with a BCa bootstrap interval
        by person and the exact signed-rank p-value; the shares improved, unchanged and worse.

    Raises
    ------
    DesignError
        With fewer than two people who have both scores.

    Notes
    -----
    ``(T+ - T-) / (n (n + 1) / 2)``: the sizes of all changes are ranked, zeros among them, then zeros
    take no sign (Pratt). Programs that drop the zeros first print 1 when 6 of 50 people improve and
    44 do not change, with the interval 1 to 1; here that is 0.22. When every resample gives the
    same value the interval is withheld. The p-value is the sign-flip distribution of the ranks, exact
    up to 300 people who changed, normal beyond.

    When not to use: without the share unchanged beside it; and not for the size of a change in points.

    References
    ----------
    Pratt (1959), *JASA* 54, 655-667. Kerby (2014), *Comprehensive Psychology* 3:1. Efron (1987),
    *JASA* 82, 171-185.

    Examples
    --------
    >>> import pandas as pd
    >>> data = pd.DataFrame({"pre": [3, 4, 2, 5, 3, 4, 2, 3], "post": [4, 4, 3, 5, 5, 3, 4, 4]})
    >>> result = matched_rank_biserial(data)
    >>> round(result.headline.estimate, 4), result.headline.p_value, result.estimates[2].estimate
    (0.6667, 0.15625, 0.25)
    """
    level = confidence_level(level)
    pairs = paired(data, pre=pre, post=post)
    ranked = pairs.ranked_change
    n, better, worse = len(ranked), int((ranked > 0).sum()), int((ranked < 0).sum())
    notes, headline = list(pairs.notes), Estimate("rank-biserial correlation", 0.0, p_value=1.0)
    if better + worse == 0:
        notes.append(Note.of("no_nonzero_difference"))
    else:
        found = resampled([ranked], _rank_biserial, level=level, seed=seed)
        one_way, p_value = 0 in (better, worse), _signed_rank_p(ranked)
        # where nobody changed one way no resample can either: the interval shuns zero whatever the p
        withheld = found.low is None or (one_way and p_value >= 1 - level)
        headline = Estimate(
            "rank-biserial correlation",
            found.estimate,
            None if withheld else found.std_error,
            p_value=p_value,
            conf_low=None if withheld else found.low,
            conf_high=None if withheld else found.high,
        )
        if withheld:
            notes.append(Note.of("interval_degenerate" if one_way else "bootstrap_withheld"))
        if better + worse < n:
            notes.append(Note.of("ties", share=1 - (better + worse) / n))
    return Result(
        "matched_rank_biserial",
        post,
        "rank correlation of wave and score within people",
        "from −1 to 1",
        (headline, *_shares(better, worse, n, level)),
        level,
        pairs.n,
        pairs.dropped,
        tuple(notes),
    )


def _shares(better: int, worse: int, n: int, level: float) -> tuple[Estimate, ...]:
    """The shares improved, unchanged and worse, each with its Wilson interval."""
    counts = {"improved": better, "unchanged": n - better - worse, "worse": worse}
    return tuple(wilson(f"share {word}", count, n, level) for word, count in counts.items())


def _tango(better: int, worse: int, n: int, level: float) -> tuple[float, float]:
    """Score interval for the share better minus the share worse (Tango 1998, section 4)."""
    z = float(special.ndtri((1 + level) / 2))

    def outside(delta: float, side: int) -> bool:
        """Whether the score test rejects a difference on that side of the estimate."""
        b = -better - worse + (2 * n - better + worse) * delta
        c = -worse * delta * (1 - delta)
        share_worse = (math.sqrt(max(b * b - 8 * n * c, 0.0)) - b) / (4 * n)
        variance = n * (2 * share_worse + delta * (1 - delta))
        return side * (better - worse - n * delta) >= z * math.sqrt(max(variance, 0.0))

    estimate = (better - worse) / n
    limits = []
    for end, side in ((-1.0, 1), (1.0, -1)):
        far, near = end, estimate
        for _ in range(60):  # bisection to the last digit
            middle = (far + near) / 2
            far, near = (middle, near) if outside(middle, side) else (far, middle)
        limits.append(far)
    return limits[0], limits[1]


def _hodges_lehmann(change: Array, level: float) -> tuple[float, tuple[float, float] | None, bool]:
    """Pseudomedian, its signed-rank limits, and whether there are too few people for the level."""
    n = len(change)
    first, second = np.triu_indices(n)
    walsh = np.sort((change[first] + change[second]) / 2)
    estimate = float(np.median(walsh))
    k = _walsh_rank(n, (1 - level) / 2)
    if k == 0:
        return estimate, None, True
    low, high = float(walsh[k - 1]), float(walsh[-k])
    return estimate, (low, high) if low < high else None, False


def _walsh_rank(n: int, tail: float) -> int:
    """Largest k with P(T+ < k) <= tail under no change, or 0 when there is none."""
    if n > _COUNTED:
        mean, sd = n * (n + 1) / 4, math.sqrt(n * (n + 1) * (2 * n + 1) / 24)
        return max(0, math.floor(mean + 0.5 + float(special.ndtri(tail)) * sd))
    below = np.cumsum(_sign_flips(range(1, n + 1)))  # P(T+ <= 0), P(T+ <= 1), ...
    return int(np.searchsorted(below, tail * (1 + 1e-12), side="right"))


def _signed_rank_p(ranked: Array) -> float:
    """Two-sided p-value of the signed ranks with Pratt's zeros, over all flips of the signs."""
    ranks = stats.rankdata(np.abs(ranked))[ranked != 0]
    if len(ranks) == 0:
        return 1.0
    doubled = np.rint(2 * ranks).astype(int)  # tied ranks are halves
    up = int(doubled[ranked[ranked != 0] > 0].sum())
    tail = min(up, int(doubled.sum()) - up)
    if len(ranks) > _COUNTED:
        distance = doubled.sum() / 2 - tail
        return float(
            min(1.0, 2 * special.ndtr(-distance / (math.sqrt((doubled.astype(float) ** 2).sum()) / 2)))
        )
    return float(min(1.0, 2 * _sign_flips(doubled.tolist())[: tail + 1].sum()))


def _sign_flips(ranks: Sequence[int]) -> Array:
    """Probability of each sum of the positive ranks when every sign is a fair coin."""
    probability = np.zeros(sum(ranks) + 1)
    probability[0] = 1.0
    for rank in ranks:
        flipped = np.zeros_like(probability)
        flipped[rank:] = probability[: len(probability) - rank]
        probability = (probability + flipped) / 2
    return probability


def _rank_biserial(change: Array, axis: int = -1) -> Array:
    """Signed ranks over all ranks, zeros ranked and then without a sign."""
    n = change.shape[axis]
    signed = np.sign(change) * stats.rankdata(np.abs(change), axis=axis)
    return np.asarray(signed.sum(axis=axis) / (n * (n + 1) / 2))
