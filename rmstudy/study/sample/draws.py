"""Random draws that come out the same on every machine.

Everything starts from `Generator.random`, whose stream is the bit generator's own and does not change
between numpy versions; normal values follow from it through the inverse of the normal distribution.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Draws:
    """A stream of draws for one purpose: changing one table leaves the draws of the others alone."""

    def __init__(self, seed: int, purpose: str) -> None:
        sequence = np.random.SeedSequence([seed, zlib.crc32(purpose.encode())])
        self._stream = np.random.Generator(np.random.PCG64(sequence))

    def uniform(self, *shape: int) -> Floats:
        """Values between 0 and 1, neither of them included."""
        # the stream has 53 bits and may give 0; half a step keeps clear of it
        return np.asarray(self._stream.random(shape), dtype=np.float64) + 2.0**-54

    def normal(self, *shape: int) -> Floats:
        """Standard normal values."""
        standard = NormalDist()
        flat = [standard.inv_cdf(p) for p in self.uniform(*shape).ravel().tolist()]
        return np.array(flat, dtype=np.float64).reshape(shape)

    def integers(self, low: int, high: int, *shape: int) -> Ints:
        """Whole numbers from low to high, both included."""
        return (low + np.floor(self.uniform(*shape) * (high - low + 1))).astype(np.int64)

    def order(self, n: int) -> list[int]:
        """The numbers 0 to n-1 in random order."""
        return [int(i) for i in np.argsort(self.uniform(n), kind="stable")]

    def pick(self, options: Sequence[Any], k: int) -> list[Any]:
        """Pick k different options, in their own order."""
        return [options[i] for i in sorted(self.order(len(options))[:k])]

    def choose(self, options: Sequence[Any], weights: Sequence[float], n: int) -> list[Any]:
        """Choose n options with these weights, with repetition."""
        limits = np.cumsum(np.asarray(weights, dtype=np.float64))
        places = np.searchsorted(limits, self.uniform(n) * limits[-1], side="right")
        return [options[min(int(place), len(options) - 1)] for place in places]
