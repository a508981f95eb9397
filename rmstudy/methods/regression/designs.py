"""A design of named columns: an intercept in front, constant columns left out, collinear ones refused or noted."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from rmstudy.errors import DesignError
from rmstudy.methods.columns import Array
from rmstudy.results import Note

# A spread below this share of a column's size is binary rounding.
_GRAIN = 1e-10
# What is left of a column of unit length after projecting out the others, when it depends on them.
_DEPENDENT = 1e-12
_CLEARLY_APART = 1e-6
# Belsley, Kuh & Welsch (1980, ch. 3): a condition number above 30 means harmful collinearity.
_NEARLY_DEPENDENT = 30.0


def design_matrix(columns: Mapping[str, Array]) -> tuple[Array, tuple[str, ...], tuple[Note, ...]]:
    """Put columns beside an intercept, after checking that they can be told apart.

    Parameters
    ----------
    columns : mapping of str to ndarray of shape (n,)
        Columns by name.

    Returns
    -------
    x : ndarray of shape (n, p)
        The design, the intercept first.
    names : tuple of str
        Name of each column of `x`.
    notes : tuple of Note
        Constant columns that were left out, and near collinearity.

    Raises
    ------
    DesignError
        When a column is an exact combination of others; the message names them. (Software that uses
        a pseudo-inverse splits the coefficient between them without a word.)

    Examples
    --------
    >>> import numpy as np
    >>> x, names, notes = design_matrix({"arm": np.array([0.0, 1.0, 1.0]), "site": np.array([5.0, 5.0, 5.0])})
    >>> names, notes[0].code
    (('intercept', 'arm'), 'constant_covariate')
    """
    varying = {name: column for name, column in columns.items() if not _is_constant(column)}
    notes = [Note.of("constant_covariate", column=name) for name in columns if name not in varying]
    n = len(next(iter(columns.values())))
    if len(varying) > 0:
        centred = np.column_stack([column - column.mean() for column in varying.values()])
        scaled = centred / np.linalg.norm(centred, axis=0)
        if len(varying) >= n:
            raise DesignError(
                f"{n} people cannot determine {len(varying) + 1} coefficients "
                f"({', '.join(varying)}, and the intercept). Use fewer covariates."
            )
        _refuse_dependent(scaled, tuple(varying))
        notes += _nearly_dependent(scaled, tuple(varying))
    x = np.column_stack([np.ones(n), *varying.values()])
    return x, ("intercept", *varying), tuple(notes)


def _is_constant(column: Array) -> bool:
    """Whether a column has no variance beyond binary rounding."""
    return bool(np.ptp(column) <= _GRAIN * np.abs(column).max())


def _nearly_dependent(scaled: Array, names: tuple[str, ...]) -> list[Note]:
    """Name the columns whose variance comes mostly from directions in which the columns hardly differ.

    The variance-decomposition proportions of Belsley, Kuh & Welsch (1980, ch. 3).
    """
    _, values, turned = np.linalg.svd(scaled, full_matrices=False)
    if values[0] <= _NEARLY_DEPENDENT * values[-1]:
        return []
    parts = (turned / values[:, None]) ** 2
    flat = values < values[0] / _NEARLY_DEPENDENT
    shares = parts[flat].sum(axis=0) / parts.sum(axis=0)
    columns = tuple(name for name, share in zip(names, shares, strict=True) if share > 0.5)
    return [Note.of("condition_number", value=float(values[0] / values[-1]), columns=columns)]


def _refuse_dependent(scaled: Array, names: tuple[str, ...]) -> None:
    """Refuse a column that is an exact combination of the ones before it, naming all of them."""
    # what each column leaves beside those before it, all at once: only what comes near nothing is looked at closely
    left: Array = np.asarray(np.linalg.qr(scaled, mode="r"))
    if np.abs(left.diagonal()).min() > _CLEARLY_APART:
        return
    for j in range(1, scaled.shape[1]):
        earlier = scaled[:, :j]
        share, *_ = np.linalg.lstsq(earlier, scaled[:, j], rcond=None)
        if np.linalg.norm(scaled[:, j] - earlier @ share) < _DEPENDENT * np.sqrt(len(scaled)):
            partners = [names[i] for i in range(j) if abs(share[i]) > 1e-8]
            raise DesignError(
                f"The column {names[j]!r} is an exact combination of {', '.join(map(repr, partners))}: "
                "their coefficients cannot be told apart. Leave one of them out."
            )
