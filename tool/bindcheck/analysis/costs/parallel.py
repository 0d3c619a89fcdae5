"""Parallel sections that small data goes through as well, and thread pools built for one call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from enum import StrEnum

from bindcheck.analysis.costs.contexts import Context, Placed, chain, has_large_jobs, section_of
from bindcheck.analysis.costs.elements import Element, Names
from bindcheck.analysis.costs.pools import builder_in, pools
from bindcheck.analysis.costs.reach import Reach, deeper, mentions, placed_in
from bindcheck.analysis.flow.events import Place
from bindcheck.analysis.keeping.answers import answered
from bindcheck.analysis.program import Program
from bindcheck.fact import fact
from bindcheck.model import Call, Closure, EntryPoint, ItemRef, Loop, MethodCall, Span

_WORDS = (b"par_", b"ThreadPoolBuilder", b"Runtime::new", b"new_multi_thread", b".install(")


class Waste(StrEnum):
    """What is paid for without need."""

    NESTED = "nested"
    ALWAYS = "always"
    POOL = "pool"


@fact
class Section:
    """A parallel section, or a pool, that costs more than small data is worth.

    `what` is the call that makes it; `rows` tells that a job is a row, not a number.
    """

    waste: Waste
    place: Place
    what: str
    rows: bool = False


def wasted_parallel(program: Program, entry: EntryPoint) -> tuple[Section, ...]:
    """Sections and pools that an entry point gets to whatever the size."""
    return program.keep("wasted parallel", lambda: _by_entry(program)).get(entry.ref, ())


def _by_entry(program: Program) -> dict[ItemRef, tuple[Section, ...]]:
    grids = _batch_cores(program)
    reach = deeper(program, lambda ref: ref not in grids and mentions(program, ref, _WORDS))
    found: dict[ItemRef, tuple[Section, ...]] = {}
    for ref in reach.functions():
        if ref in reach.entered and mentions(program, ref, _WORDS):
            for section, entries in _wasted(reach, ref):
                for entry in entries:
                    found[entry.ref] = (*found.get(entry.ref, ()), section)
    return found


def _batch_cores(program: Program) -> frozenset[ItemRef]:
    """Cores that share out a grid: each of their jobs is a pass over all of the data."""
    return frozenset(
        one.ref
        for core in program.cores
        for one in (core.batch_with_kernel, core.batch_inner, core.batch_inner_into)
        if one is not None
    )


def _wasted(reach: Reach, ref: ItemRef) -> Iterator[tuple[Section, tuple[EntryPoint, ...]]]:
    """What a function wastes, each with the entry points that it happens to."""
    sections, built = sections_in(reach.program, ref)
    if any(context.parallel is not None for context in reach.contexts(ref)):
        sections = tuple(replace(one, waste=Waste.NESTED) for one in sections)
    # The nested section is what costs most; one cause is reported once.
    for one in sorted(sections, key=lambda one: one.waste is not Waste.NESTED)[:1]:
        yield one, reach.leading(ref, _always)
    for one in built:
        yield one, reach.leading(ref, _each_time)


@answered("parallel sections")
def sections_in(program: Program, ref: ItemRef) -> tuple[tuple[Section, ...], tuple[Section, ...]]:
    """The parallel sections of a function that no size leads to, and the pools that it builds."""
    nodes = tuple(placed_in(program, ref))
    callees = program.callees(ref)

    def made(call: Call) -> str:
        makers = callees.get(call.span, ())
        built = {builder_in(program.function(one), program.body(one)) for one in makers}
        return built.pop() if len(built) == 1 else ""

    built = (Section(Waste.POOL, Place(ref, span), builder) for span, builder in pools(nodes, made))
    return tuple(_sections(program, ref, nodes)), tuple(built)


def _always(context: Context) -> bool:
    return _each_time(context) and not context.chosen


def _each_time(context: Context) -> bool:
    return not (context.once or context.elsewhere)


def _sections(program: Program, ref: ItemRef, nodes: Sequence[Placed]) -> Iterator[Section]:
    """The parallel chains over numbers and rows that no condition on the size leads to."""
    names = Names.of(program.function(ref), nodes)
    for node, context in _chains(nodes):
        maker = section_of(node)
        if maker is None or context.once or context.chosen or has_large_jobs(node):
            continue
        element = names.element(maker.receiver)
        if element is Element.ROW:
            names.rows.update(name for one in _jobs(node) for p in one.params for name in p.names)
        if element is Element.UNKNOWN or (element is Element.NUMBER and _loops(node)):
            continue
        waste = Waste.ALWAYS if context.parallel is None else Waste.NESTED
        yield Section(waste, Place(ref, maker.span), maker.method, element is Element.ROW)


def _chains(nodes: Sequence[Placed]) -> Iterator[tuple[MethodCall, Context]]:
    """Whole chains of method calls; those that another one is zipped with belong to it."""
    inner: set[Span] = set()
    for node, context in nodes:
        if not isinstance(node, MethodCall):
            continue
        parts = list(chain(node))
        inner.update(part.receiver.span for part in parts)
        if node.span not in inner:
            yield node, context
        if section_of(node) is not None:
            inner.update(
                arg.span for part in parts for arg in part.args if not isinstance(arg, Closure)
            )


def _loops(last: MethodCall) -> bool:
    """Whether a job has a loop of its own: then it may be worth a thread by itself."""
    return any(isinstance(node, Loop) for one in _jobs(last) for node in one.walk())


def _jobs(last: MethodCall) -> Iterator[Closure]:
    """The closures that a chain runs."""
    return (arg for part in chain(last) for arg in part.args if isinstance(arg, Closure))
