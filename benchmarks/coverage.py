"""How often the default intervals hold the truth, and how often noise looks like an effect.

Usage: python benchmarks/coverage.py [--draws N] [--only PART]

Writes a table a part beside this file; docs/validation.md shows them. Every draw is a small
study with known truth that goes through the public function, as a user's data would.
"""

from __future__ import annotations

import argparse
import csv
import math
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import product, repeat
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from rmstudy.methods import change, comparison
from rmstudy.results import Result

HERE = Path(__file__).resolve().parent
SEED = 20260601
PEOPLE = (10, 20, 40, 100)
CORRELATIONS = (0.3, 0.6, 0.85)
EFFECTS = (0.0, 0.8, 1.5)

ON_SKEWED = ("change.mean_change", "change.hedges_gav", "comparison.adjusted_difference")

Draw = Callable[[np.random.Generator], pd.DataFrame]
Method = tuple[Callable[[pd.DataFrame], Result], Callable[[float, float], float]]
Rows = Iterator[dict[str, str]]


def normal(draw: np.random.Generator, size: tuple[int, ...]) -> np.ndarray:
    """Scores with mean 0 and standard deviation 1."""
    return draw.normal(size=size)


def skewed(draw: np.random.Generator, size: tuple[int, ...]) -> np.ndarray:
    """Lognormal scores (skewness 1.75) with mean 0 and standard deviation 1."""
    spread = 0.25  # variance of the logarithm
    scores = np.exp(draw.normal(scale=math.sqrt(spread), size=size)) - math.exp(spread / 2)
    return scores / math.sqrt((math.exp(spread) - 1) * math.exp(spread))


SHAPES = {"normal": normal, "skewed": skewed}


@dataclass(frozen=True)
class OneGroup:
    """People before and after: standard deviation 1 in both waves."""

    n: int
    r: float
    effect: float
    shape: str

    def __call__(self, draw: np.random.Generator) -> pd.DataFrame:
        """Draw one study."""
        start, other = SHAPES[self.shape](draw, (2, self.n))
        post = self.r * start + math.sqrt(1 - self.r**2) * other + self.effect
        return pd.DataFrame({"pre": start, "post": post})


@dataclass(frozen=True)
class TwoGroups:
    """As many people in the programme as waiting, drawn by lot."""

    n: int
    r: float
    effect: float
    shape: str

    def __call__(self, draw: np.random.Generator) -> pd.DataFrame:
        """Draw one study."""
        frame = OneGroup(self.n, self.r, 0.0, self.shape)(draw)
        treated = np.arange(self.n) < self.n // 2
        frame["post"] += self.effect * treated
        return frame.assign(arm=np.where(treated, "programme", "waitlist"))


def in_scores(effect: float, r: float) -> float:
    """An effect in standard deviations of the scores."""
    return effect


def over_change(effect: float, r: float) -> float:
    """The same in standard deviations of the change."""
    return effect / math.sqrt(2 * (1 - r))


# Each method with the truth it estimates, for an effect of so many standard deviations.
ONE_GROUP: dict[str, Method] = {
    "change.mean_change": (change.mean_change, in_scores),
    "change.hedges_gav": (change.hedges_gav, in_scores),
    "change.cohens_dz": (change.cohens_dz, over_change),
    "change.beckers_d": (change.beckers_d, in_scores),
}
TWO_GROUPS: dict[str, Method] = {
    "comparison.adjusted_difference": (comparison.adjusted_difference, in_scores),
    "comparison.difference_in_differences": (comparison.difference_in_differences, in_scores),
    "comparison.post_difference": (comparison.post_difference, in_scores),
    "comparison.hedges_g": (comparison.hedges_g, in_scores),
    "comparison.adjusted_g": (comparison.adjusted_g, in_scores),
    "comparison.dppc2": (comparison.dppc2, in_scores),
}


def held(
    method: Callable[[pd.DataFrame], Result], people: Draw, truth: float, draws: int, seed: int
) -> float:
    """Share of the draws whose interval holds the truth."""
    generator, hits = np.random.default_rng(seed), 0
    for _ in range(draws):
        e = method(people(generator)).headline
        hits += e.conf_low is not None and e.conf_high is not None and e.conf_low <= truth <= e.conf_high
    return hits / draws


