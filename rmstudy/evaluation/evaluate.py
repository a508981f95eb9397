"""A whole study judged against its plan."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from os import PathLike
from typing import Any, Final

import pandas as pd

from rmstudy import verdicts, wording
from rmstudy.display import bullets, table
from rmstudy.errors import nearest
from rmstudy.evaluation.criteria import CriterionVerdict, judge
from rmstudy.evaluation.sentences import (
    estimate_words,
    goal_answer,
    threshold_words,
    verdict_line,
    verdict_words,
)
from rmstudy.results import Note
from rmstudy.study.load import load_study
from rmstudy.study.lock import Deviation, Lock, fingerprint, read_lock
from rmstudy.study.plan import Goal
from rmstudy.study.study import Study

FORMAT: Final = 1


@dataclass(frozen=True, eq=False)
class GoalVerdict:
    """A goal with its criteria and the verdict they add up to.

    Parameters
    ----------
    goal : Goal
        The goal.
    verdict : str
        Its weakest primary criterion, or its strongest when any is enough.
    merit : str
        The weakest merit among the primary criteria that decide.
    criteria : tuple of CriterionVerdict
        All its criteria.
    """

    goal: Goal
    verdict: verdicts.Verdict
    merit: verdicts.Merit
    criteria: tuple[CriterionVerdict, ...]

    @property
    def deciding(self) -> tuple[CriterionVerdict, ...]:
        """Primary criteria that make the verdict: all of them, or with ``any`` the strongest."""
        primary = tuple(one for one in self.criteria if one.criterion.priority == "primary")
        if self.goal.require == "all":
            return primary
        return tuple(one for one in primary if one.verdict == self.verdict)


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The verdicts of a study; made by `rmstudy.evaluate`.

    Parameters
    ----------
    study : Study
        The study that was judged.
    goals : tuple of GoalVerdict
        One for each goal of the plan.
    fingerprint : str
        Fingerprint of the plan and the data.
    notes : tuple of Note
        Caveats that hold for every verdict.
    lock : Lock or None
        The plan as it was locked; None where it never was.
    deviations : tuple of Deviation
        Keys of the plan that are not as they were locked.
    """

    study: Study
    goals: tuple[GoalVerdict, ...]
    fingerprint: str
    notes: tuple[Note, ...]
    lock: Lock | None = None
    deviations: tuple[Deviation, ...] = ()

    @property
    def criteria(self) -> tuple[CriterionVerdict, ...]:
        """Every criterion's verdict, in the plan's order."""
        return tuple(criterion for goal in self.goals for criterion in goal.criteria)

    def __getitem__(self, criterion: str) -> CriterionVerdict:
        """Return the verdict of a criterion by its id."""
        for one in self.criteria:
            if one.criterion.id == criterion:
                return one
        raise KeyError(f"no criterion {criterion!r}. {nearest(criterion, self._ids)}")

    @property
    def _ids(self) -> list[str]:
        return [one.criterion.id for one in self.criteria]

    @property
    def table(self) -> pd.DataFrame:
        """Unrounded verdict table, one row a criterion."""
        return pd.DataFrame([_row(one) for one in self.criteria]).set_index("criterion")

    def to_json(self) -> str:
        """Write the verdicts as JSON, with the number of the format."""
        goals = [{"goal": g.goal.id, "verdict": g.verdict, "merit": g.merit} for g in self.goals]
        content = {
            "format": FORMAT,
            "fingerprint": self.fingerprint,
            "goals": goals,
            "criteria": [
                _row(one) | {"reasons": [note.code for note in one.reasons]} for one in self.criteria
            ],
            "notes": [note.code for note in self.notes],
            "lock": self.lock and {"date": self.lock.date.isoformat(), "fingerprint": self.lock.fingerprint},
            "deviations": [{"key": d.key, "planned": d.planned, "now": d.now} for d in self.deviations],
        }
        return json.dumps(content, indent=2, ensure_ascii=False)

    def text(self, lang: str = "en") -> str:
        """Write one line a goal and one a criterion.

        Parameters
        ----------
        lang : {'en', 'it'}
            Language of the lines.
        """
        lines = []
        for goal in self.goals:
            lines.append(
                f"{wording.choose(goal.goal.statement, lang).rstrip('.')}: {goal_answer(goal, lang)}"
            )
            lines += [f"  {one.criterion.id}: {verdict_line(one, lang)}" for one in goal.criteria]
        lines += [note.text(lang) for note in self.notes]
        return "\n".join([*lines, *(f"  {deviation.text(lang)}" for deviation in self.deviations)])

    def __repr__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        answers = bullets(f"{goal.goal.id}: {goal_answer(goal)}" for goal in self.goals)
        rows = [
            (
                f"{one.criterion.id} ({one.criterion.priority})",
                goal.goal.id,
                estimate_words(one),
                threshold_words(one),
                verdict_words(one),
                one.merit,
            )
            for goal in self.goals
            for one in goal.criteria
        ]
        head = ("criterion", "goal", "estimate", "target", "verdict", "merit")
        said = [*(note.text() for note in self.notes), *(one.text() for one in self.deviations)]
        return answers + table(head, rows) + bullets(said)


