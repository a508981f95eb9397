"""Results and verdicts into the client's report.

`write` runs two notebooks on a study, ``reports/report.ipynb`` (the report) and ``reports/annex.ipynb``
(the technical annex), and turns each into HTML, PDF and Word. The way there has three steps: the notebook
is executed (`running`), becomes pandoc Markdown with figure files (`hub`), and pandoc makes a page
(`pages`), a PDF through typst (`paper`) or a Word document (`word`) of it, with what stands on the cover
(`cover`). What the notebooks show is made in `exhibits`; nothing is estimated here. `open_points` lists
what is to be decided before a report goes to a client, and `provenance` says beside it which versions
made it and when.
"""

from rmstudy.report.open_points import open_points
from rmstudy.report.writing import write

__all__ = ["open_points", "write"]
