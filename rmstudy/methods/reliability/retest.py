"""Agreement of a score with itself over time."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from scipy import special, stats

from rmstudy.methods.columns import Array, paired
from rmstudy.methods.regression import confidence_level
from rmstudy.methods.reliability.answers import GRAIN, is_constant
from rmstudy.results import Estimate, Note, Result


def retest_correlation(
    data: pd.DataFrame, *, pre: str = "pre", post: str = "post", level: float = 0.95
) -> Result:
    """Correlation of a score with itself on a second occasion.

    The number that `sensitivity.regression_to_the_mean` (as `stability`) and the reliable change of single
    people ask for. Take it from people without a programme, over the same length of time.

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
        ``r`` with Fisher's interval and the t test of no correlation; ``ICC(A,1)``, the agreement of
        single scores, which a shift of everybody lowers and r does not see. None, with a note, where a
        wave has no spread; no interval for three people.

    Raises
    ------
    DesignError
        With fewer than three people who have both scores: two points always lie on a line.

    Notes
    -----
    ``tanh(artanh r ± z / √(n - 3))``. ``ICC(A,1) = (MS_p - MS_e) / (MS_p + MS_e + 2 (MS_w - MS_e) / n)``
    with the mean squares of people, waves and the remainder; its interval is that of McGraw & Wong for
    case 2A. Over weeks without any programme r is the reliability of the score; over months it also
    counts how differently people developed.

    When not to use: among people chosen by their score (a narrow range lowers r), or with a programme in
    between that helps some more than others.

    References
    ----------
    Fisher (1921), *Metron* 1, 3-32. McGraw & Wong (1996), *Psychological Methods* 1, 30-46, tables 4 and 7.
    Shrout & Fleiss (1979), *Psychological Bulletin* 86, 420-428.

    Examples
    --------
    >>> import pandas as pd
    >>> data = pd.DataFrame({"pre": [9, 6, 7, 8, 7, 9, 8, 8, 8, 7], "post": [9, 7, 8, 9, 8, 9, 9, 10, 9, 9]})
    >>> print(retest_correlation(data).text())
    post: correlation of the score before with the score after, 0.73 from −1 to 1 (95% interval 0.18 to 0.93);
    10 people counted, 0 not.
    """
    level = confidence_level(level)
    pairs = paired(data, pre=pre, post=post, least=3)
    notes = [*pairs.notes, Note.of("retest_meaning")]
    if is_constant(pairs.pre) or is_constant(pairs.post):
        constant = "constant_pre" if is_constant(pairs.pre) else "constant_post"
        rows, notes = (Estimate("r", None), Estimate("ICC(A,1)", None)), [*notes, Note.of(constant)]
    else:
        correlation = _correlation(pairs.pre, pairs.post, level)
        if correlation.conf_low is None:
            few = len(pairs.pre) < 4
            notes.append(Note.of("correlation_few" if few else "interval_degenerate"))
        rows = (correlation, _agreement(pairs.pre, pairs.post, level))
    return Result(
        "retest_correlation",
        post,
        "correlation of the score before with the score after",
        "from −1 to 1",
        rows,
        level,
        pairs.n,
        pairs.dropped,
        tuple(notes),
    )


def _correlation(x: Array, y: Array, level: float) -> Estimate:
    """Pearson's r with Fisher's interval; no test or interval where the points lie on a line."""
    n, r = len(x), float(np.corrcoef(x, y)[0, 1])
    if 1 - abs(r) <= GRAIN:
        return Estimate("r", math.copysign(1.0, r))
    t = r * math.sqrt((n - 2) / (1 - r**2))
    p_value = 2 * float(stats.t.sf(abs(t), n - 2))
    if n < 4:
        return Estimate("r", r, None, t, n - 2, p_value)
    half = float(special.ndtri((1 + level) / 2)) / math.sqrt(n - 3)
    low, high = math.tanh(math.atanh(r) - half), math.tanh(math.atanh(r) + half)
    return Estimate("r", r, None, t, n - 2, p_value, low, high)


def _agreement(x: Array, y: Array, level: float) -> Estimate:
    """Absolute agreement of two single scores, people and waves as random effects (McGraw & Wong 1996)."""
    n = len(x)
    people = float(np.var((x + y) / 2, ddof=1)) * 2
    waves = n * (float(x.mean()) - float(y.mean())) ** 2 / 2
    error = float(np.var(x - y, ddof=1)) / 2
    icc = (people - error) / (people + error + 2 * (waves - error) / n)
    if error <= GRAIN * people:
        return Estimate("ICC(A,1)", icc)
    a, b = 2 * icc / (n * (1 - icc)), 1 + 2 * icc * (n - 1) / (n * (1 - icc))
    df = (a * waves + b * error) ** 2 / ((a * waves) ** 2 + (b * error) ** 2 / (n - 1))
    upper, lower = stats.f.ppf((1 + level) / 2, n - 1, df), stats.f.ppf((1 + level) / 2, df, n - 1)
    # waves so far apart that hardly a degree of freedom is left
    if not (math.isfinite(upper) and math.isfinite(lower)):
        return Estimate("ICC(A,1)", icc)
    rest = 2 * waves + (n - 2) * error
    low = n * (people - upper * error) / (upper * rest + n * people)
    high = n * (lower * people - error) / (rest + n * lower * people)
    return Estimate("ICC(A,1)", icc, conf_low=float(low), conf_high=float(high))
