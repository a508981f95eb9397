"""Why two people were matched, and why somebody was not, in words."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd

from rmstudy.programme.matching.attributes import split
from rmstudy.programme.matching.pool import Pool, Whole
from rmstudy.programme.matching.rules import BROKEN
from rmstudy.wording import decimals_of, number, say

MOST: Final = 2  # components, and needs, that a reason names
ALIKE: Final = 0.75  # closeness from which two people are called alike


def why(pool: Pool, mentee: int, mentor: int, lang: str = "en") -> str:
    """What speaks most for a pair, from the profiles of these two people alone.

    Parameters
    ----------
    pool : Pool
        The people.
    mentee, mentor : int
        Their numbers.
    lang : {'en', 'it'}
        Language; the names of skills and interests stay as the profiles have them.
    """
    i, j = np.array([mentee]), np.array([mentor])
    parts = {name: float(part[0]) for name, part in pool.scores.parts(i, j).items()}
    weights = pool.scores.weights
    known = {name: part for name, part in parts.items() if weights[name] and not np.isnan(part)}
    if not known:
        return say("too little is known about the two to say", lang)
    order = sorted(known, key=lambda name: (-weights[name] * known[name], name))
    said = [_said(pool, name, mentee, mentor, known[name], lang) for name in order if known[name] > 0]
    told = [text for text in said if text][:MOST]
    return "; ".join(told) or say("nothing stands out; it is the best that the whole allows", lang)


def _said(pool: Pool, name: str, mentee: int, mentor: int, part: float, lang: str) -> str:
    """One component in words; nothing where it does not speak for the pair."""
    left, right = pool.scores.mentees.said[mentee], pool.scores.mentors.said[mentor]
    if name == "skill":
        return _needs(pool, mentee, mentor, lang)
    if name == "interest":
        shared = sorted(set(split(left.get("interest"))) & set(split(right.get("interest"))))
        return say("both like {interests:list}", lang, interests=shared) if shared else ""
    if name == "trait":
        names = _alike(pool, mentee, mentor)
        return say("alike in {traits:list}", lang, traits=names) if names else ""
    if name == "language":
        shared = sorted(set(split(left.get("language"))) & set(split(right.get("language"))))
        return say("a language in common: {languages:list}", lang, languages=shared)
    if name == "site":
        return say("at the same site", lang)
    hours = float(pool.scores.shared_hours(np.array([mentee]), np.array([mentor]))[0])
    return say("{hours} working hours in common a day", lang, hours=number(hours, decimals_of(hours), lang))


def _needs(pool: Pool, mentee: int, mentor: int, lang: str) -> str:
    """The largest needs that are fully covered, else the one that is covered furthest."""
    covered: list[tuple[float, str]] = []
    partly: list[tuple[float, str]] = []
    scores = pool.scores
    for name in scores.mentees.names("need_"):
        need = scores.mentees.numbers[f"need_{name}"][mentee]
        skill = scores.mentors.numbers.get(f"skill_{name}", np.full(len(scores.mentors), np.nan))[mentor]
        own = scores.mentees.numbers.get(f"skill_{name}", np.full(len(scores.mentees), np.nan))[mentee]
        if np.isnan(need) or np.isnan(skill) or need <= 0 or skill <= 0 or skill <= own:
            continue
        (covered if skill >= need else partly).append((-float(min(need, skill)), name))
    names = [name.replace("_", " ") for _, name in sorted(covered)[:MOST]]
    if names:
        return say("covers the needs: {needs:list}", lang, needs=names)
    if partly:
        return say("helps with {need}", lang, need=sorted(partly)[0][1].replace("_", " "))
    return ""


def _alike(pool: Pool, mentee: int, mentor: int) -> list[str]:
    """Traits in which the two are close."""
    names = []
    for name, (low, high) in pool.scores.trait_ranges().items():
        left = pool.scores.mentees.numbers[f"trait_{name}"][mentee]
        right = pool.scores.mentors.numbers[f"trait_{name}"][mentor]
        if 1 - abs(left - right) / ((high - low) or 1.0) >= ALIKE:
            names.append(name.replace("_", " "))
    return names


def why_table(pool: Pool, pairs: pd.DataFrame, numbers: tuple[Whole, Whole], lang: str) -> pd.DataFrame:
    """The reasons of all pairs; for the coordinator only, since a row is about two people."""
    reasons = [why(pool, int(i), int(j), lang) for i, j in zip(*numbers, strict=True)]
    return pairs[["pair_id", "mentor_id", "mentee_id", "match_score"]].assign(why=reasons)


def why_not(row: dict[str, Any], lang: str = "en") -> str:
    """Why a person has no partner, as a sentence.

    Parameters
    ----------
    row : dict
        A row of `left_over`.
    lang : {'en', 'it'}
        Language.
    """
    if row["reason"] == "no_place":
        return say("Takes nobody: the capacity is 0.", lang)
    if row["reason"] == "taken" and row["role"] == "mentee":
        template = "No place left: the {n:count} mentors who are allowed have other mentees."
        return say(template, lang, n=row["admissible"])
    if row["reason"] == "taken":
        return say(
            "Not needed: the {n:count} mentees who are allowed have mentors.", lang, n=row["admissible"]
        )
    counts = [
        say("{rule} ({n:count})", lang, rule=words, n=row[name])
        for name, words in BROKEN.items()
        if row.get(name, 0) > 0
    ]
    return say("Nobody is allowed: {rules}.", lang, rules=", ".join(counts))
