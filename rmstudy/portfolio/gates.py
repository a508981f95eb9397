"""The gates, verdicts and merits of many programmes at once, by the rules of `rmstudy.verdicts`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
import pandas as pd

from rmstudy import verdicts
from rmstudy.methods.columns import Array, Flags, Labels

LEAST_PEOPLE: Final = 10
LEAST_FOLLOW_UP: Final = 0.5
ATTRITION: Final = 0.10
FEW: Final = "fewer than 10 people of an arm have both scores"
LOST: Final = "fewer than half of an arm were followed up"
NO_INTERVAL: Final = "the estimate has no interval"
_GATED: Final = ("estimate", "std_error", "df", "conf_low", "conf_high")
# What the distance at the start may be, in standard deviations, and a distance that stands for each band.
_BANDS: Final = (0.05, 0.25)
_INSIDE: Final = (0.0, 0.2, 1.0)


@dataclass(frozen=True, slots=True)
class Arms:
    """By programme: ``people`` and ``stayed`` (k, 2) in the programme and beside it; ``apart`` (k,) at the start."""

    people: Labels
    stayed: Array
    apart: Array


def arms_of(number: Labels, ours: Flags, known: Flags, before: Array, after: Array, programmes: int) -> Arms:
    """Count both arms of each programme and see how far apart they began.

    Parameters
    ----------
    number : ndarray of int, shape (n,)
        Number of each person's programme.
    ours, known : ndarray of bool, shape (n,)
        Who is in the programme's arm, and who is in any.
    before, after : ndarray of float, shape (n,)
        Scores, missing where there is none.
    programmes : int
        How many there are.
    """
    cell, cells = 2 * number + ~ours, 2 * programmes
    started = known & ~np.isnan(before)
    both = started & ~np.isnan(after)
    begun = np.bincount(cell[started], minlength=cells)
    where, x = cell[both], before[both]
    people = np.bincount(where, minlength=cells)
    some = np.maximum(people, 1)
    mean = np.bincount(where, x, cells) / some
    variance = np.bincount(where, (x - mean[where]) ** 2, cells) / np.maximum(people - 1, 1)
    spread = np.sqrt(variance.reshape(-1, 2).sum(axis=1) / 2)
    difference = np.abs(np.diff(mean.reshape(-1, 2), axis=1)[:, 0])
    apart = np.divide(difference, spread, out=np.full(programmes, np.inf), where=spread > 0)
    return Arms(people.reshape(-1, 2), (people / np.maximum(begun, 1)).reshape(-1, 2), apart)


def judge(found: pd.DataFrame, arms: Arms, random: Flags) -> None:
    """Give each programme its verdict and merit, or the gate that it did not pass."""
    few = arms.people.min(axis=1) < LEAST_PEOPLE
    lost = arms.stayed.min(axis=1) < LEAST_FOLLOW_UP
    unknown = found["conf_low"].isna().to_numpy()
    refused = found["reason"].notna().to_numpy()
    reason = found["reason"].to_numpy(dtype=object, copy=True)
    for gate, why in ((unknown, NO_INTERVAL), (lost, LOST), (few, FEW)):
        reason[gate & ~refused] = why
    found["reason"] = reason
    gated = refused | few | lost | unknown
    if gated.any():
        found.loc[gated, list(_GATED)] = np.nan
    asked = found[["estimate", "conf_low", "conf_high", "threshold"]].to_numpy(dtype=np.float64).tolist()
    levels = _strengths(arms, random)
    said: list[str] = ["not_enough_data"] * len(asked)
    merits: list[str] = ["not shown"] * len(asked)
    for i in np.flatnonzero(~gated).tolist():
        said[i] = verdicts.verdict(*asked[i])
        merits[i] = verdicts.merit(levels[i], asked[i][1])
    found["verdict"], found["merit"] = said, merits


def _strengths(arms: Arms, random: Flags) -> list[int]:
    """Level of each contrast, asked once for each kind: what differs is lottery, attrition and start."""
    unlike = np.abs(np.diff(arms.stayed, axis=1)[:, 0]) > ATTRITION
    band = np.searchsorted(_BANDS, arms.apart)
    return [_strength(*kind) for kind in zip(random.tolist(), unlike.tolist(), band.tolist(), strict=True)]


@cache
def _strength(random: bool, unlike: bool, band: int) -> Any:
    """Level of a contrast of one kind."""
    contrast = verdicts.Contrast(
        compared=True,
        random=random,
        adjusted=True,
        differential_attrition=float(unlike),
        largest_allowed_attrition=ATTRITION,
        baseline_difference=_INSIDE[band],
    )
    return verdicts.strength(contrast)[0]