def coverage(
    methods: dict[str, Method], design: Callable[..., Draw], sizes: Sequence[int], draws: int
) -> Rows:
    """One row a method and size: the lowest, mean and highest coverage over correlations and effects."""
    cells = list(product(CORRELATIONS, EFFECTS))
    with ProcessPoolExecutor() as pool:
        for (name, (method, truth)), n, shape in product(methods.items(), sizes, SHAPES):
            if shape == "skewed" and name not in ON_SKEWED:
                continue
            people = [design(n, r, effect, shape) for r, effect in cells]
            truths = [truth(effect, r) for r, effect in cells]
            seeds = range(SEED, SEED + len(cells))
            found = list(pool.map(held, repeat(method), people, truths, repeat(draws), seeds))
            yield {
                "method": f"`{name}`",
                "people": str(n),
                "scores": shape,
                "lowest": f"{min(found):.3f}",
                "mean": f"{np.mean(found):.3f}",
                "highest": f"{max(found):.3f}",
            }


def one_group_coverage(draws: int) -> Rows:
    """Intervals of the change of one group."""
    return coverage(ONE_GROUP, OneGroup, PEOPLE, draws)


def two_groups_coverage(draws: int) -> Rows:
    """Intervals of differences between two groups, half of the people in each."""
    return coverage(TWO_GROUPS, TwoGroups, PEOPLE[1:], draws)


def clusters(sizes: tuple[int, ...], treated: int, icc: float) -> Draw:
    """Whole clusters in one arm, without any effect."""
    cluster = np.repeat(np.arange(len(sizes)), sizes)
    arm = np.where(cluster < treated, "programme", "waitlist")

    def people(draw: np.random.Generator) -> pd.DataFrame:
        shared = draw.normal(size=len(sizes))[cluster] * math.sqrt(icc)
        own = draw.normal(size=len(cluster)) * math.sqrt(1 - icc)
        return pd.DataFrame({"post": shared + own, "arm": arm, "cluster": cluster})

    return people


def false_alarms(draws: int) -> Rows:
    """One row a number of clusters: how often p < .05 without any effect."""
    uneven = {k: tuple(4 + 12 * (i % 2) for i in range(k)) for k in (6, 10, 20)}
    designs = [("as many in each arm, ten people each", k, k // 2, (10,) * k) for k in (4, 6, 10, 20)]
    designs += [("four to sixteen people each", k, k // 2, sizes) for k, sizes in uneven.items()]
    designs += [("a third in the programme, four to sixteen people", k, k // 3, s) for k, s in uneven.items()]
    for words, k, treated, sizes in designs:
        people = clusters(sizes, treated, 0.1)
        found, naive = 0, 0
        generator = np.random.default_rng(SEED)
        for _ in range(draws):
            frame = people(generator)
            p = comparison.post_difference(frame, cluster="cluster").headline.p_value
            found += p is not None and p < 0.05
            arms = [frame.loc[frame["arm"] == arm, "post"] for arm in ("programme", "waitlist")]
            naive += stats.ttest_ind(*arms, equal_var=False).pvalue < 0.05
        yield {
            "method": "`comparison.post_difference`, `cluster=`",
            "clusters": f"{treated} against {k - treated}",
            "design": words,
            "p < .05": f"{found / draws:.3f}",
            "p < .05, clusters ignored": f"{naive / draws:.3f}",
        }


PARTS = {
    "coverage_one_group": one_group_coverage,
    "coverage_two_groups": two_groups_coverage,
    "false_alarms": false_alarms,
}


def main() -> None:
    """Run the parts asked for and write their tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--draws", type=int, default=4000)
    parser.add_argument("--only", choices=tuple(PARTS))
    chosen = parser.parse_args()
    for name in [chosen.only] if chosen.only else PARTS:
        rows = list(PARTS[name](chosen.draws))
        with (HERE / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


if __name__ == "__main__":
    main()
