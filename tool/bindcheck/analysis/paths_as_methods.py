"""Functions of types and traits that are called by their path, as the methods that they are."""

from __future__ import annotations

import re
from typing import Any, TypeVar

from bindcheck.fact import field_names, replace
from bindcheck.model import Call, MethodCall, Node, Path

N = TypeVar("N", bound=Node)

_INTO = frozenset({"into_pyarray", "into_pyarray_bound"})
_TO = frozenset({"to_pyarray", "to_pyarray_bound"})
_METHODS = {
    "Python": frozenset({"allow_threads", "detach"}),
    "IntoPyArray": _INTO,
    "ToPyArray": _TO,
    "Vec": _INTO,
    "Box": _INTO,
    "ArrayBase": _INTO | _TO,
    "Array1": _INTO | _TO,
    "Array2": _INTO | _TO,
}
"""Functions of types and traits that are also called as methods of their first argument."""

_OF_TRAIT = re.compile(r"<.*\bas\s+(?:\w+::)*(\w+)>|<(?:\w+::)*(\w+)(?:<.*>)?>", re.DOTALL)
"""`<Vec<f64> as numpy::IntoPyArray>`, `<Vec<f64>>`."""


def as_method(node: Call) -> MethodCall | None:
    """`Python::detach(py, f)` is `py.detach(f)`; None for other calls.

    The name of the method is the whole path then, which stands before the receiver.
    """
    path = node.function
    if not isinstance(path, Path) or len(path.segments) < 2 or not node.args:
        return None
    if path.last not in _METHODS.get(_owner(path.segments[-2]), ()):
        return None
    return MethodCall(node.span, node.args[0], path.last, node.args[1:], path.turbofish, path.span)


def is_by_path(node: MethodCall) -> bool:
    """Whether a method is called by its path: what it is called on stands in brackets."""
    return node.name_span.start == node.span.start


def with_methods(node: N) -> N:
    """A body in which all such calls are those of methods."""
    if not any(isinstance(one, Call) and as_method(one) is not None for one in node.walk()):
        return node
    made = _rewritten(node)
    assert isinstance(made, type(node))
    return made


def _owner(segment: str) -> str:
    found = _OF_TRAIT.fullmatch(segment)
    return (found[1] or found[2]) if found is not None else segment


def _rewritten(node: Node) -> Node:
    """The node with calls in it replaced; the same one where there are none."""
    changes: dict[str, Any] = {}
    for name in field_names(type(node)):
        old = getattr(node, name)
        new = _part(old)
        if new is not old:
            changes[name] = new
    made = replace(node, **changes) if changes else node
    return (as_method(made) or made) if isinstance(made, Call) else made


def _part(value: object) -> object:
    """A field of a node; a tuple stays the same one where nothing in it is another."""
    if isinstance(value, Node):
        return _rewritten(value)
    if not isinstance(value, tuple):
        return value
    parts = tuple(_part(one) for one in value)
    return parts if any(new is not old for new, old in zip(parts, value, strict=True)) else value
