"""The input arrays of a case."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from bindcheck.bench.worker.work import BLANK


def make_series(series: list[dict[str, Any]], length: int, seed: int) -> list[Any]:
    """Prices of a random walk; names such as `high` and `low` get a bar's parts of one walk.

    Of other arrays the first gets its prices (`close`, where one is called so), each further one
    those of a walk of its own: two that are taken for each other would not be told apart.
    """
    rng = np.random.default_rng(seed)
    close = 100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.005, length)))
    spread = np.abs(rng.normal(0.0, 0.3, length)) + 0.05
    bars = {
        "high": close + spread,
        "low": close - spread,
        "open": close + rng.uniform(-0.5, 0.5, length) * spread,
        "volume": rng.uniform(1e3, 1e5, length),
    }
    named = [one["name"] for one in series]
    free = [at for at, name in enumerate(named) if name not in bars]
    first = named.index("close") if "close" in named else free[0] if free else -1
    for at in free:
        walk = np.random.default_rng((seed, at + 1)).normal(0.0, 0.005, length)
        bars[f"#{at}"] = close if at == first else 100.0 * np.exp(np.cumsum(walk))
    return [
        _typed(bars.get(name, bars.get(f"#{at}")), one["element"], at)
        for at, (name, one) in enumerate(zip(named, series, strict=True))
    ]


def _typed(values: Any, element: str, at: int) -> Any:
    """A copy of its own for each array, so that none is an alias of another."""
    if element == "bool":
        return (values + at) % 2.0 < 1.0
    return np.array(values, dtype=dtype_of(element))


def dtype_of(element: str) -> Any:
    """The type of NumPy for one of Rust."""
    words = {"usize": "uint64", "isize": "int64", "bool": "bool"}
    kinds = {"f": "float", "u": "uint", "i": "int"}
    return np.dtype(words.get(element) or kinds[element[0]] + element[1:])


def strided(values: Any) -> Any:
    """The same values as every second element of a larger array."""
    wide = np.zeros(2 * len(values), dtype=values.dtype)
    wide[::2] = values
    return wide[::2]


class Buffer:
    """An array that results are written into, and how much of it a call has written."""

    def __init__(self, shape: tuple[int, ...], element: str):
        self.values = np.full(shape, 1, dtype=dtype_of(element))

    def blank(self) -> None:
        """Fill it with what no call gives."""
        if self.values.dtype != bool:
            self.values.view(np.uint8).fill(BLANK)

    def cells(self) -> int:
        """Cells of the rows up to the last that was written to since it was blank.

        A call may leave what it finds in single cells. Of truth values all count.
        """
        if self.values.dtype == bool:
            return self.values.size
        item, cols = self.values.dtype.itemsize, self.values.shape[-1]
        words = self.values.view(f"u{item}").reshape(-1, cols)
        written = np.flatnonzero((words != int.from_bytes([BLANK] * item, "big")).any(axis=1))
        self.values.fill(1)
        return (int(written[-1]) + 1) * cols if written.size else 0


def cells_of(result: Any) -> int:
    """How many values a result has: of the largest array in it."""
    if isinstance(result, dict):
        return max((cells_of(one) for one in result.values()), default=0)
    if isinstance(result, (tuple, list)) and any(hasattr(one, "__len__") for one in result):
        return max(cells_of(one) for one in result)
    if hasattr(result, "shape"):
        return math.prod(result.shape)
    return len(result) if hasattr(result, "__len__") else 1
