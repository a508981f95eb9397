"""Step 2, the design: what a programme of this size, filled in this way, can tell afterwards.

``setting.py`` what is assumed · ``draws.py`` people under the model · ``batched.py`` the estimators, many
data sets at once · ``chances.py`` verdicts and errors · ``closed.py`` power and precision without
simulation · ``outlook.py`` the answer.
"""

from rmstudy.programme.design.chances import chances, diagnosis
from rmstudy.programme.design.closed import Advice, advice, power_table
from rmstudy.programme.design.draws import Option, diagnosed, options_of
from rmstudy.programme.design.outlook import Outlook, label, what_can_be_learned
from rmstudy.programme.design.setting import Setting, setting_of

__all__ = [
    "Advice",
    "Option",
    "Outlook",
    "Setting",
    "advice",
    "chances",
    "diagnosed",
    "diagnosis",
    "label",
    "options_of",
    "power_table",
    "setting_of",
    "what_can_be_learned",
]
