"""Bootstraps and permutations beside pingouin, scipy, statsmodels and wildboottest.

Where the peer takes numpy's generator it gets the same resamples, and the answers are the same to the last digits;
otherwise they lie apart by what two runs of a simulation do.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from benchmarks.job import Job
from rmstudy.methods.multiplicity import westfall_young
from rmstudy.methods.resampling import MomentStatistic, bootstrap, quantities, wild_cluster_bootstrap
from rmstudy.results import Result

RESAMPLES = 10_000
PAIRS_RESAMPLES = 2_000
OUTCOMES = tuple(f"outcome{k}" for k in range(20))
# Pingouin's g, which corrects for 2 n - 2 degrees of freedom whatever the correlation.
HEDGES = MomentStatistic(
    "g",
    lambda m: (
        (m.mean[1] - m.mean[0]) / np.sqrt((m.variance(0) + m.variance(1)) / 2) * (1 - 3 / (8 * m.n - 9))
    ),
)


def _hedges(pre: Any, post: Any, axis: int = -1) -> Any:
    spread = np.sqrt((pre.var(axis=axis, ddof=1) + post.var(axis=axis, ddof=1)) / 2)
    return (post.mean(axis=axis) - pre.mean(axis=axis)) / spread * (1 - 3 / (8 * pre.shape[axis] - 9))


def _two_waves(n: int) -> pd.DataFrame:
    draw = np.random.default_rng(n)
    pre = draw.normal(50, 10, n)
    return pd.DataFrame({"pre": pre, "post": 20 + 0.6 * pre + draw.normal(2, 8, n)})


def _limits(result: Result) -> Any:
    return np.array([[row.conf_low, row.conf_high] for row in result.estimates])


def _interval(data: pd.DataFrame) -> Any:
    return _limits(bootstrap(data, HEDGES, columns=["pre", "post"], resamples=RESAMPLES))


def _pingouin(data: pd.DataFrame) -> Any:
    import pingouin

    return pingouin.compute_bootci(
        data["post"], data["pre"], func="hedges", paired=True, method="bca", n_boot=RESAMPLES, decimals=14,
        seed=np.random.default_rng(0),
    )[None]  # fmt: skip


def _scipy(data: pd.DataFrame) -> Any:
    found = stats.bootstrap(
        (data["pre"].to_numpy(), data["post"].to_numpy()), _hedges, paired=True, vectorized=True, method="BCa",
        n_resamples=RESAMPLES, rng=np.random.default_rng(0), batch=100 if len(data) > 1000 else None,
    )  # fmt: skip
    return np.array([found.confidence_interval])


def _apart(ours: Any, theirs: Any) -> float:
    return float(np.abs(np.asarray(ours) - np.asarray(theirs)).max())


def _pairs(number: int) -> pd.DataFrame:
    draw = np.random.default_rng(number)
    pair = np.repeat(np.arange(number), 2)
    arm, shared = (draw.permutation(number) % 2).astype(float)[pair], draw.normal(0, 4, number)[pair]
    pre = draw.normal(50, 10, 2 * number) + shared
    post = 20 + 0.6 * pre + 3 * arm + shared + draw.normal(0, 8, 2 * number)
    return pd.DataFrame({"pair": pair, "arm": arm, "pre": pre, "post": post})


def _ancova(data: pd.DataFrame) -> float:
    found = bootstrap(
        data, quantities.adjusted_difference, columns=["post", "arm", "pre"], cluster="pair", resamples=PAIRS_RESAMPLES
    )  # fmt: skip
    return float(found.headline.std_error or np.nan)


def _drawn_pairs(data: pd.DataFrame, resamples: int) -> Any:
    draw, number = np.random.default_rng(0), len(data) // 2
    members = np.arange(len(data)).reshape(number, 2)
    for _ in range(resamples):
        yield members[draw.integers(0, number, number)].ravel()


def _arrays(data: pd.DataFrame) -> float:
    from statsmodels.regression.linear_model import OLS

    x = np.column_stack([np.ones(len(data)), data["arm"], data["pre"]])
    y = data["post"].to_numpy()
    found = [OLS(y[rows], x[rows]).fit().params[1] for rows in _drawn_pairs(data, PAIRS_RESAMPLES)]
    return float(np.std(found, ddof=1))


def _formula(data: pd.DataFrame) -> float:
    from statsmodels.formula import api

    resamples = _drawn_pairs(data, PAIRS_RESAMPLES // 50)
    found = [api.ols("post ~ arm + pre", data.iloc[rows]).fit().params["arm"] for rows in resamples]
    return float(np.std(found, ddof=1))


def _changes(n: int) -> pd.DataFrame:
    draw = np.random.default_rng(n)
    together = draw.normal(0, 0.6, (n, 1)) + draw.normal(0, 0.8, (n, len(OUTCOMES)))
    return pd.DataFrame(together + np.linspace(0, 3, len(OUTCOMES)) / np.sqrt(n), columns=OUTCOMES)


def _adjusted(result: Result) -> Any:
    return np.array([row.p_value for row in result.estimates])


def _flips(data: pd.DataFrame) -> Any:
    return _adjusted(westfall_young(data, outcomes=OUTCOMES, permutations=RESAMPLES))


def _t(x: Any, axis: int) -> Any:
    return np.sqrt(x.shape[axis]) * x.mean(axis) / x.std(axis, ddof=1)


def _scipy_flips(data: pd.DataFrame) -> Any:
    found = stats.permutation_test(
        (data.to_numpy().T,), _t, permutation_type="samples", vectorized=True, n_resamples=RESAMPLES, axis=-1,
        rng=np.random.default_rng(1),
    )  # fmt: skip
    return _step_down(np.abs(found.null_distribution), np.abs(found.statistic))


def _step_down(drawn: Any, actual: Any) -> Any:
    """What scipy leaves to its user: the adjusted p-values from the statistics of all outcomes."""
    order = np.argsort(actual)
    reached = (np.maximum.accumulate(drawn[:, order], axis=1) >= actual[order]).sum(axis=0)
    p_values = np.empty(len(actual))
    p_values[order] = np.maximum.accumulate(((reached + 1) / (len(drawn) + 1))[::-1])[::-1]
    return p_values


def _two_arms(n: int) -> pd.DataFrame:
    data = _changes(n)
    data += np.outer(np.arange(n) % 2, np.linspace(0, 4, len(OUTCOMES)) / np.sqrt(n))
    return data.assign(arm=np.where(np.arange(n) % 2, "programme", "waiting"))


def _arms(data: pd.DataFrame) -> Any:
    return _adjusted(westfall_young(data, outcomes=OUTCOMES, arm="arm", permutations=RESAMPLES))


def _loop(data: pd.DataFrame) -> Any:
    draw, scores = np.random.default_rng(1), data[list(OUTCOMES)].to_numpy()
    arm = (data["arm"] == "programme").to_numpy()

    def t(who: Any) -> Any:
        return np.abs(stats.ttest_ind(scores[who], scores[~who], axis=0, equal_var=False).statistic)

    return _step_down(np.array([t(draw.permutation(arm)) for _ in range(RESAMPLES // 10)]), t(arm))


def _departments(number: int) -> pd.DataFrame:
    draw = np.random.default_rng(number)
    unit = np.arange(15 * number) % number
    arm, pre = (unit % 2).astype(float), draw.normal(50, 10, len(unit))
    post = 20 + 0.6 * pre + 4 * arm + draw.normal(0, 4, number)[unit] + draw.normal(0, 8, len(unit))
    return pd.DataFrame({"unit": unit, "arm": arm, "pre": pre, "post": post})


def _wild(data: pd.DataFrame) -> Any:
    row = wild_cluster_bootstrap(data, outcome="post", covariates=["arm", "pre"], cluster="unit").headline
    return row.statistic, row.p_value


def _wildboottest(data: pd.DataFrame) -> Any:
    from statsmodels.regression.linear_model import OLS
    from wildboottest.wildboottest import wildboottest

    x = data[["arm", "pre"]].assign(constant=1.0)
    found = wildboottest(
        OLS(data["post"], x), param="arm", cluster=data["unit"].to_numpy(), B=9_999, seed=1, show=False
    )
    return float(found["statistic"].iloc[0]), float(found["p-value"].iloc[0])


def _same_t_and_near(ours: Any, theirs: Any) -> float:
    """Distance of the p-values; a t that is not the same counts as far."""
    return abs(ours[1] - theirs[1]) if abs(ours[0] - theirs[0]) < 1e-8 else np.inf


def _many(n: int) -> pd.DataFrame:
    waves = [_two_waves(n + k).iloc[:n].add_prefix(f"{name}_") for k, name in enumerate(OUTCOMES)]
    return pd.concat(waves, axis=1)


def _together(data: pd.DataFrame) -> Any:
    columns = {name: [f"{name}_pre", f"{name}_post"] for name in OUTCOMES}
    return _limits(bootstrap(data, HEDGES, columns=columns, resamples=RESAMPLES))


def _one_by_one(data: pd.DataFrame) -> Any:
    each = (data[[f"{name}_pre", f"{name}_post"]].set_axis(["pre", "post"], axis=1) for name in OUTCOMES)
    return np.concatenate([_scipy(two) for two in each])


def _crowd(data: pd.DataFrame) -> Result:
    return bootstrap(data, quantities.g_av, columns=["pre", "post"], resamples=100)


JOBS: list[Job] = [
    *(
        Job(
            "BCa interval of a paired g, 10,000 resamples", n, "pingouin compute_bootci", lambda n=n: _two_waves(n),
            _interval, _pingouin, _apart, promised=25 if n == 100 else None,
        )
        for n in (30, 100, 1_000)
    ),
    *(
        Job(
            "BCa interval of a paired g, 10,000 resamples, vectorised peer", n, "scipy bootstrap",
            lambda n=n: _two_waves(n), _interval, _scipy, _apart,
            promised=1.5 if n == 100 else None, runs=5 if n <= 1_000 else 3,
        )
        for n in (30, 100, 1_000, 10_000)
    ),
    *(
        Job(
            "Bootstrap by pair of an ANCOVA coefficient, 2,000 resamples", n, "statsmodels formula",
            lambda n=n: _pairs(n), _ancova, _formula, lambda a, b: abs(a / b - 1), tolerance=0.6, share=0.02,
            promised=500 if n == 300 else None, note="the peer fits 40 of the 2,000, so its error is a rough one",
        )
        for n in (100, 300, 1_000)
    ),
    *(
        Job(
            "Bootstrap by pair of an ANCOVA coefficient, arrays", n, "statsmodels OLS", lambda n=n: _pairs(n), _ancova,
            _arrays, _apart, promised=20 if n == 300 else None,
        )
        for n in (100, 300, 1_000)
    ),
    *(
        Job(
            "Step-down maxT by 10,000 sign flips, 20 outcomes", n, "scipy permutation_test", lambda n=n: _changes(n),
            _flips, _scipy_flips, _apart, tolerance=0.03, promised=50 if n == 100 else None,
            note="other flips, so the p-values differ by simulation error",
        )
        for n in (30, 100, 300)
    ),
    *(
        Job(
            "Step-down maxT of two groups, 10,000 reassignments, 20 outcomes", n, "loop over scipy ttest_ind",
            lambda n=n: _two_arms(n), _arms, _loop, _apart, tolerance=0.07, share=0.1,
            promised=30 if n == 200 else None,
            note="other reassignments, and a tenth of them, so the p-values differ by simulation error",
        )
        for n in (60, 200, 600)
    ),
    *(
        Job(
            "Wild cluster bootstrap-t, 9,999 draws, by clusters of 15", clusters, "wildboottest",
            lambda clusters=clusters: _departments(clusters), _wild, _wildboottest, _same_t_and_near, tolerance=0.025,
            promised=50 if clusters == 40 else None, note="the same t; other draws, so p differs by simulation error",
        )
        for clusters in (20, 40, 100)
    ),
    *(
        Job(
            "20 outcomes, a g with BCa interval each", n, "scipy bootstrap x 20", lambda n=n: _many(n), _together,
            _one_by_one, _apart, promised=8 if n == 300 else None, runs=3,
        )
        for n in (100, 300, 1_000)
    ),
    *(
        Job(
            "BCa interval of a crowd, 100 resamples", n, "-", lambda n=n: _two_waves(n), _crowd, megabytes=300, runs=3,
            note="memory grows with the people, never with people x resamples (8 bytes x 1e8 for the largest); the "
            "time of 10,000 resamples is a hundred times this",
        )
        for n in (1_000, 10_000, 100_000, 1_000_000)
    ),
    *(
        Job(
            "BCa interval of a crowd, 10,000 resamples", n, "-", lambda n=n: _two_waves(n), _interval, megabytes=64,
            runs=1, note="all resamples at once would be 8 GB a column; the jackknife of scipy, n x n, 80 GB",
        )
        for n in (100_000,)
    ),
]  # fmt: skip
