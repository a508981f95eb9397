"""The rendered example in reports/: whole, small, and the same bytes when it is written again."""

from __future__ import annotations

import platform
import re
import sys
from importlib.metadata import PackageNotFoundError, version
from itertools import product
from pathlib import Path

import pytest
from packaging.requirements import Requirement

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))

from write_examples import FOLDER, PICTURE, ROOT, examples

LARGEST = 4_000_000
LARGEST_PICTURE = 200_000


def not_as_locked() -> str:
    """Why this machine may write other bytes than those that are stored; nothing when it may not."""
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        return f"the same bytes are promised on Linux x86-64, not on {sys.platform} {platform.machine()}"
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    other = []
    for line in re.findall(r"^[\w.-]+==[^\\\n]+", lock, re.MULTILINE):
        locked = Requirement(line)
        if locked.marker is None or locked.marker.evaluate():
            try:
                installed = version(locked.name)
            except PackageNotFoundError:
                continue  # what is not there draws nothing
            if not locked.specifier.contains(installed, prereleases=True):
                other.append(f"{locked.name} {installed}")
    return f"not the versions of requirements.lock: {', '.join(other)}" if other else ""


def test_the_example_is_whole_and_small():
    files = {f"{name}.{kind}" for name, kind in product(("report", "annex"), ("html", "pdf"))}
    files |= {f"{name}-it.{kind}" for name, kind in product(("report", "annex"), ("html", "pdf"))}
    assert {path.name for path in FOLDER.iterdir()} == files | {PICTURE}
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < LARGEST
    assert (FOLDER / PICTURE).stat().st_size < LARGEST_PICTURE


def test_the_readme_shows_page_one_and_describes_it():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (described,) = re.findall(rf"!\[([^\]]+)\]\(reports/example/{re.escape(PICTURE)}\)", readme)
    assert len(described) > 40


def without_versions(page: bytes) -> bytes:
    """The annex without the versions it was made with."""
    return re.sub(rb">\d+\.\d+\.\d+<", b"><", page)


@pytest.mark.skipif(bool(not_as_locked()), reason=not_as_locked() or "as locked")
def test_the_example_written_again_is_the_same_byte_for_byte():
    written = examples()
    stored = {path.name: path.read_bytes() for path in FOLDER.iterdir()}
    if f">{platform.python_version()}<".encode() not in stored["annex.html"]:
        # the annex names the Python that made it, and the lock has another numpy for another Python
        for files in (written, stored):
            for name in ("annex", "annex-it"):
                files[f"{name}.html"] = without_versions(files[f"{name}.html"])
                del files[f"{name}.pdf"]
    changed = sorted(name for name in written.keys() | stored.keys() if written.get(name) != stored.get(name))
    assert not changed, "run `make examples`, and look at what has changed before you commit it"
