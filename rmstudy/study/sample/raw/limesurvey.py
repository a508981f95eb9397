"""The flagship as LimeSurvey exports it: answer codes or full answers, sheets that were never sent."""

from __future__ import annotations

import codecs
from typing import Final

from rmstudy.study.sample.raw.filled import QUESTIONNAIRES, UNITS, filled
from rmstudy.study.sample.raw.lines import PARTS, Line, Lines, part_of, slipped
from rmstudy.study.sample.raw.mapping_text import Section
from rmstudy.study.sample.raw.planted import Source
from rmstudy.study.sample.raw.workbook import separated

ABOUT: Final = (
    "The flagship's questionnaires as LimeSurvey exports them: CSV with a byte order mark, question codes as "
    "headings, answer codes in most files and full answers in one. People are known by a code that they make "
    "themselves. Everything is invented."
)
HEAD: Final = (
    "From the LimeSurvey exports to the study, written by hand after looking at each file.\n"
    "People made a code of their own (the questions code_*); the list of codes is kept outside the study."
)
_OWN: Final = ("id", "submitdate", "lastpage", "startlanguage", "seed", "startdate")
CONSENT: Final = "G01Q01"
SAID: Final = "G09Q99"
# What people wrote into the last box; every name is invented.
COMMENTS: Final = (
    "Con Ambra Balridassi mi sono trovata benissimo, grazie!",
    "Il mio mentor, Cedro Nevstogni, ha avuto molta pazienza.",
    "Niente da aggiungere.",
    "Vorrei continuare con Malva Torlapesti anche in autunno.",
)
TURNED: Final = ("tc3", "tc6")


def limesurvey() -> Source:
    """The folder ``raw/limesurvey``."""
    data, source = filled(), Source("limesurvey", "limesurvey", ABOUT, "code")
    for name in QUESTIONNAIRES:
        lines = Lines(data, "limesurvey", name)
        _plant(lines)
        file = f"{name}.csv"
        _known(lines, source, file)
        content = codecs.BOM_UTF8 + separated(_rows(lines), quoted=True).encode()
        source.add(name, file, content, lines.described(), _section(lines))
    return source


def _plant(lines: Lines) -> None:
    """What is wrong in each export."""
    if lines.is_any("mentee-pre"):
        lines.again("unsent", 5, lambda sheet: part_of(sheet, 0.5, 50))
    if lines.is_any("mentee-post", "mentor-post"):
        slips = lines.pick(2 if lines.about == "mentee" else 3)
        lines.change(slips, lambda line: line.marked("slip", **slipped(lines.draws, line)))
    if lines.is_any("mentor-post"):
        written = 0
        for place in lines.pick(12):
            items = [item for item in lines.items if item in lines.lines[place].sheet.answers][:4]
            cells = {item: _otherwise(lines, lines.lines[place], item, k) for k, item in enumerate(items)}
            lines.lines[place] = lines.lines[place].marked("label", **cells)
            written += len(cells)
    if lines.is_any("mentor-pre"):
        places = lines.pick(len(COMMENTS))
        for place, text in zip(places, COMMENTS, strict=True):
            lines.lines[place] = lines.lines[place].marked("comment", **{SAID: text})
    if lines.is_any("observer-pre"):
        lines.blanks("none", ["n.d.", "-"], 7)


def _otherwise(lines: Lines, line: Line, item: str, k: int) -> str:
    """A label as other versions of the form wrote it: capitals, no accents, with its figure, the figure alone."""
    label, figure = lines.data.ticked(line.sheet, item, "it"), line.sheet.answers[item]
    plain = label.replace("é", "e").replace("'", "’")
    return (label.upper(), plain, f"{figure} - {label}", figure)[k]


def _known(lines: Lines, source: Source, file: str) -> None:
    """What was planted, with its rows in the file."""
    if rows := lines.second_rows("unsent"):
        about = "people who stopped half-way and began again: without submitdate, and then the whole sheet"
        source.plant("two_answers", file, about, "keep: most_complete", rows=rows)
    source.links += lines.links()
    if rows := lines.rows("slip"):
        about = "linking codes with one slip of the pen"
        source.plant("unmatched_ids", file, about, "links-outside-the-study.csv", rows=rows, column="code")
    if rows := lines.rows("label"):
        about = "full answers in capitals, with other apostrophes, with their figure, or the figure alone"
        decision, cells = "answers, which know the labels", lines.written("label")
        source.plant("label_answers", file, about, decision, rows=rows, cells=cells)
    if rows := lines.rows("comment"):
        about = "a box for free text, in three of four with a name in it"
        source.plant("names_in_text", file, about, f"columns: {{{SAID}: ignore}}", rows=rows, column=SAID)
    if rows := lines.rows("none"):
        about = "n.d. and - where no answer was given"
        decision, cells = 'missing: ["n.d.", "-"]', lines.written("none")
        source.plant("missing_code", file, about, decision, rows=rows, cells=cells)
    if lines.is_any("mentee-post"):
        cells = sum(item in line.sheet.answers for line in lines.lines for item in TURNED)
        about = (
            "two statements against the scale whose answer codes run from the other end in this wave alone"
        )
        decision = "answers of tc3 and tc6: {A1: 5, ..., A5: 1}"
        source.plant(
            "reversed_items", file, about, decision, cells=cells, column="tc[3], tc[6]", seen="check"
        )


