"""The annex for researchers: methods, instruments, data, and where the page comes from."""

from __future__ import annotations

import platform
from collections import Counter
from importlib.metadata import version
from typing import Final

import rmstudy
from rmstudy.evaluation import CriterionVerdict, Evaluation
from rmstudy.report import people
from rmstudy.report.exhibit import Exhibit, Part, Row, bullets, element, facts, join, table
from rmstudy.report.goal_pages import stands_alone
from rmstudy.report.numbers import headline_words, set_as, target_words, unit_words
from rmstudy.report.words import caveats, follow_up_words, label, masked, reasons, role_label, upper
from rmstudy.study.plan import Instrument
from rmstudy.wording import choose, count, day, decimals_for, number, p_value, percent, say, translate

METHODS = {
    "mean_change": "mean change, t interval",
    "adjusted_difference": "analysis of covariance",
    "difference_in_differences": "difference in differences",
    "post_difference": "difference of later means",
    "share": "share with its interval",
}
ENGINES = ("numpy", "pandas", "scipy", "statsmodels", "pingouin")


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
    """Everything a researcher asks for, in one section."""
    return element(
        "section",
        element("h2", say("Annex for researchers", lang)),
        _plan(evaluation, lang),
        _methods(evaluation, lang),
        _notes(evaluation, lang),
        _instruments(evaluation, lang),
        _findings(evaluation, lang),
        _provenance(evaluation, lang),
        cls="annex",
    )


def _plan(evaluation: Evaluation, lang: str) -> Exhibit:
    """Each criterion as the plan set it."""
    head = [
        say(words, lang) for words in ("Criterion", "Target", "Set as", "Reason for the target", "Fixed on")
    ]
    rows = []
    for one in evaluation.criteria:
        criterion = one.criterion
        cells: list[Part] = [
            label(one, lang),
            target_words(one, evaluation.study.plan, lang),
            set_as(one, lang) or "–",
            choose(criterion.rationale, lang) if criterion.rationale else "–",
            day(criterion.fixed_on, lang) if criterion.fixed_on else "–",
        ]
        rows.append(Row(cells, criterion.priority))
    return table(
        say("Goals and success criteria, as the plan set them", lang), head, rows, cls="stack", tight=(4,)
    )


def _methods(evaluation: Evaluation, lang: str) -> Exhibit:
    """Method and numbers of each criterion."""
    names = ("Criterion", "Method", "Unit", "Estimate", "Standard error", "df", "p", "People counted")
    rows = [Row(_method(evaluation, one, lang)) for one in evaluation.criteria if one.result]
    if not rows:
        return element("p", say("No criterion had enough data for an estimate.", lang))
    head = [say(name, lang) for name in names]
    level = percent(evaluation.study.plan.analysis.level, lang)
    caption = say("Methods; intervals at {level} unless said otherwise", lang, level=level)
    estimands = {
        say(
            "{method}: {estimand}.",
            lang,
            method=_method_words(one.result.method, lang),
            estimand=one.result.estimand,
        )
        for one in evaluation.criteria
        if one.result
    }
    numbers = table(caption, head, rows, cls="stack", numbers=(3, 4, 5, 6))
    return join(
        numbers,
        element("p", say("What is estimated:", lang)),
        bullets(upper(words) for words in sorted(estimands)),
        element("p", say(_ERRORS, lang), " ", _adjusted_for(evaluation, lang)),
        *(
            [element("p", say(_LOST, lang))]
            if any("tipping" in one.beside for one in evaluation.criteria)
            else []
        ),
    )


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


def _method(evaluation: Evaluation, one: CriterionVerdict, lang: str) -> list[Part]:
    """One line of the table of methods."""
    result = one.result
    if result is None:
        return []
    e = result.headline
    share = one.criterion.contrast == "share"
    people_ = people.counted(evaluation, one, lang)
    # degrees of freedom tell how many people there are: not where the count itself is masked
    df = number(e.df, 1, lang) if e.df is not None and not masked(people_) else "–"
    return [
        label(one, lang),
        _method_words(result.method, lang),
        unit_words(one, evaluation.study.plan, lang) or say("share of people", lang),
        headline_words(result, "", lang, share=share),
        number(e.std_error, None if e.std_error is None else decimals_for(e.std_error), lang),
        df,
        p_value(e.p_value, lang),
        people_,
    ]


def _method_words(method: str, lang: str) -> str:
    """Name of a method."""
    return say(METHODS.get(method, method), lang)


