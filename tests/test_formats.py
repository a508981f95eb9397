"""The report as HTML, PDF and Word: plain text stays plain, the bytes stay the same, an old report stays whole."""

from __future__ import annotations

import io
import json
import re
import shutil
import signal
import subprocess
import sys
import zipfile
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import inline
import nbformat
import pytest
import small_study
from PIL import Image

import rmstudy as rm
from rmstudy.errors import RmstudyError
from rmstudy.report import cover, hub, paper, writing
from rmstudy.report.open_points import missing_translations, open_points
from rmstudy.report.pages import to_html
from rmstudy.report.paper import to_pdf
from rmstudy.report.word import to_docx
from rmstudy.study.load import load_study

ROOT = Path(__file__).resolve().parents[1]
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
NASTY = {
    "html": """<script>alert(1)</script><img src=x onerror="alert(2)"> &amp; <b>bold</b>""",
    "typst": r"""#panic("no") $x^2$ @ref *b* _c_ \ <lab> #[x] // gone /* gone */ = head a-?b ~c --- ...""",
    "markdown": """**b** [l](https://example.org) ![i](https://example.org/i.png) ``````````````{=typst} :::""",
    "lua": """]] .. os.exit(3) -- ${x} $title$ {{x}} %s""",
    "beginning": "= begun $\\nothing{$ 1. one",
    "lines": "first\n\n# second\n\n```{=html}\n<hr>\n```\n\n- third\n---\ntitle: fourth\n...",
    "formula": """=cmd|'/C calc'!A0 "; onmouseover="x" style="background:url(//example.org)""",
}


def pixel() -> bytes:
    """A small picture."""
    file = io.BytesIO()
    Image.new("RGB", (4, 2), "#0B4F6C").save(file, format="PNG")
    return file.getvalue()


