"""What the way in allows one to claim afterwards."""

from __future__ import annotations

from typing import Final

from rmstudy.errors import DesignError, nearest
from rmstudy.results import Note
from rmstudy.study.plan import Plan

_WAY_IN: Final = {"open": "claim_open", "closed": "claim_closed", "mixed": "claim_mixed"}


def claims(plan: Plan, *, role: str) -> tuple[Note, ...]:
    """Say what the recruitment of a role allows one to claim, before anybody has applied.

    Parameters
    ----------
    plan : Plan
        A study's plan.
    role : str
        Whose recruitment.

    Returns
    -------
    tuple of Note
        First for whom a result holds (recruitment open, closed or mixed), then whether it can be the
        programme's merit (how places are given), then the trap of choosing people by the outcome.

    Raises
    ------
    DesignError
        When the plan has no such role.

    Notes
    -----
    That volunteers can gain less than those who would not come forward is known from a field experiment
    at work (Sandvik, Saouma, Seegert & Stanton, on mentoring in a sales call centre): one company, one
    kind of mentoring, so a reason for care and no proof about yours.

    Examples
    --------
    >>> import rmstudy as rm
    >>> [note.code for note in claims(rm.load_sample("digital-skills").plan, role="mentee")]
    ['claim_open', 'claim_volunteers', 'claim_lottery']
    """
    if role not in plan.roles:
        raise DesignError(f"The plan has no role {role!r}. {nearest(role, plan.roles)}")
    recruitment, assignment = plan.programme.recruitment, plan.design.assignment.get(role)
    everyone = assignment is not None and assignment.mechanism == "everyone"
    notes = []
    if not everyone:
        notes.append(Note.of(_WAY_IN[recruitment] if recruitment else "claim_way_in_unknown"))
        if recruitment in ("open", "mixed"):
            notes.append(Note.of("claim_volunteers"))
    notes.append(Note.of(f"claim_{assignment.mechanism}" if assignment else "claim_places_unknown"))
    if assignment and assignment.mechanism != "lottery" and assignment.comparison:
        notes.append(Note.of("claim_compared_not_drawn"))
    selection = plan.design.selection.get(role)
    outcomes = {criterion.instrument for goal, criterion in plan.criteria if goal.role == role}
    if selection and selection.instrument in outcomes:
        notes.append(Note.of("claim_selected_on_outcome", instrument=selection.instrument))
    return tuple(notes)
