"""What people are told before they answer, and the code that joins their answers of several waves.

Everything about the data comes from the plan; what the plan does not say is left as a visible gap.
"""

from __future__ import annotations

from rmstudy.programme.questionnaire.description import Option, Question, Row, Section
from rmstudy.readers.people.linking import PARTS
from rmstudy.study.plan import Plan
from rmstudy.wording import choose, day, say

CODE_QUESTIONS: dict[str, str] = {
    "mother": "The first two letters of your mother's first name",
    "day": "The day of the month on which you were born (for example 07)",
    "town": "The first two letters of the town where you were born",
    "name": "The last letter of your own first name",
    "siblings": "The number of your older brothers and sisters (0 if you have none)",
}
WHAT = {
    "controller": "who is responsible",
    "contact": "the contact",
    "basis": "the basis of the processing",
    "retention_until": "the day",
    "notice_version": "the version",
}


def information(plan: Plan, lang: str, *, purpose: str = "survey") -> Section:
    """Who asks, why, on what basis, for how long, and that nobody has to answer."""
    known = _known(plan, lang)
    name = choose(plan.programme.name, lang)
    purposes = {
        "survey": say(
            "Your answers help to find out whether the programme “{name}” reaches its goals. It is the "
            "programme that is evaluated, not you.",
            lang,
            name=name,
        ),
        "log": say(
            "A few questions after each meeting help the coordination of the programme “{name}” to support "
            "the pairs.",
            lang,
            name=name,
        ),
        "intake": say(
            "Your answers are used to bring mentors and mentees of the programme “{name}” together.",
            lang,
            name=name,
        ),
    }
    paragraphs = [
        purposes[purpose],
        say(
            "Taking part is voluntary. You may leave questions open and stop at any time, without any "
            "disadvantage.",
            lang,
        ),
        say("Responsible for the data: {controller}. Contact: {contact}.", lang, **known),
        say("Basis of the processing: {basis}.", lang, **known),
        _who_sees(plan, lang, purpose, known["retention_until"]),
        say(
            "Until then you may ask to see, correct or delete your answers, or withdraw: turn to the contact "
            "above and give your code, since without it your answers cannot be found.",
            lang,
        ),
        say("Version of the privacy notice: {notice_version}.", lang, **known),
    ]
    if purpose == "log" and plan.monitoring.legal_basis:
        basis = choose(plan.monitoring.legal_basis, lang).rstrip(".")
        paragraphs.insert(4, say("Basis of looking at the meetings: {basis}.", lang, basis=basis))
    return Section("information", say("Before you begin", lang), tuple(paragraphs), (taking_part(lang),))


def taking_part(lang: str) -> Question:
    """Whether somebody takes part: a sheet without this yes is not read."""
    return Question(
        code="consent",
        kind="choice",
        rows=(Row("consent", "consent"),),
        text=say("I have read this information, and I take part.", lang),
        options=(Option("yes", say("yes", lang)), Option("no", say("no", lang))),
        required=True,
        hint=say("If not, stop here: nothing more is asked, and nothing you wrote is used.", lang),
    )


def _who_sees(plan: Plan, lang: str, purpose: str, until: str) -> str:
    """Under what name the data are kept, how long, and who sees them how closely."""
    least = plan.privacy.minimum_cell
    if purpose == "intake":
        return say(
            "The data carry a code instead of your name. They are kept until {until} and seen only by those "
            "who match the pairs.",
            lang,
            until=until,
        )
    if purpose == "log" and plan.monitoring.legal_basis:
        return say(
            "The data carry the pair's code instead of names. They are kept until {until}. The coordination "
            "looks at them pair by pair; everybody else sees only groups of at least {least:count} people.",
            lang,
            until=until,
            least=least,
        )
    return say(
        "The data carry a code instead of your name. They are kept until {until}. Results are shown only for "
        "groups of at least {least:count} people.",
        lang,
        until=until,
        least=least,
    )


def _known(plan: Plan, lang: str) -> dict[str, str]:
    """The plan's entries on privacy as words, a visible gap for each that is missing."""
    privacy = plan.privacy
    texts = {name: getattr(privacy, name) for name in ("controller", "contact", "basis")}
    found = {name: choose(text, lang).rstrip(".") for name, text in texts.items() if text}
    if privacy.retention_until:
        found["retention_until"] = day(privacy.retention_until, lang)
    if privacy.notice_version:
        found["notice_version"] = privacy.notice_version
    return {
        name: found.get(name) or say("[to be completed: {what}]", lang, what=say(what, lang))
        for name, what in WHAT.items()
    }


def linking_code(lang: str, *, observer: bool = False) -> Section:
    """The self-made code: short questions whose answers do not change and that nobody else can look up."""
    why = say(
        "You build this code yourself and give the same answers each time. It joins your answers of before "
        "and after without your name; nobody is told what it is made of.",
        lang,
    )
    whose = say("These questions are about you, not about the person you answer about.", lang)
    questions = tuple(
        Question(
            code=f"code_{part}",
            kind="text",
            rows=(Row(f"code_{part}", f"code.{part}"),),
            text=say(CODE_QUESTIONS[part], lang),
            required=True,
        )
        for part in PARTS
    )
    return Section("code", say("Your code", lang), (why, whose) if observer else (why,), questions)


def about_whom(lang: str) -> Section:
    """Whom an observer answers about."""
    question = Question(
        "about",
        "text",
        (Row("about", "about"),),
        text=say("The person's pseudonym, as it stands in your invitation", lang),
        required=True,
        hint=say("Do not write a name.", lang),
    )
    intro = say(
        "You answer about a colleague. Please answer from what you have seen yourself; leave open what you "
        "could not see.",
        lang,
    )
    return Section("about", say("Whom you answer about", lang), (intro,), (question,))
