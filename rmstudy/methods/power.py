"""How many people a study needs, and what it can see with those it has: closed forms, before any data.

Two things decide more than the formula: how strongly the two waves correlate, and how alike people of
one cluster are. Each function takes sequences as well as numbers, and gives one row a scenario.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Final, Literal, get_args

import pandas as pd
from scipy import optimize, special

from rmstudy.errors import DesignError
from rmstudy.methods.regression import confidence_level

__all__ = ["power_adjusted", "power_change", "precision"]

Values = float | Sequence[float]
Contrast = Literal["change", "comparison"]
_CONTRASTS: Final[tuple[str, ...]] = get_args(Contrast)

# More people than this are not a programme.
_MOST: Final = 100_000_000


@dataclass(frozen=True, slots=True)
class _Design:
    """What does not change while a number of people, an effect or a power is looked for.

    Parameters
    ----------
    variance : float
        Variance of one arm's mean with one person in it, in squared standard deviations of the scores,
        times the design effect.
    ratio : float
        People of the comparison for each of the programme; 0 for one group.
    lost_df : int
        Coefficients that the degrees of freedom are reduced by.
    size : float
        People in a cluster.
    design_effect : float
        By how much clusters inflate the variance.
    """

    variance: float
    ratio: float
    lost_df: int
    size: float
    design_effect: float

    def comparison(self, n: float) -> float:
        """People of the comparison beside n of the programme: whole ones, unless they come in clusters."""
        return _up(n * self.ratio) if self.size == 1 else n * self.ratio

    def std_error(self, n: float) -> float:
        """Standard error of the estimate, with n people in the programme's arm."""
        return math.sqrt(self.variance * (1 / n + (1 / self.comparison(n) if self.ratio else 0.0)))

    def df(self, n: float) -> float:
        """Degrees of freedom: units (people or clusters) less coefficients."""
        return (n + self.comparison(n)) / self.size - self.lost_df

    def smallest(self) -> int:
        """Fewest clusters (or people) of the programme's arm with two in each arm and a df of one."""
        enough = max(2.0, 2.0 / self.ratio if self.ratio else 2.0)
        return math.ceil(max(enough, (1 + self.lost_df) / (1 + self.ratio)) - 1e-9)


def power_change(
    *,
    effect: Values | None = None,
    correlation: Values,
    n: Values | None = None,
    power: Values | None = None,
    alpha: float = 0.05,
    attrition: Values = 0.0,
    cluster_size: Values = 1.0,
    cluster_size_cv: Values = 0.0,
    icc: Values = 0.0,
) -> pd.DataFrame:
    """Power of the paired t test of a mean change; or the people, or the effect, that a power needs.

    Leave out the one of `effect`, `n` and `power` that is to be found.

    Parameters
    ----------
    effect : float or sequence, optional
        Mean change in standard deviations of the scores (``d_av``, the average of the two waves).
    correlation : float or sequence
        Correlation of the two waves.
    n : float or sequence, optional
        People with both scores.
    power : float or sequence, optional
        Chance of a significant result that is wanted.
    alpha : float
        Level of the two-sided test.
    attrition : float or sequence
        Share of the people who will not answer the second time.
    cluster_size : float or sequence
        People with both scores in a cluster, on average.
    cluster_size_cv : float or sequence
        Standard deviation of the clusters' sizes over their mean.
    icc : float or sequence
        Intraclass correlation of the *changes* inside a cluster.

    Returns
    -------
    DataFrame
        One row a scenario: what was given; ``d_z``, the effect over the spread of the change;
        ``design_effect``; ``df``; ``n`` rounded up to whole people (and whole clusters);
        ``clusters``; ``power`` at that n; and ``seats``, the people to begin with.

    Raises
    ------
    DesignError
        Unless exactly one of the three is left out, and when a value is impossible: no effect, a power
        not above `alpha`, fewer than two people or clusters.

    Notes
    -----
    The paired test needs ``d_z = effect / √(2 (1 - correlation))``. Power is that of the noncentral t
    with ``n - 1`` degrees of freedom, both tails; with clusters the variance grows by
    ``1 + ((1 + CV²) m - 1) ICC`` and the degrees of freedom are clusters less one. pingouin's `ttest`
    puts d_av where d_z belongs: for 30 people and an effect of .4 it says .56 whatever the
    correlation, where the truth is .39, .56 and .92 at .2, .5 and .8.

    When not to use: after the data, with the effect found in them ("achieved power" says nothing that
    the p-value does not); or to choose between designs with a threshold to be exceeded, where
    `precision` is nearer to the question.

    References
    ----------
    Cohen (1988), *Statistical Power Analysis*, ch. 2. Eldridge, Ashby & Kerry (2006), *International
    Journal of Epidemiology* 35, 1292-1300 (unequal clusters).

    Examples
    --------
    >>> power_change(effect=0.4, correlation=[0.2, 0.5, 0.8], power=0.8, attrition=0.2)[["d_z", "n", "seats"]]
            d_z   n  seats
    0  0.316228  81    102
    1  0.400000  52     65
    2  0.632456  22     28
    """
    rows = []
    given = {"effect": effect, "correlation": correlation, "n": n, "power": power}
    clusters = {"cluster_size": cluster_size, "cluster_size_cv": cluster_size_cv, "icc": icc}
    alpha = _level(alpha)
    for one in _scenarios(given | {"attrition": attrition} | clusters):
        design, r = _changed(one)
        found = _solved(one, design, alpha)
        rows.append(
            {"effect": found["effect"], "correlation": r, "alpha": alpha}
            | {"d_z": found["effect"] / math.sqrt(2 * (1 - r))}
            | _sizes(one, found, design)
        )
    return pd.DataFrame(rows)


