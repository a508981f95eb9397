"""The technical annex: models and estimates, effects in standard deviations, and how far they can be trusted."""

from __future__ import annotations

from typing import Final

from rmstudy.evaluation import CriterionVerdict, Evaluation
from rmstudy.evaluation.explored import unseen
from rmstudy.report import people
from rmstudy.report.checklist import checklist
from rmstudy.report.exhibit import Exhibit, Part, Row, bullets, element, join, table
from rmstudy.report.instruments import codebook, instruments
from rmstudy.report.numbers import (
    headline_words,
    in_reference_sd,
    set_as,
    short_words,
    target_words,
    unit_words,
)
from rmstudy.report.origin import deviations, missing_data, where_from
from rmstudy.report.recruited import recruitment
from rmstudy.report.words import caveats, label, masked, note_words, upper
from rmstudy.results import Note, Result
from rmstudy.wording import (
    choose,
    decimals_for,
    interval,
    number,
    p_value,
    percent,
    say,
)

METHODS: Final = {
    "mean_change": "mean change, t interval",
    "adjusted_difference": "analysis of covariance",
    "difference_in_differences": "difference in differences",
    "post_difference": "difference of later means",
    "share": "share with its interval (Wilson)",
}
_PLAIN: Final = {
    "mean_change": "How far the same people moved, on average, between the two measurements.",
    "adjusted_difference": "How far apart the two groups ended, for people with the same start.",
    "difference_in_differences": "How much more one group moved than the other.",
    "post_difference": "How far apart the two groups ended, whatever their start.",
    "share": "How many of the people reached the cut-off.",
}
_ERRORS: Final = (
    "Standard errors allow unequal spread (HC2 in adjusted comparisons, Welch otherwise); where people share a mentor "
    "or a unit they are cluster-robust (CR2, Satterthwaite degrees of freedom)."
)
_LOST: Final = (
    "How different those who left would have to be: their scores are drawn fifty times within each group from those of "
    "people like them (regression on the start and the covariates), those of the programme are shifted, and the "
    "estimates are pooled by Rubin's rules."
)


def annex(evaluation: Evaluation, *, lang: str = "en") -> Exhibit:
    """Everything a researcher asks for, one section after the other."""
    sections = (
        instruments, missing_data, recruitment, estimates, standardised, sensitivity,
        deviations, checklist, codebook, where_from,
    )  # fmt: skip
    return join(*(section(evaluation, lang=lang) for section in sections))


def estimates(evaluation: Evaluation, *, lang: str = "en") -> Exhibit:
    """What was estimated for each criterion, with which model, and the caveats that travel with it."""
    parts: list[Part] = [element("h2", say("Models and estimates", lang))]
    judged = [one for one in evaluation.criteria if one.result]
    parts.append(_targets(evaluation, lang))
    if not judged:
        parts.append(element("p", say("No criterion had enough data for an estimate.", lang)))
        return element("section", *parts, cls="annex")
    level = percent(evaluation.study.plan.analysis.level, lang)
    names = (
        "Criterion",
        "Model",
        "Estimate",
        "Interval",
        "Unit",
        "Standard error",
        "df",
        "p",
        "People counted",
    )
    head = [say(name, lang) for name in names]
    caption = say("Estimates; intervals at {level} unless said otherwise", lang, level=level)
    rows = [Row(_line(evaluation, one, lang), one.criterion.priority) for one in judged]
    parts.append(table(caption, head, rows, cls="stack", numbers=(2, 3, 5, 6, 7)))
    parts.append(_models(judged, lang))
    parts.append(element("p", say(_ERRORS, lang), " ", _adjusted_for(evaluation, lang)))
    parts.append(_caveats(evaluation, lang))
    return element("section", *parts, cls="annex")


def _targets(evaluation: Evaluation, lang: str) -> Exhibit:
    """Each target as the plan set it, with the reason given there."""
    head = [say(words, lang) for words in ("Criterion", "Target", "Set as", "Reason for the target")]
    rows = []
    for one in evaluation.criteria:
        reason = choose(one.criterion.rationale, lang) if one.criterion.rationale else "–"
        target = target_words(one, evaluation.study.plan, lang)
        rows.append(Row([label(one, lang), target, set_as(one, lang) or "–", reason], one.criterion.priority))
    return table(say("Targets and their reasons, as the plan set them", lang), head, rows, cls="stack")


