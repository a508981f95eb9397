"""Rows that are nobody's: left out where the mapping says so; what looks like one is never left out unasked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from rmstudy.readers.cells.refusing import Refused
from rmstudy.readers.mapping import Export, LeftOut
from rmstudy.study.cells import folded

_TEST: Final = re.compile(
    r"(?:test|tests|testing|tester|prova|prove|dummy|esempio|example|anteprima|preview|xxx+|asdf\w*|pippo|foo)"
    r"(?:[\s_.@+-]*(?:test|prova|user|utente|\d+).*|@.*|[\s_-].*)?"
)
_TOTAL: Final = re.compile(
    r"(?:grand |sub)?(?:total|totals|totale|totali|subtotal|subtotale|sum|somma|average|mean|media|count|"
    r"conteggio|n\.? ?tot|tot\.?)(?: (?:complessivo|generale|parziale|overall|general)|[: ].{0,30})?"
)
PERSONAL: Final = re.compile(
    r"(?:(?:first|last|full|given|family|your|employee|participant|respondent|recipient|mentor|mentee|manager|work)"
    r"[ _-]*)*(?:names?|surname|e-?mail(?:[ _-]*address)?|mail|phone(?:[ _-]*number)?|mobile|nome(?: e cognome)?|"
    r"cognome(?: e nome)?|nominativo|telefono|cellulare|address|indirizzo(?:[ _-]*e?-?mail)?|codice[ _-]*fiscale)"
)


def left_out(cells: Mapping[str, str], export: Export) -> LeftOut | None:
    """The decision that leaves a row out, if there is one.

    Examples
    --------
    >>> some = Export(columns={}, leave_out=(LeftOut(column="Name", values=("Test",)),))
    >>> left_out({"Name": "TEST"}, some).column
    'Name'
    """
    for one in export.leave_out:
        if folded(cells.get(one.column, "")) in {folded(value) for value in one.values}:
            return one
    return None


def stray(cells: Mapping[str, str], looked_at: Iterable[str]) -> tuple[str, Refused] | None:
    """The column of a row that looks like a test or a total, and why the row is not taken.

    Parameters
    ----------
    cells : mapping of str to str
        The row.
    looked_at : iterable of str
        Columns that say whose row it is: never answers, in which such words mean something else.

    Examples
    --------
    >>> stray({"Nome": "Totale"}, ["Nome"])[1].rule
    'sheet_layout'
    """
    for column in looked_at:
        text = folded(cells.get(column, ""))
        if not text or len(text) > 60:
            continue
        step = "Say under leave_out in the mapping that such rows stay out, or correct the row."
        if _TEST.fullmatch(text):
            return column, Refused("the row looks like a test", step, "test_rows")
        if _TOTAL.fullmatch(text):
            return column, Refused("the row looks like totals, not like a person", step, "sheet_layout")
    return None


def personal(column: str) -> bool:
    """Whether a column is named like one that says who somebody is.

    Examples
    --------
    >>> personal("E-mail address"), personal("Full name"), personal("unit")
    (True, True, False)
    """
    return PERSONAL.fullmatch(folded(column)) is not None