def power_adjusted(
    *,
    effect: Values | None = None,
    correlation: Values | None,
    n: Values | None = None,
    power: Values | None = None,
    ratio: Values = 1.0,
    alpha: float = 0.05,
    attrition: Values = 0.0,
    cluster_size: Values = 1.0,
    cluster_size_cv: Values = 0.0,
    icc: Values = 0.0,
) -> pd.DataFrame:
    """Power of two arms compared at the same starting score; or the people, or the effect, that it needs.

    Leave out the one of `effect`, `n` and `power` that is to be found.

    Parameters
    ----------
    effect : float or sequence, optional
        Difference, programme minus comparison, in standard deviations of the later score.
    correlation : float, sequence or None
        Correlation of the starting with the later score; ``None`` where there is no starting score and
        the later scores alone are compared.
    n : float or sequence, optional
        People of the programme's arm with the outcome.
    power : float or sequence, optional
        Chance of a significant result that is wanted.
    ratio : float or sequence
        People of the comparison for each of the programme.
    alpha : float
        Level of the two-sided test.
    attrition : float or sequence
        Share of the people, in both arms, who will not answer the second time.
    cluster_size : float or sequence
        People with the outcome in a cluster, on average, where whole clusters are in one arm.
    cluster_size_cv : float or sequence
        Standard deviation of the clusters' sizes over their mean.
    icc : float or sequence
        Intraclass correlation inside a cluster, of what the starting score leaves unexplained.

    Returns
    -------
    DataFrame
        One row a scenario: what was given; ``variance_factor``, what the starting score leaves of the
        variance; ``design_effect``; ``df``; ``n`` and ``n_comparison``, rounded up to whole people
        (and whole clusters); ``clusters`` and ``clusters_comparison``; ``power`` at these; ``seats``
        and ``seats_comparison``, the people to begin with.

    Raises
    ------
    DesignError
        Unless exactly one of the three is left out, and when a value is impossible: no effect, a power
        not above `alpha`, fewer than two people or clusters in an arm.

    Notes
    -----
    The variance of the difference is ``(1 - r²) DE (1/n + 1/n_comparison)`` with
    ``DE = 1 + ((1 + CV²) m - 1) ICC``; power is that of the noncentral t, both tails, with people (or
    clusters) of both arms less two, and less one more for the starting score. Adding people to the
    clusters there are never rescues a study with too few clusters. For `difference_in_differences`
    give ``correlation=None`` and the effect divided by ``√(2 (1 - r))``: below r = .5 it needs more
    people than ignoring the starting score, and always more than adjusting for it.

    When not to use: after the data, with the effect found in them; or where arms were not drawn by
    lot, since the precision that it promises says nothing about bias.

    References
    ----------
    Borm, Fransen & Lemmens (2007), *Journal of Clinical Epidemiology* 60, 1234-1238. Eldridge, Ashby &
    Kerry (2006), *International Journal of Epidemiology* 35, 1292-1300. Bloom (1995), *Evaluation
    Review* 19, 547-556 (clusters).

    Examples
    --------
    >>> power_adjusted(effect=0.5, correlation=0.6, power=0.8, attrition=0.2)[["n", "n_comparison", "seats"]]
        n  n_comparison  seats
    0  42            42     53
    """
    rows = []
    given = {"effect": effect, "n": n, "power": power, "ratio": ratio, "attrition": attrition}
    clusters = {"cluster_size": cluster_size, "cluster_size_cv": cluster_size_cv, "icc": icc}
    alpha = _level(alpha)
    for one in _scenarios({"correlation": correlation} | given | clusters):
        design, r = _compared(one)
        found = _solved(one, design, alpha)
        factor = design.variance / design.design_effect
        rows.append(
            {"effect": found["effect"], "correlation": r, "ratio": design.ratio, "alpha": alpha}
            | {"variance_factor": factor, **_sizes(one, found, design)}
        )
    return pd.DataFrame(rows)


