"""Match: mentors and mentees brought together so that the whole is best, and said why.

Profiles become arrays (``attributes.py``), pairs get scores (``scoring.py``) and rules (``rules.py``), who is
to be matched on what terms stands in ``pool.py``, the exact assignment is found in ``assignment.py`` and
``solving.py``, compared with others in ``quality.py``, put into words in ``reasons.py``; ``matches.py`` is the
face and ``what_if.py`` compares two sets of terms.
"""

from rmstudy.programme.matching.matches import Matches, match_pairs
from rmstudy.programme.matching.what_if import WhatIf, what_if

__all__ = ["Matches", "WhatIf", "match_pairs", "what_if"]
