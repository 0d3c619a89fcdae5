"""What a trial writes, and the range of whole numbers."""

from __future__ import annotations

from bindcheck.analysis.ranges.values import UNKNOWN
from bindcheck.analysis.trials.machine import Frame, evaluate
from bindcheck.analysis.trials.values import (
    WORD,
    Panicked,
    Pointer,
    Row,
    Value,
    binary,
    is_whole,
    wraps,
)
from bindcheck.model import Assign, FieldAccess, Index, Node, Path, Unary


@evaluate.register
def _assign(node: Assign, frame: Frame) -> Value:
    value = frame.expr(node.value)
    op = node.op.removesuffix("=")
    if op:
        value = computed(node, op, frame.expr(node.target), value, frame)
    _store(node.target, value, frame)
    return ()


def computed(node: Node, op: str, left: Value, right: Value, frame: Frame) -> Value:
    """The result of an operator in the range of its type; a difference below 0 wraps."""
    try:
        value = binary(op, left, right)
    except Panicked as panicked:
        raise frame.panics(node, panicked.how) from None
    if not wraps(value):
        return value
    if op == "-":
        frame.note_wrap(node)
    return binary("&", value, WORD - 1)


def _store(target: Node, value: Value, frame: Frame) -> None:
    """Write to what a target names."""
    if isinstance(target, Unary) and target.op == "*":
        place = frame.expr(target.value)
        if isinstance(place, Pointer):
            try:
                place.write(value)
            except Panicked as panicked:
                raise frame.panics(target, panicked.how) from None
            return
        target = target.value
    if isinstance(target, Path) and len(target.segments) == 1:
        frame.names[target.last] = value
    elif isinstance(target, FieldAccess):
        _store_in(target, value, frame)
    elif isinstance(target, Index):
        _store_at(target, value, frame)
    else:
        frame.course.written()


def _store_in(target: FieldAccess, value: Value, frame: Frame) -> None:
    base = frame.expr(target.base)
    if isinstance(base, dict):
        base[target.name] = value
    elif isinstance(target.base, Path) and target.base.last in frame.names:
        frame.names[target.base.last] = UNKNOWN


def _store_at(target: Index, value: Value, frame: Frame) -> None:
    base, at = frame.expr(target.base), frame.expr(target.index)
    if not isinstance(base, Row):
        return
    if not is_whole(at):
        base.blur()
        return
    assert isinstance(at, int)
    if not 0 <= at < base.size:
        raise frame.panics(target, "an index is too large")
    base.put(at, value)
