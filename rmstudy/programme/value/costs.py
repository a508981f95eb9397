"""What the programme cost, and what one success of it cost."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd

from rmstudy.display import bullets
from rmstudy.display import table as html_table
from rmstudy.errors import DesignError, Problem, nearest
from rmstudy.methods.change import reliable_change
from rmstudy.results import Estimate, Note, Result
from rmstudy.study.plan import Criterion, Goal
from rmstudy.study.study import Study
from rmstudy.wording import confidence, count, interval, number, say

# An amount this much apart from hours times rate is no rounding of the hours any more.
_ROUNDING: Final = 0.01
_IMPROVED: Final = "reliably improved person"
_PAIR, _MET = "completed pair", "mentee who met at least once"


@dataclass(frozen=True, slots=True, eq=False)
class Costs:
    """Total cost of a programme.

    Parameters
    ----------
    table : DataFrame
        ``cost_id``, ``category``, ``amount`` (what counts), ``reckoned`` (hours times rate), ``assumption``.
    findings : tuple of Problem
        Rows to be decided: amounts that do not fit, or are not stated.
    notes : tuple of Note
        The same, counted.
    """

    table: pd.DataFrame
    findings: tuple[Problem, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def total(self) -> float:
        """Sum of the amounts that are known."""
        return float(self.table["amount"].sum())


@dataclass(frozen=True, slots=True)
class CostPer:
    """What one success cost.

    Parameters
    ----------
    what : str
        One of what.
    people : int or None
        How many there were; None where too few to be shown.
    cost, low, high : float or None
        Cost of one, with limits where the number is an estimate; None where it does not exist.
    """

    what: str
    people: int | None
    cost: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class UnitCosts:
    """What the successes of a programme cost, one each.

    Parameters
    ----------
    total : float
        Cost of the programme.
    currency : str
        Of all amounts.
    rows : tuple of CostPer
        One success a row.
    level : float or None
        Confidence level of the limits.
    notes : tuple of Note
        The caveats.
    """

    total: float
    currency: str
    rows: tuple[CostPer, ...]
    level: float | None = None
    notes: tuple[Note, ...] = ()

    @property
    def table(self) -> pd.DataFrame:
        """Unrounded, a row a success."""
        rows = [(row.what, row.people, row.cost, row.low, row.high) for row in self.rows]
        head = ["what", "people", "cost", "conf_low", "conf_high"]
        return pd.DataFrame(rows, columns=head).astype(
            {"people": "Int64"} | dict.fromkeys(head[2:], "float64")
        )

    def text(self, lang: str = "en") -> str:
        """Say the total and the cost of one of each, as far as they may be said."""
        total = money(self.total, self.currency, lang)
        said = [say("The programme cost {total}.", lang, total=total)]
        for row in self.rows:
            values = {"what": row.what, "cost": money(row.cost or 0.0, self.currency, lang)}
            values |= {"limits": _limits(row, self.currency, lang), "level": confidence(self.level, lang)}
            if row.cost is not None and row.low is not None:
                said.append(say("One {what} cost {cost} ({level} interval {limits}).", lang, **values))
            elif row.cost is not None:
                said.append(say("One {what} cost {cost}.", lang, **values))
            elif row.low is not None:
                said.append(say("One {what} cost between these limits: {limits}.", lang, **values))
        return " ".join(said)

    def __repr__(self) -> str:
        return "\n".join([self.text(), *(f"  note: {note.text()}" for note in self.notes)])

    def _repr_html_(self) -> str:
        rows = [
            [
                row.what,
                "–" if row.people is None else count(row.people),
                number(row.cost, 0),
                _limits(row),
            ]
            for row in self.rows
        ]
        notes = bullets(note.text() for note in self.notes) if self.notes else ""
        head = ("one", "how many", f"cost, {self.currency}", "interval")
        return f"<p>{html.escape(self.text())}</p>{html_table(head, rows)}{notes}"


def programme_costs(costs: pd.DataFrame) -> Costs:
    """Add up the costs, and list those whose figures do not fit together.

    Parameters
    ----------
    costs : DataFrame
        The table ``costs``, as text or numbers.

    Returns
    -------
    Costs
        The amount counts where there is one, else hours times rate. An amount more than one percent
        apart from hours times rate is a finding: hours are often rounded for print.

    Raises
    ------
    DesignError
        When no row has an amount, or hours and a rate.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"cost_id": ["a", "b"], "category": ["training", "guides"], "hours": [10, None],
    ...                       "rate": [30, None], "amount": [None, 200]})
    >>> programme_costs(table).total
    500.0
    """
    held = {
        name: pd.to_numeric(costs[name]) if name in costs.columns else pd.Series(math.nan, index=costs.index)
        for name in ("hours", "rate", "amount")
    }
    reckoned = held["hours"] * held["rate"]
    amount = held["amount"].fillna(reckoned)
    if not amount.notna().any():
        raise DesignError("No cost has an amount, or hours and a rate. Fill in the table costs.")
    apart = (held["amount"] - reckoned).abs() > _ROUNDING * held["amount"].abs()
    findings = [
        Problem(
            f"the amount is not hours times rate, which is {number(float(reckoned[row]))}",
            "Correct one of the three; the amount is what counts.",
            "costs.csv",
            line,
            "amount",
            float(held["amount"][row]),
            "to decide",
        )
        for line, row in enumerate(costs.index, start=2)
        if apart[row]
    ]
    findings += [
        Problem(
            "neither an amount nor hours and a rate",
            "Fill it in.",
            "costs.csv",
            line,
            "amount",
            None,
            "to decide",
        )
        for line, row in enumerate(costs.index, start=2)
        if math.isnan(amount[row])
    ]
    notes = [Note.of("cost_amount_differs", n=int(apart.sum()))] if apart.any() else []
    if amount.isna().any():
        notes.append(Note.of("cost_not_stated", n=int(amount.isna().sum())))
    table = costs[[name for name in ("cost_id", "category", "assumption") if name in costs.columns]].assign(
        amount=amount.astype("float64"), reckoned=reckoned.astype("float64")
    )
    return Costs(table, tuple(findings), tuple(notes))


def unit_costs(
    total: float,
    *,
    completed_pairs: int | None = None,
    met_once: int | None = None,
    pairs: int | None = None,
    assigned: int | None = None,
    improved: Result | None = None,
    currency: str = "EUR",
    minimum: int = 5,
) -> UnitCosts:
    """Cost of one completed pair, of one mentee who met, of one reliably improved person.

    Parameters
    ----------
    total : float
        Cost of the programme.
    completed_pairs, met_once : int, optional
        Pairs that completed the programme; mentees who met their mentor at least once.
    pairs, assigned : int, optional
        Pairs, and people with a seat, in all. Where the rest is fewer than the minimum, or the difference of
        the two numbers, the cost is given as a range, because the exact one would give those few away.
    improved : Result, optional
        A result of `rmstudy.methods.change.reliable_change`.
    currency : str
        Of the total.
    minimum : int
        Fewest people that a figure may stand on.

    Returns
    -------
    UnitCosts
        The cost of one improved person has the limits that follow from the interval of the share.

    Raises
    ------
    DesignError
        When the total is not above zero, or `improved` is another method's result.

    Notes
    -----
    ``total / n`` for the first two. For improved people ``total / (share x people counted)``, with the
    limits ``total / (upper limit of the share x people)`` to ``total / (lower limit x people)``, without an
    upper limit where the lower limit of the share is zero. Only people with both scores can be counted as
    improved. All of the cost stands over each kind of success: the figures must not be added.

    What it cannot tell: whether they improved *because of* the programme. Read it beside the share of
    the comparison group that improved as much.

    Examples
    --------
    >>> unit_costs(42390, completed_pairs=40, met_once=46).table["cost"].round(2).tolist()
    [1059.75, 921.52]
    """
    positive(total)
    rows: list[CostPer] = []
    notes: list[Note] = []
    for what, n, of in ((_PAIR, completed_pairs, pairs), (_MET, met_once, assigned)):
        if n is not None:
            row, more = _per(total, what, n, of, minimum)
            if rows and rows[0].people and row.people and 0 < abs(n - rows[0].people) < minimum:
                # those who met and did not complete would be too few to be told
                row, more = _near(total, what, rows[0].people, minimum)
            rows.append(row)
            notes += more
    if improved is not None:
        row, more = _improved(total, improved, minimum)
        rows.append(row)
        notes += more
    return UnitCosts(total, currency, tuple(rows), improved.level if improved else None, tuple(notes))


def study_costs(study: Study, *, criterion: str | None = None) -> UnitCosts:
    """Costs of a study's successes, from its tables.

    Parameters
    ----------
    study : Study
        A study with the table ``costs``.
    criterion : str, optional
        Criterion whose instrument says who improved; the one of the plan's ``value`` when left out.

    Returns
    -------
    UnitCosts
        With a note in place of the cost of an improved person where the instrument is not reliable
        enough, or its reliability is not in the plan.

    Raises
    ------
    DesignError
        When the study has no costs, or the plan no such criterion.

    Examples
    --------
    >>> import rmstudy as rm
    >>> found = study_costs(rm.load_sample("digital-skills"))
    >>> found.table["people"].tolist()[0]
    40
    """
    costs = costs_of(study)
    plan = study.plan
    completed = met = everybody = seats = None
    if "pairs" in study.tables:
        pairs = study.tables["pairs"]
        everybody = len(pairs)
        if "end_reason" in pairs.columns:
            completed = int((pairs["end_reason"] == "completed").sum())
        if "meetings" in study.tables:
            # people who met, so a mentee with two spells counts once
            held = pairs["pair_id"].isin(study.tables["meetings"]["pair_id"])
            met = int(pairs.loc[held, "mentee_id"].nunique())
            seats = len(_with_a_seat(study, pairs))
    name = criterion or (plan.value.criterion if plan.value else None)
    improved, refused = (None, None) if name is None else _reliably_improved(study, name)
    found = unit_costs(
        costs.total,
        completed_pairs=completed,
        met_once=met,
        pairs=everybody,
        assigned=seats,
        improved=improved,
        currency=plan.value.currency if plan.value else "EUR",
        minimum=plan.privacy.minimum_cell,
    )
    rows, notes = found.rows, (*costs.notes, *found.notes)
    if refused:
        rows = (*rows, CostPer(_IMPROVED, None, None))
        notes = (*notes, Note.of("cost_improved_refused", reason=refused))
    return UnitCosts(found.total, found.currency, rows, found.level, notes)


def _with_a_seat(study: Study, pairs: pd.DataFrame) -> set[str]:
    """Mentees assigned to the programme, or in a pair."""
    roles = study.tables["participants"].set_index("person_id")["role"]
    arms = study.arms[study.arms == "programme"]
    role = study.plan.role_acting_as("mentee")
    return {person for person in arms.index if roles[person] == role} | set(pairs["mentee_id"])


def _per(total: float, what: str, n: int, of: int | None, minimum: int) -> tuple[CostPer, list[Note]]:
    """Cost of one of `n`; a range where the number left would be too small to be told."""
    if n < minimum:
        return CostPer(what, None, None), [Note.of("cost_too_few", what=what, least=minimum)]
    if of is not None and 0 < of - n < minimum:
        note = Note.of("cost_as_range", what=what, least=minimum)
        return CostPer(what, None, None, total / of, total / (of - minimum + 1)), [note]
    return CostPer(what, n, total / n), []


def _near(total: float, what: str, shown: int, minimum: int) -> tuple[CostPer, list[Note]]:
    """Cost of one where the number lies too close to one that is shown already: a range around that."""
    low, high = total / (shown + minimum - 1), total / max(shown - minimum + 1, 1)
    return CostPer(what, None, None, low, high), [Note.of("cost_as_range", what=what, least=minimum)]


def _improved(total: float, improved: Result, minimum: int) -> tuple[CostPer, list[Note]]:
    """Cost of one reliably improved person, through the share's interval."""
    if improved.method != "reliable_change":
        raise DesignError(
            f"improved is a result of {improved.method}. Give one of rmstudy.methods.change.reliable_change."
        )
    share = improved.headline
    # the shares are those of the programme's arm, which comes first
    n = next(iter(improved.n.values()))
    people = _row(improved.estimates, "people improved") or 0.0
    few = people < minimum or 0 < n - people < minimum
    if few or share.conf_low is None or share.conf_high is None:
        return CostPer(_IMPROVED, None, None), [Note.of("cost_too_few", what=_IMPROVED, least=minimum)]
    notes = [Note.of("cost_improved_counted", n=n)]
    theirs = _row(improved.estimates, "share improved, comparison")
    if theirs is not None:
        of = list(improved.n.values())[-1]
        if theirs * of < minimum:
            notes.append(Note.of("cost_improved_comparison_few", least=minimum))
        elif 0 < (1 - theirs) * of < minimum:
            notes.append(Note.of("cost_improved_comparison_most", least=minimum))
        else:
            notes.append(Note.of("cost_improved_comparison", share=theirs))
    high = total / (share.conf_low * n) if share.conf_low > 0 else None
    if high is None:
        notes.append(Note.of("cost_no_upper_limit"))
    return CostPer(_IMPROVED, int(people), total / people, total / (share.conf_high * n), high), notes


