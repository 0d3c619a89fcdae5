"""Cells that a NaN in the data leaves without a value.

A core makes memory of which only the first cells have a value, and gives the others theirs in a
loop. Where that loop goes on to the next cell because of a NaN, this one keeps what was there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain

from bindcheck.analysis.anatomy import Anatomy, anatomy_of
from bindcheck.analysis.costs.reach import reach_of
from bindcheck.analysis.fills.alternatives import callers_of, is_ruled_out
from bindcheck.analysis.flow.events import Place
from bindcheck.analysis.flow.types import NUMPY, SEQUENCES
from bindcheck.analysis.keeping.reads import remembered
from bindcheck.analysis.program import Program
from bindcheck.model import (
    Assign,
    Block,
    Call,
    EntryPoint,
    Gated,
    If,
    Index,
    ItemRef,
    Jump,
    Loop,
    MethodCall,
    Node,
    Path,
    Range,
    Return,
    Try,
    Unary,
)
from bindcheck.model.fact import fact

_SKIP = rb"is_(?:nan|finite)\(\)[^{};]{0,150}\{\s{0,40}continue;"
_ASKED = re.compile(rb"is_(?:nan|finite)\(\)[^{};]{0,150}\{\s{0,40}$")
_NEAR = 200
_CLAIMS = (b"set_len(",)
_ASKS = frozenset({"is_nan", "is_finite"})
_FILLS = frozenset(
    {
        *("fill", "fill_with", "copy_from_slice", "clone_from_slice", "resize", "iter_mut"),
        *("extend", "extend_from_slice", "swap_with_slice", "copy_within", "as_mut_ptr"),
        *("chunks_mut", "chunks_exact_mut", "par_iter_mut", "split_at_mut"),
    }
)
_DEEPEST = 3
_BLANK = (b"::new(",)


@fact
class Skipped:
    """A loop goes on to the next cell of `memory`, which `maker` has made, without a value.

    `entries` are the entry points that get to it, `others` those that do so with NumPy memory of
    their own, which has no values when it is made.
    """

    place: Place
    memory: str
    maker: str
    entries: tuple[EntryPoint, ...]
    others: tuple[EntryPoint, ...] = ()


def skipped_cells(program: Program, entry: EntryPoint) -> Iterator[Skipped]:
    """Such loops below an entry point, in its own file and in that of its core."""
    core = program.core(entry.indicator) if entry.indicator is not None else None
    for path in dict.fromkeys((entry.ref.path, *([core.path] if core is not None else ()))):
        yield from (one for one in _in_file(program, path) if entry in one.entries)


@remembered(8)
def _in_file(program: Program, path: str) -> tuple[Skipped, ...]:
    starts = [*_skips(program.matched(path, ((b"continue", _SKIP),)))]
    found: list[Skipped] = []
    for index, function in enumerate(program.modules[path].functions if starts else ()):
        span = function.body_span
        if span is None or not any(span.start <= one < span.end for one in starts):
            continue
        ref = ItemRef(path, index)
        anatomy = anatomy_of(program, ref) if program.active(function.cfg, path) else None
        found += _in_function(program, ref, anatomy) if anatomy is not None else ()
    return tuple(found)


def _skips(text: bytes) -> Iterator[int]:
    """Where a loop goes on because of a NaN."""
    at = text.find(b"continue;")
    while at >= 0:
        if _ASKED.search(text, max(0, at - _NEAR), at):
            yield at
        at = text.find(b"continue;", at + 1)


def _in_function(program: Program, ref: ItemRef, anatomy: Anatomy) -> Iterator[Skipped]:
    for loop in anatomy.all(Loop):
        for memory, branch in _skipping(loop):
            if not _is_alone(anatomy, loop, memory):
                continue
            if is_ruled_out(program, ref, anatomy, loop, lambda one: bool(_entries(program, one))):
                continue
            made = _origin(program, ref, anatomy, memory, loop, 0)
            entries = _entries(program, made[0]) if made is not None else ()
            if made is not None and entries:
                others = tuple(_others(program, ref, entries))
                yield Skipped(Place(ref, branch.condition.span), memory, made[1], entries, others)
                return


# --- the loop -------------------------------------------------------------------------------------


def _skipping(loop: Loop) -> Iterator[tuple[str, If]]:
    """Memories of which a loop writes one cell after the other, unless it skips one for a NaN."""
    if loop.kind != "for" or len(loop.names) != 1 or not isinstance(loop.over, Range):
        return
    skips: list[If] = []
    written: set[str] = set()
    for one in _statements(loop.body):
        for memory in dict.fromkeys(_written(one, loop.names[0])):
            first = next((two for two in skips if not _mentions(two.then, memory)), None)
            if memory not in written and first is not None:
                yield memory, first
            written.add(memory)
        if isinstance(one, If) and _is_skip(one):
            skips.append(one)


def _statements(body: Node) -> list[Node]:
    """The statements of a block, those of blocks that are statements themselves among them."""
    found: list[Node] = []
    for one in body.statements if isinstance(body, Block) else ():
        found += _statements(one) if isinstance(one, Block) else [one]
    return found


def _written(statement: Node, index: str) -> Iterator[str]:
    """The memories whose cell at `index` a statement writes, or may write."""
    for node in statement.walk():
        target = node.target if isinstance(node, Assign) and node.op == "=" else None
        if isinstance(target, Index):
            array, at = target.base, target.index
        elif isinstance(target, Unary) and isinstance(target.value, MethodCall):
            array, at = target.value.receiver, next(iter(target.value.args), target)
            array = array if target.value.method == "get_unchecked_mut" else target
        else:
            continue
        if _name(at) == index and isinstance(array, Path):
            yield array.last


def _is_skip(branch: If) -> bool:
    """`if x.is_nan() { continue; }`."""
    last = _statements(branch.then)[-1:]
    asked = any(
        isinstance(one, MethodCall) and one.method in _ASKS for one in branch.condition.walk()
    )
    goes_on = bool(last) and isinstance(last[0], Jump) and last[0].kind == "continue"
    return asked and goes_on and branch.otherwise is None


def _is_alone(anatomy: Anatomy, loop: Loop, memory: str) -> bool:
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
    return isinstance(node, Assign) and _mentions(node.target, memory)


def _is_handed(anatomy: Anatomy, memory: str, before: Node) -> bool:
    """Whether other code may write to a whole memory ahead of a node, and then comes to it."""
    for one in anatomy.body.walk():
        if one.span.start >= before.span.start:
            continue
        if isinstance(one, MethodCall) and one.method in _FILLS and _name(one.receiver) == memory:
            return True
        ended = isinstance(one, (Call, MethodCall)) and one.span.end <= before.span.start
        handed = one.args if ended and isinstance(one, (Call, MethodCall)) else ()
        if any(_name(arg) == memory for arg in handed) and not _returns(anatomy, one, before):
            return True
        if isinstance(one, Loop) and _name(one.over) == memory:
            return True
    return False


# --- where its memory comes from ------------------------------------------------------------------


def _origin(
    program: Program, ref: ItemRef, anatomy: Anatomy, memory: str, before: Node, depth: int
) -> tuple[ItemRef, str] | None:
    """The function that makes a memory, and by what; None if it has values, or nobody knows."""
    bound = anatomy.binding(memory, before)
    if bound is not None:
        maker = _partial_maker(program, ref, bound[0])
        return (ref, maker) if maker else None
    names = [param.name for param in program.function(ref).params]
    if memory not in names or depth >= _DEEPEST:
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
            memory = _name(call.args[position])
            if memory and not _is_handed(anatomy, memory, call):
                found = _origin(program, caller, anatomy, memory, call, depth + 1)
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
    lengths = {_name(one.args[0]) for one in claims if one.args}
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


def _entries(program: Program, ref: ItemRef) -> tuple[EntryPoint, ...]:
    """The entry points that get to a function, by way of others of its file where cores hide it."""
    return next(filter(None, _levels(program, ref)), ())


def _levels(program: Program, ref: ItemRef) -> Iterator[tuple[EntryPoint, ...]]:
    """The entry points that get to a function, to its callers in its file, and to theirs."""
    tops: Sequence[ItemRef] = (ref,)
    for _ in range(_DEEPEST):
        found = [one for top in tops for one in reach_of(program).leading(top, lambda _: True)]
        yield tuple(dict.fromkeys(found))
        tops = [one for top in tops for one in callers_of(program, top)]


def _others(program: Program, ref: ItemRef, known: tuple[EntryPoint, ...]) -> Iterator[EntryPoint]:
    """Further entry points that get to a function, and make NumPy memory without values."""
    for one in dict.fromkeys(chain.from_iterable(_levels(program, ref))):
        if one not in known and program.mentions(one.ref, _BLANK):
            body = program.body(one.ref)
            calls = [] if body is None else [each for each in body.walk() if isinstance(each, Call)]
            if any(_is_blank(each) for each in calls):
                yield one


def _is_blank(call: Call) -> bool:
    """`PyArray1::new`."""
    path = call.function
    long = isinstance(path, Path) and len(path.segments) > 1
    return isinstance(path, Path) and long and path.last == "new" and path.segments[-2] in NUMPY


# --- names ----------------------------------------------------------------------------------------


def _name(node: Node | None) -> str:
    while isinstance(node, Unary):
        node = node.value
    return node.last if isinstance(node, Path) and len(node.segments) == 1 else ""


def _mentions(node: Node, name: str) -> bool:
    return any(isinstance(one, Path) and one.last == name for one in node.walk())
