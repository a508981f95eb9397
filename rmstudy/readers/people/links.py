"""Links that a person confirms: the file of candidates, and what was decided in it; and how waves were linked.

About 2.7 in 100 links by self-made codes join two different people, and 22 in 100 codes find no partner
(McGloin 1996). So a similar code is a candidate in a file, and only a person's *yes* makes it a link.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import pandas as pd

from rmstudy.errors import DataError, Problem
from rmstudy.readers.people.candidates import LEAST, Candidate
from rmstudy.readers.people.identity import Identity, Link
from rmstudy.readers.people.spelling import looks_like_email, spelled
from rmstudy.study.reading import ROW, read_table

COLUMNS: Final = ("given", "candidate", "person_id", "similarity", "same_parts", "rank", "confirmed")
_YES: Final = frozenset({"yes", "y", "sì", "si", "sí"})
_NO: Final = frozenset({"no", "n"})
CLASSES: Final = ("exact", "normalised", "confirmed", "unmatched")
# per cent of links by self-made codes that join two people: McGloin, Holcomb and Main 1996,
# doi 10.1177/0193841X9602000604
FALSE_LINKS: Final = 2.7


def read_links(path: Path) -> tuple[dict[str, Link], list[Problem]]:
    """Read what a person decided about candidates.

    Parameters
    ----------
    path : Path
        The file of ``--links``; its column ``confirmed`` holds yes, no or nothing.

    Returns
    -------
    links : dict of str to Link
        By the one spelling of what was given; of those with answers only.
    findings : list of Problem
        Links that were confirmed although little is alike, *to know*.

    Raises
    ------
    DataError
        When a column is missing, an answer is neither yes nor no, or one code has two yes.
    """
    table = read_table(path)
    lacking = [name for name in ("given", "person_id", "confirmed") if name not in table.columns]
    if lacking:
        what = f"columns that are missing: {', '.join(lacking)}"
        raise DataError(Problem(what, "Import once more with --links and a new file.", path.name, 1))
    problems: list[Problem] = []
    said: list[Problem] = []
    links: dict[str, Link] = {}
    rows: dict[str, int] = {}
    for record in table.astype(object).where(table.notna(), None).to_dict("records"):
        row, answer = int(record[ROW]), str(record["confirmed"] or "").strip().casefold()
        normal, problem = _answered(record, answer, path.name)
        problems += [problem] if problem else []
        if problem or not answer:
            continue
        if answer in _NO:
            links.setdefault(normal, Link(None))
        elif normal in rows:
            what = f"a second yes for one code; the first is in row {rows[normal]}"
            step = "One code is one person's: keep one yes."
            problems.append(Problem(what, step, path.name, row, "confirmed", rule="unmatched_ids"))
        else:
            rows[normal] = row
            links[normal] = Link(str(record["person_id"]), _similarity(record.get("similarity")))
            said += _doubtful(links[normal], path.name, row)
    if problems:
        raise DataError(problems)
    return links, said


def _answered(record: Mapping[str, object], answer: str, file: str) -> tuple[str, Problem | None]:
    """The given identifier of a row in its one spelling, or what is wrong with the row."""
    row = int(str(record[ROW]))
    given = str(record["given"] or "")
    normal = spelled(given, "email" if looks_like_email(given) else "code")
    if answer not in _YES | _NO | {""}:
        return "", Problem("neither yes nor no", "Write yes or no.", file, row, "confirmed", answer)
    if not isinstance(normal, str) or (answer in _YES and not record["person_id"]):
        return "", Problem("what was given, or the person, is empty", "Complete the row.", file, row)
    return normal, None


def _doubtful(link: Link, file: str, row: int) -> list[Problem]:
    """A confirmed link in which little is alike is said, never passed over."""
    if link.similarity is not None and link.similarity >= LEAST:
        return []
    what = "a link was confirmed although the two are little alike"
    step = "See that it is the same person."
    return [Problem(what, step, file, row, "confirmed", severity="to know", rule="unmatched_ids")]


def _similarity(text: object) -> float | None:
    """A similarity of the file; None when it is no number."""
    try:
        return float(str(text))
    except ValueError:
        return None


def on_the_list(links: Mapping[str, Link], known: Iterable[str], file: str) -> list[Problem]:
    """Confirmed links to people whom neither the list nor the study has.

    Examples
    --------
    >>> len(on_the_list({"ZO07": Link("s9")}, ["s1"], "links.csv"))
    1
    """
    people = set(known)
    step = "Correct person_id: a link goes to somebody who is there."
    return [
        Problem("a confirmed link to nobody known", step, file, None, "person_id", link.person)
        for link in links.values()
        if link.person is not None and link.person not in people
    ]


def links_table(asked: Identity, before: pd.DataFrame | None = None) -> pd.DataFrame:
    """The file of candidates: what was in it stays as it was answered, what is new comes below.

    Parameters
    ----------
    asked : Identity
        After the import.
    before : DataFrame, optional
        The file as it was.

    Returns
    -------
    DataFrame
        Columns given, candidate, person_id, similarity, same_parts, rank, confirmed.
    """
    found: dict[str, list[Candidate]] = {}
    for (_, normal), near in asked.open.items():
        found.setdefault(normal, near)
    rows = [
        (normal, one.candidate, one.person, f"{one.similarity:.1f}", one.same_parts, one.rank, None)
        for normal, near in sorted(found.items())
        for one in near
    ]
    added = pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)
    if before is None:
        return added
    kept = before.drop(columns=ROW, errors="ignore")
    pairs = set(zip(kept["given"], kept["person_id"], strict=True))
    fresh = [pair not in pairs for pair in zip(added["given"], added["person_id"], strict=True)]
    return pd.concat([kept.astype(object), added[fresh]], ignore_index=True)


def linkage_report(
    linkage: pd.DataFrame, unmatched: Mapping[str, Iterable[str]] | None = None
) -> pd.DataFrame:
    """How the answers of each wave were found to be somebody's, by class of match.

    Parameters
    ----------
    linkage : DataFrame
        The study's table ``linkage``: person_id, wave_id, match.
    unmatched : mapping of str to iterable of str, optional
        By wave, identifiers that fitted nobody (``Identity.unmatched`` of an import).

    Returns
    -------
    DataFrame
        A row a wave: people by class (exact, normalised, confirmed, unmatched), all of them, and the share
        that was linked. Of links by self-made codes 2.7 per cent were false in the published trial
        (McGloin 1996); no data can tell which.

    Examples
    --------
    >>> waves = {"person_id": ["s1", "s2"], "wave_id": "post", "match": ["exact", "confirmed"]}
    >>> linkage_report(pd.DataFrame(waves), {"post": ["ZO07LAO00", "MA"]}).loc["post"].to_dict()["linked"]
    0.5
    """
    lost = {wave: len(set(some)) for wave, some in (unmatched or {}).items()}
    once = linkage.drop_duplicates(["person_id", "wave_id"])
    waves = list(dict.fromkeys([*once["wave_id"].dropna(), *lost]))
    counts = pd.crosstab(once["wave_id"], once["match"]).reindex(
        index=waves, columns=list(CLASSES), fill_value=0
    )
    counts["unmatched"] = [lost.get(wave, 0) for wave in waves]
    counts["all"] = counts[list(CLASSES)].sum(axis=1)
    counts["linked"] = 1 - counts["unmatched"] / counts["all"]
    return counts.rename_axis(index="wave", columns=None)
