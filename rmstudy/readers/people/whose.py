"""Whose each row is, from its code, address or pseudonym; rows of nobody known are left out and listed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from rmstudy.errors import Problem
from rmstudy.readers.cells.personal import identifying
from rmstudy.readers.mapping import Export
from rmstudy.readers.people.identity import Found, Identity
from rmstudy.readers.people.linking import linking_code
from rmstudy.readers.people.spelling import looks_like_email
from rmstudy.readers.placing.decisions import Decided
from rmstudy.readers.placing.places import PEOPLE_IN
from rmstudy.readers.placing.sheet import Cell, Sheet
from rmstudy.study.tables import TABLES

OF_PEOPLE: Final = frozenset(
    name for name, table in TABLES.items() if "person_id" in table.columns and name != "linkage"
)
SURENESS: Final = ("confirmed", "normalised", "exact")  # a person's wave is as sure as its least sure sheet


@dataclass(slots=True)
class Named:
    """Rows with their people, what was found, and how answers were found to be somebody's."""

    sheets: list[Sheet] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    linkage: dict[tuple[str, str], tuple[str, float | None]] = field(default_factory=dict)


def named(sheets: Sequence[Sheet], identity: Identity, decided: Decided) -> Named:
    """Say whose each row is.

    Parameters
    ----------
    sheets : sequence of Sheet
        Rows with their cells in place.
    identity : Identity
        Who is who.
    decided : Decided
        Takes the decisions that made somebody known.

    Returns
    -------
    Named
        Rows of people of the study; rows of nobody are listed as problems.
    """
    found = Named()
    naming = _Naming(identity, decided)
    for sheet in sheets:
        problem = naming.person(sheet) or naming.others(sheet)
        if problem is not None:
            found.problems.append(problem)
            continue
        found.sheets.append(sheet)
        if sheet.match != "pseudonym" and sheet.rater is None and "responses" in sheet.tables and sheet.wave:
            key = sheet.person, sheet.wave
            before = found.linkage.get(key)
            if before is None or SURENESS.index(sheet.match) < SURENESS.index(before[0]):
                found.linkage[key] = sheet.match, sheet.similarity
    found.problems += naming.said
    return found


