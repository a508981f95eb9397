"""What is asked outside the waves: the intake form before matching, and the log after each meeting."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rmstudy.errors import DesignError
from rmstudy.programme.questionnaire.description import Option, Question, Questionnaire, Row, Section
from rmstudy.programme.questionnaire.privacy import information, linking_code
from rmstudy.study.plan import Plan
from rmstudy.wording import choose, say

# Asked about where nobody has named topics yet; known ids have words in both languages.
TOPICS: dict[str, str] = {
    "documents": "Working together on shared documents",
    "data": "Working with data and charts",
    "security": "Security and privacy online",
    "ai": "Using assistants based on artificial intelligence",
    "meetings": "Online meetings",
    "social_media": "Social media at work",
}
INTERESTS: dict[str, str] = {
    "cooking": "Cooking and food",
    "music": "Music and concerts",
    "nature": "Nature and hiking",
    "reading": "Reading and writing",
    "sport": "Sport and movement",
    "travel": "Travel and languages",
}
TRAITS: dict[str, str] = {
    "openness": "I like to try unfamiliar ways of doing things.",
    "extraversion": "I like to talk with people I do not know yet.",
    "planning": "I like to plan ahead and keep to the plan.",
}
LANGUAGES: dict[str, str] = {
    "it": "I can talk about work in Italian",
    "en": "I can talk about work in English",
}
ASKED: dict[str, tuple[str, ...]] = {
    "interest": ("interest",),
    "trait": ("trait",),
    "language": ("language", "shared_language"),
    "site": ("site", "same_site"),
    "hours": ("hours", "overlapping_hours"),
}


def meeting_log(plan: Plan, *, role: str, lang: str = "en") -> Questionnaire:
    """Describe the log that both members of a pair fill in after each meeting.

    Parameters
    ----------
    plan : Plan
        The study's plan.
    role : str
        Role of the reporter.
    lang : {'en', 'it'}
        Language.

    Returns
    -------
    Questionnaire
        The pair and the day, how the talk went, and how useful it was.

    Raises
    ------
    DesignError
        When no role of the plan acts as mentor or as mentee.

    Examples
    --------
    >>> import rmstudy as rm
    >>> plan = rm.load_sample("digital-skills").plan
    >>> rm.programme.questionnaire.meeting_log(plan, role="mentor").codes[:4]
    ('consent', 'pair_id', 'date', 'minutes')
    """
    mentor, mentee = _part(plan, "mentor", lang), _part(plan, "mentee", lang)
    sections = (
        information(plan, lang, purpose="log"),
        Section("meeting", say("The meeting", lang), (), _meeting(lang)),
        Section("talk", say("The conversation", lang), (), _talk(mentor, mentee, lang)),
    )
    title = " – ".join((choose(plan.programme.name, lang), say("After the meeting", lang)))
    return Questionnaire(f"log-{role}", title, lang, "meeting_log", sections, role=role)


def _meeting(lang: str) -> tuple[Question, ...]:
    """Which meeting it was, and how long."""
    modes = (Option("in_person", say("in person", lang)), Option("online", say("online", lang)))
    return (
        _question(
            "pair_id", "text", say("The pair's code, as it stands in your invitation", lang), required=True
        ),
        _question(
            "date",
            "date",
            say("Day of the meeting", lang),
            required=True,
            hint=say("such as 2024-03-31", lang),
        ),
        _question("minutes", "number", say("Length in minutes", lang), low=1, high=600),
        _question("mode", "choice", say("How did you meet?", lang), options=modes),
    )


def _talk(mentor: str, mentee: str, lang: str) -> tuple[Question, ...]:
    """How the talk went, and how useful it was."""
    people = {"mentor": mentor, "mentee": mentee}
    both = (Option("mentor", mentor), Option("both", say("both alike", lang)), Option("mentee", mentee))
    advice = (
        Option("mentor_to_mentee", say("from the {mentor} to the {mentee}", lang, **people)),
        Option("both", say("both ways", lang)),
        Option("mentee_to_mentor", say("from the {mentee} to the {mentor}", lang, **people)),
    )
    return (
        _question(
            "talk_share_mentor",
            "number",
            say("Who talked how much? The share of the {mentor} in percent", lang, **people),
            low=0,
            high=100,
            hint=say("50 means that both talked the same", lang),
        ),
        _question("agenda_by", "choice", say("Who chose what you talked about?", lang), options=both),
        _question("questions_by", "choice", say("Who asked more questions?", lang), options=both),
        _question("advice_direction", "choice", say("Which way did advice go?", lang), options=advice),
        _question(
            "held_back",
            "choice",
            say("How far did the {mentor} hold back what he or she thought?", lang, **people),
            options=_steps(lang, "not at all", "a little", "somewhat", "much", "very much"),
        ),
        _question(
            "usefulness",
            "choice",
            say("How useful was the meeting to you?", lang),
            options=_steps(lang, "not useful", "a little useful", "fairly useful", "useful", "very useful"),
        ),
    )


def intake(
    plan: Plan, *, role: str, lang: str = "en", attributes: Iterable[str] = (), interests: Iterable[str] = ()
) -> Questionnaire:
    """Describe the form that applicants fill in, so that mentors and mentees can be matched.

    Parameters
    ----------
    plan : Plan
        The study's plan; its matching says what is asked.
    role : str
        Role of the applicant.
    lang : {'en', 'it'}
        Language.
    attributes : iterable of str
        Attributes of ``profiles`` that are in use, such as ``need_data``; a general list when empty.
    interests : iterable of str
        Interests in use; a general list when empty.

    Returns
    -------
    Questionnaire
        Motivation, needs or skills, and whatever else the plan's matching takes into account.

    Examples
    --------
    >>> import rmstudy as rm
    >>> plan = rm.load_sample("digital-skills").plan
    >>> form = rm.programme.questionnaire.intake(plan, role="mentee", attributes=["need_data", "trait_openness"])
    >>> [row.goes_to for question in form.questions for row in question.rows][6:9]
    ['applications.motivation', 'profiles.need_data', 'profiles.interest.cooking']
    """
    acts_as = plan.roles[role].acts_as or role
    prefix = "skill" if acts_as == "mentor" else "need"
    names = tuple(attributes)
    topics = topics_of(names)
    traits = tuple(name.removeprefix("trait_") for name in names if name.startswith("trait_")) or tuple(
        TRAITS
    )
    liked = tuple(sorted(interests)) or tuple(INTERESTS)
    wanted: set[str] = {*plan.matching.weights, *plan.matching.constraints}
    sections = [_motivation(lang), _topics(prefix, topics, lang)]
    if wanted & set(ASKED["interest"]):
        sections.append(_ticks("interest", say("Interests", lang), liked, INTERESTS, lang))
    if wanted & set(ASKED["trait"]):
        sections.append(_traits(traits, lang))
    if wanted & set(ASKED["language"]):
        sections.append(_ticks("language", say("Languages", lang), tuple(LANGUAGES), LANGUAGES, lang))
    sections += _practical(wanted, lang)
    opening = (information(plan, lang, purpose="intake"), linking_code(lang))
    title = " – ".join((choose(plan.programme.name, lang), say("Application", lang)))
    return Questionnaire(f"intake-{role}", title, lang, "profiles", (*opening, *sections), role=role)


def topics_of(attributes: Sequence[str]) -> tuple[str, ...]:
    """Topics of needs and skills in use, or the general ones."""
    found = {name.partition("_")[2] for name in attributes if name.startswith(("need_", "skill_"))}
    return tuple(sorted(found)) or tuple(TOPICS)


def _part(plan: Plan, part: str, lang: str) -> str:
    """The study's own name of the mentor or the mentee, as it stands in a sentence."""
    role = plan.role_acting_as("mentor" if part == "mentor" else "mentee")
    if role is None:
        raise DesignError(f"No role of the plan acts as {part}. Say so in roles.ROLE.acts_as.")
    label = plan.roles[role].label
    name = choose(label, lang) if label else say(part, lang)
    return name[:1].lower() + name[1:]


