"""What else could have produced a number: selection, causes nobody measured, the analysis itself."""

from rmstudy.methods.sensitivity.selection import regression_to_the_mean
from rmstudy.methods.sensitivity.specifications import specification_curve
from rmstudy.methods.sensitivity.unmeasured import e_value, robustness_value

__all__ = ["e_value", "regression_to_the_mean", "robustness_value", "specification_curve"]
