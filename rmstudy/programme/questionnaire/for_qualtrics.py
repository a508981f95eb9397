"""A questionnaire as a text import of Qualtrics (Advanced Format).

Source: Qualtrics, *Import & Export Surveys*, "Preparing an Advanced Format TXT File". Every question
carries its code as ``[[ID:...]]``, which becomes the column of the export; every answer carries a recode
value. Which questionnaire an export belongs to stands in the embedded data field ``questionnaire``.
"""

from __future__ import annotations

import html
import re

from rmstudy.programme.questionnaire.description import Option, Question, Questionnaire, Section


def qualtrics(questionnaire: Questionnaire) -> str:
    """Write a questionnaire for Qualtrics: one language a file.

    Parameters
    ----------
    questionnaire : Questionnaire
        What is asked.

    Returns
    -------
    str
        Content of a ``.txt`` file.

    Examples
    --------
    >>> import rmstudy as rm
    >>> plan = rm.load_sample("digital-skills").plan
    >>> asked = rm.programme.questionnaire.questionnaire(plan, role="mentee", wave="mid")
    >>> rm.programme.questionnaire.qualtrics(asked).splitlines()[:4]
    ['[[AdvancedFormat]]', '', '[[ED:questionnaire:mid-mentee]]', '']
    """
    lines = ["[[AdvancedFormat]]", "", f"[[ED:questionnaire:{questionnaire.id}]]", ""]
    for section in questionnaire.sections:
        lines += _section(section)
    return "\n".join(lines)


def tag(code: str) -> str:
    """Code of a question as Qualtrics takes it: letters, digits and underscores."""
    return re.sub(r"[^0-9A-Za-z_]", "_", code)


def columns(questionnaire: Questionnaire) -> dict[str, str]:
    """Column of the export, and where its answers go."""
    found = {}
    for question in questionnaire.questions:
        for position, row in enumerate(question.rows, start=1):
            name = f"{tag(question.code)}_{position}" if question.kind == "matrix" else tag(row.code)
            found[name] = row.goes_to
    return found


def recodes(options: tuple[Option, ...]) -> dict[str, str]:
    """Recode value of each answer, which Qualtrics wants as a number, and the answer's own code."""
    if all(re.fullmatch(r"[0-9]+", option.code) for option in options):
        return {option.code: option.code for option in options}
    return {str(position): option.code for position, option in enumerate(options, start=1)}


def _section(section: Section) -> list[str]:
    """A block: its heading and words as a descriptive text, or as the stem of its only matrix."""
    words = "<br>".join([f"<strong>{_text(section.title)}</strong>", *map(_text, section.paragraphs)])
    lines = [f"[[Block:{_text(section.title)}]]", ""]
    if [question.kind for question in section.questions] == ["matrix"]:
        return lines + _question(section.questions[0], words)
    lines += ["[[Question:DB]]", f"[[ID:about_{tag(section.id)}]]", words, ""]
    for question in section.questions:
        lines += _question(question, _text(question.text or section.title))
    return lines


def _question(question: Question, text: str) -> list[str]:
    """A question; numbers a row become a question each, since only these keep their code."""
    if question.kind == "numbers":
        return [
            line
            for row in question.rows
            for line in ("[[Question:TE:SingleLine]]", f"[[ID:{tag(row.code)}]]", _text(row.text), "")
        ]
    hint = f" ({_text(question.hint)})" if question.hint else ""
    head = [f"[[ID:{tag(question.code)}]]", f"{text}{hint}"]
    if question.kind == "matrix":
        rows = [
            line
            for n, row in enumerate(question.rows, start=1)
            for line in (f"[[Choice:{n}]]", _text(row.text))
        ]
        answers = _coded("Answer", question.options)
        return [
            "[[Question:Matrix]]",
            *head,
            "[[AdvancedChoices]]",
            *rows,
            "[[AdvancedAnswers]]",
            *answers,
            "",
        ]
    if question.kind == "choice":
        choices = _coded("Choice", question.options)
        return ["[[Question:MC:SingleAnswer:Vertical]]", *head, "[[AdvancedChoices]]", *choices, ""]
    return ["[[Question:TE:SingleLine]]", *head, ""]


def _coded(word: str, options: tuple[Option, ...]) -> list[str]:
    """Answers with their recode values."""
    values = zip(recodes(options), options, strict=True)
    return [line for value, option in values for line in (f"[[{word}:{value}]]", _text(option.text))]


def _text(words: str) -> str:
    """Words that cannot be taken for a tag, for piped text or for HTML; one line."""
    safe = html.escape(" ".join(words.split()), quote=False)
    return safe.replace("[", "&#91;").replace("]", "&#93;").replace("${", "&#36;{")
