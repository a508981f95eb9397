"""Keys held against other keys, by numbering them once: for tables of a million people as for those of ten."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd


def among(keys: pd.Series[Any], known: pd.Series[Any] | pd.Index) -> pd.Series[bool]:
    """Which keys are among those known.

    Examples
    --------
    >>> import pandas as pd
    >>> among(pd.Series(["s01", "s99"]), pd.Index(["s00", "s01"])).tolist()
    [True, False]
    """
    numbers, places = _numbered(keys, known)
    there = np.zeros(len(keys) + len(known) + 1, dtype=np.bool_)
    there[places] = True
    return pd.Series(there[numbers], index=keys.index)


def looked_up(keys: pd.Series[Any], values: pd.Series[Any]) -> pd.Series[Any]:
    """The value of each key; missing where there is none.

    Examples
    --------
    >>> import pandas as pd
    >>> looked_up(pd.Series(["s01", "s01"]), pd.Series({"s01": "mentor"})).tolist()
    ['mentor', 'mentor']
    """
    numbers, places = _numbered(keys, values.index)
    position = np.full(len(keys) + len(values) + 1, -1, dtype=np.intp)
    position[places] = np.arange(len(values))
    return values.reset_index(drop=True).reindex(position[numbers]).set_axis(keys.index)


def _numbered(
    keys: pd.Series[Any], known: pd.Series[Any] | pd.Index
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Numbers of the keys and of those known: equal where they are equal, nothing being equal to nothing."""
    both = pd.concat([keys, pd.Series(known, dtype=keys.dtype)], ignore_index=True)
    numbers, _ = pd.factorize(both, use_na_sentinel=False)
    return numbers[: len(keys)], numbers[len(keys) :]
