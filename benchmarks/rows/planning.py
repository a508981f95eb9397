"""The chances of the verdicts beside a loop over statsmodels.

Eight sizes of programme, mentors with two people each, an adjusted comparison with robust standard errors: drawn,
estimated and judged in batches, and the same data sets one at a time by statsmodels.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.job import Job
from rmstudy.programme.design import Option, Setting, chances
from rmstudy.programme.design.batched import Arm, estimate
from rmstudy.programme.design.draws import draw

SIZES = (20, 30, 40, 50, 60, 80, 100, 120)
OPTION = Option("lottery")


def _setting(seats: int) -> Setting:
    """A programme of this size, with as many people waiting."""
    return Setting(seats=seats, applicants=2 * seats, threshold=0.3, per_mentor=2, effects=(0.5,))


def _ours(simulations: int) -> pd.DataFrame:
    found = [chances(_setting(seats), options=[OPTION], simulations=simulations) for seats in SIZES]
    return pd.concat(found, ignore_index=True)


def _arrays(ours: Arm, theirs: Arm, i: int) -> tuple[Any, Any, Any]:
    """Design, outcome and clusters of one data set."""
    rows, clusters, first = [], [], 0
    for treated, arm in ((1.0, ours), (0.0, theirs)):
        there = arm.there[i]
        cluster = first + np.broadcast_to(np.arange(there.shape[0])[:, None], there.shape)
        first += there.shape[0]
        pre, post = arm.pre[i][there], arm.post[i][there]
        rows.append(np.column_stack([np.ones(len(pre)), np.full(len(pre), treated), pre, post]))
        clusters.append(cluster[there])
    both = np.concatenate(rows)
    return both[:, :3], both[:, 3], np.concatenate(clusters)


def _by_arrays(x: Any, y: Any, cluster: Any) -> float:
    """The difference by statsmodels' OLS on arrays, with its interval."""
    import statsmodels.api as sm

    fit = sm.OLS(y, x).fit(cov_type="cluster", cov_kwds={"groups": cluster}, use_t=True)
    return float((fit.params[1], fit.bse[1], fit.conf_int()[1])[0])


def _by_formula(x: Any, y: Any, cluster: Any) -> float:
    """The difference by statsmodels' formulas, with its interval."""
    import statsmodels.formula.api as smf

    frame = pd.DataFrame({"treated": x[:, 1], "pre": x[:, 2], "post": y})
    fit = smf.ols("post ~ treated + pre", frame).fit(
        cov_type="cluster", cov_kwds={"groups": cluster}, use_t=True
    )
    return float((fit.params["treated"], fit.conf_int())[0])


def _loop(one: Callable[..., float], few: int) -> Callable[[int], Any]:
    """A loop over some data sets of every size: largest difference of an estimate from the batch's."""

    def work(_: int) -> float:
        largest = 0.0
        for seats in SIZES:
            ours, theirs = draw(_setting(seats), OPTION, simulations=few, seed=0)
            if theirs is None:
                raise ValueError("a lottery has a comparison")
            batch = estimate(ours, theirs, estimator="adjusted", level=0.95)
            for i in range(few):
                found = one(*_arrays(ours, theirs, i))
                largest = max(largest, abs(found - float(batch.estimate[i])))
        return largest

    return work


def _job(
    simulations: int,
    peer: str,
    one: Callable[..., float],
    few: int,
    promised: float | None = None,
    seconds: float | None = None,
) -> Job:
    return Job(
        "chances of the verdicts, eight sizes", simulations, peer, lambda: simulations, _ours, _loop(one, few),
        lambda _, largest: float(largest), tolerance=1e-9, share=few / simulations, promised=promised, seconds=seconds,
        note="largest difference of an estimate among the data sets that the peer analyses",
    )  # fmt: skip


JOBS: list[Job] = [
    _job(500, "statsmodels OLS on arrays", _by_arrays, 50),
    _job(1_000, "statsmodels OLS on arrays", _by_arrays, 50),
    _job(2_000, "statsmodels OLS on arrays", _by_arrays, 50, promised=12, seconds=2),
    _job(2_000, "statsmodels formula", _by_formula, 20),
]
