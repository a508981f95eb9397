"""What the report says by rule: labels, the decision to take, what is not known, the limits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from rmstudy import wording
from rmstudy.evaluation import CriterionVerdict, Evaluation, GoalVerdict
from rmstudy.evaluation.sentences import BETTER, chosen_by_the_score, explained_by_selection
from rmstudy.notes import NOTES
from rmstudy.results import Note
from rmstudy.study.plan import Instrument, Plan
from rmstudy.verdicts import ADJUSTED
from rmstudy.wording import choose, say

ARMS: Final = {
    "programme": "programme",
    "waitlist": "waiting list",
    "comparison": "comparison group",
    "all": "participants",
    "unit": "units",
}
MERIT: Final = {"shown": "Shown", "plausible": "Plausible", "not shown": "Not shown"}
SHAPES: Final = {"good": "✓", "part": "◐", "open": "?", "bad": "✗", "none": "○"}

_TONES: Final = {
    **dict.fromkeys(BETTER, "part"),
    "inconclusive": "open",
    "not_enough_data": "none",
    "not_met": "bad",
    "worse": "bad",
}
_TALLY: Final = {
    "reached": "reached through the programme",
    "likely": "reached, plausibly through the programme",
    "unproven": "target reached, cause not shown",
    "short": "improved, target not confirmed",
    "better": "improved, cause not shown",
    "open": "undecided",
    "missed": "not reached",
    "none": "without enough data",
}
_ADVICE: Final = {
    "reached": "Continue the programme. There is a sound basis for extending it, provided its cost is acceptable.",
    "likely": "Continue, and confirm the effect in the next edition with a waiting list drawn by lot before the "
    "programme is extended widely.",
    "unproven": "Do not extend the programme on this evidence alone. Run the next edition with a waiting list drawn "
    "by lot, so that it can be told what the programme itself adds.",
    "short": "There is an improvement, but the one aimed for is not confirmed: strengthen the programme or repeat it "
    "with more people, and keep the target as it is.",
    "better": "Do not extend the programme on this evidence alone: the change may have other causes and the target is "
    "not confirmed. Run the next edition with a waiting list drawn by lot.",
    "open": "Do not decide on this evidence. Repeat with more people, the seats drawn by lot, and keep the target as "
    "it is.",
    "likely, drawn": "Continue, and confirm the effect in the next edition with fewer people lost from either group.",
    "missed": "Do not repeat the programme unchanged for this purpose: change what is done, or reconsider the goal, "
    "before the next edition.",
    "mixed": "Keep what worked ({reached}), and change what is done for the rest of the goal before the next edition.",
    "worse": "Stop here and find out why things got worse before anything is repeated.",
    "none": "Do not decide yet. Gather enough answers first: more people, several editions together, or a better "
    "follow-up.",
}
UNKNOWN_ON_PAGE_ONE: Final = 5
_FOLLOW_UP: Final = ("follow_up", "follow_up_assigned")
_COUNTING: Final = ("pre_only", "post_only", "small_sample", "covariate_missing")
_SHARES: Final = {
    "gate_follow_up": "Too few of those who answered before answered again ({group}); the plan asks for "
    "{least:percent}.",
    "gate_follow_up_assigned": "Too few of those assigned have the score ({group}); the plan asks for "
    "{least:percent}.",
    "merit_attrition": "The share of people lost differs between the groups.",
    "gate_share_threshold": "The target ({threshold:percent}) is not above the share at the start.",
}
_DOUBTS: Final = (
    "merit_attrition",
    "merit_baseline_fails",
    "merit_baseline_unknown",
    "merit_baseline_not_adjusted",
    "merit_crossed_over",
    "rtm_covers",
    "rtm_share",
    "rtm_unclear",
    "rtm_unknown",
)


def label(one: CriterionVerdict, lang: str) -> str:
    """Name of a criterion."""
    return choose(one.criterion.label or one.instrument.name, lang)


def role_label(plan: Plan, role: str, lang: str) -> str:
    """Name of a role."""
    if role == "unit":
        return say("Units", lang)
    named = plan.roles.get(role)
    return choose(named.label, lang) if named and named.label else wording.translate(role, lang)


def arm_label(arm: str, lang: str) -> str:
    """Name of a group."""
    return say(ARMS.get(arm, arm), lang)


def unit(instrument: Instrument, lang: str) -> str:
    """Unit of an instrument's scores."""
    return choose(instrument.unit_name, lang) if instrument.unit_name else say("points", lang)


