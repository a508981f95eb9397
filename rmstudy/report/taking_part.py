"""Who took part: people by unit and group, and how alike the groups were before the programme."""

from __future__ import annotations

from typing import Final

import pandas as pd

from rmstudy.disclosure import WITHHELD
from rmstudy.evaluation import Evaluation
from rmstudy.report import commentary, people
from rmstudy.report.exhibit import Exhibit, Part, Row, bullets, element, join, table
from rmstudy.report.numbers import unit_words
from rmstudy.report.recruited import resemblance
from rmstudy.report.words import arm_label, label, role_label, upper
from rmstudy.wording import choose, decimals_for, number, say, translate

FINE: Final = 0.05
LARGEST: Final = 0.25


def who_took_part(evaluation: Evaluation, *, lang: str = "en") -> Exhibit:
    """Who could take part and who did, by unit and group, and whether the groups were alike before."""
    plan = evaluation.study.plan
    parts: list[Part] = [element("h2", say("Who took part", lang))]
    told = (
        (say("Who takes part:", lang), plan.design.who_takes_part),
        (say("Who selects:", lang), plan.design.who_selects),
    )
    lines: list[Part] = [
        join(element("strong", name), " ", choose(words, lang)) for name, words in told if words
    ]
    parts.append(bullets([*lines, resemblance(evaluation, lang)]))
    parts += [_by_unit(evaluation, lang), balance(evaluation, lang)]
    return element("section", *parts, commentary.said(evaluation.study, "people", lang), cls="people")


def _by_unit(evaluation: Evaluation, lang: str) -> Exhibit:
    """People of all roles by unit, one column a group; a sentence where groups are too small to be shown."""
    plan = evaluation.study.plan
    least = plan.privacy.minimum_cell
    columns: dict[str, pd.Series[str]] = {}
    said: list[Part] = []
    for role in people.roles(evaluation):
        name = role_label(plan, role, lang)
        if "unit" not in evaluation.study.tables["participants"].columns:
            said.append(
                element("p", say("{role}: the study has no units to break down by.", lang, role=name))
            )
            continue
        sizes = people.breakdown(evaluation, role, lang)
        if sizes is None:
            words = (
                "{role}: no breakdown by unit is shown. The groups are too small: somebody could be recognised in a "
                "group of fewer than {n:count} people."
            )
            said.append(element("p", say(words, lang, role=name, n=least)))
            continue
        for arm in sizes.columns:
            head = say("{role}, {group}", lang, role=name, group=arm_label(str(arm), lang))
            columns[head] = sizes[arm].astype(str)
    if columns:
        sizes = pd.DataFrame(columns).fillna("–")
        # units of which nothing is shown share a row, the last one
        blank = sizes.isin([translate(WITHHELD, lang), "–"]).all(axis=1)
        told = {str(unit): line for unit, line in zip(sizes.index, sizes.to_numpy(), strict=True)}
        together = [unit for unit, empty in zip(told, blank, strict=True) if empty]
        rows = [Row([unit, *map(str, line)]) for unit, line in told.items() if unit not in together]
        if together:
            rows.append(Row([", ".join(together), *map(str, told[together[0]])]))
        heads = [say("Department or site", lang), *columns]
        numbers = tuple(range(1, len(heads)))
        said.insert(0, table(say("People by unit", lang), heads, rows, numbers=numbers))
        if sizes.eq(translate(WITHHELD, lang)).any(axis=None):
            words = (
                "Groups of fewer than {n:count} people, and those that would give them away, are not shown."
            )
            said.append(element("p", say(words, lang, n=least), cls="note"))
    return join(*said)


def balance(evaluation: Evaluation, lang: str) -> Exhibit:
    """Starting scores of the two groups compared, of the people counted, for the criteria that decide."""
    plan = evaluation.study.plan
    rows = []
    for one in evaluation.criteria:
        if (
            one.criterion.priority != "primary"
            or one.balance is None
            or one.criterion.before not in one.balance.index
        ):
            continue
        line = one.balance.loc[one.criterion.before]
        means = [float(line["mean_programme"]), float(line["mean_comparison"])]
        places = decimals_for(*means)
        apart = float(line["standardised_difference"])
        cells: list[Part] = [
            label(one, lang),
            *(number(mean, places, lang) for mean in means),
            unit_words(one, plan, lang),
            number(apart, 2, lang),
        ]
        rows.append(Row(cells))
    if not rows:
        words = "No groups were compared, so there is nothing to hold side by side before the programme."
        return element("p", say(words, lang))
    heads = ("Before the programme", "Programme", "Comparison", "Unit", "Difference in standard deviations")
    head = [upper(say(name, lang)) for name in heads]
    beside = table(
        say("Were the groups alike before? Mean starting scores of the people counted", lang),
        head,
        rows,
        numbers=(1, 2, 4),
    )
    words = (
        "Up to {fine:number} standard deviations groups count as alike; up to {adjust:number} a difference must be "
        "adjusted for; beyond, in groups that were not drawn by lot, the comparison fails."
    )
    return join(beside, element("p", say(words, lang, fine=FINE, adjust=LARGEST), cls="note"))