def _line(evaluation: Evaluation, one: CriterionVerdict, lang: str) -> list[Part]:
    """One criterion's model and numbers; the same as in the report, with what a researcher adds."""
    if one.result is None:
        return []
    e = one.result.headline
    value, limits, _ = short_words(one, evaluation, lang)
    people_ = people.counted(evaluation, one, lang)
    # degrees of freedom tell how many people there are: not where the count itself is masked
    df = number(e.df, 1, lang) if e.df is not None and not masked(people_) else "–"
    told = people.share_is_shown(evaluation, one)  # a spread and a p-value would tell a share that is not
    return [
        label(one, lang),
        say(METHODS.get(one.result.method, one.result.method), lang),
        value,
        limits,
        unit_words(one, evaluation.study.plan, lang) or say("share of people", lang),
        number(e.std_error, decimals_for(e.std_error), lang) if told else "–",
        df,
        p_value(e.p_value, lang) if told else "–",
        people_,
    ]


def _models(judged: list[CriterionVerdict], lang: str) -> Exhibit:
    """Each model that was used, in plain words and by its name."""
    used = dict.fromkeys(one.result.method for one in judged if one.result)
    estimand = {one.result.method: one.result.estimand for one in judged if one.result}
    lines = [
        join(
            element("strong", upper(say(METHODS.get(method, method), lang))),
            " ",
            say("({estimand}).", lang, estimand=estimand[method]),
            " ",
            say(_PLAIN[method], lang) if method in _PLAIN else "",
        )
        for method in used
    ]
    return join(element("p", say("What is estimated:", lang)), bullets(lines))


def _adjusted_for(evaluation: Evaluation, lang: str) -> str:
    """What adjusted comparisons hold constant."""
    if not any(one.result and one.result.method == "adjusted_difference" for one in evaluation.criteria):
        return ""
    covariates = evaluation.study.plan.analysis.covariates
    if not covariates:
        return say("Adjusted comparisons hold the starting score constant.", lang)
    return say(
        "Adjusted comparisons hold the starting score and {names:list} constant.", lang, names=covariates
    )


def _caveats(evaluation: Evaluation, lang: str) -> Exhibit:
    """The caveats of all criteria, each once, with the criteria it holds for."""
    least = evaluation.study.plan.privacy.minimum_cell
    said: dict[str, list[str]] = {}
    for one in evaluation.criteria:
        there = people.counted(evaluation, one, lang)
        elsewhere = {note_words(note, least, lang) for note in one.notes if note.code.startswith("verdict_")}
        notes = caveats(one, least, there, lang) if one.result else []
        notes = [words for words in notes if words not in elsewhere]
        if one.gate:
            notes = [note_words(one.gate, least, lang)]
        for words in notes:
            said.setdefault(words, []).append(label(one, lang))
    lines = [
        say("{note} ({labels})", lang, note=words, labels=", ".join(dict.fromkeys(names)))
        for words, names in said.items()
    ]
    if not lines:
        return Exhibit("")
    return element("div", element("h3", say("Caveats by criterion", lang)), bullets(lines), cls="notes")


def standardised(evaluation: Evaluation, *, lang: str = "en") -> Exhibit:
    """Every effect in standard deviations, with which ones."""
    rows = []
    for one in evaluation.criteria:
        scaled, own = in_reference_sd(one, evaluation.study.plan), one.beside.get("standardised")
        if scaled is None and own is None:
            continue
        sd = one.instrument.reference_sd
        cells: list[Part] = [
            label(one, lang),
            headline_words(scaled, "", lang) if scaled else "–",
            number(sd, decimals_for(sd), lang) if scaled and sd else "–",
            headline_words(own, "", lang) if own and own.headline.estimate is not None else "–",
        ]
        rows.append(Row(cells, one.criterion.priority))
    title = element("h2", say("Effects in standard deviations", lang))
    if not rows:
        words = (
            "No effect can be given in standard deviations: "
            "there is no estimate, or the plan has no reference group."
        )
        return element("section", title, element("p", say(words, lang)), cls="annex")
    names = (
        "Criterion",
        "In standard deviations of the reference group",
        "That standard deviation",
        "Standardised change (Hedges' g)",
    )
    head = [say(name, lang) for name in names]
    words = (
        "The reference group is the one that the plan names with its source. Hedges' g of a change divides by the "
        "average spread before and after, with a noncentral t interval."
    )
    caption = say("The same estimates in standard deviations", lang)
    return element(
        "section", title, table(caption, head, rows, cls="stack"), element("p", say(words, lang)), cls="annex"
    )