def upper(words: str) -> str:
    """Begin with a capital letter."""
    return words[:1].upper() + words[1:]


def tone(one: CriterionVerdict | GoalVerdict) -> str:
    """How good the news is: a target met without a shown cause is good news in part only, or none at all."""
    if isinstance(one, GoalVerdict) and one.merit == "not shown" and explained_by_selection(one):
        return "open" if one.verdict in BETTER else _TONES[one.verdict]
    if isinstance(one, CriterionVerdict) and one.merit == "not shown" and one.verdict in BETTER:
        return "open" if chosen_by_the_score(one) else "part"
    if one.verdict == "met" and one.merit != "not shown":
        return "good"
    return _TONES[one.verdict]


def outcome(goal: GoalVerdict) -> str:
    """The one of eight kinds of outcome that a goal's verdict and merit make together."""
    if goal.verdict == "met":
        return {"shown": "reached", "plausible": "likely", "not shown": "unproven"}[goal.merit]
    if goal.verdict in BETTER:
        return "better" if goal.merit == "not shown" else "short"
    kinds = {"inconclusive": "open", "not_enough_data": "none", "not_met": "missed", "worse": "missed"}
    return kinds[goal.verdict]


def tally(goals: Sequence[GoalVerdict], lang: str) -> str:
    """How many goals came out how, in one sentence."""
    found = [outcome(goal) for goal in goals]
    parts = [
        say("{n:count} {what}", lang, what=words, n=found.count(kind))
        for kind, words in _TALLY.items()
        if kind in found
    ]
    return say("Of {n:count} goals: {parts}.", lang, n=len(goals), parts="; ".join(parts))


def decisions(goals: Sequence[GoalVerdict], lang: str) -> list[str]:
    """The decision to take, one sentence for all goals that ask for the same."""
    asked: dict[str, list[str]] = {}
    for number, goal in enumerate(goals, start=1):
        asked.setdefault(_advice(goal, lang), []).append(str(number))
    if len(goals) == 1:
        return list(asked)
    lines = []
    for advice, numbers in asked.items():
        template = "Goal {goals}: {advice}" if len(numbers) == 1 else "Goals {goals}: {advice}"
        lines.append(say(template, lang, goals=", ".join(numbers), advice=advice))
    return lines


def _advice(goal: GoalVerdict, lang: str) -> str:
    """What a goal's outcome asks for; where a part of it was reached and another not, both are said."""
    kind = outcome(goal)
    primary = [one for one in goal.criteria if one.criterion.priority == "primary"]
    reached = [one for one in primary if one.verdict == "met" and one.merit != "not shown"]
    if goal.verdict == "worse":
        kind = "worse"
    elif kind in ("missed", "open") and reached:
        kind = "mixed"
    drawn = f"{kind}, drawn"
    if drawn in _ADVICE and all(
        "merit_lottery" in {note.code for note in one.reasons} for one in goal.deciding
    ):
        kind = drawn
    return say(_ADVICE[kind], lang, reached=_names(reached, lang))


_PLAN_DOUBTS: Final = (
    "plan_not_locked",
    "plan_locked_late",
    "plan_locked_in_wave",
    "answers_altered",
    "plan_changed",
)


