"""Iterators: what a chain runs over, and where it runs."""

from __future__ import annotations

from bindcheck.analysis.flow.events import Kind, Made, Taken
from bindcheck.analysis.flow.handles import is_light
from bindcheck.analysis.flow.keeping import SETS, moves
from bindcheck.analysis.flow.machine import Frame
from bindcheck.analysis.flow.maps import entry_of
from bindcheck.analysis.flow.simple import ARGUMENTS, check_zero
from bindcheck.analysis.flow.types import RESULTS
from bindcheck.analysis.flow.values import (
    CONSTANT,
    NOTHING,
    Fails,
    Shape,
    Size,
    Source,
    Value,
    join,
    largest,
    unchosen,
)
from bindcheck.model import Assign, Closure, Index, MethodCall, Node, Param, Path, TypeRef, Unary
from bindcheck.model.fact import replace

MAKERS = frozenset(
    {
        *("iter", "iter_mut", "into_iter", "drain", "chars", "bytes", "keys", "values"),
        *("chunks", "chunks_mut", "chunks_exact", "chunks_exact_mut", "windows", "lines"),
        *("rows", "rows_mut", "outer_iter", "outer_iter_mut", "axis_iter", "axis_iter_mut"),
        *("indexed_iter", "indexed_iter_mut", "split", "try_iter", "as_any_iter"),
    }
)
PARALLEL = frozenset(
    {
        *("par_iter", "par_iter_mut", "into_par_iter", "par_chunks", "par_chunks_mut"),
        *("par_chunks_exact", "par_chunks_exact_mut", "par_bridge", "par_windows", "par_sort"),
        *("par_sort_unstable", "par_sort_by"),
    }
)
STARTS = MAKERS | PARALLEL
ADAPTERS = frozenset(
    {
        *("map", "filter", "filter_map", "enumerate", "zip", "rev", "skip", "take", "step_by"),
        *("chain", "cloned", "copied", "inspect", "flat_map", "flatten", "peekable", "scan"),
        *("take_while", "skip_while", "map_while", "by_ref", "with_min_len", "fuse", "cycle"),
        *("with_max_len", "map_init", "map_with", "fold_with", "dedup", "into_iter", "iter"),
        *("and", "and_broadcast"),
    }
)
_BY_COUNT = frozenset(
    {
        *("chunks", "chunks_mut", "chunks_exact", "chunks_exact_mut", "windows", "par_windows"),
        *("par_chunks", "par_chunks_mut", "par_chunks_exact", "par_chunks_exact_mut"),
    }
)
SCANS = frozenset({"position", "rposition", "find", "find_map", "any", "all", "try_for_each"})
CONSUMERS = frozenset(
    {
        *("collect", "sum", "product", "fold", "reduce", "count", "max", "min", "max_by"),
        *("min_by", "max_by_key", "min_by_key", "for_each", "try_fold", "last", "unzip"),
        *("partition", "collect_into_vec", "try_reduce", "for_each_with", "for_each_init"),
        *("par_for_each", "map_collect", "par_map_collect"),
        *("map_assign_into", "par_map_assign_into"),
        *SCANS,
    }
)
_OPTIONS = frozenset(
    {
        *("max", "min", "max_by", "min_by", "max_by_key", "min_by_key", "last", "reduce"),
        *("position", "rposition", "find", "find_map"),
    }
)
_KEEP = frozenset({"cloned", "copied", "into_iter", "iter", "by_ref"})
_FEWER = frozenset(
    {"filter", "filter_map", "flat_map", "take_while", "skip_while", "map_while", "skip", "zip"}
)
_ONE = frozenset({"next", "nth", "next_back", "peek"})
_LETTERS = frozenset({"chars", "char_indices", "bytes"})
_ENDS = frozenset({"next", "next_back", "peek"})


def make(receiver: Value, node: MethodCall, frame: Frame) -> Value:
    """`iter()` and the like."""
    args = [frame.expr(arg) for arg in node.args]
    if args and node.method in _BY_COUNT:
        check_zero(node.args[0], args[0], node.span, frame)
    if receiver.shape is Shape.SCALAR:
        # A shape: a few lengths, however much the array holds.
        return replace(receiver, shape=Shape.ITER, size=Size.CONST, element=receiver)
    if receiver.shape is Shape.ITER:
        return replace(receiver, parallel=receiver.parallel or node.method in PARALLEL)
    whole = node.method.startswith(("iter", "into_iter", "drain", "par_iter", "into_par_iter"))
    element = receiver.element if whole else replace(receiver, element=receiver.element)
    element = entry_of(receiver, node.method, frame) or element
    item = replace(element or NOTHING, part=not whole)
    if item.shape is Shape.ITER:
        # How far stored iterators are walked is up to the crate's own loop.
        item = replace(unchosen(item), source=Source.OTHER)
    if item.root is None:
        item = replace(item, root=receiver.root, source=receiver.source, identity=whole)
    lengths = frozenset({receiver.root}) if receiver.root and whole else frozenset()
    return replace(
        receiver,
        shape=Shape.PYTHON if receiver.shape is Shape.PYTHON else Shape.ITER,
        element=item,
        lengths=receiver.lengths or lengths,
        parallel=node.method in PARALLEL,
        identity=whole,
        wrap="",
        truth=True if receiver.root in frame.nonempty else receiver.truth,
    )


