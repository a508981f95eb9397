"""Fixtures shared by the tests."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import settings

# a slow machine is no failure; and continuous integration tries the same examples every time
settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")

ROOT = Path(__file__).resolve().parents[1]
ORACLE = Path(os.environ.get("RMSTUDY_ORACLE", ROOT.parent / "shared" / "oracle"))


@dataclass(frozen=True)
class Oracle:
    """Reference data sets with results from R; they stand outside the repository for their licences."""

    path: Path

    def data(self, name: str) -> pd.DataFrame:
        """One data set."""
        return pd.read_csv(self.path / "data" / f"{name}.csv", keep_default_na=False, na_values=[""])

    def records(self, case: str) -> dict[str, dict[str, Any]]:
        """The reference results of a case, by id."""
        content = json.loads((self.path / "expected" / f"{case}.json").read_text(encoding="utf-8"))
        return {record["id"]: record for record in content["results"]}

    def check(self, got: float | None, record: dict[str, Any], field: str = "estimate") -> None:
        """Hold a value against one field of a record, within the record's tolerance."""
        want = record[field]
        if record.get("expect_missing") or want is None or want == "NaN":
            assert got is None, f"{record['id']}: {got} where nothing is defined"
            return
        assert got is not None, f"{record['id']}.{field}: missing, should be {want}"
        tolerance = max(float(record["tol_rel"]) * abs(want), float(record.get("tol_abs") or 1e-12))
        if field == "p":
            tolerance = max(tolerance, 1e-9, 1e-6 * abs(want))
        if field == "df" and record.get("tol_df"):
            tolerance = max(tolerance, float(record["tol_df"]))
        assert abs(got - want) <= tolerance, f"{record['id']}.{field}: {got}, should be {want} ± {tolerance}"


@pytest.fixture(scope="session")
def oracle() -> Oracle:
    """The open oracle, or a skip when it is not beside the repository."""
    if not (ORACLE / "index.json").exists():
        pytest.skip("the reference data sets are not beside the repository (set RMSTUDY_ORACLE)")
    return Oracle(ORACLE)
