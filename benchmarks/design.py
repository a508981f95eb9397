"""How long the chances of the verdicts take, beside a loop over statsmodels.

Usage: python benchmarks/design.py [--simulations N] [--loop N]

Eight sizes of programme, mentors with two people each, an adjusted comparison with robust standard
errors: drawn, estimated and judged in batches, and the same data sets one at a time by statsmodels' OLS
on arrays and by its formula interface, with cluster-robust standard errors. The loops run a part of the
data sets and are scaled up; every estimate is compared on the way.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
import statsmodels.api as sm
import statsmodels.formula.api as smf

from rmstudy.programme.design import Option, Setting, chances
from rmstudy.programme.design.batched import Arm, estimate
from rmstudy.programme.design.draws import draw

SIZES = (20, 30, 40, 50, 60, 80, 100, 120)
OPTION = Option("lottery")


def setting_of_size(seats: int) -> Setting:
    """A programme of this size, with as many people waiting."""
    return Setting(seats=seats, applicants=2 * seats, threshold=0.3, per_mentor=2, effects=(0.5,))


def arrays(ours: Arm, theirs: Arm, i: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
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


def by_arrays(x: np.ndarray, y: np.ndarray, cluster: np.ndarray) -> float:
    """The difference by statsmodels' OLS on arrays."""
    fit = sm.OLS(y, x).fit(cov_type="cluster", cov_kwds={"groups": cluster}, use_t=True)
    return float((fit.params[1], fit.bse[1], fit.conf_int()[1])[0])


def by_formula(x: np.ndarray, y: np.ndarray, cluster: np.ndarray) -> float:
    """The difference by statsmodels' formula interface."""
    frame = pd.DataFrame({"treated": x[:, 1], "pre": x[:, 2], "post": y})
    model = smf.ols("post ~ treated + pre", frame)
    fit = model.fit(cov_type="cluster", cov_kwds={"groups": cluster}, use_t=True)
    return float((fit.params["treated"], fit.conf_int())[0])


def loop(one: Callable[..., float], simulations: int) -> float:
    """Seconds of a loop over data sets of every size."""
    seconds = 0.0
    for seats in SIZES:
        ours, theirs = draw(setting_of_size(seats), OPTION, simulations=simulations, seed=0)
        assert theirs is not None
        batch = estimate(ours, theirs, estimator="adjusted", level=0.95)
        for i in range(simulations):
            data = arrays(ours, theirs, i)
            start = time.perf_counter()
            found = one(*data)
            seconds += time.perf_counter() - start
            assert abs(found - batch.estimate[i]) < 1e-9
    return seconds


def main() -> None:
    """Time all three and print the ratios."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--simulations", type=int, default=2000)
    parser.add_argument("--loop", type=int, default=50)
    wanted = parser.parse_args()
    timed = []
    for _ in range(5):
        start = time.perf_counter()
        for seats in SIZES:
            chances(setting_of_size(seats), options=[OPTION], simulations=wanted.simulations)
        timed.append(time.perf_counter() - start)
    batched = float(np.median(timed))
    print(f"batched, with verdicts and merit: {batched:.2f} s for {wanted.simulations:,} x {len(SIZES)}")
    for name, one in (("OLS on arrays", by_arrays), ("formula", by_formula)):
        seconds = loop(one, wanted.loop) * wanted.simulations / wanted.loop
        print(f"statsmodels, {name}: {seconds:.1f} s, {seconds / batched:.0f} times as long")


if __name__ == "__main__":
    main()
