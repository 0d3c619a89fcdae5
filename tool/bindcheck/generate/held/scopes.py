"""Variables while a body is followed: how patterns bind them, and what assignments make of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from bindcheck.generate.held.symbols import (
    UNKNOWN,
    UNSET,
    Code,
    Several,
    Symbol,
    Unknown,
)
from bindcheck.model import Arm, Binary, Block, Closure, Gated, If, Let, Loop, Node

Scope = dict[str, Symbol]
"""Symbols by variable; under `=name` what a block has assigned to a variable."""

_FIELD = re.compile(r"(\w+)(?:\s*:\s*(?:ref\s+|mut\s+)*(\w+))?")


def carry(inner: Scope, outer: Scope) -> None:
    """Tell a scope what the one inside has assigned."""
    for mark, value in inner.items():
        name = mark.removeprefix("=")
        if name != mark and name in outer:
            outer[name] = joined(outer[name], value)
            outer[mark] = outer[name]


def joined(old: Symbol | None, new: Symbol) -> Symbol:
    """What a variable stands for when it gets another value."""
    return new if old is None or old is UNSET or old == new else UNKNOWN


def apart(pattern: str, names: Sequence[str], value: Several) -> Scope:
    """What the names of `(a, _, b)` stand for; a name alone stands for the whole tuple."""
    found: Scope = dict.fromkeys(names, UNKNOWN)
    text = pattern.strip()
    if not text.startswith("("):
        return dict.fromkeys(names, value) if len(names) == 1 else found
    parts = [part.strip() for part in text[1 : text.rfind(")")].split(",") if part.strip()]
    if len(parts) == len(value.items):
        pairs = zip(parts, value.items, strict=True)
        found |= {part: symbol for part, symbol in pairs if part in found}
    return found


def fields(pattern: str) -> Iterator[tuple[str, str]]:
    """Field and variable of each part of `KamaOutput { values: v, .. }`."""
    inside = pattern.partition("{")[2].rpartition("}")[0]
    for part in inside.split(","):
        match = _FIELD.fullmatch(part.strip())
        if match is not None:
            yield match[1], match[2] or match[1]


def matched(arm: Arm, subject: Symbol) -> Scope:
    """What the names of an arm stand for: `Ok(output)`, `(Ok(a), Ok(b))`."""
    items = subject.items if isinstance(subject, Several) else (subject,)
    if isinstance(subject, Code | Unknown) or len(items) != len(arm.names):
        return dict.fromkeys(arm.names, UNKNOWN)
    return dict(zip(arm.names, items, strict=True))


def bound(node: Node) -> Iterable[str]:
    """Names that patterns inside a node bind."""
    for one in node.walk():
        names = getattr(one, "names", None)
        if names and not isinstance(one, Closure):
            yield from names


def visible(node: Node) -> Iterator[tuple[Node, frozenset[str]]]:
    """The direct sub-nodes, each with the names that the node binds for it."""
    none = frozenset[str]()
    if isinstance(node, Closure):
        yield node.body, frozenset(name for param in node.params for name in param.names)
    elif isinstance(node, If):
        yield node.condition, none
        yield node.then, _tested(node.condition)
        if node.otherwise is not None:
            yield node.otherwise, none
    elif isinstance(node, Binary):
        yield node.left, none
        yield node.right, _tested(node.left)
    elif isinstance(node, Loop):
        if node.over is not None:
            yield node.over, none
        tested = _tested(node.over) if node.over is not None else none
        yield node.body, tested.union(node.names)
    elif isinstance(node, Block):
        names = none.union(one.name for one in node.functions)
        for statement in node.statements:
            yield statement, names
            names |= _tested(statement.inner if isinstance(statement, Gated) else statement)
    else:
        names = frozenset(node.names) if isinstance(node, Arm) else none
        yield from ((child, names) for child in node.children())


def _tested(node: Node) -> frozenset[str]:
    """Names that `let`, alone or in a chain of `&&`, binds for what comes after it."""
    if isinstance(node, Binary) and node.op == "&&":
        return _tested(node.left) | _tested(node.right)
    return frozenset(node.names) if isinstance(node, Let) else frozenset()
