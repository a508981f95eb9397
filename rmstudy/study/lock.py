"""Fingerprints of a study: whether two reports rest on the same plan and the same data."""

from __future__ import annotations

import hashlib

from rmstudy.study.study import Study


def fingerprint(study: Study) -> str:
    """SHA-256 of the plan and the tables, independent of the order of rows and columns.

    Parameters
    ----------
    study : Study
        A loaded study.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    digest = hashlib.sha256(study.plan.model_dump_json(exclude_defaults=True).encode())
    for name in sorted(study.tables):
        table = study.tables[name]
        rows = table[sorted(table.columns)].fillna("").astype(str)
        lines = sorted("\x1f".join(row) for row in rows.itertuples(index=False, name=None))
        digest.update("\x1e".join([name, *sorted(table.columns), *lines]).encode())
    return digest.hexdigest()
