"""Many programmes from one table of people, compared in one pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from rmstudy.errors import DesignError
from rmstudy.methods.columns import Labels, column, columns_by_name, names_of, numeric
from rmstudy.methods.comparison import adjusted_difference_by
from rmstudy.methods.regression import confidence_level
from rmstudy.portfolio.gates import arms_of, judge
from rmstudy.portfolio.tables import COLUMNS, Portfolio, portfolio


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
    ...                        "post": pre + 8 * treated + draw.normal(0, 5, 400)})
    >>> portfolio_of_people(people, threshold=2.0).verdicts["met"].tolist()
    [5]
    """
    level = confidence_level(level)
    columns_by_name(people, "a person")
    features = names_of("features", features)
    _refuse_taken(features)
    groups = _groups(people, [study, *([outcome] if outcome else [])])
    described = {name: groups.value(people, name) for name in features}
    asked = people[[post, pre, arm]] if cluster is None else people[[post, pre, arm, cluster]]
    table = adjusted_difference_by(
        asked.assign(_programme=groups.number), study="_programme", post=post, pre=pre, arm=arm,
        programme=programme, cluster=cluster, level=level,
    )  # fmt: skip
    found = _improvements(table.sort_index(), 1.0 if higher_is_better else -1.0)
    names = people[study].iloc[groups.first].astype(str).to_numpy(dtype=object)
    found.insert(0, "programme", names)
    found["outcome"] = people[outcome].iloc[groups.first].astype(str).to_numpy() if outcome else post
    found["threshold"] = groups.value(people, threshold) if isinstance(threshold, str) else float(threshold)
    arms = arms_of(
        groups.number, (people[arm] == programme).to_numpy(dtype=bool, na_value=False),
        people[arm].notna().to_numpy(), numeric(people, pre).to_numpy(), numeric(people, post).to_numpy(),
        len(groups.first),
    )  # fmt: skip
    random = groups.value(people, mechanism) == "lottery" if mechanism else np.zeros(len(found), dtype=bool)
    judge(found, arms, np.asarray(random, dtype=bool))
    same = {"role": "", "contrast": "comparison", "criterion": found["outcome"], "priority": "primary"}
    return portfolio(found.assign(**same, **described), features, level)


@dataclass(frozen=True, slots=True)
class _Groups:
    """``number`` (n,) of each person's programme and outcome, ``first`` (k,) row of each, ``labels`` (k,)."""

    number: Labels
    first: Labels
    labels: tuple[str, ...]

    def value(self, people: pd.DataFrame, name: str) -> np.ndarray[Any, Any]:
        """The one value of each programme, missing where nobody has any; refuse two."""
        codes, values = pd.factorize(column(people, name))
        known = codes >= 0
        one = np.full(len(self.first), -1)
        one[self.number[known]] = codes[known]
        several = np.unique(self.number[known & (one[self.number] != codes)])
        if len(several):
            raise DesignError(
                f"{len(several)} programmes have more than one value in {name!r} (first: "
                f"{self.labels[several[0]]!r}). A feature describes the whole programme: give each one value."
            )
        found = np.asarray(values, dtype=object if values.dtype.kind not in "iuf" else np.float64)
        lacking: Any = np.nan if found.dtype.kind == "f" else None
        return np.asarray(np.append(found, np.array([lacking], dtype=found.dtype))[one])


def _groups(people: pd.DataFrame, names: Sequence[str]) -> _Groups:
    """Programmes, and their outcomes where there are several, in the order of their first people."""
    number, values = pd.factorize(column(people, names[0]))
    _refuse_nameless(number, names[0])
    if len(names) > 1:
        inner, outcomes = pd.factorize(column(people, names[1]))
        _refuse_nameless(inner, names[1])
        number, values = pd.factorize(number * len(outcomes) + inner)
    first = np.empty(len(values), dtype=np.intp)
    first[number[::-1]] = np.arange(len(number))[::-1]
    labels = tuple(map(str, people[names[0]].iloc[first]))
    return _Groups(number, first, labels)


def _refuse_nameless(number: Labels, name: str) -> None:
    """Refuse people who belong nowhere, and a table without people."""
    if not len(number):
        raise DesignError("The table has no people. Give one row a person.")
    if (number < 0).any():
        raise DesignError(f"{int((number < 0).sum())} people have nothing in {name!r}. Fill it in.")


def _refuse_taken(features: Sequence[str]) -> None:
    """Refuse a feature by the name of a column that the answer has itself."""
    taken = [name for name in features if name in COLUMNS]
    if taken:
        raise DesignError(f"The feature {taken[0]!r} has the name of a column of the answer. Rename it.")


def _improvements(table: pd.DataFrame, sign: float) -> pd.DataFrame:
    """Numbers of the comparison with improvement positive."""
    low, high = ("conf_low", "conf_high") if sign > 0 else ("conf_high", "conf_low")
    numbers = {"estimate": sign * table["estimate"], "std_error": table["std_error"], "df": table["df"],
               "conf_low": sign * table[low], "conf_high": sign * table[high]}  # fmt: skip
    n = (table["n_programme"] + table["n_comparison"]).astype("float64")
    found = pd.DataFrame({"n": n, **{name: one.astype("float64") for name, one in numbers.items()}})
    return found.assign(reason=table["reason"].astype(object)).reset_index(drop=True)
