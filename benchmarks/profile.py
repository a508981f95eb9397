"""Where the time of each hot path goes, beside what the machine can do: ``python -m benchmarks.profile``.

Prints the speed of one matrix product and of one copy of memory in this run, then for each job, at its promised size,
the functions that take the most time themselves. docs/performance.md quotes it.
"""

from __future__ import annotations

import cProfile
import importlib
import pkgutil
import pstats
import sys
import time

import numpy as np

from benchmarks import rows

LINES = 6


def machine() -> str:
    """Billions of operations a second of a matrix product, and gigabytes a second of a copy."""
    a = np.ones((1000, 1000))
    big = np.ones(20_000_000)
    product = min(_seconds(lambda: a @ a) for _ in range(5))
    copy = min(_seconds(big.copy) for _ in range(5))
    return f"matrix product {2e9 / product / 1e9:.0f} GFLOP/s, copy {2 * big.nbytes / copy / 1e9:.1f} GB/s"


def _seconds(work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    """Print a block a job."""
    word = sys.argv[1].lower() if len(sys.argv) > 1 else ""
    print(machine())
    for room in pkgutil.iter_modules(rows.__path__):
        for job in importlib.import_module(f"benchmarks.rows.{room.name}").JOBS:
            if word not in job.name.lower() or not (job.promised or job.seconds):
                continue
            data = job.data()
            job.ours(data)
            profile = cProfile.Profile()
            profile.runcall(job.ours, data)
            stats = pstats.Stats(profile)
            print(f"\n{job.name}, {job.size}: {stats.total_tt:.4f} s under the profiler")
            table = sorted(stats.stats.items(), key=lambda item: -item[1][2])[:LINES]
            for (file, line, name), (_, calls, own, _, _) in table:
                place = file.rsplit("/", 2)[-2:] if line else []
                print(f"  {own / stats.total_tt:4.0%}  {calls:7} x  {'/'.join(place)} {name}")


if __name__ == "__main__":
    main()