def unknowns(evaluation: Evaluation, lang: str) -> list[str]:
    """What is not known about the criteria that decide, the heaviest first, the same caveat said once."""
    least = evaluation.study.plan.privacy.minimum_cell
    primary = [one for one in evaluation.criteria if one.criterion.priority == "primary"]
    said = []
    alone = [one for one in primary if one.criterion.contrast != "comparison"]
    if alone:
        names = _names(alone, lang)
        template = "{names}: what would have happened without the programme. There is no comparison group."
        said.append(say(template, lang, names=names))
    about: dict[str, list[CriterionVerdict]] = {}
    for one in primary:
        doubts = [note for note in (*one.reasons, *one.notes) if note.code in _DOUBTS]
        for note in ([one.gate] if one.gate else []) + doubts:
            about.setdefault(note_words(note, least, lang), []).append(one)
    said += [f"{_names(ones, lang)}: {words}" for words, ones in about.items()]
    if any(one.result and sum(one.result.dropped.values()) for one in primary):
        said.append(say("How those who did not answer again would have answered.", lang))
    if any(list(evaluation.study.plan.waves)[-1] == one.criterion.after for one in primary):
        said.append(say("Whether what was found lasts: nothing was measured later.", lang))
    return said + [note_words(note, least, lang) for note in evaluation.notes if note.code in _PLAN_DOUBTS]


def limits(evaluation: Evaluation, lang: str) -> list[str]:
    """What cannot be known from these data, chosen by their design."""
    plan = evaluation.study.plan
    contrasts = {one.criterion.contrast for one in evaluation.criteria}
    compared = {one.goal.role for one in evaluation.criteria if one.criterion.contrast == "comparison"}
    ways = {plan.design.assignment[role].mechanism for role in compared}
    own = any(_self_rated(plan.instruments[one.criterion.instrument]) for one in evaluation.criteria)
    rules = (
        (
            contrasts & {"change", "share"},
            "Before and after: a change in the same people cannot be told from everything else that happened in "
            "the same months, from practice with the questions, or from regression to the mean.",
        ),
        (
            "lottery" in ways,
            "Lottery: it makes the groups alike at the start. People who leave, or a waiting list that hears about "
            "the programme, can still blur the comparison.",
        ),
        (
            ways - {"lottery"},
            "Groups not drawn by lot: those who came into the programme may differ from the comparison group in "
            "ways that nobody measured.",
        ),
        (
            any(one.result and sum(one.result.dropped.values()) for one in evaluation.criteria),
            "Missing answers: only people with all the answers needed are counted. Those who left may have fared "
            "differently.",
        ),
        (
            own,
            "Self-ratings: some outcomes are what people say about themselves, and their yardstick may have moved.",
        ),
        (
            any(one.criterion.priority == "secondary" for one in evaluation.criteria),
            "Secondary criteria explain the result and do not decide. Among several, one may look good by chance.",
        ),
        (
            True,
            "Short horizon: the last measurement was taken soon after the end. Whether effects last is not known.",
        ),
        (True, "Other people: the results hold for those who took part, not for everybody who could have."),
    )
    said = [say(words, lang) for holds, words in rules if holds]
    return [*unknowns(evaluation, lang)[UNKNOWN_ON_PAGE_ONE:], *said]


def note_words(note: Note, least: int, lang: str) -> str:
    """A note as a sentence, its groups named and a few people not counted out.

    Parameters
    ----------
    note : Note
        A caveat.
    least : int
        Fewest people that may be told.
    lang : {'en', 'it'}
        Language.
    """
    params = dict(note.params)
    if note.code == "gate_method" and lang != "en":  # the reason is an English sentence
        return say("The analysis refuses these data.", lang)
    if note.code in _SHARES:  # a share of a few people, or of all but a few, would count them out
        return say(_SHARES[note.code], lang, **params | {"group": arm_label(str(params.get("group")), lang)})
    for name in ("group", "arm"):
        if name in params:
            params[name] = upper(arm_label(str(params[name]), lang))
    people = params.get("n")
    if isinstance(people, int) and 0 < people < least:
        return _told(Note(note.code, tuple(params.items())), say("fewer than {n:count}", lang, n=least), lang)
    return wording.note(note.code, params, lang)


def masked(counted: str) -> bool:
    """Whether the people counted are shown inexactly, so that no other number may tell them exactly."""
    return "≈" in counted or "<" in counted


def follow_up_counts(one: CriterionVerdict) -> dict[str, tuple[int, int]]:
    """People who answered again and people who had started, by group, as the notes on follow-up tell them."""
    found = {}
    for note in (note for note in one.notes if note.code in _FOLLOW_UP):
        group, share = str(dict(note.params)["group"]), float(dict(note.params)["share"])
        there = _counted(one, group)
        found[group] = (there, int(there / share + 0.5) if share and there else there)
    return found


