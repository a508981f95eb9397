"""Exports of survey tools as their manuals describe them, written from answers in plain words.

Nothing here knows how rmstudy reads anything. Sources: Qualtrics, *Understanding Your Dataset* (three header
rows; TSV in UTF-16; choice texts or numeric values; words of the account's language in Status and Finished);
LimeSurvey manual, *Exporting results* (headings and answers as codes or in full); Google Docs Editors Help,
*View and manage form responses*; Microsoft Support, *Check and share your form results*.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from pathlib import Path

import small_study
from openpyxl import Workbook

ITEMS = {
    "c1": {"en": "I trust myself with new apps", "it": "Mi fido di me con le nuove app"},
    "c2": {"en": "I feel lost with new tools", "it": "Con gli strumenti nuovi mi sento perso"},
    "c3": {"en": "I help others with technology", "it": "Aiuto gli altri con la tecnologia"},
}
STEM = {"en": "How often is this so?", "it": "Quanto spesso è così?"}
OWN = {  # how the tools name their own columns, by the language of the account
    "google": {
        "en": ("Timestamp", "Email Address"),
        "it": ("Informazioni cronologiche", "Indirizzo email"),
        "de": ("Zeitstempel", "E-Mail-Adresse"),
        "fr": ("Horodateur", "Adresse e-mail"),
    },
    "microsoft": {
        "en": ("ID", "Start time", "Completion time", "Email", "Name", "Last modified time"),
        "it": (
            "ID",
            "Ora di inizio",
            "Ora di completamento",
            "Posta elettronica",
            "Nome",
            "Ora dell'ultima modifica",
        ),
        "de": ("ID", "Startzeit", "Fertigstellungszeit", "E-Mail", "Name", "Uhrzeit der letzten Änderung"),
    },
    "limesurvey": {
        "en": ("Response ID", "Date submitted", "Last page", "Start language", "Seed", "Access code"),
        "it": ("ID risposta", "Data invio", "Ultima pagina", "Lingua iniziale", "Seme", "Codice di accesso"),
        "fr": (
            "ID de la réponse",
            "Date de soumission",
            "Dernière page",
            "Langue de départ",
            "Graine",
            "Code d'accès",
        ),
    },
    "qualtrics": {
        "en": ("IP Address", "Survey Preview", "True", "False"),
        "it": ("Indirizzo IP", "Anteprima sondaggio", "Vero", "Falso"),
        "de": ("IP-Adresse", "Umfragenvorschau", "Wahr", "Falsch"),
    },
}
QUALTRICS = {
    "StartDate": "startDate",
    "EndDate": "endDate",
    "Status": "status",
    "IPAddress": "ipAddress",
    "Progress": "progress",
    "Duration (in seconds)": "duration",
    "Finished": "finished",
    "RecordedDate": "recordedDate",
    "ResponseId": "_recordId",
    "RecipientLastName": "recipientLastName",
    "RecipientFirstName": "recipientFirstName",
    "RecipientEmail": "recipientEmail",
    "ExternalReference": "externalDataReference",
    "DistributionChannel": "distributionChannel",
    "UserLanguage": "userLanguage",
}
LABELS = small_study.PLAN["instruments"]["confidence"]["labels"]
DAY = dt.datetime(2024, 1, 9, 14, 5, 6)


def plan():
    """The small study's plan, its items with their words."""
    made = small_study.plan()
    made["instruments"]["confidence"]["items"] = ITEMS
    return made


def answers(wave: str = "pre") -> dict[str, dict[str, int]]:
    """Whole answers of each senior to one wave: person, item, step."""
    return {
        f"s{i}": {item: 1 + (i * 3 + number + (wave == "post")) % 5 for number, item in enumerate(ITEMS)}
        for i in range(small_study.PEOPLE)
    }


def mail(person: str) -> str:
    """Somebody's address."""
    return f"{person}.bianchi@example.org"


def delimited(rows: list[list[object]], separator: str = ",", quoting: int = csv.QUOTE_MINIMAL) -> str:
    """Rows as text."""
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=separator, quoting=quoting, lineterminator="\r\n").writerows(rows)
    return file.getvalue()


