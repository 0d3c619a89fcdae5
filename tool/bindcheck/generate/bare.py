"""A batch's result without keys: a tuple, or its one matrix."""

from __future__ import annotations

from collections.abc import Sequence

from bindcheck.fact import fact
from bindcheck.generate.context import Facts
from bindcheck.generate.grid import Grid
from bindcheck.generate.learned.results import MATRICES
from bindcheck.generate.rows import Row


@fact
class Bare:
    """The type of the result, and its parts in order; both are empty for a dict."""

    returns: str = ""
    parts: tuple[str, ...] = ()


def bare_result(
    facts: Facts,
    grid: Grid,
    matrices: Sequence[tuple[str, str]],
    items: Sequence[tuple[str, str]],
) -> Bare:
    """The parts of a kept result without keys, which are the second of each of `items`.

    Else our own result of matrices, which are expressions with element types, and of the rows.
    An empty element type is that of a view.
    """
    if grid.bare:
        return Bare("", tuple(shown for _, shown in items))
    keys = facts.style.keys
    if not keys.bare or grid.head.text:
        return Bare()
    shown = [(expression, _matrix(facts, element)) for expression, element in matrices]
    given = [_values(facts, row) for row in grid.rows]
    parts = [one for kind in keys.order for one in (shown if kind == MATRICES else given)]
    kinds = ", ".join(kind for _, kind in parts)
    return Bare(
        kinds if len(parts) == 1 else f"({kinds})", tuple(expression for expression, _ in parts)
    )


def _matrix(facts: Facts, element: str) -> str:
    names = facts.names
    held = f"{names.one('numpy::PyArray2')}<{element}>" if element else names.one("pyo3::PyAny")
    return f"{names.one('pyo3::Bound')}<'py, {held}>"


def _values(facts: Facts, row: Row) -> tuple[str, str]:
    """The expression of a row's values, and its type."""
    if not row.array:
        return row.variable, f"Vec<{row.type}>"
    names = facts.names
    array = f"{names.one('numpy::PyArray1')}<{row.type}>"
    return f"{row.variable}.into_pyarray(py)", f"{names.one('pyo3::Bound')}<'py, {array}>"
