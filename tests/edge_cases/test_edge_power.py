"""Designs that no number of people, or of people alone, can save."""

import pytest

from rmstudy.errors import DesignError
from rmstudy.methods.power import power_adjusted, power_change, precision


def test_power_zero_effect():
    for solve in (power_change, power_adjusted):
        with pytest.raises(DesignError, match="effect=0: no number of people reaches any power"):
            solve(effect=0, correlation=0.5, power=0.8)


def test_power_below_alpha():
    for solve in (power_change, power_adjusted):
        with pytest.raises(DesignError, match=r"power=0\.03 is not possible: it must exceed alpha=0\.05"):
            solve(effect=0.5, correlation=0.5, power=0.03, alpha=0.05)
        with pytest.raises(DesignError, match="it must exceed alpha"):
            solve(correlation=0.5, n=40, power=0.05)


def test_power_n_below_2():
    with pytest.raises(DesignError, match="n=1: a test needs at least 2 people in each arm"):
        power_adjusted(effect=0.5, correlation=None, n=1)
    with pytest.raises(DesignError, match="n=1: a test needs at least 2 people"):
        power_change(effect=0.5, correlation=0.5, n=1)
    with pytest.raises(DesignError, match="at least 2 people in each arm"):
        precision(contrast="comparison", correlation=0.5, n=8, ratio=0.1)


def test_power_crt_one_cluster_per_arm():
    for m in (20, 2000):
        with pytest.raises(DesignError, match="at least 2 clusters in each arm, and adding people"):
            power_adjusted(effect=0.5, correlation=None, n=m, cluster_size=m, icc=0.1)
