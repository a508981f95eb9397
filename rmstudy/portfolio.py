"""Many programmes at once: each judged by its own target, pooled, and set side by side without a ranking.

Two ways in. A folder of study folders: each is loaded, checked and evaluated as `rmstudy.evaluate` does it. A table of
people, one row a person (and outcome): every programme is compared in one pass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from os import PathLike
from pathlib import Path
from typing import Any, Final

import joblib
import numpy as np
import pandas as pd

from rmstudy import verdicts
from rmstudy.errors import DataError, DesignError, Problem, RmstudyError
from rmstudy.evaluation import CriterionVerdict, evaluate
from rmstudy.methods.columns import column, columns_by_name, numeric
from rmstudy.methods.comparison import adjusted_difference_by
from rmstudy.methods.regression import confidence_level
from rmstudy.methods.synthesis import random_effects, random_effects_by, shrunken_effects
from rmstudy.results import Result
from rmstudy.study.load import load_study

PLAN: Final = "study.yml"
LEAST_PEOPLE: Final = 10
LEAST_FOLLOW_UP: Final = 0.5
ATTRITION: Final = 0.10
FEWEST: Final = 3
_FEW: Final = f"fewer than {LEAST_PEOPLE} people with both scores in an arm"
_LOST: Final = "fewer than half of an arm were followed up"
_NO_INTERVAL: Final = "the estimate has no interval"
COLUMNS: Final = (
    "programme",
    "outcome",
    "contrast",
    "n",
    "estimate",
    "std_error",
    "df",
    "conf_low",
    "conf_high",
    "threshold",
    "verdict",
    "merit",
    "reason",
)


@dataclass(frozen=True, eq=False)
class Portfolio:
    """Many programmes, judged; made by `portfolio_of_studies` and `portfolio_of_people`.

    Parameters
    ----------
    judged : DataFrame
        A row a programme and outcome (`COLUMNS`), improvement positive; ``reason`` says why there is no estimate.
        Then a column for each feature of the programmes.
    features : tuple of str
        Names of those columns.
    level : float
        Confidence level.
    """

    judged: pd.DataFrame
    features: tuple[str, ...]
    level: float

    @cached_property
    def outcomes(self) -> tuple[tuple[str, str], ...]:
        """Outcomes with their contrast that three programmes or more have an estimate of, by name."""
        sizes = self._estimated.groupby(["outcome", "contrast"]).size()
        return tuple((str(name), str(contrast)) for name, contrast in sizes[sizes >= FEWEST].index)

    @cached_property
    def verdicts(self) -> pd.DataFrame:
        """How many programmes have each verdict, a row an outcome and contrast."""
        rows = self.judged.groupby(["outcome", "contrast", "verdict"]).size().unstack(fill_value=0)  # noqa: PD010
        return rows.reindex(columns=list(reversed(verdicts.ORDER)), fill_value=0)

    @cached_property
    def pooled(self) -> Mapping[tuple[str, str], Result]:
        """The mean effect over programmes of each outcome (`random_effects`)."""
        return {
            one: random_effects(self._of(*one), cohort="programme", level=self.level) for one in self.outcomes
        }

    @cached_property
    def side_by_side(self) -> pd.DataFrame:
        """Every programme drawn towards the mean as far as it is imprecise (`shrunken_effects`), by name.

        ``position`` says ``above`` or ``below`` where its interval lies apart from the mean, otherwise ``not told
        apart``. There is no rank: the first and the last of many raw effects are mostly luck.
        """
        parts = []
        for outcome, contrast in self.outcomes:
            drawn = shrunken_effects(self._of(outcome, contrast), cohort="programme", level=self.level)
            apart = np.select(
                [drawn["apart_low"] > 0, drawn["apart_high"] < 0], ["above", "below"], "not told apart"
            )
            rows = drawn.assign(position=apart).rename_axis("programme").reset_index()
            parts.append(rows.assign(outcome=outcome, contrast=contrast).sort_values("programme"))
        if not parts:
            return pd.DataFrame(columns=["outcome", "contrast", "programme", "estimate", "position"])
        table = pd.concat(parts, ignore_index=True)
        return table[["outcome", "contrast", *table.columns.drop(["outcome", "contrast"])]]

    @cached_property
    def by_feature(self) -> Mapping[tuple[str, str, str], Result]:
        """Means of kinds of programmes (`random_effects_by`) by outcome, contrast and feature, where they exist."""
        found = {}
        for outcome, contrast in self.outcomes:
            for feature in self.features:
                try:
                    result = random_effects_by(
                        self._of(outcome, contrast), kind=feature, cohort="programme", level=self.level
                    )
                except DesignError:  # fewer than two kinds of two programmes: nothing to set side by side
                    continue
                found[outcome, contrast, feature] = result
        return found

    @property
    def unusable(self) -> pd.DataFrame:
        """Programmes without an estimate, and why."""
        return self.judged.loc[self.judged["estimate"].isna(), ["programme", "outcome", "reason"]]

    @property
    def _estimated(self) -> pd.DataFrame:
        """Rows with an estimate that can be weighted."""
        return self.judged[self.judged["std_error"].gt(0)]

    def _of(self, outcome: str, contrast: str) -> pd.DataFrame:
        """Programmes with an estimate of one outcome, each once."""
        rows = self._estimated
        return rows[(rows["outcome"] == outcome) & (rows["contrast"] == contrast)]


def portfolio_of_studies(
    folders: Sequence[str | PathLike[str]] | str | PathLike[str],
    *,
    jobs: int | None = None,
    level: float = 0.95,
) -> Portfolio:
    """Judge many study folders, each by its own plan.

    Parameters
    ----------
    folders : path or sequence of path
        Study folders, or one folder that holds them at any depth.
    jobs : int, optional
        Processes at once; inside ``joblib.parallel_config`` as that says (a Dask cluster, for example).
    level : float
        Confidence level of what is pooled; each programme is judged at its plan's.

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
    >>> portfolio_of_studies("a/folder/that/is/not/there")
    Traceback (most recent call last):
        ...
    rmstudy.errors.DataError: a/folder/that/is/not/there: there is no study folder. Give a folder with study.yml in it.
    """
    level = confidence_level(level)
    found = _study_folders(folders)
    parts = joblib.Parallel(n_jobs=jobs)(joblib.delayed(_judged)(path, name) for name, path in found.items())
    table = pd.DataFrame([row for part in parts for row in part])
    features = tuple(name for name in table.columns if name not in COLUMNS)
    return Portfolio(_typed(table, features), features, level)


def portfolio_of_people(
    people: pd.DataFrame,
    *,
    study: str = "study",
    outcome: str | None = None,
    threshold: float | str = 0.0,
    mechanism: str | None = None,
    features: Sequence[str] = (),
    post: str = "post",
    pre: str = "pre",
    arm: str = "arm",
    programme: Any = "programme",
    cluster: str | None = None,
    higher_is_better: bool = True,
    level: float = 0.95,
) -> Portfolio:
    """Judge many programmes from one table of people.

    Parameters
    ----------
    people : DataFrame
        One row a person (and outcome).
    study : str
        Column with the programme's name.
    outcome : str, optional
        Column with the outcome's name, where there are several.
    threshold : float or str
        The least improvement that counts, or the column that holds each programme's.
    mechanism : str, optional
        Column that says how people were assigned; ``lottery`` is random, everything else is not.
    features : sequence of str
        Columns that describe the programme, the same for all its people.
    post, pre, arm, programme, cluster, level
        As in `adjusted_difference_by`.
    higher_is_better : bool
        Whether a larger score is better.

    Returns
    -------
    Portfolio
        A row a programme and outcome, by the gates and rules of `rmstudy.evaluate` with their defaults: ten people
        an arm, half of them followed up.

    Raises
    ------
    DesignError
        When a column is missing, or describes a programme in two ways.

    Notes
    -----
    The estimate is the difference at the same starting score (`adjusted_difference_by`). Merit is lowered where the
    arms lost people unlike (more than 10 points) and, without a lottery, where they started apart.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> draw = np.random.default_rng(0)
    >>> pre = draw.normal(50, 10, 400)
    >>> treated = np.arange(400) % 2 == 0
    >>> people = pd.DataFrame({"study": np.repeat([f"edition {n}" for n in range(5)], 80), "pre": pre,
    ...                        "arm": np.where(treated, "programme", "waiting"),
    ...                        "post": pre + 6 * treated + draw.normal(0, 5, 400)})
    >>> portfolio_of_people(people, threshold=2.0).verdicts["met"].tolist()
    [5]
    """
    level = confidence_level(level)
    columns_by_name(people, "a person")
    names = [study, *([outcome] if outcome else [])]
    for name in (*names, *features, *([mechanism] if mechanism else [])):
        column(people, name)
    groups = people.groupby(names, sort=False, observed=True)
    described = groups[[*features, *([mechanism] if mechanism else [])]].first()
    _refuse_several(groups, [*features, *([mechanism] if mechanism else [])])
    together = groups.ngroup()
    table = adjusted_difference_by(
        people.assign(_programme=together),
        study="_programme",
        post=post,
        pre=pre,
        arm=arm,
        programme=programme,
        cluster=cluster,
        level=level,
    )
    sign = 1.0 if higher_is_better else -1.0
    found = _improvements(table.sort_index(), sign)
    found.index = described.index
    found["threshold"] = groups[threshold].first() if isinstance(threshold, str) else float(threshold)
    contrasts = _contrasts(people, together.to_numpy(), pre=pre, post=post, arm=arm, programme=programme)
    contrasts["random"] = (described[mechanism] == "lottery").to_numpy() if mechanism else False
    _judge(found, contrasts)
    found = found.join(described[list(features)]).reset_index()
    found = found.rename(columns={study: "programme"} | ({outcome: "outcome"} if outcome else {}))
    if outcome is None:
        found["outcome"] = post
    found["contrast"] = "comparison"
    return Portfolio(found[[*COLUMNS, *features]], tuple(features), level)


def _study_folders(folders: Sequence[str | PathLike[str]] | str | PathLike[str]) -> dict[str, Path]:
    """Study folders by the name that tells them apart."""
    one = isinstance(folders, str | PathLike)
    paths = [Path(folders)] if one else [Path(folder) for folder in folders]  # type: ignore[arg-type, union-attr]
    if one:
        paths = sorted(plan.parent for plan in paths[0].rglob(PLAN))
    if not paths:
        raise DataError(
            Problem("there is no study folder", f"Give a folder with {PLAN} in it.", str(folders))
        )
    names = [path.name for path in paths]
    if len(set(names)) < len(names):
        names = [str(path) for path in paths]
    return dict(zip(names, paths, strict=True))


def _judged(path: Path, name: str) -> list[dict[str, Any]]:
    """The rows of one study folder."""
    try:
        study = load_study(path)
        judged = evaluate(study)
    except RmstudyError as error:
        return [{"programme": name, "outcome": "", "contrast": "", "verdict": "not_enough_data", "merit": "not shown",
                 "reason": str(error).splitlines()[0]}]  # fmt: skip
    plan = study.plan
    described = {
        "recruitment": plan.programme.recruitment,
        "months": None if plan.programme.days is None else str(int(plan.programme.days / 30.4 + 0.5)),
        "planned_meetings": None
        if plan.programme.planned_meetings is None
        else str(plan.programme.planned_meetings),
    }
    return [_row(name, one) | described for one in judged.criteria]


def _row(name: str, one: CriterionVerdict) -> dict[str, Any]:
    """One criterion as a row, improvement positive."""
    scale = one.instrument.range
    outcome = one.criterion.instrument + (f" ({scale[0]:g} to {scale[1]:g})" if scale else "")
    row: dict[str, Any] = {
        "programme": name if one.criterion.priority == "primary" else f"{name}",
        "outcome": outcome,
        "contrast": one.criterion.contrast,
        "threshold": one.direction * one.threshold,
        "verdict": one.verdict,
        "merit": one.merit,
        "reason": one.gate.text() if one.gate else None,
    }
    if one.result is not None:
        e = one.result.headline
        low, high = (e.conf_low, e.conf_high) if one.direction > 0 else (e.conf_high, e.conf_low)
        flipped = {"estimate": e.estimate, "conf_low": low, "conf_high": high}
        row |= {key: None if value is None else one.direction * value for key, value in flipped.items()}
        row |= {"std_error": e.std_error, "df": e.df, "n": sum(one.result.n.values())}
    return row


def _typed(table: pd.DataFrame, features: Sequence[str]) -> pd.DataFrame:
    """All columns, the numbers as numbers."""
    table = table.reindex(columns=[*COLUMNS, *features])
    numbers = ["n", "estimate", "std_error", "df", "conf_low", "conf_high", "threshold"]
    return table.astype(dict.fromkeys(numbers, "float64"))


def _refuse_several(groups: Any, columns: Sequence[str]) -> None:
    """Refuse a programme that is described in two ways."""
    for name in columns:
        several = groups[name].nunique()
        several = several[several > 1]
        if len(several):
            raise DesignError(
                f"{len(several)} programmes have more than one value in {name!r} (first: {str(several.index[0])!r}). "
                "A feature describes the whole programme: give each one value."
            )


def _improvements(table: pd.DataFrame, sign: float) -> pd.DataFrame:
    """Numbers of the comparison with improvement positive."""
    low, high = ("conf_low", "conf_high") if sign > 0 else ("conf_high", "conf_low")
    return pd.DataFrame(
        {
            "n": (table["n_programme"] + table["n_comparison"]).astype("float64"),
            "estimate": sign * table["estimate"],
            "std_error": table["std_error"],
            "df": table["df"],
            "conf_low": sign * table[low],
            "conf_high": sign * table[high],
            "reason": table["reason"],
        }
    ).astype({"std_error": "float64", "df": "float64"})


def _contrasts(
    people: pd.DataFrame, number: np.ndarray[Any, Any], *, pre: str, post: str, arm: str, programme: Any
) -> pd.DataFrame:
    """What the gates and the merit depend on: people, follow-up and distance at the start, by programme."""
    before, after = numeric(people, pre).to_numpy(), numeric(people, post).to_numpy()
    ours = (people[arm] == programme).to_numpy()
    known = people[arm].notna().to_numpy()
    started, both = known & ~np.isnan(before), known & ~np.isnan(before) & ~np.isnan(after)
    k = int(number.max()) + 1
    rows: dict[str, Any] = {}
    means, variances = [], []
    for name, members in (("programme", ours), ("comparison", known & ~ours)):
        n = np.bincount(number[both & members], minlength=k)
        begun = np.bincount(number[started & members], minlength=k)
        rows[f"people_{name}"] = n
        rows[f"stayed_{name}"] = n / np.maximum(begun, 1)
        chosen = both & members
        mean = np.bincount(number[chosen], before[chosen], k) / np.maximum(n, 1)
        square = np.bincount(number[chosen], (before[chosen] - mean[number[chosen]]) ** 2, k)
        means.append(mean)
        variances.append(square / np.maximum(n - 1, 1))
    spread = np.sqrt(sum(variances) / 2)
    difference = np.abs(means[0] - means[1])
    rows["apart"] = np.divide(difference, spread, out=np.full(k, np.inf), where=spread > 0)
    return pd.DataFrame(rows)


def _judge(found: pd.DataFrame, contrasts: pd.DataFrame) -> None:
    """Give each programme its verdict and merit, or the gate that it did not pass."""
    few = contrasts[["people_programme", "people_comparison"]].min(axis=1).to_numpy() < LEAST_PEOPLE
    lost = contrasts[["stayed_programme", "stayed_comparison"]].min(axis=1).to_numpy() < LEAST_FOLLOW_UP
    unknown = found["conf_low"].isna().to_numpy()
    refused = found["reason"].notna().to_numpy()
    reason = found["reason"].to_numpy(dtype=object, copy=True)
    for gate, why in ((unknown, _NO_INTERVAL), (lost, _LOST), (few, _FEW)):
        reason[gate & ~refused] = why
    found["reason"] = reason
    gated = refused | few | lost | unknown
    numbers = ["estimate", "std_error", "df", "conf_low", "conf_high"]
    found.loc[gated, numbers] = np.nan
    asked = found[["estimate", "conf_low", "conf_high", "threshold"]].to_numpy(dtype=np.float64)
    found["verdict"] = [
        "not_enough_data" if out else verdicts.verdict(*row)
        for out, row in zip(gated, asked.tolist(), strict=True)
    ]
    levels = _strengths(contrasts)
    found["merit"] = [
        "not shown" if out else verdicts.merit(level, row[1])
        for out, level, row in zip(gated, levels, asked.tolist(), strict=True)
    ]


def _strengths(contrasts: pd.DataFrame) -> list[int]:
    """Level of each contrast (`verdicts.strength`), asked once for each that differs in what it depends on."""
    unlike = (contrasts["stayed_programme"] - contrasts["stayed_comparison"]).abs() > ATTRITION
    # the distance at the start matters only by the band it falls into
    band = np.searchsorted([0.05, 0.25], contrasts["apart"].to_numpy())
    kinds = zip(contrasts["random"].astype(bool), unlike, band, strict=True)
    return [_strength(*map(int, kind)) for kind in kinds]


@cache
def _strength(random: int, unlike: int, band: int) -> int:
    """Level of a contrast of one kind."""
    level, _ = verdicts.strength(
        verdicts.Contrast(
            compared=True,
            random=bool(random),
            adjusted=True,
            differential_attrition=float(unlike),
            largest_allowed_attrition=ATTRITION,
            baseline_difference=(0.0, 0.2, 1.0)[band],
        )
    )
    return level
