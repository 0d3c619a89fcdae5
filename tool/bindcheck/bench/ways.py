"""How a core comes to its parallel section: the functions on the way, and what decides there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from bindcheck.analysis.flow.iterators import PARALLEL
from bindcheck.analysis.program import Program
from bindcheck.model import (
    Arm,
    Block,
    Call,
    Closure,
    Enum,
    If,
    ItemRef,
    Let,
    MacroCall,
    Match,
    MethodCall,
    Node,
    Path,
    Return,
    Span,
    Try,
)

_POOL = frozenset({("rayon", "join"), ("rayon", "scope")})
_OWN = frozenset({("thread", "scope")})
_BUILT = frozenset({("ThreadPoolBuilder", "new"), ("ThreadPoolBuilder", "default")})
_FAILURES = frozenset({"panic", "unreachable", "bail", "todo", "unimplemented"})
_WRAPPED = frozenset({"Ok", "Some"})
THEN = frozenset({"then", "then_some"})
INSTEAD = frozenset({"unwrap_or_else", "unwrap_or", "or_else", "or", "map_or_else", "map_or"})
"""What gives something else where an option is none: their first argument."""
_COUNTS = frozenset(f"{sign}{size}" for sign in "ui" for size in ("8", "16", "32", "64", "size"))

Deciding = dict[ItemRef, set[Span]]
"""By function, the places of what decides about threads there."""


class Ways:
    """The functions that a core function reaches, and those of them that lead to threads.

    `helpers` are those that these ask for a yes or no, those that answer for them, and those whose
    number or variant decides.
    """

    def __init__(self, program: Program, core: ItemRef):
        self.program = program
        self.reached = reached(program, core)
        parallel = {ref for ref in self.reached if any(map(_starts, nodes(program, ref)))}
        self.functions = [
            ref for ref in self.reached if ref in parallel or parallel & set(program.called(ref))
        ]

    @property
    def starts_own(self) -> bool:
        """Whether threads are started that are not those of the process's pool.

        A pool that is built without a number asks the environment, as that one does.
        """
        every = [one for ref in self.reached for one in nodes(self.program, ref)]
        built = any(_calls(one, _BUILT) for one in every)
        return any(_calls(one, _OWN) or _is_own_pool(one, built=built) for one in every)

    @cached_property
    def helpers(self) -> list[ItemRef]:
        """Functions that decide beside those on the way."""
        asked = [one for ref in self.functions for one in (*self._asked(ref), *self._counted(ref))]
        found = list(dict.fromkeys(asked))
        for ref in found:
            found += [one for one in self._asked(ref) if one not in found]
        return found

    def _asked(self, ref: ItemRef) -> list[ItemRef]:
        called = self.program.called(ref)
        return [one for one in called if self.program.function(one).returns.name == "bool"]

    def _counted(self, ref: ItemRef) -> list[ItemRef]:
        """What a decision asks for a number, or for a variant: `match strategy(n)`."""
        callees = self.program.callees(ref)
        parts = (part for node in self._looked_at(ref) for part in node.walk())
        asked = (one for part in parts for one in callees.get(part.span, ()))
        return [one for one in asked if one not in self.functions and self._chooses_by(one)]

    def _chooses_by(self, ref: ItemRef) -> bool:
        function = self.program.function(ref)
        if not function.params or function.returns.name in _COUNTS:
            return bool(function.params)
        kind = function.returns.peel().path
        found = self.program.resolve_type(kind, ref.path) if kind else None
        return found is not None and isinstance(self.program.struct(found), Enum)

    # --- what decides ----------------------------------------------------------------------

    def deciding(self) -> Deciding:
        """By function, what stands in conditions that choose between threads and none.

        A condition on the other side of which there is only an error decides about something else.
        """
        found: Deciding = {}
        for ref in self.functions:
            found.setdefault(ref, set()).update(node.span for node, _ in self.decisions(ref))
            for node in self._looked_at(ref):
                found.setdefault(ref, set()).update(part.span for part in node.walk())
                self._add_answers(found, ref, node)
        return found

    def _looked_at(self, ref: ItemRef) -> Iterator[Node]:
        """The conditions of decisions, and what the names in them were bound to."""
        conditions = [node for _, looked_at in self.decisions(ref) for node in looked_at]
        parts = [part for node in conditions for part in node.walk()]
        named = {part.last for part in parts if isinstance(part, Path)}
        yield from conditions
        for node in nodes(self.program, ref):
            if isinstance(node, Let) and node.value is not None and named & set(node.names):
                yield node.value

    def _add_answers(self, found: Deciding, ref: ItemRef, node: Node) -> None:
        """All of the functions that a condition asks."""
        callees = self.program.callees(ref)
        asked = {one for part in node.walk() for one in callees.get(part.span, ())}
        for one in asked.intersection(self.helpers):
            found.setdefault(one, set()).update(part.span for part in nodes(self.program, one))

    def decisions(self, ref: ItemRef) -> Iterator[tuple[Node, tuple[Node, ...]]]:
        """What chooses between threads and none in a function, and what it looks at."""
        for node in nodes(self.program, ref):
            if isinstance(node, If):
                if self._chooses(ref, node):
                    yield node, (node.condition,)
            elif isinstance(node, Match):
                leading = [self.leads(ref, arm) for arm in node.arms]
                if any(leading) and not all(leading):
                    guards = (arm.guard for arm in node.arms if arm.guard is not None)
                    yield node, (node.subject, *guards)
            elif isinstance(node, Let):
                if node.otherwise is not None and self._is_way_out(ref, node.otherwise):
                    yield node, node.children()[:1]
            elif self.is_then(ref, node):
                yield node, node.children()[:1]
            elif (then := self.other_then(ref, node)) is not None:
                yield node, (then.receiver,)

    def _chooses(self, ref: ItemRef, node: If) -> bool:
        if node.otherwise is None:
            return self._is_way_out(ref, node.then)
        leads = self.leads(ref, node.then)
        other = node.otherwise if leads else node.then
        return leads != self.leads(ref, node.otherwise) and not fails(other)

    def _is_way_out(self, ref: ItemRef, node: Node) -> bool:
        """Whether a branch is another way: without a way out there is nothing to do otherwise."""
        leads = self.leads(ref, node)
        return isinstance(last_of(node), Return) if leads else self._returns_call(ref, node)

    def is_then(self, ref: ItemRef, node: Node) -> bool:
        """Whether a node is `flag.then(|| ..)` with threads inside."""
        then = isinstance(node, MethodCall) and node.method in THEN
        return then and any(self.leads(ref, one) for one in node.children()[1:])

    def other_then(self, ref: ItemRef, node: Node) -> MethodCall | None:
        """The `flag.then(|| ..)` without threads, where there are some instead of it."""
        if not isinstance(node, MethodCall) or node.method not in INSTEAD or not node.args:
            return None
        then = node.receiver
        if not isinstance(then, MethodCall) or then.method not in THEN or self.is_then(ref, then):
            return None
        return then if self.leads(ref, node.args[0]) else None

    def leads(self, ref: ItemRef, node: Node) -> bool:
        """Whether threads are started in there, or a function is called that does so."""
        callees, functions = self.program.callees(ref), set(self.functions)
        return any(
            _starts(one) or not functions.isdisjoint(callees.get(one.span, ()))
            for one in node.walk()
        )

    def _returns_call(self, ref: ItemRef, node: Node) -> bool:
        """Whether something ends with what another function of the crate gives: another way.

        Or with what an iterator makes of values.
        """
        last = last_of(node)
        value = _unwrapped(last.value) if isinstance(last, Return) else None
        if value is None or fails(node):
            return False
        if self.program.callees(ref).get(value.span):
            return True
        parts = value.walk() if isinstance(value, MethodCall) else ()
        return any(isinstance(one, Closure) for one in parts)


def reached(program: Program, core: ItemRef) -> list[ItemRef]:
    """A function and all of the crate that it calls, and that these call."""
    found = [core]
    for ref in found:
        found += [one for one in program.called(ref) if one not in found]
    return found


def nodes(program: Program, ref: ItemRef) -> Iterable[Node]:
    """All of the body of a function."""
    body = program.body(ref)
    return () if body is None else body.walk()


def _starts(node: Node) -> bool:
    """Whether a node hands work to threads."""
    if isinstance(node, MethodCall):
        return node.method in PARALLEL
    return _calls(node, _POOL | _OWN)


def _calls(node: Node, wanted: frozenset[tuple[str, str]]) -> bool:
    """Whether a node calls one of these functions."""
    function = node.function if isinstance(node, Call) else None
    return isinstance(function, Path) and function.segments[-2:] in wanted


def _is_own_pool(node: Node, *, built: bool) -> bool:
    """Whether a pool is told its number of threads, or is one that was `built` elsewhere."""
    if not isinstance(node, MethodCall) or len(node.args) != 1:
        return False
    handed = node.method == "install" and isinstance(node.args[0], Closure)
    return node.method == "num_threads" or (handed and not built)


def _unwrapped(node: Node | None) -> Node | None:
    """A value without `?`, `Ok(..)` and `Some(..)` around it."""
    while node is not None:
        function = node.function if isinstance(node, Call) else None
        wrapped = isinstance(function, Path) and function.last in _WRAPPED
        if not wrapped and not isinstance(node, Try):
            break
        node = node.children()[-1]
    return node


def last_of(node: Node) -> Node:
    """What a block or an arm ends with, without the blocks around it."""
    while isinstance(node, (Block, Arm)):
        inside = node.statements[-1:] if isinstance(node, Block) else (node.body,)
        if not inside:
            break
        node = inside[0]
    return node


def fails(node: Node) -> bool:
    """Whether something ends with an error."""
    last = last_of(node)
    if isinstance(last, Return) and last.value is not None:
        last = last.value
    if isinstance(last, MacroCall):
        return last.path.rsplit("::", 1)[-1] in _FAILURES
    function = last.function if isinstance(last, Call) else None
    return isinstance(function, Path) and function.last == "Err"
