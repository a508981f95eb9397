"""A file of SPSS as JSON, read by a process of its own: the package that reads it can crash on a damaged one.

This file is run, not imported: it knows only the standard library and the package that reads.
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from datetime import date, datetime, time
from typing import Any

MEMORY = 3_000_000_000  # bytes


def as_plain(value: object) -> object:
    """A value as JSON can hold it: numbers stay numbers, days become text, missing becomes nothing.

    Examples
    --------
    >>> as_plain(date(2024, 3, 31)), as_plain(float("nan")), as_plain(2.5)
    ('2024-03-31', None, 2.5)
    """
    if isinstance(value, datetime):
        whole = value.replace(microsecond=0)
        return whole.date().isoformat() if whole.time() == time(0) else whole.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, str):
        return value.strip() or None
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None if value is None else str(value)
    return None if number != number else number


def main(path: str, encoding: str | None, rows: int) -> None:
    """Write a file to the standard output."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    import pyreadstat

    about: Any
    data, about = pyreadstat.read_sav(
        path, user_missing=True, encoding=encoding, row_limit=rows + 1, output_format="dict"
    )
    found = {
        "columns": list(about.column_names),
        "words": {name: text for name, text in about.column_names_to_labels.items() if text},
        "labels": {
            name: [[as_plain(code), str(text)] for code, text in labels.items()]
            for name, labels in about.variable_value_labels.items()
        },
        "missing": {
            name: [[as_plain(one["lo"]), as_plain(one["hi"])] for one in ranges]
            for name, ranges in about.missing_ranges.items()
        },
        "widths": {
            name: about.variable_storage_width[name]
            for name, kind in about.readstat_variable_types.items()
            if kind == "string"
        },
        "values": [[as_plain(value) for value in data[name]] for name in about.column_names],
    }
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    try:
        main(sys.argv[1], sys.argv[2] or None, int(sys.argv[3]))
    except MemoryError:
        sys.exit("MemoryError")
    except Exception as error:
        sys.exit(f"{type(error).__name__}: {error}")
