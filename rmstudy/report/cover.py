"""What stands on the report's cover, taken from the plan: the same words for every format."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from pathlib import Path
from typing import Any, Final

import pandas as pd

import rmstudy
from rmstudy.errors import PlanError, Problem, RmstudyError
from rmstudy.study.lock import plan_fingerprint
from rmstudy.study.plan import Plan
from rmstudy.study.study import Study
from rmstudy.wording import choose, say

BRAND: Final = "#0B4F6C"
ACCENT: Final = "#E69F00"
PICTURES: Final = (".png", ".jpg", ".jpeg", ".svg", ".gif", ".webp")
SHOWN: Final = 12  # digits of a fingerprint that a person compares
_NO_DAY: Final = dt.date(2000, 1, 1)


def cover_words(study: Study, lang: str, *, kind: str = "Evaluation report") -> dict[str, Any]:
    """What the templates say besides the notebook, as plain text.

    Parameters
    ----------
    study : Study
        A loaded study.
    lang : {'en', 'it'}
        Language of the report.
    kind : str
        Which document it is, in English.

    Returns
    -------
    dict
        Texts by name; ``fact`` is a list of them.

    Raises
    ------
    PlanError
        When a colour of the plan is none.

    Examples
    --------
    >>> import rmstudy as rm
    >>> words = cover_words(rm.load_sample("digital-skills"), "it")
    >>> words["title"], words["kind"], words["table"]
    ('Competenze digitali 2024', 'Rapporto di valutazione', 'Tabella')
    """
    programme, report = study.plan.programme, study.plan.report
    period = ""
    if programme.start and programme.end:
        period = say("{start:date} to {end:date}", lang, start=programme.start, end=programme.end)
    brand = _colour(study.plan, "brand", BRAND)
    return {
        "lang": lang,
        "title": choose(programme.name, lang),
        "kind": say(kind, lang),
        "client": choose(report.client, lang) if report.client else "",
        "period": period,
        "confidentiality": choose(report.confidentiality, lang) if report.confidentiality else "",
        "contents": say("Contents", lang),
        "skip": say("Skip to the answer", lang),
        "figure": say("Figure", lang),
        "table": say("Table", lang),
        "fact": _facts(study, lang),
        "brand": brand,
        "on-brand": _readable_on(brand),
        "accent": _colour(study.plan, "accent", ACCENT),
    }


def data_day(study: Study) -> dt.date | None:
    """The last day the data speak of: of the answers, or that on which the last questionnaire was closed.

    Examples
    --------
    >>> import rmstudy as rm
    >>> data_day(rm.load_sample("digital-skills"))
    datetime.date(2024, 8, 2)
    """
    responses = study.tables["responses"]
    days: list[dt.date] = []
    if "answered_at" in responses:
        given = pd.to_datetime(responses["answered_at"]).dropna()
        days = [] if given.empty else [given.max().date()]
    closed = [wave.closed for wave in study.plan.waves.values() if wave.closed]
    return max(days or closed, default=None)


def epoch(study: Study) -> int:
    """Seconds since 1970 of the data's day: the clock that files of the report are given.

    Examples
    --------
    >>> import rmstudy as rm
    >>> epoch(rm.load_sample("digital-skills"))
    1722556800
    """
    day = data_day(study) or study.plan.programme.end or _NO_DAY
    return int(dt.datetime.combine(day, dt.time(), dt.UTC).timestamp())


def place_logo(study: Study, folder: Path, lang: str) -> dict[str, str]:
    """Copy the client's logo beside the text, under a name that says nothing about this machine.

    Returns
    -------
    dict
        Its name and its alternative text; empty where the plan has no logo.

    Raises
    ------
    PlanError
        When it is no picture inside the study's folder.
    """
    given = study.plan.report.logo
    if given is None:
        return {}
    home, source = study.path.resolve(), (study.path / given).resolve()
    what = ""
    if not source.is_relative_to(home):
        what = "the logo is outside the study's folder"
    elif source.suffix.lower() not in PICTURES:
        what = "not a picture"
    elif not source.is_file():
        what = "there is no such file"
    if what:
        step = f"Put the picture into the study's folder ({', '.join(PICTURES)}), or take the key out."
        raise PlanError(Problem(what, step, "study.yml", column="report.logo", value=given))
    name = f"logo{source.suffix.lower()}"
    try:
        shutil.copyfile(source, folder / name)
    except OSError as error:
        raise RmstudyError(f"{given}: the logo cannot be read ({error.strerror}).") from error
    client = study.plan.report.client
    alt = say("Logo of {client}", lang, client=choose(client, lang)) if client else say("Logo", lang)
    return {"logo": name, "logo-alt": alt}


def _facts(study: Study, lang: str) -> list[str]:
    """Which data, which plan, which version."""
    day = data_day(study)
    return [
        *([say("Data up to {day:date}", lang, day=day)] if day else []),
        say("Plan {fingerprint}", lang, fingerprint=plan_fingerprint(study.plan)[:SHOWN]),
        f"rmstudy {rmstudy.__version__}",
    ]


def _colour(plan: Plan, name: str, default: str) -> str:
    """A colour of the plan; anything but six digits is refused, because it goes into the page's style."""
    value = plan.report.colours.get(name, default)
    if not re.fullmatch(r"#[0-9A-Fa-f]{6}", value):
        step = f"Write it as six hexadecimal digits, such as {default!r}."
        raise PlanError(
            Problem("not a colour", step, "study.yml", column=f"report.colours.{name}", value=value)
        )
    return value


def _readable_on(colour: str) -> str:
    """Black or white, whichever is read better on a colour (relative luminance of WCAG 2.2).

    Examples
    --------
    >>> _readable_on("#0B4F6C"), _readable_on("#FFE08A")
    ('#ffffff', '#111111')
    """
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#ffffff" if luminance < 0.18 else "#111111"
