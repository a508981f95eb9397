"""Intervals and tests by computing power instead of formulas: the bootstrap and permutations."""

from rmstudy.methods.resampling import quantities
from rmstudy.methods.resampling.bca import Resampled, bootstrap, resampled
from rmstudy.methods.resampling.moments import Moments, MomentStatistic, blocks
from rmstudy.methods.resampling.permutation import permutation_test
from rmstudy.methods.resampling.reassigned import squares_of_t, statistics_of
from rmstudy.methods.resampling.reassignment import (
    Reassignments,
    Units,
    exchangeable_units,
    how_counted,
    reassignments,
)
from rmstudy.methods.resampling.wild import wild_cluster_bootstrap

__all__ = [
    "MomentStatistic",
    "Moments",
    "Reassignments",
    "Resampled",
    "Units",
    "blocks",
    "bootstrap",
    "exchangeable_units",
    "how_counted",
    "permutation_test",
    "quantities",
    "reassignments",
    "resampled",
    "squares_of_t",
    "statistics_of",
    "wild_cluster_bootstrap",
]
