"""Expressions of a replay."""

from __future__ import annotations

from bindcheck.analysis.ranges.replay import Reached, Replay, evaluate
from bindcheck.analysis.ranges.values import (
    ABSENT,
    UNKNOWN,
    Absent,
    Code,
    Leaf,
    Panics,
    Value,
    cast,
    literal,
    method,
    special,
)
from bindcheck.model import (
    Await,
    Binary,
    Call,
    Cast,
    Closure,
    FieldAccess,
    Function,
    Index,
    ItemRef,
    Literal,
    MacroCall,
    MethodCall,
    Node,
    Path,
    Sequence,
    StructLiteral,
    Unary,
)

_SAME = frozenset(
    {
        *("clone", "to_owned", "into", "copied", "cloned", "as_ref", "unwrap_or_default", "ok"),
        *("map_err", "ok_or", "ok_or_else", "borrow", "deref", "by_ref", "try_into", "into_inner"),
    }
)
_SURE = frozenset({"unwrap", "expect", "unwrap_unchecked"})
_ELSE = frozenset({"unwrap_or", "unwrap_or_else"})
_ASSERTS = frozenset({"assert", "debug_assert"})
_GIVES_UP = frozenset({"panic", "unreachable", "todo", "unimplemented"})
_LARGEST_BODY = 12_000


@evaluate.register
def _literal(node: Literal, replay: Replay) -> Value:
    del replay
    if node.kind == "bool":
        return node.text == "true"
    return literal(node.text, node.kind) if node.kind in ("int", "float") else UNKNOWN


@evaluate.register
def _path(node: Path, replay: Replay) -> Value:
    if len(node.segments) == 1:
        known = replay.names.get(node.last)
        if known is not None:
            return known
        if node.last == "None":
            return ABSENT
    owner = node.segments[-2] if len(node.segments) > 1 else ""
    found = special(owner, node.last)
    if found is UNKNOWN and node.last.isupper():
        return replay.constant(node.last)
    return found


@evaluate.register
def _unary(node: Unary, replay: Replay) -> Value:
    value = replay.expr(node.value)
    if node.op == "-" and isinstance(value, (float, int)):
        return -value
    if node.op == "!":
        return not value if isinstance(value, bool) else UNKNOWN
    return value if node.op != "-" else UNKNOWN


@evaluate.register
def _binary(node: Binary, replay: Replay) -> Value:
    left = replay.expr(node.left)
    if node.op in ("&&", "||") and isinstance(left, bool):
        return left if left is (node.op == "||") else replay.expr(node.right)
    return replay.apply(node.op, left, replay.expr(node.right))


@evaluate.register
def _cast(node: Cast, replay: Replay) -> Value:
    return cast(replay.expr(node.value), node.type.name)


@evaluate.register
def _await(node: Await, replay: Replay) -> Value:
    return replay.expr(node.value)


@evaluate.register
def _field(node: FieldAccess, replay: Replay) -> Value:
    return replay.part(replay.expr(node.base), node.name)


@evaluate.register
def _index(node: Index, replay: Replay) -> Value:
    base, at = replay.expr(node.base), replay.expr(node.index)
    known = isinstance(at, int) and isinstance(base, tuple)
    return replay.part(base, str(at)) if known else UNKNOWN


@evaluate.register
def _sequence(node: Sequence, replay: Replay) -> Value:
    parts = tuple(replay.expr(item) for item in node.items)
    return parts if node.kind in ("tuple", "array") else UNKNOWN


@evaluate.register
def _struct(node: StructLiteral, replay: Replay) -> Value:
    base = replay.expr(node.base) if node.base is not None else UNKNOWN
    found = dict(base) if isinstance(base, dict) else {}
    return found | {one.name: replay.expr(one.value) for one in node.inits}


@evaluate.register
def _closure(node: Closure, replay: Replay) -> Value:
    del replay
    return Code(node)


