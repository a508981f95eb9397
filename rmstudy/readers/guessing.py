"""A mapping proposed from the plan and the files: every line with its reason, for a person to confirm."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from rmstudy.errors import DataError, Problem
from rmstudy.readers.answers import SOURCES
from rmstudy.readers.evidence import Evidence, order_of
from rmstudy.readers.fitting import Column, Sure, fitting, once
from rmstudy.readers.forms import told_form
from rmstudy.readers.likeness import Questions
from rmstudy.readers.mapping import Export, Form
from rmstudy.readers.numbers import Writing
from rmstudy.readers.places import Places
from rmstudy.readers.placing import EXACT, TYPED
from rmstudy.readers.sheets import Sheets
from rmstudy.study.cells import folded
from rmstudy.study.plan import Plan
from rmstudy.study.tables import TABLES

WORDS: Final = {
    "pre": "baseline before prima t0 vorher avant inizio start",
    "post": "after dopo nachher apres finale final",
    "mid": "midterm intermedia intermedio meta",
    "follow_up": "followup follow",
    "mentor": "mentors junior juniors",
    "mentee": "mentees senior seniors",
}


@dataclass(slots=True)
class Guessed:
    """What is proposed for one questionnaire.

    Parameters
    ----------
    name : str
        Its name.
    files : list of str
        Files that hold it.
    form : Form
        How they are written.
    about : dict
        ``table``, ``wave``, ``role`` and ``rater``, each with why.
    columns : tuple of Column
        A proposal for each column.
    evidence : dict
        What the cells of each instrument hold.
    dates : tuple of str or None, and str
        The order of day and month, and why.
    several : int
        People with more than one row.
    people : tuple of str
        What names them; never written down.
    words : dict
        Of a question for a yes, the words of its answers.
    """

    name: str
    files: list[str]
    form: Form
    why_form: str
    about: dict[str, tuple[str, str]]
    columns: tuple[Column, ...]
    evidence: dict[str, Evidence] = field(default_factory=dict)
    dates: tuple[str | None, str] = (None, "")
    several: int = 0
    people: tuple[str, ...] = ()
    words: dict[str, set[str]] = field(default_factory=dict)

    def count(self, sure: Sure) -> int:
        """How many columns fit surely, perhaps or not."""
        return sum(one.sure == sure for one in self.columns)


def guess(
    files: Sequence[Path], plan: Plan, *, source: str, people: Collection[str] = ()
) -> tuple[list[Guessed], list[Problem]]:
    """Propose where the columns of some files belong.

    Parameters
    ----------
    files : sequence of Path
        Exports of one source.
    plan : Plan
        Has the items with their words, the waves and the roles.
    source : str
        The tool.
    people : collection of str
        Pseudonyms of those who are in the study.

    Returns
    -------
    guessed : list of Guessed
        A proposal for each questionnaire; files with the same name and columns hold one together.
    findings : list of Problem
        What the readers found.

    Raises
    ------
    DataError
        When a file cannot be read.

    Examples
    --------
    >>> import rmstudy as rm
    >>> guess([Path("answers.csv")], rm.load_sample("digital-skills").plan, source="google")
    Traceback (most recent call last):
    rmstudy.errors.DataError: answers.csv: the file is not there. Say where it is.
    """
    known, found = Questions(plan), []
    guessed: dict[str, Guessed] = {}
    read: dict[str, Sheets] = {}
    for path in sorted(files):
        form, why = told_form(path, source)
        sheets, findings = SOURCES[source].read(path, form)
        found += findings
        one = _one(sheets, path, plan, known, source, people)
        one.form, one.why_form = form, why
        same = guessed.get(one.name)
        if same is not None and read[one.name].columns == sheets.columns and same.form == form:
            both = Sheets(
                sheets.file, sheets.columns, (*read[one.name].rows, *sheets.rows), sheets.meta, sheets.words
            )
            more = _one(both, path, plan, known, source, people)
            more.files, more.form, more.why_form = [*same.files, path.name], form, why
            guessed[one.name], read[one.name] = more, both
            continue
        while one.name in guessed:
            one.name = f"{one.name}-2"
        guessed[one.name], read[one.name] = one, sheets
    return list(guessed.values()), found


def _one(
    sheets: Sheets, path: Path, plan: Plan, known: Questions, source: str, people: Collection[str]
) -> Guessed:
    """A proposal for one file."""
    cells = {name: [row[name] for _, row in sheets.rows if name in row] for name in sheets.columns}
    own = {*SOURCES[source].META, *sheets.meta}
    writing = Writing(exact=path.suffix.lower() in EXACT, typed=source in TYPED)
    places = Places(Export(columns={}), plan, writing)
    columns = [
        fitting(name, sheets.words.get(name, ""), cells[name], known, places, people)
        for name in sheets.columns
        if name != "questionnaire"
    ]
    columns = once([one for one in columns if one.place != "ignore" or _listed(one, own)], cells)
    evidence: dict[str, Evidence] = {}
    for one in columns:
        if one.place.startswith("responses."):
            key = ".".join(one.place.split(".")[:2])
            evidence.setdefault(key, Evidence()).add(cells[one.name], one.place, places)
    about = _about(path.stem, columns, plan)
    name = "-".join(about[key][0] for key in ("wave", "role") if about[key][0] not in ("", "?"))
    days = [text for one in columns if one.place == "answered_at" for text in cells[one.name]]
    person = next((one.name for one in columns if one.place == "person"), None)
    rows = Counter(folded(text) for text in cells[person]) if person else Counter()
    return Guessed(
        name or about["table"][0],
        [path.name],
        Form(),
        "",
        about,
        tuple(columns),
        evidence,
        order_of(days),
        sum(times > 1 for times in rows.values()),
        tuple(cells[person]) if person else (),
        {one.name: set(cells[one.name]) for one in columns if one.place == "consent"},
    )


def _listed(column: Column, own: set[str]) -> bool:
    """Whether a column that is left out is worth a line: the tool's own are not, unless they name people."""
    return column.name not in own or "personal" in column.why