def precision(
    *,
    contrast: Contrast,
    correlation: Values | None,
    n: Values | None = None,
    half_width: Values | None = None,
    ratio: Values = 1.0,
    level: float = 0.95,
    attrition: Values = 0.0,
    cluster_size: Values = 1.0,
    cluster_size_cv: Values = 0.0,
    icc: Values = 0.0,
) -> pd.DataFrame:
    """Half the width of the interval to expect; or the people that a wanted half-width needs.

    Leave out the one of `n` and `half_width` that is to be found.

    Parameters
    ----------
    contrast : {'change', 'comparison'}
        The mean change of one group, or the difference of two arms at the same starting score.
    correlation : float, sequence or None
        Correlation of the two waves; ``None``, for a comparison only, where there is no starting score.
    n : float or sequence, optional
        People with the scores: all of them for a change, those of the programme's arm for a comparison.
    half_width : float or sequence, optional
        Distance from the estimate to either limit that is wanted, in standard deviations of the scores.
    ratio : float or sequence
        People of the comparison for each of the programme; for a comparison only.
    level : float
        Confidence level.
    attrition, cluster_size, cluster_size_cv, icc : float or sequence
        As in `power_change` and `power_adjusted`.

    Returns
    -------
    DataFrame
        One row a scenario: what was given, ``design_effect``, ``df``, people and clusters,
        ``std_error`` and ``half_width`` in standard deviations of the scores, and seats. Times the
        instrument's standard deviation, they are points.

    Raises
    ------
    DesignError
        Unless exactly one of the two is left out, and when a value is impossible.

    Notes
    -----
    ``half_width = t(df) SE`` with the standard error and df of `power_change` and `power_adjusted`, when
    the spread turns out as assumed. A target is shown to be met when the estimate lies this far
    above it; so the true effect must exceed the target by about the half-width for an even chance.

    When not to use: for the standardised change, whose interval also carries the uncertainty of the
    standard deviation.

    References
    ----------
    Cumming (2012), *Understanding the New Statistics*, ch. 13. Rothman & Greenland (2018),
    *Epidemiology* 29, 599-603.

    Examples
    --------
    >>> precision(contrast="change", correlation=0.6, n=[20, 40, 80])[["n", "half_width"]]
        n  half_width
    0  20    0.418605
    1  40    0.286052
    2  80    0.199045
    """
    if contrast not in _CONTRASTS:
        raise DesignError(f"contrast={contrast!r} is unknown. Allowed: {', '.join(_CONTRASTS)}.")
    level = confidence_level(level)
    rows = []
    given = {
        "correlation": correlation,
        "n": n,
        "half_width": half_width,
        "ratio": ratio,
        "attrition": attrition,
    }
    clusters = {"cluster_size": cluster_size, "cluster_size_cv": cluster_size_cv, "icc": icc}
    for one in _scenarios(given | clusters):
        if (one["n"] is None) == (one["half_width"] is None):
            raise DesignError("Give either n= or half_width=, and leave out the one to be found.")
        design, r = _compared(one) if contrast == "comparison" else _changed(one)
        wanted = one["half_width"]
        people = _people(one["n"], design) if wanted is None else _narrow_enough(design, wanted, level)
        found = {"n": people}
        rows.append(
            {"correlation": r}
            | ({"ratio": design.ratio} if design.ratio else {})
            | {"level": level}
            | _sizes(one, found, design)
            | {"std_error": design.std_error(people), "half_width": _half_width(design, people, level)}
        )
    return pd.DataFrame(rows)


def _scenarios(values: Mapping[str, Any]) -> list[dict[str, float | None]]:
    """Every combination of the values, those given first changing slowest."""
    listed = [_listed(name, value) for name, value in values.items()]
    if not all(listed):
        empty = next(name for name, each in zip(values, listed, strict=True) if not each)
        raise DesignError(f"{empty}= is empty. Give at least one value.")
    return [dict(zip(values, combination, strict=True)) for combination in product(*listed)]


