"""The data's quality: what a study's tables suffer from, what could not be looked for, and what is left to use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from rmstudy.errors import DesignError, Problem
from rmstudy.methods.reliability import item_analysis
from rmstudy.study.decisions import decided
from rmstudy.study.messes import MESSES
from rmstudy.study.scale import COLUMN
from rmstudy.study.scoring import LEAST_ITEMS_FOR_A_PATTERN
from rmstudy.study.study import Study

CEILING: Final = 0.20
GRAIN: Final = 1e-9
LEAST_FOR_ITEMS: Final = 20
LEAST_FOR_CEILINGS: Final = 10
LEAST_AGAINST: Final = 0.20
_FIVE_PERCENT: Final = 1.645  # of a normal distribution, one side


@dataclass(frozen=True, slots=True)
class Looked:
    """One rule of the register, and what came of it.

    Parameters
    ----------
    rule : str
        A key of `rmstudy.study.messes.MESSES`.
    found : tuple of Problem
        Its findings.
    unchecked : str
        Why it could not be looked for, in English; empty where it was.
    """

    rule: str
    found: tuple[Problem, ...]
    unchecked: str = ""


def findings(study: Study) -> tuple[Problem, ...]:
    """List everything to be decided or to be known about a study's data.

    Parameters
    ----------
    study : Study
        A loaded study.

    Returns
    -------
    tuple of Problem
        Those of ``study.findings``, then what only statistics can see: items that run against the others,
        and many people at the top or bottom of a scale before the start.

    Examples
    --------
    >>> import rmstudy as rm
    >>> findings(rm.load_sample("no-comparison"))
    ()
    """
    more = [*_against_the_others(study), *_at_an_end(study)]
    return (*study.findings, *decided(more, study.tables.get("decision_log")))


def looked(study: Study) -> tuple[Looked, ...]:
    """Go through the register: what was found by each rule, and which could not be looked for.

    Parameters
    ----------
    study : Study
        A loaded study.

    Examples
    --------
    >>> import rmstudy as rm
    >>> {one.rule: one.unchecked for one in looked(rm.load_sample("no-comparison"))}["leavers_missing"]
    'there is no table of staff records (hr_outcomes)'
    """
    found = findings(study)
    reasons = unchecked(study)
    return tuple(
        Looked(rule, tuple(one for one in found if one.rule == rule), reasons.get(rule, ""))
        for rule in MESSES
    )


def linkage_classes(study: Study) -> pd.DataFrame:
    """Count how the answers of each wave were found to be somebody's.

    Parameters
    ----------
    study : Study
        A loaded study.

    Returns
    -------
    DataFrame
        Columns ``wave``, ``match``, ``n``: links of each class in each wave; people who answered and stand
        in no row of ``linkage`` are ``exact``. Unsuppressed: for the coordinator.

    Examples
    --------
    >>> import rmstudy as rm
    >>> linkage_classes(rm.load_sample("eight-pairs")).values.tolist()
    [['pre', 'exact', 16], ['post', 'exact', 15]]
    """
    links = link_of(study)
    counts = links.groupby(["wave_id", "match"], sort=False).size().to_dict()
    rows = [
        (wave, match, counts[wave, match])
        for wave in study.plan.waves
        for match in ("exact", "normalised", "confirmed")
        if (wave, match) in counts
    ]
    return pd.DataFrame(rows, columns=["wave", "match", "n"])


def link_of(study: Study) -> pd.DataFrame:
    """How each person's answers of each wave were linked: ``person_id``, ``wave_id``, ``match``."""
    given = study.answers[["person_id", "wave_id"]].drop_duplicates()
    people = given[given["person_id"].isin(study.tables["participants"]["person_id"])]
    if "linkage" not in study.tables:
        return people.assign(match="exact")
    links = study.tables["linkage"][["person_id", "wave_id", "match"]]
    joined = people.merge(links, on=["person_id", "wave_id"], how="left", validate="one_to_one")
    return joined.assign(match=joined["match"].fillna("exact"))


def _file(study: Study) -> str:
    """Name of the file with the answers."""
    return "responses.parquet" if (study.path / "responses.parquet").exists() else "responses.csv"


def _scales(study: Study) -> Iterator[tuple[str, str, str, pd.DataFrame]]:
    """Each scale, role and wave with its sheet of answers, where enough people answered."""
    plan, kinds = study.plan, study.answers[["instrument_id", "wave_id"]].drop_duplicates()
    asked = set(kinds.itertuples(index=False, name=None))
    for name, one in plan.instruments.items():
        if len(one.items) < 2 or one.key or one.forms or one.scored_against or one.derived or not one.range:
            continue
        for role in one.role:
            for wave in plan.waves:
                if (name, wave) in asked and role != "unit":
                    sheet = study.items(name, role=role, wave=wave)
                    if len(sheet.dropna()) >= LEAST_FOR_ITEMS:
                        yield name, role, wave, sheet


