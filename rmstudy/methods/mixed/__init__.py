"""Mixed models: rows that belong together, with degrees of freedom that small studies can trust."""

from rmstudy.methods.mixed.models import mixed_model

__all__ = ["mixed_model"]
