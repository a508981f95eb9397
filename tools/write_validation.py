"""Write docs/validation.md: every public number, its reference, and how far apart the two are.

Usage: python tools/write_validation.py
"""

from __future__ import annotations

import csv
import math
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from validation import Row, all_rows  # noqa: E402 - the tests are no package of the project

PAGE = ROOT / "docs" / "validation.md"
SIMULATIONS = ROOT / "benchmarks"
# Smaller distances are the last digits of two machines.
FLOOR = 1e-9

HEAD = """# Validation

Written by `tools/write_validation.py` from the rows in `tests/validation/`; a test fails when this page and those rows
disagree. Each line is a number that a public function gives, the source of the same number elsewhere, and the largest
difference between the two, as a share of the reference where that is larger than one. References that a paper prints
with a few decimals can agree only that far.
"""


def page() -> str:
    """The whole page as text."""
    parts = [HEAD]
    rooms: dict[str, list[Row]] = defaultdict(list)
    for row in all_rows():
        rooms[row.method.split(".")[0]].append(row)
    for room, rows in rooms.items():
        parts.append(f"## {room}\n")
        parts.append("| method | numbers | data | reference | difference |\n|---|---|---|---|---|")
        parts += [_line(group) for group in _groups(rows)]
        parts.append("")
    parts += _simulations()
    return "\n".join(parts).rstrip() + "\n"


def _groups(rows: list[Row]) -> list[list[Row]]:
    """Rows of one method, data set and reference together, in order."""
    found: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for row in rows:
        found[row.method, row.data, row.reference].append(row)
    return sorted(found.values(), key=lambda group: group[0].method)


def _line(group: list[Row]) -> str:
    """One line of a table."""
    first = group[0]
    numbers: dict[str, list[str]] = defaultdict(list)
    for row in group:
        term, _, what = row.number.rpartition(": ")
        numbers[term].append(what)
    said = "; ".join(
        f"{term}: {', '.join(what)}" if term else ", ".join(what) for term, what in numbers.items()
    )
    worst = max(row.distance() / max(1.0, abs(row.want)) for row in group)
    cells = (f"`{first.method}`", said, first.data, first.reference, _below(worst))
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _below(distance: float) -> str:
    """A distance as the next power of ten above it, so that two machines write the same."""
    return f"< 1e{math.floor(math.log10(max(distance, FLOOR / 10))) + 1}"


def _simulations() -> list[str]:
    """The tables of simulations with known truth, where they have been run."""
    parts = []
    for path in sorted(SIMULATIONS.glob("*.csv")):
        note = path.with_suffix(".md").read_text(encoding="utf-8").rstrip()
        with path.open(encoding="utf-8", newline="") as file:
            head, *lines = list(csv.reader(file))
        parts += [note, "", "| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
        parts += ["| " + " | ".join(line) + " |" for line in lines] + [""]
    return parts


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
