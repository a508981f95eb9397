"""The answer to "48 seats, 110 applicants: what can I learn?", as tables and in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pandas as pd

from rmstudy import verdicts, wording
from rmstudy.display import bullets
from rmstudy.display import table as html_table
from rmstudy.programme.design.chances import chances, diagnosis
from rmstudy.programme.design.closed import CHANCE, Advice, advice, power_table
from rmstudy.programme.design.setting import Setting, setting_of
from rmstudy.study.plan import Plan
from rmstudy.study.study import Study
from rmstudy.wording import say

NOTABLE: Final = 0.05
"""Share of studies without a verdict from which the answer mentions them."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Outlook:
    """What a programme can tell afterwards, foreseen before it begins.

    Parameters
    ----------
    setting : Setting
        What is assumed.
    table : DataFrame
        The chance of each verdict by design and true effect; see `chances`.
    power : DataFrame
        Power and precision in closed form; see `power_table`.
    diagnosis : DataFrame
        Bias, coverage and false success of every way to fill the seats; see `diagnosis`.
    advice : Advice
        What would be needed.
    """

    setting: Setting
    table: pd.DataFrame
    power: pd.DataFrame
    diagnosis: pd.DataFrame
    advice: Advice

    def text(self, lang: str = "en") -> str:
        """Write the answer in a few sentences.

        Parameters
        ----------
        lang : {'en', 'it'}
            Language.
        """
        return " ".join(_sentences(self, lang))

    def __repr__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        return bullets(_sentences(self, "en")) + _chances_html(self.table, "en")


def what_can_be_learned(
    plan: Plan | Study | Setting,
    *,
    criterion: str | None = None,
    simulations: int = 2000,
    seed: int = 0,
) -> Outlook:
    """Foresee what a programme of this size can tell, for each way to fill its seats.

    Parameters
    ----------
    plan : Plan, Study or Setting
        A plan, a study that has one, or plain numbers.
    criterion : str, optional
        Criterion of the plan; its first primary one that can be simulated when left out.
    simulations : int
        Data sets drawn for each design.
    seed : int
        Seed; the same seed gives the same answer.

    Returns
    -------
    Outlook
        Chances of the verdicts, power, diagnosis and advice; `rmstudy.plots.chances` draws it.

    Raises
    ------
    PlanError
        With everything that the plan lacks.
    DesignError
        When a number is impossible, or the criterion cannot be simulated.

    Examples
    --------
    >>> outlook = what_can_be_learned(Setting(seats=48, applicants=110, threshold=0.3), simulations=200)
    >>> print(outlook.text()[:98])
    48 seats and 110 applicants: by lottery 48 people take part and 62 wait and serve as the compariso
    """
    setting = plan if isinstance(plan, Setting) else setting_of(plan, criterion=criterion)
    return Outlook(
        setting,
        chances(setting, simulations=simulations, seed=seed),
        power_table(setting),
        diagnosis(setting, simulations=simulations, seed=seed),
        advice(setting),
    )


def label(option: str, lang: str = "en") -> str:
    """Name of an option in words.

    Parameters
    ----------
    option : str
        Name of an option, as it stands in the tables.
    lang : {'en', 'it'}
        Language.

    Examples
    --------
    >>> label("lottery_adjusted")
    'Lottery and waiting list'
    """
    arrangement, _, estimator = option.removeprefix("by_").partition("_")
    if arrangement == "one":
        return say(
            {
                "group_open": "Before and after, no comparison",
                "group_weakest": "Before and after, the weakest chosen",
                "group_other": "Before and after, the weakest on another measure",
                "group_second_baseline": "Before and after, weakest, measured twice before",
            }[estimator],
            lang,
        )
    name = say(
        {
            "lottery": "Lottery and waiting list",
            "volunteers": "Volunteers beside non-applicants",
            "need": "Seats to the weakest, others compared",
        }[arrangement],
        lang,
    )
    if estimator == "adjusted":
        return name
    how = say(
        {
            "difference_in_differences": "by changes",
            "post_difference": "by later scores",
        }[estimator],
        lang,
    )
    return f"{name}, {how}"


