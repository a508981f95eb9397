"""Time and memory of the exact matching beside scipy's, in the same run; by hand, and it takes minutes.

    python benchmarks/matching.py 1000 2000 5000

For each size it draws costs of three kinds: anything, needs against skills, and needs that are nearly the same
for everybody. Both must reach the same total. Scipy is left out above 2,000 where needs are nearly the same,
because it takes minutes there; ``--all`` has it run. At last a whole call of ``match_pairs`` on profiles is
timed at the largest size.
"""

from __future__ import annotations

import sys
import time
import tracemalloc

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

import rmstudy as rm
from rmstudy.programme.matching.assignment import SCALE, Costs, best_assignment, fixed_lots
from rmstudy.study.plan import Matching

SKILLS = 4


def coverage(need: np.ndarray, skill: np.ndarray) -> np.ndarray:
    """Costs of needs with skills."""
    met = sum(np.minimum(need[:, None, k], skill[None, :, k]) for k in range(SKILLS))
    return np.rint(SCALE * (1 - met / need.sum(axis=1)[:, None])).astype(np.int64) + 1


def tables(n: int):
    """Costs of three kinds."""
    draw = np.random.default_rng(0)
    yield "anything", draw.integers(1, SCALE, (n, n))
    skill = draw.integers(0, 5, (n, SKILLS)).astype(float)
    yield "needs and skills", coverage(draw.integers(0, 5, (n, SKILLS)) + draw.random((n, SKILLS)), skill)
    same = draw.integers(1, 5, (1, SKILLS)) + np.abs(draw.normal(0, 0.01, (n, SKILLS)))
    yield "needs nearly the same", coverage(same, skill)


def timed(work):
    """Result, seconds and peak memory in megabytes of some work."""
    tracemalloc.start()
    start = time.perf_counter()
    result = work()
    seconds = time.perf_counter() - start
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return result, seconds, peak


def people(n: int) -> pd.DataFrame:
    """Profiles of as many juniors as seniors."""
    draw = np.random.default_rng(1)
    rows = []
    for role, word in (("j", "skill"), ("s", "need")):
        for person in range(n):
            name = f"{role}{person}"
            rows += [(name, f"{word}_{k}", str(draw.integers(0, 5))) for k in range(SKILLS)]
            rows.append((name, "interest", f"interest {draw.integers(12)}"))
            rows.append((name, "trait_openness", str(draw.integers(1, 6))))
            rows.append((name, "unit", f"unit {draw.integers(8)}"))
    return pd.DataFrame(rows, columns=["person_id", "attribute", "value"])


def main() -> None:
    """Print a line for each problem."""
    sizes = [int(word) for word in sys.argv[1:] if word.isdigit()] or [1000, 2000, 5000]
    print("| costs | n | ours, s | MB | rounds | gap | scipy, s | MB | ratio | same total |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for n in sizes:
        lots = fixed_lots([f"s{i}" for i in range(n)], [f"j{i}" for i in range(n)], 0)
        for kind, cost in tables(n):
            costs = Costs(n, n, lambda rows, cost=cost: cost[rows])
            best, ours, peak = timed(lambda costs=costs, lots=lots: best_assignment(costs, lots=lots))
            line = f"| {kind} | {n} | {ours:.2f} | {peak:.0f} | {best.rounds} | {best.gap} |"
            if "nearly" in kind and n > 2000 and "--all" not in sys.argv:
                print(f"{line} – | – | – | – |", flush=True)
                continue
            (row, column), theirs, wide = timed(lambda cost=cost: linear_sum_assignment(cost))
            same = cost[row, column].sum() == cost[np.arange(n), best.places].sum()
            print(f"{line} {theirs:.2f} | {wide:.0f} | {theirs / ours:.1f} | {same} |", flush=True)
    n = sizes[-1]
    table = people(n)
    sides = {name: [f"{name[0]}{i}" for i in range(n)] for name in ("js", "ss")}
    plan = Matching(weights={"skill": 0.5, "interest": 0.3, "trait": 0.2}, constraints=("different_unit",))
    for first in ("total", "worst_off"):
        start = time.perf_counter()
        found = rm.match_pairs(
            table, mentors=sides["js"], mentees=sides["ss"], plan=plan, first=first, draws=20
        )
        solved = time.perf_counter() - start
        rows = found.quality.set_index("solution")["mean"]
        print(
            f"match_pairs, {n} x {n}, {first}: {solved:.1f} s, with the comparisons "
            f"{time.perf_counter() - start:.1f} s; means: {rows.to_dict()}; gap {found.solution.gap}",
            flush=True,
        )


if __name__ == "__main__":
    main()
