"""The flagship as Qualtrics exports it: three header rows, previews, recoded values, codes for no answer."""

from __future__ import annotations

import codecs
import json
import zlib
from dataclasses import replace
from typing import Final

from rmstudy.study.sample.raw.filled import QUESTIONNAIRES, UNITS, Filled, Sheet, filled
from rmstudy.study.sample.raw.lines import PARTS, Line, Lines, part_of, slipped
from rmstudy.study.sample.raw.mapping_text import Section
from rmstudy.study.sample.raw.planted import Source
from rmstudy.study.sample.raw.workbook import separated

ABOVE: Final = 3
_OWN: Final = {
    "StartDate": "startDate",
    "EndDate": "endDate",
    "Status": "status",
    "Progress": "progress",
    "Duration (in seconds)": "duration",
    "Finished": "finished",
    "RecordedDate": "recordedDate",
    "ResponseId": "_recordId",
    "DistributionChannel": "distributionChannel",
    "UserLanguage": "userLanguage",
}
# In this survey the agreement question was copied from another one, whose values begin at 11.
RECODED: Final = {f"{n + 10}": f"{n}" for n in range(1, 6)}
ABOUT: Final = (
    "The flagship's questionnaires as Qualtrics exports them with numeric values; those of the seniors as TSV "
    "(UTF-16), the others as CSV. People are known by a code that they make themselves. Everything is invented."
)
HEAD: Final = (
    "From the Qualtrics exports to the study, written by hand after looking at each file.\n"
    "People made a code of their own (Q1_1 to Q1_5); the list of codes is kept outside the study."
)


def qualtrics() -> Source:
    """The folder ``raw/qualtrics``."""
    data, source = filled(), Source("qualtrics", "qualtrics", ABOUT, "code")
    for name in QUESTIONNAIRES:
        lines = Lines(data, "qualtrics", name)
        _plant(lines, source)
        tsv = lines.about == "mentee"
        file = f"{name}.{'tsv' if tsv else 'csv'}"
        text = separated(_rows(lines), "\t" if tsv else ",")
        content = codecs.BOM_UTF16_LE + text.encode("utf-16-le") if tsv else codecs.BOM_UTF8 + text.encode()
        _known(lines, source, file)
        source.add(name, file, content, lines.described(), _section(lines))
    return source


def tags(data: Filled, items: list[str]) -> dict[str, str]:
    """The export tag of each item: a question of the test has its own, a statement its matrix and number."""
    found: dict[str, str] = {}
    matrices = [name for name, spec in data.plan.instruments.items() if not spec.key and spec.items]
    for item in items:
        if item == UNITS:
            found[item] = "Q2"
        elif data.tested(item):
            found[item] = f"T{item.upper()}"
        else:
            spec = data.spec(item)
            number = matrices.index(data.instrument(item)) + 10
            found[item] = f"Q{number}_{list(spec.items).index(item) + 1}"
    return found


def _plant(lines: Lines, source: Source) -> None:
    """What is wrong in each export."""
    if lines.is_any("mentee-post"):
        lines.again("unfinished", 4, lambda sheet: part_of(sheet, 0.4, 35))
        straight = {"s006", "s012", "s042"}
        quick = [n for n, line in enumerate(lines.lines) if line.sheet.person in straight and not line.marks]
        lines.change(
            quick,
            lambda line: line.of(replace(line.sheet, seconds=21 + len(line.sheet.person))).marked("quick"),
        )
        lines.blanks("no answer", ["-99"], 12)
    if lines.is_any("mentor-pre"):
        lines.blanks("no answer", ["-99"], 9)
    if lines.is_any("mentee-post", "mentor-post"):
        k = 3 if lines.about == "mentee" else 2
        slips = lines.pick(k)
        lines.change(slips, lambda line: line.marked("slip", **slipped(lines.draws, line)))


def _known(lines: Lines, source: Source, file: str) -> None:
    """What was planted, with its rows in the file."""
    above = ABOVE + _previews(lines)
    if _previews(lines):
        rows = list(range(ABOVE + 1, above + 1))
        about = "previews by whoever built the survey"
        source.plant(
            "test_rows",
            file,
            about,
            "none: the reader knows them and counts them",
            rows=rows,
            column="Status",
        )
    if file.endswith(".tsv"):
        about = "the TSV is UTF-16, as Qualtrics writes it"
        source.plant("encoding", file, about, "none: the file says so itself", cells=1, seen="never")
    if rows := lines.second_rows("unfinished", above):
        about = "people who broke off, and began again: the second sheet is the whole one"
        source.plant("two_answers", file, about, "keep: most_complete", rows=rows)
    if rows := lines.rows("no answer", above):
        cells = sum(text == "-99" for line in lines.lines for text in line.cells.values())
        about = "questions that were seen and not answered are written as -99"
        source.plant("missing_code", file, about, 'missing: ["-99"]', rows=rows, cells=cells)
    source.links += lines.links()
    if rows := lines.rows("slip", above):
        about = "linking codes with one slip of the pen"
        source.plant("unmatched_ids", file, about, "links-outside-the-study.csv", rows=rows, column="code")
    if rows := lines.rows("quick", above):
        about = "people who ticked the same everywhere, and needed less than a second a question"
        decision, more = (
            "none: shown, and decided by people",
            {"seen": "check", "people": lines.people("quick")},
        )
        source.plant("careless", file, about, decision, rows=rows, column="Duration (in seconds)", **more)
    if lines.is_any("mentee-mid"):
        cells = sum(i.startswith("tc") for line in lines.lines for i in line.sheet.answers)
        about = "confidence was asked on nine steps, elsewhere on five; every second step has one of the five labels"
        decision = "rescale: {tech_confidence: {from: [1, 9], to: [1, 5]}}"
        source.plant("range_change", file, about, decision, cells=cells)


