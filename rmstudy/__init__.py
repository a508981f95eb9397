"""Evaluate a mentoring programme against the goal it set itself.

Did it reach the goal, how sure are we, for whom, and what would make us surer next time?

The names here are the common ones; everything else lives one dot deeper. Each is loaded on first use,
so that ``import rmstudy`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOME = {
    "load_study": "rmstudy.study.load",
    "load_sample": "rmstudy.study.sample",
    "new_study": "rmstudy.study.new",
    "evaluate": "rmstudy.evaluation",
    "monitor": "rmstudy.programme.monitoring",
    "mean_change": "rmstudy.methods.change",
    "hedges_gav": "rmstudy.methods.change",
    "adjusted_difference": "rmstudy.methods.comparison",
    "difference_in_differences": "rmstudy.methods.comparison",
    "hedges_g": "rmstudy.methods.comparison",
    "linear_model": "rmstudy.methods.regression",
    "mixed_model": "rmstudy.methods.mixed",
    "actor_partner": "rmstudy.methods.dyads",
    "cronbach_alpha": "rmstudy.methods.reliability",
    "regression_to_the_mean": "rmstudy.methods.sensitivity",
    "attrition": "rmstudy.methods.missing",
    "random_effects": "rmstudy.methods.synthesis",
    "match_pairs": "rmstudy.programme.matching",
}
_ROOMS = ("methods", "plots", "portfolio", "programme", "readers", "report")

__version__ = "0.1.0"
__all__ = [*_HOME, *_ROOMS]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    if name in _ROOMS:
        return import_module(f"rmstudy.{name}")
    raise AttributeError(f"module 'rmstudy' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
