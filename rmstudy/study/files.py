"""Files written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from rmstudy.errors import RmstudyError


def write_files(folder: Path, written: Mapping[str, str | bytes]) -> tuple[Path, ...]:
    """Write whole files: all are finished under other names before the first takes its place.

    Parameters
    ----------
    folder : Path
        Folder to write into; it is made when it is not there.
    written : mapping of str to str or bytes
        File names with their contents; text becomes UTF-8 with plain line ends.

    Returns
    -------
    tuple of Path
        The files.

    Raises
    ------
    RmstudyError
        When the folder or a file cannot be written; what was there before stays as it was.
    """
    finished: dict[Path, Path] = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in written.items():
            handle, temporary = tempfile.mkstemp(dir=folder, prefix=f".{name}.")
            finished[folder / name] = Path(temporary)
            with os.fdopen(handle, "wb") as file:
                file.write(content.encode("utf-8") if isinstance(content, str) else content)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).chmod(0o644)
        for target, temporary_file in finished.items():
            temporary_file.replace(target)
    except OSError as error:
        what = f"{error.filename or folder}: cannot be written ({error.strerror or error})"
        raise RmstudyError(f"{what}. Choose another folder.") from error
    finally:
        for temporary_file in finished.values():
            with contextlib.suppress(FileNotFoundError):
                temporary_file.unlink()
    return tuple(finished)
