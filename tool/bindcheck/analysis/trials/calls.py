"""Calls of a trial: functions of the crate are run, others are known by name."""

from __future__ import annotations

from itertools import pairwise

from bindcheck.analysis.flow.types import NDARRAYS, NUMPY
from bindcheck.analysis.ranges.values import ABSENT, UNKNOWN, Absent
from bindcheck.analysis.trials.iterating import of_items
from bindcheck.analysis.trials.machine import Frame, Spot, evaluate, may_write
from bindcheck.analysis.trials.methods import SAME, of_absent, of_pointer, of_present, of_row
from bindcheck.analysis.trials.numbers import check_bounds, of_number, of_text
from bindcheck.analysis.trials.values import (
    BLANK,
    HUGE,
    MOST,
    NO_MEMORY,
    Code,
    Fields,
    Items,
    Panicked,
    Pointer,
    Row,
    Tag,
    Value,
    is_whole,
    row_of,
)
from bindcheck.model import Call, Closure, Index, ItemRef, MethodCall, Node, Path, Range, Unary

Args = tuple[Value, ...]
_PAIR = 2
_RUNS = frozenset(
    {
        *("allow_threads", "detach", "with_gil", "attach", "install", "get_or_init", "scope"),
        *("in_place_scope", "with", "get_or_insert_with", "call_once"),
    }
)
_MAKES = frozenset({"new", "zeros", "new_bound", "zeros_bound", "from_elem", "uninit"})
_BLANK = frozenset({"new", "new_bound"})
"""NumPy memory without a value."""
_VECTORS = frozenset({"Vec", "AVec", "VecDeque", "SmallVec"})
_HANDS = frozenset({"set_item"})
"""Methods of Python objects that keep what they are given, and do not write to it."""
_OF_LIBRARY = (float, int, str, Items, Pointer, Row)
"""Values whose methods are those of the libraries; a trait of the crate is not looked for."""
_HOLDERS = frozenset({"ManuallyDrop", "Box", "Arc", "Rc", "Cell", "RefCell", "Cow", "Some", "Ok"})
_LIBRARY = (
    frozenset(
        {*("f64", "f32", "usize", "u64", "i64", "slice", "ptr", "core", "mem"), *NUMPY, *NDARRAYS}
    )
    | _VECTORS
)


@evaluate.register
def _call(node: Call, frame: Frame) -> Value:
    path = node.function
    args = tuple([frame.expr(arg) for arg in node.args]) if node.args else ()
    if not isinstance(path, Path):
        return frame.run(frame.expr(path), args)
    name = path.last
    if name in ("Ok", "Some") and len(args) == 1:
        return args[0]
    if name == "Err":
        return ABSENT
    local = frame.names.get(name) if len(path.segments) == 1 else None
    if isinstance(local, Code):
        return frame.run(local, args)
    nested = frame.nested.get(name) if len(path.segments) == 1 else None
    if nested is not None and nested.body is not None:
        return _written(node, frame.enter(frame.ref, nested, nested.body, args), frame)
    owner = path.segments[-2] if len(path.segments) > 1 else ""
    if owner in _LIBRARY:
        return _known(node, path, args, frame)
    targets = frame.targets(node)
    if targets:
        return _followed(node, targets[0], args, frame)
    return _known(node, path, args, frame)


def _followed(node: Call | MethodCall, ref: ItemRef, args: Args, frame: Frame) -> Value:
    course = frame.course
    outer = frame.depth == 0
    if outer:
        course.outer = node.span
    value = _written(node, frame.follow(ref, args), frame)
    if outer:
        course.outer = None
    return value


def _written(node: Call | MethodCall, value: Value, frame: Frame) -> Value:
    """Numbers that were handed over by `&mut` have another value now."""
    for arg in node.args:
        if isinstance(arg, Unary) and arg.op == "&mut" and isinstance(arg.value, Path):
            name = arg.value.last
            if isinstance(frame.names.get(name), (float, int, str, tuple)):
                frame.names[name] = UNKNOWN
    return value


