"""Missing data, deviations from the plan, and where the two documents come from."""

from __future__ import annotations

import platform
from collections import Counter
from importlib.metadata import version
from typing import Final

import rmstudy
from rmstudy.evaluation import Evaluation
from rmstudy.report import commentary, people
from rmstudy.report.exhibit import Exhibit, Part, Row, bullets, element, facts, table
from rmstudy.report.words import label, note_words, role_label, upper
from rmstudy.wording import count, day, say, translate

ENGINES: Final = ("numpy", "pandas", "scipy", "statsmodels", "pingouin")
_MISSING: Final = {
    "complete_cases": "Estimates count the people with all the answers they need; nothing is filled in. What those who "
    "left could change stands under Sensitivity.",
}


def missing_data(evaluation: Evaluation, *, lang: str = "en") -> Exhibit:
    """Who answered again for each criterion, and what was found in the data."""
    plan = evaluation.study.plan
    rows = []
    for one in evaluation.criteria:
        if one.result is None or one.goal.role == "unit":
            continue
        there = people.counted(evaluation, one, lang)
        follow_up = " ".join(people.follow_up(evaluation, one, lang)) or "–"
        rows.append(Row([label(one, lang), role_label(plan, one.goal.role, lang), there, follow_up]))
    parts: list[Part] = [element("h2", say("Missing data", lang))]
    parts.append(element("p", say(_MISSING[plan.analysis.missing], lang)))
    if rows:
        head = [say(name, lang) for name in ("Criterion", "For whom", "People counted", "Who answered again")]
        parts.append(table(say("People counted and follow-up by criterion", lang), head, rows, cls="stack"))
    parts.append(_findings(evaluation, lang))
    return element("section", *parts, cls="annex")


def _findings(evaluation: Evaluation, lang: str) -> Exhibit:
    """How many things were found in the data, by file; what they are about stays with the data's keeper."""
    least = evaluation.study.plan.privacy.minimum_cell
    counts = Counter((problem.severity, problem.file) for problem in evaluation.study.findings)
    if not counts:
        return element("p", say("Nothing in the data had to be decided or is worth knowing.", lang))
    rows = [
        Row(
            [
                file or "–",
                translate(severity, lang),
                count(n, lang) if n >= least else f"<{count(least, lang)}",
            ]
        )
        for (severity, file), n in counts.items()
    ]
    head = [say(name, lang) for name in ("File", "Kind", "Findings")]
    return table(say("What was found in the data", lang), head, rows, numbers=(2,))


def deviations(evaluation: Evaluation, *, lang: str = "en") -> Exhibit:
    """What was done otherwise than planned; the one place for a list of differences from a locked plan."""
    least = evaluation.study.plan.privacy.minimum_cell
    said = [note_words(note, least, lang) for note in evaluation.notes]
    waves = {
        note_words(note, least, lang)
        for one in evaluation.criteria
        for note in one.notes
        if note.code in ("wave_open", "covariates_unused")
    }
    said += sorted(waves)
    said += [one.text(lang) for one in evaluation.deviations]
    title = element("h2", say("Deviations from the plan", lang))
    if not said:
        return element("section", title, element("p", say("None is known.", lang)), cls="annex")
    return element("section", title, bullets(said), cls="annex")


def where_from(evaluation: Evaluation, *, lang: str = "en") -> Exhibit:
    """Fingerprint, lock and versions: no clock, no machine."""
    lock = evaluation.lock
    rows: list[tuple[str, Part]] = [
        (say("Fingerprint of plan and data", lang), element("code", evaluation.fingerprint)),
        (say("Plan locked", lang), f"{day(lock.date, lang)} ({lock.short})" if lock else say("No", lang)),
        ("rmstudy", rmstudy.__version__),
        ("Python", platform.python_version()),
        *((name, version(name)) for name in ENGINES),
    ]
    parts: list[Part] = [element("h2", say("Where these pages come from", lang))]
    parts.append(facts(upper(say("fingerprints and versions", lang)), rows))
    strangers = commentary.unknown(evaluation.study)
    if strangers:
        words = "Not printed, because no section has that name: {names}. Sections: {sections}."
        sections = ", ".join((*commentary.SECTIONS, "recommendation-…"))
        parts.append(element("p", say(words, lang, names=", ".join(strangers), sections=sections)))
    parts.append(commentary.said(evaluation.study, "annex", lang))
    return element("section", *parts, cls="annex")