class _Naming:
    """Names rows; remembers nothing but the people."""

    def __init__(self, identity: Identity, decided: Decided) -> None:
        self.identity, self.decided = identity, decided
        self.named: set[tuple[str, str]] = set()
        self.said: list[Problem] = []

    def person(self, sheet: Sheet) -> Problem | None:
        """Person and rater of a row, or why nobody can be named; rows that are about nobody have none."""
        given, export, problem = self._given(sheet)
        if given is None:
            return problem
        new = sheet.sent.table == "profiles" or ("participants" in sheet.tables and not self.identity.people)
        new = new and (self.identity.codes is None or self.identity.key is not None)
        found = self._asked(given.value, export, sheet, new=new)
        if found.person is None:
            return self._placed(found, sheet, given.column)
        if found.problem is not None:  # somebody new who is like somebody of the list
            self.said.append(self._placed(found, sheet, given.column))
        sheet.person, sheet.match, sheet.similarity = found.person, found.match, found.similarity
        if sheet.sent.rater == "observer":
            return self._observed(sheet)
        return None

    def _given(self, sheet: Sheet) -> tuple[Cell | None, Export, Problem | None]:
        """What names the person of a row."""
        cell = sheet.first("person")
        if cell is not None:
            return cell, sheet.export, None
        parts = {cell.rest: cell.value for cell in sheet.cells if cell.table == "code"}
        if sheet.sent.table == "meeting_log" or not (parts or sheet.tables & OF_PEOPLE):
            return None, sheet.export, None
        coded = any(to.startswith("code.") for to in sheet.export.columns.values())
        if coded:
            code = linking_code(parts)
            if code is not None:
                return Cell("code", "code", code), sheet.export.model_copy(update={"identify": "code"}), None
            what = "the linking code is incomplete, so the sheet is nobody's: left out"
            step = "Ask the person, or leave it out."
            rule = "unmatched_ids"
            return (
                None,
                sheet.export,
                Problem(what, step, sheet.file, sheet.row, "code", severity="to decide", rule=rule),
            )
        places = sheet.export.columns.items()
        says = [column for column, to in places if to == "person" or to.endswith(".person_id")]
        what = "it is not said whose row it is"
        step = "Complete the cell, or say under leave_out that such rows stay out."
        if not says:
            step = "Say in the mapping which column names the person: write `person` for it."
        column = says[0] if says else ""
        return None, sheet.export, Problem(what, step, sheet.file, sheet.row, column, rule="unmatched_ids")

    def _asked(
        self, given: str, export: Export, sheet: Sheet, *, new: bool, wave: str | None = None
    ) -> Found:
        """Whom an identifier means; what is no pseudonym is not taken for one."""
        if export.identify == "pseudonym":
            return _as_pseudonym(given)
        found = self.identity.person(given, export, new, sheet.wave if wave is None else wave)
        if found.person is not None and (found.person, sheet.name) not in self.named:
            self.named.add((found.person, sheet.name))
            self._decided(found, export, sheet)
        return found

    def _decided(self, found: Found, export: Export, sheet: Sheet) -> None:
        """What a decision did for somebody to be known."""
        if found.match == "confirmed":
            alike = "" if found.similarity is None else f", similarity {found.similarity:.1f}"
            before = f"on no list ({sheet.name}{alike})"
            self.decided.add("unmatched_ids", "linkage", before, "a confirmed link", str(found.person))
        elif found.match == "normalised" and (export.domains or export.digits):
            before = f"people spelled otherwise than in the list ({sheet.name})"
            self.decided.count("email_key", sheet.sent.table, before, "known by domains and digits", "people")
        elif found.match == "pseudonym" and export.new_people:
            before = f"people whom the study did not know ({sheet.name})"
            self.decided.count("unmatched_ids", sheet.sent.table, before, "new pseudonyms", "people")

    def _observed(self, sheet: Sheet) -> Problem | None:
        """Whom an observer answers about; the observer becomes the rater."""
        about = sheet.first("about")
        step = "Ask the observer."
        if about is None:
            what = "it is not said whom the observer answers about: left out"
            return Problem(what, step, sheet.file, sheet.row, "about", severity="to decide")
        listed = set((self.identity.codes or {}).values()) | self.identity.people
        if about.value in listed or sheet.export.identify in ("pseudonym", "code"):
            if self.identity.codes is not None and about.value not in listed:
                what = "nobody on the list: left out"
                return Problem(what, step, sheet.file, sheet.row, "about", about.value, severity="to decide")
            found = _as_pseudonym(about.value)
        else:
            found = self._asked(about.value, sheet.export, sheet, new=False, wave="")
        if found.person is None:
            return self._placed(found, sheet, about.column)
        sheet.rater, sheet.person = sheet.person, found.person
        return None

    def others(self, sheet: Sheet) -> Problem | None:
        """People whom a row names besides the one it is about, such as the two of a pair."""
        for position, cell in enumerate(sheet.cells):
            if cell.place not in PEOPLE_IN:
                continue
            found = self._asked(cell.value, sheet.export, sheet, new=False, wave="")
            if found.person is None:
                return self._placed(found, sheet, cell.column)
            sheet.cells[position] = replace(cell, value=found.person)
            if cell.place == "responses.rater_id":
                sheet.rater = found.person
        return None

    def _placed(self, found: Found, sheet: Sheet, column: str) -> Problem:
        """Why nobody can be named, with its place."""
        problem = found.problem or Problem("nobody can be named")
        return replace(problem, file=sheet.file, row=sheet.row, column=problem.column or column)


def _as_pseudonym(given: str) -> Found:
    """A pseudonym as it is, unless it tells who somebody is."""
    if looks_like_email(given):
        what = "an e-mail address stands where a pseudonym belongs"
        step = "Say `identify: email` in the mapping, with a list of people or a key kept outside the study."
        return Found(None, problem=Problem(what, step, value=given, rule="email_key"))
    if identifying(given):
        what = "a name or a number that tells who somebody is stands where a pseudonym belongs"
        step = "Say `identify: number` or `identify: code` in the mapping, or write pseudonyms; never names."
        return Found(None, problem=Problem(what, step, rule="names_in_text"))
    return Found(given, "pseudonym")
