"""Who might be meant by an identifier that fits nobody: candidates for a person to confirm."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rmstudy.errors import DataError, Problem
from rmstudy.readers.people.linking import PARTS
from rmstudy.readers.people.spelling import Kind, looks_like_email, spelled

# A slip in two of nine characters is still shown, one in three is not.
LEAST: Final = 75.0
MOST: Final = 3


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody of the list whom an identifier might mean; never accepted unless a person confirms it.

    Parameters
    ----------
    given, candidate : str
        The identifier of the file, and the similar one of the list.
    person : str
        The pseudonym of the candidate.
    similarity : float
        0 to 100: Damerau-Levenshtein distance, as a share of the longer text, turned round.
    same_parts : int or None
        Of a self-made code, how many of its parts are the same.
    rank : int
        1 is the most similar.
    """

    given: str
    candidate: str
    person: str
    similarity: float
    same_parts: int | None
    rank: int


def candidates(
    given: str,
    normal: str,
    kind: Kind,
    codes: Mapping[str, str],
    domains: Mapping[str, str],
    digits: int | None,
) -> list[Candidate]:
    """The people of a list whose identifier is most like one that fits nobody.

    Codes: slips of the pen. Addresses: slips, the same name at another domain, and the same first name at
    the same domain with another surname. Staff numbers have none: a wrong digit is another person. Without the
    package that compares there are none (`needs_comparing` says so).

    Examples
    --------
    >>> found = candidates("ZO07LAO10", "ZO07LAO10", "code", {"ZO07LAO00": "s1"}, {}, None)
    >>> [(one.person, one.same_parts) for one in found]
    [('s1', 4)]
    """
    return likest(given, normal, kind, spelled_list(codes, kind, domains, digits))


def spelled_list(
    codes: Mapping[str, str], kind: Kind, domains: Mapping[str, str], digits: int | None
) -> list[tuple[str, str, str]]:
    """Identifiers of a kind in a list: as they stand there, in their one spelling, and whose they are.

    Examples
    --------
    >>> spelled_list({"zo-07": "s1", "a@x.example": "s2"}, "code", {}, None)
    [('zo-07', 'ZO07', 's1')]
    """
    found = []
    for listed, person in codes.items():
        if looks_like_email(listed) == (kind == "email"):
            other = spelled(listed, kind, domains, digits)
            if isinstance(other, str):
                found.append((listed, other, person))
    return found


def likest(given: str, normal: str, kind: Kind, among: Sequence[tuple[str, str, str]]) -> list[Candidate]:
    """The candidates among identifiers that are spelled already (`candidates`, `spelled_list`).

    Examples
    --------
    >>> likest("ZO08", "ZO08", "code", [("zo-07", "ZO07", "s1")])[0].similarity
    75.0
    """
    similar = _measure()
    if kind == "number" or similar is None:
        return []
    found: dict[str, Candidate] = {}
    for listed, other, person in among:
        likeness = _likeness(normal, other, kind, similar)
        if likeness is None:
            continue
        parts = _same_parts(normal, other) if kind == "code" else None
        one = Candidate(given, listed, person, likeness, parts, 0)
        if person not in found or found[person].similarity < likeness:
            found[person] = one
    ordered = sorted(found.values(), key=lambda one: (-one.similarity, -(one.same_parts or 0), one.candidate))
    return [
        Candidate(one.given, one.candidate, one.person, one.similarity, one.same_parts, rank)
        for rank, one in enumerate(ordered[:MOST], start=1)
    ]


def _likeness(one: str, other: str, kind: Kind, similar: Callable[[str, str], float]) -> float | None:
    """How alike two identifiers are, 0 to 100; None when they are too different to be one person's."""
    if kind != "email":
        likeness = 100 * similar(one, other)
        return likeness if likeness >= LEAST else None
    (name, _, domain), (other_name, _, other_domain) = one.partition("@"), other.partition("@")
    if domain != other_domain:
        return 100 * similar(one, other) if name == other_name else None
    likeness = 100 * similar(name, other_name)  # at one domain only what stands before it tells people apart
    first, other_first = _first_name(name), _first_name(other_name)
    return likeness if likeness >= LEAST or (first and first == other_first) else None


def needs_comparing() -> None:
    """Refuse when candidates are asked for and the package that compares is not installed.

    Raises
    ------
    DataError
        With the line that installs it.

    Examples
    --------
    >>> needs_comparing()
    """
    if _measure() is None:
        what = "finding candidates for links needs an extra package"
        raise DataError(Problem(what, "Install it: pip install 'rmstudy[readers]'."))


def _measure() -> Callable[[str, str], float] | None:
    """The similarity of two texts, 0 to 1; neighbours that changed places are one slip."""
    try:
        from rapidfuzz.distance import DamerauLevenshtein
    except ImportError:
        return None
    return DamerauLevenshtein.normalized_similarity


def _first_name(name: str) -> str | None:
    """What comes before the first dot of an address with a dot, when that is more than an initial."""
    first, dot, _ = name.partition(".")
    return first if dot and len(first) > 1 else None


def _same_parts(one: str, other: str) -> int | None:
    """How many parts of two self-made codes are the same; None when they are not made of such parts."""
    widths = [length for _, length in PARTS.values()]
    if len(one) != sum(widths) or len(other) != sum(widths):
        return None
    starts = [sum(widths[:place]) for place in range(len(widths))]
    return sum(one[s : s + w] == other[s : s + w] for s, w in zip(starts, widths, strict=True))