def _question(
    code: str,
    kind: str,
    text: str,
    *,
    options: tuple[Option, ...] = (),
    low: float | None = None,
    high: float | None = None,
    required: bool = False,
    hint: str = "",
    table: str = "meeting_log",
) -> Question:
    """A question of one row."""
    row = (Row(code, f"{table}.{code}"),)
    return Question(code, kind, row, text, options, low, high, required, hint)  # type: ignore[arg-type]


def _steps(lang: str, *words: str) -> tuple[Option, ...]:
    """A scale from 0."""
    return tuple(Option(str(step), say(word, lang)) for step, word in enumerate(words))


def _words(known: dict[str, str], name: str, lang: str) -> str:
    """Words of a topic; its own name where there are none."""
    return say(known[name], lang) if name in known else name.replace("_", " ")


def _motivation(lang: str) -> Section:
    """How much somebody wants to take part."""
    words = ("not at all", "a little", "somewhat", "much", "very much")
    options = tuple(Option(str(step), say(word, lang)) for step, word in enumerate(words, start=1))
    text = say("How much do you want to take part?", lang)
    question = _question("motivation", "choice", text, options=options, table="applications")
    return Section("application", say("Your application", lang), (), (question,))


def _topics(prefix: str, topics: tuple[str, ...], lang: str) -> Section:
    """What a mentee needs, or what a mentor can show."""
    if prefix == "need":
        title, intro = (
            say("What you would like to learn", lang),
            say("How much do you need each of these?", lang),
        )
        options = _steps(lang, "not at all", "a little", "somewhat", "much", "very much")
    else:
        title, intro = say("What you can show others", lang), say("How well do you know each of these?", lang)
        options = _steps(lang, "not at all", "a little", "fairly well", "well", "very well")
    rows = tuple(
        Row(f"{prefix}_{topic}", f"profiles.{prefix}_{topic}", _words(TOPICS, topic, lang))
        for topic in topics
    )
    return Section(prefix, title, (intro,), (Question(prefix, "matrix", rows, options=options),))


