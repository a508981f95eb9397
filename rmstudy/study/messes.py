"""The messes that data of mentoring programmes have: what each is, and how serious."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from rmstudy.errors import Severity


@dataclass(frozen=True, slots=True)
class Mess:
    """One kind of mess: its number, what it is, and what happens to data that have it."""

    number: int
    about: str
    severity: Severity


MESSES: Final[dict[str, Mess]] = {
    "duplicate_person": Mess(1, "one id for two people, or one person listed twice", "refused"),
    "two_answers": Mess(2, "two answers of one person to one wave", "refused"),
    "email_key": Mess(3, "an e-mail address as key, or one person under several spellings", "refused"),
    "unmatched_ids": Mess(4, "ids that fit nobody, or waves that do not fit together", "refused"),
    "role_swapped": Mess(
        5, "mentor and mentee swapped: in reverse mentoring the mentor is the junior", "refused"
    ),
    "mentor_swapped": Mess(6, "a mentee with another mentor half-way", "to know"),
    "several_mentees": Mess(7, "a mentor with several mentees", "to know"),
    "withdrawn": Mess(8, "people who withdrew before or after the start", "to know"),
    "crossed_over": Mess(9, "people of the comparison who took part after all", "to know"),
    "label_answers": Mess(10, "labels instead of figures, or both in one column", "to know"),
    "reversed_items": Mess(
        11, "items that run against the others: not reversed, or reversed twice", "to decide"
    ),
    "range_change": Mess(12, "a scale with another range in another wave", "refused"),
    "decimal_comma": Mess(13, "decimal commas, thousands and per cent signs", "refused"),
    "ambiguous_dates": Mess(14, "days written with the day or the month first", "refused"),
    "missing_code": Mess(15, "codes such as 99 or n.d. that stand for no answer", "refused"),
    "out_of_range": Mess(16, "answers outside the scale", "refused"),
    "careless": Mess(17, "the same answer everywhere, or answers given too fast", "to decide"),
    "test_rows": Mess(18, "rows of tests and previews", "to decide"),
    "encoding": Mess(19, "text that is not UTF-8", "refused"),
    "sheet_layout": Mess(20, "merged cells, a second header row, a row of totals", "refused"),
    "impossible_dates": Mess(21, "answers in an impossible order of days", "to decide"),
    "ceiling": Mess(22, "many at the top of the scale before the programme began", "to know"),
    "leavers_missing": Mess(23, "people who left and are missing from the staff records", "to decide"),
    "names_in_text": Mess(24, "free text, which may hold names", "refused"),
}
