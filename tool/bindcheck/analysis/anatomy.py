"""The nodes of a body by kind, with what stands around each: for questions about its wording."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from functools import lru_cache
from typing import TypeVar

from bindcheck.analysis.keeping.reads import Memo
from bindcheck.analysis.program import Program
from bindcheck.fact import fact
from bindcheck.model import Arm, Block, Closure, ItemRef, Let, Loop, Match, Node, Span

N = TypeVar("N", bound=Node)

Binding = tuple[Node | None, str]
"""What a name is bound to, and the pattern it is bound by (empty: the name alone)."""


@fact
class Anatomy:
    """One walk through a body.

    `parents` is by `id` of the node: equal nodes at different places are not told apart otherwise.
    It is filled when a parent is first asked for: of most bodies none is.
    """

    body: Block
    kinds: Mapping[type[Node], Sequence[Node]]
    parents: dict[int, Node] = field(default_factory=dict)

    def all(self, kind: type[N]) -> Sequence[N]:
        """All nodes of a kind, in source order."""
        return self.kinds.get(kind, ())  # type: ignore[return-value]  # filed by their own type

    def parent(self, node: Node) -> Node | None:
        """What a node stands in; None for the body."""
        parents = self.parents
        if not parents:
            for nodes in self.kinds.values():
                for outer in nodes:
                    for child in outer.children():
                        parents[id(child)] = outer
        return parents.get(id(node))

    def above(self, node: Node) -> Iterator[Node]:
        """All that a node stands in, the nearest first."""
        outer = self.parent(node)
        while outer is not None:
            yield outer
            outer = self.parent(outer)

    def at(self, kind: type[N], span: Span) -> N | None:
        """The node of a kind that takes up exactly `span`."""
        return next((one for one in self.all(kind) if one.span == span), None)

    def binding(self, name: str, before: Node) -> Binding | None:
        """What a name was last bound to ahead of a node; None for a parameter or an item."""
        found: Binding | None = None
        place = -1
        for start, binding in self._bindings(name):
            if place < start < before.span.start:
                place, found = start, binding
        return found

    def _bindings(self, name: str) -> Iterator[tuple[int, Binding]]:
        for let in self.all(Let):
            # A name in its own initialiser is the one before.
            if name in let.names:
                after = let.value or let
                yield after.span.end, (let.value, _pattern(let.pattern, name))
        for match in self.all(Match):
            for arm in match.arms:
                if name in arm.names:
                    yield arm.span.start, (match.subject, arm.pattern)
        for start, names in self._opaque():
            if name in names:
                yield start, (None, "")

    def _opaque(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Names of loops and closures, with the place from which on they hold."""
        for loop in self.all(Loop):
            yield loop.body.span.start, loop.names
        for closure in self.all(Closure):
            yield closure.span.start, tuple(name for one in closure.params for name in one.names)


def _pattern(pattern: str, name: str) -> str:
    return "" if pattern.removeprefix("mut ").strip() == name else pattern


def anatomy_of(program: Program, ref: ItemRef) -> Anatomy | None:
    """The anatomy of a function's body, taken once; None when it has none."""
    return _known(program).of(ref, _anatomy, program, ref)


def _anatomy(program: Program, ref: ItemRef) -> Anatomy | None:
    body = program.body(ref)
    return None if body is None else _dissect(body)


def forget_anatomies(program: Program, path: str) -> None:
    """Let go of the bodies of a file."""
    _known(program).forget(lambda ref: ref.path == path)


@lru_cache(maxsize=2)
def _known(program: Program) -> Memo[ItemRef, Anatomy | None]:
    del program
    return Memo()


def _dissect(body: Block) -> Anatomy:
    kinds: defaultdict[type[Node], list[Node]] = defaultdict(list)
    for node in body.walk():
        kinds[type(node)].append(node)
    return Anatomy(body, dict(kinds))


def arm_of(anatomy: Anatomy, node: Node) -> Arm | None:
    """The arm of a `match` that a node stands in, if it does."""
    return next((one for one in anatomy.above(node) if isinstance(one, Arm)), None)
