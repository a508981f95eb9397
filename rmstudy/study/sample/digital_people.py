"""Who applied, who drew a seat, and who met whom in the sample study "digital-skills"."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rmstudy.study.sample.draws import Draws

SENIORS, ELIGIBLE, EXECUTIVES, SEATS, EXECUTIVE_SEATS = 150, 108, 36, 48, 16
JUNIORS, MENTORS, DOUBLE_MENTORS = 88, 44, 4
NEVER_MET, SWAPPED, WITHDRAWN, LEFT, RELAPSING = 4, 3, 3, 1, 3
START, SWAP, END = dt.date(2024, 1, 15), dt.date(2024, 3, 22), dt.date(2024, 7, 15)
UNITS = ("operations", "technology", "sales", "finance", "marketing", "people", "legal", "logistics")
UNIT_WEIGHTS = (26, 22, 18, 12, 9, 6, 3, 4)
REASONS = (
    ("below_senior_band",) * 18 + ("already_trained",) * 11 + ("leaving_before_end",) * 7 + ("no_time",) * 6
)
TOPICS = ("documents", "data", "security", "ai")
INTERESTS = ("music", "sport", "travel", "cooking", "reading", "nature")


# Staff who could have taken part, counted by the characteristics of `participants`.
STAFF = {
    "mentee": {
        "all": {"all": 640},
        "age_band": {"35-44": 90, "45-54": 310, "55-64": 240},
        "seniority_band": {"3-senior": 550, "4-executive": 90},
        "unit": dict(zip(UNITS, (186, 96, 120, 78, 54, 44, 22, 40), strict=True)),
        "tenure_band": {"03-09": 110, "10-19": 290, "20+": 240},
    },
    "mentor": {
        "all": {"all": 420},
        "age_band": {"18-24": 70, "25-34": 350},
        "unit": dict(zip(UNITS, (118, 82, 76, 50, 38, 22, 12, 22), strict=True)),
        "tenure_band": {"00-02": 230, "03-09": 190},
    },
}


@dataclass(frozen=True)
class People:
    """Everybody in the study, with the tables that say how they came in."""

    participants: pd.DataFrame
    applications: pd.DataFrame
    assignments: pd.DataFrame

    def ids(self, role: str, *arms: str) -> list[str]:
        """People of a role in some arms, in the order of participants."""
        both = self.participants.merge(self.assignments, on="person_id")
        chosen = (both["role"] == role) & both["arm"].isin(arms)
        return [str(person) for person in both.loc[chosen, "person_id"]]


def draw_people(seed: int) -> People:
    """Applications, eligibility and the lottery."""
    draws = Draws(seed, "people")
    seniors = [f"s{n:03d}" for n in range(1, SENIORS + 1)]
    juniors = [f"j{n:03d}" for n in range(1, JUNIORS + 1)]
    mixed = draws.order(SENIORS)
    executives = set(mixed[:EXECUTIVES])
    reason = dict(zip(mixed[ELIGIBLE:], REASONS, strict=True))
    band = [
        "4-executive" if i in executives else "2-middle" if reason.get(i) == REASONS[0] else "3-senior"
        for i in range(SENIORS)
    ]
    participants = pd.DataFrame(
        {
            "person_id": seniors + juniors,
            "role": ["mentee"] * SENIORS + ["mentor"] * JUNIORS,
            "age_band": draws.choose(("35-44", "45-54", "55-64"), (1, 6, 5), SENIORS)
            + draws.choose(("18-24", "25-34"), (1, 4), JUNIORS),
            "seniority_band": band + ["1-junior"] * JUNIORS,
            "unit": draws.choose(UNITS, UNIT_WEIGHTS, SENIORS + JUNIORS),
            "tenure_band": draws.choose(("03-09", "10-19", "20+"), (2, 5, 4), SENIORS)
            + draws.choose(("00-02", "03-09"), (5, 4), JUNIORS),
        }
    )
    days = np.sort(draws.integers(0, 25, SENIORS))
    applications = pd.DataFrame(
        {
            "person_id": seniors,
            "applied_on": [(dt.date(2023, 10, 2) + dt.timedelta(days=int(day))).isoformat() for day in days],
            "source": draws.choose(("self", "nominated"), (9, 1), SENIORS),
            "eligible": ["no" if i in reason else "yes" for i in range(SENIORS)],
            "reason": [reason.get(i) for i in range(SENIORS)],
            "motivation": draws.choose((2, 3, 4, 5), (1, 3, 5, 4), SENIORS),
        }
    )
    return People(participants, applications, _assignments(draws, participants, set(reason)))


def _assignments(draws: Draws, participants: pd.DataFrame, ineligible: set[int]) -> pd.DataFrame:
    """Two lotteries, one a stratum, for the seniors; volunteers matched or not for the juniors."""
    eligible = participants[:SENIORS].drop(index=sorted(ineligible))
    seated: set[str] = set()
    for stratum, seats in (("4-executive", EXECUTIVE_SEATS), ("3-senior", SEATS - EXECUTIVE_SEATS)):
        pool = eligible.loc[eligible["seniority_band"] == stratum, "person_id"].tolist()
        seated |= set(draws.pick(pool, seats))
    matched = set(draws.pick(participants["person_id"].tolist()[SENIORS:], MENTORS))
    rows: list[tuple[str, str, str, str | None, str | None]] = []
    for person in participants.itertuples():
        if person.role == "mentor":
            arm = "programme" if person.person_id in matched else "comparison"
            rows.append((person.person_id, arm, "self", None, None))
        elif person.Index in ineligible:
            rows.append((person.person_id, "not_selected", "criteria", None, None))
        else:
            arm = "programme" if person.person_id in seated else "waitlist"
            rows.append((person.person_id, arm, "lottery", person.seniority_band, f"{SEATS / ELIGIBLE:.4f}"))
    columns = ["person_id", "arm", "mechanism", "stratum", "probability"]
    return pd.DataFrame(rows, columns=columns).assign(assigned_on="2024-01-12")


def staff_counts() -> pd.DataFrame:
    """The staff who could have taken part; everybody was invited, as the call was open."""
    rows = [
        (role, characteristic, value, people, people)
        for role, parts in STAFF.items()
        for characteristic, groups in parts.items()
        for value, people in groups.items()
    ]
    return pd.DataFrame(rows, columns=["role", "characteristic", "value", "people", "invited"])


def draw_profiles(seed: int, people: People) -> pd.DataFrame:
    """What mentors can and mentees want to learn, interests, a trait and the reporting line."""
    draws = Draws(seed, "profiles")
    unit = people.participants.set_index("person_id")["unit"]
    mentees, mentors = people.ids("mentee", "programme"), people.ids("mentor", "programme")
    rows: list[tuple[str, str, object]] = []
    for person in (*mentees, *mentors):
        senior = person in mentees
        low, high = (1, 4) if senior else (2, 4)
        levels = draws.integers(low, high, len(TOPICS)).tolist()
        prefix = "need" if senior else "skill"
        rows += [(person, f"{prefix}_{topic}", level) for topic, level in zip(TOPICS, levels, strict=True)]
        rows.append((person, "interest", draws.choose(INTERESTS, [1] * len(INTERESTS), 1)[0]))
        rows.append((person, "trait_openness", int(draws.integers(1, 5, 1)[0])))
        bosses = [] if senior else [boss for boss in mentees if unit[boss] == unit[person]]
        if bosses and draws.uniform(1)[0] < 0.4:
            rows.append((person, "reports_to", draws.pick(bosses, 1)[0]))
    return pd.DataFrame(rows, columns=["person_id", "attribute", "value"])


def _match_scores(
    profiles: pd.DataFrame, mentees: list[str], mentors: list[str]
) -> dict[tuple[str, str], float]:
    """How far each mentor's skills cover each mentee's needs, 0 to 1."""
    value = {(row.person_id, row.attribute): row.value for row in profiles.itertuples()}

    def covered(mentee: str, mentor: str) -> float:
        needs = [int(value[mentee, f"need_{topic}"]) for topic in TOPICS]
        skills = [int(value[mentor, f"skill_{topic}"]) for topic in TOPICS]
        return round(sum(min(n, s) for n, s in zip(needs, skills, strict=True)) / sum(needs), 2)

    return {(mentee, mentor): covered(mentee, mentor) for mentee in mentees for mentor in mentors}


def draw_pairs(seed: int, people: People, profiles: pd.DataFrame) -> pd.DataFrame:
    """Forty-eight pairs, some of which never met, ended early or got a new mentor."""
    draws = Draws(seed, "pairs")
    unit = people.participants.set_index("person_id")["unit"]
    mentees, mentors = people.ids("mentee", "programme"), people.ids("mentor", "programme")
    score = _match_scores(profiles, mentees, mentors)
    free = [*mentors, *draws.pick(mentors, DOUBLE_MENTORS)]
    matched = {}
    # the largest department first: it has the fewest juniors left outside itself
    size = unit[mentees].value_counts()
    for mentee in sorted(mentees, key=lambda person: (-size[unit[person]], person)):
        allowed = [mentor for mentor in free if unit[mentor] != unit[mentee]]
        matched[mentee] = max(allowed or free, key=lambda mentor: (score[mentee, mentor], mentor))
        free.remove(matched[mentee])
    fate = _fates(draws, mentees, matched)
    rows = []
    for number, mentee in enumerate(mentees, start=1):
        reason = fate.get(mentee, "completed")
        mentor = matched[mentee]
        end = {"reassigned": SWAP, "withdrawn": dt.date(2024, 4, 30), "left_company": dt.date(2024, 5, 31)}
        rows.append([f"p{number:02d}", mentor, mentee, START, end.get(reason, END), reason])
        rows[-1] += ["by_skills", score[mentee, mentor], None]
    again = [row for row in rows if row[5] == "reassigned"]
    left = {row[1] for row in again}
    helpers = draws.pick(
        [m for m in mentors if m not in left and list(matched.values()).count(m) == 1], SWAPPED
    )
    for number, (old, mentor) in enumerate(zip(again, helpers, strict=True), start=len(rows) + 1):
        spell = [f"p{number:02d}", mentor, old[2], SWAP + dt.timedelta(days=10), END, "completed"]
        rows.append([*spell, "by_coordinator", score[old[2], mentor], old[0]])
    columns = ["pair_id", "mentor_id", "mentee_id", "start", "end", "end_reason"]
    return pd.DataFrame(rows, columns=[*columns, "match_method", "match_score", "predecessor_pair_id"])


def with_capacity(profiles: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Profiles in which the juniors who took two seniors from the start say so."""
    first = pairs.loc[pairs["predecessor_pair_id"].isna(), "mentor_id"]
    double = sorted(first[first.duplicated()])
    more = pd.DataFrame({"person_id": double, "attribute": "capacity", "value": 2})
    return pd.concat([profiles, more], ignore_index=True)


