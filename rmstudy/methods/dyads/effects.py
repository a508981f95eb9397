"""Actor and partner effects: one's own predictor, and the partner's, on one's outcome.

Two rows of a pair are not two independent people. With two roles each has its own regression on both members'
predictors; without roles, sums and differences of the pair are independent of each other, and each has an
ordinary regression. Both are exact for complete pairs, also where the members of a pair are less alike than
strangers, which a random intercept cannot represent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from rmstudy.errors import DesignError
from rmstudy.methods.columns import Array
from rmstudy.methods.dyads.exchangeable import exchangeable
from rmstudy.methods.dyads.members import Dyads, dyads
from rmstudy.methods.dyads.roles import by_role
from rmstudy.methods.regression import confidence_level, low_df
from rmstudy.results import Result


def actor_partner(
    data: pd.DataFrame,
    *,
    outcome: str,
    predictor: str,
    dyad: str = "pair_id",
    role: str | None = None,
    covariates: Sequence[str] = (),
    person: str | None = None,
    level: float = 0.95,
) -> Result:
    """Effects of one's own and of the partner's predictor on one's outcome (actor-partner model).

    Parameters
    ----------
    data : DataFrame
        One row a member of a dyad: a mentor with two mentees has two rows.
    outcome, predictor : str
        Columns of the outcome and of what may act on it, such as the score after and before.
    dyad : str
        Column of dyad labels.
    role : str, optional
        Column of the two roles, such as mentor and mentee, in the order of its categories or else of the
        alphabet. Without it the members are exchangeable, and there is one actor and one partner effect.
    covariates : sequence of str
        Numeric columns held constant: the dyad's once, a member's own and the partner's.
    person : str, optional
        Column that says who a row is; otherwise the index does.
    level : float
        Confidence level.

    Returns
    -------
    Result
        With roles: actor and partner effects in each role, their differences (first minus second role) and
        averages, a test that both are equal (F, with the denominator's ``df``, and Wald), partner over actor
        (k), intercepts, covariates, residual variances and correlation, correlations of the predictors and
        of the outcomes. Without roles: actor,
        partner, their sum and difference, k, intercept, covariates, residual variance and residual
        intraclass correlation.

    Raises
    ------
    DesignError
        When a dyad does not have two members or one of each role, the predictor is the same for both
        members, or there are too few dyads.

    Notes
    -----
    With roles, ``y_r = b_0 + actor x_r + partner x_other`` in each role: the saturated model, so least
    squares is generalised least squares, with ``n_dyads - p`` degrees of freedom (the joint covariance
    gives the differences; for these the t is an approximation). That both effects are equal is tested by
    Wald's statistic: halved, as F with 2 and ``n_dyads - p`` df, which finds a difference by chance in 3 to
    7% of simulated studies of 6 to 40 dyads; or as chi-squared, the custom of structural equation software,
    in 24% with 6 dyads and 8% with 20.

    Without roles, the regression of the pair's mean gives actor + partner, that of its difference, through
    the origin, actor - partner; the two are independent, so actor and partner are half their sum and half
    their difference, with Satterthwaite's df. The residual intraclass correlation may be negative; its
    interval is that of the ratio of the two residual variances (F). A mixed model agrees where that
    correlation is positive and stops at zero otherwise. Dyads with a missing value are left out whole.

    When somebody is in several dyads these are not independent: a note says so, and the standard errors
    become CR2 by everybody who is connected, with Satterthwaite's df. k has a standard error (delta
    method) and no interval: where the actor effect is near zero none can be trusted.

    When not to use: for a predictor that both share, such as their meetings (`regression.linear_model` with
    `cluster`); as proof of influence, since partners may have been matched on what is measured.

    References
    ----------
    Kenny, Kashy & Cook (2006), *Dyadic Data Analysis*, ch. 7. Kenny & Ledermann (2010), *Journal of Family
    Psychology* 24, 359-366 (k). Pustejovsky & Tipton (2018), *JBES* 36, 672-683 (CR2).

    Examples
    --------
    >>> import pandas as pd
    >>> data = pd.DataFrame({"pair_id": [1, 1, 2, 2, 3, 3, 4, 4, 5, 5], "role": ["mentee", "mentor"] * 5,
    ...                      "pre": [3, 5, 4, 4, 2, 6, 5, 7, 1, 4], "post": [5, 5, 6, 4, 5, 7, 8, 7, 3, 4]})
    >>> result = actor_partner(data, outcome="post", predictor="pre", role="role")
    >>> [e.term for e in result.estimates[:4]]
    ['actor effect, mentee', 'actor effect, mentor', 'partner effect on mentee', 'partner effect on mentor']
    """
    level = confidence_level(level)
    pairs = dyads(
        data, outcome=outcome, predictor=predictor, covariates=covariates, dyad=dyad, role=role, person=person
    )
    _refuse_unvarying(pairs, predictor)
    shared, own = _kinds(pairs.covariates)
    estimates, more = (exchangeable if pairs.roles is None else by_role)(pairs, shared, own, level)
    notes = [*pairs.notes, *more, *low_df(pairs.joined, estimates[0].df)]
    return Result(
        "actor_partner",
        outcome,
        "actor effect: one's own predictor, the partner's held constant"
        if pairs.roles is None
        else "actor effect in the first role: one's own predictor, the partner's held constant",
        "points",
        estimates,
        level,
        pairs.n,
        pairs.dropped,
        tuple(notes),
    )


def _refuse_unvarying(pairs: Dyads, predictor: str) -> None:
    """Refuse a predictor whose two effects cannot be told apart."""
    x = pairs.predictor
    grain = 1e-10 * float(np.abs(x).max())
    if np.ptp(x) <= grain:
        raise DesignError(f"{predictor!r} is the same for everybody: it cannot act on the outcome.")
    if np.abs(x[:, 0] - x[:, 1]).max() <= grain:
        raise DesignError(
            f"{predictor!r} does not vary within dyads: actor and partner effects cannot be told apart, only "
            "their sum. Use regression.linear_model with cluster= for what both share."
        )
    if pairs.roles is None and np.ptp(x.sum(axis=1)) <= grain:
        raise DesignError(
            f"{predictor!r} adds up to the same in every dyad: actor and partner effects cannot be told apart, "
            "only their difference. Use a predictor that can be high for both."
        )


def _kinds(covariates: Mapping[str, Array]) -> tuple[dict[str, Array], dict[str, Array]]:
    """Covariates of the dyad, and those that differ between its members."""
    shared = {name: both[:, 0] for name, both in covariates.items() if (both[:, 0] == both[:, 1]).all()}
    return shared, {name: both for name, both in covariates.items() if name not in shared}
