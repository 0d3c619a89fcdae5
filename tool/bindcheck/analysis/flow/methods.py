"""Method calls: those of the crate are followed, those of the libraries are known by name."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext

from bindcheck.analysis.flow import iterators as chains
from bindcheck.analysis.flow.bounds import limit
from bindcheck.analysis.flow.calls import invoke
from bindcheck.analysis.flow.events import Kind, Panic, Region
from bindcheck.analysis.flow.guards import asks_for_slice, establish, proved
from bindcheck.analysis.flow.keeping import SENDS, handed_over
from bindcheck.analysis.flow.limits import WIDE, fits, is_wide, raised_to
from bindcheck.analysis.flow.machine import Frame, evaluate
from bindcheck.analysis.flow.pointers import stored_pointer
from bindcheck.analysis.flow.python import DOWNCASTS, downcast, python_method
from bindcheck.analysis.flow.sequences import SEQUENCE_METHODS
from bindcheck.analysis.flow.simple import positive
from bindcheck.analysis.flow.spelling import spelling
from bindcheck.analysis.flow.texts import text_method
from bindcheck.analysis.flow.threads import (
    POOLS,
    attaches,
    locks,
    names_file,
    section,
    waits,
    workers,
)
from bindcheck.analysis.flow.values import (
    CONSTANT,
    NOTHING,
    Fails,
    Shape,
    Size,
    Source,
    Value,
    join,
)
from bindcheck.analysis.flow.watched import UNCHECKED, unchecked
from bindcheck.model import MethodCall, Node, Path, TypeRef
from bindcheck.model.fact import replace

RELEASES = frozenset({"allow_threads", "detach"})
_ATTACHES = frozenset({"with_gil", "attach"})
_WAITS = frozenset(
    {
        *("join", "recv", "recv_timeout", "blocking_recv", "block_on", "wait", "wait_timeout"),
        *("blocking_send", "park", "blocking_lock"),
    }
)
_IO = frozenset({"read_to_end", "read_to_string", "read_exact", "write_all", "sync_all"})
_READS = frozenset({"read_to_end", "read_to_string", "read_exact", "read_line"})
_UNWRAPS = frozenset({"unwrap", "expect", "unwrap_err", "expect_err"})
_DEFAULTS = frozenset({"unwrap_or", "unwrap_or_default", "unwrap_or_else", "map_or", "map_or_else"})
_MAPPING = frozenset({"map", "and_then", "inspect", "filter", "is_some_and", "is_ok_and", "then"})
_REPAIRS = frozenset({"or_else", "or", "unwrap_or_else", "map_or_else", "unwrap_or"})
_KEEPING = frozenset(
    {
        *("as_ref", "as_deref", "as_mut", "as_deref_mut", "ok", "ok_or", "ok_or_else", "map_err"),
        *("cloned", "copied", "take", "clone", "err", "transpose", "or", "or_else", "into"),
        *("inspect_err", "borrow", "to_owned", "unwrap_unchecked"),
    }
)
_ON_ERRORS = frozenset({"ok_or_else", "map_err", "inspect_err"})
_RUNS = frozenset(
    {"get_or_init", "with", "install", "in_place_scope", "get_or_insert_with", "block_on"}
)
_CHECKED = frozenset({"checked_add", "checked_sub", "checked_mul", "checked_div", "checked_pow"})
_TOKEN = Value(Shape.TOKEN, Size.CONST)


@evaluate.register
def _method(node: MethodCall, frame: Frame) -> Value:
    if node.method in RELEASES:
        return _release(node, frame)
    touched = frame.touches
    receiver = frame.expr(node.receiver)
    if frame.watch is not None and node.method in UNCHECKED:
        unchecked(receiver, node, frame.watch, frame)
    if node.method in _ATTACHES and receiver.shape is Shape.UNKNOWN and node.args:
        closure = frame.expr(node.args[-1])
        attaches(frame, node.span)
        return frame.call(closure, [_TOKEN], Region.ATTACHED)
    works = frame.events.works
    before = len(works)
    known = _wrapped(receiver, node, frame) if receiver.wrap else None
    result = known if known is not None else _plain(receiver, node, frame, touched)
    if node.method in _ON_ERRORS:
        # What makes an error of something runs once, and ends what has failed.
        works[before:] = [replace(one, light=True) for one in works[before:]]
    return result


def _release(node: MethodCall, frame: Frame) -> Value:
    before = frame.touches
    receiver = frame.expr(node.receiver)
    if receiver.shape not in (Shape.TOKEN, Shape.UNKNOWN, Shape.PYTHON):
        return _plain(receiver, node, frame, before)
    frame.touches = before
    frame.events.releases.append(frame.place(node.span))
    args = [frame.expr(arg) for arg in node.args]
    if args and args[0].closure is None and isinstance(node.args[0], Path):
        return _released_function(node, node.args[0], frame)
    result = frame.call(args[0], [], Region.DETACHED) if args else NOTHING
    frame.touches = before
    return result


def _released_function(node: MethodCall, path: Path, frame: Frame) -> Value:
    targets = frame.callees.get(path.span, ())
    if not targets:
        return NOTHING
    with frame.inside(region=Region.DETACHED):
        return invoke(frame, node, targets, [])


def _plain(receiver: Value, node: MethodCall, frame: Frame, touched: int) -> Value:
    targets = frame.callees.get(node.span, ())
    if not targets and receiver.shape is Shape.SEQ and node.method not in SEQUENCE_METHODS:
        targets = frame.world.on_slices.get(node.method, ())
    if not targets and receiver.shape is Shape.TOKEN:
        targets = frame.world.on_tokens.get(node.method, ())
    if targets:
        args = [receiver, *(frame.expr(arg) for arg in node.args)]
        return invoke(frame, node, targets, args)
    unknown = receiver.shape is Shape.UNKNOWN and node.method == "extract"
    if unknown or receiver.shape in (Shape.PYTHON, Shape.NUMPY, Shape.TOKEN):
        return python_method(receiver, node, frame)
    if node.method in _UNWRAPS:
        return _unwrap(receiver, node, frame)
    _note_waits(receiver, node, frame)
    if node.method in SENDS:
        return _sent(receiver, node, frame)
    if receiver.shape is Shape.ITER or node.method in chains.STARTS:
        chained = _chain(receiver, node, frame, touched)
        if chained is not None:
            return chained
    return _by_shape(receiver, node, frame)


def _note_waits(receiver: Value, node: MethodCall, frame: Frame) -> None:
    waiting, io = _waits(receiver, node), node.method in _IO
    if waiting or io:
        frame.work(Kind.WAIT if waiting else Kind.IO, node.span, node.method, Size.CONST)
    if waiting or io or locks(receiver, node):
        waits(frame, node, node.method, receiver)


def _waits(receiver: Value, node: MethodCall) -> bool:
    if node.method not in _WAITS or receiver.is_sequence or len(node.args) > 1:
        return False
    return not (node.method == "join" and node.args)


def _sent(receiver: Value, node: MethodCall, frame: Frame) -> Value:
    """`tx.send(values)`: the other end owns them."""
    result = _by_shape(receiver, node, frame)
    handed_over(node.args, frame)
    return result


def _chain(receiver: Value, node: MethodCall, frame: Frame, touched: int) -> Value | None:
    if node.method in chains.STARTS:
        return chains.make(receiver, node, frame)
    with workers(receiver, node, frame):
        if node.method in chains.CONSUMERS:
            return chains.consume(receiver, node, frame, touched)
        if node.method in chains.ADAPTERS:
            return chains.adapt(receiver, node, frame)
    if node.method in chains.STEPS:
        return chains.one(receiver, node, frame)
    return None


# --- Option and Result ------------------------------------------------------------------------


def _wrapped(receiver: Value, node: MethodCall, frame: Frame) -> Value | None:
    method = node.method
    if method in _UNWRAPS:
        return _unwrap(receiver, node, frame)
    if method in _REPAIRS | _DEFAULTS:
        return _repaired(receiver, node, frame)
    if method in _MAPPING:
        args = [frame.expr(arg) for arg in node.args]
        mapped = frame.call(args[0], [receiver.held()]) if args else NOTHING
        return _mapped(receiver, mapped, method)
    if method in _KEEPING:
        for arg in node.args:
            frame.call(frame.expr(arg), [NOTHING])
        return receiver
    if method in ("is_some", "is_none", "is_ok", "is_err"):
        return CONSTANT
    if method in ("iter", "into_iter"):
        return replace(receiver.held(), shape=Shape.ITER, size=Size.CONST, element=receiver.held())
    return None


def _mapped(receiver: Value, mapped: Value, method: str) -> Value:
    if method == "filter":
        return replace(receiver, fails=Fails.CALLER)
    if method in ("is_some_and", "is_ok_and"):
        return CONSTANT
    fails = max(receiver.fails, mapped.fails) if method == "and_then" else receiver.fails
    value = mapped.held() if method == "and_then" else mapped
    return value.wrapped(receiver.wrap or "option", fails, receiver.why)


def _repaired(receiver: Value, node: MethodCall, frame: Frame) -> Value:
    fallback = asks_for_slice(node.receiver, frame)
    with frame.inside(fallback=fallback):
        args = [frame.expr(arg) for arg in node.args]
    closures = [arg for arg in args if arg.closure is not None]
    held = receiver.held()
    result = held
    for i, arg in enumerate(args):
        keeps = node.method in ("map_or", "map_or_else") and i == len(args) - 1
        given = [held] if keeps else [NOTHING]
        with frame.inside(fallback=fallback and not keeps):
            made = frame.call(arg, given) if arg.closure is not None else arg
        result = made if node.method.startswith("map_or") else join(result, made)
    del closures
    if node.method in ("or", "or_else"):
        return result.held().wrapped(receiver.wrap, Fails.UNKNOWN, receiver.why)
    return replace(result, wrap="", fails=Fails.UNKNOWN)


def _unwrap(receiver: Value, node: MethodCall, frame: Frame) -> Value:
    for arg in node.args:
        frame.expr(arg)
    fails = receiver.fails if receiver.wrap else _of_others(receiver)
    if fails > Fails.UNKNOWN or (fails is Fails.UNKNOWN and receiver.caller):
        frame.events.panics.append(
            Panic(node.method, frame.place(node.span), fails, receiver.why, frame.region)
        )
    return receiver.held()


def _of_others(value: Value) -> Fails:
    """Whether something is what a function of another crate made of what the caller handed over."""
    made = value.caller and value.source is Source.RESULT and value.shape is Shape.UNKNOWN
    return Fails.HANDED if made else Fails.UNKNOWN


# --- by shape -----------------------------------------------------------------------------------


def _by_shape(receiver: Value, node: MethodCall, frame: Frame) -> Value:
    if node.method in _RUNS or node.method.startswith("spawn"):
        return _generic(receiver, node, frame)
    if node.method in DOWNCASTS:
        return downcast(receiver, node, frame)
    text = text_method(receiver, node, frame)
    if text is not None:
        return text
    if receiver.shape is Shape.SCALAR:
        return _scalar(receiver, node, frame)
    stored = stored_pointer(receiver, node, frame)
    if stored is not None:
        return stored
    known = SEQUENCE_METHODS.get(node.method)
    if known is not None:
        return known(receiver, node, frame)
    if _is_question(node):
        return _scalar(receiver, node, frame)
    return _generic(receiver, node, frame)


def _bounded(value: Value, frame: Frame) -> None:
    """A difference that has wrapped is no larger than what it is bounded by: no harm is done."""
    for i, one in enumerate(frame.events.panics):
        if value.wraps is not None and one.how == "wrap" and one.place.span == value.wraps:
            frame.events.panics[i] = replace(one, bounded=True)


_Scalar = Callable[[Value, Value], Value]


def _least(value: Value, other: Value) -> Value:
    caller = value.caller and other.caller
    return replace(
        value,
        size=min(value.size, other.size),
        caller=caller,
        bits=value.bits if other.bits is None else other.bits,
        wraps=None,
        limits=None,
        lengths=frozenset() if other.lengths or value.lengths else value.lengths,
    )


def _most(value: Value, other: Value) -> Value:
    return replace(
        value,
        size=max(value.size, other.size),
        caller=value.caller or other.caller,
        lengths=value.lengths | other.lengths,
        wraps=None,
        bits=None,
        limits=None,
    )


def _scalar(receiver: Value, node: MethodCall, frame: Frame) -> Value:
    args = [frame.expr(arg) for arg in node.args]
    other = args[0] if args else CONSTANT
    if node.method in _CHECKED:
        caller = receiver.caller or other.caller or max(receiver.size, other.size) is Size.GRID
        fails = Fails.CALLER if caller else Fails.UNKNOWN
        value = replace(_most(receiver, other), product=None)
        if node.method == "checked_add":
            fits(node.receiver, frame)
        if node.method == "checked_mul" and node.args:
            frame.multiplied.add(frozenset({spelling(node.receiver), spelling(node.args[0])}))
        return value.wrapped("option", fails, f"`{node.method}` overflows")
    if node.method in ("try_into", "try_from"):
        fails = Fails.CALLER if receiver.caller else Fails.INTERNAL
        return receiver.wrapped("result", fails, "the conversion fails")
    if node.method in ("min", "clamp", "rem_euclid"):
        _bounded(receiver, frame)
        raised = raised_to(node, receiver, frame) if node.method == "clamp" else None
        return replace(_least(receiver, other), limits=raised)
    if node.method.startswith(("saturating_", "wrapping_", "max", "overflowing_")):
        least = node.method == "max" and any(positive(arg, other) for arg in node.args)
        wide = WIDE if node.method == "max" and (is_wide(receiver) or is_wide(other)) else None
        return replace(_most(receiver, other), product=None, positive=least, limits=wide)
    if node.method in ("then", "then_some"):
        return _then(node.receiver, other, frame)
    if node.method.startswith("is_"):
        return replace(CONSTANT, type=TypeRef("bool", name="bool"))
    same = node.method in ("clone", "to_owned")
    return replace(
        receiver,
        identity=receiver.identity and same,
        bits=receiver.bits if same else None,
        limits=receiver.limits if same else None,
    )


def _then(condition: Node, other: Value, frame: Frame) -> Value:
    """`condition.then(|| value)`: the value is only computed where the condition holds."""
    before, facts = dict(frame.names), frame.learned()
    establish(condition, frame)
    limit(condition, frame, holds=True)
    made = frame.call(other) if other.closure is not None else other
    made = proved(made.wrapped("option", Fails.UNKNOWN), frame)
    frame.names = before
    frame.forget(facts)
    return made


def _is_question(node: MethodCall) -> bool:
    """`range.contains(&i).then(..)`: what is true or false, of whatever it is asked."""
    asked = node.receiver if node.method in ("then", "then_some") else None
    return isinstance(asked, MethodCall) and asked.method in ("contains", "any", "all")


def _never_fails(receiver: Value, node: MethodCall) -> bool:
    """Bytes in memory can be read to their end."""
    return receiver.is_sequence and node.method == "read_to_end"


def _generic(receiver: Value, node: MethodCall, frame: Frame) -> Value:
    args = [frame.expr(arg) for arg in node.args]
    if names_file(node.method, args):
        waits(frame, node, node.method, NOTHING)
    region = Region.ELSEWHERE if node.method.startswith("spawn") else None
    if region is not None:
        frame.work(Kind.SPAWN, node.span, node.method, Size.CONST)
        handed_over(node.args, frame)
    result = NOTHING
    pooled = node.method in POOLS
    elsewhere = section(frame, node.span, node.method, node.args, waits=pooled)
    with elsewhere if region or pooled else nullcontext():
        for arg in args:
            result = join(result, frame.call(arg, [receiver.element or NOTHING], region))
    if node.method in _RUNS:
        return result
    if node.method in ("clone", "to_owned", "as_ref", "as_mut", "borrow", "borrow_mut", "into"):
        return receiver
    if node.method in ("lock", "read", "write", "try_lock"):
        return receiver.wrapped("result", Fails.INTERNAL)
    if node.method in _READS and receiver.caller and not _never_fails(receiver, node):
        return CONSTANT.wrapped("result", Fails.CALLER, f"`{node.method}` fails")
    if receiver.shape is Shape.STRUCT:
        return Value(size=receiver.size, caller=receiver.caller, fails=Fails.UNKNOWN)
    return Value(caller=receiver.caller, variants=receiver.variants)
