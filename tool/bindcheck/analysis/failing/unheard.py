"""Errors that nobody hears of: printed by the thread that met them, or lost where a file is closed.

What is printed is read by nobody who could act on it: the call that started the work has returned,
or goes on as if all were well. A `BufWriter` writes its rest when it is dropped, and a full disk
shows only there.
"""

from __future__ import annotations

from collections.abc import Iterator

from bindcheck.analysis.anatomy import Anatomy, anatomy_of
from bindcheck.analysis.costs.reach import reach_of
from bindcheck.analysis.failing.treated import Loss
from bindcheck.analysis.flow.types import RESULTS
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.attaching import attaching_of
from bindcheck.analysis.threads.effects import spawned
from bindcheck.fact import fact
from bindcheck.model import (
    Block,
    Call,
    Closure,
    If,
    ItemRef,
    Jump,
    Let,
    Loop,
    MacroCall,
    Match,
    MethodCall,
    Node,
    Path,
    Return,
    Sequence,
    Span,
    Try,
    Unary,
)

_PRINTS = frozenset({"eprintln", "println", "eprint", "print", "error", "warn"})
_PRINTING = tuple(f"{name}!(".encode() for name in sorted(_PRINTS))
_BUFFERS = frozenset({"BufWriter", "LineWriter"})
_BUFFERING = tuple(f"{name}::".encode() for name in sorted(_BUFFERS))
_FILES = frozenset({"File", "OpenOptions"})
_RESTORING = (b".restore(",)
_WRITES = frozenset({"write", "write_all", "write_fmt", "write_vectored"})
_FLUSHES = (b"flush", b"into_inner", b"into_parts")
_TO_WRITERS = frozenset({"to_writer", "to_writer_pretty", "serialize_into", "into_writer", "copy"})
"""Functions of other crates that write, and leave it to their caller to flush."""


@fact
class Unheard:
    """An error of `callee` that nobody hears of at `span`; for a buffer that is its name."""

    loss: Loss
    span: Span
    callee: str


def unheard_errors(program: Program) -> Iterator[tuple[ItemRef, Unheard]]:
    """Such places in the functions of the crate that bindings reach."""
    words = (*_PRINTING, *_BUFFERING, *_RESTORING)
    own = (path for path in program.modules if program.in_crate(path))
    files = {path for path in own if program.file_mentions(path, words)}
    for ref in reach_of(program).functions() if files else ():
        if ref.path in files and program.mentions(ref, words):
            anatomy = anatomy_of(program, ref)
            if anatomy is not None:
                yield from ((ref, one) for one in _printed(program, ref, anatomy))
                yield from ((ref, one) for one in _unflushed(program, ref, anatomy))
                yield from ((ref, one) for one in _restored(anatomy))


# --- printed --------------------------------------------------------------------------------------


def _printed(program: Program, ref: ItemRef, anatomy: Anatomy) -> Iterator[Unheard]:
    raises = program.function(ref).returns.name in RESULTS and not program.function(ref).trait
    for tried, handler in _handlers(anatomy):
        if not _only_prints(handler):
            continue
        away = _is_away(anatomy, handler)
        lost = _gives(tried) or _ends(anatomy, handler) if away else raises
        if lost and (away or program.callees(ref).get(_call(tried).span)):
            yield Unheard(Loss.PRINTED, handler.span, _name(tried))


def _handlers(anatomy: Anatomy) -> Iterator[tuple[Node, Node]]:
    """What may fail, and what is done about its error."""
    for branch in anatomy.all(If):
        asked = branch.condition
        if isinstance(asked, Let) and asked.pattern.startswith("Err(") and asked.value is not None:
            yield asked.value, branch.then
    for match in anatomy.all(Match):
        for arm in match.arms:
            if arm.pattern.startswith("Err(") and arm.guard is None:
                yield match.subject, arm.body
    for let in anatomy.all(Let):
        if let.pattern.startswith("Ok(") and let.otherwise is not None and let.value is not None:
            yield let.value, let.otherwise


def _only_prints(node: Node) -> bool:
    parts = node.statements if isinstance(node, Block) else (node,)
    prints = [one for one in parts if isinstance(one, MacroCall) and _macro(one) in _PRINTS]
    return bool(prints) and all(one in prints or _is_nothing(one) for one in parts)


def _macro(node: MacroCall) -> str:
    return node.path.rsplit("::", 1)[-1]


def _is_nothing(node: Node) -> bool:
    """`return`, `continue`, `()`."""
    if isinstance(node, Return):
        return node.value is None or _is_nothing(node.value)
    return isinstance(node, Jump) or (isinstance(node, Sequence) and not node.items)


def _is_away(anatomy: Anatomy, node: Node) -> bool:
    """Whether another thread runs a node, which nobody can ask for an error."""
    return _thread(anatomy, node) is not None


def _thread(anatomy: Anatomy, node: Node) -> Closure | None:
    for outer in anatomy.above(node):
        if isinstance(outer, Closure):
            by = anatomy.parent(outer)
            if by is not None and spawned(by):
                return outer
    return None


def _gives(tried: Node) -> bool:
    """Whether what fails would else send somebody what it has made."""
    return any(isinstance(one, MethodCall) and one.method == "send" for one in tried.walk())


