"""Who benefited: explored after the fact, and said so."""

from __future__ import annotations

from typing import Final

from rmstudy.evaluation import Evaluation
from rmstudy.evaluation.explored import Explored, who_gained
from rmstudy.report import commentary
from rmstudy.report.exhibit import Exhibit, Row, element, join, table
from rmstudy.report.numbers import signed, unit_words
from rmstudy.report.words import label, upper
from rmstudy.results import Result
from rmstudy.study.plan import Plan
from rmstudy.wording import decimals_for, interval, p_value, say

_CLEAR: Final = 0.05
_ENDS: Final = ("slope at the mean minus 1 SD", "slope at the mean plus 1 SD")


def who_benefited(evaluation: Evaluation, *, lang: str = "en") -> Exhibit:
    """Whether those who started lower, or met more often, gained more; or that nothing can be said."""
    plan = evaluation.study.plan
    title = element(
        "h2", say("Who benefited", lang), " ", element("span", say("(exploratory)", lang), cls="stamp")
    )
    found = who_gained(evaluation)
    closing = commentary.said(evaluation.study, "benefit", lang)
    if not found:
        words = (
            "Nothing can be said about who benefited: there are too few people to look into parts of the group, or "
            "no measure that could be looked into."
        )
        return element("section", title, element("p", say(words, lang)), closing, cls="benefit")
    lead = (
        "Nothing here was planned beforehand: these are questions asked of the same answers, and no verdict rests on "
        "them. The p-values are adjusted for all of them together (Holm)."
    )
    lead_ = element("p", say(lead, lang))
    units = "unit" in evaluation.study.tables["participants"].columns
    told = _explored(found, plan, lang, units=units)
    return element("section", title, lead_, told, closing, cls="benefit")


def _explored(found: list[Explored], plan: Plan, lang: str, *, units: bool) -> Exhibit:
    """The difference at a low and at a high start, and the slope on the number of meetings."""
    by_start, by_dose = any(one.start for one in found), any(one.dose for one in found)
    rows: list[Row] = []
    clear: list[str] = []
    open_: list[str] = []
    for one in found:
        name = say("{label} ({unit})", lang, label=label(one.one, lang), unit=unit_words(one.one, plan, lang))
        low, high = (_at(one.start, term, lang) for term in _ENDS)
        dose = _headline(one.dose, lang)
        rows.append(
            Row(
                [
                    name,
                    *([low, high, p_value(one.p_start, lang)] if by_start else []),
                    *([dose, p_value(one.p_dose, lang)] if by_dose else []),
                ]
            )
        )
        if one.start is not None:
            (clear if one.p_start is not None and one.p_start < _CLEAR else open_).append(
                label(one.one, lang)
            )
    names, captions, numbers = ["Criterion"], [], []
    if by_start:
        names += ["Low start", "High start", "p"]
        captions.append(
            "difference to the comparison group for people who started one standard deviation below and above the mean"
        )
        numbers.append(len(names) - 1)
    if by_dose:
        names += ["For each meeting more", "p"]
        captions.append("later score of participants by meetings held")
        numbers.append(len(names) - 1)
    caption = upper("; ".join(say(words, lang) for words in captions))
    beside = table(caption, [say(name, lang) for name in names], rows, cls="stack", numbers=numbers)
    said = []
    if clear:
        said.append(say("The difference depends on the start: {names}.", lang, names=", ".join(clear)))
    if open_ and not clear:
        said.append(say("For no criterion can it be told whether the start matters.", lang))
    elif open_:
        said.append(
            say("It cannot be told whether the start matters: {names}.", lang, names=", ".join(open_))
        )
    if by_dose:
        words = (
            "The column on meetings is no effect of meeting more: nobody was told how often to meet, and those who "
            "gain may keep meeting."
        )
        said.append(say(words, lang))
    if units:
        said.append(_by_unit(lang))
    return join(beside, element("p", " ".join(said)) if said else "")


def _at(result: Result | None, term: str, lang: str) -> str:
    """The difference at one starting score, with its interval."""
    e = next((e for e in result.estimates if e.term == term), None) if result else None
    if e is None:
        return "–"
    places = decimals_for(e.estimate, e.conf_low, e.conf_high)
    limits = interval(e.conf_low, e.conf_high, places, lang)
    return say("{value} ({limits})", lang, value=signed(e.estimate, places, lang), limits=limits)


def _headline(result: Result | None, lang: str) -> str:
    """A result's first row with its interval."""
    return _at(result, result.headline.term, lang) if result else "–"


def _by_unit(lang: str) -> str:
    """Why there is no breakdown by unit."""
    words = (
        "By department or site nothing is said: the groups are too small to tell differences from chance, and a few "
        "people could be recognised."
    )
    return say(words, lang)
