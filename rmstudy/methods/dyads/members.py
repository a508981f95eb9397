"""Members of dyads side by side as checked arrays, and who is joined to whom over several dyads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from rmstudy.errors import DesignError
from rmstudy.methods.columns import Array, Labels, codes, column, columns_by_name, names_of, numeric
from rmstudy.results import Note

# Terms of the model that a covariate may not be called.
_ROWS: Final = ("intercept", "actor", "partner")


@dataclass(frozen=True, slots=True)
class Dyads:
    """Complete dyads, a row each, the two members in two columns.

    Parameters
    ----------
    outcome, predictor : ndarray of shape (n, 2)
        Scores of both members; with roles, in the order of `roles`.
    covariates : mapping of str to ndarray of shape (n, 2)
        Further numeric columns.
    roles : tuple of str, or None
        Labels of the two roles; None for exchangeable members.
    joined : ndarray of int, shape (n,), or None
        Dyads joined by people share a number; None when nobody is in two dyads.
    n, dropped : mapping of str to int
        People counted and left out, by role.
    notes : tuple of Note
        Why.
    """

    outcome: Array
    predictor: Array
    covariates: Mapping[str, Array]
    roles: tuple[str, str] | None
    joined: Labels | None
    n: Mapping[str, int]
    dropped: Mapping[str, int]
    notes: tuple[Note, ...]


def dyads(
    data: pd.DataFrame,
    *,
    outcome: str,
    predictor: str,
    covariates: Sequence[str],
    dyad: str,
    role: str | None,
    person: str | None,
) -> Dyads:
    """Set the two members of each dyad side by side.

    Parameters
    ----------
    data : DataFrame
        One row a member of a dyad.
    outcome, predictor : str
        Numeric columns.
    covariates : sequence of str
        Further numeric columns.
    dyad, role, person : str or None
        Columns that say the dyad, the role in it, and who the member is.

    Raises
    ------
    DesignError
        When a column is missing or not numeric, a dyad does not have two members, or one of each role.
    """
    names = (outcome, predictor, *names_of("covariates", covariates))
    _refuse_names(names)
    table = members(data, dyad, person)
    values = pd.DataFrame({name: numeric(table, name) for name in names})
    known = table["_dyad"].notna()
    notes = [] if known.all() else [Note.of("cluster_missing", n=int((~known).sum()), column=dyad)]
    _refuse_other_sizes(table.loc[known, "_dyad"], dyad)
    side, roles = _sides(table[known], dyad, role)
    order = np.lexsort((side, codes(table.loc[known, "_dyad"])))
    rows = np.flatnonzero(known)[order].reshape(-1, 2)
    missing = values.isna().to_numpy()[rows].any(axis=1)  # a row a dyad, a column a name
    lacking = missing.any(axis=1)
    if lacking.any():
        columns = tuple(name for name, any_one in zip(names, missing.any(axis=0), strict=True) if any_one)
        notes.append(Note.of("dyad_incomplete", n=int(lacking.sum()), columns=columns))
    if lacking.all():
        raise DesignError(f"No dyad has {', '.join(map(repr, names))} of both members.")
    used, people = rows[~lacking], table["_person"].to_numpy()
    joined = components(people[used])
    if joined is not None:
        several = int((pd.Series(people[used].ravel()).value_counts() > 1).sum())
        notes.append(Note.of("person_in_several_dyads", n=several, clusters=int(joined.max()) + 1))
    both = {name: values[name].to_numpy()[used] for name in names}
    n, dropped = people_counted(
        table, np.full(len(table), "all") if role is None else table[role].map(str), used
    )
    return Dyads(
        both[outcome],
        both[predictor],
        {name: both[name] for name in covariates},
        roles,
        joined,
        n,
        dropped,
        tuple(notes),
    )


def _refuse_names(names: tuple[str, ...]) -> None:
    """Refuse a column named twice, and a covariate with the name of a row of the result."""
    if len(set(map(str, names))) < len(names):
        raise DesignError(f"A column is named twice among {', '.join(map(repr, names))}. Name each once.")
    for name in names[2:]:
        if name in _ROWS:
            raise DesignError(
                f"The covariate {name!r} has the name of a row of the result. Rename the column."
            )


def members(data: pd.DataFrame, dyad: str, person: str | None = None) -> pd.DataFrame:
    """Return the rows under a plain index, with the columns ``_dyad`` and ``_person``.

    Without a column of people the index tells them, unless one of its labels stands twice in a dyad (as
    when two tables with the same row numbers were put one below the other): then every row is somebody.
    """
    columns_by_name(data, "a member of a dyad")
    table = data.reset_index(drop=True)
    pair = column(table, dyad)
    people = pd.Series(data.index.factorize()[0] if person is None else codes(column(table, person)))
    known = pair.notna()
    unnamed = (people[known] < 0).any()
    twice = pd.DataFrame({"pair": pair, "people": people})[known].duplicated()
    if person is None and (unnamed or twice.any()):
        people = pd.Series(np.arange(len(table)))
    elif unnamed:
        raise DesignError(f"The column {person!r} has rows without a person. Give everybody a label.")
    elif twice.any():
        where = str(pair[known][twice].iloc[0])
        raise DesignError(f"In {where!r} of {dyad!r} one person stands twice. Nobody is their own partner.")
    return table.assign(_dyad=pair, _person=people)


def components(people: Any) -> Labels | None:
    """Number the connected groups of dyads; None when nobody is in two of them.

    Parameters
    ----------
    people : ndarray of int, shape (n, 2)
        Who the two members of each dyad are.

    Examples
    --------
    >>> import numpy as np
    >>> components(np.array([[1, 2], [1, 3], [4, 5]])).tolist()
    [0, 0, 1]
    """
    found, flat = np.unique(people, return_inverse=True)
    if len(found) == people.size:
        return None
    ends = flat.reshape(-1, 2)
    graph = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(len(found), len(found)))
    group = connected_components(graph, directed=False)[1]
    return np.asarray(np.unique(group[ends[:, 0]], return_inverse=True)[1], dtype=np.intp)


def _refuse_other_sizes(pair: pd.Series[Any], dyad: str) -> None:
    """Refuse dyads that are not two: the partner would be undefined."""
    sizes = pair.value_counts(sort=False)
    wrong = sizes[sizes != 2]
    if sizes.empty:
        raise DesignError(f"No row has a dyad in {dyad!r}.")
    if len(wrong):
        raise DesignError(
            f"{len(wrong)} dyads in {dyad!r} do not have two members: "
            f"{_some([f'{label} ({size})' for label, size in wrong.items()])}. A dyad is two rows: leave out those "
            "without a partner, and split larger groups into pairs, a row for each member of each pair."
        )


def _sides(table: pd.DataFrame, dyad: str, role: str | None) -> tuple[Labels, tuple[str, str] | None]:
    """Which of the two members a row is, and the labels of the roles."""
    if role is None:
        return np.asarray(table.groupby("_dyad", sort=False).cumcount(), dtype=np.intp), None
    given = column(table, role)
    labels = _labels(given)
    if len(labels) != 2:
        raise DesignError(
            f"The column {role!r} has {len(labels)} roles ({', '.join(repr(str(one)) for one in labels)}); "
            "distinguishable members have two. Leave role= out if the members are exchangeable."
        )
    side = given.map({labels[0]: 0.0, labels[1]: 1.0}).astype("float64").fillna(-1)
    ends = side.groupby(table["_dyad"], sort=False).agg(["min", "max"])
    wrong = ends.index[(ends["min"] != 0) | (ends["max"] != 1)]
    if len(wrong):
        raise DesignError(
            f"{len(wrong)} dyads in {dyad!r} do not have one {str(labels[0])!r} and one {str(labels[1])!r} in "
            f"{role!r}: {_some(list(wrong))}. Correct the roles."
        )
    return np.asarray(side, dtype=np.intp), (str(labels[0]), str(labels[1]))


def _labels(given: pd.Series[Any]) -> list[Any]:
    """Labels in use, in the order of the categories or else of the alphabet."""
    if isinstance(given.dtype, pd.CategoricalDtype):
        return list(given.cat.remove_unused_categories().cat.categories)
    return sorted(given.dropna().unique(), key=str)


def _some(labels: list[Any]) -> str:
    """The first few of a list."""
    return ", ".join(str(one) for one in labels[:5]) + (", ..." if len(labels) > 5 else "")


def people_counted(table: pd.DataFrame, group: Any, used: Any) -> tuple[dict[str, int], dict[str, int]]:
    """Count people with a row in use, and people without, by group.

    Parameters
    ----------
    table : DataFrame
        Rows from `members`.
    group : array of shape (n,)
        Group of each row.
    used : ndarray of int
        Positions of the rows in use.
    """
    counted = np.zeros(len(table), dtype=bool)
    counted[used.ravel()] = True
    n, dropped = {}, {}
    for label, rows in table["_person"].groupby(np.asarray(group)):
        inside = set(rows[counted[rows.index]])
        n[str(label)], dropped[str(label)] = len(inside), len(set(rows) - inside)
    return n, dropped
