"""Manners of the notebooks: what nbval cannot see, and what makes them a pleasure to read."""

from __future__ import annotations

import ast
import base64
import re
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
LARGEST = 300_000
MOST_LINES = 12
SETUP = "import rmstudy as rm"


def read(path: Path) -> nbformat.NotebookNode:
    """One notebook."""
    return nbformat.read(path, as_version=4)


def code_cells(path: Path) -> list[nbformat.NotebookNode]:
    """Code cells that say something."""
    return [cell for cell in read(path).cells if cell.cell_type == "code" and cell.source.strip()]


def prose(path: Path) -> str:
    """All Markdown of a notebook, without code in it."""
    text = "\n".join(cell.source for cell in read(path).cells if cell.cell_type == "markdown")
    return re.sub(r"```.*?```|`[^`]*`", "", text, flags=re.DOTALL)


def test_the_notebooks_of_the_short_path_are_there():
    names = {path.stem for path in NOTEBOOKS}
    assert {"06-bring-your-data-in", "07-measure-change", "11-judge-against-the-goal"} <= names


notebooks = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


@notebooks
def test_it_was_run_in_order_without_error_or_warning(path):
    cells = code_cells(path)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1)), "run `make notebooks`"
    for cell in cells:
        kinds = {output.output_type for output in cell.outputs}
        assert "error" not in kinds
        assert not [output for output in cell.outputs if output.get("name") == "stderr"]


@notebooks
def test_it_is_small_and_its_cells_are_short(path):
    cells = code_cells(path)
    assert path.stat().st_size <= LARGEST
    assert 8 <= len(cells) <= 25
    for cell in cells:
        assert len(cell.source.splitlines()) <= MOST_LINES
        assert not [node for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.FunctionDef)]


@notebooks
def test_it_opens_and_closes_as_the_others_do(path):
    markdown = [cell.source for cell in read(path).cells if cell.cell_type == "markdown"]
    titles = re.findall(r"^# .+$", "\n".join(markdown), re.MULTILINE)
    assert len(titles) == 1
    assert markdown[0].startswith("# ")
    for heading in ("What you will do", "What you will learn", "What you need"):
        assert heading in markdown[0]
    closing = "\n".join(markdown[-3:])
    assert "What we can say" in closing
    assert "What we cannot say" in closing
    assert code_cells(path)[0].source.strip() == SETUP


@notebooks
def test_prose_types_no_results(path):
    typed = re.findall(r"(?<![\w./-])\d+[.,]\d+(?![\w.])", prose(path))
    assert not typed, f"decimals typed into prose: {typed}"


@notebooks
def test_its_name_is_a_number_a_verb_and_words(path):
    assert re.fullmatch(r"\d\d-[a-z]+(-[a-z]+)+", path.stem)


@notebooks
def test_no_person_is_in_its_outputs(path):
    from rmstudy import load_sample

    ids: set[str] = set()
    for name in ("digital-skills", "no-comparison", "picked-the-weakest", "eight-pairs"):
        ids |= set(load_sample(name).tables["participants"]["person_id"])
    for cell in code_cells(path):
        for output in cell.outputs:
            texts = [output.get("text", "")] + [
                value for kind, value in output.get("data", {}).items() if not kind.startswith("image/")
            ]
            shown = set(re.findall(r"\w+", " ".join(map(str, texts))))
            assert not shown & ids, f"person ids shown: {sorted(shown & ids)[:3]}"


@notebooks
def test_every_picture_that_is_drawn_is_seen(path):
    for cell in code_cells(path):
        if re.search(r"rm\.plots\.(?!alt_text|close|style)\w+\(", cell.source):
            pictures = [output for output in cell.outputs if "image/png" in output.get("data", {})]
            assert len(pictures) == 1, cell.source


@notebooks
def test_its_pictures_are_whole(path):
    for cell in code_cells(path):
        for output in cell.outputs:
            picture = output.get("data", {}).get("image/png")
            if picture:
                assert base64.b64decode(picture).startswith(b"\x89PNG")
