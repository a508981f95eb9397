"""Pictures of Results: they draw what was estimated and estimate nothing.

Every function returns the matplotlib Axes it drew into, in English or Italian, with an alternative
text that says the same in words (`alt_text`). Blue circles are comparisons of two groups, orange
squares are changes within one group; targets are dashed, and what would be expected without any
programme is a hatched grey band, so that nothing depends on colour alone.
"""

from rmstudy.plots.canvas import alt_text, close, keep_inside, style
from rmstudy.plots.chances import chances
from rmstudy.plots.estimates import change, forest, three_ways
from rmstudy.plots.evaluated import Lane, Moment, design
from rmstudy.plots.groups import before_after, flow
from rmstudy.plots.matches import matches
from rmstudy.plots.meetings import control_chart, meetings, retention
from rmstudy.plots.recruiting import consort, represented
from rmstudy.plots.side_by_side import side_by_side
from rmstudy.plots.within import terms

__all__ = [
    "Lane",
    "Moment",
    "alt_text",
    "before_after",
    "chances",
    "change",
    "close",
    "consort",
    "control_chart",
    "design",
    "flow",
    "forest",
    "keep_inside",
    "matches",
    "meetings",
    "represented",
    "retention",
    "side_by_side",
    "style",
    "terms",
    "three_ways",
]
