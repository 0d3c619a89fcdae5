"""Functions of PyO3, NumPy and the standard library that are known by name."""

from __future__ import annotations

from collections.abc import Callable

from bindcheck.analysis.flow import types as ft
from bindcheck.analysis.flow.events import Allocation, Kind, Made, Region, Taken, Write
from bindcheck.analysis.flow.keeping import handed_over
from bindcheck.analysis.flow.machine import Frame
from bindcheck.analysis.flow.raw import note_alias
from bindcheck.analysis.flow.threads import attaches, section, waits
from bindcheck.analysis.flow.values import (
    CONSTANT,
    NOTHING,
    PYTHON,
    Fails,
    Shape,
    Size,
    Source,
    Value,
    largest,
)
from bindcheck.analysis.flow.wrapped import ask
from bindcheck.model import Call, MethodCall, Path, TypeRef, Unary
from bindcheck.model.fact import replace

Args = list[Value]
Special = Callable[[Call, Args, Frame], Value]

_TOKEN = Value(Shape.TOKEN, Size.CONST)
_NESTED = frozenset({"from_vec2", "from_vec3"})
_ROWS = Value(Shape.SEQ, Size.DATA, source=Source.RESULT, owned=True, nested=True)
"""What another crate gives and `from_vec2` takes: nothing else but rows of numbers."""
_FROM_FIRST = frozenset(
    {"from", "new", "Borrowed", "Owned", "take", "replace", "from_vec", "from_iter", "from_elem"}
)
_HOLDERS = frozenset(
    {"Vec", "Arc", "Box", "Rc", "Cow", "mem", "Cell", "RefCell", "ManuallyDrop", "Reverse"}
)


def special(owner: str, name: str) -> Special | None:
    """What a function named `owner::name` does, if it is known."""
    if owner == "Python" and name in ("with_gil", "attach", "try_attach"):
        return _attach
    if owner in ft.NUMPY:
        return _numpy.get(name, _numpy_made)
    if owner.startswith("Py") and owner != "PyErr" and name[:3] in ("new", "fro", "emp"):
        return _python_made
    if not owner and name in ("Some", "Ok"):
        return _present
    if not owner and name == "Err":
        return _error
    return _BY_NAME.get((owner, name)) or _BY_LAST.get(name)


def _attach(node: Call, args: Args, frame: Frame) -> Value:
    attaches(frame, node.span)
    before = frame.touches
    result = frame.call(args[-1], [_TOKEN], Region.ATTACHED) if args else NOTHING
    if frame.region is Region.DETACHED:
        frame.touches = before
    return result


def _present(node: Call, args: Args, frame: Frame) -> Value:
    del frame
    name = (
        "option" if isinstance(node.function, Path) and node.function.last == "Some" else "result"
    )
    return (args[0] if args else CONSTANT).wrapped(name, Fails.NEVER)


def _error(node: Call, args: Args, frame: Frame) -> Value:
    del node, args, frame
    return Value(wrap="result", fails=Fails.UNKNOWN)


def _numpy_new(node: Call, args: Args, frame: Frame) -> Value:
    size = args[1] if len(args) > 1 else NOTHING
    item = size.element if size.shape is Shape.SEQ and size.element is not None else size
    product = item.product or size.product
    what = node.function.last if isinstance(node.function, Path) else "new"
    frame.events.allocations.append(
        Allocation(what, frame.place(node.span), item, product, numpy=True)
    )
    extent = largest([item, *(part for _, part in size.fields)])
    return Value(
        Shape.NUMPY,
        extent,
        source=Source.NUMPY,
        root=frame.root(node.span),
        owned=True,
        product=None,
    )


def _numpy_made(node: Call, args: Args, frame: Frame) -> Value:
    name = node.function.last if isinstance(node.function, Path) else ""
    value = next((one for one in args if one.shape is not Shape.TOKEN), NOTHING)
    if name in _NESTED and value.shape is Shape.UNKNOWN and _is_own(node, frame):
        value = replace(_ROWS, root=frame.root(node.span))
    frame.events.made.append(Made(name, frame.place(node.span), value))
    result = Value(
        Shape.NUMPY, value.size, source=value.source, root=value.root or frame.root(node.span)
    )
    if name in _NESTED:
        return result.wrapped("result", Fails.CALLER if value.caller else Fails.UNKNOWN, name)
    return result