def _previews(lines: Lines) -> int:
    """How many previews an export has."""
    return {"mentee-pre": 3, "mentor-pre": 2, "observer-post": 1}.get(lines.name, 0)


def _rows(lines: Lines) -> list[list[str]]:
    """Three header rows, previews, and the answers."""
    asked = _asked(lines)
    head = [*_OWN, *asked, "questionnaire"]
    words = [*_OWN, *(words for words, _ in asked.values()), "questionnaire"]
    ids = [*_OWN.values(), *(f"QID{zlib.crc32(tag.encode()) % 900 + 100}" for tag in asked), "questionnaire"]
    rows = [head, words, [json.dumps({"ImportId": one}) for one in ids]]
    for number in range(_previews(lines)):
        test = replace(lines.data.sheets[lines.name][number], answers={}, seconds=9)
        empty = [""] * len(asked)
        rows.append([*_own(test, number, "Survey Preview"), *empty, lines.name])
    for number, line in enumerate(lines.lines, start=20):
        finished = "0" if "unfinished" in line.marks else "1"
        own = _own(line.sheet, number, "IP Address", finished)
        rows.append([*own, *(_cell(lines, line, key) for _, key in asked.values()), lines.name])
    return rows


def _asked(lines: Lines) -> dict[str, tuple[str, str]]:
    """The questions: tag, words, and what answers them."""
    found: dict[str, tuple[str, str]] = {}
    if lines.about == "departments":
        found["Q1"] = ("Reparto", "unit")
    else:
        for number, (part, words) in enumerate(PARTS.items(), start=1):
            found[f"Q1_{number}"] = (f"Il Suo codice - {words}", part)
    if lines.about == "observer":
        found["Q2"] = ("Pseudonimo della persona, come sta nell'invito", "about")
    for item, tag in tags(lines.data, lines.items).items():
        if item == UNITS:
            found[tag] = ("Cultura dell'apprendimento, media del reparto", item)
        elif lines.data.spec(item).key:
            found[tag] = (lines.data.words(item), item)
        else:
            found[tag] = (f"{_stem(lines.data, item)} - {lines.data.words(item)}", item)
    return found


def _stem(data: Filled, item: str) -> str:
    """The question above a matrix, cut as Qualtrics cuts it."""
    instruction = data.spec(item).instruction
    text = instruction["it"] if isinstance(instruction, dict) else "Quanti su cento sono d'accordo?"
    return text if len(text) <= 40 else f"{text[:37]}..."


def _own(sheet: Sheet, number: int, status: str, finished: str = "1") -> list[str]:
    """The columns that Qualtrics writes itself."""
    begun = sheet.at.strftime("%Y-%m-%d %H:%M:%S")
    ended = sheet.later(1).at.strftime("%Y-%m-%d %H:%M:%S")
    name = f"R_{zlib.crc32(f'{sheet.questionnaire}{number}'.encode()):015d}"
    progress = "100" if finished == "1" else "38"
    channel = "preview" if "Preview" in status else "anonymous"
    language = "IT" if sheet.italian else "EN"
    return [begun, ended, status, progress, str(sheet.seconds), finished, ended, name, channel, language]


def _cell(lines: Lines, line: Line, key: str) -> str:
    """One answer as its recode value."""
    sheet, data = line.sheet, lines.data
    if key in line.cells:
        return line.cells[key]
    if key in PARTS:
        return line.who.typed(again=lines.wave != "pre")[key]
    if key in ("unit", "about"):
        return sheet.person if key == "unit" else sheet.about
    if key not in sheet.answers:
        return ""
    answer = sheet.answers[key]
    if data.tested(key):
        return str(data.position(key, answer))
    if data.instrument(key) == "inclusion":
        return str(int(answer) + 10)
    if lines.is_any("mentee-mid") and key.startswith("tc"):
        return str(2 * int(answer) - 1)
    return answer


def _section(lines: Lines) -> str:
    """Where the columns of an export belong, and what was decided."""
    one = Section(lines.name)
    if lines.about == "departments":
        one.put("identify", "pseudonym", "departments answer for themselves, by their names")
    else:
        one.put("identify", "code")
    if lines.rows("no answer"):
        one.put(
            "missing", ["-99"], "the export was set to write -99 for questions that were seen and left open"
        )
    if lines.rows("unfinished"):
        one.put("keep", "most_complete", "four people broke off and began again; the whole sheet counts")
    if lines.is_any("mentee-mid"):
        because = (
            "at half-time confidence was asked on nine steps; every second step is one of the five labels"
        )
        one.put("rescale", {"tech_confidence": {"from": ["1", "9"], "to": ["1", "5"]}}, because)
    places = {"RecordedDate": "answered_at", "Duration (in seconds)": "seconds"}
    for tag, (_, key) in _asked(lines).items():
        places[tag] = {"unit": "person", "about": "about"}.get(key) or (
            f"code.{key}" if key in PARTS else lines.data.place(key)
        )
    return one.columns(places).answers(_answers(lines)).text()


def _answers(lines: Lines) -> dict[str, dict[str, str]]:
    """What recode values stand for, where they are not the answer itself."""
    found: dict[str, dict[str, str]] = {}
    if any(lines.data.tested(item) for item in lines.items):
        found["responses.digital_test"] = dict(zip("1234", "abcd", strict=True))
    if any(item.startswith("in") for item in lines.items):
        found["responses.inclusion"] = RECODED
    return found
