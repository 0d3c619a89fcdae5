"""Maps and sets: what is gone through, one by one."""

from __future__ import annotations

from bindcheck.analysis.flow.machine import Frame
from bindcheck.analysis.flow.values import Shape, Size, Value
from bindcheck.model import TypeRef

_WHOLE = frozenset({"iter", "iter_mut", "into_iter", "drain"})
_PART = {"keys": 0, "into_keys": 0, "values": 1, "values_mut": 1, "into_values": 1}
_PAIR = 2


def entry_of(receiver: Value, method: str, frame: Frame) -> Value | None:
    """What an iterator over a map or set of the caller gives: its keys are the caller's, too."""
    held = receiver.type.peel() if receiver.type is not None else None
    if held is None or receiver.shape is not Shape.STRUCT or not receiver.caller:
        return None
    if held.name.endswith("Set") and held.args and method in _WHOLE:
        return _typed(held.args[0], receiver, frame)
    if not held.name.endswith("Map") or len(held.args) < _PAIR:
        return None
    if method in _PART:
        return _typed(held.args[_PART[method]], receiver, frame)
    if method not in _WHOLE:
        return None
    parts = tuple((str(i), _typed(one, receiver, frame)) for i, one in enumerate(held.args[:_PAIR]))
    return Value(Shape.STRUCT, Size.UNKNOWN, caller=receiver.caller, fields=parts)


def _typed(type_: TypeRef, receiver: Value, frame: Frame) -> Value:
    return frame.world.typed(type_, receiver)
