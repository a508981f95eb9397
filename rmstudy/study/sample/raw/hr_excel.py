"""The flagship's people, lottery, pairs, leavers and costs as an Italian personnel office keeps them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

import pandas as pd

from rmstudy.study.sample.digital_skills import SEED
from rmstudy.study.sample.draws import Draws
from rmstudy.study.sample.raw.filled import Filled, filled
from rmstudy.study.sample.raw.invented import DIGITS, invented
from rmstudy.study.sample.raw.mapping_text import Section, described
from rmstudy.study.sample.raw.planted import Source
from rmstudy.study.sample.raw.workbook import Cell, Grid, separated, workbook

ABOUT: Final = (
    "The flagship's people, lottery, pairs, employment and costs as an Italian personnel office keeps them: text "
    "files with semicolons in cp1252, workbooks with titles, merged cells and totals, staff numbers without their "
    "zeros, commas, days with the day first. With the flagship's answers it gives the flagship's verdicts. "
    "Everything is invented."
)
HEAD: Final = (
    "From the personnel office's extracts to the study, written by hand after looking at each file.\n"
    "People are known by their staff number; the list of numbers and pseudonyms is kept outside the study."
)
ROLES: Final = {"mentee": "Senior (mentee)", "mentor": "Junior (mentor)"}
LEVELS: Final = {
    "1-junior": "Impiegato",
    "2-middle": "Quadro",
    "3-senior": "Funzionario",
    "4-executive": "Dirigente",
}
UNITS: Final = {
    "operations": "Produzione",
    "technology": "Tecnologia",
    "sales": "Vendite",
    "finance": "Finanza",
    "marketing": "Marketing",
    "people": "Personale",
    "legal": "Legale",
    "logistics": "Logistica",
}
TENURE: Final = {
    "00-02": "fino a 2 anni",
    "03-09": "da 3 a 9 anni",
    "10-19": "da 10 a 19 anni",
    "20+": "20 anni e più",
}
ARMS: Final = {
    "programme": "Programma",
    "waitlist": "Lista d'attesa",
    "comparison": "Confronto",
    "not_selected": "Non ammesso",
}
MECHANISMS: Final = {"lottery": "Sorteggio", "criteria": "Criteri", "self": "Volontario"}
ENDS: Final = {
    "completed": "Conclusa",
    "withdrawn": "Ritirata",
    "left_company": "Uscita dall'azienda",
    "reassigned": "Nuovo mentor",
    "never_met": "Mai incontrati",
}
METHODS: Final = {"by_skills": "Competenze", "by_coordinator": "Coordinatore"}
STAFF: Final = {
    "Matricola": "person",
    "Dal": "ignore",
    "Al": "ignore",
    "Ruolo nel programma": "participants.role",
    "Fascia d'età": "participants.age_band",
    "Inquadramento": "participants.seniority_band",
    "Reparto": "participants.unit",
    "Anzianità": "participants.tenure_band",
}
PAIRS: Final = {
    "Coppia": "pairs.pair_id",
    "Mentor": "pairs.mentor_id",
    "Mentee": "pairs.mentee_id",
    "Inizio": "pairs.start",
    "Fine": "pairs.end",
    "Esito": "pairs.end_reason",
    "Metodo": "pairs.match_method",
    "Punteggio": "pairs.match_score",
    "Al posto di": "pairs.predecessor_pair_id",
    "Nota": "ignore",
}
TOTAL: Final = "Totale"
SWAPPED, NEXT_YEAR = "riga errata, ruoli invertiti", "edizione 2025"
AGAIN: Final = 26
# The extract was drawn from those who are still on the payroll, and a few leavers were forgotten.
FORGOTTEN: Final = ("s016", "s123", "j041")


def hr_excel() -> Source:
    """The folder ``raw/hr-excel``."""
    source = Source("hr-excel", "excel", ABOUT, "number")
    for part in (_staff, _lottery, _pairs, _employment, _costs):
        part(filled(), source)
    return source


def _lost(person: object) -> str:
    """A staff number as a spreadsheet leaves it."""
    return invented()[str(person)].number.lstrip("0")


def _day(day: object) -> str:
    """A day as it is written in Italy; nothing where there is none."""
    if pd.isna(day) or day == "":
        return ""
    return dt.date.fromisoformat(str(day)).strftime("%d/%m/%Y")


def _comma(number: object, decimals: int = 2, thousands: bool = False) -> str:
    """A number as it is written in Italy."""
    text = f"{float(str(number)):{',' if thousands else ''}.{decimals}f}"
    return text.translate(str.maketrans(",.", ".,"))


def _old_excel(rows: Sequence[Sequence[str]]) -> bytes:
    """A text file as Excel saves it on an Italian Windows."""
    return separated(rows, ";").replace("\n", "\r\n").encode("cp1252")


def _turned(words: dict[str, str]) -> dict[str, str]:
    """What the office's words stand for."""
    return {word: code for code, word in words.items()}


