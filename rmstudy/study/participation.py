"""Who was there at each step, and who was lost on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from rmstudy.study.study import Study


def participation(study: Study, role: str, instrument: str | None = None) -> pd.DataFrame:
    """Count the people of a role at each step, by arm.

    Parameters
    ----------
    study : Study
        A loaded study.
    role : str
        Whose flow.
    instrument : str, optional
        Instrument whose answers are counted; any instrument of the role when left out.

    Returns
    -------
    DataFrame
        Columns ``group``, ``step``, ``n``; steps in order, numbers never increasing within a group.
        Unsuppressed: see `rmstudy.disclosure.safe_flow` before showing it.

    Examples
    --------
    >>> import rmstudy as rm
    >>> flow = rm.load_sample("national-supported-work").participation("trainee")
    >>> flow[flow["group"] == "programme"].values.tolist()[0]
    ['programme', 'assigned', 185]
    """
    people = study.tables["participants"]
    members = people.loc[people["role"] == role, "person_id"]
    arms = study.arms.reindex(members).dropna()
    arms = arms[arms != "not_selected"]
    answered = _answered(study, role, instrument)
    measured = any(role in one.role for one in study.plan.instruments.values())
    doses = study.doses.reindex(arms.index)
    spells = study.spells.reindex(arms.index)
    rows = []
    for arm in sorted(arms.unique(), key=lambda name: (name != "programme", name)):
        ids = arms.index[arms == arm]
        steps = {"assigned": ids}
        if arm == "programme" and "pairs" in study.tables:
            steps["matched"] = ids[spells[ids].notna()]
            if "meetings" in study.tables:
                steps["met at least once"] = steps["matched"][doses[steps["matched"]] > 0]
        # intention to treat: who was matched or met is shown, but everybody assigned is followed up
        before = ids.intersection(answered["pre"])
        rows += [(arm, step, len(there)) for step, there in steps.items()]
        if measured:
            rows.append((arm, "answered before", len(before)))
            rows.append((arm, "answered before and after", len(before.intersection(answered["post"]))))
    return pd.DataFrame(rows, columns=["group", "step", "n"])


def _answered(study: Study, role: str, instrument: str | None) -> dict[str, pd.Index]:
    """People with a score before and after; waves under other names count from the first to the last."""
    waves = list(study.plan.waves)
    first, last = ("pre" if "pre" in waves else waves[0]), ("post" if "post" in waves else waves[-1])
    scores = study.scores
    # an observer's answer about somebody does not make that person answer
    asked = {name: one for name, one in study.plan.instruments.items() if role in one.role}
    names = [name for name, one in asked.items() if one.rater == "self" and not one.derived]
    scores = scores[scores["instrument_id"].isin([instrument] if instrument else names)]
    people = {wave: scores.loc[scores["wave_id"] == wave, "person_id"].unique() for wave in (first, last)}
    return {"pre": pd.Index(people[first]), "post": pd.Index(people[last])}
