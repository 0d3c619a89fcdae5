"""Calls of functions: those of the crate are followed, others are known by name."""

from __future__ import annotations

from bindcheck.analysis.flow.events import (
    COMPUTES,
    Allocation,
    Called,
    Events,
    Kind,
    Region,
    Taken,
    Work,
)
from bindcheck.analysis.flow.fixed import is_unreachable
from bindcheck.analysis.flow.known import Args, special
from bindcheck.analysis.flow.lifting import ASSERTS, lift_panics, takes_python
from bindcheck.analysis.flow.machine import Frame, evaluate
from bindcheck.analysis.flow.parts import variant
from bindcheck.analysis.flow.pointers import is_function, pointees
from bindcheck.analysis.flow.raw import note_wrapped
from bindcheck.analysis.flow.simple import ARGUMENTS
from bindcheck.analysis.flow.threads import names_file, opens_path, waits
from bindcheck.analysis.flow.values import (
    NOTHING,
    Fails,
    Root,
    Shape,
    Size,
    Source,
    Value,
    join,
    largest,
)
from bindcheck.analysis.flow.watched import note_handed, watched
from bindcheck.analysis.flow.world import World, is_enum, with_root
from bindcheck.analysis.paths_as_methods import as_method
from bindcheck.model import (
    Call,
    Function,
    ItemRef,
    Node,
    Path,
    Span,
    TypeRef,
)
from bindcheck.model.fact import replace

_DEEPEST = 10
_LONGEST = 40_000
_PLACES = frozenset({"index", "slice"})


@evaluate.register
def _call(node: Call, frame: Frame) -> Value:
    if not isinstance(node.function, Path):
        args = [frame.expr(arg) for arg in node.args]
        return frame.call(frame.expr(node.function), args)
    path = node.function
    method = as_method(node)
    if method is not None:
        return frame.expr(method)
    local = frame.names.get(path.last) if len(path.segments) == 1 else None
    args = [frame.expr(arg) for arg in node.args]
    if local is not None and local.closure is not None:
        # Which function a pointer holds was chosen before, for reasons that are not seen here.
        return NOTHING if is_function(local.closure) else frame.call(local, args)
    targets = frame.callees.get(node.span, ())
    if targets:
        return invoke(frame, node, targets, args)
    stored = pointees(local, frame) if local is not None else ()
    if stored:
        return invoke(frame, node, stored, args, most=len(stored))
    owner = path.segments[-2] if len(path.segments) > 1 else ""
    by_name = special(owner, path.last)
    if by_name is not None:
        return by_name(node, args, frame)
    return _foreign(node, path, args, frame)


def invoke(
    frame: Frame, node: Node, targets: tuple[ItemRef, ...], args: Args, most: int = 2
) -> Value:
    """Call functions of the crate: follow them where that tells something."""
    frame.events.calls.append(
        Called(frame.place(node.span), node, targets, tuple(args), frame.region, frame.sections)
    )
    result = NOTHING
    for ref in targets[:most]:
        _note_made(ref, args, node.span, frame)
        result = join(result, _one(frame, node.span, ref, args))
    return result


def _note_made(ref: ItemRef, args: Args, span: Span, frame: Frame) -> None:
    """`Wrapper::new(array)` puts the array into a `Wrapper`."""
    function = frame.world.program.function(ref)
    if function.owner and not function.receiver:
        held = [arg for arg in args if arg.shape is not Shape.TOKEN]
        note_wrapped(function.owner, held, span, frame)


