"""A study into the client's page: the file is written whole or not at all."""

from __future__ import annotations

import os
import re
import shutil
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from rmstudy.errors import PlanError, Problem, RmstudyError
from rmstudy.report.hub import to_markdown
from rmstudy.report.pages import to_html
from rmstudy.report.running import execute
from rmstudy.study.load import load_study
from rmstudy.study.plan import Plan
from rmstudy.study.study import Study
from rmstudy.wording import LANGUAGES, choose, say

BRAND: Final = "#0B4F6C"
ACCENT: Final = "#E69F00"
NEEDED: Final = ("ipykernel", "nbclient", "nbformat", "pypandoc")


PICTURES: Final = (".png", ".jpg", ".jpeg", ".svg", ".gif", ".webp")


def write(
    study: Study | str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    lang: str | None = None,
    notebook: str | os.PathLike[str] | None = None,
) -> Path:
    """Write the client's page of a study, in one language.

    The page of the plan's first language is ``report.html``; that of another language says so in its
    name (``report-it.html``), so that one call a language puts them side by side.

    Parameters
    ----------
    study : Study or path
        A loaded study or its folder. The page is made from the folder.
    out : path
        Folder to write into; it is made when it is not there.
    lang : {'en', 'it'}, optional
        Language of the page; the first of the plan's languages when left out.
    notebook : path, optional
        A notebook of your own in place of ``reports/report.ipynb``, with the same parameters.

    Returns
    -------
    Path
        The page: one file with everything in it, the same bytes for the same study.

    Raises
    ------
    RmstudyError
        When the optional packages are missing, or the notebook fails; nothing is written then.

    Examples
    --------
    >>> import rmstudy as rm
    >>> page = rm.report.write(rm.load_sample("digital-skills"), "out", lang="it")  # doctest: +SKIP
    >>> page.name  # doctest: +SKIP
    'report-it.html'
    """
    _require_extra()
    loaded = study if isinstance(study, Study) else load_study(study)
    first = loaded.plan.report.languages[0]
    lang = first if lang is None else lang
    if lang not in LANGUAGES:
        raise RmstudyError(f"There is no report in {lang!r}. Languages: {', '.join(LANGUAGES)}.")
    target = Path(out) / ("report.html" if lang == first else f"report-{lang}.html")
    source = Path(notebook) if notebook is not None else template()
    with TemporaryDirectory(prefix="rmstudy-report-") as made:
        work = Path(made)
        words = page_words(loaded.plan, lang) | _logo(loaded, work)
        executed = execute(source.resolve(), {"study": str(loaded.path.resolve()), "lang": lang})
        page = to_html(to_markdown(executed, work, lang=lang), words=words)
    _make_folder(target.parent)
    _replace(target, page)
    return target


def template() -> Path:
    """The report's notebook: that of the repository, or the copy that comes with the package."""
    repository = Path(__file__).parents[2] / "reports" / "report.ipynb"
    if repository.is_file():
        return repository
    return Path(str(files("rmstudy").joinpath("_files/report.ipynb")))


def page_words(plan: Plan, lang: str) -> dict[str, str]:
    """What the page's template says besides the notebook."""
    programme, report = plan.programme, plan.report
    period = ""
    if programme.start and programme.end:
        period = say("{start:date} to {end:date}", lang, start=programme.start, end=programme.end)
    brand = _colour(plan, "brand", BRAND)
    return {
        "lang": lang,
        "title": choose(programme.name, lang),
        "kind": say("Evaluation report", lang),
        "client": choose(report.client, lang) if report.client else "",
        "period": period,
        "confidentiality": choose(report.confidentiality, lang) if report.confidentiality else "",
        "contents": say("Contents", lang),
        "skip": say("Skip to the answer", lang),
        "brand": brand,
        "on-brand": _readable_on(brand),
        "accent": _colour(plan, "accent", ACCENT),
    }


def _require_extra() -> None:
    """Refuse with the install line when the report's packages are missing."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise RmstudyError(
            f"The report needs {', '.join(missing)}. Install it: python -m pip install 'rmstudy[report]'"
        )


def _colour(plan: Plan, name: str, default: str) -> str:
    """A colour of the plan; anything but six digits is refused, because it goes into the page's style."""
    value = plan.report.colours.get(name, default)
    if not re.fullmatch(r"#[0-9A-Fa-f]{6}", value):
        step = f"Write it as six hexadecimal digits, such as {default!r}."
        raise PlanError(
            Problem("not a colour", step, "study.yml", column=f"report.colours.{name}", value=value)
        )
    return value


def _readable_on(colour: str) -> str:
    """Black or white, whichever is read better on a colour (relative luminance of WCAG 2.2).

    Examples
    --------
    >>> _readable_on("#0B4F6C"), _readable_on("#FFE08A")
    ('#ffffff', '#111111')
    """
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#ffffff" if luminance < 0.18 else "#111111"


def _logo(study: Study, work: Path) -> dict[str, str]:
    """Copy the client's logo beside the text, under a name that says nothing about this machine."""
    given = study.plan.report.logo
    if given is None:
        return {}
    folder, source = study.path.resolve(), (study.path / given).resolve()
    what = ""
    if not source.is_relative_to(folder):
        what = "the logo is outside the study's folder"
    elif source.suffix.lower() not in PICTURES:
        what = "not a picture"
    elif not source.is_file():
        what = "there is no such file"
    if what:
        step = f"Put the picture into the study's folder ({', '.join(PICTURES)}), or take the key out."
        raise PlanError(Problem(what, step, "study.yml", column="report.logo", value=given))
    try:
        shutil.copyfile(source, work / f"logo{source.suffix}")
    except OSError as error:
        raise RmstudyError(f"{given}: the logo cannot be read ({error.strerror}).") from error
    return {"logo": f"logo{source.suffix}"}


def _make_folder(folder: Path) -> None:
    """Make the folder to write into."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RmstudyError(
            f"{folder}: the folder cannot be made ({error.strerror}). Choose another."
        ) from error


def _replace(target: Path, content: str) -> None:
    """Put the whole file in place at once."""
    partial = target.with_name(f".{target.name}.partial")
    try:
        partial.write_text(content, encoding="utf-8", newline="\n")
        partial.replace(target)
    except OSError as error:
        raise RmstudyError(
            f"{target}: cannot be written ({error.strerror}). Choose another folder."
        ) from error
    finally:
        partial.unlink(missing_ok=True)
