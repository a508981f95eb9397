"""Shares of people who reach a cut-off: one share, before against after, programme against comparison."""

from rmstudy.methods.proportions.ratios import odds_ratio, risk_ratio
from rmstudy.methods.proportions.shares import paired_risk_difference, risk_difference, share

__all__ = ["odds_ratio", "paired_risk_difference", "risk_difference", "risk_ratio", "share"]