def _row(estimates: Sequence[Estimate], term: str) -> float | None:
    """Value of the row with a term."""
    return next((row.estimate for row in estimates if row.term == term), None)


def _reliably_improved(study: Study, name: str) -> tuple[Result | None, str | None]:
    """Who improved beyond measurement error, or why that cannot be said."""
    goal, criterion = criterion_of(study, name)
    instrument = study.plan.instruments[criterion.instrument]
    if instrument.reliability is None or goal.role == "unit":
        return None, f"The plan has no reliability of {criterion.instrument!r} (instruments.reliability)."
    frame = study.frame(criterion.instrument, role=goal.role)
    planned = study.plan.design.assignment.get(goal.role)
    arms = ["programme", *([planned.comparison] if planned and planned.comparison else [])]
    frame = frame[frame["arm"].isin(arms)]
    try:
        found = reliable_change(
            frame,
            pre=criterion.before,
            post=criterion.after,
            reliability=instrument.reliability,
            reliability_source=instrument.reliability_source or "study.yml",
            sd=instrument.reference_sd,
            higher_is_better=instrument.higher_is == "better",
            arm="arm" if frame["arm"].nunique() == 2 else None,
            level=study.plan.analysis.level,
        )
    except DesignError as error:
        return None, str(error)
    return found, None


