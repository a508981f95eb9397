"""How strong a cause that nobody measured would have to be, to explain a difference away.

Where no lottery decided who took part, such a cause can never be excluded; but it can be sized, and
then compared with the causes one knows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from numbers import Real
from typing import Final

from scipy import stats

from rmstudy.errors import DesignError
from rmstudy.results import Estimate, Result

Limits = tuple[float, float] | None

# Methods whose headline an E-value can be read from, and the scale it is on.
_SCALES: Final[Mapping[str, str]] = {
    "risk_ratio": "risk_ratio",
    "odds_ratio": "odds_ratio",
    "hedges_g": "standardised_difference",
    "glass_delta": "standardised_difference",
    "adjusted_g": "standardised_difference",
    "dppc2": "standardised_difference",
}


def e_value(
    result: Result | None = None,
    *,
    risk_ratio: float | None = None,
    odds_ratio: float | None = None,
    hazard_ratio: float | None = None,
    standardised_difference: float | None = None,
    std_error: float | None = None,
    conf_low: float | None = None,
    conf_high: float | None = None,
    rare_outcome: bool = False,
) -> Result:
    """How strongly an unmeasured cause would have to go with both the programme and the outcome (E-value).

    In plain words: an E-value of 2 says that something nobody measured would have to make people twice
    as likely to take part *and* twice as likely to reach the outcome, beyond everything adjusted for,
    to be the whole explanation. The second E-value says the same for merely moving the interval to
    "no difference"; it is 1 when the interval includes that already.

    Parameters
    ----------
    result : Result, optional
        Of `risk_ratio`, `odds_ratio`, or a standardised difference of two arms (`hedges_g`,
        `glass_delta`, `adjusted_g`, `dppc2`). Otherwise give one of the following numbers.
    risk_ratio, odds_ratio, hazard_ratio, standardised_difference : float, optional
        The estimate, programme over (or minus) comparison.
    std_error : float, optional
        Standard error of the standardised difference.
    conf_low, conf_high : float, optional
        Limits of the estimate's interval.
    rare_outcome : bool
        Whether fewer than 15 % have the outcome at the end, so that an odds or hazard ratio can be
        read as a risk ratio. Otherwise it is brought nearer to 1 first.

    Returns
    -------
    Result
        ``E-value``; ``E-value of the interval``, for the limit nearer to no difference; and the risk
        ratio that they were computed from, with its limits.

    Raises
    ------
    DesignError
        When there is not exactly one estimate, a ratio is not above zero, the limits do not enclose
        the estimate, or the result is of another method.

    Notes
    -----
    ``E = RR + √(RR (RR - 1))``, with RR turned upside down below 1. An odds ratio of a common
    outcome enters as its root; a hazard ratio as ``(1 - 0.5^√HR) / (1 - 0.5^√(1/HR))``; a standardised
    difference as ``exp(0.91 d)``, with the limits ``exp(0.91 d ± 1.78 se)`` (95 %) when the standard
    error is given, or ``exp(0.91 limit)`` of its own limits.

    When not to use: after a lottery kept intact, or for the change of one group, which has nobody to
    be confounded with. Neither large nor small E-values prove anything alone; compare them with the
    strongest known cause. Selection and measurement error are another matter.

    References
    ----------
    VanderWeele & Ding (2017), *Annals of Internal Medicine* 167, 268-274 (table 2 for the
    conversions). Ding & VanderWeele (2016), *Epidemiology* 27, 368-377.

    Examples
    --------
    >>> result = e_value(risk_ratio=3.9, conf_low=1.8, conf_high=8.7)
    >>> [round(e.estimate, 2) for e in result.estimates]
    [7.26, 3.0, 3.9]
    """
    given = {
        "risk_ratio": risk_ratio,
        "odds_ratio": odds_ratio,
        "hazard_ratio": hazard_ratio,
        "standardised_difference": standardised_difference,
    }
    scale, estimate = _one_estimate(_checked(result), given)
    for name, value in (("std_error", std_error), ("conf_low", conf_low), ("conf_high", conf_high)):
        _refuse_other_than_number(name, value)
    limits = _limits(result, conf_low, conf_high)
    if std_error is not None:
        limits = _from_error(scale, estimate, std_error, limits)
    if limits is not None and not limits[0] <= estimate <= limits[1]:
        raise DesignError(
            f"The limits {limits[0]:g} and {limits[1]:g} do not enclose the estimate {estimate:g}."
        )
    convert = _conversion(scale, rare_outcome)
    ratio = convert(estimate)
    ends = None if limits is None else (convert(limits[0]), convert(limits[1]))
    if std_error is not None:
        ends = math.exp(0.91 * estimate - 1.78 * std_error), math.exp(0.91 * estimate + 1.78 * std_error)
    low, high = ends or (None, None)
    interval = None if ends is None else _e_of_interval(ratio, *ends)
    rows = (
        Estimate("E-value", _e(ratio)),
        Estimate("E-value of the interval", interval),
        Estimate("risk ratio", ratio, conf_low=low, conf_high=high),
    )
    level = 0.95 if result is None else result.level
    return _wrapped("e_value", "as a risk ratio", rows, level, result)


def robustness_value(
    result: Result | None = None,
    *,
    term: str | None = None,
    statistic: float | None = None,
    df: float | None = None,
    q: float = 1.0,
    alpha: float = 0.05,
) -> Result:
    """How much of what is left to explain an unmeasured cause would have to explain, to overturn a regression.

    In plain words: a robustness value of .20 says that something nobody measured would have to explain
    20 % of what is left unexplained of who took part, *and* 20 % of what is left unexplained of the
    outcome, to bring the difference to zero. The second value says the same for merely making it no
    longer significant; it is 0 when it is not significant now.

    Parameters
    ----------
    result : Result, optional
        Of a linear regression, such as `adjusted_difference` or `linear_model`.
    term : str, optional
        Which row of the result; the headline when left out.
    statistic, df : float, optional
        The t statistic and its degrees of freedom, where there is no result.
    q : float
        Share of the estimate to be explained away: 1 brings it to zero, 0.5 halves it.
    alpha : float
        Level of the two-sided test.

    Returns
    -------
    Result
        ``robustness value``; ``robustness value of the test``; and ``partial R²``, the share of the
        outcome's unexplained variance that the coefficient explains: also what a cause that explained
        *all* of who took part would have to explain of the outcome.

    Raises
    ------
    DesignError
        Without a t statistic and its degrees of freedom, or when these, `q` or `alpha` are impossible.

    Notes
    -----
    With ``f = q |t| / √df``: ``RV = ½ (√(f⁴ + 4 f²) - f²)``, and ``RV_α`` the same with
    ``f - t*/√(df - 1)`` in place of f, where ``t*`` is the critical value at ``df - 1``; where
    ``f t*/√(df - 1)`` exceeds 1, as with very few degrees of freedom, the strongest cause is not
    equally strong on both sides and ``RV_α = (f² - f*²) / (1 + f²)`` with ``f* = t*/√(df - 1)``.
    Partial R² is ``t² / (t² + df)``. The theory is that of classical standard errors; here t and df are
    those of the result, HC3 or CR2 with Satterthwaite df, so that clusters make a finding as fragile
    as they should.

    When not to use: after a lottery kept intact, or for a coefficient that adjusts for something the
    programme itself changed.

    References
    ----------
    Cinelli & Hazlett (2020), *Journal of the Royal Statistical Society B* 82, 39-67, section 4.

    Examples
    --------
    >>> result = robustness_value(statistic=4.184, df=783)
    >>> [round(e.estimate, 3) for e in result.estimates]
    [0.139, 0.076, 0.022]
    """
    t, df = _t_and_df(_checked(result), term, statistic, df)
    if not (isinstance(q, Real) and q > 0):
        raise DesignError(
            f"q={q!r} is not a share of the estimate. Give a number above zero: 1 for all of it."
        )
    if not (isinstance(alpha, Real) and 0 < alpha < 1):
        raise DesignError(f"alpha={alpha!r} is not a level of a test. Give a number between 0 and 1: 0.05.")
    f = q * abs(t) / math.sqrt(df)
    critical = float(stats.t.isf(alpha / 2, df - 1)) / math.sqrt(df - 1)
    rows = (
        Estimate("robustness value", _robustness(f)),
        Estimate("robustness value of the test", _robustness_of_test(f, critical)),
        Estimate("partial R²", t**2 / (t**2 + df)),
    )
    return _wrapped("robustness_value", "of the variance left unexplained", rows, None, result)


def _wrapped(
    method: str, unit: str, rows: tuple[Estimate, ...], level: float | None, result: Result | None
) -> Result:
    """The rows as a Result about the people, and with the caveats, of the result they were read from."""
    return Result(
        method,
        "" if result is None else result.outcome,
        "strength of an unmeasured cause that would explain the difference away",
        unit,
        rows,
        level,
        {} if result is None else result.n,
        {} if result is None else result.dropped,
        () if result is None else result.notes,
    )


def _checked(result: Result | None) -> Result | None:
    """Refuse anything but a Result in its place."""
    if result is not None and not isinstance(result, Result):
        raise DesignError(
            f"A Result is needed, not {type(result).__name__}. Numbers have names: standardised_difference=0.4."
        )
    return result


def _refuse_other_than_number(name: str, value: float | None) -> None:
    """Refuse a word, say, where a number belongs."""
    if value is not None and not isinstance(value, Real):
        raise DesignError(f"{name}={value!r} is not a number.")


def _one_estimate(result: Result | None, given: Mapping[str, float | None]) -> tuple[str, float]:
    """The scale and the value of the one estimate that was given."""
    numbers = {scale: value for scale, value in given.items() if value is not None}
    if len(numbers) + (result is not None) != 1:
        raise DesignError(f"Give one estimate: a result, or one of {', '.join(given)}.")
    if result is None:
        scale, value = next(iter(numbers.items()))
    elif result.method not in _SCALES:
        raise DesignError(
            f"An E-value cannot be read from {result.method!r}. Allowed: {', '.join(_SCALES)}; or give a number, "
            "such as standardised_difference=."
        )
    elif result.headline.estimate is None:
        raise DesignError(
            f"The result of {result.method!r} has no estimate, so there is nothing to explain away."
        )
    else:
        scale, value = _SCALES[result.method], result.headline.estimate
    _possible(scale, value)
    return scale, value


def _possible(scale: str, value: float) -> None:
    """Refuse a ratio that is not above zero, or anything that is not a number."""
    _refuse_other_than_number(scale, value)
    if not math.isfinite(value) or (value <= 0 and scale != "standardised_difference"):
        above = "" if scale == "standardised_difference" else " above zero; 1 means no difference"
        raise DesignError(f"{scale}={value!r} is not possible. Give a number{above}.")


def _limits(result: Result | None, low: float | None, high: float | None) -> Limits:
    """The limits of the estimate's interval, if there is one."""
    if result is not None:
        low, high = result.headline.conf_low, result.headline.conf_high
    if low is None and high is None:
        return None
    return (-math.inf if low is None else low), (math.inf if high is None else high)


