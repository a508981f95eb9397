"""What a workbook is before it is opened: a sound archive of a bearable size, without tricks."""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import Path
from typing import Final
from xml.parsers import expat

from rmstudy.errors import DataError, Problem
from rmstudy.readers.files.text import contents, shown

PARTS: Final = 5_000
UNPACKED: Final = 200_000_000  # bytes of all parts together
RATIO: Final = 200  # times that a large part may be larger than it is packed
SMALL: Final = 1_000_000
UNREADABLE: Final = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    LookupError,  # also an encoding that nobody knows
)
STRICT: Final = b"purl.oclc.org/ooxml"
_SAVE: Final = "Open it in Excel or LibreOffice and save it as .xlsx."


def sound_archive(path: Path) -> zipfile.ZipFile:
    """Open the archive of a workbook after its list of parts was looked at.

    Parameters
    ----------
    path : Path
        A ``.xlsx`` file.

    Raises
    ------
    DataError
        When it is another kind of file, encrypted, damaged, or would unpack to more than is bearable.

    Examples
    --------
    >>> sound_archive(Path("staff.xlsx"))
    Traceback (most recent call last):
    rmstudy.errors.DataError: staff.xlsx: the file is not there. Say where it is.
    """
    raw, file = contents(path), shown(path)
    if raw.startswith(b"\xd0\xcf\x11\xe0"):
        encrypted = "EncryptedPackage".encode("utf-16-le") in raw
        what = "the workbook is encrypted" if encrypted else "an old workbook of Excel (.xls)"
        next_step = "Save it without a password." if encrypted else _SAVE
        raise DataError(Problem(what, next_step, file))
    if not raw.startswith(b"PK"):
        raise DataError(Problem("not a workbook (.xlsx)", "Export it again.", file))
    try:
        archive = zipfile.ZipFile(io.BytesIO(raw))
        problem = _suspicious(archive, file, len(raw))
        if problem is None:
            for info in archive.infolist():
                if info.filename.endswith((".xml", ".rels")):
                    _refuse_entities(archive, info, file)
            problem = _strict(archive, file)
    except UNREADABLE as error:
        raise damaged(file, error) from None
    if problem is not None:
        raise DataError(problem)
    return archive


def damaged(file: str, error: Exception) -> DataError:
    """The sentence for a workbook that cannot be read, whatever the package says."""
    what = f"the workbook is damaged or cut off ({type(error).__name__})"
    return DataError(Problem(what, f"Export it again. {_SAVE}", file))


def _suspicious(archive: zipfile.ZipFile, file: str, packed: int) -> Problem | None:
    """Why an archive is not opened, from its list of parts alone."""
    parts = archive.infolist()
    names = {info.filename for info in parts}
    unpacked = sum(info.file_size for info in parts)
    if len(parts) > PARTS or len(names) != len(parts):
        return Problem(f"the archive has too many parts ({len(parts)})", _SAVE, file)
    if any(info.flag_bits & 1 for info in parts):
        return Problem("the workbook is encrypted", "Save it without a password.", file)
    if any(info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for info in parts):
        return Problem("the archive is packed in an unusual way", _SAVE, file)
    # every part again: parts that share their bytes make a large file of a small one
    swollen = any(
        info.file_size > SMALL and info.file_size > RATIO * max(1, info.compress_size) for info in parts
    )
    if unpacked > UNPACKED or swollen or (unpacked > SMALL and unpacked > RATIO * packed):
        what = f"the archive would unpack to {max(1, unpacked // 1_000_000)} MB from {packed // 1000} kB"
        return Problem(what, "Do not open it, unless you know where it comes from.", file)
    if any(name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") for name in names):
        return Problem("the archive has parts that point outside it", "Do not open it.", file)
    if "xl/workbook.bin" in names:
        return Problem("a binary workbook (.xlsb)", _SAVE, file)
    if "mimetype" in names:
        return Problem("an OpenDocument file", _SAVE, file)
    if not any(name.endswith("workbook.xml") for name in names):
        return Problem("an archive, but no workbook of Excel", "Take the file as it was exported.", file)
    return None


def _refuse_entities(archive: zipfile.ZipFile, info: zipfile.ZipInfo, file: str) -> None:
    """Refuse parts that declare a document type: entities are made with it, and workbooks have none."""
    found: list[str] = []
    begun: list[str] = []
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = lambda *_: found.append(info.filename)
    parser.StartElementHandler = lambda *_: begun.append(info.filename)
    with archive.open(info) as part:
        while not found and not begun and (chunk := part.read(4096)):
            try:
                parser.Parse(chunk)
            except expat.ExpatError:
                return  # not to be read at all: said when it is needed
    if found:
        what = "a part of the workbook declares entities of its own"
        raise DataError(Problem(what, "Do not open it, unless you know where it comes from.", file))


def _strict(archive: zipfile.ZipFile, file: str) -> Problem | None:
    """The strict kind of workbook, whose cells would all seem empty."""
    name = next(one for one in archive.namelist() if one.endswith("workbook.xml"))
    with archive.open(name) as part:
        if STRICT in part.read(4096):
            next_step = "Save it as Excel workbook (.xlsx), not as Strict Open XML."
            return Problem("a workbook of the strict kind", next_step, file)
    return None
