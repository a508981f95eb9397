"""The cells of a file in their places: each is placed, left out by a decision, or listed with its row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Final

from rmstudy.errors import Problem, nearest
from rmstudy.readers.cells.days import moment_of
from rmstudy.readers.cells.hints import Unread, explained
from rmstudy.readers.cells.numbers import Writing
from rmstudy.readers.cells.personal import free_text, sentence
from rmstudy.readers.cells.refusing import Refused
from rmstudy.readers.cells.values import Asked, Value, value_of
from rmstudy.readers.files import sheets as any_source
from rmstudy.readers.files.sheets import Sheets
from rmstudy.readers.mapping import Export
from rmstudy.readers.mapping import Mapping as Layout
from rmstudy.readers.placing.decisions import Decided, harmless
from rmstudy.readers.placing.places import Places
from rmstudy.readers.placing.sheet import Cell, Sheet
from rmstudy.readers.placing.stray import left_out, personal, stray
from rmstudy.study.plan import Plan

CONSENT: Final = "consent"
IGNORE: Final = "ignore"
# Sources whose questions are ours, answered by people, and files that hold numbers as numbers.
TYPED: Final = ("html", "qualtrics", "limesurvey")
EXACT: Final = (".xlsx", ".xlsm", ".sav", ".zsav", ".parquet", ".db", ".sqlite", ".duckdb")


class Placing:
    """Where the cells of a source belong; what is the same for every file is worked out once.

    Parameters
    ----------
    mapping : Mapping
        Where columns belong.
    source : str
        The tool.
    module : module
        Its reader.
    only : str or None
        Which questionnaire the files hold, where they do not say.
    plan : Plan or None
        Labels and ranges of the instruments.
    """

    def __init__(
        self, mapping: Layout, source: str, module: ModuleType, only: str | None, plan: Plan | None
    ) -> None:
        self.exports = mapping.sources[source]
        self.sent = mapping.questionnaires
        self.only = only or (next(iter(self.exports)) if len(self.exports) == 1 else None)
        self.told = only is not None
        self.plan, self.source = plan, source
        self.declined = 0
        self.decided = Decided()
        self.meta: tuple[str, ...] = module.META
        self.same: Callable[[str], str] = getattr(module, "same_name", any_source.same_name)
        self.places = {
            name: {self.same(column): place_of(to) for column, to in export.columns.items()}
            for name, export in self.exports.items()
        }
        self._asked: dict[tuple[str, bool], Places] = {}
        self._files = 0

    def sheets(self, sheets: Sheets, path: Path) -> tuple[list[Sheet], list[Problem]]:
        """Every row of a file with its cells in their places."""
        said = "questionnaire" in sheets.columns and not self.told
        if not said and self.only is None:
            next_step = f"Say which it is; the mapping has {', '.join(self.exports)}."
            what = "the file does not say which questionnaire it holds"
            return [], [Problem(what, next_step, sheets.file, 1)]
        self._files += 1
        file = _File(self, sheets, path.suffix.lower() in EXACT, self._files)
        return file.read(said)

    def asked(self, name: str, exact: bool) -> Places:
        """What the places of a questionnaire may hold."""
        if (name, exact) not in self._asked:
            export = self.exports[name]
            writing = Writing(export.decimal, export.thousands, exact, self.source in TYPED)
            self._asked[name, exact] = Places(export, self.plan, writing)
        return self._asked[name, exact]


def place_of(to: str) -> str:
    """A place as it is looked up: the person of any table is the person.

    Examples
    --------
    >>> place_of("hr_outcomes.person_id"), place_of("pairs.mentor_id")
    ('person', 'pairs.mentor_id')
    """
    return "person" if to.endswith(".person_id") else to


class _File:
    """One file while it is read."""

    def __init__(self, placing: Placing, sheets: Sheets, exact: bool, number: int) -> None:
        self.placing, self.sheets, self.exact, self.number = placing, sheets, exact, number
        self.meta = {*placing.meta, *sheets.meta}
        self.unread: list[Unread] = []
        self.problems: list[Problem] = []
        self.unknown: dict[tuple[str, str], int] = {}
        self.how: dict[str, dict[str, int]] = {}
        self.words: dict[str, list[str]] = {}
        self.said: dict[str, list[int]] = {}
        self.named: set[str] = set()

    def read(self, said: bool) -> tuple[list[Sheet], list[Problem]]:
        """All rows."""
        found: list[Sheet] = []
        for row, cells in self.sheets.rows:
            if cells.keys() <= self.meta - {"questionnaire"} and not self._placed_meta(cells):
                continue  # opened, and nothing filled in
            name = cells.get("questionnaire", "(empty)") if said else str(self.placing.only)
            if name not in self.placing.exports:
                step = nearest(name, self.placing.exports)
                problem = Problem("no such questionnaire", step, self.sheets.file, row, "questionnaire", name)
                self.problems.append(problem)
                continue
            self.named.add(name)
            sheet = self._sheet(row, name, cells)
            found += [sheet] if sheet else []
        self._finish()
        return found, [*self.problems, *explained(self.unread)]

    def _placed_meta(self, cells: Mapping[str, str]) -> bool:
        """Whether a column of the tool itself was given a place, so that a row of such cells is one."""
        if self.placing.only is None:
            return False
        places = self.placing.places.get(self.placing.only, {})
        return any(
            places.get(self.placing.same(column), IGNORE) not in (IGNORE, "answered_at", "seconds")
            for column in cells
        )

    def _sheet(self, row: int, name: str, cells: dict[str, str]) -> Sheet | None:
        """One row, unless it is nobody's or somebody's who does not take part."""
        placing = self.placing
        export, places = placing.exports[name], placing.places[name]
        out = left_out(cells, export)
        if out is not None:
            why = f"left out: {harmless(out.because)}" if out.because else "left out"
            table = placing.sent[name].table
            placing.decided.count(
                "test_rows", table, f"{name}, by column {harmless(out.column)}", why, "rows"
            )
            return None
        found = stray(cells, self._saying_who(name))
        if found is not None:
            column, refused = found
            self.unread.append(Unread(self.sheets.file, row, column, cells[column], refused, Asked("raw")))
            return None
        if not self._takes_part(row, name, cells):
            return None
        sheet = Sheet(self.sheets.file, row, self.number, name, placing.sent[name], export)
        instrument = self._instrument(cells, name)
        for column, given in cells.items():
            place = places.get(placing.same(column))
            if place is None and column not in self.meta:
                self.unknown.setdefault((name, column), row)
            if place not in (None, IGNORE, CONSENT):
                self._add(sheet, column, str(place), given, instrument)
        self._always(sheet)
        if export.order_by is not None:
            sheet.order = self._order(row, export, cells)
        return sheet

    def _saying_who(self, name: str) -> list[str]:
        """Columns that say whose row it is: the first of the file, those of people, and names not taken over."""
        found = []
        places = self.placing.places[name]
        for position, column in enumerate(self.sheets.columns):
            place = places.get(self.placing.same(column), "")
            who = place in ("person", "about") or place.endswith(("_id", ".cost_id", ".category"))
            ignored = place == IGNORE and (position == 0 or personal(column))
            if who or ignored:
                found.append(column)
        return found

    def _instrument(self, cells: Mapping[str, str], name: str) -> str:
        """The instrument that a row of a long table answers."""
        places = self.placing.places[name]
        always = self.placing.exports[name].always.get("responses.instrument_id", "")
        given = (
            text
            for column, text in cells.items()
            if places.get(self.placing.same(column)) == "responses.instrument_id"
        )
        return next(given, always)

    def _takes_part(self, row: int, name: str, cells: Mapping[str, str]) -> bool:
        """Whether a sheet says yes to taking part, or was never asked; an answer that is neither is refused."""
        places = self.placing.places[name]
        if CONSENT not in places.values():
            return True
        given = [
            self._value(row, name, column, CONSENT, text)
            for column, text in cells.items()
            if places.get(self.placing.same(column)) == CONSENT
        ]
        yes = "yes" in given
        self.placing.declined += not yes
        return yes

    def _value(
        self, row: int, name: str, column: str, place: str, given: str, instrument: str = ""
    ) -> str | None:
        """One cell as the study holds it; None where it is no answer, or was refused."""
        asked = self.placing.asked(name, self.exact).asked(place, instrument)
        read = value_of(given, asked)
        if isinstance(read, Refused):
            self.unread.append(Unread(self.sheets.file, row, column, given, read, asked))
            return None
        self._count(name, place, given, read, asked)
        if read.how in ("label", "figure"):
            seen = self.how.setdefault(column, {})
            seen[read.how] = seen.get(read.how, 0) + 1
        if asked.kind == "text" and not asked.labels and not place.startswith("costs."):
            self.words.setdefault(column, []).append(given)
            if sentence(given):
                self.said.setdefault(column, []).append(row)
        return read.text

    def _count(self, name: str, place: str, given: str, read: Value, asked: Asked) -> None:
        """A cell that a decision of the mapping has changed, for the log."""
        decided, table = self.placing.decided, place.partition(".")[0]
        table = table if "." in place and table != "code" else self.placing.sent[name].table
        where = f"{asked.named or place} ({name})"
        if read.how == "no answer":
            decided.count("missing_code", table, f"{harmless(given)} in {where}", "no answer")
        elif read.how == "rescaled" and asked.scale and asked.bounds:
            (low, high), (bottom, top) = asked.scale.from_, asked.scale.to
            before, after = f"{where} from {low:g} to {high:g}", f"from {bottom:g} to {top:g}"
            decided.count("range_change", table, before, after)
        elif read.how == "number" and not asked.writing.typed:
            marks = f"decimal {asked.writing.decimal!r}, thousands {asked.writing.thousands!r}"
            decided.count("decimal_comma", table, f"{where}, {marks}", "numbers with a point")
        elif read.how == "day":
            decided.count(
                "ambiguous_dates", table, f"{where}, days as {asked.dates}", "days with the year first"
            )

    def _add(self, sheet: Sheet, column: str, place: str, given: str, instrument: str = "") -> None:
        """One cell into its sheet."""
        value = self._value(sheet.row, sheet.name, column, place, given, instrument)
        if value is not None:
            sheet.cells.append(Cell(column, place, value))

    def _always(self, sheet: Sheet) -> None:
        """What holds for every row of the file."""
        filled = {cell.place for cell in sheet.cells}
        for place, value in sheet.export.always.items() if filled else ():
            if place in filled:
                what = "the file says something itself where the mapping says what always holds"
                step = f"Take {place} out of always, or write ignore for the column."
                self.problems.append(Problem(what, step, self.sheets.file, sheet.row, place))
            else:
                self._add(sheet, f"always {place}", place, value)

    def _order(self, row: int, export: Export, cells: Mapping[str, str]) -> tuple[str, float] | None:
        """What ``order_by`` says of a row: a moment or a number."""
        given = cells.get(str(export.order_by))
        if given is None:
            return None
        moment = moment_of(given, export.dates)
        if moment is not None:
            return moment
        try:
            return "", float(given)
        except ValueError:
            asked = Asked("date", dates=export.dates)
            read = value_of(given, asked)
            if isinstance(read, Refused):
                self.unread.append(Unread(self.sheets.file, row, str(export.order_by), given, read, asked))
            return None

    def _finish(self) -> None:
        """What is wrong with whole columns."""
        file, placing = self.sheets.file, self.placing
        for (name, column), row in self.unknown.items():
            near = nearest(column, placing.exports[name].columns)
            near = near if near.startswith("Did") else ""
            step = f"{near} Write where it goes, or `ignore`.".strip()
            self.problems.append(Problem("the mapping does not know this column", step, file, row, column))
        for name in sorted(self.named):
            self.problems += self._missing(name)
            self.problems += self._personal(name)
        for column, seen in self.how.items():
            if len(seen) > 1:
                what = f"labels and figures in one column, read as one (labels: {seen['label']})"
                self.problems.append(
                    Problem(what, "", file, column=column, severity="to know", rule="label_answers")
                )
        for column, words in self.words.items():
            if free_text(words):
                what, step = "the column holds free text, which may hold names", "Write ignore for it."
                self.problems.append(Problem(what, step, file, 1, column, rule="names_in_text"))
        for column, rows in self.said.items():
            what, step = "the cell holds a sentence, which may hold names", "Write ignore for the column."
            self.problems += [Problem(what, step, file, row, column, rule="names_in_text") for row in rows]

    def _missing(self, name: str) -> list[Problem]:
        """Columns of a questionnaire that a file does not have."""
        same, export = self.placing.same, self.placing.exports[name]
        there = {same(column) for column in self.sheets.columns}
        lacking = [column for column in export.columns if same(column) not in there]
        problems = []
        if lacking:
            some = f"{', '.join(lacking[:8])}{', ...' if len(lacking) > 8 else ''}"
            step = "Export all questions, or correct the mapping."
            what = f"columns of {name} that are missing: {some}"
            problems.append(Problem(what, step, self.sheets.file, 1))
        wanted = {one.column: "leave_out" for one in export.leave_out}
        wanted |= {export.order_by: "order_by"} if export.order_by else {}
        return problems + [
            Problem(
                f"a column that {key} names is missing", "Correct the mapping.", self.sheets.file, 1, column
            )
            for column, key in wanted.items()
            if same(column) not in there
        ]

    def _personal(self, name: str) -> list[Problem]:
        """Columns that are named like names and would enter the study as they are."""
        asked = self.placing.asked(name, self.exact)
        columns = [
            column
            for column in self.sheets.columns
            if personal(column)
            and (place := self.placing.places[name].get(self.placing.same(column), IGNORE))
            not in (IGNORE, CONSENT)
            and asked.asked(place).kind == "text"
            and not asked.asked(place).labels
        ]
        what, step = "the column looks personal", "Write ignore for it: a study holds pseudonyms only."
        return [Problem(what, step, self.sheets.file, 1, column, rule="names_in_text") for column in columns]
