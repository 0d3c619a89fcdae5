"""Whether two sides do the same work: what they give is held against each other, value by value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

Outputs = list[tuple[str, Any]]
"""Arrays with their names; a name is empty where there is none."""

Grid = tuple[int, int]
"""Rows and columns."""

BLANK = 0xA5
"""Each byte of a buffer that nothing has been written to."""

TOLERANCE = {2: 1e-2, 4: 1e-4, 8: 1e-6}
"""By the bytes of a floating-point number: how far two values may be apart, as a share of the value
or, if that is larger, of the mean of all values without their signs. Whole numbers are equal."""
_CHUNK = 1 << 16
_TELLING = 4
_NUMBERS = "biuf"


def outputs_of(result: Any, name: str = "") -> Outputs:
    """The arrays of numbers in what a Python function returns."""
    if isinstance(result, dict):
        return [one for key, part in result.items() for one in outputs_of(part, str(key))]
    if isinstance(result, (tuple, list)) and any(hasattr(one, "__len__") for one in result):
        return [one for part in result for one in outputs_of(part)]
    try:
        array = np.asarray(result)
    except ValueError:
        return []
    if array.dtype.kind == "f" and array.dtype.itemsize not in TOLERANCE:
        array = array.astype(float)
    return [(name, array)] if array.dtype.kind in _NUMBERS else []


def unstacked(outputs: Outputs, count: int, cells: int) -> Outputs:
    """Several outputs of `cells` values each out of the one array that a binding stacks them in."""
    if count < 2 or len(outputs) != 1 or outputs[0][1].size != count * cells:
        return outputs
    [(_, array)] = outputs
    axis = next((at for at, length in enumerate(array.shape) if length == count), None)
    parts = array.reshape(count, -1) if axis is None else np.moveaxis(array, axis, 0)
    return [("", part) for part in parts]


NOTHING = "nothing to compare"
"""Said where a side gives no array of numbers with a value for each cell."""


def disagreement(left: Outputs, right: Outputs, grid: Grid, names: tuple[str, str]) -> str:
    """The first value that differs, and how many do; empty if none does.

    Outputs of one name belong together. Without common names each output of the left has to be one
    of those of the right, in whatever order.
    """
    cells = grid[0] * grid[1]
    left, right = (
        [(name, _by_rows(array, grid)) for name, array in side if _is_grid(array, cells)]
        for side in (left, right)
    )
    if not left or not right:
        return NOTHING
    for name, a, candidates in _matched(left, right):
        found = [_Differences(a, b) for b in candidates]
        if found and all(one.number for one in found):
            several = name if len(left) > 1 else ""
            return found[0].told(several, grid, names)
    return ""


def uncompared(left: Outputs, right: Outputs, grid: Grid, names: tuple[str, str]) -> list[str]:
    """The outputs that only one side has, where others belong together by their names."""
    cells = grid[0] * grid[1]
    sides = [[name for name, array in side if _is_grid(array, cells)] for side in (left, right)]
    shared = {name for name in sides[0] if name} & set(sides[1])
    if not shared:
        return []
    return [
        f"`{output}` of {name}"
        for name, outputs in zip(names, sides, strict=True)
        for output in outputs
        if output not in shared
    ]


def _is_grid(array: Any, cells: int) -> bool:
    return array.size == cells and array.dtype.kind in _NUMBERS


def _by_rows(array: Any, grid: Grid) -> Any:
    """The values row by row, of a result with a column for each row too."""
    rows, cols = grid
    turned = array.shape == (cols, rows) and rows != cols
    return (array.T if turned else array).reshape(-1)


def _matched(left: Outputs, right: Outputs) -> Iterator[tuple[str, Any, list[Any]]]:
    """Each output of the left with those that it may be, the likeliest first."""
    there = dict(right)
    named = [(name, array) for name, array in left if name and name in there]
    if named:
        yield from ((name, array, [there[name]]) for name, array in named)
        return
    for at, (name, array) in enumerate(left):
        others = [one for _, one in right]
        yield (
            name or f"output {at + 1}",
            array,
            others[at : at + 1] + others[:at] + others[at + 1 :],
        )


class _Differences:
    """Where two arrays of one length differ. What a side has not written is not compared."""

    def __init__(self, a: Any, b: Any):
        self.a, self.b = a, b
        self.share = max(_tolerance(a), _tolerance(b))
        self.typical: float | None = None
        self.number, self.first = 0, 0
        for begin in range(0, len(a), _CHUNK):
            self._chunk(begin, a[begin : begin + _CHUNK], b[begin : begin + _CHUNK])

    def _chunk(self, begin: int, a: Any, b: Any) -> None:
        if a.dtype == b.dtype and np.array_equal(_words(a), _words(b)):
            return
        if self.typical is None:
            self.typical = _mean(self.b)
        wrong = _apart(a, b, self.share, self.typical) & _written(a) & _written(b)
        if not self.number and wrong.any():
            self.first = begin + int(np.argmax(wrong))
        self.number += int(np.count_nonzero(wrong))

    def told(self, output: str, grid: Grid, names: tuple[str, str]) -> str:
        """In words."""
        row, column = divmod(self.first, grid[1])
        place = f"row {row}, column {column}" if grid[0] > 1 else f"cell {column}"
        where = f"{place} of `{output}`" if output else place
        allowed = f" by more than {self.share:g} of their size" if self.share else ""
        a, b = float(self.a[self.first]), float(self.b[self.first])
        return (
            f"first at {where}: {names[0]} {a:.9g}, {names[1]} {b:.9g}; "
            f"{self.number:,} of {len(self.a):,} values differ{allowed}"
        )


def _tolerance(array: Any) -> float:
    return TOLERANCE.get(array.dtype.itemsize, 0.0) if array.dtype.kind == "f" else 0.0


def _words(array: Any) -> Any:
    """The bits of numbers: NaN equals NaN."""
    return np.ascontiguousarray(array).view(f"u{array.dtype.itemsize}")


def _mean(array: Any) -> float:
    """Of the values without their signs, of those that are finite."""
    total, number = 0.0, 0
    for begin in range(0, len(array), _CHUNK):
        part = np.abs(array[begin : begin + _CHUNK].astype(float))
        finite = part[np.isfinite(part)]
        total, number = total + float(finite.sum()), number + len(finite)
    return total / max(1, number)


def _apart(a: Any, b: Any, share: float, typical: float) -> Any:
    """Which values differ; NaN equals NaN, infinity itself."""
    if not share:
        return a != b
    a, b = a.astype(float), b.astype(float)
    with np.errstate(invalid="ignore"):
        near = np.abs(a - b) <= share * np.maximum(np.maximum(np.abs(a), np.abs(b)), typical)
    finite = np.isfinite(a) & np.isfinite(b)
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    return ~np.where(finite, near, same)


def _written(array: Any) -> Any:
    """Which values are not what a blank buffer holds; a byte or two may hold anything."""
    item = array.dtype.itemsize
    if item < _TELLING:
        return True
    return _words(array) != int.from_bytes([BLANK] * item, "big")
