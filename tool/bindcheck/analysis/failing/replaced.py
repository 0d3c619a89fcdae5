"""Values behind locks that others put another variant in, and code that denies it.

An object matches the value behind its lock with the one variant that it was made with, and says
`unreachable!()` of all others. Where some other function puts a whole new value behind a lock of
that type, an object that shares the lock has another variant from then on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bindcheck.analysis.costs.reach import reach_of
from bindcheck.analysis.flow.events import Panic, Place, Region
from bindcheck.analysis.flow.values import Fails
from bindcheck.analysis.keeping.answers import answered
from bindcheck.analysis.keeping.reads import once
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.effects import walk
from bindcheck.analysis.threads.extents import TAKES
from bindcheck.analysis.threads.lock_types import LockTypes, Variables
from bindcheck.analysis.threads.regions import is_callable, item_of
from bindcheck.model import (
    Assign,
    Block,
    Call,
    EntryPoint,
    If,
    ItemRef,
    Let,
    MacroCall,
    Match,
    MethodCall,
    Node,
    Path,
    StructLiteral,
    Try,
    Unary,
)
from bindcheck.model.fact import replace

_SPACES = re.compile(r"\s*::\s*")
_WRITES = (b".write()", b".lock()")
_MACROS = (b"!(",)
_SAME = frozenset({"unwrap", "expect", "map_err", "unwrap_or_else"})


def denied_variants(program: Program, entry: EntryPoint) -> Iterator[Panic]:
    """Where an entry point denies a variant that another function may put behind its lock."""
    asked = is_callable(entry) and program.mentions(entry.ref, _MACROS)
    replaced = replaced_locks(program) if asked else {}
    body = program.body(entry.ref) if replaced else None
    if body is None:
        return
    seen = Guards(program, entry.ref)
    for node in walk(program, entry.ref, body):
        seen.take(node)
        for value, denial in _denials(node):
            by = replaced.get(seen.lock(value))
            if by is not None:
                why = f"`{item_of(program, by)}` puts other values behind the lock"
                place = Place(entry.ref, denial.span)
                yield Panic("unreachable", place, Fails.CALLER, why, Region.ATTACHED)


class Guards:
    """The variables of a function, and the guards among them, up to some node."""

    def __init__(self, program: Program, ref: ItemRef):
        self._types = _types(program)
        self._variables = Variables(self._types, program, ref)
        self._owner = program.function(ref).owner
        self._guards: dict[str, str] = {}

    def take(self, node: Node) -> None:
        """Note what a node binds. What macros stand for is written with spaces."""
        if isinstance(node, Let):
            node = replace(node, pattern=_SPACES.sub("::", node.pattern))
            if node.names == (node.pattern.removeprefix("mut ").strip(),):
                self._guards[node.names[0]] = self.lock(node.value)
        self._variables.take(node)

    def lock(self, value: Node | None) -> str:
        """The lock around a type of the crate whose value an expression is; empty if it is none.

        Objects of two classes have a lock in common only if it is an `Arc` that they hold.
        """
        taken = _taken(value)
        if taken is None:
            return self._guards.get(_name(value), "")
        known = self._variables.type_of(taken.receiver)
        lock = self._types.lock(known)
        if known is None or lock is None or not lock.key.startswith("<"):
            return ""
        return lock.key if "Arc" in known.type.names() else f"{lock.key} of {self._owner}"


@once
def _types(program: Program) -> LockTypes:
    return LockTypes(program)


def replaced_locks(program: Program) -> dict[str, ItemRef]:
    """A function for each lock behind which it puts a whole new value, whatever it is given."""
    return program.keep("replaced behind locks", lambda: _all_replaced(program))


def _all_replaced(program: Program) -> dict[str, ItemRef]:
    found: dict[str, ItemRef] = {}
    for ref in reach_of(program).functions():
        for lock in _replaced_in(program, ref) if program.mentions(ref, _WRITES) else ():
            found.setdefault(lock, ref)
    return found


@answered("values put behind locks")
def _replaced_in(program: Program, ref: ItemRef) -> tuple[str, ...]:
    """The locks behind which a function puts a whole new value."""
    body = program.body(ref)
    seen = Guards(program, ref)
    found: list[str] = []
    for node in walk(program, ref, body) if body is not None else ():
        seen.take(node)
        if isinstance(node, Assign) and node.op == "=" and isinstance(node.target, Unary):
            lock = "" if _is_fixed(node.value) else seen.lock(node.target)
            found += [lock] if lock else []
    return tuple(found)


def _taken(node: Node | None) -> MethodCall | None:
    """The call that takes the lock whose value an expression is, seen through the guard."""
    while True:
        if isinstance(node, (Unary, Try)):
            node = node.value
        elif isinstance(node, MethodCall) and node.method in _SAME:
            node = node.receiver
        else:
            taken = isinstance(node, MethodCall) and node.method in TAKES and not node.args
            return node if taken and isinstance(node, MethodCall) else None


def _name(node: Node | None) -> str:
    while isinstance(node, Unary):
        node = node.value
    return node.last if isinstance(node, Path) and len(node.segments) == 1 else ""


def _is_fixed(value: Node) -> bool:
    """Whether a value is written out: then who wrote it knows which variant it is."""
    if isinstance(value, Call) and isinstance(value.function, Path):
        return value.function.last[:1].isupper()
    return isinstance(value, StructLiteral)


def _denials(node: Node) -> Iterator[tuple[Node | None, Node]]:
    """What is matched with some variants, and where the others are denied."""
    if isinstance(node, If) and isinstance(node.condition, Let):
        denial = _unreachable(node.otherwise)
        if denial is not None and "::" in node.condition.pattern:
            yield node.condition.value, denial
    elif isinstance(node, Match) and any("::" in arm.pattern for arm in node.arms):
        denial = _unreachable(node.arms[-1].body)
        if denial is not None:
            yield node.subject, denial


def _unreachable(node: Node | None) -> MacroCall | None:
    if isinstance(node, Block) and len(node.statements) == 1:
        return _unreachable(node.statements[0])
    named = isinstance(node, MacroCall) and node.path.rsplit("::", 1)[-1] == "unreachable"
    return node if named and isinstance(node, MacroCall) else None
