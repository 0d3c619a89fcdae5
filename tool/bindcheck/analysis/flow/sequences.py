"""Methods of slices, `Vec` and `ndarray` arrays."""

from __future__ import annotations

from collections.abc import Callable

from bindcheck.analysis.flow.events import Kind, Made, Panic, Sliced, Taken, Write
from bindcheck.analysis.flow.machine import Frame
from bindcheck.analysis.flow.simple import ARGUMENTS
from bindcheck.analysis.flow.values import (
    CONSTANT,
    NOTHING,
    REVERSED,
    Fails,
    Shape,
    Size,
    Source,
    Value,
    join,
)
from bindcheck.model import MethodCall, Path, TypeRef
from bindcheck.model.fact import replace

Method = Callable[[Value, MethodCall, Frame], Value]
_USIZE = TypeRef("usize", name="usize")


def _args(node: MethodCall, frame: Frame) -> list[Value]:
    return [frame.expr(arg) for arg in node.args]


def _len(receiver: Value, node: MethodCall, frame: Frame) -> Value:
    del node, frame
    lengths = frozenset({receiver.root}) if receiver.root else frozenset()
    return Value(Shape.SCALAR, receiver.size, _USIZE, source=receiver.source, lengths=lengths)


def _entry(receiver: Value, node: MethodCall, frame: Frame) -> Value:
    """A shape, or a number out of it: there may be memory of one dimension without the other."""
    return replace(_len(receiver, node, frame), entry=True)


def _same(receiver: Value, node: MethodCall, frame: Frame) -> Value:
    _args(node, frame)
    return receiver


def _copy(receiver: Value, node: MethodCall, frame: Frame) -> Value:
    """`to_vec`, `to_owned`, `clone`: new memory of the same length."""
    if not (receiver.shape is Shape.SEQ or receiver.size is Size.DATA):
        return receiver
    if receiver.shape is Shape.STRUCT:
        return receiver
    if receiver.size is Size.DATA:
        frame.work(Kind.MEMORY, node.span, node.method, Size.DATA)
        if receiver.source in ARGUMENTS and node.method != "clone":
            frame.events.taken.append(
                Taken(node.method, frame.place(node.span), receiver, frame.fallback > 0)
            )
    return replace(
        receiver,
        shape=Shape.SEQ,
        source=Source.FRESH,
        root=frame.root(node.span),
        owned=True,
        strided=receiver.strided and node.method != "to_vec",
        identity=receiver.source is Source.RESULT,
    )


def _as_slice(receiver: Value, node: MethodCall, frame: Frame) -> Value:
    if receiver.type is not None and receiver.type.peel().name == "Vec":
        return receiver
    if receiver.strided:
        sure = receiver.root in frame.contiguous
        frame.events.slices.append(Sliced(node.method, frame.place(node.span), receiver, sure))
        return receiver.wrapped("option", Fails.CALLER, REVERSED)
    if node.method == "as_slice_memory_order":
        return receiver.wrapped("option", Fails.UNKNOWN)
    return receiver.wrapped("option", Fails.INTERNAL)


def _raw_vec(receiver: Value, node: MethodCall, frame: Frame) -> Value:
    """The memory of an owned array, whatever order its elements have in there."""
    if receiver.strided:
        frame.events.slices.append(
            Sliced(node.method, frame.place(node.span), receiver, sure=False)
        )
    return receiver


def _first(receiver: Value, node: MethodCall, frame: Frame) -> Value:
    args = _args(node, frame)
    item = receiver.element or NOTHING
    root = item.root or receiver.root
    item = replace(item, source=receiver.source, root=root, identity=True, part=True)
    if receiver.truth:
        return item.wrapped("option", Fails.NEVER)
    indexed = node.method.startswith("get") and args and args[0].caller
    known = receiver.root in frame.nonempty and not indexed
    exposed = receiver.source in ARGUMENTS or receiver.caller
    fails = Fails.NEVER if known else (Fails.CALLER if exposed or indexed else Fails.UNKNOWN)
    return item.wrapped("option", fails, "there may be no element")


def _push(receiver: Value, node: MethodCall, frame: Frame) -> Value:
    args = _args(node, frame)
    if not isinstance(node.receiver, Path):
        return NOTHING
    name = node.receiver.last
    known = frame.names.get(name)
    if known is None:
        return NOTHING
    size = Size.DATA if frame.loops else (Size.GRID if frame.grids else known.size)
    size = max(size, known.size)
    value = args[-1] if args else NOTHING
    element = join(known.element, value) if known.element is not None else value
    alone = known.element is None or known.identity
    plain = alone and bool(frame.loops) and value.identity and value.source is Source.RESULT
    frame.names[name] = replace(
        known,
        shape=Shape.SEQ,
        size=size,
        element=element,
        identity=plain,
        nested=element.shape is Shape.SEQ,
    )
    return NOTHING


def _extend(receiver: Value, node: MethodCall, frame: Frame) -> Value:
    args = _args(node, frame)
    other = args[0] if args else NOTHING
    if other.size is Size.DATA:
        frame.work(Kind.MEMORY, node.span, node.method, Size.DATA)
    if isinstance(node.receiver, Path) and node.receiver.last in frame.names:
        known = frame.names[node.receiver.last]
        size = max(known.size, other.size, Size.DATA if frame.loops else Size.CONST)
        frame.names[node.receiver.last] = replace(known, shape=Shape.SEQ, size=size)
    return receiver


