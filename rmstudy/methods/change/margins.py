"""An estimate held against margins fixed beforehand: equivalent, not inferior, at least so much.

A p-value above .05 does not show that nothing happened. To show that an effect is too small to matter, or
that it is at least so large, somebody must first say what matters; so there is no default margin.
"""

from __future__ import annotations

import math
from typing import Final, Literal, get_args

from scipy import stats

from rmstudy.errors import DesignError
from rmstudy.methods.regression import confidence_level
from rmstudy.results import Estimate, Note, Result

Unit = Literal["raw", "sd"]
_UNITS: Final[tuple[str, ...]] = get_args(Unit)
# How far a printed interval may lie from estimate ± t SE and still be that interval.
_SAME: Final = 1e-6


_INSTEAD: Final = (
    "Use a difference in points with a t interval: mean_change, adjusted_difference, post_difference or "
    "difference_in_differences."
)


def equivalence(
    result: Result,
    *,
    low: float | None = None,
    high: float | None = None,
    unit: Unit = "raw",
    sd: float | None = None,
    level: float = 0.95,
) -> Result:
    """Hold an estimate against margins: two one-sided tests, or one for a single margin.

    With both bounds: is the effect too small to matter (equivalence)? With `low` alone: is it at least
    so much (minimum effect), or not worse than that (non-inferiority, a bound below zero)? With `high`
    alone: is it at most so much?

    Parameters
    ----------
    result : Result
        A result whose headline has a t interval, such as that of `mean_change`,
        `rmstudy.methods.comparison.adjusted_difference` or ``post_difference``.
    low, high : float, optional
        The bounds, fixed before the data were seen; at least one.
    unit : {'raw', 'sd'}
        Whether the bounds are in the result's own unit or in standard deviations.
    sd : float, optional
        The standard deviation, in the result's unit, that ``unit="sd"`` stands for: that of a
        reference group, not of the people at hand.
    level : float
        Confidence of each one-sided claim; .95 tests at .05 and prints the 90% interval.

    Returns
    -------
    Result
        The estimate with the interval at ``2 level - 1``, and the p-value of the whole claim (with two
        bounds the larger one); the distance from each bound with its one-sided test; the bounds in the
        result's unit; the ordinary two-sided test against zero. The first note is the conclusion.

    Raises
    ------
    DesignError
        Without a bound, with bounds in the wrong order or not numbers, without `sd` for ``unit="sd"``,
        or when the result's interval is not estimate ± t × standard error.

    Notes
    -----
    ``t = (estimate - bound) / SE`` with the result's degrees of freedom, so robust and cluster-robust
    errors carry over. The claim is shown when the interval at ``2 level - 1`` lies within the bounds,
    which is the same as p < 1 - `level`. An effect can differ from zero and be equivalent at once, in a
    large sample, and be neither in a small one: the note then says *inconclusive*. Some programs take 1
    unit as the bound when none is given, or use the normal distribution where the estimate used t.

    When not to use: with bounds chosen after a look at the data, or taken from this sample's own spread.

    References
    ----------
    Schuirmann (1987), *Journal of Pharmacokinetics and Biopharmaceutics* 15, 657-680. Lakens (2017),
    *Social Psychological and Personality Science* 8, 355-362.

    Examples
    --------
    >>> import pandas as pd
    >>> from rmstudy.methods.change import mean_change
    >>> data = pd.DataFrame({"pre": [9, 6, 7, 8, 7, 9, 8, 8, 8, 7], "post": [9, 7, 8, 9, 8, 9, 9, 10, 9, 9]})
    >>> equivalence(mean_change(data), low=0.5)
    post: mean change, after minus before, 1.00 points (90% interval 0.61 to 1.39); 10 people counted, 0 not.
      distance from the lower bound: 0.50 (p = 0.021)
      lower bound: 0.50
      against zero: 1.00 (p = 0.001)
      note: Shown to lie above the lower bound of 0.50 (p = 0.021).
      note: Only 10 people: the interval leans on the assumption of normal scores.
    """
    level = _one_sided(level)
    estimate, error, df = _t_parts(result)
    bounds = _bounds(low, high, unit, sd)
    sides = [_side(name, bound, estimate, error, df) for name, bound in bounds.items()]
    claim = max(sides, key=lambda side: side.p_value or 0.0)
    half = float(stats.t.ppf(level, df)) * error
    whole = Estimate(
        result.headline.term,
        estimate,
        error,
        claim.statistic,
        df,
        claim.p_value,
        estimate - half,
        estimate + half,
    )
    t = estimate / error
    zero = Estimate("against zero", estimate, error, t, df, 2 * float(stats.t.sf(abs(t), df)))
    notes = _conclusion(whole, zero, bounds, 1 - level)
    if sd is not None:
        notes.append(Note.of("bounds_in_sd", sd=float(sd)))
    return Result(
        "equivalence",
        result.outcome,
        result.estimand,
        result.unit,
        (whole, *sides, *(Estimate(f"{name} bound", bound) for name, bound in bounds.items()), zero),
        2 * level - 1,
        result.n,
        result.dropped,
        (*notes, *result.notes),
    )