def _rows(data: Filled, table: str) -> list[dict[str, Any]]:
    """The rows of a table of the flagship."""
    return [
        {str(k): v for k, v in row.items()} for row in data.tables[table].astype(object).to_dict("records")
    ]


def _number(section: Section) -> Section:
    """What every file of the office has in common."""
    because = "numbers lost their zeros on the way through Excel; ours have five digits"
    return section.put("identify", "number").put("digits", str(DIGITS), because)


def _zeros(source: Source, file: str, rows: list[int], column: str = "Matricola") -> None:
    """Write down where zeros were lost."""
    about = "staff numbers below 10000 without the zeros in front"
    source.plant("unmatched_ids", file, about, f"digits: {DIGITS}", rows=rows, column=column)


def _short(people: Sequence[object], above: int = 1) -> list[int]:
    """Lines of people whose number begins with a zero."""
    return [n for n, one in enumerate(people, start=above + 1) if invented()[str(one)].number.startswith("0")]


def _staff(data: Filled, source: Source) -> None:
    """Who people are: a row for each spell of employment, the latest last."""
    draws, file = Draws(SEED, "raw staff"), "organico.csv"
    people = _rows(data, "participants")
    moved = set(draws.pick([str(one["person_id"]) for one in people], AGAIN))
    rows, ids, again = [list(STAFF)], [], []
    for one in people:
        person = str(one["person_id"])
        since = dt.date(2021, 1, 4) + dt.timedelta(days=int(draws.integers(0, 700, 1)[0]))
        words = [ROLES[one["role"]], one["age_band"], LEVELS[one["seniority_band"]]]
        if person in moved:
            unit = next(name for code, name in UNITS.items() if code != one["unit"])
            before = since - dt.timedelta(days=400)
            until = since - dt.timedelta(days=1)
            rows.append([_lost(person), _day(before), _day(until), *words, unit, TENURE[one["tenure_band"]]])
            ids.append(person)
            again.append(len(rows) + 1)
        rows.append([_lost(person), _day(since), "", *words, UNITS[one["unit"]], TENURE[one["tenure_band"]]])
        ids.append(person)
    about = "people with two spells of employment: the later row is the present one"
    source.plant("duplicate_person", file, about, "keep: last, order_by: Dal", rows=again)
    every = list(range(2, len(rows) + 1))
    source.plant("ambiguous_dates", file, "days with the day first", "dates: dmy", rows=every, column="Dal")
    about = "saved by Excel on Windows: cp1252, semicolons"
    source.plant("encoding", file, about, "file: {encoding: cp1252}", rows=[1], seen="form")
    _zeros(source, file, _short(ids))
    source.add(
        "organico", file, _old_excel(rows), described("organico", table="participants"), _staff_section()
    )


def _staff_section() -> str:
    """Where the columns of the list of people belong."""
    section = _number(Section("organico")).put("file", {"encoding": "cp1252"}, "Excel on an Italian Windows")
    section.put("dates", "dmy", "the day comes first")
    section.put("keep", "last", "a row for each spell of employment: the latest tells where people are now")
    section.put("order_by", "Dal").columns(STAFF)
    answers = {"role": ROLES, "seniority_band": LEVELS, "unit": UNITS, "tenure_band": TENURE}
    return section.answers({f"participants.{name}": _turned(words) for name, words in answers.items()}).text()


