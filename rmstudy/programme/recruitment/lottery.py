"""The lottery: seats drawn so that anybody can draw them again and get the same people.

The draw does not depend on a computer's random numbers. Each applicant's ticket is the SHA-256 digest of
``seed|person_id``; within a stratum the lowest tickets get the seats, and the others wait in the order
of theirs. Whoever has the list and the seed can repeat it with a few lines in any language.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any, Final

import pandas as pd

from rmstudy import __version__
from rmstudy.disclosure import safe_counts
from rmstudy.display import bullets
from rmstudy.display import table as html_table
from rmstudy.errors import DataError, DesignError, Problem
from rmstudy.programme.recruitment.funnel import applications
from rmstudy.results import Note
from rmstudy.study.study import Study
from rmstudy.wording import number, percent, say, translate

ALGORITHM: Final = (
    "rmstudy-lottery-1: the ticket of an applicant is SHA-256 of 'seed|person_id' in UTF-8, as hexadecimal; within "
    "each stratum the applicants are sorted by ticket, the first get the seats, the others wait in this order. The "
    "fingerprint is SHA-256 of the lines 'person_id|stratum', sorted and joined by line feeds."
)
EVERYBODY: Final = "all"
# Chances of a seat that differ by no more are the same for an analysis; see rmstudy.evaluation.question.
_SAME_CHANCE: Final = 0.01
_LEAST_STRATUM: Final = 5


@dataclass(frozen=True, slots=True, eq=False)
class Lottery:
    """A lottery that was drawn, and all that is needed to draw it again.

    Parameters
    ----------
    assignments : DataFrame
        Rows for the table ``assignments``, sorted by ``person_id``.
    waiting_list : DataFrame
        ``person_id``, ``stratum`` and ``rank`` (1 is next) of those who wait, for the coordinator only.
    chances : DataFrame
        ``stratum``, ``applicants``, ``seats``, ``waiting`` and ``probability`` of a seat.
    seed, fingerprint, role : str
        The seed, the fingerprint of the list of applicants, whose lottery it is.
    notes : tuple of Note
        The caveats.
    """

    assignments: pd.DataFrame
    waiting_list: pd.DataFrame
    chances: pd.DataFrame
    seed: str
    fingerprint: str
    role: str
    notes: tuple[Note, ...] = ()

    @property
    def table(self) -> pd.DataFrame:
        """Applicants, seats and chances by stratum."""
        return self.chances

    @property
    def audit(self) -> dict[str, Any]:
        """The record by which anybody who has the list can repeat the draw."""
        return {
            "algorithm": ALGORITHM,
            "version": __version__,
            "role": self.role,
            "seed": self.seed,
            "fingerprint": self.fingerprint,
            "applicants": int(self.chances["applicants"].sum()),
            "seats": int(self.chances["seats"].sum()),
            "strata": [
                {"stratum": row.stratum, "applicants": int(row.applicants), "seats": int(row.seats)}
                for row in self.chances.itertuples(index=False)
            ],
            "outcome": _digest("\n".join(sorted(self.winners))),
        }

    @property
    def winners(self) -> tuple[str, ...]:
        """Those with a seat, for the coordinator only."""
        drawn = self.assignments
        return tuple(drawn.loc[drawn["arm"] == "programme", "person_id"])

    def audit_json(self) -> str:
        """The audit record as JSON, always the same for the same draw."""
        return json.dumps(self.audit, indent=2, ensure_ascii=False) + "\n"

    def text(self, lang: str = "en") -> str:
        """Say what was drawn, without naming anybody."""
        values = {
            "seats": int(self.chances["seats"].sum()),
            "applicants": int(self.chances["applicants"].sum()),
        }
        return say(
            "{seats:count} seats drawn among {applicants:count} applicants with the seed {seed}; fingerprint of the "
            "list {fingerprint}.",
            lang,
            seed=self.seed,
            fingerprint=self.fingerprint[:12],
            **values,
        )

    def __repr__(self) -> str:
        lines = [self.text(), *(f"  {' | '.join(row)}" for row in self._rows())]
        return "\n".join([*lines, *(f"  note: {note.text()}" for note in self.notes)])

    def _repr_html_(self) -> str:
        head = ("stratum", "applicants", "seats", "waiting", "chance of a seat")
        notes = bullets(note.text() for note in self.notes) if self.notes else ""
        return f"<p>{html.escape(self.text())}</p>{html_table(head, self._rows())}{notes}"

    def _rows(self) -> list[list[str]]:
        """Chances as text; what small strata would give away is hidden."""
        shown = safe_counts(self.chances, n="applicants", minimum=_LEAST_STRATUM)
        rows = []
        for row in shown.itertuples(index=False):
            hidden = not row.applicants[:1].isdigit()
            numbers = (
                [row.applicants] * 3
                if hidden
                else [row.applicants, number(row.seats, 0), number(row.waiting, 0)]
            )
            chance = translate("withheld") if hidden else percent(row.probability)
            rows.append([str(row.stratum), *numbers, chance])
        return rows


def draw_lottery(
    data: Study | pd.DataFrame,
    *,
    seed: str | int | None,
    seats: int | Mapping[str, int] | None = None,
    role: str = "mentee",
    strata: Sequence[str] | None = None,
    otherwise: str | None = None,
    assigned_on: dt.date | None = None,
) -> Lottery:
    """Draw the seats among the applicants, the same for the same list and seed.

    Parameters
    ----------
    data : Study or DataFrame
        A study (its applicants of the role who are eligible), or one row an applicant with
        ``person_id`` and the columns of the strata.
    seed : str or int
        Agreed on in public, after the list of applicants was closed; see Notes.
    seats : int, or mapping of str to int, optional
        Seats in all, divided over the strata in proportion to their applicants; or seats by stratum.
        The plan's, for a study.
    role : str
        Whose lottery.
    strata : sequence of str, optional
        Columns that divide the applicants; the plan's, for a study.
    otherwise : {'waitlist', 'comparison', 'not_selected'}, optional
        Arm of those without a seat; the plan's, for a study, or the waiting list.
    assigned_on : date, optional
        Day of the draw; it is written into the table.

    Returns
    -------
    Lottery
        The assignments with each person's chance, the waiting list in order, and the audit record.
        For a study, applicants who are not eligible are listed as ``not_selected`` by ``criteria``.

    Raises
    ------
    DesignError
        When there is no seed, no seats, or at least as many seats as applicants (no lottery is needed).
    DataError
        When an applicant stands in the list twice, has no id or no stratum. All at once.

    Notes
    -----
    *Seats by stratum*: the largest remainder method. Each stratum gets the whole part of
    ``seats x applicants in it / applicants``, and the seats that are left go to the largest remainders
    (equal ones: to the larger stratum, then in the order of the names). *Chance*: seats over applicants
    of the stratum. *Tickets*: see `ALGORITHM`. Neither the order of the rows nor the version of any
    library matters.

    *A seed that nobody can choose*: close the list; publish the fingerprint; then take a number that
    nobody could have known, such as that evening's draw of the national lottery, or dice thrown by the
    workers' representatives before witnesses. Whoever may set the seed after seeing the list can pick
    the winners by trying seeds, so it must not be somebody at a desk.

    Examples
    --------
    >>> import pandas as pd
    >>> people = pd.DataFrame({"person_id": [f"s{i:02d}" for i in range(30)], "level": ["a"] * 20 + ["b"] * 10})
    >>> drawn = draw_lottery(people, seats=12, strata=["level"], seed="2024-01-12/7-31-44")
    >>> drawn.chances[["stratum", "applicants", "seats"]].values.tolist()
    [['a', 20, 8], ['b', 10, 4]]
    >>> draw_lottery(people.iloc[::-1], seats=12, strata=["level"], seed="2024-01-12/7-31-44").winners == drawn.winners
    True
    """
    word = _seed(seed)
    people, out, seats, strata, otherwise = _asked(data, seats, role, strata, otherwise)
    by_stratum = _strata(people, strata)
    shares = _seats(by_stratum, seats)
    rows: list[tuple[str, str, str, str | None, float | None]] = []
    waiting: list[tuple[str, str | None, int]] = []
    for stratum, ids in by_stratum.items():
        order = ticket_order(ids, seed=word)
        chance = shares[stratum] / len(ids)
        name = stratum if strata else None
        for place, person in enumerate(order):
            arm = "programme" if place < shares[stratum] else otherwise
            rows.append((person, arm, "lottery", name, chance))
        waiting += [(person, name, rank) for rank, person in enumerate(order[shares[stratum] :], start=1)]
    rows += [(person, "not_selected", "criteria", None, None) for person in out]
    table = pd.DataFrame(rows, columns=["person_id", "arm", "mechanism", "stratum", "probability"])
    table["probability"] = table["probability"].astype("float64")
    table["assigned_on"] = assigned_on.isoformat() if assigned_on else None
    chances = [(name, len(ids), shares[name]) for name, ids in by_stratum.items()]
    return Lottery(
        table.sort_values("person_id", ignore_index=True),
        pd.DataFrame(waiting, columns=["person_id", "stratum", "rank"]),
        _chances(chances),
        word,
        fingerprint(by_stratum),
        role,
        _notes(chances),
    )


def ticket_order(ids: Sequence[str], *, seed: str) -> list[str]:
    """Applicants in the order of their tickets.

    Parameters
    ----------
    ids : sequence of str
        Pseudonyms.
    seed : str
        The seed.

    Returns
    -------
    list of str
        The first have the lowest tickets.

    Examples
    --------
    >>> ticket_order(["ada", "bob", "cid"], seed="1") == ticket_order(["cid", "ada", "bob"], seed="1")
    True
    """
    return sorted(ids, key=lambda person: _digest(f"{seed}|{person}"))


def fingerprint(by_stratum: Mapping[str, Sequence[str]]) -> str:
    """Fingerprint of a list of applicants: another list, or another stratum of one person, has another.

    Parameters
    ----------
    by_stratum : mapping of str to sequence of str
        Pseudonyms by stratum.

    Returns
    -------
    str
        SHA-256 of the sorted lines ``person_id|stratum``, in hexadecimal.

    Examples
    --------
    >>> fingerprint({"all": ["s2", "s1"]})[:8]
    '5c6a5465'
    """
    return _digest(
        "\n".join(sorted(f"{person}|{name}" for name, ids in by_stratum.items() for person in ids))
    )


def _digest(text: str) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _seed(seed: str | int | None) -> str:
    """The seed as text, or a refusal."""
    if seed is None or isinstance(seed, bool) or not str(seed).strip():
        raise DesignError(
            "The lottery has no seed, so nobody could repeat it. Close the list of applicants, then let a number be "
            "drawn in public and give it as seed=... (on a shell: --seed)."
        )
    return str(seed).strip()


def _asked(
    data: Study | pd.DataFrame,
    seats: int | Mapping[str, int] | None,
    role: str,
    strata: Sequence[str] | None,
    otherwise: str | None,
) -> tuple[pd.DataFrame, list[str], int | Mapping[str, int], tuple[str, ...], str]:
    """Applicants, those who are not eligible, seats, strata, and the arm of those without a seat."""
    out: list[str] = []
    if isinstance(data, pd.DataFrame):
        people = data
    else:
        planned = data.plan.design.assignment.get(role)
        seats = data.plan.programme.seats if seats is None else seats
        strata = planned.strata if strata is None and planned else strata
        otherwise = otherwise or (planned.comparison if planned else None)
        people, out = _applicants(data, role)
    if seats is None:
        raise DesignError("How many seats are to be drawn? Say seats=..., or programme.seats in study.yml.")
    return people, out, seats, tuple(strata or ()), otherwise or "waitlist"


def _applicants(study: Study, role: str) -> tuple[pd.DataFrame, list[str]]:
    """Eligible applicants with their covariates, and the ids of the others."""
    table = applications(study, role)
    if table.empty:
        raise DesignError(
            f"No applications of the role {role!r}. The table applications says who is in the draw: person_id and "
            "eligible."
        )
    decided = table["eligible"] if "eligible" in table.columns else pd.Series("yes", index=table.index)
    if decided.isna().any():
        raise DesignError(
            f"Whether they can take part is not decided for {int(decided.isna().sum())} applicants (eligible in "
            "applications is empty). Decide it before the draw: nobody is left out without a reason."
        )
    in_draw = decided == "yes"
    people = study.tables["participants"]
    chosen = people[people["person_id"].isin(table.loc[in_draw, "person_id"])]
    return chosen, sorted(table.loc[~in_draw, "person_id"])


def _strata(people: pd.DataFrame, strata: Sequence[str]) -> dict[str, list[str]]:
    """Applicants by stratum, both in the order of their names; everything wrong is said at once."""
    missing = [name for name in ("person_id", *strata) if name not in people.columns]
    if missing:
        raise DesignError(
            f"The list of applicants has no column {missing[0]!r}. Its columns: {', '.join(map(str, people.columns))}."
        )
    ids = people["person_id"]
    problems = [
        Problem("the applicant has no id", "Give everybody a pseudonym.", "applicants", row + 2, "person_id")
        for row, empty in enumerate(ids.isna() | (ids.astype(str).str.strip() == ""))
        if empty
    ]
    problems += [
        Problem(
            "the applicant stands in the list twice",
            "Keep one row.",
            "applicants",
            row + 2,
            "person_id",
            value,
        )
        for row, (value, twice) in enumerate(zip(ids, ids.astype(str).duplicated(), strict=True))
        if twice and not pd.isna(value)
    ]
    for name in strata:
        column = people[name]
        problems += [
            Problem("the stratum is not known", "Find it out before the draw.", "applicants", row + 2, name)
            for row, empty in enumerate(column.isna() | (column.astype(str).str.strip() == ""))
            if empty
        ]
    if problems:
        raise DataError(problems)
    names = (
        people[list(strata)].astype(str).agg(" / ".join, axis=1)
        if strata
        else pd.Series(EVERYBODY, index=people.index)
    )
    groups: dict[str, list[str]] = {}
    for person, name in sorted(zip(ids.astype(str), names, strict=True)):
        groups.setdefault(name, []).append(person)
    return dict(sorted(groups.items()))


def _seats(by_stratum: Mapping[str, Sequence[str]], seats: int | Mapping[str, int]) -> dict[str, int]:
    """Seats of each stratum, stated or by the largest remainders."""
    sizes = {name: len(ids) for name, ids in by_stratum.items()}
    total = sum(sizes.values())
    stated = dict(seats) if isinstance(seats, Mapping) else None
    each = list(seats.values()) if isinstance(seats, Mapping) else [seats]
    wished = sum(each)
    if not all(_whole(n) for n in each) or wished < 1 or (stated and min(stated.values()) < 0):
        raise DesignError(f"seats={seats!r} is no number of seats. Give a whole number from 1.")
    if wished >= total:
        raise DesignError(
            f"{wished} seats for {total} applicants: everybody can have one, so no lottery is needed. Give all of "
            "them a seat, and plan for a comparison that is not drawn."
        )
    if stated is None:
        return largest_remainder(sizes, seats=int(wished))
    if set(stated) != set(sizes):
        raise DesignError(
            f"Seats are stated for {', '.join(map(str, stated))}; the strata are {', '.join(sizes)}."
        )
    full = [name for name in sizes if stated[name] > sizes[name]]
    if full:
        raise DesignError(
            f"The stratum {full[0]!r} has {sizes[full[0]]} applicants and {stated[full[0]]} seats. Give the seats that "
            "are left to another stratum."
        )
    return {name: stated[name] for name in sizes}


def _whole(seats: object) -> bool:
    """Whether this is a whole number, numpy's included, and no True."""
    return isinstance(seats, Integral) and not isinstance(seats, bool)


