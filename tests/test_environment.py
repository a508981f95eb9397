"""One set of dependencies, said three times: pyproject.toml, environment.yml, requirements.lock."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
CONDA_NAME = {
    "matplotlib": "matplotlib-base",
    "pypandoc-binary": "pypandoc",
    "typst": "typst-py",
    "dask": "dask-core",
    "psycopg-binary": "psycopg",
}
ONLY_CONDA = {"python", "pip", "pandoc"}

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
GROUPS = {name: group for name, group in PROJECT["optional-dependencies"].items() if name != "bench"}
REQUIREMENTS = [
    Requirement(line) for line in (*PROJECT["dependencies"], *(r for group in GROUPS.values() for r in group))
]
ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")


def conda() -> dict[str, SpecifierSet]:
    """Packages of environment.yml with their bounds; the pip section counts too, but for the project itself."""
    lines = [entry for entry in ENVIRONMENT["dependencies"] if isinstance(entry, str)]
    lines += [entry for entry in ENVIRONMENT["dependencies"][-1]["pip"] if not entry.startswith("-e")]
    parsed = [Requirement(line) for line in lines]
    return {canonicalize_name(requirement.name): requirement.specifier for requirement in parsed}


def conda_name(requirement: Requirement) -> str:
    """Name of a package on conda-forge."""
    name = canonicalize_name(requirement.name)
    return CONDA_NAME.get(name, name)


def test_the_project_itself_is_installed_last():
    assert ENVIRONMENT["channels"] == ["conda-forge", "nodefaults"]
    assert ENVIRONMENT["dependencies"][-1]["pip"][-1] == "-e ."


def test_the_same_python():
    assert conda()["python"] == SpecifierSet(PROJECT["requires-python"])


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=str)
def test_the_same_bounds(requirement):
    assert conda_name(requirement) in conda(), f"{requirement.name} is missing from environment.yml"
    assert conda()[conda_name(requirement)] == requirement.specifier


def test_nothing_more_in_the_environment():
    assert set(conda()) == {conda_name(requirement) for requirement in REQUIREMENTS} | ONLY_CONDA


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=str)
def test_the_lock_satisfies(requirement):
    name = re.escape(canonicalize_name(requirement.name))
    versions = re.findall(rf"^{name}==([^\s;\\]+)", LOCK, re.MULTILINE | re.IGNORECASE)
    assert versions, f"{requirement.name} is not locked: make lock"
    assert all(version in requirement.specifier for version in versions)


def test_the_lock_holds_the_build_backend_and_names_no_host():
    assert re.search(r"^hatchling==", LOCK, re.MULTILINE)
    assert "://" not in LOCK
    assert "--index" not in LOCK
    assert "--find-links" not in LOCK
    for block in re.split(r"\n(?=[a-z0-9])", LOCK)[1:]:
        assert "--hash=sha256:" in block, block[:60]


def test_one_version_everywhere():
    from rmstudy import __version__

    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert __version__ == PROJECT["version"] == citation["version"]
    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
