"""Functions of the crate that are values: `map(convert)`, `let convert = number_of;`."""

from __future__ import annotations

from bindcheck.analysis.flow.machine import Frame
from bindcheck.analysis.flow.values import Scope, Shape, Size, Value
from bindcheck.model import Call, Closure, ItemRef, Param, Path


def function_value(node: Path, target: ItemRef, frame: Frame) -> Value:
    """`path` as the closure `|a, b| path(a, b)`; the call has the place of the path."""
    function = frame.world.program.function(target)
    count = len(function.params) + bool(function.receiver)
    names = [f"?{i}" for i in range(count)]
    params = tuple(Param(name, (name,), None, node.span) for name in names)
    args = tuple(Path(node.span, (name,)) for name in names)
    closure = Closure(node.span, params, Call(node.span, node, args))
    return Value(Shape.CLOSURE, Size.CONST, closure=closure, scope=Scope(frame.ref, ()))


def is_function(closure: Closure) -> bool:
    """Whether a closure stands for a function that is a value."""
    return isinstance(closure.body, Call) and closure.body.span == closure.span