@evaluate.register
def _macro(node: MacroCall, replay: Replay) -> Value:
    name = node.path.rsplit("::", 1)[-1]
    if name in _GIVES_UP:
        raise Panics
    values = [replay.expr(arg) for arg in node.args if not isinstance(arg, Closure)]
    if name in _ASSERTS and values and values[0] is False:
        raise Panics
    for arg in node.args:
        if isinstance(arg, Closure) and replay.holds_target(arg):
            replay.closure(arg, ())
    return UNKNOWN


@evaluate.register
def _call(node: Call, replay: Replay) -> Value:
    args = tuple(replay.expr(arg) for arg in node.args)
    if replay.is_target(node):
        raise Reached("reached", args)
    path = node.function
    if not isinstance(path, Path):
        return _run(replay.expr(path), args, replay)
    if path.last in ("Ok", "Some") and len(args) == 1:
        return args[0]
    if path.last == "Err":
        return ABSENT
    local = replay.names.get(path.last) if len(path.segments) == 1 else None
    if isinstance(local, Code):
        return _run(local, args, replay)
    return _function(node, path, args, replay)


def _function(node: Call, path: Path, args: tuple[Value, ...], replay: Replay) -> Value:
    nested = replay.nested.get(path.last) if len(path.segments) == 1 else None
    if nested is not None and nested.body is not None:
        return replay.function(replay.ref, nested, nested.body, args)
    if path.segments[0] in ("f64", "f32", "usize", "i64") and args and _is_number(args[0]):
        number = args[0]
        assert isinstance(number, (float, int))
        return method(number, path.last, list(args[1:]))
    return _of_crate(node, args, replay)


def _of_crate(node: Node, args: tuple[Value, ...], replay: Replay) -> Value:
    """Follow a call where one of the given numbers, or the target, may be in it."""
    handed = any(_is_number(arg) or isinstance(arg, (Leaf, dict, tuple)) for arg in args)
    targets = replay.program.callees(replay.ref).get(node.span, ())
    for ref in targets[:1] if handed else ():
        function = replay.program.function(ref)
        if _follows(ref, function, replay):
            body = replay.program.body(ref)
            if body is not None:
                return replay.function(ref, function, body, args)
    _closures(node, replay)
    return UNKNOWN


def _follows(ref: ItemRef, function: Function, replay: Replay) -> bool:
    span = function.body_span
    if span is None:
        return False
    target = replay.target
    holds = ref.path == target.path and span.contains(target.node.span)
    return holds or not replay.program.exceeds(ref, _LARGEST_BODY - 1)


def _closures(node: Node, replay: Replay) -> None:
    """An unknown function runs the closures it is given; only the one with the target matters."""
    for arg in node.children():
        if isinstance(arg, Closure) and replay.holds_target(arg):
            replay.closure(arg, ())


def _run(code: Value, args: tuple[Value, ...], replay: Replay) -> Value:
    if isinstance(code, Code):
        return replay.closure(code.code, args)
    return UNKNOWN


@evaluate.register
def _method(node: MethodCall, replay: Replay) -> Value:
    receiver = replay.expr(node.receiver)
    args = tuple(replay.expr(arg) for arg in node.args)
    if replay.is_target(node):
        raise Reached("reached", (receiver, *args))
    if isinstance(receiver, Absent):
        return _absent(node, args, replay)
    if node.method in ("is_some", "is_ok", "is_none", "is_err") and _is_number(receiver):
        return node.method in ("is_some", "is_ok")
    if node.method in _SAME | _SURE | _ELSE:
        _closures(node, replay)
        return receiver
    if isinstance(receiver, (float, int)):
        found = method(receiver, node.method, list(args))
        if found is not UNKNOWN:
            return found
    return _of_crate(node, (receiver, *args), replay)


def _absent(node: MethodCall, args: tuple[Value, ...], replay: Replay) -> Value:
    if node.method in _SURE:
        raise Panics
    if node.method == "unwrap_or" and args:
        return args[0]
    if node.method == "unwrap_or_else" and args:
        return _run(args[0], (), replay)
    if node.method in ("is_some", "is_ok", "is_none", "is_err"):
        return node.method in ("is_none", "is_err")
    return ABSENT


def _is_number(value: Value) -> bool:
    return isinstance(value, (float, int))
