"""Shapes of memory that is there: the product of their numbers is how much of it there is."""

from __future__ import annotations

from bindcheck.analysis.flow.spelling import spelling
from bindcheck.analysis.flow.types import INTEGERS
from bindcheck.analysis.flow.values import Root, Value
from bindcheck.model import Binary
from bindcheck.model.fact import replace


def extents(shape: Value, root: Root) -> Value:
    """A field that is a shape by its name: its numbers are those of the memory beside it."""
    element = shape.element
    fields = tuple((name, _extent(part, root)) for name, part in shape.fields)
    return replace(
        shape, element=_extent(element, root) if element is not None else None, fields=fields
    )


def _extent(value: Value, root: Root) -> Value:
    whole = value.type is not None and value.type.peel().name in INTEGERS
    return replace(value, entry=True, lengths=frozenset({root})) if whole else value


def of_one_shape(node: Binary, left: Value, right: Value) -> bool:
    """Whether two numbers of one shape are multiplied: that does not overflow."""
    apart = spelling(node.left) != spelling(node.right)
    same = bool(left.lengths) and left.lengths == right.lengths
    return left.entry and right.entry and same and apart and node.op == "*"
