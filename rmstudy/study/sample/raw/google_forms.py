"""The flagship as Google Forms exports it: questions as headings, Italian labels, times of the account's country."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Final

from rmstudy.study.sample.raw.filled import QUESTIONNAIRES, UNITS, Filled, Sheet, filled
from rmstudy.study.sample.raw.invented import DOMAIN, OLD_DOMAIN
from rmstudy.study.sample.raw.lines import Line, Lines
from rmstudy.study.sample.raw.mapping_text import Section
from rmstudy.study.sample.raw.planted import Source
from rmstudy.study.sample.raw.workbook import separated

ABOUT: Final = (
    "The flagship's questionnaires as Google Forms exports them: CSV from the linked sheet of an Italian account, "
    "whole questions as headings, labels as answers, people by their e-mail address. Everything is invented."
)
HEAD: Final = (
    "From the Google Forms exports to the study, written by hand after looking at each file.\n"
    "The forms collected e-mail addresses; the list of addresses and pseudonyms is kept outside the study."
)
SENT: Final = "Informazioni cronologiche"
EMAIL: Final = "Indirizzo email"
CONSENT: Final = "Ho letto l'informativa e partecipo."
ABOUT_WHOM: Final = "Codice della persona di cui risponde (dall'invito)"
UNIT: Final = "Reparto"
CULTURE: Final = "Cultura dell'apprendimento: media del reparto nell'indagine di clima"
MORE: Final = "C'è altro che vuole dirci?"
GUESSED: Final = "Quanti colleghi su cento sono d'accordo?"
# After three days somebody changed the wording, and Google opened a new column at the end.
CHANGED_ITEM: Final = "sk1"
CHANGED: Final = "Trovo in poco tempo informazioni affidabili su internet."
TESTER: Final = f"prova.modulo@{DOMAIN}"
COMMENTS: Final = (
    "Grazie a Ginestra Palzubelloni per la pazienza.",
    "Con Onice Taldonacchi avrei voluto più tempo.",
    "Tutto bene, grazie.",
)


def google_forms() -> Source:
    """The folder ``raw/google-forms``."""
    data, source = filled(), Source("google-forms", "google", ABOUT, "email")
    for name in QUESTIONNAIRES:
        lines = Lines(data, "google", name)
        _plant(lines)
        file = f"{name}.csv"
        _known(lines, source, file)
        source.add(name, file, separated(_rows(lines)).encode(), lines.described(), _section(lines))
    return source


def _plant(lines: Lines) -> None:
    """What is wrong in each export."""
    if lines.is_any("mentee-pre"):
        lines.change(lines.pick(14), lambda line: line.marked("merger", **{EMAIL: _old(line)}))
    if lines.is_any("mentee-post"):
        lines.change(lines.pick(8), lambda line: line.marked("case", **{EMAIL: _capitals(line)}))
        lines.change(lines.pick(5), lambda line: line.marked("alias", **{EMAIL: _alias(line)}))
        lines.again("twice", 5, lambda sheet: _other(lines, sheet))
        early = lines.pick(2)
        lines.change(
            early,
            lambda line: line.of(replace(line.sheet, at=dt.datetime(2023, 7, 20, 10, 5, 7))).marked("early"),
        )
        lines.sort()
        for place, text in zip(lines.pick(len(COMMENTS)), COMMENTS, strict=True):
            lines.lines[place] = lines.lines[place].marked("comment", **{MORE: text})
    if lines.is_any("mentor-pre"):
        for sheet in lines.data.sheets["mentor-pre"][:2]:
            test = replace(sheet, answers=dict(list(sheet.answers.items())[:6])).later(-60)
            lines.lines.append(Line(test, {EMAIL: TESTER}, frozenset({"test"})))
        lines.sort()


def _old(line: Line) -> str:
    """An address from before the merger."""
    return line.who.email.replace(f"@{DOMAIN}", f"@{OLD_DOMAIN}")


def _capitals(line: Line) -> str:
    """An address as it was typed."""
    return f"{line.who.first}.{line.who.last}@{DOMAIN}"


def _alias(line: Line) -> str:
    """An address with something behind a plus."""
    return line.who.email.replace("@", "+questionari@")


def _other(lines: Lines, sheet: Sheet) -> Sheet:
    """A first version, in which an answer was another."""
    item = next(one for one in sheet.answers if lines.data.scaled(one))
    changed = str(int(sheet.answers[item]) % 5 + 1)
    return sheet.with_answers(**{item: changed}).later(-25)


def _known(lines: Lines, source: Source, file: str) -> None:
    """What was planted, with its rows in the file."""
    about = "the times are those of an Italian account: 05/12/2023 9.12.33"
    rows = [n for n, line in enumerate(lines.lines, start=2) if "test" not in line.marks]
    source.plant("ambiguous_dates", file, about, "dates: dmy", rows=rows, column=SENT)
    for mark, about, decision in (
        ("merger", "addresses from before the merger", f"domains: {{{OLD_DOMAIN}: {DOMAIN}}}"),
        ("case", "addresses with capitals", "none: one spelling for all, said in the linkage"),
        ("alias", "addresses with an alias behind a plus", "none: one spelling for all, said in the linkage"),
    ):
        if rows := lines.rows(mark):
            seen = "import" if mark == "merger" else "never"
            named = "unmatched_ids" if mark == "merger" else ""
            more = {"rows": rows, "column": EMAIL, "seen": seen, "named": named}
            source.plant("email_key", file, about, decision, **more)
    if rows := lines.second_rows("twice"):
        about = "people who sent the form twice, with one answer changed: the last one holds"
        source.plant("two_answers", file, about, f"keep: last, order_by: {SENT}", rows=rows)
    if rows := lines.rows("test"):
        about = "trials of the form by the office"
        more = {"rows": rows, "column": EMAIL, "named": "unmatched_ids"}
        source.plant("test_rows", file, about, f"leave_out: {TESTER}", **more)
    if rows := lines.rows("early"):
        about = "typed in from paper with the year before: after the programme, yet before its start"
        decision, more = (
            "none: shown, and decided by people",
            {"seen": "check", "people": lines.people("early")},
        )
        source.plant("impossible_dates", file, about, decision, rows=rows, column=SENT, **more)
    if rows := lines.rows("comment"):
        about = "a box for free text, in two of three with a name in it"
        source.plant("names_in_text", file, about, "columns: ignore", rows=rows, column=MORE)
    _known_figures(lines, source, file)


def _known_figures(lines: Lines, source: Source, file: str) -> None:
    """Commas, shares and a question that was changed."""
    if lines.about == "departments":
        rows = list(range(2, len(lines.lines) + 2))
        source.plant(
            "decimal_comma", file, "averages with a comma", 'decimal: ","', rows=rows, column=CULTURE
        )
    guesses = [n for n, line in enumerate(lines.lines, start=2) if "aw1" in line.sheet.answers]
    if guesses:
        cells = sum(i.startswith("aw") for line in lines.lines for i in line.sheet.answers)
        about = "guesses of executives with a per cent sign"
        source.plant(
            "decimal_comma", file, about, 'decimal: ","', rows=guesses, cells=cells, column="aw1 to aw8"
        )
    if lines.is_any("mentee-mid"):
        rows = [n for n, line in enumerate(lines.lines, start=2) if _changed(lines, line)]
        about = "a question was changed while the form was open: its answers stand in two columns"
        decision = "columns: both headings to one place"
        source.plant("sheet_layout", file, about, decision, rows=rows, column=CHANGED, seen="never")


def _changed(lines: Lines, line: Line) -> bool:
    """Whether somebody saw the changed wording."""
    return lines.is_any("mentee-mid") and line.sheet.at.date() > dt.date(2024, 4, 15)


def _heading(data: Filled, item: str) -> str:
    """The heading of an item: its question, or the grid's question with the row."""
    if item == UNITS:
        return CULTURE
    spec = data.spec(item)
    if spec.key:
        return data.words(item)
    instruction = spec.instruction
    return f"{instruction['it'] if isinstance(instruction, dict) else GUESSED} [{data.words(item)}]"


