"""Columns of a data frame as checked arrays: one row a person, complete, and everybody accounted for.

Every public method begins here, so that a misspelt column, text among numbers, a person in two rows
or an unnamed arm gives the same sentence everywhere, and nobody is left out without being counted.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from rmstudy.errors import DesignError, nearest
from rmstudy.results import Note

Array = npt.NDArray[np.float64]
Labels = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]

# Fourth powers of numbers between this and its inverse are still numbers.
_LARGEST: Final = 1e50


@dataclass(frozen=True, slots=True)
class Pairs:
    """People with both scores.

    Parameters
    ----------
    pre, post : ndarray of shape (n,)
        The two scores of each person.
    cluster : ndarray of int, shape (n,), or None
        Cluster number of each person, counted from zero.
    dropped : mapping of str to int
        People left out.
    notes : tuple of Note
        Why they were left out.
    """

    pre: Array
    post: Array
    cluster: Labels | None
    dropped: Mapping[str, int]
    notes: tuple[Note, ...]

    @property
    def n(self) -> Mapping[str, int]:
        """People counted."""
        return {"all": len(self.pre)}

    @property
    def change(self) -> Array:
        """Later minus earlier; a spread that is only binary rounding noise is removed."""
        difference = self.post - self.pre
        if np.ptp(difference) < self._grain:
            return np.full_like(difference, difference.mean())
        return difference

    @property
    def ranked_change(self) -> Array:
        """The change with decimal ties restored: 8.2 - 7.9 and 7.7 - 7.4 are the same 0.3."""
        return np.round(self.change, -math.floor(math.log10(self._grain)))

    @property
    def _grain(self) -> float:
        """Differences below this are binary rounding of the data's own size."""
        return 1e-10 * max(float(np.abs(self.pre).max()), float(np.abs(self.post).max()), 1e-290)


@dataclass(frozen=True, slots=True)
class Arms:
    """People of two arms with an outcome, and with a starting score and covariates when asked for.

    Parameters
    ----------
    post : ndarray of shape (n,)
        The outcome.
    pre : ndarray of shape (n,) or None
        The starting score.
    treated : ndarray of shape (n,)
        1 for the programme's arm, 0 for the comparison's.
    covariates : mapping of str to ndarray
        Further numeric columns.
    cluster : ndarray of int, shape (n,), or None
        Cluster number of each person, counted from zero.
    labels : tuple of str
        The programme's and the comparison's label.
    n, dropped : mapping of str to int
        People counted and left out, by arm.
    notes : tuple of Note
        Why people were left out.
    """

    post: Array
    pre: Array | None
    treated: Array
    covariates: Mapping[str, Array]
    cluster: Labels | None
    labels: tuple[str, str]
    n: Mapping[str, int]
    dropped: Mapping[str, int]
    notes: tuple[Note, ...] = field(default=())


def paired(data: pd.DataFrame, *, pre: str, post: str, cluster: str | None = None, least: int = 2) -> Pairs:
    """Take the people who have both scores.

    Parameters
    ----------
    data : DataFrame
        One row a person.
    pre, post : str
        Columns of the earlier and the later score.
    cluster : str, optional
        Column of cluster labels.
    least : int
        Fewest complete people that the calling method can use.

    Raises
    ------
    DesignError
        When a column is missing or not numeric, a person has two rows, or too few people are complete.
    """
    one_row_each(data)
    before, after = _floats(numeric(data, pre)), _floats(numeric(data, post))
    complete = ~(np.isnan(before) | np.isnan(after))
    notes = _one_wave_only(before, after, np.ones_like(complete))
    if cluster is not None:
        complete, more = _without_missing_clusters(data, cluster, complete)
        notes += more
    n = int(complete.sum())
    if n < least:
        raise DesignError(
            f"{n} of {len(data)} people have both {pre!r} and {post!r}; at least {least} are needed here. "
            "Describe the scores of each wave instead."
        )
    notes += _arms_together(data, complete)
    return Pairs(
        before[complete],
        after[complete],
        None if cluster is None else codes(data.loc[complete, cluster]),
        {"all": len(complete) - n},
        tuple(notes),
    )