class Page(HTMLParser):
    """The words and the tags of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data):
        self.words.append(data)


def squeezed(text: str) -> str:
    """Text without any space: lines break where they like."""
    return re.sub(r"[\s\u00ad\u200b]+", "", text)


def words_of(document: bytes) -> str:
    """Everything a Word document says."""
    with zipfile.ZipFile(io.BytesIO(document)) as parts:
        root = ElementTree.fromstring(parts.read("word/document.xml"))
    return "".join(piece.text or "" for piece in root.iter(f"{W}t"))


def words_on(pdf: Path) -> str:
    """Everything a PDF says."""
    if not shutil.which("pdftotext"):
        pytest.skip("pdftotext is not on this machine")
    done = subprocess.run(["pdftotext", "-raw", str(pdf), "-"], capture_output=True, text=True, check=True)
    return done.stdout


def nasty_plan() -> dict:
    """A plan every label of which tries to be something else than a label."""
    plan = small_study.plan()
    plan["programme"]["name"] = NASTY["typst"]
    plan["goals"][0]["statement"] = NASTY["html"]
    plan["goals"][0]["criteria"][0]["label"] = NASTY["markdown"]
    plan["goals"][0]["criteria"][0]["rationale"] = NASTY["formula"]
    plan["roles"] = {"mentee": {"label": NASTY["beginning"]}, "mentor": {}}
    plan["design"] = {"who_selects": NASTY["lines"]}
    plan["instruments"]["confidence"]["name"] = NASTY["lua"]
    plan["instruments"]["confidence"]["unit_name"] = NASTY["formula"]
    plan["report"] = {
        "client": NASTY["html"],
        "confidentiality": NASTY["formula"],
        "languages": ["en", "it"],
        "logo": "logo.png",
    }
    return plan


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """Reports in all formats, the kernel left out; by sample or for the nasty study."""

    @cache
    def made(name: str, lang: str = "en", again: int = 0) -> Path:
        home = tmp_path_factory.mktemp(f"{name}-{again}")
        if name == "nasty":
            folder = small_study.write(home / "study", nasty_plan())
            (folder / "logo.png").write_bytes(pixel())
            study = load_study(folder)
        else:
            study = rm.load_sample(name)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(writing, "execute", inline.executed)
            writing.write(study, home / "out", formats=("html", "pdf", "docx"), languages=(lang,))
        return home / "out"

    return made


def file(folder: Path, kind: str, document: str = "report") -> Path:
    (found,) = folder.glob(f"{document}*.{kind}")
    return found


@pytest.mark.parametrize("document", ["report", "annex"])
def test_hostile_words_are_only_words_on_the_page(reports, document):
    page = Page(file(reports("nasty"), "html", document).read_text(encoding="utf-8"))
    text = squeezed(" ".join(page.words))
    assert squeezed(NASTY["html"]) in text and squeezed(NASTY["typst"]) in text
    assert squeezed(NASTY["formula"]) in text
    assert not {tag for tag, _ in page.tags} & {"script", "iframe", "object", "b", "link"}
    for _, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on")]
        assert attributes.get("src", "data:image/").startswith("data:image/")
        assert attributes.get("href", "#").startswith("#")


@pytest.mark.parametrize("name", sorted(NASTY))
def test_hostile_words_reach_every_format_as_they_are(reports, name):
    folder = reports("nasty")
    wanted = squeezed(NASTY[name])
    page = Page(file(folder, "html").read_text(encoding="utf-8") + file(folder, "html", "annex").read_text())
    assert wanted in squeezed("".join(page.words))
    word = words_of(file(folder, "docx").read_bytes()) + words_of(file(folder, "docx", "annex").read_bytes())
    assert wanted in squeezed(word)
    paper = words_on(file(folder, "pdf")) + words_on(file(folder, "pdf", "annex"))
    assert wanted in squeezed(paper)


def test_hostile_words_make_no_field_and_no_link_in_word(reports):
    with zipfile.ZipFile(file(reports("nasty"), "docx")) as parts:
        document = parts.read("word/document.xml").decode("utf-8")
        links = parts.read("word/_rels/document.xml.rels").decode("utf-8")
        for name in parts.namelist():
            if name.endswith((".xml", ".rels")):
                ElementTree.fromstring(parts.read(name))
    assert "example.org" not in links and "DDE" not in document
    fields = re.findall(r"<w:instrText[^>]*>([^<]*)", document)
    assert all(field.split()[0] == "SEQ" for field in fields)


def test_own_raw_text_of_another_format_stays_text(tmp_path):
    words = cover.cover_words(rm.load_sample("eight-pairs"), "en")
    markdown = tmp_path / "report.md"
    markdown.write_text(
        "```{=typst}\n#panic(1)\n```\n\n`#panic(2)`{=typst} `<w:p/>`{=openxml} "
        "[a](javascript:alert(1)) x<script>alert(3)</script>\n",
        encoding="utf-8",
    )
    page = to_html(markdown, words=words)
    assert "#panic(1)" in page and "<script" not in page and "javascript:" not in page
    assert to_pdf(markdown, words=words).startswith(b"%PDF-")
    assert "<w:p/>" in words_of(to_docx(markdown, words=words))


def test_nothing_in_an_exhibit_ends_it(tmp_path):
    content = "<p>" + "`" * 30 + "{=typst}</p>"
    raw = hub._raw(content)
    assert raw.splitlines()[0].startswith("`" * 31) and raw.splitlines()[-1] == "`" * 31


@pytest.mark.parametrize("kind", ["html", "pdf", "docx"])
@pytest.mark.parametrize("document", ["report", "annex"])
def test_the_same_bytes_in_two_folders(reports, kind, document):
    one, two = file(reports("nasty"), kind, document), file(reports("nasty", again=1), kind, document)
    assert one != two and one.read_bytes() == two.read_bytes()
    content = one.read_bytes()
    if kind == "docx":
        with zipfile.ZipFile(one) as parts:
            content = b"".join(parts.read(name) for name in parts.namelist())
            # the day of the data, and the first day a ZIP file knows
            assert {part.date_time[:3] for part in parts.infolist()} <= {(2024, 7, 10), (1980, 1, 1)}
    for leak in (str(one.parent), str(Path.home()) + "/", "/tmp/", "rmstudy-report-"):
        assert leak.encode() not in content


@pytest.mark.parametrize(
    ("lang", "figure", "table"), [("en", "Figure 1.", "Table 1."), ("it", "Figura 1.", "Tabella 1.")]
)
def test_figures_and_tables_are_numbered_in_the_language(reports, lang, figure, table):
    folder = reports("nasty", lang)
    page = " ".join(" ".join(Page(file(folder, "html").read_text(encoding="utf-8")).words).split())
    assert figure in page and table in page
    paper = words_on(file(folder, "pdf"))
    assert figure in paper and table in paper
    word = words_of(file(folder, "docx").read_bytes())
    assert re.search(rf"{figure[:-3]}\s1:", word) and re.search(rf"{table[:-3]}\s1:", word)
    assert b"pdfuaid:part" in file(folder, "pdf").read_bytes()
    assert f"/Lang({lang})".encode() in file(folder, "pdf").read_bytes().replace(b" ", b"")


def test_word_has_real_headings_tables_and_descriptions(reports):
    with zipfile.ZipFile(file(reports("nasty"), "docx")) as parts:
        document = ElementTree.fromstring(parts.read("word/document.xml"))
        styles = parts.read("word/styles.xml").decode("utf-8")
    used = [style.get(f"{W}val") for style in document.iter(f"{W}pStyle")]
    assert used.count("Title") == 1 and "Heading1" in used and "Heading2" in used and "TableCaption" in used
    assert {style for style in used if f'w:styleId="{style}"' not in styles} == set()
    tables = list(document.iter(f"{W}tbl"))
    assert tables and any(table.find(f"{W}tr/{W}trPr/{W}tblHeader") is not None for table in tables)
    drawn = [one for one in document.iter() if one.tag.endswith("}docPr")]
    assert drawn and all(len(one.get("descr", "")) > 5 for one in drawn)


def test_a_clients_template_gives_its_styles(tmp_path):
    words = cover.cover_words(rm.load_sample("eight-pairs"), "en")
    markdown = tmp_path / "report.md"
    markdown.write_text("# One\n\nText.\n", encoding="utf-8")
    own = to_docx(markdown, words=words)
    given = tmp_path / "client.docx"
    with zipfile.ZipFile(io.BytesIO(own)) as old, zipfile.ZipFile(given, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, content.replace(b"Calibri", b"Garamond") if "styles" in name else content)
    made = to_docx(markdown, words=words, reference=given)
    with zipfile.ZipFile(io.BytesIO(made)) as parts:
        assert b"Garamond" in parts.read("word/styles.xml")
    (tmp_path / "client.txt").write_text("no document")
    with pytest.raises(RmstudyError, match="not a Word document"):
        to_docx(markdown, words=words, reference=tmp_path / "client.txt")
    with pytest.raises(RmstudyError, match="cannot be read"):
        to_docx(markdown, words=words, reference=tmp_path / "nowhere.docx")


def test_a_picture_without_a_description_makes_no_pdf(tmp_path):
    words = cover.cover_words(rm.load_sample("eight-pairs"), "en")
    (tmp_path / "x.png").write_bytes(pixel())
    markdown = tmp_path / "report.md"
    markdown.write_text("Text ![](x.png) and more\n", encoding="utf-8")
    with pytest.raises(RmstudyError, match="has no description"):
        to_pdf(markdown, words=words)
    markdown.write_text("Text ![a black dot](x.png) and $x^2$\n", encoding="utf-8")
    assert to_pdf(markdown, words=words) == to_pdf(markdown, words=words)


def test_a_font_that_is_not_there_makes_no_pdf(tmp_path, monkeypatch):
    words = cover.cover_words(rm.load_sample("eight-pairs"), "en")
    (tmp_path / "report.md").write_text("Text\n", encoding="utf-8")
    other = paper.template("paper.typ").replace('"Libertinus Serif"', '"No Such Font"')
    monkeypatch.setattr(paper, "template", lambda name: other)
    with pytest.raises(RmstudyError, match="unknown font"):
        to_pdf(tmp_path / "report.md", words=words)


def test_the_logo_has_a_description(reports):
    page = Page(file(reports("nasty"), "html").read_text(encoding="utf-8"))
    (logo,) = [
        attributes for tag, attributes in page.tags if tag == "img" and attributes.get("class") == "logo"
    ]
    assert logo["alt"] == f"Logo of {NASTY['html']}"


KILLED = """
import os, signal, sys
sys.path[:0] = [{root!r}]
import nbformat, rmstudy as rm
from rmstudy.report import writing
from rmstudy.study import files
writing.execute = lambda path, parameters: nbformat.v4.new_notebook()
made = files.tempfile.mkstemp
def mkstemp(*args, **kwargs):
    if kwargs["prefix"].startswith(".annex"):
        os.kill(os.getpid(), signal.SIGKILL)
    return made(*args, **kwargs)