def _known(node: Call, path: Path, args: Args, frame: Frame) -> Value:
    """Functions of the libraries, and constructors."""
    name = path.last
    owner = path.segments[-2] if len(path.segments) > 1 else ""
    if owner in NUMPY and name in _MAKES:
        return _array(node, name, args, frame)
    if owner in NDARRAYS and name in _MAKES:
        return _sized(node, args[0] if args else UNKNOWN, frame)
    if owner in _VECTORS:
        return _vector(node, name, args, frame)
    if name in ("from_raw_parts", "from_raw_parts_mut") and len(args) > 1:
        return _raw(args[0], args[-1] if owner == "slice" else args[1])
    if owner in _HOLDERS and name in ("new", "from") and args:
        return args[0]
    if name in ("min", "max") and len(args) == 2 and isinstance(args[0], (float, int)):
        return of_number(args[0], name, args[1:])
    if (
        owner in ("f64", "f32", "usize", "i64", "u64")
        and args
        and isinstance(args[0], (float, int))
    ):
        return of_number(args[0], name, args[1:])
    _run_all(args, frame) if name in _RUNS else _blur(args, node, frame)
    if name[:1].isupper():
        return Tag(name, args) if owner else {str(i): one for i, one in enumerate(args)}
    return UNKNOWN


def _array(node: Node, name: str, args: Args, frame: Frame) -> Value:
    row = _sized(node, args[1] if len(args) > 1 else UNKNOWN, frame)
    if name in _BLANK and isinstance(row, Row) and row.cells is not None:
        row.cells[:] = [BLANK] * row.size
        row.fresh = True
        frame.course.blank.append((Spot(frame.ref, node.span), row))
    return row


def _sized(node: Node, size: Value, frame: Frame) -> Value:
    """Memory of a length, or of the product of several."""
    parts: list[Value] | None = [size]
    if isinstance(size, Row):
        parts = size.items()
    elif isinstance(size, tuple):
        parts = list(size)
    total = 1
    for one in parts or [UNKNOWN]:
        if not is_whole(one) or not isinstance(one, int) or one < 0:
            return UNKNOWN
        total *= one
    if total >= HUGE:
        raise frame.panics(node, NO_MEMORY)
    return Row([UNKNOWN] * total if total <= MOST else None, total)


def _vector(node: Node, name: str, args: Args, frame: Frame) -> Value:
    if name in ("new", "default"):
        return row_of([])
    if name == "with_capacity":
        count = args[-1] if args else UNKNOWN
        if is_whole(count) and isinstance(count, int) and count >= HUGE:
            raise frame.panics(node, NO_MEMORY)
        return Row([], 0, room=count if is_whole(count) and isinstance(count, int) else HUGE)
    if name == "from_raw_parts" and len(args) > 1:
        return _raw(args[0], args[1])
    if name in ("from", "from_iter", "from_slice") and args:
        return args[-1] if isinstance(args[-1], Row) else UNKNOWN
    return UNKNOWN


def _raw(base: Value, size: Value) -> Value:
    """Memory as long as somebody says."""
    row = base.row if isinstance(base, Pointer) else base
    if not is_whole(size) or not isinstance(size, int) or size < 0:
        if isinstance(row, Row):
            row.blur()
        return UNKNOWN
    if isinstance(row, Row):
        offset = base.offset if isinstance(base, Pointer) else 0
        if offset >= 0 and offset + size <= row.size:
            return row.part(offset, offset + size)
        row.blur()
    return Row(None, size)


def _run_all(args: Args, frame: Frame) -> None:
    for one in args:
        frame.run(one, (UNKNOWN,))


def _blur(args: Args, node: Node, frame: Frame) -> None:
    """Somebody unknown may write to what he is handed, and run closures."""
    for one in args:
        if isinstance(one, Row):
            one.blur()
    frame.course.touched(args)
    frame.forget(*(one for one in node.children() if isinstance(one, Closure)))


# --- methods --------------------------------------------------------------------------------------