def _asked(lines: Lines) -> dict[str, str]:
    """The questions: heading, and what answers them."""
    found: dict[str, str] = {}
    if lines.about == "departments":
        found[UNIT] = "unit"
    else:
        found |= {EMAIL: "email", CONSENT: "consent"}
    if lines.about == "observer":
        found[ABOUT_WHOM] = "about"
    found |= {_heading(lines.data, item): item for item in lines.items}
    if lines.is_any("mentee-mid"):
        found[f"{_heading(lines.data, CHANGED_ITEM).partition('[')[0]}[{CHANGED}]"] = CHANGED
    if lines.is_any("mentee-post"):
        found[MORE] = MORE
    return found


def _rows(lines: Lines) -> list[list[str]]:
    """The header, and the answers."""
    asked = _asked(lines)
    rows = [[SENT, *asked]]
    for line in lines.lines:
        rows.append([_time(line.sheet.at), *(_cell(lines, line, key) for key in asked.values())])
    return rows


def _time(at: dt.datetime) -> str:
    """A moment as the sheet of an Italian account writes it."""
    return f"{at:%d/%m/%Y} {at.hour}.{at:%M.%S}"


def _cell(lines: Lines, line: Line, key: str) -> str:
    """One answer in words."""
    sheet = line.sheet
    if key == "email":
        return line.cells.get(EMAIL, line.who.email)
    if key in ("unit", "about", "consent"):
        return {"unit": sheet.person, "about": sheet.about, "consent": "Sì"}[key]
    if key in line.cells:
        return line.cells[key]
    if key == CHANGED or (key == CHANGED_ITEM and lines.is_any("mentee-mid")):
        if _changed(lines, line) != (key == CHANGED):
            return ""
        key = CHANGED_ITEM
    if key not in sheet.answers:
        return ""
    if key == UNITS:
        return sheet.answers[key].replace(".", ",")
    if key.startswith("aw"):
        return f"{sheet.answers[key]} %"
    return lines.data.ticked(sheet, key, "it")