def two_arms(
    data: pd.DataFrame,
    *,
    post: str,
    pre: str | None,
    arm: str,
    programme: Any,
    covariates: Sequence[str] = (),
    cluster: str | None = None,
) -> Arms:
    """Take the people of two arms who have every column asked for.

    Parameters
    ----------
    data : DataFrame
        One row a person.
    post, pre, arm, cluster : str
        Columns of the outcome, the starting score, the arm, and the cluster labels.
    programme : object
        Label of the programme's arm; the other label is the comparison.
    covariates : sequence of str
        Further numeric columns that must be present.

    Raises
    ------
    DesignError
        When a column is missing or not numeric, the labels are not two, or an arm has no outcome.
    """
    covariates = names_of("covariates", covariates)
    one_row_each(data)
    group, labels = two_labels(data, arm, programme)
    known, in_arm = group.notna().to_numpy(), {label: (group == label).to_numpy() for label in labels}
    outcome = _floats(numeric(data, post))
    start = None if pre is None else _floats(numeric(data, pre))
    extra = {name: _floats(numeric(data, name)) for name in covariates}
    complete, notes = ~np.isnan(outcome) & known, []
    if not known.all():
        notes.append(Note.of("arm_missing", n=int((~known).sum())))
    if start is not None:
        notes += _one_wave_only(start, outcome, known)
        complete &= ~np.isnan(start)
    if extra:
        lacking = complete & np.isnan(np.column_stack(list(extra.values()))).any(axis=1)
        if lacking.any():
            notes.append(Note.of("covariate_missing", n=int(lacking.sum()), columns=tuple(extra)))
        complete &= ~lacking
    if cluster is not None:
        complete, more = _without_missing_clusters(data, cluster, complete)
        notes += more
    _both_arms_observed(outcome, in_arm, complete, post)
    return Arms(
        outcome[complete],
        None if start is None else start[complete],
        in_arm[labels[0]][complete].astype(np.float64),
        {name: values[complete] for name, values in extra.items()},
        None if cluster is None else codes(data.loc[complete, cluster]),
        labels,
        {label: int((complete & who).sum()) for label, who in in_arm.items()},
        {label: int((~complete & who).sum()) for label, who in in_arm.items()},
        tuple(notes),
    )


def one_row_each(data: pd.DataFrame) -> None:
    """Refuse anything but a data frame with one row a person."""
    columns_by_name(data, "a person")
    if not data.index.is_unique:
        twice = data.index[data.index.duplicated()].unique()
        raise DesignError(
            f"{len(twice)} people have more than one row (first: {str(twice[0])!r}). "
            "Bring the data to one row a person; study.frame() does it by key."
        )


def columns_by_name(data: pd.DataFrame, row: str) -> None:
    """Refuse anything but a data frame with each column once; `row` says what a row is."""
    if not isinstance(data, pd.DataFrame):
        raise DesignError(
            f"A data frame is needed, not {type(data).__name__}: one row {row}, columns by name."
        )
    if not data.columns.is_unique:
        twice = data.columns[data.columns.duplicated()].unique()
        raise DesignError(f"The column {str(twice[0])!r} is there more than once. Give each its own name.")


def names_of(argument: str, given: Sequence[str]) -> tuple[str, ...]:
    """Return names of columns, or refuse a single name, which would be read letter by letter."""
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise DesignError(f"{argument} takes a list of columns: {argument}=[{given!r}].")
    names = tuple(given)
    if not all(isinstance(name, Hashable) for name in names):
        raise DesignError(f"{argument} takes names of columns, not lists of them: {argument}=['pre', 'age'].")
    return names


def column(data: pd.DataFrame, name: str) -> pd.Series[Any]:
    """Return a column by name, or name the nearest one."""
    if not isinstance(name, Hashable) or name not in data.columns:
        raise DesignError(f"There is no column {name!r}. {nearest(str(name), map(str, data.columns))}")
    values = data[name]
    if values.dtype == object and not values.map(lambda value: isinstance(value, Hashable)).all():
        raise DesignError(
            f"The column {name!r} holds lists or the like. Give each row one number or one label."
        )
    return values


