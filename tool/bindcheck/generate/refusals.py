"""What a core with a struct of parameters answers with an error, as far as its functions say so.

Tests ask only for errors that the core can be seen to make: a core that gives nothing for nothing,
or takes any period, contradicts nobody.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from bindcheck.model import (
    Binary,
    Block,
    Call,
    FieldAccess,
    If,
    Let,
    Literal,
    MacroCall,
    MethodCall,
    Node,
    Path,
    Return,
    Sequence,
    Unary,
)

_SEARCHES = frozenset({"position", "find", "find_map", "rposition", "first"})
_HANDLED = frozenset({"unwrap_or", "unwrap_or_else", "unwrap_or_default", "map_or", "map_or_else"})
_ORDER = frozenset({"<", ">", "<=", ">="})
_COMPARED = _ORDER | {"==", "!="}
_LEAST = ("0", "1")
_ENSURES = frozenset({"ensure", "bail"})


def refused_by(bodies: Iterable[Node], parameter: str) -> frozenset[str]:
    """What functions refuse: no values (`empty`), and of a count by its name (empty for none)
    `zero` and more than there are values (`too_long`).
    """
    found = {what for body in bodies for what in _refused(body, parameter)}
    # A count is at least one, so no values are fewer.
    return frozenset(found | {"empty"}) if "too_long" in found else frozenset(found)


def _refused(body: Node, parameter: str) -> Iterator[str]:
    names = _named(body, parameter) if parameter else frozenset()
    handled = {
        id(node.receiver)
        for node in body.walk()
        if isinstance(node, MethodCall) and node.method in _HANDLED
    }
    for node in body.walk():
        if isinstance(node, If) and _fails(node.then):
            yield from _conditions(node.condition, names)
        elif isinstance(node, MacroCall) and node.path.rpartition("::")[2] in _ENSURES:
            for one in node.args[:1]:
                yield from _conditions(one, names)
        elif isinstance(node, MethodCall) and node.method in _SEARCHES and id(node) not in handled:
            yield "empty"


def _named(body: Node, parameter: str) -> frozenset[str]:
    """The names that a body has for a parameter: its own, and variables made of it."""
    names = {parameter, f"get_{parameter}"}
    for node in body.walk():
        if isinstance(node, Let) and node.value is not None:
            for name, value in _bound(node, node.value):
                if not isinstance(value, Block | If) and _mentions(value, names):
                    names.add(name)
    return frozenset(names)


def _bound(node: Let, value: Node) -> Iterator[tuple[str, Node]]:
    """The variables of a `let` with their values, also of tuples on both sides."""
    if len(node.names) == 1:
        yield node.names[0], value
    elif isinstance(value, Sequence) and len(value.items) == len(node.names):
        yield from zip(node.names, value.items, strict=True)


def _mentions(node: Node, names: Collection[str]) -> bool:
    return any(_word(part) in names for part in node.walk())


def _word(node: Node) -> str:
    """The name that an expression ends with: of a variable, a field or a method."""
    if isinstance(node, Path):
        return node.last
    if isinstance(node, FieldAccess):
        return node.name
    return node.method if isinstance(node, MethodCall) else ""


def _fails(then: Node) -> bool:
    """Whether a branch gives an error: by its name, or as anything that is returned and no `Ok`."""
    called = {_called(node) for node in then.walk()}
    if "Err" in called:
        return True
    returned = any(isinstance(node, Return) and node.value is not None for node in then.walk())
    macros = {n.path.rpartition("::")[2] for n in then.walk() if isinstance(n, MacroCall)}
    return bool(macros & _ENSURES) or (returned and not called & {"Ok", "Some"})


def _called(node: Node) -> str:
    return node.function.last if isinstance(node, Call) and isinstance(node.function, Path) else ""


def _conditions(condition: Node, names: frozenset[str]) -> Iterator[str]:
    for node in condition.walk():
        if isinstance(node, MethodCall) and node.method == "is_empty":
            yield "empty"
        elif isinstance(node, MethodCall) and node.method == "contains":
            if any(_mentions(one, names) for one in node.args):
                yield "zero"
        elif isinstance(node, Binary) and node.op in _COMPARED:
            yield from _compared(node, names)


def _compared(node: Binary, names: frozenset[str]) -> Iterator[str]:
    small, large = (node.left, node.right) if "<" in node.op else (node.right, node.left)
    if node.op in _ORDER and _counts(small) and not _counts(large):
        yield "empty"
    for one, other in ((node.left, node.right), (node.right, node.left)):
        least = isinstance(other, Literal) and other.text in _LEAST
        if least and not _mentions(one, names) and _counts(one):
            yield "empty"
        if least and _word(_bare(one)) in names:
            yield "zero"
        if node.op in _ORDER and not isinstance(other, Literal) and _mentions(one, names):
            yield "too_long"


def _counts(node: Node) -> bool:
    """Whether an expression may be how many values there are."""
    return _word(_bare(node)) in ("len", "n", "size", "total", "count", "length")


def _bare(node: Node) -> Node:
    while isinstance(node, Unary):
        node = node.value
    return node