def _from_error(scale: str, estimate: float, std_error: float, limits: Limits) -> Limits:
    """Check a standard error given in place of limits."""
    if scale != "standardised_difference" or limits is not None:
        raise DesignError(
            "std_error= goes with standardised_difference= and without limits. Give conf_low= and conf_high= elsewhere."
        )
    if not 0 < std_error < math.inf:
        raise DesignError(f"std_error={std_error!r} is not a standard error. Give a number above zero.")
    return None


def _conversion(scale: str, rare_outcome: bool) -> Callable[[float], float]:
    """How a value of a scale becomes an approximate risk ratio (VanderWeele & Ding 2017, table 2)."""
    if scale == "standardised_difference":
        return lambda d: math.exp(min(0.91 * d, 700.0))
    if scale == "risk_ratio" or rare_outcome:
        return float
    if scale == "odds_ratio":
        return lambda ratio: math.sqrt(max(ratio, 0.0))
    return _from_hazards


def _from_hazards(ratio: float) -> float:
    """An approximate risk ratio from the hazard ratio of a common outcome."""
    if ratio <= 0 or math.isinf(ratio):
        return max(ratio, 0.0)
    return math.expm1(-math.log(2) * math.sqrt(ratio)) / math.expm1(-math.log(2) / math.sqrt(ratio))


