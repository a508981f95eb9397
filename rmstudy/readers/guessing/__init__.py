"""A mapping proposed from the plan and the files, for a person to confirm."""
