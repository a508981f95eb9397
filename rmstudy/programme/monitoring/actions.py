"""The coordinator's list: which pairs need support, why, and what to do next."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd

from rmstudy.programme.monitoring.rules import LEVELS, Rules, row_level
from rmstudy.wording import say, translate

NEVER_MET, SILENT, HIERARCHY, APART = "never met", "silent", "hierarchy", "reports apart"
COLUMNS: Final = ["pair_id", "level", "sign", "since", "reason", "next_step"]
# What to do next, by sign and level: 1 soft, 2 clear.
_NEXT: Final[dict[tuple[str, int], str]] = {
    (NEVER_MET, 1): "Ask both, separately, what stands in the way, and offer to find the first date.",
    (NEVER_MET, 2): "Call both this week: fix the first meeting with them, or look for another mentor.",
    (SILENT, 1): "Ask both, separately, whether the next meeting has a date, and offer help in finding one.",
    (SILENT, 2): "Call both this week: does the pair want to go on, with what help, or with another partner?",
    (
        HIERARCHY,
        1,
    ): "Remind both of their roles before the next meeting: the junior sets the agenda, the senior asks.",
    (HIERARCHY, 2): "Talk to the junior first, in confidence; then to both about roles and agenda. "
    "Offer to join a meeting, or another pairing.",
    (APART, 1): "Wait for the next meeting, and make sure that both understand the question in the same way.",
    (APART, 2): "Talk to each alone about how the meetings go: they see them very differently.",
}


def act_on(spells: pd.DataFrame, meetings: pd.DataFrame, rules: Rules, lang: str = "en") -> pd.DataFrame:
    """List the running pairs that show a sign now, the most urgent first.

    Parameters
    ----------
    spells, meetings : DataFrame
        What `spell_table` and `meeting_table` returned.
    rules : Rules
        The plan's rules.
    lang : {'en', 'it'}
        Language of level, sign, reason and next step.

    Returns
    -------
    DataFrame
        ``pair_id``, ``level``, ``sign``, ``since`` (the day from which the sign dates), ``reason``,
        ``next_step``. Clear before soft, and the longest first. A pair with two signs has one row.
    """
    last = meetings[meetings["known"]].groupby("pair_id").tail(1).set_index("pair_id")
    rows = []
    for spell in spells[spells["running"]].to_dict("records"):
        found = [_silence(spell, rules, lang)] if spell["silence"] else []
        if spell["pair_id"] in last.index and last.loc[spell["pair_id"], "row"] > 0:
            own = meetings[meetings["pair_id"] == spell["pair_id"]]
            found.append(_talk(own[own["known"]], rules, lang))
        if found:
            rows.append(_joined(spell["pair_id"], found, lang))
    table = pd.DataFrame(rows, columns=[*COLUMNS, "order"])
    table = table.sort_values(["order", "since", "pair_id"], ascending=[False, True, True])
    return table[COLUMNS].reset_index(drop=True)


def _joined(pair: str, found: list[dict[str, Any]], lang: str) -> dict[str, Any]:
    """One row of the list from the one or two signs of a pair."""
    found = sorted(found, key=lambda sign: -sign["order"])
    level = found[0]["order"]
    return {
        "pair_id": pair,
        "level": translate(LEVELS[level], lang),
        "sign": ", ".join(translate(sign["sign"], lang) for sign in found),
        "since": min(sign["since"] for sign in found),
        "reason": " ".join(sign["reason"] for sign in found),
        "next_step": " ".join(translate(_NEXT[sign["sign"], sign["order"]], lang) for sign in found),
        "order": level,
    }


def _silence(spell: dict[str, Any], rules: Rules, lang: str) -> dict[str, Any]:
    """Why a silent pair is on the list."""
    level = int(spell["silence"])
    if spell["held"] == 0:
        limit = int(rules.first_meeting_within)
        reason = say(
            "Started {days:count} days ago and has not met yet; the first meeting was due within {limit:count} days.",
            lang,
            days=spell["silent"],
            limit=limit,
        )
        return {"sign": NEVER_MET, "order": level, "since": spell["start"].date(), "reason": reason}
    values = {"days": spell["silent"], "held": spell["held"], "due": spell["due"]}
    template = (
        "Last meeting {days:count} days ago; meetings held so far: {held:count} of about {due:count} due."
        if pd.notna(spell["due"])
        else "Last meeting {days:count} days ago; meetings held so far: {held:count}."
    )
    reason = say(template, lang, **values)
    return {"sign": SILENT, "order": level, "since": spell["last"].date(), "reason": reason}


def _talk(own: pd.DataFrame, rules: Rules, lang: str) -> dict[str, Any]:
    """Why a pair whose last meetings went badly is on the list."""
    row = int(own["row"].iloc[-1])
    of_row = own.tail(row)
    now = of_row.iloc[-1]
    reasons = [
        say("The last meeting with a report went badly.", lang)
        if row == 1
        else say("The last {n:count} meetings with a report went badly, one after the other.", lang, n=row)
    ]
    hierarchy = (of_row["low"] & of_row["upward"]) | of_row["held"]
    if (of_row["low"] & of_row["upward"]).any():
        share = float(of_row.loc[of_row["low"], "share"].mean())
        text = (
            "The junior had about {share:count}% of the talk, and advice went from the senior to the junior."
        )
        reasons.append(say(text, lang, share=share))
    if of_row["held"].any():
        most = float(of_row["held_back"].max())
        reasons.append(say("The junior held back (up to {most:count} on a scale to 4).", lang, most=most))
    if of_row["apart"].any():
        text = "The two reports of the junior's share of the talk lie more than {limit:count} points apart."
        reasons.append(say(text, lang, limit=rules.talk_share_apart))
    if now["agenda_by_senior"]:
        reasons.append(say("The senior alone set the agenda.", lang))
    if now["questions_by_junior"]:
        reasons.append(say("The questions came from the junior.", lang))
    return {
        "sign": HIERARCHY if hierarchy.any() else APART,
        "order": int(row_level(rules, row)),
        "since": of_row["date"].iloc[0].date(),
        "reason": " ".join(reasons),
    }
