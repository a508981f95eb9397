"""Numbers, dates and notes into words, English and Italian. The only place that rounds.

Sentences are written in English where they are used and translated through one gettext
catalogue (``locale/it.po``). A sentence is a template whose fields name how a value is to be
written: ``say("Follow-up reached {share:percent}.", "it", share=0.72)``.

========== ===================================================
field      writes
========== ===================================================
number     a measurement, with decimals that suit its size
count      a whole number, with thousands separators
percent    a proportion as a percentage
p          a p-value, never as zero
date       a day in full
list       several texts, comma separated
(none)     a text as it is, translated when the catalogue has it
========== ===================================================
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.resources import files
from string import Formatter
from typing import Any, Final, Literal, get_args

from babel.dates import format_date
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

Language = Literal["en", "it"]
LANGUAGES: Final[tuple[str, ...]] = get_args(Language)

VERDICTS: Final[dict[str, str]] = {
    "met": "Target met",
    "met_unconfirmed": "Met in the data, not confirmed",
    "improved": "Improved, short of target",
    "inconclusive": "Inconclusive",
    "not_met": "Target not met",
    "worse": "Worse",
    "not_enough_data": "Not enough data",
}

NOTES: Final[dict[str, str]] = {
    # who was counted
    "pre_only": "Answered before but not after, and not counted: {n:count}.",
    "post_only": "Answered after but not before, and not counted: {n:count}.",
    "covariate_missing": "Without a covariate ({columns:list}), and not counted: {n:count}.",
    "cluster_missing": "Without a value in the cluster column {column}, and not counted: {n:count}.",
    "arm_missing": "Without an arm, and not counted: {n:count}.",
    "item_missing": "Left at least one item unanswered, and not counted: {n:count}.",
    "column_missing": "Without a value ({columns:list}), and not counted: {n:count}.",
    # what cannot be computed
    "constant_difference": "Every person changed by the same amount: the change has no spread, so there is no "
    "standard error, interval or p-value.",
    "no_spread": "The scores have no spread, so nothing can be divided by their standard deviation.",
    "constant_pre": "All starting scores are equal (floor or ceiling?): anything divided by their standard "
    "deviation, and the correlation, is undefined.",
    "correction_undefined": "With {n:count} people the small-sample correction is undefined, so there is no "
    "corrected value.",
    "interval_degenerate": "All the evidence points one way, so an interval from these data would collapse to a "
    "point and is withheld.",
    "no_nonzero_difference": "Nobody changed: there is no difference left to rank.",
    "few_clusters": "{arm}: {n:count} cluster. Fewer than two clusters in a group: the standard error, the "
    "interval and the p-value are withheld, because they would be artefacts.",
    "leverage_one": "A single observation determines a coefficient alone; its standard error is undefined.",
    "no_residual_df": "There are as many coefficients as people: nothing is left to estimate an error from.",
    "no_residual_spread": "The model fits every score exactly: nothing is left to estimate an error from, so there "
    "is no standard error, interval or p-value.",
    "constant_covariate": "The covariate {column} has no variance and was left out.",
    "constant_post": "All later scores are equal (ceiling or floor?): their correlation with the earlier ones is "
    "undefined.",
    "perfect_correlation": "The scores before and after are perfectly correlated: nothing is left to divide the "
    "change by.",
    "level_unreachable": "With {n:count} people, ranks cannot give an interval at the level of {level:percent}; it is "
    "withheld.",
    "interval_ties": "So many people share the same change that the interval collapses to a point; it is withheld.",
    "bootstrap_few": "Only {n:count} people or clusters to resample: with so few, a bootstrap interval is usually too "
    "narrow.",
    "resamples_undefined": "{share:percent} of the resamples gave no value and were left out.",
    "bootstrap_withheld": "The resamples cannot give an interval: they do not spread around the estimate, or too many "
    "have no value.",
    # how far a number can be trusted
    "small_sample": "Only {n:count} people: the interval leans on the assumption of normal scores.",
    "low_df": "The cluster-robust interval rests on {df:number} effective degrees of freedom: few or unequal "
    "clusters. Read it with care.",
    "spread_changed": "The spread changed between the waves (standard deviation {before:number} before, "
    "{after:number} after): a change in standard deviations depends on which one divides it.",
    "ties": "{share:percent} of the people did not change at all.",
    "slopes_differ": "The effect depends on where people started (p = {p:p}): the adjusted difference holds at "
    "the mean starting score.",
    "baseline_differs": "The groups differ before the programme by {smd:number} standard deviations.",
    "item_negative": "Item {item} runs against the others: was it reversed, or should it be?",
    "item_constant": "Item {item} has the same answer from everybody and was left out.",
    "alpha_negative": "Alpha is negative: the items do not measure one thing as they are keyed.",
    "total_constant": "The items cancel out: everybody has the same total, so alpha is undefined.",
    "low_reliability": "Reliability {value:number} is low: differences between groups can be read, changes of "
    "single people cannot.",
    "rtm_selected_on_outcome": "People were chosen by this very score, so the whole expected shift applies.",
    "rtm_selected_otherwise": "People were chosen in a way that may be related to this score: between none and "
    "all of the full shift ({full:number}) is expected.",
    "rtm_band": "The limits {low:number} and {high:number} are a band of what could be expected, not a confidence "
    "interval.",
    "rtm_stability_assumed_band": "The source gives no uncertainty for the stability of the measure; the band "
    "takes it as {low:number} to {high:number}.",
    "condition_number": "The covariates are nearly collinear (condition number {value:count}): read the "
    "programme's coefficient only.",
    # why the evidence for the programme's merit is as strong as it is
    "merit_before_after": "People are only compared with themselves before: anything else that happened in the "
    "meantime may have changed them.",
    "merit_lottery": "A lottery decided who took part, so the groups differ only by chance.",
    "merit_adjusted": "The groups were not drawn by lot; the starting point is taken into account.",
    "merit_unadjusted": "The groups were not drawn by lot, and the starting point is not taken into account.",
    "merit_baseline_unknown": "It is not known how the groups differed before the programme.",
    "merit_baseline_alike": "The groups were alike before the programme.",
    "merit_baseline_adjusted": "The groups differed by {smd:number} standard deviations before the programme, which "
    "is adjusted for.",
    "merit_baseline_not_adjusted": "The groups differed by {smd:number} standard deviations before the programme, "
    "which this comparison does not adjust for.",
    "merit_baseline_fails": "The groups differed by {smd:number} standard deviations before the programme: too much "
    "to adjust for.",
    "merit_attrition": "The share of people lost differs between the groups by {points:count} percentage points.",
    "merit_crossed_over": "People of the comparison group who took part after all: {n:count}.",
    "shares_ignore_clusters": "Some of the people share a mentor, which the interval of a share does not take into "
    "account.",
    # why a criterion cannot be judged
    "gate_wave_open": "The wave {wave} is still open.",
    "gate_people": "{group}: fewer than {least:count} people answered before and after.",
    "gate_people_assigned": "{group}: fewer than {least:count} people have the score.",
    "gate_follow_up": "{group}: only {share:percent} of those who answered before answered again; the plan asks for "
    "{least:percent}.",
    "gate_follow_up_assigned": "{group}: only {share:percent} of those assigned have the score; the plan asks for "
    "{least:percent}.",
    "gate_no_interval": "No interval can be computed from these data.",
    "gate_method": "The analysis refuses these data: {reason}",
    "gate_share_threshold": "The target ({threshold:percent}) is not above the share at the start ({start:percent}).",
    # what stands beside a verdict
    "plan_not_locked": "The date of the plan is not proven: it was not locked.",
    "wave_open": "The wave {wave} is still open: this is an interim result.",
    "rtm_unknown": "How much regression to the mean alone could give is not known: the plan does not give "
    "{missing:list} for this measure.",
    "rtm_everyone": "Nobody was selected, so no regression to the mean is expected.",
    "rtm_covers": "Regression to the mean alone could give all of this change.",
    "rtm_beyond": "The change is larger than regression to the mean alone would give.",
    "follow_up": "{group}: {share:percent} of those who answered before answered again.",
    "follow_up_assigned": "{group}: {share:percent} of those assigned have the score.",
    "ceiling": "{share:percent} of the people had the best possible score at the start: they could not improve.",
    "few_units": "Few participants cannot move a whole unit: read changes of units with care.",
    "holm": "One of several criteria is enough for this goal, so the intervals are widened (Holm).",
}


class _Fields(Formatter):
    """A formatter whose field specifications are the words of the module's table."""

    def __init__(self, lang: str) -> None:
        self.lang = lang

    def format_field(self, value: Any, format_spec: str) -> str:
        """Write one value in the way its field asks for."""
        writers = {
            "number": lambda: number(value, lang=self.lang),
            "count": lambda: count(value, lang=self.lang),
            "percent": lambda: percent(value, lang=self.lang),
            "p": lambda: p_value(value, lang=self.lang),
            "date": lambda: day(value, lang=self.lang),
            "list": lambda: ", ".join(str(item) for item in value),
        }
        if format_spec in writers:
            return writers[format_spec]()
        if format_spec:
            raise ValueError(f"unknown field {format_spec!r}; known: {', '.join(writers)}")
        if isinstance(value, float):
            raise ValueError("a float needs a field such as {x:number}")
        return translate(str(value), self.lang)


