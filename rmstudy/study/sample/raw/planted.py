"""What was put wrong on purpose: which mess, how often, where, and what undoes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import yaml

from rmstudy.study.messes import MESSES

Seen = Literal["import", "check", "never"]


class _OnOneLine(list[Any]):
    """A list that stands on as few lines as it needs."""


class _Dumper(yaml.SafeDumper):
    """Writes such lists."""


_Dumper.add_representer(
    _OnOneLine, lambda dumper, data: dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=True)
)


@dataclass
class Plant:
    """One mess in one file of a source.

    ``rule`` is a name of `rmstudy.study.messes.MESSES`. ``rows`` are lines as a spreadsheet shows them; ``seen``
    says who finds it when nothing is decided: the import, the check of the study afterwards, or nobody, because
    the tool's reader knows it and only counts it.
    """

    rule: str
    file: str
    about: str
    decision: str
    column: str = ""
    rows: list[int] = field(default_factory=list)
    cells: int | None = None
    seen: Seen = "import"
    people: list[str] = field(default_factory=list)
    """Pseudonyms, where only the study afterwards can show it."""
    named: str = ""
    """The rule that finds it, where that is another one: a trial's address is first of all nobody's."""

    def as_entry(self) -> dict[str, Any]:
        """The mess as it stands in a codebook."""
        entry: dict[str, Any] = {"mess": MESSES[self.rule].number, "rule": self.rule, "file": self.file}
        if self.column:
            entry["column"] = self.column
        entry["how_many"] = self.cells if self.cells is not None else len(self.rows)
        if self.rows:
            entry["rows"] = _OnOneLine(sorted(set(self.rows)))
        if self.people:
            entry["people"] = sorted(self.people)
        entry |= {"about": self.about, "decision": self.decision, "seen_by": self.seen}
        return entry | ({"found_as": self.named} if self.named else {})


@dataclass
class Source:
    """One folder of exports: its files, its mapping, and what is known about them."""

    folder: str
    reader: str
    about: str
    identify: str
    files: dict[str, bytes] = field(default_factory=dict)
    planted: list[Plant] = field(default_factory=list)
    imports: list[dict[str, Any]] = field(default_factory=list)
    exports: list[str] = field(default_factory=list)
    described: list[str] = field(default_factory=list)
    links: list[list[str]] = field(default_factory=list)

    def plant(self, rule: str, file: str, about: str, decision: str, **more: Any) -> None:
        """Write down one mess."""
        self.planted.append(Plant(rule, file, about, decision, **more))

    def add(self, name: str, file: str, content: bytes, described: str, export: str) -> None:
        """Add an export and its section of the mapping."""
        self.files[file] = content
        self.imports.append({"questionnaire": name, "files": [file]})
        self.described.append(described)
        self.exports.append(export)

    def codebook(self) -> str:
        """What is known about the folder, readable by people and programs."""
        entries = [one.as_entry() for one in sorted(self.planted, key=_order)]
        book = {
            "about": self.about,
            "source": self.reader,
            "identify": self.identify,
            "imports": self.imports,
            "planted": entries,
        }
        return yaml.dump(book, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)


def _order(one: Plant) -> tuple[int, str, str]:
    """Planted messes by their number."""
    return MESSES[one.rule].number, one.file, one.column