@evaluate.register
def _method(node: MethodCall, frame: Frame) -> Value:
    if node.method == "contains" and isinstance(node.receiver, Range) and len(node.args) == 1:
        return _contains(node.receiver, frame.expr(node.args[0]), frame)
    receiver = frame.expr(node.receiver)
    args = tuple([frame.expr(arg) for arg in node.args]) if node.args else ()
    name = node.method
    if type(node.receiver) is Index and frame.course.blank and may_write(node):
        frame.lose(node.receiver)
    if name in _RUNS and args and isinstance(args[-1], Code):
        return frame.run(args[-1], (UNKNOWN,))
    try:
        if name == "clamp":
            check_bounds(args)
        if isinstance(receiver, Absent):
            return of_absent(name, args, frame)
        if isinstance(receiver, _OF_LIBRARY):
            return _of_value(node, receiver, args, frame)
        targets = frame.targets(node) or _of_struct(receiver, name, frame)
        if targets:
            return _followed(node, targets[0], (receiver, *args), frame)
        return _of_value(node, receiver, args, frame)
    except Panicked as panicked:
        if frame.course.inner is None:
            raise frame.panics(node, panicked.how) from None
        raise


def _of_struct(receiver: Value, name: str, frame: Frame) -> tuple[ItemRef, ...]:
    """A method that a trait gives to a struct, in the file in which the struct was made."""
    if not isinstance(receiver, Fields) or not receiver.name:
        return ()
    functions = frame.program.modules[receiver.path].functions
    found = (
        ItemRef(receiver.path, at)
        for at, one in enumerate(functions)
        if one.name == name and one.owner == receiver.name and one.trait
    )
    return tuple(found)[:1]


def _contains(bounds: Range, value: Value, frame: Frame) -> Value:
    """`(1..=4).contains(&x)`."""
    ends = [frame.expr(one) for one in (bounds.start, bounds.end) if one is not None]
    numbers = [one for one in (value, *ends) if isinstance(one, (float, int))]
    if len(numbers) != len(ends) + 1:
        return UNKNOWN
    asked, *rest = numbers
    if bounds.start is not None and asked < rest[0]:
        return False
    if bounds.end is None:
        return True
    return asked <= rest[-1] if bounds.inclusive else asked < rest[-1]


def _of_value(node: MethodCall, receiver: Value, args: Args, frame: Frame) -> Value:
    name = node.method
    if isinstance(receiver, Items):
        return of_items(receiver, name, args, frame, node.turbofish)
    present = of_present(receiver, name, args, frame) if receiver is not UNKNOWN else None
    if present is not None:
        return present
    if isinstance(receiver, Row):
        _order(receiver, args, frame)
        return of_row(receiver, name, args)
    if isinstance(receiver, Pointer):
        return of_pointer(receiver, name, args)
    if isinstance(receiver, bool) and name in ("then", "then_some"):
        return _then(receiver, args, frame)
    if isinstance(receiver, (float, int, str)):
        return _of_plain(receiver, name, args)
    return _of_other(node, receiver, args, frame)


def _order(row: Row, args: Args, frame: Frame) -> None:
    """Whoever sorts, or looks for a place in an order, compares each value with another one."""
    code = args[-1] if args else None
    if isinstance(code, Code) and len(code.code.params) == _PAIR:
        items = row.items() or Items()
        for one, other in pairwise(items):
            frame.run(code, (one, other))


def _of_plain(receiver: float | str, name: str, args: Args) -> Value:
    if isinstance(receiver, str):
        return of_text(receiver, name, args)
    return receiver if name in SAME else of_number(receiver, name, args)


def _of_other(node: MethodCall, receiver: Value, args: Args, frame: Frame) -> Value:
    if isinstance(receiver, dict) and node.method == "clone":
        return dict(receiver)
    if receiver is not UNKNOWN and node.method in SAME:
        return receiver
    if node.method not in _HANDS or receiver is not UNKNOWN:
        _blur(args, node, frame)
    return UNKNOWN


def _then(answer: bool, args: Args, frame: Frame) -> Value:
    if not answer:
        return ABSENT
    value = args[0] if args else UNKNOWN
    return frame.run(value) if isinstance(value, Code) else value