@lru_cache
def _catalogue(lang: str) -> Mapping[str, str]:
    """Translations of one language; English is written in the source."""
    if lang not in LANGUAGES:
        raise ValueError(f"unknown language {lang!r}; known: {', '.join(LANGUAGES)}")
    if lang == "en":
        return {}
    with files("rmstudy").joinpath(f"locale/{lang}.po").open("rb") as file:
        return {str(m.id): str(m.string) for m in read_po(file, locale=lang) if m.id and m.string}


def translate(text: str, lang: str = "en") -> str:
    """Return the catalogue's translation of an English text, or the text itself."""
    return _catalogue(lang).get(text, text)


def say(template: str, lang: str = "en", /, **values: Any) -> str:
    """Translate a sentence and fill in its fields.

    Examples
    --------
    >>> say("Follow-up reached {share:percent}.", share=0.724)
    'Follow-up reached 72%.'
    """
    return _Fields(lang).vformat(translate(template, lang), (), values)


def choose(texts: str | Mapping[Any, str], lang: str = "en") -> str:
    """Pick a language from a text given once or per language, falling back to the other one.

    Examples
    --------
    >>> choose({"en": "Before", "it": "Prima"}, "it")
    'Prima'
    """
    if isinstance(texts, str):
        return texts
    return texts.get(lang) or next(iter(texts.values()))


