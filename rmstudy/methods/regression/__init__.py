"""Linear and logistic models by column names, with standard errors that small studies can trust."""

from rmstudy.methods.regression.clusters import clusters_per_arm, low_df, too_few_clusters
from rmstudy.methods.regression.designs import design_matrix
from rmstudy.methods.regression.dose import dose_response
from rmstudy.methods.regression.fitting import (
    Fit,
    coefficient,
    confidence_level,
    contrast,
    least_squares,
    small_sample,
    t_estimate,
)
from rmstudy.methods.regression.linear import linear_model
from rmstudy.methods.regression.logistic import logistic_fit, logistic_model, separating
from rmstudy.methods.regression.moderation import moderation

__all__ = [
    "Fit",
    "clusters_per_arm",
    "coefficient",
    "confidence_level",
    "contrast",
    "design_matrix",
    "dose_response",
    "least_squares",
    "linear_model",
    "logistic_fit",
    "logistic_model",
    "low_df",
    "moderation",
    "separating",
    "small_sample",
    "t_estimate",
    "too_few_clusters",
]