def _lottery(data: Filled, source: Source) -> None:
    """Who drew a seat: a workbook with titles, groups of columns, and a row of totals."""
    file, drawn = "sorteggio.xlsx", _rows(data, "assignments")
    head: list[Cell] = ["Matricola", "Gruppo", "Modalità", "Strato", "Probabilità", "Data"]
    rows: list[list[Cell]] = [
        ["Competenze digitali 2024 – esito del sorteggio e degli abbinamenti"],
        ["Ufficio del personale, stato al 2 settembre 2024"],
        ["Persona", "Assegnazione", None, None, None, None],
        head,
    ]
    for one in drawn:
        stratum = LEVELS.get(str(one["stratum"]), "")
        chance = "" if pd.isna(one["probability"]) else _comma(one["probability"], 4)
        on = dt.date.fromisoformat(str(one["assigned_on"]))
        words: list[Cell] = [ARMS[one["arm"]], MECHANISMS[one["mechanism"]], stratum, chance, on]
        rows.append([int(_lost(one["person_id"])), *words])
    rows.append([TOTAL, f"{len(drawn)} persone"])
    about = "a title and merged cells above the header, which stands in row 4"
    source.plant("sheet_layout", file, about, "file: {header: 4}", rows=[1], seen="form")
    about, decision = "a row of totals at the bottom", f"leave_out: {TOTAL}"
    source.plant("sheet_layout", file, about, decision, rows=[len(rows)], column="Matricola")
    commas = [n for n, one in enumerate(drawn, start=5) if not pd.isna(one["probability"])]
    about = "chances with a decimal comma, stored as text"
    source.plant("decimal_comma", file, about, 'decimal: ","', rows=commas, column="Probabilità")
    _zeros(source, file, _short([one["person_id"] for one in drawn], above=4))
    section = _number(Section("sorteggio")).put(
        "file", {"sheet": "Esito", "header": "4"}, "titles stand above"
    )
    section.put("decimal", ",").leave_out([("Matricola", [TOTAL], "the row of totals")])
    names = ("person", "arm", "mechanism", "stratum", "probability", "assigned_on")
    places = [name if name == "person" else f"assignments.{name}" for name in names]
    section.columns(dict(zip(map(str, head), places, strict=True)))
    answers = {"arm": ARMS, "mechanism": MECHANISMS, "stratum": LEVELS}
    section.answers({f"assignments.{name}": _turned(words) for name, words in answers.items()})
    content = workbook(Grid("Esito", rows, ("A1:F1", "A2:F2", "B3:F3")))
    source.add("sorteggio", file, content, described("sorteggio", table="assignments"), section.text())


def _pairs(data: Filled, source: Source) -> None:
    """Who met whom: the coordinator's list, with two rows the wrong way round and two of the next edition."""
    file, spells = "coppie.csv", _rows(data, "pairs")
    rows = [list(PAIRS)]
    for one in spells:
        ends = [_day(one["start"]), _day(one["end"]), ENDS[one["end_reason"]], METHODS[one["match_method"]]]
        before = "" if pd.isna(one["predecessor_pair_id"]) else str(one["predecessor_pair_id"])
        rows.append([one["pair_id"], _lost(one["mentor_id"]), _lost(one["mentee_id"]), *ends])
        rows[-1] += [_comma(one["match_score"]), before, ""]
    added = _added(data, rows)
    seen = {"column": "Nota", "seen": "check"}
    about = "pairs that were typed in a second time with mentor and mentee the wrong way round"
    swapped, crossed = ([len(rows) + n for n in some] for some in ((1, 2), (3, 4)))
    source.plant("role_swapped", file, about, f"leave_out: {SWAPPED}", rows=swapped, **seen)
    about = "people of the waiting list with a mentor: their turn comes in the next edition"
    source.plant("crossed_over", file, about, f"leave_out: {NEXT_YEAR}", rows=crossed, **seen)
    _known_pairs(spells, source, file)
    section = _number(Section("coppie")).put("file", {"encoding": "cp1252"})
    section.put("dates", "dmy").put("decimal", ",")
    reasons = [("Nota", [SWAPPED], "typed twice; the first row is right")]
    section.leave_out([*reasons, ("Nota", [NEXT_YEAR], "pairs of the next edition, after the last wave")])
    answers = {"pairs.end_reason": _turned(ENDS), "pairs.match_method": _turned(METHODS)}
    text = section.columns(PAIRS).answers(answers).text()
    source.add("coppie", file, _old_excel([*rows, *added]), described("coppie", table="pairs"), text)


def _added(data: Filled, rows: list[list[str]]) -> list[list[str]]:
    """Two pairs again, the wrong way round, and two people of the waiting list with a mentor."""
    added = []
    for row in (rows[7], rows[21]):
        turned = list(row)
        turned[1], turned[2], turned[9] = row[2], row[1], SWAPPED
        added.append(turned)
    assigned = data.tables["assignments"].set_index("person_id")["arm"]
    waiting = assigned[assigned == "waitlist"].index[3:5]
    for row, person in zip((rows[14], rows[15]), waiting, strict=True):
        added.append(["", row[1], _lost(person), "09/09/2024", "", "", "Coordinatore", "0,90", "", NEXT_YEAR])
    return [[f"p{number}", *row[1:]] for number, row in enumerate(added, start=len(rows))]


