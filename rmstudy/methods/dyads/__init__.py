"""Mentor and mentee together: what each brings to the other's outcome, and how alike they are."""

from rmstudy.methods.dyads.effects import actor_partner
from rmstudy.methods.dyads.similarity import pair_similarity

__all__ = ["actor_partner", "pair_similarity"]
