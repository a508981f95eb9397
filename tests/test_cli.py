"""The command line: exit codes, versioned output, and no traceback."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import small_study

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = str(ROOT / "data" / "sample" / "national-supported-work")


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a person would."""
    return subprocess.run(
        [sys.executable, "-m", "rmstudy.cli", *words], capture_output=True, text=True, check=False, cwd=ROOT
    )


def test_check_lists_and_passes_a_usable_study():
    done = run("check", SAMPLE)
    assert done.returncode == 0
    assert "the study can be used (445 people" in done.stdout


def test_check_lists_every_problem_and_fails(tmp_path):
    rows = small_study.tables()
    rows["responses"][1][4] = "9"
    rows["participants"].append(["s0", "mentee", "55-64", "north"])
    done = run("check", str(small_study.write(tmp_path, rows=rows)))
    assert done.returncode == 1
    assert "responses.csv, row 2, column value, value '9': outside the range 1 to 5" in done.stderr
    assert "participants.csv, row 18" in done.stderr
    assert "Traceback" not in done.stderr


def test_evaluate_writes_text_json_and_csv():
    text, data, table = (
        run("evaluate", SAMPLE),
        run("evaluate", SAMPLE, "--json"),
        run("evaluate", SAMPLE, "--csv"),
    )
    assert [done.returncode for done in (text, data, table)] == [0, 0, 0]
    assert "1,750" in text.stdout
    content = json.loads(data.stdout)
    assert content["format"] == 1
    assert table.stdout.startswith("criterion,goal,priority,outcome,contrast,n,estimate,")
    lines = table.stdout.splitlines()
    assert len(lines) == 1 + len(content["criteria"])
    assert (lines[0].split(",")[-1], lines[1].split(",")[-1]) == ("format", "1")


@pytest.mark.parametrize(
    "words",
    [
        ("evaluate",),
        ("evaluat", SAMPLE),
        ("evaluate", SAMPLE, "--json", "--csv"),
        ("evaluate", SAMPLE, "--lang", "fr"),
    ],
)
def test_wrong_use_is_exit_code_two(words):
    done = run(*words)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_a_missing_folder_is_exit_code_one():
    done = run("evaluate", "nowhere")
    assert done.returncode == 1
    assert done.stderr.startswith("nowhere: there is no such folder")


def test_the_version_is_said():
    assert run("--version").stdout.startswith("rmstudy 0.")
