"""What is to be decided before a report is written: texts without a translation, instruments without a licence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Literal, get_args

from pydantic import BaseModel

from rmstudy.study.plan import Plan
from rmstudy.wording import choose, say, translate

_BOTH: Final = dict[Literal["en", "it"], str]
# Names are the same in every language; the other sections stand in questionnaires and calls, not in the report.
_NAMES: Final = ("programme.name", "report.client")
_ELSEWHERE: Final = ("call.", "privacy.", "monitoring.")
_NOT_PRINTED: Final = (".instruction",)
_LANGUAGES: Final = {"en": "English", "it": "Italian"}


def open_points(plan: Plan, languages: Iterable[str], *, lang: str = "en") -> tuple[str, ...]:
    """List what somebody should decide before the report goes to a client.

    Parameters
    ----------
    plan : Plan
        The plan.
    languages : iterable of {'en', 'it'}
        Languages the report is written in.
    lang : {'en', 'it'}
        Language of the list.

    Returns
    -------
    tuple of str
        One sentence a point: each label that lacks a language, by its key, and each instrument used whose
        ``commercial_ok`` is not yes.

    Examples
    --------
    >>> import rmstudy as rm
    >>> open_points(rm.load_sample("digital-skills").plan, ("en", "it"))
    ()
    """
    found = [
        say(
            "study.yml, {key}: there is no {language} text; the report in that language prints the other one.",
            lang,
            key=key,
            language=translate(_LANGUAGES[missing], lang),
        )
        for key, missing in missing_translations(plan, languages)
    ]
    return (*found, *_unlicensed(plan, lang))


def missing_translations(plan: Plan, languages: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Keys of printed texts that lack a language, each with the language.

    Examples
    --------
    >>> import rmstudy as rm
    >>> missing_translations(rm.load_sample("digital-skills").plan, ("it",))
    ()
    """
    wanted = tuple(dict.fromkeys(languages))
    first = plan.report.languages[0]
    found = []
    for key, text in _texts(plan, ""):
        if key.startswith(_ELSEWHERE) or key.endswith(_NOT_PRINTED):
            continue
        for language in wanted:
            if isinstance(text, str):
                # given once: fine in the plan's first language, for names, and for words of the catalogue
                there = language == first or key in _NAMES or translate(text, "it") != text
            else:
                there = bool(text.get(language))
            if not there:
                found.append((key, language))
    return tuple(found)


def _unlicensed(plan: Plan, lang: str) -> list[str]:
    """Instruments of criteria that paid work may not, or perhaps not, use."""
    used = dict.fromkeys(criterion.instrument for _, criterion in plan.criteria)
    words = {
        "no": "{name}: its licence does not allow paid work (commercial_ok: no). The annex says so.",
        "unknown": "{name}: nobody has looked up whether paid work may use it (commercial_ok: unknown). "
        "The annex says so.",
    }
    return [
        say(words[plan.instruments[name].commercial_ok], lang, name=choose(plan.instruments[name].name, lang))
        for name in used
        if plan.instruments[name].commercial_ok != "yes"
    ]


def _texts(section: BaseModel, prefix: str) -> Iterator[tuple[str, Any]]:
    """Every text of a section that may be given per language, with its dotted key."""
    fields = type(section).model_fields
    for name, value in section:
        key = f"{prefix}{name}"
        annotation = fields[name].annotation
        if _BOTH in get_args(annotation) or annotation == (str | _BOTH):
            if value is not None:
                yield key, value
        else:
            yield from _inside(value, key)


def _inside(value: Any, key: str) -> Iterator[tuple[str, Any]]:
    """Texts of what a key holds, where that is a section or several."""
    if isinstance(value, BaseModel):
        yield from _texts(value, f"{key}.")
    elif isinstance(value, Mapping):
        for name, one in value.items():
            yield from _inside(one, f"{key}.{name}")
    elif isinstance(value, tuple):
        for place, one in enumerate(value):
            name = dict(one).get("id", place) if isinstance(one, BaseModel) else place
            yield from _inside(one, f"{key}.{name}")
