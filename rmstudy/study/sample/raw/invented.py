"""Invented people for the flagship's pseudonyms: names, addresses, staff numbers and linking codes.

Nobody is called like this: first names are plants and stones, surnames are made of syllables, addresses end in
``example.org``, which belongs to nobody. What each person is called follows from the seed alone; it stands in no
study, only in the lists that belong outside of one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

from rmstudy.study.sample.digital_skills import SEED
from rmstudy.study.sample.draws import Draws
from rmstudy.study.sample.raw.filled import filled

_FIRST: Final = (
    "Acanto Ambra Alloro Anemone Ardesia Basalto Betulla Calendula Cedro Corniola Diaspro Edera Felce Fiordaliso "
    "Genziana Giada Ginepro Ginestra Granato Lapislazzulo Larice Lavanda Malachite Malva Mirtillo Mughetto Narciso "
    "Onice Opale Ortensia Papavero Pervinca Quarzo Salvia Sambuco Tasso Topazio Turchese Verbena Zaffiro"
)
_BEGIN: Final = "Bal Cor Dra Fel Gor Lam Mar Nev Pal Quer Ros Sal Tor Val Zan"
_MIDDLE: Final = "do fi la ne ri sto ve zu"
_END: Final = "belloni dassi fuschi gnolli mezzi nacchi pesti randoli sterchi tuffoli varesti zarri"
_MOTHERS: Final = "Agata Bruna Carla Dora Elsa Fosca Gemma Ines Lidia Nives Olga Piera Rina Sara Teresa Wanda"
_TOWNS: Final = "Asti Bari Como Enna Fermo Gela Ivrea Lucca Nuoro Olbia Pavia Rieti Siena Terni Udine Vasto"
OLD_DOMAIN, DOMAIN = "example.com", "example.org"
DIGITS: Final = 5


@dataclass(frozen=True)
class Invented:
    """What a person is called outside of the study."""

    person: str
    first: str
    last: str
    number: str
    """Staff number of five digits; many begin with zeros."""
    mother: str
    day: int
    town: str
    siblings: int

    @property
    def email(self) -> str:
        """The address at work."""
        return f"{self.first}.{self.last}@{DOMAIN}".casefold()

    @property
    def name(self) -> str:
        """First name and surname."""
        return f"{self.first} {self.last}"

    @property
    def code(self) -> str:
        """The self-made code: letters of the mother and the town, a day, the last letter of the name, siblings."""
        letters = f"{self.mother[:2]}{self.day:02d}{self.town[:2]}{self.first[-1]}{self.siblings:02d}"
        return letters.upper()

    def typed(self, again: bool = False) -> dict[str, str]:
        """The parts of the code as they are typed, the second time with other habits."""
        if again:
            parts = (self.mother, f"{self.day:02d}", self.town.casefold(), self.first[-1].upper(), "")
        else:
            parts = (self.mother[:2].upper(), str(self.day), self.town[:2], self.first[-1], "")
        names = ("mother", "day", "town", "name", "siblings")
        return dict(zip(names, (*parts[:4], f"{self.siblings}"), strict=True))


@cache
def invented() -> dict[str, Invented]:
    """Everybody of the flagship, and the managers who answer about the juniors, by pseudonym."""
    data = filled()
    observers = {sheet.person for name in ("observer-pre", "observer-post") for sheet in data.sheets[name]}
    people = [*data.tables["participants"]["person_id"], *sorted(observers)]
    draws = Draws(SEED, "invented people")
    surnames = [f"{a}{b}{c}" for a in _BEGIN.split() for b in _MIDDLE.split() for c in _END.split()]
    last = [surnames[i] for i in draws.order(len(surnames))]
    firsts = _FIRST.split()
    first = draws.choose(firsts, [1] * len(firsts), len(people))
    # every third number is below 10000, so that its zeros can be lost
    numbers = [f"{i:05d}" for i in range(113, 9990, 61)][: len(people) // 3]
    numbers += [f"{i:05d}" for i in range(10117, 99999, 173)][: len(people) - len(numbers)]
    mixed = [numbers[i] for i in draws.order(len(numbers))]
    found: dict[str, Invented] = {}
    taken: set[str] = set()
    for place, person in enumerate(people):
        one = _drawn(draws, person, first[place], last[place], mixed[place])
        while one.code in taken:
            one = _drawn(draws, person, first[place], last[place], mixed[place])
        taken.add(one.code)
        found[person] = one
    return found


def _drawn(draws: Draws, person: str, first: str, last: str, number: str) -> Invented:
    """One person with a code drawn anew."""
    mother, town = (draws.choose(some, [1] * len(some), 1)[0] for some in (_MOTHERS.split(), _TOWNS.split()))
    day, siblings = int(draws.integers(1, 28, 1)[0]), int(draws.integers(0, 4, 1)[0])
    return Invented(person, first, last, number, mother, day, town, siblings)