def _fates(draws: Draws, mentees: list[str], matched: dict[str, str]) -> dict[str, str]:
    """How the pairs that were not completed ended; a mentor who is replaced has no other senior."""
    mentors = list(matched.values())
    alone = [mentee for mentee in mentees if mentors.count(matched[mentee]) == 1]
    mixed = [alone[i] for i in draws.order(len(alone))]
    ends = ["reassigned"] * SWAPPED + ["never_met"] * NEVER_MET + ["withdrawn"] * WITHDRAWN
    return dict(zip(mixed, [*ends, *["left_company"] * LEFT], strict=False))


def draw_meetings(seed: int, pairs: pd.DataFrame) -> pd.DataFrame:
    """Meetings of each spell: overdispersed, on working days, none for the pairs that never met."""
    draws = Draws(seed, "meetings")
    rows: list[tuple[str, str, object, int, str, str, str]] = []
    for spell in pairs.itertuples():
        days = (spell.end - spell.start).days
        # a gamma-Poisson count: pairs differ more than chance alone would have it
        rate = 5.6 * -float(np.log(draws.uniform(4)).sum()) / 4 * days / (END - START).days
        n = 0 if spell.end_reason == "never_met" else min(max(_poisson(draws, rate), 1), 10)
        for k in range(n):
            day = (k + 0.5) / n * days + float(draws.uniform(1)[0] - 0.5) * 0.7 * days / n
            date = spell.start + dt.timedelta(days=int(day))
            if date.isoweekday() > 5:
                date += dt.timedelta(days=8 - date.isoweekday())
            minutes = int(draws.choose((30, 45, 60, 75, 90), (1, 4, 9, 2, 1), 1)[0])
            mode = draws.choose(("in_person", "online"), (3, 2), 1)[0]
            source = draws.choose(("platform", "calendar", "self"), (6, 3, 1), 1)[0]
            reporter = draws.choose(("mentor", "mentee"), (2, 1), 1)[0]
            rows.append(("", spell.pair_id, min(date, spell.end), minutes, mode, source, reporter))
    meetings = pd.DataFrame(
        rows, columns=["meeting_id", "pair_id", "date", "minutes", "mode", "source", "reported_by"]
    )
    return meetings.assign(meeting_id=[f"m{n:03d}" for n in range(1, len(meetings) + 1)])


