"""The specification curve beside a loop over statsmodels' formulas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from benchmarks.job import Job
from rmstudy.methods.sensitivity import specification_curve


def _people(covariates: int) -> pd.DataFrame:
    """Three hundred people, everybody with both scores."""
    draw, n = np.random.default_rng(0), 300
    data = pd.DataFrame(draw.normal(0, 1, (n, covariates)), columns=[f"c{k}" for k in range(covariates)])
    arm = np.where(np.arange(n) % 2, "waiting", "programme")
    pre = draw.normal(50, 10, n)
    return data.assign(
        arm=arm, pre=pre, post=20 + 0.6 * pre + 3 * (arm == "programme") + draw.normal(0, 8, n)
    )


def _names(data: pd.DataFrame) -> list[str]:
    return [name for name in data.columns if name.startswith("c")]


def _ours(data: pd.DataFrame) -> Any:
    return np.array([row.estimate for row in specification_curve(data, covariates=_names(data)).estimates])


def _statsmodels(data: pd.DataFrame) -> Any:
    """The same analyses in the same order: all covariates, none, each one alone; changes; later scores only."""
    import statsmodels.formula.api as smf

    frame = data.assign(treated=(data["arm"] == "programme").astype(float), change=data["post"] - data["pre"])
    names = _names(data)
    sets = [names, [], *([name] for name in names)]
    formulas = [" + ".join(["post ~ treated", "pre", *some]) for some in sets]
    fits = [
        smf.ols(one, frame).fit(cov_type="HC2", use_t=True)
        for one in [*formulas, "change ~ treated", "post ~ treated"]
    ]
    return np.array([(fit.params["treated"], fit.conf_int())[0] for fit in fits])


def _apart(ours: Any, theirs: Any) -> float:
    return float(np.abs(ours - theirs).max())


def _job(covariates: int, seconds: float | None = None) -> Job:
    return Job(
        "specification curve", covariates + 4, "statsmodels formula", lambda: _people(covariates), _ours, _statsmodels,
        _apart, tolerance=1e-9, seconds=seconds, runs=3,
        note="the size is the number of specifications; statsmodels without the degrees of freedom of small samples, "
        "the tests of slopes and the caveats",
    )  # fmt: skip


JOBS: list[Job] = [_job(16), _job(46), _job(196, seconds=1)]
