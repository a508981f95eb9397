"""The flagship as Microsoft Forms exports it: a workbook with names and addresses, and spaces that do not break."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from rmstudy.study.sample.raw.filled import QUESTIONNAIRES, UNITS, Sheet, filled
from rmstudy.study.sample.raw.google_forms import answers_of
from rmstudy.study.sample.raw.invented import DOMAIN
from rmstudy.study.sample.raw.lines import Line, Lines
from rmstudy.study.sample.raw.mapping_text import Section
from rmstudy.study.sample.raw.planted import Source
from rmstudy.study.sample.raw.workbook import Cell, Grid, workbook

ABOUT: Final = (
    "The flagship's questionnaires as Microsoft Forms exports them: workbooks with start, completion, address and "
    "name, spaces in headings that do not break, the statements of a Likert question as columns without their "
    "stem. The answers are in the language of whoever answered. Everything is invented."
)
HEAD: Final = (
    "From the Microsoft Forms workbooks to the study, written by hand after looking at each file.\n"
    "People were signed in; the list of addresses and pseudonyms is kept outside the study."
)
NUMBER, START, END, EMAIL, NAME = "ID", "Ora di inizio", "Ora di completamento", "Posta elettronica", "Nome"
ABOUT_WHOM: Final = "Codice della persona di cui risponde"
UNIT: Final = "Reparto"
CULTURE: Final = "Cultura dell'apprendimento, media del reparto"
TRIAL: Final = "Utente Di Prova"
NOTHING: Final = ("n.d.", "-")


def microsoft_forms() -> Source:
    """The folder ``raw/microsoft-forms``."""
    data, source = filled(), Source("microsoft-forms", "microsoft", ABOUT, "email")
    for name in QUESTIONNAIRES:
        lines = Lines(data, "microsoft", name)
        _plant(lines)
        file = f"{name}.xlsx"
        _known(lines, source, file)
        content = workbook(Grid("Sheet1", _rows(lines)))
        source.add(name, file, content, lines.described(), _section(lines))
    return source


def _plant(lines: Lines) -> None:
    """What is wrong in each export."""
    if lines.is_any("mentee-pre", "mentor-post"):
        capitals = lines.pick(9)
        lines.change(capitals, lambda line: line.marked("case", **{EMAIL: line.who.email.upper()}))
    if lines.is_any("mentor-post"):
        lines.again("twice", 3, lambda sheet: _changed_mind(lines, sheet.person))
    if lines.is_any("mentor-pre"):
        lines.blanks("none", NOTHING, 10)
        first = lines.data.sheets["mentor-pre"][0]
        for minutes in (30, 20):
            cells = {EMAIL: f"forms@{DOMAIN}", NAME: TRIAL}
            lines.lines.append(Line(first.later(-minutes), cells, frozenset({"trial"})))
        lines.sort()
    if lines.is_any("observer-post"):
        some = lines.data.sheets["observer-post"][4]
        anonymous = Line(some.later(7), {EMAIL: "anonymous", NAME: ""}, frozenset({"anonymous"}))
        lines.lines.append(anonymous)
        lines.sort()
    if lines.is_any("mentee-mid"):
        for place in lines.pick(15):
            line = lines.lines[place]
            items = [item for item in lines.items if item in line.sheet.answers][:2]
            cells = dict(
                zip(items, (_figure(lines, line, items[0]), line.sheet.answers[items[1]]), strict=True)
            )
            lines.lines[place] = line.marked("label", **cells)


def _figure(lines: Lines, line: Line, item: str) -> str:
    """A label with its figure in front."""
    label = lines.data.ticked(line.sheet, item, "it" if line.sheet.italian else "en")
    return f"{line.sheet.answers[item]} = {label}"


def _changed_mind(lines: Lines, person: str) -> Sheet:
    """What somebody sent some hours later, with an answer changed."""
    sheet = next(line.sheet for line in lines.lines if line.sheet.person == person)
    item = next(one for one in sheet.answers if lines.data.scaled(one))
    return sheet.with_answers(**{item: str(int(sheet.answers[item]) % 5 + 1)}).later(190)


def _known(lines: Lines, source: Source, file: str) -> None:
    """What was planted, with its rows in the file."""
    if rows := lines.rows("case"):
        decision = "none: one spelling for all, said in the linkage"
        source.plant(
            "email_key", file, "addresses in capitals", decision, rows=rows, column=EMAIL, seen="never"
        )
    if rows := lines.second_rows("twice"):
        about = "people who sent the form twice: what they had seen in the meantime must not count"
        source.plant("two_answers", file, about, f"keep: first, order_by: {END}", rows=rows)
    if rows := lines.rows("none"):
        about, decision = "n.d. and - where no answer was given", 'missing: ["n.d.", "-"]'
        source.plant("missing_code", file, about, decision, rows=rows, cells=lines.written("none"))
    if rows := lines.rows("trial"):
        about = "trials of the form by the office"
        more = {"rows": rows, "column": NAME, "named": "unmatched_ids"}
        source.plant("test_rows", file, about, f"leave_out: {TRIAL}", **more)
    if rows := lines.rows("anonymous"):
        about = "a sheet without a person: the link was opened without signing in"
        decision = f"leave_out: {NUMBER} {rows[0] - 1}"
        source.plant("unmatched_ids", file, about, decision, rows=rows, column=EMAIL)
    if rows := lines.rows("label"):
        about = "labels with their figure in front, and figures alone, beside labels in two languages"
        decision, cells = "answers, which know labels and figures", lines.written("label")
        source.plant("label_answers", file, about, decision, rows=rows, cells=cells)


def _asked(lines: Lines) -> dict[str, str]:
    """The questions: heading without what nobody sees, and what answers them."""
    found: dict[str, str] = {}
    if lines.about == "departments":
        found[UNIT] = "unit"
    if lines.about == "observer":
        found[ABOUT_WHOM] = "about"
    for item in lines.items:
        found[CULTURE if item == UNITS else lines.data.words(item)] = item
    return found


def _rows(lines: Lines) -> list[list[Cell]]:
    """The header, and the answers."""
    asked = _asked(lines)
    # Forms writes a space that does not break behind every heading, and inside some
    head: list[Cell] = [NUMBER, START, END, EMAIL, NAME]
    head += [f"{words.replace(' ', chr(160), 1)}{chr(160)}" for words in asked]
    rows = [head]
    for number, line in enumerate(lines.lines, start=1):
        begun = line.sheet.at.replace(microsecond=0)
        ended = replace(line.sheet, at=begun).later(1 + line.sheet.seconds // 60).at
        who: list[Cell] = ["anonymous", ""]
        if lines.about != "departments":
            who = [line.cells.get(EMAIL, line.who.email), line.cells.get(NAME, line.who.name)]
        rows.append([number, begun, ended, *who, *(_cell(lines, line, key) for key in asked.values())])
    return rows


def _cell(lines: Lines, line: Line, key: str) -> Cell:
    """One answer in words; a number stays one."""
    sheet = line.sheet
    if key in line.cells:
        return line.cells[key]
    if key in ("unit", "about"):
        return sheet.person if key == "unit" else sheet.about
    if key not in sheet.answers:
        return None
    if key == UNITS:
        return float(sheet.answers[key])
    if key.startswith("aw"):
        return int(sheet.answers[key])
    own = "it" if sheet.italian or lines.data.tested(key) else "en"
    return lines.data.ticked(sheet, key, own)


def _section(lines: Lines) -> str:
    """Where the columns of an export belong, and what was decided."""
    one = Section(lines.name)
    if lines.about == "departments":
        one.put("identify", "pseudonym", "departments answer for themselves, by their names")
    else:
        one.put("identify", "email")
    if lines.rows("none"):
        one.put(
            "missing",
            list(NOTHING),
            "an early version asked people to write n.d. or a dash instead of skipping",
        )
    if lines.rows("twice"):
        one.put(
            "keep", "first", "the second time they had talked about the questions: the first answer holds"
        )
        one.put("order_by", END)
    if lines.rows("trial"):
        one.leave_out([(NAME, [TRIAL], "trials of the form by the office")])
    if rows := lines.rows("anonymous"):
        one.leave_out([(NUMBER, [f"{rows[0] - 1}"], "sent without signing in: nobody knows whose it is")])
    own = "person" if lines.about != "departments" else "ignore"
    places = {EMAIL: own, NAME: "ignore"}
    for heading, key in _asked(lines).items():
        places[heading] = {"unit": "person", "about": "about"}.get(key) or lines.data.place(key)
    answers = {k: some for k, some in answers_of(lines, ("it", "en")).items() if k != "consent"}
    if lines.is_any("mentee-mid"):
        one.why("some wrote the figure in front of the label, some the figure alone")
    return one.columns(places).answers(answers).text()
