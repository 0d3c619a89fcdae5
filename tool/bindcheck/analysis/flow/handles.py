"""Collections of handles: a walk over them moves a name or a wrapper each, and reads no data."""

from __future__ import annotations

from collections.abc import Iterable

from bindcheck.analysis.flow import types as ft
from bindcheck.analysis.flow.events import COMPUTES, Kind
from bindcheck.analysis.flow.machine import Frame
from bindcheck.analysis.flow.values import Shape, Size, Source, Value
from bindcheck.model import Enum, ItemRef, Loop, MethodCall, Node, Path, Struct, TypeRef

_HEAVY = COMPUTES | {Kind.MEMORY, Kind.FOREIGN, Kind.SCAN}
_WALKS = frozenset({"iter", "iter_mut", "into_iter", "par_iter", "into_par_iter", "chars", "bytes"})
_PASSES = frozenset({"iter", "into_iter", "copied", "cloned", "map", "collect"})
_LISTED = ft.SEQUENCES | ft.NDARRAYS | ft.ARROW_ARRAYS | ft.NUMPY


def is_light(over: Value, walked: Node, start: int, frame: Frame) -> bool:
    """Whether a loop or chain over a collection only passes its elements on.

    `walked` is the code that runs for each of them, `start` counts the works noted before it.
    """
    if isinstance(walked, MethodCall) and _only_wraps(walked, frame):
        return True
    if not over.is_sequence or not of_handles(over, frame):
        return False
    if _is_made(over) and not isinstance(walked, MethodCall):
        return False
    inside = frame.events.works[start:]
    if any(one.kind in _HEAVY and one.size is Size.DATA and not one.light for one in inside):
        return False
    return not any(_loops(ref, frame) for part in walked.walk() for ref in _called(part, frame))


def _only_wraps(chain: MethodCall, frame: Frame) -> bool:
    """Whether a chain puts each whole number of a list into a type: `map(Extent::new)`.

    Such a list says where or how often; what Python has spent to pass it outweighs the walk.
    """
    node: Node = chain
    wrapped = False
    while isinstance(node, MethodCall) and node.method in _PASSES:
        wrapped = wrapped or node.method == "map"
        if any(not _is_constructor(arg, frame) for arg in node.args):
            return False
        node = node.receiver
    known = frame.names.get(node.last) if isinstance(node, Path) else None
    item = known.element if known is not None else None
    whole = item is not None and item.type is not None and item.type.peel().name in ft.INTEGERS
    return wrapped and whole


def _is_constructor(node: Node, frame: Frame) -> bool:
    if not isinstance(node, Path) or frame.callees.get(node.span):
        return False
    return any(one[:1].isupper() for one in node.segments[-2:])


def _is_made(over: Value) -> bool:
    """Whether a loop gets something unknown that a closure makes of each element."""
    item = over.element
    unknown = item is None or (item.type is None and not item.fields)
    return over.shape is Shape.ITER and over.source is Source.FRESH and unknown


def of_handles(over: Value, frame: Frame) -> bool:
    """Whether the elements of a collection are names, objects or wrappers, not numbers."""
    item = over.element
    if item is not None and _is_data(item, frame):
        return False
    type_ = over.type
    if type_ is not None and (type_.kind in ("slice", "array") or type_.name in ft.SEQUENCES):
        return bool(type_.args) and _is_handle(type_.args[0], frame)
    if item is None or item.shape is Shape.SEQ:
        return False
    if item.type is None and item.fields:
        return _beside([one.type for _, one in item.fields], frame)
    return item.type is not None and _is_handle(item.type, frame)


def _is_data(item: Value, frame: Frame) -> bool:
    """Whether what a chain makes of its elements is known to be data, such as structs of numbers.

    A number counts beside the element of another collection only: it may be an index or a length.
    """
    if item.type is not None:
        return item.shape is Shape.STRUCT and not _holds_no_numbers(item.type, frame)
    numbers = (one for _, one in item.fields if one.type and one.type.peel().name in ft.NUMBERS)
    return any(one.root is not None for one in numbers)


def _beside(types: Iterable[TypeRef | None], frame: Frame) -> bool:
    """Whether a tuple holds handles, with no more than flags beside them.

    Beside an object of Python one number is nothing: what it takes to pass that outweighs the walk.
    """
    parts = [one for one in types if one is None or one.peel().name != "bool"]
    if any(one is not None and _is_class(one, frame) for one in parts):
        parts = [one for one in parts if one is None or one.peel().name not in ft.NUMBERS]
    return bool(parts) and all(one is not None and _is_handle(one, frame) for one in parts)


def _is_class(type_: TypeRef, frame: Frame) -> bool:
    item = _struct_of(type_, frame)
    return item is not None and item.attr("pyclass") is not None


def _is_handle(type_: TypeRef, frame: Frame) -> bool:
    peeled = type_.peel()
    if peeled.kind == "tuple":
        return _beside(peeled.args, frame)
    if peeled.name in ("Option", *ft.POINTERS, *ft.TRANSPARENT) and peeled.args:
        return _is_handle(peeled.args[0], frame)
    if peeled.name in ft.TEXTS:
        return True
    if peeled.kind != "path" or peeled.names() & (ft.SCALARS | _LISTED | {"PyAny", "PyObject"}):
        return False
    # `T` may stand for a number, and so may a foreign `f16`.
    named = len(peeled.name) > 2 and peeled.name[0].isupper()
    return named and _holds_no_numbers(peeled, frame)


def _holds_no_numbers(type_: TypeRef, frame: Frame) -> bool:
    """Whether a struct has no field of numbers; one for Python may keep a few beside the rest."""
    item = _struct_of(type_, frame)
    if isinstance(item, Enum) or not isinstance(item, Struct):
        return True
    numeric = [bool(one.type.names() & ft.NUMBERS) for one in item.fields]
    return not (any(numeric) and (all(numeric) or item.attr("pyclass") is None))


def _struct_of(type_: TypeRef, frame: Frame) -> Struct | Enum | None:
    scope = frame.world.program.function(frame.ref).scope
    ref = frame.world.struct_of(type_, frame.ref.path, scope)
    return frame.world.program.struct(ref) if ref is not None else None


def _called(node: Node, frame: Frame) -> tuple[ItemRef, ...]:
    return frame.callees.get(node.span, ())


def _loops(ref: ItemRef, frame: Frame) -> bool:
    """Whether a function goes over something itself."""
    body = frame.world.program.body(ref) if not frame.is_running(ref) else None
    parts = body.walk() if body is not None else iter(())
    return any(
        isinstance(part, Loop) or (isinstance(part, MethodCall) and part.method in _WALKS)
        for part in parts
    )
