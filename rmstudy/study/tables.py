"""The tables of a study and their columns: the data dictionary in code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["id", "text", "number", "count", "date"]

ARMS: Final = ("programme", "waitlist", "comparison", "not_selected")
MECHANISMS: Final = ("lottery", "first_come", "manager", "criteria", "self", "everyone")
YES_NO: Final = ("yes", "no")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: what it holds, whether it must be there and filled, and which values it may have."""

    about: str
    kind: Kind = "text"
    required: bool = False
    filled: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its columns, the columns that make a row unique, and whether it may have more columns."""

    about: str
    columns: dict[str, Column]
    key: tuple[str, ...] = ()
    open: bool = False


def _id(about: str, *, required: bool = True) -> Column:
    """A pseudonym or another key."""
    return Column(about, "id", required=required, filled=required)


TABLES: Final[dict[str, Table]] = {
    "participants": Table(
        "one row a person, pseudonyms only; further columns are covariates",
        {
            "person_id": _id("pseudonym"),
            "role": Column("role named in the plan", "id", required=True, filled=True),
            "age_band": Column("such as 25-34"),
            "seniority_band": Column("such as 1-junior"),
            "unit": Column("department or site that results may be broken down by"),
            "gender": Column("only when needed"),
            "tenure_band": Column("such as 0-2"),
            "site": Column("place of work"),
        },
        key=("person_id",),
        open=True,
    ),
    "staff": Table(
        "one row a group of the staff who could have taken part, counted: no people",
        {
            "role": Column("role named in the plan", "id", required=True, filled=True),
            "characteristic": Column(
                "column of participants that divides the groups, or all", "id", required=True, filled=True
            ),
            "value": Column("the group, or all", required=True, filled=True),
            "people": Column("people in it", "count", required=True, filled=True),
            "invited": Column("of these, people who were invited", "count"),
        },
        key=("role", "characteristic", "value"),
    ),
    "applications": Table(
        "one row an applicant",
        {
            "person_id": _id("pseudonym"),
            "applied_on": Column("day of the application", "date"),
            "source": Column("who put the person forward", choices=("self", "nominated")),
            "eligible": Column("whether the person could take part", choices=YES_NO),
            "reason": Column("why not, from a short list of codes"),
            "motivation": Column("1 to 5", "number"),
        },
        key=("person_id",),
    ),
    "assignments": Table(
        "one row a person who was assigned, also those who were not selected",
        {
            "person_id": _id("pseudonym"),
            "arm": Column("where the person was assigned", required=True, filled=True, choices=ARMS),
            "mechanism": Column("how", choices=MECHANISMS),
            "stratum": Column("stratum of the lottery"),
            "probability": Column("chance of a seat", "number"),
            "assigned_on": Column("day of the assignment", "date"),
        },
        key=("person_id",),
    ),
    "profiles": Table(
        "one row a person and attribute, for matching",
        {
            "person_id": _id("pseudonym"),
            "attribute": Column("skill, need, interest, trait or reporting line", required=True, filled=True),
            "value": Column("its value", required=True, filled=True),
        },
        key=("person_id", "attribute"),
    ),
    "pairs": Table(
        "one row a spell of a pair",
        {
            "pair_id": _id("name of the spell"),
            "mentor_id": _id("the junior, who teaches"),
            "mentee_id": _id("the senior, who learns"),
            "start": Column("first day", "date"),
            "end": Column("last day", "date"),
            "end_reason": Column(
                "why it ended", choices=("completed", "withdrawn", "left_company", "reassigned", "never_met")
            ),
            "match_method": Column("how the pair was found"),
            "match_score": Column("its score", "number"),
            "predecessor_pair_id": Column("spell that this one replaces", "id"),
        },
        key=("pair_id",),
    ),
    "meetings": Table(
        "one row a meeting that took place",
        {
            "meeting_id": _id("name of the meeting"),
            "pair_id": _id("the pair"),
            "date": Column("day", "date", required=True, filled=True),
            "minutes": Column("length", "number"),
            "mode": Column("such as in_person or online"),
            "source": Column("where the record comes from", choices=("platform", "calendar", "self")),
            "reported_by": Column("role of the person who reported it"),
        },
        key=("meeting_id",),
    ),
    "meeting_log": Table(
        "one row a meeting and reporter",
        {
            "meeting_id": _id("the meeting"),
            "reporter_role": Column("role of the reporter", "id", required=True, filled=True),
            "talk_share_mentor": Column("mentor's share of the talk, 0 to 100", "number"),
            "agenda_by": Column("who set the agenda"),
            "questions_by": Column("who asked more", choices=("mentor", "both", "mentee")),
            "advice_direction": Column(
                "which way advice went", choices=("mentor_to_mentee", "both", "mentee_to_mentor")
            ),
            "held_back": Column("how far the junior held back, 0 to 4", "number"),
            "usefulness": Column("0 to 4", "number"),
        },
        key=("meeting_id", "reporter_role"),
    ),
    "responses": Table(
        "one row an answer, or one row a person and wave with a column an item",
        {
            "person_id": _id("whom the answer is about"),
            "wave_id": Column("wave named in the plan", "id", required=True, filled=True),
            "instrument_id": Column("instrument named in the plan", "id", required=True, filled=True),
            "item_id": Column("item; empty for a single number", "id"),
            "value": Column("the answer, as a number or a label; empty when not answered"),
            "rater_id": Column("who answered, where that is somebody else", "id"),
            "answered_at": Column("day of the answer", "date"),
            "seconds": Column("time taken for the whole sheet", "number"),
        },
        key=("person_id", "wave_id", "instrument_id", "item_id", "rater_id"),
    ),
    "reference_values": Table(
        "one row an item: what a prediction is scored against",
        {
            "instrument_id": _id("instrument named in the plan"),
            "item_id": _id("item"),
            "wave_id": Column("wave, where the truth differs by wave", "id"),
            "value": Column("the truth", "number", required=True, filled=True),
        },
        key=("instrument_id", "item_id", "wave_id"),
    ),
    "hr_outcomes": Table(
        "one row a person and measure",
        {
            "person_id": _id("pseudonym"),
            "measure": Column("such as still_employed", required=True, filled=True),
            "as_of": Column("day", "date", required=True, filled=True),
            "value": Column("its value", "number"),
            "event_date": Column("day of the event", "date"),
            "censored": Column("not yet happened", choices=YES_NO),
        },
        key=("person_id", "measure", "as_of"),
    ),
    "costs": Table(
        "one row a cost",
        {
            "cost_id": _id("name of the cost"),
            "category": Column("what for", required=True, filled=True),
            "hours": Column("hours spent", "number"),
            "rate": Column("money an hour", "number"),
            "amount": Column("money", "number"),
            "assumption": Column("where the figure comes from"),
        },
        key=("cost_id",),
    ),
    "consent": Table(
        "one row a person: which notice was read, and what the person allows",
        {
            "person_id": _id("pseudonym"),
            "notice_version": Column("version of the privacy notice", "id"),
            "basis": Column("such as consent or legitimate_interest", "id"),
            "allow_hr_link": Column("whether HR outcomes may be joined", choices=YES_NO),
            "allow_quotes": Column("whether words may be quoted", choices=YES_NO),
            "given_on": Column("day of the answer", "date"),
            "withdrawn_on": Column("day the person took it back", "date"),
        },
        key=("person_id",),
    ),
    "linkage": Table(
        "one row a person and wave: how the answers were found to be this person's",
        {
            "person_id": _id("pseudonym"),
            "wave_id": Column("wave named in the plan", "id", required=True, filled=True),
            "match": Column(
                "how sure the link is",
                required=True,
                filled=True,
                choices=("exact", "normalised", "confirmed"),
            ),
            "similarity": Column("of a confirmed link, 0 to 100", "number"),
        },
        key=("person_id", "wave_id"),
    ),
    "decision_log": Table(
        "one row a decision that a person took about the data; rows are only added",
        {
            "n": _id("running number"),
            "when": Column("day", "date", required=True, filled=True),
            "rule": Column("name of the rule", "id", required=True, filled=True),
            "table": Column("table that it is about", "id", required=True, filled=True),
            "key": Column("pseudonym or another key; empty for the whole table", "id"),
            "before": Column("what was found, never a name"),
            "after": Column("what holds now"),
            "who": Column("role or initials of whoever decided"),
        },
        key=("n",),
    ),
}
REQUIRED: Final = ("participants", "responses")
