"""Cells into their places in the study's tables, as the mapping says, and what was decided on the way."""
