"""Power, precision and what would be needed, in closed form: no simulation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd
from scipy import special

from rmstudy.errors import DesignError
from rmstudy.methods.power import power_adjusted, power_change, precision
from rmstudy.programme.design.draws import Option, options_of
from rmstudy.programme.design.setting import Setting

CHANCE: Final = 0.8
"""The chance that planners usually ask for."""


@dataclass(frozen=True, slots=True)
class Advice:
    """What would be needed, under the design that can say most; NaN or None where nothing would do.

    Parameters
    ----------
    option : Option
        The design: the lottery, or one group where nobody is left to wait.
    detectable : float
        True effect that is told from zero with a chance of `CHANCE`, in standard deviations.
    needed : float
        True effect at which the target is said to be met with that chance.
    needed_all_answer : float
        The same if everybody answered again.
    effect : float
        The largest effect that is thought plausible.
    seats, waiting : int or None
        Seats, and people on the waiting list, that give that chance at this effect.
    """

    option: Option
    detectable: float
    needed: float
    needed_all_answer: float
    effect: float
    seats: int | None
    waiting: int | None


def power_table(setting: Setting, *, options: Sequence[Option] | None = None) -> pd.DataFrame:
    """Power and precision of each option and effect, in closed form.

    Parameters
    ----------
    setting : Setting
        What is assumed.
    options : sequence of Option, optional
        Ways to fill the seats; those of `options_of` when left out. Seats given by need have no closed
        form here and are left out.

    Returns
    -------
    DataFrame
        One row an option and effect: ``n`` and ``n_comparison``, the people expected with both
        scores; ``std_error`` and ``half_width`` in standard deviations; ``df``; ``power``, the chance
        of an interval without zero; ``chance_met``, the chance of one above the threshold. NaN where so
        few people allow no test.

    Notes
    -----
    From `rmstudy.methods.power`, with the people expected to answer. Shared mentors enter with the
    companions who answer as well: design effect ``1 + (m - 1) f ICC`` in the programme's arm, clusters of
    ``m f / (1 - (1 - f)^m)`` on average. ``chance_met`` is the chance that a noncentral t with
    noncentrality ``(effect - threshold) / SE`` exceeds its critical value. Bias is not in these numbers.

    Examples
    --------
    >>> table = power_table(Setting(seats=48, applicants=96, threshold=0.3, effects=(0.5,), follow_up=1.0))
    >>> int(table.loc[0, "n_comparison"]), f"{table.loc[0, 'power']:.3f}"
    (48, '0.924')
    """
    rows = []
    for option in options_of(setting) if options is None else options:
        if option.arrangement != "by_need":
            rows += [_closed(setting, option, effect) for effect in setting.effects]
    return pd.DataFrame(rows)


def advice(setting: Setting) -> Advice:
    """What effect, or how many seats, would give a good chance of an answer.

    Parameters
    ----------
    setting : Setting
        What is assumed.

    Examples
    --------
    >>> found = advice(Setting(seats=48, applicants=110, threshold=0.3, effects=(0.0, 0.5)))
    >>> f"{found.detectable:.2f}", f"{found.needed:.2f}", found.seats > 48
    ('0.47', '0.77', True)
    """
    option = options_of(setting)[0]
    largest = max(setting.effects)
    detectable = _detectable(setting, option, setting.counted)
    everybody = _detectable(setting, option, (setting.taking_part, setting.waiting), all_answer=True)
    seats, waiting = _seats(setting, option, largest - setting.threshold)
    return Advice(
        option,
        detectable,
        setting.threshold + detectable,
        setting.threshold + everybody,
        largest,
        seats,
        waiting,
    )


def _closed(setting: Setting, option: Option, effect: float) -> dict[str, Any]:
    """One row of the table."""
    ours, theirs = setting.counted
    row: dict[str, Any] = {
        "option": option.name,
        "effect": effect,
        "n": ours,
        "n_comparison": theirs if option.compared else 0,
    }
    names = ("std_error", "half_width", "df", "power", "chance_met")
    given, scale = _arguments(setting, option, (ours, theirs))
    contrast = {"contrast": "comparison" if option.compared else "change"}
    try:
        width = precision(**contrast, **given, n=ours, level=setting.level).iloc[0]  # type: ignore[arg-type]
        power = _power(option)(**given, n=ours, effect=effect / scale, alpha=1 - setting.level)
    except DesignError:
        return row | dict.fromkeys(names, math.nan)
    std_error = scale * float(width["std_error"])
    values = (
        std_error,
        scale * float(width["half_width"]),
        float(width["df"]),
        float(power["power"].iloc[0]),
        _above((effect - setting.threshold) / std_error, float(width["df"]), setting.level),
    )
    return row | dict(zip(names, values, strict=True))


def _above(noncentrality: float, df: float, level: float) -> float:
    """Chance that the lower limit lies above the threshold."""
    critical = float(special.stdtrit(df, (1 + level) / 2))
    below = float(special.nctdtr(df, noncentrality, critical))
    # scipy has no value where the chance is 0 or 1 to the last digit
    return float(noncentrality > critical) if math.isnan(below) else 1 - below


def _power(option: Option) -> Any:
    """The closed form of an option."""
    return power_adjusted if option.compared else power_change


def _arguments(
    setting: Setting, option: Option, people: tuple[int, int], *, all_answer: bool = False
) -> tuple[dict[str, Any], float]:
    """What the closed forms are given, and the unit that they work in."""
    r, shared = setting.stability, setting.shared if setting.clustered else 0.0
    follow_up = 1.0 if all_answer else setting.shares[0]
    correlation: float | None = r
    unit = 1.0
    if option.compared and option.estimator != "adjusted":
        correlation, changes = None, option.estimator == "difference_in_differences"
        unit = math.sqrt(2 * (1 - r)) if changes else 1.0
        shared *= (1 + r) / 2 if changes else 1 - r**2
    elif not option.compared:
        shared *= (1 + r) / 2
    given: dict[str, Any] = {"correlation": correlation}
    ours, theirs = people
    if option.compared:
        given["ratio"] = theirs / ours if ours else 0.0
    size = setting.per_mentor * follow_up / (1 - (1 - follow_up) ** setting.per_mentor)
    inflation = 1 + (setting.per_mentor - 1) * follow_up * shared
    if option.compared and ours and theirs:
        # only the programme's people share mentors: the average over both arms that gives the same variance
        inflation = (inflation / ours + 1 / theirs) / (1 / ours + 1 / theirs)
        size = (ours + theirs) / (ours / size + theirs)
        # a correlation cannot exceed 1: where arms are that unlike, larger clusters carry the same inflation
        size = max(size, inflation)
    if shared and size > 1:
        given |= {"cluster_size": size, "icc": (inflation - 1) / (size - 1)}
    return given, unit


def _detectable(
    setting: Setting, option: Option, people: tuple[int, int], *, all_answer: bool = False
) -> float:
    """Effect that is told from zero with the usual chance."""
    given, unit = _arguments(setting, option, people, all_answer=all_answer)
    try:
        table = _power(option)(**given, n=people[0], power=CHANCE, alpha=1 - setting.level)
    except DesignError:
        return math.nan
    return unit * float(table["effect"].iloc[0])


def _seats(setting: Setting, option: Option, beyond: float) -> tuple[int | None, int | None]:
    """Seats and waiting list with the usual chance of a lower limit above the threshold."""
    given, unit = _arguments(setting, option, setting.counted)
    if beyond <= 0:
        return None, None
    try:
        table = _power(option)(**given, effect=beyond / unit, power=CHANCE, alpha=1 - setting.level)
    except DesignError:
        return None, None
    ours, theirs = setting.shares
    names = ("n", "n_comparison") if option.compared else ("n",)
    needed = [max(float(table[name].iloc[0]), setting.least_people) for name in names]
    return math.ceil(needed[0] / ours), math.ceil(needed[1] / theirs) if option.compared else 0