def sensitivity(evaluation: Evaluation, *, lang: str = "en") -> Exhibit:
    """What would have to be otherwise for the verdicts to change."""
    rows = [
        Row([label(one, lang), *_checks(evaluation, one, lang)]) for one in evaluation.criteria if one.result
    ]
    title = element("h2", say("Sensitivity", lang))
    if not rows:
        return element(
            "section", title, element("p", say("There is no estimate to be questioned.", lang)), cls="annex"
        )
    if all(cell == "–" for row in rows for cell in row.cells[1:]):
        words = (
            "None of the checks can be made here: on those who left, on regression to the mean, or on an unseen "
            "cause between groups that were not drawn."
        )
        return element("section", title, element("p", say(words, lang)), cls="annex")
    names = (
        "Criterion",
        "Shift of those who left that takes the verdict back",
        "Regression to the mean",
        "An unseen cause (robustness value)",
    )
    head = [say(name, lang) for name in names]
    lines = [
        _LOST,
        "Regression to the mean is the change to be expected of people with such starting scores and no programme at "
        "all, from the stability of the measure; it concerns changes within one group.",
        "The robustness value is the share of what is left unexplained, of who took part and of the outcome alike, "
        "that an unseen cause would have to explain to bring the difference to zero. It does not apply after a "
        "lottery.",
    ]
    caption = say("What would have to be otherwise", lang)
    beside = bullets(say(line, lang) for line in lines)
    return element("section", title, table(caption, head, rows, cls="stack"), beside, cls="annex")


def _checks(evaluation: Evaluation, one: CriterionVerdict, lang: str) -> list[Part]:
    """Tipping point, regression to the mean and robustness value of one criterion."""
    tips = [_tips(n, one, evaluation, lang) for n in one.notes if n.code.startswith("verdict_")]
    found = one.beside.get("expected")
    expected = "–"
    if found is not None and found.headline.conf_low is not None:
        e = found.headline
        places = decimals_for(e.conf_low, e.conf_high)
        unit = unit_words(one, evaluation.study.plan, lang)
        expected = f"{interval(e.conf_low, e.conf_high, places, lang)} {unit}"
    # it tells how many people there are, as degrees of freedom do
    robust = None if masked(people.counted(evaluation, one, lang)) else unseen(one)
    return [" ".join(tips) or "–", expected, _robust(robust, lang) if robust else "–"]


def _tips(note: Note, one: CriterionVerdict, evaluation: Evaluation, lang: str) -> str:
    """The shift of those who left that takes the verdict back, in raw units and in standard deviations."""
    short = {
        "verdict_tips_lower": "{value} {unit} lower ({sd} SD)",
        "verdict_tips_higher": "{value} {unit} higher ({sd} SD)",
        "verdict_holds": "no shift within reason",
        "verdict_tipped": "no shift is needed",
    }
    params = dict(note.params)
    points, sd = float(params.get("points", 0.0)), float(params.get("sd", 0.0))
    unit = unit_words(one, evaluation.study.plan, lang)
    values = {"value": number(points, decimals_for(points), lang), "unit": unit, "sd": number(sd, 2, lang)}
    return say(short[note.code], lang, **values)


def _robust(robust: Result, lang: str) -> str:
    """The robustness value, and that of its test."""
    values = [percent(e.estimate, lang) for e in robust.estimates[:2]]
    return say("{value}; {test} for the test", lang, value=values[0], test=values[1])
