"""Many programmes at once: each judged by its own target, pooled, and set side by side without a ranking.

Two ways in. A folder of study folders (`portfolio_of_studies`): each is loaded, checked and evaluated as
`rmstudy.evaluate` does it. A table of people (`portfolio_of_people`): every programme is compared in one pass.
"""

from rmstudy.portfolio.people import portfolio_of_people
from rmstudy.portfolio.studies import portfolio_of_studies
from rmstudy.portfolio.tables import Portfolio

__all__ = ["Portfolio", "portfolio_of_people", "portfolio_of_studies"]
