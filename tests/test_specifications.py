"""The curve is made of analyses that anybody can repeat one by one."""

import pandas as pd
import pytest
from pytest import approx
from reference import HERE

from rmstudy.errors import DesignError
from rmstudy.methods.comparison import adjusted_difference, difference_in_differences, post_difference
from rmstudy.methods.missing import attrition_weights, impute, pool
from rmstudy.methods.regression import linear_model
from rmstudy.methods.sensitivity import specification_curve

ARM = {"programme": "mentored"}


@pytest.fixture(scope="module")
def people():
    """Forty-two made-up people of whom every seventh was lost."""
    data = pd.read_csv(HERE / "two_arms.csv", index_col="person_id")
    return data.assign(post=data["post"].mask([i % 7 == 3 for i in range(len(data))]))


@pytest.fixture(scope="module")
def curve(people):
    return specification_curve(people, covariates=["age"], imputations=5, **ARM)


def row(result, term):
    return next(e for e in result.estimates if e.term == term)


def same(e, other):
    assert (e.estimate, e.std_error, e.conf_low, e.conf_high) == approx(
        (other.estimate, other.std_error, other.conf_low, other.conf_high), rel=1e-9
    )


def test_complete_cases_are_the_public_comparisons(people, curve):
    same(curve.headline, adjusted_difference(people, covariates=["age"], **ARM).headline)
    assert curve.headline.term == "adjusted (age); complete cases"
    same(row(curve, "adjusted; complete cases"), adjusted_difference(people, **ARM).headline)
    same(
        row(curve, "difference of changes; complete cases"), difference_in_differences(people, **ARM).headline
    )
    same(row(curve, "later scores only; complete cases"), post_difference(people, **ARM).headline)


def test_imputed_is_pooled_from_frames_imputed_within_arms(people, curve):
    frames = impute(people, columns=["post"], predictors=["pre", "age"], arm="arm", imputations=5)
    for term, method in (("later scores only", post_difference), ("adjusted", adjusted_difference)):
        same(row(curve, f"{term}; imputed"), pool([method(frame, **ARM) for frame in frames]).headline)


def test_weighted_stands_for_those_who_left(people, curve):
    weights = attrition_weights(people, covariates=["pre", "age"], arm="arm")
    weighted = people.join(weights).assign(treated=people["arm"].eq("mentored").astype(float))
    model = linear_model(weighted[weighted["stayed"]], outcome="post", covariates=["treated", "pre"],
                         weights="stabilised_weight", errors="hc2")  # fmt: skip
    same(row(curve, "adjusted; weighted"), model.headline)


def test_nobody_lost_leaves_one_rule(people):
    curve = specification_curve(people.dropna(), **ARM)
    assert [e.term for e in curve.estimates] == [
        "adjusted; complete cases",
        "difference of changes; complete cases",
        "later scores only; complete cases",
    ]


def test_another_question_stands_apart_and_is_not_counted(people):
    plain = specification_curve(people, imputations=5, **ARM)
    older = specification_curve(people, imputations=5, apart={"older": people[people["age"] > 50]}, **ARM)
    assert older.estimates[:-1] == plain.estimates
    assert older.estimates[-1].term == "another question: older"
    same(older.estimates[-1], adjusted_difference(people[people["age"] > 50], **ARM).headline)
    assert older.notes == plain.notes


def test_the_planned_analysis_comes_first(people):
    curve = specification_curve(people, estimator="difference_in_differences", imputations=5, **ARM)
    assert curve.headline.term == "difference of changes; complete cases"
    assert len({e.term for e in curve.estimates}) == len(curve.estimates) == 9


def test_the_note_counts_signs_and_clear_intervals(curve):
    note = curve.notes[-1]
    values = [e.estimate for e in curve.estimates]
    assert dict(note.params) == {
        "n": len(values),
        "low": min(values),
        "high": max(values),
        "same": sum(value * values[0] > 0 for value in values),
        "clear": sum(e.conf_low > 0 or e.conf_high < 0 for e in curve.estimates),
    }


def test_a_rule_that_cannot_be_had_is_said(people):
    # everybody beyond 55 was lost: no weight can stand for them
    old = (people["age"] > 55).astype(float)
    data = people.assign(old=old, post=people["post"].mask(old == 1))
    curve = specification_curve(data, imputations=5, covariates=["old"], **ARM)
    refused = [dict(note.params)["analysis"] for note in curve.notes if note.code == "specification_refused"]
    assert "weighted" in refused
    assert not [e for e in curve.estimates if e.term.endswith("weighted")]


def test_the_order_of_rows_does_not_matter_without_draws(people):
    shuffled = specification_curve(people.sample(frac=1, random_state=3), imputations=5, **ARM)
    plain = specification_curve(people, imputations=5, **ARM)
    for e in plain.estimates:
        if not e.term.endswith("imputed"):
            same(row(shuffled, e.term), e)


def test_refusals(people):
    with pytest.raises(DesignError, match="estimator='ancova' is not known"):
        specification_curve(people, estimator="ancova", **ARM)
    with pytest.raises(DesignError, match="No arm in 'arm' is called 'programme'"):
        specification_curve(people)
