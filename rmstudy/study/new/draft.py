"""Answers into the text of a ``study.yml`` that explains itself.

What was answered is written; what was not stands there as a comment, so that it can be filled in later.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from rmstudy.wording import say

Line = tuple[str, Any, str]


def draft(answers: Mapping[str, Any], lang: str = "en") -> str:
    """Write the plan.

    Parameters
    ----------
    answers : mapping of str to object
        From `rmstudy.study.new.answers.checked`.
    lang : {'en', 'it'}
        Language of the comments, and of the page.

    Returns
    -------
    str
        The text of a ``study.yml``.
    """
    parts = [_head(lang), _programme(answers, lang), _goals(answers, lang), _instruments(answers, lang)]
    parts += [_waves(answers, lang), _design(answers, lang), _analysis(lang), _matching(lang)]
    parts += [_monitoring(answers, lang), _privacy(answers, lang), _report(answers, lang)]
    return "\n\n".join(parts) + "\n"


def slug(text: str, otherwise: str) -> str:
    """A name for a part of the plan, made from its words.

    Examples
    --------
    >>> slug("Fiducia con la tecnologìa!", "outcome"), slug("12 %", "outcome")
    ('fiducia-con-la-tecnologia', 'outcome')
    """
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", plain)
    name = "-".join(words)[:40].strip("-")
    return name if re.match(r"[a-z]", name) else otherwise


def _head(lang: str) -> str:
    """What the file is."""
    lines = [
        say("The plan of a mentoring programme: what it is to reach, and what must be seen for that.", lang),
        say("Write it before the outcome data exist, then freeze it: rmstudy lock.", lang),
        say(
            "A line that begins with # is a comment. Remove the # to use it; delete what you do not need.",
            lang,
        ),
        say("Texts may be given once, or per language: {both}.", lang, both="{en: ..., it: ...}"),
        say("Every key is explained in docs/data-dictionary.md. What is still open: rmstudy check.", lang),
    ]
    return "\n".join([*(f"# {line}" for line in lines), "version: 1"])


def _programme(answers: Mapping[str, Any], lang: str) -> str:
    """The programme itself."""
    lines: list[Line] = [
        ("name", answers["name"], ""),
        ("start", answers["start"], say("first day", lang)),
        ("end", answers["end"], say("last day", lang)),
        ("seats", answers["seats"], say("how many can take part", lang)),
        ("planned_meetings", answers["meetings"], say("for each pair, over the whole time", lang)),
        ("planned_minutes", answers["minutes"], say("for each meeting", lang)),
        (
            "recruitment",
            answers["recruitment"],
            say("open: people apply; closed: they are picked; or mixed", lang),
        ),
    ]
    about = say("The programme: how long, how many, how often.", lang)
    return _section("programme", about, lines)


def _goals(answers: Mapping[str, Any], lang: str) -> str:
    """Goal, method and success."""
    criterion = slug(answers["success"], "success")
    contrast = "change" if answers["comparison"] == "none" else "comparison"
    level = int(answers["level"]) if answers["level"] else None
    goal: list[Line] = [
        ("- id", "goal-1", say("further goals begin with the same dash", lang)),
        ("  statement", answers["goal"], say("what is to be reached", lang)),
        ("  role", answers["role"], say("for whom: mentor, mentee, or unit for a whole department", lang)),
        ("  method", answers["method"], say("how the programme is to bring it about", lang)),
        ("  level", level, say("1 reaction, 2 learning, 3 behaviour, 4 results", lang)),
    ]
    success: list[Line] = [
        ("- id", criterion, ""),
        ("  label", answers["success"], say("what must have grown", lang)),
        ("  instrument", _instrument(answers), say("how it is measured; see instruments", lang)),
        (
            "  contrast",
            contrast,
            say("change: after minus before; comparison: programme minus comparison; share", lang),
        ),
        ("  threshold", answers["threshold"], say("the least improvement that counts", lang)),
        (
            "  unit",
            "raw",
            say("raw: points; sd: of the reference group; percent: of the highest score", lang),
        ),
        ("  priority", "primary", say("primary decides about the goal, secondary explains", lang)),
        ("  rationale", answers["rationale"], say("why this threshold", lang)),
        ("  fixed_on", answers["fixed_on"], say("the day on which it was fixed", lang)),
    ]
    about = say("What is to be reached, for whom, and what must be seen for it to count as reached.", lang)
    lines = [f"# {about}", "goals:", *_lines(goal, 2), "    criteria:", *_lines(success, 6)]
    return "\n".join(lines)


def _instruments(answers: Mapping[str, Any], lang: str) -> str:
    """How it is measured."""
    low, high = answers["lowest"], answers["highest"]
    if answers["items"] and (low is None or high is None):
        low, high = 1.0, 5.0  # the usual scale of agreement
    given = None if low is None or high is None else [_plain(low), _plain(high)]
    lines: list[Line] = [
        ("name", answers["instrument"], ""),
        ("role", answers["role"], say("who answers", lang)),
        ("range", given, say("lowest and highest answer to a question", lang)),
        ("higher_is", answers["higher_is"], say("which direction is an improvement", lang)),
        (
            "reference_mean",
            None,
            say("mean of all the people that they come from, not of those chosen", lang),
        ),
        ("reference_sd", None, say("its standard deviation", lang)),
        ("stability", None, say("correlation with itself over that time, 0 to 1, without a programme", lang)),
        ("stability_source", None, say("where that figure comes from", lang)),
        ("licence", answers["licence"], say("under which licence it may be used", lang)),
        (
            "commercial_ok",
            answers["commercial_ok"],
            say("whether a paid report may use it: yes, no, unknown", lang),
        ),
    ]
    items: list[str] = []
    if answers["items"]:
        items = ["    items:", *(f"      i{n}: {_scalar(one)}" for n, one in enumerate(answers["items"], 1))]
    about = say("Tests and questionnaires. Without items, one number a person and wave.", lang)
    return "\n".join(
        [f"# {about}", "instruments:", f"  {_value(_instrument(answers))}:", *_lines(lines, 4), *items]
    )


def _waves(answers: Mapping[str, Any], lang: str) -> str:
    """When it is measured."""
    about = say("When it is measured. A wave without the day on which it closed is still open.", lang)
    lines = [f"# {about}", "waves:"]
    for wave, day in (("pre", answers["before"]), ("post", answers["after"])):
        lines += [f"  {wave}:", *_lines([("label", _wave_label(wave, lang), "")], 4)]
        lines += _lines([("opened", day, say("first day", lang)), ("closed", None, say("last day", lang))], 4)
    return "\n".join(lines)


def _wave_label(wave: str, lang: str) -> str:
    """What people call a wave."""
    return say("Before the start", lang) if wave == "pre" else say("After the end", lang)


def _design(answers: Mapping[str, Any], lang: str) -> str:
    """Who takes part, who selects, and whom they are compared with."""
    compared = answers["comparison"] != "none"
    mechanism = answers["mechanism"]
    lines: list[Line] = [
        ("who_takes_part", answers["who_takes_part"], say("who may take part", lang)),
        ("who_selects", answers["who_selects"], say("who decides who gets a seat", lang)),
    ]
    about = say(
        "Who takes part and who selects. More applicants than seats? A lottery with a waiting list is fair, and "
        "shows what the programme did.",
        lang,
    )
    hint = say("how people got a seat: lottery, first_come, manager, criteria, self, everyone", lang)
    arm = say("the group they are compared with: waitlist, comparison, not_selected", lang)
    ways: list[Line] = [
        ("mechanism", mechanism, hint),
        ("comparison", answers["comparison"] if compared else None, arm),
    ]
    mark = "" if mechanism else "# "
    assigned = [f"  {mark}assignment:", f"    {mark}{answers['role']}:", *_lines(ways, 6)]
    planning: list[Line] = [
        ("applicants", None, say("how many are expected", lang)),
        ("effects", [0.0, 0.2, 0.4], say("in standard deviations; for planning only", lang)),
    ]
    expected = ["  assumptions:", *_lines(planning, 4)]
    return "\n".join([f"# {about}", "design:", *_lines(lines, 2), *assigned, *expected])


def _analysis(lang: str) -> str:
    """How the data will be analysed."""
    about = say("How the data will be analysed. Without these lines the values shown here apply.", lang)
    lines: list[Line] = [
        ("level", 0.95, say("confidence level", lang)),
        ("cluster", "pairs", say("people joined by pairs are not independent", lang)),
    ]
    return _section("analysis", about, lines)


def _matching(lang: str) -> str:
    """What matters in matching."""
    about = say("What matters when mentors and mentees are matched, and what a pair must fulfil.", lang)
    return "\n".join(
        [
            f"# {about}",
            "matching:",
            "  weights: {skill: 0.6, interest: 0.4}",
            "  constraints: [different_unit, no_reporting_line]",
        ]
    )


def _monitoring(answers: Mapping[str, Any], lang: str) -> str:
    """What is asked of pairs, and who looks."""
    about = say("What is asked of a pair, and who looks at how it gets on.", lang)
    basis = say("such as an agreement with the works council; without it, only aggregated figures", lang)
    lines: list[Line] = [
        ("commitment", answers["commitment"], say("what is asked of a pair", lang)),
        ("progress", answers["progress"], say("who looks, how often, and what happens then", lang)),
        ("legal_basis", answers["legal_basis"], basis),
        ("first_meeting_within_days", 21, say("later than that is a sign to look", lang)),
    ]
    return _section("monitoring", about, lines)


def _privacy(answers: Mapping[str, Any], lang: str) -> str:
    """Protection of people."""
    about = say("Protection of the people in the data. Ask your data protection officer.", lang)
    lines: list[Line] = [
        ("minimum_cell", 5, say("smaller groups are never shown", lang)),
        ("basis", answers["privacy_basis"], say("on what the use of the answers rests", lang)),
        ("contact", answers["contact"], say("a shared mailbox, nobody's own address", lang)),
        ("retention_until", answers["delete_on"], say("the day on which the data are deleted", lang)),
    ]
    return _section("privacy", about, lines)


def _report(answers: Mapping[str, Any], lang: str) -> str:
    """The client's page."""
    about = say("The client's page. The first language is that of the page.", lang)
    languages = [lang, "it" if lang == "en" else "en"]
    return _section("report", about, [("client", answers["client"], ""), ("languages", languages, "")])