def _listed(name: str, value: Any) -> list[float | None]:
    """One value, or a sequence of them, as a list of numbers; None is what is to be found, or left out."""
    try:
        if isinstance(value, str):
            raise TypeError
        given = [value] if value is None or not hasattr(value, "__iter__") else list(value)
        return [None if one is None else float(one) for one in given]
    except (TypeError, ValueError):
        raise DesignError(f"{name}={value!r} is not a number. Give a number, or a list of numbers.") from None


def _level(alpha: float) -> float:
    """The level of a test."""
    if not 0 < alpha < 1:
        raise DesignError(f"alpha={alpha!r} is not a level of a test. Give a number between 0 and 1: 0.05.")
    return float(alpha)


def _correlation(value: float | None) -> float:
    """A correlation of two waves."""
    if value is None:
        raise DesignError("A change needs the correlation of the two waves: correlation=0.6.")
    if not -1 <= value <= 1:
        raise DesignError(f"correlation={value:g} is not a correlation. Give a number between -1 and 1.")
    return value


def _positive(name: str, value: float | None) -> float:
    """A finite number above zero."""
    if value is None or not 0 < value < math.inf:
        raise DesignError(f"{name}={value!r} is not possible. Give a number above zero.")
    return value


def _changed(one: Mapping[str, float | None]) -> tuple[_Design, float]:
    """The design of one group measured twice, and the correlation of the waves."""
    r = _correlation(one["correlation"])
    if r == 1:
        raise DesignError(
            "correlation=1 leaves no spread of the change. Give a test-retest correlation below 1."
        )
    return _design(one, factor=2 * (1 - r), ratio=0.0, lost_df=1), r


def _compared(one: Mapping[str, float | None]) -> tuple[_Design, float | None]:
    """The design of two arms, and the correlation where there is a starting score."""
    ratio = _positive("ratio", one["ratio"])
    if one["correlation"] is None:
        return _design(one, factor=1.0, ratio=ratio, lost_df=2), None
    r = _correlation(one["correlation"])
    if abs(r) == 1:
        raise DesignError(
            f"correlation={r:g} leaves nothing to explain. Give a correlation between -1 and 1."
        )
    return _design(one, factor=1 - r**2, ratio=ratio, lost_df=3), r


def _design(one: Mapping[str, float | None], *, factor: float, ratio: float, lost_df: int) -> _Design:
    """The design of a scenario, its clusters checked."""
    size, cv, icc = (float(one[name] or 0.0) for name in ("cluster_size", "cluster_size_cv", "icc"))
    if not 1 <= size < math.inf:
        raise DesignError(
            f"cluster_size={size:g} is not possible. Give the mean number of people, 1 or more."
        )
    if not 0 <= cv < math.inf or (size == 1 and cv > 0):
        raise DesignError(
            f"cluster_size_cv={cv:g} is not possible with cluster_size={size:g}. Give the standard deviation of the "
            "clusters' sizes over their mean."
        )
    if not 0 <= icc <= 1:
        raise DesignError(f"icc={icc:g} is not an intraclass correlation. Give a number between 0 and 1.")
    effect = 1 + ((1 + cv**2) * size - 1) * icc
    return _Design(factor * effect, ratio, lost_df, size, effect)


def _people(n: float | None, design: _Design) -> float:
    """The people of a scenario, refused where they cannot give a test."""
    people = _positive("n", n)
    arms = [people, design.comparison(people)] if design.ratio else [people]
    where = " in each arm" if design.ratio else ""
    if min(arms) < 2 - 1e-9:
        raise DesignError(
            f"n={people:g}: a test needs at least 2 people{where}. Describe the scores instead."
        )
    if min(arms) / design.size < 2 - 1e-9:
        raise DesignError(
            f"n={people:g} in clusters of {design.size:g}: a test needs at least 2 clusters{where}, and adding people "
            "to a cluster never makes up for that. Plan more clusters."
        )
    if design.df(people) < 1 - 1e-9:
        raise DesignError(
            f"n={people:g} leaves no degrees of freedom for an error. Plan more people or clusters."
        )
    return people