def _known_pairs(spells: list[dict[str, Any]], source: Source, file: str) -> None:
    """What is known of the list of pairs."""
    at = {str(one["pair_id"]): n for n, one in enumerate(spells, start=2)}
    again = [at[str(one["pair_id"])] for one in spells if not pd.isna(one["predecessor_pair_id"])]
    none = "none: shown, and counted"
    source.plant("mentor_swapped", file, "mentees with a second mentor", none, rows=again, seen="check")
    met: dict[str, list[int]] = {}
    for one in spells:
        met.setdefault(str(one["mentor_id"]), []).append(at[str(one["pair_id"])])
    several = [rows[1] for rows in met.values() if len(rows) > 1]
    about = "mentors with two seniors: four from the start, three who took over a second one"
    source.plant("several_mentees", file, about, none, rows=several, seen="check")
    gone = ("withdrawn", "left_company", "never_met")
    left = [at[str(one["pair_id"])] for one in spells if one["end_reason"] in gone]
    about = "pairs that never met, gave up on the way, or lost somebody who left"
    source.plant("withdrawn", file, about, none, rows=left, seen="check")
    every = list(range(2, len(spells) + 2))
    source.plant("decimal_comma", file, "scores with a comma", 'decimal: ","', rows=every, column="Punteggio")
    source.plant(
        "ambiguous_dates", file, "days with the day first", "dates: dmy", rows=every, column="Inizio"
    )


def _employment(data: Filled, source: Source) -> None:
    """Who is still employed: days as Excel keeps them, and a few leavers that were forgotten."""
    file, drawn = "in-servizio.xlsx", _rows(data, "hr_outcomes")
    head: list[Cell] = ["Matricola", "In servizio", "Cessato il", "Ancora da osservare"]
    rows: list[list[Cell]] = [head]
    kept = [one for one in drawn if one["person_id"] not in FORGOTTEN]
    for one in kept:
        gone = None if pd.isna(one["event_date"]) else dt.date.fromisoformat(str(one["event_date"]))
        still = "Sì" if str(one["value"]) == "1" else "No"
        rows.append([int(_lost(one["person_id"])), still, gone, "Sì" if one["censored"] == "yes" else "No"])
    about = "people who left and are missing from the extract, one of them in the middle of the programme"
    source.plant(
        "leavers_missing",
        file,
        about,
        "none: to be asked for",
        people=list(FORGOTTEN),
        cells=len(FORGOTTEN),
        seen="check",
    )
    _zeros(source, file, _short([one["person_id"] for one in kept]))
    section = _number(Section("in-servizio"))
    section.put(
        "always", {"hr_outcomes.as_of": "2024-12-31"}, "the extract was drawn on the last day of the year"
    )
    places = ("person", "hr_outcomes.value.still_employed", "hr_outcomes.event_date", "hr_outcomes.censored")
    section.columns(dict(zip(map(str, head), places, strict=True)))
    answers = {"value.still_employed": {"Sì": "1", "No": "0"}, "censored": {"Sì": "yes", "No": "no"}}
    section.answers({f"hr_outcomes.{name}": words for name, words in answers.items()})
    content = workbook(Grid("Estratto", rows))
    source.add("in-servizio", file, content, described("in-servizio", table="hr_outcomes"), section.text())


def _costs(data: Filled, source: Source) -> None:
    """What it cost: thousands with a point, decimals with a comma, the sum at the bottom."""
    file, costs = "costi.csv", _rows(data, "costs")
    head = ["Voce", "Categoria", "Ore", "Tariffa", "Importo", "Fonte"]
    rows = [head]
    for one in costs:
        hours = _comma(one["hours"], 1) if one["hours"] else ""
        rate = _comma(one["rate"]) if one["rate"] else ""
        amount = _comma(one["amount"], 2, thousands=True)
        rows.append([one["cost_id"], one["category"], hours, rate, amount, one["assumption"]])
    total = sum(float(one["amount"]) for one in costs)
    rows.append([TOTAL, "", "", "", _comma(total, 2, thousands=True), ""])
    every = list(range(2, len(costs) + 2))
    about, decision = "amounts such as 9.880,00", 'decimal: ",", thousands: "."'
    source.plant("decimal_comma", file, about, decision, rows=every, column="Importo")
    about = "a row of totals at the bottom"
    source.plant("sheet_layout", file, about, f"leave_out: {TOTAL}", rows=[len(rows)], column="Voce")
    section = Section("costi").put("decimal", ",", "9.880,00 is nine thousand eight hundred and eighty")
    section.put("thousands", ".").leave_out([("Voce", [TOTAL], "the sum")])
    names = ("cost_id", "category", "hours", "rate", "amount", "assumption")
    section.columns({column: f"costs.{name}" for column, name in zip(head, names, strict=True)})
    source.add("costi", file, _old_excel(rows), described("costi", table="costs"), section.text())
