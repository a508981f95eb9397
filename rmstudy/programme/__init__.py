"""The steps of running a programme: set the goal, design, recruit, match, monitor; and what it costs.

A step a file or folder. Nothing here writes files: texts, tables and forms are returned, and the shell
writes them.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_STEPS = ("design", "goal", "matching", "monitoring", "questionnaire", "recruitment", "value")

__all__ = [*_STEPS]


def __getattr__(name: str) -> Any:
    """Load a step on first use."""
    if name in _STEPS:
        return import_module(f"rmstudy.programme.{name}")
    raise AttributeError(f"module 'rmstudy.programme' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*_STEPS]
