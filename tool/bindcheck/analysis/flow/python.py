"""Methods of Python objects and NumPy arrays."""

from __future__ import annotations

import re

from bindcheck.analysis.flow import types as ft
from bindcheck.analysis.flow.by_value import note_clones
from bindcheck.analysis.flow.events import Kind, Made, Panic, Sliced, Taken, Write
from bindcheck.analysis.flow.machine import Frame
from bindcheck.analysis.flow.raw import note_alias
from bindcheck.analysis.flow.spelling import spelling
from bindcheck.analysis.flow.types import Hint
from bindcheck.analysis.flow.values import (
    NOT_CONTIGUOUS,
    NOTHING,
    PYTHON,
    Fails,
    Shape,
    Size,
    Source,
    Value,
)
from bindcheck.analysis.flow.world import with_root
from bindcheck.analysis.linking.tokens import options
from bindcheck.model import Binary, Literal, MacroCall, MethodCall, Path, TypeRef
from bindcheck.model.fact import replace

_SLICES = frozenset({"as_slice", "as_slice_mut", "to_slice", "as_raw_array", "as_raw_array_mut"})
_VIEWS = frozenset({"as_array", "as_array_mut", "try_as_matrix"})
_SAME = frozenset(
    {
        *("clone", "as_any", "into_any", "unbind", "bind", "as_borrowed", "to_owned", "into"),
        *("as_ref", "into_bound", "clone_ref", "data", "as_gil_ref", "to_object", "unwrap"),
        *("into_py", "into_pyobject", "as_unbound", "expect"),
    }
)
_WORD = re.compile(r"\w+")
_GUARDS = frozenset({"readonly", "readwrite", "try_readonly", "try_readwrite"})
_CASTS = frozenset({"downcast", "downcast_into", "cast", "cast_into", "downcast_exact"})
DOWNCASTS = frozenset({"downcast_ref", "downcast_mut"})
_ITERATES = frozenset({"iter", "try_iter", "into_iter"})
_ASKS = frozenset(
    {
        *("is_none", "hasattr", "is_instance_of", "is_instance", "is", "py", "get_type"),
        *("as_ptr", "into_ptr"),
    }
)
_SHAPES = frozenset({"shape", "strides"})
_OF_TYPES = {
    **dict.fromkeys(("itemsize", "alignment"), "usize"),
    **dict.fromkeys(("kind", "byteorder", "char"), "u8"),
}
"""Methods of NumPy's data types that give a number, and its type."""
_LENGTHS = frozenset({"len", "shape", "ndim", "dims", "is_empty", "strides", "is_contiguous"})


def python_method(receiver: Value, node: MethodCall, frame: Frame) -> Value:
    """What a method of a Python object gives; each counts as a touch unless it only looks."""
    method = node.method
    if receiver.shape is Shape.TOKEN:
        for arg in node.args:
            frame.call(frame.expr(arg))
        return PYTHON.wrapped("result", Fails.INTERNAL)
    if receiver.shape is Shape.NUMPY:
        known = _numpy(receiver, node, frame)
        if known is not None:
            return known
    if method == "extract":
        return _extract(receiver, node, frame)
    if method in _CASTS:
        return _cast(receiver, node, frame)
    return _object(receiver, node, frame)


def _numpy(receiver: Value, node: MethodCall, frame: Frame) -> Value | None:
    method = node.method
    own = receiver.source is Source.NUMPY
    note_alias(method, receiver, node.span, frame)
    if method in _SLICES:
        return _slice(receiver, node, frame)
    if method in _VIEWS:
        return replace(_memory(receiver), strided=not own)
    if method in ("to_vec", "to_owned_array"):
        _take(receiver, node, frame)
        root = frame.root(node.span)
        value = replace(_memory(receiver), source=Source.FRESH, root=root, owned=True)
        if method == "to_owned_array":
            return replace(value, strided=not own)
        frame.events.slices.append(Sliced(method, frame.place(node.span), receiver, own))
        fails = Fails.INTERNAL if own else Fails.CALLER
        return value.wrapped("result", fails, "`to_vec` needs a contiguous array")
    if method in _LENGTHS:
        lengths = frozenset({receiver.root}) if receiver.root else frozenset()
        usize = TypeRef("usize", name="usize")
        return Value(Shape.SCALAR, receiver.size, usize, receiver.source, lengths=lengths)
    if method in _GUARDS:
        return _guard(receiver, node, frame)
    if method in ("reshape", "reshape_with_order", "permute"):
        for arg in node.args:
            frame.expr(arg)
        return receiver.wrapped("result", Fails.INTERNAL, "the shape does not fit")
    return _numpy_more(receiver, node, frame)


