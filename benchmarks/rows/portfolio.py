"""Many programmes: each one's g with its interval and its comparison at the same start, verdicts, and the pooled mean.

The peer is what one writes first: pandas groups, pingouin, and a statsmodels formula with HC3 errors. Ours does more in
the same time: gates, verdict and merit of each programme. A second row, without a peer, pools them as well.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd

from benchmarks.job import Job
from rmstudy.methods.comparison import hedges_g_by
from rmstudy.portfolio import portfolio_of_people

EACH: Final = 98
PEERS: Final = 20  # programmes that the peer works out


def _people(programmes: int) -> pd.DataFrame:
    draw = np.random.default_rng(programmes)
    of = np.repeat(np.arange(programmes), EACH)
    treated = np.tile(np.arange(EACH) % 2 == 0, programmes)
    pre = draw.normal(50, 10, len(of))
    effect = draw.normal(3, 2, programmes)
    names = np.array([f"programme {i:05d}" for i in range(programmes)])
    return pd.DataFrame(
        {"study": names[of], "arm": np.where(treated, "programme", "waiting"), "pre": pre,
         "post": 20 + 0.6 * pre + effect[of] * treated + draw.normal(0, 8, len(of))}
    )  # fmt: skip


def _ours(people: pd.DataFrame) -> Any:
    found = portfolio_of_people(people, threshold=2.0)
    return np.column_stack([hedges_g_by(people)["estimate"], found.judged["estimate"]])


def _pooled(people: pd.DataFrame) -> Any:
    found = portfolio_of_people(people, threshold=2.0)
    return found.pooled, found.side_by_side, found.verdicts


def _loop(people: pd.DataFrame) -> Any:
    import pingouin
    from statsmodels.formula import api

    rows = []
    for _, one in people.iloc[: PEERS * EACH].groupby("study"):
        ours, theirs = (one.loc[one["arm"] == arm, "post"] for arm in ("programme", "waiting"))
        g = pingouin.compute_effsize(ours, theirs, eftype="hedges")
        pingouin.compute_esci(g, len(ours), len(theirs), eftype="hedges")
        fitted = api.ols("post ~ C(arm, Treatment('waiting')) + pre", one).fit(cov_type="HC3")
        fitted.conf_int()
        rows.append([g, fitted.params.iloc[1]])
    return np.array(rows)


def _apart(ours: Any, theirs: Any) -> float:
    from scipy import special

    # pingouin takes the approximate correction, ours the exact one
    df = EACH - 2
    exact = np.exp(special.gammaln(df / 2) - special.gammaln((df - 1) / 2)) * np.sqrt(2 / df)
    mine = ours[:PEERS] * [(1 - 3 / (4 * EACH - 9)) / exact, 1.0]
    return float(np.abs(mine - theirs).max())


JOBS: list[Job] = [
    Job(
        "portfolio: g, comparison and verdict of each programme", size, "pandas, pingouin, statsmodels formula",
        lambda size=size: _people(size), _ours, _loop, _apart, tolerance=1e-8, share=PEERS / size,
        promised=100 if size == 1_000 else None,
        note="98 people a programme; the correction of g is brought to the peer's before comparing",
    )
    for size in (100, 1_000, 10_000)
] + [
    Job(
        "portfolio: judged, pooled and side by side", size, "", lambda size=size: _people(size), _pooled,
        seconds=10 if size == 10_000 else None, runs=3,
    )
    for size in (100, 1_000, 10_000)
]  # fmt: skip
