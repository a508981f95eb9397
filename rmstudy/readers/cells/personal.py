"""What could name a person: e-mail addresses, telephone numbers, names, and cells of free text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from rmstudy.readers.files.sheets import either

_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_TELEPHONE: Final = re.compile(r"\+?[\d\s()/.-]{9,}")
_PIECE: Final = r"[^\W\d_]+(?:['’-][^\W\d_]+)*\.?"
_NAME: Final = re.compile(rf"{_PIECE}(?:,?\s+{_PIECE}){{1,3}}")
_SMALL: Final = either("de|di|da|del|della|dei|degli|van|von|der|den|la|le|lo|el|y|e|bin|al|du|dos")
# Words that stand in names of departments, places of work and kinds of work, and not in people's.
_WORK: Final = either(
    "acquisti|affairs|affari|amministrazione|administration|analytics|area|assistenza|board|business|care|"
    "centrale|centre|center|central|chief|clienti|client|clients|commerciale|commercial|communication|"
    "communications|compliance|comunicazione|consulting|contabilita|controllo|control|controlling|"
    "corporate|cross|customer|data|dati|department|design|development|digital|digitale|direction|director|"
    "direzione|distribution|division|divisione|east|engineering|est|estero|europe|europa|executive|"
    "experience|facility|finance|finanza|finanziario|field|formazione|full|function|general|generale|"
    "gestione|global|governance|group|gruppo|head|health|hr|human|hub|impianti|information|ingegneria|"
    "innovation|innovazione|intelligence|internal|international|interno|investor|it|job|junior|learning|"
    "legal|legale|logistics|logistica|magazzino|maintenance|management|manager|manutenzione|manufacturing|"
    "market|marketing|media|mid|middle|middle-management|nord|north|office|officer|operation|operations|"
    "operativo|organisation|organization|organizzazione|ovest|part|partner|people|personale|"
    "pianificazione|plant|planning|procurement|prodotto|product|produzione|production|programme|project|"
    "projects|progetti|public|pubblico|pubbliche|purchasing|qualita|quality|quality-assurance|regional|"
    "relations|relazioni|reparto|research|ricerca|risk|rischi|risorse|resources|sales|security|sede|"
    "senior|service|services|servizi|servizio|shared|shop|sicurezza|sistemi|site|software|south|staff|"
    "stabilimento|store|strategia|strategy|studi|sud|supply|support|sviluppo|system|systems|team|"
    "technical|tecnico|technology|tecnologia|tempo|time|ufficio|umane|unit|unita|vendite|warehouse|west|"
    "work|years|anni|meno|over|under|more|than|or|not|non|prefer|others|other|altro|altri|unknown|"
    "temporary|permanent|indeterminato|determinato|contratto|contract|fixed|term|very|much|little|agree|"
    "disagree|good|bad|none|never|always|often|sometimes"
)
# Words with a full stop behind them, or a stop between them: somebody said something.
_SENTENCE: Final = re.compile(r"(?:\S+\s+){2,}\S+[.!?…]|.*\w{3,}[.!?;]\s+\S+\s+\S+.*", re.DOTALL)
LONG: Final = 80
WORDY: Final = 30
FEW: Final = 5


def identifying(text: str) -> str | None:
    """What in a text could name a person, in words; None when nothing looks like it.

    A name is two to four words of letters of which each begins with a capital; words of departments and kinds
    of work are none. A name of one word cannot be told from any other word.

    Examples
    --------
    >>> identifying("Maria Rossi"), identifying("Human Resources"), identifying("35-44")
    ('the cell looks like a name', None, None)
    """
    if _EMAIL.search(text):
        return "the cell holds an e-mail address"
    if (
        _TELEPHONE.fullmatch(text)
        and sum(c.isdigit() for c in text) >= 9
        and not re.match(r"\d{4}-\d\d-\d\d", text)
    ):
        return "the cell looks like a telephone number"
    if len(text) > LONG:
        return "the cell holds free text"
    if not _NAME.fullmatch(text.strip()):
        return None
    words = re.split(r"[,\s]+", text.strip())
    if any(word.casefold().strip(".") in _WORK for word in words):
        return None
    large = [word for word in words if word.casefold() not in _SMALL]
    capitals = len(large) > 1 and all(word[0].isupper() for word in large)
    return "the cell looks like a name" if capitals else None


def sentence(text: str) -> bool:
    """Whether a text is something that somebody said: three words or more with a stop.

    Examples
    --------
    >>> sentence("My mentor was wonderful."), sentence("Research and development")
    (True, False)
    """
    return _SENTENCE.fullmatch(" ".join(text.split())) is not None


def free_text(cells: Sequence[str]) -> bool:
    """Whether the cells of a column look like free text: long, and nearly all different.

    Examples
    --------
    >>> free_text(["My mentor showed me how to share a calendar", "I learned a lot about spreadsheets"] * 1)
    False
    >>> free_text([f"In week {n} my mentor showed me something about spreadsheets" for n in range(6)])
    True
    """
    if len(cells) < FEW:
        return False
    different = len(set(cells)) > len(cells) / 2
    return different and sum(map(len, cells)) / len(cells) > WORDY