def _numpy_more(receiver: Value, node: MethodCall, frame: Frame) -> Value | None:
    if node.method in ("copy_from", "copy_to"):
        args = [frame.expr(arg) for arg in node.args]
        frame.events.writes.append(
            Write(
                "copy",
                frame.place(node.span),
                receiver,
                args[0] if args else NOTHING,
                frame.region,
                node.method,
            )
        )
        return NOTHING
    if node.method in ("to_pyarray", "into_pyarray"):
        frame.events.made.append(Made(node.method, frame.place(node.span), receiver))
        return receiver
    if node.method in DOWNCASTS:
        return downcast(receiver, node, frame)
    if node.method in _SAME:
        for arg in node.args:
            frame.expr(arg)
        return receiver
    return None


def downcast(receiver: Value, node: MethodCall, frame: Frame) -> Value:
    """`downcast_ref::<T>()` of a trait object: it is up to the caller only for Python objects."""
    target = frame.named(node.turbofish)
    value = _from_python(target, frame, node) if target is not None else receiver
    value = replace(value, source=receiver.source, root=receiver.root or value.root)
    handed = receiver.is_python and receiver.caller
    fails = Fails.CALLER if handed else Fails.INTERNAL
    return value.wrapped("option", fails, f"`{node.method}` fails for another type")


def _memory(receiver: Value) -> Value:
    item = receiver.type.args[0] if receiver.type is not None and receiver.type.args else None
    if item is not None and item.name in ft.NUMPY:
        item = item.args[0] if item.args else None
    element = Value(Shape.SCALAR, Size.CONST, item)
    return Value(
        Shape.SEQ,
        receiver.size,
        source=receiver.source,
        root=receiver.root,
        element=element,
    )


def _slice(receiver: Value, node: MethodCall, frame: Frame) -> Value:
    sure = receiver.source is Source.NUMPY or receiver.root in frame.contiguous
    frame.events.slices.append(Sliced(node.method, frame.place(node.span), receiver, sure))
    fails = Fails.INTERNAL if sure else Fails.CALLER
    why = f"`{node.method}` {NOT_CONTIGUOUS}"
    return _memory(receiver).wrapped("result", fails, why)


def _guard(receiver: Value, node: MethodCall, frame: Frame) -> Value:
    if receiver.root is not None:
        frame.borrowed.add(receiver.root)
    if node.method.startswith("try_"):
        return receiver.wrapped("result", Fails.CALLER, "the array is borrowed elsewhere")
    if node.method == "readwrite" and receiver.source is not Source.NUMPY:
        why = "the array may be borrowed elsewhere, for instance passed twice"
        frame.events.panics.append(
            Panic("borrow", frame.place(node.span), Fails.CALLER, why, frame.region)
        )
    return receiver


def _take(receiver: Value, node: MethodCall, frame: Frame) -> None:
    if receiver.source in (Source.ARGUMENT, Source.EXTRACTED):
        frame.work(Kind.MEMORY, node.span, node.method, Size.DATA)
        frame.events.taken.append(
            Taken(node.method, frame.place(node.span), receiver, frame.fallback > 0)
        )


def _extract(receiver: Value, node: MethodCall, frame: Frame) -> Value:
    frame.touches += 1
    for arg in node.args:
        frame.expr(arg)
    target = frame.named(node.turbofish)
    own = receiver.is_python and not receiver.caller
    fails = Fails.INTERNAL if own else Fails.CALLER
    if target is None:
        return Value(
            source=Source.EXTRACTED,
            caller=True,
            wrap="result",
            fails=fails,
            why="`extract` fails",
            few=receiver.few,
        )
    note_clones(target, node.span, frame)
    value = _from_python(target, frame, node)
    if receiver.few:
        return replace(value, size=Size.CONST).wrapped("result", Fails.CALLER, "`extract` fails")
    if receiver.identity:
        _name_listed(value, frame)
    elif value.shape is Shape.SEQ and not value.wrap:
        frame.events.taken.append(
            Taken("extract", frame.place(node.span), value, frame.fallback > 0)
        )
    return value.wrapped("result", fails, "`extract` fails")


def _name_listed(value: Value, frame: Frame) -> None:
    """What is extracted from the list of `tolist()` tells what the array holds."""
    taken = frame.events.taken
    if taken and taken[-1].how == "tolist" and value.shape is Shape.SEQ:
        taken[-1] = replace(taken[-1], value=value)


