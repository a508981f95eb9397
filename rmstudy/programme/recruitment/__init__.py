"""Recruit fairly: the call, the way from the staff to the last answer, who came forward, the lottery.

`call_for_applicants` writes the call from the plan; `funnel` counts who is lost where; `representativeness`
holds applicants and participants against the staff; `draw_lottery` draws seats that anybody can draw
again; `claims` says what the way in allows one to claim.
"""

from rmstudy.programme.recruitment.call import Call, call_for_applicants
from rmstudy.programme.recruitment.claims import claims
from rmstudy.programme.recruitment.funnel import funnel, safe_funnel
from rmstudy.programme.recruitment.lottery import Lottery, draw_lottery
from rmstudy.programme.recruitment.represented import Represented, representativeness

__all__ = [
    "Call",
    "Lottery",
    "Represented",
    "call_for_applicants",
    "claims",
    "draw_lottery",
    "funnel",
    "representativeness",
    "safe_funnel",
]
