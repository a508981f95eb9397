"""The answers of the sample study "digital-skills": what people are truly like, and what they tick."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rmstudy.study.plan import Instrument, Plan
from rmstudy.study.sample import answers
from rmstudy.study.sample.digital_people import UNITS, People
from rmstudy.study.sample.draws import Draws, Floats

Levels = dict[str, Floats]
"""True standardised levels of one instrument, by wave."""

SHIFT, PRACTICE = 0.951, 0.114  # on the scale of true knowledge: 0.80 and 0.10 SD of the test score
EFFECTS = {
    "digital_skill": 0.45,
    "tech_confidence": 0.05,
    "leadership": 0.40,
    "leadership_observed": 0.15,
    "communication": 0.25,
    "communication_observed": 0.10,
    "self_confidence": 0.20,
    "perspective_taking": 0.25,
    "inclusion": 0.10,
    "generational_attitudes": 0.20,
}
"""What the programme adds to the mean at the end, in reference SDs."""

HALF_WAY = 0.6  # share of the effect that is there at the wave "mid"
IN_PAIR = math.sqrt(0.10)  # the two of a pair share a tenth of what changes in them
AGREEMENT = 0.4  # correlation of a mentor's own view with the manager's
PULL = 0.30  # how far the programme moves the mentor's own view towards the manager's
LISTENING = 0.20  # share of an executive's misjudgement that the programme takes away
MID = ("digital_skill", "tech_confidence")
OBSERVED = {"leadership_observed": "leadership", "communication_observed": "communication"}
STAYED = {"mentee": {"programme": 35, "waitlist": 40}, "mentor": {"programme": 34, "comparison": 31}}
STAYED_MID = {"programme": 41, "waitlist": 48}
OBSERVERS_STAYED = {"programme": 38, "comparison": 36}
OUTLOOK = {"mentee": "tech_confidence", "mentor": "leadership"}
STRAIGHT_LINERS = {"mentee": 5, "mentor": 4}
BLANK = 0.015


@dataclass(frozen=True)
class Group:
    """The people of one role who were measured, in a fixed order, and what happened to each."""

    ids: list[str]
    arm: NDArray[np.str_]
    dose: Floats
    """Meetings relative to the programme's mean: 1 on average in the programme, 0 elsewhere."""
    shared: Floats
    """What a person has in common with the other of the pair, standard normal."""


def draw_group(seed: int, role: str, people: People, pairs: pd.DataFrame, meetings: pd.DataFrame) -> Group:
    """Those of a role who were measured, with the dose they got."""
    ids = people.ids(role, *STAYED[role])
    arm = people.assignments.set_index("person_id")["arm"].loc[ids].to_numpy(dtype=np.str_)
    held = pairs["pair_id"].map(meetings.groupby("pair_id").size()).fillna(0.0)
    met = held.groupby(pairs[f"{role}_id"]).sum().reindex(ids, fill_value=0).to_numpy(dtype=np.float64)
    met = np.minimum(met, 6.0)  # more than planned adds nothing
    luck = pd.Series(Draws(seed, "pair").normal(len(pairs)), index=pairs["pair_id"])
    pair = pairs.drop_duplicates(f"{role}_id").set_index(f"{role}_id")["pair_id"].map(luck).reindex(ids)
    alone = pd.Series(Draws(seed, f"{role} alone").normal(len(ids)), index=ids)
    return Group(ids, arm, met / met[arm == "programme"].mean(), pair.fillna(alone).to_numpy(np.float64))


def scale_levels(draws: Draws, name: str, instrument: Instrument, group: Group) -> Levels:
    """True levels of a rating scale before, half-way and after."""
    step, size = math.sqrt(answers.true_stability(instrument)), answers.spread(instrument)
    first = draws.normal(len(group.ids))
    half = answers.later(draws, first, step)
    last = answers.later(draws, half, step, group.shared, IN_PAIR)
    effect = EFFECTS[name] * group.dose
    return {"pre": size * first, "mid": size * half + HALF_WAY * effect, "post": size * last + effect}


def own_and_observed(
    draws: Draws, own: Instrument, observed: Instrument, effects: tuple[float, float], group: Group
) -> tuple[Levels, Levels]:
    """True levels of a self-rating and of a manager's rating of the same people, before and after."""
    seen, kept = AGREEMENT, math.sqrt(1 - AGREEMENT**2)
    stability = answers.true_stability(own)
    first = draws.normal(len(group.ids))
    fresh = IN_PAIR * group.shared + math.sqrt(1 - IN_PAIR**2) * draws.normal(len(group.ids))
    last = stability * first + math.sqrt(1 - stability**2) * fresh
    first_seen = seen * first + kept * draws.normal(len(group.ids))
    last_seen = answers.later(draws, first_seen, answers.true_stability(observed), fresh, seen)
    size, size_seen = answers.spread(own), answers.spread(observed)
    # people come to see themselves more as others see them, without rating themselves lower on average
    pulled = last + PULL * group.dose * (last_seen - last)
    return (
        {"pre": size * first, "post": size * pulled + effects[0] * group.dose},
        {"pre": size_seen * first_seen, "post": size_seen * last_seen + effects[1] * group.dose},
    )


