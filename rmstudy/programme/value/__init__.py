"""What the programme cost, what one success cost, and whether it was worth the money.

`study_costs` puts the costs over completed pairs, mentees who met and people who improved; `study_return`
is the worksheet of the return on investment, from a criterion's result. `unit_costs` and
`return_on_investment` do the same from bare numbers.
"""

from rmstudy.programme.value.costs import (
    CostPer,
    Costs,
    UnitCosts,
    programme_costs,
    study_costs,
    unit_costs,
)
from rmstudy.programme.value.returns import Worksheet, return_on_investment, study_return

__all__ = [
    "CostPer",
    "Costs",
    "UnitCosts",
    "Worksheet",
    "programme_costs",
    "return_on_investment",
    "study_costs",
    "study_return",
    "unit_costs",
]
