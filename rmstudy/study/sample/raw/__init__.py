"""The flagship as the tools would export it, with everything that is usually wrong in such files, and counted.

Each folder of ``data/sample/raw`` has the exports of one source, a ``mapping.yml`` with what a person decided after
looking at them, a ``codebook.yml`` that says what was planted and where, and the lists that belong outside of a study.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

from rmstudy.study.files import write_files
from rmstudy.study.sample.raw import (
    google_forms,
    hr_excel,
    limesurvey,
    meetings,
    microsoft_forms,
    qualtrics,
    spss,
)
from rmstudy.study.sample.raw.invented import Invented, invented
from rmstudy.study.sample.raw.mapping_text import mapping_text
from rmstudy.study.sample.raw.planted import Source
from rmstudy.study.sample.raw.readme import readme
from rmstudy.study.sample.raw.workbook import separated

PEOPLE: Final = "people-outside-the-study.csv"
LINKS: Final = "links-outside-the-study.csv"
_LINK: Final = ("given", "candidate", "person_id", "similarity", "same_parts", "rank", "confirmed")
_MAKERS: Final[dict[str, tuple[Callable[[], Source], str]]] = {
    "qualtrics": (qualtrics.qualtrics, qualtrics.HEAD),
    "limesurvey": (limesurvey.limesurvey, limesurvey.HEAD),
    "google-forms": (google_forms.google_forms, google_forms.HEAD),
    "microsoft-forms": (microsoft_forms.microsoft_forms, microsoft_forms.HEAD),
    "spss": (spss.spss, spss.HEAD),
    "hr-excel": (hr_excel.hr_excel, hr_excel.HEAD),
    "meetings": (meetings.meetings, meetings.HEAD),
}
FOLDERS: Final = tuple(_MAKERS)


@cache
def source(folder: str) -> Source:
    """One folder: what it holds and what is known about it."""
    return _MAKERS[folder][0]()


def people(folder: str) -> dict[str, str]:
    """Who is who in a folder: pseudonym of each address, number or code.

    Examples
    --------
    >>> people("spss")["23957"]
    's001'
    """
    identify: dict[str, Callable[[Invented], str]] = {
        "email": lambda one: one.email,
        "number": lambda one: one.number,
        "code": lambda one: one.code,
    }
    called = identify[source(folder).identify]
    return {called(one): person for person, one in invented().items()}


def contents(folder: str) -> dict[str, bytes]:
    """The files of a folder, the same on every machine."""
    made = source(folder)
    listed = [["code", "person_id"], *([code, person] for code, person in people(folder).items())]
    written = dict(made.files)
    text = mapping_text(_MAKERS[folder][1], made.reader, made.described, made.exports)
    written["mapping.yml"] = text.encode()
    written["codebook.yml"] = made.codebook().encode()
    written[PEOPLE] = separated(listed).encode()
    if made.links:
        written[LINKS] = separated([list(_LINK), *sorted(made.links)]).encode()
    return written


def write(folder: Path) -> list[Path]:
    """Write every folder below ``raw``, and the table of what they hold.

    Returns
    -------
    list of Path
        The folders.
    """
    made = {name: contents(name) for name in FOLDERS}
    write_files(folder, {"README.md": readme([source(name) for name in FOLDERS])})
    for name, files in made.items():
        write_files(folder / name, files)
    return [folder / name for name in FOLDERS]
