"""What must not be handed out: persons, addresses and small groups in notebooks, pages and tables.

A scan reads what people would read. Of a notebook that is its outputs, of a page its words; code and
pictures are left alone. It finds what has a form: known pseudonyms, e-mail addresses, telephone numbers,
and small numbers in columns or sentences that count people. A name has no form, and a scan finds none.
"""

from __future__ import annotations

import csv
import json
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

from rmstudy.errors import DataError, Problem
from rmstudy.study.reading import read_table
from rmstudy.study.sample import FOLDERS

SUFFIXES: Final = (".ipynb", ".html", ".htm", ".md", ".txt", ".csv", ".json", ".svg", ".docx")
UNREAD: Final = (".pdf", ".pptx", ".xlsx", ".parquet")

_EMAIL: Final = re.compile(r"[\w.+-]+@([\w-]+\.)+[A-Za-z]{2,}")
# Domains that belong to nobody (RFC 2606).
_NOBODY: Final = re.compile(r"@([\w-]+\.)*(example|test|invalid|localhost)(\.(com|org|net))?$")
# A country code, or a leading zero and a long group, or five pairs: bare digits are numbers, not telephones.
_TELEPHONE: Final = re.compile(
    r"(?<![\w.,:/+-])(?:\+\d{1,3}[ ./-]?\(?\d[\d ()/-]{5,16}\d"
    r"|\(?0\d{1,4}\)?[ /-]?\d{4,9}(?:[ /-]\d{2,5}){0,2}|0\d(?:[ .]\d\d){4})(?!\w|[.,:]\d)"
)
_PEOPLE: Final = re.compile(
    r"^(n|people|persons|count|size|group size|people counted|persone|partecipanti|conteggio|numerosità)$",
    re.IGNORECASE,
)
_SENTENCE: Final = re.compile(
    r"(?<![\d.,+−–-])(?<!fewer than )(?<!meno di )(?<!least )(?<!almeno )\b"
    r"(\d{1,2}) (?:people|persons|persone|partecipanti)\b"
)
_DATA_URI: Final = re.compile(r"data:[\w/+.-]+;base64,[A-Za-z0-9+/=]+")
_WORD: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


# A file inside a Word document larger than this is not read: it could be made to fill the memory.
_LARGEST: Final = 50_000_000


@dataclass(frozen=True, slots=True)
class _Page:
    """What a person reads in one place: a line or a cell, its words, and its tables as rows of cells."""

    place: int | None
    words: str
    tables: tuple[list[list[str]], ...] = ()


def scan(path: Path, *, studies: Iterable[Path] = (), minimum: int = 5) -> tuple[Problem, ...]:
    """Look for persons, addresses and small groups in what would be handed out.

    Parameters
    ----------
    path : Path
        A file, or a folder that is looked through with all that is in it.
    studies : iterable of Path
        Study folders whose pseudonyms must not appear. Those under `path` are known by themselves; the
        pseudonyms of the samples that come with the package are nobody's, and allowed.
    minimum : int
        Fewest people that may be shown.

    Returns
    -------
    tuple of Problem
        What was found, *refused*; and files that cannot be read, *to know*.

    Raises
    ------
    DataError
        When there is no such file or folder.

    Notes
    -----
    Reads notebooks (outputs only), HTML, Markdown, text, CSV, JSON, SVG and Word. A number counts as people
    when its column says so (``n``, ``people`` and the like) or the word stands behind it. Finding nothing
    does not prove that there is nothing: names and free text have no form that could be looked for.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     page = Path(folder, "page.md")
    ...     _ = page.write_text("Write to maria.rossi@company.eu, one of 3 people.")
    ...     for problem in scan(page):
    ...         print(problem.what)
    an e-mail address
    a group of fewer than 5 people
    """
    if not path.exists():
        raise DataError(
            Problem("there is no such file or folder", "Give a notebook, a report or a folder.", str(path))
        )
    files = sorted(file for file in path.rglob("*") if _seen(file, path)) if path.is_dir() else [path]
    inside = [file.parent for file in files if file.name in ("participants.csv", "participants.parquet")]
    people = _pseudonyms([*studies, *inside])
    tables = set(inside)
    problems: list[Problem] = []
    for file in files:
        name = str(file.relative_to(path)) if path.is_dir() else file.name
        if file.suffix.lower() in UNREAD and file.parent not in tables:
            problems.append(
                Problem("not read", "Scan the HTML or Word file made with it.", name, severity="to know")
            )
        elif file.suffix.lower() in SUFFIXES and not (file.parent in tables and file.suffix == ".csv"):
            problems += _found(file, name, people, minimum)
    return tuple(dict.fromkeys(problems))


