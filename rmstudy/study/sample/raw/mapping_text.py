"""A ``mapping.yml`` as a person writes it: where columns belong, what was decided, and why."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from textwrap import wrap

PLAIN = re.compile(r"[A-Za-z_][\w./ -]*[\w)]|[A-Za-z_]")
WORDS = ("yes", "no", "true", "false", "null", "on", "off", "y", "n")


def scalar(text: str) -> str:
    """A text as YAML: bare where that is safe, else in double quotes.

    Examples
    --------
    >>> scalar("responses.tech_confidence.tc1"), scalar("1"), scalar("yes")
    ('responses.tech_confidence.tc1', '"1"', '"yes"')
    """
    bare = PLAIN.fullmatch(text) and text.casefold() not in WORDS and " #" not in text
    return text if bare else json.dumps(text, ensure_ascii=False)


def flow(value: object) -> str:
    """A value on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(str(key))}: {flow(some)}" for key, some in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(flow(some) for some in value) + "]"
    return scalar(str(value))


def described(name: str, why: str = "", **keys: str) -> str:
    """What a questionnaire is about, on one line."""
    comment = f"  # {why}" if why else ""
    return f"  {name}: {flow(keys)}{comment}"


class Section:
    """The section of one questionnaire: decisions first, each with its reason, then where the columns belong."""

    def __init__(self, name: str) -> None:
        self.lines = [f"    {name}:"]

    def why(self, text: str) -> Section:
        """A comment, over as many lines as it needs."""
        self.lines += [f"      # {line}" for line in wrap(text, 96)]
        return self

    def put(self, key: str, value: object, because: str = "") -> Section:
        """A key with its value, and the reason above it."""
        if because:
            self.why(because)
        self.lines.append(f"      {key}: {flow(value)}")
        return self

    def columns(self, places: Mapping[str, str]) -> Section:
        """Where the columns belong, a line each."""
        self.lines.append("      columns:")
        self.lines += [f"        {scalar(column)}: {place}" for column, place in places.items()]
        return self

    def answers(self, by_place: Mapping[str, Mapping[str, str]]) -> Section:
        """What stands for a code or a label, a line a place."""
        if by_place:
            self.lines.append("      answers:")
            self.lines += [f"        {place}: {flow(answers)}" for place, answers in by_place.items()]
        return self

    def leave_out(self, rows: Sequence[tuple[str, Sequence[str], str]]) -> Section:
        """Rows that are nobody's answers, each with the reason."""
        self.lines.append("      leave_out:")
        for column, values, because in rows:
            self.lines.append(
                f"        - {flow({'column': column, 'values': list(values), 'because': because})}"
            )
        return self

    def text(self) -> str:
        """The section."""
        return "\n".join(self.lines)


def mapping_text(head: str, reader: str, about: Sequence[str], exports: Sequence[str]) -> str:
    """The whole file."""
    comment = [f"# {line}" for paragraph in head.split("\n") for line in wrap(paragraph, 104)]
    parts = [*comment, "format: 1", 'confirmed: "yes"', "", "questionnaires:", *about, "", "sources:"]
    return "\n".join([*parts, f"  {reader}:", *exports]) + "\n"
