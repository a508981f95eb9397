"""What the programme cost and what it was worth: `rmstudy.programme.value` works it out, this room words it.

Costs stand over numbers of people, so only those that the page publishes may be used: where a number is
published inexactly, the cost is a range.
"""

from __future__ import annotations

import math
from typing import Final

from rmstudy.errors import DesignError
from rmstudy.evaluation import CriterionVerdict, Evaluation
from rmstudy.programme.value import Costs, UnitCosts, Worksheet, programme_costs, study_costs, study_return
from rmstudy.programme.value import unit_costs as costs_of_one
from rmstudy.programme.value.returns import LEAST_STRENGTH
from rmstudy.report import commentary, people
from rmstudy.report.exhibit import Exhibit, Part, Row, bullets, element, table
from rmstudy.report.numbers import signed, unit_words
from rmstudy.report.words import label, masked, unit, upper
from rmstudy.study.study import Study
from rmstudy.wording import choose, count, decimals_for, number, percent, say, translate

_ROUND: Final = 10.0  # money a person is told in tens
_IMPROVED: Final = "reliably improved person"
_OF_ONE: Final = {
    "completed": "{cost} for each pair that completed the programme",
    "met at least once": "{cost} for each mentee who met a mentor at least once",
}
_SCENARIOS: Final = {"low": "Low", "central": "Central", "high": "High"}


def spent(study: Study) -> Costs | None:
    """The costs of a study; None where it has none.

    Examples
    --------
    >>> import rmstudy as rm
    >>> spent(rm.load_sample("digital-skills")).total
    44790.0
    """
    if "costs" not in study.tables or study.tables["costs"].empty:
        return None
    try:
        return programme_costs(study.tables["costs"])
    except DesignError:  # no row says how much
        return None


def cost_sentence(evaluation: Evaluation, lang: str) -> str:
    """The total, and what one completed pair cost, so far as that counts nobody out."""
    costs = spent(evaluation.study)
    if costs is None:
        return say("The study has no table of costs: what the programme cost is not known here.", lang)
    total = money(costs.total, _currency(evaluation.study), lang)
    if costs.table["amount"].isna().any():
        total = say("at least {total}, as not every cost has an amount", lang, total=total)
    each = _of_one(evaluation, costs.total, "completed", lang)
    if not each:
        return say("In all {total}.", lang, total=total)
    return say("In all {total}, {each}.", lang, total=total, each=each)


def money(value: float, currency: str, lang: str) -> str:
    """An amount of money with its currency, where that is known."""
    return f"{count(value, lang)} {currency}".strip()


def _currency(study: Study) -> str:
    """The currency, where the plan gives one."""
    return study.plan.value.currency if study.plan.value else ""


def _of_one(evaluation: Evaluation, total: float, step: str, lang: str) -> str:
    """Cost of one who reached a step, from the number published in the flow and from nothing else."""
    bounds = people.reached(evaluation, step, lang)
    if bounds is None or not total > 0:
        return ""
    fewest, most = bounds
    low, high = (_tens(_cost_of_one(total, n)) for n in (most, fewest))
    currency = _currency(evaluation.study)
    if low == high:
        cost = say("about {value}", lang, value=money(low, currency, lang))
    else:
        cost = say("between {low} and {high}", lang, low=count(low, lang), high=money(high, currency, lang))
    return say(_OF_ONE[step], lang, cost=cost)


def _cost_of_one(total: float, n: int) -> float:
    """Cost of one of `n`, as `rmstudy.programme.value` works it out."""
    return costs_of_one(total, completed_pairs=n, minimum=1).rows[0].cost or 0.0


def _tens(value: float) -> float:
    """Money in tens."""
    return _ROUND * math.floor(value / _ROUND + 0.5)