def _one(frame: Frame, span: Span, ref: ItemRef, args: Args) -> Value:
    world = frame.world
    function = world.signatures.of(ref)
    type_ = TypeRef(function.owner, "path", function.owner, function.owner)
    owner = type_ if function.owner else None
    root = frame.root(span)
    plain = [arg for arg in args if arg.closure is None]
    typed = world.result(function, plain, root, owner)
    if frame.watch is not None:
        return watched(frame, frame.watch, ref, args, typed)
    note_handed(frame, span, ref, args)
    python = takes_python(function)
    if ref in world.cores:
        _compute(frame, span, function.name, largest(args))
        return typed
    closures = any(arg.closure is not None for arg in args)
    follow = python or closures or _gives_enum(world, function, ref)
    if frame.region is not Region.ATTACHED and not follow:
        if largest(args) is Size.DATA:
            frame.work(Kind.HELPER, span, function.name, Size.DATA)
        if any(arg.caller or arg.source in ARGUMENTS for arg in plain):
            # What a helper takes for granted about lengths, calls before it may have seen to.
            known = _PLACES if any(arg.caller for arg in plain) else _PLACES | ASSERTS
            made = _look_for_panics(frame, span, ref, function, args, known)
            return _made(made, typed, root)
        return typed
    if not follow and largest(args) < Size.UNKNOWN:
        if any(arg.caller or arg.limits for arg in plain):
            made = _look_for_panics(frame, span, ref, function, args)
            return _made(made, replace(typed, proof=made.proof), root)
        return typed
    return _follow(frame, span, ref, function, args, typed, python=python)


def _made(made: Value, typed: Value, root: Root) -> Value:
    """What a helper returns, told more exactly where it is put together from parts."""
    return _merge(made, typed, root) if made.fields and not made.wrap else typed


def _compute(frame: Frame, span: Span, name: str, size: Size) -> None:
    """Note the call of a core, for data of this size."""
    ref, world = frame.ref, frame.world
    again = size is Size.UNKNOWN and world.grows(ref)
    if size is Size.DATA or (again and not is_unreachable(world.program, ref, span)):
        frame.work(Kind.CORE, span, name, Size.DATA, again=again)


def _gives_enum(world: World, function: Function, ref: ItemRef) -> bool:
    types = (function.returns, *function.returns.args[:1])
    return any(
        is_enum(world.program, world.struct_of(one, ref.path, function.scope)) for one in types
    )


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
    too_long = body is None or frame.world.program.exceeds(ref, _LONGEST)
    running = frame.is_running(ref)
    if running or frame.is_deep(_DEEPEST) or too_long:
        unseen = body is not None and not running and not python
        if unseen and largest(args) is Size.DATA:
            frame.work(Kind.HELPER, span, function.name, Size.DATA)
        return typed
    world = frame.world
    result, events, touches = world.run(ref, args, frame)
    frame.touches += touches
    if python:
        _absorb(frame, span, events)
    else:
        frame.events.take_threads(events, frame.place(span), frame.sections)
        frame.events.releases += events.releases
        ours = typed.source is not Source.RESULT
        frame.events.allocations += events.allocations if ours else _multiplied(events)
        _summarise(frame, span, function, events)
        # What a closure does that a helper is handed and runs, is done where it is written.
        homes = {arg.scope.ref for arg in args if arg.scope is not None}
        frame.events.panics += [one for one in events.panics if one.place.ref in homes]
        frame.events.taken += [one for one in events.taken if _is_outside(world, one, homes)]
        others = (one for one in events.panics if one.place.ref not in homes)
        lift_panics(frame, span, ref, others)
        result = replace(result, wraps=None)
    return _merge(result, typed, frame.root(span))


def _is_outside(world: World, taken: Taken, homes: set[ItemRef]) -> bool:
    """Whether an argument is copied in a closure that a helper runs, or in what that calls."""
    ref = taken.place.ref
    return ref in homes or (bool(homes) and takes_python(world.signatures.of(ref)))


def _absorb(frame: Frame, span: Span, events: Events) -> None:
    via = frame.via or frame.place(span)
    for work in events.works:
        region = work.region if frame.region is Region.ATTACHED else frame.region
        guarded = work.guarded or frame.guarded > 0
        frame.events.works.append(replace(work, via=via, region=region, guarded=guarded))
    frame.events.extend(events, frame.place(span), frame.sections)