def _section(lines: Lines) -> str:
    """Where the columns of an export belong, and what was decided."""
    one = Section(lines.name)
    if lines.about == "departments":
        one.put("identify", "pseudonym", "departments answer for themselves, by their names")
    else:
        one.put("identify", "email")
    one.put("dates", "dmy", "an Italian account: the day comes first")
    if lines.about == "departments":
        one.put("decimal", ",", "averages as they are typed in Italy")
    elif any(item.startswith("aw") for item in lines.items):
        one.put("decimal", ",", "whole per cents: 65 % is 65")
    if lines.rows("merger"):
        one.put(
            "domains", {OLD_DOMAIN: DOMAIN}, "in December some still had the address from before the merger"
        )
    if lines.rows("twice"):
        one.put("keep", "last", "who sends the form again corrects it")
        one.put("order_by", SENT)
    if lines.rows("test"):
        one.leave_out([(EMAIL, [TESTER], "trials of the form by the office")])
    places = {SENT: "answered_at"}
    special = {"unit": "person", "email": "person", "about": "about", "consent": "consent", MORE: "ignore"}
    for heading, key in _asked(lines).items():
        item = CHANGED_ITEM if key == CHANGED else key
        places[heading] = special.get(key) or lines.data.place(item)
    if lines.is_any("mentee-mid"):
        one.why("the last column is sk1 again: its wording was changed on 15 April, the meaning was not")
    if lines.is_any("mentee-post"):
        one.why("the last question holds names: it is not read")
    return one.columns(places).answers(answers_of(lines, ("it",))).text()


def answers_of(lines: Lines, languages: tuple[str, ...]) -> dict[str, dict[str, str]]:
    """What labels and a test's answers stand for."""
    found: dict[str, dict[str, str]] = {}
    for item in lines.items:
        spec = lines.data.spec(item)
        if spec.key:
            options = {words: "abcd"[n] for n, words in enumerate(lines.data.options(item))}
            found[lines.data.place(item)] = options
        elif spec.labels and item != UNITS:
            place = f"responses.{lines.data.instrument(item)}"
            found[place] = {
                label: f"{n}"
                for lang in languages
                for n, label in enumerate(lines.data.options(item, lang), start=1)
            }
    if lines.about != "departments":
        found["consent"] = {"Sì": "yes", "No": "no"}
    return found
