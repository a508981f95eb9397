"""The key that pseudonyms are made with: read, checked, and kept apart from every study.

Whoever has the key can tell who is who; without it the next wave cannot be linked. It stands in the
environment variable ``RMSTUDY_KEY`` or in a file that only its owner may read, outside every study and
every git work tree.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import stat
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Final

import pandas as pd

from rmstudy.errors import DataError, Problem

VARIABLE: Final = "RMSTUDY_KEY"
BYTES: Final = 32
RULE: Final = "key"
_LONGEST: Final = 4096
_WRITE: Final = "`rmstudy key FILE` writes a good one."


def read_key(
    file: Path | None, study: Path | None = None, environment: Mapping[str, str] | None = None
) -> tuple[bytes | None, tuple[Problem, ...]]:
    """Read the key from a file or from the environment.

    Parameters
    ----------
    file : Path, optional
        The key file; where none is named, ``RMSTUDY_KEY`` is looked at.
    study : Path, optional
        The study that the key must not lie in.
    environment : mapping of str to str, optional
        Environment variables; those of the process when left out.

    Returns
    -------
    key : bytes or None
        None where there is none.
    notes : tuple of Problem
        What could not be checked here.

    Raises
    ------
    DataError
        When the file lies in a study or a git work tree, others may read it, or the key is weak.

    Examples
    --------
    >>> read_key(None, environment={"RMSTUDY_KEY": "0f" * 32})
    Traceback (most recent call last):
    rmstudy.errors.DataError: RMSTUDY_KEY: the key is weak: it could be guessed. `rmstudy key FILE` writes a good one.
    """
    given = (os.environ if environment is None else environment).get(VARIABLE, "").strip()
    if file is None:
        return (parse_key(given, VARIABLE) if given else None), ()
    kept_apart(file, "the key", study)
    text, notes = _key_text(file)
    key = parse_key(text, file.name)
    if given and parse_key(given, VARIABLE) != key:
        what = f"two keys are given, and they differ: this file and {VARIABLE}"
        raise DataError(Problem(what, "Give one of them.", file.name))
    return key, notes


def parse_key(text: str, where: str) -> bytes:
    """A key out of its text: hexadecimal or base64, at least 32 bytes, and not to be guessed.

    Raises
    ------
    DataError
        When it is something else; the message never shows it.

    Examples
    --------
    >>> parse_key("3f1c9be07d24a855c6f1e2730b984d6f", "key")
    Traceback (most recent call last):
    rmstudy.errors.DataError: key: the key has fewer than 32 bytes. `rmstudy key FILE` writes a good one.
    """
    key = _decoded(text.strip())
    if key is None:
        what = "not a key: it is neither hexadecimal nor base64"
    elif len(key) < BYTES:
        what = f"the key has fewer than {BYTES} bytes"
    elif _weak(text.strip(), key):
        what = "the key is weak: it could be guessed"
    else:
        return key
    raise DataError(Problem(what, _WRITE, where))


def kept_apart(path: Path, name: str, study: Path | None = None) -> None:
    """Refuse a file that tells who is who inside a study or a git work tree, also behind a link.

    Parameters
    ----------
    path : Path
        The file; it need not be there yet.
    name : str
        What it is, for the message.
    study : Path, optional
        The study at hand; other studies are known by their ``study.yml``.

    Raises
    ------
    DataError
        When it lies, or points, inside one.
    """
    within = study.resolve() if study is not None else None
    ways = (Path(os.path.normpath(path.absolute())), path.resolve())  # where it is named, and where it is
    for folder in dict.fromkeys(parent for way in ways for parent in way.parents):
        if folder.resolve() == within or (folder / "study.yml").exists():
            what = f"{name} lies inside the study"
        elif (folder / ".git").exists():
            what = f"{name} lies inside a git work tree"
        else:
            continue
        raise DataError(Problem(what, "Keep it outside: it tells who is who.", path.name))


def fingerprint(key: bytes) -> str:
    """Eight digits that tell two keys apart and give neither away.

    Examples
    --------
    >>> fingerprint(bytes(range(32)))
    '5eeac1b9'
    """
    return hmac.new(key, b"rmstudy fingerprint of the key 1", hashlib.sha256).hexdigest()[:8]


def same_key(key: bytes, log: pd.DataFrame | None) -> bool:
    """Whether the decision log knows the key already; another key than the study's is refused.

    Parameters
    ----------
    key : bytes
        The key.
    log : DataFrame or None
        The study's ``decision_log``.

    Returns
    -------
    bool
        False where no key was used in this study before: a row with the rule ``key`` is to be added.

    Raises
    ------
    DataError
        When the study's pseudonyms were made with another key.

    Examples
    --------
    >>> log = pd.DataFrame({"rule": ["key"], "after": ["00000000"]})
    >>> same_key(bytes(range(32)), log)
    Traceback (most recent call last):
    rmstudy.errors.DataError: decision_log.csv: this study's pseudonyms were made with another key. Take the key ...
    """
    if log is None or not {"rule", "after"} <= set(log.columns):
        return False
    before = log.loc[log["rule"] == RULE, "after"].dropna()
    if before.empty:
        return False
    if fingerprint(key) not in set(before):
        what = "this study's pseudonyms were made with another key"
        step = "Take the key of the first import: another one would make a stranger of everybody."
        raise DataError(Problem(what, step, "decision_log.csv"))
    return True


def _key_text(file: Path) -> tuple[str, tuple[Problem, ...]]:
    """What a key file holds, when only its owner may read it."""
    try:
        about = file.stat()
        if not stat.S_ISREG(about.st_mode) or about.st_size > _LONGEST:
            raise DataError(Problem("not a key file", _WRITE, file.name))
        if not _windows() and stat.S_IMODE(about.st_mode) & 0o177:
            mode = oct(stat.S_IMODE(about.st_mode)).removeprefix("0o")
            what = f"others than you may read or change the key (mode {mode})"
            raise DataError(Problem(what, f"chmod 600 {file.name}", file.name))
        text = file.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        what = f"the key cannot be read ({getattr(error, 'strerror', None) or 'not a key'})"
        raise DataError(Problem(what, _WRITE, file.name)) from None
    if not _windows():
        return text, ()
    what = "who may read the key cannot be checked on Windows"
    step = "See under Properties, Security that it is you alone."
    return text, (Problem(what, step, file.name, severity="to know"),)


def _windows() -> bool:
    """Whether files have no modes here."""
    return os.name == "nt"


def _decoded(text: str) -> bytes | None:
    """The bytes of a text in hexadecimal or base64 (also of the kind for addresses)."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        pass
    try:
        plain = text.replace("-", "+").replace("_", "/")
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def _weak(text: str, key: bytes) -> bool:
    """Whether a key cannot come from chance: few different bytes, steps of one size, or words."""
    few = len(set(key)) < BYTES // 2
    steps = {(later - sooner) % 256 for sooner, later in pairwise(key)}
    words = all(32 <= one < 127 for one in key)
    letters = not all(one in "0123456789abcdefABCDEF" for one in text) and (
        text == text.lower() or text == text.upper()
    )
    return few or len(steps) < BYTES // 4 or words or letters
