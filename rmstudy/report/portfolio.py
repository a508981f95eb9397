"""The page about many programmes: verdicts counted, effects pooled, programmes side by side without a rank."""

from __future__ import annotations

import base64
import re
from typing import Final

import pandas as pd

from rmstudy import plots, wording
from rmstudy.portfolio import Portfolio
from rmstudy.portfolio.tables import Outcome
from rmstudy.report.cover import ACCENT, BRAND
from rmstudy.report.exhibit import PAGE, Exhibit, Part, Row, bullets, element, figure, printable, table
from rmstudy.report.pandoc import template
from rmstudy.results import Estimate
from rmstudy.verdicts import ORDER
from rmstudy.wording import VERDICTS, number, say, translate

SHOWN: Final = 1_000  # more programmes than that: only those that lie apart from the mean are listed
NAMED: Final = 20
_CONTRASTS: Final = {"comparison": "against a comparison group", "change": "before and after"}


def portfolio_page(found: Portfolio, *, title: str = "", lang: str = "en") -> str:
    """Write the page about many programmes.

    Parameters
    ----------
    found : Portfolio
        From `rmstudy.portfolio`.
    title : str
        What stands on top.
    lang : {'en', 'it'}
        Language of the page.

    Returns
    -------
    str
        One HTML file that asks for nothing outside itself.

    Examples
    --------
    >>> import rmstudy as rm
    >>> page = portfolio_page(rm.portfolio.portfolio_of_studies("data/sample/eight-pairs"))
    >>> page.startswith("<!doctype html>"), "fewer than 10 people" in page
    (True, True)
    """
    sections = [
        _verdicts(found, lang),
        *([_pooled(found, lang)] if found.outcomes else []),
        *(_side_by_side(found, one, number, lang) for number, one in enumerate(found.outcomes)),
        *([_features(found, lang)] if found.by_feature else []),
        _unusable(found, lang),
    ]
    said = {
        "lang": lang,
        "kind": say("Many programmes side by side", lang),
        "skip": say("Skip to the answer", lang),
        "title": element("i", printable(title or say("Portfolio of programmes", lang))).html[3:-4],
        "period": "",
        "style": template("style.css"),
        "body": "\n".join(map(_embedded, sections)),
        "brand": BRAND,
        "on-brand": "#ffffff",
        "accent": ACCENT,
    }
    return re.sub(r"\{([a-z-]+)\}", lambda name: said.get(name[1], name[0]), template("portfolio.html"))


def _embedded(section: Exhibit) -> str:
    """A section with its pictures inside."""
    shown = section.html
    for name, picture in section.pictures.items():
        data = base64.b64encode(picture.png).decode()
        shown = shown.replace(f'src="{name}.png"', f'src="data:image/png;base64,{data}"')
    return shown


def _verdicts(found: Portfolio, lang: str) -> Exhibit:
    """How many programmes, and which verdicts they have."""
    programmes = found.judged["programme"].nunique()
    judged = found.judged.loc[found.judged["estimate"].notna(), "programme"].nunique()
    words = "Programmes: {n:count}; with at least one criterion that could be judged: {judged:count}."
    verdicts = [name for name in reversed(ORDER) if found.verdicts[name].any()]
    rows = [
        Row([_name(one, lang), *(wording.count(int(counts[name]), lang) for name in verdicts)])
        for one, counts in zip(found.verdicts.index, found.verdicts.to_dict("records"), strict=True)
    ]
    head = [say("Outcome", lang), *(translate(VERDICTS[name], lang) for name in verdicts)]
    caption = say("Programmes by verdict, each held against its own target", lang)
    parts: list[Part] = [element("p", say(words, lang, n=programmes, judged=judged), cls="lead")]
    if rows:
        parts.append(table(caption, head, rows, cls="stack", numbers=tuple(range(1, len(head)))))
    return element("section", *parts)


def _pooled(found: Portfolio, lang: str) -> Exhibit:
    """The mean effect of each outcome, what the next programme may bring, and the caveats."""
    rows, notes = [], dict[str, None]()
    for one, result in found.pooled.items():
        new = next(e for e in result.estimates if e.term.startswith("a new cohort"))
        tau = next(e for e in result.estimates if e.term == "tau")
        count = wording.count(result.n["cohorts"], lang)
        rows.append(
            Row(
                [
                    _name(one, lang),
                    count,
                    _interval(result.headline, lang),
                    _limits(new, lang),
                    _interval(tau, lang),
                ]
            )
        )
        notes |= {note.text(lang): None for note in result.notes}
    head = [
        say("Outcome", lang), say("Programmes", lang), say("Mean effect (interval)", lang),
        say("A new programme", lang), say("Spread between programmes (interval)", lang),
    ]  # fmt: skip
    level = wording.confidence(found.level, lang)
    caption = say("Mean effect over programmes, improvement positive; {level} intervals", lang, level=level)
    return element(
        "section",
        element("h2", say("The effect over all programmes", lang)),
        table(caption, head, rows, cls="stack", numbers=(1, 2, 3, 4)),
        bullets(notes),
    )


