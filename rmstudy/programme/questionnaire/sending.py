"""All files that are sent out, and who gets which version."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import numpy as np
import pandas as pd

from rmstudy.errors import DesignError
from rmstudy.programme.questionnaire.asking import asked, questionnaire, versions
from rmstudy.programme.questionnaire.description import Questionnaire
from rmstudy.programme.questionnaire.document import word
from rmstudy.programme.questionnaire.for_limesurvey import limesurvey
from rmstudy.programme.questionnaire.for_qualtrics import qualtrics
from rmstudy.programme.questionnaire.page import html_page
from rmstudy.programme.questionnaire.reading_back import mapping, mapping_text
from rmstudy.programme.questionnaire.steps import intake, meeting_log
from rmstudy.study.plan import Plan

RATERS: tuple[Literal["self"], Literal["observer"]] = ("self", "observer")


def questionnaires(
    plan: Plan,
    *,
    languages: Sequence[str] = ("en",),
    waves: Sequence[str] | None = None,
    attributes: Iterable[str] = (),
    interests: Iterable[str] = (),
) -> tuple[Questionnaire, ...]:
    """Describe everything that is sent out: each wave, role, rater and version; the intake; the log.

    Parameters
    ----------
    plan : Plan
        The study's plan.
    languages : sequence of str
        Languages.
    waves : sequence of str, optional
        Only these waves, without intake and log; everything when left out.
    attributes, interests : iterable of str
        Attributes and interests of ``profiles`` in use.

    Returns
    -------
    tuple of Questionnaire
        In the order in which people meet them, the languages of one beside each other.
    """
    names, liked = tuple(attributes), tuple(interests)
    made: list[Questionnaire] = []
    if waves is None:
        for role in plan.roles:
            made += [intake(plan, role=role, lang=x, attributes=names, interests=liked) for x in languages]
    for wave in waves or tuple(plan.waves):
        for role in plan.roles:
            made += _of_wave(plan, wave, role, languages)
    if waves is None and all(plan.role_acting_as(part) for part in ("mentor", "mentee")):
        for role in plan.roles:
            made += [meeting_log(plan, role=role, lang=x) for x in languages]
    return tuple(made)


def _of_wave(plan: Plan, wave: str, role: str, languages: Sequence[str]) -> Iterator[Questionnaire]:
    """The questionnaires about one role in one wave."""
    for rater in RATERS:
        if asked(plan, wave=wave, role=role, rater=rater):
            for version in versions(plan, wave=wave, role=role, rater=rater) or (None,):
                for lang in languages:
                    yield questionnaire(plan, role=role, wave=wave, lang=lang, rater=rater, version=version)


def package(
    plan: Plan,
    *,
    languages: Sequence[str] = ("en",),
    waves: Sequence[str] | None = None,
    attributes: Iterable[str] = (),
    interests: Iterable[str] = (),
) -> dict[str, str | bytes]:
    """Write everything that is sent out, and the mapping that reads it back.

    Parameters
    ----------
    plan, languages, waves, attributes, interests
        As for the descriptions.

    Returns
    -------
    dict of str to str or bytes
        File names with their contents: ``NAME.LANG.html``, ``NAME.LANG.docx``, ``NAME.LANG.qualtrics.txt``,
        ``NAME.limesurvey.txt`` and ``mapping.yml``.

    Examples
    --------
    >>> import rmstudy as rm
    >>> plan = rm.load_sample("digital-skills").plan
    >>> sorted(rm.programme.questionnaire.package(plan, waves=["mid"]))[:3]
    ['mapping.yml', 'mid-mentee.en.docx', 'mid-mentee.en.html']
    """
    names, liked = tuple(attributes), tuple(interests)
    everything = questionnaires(plan, languages=languages, waves=waves, attributes=names, interests=liked)
    files: dict[str, str | bytes] = {}
    by_id: dict[str, list[Questionnaire]] = {}
    for one in everything:
        by_id.setdefault(one.id, []).append(one)
        files[f"{one.id}.{one.lang}.html"] = html_page(one)
        files[f"{one.id}.{one.lang}.docx"] = word(one)
        files[f"{one.id}.{one.lang}.qualtrics.txt"] = qualtrics(one)
    files |= {f"{name}.limesurvey.txt": limesurvey(ones) for name, ones in by_id.items()}
    # the mapping covers what is sent out now and at any other time, so that one file serves the whole study
    whole = questionnaires(plan, languages=languages, attributes=names, interests=liked)
    files["mapping.yml"] = mapping_text(mapping(whole))
    return files


def assign_versions(people: Iterable[str], *, versions: Sequence[str], seed: int = 0) -> pd.DataFrame:
    """Draw who starts with which form of a test, as evenly as can be.

    Parameters
    ----------
    people : iterable of str
        Pseudonyms; their order does not matter.
    versions : sequence of str
        Names of the versions, such as ``A`` and ``B``.
    seed : int
        Seed of the draw.

    Returns
    -------
    DataFrame
        Columns person_id and version, a row a person. A person keeps the version in every wave.

    Raises
    ------
    DesignError
        When there is nothing to draw from.

    Examples
    --------
    >>> assign_versions(["s2", "s1", "s3", "s4"], versions=["A", "B"])["version"].value_counts().to_dict()
    {'A': 2, 'B': 2}
    """
    names = sorted(set(people))
    if not versions:
        raise DesignError("There are no versions to draw from. Only a test with parallel forms has versions.")
    turns = [versions[position % len(versions)] for position in range(len(names))]
    drawn: list[str] = np.random.default_rng(seed).permutation(np.array(turns, dtype=object)).tolist()
    return pd.DataFrame({"person_id": names, "version": drawn}, dtype=object)
