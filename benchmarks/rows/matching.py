"""The exact matching beside scipy's, on costs of three kinds, and with mentors who take two."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

import rmstudy as rm
from benchmarks.job import Job
from rmstudy.programme.matching.assignment import SCALE, Costs, best_assignment, fixed_lots
from rmstudy.study.plan import Matching

SKILLS = 4


def _covered(need: Any, skill: Any) -> Any:
    """Costs of needs with skills in whole numbers, worked out skill by skill."""
    met = np.zeros((len(need), len(skill)))
    for k in range(SKILLS):
        met += np.minimum(need[:, k, None], skill[None, :, k])
    met /= need.sum(axis=1)[:, None]
    return np.rint(SCALE * (1 - met)).astype(np.int64) + 1


def _people(n: int, kind: str) -> tuple[Any, Any]:
    draw = np.random.default_rng(0)
    skill = draw.integers(0, 5, (n, SKILLS)).astype(float)
    if kind == "nearly the same":
        return draw.integers(1, 5, (1, SKILLS)) + np.abs(draw.normal(0, 0.01, (n, SKILLS))), skill
    return draw.integers(0, 5, (n, SKILLS)) + draw.random((n, SKILLS)), skill


def _table(n: int, kind: str) -> Any:
    if kind == "any":
        return np.random.default_rng(0).integers(1, SCALE, (n, n))
    return _covered(*_people(n, kind))


def _matched(costs: Costs) -> Any:
    """Total cost and gap of the best assignment."""
    rows, columns = (
        [f"{side}{k}" for k in range(n)] for side, n in (("s", costs.rows), ("j", costs.columns))
    )
    best = best_assignment(costs, lots=fixed_lots(rows, columns, 0))
    blocks = costs.blocks()
    total = sum(int(costs.of(block)[np.arange(len(block)), best.places[block]].sum()) for block in blocks)
    return total, best.gap


def _ours(table: Any) -> Any:
    return _matched(Costs(*table.shape, lambda rows: table[rows]))


def _in_blocks(people: tuple[Any, Any]) -> Any:
    need, skill = people
    return _matched(Costs(len(need), len(skill), lambda rows: _covered(need[rows], skill)))


def _scipy(table: Any) -> Any:
    row, column = linear_sum_assignment(table)
    return int(table[row, column].sum()), 0


def _apart(ours: Any, theirs: Any) -> float:
    """Difference of the totals, and the gap."""
    return float(abs(ours[0] - theirs[0]) + ours[1])


def _profiles(n: int, mentors: int) -> pd.DataFrame:
    draw = np.random.default_rng(1)
    rows = []
    for role, word, people in (("j", "skill", mentors), ("s", "need", n)):
        for person in range(people):
            rows += [(f"{role}{person}", f"{word}_{k}", str(draw.integers(1, 1000))) for k in range(SKILLS)]
    return pd.DataFrame(rows, columns=["person_id", "attribute", "value"])


def _pairs(capacity: int) -> Callable[[pd.DataFrame], Any]:
    def work(data: pd.DataFrame) -> Any:
        ids = data["person_id"].unique()
        found = rm.match_pairs(
            data, mentors=[i for i in ids if i[0] == "j"], mentees=[i for i in ids if i[0] == "s"],
            plan=Matching(weights={"skill": 1.0}), capacity=capacity,
        )  # fmt: skip
        return float(found.pairs["match_score"].sum()), found.solution.gap

    return work


def _copied(capacity: int) -> Callable[[pd.DataFrame], Any]:
    """The same people by hand: profiles into arrays, a table of costs, a column for each place."""

    def work(data: pd.DataFrame) -> Any:
        wide = data.assign(value=data["value"].astype(float)).pivot_table(
            index="person_id", columns="attribute", values="value"
        )
        need = wide.filter(like="need_").dropna().to_numpy()
        skill = wide.filter(like="skill_").dropna().to_numpy()
        met = sum(np.minimum(need[:, k, None], skill[None, :, k]) for k in range(SKILLS))
        cost = np.repeat(1 - met / need.sum(axis=1)[:, None], capacity, axis=1)
        row, column = linear_sum_assignment(cost)
        return float((1 - cost[row, column]).sum()), 0.0

    return work


NOTE = (
    "largest difference of the total cost in whole numbers (a score of 1 is 10^9), and the gap to the limit that the "
    "prices prove; ours also settles ties by lot"
)


def _job(
    n: int, kind: str, promised: float | None = None, megabytes: float | None = None, runs: int = 3
) -> Job:
    return Job(
        f"matching, costs: {kind}", n, "scipy linear_sum_assignment", lambda: _table(n, kind), _ours, _scipy, _apart,
        tolerance=0.0, promised=promised, megabytes=megabytes, runs=runs, note=NOTE,
    )  # fmt: skip


def _capacity(n: int, promised: float | None = None) -> Job:
    return Job(
        "match_pairs, two mentees a mentor", n, "scipy, columns copied", lambda: _profiles(n, n // 2), _pairs(2),
        _copied(2), _apart, tolerance=1e-6 * n, promised=promised, runs=3,
        note="total score, which is compared to nine decimals a pair; ours reads and checks the profiles as well",
    )  # fmt: skip


JOBS: list[Job] = [
    *(_job(n, "any") for n in (1_000, 2_000, 5_000)),
    _job(10_000, "any", promised=1.8, megabytes=300, runs=1),
    *(_job(n, "needs and skills") for n in (500, 1_000, 2_000)),
    *(_job(n, "nearly the same") for n in (500, 1_000, 2_000)),
    _job(5_000, "nearly the same", promised=20, runs=1),
    Job(
        "matching, needs and skills in blocks", 20_000, "scipy (85 s and 4.7 GB, not run)",
        lambda: _people(20_000, "any skills"), _in_blocks, seconds=60, megabytes=1_000, runs=1, note=NOTE,
    ),
    *(_capacity(n) for n in (500, 1_000)),
    _capacity(2_000, promised=4),
]  # fmt: skip