def _e(ratio: float) -> float:
    """The E-value of a risk ratio."""
    larger = max(ratio, 1 / ratio)
    return larger + math.sqrt(larger * (larger - 1))


def _e_of_interval(ratio: float, low: float, high: float) -> float:
    """The E-value of the limit nearer to 1, or 1 when the interval includes it."""
    if low <= 1 <= high:
        return 1.0
    return _e(low if ratio > 1 else high)


def _t_and_df(
    result: Result | None, term: str | None, statistic: float | None, df: float | None
) -> tuple[float, float]:
    """The t statistic of a coefficient and its degrees of freedom."""
    if (result is None) == (statistic is None or df is None) or (
        result is not None and not (statistic is None and df is None)
    ):
        raise DesignError("Give a result of a regression, or both statistic= and df=.")
    if result is not None:
        rows = [e for e in result.estimates if term is None or e.term == term]
        if not rows:
            raise DesignError(
                f"No row is called {term!r}. Allowed: {', '.join(e.term for e in result.estimates)}."
            )
        statistic, df = rows[0].statistic, rows[0].df
        if statistic is None or df is None:
            raise DesignError(
                f"{rows[0].term!r} of {result.method!r} has no t statistic with degrees of freedom. "
                "Use a linear regression, such as adjusted_difference."
            )
    for name, value in (("statistic", statistic), ("df", df)):
        _refuse_other_than_number(name, value)
    t, freedom = float(statistic or 0.0), float(df or 0.0)
    if not (math.isfinite(t) and freedom > 1):
        raise DesignError(
            f"A t of {t:g} with {freedom:g} degrees of freedom cannot be judged: df must exceed 1."
        )
    return t, freedom


def _robustness(f: float) -> float:
    """Equal partial R² with treatment and outcome that takes Cohen's f to zero (Cinelli & Hazlett 2020)."""
    return 2 * f / (f + math.hypot(f, 2))  # ½ (√(f⁴ + 4 f²) - f²) without its cancellation


def _robustness_of_test(f: float, critical: float) -> float:
    """The same for taking the test to its critical value."""
    if f <= critical:
        return 0.0
    if f * critical > 1:
        return (f**2 - critical**2) / (1 + f**2)
    return _robustness(f - critical)
