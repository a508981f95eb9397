"""How we refuse: what is wrong, where, and what to do next, everything at once.

Three errors share one base. `PlanError` is about ``study.yml``, `DataError` about the tables,
`DesignError` about a question that the data at hand cannot answer. The first two carry
`Problem` objects, so that a program can read them as well as a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

Severity = Literal["refused", "to decide", "to know"]

SHOWN_OF_A_KIND = 4
SHOWN_ROWS = 12
LONGEST = 200  # signs of a place
MOST = 4_000  # signs of a sentence
_BITS = 1_000
_LOOKED_AT = 500
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_TELEPHONE = re.compile(r"^\+?[\d\s()/.-]{9,}$")
_FREE_TEXT = 5  # words: what somebody wrote may name somebody
_WORD = r"[^\W\d_]+(?:['’-][^\W\d_]+)*"
_NAME = re.compile(rf"^{_WORD}(?:,?\s+{_WORD}){{1,3}}$")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, or to be decided or known, with its place and the next step.

    Parameters
    ----------
    what : str
        What is wrong, as a sentence without a full stop.
    next_step : str
        What the reader can do about it, as a full sentence.
    file : str
        File name inside the study folder.
    row : int or None
        Line of the file as a spreadsheet shows it (the header is row 1).
    column : str
        Column of a table, or dotted path of a key in ``study.yml``.
    value : object
        The offending value; masked when it could name a person.
    severity : {'refused', 'to decide', 'to know'}
        Whether the study cannot be used, needs a decision, or only needs to be known.
    rule : str
        Name of the rule that found it, where there is one (`rmstudy.study.messes.MESSES`).

    Examples
    --------
    >>> print(Problem("outside the range 1 to 5", "Correct the answer.", "responses.csv", 14, "value", 7))
    responses.csv, row 14, column value, value 7: outside the range 1 to 5. Correct the answer.
    """

    what: str
    next_step: str = ""
    file: str = ""
    row: int | None = None
    column: str = ""
    value: object = None
    severity: Severity = "refused"
    rule: str = ""

    def __str__(self) -> str:
        column = "key" if self.file.endswith((".yml", ".yaml")) else "column"
        place = [
            _harmless(self.file),
            f"row {self.row}" if self.row is not None else "",
            f"{column} {_harmless(self.column)}" if self.column else "",
            f"value {masked(self.value)}" if self.value is not None else "",
        ]
        where = ", ".join(part for part in place if part)
        what = self.what if self.what.endswith("?") else f"{self.what}."
        parts = (f"{where}:" if where else "", _harmless(what, MOST), _harmless(self.next_step, MOST))
        return " ".join(part for part in parts if part)


class RmstudyError(Exception):
    """Base of every error that rmstudy raises on purpose."""


class DesignError(RmstudyError):
    """The question cannot be answered from these data; the message names what to ask instead."""


class _ListedError(RmstudyError):
    """An error that carries a list of problems."""

    def __init__(self, problems: str | Problem | Sequence[Problem]) -> None:
        if isinstance(problems, str):
            problems = (Problem(problems.rstrip(".")),)
        elif isinstance(problems, Problem):
            problems = (problems,)
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__(listed(self.problems))


class PlanError(_ListedError):
    """``study.yml`` cannot be used as it is."""


class DataError(_ListedError):
    """The study's tables cannot be used as they are."""


def listed(problems: Iterable[Problem]) -> str:
    """Write problems one to a line under the heading of their severity, most serious first.

    Examples
    --------
    >>> print(listed([Problem("the file is empty", "Export it again.", "pairs.csv")]))
    pairs.csv: the file is empty. Export it again.
    """
    problems = list(problems)
    if len(problems) == 1:
        return str(problems[0])
    lines: list[str] = []
    severities: tuple[Severity, ...] = ("refused", "to decide", "to know")
    for severity in severities:
        chosen = [problem for problem in problems if problem.severity == severity]
        if not chosen:
            continue
        lines.append(f"{severity} ({len(chosen)}):")
        for alike in _alike(chosen):
            lines += [f"  - {problem}" for problem in alike[:SHOWN_OF_A_KIND]]
            if len(alike) > SHOWN_OF_A_KIND:
                rows = [str(problem.row) for problem in alike[SHOWN_OF_A_KIND:] if problem.row is not None]
                where = f" in rows {', '.join(rows[:SHOWN_ROWS])}{', ...' if len(rows) > SHOWN_ROWS else ''}"
                lines.append(f"  - the same {len(alike) - SHOWN_OF_A_KIND} times more{where if rows else ''}")
    return "\n".join(lines)


def _alike(problems: Sequence[Problem]) -> list[list[Problem]]:
    """Problems of one kind together: the same sentence about the same column of the same file."""
    kinds: dict[tuple[str, str, str], list[Problem]] = {}
    for problem in problems:
        sentence = re.sub(r"\d+", "#", problem.what)
        kinds.setdefault((problem.file, problem.column, sentence), []).append(problem)
    return list(kinds.values())


def masked(value: object) -> str:
    """Write a value for a message, hidden when it looks like an e-mail, a telephone number, a name or free text.

    Examples
    --------
    >>> masked(7), masked("mentee"), masked("maria.rossi@example.org")
    ('7', "'mentee'", '(hidden: looks like an e-mail address)')
    """
    if isinstance(value, int) and value.bit_length() > _BITS:
        return "(a number of very many digits)"
    if not isinstance(value, str):
        return str(value)
    text = value.strip()[
        :_LOOKED_AT
    ]  # no more than that is shown, and an endless cell would be looked at for hours
    if _EMAIL.search(text):
        return "(hidden: looks like an e-mail address)"
    if (
        _TELEPHONE.match(text)
        and sum(c.isdigit() for c in text) >= 9
        and not re.match(r"^\d{4}-\d\d-\d\d", text)
    ):
        return "(hidden: looks like a telephone number)"
    if _NAME.match(text):  # two to four words: better a label hidden than a person shown
        return "(hidden: looks like a name)"
    if len(text.split()) >= _FREE_TEXT:
        return "(hidden: looks like free text)"
    return repr(text if len(text) <= 60 else text[:57] + "...")


def _harmless(text: str, longest: int = LONGEST) -> str:
    """A text out of a file as one line of a message: nothing in it steers a terminal or fills it."""
    text = text if len(text) <= longest else f"{text[: longest - 20]}...{text[-15:]}"
    return text if text.isprintable() else "".join(sign if sign.isprintable() else "?" for sign in text)


def closest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that looks most like a word, if one does.

    Examples
    --------
    >>> closest("Treshold", ["threshold", "unit"])
    'threshold'
    """
    folded = {name.casefold(): name for name in sorted(set(known))}
    found = get_close_matches(word.casefold(), folded, n=1, cutoff=0.7)
    return folded[found[0]] if found else None


def nearest(word: str, known: Iterable[str]) -> str:
    """Name the nearest known word as a sentence, or list what is allowed.

    Examples
    --------
    >>> nearest("treshold", ["threshold", "unit"])
    "Did you mean 'threshold'?"
    >>> nearest("xyz", ["threshold", "unit"])
    'Allowed: threshold, unit.'
    """
    known = sorted(set(known))
    similar = closest(word, known)
    if similar:
        return f"Did you mean {similar!r}?"
    return f"Allowed: {', '.join(known)}." if known else "Nothing is allowed here."