def _instrument(answers: Mapping[str, Any]) -> str:
    """Id of the instrument."""
    return slug(answers["instrument"], "measure").replace("-", "_")


def _section(name: str, about: str, lines: Sequence[Line]) -> str:
    """A section with its explanation."""
    return "\n".join([f"# {about}", f"{name}:", *_lines(lines, 2)])


def _lines(lines: Sequence[Line], indent: int) -> list[str]:
    """Keys with their values and hints; a key without a value becomes a comment."""
    written = []
    for key, value, hint in lines:
        stated = f"{key}: {_value(value)}" if value is not None else f"# {key.strip()}: ..."
        lead = " " * (indent + (len(key) - len(key.lstrip()) if value is None else 0))
        written.append(f"{lead}{stated}" + (f"  # {hint}" if hint else ""))
    return written


def _value(value: Any) -> str:
    """A value as YAML in one line."""
    if isinstance(value, list):
        return "[" + ", ".join(_value(one) for one in value) + "]"
    if isinstance(value, str):
        return value if re.fullmatch(r"[a-z][a-z0-9_-]*", value) and value not in _WORDS else _scalar(value)
    return str(_plain(value))


_WORDS = ("yes", "no", "true", "false", "null", "on", "off", "y", "n")  # YAML would not read them as text


def _scalar(text: str) -> str:
    """A text in quotation marks, whatever is in it."""
    return yaml.safe_dump(text, default_style='"', allow_unicode=True, width=float("inf")).strip()


def _plain(value: Any) -> Any:
    """A whole number without its point."""
    return int(value) if isinstance(value, float) and value == int(value) else value