def _is_own(node: Call, frame: Frame) -> bool:
    """Whether what is given last is a variable: what other crates have made."""
    given = node.args[-1] if node.args else None
    while isinstance(given, Unary):
        given = given.value
    return isinstance(given, Path) and given.last in frame.names and given.last != "self"


_numpy: dict[str, Special] = {
    **dict.fromkeys(("new", "zeros", "new_bound", "zeros_bound", "arange"), _numpy_new),
    **dict.fromkeys(("borrow_from_array", "borrow_from_array_bound"), _numpy_new),
}


def _python_made(node: Call, args: Args, frame: Frame) -> Value:
    path = node.function
    owner = path.segments[-2] if isinstance(path, Path) else ""
    name = path.last if isinstance(path, Path) else ""
    if owner in ft.BYTES and name in ("new", "new_bound") and args:
        # A `Vec<u8>` of the binding's own is copied; what is borrowed has to be.
        frame.events.made.append(Made(f"{owner}::{name}", frame.place(node.span), args[-1]))
    if owner in ("PyList", "PyTuple", "PyArray"):
        for value in args:
            if value.is_sequence:
                frame.events.made.append(Made(f"{owner}::{name}", frame.place(node.span), value))
    return PYTHON.wrapped("result", Fails.INTERNAL)


def _wait(node: Call, args: Args, frame: Frame) -> Value:
    frame.work(Kind.WAIT, node.span, _name(node), Size.CONST)
    waits(frame, node, _name(node), args[0] if args else NOTHING)
    return NOTHING


def _io(node: Call, args: Args, frame: Frame) -> Value:
    frame.work(Kind.IO, node.span, _name(node), Size.CONST)
    waits(frame, node, _name(node), NOTHING)
    caller = any(arg.caller for arg in args)
    # A file that the crate names is there or not, whatever the caller does.
    fails = Fails.CALLER if caller or not args else Fails.INTERNAL
    return Value(caller=caller, wrap="result", fails=fails, why=f"`{_name(node)}` fails")


def _spawn(node: Call, args: Args, frame: Frame) -> Value:
    frame.work(Kind.SPAWN, node.span, _name(node), Size.CONST)
    with section(frame, node.span, _name(node), node.args, waits=False):
        for arg in args:
            frame.call(arg, [], Region.ELSEWHERE)
    handed_over(node.args, frame)
    return NOTHING


def _parallel(node: Call, args: Args, frame: Frame) -> Value:
    before = len(frame.events.works)
    with section(frame, node.span, _name(node), node.args, waits=True):
        for arg in args:
            frame.call(arg)
    size = max((one.size for one in frame.events.works[before:]), default=Size.CONST)
    frame.work(Kind.PARALLEL, node.span, _name(node), size)
    return NOTHING


def _name(node: Call) -> str:
    return "::".join(node.function.segments[-2:]) if isinstance(node.function, Path) else "call"


def _vec_new(node: Call, args: Args, frame: Frame) -> Value:
    turbofish = node.function.turbofish if isinstance(node.function, Path) else ()
    size = args[0] if args else CONSTANT
    ask(size, node.span, frame)
    if args:
        frame.events.allocations.append(
            Allocation("Vec::with_capacity", frame.place(node.span), size, size.product, False)
        )
    del turbofish
    return Value(Shape.SEQ, size.size, source=Source.FRESH, root=frame.root(node.span), owned=True)


def _raw_parts(node: Call, args: Args, frame: Frame) -> Value:
    base = args[0] if args else NOTHING
    length = args[1] if len(args) > 1 else NOTHING
    root = base.root or frame.root(node.span)
    note_alias(_name(node).rsplit("::", 1)[-1], base, node.span, frame)
    size = length.size if length.size is not Size.UNKNOWN else base.size
    return Value(Shape.SEQ, size, source=base.source, root=root, lengths=length.lengths)


def _first(node: Call, args: Args, frame: Frame) -> Value:
    del node, frame
    return next((one for one in args if one.shape is not Shape.TOKEN), NOTHING)


def _vec_from(node: Call, args: Args, frame: Frame) -> Value:
    value = _first(node, args, frame)
    if (
        value.source in (Source.ARGUMENT, Source.EXTRACTED)
        and value.size is Size.DATA
        and not value.owned
    ):
        frame.work(Kind.MEMORY, node.span, "Vec::from", Size.DATA)
        taken = Taken("Vec::from", frame.place(node.span), value, frame.fallback > 0)
        frame.events.taken.append(taken)
    root = value.root if value.owned else frame.root(node.span)
    return replace(value, shape=Shape.SEQ, owned=True, root=root or frame.root(node.span))


