"""A study into the client's report and its annex: all files are written whole, at the end, or none is."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any, Final, Literal, get_args

from rmstudy.errors import RmstudyError
from rmstudy.report import provenance
from rmstudy.report.cover import cover_words, epoch, place_logo
from rmstudy.report.hub import to_markdown
from rmstudy.report.open_points import open_points
from rmstudy.report.pages import to_html
from rmstudy.report.paper import to_pdf
from rmstudy.report.running import execute
from rmstudy.report.word import to_docx
from rmstudy.study.files import write_files
from rmstudy.study.load import load_study
from rmstudy.study.study import Study
from rmstudy.wording import LANGUAGES

Format = Literal["html", "pdf", "docx"]
FORMATS: Final[tuple[str, ...]] = get_args(Format)
DOCUMENTS: Final = {"report": "Evaluation report", "annex": "Technical annex"}
NEEDED: Final = {"ipykernel": "", "nbclient": "", "nbformat": "", "pypandoc": "", "typst": "pdf"}
Progress = Callable[[int, int, str], None]


def write(
    study: Study | str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    formats: Sequence[Format] = ("html",),
    languages: Sequence[str] | None = None,
    template: str | os.PathLike[str] | None = None,
    reference_doc: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
) -> tuple[Path, ...]:
    """Write the client's report of a study, and the technical annex beside it.

    The report of the plan's first language is ``report.html``, that of the other one says so in its name
    (``report-it.html``); the annex is ``annex.html``, and other formats end in ``.pdf`` and ``.docx``.
    ``provenance.json`` has the clock and the versions, which the documents have not.

    Parameters
    ----------
    study : Study or path
        A loaded study or its folder. The report is made from the folder.
    out : path
        Folder to write into; it is made when it is not there.
    formats : sequence of {'html', 'pdf', 'docx'}
        Which files to write.
    languages : sequence of {'en', 'it'}, optional
        In which languages; the first of the plan's when left out.
    template : path, optional
        A notebook of your own in place of ``reports/report.ipynb``, with the same parameters.
    reference_doc : path, optional
        A client's Word document, whose styles and page the DOCX takes.
    progress : callable, optional
        Called with the steps done, all steps, and the file that a step is for.

    Returns
    -------
    tuple of Path
        The files, the same bytes for the same study but for ``provenance.json``.

    Raises
    ------
    RmstudyError
        When the optional packages are missing, a notebook fails, or a format refuses the text; nothing is
        written then.

    Examples
    --------
    >>> import rmstudy as rm
    >>> made = rm.report.write(
    ...     rm.load_sample("digital-skills"), "out", formats=("html", "pdf"), languages=("it",)
    ... )  # doctest: +SKIP
    >>> [path.name for path in made]  # doctest: +SKIP
    ['report-it.html', 'report-it.pdf', 'annex-it.html', 'annex-it.pdf', 'provenance.json']
    """
    chosen = tuple(dict.fromkeys(formats))
    _known(chosen, FORMATS, "format")
    _require_extra(chosen)
    loaded = study if isinstance(study, Study) else load_study(study)
    first = loaded.plan.report.languages[0]
    wanted = (first,) if languages is None else tuple(dict.fromkeys(languages))
    _known(wanted, LANGUAGES, "language")
    reference = Path(reference_doc) if reference_doc is not None else None
    if reference is not None and "docx" not in chosen:
        raise RmstudyError("reference_doc is for Word documents only. Add 'docx' to the formats.")
    sources = {name: own_template(name) for name in DOCUMENTS}
    if template is not None:
        sources["report"] = Path(template)
    stems = {(name, lang): name if lang == first else f"{name}-{lang}" for lang in wanted for name in sources}
    told = _Told(progress, len(stems) * (1 + len(chosen)))
    written: dict[str, str | bytes] = {}
    # each document has a kernel, a folder and a pandoc of its own, so that they can be made side by side
    with ThreadPoolExecutor(max_workers=min(len(stems), os.cpu_count() or 1)) as pool:
        made = [
            pool.submit(_document, loaded, (name, stem, sources[name]), lang, chosen, reference, told)
            for (name, lang), stem in stems.items()
        ]
        try:
            for one in made:
                written |= one.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    written[provenance.NAME] = provenance.provenance(
        loaded,
        written,
        templates={name: source.read_bytes() for name, source in sources.items()},
        open_points=open_points(loaded.plan, wanted),
    )
    return write_files(Path(out), written)


class _Told:
    """Steps that are done, told one at a time from whichever thread."""

    def __init__(self, progress: Progress | None, steps: int) -> None:
        self.progress, self.steps, self.done, self.lock = progress, steps, 0, Lock()

    def __call__(self, file: str) -> None:
        with self.lock:
            self.done += 1
            if self.progress is not None:
                self.progress(self.done, self.steps, file)


def _document(
    study: Study,
    document: tuple[str, str, Path],
    lang: str,
    formats: Sequence[str],
    reference: Path | None,
    told: _Told,
) -> dict[str, str | bytes]:
    """One document in one language: first its notebook (which is not written), then a file a format."""
    name, stem, source = document
    written: dict[str, str | bytes] = {}
    with TemporaryDirectory(prefix="rmstudy-report-") as made:
        work = Path(made)
        words: dict[str, Any] = cover_words(study, lang, kind=DOCUMENTS[name]) | place_logo(study, work, lang)
        clock = epoch(study)
        executed = execute(source.resolve(), {"study": str(study.path.resolve()), "lang": lang})
        markdown = to_markdown(executed, work, lang=lang)
        told(f"{stem}.ipynb")
        for one in formats:
            if one == "html":
                written[f"{stem}.html"] = to_html(markdown, words=words)
            elif one == "pdf":
                written[f"{stem}.pdf"] = to_pdf(markdown, words=words, epoch=clock)
            else:
                written[f"{stem}.docx"] = to_docx(markdown, words=words, epoch=clock, reference=reference)
            told(f"{stem}.{one}")
    return written


def own_template(name: str = "report") -> Path:
    """A document's notebook: that of the repository, or the copy that comes with the package."""
    repository = Path(__file__).parents[2] / "reports" / f"{name}.ipynb"
    if repository.is_file():
        return repository
    return Path(str(files("rmstudy").joinpath(f"_files/{name}.ipynb")))


def _known(given: Sequence[str], known: Sequence[str], kind: str) -> None:
    """Refuse a format or a language there is no report in."""
    wrong = [one for one in given if one not in known]
    if wrong or not given:
        found = ", ".join(map(repr, wrong)) or "nothing"
        raise RmstudyError(f"There is no report in {found}. Each {kind} is one of: {', '.join(known)}.")


def _require_extra(formats: Sequence[str]) -> None:
    """Refuse with the install line when the report's packages are missing."""
    missing = [
        name for name, only in NEEDED.items() if (not only or only in formats) and find_spec(name) is None
    ]
    if missing:
        raise RmstudyError(
            f"The report needs {', '.join(missing)}. Install it: python -m pip install 'rmstudy[report]'"
        )