def few_lost(one: CriterionVerdict, least: int) -> bool:
    """Whether a group lost so few people that no number may tell how many."""
    return any(0 < started - there < least for there, started in follow_up_counts(one).values())


def follow_up_words(one: CriterionVerdict, least: int, counted: str, lang: str) -> list[str]:
    """Who answered again, by group; where that would count few people out, it is not told exactly."""
    lines = []
    if masked(counted):
        return [follow_up_elsewhere(lang)]
    sizes = follow_up_counts(one)
    for note in (note for note in one.notes if note.code in _FOLLOW_UP):
        group = str(dict(note.params)["group"])
        there, started = sizes[group]
        if 0 < started - there < least:
            template = "{group}: all but fewer than {n:count} of those who answered before answered again."
            lines.append(say(template, lang, group=upper(arm_label(group, lang)), n=least))
        else:
            lines.append(note_words(note, least, lang))
    return lines


def follow_up_elsewhere(lang: str) -> str:
    """Where to look for those who answered again, when this is not the place."""
    return say("How many answered again is told in the participation flow only, so far as it may be.", lang)


def caveats(one: CriterionVerdict, least: int, counted: str, lang: str) -> list[str]:
    """The notes of a criterion and of its estimate, each once, without those said elsewhere.

    Parameters
    ----------
    one : CriterionVerdict
        The criterion.
    least : int
        Fewest people that may be told.
    counted : str
        The people counted, as the page shows them: a note must not tell them more exactly.
    lang : {'en', 'it'}
        Language.
    """
    notes: Iterable[Note] = (*one.notes, *(one.result.notes if one.result else ()))
    expected = one.beside.get("expected")
    if expected:
        notes = (*notes, *expected.notes)
    everybody = sum(one.result.n.values()) if one.result else None
    said = []
    left_out = (*_FOLLOW_UP, *(_COUNTING if masked(counted) or few_lost(one, least) else ()))
    for note in (note for note in notes if note.code not in left_out):
        if note.code == "ceiling" and _few(float(dict(note.params)["share"]), everybody or 0, counted, least):
            said.append(
                say(
                    "Some of the people had the best possible score at the start: they could not improve.",
                    lang,
                )
            )
            continue
        whole = everybody is not None and dict(note.params).get("n") == everybody
        said.append(_told(note, counted, lang) if whole else note_words(note, least, lang))
    return list(dict.fromkeys(said))


def _few(share: float, of: int, counted: str, least: int) -> bool:
    """Whether a share of the people counted would count a few of them in or out, or tell their number."""
    return masked(counted) or share * of < least or 0 < (1 - share) * of < least


def _told(note: Note, people: str, lang: str) -> str:
    """A note with its number of people told in other words."""
    template = wording.translate(NOTES[note.code], lang).replace("{n:count}", "{n}")
    return upper(say(template, lang, **dict(note.params) | {"n": people}))


def reasons(one: CriterionVerdict, least: int, lang: str) -> list[str]:
    """Why the merit is what it is; a sound comparison without an effect says so."""
    said = [note_words(note, least, lang) for note in one.reasons]
    if one.criterion.contrast == "comparison" and one.merit == "not shown" and one.strength >= ADJUSTED:
        said.append(say("But the interval does not lie above zero: no improvement is shown.", lang))
    return said


def _counted(one: CriterionVerdict, group: str) -> int:
    """People of a group in the estimate."""
    if one.result is None:
        return 0
    return one.result.n.get(group, sum(one.result.n.values()) if len(one.result.n) == 1 else 0)


def _self_rated(instrument: Instrument) -> bool:
    """Whether people rate themselves, as opposed to a test, a record or somebody else's judgement."""
    objective = instrument.key or instrument.scored_against or not instrument.items
    return instrument.rater == "self" and not objective


def _names(ones: Sequence[CriterionVerdict], lang: str) -> str:
    """Names of criteria in a row."""
    return ", ".join(dict.fromkeys(label(one, lang) for one in ones))