files.tempfile.mkstemp = mkstemp
rm.report.write(rm.load_sample("eight-pairs"), {out!r})
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal")
def test_killed_half_way_the_old_report_is_still_whole(tmp_path):
    old = {"report.html": "old report", "annex.html": "old annex", "provenance.json": "{}"}
    for name, content in old.items():
        (tmp_path / name).write_text(content)
    code = KILLED.format(root=str(ROOT), out=str(tmp_path))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert {name: (tmp_path / name).read_text() for name in old} == old


def test_the_clock_stands_beside_the_report_and_not_in_it(reports):
    folder = reports("nasty")
    beside = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    assert set(beside["files"]) == {path.name for path in folder.iterdir()} - {"provenance.json"}
    assert {"rmstudy", "python", "pandoc", "typst"} <= set(beside["versions"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT.*", beside["written_at"])
    for path in folder.glob("*.html"):
        assert beside["written_at"][:10] not in path.read_text(encoding="utf-8")
    assert beside["to_decide"] == list(open_points(load_study(folder.parent / "study").plan, ("en",)))


def test_missing_translations_are_listed_by_key(tmp_path):
    plan = small_study.plan(report={"languages": ["en", "it"]})
    plan["goals"][0]["statement"] = {"en": "Only English"}
    plan["instruments"]["confidence"]["unit_name"] = "points"  # a word of the catalogue
    plan["goals"][0]["criteria"][0]["rationale"] = "Given once"
    loaded = load_study(small_study.write(tmp_path / "study", plan)).plan
    assert missing_translations(loaded, ("en",)) == ()
    assert missing_translations(loaded, ("en", "it")) == (
        ("goals.confident.statement", "it"),
        ("goals.confident.criteria.confidence.rationale", "it"),
    )
    said = open_points(loaded, ("it",), lang="it")
    assert said[0].startswith("study.yml, goals.confident.statement: manca il testo in italiano")
    assert said[-1].startswith("Fiducia: nessuno ha verificato")


def test_what_there_is_no_report_in_is_refused(tmp_path):
    sample = rm.load_sample("eight-pairs")
    for wrong in ({"formats": ("pages",)}, {"languages": ("de",)}, {"formats": ()}, {"languages": ()}):
        with pytest.raises(RmstudyError, match="There is no report in"):
            rm.report.write(sample, tmp_path, **wrong)
    with pytest.raises(RmstudyError, match="Word documents only"):
        rm.report.write(sample, tmp_path, reference_doc="client.docx")
    assert not list(tmp_path.iterdir())


def test_progress_counts_up_to_the_last_step(tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "execute", lambda path, parameters: nbformat.v4.new_notebook())
    seen: list[tuple[int, int, str]] = []
    made = rm.report.write(
        rm.load_sample("eight-pairs"),
        tmp_path,
        languages=("it", "en"),
        progress=lambda *step: seen.append(step),
    )
    assert [done for done, _, _ in seen] == list(range(1, 9)) and {steps for _, steps, _ in seen} == {8}
    assert [path.name for path in made][:2] == ["report-it.html", "annex-it.html"]


def test_the_command_refuses_what_it_does_not_know(tmp_path):
    from typer.testing import CliRunner

    from rmstudy.cli import app

    study = str(ROOT / "data" / "sample" / "eight-pairs")
    for wrong in (["--format", "odt"], ["--format", ","], ["--lang", "en,de"]):
        done = CliRunner().invoke(app, ["report", study, "--out", str(tmp_path / "out"), *wrong])
        assert done.exit_code == 2 and not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("lang", "first", "last"), [("en", "To be decided", "written: "), ("it", "Da decidere", "scritto: ")]
)
def test_the_command_speaks_the_reports_language(tmp_path, monkeypatch, lang, first, last):
    from typer.testing import CliRunner

    from rmstudy.cli import app

    monkeypatch.setattr(writing, "execute", inline.executed)
    study = str(small_study.write(tmp_path / "study"))
    done = CliRunner().invoke(app, ["report", study, "--out", str(tmp_path / "out"), "--lang", lang])
    assert done.exit_code == 0, done.output
    assert done.output.startswith(first) and last in done.output
    assert (tmp_path / "out" / ("report.html" if lang == "en" else "report-it.html")).is_file()


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
@pytest.mark.parametrize("width", [360, 1280])
def test_a_browser_opens_the_page_without_error_or_request(reports, tmp_path, width):
    content = file(reports("nasty"), "html").read_text(encoding="utf-8")
    asked = "performance.getEntriesByType('resource').map(one => one.name).filter(name => !name.startsWith('data:'))"
    measure = f"document.title = [document.documentElement.scrollWidth - innerWidth, ...{asked}].join(' ')"
    page = tmp_path / "page.html"
    page.write_text(content.replace("</html>", f"<script>{measure}</script></html>"), encoding="utf-8")
    done = subprocess.run(
        [
            CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--log-level=0",
            f"--window-size={width},900", f"--user-data-dir={tmp_path / 'profile'}", "--disable-background-networking",
            "--disable-component-update", "--no-first-run", "--virtual-time-budget=2000", "--dump-dom", page.as_uri(),
        ],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert "CONSOLE" not in done.stderr
    (told,) = re.findall(r"<title>(.*?)</title>", done.stdout)
    assert int(told) <= 0  # nothing to scroll sideways, and nothing asked for: only the number


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["en", "it"])
def test_the_report_has_at_most_eight_pages(reports, lang):
    if not shutil.which("pdfinfo"):
        pytest.skip("pdfinfo is not on this machine")
    pdf = str(file(reports("digital-skills", lang), "pdf"))
    told = subprocess.run(["pdfinfo", pdf], capture_output=True, text=True, check=True).stdout
    assert int(re.search(r"Pages:\s+(\d+)", told).group(1)) <= 8
