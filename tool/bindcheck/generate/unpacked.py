"""Names that a body gives to an array which may be left out, where it is there."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from bindcheck.model import Arm, Closure, Let, Loop, Match, MethodCall, Node, Path, Unary

_SOME = re.compile(r"Some\(\s*(?:&\s*|ref\s+)?(\w+)\s*\)")
_MAPPED = frozenset(
    {"and_then", "inspect", "is_none_or", "is_some_and", "map", "map_or", "map_or_else"}
)
"""Methods of an `Option` that hand what is in it to a closure."""
_BORROWED = frozenset({"as_deref", "as_ref", "copied"})

Unpacked = tuple[Node, str, str]


def unpacked(body: Node, arrays: Collection[str]) -> Iterator[Unpacked]:
    """`if let Some(w) = weights`, `weights.map(|w| ..)`: the node, the name `w`, and the array."""
    for node in body.walk():
        if isinstance(node, Let) and node.value is not None:
            yield from _named(node, node.pattern, node.value, arrays)
        elif isinstance(node, Match):
            for arm in node.arms:
                yield from _named(arm, arm.pattern, node.subject, arrays)
        elif isinstance(node, MethodCall) and node.method in _MAPPED:
            array = _array(node.receiver, arrays)
            for closure in node.args if array else ():
                if isinstance(closure, Closure) and len(closure.params) == 1:
                    yield from ((closure, name, array) for name in closure.params[0].names)


def known_names(body: Node, found: Collection[Unpacked]) -> Mapping[str, str]:
    """The arrays by the names of theirs that mean nothing else in the body."""
    bound: dict[str, int] = {}
    for node in body.walk():
        for name in _bound(node):
            bound[name] = bound.get(name, 0) + 1
    meant: dict[str, list[str]] = {}
    for _, name, array in found:
        meant.setdefault(name, []).append(array)
    return {
        name: arrays[0]
        for name, arrays in meant.items()
        if len(set(arrays)) == 1 and bound.get(name, 0) == len(arrays)
    }


def _named(node: Node, pattern: str, value: Node, arrays: Collection[str]) -> Iterator[Unpacked]:
    found, array = _SOME.fullmatch(pattern.strip()), _array(value, arrays)
    if found is not None and array:
        yield node, found[1], array


def _array(node: Node, arrays: Collection[str]) -> str:
    """The array that an expression is, borrowed or not."""
    while isinstance(node, Unary) or (isinstance(node, MethodCall) and node.method in _BORROWED):
        node = node.value if isinstance(node, Unary) else node.receiver
    plain = isinstance(node, Path) and len(node.segments) == 1
    return node.last if isinstance(node, Path) and plain and node.last in arrays else ""


def _bound(node: Node) -> tuple[str, ...]:
    """The names that a node makes."""
    if isinstance(node, Let | Arm | Loop):
        return node.names
    if isinstance(node, Closure):
        return tuple(name for param in node.params for name in param.names)
    return ()
