"""What the parameters of a function stand for in a call."""

from __future__ import annotations

from bindcheck.analysis.flow.known import Args
from bindcheck.analysis.flow.machine import Frame
from bindcheck.analysis.flow.patterns import spread
from bindcheck.analysis.flow.raw import is_borrow
from bindcheck.analysis.flow.values import NOTHING, Shape, Value
from bindcheck.model import Function, Param
from bindcheck.model.fact import replace


def arguments(function: Function, args: Args, frame: Frame) -> dict[str, Value]:
    """The names of a function's parameters with the values of a call."""
    values = list(args)
    names: dict[str, Value] = {}
    if function.receiver and values:
        names["self"] = values.pop(0)
    for i, param in enumerate(function.params):
        value = values[i] if i < len(values) else NOTHING
        names.update(_parameter(param, value, frame))
    return names


def _parameter(param: Param, value: Value, frame: Frame) -> dict[str, Value]:
    typed = frame.world.typed(param.type, value)
    if is_borrow(typed) and value.root is not None:
        frame.borrowed.add(value.root)
    if value.shape is Shape.UNKNOWN and value.closure is None:
        value = replace(typed, root=value.root, caller=value.caller)
    elif value.closure is None and value.type is None:
        value = replace(value, type=typed.type, element=value.element or typed.element)
    if len(param.names) <= 1:
        return {param.names[0] if param.names else param.name: value}
    return spread(param.names, value)
