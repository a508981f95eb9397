"""The rows of the table: each module holds jobs of one room as ``JOBS``."""