def _against_the_others(study: Study) -> Iterator[Problem]:
    """Items that go down when the others go up, by more than chance (one side, five per cent)."""
    wide = not (study.answers[COLUMN] == "value").all()
    for name, role, wave, sheet in _scales(study):
        for item in _turned(sheet):
            is_reversed = item in study.plan.instruments[name].reverse
            what = f"{item} of {name} runs against the other items ({wave}, {role}s): " + (
                "reversed twice" if is_reversed else "not reversed"
            )
            next_step = (
                "Look whether the answers were turned before: then take it out of `reverse` in study.yml."
                if is_reversed
                else "Where its wording is turned round, add it to `reverse` in study.yml."
            )
            place = (_file(study), None, item if wide else "item_id", item)
            yield Problem(what, next_step, *place, severity="to decide", rule="reversed_items")


def _turned(sheet: pd.DataFrame) -> list[str]:
    """Items that run against the others clearly: also once all such items are turned."""
    try:
        table = item_analysis(sheet)
        against = [str(item) for item in table.index[table["against"]]]
        if not against:
            return []
        again = item_analysis(sheet.assign(**{item: -sheet[item] for item in against}))
    except DesignError:
        return []
    least = max(LEAST_AGAINST, _FIVE_PERCENT / float(np.sqrt(table["n"].iloc[0])))
    return [item for item in against if again.loc[item, "r_drop"] >= least]


def _at_an_end(study: Study) -> Iterator[Problem]:
    """Instruments on which a fifth of the people had the best, or the worst, score before the start."""
    plan = study.plan
    before = {(goal.role, one.instrument): one.before for goal, one in plan.criteria}
    first = "pre" if "pre" in plan.waves else next(iter(plan.waves))
    role_of = study.tables["participants"].set_index("person_id")["role"]
    for name, one in plan.instruments.items():
        ends = (one.minimum, one.maximum)
        if one.derived or one.scored_against or ends[0] is None or ends[1] is None:
            continue
        rows = study.scores[study.scores["instrument_id"] == name]
        for role in one.role:
            wave = before.get((role, name), first)
            mine = rows[(rows["wave_id"] == wave) & (rows["person_id"].map(role_of) == role)]["score"]
            if len(mine) < LEAST_FOR_CEILINGS:
                continue
            shares = (float((mine <= ends[0] + GRAIN).mean()), float((mine >= ends[1] - GRAIN).mean()))
            for share, end in zip(shares, ("lowest", "highest"), strict=True):
                if share < CEILING:
                    continue
                best = (end == "highest") == (one.higher_is == "better")
                what = (
                    f"{100 * share:.0f}% of the {role}s had the {end} score of {name} in {wave} already: "
                    + ("an improvement cannot show there" if best else "a worsening cannot show there")
                )
                place = (_file(study), None, "" if one.items else name, name)
                yield Problem(what, "", *place, severity="to know", rule="ceiling")


def unchecked(study: Study) -> dict[str, str]:
    """Rules that nothing in the study lets one look for, or only in part, each with its reason.

    Parameters
    ----------
    study : Study
        A loaded study.

    Examples
    --------
    >>> import rmstudy as rm
    >>> unchecked(rm.load_sample("no-comparison"))["crossed_over"]
    'there is no table of assignments'
    """
    return _without_pairs(study) | _without_answers(study) | _without_records(study)


def _without_pairs(study: Study) -> dict[str, str]:
    """What the tables about pairs do not let one see."""
    tables = study.tables
    if "pairs" not in tables:
        rules = ("role_swapped", "mentor_swapped", "several_mentees", "crossed_over")
        return dict.fromkeys(rules, "there is no table of pairs")
    reasons = {}
    if not {"seniority_band", "age_band"} & set(tables["participants"].columns):
        reasons["role_swapped"] = "without age_band and seniority_band only by the roles"
    if "assignments" not in tables:
        reasons["crossed_over"] = "there is no table of assignments"
    return reasons


def _without_answers(study: Study) -> dict[str, str]:
    """What the answers do not let one see."""
    reasons, columns = {}, study.tables["responses"].columns
    instruments = study.plan.instruments.values()
    if not any(True for _ in _scales(study)):
        reasons["reversed_items"] = "no scale was answered by 20 people"
    if study.answers["wave_id"].nunique() < 2:
        reasons["range_change"] = "there is one wave only"
    if "seconds" not in columns:
        reasons["careless"] = "without seconds in responses only by equal answers"
    if not any(len(one.items) >= LEAST_ITEMS_FOR_A_PATTERN for one in instruments):
        reasons["careless"] = "no scale has four items or more"
    if "answered_at" not in columns:
        reasons["impossible_dates"] = "without answered_at in responses only by the other tables"
    if all(one.maximum is None for one in instruments):
        reasons["ceiling"] = "no instrument has a range"
    return reasons


def _without_records(study: Study) -> dict[str, str]:
    """What nothing else in the study lets one see."""
    columns = {name: set(table.columns) for name, table in study.tables.items()}
    reasons = {}
    if "end_reason" not in columns.get("pairs", ()) and "withdrawn_on" not in columns.get("consent", ()):
        reasons["withdrawn"] = "nothing says why pairs ended or who withdrew"
    if "hr_outcomes" not in columns:
        reasons["leavers_missing"] = "there is no table of staff records (hr_outcomes)"
    return reasons
