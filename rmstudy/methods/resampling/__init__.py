"""Intervals and tests by computing power instead of formulas: the bootstrap and permutations."""

from rmstudy.methods.resampling.bca import Resampled, bootstrap, resampled
from rmstudy.methods.resampling.permutation import permutation_test
from rmstudy.methods.resampling.reassignment import (
    Reassignments,
    Units,
    exchangeable_units,
    how_counted,
    reassignments,
)

__all__ = [
    "Reassignments",
    "Resampled",
    "Units",
    "bootstrap",
    "exchangeable_units",
    "how_counted",
    "permutation_test",
    "reassignments",
    "resampled",
]
