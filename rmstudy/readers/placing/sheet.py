"""One filled questionnaire, or one row of another file, with its cells in their places."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from rmstudy.readers.mapping import Export, Sent

ROW_A_PERSON: Final = frozenset(("participants", "assignments", "applications", "consent"))


@dataclass(frozen=True, slots=True)
class Cell:
    """A filled cell: the column it stood in, the place it goes to, and what the study holds for it."""

    column: str
    place: str
    value: str

    @property
    def table(self) -> str:
        """The table of the place, or the word that is no table."""
        return self.place.partition(".")[0]

    @property
    def rest(self) -> str:
        """What stands behind the table."""
        return self.place.partition(".")[2]


@dataclass(slots=True)
class Sheet:
    """A row of a file: where it stood, what it is, its cells, and whose it is once that is known.

    Parameters
    ----------
    file, row : str, int
        Where it stands.
    number : int
        Number of the file among those that are read.
    name : str
        The questionnaire, or the kind of file.
    order : tuple
        What ``order_by`` says of it, to be compared; empty where nothing is said.
    person, rater : str
        Who it is about, and who answered where that is somebody else.
    given_up : set of str
        Tables for which another row of the same person was kept.
    """

    file: str
    row: int
    number: int
    name: str
    sent: Sent
    export: Export
    cells: list[Cell] = field(default_factory=list)
    order: tuple[str, float] | None = None
    person: str = ""
    rater: str | None = None
    match: str = "pseudonym"
    similarity: float | None = None
    given_up: set[str] = field(default_factory=set)

    @property
    def id(self) -> str:
        """Where it stands, as one word."""
        return f"{self.file}:{self.row}"

    def first(self, place: str) -> Cell | None:
        """The first cell of a place."""
        return next((cell for cell in self.cells if cell.place == place), None)

    def said(self, place: str) -> str | None:
        """What stands at a place."""
        cell = self.first(place)
        return cell.value if cell else None

    @property
    def wave(self) -> str:
        """The wave: what the row says itself, else what the mapping says of the questionnaire."""
        return self.said("responses.wave_id") or self.sent.wave

    @property
    def tables(self) -> set[str]:
        """Tables that the row is a row of: those it has cells for, and those of people whom it only names."""
        found = {cell.table for cell in self.cells if "." in cell.place and cell.table != "code"}
        if any(cell.place == "person" or cell.table == "code" for cell in self.cells):
            found |= self._of_its_person()
        return found - self.given_up

    def _of_its_person(self) -> set[str]:
        """Tables of one row a person that the file is for: whoever is named has a row, were all else empty."""
        if self.sent.table != "responses":
            return set(ROW_A_PERSON & {self.sent.table})
        mapped = {place.partition(".")[0] for place in (*self.export.columns.values(), *self.export.always)}
        return set() if "responses" in mapped else set(mapped & ROW_A_PERSON)