def decimals_for(*values: float | None) -> int:
    """Decimals that suit the largest of some values that stand in one sentence or column.

    Examples
    --------
    >>> decimals_for(4.12, 2.9, 5.3), decimals_for(1794.3, 473.1), decimals_for(12.3)
    (2, 0, 1)
    """
    sizes = [abs(v) for v in values if v is not None and math.isfinite(v)]
    largest = max(sizes, default=0.0)
    if largest >= 100:
        return 0
    if largest >= 10:
        return 1
    return 3 if 0 < largest < 0.1 else 2


def decimals_of(value: float, most: int = 3) -> int:
    """Decimals that a value really has, up to a limit.

    Examples
    --------
    >>> decimals_of(2.0), decimals_of(0.25), decimals_of(1 / 3)
    (0, 2, 3)
    """
    return next((places for places in range(most) if abs(round(value, places) - value) < 1e-9), most)


def number(value: float | None, decimals: int | None = None, lang: str = "en") -> str:
    """Write a measurement.

    Examples
    --------
    >>> number(-1234.5, 1), number(-1234.5, 1, "it"), number(None), number(-0.001, 2)
    ('−1,234.5', '−1.234,5', '–', '0.00')
    """
    if value is None or math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    places = decimals_for(value) if decimals is None else decimals
    shown = round(float(value), places) + 0.0
    pattern = "#,##0" + ("." + "0" * places if places else "")
    return format_decimal(shown, format=pattern, locale=lang).replace("-", "−")


def count(value: float, lang: str = "en") -> str:
    """Write a whole number.

    Examples
    --------
    >>> count(12345), count(12345, "it")
    ('12,345', '12.345')
    """
    return number(float(value), 0, lang)


def percent(value: float | None, lang: str = "en", decimals: int = 0) -> str:
    """Write a proportion as a percentage.

    Examples
    --------
    >>> percent(0.724), percent(0.724, "it", 1)
    ('72%', '72,4%')
    """
    if value is None or math.isnan(value):
        return "–"
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "") + "%"
    return format_percent(round(float(value), decimals + 2) + 0.0, format=pattern, locale=lang).replace(
        "-", "−"
    )


def confidence(level: float | None, lang: str = "en") -> str:
    """Write a confidence level, with a decimal only where it has one.

    Examples
    --------
    >>> confidence(0.95), confidence(0.975, "it")
    ('95%', '97,5%')
    """
    return percent(level, lang, decimals_of(100 * (level or 0.0), most=1))


def p_value(value: float | None, lang: str = "en") -> str:
    """Write a p-value: three decimals, never zero.

    Examples
    --------
    >>> p_value(0.0312), p_value(0.00001), p_value(0.00001, "it")
    ('0.031', '<0.001', '<0,001')
    """
    if value is None or math.isnan(value):
        return "–"
    if value < 0.001:
        return "<" + number(0.001, 3, lang)
    return number(value, 3, lang)


def interval(low: float | None, high: float | None, decimals: int | None = None, lang: str = "en") -> str:
    """Write the limits of an interval.

    Examples
    --------
    >>> interval(0.1, 0.8), interval(0.1, 0.8, lang="it"), interval(None, None)
    ('0.10 to 0.80', 'da 0,10 a 0,80', '–')
    """
    if low is None or high is None:
        return "–"
    places = decimals_for(low, high) if decimals is None else decimals
    limits = {"low": number(low, places, lang), "high": number(high, places, lang)}
    return say("{low} to {high}", lang, **limits)


def day(value: dt.date, lang: str = "en") -> str:
    """Write a day in full.

    Examples
    --------
    >>> import datetime as dt
    >>> day(dt.date(2024, 3, 11)), day(dt.date(2024, 3, 11), "it")
    ('11 March 2024', '11 marzo 2024')
    """
    return format_date(value, format="d MMMM yyyy", locale=lang)


def note(code: str, params: Mapping[str, Any] | Iterable[tuple[str, Any]], lang: str = "en") -> str:
    """Write a note as a sentence.

    Examples
    --------
    >>> note("pre_only", {"n": 3})
    'Answered before but not after, and not counted: 3.'
    """
    return say(NOTES[code], lang, **dict(params))
