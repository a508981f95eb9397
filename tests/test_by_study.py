"""Many studies in one pass: the same numbers as one by one, and the same refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rmstudy.errors import DesignError
from rmstudy.methods.comparison import (
    adjusted_difference,
    adjusted_difference_by,
    hedges_g,
    hedges_g_by,
)

COLUMNS = ["estimate", "std_error", "df", "conf_low", "conf_high"]


def many(studies: int = 60, seed: int = 0) -> pd.DataFrame:
    """Studies of ten to sixty people, in mixed order, some answers missing."""
    draw = np.random.default_rng(seed)
    of = np.repeat(np.arange(studies), draw.integers(10, 60, studies))
    n = len(of)
    pre = draw.normal(50, 10, n).round(1)
    treated = draw.random(n) < 0.5
    post = 0.6 * pre + draw.normal(0, 6, n) + 5 * treated + of % 7
    frame = pd.DataFrame(
        {
            "study": [f"s{i}" for i in of],
            "arm": np.where(treated, "programme", "waiting"),
            "pre": pre,
            "post": post,
        }
    )
    frame.loc[draw.random(n) < 0.1, "post"] = np.nan
    frame.loc[draw.random(n) < 0.05, "pre"] = np.nan
    return frame.sample(frac=1, random_state=seed, ignore_index=True)


def awkward() -> pd.DataFrame:
    """Studies that are not plain: one arm, a constant start, one person in an arm, a perfect fit, nobody."""
    rows = [
        ("one arm", ["programme"] * 5, [1, 2, 3, 4, 5], [2, 4, 3, 5, 6]),
        ("constant start", ["programme"] * 4 + ["waiting"] * 4, [3] * 8, [1, 3, 2, 5, 2, 1, 2, 1]),
        ("one in an arm", ["programme"] + ["waiting"] * 5, [1, 2, 3, 4, 5, 7], [2, 4, 3, 5, 6, 6]),
        ("perfect", ["programme"] * 4 + ["waiting"] * 4, range(8), [x + 2 * (x < 4) for x in range(8)]),
        ("nobody", ["programme", "waiting"], [np.nan, 1], [1, np.nan]),
        (
            "three arms",
            ["programme", "waiting", "other"] * 4,
            range(12),
            [5, 3, 4, 6, 5, 3, 9, 1, 4, 4, 2, 6],
        ),
    ]
    return pd.concat(
        [
            pd.DataFrame({"study": name, "arm": arm, "pre": list(pre), "post": list(post)})
            for name, arm, pre, post in rows
        ],
        ignore_index=True,
    ).astype({"pre": float, "post": float})


@pytest.mark.parametrize(
    ("together", "alone"), [(adjusted_difference_by, adjusted_difference), (hedges_g_by, hedges_g)]
)
def test_each_study_has_the_numbers_it_has_alone(together, alone):
    data = pd.concat([many(), awkward()], ignore_index=True)
    table = together(data)
    assert list(table.index) == list(dict.fromkeys(data["study"]))
    refused = 0
    for name, frame in data.groupby("study"):
        row = table.loc[name]
        try:
            one = alone(frame.reset_index(drop=True))
        except DesignError as error:
            assert row["reason"] == str(error)
            assert row[COLUMNS].isna().all()
            refused += 1
            continue
        assert row["reason"] is None
        assert [row["n_programme"], row["n_comparison"]] == list(one.n.values())
        assert row["dropped"] == sum(one.dropped.values())
        wanted = [getattr(one.headline, column) for column in COLUMNS]
        wanted = [np.nan if value is None else value for value in wanted]
        np.testing.assert_allclose(row[COLUMNS].to_numpy(float), wanted, rtol=1e-10, atol=1e-12)
    assert refused >= 2


def test_the_order_of_rows_does_not_matter():
    data = many()
    one, other = adjusted_difference_by(data), adjusted_difference_by(data.iloc[::-1])
    pd.testing.assert_frame_equal(one, other.loc[one.index], rtol=1e-10)


def test_studies_with_clusters_are_judged_with_clusters():
    data = many(6)
    data["pair"] = [f"{study}-{i}" for i, study in enumerate(data["study"])]
    within = data["study"] == "s2"
    data.loc[within, "pair"] = [f"p{i // 2}" for i in range(int(within.sum()))]
    table = adjusted_difference_by(data, cluster="pair")
    frame = data[within].reset_index(drop=True)
    alone = adjusted_difference(frame, cluster="pair").headline
    assert table.loc["s2", "std_error"] == pytest.approx(alone.std_error, rel=1e-12)
    assert table.loc["s1", "std_error"] == pytest.approx(
        adjusted_difference_by(data).loc["s1", "std_error"], rel=1e-10
    )


def test_a_person_without_a_study_is_refused():
    data = many(3)
    data.loc[4, "study"] = None
    with pytest.raises(DesignError, match="1 people have no study"):
        adjusted_difference_by(data)
