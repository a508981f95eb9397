"""The wild cluster bootstrap: every fit made, patterns listed and drawn, and what is refused."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from pytest import approx

from rmstudy.errors import DesignError
from rmstudy.methods.regression import linear_model
from rmstudy.methods.resampling import wild_cluster_bootstrap


def departments(clusters=8, size=6, seed=0, effect=1.0):
    draw = np.random.default_rng(seed)
    unit = np.repeat(np.arange(clusters), size)
    arm, pre = (unit % 2).astype(float), draw.normal(50, 10, len(unit))
    post = 20 + 0.6 * pre + effect * arm + draw.normal(0, 2, clusters)[unit] + draw.normal(0, 4, len(unit))
    return pd.DataFrame({"unit": unit, "arm": arm, "pre": pre, "post": post})


def of(data, covariates=("arm", "pre"), **options):
    return wild_cluster_bootstrap(
        data, outcome="post", covariates=list(covariates), cluster="unit", **options
    )


def every_fit(data, covariates):
    """Each pattern of signs, each with a fit of its own."""
    x = np.column_stack([np.ones(len(data)), data[list(covariates)]])
    y, unit = data["post"].to_numpy(), pd.factorize(data["unit"])[0]
    (n, p), g = x.shape, unit.max() + 1
    bread = np.linalg.inv(x.T @ x)
    without = np.delete(x, 1, axis=1)
    fitted = without @ np.linalg.lstsq(without, y, rcond=None)[0]

    def t(values):
        b = bread @ x.T @ values
        scores = np.array([x[unit == k].T @ (values - x @ b)[unit == k] for k in range(g)])
        variance = bread @ scores.T @ scores @ bread * g / (g - 1) * (n - 1) / (n - p)
        return b[1], b[1] / np.sqrt(variance[1, 1])

    estimate, actual = t(y)
    drawn = [t(fitted + (y - fitted) * np.array(signs)[unit])[1] for signs in product([1, -1], repeat=g)]
    return estimate, actual, float((np.abs(drawn) >= abs(actual) * (1 - 1e-9)).mean())


@pytest.mark.parametrize("covariates", [("arm", "pre"), ("pre",), ("pre", "arm")])
@pytest.mark.parametrize("seed", [0, 1])
def test_every_fit_gives_the_same(covariates, seed):
    data = departments(seed=seed)
    found = of(data, covariates)
    row = found.headline
    assert (row.estimate, row.statistic, row.p_value) == approx(every_fit(data, covariates), rel=1e-9)
    assert row.std_error == approx(row.estimate / row.statistic)
    assert [note.code for note in found.notes] == ["wild_listed"]


def test_the_coefficient_is_that_of_the_model():
    data = departments()
    model = linear_model(data, outcome="post", covariates=["arm", "pre"], cluster="unit").headline
    assert of(data).headline.estimate == approx(model.estimate, rel=1e-12)


def test_drawn_patterns_scatter_around_the_listed_ones():
    data = departments(clusters=12, effect=2.0)
    p = of(data).headline.p_value
    drawn, again = (of(data, resamples=2000, seed=4) for _ in range(2))
    assert drawn == again
    assert drawn.headline.p_value == approx(p, abs=4 * np.sqrt(p * (1 - p) / 2000) + 1 / 2001)
    assert drawn.notes[-1].text() == (
        "2,000 patterns of signs of the clusters were drawn at random (seed 4); the smallest p-value that could "
        "come out is <0.001."
    )


def test_neither_units_nor_order_nor_names_matter():
    data = departments(effect=3.0)
    other = data.sample(frac=1, random_state=1).assign(
        unit=lambda d: "u" + d["unit"].astype(str),
        post=lambda d: 7 * d["post"] - 1e5,
        pre=lambda d: d["pre"] / 3,
    )
    mine, same = of(data).headline, of(other).headline
    assert (same.estimate, same.statistic, same.p_value) == approx(
        (7 * mine.estimate, mine.statistic, mine.p_value), rel=1e-8
    )


def test_false_alarms_of_ten_clusters():
    found = [
        of(departments(10, 4, seed, effect=0.0), resamples=199).headline.p_value for seed in range(1000, 1200)
    ]
    assert np.mean(np.array(found) <= 0.05) == approx(0.05, abs=3 * np.sqrt(0.05 * 0.95 / 200))


def test_few_clusters_on_a_side():
    data = departments(clusters=9)
    few = of(data.assign(arm=(data["unit"] < 3) * 1.0))
    assert [note.code for note in few.notes] == ["wild_few_on_a_side", "wild_listed"]
    alone = of(data.assign(arm=(data["unit"] < 1) * 1.0))
    assert [note.code for note in alone.notes] == ["few_clusters"]
    assert alone.headline.estimate is not None
    assert (alone.headline.p_value, alone.headline.std_error) == (None, None)


def test_people_left_out_are_counted():
    data = departments().astype({"unit": object})
    data.loc[0, "post"] = np.nan
    data.loc[1, "unit"] = None
    result = of(data)
    assert (dict(result.n), dict(result.dropped)) == ({"all": 46}, {"all": 2})
    assert [note.code for note in result.notes[:2]] == ["column_missing", "cluster_missing"]


@pytest.mark.parametrize(
    ("data", "options", "sentence"),
    [
        (departments(clusters=4), {}, "4 clusters in 'unit'"),
        (departments().assign(arm=1.0), {}, "'arm' is the same for everybody"),
        (departments(), {"covariates": ["arms"]}, "Did you mean 'arm'"),
        (departments(), {"covariates": "arm"}, "takes a list of columns"),
        (departments(), {"resamples": 5}, "too few for a p-value"),
    ],
)
def test_refusals(data, options, sentence):
    options = {"covariates": ["arm", "pre"]} | options
    with pytest.raises(DesignError, match=sentence):
        wild_cluster_bootstrap(data, outcome="post", cluster="unit", **options)
