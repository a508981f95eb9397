"""The data-quality page: what can be used, what was looked for, what was found where, what was decided."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

import pandas as pd

from rmstudy.disclosure import safe_counts, safe_flow
from rmstudy.errors import Problem, Severity, masked
from rmstudy.evaluation.linked import linkage_effect
from rmstudy.evaluation.quality import Looked, linkage_classes, looked
from rmstudy.report.cover import ACCENT, BRAND, cover_words
from rmstudy.report.exhibit import Exhibit, Part, Row, bullets, element, printable, table
from rmstudy.report.pandoc import template
from rmstudy.report.words import arm_label, role_label, upper
from rmstudy.study.messes import MESSES
from rmstudy.study.plan import Plan
from rmstudy.study.study import Study
from rmstudy.wording import choose, say, translate

KIND: Final = "Quality of the data"
SHOWN: Final = 12  # findings of a rule; the others are counted, and the command lists them
_LOOKS: Final[dict[str, str]] = {"refused": "bad", "to decide": "part", "to know": "open"}
_SEVERITIES: Final[tuple[Severity, ...]] = ("refused", "to decide", "to know")
_MATCHES: Final = {
    "exact": "by the same id",
    "normalised": "by an id brought to one spelling",
    "confirmed": "by hand, after a look at candidates",
}


def quality_page(study: Study, *, lang: str = "en") -> str:
    """Write the page about the data of a study that can be used.

    Parameters
    ----------
    study : Study
        A loaded study.
    lang : {'en', 'it'}
        Language of the page; what was found is described in English.

    Returns
    -------
    str
        One HTML file that asks for nothing outside itself.

    Examples
    --------
    >>> import rmstudy as rm
    >>> page = quality_page(rm.load_sample("no-comparison"))
    >>> page.startswith("<!doctype html>") and "24" in page
    True
    """
    rules = looked(study)
    found = [problem for one in rules for problem in one.found]
    known = set(found)
    rest = [problem for problem in study.findings if problem not in known]
    sections = [
        _usable(study, [*found, *rest], lang),
        _rules(rules, lang),
        _found([*found, *rest], lang),
        _decisions(study, lang),
        _linkage(study, lang),
    ]
    words = cover_words(study, lang, kind=KIND)
    return _page(
        sections,
        {name: str(words[name]) for name in ("title", "period", "brand", "on-brand", "accent")},
        lang,
    )


def refused_page(problems: Sequence[Problem], name: str, *, lang: str = "en") -> str:
    """Write the page about data that cannot be used yet.

    Parameters
    ----------
    problems : sequence of Problem
        Everything that is wrong, or to be decided or known.
    name : str
        Name of the study's folder.
    lang : {'en', 'it'}
        Language of the page.

    Examples
    --------
    >>> from rmstudy.errors import Problem
    >>> "cannot be used" in refused_page([Problem("the file is empty", file="pairs.csv")], "study")
    True
    """
    refused = sum(problem.severity == "refused" for problem in problems)
    said = say("The data cannot be used yet: {n:count} things are refused.", lang, n=refused)
    lead = element("section", element("p", said, cls="lead"))
    rules = tuple(Looked(rule, tuple(one for one in problems if one.rule == rule)) for rule in MESSES)
    sections = [lead, _rules(rules, lang, all_of_it=False), _found(problems, lang)]
    colours = {"brand": BRAND, "on-brand": "#ffffff", "accent": ACCENT}
    return _page(sections, {"title": name, "period": "", **colours}, lang)


def _page(sections: Iterable[Exhibit], words: dict[str, str], lang: str) -> str:
    """The sections in the template."""
    escape = {"title", "period"}
    said = {
        "lang": lang,
        "kind": say("Quality of the data", lang),
        "skip": say("Skip to the answer", lang),
        "confidential": say(
            "For whoever keeps the data: it names pseudonyms and single rows. Not for the client.", lang
        ),
        "style": template("style.css"),
        "body": "\n".join(section.html for section in sections),
        **{
            name: element("i", printable(one)).html[3:-4] if name in escape else one
            for name, one in words.items()
        },
    }
    return re.sub(r"\{([a-z-]+)\}", lambda found: said.get(found[1], found[0]), template("quality.html"))


def _usable(study: Study, found: Sequence[Problem], lang: str) -> Exhibit:
    """How much there is, and who answered, under the rules of disclosure."""
    people, open_ones = len(study.tables["participants"]), sum(one.severity == "to decide" for one in found)
    lead = say(
        "The data can be used: {people:count} people, {answers:count} answers.",
        lang,
        people=people,
        answers=len(study.answers),
    )
    then = (
        say("To be decided before the verdicts are handed on: {n:count}.", lang, n=open_ones)
        if open_ones
        else say("Nothing is left to be decided.", lang)
    )
    parts: list[Part] = [
        element("p", lead, cls="lead"),
        element("p", then),
        element("h2", say("What can be used", lang)),
    ]
    waves = list(study.plan.waves)
    head = [
        say("Role and arm", lang),
        say("Assigned", lang),
        *(_wave(study.plan, wave, lang) for wave in waves),
    ]
    rows = []
    for role in study.plan.roles:
        flow = _answered(study, role)
        if flow.empty:
            continue
        safe = safe_flow(flow, minimum=study.plan.privacy.minimum_cell, lang=lang)
        for arm, steps in safe.groupby("group", sort=False):
            label = say("not selected", lang) if arm == "not_selected" else arm_label(str(arm), lang)
            shown = dict(zip(steps["step"], steps["n"], strict=True))
            cells = [shown.get(step, "–") for step in ("assigned", *waves)]
            rows.append(Row([f"{role_label(study.plan, role, lang)}, {label}", *cells]))
    if rows:
        caption = say("People who answered, by wave and arm", lang)
        parts.append(table(caption, head, rows, cls="stack", numbers=tuple(range(1, len(head)))))
        least = study.plan.privacy.minimum_cell
        note = say(
            "Numbers that would tell of fewer than {n:count} people are hidden or rounded.", lang, n=least
        )
        parts.append(element("p", note, cls="note"))
    return element("section", *parts)


def _answered(study: Study, role: str) -> pd.DataFrame:
    """People assigned, and those who answered each wave themselves, by arm."""
    people = study.tables["participants"]
    arms = study.arms.reindex(people.loc[people["role"] == role, "person_id"]).dropna()
    own = study.answers[study.answers["rater_id"].isna()][["person_id", "wave_id"]].drop_duplicates()
    rows = []
    for arm in sorted(arms.unique(), key=lambda name: (name != "programme", name)):
        ids = arms.index[arms == arm]
        there = own[own["person_id"].isin(ids)]["wave_id"].value_counts()
        rows.append((arm, "assigned", len(ids)))
        rows += [
            (arm, wave, int(there.get(wave, 0)))
            for wave in study.plan.waves
            if _asked(study.plan, wave, role)
        ]
    return pd.DataFrame(rows, columns=["group", "step", "n"])


def _asked(plan: Plan, wave: str, role: str) -> bool:
    """Whether people of a role are asked anything themselves in a wave."""
    names = plan.waves[wave].instruments or tuple(plan.instruments)
    asked = [plan.instruments[name] for name in names if name in plan.instruments]
    return any(role in one.role and one.rater == "self" and not one.derived for one in asked)


def _rules(rules: Sequence[Looked], lang: str, *, all_of_it: bool = True) -> Exhibit:
    """The register: what was looked for, and what came of it."""
    rows = []
    for one in rules:
        mess = MESSES[one.rule]
        worst = next((kind for kind in _SEVERITIES if any(p.severity == kind for p in one.found)), None)
        came: Part = say("not found", lang) if all_of_it or mess.severity == "refused" else "–"
        if worst is not None:
            words = say("{kind}: {n:count}", lang, kind=translate(worst, lang), n=len(one.found))
            came = element("span", words, cls=f"badge {_LOOKS[worst]}")
        elif one.unchecked and not one.unchecked.startswith("without "):
            came = element("span", say("not looked for: {why}", lang, why=one.unchecked), cls="way")
        elif one.unchecked:
            came = element("span", say("not found ({why})", lang, why=one.unchecked), cls="way")
        rows.append(Row([str(mess.number), translate(mess.about, lang), came]))
    head = ["", say("What data suffer from", lang), say("Here", lang)]
    caption = say("What was looked for", lang)
    return element(
        "section",
        element("h2", caption),
        table(say("The {n:count} rules", lang, n=len(rows)), head, rows, cls="rules stack"),
    )


def _found(found: Sequence[Problem], lang: str) -> Exhibit:
    """Each finding with its place; many of a kind are counted."""
    parts: list[Part] = [element("h2", say("What was found, and where", lang))]
    if not found:
        parts.append(element("p", say("Nothing in the data had to be decided or is worth knowing.", lang)))
        return element("section", *parts)
    if lang != "en":
        parts.append(
            element(
                "p",
                say("The findings are described in English, as the command writes them.", lang),
                cls="note",
            )
        )
    for kind in _SEVERITIES:
        chosen = [one for one in found if one.severity == kind]
        if not chosen:
            continue
        parts.append(
            element("h3", say("{kind} ({n:count})", lang, kind=upper(translate(kind, lang)), n=len(chosen)))
        )
        lines: list[Part] = []
        for rule in dict.fromkeys(one.rule for one in chosen):
            alike: dict[tuple[str, str], list[Problem]] = {}
            for one in chosen:
                if one.rule == rule:
                    alike.setdefault((one.what, one.next_step), []).append(one)
            lines += [_finding(same, lang) for same in list(alike.values())[:SHOWN]]
            left = sum(map(len, list(alike.values())[SHOWN:]))
            if left:
                more = say("and {n:count} more of this kind (rmstudy check lists them)", lang, n=left)
                lines.append(element("span", more, cls="place"))
        parts.append(element("div", bullets(lines), cls="findings"))
    return element("section", *parts)


def _wave(plan: Plan, wave: str, lang: str) -> str:
    """Name of a wave."""
    label = plan.waves[wave].label if wave in plan.waves else None
    return choose(label, lang) if label else wave


def _finding(same: Sequence[Problem], lang: str) -> Exhibit:
    """What was found, what next, and every place where it stands."""
    one = same[0]
    what = one.what if one.what.endswith("?") else f"{one.what}."
    said = element("span", f"{upper(what)} {one.next_step}".strip(), lang="en")
    places = [text for text in map(_place, same[:SHOWN]) if text]
    if len(same) > SHOWN:
        places.append(
            say("and {n:count} more of this kind (rmstudy check lists them)", lang, n=len(same) - SHOWN)
        )
    where = element("span", "; ".join(places), cls="place", lang="en")
    return element("span", said, Exhibit("<br>"), where)


def _place(one: Problem) -> str:
    """File, row, column and value of a finding."""
    column = "key" if one.file.endswith((".yml", ".yaml")) else "column"
    place = [
        one.file,
        f"row {one.row}" if one.row is not None else "",
        f"{column} {one.column}" if one.column else "",
        f"value {masked(one.value)}" if one.value is not None else "",
    ]
    return ", ".join(part for part in place if part)


def _decisions(study: Study, lang: str) -> Exhibit:
    """The decision log."""
    title = element("h2", say("Decisions taken", lang))
    log = study.tables.get("decision_log")
    if log is None or log.empty:
        none = say("The study has no decision log, or nothing stands in it.", lang)
        return element("section", title, element("p", none))
    columns = ("when", "rule", "table", "key", "before", "after", "who")
    names = ("Day", "Rule", "Table", "About", "Before", "What holds", "Who")
    cells = log.reindex(columns=list(columns)).astype(object).fillna("–").astype(str)
    rows = [Row(list(map(printable, row))) for row in cells.itertuples(index=False, name=None)]
    head = [say(name, lang) for name in names]
    return element("section", title, table(say("Decisions in the log", lang), head, rows, cls="stack"))


def _linkage(study: Study, lang: str) -> Exhibit:
    """How waves were linked, and what another choice would change."""
    counts = linkage_classes(study)
    safe = safe_counts(counts, within=["wave"], minimum=study.plan.privacy.minimum_cell, lang=lang)
    rows = [
        Row([_wave(study.plan, wave, lang), say(_MATCHES[match], lang), n])
        for wave, match, n in safe[["wave", "match", "n"]].itertuples(index=False, name=None)
    ]
    head = [say(name, lang) for name in ("Wave", "Linked", "People")]
    parts: list[Part] = [
        element("h2", say("How the waves are linked", lang)),
        table(say("Links by class", lang), head, rows, cls="stack", numbers=(2,)),
    ]
    if (counts["match"] != "exact").any():
        effect = linkage_effect(study, lang=lang).drop_duplicates("criterion")
        lines = [f"{one.criterion}: {one.sentence}" for one in effect.itertuples()]
        parts += [element("h3", say("What the choice of links changes", lang)), bullets(lines)]
    return element("section", *parts)
