"""Members of dyads: invariances, counts, refusals, people in several dyads."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx

from rmstudy.errors import DesignError
from rmstudy.methods.dyads import actor_partner, pair_similarity
from rmstudy.methods.mixed import mixed_model

FIELDS = ("estimate", "std_error", "df", "p_value", "conf_low", "conf_high")


def pairs(n=20, seed=4):
    """Pairs of a mentee and a mentor, alternating."""
    rng = np.random.default_rng(seed)
    pre = rng.normal(50, 10, (n, 2))
    post = 10 + 0.6 * pre + 0.3 * pre[:, ::-1] + rng.normal(0, 4, (n, 1)) + rng.normal(0, 5, (n, 2))
    return pd.DataFrame({
        "pair_id": np.repeat(np.arange(n), 2),
        "role": ["mentee", "mentor"] * n,
        "pre": pre.ravel(),
        "post": post.ravel(),
        "age": rng.integers(25, 60, 2 * n),
        "meetings": np.repeat(rng.integers(1, 12, n), 2),
    })  # fmt: skip


def effects(data, **told):
    return actor_partner(data, **({"outcome": "post", "predictor": "pre"} | told))


def value(result, term):
    return next(e for e in result.estimates if e.term == term)


def codes(result):
    return {note.code for note in result.notes}


def numbers(result):
    return {
        e.term: [np.nan if (v := getattr(e, name)) is None else v for name in FIELDS]
        for e in result.estimates
    }


def same(a, b, rel=1e-7):
    assert list(a) == list(b)
    for term in a:
        assert a[term] == approx(b[term], rel=rel, abs=1e-9, nan_ok=True), term


# invariances


@pytest.mark.parametrize("told", [{}, {"role": "role"}, {"covariates": ["age", "meetings"]}])
def test_row_order_and_order_of_members_do_not_matter(told):
    data = pairs()
    same(numbers(effects(data.sample(frac=1, random_state=2), **told)), numbers(effects(data, **told)))


def test_exchangeable_members_may_be_swapped_in_some_pairs():
    data = pairs()
    order = np.arange(len(data)).reshape(-1, 2)
    order[::3] = order[::3, ::-1]
    same(numbers(effects(data.iloc[order.ravel()])), numbers(effects(data)))


def test_the_order_of_roles_is_that_of_the_categories():
    data = pairs()
    turned = data.assign(role=pd.Categorical(data["role"], ["mentor", "mentee"]))
    a, b = effects(data, role="role"), effects(turned, role="role")
    assert a.headline.term == "actor effect, mentee"
    assert b.headline.term == "actor effect, mentor"
    assert value(b, "actor effect, mentor minus mentee").estimate == approx(
        -value(a, "actor effect, mentee minus mentor").estimate
    )
    for term in ("actor effect, mentee", "partner effect on mentor", "actor effect, average of both roles"):
        assert numbers(a)[term] == approx(numbers(b)[term], nan_ok=True)


@pytest.mark.parametrize("told", [{}, {"role": "role"}])
def test_units_go_through(told):
    data = pairs()
    other = data.assign(post=100 + 7 * data["post"], pre=3 * data["pre"] - 5)
    a, b = effects(data, **told), effects(other, **told)
    for e, f in zip(a.estimates[:4], b.estimates[:4], strict=True):
        assert f.estimate == approx(7 / 3 * e.estimate)
        assert (f.df, f.p_value) == approx((e.df, e.p_value))


def test_a_mixed_model_agrees_where_partners_are_alike():
    data = pairs()
    found = effects(data)
    other = data["pre"].to_numpy().reshape(-1, 2)[:, ::-1].ravel()
    mixed = mixed_model(
        data.assign(other=other), outcome="post", covariates=["pre", "other"], cluster="pair_id"
    )
    assert value(found, "residual intraclass correlation").estimate > 0
    for term, name in (("actor effect", "pre"), ("partner effect", "other"), ("intercept", "intercept")):
        assert numbers(found)[term] == approx(numbers(mixed)[name], rel=1e-6)


@settings(max_examples=30)
@given(st.integers(0, 10_000))
def test_partner_plus_actor_is_the_regression_of_the_means(seed):
    data = pairs(n=6, seed=seed)
    found = effects(data)
    means = data.groupby("pair_id")[["pre", "post"]].mean()
    slope = np.polyfit(means["pre"], means["post"], 1)[0]
    assert value(found, "actor effect").estimate + value(found, "partner effect").estimate == approx(slope)
    assert value(found, "actor plus partner (between dyads)").estimate == approx(slope)


# who is counted


def test_a_dyad_with_a_missing_value_is_left_out_whole():
    data = pairs()
    data.loc[0, "post"] = data.loc[5, "pre"] = np.nan
    alone = pd.DataFrame({"pair_id": [np.nan], "role": ["mentor"], "pre": [3.0], "post": [4.0]})
    found = effects(pd.concat([data, alone], ignore_index=True), role="role")
    assert found.n == {"mentee": 18, "mentor": 18}
    assert found.dropped == {"mentee": 2, "mentor": 3}
    note = next(note for note in found.notes if note.code == "dyad_incomplete")
    assert dict(note.params) == {"n": 2, "columns": ("post", "pre")}
    assert "cluster_missing" in codes(found)
    kept = data[~data["pair_id"].isin([0, 2])]
    same(numbers(found), numbers(effects(kept, role="role")))


def mentors_twice():
    """Every mentor has two mentees, and the same scores in both pairs."""
    data = pairs(n=24).assign(person=lambda one: [f"{role}{i}" for i, role in enumerate(one["role"])])
    first = data.index[(data["role"] == "mentor")]
    for a, b in zip(first[::2], first[1::2], strict=True):
        data.loc[b, ["person", "pre", "post"]] = data.loc[a, ["person", "pre", "post"]].to_numpy()
    return data


@pytest.mark.parametrize("told", [{}, {"role": "role"}])
def test_somebody_in_several_dyads_is_one_person(told):
    data = mentors_twice()
    found, naive = effects(data, person="person", **told), effects(data, **told)
    assert sum(found.n.values()) == 36
    assert "person_in_several_dyads" in codes(found)
    assert "person_in_several_dyads" not in codes(naive)
    assert [e.estimate for e in found.estimates[:4]] == approx([e.estimate for e in naive.estimates[:4]])
    assert found.headline.df < naive.headline.df
    same(numbers(effects(data.set_index("person"), **told)), numbers(found))


def test_row_numbers_of_two_tables_are_not_people():
    data = pairs()
    sides = [one.reset_index(drop=True) for _, one in data.groupby("role")]
    found = effects(pd.concat(sides), role="role")
    assert "person_in_several_dyads" not in codes(found)
    same(numbers(found), numbers(effects(data, role="role")))


@pytest.mark.parametrize("told", [{}, {"role": "role"}])
def test_without_two_unconnected_groups_there_is_no_error(told):
    data = pairs(n=8).assign(person=["hub" if i % 2 else f"E{i}" for i in range(16)])
    found = effects(data, person="person", **told)
    assert "all_dyads_joined" in codes(found)
    assert found.headline.estimate is not None
    assert all(e.p_value is None and e.conf_low is None for e in found.estimates)


# what cannot be said


@pytest.mark.parametrize("told", [{}, {"role": "role"}])
def test_a_perfect_fit_has_no_errors(told):
    data = pairs()
    other = data["pre"].to_numpy().reshape(-1, 2)[:, ::-1].ravel()
    found = effects(data.assign(post=1 + 2 * data["pre"] - other), **told)
    assert [found.headline.estimate, found.headline.p_value] == [approx(2), None]
    assert "no_residual_spread" in codes(found)


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"predictor": "prae"}, "no column 'prae'"),
        ({"predictor": "meetings"}, "does not vary within dyads"),
        ({"predictor": "split"}, "adds up to the same in every dyad"),
        ({"predictor": "post"}, "named twice"),
        ({"predictor": "one"}, "same for everybody"),
        ({"predictor": "kind", "role": "role"}, "same for all members of one role"),
        ({"covariates": "age"}, "covariates takes a list"),
        ({"role": "three"}, "has 3 roles"),
        ({"dyad": "person"}, "do not have two members"),
        ({"person": "pair_id"}, "Nobody is their own partner"),
        ({"covariates": ["twice"]}, "cannot be told apart"),
        ({"level": 1.2}, "not a confidence level"),
    ],
)
def test_refused(told, sentence):
    data = pairs().assign(
        split=lambda one: np.where(one["role"] == "mentee", one["meetings"], 12 - one["meetings"]),
        one=1.0,
        kind=lambda one: np.where(one["role"] == "mentee", one["pre"], 4.0),
        three=["a", "b", "c", "b"] * 10,
        person=range(40),
        twice=lambda one: 2 * one["pre"],
    )
    with pytest.raises(DesignError, match=sentence):
        effects(data, **told)


def test_too_few_dyads_are_refused():
    with pytest.raises(DesignError, match="Use fewer covariates"):
        effects(pairs(n=2), role="role")


def test_as_many_dyads_as_coefficients_leave_no_error():
    found = effects(pairs(n=3), role="role")
    assert "no_residual_df" in codes(found)
    assert all(e.std_error is None for e in found.estimates)


# likeness


def test_likeness_is_that_of_an_exchangeable_model_without_effects():
    # units and order do not matter, and the interval turns with the members' likeness
    data = pairs()
    a = pair_similarity(data, outcome="post")
    b = pair_similarity(data.sample(frac=1, random_state=3).assign(post=9 - 4 * data["post"]), outcome="post")
    for field in ("estimate", "conf_low", "conf_high"):
        assert getattr(a.headline, field) == approx(getattr(b.headline, field))


def test_the_interval_of_likeness_covers():
    rng = np.random.default_rng(6)
    hits = 0
    for _ in range(120):
        scores = 0.6**0.5 * rng.normal(size=(15, 1)) + 0.4**0.5 * rng.normal(size=(15, 2))
        data = pd.DataFrame({"y": scores.ravel(), "pair_id": np.repeat(range(15), 2)})
        found = pair_similarity(data, outcome="y").headline
        hits += found.conf_low <= 0.6 <= found.conf_high
    assert hits / 120 >= 0.9


def test_those_alone_say_nothing_about_likeness():
    data = pairs()
    data.loc[0, "post"] = np.nan
    more = pd.DataFrame({"pair_id": [99, np.nan], "post": [1.0, 2.0]})
    found = pair_similarity(pd.concat([data, more], ignore_index=True), outcome="post")
    assert (found.n, found.dropped) == ({"all": 38}, {"all": 4})
    assert {"column_missing", "cluster_missing", "alone_in_group"} <= codes(found)
    assert found.headline == pair_similarity(data[data["pair_id"] > 0], outcome="post").headline


def test_unequal_groups_and_shared_people_are_said():
    data = pairs().iloc[:-1].assign(pair_id=lambda one: one["pair_id"] // 2)
    assert "unequal_groups" in codes(pair_similarity(data, outcome="post"))
    twice = pair_similarity(mentors_twice().set_index("person"), outcome="post")
    assert "same_people_in_groups" in codes(twice)
    assert twice.n == {"all": 36}


@pytest.mark.parametrize(
    ("scores", "code"), [([3, 3, 3, 3], "no_spread"), ([1, 1, 2, 2], "interval_degenerate")]
)
def test_no_spread_between_or_within(scores, code):
    found = pair_similarity(pd.DataFrame({"y": scores, "pair_id": [1, 1, 2, 2]}), outcome="y")
    assert code in codes(found)
    assert found.headline.conf_low is None


def test_one_group_is_refused():
    with pytest.raises(DesignError, match="one group with two members only"):
        pair_similarity(pd.DataFrame({"y": [1, 2], "pair_id": [1, 1]}), outcome="y")


@pytest.mark.parametrize("told", [{"role": "role"}, {}])
def test_a_predictor_far_from_zero_has_the_same_effects(told):
    data = pairs()
    near = effects(data, **told)
    far = effects(data.assign(pre=data["pre"] + 1e8), **told)
    for one, other in zip(near.estimates, far.estimates, strict=True):
        if "effect" in one.term and "equal" not in one.term:
            assert (other.estimate, other.std_error) == approx((one.estimate, one.std_error), rel=1e-5), (
                one.term
            )


def test_partners_with_one_outcome_leave_nothing_to_compare_between_the_roles():
    data = pairs()
    shared = data.assign(post=data.groupby("pair_id")["post"].transform("first"))
    result = effects(shared, role="role")
    assert not any("equal" in e.term for e in result.estimates)
    assert all(e.p_value is None or 0 <= e.p_value <= 1 for e in result.estimates)


def test_equal_effects_are_found_unequal_by_chance_about_as_often_as_said():
    rng, found = np.random.default_rng(12), []
    for _ in range(150):
        noise = pairs(n=8).assign(pre=rng.normal(size=16), post=rng.normal(size=16))
        result = effects(noise, role="role")
        found.append(
            [
                value(result, f"both effects equal in both roles ({kind})").p_value < 0.05
                for kind in ("F", "Wald")
            ]
        )
    by_f, by_wald = np.mean(found, axis=0)
    assert by_f < 0.11 < by_wald + 0.03


@pytest.mark.parametrize("name", ["actor", "partner", "intercept"])
def test_a_covariate_with_the_name_of_a_row_is_refused(name):
    data = pairs()
    data[name] = np.arange(len(data)) % 7.0
    with pytest.raises(DesignError, match="name of a row"):
        effects(data, role="role", covariates=[name])
