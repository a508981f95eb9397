"""Work spread over processes, of this machine or of a cluster; what comes out depends on neither."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import joblib

from rmstudy.errors import RmstudyError

T = TypeVar("T")


def spread(work: Callable[..., T], items: Iterable[tuple[Any, ...]], *, jobs: int | None = None) -> list[T]:
    """Do the same work on many items, in their order.

    Parameters
    ----------
    work : callable
        A function of a module; what it draws must depend on its arguments alone.
    items : iterable of tuple
        Arguments of each call.
    jobs : int, optional
        Processes at once; one when left out, or whatever ``joblib.parallel_config`` says.

    Examples
    --------
    >>> spread(pow, [(2, 3), (3, 2)])
    [8, 9]
    """
    return list(joblib.Parallel(n_jobs=jobs)(joblib.delayed(work)(*item) for item in items))


@contextmanager
def on_scheduler(address: str | None) -> Iterator[None]:
    """Let `spread` work on a Dask cluster, for as long as a ``with`` block lasts.

    Parameters
    ----------
    address : str or None
        Address of the scheduler, such as ``tcp://10.0.0.1:8786``; None stays on this machine.

    Raises
    ------
    RmstudyError
        When the extra packages are missing, or nobody answers at the address.

    Examples
    --------
    >>> with on_scheduler(None):
    ...     spread(abs, [(-1,)])
    [1]
    """
    if address is None:
        yield
        return
    try:
        from distributed import Client
    except ImportError:
        raise RmstudyError(
            "A cluster needs extra packages. Install them: pip install 'rmstudy[cluster]'."
        ) from None
    try:
        client: Any = Client(address, timeout="10s")  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise RmstudyError(
            f"No scheduler answers at {address} ({type(error).__name__}). Start one with `dask scheduler`, and give "
            "the address that it prints."
        ) from None
    with client, joblib.parallel_config(backend="dask"):
        yield
