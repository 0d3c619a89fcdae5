"""From which entry points a function is reached, by which calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field, replace

from bindcheck.analysis.bindings.extracting import extracted_by
from bindcheck.analysis.costs.contexts import Context, Placed, placed
from bindcheck.analysis.flow.evaluate import flow_of
from bindcheck.analysis.keeping.answers import answered
from bindcheck.analysis.keeping.asked import Words
from bindcheck.analysis.keeping.reads import Memo, once
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.regions import is_callable
from bindcheck.fact import fact, record
from bindcheck.model import EntryPoint, ItemRef, Node, Span
from bindcheck.model.source import NOWHERE

Passes = Callable[[Context], bool]


@fact
class Way:
    """A call by which a function is reached."""

    caller: ItemRef
    span: Span


@record
class Reach:
    """The functions that active entry points reach.

    `ways` has every function that a call leads to, `entered` those whose own calls are followed.
    """

    program: Program
    entries: dict[ItemRef, EntryPoint] = field(default_factory=dict)
    ways: dict[ItemRef, list[Way]] = field(default_factory=dict)
    entered: set[ItemRef] = field(default_factory=set)
    _nodes: Memo[ItemRef, tuple[Placed, ...]] = field(default_factory=Memo)
    _contexts: Memo[ItemRef, Mapping[Span, Context]] = field(default_factory=Memo)
    _spans: Memo[ItemRef, dict[Span, Placed]] = field(default_factory=Memo)

    def functions(self) -> tuple[ItemRef, ...]:
        """All functions that are reached, entry points first."""
        return tuple(self.ways)

    def nodes(self, ref: ItemRef) -> tuple[Placed, ...]:
        """The nodes of a function with their contexts."""
        return self._nodes.of(ref, self._placed_in, ref)

    def _placed_in(self, ref: ItemRef) -> tuple[Placed, ...]:
        return tuple(placed_in(self.program, ref))

    def _context(self, way: Way) -> Context | None:
        """What surrounds a call; None for one that a release build does not have."""
        known = self._contexts.of(way.caller, _contexts, self.program, way.caller)
        return known.get(way.span)

    def _placed(self, way: Way) -> Placed | None:
        """A call with its context; None for one that a release build does not have."""
        return self._spans.of(way.caller, self._by_span, way.caller).get(way.span)

    def _by_span(self, ref: ItemRef) -> dict[Span, Placed]:
        found: dict[Span, Placed] = {}
        for one in self.nodes(ref):
            found.setdefault(one[0].span, one)
        return found

    def leading(self, ref: ItemRef, passes: Passes) -> tuple[EntryPoint, ...]:
        """The entry points that get to `ref` by calls in contexts that `passes` lets through."""
        found = {ref: None}
        todo = [ref]
        while todo:
            for way in self.ways.get(todo.pop(), ()):
                one = self._context(way) if way.caller not in found else None
                if one is not None and passes(one):
                    found[way.caller] = None
                    todo.append(way.caller)
        return tuple(self.entries[one] for one in found if one in self.entries)

    def calls_of(self, ref: ItemRef) -> Iterator[tuple[Way, Node, Context]]:
        """The calls that lead to a function, with their contexts."""
        for way in self.ways.get(ref, ()):
            one = self._placed(way)
            if one is not None:
                yield way, *one

    def contexts(self, ref: ItemRef) -> Iterator[Context]:
        """What surrounds the calls that lead to a function; of sections only that there is one."""
        found = map(self._context, self.ways.get(ref, ()))
        return (one for one in found if one is not None)

    def extract(self) -> tuple[ItemRef, ...]:
        """The functions that make arguments of entry points, which PyO3 calls."""
        found: dict[ItemRef, None] = {}
        for entry in self.entries.values():
            for one in extracted_by(self.program, entry.ref):
                span = self.program.function(entry.ref).signature_span
                self.ways.setdefault(one, []).append(Way(entry.ref, span))
                found[one] = None
        return tuple(found)

    def follow(self, todo: list[ItemRef], enters: Callable[[ItemRef], bool]) -> None:
        """Follow the calls from the functions in `todo` into those that `enters` accepts."""
        self.entered.update(todo)
        while todo:
            ref = todo.pop()
            for span, targets in self.program.callees(ref).items():
                for target in targets:
                    self.ways.setdefault(target, []).append(Way(ref, span))
                    if target not in self.entered and enters(target):
                        self.entered.add(target)
                        todo.append(target)


def placed_in(program: Program, ref: ItemRef) -> Iterator[Placed]:
    """The nodes of a function with their contexts."""
    body = program.body(ref)
    if body is not None:
        yield from placed(body, lambda cfg: program.active(cfg, ref.path))


@answered("contexts of calls")
def _in_order(program: Program, ref: ItemRef) -> tuple[Context | None, ...]:
    """What surrounds the calls of a function, in their order."""
    callees = program.callees(ref)
    found: dict[Span, Context] = {}
    for node, context in placed_in(program, ref) if callees else ():
        if node.span in callees and node.span not in found:
            section = NOWHERE if context.parallel is not None else None
            found[node.span] = replace(context, parallel=section, loops=0)
    return tuple(found.get(span) for span in callees)


def _contexts(program: Program, ref: ItemRef) -> Mapping[Span, Context]:
    known = zip(program.callees(ref), _in_order(program, ref), strict=True)
    return {span: one for span, one in known if one is not None}


@once
def reach_of(program: Program) -> Reach:
    """What the active entry points of a program reach; made when a rule first asks.

    The cores of indicators are not entered: they are long, and what they do with a grid is theirs.
    """
    entries = (one for one in program.entries if one.active and is_callable(one))
    reach = Reach(program, {entry.ref: entry for entry in entries})
    reach.ways.update((ref, []) for ref in reach.entries)
    made = reach.extract()
    reach.follow([*reach.entries, *made], is_entered(program))
    return reach


def is_entered(program: Program) -> Callable[[ItemRef], bool]:
    """Whether the calls of a function are followed: all but the cores of indicators."""
    cores = flow_of(program).cores
    return lambda ref: ref not in cores


def deeper(program: Program, enters: Callable[[ItemRef], bool]) -> Reach:
    """What entry points reach, with those cores and what they call that `enters` accepts."""
    known = reach_of(program)
    reach = Reach(program, known.entries)
    reach.ways.update((ref, []) for ref in known.entries)
    reach.follow(list(known.entries), lambda ref: ref in known.entered or enters(ref))
    return reach


def mentions(program: Program, ref: ItemRef, words: Words) -> bool:
    """Whether the body of a function has one of `words`: others need not be looked at."""
    function = program.function(ref)
    return program.active(function.cfg, ref.path) and program.mentions(ref, words)
