"""What the shell says: in the language asked for, or the system's."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rmstudy.cli.top import system_language

ROOT = Path(__file__).parents[1]
SAMPLE = "data/sample/eight-pairs"


@pytest.mark.parametrize(
    ("settings", "lang"),
    [
        ({}, "en"),
        ({"LANG": "it_IT.UTF-8"}, "it"),
        ({"LANG": "it"}, "it"),
        ({"LANG": "it_CH@euro"}, "it"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "it_IT.UTF-8"}, "it"),
        ({"LANG": "it_IT.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "it_IT.UTF-8", "LC_ALL": ""}, "it"),
        ({"LANG": "iten"}, "en"),
    ],
)
def test_the_language_of_the_system(settings, lang):
    assert system_language(settings) == lang


def said(*arguments: str, system: str) -> str:
    """What a command says on a system in some language."""
    environment = {**os.environ, "LC_ALL": system, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "rmstudy.cli", *arguments]
    run = subprocess.run(
        command, capture_output=True, encoding="utf-8", env=environment, cwd=ROOT, check=True
    )
    return run.stdout


def test_a_command_speaks_the_language_of_the_system_unless_it_is_told_otherwise():
    assert "lo studio si può usare" in said("check", SAMPLE, system="it_IT.UTF-8")
    assert "the study can be used" in said("check", SAMPLE, "--lang", "en", system="it_IT.UTF-8")
    assert "non è stato trovato nulla" in said("scan", "docs/house.md", "--lang", "it", system="C.UTF-8")
    assert "Dati insufficienti" in said("evaluate", SAMPLE, system="it_IT.UTF-8")
    assert "Not enough data" in said("evaluate", SAMPLE, system="C.UTF-8")


def test_no_sentence_of_the_shell_is_in_english_only():
    bare = []
    for path in sorted((ROOT / "rmstudy" / "cli").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (
                isinstance(node, ast.Call)
                and ast.unparse(node.func) in ("typer.echo", "print", "typer.secho")
            ):
                continue
            if any(word.arg == "err" for word in node.keywords):  # problems are told in English
                continue
            for part in node.args:
                bare += [
                    f"{path.name}:{inner.lineno}: {inner.value}"
                    for inner in ast.walk(part)
                    if isinstance(inner, ast.Constant)
                    and isinstance(inner.value, str)
                    and len(inner.value.split()) > 1
                    and not any(
                        isinstance(call, ast.Call)
                        and ast.unparse(call.func) == "say"
                        and inner in ast.walk(call)
                        for call in ast.walk(part)
                    )
                    and inner.value.strip(" -:{}") not in ("", "rmstudy")
                ]
    assert not bare, bare


def test_what_the_shell_says_has_its_italian():
    from rmstudy.wording import translate

    missing = []
    for path in sorted((ROOT / "rmstudy" / "cli").glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        constants = {
            target.id: node.value.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "say" and node.args:
                first = node.args[0]
                words = first.value if isinstance(first, ast.Constant) else constants.get(ast.unparse(first))
                if isinstance(words, str) and translate(words, "it") == words:
                    missing.append(f"{path.name}:{node.lineno}: {words}")
    assert not missing, missing