def _seen(file: Path, top: Path) -> bool:
    """Whether a file takes part: no hidden folder, nothing installed."""
    parts = file.relative_to(top).parts
    return file.is_file() and not any(part.startswith(".") or part == "node_modules" for part in parts)


def _pseudonyms(folders: Iterable[Path]) -> frozenset[str]:
    """Pseudonyms of all people in some studies, without those of the samples."""
    found: set[str] = set()
    for folder in folders:
        for file in (folder / "participants.csv", folder / "participants.parquet"):
            if file.is_file() and not _is_sample(file):
                table = read_table(file)
                found |= set(table["person_id"].dropna()) if "person_id" in table.columns else set()
    return frozenset(found)


def _is_sample(file: Path) -> bool:
    """Whether a table of participants is that of a sample: the same bytes, not the same name."""
    content = file.read_bytes()
    return any(one.read_bytes() == content for folder in FOLDERS for one in folder.glob("*/participants.csv"))


def _found(file: Path, name: str, people: frozenset[str], minimum: int) -> Iterator[Problem]:
    """Everything found in one file."""
    try:
        pages = list(_pages(file))
    except (UnicodeDecodeError, ValueError, KeyError, OSError, zipfile.BadZipFile) as error:
        yield Problem(
            f"cannot be read ({type(error).__name__})", "Look at it yourself.", name, severity="to know"
        )
        return
    what = "cell" if file.suffix == ".ipynb" else ""
    for page in pages:
        where = f"{what} {page.place}" if what else ""
        row = None if what else page.place
        text = " ".join([page.words, *(cell for table in page.tables for line in table for cell in line)])
        text = _DATA_URI.sub(" ", text)
        for match in _EMAIL.finditer(text):
            if not _NOBODY.search(match.group()):
                yield Problem("an e-mail address", "Take it out.", name, row, where, match.group())
        for match in _TELEPHONE.finditer(text):
            if 8 <= sum(sign.isdigit() for sign in match.group()) <= 15:
                yield Problem("a telephone number", "Take it out.", name, row, where, match.group().strip())
        for person in sorted(people & set(_WORD.findall(text))):
            yield Problem("a person's pseudonym", "Show groups, never people.", name, row, where, person)
        small = [int(match.group(1)) for match in _SENTENCE.finditer(page.words)]
        small += [n for table in page.tables for n in _counts(table)]
        for n in small:
            if 0 < n < minimum:
                step = "Hide it, and what would give it away."
                yield Problem(f"a group of fewer than {minimum} people", step, name, row, where, n)


def _counts(table: list[list[str]]) -> Iterator[int]:
    """Numbers of people in a table: below a header that counts people, or beside such a word."""
    columns = [i for i, cell in enumerate(table[0]) if _PEOPLE.match(cell.strip())] if table else []
    cells = [row[i] for row in table[1:] for i in columns if i < len(row)]
    cells += [row[1] for row in table if len(row) == 2 and _PEOPLE.match(row[0].strip())]
    yield from (int(cell) for cell in map(str.strip, cells) if re.fullmatch(r"\d{1,2}", cell))


