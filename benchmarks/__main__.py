"""Every job beside its peer: ``python -m benchmarks [--only WORD] [--out FILE]``.

Writes ``benchmarks/results.md``, with the cost curves as ``benchmarks/curves.png``, and ends with 1 when a promise is
not kept. Ratios hold on any machine, seconds on this one.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
from pathlib import Path

from benchmarks import rows
from benchmarks.job import Job, Timed, run
from benchmarks.written import curves, table

HERE = Path(__file__).resolve().parent


def jobs(word: str) -> list[Job]:
    """The jobs of all rooms whose name holds a word."""
    rooms = [
        importlib.import_module(f"benchmarks.rows.{room.name}")
        for room in pkgutil.iter_modules(rows.__path__)
    ]
    return [job for room in rooms for job in room.JOBS if word.lower() in job.name.lower()]


def main() -> int:
    """Run, print line by line, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", default="", help="jobs whose name holds this")
    parser.add_argument("--out", type=Path, default=HERE / "results.md")
    chosen = parser.parse_args()
    done: list[Timed] = []
    for job in jobs(chosen.only):
        timed = run(job)
        done.append(timed)
        ratio = "" if timed.ratio is None else f"{timed.ratio:9.1f} x"
        print(
            f"{'   ' if timed.kept else '!! '}{job.name}, {job.size}: {timed.ours:.4f} s{ratio}", flush=True
        )
    if not chosen.only:
        curves(done, HERE / "curves.png")
        chosen.out.write_text(table(done), encoding="utf-8")
    return 0 if all(one.kept for one in done) else 1


if __name__ == "__main__":
    sys.exit(main())
