"""The lines of an export before they are written: whose sheet, which cells are otherwise, and what was planted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from rmstudy.study.sample.digital_skills import SEED
from rmstudy.study.sample.draws import Draws
from rmstudy.study.sample.raw.filled import Filled, Sheet
from rmstudy.study.sample.raw.invented import Invented, invented
from rmstudy.study.sample.raw.mapping_text import described

PARTS: Final = {
    "mother": "Prime due lettere del nome di Sua madre",
    "day": "Giorno del Suo compleanno",
    "town": "Prime due lettere del luogo in cui è nato",
    "name": "Ultima lettera del Suo nome",
    "siblings": "Numero di fratelli e sorelle",
}
LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Line:
    """One line: a sheet, cells that do not say what the sheet says, and the marks of what was planted in it."""

    sheet: Sheet
    cells: dict[str, str] = field(default_factory=dict)
    marks: frozenset[str] = frozenset()

    def marked(self, mark: str, **cells: str) -> Line:
        """The same line with a mark and some cells otherwise."""
        return replace(self, cells=self.cells | cells, marks=self.marks | {mark})

    def of(self, sheet: Sheet) -> Line:
        """The same line with another sheet."""
        return replace(self, sheet=sheet)

    @property
    def who(self) -> Invented:
        """Who filled it in."""
        return invented()[self.sheet.person]


class Lines:
    """The lines of one export, in the order in which they were handed in."""

    def __init__(self, data: Filled, source: str, name: str) -> None:
        self.data, self.name, self.wave = data, name, name.rpartition("-")[2]
        self.about = name.rpartition("-")[0]
        self.draws = Draws(SEED, f"raw {source} {name}")
        self.lines = [Line(sheet) for sheet in data.sheets[name]]
        self.items = data.items[name]

    def is_any(self, *names: str) -> bool:
        """Whether this is one of some questionnaires."""
        return self.name in names

    def pick(self, k: int, fits: Callable[[Line], bool] = lambda line: True) -> list[int]:
        """Positions of k lines in which nothing was planted yet."""
        free = [n for n, line in enumerate(self.lines) if not line.marks and fits(line)]
        return [int(n) for n in self.draws.pick(free, k)]

    def change(self, places: Iterable[int], how: Callable[[Line], Line]) -> None:
        """Plant something in some lines."""
        for place in places:
            self.lines[place] = how(self.lines[place])

    def blanks(self, mark: str, written: Sequence[str], k: int) -> int:
        """Write codes for no answer where answers were left open; at most k cells."""
        open_cells = [
            (n, item)
            for n, line in enumerate(self.lines)
            for item in self.items
            if self.data.scaled(item) and item not in line.sheet.answers
        ]
        chosen = self.draws.pick(open_cells, min(k, len(open_cells)))
        for number, (n, item) in enumerate(chosen):
            self.lines[n] = self.lines[n].marked(mark, **{item: written[number % len(written)]})
        return len(chosen)

    def again(self, mark: str, k: int, how: Callable[[Sheet], Sheet]) -> None:
        """Let k people hand in a second sheet."""
        for place in self.pick(k):
            line = self.lines[place]
            self.lines.append(Line(how(line.sheet), {}, frozenset({mark})))
            self.lines[place] = line.marked(f"{mark} pair")
        self.sort()

    def described(self) -> str:
        """The questionnaire as the mapping describes it."""
        keys = {"wave": self.wave}
        if self.about != "departments":
            keys["role"] = "mentor" if self.about == "observer" else self.about
        if self.about == "observer":
            keys["rater"] = "observer"
        return described(self.name, **keys)

    def written(self, mark: str, item: str = "") -> int:
        """Cells that were written otherwise in marked lines."""
        marked = [line for line in self.lines if mark in line.marks]
        return sum(len([i for i in line.cells if i in self.items or i == item]) for line in marked)

    def links(self) -> list[list[str]]:
        """What somebody confirmed after asking the people: the codes with a slip, and whose they are."""
        slips = [line for line in self.lines if "slip" in line.marks]
        # one of nine characters differs, so one of the five parts
        alike = [f"{100 * 8 / 9:.1f}", "4", "1", "yes"]
        return [[code_of(line.cells), line.who.code, line.sheet.person, *alike] for line in slips]

    def sort(self) -> None:
        """In the order of time."""
        self.lines.sort(key=lambda line: (line.sheet.at, line.sheet.person, sorted(line.marks)))

    def rows(self, mark: str, above: int = 1) -> list[int]:
        """Lines with a mark, as a spreadsheet counts them below so many rows."""
        return [n for n, line in enumerate(self.lines, start=above + 1) if mark in line.marks]

    def people(self, mark: str) -> list[str]:
        """Who filled in the lines with a mark."""
        return [line.sheet.person for line in self.lines if mark in line.marks]

    def second_rows(self, mark: str, above: int = 1) -> list[int]:
        """Of people who handed in twice, the later lines."""
        places: dict[tuple[str, str], list[int]] = {}
        for n, line in enumerate(self.lines, start=above + 1):
            if line.marks & {mark, f"{mark} pair"}:
                places.setdefault((line.sheet.person, line.sheet.about), []).append(n)
        return sorted(max(some) for some in places.values())


def part_of(sheet: Sheet, share: float, earlier: int) -> Sheet:
    """A first attempt: only the first answers, some minutes before."""
    kept = dict(list(sheet.answers.items())[: max(2, int(share * len(sheet.answers)))])
    return replace(sheet, answers=kept).later(-earlier)


def code_of(typed: dict[str, str]) -> str:
    """The code that some typed parts make."""
    letters = f"{typed['mother'][:2]}{int(typed['day']):02d}{typed['town'][:2]}{typed['name'][-1]}"
    return f"{letters}{int(typed['siblings']):02d}".upper()


def slipped(draws: Draws, line: Line) -> dict[str, str]:
    """The parts of a linking code with one slip of the pen."""
    typed = line.who.typed(again=True)
    part = ("mother", "town")[int(draws.integers(0, 1, 1)[0])]
    text = typed[part]
    other = LETTERS[(LETTERS.index(text[1].upper()) + 3) % 26].casefold()
    return typed | {part: f"{text[0]}{other}{text[2:]}"}
