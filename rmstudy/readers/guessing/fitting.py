"""Where one column may belong: by its name, its words and its cells; never surer than they allow."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from rmstudy.readers.guessing.evidence import Evidence, personal
from rmstudy.readers.guessing.likeness import Fit, Questions, phrases
from rmstudy.readers.people.linking import PARTS
from rmstudy.readers.people.spelling import looks_like_email
from rmstudy.readers.placing.places import Places
from rmstudy.study.cells import folded

Sure = Literal["surely", "perhaps", "not"]
# When somebody answered: the columns of the tools, the better one first; names in any language by their sense.
ANSWERED: Final = (
    ("RecordedDate", "EndDate"),
    ("submitdate", "datestamp"),
    ("timestamp", "informazioni cronologiche", "zeitstempel", "horodateur", "marca temporal"),
    (
        "completion time",
        "ora di completamento",
        "fertigstellungszeit",
        "heure de fin",
        "hora de finalizacion",
    ),
    ("answered_at", "date", "data", "datum"),
)
SECONDS: Final = ("duration (in seconds)", "interviewtime", "seconds", "secondi")
YES: Final = ["yes", "si", "ja", "oui", "true", "vero", "wahr", "vrai", "y", "1", "accetto", "acconsento"]
NO: Final = ["no", "nein", "non", "false", "falso", "falsch", "faux", "n", "0", "2"]
_PSEUDONYM: Final = re.compile(r"person_?id|pseudonym(o|e)?|pseudonimo", re.IGNORECASE)
_CODE: Final = re.compile(
    r"(linking|personal|my|your)? ?code|token|codice( personale)?|code personnel|externalreference",
    re.IGNORECASE,
)
_NUMBER: Final = re.compile(
    r"matricola|badge|(staff|employee|personnel)[ _]?(number|no|id)|personalnummer|matricule", re.IGNORECASE
)
# How the parts of a self-made code are asked for, and whom an observer answers about; without accents.
_PIECES: Final = {
    part: re.compile(asked)
    for part, asked in {
        "mother": r"(first|prime|erste).*(letter|letter[ae]|buchstaben).*(mother|madre|mutter)",
        "day": r"(day|giorno|tag)\b.*(born|birth|nat[oaiy]|nascita|compleanno|geburt|geboren)",
        "town": r"(first|prime|erste).*(letter|buchstaben).*(town|city|place|citta|comune|luogo|ort|stadt)",
        "name": r"(last|ultima|letzte).*(letter|buchstabe).*(name|nome|vorname)",
        "siblings": r"\b(siblings|brothers and sisters|fratelli|geschwister)\b",
    }.items()
}
_ABOUT: Final = re.compile(
    r"\b(code|pseudonym|codice|pseudonimo)\b.*\b(the|della) person(a)?\b|\bthe person'?s (code|pseudonym)\b"
)


@dataclass(frozen=True, slots=True)
class Column:
    """Where a column is proposed to go, how surely it fits, and why."""

    name: str
    place: str
    sure: Sure
    why: str
    identify: str = ""


def fitting(
    name: str, words: str, cells: Sequence[str], known: Questions, places: Places, people: Collection[str]
) -> Column:
    """The place that fits a column best.

    Parameters
    ----------
    name, words : str
        The column, and what its file says of it besides its name.
    cells : sequence of str
        Its filled cells.
    known : Questions
        The plan's.
    places : Places
        What the cells of a place may hold.
    people : collection of str
        Pseudonyms of the study.

    Examples
    --------
    >>> import rmstudy as rm
    >>> from rmstudy.readers.mapping import Export
    >>> from rmstudy.readers.cells.numbers import Writing
    >>> plan = rm.load_sample("digital-skills").plan
    >>> places = Places(Export(columns={}), plan, Writing())
    >>> fitting("RecordedDate", "", [], Questions(plan), places, ()).place
    'answered_at'
    """
    key = folded(name)
    for rank in ANSWERED:
        if key in map(folded, rank):
            return Column(name, "answered_at", "surely", "when the sheet was sent")
    if key in SECONDS:
        return Column(name, "seconds", "surely", "how long the sheet took")
    part = re.fullmatch(r"code[_.\[ ]?(\w+)\]?", key)
    if part and part[1] in PARTS:
        return Column(name, f"code.{part[1]}", "surely", "a part of the linking code")
    fit = known.by_name(name) or known.by_words(phrases(name, words))
    if fit is not None:
        return _fitting(name, fit, cells, places)
    piece = next((part for part, asked in _PIECES.items() if asked.search(folded(f"{name} {words}"))), None)
    if piece is not None:
        return Column(name, f"code.{piece}", "perhaps", "its words ask for this part of a linking code")
    if _ABOUT.search(folded(f"{name} {words}")):
        return Column(name, "about", "perhaps", "its words ask whom the answers are about")
    who = _person(name, cells, people)
    if who is not None:
        return who
    asked = re.search(r"consen[st]|einwillig|take part|partecipo", folded(f"{name} {words}"))
    if asked and cells and {folded(cell) for cell in cells} <= {*YES, *NO}:
        return Column(name, "consent", "perhaps", "its words, and its answers are yes or no")
    reason = personal(name, cells)
    if reason:
        return Column(name, "ignore", "not", f"personal: {reason}")
    return Column(name, "ignore", "not", f"not placed: {_nothing(name, cells, known, places)}")


def _fitting(name: str, fit: Fit, cells: Sequence[str], places: Places) -> Column:
    """A question that fits by its name or words, held against its answers."""
    share = Evidence().add(cells, fit.place, places).share
    if cells and share < 0.5:
        return Column(name, fit.place, "perhaps", f"{fit.why}; but most answers are not the plan's")
    return Column(name, fit.place, "surely" if fit.sure else "perhaps", fit.why)


def _person(name: str, cells: Sequence[str], people: Collection[str]) -> Column | None:
    """A column that says whose sheet it is."""
    if cells and people and set(cells) <= set(people):
        return Column(name, "person", "surely", "pseudonyms of the study", "pseudonym")
    if _PSEUDONYM.fullmatch(name):
        return Column(name, "person", "surely", "its name", "pseudonym")
    if not cells:
        return None
    if sum(map(looks_like_email, cells)) > len(cells) / 2:
        return Column(name, "person", "perhaps", "e-mail addresses", "email")
    if _NUMBER.fullmatch(name):
        return Column(name, "person", "perhaps", "its name is that of a staff number", "number")
    if _CODE.fullmatch(name):
        return Column(name, "person", "perhaps", "its name is that of a code", "code")
    return None


def _nothing(name: str, cells: Sequence[str], known: Questions, places: Places) -> str:
    """Why a column has no place, and which questions its name or its answers would fit."""
    plan = places.plan
    for wave in plan.waves if plan else ():
        rest = re.sub(rf"(^|[\W_]+){re.escape(wave)}([\W_]+|$)", "_", name, flags=re.IGNORECASE).strip("_")
        fit = known.by_name(rest) if rest != name else None
        if fit is not None:
            return f"it is {fit.place} of the wave {wave}; a file with several waves needs a questionnaire for each"
    if not cells:
        return "it is empty"
    labelled = [
        name
        for name, instrument in (plan.instruments.items() if plan else ())
        if instrument.labels and not instrument.derived
        for item in (next(iter(instrument.items), ""),)
        for place in (f"responses.{name}.{item}" if item else f"responses.{name}",)
        if not all(cell.lstrip("-").isdigit() for cell in cells)
        and Evidence().add(cells, place, places).share > 0.9
    ]
    if labelled:
        some = ", ".join(labelled[:3])
        return f"its answers are labels of {some}, but neither its name nor its words say which item"
    return "nothing in the plan has this name or these words"


def once(columns: list[Column], cells: dict[str, list[str]]) -> list[Column]:
    """One column for the person and one for the day; of several for one place those that fit surely.

    Examples
    --------
    >>> some = [Column(name, "answered_at", "surely", "sent") for name in ("EndDate", "RecordedDate")]
    >>> [one.place for one in once(some, {"EndDate": [], "RecordedDate": []})]
    ['ignore', 'answered_at']
    """
    best: dict[str, Column] = {}
    order = {"pseudonym": 0, "email": 1, "number": 2, "code": 3, "": 4}
    ranks = {folded(name): rank for some in ANSWERED for rank, name in enumerate(some)}

    def worth(one: Column) -> tuple[int, int, int]:
        sure = ("surely", "perhaps", "not").index(one.sure)
        if one.place == "person":
            sure = -len(cells[one.name])
        return sure, order[one.identify], ranks.get(folded(one.name), 9)

    for one in columns:
        if one.place in ("person", "answered_at", "seconds") and (
            one.place not in best or worth(one) < worth(best[one.place])
        ):
            best[one.place] = one
    coded = any(one.place.startswith("code.") for one in columns)
    kept: list[Column] = []
    for one in columns:
        if one.place in best and (one is not best[one.place] or (coded and one.place == "person")):
            parts = coded and one.place == "person"
            other = "the parts of the code" if parts else f"the column {best[one.place].name!r}"
            why = f"not placed: {one.why}; {other} says it already"
            why = f"personal: {why}" if one.place == "person" else why
            kept.append(Column(one.name, "ignore", "not", why))
        else:
            kept.append(one)
    return _doubled(kept)


def _doubled(columns: list[Column]) -> list[Column]:
    """Several columns of one question, as when it was changed: a person has to look."""
    times = Counter(one.place for one in columns if one.place.startswith("responses."))
    return [
        Column(one.name, one.place, "perhaps", f"{one.why}; {times[one.place]} columns fit this item")
        if times[one.place] > 1
        else one
        for one in columns
    ]
