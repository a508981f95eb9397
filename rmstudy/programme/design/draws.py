"""Ways to fill the seats, and people drawn for each under the stated model.

Scores are in standard deviations of the reference group. Without a programme the starting score X and
the later one Y are standard normal with correlation r; a mentor's people share a part of what X
leaves unexplained in Y. Whoever is chosen by X, or by something that goes with it, is drawn from all
applicants and then kept. People who apply move on by a further constant without any programme, people
who do not apply stay where they are.
"""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from rmstudy.methods.columns import Array
from rmstudy.programme.design.batched import Arm
from rmstudy.programme.design.setting import LEAST_WAITING, Selection, Setting
from rmstudy.study.plan import Estimator

Arrangement = Literal["lottery", "volunteers", "by_need", "one_group"]

OTHER_MEASURE: Final = 0.5
"""Correlation of another measure, on which people are chosen, with the outcome."""


@dataclass(frozen=True, slots=True)
class Option:
    """A way to fill the seats and to look at the outcome.

    Parameters
    ----------
    arrangement : {'lottery', 'volunteers', 'by_need', 'one_group'}
        A lottery with a waiting list; applicants beside colleagues who did not apply, as many as would
        have waited; the lowest starting scores get the seats and the other applicants are the
        comparison; no comparison.
    estimator : {'adjusted', 'post_difference', 'difference_in_differences'}
        How two groups are compared.
    selection : {'open', 'weakest', 'other', 'second_baseline'}
        How one group without a comparison is chosen.
    """

    arrangement: Arrangement
    estimator: Estimator = "adjusted"
    selection: Selection = "open"

    @property
    def name(self) -> str:
        """A name for tables, such as ``one_group_weakest``."""
        if self.arrangement == "one_group":
            return f"{self.arrangement}_{self.selection}"
        return f"{self.arrangement}_{self.estimator}"

    @property
    def compared(self) -> bool:
        """Whether there is a comparison group."""
        return self.arrangement != "one_group"


def options_of(setting: Setting) -> tuple[Option, ...]:
    """The ways to fill the seats that stand beside each other in the answer.

    A comparison needs applicants without a seat; where there are none, only one group is left.

    Examples
    --------
    >>> [option.name for option in options_of(Setting(seats=48, applicants=110, threshold=0.3))]
    ['lottery_adjusted', 'volunteers_adjusted', 'one_group_open']
    """
    alone = Option("one_group", selection=setting.selection)
    if setting.waiting < LEAST_WAITING:
        return (alone,)
    return (Option("lottery", setting.estimator), Option("volunteers", setting.estimator), alone)


def diagnosed(setting: Setting) -> tuple[Option, ...]:
    """Every way to fill the seats that is diagnosed.

    Examples
    --------
    >>> len(diagnosed(Setting(seats=48, applicants=110, threshold=0.3)))
    10
    """
    if not setting.waiting:  # where everybody gets a seat, nobody is chosen by anything
        return options_of(setting)
    groups = tuple(
        Option("one_group", selection=rule) for rule in ("open", "weakest", "other", "second_baseline")
    )
    if setting.waiting < LEAST_WAITING:
        return groups
    arms: tuple[Arrangement, ...] = ("lottery", "volunteers", "by_need")
    usual: tuple[Estimator, ...] = ("adjusted", "difference_in_differences", setting.estimator)
    return (*(Option(arm, estimator) for arm in arms for estimator in dict.fromkeys(usual)), *groups)


def draw(
    setting: Setting, option: Option, *, simulations: int, seed: int, block: int = 0
) -> tuple[Arm, Arm | None]:
    """Draw many data sets of one option, in which the programme has no effect at all.

    An effect that is the same for all is added to the estimates afterwards: it moves them and their
    limits, and changes neither standard errors nor degrees of freedom.

    Parameters
    ----------
    setting : Setting
        What is assumed.
    option : Option
        How the seats are filled.
    simulations : int
        Data sets.
    seed : int
        Seed. Each option has its own stream, so that an option's draws do not depend on what else is run.
    block : int
        Number of the block of data sets; each has its own stream, whoever draws it and when.

    Returns
    -------
    ours : Arm
        The programme.
    theirs : Arm or None
        The comparison.
    """
    own_stream = [seed, zlib.crc32(option.name.encode())]
    stream = np.random.SeedSequence([*own_stream, block] if block else own_stream)
    random = np.random.default_rng(stream)
    chosen = option.arrangement == "by_need" or option.selection != "open"
    people = setting.applying if option.compared or chosen else setting.taking_part
    x, own = random.standard_normal((2, simulations, people))
    seats = setting.taking_part
    if chosen and seats < people:
        x, own = _weakest_first(x, own, setting, option, random)
    # everybody with a seat applied; only a comparison among those who applied moves on as they do
    drift = setting.self_selection if option.arrangement in ("volunteers", "one_group") else 0.0
    ours = _arm(x[:, :seats], own[:, :seats], setting, setting.shares[0], setting.per_mentor, random)
    ours = Arm(ours.pre, ours.post + drift, ours.there)
    if not option.compared:
        return ours, None
    return ours, _arm(x[:, seats:], own[:, seats:], setting, setting.shares[1], 1, random)


def _weakest_first(
    x: Array, own: Array, setting: Setting, option: Option, random: np.random.Generator
) -> tuple[Array, Array]:
    """Applicants of each data set with those who are chosen first."""
    key = x
    if option.arrangement != "by_need" and option.selection != "weakest":
        r = setting.stability
        with_both = OTHER_MEASURE if option.selection == "other" else r
        # the key correlates equally with the score before and the score after: it knows only what is stable
        beyond = with_both * math.sqrt((1 - r) / (1 + r)) / math.sqrt(1 - setting.shared)
        rest = math.sqrt(max(1 - with_both**2 - beyond**2, 0.0))
        key = with_both * x + beyond * own + rest * random.standard_normal(x.shape)
    # sorted whole: a partial sort leaves an order that differs between processors
    order = np.argsort(key, axis=1, kind="stable")
    return np.take_along_axis(x, order, axis=1), np.take_along_axis(own, order, axis=1)


def _arm(
    x: Array, own: Array, setting: Setting, follow_up: float, size: int, random: np.random.Generator
) -> Arm:
    """Scores of one arm in clusters of a size, the last one smaller where people are left over."""
    simulations, people = x.shape
    r, shared = setting.stability, setting.shared if size > 1 else 0.0
    clusters = -(-people // size)
    unexplained = math.sqrt(1 - shared) * own
    if shared:
        together = random.standard_normal((simulations, clusters))
        unexplained = unexplained + math.sqrt(shared) * np.repeat(together, size, axis=1)[:, :people]
    there = random.random((simulations, people)) < follow_up
    scores = [x, r * x + math.sqrt(1 - r**2) * unexplained, there]
    empty = ((0, 0), (0, clusters * size - people))
    pre, post, there = (np.pad(part, empty).reshape(simulations, clusters, size) for part in scores)
    return Arm(pre, post, there.astype(bool))
