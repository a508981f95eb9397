"""Too few cohorts, impossible variances, unknown options."""

import numpy as np
import pandas as pd
import pytest
from pytest import approx

from rmstudy.errors import DesignError
from rmstudy.methods.synthesis import leave_one_out, random_effects


def cohorts(effects, variances):
    return pd.DataFrame({"estimate": effects, "std_error": np.sqrt(variances)})


def codes(result):
    return [note.code for note in result.notes]


def test_meta_k1():
    result = random_effects(cohorts([0.4], [0.05]))
    e = result.headline
    assert (e.estimate, e.std_error, e.df) == (approx(0.4), approx(0.223606797749979), None)
    rest = {row.term: row.estimate for row in result.estimates[1:]}
    assert set(rest.values()) == {None}
    assert {"tau²", "I² (percent)", "a new cohort (normal error)"} <= set(rest)
    assert "cohorts_one" in codes(result)
    assert "Hartung" not in e.term


def test_meta_k2():
    result = random_effects(cohorts([0.2, 0.8], [0.04, 0.05]))
    rows = {row.term: row for row in result.estimates}
    assert result.headline.estimate == approx(0.491666666666667, abs=1e-5)
    assert result.headline.df == 1
    assert (result.headline.conf_low, result.headline.conf_high) == (approx(-3.3187238), approx(4.3020572))
    assert rows["tau²"].estimate == approx(0.135, abs=1e-5)
    for term in ("a new cohort (Hartung-Knapp error)", "a new cohort (normal error)"):
        assert (rows[term].conf_low, rows[term].conf_high, rows[term].df) == (None, None, None)
    assert {"few_cohorts", "no_prediction"} <= set(codes(result))
    with pytest.raises(DesignError, match="leaving one out needs at least three"):
        leave_one_out(cohorts([0.2, 0.8], [0.04, 0.05]))


def test_meta_zero_variance():
    with pytest.raises(DesignError, match="zero, negative or missing for '1'"):
        random_effects(cohorts([0.2, 0.5, 0.3], [0.04, 0, 0.05]))


def test_meta_negative_variance():
    data = cohorts([0.2, 0.5, 0.3], [0.04, 0.01, 0.05])
    data.loc[1, "std_error"] = -0.1
    with pytest.raises(DesignError, match="must be above 0"):
        random_effects(data)
    data.loc[1, "std_error"] = np.nan  # the root of a negative variance
    with pytest.raises(DesignError, match="must be above 0"):
        random_effects(data)


def test_meta_pi_type_silently_ignored():
    with pytest.raises(TypeError, match="unexpected keyword argument 'pi_type'"):
        random_effects(cohorts([0.2, 0.5, 0.3], [0.04, 0.01, 0.05]), pi_type="Riley")
