"""The same question by every other defensible analysis: what would somebody else have found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, get_args

import pandas as pd

from rmstudy.errors import DesignError
from rmstudy.methods.columns import column, names_of, numeric, one_row_each, two_labels
from rmstudy.methods.comparison import adjusted_difference, difference_in_differences, post_difference
from rmstudy.methods.missing import attrition_weights, impute, pool
from rmstudy.methods.regression import confidence_level, linear_model
from rmstudy.results import Estimate, Note, Result

Estimator = Literal["adjusted", "difference_in_differences", "post_difference"]
ESTIMATORS: Final[tuple[Estimator, ...]] = get_args(Estimator)
_WORDS: Final[dict[str, str]] = {
    "adjusted": "adjusted",
    "difference_in_differences": "difference of changes",
    "post_difference": "later scores only",
}
_TREATED: Final = "__treated__"
_CHANGE: Final = "__change__"
_WEIGHT: Final = "__weight__"


@dataclass(frozen=True, slots=True)
class _Design:
    """What all analyses have in common."""

    post: str
    pre: str
    arm: str
    programme: Any
    cluster: str | None
    level: float

    def compare(self, data: pd.DataFrame, estimator: Estimator, covariates: Sequence[str]) -> Result:
        """One estimator on people with everything it needs."""
        common: dict[str, Any] = {
            "post": self.post,
            "arm": self.arm,
            "programme": self.programme,
            "cluster": self.cluster,
            "level": self.level,
        }
        if estimator == "adjusted":
            return adjusted_difference(data, pre=self.pre, covariates=covariates, **common)
        if estimator == "difference_in_differences":
            return difference_in_differences(data, pre=self.pre, **common)
        return post_difference(data, **common)

    def weighted(self, data: pd.DataFrame, estimator: Estimator, covariates: Sequence[str]) -> Result:
        """The same contrast as a linear model of those who stayed, weighted by their chance of staying."""
        adjusting = [self.pre, *covariates] if estimator == "adjusted" else []
        outcome = _CHANGE if estimator == "difference_in_differences" else self.post
        return linear_model(
            data.dropna(subset=[self.post]),
            outcome=outcome,
            covariates=[_TREATED, *adjusting],
            cluster=self.cluster,
            weights=_WEIGHT,
            errors="hc2",
            level=self.level,
        )


def specification_curve(
    data: pd.DataFrame,
    *,
    post: str = "post",
    pre: str = "pre",
    arm: str = "arm",
    programme: Any = "programme",
    estimator: Estimator = "adjusted",
    covariates: Sequence[str] = (),
    cluster: str | None = None,
    apart: Mapping[str, pd.DataFrame] | None = None,
    imputations: int = 20,
    level: float = 0.95,
    seed: int = 0,
) -> Result:
    """Compare two arms in every defensible way, beside the planned one.

    Parameters
    ----------
    data : DataFrame
        One row a person, the lost included.
    post, pre : str
        Columns of the later and the starting score.
    arm : str
        Column with two labels.
    programme : object
        Label of the programme's arm; the other arm is the comparison.
    estimator : {'adjusted', 'difference_in_differences', 'post_difference'}
        The planned one.
    covariates : sequence of str
        The planned covariates, numeric and known before the programme.
    cluster : str, optional
        Column of cluster labels, such as the pair or the department.
    apart : mapping of str to DataFrame, optional
        Frames that change the question, by name: the scale scored in another way, outliers dropped,
        only those who met. Each is analysed as planned and stands apart, at the end.
    imputations, seed : int
        Number of imputations, and seed of the random numbers.
    level : float
        Confidence level.

    Returns
    -------
    Result
        The planned analysis first; then every other combination of estimator, covariates (none, each
        one alone, all) and rule for missing scores (complete cases, imputed within arms, weighted by
        the chance of staying); then the frames of `apart`, named ``another question: ...``. Notes
        count the analyses and say how far they agree, and why one could not be done.

    Raises
    ------
    DesignError
        When the planned analysis cannot be done, or nobody has a starting score.

    Notes
    -----
    Imputed and weighted analyses use everybody with a starting score and all covariates; weights are
    those of `attrition_weights`, stabilised, standard errors HC2 or CR2. After a lottery all analyses
    before ``apart`` aim at the same quantity, so that their spread is doubt about the answer. Where
    groups chose themselves the estimators rest on different assumptions (see `change_or_adjusted`).

    The curve counts no votes: analyses of the same people agree more than their number suggests, and
    there is no p-value of the curve.

    When not to use: to find the analysis with the best result. The plan's analysis stays the answer.

    References
    ----------
    Simonsohn, Simmons & Nelson (2020), *Nature Human Behaviour* 4, 1208-1214. Del Giudice & Gangestad
    (2021), *Advances in Methods and Practices in Psychological Science* 4 (what may vary, and what is
    another question).

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({
    ...     "arm": ["programme"] * 6 + ["waiting"] * 6,
    ...     "pre": [40, 45, 50, 55, 60, 52, 42, 47, 51, 56, 61, 50],
    ...     "post": [52, 53, 61, 62, 70, None, 46, 50, 52, 60, 63, None]})
    >>> curve = specification_curve(frame)
    >>> print(curve.notes[-1].text())
    9 analyses of the same question: estimates from 5.40 to 6.80; of these, 9 have the planned one's sign,
    and 6 have an interval that excludes zero.
    """
    level = confidence_level(level)
    covariates = names_of("covariates", covariates)
    if estimator not in ESTIMATORS:
        raise DesignError(f"estimator={estimator!r} is not known. Allowed: {', '.join(ESTIMATORS)}.")
    if apart is not None and not isinstance(apart, Mapping):
        raise DesignError("apart takes frames by name: apart={'without outliers': frame}.")
    one_row_each(data)
    design = _Design(post, pre, arm, programme, cluster, level)
    planned = design.compare(data, estimator, covariates)
    rules, lacking = _rules(data, design, covariates, imputations, seed)
    rows: list[Estimate] = []
    for name, adjusting in _analyses(covariates):
        for rule, analyse in rules.items():
            term = f"{_WORDS[name]}{_with(adjusting) if name == 'adjusted' else ''}; {rule}"
            if (name, rule) == (estimator, "complete cases") and _is_planned(name, adjusting, covariates):
                rows.insert(0, replace(planned.headline, term=term))
                continue
            try:
                rows.append(replace(analyse(name, adjusting).headline, term=term))
            except DesignError as error:
                lacking.append(Note.of("specification_refused", analysis=term, reason=str(error)))
    others = [
        replace(design.compare(frame, estimator, covariates).headline, term=f"another question: {name}")
        for name, frame in (apart or {}).items()
    ]
    return Result(
        "specification_curve",
        post,
        "programme minus comparison, as planned and by other analyses",
        "points",
        (*rows, *others),
        level,
        planned.n,
        planned.dropped,
        (*planned.notes, *lacking, _agreement(rows)),
    )


def _analyses(covariates: Sequence[str]) -> list[tuple[Estimator, tuple[str, ...]]]:
    """Every estimator; the adjusted one with all covariates, with none, and with each one alone."""
    sets = [tuple(covariates), (), *((name,) for name in covariates)]
    found: list[tuple[Estimator, tuple[str, ...]]] = [("adjusted", one) for one in dict.fromkeys(sets)]
    return [*found, ("difference_in_differences", ()), ("post_difference", ())]


def _is_planned(estimator: Estimator, adjusting: tuple[str, ...], covariates: Sequence[str]) -> bool:
    """Whether an analysis of the planned estimator has the planned covariates."""
    return estimator != "adjusted" or adjusting == tuple(covariates)


def _with(covariates: Sequence[str]) -> str:
    """Covariates as they stand in a row's name."""
    return f" ({', '.join(covariates)})" if covariates else ""


