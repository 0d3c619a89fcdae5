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
from bindcheck.analysis.fills.partial import DEEPEST, is_alone, mentions, name_of, origin
from bindcheck.analysis.flow.events import Place
from bindcheck.analysis.flow.types import NUMPY
from bindcheck.analysis.keeping.reads import remembered
from bindcheck.analysis.program import Program
from bindcheck.model import (
    Assign,
    Block,
    Call,
    EntryPoint,
    If,
    Index,
    ItemRef,
    Jump,
    Loop,
    MethodCall,
    Node,
    Path,
    Range,
    Unary,
)
from bindcheck.model.fact import fact

_SKIP = rb"is_(?:nan|finite)\(\)[^{};]{0,150}\{\s{0,40}continue;"
_ASKED = re.compile(rb"is_(?:nan|finite)\(\)[^{};]{0,150}\{\s{0,40}$")
_NEAR = 200
_ASKS = frozenset({"is_nan", "is_finite"})
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
            if not is_alone(anatomy, loop, memory):
                continue
            if is_ruled_out(program, ref, anatomy, loop, lambda one: bool(_entries(program, one))):
                continue
            made = origin(program, ref, anatomy, memory, loop)
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
            first = next((two for two in skips if not mentions(two.then, memory)), None)
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
        if name_of(at) == index and isinstance(array, Path):
            yield array.last


def _is_skip(branch: If) -> bool:
    """`if x.is_nan() { continue; }`."""
    last = _statements(branch.then)[-1:]
    asked = any(
        isinstance(one, MethodCall) and one.method in _ASKS for one in branch.condition.walk()
    )
    goes_on = bool(last) and isinstance(last[0], Jump) and last[0].kind == "continue"
    return asked and goes_on and branch.otherwise is None


# --- who gets there -------------------------------------------------------------------------------


def _entries(program: Program, ref: ItemRef) -> tuple[EntryPoint, ...]:
    """The entry points that get to a function, by way of others of its file where cores hide it."""
    return next(filter(None, _levels(program, ref)), ())


def _levels(program: Program, ref: ItemRef) -> Iterator[tuple[EntryPoint, ...]]:
    """The entry points that get to a function, to its callers in its file, and to theirs."""
    tops: Sequence[ItemRef] = (ref,)
    for _ in range(DEEPEST):
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