def qualtrics(given, lang="en", *, ui="en", numeric=False, recodes=(1, 2, 3, 4, 5), previews=1, tags=None):
    """Rows of an export: three headers, previews, people."""
    person, preview, yes, _ = OWN["qualtrics"][ui]
    own = list(QUALTRICS)
    questions = [f"Q7_{number}" for number in range(1, len(ITEMS) + 1)]
    head = [(tags or {}).get(name, name) for name in own] + questions
    second = [f"{name} ({ui})" for name in own] + [
        f"{STEM[lang]}\n - {text[lang]}" for text in ITEMS.values()
    ]
    third = [
        json.dumps({"ImportId": QUALTRICS[name], "timeZone": "Z"}, separators=(",", ":")) for name in own
    ]
    third += [json.dumps({"ImportId": f"QID7_{number}"}) for number in range(1, len(ITEMS) + 1)]
    rows: list[list[object]] = [head, second, third]
    for number, (who, steps) in enumerate([*[("", {})] * previews, *given.items()]):
        test = number < previews
        said = [recodes[step - 1] if numeric else LABELS[lang][step - 1] for step in steps.values()]
        own_cells = {
            "StartDate": "2024-01-09 14:00:00",
            "EndDate": f"{DAY:%Y-%m-%d %H:%M:%S}",
            "Status": (1 if test else 0) if numeric else (preview if test else person),
            "IPAddress": "192.0.2.17",
            "Progress": 100,
            "Duration (in seconds)": 306 + number,
            "Finished": 1 if numeric else yes,
            "RecordedDate": f"{DAY:%Y-%m-%d %H:%M:%S}",
            "ResponseId": f"R_{number:015d}",
            "RecipientLastName": "" if test else "Bianchi",
            "RecipientFirstName": "" if test else "Carla",
            "RecipientEmail": "" if test else mail(who),
            "ExternalReference": "",
            "DistributionChannel": "preview" if test else "email",
            "UserLanguage": lang.upper(),
        }
        rows.append([*(own_cells[name] for name in own), *(said or [""] * len(ITEMS))])
    return rows


def limesurvey(given, lang="en", *, ui="en", heading="code", full=False, brackets=True):
    """Rows of an export, headings as codes, codes with words, or words; answers as codes or in full."""
    codes = ["id", "submitdate", "lastpage", "startlanguage", "seed", "token"]
    parts = [f"conf[{item}]" if brackets else f"conf_{item}" for item in ITEMS]
    words = [f"{STEM[lang]} [{text[lang]}]" for text in ITEMS.values()]
    heads = {
        "code": [*codes, *parts],
        "codetext": [
            f"{code}. {text}"
            for code, text in zip([*codes, *parts], [*OWN["limesurvey"][ui], *words], strict=True)
        ],
        "full": [*OWN["limesurvey"][ui], *words],
    }[heading]
    rows: list[list[object]] = [heads]
    for number, (person, steps) in enumerate(given.items(), start=1):
        said = [LABELS[lang][step - 1] if full else f"A{step}" for step in steps.values()]
        rows.append([number, "2024-01-09 14:05:06", 3, lang, 12345, person, *said])
    return rows


def google(given, lang="en", *, ui="en", stamp="2024/01/09 2:05:06 PM CET"):
    """Rows of an export: a grid of three rows."""
    rows: list[list[object]] = [
        [*OWN["google"][ui], *(f"{STEM[lang]} [{text[lang]}]" for text in ITEMS.values())]
    ]
    for person, steps in given.items():
        rows.append([stamp, mail(person), *(LABELS[lang][step - 1] for step in steps.values())])
    return rows


def microsoft(given, lang="en", *, ui="en", nbsp=True):
    """Rows of a workbook: statements of a Likert question as columns of their own."""
    space = "\u00a0" if nbsp else " "
    own = [name.replace(" ", space) for name in OWN["microsoft"][ui]]
    rows: list[list[object]] = [[*own, *(f"{text[lang].replace(' ', space, 1)} " for text in ITEMS.values())]]
    for number, (person, steps) in enumerate(given.items(), start=1):
        said = (LABELS[lang][step - 1] for step in steps.values())
        rows.append([number, DAY - dt.timedelta(minutes=5), DAY, mail(person), "Carla Bianchi", None, *said])
    return rows


def workbook(path: Path, rows: list[list[object]]) -> Path:
    """Rows as a workbook."""
    book = Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def text_file(path: Path, rows: list[list[object]], *, separator: str = ",", encoding: str = "utf-8") -> Path:
    """Rows as a text file."""
    path.write_bytes(delimited(rows, separator).encode(encoding))
    return path
