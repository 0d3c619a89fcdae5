"""Functions of types and traits that are called by their path, as the methods that they are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeVar

from bindcheck.fact import field_names, replace
from bindcheck.model import Call, MethodCall, Node, Path, Unary

N = TypeVar("N", bound=Node)

Methods = Mapping[str, frozenset[str]]
"""Names of methods by the type or the trait that has them."""

_INTO = frozenset({"into_pyarray", "into_pyarray_bound"})
_TO = frozenset({"to_pyarray", "to_pyarray_bound"})
_METHODS: Methods = {
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

OF_PYTHON: Methods = {
    **_METHODS,
    "PyAnyMethods": frozenset({"call_method0", "get_item", "set_item"}),
    "PyArrayMethods": frozenset({"as_slice_mut", "data", "reshape"}),
    "PyDictMethods": frozenset({"set_item"}),
}
"""The same with traits of what Python has."""

_OF_TRAIT = re.compile(r"<.*\bas\s+(?:\w+::)*(\w+)>|<(?:\w+::)*(\w+)(?:<.*>)?>", re.DOTALL)
"""`<Vec<f64> as numpy::IntoPyArray>`, `<Vec<f64>>`."""


def as_method(node: Call, methods: Methods = _METHODS) -> MethodCall | None:
    """`Python::detach(py, f)` is `py.detach(f)`; None for other calls.

    The name of the method is the whole path then, which stands before the receiver.
    """
    path = node.function
    if not isinstance(path, Path) or len(path.segments) < 2 or not node.args:
        return None
    owner, receiver = _owner(path.segments[-2]), node.args[0]
    if path.last not in methods.get(owner, ()):
        return None
    if owner not in _METHODS and isinstance(receiver, Unary) and receiver.op in ("&", "&mut"):
        receiver = receiver.value  # A method borrows what it is called on by itself.
    return MethodCall(node.span, receiver, path.last, node.args[1:], path.turbofish, path.span)


def is_by_path(node: MethodCall) -> bool:
    """Whether a method is called by its path: what it is called on stands in brackets."""
    return node.name_span.start == node.span.start


def with_methods(node: N, methods: Methods = _METHODS) -> N:
    """A body in which all such calls are those of methods."""
    calls = (one for one in node.walk() if isinstance(one, Call))
    if not any(as_method(one, methods) is not None for one in calls):
        return node
    made = _rewritten(node, methods)
    assert isinstance(made, type(node))
    return made


def _owner(segment: str) -> str:
    found = _OF_TRAIT.fullmatch(segment)
    return (found[1] or found[2]) if found is not None else segment


def _rewritten(node: Node, methods: Methods) -> Node:
    """The node with calls in it replaced; the same one where there are none."""
    changes: dict[str, Any] = {}
    for name in field_names(type(node)):
        old = getattr(node, name)
        new = _part(old, methods)
        if new is not old:
            changes[name] = new
    made = replace(node, **changes) if changes else node
    return (as_method(made, methods) or made) if isinstance(made, Call) else made


def _part(value: object, methods: Methods) -> object:
    """A field of a node; a tuple stays the same one where nothing in it is another."""
    if isinstance(value, Node):
        return _rewritten(value, methods)
    if not isinstance(value, tuple):
        return value
    parts = tuple(_part(one, methods) for one in value)
    return parts if any(new is not old for new, old in zip(parts, value, strict=True)) else value