def _rules(
    data: pd.DataFrame, design: _Design, covariates: Sequence[str], imputations: int, seed: int
) -> tuple[dict[str, Callable[[Estimator, Sequence[str]], Result]], list[Note]]:
    """Each rule for missing scores as a way to analyse, and why one could not be had."""
    rules: dict[str, Callable[[Estimator, Sequence[str]], Result]] = {
        "complete cases": lambda name, adjusting: design.compare(data, name, adjusting)
    }
    started = _started(data, design, covariates)
    if started[design.post].notna().all():
        return rules, []
    lacking = []
    start = [design.pre, *covariates]
    try:
        frames = impute(
            started,
            columns=[design.post],
            predictors=start,
            arm=design.arm,
            imputations=imputations,
            seed=seed,
        )
        rules["imputed"] = lambda name, adjusting: pool(
            [design.compare(frame, name, adjusting) for frame in frames]
        )
    except DesignError as error:
        lacking.append(Note.of("specification_refused", analysis="imputed", reason=str(error)))
    try:
        weights = attrition_weights(started, post=design.post, covariates=start, arm=design.arm)
        stayed = started.assign(**{_WEIGHT: weights["stabilised_weight"]})
        rules["weighted"] = lambda name, adjusting: design.weighted(stayed, name, adjusting)
    except DesignError as error:
        lacking.append(Note.of("specification_refused", analysis="weighted", reason=str(error)))
    return rules, lacking


def _started(data: pd.DataFrame, design: _Design, covariates: Sequence[str]) -> pd.DataFrame:
    """People with an arm, a starting score and the covariates, whether they have the later score or not."""
    needed = [design.pre, *covariates]
    there = column(data, design.arm).notna()
    for name in needed:
        there &= numeric(data, name).notna()
    if design.cluster is not None:
        there &= column(data, design.cluster).notna()
    started = data[there]
    group, labels = two_labels(started, design.arm, design.programme)
    return started.assign(
        **{
            _TREATED: (group == labels[0]).astype(float),
            _CHANGE: numeric(started, design.post) - started[design.pre],
        }
    )


def _agreement(rows: Sequence[Estimate]) -> Note:
    """How far the analyses of one question agree."""
    values = [e.estimate for e in rows if e.estimate is not None]
    sign = values[0] > 0
    return Note.of(
        "specifications",
        n=len(values),
        low=min(values),
        high=max(values),
        same=sum((value > 0) == sign for value in values),
        clear=sum(
            e.conf_low is not None and e.conf_high is not None and (e.conf_low > 0 or e.conf_high < 0)
            for e in rows
        ),
    )