def costs_and_value(evaluation: Evaluation, *, lang: str = "en") -> Exhibit:
    """What it cost, line by line, what one success cost, and whether it paid, or why that is not said."""
    study = evaluation.study
    costs = spent(study)
    parts: list[Part] = [element("h2", say("Costs and value", lang))]
    parts.append(element("p", cost_sentence(evaluation, lang)))
    worth = bullets([*successes(evaluation, lang), *value_lines(evaluation, lang)], cls="notes")
    if costs is None:
        parts.append(worth)
    else:
        parts.append(element("div", _lines(costs, _currency(study), lang), worth, cls="beside"))
    sheet = worksheet(evaluation, lang)
    if sheet is not None:
        parts.append(_return_table(evaluation, sheet, lang))
    return element("section", *parts, commentary.said(study, "costs", lang), cls="money")


def _lines(costs: Costs, currency: str, lang: str) -> Exhibit:
    """The costs by what they were for, the largest first."""
    by = costs.table.groupby("category", sort=False)["amount"].sum(min_count=1)
    amount = say("Amount", lang)
    amount = f"{amount} ({currency})" if currency else amount
    head = [say("What for", lang), amount, say("Share", lang)]
    rows = [
        Row([translate(str(what), lang), number(sum_, 0, lang), percent(sum_ / (costs.total or 1.0), lang)])
        for what, sum_ in by.sort_values(ascending=False, kind="stable").items()
    ]
    return table(say("What the programme cost", lang), head, rows, cls="costs", numbers=(1, 2))


def successes(evaluation: Evaluation, lang: str) -> list[str]:
    """What one mentee who met and one reliably improved person cost, and what was found in the costs."""
    costs = spent(evaluation.study)
    if costs is None or not costs.total > 0:
        return []
    lines = [note.text(lang) for note in costs.notes]
    met = _of_one(evaluation, costs.total, "met at least once", lang)
    if met:
        lines.append(upper(say("{each}.", lang, each=met)))
    one = _valued(evaluation)
    if one is not None:
        lines.append(_improved(evaluation, one, study_costs(evaluation.study), lang))
    return lines


def _improved(evaluation: Evaluation, one: CriterionVerdict, found: UnitCosts, lang: str) -> str:
    """What one reliably improved person cost, or why that is not worked out."""
    row = next((row for row in found.rows if row.what == _IMPROVED), None)
    name = label(one, lang)
    if any(note.code == "cost_improved_refused" for note in found.notes):
        words = (
            "What one person who reliably improved in “{name}” cost is not worked out: the measure's reliability "
            "is not in the plan, or does not allow it."
        )
        return say(words, lang, name=name)
    # the interval of a share tells how many people it counts
    hidden = one.result is None or masked(people.counted(evaluation, one, lang))
    if row is None or row.cost is None or row.low is None or hidden:
        words = "What one person who reliably improved in “{name}” cost is not told: it would count a few people out."
        return say(words, lang, name=name)
    currency = _currency(evaluation.study)
    limits = say("from {low} upwards", lang, low=count(_tens(row.low), lang))
    if row.high is not None:
        limits = say(
            "{low} to {high}", lang, low=count(_tens(row.low), lang), high=count(_tens(row.high), lang)
        )
    words = "About {cost} ({limits}) for each person who reliably improved in “{name}”, whatever the cause."
    told = [say(words, lang, cost=money(_tens(row.cost), currency, lang), limits=limits, name=name)]
    told += [note.text(lang) for note in found.notes if note.code.startswith("cost_improved_comparison")]
    return " ".join(told)


def _valued(evaluation: Evaluation) -> CriterionVerdict | None:
    """The criterion that the plan puts a value on."""
    worth = evaluation.study.plan.value
    if worth is None:
        return None
    return next((one for one in evaluation.criteria if one.criterion.id == worth.criterion), None)


def worksheet(evaluation: Evaluation, lang: str) -> Worksheet | None:
    """The return on investment, where the evidence carries one and the number of people is published."""
    one = _valued(evaluation)
    if one is None or one.result is None or one.goal.role == "unit" or spent(evaluation.study) is None:
        return None
    assigned = people.step(evaluation, one.goal.role, "assigned", lang)
    if assigned is None or masked(assigned):
        return None
    try:
        return study_return(evaluation.study, one.result, strength=one.strength, lang=lang)
    except DesignError:
        return None


