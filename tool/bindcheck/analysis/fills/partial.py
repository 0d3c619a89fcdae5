"""Memory of which only the first cells have a value when it is made, and who makes it."""

from __future__ import annotations

from collections.abc import Iterator

from bindcheck.analysis.anatomy import Anatomy, anatomy_of
from bindcheck.analysis.fills.alternatives import callers_of
from bindcheck.analysis.flow.types import SEQUENCES
from bindcheck.analysis.program import Program
from bindcheck.model import (
    Assign,
    Block,
    Call,
    Gated,
    ItemRef,
    Loop,
    MethodCall,
    Node,
    Path,
    Range,
    Return,
    Try,
    Unary,
)

_CLAIMS = (b"set_len(",)
_FILLS = frozenset(
    {
        *("fill", "fill_with", "copy_from_slice", "clone_from_slice", "resize", "iter_mut"),
        *("extend", "extend_from_slice", "swap_with_slice", "copy_within", "as_mut_ptr"),
        *("chunks_mut", "chunks_exact_mut", "par_iter_mut", "split_at_mut"),
    }
)
DEEPEST = 3


def origin(
    program: Program, ref: ItemRef, anatomy: Anatomy, memory: str, before: Node, depth: int = 0
) -> tuple[ItemRef, str] | None:
    """The function that makes a memory, and by what; None if it has values, or nobody knows."""
    bound = anatomy.binding(memory, before)
    if bound is not None:
        maker = _partial_maker(program, ref, bound[0])
        return (ref, maker) if maker else None
    names = [param.name for param in program.function(ref).params]
    if memory not in names or depth >= DEEPEST:
        return None
    return _from_callers(program, ref, names.index(memory), depth)


def _from_callers(
    program: Program, ref: ItemRef, position: int, depth: int
) -> tuple[ItemRef, str] | None:
    for caller in callers_of(program, ref):
        anatomy = anatomy_of(program, caller)
        for call in anatomy.all(Call) if anatomy is not None else ():
            assert anatomy is not None
            if ref not in program.callees(caller).get(call.span, ()) or position >= len(call.args):
                continue
            memory = name_of(call.args[position])
            if memory and not _is_handed(anatomy, memory, call):
                found = origin(program, caller, anatomy, memory, call, depth + 1)
                if found is not None:
                    return found
    return None


def _partial_maker(program: Program, ref: ItemRef, value: Node | None) -> str:
    while isinstance(value, Try):
        value = value.value
    targets = program.callees(ref).get(value.span, ()) if isinstance(value, Call) else ()
    return next((program.function(one).name for one in targets if _is_partial(program, one)), "")


def _is_partial(program: Program, ref: ItemRef) -> bool:
    """Whether a function gives a `Vec` whose length it claims, and values to a part of it only."""
    function = program.function(ref)
    if function.returns.name not in SEQUENCES or not program.mentions(ref, _CLAIMS):
        return False
    body = program.body(ref)
    nodes = [] if body is None else [*_released(body)]
    claims = [one for one in nodes if isinstance(one, MethodCall) and one.method == "set_len"]
    lengths = {name_of(one.args[0]) for one in claims if one.args}
    whole = any(
        (isinstance(one, MethodCall) and one.method in _FILLS - {"as_mut_ptr"})
        or (isinstance(one, Loop) and not _is_prefix(one, lengths))
        for one in nodes
    )
    return bool(claims) and not whole


def _released(node: Node) -> Iterator[Node]:
    """A node and all below it that a release build has."""
    if isinstance(node, Gated) and any(
        one.name == "debug_assertions" and not one.args for one in node.cfg
    ):
        return
    yield node
    for child in node.children():
        yield from _released(child)


def _is_prefix(loop: Loop, lengths: set[str]) -> bool:
    """Whether a loop ends at a number of its own, not at the length."""
    end = loop.over.end if isinstance(loop.over, Range) else None
    return isinstance(end, Path) and end.last not in lengths


# --- who else gives it values ---------------------------------------------------------------------


def is_alone(anatomy: Anatomy, loop: Node, memory: str) -> bool:
    """Whether nothing else in a body gives many cells of a memory a value before a loop."""
    for other in anatomy.all(Loop):
        ahead = other.span.start < loop.span.start and not other.span.contains(loop.span)
        writes = ahead and any(_is_cell(one, memory) for one in other.walk())
        if writes and not _returns(anatomy, other, loop):
            return False
    return not _is_handed(anatomy, memory, loop)


def _returns(anatomy: Anatomy, other: Node, loop: Node) -> bool:
    """Whether a function ends where something else has run: then it is an alternative to this."""
    around = (one for one in anatomy.above(other) if not one.span.contains(loop.span))
    blocks = [one for one in around if isinstance(one, Block)]
    return any(isinstance(one.statements[-1], Return) for one in blocks if one.statements)


def _is_cell(node: Node, memory: str) -> bool:
    return isinstance(node, Assign) and mentions(node.target, memory)


def _is_handed(anatomy: Anatomy, memory: str, before: Node) -> bool:
    """Whether other code may write to a whole memory ahead of a node, and then comes to it."""
    for one in anatomy.body.walk():
        if one.span.start >= before.span.start:
            continue
        if isinstance(one, MethodCall) and one.method in _FILLS and name_of(one.receiver) == memory:
            return True
        ended = isinstance(one, (Call, MethodCall)) and one.span.end <= before.span.start
        handed = one.args if ended and isinstance(one, (Call, MethodCall)) else ()
        if any(name_of(arg) == memory for arg in handed) and not _returns(anatomy, one, before):
            return True
        if isinstance(one, Loop) and name_of(one.over) == memory:
            return True
    return False


# --- names ----------------------------------------------------------------------------------------


def name_of(node: Node | None) -> str:
    """The variable that a node is, or refers to."""
    while isinstance(node, Unary):
        node = node.value
    return node.last if isinstance(node, Path) and len(node.segments) == 1 else ""


def mentions(node: Node, name: str) -> bool:
    """Whether a name stands anywhere in a node."""
    return any(isinstance(one, Path) and one.last == name for one in node.walk())