def exact(value: float, lang: str) -> str:
    """A number of standard deviations with the decimals it has, two at most."""
    return wording.number(value, wording.decimals_of(value, most=2), lang)


def _sentences(outlook: Outlook, lang: str) -> Iterator[str]:
    """The answer, sentence by sentence."""
    setting = outlook.setting
    people: dict[str, int] = {
        "seats": setting.seats,
        "applicants": setting.applying,
        "waiting": setting.waiting,
    }
    compared = outlook.advice.option.compared
    if compared:
        yield say(
            "{seats:count} seats and {applicants:count} applicants: by lottery {seats:count} people take part and "
            "{waiting:count} wait and serve as the comparison.",
            lang,
            **people,
        )
    elif setting.applicants is None:
        yield say(
            "{seats:count} seats, and it is not stated how many people apply: foreseen is a reading before and after "
            "alone, which cannot show the programme's merit. With more applicants than seats, and a lottery, some "
            "could wait and serve as the comparison.",
            lang,
            seats=setting.seats,
        )
    else:
        yield say(
            "{seats:count} seats and {applicants:count} applicants: nobody is left to compare with, so no design "
            "here can show the programme's merit. Call for more applicants, or let people start in two rounds drawn "
            "by lot.",
            lang,
            **people,
        )
    yield from _at_largest(outlook, lang)
    yield from _without_effect(outlook, lang)
    yield from _needed(outlook, lang)
    largest = float(outlook.table["largest_error"].max())
    yield say(
        "Each chance comes from {n:count} simulated studies (Monte Carlo standard error at most {error} percentage "
        "points); effects are in standard deviations (SD) of the reference group.",
        lang,
        n=int(outlook.table["simulations"].iloc[0]),
        error=wording.number(100 * largest, 1, lang),
    )


def _at_largest(outlook: Outlook, lang: str) -> Iterator[str]:
    """The chances at the largest effect."""
    option, effect = outlook.advice.option.name, outlook.advice.effect
    row = _found(outlook.table, option, effect)
    values = {
        "effect": exact(effect, lang),
        "threshold": _target(outlook.setting, lang),
        "met": float(row["met"]),
        "clear": float(row["clear"]),
        "shown": float(row["shown"]),
    }
    yield say(
        "If the programme really moves people by {effect} SD (target: {threshold}), the verdict is “Target met” in "
        "{met:percent} of such studies, and an improvement is clear of zero in {clear:percent}.",
        lang,
        **values,
    )
    if row["not_enough_data"] >= NOTABLE:
        yield say(
            "In {share:percent} of the studies there is no verdict, because too few people answer again: the plan asks "
            "for {least:count} people, and for {follow_up:percent} of those who began, in each group.",
            lang,
            share=float(row["not_enough_data"]),
            least=outlook.setting.least_people,
            follow_up=outlook.setting.least_follow_up,
        )
    if outlook.advice.option.compared:
        yield say(
            "It is shown to be the programme's merit in {shown:percent}: a follow-up that differs between the groups "
            "by more than {limit:count} percentage points costs that, so chase the waiting list as hard as the "
            "programme.",
            lang,
            shown=values["shown"],
            limit=100 * outlook.setting.differential_attrition,
        )


