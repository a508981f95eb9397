"""Mentor and mentee side by side: one row a member of a pair."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from rmstudy.errors import DesignError

if TYPE_CHECKING:
    from rmstudy.study.study import Study


def dyads(study: Study, instrument: str) -> pd.DataFrame:
    """Scores of both members of each pair, for methods about the two together.

    Parameters
    ----------
    study : Study
        A loaded study with a table of pairs.
    instrument : str
        Instrument that both roles answered.

    Returns
    -------
    DataFrame
        Index ``person_id``, which repeats for somebody in several pairs. A column for each wave, then
        ``role``, ``pair_id``, ``cluster`` (everybody joined by pairs, over all spells) and ``dose``
        (meetings of this pair). A mentee who changed mentor stands with the last one; everybody in a
        pair has a row, answered or not.

    Raises
    ------
    DesignError
        Without a table of pairs, or when the instrument is not for both roles.

    Examples
    --------
    >>> import rmstudy as rm
    >>> pairs = rm.load_sample("digital-skills").dyads("inclusion")
    >>> pairs.groupby("pair_id").size().unique().tolist()
    [2]
    """
    if "pairs" not in study.tables:
        raise DesignError("The study has no table of pairs: nobody can be set beside a partner.")
    waves = pd.concat([study.frame(instrument, role=role) for role in _both(study, instrument)])
    pairs = study.tables["pairs"]
    order = pairs.sort_values("start", kind="stable") if "start" in pairs.columns else pairs
    last = order.drop_duplicates("mentee_id", keep="last").sort_values("pair_id")
    members = last.melt("pair_id", ["mentor_id", "mentee_id"], value_name="person_id")
    frame = waves.drop(columns=["arm", "pair_id", "dose", "unit", "cluster"]).reindex(members["person_id"])
    people = study.tables["participants"].set_index("person_id")
    held = study.tables["meetings"].groupby("pair_id").size() if "meetings" in study.tables else None
    frame["role"] = people["role"].reindex(frame.index)
    frame["pair_id"] = members["pair_id"].to_numpy()
    frame["cluster"] = study.clusters.reindex(frame.index)
    frame["dose"] = float("nan") if held is None else held.reindex(frame["pair_id"]).fillna(0).to_numpy()
    return frame


def _both(study: Study, instrument: str) -> tuple[str, ...]:
    """Roles that answered an instrument, when these are the two sides of a pair."""
    if instrument in study.plan.instruments:
        roles = tuple(role for role in study.plan.instruments[instrument].role if role != "unit")
        if len(roles) == 2:
            return roles
    shared = [name for name, one in study.plan.instruments.items() if len(set(one.role) - {"unit"}) == 2]
    raise DesignError(
        f"{instrument!r} is not an instrument of both roles. Those that are: {', '.join(map(repr, shared)) or 'none'}."
    )
