"""Who is missing and what that could change: attrition, imputation, weights, tipping point, bounds."""

from rmstudy.methods.missing.attrition import attrition
from rmstudy.methods.missing.bounds import lee_bounds
from rmstudy.methods.missing.imputation import impute
from rmstudy.methods.missing.pooling import missing_information, pool
from rmstudy.methods.missing.tipping import tipping_point
from rmstudy.methods.missing.weights import attrition_weights, effective_sample_size

__all__ = [
    "attrition",
    "attrition_weights",
    "effective_sample_size",
    "impute",
    "lee_bounds",
    "missing_information",
    "pool",
    "tipping_point",
]