def _ticks(attribute: str, title: str, names: tuple[str, ...], known: dict[str, str], lang: str) -> Section:
    """Several answers to one attribute: yes or no to each."""
    options = (Option("yes", say("yes", lang)), Option("no", say("no", lang)))
    rows = tuple(
        Row(f"{attribute}_{name}", f"profiles.{attribute}.{name}", _words(known, name, lang))
        for name in names
    )
    return Section(attribute, title, (), (Question(attribute, "matrix", rows, options=options),))


def _traits(traits: tuple[str, ...], lang: str) -> Section:
    """Ways of working, for how near two people are."""
    words = ("not at all true", "hardly true", "partly true", "mostly true", "entirely true")
    options = tuple(Option(str(step), say(word, lang)) for step, word in enumerate(words, start=1))
    rows = tuple(
        Row(f"trait_{name}", f"profiles.trait_{name}", _words(TRAITS, name, lang)) for name in traits
    )
    title, intro = say("How you like to work", lang), say("How far is this true of you?", lang)
    return Section("trait", title, (intro,), (Question("trait", "matrix", rows, options=options),))


def _practical(wanted: set[str], lang: str) -> list[Section]:
    """Place and hours, where the matching asks for them."""
    questions = []
    if wanted & set(ASKED["site"]):
        questions.append(_question("site", "text", say("Where do you work (site)?", lang), table="profiles"))
    if wanted & set(ASKED["hours"]):
        text, hint = say("Your working hours", lang), say("such as 9-17", lang)
        questions.append(_question("hours", "text", text, hint=hint, table="profiles"))
        text, hint = say("Your time zone", lang), say("such as Europe/Rome", lang)
        questions.append(_question("time_zone", "text", text, hint=hint, table="profiles"))
    return [Section("practical", say("Place and time", lang), (), tuple(questions))] if questions else []
