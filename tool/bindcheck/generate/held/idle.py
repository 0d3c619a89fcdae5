"""Variables of a body that nothing uses, and that do nothing."""

from __future__ import annotations

from bindcheck.model import (
    Binary,
    Block,
    Cast,
    Closure,
    FieldAccess,
    Let,
    Literal,
    MacroCall,
    MethodCall,
    Node,
    Path,
    Range,
    Sequence,
    Unary,
)

_PURE = frozenset(
    {
        *("abs", "all", "any", "ceil", "clone", "cloned", "copied", "count", "enumerate", "filter"),
        *("find", "first", "floor", "is_empty", "is_finite", "is_infinite", "is_nan", "is_none"),
        *("is_some", "iter", "last", "len", "map", "max", "min", "position", "rev", "round"),
        *("saturating_add", "saturating_mul", "saturating_sub", "skip", "sqrt", "sum", "take"),
        *("to_string", "to_vec", "unwrap_or", "unwrap_or_default", "zip"),
    }
)
"""Methods that do nothing but compute a value."""


_COMPUTING = (Binary, Cast, Closure, FieldAccess, Literal, MethodCall, Path, Range, Sequence, Unary)
"""What computes a value. That an overflow ends a debug build is no answer that Python counts on."""


def idle(body: Block) -> frozenset[int]:
    """Variables that are computed and that nothing uses, by the start of their statements."""
    lets = [one for one in body.walk() if isinstance(one, Let) and one.names and _is_pure(one)]
    found: frozenset[int] = frozenset()
    while True:
        idle = frozenset(one.span.start for one in lets if not _used(body, one, found))
        if idle == found:
            return found
        found = idle


def _is_pure(node: Let) -> bool:
    if node.value is None or node.otherwise is not None:
        return False
    return all(
        isinstance(one, _COMPUTING) and (not isinstance(one, MethodCall) or one.method in _PURE)
        for one in node.value.walk()
    )


def _used(body: Node, let: Let, idle: frozenset[int]) -> bool:
    """Whether anything but statements that are idle mentions a variable."""
    if isinstance(body, Let) and (body is let or body.span.start in idle):
        return False
    if isinstance(body, MacroCall) and any(name in body.tokens for name in let.names):
        return True
    if isinstance(body, Path) and body.last in let.names:
        return True
    return any(_used(child, let, idle) for child in body.children())
