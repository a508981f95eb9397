"""The simulations with known truth: what they promise, and that they can be run again."""

from __future__ import annotations

import csv
import importlib.util
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"
SPEC = importlib.util.spec_from_file_location("benchmarks_coverage", BENCHMARKS / "coverage.py")
simulation = importlib.util.module_from_spec(SPEC)
sys.modules[SPEC.name] = simulation  # dataclasses look their module up
SPEC.loader.exec_module(simulation)

DESIGNS = [(name, simulation.OneGroup) for name in simulation.ONE_GROUP]
DESIGNS += [(name, simulation.TwoGroups) for name in simulation.TWO_GROUPS]
METHODS = simulation.ONE_GROUP | simulation.TWO_GROUPS


def table(name: str) -> list[dict[str, str]]:
    """A stored table."""
    with (BENCHMARKS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("name", ["coverage_one_group", "coverage_two_groups"])
def test_the_stored_coverage_keeps_its_promise(name):
    rows = [row for row in table(name) if row["scores"] == "normal"]
    assert {row["method"].strip("`") for row in rows} <= set(METHODS)
    for row in rows:
        # .94 to .96, and twice the simulation's error for the extremes of nine cells
        assert 0.94 <= float(row["mean"]) <= 0.96, row
        assert float(row["lowest"]) >= 0.93, row
        assert float(row["highest"]) <= 0.97, row


def test_the_stored_false_alarms_keep_their_promise():
    for row in table("false_alarms"):
        programme, _, comparison = row["clusters"].partition(" against ")
        if programme == comparison:
            assert 0.04 <= float(row["p < .05"]) <= 0.06, row
        assert float(row["p < .05"]) < 0.06 < float(row["p < .05, clusters ignored"]), row


@pytest.mark.parametrize(("name", "design"), DESIGNS)
def test_every_design_can_be_drawn_and_analysed(name, design):
    method, truth = METHODS[name]
    assert held(method, design(40, 0.6, 0.8, "normal"), truth(0.8, 0.6), 20) >= 0.7


@pytest.mark.slow
@pytest.mark.parametrize(("name", "design"), DESIGNS)
def test_intervals_hold_the_truth(name, design):
    method, truth = METHODS[name]
    for r in (0.3, 0.85):
        found = held(method, design(20, r, 0.8, "normal"), truth(0.8, r), 4000)
        assert 0.94 - 0.007 <= found <= 0.96 + 0.007, (name, r)


@pytest.mark.slow
def test_three_clusters_against_three_give_no_more_false_alarms_than_promised():
    (row, *_) = [row for row in simulation.false_alarms(4000) if row["clusters"] == "3 against 3"]
    assert 0.04 - 0.007 <= float(row["p < .05"]) <= 0.06 + 0.007


def held(method, people, truth, draws):
    """Share of the intervals that hold the truth."""
    return simulation.held(method, people, truth, draws, simulation.SEED)