def _summarise(frame: Frame, span: Span, function: Function, events: Events) -> None:
    own = [one for one in events.works if one.place.ref == frame.ref]
    frame.events.works += own
    held = [one for one in events.works if one.region is not Region.DETACHED and one not in own]
    kind = _strongest(held)
    if kind is not None:
        python = all(one.python for one in held if one.kind in COMPUTES)
        again = any(one.again for one in held)
        helper = python and kind is Kind.HELPER
        frame.work(kind, span, function.name, Size.DATA, python=helper, again=again)
    for one in held:
        if one.kind in (Kind.WAIT, Kind.IO, Kind.SPAWN):
            frame.work(one.kind, span, one.what, one.size)
    if frame.region is Region.ATTACHED:
        released = [one for one in events.works if one.region is Region.DETACHED]
        frame.events.works += [one for one in released if one not in own]


def _multiplied(events: Events) -> list[Allocation]:
    """Memory of a helper whose size is an unchecked product."""
    return [one for one in events.allocations if one.product is not None and not one.numpy]


def _look_for_panics(
    frame: Frame,
    span: Span,
    ref: ItemRef,
    function: Function,
    args: Args,
    known: frozenset[str] = frozenset(),
) -> Value:
    """A helper whose work is of no interest here may panic on what it is handed.

    Gives what it returns, NOTHING when it is not looked at. Panics of `known` sorts are left out.
    """
    if function.body_span is None or frame.world.program.exceeds(ref, _LONGEST):
        return NOTHING
    if frame.is_running(ref) or frame.is_deep(_DEEPEST):
        return NOTHING
    result, events, _ = frame.world.run(ref, args, frame)
    frame.events.allocations += _multiplied(events)
    lift_panics(frame, span, ref, (one for one in events.panics if one.how not in known))
    return result


def _strongest(works: list[Work]) -> Kind | None:
    kinds = {one.kind for one in works if one.size is Size.DATA and not one.light}
    if kinds & COMPUTES:
        return Kind.HELPER
    for kind in (Kind.SCAN, Kind.MEMORY, Kind.FOREIGN):
        if kind in kinds:
            return kind
    return None


def _merge(result: Value, typed: Value, root: Root) -> Value:
    if result.shape is Shape.UNKNOWN and not result.wrap:
        return typed
    typed = replace(typed, proof=result.proof)
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


def _foreign(node: Call, path: Path, args: Args, frame: Frame) -> Value:
    for arg in args:
        frame.call(arg)
    if names_file(path.last, args) or opens_path(path.last, node.args, args):
        waits(frame, node, path.last, NOTHING)
    caller = any(arg.caller for arg in args)
    size = largest(arg for arg in args if arg.shape is not Shape.TOKEN)
    handed = any(arg.shape is Shape.SEQ and arg.size is Size.DATA for arg in args)
    if path.last[:1].isupper() or path.last.startswith("new"):
        owner = path.segments[-2] if len(path.segments) > 1 else path.last
        name = path.last if path.last[:1].isupper() else owner
        note_wrapped(name, args, node.span, frame)
        type_ = TypeRef(name, "path", name, name)
        chosen = variant(path, frame)
        if chosen.variants:
            parts = tuple((str(i), arg) for i, arg in enumerate(args))
            return replace(chosen, size=size, fields=parts, caller=caller)
        return Value(Shape.STRUCT, size, type_, caller=caller)
    if path.last == "with_capacity":
        # It is empty, however much room there is.
        return Value(Shape.UNKNOWN, size if args else Size.UNKNOWN, source=Source.FRESH)
    if handed and len(path.segments) > 1:
        frame.work(Kind.FOREIGN, node.span, path.last, Size.DATA)
    size = size if args else Size.UNKNOWN
    why = f"`{path.last}` fails" if caller else ""
    return Value(Shape.UNKNOWN, size, caller=caller, source=Source.RESULT, why=why)
