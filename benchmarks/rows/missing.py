"""Multiple imputation beside statsmodels and scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from benchmarks.job import Job
from rmstudy.methods.missing import impute

MOST = 50  # imputations


def _holes(n: int, columns: int) -> pd.DataFrame:
    """Scores with one thing in common, a tenth of them lost anywhere."""
    draw = np.random.default_rng(n)
    scores = 50 + 7 * draw.normal(0, 1, n)[:, None] + draw.normal(0, 10, (n, columns))
    scores[draw.random((n, columns)) < 0.1] = np.nan
    return pd.DataFrame(scores, columns=[f"c{k}" for k in range(columns)])


def _means(frames: Any) -> Any:
    """Mean of each column over all imputations."""
    return np.mean([np.asarray(frame).mean(axis=0) for frame in frames], axis=0)


def _ours(data: pd.DataFrame) -> Any:
    return _means(impute(data, columns=list(data), imputations=MOST))


def _statsmodels(data: pd.DataFrame) -> Any:
    """One imputation: the burn-in of ten cycles that both others have, too."""
    from statsmodels.imputation.mice import MICEData

    np.random.seed(0)  # noqa: NPY002 - its generator is the global one
    chain = MICEData(data.copy())
    chain.update_all(11)
    return _means([chain.data[list(data)]])


def _sklearn(imputations: int) -> Any:
    def work(data: pd.DataFrame) -> Any:
        from sklearn.experimental import enable_iterative_imputer  # noqa: F401
        from sklearn.impute import IterativeImputer

        return _means(
            IterativeImputer(
                sample_posterior=True, max_iter=10, skip_complete=True, random_state=seed
            ).fit_transform(data)
            for seed in range(imputations)
        )

    return work


def _apart(ours: Any, theirs: Any) -> float:
    return float(np.abs(ours - theirs).max())


NOTE = (
    "largest difference of the columns' means, which spread by simulation (one imputation of the peer: about 0.5 "
    "points of a scale with SD 12); ten sweeps after the start, a chain for each imputation"
)


def _beside_statsmodels(n: int, columns: int, promised: float | None = None) -> Job:
    return Job(
        f"multiple imputation, {columns} columns, m = 50", n, "statsmodels MICE", lambda: _holes(n, columns), _ours,
        _statsmodels, _apart, tolerance=2.0, share=1 / MOST, promised=promised, runs=3, note=NOTE,
    )  # fmt: skip


def _beside_sklearn(n: int, columns: int, promised: float | None = None) -> Job:
    few = 2
    return Job(
        f"multiple imputation, {columns} columns, m = 50", n, "scikit-learn IterativeImputer",
        lambda: _holes(n, columns), _ours, _sklearn(few), _apart, tolerance=2.0, share=few / MOST, promised=promised,
        runs=3, note=NOTE,
    )  # fmt: skip


JOBS: list[Job] = [
    _beside_statsmodels(300, 10),
    _beside_statsmodels(300, 40, promised=200),
    _beside_sklearn(150, 40),
    _beside_sklearn(300, 40, promised=10),
    _beside_sklearn(600, 40),
]
