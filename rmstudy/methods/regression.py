"""Least squares with honest standard errors: HC3 for people who stand alone, CR2 for clusters.

Ordinary software errs on the side of small studies: a cluster "sandwich" with normal quantiles calls
noise significant two to three times too often with ten clusters. Here the cluster-robust standard
errors are the bias-reduced ones (CR2) with Satterthwaite degrees of freedom, coefficient by
coefficient, and a comparison that rests on a single cluster in an arm gives no p-value at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import stats

from rmstudy.errors import DesignError
from rmstudy.methods.columns import Array, Labels
from rmstudy.results import Estimate, Note

# One minus a leverage (or an eigenvalue of I - H_gg) below this is zero: a direction that one
# observation, or one cluster, determines alone.
_ALONE = 1e-10
# Residuals below this share of the outcome's size are binary rounding of a perfect fit.
_GRAIN = 1e-10
# What is left of a column of unit length after projecting out the others, when it depends on them.
_DEPENDENT = 1e-12
# Belsley, Kuh & Welsch (1980, ch. 3): a condition number above 30 means harmful collinearity.
_NEARLY_DEPENDENT = 30.0


@dataclass(frozen=True, slots=True)
class Fit:
    """Coefficients of a linear model with robust standard errors.

    Parameters
    ----------
    coefficients, std_errors, df : ndarray of shape (p,)
        One entry a column of the design; NaN where a standard error does not exist.
    residual_df : int
        Rows minus columns.
    notes : tuple of Note
        Why a standard error does not exist.
    """

    coefficients: Array
    std_errors: Array
    df: Array
    residual_df: int
    notes: tuple[Note, ...] = ()


def least_squares(x: Array, y: Array, *, cluster: Labels | None = None) -> Fit:
    """Fit a linear model by ordinary least squares, with HC3 or CR2 standard errors.

    Parameters
    ----------
    x : ndarray of shape (n, p)
        Design with independent columns, the intercept among them; `design_matrix` makes one.
    y : ndarray of shape (n,)
        Outcome.
    cluster : ndarray of int, shape (n,), optional
        Cluster number of each row, counted from zero. Without it every row stands alone.

    Returns
    -------
    Fit
        Without `cluster`, HC3 standard errors with n - p degrees of freedom; with it, CR2 with a
        Satterthwaite df for each coefficient. No standard error exists (NaN) for any coefficient
        when nothing is left to estimate an error from, nor for a coefficient that a single
        observation determines alone.

    Raises
    ------
    DesignError
        With fewer rows than columns, or fewer than two clusters.

    Notes
    -----
    HC3 divides each residual by ``1 - h`` (MacKinnon & White 1985). CR2 multiplies the residuals of
    a cluster by ``A_g = (I - H_gg)^(-1/2)``, the symmetric root, with the pseudo-inverse where the
    block is singular; the df are ``(sum λ)^2 / sum λ^2`` over the eigenvalues of the quadratic form
    under independent errors of equal variance (Bell & McCaffrey 2002; Pustejovsky & Tipton 2018).
    With ``X = QR`` and ``M_g = Q_g' Q_g``, ``A_g Q_g = Q_g (I - M_g)^(-1/2)``, so only matrices of
    the size of the coefficients are ever decomposed. With one row a cluster CR2 is HC2. Common
    software pairs a cluster sandwich with normal quantiles, which is too optimistic below some fifty
    clusters.

    References
    ----------
    MacKinnon & White (1985), *Journal of Econometrics* 29, 305-325. Bell & McCaffrey (2002), *Survey
    Methodology* 28, 169-181. Pustejovsky & Tipton (2018), *Journal of Business & Economic
    Statistics* 36, 672-683.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.column_stack([np.ones(6), [0, 0, 0, 1, 1, 1]])
    >>> fit = least_squares(x, np.array([1.0, 2.0, 3.0, 4.0, 6.0, 8.0]))
    >>> [round(float(value), 3) for value in (*fit.coefficients, fit.std_errors[1], fit.df[1])]
    [2.0, 4.0, 1.581, 4.0]
    """
    n, p = x.shape
    if n < p:
        raise DesignError(
            f"{n} rows cannot determine {p} coefficients. Use fewer covariates, or describe the means."
        )
    if cluster is not None:
        _at_least_two(cluster)
    q, r = np.linalg.qr(x)
    projected = q.T @ y
    coefficients = np.linalg.solve(r, projected)
    residuals = y - q @ projected
    if n == p:
        return _without_errors(coefficients, 0, Note.of("no_residual_df"))
    if np.abs(residuals).max() <= _GRAIN * np.abs(y).max():
        return _without_errors(coefficients, n - p, Note.of("no_residual_spread"))
    weights = np.linalg.inv(r).T  # column j: coefficient j as a combination of the columns of q
    if cluster is None:
        std_errors, df = _hc3(q, weights, residuals), np.full(p, float(n - p))
    else:
        std_errors, df = _cr2(q, weights, residuals, cluster)
    alone = _determined_alone(q, weights)
    std_errors[alone], df[alone] = np.nan, np.nan
    notes = (Note.of("leverage_one"),) if alone.any() else ()
    return Fit(coefficients, std_errors, df, n - p, notes)


def coefficient(fit: Fit, position: int, *, term: str, level: float) -> Estimate:
    """Write one coefficient as an estimate with its t test against zero and its interval.

    Parameters
    ----------
    fit : Fit
        The fitted model.
    position : int
        Column of the design.
    term : str
        What the row is about.
    level : float
        Confidence level.
    """
    estimate = float(fit.coefficients[position])
    return t_estimate(
        term, estimate, std_error=float(fit.std_errors[position]), df=float(fit.df[position]), level=level
    )


def t_estimate(term: str, estimate: float, *, std_error: float, df: float, level: float) -> Estimate:
    """Give an estimate its t statistic, two-sided p-value and interval, or none without a standard error.

    Parameters
    ----------
    term : str
        What the row is about.
    estimate, std_error, df : float
        The estimate, its standard error and degrees of freedom; NaN where they do not exist.
    level : float
        Confidence level.
    """
    if not (std_error > 0 and df > 0):
        return Estimate(term, estimate)
    statistic = estimate / std_error
    half = float(stats.t.ppf((1 + level) / 2, df)) * std_error
    p_value = 2 * float(stats.t.sf(abs(statistic), df))
    return Estimate(term, estimate, std_error, statistic, df, p_value, estimate - half, estimate + half)


def confidence_level(level: float) -> float:
    """Return a confidence level, or refuse one that is not between 0 and 1."""
    if not 0 < level < 1:
        raise DesignError(f"level={level!r} is not a confidence level. Give a number between 0 and 1: 0.95.")
    return float(level)


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
        condition = float(np.linalg.cond(scaled))
        if condition > _NEARLY_DEPENDENT:
            notes.append(Note.of("condition_number", value=condition))
    x = np.column_stack([np.ones(n), *varying.values()])
    return x, ("intercept", *varying), tuple(notes)


def clusters_per_arm(cluster: Labels, treated: Array) -> tuple[int, int]:
    """Count the clusters with somebody in the programme's arm and in the comparison's.

    Parameters
    ----------
    cluster : ndarray of int, shape (n,)
        Cluster number of each person.
    treated : ndarray of shape (n,)
        1 for the programme's arm, 0 for the comparison's.
    """
    return len(np.unique(cluster[treated == 1])), len(np.unique(cluster[treated == 0]))


def too_few_clusters(cluster: Labels | None, treated: Array, labels: tuple[str, str]) -> tuple[Note, ...]:
    """Name each arm with fewer than two clusters; its standard error, interval and p-value are withheld.

    One treated cluster passes every guard on the degrees of freedom (five treated people in one
    cluster against ten clusters: df 9, p = .0001 from pure noise), so the clusters of each arm are
    counted.

    Parameters
    ----------
    cluster : ndarray of int, shape (n,), or None
        Cluster number of each person.
    treated : ndarray of shape (n,)
        1 for the programme's arm, 0 for the comparison's.
    labels : tuple of str
        The programme's and the comparison's label.

    Raises
    ------
    DesignError
        With fewer than two clusters, or with each arm in a single cluster of its own.
    """
    if cluster is None:
        return ()
    _at_least_two(cluster)
    counts = clusters_per_arm(cluster, treated)
    if counts == (1, 1):
        raise DesignError(
            f"Arm {labels[0]!r} is one cluster and arm {labels[1]!r} another: the programme cannot be told "
            "apart from the cluster. Describe the means of both, without a test."
        )
    return tuple(
        Note.of("few_clusters", arm=label, n=count)
        for label, count in zip(labels, counts, strict=True)
        if count < 2
    )


def _at_least_two(cluster: Labels) -> None:
    """Refuse a cluster column with a single label."""
    if len(np.unique(cluster)) < 2:
        raise DesignError(
            "There is only one cluster: cluster-robust standard errors need two or more. "
            "Leave cluster= out if people answered independently."
        )


def _without_errors(coefficients: Array, residual_df: int, note: Note) -> Fit:
    """A fit whose standard errors do not exist."""
    missing = np.full(len(coefficients), np.nan)
    return Fit(coefficients, missing, missing.copy(), residual_df, (note,))


def _hc3(q: Array, weights: Array, residuals: Array) -> Array:
    """HC3 standard errors; an observation with leverage one adds nothing here."""
    room = 1 - np.einsum("ij,ij->i", q, q)
    inflated = np.divide(residuals, room, out=np.zeros_like(residuals), where=room > _ALONE)
    return np.asarray(np.linalg.norm((q @ weights) * inflated[:, None], axis=0))


def _cr2(q: Array, weights: Array, residuals: Array, cluster: Labels) -> tuple[Array, Array]:
    """CR2 standard errors and Satterthwaite df, without a matrix of the size of the data.

    With ``t_g = (I - M_g)^(-1/2) w`` the variance of ``w'Q'y`` is the sum of ``(t_g'Q_g'e_g)^2``,
    and the quadratic form's matrix over clusters has ``w'M_g w`` on its diagonal (less the directions
    that the cluster determines alone) and ``-v_g'v_h`` elsewhere, where ``v_g = M_g t_g``; its trace
    and its Frobenius norm give the df.
    """
    order = np.argsort(cluster, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(cluster[order])) + 1)
    grams = np.stack([q[rows].T @ q[rows] for rows in groups])
    scores = np.stack([q[rows].T @ residuals[rows] for rows in groups])
    values, vectors = np.linalg.eigh(grams)
    shared_out = 1 - values > _ALONE
    root = np.zeros_like(values)
    np.power(1 - values, -0.5, out=root, where=shared_out)
    turned = vectors.transpose(0, 2, 1) @ weights
    adjusted = vectors @ (root[:, :, None] * turned)  # t_g in columns
    std_errors = np.linalg.norm(np.einsum("gk,gkj->gj", scores, adjusted), axis=0)
    own = np.einsum("gk,gkj->gj", np.where(shared_out, values, 0), turned**2)  # the form's diagonal
    between = np.array([_off_diagonal(v) for v in (grams @ adjusted).transpose(2, 0, 1)])
    trace, squares = own.sum(axis=0), (own**2).sum(axis=0) + between
    sound = trace > _ALONE * (weights**2).sum(axis=0)
    df = np.divide(trace**2, squares, out=np.full_like(trace, np.nan), where=sound)
    return np.where(sound, std_errors, np.nan), df


def _off_diagonal(v: Array) -> float:
    """Sum of the squared products of different rows."""
    lengths = np.einsum("gk,gk->g", v, v)
    return float(max(np.sum((v.T @ v) ** 2) - np.sum(lengths**2), 0.0))


def _determined_alone(q: Array, weights: Array) -> Array:
    """Which coefficients rest on an observation with leverage one."""
    alone = 1 - np.einsum("ij,ij->i", q, q) <= _ALONE
    reach = np.abs(q[alone] @ weights)
    scale = np.linalg.norm(weights, axis=0)
    return np.asarray((reach > 1e-8 * scale).any(axis=0))


def _is_constant(column: Array) -> bool:
    """Whether a column has no variance beyond binary rounding."""
    return bool(np.ptp(column) <= _GRAIN * np.abs(column).max())


def _refuse_dependent(scaled: Array, names: tuple[str, ...]) -> None:
    """Refuse a column that is an exact combination of the ones before it, naming all of them."""
    for j in range(1, scaled.shape[1]):
        earlier = scaled[:, :j]
        share, *_ = np.linalg.lstsq(earlier, scaled[:, j], rcond=None)
        if np.linalg.norm(scaled[:, j] - earlier @ share) < _DEPENDENT * np.sqrt(len(scaled)):
            partners = [names[i] for i in range(j) if abs(share[i]) > 1e-8]
            raise DesignError(
                f"The column {names[j]!r} is an exact combination of {', '.join(map(repr, partners))}: "
                "their coefficients cannot be told apart. Leave one of them out."
            )
