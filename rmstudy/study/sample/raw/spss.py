"""The flagship as SPSS keeps it: numbers with labels, declared missing codes, staff numbers without their zeros."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pandas as pd

from rmstudy.errors import DataError, Problem
from rmstudy.study.sample.raw.filled import LETTERS, QUESTIONNAIRES, UNITS, Filled, filled
from rmstudy.study.sample.raw.invented import DIGITS
from rmstudy.study.sample.raw.lines import Line, Lines
from rmstudy.study.sample.raw.mapping_text import Section
from rmstudy.study.sample.raw.planted import Source

ABOUT: Final = (
    "The flagship's questionnaires as files of SPSS, one a wave: codes with value labels, codes declared as missing, "
    "staff numbers stored as numbers, so that zeros in front are lost. A row is a case. Everything is invented."
)
HEAD: Final = (
    "From the SPSS files to the study, written by hand after looking at each file.\n"
    "People are known by their staff number; the list of numbers and pseudonyms is kept outside the study."
)
# Where SPSS writes the moment of saving into a file, and what stands there instead.
STAMP: Final = slice(92, 109)
SAVED: Final = b"02 Sep 2409:00:00"
GROUPS: Final = {1: "programma", 2: "lista d'attesa", 3: "non ammessi"}
NOT_ADMITTED: Final = "3"
AT_THE_TOP: Final = 38
DECLARED: Final = (8, 9)
PACKED: Final = ("observer-pre", "observer-post")


def spss() -> Source:
    """The folder ``raw/spss``."""
    data, source = filled(), Source("spss", "spss", ABOUT, "number")
    for name in QUESTIONNAIRES:
        lines = Lines(data, "spss", name)
        _plant(lines)
        file = f"{name}.zsav" if name in PACKED else f"{name}.sav"
        _known(lines, source, file)
        source.add(name, file, _saved(lines), lines.described(), _section(lines))
    return source


def _plant(lines: Lines) -> None:
    """What is wrong in each file."""
    if lines.is_any("mentee-pre"):
        _not_admitted(lines)
        lines.blanks("declared", ["8", "9"], 18)
    if lines.is_any("mentee-post"):
        lines.blanks("outside", ["7", "44"], 6)
    if lines.is_any("mentor-pre"):
        lines.blanks("undeclared", ["99"], 8)
    if lines.is_any("observer-pre"):
        lines.blanks("declared", ["8"], 6)


def _not_admitted(lines: Lines) -> None:
    """Applicants who were tested and not admitted, most of them because they know everything already."""
    people = lines.data.tables["assignments"]
    ids = people.loc[people["arm"] == "not_selected", "person_id"].tolist()
    like = lines.data.sheets["mentee-pre"]
    for n, person in enumerate(ids):
        model = like[(7 * n) % len(like)]
        answers = {item: answer for item, answer in model.answers.items() if not item.startswith("aw")}
        if n < AT_THE_TOP:
            answers |= {item: "5" for item in lines.items if item.startswith("sk")}
        sheet = replace(model, person=str(person), answers=answers)
        lines.lines.append(Line(sheet, {}, frozenset({"not admitted"})))


def _known(lines: Lines, source: Source, file: str) -> None:
    """What was planted, with its cases in the file."""
    if rows := lines.rows("not admitted", 0):
        about = "applicants who were not admitted: two in three because they know it all, so that the top is crowded"
        top = lines.rows("not admitted", 0)[:AT_THE_TOP]
        decision = f"leave_out: gruppo {NOT_ADMITTED}"
        more = {"rows": top, "column": "sk1 to sk6", "seen": "check"}
        source.plant("ceiling", file, about, decision, **more)
    for mark, rule, about, decision in (
        (
            "declared",
            "missing_code",
            "codes that SPSS knows as missing: 8 refused, 9 without a label",
            "none",
        ),
        ("undeclared", "missing_code", "99, which nobody declared", 'missing: ["99"]'),
        (
            "outside",
            "out_of_range",
            "answers beyond the scale, where the paper was empty",
            'missing: ["7", "44"]',
        ),
    ):
        if rows := lines.rows(mark, 0):
            source.plant(rule, file, about, decision, rows=rows, cells=lines.written(mark))
    if lines.about != "departments":
        counted = [
            (n, line) for n, line in enumerate(lines.lines, start=1) if "not admitted" not in line.marks
        ]
        lost = [n for n, line in counted if line.who.number.startswith("0")]
        about = "staff numbers below 10000: stored as numbers, they have lost their zeros"
        source.plant("unmatched_ids", file, about, f"digits: {DIGITS}", rows=lost, column="matricola")
    if lines.is_any("mentor-post"):
        cells = sum(i.startswith("in") for line in lines.lines for i in line.sheet.answers)
        about = "agreement is coded 0 to 4 in this file, 1 to 5 in the others"
        decision = "rescale: {inclusion: {from: [0, 4], to: [1, 5]}}"
        source.plant("range_change", file, about, decision, cells=cells, column="in1 to in5")


def _code(lines: Lines, item: str, answer: str) -> float:
    """An answer as its code."""
    if lines.data.tested(item):
        return float(LETTERS.index(answer) + 1)
    if lines.is_any("mentor-post") and item.startswith("in"):
        return float(answer) - 1
    return float(answer)


def _columns(lines: Lines) -> dict[str, list[Any]]:
    """Every variable with its values."""
    people = lines.lines
    columns: dict[str, list[Any]] = {}
    if lines.about == "departments":
        columns["reparto"] = [line.sheet.person for line in people]
    else:
        columns["matricola"] = [float(line.who.number) for line in people]
    if lines.about == "observer":
        columns["di_chi"] = [line.sheet.about for line in people]
    if lines.is_any("mentee-pre"):
        arm = lines.data.tables["assignments"].set_index("person_id")["arm"]
        group = {"programme": 1.0, "waitlist": 2.0, "not_selected": 3.0}
        columns["gruppo"] = [group[arm[line.sheet.person]] for line in people]
    for item in lines.items:
        columns["cultura" if item == UNITS else item] = [_value(lines, line, item) for line in people]
    return columns


def _value(lines: Lines, line: Line, item: str) -> float:
    """One answer; nothing where there is none."""
    if item in line.cells:
        return float(line.cells[item])
    answer = line.sheet.answers.get(item)
    return float("nan") if answer is None else _code(lines, item, answer)


def _labels(data: Filled, lines: Lines) -> dict[str, dict[float, str]]:
    """Value labels of each variable."""
    found: dict[str, dict[float, str]] = {}
    for item in lines.items:
        options = data.options(item)
        if options and item != UNITS:
            first = 0 if lines.is_any("mentor-post") and item.startswith("in") else 1
            found[item] = {float(n): label for n, label in enumerate(options, start=first)}
            if data.scaled(item) and lines.rows("declared", 0):
                found[item][8.0] = "Preferisco non rispondere"
    if lines.is_any("mentee-pre"):
        found["gruppo"] = {float(code): words for code, words in GROUPS.items()}
    return found


def _saved(lines: Lines) -> bytes:
    """The file, with a fixed moment of saving."""
    try:
        import pyreadstat
    except ImportError:
        what = "writing files of SPSS needs an extra package"
        raise DataError(Problem(what, "Install it: pip install 'rmstudy[readers]'.")) from None
    data, frame = lines.data, pd.DataFrame(_columns(lines))
    words = {item: data.words(item) for item in lines.items if item != UNITS}
    about = {
        "matricola": "Matricola",
        "reparto": "Reparto",
        "di_chi": "Codice della persona",
        "gruppo": "Gruppo",
    }
    declared = [item for item in lines.items if data.scaled(item)] if lines.rows("declared", 0) else []
    with tempfile.TemporaryDirectory() as folder:
        packed = lines.name in PACKED
        path = Path(folder, "written.zsav" if packed else "written.sav")
        pyreadstat.write_sav(
            frame,
            str(path),
            column_labels=[words.get(str(name), about.get(str(name), str(name))) for name in frame.columns],
            variable_value_labels=_labels(data, lines),
            missing_ranges={item: list(DECLARED) for item in declared},
            compress=packed,
            row_compress=not packed,
        )
        content = bytearray(path.read_bytes())
    content[STAMP] = SAVED
    return bytes(content)


def _section(lines: Lines) -> str:
    """Where the variables of a file belong, and what was decided."""
    one = Section(lines.name)
    if lines.about == "departments":
        one.put("identify", "pseudonym", "departments answer for themselves, by their names")
    else:
        one.put("identify", "number")
        one.put("digits", str(DIGITS), "SPSS keeps staff numbers as numbers; ours have five digits")
    if lines.rows("undeclared", 0):
        one.put("missing", ["99"], "99 was typed for a refusal and never declared as missing")
    if lines.rows("outside", 0):
        one.put("missing", ["7", "44"], "typed beyond the scale; on paper these answers are empty")
    if lines.is_any("mentor-post"):
        because = "this file counts agreement from 0, the others from 1; the labels are the same"
        one.put("rescale", {"inclusion": {"from": ["0", "4"], "to": ["1", "5"]}}, because)
    if lines.rows("not admitted", 0):
        one.leave_out([("gruppo", [NOT_ADMITTED], "tested, but not admitted to the lottery")])
    special = {"matricola": "person", "reparto": "person", "di_chi": "about", "gruppo": "ignore"}
    names = {"cultura": UNITS}
    places = {
        name: special.get(name) or lines.data.place(names.get(name, name))
        for name in map(str, _columns(lines))
    }
    tested = any(lines.data.tested(item) for item in lines.items)
    answers = {"responses.digital_test": dict(zip("1234", LETTERS, strict=True))} if tested else {}
    return one.columns(places).answers(answers).text()
