"""The call for applicants, written from the plan and from nothing else."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rmstudy.display import bullets
from rmstudy.errors import DesignError, nearest
from rmstudy.study.plan import Plan
from rmstudy.wording import choose, say

_PART: Final = {
    "mentor": "In reverse mentoring the usual roles are turned round: the junior colleague is the mentor, and the "
    "senior colleague learns. This call is for the junior mentors.",
    "mentee": "In reverse mentoring the usual roles are turned round: the junior colleague is the mentor, and the "
    "senior colleague learns. This call is for the senior mentees.",
}
_WAY_IN: Final = {
    "open": "Anybody who meets this can apply; nobody has to be proposed.",
    "closed": "This is an invitation: people are approached one by one, and are free to say no.",
    "mixed": "Some people are invited, and anybody else who meets this can apply; everybody is free to say no.",
}
_PLACES: Final = {
    "lottery": "If more people apply than there are places, a lottery decides. The order of applying does not matter, "
    "and neither does anybody's opinion of you.",
    "first_come": "Places are given in the order in which people apply.",
    "manager": "Managers choose among those who apply.",
    "criteria": "Places go to those who best meet the criteria.",
    "self": "Whoever wants to take part can.",
    "everyone": "Everybody of the group takes part; there is no selection.",
}


@dataclass(frozen=True, slots=True)
class Call:
    """A call for applicants: the text, and what the plan does not say yet.

    Parameters
    ----------
    role, lang : str
        For whom, and in which language.
    text : str
        The call as Markdown.
    missing : tuple of str
        What a reader of the call will ask and the plan does not answer, with the plan's key.
    """

    role: str
    lang: str
    text: str
    missing: tuple[str, ...]

    def __repr__(self) -> str:
        if not self.missing:
            return self.text
        lines = "\n".join(f"- {part}" for part in self.missing)
        return f"{self.text}\n\n{say('To be settled before this is sent:', self.lang)}\n\n{lines}"

    def _repr_markdown_(self) -> str:
        return repr(self)

    def _repr_html_(self) -> str:
        """The call as a page shows it; what is missing stands below, not in it."""
        body = "".join(_html(block) for block in self.text.split("\n\n"))
        if not self.missing:
            return body
        heading = html.escape(say("To be settled before this is sent:", self.lang))
        return f"{body}<p><strong>{heading}</strong></p>{bullets(self.missing)}"


class _Draft:
    """Sections and gaps while a call is being written."""

    def __init__(self, plan: Plan, role: str, lang: str) -> None:
        self.plan, self.role, self.lang = plan, role, lang
        self.parts: list[str] = []
        self.missing: list[str] = []

    def section(self, heading: str, paragraphs: Sequence[str | None], gap: str = "", key: str = "") -> None:
        """Add a section, or note the gap when nothing can be said."""
        said = [text for text in paragraphs if text]
        if said:
            self.parts += [f"## {heading}", *said]
        elif gap:
            self.lacks(gap, key)

    def lacks(self, gap: str, key: str) -> None:
        """Remember what the plan does not say."""
        self.missing.append(say("{what} (study.yml: {key})", self.lang, what=gap, key=key))

    def said(self, template: str, **values: object) -> str:
        """A sentence in the language of the call."""
        return say(template, self.lang, **values)


def call_for_applicants(plan: Plan, *, role: str, lang: str = "en") -> Call:
    """Write the call for applicants of a role from the plan.

    Parameters
    ----------
    plan : Plan
        A study's plan.
    role : str
        Whom the call is for.
    lang : {'en', 'it'}
        Language of the text.

    Returns
    -------
    Call
        The text as Markdown, and what the plan does not say. Nothing is made up: a part that the plan
        does not have is left out and listed.

    Raises
    ------
    DesignError
        When the plan has no such role.

    Notes
    -----
    The only sentences that do not come from the plan are that applying is voluntary and that declining
    has no consequence. Whoever sends the call makes this promise and has to keep it.

    Examples
    --------
    >>> import rmstudy as rm
    >>> call = call_for_applicants(rm.load_sample("digital-skills").plan, role="mentee")
    >>> print(call.text.splitlines()[0])
    # Digital Skills 2024: call for applicants (Senior mentee)
    >>> call.missing
    ()
    """
    if role not in plan.roles:
        raise DesignError(f"The plan has no role {role!r}. {nearest(role, plan.roles)}")
    draft = _Draft(plan, role, lang)
    _opening(draft)
    benefits = [f"- {choose(text, lang)}" for text in plan.call.benefits.get(role, ())]
    draft.section(
        draft.said("What you gain"),
        ["\n".join(benefits)],
        draft.said("what people of this role gain"),
        f"call.benefits.{role}",
    )
    _asked(draft)
    _when(draft)
    _who(draft)
    _places(draft)
    draft.section(
        draft.said("If you would rather not"),
        [
            draft.said(
                "Applying is voluntary. Nobody who does not apply, or who declines a place, is any worse off for it, "
                "and no reason has to be given."
            )
        ],
    )
    _data(draft)
    _apply(draft)
    return Call(role, lang, "\n\n".join(draft.parts), tuple(draft.missing))


def _opening(draft: _Draft) -> None:
    """Title, what reverse mentoring is, and the goals for this role with how they are to be reached."""
    plan, role, lang = draft.plan, draft.role, draft.lang
    label = choose(plan.roles[role].label or role, lang)
    name = choose(plan.programme.name, lang)
    title = draft.said("{programme}: call for applicants ({role})", programme=name, role=label)
    draft.parts.append(f"# {title}")
    part = next((p for p in ("mentor", "mentee") if plan.role_acting_as(p) == role), None)
    if part:
        draft.parts.append(draft.said(_PART[part]))
    goals = [goal for goal in plan.goals if goal.role == role]
    lines = [
        "- " + " ".join(choose(text, lang) for text in (goal.statement, goal.method) if text)
        for goal in goals
    ]
    draft.section(
        draft.said("What it is for"), ["\n".join(lines)], draft.said("a goal for this role"), "goals"
    )


def _asked(draft: _Draft) -> None:
    """Commitment: meetings, and the questionnaires that the evaluation needs."""
    plan, programme = draft.plan, draft.plan.programme
    said: list[str | None] = []
    if plan.monitoring.commitment:
        said.append(choose(plan.monitoring.commitment, draft.lang))
    elif programme.planned_meetings and programme.planned_minutes:
        values = {"n": programme.planned_meetings, "minutes": programme.planned_minutes}
        said.append(draft.said("Meetings: {n:count}, of {minutes:count} minutes each.", **values))
    else:
        draft.lacks(draft.said("the commitment asked"), "monitoring.commitment")
    if any(draft.role in one.role for one in plan.instruments.values()):
        waves = [choose(wave.label or name, draft.lang).lower() for name, wave in plan.waves.items()]
        said.append(
            draft.said(
                "To see what the programme does, you will be asked a few questions: {waves:list}.",
                waves=waves,
            )
        )
    draft.section(draft.said("What is asked of you"), said)


def _when(draft: _Draft) -> None:
    """Period of the programme."""
    start, end = draft.plan.programme.start, draft.plan.programme.end
    period = draft.said("From {start:date} to {end:date}.", start=start, end=end) if start and end else None
    draft.section(draft.said("When"), [period], draft.said("the period"), "programme.start, programme.end")


def _who(draft: _Draft) -> None:
    """Who can take part, and whether one applies or is invited."""
    plan, lang = draft.plan, draft.lang
    who = plan.design.who_takes_part
    said = [choose(who, lang) if who else None]
    if not who:
        draft.lacks(draft.said("who can take part"), "design.who_takes_part")
    if plan.programme.recruitment:
        said.append(draft.said(_WAY_IN[plan.programme.recruitment]))
    else:
        draft.lacks(draft.said("whether people apply or are invited"), "programme.recruitment")
    draft.section(draft.said("Who can take part"), said)


def _places(draft: _Draft) -> None:
    """How many places there are, how they are given, and what it means for those who apply."""
    plan, lang, said = draft.plan, draft.lang, draft.said
    parts: list[str | None] = []
    acts_as = plan.roles[draft.role].acts_as or draft.role
    if acts_as != "mentor":  # the plan's seats are those of the people who learn
        if plan.programme.seats:
            parts.append(said("There are {n:count} places.", n=plan.programme.seats))
        else:
            draft.lacks(said("how many places there are"), "programme.seats")
    assignment = plan.design.assignment.get(draft.role)
    selection = plan.design.selection.get(draft.role)
    if assignment is None:
        draft.lacks(said("how places are given"), f"design.assignment.{draft.role}")
    elif assignment.mechanism == "self" and selection:
        parts.append(choose(selection.rule, lang))
    else:
        parts.append(said(_PLACES[assignment.mechanism]))
        if assignment.mechanism == "lottery" and plan.design.who_selects:
            parts.append(choose(plan.design.who_selects, lang))
        if assignment.mechanism in ("criteria", "manager") and selection:
            parts.append(choose(selection.rule, lang))
    if assignment and assignment.comparison == "waitlist":
        parts.append(
            said(
                "Whoever gets no place goes on a waiting list and is asked the same questions in the meantime. This is "
                "how we find out what the programme itself brings about; the answers of those who wait count as much "
                "as those of the others."
            )
        )
        if plan.call.waiting_list:
            parts.append(choose(plan.call.waiting_list, lang))
        else:
            draft.lacks(said("when people on the waiting list get their turn"), "call.waiting_list")
    draft.section(said("How places are given"), parts)


def _data(draft: _Draft) -> None:
    """What happens to the answers."""
    privacy, lang, said = draft.plan.privacy, draft.lang, draft.said
    parts = [
        said(
            "Your answers are used to judge the programme, never a person: results are shown for groups of at least "
            "{n:count} people.",
            n=privacy.minimum_cell,
        )
    ]
    if privacy.controller:
        parts.append(said("Controller: {who}.", who=choose(privacy.controller, lang).rstrip(" .")))
    if privacy.basis:
        parts.append(said("Legal basis: {basis}.", basis=choose(privacy.basis, lang).rstrip(" .")))
    if privacy.retention_until:
        parts.append(said("The data are deleted by {day:date}.", day=privacy.retention_until))
    else:
        draft.lacks(said("until when data are kept"), "privacy.retention_until")
    if privacy.contact:
        parts.append(
            said("Questions about your data: {contact}.", contact=choose(privacy.contact, lang).rstrip(" ."))
        )
    else:
        draft.lacks(said("whom to ask about the data"), "privacy.contact")
    draft.section(said("Your data"), [" ".join(parts)])


def _apply(draft: _Draft) -> None:
    """Until when, and where."""
    call, said = draft.plan.call, draft.said
    where = choose(call.apply_to, draft.lang) if call.apply_to else None
    text = None
    if call.apply_by and where:
        text = said("Apply by {day:date}: {where}.", day=call.apply_by, where=where)
    elif call.apply_by:
        text = said("Apply by {day:date}.", day=call.apply_by)
    elif where:
        text = said("Apply here: {where}.", where=where)
    if not call.apply_by:
        draft.lacks(said("the closing date"), "call.apply_by")
    if not where:
        draft.lacks(said("where to apply"), "call.apply_to")
    draft.section(said("How to apply"), [text])


def _html(block: str) -> str:
    """One block of the call's small Markdown."""
    marks = len(block) - len(block.lstrip("#"))
    if marks:
        # a heading two levels down: the page that shows the call has a title of its own
        return f"<h{marks + 2}>{html.escape(block[marks:].strip())}</h{marks + 2}>"
    if block.startswith("- "):
        return bullets(line.removeprefix("- ") for line in block.splitlines())
    return f"<p>{html.escape(block)}</p>"
