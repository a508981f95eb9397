"""What the programme cost: simple sums over the study's table of costs, told without counting anybody out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import pandas as pd

from rmstudy.evaluation import Evaluation
from rmstudy.report import commentary, people
from rmstudy.report.exhibit import Exhibit, Part, Row, bullets, element, table
from rmstudy.report.words import label, unit
from rmstudy.study.study import Study
from rmstudy.wording import choose, count, number, percent, say, translate

_ROUND: Final = 10.0  # money a person is told in tens


@dataclass(frozen=True, slots=True)
class Costs:
    """What was spent.

    Parameters
    ----------
    total : float
        Money, all lines together.
    lines : tuple of (str, float)
        What for, and how much; the largest first.
    currency : str
        Its name, where the plan gives one.
    """

    total: float
    lines: tuple[tuple[str, float], ...]
    currency: str


def costs_of(study: Study) -> Costs | None:
    """Add up the costs; None where the study has none, or a line without money.

    A line's money is its amount, or else its hours times their rate. This is the one place that reads
    the table: whoever works out more about value begins here.

    Examples
    --------
    >>> import rmstudy as rm
    >>> spent = costs_of(rm.load_sample("digital-skills"))
    >>> spent.total, spent.currency
    (44790.0, 'EUR')
    """
    if "costs" not in study.tables or study.tables["costs"].empty:
        return None
    rows = study.tables["costs"]
    money = _numbers(rows, "amount").fillna(_numbers(rows, "hours") * _numbers(rows, "rate"))
    if money.isna().any():
        return None
    by = money.groupby(rows["category"], sort=False).sum().sort_values(ascending=False, kind="stable")
    lines = tuple((str(what), float(sum_)) for what, sum_ in by.items())
    currency = study.plan.value.currency if study.plan.value else ""
    return Costs(float(money.sum()), lines, currency)


def _numbers(rows: pd.DataFrame, column: str) -> pd.Series[float]:
    """A column as numbers, missing where it is not there."""
    if column not in rows.columns:
        return pd.Series(math.nan, index=rows.index)
    return pd.to_numeric(rows[column], errors="coerce")


def cost_sentence(evaluation: Evaluation, lang: str) -> str:
    """The total, and what one completed pair cost, so far as that counts nobody out."""
    spent = costs_of(evaluation.study)
    if spent is None:
        return say("The study has no table of costs: what the programme cost is not known here.", lang)
    total = money(spent.total, spent.currency, lang)
    each = _each(evaluation, spent, lang)
    if not each:
        return say("In all {total}.", lang, total=total)
    return say(
        "In all {total}, {each} for each pair that completed the programme.", lang, total=total, each=each
    )


def money(value: float, currency: str, lang: str) -> str:
    """An amount of money with its currency, where that is known."""
    return f"{count(value, lang)} {currency}".strip()


def _each(evaluation: Evaluation, spent: Costs, lang: str) -> str:
    """Money a completed pair, worked out from the number of pairs as it is published and from nothing else."""
    pairs = people.completed(evaluation, lang)
    if pairs is None:
        return ""
    least, most = pairs
    low, high = (_ROUND * math.floor(spent.total / n / _ROUND + 0.5) for n in (most, least))
    if low == high:
        return say("about {value}", lang, value=money(low, spent.currency, lang))
    return say(
        "between {low} and {high}",
        lang,
        low=count(low, lang),
        high=money(high, spent.currency, lang),
    )


def costs_and_value(evaluation: Evaluation, *, lang: str = "en") -> Exhibit:
    """What it cost, line by line, and what is and is not known of its value."""
    spent = costs_of(evaluation.study)
    parts: list[Part] = [element("h2", say("Costs and value", lang))]
    worth = bullets(value_lines(evaluation, lang), cls="notes")
    parts.append(element("p", cost_sentence(evaluation, lang)))
    if spent is None:
        parts.append(worth)
    else:
        amount = say("Amount", lang)
        amount = f"{amount} ({spent.currency})" if spent.currency else amount
        head = [say("What for", lang), amount, say("Share", lang)]
        rows = [
            Row([translate(what, lang), count(sum_, lang), percent(sum_ / spent.total, lang)])
            for what, sum_ in spent.lines
        ]
        beside = table(say("What the programme cost", lang), head, rows, cls="costs", numbers=(1, 2))
        parts.append(element("div", beside, worth, cls="beside"))
    return element("section", *parts, commentary.said(evaluation.study, "costs", lang), cls="money")


def value_lines(evaluation: Evaluation, lang: str) -> list[str]:
    """What can be said of value: the one place for a worksheet of costs and benefits."""
    worth = evaluation.study.plan.value
    if worth is None:
        words = "The plan does not say what an improvement is worth in money, so nothing is said of a return."
        return [say(words, lang)]
    one = next(one for one in evaluation.criteria if one.criterion.id == worth.criterion)
    lines = [
        say(
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
    ]
    if one.merit != "shown":
        words = "It is not shown that the programme brought the improvement about, so no return is claimed."
        lines.append(say(words, lang))
    elif one.result and one.result.headline.conf_low is not None and one.direction > 0:
        e = one.result.headline
        lines.append(
            say(
                "Under that assumption the improvement found is worth {value} a person, and between {low} and {high} "
                "by its interval. This is an assumption of the plan, not a finding.",
                lang,
                value=_in_tens(worth.central, e.estimate, worth.currency, lang),
                low=_in_tens(worth.central, e.conf_low, "", lang),
                high=_in_tens(worth.central, e.conf_high, worth.currency, lang),
            )
        )
    return lines


def _in_tens(worth: float, points: float | None, currency: str, lang: str) -> str:
    """Money for so many points, in tens."""
    return money(_ROUND * math.floor(worth * (points or 0.0) / _ROUND + 0.5), currency, lang)
