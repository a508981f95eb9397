"""A questionnaire as a survey structure that LimeSurvey imports, all languages in one file.

Source: LimeSurvey manual, *Tab Separated Value survey structure*. A row each for the survey's settings
(S), its texts by language (SL), groups (G), questions (Q), subquestions (SQ) and answers (A), the base
language first, then each further language with the same rows in the same order. Types used: ``F`` array,
``L`` list, ``N`` number, ``K`` several numbers, ``S`` short text, and a hidden equation ``*`` that keeps
the questionnaire's name.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from rmstudy.programme.questionnaire.description import Option, Question, Questionnaire

COLUMNS: Final = (
    "id",
    "related_id",
    "class",
    "type/scale",
    "name",
    "relevance",
    "text",
    "help",
    "language",
    "validation",
    "mandatory",
    "other",
    "default",
    "same_default",
    "hidden",
    "max_num_value_n",
    "min_num_value_n",
)
TYPES: Final = {"choice": "L", "matrix": "F", "number": "N", "numbers": "K", "text": "S", "date": "S"}
LONGEST: Final = 20


def limesurvey(questionnaires: Sequence[Questionnaire]) -> str:
    """Write one questionnaire in all its languages for LimeSurvey.

    Parameters
    ----------
    questionnaires : sequence of Questionnaire
        The same questionnaire, one a language; the first is the survey's base language.

    Returns
    -------
    str
        Content of a tab-separated ``.txt`` file.

    Examples
    --------
    >>> import rmstudy as rm
    >>> plan = rm.load_sample("digital-skills").plan
    >>> asked = rm.programme.questionnaire.questionnaire(plan, role="mentee", wave="mid")
    >>> rm.programme.questionnaire.limesurvey([asked]).splitlines()[1].split(chr(9))[4:7]
    ['language', '', 'en']
    """
    first, *others = questionnaires
    rows: list[dict[str, str]] = [{"class": "S", "name": "language", "text": first.lang}]
    if others:
        names = " ".join(other.lang for other in others)
        rows.append({"class": "S", "name": "additional_languages", "text": names})
    settings = {"anonymized": "N", "datestamp": "N", "ipaddr": "N", "refurl": "N", "format": "G"}
    rows += [{"class": "S", "name": name, "text": value} for name, value in settings.items()]
    rows += [
        {"class": "SL", "name": "surveyls_title", "text": _text(one.title), "language": one.lang}
        for one in questionnaires
    ]
    for one in questionnaires:
        rows += _rows(one)
    lines = ["\t".join(COLUMNS), *("\t".join(row.get(name, "") for name in COLUMNS) for row in rows)]
    return "\n".join(lines) + "\n"


def columns(questionnaire: Questionnaire) -> dict[str, str]:
    """Column of the export, with codes as headings, and where its answers go."""
    found = {}
    for question, code in _coded_questions(questionnaire):
        if question.kind in ("matrix", "numbers"):
            names = _short([row.code for row in question.rows])
            pairs = zip(names, question.rows, strict=True)
            found.update({f"{code}[{name}]": row.goes_to for name, row in pairs})
        else:
            found[code] = question.rows[0].goes_to
    return found


def recodes(options: tuple[Option, ...]) -> dict[str, str]:
    """Code of each answer, of which LimeSurvey takes five letters and digits, and the answer's own code."""
    if all(re.fullmatch(r"[0-9A-Za-z]{1,5}", option.code) for option in options):
        return {option.code: option.code for option in options}
    return {f"A{position}": option.code for position, option in enumerate(options, start=1)}


def _coded_questions(questionnaire: Questionnaire) -> Iterator[tuple[Question, str]]:
    """Every question with its code in LimeSurvey."""
    questions = questionnaire.questions
    yield from zip(
        questions, _short([question.code for question in questions], {"questionnaire"}), strict=True
    )


def _short(codes: Iterable[str], taken: Iterable[str] = ()) -> list[str]:
    """Codes of letters and digits only, at most twenty, none twice whatever the capitals."""
    used, names = set(taken), []
    for code in codes:
        stem = re.sub(r"[^0-9A-Za-z]", "", code)[:LONGEST] or "q"
        name, count = stem, 1
        while name.casefold() in used:
            count += 1
            name = f"{stem[: LONGEST - len(str(count))]}{count}"
        used.add(name.casefold())
        names.append(name)
    return names


def _rows(questionnaire: Questionnaire) -> Iterator[dict[str, str]]:
    """Groups, questions, subquestions and answers of one language; the same numbers in every language."""
    lang = {"language": questionnaire.lang}
    codes = {id(question): code for question, code in _coded_questions(questionnaire)}
    number = 0
    for group, section in enumerate(questionnaire.sections, start=1):
        words = "<br>".join(map(_text, section.paragraphs))
        alone = [question.kind for question in section.questions] == ["matrix"]
        head = {"id": str(group), "class": "G", "name": _text(section.title), "relevance": "1"}
        # the words of a matrix stand right above it, and not a second time in the group
        yield head | {"text": "" if alone else words} | lang
        if group == 1:
            number += 1
            yield {
                "id": str(number),
                "class": "Q",
                "type/scale": "*",
                "name": "questionnaire",
                "relevance": "1",
                "text": questionnaire.id,
                "mandatory": "N",
                "other": "N",
                "hidden": "1",
                **lang,
            }
        for question in section.questions:
            number += 1
            above = str(number)
            text = words if alone and words else _text(question.text or section.title)
            yield _question(question, codes[id(question)], text) | {"id": above} | lang
            for part in _parts(question):
                number += bool(part["class"] == "SQ")
                # an answer carries the number of its question, a subquestion one of its own
                yield part | {"id": str(number) if part["class"] == "SQ" else above} | lang


def _question(question: Question, code: str, text: str) -> dict[str, str]:
    """The row of a question."""
    row = {
        "class": "Q",
        "type/scale": TYPES[question.kind],
        "name": code,
        "relevance": "1",
        "text": text,
        "help": _text(question.hint),
        "mandatory": "Y" if question.required else "N",
        "other": "N",
    }
    if question.kind in ("number", "numbers"):
        row |= {"min_num_value_n": _limit(question.low), "max_num_value_n": _limit(question.high)}
    return row


def _parts(question: Question) -> Iterator[dict[str, str]]:
    """Subquestions and answers of a question."""
    if question.kind in ("matrix", "numbers"):
        for name, row in zip(_short([row.code for row in question.rows]), question.rows, strict=True):
            yield {"class": "SQ", "type/scale": "0", "name": name, "relevance": "1", "text": _text(row.text)}
    for code, option in zip(recodes(question.options), question.options, strict=True):
        yield {"class": "A", "type/scale": "0", "name": code, "text": _text(option.text)}


def _limit(value: float | None) -> str:
    """A limit of a number as LimeSurvey writes it."""
    return "" if value is None else f"{value:g}"


def _text(words: str) -> str:
    """Words in one cell: no tab, no line end, nothing taken for HTML, an expression or a quoted cell."""
    safe = html.escape(" ".join(words.split()), quote=False).replace('"', "&quot;")
    return safe.replace("{", "&#123;").replace("}", "&#125;")
