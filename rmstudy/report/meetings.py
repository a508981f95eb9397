"""How the meetings went, over all pairs: the figures of monitoring that may leave the coordinator's desk."""

from __future__ import annotations

from typing import Final

from rmstudy import plots
from rmstudy.errors import DesignError
from rmstudy.evaluation import Evaluation
from rmstudy.programme.monitoring import Monitored, monitor
from rmstudy.report.exhibit import Exhibit, Row, element, figure, table
from rmstudy.report.words import upper
from rmstudy.wording import say, translate

# What a client asks about; the other figures are in the files of `rmstudy monitor`.
_SHOWN: Final = {
    "meetings": ("held", "due by now", "held of those due", "mean length"),
    "commitment": ("kept", "behind"),
    "ended": ("completed",),
    "reports by juniors": ("missing reports", "usefulness, 0 to 4"),
    "reports by seniors": ("missing reports", "usefulness, 0 to 4"),
}


def the_meetings(evaluation: Evaluation, *, lang: str = "en") -> Exhibit:
    """Meetings held and due, what both sides said of them, and how pairs ended; nothing without meetings.

    Parameters
    ----------
    evaluation : Evaluation
        A judged study.
    lang : {'en', 'it'}
        Language of the page.

    Returns
    -------
    Exhibit
        A section, empty for a study without meetings or without a start of its pairs, or with too few pairs.
    """
    study = evaluation.study
    if not {"pairs", "meetings"} <= set(study.tables):
        return Exhibit("")
    try:
        seen = monitor(study)
    except DesignError:  # no pair has a start: when meetings were due cannot be said
        return Exhibit("")
    if seen.progress.empty:  # too few pairs to say anything of them
        return Exhibit("")
    least = study.plan.privacy.minimum_cell
    words = (
        "All pairs together. Groups of fewer than {n:count} pairs, and those that would give them away, are not "
        "shown, and ≈ means within fewer than {n:count} pairs."
    )
    drawn = figure(
        plots.meetings(seen, lang=lang), name="meetings", caption=say("Meetings held and due", lang)
    )
    return element(
        "section",
        element("h2", say("How the meetings went", lang)),
        element("p", seen.text(lang)),
        element("div", drawn, _figures(seen, lang), cls="beside"),
        element("p", say(words, lang, n=least), cls="note"),
        cls="people",
    )


def _figures(seen: Monitored, lang: str) -> Exhibit:
    """The figures that may be shown, as a table."""
    asked = [
        measure in _SHOWN.get(topic, ()) and known
        for topic, measure, known in zip(
            seen.aggregate["topic"], seen.aggregate["measure"], seen.aggregate["value"].notna(), strict=True
        )
    ]
    rows = [
        Row([f"{upper(topic)}: {measure}", value, pairs])
        for topic, measure, value, pairs in seen.table(lang)[asked].itertuples(index=False)
    ]
    head = [upper(translate(name, lang)) for name in ("measure", "value", "pairs")]
    return table(say("Meetings and reports", lang), head, rows, numbers=(1, 2))
