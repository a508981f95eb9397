"""Where a column of a file goes: a place in a table of the study, and what its cells may hold there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from rmstudy.readers.cells.labels import labels_of
from rmstudy.readers.cells.numbers import Writing
from rmstudy.readers.cells.values import Asked, codes_of
from rmstudy.readers.mapping import Export
from rmstudy.study.plan import Instrument, Plan
from rmstudy.study.tables import TABLES, YES_NO

# Columns that name people of the study, besides person_id.
PEOPLE_IN: Final = ("pairs.mentor_id", "pairs.mentee_id", "responses.rater_id", "profiles.reports_to")
LONG: Final = ("wave_id", "instrument_id", "item_id", "value", "rater_id", "answered_at", "seconds")
WORDS: Final = (
    "site",
    "hours",
    "time_zone",
    "language",
    "interest",
    "unit",
)  # attributes that are no numbers


@dataclass(slots=True)
class Places:
    """What the cells of each place of one file may hold; worked out once a place.

    Parameters
    ----------
    export : Export
        How the file is mapped.
    plan : Plan or None
        Gives the ranges and labels of the instruments.
    writing : Writing
        How the file writes numbers.
    """

    export: Export
    plan: Plan | None
    writing: Writing
    known: dict[tuple[str, str], Asked] = field(default_factory=dict)

    def asked(self, place: str, instrument: str = "") -> Asked:
        """What a cell of a place may hold; of a long table, for the instrument of its row."""
        if (place, instrument) not in self.known:
            self.known[place, instrument] = self._asked(place, instrument)
        return self.known[place, instrument]

    def _asked(self, place: str, instrument: str) -> Asked:
        """Worked out from the tables, the plan and the mapping."""
        head, _, rest = place.partition(".")
        missing = codes_of(self.export.missing)
        if place in ("person", "about") or head == "code" or place in PEOPLE_IN:
            return Asked("raw", missing=missing)
        answers = self._answers(place, instrument)
        labels = labels_of(answers) if answers else None
        if place == "consent":
            choices = {word: word for word in YES_NO}
            return Asked("choice", labels or labels_of(choices), choices=YES_NO, missing=missing)
        if place in ("answered_at", "responses.answered_at"):
            return Asked("date", missing=missing, dates=self.export.dates)
        if place in ("seconds", "responses.seconds"):
            return Asked("number", missing=missing, writing=self.writing)
        if head == "responses" and (rest == "value" or rest.partition(".")[0] not in LONG):
            return self._response(instrument or rest.partition(".")[0], answers)
        if head == "profiles" and rest.partition(".")[0] not in TABLES["profiles"].columns:
            kind = "text" if rest.partition(".")[0] in WORDS or "." in rest else "number"
            return Asked(
                "text" if kind == "text" else "number", labels, missing=missing, writing=self.writing
            )
        column = TABLES[head].columns.get(rest.partition(".")[0]) if head in TABLES else None
        if column is None and head == "meeting_log":  # a log also says which meeting it is about
            column = TABLES["meetings"].columns.get(rest)
        if column is not None and column.choices:
            words = {word: word for word in column.choices} | answers if answers else None
            words_known = labels_of(words) if words else None
            return Asked("choice", words_known, choices=column.choices, missing=missing)
        if column is not None and column.kind == "date":
            return Asked("date", labels, missing=missing, dates=self.export.dates)
        if column is not None and column.kind in ("number", "count"):
            return Asked("number", labels, missing=missing, writing=self.writing)
        return Asked("text", labels, missing=missing)

    def _answers(self, place: str, instrument: str) -> dict[str, str]:
        """What the mapping says that the codes and labels of a place stand for."""
        answers = self.export.answers
        names = [place, place.rpartition(".")[0]]
        if instrument:
            names = [f"responses.{instrument}", *names]
        return next((answers[name] for name in names if answers.get(name)), {})

    def _response(self, name: str, answers: dict[str, str]) -> Asked:
        """An answer to an instrument."""
        missing = codes_of(self.export.missing)
        instrument = self.plan.instruments.get(name) if self.plan else None
        if instrument is None:
            kind_labels = labels_of(answers) if answers else None
            scale = self.export.rescale.get(name)
            bounds = scale.from_ if scale else None
            return Asked(
                "number",
                kind_labels,
                bounds=bounds,
                scale=scale,
                missing=missing,
                writing=self.writing,
                named=name,
            )
        if instrument.key:
            options = answers or {}
            return Asked("test", labels_of(options) if options else None, missing=missing)
        scale = self.export.rescale.get(name)
        answers = answers or ({} if scale else steps(instrument))
        labels = labels_of(answers) if answers else None
        return Asked(
            "answer" if labels else "number",
            labels,
            bounds=instrument.range or (scale.from_ if scale else None),
            scale=scale,
            missing=missing,
            writing=self.writing,
            named=name,
        )


def steps(instrument: Instrument) -> dict[str, str]:
    """The labels of an instrument in all its languages, with the figure of each.

    Examples
    --------
    >>> import rmstudy as rm
    >>> some = steps(rm.load_sample("digital-skills").plan.instruments["inclusion"])
    >>> sorted(set(some.values()))
    ['1', '2', '3', '4', '5']
    """
    if not instrument.labels or not instrument.range:
        return {}
    return {
        label: f"{instrument.range[0] + step:g}"
        for labels in instrument.labels.values()
        for step, label in enumerate(labels)
    }
