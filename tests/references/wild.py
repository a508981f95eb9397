"""Wild cluster bootstrap-t by wildboottest 0.3.2: every pattern of signs, the null imposed, CR1 errors.

Usage: python tests/references/wild.py, which writes wild.csv. The package counts resamples beyond the actual t; with
every pattern among them the actual one and its mirror tie with it, and are counted here, from its own t.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from validation.resampling import WILD, wild_data  # noqa: E402 - the tests are no package of the project


def reference(data: pd.DataFrame, outcome: str, covariates: list[str], cluster: str) -> tuple[float, float]:
    """t and p of the first covariate."""
    from wildboottest.wildboottest import WildboottestCL  # of the benchmarks' extra

    x = np.column_stack([data[covariates].to_numpy(float), np.ones(len(data))])
    boot = WildboottestCL(
        X=x, Y=data[outcome].to_numpy(float), cluster=data[cluster].to_numpy(), R=np.eye(x.shape[1])[0], B=9_999,
        seed=1, parallel=False,
    )  # fmt: skip
    boot.get_scores(bootstrap_type="11", impose_null=True)
    _, patterns, listed = boot.get_weights(weights_type="rademacher")
    if not listed or patterns != 2 ** data[cluster].nunique():
        raise ValueError("not every pattern is there")
    boot.get_numer()
    boot.get_denom()
    boot.get_tboot()
    boot.get_vcov()
    boot.get_tstat()
    return float(boot.t_stat), float(np.mean(np.abs(boot.t_boot) >= abs(boot.t_stat) * (1 - 1e-9)))


if __name__ == "__main__":
    rows = [(name, *reference(wild_data(model), *model[1:])) for name, model in WILD.items()]
    pd.DataFrame(rows, columns=["model", "t", "p"]).to_csv(HERE / "wild.csv", index=False)
