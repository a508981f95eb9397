"""Two arms compared, programme minus comparison: in points, in standard deviations, and by ranks."""

from rmstudy.methods.comparison.balance import baseline_balance
from rmstudy.methods.comparison.both_views import change_or_adjusted
from rmstudy.methods.comparison.by_study import adjusted_difference_by, hedges_g_by
from rmstudy.methods.comparison.means import adjusted_difference, difference_in_differences, post_difference
from rmstudy.methods.comparison.prepost import adjusted_g, dppc2
from rmstudy.methods.comparison.ranks import cliffs_delta, probability_of_superiority
from rmstudy.methods.comparison.slopes import slope_homogeneity
from rmstudy.methods.comparison.standardised import glass_delta, hedges_g

__all__ = [
    "adjusted_difference",
    "adjusted_difference_by",
    "adjusted_g",
    "baseline_balance",
    "change_or_adjusted",
    "cliffs_delta",
    "difference_in_differences",
    "dppc2",
    "glass_delta",
    "hedges_g",
    "hedges_g_by",
    "post_difference",
    "probability_of_superiority",
    "slope_homogeneity",
]
