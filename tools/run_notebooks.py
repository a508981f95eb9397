"""Run notebooks top to bottom in fresh kernels and store their outputs, whole or not at all.

python tools/run_notebooks.py [NOTEBOOK ...]
"""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[1]
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def run(path: Path) -> None:
    """Run one notebook and store it with what nbval and a reader need, and nothing of this machine."""
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNEL, "language_info": {"name": "python"}})
    NotebookClient(
        notebook,
        timeout=120,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": path.parent}},
    ).execute()
    notebook.metadata["language_info"] = nbformat.from_dict({"name": "python"})
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number:02d}"
        cell.metadata.pop("execution", None)
    text = nbformat.writes(notebook, indent=1) + "\n"
    whole = path.with_suffix(".tmp")
    whole.write_text(text, encoding="utf-8")
    whole.replace(path)


if __name__ == "__main__":
    for name in sys.argv[1:] or sorted((ROOT / "notebooks").glob("*.ipynb")):
        print(f"running {Path(name).name}")
        run(Path(name).resolve())
