"""What must not be handed out is found, with its place; what may be is left alone."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import nbformat
import pytest
import small_study
from hypothesis import given
from hypothesis import strategies as st

from rmstudy.errors import DataError
from rmstudy.study.scan import scan

ROOT = Path(__file__).resolve().parents[1]
TRACKED = ("README.md", "CHANGELOG.md", "benchmarks", "data", "docs", "notebooks", "tests/references")


def found(path: Path, **more) -> list[tuple[str, int | None, str, object]]:
    return [(one.what, one.row, one.column, one.value) for one in scan(path, **more)]


def page(folder: Path, content: str, name: str = "page.html") -> Path:
    (folder / name).write_text(content, encoding="utf-8")
    return folder / name


@pytest.mark.parametrize("name", TRACKED)
def test_nothing_of_ours_names_a_person(name):
    # the exports in data/sample/raw are those of invented people, and partly in forms that a scan does not
    # read: test_raw_sample.py looks into every one of them, and finds addresses of nobody only
    unread = ("sample/raw/", "to know")
    assert [one for one in scan(ROOT / name) if (one.file[:11], one.severity) != unread] == []


# what is tracked there; reports/out is written and stays on its machine
REPORTS = sorted([*(ROOT / "reports").glob("*.*"), *(ROOT / "reports" / "example").iterdir()])


@pytest.mark.parametrize("path", REPORTS, ids=lambda path: path.name)
def test_nothing_in_the_reports_names_a_person(path):
    assert [one for one in scan(path) if one.severity == "refused"] == []


def test_an_address_and_a_telephone_are_found_where_they_stand(tmp_path):
    lines = ["fine", "Ask anna.bianchi@azienda.it", "or call +39 02 1234 5678, or 06 98765432."]
    words = "\n".join(lines)
    assert found(page(tmp_path, words, "notes.md")) == [
        ("an e-mail address", 2, "", "anna.bianchi@azienda.it"),
        ("a telephone number", 3, "", "+39 02 1234 5678"),
        ("a telephone number", 3, "", "06 98765432"),
    ]
    shown = str(scan(tmp_path / "notes.md")[0])
    assert "anna" not in shown and "hidden: looks like an e-mail address" in shown


@pytest.mark.parametrize(
    "words",
    [
        "mail to somebody@example.org",
        "2024-01-15 09:30, 1,234,567 dollars, 0.123456789, 12 345 678",
        "sha256 0ad24f6b1122334455667788990011",
        "unit 03-09 17 14 12 10-19",
        "fewer than 5 people, at least 3 people, meno di 5 persone, 12 people",
    ],
)
def test_what_is_nobody_s_is_left_alone(tmp_path, words):
    assert found(page(tmp_path, words, "notes.txt")) == []


@pytest.mark.parametrize("words", ["only 3 people answered", "hanno risposto 4 persone"])
def test_a_small_group_in_a_sentence_is_found(tmp_path, words):
    assert found(page(tmp_path, f"<p>{words}</p>"))[0][0] == "a group of fewer than 5 people"


@given(st.integers(0, 12), st.integers(2, 10))
def test_a_cell_is_small_below_the_minimum_and_above_zero(tmp_path_factory, n, minimum):
    folder = tmp_path_factory.mktemp("cell")
    html = f"<table><tr><th>unit</th><th>n</th></tr><tr><td>sales</td><td>{n}</td></tr></table>"
    problems = found(page(folder, html), minimum=minimum)
    assert bool(problems) == (0 < n < minimum)


def test_small_cells_are_found_in_every_kind_of_table(tmp_path):
    page(tmp_path, "unit,people\nsales,3\n", "table.csv")
    page(tmp_path, "| unit | n |\n|---|---|\n| sales | 2 |\n", "table.md")
    page(tmp_path, "<table><tr><th>People counted</th><td>4</td></tr></table>", "facts.html")
    assert [value for *_, value in found(tmp_path)] == [4, 3, 2]


def test_other_small_numbers_are_no_people(tmp_path):
    page(tmp_path, "goal,level,df\ndigital,2,3.0\n", "table.csv")
    assert found(tmp_path) == []


def test_only_what_a_notebook_shows_is_looked_at(tmp_path):
    cell = nbformat.v4.new_code_cell("code = 'anna.bianchi@azienda.it'")
    cell.outputs = [
        nbformat.v4.new_output("stream", text="s17 improved"),
        nbformat.v4.new_output(
            "display_data", data={"text/html": "<table><tr><td>n</td><td>2</td></tr></table>"}
        ),
    ]
    study = small_study.write(tmp_path / "study")
    people = (study / "participants.csv").read_text(encoding="utf-8").replace("s7,", "s17,")
    (study / "participants.csv").write_text(people, encoding="utf-8")
    path = tmp_path / "book.ipynb"
    path.write_text(json.dumps(nbformat.v4.new_notebook(cells=[cell])), encoding="utf-8")
    assert found(path, studies=[study]) == [
        ("a person's pseudonym", None, "cell 1", "s17"),
        ("a group of fewer than 5 people", None, "cell 1", 2),
    ]
    # a study that lies in the folder is known without being named
    assert [what for what, *_ in found(tmp_path)] == [what for what, *_ in found(path, studies=[study])]


def test_only_the_true_samples_are_allowed(tmp_path):
    shutil.copytree(ROOT / "data" / "sample" / "eight-pairs", tmp_path / "eight-pairs")
    page(tmp_path, "e01 and E01_01, s01 and j01", "words.txt")
    assert found(tmp_path) == []
    people = tmp_path / "eight-pairs" / "participants.csv"
    people.write_text(people.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    ids = {line.split(",")[0] for line in people.read_text(encoding="utf-8").splitlines()[1:] if line}
    page(tmp_path, " and ".join(sorted(ids)), "words.txt")
    assert {value for *_, value in found(tmp_path)} == ids


def test_word_is_read_and_pdf_is_said_to_be_unread(tmp_path):
    text = (
        "<w:document><w:p><w:r><w:t>anna@azienda.it</w:t></w:r></w:p><w:tbl><w:tr><w:tc><w:p><w:r><w:t>n</w:t></w:r>"
        "</w:p></w:tc></w:tr><w:tr><w:tc><w:p><w:r><w:t>3</w:t></w:r></w:p></w:tc></w:tr></w:tbl></w:document>"
    )
    with zipfile.ZipFile(tmp_path / "report.docx", "w") as package:
        package.writestr("word/document.xml", text)
    page(tmp_path, "%PDF-", "report.pdf")
    problems = scan(tmp_path)
    assert [(one.what, one.severity) for one in problems] == [
        ("an e-mail address", "refused"),
        ("a group of fewer than 5 people", "refused"),
        ("not read", "to know"),
    ]


@pytest.mark.parametrize("name", ["broken.ipynb", "broken.docx"])
def test_a_file_that_cannot_be_read_is_said(tmp_path, name):
    assert [one.severity for one in scan(page(tmp_path, "{", name))] == ["to know"]


def test_a_place_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(DataError, match="there is no such file or folder"):
        scan(tmp_path / "nowhere")


def test_the_shell_fails_on_a_find(tmp_path):
    from typer.testing import CliRunner

    from rmstudy.cli import app

    clean = CliRunner().invoke(app, ["scan", str(page(tmp_path, "fine", "a.txt"))])
    assert (clean.exit_code, "read it once yourself" in clean.output) == (0, True)
    dirty = CliRunner().invoke(app, ["scan", str(page(tmp_path, "only 3 people", "b.txt"))])
    assert (dirty.exit_code, "b.txt, row 1, value 3" in dirty.output) == (1, True)