def predictions(draws: Draws, truth: Floats, group: Group) -> dict[str, NDArray[np.int64]]:
    """Predicted shares of agreeing staff, by wave: too rosy by a habit of each, and item by item off."""
    n, k = len(group.ids), len(truth)
    habit, misjudged = draws.normal(n), draws.normal(n, k)
    waves = {}
    for wave, better in (("pre", np.zeros(n)), ("post", LISTENING * group.dose)):
        if wave == "post":
            habit, misjudged = answers.later(draws, habit, 0.85), answers.later(draws, misjudged, 0.6)
        error = (8 + 7 * habit)[:, None] + 15 * misjudged
        guess = truth[None, :] + (1 - better)[:, None] * error
        waves[wave] = (5 * np.floor(np.clip(guess, 0, 100) / 5 + 0.5)).astype(np.int64)
    return waves


def draw_responses(
    seed: int,
    plan: Plan,
    people: People,
    pairs: pd.DataFrame,
    meetings: pd.DataFrame,
    truth: pd.DataFrame,
) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    """Everybody's answers with a column an item, and who ticked the same answer everywhere."""
    mentees = draw_group(seed, "mentee", people, pairs, meetings)
    mentors = draw_group(seed, "mentor", people, pairs, meetings)
    senior = people.participants.set_index("person_id")["seniority_band"]
    executive = (senior.loc[mentees.ids] == "4-executive").to_numpy()
    mentee_sheets = _rating_sheets(seed, plan, "mentee", mentees)
    for wave, sheet in _test_sheets(seed, plan, mentees).items():
        mentee_sheets[wave] = pd.concat([sheet, mentee_sheets[wave]], axis=1)
    values = truth["value"].to_numpy(dtype=np.float64)
    for wave, guess in predictions(Draws(seed, "awareness"), values, mentees).items():
        sheet = pd.DataFrame(guess, columns=truth["item_id"].tolist()).astype(object)
        sheet.loc[~executive] = None
        mentee_sheets[wave] = pd.concat([mentee_sheets[wave], sheet], axis=1)
    mentor_sheets, observer_sheets = _mentor_sheets(seed, plan, mentors)
    left = pairs.loc[pairs["end_reason"] == "left_company", "mentee_id"].tolist()
    parts, straight = [], {}
    for role, group, sheets in (("mentee", mentees, mentee_sheets), ("mentor", mentors, mentor_sheets)):
        rows, straight[role] = _answered(seed, plan, role, group, sheets, left)
        parts += rows
    parts += _observer_rows(seed, people, mentors, observer_sheets)
    parts.append(_unit_rows(seed))
    items = [i for spec in plan.instruments.values() for i in spec.items]
    columns = ["person_id", "wave_id", "rater_id", *items, "learning_culture"]
    return pd.concat(parts, ignore_index=True).reindex(columns=columns), straight


def _rating_sheets(seed: int, plan: Plan, role: str, group: Group) -> dict[str, pd.DataFrame]:
    """Ticked answers of a role's rating scales without an observer, by wave."""
    sheets: dict[str, list[pd.DataFrame]] = {"pre": [], "mid": [], "post": []}
    for name, instrument in plan.instruments.items():
        if role not in instrument.role or name not in EFFECTS or name in (*OBSERVED, *OBSERVED.values()):
            continue
        draws = Draws(seed, f"{role} {name}")
        for wave, levels in scale_levels(draws, name, instrument, group).items():
            if wave != "mid" or name in MID:
                sheets[wave].append(answers.scale_answers(draws, instrument, levels))
    return {wave: pd.concat(parts, axis=1) for wave, parts in sheets.items() if parts}


