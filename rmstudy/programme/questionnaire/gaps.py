"""What is missing before a questionnaire may go out: listed before anything is written, never invented."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rmstudy.errors import Problem
from rmstudy.programme.questionnaire.asking import LETTERS, asked
from rmstudy.programme.questionnaire.steps import INTERESTS, TOPICS, TRAITS
from rmstudy.study.plan import Instrument, Plan, Text

FILE = "study.yml"


def gaps(
    plan: Plan,
    *,
    languages: Sequence[str] = ("en",),
    waves: Sequence[str] | None = None,
    attributes: Sequence[str] = (),
    interests: Sequence[str] = (),
) -> tuple[Problem, ...]:
    """List what the plan lacks for its questionnaires.

    Parameters
    ----------
    plan : Plan
        The study's plan.
    languages : sequence of str
        Languages that are sent out.
    waves : sequence of str, optional
        Waves that are sent out; all when left out.
    attributes, interests : sequence of str
        Attributes and interests of ``profiles`` in use.

    Returns
    -------
    tuple of Problem
        *refused*: what cannot be asked at all, such as an item without words. *to decide*: gaps that the
        reader would see or that somebody must answer for, such as a missing contact or licence.

    Examples
    --------
    >>> import rmstudy as rm
    >>> rm.programme.questionnaire.gaps(rm.load_sample("digital-skills").plan, languages=["en", "it"])
    ()
    """
    found = list(_privacy(plan, languages))
    used = {
        name: instrument
        for wave in (waves or tuple(plan.waves))
        for role in plan.roles
        for rater in ("self", "observer")
        for name, instrument in asked(plan, wave=wave, role=role, rater=rater).items()
    }
    for name in sorted(used, key=list(plan.instruments).index):
        found += _instrument(f"instruments.{name}", used[name], languages)
    found += _topics(attributes, interests)
    texts = {"monitoring.legal_basis": plan.monitoring.legal_basis}
    texts |= {f"waves.{wave}.label": plan.waves[wave].label for wave in plan.waves}
    texts |= {f"roles.{role}.label": plan.roles[role].label for role in plan.roles}
    for key, text in texts.items():
        found += _languages(key, text, languages)
    return tuple(found)


def _privacy(plan: Plan, languages: Sequence[str]) -> Iterator[Problem]:
    """What people must be told and the plan does not say."""
    for name in ("controller", "contact", "basis", "retention_until", "notice_version"):
        value = getattr(plan.privacy, name)
        if not value:
            what = "people must be told this, and the plan does not say it: the text has a gap"
            yield Problem(
                what,
                "Fill it in; it is yours to decide.",
                FILE,
                column=f"privacy.{name}",
                severity="to decide",
            )
        elif name in ("contact", "basis"):  # a controller is a name
            yield from _languages(f"privacy.{name}", value, languages)


def _instrument(key: str, instrument: Instrument, languages: Sequence[str]) -> Iterator[Problem]:
    """What an instrument lacks."""
    for item, text in instrument.items.items():
        if not text:
            yield Problem(
                "the item has no text",
                "Write it, or ask it elsewhere.",
                FILE,
                column=f"{key}.items",
                value=item,
            )
        else:
            yield from _languages(f"{key}.items", text, languages, item)
    for field in ("name", "instruction", "unit_name"):
        yield from _languages(f"{key}.{field}", getattr(instrument, field), languages)
    yield from _answers(key, instrument, languages)
    if instrument.commercial_ok != "yes":
        what = "nobody has confirmed that a paid programme may use it"
        next_step = f"Look up the licence ({instrument.licence or 'none is named'})."
        yield Problem(what, next_step, FILE, column=f"{key}.commercial_ok", severity="to decide")


def _answers(key: str, instrument: Instrument, languages: Sequence[str]) -> Iterator[Problem]:
    """Answers without words."""
    for item in instrument.key or ():
        texts, right = instrument.options.get(item, ()), str((instrument.key or {})[item])
        if not texts and len(right) == 1 and right in LETTERS:
            next_step = "Write its answers in the order of the letters."
            yield Problem(
                "the question has no answers to choose from",
                next_step,
                FILE,
                column=f"{key}.options",
                value=item,
            )
        elif texts and right not in LETTERS[: len(texts)]:
            what = "the right answer is not among the options"
            next_step = f"Name one of the letters a to {LETTERS[len(texts) - 1]}."
            yield Problem(what, next_step, FILE, column=f"{key}.key.{item}", value=right)
        for text in texts:
            yield from _languages(f"{key}.options", text, languages, item)
    scale = instrument.items and instrument.range and not instrument.key and not instrument.scored_against
    if not scale:
        return
    if instrument.labels is None:
        what, next_step = "the steps of the answer have no words", "Name every step from low to high."
        yield Problem(what, next_step, FILE, column=f"{key}.labels", severity="to decide")
    else:
        for lang in languages:
            if lang not in instrument.labels:
                yield _untranslated(f"{key}.labels", lang)


def _languages(
    key: str, text: Text | None, languages: Sequence[str], value: str | None = None
) -> Iterator[Problem]:
    """Languages that a text does not have."""
    if isinstance(text, dict):
        for lang in languages:
            if not text.get(lang):  # type: ignore[call-overload]
                yield _untranslated(key, lang, value)
    elif text and len(languages) > 1:
        yield Problem(
            "one text for all languages",
            "Give it one a language.",
            FILE,
            column=key,
            value=value,
            severity="to decide",
        )


def _untranslated(key: str, lang: str, value: str | None = None) -> Problem:
    """A text that is shown in another language than the questionnaire's."""
    what = f"no text in the language {lang}: another one is shown"
    return Problem(what, "Translate it.", FILE, column=key, value=value, severity="to decide")


def _topics(attributes: Sequence[str], interests: Sequence[str]) -> Iterator[Problem]:
    """Attributes of profiles that have no words of their own."""
    named = [(n, n.partition("_")[2], TOPICS) for n in attributes if n.startswith(("need_", "skill_"))]
    named += [(n, n.removeprefix("trait_"), TRAITS) for n in attributes if n.startswith("trait_")]
    named += [(f"interest {n}", n, INTERESTS) for n in interests]
    for name, topic, known in named:
        if topic not in known:
            what = "the intake form shows this name as it stands, in every language"
            yield Problem(
                what,
                "Put words in its place in the form.",
                "profiles.csv",
                None,
                "attribute",
                name,
                "to decide",
            )
