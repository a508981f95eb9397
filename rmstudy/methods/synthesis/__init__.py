"""Many cohorts into one answer: the mean effect over editions of a programme, and what the next may bring.

A handful of cohorts says little about how much cohorts differ. Three things follow here. The interval of
the mean takes its spread from the cohorts themselves and has few degrees of freedom (Hartung & Knapp).
What to expect of a new cohort is another, wider interval. And the variance between cohorts never stands
without its own interval, which is usually very wide.
"""

from rmstudy.methods.synthesis.pooling import leave_one_out, random_effects
from rmstudy.methods.synthesis.shrinkage import random_effects_by, shrunken_effects

__all__ = ["leave_one_out", "random_effects", "random_effects_by", "shrunken_effects"]
