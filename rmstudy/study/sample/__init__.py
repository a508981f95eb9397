"""The sample studies: generated from a seed with known true effects, and one real study.

``python -m rmstudy.study.sample`` writes all of them again, byte for byte. Each folder has a
``codebook.yml`` with what its columns mean, counts that any reading must find again, and the true
effects. The plans are written by hand and stand in ``plans/``.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rmstudy.errors import DataError, Problem, nearest
from rmstudy.study.files import write_files
from rmstudy.study.sample.writing import Contents, as_files

if TYPE_CHECKING:
    from rmstudy.study.study import Study

_GENERATORS: Final = {
    "digital-skills": "digital_skills.contents",
    "no-comparison": "small_programmes.sixteen_pairs",
    "picked-the-weakest": "picked_the_weakest.contents",
    "eight-pairs": "small_programmes.eight_pairs",
    "national-supported-work": "national_supported_work.contents",
}
NAMES: Final = tuple(_GENERATORS)
_PACKAGE: Final = Path(__file__).parents[2]
REPOSITORY_FOLDER: Final = _PACKAGE.parent / "data" / "sample"
_INSTALLED_FOLDER: Final = _PACKAGE / "_files" / "sample"
FOLDERS: Final = (REPOSITORY_FOLDER, _INSTALLED_FOLDER)


def load_sample(name: str) -> Study:
    """Load one of the sample studies.

    Parameters
    ----------
    name : str
        One of ``digital-skills``, ``no-comparison``, ``picked-the-weakest``, ``eight-pairs`` and
        ``national-supported-work``.

    Returns
    -------
    Study
        The same as `rmstudy.load_study` gives for the sample's folder.

    Raises
    ------
    DataError
        When there is no sample of this name.

    Examples
    --------
    >>> import rmstudy as rm
    >>> rm.load_sample("eight-pairs").plan.programme.seats
    8
    >>> rm.load_sample("digital-skill")
    Traceback (most recent call last):
        ...
    rmstudy.errors.DataError: value 'digital-skill': no such sample study. Did you mean 'digital-skills'?
    """
    from rmstudy.study.load import load_study

    if name not in NAMES:
        raise DataError(Problem("no such sample study", nearest(name, NAMES), value=name))
    folders = [folder / name for folder in FOLDERS]
    there = [folder for folder in folders if (folder / "study.yml").is_file()]
    if not there:
        what = f"the files of the sample study {name} are missing"
        raise DataError(Problem(what, "Write them: python -m rmstudy.study.sample."))
    return load_study(there[0])


def build(name: str) -> dict[str, str]:
    """Make the files of a sample study in memory.

    Parameters
    ----------
    name : str
        One of `NAMES`.

    Returns
    -------
    dict of str to str
        File name and text, the same on every machine.

    Raises
    ------
    DataError
        When there is no sample of this name, or the source of the real study is not installed.

    Examples
    --------
    >>> sorted(build("eight-pairs"))
    ['codebook.yml', 'pairs.csv', 'participants.csv', 'responses.csv', 'study.yml']
    """
    if name not in NAMES:
        raise DataError(Problem("no such sample study", nearest(name, NAMES), value=name))
    module, function = _GENERATORS[name].split(".")
    make: Callable[[], Contents] = getattr(import_module(f"{__name__}.{module}"), function)
    return as_files(name, make())


def write(folder: Path = REPOSITORY_FOLDER) -> list[Path]:
    """Write every sample study into a folder of its own.

    Parameters
    ----------
    folder : Path
        Where to; the repository's ``data/sample`` unless said.

    Returns
    -------
    list of Path
        The study folders.
    """
    # everything is made before anything is written
    studies = {name: build(name) for name in NAMES}
    for name, written in studies.items():
        write_files(folder / name, written)
    return [folder / name for name in NAMES]
