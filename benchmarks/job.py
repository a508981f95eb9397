"""A job that rmstudy and a peer both do, timed in one process and one run."""

from __future__ import annotations

import gc
import statistics
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

SLOW = 15.0  # seconds


@dataclass(frozen=True)
class Job:
    """One row: what is done, at one size, by a peer and through the public API.

    ``data`` makes what both work on; ``ours`` and ``theirs`` do the work; ``apart`` says how far the two answers lie
    apart, which must not be more than ``tolerance`` (a simulation error, where the two draw other numbers, said in
    ``note``). ``share`` is the part of the work that the peer does where the whole would take minutes: its time is
    divided by it, and the row says so. ``promised`` is the ratio to reach; ``seconds`` a time to keep, where the
    promise is one; both only where they are promised for this size.
    """

    name: str
    size: int
    peer: str
    data: Callable[[], Any]
    ours: Callable[[Any], Any]
    theirs: Callable[[Any], Any] | None = None
    apart: Callable[[Any, Any], float] | None = None
    tolerance: float = 1e-10
    share: float = 1.0
    promised: float | None = None
    seconds: float | None = None
    megabytes: float | None = None
    runs: int = 5
    note: str = ""


@dataclass(frozen=True)
class Timed:
    """What came out: median seconds, peak megabytes of arrays, and how far the answers lie apart."""

    job: Job
    ours: float
    theirs: float | None
    ours_mb: float
    theirs_mb: float | None
    apart: float | None

    @property
    def ratio(self) -> float | None:
        """How many times as long the peer takes."""
        return None if self.theirs is None else self.theirs / self.ours

    @property
    def kept(self) -> bool:
        """Whether the same answer came out, and what was promised."""
        job = self.job
        return (
            (self.apart is None or self.apart <= job.tolerance)
            and (job.promised is None or (self.ratio or 0.0) >= job.promised)
            and (job.seconds is None or self.ours <= job.seconds)
            and (job.megabytes is None or self.ours_mb <= job.megabytes)
        )


def run(job: Job) -> Timed:
    """Time a job: once to warm up and to compare the answers, then turn by turn, and once more for the memory."""
    data = job.data()
    first, ours = _timed(job.ours, data)
    slow, theirs = _timed(job.theirs, data) if job.theirs else (0.0, None)
    apart = job.apart(ours, theirs) if job.apart and job.theirs else None
    # whatever takes long is warm enough, and is not run again and again
    mine, peers = ([first] if first > SLOW else []), ([slow] if slow > SLOW else [])
    for _ in range(job.runs):
        if sum(mine) < SLOW:
            mine.append(_timed(job.ours, data)[0])
        if job.theirs and sum(peers) < SLOW:
            peers.append(_timed(job.theirs, data)[0])
    return Timed(
        job,
        statistics.median(mine),
        statistics.median(peers) / job.share if peers else None,
        _peak(job.ours, data),
        _peak(job.theirs, data) if job.theirs and sum(peers) < SLOW else None,
        apart,
    )


def _timed(work: Callable[[Any], Any], data: Any) -> tuple[float, Any]:
    """Seconds of one call, and its answer."""
    gc.collect()
    start = time.perf_counter()
    answer = work(data)
    return time.perf_counter() - start, answer


def _peak(work: Callable[[Any], Any], data: Any) -> float:
    """Most megabytes that a call held at once beyond its data, as Python and numpy count them."""
    tracemalloc.start()
    work(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6
