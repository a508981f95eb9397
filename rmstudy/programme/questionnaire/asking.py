"""The plan's instruments as questions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Literal

from rmstudy.errors import DesignError, nearest
from rmstudy.programme.questionnaire.description import Option, Question, Questionnaire, Row, Section
from rmstudy.programme.questionnaire.privacy import about_whom, information, linking_code
from rmstudy.study.plan import Instrument, Plan
from rmstudy.wording import choose, number, say

LETTERS = "abcdefghijklmnopqrstuvwxyz"
MOST_OPTIONS = 11


def questionnaire(
    plan: Plan,
    *,
    role: str,
    wave: str = "pre",
    lang: str = "en",
    rater: Literal["self", "observer"] = "self",
    version: str | None = None,
) -> Questionnaire:
    """Describe what the people of a role are asked in a wave.

    Parameters
    ----------
    plan : Plan
        The study's plan.
    role : str
        Role that answers, or, with ``rater="observer"``, that is answered about.
    wave : str
        Wave of the plan.
    lang : {'en', 'it'}
        Language; a text that the plan has in another language only is taken from there.
    rater : {'self', 'observer'}
        Who answers.
    version : str, optional
        For a test with parallel forms, the form that a person answers first; in the next wave the same
        version asks the next form. The first form when left out.

    Returns
    -------
    Questionnaire
        Information, linking code, then a section an instrument.

    Raises
    ------
    DesignError
        When the plan has no such wave, role or version, or asks nothing of this role in this wave.

    Examples
    --------
    >>> import rmstudy as rm
    >>> plan = rm.load_sample("digital-skills").plan
    >>> rm.programme.questionnaire.questionnaire(plan, role="mentee", wave="mid")
    Questionnaire('mid-mentee', lang='en', 20 answers)
    """
    _known("wave", wave, tuple(plan.waves))
    _known("role", role, tuple(plan.roles))
    known = versions(plan, wave=wave, role=role, rater=rater)
    if version is not None:
        _known("version", version, known or ("",))
    instruments = asked(plan, wave=wave, role=role, rater=rater)
    if not instruments:
        who = "an observer of" if rater == "observer" else "the role"
        raise DesignError(
            f"In the wave {wave!r} nothing is asked of {who} {role!r}. Choose another wave or role, or name "
            f"instruments in waves.{wave}.instruments."
        )
    version = version or (known[0] if known else "")
    sections = tuple(
        _section(plan, name, instrument, wave, known.index(version) if version else 0, lang)
        for name, instrument in instruments.items()
    )
    observer = rater == "observer"
    opening = (information(plan, lang), linking_code(lang, observer=observer))
    return Questionnaire(
        id="-".join(part for part in (wave, role, "observer" if observer else "", version) if part),
        title=_title(plan, wave, lang),
        lang=lang,
        table="responses",
        sections=(*opening, *((about_whom(lang),) if observer else ()), *sections),
        wave=wave,
        role=role,
        rater=rater,
        version=version,
    )


def asked(plan: Plan, *, wave: str, role: str, rater: str = "self") -> dict[str, Instrument]:
    """The instruments that somebody answers about a role in a wave.

    A gap is computed and a unit's outcome comes from elsewhere: neither is asked. A wave that names its
    ``instruments`` asks these, any other all.
    """
    named = plan.waves[wave].instruments
    return {
        name: instrument
        for name, instrument in plan.instruments.items()
        if not instrument.derived
        and role in instrument.role
        and instrument.rater == rater
        and (not named or name in named)
    }


def versions(plan: Plan, *, wave: str, role: str, rater: str = "self") -> tuple[str, ...]:
    """The versions of a questionnaire, named after the form that is answered first; none without forms."""
    tests = [i for i in asked(plan, wave=wave, role=role, rater=rater).values() if i.forms]
    return tuple(tests[0].forms) if tests else ()


def code_of(plan: Plan, instrument: str, item: str | None) -> str:
    """Column of an answer: the item's own name, or ``instrument.item`` where several instruments use it."""
    if item is None:
        return instrument
    used = Counter(i for name in plan.instruments for i in (plan.instruments[name].items or (name,)))
    return item if used[item] == 1 else f"{instrument}.{item}"


