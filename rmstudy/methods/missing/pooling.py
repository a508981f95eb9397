"""Many imputations into one answer: Rubin's rules with the small-sample degrees of freedom.

The variance between imputations is what not knowing the lost scores costs. Software that leaves the
degrees of freedom at Rubin's 1987 formula, or prints normal p-values, claims more than a study of a
hundred people has: with 30 complete-data degrees of freedom it can report 1553.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from rmstudy.errors import DesignError
from rmstudy.methods.columns import Array
from rmstudy.methods.regression import t_estimate
from rmstudy.results import Estimate, Note, Result


def pool(results: Iterable[Result]) -> Result:
    """Pool the results of one analysis on several imputed frames.

    Parameters
    ----------
    results : iterable of Result
        One result an imputation, all from the same method with the same arguments; at least two.

    Returns
    -------
    Result
        Every term of the results, with its pooled estimate, standard error, t test and interval; the
        people are those of the results. A term without a standard error keeps its mean only.
        `missing_information` has the variances behind each term.

    Raises
    ------
    DesignError
        With fewer than two results, or results of different methods, outcomes, terms, levels or
        people.

    Notes
    -----
    With the mean of the squared standard errors ``U`` and the variance ``B`` of the m estimates, the
    total variance is ``T = U + (1 + 1/m) B``. The degrees of freedom are ``1 / (1/a + 1/b)`` with
    ``a = (m - 1) / λ²``, ``b = (1 - λ) v (v + 1) / (v + 3)``, ``λ = (1 + 1/m) B / T`` and ``v`` the mean
    df that the analyses report; a statistic without df counts as normal (``v`` infinite, Rubin's 1987
    df). Where all imputations agree, b remains, slightly below ``v``. A note says when m is below 100
    times the largest fraction of missing information. Caveats that most analyses carry are kept, in
    the words of the first.

    When not to use: for quantities that are not roughly normal (variances, R², shares near 0 or 1).

    References
    ----------
    Rubin (1987), *Multiple Imputation for Nonresponse in Surveys*, ch. 3. Barnard & Rubin (1999),
    *Biometrika* 86, 948-955. White, Royston & Wood (2011), *Statistics in Medicine* 30, 377-399.

    Examples
    --------
    >>> from rmstudy.results import Estimate, Result
    >>> def oxygen(mean, std_error):
    ...     row = Estimate("mean", mean, std_error, df=30)
    ...     return Result("mean", "oxygen", "mean", "points", (row,), 0.95, {"all": 31}, {"all": 0})
    >>> pooled = pool([oxygen(47.012, 0.95984), oxygen(47.2407, 0.9354), oxygen(47.4995, 1.00766),
    ...                oxygen(47.1485, 0.95439), oxygen(47.0042, 0.96528)])
    >>> pooled
    oxygen: mean, 47.2 points (95% interval 45.1 to 49.2); 31 people counted, 0 not.
      note: Pooled over 5 imputations; the missing scores cost 12% of the information.
      note: The missing scores cost 12% of the information in one of the estimates: at least 12 imputations would
      be better.
    """
    results, first = _alike(results)
    rows = [_rows(results, term) for term in _terms(first)]
    return Result(
        "pool",
        first.outcome,
        first.estimand,
        first.unit,
        tuple(_row(row, first.level) for row in rows),
        first.level,
        first.n,
        first.dropped,
        (*_kept(results), *_said(rows, len(results))),
    )


def missing_information(results: Iterable[Result]) -> pd.DataFrame:
    """What the missing scores cost, a row a term: the variances behind `pool`.

    Parameters
    ----------
    results : iterable of Result
        As for `pool`.

    Returns
    -------
    DataFrame
        Indexed by ``term``: ``within_variance`` (mean squared standard error), ``between_variance``,
        ``total_variance``, ``relative_increase`` of the variance, ``share_from_missing`` (λ),
        ``fraction_of_missing_information`` (with its small-sample term) and ``df``. NaN for a term
        without a standard error.

    Raises
    ------
    DesignError
        As `pool`.

    Notes
    -----
    ``U`` is the mean squared standard error, ``B`` the variance of the estimates over m imputations,
    ``T = U + (1 + 1/m) B``; relative increase ``r = (1 + 1/m) B / U``, ``λ = (1 + 1/m) B / T``, fraction
    of missing information ``(r + 2 / (df + 3)) / (r + 1)``, and 0 where the imputations agree; the df are
    those of `pool`.

    When not to use: as a test of why scores are missing, or as the share of people without a score,
    which it is not: whatever predicts the scores makes it smaller. With few imputations it is unsteady.

    References
    ----------
    Rubin (1987), eq. 3.1.7 to 3.1.10. Barnard & Rubin (1999).

    Examples
    --------
    >>> from rmstudy.results import Estimate, Result
    >>> def mean(value):
    ...     row = Estimate("mean", value, 1.0, df=30)
    ...     return Result("mean", "test", "mean", "points", (row,), 0.95, {"all": 31}, {"all": 0})
    >>> table = missing_information([mean(4.0), mean(5.0), mean(6.0)])
    >>> float(table.loc["mean", "between_variance"]), round(float(table.loc["mean", "total_variance"]), 3)
    (1.0, 2.333)
    """
    results, first = _alike(results)
    pieces = {term: _pieces(_rows(results, term)) for term in _terms(first)}
    return pd.DataFrame.from_dict(pieces, orient="index").rename_axis("term").drop(columns="estimate")


def barnard_rubin(
    within: float | Array, between: float | Array, m: int, complete: float | Array
) -> tuple[Array, Array, Array]:
    """Total variance, share from missing values (λ) and degrees of freedom of pooled estimates.

    Parameters
    ----------
    within, between : float or ndarray
        Mean squared standard error, and variance of the estimates over the imputations.
    m : int
        Imputations.
    complete : float or ndarray
        Degrees of freedom that the analysis has without missing values; may be infinite.
    """
    extra = (1 + 1 / m) * np.asarray(between, dtype=np.float64)
    total = np.asarray(within, dtype=np.float64) + extra
    share = np.divide(extra, total, out=np.zeros_like(total), where=total > 0)
    v = np.asarray(complete, dtype=np.float64)
    # v (v + 1) / (v + 3) goes to v for a large v, and must not become inf / inf
    observed = (1 - share) * np.where(np.isinf(v), v, v * (v + 1) / np.where(np.isinf(v), 1.0, v + 3))
    with np.errstate(divide="ignore"):
        df = 1 / (share**2 / (m - 1) + 1 / observed)
    return total, share, df


def _alike(given: Iterable[Result]) -> tuple[list[Result], Result]:
    """Several results that can be pooled and the first of them, or a refusal."""
    results = list(given) if isinstance(given, Iterable) else [given]
    if isinstance(given, Result) or not all(isinstance(one, Result) for one in results):
        raise DesignError(
            "pool() takes a list of Results, one an imputation: pool([analysis(f) for f in frames])."
        )
    if len(results) < 2:
        raise DesignError(
            f"Pooling needs at least two imputations; there is {len(results)}. How much the imputed values vary "
            "cannot be seen in one. Impute again with imputations=20 or more."
        )
    first = results[0]
    for one in results[1:]:
        for what in ("method", "outcome", "estimand", "level"):
            ours, other = getattr(first, what), getattr(one, what)
            if ours != other:
                raise DesignError(
                    f"Results with different {what} cannot be pooled: {ours!r} and {other!r}. "
                    "Run one analysis, with the same arguments, on each imputed frame."
                )
        if _terms(one) != _terms(first):
            differ = sorted(set(_terms(one)) ^ set(_terms(first))) or ["a term given twice"]
            raise DesignError(
                f"Results with different terms cannot be pooled ({', '.join(differ)}). "
                "Run one analysis, with the same arguments, on each imputed frame."
            )
        if dict(one.n) != dict(first.n):
            raise DesignError(
                f"The results count different people ({dict(first.n)} and {dict(one.n)}). "
                "Impute every column that the analysis uses, then run it on each frame."
            )
    return results, first


def _terms(result: Result) -> dict[str, None]:
    """The terms in their order, compared by name."""
    terms = dict.fromkeys(e.term for e in result.estimates)
    if len(terms) < len(result.estimates):
        raise DesignError("A result has two rows of the same name, so its rows cannot be matched by name.")
    return terms


def _rows(results: Sequence[Result], term: str) -> list[Estimate]:
    """The same term of every result."""
    return [next(e for e in one.estimates if e.term == term) for one in results]


def _pieces(rows: Sequence[Estimate]) -> dict[str, float]:
    """Estimate, variances and degrees of freedom of one term; NaN where they do not exist."""
    m = len(rows)
    estimates = np.array([math.nan if e.estimate is None else e.estimate for e in rows])
    errors = np.array([math.nan if e.std_error is None else e.std_error for e in rows])
    complete = float(np.mean([math.inf if e.df is None else e.df for e in rows]))
    within = float(np.mean(errors**2))
    # identical estimates differ by rounding of their mean only
    between = 0.0 if np.ptp(estimates) == 0 else float(estimates.var(ddof=1))
    total, share, df = (float(value) for value in barnard_rubin(within, between, m, complete))
    increase = (1 + 1 / m) * between / within if within > 0 else math.nan
    lost = 0.0 if between == 0 else (increase + 2 / (df + 3)) / (increase + 1)
    return {
        "estimate": float(estimates.mean()),
        "within_variance": within,
        "between_variance": between,
        "total_variance": total,
        "relative_increase": increase,
        "share_from_missing": share if math.isfinite(total) else math.nan,
        "fraction_of_missing_information": lost if math.isfinite(total) else math.nan,
        "df": df if math.isfinite(total) else math.nan,
    }


def _row(rows: Sequence[Estimate], level: float | None) -> Estimate:
    """A pooled term as an estimate; what the analyses do not test is not tested here."""
    term, piece = rows[0].term, _pieces(rows)
    error = math.sqrt(piece["total_variance"])
    if level is None:
        return Estimate(term, piece["estimate"], error)
    row = t_estimate(term, piece["estimate"], std_error=error, df=piece["df"], level=level)
    return row if any(e.p_value is not None for e in rows) else replace(row, statistic=None, p_value=None)


def _kept(results: Sequence[Result]) -> list[Note]:
    """Caveats that more than half of the analyses carry."""
    often = Counter(code for one in results for code in dict.fromkeys(note.code for note in one.notes))
    kept: list[Note] = []
    for code in (code for code, times in often.items() if times > len(results) / 2):
        carrier = next(one for one in results if any(note.code == code for note in one.notes))
        kept += [note for note in carrier.notes if note.code == code]
    return kept


def _said(rows: Sequence[Sequence[Estimate]], m: int) -> list[Note]:
    """What pooling itself has to say: the cost of the missing scores, and too few imputations."""
    lost = [_pieces(row)["fraction_of_missing_information"] for row in rows]
    known = [value for value in lost if math.isfinite(value)]
    if not known:
        return []
    if max(known) == 0:
        return [Note.of("imputations_agree", m=m)]
    notes = [Note.of("pooled", m=m, fmi=lost[0])] if math.isfinite(lost[0]) else []
    least = math.ceil(100 * max(known))
    if m < least:
        notes.append(Note.of("imputations_few", fmi=max(known), least=least))
    return notes
