"""Reading ``study.yml``: everything that is wrong in one list, each with its key and the next step."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, get_args

import yaml
from pydantic import ValidationError

from rmstudy.errors import PlanError, Problem, nearest
from rmstudy.study.contradictions import FILE, contradictions
from rmstudy.study.nodes import UNREADABLE, Bounded
from rmstudy.study.plan import Plan, Section

LARGEST_PLAN: Final = 1_000_000


class _OneOfEach(Bounded):
    """Refuses a key given twice instead of keeping the last one."""

    def construct_mapping(self: Any, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Build a mapping, checking its keys first."""
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = [key for key, times in Counter(map(str, keys)).items() if times > 1]
        if twice:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {twice[0]!r} stands twice", node.start_mark
            )
        built: dict[Any, Any] = super().construct_mapping(node, deep)  # type: ignore[misc]
        return built


class _Loader(_OneOfEach, yaml.SafeLoader):
    """Safe YAML, slow, which says best what is wrong."""


class _QuickLoader(_OneOfEach, getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Safe YAML by libyaml, where PyYAML was built with it."""


def _content(text: str) -> Any:
    """YAML as plain data; what the quick reader does not take, and tabs, are for the other to judge."""
    try:
        return yaml.load(text, Loader=_Loader if "\t" in text else _QuickLoader)
    except UNREADABLE:
        return yaml.load(text, Loader=_Loader)


def read_plan(path: Path) -> Plan:
    """Read and check ``study.yml``.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    Plan
        The typed plan.

    Raises
    ------
    PlanError
        With every problem found, each with its key and the next step.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        if not path.parent.is_dir():
            raise PlanError(
                Problem("there is no such folder", f"Give the folder with {FILE}.", str(path.parent))
            ) from None
        others = sorted(other.name for other in path.parent.glob("*.y*ml"))
        next_step = f"Rename {others[0]!r} to {FILE!r}." if others else f"A study folder needs a {FILE}."
        raise PlanError(Problem("the plan is missing", next_step, FILE)) from None
    except UnicodeDecodeError:
        raise PlanError(Problem("not UTF-8 text", "Save it again as UTF-8.", FILE)) from None
    except OSError as error:
        what = f"the file cannot be read ({error.strerror or error})"
        raise PlanError(Problem(what, "Put a file there that you may read.", FILE)) from None
    if len(text) > LARGEST_PLAN:
        raise PlanError(Problem("the file is too large to be a plan", "Data belong into the tables.", FILE))
    try:
        content = _content(text)
    except UNREADABLE as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or str(error)
        if isinstance(error, KeyError | IndexError | TypeError | AttributeError):
            what = "a value that is not what its tag says"
        row = mark.line + 1 if mark else None
        raise PlanError(Problem(f"not valid YAML: {what}", "Mend the line.", FILE, row)) from None
    if not isinstance(content, dict):
        raise PlanError(
            Problem("the plan is empty", "Write version, programme, goals and instruments.", FILE)
        )
    return parse_plan(content)


def parse_plan(content: dict[str, Any]) -> Plan:
    """Check a plan given as plain data; see `read_plan`."""
    try:
        plan = Plan.model_validate(content)
    except ValidationError as error:
        raise PlanError([_problem(details) for details in _first_causes(error)]) from None
    problems = list(contradictions(plan))
    if problems:
        raise PlanError(problems)
    return plan


def _first_causes(error: ValidationError) -> list[Any]:
    """Pydantic's complaints without those that only say that a part inside was refused."""
    found = error.errors()
    places = [details["loc"] for details in found]
    return [
        details
        for details in found
        if details["type"] != "too_short"
        or not any(
            len(p) > len(details["loc"]) and p[: len(details["loc"])] == details["loc"] for p in places
        )
    ]


def _problem(details: Any) -> Problem:
    """One of pydantic's complaints as a located problem."""
    # pydantic names the branch of a union in the location; a reader knows only keys and positions
    location = [part for part in details["loc"] if part == details["loc"][-1] or not _is_branch(part)]
    key = ".".join(str(part) for part in location)
    if details["type"] == "extra_forbidden":
        return Problem(
            "unknown key", nearest(str(location[-1]), _known_keys(location[:-1])), FILE, column=key
        )
    if details["type"] == "missing":
        return Problem("a required key is missing", "Add it.", FILE, column=key)
    value = details["input"] if isinstance(details["input"], str | int | float) else None
    if details["type"].startswith("date_"):
        return Problem("not a date", "Write it as 2024-03-31.", FILE, column=key, value=value)
    what = re.sub(r"^(Input|Value error,|String) ?", "", details["msg"]).strip()
    return Problem(what[:1].lower() + what[1:], "See docs/data-dictionary.md.", FILE, column=key, value=value)


def _is_branch(part: str | int) -> bool:
    """Whether part of a location is pydantic's name of a type rather than a key of the plan."""
    return isinstance(part, str) and (part in {"str", "[key]", "int", "float"} or "[" in part)


def _known_keys(location: list[str | int]) -> tuple[str, ...]:
    """Keys of the section that a location leads to."""
    section: type[Section] = Plan
    for part in location:
        known = section.model_fields.get(str(part))
        if known is not None:
            section = next(iter(_sections_in(known.annotation)), section)
    return tuple(section.model_fields)


def _sections_in(annotation: Any) -> Iterator[type[Section]]:
    """Sections named in a type, however deep."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        yield annotation
    for inner in get_args(annotation):
        yield from _sections_in(inner)
