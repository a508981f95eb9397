"""A theory of change drawn from the plan: how the programme is meant to work, and what would test that."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rmstudy.programme.goal.drawing import drawn
from rmstudy.programme.goal.targets import target_words
from rmstudy.study.plan import Goal, Plan
from rmstudy.wording import choose, count, say

if TYPE_CHECKING:
    import pandas as pd

STEPS: Final = ("Inputs", "Activities", "Outputs", "Outcomes", "Impact")
_ATTRIBUTES: Final = {
    "skill": "skills against needs",
    "interest": "shared interests",
    "trait": "personality",
    "language": "a shared language",
    "site": "place of work",
    "hours": "shared working hours",
}
_RECRUITMENT: Final = {
    "open": "Open call: people apply.",
    "closed": "People are picked.",
    "mixed": "Some people apply, some are picked.",
}


@dataclass(frozen=True, slots=True)
class Box:
    """One thing that goes in, is done, or comes out.

    Parameters
    ----------
    text : str
        What it is.
    seen_when : tuple of str
        What must be seen for it to count as reached.
    """

    text: str
    seen_when: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Assumption:
    """What must hold between two steps.

    Parameters
    ----------
    step : int
        The arrow that it stands on: 0 between inputs and activities, 3 between outcomes and impact.
    text : str
        What must hold.
    tested_by : str
        Tables, with the measures or groups in them, that would show it; or that nothing in the plan would.
    """

    step: int
    text: str
    tested_by: str


@dataclass(frozen=True, slots=True)
class TheoryOfChange:
    """How a programme is meant to work, on one page; made by `theory_of_change`.

    Parameters
    ----------
    title : str
        Name of the programme.
    inputs, activities, outputs, outcomes, impact : tuple of Box
        The five steps.
    assumptions : tuple of Assumption
        What must hold between them, with the data that would test it.
    lang : str
        Language of all its words.
    """

    title: str
    inputs: tuple[Box, ...]
    activities: tuple[Box, ...]
    outputs: tuple[Box, ...]
    outcomes: tuple[Box, ...]
    impact: tuple[Box, ...]
    assumptions: tuple[Assumption, ...]
    lang: str = "en"

    @property
    def steps(self) -> tuple[tuple[str, tuple[Box, ...]], ...]:
        """The five steps with their names."""
        boxes = (self.inputs, self.activities, self.outputs, self.outcomes, self.impact)
        return tuple((say(name, self.lang), some) for name, some in zip(STEPS, boxes, strict=True))

    @property
    def table(self) -> pd.DataFrame:
        """Assumptions, one a row, with the data that would test each."""
        import pandas as pd

        names = [name for name, _ in self.steps]
        return pd.DataFrame(
            {
                "between": [f"{names[one.step]} → {names[one.step + 1]}" for one in self.assumptions],
                "assumption": [one.text for one in self.assumptions],
                "tested by": [one.tested_by for one in self.assumptions],
            },
            index=range(1, len(self.assumptions) + 1),
        )

    def text(self) -> str:
        """Write it as lines, for those who cannot see the picture."""
        lines = [self.title]
        for name, boxes in self.steps:
            lines.append(f"{name}:")
            for box in boxes:
                lines += [f"  - {box.text}", *(f"      {one}" for one in box.seen_when)]
        lines.append(say("What must hold", self.lang) + ":")
        tested = say("tested by", self.lang)
        lines += [
            f"  {n}. {one.text} ({tested}: {one.tested_by})" for n, one in enumerate(self.assumptions, 1)
        ]
        return "\n".join(lines)

    def mermaid(self) -> str:
        """Write it as a Mermaid flow chart, for documents that draw those.

        Returns
        -------
        str
            Text that begins with ``flowchart LR``; labels are escaped.
        """
        lines = ["flowchart LR"]
        for s, (name, boxes) in enumerate(self.steps):
            lines.append(f'  subgraph s{s}["{_label(name)}"]')
            for b, box in enumerate(boxes):
                words = "<br/>".join(map(_label, [box.text, *box.seen_when]))
                lines.append(f'    s{s}b{b}["{words}"]')
            lines.append("  end")
        for step in range(len(STEPS) - 1):
            holds = ", ".join(str(n) for n, one in enumerate(self.assumptions, 1) if one.step == step)
            arrow = f'-->|"{holds}"|' if holds else "-->"
            lines.append(f"  s{step} {arrow} s{step + 1}")
        for n, one in enumerate(self.assumptions, 1):
            lines.append(f"  %% {n}: {_comment(one.text)} ({_comment(one.tested_by)})")
        return "\n".join(lines) + "\n"

    def svg(self) -> str:
        """Draw it as one page of SVG, the same text for the same plan."""
        return drawn(
            title=say("Theory of change: {name}", self.lang, name=self.title),
            described=self.text(),
            steps=tuple((name, tuple((b.text, b.seen_when) for b in boxes)) for name, boxes in self.steps),
            heads=(say("What must hold between the steps", self.lang), say("What would show it", self.lang)),
            assumptions=tuple((one.step, one.text, one.tested_by) for one in self.assumptions),
        )

    def _repr_svg_(self) -> str:
        return self.svg()

    def __repr__(self) -> str:
        return self.text()


def theory_of_change(plan: Plan, *, lang: str = "en") -> TheoryOfChange:
    """Draw up how a programme is meant to work, from its plan alone.

    Parameters
    ----------
    plan : Plan
        A valid plan.
    lang : {'en', 'it'}
        Language of all words.

    Returns
    -------
    TheoryOfChange
        Inputs, activities, outputs, outcomes and impact, and between them what must hold. Goals at
        Kirkpatrick's level 4, or about units, are impact; all others are outcomes.

    Notes
    -----
    After Weiss (1995), "Nothing as practical as good theory": the chain is only as good as the assumptions
    between its links, so each names the data that would test it.

    Examples
    --------
    >>> import rmstudy as rm
    >>> theory = theory_of_change(rm.load_sample("digital-skills").plan)
    >>> [box.text for box in theory.outputs[:2]]
    ['48 pairs', '288 meetings of 60 minutes']
    """
    far = [goal for goal in plan.goals if goal.level == 4 or goal.role == "unit"]
    near = [goal for goal in plan.goals if goal not in far]
    nothing = (Box(say("not stated in the plan", lang)),)
    return TheoryOfChange(
        choose(plan.programme.name, lang),
        tuple(_inputs(plan, lang)) or nothing,
        tuple(_activities(plan, lang)) or nothing,
        tuple(_outputs(plan, lang)) or nothing,
        tuple(_reached(plan, goal, lang) for goal in near) or nothing,
        tuple(_reached(plan, goal, lang) for goal in far) or nothing,
        tuple(_assumptions(plan, lang)),
        lang,
    )


def _inputs(plan: Plan, lang: str) -> list[Box]:
    """People, time and the agreement to look."""
    programme, found = plan.programme, []
    if programme.seats:
        found.append(say("{n:count} seats", lang, n=programme.seats))
    if plan.design.who_takes_part:
        found.append(choose(plan.design.who_takes_part, lang))
    if programme.planned_meetings and programme.planned_minutes:
        minutes = programme.planned_meetings * programme.planned_minutes
        found.append(say("{n:count} minutes of each pair's time", lang, n=minutes))
    if plan.monitoring.legal_basis:
        found.append(choose(plan.monitoring.legal_basis, lang))
    return [Box(text) for text in found]


def _activities(plan: Plan, lang: str) -> list[Box]:
    """Recruiting, selecting, matching, meeting, looking after."""
    found = []
    if plan.programme.recruitment:
        found.append(say(_RECRUITMENT[plan.programme.recruitment], lang))
    if plan.design.who_selects:
        found.append(choose(plan.design.who_selects, lang))
    weights = plan.matching.weights or {"skill": 1.0}
    what = tuple(_ATTRIBUTES[name] for name, weight in weights.items() if weight)
    found.append(say("Pairs are matched by {what:list}.", lang, what=what))
    found += dict.fromkeys(choose(goal.method, lang) for goal in plan.goals if goal.method)
    if plan.monitoring.progress:
        found.append(choose(plan.monitoring.progress, lang))
    return [Box(text) for text in found]


def _outputs(plan: Plan, lang: str) -> list[Box]:
    """What can be counted while the programme runs."""
    programme, found = plan.programme, []
    if programme.seats:
        found.append(say("{n:count} pairs", lang, n=programme.seats))
    if programme.seats and programme.planned_meetings:
        held = count(programme.seats * programme.planned_meetings, lang)
        minutes = programme.planned_minutes
        words = "{held} meetings of {minutes:count} minutes" if minutes else "{held} meetings"
        found.append(say(words, lang, held=held, minutes=minutes or 0))
    for name, one in plan.monitoring.milestones.items():
        label = choose(one.label, lang) if one.label else name
        found.append(say("{label} by {due:date}", lang, label=label, due=one.due))
    return [Box(text) for text in found]


def _reached(plan: Plan, goal: Goal, lang: str) -> Box:
    """A goal with what must be seen for it."""
    primary = [one for one in goal.criteria if one.priority == "primary"]
    return Box(choose(goal.statement, lang), tuple(target_words(plan, goal, one, lang) for one in primary))


def _assumptions(plan: Plan, lang: str) -> list[Assumption]:
    """What must hold between the steps, with the data that would test it."""
    waits = [role for role, one in plan.design.assignment.items() if one.comparison]
    compared = any(one.contrast == "comparison" for _, one in plan.criteria) and waits
    arms = tuple(dict.fromkeys(str(plan.design.assignment[role].comparison) for role in waits))
    groups = "assignments (" + ", ".join(arms) + ")"
    nothing = say("nothing in this plan", lang)
    measures = tuple(dict.fromkeys(one.instrument for _, one in plan.criteria if one.priority == "primary"))
    far = [one.instrument for goal, one in plan.criteria if goal.level == 4 or goal.role == "unit"]
    last = "responses (" + ", ".join(dict.fromkeys(far)) + ")" if far else nothing
    followed = "meeting_log" if plan.monitoring.legal_basis else say("meeting_log, aggregated only", lang)
    held = (
        (0, say("Those who apply are like those who could have.", lang), "applications, staff"),
        (1, say("The junior knows what the senior needs.", lang), "profiles, pairs"),
        (1, say("Pairs meet as often as planned, to the end.", lang), "meetings, pairs"),
        (2, say("The junior leads; pairs do not fall back into hierarchy.", lang), followed),
        (2, say("The measures show what was meant.", lang), f"responses ({', '.join(measures)})"),
        (2, say("Those who answer at the end are like those who do not.", lang), "participants, responses"),
        (2, say("It would not have happened without the programme.", lang), groups if compared else nothing),
        (3, say("What people learn carries over to the organisation.", lang), last),
    )
    return [Assumption(*one) for one in held]


def _label(text: str) -> str:
    """A text inside quotation marks of Mermaid: its own marks become character codes."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return re.sub(r'[#"<>&`\\;\[\]{}|]', lambda m: f"#{ord(m[0])};", plain)


def _comment(text: str) -> str:
    """A text in a comment of Mermaid, which ends with its line."""
    return re.sub(r"[{}]", "", " ".join("".join(c if c.isprintable() else " " for c in text).split()))
