"""What people allowed, and until when: answers after a withdrawal, links to HR data, the day of deletion."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Final

import pandas as pd

from rmstudy.errors import Problem
from rmstudy.study.plan import Plan
from rmstudy.study.reading import ROW

Tables = Mapping[str, pd.DataFrame]
SOON: Final = 30
_FORGET: Final = "`rmstudy forget PERSON --study FOLDER` takes the person out everywhere."


def consent_problems(
    plan: Plan, tables: Tables, answers: pd.DataFrame, files: Mapping[str, str]
) -> Iterator[Problem]:
    """Everything in a study that people did not allow, or that nobody asked them.

    Parameters
    ----------
    plan : Plan
        The plan; ``privacy.notice_version`` is the notice that counts.
    tables : mapping of str to DataFrame
        The tables by name, as text; without ``consent`` there is nothing to check.
    answers : DataFrame
        Responses with one row an answer.
    files : mapping of str to str
        File name of each table, for the messages.
    """
    if "consent" not in tables:
        return
    consent = tables["consent"].drop_duplicates("person_id")
    yield from _withdrawn(plan, consent, answers, files)
    yield from _unasked(tables, consent, answers, files)
    yield from _other_notice(plan, consent, files["consent"])
    if "hr_outcomes" in tables:
        yield from _not_to_be_linked(consent, tables["hr_outcomes"], files["hr_outcomes"])


def _withdrawn(
    plan: Plan, consent: pd.DataFrame, answers: pd.DataFrame, files: Mapping[str, str]
) -> Iterator[Problem]:
    """People who took their consent back, and of whom there are answers."""
    if "withdrawn_on" not in consent.columns:
        return
    back = consent[consent["withdrawn_on"].notna()].set_index("person_id")
    for person, row, day in zip(back.index, back[ROW], back["withdrawn_on"], strict=True):
        own = answers[(answers["person_id"] == person) | (answers["rater_id"] == person)]
        if own.empty:
            continue
        later = own[_days(own, plan) > str(day)].drop_duplicates(ROW)
        for at in later[ROW]:
            what = f"an answer given after the person withdrew (on {day})"
            place = (files["responses"], int(at), "person_id", person)
            yield Problem(what, _FORGET, *place, rule="withdrawn")
        if later.empty:
            what = f"the person withdrew on {day}, and there are answers from before"
            place = (files["consent"], int(row), "withdrawn_on", person)
            yield Problem(what, _FORGET, *place, severity="to decide", rule="withdrawn")


def _days(answers: pd.DataFrame, plan: Plan) -> pd.Series[str]:
    """The day of each answer, or else the first day of its wave; empty where neither is known."""
    opened = {name: wave.opened.isoformat() for name, wave in plan.waves.items() if wave.opened}
    days = answers["wave_id"].map(opened)
    if "answered_at" in answers.columns:
        days = answers["answered_at"].where(answers["answered_at"].notna(), days)
    return days.fillna("").astype(str)


def _unasked(
    tables: Tables, consent: pd.DataFrame, answers: pd.DataFrame, files: Mapping[str, str]
) -> Iterator[Problem]:
    """People of whom there are data, and no row that says what they allow."""
    held = [answers["person_id"], answers["rater_id"]]
    held += [tables["hr_outcomes"]["person_id"]] if "hr_outcomes" in tables else []
    people = tables["participants"]
    missing = people[
        people["person_id"].isin(pd.concat(held)) & ~people["person_id"].isin(consent["person_id"])
    ]
    for row, person in zip(missing[ROW], missing["person_id"], strict=True):
        what = f"there are data of the person, and no row in {files['consent']}"
        step = "Add what the person allowed, or take the person out (`rmstudy forget`)."
        yield Problem(what, step, files["participants"], row, "person_id", person, severity="to decide")


def _other_notice(plan: Plan, consent: pd.DataFrame, file: str) -> Iterator[Problem]:
    """People who read another notice than the plan's."""
    if plan.privacy.notice_version is None or "notice_version" not in consent.columns:
        return
    given = consent[consent["notice_version"].notna()]
    other = given[given["notice_version"] != plan.privacy.notice_version]
    for row, version in zip(other[ROW], other["notice_version"], strict=True):
        what = f"another notice than the plan's ({plan.privacy.notice_version})"
        step = "See whether it allows this use; if not, ask again."
        yield Problem(what, step, file, row, "notice_version", version, severity="to decide")


def _not_to_be_linked(consent: pd.DataFrame, outcomes: pd.DataFrame, file: str) -> Iterator[Problem]:
    """HR outcomes of people who did not allow the link."""
    if "allow_hr_link" not in consent.columns:
        return
    refused = set(consent.loc[consent["allow_hr_link"] == "no", "person_id"])
    against = outcomes[outcomes["person_id"].isin(refused)]
    for row, person in zip(against[ROW], against["person_id"], strict=True):
        what = "an HR outcome of a person who does not allow the link (allow_hr_link is no)"
        yield Problem(what, "Delete the row.", file, row, "person_id", person)


def today() -> dt.date:
    """The day it is, in UTC."""
    return dt.datetime.now(dt.UTC).date()


def retention_problems(plan: Plan, day: dt.date | None = None) -> list[Problem]:
    """Whether the day until which the data may be kept has passed, or is near.

    An evaluation is not stopped by it: somebody may have to run the last one on that day. It does not enter
    the study's findings either, so that the same data give the same report on another day.

    Parameters
    ----------
    plan : Plan
        The plan.
    day : date, optional
        The day to look from; today when left out.

    Examples
    --------
    >>> import rmstudy as rm
    >>> plan = rm.load_sample("digital-skills").plan
    >>> retention_problems(plan, dt.date(2026, 12, 10))[0].severity
    'to know'
    """
    end = plan.privacy.retention_until
    if end is None:
        return []
    left = (end - (day or today())).days
    where = ("study.yml", None, "privacy.retention_until")
    if left < 0:
        what = f"the data were to be deleted by {end}"
        step = (
            "Delete the tables and their copies; or agree on a new day, tell the people, and write it here."
        )
        return [Problem(what, step, *where, severity="to decide")]
    if left < SOON:
        what = f"the data are to be deleted by {end}, days left: {left}"
        return [Problem(what, "Plan the last evaluation and the deletion.", *where, severity="to know")]
    return []