def _without_effect(outlook: Outlook, lang: str) -> Iterator[str]:
    """What each design says of a programme without any effect."""
    table = outlook.diagnosis.set_index("option")
    alone = next(name for name in outlook.table["option"].unique() if name.startswith("one_group"))
    if outlook.advice.option.compared:
        yield say(
            "A programme without any effect looks like a clear improvement in {lottery:percent} of the studies with "
            "the lottery, in {volunteers:percent} beside colleagues who did not apply, and in {alone:percent} "
            "with no comparison.",
            lang,
            lottery=float(table.loc[outlook.advice.option.name, "false_clear"]),
            volunteers=float(table.loc[f"volunteers_{outlook.advice.option.estimator}", "false_clear"]),
            alone=float(table.loc[alone, "false_clear"]),
        )
    else:
        yield say(
            "A programme without any effect looks like a clear improvement in {alone:percent} of the studies.",
            lang,
            alone=float(table.loc[alone, "false_clear"]),
        )
    if not outlook.setting.waiting:
        return
    yield say(
        "Choosing the weakest by the outcome itself adds {bias} SD of mere regression to the mean to a before-after "
        "change; a second measurement before the start, or choosing by another measure, takes it away.",
        lang,
        bias=wording.number(
            float(table.loc["one_group_weakest", "bias"] - table.loc["one_group_second_baseline", "bias"]),
            2,
            lang,
        ),
    )


def _needed(outlook: Outlook, lang: str) -> Iterator[str]:
    """What would give a good chance."""
    found = outlook.advice
    if _seldom_enough(outlook):  # no effect would help then, however large
        return
    if found.needed == found.needed:  # not NaN
        yield say(
            "For a chance of {chance:percent} of “Target met” the true effect would have to be {needed} SD "
            "({all_answer} if everybody answered again); an effect of {detectable} SD is told from zero with "
            "that chance.",
            lang,
            chance=CHANCE,
            needed=wording.number(found.needed, 2, lang),
            all_answer=wording.number(found.needed_all_answer, 2, lang),
            detectable=wording.number(found.detectable, 2, lang),
        )
    values = {"effect": exact(found.effect, lang)}
    if found.effect <= outlook.setting.threshold:
        yield say(
            "An effect of {effect} SD does not exceed the target, so no number of seats makes “Target met” likely: ask "
            "whether the target is realistic.",
            lang,
            **values,
        )
    elif found.seats is None:
        return
    elif found.option.compared:
        yield say(
            "At a true effect of {effect} SD it would take {seats:count} seats and {waiting:count} people waiting; if "
            "that is out of reach, bring several editions together.",
            lang,
            seats=found.seats,
            waiting=found.waiting,
            **values,
        )
    else:
        yield say(
            "At a true effect of {effect} SD it would take {seats:count} seats.",
            lang,
            seats=found.seats,
            **values,
        )


def _seldom_enough(outlook: Outlook) -> bool:
    """Whether too few answer so often that no verdict has the usual chance."""
    row = _found(outlook.table, outlook.advice.option.name, outlook.advice.effect)
    return float(row["not_enough_data"]) > 1 - CHANCE


def _target(setting: Setting, lang: str) -> str:
    """The threshold, in points as well where they are known."""
    sd = exact(setting.threshold, lang)
    if setting.points is None:
        return f"{sd} SD"
    points = setting.threshold * setting.points
    return say("{sd} SD, {points} points", lang, sd=sd, points=exact(points, lang))


def _found(table: pd.DataFrame, option: str, effect: float) -> pd.Series[float]:
    """The row of an option and effect."""
    return table[(table["option"] == option) & (table["effect"] == effect)].iloc[0]


def _chances_html(table: pd.DataFrame, lang: str) -> str:
    """The chances as JupyterLab shows them."""
    shown = [verdict for verdict in reversed(verdicts.ORDER) if float(table[verdict].max()) > 0]
    head = [
        say("Design", lang),
        say("true effect", lang),
        *(say(wording.VERDICTS[verdict], lang) for verdict in shown),
        say("merit shown", lang),
    ]
    rows = [
        (
            label(str(row["option"]), lang),
            exact(float(row["effect"]), lang),
            *(wording.percent(float(row[verdict]), lang) for verdict in shown),
            wording.percent(float(row["shown"]), lang),
        )
        for row in table.to_dict("records")
    ]
    return html_table(head, rows)
