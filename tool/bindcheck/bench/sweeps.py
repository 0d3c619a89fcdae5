"""Sweeps of batches: which parameter is varied, over how many values."""

from __future__ import annotations

import math

from bindcheck.bench.samples import Argument, Scalar, Steps
from bindcheck.errors import BindcheckError
from bindcheck.model import CoreApi

ROWS = 61
BLANK = "?"
"""A value that nobody but the user knows, in a file of cases."""
_STEP = 1 / 64
"""A step of floats that adds up without rounding, so that both sides count the same rows."""


def swept(
    core: CoreApi, arguments: tuple[Argument, ...], wanted: int | None
) -> tuple[Argument, ...]:
    """One parameter as a range of `wanted` values, the others as ranges of their one value.

    None is 61 values, or a batch of one row where there is nothing to sweep.
    """
    rows = ROWS if wanted is None else wanted
    axes = {one.param or one.name for one in core.ranges if one.axis}
    chosen = _axis(arguments, axes) if rows > 1 else None
    fixed = chosen is None and all(_is_fixed(one) for one in arguments)
    if fixed and wanted is not None and wanted > 1:
        raise BindcheckError(
            f"`{core.name}` has no parameter to sweep over {wanted} rows: leave out --rows, or "
            "give --rows 1"
        )
    swept = []
    for one in arguments:
        value = one.value
        if one.name in axes and not isinstance(value, tuple):
            value = _range(value, rows if one is chosen else 1)
        swept.append(Argument(one.name, value))
    return tuple(swept)


def _is_fixed(argument: Argument) -> bool:
    """Whether a parameter has one value, and no other will be filled in."""
    return argument.value != BLANK and rows_of((argument,)) == 1


def _axis(arguments: tuple[Argument, ...], axes: set[str]) -> Argument | None:
    """The parameter to sweep: an integer before a float; none where the user gave a range."""
    if any(isinstance(one.value, tuple) for one in arguments):
        return None
    free = [one for one in arguments if one.name in axes and not isinstance(one.value, bool)]
    for kind in (int, float):
        for one in free:
            if isinstance(one.value, kind):
                return one
    return None


def _range(value: Scalar, rows: int) -> Scalar | Steps:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return value
    if rows == 1:
        return (value, value, type(value)(0))
    if isinstance(value, int):
        return (max(2, value), max(2, value) + rows - 1, 1)
    return (value, value + (rows - 1) * _STEP, _STEP)


def rows_of(arguments: tuple[Argument, ...]) -> int:
    """How many combinations a grid has."""
    rows = 1
    for one in arguments:
        if isinstance(one.value, tuple):
            start, stop, step = one.value
            if step:
                rows *= math.floor(abs(stop - start) / abs(step) + 1e-9) + 1
    return rows
