"""Which calls take a lock, and how far what they give reaches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bindcheck.analysis.threads.lock_types import GUARDED
from bindcheck.model import (
    Call,
    FieldAccess,
    Function,
    If,
    Let,
    Loop,
    Match,
    MethodCall,
    Node,
    Path,
    Try,
    Unary,
)

_BORROWS = frozenset({"PyRef", "PyRefMut"})
TAKES = frozenset({"lock", "read", "write", "blocking_lock", "blocking_read", "blocking_write"})
_ATTACHED = frozenset({"lock_py_attached", "read_py_attached", "write_py_attached"})


def takes(node: Node) -> bool:
    """Whether a node is the call that takes a lock."""
    if not isinstance(node, MethodCall):
        return False
    return (node.method in TAKES and not node.args) or node.method in _ATTACHED


def guard_of(node: Node | None) -> MethodCall | None:
    """The call that takes the lock whose guard an expression is or borrows from."""
    while True:
        if isinstance(node, (Unary, Try)):
            node = node.value
        elif isinstance(node, MethodCall) and not takes(node) and node.method in GUARDED:
            node = node.receiver
        else:
            return node if isinstance(node, MethodCall) and takes(node) else None


def until_dropped(names: tuple[str, ...], rest: Iterable[Node]) -> Iterator[Node]:
    """The statements behind a guard of these names, up to where it is dropped."""
    for one in rest:
        if isinstance(one, Call) and isinstance(one.function, Path) and one.function.last == "drop":
            arg = one.args[0] if one.args else None
            if isinstance(arg, Path) and arg.last in names:
                return
        yield one


def head_of(node: If | Match | Loop) -> Node | None:
    """What is evaluated before a branch or a loop."""
    if isinstance(node, If):
        return node.condition
    return node.subject if isinstance(node, Match) else node.over


def binds(node: Node | None) -> bool:
    """Whether a condition binds what it takes: `if let`."""
    return node is not None and any(isinstance(part, Let) for part in node.walk())


def iterates(node: If | Loop) -> bool:
    """Whether a loop keeps what it goes through to its end."""
    return isinstance(node, Loop) and node.kind == "for"


def borrowed_through(function: Function, node: Node) -> tuple[str, bool]:
    """The type whose `self` a lock is reached through, and whether that is borrowed alone.

    Python's own borrows count: `slf: PyRef<Self>`, and `slf: PyRefMut<Self>` for one alone.
    """
    while isinstance(node, (FieldAccess, MethodCall)):
        node = node.base if isinstance(node, FieldAccess) else node.receiver
    name = node.text if isinstance(node, Path) else ""
    if name == "self":
        return function.owner, function.owner != "" and function.receiver == "&mut self"
    types = [one.type.peel() for one in function.params if one.name == name and one.type]
    for type_ in types:
        if type_.name in _BORROWS and type_.names() & {"Self", function.owner}:
            return function.owner, function.owner != "" and type_.name == "PyRefMut"
    return "", False