def _shaped(node: Call, args: Args, frame: Frame) -> Value:
    del node, frame
    value = args[-1] if args else NOTHING
    return replace(value, owned=True).wrapped("result", Fails.INTERNAL, "the shape does not fit")


def _array_zeros(node: Call, args: Args, frame: Frame) -> Value:
    size = args[0] if args else NOTHING
    extent = largest([size, *(part for _, part in size.fields)])
    root = frame.root(node.span)
    return Value(Shape.SEQ, extent, source=Source.FRESH, root=root, owned=True)


def _try_from(node: Call, args: Args, frame: Frame) -> Value:
    del frame
    value = args[0] if args else NOTHING
    owner = node.function.segments[-2] if isinstance(node.function, Path) else ""
    typed = replace(value, type=TypeRef(owner, "path", owner, owner))
    fails = Fails.CALLER if value.caller else Fails.INTERNAL
    return typed.wrapped("result", fails, "the conversion fails")


def _copy_raw(node: Call, args: Args, frame: Frame) -> Value:
    if len(args) > 1:
        frame.events.writes.append(
            Write("copy", frame.place(node.span), args[1], args[0], frame.region, _name(node))
        )
    return NOTHING


def _zipped(node: Call, args: Args, frame: Frame) -> Value:
    """`ndarray::Zip::from(array)`: what it goes over, in step with what `and` adds."""
    del node, frame
    first = args[-1] if args else NOTHING
    if not (first.is_sequence or first.shape is Shape.ITER):
        return NOTHING
    lengths = first.lengths or (frozenset({first.root}) if first.root is not None else frozenset())
    return Value(
        Shape.ITER,
        first.size,
        source=first.source,
        element=NOTHING,
        part=first.part,
        lengths=lengths,
    )


def _bound(node: Call, args: Args, frame: Frame) -> Value:
    """`usize::min(a, b)` is `a.min(b)`."""
    numbers = len(args) == 2 and all(one.shape is Shape.SCALAR for one in args)
    if numbers and isinstance(node.function, Path):
        name, span = node.function.last, node.function.span
        method = MethodCall(node.span, node.args[0], name, node.args[1:], (), span)
        return frame.world.quiet(frame).expr(method)
    caller = any(one.caller for one in args)
    return Value(Shape.UNKNOWN, largest(args), caller=caller, source=Source.RESULT)


_BY_NAME: dict[tuple[str, str], Special] = {
    **{(owner, name): _bound for owner in (*sorted(ft.NUMBERS), "cmp") for name in ("min", "max")},
    ("Zip", "from"): _zipped,
    ("Zip", "indexed"): _zipped,
    ("thread", "sleep"): _wait,
    ("thread", "spawn"): _spawn,
    ("rayon", "spawn"): _spawn,
    ("tokio", "spawn"): _spawn,
    ("rayon", "join"): _parallel,
    ("rayon", "scope"): _parallel,
    ("thread", "scope"): _parallel,
    ("File", "open"): _io,
    ("File", "create"): _io,
    ("TcpStream", "connect"): _io,
    ("Vec", "new"): _vec_new,
    ("Vec", "with_capacity"): _vec_new,
    ("slice", "from_raw_parts"): _raw_parts,
    ("slice", "from_raw_parts_mut"): _raw_parts,
    ("ptr", "copy_nonoverlapping"): _copy_raw,
    ("", "copy_nonoverlapping"): _copy_raw,
    **{("fs", name): _io for name in ("read", "read_to_string", "write", "copy", "metadata")},
    **{(owner, name): _first for owner in _HOLDERS for name in _FROM_FIRST if owner != "Vec"},
    **{(owner, "from"): _vec_from for owner in ("Vec", *sorted(ft.ARROW_ARRAYS))},
    **{
        (owner, name): _vec_from
        for owner in (*sorted(ft.NDARRAYS), *sorted(ft.ARROW_ARRAYS))
        for name in ("from", "from_vec", "from_iter", "from_iter_values", "new")
    },
    **{(owner, "from_shape_vec"): _shaped for owner in sorted(ft.NDARRAYS)},
    **{
        (owner, name): _array_zeros
        for owner in sorted(ft.NDARRAYS)
        for name in ("zeros", "ones", "from_elem", "uninit")
    },
}
_BY_LAST: dict[str, Special] = {"try_from": _try_from}
