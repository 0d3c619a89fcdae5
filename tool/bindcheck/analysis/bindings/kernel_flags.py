"""Which sort of kernel, for single calls or for batches, the functions of a crate take."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bindcheck.analysis.keeping.reads import Memo, once
from bindcheck.analysis.program import Program
from bindcheck.model import (
    Arm,
    Block,
    Call,
    Gated,
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
    Unary,
)

Sorts = frozenset[bool]
"""Sorts of kernels: True for batches, False for single calls."""

BOTH: Sorts = frozenset({True, False})
_VARIANT = re.compile(r"(?:\w+::)+(\w+)")
_PANICS = frozenset({"unreachable", "panic", "todo", "unimplemented", "bail"})
_KEEPS = frozenset({"map_err", "unwrap", "expect", "clone"})
_NEUTRAL = "auto"


class KernelSorts:
    """Follows kernels through the bodies of a program, each function once."""

    def __init__(self, program: Program):
        self.program = program
        self._known: Memo[tuple[ItemRef, str], Sorts] = Memo()

    def taken(self, ref: ItemRef, name: str) -> Sorts:
        """The sorts of kernels that get through a function as its parameter `name`."""
        return self._known.cyclic((ref, name), BOTH, self._taken, ref, name)

    def _taken(self, ref: ItemRef, name: str) -> Sorts:
        body = self.program.body(ref)
        return BOTH if body is None else _Uses(self, ref, {name}).of(body)

    def taken_after(self, ref: ItemRef, origin: Span) -> Sorts:
        """The sorts that get through the rest of a function whose call at `origin` gives one."""
        body = self.program.body(ref)
        return BOTH if body is None else _Uses(self, ref, set(), origin).of(body)


class _Uses:
    """One pass over a body in source order, with the names that hold the kernel."""

    def __init__(
        self, sorts: KernelSorts, ref: ItemRef, names: set[str], origin: Span | None = None
    ):
        self._sorts = sorts
        self._ref = ref
        self._names = names
        self._origin = origin
        self._callees = sorts.program.callees(ref)
        self._found = BOTH

    def of(self, body: Node) -> Sorts:
        """What gets through everything in a body."""
        self._visit(body)
        return self._found

    def _visit(self, node: Node) -> None:
        if not self._names and not (self._origin and node.span.contains(self._origin)):
            # Nothing in here holds the kernel: it is made later, or gone.
            return
        visit = _VISITS.get(type(node))
        if visit is not None and visit(self, node):
            return
        for child in node.children():
            self._visit(child)
        if isinstance(node, Let) and node.value is not None:
            holds = self._holds(node.value)
            self._names = self._names | set(node.names) if holds else self._names - set(node.names)

    def _match(self, node: Match) -> bool:
        if not self._holds(node.subject):
            return False
        self._found &= _accepted(node)
        return True

    def _if(self, node: If) -> bool:
        if not self._names or not self._mentions(node.condition):
            return False
        self._found &= _let_through(node)
        return True

    def _handed(self, node: Call | MethodCall) -> bool:
        targets = self._callees.get(node.span)
        for number, arg in enumerate(node.args if targets else ()):
            if self._holds(arg):
                for target in targets or ():
                    self._found &= self._through(node, target, number)
        return False

    def _through(self, node: Call | MethodCall, target: ItemRef, number: int) -> Sorts:
        function = self._sorts.program.function(target)
        if function.receiver and isinstance(node, Call):
            number -= 1
        if not 0 <= number < len(function.params):
            return BOTH
        return self._sorts.taken(target, function.params[number].name)

    def _holds(self, node: Node) -> bool:
        """Whether an expression is the kernel itself, perhaps with `Auto` replaced."""
        node = _plain(node)
        if node.span == self._origin:
            return True
        if isinstance(node, Path):
            return len(node.segments) == 1 and node.last in self._names
        if isinstance(node, Match):
            return self._holds(node.subject) and _replaces_auto(node)
        return False

    def _mentions(self, node: Node) -> bool:
        return any(
            isinstance(part, Path) and len(part.segments) == 1 and part.last in self._names
            for part in node.walk()
        )


_VISITS: Mapping[type[Node], Callable[[_Uses, Any], bool]] = {
    Match: _Uses._match,
    If: _Uses._if,
    Call: _Uses._handed,
    MethodCall: _Uses._handed,
}
"""What is done at a node first, and whether that is all."""


def _plain(node: Node) -> Node:
    """An expression without what only unwraps, copies or borrows it."""
    while True:
        if isinstance(node, (Try, Unary)):
            node = node.value
        elif isinstance(node, MethodCall) and node.method in _KEEPS:
            node = node.receiver
        else:
            return node


def _accepted(match: Match) -> Sorts:
    """The sorts that a `match` on a kernel lets through, or does not quietly take for another."""
    taken = {sort for arm in match.arms if not _refuses(arm.body) for sort in _named(arm)}
    refused = {sort for arm in match.arms if _refuses(arm.body) for sort in _named(arm)}
    rest = [arm for arm in match.arms if not _VARIANT.search(arm.pattern) and arm.guard is None]
    if any(_hands_on(arm) for arm in rest):
        return BOTH - (refused - taken)
    return frozenset(taken) or BOTH - refused


def _replaces_auto(match: Match) -> bool:
    """Whether a `match` gives every kernel back as it is, but for `Auto`."""
    changed = [arm for arm in match.arms if not _hands_on(arm) and not _refuses(arm.body)]
    return len(changed) < len(match.arms) and not any(True for arm in changed for _ in _named(arm))


def _named(arm: Arm) -> Iterator[bool]:
    """The sorts that an arm is for by its pattern or its guard."""
    if arm.guard is not None and not _VARIANT.search(arm.pattern):
        asked = _asks_batch(arm.guard)
        if asked is not None:
            yield asked
    for name in _VARIANT.findall(arm.pattern):
        if name.lower() != _NEUTRAL:
            yield "batch" in name.lower()


def _let_through(node: If) -> Sorts:
    """The sorts that get past `if !kernel.is_batch() { return Err(..) }`."""
    asked = _asks_batch(node.condition)
    if asked is None or not _refuses(node.then):
        return BOTH
    return frozenset({not asked})


def _asks_batch(node: Node) -> bool | None:
    if isinstance(node, Unary) and node.op == "!":
        asked = _asks_batch(node.value)
        return None if asked is None else not asked
    return True if isinstance(node, MethodCall) and node.method == "is_batch" else None


def _hands_on(arm: Arm) -> bool:
    body = _plain(_tail(arm.body))
    return isinstance(body, Path) and len(body.segments) == 1 and body.last in arm.names


def _refuses(node: Node) -> bool:
    """Whether a branch ends in an error or a panic."""
    node = _tail(node)
    if isinstance(node, Return):
        return node.value is not None and _refuses(node.value)
    if isinstance(node, MacroCall):
        return node.path.rsplit("::", 1)[-1] in _PANICS
    return (
        isinstance(node, Call) and isinstance(node.function, Path) and node.function.last == "Err"
    )


def _tail(node: Node) -> Node:
    while isinstance(node, Gated) or (isinstance(node, Block) and node.statements):
        node = node.inner if isinstance(node, Gated) else node.statements[-1]
    return node


@once
def sorts_of(program: Program) -> KernelSorts:
    """The kernels of a program; one per program, made when a rule first asks."""
    return KernelSorts(program)
