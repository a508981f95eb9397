"""Who came forward and who takes part, beside the staff who could have."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from rmstudy.display import bullets
from rmstudy.display import table as html_table
from rmstudy.errors import DesignError, nearest
from rmstudy.programme.recruitment.funnel import ALL, applications, nobody_assigned_yet
from rmstudy.results import Note
from rmstudy.study.study import Study
from rmstudy.wording import count, number, percent, say, translate

APPLICANTS, PARTICIPANTS, STAFF = "applicants", "participants", "staff"
GROUPS: Final = (APPLICANTS, PARTICIPANTS)
# A usual rule of thumb for a difference that is worth a look (Austin 2009).
NOTICEABLE: Final = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class Represented:
    """Applicants and participants beside the eligible staff.

    Parameters
    ----------
    counts : DataFrame
        ``characteristic``, ``value``, and people of the ``staff``, the ``applicants`` and the
        ``participants``; participants are applicants, and applicants are staff.
    missing : mapping of str to int
        People without a value, by ``characteristic`` and group, such as ``"unit, applicants"``.
    role : str
        Whose.
    notes : tuple of Note
        The caveats.
    """

    counts: pd.DataFrame
    missing: Mapping[str, int]
    role: str
    notes: tuple[Note, ...] = ()

    @property
    def table(self) -> pd.DataFrame:
        """Unsuppressed, a row a group, characteristic and value: people, shares, standardised difference."""
        rows = []
        for name, part in self.counts.groupby("characteristic", sort=False):
            staff = part[STAFF].to_numpy(dtype="float64")
            for group in GROUPS:
                people = part[group].to_numpy(dtype="float64")
                shares, base = _shares(people), _shares(staff)
                values = zip(part["value"], part[STAFF], base, part[group], shares, strict=True)
                for value, of_staff, p0, n, p1 in values:
                    rows.append((group, name, value, of_staff, p0, n, p1, standardised_share(p1, p0)))
        head = ["group", "characteristic", "value", "staff", "staff_share", "n", "share", "difference"]
        return pd.DataFrame(rows, columns=head)

    @property
    def overall(self) -> pd.DataFrame:
        """One number a characteristic and group: the distance over all of its values."""
        rows = [
            (group, name, standardised_distance(part[group].tolist(), part[STAFF].tolist()))
            for name, part in self.counts.groupby("characteristic", sort=False)
            for group in GROUPS
        ]
        return pd.DataFrame(rows, columns=["group", "characteristic", "distance"])

    def safe(self, *, minimum: int = 5, lang: str = "en") -> Represented:
        """The same with small cells joined, so that it can be shown.

        Parameters
        ----------
        minimum : int
            Fewest people that may be shown or told apart; 1 joins nothing.
        lang : {'en', 'it'}
            Language of the name of what was joined.

        Returns
        -------
        Represented
            In each characteristic the values are joined into one row, smallest first, until in every row
            the participants, the applicants who do not take part, and the staff who did not apply are
            none or at least the minimum. A characteristic of which one row would be left is dropped.
        """
        parts = [
            _joined(part, minimum, lang) for _, part in self.counts.groupby("characteristic", sort=False)
        ]
        kept = [part for part in parts if len(part) > 1]
        counts = pd.concat(kept, ignore_index=True) if kept else self.counts.iloc[:0]
        notes = [note for note in self.notes if note.code != "staff_lacks_value"]
        dropped = [str(part["characteristic"].iloc[0]) for part in parts if len(part) <= 1]
        if dropped:
            notes.append(Note.of("represented_withheld", names=tuple(dropped)))
        return Represented(counts, {}, self.role, tuple(notes))

    def text(self, lang: str = "en") -> str:
        """Say the largest difference of the applicants and of the participants; give it what is safe."""
        said = []
        table = self.table.dropna(subset=["difference"])
        for group, rows in table.groupby("group", sort=False):
            size = rows["difference"].abs()
            # of two that mirror each other, the one that is more often found
            row = rows.loc[rows.loc[size >= size.max() - 1e-9, "difference"].idxmax()]
            said.append(
                say(
                    "{group}: the largest difference is in {value} ({characteristic}), {share:percent} of them and "
                    "{staff:percent} of the staff (standardised difference {difference:number}).",
                    lang,
                    group=translate(str(group), lang).capitalize(),
                    value=row["value"],
                    characteristic=words(row["characteristic"], lang),
                    share=row["share"],
                    staff=row["staff_share"],
                    difference=row["difference"],
                )
            )
        return " ".join(said)

    @property
    def shown(self) -> pd.DataFrame:
        """Shares of the staff, the applicants and the participants side by side, a row a value."""
        table = self.table.set_index(["characteristic", "value"])
        base = table[table["group"] == GROUPS[0]]
        columns = {"staff": base["staff"], "staff_share": base["staff_share"]}
        for group in GROUPS:
            rows = table[table["group"] == group]
            columns[group] = rows["n"].astype(int)
            columns |= {f"{group}_{name}": rows[name] for name in ("share", "difference")}
        return pd.DataFrame(columns).reset_index()

    def __repr__(self) -> str:
        safe = self.safe()
        lines = [safe.text(), *(" | ".join(row) for row in safe._rows())]
        return "\n".join([*lines, *(f"note: {note.text()}" for note in safe.notes)])

    def _repr_html_(self) -> str:
        safe = self.safe()
        head = ("", "staff", "", "applicants", "", "difference", "participants", "", "difference")
        notes = bullets(note.text() for note in safe.notes) if safe.notes else ""
        return f"<p>{html.escape(safe.text())}</p>{html_table(head, safe._rows())}{notes}"

    def _rows(self) -> list[list[str]]:
        """Shares and differences as text, a row a value."""
        rows = []
        for key, part in self.table.groupby(["characteristic", "value"], sort=False):
            name, value = (str(label) for label in key)
            first = part.iloc[0]
            cells = [f"{words(name)}: {value}", count(first["staff"]), percent(first["staff_share"])]
            for row in part.itertuples(index=False):
                cells += [count(row.n), percent(row.share), number(row.difference, 2)]
            rows.append(cells)
        return rows


def representativeness(study: Study, *, role: str) -> Represented:
    """Compare applicants and participants of a role with the staff who could have taken part.

    Parameters
    ----------
    study : Study
        A study with the table ``staff``.
    role : str
        Whose.

    Returns
    -------
    Represented
        Unsuppressed counts; what it shows of itself is safe. *Participants* are those assigned to the
        programme; *applicants* are those who applied or were assigned to any arm, and were eligible.

    Raises
    ------
    DesignError
        When the plan has no such role, the study has no table ``staff`` with counts of it, or nobody of
        the role has come forward.

    Notes
    -----
    A value with the share p1 among the applicants and p0 among the staff has the standardised difference
    ``(p1 - p0) / √((p1(1 - p1) + p0(1 - p0)) / 2)`` (Austin 2009). A characteristic as a whole has
    ``√((t - c)' S⁻¹ (t - c))``, t and c being the shares of all values but one and S the mean of the two
    multinomial covariance matrices (Yang & Dalton 2012); with two values both are the same but for the
    sign. The staff include those who applied. No p-values: they measure how many people there are.

    What it cannot tell: whether people differ in what no table holds. Volunteers can look like the staff
    in age and unit and still be the ones who wanted to learn.

    References
    ----------
    Austin (2009), *Communications in Statistics - Simulation and Computation* 38, 1228-1234. Yang & Dalton
    (2012), SAS Global Forum, paper 335.

    Examples
    --------
    >>> import rmstudy as rm
    >>> found = representativeness(rm.load_sample("digital-skills"), role="mentee")
    >>> found.overall["characteristic"].unique().tolist()
    ['age_band', 'seniority_band', 'unit', 'tenure_band']
    """
    if role not in study.plan.roles:
        raise DesignError(f"The plan has no role {role!r}. {nearest(role, study.plan.roles)}")
    staff = _staff(study, role)
    people = study.tables["participants"].set_index("person_id")
    people = people[people["role"] == role]
    assigned = study.arms.iloc[:0] if nobody_assigned_yet(study) else study.arms
    arms = assigned.reindex(people.index)
    forms = applications(study, role)
    refused = (
        forms["eligible"] == "no" if "eligible" in forms.columns else pd.Series(False, index=forms.index)
    )
    came = arms.notna() | people.index.isin(forms["person_id"])
    ids = {
        # who is not eligible is not among the eligible staff either
        APPLICANTS: people.index[came & ~people.index.isin(forms.loc[refused, "person_id"])],
        PARTICIPANTS: people.index[arms == "programme"],
    }
    if not len(ids[APPLICANTS]):
        raise DesignError(f"Nobody of the role {role!r} has applied or been assigned yet.")
    counts, unknown = [], 0
    missing: dict[str, int] = {}
    for name, part in staff.groupby("characteristic", sort=False):
        found = {group: people.loc[who, str(name)] for group, who in ids.items()}
        missing |= {f"{name}, {group}": int(column.isna().sum()) for group, column in found.items()}
        sizes = part.set_index("value")["people"].astype(int)
        seen = sorted(set(found[APPLICANTS].dropna()) - set(sizes.index))
        unknown += len(seen)
        sizes = pd.concat([sizes, pd.Series(0, index=seen, dtype=int)])
        columns = {
            group: column.value_counts().reindex(sizes.index, fill_value=0) for group, column in found.items()
        }
        counts.append(
            pd.DataFrame({"characteristic": name, "value": sizes.index, STAFF: sizes.to_numpy()}).assign(
                **{group: column.to_numpy(dtype=int) for group, column in columns.items()}
            )
        )
    notes = [Note.of("staff_lacks_value", n=unknown)] if unknown else []
    lost = sum(missing[f"{name}, {APPLICANTS}"] for name in dict.fromkeys(staff["characteristic"]))
    if lost:
        notes.append(Note.of("represented_missing", n=lost))
    return Represented(pd.concat(counts, ignore_index=True), missing, role, tuple(notes))


def standardised_share(p1: float, p0: float) -> float:
    """Standardised difference of two shares; NaN where both are 0 or both are 1 and nothing can differ.

    Parameters
    ----------
    p1, p0 : float
        Share in the group, and in the staff.

    Returns
    -------
    float
        In standard deviations, positive where the group has more; infinite where neither share varies
        and they differ.

    Examples
    --------
    >>> standardised_share(0.5, 0.4).__round__(4)
    0.202
    """
    spread = np.sqrt((p1 * (1 - p1) + p0 * (1 - p0)) / 2)
    if not np.isfinite(spread):
        return float("nan")
    if spread == 0:
        return 0.0 if p1 == p0 else float(np.sign(p1 - p0) * np.inf)
    return float((p1 - p0) / spread)


def standardised_distance(group: Sequence[float], staff: Sequence[float]) -> float:
    """Standardised distance of two distributions over the same values (Yang & Dalton 2012).

    Parameters
    ----------
    group, staff : sequence of float
        People with each value, in the same order.

    Returns
    -------
    float
        Zero or more; which value is left out makes no difference. Infinite where the two share no
        value, NaN where one is empty.

    Examples
    --------
    >>> standardised_distance([50, 50], [40, 60]).__round__(4)
    0.202
    """
    n1, n0 = np.asarray(group, dtype="float64"), np.asarray(staff, dtype="float64")
    held = (n1 + n0) > 0
    if not n1.sum() or not n0.sum():
        return float("nan")
    if not (n1 * n0).any():
        return float("inf")
    t, c = n1[held] / n1.sum(), n0[held] / n0.sum()
    t, c = t[:-1], c[:-1]
    if not len(t):
        return 0.0
    spread = (np.diag(t) - np.outer(t, t) + np.diag(c) - np.outer(c, c)) / 2
    return float(np.sqrt(max((t - c) @ np.linalg.solve(spread, t - c), 0.0)))


def words(name: str, lang: str = "en") -> str:
    """A column's name as words, translated where the catalogue has it."""
    spaced = name.replace("_", " ")
    return translate(spaced, lang)


def _shares(people: np.ndarray) -> np.ndarray:
    """Counts as shares of their sum; NaN without anybody."""
    total = people.sum()
    return people / total if total else np.full(len(people), np.nan)


def _staff(study: Study, role: str) -> pd.DataFrame:
    """Counts of the staff by characteristic, of those characteristics that participants have as well."""
    if "staff" not in study.tables:
        raise DesignError(
            "The study has no table staff, so nobody knows who could have applied. Count the staff by the columns "
            "of participants: role, characteristic, value, people."
        )
    staff = study.tables["staff"]
    held = staff[(staff["role"] == role) & (staff["characteristic"] != ALL)]
    held = held[held["characteristic"].isin(study.tables["participants"].columns)]
    if held.empty:
        raise DesignError(f"The table staff has no counts of the role {role!r} by a column of participants.")
    return held


def _joined(part: pd.DataFrame, minimum: int, lang: str) -> pd.DataFrame:
    """One characteristic with its small values joined."""
    part = part.reset_index(drop=True)

    def unsafe(rows: pd.DataFrame) -> bool:
        return any(0 < n < minimum for n in _apart(rows.sum(numeric_only=True)))

    small = [row for row in part.index if unsafe(part.loc[[row]])]
    if not small:
        return part
    rest = sorted(
        set(part.index) - set(small), key=lambda row: (part.loc[row, APPLICANTS], part.loc[row, "value"])
    )
    while rest and unsafe(part.loc[small]):
        small.append(rest.pop(0))
    if not rest:  # everything is in one row, which says nothing about this characteristic
        return part.iloc[:1]
    values = ", ".join(sorted(part.loc[small, "value"].astype(str)))
    together = part.loc[small].sum(numeric_only=True).to_dict()
    row = {
        "characteristic": part.loc[0, "characteristic"],
        "value": say("others ({values})", lang, values=values),
    }
    return pd.concat([part.loc[sorted(rest)], pd.DataFrame([row | together])], ignore_index=True)


def _apart(sizes: pd.Series[int]) -> tuple[int, int, int]:
    """People of one row who can be told apart by subtraction."""
    others = int(sizes[APPLICANTS] - sizes[PARTICIPANTS])
    return int(sizes[PARTICIPANTS]), others, max(int(sizes[STAFF] - sizes[APPLICANTS]), 0)
