"""What the choice of links changes: all of them, the sure ones only, some of them false, or none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np
import pandas as pd

from rmstudy.errors import DesignError
from rmstudy.evaluation.criteria import contrast_estimate
from rmstudy.evaluation.quality import link_of
from rmstudy.evaluation.question import Question, question_of
from rmstudy.methods.comparison import post_difference
from rmstudy.results import Result
from rmstudy.study.study import Study
from rmstudy.wording import say

# Of codes that people make themselves, 2.7 % find a wrong partner (McGloin, Holcomb & Main 1996).
FALSE_LINKS: Final = 0.03
DRAWS: Final = 200
SEED: Final = 20240115
COLUMNS: Final = (
    *("criterion", "links", "n", "estimate", "conf_low", "conf_high", "lowest", "highest", "unsure"),
    "sentence",
)


def linkage_effect(
    study: Study,
    *,
    share: float = FALSE_LINKS,
    draws: int = DRAWS,
    seed: int = SEED,
    lang: str = "en",
) -> pd.DataFrame:
    """Estimate every criterion again under other choices of links between the waves.

    Parameters
    ----------
    study : Study
        A loaded study.
    share : float
        Share of false links to simulate.
    draws : int
        How many times.
    seed : int
        Of the simulation.
    lang : {'en', 'it'}
        Language of the sentences.

    Returns
    -------
    DataFrame
        Four rows a criterion: ``all`` links as they are; the ``sure`` ones only, without those that somebody
        confirmed; ``simulated``, in which a share of the later scores is exchanged among people of an arm
        (estimate is the mean over the draws, ``lowest`` and ``highest`` their range, and the limits are the
        widest); ``unlinked``, the difference of the waves' means, or of the arms' later means, which needs no
        links. ``unsure`` is the share of the people counted who are linked by a confirmed candidate. Estimates
        are in the instrument's own direction, and missing where they cannot be had.

    Notes
    -----
    False links at a share f shrink the covariance of the scores before and after by 1 - f, the adjusted
    difference loses precision, and a mean change keeps its value and gets a wider interval.

    Examples
    --------
    >>> import rmstudy as rm
    >>> table = linkage_effect(rm.load_sample("no-comparison"), draws=5)
    >>> table["links"].tolist()[:4]
    ['all', 'sure', 'simulated', 'unlinked']
    """
    level = study.plan.analysis.level
    links = link_of(study)
    rows: list[dict[str, Any]] = []
    for goal, criterion in study.plan.criteria:
        if goal.role == "unit":
            continue
        question = question_of(study, goal, criterion)
        doubtful = links["wave_id"].isin(criterion.waves) & (links["match"] == "confirmed")
        people = links.loc[doubtful, "person_id"]
        sure = replace(question, frame=question.frame[~question.frame.index.isin(people)])
        counted = question.complete.index
        unsure = float(counted.isin(people).mean()) if len(counted) else 0.0
        found = [
            _row("all", _estimated(question, level)),
            _row("sure", _estimated(sure, level)),
            _simulated(question, level, share, draws, seed),
            _row("unlinked", _unlinked(question, level)),
        ]
        words = _sentence(found, share, lang)
        rows += [{"criterion": criterion.id, **one, "unsure": unsure, "sentence": words} for one in found]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def with_false_links(
    frame: pd.DataFrame, *, post: str, share: float, rng: np.random.Generator, arm: str = "arm"
) -> pd.DataFrame:
    """Exchange the later scores of a random share of people among themselves, within each arm.

    Parameters
    ----------
    frame : DataFrame
        One row a person with both scores.
    post : str
        Column of the later score.
    share : float
        Chance of a person to be linked falsely.
    rng : Generator
        Source of chance.
    arm : str
        Column within which scores are exchanged.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> frame = pd.DataFrame({"post": [1.0, 2.0, 3.0], "arm": "programme"})
    >>> with_false_links(frame, post="post", share=1.0, rng=np.random.default_rng(1))["post"].sum()
    np.float64(6.0)
    """
    after = frame[post].to_numpy(copy=True)
    for places in frame.groupby(arm, sort=True, dropna=False).indices.values():
        many = int(rng.binomial(len(places), share))
        if many == 1:  # nobody can be exchanged alone: two, half of the times, are one on the average
            many = 2 * int(rng.integers(2)) if len(places) > 1 else 0
        chosen = rng.permutation(places)[:many]
        after[chosen] = after[np.roll(chosen, 1)]
    return frame.assign(**{post: after})


def _estimated(question: Question, level: float) -> Result | None:
    """The estimate of a criterion, where it can be had."""
    try:
        return contrast_estimate(question, level)
    except DesignError:
        return None


def _row(links: str, result: Result | None) -> dict[str, Any]:
    """One line of the table."""
    if result is None:
        return {"links": links, "n": 0}
    e = result.headline
    limits = {"conf_low": e.conf_low, "conf_high": e.conf_high}
    return {"links": links, "n": sum(result.n.values()), "estimate": e.estimate, **limits}


def _simulated(question: Question, level: float, share: float, draws: int, seed: int) -> dict[str, Any]:
    """Estimates with some links made false, over and over."""
    rng, complete = np.random.default_rng(seed), question.complete
    found = []
    for _ in range(draws if len(complete) else 0):
        frame = with_false_links(complete, post=question.criterion.after, share=share, rng=rng)
        result = _estimated(replace(question, frame=frame), level)
        if result is None or result.headline.estimate is None:
            break
        found.append(result)
    if not found:
        return {"links": "simulated", "n": 0}
    estimates = np.array([one.headline.estimate for one in found], dtype="float64")
    low = [one.headline.conf_low for one in found if one.headline.conf_low is not None]
    high = [one.headline.conf_high for one in found if one.headline.conf_high is not None]
    return {
        "links": "simulated",
        "n": sum(found[0].n.values()),
        "estimate": float(estimates.mean()),
        "conf_low": min(low, default=None),
        "conf_high": max(high, default=None),
        "lowest": float(estimates.min()),
        "highest": float(estimates.max()),
    }


def _unlinked(question: Question, level: float) -> Result | None:
    """The same question without links: whole waves, or whole arms afterwards, with an unpaired error."""
    criterion = question.criterion
    if criterion.contrast == "share":
        return None
    frame = question.frame
    if criterion.contrast == "change":
        frame = pd.concat(
            [
                pd.DataFrame({"post": frame[wave].to_numpy(), "arm": label})
                for wave, label in ((criterion.after, "programme"), (criterion.before, "before"))
            ],
            ignore_index=True,
        )
    else:
        frame = pd.DataFrame({"post": frame[criterion.after], "arm": frame["arm"]})
    try:
        return post_difference(frame, level=level)
    except DesignError:
        return None


def _sentence(rows: list[dict[str, Any]], share: float, lang: str) -> str:
    """What the choice of links changes, in one sentence."""
    every, sure, simulated = rows[:3]
    if every.get("estimate") is None or simulated.get("estimate") is None:
        return say("There is no estimate whose links could be looked at.", lang)
    widest = {"low": simulated["conf_low"], "high": simulated["conf_high"]}
    if sure.get("estimate") is None:
        return say(
            "The estimate is {all:number} with all links; the sure ones alone are too few. With {share:percent} "
            "false links the interval would reach from {low:number} to {high:number}.",
            lang,
            all=every["estimate"],
            share=share,
            **widest,
        )
    return say(
        "The estimate is {all:number} with all links and {sure:number} with the sure ones only. With "
        "{share:percent} false links the interval would reach from {low:number} to {high:number}.",
        lang,
        all=every["estimate"],
        sure=sure["estimate"],
        share=share,
        **widest,
    )