def evaluate(study: Study | str | PathLike[str]) -> Evaluation:
    """Judge a study against its own plan.

    For each criterion: gates, then the estimand the plan names, then two separate answers, whether the
    target was reached (verdict) and whether it is the programme's merit (merit).

    Parameters
    ----------
    study : Study or path
        From `rmstudy.load_study`, or the folder to load.

    Returns
    -------
    Evaluation
        Verdicts of every criterion and goal.

    Examples
    --------
    >>> import rmstudy as rm
    >>> verdicts = rm.evaluate(rm.load_sample("picked-the-weakest"))
    >>> {goal.merit for goal in verdicts.goals}
    {'not shown'}
    """
    study = study if isinstance(study, Study) else load_study(study)
    goals = tuple(_judge_goal(study, goal) for goal in study.plan.goals)
    lock = read_lock(study.path)
    deviations = lock.deviations(study.plan) if lock else ()
    return Evaluation(study, goals, fingerprint(study), _about_the_lock(study, lock), lock, deviations)


def _about_the_lock(study: Study, lock: Lock | None) -> tuple[Note, ...]:
    """Whether the plan came before the outcome data, and whether it is still the same."""
    if lock is None:
        return (Note.of("plan_not_locked"),)
    notes = [Note.of("plan_locked", day=lock.date, digits=lock.short)]
    notes += [
        Note.of("plan_locked_again", day=one.date, reason=one.reason or "–", keys=len(one.amendments))
        for one in (*lock.earlier, lock)
        if one.earlier
    ]
    late, every = len(lock.already_answered()), sum(len(goal["criteria"]) for goal in lock.plan["goals"])
    notes.append(Note.of("plan_locked_late", late=late, all=every) if late else Note.of("plan_locked_before"))
    begun = _begun(study, lock)
    if begun and not late:
        notes.append(Note.of("plan_locked_in_wave", waves=begun))
    altered = lock.altered_waves(study)
    if altered:
        notes.append(Note.of("answers_altered", waves=altered))
    changed = len(lock.deviations(study.plan))
    notes.append(Note.of("plan_changed", keys=changed) if changed else Note.of("plan_kept"))
    return tuple(notes)


def _begun(study: Study, lock: Lock) -> tuple[str, ...]:
    """Waves that decide a criterion and had begun on the day of the lock, whatever the folder held."""
    deciding = dict.fromkeys(one.after for _, one in study.plan.criteria)
    opened = {wave: study.plan.waves[wave].opened for wave in deciding}
    return tuple(wave for wave, day in opened.items() if day and day <= lock.date)


def _judge_goal(study: Study, goal: Goal) -> GoalVerdict:
    """Judge a goal's criteria and put them together."""
    judged = [judge(study, goal, criterion) for criterion in goal.criteria]
    primary = [one for one in judged if one.criterion.priority == "primary"]
    if goal.require == "any" and len(primary) > 1:
        primary = _holm(study, goal, primary)
        judged = primary + [one for one in judged if one.criterion.priority != "primary"]
    verdict = verdicts.goal_verdict([one.verdict for one in primary], goal.require)
    deciding = primary if goal.require == "all" else [one for one in primary if one.verdict == verdict]
    ranks: tuple[verdicts.Merit, ...] = ("not shown", "plausible", "shown")
    merits = sorted((one.merit for one in deciding), key=ranks.index)
    return GoalVerdict(goal, verdict, merits[0] if goal.require == "all" else merits[-1], tuple(judged))


def _holm(study: Study, goal: Goal, primary: list[CriterionVerdict]) -> list[CriterionVerdict]:
    """Judge again with Holm's levels: the strongest evidence first, at the strictest level.

    With k criteria the j-th strongest is held to 1 - alpha / (k - j + 1), and after the first that does
    not meet its target at its level the levels stay where they are (Holm 1979).
    """
    alpha = 1 - study.plan.analysis.level
    left, stopped = len(primary), False
    judged: dict[str, CriterionVerdict] = {}
    for one in sorted(primary, key=_evidence, reverse=True):
        again = judge(study, goal, one.criterion, level=1 - alpha / left)
        judged[one.criterion.id] = replace(again, notes=(*again.notes, Note.of("holm")))
        stopped = stopped or again.verdict != "met"
        left -= not stopped
    return [judged[one.criterion.id] for one in primary]


def _evidence(one: CriterionVerdict) -> float:
    """How many standard errors the improvement lies above its target."""
    if one.result is None or not one.result.headline.std_error:
        return float("-inf")
    distance = (one.result.headline.estimate or 0.0) - one.threshold
    return one.direction * distance / one.result.headline.std_error


def _row(one: CriterionVerdict) -> dict[str, Any]:
    """One line of the verdict table, unrounded."""
    e = one.result.headline if one.result else None
    return {
        "goal": one.goal.id,
        "criterion": one.criterion.id,
        "priority": one.criterion.priority,
        "outcome": one.criterion.instrument,
        "contrast": one.criterion.contrast,
        "n": sum(one.result.n.values()) if one.result else None,
        "estimate": e.estimate if e else None,
        "conf_low": e.conf_low if e else None,
        "conf_high": e.conf_high if e else None,
        "threshold": one.threshold,
        "verdict": one.verdict,
        "merit": one.merit,
        "strength": one.strength,
        "gate": one.gate.code if one.gate else None,
    }