def _known(what: str, name: str, known: tuple[str, ...]) -> None:
    """Refuse a name that the plan does not have."""
    if name not in known:
        raise DesignError(f"The plan has no {what} {name!r}. {nearest(name, known)}")


def _title(plan: Plan, wave: str, lang: str) -> str:
    """Heading of a questionnaire: the programme and the wave."""
    label = plan.waves[wave].label
    parts = (choose(plan.programme.name, lang), choose(label, lang) if label else wave)
    return " – ".join(parts)


def _section(plan: Plan, name: str, instrument: Instrument, wave: str, version: int, lang: str) -> Section:
    """One instrument as a section."""
    items = dict(instrument.items)
    if instrument.forms:
        items = {item: items[item] for item in _form(plan, name, instrument, wave, version)}
    texts = {item: choose(text, lang) if text else item for item, text in items.items()}
    questions = tuple(_questions(plan, name, instrument, texts, lang))
    return Section(name, choose(instrument.name, lang), (_instruction(instrument, lang),), questions)


def _form(plan: Plan, name: str, instrument: Instrument, wave: str, version: int) -> tuple[str, ...]:
    """The items of the form that a version asks in a wave: the forms take turns over the waves."""
    turns = [w for w in plan.waves if not plan.waves[w].instruments or name in plan.waves[w].instruments]
    forms = list(instrument.forms.values())
    return forms[(version + turns.index(wave)) % len(forms)]


def _questions(
    plan: Plan, name: str, instrument: Instrument, texts: dict[str, str], lang: str
) -> Iterator[Question]:
    """The questions of one instrument."""
    low, high = instrument.range or (None, None)
    rows = tuple(
        Row(code_of(plan, name, item), f"responses.{name}.{item}", text) for item, text in texts.items()
    )
    scale = scale_options(instrument, lang)
    if instrument.key:
        for item, row in zip(texts, rows, strict=True):
            options = _test_options(instrument, item, lang)
            kind: Literal["choice", "text"] = "choice" if options else "text"
            yield Question(row.code, kind, (Row(row.code, row.goes_to),), row.text, options)
    elif not rows:
        own = (Row(name, f"responses.{name}"),)
        unit = choose(instrument.unit_name, lang) if instrument.unit_name else ""
        one: Literal["choice", "number"] = "choice" if scale and instrument.labels else "number"
        text = choose(instrument.name, lang)
        yield Question(name, one, own, text, scale if one == "choice" else (), low, high, hint=unit)
    elif instrument.scored_against or not scale:
        yield Question(name, "numbers", rows, low=low, high=high)
    else:
        yield Question(name, "matrix", rows, options=scale)


def scale_options(instrument: Instrument, lang: str) -> tuple[Option, ...]:
    """The steps of an answer scale, in words where the plan has them; none where there are too many."""
    if not instrument.range:
        return ()
    low, high = instrument.range
    if low % 1 or high % 1 or high - low >= MOST_OPTIONS:
        return ()
    codes = [str(step) for step in range(int(low), int(high) + 1)]
    labels = instrument.labels or {}
    words = labels.get("it" if lang == "it" else "en") or next(iter(labels.values()), tuple(codes))
    return tuple(Option(code, text) for code, text in zip(codes, words, strict=True))


def _test_options(instrument: Instrument, item: str, lang: str) -> tuple[Option, ...]:
    """The answers that a test offers, by letter."""
    texts = instrument.options.get(item, ())
    return tuple(Option(letter, choose(text, lang)) for letter, text in zip(LETTERS, texts, strict=False))


def _instruction(instrument: Instrument, lang: str) -> str:
    """What stands above the items: the plan's words, or how to fill them in."""
    if instrument.instruction:
        return choose(instrument.instruction, lang)
    if instrument.key:
        return say("Please choose the right answer. Leave a question open if you do not know.", lang)
    if instrument.scored_against and instrument.range == (0, 100):
        return say(
            "What percentage of the staff, do you think, agree with each statement? Give your best guess, "
            "from 0 to 100.",
            lang,
        )
    if not instrument.items or not scale_options(instrument, lang):
        if not instrument.range:
            return say("Please write a number.", lang)
        low, high = (number(limit, 0, lang) for limit in instrument.range)
        return say("Please write a number from {low} to {high}.", lang, low=low, high=high)
    return say("Please choose one answer in each row.", lang)