def _notes(evaluation: Evaluation, lang: str) -> Exhibit:
    """Caveats and reasons of the criteria that have no section of their own beside their picture."""
    least = evaluation.study.plan.privacy.minimum_cell
    said: dict[str, list[str]] = {}
    for one in evaluation.criteria:
        goal = next(goal for goal in evaluation.goals if goal.goal is one.goal)
        if stands_alone(one, goal) or one.result is None:
            continue
        there = people.counted(evaluation, one, lang)
        notes = caveats(one, least, there, lang)
        for words in [*reasons(one, least, lang), *follow_up_words(one, least, there, lang), *notes]:
            said.setdefault(words, []).append(label(one, lang))
    lines = [
        say("{note} ({labels})", lang, note=words, labels=", ".join(dict.fromkeys(names)))
        for words, names in said.items()
    ]
    if not lines:
        return Exhibit("")
    return element(
        "div", element("h3", say("Caveats of the criteria that explain", lang)), bullets(lines), cls="notes"
    )


def _instruments(evaluation: Evaluation, lang: str) -> Exhibit:
    """The instruments used, with their licence and how reliable they were here."""
    plan = evaluation.study.plan
    names = (
        "Instrument",
        "For whom",
        "Items",
        "Range",
        "Reliability here",
        "Reliability, source",
        "Licence",
        "Commercial use",
    )
    used = list(dict.fromkeys(one.criterion.instrument for one in evaluation.criteria))
    rows = []
    for name in used:
        instrument = plan.instruments[name]
        ones = [one for one in evaluation.criteria if one.criterion.instrument == name]
        whom = dict.fromkeys(role_label(plan, one.goal.role, lang) for one in ones)
        cells: list[Part] = [
            choose(instrument.name, lang),
            ", ".join(whom),
            count(len(instrument.items), lang) if instrument.items else say("single number", lang),
            _range(instrument, lang),
            _reliability(ones, lang),
            _published(instrument, lang),
            instrument.licence or "–",
            say({"yes": "Yes", "no": "No", "unknown": "Unknown"}[instrument.commercial_ok], lang),
        ]
        rows.append(Row(cells))
    head = [say(name, lang) for name in names]
    return table(say("Instruments", lang), head, rows, cls="stack")


def _range(instrument: Instrument, lang: str) -> str:
    """Lowest and highest answer."""
    if instrument.range is None:
        return "–"
    low, high = (number(limit, 0 if limit.is_integer() else 1, lang) for limit in instrument.range)
    return f"{low}–{high}"


def _reliability(ones: list[CriterionVerdict], lang: str) -> str:
    """Alpha at the first measurement, by role where there are several."""
    found: dict[str, None] = {}
    for one in ones:
        alpha = one.beside.get("reliability")
        if alpha is not None and alpha.headline.estimate is not None:
            e = alpha.headline
            low, high = number(e.conf_low, 2, lang), number(e.conf_high, 2, lang)
            limits = say("{low} to {high}", lang, low=low, high=high)
            found[f"{number(e.estimate, 2, lang)} ({limits})"] = None
    return "; ".join(found) or "–"


def _published(instrument: Instrument, lang: str) -> str:
    """The reliability the plan gives, with its source."""
    if instrument.reliability is None:
        return "–"
    value = number(instrument.reliability, 2, lang)
    return f"{value} ({instrument.reliability_source})" if instrument.reliability_source else value


def _findings(evaluation: Evaluation, lang: str) -> Exhibit:
    """How many things were found in the data, by file; what they are about stays with the data's keeper."""
    counts = Counter((problem.severity, problem.file) for problem in evaluation.study.findings)
    if not counts:
        return element("p", say("Nothing in the data had to be decided or is worth knowing.", lang))
    rows = [
        Row([file or "–", translate(severity, lang), count(n, lang)])
        for (severity, file), n in counts.items()
    ]
    head = [say(name, lang) for name in ("File", "Kind", "Findings")]
    return table(say("What was found in the data", lang), head, rows, numbers=(2,))


def _provenance(evaluation: Evaluation, lang: str) -> Exhibit:
    """Where the page comes from: no clock, no machine."""
    lock = evaluation.lock
    locked = f"{day(lock.date, lang)} ({lock.short})" if lock else say("No", lang)
    changed = bullets(one.text(lang) for one in evaluation.deviations)
    rows: list[tuple[str, Part]] = [
        (say("Fingerprint of plan and data", lang), element("code", evaluation.fingerprint)),
        (say("Plan locked", lang), locked),
        *([(say("Changed since the plan was locked", lang), changed)] if evaluation.deviations else []),
        ("rmstudy", rmstudy.__version__),
        ("Python", platform.python_version()),
        *((name, version(name)) for name in ENGINES),
    ]
    return facts(say("Where this page comes from", lang), rows)
