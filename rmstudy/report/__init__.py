"""Results and verdicts into the client's page.

`write` runs the notebook ``reports/report.ipynb`` on a study and turns it into one HTML file. The way
there has three steps, each a file: the notebook is executed (`running`), becomes pandoc Markdown with
figure files (`hub`), and pandoc makes the page of it (`pages`). What the notebook shows is made in
`exhibits`; nothing is estimated here.
"""

from rmstudy.report.writing import write

__all__ = ["write"]
