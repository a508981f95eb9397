"""A whole study: judged, and reported in two languages and three formats. No peer does the same."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import rmstudy as rm
from benchmarks.job import Job


def _report(study: Any) -> None:
    with TemporaryDirectory() as out:
        rm.report.write(study, Path(out), formats=("html", "pdf", "docx"), languages=("en", "it"))


def _flagship() -> Any:
    return rm.load_sample("digital-skills")


JOBS = [
    Job("evaluate the flagship study", 238, "-", _flagship, rm.evaluate, seconds=0.5),
    Job(
        "load the flagship study",
        238,
        "-",
        lambda: "data/sample/digital-skills",
        rm.load_study,
    ),
    Job(
        "report of the flagship, two languages, three formats",
        238,
        "-",
        _flagship,
        _report,
        seconds=25.0,
        runs=1,
        note="Kernels, pandoc and typst are processes of their own: their memory is not in the table.",
    ),
]