def _ends(anatomy: Anatomy, handler: Node) -> bool:
    """Whether a thread ends with the error, before it has begun to go round in its loop."""
    returns = any(isinstance(one, Return) for one in handler.walk())
    thread = _thread(anatomy, handler)
    for outer in anatomy.above(handler) if returns else ():
        if outer is thread:
            return True
        if isinstance(outer, Loop):
            return False
    return False


def _call(tried: Node) -> Node:
    while isinstance(tried, Try):
        tried = tried.value
    return tried


def _name(tried: Node) -> str:
    node = _call(tried)
    while not isinstance(node, (Call, MethodCall)) and node.children():
        node = node.children()[0]
    if isinstance(node, MethodCall):
        return node.method
    function = node.function if isinstance(node, Call) else None
    return "::".join(function.segments[-2:]) if isinstance(function, Path) else ""


# --- exceptions that are set ----------------------------------------------------------------------


def _restored(anatomy: Anatomy) -> Iterator[Unheard]:
    """`map_err(|e| e.restore(py)).ok()`: set for a caller in C, and then there is a result."""
    for node in anatomy.all(MethodCall):
        target = node.args[0] if node.method == "map_err" and len(node.args) == 1 else None
        if isinstance(target, Closure) and _restores(target) and _goes_on(anatomy, node):
            yield Unheard(Loss.RESTORED, node.span, _name(node.receiver))


def _restores(closure: Closure) -> bool:
    body = closure.body
    while isinstance(body, Block) and len(body.statements) == 1:
        body = body.statements[0]
    names = [name for param in closure.params for name in param.names]
    if not isinstance(body, MethodCall) or body.method != "restore" or len(body.args) != 1:
        return False
    return isinstance(body.receiver, Path) and body.receiver.last in names


def _goes_on(anatomy: Anatomy, node: Node) -> bool:
    """Whether nothing is made of a result."""
    outer = anatomy.parent(node)
    if isinstance(outer, MethodCall) and outer.receiver is node and outer.method == "ok":
        node, outer = outer, anatomy.parent(outer)
    if isinstance(outer, Let):
        return outer.pattern.strip() == "_"
    last = isinstance(outer, Block) and outer.tail and outer.statements[-1] is node
    return isinstance(outer, Block) and not last


# --- buffers that are dropped ---------------------------------------------------------------------


def _unflushed(program: Program, ref: ItemRef, anatomy: Anatomy) -> Iterator[Unheard]:
    for call in anatomy.all(Call):
        if not _is_buffer(call):
            continue
        kept = _is_of_file(anatomy, call.args[-1])
        if not kept and not attaching_of(program).is_one(ref, call.args[-1]):
            continue
        outer = anatomy.parent(call)
        if isinstance(outer, Let) and len(outer.names) == 1:
            if _is_left(program, ref, anatomy, outer):
                yield Unheard(Loss.DROPPED, call.span, outer.names[0])
        elif isinstance(outer, Call) and _named(outer) in _TO_WRITERS:
            yield Unheard(Loss.DROPPED, call.span, _owner(call))


def _is_buffer(call: Call) -> bool:
    path = call.function
    made = isinstance(path, Path) and path.segments[-2:-1] and path.segments[-2] in _BUFFERS
    return bool(made) and bool(call.args)


def _owner(call: Call) -> str:
    return call.function.segments[-2] if isinstance(call.function, Path) else ""


def _named(call: Call) -> str:
    return call.function.last if isinstance(call.function, Path) else ""


def _is_of_file(anatomy: Anatomy, node: Node, depth: int = 0) -> bool:
    """Whether a value is a file, by what made it."""
    for one in node.walk():
        if isinstance(one, Path) and _FILES.intersection(one.segments[:-1]):
            return True
        if isinstance(one, Path) and len(one.segments) == 1 and depth == 0:
            bound = anatomy.binding(one.last, one)
            if bound is not None and bound[0] is not None:
                return _is_of_file(anatomy, bound[0], 1)
    return False


def _is_left(program: Program, ref: ItemRef, anatomy: Anatomy, let: Let) -> bool:
    """Whether something is written to a buffer, and nobody flushes it."""
    uses = [
        one
        for one in anatomy.all(Path)
        if one.segments == let.names and one.span.start > let.span.end
    ]
    return bool(uses) and all(_leaves(program, ref, anatomy, one) for one in uses)


def _leaves(program: Program, ref: ItemRef, anatomy: Anatomy, use: Path) -> bool:
    """Whether a use of a buffer writes to it, and surely does not flush it."""
    node: Node = use
    outer = anatomy.parent(node)
    while isinstance(outer, Unary) and outer.op[0] in "&*":
        node, outer = outer, anatomy.parent(outer)
    if isinstance(outer, MacroCall):
        return _macro(outer) in ("write", "writeln")
    if isinstance(outer, MethodCall) and outer.receiver is node:
        return outer.method in _WRITES
    if not isinstance(outer, (Call, MethodCall)):
        return False
    targets = program.callees(ref).get(outer.span, ())
    if targets:
        return not any(_flushes(program, one) for one in targets)
    return isinstance(outer, Call) and _named(outer) in _TO_WRITERS


def _flushes(program: Program, ref: ItemRef) -> bool:
    """Whether a function, or one that it calls, flushes something."""
    return program.mentions(ref, _FLUSHES) or any(
        program.mentions(one, _FLUSHES) for one in program.called(ref)
    )