def _column(lines: Lines, item: str) -> str:
    """The heading of an item: an array's part in brackets, in two surveys with an underscore."""
    if item == UNITS or lines.data.tested(item):
        return item.replace("_", "")
    array, part = item[:2], item[2:]
    return f"{array}_{part}" if lines.about == "observer" else f"{array}[{part}]"


def _asked(lines: Lines) -> dict[str, str]:
    """The questions: heading, and what answers them."""
    found: dict[str, str] = {}
    if lines.about == "departments":
        found["reparto"] = "unit"
    else:
        found[CONSENT] = "consent"
        found |= {f"code[{part}]": part for part in PARTS}
    if lines.about == "observer":
        found["persona"] = "about"
    found |= {_column(lines, item): item for item in lines.items}
    if lines.is_any("mentor-pre"):
        found[SAID] = SAID
    return found


def _rows(lines: Lines) -> list[list[str]]:
    """The header, and the answers."""
    asked = _asked(lines)
    rows = [[*_OWN, *asked]]
    for number, line in enumerate(lines.lines, start=11):
        sent = "" if "unsent" in line.marks else line.sheet.at.strftime("%Y-%m-%d %H:%M:%S")
        page = "3" if "unsent" in line.marks else "9"
        own = [
            str(number),
            sent,
            page,
            "it",
            f"{7919 * number % 2**31}",
            line.sheet.at.strftime("%Y-%m-%d %H:%M:%S"),
        ]
        rows.append([*own, *(_cell(lines, line, key) for key in asked.values())])
    return rows


def _cell(lines: Lines, line: Line, key: str) -> str:
    """One answer as its code, or in full."""
    sheet, data = line.sheet, lines.data
    if key in line.cells:
        return line.cells[key]
    if key in PARTS:
        return line.who.typed(again=lines.wave != "pre")[key]
    if key in ("unit", "about"):
        return sheet.person if key == "unit" else sheet.about
    if key == "consent":
        return "Sì" if lines.is_any("mentor-post") else "Y"
    if key not in sheet.answers:
        return ""
    answer = sheet.answers[key]
    if key == UNITS:
        return f"{float(answer):.10f}"
    if not data.options(key):
        return answer
    if lines.is_any("mentor-post"):
        return data.ticked(sheet, key, "it")
    position = data.position(key, answer)
    turned = lines.is_any("mentee-post") and key in TURNED
    return f"A{6 - position if turned else position}"


def _section(lines: Lines) -> str:
    """Where the columns of an export belong, and what was decided."""
    one = Section(lines.name)
    if lines.about == "departments":
        one.put("identify", "pseudonym", "departments answer for themselves, by their names")
    else:
        one.put("identify", "code")
    if lines.rows("unsent"):
        one.put(
            "keep", "most_complete", "five people stopped half-way and began again; the whole sheet counts"
        )
    if lines.rows("none"):
        one.put("missing", ["n.d.", "-"], "managers who had not seen the junior at it wrote n.d. or a dash")
    places = {"submitdate": "answered_at"}
    for heading, key in _asked(lines).items():
        places[heading] = {"unit": "person", "about": "about", "consent": "consent", SAID: "ignore"}.get(
            key
        ) or (f"code.{key}" if key in PARTS else lines.data.place(key))
    if lines.is_any("mentor-pre"):
        one.why("the last box holds names: it is not read")
    one.columns(places)
    if lines.is_any("mentee-post"):
        one.why("tc3 and tc6: the survey of this wave had their answers turned round (A1 is entirely true)")
    return one.answers(_answers(lines)).text()


def _answers(lines: Lines) -> dict[str, dict[str, str]]:
    """What codes and labels stand for."""
    found: dict[str, dict[str, str]] = {}
    codes = {f"A{n}": f"{n}" for n in range(1, 6)}
    for item in lines.items:
        spec, place = lines.data.spec(item), f"responses.{lines.data.instrument(item)}"
        if spec.key:
            found[place] = dict(zip(("A1", "A2", "A3", "A4"), "abcd", strict=True))
        elif spec.labels and spec.range:
            labels = {label: f"{n}" for n, label in enumerate(spec.labels["it"], start=1)}
            found[place] = labels if lines.is_any("mentor-post") else codes
    if lines.is_any("mentee-post"):
        turned = {f"A{n}": f"{6 - n}" for n in range(1, 6)}
        found |= {f"responses.tech_confidence.{item}": turned for item in TURNED}
    if lines.about != "departments":
        found["consent"] = (
            {"Sì": "yes", "No": "no"} if lines.is_any("mentor-post") else {"Y": "yes", "N": "no"}
        )
    return found