def _about(stem: str, columns: Iterable[Column], plan: Plan) -> dict[str, tuple[str, str]]:
    """Table, wave, role and rater of a file, from its name and its questions."""
    asked = {one.place.split(".")[1] for one in columns if one.place.startswith("responses.")}
    tables = [
        table
        for table in TABLES
        if table not in ("staff", "reference_values", "linkage", "decision_log")
        and sum(one.name in TABLES[table].columns for one in columns) > 1
    ]
    table = "responses" if asked or not tables else tables[0]
    tokens = set(re.split(r"[\W_]+", folded(stem))) | {folded(stem)}
    wave = _named(plan.waves, tokens)
    if not wave[0]:
        one = len(plan.waves) == 1
        wave = (next(iter(plan.waves)), "the plan has no other") if one else ("?", "")
    role = _named(plan.roles, tokens)
    roles = [set(plan.instruments[name].role) for name in asked if name in plan.instruments]
    shared = set.intersection(*roles) if roles else set()
    if not role[0] and len(shared) == 1:
        role = (shared.pop(), "the role of the instruments")
    raters = {plan.instruments[name].rater for name in asked if name in plan.instruments}
    rater = ("observer", "the instruments are an observer's") if raters == {"observer"} else ("self", "")
    return {
        "table": (table, ""),
        "wave": wave if table == "responses" else ("", ""),
        "role": role,
        "rater": rater,
    }


def _named(names: Iterable[str], tokens: set[str]) -> tuple[str, str]:
    """Which of some names stands in the name of a file."""
    names = list(names)
    exact = [
        name for name in names if folded(name) in tokens or set(re.split(r"[\W_]+", folded(name))) <= tokens
    ]
    if len(exact) == 1:
        return exact[0], "the name of the file"
    alike = [name for name in names if tokens & set(WORDS.get(name, "").split())]
    if not exact and len(alike) == 1:
        return alike[0], "perhaps: a word in the name of the file"
    return "", ""


def refuse_unknown(source: str) -> None:
    """Refuse a source whose columns cannot be guessed.

    Raises
    ------
    DataError
        When there is no such source.

    Examples
    --------
    >>> refuse_unknown("qualtrics")
    """
    if source not in SOURCES:
        raise DataError(Problem("an unknown source", f"Allowed: {', '.join(SOURCES)}.", value=source))