def adapt(receiver: Value, node: MethodCall, frame: Frame) -> Value:
    """A lazy adapter: another iterator."""
    args = [frame.expr(arg) for arg in node.args]
    item = receiver.element or NOTHING
    method = node.method
    if method == "step_by" and args:
        check_zero(node.args[0], args[0], node.span, frame)
    identity = receiver.identity and (method in _KEEP or _is_identity(node))
    out = replace(receiver, identity=identity)
    if method in _FEWER:
        out = replace(out, truth=None)
    if method in ("enumerate", "indexed_iter"):
        index = Value(
            Shape.SCALAR, receiver.size, TypeRef("usize", name="usize"), lengths=receiver.lengths
        )
        return replace(out, element=Value(Shape.STRUCT, fields=(("0", index), ("1", item))))
    if method == "zip":
        return _zip(out, item, args, frame)
    if method == "take" and args:
        part = receiver.part or not args[0].lengths
        size = min(receiver.size, args[0].size)
        return replace(out, size=size, lengths=frozenset(), part=part)
    if method in ("chain", "and", "and_broadcast") and args:
        return replace(out, size=max(receiver.size, args[0].size))
    if method in ("map", "filter_map", "flat_map", "map_while", "scan"):
        given = [item] if method != "scan" else [NOTHING, item]
        made = frame.call(args[-1], given) if args else NOTHING
        if args and args[-1].closure is None:
            made = NOTHING
        made = made.held() if method in ("filter_map", "scan", "map_while") else made
        made = made if not identity else item
        return replace(out, element=made, source=Source.FRESH if not identity else out.source)
    for arg in args:
        frame.call(arg, [item])
    return out


def _zip(out: Value, item: Value, args: list[Value], frame: Frame) -> Value:
    del frame
    other = args[0] if args else NOTHING
    second = other.element or replace(NOTHING, root=other.root, source=other.source)
    if second.root is None:
        second = replace(second, root=other.root, source=other.source, identity=True)
    size = _shorter(out.size, other)
    pair = Value(Shape.STRUCT, fields=(("0", item), ("1", second)))
    # The shorter one ends both.
    lengths = out.lengths if out.lengths == other.lengths else frozenset()
    return replace(out, element=pair, size=size, identity=False, lengths=lengths)


def _shorter(size: Size, other: Value) -> Size:
    if not other.is_sequence or Size.UNKNOWN in (size, other.size):
        return size if size is not Size.UNKNOWN else other.size
    return min(size, other.size)


def _is_identity(node: MethodCall) -> bool:
    """`map(|x| x)`, `map(|&x| x)`, `map(|x| *x)`."""
    if node.method != "map" or len(node.args) != 1 or not isinstance(node.args[0], Closure):
        return False
    closure = node.args[0]
    body = closure.body.value if isinstance(closure.body, Unary) else closure.body
    return isinstance(body, Path) and [_bound(one) for one in closure.params] == [body.text]


def _bound(param: Param) -> str:
    """The name that the whole of what is given gets: by `x` or `&x`, not by `(x, _)`."""
    size = param.span.end - param.span.start
    return next((name for name in param.names if param.name or size == len(name) + 1), "")


def consume(receiver: Value, node: MethodCall, frame: Frame, touched: int) -> Value:
    """A consumer: the place where a chain runs."""
    args = [frame.expr(arg) for arg in node.args]
    item = receiver.element or NOTHING
    folding = node.method in ("fold", "try_fold", "reduce")
    loops = receiver.size is Size.DATA
    before = len(frame.events.works)
    frame.loops += loops
    results = [frame.call(arg, [NOTHING, item] if folding else [item, item]) for arg in args]
    frame.loops -= loops
    del results
    python = frame.touches > touched or receiver.is_python
    if receiver.size is Size.DATA or receiver.parallel:
        kind = _kind(receiver, node)
        frame.work(
            kind,
            node.span,
            f"`{node.method}`",
            receiver.size,
            python=python,
            part=receiver.part,
            light=kind is not Kind.PARALLEL and is_light(receiver, node, before, frame),
        )
    return _consumed(receiver, item, node, frame)