def _fill(receiver: Value, node: MethodCall, frame: Frame) -> Value:
    args = _args(node, frame)
    if receiver.size is Size.DATA:
        frame.work(Kind.MEMORY, node.span, node.method, Size.DATA, part=receiver.part)
    frame.events.writes.append(
        Write("fill", frame.place(node.span), receiver, args[0] if args else NOTHING, frame.region)
    )
    return NOTHING


def _copy_from(receiver: Value, node: MethodCall, frame: Frame) -> Value:
    args = _args(node, frame)
    value = args[0] if args else NOTHING
    if receiver.size is Size.DATA or value.size is Size.DATA:
        frame.work(Kind.MEMORY, node.span, node.method, Size.DATA)
    if node.method != "assign" and _unequal(receiver, value, frame):
        why = "their lengths are never compared"
        frame.events.panics.append(
            Panic("copy", frame.place(node.span), Fails.CALLER, why, frame.region)
        )
    frame.events.writes.append(
        Write("copy", frame.place(node.span), receiver, value, frame.region, node.method)
    )
    return NOTHING


def _unequal(target: Value, value: Value, frame: Frame) -> bool:
    """Whether two arguments of the caller may differ in length."""
    if target.part or value.part or target.root is None or value.root is None:
        return False
    handed = target.source in ARGUMENTS and value.source in ARGUMENTS
    whole = target.shape is Shape.SEQ and value.shape is Shape.SEQ
    return handed and whole and not frame.compared(target.root, frozenset({value.root}))


def _sort(receiver: Value, node: MethodCall, frame: Frame) -> Value:
    item = receiver.element or NOTHING
    for arg in _args(node, frame):
        frame.call(arg, [item, item])
    if receiver.size is Size.DATA:
        frame.work(Kind.CHAIN, node.span, f"`{node.method}`", Size.DATA)
    return receiver


def _into_array(receiver: Value, node: MethodCall, frame: Frame) -> Value:
    _args(node, frame)
    frame.events.made.append(Made(node.method, frame.place(node.span), receiver))
    return Value(
        Shape.NUMPY,
        receiver.size,
        source=receiver.source,
        root=receiver.root or frame.root(node.span),
    )


def _reshaped(receiver: Value, node: MethodCall, frame: Frame) -> Value:
    _args(node, frame)
    return receiver.wrapped("result", Fails.INTERNAL, "the shape does not fit")


def _split(receiver: Value, node: MethodCall, frame: Frame) -> Value:
    _args(node, frame)
    half = replace(receiver, owned=False, part=True)
    return Value(Shape.STRUCT, receiver.size, fields=(("0", half), ("1", half)))


def _reduce(receiver: Value, node: MethodCall, frame: Frame) -> Value:
    """`ndarray`'s own loops: sum, mean, mapv, dot, .."""
    args = _args(node, frame)
    item = receiver.element or NOTHING
    for arg in args:
        frame.call(arg, [item])
    if receiver.shape is Shape.SEQ and receiver.size is Size.DATA:
        frame.work(Kind.CHAIN, node.span, f"`{node.method}`", Size.DATA)
    if node.method in ("mapv", "mapv_into", "map", "dot"):
        return replace(receiver, source=Source.FRESH, root=frame.root(node.span), owned=True)
    return Value(Shape.SCALAR, Size.CONST)


def _is_empty(receiver: Value, node: MethodCall, frame: Frame) -> Value:
    del receiver, node, frame
    return replace(CONSTANT, type=TypeRef("bool", name="bool"))


SEQUENCE_METHODS: dict[str, Method] = {
    **dict.fromkeys(("len", "capacity"), _len),
    **dict.fromkeys(("shape", "nrows", "ncols"), _entry),
    **dict.fromkeys(("is_empty", "contains", "contains_key"), _is_empty),
    **dict.fromkeys(("to_vec", "to_owned", "clone", "into_owned"), _copy),
    **dict.fromkeys(("as_slice", "as_slice_mut", "to_slice", "as_slice_memory_order"), _as_slice),
    **dict.fromkeys(("into_raw_vec", "into_raw_vec_and_offset"), _raw_vec),
    **dict.fromkeys(("first", "last", "get", "get_mut", "first_mut", "last_mut", "pop"), _first),
    **dict.fromkeys(("push", "push_back", "insert"), _push),
    **dict.fromkeys(("extend", "extend_from_slice", "append"), _extend),
    **dict.fromkeys(("fill", "fill_with"), _fill),
    **dict.fromkeys(("copy_from_slice", "clone_from_slice", "assign", "copy_from"), _copy_from),
    **dict.fromkeys(
        ("sort", "sort_by", "sort_unstable", "sort_unstable_by", "reverse", "dedup"), _sort
    ),
    **dict.fromkeys(
        ("into_pyarray", "to_pyarray", "into_pyarray_bound", "to_pyarray_bound"), _into_array
    ),
    **dict.fromkeys(("reshape", "into_shape", "into_shape_with_order", "to_shape"), _reshaped),
    **dict.fromkeys(("split_at", "split_at_mut"), _split),
    **dict.fromkeys(("sum", "mean", "mapv", "mapv_into", "map", "dot", "std", "var"), _reduce),
    **dict.fromkeys(
        (
            *("as_ptr", "as_mut_ptr", "as_ref", "as_mut", "view", "view_mut", "as_array"),
            *("into_boxed_slice", "into", "borrow", "borrow_mut", "deref"),
            *("iter_mut_slice", "as_any", "values", "data", "into_vec", "leak", "row", "column"),
        ),
        _same,
    ),
}