def _test_sheets(seed: int, plan: Plan, group: Group) -> dict[str, pd.DataFrame]:
    """Answers to the test: half take form A first and then B, the others the reverse."""
    draws, test = Draws(seed, "test"), plan.instruments["digital_test"]
    n = len(group.ids)
    first = draws.normal(n)
    last = answers.later(draws, first, answers.true_stability(test), group.shared, IN_PAIR)
    begin_with_a = np.isin(np.arange(n), draws.order(n)[: n // 2])
    forms = {"pre": np.where(begin_with_a, "A", "B"), "post": np.where(begin_with_a, "B", "A")}
    levels = {"pre": first, "post": last + PRACTICE + SHIFT * group.dose}
    return {wave: answers.test_answers(draws, test, forms[wave].tolist(), levels[wave]) for wave in forms}


def _mentor_sheets(
    seed: int, plan: Plan, group: Group
) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
    """Ticked answers of the juniors, and of their managers about them, by wave."""
    sheets = {wave: [sheet] for wave, sheet in _rating_sheets(seed, plan, "mentor", group).items()}
    seen: dict[str, list[pd.DataFrame]] = {"pre": [], "post": []}
    for other, name in OBSERVED.items():
        draws, own, observed = Draws(seed, name), plan.instruments[name], plan.instruments[other]
        effects = (EFFECTS[name], EFFECTS[other])
        mine, theirs = own_and_observed(draws, own, observed, effects, group)
        for wave in ("pre", "post"):
            sheets[wave].append(answers.scale_answers(draws, own, mine[wave]))
            seen[wave].append(answers.scale_answers(draws, observed, theirs[wave]))
    return (
        {wave: pd.concat(parts, axis=1) for wave, parts in sheets.items()},
        {wave: pd.concat(parts, axis=1) for wave, parts in seen.items()},
    )


def _answered(
    seed: int, plan: Plan, role: str, group: Group, sheets: dict[str, pd.DataFrame], left: list[str]
) -> tuple[list[pd.DataFrame], list[str]]:
    """The sheets of those who answered each wave, with blanks, labels and straight lines in them."""
    draws = Draws(seed, f"{role} answering")
    mood = _outlook(plan.instruments[OUTLOOK[role]], sheets["pre"])
    gone = np.isin(group.ids, left)
    stays = {"pre": list(range(len(group.ids)))}
    if "mid" in sheets:
        stays["mid"] = _stay(draws, group, STAYED_MID, mood, np.zeros_like(gone))
    stays["post"] = _stay(draws, group, STAYED[role], mood, gone)
    straight = draws.pick(stays["post"], STRAIGHT_LINERS[role])
    italian = draws.uniform(len(group.ids)) < 0.88
    rating = [i for name in plan.instruments if name in EFFECTS for i in plan.instruments[name].items]
    parts = []
    for wave, number_of in stays.items():
        sheet = sheets[wave].astype(object)
        ticked = [item for item in sheet.columns if item in rating]
        sheet[ticked] = answers.leave_blanks(draws, sheet[ticked], BLANK)
        if wave == "post":
            for person in straight:
                sheet.loc[person, ticked] = int(draws.integers(3, 4, 1)[0])
        sheet = answers.in_words(sheet, plan.instruments["inclusion"], italian)
        sheet.insert(0, "person_id", group.ids)
        sheet.insert(1, "wave_id", wave)
        parts.append(sheet.iloc[number_of])
    return parts, [group.ids[person] for person in straight]


def _outlook(instrument: Instrument, sheet: pd.DataFrame) -> Floats:
    """First score on a scale, standardised: it makes people a little more or less ready to answer again."""
    straight = [item for item in instrument.items if item not in instrument.reverse]
    score = sheet[straight].to_numpy(dtype=np.float64).mean(axis=1)
    return np.asarray((score - score.mean()) / score.std(), dtype=np.float64)


def _stay(
    draws: Draws, group: Group, stayed: dict[str, int], mood: Floats, gone: NDArray[np.bool_]
) -> list[int]:
    """Who answers a later wave: so many of each arm."""
    chosen: list[int] = []
    for arm, k in stayed.items():
        of_arm = np.flatnonzero(group.arm == arm)
        kept = answers.who_stays(draws, mood[of_arm], k, gone[of_arm])
        chosen += of_arm[kept].tolist()
    return sorted(chosen)


def _observer_rows(
    seed: int, people: People, group: Group, sheets: dict[str, pd.DataFrame]
) -> list[pd.DataFrame]:
    """Managers' rows: the same manager at both waves, several juniors of a department to a manager."""
    draws = Draws(seed, "observers")
    unit = people.participants.set_index("person_id")["unit"]
    which = draws.integers(1, 3, len(group.ids))
    rater = [f"o{3 * UNITS.index(unit[p]) + int(k):02d}" for p, k in zip(group.ids, which, strict=True)]
    everybody = list(range(len(group.ids)))
    nobody = np.zeros(len(group.ids), dtype=bool)
    stays = {"pre": everybody, "post": _stay(draws, group, OBSERVERS_STAYED, 0.0 * group.dose, nobody)}
    parts = []
    for wave, number_of in stays.items():
        sheet = answers.leave_blanks(draws, sheets[wave], BLANK)
        sheet.insert(0, "person_id", group.ids)
        sheet.insert(1, "wave_id", wave)
        sheet.insert(2, "rater_id", rater)
        parts.append(sheet.iloc[number_of])
    return parts


def _unit_rows(seed: int) -> pd.DataFrame:
    """The staff survey of each department, which the programme does not move."""
    draws = Draws(seed, "units")
    before = 3.4 + 0.25 * draws.normal(len(UNITS))
    after = before + 0.10 * draws.normal(len(UNITS))
    score = [f"{value:.2f}" for value in (*before, *after)]
    waves = ["pre"] * len(UNITS) + ["post"] * len(UNITS)
    return pd.DataFrame({"person_id": UNITS * 2, "wave_id": waves, "learning_culture": score})
