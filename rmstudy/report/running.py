"""A notebook executed with checked parameters."""

from __future__ import annotations

import ast
import asyncio
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from rmstudy.errors import RmstudyError, nearest

TAG: Final = "parameters"
SECONDS_PER_CELL: Final = 600
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def execute(path: Path, parameters: Mapping[str, str]) -> Any:
    """Execute a notebook with its parameters replaced, in a kernel of this very interpreter.

    Parameters
    ----------
    path : Path
        The notebook; one of its cells has the tag ``parameters`` and assigns their defaults.
    parameters : mapping of str to str
        New values; names the notebook does not have are refused.

    Returns
    -------
    NotebookNode
        The executed notebook, without a clock in it.

    Raises
    ------
    RmstudyError
        When the notebook is none, has no such parameter, or one of its cells fails.
    """
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    notebook = _read(path)
    _fill_in(notebook, path, parameters)
    with TemporaryDirectory(prefix="rms-") as home:
        client = NotebookClient(
            notebook,
            timeout=SECONDS_PER_CELL,
            kernel_name="python3",
            kernel_manager_class=_own_kernel(home),
            record_timing=False,
            shutdown_kernel="immediate",
            resources={"metadata": {"path": str(path.parent)}},
        )
        try:
            _finish(client, _environment(home))
        except CellExecutionError as error:
            raise RmstudyError(_failure(path, notebook, error.ename, error.evalue)) from error
        except (CellTimeoutError, DeadKernelError) as error:
            raise RmstudyError(f"{path.name} did not finish: {error}") from error
    nbformat.validate(notebook)
    return notebook


def _finish(client: Any, environment: Mapping[str, str]) -> None:
    """Run all cells in an event loop of their own, which is closed afterwards; inside a notebook, in its loop."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        asyncio.run(client.async_execute(env=environment))
    else:
        client.execute(env=environment)


def _read(path: Path) -> Any:
    """Read a notebook."""
    import nbformat

    try:
        return nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)  # type: ignore[no-untyped-call]
    except FileNotFoundError:
        raise RmstudyError(f"{path}: there is no such notebook.") from None
    except (nbformat.reader.NotJSONError, nbformat.ValidationError, UnicodeDecodeError) as error:
        raise RmstudyError(f"{path}: not a notebook. Take a fresh copy of report.ipynb.") from error


def _fill_in(notebook: Any, path: Path, parameters: Mapping[str, str]) -> None:
    """Add a cell with the parameters' values behind the tagged one, which knows their names."""
    from nbformat.v4 import new_code_cell

    tagged = [i for i, cell in enumerate(notebook.cells) if TAG in cell.metadata.get("tags", [])]
    if not tagged:
        raise RmstudyError(
            f"{path.name} has no cell with the tag {TAG!r}. Give it one that assigns {', '.join(parameters)}."
        )
    try:
        known = _assigned(notebook.cells[tagged[0]].source)
    except SyntaxError as error:
        step = "It may hold nothing but plain assignments."
        raise RmstudyError(f"{path.name}: the cell with the tag {TAG!r} is not Python. {step}") from error
    for name in parameters:
        if name not in known:
            raise RmstudyError(
                f"{path.name} has no parameter {name!r}. {nearest(name, known)} "
                f"The notebook takes: {', '.join(sorted(known))}."
            )
    lines = [f"{name} = {value!r}" for name, value in parameters.items()]
    cell = new_code_cell("\n".join(lines), metadata={"tags": ["injected-parameters"]}, id="parameters-given")  # type: ignore[no-untyped-call]
    notebook.cells.insert(tagged[0] + 1, cell)


def _assigned(source: str) -> set[str]:
    """Names that a cell assigns."""
    names: set[str] = set()
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.Assign):
            names |= {target.id for target in statement.targets if isinstance(target, ast.Name)}
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            names.add(statement.target.id)
    return names


def _own_kernel(home: str) -> type:
    """A kernel manager that knows one kernel: this interpreter, whatever kernels are installed.

    Where the system can, the kernel is reached through files in `home` and not through network ports,
    which other users of the machine could listen to.
    """
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager
    from traitlets import default

    # the kernel keeps no history of what was run
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    argv.append("--HistoryManager.enabled=False")

    class OwnKernel(AsyncKernelManager):
        @property
        def kernel_spec(self) -> KernelSpec:
            return KernelSpec(argv=argv, display_name="Python 3", language="python")

        @default("transport")
        def _default_transport(self) -> str:
            return "tcp" if os.name == "nt" else "ipc"

        @default("connection_file")
        def _default_connection_file(self) -> str:
            return str(Path(home) / "k.json")

    return OwnKernel


def _environment(home: str) -> dict[str, str]:
    """The kernel's environment: no settings of the user, the same order of sets in every run."""
    fixed = {"IPYTHONDIR": home, "JUPYTER_RUNTIME_DIR": home, "MPLBACKEND": "agg", "PYTHONHASHSEED": "0"}
    return {**os.environ, **fixed}


def _failure(path: Path, notebook: Any, name: str, message: str) -> str:
    """Say which cell failed and why."""
    failed = [
        cell.source.strip().splitlines()[0]
        for cell in notebook.cells
        if any(output.output_type == "error" for output in cell.get("outputs", []))
    ]
    where = f" at {failed[0]!r}" if failed else ""
    what = _COLOUR.sub("", message).strip()
    known = name.endswith("Error") and name in {"RmstudyError", "PlanError", "DataError", "DesignError"}
    return f"{path.name} stopped{where}: {what if known else f'{name}: {what}'}"
