"""Calls of functions: those of the crate are followed, others are known by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bindcheck.analysis import flow_types as ft
from bindcheck.analysis.flow_events import (
    COMPUTES,
    Allocation,
    Called,
    Events,
    Kind,
    Made,
    Region,
    Work,
)
from bindcheck.analysis.flow_machine import Frame, evaluate
from bindcheck.analysis.flow_values import (
    CONSTANT,
    NOTHING,
    PYTHON,
    Fails,
    Root,
    Shape,
    Size,
    Source,
    Value,
    join,
    largest,
)
from bindcheck.analysis.flow_world import is_enum, with_root
from bindcheck.model import Call, Function, ItemRef, Node, Param, Path, Span, TypeRef

Args = list[Value]
Special = Callable[[Call, Args, Frame], Value]

_DEEPEST = 6
_LONGEST = 40_000
_TOKEN = Value(Shape.TOKEN, Size.CONST)
_FROM_FIRST = frozenset(
    {"from", "new", "Borrowed", "Owned", "take", "replace", "from_vec", "from_iter", "from_elem"}
)
_HOLDERS = frozenset(
    {"Vec", "Arc", "Box", "Rc", "Cow", "mem", "Cell", "RefCell", "ManuallyDrop", "Reverse"}
)


@evaluate.register
def _call(node: Call, frame: Frame) -> Value:
    if not isinstance(node.function, Path):
        args = [frame.expr(arg) for arg in node.args]
        return frame.call(frame.expr(node.function), args)
    path = node.function
    local = frame.names.get(path.last) if len(path.segments) == 1 else None
    args = [frame.expr(arg) for arg in node.args]
    if local is not None and local.closure is not None:
        return frame.call(local, args)
    targets = frame.callees.get(node.span, ())
    if targets:
        return invoke(frame, node, targets, args)
    owner = path.segments[-2] if len(path.segments) > 1 else ""
    special = _special(owner, path.last)
    if special is not None:
        return special(node, args, frame)
    return _foreign(node, path, args, frame)


def invoke(frame: Frame, node: Node, targets: tuple[ItemRef, ...], args: Args) -> Value:
    """Call functions of the crate: follow them where that tells something."""
    frame.events.calls.append(
        Called(frame.place(node.span), node, targets, tuple(args), frame.region)
    )
    result = NOTHING
    for ref in targets[:2]:
        result = join(result, _one(frame, node.span, ref, args))
    return result


def _one(frame: Frame, span: Span, ref: ItemRef, args: Args) -> Value:
    world = frame.world
    function = world.program.function(ref)
    type_ = TypeRef(function.owner, "path", function.owner, function.owner)
    owner = type_ if function.owner else None
    root = frame.root(span)
    plain = [arg for arg in args if arg.closure is None]
    typed = world.result(function, plain, root, owner)
    python = _takes_python(function)
    if ref in world.cores:
        if largest(args) is Size.DATA:
            frame.work(Kind.CORE, span, function.name, Size.DATA)
        return typed
    closures = any(arg.closure is not None for arg in args)
    enum = is_enum(world.program, world.struct_of(function.returns, ref.path, function.scope))
    follow = python or closures or enum or _result_of_enum(world, function, ref)
    if frame.region is not Region.ATTACHED and not follow:
        if largest(args) is Size.DATA:
            frame.work(Kind.HELPER, span, function.name, Size.DATA)
        return typed
    if not follow and largest(args) < Size.UNKNOWN:
        return typed
    return _follow(frame, span, ref, function, args, typed, python=python)


def _result_of_enum(world: object, function: Function, ref: ItemRef) -> bool:
    from bindcheck.analysis.flow_world import World

    assert isinstance(world, World)
    held = function.returns.args[0] if function.returns.args else None
    return is_enum(world.program, world.struct_of(held, ref.path, function.scope))


def _takes_python(function: Function) -> bool:
    types = [param.type for param in function.params if param.type is not None]
    return any(ft.is_python_type(one) or one.peel().name == "Python" for one in types)


def _follow(
    frame: Frame,
    span: Span,
    ref: ItemRef,
    function: Function,
    args: Args,
    typed: Value,
    *,
    python: bool,
) -> Value:
    body = function.body_span
    too_long = body is None or body.end - body.start > _LONGEST
    if ref in frame.stack or len(frame.stack) >= _DEEPEST or too_long:
        if too_long and body is not None and largest(args) is Size.DATA and not python:
            frame.work(Kind.HELPER, span, function.name, Size.DATA)
        return typed
    result, events, touches = frame.world.run(ref, args, frame)
    frame.touches += touches
    if python:
        _absorb(frame, span, events)
    else:
        frame.events.calls += events.calls
        frame.events.releases += events.releases
        frame.events.allocations += [] if typed.source is Source.RESULT else events.allocations
        _summarise(frame, span, function, events)
    return _merge(result, typed, frame.root(span))


def _absorb(frame: Frame, span: Span, events: Events) -> None:
    via = frame.via or frame.place(span)
    for work in events.works:
        region = work.region if frame.region is Region.ATTACHED else frame.region
        guarded = work.guarded or frame.guarded > 0
        frame.events.works.append(replace(work, via=via, region=region, guarded=guarded))
    frame.events.extend(events)


def _summarise(frame: Frame, span: Span, function: Function, events: Events) -> None:
    own = [one for one in events.works if one.place.ref == frame.ref]
    frame.events.works += own
    held = [one for one in events.works if one.region is not Region.DETACHED and one not in own]
    kind = _strongest(held)
    if kind is not None:
        python = all(one.python for one in held if one.kind in COMPUTES)
        frame.work(kind, span, function.name, Size.DATA, python=python and kind is Kind.HELPER)
    for one in held:
        if one.kind in (Kind.WAIT, Kind.IO, Kind.SPAWN):
            frame.work(one.kind, span, one.what, one.size)
    if frame.region is Region.ATTACHED:
        released = [one for one in events.works if one.region is Region.DETACHED]
        frame.events.works += [one for one in released if one not in own]


def _strongest(works: list[Work]) -> Kind | None:
    kinds = {one.kind for one in works if one.size is Size.DATA}
    if kinds & COMPUTES:
        return Kind.HELPER
    for kind in (Kind.SCAN, Kind.MEMORY, Kind.FOREIGN):
        if kind in kinds:
            return kind
    return None


def _merge(result: Value, typed: Value, root: Root) -> Value:
    if result.shape is Shape.UNKNOWN and not result.wrap:
        return typed
    merged = result
    if typed.wrap and not result.wrap:
        merged = replace(result, wrap=typed.wrap, fails=typed.fails, why=typed.why)
    if typed.wrap and result.shape is Shape.UNKNOWN:
        merged = replace(typed, fails=max(typed.fails, result.fails))
    elif typed.wrap and result.wrap and result.fails is Fails.UNKNOWN:
        merged = replace(merged, fails=typed.fails, why=merged.why or typed.why)
    merged = replace(
        merged,
        type=merged.type or typed.type,
        element=merged.element or typed.element,
    )
    return merged if merged.root is None else with_root(merged, root)


# --- functions known by name ------------------------------------------------------------------


def _special(owner: str, name: str) -> Special | None:
    if owner == "Python" and name in ("with_gil", "attach"):
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
    del node
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
    frame.events.made.append(Made(name, frame.place(node.span), value))
    result = Value(
        Shape.NUMPY, value.size, source=value.source, root=value.root or frame.root(node.span)
    )
    if name in ("from_vec2", "from_vec3"):
        return result.wrapped("result", Fails.CALLER if value.caller else Fails.UNKNOWN, name)
    return result


_numpy: dict[str, Special] = {
    **dict.fromkeys(("new", "zeros", "new_bound", "zeros_bound", "arange"), _numpy_new),
    **dict.fromkeys(("borrow_from_array", "borrow_from_array_bound"), _numpy_new),
}


def _python_made(node: Call, args: Args, frame: Frame) -> Value:
    path = node.function
    owner = path.segments[-2] if isinstance(path, Path) else ""
    name = path.last if isinstance(path, Path) else ""
    if owner in ("PyList", "PyTuple", "PyArray"):
        for value in args:
            if value.is_sequence:
                frame.events.made.append(Made(f"{owner}::{name}", frame.place(node.span), value))
    return PYTHON.wrapped("result", Fails.INTERNAL)


def _wait(node: Call, args: Args, frame: Frame) -> Value:
    del args
    frame.work(Kind.WAIT, node.span, _name(node), Size.CONST)
    return NOTHING


def _io(node: Call, args: Args, frame: Frame) -> Value:
    frame.work(Kind.IO, node.span, _name(node), Size.CONST)
    caller = any(arg.caller for arg in args)
    return Value(caller=caller, wrap="result", fails=Fails.CALLER, why=f"`{_name(node)}` fails")


def _spawn(node: Call, args: Args, frame: Frame) -> Value:
    frame.work(Kind.SPAWN, node.span, _name(node), Size.CONST)
    for arg in args:
        frame.call(arg, [], Region.ELSEWHERE)
    return NOTHING


def _parallel(node: Call, args: Args, frame: Frame) -> Value:
    before = len(frame.events.works)
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
    size = length.size if length.size is not Size.UNKNOWN else base.size
    return Value(Shape.SEQ, size, source=base.source, root=root, lengths=length.lengths)


def _first(node: Call, args: Args, frame: Frame) -> Value:
    del node, frame
    return next((one for one in args if one.shape is not Shape.TOKEN), NOTHING)


def _vec_from(node: Call, args: Args, frame: Frame) -> Value:
    value = _first(node, args, frame)
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
    from bindcheck.analysis.flow_events import Write

    if len(args) > 1:
        frame.events.writes.append(
            Write("copy", frame.place(node.span), args[1], args[0], frame.region, _name(node))
        )
    return NOTHING


_BY_NAME: dict[tuple[str, str], Special] = {
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


def _foreign(node: Call, path: Path, args: Args, frame: Frame) -> Value:
    for arg in args:
        frame.call(arg)
    caller = any(arg.caller for arg in args)
    size = largest(arg for arg in args if arg.shape is not Shape.TOKEN)
    handed = any(arg.shape is Shape.SEQ and arg.size is Size.DATA for arg in args)
    if path.last[:1].isupper() or path.last.startswith("new"):
        owner = path.segments[-2] if len(path.segments) > 1 else path.last
        name = path.last if path.last[:1].isupper() else owner
        type_ = TypeRef(name, "path", name, name)
        return Value(Shape.STRUCT, size, type_, caller=caller)
    if handed and len(path.segments) > 1:
        frame.work(Kind.FOREIGN, node.span, path.last, Size.DATA)
    return Value(Shape.UNKNOWN, size if args else Size.UNKNOWN, caller=caller, source=Source.RESULT)


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
    if value.shape is Shape.UNKNOWN and value.closure is None:
        value = replace(typed, root=value.root, caller=value.caller)
    elif value.closure is None and value.type is None:
        value = replace(value, type=typed.type, element=value.element or typed.element)
    if len(param.names) <= 1:
        return {param.names[0] if param.names else param.name: value}
    from bindcheck.analysis.flow_world import spread

    return spread(param.names, value)