def _side_by_side(found: Portfolio, one: Outcome, place: int, lang: str) -> Exhibit:
    """The programmes of one outcome by name, with a picture."""
    all_rows = found.side_by_side
    outcome, role, contrast = one
    same = all_rows["outcome"].eq(outcome) & all_rows["role"].eq(role) & all_rows["contrast"].eq(contrast)
    rows = all_rows[same]
    picture = figure(
        plots.side_by_side(rows, found.pooled[one], lang=lang), name=f"side-by-side-{place}", inches=PAGE,
        caption=say("Each effect is drawn towards the mean as far as it is imprecise.", lang),
    )  # fmt: skip
    listed = rows if len(rows) <= SHOWN else rows[rows["position"].ne("not told apart")].head(SHOWN)
    lines = [
        Row([row.programme, _drawn(row, lang), translate(row.position, lang)]) for row in listed.itertuples()
    ]
    level = wording.confidence(found.level, lang)
    head = [
        say("Programme", lang),
        say("Effect ({level} interval)", lang, level=level),
        say("Beside the mean", lang),
    ]
    said = say("There is no rank: the first and the last of many effects are mostly luck.", lang)
    if len(listed) < len(rows):
        words = (
            "Only programmes apart from the mean are listed; the other {n:count} are not told apart from it."
        )
        said += " " + say(words, lang, n=int(rows["position"].eq("not told apart").sum()))
    parts: list[Part] = [element("h2", _name(one, lang)), picture, element("p", said)]
    if lines:
        parts.append(table(say("Programmes by name", lang), head, lines, cls="stack", numbers=(1,)))
    return element("section", *parts)


def _features(found: Portfolio, lang: str) -> Exhibit:
    """Kinds of programmes beside each other."""
    parts: list[Part] = [element("h2", say("Kinds of programmes", lang))]
    notes: dict[str, None] = {}
    for (one, feature), result in found.by_feature.items():
        differ, *kinds = result.estimates
        p = wording.p_compared(differ.p_value, lang)
        rows = [
            Row([kind.term, wording.count(result.n[kind.term], lang), _interval(kind, lang)])
            for kind in kinds
        ]
        words = "{outcome}, by {feature}: do the kinds differ? p {p}"
        caption = say(words, lang, outcome=_name(one, lang), feature=feature, p=p)
        head = [say("Kind", lang), say("Programmes", lang), say("Mean effect (interval)", lang)]
        parts.append(table(caption, head, rows, cls="stack", numbers=(1, 2)))
        notes |= {note.text(lang): None for note in result.notes}
    return element("section", *parts, bullets(notes))


def _unusable(found: Portfolio, lang: str) -> Exhibit:
    """What could not be judged, and why."""
    title = element("h2", say("What could not be judged, and why", lang))
    lacking = found.unusable
    if lacking.empty:
        return element("section", title, element("p", say("Everything could be judged.", lang)))
    lines: list[Part] = []
    for reason, rows in lacking.groupby("reason", sort=False):
        names = list(dict.fromkeys(rows["programme"].astype(str)))
        words = "{reason}: {names}"
        more = len(names) - NAMED
        listed = ", ".join(names[:NAMED])
        listed += " " + say("and {n:count} more", lang, n=more) if more > 0 else ""
        lines.append(say(words, lang, reason=translate(str(reason), lang), names=listed))
    return element("section", title, bullets(lines))


def _name(one: Outcome, lang: str) -> str:
    """An outcome with its people and contrast."""
    outcome, role, contrast = one
    return ", ".join(filter(None, (outcome, role, translate(_CONTRASTS[contrast], lang))))


def _interval(e: Estimate, lang: str) -> str:
    """An estimate with its limits."""
    places = wording.decimals_for(e.estimate, e.conf_low, e.conf_high)
    limits = "" if e.conf_low is None or pd.isna(e.conf_low) else f" ({_limits(e, lang, places)})"
    return f"{number(e.estimate, places, lang)}{limits}"


def _limits(e: Estimate, lang: str, places: int | None = None) -> str:
    """The limits of an estimate alone."""
    if e.conf_low is None or e.conf_high is None:
        return "–"
    return wording.interval(e.conf_low, e.conf_high, places, lang)


def _drawn(row: object, lang: str) -> str:
    """A shrunken effect with its interval."""
    e = Estimate("", row.estimate, None, None, None, None, row.conf_low, row.conf_high)  # type: ignore[attr-defined]
    return _interval(e, lang)
