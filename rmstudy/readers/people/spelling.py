"""One spelling for every identifier: e-mail addresses, staff numbers and self-made codes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, Literal

from rmstudy.errors import Problem
from rmstudy.readers.people.linking import plain

Kind = Literal["email", "number", "code"]

# characters that are seen by nobody, and make two addresses of one
_UNSEEN: Final = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_SHOWN: Final = re.compile(r"^[^<>]*<([^<>]+)>$")


def spelled(
    given: str, kind: Kind, domains: Mapping[str, str] | None = None, digits: int | None = None
) -> str | Problem:
    """An identifier in its one spelling, or why it is none.

    E-mail: small letters; without spaces, ``mailto:``, a name shown before it and what follows a ``+``; an
    old domain becomes the new one, a domain in another script its ASCII form. Dots before the ``@`` stay:
    outside one provider they make two people. Number: without spaces and ``.0``, padded to `digits`. Code:
    capitals without accents and punctuation.

    Parameters
    ----------
    given : str
        What was found in a file.
    kind : {'email', 'number', 'code'}
        What it is.
    domains : mapping of str to str, optional
        New domain of each old one, after a merger.
    digits : int, optional
        How many digits a staff number has.

    Examples
    --------
    >>> spelled("Rossi Anna <Anna.Rossi+work@old.example>", "email", {"old.example": "new.example"})
    'anna.rossi@new.example'
    >>> spelled("42.0", "number", digits=6), spelled("zo-07 là", "code")
    ('000042', 'ZO07LA')
    """
    if kind == "email":
        return _email(given, domains or {})
    if kind == "number":
        return _number(given, digits)
    if looks_like_email(given):
        step = "Say `identify: email` in the mapping."
        return Problem("an e-mail address stands where a code belongs", step, rule="email_key")
    code = plain(given)
    step = "Ask the person, or leave the row out."
    return code or Problem("not a linking code", step, rule="unmatched_ids")


@lru_cache(maxsize=1024)
def domain_of(text: str) -> str | None:
    """A mail domain in its ASCII form and small letters; None when it cannot be one.

    Examples
    --------
    >>> domain_of("Müller.Example"), domain_of("no domain")
    ('xn--mller-kva.example', None)
    """
    domain = unicodedata.normalize("NFKC", text).strip().strip(".").casefold()
    try:
        ascii_form = domain.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    return ascii_form if re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", ascii_form) else None


def looks_like_email(text: str) -> bool:
    """Whether an identifier of a list is an address.

    Examples
    --------
    >>> looks_like_email("anna@example.org"), looks_like_email("ZO07")
    (True, False)
    """
    return "@" in text


def _email(given: str, domains: Mapping[str, str]) -> str | Problem:
    """An address in its one spelling."""
    step = "Correct it in the export, or leave the row out."
    text = _UNSEEN.sub("", unicodedata.normalize("NFC", given)).strip()
    shown = _SHOWN.match(text)
    text = re.sub(r"(?i)^mailto:", "", (shown.group(1) if shown else text).strip())
    text = _settled(text.partition("?")[0] if "?" in text.partition("@")[2] else text)
    if text.count("@") > 1:
        what = "more than one e-mail address in a cell"
        return Problem(what, "Write one, the person's own.", rule="email_key")
    local, _, after = text.partition("@")
    name = _settled(local.casefold().partition("+")[0])
    domain = domain_of(after)
    if not name or domain is None or not re.fullmatch(r"[^\s,;:<>()\"\[\]\\]+", name):
        return Problem("not an e-mail address", step, rule="email_key")
    return f"{name}@{_moved(domain, domains)}"


def _settled(text: str) -> str:
    """A text without spaces and unseen signs; an accent that now stands behind a letter joins it."""
    while True:
        new = unicodedata.normalize("NFKC", re.sub(r"\s", "", _UNSEEN.sub("", text)))
        if new == text:
            return text
        text = new


def _moved(domain: str, domains: Mapping[str, str]) -> str:
    """Where a domain has moved to, over several mergers if need be."""
    moves = {domain_of(old) or old: domain_of(new) or new for old, new in domains.items()}
    been = {domain}
    while domain in moves and moves[domain] not in been:
        domain = moves[domain]
        been.add(domain)
    return domain


def _number(given: str, digits: int | None) -> str | Problem:
    """A staff number with all its digits."""
    text = _settled(unicodedata.normalize("NFKC", given).upper())
    text = re.sub(r"^(\d+)[.,]0+$", r"\1", text)  # a spreadsheet writes 42 as 42.0
    if not text or looks_like_email(text):
        return Problem("not a staff number", "Correct it in the export.", rule="unmatched_ids")
    if re.fullmatch(r"\d(?:[.,]\d+)?E\+?\d+", text):
        what = "a number that a spreadsheet has shortened: its last digits are lost"
        return Problem(what, "Export the column as text.", rule="unmatched_ids")
    if digits is None or not text.isdecimal():
        return text
    if len(text.lstrip("0")) > digits:
        what = f"a staff number of more than {digits} digits"
        return Problem(what, "Correct the number, or digits in the mapping.", rule="unmatched_ids")
    return text.lstrip("0").zfill(digits)
