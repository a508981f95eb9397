"""A template notebook executed in this very process, without a kernel: what its cells show, and nothing else."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat


def executed(path: Path, parameters: Mapping[str, str]) -> Any:
    """Run a notebook's cells in turn; the value of a cell's last line is its output."""
    notebook = nbformat.read(path, 4)
    names: dict[str, Any] = {}
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        body = ast.parse(cell.source).body
        last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
        exec(compile(ast.Module(body, []), str(path), "exec"), names)
        if "parameters" in cell.metadata.get("tags", []):
            names |= parameters
        shown = eval(compile(ast.Expression(last.value), str(path), "eval"), names) if last else None
        if hasattr(shown, "_repr_mimebundle_"):
            data = shown._repr_mimebundle_()
            cell.outputs = [nbformat.v4.new_output("display_data", data=data)]
    return notebook