def _from_python(target: TypeRef, frame: Frame, node: MethodCall) -> Value:
    hint = Hint(
        extent=Size.DATA,
        number=Size.GRID,
        caller=True,
        source=Source.EXTRACTED,
        fails=Fails.CALLER,
        is_params=frame.world.is_params,
    )
    return with_root(ft.value_of(target, hint), frame.root(node.span))


def _cast(receiver: Value, node: MethodCall, frame: Frame) -> Value:
    target = frame.named(node.turbofish)
    value = _from_python(target, frame, node) if target is not None else receiver
    value = replace(value, source=receiver.source, root=receiver.root or value.root)
    fails = Fails.CALLER if receiver.caller else Fails.UNKNOWN
    return value.wrapped("result", fails, f"`{node.method}` fails")


def _object(receiver: Value, node: MethodCall, frame: Frame) -> Value:
    frame.touches += 1
    args = [frame.expr(arg) for arg in node.args]
    for arg in args:
        frame.call(arg)
    if node.method in _ITERATES:
        item = replace(PYTHON, caller=True)
        return replace(PYTHON, element=item, size=Size.DATA, caller=receiver.caller)
    if node.method in _SAME:
        return receiver
    if node.method == "len":
        return Value(Shape.SCALAR, Size.DATA, TypeRef("usize", name="usize"))
    if node.method in _OF_TYPES and not node.args:
        number = TypeRef(_OF_TYPES[node.method], name=_OF_TYPES[node.method])
        return Value(Shape.SCALAR, Size.GRID, number, caller=receiver.caller)
    if node.method in ("borrow", "borrow_mut"):
        return _borrow(receiver, node, frame)
    if _is_tolist(node):
        frame.events.taken.append(
            Taken("tolist", frame.place(node.span), receiver, frame.fallback > 0)
        )
    if node.method in _ASKS:
        return Value(Shape.SCALAR if node.method != "py" else Shape.TOKEN, Size.CONST)
    fails = Fails.CALLER if receiver.caller else Fails.INTERNAL
    if receiver.root in frame.nonempty and _is_end(node):
        fails = Fails.INTERNAL
    value = replace(PYTHON, caller=receiver.caller, identity=_is_tolist(node), few=_is_shape(node))
    why = "there may be no element" if node.method == "next" else f"`{node.method}` fails"
    return value.wrapped("result", fails, why)


def _is_end(node: MethodCall) -> bool:
    """`list.get_item(0)`, `list.get_item(list.len() - 1)`: there if the list is not empty."""
    at = node.args[0] if node.method == "get_item" and len(node.args) == 1 else None
    if isinstance(at, Binary) and at.op == "-" and isinstance(at.right, Literal):
        counted, last = spelling(at.left), f"{spelling(node.receiver)}.len()"
        return counted == last and "?" not in last and at.right.text == "1"
    return isinstance(at, Literal) and at.text == "0"


def _is_tolist(node: MethodCall) -> bool:
    name = node.args[0] if node.args else None
    called = node.method in ("call_method0", "call_method")
    return called and isinstance(name, Literal) and name.text == "tolist"


def _is_frozen(receiver: Value, frame: Frame) -> bool:
    """Whether the class of an object is `frozen`: nobody ever borrows it mutably."""
    args = receiver.type.args if receiver.type is not None else ()
    function = frame.world.program.function(frame.ref)
    own = TypeRef(function.owner, "path", function.owner, function.owner)
    held = [own if one.name == "Self" else one for one in args]
    for one in held:
        ref = frame.world.struct_of(one, frame.ref.path, function.scope)
        attribute = frame.world.program.struct(ref).attr("pyclass") if ref is not None else None
        if attribute is not None and "frozen" in options(attribute.tokens):
            return True
    return False


def _is_shape(node: MethodCall) -> bool:
    """`getattr("shape")`, by whatever name the text goes."""
    if node.method != "getattr" or not node.args:
        return False
    parts = list(node.args[-1].walk())
    words = [part.text for part in parts if isinstance(part, (Literal, Path))]
    words += [part.tokens for part in parts if isinstance(part, MacroCall)]
    return any(_SHAPES & set(_WORD.findall(word.lower())) for word in words)


def _borrow(receiver: Value, node: MethodCall, frame: Frame) -> Value:
    name = receiver.type.name if receiver.type is not None else ""
    exclusive = node.method == "borrow_mut" or not _is_frozen(receiver, frame)
    if name in ("Bound", "Py", "Borrowed") and exclusive:
        why = "the object may be borrowed elsewhere"
        named = spelling(node.receiver)
        cause = "" if "?" in named else named
        frame.events.panics.append(
            Panic("borrow", frame.place(node.span), Fails.CALLER, why, frame.region, cause)
        )
    return receiver
