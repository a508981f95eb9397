"""Verdict and merit in words, as a director reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rmstudy import wording
from rmstudy.evaluation.criteria import CriterionVerdict
from rmstudy.verdicts import Merit, Verdict
from rmstudy.wording import say

if TYPE_CHECKING:
    from rmstudy.evaluation.evaluate import GoalVerdict

BETTER = ("met", "met_unconfirmed", "improved")


def goal_answer(goal: GoalVerdict, lang: str = "en") -> str:
    """One sentence for a goal; a rise that selection alone explains is never told as a success.

    Parameters
    ----------
    goal : GoalVerdict
        A judged goal.
    lang : {'en', 'it'}
        Language of the sentence.
    """
    if goal.verdict in BETTER and goal.merit == "not shown" and explained_by_selection(goal):
        return say(
            "Scores rose, but choosing people by their scores could alone have done that: "
            "nothing is shown about the programme.",
            lang,
        )
    return answer(goal.verdict, goal.merit, lang)


def explained_by_selection(goal: GoalVerdict) -> bool:
    """Whether people were chosen by the score that rose, and that alone could have made it rise."""
    return any(chosen_by_the_score(one) for one in goal.deciding)


def chosen_by_the_score(one: CriterionVerdict) -> bool:
    """Whether regression to the mean after a selection on the very score can give what was found."""
    codes = {note.code for note in one.notes}
    expected = one.beside.get("expected")
    on_outcome = expected is not None and "rtm_selected_on_outcome" in {note.code for note in expected.notes}
    return "rtm_share" in codes or ("rtm_covers" in codes and on_outcome)


def answer(verdict: Verdict, merit: Merit, lang: str = "en") -> str:
    """One sentence for a goal.

    Examples
    --------
    >>> answer("met", "not shown")
    'The target was reached, but it is not shown that the programme brought it about.'
    """
    if verdict == "met":
        return say(
            {
                "shown": "The goal was reached, and the programme brought it about.",
                "plausible": "The goal was reached, and plausibly through the programme.",
                "not shown": "The target was reached, but it is not shown that the programme brought it about.",
            }[merit],
            lang,
        )
    if verdict in ("met_unconfirmed", "improved") and merit == "not shown":
        return say(
            "There was a change for the better, but it is not shown that the programme brought it about.",
            lang,
        )
    return say(
        {
            "met_unconfirmed": "The data reach the target, but do not confirm it.",
            "improved": "There was an improvement, but the target is not shown to be reached.",
            "inconclusive": "The data do not decide whether the goal was reached.",
            "not_enough_data": "There are not enough data to judge the goal.",
            "not_met": "The goal was not reached.",
            "worse": "Things got worse.",
        }[verdict],
        lang,
    )


def verdict_words(one: CriterionVerdict, lang: str = "en") -> str:
    """Label of a criterion's verdict, with what it must not be mistaken for.

    A before-after contrast never speaks of the programme: its line says that the cause is not shown.
    """
    words = say(wording.VERDICTS[one.verdict], lang)
    if one.verdict == "worse":
        words = say(
            "Worse than before" if one.criterion.contrast != "comparison" else "Worse than the comparison",
            lang,
        )
    if one.verdict == "improved" and _may_reach(one):
        words = say("Improved, target not shown", lang)
    if one.merit == "not shown" and one.verdict in BETTER:
        return say("{verdict}, cause not shown", lang, verdict=words)
    return words


def _may_reach(one: CriterionVerdict) -> bool:
    """Whether the interval still reaches the target."""
    if one.result is None:
        return False
    e = one.result.headline
    best = e.conf_high if one.direction > 0 else e.conf_low
    return best is not None and one.direction * (best - one.threshold) >= 0


def estimate_words(one: CriterionVerdict, lang: str = "en") -> str:
    """Estimate with its interval, in the instrument's unit."""
    if one.result is None:
        return "–"
    e = one.result.headline
    if one.criterion.contrast == "share":
        low, high = wording.percent(e.conf_low, lang), wording.percent(e.conf_high, lang)
        limits = say("{low} to {high}", lang, low=low, high=high)
        return f"{wording.percent(e.estimate, lang)} ({limits})"
    places = wording.decimals_for(e.estimate, e.conf_low, e.conf_high)
    return f"{wording.number(e.estimate, places, lang)} ({wording.interval(e.conf_low, e.conf_high, places, lang)})"


def threshold_words(one: CriterionVerdict, lang: str = "en") -> str:
    """The target in the estimate's unit."""
    if one.criterion.contrast == "share":
        return wording.percent(one.threshold, lang)
    places = wording.decimals_of(one.threshold, most=wording.decimals_for(one.threshold))
    return wording.number(one.threshold, places, lang)


def verdict_line(one: CriterionVerdict, lang: str = "en") -> str:
    """Verdict, estimate, target and merit of a criterion in one line."""
    if one.gate is not None:
        return f"{verdict_words(one, lang)}. {one.gate.text(lang)}"
    template = "{verdict}. {estimate}, target {target}; merit of the programme: {merit}."
    if one.merit == "not shown" and one.verdict in BETTER:  # the verdict's own words say it
        template = "{verdict}. {estimate}, target {target}."
    return say(
        template,
        lang,
        verdict=verdict_words(one, lang),
        estimate=estimate_words(one, lang),
        target=threshold_words(one, lang),
        merit=say(one.merit, lang),
    )
