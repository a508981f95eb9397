"""Who a file means: identifiers into pseudonyms, by a list or a key that are both kept outside the study.

A study knows pseudonyms only. Files know people by e-mail, staff number or a self-made code. `Identity`
stands between them and never guesses: what fits nobody exactly, or but for its spelling, is a candidate for
a person to confirm.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from rmstudy.errors import Problem
from rmstudy.readers.mapping import Export
from rmstudy.readers.people.candidates import Candidate, candidates, likest, spelled_list
from rmstudy.readers.people.spelling import Kind, spelled

Match = Literal["exact", "normalised", "confirmed", "pseudonym"]

LENGTH: Final = 12
WORDS: Final = {"email": "e-mail address", "number": "staff number", "code": "linking code"}


@dataclass(frozen=True, slots=True)
class Found:
    """Whom an identifier means, how sure that is, or why nobody.

    Parameters
    ----------
    person : str or None
        The pseudonym; None when nobody can be named.
    match : {'exact', 'normalised', 'confirmed', 'pseudonym'}
        As it stands in the list, but for its spelling, or confirmed by a person. ``pseudonym``: nothing
        was linked, because the file holds pseudonyms or the person is new.
    similarity : float or None
        Of a confirmed link, 0 to 100.
    problem : Problem or None
        Why nobody can be named, or what is to be decided about somebody new; without its place.
    """

    person: str | None
    match: Match = "exact"
    similarity: float | None = None
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """What a person has decided about an identifier: whom it means; None when all candidates were refused."""

    person: str | None
    similarity: float | None = None


def pseudonym(normal: str, kind: Kind, key: bytes) -> str:
    """Make the pseudonym of a normalised identifier: HMAC-SHA-256, shortened to 60 bits.

    The kind is part of what is hashed, so that a code and a number of the same letters differ.

    Examples
    --------
    >>> pseudonym("anna.rossi@example.org", "email", bytes(range(32)))
    'pnqnwylnqz7vk'
    """
    digest = hmac.new(key, f"rmstudy {kind} 1\x00{normal}".encode(), hashlib.sha256).digest()
    return "p" + base64.b32encode(digest).decode("ascii").lower()[:LENGTH]


class Identity:
    """Whom the identifiers of a file mean; remembers what it was asked during one import.

    Attributes
    ----------
    made : dict of str to str
        Given identifiers of new people, with the pseudonyms made for them: to be added to the list.
    open : dict of tuple to list of Candidate
        Candidates of identifiers that fit nobody, by wave and identifier: to be confirmed.
    unmatched : dict of str to set of str
        Normalised identifiers that fit nobody, by wave.

    Examples
    --------
    >>> who = identity({"Anna.Rossi@example.org": "s01"}, None, None, ["s01"])
    >>> export = Export(columns={}, identify="email")
    >>> who.person("anna.rossi+survey@example.org", export, new=False)
    Found(person='s01', match='normalised', similarity=None, problem=None)
    """

    def __init__(
        self,
        codes: Mapping[str, str] | None,
        key: bytes | None,
        links: Mapping[str, Link] | None,
        people: Iterable[str],
    ) -> None:
        self.codes = None if codes is None else {given.strip(): person for given, person in codes.items()}
        self.key, self.links = key, dict(links or {})
        self.people = frozenset(map(str, people))
        self.made: dict[str, str] = {}
        self.open: dict[tuple[str, str], list[Candidate]] = {}
        self.unmatched: dict[str, set[str]] = {}
        self._lists: dict[tuple[object, ...], dict[str, set[str]]] = {}
        self._entries: dict[tuple[object, ...], list[tuple[str, str, str]]] = {}
        self._owners: dict[str, tuple[str, str]] = {}
        self._linked: dict[tuple[str, str], tuple[str, Match]] = {}

    def person(self, given: str, export: Export, new: bool, wave: str = "") -> Found:
        """Whom an identifier of a file means.

        Parameters
        ----------
        given : str
            What stands in the file.
        export : Export
            What was decided about the file: ``identify``, ``digits``, ``domains``, ``new_people``.
        new : bool
            Whether the table may bring people whom the study does not know (intake forms).
        wave : str
            The wave, for the report of linkage and the check that two codes are not one person's.

        Returns
        -------
        Found
            The person, or a problem without its place (``dataclasses.replace(problem, file=..., row=...)``).
        """
        given = given.strip()
        if export.identify == "pseudonym":
            return Found(given, "pseudonym")
        kind: Kind = export.identify
        normal = spelled(given, kind, export.domains, export.digits)
        if isinstance(normal, Problem):
            return Found(None, problem=normal)
        found = self._known(given, normal, kind, export)
        if found is None:
            found = self._not_listed(given, normal, kind, export, new or export.new_people, wave)
        return self._checked(found, normal, wave)

    def _known(self, given: str, normal: str, kind: Kind, export: Export) -> Found | None:
        """Somebody of the list, or of the confirmed links."""
        exact = (self.codes or {}).get(given)
        if exact is not None:
            return Found(exact, "exact")
        alike = self._list(kind, export).get(normal, set())
        if len(alike) > 1:
            what = f"the {WORDS[kind]} fits more than one person of the list once it is spelled one way"
            step = "Correct the list, or domains and digits in the mapping."
            return Found(None, problem=Problem(what, step, rule="duplicate_person"))
        if alike:
            return Found(next(iter(alike)), "normalised")
        link = self.links.get(normal)
        if link is None or link.person is None:
            return None
        return Found(link.person, "confirmed", link.similarity)

    def _not_listed(self, given: str, normal: str, kind: Kind, export: Export, new: bool, wave: str) -> Found:
        """Somebody whom the list does not have: known by the key, new, or nobody."""
        if self.codes is None and self.key is None:
            return self._bare(given, normal, kind, new, wave)
        made = pseudonym(normal, kind, self.key) if self.key is not None else None
        if made in self.people and made not in (self.codes or {}).values():
            return Found(made, "exact" if given == normal else "normalised")
        near = likest(given, normal, kind, self._spelled(kind, export))
        if made is not None and (new or (self.codes is None and not self.people)):
            return self._new(given, normal, kind, made, near, wave)
        if made is None and new:
            what = f"a new person's {WORDS[kind]}, and no key to make a pseudonym with"
            step = "Give a key (RMSTUDY_KEY or --key; `rmstudy key FILE` writes one), or complete the list."
            return Found(None, problem=Problem(what, step, rule="unmatched_ids"))
        return self._nobody(kind, normal, near, wave)

    def _bare(self, given: str, normal: str, kind: Kind, new: bool, wave: str) -> Found:
        """Without list and key: a code stands for itself; an address or a number must not."""
        if kind != "code":
            what = f"the file names people by {WORDS[kind]}, which must not enter a study"
            step = (
                "Give a key (RMSTUDY_KEY or --key; `rmstudy key FILE` writes one) or a list of people "
                "(--codes), kept outside the study."
            )
            return Found(None, problem=Problem(what, step, rule="email_key" if kind == "email" else ""))
        if given in self.people or (not self.people and given == normal):
            return Found(given, "exact")
        known = {person for person in self.people if spelled(person, "code") == normal}
        if len(known) == 1:
            return Found(known.pop(), "normalised")
        if (new or not self.people) and not any(sign.isdigit() for sign in normal):
            what = "a code without a figure, which may be a name, would become a pseudonym as it is"
            step = "Give a key (RMSTUDY_KEY or --key): with it every code becomes a pseudonym."
            return Found(None, problem=Problem(what, step, rule="names_in_text"))
        if new or not self.people:
            return Found(normal, "normalised" if self.people else "exact")
        own = {person: person for person in self.people}
        return self._nobody(kind, normal, candidates(given, normal, kind, own, {}, None), wave)

    def _new(self, given: str, normal: str, kind: Kind, made: str, near: list[Candidate], wave: str) -> Found:
        """A new person's pseudonym, unless it is taken already; who resembles somebody is said."""
        owner = self._owners.setdefault(made, (kind, normal))
        listed = self.codes is not None and made in self.codes.values()
        if owner != (kind, normal) or listed:
            what = "two identifiers give the same pseudonym"
            step = "Make one of the two a line of the list (--codes) with another pseudonym."
            return Found(None, problem=Problem(what, step, rule="duplicate_person"))
        self.made.setdefault(given, made)
        if not near or normal in self.links:
            return Found(made, "pseudonym")
        self.open[(wave, normal)] = near
        what = f"taken for a new person, and like somebody of the list (candidates: {len(near)})"
        step = "If it is one of them, confirm it in the file of --links and import again from the start."
        problem = Problem(what, step, value=made, severity="to decide", rule="unmatched_ids")
        return Found(made, "pseudonym", problem=problem)

    def _nobody(self, kind: Kind, normal: str, near: list[Candidate], wave: str) -> Found:
        """Nobody fits; those who might are kept for a person to confirm."""
        self.unmatched.setdefault(wave, set()).add(normal)
        self.open[(wave, normal)] = near
        what = f"the {WORDS[kind]} is on no list, so the row is nobody's: left out"
        step = "Complete the list, or leave it out; a link is never guessed."
        if normal in self.links:
            what, step = f"every candidate of the {WORDS[kind]} was refused: left out", ""
        elif near:
            what += f" (candidates: {len(near)})"
            step = "Confirm the right candidate in the file of --links, or complete the list."
        elif kind == "number" and self._without_zeros(normal):
            step = "Say digits in the mapping: with leading zeros the number is on the list."
        # an address or a number would tell who it is, and so would a name in the place of a code
        value = normal if kind == "code" and any(sign.isdigit() for sign in normal) else None
        problem = Problem(what, step, value=value, severity="to decide", rule="unmatched_ids")
        return Found(None, problem=problem)

    def _without_zeros(self, normal: str) -> bool:
        """Whether the list has the number with other leading zeros."""
        short = normal.lstrip("0")
        return any(one.strip().lstrip("0") == short for one in (*(self.codes or ()), *self.people))

    def _list(self, kind: Kind, export: Export) -> dict[str, set[str]]:
        """The people of the list by one spelling of their identifiers of a kind."""
        way = (kind, export.digits, tuple(sorted(export.domains.items())))
        if way not in self._lists:
            people: dict[str, set[str]] = {}
            for _, normal, person in self._spelled(kind, export):
                people.setdefault(normal, set()).add(person)
            self._lists[way] = people
        return self._lists[way]

    def _spelled(self, kind: Kind, export: Export) -> list[tuple[str, str, str]]:
        """The identifiers of the list in one spelling, worked out once for each way of spelling."""
        way = (kind, export.digits, tuple(sorted(export.domains.items())))
        if way not in self._entries:
            self._entries[way] = spelled_list(self.codes or {}, kind, export.domains, export.digits)
        return self._entries[way]

    def _checked(self, found: Found, normal: str, wave: str) -> Found:
        """Refuse two identifiers that are one person's in one wave, where a confirmation made them so."""
        if found.person is None or not wave:
            return found
        before = self._linked.setdefault((found.person, wave), (normal, found.match))
        if before[0] != normal and "confirmed" in (before[1], found.match):
            what = "two identifiers are one person's in one wave, and one of them by a confirmed link"
            step = "One of the two is somebody else: correct `confirmed` in the file of --links."
            return Found(None, problem=Problem(what, step, column="confirmed", rule="unmatched_ids"))
        return found


def identity(
    codes: Mapping[str, str] | None,
    key: bytes | None,
    links: Mapping[str, Link] | None,
    people: Iterable[str],
) -> Identity:
    """Who is who in an import.

    Parameters
    ----------
    codes : mapping of str to str, optional
        Pseudonym of each identifier, as it stands in the list outside (`read_people`).
    key : bytes, optional
        The key outside (`rmstudy.readers.people.keys.read_key`).
    links : mapping of str to Link, optional
        Confirmed links by the one spelling of what was given (`rmstudy.readers.people.links.read_links`).
    people : iterable of str
        Pseudonyms that the study knows already.

    Returns
    -------
    Identity
        Asked with ``person``.

    Examples
    --------
    >>> identity(None, None, None, []).person("a@example.org", Export(columns={}, identify="email"), new=True).person
    """
    return Identity(codes, key, links, people)
