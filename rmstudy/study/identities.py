"""Ids that are not what they should be: one person under two, strangers, test rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from typing import Any, Final

import pandas as pd

from rmstudy.errors import Problem
from rmstudy.study.keys import among, looked_up
from rmstudy.study.plan import Plan
from rmstudy.study.reading import ROW

Tables = Mapping[str, pd.DataFrame]
ALIKE: Final = 0.75
VERY_ALIKE: Final = 0.85
MOST_COMPARED: Final = 200_000
NAMED: Final = 3
LEAST_IN_A_WAVE: Final = 5
_TEST: Final = (
    r"(?i)(?:tests?|testing|tester|prova|prove|demo|dummy|esempio|example|fake|finto|preview|anteprima|asdf\w*|"
    r"qwerty\w*|pippo|pluto|paperino|foo|xxx+|zzz+|aaa+)(?:[\s_.-]*(?:user|utente|person|id|row|riga|test|\d{1,3}))?"
    r"|(?:user|utente|person|id)[\s_.-]*test\d*"
)
_IN_A_TEST: Final = (
    "(?i)test|prov[ae]|demo|dummy|esempio|example|fake|finto|preview|anteprima|asdf|qwerty|pippo|pluto|paperino|foo|"
    "xxx|zzz|aaa"
)
_NUMBERS: Final = ("000", "0000", "999", "9999", "99999", "999999", "12345", "123456")


def identity_problems(
    plan: Plan, tables: Tables, answers: pd.DataFrame, files: Mapping[str, str]
) -> Iterator[Problem]:
    """One person under two ids, test rows, and waves whose ids do not fit together.

    Parameters
    ----------
    plan : Plan
        The plan.
    tables : mapping of str to DataFrame
        The tables by name, as text.
    answers : DataFrame
        Responses with one row an answer.
    files : mapping of str to str
        File name of each table, for the messages.
    """
    people = tables["participants"]
    yield from _spelled_twice(people, files["participants"])
    yield from _test_people(people, answers, files["participants"])
    yield from _unmatched_waves(plan, people, answers, files["responses"])


def _spelled_twice(people: pd.DataFrame, file: str) -> Iterator[Problem]:
    """Ids that differ only in case, leading zeros and spaces."""
    ids = people[["person_id", ROW]].dropna().drop_duplicates("person_id")
    bare = _bare(ids["person_id"])
    again = bare.duplicated(keep="first") & ~ids["person_id"].str.contains("@", regex=False)
    if not again.any():
        return
    first = ids[ROW].groupby(bare).transform("min")[again]
    for row, first_row, person in zip(ids.loc[again, ROW], first, ids.loc[again, "person_id"], strict=True):
        what = f"the id differs from the one in row {first_row} only in case, zeros or spaces: one person?"
        next_step = "Keep one row, and write the id the same way everywhere."
        yield Problem(what, next_step, file, row, "person_id", person, rule="duplicate_person")


def _bare(ids: pd.Series[Any]) -> pd.Series[Any]:
    """Ids without case, spaces, leading zeros and a point with a zero behind them."""
    bare = ids.str.casefold().str.replace(r"\s+", "", regex=True)
    zeros = bare.str.contains(r"(?:^|\D)0").fillna(False).astype(bool)
    bare[zeros] = bare[zeros].str.replace(r"(^|\D)0+(\d)", r"\1\2", regex=True)
    point = bare.str.endswith(".0").fillna(False).astype(bool)
    bare[point] = bare[point].str.replace(r"(?<=\d)\.0$", "", regex=True)
    return bare


def looks_like_a_test(ids: pd.Series[Any], known: pd.Series[Any]) -> pd.Series[bool]:
    """Which ids look like those of tests and previews.

    Parameters
    ----------
    ids : Series of str
        Ids to look at.
    known : Series of str
        All ids of the study, to tell 999 among numbers that go that far.

    Examples
    --------
    >>> import pandas as pd
    >>> looks_like_a_test(pd.Series(["prova", "s01", "999", "Test_2"]), pd.Series(["s01"])).tolist()
    [True, False, True, True]
    """
    words = _named_as_tests(ids)
    if len(known) > 1 and (words if ids is known else _named_as_tests(known)).mean() > 0.5:
        words &= False  # a study that names everybody so means nothing by it
    numeric = known[~known.isin(_NUMBERS)].dropna().str.fullmatch(r"\d+")
    counted = bool(len(numeric)) and bool(numeric.mean() > 0.5)
    return words if counted and len(known) > 100 else words | ids.isin(_NUMBERS)


def _named_as_tests(ids: pd.Series[Any]) -> pd.Series[bool]:
    """Which ids are words for a test; most have none of these in them, which is quick to see."""
    found = ids.str.contains(_IN_A_TEST).fillna(False).astype(bool)
    found[found] = ids[found].str.fullmatch(_TEST).fillna(False).astype(bool)
    return found


def _test_people(people: pd.DataFrame, answers: pd.DataFrame, file: str) -> Iterator[Problem]:
    """Participants who look like tests."""
    ids = people["person_id"]
    found = people[looks_like_a_test(ids, ids) & ids.notna()]
    if found.empty:
        return
    given = answers[answers["person_id"].isin(found["person_id"])]
    kinds = given.groupby("person_id")["value"].nunique()
    for row, person in zip(found[ROW], found["person_id"], strict=True):
        same = " and answered the same everywhere" if kinds.get(person) == 1 else ""
        what = f"the id looks like a test or a preview{same}"
        next_step = "Remove the person's rows everywhere, or note the decision that this is a person."
        place = (file, row, "person_id", person)
        yield Problem(what, next_step, *place, severity="to decide", rule="test_rows")


def candidates(
    strangers: list[str], known: pd.Index, less_likely: Mapping[str, set[str]] | None = None
) -> dict[str, list[str]]:
    """Known ids that look most like some others, with how much; nothing is accepted by itself.

    Parameters
    ----------
    strangers : list of str
        Ids that nobody has.
    known : Index of str
        Ids of the study.
    less_likely : mapping of str to set of str, optional
        For each of the others, ids that come after equally similar ones.

    Examples
    --------
    >>> import pandas as pd
    >>> candidates(["MARO0521"], pd.Index(["MARO0512", "LUBI0930"]))
    {'MARO0521': ["'MARO0512' (88)"]}
    """
    if len(strangers) * len(known) > MOST_COMPARED:
        return {}
    found: dict[str, list[str]] = {}
    for one in strangers:
        matcher = SequenceMatcher(b=one.casefold(), autojunk=False)
        near = []
        for other in known:
            matcher.set_seq1(str(other).casefold())
            if matcher.real_quick_ratio() >= ALIKE and matcher.quick_ratio() >= ALIKE:
                near.append((matcher.ratio(), str(other)))
        there = (less_likely or {}).get(one, set())
        order = sorted((-ratio, other in there, other) for ratio, other in near if ratio >= ALIKE)
        found[one] = [f"{other!r} ({-100 * ratio:.0f})" for ratio, _, other in order[:NAMED]]
    return found


def _unmatched_waves(plan: Plan, people: pd.DataFrame, answers: pd.DataFrame, file: str) -> Iterator[Problem]:
    """Waves that nobody answered both, and two ids that are alike with one wave each."""
    role = people.drop_duplicates("person_id").set_index("person_id")["role"]
    role_of = looked_up(answers["person_id"], role)
    seen: set[tuple[str, str, str]] = set()
    for goal, criterion in plan.criteria:
        key = (goal.role, criterion.before, criterion.after)
        if len(criterion.waves) < 2 or key in seen or goal.role == "unit":
            continue
        seen.add(key)
        mine = answers.loc[role_of == goal.role, ["person_id", "wave_id"]]
        before, after = (
            mine["person_id"][mine["wave_id"] == wave].drop_duplicates()
            for wave in (criterion.before, criterion.after)
        )
        only_before, only_after = before[~among(before, after)], after[~among(after, before)]
        if min(len(before), len(after)) >= LEAST_IN_A_WAVE and len(only_before) == len(before):
            what = f"no {goal.role} answered both {criterion.before} and {criterion.after}: do their ids fit?"
            next_step = "Bring the ids of both to one spelling (see `identify` and `digits` in mapping.yml)."
            yield Problem(what, next_step, file, None, "wave_id", criterion.after, rule="unmatched_ids")
            continue
        yield from _one_wave_each(answers, set(only_before), set(only_after), criterion.after, file)


def _one_wave_each(
    answers: pd.DataFrame, only_before: set[str], only_after: set[str], wave: str, file: str
) -> Iterator[Problem]:
    """Two ids that are very much alike, one with the first wave only and one with the last."""
    skeletons = pd.Series([re.sub(r"\d+", "#", one) for one in (*only_before, *only_after)], dtype="object")
    if not only_before or not only_after or skeletons.duplicated(keep=False).mean() > 0.5:
        return  # ids that are counted through are all alike
    if len(only_before) * len(only_after) > MOST_COMPARED:
        return
    rows = answers[answers["wave_id"] == wave].groupby("person_id")[ROW].min()
    for person in sorted(only_after):
        matcher = SequenceMatcher(b=person.casefold(), autojunk=False)
        for other in sorted(only_before):
            matcher.set_seq1(other.casefold())
            if len(person) >= 6 and matcher.quick_ratio() >= VERY_ALIKE and matcher.ratio() >= VERY_ALIKE:
                what = (
                    f"answered only {wave}, and {other!r} only before; the ids are alike "
                    f"({100 * matcher.ratio():.0f} of 100): one person?"
                )
                next_step = "Compare the two; write one id if they are one, or note the decision."
                place = (file, int(rows[person]), "person_id", person)
                yield Problem(what, next_step, *place, severity="to decide", rule="unmatched_ids")