def criterion_of(study: Study, name: str) -> tuple[Goal, Criterion]:
    """A criterion of the plan with its goal."""
    for goal, criterion in study.plan.criteria:
        if criterion.id == name:
            return goal, criterion
    known = [criterion.id for _, criterion in study.plan.criteria]
    raise DesignError(f"The plan has no criterion {name!r}. {nearest(name, known)}")


def costs_of(study: Study) -> Costs:
    """Costs of a study, or a refusal."""
    if "costs" not in study.tables:
        raise DesignError("The study has no table costs. Add one: cost_id, category, hours, rate, amount.")
    return programme_costs(study.tables["costs"])


def positive(cost: float) -> None:
    """Refuse a cost that nothing can be divided by."""
    if not (cost > 0 and math.isfinite(cost)):
        raise DesignError(f"A cost of {cost!r} is not above zero. Fill in the table costs.")


def money(amount: float, currency: str, lang: str) -> str:
    """An amount with its currency."""
    return f"{number(amount, 0, lang)} {currency}"


def _limits(row: CostPer, currency: str = "", lang: str = "en") -> str:
    """The limits of a cost; without an upper one only from where."""
    if row.low is None:
        return "–"
    if row.high is None:
        limits = say("from {low} upwards", lang, low=number(row.low, 0, lang))
    else:
        limits = interval(row.low, row.high, 0, lang)
    return f"{limits} {currency}".strip()
