"""The chance of each verdict, and what a design gets wrong: simulated data, real estimators, real rules."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
import pandas as pd

from rmstudy import verdicts
from rmstudy.errors import DesignError
from rmstudy.methods.columns import Array
from rmstudy.programme.design.batched import Arm, Batch, Flags, estimate
from rmstudy.programme.design.draws import Option, diagnosed, draw, options_of
from rmstudy.programme.design.setting import Setting
from rmstudy.workers import spread

MOST_SIMULATIONS: Final = 100_000
BLOCK: Final = 2_000  # data sets that are drawn at once, from a stream of their own
# People of all data sets together: more takes minutes.
_MOST_DRAWN: Final = 20_000_000


@dataclass(frozen=True, slots=True)
class Runs:
    """What was found in the data sets of one option, without any effect of the programme.

    Parameters
    ----------
    option : Option
        How the seats were filled.
    batch : Batch
        The estimates.
    enough : ndarray of bool, shape (data sets,)
        Whether the plan's gates were passed.
    strength : ndarray of int, shape (data sets,)
        Level of the contrast on the Maryland Scientific Methods Scale.
    """

    option: Option
    batch: Batch
    enough: Flags
    strength: Array


def run(
    setting: Setting, option: Option, *, simulations: int = 2000, seed: int = 0, jobs: int | None = None
) -> Runs:
    """Draw and estimate the data sets of one option.

    Parameters
    ----------
    setting : Setting
        What is assumed.
    option : Option
        How the seats are filled.
    simulations : int
        Data sets.
    seed : int
        Seed.
    jobs : int, optional
        Processes at once, as in `chances`.

    Raises
    ------
    DesignError
        When the number of data sets or the seed is impossible, or nobody is left to compare with.
    """
    return _runs(setting, (option,), simulations, seed, jobs)[0]


def _runs(
    setting: Setting, options: Sequence[Option], simulations: int, seed: int, jobs: int | None
) -> list[Runs]:
    """The data sets of several options, block by block, whichever process takes which."""
    for option in options:
        _refuse(setting, option, simulations, seed)
    starts = range(0, simulations, BLOCK)
    items = [
        (setting, option, min(BLOCK, simulations - start), seed, number)
        for option in options
        for number, start in enumerate(starts)
    ]
    blocks = spread(_block, items, jobs=jobs)
    each = len(starts)
    return [_together(blocks[i * each : (i + 1) * each]) for i in range(len(options))]


def _refuse(setting: Setting, option: Option, simulations: int, seed: int) -> None:
    """Refuse what cannot be simulated."""
    problems = []
    if not (isinstance(simulations, int) and 100 <= simulations <= MOST_SIMULATIONS):
        problems.append(
            f"simulations={simulations!r} is not possible. Give a whole number from 100 to {MOST_SIMULATIONS:,}."
        )
    if not (isinstance(seed, int) and seed >= 0):
        problems.append(f"seed={seed!r} is not a seed. Give a whole number from 0.")
    if option.compared and setting.waiting < 2:
        problems.append(
            f"{setting.applying} applicants for {setting.seats} seats leave nobody to compare with. Plan fewer "
            "seats, call for more applicants, or look at one group alone."
        )
    if not problems and simulations * setting.applying > _MOST_DRAWN:
        problems.append(
            f"{simulations:,} data sets of {setting.applying:,} people are too much at once. Give fewer simulations."
        )
    if problems:
        raise DesignError("\n".join(problems))


def _block(setting: Setting, option: Option, simulations: int, seed: int, number: int) -> Runs:
    """One block of data sets; what it draws depends on seed, option and number alone."""
    ours, theirs = draw(setting, option, simulations=simulations, seed=seed, block=number)
    if not setting.clustered:
        ours = ours.alone
    batch = estimate(ours, theirs, estimator=option.estimator, level=setting.level)
    enough = _enough(setting, ours, theirs) & np.isfinite(batch.low)
    return Runs(option, batch, enough, _strength(setting, option, ours, theirs, enough))


def _together(blocks: Sequence[Runs]) -> Runs:
    """The blocks of one option, one after the other."""
    if len(blocks) == 1:
        return blocks[0]
    columns = {
        one.name: np.concatenate([getattr(block.batch, one.name) for block in blocks])
        for one in fields(Batch)
    }
    enough = np.concatenate([block.enough for block in blocks])
    return Runs(blocks[0].option, Batch(**columns), enough, np.concatenate([b.strength for b in blocks]))


def chances(
    setting: Setting,
    *,
    options: Sequence[Option] | None = None,
    simulations: int = 2000,
    seed: int = 0,
    jobs: int | None = None,
) -> pd.DataFrame:
    """Chance of each verdict, and of each merit, by option and true effect.

    Parameters
    ----------
    setting : Setting
        What is assumed.
    options : sequence of Option, optional
        Ways to fill the seats; those of `options_of` when left out.
    simulations : int
        Data sets of each option; all effects share them.
    seed : int
        Seed.
    jobs : int, optional
        Processes at once; inside ``joblib.parallel_config`` as that says. The answer is the same to the last bit.

    Returns
    -------
    DataFrame
        One row an option and effect: ``option``, ``effect`` (standard deviations), a column for each
        verdict, ``clear`` (the interval lies above zero), ``shown`` and ``plausible`` (merit),
        ``largest_error`` (the largest Monte Carlo standard error in the row) and ``simulations``.

    Notes
    -----
    Verdicts are those of `rmstudy.verdicts.verdict`, after the plan's gates; merit is that of
    `rmstudy.verdicts.strength` and `merit`. The Monte Carlo standard error of a chance p is
    ``√(p (1 - p) / simulations)``.

    Examples
    --------
    >>> setting = Setting(seats=48, applicants=110, threshold=0.3, effects=(0.0, 0.6))
    >>> table = chances(setting, simulations=500)
    >>> bool(table["met"][1] > table["met"][0]), len(table)
    (True, 6)
    """
    rows = []
    chosen = options_of(setting) if options is None else options
    for runs in _runs(setting, chosen, simulations, seed, jobs):
        rows += [_row(setting, runs, effect) for effect in setting.effects]
    return pd.DataFrame(rows)


def diagnosis(
    setting: Setting,
    *,
    options: Sequence[Option] | None = None,
    simulations: int = 2000,
    seed: int = 0,
    jobs: int | None = None,
) -> pd.DataFrame:
    """What each way to fill the seats gets wrong.

    Parameters
    ----------
    setting : Setting
        What is assumed.
    options : sequence of Option, optional
        Ways to fill the seats; those of `diagnosed` when left out.
    simulations : int
        Data sets of each option.
    seed : int
        Seed.
    jobs : int, optional
        Processes at once; inside ``joblib.parallel_config`` as that says. The answer is the same to the last bit.

    Returns
    -------
    DataFrame
        One row an option: ``bias`` and ``rmse`` in standard deviations; ``coverage``, how often the
        interval holds the true effect; ``false_met`` and ``false_clear``, how often a programme
        without any effect is said to have met its target or lies clearly above zero; ``false_shown``,
        how often that is even called the programme's merit; each with its Monte Carlo standard error
        (``bias_error`` and so on).

    Notes
    -----
    An effect that is the same for all moves estimate and truth alike, so bias, root mean squared error
    and coverage hold for every effect.

    References
    ----------
    Blair, Cooper, Coppock & Humphreys (2019), *American Political Science Review* 113, 838-859
    (declaring and diagnosing research designs).

    Examples
    --------
    >>> table = diagnosis(Setting(seats=30, applicants=90, threshold=0.3), simulations=500).set_index("option")
    >>> bool(table.loc["one_group_weakest", "bias"] > 0.2), bool(abs(table.loc["lottery_adjusted", "bias"]) < 0.05)
    (True, True)
    """
    rows = []
    chosen = diagnosed(setting) if options is None else options
    for runs in _runs(setting, chosen, simulations, seed, jobs):
        rows.append({"option": runs.option.name, **_errors(runs), **_false(setting, runs)})
    return pd.DataFrame(rows)


def judged(
    setting: Setting, runs: Runs, effect: float
) -> tuple[list[verdicts.Verdict], list[verdicts.Merit]]:
    """Verdict and merit of every data set, once the effect is added.

    Parameters
    ----------
    setting : Setting
        What is assumed.
    runs : Runs
        Data sets without any effect.
    effect : float
        The programme's effect, the same for all.
    """
    found = np.stack([runs.batch.estimate, runs.batch.low, runs.batch.high]) + effect
    said: list[verdicts.Verdict] = []
    merits: list[verdicts.Merit] = []
    for estimated, low, high, enough, strength in zip(
        *found.tolist(), runs.enough.tolist(), runs.strength.tolist(), strict=True
    ):
        if not enough:
            said.append("not_enough_data")
            merits.append("not shown")
            continue
        said.append(verdicts.verdict(estimated, low, high, setting.threshold))
        merits.append(verdicts.merit(strength, low) if runs.option.compared else "not shown")
    return said, merits


def _row(setting: Setting, runs: Runs, effect: float) -> dict[str, object]:
    """One row of the chances."""
    said, merits = judged(setting, runs, effect)
    simulations = len(said)
    shares = {verdict: said.count(verdict) / simulations for verdict in verdicts.ORDER}
    clear = float((runs.enough & (runs.batch.low + effect > 0)).mean())
    others = {
        "clear": clear,
        "shown": merits.count("shown") / simulations,
        "plausible": merits.count("plausible") / simulations,
    }
    largest = max(_share_error(share, simulations) for share in (*shares.values(), *others.values()))
    return (
        {"option": runs.option.name, "effect": effect}
        | shares
        | others
        | {"largest_error": largest, "simulations": simulations}
    )


def _errors(runs: Runs) -> dict[str, float]:
    """Bias, root mean squared error and coverage, among the data sets that pass the gates."""
    off = runs.batch.estimate[runs.enough]
    if len(off) < 2:
        names = ("bias", "rmse", "coverage")
        return dict.fromkeys([*names, *(f"{name}_error" for name in names)], math.nan)
    rmse = math.sqrt(float((off**2).mean()))
    holds = (runs.batch.low[runs.enough] <= 0) & (runs.batch.high[runs.enough] >= 0)
    coverage = float(holds.mean())
    return {
        "bias": float(off.mean()),
        "bias_error": float(off.std(ddof=1)) / math.sqrt(len(off)),
        "rmse": rmse,
        "rmse_error": float((off**2).std(ddof=1)) / (2 * rmse * math.sqrt(len(off))),
        "coverage": coverage,
        "coverage_error": _share_error(coverage, len(off)),
    }


def _false(setting: Setting, runs: Runs) -> dict[str, float]:
    """How often a programme without any effect looks like a success."""
    said, merits = judged(setting, runs, 0.0)
    simulations = len(said)
    shares = {
        "false_met": said.count("met") / simulations,
        "false_clear": float((runs.enough & (runs.batch.low > 0)).mean()),
        "false_shown": merits.count("shown") / simulations,
    }
    found: dict[str, float] = {}
    for name, share in shares.items():
        found |= {name: share, f"{name}_error": _share_error(share, simulations)}
    return found


def _share_error(share: float, simulations: int) -> float:
    """Monte Carlo standard error of a share."""
    return math.sqrt(share * (1 - share) / simulations)


def _enough(setting: Setting, ours: Arm, theirs: Arm | None) -> Flags:
    """Whether every group has the people and the follow-up that the plan asks for."""
    enough = np.ones(len(ours.pre), dtype=bool)
    for arm, started in ((ours, setting.taking_part), (theirs, setting.waiting)):
        if arm is not None:
            enough &= (arm.n >= setting.least_people) & (arm.n / started >= setting.least_follow_up)
    return enough


def _strength(setting: Setting, option: Option, ours: Arm, theirs: Arm | None, enough: Flags) -> Array:
    """Level of the contrast in every data set, by the rule that judges real ones."""
    if theirs is None:
        return np.full(len(enough), verdicts.BEFORE_AFTER)
    lost = np.abs(ours.n / setting.taking_part - theirs.n / setting.waiting)
    with np.errstate(invalid="ignore", divide="ignore"):
        start = np.abs(ours.mean(ours.pre) - theirs.mean(theirs.pre)) / np.sqrt(
            (_variance(ours) + _variance(theirs)) / 2
        )
    random = option.arrangement == "lottery"
    # after a lottery the starting scores do not matter, and few different losses are left to judge
    cases = list(zip(lost.tolist(), [None] * len(start) if random else start.tolist(), strict=True))
    levels = np.full(len(enough), verdicts.BEFORE_AFTER)
    known: dict[tuple[float, float | None], int] = {}
    for i in np.flatnonzero(enough).tolist():
        if cases[i] not in known:
            contrast = verdicts.Contrast(
                compared=True,
                random=random,
                adjusted=option.estimator != "post_difference",
                differential_attrition=cases[i][0],
                largest_allowed_attrition=setting.differential_attrition,
                baseline_difference=cases[i][1],
            )
            known[cases[i]] = verdicts.strength(contrast)[0]
        levels[i] = known[cases[i]]
    return levels


def _variance(arm: Arm) -> Array:
    """Variance of the starting score in each data set."""
    return np.asarray((arm.centred(arm.pre) ** 2).sum(axis=(1, 2)) / (arm.n - 1))
