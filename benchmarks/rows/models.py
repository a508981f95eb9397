"""Mixed models beside statsmodels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from benchmarks.job import Job
from rmstudy.methods.mixed import mixed_model


def _rows(groups: int, size: int) -> pd.DataFrame:
    draw = np.random.default_rng(groups)
    group = np.repeat(np.arange(groups), size)
    x = draw.normal(0, 1, groups * size)
    y = 50 + 2 * x + draw.normal(0, 5, groups)[group] + draw.normal(0, 8, groups * size)
    return pd.DataFrame({"group": group, "x": x, "y": y})


def _ours(data: pd.DataFrame) -> Any:
    found = mixed_model(data, outcome="y", covariates=["x"], cluster="group")
    parts = {row.term: row.estimate for row in found.estimates}
    return np.array([parts["x"], parts["variance between clusters"], parts["residual variance"]])


def _statsmodels(data: pd.DataFrame) -> Any:
    from statsmodels.regression.mixed_linear_model import MixedLM

    x = np.column_stack([np.ones(len(data)), data["x"]])
    fit = MixedLM(data["y"].to_numpy(), x, groups=data["group"].to_numpy()).fit(reml=True)
    return np.array([fit.params[1], float(np.asarray(fit.cov_re).item()), fit.scale])


def _apart(ours: Any, theirs: Any) -> float:
    return float(np.abs(ours / theirs - 1).max())


NOTE = (
    "slope and both variances; statsmodels stops its search at some four to six digits, Newton's method goes to the "
    "last, and agrees with lme4"
)


def _job(groups: int, size: int, promised: float | None = None) -> Job:
    return Job(
        f"random intercept, REML, groups of {size}", groups, "statsmodels MixedLM", lambda: _rows(groups, size), _ours,
        _statsmodels, _apart, tolerance=1e-3, promised=promised, note=NOTE,
    )  # fmt: skip


JOBS: list[Job] = [
    _job(300, 2),
    _job(3_000, 2),
    _job(10_000, 2, promised=200),
    _job(50, 20),
    _job(150, 20),
    _job(500, 20),
]
