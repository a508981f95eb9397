"""How different those who left would have to be for the verdict to change."""

from __future__ import annotations

from typing import Final

from rmstudy import verdicts
from rmstudy.errors import DesignError
from rmstudy.evaluation.question import Question
from rmstudy.methods.missing import tipping_point
from rmstudy.results import Note, Result

# What each verdict claims of the interval: which limit is beyond what, improvement positive.
_FAVOURABLE: Final = ("met", "met_unconfirmed", "improved")
_UNFAVOURABLE: Final = ("not_met", "worse")
_NO_CONFIDENCE: Final = 1e-9


def tipping_of(question: Question, verdict: verdicts.Verdict, level: float) -> Result | None:
    """Find the shift of the lost people's scores that would take a verdict back.

    *Target met* is taken back when the interval no longer lies beyond the target, an improvement when
    it reaches zero (and *met in the data* when the estimate falls short of the target, if that comes
    first), *not met* when it reaches the target, *worse* when it reaches zero. An inconclusive
    verdict claims nothing, a share counts people, and units do not leave.

    Parameters
    ----------
    question : Question
        The criterion with its people.
    verdict : str
        What was found on those who stayed.
    level : float
        Confidence level.

    Returns
    -------
    Result or None
        See `rmstudy.methods.missing.tipping_point`.
    """
    claims = verdict in _FAVOURABLE or verdict in _UNFAVOURABLE
    if not (claims and question.arms) or question.criterion.contrast == "share":
        return None
    at_target = question.sign * question.target
    try:
        shift = _shift(question, verdict, at_target if verdict in ("met", "not_met") else 0.0, level)
        if verdict != "met_unconfirmed":
            return shift
        # the verdict says as well that the estimate itself, a limit at no confidence, reaches the target
        return min(shift, _shift(question, verdict, at_target, _NO_CONFIDENCE), key=_distance)
    except DesignError:  # too few stayed to say anything about the lost
        return None


def _shift(question: Question, verdict: verdicts.Verdict, threshold: float, level: float) -> Result:
    """Shift at which the limit that the verdict speaks of crosses a threshold."""
    compared = question.criterion.contrast == "comparison"
    upwards = question.sign > 0
    return tipping_point(
        question.frame,
        post=question.criterion.after,
        pre=question.criterion.before,
        arm="arm" if compared else None,
        estimator=question.criterion.estimator if compared else "adjusted",
        covariates=question.covariates,
        cluster=question.cluster,
        threshold=threshold,
        higher_is_better=upwards if verdict in _FAVOURABLE else not upwards,
        level=level,
    )


def _distance(tipping: Result) -> float:
    """How far the lost must be shifted; nothing where the verdict does not hold in the first place."""
    if "tipping_not_shown" in {note.code for note in tipping.notes}:
        return 0.0
    return abs(tipping.headline.estimate) if tipping.headline.estimate is not None else float("inf")


def about_the_lost(tipping: Result | None) -> tuple[Note, ...]:
    """Say in a sentence what would take the verdict back."""
    if tipping is None:
        return ()
    shift, codes = tipping.headline.estimate, {note.code for note in tipping.notes}
    if "tipping_nobody_lost" in codes:
        return ()
    if "tipping_not_shown" in codes:
        return (Note.of("verdict_tipped"),)
    if shift is None:
        return (Note.of("verdict_holds"),)
    in_sd = tipping.estimates[1].estimate
    return (
        Note.of(
            "verdict_tips_lower" if shift < 0 else "verdict_tips_higher",
            points=abs(shift),
            sd=abs(in_sd or 0.0),
        ),
    )