def _pages(file: Path) -> Iterator[_Page]:
    """What a file shows, place by place."""
    suffix = file.suffix.lower()
    if suffix == ".docx":
        yield _word_page(file)
        return
    text = file.read_text(encoding="utf-8-sig")
    if suffix == ".ipynb":
        yield from _notebook_pages(text)
    elif suffix in (".html", ".htm", ".svg"):
        yield _html_page(text, None)
    elif suffix == ".csv":
        rows = list(csv.reader(text.splitlines(), delimiter=max(",;\t", key=text.partition("\n")[0].count)))
        yield _Page(None, "", (rows,))
    else:
        for number, line in enumerate(text.splitlines(), start=1):
            yield _Page(number, line)
        yield _Page(None, "", tuple(_markdown_tables(text)))


def _notebook_pages(text: str) -> Iterator[_Page]:
    """Outputs of a notebook, and the words of its text cells."""
    for number, cell in enumerate(json.loads(text)["cells"], start=1):
        if cell["cell_type"] == "markdown":
            yield _Page(number, "".join(cell["source"]))
        for output in cell.get("outputs", ()):
            shown = {"text/plain": output.get("text", ""), **output.get("data", {})}
            for kind, content in shown.items():
                words = "".join(content) if isinstance(content, list) else content
                if kind == "text/html":
                    yield _html_page(str(words), number)
                elif kind.startswith("text/"):
                    yield _Page(number, str(words))


class _Reader(HTMLParser):
    """The words of a page and the cells of its tables."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tables: list[list[list[str]]] = []
        self._silent = 0
        self._cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a table, a row or a cell; keep what is read aloud."""
        self._silent += tag in ("style", "script")
        self.words += [value for name, value in attrs if name in ("alt", "title", "aria-label") and value]
        if tag == "table":
            self.tables.append([])
        elif tag == "tr" and self.tables:
            self.tables[-1].append([])
        elif tag in ("td", "th") and self.tables and self.tables[-1]:
            self.tables[-1][-1].append("")
            self._cell = True

    def handle_endtag(self, tag: str) -> None:
        """Close what was open."""
        self._silent -= tag in ("style", "script")
        if tag in ("td", "th"):
            self._cell = False

    def handle_data(self, data: str) -> None:
        """Words belong to the open cell, or to the page."""
        if self._silent:
            return
        if self._cell:
            self.tables[-1][-1][-1] += data
        self.words.append(data)


def _html_page(text: str, place: int | None) -> _Page:
    """One HTML text."""
    reader = _Reader()
    reader.feed(_DATA_URI.sub("", text))
    reader.close()
    return _Page(place, re.sub(r"\s+", " ", " ".join(reader.words)), tuple(reader.tables))


def _markdown_tables(text: str) -> Iterator[list[list[str]]]:
    """Tables drawn with bars."""
    for block in re.findall(r"(?:^\|.*\|[ ]*$\n?)+", text, re.MULTILINE):
        yield [
            [cell.strip(" `*") for cell in line.strip().strip("|").split("|")] for line in block.splitlines()
        ]


def _word_page(file: Path) -> _Page:
    """A Word document: its text, and the cells of its tables."""
    with zipfile.ZipFile(file) as package:
        if package.getinfo("word/document.xml").file_size > _LARGEST:
            raise ValueError("too large")
        text = package.read("word/document.xml").decode("utf-8")
    tables = [
        [
            [
                " ".join(re.findall(r"<w:t[ >][^<]*", cell))
                for cell in re.findall(r"<w:tc[ >].*?</w:tc>", row, re.DOTALL)
            ]
            for row in re.findall(r"<w:tr[ >].*?</w:tr>", table, re.DOTALL)
        ]
        for table in re.findall(r"<w:tbl>.*?</w:tbl>", text, re.DOTALL)
    ]
    plain = [[[re.sub(r"<w:t[^>]*>", "", cell) for cell in row] for row in table] for table in tables]
    words = " ".join(re.findall(r"<w:t(?: [^>]*)?>([^<]*)", text))
    return _Page(None, words, tuple(plain))
