"""How often the rules flag pairs that are well: false alarms on a simulated healthy cohort."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from rmstudy.errors import DesignError
from rmstudy.programme.monitoring.rules import (
    LEVELS,
    Floats,
    Levels,
    Rules,
    in_a_row,
    row_level,
    signs,
    silence_level,
)
from rmstudy.study.plan import Plan

_AT_ONCE: Final = 10_000  # pairs simulated together: some 100 MB


@dataclass(frozen=True, slots=True)
class Healthy:
    """What pairs that are well look like; an assumption, to be varied.

    Parameters
    ----------
    talk_mean, talk_between, talk_within : float
        The junior's share of the talk in percent: mean, SD between pairs, SD of one report around the pair's
        own value.
    upward : float
        Chance that a report says advice went from the senior to the junior only.
    held_back : tuple of float
        Chances of the answers 0, 1, 2, 3, 4 to "the junior held back" in one report.
    reports : tuple of float
        Chance that the junior, and that the senior, reports a meeting.
    regularity : float
        Shape of the gamma distribution of the gaps between meetings, whose mean is the planned gap: 1 is a
        Poisson process, 4 has gaps with half the mean as SD, large values are a clock.
    first_gap : float
        Mean time to the first meeting, in planned gaps.
    """

    talk_mean: float = 52.0
    talk_between: float = 5.0
    talk_within: float = 4.0
    upward: float = 0.05
    held_back: tuple[float, ...] = (0.6, 0.3, 0.1, 0.0, 0.0)
    reports: tuple[float, float] = (0.92, 0.82)
    regularity: float = 4.0
    first_gap: float = 0.5


def false_alarms(
    plan: Plan,
    *,
    pairs: int | None = None,
    simulations: int = 1000,
    seed: int = 0,
    healthy: Healthy | None = None,
    every: int = 14,
) -> pd.DataFrame:
    """Simulate programmes in which every pair is well, and count the pairs that the rules flag.

    Parameters
    ----------
    plan : Plan
        A plan with ``programme.start``, ``end`` and ``planned_meetings``.
    pairs : int, optional
        Pairs in each programme; the plan's seats when left out.
    simulations : int
        Simulated programmes.
    seed : int
        Seed of the random numbers.
    healthy : Healthy, optional
        What pairs that are well look like.
    every : int
        Days between the coordinator's looks at the list; the last look is the programme's last day.

    Returns
    -------
    DataFrame
        One row a sign (``silence``, ``hierarchy``, ``any``) and level (``soft`` or more, ``clear``):
        ``share`` of healthy pairs that are on the list with it at least once during the programme,
        ``mc_error`` (the Monte Carlo standard error of the share), ``pairs_a_programme``,
        ``programmes`` (share of programmes with at least one such pair).

    Raises
    ------
    DesignError
        When the plan lacks the programme's days or meetings, or a number makes no sense.

    Notes
    -----
    The rules are those that judge the real pairs, the functions as well. Reports are independent of each
    other and rounded to 5 points, as people give them.

    Examples
    --------
    >>> import rmstudy as rm
    >>> plan = rm.load_sample("digital-skills").plan
    >>> found = false_alarms(plan, simulations=200)
    >>> bool(found.loc[found["level"] == "clear", "share"].max() < 0.05)
    True
    """
    rules, model = Rules.of(plan), healthy or Healthy()
    pairs = plan.programme.seats if pairs is None else pairs
    _check(rules, model, pairs, simulations, every)
    rng, total = np.random.default_rng(seed), int(pairs or 0) * simulations
    parts = [
        _highest(rules, model, min(_AT_ONCE, total - first), every, rng)
        for first in range(0, total, _AT_ONCE)
    ]
    silence, talk = (np.concatenate(found).reshape(simulations, -1) for found in zip(*parts, strict=True))
    rows = []
    for sign, level in (("silence", silence), ("hierarchy", talk), ("any", np.maximum(silence, talk))):
        for least in (1, 2):
            shares = (level >= least).mean(axis=1)
            error = float(shares.std(ddof=1) / np.sqrt(simulations)) if simulations > 1 else float("nan")
            rows.append(
                {
                    "sign": sign,
                    "level": LEVELS[least],
                    "share": float(shares.mean()),
                    "mc_error": error,
                    "pairs_a_programme": float(shares.mean()) * silence.shape[1],
                    "programmes": float((shares > 0).mean()),
                }
            )
    return pd.DataFrame(rows)


def _highest(
    rules: Rules, model: Healthy, n: int, every: int, rng: np.random.Generator
) -> tuple[Levels, Levels]:
    """Highest level of silence and of talk that each of some healthy pairs reaches at any look."""
    days = rules.days or 0
    looks = np.union1d(np.arange(every, days, every), [days]).astype("float64")
    times = _times(rules, model, n, rng)
    row = _rows(rules, model, times.shape, rng)
    levels = np.concatenate([np.zeros((n, 1), dtype="int64"), row_level(rules, row)], axis=1)
    padded = np.concatenate([np.zeros((n, 1)), times], axis=1)
    everyone = np.arange(n)
    silence, talk = np.zeros(n, dtype="int64"), np.zeros(n, dtype="int64")
    for look in looks:
        held = (times <= look).sum(axis=1)
        silent = look - padded[everyone, held]
        now = silence_level(rules, held=held, silent=silent, due=rules.due(look))
        silence = np.maximum(silence, now)
        talk = np.maximum(talk, levels[everyone, held])
    return silence, talk


def _times(rules: Rules, model: Healthy, n: int, rng: np.random.Generator) -> Floats:
    """Whole days of the meetings of some pairs, as many as are needed to fill the programme."""
    days, gap = float(rules.days or 0), float(rules.days or 0) / float(rules.meetings or 1)
    shape, most = model.regularity, int(rules.meetings or 1) * 2 + 4
    gaps = rng.gamma(shape, gap / shape, (n, most))
    gaps[:, 0] *= model.first_gap
    times = np.cumsum(gaps, axis=1)
    while (times[:, -1] <= days).any():
        more = times[:, -1:] + np.cumsum(rng.gamma(shape, gap / shape, (n, most)), axis=1)
        times = np.concatenate([times, more], axis=1)
    return np.ceil(times)


def _rows(rules: Rules, model: Healthy, shape: tuple[int, ...], rng: np.random.Generator) -> Levels:
    """Bad meetings in a row, from simulated reports of both."""
    reported = rng.random((*shape, 2)) < np.asarray(model.reports)
    usual = rng.normal(model.talk_mean, model.talk_between, (shape[0], 1, 1))
    share = usual + rng.normal(0, model.talk_within, (*shape, 2))
    share = np.clip(np.rint(share / 5) * 5, 0, 100)
    upward = (rng.random((*shape, 2)) < model.upward).astype("float64")
    held = rng.choice(5, size=(*shape, 2), p=np.asarray(model.held_back)).astype("float64")
    said = [np.where(reported, given, np.nan) for given in (share, upward, held)]
    found = signs(rules, share=said[0], upward=said[1], held_back=said[2])
    return in_a_row(found.bad, found.known)


def _check(rules: Rules, model: Healthy, pairs: int | None, simulations: int, every: int) -> None:
    """Refuse what cannot be simulated."""
    if not rules.days or not rules.meetings:
        raise DesignError(
            "The plan does not say how often healthy pairs meet. Fill in programme.start, programme.end and "
            "programme.planned_meetings."
        )
    if not pairs or pairs < 1 or simulations < 1 or every < 1:
        raise DesignError(
            "pairs (or programme.seats in the plan), simulations and every must be whole numbers from 1."
        )
    chances = np.asarray(model.held_back, dtype="float64")
    if len(chances) != 5 or (chances < 0).any() or not np.isclose(chances.sum(), 1):
        raise DesignError("held_back needs five chances, for the answers 0 to 4, that add up to 1.")
    if not (model.regularity > 0 and model.first_gap > 0):
        raise DesignError("regularity and first_gap must be above 0.")
