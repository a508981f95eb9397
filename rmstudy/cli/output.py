"""Tables, pictures and texts of a command into a folder."""

from __future__ import annotations

import re
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

from rmstudy.study.files import write_files
from rmstudy.wording import say

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

MANY: Final = 20  # more files than that are counted, not listed
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_NUMBER: Final = re.compile(r"[+-]?\d+([.,]\d+)*%?")


def write_out(
    folder: Path,
    *,
    tables: Mapping[str, pd.DataFrame] | None = None,
    pictures: Mapping[str, Axes] | None = None,
    texts: Mapping[str, str | bytes] | None = None,
    lang: str = "en",
) -> None:
    """Write what a command made, all of it or nothing, and say where it is.

    Parameters
    ----------
    folder : Path
        Folder to write into.
    tables : mapping of str to DataFrame
        Tables by name, written as ``NAME.csv`` without their index.
    pictures : mapping of str to Axes
        Pictures by name, written as ``NAME.png`` and closed.
    texts : mapping of str to str or bytes
        Other files by their whole name.
    lang : {'en', 'it'}
        Language of what is said.
    """
    written: dict[str, str | bytes] = {
        f"{name}.csv": inert(table).to_csv(index=False, lineterminator="\n")
        for name, table in (tables or {}).items()
    }
    written |= {f"{name}.png": _png(ax) for name, ax in (pictures or {}).items()}
    written |= dict(texts or {})
    paths = write_files(folder, written)
    if len(paths) > MANY:
        typer.echo(say("written: {n:count} files into {path}", lang, n=len(paths), path=str(folder)))
        return
    for path in paths:
        typer.echo(say("written: {path}", lang, path=str(path)))


def inert(table: pd.DataFrame) -> pd.DataFrame:
    """A table none of whose texts a spreadsheet would take for a formula: such a text gets an apostrophe in front."""
    texts = [name for name, kind in table.dtypes.items() if kind == "object" or kind == "str"]
    return table.assign(**{str(name): table[name].map(_inert) for name in texts})


def _inert(value: object) -> object:
    """A text that begins like a formula, made plain; numbers stay numbers."""
    begins = isinstance(value, str) and value.lstrip(" ")[:1] in _FORMULA and value.strip(" ") != ""
    return f"'{value}" if begins and not _NUMBER.fullmatch(str(value)) else value


def _png(ax: Axes) -> bytes:
    """A picture as bytes, the same for the same picture."""
    from rmstudy.plots import close

    file = BytesIO()
    # the file says nothing about the program that drew it, so that the same picture has the same bytes
    ax.figure.savefig(file, format="png", metadata={"Software": None})  # type: ignore[union-attr]
    close(ax)
    return file.getvalue()
