"""From the staff who could take part to those who answered at the end: who is lost where, and why."""

from __future__ import annotations

import pandas as pd

from rmstudy import wording
from rmstudy.disclosure import WITHHELD, safe_counts, safe_flow, suppressed
from rmstudy.errors import DesignError, nearest
from rmstudy.study.study import Study

ALL = "all"
COLUMNS = ["group", "step", "reason", "n"]
NOT_ELIGIBLE = "not eligible"


def funnel(study: Study, *, role: str) -> pd.DataFrame:
    """Count the people of a role from the staff who could take part to the answers at the end.

    Parameters
    ----------
    study : Study
        A loaded study.
    role : str
        Whose way.

    Returns
    -------
    DataFrame
        Columns ``group`` (``"all"`` until people are assigned, then the arm), ``step``, ``reason`` and
        ``n``. The steps of ``"all"`` are ``eligible staff``, ``invited``, ``applied``, ``not eligible``
        (a row a reason, by its code), ``eligible`` and ``assigned``; those of an arm are the steps of
        `rmstudy.study.participation`. A step that the study has no table for is left out; with applications
        and neither assignments nor pairs, nobody counts as assigned.
        Unsuppressed, for the coordinator: see `safe_funnel` before showing it.

    Raises
    ------
    DesignError
        When the plan has no such role, or nobody of it is in the study.

    Notes
    -----
    The steps follow CONSORT 2010 (enrolment, allocation, follow-up), after which the flow diagram of a
    trial is drawn; a study without a lottery owes its readers the same numbers (TREND, item 12).

    Examples
    --------
    >>> import rmstudy as rm
    >>> found = funnel(rm.load_sample("digital-skills"), role="mentee")
    >>> found[(found["group"] == "all") & (found["reason"] == "")][["step", "n"]].values.tolist()
    [['eligible staff', 640], ['invited', 640], ['applied', 150], ['eligible', 108], ['assigned', 108]]
    """
    if role not in study.plan.roles:
        raise DesignError(f"The plan has no role {role!r}. {nearest(role, study.plan.roles)}")
    flow = study.participation(role)
    if nobody_assigned_yet(study):
        flow = flow.iloc[:0]
    rows = [*_staff(study, role), *_applied(study, role)]
    if flow.empty and not rows:
        raise DesignError(
            f"Nobody of the role {role!r} is in the study yet, so nobody can be counted. Fill in staff, "
            "applications or participants."
        )
    assigned = int(flow.loc[flow["step"] == "assigned", "n"].sum()) if len(flow) else 0
    if assigned:
        rows.append((ALL, "assigned", "", assigned))
    table = pd.DataFrame(rows, columns=COLUMNS)
    return pd.concat([table, flow.assign(reason="")[COLUMNS]], ignore_index=True) if len(flow) else table


def safe_funnel(table: pd.DataFrame, *, minimum: int = 5, lang: str = "en") -> pd.DataFrame:
    """Write the numbers of a funnel so that no few people can be told from them.

    Parameters
    ----------
    table : DataFrame
        As `funnel` returns it.
    minimum : int
        Fewest people that may be shown or told apart; 1 hides nothing.
    lang : {'en', 'it'}
        Language of the numbers.

    Returns
    -------
    DataFrame
        The same table, the numbers as text: ``≈48`` is 48 give or take fewer than the minimum, ``<5`` is
        fewer than the minimum, and what would give a small number away is ``withheld``.

    Notes
    -----
    The arms together give the number of people assigned away, so the steps before it are held against
    that number first. Arms of which one is too small are withheld together, with all of their steps.
    The reasons are parts of the total of those who were not eligible; when that total cannot be shown,
    neither can they.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = [("all", "applied", "", 30), ("all", "eligible", "", 28), ("all", "assigned", "", 28),
    ...         ("programme", "assigned", "", 14), ("waitlist", "assigned", "", 14)]
    >>> safe_funnel(pd.DataFrame(rows, columns=["group", "step", "reason", "n"]))["n"].tolist()
    ['≈28', '28', '28', '14', '14']
    """
    people = table[table["reason"] == ""]
    # what the arms give away comes first: every other number is held against it
    first = people[(people["group"] == ALL) & (people["step"] == "assigned")]
    order = pd.concat([first, people.drop(first.index)])
    shown = safe_flow(order, minimum=minimum, lang=lang)["n"]
    written = table["n"].astype(object).where(table["reason"] == "", None)
    written = written.where(table["reason"] != "", shown.reindex(table.index))
    for row in _arms_too_small(people, minimum):
        written[row] = wording.translate(WITHHELD, lang)
    reasons = table[table["reason"] != ""]
    if len(reasons):
        ends = people[(people["group"] == ALL) & people["step"].isin(["applied", "eligible"])]
        exact = all(written[row][:1].isdigit() for row in ends.index)
        safe = safe_counts(reasons, minimum=minimum, lang=lang)["n"]
        known = exact and int(reasons["n"].sum()) >= minimum
        written[reasons.index] = safe if known else wording.translate(WITHHELD, lang)
    return table.assign(n=written)


def _staff(study: Study, role: str) -> list[tuple[str, str, str, int]]:
    """Staff who could take part, and those of them who were invited."""
    if "staff" not in study.tables:
        return []
    staff = study.tables["staff"]
    total = staff[(staff["role"] == role) & (staff["characteristic"] == ALL)]
    if total.empty:
        return []
    rows = [(ALL, "eligible staff", "", int(total["people"].astype(int).sum()))]
    if "invited" in total.columns and total["invited"].notna().all():
        rows.append((ALL, "invited", "", int(total["invited"].astype(int).sum())))
    return rows


def _applied(study: Study, role: str) -> list[tuple[str, str, str, int]]:
    """Those who applied, those who could not take part by reason, and those who could."""
    table = applications(study, role)
    if table.empty:
        return []
    rows = [(ALL, "applied", "", len(table))]
    if "eligible" not in table.columns or table["eligible"].isna().all():
        return rows
    out = table[table["eligible"] == "no"]
    if len(out):
        given = out["reason"] if "reason" in out.columns else pd.Series(None, index=out.index, dtype=object)
        counts = given.fillna("no reason given").value_counts()
        # largest first; the same number in the order of the codes
        for reason, n in sorted(counts.items(), key=lambda item: (-item[1], str(item[0]))):
            rows.append((ALL, NOT_ELIGIBLE, str(reason), int(n)))
    rows.append((ALL, "eligible", "", int((table["eligible"] == "yes").sum())))
    return rows


def nobody_assigned_yet(study: Study) -> bool:
    """Whether people have applied and nobody has a seat or a partner: then nobody is in the programme."""
    return "applications" in study.tables and not {"assignments", "pairs"} & set(study.tables)


def applications(study: Study, role: str) -> pd.DataFrame:
    """Applications of a role's people, none without such a table."""
    if "applications" not in study.tables:
        return pd.DataFrame(columns=["person_id"])
    people = study.tables["participants"]
    members = people.loc[people["role"] == role, "person_id"]
    table = study.tables["applications"]
    return table[table["person_id"].isin(members)]


def _arms_too_small(people: pd.DataFrame, minimum: int) -> list[int]:
    """Rows of arms whose start is too small to be shown, or would give such a one away."""
    starts = people[(people["group"] != ALL) & (people["step"] == "assigned")]
    hidden = starts.loc[list(suppressed(starts["n"].astype(int), minimum=minimum)), "group"]
    return [int(row) for row in people.index[people["group"].isin(hidden)]]
