"""Estimates and targets in the words of the report: raw units first."""

from __future__ import annotations

from dataclasses import replace

from rmstudy.evaluation import CriterionVerdict, Evaluation
from rmstudy.report import people
from rmstudy.report.words import label, unit
from rmstudy.results import Estimate, Result
from rmstudy.study.plan import Plan
from rmstudy.wording import decimals_for, interval, number, percent, say


def unit_words(one: CriterionVerdict, plan: Plan, lang: str) -> str:
    """Unit of a criterion's estimate; a share has none."""
    if one.criterion.contrast == "share":
        return ""
    return unit(plan.instruments[one.criterion.instrument], lang)


def short_words(one: CriterionVerdict, evaluation: Evaluation, lang: str) -> tuple[str, str, str]:
    """Estimate, interval and target without their unit, for a table that names it in a column of its own.

    A share that would count a few people in or out is told as a bound, and without its interval.
    """
    share = one.criterion.contrast == "share"
    target = percent(one.threshold, lang) if share else signed(one.threshold, _target_places(one), lang)
    if one.result is None:
        return "–", "–", target
    e = one.result.headline
    if share:
        if not people.share_is_shown(evaluation, one):
            return people.share_words(evaluation, one, lang), "–", target
        limits = say("{low} to {high}", lang, low=percent(e.conf_low, lang), high=percent(e.conf_high, lang))
        return percent(e.estimate, lang), limits, target
    places = decimals_for(e.estimate, e.conf_low, e.conf_high)
    return signed(e.estimate, places, lang), interval(e.conf_low, e.conf_high, places, lang), target


def headline_words(result: Result, unit: str, lang: str) -> str:
    """A result's headline with its interval."""
    e = result.headline
    places = decimals_for(e.estimate, e.conf_low, e.conf_high)
    value = f"{signed(e.estimate, places, lang)} {unit}".strip()
    if e.conf_low is None or e.conf_high is None:
        return say("{value}, no interval", lang, value=value)
    limits = interval(e.conf_low, e.conf_high, places, lang)
    return say("{value} ({limits})", lang, value=value, limits=limits)


def signed(value: float | None, places: int, lang: str) -> str:
    """A difference with its sign."""
    words = number(value, places, lang)
    above = value is not None and value > 0 and any(digit in words for digit in "123456789")
    return f"+{words}" if above else words


def target_words(one: CriterionVerdict, plan: Plan, lang: str) -> str:
    """The target in the estimate's unit."""
    if one.criterion.contrast == "share":
        return percent(one.threshold, lang)
    instrument = plan.instruments[one.criterion.instrument]
    return f"{signed(one.threshold, _target_places(one), lang)} {unit(instrument, lang)}"


def set_as(one: CriterionVerdict, lang: str) -> str:
    """How the plan set the target, where that was not in points."""
    if one.criterion.contrast == "share" or one.criterion.unit == "raw":
        return ""
    value = number(one.criterion.threshold, _places(one.criterion.threshold, least=2), lang)
    if one.criterion.unit == "sd":
        return say("{value} standard deviations of the reference group", lang, value=value)
    return say("{value}% of the highest score", lang, value=value)


def set_short(one: CriterionVerdict, lang: str) -> str:
    """How the plan set the target, in short: points, standard deviations, or percent."""
    criterion = one.criterion
    if criterion.contrast == "share":
        cutoff = (
            "–" if criterion.cutoff is None else number(criterion.cutoff, _places(criterion.cutoff), lang)
        )
        return say("share reaching {cutoff}", lang, cutoff=cutoff)
    if criterion.unit == "raw":
        return say("in points", lang)
    value = number(criterion.threshold, _places(criterion.threshold, least=2), lang)
    return say("{value} SD" if criterion.unit == "sd" else "{value}% of the highest score", lang, value=value)


def level_words(one: CriterionVerdict, evaluation: Evaluation, lang: str) -> str:
    """The level of an interval, where it is not the plan's, to stand behind its limits."""
    level = one.result.level if one.result else None
    if level is None or level == evaluation.study.plan.analysis.level:
        return ""
    return f"; {percent(level, lang, 1)}"


def expected_words(one: CriterionVerdict, plan: Plan, lang: str) -> str:
    """What would be expected with no programme at all, in a sentence; nothing where that is not known."""
    expected = one.beside.get("expected")
    if expected is None or one.result is None or one.criterion.contrast == "share":
        return ""
    e, own = expected.headline, one.result.headline
    places = decimals_for(e.conf_low, e.conf_high, own.estimate, own.conf_low, own.conf_high)
    low, high = (signed(limit, places, lang) for limit in (e.conf_low, e.conf_high))
    limits = say("{low} to {high}", lang, low=low, high=high)
    words = "Expected with no programme at all: {limits} {unit}."
    return say(words, lang, limits=limits, unit=unit_words(one, plan, lang))


def in_reference_sd(one: CriterionVerdict, plan: Plan) -> Result | None:
    """The estimate in standard deviations of the reference group: another unit, not another estimate."""
    sd = plan.instruments[one.criterion.instrument].reference_sd
    if one.result is None or sd is None or one.criterion.contrast == "share":
        return None
    e = one.result.headline
    limits = [None if limit is None else limit / sd for limit in (e.estimate, e.conf_low, e.conf_high)]
    scaled = replace(e, estimate=limits[0], conf_low=limits[1], conf_high=limits[2], std_error=None)
    return replace(one.result, estimates=(scaled,), unit="standard deviations")


def named(one: CriterionVerdict, result: Result, plan: Plan, lang: str) -> Result:
    """A result under the criterion's name and in the instrument's own unit, for a picture."""
    if result.unit == "of the people":
        return replace(
            result,
            outcome=label(one, lang),
            unit="% of the people",
            estimates=tuple(map(_in_percent, result.estimates)),
        )
    if result.unit != "points":
        return replace(result, outcome=label(one, lang))
    return replace(result, outcome=label(one, lang), unit=unit_words(one, plan, lang))


def _in_percent(e: Estimate) -> Estimate:
    """A share as a percentage, for a picture whose table says percent."""
    estimate, low, high = (None if v is None else 100 * v for v in (e.estimate, e.conf_low, e.conf_high))
    return replace(e, estimate=estimate, conf_low=low, conf_high=high, std_error=None)


def target_drawn(one: CriterionVerdict) -> float:
    """The target in the unit that the picture has."""
    return 100 * one.threshold if one.criterion.contrast == "share" else one.threshold


def _target_places(one: CriterionVerdict) -> int:
    """Decimals of a target: as it was set when that was in points, as many as suit it otherwise."""
    return _places(one.threshold) if one.criterion.unit == "raw" else decimals_for(one.threshold)


def _places(value: float, least: int = 0) -> int:
    """Decimals a chosen number has."""
    decimals = f"{value:.3f}".rstrip("0").partition(".")[2]
    return max(least, len(decimals))
