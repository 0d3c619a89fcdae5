"""Variables of a body that nothing uses, and that do nothing."""

from __future__ import annotations

from bindcheck.model import (
    Binary,
    Block,
    Call,
    Cast,
    Closure,
    FieldAccess,
    If,
    Index,
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

PURE = frozenset(
    {
        *("abs", "all", "any", "ceil", "clone", "cloned", "copied", "count", "enumerate", "filter"),
        *("find", "first", "floor", "is_empty", "is_finite", "is_infinite", "is_nan", "is_none"),
        *("is_some", "iter", "last", "len", "map", "max", "min", "position", "rev", "round"),
        *("saturating_add", "saturating_mul", "saturating_sub", "skip", "sqrt", "sum", "take"),
        *("to_string", "to_vec", "unwrap_or", "unwrap_or_default", "zip"),
    }
)
"""Methods that do nothing but compute a value."""


_PRIMITIVES = frozenset({"f32", "f64", "i32", "i64", "u32", "u64", "usize"})
_NUMBERS = frozenset({"f32::from_bits", "f64::from_bits"})
_COMPUTING = (Binary, Cast, Closure, FieldAccess, Literal, MethodCall, Path, Range, Sequence, Unary)
"""What computes a value. That an overflow ends a debug build is no answer that Python counts on."""


def idle(body: Block) -> frozenset[int]:
    """Statements that do nothing in the end, by their starts.

    Variables are computed that nothing uses, or memory is written that is copied over later.
    """
    lets = [one for one in body.walk() if isinstance(one, Let) and one.names and _is_pure(one)]
    found = frozenset(one.span.start for one in body.statements if _is_copied_over(one, body))
    while True:
        more = found | {one.span.start for one in lets if not _used(body, one, found)}
        if more == found:
            return found
        found = more


def _is_copied_over(statement: Node, body: Block) -> bool:
    """Whether a statement does nothing but fill memory that a later one copies over as a whole."""
    later = {
        one.receiver.last
        for one in body.statements
        if isinstance(one, MethodCall)
        and one.method == "copy_from_slice"
        and isinstance(one.receiver, Path)
        and one.span.start > statement.span.start
    }
    filled = [
        one for one in statement.walk() if isinstance(one, MethodCall) and one.method == "fill"
    ]
    return (
        isinstance(statement, If | MethodCall)
        and bool(filled)
        and all(_root(one.receiver) in later for one in filled)
        and all(_fills(one) for one in statement.walk())
    )


def _fills(node: Node) -> bool:
    """Whether a node may be part of a statement that fills memory."""
    if isinstance(node, MethodCall):
        return node.method == "fill" or node.method in PURE
    if isinstance(node, Call):
        return isinstance(node.function, Path) and node.function.text in _NUMBERS
    return isinstance(node, (*_COMPUTING, Block, If, Index))


def _root(node: Node) -> str:
    inner = node.base if isinstance(node, Index) else node
    return inner.last if isinstance(inner, Path) else ""


def _is_pure(node: Let) -> bool:
    if node.value is None or node.otherwise is not None or names_item(node.value):
        return False
    return all(
        isinstance(one, _COMPUTING) and (not isinstance(one, MethodCall) or one.method in PURE)
        for one in node.value.walk()
    )


def names_item(node: Node) -> bool:
    """Whether a value has a constant or unit struct in it: what its end does is not known."""
    return any(
        isinstance(one, Path)
        and one.last[:1].isupper()
        and (len(one.segments) == 1 or one.segments[-2] not in _PRIMITIVES)
        for one in node.walk()
    )


def _used(body: Node, let: Let, idle: frozenset[int]) -> bool:
    """Whether anything but statements that are idle mentions a variable."""
    if body is let or (body.span.start in idle and isinstance(body, If | Let | MethodCall)):
        return False
    if isinstance(body, MacroCall) and any(name in body.tokens for name in let.names):
        return True
    if isinstance(body, Path) and body.last in let.names:
        return True
    return any(_used(child, let, idle) for child in body.children())
