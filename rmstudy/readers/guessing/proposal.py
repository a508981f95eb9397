"""A proposed mapping as text: beside every line why it is proposed and how sure that is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence

from rmstudy.readers.guessing.evidence import Evidence
from rmstudy.readers.guessing.fitting import YES, Column
from rmstudy.readers.guessing.propose import Guessed
from rmstudy.readers.placing.places import steps
from rmstudy.study.cells import folded
from rmstudy.study.plan import Instrument, Plan
from rmstudy.study.tables import TABLES

HEAD = (
    "# A proposal, made from the plan and the files; nothing was imported, and nothing holds before a person has\n"
    "# read it. Read every line, correct what is wrong, write `confirmed: yes`, and import again.\n"
    "# surely: the name or the words are those of the plan. perhaps: look at it. not placed: nothing fits.\n"
)
LONGEST_KEY = 900  # YAML allows 1024 characters in a simple key


def proposal_text(guessed: Sequence[Guessed], plan: Plan, source: str) -> str:
    """Write proposals as a mapping that is not confirmed.

    Parameters
    ----------
    guessed : sequence of Guessed
        From `rmstudy.readers.guessing.propose.guess`.
    plan : Plan
        Has the labels of the instruments.
    source : str
        The tool.

    Returns
    -------
    str
        YAML with comments.

    Examples
    --------
    >>> import rmstudy as rm
    >>> print(proposal_text([], rm.load_sample("digital-skills").plan, "google").splitlines()[4])
    confirmed: no
    """
    lines = [
        HEAD.rstrip(),
        "format: 1",
        "confirmed: no",
        "questionnaires:" if guessed else "questionnaires: {}",
    ]
    for one in guessed:
        lines += _about(one, plan)
    lines += ["sources:", f"  {source}:" if guessed else f"  {source}: {{}}"]
    for one in guessed:
        lines += _export(one, plan, source)
    return "\n".join(lines) + "\n"


def _about(one: Guessed, plan: Plan) -> list[str]:
    """What a questionnaire is about."""
    keys = {"wave": list(plan.waves), "role": list(plan.roles)}
    files = ", ".join(one.files[:3]) if len(one.files) < 4 else f"files: {len(one.files)}"
    lines = [f"  {one.name}:  # {_comment(files)}"]
    for key, (value, why) in one.about.items():
        if (key == "rater" and value == "self") or (not value and key != "role"):
            continue
        said = f"  # {why}" if why else ""
        if key in keys and value in ("", "?"):
            said = f"  # nothing tells it; write one of: {', '.join(keys[key])}"
            said += "" if key == "wave" else ", or leave it empty"
        lines.append(f"    {key}: {_quoted(value) if value in ('', '?') else value}{said}")
    return lines


def _export(one: Guessed, plan: Plan, source: str) -> list[str]:
    """Where the columns of a questionnaire go, and the decisions that it asks for."""
    lines = [f"    {one.name}:"]
    form = {key: value for key, value in one.form.model_dump().items() if value is not None}
    if form:
        said = ", ".join(
            f"{key}: {value if isinstance(value, int) else _quoted(value)}" for key, value in form.items()
        )
        lines.append(f"      file: {{{said}}}  # {_comment(one.why_form)}")
    lines += _person(one)
    lines.append("      columns:")
    for column in one.columns:
        lines += _column(column)
    answers = [line for key, some in one.evidence.items() for line in _answers(key, some, one, plan, source)]
    consent = [column for column in one.columns if column.place == "consent"]
    if consent:
        answers += _consent(consent, one)
    if any(not line.lstrip().startswith("#") for line in answers):
        lines.append("      answers:")
    lines += answers
    return [*lines, *_decisions(one)]


def _column(column: Column) -> list[str]:
    """One column with its place, how sure that is, and why."""
    sure = "" if column.place == "ignore" else f"{column.sure}: "
    key, said = _quoted(column.name), _comment(f"{sure}{column.why}")
    if len(key) > LONGEST_KEY:
        return [f"        ? {key}", f"        : {column.place}  # {said}"]
    return [f"        {key}: {column.place}  # {said}"]


def _person(one: Guessed) -> list[str]:
    """What names the people of the file."""
    column = next((column for column in one.columns if column.identify and column.place != "ignore"), None)
    if column is None:
        coded = any(column.place.startswith("code.") for column in one.columns)
        if coded or "person_id" not in TABLES[one.about["table"][0]].columns:
            return []
        return ["      # nothing says whose row is whose: place a column as person, and say identify"]
    lines = [f"      identify: {column.identify}  # {_comment(column.why)}"]
    if column.identify == "number":
        lengths = {len(text) for text in one.people if text.isdigit()}
        if any(text.startswith("0") for text in one.people) or len(lengths) > 1:
            why = "numbers of different length, or with zeros in front: say how many digits they have"
            lines.append(f"      digits: {max(lengths, default=1)}  # perhaps: {why}")
    return lines


def _answers(key: str, some: Evidence, one: Guessed, plan: Plan, source: str) -> list[str]:
    """What the labels of an instrument stand for, and which of them nobody knows."""
    instrument = plan.instruments.get(key.partition(".")[2])
    if instrument is None:
        return []
    known = steps(instrument)
    seen = {folded(text): times for text, times in some.fit.items()}
    labels = {text: value for text, value in known.items() if folded(text) in seen}
    coded = _codes(some, instrument)
    lines = [f"        {key}:"] if labels or coded else []
    if labels:
        for text, value in known.items():
            times = seen.get(folded(text), 0)
            said = "a label of the plan" + (f", seen {times} times" if times else ", not seen")
            lines.append(f"          {_quoted(text)}: {_quoted(value)}  # {said}")
    for text, value in coded.items():
        lines.append(f"          {_quoted(text)}: {_quoted(value)}  # perhaps: by the figure in the code")
    unknown = [(text, times) for text, times in some.shown() if text not in coded]
    lines += [
        f"          # {_quoted(text)}: ?  # seen {times} times, not a label of the plan: say what it stands for"
        for text, times in unknown
    ]
    figures = [float(text) for text in some.unknown if re.fullmatch(r"-?\d+(\.\d+)?", text)]
    if figures and instrument.range and not coded:
        low, high = instrument.range
        seen_low, seen_high = min(figures), max(figures)
        said = f"answers from {seen_low:g} to {seen_high:g} lie outside the plan's range {low:g} to {high:g}"
        step = "recodes (say each under answers), codes of no answer (missing), or another range (rescale)"
        lines.append(f"          # {said}: {step}")
    rest = (
        some.unknown.total() - sum(times for _, times in unknown) - sum(some.unknown[text] for text in coded)
    )
    if rest > 0:
        lines.append(f"          # {rest} answers more are not understood; the import will list them")
    return lines


def _codes(some: Evidence, instrument: Instrument) -> dict[str, str]:
    """Codes such as A1 to A5, one for each step of the range."""
    if not instrument.range or not some.unknown:
        return {}
    found = {text: re.fullmatch(r"([A-Za-z]{1,3})0*(\d{1,2})", text) for text in some.unknown}
    codes = {text: int(code[2]) for text, code in found.items() if code}
    letters = {code[1] for code in found.values() if code}
    low, high = instrument.range
    if (
        len(codes) != len(found)
        or len(letters) != 1
        or not all(1 <= n <= high - low + 1 for n in codes.values())
    ):
        return {}
    return {text: f"{low + number - 1:g}" for text, number in sorted(codes.items())}


def _consent(columns: Iterable[Column], one: Guessed) -> list[str]:
    """Answers to the question whether somebody takes part, as they were written."""
    words = sorted({word for column in columns for word in one.words.get(column.name, ())})
    lines = [
        f"          {_quoted(word)}: {'yes' if folded(word) in YES else 'no'}  # perhaps: by the word itself"
        for word in words
    ]
    return ["        consent:", *lines]


def _decisions(one: Guessed) -> list[str]:
    """Codes of no answer, decimal marks, the order of days, several rows of one person."""
    lines: list[str] = []
    missing = list(dict.fromkeys(code for some in one.evidence.values() for code in some.missing))
    if missing:
        said = ", ".join(map(_quoted, missing))
        lines.append(
            f"      missing: [{said}]  # perhaps: usual codes of no answer, outside the plan's answers"
        )
    if any(some.commas for some in one.evidence.values()):
        lines.append(
            '      # decimal: ","  # some numbers have a comma or thousands: say which mark is which'
        )
    order, why = one.dates
    if order:
        lines.append(f"      dates: {order}  # {_comment(why)}")
    elif why:
        lines.append(f"      # dates:  # {_comment(why)}")
    if one.several:
        said = f"people with several rows: {one.several}; say which counts: first, last or most_complete"
        lines.append(f"      # keep:  # {said}, with order_by")
    return lines


def _quoted(text: str) -> str:
    """A text in quotes as YAML reads it."""
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(c if c.isprintable() else _escaped(c) for c in quoted)


def _escaped(character: str) -> str:
    """A character that YAML does not take as it is."""
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _comment(text: str) -> str:
    """A text in one line of a comment."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= 160 else f"{line[:157]}..."