def numeric(data: pd.DataFrame, name: str) -> pd.Series[float]:
    """Return a numeric column with some values in it, as floats."""
    values = column(data, name)
    real = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_complex_dtype(values)
    if not (real or values.isna().all()):
        raise DesignError(
            f"The column {name!r} holds {values.dtype}, not numbers. Convert it before the analysis; "
            "words become 0/1 columns with pandas.get_dummies."
        )
    figures = values.to_numpy(dtype=np.float64, na_value=np.nan)
    sizes = np.abs(figures[~np.isnan(figures)])
    if not len(sizes):
        raise DesignError(f"The column {name!r} has no observed values.")
    if np.isinf(sizes).any():
        raise DesignError(f"The column {name!r} holds infinite values. Correct them before the analysis.")
    sizes = sizes[sizes > 0]
    for which, size in (("largest", sizes.max(initial=1.0)), ("smallest", sizes.min(initial=1.0))):
        if size > _LARGEST or size < 1 / _LARGEST:
            raise DesignError(
                f"The {which} value of {name!r} is {size:g}, beyond what can be squared and added without loss. "
                "Correct it, or change the unit."
            )
    return pd.Series(figures, index=values.index, name=values.name)


def codes(labels: pd.Series[Any]) -> Labels:
    """Number the labels from zero in order of appearance."""
    return np.asarray(pd.factorize(labels)[0], dtype=np.intp)


def _floats(values: pd.Series[Any]) -> Array:
    """Values of a column as an array of floats."""
    return np.asarray(values, dtype=np.float64)


def _one_wave_only(before: Array, after: Array, known: Flags) -> list[Note]:
    """Count those who have one of the two scores only."""
    no_start, no_end = np.isnan(before), np.isnan(after)
    masks = {"pre_only": known & ~no_start & no_end, "post_only": known & no_start & ~no_end}
    return [Note.of(code, n=int(mask.sum())) for code, mask in masks.items() if mask.any()]


def _arms_together(data: pd.DataFrame, complete: Flags) -> list[Note]:
    """Say so when a frame of `Study.frame` is taken as one group although it holds several arms."""
    if "arm" not in data.columns:
        return []
    labels = sorted(map(str, column(data, "arm")[complete].dropna().unique()))
    return [Note.of("arms_together", arms=tuple(labels))] if len(labels) > 1 else []


def _without_missing_clusters(data: pd.DataFrame, cluster: str, complete: Flags) -> tuple[Flags, list[Note]]:
    """Leave out, and count, people without a cluster label."""
    lacking = complete & column(data, cluster).isna().to_numpy()
    notes = [Note.of("cluster_missing", n=int(lacking.sum()), column=cluster)] if lacking.any() else []
    return complete & ~lacking, notes


def two_labels(data: pd.DataFrame, arm: str, programme: Any) -> tuple[pd.Series[str], tuple[str, str]]:
    """Return the arm column as text and its two labels, the programme's first."""
    numbers, labels = pd.factorize(column(data, arm))
    texts = np.array([*map(_label, labels), np.nan], dtype=object)  # the number of a missing label is -1
    group = pd.Series(texts[numbers], index=data.index, name=arm)
    found = sorted(set(texts[:-1]))
    folded = {label.strip().casefold() for label in found}
    if len(folded) < len(found):
        raise DesignError(
            f"The column {arm!r} has labels that differ only in case or spaces: {', '.join(map(repr, found))}. "
            "Write each arm in one way."
        )
    name = _label(programme)
    if name not in found:
        raise DesignError(
            f"No arm in {arm!r} is called {name!r}; the labels are {', '.join(map(repr, found))}. "
            "Say which one is the programme's: programme=..."
        )
    if len(found) != 2:
        lost = int(group.isna().sum())
        why = (
            f" {lost} people have no label: pandas.read_csv takes 'None' and 'NA' for missing unless "
            "keep_default_na=False."
            if len(found) < 2 and lost
            else ""
        )
        raise DesignError(
            f"The column {arm!r} has {len(found)} labels ({', '.join(map(repr, found))}); a comparison needs two. "
            f"Keep the programme's arm and one comparison.{why}"
        )
    return group, (name, next(label for label in found if label != name))


def _label(value: Any) -> str:
    """A label as text; 1.0, as pandas writes 1 beside a missing value, is 1."""
    return (
        str(int(value))
        if isinstance(value, float | np.floating) and float(value).is_integer()
        else str(value)
    )


def _both_arms_observed(outcome: Array, in_arm: Mapping[str, Flags], complete: Flags, post: str) -> None:
    """Refuse an arm without anybody to count."""
    for label, who in in_arm.items():
        if not (complete & who).any():
            seen = (~np.isnan(outcome) & who).any()
            reason = "nobody has all the columns asked for" if seen else "nobody has the outcome"
            raise DesignError(f"Arm {label!r}: {reason} ({post!r}). Without it there is nothing to compare.")
