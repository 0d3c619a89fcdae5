"""What describes an indicator to the shared contract, and the series it is called with."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Indicator:
    """The public names of an indicator and what is needed to call them."""

    single: Callable[..., Any]
    batch: Callable[..., Any]
    stream: Callable[..., Any]
    defaults: dict[str, Any]
    """Parameters in order, with their documented defaults."""
    sweep: dict[str, tuple[Any, Any, Any]]
    """A small grid for a series of 500 values."""
    slow_sweep: dict[str, tuple[Any, Any, Any]]
    """A grid that takes about a second on a series of 20,000 values under the scalar kernel."""
    long: tuple[int, int]
    """Length of a series and a period for which a call takes longer than an interrupt may wait."""
    needed: Callable[[int], int]
    """How many values a period needs."""

    def ranges(self, **only: Any) -> dict[str, tuple[Any, Any, Any]]:
        """The batch arguments for the defaults, with some parameters replaced by ranges."""
        return {
            f"{name}_range": only.get(name, (value, value, 0))
            for name, value in self.defaults.items()
        }


def walk(length: int, seed: int = 1) -> Array:
    """A reproducible price series around 100."""
    return 100 + np.cumsum(np.random.default_rng(seed).standard_normal(length) * 0.5)


def misaligned(values: Array) -> Array:
    """The same values, one byte off."""
    raw = np.zeros(values.nbytes + 1, dtype=np.uint8)
    view: Array = np.ndarray(values.shape, np.float64, raw.data, offset=1)
    view[...] = values
    assert not view.flags.aligned
    return view


def packed(values: Array) -> Array:
    """The same values as a field of a packed record."""
    records = np.zeros(values.shape, [("kind", np.int8), ("value", np.float64)])
    records["value"] = values
    return records["value"]


def same(left: Array, right: Array) -> None:
    """Equal bit for bit, NaN being NaN."""
    np.testing.assert_array_equal(left, right, strict=True)


def available(single: Callable[..., Any]) -> set[str]:
    """The kernels, beside scalar, that a function takes on this machine."""
    found = set()
    for kernel in ("avx2", "avx512", "neon"):
        with contextlib.suppress(ValueError):
            single(walk(200), kernel=kernel)
            found.add(kernel)
    return found
