"""Where each column of an export belongs, so that answers are read back without hand work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import yaml

from rmstudy.programme.questionnaire import for_limesurvey as lime
from rmstudy.programme.questionnaire import for_qualtrics as qual
from rmstudy.programme.questionnaire.description import Option, Question, Questionnaire

FORMAT: Final = 1
HEAD: Final = (
    "# Where each column of an export belongs. Written together with the questionnaires; `rmstudy import` reads\n"
    "# it. When a question was changed in the survey tool, change its column here.\n"
)


def mapping(questionnaires: Sequence[Questionnaire]) -> dict[str, Any]:
    """Say for each source and questionnaire where the columns of its export go.

    Parameters
    ----------
    questionnaires : sequence of Questionnaire
        All that was sent out; the same one in several languages counts once, and the words of all its
        languages are understood.

    Returns
    -------
    dict
        ``format``; ``questionnaires``: table, wave, role and rater of each; ``sources``: for each source
        and questionnaire the ``columns`` with the place of their answers, and the ``answers``, by that
        place, with what the study's tables hold for each code and label.

    Examples
    --------
    >>> import rmstudy as rm
    >>> plan = rm.load_sample("digital-skills").plan
    >>> asked = rm.programme.questionnaire.questionnaire(plan, role="mentee", wave="mid")
    >>> found = rm.programme.questionnaire.mapping([asked])
    >>> found["sources"]["limesurvey"]["mid-mentee"]["columns"]["digitalskill[sk1]"]
    'responses.digital_skill.sk1'
    """
    by_id: dict[str, list[Questionnaire]] = {}
    for one in questionnaires:
        by_id.setdefault(one.id, []).append(one)
    about = {
        name: {
            "table": ones[0].table,
            "wave": ones[0].wave,
            "role": ones[0].role,
            "rater": ones[0].rater,
        }
        for name, ones in by_id.items()
    }
    columns = {"html": _own_columns, "qualtrics": qual.columns, "limesurvey": lime.columns}
    sources = {
        source: {
            name: {"columns": write(ones[0]), "answers": _answers(source, ones)}
            for name, ones in by_id.items()
        }
        for source, write in columns.items()
    }
    return {"format": FORMAT, "questionnaires": about, "sources": sources}


def mapping_text(content: dict[str, Any]) -> str:
    """A mapping as YAML.

    Examples
    --------
    >>> mapping_text({"format": 1}).splitlines()[-1]
    '{format: 1}'
    """
    return HEAD + yaml.safe_dump(
        content, sort_keys=False, allow_unicode=True, default_flow_style=None, width=110
    )


def _own_columns(questionnaire: Questionnaire) -> dict[str, str]:
    """Columns of the page's own file: the codes."""
    return {row.code: row.goes_to for question in questionnaire.questions for row in question.rows}


def _answers(source: str, ones: list[Questionnaire]) -> dict[str, dict[str, str]]:
    """What each code and each label of an export stands for, by the place of the answer."""
    found: dict[str, dict[str, str]] = {}
    for question in (question for one in ones for question in one.questions if question.options):
        codes = _codes(source, question.options)
        labels = {option.text: option.code for option in question.options}
        # a label that reads like the code of another answer cannot be told from it: then codes only
        clear = all(codes.get(label, code) == code for label, code in labels.items())
        for place in _places(question):
            known = found.setdefault(place, dict(codes))
            known.update({text: code for text, code in labels.items() if clear and text not in known})
    return found


def _codes(source: str, options: tuple[Option, ...]) -> dict[str, str]:
    """Codes of a source's export with the answers' own codes."""
    if source == "qualtrics":
        return qual.recodes(options)
    if source == "limesurvey":
        return lime.recodes(options)
    return {option.code: option.code for option in options}


def _places(question: Question) -> tuple[str, ...]:
    """What all rows of a question have in common, such as the instrument of a matrix; else each row's place."""
    places = tuple(row.goes_to for row in question.rows)
    shared = {place.rpartition(".")[0] for place in places}
    return tuple(shared) if question.kind == "matrix" and shared.isdisjoint({"profiles"}) else places
