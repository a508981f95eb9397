"""The consultant's words: texts of the study's folder that stand in the report and survive every rerun.

A file ``commentary/SECTION.md`` is printed at the end of its section, ``commentary/SECTION.it.md`` in
the Italian report only. Recommendations are files whose name begins with ``recommendation``; each opens
with its front matter (``accepted``, ``owner``, ``date``) and is a draft until it is accepted.
"""

from __future__ import annotations

import datetime as dt
import html
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rmstudy.errors import PlanError, Problem, closest
from rmstudy.report.exhibit import Exhibit, element, join
from rmstudy.study.study import Study
from rmstudy.wording import LANGUAGES

FOLDER: Final = "commentary"
SECTIONS: Final = (
    "summary", "goals", "evaluation", "people", "results", "benefit", "monitoring", "costs", "lessons", "limits",
    "annex",
)  # fmt: skip
_RECOMMENDATION: Final = re.compile(r"^recommendation[A-Za-z0-9_-]*$")
_YES: Final = {"yes": True, "true": True, "no": False, "false": False}
LONGEST: Final = 20_000  # characters of one text
_KEYS: Final = ("accepted", "owner", "date")


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A recommendation: its text, and who has taken it on and when, once it is accepted."""

    text: str
    accepted: bool = False
    owner: str = ""
    date: dt.date | None = None


def said(study: Study, section: str, lang: str) -> Exhibit:
    """The consultant's words on a section, or nothing."""
    words = _read(study, section, lang)
    return element("div", paragraphs(words), cls="commentary") if words.strip() else Exhibit("")


def recommendations(study: Study, lang: str) -> list[Recommendation]:
    """Every recommendation of a language, drafts as well, in the order of the files' names.

    Raises
    ------
    PlanError
        When front matter cannot be read, or an accepted recommendation has no owner or no date.
    """
    found, problems = [], []
    names = {stem for stem, _, _ in _files(study) if _RECOMMENDATION.match(stem)}
    for name in sorted(names):
        text = _read(study, name, lang)
        if not text.strip():
            continue
        one, wrong = _parsed(text, f"{FOLDER}/{name}.md")
        problems += wrong
        found.append(one)
    if problems:
        raise PlanError(problems)
    return found


def unknown(study: Study) -> list[str]:
    """Names of files in the folder that belong to no section, and so are not printed."""
    folder = study.path / FOLDER
    if not folder.is_dir():
        return []
    fitting = {path.name for stem, lang, path in _files(study) if _known(stem) and lang in ("", *LANGUAGES)}
    return sorted(path.name for path in folder.iterdir() if path.name not in fitting and path.name[0] != ".")


def advice(name: str) -> str:
    """The section that a misspelt file name may have meant, or nothing."""
    return closest(name.split(".")[0], SECTIONS) or ""


def _known(stem: str) -> bool:
    """Whether a file of this name is printed."""
    return stem in SECTIONS or bool(_RECOMMENDATION.match(stem))


def _files(study: Study) -> list[tuple[str, str, Path]]:
    """Text files of the folder: name, language (empty for every one), and path."""
    folder = study.path / FOLDER
    if not folder.is_dir():
        return []
    inside = study.path.resolve()  # a link to somewhere else would print what is not the study's
    found = []
    for path in sorted(folder.glob("*.md")):
        stem, _, lang = path.name.removesuffix(".md").partition(".")
        if path.is_file() and path.resolve().is_relative_to(inside):
            found.append((stem, lang, path))
    return found


def _read(study: Study, section: str, lang: str) -> str:
    """The text of a section in a language, or the one for every language."""
    there = {given: path for stem, given, path in _files(study) if stem == section}
    path = there.get(lang) or there.get("")
    if path is None:
        return ""
    try:
        words = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        step = "Save it as UTF-8 text."
        raise PlanError(Problem("the text cannot be read", step, f"{FOLDER}/{path.name}")) from error
    if len(words) > LONGEST:
        step = f"Shorten it to {LONGEST} characters: the whole report has at most eight pages."
        raise PlanError(Problem("the text is too long", step, f"{FOLDER}/{path.name}"))
    return words


def _parsed(text: str, file: str) -> tuple[Recommendation, list[Problem]]:
    """A recommendation with its front matter, and what is wrong with that."""
    lines = text.strip().splitlines()
    if not lines or lines[0].strip() != "---":
        return Recommendation(text), []
    end = next((i for i, line in enumerate(lines[1:], start=1) if line.strip() == "---"), None)
    if end is None:
        return Recommendation(""), [Problem("the front matter has no end", "Close it with a line ---.", file)]
    given: dict[str, str] = {}
    problems = []
    for line in filter(str.strip, lines[1:end]):
        key, _, value = (part.strip() for part in line.partition(":"))
        if key not in _KEYS:
            problems.append(Problem("unknown key", f"Known: {', '.join(_KEYS)}.", file, column=key))
        given[key] = value.strip("\"'")
    accepted = _YES.get(given.get("accepted", "no").lower())
    if accepted is None:
        problems.append(Problem("neither yes nor no", "Write accepted: yes or no.", file, column="accepted"))
    date = _date(given.get("date", ""))
    if accepted and not given.get("owner"):
        step = "Say who has taken it on: owner: HR development."
        problems.append(Problem("accepted without an owner", step, file, column="owner"))
    if date is None and (accepted or given.get("date")):
        step = "Write the day as 2024-09-30."
        problems.append(Problem("no day on which it was accepted", step, file, column="date"))
    body = "\n".join(lines[end + 1 :]).strip()
    return Recommendation(body, bool(accepted), given.get("owner", ""), date), problems


def _date(text: str) -> dt.date | None:
    """A day, or None where it is none."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def paragraphs(text: str) -> Exhibit:
    r"""Plain text as paragraphs and lists; ``**bold**`` and ``*italic*`` count, everything else is only text.

    Examples
    --------
    >>> paragraphs("Meetings were **well** liked.\n\n- more <time>").html
    '<p>Meetings were <strong>well</strong> liked.</p><ul><li>more &lt;time&gt;</li></ul>'
    """
    parts = []
    for block in re.split(r"\n\s*\n", text.replace("\r", "").strip()):
        lines = [line.strip() for line in block.splitlines()]
        if all(re.match(r"[-*] ", line) for line in lines):
            parts.append(element("ul", *(element("li", _inline(line[2:])) for line in lines)))
        else:
            parts.append(element("p", _inline(" ".join(line.lstrip("# ") for line in lines))))
    return join(*parts)


def _inline(words: str) -> Exhibit:
    """Words with their emphasis, escaped first."""
    safe = html.escape(words)
    safe = re.sub(r"\*\*(\S(?:.*?\S)?)\*\*", r"<strong>\1</strong>", safe)
    return Exhibit(re.sub(r"\*(\S(?:[^*]*?\S)?)\*", r"<em>\1</em>", safe))
