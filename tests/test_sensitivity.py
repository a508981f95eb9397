"""Regression to the mean by simulation; causes nobody measured: what must hold of any of them; refusals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest import approx

from rmstudy.errors import DesignError
from rmstudy.methods.comparison import adjusted_difference
from rmstudy.methods.proportions import odds_ratio, risk_ratio
from rmstudy.methods.sensitivity import e_value, regression_to_the_mean, robustness_value
from rmstudy.results import Estimate, Result

CHOSEN = pd.DataFrame({"pre": [31.0, 35.0, 38.0, 40.0, 41.0]})  # mean 37


def two_waves(stability, n=400_000, seed=11):
    """Two scores of everybody, mean 50 and SD 10 at both waves, without any programme."""
    rng = np.random.default_rng(seed)
    first, noise = rng.normal(size=(2, n))
    second = stability * first + np.sqrt(1 - stability**2) * noise
    return pd.DataFrame({"pre": 50 + 10 * first, "post": 50 + 10 * second})


@pytest.mark.parametrize(("stability", "share"), [(0.6, 1 / 3), (0.85, 1 / 3), (0.7, 1 / 2), (0.6, 1 / 5)])
def test_the_lowest_scorers_gain_this_much_without_a_programme(stability, share):
    people = two_waves(stability)
    chosen = people[people["pre"] <= people["pre"].quantile(share)]
    result = regression_to_the_mean(chosen, stability=stability, reference_mean=50)
    gain = (chosen["post"] - chosen["pre"]).mean()
    assert result.headline.estimate == approx(gain, abs=4 * 10 / np.sqrt(len(chosen)))
    assert gain > 1  # the simulated trap is there to be seen


def test_selection_by_another_score_lies_inside_the_band():
    people = two_waves(0.6)
    other = 0.5 * (people["pre"] - 50) / 10 + np.sqrt(0.75) * np.random.default_rng(3).normal(
        size=len(people)
    )
    chosen = people[other <= np.quantile(other, 1 / 3)]
    gain = (chosen["post"] - chosen["pre"]).mean()
    result = regression_to_the_mean(chosen, stability=0.6, reference_mean=50, selected_on="other")
    assert result.headline.conf_low == 0
    assert result.headline.conf_low < gain < result.headline.conf_high


def test_the_band_follows_the_stability():
    result = regression_to_the_mean(CHOSEN, stability=0.7, reference_mean=50, stability_interval=(0.55, 0.8))
    e = result.headline
    assert (e.estimate, e.conf_low, e.conf_high) == approx((0.3 * 13, 0.2 * 13, 0.45 * 13))
    assert (e.std_error, e.df, e.p_value, result.level) == (None, None, None, None)
    assert [note.code for note in result.notes] == ["rtm_selected_on_outcome", "rtm_band"]
    assert result.notes[1].text() == (
        "The limits 2.60 and 5.85 are a band of what could be expected, not a confidence interval."
    )


def test_an_assumed_band_says_so_and_stays_a_correlation():
    result = regression_to_the_mean(CHOSEN, stability=0.95, reference_mean=50)
    assert (result.headline.conf_low, result.headline.conf_high) == approx((0, 0.15 * 13))
    assert dict(result.notes[-1].params) == approx({"low": 0.85, "high": 1.0})
    assert result.notes[-1].code == "rtm_stability_assumed_band"


def test_high_scorers_fall_back():
    result = regression_to_the_mean(CHOSEN, stability=0.7, reference_mean=30, selected_on="other")
    e = result.headline
    assert (e.estimate, e.conf_low, e.conf_high) == approx((0.3 * -7, 0.4 * -7, 0))
    assert result.notes[0].code == "rtm_selected_otherwise"
    assert dict(result.notes[0].params)["full"] == approx(-2.1)


def test_who_is_counted():
    data = pd.DataFrame({"pre": [31, None, 40, None, 43]}, index=list("abcde"))
    result = regression_to_the_mean(data, stability=0.5, reference_mean=50)
    assert (dict(result.n), dict(result.dropped)) == ({"all": 3}, {"all": 2})
    assert result.headline.estimate == approx(0.5 * 12)


@given(
    stability=st.floats(0, 1),
    scale=st.floats(0.1, 100),
    shift=st.floats(-100, 100),
    selected_on=st.sampled_from(["outcome", "other"]),
)
def test_units_and_origin(stability, scale, shift, selected_on):
    base = regression_to_the_mean(CHOSEN, stability=stability, reference_mean=50, selected_on=selected_on)
    moved = regression_to_the_mean(
        CHOSEN * scale + shift,
        stability=stability,
        reference_mean=50 * scale + shift,
        selected_on=selected_on,
    )
    for name in ("estimate", "conf_low", "conf_high"):
        assert getattr(moved.headline, name) == approx(scale * getattr(base.headline, name), abs=1e-9)
    assert base.headline.conf_low <= base.headline.estimate <= base.headline.conf_high


@pytest.mark.parametrize("stability", [-0.1, 1.2, float("nan"), 70])
def test_impossible_stabilities_are_refused(stability):
    with pytest.raises(DesignError, match="not a test-retest correlation between 0 and 1"):
        regression_to_the_mean(CHOSEN, stability=stability, reference_mean=50)


@pytest.mark.parametrize("interval", [(0.8, 0.6), (0.75, 0.9), (0.5, 0.6), (-0.2, 0.9), (0.5, 1.1)])
def test_impossible_intervals_are_refused(interval):
    with pytest.raises(DesignError, match=r"must run from low to high .* around stability=0\.7"):
        regression_to_the_mean(CHOSEN, stability=0.7, reference_mean=50, stability_interval=interval)


def test_other_refusals():
    with pytest.raises(DesignError, match=r"selected_on='random' is unknown\. Allowed: outcome, other"):
        regression_to_the_mean(CHOSEN, stability=0.7, reference_mean=50, selected_on="random")
    with pytest.raises(DesignError, match="reference_mean=nan is not a number"):
        regression_to_the_mean(CHOSEN, stability=0.7, reference_mean=float("nan"))
    with pytest.raises(DesignError, match="There is no column 'before'"):
        regression_to_the_mean(CHOSEN, pre="before", stability=0.7, reference_mean=50)
    with pytest.raises(DesignError, match="more than one row"):
        regression_to_the_mean(pd.concat([CHOSEN, CHOSEN]), stability=0.7, reference_mean=50)


# --- causes nobody measured ------------------------------------------------------------------------------------

ratios = st.floats(0.02, 50)


def of(method, estimate, low=None, high=None, **more):
    row = Estimate("x", estimate, conf_low=low, conf_high=high, **more)
    return Result(
        method, "skill", "a difference", "points", (row,), 0.9, {"programme": 9, "waiting": 8}, {"waiting": 1}
    )


def numbers(result):
    return [e.estimate for e in result.estimates]


@given(ratio=ratios, low=st.floats(0.1, 1), high=st.floats(1, 10))
def test_a_ratio_and_its_inverse_have_the_same_e_value(ratio, low, high):
    for name in ("risk_ratio", "odds_ratio", "hazard_ratio"):
        one = e_value(**{name: ratio, "conf_low": ratio * low, "conf_high": ratio * high})
        other = e_value(**{name: 1 / ratio, "conf_low": 1 / (ratio * high), "conf_high": 1 / (ratio * low)})
        assert numbers(one)[:2] == approx(numbers(other)[:2], rel=1e-9, abs=1e-6)
        assert 1 <= numbers(one)[1] <= numbers(one)[0] * (1 + 1e-12)


@given(ratio=st.floats(1, 50))
def test_the_e_value_is_where_the_bounding_factor_reaches_the_ratio(ratio):
    # Ding & VanderWeele (2016): two equal risk ratios g can explain g²/(2g - 1) at most
    g = e_value(risk_ratio=ratio).headline.estimate
    assert g * g / (2 * g - 1) == approx(ratio, rel=1e-9)


@given(ratio=ratios)
def test_a_common_outcome_brings_a_ratio_nearer_to_one(ratio):
    rare, plain = e_value(odds_ratio=ratio, rare_outcome=True), e_value(risk_ratio=ratio)
    assert numbers(rare) == numbers(plain)
    for name in ("odds_ratio", "hazard_ratio"):
        assert e_value(**{name: ratio}).headline.estimate <= plain.headline.estimate


def test_no_difference_and_intervals_that_include_it():
    assert numbers(e_value(risk_ratio=1.0)) == [1, None, 1]
    assert numbers(e_value(standardised_difference=0.3, std_error=0.4))[1] == 1
    assert numbers(e_value(risk_ratio=0.8, conf_low=0.5, conf_high=1.1))[1] == 1
    # an interval open on the far side still has a nearer limit
    assert numbers(e_value(risk_ratio=3.9, conf_low=1.8))[1] == approx(3.0)
    assert (
        numbers(e_value(hazard_ratio=0.5, conf_high=0.8))[1]
        == numbers(e_value(hazard_ratio=0.5, conf_low=0.1, conf_high=0.8))[1]
    )


def test_below_one_the_upper_limit_is_the_nearer_one():
    found = numbers(e_value(risk_ratio=0.4, conf_low=0.2, conf_high=0.8))
    assert found[1] == approx(1.25 + np.sqrt(1.25 * 0.25))


def test_an_e_value_of_a_result_is_that_of_its_numbers():
    data = pd.DataFrame({"reached": [1] * 30 + [0] * 10 + [1] * 15 + [0] * 25,
                         "arm": ["programme"] * 40 + ["waiting"] * 40})  # fmt: skip
    for method, name in ((risk_ratio, "risk_ratio"), (odds_ratio, "odds_ratio")):
        result = method(data, outcome="reached")
        e = result.headline
        found = e_value(result)
        assert numbers(found) == numbers(
            e_value(**{name: e.estimate, "conf_low": e.conf_low, "conf_high": e.conf_high})
        )
        assert (found.outcome, found.level, found.n) == ("reached", 0.95, result.n)


@pytest.mark.parametrize("method", ["hedges_g", "glass_delta", "adjusted_g", "dppc2"])
def test_standardised_differences_are_known_by_their_method(method):
    result = of(method, 0.5, 0.2, 0.8)
    found = e_value(result)
    assert numbers(found)[2] == approx(np.exp(0.455))
    assert (found.estimates[2].conf_low, found.estimates[2].conf_high) == approx(
        (np.exp(0.182), np.exp(0.728))
    )
    assert (found.level, found.dropped) == (0.9, {"waiting": 1})


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({}, "Give one estimate"),
        ({"risk_ratio": 2, "odds_ratio": 3}, "Give one estimate"),
        ({"risk_ratio": -0.2}, "risk_ratio=-0.2 is not possible"),
        ({"odds_ratio": 0}, "above zero; 1 means no difference"),
        ({"standardised_difference": float("nan")}, "nan is not possible"),
        ({"risk_ratio": 2, "conf_low": 2.5, "conf_high": 3}, "do not enclose the estimate 2"),
        ({"risk_ratio": 2, "std_error": 0.1}, "std_error= goes with standardised_difference="),
        ({"standardised_difference": 1, "std_error": 0.1, "conf_low": 0.1}, "without limits"),
        ({"standardised_difference": 1, "std_error": 0}, "std_error=0 is not a standard error"),
    ],
)
def test_e_value_refusals(options, sentence):
    with pytest.raises(DesignError, match=sentence):
        e_value(**options)


def test_results_without_an_e_value():
    with pytest.raises(DesignError, match=r"cannot be read from 'mean_change'\. Allowed: risk_ratio"):
        e_value(of("mean_change", 2.0))
    with pytest.raises(DesignError, match="has no estimate"):
        e_value(of("risk_ratio", None))
    with pytest.raises(DesignError, match="Give one estimate"):
        e_value(of("risk_ratio", 2.0), risk_ratio=2)


@given(t=st.floats(-40, 40), df=st.floats(1.5, 1000), q=st.sampled_from([0.5, 1.0, 2.0]))
def test_robustness_values_are_shares_in_order(t, df, q):
    value, of_test, partial_r2 = numbers(robustness_value(statistic=t, df=df, q=q))
    assert 0 <= of_test <= value <= 1
    assert 0 <= partial_r2 <= 1
    assert numbers(robustness_value(statistic=-t, df=df, q=q)) == [value, of_test, partial_r2]
    f = q * abs(t) / np.sqrt(df)  # two causes of this strength take the estimate to (1 - q) of itself
    assert value * value / (1 - value) == approx(f * f, rel=1e-6, abs=1e-12)


def test_not_significant_now_is_not_robust_at_all():
    result = robustness_value(statistic=1.9, df=40)
    assert result.estimates[1].estimate == 0
    assert robustness_value(statistic=1.9, df=40, alpha=0.1).estimates[1].estimate > 0


def test_a_stricter_test_and_a_larger_share_are_more_robust():
    at = {
        alpha: robustness_value(statistic=4, df=50, alpha=alpha).estimates[1].estimate
        for alpha in (0.05, 0.01)
    }
    assert at[0.01] < at[0.05]
    assert (
        numbers(robustness_value(statistic=4, df=50, q=0.5))[0]
        < numbers(robustness_value(statistic=4, df=50))[0]
    )


def test_a_regression_gives_its_own_t_and_df():
    rng = np.random.default_rng(5)
    data = pd.DataFrame({"arm": np.repeat(["programme", "waiting"], 20), "pre": rng.normal(50, 10, 40)})
    data["post"] = data["pre"] + 6 * (data["arm"] == "programme") + rng.normal(0, 8, 40)
    result = adjusted_difference(data)
    e = result.headline
    assert numbers(robustness_value(result)) == numbers(robustness_value(statistic=e.statistic, df=e.df))
    slope = next(e for e in result.estimates if e.term == "slope of the starting score")
    assert numbers(robustness_value(result, term=slope.term)) == numbers(
        robustness_value(statistic=slope.statistic, df=slope.df)
    )
    assert robustness_value(result).n == result.n


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({}, "Give a result of a regression"),
        ({"statistic": 2.0}, "both statistic= and df="),
        ({"statistic": 2.0, "df": 1}, "df must exceed 1"),
        ({"statistic": float("inf"), "df": 10}, "cannot be judged"),
        ({"statistic": 2.0, "df": 10, "q": 0}, "q=0 is not a share"),
        ({"statistic": 2.0, "df": 10, "alpha": 5}, "alpha=5 is not a level"),
        ({"result": of("linear_model", 2.0)}, "'x' of 'linear_model' has no t statistic"),
        ({"result": of("linear_model", 2.0), "term": "dose"}, "No row is called 'dose'. Allowed: x"),
        ({"result": of("linear_model", 2.0), "df": 3}, "Give a result of a regression"),
    ],
)
def test_robustness_refusals(options, sentence):
    with pytest.raises(DesignError, match=sentence):
        robustness_value(**options)


@pytest.mark.parametrize(
    "call",
    [
        lambda: e_value([]),
        lambda: e_value(risk_ratio="2"),
        lambda: e_value(risk_ratio=1.5, conf_low="1"),
        lambda: e_value(standardised_difference=1.5, std_error="x"),
        lambda: robustness_value(5),
        lambda: robustness_value(statistic="2", df=20),
        lambda: robustness_value(statistic=2, df=20, q="all"),
        lambda: regression_to_the_mean(pd.DataFrame({"pre": [1.0]}), stability="high", reference_mean=5),
        lambda: regression_to_the_mean(pd.DataFrame({"pre": [1.0]}), stability=0.5, reference_mean=None),
        lambda: regression_to_the_mean(
            pd.DataFrame({"pre": [1.0]}), stability=0.5, reference_mean=5, stability_interval=0.4
        ),
    ],
)
def test_arguments_of_another_kind_are_refused(call):
    with pytest.raises(DesignError):
        call()
