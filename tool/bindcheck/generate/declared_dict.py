"""Functions in a stub whose dict may be read only in part."""

from __future__ import annotations

from collections.abc import Iterator

from bindcheck.generate.context import Facts
from bindcheck.generate.declared import declared_function
from bindcheck.generate.held.function import HeldFunction
from bindcheck.generate.kept_interface import KeptFunction
from bindcheck.generate.lacking import Lacking
from bindcheck.model import (
    Call,
    EntryPoint,
    If,
    Let,
    Literal,
    Match,
    MethodCall,
    Node,
    Path,
    TypeRef,
    Unary,
)

_HARMLESS = frozenset(
    {"set_item", "into", "into_any", "unbind", "as_any", "into_py_any", "to_object"}
)
"""Methods of a dict that write what they are given, or hand the dict to Python."""


def function_entry(facts: Facts, piece: str, entry: EntryPoint, held: HeldFunction) -> KeptFunction:
    """The declaration of a function; of a dict that cannot be read it is only told that it is."""
    try:
        _refuse_sometimes(held)
        return declared_function(facts, piece, entry, held)
    except Lacking:
        if not _gives_dict(held.function.returns):
            raise
    keys = "str" if all(one is not None for one in _keys(held)) else "Any"
    return declared_function(facts, piece, entry, held, f"dict[{keys}, Any]")


def _refuse_sometimes(held: HeldFunction) -> None:
    """Raise where an entry of a dict is there only under a condition, or the dict itself."""
    kind = held.function.returns
    if "PyDict" in kind.names() and "Option" in kind.names():
        raise Lacking(f"when `{held.function.name}` gives its dict")
    sometimes = (one for one in held.body.walk() if isinstance(one, If | Match))
    if any(_sets(node) for one in sometimes for node in one.walk()) or _is_handed_on(held):
        raise Lacking(f"which entries the dict of `{held.function.name}` always has")


def _keys(held: HeldFunction) -> Iterator[str | None]:
    """The keys of a dict as far as they are written; None for others."""
    calls = [node for node in held.body.walk() if _sets(node)]
    if not calls or not _dicts(held) or _is_handed_on(held):
        yield None
    for node in calls:
        key = node.args[0] if isinstance(node, MethodCall) and node.args else None
        yield key.text if isinstance(key, Literal) and key.kind == "str" else None


def _dicts(held: HeldFunction) -> frozenset[str]:
    """The variables that hold a new dict."""
    return frozenset(
        name
        for node in held.body.walk()
        if isinstance(node, Let) and isinstance(node.value, Call)
        if isinstance(node.value.function, Path) and "PyDict" in node.value.function.segments
        for name in node.names
    )


def _is_handed_on(held: HeldFunction) -> bool:
    """Whether other code than the body itself may write into a dict."""
    dicts = _dicts(held)
    for node in held.body.walk():
        owner = _named(node.receiver) if isinstance(node, MethodCall) else ""
        if owner in dicts and isinstance(node, MethodCall) and node.method not in _HARMLESS:
            return True
        given = node.args if isinstance(node, Call | MethodCall) else ()
        ends = isinstance(node, Call) and _named(node.function) in ("Ok", "Some")
        if not ends and any(_named(one) in dicts for one in given):
            return True
    return False


def _named(node: Node) -> str:
    """The variable that an expression is, or refers to."""
    while isinstance(node, Unary):
        node = node.value
    return node.text if isinstance(node, Path) else ""


def _sets(node: object) -> bool:
    return isinstance(node, MethodCall) and node.method == "set_item"


def _gives_dict(kind: TypeRef) -> bool:
    """Whether what Python gets is a dict in any case."""
    while kind.name in ("PyResult", "Result", "Bound", "Py") and kind.args:
        kind = kind.args[0]
    return kind.peel().name == "PyDict"
