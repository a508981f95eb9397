"""The measures: their licences, how reliable they were here, and what they ask."""

from __future__ import annotations

import re

from rmstudy.evaluation import CriterionVerdict, Evaluation
from rmstudy.report.exhibit import Exhibit, Part, Row, bullets, element, join, table
from rmstudy.report.words import role_label
from rmstudy.study.plan import Instrument
from rmstudy.wording import choose, count, number, say

_SCORING = {
    "mean": "mean of the answers",
    "sum": "sum of the answers",
    "percent": "percent of the highest score",
}


def instruments(evaluation: Evaluation, *, lang: str = "en") -> Exhibit:
    """The instruments used, with their licence and how reliable they were here."""
    plan = evaluation.study.plan
    names = (
        "Instrument", "For whom", "Items", "Range", "Reliability here", "Reliability, source", "Licence",
        "Commercial use",
    )  # fmt: skip
    rows = []
    for name in used(evaluation):
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
    doubtful = flagged(evaluation, lang)
    parts: list[Part] = [element("h2", say("Instruments", lang))]
    if doubtful:
        words = "Not cleared for commercial use: {names}. Whoever is paid for this evaluation needs the owner's leave."
        parts.append(element("p", say(words, lang, names=", ".join(doubtful)), cls="flag"))
    parts.append(
        table(say("Instruments, their licences and their reliability", lang), head, rows, cls="stack")
    )
    words = "Reliability here is Cronbach's alpha at the first measurement, with its interval (Feldt)."
    parts.append(element("p", say(words, lang)))
    sources = list(
        dict.fromkeys(one for name in used(evaluation) if (one := plan.instruments[name].citation))
    )
    if sources:
        parts.append(join(element("p", say("Sources:", lang)), bullets(sources)))
    return element("section", *parts, cls="annex")


def used(evaluation: Evaluation) -> list[str]:
    """Names of the instruments that criteria rest on, with those a score is built from."""
    names: dict[str, None] = {}
    for one in evaluation.criteria:
        names[one.criterion.instrument] = None
        names |= dict.fromkeys(one.instrument.gap_between or ())
    return list(names)


def flagged(evaluation: Evaluation, lang: str = "en") -> list[str]:
    """Instruments used here whose commercial use is not cleared, by name.

    Examples
    --------
    >>> import rmstudy as rm
    >>> flagged(rm.evaluate(rm.load_sample("eight-pairs")))
    []
    """
    every = evaluation.study.plan.instruments
    return [choose(every[name].name, lang) for name in used(evaluation) if every[name].commercial_ok != "yes"]


def _range(instrument: Instrument, lang: str) -> str:
    """Lowest and highest answer."""
    if instrument.range is None:
        return "–"
    low, high = (number(limit, 0 if limit.is_integer() else 1, lang) for limit in instrument.range)
    return f"{low}–{high}"


def _reliability(ones: list[CriterionVerdict], lang: str) -> str:
    """Alpha at the first measurement with its interval, by role where there are several."""
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


def codebook(evaluation: Evaluation, *, lang: str = "en") -> Exhibit:
    """How each score is made of which items; the wording only where the licence allows it."""
    plan = evaluation.study.plan
    parts: list[Part] = [element("h2", say("Codebook", lang))]
    names = ("Instrument", "Name in the data", "Items", "Reversed", "Score", "Fewest answers", "Better is")
    rows = [Row(_coded(name, plan.instruments[name], lang)) for name in used(evaluation)]
    caption = say("How answers become scores", lang)
    parts.append(table(caption, [say(name, lang) for name in names], rows, cls="stack"))
    for name in used(evaluation):
        parts.append(_wording(plan.instruments[name], lang))
    return element("section", *parts, cls="annex")


def _coded(name: str, instrument: Instrument, lang: str) -> list[Part]:
    """One instrument: its items by name, and how they are scored."""
    score = say(_SCORING[instrument.scoring], lang)
    if instrument.gap_between:
        pair = ", ".join(instrument.gap_between)
        score = say("distance between {names}", lang, names=pair)
    if instrument.scored_against:
        score = say("mean distance from the true values", lang)
    if instrument.key:
        score = say("right answers by the key, {score}", lang, score=score)
    return [
        choose(instrument.name, lang),
        element("code", name),
        shortened(list(instrument.items)) or "–",
        ", ".join(instrument.reverse) or "–",
        score if instrument.items or instrument.gap_between else say("the number itself", lang),
        count(instrument.minimum_answered, lang) if instrument.minimum_answered else "–",
        say("higher" if instrument.higher_is == "better" else "lower", lang),
    ]


def shortened(names: list[str]) -> str:
    """Names in a row, those that only count on written as first–last.

    Examples
    --------
    >>> shortened(["a01", "a02", "a03", "b1", "b2", "mood"])
    'a01–a03, b1, b2, mood'
    """
    runs: list[list[str]] = []
    for name in names:
        if runs and _follows(runs[-1][-1], name):
            runs[-1].append(name)
        else:
            runs.append([name])
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 2 else ", ".join(run) for run in runs)


def _follows(first: str, second: str) -> bool:
    """Whether a name only counts on by one."""
    one, two = (re.fullmatch(r"(.*?)(\d+)", name) for name in (first, second))
    return bool(one and two and one[1] == two[1] and int(two[2]) == int(one[2]) + 1)


def _wording(instrument: Instrument, lang: str) -> Exhibit:
    """The items in words, where the plan has them and the licence allows it to be printed for pay."""
    worded = {item: words for item, words in instrument.items.items() if words}
    if not worded:
        return Exhibit("")
    title = element("h3", choose(instrument.name, lang))
    if instrument.commercial_ok != "yes":
        words = "The wording is not printed: its commercial use is not cleared."
        return join(title, element("p", say(words, lang)))
    if instrument.key:
        words = "The wording of the test is not printed, so that it can be used again."
        return join(title, element("p", say(words, lang)))
    reverse = say("reversed", lang)
    lines = [
        join(
            element("code", item),
            " ",
            choose(words, lang),
            f" ({reverse})" if item in instrument.reverse else "",
        )
        for item, words in worded.items()
    ]
    return join(title, bullets(lines))
