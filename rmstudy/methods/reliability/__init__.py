"""How far a score can be trusted: items that agree, and people who answer alike a second time.

Agreement of the items on one day (`cronbach_alpha`, `omega_total`, `item_analysis`) and agreement of a
score with itself over time (`retest_correlation`) are different properties. The first is the precision of
today's score; what regression to the mean and the change of single people need is the second.
"""

from rmstudy.methods.reliability.alpha import cronbach_alpha
from rmstudy.methods.reliability.items import item_analysis
from rmstudy.methods.reliability.omega import omega_total
from rmstudy.methods.reliability.retest import retest_correlation

__all__ = ["cronbach_alpha", "item_analysis", "omega_total", "retest_correlation"]
