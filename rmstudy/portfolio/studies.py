"""Many study folders, each judged by its own plan."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Any, Final

import pandas as pd

from rmstudy.errors import DataError, Problem, RmstudyError
from rmstudy.evaluation import CriterionVerdict, evaluate
from rmstudy.methods.regression import confidence_level
from rmstudy.portfolio.tables import Portfolio, portfolio
from rmstudy.study.load import load_study
from rmstudy.workers import spread

PLAN: Final = "study.yml"
FEATURES: Final = ("recruitment", "months", "planned_meetings")
_DAYS_A_MONTH: Final = 30.4


def portfolio_of_studies(
    folders: Sequence[str | PathLike[str]] | str | PathLike[str],
    *,
    jobs: int | None = None,
    level: float = 0.95,
    lang: str = "en",
) -> Portfolio:
    """Judge many study folders, each by its own plan.

    Parameters
    ----------
    folders : path or sequence of path
        Study folders, or one folder that holds them at any depth.
    jobs : int, optional
        Processes at once; inside ``joblib.parallel_config`` as that says (a Dask cluster, for example). The answer
        is the same to the last bit.
    level : float
        Confidence level of what is pooled; each programme is judged at its plan's.
    lang : {'en', 'it'}
        Language of the reasons why a criterion was not judged.

    Returns
    -------
    Portfolio
        A row a programme and criterion. A folder that cannot be used is a row with its reason.

    Raises
    ------
    DataError
        When there is no study folder.

    Examples
    --------
    >>> portfolio_of_studies("nowhere")
    Traceback (most recent call last):
        ...
    rmstudy.errors.DataError: nowhere: there is no study folder. Give a folder with study.yml in it.
    """
    level = confidence_level(level)
    found = study_folders(folders)
    parts = spread(judged_rows, [(path, name, lang) for name, path in found.items()], jobs=jobs)
    return portfolio(pd.DataFrame([row for part in parts for row in part]), FEATURES, level)


def study_folders(folders: Sequence[str | PathLike[str]] | str | PathLike[str]) -> dict[str, Path]:
    """Study folders by the shortest end of their path that tells them apart, in the order of their paths."""
    if isinstance(folders, str | PathLike):
        paths = [plan.parent for plan in Path(folders).rglob(PLAN)]
    else:
        paths = [Path(folder) for folder in folders]
    paths = sorted({path.resolve() for path in paths})
    if not paths:
        raise DataError(
            Problem("there is no study folder", f"Give a folder with {PLAN} in it.", str(folders))
        )
    parts = 1
    while len({path.parts[-parts:] for path in paths}) < len(paths):
        parts += 1
    return {"/".join(path.parts[-parts:]): path for path in paths}


def judged_rows(path: Path, name: str, lang: str) -> list[dict[str, Any]]:
    """The rows of one study folder; one with its reason where it cannot be used."""
    try:
        study = load_study(path)
        judged = evaluate(study)
    except (RmstudyError, OSError) as error:
        # the first thing that is wrong; what stands above it is a heading
        lines = [line.strip(" -") for line in str(error).splitlines() if not line.endswith(":")]
        reason = (lines or [type(error).__name__])[0]
        return [{"programme": name, "outcome": "", "role": "", "contrast": "", "priority": "primary",
                 "verdict": "not_enough_data", "merit": "not shown", "reason": reason}]  # fmt: skip
    programme = study.plan.programme
    months = None if programme.days is None else int(programme.days / _DAYS_A_MONTH + 0.5)
    told = dict(
        zip(FEATURES, (programme.recruitment, _text(months), _text(programme.planned_meetings)), strict=True)
    )
    return [_row(name, one, lang) | told for one in judged.criteria]


def _row(name: str, one: CriterionVerdict, lang: str) -> dict[str, Any]:
    """One criterion as a row, improvement positive."""
    row: dict[str, Any] = {
        "programme": name,
        "outcome": _outcome(one),
        "role": one.goal.role,
        "contrast": one.criterion.contrast,
        "criterion": one.criterion.id,
        "priority": one.criterion.priority,
        "threshold": one.direction * one.threshold,
        "verdict": one.verdict,
        "merit": one.merit,
        "reason": one.gate.text(lang) if one.gate else None,
    }
    if one.result is None:
        return row
    e = one.result.headline
    low, high = (e.conf_low, e.conf_high) if one.direction > 0 else (e.conf_high, e.conf_low)
    turned = {"estimate": e.estimate, "conf_low": low, "conf_high": high}
    row |= {key: None if value is None else one.direction * value for key, value in turned.items()}
    return row | {"std_error": e.std_error, "df": e.df, "n": sum(one.result.n.values())}


def _outcome(one: CriterionVerdict) -> str:
    """The instrument with its range, and where a share is judged from which score on: what may be pooled."""
    scale, cutoff = one.instrument.range, one.criterion.cutoff
    words = one.criterion.instrument + (f" ({scale[0]:g} to {scale[1]:g})" if scale else "")
    return words + (f", from {cutoff:g} on" if cutoff is not None else "")


def _text(value: int | None) -> str | None:
    """A number as the name of a kind."""
    return None if value is None else str(value)