def _kind(receiver: Value, node: MethodCall) -> Kind:
    parallel = receiver.parallel or node.method.startswith("par_")
    if parallel and receiver.size >= Size.GRID:
        return Kind.PARALLEL
    if node.method in SCANS and not _writes(node):
        return Kind.SCAN
    moves = node.method == "collect" and receiver.identity
    return Kind.MEMORY if moves else Kind.CHAIN


def _writes(node: MethodCall) -> bool:
    """Whether what is tried for each element writes a cell: `try_for_each(|x| { *x = f()?; })`."""
    inner = (part for arg in node.args for part in arg.walk() if node.method == "try_for_each")
    return any(
        isinstance(part, Assign) and isinstance(part.target, (Unary, Index)) for part in inner
    )


def _consumed(receiver: Value, item: Value, node: MethodCall, frame: Frame) -> Value:
    if node.method in ("collect", "unzip", "partition", "map_collect", "par_map_collect"):
        return _collected(receiver, item, node, frame)
    if node.method in ("position", "rposition", "count"):
        value = Value(Shape.SCALAR, receiver.size, TypeRef("usize", name="usize"))
        if node.method == "count":
            return replace(value, lengths=receiver.lengths)
        return value.wrapped("option", Fails.CALLER, "nothing is found")
    if node.method in _OPTIONS:
        fails = Fails.NEVER if receiver.truth else Fails.CALLER
        return item.wrapped("option", fails, "there may be no element")
    if node.method in ("any", "all"):
        return replace(CONSTANT, type=TypeRef("bool", name="bool"))
    return Value(Shape.SCALAR, Size.CONST, item.type, caller=item.caller)


def _collected(receiver: Value, item: Value, node: MethodCall, frame: Frame) -> Value:
    target = frame.named(node.turbofish)
    source = receiver.source if receiver.source in (Source.EXTRACTED,) else Source.FRESH
    copies = receiver.identity and not moves(node, receiver.owned) and not _is_set(target)
    if copies and receiver.source in ARGUMENTS and receiver.size is Size.DATA:
        frame.events.taken.append(
            Taken("collect", frame.place(node.span), receiver, frame.fallback > 0)
        )
    value = Value(
        Shape.SEQ,
        receiver.size,
        source=source,
        root=frame.root(node.span),
        element=item.held() if target is not None and target.name in RESULTS else item,
        lengths=receiver.lengths,
        owned=True,
        identity=receiver.identity and receiver.source in (Source.RESULT, Source.FRESH),
        nested=item.shape is Shape.SEQ,
    )
    if target is not None and (target.name in RESULTS or target.name == "Option"):
        fails = Fails.CALLER if item.caller else Fails.UNKNOWN
        return value.wrapped("result", fails, "an element fails")
    return value


def _is_set(target: TypeRef | None) -> bool:
    return target is not None and target.name in SETS


def one(receiver: Value, node: MethodCall, frame: Frame) -> Value:
    """`next()`, `nth(i)`: a single step."""
    for arg in node.args:
        frame.expr(arg)
    item = receiver.element or NOTHING
    first = bool(receiver.truth) and node.method in _ENDS
    if isinstance(node.receiver, Path) and node.method != "peek" and receiver.truth:
        frame.names[node.receiver.last] = replace(receiver, truth=None)
    handed = receiver.caller or item.caller or receiver.source in ARGUMENTS
    open_ends = receiver.size is not Size.CONST or _is_spelt(receiver, node.receiver)
    open_ = Fails.CALLER if handed and open_ends else Fails.UNKNOWN
    return item.wrapped("option", Fails.NEVER if first else open_, "there may be no element")


def _is_spelt(receiver: Value, chars: Node) -> bool:
    """`text.chars()` of a text that may be empty."""
    spelt = isinstance(chars, MethodCall) and chars.method in _LETTERS
    return spelt and receiver.root is not None


STEPS = _ONE


def made(how: str, node: MethodCall, value: Value, frame: Frame) -> Value:
    """An array handed to Python."""
    frame.events.made.append(Made(how, frame.place(node.span), value))
    return Value(Shape.NUMPY, value.size, source=value.source, root=value.root)


def merged(values: list[Value]) -> Value:
    """Join in order."""
    result = NOTHING
    for value in values:
        result = join(result, value)
    return replace(result, size=largest(values)) if values else result
