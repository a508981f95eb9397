"""Work on a real cluster of separate processes, one of which dies: the same answer, bit for bit."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rmstudy.errors import RmstudyError
from rmstudy.portfolio import portfolio_of_studies
from rmstudy.programme.design import Setting, chances
from rmstudy.workers import on_scheduler, spread

SAMPLES = Path(__file__).resolve().parents[1] / "data" / "sample"


def slow_draw(seed: int) -> float:
    """A number that depends on the seed alone."""
    time.sleep(0.15)
    return float(np.random.default_rng(np.random.SeedSequence([7, seed])).standard_normal(1000).sum())


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Address of a scheduler, and the processes of its two workers."""
    pytest.importorskip("distributed", reason="needs the extra `cluster`")
    folder = tmp_path_factory.mktemp("cluster")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": env, "cwd": folder}
    start = [sys.executable, "-W", "ignore", "-m"]
    where = ["--host", "127.0.0.1", "--port", str(port), "--no-dashboard"]
    processes = [subprocess.Popen([*start, "distributed.cli.dask_scheduler", *where], **quiet)]
    worker = [
        *start,
        "distributed.cli.dask_worker",
        address,
        "--nthreads",
        "1",
        "--no-nanny",
        "--no-dashboard",
    ]
    processes += [subprocess.Popen(worker, **quiet) for _ in range(2)]
    yield address, processes[1:]
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        process.wait()


def wait_for_workers(address: str, number: int) -> None:
    """Wait until so many workers have come."""
    from distributed import Client

    with Client(address, timeout="20s") as client:
        client.wait_for_workers(number, timeout=30)


def test_studies_and_simulations_are_the_same_on_a_cluster(cluster, tmp_path):
    address, _ = cluster
    for name in ("eight-pairs", "no-comparison"):
        shutil.copytree(SAMPLES / name, tmp_path / name)
    (tmp_path / "no-comparison" / "pairs.csv").write_text("broken", encoding="utf-8")
    setting = Setting(seats=20, applicants=45, threshold=0.3)
    here = portfolio_of_studies(tmp_path).judged, chances(setting, simulations=4_500, seed=3)
    wait_for_workers(address, 2)
    with on_scheduler(address):
        there = portfolio_of_studies(tmp_path).judged, chances(setting, simulations=4_500, seed=3)
    for one, other in zip(here, there, strict=True):
        pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_a_worker_that_dies_half_way_changes_nothing(cluster):
    address, workers = cluster
    wait_for_workers(address, 2)
    items = [(seed,) for seed in range(24)]
    alone = spread(slow_draw, items)
    killer = threading.Timer(1.0, workers[0].send_signal, [signal.SIGKILL])
    with on_scheduler(address):
        killer.start()
        there = spread(slow_draw, items)
    killer.join()
    assert workers[0].wait(timeout=5) == -signal.SIGKILL
    assert there == alone


def test_a_scheduler_that_is_not_there_is_a_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(RmstudyError, match="extra packages"), on_scheduler("tcp://127.0.0.1:1"):
        pass
