"""Change within people, later minus earlier: in points, in standard deviations, by ranks, person by person."""

from rmstudy.methods.change.individual import reliable_change, reliable_change_index
from rmstudy.methods.change.margins import equivalence
from rmstudy.methods.change.means import mean_change
from rmstudy.methods.change.ranks import matched_rank_biserial, median_change, probability_of_improvement
from rmstudy.methods.change.standardised import beckers_d, cohens_drm, cohens_dz, hedges_gav

__all__ = [
    "beckers_d",
    "cohens_drm",
    "cohens_dz",
    "equivalence",
    "hedges_gav",
    "matched_rank_biserial",
    "mean_change",
    "median_change",
    "probability_of_improvement",
    "reliable_change",
    "reliable_change_index",
]