def _solved(one: Mapping[str, float | None], design: _Design, alpha: float) -> dict[str, float]:
    """The effect, the people and the power of a scenario, one of them found from the other two."""
    effect, n, power = one["effect"], one["n"], one["power"]
    if [effect, n, power].count(None) != 1:
        raise DesignError("Give two of effect=, n= and power=, and leave out the one to be found.")
    if effect is not None and not math.isfinite(effect):
        raise DesignError(f"effect={effect!r} is not a number of standard deviations.")
    if power is not None and not alpha < power < 1:
        raise DesignError(
            f"power={power:g} is not possible: it must exceed alpha={alpha:g}, which a study without any effect "
            "reaches, and stay below 1. Usual values are 0.8 and 0.9."
        )
    if n is None and effect is not None and power is not None:
        if effect == 0:
            raise DesignError(
                "effect=0: no number of people reaches any power. Give the smallest effect that matters."
            )
        n = _strong_enough(design, effect, power, alpha)
    people = _people(n, design)
    if effect is None:
        effect = _detectable(design, people, alpha, float(power or 0.0))
    return {"effect": effect, "n": people, "power": _power(design, effect, people, alpha)}


def _strong_enough(design: _Design, effect: float, power: float, alpha: float) -> float:
    """Fewest people that reach a power."""
    return _fewest(design, lambda people: _power(design, effect, people, alpha) >= power)


def _power(design: _Design, effect: float, n: float, alpha: float) -> float:
    """Chance of a significant two-sided t test, both tails."""
    return _rejected(effect / design.std_error(n), design.df(n), alpha)


def _rejected(noncentrality: float, df: float, alpha: float) -> float:
    """Chance that a noncentral t lies beyond either critical value."""
    critical = -float(special.stdtrit(df, alpha / 2))
    size = abs(noncentrality)
    near, far = (float(special.nctdtr(df, side, -critical)) for side in (-size, size))
    # scipy has no value where the near tail is 1, or the far tail 0, to the last digit
    return (float(size > critical) if math.isnan(near) else near) + (0.0 if math.isnan(far) else far)


def _detectable(design: _Design, n: float, alpha: float, power: float) -> float:
    """Smallest effect that has this power."""
    df = design.df(n)
    high = 1.0
    while _rejected(high, df, alpha) < power:
        high *= 2
    found = optimize.brentq(
        lambda value: _rejected(value, df, alpha) - power, 0.0, high, xtol=1e-13, rtol=1e-14
    )
    return float(found) * design.std_error(n)


def _half_width(design: _Design, n: float, level: float) -> float:
    """Distance from the estimate to either limit."""
    return float(special.stdtrit(design.df(n), (1 + level) / 2)) * design.std_error(n)


def _narrow_enough(design: _Design, half_width: float, level: float) -> float:
    """Fewest people whose interval is no wider than wanted."""
    wanted = _positive("half_width", half_width)
    return _fewest(design, lambda people: _half_width(design, people, level) <= wanted)


def _fewest(design: _Design, enough: Callable[[float], bool]) -> float:
    """Fewest people of the programme's arm, in whole clusters, that are enough."""
    low = design.smallest()
    if enough(low * design.size):
        return low * design.size
    high = 2 * low
    while not enough(high * design.size):
        low, high = high, 2 * high
        if high * design.size > _MOST:
            raise DesignError(
                f"More than {_MOST:,} people would be needed. Look for a larger effect or half-width."
            )
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle * design.size) else (middle, high)
    return high * design.size


def _sizes(one: Mapping[str, float | None], found: Mapping[str, float], design: _Design) -> dict[str, float]:
    """People, clusters, power and seats of a scenario."""
    lost = float(one["attrition"] or 0.0)
    if not 0 <= lost < 1:
        raise DesignError(
            f"attrition={lost:g} is not a share of people lost. Give a number from 0 to below 1."
        )
    people = found["n"]
    arms = {"": people} | ({"_comparison": design.comparison(people)} if design.ratio else {})
    return (
        {"attrition": lost, "cluster_size": design.size}
        | {"cluster_size_cv": float(one["cluster_size_cv"] or 0.0), "icc": float(one["icc"] or 0.0)}
        | {"design_effect": design.design_effect, "df": design.df(people)}
        | {f"n{arm}": _up(n) for arm, n in arms.items()}
        | {f"clusters{arm}": _up(n / design.size) for arm, n in arms.items()}
        | ({"power": found["power"]} if "power" in found else {})
        | {f"seats{arm}": _up(_up(n) / (1 - lost)) for arm, n in arms.items()}
    )


def _up(value: float) -> int:
    """Rounded up, but not for binary noise."""
    return math.ceil(value - 1e-9 * max(1.0, value))
