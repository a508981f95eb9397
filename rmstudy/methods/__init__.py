"""One statistical question a file: a data frame in, a `rmstudy.results.Result` out."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_FILES = (
    "change",
    "comparison",
    "dyads",
    "missing",
    "mixed",
    "multiplicity",
    "power",
    "proportions",
    "regression",
    "reliability",
    "resampling",
    "sensitivity",
    "synthesis",
)
__all__ = list(_FILES)


def __getattr__(name: str) -> Any:
    if name in _FILES:
        return import_module(f"rmstudy.methods.{name}")
    raise AttributeError(f"module 'rmstudy.methods' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(_FILES)