def largest_remainder(sizes: Mapping[str, int], *, seats: int) -> dict[str, int]:
    """Divide seats in proportion to sizes, in whole seats.

    Parameters
    ----------
    sizes : mapping of str to int
        Applicants of each stratum.
    seats : int
        Seats in all, fewer than applicants.

    Returns
    -------
    dict of str to int
        Seats of each stratum; they make up `seats`.

    Examples
    --------
    >>> largest_remainder({"a": 53, "b": 24, "c": 23}, seats=7)
    {'a': 4, 'b': 2, 'c': 1}
    """
    total = sum(sizes.values())
    # whole numbers throughout: a quota in binary fractions could turn a tie
    whole = {name: seats * size // total for name, size in sizes.items()}
    order = sorted(sizes, key=lambda name: (-(seats * sizes[name] % total), -sizes[name], name))
    for name in order[: seats - sum(whole.values())]:
        whole[name] += 1
    return whole


def _chances(rows: Sequence[tuple[str, int, int]]) -> pd.DataFrame:
    """Applicants, seats, waiting and chance by stratum."""
    table = pd.DataFrame(rows, columns=["stratum", "applicants", "seats"])
    return table.assign(
        waiting=table["applicants"] - table["seats"], probability=table["seats"] / table["applicants"]
    )


def _notes(rows: Sequence[tuple[str, int, int]]) -> tuple[Note, ...]:
    """Unequal chances, and strata in which the draw hardly decides anything."""
    chances = [seats / people for _, people, seats in rows]
    notes = []
    if max(chances) - min(chances) > _SAME_CHANCE:
        notes.append(Note.of("lottery_unequal_chances", low=min(chances), high=max(chances)))
    small = sum(people < _LEAST_STRATUM for _, people, _ in rows)
    if small:
        notes.append(Note.of("lottery_small_strata", n=small, least=_LEAST_STRATUM))
    certain = sum(seats in (0, people) for _, people, seats in rows)
    if certain:
        notes.append(Note.of("lottery_certain_strata", n=certain))
    return tuple(notes)
