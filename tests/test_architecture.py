"""The house rules that a reader of the design expects to hold, held."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import rmstudy

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "rmstudy"

# A module may import from its own floor upwards in this list, never from a later one.
ORDER = [
    "errors",
    "notes",
    "wording",
    "display",
    "results",
    "workers",
    "methods.columns",
    "methods.noncentral",
    "methods.wilson",
    "methods.regression",
    "methods.resampling",
    "methods",
    "methods.sensitivity",
    "disclosure",
    "verdicts",
    "study.files",
    "study.together",
    "study.messes",
    "study.plan",
    "study.tables",
    "study.reading",
    "study.keys",
    "study.sheets",
    "study.many",
    "study.written",
    "study.layout",
    "study.cells",
    "study.contradictions",
    "study.nodes",
    "study.planfile",
    "study.scale",
    "study.answers",
    "study.placed",
    "study.scoring",
    "study.identities",
    "study.spells",
    "study.days",
    "study.people",
    "study.decisions",
    "study.checks",
    "study.consent",
    "study.agreement",
    "study.participation",
    "study.dyads",
    "study.study",
    "study.load",
    "study.lock",
    "study.new",
    "study.sample",
    "study.scan",
    "study.forgetting",
    "readers",
    "programme.value",
    "programme.design",
    "programme.questionnaire",
    "programme.recruitment",
    "programme.matching",
    "programme.monitoring",
    "programme.goal",
    "programme",
    "evaluation.question",
    "evaluation.caveats",
    "evaluation.contrast",
    "evaluation.lost",
    "evaluation.criteria",
    "evaluation.sentences",
    "evaluation.quality",
    "evaluation.evaluate",
    "evaluation.linked",
    "evaluation",
    "plots.rows",
    "plots.canvas",
    "plots.people",
    "plots.estimates",
    "plots.groups",
    "plots.within",
    "plots.evaluated",
    "plots.chances",
    "plots.recruiting",
    "plots.matches",
    "plots.meetings",
    "plots.side_by_side",
    "plots",
    "portfolio",
    "report",
    "cli.top",
    "cli.output",
    "cli",
]
ENGINES = {"scipy", "statsmodels", "pingouin", "sklearn"}
PICTURES = {"matplotlib", "seaborn"}
WRITERS = ("report", "study", "cli")
READERS = ("report", "study", "readers", "wording")
MODULES = sorted(path for path in PACKAGE.rglob("*.py"))


def name_of(path: Path) -> str:
    """Dotted name inside the package."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def floor_of(name: str) -> int:
    """Position of the longest entry of ORDER that a module belongs to."""
    fitting = [entry for entry in ORDER if name == entry or name.startswith(entry + ".")]
    assert fitting, f"rmstudy.{name} has no place in the house: add it to ORDER"
    return ORDER.index(max(fitting, key=len))


def imports_of(path: Path) -> set[str]:
    """Full names of everything a module imports, wherever in the file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    only_types = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    found: set[str] = set()
    for node in ast.walk(tree):
        if node in only_types:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert not node.level, f"{path}: relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_only_point_down(path):
    name = name_of(path)
    if not name:
        return
    for target in imports_of(path):
        if not target.startswith("rmstudy."):
            continue
        other = target.removeprefix("rmstudy.")
        if other == "__version__":
            continue
        assert floor_of(other) <= floor_of(name), f"rmstudy.{name} imports {target} from a floor above"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_engines_and_pictures_stay_in_their_rooms(path):
    name, top = name_of(path), {target.split(".")[0] for target in imports_of(path)}
    if not name.startswith(("methods", "programme")):
        assert not top & ENGINES, f"rmstudy.{name} imports an engine"
    if not name.startswith(("plots",)):
        pictures = top & PICTURES
        assert not pictures, f"rmstudy.{name} draws"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_files_are_written_only_where_they_may_be(path):
    name, text = name_of(path), path.read_text(encoding="utf-8")
    if not name.startswith(WRITERS):
        for word in (".write_text(", ".write_bytes(", ".to_csv(", ".savefig(", "os.replace("):
            assert word not in text, f"rmstudy.{name} writes a file"
    if not name.startswith(READERS):
        for word in (".read_text(", "read_csv(", "read_parquet(", ".open("):
            assert word not in text, f"rmstudy.{name} reads a file"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_hidden_habits(path):
    tree, name = ast.parse(path.read_text(encoding="utf-8")), name_of(path)
    for node in ast.walk(tree):
        assert not isinstance(node, ast.Assert), f"rmstudy.{name}: assert on line {node.lineno}"
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            assert called != "warnings.warn", f"rmstudy.{name}: a caveat belongs into the notes"
            assert called != "print", f"rmstudy.{name}: prints"
            if called == "round":
                # rounding is wording's business; resolving binary noise in ranks is not rounding for people
                assert name in {"wording"} or name.startswith("study.sample"), f"rmstudy.{name}: rounds"
    forbidden = {"utils", "helpers", "common", "core", "base"}
    assert path.stem not in forbidden


def test_every_public_name_resolves():
    for name in rmstudy.__all__:
        assert getattr(rmstudy, name) is not None
    assert set(rmstudy.__all__) <= set(dir(rmstudy))
    with pytest.raises(AttributeError, match="no attribute 'cohens_d'"):
        _ = rmstudy.cohens_d


def test_importing_costs_nothing():
    code = "import sys, rmstudy; print(sorted({'pandas', 'numpy', 'matplotlib', 'scipy'} & set(sys.modules)))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


def test_results_load_neither_pandas_nor_pictures():
    code = "import sys, rmstudy.results; print(sorted({'pandas', 'matplotlib'} & set(sys.modules)))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
