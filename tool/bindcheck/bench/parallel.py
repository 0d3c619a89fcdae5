"""Whether several threads work on a call, as far as the sources tell.

What a call does in other crates (a library for matrices, say) is not read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial

from bindcheck.analysis.cores.roles import counts_threads
from bindcheck.analysis.flow.iterators import PARALLEL
from bindcheck.analysis.program import Program
from bindcheck.bench.pythoncall import entry_of, parameter_of, threads_parameter
from bindcheck.bench.samples import Kind
from bindcheck.bench.wanted import Wanted, candidates
from bindcheck.bench.ways import nodes, reached
from bindcheck.errors import BindcheckError
from bindcheck.model import (
    Call,
    Closure,
    CoreApi,
    ItemRef,
    MacroCall,
    MethodCall,
    Node,
    Path,
)

FLAG = "parallel"
"""The name of an argument that says whether a call uses threads."""
_SECTIONS = frozenset(
    {
        *(("rayon", "join"), ("rayon", "scope"), ("rayon", "broadcast")),
        *(("rayon", "in_place_scope"), ("thread", "scope"), ("crossbeam", "scope")),
    }
)
_PARALLEL = ("par_", "into_par_")


def works_in_parallel(program: Program, core: CoreApi, kind: Kind) -> bool:
    """Whether threads may work on a call: a batch, or a single call that is told so or starts some.

    Where it is not certain, it is so: a call that is kept on one core although it uses several is
    measured wrongly, one that is kept nowhere only with a wider interval.
    """
    if kind is Kind.BATCH:
        return True
    told = threads_parameter(program, core, kind) or parameter_of(program, core, kind, FLAG)
    own = any(counts_threads(one.name) or one.name == FLAG for one in core.params)
    return told is not None or own or starts_threads(program, core, kind)


def starts_threads(program: Program, core: CoreApi, kind: Kind) -> bool:
    """Whether a binding, its core, or anything of the crate that they call, starts threads."""
    refs = tuple(dict.fromkeys(_begun(program, core, kind)))
    name = ", ".join(f"{one.path}:{one.index}" for one in refs)
    return program.keep(f"threads started by {name}", lambda: _any_starts(program, refs))


def _any_starts(program: Program, refs: Sequence[ItemRef]) -> bool:
    return hands_over(program, dict.fromkeys(one for ref in refs for one in reached(program, ref)))


def hands_over(program: Program, refs: Iterable[ItemRef]) -> bool:
    """Whether one of these functions itself hands work to threads, in any way that is known."""
    return any(
        program.keep(
            f"threads started in {ref.path}:{ref.index}", partial(_starts_in, program, ref)
        )
        for ref in refs
    )


def _starts_in(program: Program, ref: ItemRef) -> bool:
    """Whether the body of a function itself starts threads."""
    return any(map(_hands_over, _all(program, ref, nodes(program, ref))))


def _begun(program: Program, core: CoreApi, kind: Kind) -> Iterator[ItemRef]:
    """The functions that both sides call."""
    with suppress(BindcheckError):
        yield entry_of(program, core, kind).ref
    for way in (Wanted(kind), Wanted(kind, out=True)):
        yield from (one.ref for one in candidates(core, way) if one is not None)


def _all(program: Program, ref: ItemRef, found: Iterable[Node]) -> Iterator[Node]:
    """Nodes, and those that calls of macros of the crate stand for."""
    for node in found:
        yield node
        if isinstance(node, MacroCall):
            inside = program.expansion(ref, node)
            yield from () if inside is None else _all(program, ref, inside.walk())


def _hands_over(node: Node) -> bool:
    """Whether a node hands work to threads."""
    if isinstance(node, MethodCall):
        return node.method in PARALLEL or _is_called_so(node.method, node.args)
    if isinstance(node, MacroCall):
        return node.path.rsplit("::", 1)[-1].startswith(_PARALLEL)
    function = node.function if isinstance(node, Call) else None
    if not isinstance(node, Call) or not isinstance(function, Path):
        return False
    return function.segments[-2:] in _SECTIONS or _is_called_so(function.last, node.args)


def _is_called_so(name: str, args: Sequence[Node]) -> bool:
    """Whether what has this name and these arguments hands them to threads, whoever declares it."""
    if name.startswith("spawn"):
        # A process is spawned without arguments.
        return bool(args)
    closures = bool(args) and all(isinstance(one, Closure) for one in args)
    pooled = (name, len(args)) in (("join", 2), ("execute", 1)) and closures
    return pooled or name.startswith(_PARALLEL)