def _one_sided(level: float) -> float:
    """Refuse a confidence that leaves no interval."""
    if confidence_level(level) <= 0.5:
        raise DesignError(
            f"level={level!r} leaves no interval for a one-sided claim. Give one above 0.5: 0.95."
        )
    return float(level)


def _t_parts(result: Result) -> tuple[float, float, float]:
    """Estimate, standard error and df of a headline whose interval is made of them and nothing else."""
    if not isinstance(result, Result):
        raise DesignError(
            f"equivalence takes a Result, not {type(result).__name__}: equivalence(mean_change(data), low=...)."
        )
    e = result.headline
    if e.estimate is None or e.std_error is None or e.df is None or e.conf_low is None or e.conf_high is None:
        raise DesignError(
            f"The result of {result.method} has no standard error with degrees of freedom and interval, so there is "
            f"nothing to hold against a bound; its notes say why, if it usually has them. {_INSTEAD}"
        )
    half = float(stats.t.ppf((1 + (result.level or 0.0)) / 2, e.df)) * e.std_error
    apart = max(abs(e.conf_low - (e.estimate - half)), abs(e.conf_high - (e.estimate + half)))
    if apart > _SAME * e.std_error:
        raise DesignError(
            f"The interval of {result.method} is not its estimate ± t standard errors, so a t test against a bound "
            f"would contradict it. {_INSTEAD}"
        )
    return e.estimate, e.std_error, e.df


def _bounds(low: float | None, high: float | None, unit: Unit, sd: float | None) -> dict[str, float]:
    """The bounds in the result's unit, lower first."""
    given = {name: float(bound) for name, bound in (("lower", low), ("upper", high)) if bound is not None}
    if not given:
        raise DesignError(
            "No bound is given, and there is none by default. Say how much would matter, before looking at the data: "
            "low=..., high=..., or both."
        )
    if not all(math.isfinite(bound) for bound in given.values()):
        raise DesignError(
            f"low={low!r}, high={high!r}: a bound is a number. Leave out the one that is not needed."
        )
    if low is not None and high is not None and not low < high:
        raise DesignError(f"low={low!r} must be below high={high!r}; they may be in the wrong order.")
    if unit not in _UNITS:
        raise DesignError(f"unit={unit!r} is unknown. Allowed: {', '.join(_UNITS)}.")
    if (unit == "sd") != (sd is not None):
        raise DesignError(
            "Bounds in standard deviations need both unit='sd' and the standard deviation of a reference group: sd=..."
        )
    if sd is not None and not (sd > 0 and math.isfinite(sd)):
        raise DesignError(
            f"sd={sd!r} is not a standard deviation above zero. Give that of the reference group."
        )
    return {name: bound * (1.0 if sd is None else float(sd)) for name, bound in given.items()}


def _side(name: str, bound: float, estimate: float, error: float, df: float) -> Estimate:
    """The one-sided t test of being on the right side of a bound."""
    t = (estimate - bound) / error
    p_value = float(stats.t.sf(t, df) if name == "lower" else stats.t.cdf(t, df))
    return Estimate(f"distance from the {name} bound", estimate - bound, error, t, df, p_value)


def _conclusion(whole: Estimate, zero: Estimate, bounds: dict[str, float], alpha: float) -> list[Note]:
    """What has been shown, and whether the effect differs from zero as well."""
    (name, bound), *more = bounds.items()
    shown, different = (e.p_value is not None and e.p_value < alpha for e in (whole, zero))
    if shown and more:
        within = Note.of("equivalent", low=bounds["lower"], high=bounds["upper"], p=whole.p_value)
        return [within, Note.of("equivalent_but_different", p=zero.p_value)] if different else [within]
    if shown:
        return [Note.of(f"beyond_{name}_bound", bound=bound, p=whole.p_value)]
    low, high = bounds.get("lower", -math.inf), bounds.get("upper", math.inf)
    if (whole.conf_high or 0.0) < low or (whole.conf_low or 0.0) > high:
        return [Note.of("outside_bounds")]
    return [Note.of("margin_inconclusive", p=whole.p_value)]