def _poisson(draws: Draws, rate: float) -> int:
    """One Poisson count, by inversion."""
    target, count, term = float(draws.uniform(1)[0]), 0, math.exp(-rate)
    total = term
    while total < target and count < 100:
        count += 1
        term *= rate / count
        total += term
    return count


def draw_log(seed: int, pairs: pd.DataFrame, meetings: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """What the two said after each meeting, and the pairs that slid back into hierarchy."""
    draws = Draws(seed, "log")
    held = meetings.groupby("pair_id").size()
    completed = pairs.loc[
        (pairs["end_reason"] == "completed") & pairs["predecessor_pair_id"].isna(), "pair_id"
    ]
    relapsing = draws.pick([pair for pair in completed if held.get(pair, 0) >= 5], RELAPSING)
    rows = []
    for pair, of_pair in meetings.groupby("pair_id", sort=True):
        usual = float(np.clip(52 + 5 * draws.normal(1)[0], 46, 62))
        for number, meeting in enumerate(of_pair["meeting_id"]):
            relapsed = pair in relapsing and number >= 2
            for reporter, diligence in (("mentor", 0.92), ("mentee", 0.82)):
                row = _log_row(draws, usual, relapsed)
                if pair in relapsing or draws.uniform(1)[0] < diligence:
                    rows.append((meeting, reporter, *row))
    columns = ["meeting_id", "reporter_role", "talk_share_mentor", "agenda_by", "questions_by"]
    log = pd.DataFrame(rows, columns=[*columns, "advice_direction", "held_back", "usefulness"])
    return log.sort_values(["meeting_id", "reporter_role"], kind="stable"), relapsing


def _log_row(draws: Draws, usual: float, relapsed: bool) -> tuple[int, str, str, str, int, int]:
    """One entry: a good meeting, or one in which the senior took over."""
    if relapsed:
        share = int(draws.integers(3, 6, 1)[0]) * 5
        return share, "mentee", "mentor", "mentee_to_mentor", int(draws.integers(2, 4, 1)[0]), 1
    share = int(round(float(np.clip(usual + 4 * draws.normal(1)[0], 40, 68)) / 5) * 5)
    agenda = draws.choose(("mentor", "both", "mentee"), (4, 4, 2), 1)[0]
    questions = draws.choose(("mentor", "both", "mentee"), (1, 4, 6), 1)[0]
    advice = draws.choose(("mentor_to_mentee", "both", "mentee_to_mentor"), (12, 7, 1), 1)[0]
    held, useful = draws.choose((0, 1, 2), (6, 3, 1), 1)[0], draws.choose((2, 3, 4), (2, 5, 4), 1)[0]
    return share, agenda, questions, advice, held, useful
