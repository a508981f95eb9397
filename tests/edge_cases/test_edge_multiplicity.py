"""P-values that are missing, impossible, or not there at all."""

import numpy as np
import pytest
from pytest import approx

from rmstudy.errors import DesignError
from rmstudy.methods.multiplicity import benjamini_hochberg, holm


def test_padjust_na():
    # a missing p is no test: two are counted (statsmodels counts three, and gives nothing for BH)
    adjusted = holm([0.01, 0.04, None])["adjusted"]
    assert adjusted.tolist()[:2] == approx([0.02, 0.04], abs=1e-12)
    assert np.isnan(adjusted.iloc[2])
    adjusted = benjamini_hochberg([0.01, 0.04, None])["adjusted"]
    assert adjusted.tolist()[:2] == approx([0.02, 0.04], abs=1e-12)
    assert np.isnan(adjusted.iloc[2])


def test_padjust_out_of_range():
    for adjust in (holm, benjamini_hochberg):
        with pytest.raises(DesignError, match=r"these do not: 1: 1\.2, 2: -0\.1"):
            adjust([0.01, 1.2, -0.1])


def test_padjust_empty():
    for adjust in (holm, benjamini_hochberg):
        table = adjust([])
        assert (len(table), list(table.columns)) == (0, ["p_value", "adjusted"])
