"""Shapes of memory that is there: the product of their numbers is how much of it there is."""

from __future__ import annotations

from bindcheck.analysis.flow.machine import Frame
from bindcheck.analysis.flow.spelling import spelling
from bindcheck.analysis.flow.types import INTEGERS
from bindcheck.analysis.flow.values import Root, Shape, Source, Value, unchosen
from bindcheck.model import Binary, ItemRef
from bindcheck.model.fact import replace

_HANDED = (Source.ARGUMENT, Source.EXTRACTED)
_ZEROS = (b"== 0", b"is_empty", b"< 1", b"<= 0", b"NonZero")


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


def with_extents(made: Value, ref: ItemRef, args: list[Value], frame: Frame) -> Value:
    """A struct that a function makes of the shape of a caller's array: its sides may be 0.

    Of that nothing is known where the function asks for zeros itself.
    """
    if made.shape is not Shape.STRUCT or not any(_has_extents(one, frame) for one in args):
        return made
    if frame.world.program.mentions(ref, _ZEROS):
        return made
    return replace(made, caller=True, entry=True)


def _has_extents(value: Value, frame: Frame) -> bool:
    if value.shape is not Shape.STRUCT or value.type is None:
        return False
    return value.entry or any(
        one.entry and one.source in _HANDED and not one.lengths & frame.nonempty
        for _, one in value.fields
    )


def settled(value: Value) -> Value:
    """What a function has made of arguments that it has looked at: sides may still be 0."""
    keeps = value.caller and value.entry and value.shape is Shape.STRUCT
    return replace(unchosen(value), caller=keeps)