def value_lines(evaluation: Evaluation, lang: str) -> list[str]:
    """What the plan assumes an improvement is worth, and what follows: the effect that pays, or a refusal."""
    worth, one = evaluation.study.plan.value, _valued(evaluation)
    if worth is None or one is None:
        words = "The plan does not say what an improvement is worth in money, so nothing is said of a return."
        return [say(words, lang)]
    assumed = say(
        "The plan assumes that one point of “{name}” ({unit}) is worth {central} a person (between {low} and "
        "{high}). {rationale}",
        lang,
        unit=unit(one.instrument, lang),
        name=label(one, lang),
        central=money(worth.central, worth.currency, lang),
        low=number(worth.low, 0, lang),
        high=number(worth.high, 0, lang),
        rationale=choose(worth.rationale, lang),
    )
    sheet = worksheet(evaluation, lang)
    if sheet is None:
        return [assumed, _refused(evaluation, one, lang)]
    central = sheet.table.set_index("scenario").loc["central"]
    even, found = float(central["break_even_effect"]), float(central["effect"])
    words = (
        "At the central value the cost is covered from an improvement of {even} {unit} a person on. The estimate is "
        "{found}: enough."
    )
    if found < even:
        words = (
            "At the central value the cost is covered from an improvement of {even} {unit} a person on. The estimate "
            "is {found}: not enough."
        )
    places = decimals_for(even, found)
    unit_ = unit_words(one, evaluation.study.plan, lang)
    pays = say(
        words, lang, even=number(even, places, lang), found=number(found, places, lang), unit=unit_ or "–"
    )
    return [assumed, pays]


def _refused(evaluation: Evaluation, one: CriterionVerdict, lang: str) -> str:
    """Why no return on investment is worked out."""
    if one.result is not None and one.strength < LEAST_STRENGTH:
        words = (
            "No return on investment is worked out. The evidence is at level {level:count} of 5, and a return takes "
            "the change for the programme's doing: that needs level {least:count}."
        )
        return say(words, lang, level=one.strength, least=LEAST_STRENGTH)
    if spent(evaluation.study) is None:
        return say("No return on investment is worked out, because the costs are not known.", lang)
    words = (
        "No return on investment is worked out: that needs an effect in points with an interval, and enough people "
        "to tell how many it is counted for."
    )
    return say(words, lang)


def _return_table(evaluation: Evaluation, sheet: Worksheet, lang: str) -> Exhibit:
    """The three scenarios of the return on investment, with what each assumes."""
    one = _valued(evaluation)
    currency = sheet.value.currency
    effects = sheet.effects
    places = decimals_for(*effects)
    scenarios = sheet.table.set_index("scenario")
    rows = [
        Row(
            [
                say(_SCENARIOS[str(name)], lang),
                signed(float(line["effect"]), places, lang),
                number(float(line["value"]), 0, lang),
                count(_tens(float(line["benefit"])), lang),
                percent(float(line["roi"]), lang),
            ]
        )
        for name, line in scenarios.iterrows()
    ]
    unit_ = unit_words(one, evaluation.study.plan, lang) if one else ""
    head = [
        say("Scenario", lang),
        say("Improvement a person ({unit})", lang, unit=unit_),
        say("Worth of a point ({currency})", lang, currency=currency),
        say("Benefit ({currency})", lang, currency=currency),
        say("Return on the cost", lang),
    ]
    caption = say(
        "Return on investment, with evidence at level {level:count} of 5: benefit less cost, over cost",
        lang,
        level=sheet.strength,
    )
    words = (
        "Low and high join the ends of the interval with the ends of the assumed value. Everybody with a place is "
        "counted ({n:count}). What a point is worth is an assumption of the plan, not a finding."
    )
    told = [say(words, lang, n=sheet.people)]
    told += [note.text(lang) for note in sheet.notes if note.code == "value_may_be_loss"]
    beside = table(caption, head, rows, cls="stack", numbers=(1, 2, 3, 4))
    return element("div", beside, element("p", " ".join(told), cls="note"))
