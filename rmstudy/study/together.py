"""Several files of a folder changed together: all of them, or none, even when the computer stops half-way.

The new files are finished in a hidden folder. Renaming that folder is the moment at which the change holds:
before it, nothing has changed; after it, whoever reads the study next finishes what was begun.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rmstudy.errors import RmstudyError

if TYPE_CHECKING:
    import pandas as pd

DECIDED: Final = ".rmstudy-written"
BEGUN: Final = ".rmstudy-writing-"


def write_together(folder: Path, written: Mapping[str, bytes]) -> tuple[Path, ...]:
    """Replace several files of a folder: all, or none.

    Parameters
    ----------
    folder : Path
        A folder that is there.
    written : mapping of str to bytes
        File names with their new contents.

    Returns
    -------
    tuple of Path
        The files.

    Raises
    ------
    RmstudyError
        When something cannot be written; then everything is as it was.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as home:
    ...     [path.name for path in write_together(Path(home), {"a.csv": b"x"})]
    ['a.csv']
    """
    finish_writing(folder)
    for left in folder.glob(f"{BEGUN}*"):  # a writer that was stopped: what it holds was never decided
        shutil.rmtree(left, ignore_errors=True)
    begun: Path | None = None
    try:
        begun = Path(tempfile.mkdtemp(dir=folder, prefix=BEGUN))
        for name, content in written.items():
            with (begun / name).open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            (begun / name).chmod(_mode(folder / name))
        begun.rename(folder / DECIDED)
    except OSError as error:
        what = f"{error.filename or folder}: cannot be written ({error.strerror or error})"
        raise RmstudyError(f"{what}. Nothing was changed.") from error
    finally:
        if begun is not None:
            with contextlib.suppress(OSError):
                shutil.rmtree(begun)
    finish_writing(folder)
    return tuple(folder / name for name in written)


def write_tables(folder: Path, tables: Mapping[str, pd.DataFrame]) -> tuple[Path, ...]:
    """Write whole tables of a study: all, or none.

    Parameters
    ----------
    folder : Path
        The study.
    tables : mapping of str to DataFrame
        Tables by name.

    Returns
    -------
    tuple of Path
        The files.

    Examples
    --------
    >>> import pandas as pd
    >>> with tempfile.TemporaryDirectory() as home:
    ...     write_tables(Path(home), {"pairs": pd.DataFrame({"pair_id": ["p1"]})})[0].name
    'pairs.csv'
    """
    texts = {f"{name}.csv": table.to_csv(index=False, lineterminator="\n") for name, table in tables.items()}
    return write_together(folder, {name: text.encode() for name, text in texts.items()})


def finish_writing(folder: Path) -> None:
    """Finish a change of several files that was decided; one that was only begun is nothing.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as home:
    ...     finish_writing(Path(home))
    """
    decided = folder / DECIDED
    if not decided.is_dir():
        return
    try:
        for path in sorted(decided.iterdir()):
            path.replace(folder / path.name)
        decided.rmdir()
    except OSError as error:
        what = f"{error.filename or decided}: a change that was begun cannot be finished"
        raise RmstudyError(f"{what} ({error.strerror or error}). Make the folder writable.") from error


def _mode(path: Path) -> int:
    """The rights of the file that is replaced, or those of a new one."""
    return path.stat().st_mode & 0o777 if path.exists() else 0o644
